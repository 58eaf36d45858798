"""Says in which field two buffers of records part: ctypes, NumPy and a text of one's own.

    python3 compare_formats.py
"""

import ctypes

import libpybuf
import numpy

lib = ctypes.PyDLL(libpybuf.__file__)
lib.pybuf_format_stated.restype = ctypes.c_void_p
lib.pybuf_format_stated.argtypes = [ctypes.c_char_p, ctypes.c_ssize_t]
lib.pybuf_format_difference.restype = ctypes.c_ssize_t
lib.pybuf_format_difference.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_ssize_t]
lib.pybuf_format_unref.restype = None
lib.pybuf_format_unref.argtypes = [ctypes.c_void_p]
lib.pybuf_error_message.restype = ctypes.c_char_p


class Body(ctypes.Structure):
    _fields_ = [("id", ctypes.c_int32), ("mass", ctypes.c_double)]


def format_of(buffer):
    """Whoever wrote it: the size of the items tells how the text is meant."""
    view = memoryview(buffer)
    made = lib.pybuf_format_stated(view.format.encode(), view.itemsize)
    if not made:
        raise ValueError(lib.pybuf_error_message().decode())
    return made


def difference(one, other):
    """The first difference between what the items of two buffers mean; "" where there is none."""
    one, other = format_of(one), format_of(other)
    text = ctypes.create_string_buffer(200)
    lib.pybuf_format_difference(one, other, text, len(text))
    lib.pybuf_format_unref(one)
    lib.pybuf_format_unref(other)
    return text.value.decode()


bodies = (Body * 3)()
aligned = numpy.zeros(3, numpy.dtype([("id", "i4"), ("mass", "f8")], align=True))
packed = numpy.zeros(3, [("id", "i4"), ("mass", "f8")])
foreign = numpy.zeros(3, [("id", ">i4"), ("pad", "V4"), ("mass", "f8")])

for name, records in [("aligned", aligned), ("packed", packed), ("foreign", foreign)]:
    print(f"{name}, {memoryview(records).format}: {difference(bodies, records) or 'the same'}")
