"""Native memory, exporters and views as the tests use them.

What pybuf.h declares is in `capi`, and here under the same names.
"""

import contextlib
import ctypes
import os
import subprocess
import sys
from ctypes import c_int32, c_ssize_t, c_void_p

from capi import *  # noqa: F403
from capi import (
    AT,
    ELLIPSIS,
    FREE,
    FULL_RO,
    NEW_AXIS,
    OPEN,
    PATH,
    SLICE,
    Index,
    Memory,
    Py_buffer,
    PyBuffer_Release,
    PyObject_GetBuffer,
    ReleaseCallback,
    Want,
    lib,
    libc,
)


def sizes(numbers):
    """An array for C."""
    return (c_ssize_t * len(numbers))(*numbers)


def memory(buf, size, **fields):
    """A filled pybuf_memory; `shape` and `strides` are sequences, `order` a letter."""
    filled = Memory(buf=buf, size=size)
    if "shape" in fields:
        fields.setdefault("ndim", len(fields["shape"]) or -1)
    for name, value in fields.items():
        if name in ("shape", "strides") and value is not None:
            value = sizes(value)
        elif name == "order":
            value = ord(value)
        setattr(filled, name, value)
    return filled


def want(**fields):
    """A filled pybuf_want; `order` is a letter."""
    if "order" in fields:
        fields["order"] = ord(fields["order"])
    if "kind" in fields:
        fields["kind"] = fields["kind"].encode()
    return Want(**fields)


def index(chosen):
    """A filled pybuf_index for an integer, a slice, `...` or None."""
    if chosen is None:
        return Index(kind=NEW_AXIS)
    if chosen is ...:
        return Index(kind=ELLIPSIS)
    if not isinstance(chosen, slice):
        return Index(kind=AT, start=chosen)
    start, stop = (OPEN if bound is None else bound for bound in (chosen.start, chosen.stop))
    return Index(kind=SLICE, start=start, stop=stop, step=chosen.step or 1)


ANYTHING = want(indirect=1)


def malloc(contents):
    """The address of native memory with these bytes; `FREE` gives it back."""
    address = libc.malloc(len(contents) or 1)
    ctypes.memmove(address, bytes(contents), len(contents))
    return address


def lend(contents, **fields):
    """A handle on native memory with these bytes, which `free` of the C library gives back."""
    address = malloc(contents)
    return lib.exporter_new(memory(address, len(contents), release=FREE, context=address, **fields))


def object_of(exporter):
    """The Python object over an exporter, whose handle stays with the caller."""
    return lib.python_object(lib.exporter_ref(exporter))


def lent_object(contents, **fields):
    """A Python object over native memory with these bytes, and nobody else has a handle."""
    return lib.python_object(lend(contents, **fields))


def run_python(script, **variables):
    """Runs a script in an interpreter of its own, which finds the library, its extensions
    and these files, and these environment variables; it has to end well and print nothing."""
    path = [os.path.dirname(PATH), os.path.dirname(__file__), os.environ.get("PYBUF_EXTENSIONS", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), **variables}
    command = [sys.executable, "-X", "dev", "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout + done.stderr) == (0, ""), done.stderr


@contextlib.contextmanager
def exporting(contents, **fields):
    """A handle for the length of a `with`."""
    exporter = lend(contents, **fields)
    try:
        yield exporter
    finally:
        lib.exporter_unref(exporter)


@contextlib.contextmanager
def buffer_of(source, flags=FULL_RO):
    """A filled Py_buffer: of a handle by getbuffer, of anything else by PyObject_GetBuffer."""
    buffer = Py_buffer()
    if isinstance(source, int):
        lib.getbuffer(source, buffer, flags)
        release = lib.release
    else:
        PyObject_GetBuffer(source, buffer, flags)
        release = PyBuffer_Release
    try:
        yield buffer
    finally:
        release(buffer)


def address(source):
    """Where a buffer begins."""
    with buffer_of(source) as buffer:
        return buffer.buf


def resident():
    """Bytes of memory that this process really uses."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class View:
    """A pybuf_view; one reference, given up with this object or before."""

    def __init__(self, handle):
        self.handle = handle

    @classmethod
    def of(cls, source, wanted=ANYTHING, **fields):
        """Of a handle on an exporter, or of any Python object; `fields` are those of a want."""
        wanted = want(**fields) if fields else wanted
        if isinstance(source, int):
            return cls(lib.exporter_view(source, wanted))
        return cls(lib.python_view(source, wanted))

    def close(self):
        handle, self.handle = self.handle, None
        lib.view_unref(handle)

    __del__ = close

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    @property
    def data(self):
        return lib.view_data(self.handle)

    @property
    def nbytes(self):
        return lib.view_nbytes(self.handle)

    @property
    def itemsize(self):
        return lib.view_itemsize(self.handle)

    @property
    def readonly(self):
        return bool(lib.view_readonly(self.handle))

    @property
    def format(self):
        return ctypes.string_at(lib.view_format(self.handle)).decode()

    def _numbers(self, function):
        pointer = function(self.handle)
        return tuple(pointer[: lib.view_ndim(self.handle)]) if pointer else None

    @property
    def shape(self):
        return self._numbers(lib.view_shape)

    @property
    def strides(self):
        return self._numbers(lib.view_strides)

    @property
    def suboffsets(self):
        return self._numbers(lib.view_suboffsets)

    def pointer(self, *indices):
        return lib.view_pointer(self.handle, sizes(indices), len(indices))

    def read(self, *indices):
        """The bytes of an item, read natively."""
        item = ctypes.create_string_buffer(self.itemsize)
        lib.view_read_item(self.handle, sizes(indices), len(indices), item, self.itemsize)
        return item.raw

    def write(self, indices, item):
        lib.view_write_item(self.handle, sizes(indices), len(indices), item, len(item))

    def slice(self, dim, start=OPEN, stop=OPEN, step=1):
        return View(lib.view_slice(self.handle, dim, start, stop, step))

    def transpose(self, *axes):
        numbers = (c_int32 * len(axes))(*axes) if axes else None
        return View(lib.view_transpose(self.handle, numbers, len(axes)))

    def select(self, *indices):
        """Integers, slices, `...` and None, as NumPy has them."""
        filled = (Index * len(indices))(*map(index, indices))
        return View(lib.view_select(self.handle, filled, len(indices)))

    def cast(self, format, shape=None, order="C", itemsize=0):
        ndim = 0 if shape is None else len(shape) or -1
        text = format and format.encode()
        return View(lib.view_cast(self.handle, text, itemsize, ndim, sizes(shape or ()), order.encode()))

    def reshape(self, shape, order="C"):
        return View(lib.view_reshape(self.handle, len(shape), sizes(shape), order.encode()))

    def broadcast(self, shape):
        return View(lib.view_broadcast(self.handle, len(shape), sizes(shape)))

    def as_strided(self, shape, strides, offset=0):
        return View(lib.view_as_strided(self.handle, len(shape), sizes(shape), sizes(strides), offset))

    def to_readonly(self):
        return View(lib.view_to_readonly(self.handle))

    def split(self, dim, parts):
        handles = (c_void_p * parts)()
        lib.view_split(self.handle, dim, handles, parts)
        return list(map(View, handles))

    @classmethod
    def merge(cls, views, dim):
        handles = (c_void_p * len(views))(*[view.handle for view in views])
        return cls(lib.view_merge(handles, len(views), dim))

    def overlap(self, other):
        """One of `OVERLAP_…`."""
        return lib.view_overlap(self.handle, other.handle)

    def tobytes(self, order="C"):
        room = ctypes.create_string_buffer(self.nbytes or 1)
        lib.view_copy_out(self.handle, room, self.nbytes, order.encode())
        return room.raw[: self.nbytes]

    def is_contiguous(self, order):
        return bool(lib.view_is_contiguous(self.handle, order.encode()))

    def object(self):
        """A Python object that lends what the view shows."""
        return lib.python_object(lib.exporter_from_view(self.handle))


class Owner:
    """Native memory that says how often it was given back."""

    def __init__(self, contents):
        self.size = len(contents)
        self.address = malloc(contents)
        self.released = 0
        self._callback = ReleaseCallback(self._release)

    def _release(self, context):
        assert context == self.address
        self.released += 1
        libc.free(context)

    def memory(self, **fields):
        own = {
            "buf": self.address,
            "size": self.size,
            "release": ctypes.cast(self._callback, c_void_p).value,
            "context": self.address,
        }
        return memory(**{**own, **fields})

    def lend(self, **fields):
        """A handle."""
        return lib.exporter_new(self.memory(**fields))

    def object(self, **fields):
        """A Python object, and nobody else has a handle."""
        return lib.python_object(self.lend(**fields))
