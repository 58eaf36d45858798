"""Memory that grows, used from C and from Python at once."""

import ctypes
import threading

import pybuf
import pytest
from conftest import FREE_THREADED
from pybuf import lib


@pytest.fixture
def array():
    """A handle on five numbers."""
    items = (ctypes.c_int32 * 5)(1, 2, 3, 4, 5)
    exporter = lib.array_new(b"i", items, 5)
    yield exporter
    lib.exporter_unref(exporter)


def append(exporter, *items):
    lib.array_append(exporter, (ctypes.c_int32 * len(items))(*items), len(items))


def unattached(function, *arguments):
    """Calls a function of the library as native code does that knows no Python, and gives the
    last error of that thread: code and message."""
    dll = ctypes.CDLL(pybuf.PATH)
    call = getattr(dll, "pybuf_" + function)
    call.restype = ctypes.c_void_p
    dll.pybuf_error_message.restype = ctypes.c_char_p
    said = []

    def run():
        lib.error_clear()
        call(*arguments)
        said.append((dll.pybuf_error_code(), dll.pybuf_error_message().decode()))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return said[0]


def test_what_c_changes_python_sees(array, libpybuf):
    shown = pybuf.object_of(array)
    assert type(shown) is libpybuf.Array and shown.tolist() == [1, 2, 3, 4, 5]
    append(array, 6, 7)
    lib.array_delete(array, 0, pybuf.OPEN, 2)
    assert shown.tolist() == [2, 4, 6] and lib.array_len(array) == 3
    shown.extend([8, 9])
    item = ctypes.c_int32()
    lib.array_pop(array, -1, ctypes.byref(item), 4)
    assert (item.value, lib.array_len(array)) == (9, 4)
    assert pybuf.object_of(array) == shown


def test_exports_of_either_side_are_in_the_way_of_the_other(array):
    shown = pybuf.object_of(array)
    with memoryview(shown), pytest.raises(BufferError, match="1 export is outstanding"):
        raise_failure(append, array, 6)
    with pybuf.View.of(array), pytest.raises(BufferError, match="1 export is outstanding"):
        shown.append(6)
    with memoryview(shown), memoryview(pybuf.object_of(array)), pybuf.View.of(array):
        with pytest.raises(BufferError, match="3 exports are outstanding"):
            shown.clear()
    append(array, 6)
    assert shown.pop() == 6


def raise_failure(function, *arguments):
    """A failure of the C API as the exception that it stands for."""
    try:
        function(*arguments)
    except pybuf.Failure:
        lib.python_raise()


def test_a_thread_of_its_own_changes_what_python_has_no_object_of(array):
    more = (ctypes.c_int32 * 1)(6)
    arguments = (ctypes.c_void_p(array), more, ctypes.c_ssize_t(1))
    assert unattached("array_append", *arguments) == (0, "")
    shown = pybuf.object_of(array)
    code, message = unattached("array_append", *arguments)
    if FREE_THREADED:
        assert (code, len(shown)) == (0, 7)
        return
    assert code == pybuf.BUFFER
    assert "only a thread that is attached to that Python may have it so" in message
    assert len(shown) == 6
    del shown
    assert unattached("array_append", *arguments) == (0, "")
    assert lib.array_len(array) == 7


def test_it_is_stable_for_native_readers_of_a_python_array(libpybuf):
    samples = libpybuf.array("d", [0.5, 1.5])
    with pybuf.View.of(samples, kind="float64", stable=1):
        with pytest.raises(BufferError, match="items cannot be written: 1 stable export"):
            samples[0] = 2.5
        assert samples[0] == 0.5
        with pytest.raises(BufferError, match="1 export is outstanding"):
            samples.append(2.5)
    samples[0] = 2.5
    with pybuf.View.of(samples, writable=1, exclusive=1):
        with pytest.raises(BufferError, match="items cannot be read or written: 1 exclusive export"):
            samples[0]
        with pytest.raises(BufferError, match="1 exclusive export is outstanding"):
            memoryview(samples)
    assert samples.tolist() == [2.5, 1.5]


def test_rows_of_c_arrays(array):
    rows = [lib.exporter_view(array, None) for _ in range(2)]
    stacked = lib.exporter_stack((ctypes.c_void_p * 2)(*rows), 2)
    for row in rows:
        lib.view_unref(row)
    assert memoryview(lib.python_object(stacked)).tolist() == [[1, 2, 3, 4, 5]] * 2
    append(array, 6)
