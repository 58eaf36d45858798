"""Views in Python that C makes, beside those that the functions of CPython make."""

import array
import ctypes
import gc
import sys

import pybuf
import pytest
from pybuf import FULL, FULL_RO, READ, SIMPLE, WRITE

TYPES = {0: "memoryview", 1: "View"}

SOURCES = {
    "bytes": lambda libpybuf: b"some bytes",
    "a bytearray": lambda libpybuf: bytearray(b"some bytes"),
    "an array": lambda libpybuf: array.array("d", [1.5, 2.5]),
    "rows": lambda libpybuf: libpybuf.ndarray((3, 4), "i"),
    "columns": lambda libpybuf: libpybuf.ndarray((3, 4), "h", order="F"),
    "a strided view": lambda libpybuf: memoryview(b"some bytes")[::3],
    "a backward view": lambda libpybuf: memoryview(bytearray(b"some bytes"))[::-1],
    "a view of no dimensions": lambda libpybuf: memoryview(b"12345678").cast("q", []),
    "an empty view": lambda libpybuf: memoryview(b"12345678")[8:],
    "ours": lambda libpybuf: libpybuf.memoryview(bytearray(b"some bytes")),
    "our other": lambda libpybuf: libpybuf.View(bytearray(b"some bytes"))[::2],
    "ctypes": lambda libpybuf: (ctypes.c_int * 4)(1, 2, 3, 4),
    "no exporter": lambda libpybuf: 5,
    "no exporter either": lambda libpybuf: "text",
    "a type": lambda libpybuf: bytearray,
}


def shown(view):
    """What can be seen of a view, or of an exception."""
    if isinstance(view, BaseException):
        return type(view), str(view)
    seen = {
        name: getattr(view, name)
        for name in (
            "nbytes readonly itemsize format ndim shape strides suboffsets c_contiguous f_contiguous contiguous".split()
        )
    }
    try:
        seen["items"] = view.tolist()
    except NotImplementedError as error:
        seen["items"] = str(error)
    return {**seen, "bytes": view.tobytes(), "columns": view.tobytes("F")}


@pytest.fixture(params=TYPES, ids=TYPES.get)
def which(request, libpybuf):
    kind = getattr(libpybuf, TYPES[request.param])

    def same(pair):
        """Both show the same, and ours is of the type that was asked for."""
        theirs, ours = [shown(it) for it in pair]
        if kind is libpybuf.View and isinstance(theirs, dict) and isinstance(theirs["items"], str):
            # It shows items that a memoryview refuses.
            theirs["items"] = ours["items"]
        assert theirs == ours
        ours = pair[1]
        if not isinstance(ours, BaseException):
            assert type(ours) is kind
        return ours

    same.number = request.param
    return same


@pytest.fixture(params=SOURCES)
def source(request, libpybuf):
    return SOURCES[request.param](libpybuf)


def exporters(source):
    try:
        memoryview(source)
    except TypeError:
        pytest.skip("no exporter: nothing to be filled")


def lender(source, libpybuf):
    """What the obj of our view of a source is: views of ours share what they have."""
    ours = libpybuf.memoryview, libpybuf.View
    return source.obj if isinstance(source, ours) else source


def test_of_an_object(memoryviews, which, source, libpybuf):
    gc.collect()
    references = sys.getrefcount(source)
    ours = which(memoryviews.of_object(source, which.number))
    if not isinstance(ours, BaseException):
        assert ours.obj is lender(source, libpybuf)
    del ours
    gc.collect()
    assert sys.getrefcount(source) == references


@pytest.mark.parametrize("flags", [FULL_RO, SIMPLE, FULL])
def test_of_a_buffer(memoryviews, which, source, flags):
    exporters(source)
    try:
        pybuf.PyObject_GetBuffer(source, buffer := pybuf.Py_buffer(), flags)
    except BufferError as refused:
        pytest.skip(f"it refuses these flags: {refused}")
    pybuf.PyBuffer_Release(buffer)
    gc.collect()
    references = sys.getrefcount(source)
    pair = memoryviews.of_buffer(source, flags, which.number)
    # Items without a format are bytes, whatever their size: CPython makes 'B' of 8 bytes of them.
    has_no_items = flags == SIMPLE and pair[0].format == "B" and pair[0].itemsize != 1
    ours = pair[1] if has_no_items else which(pair)
    assert not has_no_items or (ours.format, ours.itemsize, ours.ndim) == ("B", 1, 1)
    del pair
    # It holds nothing, and is told of nobody.
    assert ours.obj is None and sys.getrefcount(source) == references
    part = ours.toreadonly()
    assert part.tobytes() == ours.tobytes()
    ours.release()
    assert part.tobytes() == memoryview(source).tobytes()


@pytest.mark.parametrize("size", [0, 1, 7, 1000])
@pytest.mark.parametrize("flags", [READ, WRITE])
def test_of_memory(memoryviews, which, size, flags):
    memory = ctypes.create_string_buffer(bytes(k % 251 for k in range(1000)), 1000)
    address = ctypes.addressof(memory)
    theirs, ours = pair = memoryviews.of_memory(address, size, flags, which.number)
    which(pair)
    assert ours.obj is theirs.obj is None and ours.readonly == (flags == READ)
    if size and flags == WRITE:
        ours[size - 1] = 99
        assert theirs[size - 1] == 99 and memory[size - 1] == b"c"
    assert bytes(ours[1:]) == bytes(theirs[1:])


@pytest.mark.parametrize("order", "CFA")
@pytest.mark.parametrize("flags", [READ, WRITE])
def test_of_contiguous_items(memoryviews, which, source, flags, order, libpybuf):
    theirs, ours = pair = memoryviews.contiguous(source, flags, order, which.number)
    which(pair)
    if not isinstance(ours, BaseException):
        # A copy is nobody's but its own.
        is_copy = theirs.obj is not memoryview(source).obj
        assert (ours.obj is not lender(source, libpybuf)) == is_copy
        assert ours.tobytes() == memoryview(source).tobytes()


def test_of_a_native_view(memoryviews, which, source, libpybuf):
    exporters(source)
    gc.collect()
    references = sys.getrefcount(source)
    ours = which(memoryviews.of_view(source, which.number))
    assert type(ours.obj).__module__ == "libpybuf"
    if isinstance(source, bytearray):
        with pytest.raises(BufferError):
            source.append(0)
    del ours
    gc.collect()
    assert sys.getrefcount(source) == references
    if isinstance(source, bytearray):
        source.append(0)


def test_a_native_view_lives_as_long_as_the_last_view_of_it(which):
    owner = pybuf.Owner(b"native memory")
    exporter = owner.lend()
    native = pybuf.View.of(exporter)
    ours = pybuf.lib.python_memoryview_from_view(native.handle, which.number)
    native.close()
    pybuf.lib.exporter_unref(exporter)
    part = ours[1:]
    ours.release()
    assert part.tobytes() == b"ative memory" and owner.released == 0
    del ours, part
    gc.collect()
    assert owner.released == 1


MISUSE = [
    ("of_memory", (64, -1, READ), ValueError, "size is -1"),
    ("of_memory", (0, 1, READ), TypeError, "not NULL"),
    ("of_memory", (64, 1, 0), ValueError, "PyBUF_READ or PyBUF_WRITE"),
    ("of_memory", (64, 1, READ | WRITE), ValueError, "PyBUF_READ or PyBUF_WRITE"),
    ("contiguous", (b"some", READ, "K"), ValueError, "K"),
    ("contiguous", (b"some", 0, "C"), ValueError, "PyBUF_READ or PyBUF_WRITE"),
]


@pytest.mark.parametrize("function, arguments, exception, text", MISUSE)
def test_what_cpython_only_asserts(memoryviews, which, function, arguments, exception, text):
    _, ours = getattr(memoryviews, function)(*arguments, which.number)
    assert type(ours) is exception and text in str(ours)


def test_nothing(memoryviews, which):
    kinds = [type(it) for it in memoryviews.of_nothing(which.number)]
    assert kinds == [TypeError, TypeError, TypeError, ValueError, TypeError, TypeError]


@pytest.mark.parametrize("number", [-1, 2, 1 << 30])
def test_another_type(memoryviews, number):
    made = [
        memoryviews.of_object(b"some", number),
        memoryviews.of_buffer(b"some", FULL_RO, number),
        memoryviews.of_memory(64, 4, READ, number),
        memoryviews.contiguous(b"some", READ, "C", number),
        memoryviews.of_view(b"some", number),
    ]
    for _, ours in made:
        assert type(ours) is ValueError and "PYBUF_MEMORYVIEW or PYBUF_VIEW" in str(ours)


def test_released_views(memoryviews, which, libpybuf):
    for made in (memoryview(b"some"), libpybuf.memoryview(b"some"), libpybuf.View(b"some")):
        made.release()
        text = "operation forbidden on released memoryview object"
        for pair in (memoryviews.of_object(made, which.number), memoryviews.contiguous(made, READ, "C", which.number)):
            assert [shown(it) for it in pair] == [(ValueError, text)] * 2


def test_calls_need_an_attached_thread(libpybuf):
    """Through ctypes.CDLL, which lets the GIL go."""
    detached = ctypes.CDLL(pybuf.PATH)
    memory = ctypes.create_string_buffer(8)
    made = detached.pybuf_python_memoryview_from_memory
    made.argtypes = [ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int, ctypes.c_int32]
    made.restype = ctypes.c_void_p
    assert made(memory, 8, READ, 0) is None
    assert pybuf.lib.error_code() == pybuf.RUNTIME
