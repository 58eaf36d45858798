"""Guarded memory in Python: who may have a buffer beside whom, and who is told what."""

import contextlib
import ctypes
import gc

import pybuf
import pytest


@pytest.fixture(params=["ndarray", "memory", "native"])
def guarded(request, libpybuf):
    """Ten writable bytes, guarded; made in Python or by native code."""
    if request.param == "ndarray":
        return libpybuf.ndarray(10, guarded=True)
    if request.param == "memory":
        memory = ctypes.create_string_buffer(10)
        return libpybuf.memory(ctypes.addressof(memory), 10, guarded=True, owner=memory)
    memory = pybuf.memory(None, 10, guarded=1, allocate=1)
    return pybuf.lib.python_object(pybuf.lib.exporter_new(memory))


def reader(exporter):
    """A native view that only reads."""
    return pybuf.View.of(exporter)


def writer(exporter):
    return pybuf.View.of(exporter, writable=1)


def shared(exporter):
    """A consumer of the protocol, which may write what it has asked to read."""
    return memoryview(exporter)


def stable(exporter):
    return exporter.stable()


def native_stable(exporter):
    return pybuf.View.of(exporter, stable=1)


def exclusive(exporter):
    return exporter.exclusive()


def native_exclusive(exporter):
    return pybuf.View.of(exporter, writable=1, exclusive=1)


WRITERS = [writer, shared]
STABLE = [stable, native_stable]
EXCLUSIVE = [exclusive, native_exclusive]
EVERYBODY = [reader, *WRITERS, *STABLE, *EXCLUSIVE]


def excludes(first, second):
    """Whether two may not be there at once. A consumer of the protocol then only reads."""
    both = {first, second}
    if both & set(EXCLUSIVE):
        return True
    return bool(both & set(STABLE)) and bool(both & set(WRITERS))


@pytest.mark.parametrize("second", EVERYBODY)
@pytest.mark.parametrize("first", EVERYBODY)
def test_who_may_be_there_beside_whom(guarded, first, second):
    with first(guarded):
        if second is shared and first in STABLE:
            with memoryview(guarded) as view:
                assert view.readonly
        elif excludes(first, second):
            with pytest.raises(BufferError, match="outstanding: it can be had when"):
                second(guarded)
        else:
            with second(guarded):
                pass
    for again in EVERYBODY:
        with again(guarded):
            pass


def test_the_refusal_says_what_is_in_the_way(guarded):
    with memoryview(guarded), writer(guarded), reader(guarded):
        with pytest.raises(BufferError) as refusal:
            guarded.stable()
        assert str(refusal.value) == (
            "stable memory was asked for; 2 writable exports are outstanding: "
            "it can be had when they are released"
        )
        with pytest.raises(BufferError) as refusal:
            guarded.exclusive()
        assert str(refusal.value) == (
            "exclusive memory was asked for; 3 exports are outstanding: "
            "it can be had when they are released"
        )
    with guarded.exclusive(), pytest.raises(BufferError) as refusal:
        memoryview(guarded)
    assert str(refusal.value) == (
        "a buffer was asked for; 1 exclusive export is outstanding: "
        "it can be had when that is released"
    )


def test_stable_memory_is_read_only_and_shows_what_is_there(guarded):
    with memoryview(guarded) as view:
        view[:3] = b"abc"
    with guarded.stable() as first, guarded.stable() as second:
        assert first.readonly and bytes(first) == b"abc" + bytes(7)
        assert pybuf.address(first) == pybuf.address(second) == guarded.address
        with pytest.raises(TypeError, match="read-only"):
            first[0] = 1
        with pytest.raises(BufferError, match="a writable buffer was asked for"):
            pybuf.buffer_of(guarded, pybuf.WRITABLE).__enter__()


def test_exclusive_memory_can_be_written(guarded):
    with guarded.exclusive() as view:
        view[:] = b"0123456789"
    assert bytes(guarded) == b"0123456789"
    with guarded.exclusive(readonly=True) as view:
        assert view.readonly
        with pytest.raises(BufferError):
            bytes(guarded)


def test_exclusive_read_only_memory_is_asked_for_to_read(libpybuf):
    memory = ctypes.create_string_buffer(b"abc", 3)
    lent = libpybuf.memory(ctypes.addressof(memory), 3, guarded=True, readonly=True, owner=memory)
    with pytest.raises(BufferError, match=r"read-only: exclusive\(readonly=True\) would do"):
        lent.exclusive()
    with lent.exclusive(readonly=True) as view:
        assert view.tobytes() == b"abc"


def test_it_lasts_as_long_as_anything_made_of_it(guarded, numpy):
    part = numpy.asarray(guarded.stable())[2:4]
    gc.collect()
    with pytest.raises(BufferError, match="stable"):
        writer(guarded)
    del part
    gc.collect()
    with writer(guarded):
        pass


def test_an_export_keeps_the_object(libpybuf):
    guarded = libpybuf.ndarray(4, guarded=True)
    view = guarded.stable()
    address = guarded.address
    del guarded
    gc.collect()
    assert pybuf.address(view) == address and bytes(view) == bytes(4)


def test_constant_memory_is_always_stable(libpybuf):
    memory = ctypes.create_string_buffer(b"constant", 8)
    constant = libpybuf.memory(ctypes.addressof(memory), 8, constant=True, owner=memory)
    assert type(constant) is libpybuf.Exporter and constant.readonly
    for exporter in (constant, libpybuf.bytes(b"constant")):
        with memoryview(exporter), exporter.stable() as view, native_stable(exporter):
            assert bytes(view) == b"constant"
        with pytest.raises(BufferError, match="this memory is not guarded"):
            exporter.exclusive()


def test_bytes_are_stable_and_other_objects_are_not():
    with native_stable(b"bytes") as view:
        assert view.nbytes == 5
    for other in (bytearray(5), memoryview(b"bytes")):
        with pytest.raises(BufferError, match="only an exporter of this library that is guarded"):
            native_stable(other)
    with pytest.raises(BufferError, match="exclusive memory was asked for"):
        pybuf.View.of(b"bytes", exclusive=1)


def test_other_memory_promises_nothing(libpybuf):
    plain = libpybuf.ndarray(4)
    for ask in (plain.stable, plain.exclusive):
        with pytest.raises(BufferError, match="this memory is not guarded"):
            ask()


def test_guarded_and_constant_contradict_each_other(libpybuf):
    with pytest.raises(ValueError, match="leave one of them out"):
        libpybuf.memory(1, 0, guarded=True, constant=True)


def test_it_is_an_exporter_like_others(guarded, libpybuf):
    assert type(guarded) is libpybuf.Guarded
    assert (guarded.shape, guarded.format, guarded.readonly) == ((10,), "B", False)
    assert repr(guarded).startswith("<libpybuf.Guarded of (10,) 'B' at 0x")
    with pytest.raises(TypeError, match="cannot create 'libpybuf.Guarded' instances"):
        libpybuf.Guarded()


def test_many_exports_are_counted_right(guarded):
    with contextlib.ExitStack() as stack:
        for k in range(300):
            stack.enter_context(EVERYBODY[k % 3](guarded))
        with pytest.raises(BufferError, match="; 200 writable exports are outstanding"):
            guarded.stable()
    with guarded.exclusive():
        pass


def test_a_failed_request_counts_nothing(guarded):
    with pytest.raises(SystemError):
        pybuf.buffer_of(guarded, 0x100).__enter__()
    with pytest.raises(BufferError):
        pybuf.View.of(guarded, kind="float64")
    with pytest.raises(BufferError):
        pybuf.View.of(guarded, stable=1, ndim=2)
    with guarded.exclusive():
        pass


@pytest.mark.parametrize("growing", [False, True])
def test_buffer_slots_of_ones_own_count_too(growing):
    """What pybuf_python.h puts into the slots of an extension's type."""
    owner, lib = object(), pybuf.lib
    if growing:
        exporter = lib.bytearray_new(None, 10)
    else:
        exporter = lib.exporter_new(pybuf.memory(None, 10, guarded=1, allocate=1))
    buffers = [pybuf.Py_buffer() for _ in range(3)]
    for buffer in buffers:
        lib.python_fill(owner, exporter, buffer, pybuf.FULL)
    for left in (3, 2, 1):
        with pytest.raises(pybuf.Failure, match=f"; {left} writable export"):
            pybuf.View.of(exporter, stable=1)
        buffer = buffers.pop()
        lib.python_releasebuffer(owner, exporter, buffer)
        pybuf.PyBuffer_Release(buffer)
    with pybuf.View.of(exporter, stable=1):
        buffer = pybuf.Py_buffer()
        lib.python_fill(owner, exporter, buffer, pybuf.FULL_RO)
        assert buffer.readonly
        with pytest.raises(BufferError, match="a writable buffer was asked for"):
            lib.python_fill(owner, exporter, pybuf.Py_buffer(), pybuf.FULL)
        lib.python_releasebuffer(owner, exporter, buffer)
        pybuf.PyBuffer_Release(buffer)
    with pybuf.View.of(exporter, exclusive=1):
        pass
    lib.exporter_unref(exporter)
