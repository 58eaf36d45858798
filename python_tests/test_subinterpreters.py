"""The library in several interpreters of one process.

Each has a module, a type and a state of its own. From 3.12 on an interpreter may have its
own GIL, and runs beside the others.
"""

import importlib
import os
import sys
import threading
import time

import pybuf
import pytest
from test_late import is_exported

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


VIEWS = (
    "import gc, weakref\n"
    "class Memory(bytearray): pass\n"
    "for kind in libpybuf.memoryview, libpybuf.View:\n"
    "    memory = Memory(range(24))\n"
    "    view = kind(memory)\n"
    "    table = view.cast('B', (4, 6))\n"
    "    table[1, 2] = 99\n"
    "    assert view[8] == 99 and table.tolist()[1][2] == 99 and 99 in view[5:]\n"
    "    assert isinstance(view, __import__('collections.abc').abc.Sequence)\n"
    "    assert view == memory == memoryview(view) == kind(memoryview(view)) and list(iter(view)) == list(memory)\n"
    "    dead = weakref.ref(memory); memory.held = [view, iter(view), table]\n"
    "    del memory, view, table; gc.collect()\n"
    "    assert dead() is None\n"
)
LEFT = (
    "memory = Memory(24)\n"
    "memory.held = libpybuf.View(memory)[1:], iter(libpybuf.memoryview(memory)), memoryview(libpybuf.View(memory))\n"
    "import sys; sys.kept = libpybuf.memoryview(bytearray(9))[2:]\n"
)


def test_views_there(interpreters, interpreter, libpybuf):
    interpreters.run(interpreter, VIEWS)
    interpreters.run(interpreter, f"assert id(libpybuf.View) != {id(libpybuf.View)}\n")
    assert libpybuf.View(bytearray(9))[1:].tolist() == [0] * 8


def test_an_interpreter_ends_with_views(interpreters, libpybuf):
    kept = libpybuf.View(bytearray(b"kept"))
    for _ in range(3):
        interpreter = interpreters.create()
        interpreters.run(interpreter, VIEWS + LEFT)
        interpreters.destroy(interpreter)
        assert libpybuf.memoryview(kept[1:]).tobytes() == b"ept"


def test_views_in_all_at_once(interpreters):
    made = [interpreters.create() for _ in range(4)]
    run_all(interpreters, made, "for n in range(20):\n    exec(script)\n".replace("script", repr(VIEWS)) + LEFT)
    for interpreter in made:
        interpreters.destroy(interpreter)


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


def test_a_view_dropped_by_another_interpreter_waits_for_its_own(interpreters, interpreter, late, with_late):
    interpreters.run(interpreter, with_late + HOLD)
    assert late.drop() is True
    late.attached_call()
    interpreters.run(interpreter, CANNOT_GROW + "late.attached_call(); data.append(0)\n")


def test_an_interpreter_ends_while_its_view_is_held(interpreters, late, with_late):
    interpreter = interpreters.create()
    interpreters.run(interpreter, with_late + HOLD + "view = memoryview(libpybuf.ndarray(8))\n")
    interpreters.destroy(interpreter)
    assert late.drop() is True
    late.attached_call()


def test_an_interpreter_ends_with_something_queued(interpreters, late, with_late):
    interpreter = interpreters.create()
    interpreters.run(interpreter, with_late + HOLD)
    assert late.drop() is True
    interpreters.destroy(interpreter)
    late.attached_call()


def test_a_view_of_ours_is_dropped_by_another_interpreter(interpreters, interpreter, late, with_late):
    data = bytearray(b"ours")
    late.hold(data)
    interpreters.run(interpreter, with_late + "assert late.drop() is True; late.attached_call()\n")
    late.attached_call()
    data.append(0)


LET_GO = "import time; time.sleep(0.01)\nfor _ in range(1000): pass\n"


def test_main_releases_it_though_another_interpreter_runs(interpreters, interpreter, late, with_late):
    """Before 3.12 the main thread is asked in whichever interpreter it runs, and hears it there
    when it has let the GIL go and taken it again."""
    data = bytearray(b"ours")
    late.hold(data)
    interpreters.run(interpreter, with_late + "assert late.drop_late() is True\n" + LET_GO)
    deadline = time.monotonic() + 10
    while is_exported(data):
        assert time.monotonic() < deadline, "nothing has released it"
        time.sleep(0.001)


def run_all(interpreters, made, script):
    """Runs a script in all of them at once, each on a thread of its own."""
    failures = []

    def run(number, interpreter):
        try:
            interpreters.run(interpreter, f"number = {number}\n{script}")
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=numbered) for numbered in enumerate(made)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


ORDERS = {"the first first": [0, 1, 2, 3], "the last first": [3, 2, 1, 0], "mixed": [2, 0, 3, 1]}

LEND_SHARED = (
    "lent = late.shared(); view = memoryview(lent)\n"
    "for n in range(200):\n"
    "    view[number] = n % 256\n"
    "    assert memoryview(late.shared())[number] == n % 256\n"
    "    assert libpybuf.bytes(view).nbytes == 16\n"
    "view[number] = number + 1\n"
    "kept = [libpybuf.memory(lent.address, 16, owner=view)]; kept.append(kept)\n"
)


@pytest.mark.parametrize("order", ORDERS)
def test_one_memory_in_several_interpreters(interpreters, late, with_late, order):
    released = late.released()
    late.share(16)
    here = memoryview(late.shared())
    made = [interpreters.create() for _ in range(4)]
    run_all(interpreters, made, with_late + LEND_SHARED)
    assert bytes(here[:4]) == b"\1\2\3\4"
    late.share_no_more()
    del here
    for number in ORDERS[order]:
        assert late.released() == released
        interpreters.destroy(made[number])
    assert late.released() == released + 1


def test_counted_memory_of_each_is_given_back_by_its_end(interpreters, late, with_late):
    """Held by objects, by a view in a cycle, and by a queue."""
    script = (
        "class Node: pass\n"
        "node = Node(); node.itself = node; node.view = memoryview(late.lend_counted(8))\n"
        "sys.lent = late.lend_counted(8)\n"
        "late.late_drop(late.lend_counted(8))\n"
    )
    for _ in range(3):
        released = late.released()
        interpreter = interpreters.create()
        interpreters.run(interpreter, with_late + script)
        interpreters.destroy(interpreter)
        assert late.released() == released + 3


def test_views_of_each_are_dropped_by_the_next(interpreters, late, with_late):
    """`late.hold` drops the view that another interpreter held before."""
    made = [interpreters.create() for _ in range(3)]
    for interpreter in made:
        interpreters.run(interpreter, with_late + HOLD)
    late.drop()
    for interpreter in made:
        interpreters.run(interpreter, CANNOT_GROW + "late.attached_call(); data.append(0)\n")
    for interpreter in made:
        interpreters.destroy(interpreter)


AT_EXIT = {
    "lent": "late.share(8); lent = late.shared(); view = memoryview(lent)",
    "held": "late.hold(bytearray(8))",
    "queued": "late.late_drop(bytearray(8)); late.late_drop(late.lend_counted(8))",
    "views": "view = libpybuf.View(bytearray(9)); part = libpybuf.memoryview(view[1:]); steps = iter(part)",
    "in a cycle": "cycle = [libpybuf.ndarray(8)]; cycle.append(cycle)",
    "in a finaliser": (
        "class Late:\n def __del__(self): bytes(libpybuf.bytes(self.lent))\n"
        "late_object = Late(); late_object.lent = libpybuf.ndarray(8)"
    ),
}


@pytest.mark.parametrize("name", AT_EXIT)
def test_python_ends_with_interpreters(interpreters, late, name):
    """With an interpreter that nobody has ended, and one that was."""
    script = f"import sys; sys.path[:0] = {sys.path!r}\nimport libpybuf, late\n{AT_EXIT[name]}\n"
    create = (
        f"create('{'isolated' if interpreters.own_gil else 'legacy'}')"
        if sys.version_info >= (3, 13)
        else f"create(isolated={interpreters.own_gil})"
    )
    pybuf.run_python(
        "import warnings; warnings.simplefilter('ignore')\n"
        f"import libpybuf, late, {interpreters.module.__name__} as interpreters\n"
        f"first, second = interpreters.{create}, interpreters.{create}\n"
        "for one in first, second:\n"
        f"    assert not interpreters.run_string(one, {script!r})\n"
        "interpreters.destroy(first)\n"
        "kept = memoryview(libpybuf.ndarray(8))\n"
    )
