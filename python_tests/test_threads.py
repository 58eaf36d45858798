"""Several threads at once, with and without a GIL."""

import sys
import sysconfig
import threading

import pybuf
import pytest
from pybuf import View, lib

THREADS = 4
ROUNDS = 400

# Without a GIL a bytearray of 3.13 counts its exports by additions that may meet, and then never
# gets to zero; since 3.14 it has a lock.
COUNTS_ARE_TORN = bool(sysconfig.get_config_var("Py_GIL_DISABLED")) and sys.version_info < (3, 14)


def at_once(work):
    """Runs `work(number)` on all threads, begun together; passes their exceptions on."""
    gate = threading.Barrier(THREADS)
    failures = []

    def run(number):
        gate.wait()
        try:
            work(number)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if failures:
        raise failures[0]


def test_the_library_does_not_bring_the_gil_back(libpybuf):
    gil_enabled = getattr(sys, "_is_gil_enabled", lambda: True)()
    assert gil_enabled == (not sysconfig.get_config_var("Py_GIL_DISABLED"))


ASK_AT_ONCE = """
import sys, threading, pybuf
gate, seen = threading.Barrier(8), []
def ask():
    exporter = pybuf.lend(b"first")
    gate.wait()
    seen.append((pybuf.lib.python_module(), type(pybuf.lib.python_object(exporter))))
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
module = sys.modules["libpybuf"]
assert seen == [(module, module.Exporter)] * 8, seen
"""


def test_the_module_is_made_once_whoever_asks_first():
    for _ in range(5):
        pybuf.run_python(ASK_AT_ONCE)


def test_one_object_is_read_by_all():
    contents = bytes(range(256))
    owner = pybuf.Owner(contents)
    lent = owner.object(shape=(16, 16))

    def work(number):
        for _ in range(ROUNDS):
            assert memoryview(lent).tobytes() == contents
            with View.of(lent) as view:
                assert view.slice(0, number, number + 2).transpose().nbytes == 32
            assert lent.shape == (16, 16)

    at_once(work)
    assert owner.released == 0
    del lent, work
    assert owner.released == 1


def test_the_last_of_all_gives_the_memory_back_once():
    for _ in range(60):
        owner = pybuf.Owner(b"shared by all")
        lent = owner.object()
        held = [memoryview(lent) if number % 2 else View.of(lent) for number in range(THREADS)]
        del lent
        at_once(lambda number: held.__setitem__(number, None))
        assert owner.released == 1


def test_native_handles_are_counted_by_all():
    owner = pybuf.Owner(bytes(64))
    exporter = owner.lend(shape=(8, 8))

    def work(number):
        for _ in range(ROUNDS):
            lib.exporter_ref(exporter)
            with pybuf.buffer_of(exporter, pybuf.FULL) as buffer:
                assert buffer.len == 64
            with View.of(exporter) as view:
                copied = view.object()
            assert bytes(copied) == bytes(64)
            lib.exporter_unref(exporter)

    at_once(work)
    assert owner.released == 0
    lib.exporter_unref(exporter)
    assert owner.released == 1


def test_objects_are_made_and_dropped_by_all(libpybuf):
    owners = [[] for _ in range(THREADS)]

    def work(number):
        for _ in range(ROUNDS):
            owner = pybuf.Owner(bytes([number] * 32))
            lent = owner.object()
            assert bytes(libpybuf.bytes(lent)) == bytes([number] * 32)
            libpybuf.memory(lent.address, 32, owner=lent)
            owners[number].append(owner)

    at_once(work)
    assert [[owner.released for owner in own] for own in owners] == [[1] * ROUNDS] * THREADS


def test_errors_stay_with_their_threads():
    def work(number):
        for i in range(ROUNDS):
            size = -1 - number * ROUNDS - i
            with pytest.raises(pybuf.Failure, match=str(size)):
                lib.bytes_new(None, size)
            assert str(size) in pybuf.last_error()[1]

    at_once(work)


def test_python_objects_are_viewed_by_all():
    source = bytearray(range(100))

    def work(number):
        for _ in range(ROUNDS):
            with View.of(source, pybuf.want(writable=1)) as view:
                view.write((number,), bytes([number + 100]))
                assert view.read(number) == bytes([number + 100])

    at_once(work)
    assert source[:THREADS] == bytes(range(100, 100 + THREADS))
    if not COUNTS_ARE_TORN:
        source.append(1)


def test_owners_are_dropped_by_whichever_thread_is_last(libpybuf):
    """The object, its memoryviews and its owner meet their ends on different threads."""
    died = []

    class Owner:
        def __del__(self):
            died.append(threading.get_ident())

    for _ in range(60):
        owner = Owner()
        owner.memory = pybuf.Owner(b"owned")
        lent = libpybuf.memory(owner.memory.address, 5, owner=owner)
        held = [memoryview(lent) for _ in range(THREADS)]
        del lent, owner
        at_once(lambda number: held.__setitem__(number, None))
    assert len(died) == 60
