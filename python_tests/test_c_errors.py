"""The thread's last error: code, message, whose it is and how long it lasts."""

import ctypes
import threading

import pybuf
import pytest
from pybuf import lib


def fail():
    with pytest.raises(pybuf.Failure) as refused:
        lib.bytes_new(None, -1)
    return refused.value


def test_there_is_none_at_first():
    assert pybuf.last_error() == (pybuf.OK, "")


def test_a_failure_leaves_code_and_message():
    failure = fail()
    assert (failure.code, failure.message) == pybuf.last_error()
    assert failure.code == pybuf.VALUE and "-1" in failure.message


def test_success_leaves_the_last_error_alone():
    fail()
    before = pybuf.last_error()
    lib.exporter_unref(lib.bytes_new(None, 4))
    assert pybuf.last_error() == before


def test_it_can_be_forgotten():
    fail()
    lib.error_clear()
    assert pybuf.last_error() == (pybuf.OK, "")


def test_the_next_failure_takes_its_place():
    fail()
    with pytest.raises(pybuf.Failure) as refused:
        lib.exporter_ref(None)
    assert refused.value.code == pybuf.TYPE
    assert pybuf.last_error() == (pybuf.TYPE, refused.value.message)


def test_every_thread_has_its_own():
    fail()
    before = pybuf.last_error()
    seen = {}

    def other():
        seen["at first"] = pybuf.last_error()
        with pytest.raises(pybuf.Failure):
            lib.exporter_ref(None)
        seen["later"] = lib.error_code()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == {"at first": (pybuf.OK, ""), "later": pybuf.TYPE}
    assert pybuf.last_error() == before


def test_a_long_message_is_cut_and_still_a_string():
    text = b"{" * 5000
    with pytest.raises(pybuf.Failure) as refused:
        pybuf.lend(bytes(8), format=text)
    assert 20 < len(refused.value.message) < 1024
    shape = tuple(range(10**15, 10**15 + 100))
    with pytest.raises(pybuf.Failure) as refused:
        pybuf.lend(bytes(8), shape=shape)
    assert 1000 < len(refused.value.message) < 1024


def test_messages_are_utf8_whatever_a_format_holds():
    with pytest.raises(pybuf.Failure) as refused:
        pybuf.lend(bytes(8), format=b"\xff\x01'")
    assert "\\xff" in refused.value.message


CODES = {
    pybuf.BUFFER: BufferError,
    pybuf.VALUE: ValueError,
    pybuf.TYPE: TypeError,
    pybuf.INDEX: IndexError,
    pybuf.OVERFLOW: OverflowError,
    pybuf.MEMORY: MemoryError,
    pybuf.SYSTEM: SystemError,
}


def provoke(code):
    """Makes a call fail with this code."""
    with pybuf.exporting(bytes(8), readonly=1) as exporter, pybuf.View.of(exporter) as view:
        calls = {
            pybuf.BUFFER: lambda: lib.getbuffer(exporter, pybuf.Py_buffer(), pybuf.WRITABLE),
            pybuf.VALUE: lambda: lib.bytes_new(None, -1),
            pybuf.TYPE: lambda: lib.exporter_ref(view.handle),
            pybuf.INDEX: lambda: view.pointer(8),
            pybuf.OVERFLOW: lambda: lib.ndarray_new(2, pybuf.sizes((2**62, 8)), b"B", 0, b"C"),
            pybuf.MEMORY: lambda: lib.bytes_new(None, 2**62),
            pybuf.SYSTEM: lambda: lib.getbuffer(exporter, pybuf.Py_buffer(), pybuf.READ),
        }
        with pytest.raises(pybuf.Failure) as refused:
            calls[code]()
    assert refused.value.code == code
    return refused.value


@pytest.mark.parametrize("code", CODES)
def test_each_code_becomes_its_exception(code):
    failure = provoke(code)
    for raising in (lib.python_raise, lambda: lib.python_object(None)):
        with pytest.raises(CODES[code]) as raised:
            raising()
        assert type(raised.value) is CODES[code]
        assert str(raised.value) == failure.message


def test_not_implemented_becomes_its_exception(testbuffer):
    indirect = testbuffer.ndarray(list(range(6)), shape=[2, 3], format="B", flags=testbuffer.ND_PIL)
    with pybuf.View.of(indirect) as view, pytest.raises(pybuf.Failure) as refused:
        view.transpose()
    assert refused.value.code == pybuf.NOT_IMPLEMENTED
    with pytest.raises(NotImplementedError, match="suboffsets"):
        lib.python_raise()


def test_raising_without_an_error_raises_all_the_same():
    """NULL without an exception would be a crash of its caller's."""
    with pytest.raises(SystemError):
        lib.python_raise()


def test_an_exception_of_somebody_elses_stays_as_it_is():
    with pytest.raises(TypeError) as raised:
        lib.python_view(12345, None)
    assert str(raised.value) == "a bytes-like object is required, not 'int'"
    code, message = pybuf.last_error()
    assert code == pybuf.PYTHON
    assert "TypeError" in message and "a bytes-like object is required, not 'int'" in message


@pytest.fixture
def cdll():
    """The library as it should not be loaded: calls let the GIL go."""
    return ctypes.CDLL(pybuf.PATH)


def test_a_thread_that_has_let_go_of_python_is_told_so(cdll):
    view = cdll.pybuf_python_view
    view.argtypes, view.restype = [ctypes.py_object, ctypes.c_void_p], ctypes.c_void_p
    assert view(b"abc", None) is None
    code, message = pybuf.last_error()
    assert code == pybuf.RUNTIME
    assert "not attached" in message and "PyDLL" in message

    module = cdll.pybuf_python_module
    module.argtypes, module.restype = [], ctypes.c_void_p
    lib.error_clear()
    assert module() is None
    assert lib.error_code() == pybuf.RUNTIME

    lib.error_clear()
    raising = cdll.pybuf_python_raise
    raising.argtypes, raising.restype = [], ctypes.c_void_p
    assert raising() is None


def test_an_exporter_is_consumed_all_the_same(cdll):
    owner = pybuf.Owner(b"abc")
    to_object = cdll.pybuf_python_object
    to_object.argtypes, to_object.restype = [ctypes.c_void_p], ctypes.c_void_p
    assert to_object(owner.lend()) is None
    assert lib.error_code() == pybuf.RUNTIME
    assert owner.released == 1


def test_what_needs_no_python_works_without_it(cdll):
    make, unref = cdll.pybuf_bytes_new, cdll.pybuf_exporter_unref
    make.argtypes, make.restype = [ctypes.c_char_p, ctypes.c_ssize_t], ctypes.c_void_p
    unref.argtypes, unref.restype = [ctypes.c_void_p], None
    exporter = make(b"abc", 3)
    with pybuf.View.of(exporter) as view:
        assert view.tobytes() == b"abc"
    unref(exporter)
