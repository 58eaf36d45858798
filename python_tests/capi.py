"""What pybuf.h declares, by ctypes, as a program without a compiler uses it.

`lib` is the library, with the types of all its functions. A call that fails raises
`Failure` with the code and the message of the thread's last error; what fails by a Python
exception (`pybuf_python_*`) raises that. Structs have CPython's names, or pybuf.h's
without the prefix.
"""

import ctypes
import os
from ctypes import POINTER, c_char, c_char_p, c_int, c_int32, c_ssize_t, c_void_p, py_object

# Codes of errors (PYBUF_ERR_…).
OK, BUFFER, VALUE, TYPE, INDEX, OVERFLOW, MEMORY, NOT_IMPLEMENTED, SYSTEM, STRUCT, RUNTIME, INTERNAL, PYTHON = range(13)

# Flags of requests (PyBUF_…).
SIMPLE, WRITABLE, FORMAT, ND, STRIDES = 0, 1, 4, 8, 0x18
C_CONTIGUOUS, F_CONTIGUOUS, ANY_CONTIGUOUS, INDIRECT = 0x38, 0x58, 0x98, 0x118
FULL, FULL_RO, READ, WRITE, MAX_NDIM = 0x11D, 0x11C, 0x100, 0x200, 64

# Dialects of formats (PYBUF_PEP3118, …).
PEP3118, DIALECT_STRUCT, NUMPY, CTYPES = range(4)

# What one element of a field is (PYBUF_KIND_…).
KINDS = dict(
    enumerate(
        "bool char signed unsigned float complex unicode text bytes pascal void bits pointer function object struct".split(),
        start=1,
    )
)

# What a value is (PYBUF_VALUE_…).
VALUES = dict(
    enumerate(
        "bool signed unsigned float complex char unicode bytes text extended object sequence".split(),
        start=1,
    )
)

# What is selected in a dimension (PYBUF_INDEX_…).
WHOLE, AT, SLICE, ELLIPSIS, NEW_AXIS = range(5)

# Whether views share a byte (PYBUF_OVERLAP_…).
OVERLAP_NO, OVERLAP_YES, OVERLAP_UNKNOWN = range(3)

# A bound left out of a slice (PYBUF_OPEN).
OPEN = -(1 << 8 * ctypes.sizeof(c_ssize_t) - 1)


class Py_buffer(ctypes.Structure):
    _fields_ = [
        ("buf", c_void_p),
        ("obj", c_void_p),
        ("len", c_ssize_t),
        ("itemsize", c_ssize_t),
        ("readonly", c_int),
        ("ndim", c_int),
        ("format", c_char_p),
        ("shape", POINTER(c_ssize_t)),
        ("strides", POINTER(c_ssize_t)),
        ("suboffsets", POINTER(c_ssize_t)),
        ("internal", c_void_p),
    ]

    def fields(self):
        """What a consumer sees, in Python's terms; None for NULL."""

        def numbers(pointer):
            return tuple(pointer[: self.ndim]) if pointer else None

        return {
            "buf": self.buf,
            "len": self.len,
            "itemsize": self.itemsize,
            "readonly": self.readonly,
            "ndim": self.ndim,
            "format": self.format,
            "shape": numbers(self.shape),
            "strides": numbers(self.strides),
            "suboffsets": numbers(self.suboffsets),
        }


ReleaseCallback = ctypes.CFUNCTYPE(None, c_void_p)
GetBuffer = ctypes.PYFUNCTYPE(c_int, c_void_p, POINTER(Py_buffer), c_int)
ReleaseBuffer = ctypes.PYFUNCTYPE(None, c_void_p, POINTER(Py_buffer))


class Memory(ctypes.Structure):
    """pybuf_memory"""

    _fields_ = [
        ("buf", c_void_p),
        ("size", c_ssize_t),
        ("format", c_char_p),
        ("itemsize", c_ssize_t),
        ("ndim", c_int32),
        ("order", c_int32),
        ("shape", POINTER(c_ssize_t)),
        ("strides", POINTER(c_ssize_t)),
        ("offset", c_ssize_t),
        ("suboffsets", POINTER(c_ssize_t)),
        ("pointed", c_ssize_t),
        ("readonly", c_int32),
        ("guarded", c_int32),
        ("constant", c_int32),
        ("allocate", c_int32),
        ("release", c_void_p),
        ("context", c_void_p),
        ("reserved", c_void_p * 8),
    ]


class Want(ctypes.Structure):
    """pybuf_want"""

    _fields_ = [
        ("kind", c_char_p),
        ("format", c_void_p),
        ("ndim", c_int32),
        ("order", c_int32),
        ("writable", c_int32),
        ("unaligned", c_int32),
        ("indirect", c_int32),
        ("stable", c_int32),
        ("exclusive", c_int32),
        ("reserved", c_void_p * 8),
    ]


class Field(ctypes.Structure):
    """pybuf_field"""


Field._fields_ = [
    ("name", c_char_p),
    ("kind", c_int32),
    ("order", c_int32),
    ("offset", c_ssize_t),
    ("itemsize", c_ssize_t),
    ("alignment", c_ssize_t),
    ("repeat", c_ssize_t),
    ("shape", POINTER(c_ssize_t)),
    ("ndim", c_int32),
    ("count", c_int32),
    ("fields", POINTER(Field)),
    ("signature", c_char_p),
]


class Member(ctypes.Structure):
    """pybuf_member"""

    _fields_ = [
        ("name", c_char_p),
        ("format", c_char_p),
        ("type", c_void_p),
        ("offset", c_ssize_t),
        ("reserved", c_void_p * 8),
    ]


class Index(ctypes.Structure):
    """pybuf_index"""

    _fields_ = [
        ("kind", c_int32),
        ("start", c_ssize_t),
        ("stop", c_ssize_t),
        ("step", c_ssize_t),
        ("reserved", c_void_p * 8),
    ]


class Value(ctypes.Structure):
    """pybuf_value"""

    class As(ctypes.Union):
        class Extended(ctypes.Structure):
            _fields_ = [("nearest", ctypes.c_double), ("bytes", c_void_p)]

        _fields_ = [
            ("integer", ctypes.c_int64),
            ("natural", ctypes.c_uint64),
            ("real", ctypes.c_double * 2),
            ("bytes", c_void_p),
            ("extended", Extended),
            ("items", c_void_p),
        ]

    _fields_ = [("kind", c_int32), ("order", c_int32), ("size", c_ssize_t), ("as_", As)]


class Failure(Exception):
    """A call of the C API has failed."""

    def __init__(self, function, code, message):
        super().__init__(f"{function}: code {code}: {message}")
        self.code = code
        self.message = message


def _int_or_failure(result, function, arguments):
    if result < 0:
        raise Failure(function.__name__, *last_error())
    return result


def _pointer_or_failure(result, function, arguments):
    if not result:
        raise Failure(function.__name__, *last_error())
    return result


# Result, then arguments. "int" and "size" are -1 on failure, "handle" is NULL.
_sizes = POINTER(c_ssize_t)
_values = POINTER(Value)
_FUNCTIONS = {
    "version": (c_char_p,),
    "abi_check": ("int", c_int32),
    "error_code": (c_int32,),
    "error_message": (c_char_p,),
    "error_clear": (None,),
    "exporter_new": ("handle", POINTER(Memory)),
    "exporter_part": ("handle", c_void_p, POINTER(Memory)),
    "exporter_from_view": ("handle", c_void_p),
    "bytes_new": ("handle", c_void_p, c_ssize_t),
    "ndarray_new": ("handle", c_int32, _sizes, c_char_p, c_ssize_t, c_char),
    "exporter_stack": ("handle", POINTER(c_void_p), c_ssize_t),
    "bytearray_new": ("handle", c_void_p, c_ssize_t),
    "array_new": ("handle", c_char_p, c_void_p, c_ssize_t),
    "array_len": ("int", c_void_p),
    "array_get": ("int", c_void_p, c_ssize_t, c_void_p, c_ssize_t),
    "array_set": ("int", c_void_p, c_ssize_t, c_void_p, c_ssize_t),
    "array_pop": ("int", c_void_p, c_ssize_t, c_void_p, c_ssize_t),
    "array_append": ("int", c_void_p, c_void_p, c_ssize_t),
    "array_insert": ("int", c_void_p, c_ssize_t, c_void_p, c_ssize_t),
    "array_replace": ("int", c_void_p, *[c_ssize_t] * 3, c_void_p, c_ssize_t),
    "array_delete": ("int", c_void_p, *[c_ssize_t] * 3),
    "array_slice": ("handle", c_void_p, *[c_ssize_t] * 3),
    "array_resize": ("int", c_void_p, c_ssize_t),
    "array_clear": ("int", c_void_p),
    "array_reverse": ("int", c_void_p),
    "exporter_ref": ("handle", c_void_p),
    "exporter_unref": (None, c_void_p),
    "exporter_data": (c_void_p, c_void_p),
    "getbuffer": ("int", c_void_p, POINTER(Py_buffer), c_int),
    "releasebuffer": (None, c_void_p, POINTER(Py_buffer)),
    "release": (None, POINTER(Py_buffer)),
    "is_contiguous": (c_int, POINTER(Py_buffer), c_char),
    "get_pointer": ("handle", POINTER(Py_buffer), _sizes),
    "to_contiguous": ("int", c_void_p, POINTER(Py_buffer), c_ssize_t, c_char),
    "from_contiguous": ("int", POINTER(Py_buffer), c_void_p, c_ssize_t, c_char),
    "copy_data": ("int", POINTER(Py_buffer), POINTER(Py_buffer)),
    "fill_contiguous_strides": (None, c_int, _sizes, _sizes, c_ssize_t, c_char),
    "fill_info": ("int", POINTER(Py_buffer), c_void_p, c_void_p, c_ssize_t, c_int, c_int),
    "view_acquire": ("handle", c_void_p, c_void_p, c_void_p, c_int),
    "view_adopt": ("handle", POINTER(Py_buffer)),
    "exporter_view": ("handle", c_void_p, POINTER(Want)),
    "view_ref": ("handle", c_void_p),
    "view_unref": (None, c_void_p),
    "view_check": ("int", c_void_p, POINTER(Want)),
    "view_data": (c_void_p, c_void_p),
    "view_itemsize": (c_ssize_t, c_void_p),
    "view_nbytes": (c_ssize_t, c_void_p),
    "view_ndim": ("int", c_void_p),
    "view_readonly": ("int", c_void_p),
    "view_format": ("handle", c_void_p),
    "view_shape": (_sizes, c_void_p),
    "view_strides": (_sizes, c_void_p),
    "view_suboffsets": (_sizes, c_void_p),
    "view_is_contiguous": ("int", c_void_p, c_char),
    "view_pointer": ("handle", c_void_p, _sizes, c_int32),
    "view_read_item": ("int", c_void_p, _sizes, c_int32, c_void_p, c_ssize_t),
    "view_write_item": ("int", c_void_p, _sizes, c_int32, c_void_p, c_ssize_t),
    "view_slice": ("handle", c_void_p, c_int32, c_ssize_t, c_ssize_t, c_ssize_t),
    "view_transpose": ("handle", c_void_p, POINTER(c_int32), c_int32),
    "view_field": ("handle", c_void_p, c_char_p),
    "view_select": ("handle", c_void_p, POINTER(Index), c_ssize_t),
    "view_cast": ("handle", c_void_p, c_char_p, c_ssize_t, c_int32, _sizes, c_char),
    "view_reshape": ("handle", c_void_p, c_int32, _sizes, c_char),
    "view_broadcast": ("handle", c_void_p, c_int32, _sizes),
    "view_as_strided": ("handle", c_void_p, c_int32, _sizes, _sizes, c_ssize_t),
    "view_to_readonly": ("handle", c_void_p),
    "view_split": ("int", c_void_p, c_int32, POINTER(c_void_p), c_ssize_t),
    "view_merge": ("handle", POINTER(c_void_p), c_ssize_t, c_int32),
    "view_overlap": ("int", c_void_p, c_void_p),
    "view_copy_out": ("int", c_void_p, c_void_p, c_ssize_t, c_char),
    "view_copy": ("int", c_void_p, c_void_p),
    "view_getbuffer": ("int", c_void_p, POINTER(Py_buffer), c_int),
    "format_new": ("handle", c_char_p, c_int32),
    "format_stated": ("handle", c_char_p, c_ssize_t),
    "format_ref": ("handle", c_void_p),
    "format_unref": (None, c_void_p),
    "format_text": (c_char_p, c_void_p),
    "format_itemsize": ("size", c_void_p),
    "format_alignment": ("size", c_void_p),
    "format_root": (POINTER(Field), c_void_p),
    "format_from_members": ("handle", POINTER(Member), c_int32, c_ssize_t),
    "format_field": ("handle", c_void_p, c_char_p, _sizes),
    "format_of_view": ("handle", c_void_p),
    "format_in_dialect": ("handle", c_void_p, c_int32),
    "format_equivalent": ("int", c_void_p, c_void_p),
    "format_difference": ("size", c_void_p, c_void_p, c_char_p, c_ssize_t),
    "format_accepts": ("int", c_void_p, c_char_p, c_ssize_t),
    "format_c_difference": ("size", c_void_p, c_char_p, c_ssize_t),
    "format_in_c_layout": ("handle", c_void_p),
    "size_from_format": ("size", c_char_p),
    "format_values": ("size", c_void_p),
    "format_unpack": ("int", c_void_p, c_void_p, c_ssize_t, _values, c_ssize_t),
    "format_pack": ("int", c_void_p, _values, c_void_p, c_ssize_t),
    "format_unpack_many": ("int", c_void_p, c_void_p, c_ssize_t, c_ssize_t, _values, c_ssize_t),
    "format_pack_many": ("int", c_void_p, _values, c_ssize_t, c_ssize_t, c_void_p, c_ssize_t),
    "view_unpack": ("int", c_void_p, _values, c_ssize_t),
    "view_pack": ("int", c_void_p, _values, c_ssize_t, c_ssize_t),
    "view_equal": ("int", c_void_p, c_void_p),
    "view_find": ("int", c_void_p, _values, c_ssize_t, c_ssize_t, _sizes),
    "view_count": ("size", c_void_p, _values),
    "view_hex": ("size", c_void_p, c_char, c_ssize_t, c_char_p, c_ssize_t),
    "python_object": (py_object, c_void_p),
    "python_view": ("handle", py_object, POINTER(Want)),
    "python_memoryview": (py_object, py_object, c_int32),
    "python_memoryview_from_view": (py_object, c_void_p, c_int32),
    "python_memoryview_from_buffer": (py_object, POINTER(Py_buffer), c_int32),
    "python_memoryview_from_memory": (py_object, c_void_p, c_ssize_t, c_int, c_int32),
    "python_memoryview_contiguous": (py_object, py_object, c_int, c_char, c_int32),
    "python_fill": ("int", py_object, c_void_p, POINTER(Py_buffer), c_int),
    "python_releasebuffer": (None, py_object, c_void_p, POINTER(Py_buffer)),
    "python_raise": (py_object,),
    "python_module": (py_object,),
}


class Library:
    """Its functions, without the prefix that they have in C: `lib.exporter_new(…)`."""

    def __init__(self, dll, functions):
        for name, (result, *arguments) in functions.items():
            function = dll["pybuf_" + name]
            function.argtypes = arguments
            if result == "int":
                function.restype, function.errcheck = c_int, _int_or_failure
            elif result == "size":
                function.restype, function.errcheck = c_ssize_t, _int_or_failure
            elif result == "handle":
                function.restype, function.errcheck = c_void_p, _pointer_or_failure
            else:
                function.restype = result
            setattr(self, name, function)


PATH = os.environ["PYBUF_LIBRARY"]

# PyDLL, not CDLL: it keeps the GIL, and raises the Python exception that a call has set.
dll = ctypes.PyDLL(PATH)
lib = Library(dll, _FUNCTIONS)

PyObject_GetBuffer = ctypes.pythonapi["PyObject_GetBuffer"]
PyObject_GetBuffer.argtypes = [py_object, POINTER(Py_buffer), c_int]
PyBuffer_Release = ctypes.pythonapi["PyBuffer_Release"]
PyBuffer_Release.argtypes, PyBuffer_Release.restype = [POINTER(Py_buffer)], None

libc = ctypes.CDLL(None)
libc.malloc.argtypes, libc.malloc.restype = [ctypes.c_size_t], c_void_p
libc.free.argtypes, libc.free.restype = [c_void_p], None
FREE = ctypes.cast(libc.free, c_void_p).value


def last_error():
    return lib.error_code(), lib.error_message().decode()
