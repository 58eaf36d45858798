"""The module loaded again, dropped, and loaded twice; processes that fork and end while
memory is lent. Nearly every case is a process of its own."""

import shutil
import sys

import pybuf
import pytest
from pybuf import lib

PRELUDE = """
import gc, os, sys, threading, warnings, weakref
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork with threads
import libpybuf, pybuf
from pybuf import lib
owner = pybuf.Owner(b"native memory")
"""


def run(script):
    pybuf.run_python(PRELUDE + script)


def test_a_module_dropped_while_its_objects_live():
    run(
        """
lent, view = owner.object(), memoryview(libpybuf.bytes(b"old"))
kind, dead = type(lent), weakref.ref(libpybuf)
del sys.modules["libpybuf"], libpybuf
gc.collect()
assert dead() is None
assert bytes(lent) == b"native memory" and bytes(view) == b"old"
assert lent.nbytes == 13 and "Exporter" in repr(lent)
import libpybuf
assert libpybuf.Exporter is kind
assert bytes(libpybuf.bytes(lent)) == b"native memory"
del lent
assert owner.released == 1
"""
    )


def test_imported_again_and_again_it_leaves_nothing():
    run(
        """
def again(times):
    global libpybuf
    for _ in range(times):
        kept = memoryview(libpybuf.ndarray(4))
        del sys.modules["libpybuf"]
        import libpybuf
        assert sys.modules["libpybuf"] is libpybuf
        kept[0] = 1
    gc.collect()
    return sys.getallocatedblocks(), getattr(sys, "gettotalrefcount", int)()

before = again(50)
after = again(500)
# CPython keeps about a block of each import; a module left behind would be dozens.
assert after[0] - before[0] < 2000 and after[1] - before[1] < 400, (before, after)
"""
    )


def test_a_reload():
    """It changes nothing, as with any extension module."""
    run(
        """
import importlib
lent, kind, same = owner.object(), libpybuf.Exporter, libpybuf
libpybuf.mark = 1
assert importlib.reload(libpybuf) is same
assert libpybuf.Exporter is kind and libpybuf.mark == 1
assert bytes(libpybuf.bytes(lent)) == b"native memory"
del lent
assert owner.released == 1
"""
    )


class Elsewhere:
    """Somebody else's module of our name."""

    def __init__(self, exception):
        self.exception = exception

    def __getattr__(self, name):
        raise self.exception


def test_a_module_of_our_name_is_not_ours(libpybuf, monkeypatch):
    monkeypatch.setitem(sys.modules, "libpybuf", Elsewhere(AttributeError("no such thing")))
    assert lib.python_module().Exporter is libpybuf.Exporter
    assert isinstance(sys.modules["libpybuf"], Elsewhere)


@pytest.mark.parametrize("exception", [KeyboardInterrupt, MemoryError, ImportError("a lazy module's")])
def test_what_such_a_module_raises_is_not_lost(libpybuf, monkeypatch, exception):
    monkeypatch.setitem(sys.modules, "libpybuf", Elsewhere(exception))
    with pytest.raises(exception if isinstance(exception, type) else ImportError):
        lib.python_module()


LOAD = """
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
def load(name, path):
    spec = spec_from_file_location(name, path, loader=ExtensionFileLoader(name, path))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
"""


def test_two_copies_in_one_process(tmp_path):
    """Each has types of its own; buffers cross."""
    copy = shutil.copy(pybuf.PATH, tmp_path / "another.so")
    run(
        LOAD
        + f"""
other = load("libpybuf", {str(copy)!r})
assert sys.modules["libpybuf"] is libpybuf and other.Exporter is not libpybuf.Exporter
theirs = other.bytes(owner.object())
assert owner.released == 1
ours = libpybuf.memory(theirs.address, 13, owner=memoryview(theirs))
again = memoryview(other.memory(ours.address, 13, owner=ours))
dead = weakref.ref(theirs)
del theirs, ours, other, load
gc.collect()
assert bytes(again) == b"native memory" and dead() is not None
del again
gc.collect()
assert dead() is None
"""
    )


def test_one_file_under_two_paths(tmp_path):
    """It is one library, and has one type."""
    link = tmp_path / "link.so"
    link.symlink_to(pybuf.PATH)
    run(
        LOAD
        + f"""
other = load("libpybuf", {str(link)!r})
assert other is not libpybuf and other.Exporter is libpybuf.Exporter
lent = owner.object()
assert bytes(other.bytes(lent)) == b"native memory"
del lent, other
assert owner.released == 1
"""
    )


# Threads that are in the middle of anything when the process forks.
BUSY = """
def busy():
    while not stop.is_set():
        with pybuf.View.of(bytearray(64)) as view:
            memoryview(view.object())[1:3].tobytes()
        libpybuf.memory(lent.address, 13, owner=lent)
        try: libpybuf.ndarray(-1)
        except ValueError: pass
stop = threading.Event()
threads = [threading.Thread(target=busy, daemon=True) for _ in range(3)]
for thread in threads: thread.start()
"""

# The callback of a pybuf.Owner is Python code, which cannot run when Python ends; this one is native.
COUNTED = """
import late
lent = late.lend_counted(13)
memoryview(lent)[:] = b"native memory"
"""

IN_THE_CHILD = """
def in_the_child():
    assert bytes(lent) == b"native memory"
    assert bytes(libpybuf.bytes(memoryview(lent)[:6])) == b"native"
    with pybuf.View.of(bytearray(b"child")) as view:
        assert view.tobytes() == b"child"
    own = pybuf.Owner(b"its own")
    assert bytes(own.object()) == b"its own" and own.released == 1
"""


@pytest.mark.parametrize("end", ["os._exit(7)", "sys.exit(7)"])
def test_a_fork_while_threads_are_in_the_library(late, end):
    run(
        COUNTED
        + BUSY
        + IN_THE_CHILD
        + f"""
for _ in range(10):
    child = os.fork()
    if child == 0:
        in_the_child()
        stop.set()
        {end}
    ended = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(ended) == 7, ended
stop.set()
for thread in threads: thread.join()
assert late.released() == 0
del lent
gc.collect()
assert late.released() == 1
"""
    )


def test_a_fork_with_something_queued(late):
    """What waits for an attached thread is released in both processes."""
    run(
        """
import late
data = bytearray(4)
late.late_drop(data)
released = late.released()
late.late_drop(late.lend_counted(8))
child = os.fork()
late.attached_call()
data.append(0)
assert late.released() == released + 1
if child == 0: os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
    )


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(method):
    run(
        f"""
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
lent = owner.object()
context = multiprocessing.get_context({method!r})
with ProcessPoolExecutor(2, mp_context=context) as pool:
    work = "bytes(__import__('libpybuf').bytes(bytearray(b'child')))"
    assert list(pool.map(eval, [work] * 8)) == [b"child"] * 8
del lent
assert owner.released == 1
"""
    )


def test_shared_memory_is_lent_to_another_process():
    """The memory of the system's, which both processes map."""
    run(
        """
from multiprocessing.shared_memory import SharedMemory
memory = SharedMemory(create=True, size=64)
view = pybuf.View.of(memory.buf)
lent = libpybuf.memory(view.data, 64, owner=memory.buf)
child = os.fork()
if child == 0:
    memoryview(lent)[5] = 77
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert memory.buf[5] == 77
del lent
view.close()
memory.close()
memory.unlink()
"""
    )


ENDS = {
    "threads that are in the library": COUNTED + BUSY,
    "a thread that ends after main": COUNTED + BUSY.replace("daemon=True", "daemon=False")
    + "threading.Thread(target=lambda: (threading.main_thread().join(), stop.set())).start()",
    "thread-locals": (
        "local = threading.local(); local.view = memoryview(late.lend_counted(4))\n"
        "def work(): local.view = memoryview(libpybuf.ndarray(8)); running.set(); threading.Event().wait()\n"
        "running = threading.Event(); threading.Thread(target=work, daemon=True).start(); running.wait()"
    ),
    "a handler at exit": "import atexit; atexit.register(lambda lent: bytes(lent), late.lend_counted(4))",
    "a finaliser of the standard library": "weakref.finalize(owner, bytes, libpybuf.bytes(b'last'))",
    "a weak reference with a callback": "lent = libpybuf.ndarray(4); weak = weakref.ref(lent, lambda _: libpybuf.bytes(b''))",
    "native memory of another module": "import json; json.kept = memoryview(late.lend_counted(4))",
    "a cycle with a native view": "view = pybuf.View.of(late.lend_counted(4)); view.itself = view",
    "an import while Python ends": (
        "class Late:\n"
        "    def __del__(self):\n"
        "        sys.modules.pop('libpybuf', None)\n"
        "        try: import libpybuf; bytes(libpybuf.bytes(b'late'))\n"
        "        except (ImportError, RuntimeError, AttributeError, TypeError): pass\n"
        "sys.late = late = Late(); late.sys = sys; late.itself = late"
    ),
    "an exit with a view": "view = memoryview(late.lend_counted(4)); raise SystemExit",
}


@pytest.mark.parametrize("name", ENDS)
def test_python_ends_with(late, name):
    run(f"import late\n{ENDS[name]}")
