"""Long copies and comparisons let go of the interpreter: other threads run meanwhile, and find the
views in use."""

import copy
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


# A byte that is nowhere in the memory of a scene.
ABSENT = 7


class Scene:
    """Views, or arrays, of two blocks of memory with the same bytes."""

    def __init__(self, libpybuf, kind, size, code="B", step=1):
        block = random.Random(size).randbytes(1 << 12).replace(bytes([ABSENT]), b"\0")
        self.contents = block * (step * size >> 12)
        assert len(self.contents) == step * size
        self.data, self.other = bytearray(self.contents), bytearray(self.contents)
        if kind == "Array":
            self.view, self.second = (libpybuf.array(code, it)[::step] for it in (self.data, self.other))
        else:
            self.kind = getattr(libpybuf, kind)
            self.view, self.second = (self.kind(it).cast(code)[::step] for it in (self.data, self.other))

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


def counted(scene):
    assert scene.view.count(scene.contents[0]) == scene.items.count(scene.contents[0])


def sought(scene):
    with pytest.raises(ValueError):
        scene.view.index(ABSENT)


def contained(scene):
    assert ABSENT not in scene.view


def copied(scene):
    assert copy.copy(scene.view)[-100:] == scene.view[-100:]


def sliced(scene):
    assert scene.view[len(scene.view) :: -1].tobytes() == scene.items[::-1]


def turned_round(scene):
    scene.view.reverse()
    scene.view.reverse()
    assert scene.view[-100:] == scene.second[-100:]


def copied_from_a_view(scene):
    scene.second.extend(memoryview(scene.data)[::-1])
    del scene.second[-len(scene.data) :]


ALL = [tobytes, equal, equal_to_bytes, assign, assign_bytes, contained]
EXACT = [*ALL, hexadecimal, hashed]
SEARCHES = [counted, sought]
KINDS = {
    "memoryview": EXACT + (SEARCHES if hasattr(memoryview, "index") else []),
    "View": [*EXACT, *SEARCHES, copy_to, fill],
    "Array": [*ALL, *SEARCHES, copied, sliced, turned_round, copied_from_a_view],
}
OPERATIONS = [(kind, each) for kind in KINDS for each in KINDS[kind]]
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
@pytest.mark.parametrize(
    "kind, operation",
    [(kind, each) for kind in ("memoryview", "View") for each in [contained, *SEARCHES] if each in KINDS[kind]],
)
def test_a_view_that_is_searched_is_not_released(libpybuf, kind, operation):
    scene = Scene(libpybuf, kind, SIZE)
    assert beside(lambda: operation(scene), lambda: refused(scene.view.release)) == IN_USE
    scene.view.release()


@WITH_A_LOCK
@pytest.mark.parametrize("operation", [each for each in KINDS["Array"] if each not in (assign, copied_from_a_view)])
def test_an_array_in_use_keeps_its_size(libpybuf, operation):
    """Its items may be written, as under every export."""
    scene = Scene(libpybuf, "Array", SIZE)
    array = scene.view

    def meddle():
        array[100] = array[100]
        return refused(lambda: array.append(1)), refused(lambda: array.pop(100)), refused(array.clear)

    answers = beside(lambda: operation(scene), meddle)
    assert all("cannot be re-sized" in answer and "export" in answer for answer in answers)
    assert scene.view.tobytes() == scene.second.tobytes() == scene.contents
    array.append(1)


@WITH_A_LOCK
def test_what_an_array_is_compared_with_is_in_use(libpybuf):
    scene = Scene(libpybuf, "Array", SIZE)
    for array in scene.view, scene.second:
        assert "re-sized" in beside(lambda: scene.view == scene.second, lambda: refused(array.clear))


@WITH_A_LOCK
def test_an_array_is_not_made_stable_while_it_is_written(libpybuf):
    scene = Scene(libpybuf, "Array", SIZE)
    assert "writable export" in beside(lambda: assign_bytes(scene), lambda: refused(scene.view.stable))
    with scene.view.stable(), pytest.raises(BufferError, match="items cannot be written: 1 stable export"):
        assign_bytes(scene)
    with scene.view.exclusive(), pytest.raises(BufferError, match="items cannot be read or written"):
        tobytes(scene)


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
@pytest.mark.parametrize("kind", KINDS)
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


@pytest.mark.parametrize("code", ["B", "H", "d"])
def test_arrays_are_right_whoever_reads_them(libpybuf, code):
    """All threads read the same array, and each writes its own."""
    scenes = [Scene(libpybuf, "Array", size, code) for size in (LONG - (1 << 12), LONG, 5 * LONG)]

    def work(number):
        for scene in scenes:
            shared, own = scene.view, copy.copy(scene.view)
            assert own.tobytes() == shared.tobytes() == scene.items
            first = shared[0]
            assert (shared == own) == (shared.tolist() == own.tolist())
            items = memoryview(scene.items).cast(code)
            assert shared.count(first) == items.tolist().count(first)
            assert (first in shared) == (first == first)
            assert shared[::-1].tolist()[:100] == items[:-101:-1].tolist() or code == "d"
            own.reverse()
            assert own[0].hex() == shared[-1].hex() if code == "d" else own[0] == shared[-1]
            own[:] = shared
            assert own.tobytes() == scene.items
            own[::2] = shared[1::2]
            assert own[::2].tobytes() == shared[1::2].tobytes() and own[1::2].tobytes() == shared[1::2].tobytes()
            own.extend(shared)
            assert len(own) == 2 * len(shared)

    at_once(work)


def test_arrays_change_their_size_while_others_read(libpybuf):
    """Whoever reads sees one of the sizes; who changes it comes to do so, or hears why not."""
    contents = random.Random(6).randbytes(2 * LONG)
    array = libpybuf.bytearray(contents)

    def work(number):
        for _ in range(60):
            try:
                if number == 0:
                    array.extend(contents)
                    del array[len(contents) :]
                else:
                    found = array.tobytes()
                    assert found[: len(contents)] == contents and len(found) % len(contents) == 0
                    assert len(copy.copy(array)) % len(contents) == 0
                    assert array.count(contents[0]) % contents.count(contents[0]) == 0
            except BufferError:
                pass

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
