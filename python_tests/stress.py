"""Threads that do their worst to the same memory, in a library that lets others run wherever
that would hurt (`src/stress.rs`). Run by tests/free_threaded.rs, on a Python without a GIL:

    python stress.py SCENARIO SECONDS

It ends well where all protections are on; without one of them (`PYBUF_WITHOUT` names it) it
crashes, hangs, or sees what nobody may see, and says so.
"""

import contextlib
import ctypes
import faulthandler
import sys
import sysconfig
import threading
import time

import pybuf
from pybuf import View, lib

import libpybuf

SCENARIO, SECONDS = sys.argv[1], float(sys.argv[2])

# Does not wait for anybody: the library's calls run without the thread being attached.
DETACHED = ctypes.CDLL(pybuf.PATH)
DETACHED.pybuf_view_unref.argtypes = [ctypes.c_void_p]
DETACHED.pybuf_view_unref.restype = None

STUCK = 60

failures = []


def together(*deeds, threads=2):
    """Every deed on so many threads, again and again until the time is over."""
    end = time.monotonic() + SECONDS
    gate = threading.Barrier(len(deeds) * threads)

    def run(deed, number):
        gate.wait()
        try:
            while time.monotonic() < end and not failures:
                deed(number)
        except BaseException as failure:
            failures.append(f"{deed.__name__}: {failure!r}")

    running = [
        threading.Thread(target=run, args=(deed, number))
        for deed in deeds
        for number in range(threads)
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert not failures, failures[0]


def refusable():
    """What others have or have taken away is an error that everybody has to expect."""
    return contextlib.suppress(BufferError, IndexError, pybuf.Failure)


def memory_that_grows():
    """All items are 7, whoever looks at whatever moment; nothing moves under a consumer."""
    array = libpybuf.array("B", b"\7" * 100)
    sizes = [10, 100, 3000, 200_000]

    def change(number):
        for size in sizes:
            with refusable():
                array.extend(b"\7" * size)
            with refusable():
                array.pop()
            with refusable():
                array.clear()

    def read(number):
        with refusable():
            assert array[0] == 7
            assert array[-1] == 7
        contents = array.tobytes()
        assert contents.count(7) == len(contents)

    def write(number):
        with refusable():
            array[0] = 7

    def borrow(number):
        for _ in range(5):
            with memoryview(array) as view:
                contents = bytes(view)
                assert contents.count(7) == len(contents) == len(view)

    together(change, read, write, borrow)
    # Nobody has anything any more.
    array.clear()
    array.extend([7])
    with array.exclusive():
        pass


def undisturbed():
    """Nobody writes under a stable export, and nobody at all is beside an exclusive one."""
    array = libpybuf.array("Q", range(100_000))
    guarded = libpybuf.ndarray(64, guarded=True)

    def write_items(number):
        for value in range(50):
            with refusable():
                array[0] = value

    def turn_round(number):
        with refusable():
            array.reverse()

    def write_buffers(number):
        for value in range(10):
            with refusable(), View.of(guarded, pybuf.want(writable=1)) as view:
                view.write((0,), bytes([value]))

    def stay(number):
        for memory in (array, guarded):
            with refusable(), memory.stable() as view:
                before = bytes(view)
                for _ in range(5):
                    assert bytes(view) == before, "written under a stable export"

    def own(number):
        for memory in (array, guarded):
            with refusable(), memory.exclusive() as view:
                view[0] = 100 + number
                for _ in range(20):
                    assert view[0] == 100 + number, "written under an exclusive export"

    together(write_items, turn_round, write_buffers, stay, own)
    for memory in (array, guarded):
        with memory.exclusive():
            pass


def references():
    """Handles, views and exports of one exporter: its memory goes back once, at the end."""
    owner = pybuf.Owner(bytes(range(64)))
    exporter = owner.lend()
    lent = pybuf.object_of(exporter)

    def handles(number):
        lib.exporter_ref(exporter)
        lib.exporter_unref(exporter)

    def views(number):
        with View.of(exporter) as view, view.slice(0, number, 8) as part:
            assert part.read(0) == bytes([number])

    def consumers(number):
        with memoryview(lent) as view, View.of(lent) as other:
            assert view[number] == other.read(number)[0] == number

    together(handles, views, consumers)
    assert owner.released == 0, "given back too early"
    del lent, consumers
    lib.exporter_unref(exporter)
    assert owner.released == 1, f"given back {owner.released} times"


def late_releases():
    """Views of Python objects that are dropped by threads which may not touch these. (Not of
    bytearrays: CPython 3.13t counts their exports without any protection.)"""
    sources = [libpybuf.ndarray(16, guarded=True) for _ in range(4)]

    def drop(number):
        for source in sources:
            view = View.of(source)
            handle, view.handle = view.handle, None
            DETACHED.pybuf_view_unref(handle)

    together(drop, threads=4)
    # Whatever still waits is released by any call.
    View.of(b"").close()
    for source in sources:
        with source.exclusive():
            pass


class Given(bytes):
    """An exporter that ends where nobody but a view has it."""


CONTENTS = b"\7" * 4096
MISREAD = "read after the release"


def views():
    """Views that one thread reads and another releases: what is read is there, and whoever
    comes too late is told so. The memory is given back as soon as nobody has it."""
    kinds = libpybuf.memoryview, libpybuf.View
    # What one thread shows all others.
    shown = [None] * 6
    released = (ValueError, BufferError)

    def show(number):
        for place in range(len(shown)):
            made = libpybuf.bytes(CONTENTS) if place < 2 else Given(CONTENTS)
            if place >= 4:
                made = libpybuf.ndarray(4096)
                memoryview(made)[:] = CONTENTS
            view = kinds[place % 2](made)
            del made
            shown[place] = (view, view[1:], view.toreadonly(), view.cast("B", [64, 64]), iter(view))
            time.sleep(1e-5)

    def release(number):
        for views in shown:
            for view in views[:4] if views else ():
                with contextlib.suppress(BufferError):
                    view.release()

    def read(number):
        for views in shown:
            if not views:
                continue
            view, part, readonly, table, steps = views
            for look in LOOKS:
                for it in (view, part, readonly):
                    with contextlib.suppress(*released):
                        assert look(it), MISREAD
            with contextlib.suppress(*released):
                assert table[3, 5] == 7 and table.tobytes().count(7) == 4096, MISREAD
            with contextlib.suppress(*released, StopIteration):
                assert next(steps) == 7, MISREAD

    def compare(number):
        for views in shown:
            if views:
                one, other = views[:2] if number else views[1::-1]
                with contextlib.suppress(*released):
                    assert one != other or one is other, MISREAD
                with contextlib.suppress(*released):
                    assert one[1:] == other[: len(one) - 1], MISREAD

    def borrow(number):
        for views in shown:
            if views:
                for view in views[:4]:
                    with contextlib.suppress(*released), memoryview(view) as buffer:
                        contents = bytes(buffer)
                        assert contents.count(7) == len(contents), MISREAD

    together(show, release, read, compare, borrow)


def first(view):
    return view[0] == 7 == view[-1]


def assign(view):
    if not view.readonly:
        view[0] = 7
        view[1:3] = b"\7\7"
    return True


LOOKS = [
    first,
    assign,
    lambda it: it[1:9].tobytes() == b"\7" * 8,
    lambda it: it.tobytes().count(7) == it.nbytes,
    lambda it: it[:64].tolist() == [7] * 64,
    lambda it: it[:64].hex() == "07" * 64,
    lambda it: 7 in it,
    # What is released is equal to nothing, and says so.
    lambda it: it == CONTENTS[: it.nbytes] or it.nbytes < 0,
    lambda it: it.obj is not None and len(bytes(it.obj)) == 4096,
    lambda it: not it.readonly or hash(it) == hash(CONTENTS[: it.nbytes]),
    lambda it: next(iter(it)) == 7,
]


faulthandler.dump_traceback_later(STUCK, exit=True)
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    assert not sys._is_gil_enabled(), "the library has brought the GIL back"
sys.setswitchinterval(1e-5)
{
    function.__name__: function
    for function in (memory_that_grows, undisturbed, references, late_releases, views)
}[SCENARIO]()
