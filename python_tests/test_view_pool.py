"""Objects of views that ended and are used again: nothing of an earlier life is left, nobody is
counted twice, and none is kept where the interpreter has ended."""

import array
import ctypes
import gc
import random
import sys
import weakref

import pytest
from test_subinterpreters import OWN_GIL, interpreters_with

KINDS = ["memoryview", "View"]
FREE_THREADED = not getattr(sys, "_is_gil_enabled", lambda: True)()

# As many are kept for each type.
KEPT = 64
MANY = 3 * KEPT + 5


class Memory(bytearray):
    """An exporter that can be part of a cycle."""


class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int), ("b", ctypes.c_double)]


@pytest.fixture(params=KINDS)
def kind(request, libpybuf):
    return getattr(libpybuf, request.param)


@pytest.fixture(scope="module", params=["shared GIL", *OWN_GIL])
def interpreters(request):
    return interpreters_with(request.param == "own GIL")


# A view, and what it shows: bytes, shape, format.
LIVES = {
    "bytes": lambda kind: (kind(b"12345678"), b"12345678", (8,), "B"),
    "nothing": lambda kind: (kind(b""), b"", (0,), "B"),
    "an array": lambda kind: (kind(array.array("h", [1, 2, 3])), array.array("h", [1, 2, 3]).tobytes(), (3,), "h"),
    "in a cycle": lambda kind: (kind(Memory(b"1234")), b"1234", (4,), "B"),
    "a builtin": lambda kind: (kind(memoryview(b"123456")[::2]), b"135", (3,), "B"),
    "a part": lambda kind: (kind(Memory(b"1234"))[1:3], b"23", (2,), "B"),
    "backwards": lambda kind: (kind(b"1234")[::-1], b"4321", (4,), "B"),
    "chars": lambda kind: (kind(b"1234").cast("c"), b"1234", (4,), "c"),
    "eight dimensions": lambda kind: (kind(bytes(256)).cast("B", [2] * 8), bytes(256), (2,) * 8, "B"),
    "no dimension": lambda kind: (kind(b"1").cast("B", []), b"1", (), "B"),
    "a struct": lambda kind: (kind(Pair(1, 2)), bytes(Pair(1, 2)), (), memoryview(Pair()).format),
    "structs": lambda kind: (kind((Pair * 2)()), bytes(2 * ctypes.sizeof(Pair)), (2,), memoryview(Pair()).format),
    "read-only": lambda kind: (kind(bytearray(b"12")).toreadonly(), b"12", (2,), "B"),
}


def failures(kind):
    """Objects that are taken, and end before anybody has them. Not every version has `_from_flags`."""
    for call in (
        lambda: kind(1),
        lambda: kind(b"123").cast("I"),
        lambda: kind(b"123").cast("zz"),
        lambda: kind(b"123")[::0],
        lambda: kind(b"123")["x":],
        lambda: kind(b"123").cast("B", [2**62, 2**62]),
        lambda: kind._from_flags(b"123", 1),
    ):
        with pytest.raises((TypeError, ValueError, BufferError, OverflowError, AttributeError)):
            call()


def check(view, items, shape, form):
    assert (view.tobytes(), view.shape, view.format) == (items, shape, form)
    assert weakref.getweakrefcount(view) == 0
    if view.readonly and form in "Bbc" and isinstance(view.obj, (bytes, memoryview)):
        assert hash(view) == hash(items)
    elif not view.readonly:
        with pytest.raises(ValueError, match="hash|writable"):
            hash(view)
    # Without a lock the collector finds all there is.
    if not FREE_THREADED and type(view.obj) is not array.array:
        assert gc.is_tracked(view) == bool(type(view.obj).__flags__ & 1 << 14)


@pytest.mark.parametrize("threshold", [1, 700])
def test_nothing_is_left_of_an_earlier_life(kind, threshold):
    choose = random.Random(threshold)
    names, alive, dead = list(LIVES), [], []
    before = gc.get_threshold()
    gc.set_threshold(threshold)
    try:
        # Without a lock there is no pool, and the collector looks at all there is each time.
        for turn in range(400 if FREE_THREADED else 4000):
            name = choose.choice(names)
            made = LIVES[name](kind)
            check(*made)
            fate = choose.random()
            if fate < 0.5:
                dead.append(weakref.ref(made[0]))
            if fate < 0.2:
                made[0].release()
            elif fate < 0.8:
                alive.append(made)
            while len(alive) > choose.choice((0, KEPT, MANY)):
                alive.pop(choose.randrange(len(alive)))
            if turn % 100 == 0:
                failures(kind)
        del made
        for view, items, shape, form in alive:
            assert (view.tobytes(), view.shape, view.format) == (items, shape, form)
        view = None
        alive.clear()
        gc.collect()
        assert not any(reference() for reference in dead)
    finally:
        gc.set_threshold(*before)


@pytest.mark.parametrize("name", LIVES)
def test_the_type_is_counted_once_for_each(kind, name):
    def live_and_die():
        views = [LIVES[name](kind) for _ in range(MANY)]
        alive = sys.getrefcount(kind)
        del views
        gc.collect()
        return alive, sys.getrefcount(kind)

    live_and_die()
    assert live_and_die() == live_and_die()


def test_a_callback_makes_views_while_one_ends(kind):
    made = []
    references = []
    for turn in range(MANY):
        view = kind(b"ends")
        references.append(weakref.ref(view, lambda _: made.append(kind(b"1234")[1:])))
        if turn % 3 == 0:
            made.clear()
    del view
    assert all(view.tobytes() == b"234" for view in made)


def test_a_bound_releases_the_view_that_is_sliced(kind):
    class Bound:
        def __init__(self, view):
            self.view = view

        def __index__(self):
            self.view.release()
            self.others = [kind(b"others")[1:] for _ in range(3)]
            return 1

    memory = bytearray(b"12345678")
    for view in (kind(memory), kind(memory)[:], kind(memoryview(memory)), kind(kind(memory))):
        part = view[Bound(view) :]
        assert part.tobytes() == b"2345678"
        with pytest.raises(ValueError, match="released"):
            view[0]
        with pytest.raises(BufferError):
            memory.append(0)
        part.release()
    del view
    memory.append(0)


# --- the end of an interpreter ---

START = f"""
import atexit, builtins, gc, sys
kinds = libpybuf.memoryview, libpybuf.View
class Memory(bytearray): pass
def many(source=b'abcd'): return [kind(source)[n % 4 :] for kind in kinds for n in range({MANY})]
class Late:
    def __init__(self): self.views = many()[-9:]
    def __del__(self):
        for view in self.views:
            assert view[1:].tobytes() == view.tobytes()[1:]
            type(view)(b'new')
"""
ENDS = {
    "all dead": "kept = many()\ndel kept",
    "all alive": "kept = many()",
    "some alive": "kept = many() + many(Memory(4))\ndel kept[::3]",
    "in cycles": "gc.disable()\nfor n in range(200):\n    memory = Memory(4); memory.held = many(memory)[::50]",
    "made at the end": "kept = many()\natexit.register(many)",
    "made by what is left": "builtins.late, sys.late, late = Late(), Late(), [Late() for _ in range(99)]",
}


@pytest.mark.parametrize("name", ENDS)
def test_an_interpreter_ends(interpreters, libpybuf, name):
    here = [getattr(libpybuf, kind)(b"here") for kind in KINDS for _ in range(MANY)]
    for _ in range(3):
        interpreter = interpreters.create()
        interpreters.run(interpreter, START + ENDS[name])
        del here[::5]
        interpreters.destroy(interpreter)
        here += [view[1:][:0].cast("B") for view in here[:KEPT]]
    assert all(view.tobytes() in (b"here", b"") for view in here)


def test_views_outlive_the_state_of_their_interpreter(interpreters):
    """They are in the interpreter's own dictionary, behind the capsule with whose end the pools are closed."""
    script = f"""
try: import ctypes, _ctypes
except ImportError: pass
else:
    import os
    call = ctypes.pythonapi
    call.PyInterpreterState_Get.restype = ctypes.c_void_p
    call.PyInterpreterState_GetDict.restype, call.PyInterpreterState_GetDict.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    address = call.PyInterpreterState_GetDict(call.PyInterpreterState_Get())
    many()
    there = ctypes.cast(address, ctypes.py_object).value
    class Last:
        def __init__(self): self.views = many()
        def __del__(self, RuntimeError=RuntimeError, exit=os._exit, type=type):
            for view in self.views:
                if view[1:].tobytes() != view.tobytes()[1:]: exit(3)
                try: type(view)(b'new')
                except RuntimeError: continue
                exit(4)
    there['one'], there['two'], there['three'] = many(), Last(), many()
    del there
"""
    for _ in range(2):
        interpreter = interpreters.create()
        interpreters.run(interpreter, START + script)
        interpreters.destroy(interpreter)
