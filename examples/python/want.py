"""A native consumer says what it needs, and is told what to do where it gets something else.

    python3 want.py

It is written for ctypes here; the calls are the same in C.
"""

import ctypes

import libpybuf
import numpy

lib = ctypes.PyDLL(libpybuf.__file__)   # not CDLL, which lets the GIL go: the calls would fail


class Want(ctypes.Structure):
    """pybuf_want of pybuf.h: a field that is zero asks for nothing in particular."""

    _fields_ = [
        ("kind", ctypes.c_char_p),
        ("format", ctypes.c_void_p),
        ("ndim", ctypes.c_int32),
        ("order", ctypes.c_int32),
        ("writable", ctypes.c_int32),
        ("unaligned", ctypes.c_int32),
        ("indirect", ctypes.c_int32),
        ("stable", ctypes.c_int32),
        ("exclusive", ctypes.c_int32),
        ("reserved", ctypes.c_void_p * 8),
    ]


lib.pybuf_python_view.restype = ctypes.c_void_p
lib.pybuf_python_view.argtypes = [ctypes.py_object, ctypes.POINTER(Want)]
lib.pybuf_view_data.restype = ctypes.POINTER(ctypes.c_double)
lib.pybuf_view_data.argtypes = [ctypes.c_void_p]
lib.pybuf_view_nbytes.restype = ctypes.c_ssize_t
lib.pybuf_view_nbytes.argtypes = [ctypes.c_void_p]
lib.pybuf_view_unref.restype = None
lib.pybuf_view_unref.argtypes = [ctypes.c_void_p]


def sum_of(matrix):
    """Adds up a matrix through a pointer, as native code would."""
    view = lib.pybuf_python_view(matrix, Want(kind=b"float64", ndim=2, order=ord("C")))
    numbers = lib.pybuf_view_data(view)
    total = sum(numbers[i] for i in range(lib.pybuf_view_nbytes(view) // 8))
    lib.pybuf_view_unref(view)
    return total


print(sum_of(numpy.ones((3, 4))))

for other in (numpy.ones((480, 640), ">f8", order="F"), numpy.ones(12), numpy.ones((3, 8))[:, ::2], "text"):
    try:
        sum_of(other)
    except (BufferError, TypeError) as refusal:
        print(refusal)
