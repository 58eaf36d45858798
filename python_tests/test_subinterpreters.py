"""The library in several interpreters of one process.

Each has a module, a type and a state of its own. From 3.12 on an interpreter may have its
own GIL, and runs beside the others.
"""

import importlib
import os
import sys
import threading

import pybuf
import pytest

PRELUDE = f"import sys; sys.path.insert(0, {os.path.dirname(pybuf.PATH)!r}); import libpybuf\n"


class Interpreters:
    """CPython's own module for it, whose name and functions change from version to version."""

    def __init__(self, module, own_gil):
        self.module = module
        self.own_gil = own_gil

    def create(self):
        if sys.version_info >= (3, 13):
            return self.module.create("isolated" if self.own_gil else "legacy")
        return self.module.create(isolated=self.own_gil)

    def run(self, interpreter, script):
        """Runs it there; an exception there is one here."""
        if sys.version_info >= (3, 13):
            failure = self.module.exec(interpreter, PRELUDE + script)
            assert failure is None, failure
        else:
            self.module.run_string(interpreter, PRELUDE + script)

    def destroy(self, interpreter):
        self.module.destroy(interpreter)


OWN_GIL = ["own GIL"] if sys.version_info >= (3, 12) else []


def interpreters_with(own_gil):
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    module = pytest.importorskip(name, reason=f"this Python comes without {name}")
    return Interpreters(module, own_gil)


@pytest.fixture(scope="module", params=["shared GIL", *OWN_GIL])
def interpreters(request):
    return interpreters_with(request.param == "own GIL")


@pytest.fixture
def interpreter(interpreters):
    made = interpreters.create()
    yield made
    interpreters.destroy(made)


def test_it_works_there(interpreters, interpreter):
    interpreters.run(
        interpreter,
        "lent = libpybuf.ndarray((2, 3), 'i')\n"
        "view = memoryview(lent)\n"
        "view[1, 2] = 7\n"
        "assert libpybuf.bytes(lent).nbytes == 24\n"
        "assert view.tolist() == [[0, 0, 0], [0, 0, 7]], view.tolist()\n"
        "try: libpybuf.ndarray(-1)\n"
        "except ValueError: pass\n"
        "else: raise AssertionError\n",
    )


def test_each_has_its_own_type(interpreters, interpreter, libpybuf):
    interpreters.run(interpreter, f"assert id(libpybuf.Exporter) != {id(libpybuf.Exporter)}\n")
    assert type(libpybuf.bytes(b"still ours")) is libpybuf.Exporter


def test_it_goes_on_here_when_an_interpreter_ends_there(interpreters, libpybuf):
    kept = libpybuf.bytes(b"kept")
    for _ in range(5):
        interpreter = interpreters.create()
        interpreters.run(interpreter, "views = [memoryview(libpybuf.ndarray(100)) for _ in range(10)]\n")
        interpreters.destroy(interpreter)
        assert bytes(libpybuf.bytes(kept)) == b"kept"


def test_it_is_imported_again_and_again_there(interpreters, interpreter):
    for _ in range(3):
        interpreters.run(
            interpreter,
            "first = libpybuf.Exporter\n"
            "kept = libpybuf.bytes(b'of the old module')\n"
            "del sys.modules['libpybuf']\n"
            "import libpybuf\n"
            "assert bytes(libpybuf.bytes(kept)) == b'of the old module'\n",
        )


def test_all_at_once(interpreters):
    """Threads, each in an interpreter of its own."""
    script = (
        "for n in range(300):\n"
        "    lent = libpybuf.ndarray((8, 8), 'i')\n"
        "    view = memoryview(lent)\n"
        "    view[n % 8, 3] = n\n"
        "    assert sum(map(sum, view.tolist())) == n\n"
        "    assert bytes(libpybuf.bytes(view)) == view.tobytes()\n"
    )
    made = [interpreters.create() for _ in range(4)]
    failures = []

    def run(interpreter):
        try:
            interpreters.run(interpreter, script)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(interpreter,)) for interpreter in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for interpreter in made:
        interpreters.destroy(interpreter)
    assert failures == []


def test_native_memory_outlives_an_interpreter(interpreters):
    """A native view keeps what an interpreter lent; the memory is native, and stays."""
    owner = pybuf.Owner(b"native memory")
    exporter = owner.lend()
    interpreter = interpreters.create()
    interpreters.run(
        interpreter,
        f"lent = libpybuf.memory({pybuf.lib.exporter_data(exporter)}, 13)\n"
        "memoryview(lent)[0] = ord('N')\n",
    )
    interpreters.destroy(interpreter)
    with pybuf.View.of(exporter) as view:
        assert view.tobytes() == b"Native memory"
    pybuf.lib.exporter_unref(exporter)
    assert owner.released == 1


def test_importing_here_after_there(interpreters, libpybuf):
    interpreter = interpreters.create()
    interpreters.run(interpreter, "pass\n")
    interpreters.destroy(interpreter)
    assert importlib.import_module("libpybuf") is libpybuf
    assert bytes(libpybuf.bytes(b"here")) == b"here"


@pytest.fixture(scope="module")
def sharing():
    """Interpreters that share a GIL: the extension `late` is made for these alone."""
    return interpreters_with(own_gil=False)


@pytest.fixture
def with_late(late):
    """Imports the extension there. The view that it holds is the same one everywhere."""
    return f"sys.path.insert(0, {os.path.dirname(late.__file__)!r}); import late\n"


HOLD = "data = bytearray(b'theirs'); late.hold(data)\n"
CANNOT_GROW = (
    "try: data.append(0)\n"
    "except BufferError: pass\n"
    "else: raise AssertionError('released by another interpreter')\n"
)


@pytest.fixture
def interpreter_sharing(sharing):
    made = sharing.create()
    yield made
    sharing.destroy(made)


def test_a_view_dropped_by_another_interpreter_waits_for_its_own(sharing, interpreter_sharing, late, with_late):
    sharing.run(interpreter_sharing, with_late + HOLD)
    assert late.drop() is True
    late.attached_call()
    sharing.run(interpreter_sharing, CANNOT_GROW + "late.attached_call(); data.append(0)\n")


def test_an_interpreter_ends_while_its_view_is_held(sharing, late, with_late):
    interpreter = sharing.create()
    sharing.run(interpreter, with_late + HOLD + "view = memoryview(libpybuf.ndarray(8))\n")
    sharing.destroy(interpreter)
    assert late.drop() is True
    late.attached_call()


def test_an_interpreter_ends_with_something_queued(sharing, late, with_late):
    interpreter = sharing.create()
    sharing.run(interpreter, with_late + HOLD)
    assert late.drop() is True
    sharing.destroy(interpreter)
    late.attached_call()


def test_a_view_of_ours_is_dropped_by_another_interpreter(sharing, interpreter_sharing, late, with_late):
    data = bytearray(b"ours")
    late.hold(data)
    sharing.run(interpreter_sharing, with_late + "assert late.drop() is True; late.attached_call()\n")
    late.attached_call()
    data.append(0)
