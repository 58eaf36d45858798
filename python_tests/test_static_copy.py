"""An extension with a copy of the library of its own, beside the shared one: buffers cross
between the two, handles never."""

import ctypes
import gc
import sys

import pybuf
import pytest
from pybuf import View, lib


def test_the_copy_lends_to_python_and_to_us(static_copy, libpybuf):
    released = static_copy.released()
    lent = static_copy.lend(10)
    assert bytes(lent) == bytes(range(10))
    with View.of(lent) as view:
        assert view.data == lent.address and view.tobytes() == bytes(range(10))
    assert bytes(libpybuf.bytes(lent)) == bytes(range(10))
    del lent
    gc.collect()
    assert static_copy.released() == released + 1


def test_we_lend_to_the_copy(static_copy, libpybuf):
    owner = pybuf.Owner(bytes(range(20)))
    assert static_copy.sum_bytes(owner.object()) == 190
    assert owner.released == 1
    assert static_copy.sum_bytes(libpybuf.bytes(b"\x01\x02")) == 3
    assert static_copy.sum_bytes(bytearray(b"\x05")) == 5


def test_each_has_its_own_type(static_copy, libpybuf):
    lent = static_copy.lend(4)
    assert type(lent) is not libpybuf.Exporter
    assert type(lent).__name__ == "Exporter"


def test_the_name_libpybuf_stays_with_the_first(static_copy, libpybuf):
    theirs = static_copy.module()
    assert theirs is not libpybuf
    assert sys.modules["libpybuf"] is libpybuf is lib.python_module()
    assert theirs.__version__ == libpybuf.__version__
    assert type(static_copy.lend(4)) is theirs.Exporter


@pytest.mark.parametrize("kind", ["exporter", "view"])
def test_a_handle_of_the_copy_is_refused(static_copy, kind):
    handle = static_copy.handle(kind)
    getbuffer = lib.getbuffer if kind == "exporter" else lib.view_getbuffer
    with pytest.raises(pybuf.Failure) as refused:
        getbuffer(handle, pybuf.Py_buffer(), pybuf.SIMPLE)
    assert refused.value.code == pybuf.TYPE
    assert "another copy of libpybuf" in refused.value.message
    # Nothing happened to it.
    assert static_copy.take(kind, handle) == (0, "")


@pytest.mark.parametrize("kind", ["exporter", "view"])
def test_the_copy_refuses_ours(static_copy, kind):
    with pybuf.exporting(b"ours") as exporter, View.of(exporter) as view:
        handle = exporter if kind == "exporter" else view.handle
        code, message = static_copy.take(kind, handle)
        assert code == pybuf.TYPE and "another copy of libpybuf" in message
        assert view.tobytes() == b"ours"


def test_we_release_a_native_buffer_of_the_copy(static_copy):
    released = static_copy.released()
    buffer = pybuf.Py_buffer()
    static_copy.getbuffer(ctypes.addressof(buffer))
    assert not buffer.obj
    assert ctypes.string_at(buffer.buf, buffer.len) == bytes(range(8))
    assert static_copy.released() == released
    lib.release(buffer)
    lib.release(buffer)
    assert static_copy.released() == released + 1


def test_the_copy_releases_a_native_buffer_of_ours(static_copy):
    owner = pybuf.Owner(b"ours")
    exporter = owner.lend()
    buffer = pybuf.Py_buffer()
    lib.getbuffer(exporter, buffer, pybuf.FULL)
    lib.exporter_unref(exporter)
    for _ in range(2):
        static_copy.release(ctypes.addressof(buffer))
        assert owner.released == 1


def test_we_adopt_a_native_buffer_of_the_copy(static_copy):
    released = static_copy.released()
    buffer = pybuf.Py_buffer()
    static_copy.getbuffer(ctypes.addressof(buffer))
    with View(lib.view_adopt(buffer)) as view:
        assert view.tobytes() == bytes(range(8))
        assert static_copy.released() == released
    assert static_copy.released() == released + 1
