"""Views of any exporter's answer: what is missing is filled in, what is untrue is refused."""

import array
import ctypes
import sys

import pybuf
import pytest
from pybuf import View, lib


class Exporter:
    """A native exporter by two functions, which fills a buffer with whatever it is told."""

    def __init__(self, contents, **answer):
        self.memory = ctypes.create_string_buffer(bytes(contents), max(len(contents), 1))
        self.address = ctypes.addressof(self.memory)
        self.answer = {"buf": self.address, "len": len(contents), "itemsize": 1, "ndim": 1, **answer}
        self.asked, self.filled, self.released = [], 0, []
        self.getbuffer = pybuf.GetBuffer(self._getbuffer)
        self.releasebuffer = pybuf.ReleaseBuffer(self._releasebuffer)

    def _getbuffer(self, me, buffer, flags):
        self.asked.append(flags)
        for name, value in self.answer.items():
            if name in ("shape", "strides", "suboffsets"):
                value = ctypes.cast(pybuf.sizes(value), ctypes.POINTER(ctypes.c_ssize_t))
            setattr(buffer.contents, name, value)
        self.filled = ctypes.addressof(buffer.contents)
        return 0

    def _releasebuffer(self, me, buffer):
        self.released.append(ctypes.addressof(buffer.contents))

    def view(self, flags=pybuf.FULL_RO):
        functions = (ctypes.cast(function, ctypes.c_void_p) for function in (self.getbuffer, self.releasebuffer))
        return View(lib.view_acquire(None, *functions, flags))


def test_a_full_answer():
    exporter = Exporter(bytes(range(24)), itemsize=2, format=b"h", ndim=2, shape=(3, 4), strides=(8, 2))
    with exporter.view() as view:
        assert exporter.asked == [pybuf.FULL_RO]
        assert (view.data, view.shape, view.strides) == (exporter.address, (3, 4), (8, 2))
        assert (view.format, view.itemsize, view.nbytes) == ("h", 2, 24)
        assert view.read(2, 3) == b"\x16\x17"
        part = view.slice(0, 1)
    assert exporter.released == []
    part.close()
    assert exporter.released == [exporter.filled], "released where it was filled, and once"


def test_what_is_missing_is_filled_in():
    with Exporter(bytes(12)).view(pybuf.SIMPLE) as view:
        assert (view.format, view.itemsize, view.shape, view.strides) == ("B", 1, (12,), (1,))
    with Exporter(bytes(12), itemsize=4, format=b"i", ndim=2, shape=(1, 3)).view(pybuf.ND | pybuf.FORMAT) as view:
        assert (view.shape, view.strides) == ((1, 3), (12, 4))
    # The item size is the true one, though nobody asked for a format: these are bytes.
    with Exporter(bytes(12), itemsize=4).view(pybuf.SIMPLE) as view:
        assert (view.format, view.itemsize, view.shape) == ("B", 1, (12,))
    with Exporter(bytes(8), itemsize=8, format=b"d", ndim=0).view() as view:
        assert (view.shape, view.nbytes) == ((), 8)


def test_the_items_size_wins_over_the_format():
    """As for a union of ctypes', or a padded struct of NumPy's."""
    with Exporter(bytes(16), itemsize=8, format=b"B", shape=(2,), strides=(8,)).view() as view:
        assert (view.format, view.itemsize, view.shape) == ("B", 8, (2,))


# (answer to a request for 12 bytes of memory, flags, code, a telling part of the message)
LIES = {
    "len": ({"len": 13, "shape": (12,)}, pybuf.FULL_RO, pybuf.BUFFER, "wrong about len: it says 13"),
    "a negative len": ({"len": -1}, pybuf.FULL_RO, pybuf.BUFFER, "negative sizes: len -1"),
    "a negative length": ({"ndim": 2, "shape": (-3, -4)}, pybuf.FULL_RO, pybuf.VALUE, "negative in dimension 0"),
    "a negative item size": ({"itemsize": -1}, pybuf.FULL_RO, pybuf.BUFFER, "itemsize -1"),
    "items of no bytes": ({"itemsize": 0}, pybuf.FULL_RO, pybuf.BUFFER, "items of 0 bytes"),
    "a negative ndim": ({"ndim": -1}, pybuf.FULL_RO, pybuf.BUFFER, "ndim -1"),
    "65 dimensions": ({"ndim": 65}, pybuf.FULL_RO, pybuf.VALUE, "must not exceed 64"),
    "dimensions without a shape": ({"ndim": 2}, pybuf.FULL_RO, pybuf.BUFFER, "2 dimensions without a shape"),
    "an overflowing shape": (
        {"ndim": 2, "shape": (1 << 62, 8)},
        pybuf.FULL_RO,
        pybuf.OVERFLOW,
        "does not fit",
    ),
    "strides out of the address space": (
        {"shape": (12,), "strides": (-(1 << 58),)},
        pybuf.FULL_RO,
        pybuf.BUFFER,
        "beyond the address space",
    ),
    "strides that overflow": (
        {"shape": (12,), "strides": (-(1 << 60),)},
        pybuf.FULL_RO,
        pybuf.OVERFLOW,
        "beyond the address space",
    ),
    "suboffsets without strides": (
        {"shape": (12,), "suboffsets": (-1,)},
        pybuf.FULL_RO,
        pybuf.BUFFER,
        "suboffsets without strides",
    ),
    "suboffsets that nobody asked for": (
        {"shape": (12,), "strides": (1,), "suboffsets": (-1,)},
        pybuf.STRIDES,
        pybuf.BUFFER,
        "request for direct memory",
    ),
    "memory at NULL": ({"buf": None}, pybuf.FULL_RO, pybuf.BUFFER, "12 bytes at NULL"),
    "read-only to be written": ({"readonly": 1}, pybuf.FULL, pybuf.BUFFER, "read-only memory"),
    "not contiguous": (
        {"len": 6, "shape": (6,), "strides": (2,)},
        pybuf.C_CONTIGUOUS,
        pybuf.BUFFER,
        "request for C-contiguous memory",
    ),
    "not contiguous, though no strides were asked for": (
        {"len": 6, "shape": (6,), "strides": (2,)},
        pybuf.ND,
        pybuf.BUFFER,
        "request for C-ordered memory",
    ),
    "half an item": ({"itemsize": 8, "format": b"d"}, pybuf.FULL_RO, pybuf.BUFFER, "no whole number of items"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_exporter_that_lies(lie):
    answer, flags, code, text = LIES[lie]
    exporter = Exporter(bytes(12), **answer)
    with pytest.raises(pybuf.Failure, match=text) as refused:
        exporter.view(flags)
    assert refused.value.code == code
    assert exporter.released == [exporter.filled], "it was filled, so it is released"


def test_an_exporter_that_refuses():
    exporter = Exporter(bytes(12))
    exporter.getbuffer = pybuf.GetBuffer(lambda me, buffer, flags: -1)
    with pytest.raises(pybuf.Failure, match="refused the request 0x11c") as refused:
        exporter.view()
    assert refused.value.code == pybuf.BUFFER
    assert exporter.released == []


def test_our_own_functions_are_such_functions():
    owner = pybuf.Owner(bytes(range(6)))
    handle = owner.lend(shape=(2, 3))
    getbuffer = ctypes.cast(pybuf.dll.pybuf_getbuffer, ctypes.c_void_p)
    releasebuffer = ctypes.cast(pybuf.dll.pybuf_releasebuffer, ctypes.c_void_p)
    for release in (releasebuffer, None):
        with View(lib.view_acquire(handle, getbuffer, release, pybuf.FULL)) as view:
            assert view.data == owner.address and not view.readonly
    with pytest.raises(pybuf.Failure, match="Fortran-contiguous") as refused:
        lib.view_acquire(handle, getbuffer, releasebuffer, pybuf.F_CONTIGUOUS)
    assert refused.value.code == pybuf.BUFFER
    lib.exporter_unref(handle)
    assert owner.released == 1


def test_without_a_function_there_is_nobody_to_ask():
    with pytest.raises(pybuf.Failure) as refused:
        lib.view_acquire(None, None, None, pybuf.SIMPLE)
    assert refused.value.code == pybuf.TYPE


class Wrapper(Exporter):
    """A getbuffer function that asks a Python object, and counts what it has out."""

    def __init__(self, wrapped):
        super().__init__(b"")
        self.wrapped = wrapped

    def _getbuffer(self, me, buffer, flags):
        get = ctypes.pythonapi.PyObject_GetBuffer
        return get(ctypes.py_object(self.wrapped), buffer, ctypes.c_int(flags))


def test_functions_that_name_a_python_object():
    """The function of the pair ends the export, and the object is dropped after it."""
    wrapped = array.array("i", [1, 2, 3])
    wrapper = Wrapper(wrapped)
    held = sys.getrefcount(wrapped)
    with wrapper.view() as view:
        assert (view.format, view.shape) == ("i", (3,))
        assert sys.getrefcount(wrapped) == held + 1
    assert len(wrapper.released) == 1
    assert sys.getrefcount(wrapped) == held


def test_an_empty_buffer_is_not_adopted():
    exporter = lib.bytes_new(b"memory", 6)
    buffer = pybuf.Py_buffer()
    lib.getbuffer(exporter, ctypes.byref(buffer), pybuf.FULL_RO)
    lib.release(ctypes.byref(buffer))
    lib.exporter_unref(exporter)
    assert bytes(buffer) == bytes(ctypes.sizeof(buffer)), "released buffers are empty"
    with pytest.raises(pybuf.Failure, match="empty") as refused:
        lib.view_adopt(ctypes.byref(buffer))
    assert refused.value.code == pybuf.BUFFER
