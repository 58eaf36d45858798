"""Long copies and comparisons let go of the interpreter: other threads run meanwhile, and find the
views in use."""

import functools
import gc
import os
import random
import sys
import sysconfig
import threading
import warnings

import pybuf
import pytest
from test_threads import at_once

LONG = 64 << 10
SIZE = 8 << 20

HAS_LOCK = not sysconfig.get_config_var("Py_GIL_DISABLED")
WITH_A_LOCK = pytest.mark.skipif(not HAS_LOCK, reason="without a GIL threads run anyway")

# How often a thread that could run may be too slow to, for want of a processor.
TRIES = 300


class Scene:
    """Views of two blocks of memory with the same bytes."""

    def __init__(self, libpybuf, kind, size, code="B", step=1):
        self.kind = getattr(libpybuf, kind)
        self.contents = random.Random(size).randbytes(1 << 12) * (step * size >> 12)
        assert len(self.contents) == step * size
        self.data, self.other = bytearray(self.contents), bytearray(self.contents)
        self.view = self.kind(self.data).cast(code)[::step]
        self.second = self.kind(self.other).cast(code)[::step]

    @property
    def items(self):
        """The bytes of the view, found another way."""
        return memoryview(self.contents).cast(self.view.format)[:: len(self.contents) // self.view.nbytes].tobytes()


def tobytes(scene):
    assert scene.view.tobytes() == scene.items


def hexadecimal(scene):
    assert scene.view.hex() == scene.items.hex()


def equal(scene):
    assert scene.view == scene.second


def equal_to_bytes(scene):
    assert scene.view == scene.items


def assign(scene):
    scene.second[:] = scene.view
    assert scene.second.tolist()[-100:] == scene.view.tolist()[-100:]


def assign_bytes(scene):
    scene.view[:] = scene.items


def hashed(scene):
    # A view keeps the hash, once it has one.
    assert hash(scene.kind(scene.contents)) == hash(scene.contents)


def copy_to(scene):
    scene.view.copy_to(scene.second)
    assert scene.second.tolist()[-100:] == scene.view.tolist()[-100:]


def fill(scene):
    scene.view[...] = 7
    assert scene.view.tolist()[-100:] == [7] * 100
    scene.view[...] = scene.second


EXACT = [tobytes, hexadecimal, equal, equal_to_bytes, assign, assign_bytes, hashed]
OPERATIONS = [("memoryview", each) for each in EXACT] + [("View", each) for each in [*EXACT, copy_to, fill]]
IDS = [f"{kind}, {operation.__name__}" for kind, operation in OPERATIONS]


def beside(operation, deed, tries=TRIES):
    """What a deed on another thread gives that runs while an operation does, which is done until
    then; None where it never comes to run. It does only if it is let: the lock is taken from nobody."""
    gate, results, is_over = threading.Lock(), [], False

    def run():
        with gate:
            if not is_over:
                results.append(deed())

    thread = threading.Thread(target=run)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        with gate:
            thread.start()
        while tries and not results:
            operation()
            tries -= 1
        is_over = True
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    return results[0] if results else None


@WITH_A_LOCK
@pytest.mark.parametrize("kind, operation", OPERATIONS, ids=IDS)
def test_another_thread_runs_meanwhile(libpybuf, kind, operation):
    scene = Scene(libpybuf, kind, SIZE)
    assert beside(lambda: operation(scene), lambda: "ran") == "ran"


@WITH_A_LOCK
@pytest.mark.parametrize("kind, operation", OPERATIONS, ids=IDS)
def test_what_is_short_is_done_at_once(libpybuf, kind, operation):
    scene = Scene(libpybuf, kind, LONG - (1 << 12))
    assert beside(lambda: operation(scene), lambda: "ran", tries=50) is None


def refused(deed):
    try:
        return deed()
    except BufferError as error:
        return str(error)


IN_USE = "memoryview has 1 exported buffer"


@WITH_A_LOCK
@pytest.mark.parametrize("kind", ["memoryview", "View"])
def test_a_view_in_use_is_not_released(libpybuf, kind):
    scene = Scene(libpybuf, kind, SIZE)
    first, second, data = scene.view, scene.second, scene.data
    assert beside(first.tobytes, lambda: refused(first.release)) == IN_USE
    assert beside(first.hex, lambda: refused(first.release)) == IN_USE
    assert beside(lambda: first.__setitem__(slice(None), second), lambda: refused(first.release)) == IN_USE
    for view in first, second:
        assert beside(lambda: first == second, lambda: refused(view.release)) == IN_USE
    assert "re-sized" in beside(first.tobytes, lambda: refused(data.clear))
    assert first.tobytes() == scene.contents
    first.release()
    with pytest.raises(ValueError):
        first.tobytes()


@WITH_A_LOCK
def test_both_sides_of_a_copy_are_in_use(libpybuf):
    scene = Scene(libpybuf, "View", SIZE)
    first, second = scene.view, scene.second
    for view in first, second:
        assert "exported buffer" in beside(lambda: first.copy_to(second), lambda: refused(view.release))
    assert beside(lambda: first.__setitem__(..., 7), lambda: refused(first.release)) == IN_USE
    first.release(), second.release()


@WITH_A_LOCK
@pytest.mark.parametrize("kind", ["memoryview", "View"])
def test_the_view_that_a_call_makes_is_in_use(libpybuf, kind):
    """The collector knows it, and so does who asks the collector."""
    kind = getattr(libpybuf, kind)

    class Source(bytearray):
        """The collector looks at its instances."""

    source = Source(bytes(range(256)) * (SIZE // 256))
    view = kind(bytearray(source))

    def release_all():
        made = [it for it in gc.get_objects() if type(it) is kind and it.obj is source]
        return [refused(it.release) for it in made]

    for operation in lambda: view == source, lambda: view.__setitem__(slice(None), source):
        found = beside(operation, release_all)
        assert found == [IN_USE] and view == source


@WITH_A_LOCK
def test_late_releases_wait_for_the_next_call(libpybuf, late):
    """A thread that is not attached drops the last view of an object while a copy runs."""
    scene, source = Scene(libpybuf, "View", SIZE), bytearray(b"a source")
    assert beside(scene.view.tobytes, lambda: late.late_drop(source) or "ran") == "ran"
    late.attached_call()
    source.append(0)


@WITH_A_LOCK
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_meanwhile(libpybuf):
    """In the child nobody ever ends what the other thread has begun: the view stays in use."""
    scene = Scene(libpybuf, "memoryview", SIZE)
    view = scene.view

    def fork():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            is_right = refused(view.release) == IN_USE and view[:100].tobytes() == scene.contents[:100]
            os._exit(0 if is_right else 1)
        return os.waitpid(child, 0)[1]

    assert beside(view.tobytes, fork) == 0
    view.release()


LONG_CALLS = {
    "tobytes": lambda view, second: view.tobytes,
    "equal": lambda view, second: functools.partial(view.__eq__, second),
    "assign": lambda view, second: functools.partial(view.__setitem__, slice(None), second),
}


@pytest.mark.skipif(HAS_LOCK, reason="needs a Python without a GIL")
@pytest.mark.parametrize("call", LONG_CALLS)
@pytest.mark.parametrize("kind", ["memoryview", "View"])
def test_nobody_waits_for_a_long_call(libpybuf, kind, call):
    """To collect, all threads are stopped: those that are detached already need not be."""
    scene, collected, is_over = Scene(libpybuf, kind, 8 * SIZE), [0], False
    call = LONG_CALLS[call](scene.view, scene.second)

    def collect():
        while not is_over:
            gc.collect(0)
            collected[0] += 1

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        in_a_row = 0
        for _ in range(TRIES):
            before = collected[0]
            call()
            # One may have been under way, and now and then many happen before or after the call.
            in_a_row = in_a_row + 1 if collected[0] > before + 2 else 0
            if in_a_row == 5:
                return
    finally:
        is_over = True
        thread.join()
    pytest.fail("the collector has waited")


@pytest.mark.parametrize("kind", ["memoryview", "View"])
def test_copies_are_right_whoever_makes_them(libpybuf, kind):
    """All threads read the same memory, and each writes its own."""
    sizes = [LONG - (1 << 12), LONG, LONG + (1 << 12), 5 * LONG]
    scenes = [
        Scene(libpybuf, kind, size, code, step) for size in sizes for code, step in [("B", 1), ("H", 3), ("q", 2)]
    ]

    def work(number):
        for scene in scenes:
            own = bytearray(scene.contents)
            target = scene.kind(own).cast(scene.view.format)[:: len(own) // scene.view.nbytes]
            assert scene.view == target and target == scene.view
            assert target.tobytes() == scene.items
            assert target.hex(":", 2) == scene.items.hex(":", 2)
            own[:] = bytes(len(own))
            assert scene.view != target
            target[:] = scene.view
            assert target.tobytes() == scene.items
            if kind == "View":
                target[...] = 1
                scene.view.copy_to(target)
                assert target.tobytes() == scene.items
            target.release()

    at_once(work)


@pytest.mark.parametrize("kind", ["memoryview", "View"])
def test_views_are_released_while_others_read(libpybuf, kind):
    """Whoever comes too late hears so; nobody reads what is gone."""
    kind = getattr(libpybuf, kind)
    contents = random.Random(5).randbytes(2 * LONG)
    held = {}

    def work(number):
        for turn in range(60):
            view = held.setdefault(turn, kind(bytearray(contents)))
            try:
                if number % 2 and turn % 3 == number // 2:
                    view.release()
                assert view.tobytes() == contents
                assert view == contents or view.tobytes()
            except (ValueError, BufferError):
                pass

    at_once(work)
    for view in held.values():
        view.release()


@pytest.mark.parametrize("kind", ["memoryview", "View"])
def test_memory_may_be_written_meanwhile(libpybuf, kind):
    """Which bytes a copy has is open; each is one that was there."""
    scene = Scene(libpybuf, kind, 4 * LONG)

    def work(number):
        for turn in range(30):
            if number == 0:
                scene.data[:] = bytes([turn & 1]) * len(scene.data)
            else:
                assert set(scene.view.tobytes()[:: LONG // 7]) <= set(scene.contents) | {0, 1}
                assert (scene.view == scene.second) in (False, True)

    at_once(work)


# Daemons that are in the midst of a copy when the interpreter ends, and want to come back while it does.
ENDS = """
import os, sys, threading, time, types, libpybuf
kind = getattr(libpybuf, KIND)
one, two = kind(bytearray(1 << 22)), kind(bytes(1 << 22))
def work():
    while True:
        one.tobytes(), one == two, one.__setitem__(slice(None), two), one.hex()
class Slow:
    def __del__(self, sleep=time.sleep, one=one, refusal=BufferError):
        sleep(0.3)
        try:
            one.release()
        except refusal:
            pass
        one, self.held = None, None
module = sys.modules["slow"] = types.ModuleType("slow")
module.it = Slow()
del module
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)
"""


@pytest.mark.parametrize("kind", ["memoryview", "View"])
def test_the_interpreter_ends_meanwhile(kind):
    pybuf.run_python(ENDS.replace("KIND", repr(kind)))
