"""The module libpybuf: its functions, and what they refuse."""

import array
import ctypes
import importlib.machinery
import importlib.util
import inspect
import shutil
import struct
import subprocess
import sys

import layouts
import pybuf
import pytest
from pybuf import address, resident


def test_its_names(libpybuf):
    assert libpybuf.__version__ == pybuf.lib.version().decode()
    names = {"Array", "Exporter", "Guarded", "View", "memoryview"}
    names |= {"array", "bytearray", "bytes", "memory", "ndarray", "stack"}
    assert set(libpybuf.__all__) == names and len(libpybuf.__all__) == len(names)
    for name in libpybuf.__all__:
        assert getattr(libpybuf, name).__doc__, name
    assert libpybuf.__doc__


def test_its_functions_show_their_arguments(libpybuf):
    assert str(inspect.signature(libpybuf.memory)) == (
        "(address, size, *, shape=None, strides=None, format=None, itemsize=0, offset=0, "
        "order='C', readonly=False, owner=None, guarded=False, constant=False, "
        "suboffsets=None, pointed=0)"
    )
    assert list(inspect.signature(libpybuf.bytes).parameters) == ["source"]
    assert str(inspect.signature(libpybuf.ndarray)) == (
        "(shape, format='B', *, itemsize=0, order='C', guarded=False)"
    )
    assert list(inspect.signature(libpybuf.stack).parameters) == ["rows"]


def test_the_c_function_gives_the_same_module(libpybuf):
    assert pybuf.lib.python_module() is libpybuf
    assert sys.modules["libpybuf"] is libpybuf
    exporter = libpybuf.bytes(b"x")
    assert type(exporter) is libpybuf.Exporter is type(pybuf.lent_object(b"y"))


def test_memory_is_lent_where_it_is(libpybuf):
    memory = ctypes.create_string_buffer(b"somebody's", 10)
    lent = libpybuf.memory(ctypes.addressof(memory), 10)
    assert address(lent) == ctypes.addressof(memory)
    view = memoryview(lent)
    assert (view.format, view.shape, view.readonly) == ("B", (10,), False)
    view[0] = ord("S")
    assert memory.raw == b"Somebody's"


def test_memory_in_any_layout(libpybuf):
    for layout in layouts.irregular(51, 100):
        with layouts.named(layout):
            check_memory(libpybuf, layout)


def check_memory(libpybuf, layout):
    memory = ctypes.create_string_buffer(layout.memory(), layout.size)
    lent = libpybuf.memory(
        ctypes.addressof(memory),
        layout.size,
        shape=layout.shape,
        strides=layout.strides,
        format=layout.format,
        offset=layout.offset,
        readonly=layout.readonly,
        owner=memory,
    )
    view = memoryview(lent)
    assert view.tobytes() == layout.items()
    assert (view.shape, view.strides, view.format) == (layout.shape, layout.strides, layout.format)
    assert (view.readonly, view.itemsize) == (layout.readonly, layout.itemsize)
    if layout.nbytes:
        assert address(lent) == ctypes.addressof(memory) + layout.offset


def test_memory_in_fortran_order(libpybuf):
    memory = array.array("d", range(6))
    lent = libpybuf.memory(memory.buffer_info()[0], 48, shape=(2, 3), format="d", order="F", owner=memory)
    assert memoryview(lent).tolist() == [[0, 2, 4], [1, 3, 5]]


def test_memory_of_opaque_items(libpybuf):
    memory = array.array("B", bytes(24))
    lent = libpybuf.memory(memory.buffer_info()[0], 24, format="T{<i:a:<d:b:}", itemsize=12, owner=memory)
    view = memoryview(lent)
    assert (view.format, view.itemsize, view.shape) == ("T{<i:a:<d:b:}", 12, (2,))


@pytest.mark.parametrize("shape", [[2, 3], (2, 3), range(2, 4), array.array("i", [2, 3])])
def test_a_shape_is_any_sequence(libpybuf, shape):
    assert libpybuf.ndarray(shape).shape == (2, 3)


class Index:
    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


def test_a_shape_of_one_dimension_is_a_number(libpybuf):
    assert libpybuf.ndarray(5).shape == (5,)
    assert libpybuf.ndarray(Index(5)).shape == (5,)
    assert libpybuf.ndarray([Index(2), True]).shape == (2, 1)


def test_an_owner_lives_as_long_as_anybody_reads(libpybuf):
    memory = ctypes.create_string_buffer(b"kept", 4)
    references = sys.getrefcount(memory)
    lent = libpybuf.memory(ctypes.addressof(memory), 4, owner=memory)
    assert sys.getrefcount(memory) == references + 1
    view = memoryview(lent)
    del lent
    assert sys.getrefcount(memory) == references + 1
    del view
    assert sys.getrefcount(memory) == references


SOURCES = {
    "bytes": b"abcdef",
    "bytearray": bytearray(b"abcdef"),
    "array": array.array("i", [1, 2, 3]),
    "a slice": memoryview(bytes(range(20)))[3:17:2],
    "a matrix": memoryview(bytes(range(24))).cast("B", [4, 6]),
    "nothing": b"",
    "one item": memoryview(struct.pack("d", 2.5)).cast("d", []),
}


@pytest.mark.parametrize("name", SOURCES)
def test_bytes_copies_any_buffer(libpybuf, name):
    source = SOURCES[name]
    copied = libpybuf.bytes(source)
    assert bytes(copied) == memoryview(source).tobytes()
    assert (copied.format, copied.ndim, copied.readonly) == ("B", 1, True)
    assert copied.nbytes == memoryview(source).nbytes
    assert not copied.nbytes or address(copied) != address(source)


def test_bytes_are_in_c_order(libpybuf, testbuffer):
    for layout in layouts.regular(52, 100):
        for source in (layouts.reference(testbuffer, layout), layouts.lent(layout)):
            with layouts.named(layout):
                assert bytes(libpybuf.bytes(source)) == layout.items("C")


def test_bytes_are_a_copy(libpybuf):
    source = bytearray(b"before")
    copied = libpybuf.bytes(source)
    source[:] = b"after!"
    assert bytes(copied) == b"before"
    source.append(0)
    with pytest.raises(TypeError):
        memoryview(copied)[0] = 1


def test_an_ndarray_is_zeroed_and_writable(libpybuf):
    made = libpybuf.ndarray((3, 4), "d")
    view = memoryview(made)
    assert (view.shape, view.strides, view.format) == ((3, 4), (32, 8), "d")
    assert view.tobytes() == bytes(96)
    view[2, 3] = 1.5
    assert memoryview(made)[2, 3] == 1.5
    assert made.address % 64 == 0


def test_an_ndarray_in_fortran_order(libpybuf):
    assert libpybuf.ndarray((3, 4), "d", order="F").strides == (8, 24)


def test_an_ndarray_of_no_dimensions_and_of_no_items(libpybuf):
    assert memoryview(libpybuf.ndarray((), "i")).tolist() == 0
    empty = libpybuf.ndarray((3, 0), "i")
    assert (empty.nbytes, empty.shape, bytes(empty)) == (0, (3, 0), b"")


def test_a_large_ndarray_costs_nothing_until_it_is_touched(libpybuf):
    before = resident()
    made = libpybuf.ndarray((1 << 30,))
    memoryview(made)[-1] = 1
    assert resident() - before < 100 << 20


LARGEST = sys.maxsize

# (call, exception, a telling part of its text)
REFUSED = [
    (lambda m: m.memory(), TypeError, "address"),
    (lambda m: m.memory(4096), TypeError, "size"),
    (lambda m: m.memory("4096", 8), TypeError, "str"),
    (lambda m: m.memory(4096.0, 8), TypeError, "float"),
    (lambda m: m.memory(-1, 8), (ValueError, OverflowError), ""),
    (lambda m: m.memory(1 << 64, 8), OverflowError, ""),
    (lambda m: m.memory(0, 8), ValueError, "NULL"),
    (lambda m: m.memory(4096, -8), ValueError, "-8"),
    (lambda m: m.memory(4096, 1 << 64), OverflowError, ""),
    (lambda m: m.memory(4096, "8"), TypeError, "str"),
    (lambda m: m.memory(4096, 8, 3), TypeError, "positional"),
    (lambda m: m.memory(4096, 8, shapes=3), TypeError, "shapes"),
    (lambda m: m.memory(4096, 8, shape="8"), TypeError, ""),
    (lambda m: m.memory(4096, 8, shape=[2.5]), TypeError, "float"),
    (lambda m: m.memory(4096, 8, shape=2.5), TypeError, "float"),
    (lambda m: m.memory(4096, 8, shape=[[8]]), TypeError, "list"),
    (lambda m: m.memory(4096, 8, shape=[-8]), ValueError, "negative"),
    (lambda m: m.memory(4096, 8, shape=[9]), ValueError, "outside the 8 bytes"),
    (lambda m: m.memory(4096, 8, shape=[LARGEST, LARGEST]), OverflowError, "does not fit"),
    (lambda m: m.memory(4096, 8, shape=[1 << 64]), OverflowError, ""),
    (lambda m: m.memory(4096, 8, shape=[1] * 129), ValueError, "129"),
    (lambda m: m.memory(4096, 8, strides=[1]), ValueError, "no shape"),
    (lambda m: m.memory(4096, 8, shape=[2, 2], strides=[1]), ValueError, "strides"),
    (lambda m: m.memory(4096, 8, shape=[4], strides=[4]), ValueError, "outside the 8 bytes"),
    (lambda m: m.memory(4096, 8, shape=[4], strides=[-1]), ValueError, "spans bytes -3"),
    (lambda m: m.memory(4096, 8, shape=[4], strides=["1"]), TypeError, "str"),
    (lambda m: m.memory(4096, 8, format="T{i:x:"), ValueError, "'}' is expected"),
    (lambda m: m.memory(4096, 8, format="i", itemsize=8), ValueError, "(int32) has items of 4 bytes"),
    (lambda m: m.memory(4096, 8, format="i\0i"), ValueError, "NUL"),
    (lambda m: m.memory(4096, 8, format=b"i"), TypeError, "bytes"),
    (lambda m: m.memory(4096, 8, format=3), TypeError, "int"),
    (lambda m: m.memory(4096, 8, itemsize=-1), ValueError, "-1"),
    (lambda m: m.memory(4096, 8, itemsize=3), ValueError, "whole number"),
    (lambda m: m.memory(4096, 8, offset=9), ValueError, "offset 9"),
    (lambda m: m.memory(4096, 8, offset=-1), ValueError, "offset -1"),
    (lambda m: m.memory(4096, 8, order="A"), ValueError, "A"),
    (lambda m: m.memory(4096, 8, order="CC"), (ValueError, TypeError), ""),
    (lambda m: m.memory(4096, 8, order=1), TypeError, "int"),
    (lambda m: m.bytes(), TypeError, ""),
    (lambda m: m.bytes("text"), TypeError, "a bytes-like object is required, not 'str'"),
    (lambda m: m.bytes([1, 2]), TypeError, "a bytes-like object is required, not 'list'"),
    (lambda m: m.bytes(5), TypeError, "a bytes-like object is required, not 'int'"),
    (lambda m: m.ndarray(), TypeError, "shape"),
    (lambda m: m.ndarray(None), TypeError, "None"),
    (lambda m: m.ndarray("abc"), TypeError, ""),
    (lambda m: m.ndarray([-1]), ValueError, "negative"),
    (lambda m: m.ndarray(-1), ValueError, "negative"),
    (lambda m: m.ndarray(1 << 62), MemoryError, "no memory"),
    (lambda m: m.ndarray([1 << 62, 4]), OverflowError, "does not fit"),
    (lambda m: m.ndarray(3, "iy"), ValueError, "'y' is no code"),
    (lambda m: m.ndarray(3, "i", 4), TypeError, "positional"),
    (lambda m: m.ndarray(3, order="K"), ValueError, "K"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_refused(libpybuf, number):
    call, exception, text = REFUSED[number]
    with pytest.raises(exception) as refused:
        call(libpybuf)
    assert text in str(refused.value)
    assert str(refused.value)


class Raises:
    def __index__(self):
        raise ZeroDivisionError("from __index__")

    def __len__(self):
        return 2

    def __getitem__(self, index):
        raise KeyError("from __getitem__")


def test_an_exception_of_an_argument_is_passed_on(libpybuf):
    for call in (
        lambda: libpybuf.ndarray([Raises()]),
        lambda: libpybuf.memory(Raises(), 8),
        lambda: libpybuf.memory(4096, Raises()),
    ):
        with pytest.raises(ZeroDivisionError, match="from __index__"):
            call()


def test_a_refused_memory_keeps_no_owner(libpybuf):
    owner = object()
    references = sys.getrefcount(owner)
    for _ in range(100):
        with pytest.raises(ValueError):
            libpybuf.memory(4096, 8, shape=[9], owner=owner)
    assert sys.getrefcount(owner) == references


def load(name, path):
    loader = importlib.machinery.ExtensionFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", ["libpybuf.so", "another name.so"])
def test_a_copy_elsewhere_is_another_library(libpybuf, tmp_path, file):
    """Two copies live side by side; buffers cross between them."""
    shutil.copy(pybuf.PATH, tmp_path / file)
    copy = load("libpybuf", tmp_path / file)
    assert copy is not libpybuf and copy.Exporter is not libpybuf.Exporter
    assert sys.modules["libpybuf"] is libpybuf
    theirs = copy.bytes(b"of the copy")
    assert bytes(libpybuf.bytes(theirs)) == b"of the copy"
    with pybuf.View.of(theirs) as view:
        assert view.data == theirs.address and view.tobytes() == b"of the copy"
    assert bytes(copy.bytes(libpybuf.bytes(b"and back"))) == b"and back"


def test_it_is_found_on_the_path(tmp_path):
    """By a fresh interpreter: the file is all that there is to install."""
    shutil.copy(pybuf.PATH, tmp_path / "libpybuf.so")
    script = (
        "import libpybuf, sys\n"
        f"assert libpybuf.__file__ == {str(tmp_path / 'libpybuf.so')!r}, libpybuf.__file__\n"
        "assert memoryview(libpybuf.bytes(b'abc')).tolist() == [97, 98, 99]\n"
        "assert not hasattr(sys, '_is_gil_enabled') or sys._is_gil_enabled() == GIL\n"
    )
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    script = script.replace("GIL", str(gil))
    command = [sys.executable, "-X", "dev", "-c", script]
    done = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
