"""What a view keeps alive, and for how long: beside the collector, weak references, the
module, and the interpreter. And every operation leaves all counts of references as they were."""

import array
import gc
import sys
import weakref

import pybuf
import pytest

KINDS = ["memoryview", "View"]
FREE_THREADED = not getattr(sys, "_is_gil_enabled", lambda: True)()


@pytest.fixture(params=KINDS)
def kind(request, libpybuf):
    return getattr(libpybuf, request.param)


class Memory(bytearray):
    """An exporter that can be part of a cycle."""


class Node:
    pass


# How a view that has a buffer can be held, all by the exporter.
HELD = {
    "the view": lambda kind, view: view,
    "a slice": lambda kind, view: view[1:3],
    "a slice, and no more the view": lambda kind, view: kind(view[1:3]),
    "a cast": lambda kind, view: view.cast("H"),
    "read-only": lambda kind, view: view.toreadonly(),
    "an iterator": lambda kind, view: iter(view),
    "an iterator of a slice": lambda kind, view: iter(view[::2]),
    "several": lambda kind, view: [view, view[1:], view[1:][1:], iter(view)],
    "a builtin of the view": lambda kind, view: memoryview(view),
    "the view of a builtin": lambda kind, view: kind(memoryview(view)),
    "a weak reference and the view": lambda kind, view: (weakref.ref(view), view),
    "a bound method": lambda kind, view: view[1:].tolist,
}


@pytest.mark.parametrize("name", HELD)
def test_a_cycle_is_collected(kind, name):
    memory = Memory(b"12345678")
    dead = weakref.ref(memory)
    memory.held = HELD[name](kind, kind(memory))
    gc.collect()
    del memory
    assert dead() is not None
    gc.collect()
    assert dead() is None


@pytest.mark.parametrize("name", HELD)
def test_what_is_held_from_outside_keeps_the_cycle(kind, name):
    memory = Memory(b"12345678")
    dead = weakref.ref(memory)
    held = memory.held = HELD[name](kind, kind(memory))
    del memory
    gc.collect()
    assert dead() is not None and dead() == b"12345678"
    with pytest.raises(BufferError):
        dead().append(0)
    del held
    gc.collect()
    assert dead() is None


def test_two_exporters_whose_views_hold_one_another(kind):
    one, two = Memory(b"one"), Memory(b"two")
    one.held, two.held = kind(two), kind(one)
    dead = weakref.ref(one), weakref.ref(two)
    del one, two
    gc.collect()
    assert [it() for it in dead] == [None, None]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="__buffer__ came with Python 3.12")
@pytest.mark.parametrize("returned", [memoryview, None])
def test_a_cycle_through_a_class_with_a_buffer_method(kind, returned):
    class Exporter:
        released = 0

        def __buffer__(self, flags):
            return (returned or kind)(b"contents")

        def __release_buffer__(self, view):
            Exporter.released += 1

    exporter = Exporter()
    exporter.views = [kind(exporter), kind(exporter)[2:]]
    assert exporter.views[1].tobytes() == b"ntents"
    dead = weakref.ref(exporter)
    del exporter
    gc.collect()
    assert dead() is None and Exporter.released == 2


def test_a_finaliser_finds_the_view_and_may_bring_it_back(kind):
    kept = []

    class Rising(bytearray):
        def __del__(self):
            kept.append(self.view)
            self.seen = self.view.tolist(), self.part.tolist()

    memory = Rising(b"1234")
    memory.view, memory.part = kind(memory), kind(memory)[1:]
    del memory
    gc.collect()
    assert kept[0].tolist() == list(b"1234")
    assert kept[0].obj.seen == (list(b"1234"), list(b"234"))
    dead = weakref.ref(kept[0].obj)
    kept.clear()
    gc.collect()
    assert dead() is None


def test_a_consumer_in_c_reads_on_while_the_collector_takes_the_cycle_apart(kind, libpybuf):
    """The native view has a reference that no collector sees: so it keeps the cycle."""
    memory = Memory(b"12345678")
    memory.held = kind(memory)[1:]
    consumer = pybuf.View.of(memory.held)
    dead = weakref.ref(memory)
    del memory
    gc.collect()
    assert consumer.tobytes() == b"2345678" and dead() is not None
    consumer.close()
    gc.collect()
    assert dead() is None


def test_views_of_what_cannot_be_in_a_cycle_are_not_tracked(kind):
    numbers = array.array("B", b"array")
    for exporter in (b"bytes", bytearray(b"bytearray"), numbers):
        view = kind(exporter)
        for it in (view, view[1:], view.toreadonly(), view.cast("b"), kind(view)):
            assert not gc.is_tracked(it)
    view = kind(Memory(b"12345678"))
    for it in (view, view[1:], view.toreadonly(), view.cast("b"), kind(view), iter(view)):
        assert gc.is_tracked(it)


def test_the_collector_is_told_what_a_view_refers_to(kind):
    memory = Memory(b"12345678")
    view = kind(memory)
    assert memory in gc.get_referents(view) and kind in gc.get_referents(view)
    assert any(it is view for it in gc.get_referrers(memory))
    part = view[1:]
    # By way of the view that has the buffer.
    assert any(it is view for it in gc.get_referents(part)) and kind in gc.get_referents(part)
    part.release()
    assert gc.get_referents(part) == [kind]
    assert any(it is view for it in gc.get_referents(iter(view)))
    view.release()
    assert gc.get_referents(view) == [kind]


def test_weak_references(kind):
    called = []
    view = kind(bytearray(b"1234"))
    weak, proxy = weakref.ref(view, called.append), weakref.proxy(view)
    assert weak() is view and len(proxy) == 4 and proxy[0] == ord("1")
    view.release()
    assert weak() is view
    del view
    assert weak() is None and called == [weak]
    weakly = weakref.WeakSet()
    views = [kind(b"1234") for _ in range(5)]
    weakly.update(views)
    del views[1:]
    assert len(weakly) == 1


def test_a_callback_of_a_weak_reference_uses_what_is_left(kind):
    data = bytearray(b"1234")
    view = kind(data)
    part = view[1:]
    said = []
    weak = weakref.ref(part, lambda _: said.append((view.tolist(), view.release(), weak())))
    del part
    assert said == [(list(b"1234"), None, None)]
    data.append(0)


ORDERS = [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)]


@pytest.mark.parametrize("released", [True, False])
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_the_buffer_ends_with_its_last_view_in_whatever_order(kind, order, released):
    data = bytearray(b"12345678")
    view = kind(data)
    views = [view, view[1:], view[1:][1:], kind(view[2:].cast("b"))]
    del view
    for number in order:
        with pytest.raises(BufferError):
            data.append(0)
        for k in order[order.index(number) :]:
            assert views[k].nbytes == views[k].tobytes().__len__() > 0
        if released:
            views[number].release()
        else:
            views[number] = None
    data.append(0)


@pytest.mark.parametrize("make", [lambda it: it[1:], lambda it: it.cast("H"), lambda it: it.toreadonly(), type], ids=range(4))
def test_a_released_view_of_a_view_that_nobody_has_holds_nothing(kind, make):
    data = bytearray(b"12345678")
    view = make(kind(data)) if make is not type else kind(kind(data))
    assert view.obj is data
    view.release()
    data.append(0)


def test_a_view_is_released_while_its_views_live(kind):
    data = bytearray(b"12345678")
    view = kind(data)
    part = view[1:]
    view.release()
    view.release()
    assert part[0] == ord("2") and part.obj is data
    with pytest.raises(BufferError):
        data.append(0)
    part.release()
    data.append(0)


def test_a_long_chain_of_views_ends_without_a_deep_stack(kind):
    data = Memory(b"12")
    view = kind(data)
    for _ in range(100_000):
        view = view[:]
    assert view.obj is data
    del view
    data.append(0)
    chain = None
    for _ in range(50_000):
        memory = Memory(b"12")
        memory.held = chain
        chain = kind(memory)
    del chain, memory


def set_item(view, key, value):
    view[key] = value


def fails(operation):
    """An operation that a memoryview refuses."""

    def refused(s):
        try:
            operation(s)
        except (ValueError, TypeError, IndexError, BufferError, NotImplementedError, OverflowError):
            return
        # A View does some of it.
        assert s.kind.__name__ == "View", "not refused"

    return refused


class Bad:
    def __index__(self):
        raise ValueError("no index")


class World:
    def __init__(self, kind):
        self.kind, self.data, self.bad = kind, Memory(range(24)), Bad()
        self.view = kind(self.data)
        self.other, self.table = kind(self.data), self.view.cast("B", [4, 6])
        self.readonly = kind(b"read-only")
        self.strided, self.floats = self.view[::2], self.view.cast("d")
        self.released = self.view[:]
        self.released.release()
        self.buffer = pybuf.Py_buffer()


NEUTRAL = {
    "a view": lambda s: s.kind(s.data),
    "a view of a view": lambda s: s.kind(s.view),
    "a builtin": lambda s: memoryview(s.view).release(),
    "a slice": lambda s: s.view[1:5:2],
    "an item": lambda s: (s.view[3], s.table[1, 2], s.floats[0]),
    "assignment": lambda s: (set_item(s.view, 3, 7), set_item(s.table, (1, 2), 7), set_item(s.floats, 0, 0.5)),
    "a slice assigned": lambda s: (set_item(s.view, slice(0, 4), b"abcd"), set_item(s.view, slice(1, 5), s.view[0:4])),
    "cast": lambda s: (s.view.cast("d"), s.view.cast("B", (2, 3, 4)), s.table.cast("b")),
    "read-only": lambda s: s.view.toreadonly(),
    "copies": lambda s: (s.table.tolist(), s.table.tobytes("F"), s.view.hex(":", 2)),
    "comparison": lambda s: (s.view == s.other, s.view == s.data, s.view != 5, s.view == s.released, s.table == s.data),
    "hash": lambda s: (hash(s.readonly), hash(s.kind(b"read-only"))),
    "iteration": lambda s: (list(s.view), next(iter(s.floats)), 300 in s.view, 7 in s.view),
    "attributes": lambda s: [getattr(s.table, name) for name in ATTRIBUTES],
    "text": lambda s: (repr(s.view), str(s.released), s.view.__sizeof__()),
    "with": lambda s: s.kind(s.data).__enter__().__exit__(None, None, None),
    "release": lambda s: (s.released.release(), s.view[:].release()),
    "a request": lambda s: (
        pybuf.PyObject_GetBuffer(s.view, s.buffer, pybuf.FULL_RO),
        pybuf.PyBuffer_Release(s.buffer),
    ),
    "a request, refused": fails(lambda s: pybuf.PyObject_GetBuffer(s.strided, s.buffer, 0)),
    "a request to a released one, refused": fails(lambda s: pybuf.PyObject_GetBuffer(s.released, s.buffer, 0)),
    "a view, refused": fails(lambda s: s.kind(5)),
    "two, refused": fails(lambda s: s.kind(s.data, s.data)),
    "a view of a released one": fails(lambda s: s.kind(s.released)),
    "an index, refused": fails(lambda s: s.view[100]),
    "a large index, refused": fails(lambda s: s.view[1 << 80]),
    "a key, refused": fails(lambda s: s.view[1.5]),
    "sub-views, refused": fails(lambda s: s.view[1, 2]),
    "bounds, refused": fails(lambda s: s.view[s.bad :]),
    "a step, refused": fails(lambda s: s.view[::0]),
    "a value, refused": fails(lambda s: set_item(s.view, 0, 300)),
    "a type, refused": fails(lambda s: set_item(s.view, 0, "text")),
    "a value that raises": fails(lambda s: set_item(s.view, 0, s.bad)),
    "read-only, refused": fails(lambda s: set_item(s.readonly, 0, 1)),
    "a slice of another size, refused": fails(lambda s: set_item(s.view, slice(0, 4), b"abc")),
    "a slice of no bytes, refused": fails(lambda s: set_item(s.view, slice(0, 4), 5)),
    "bounds of an assignment, refused": fails(lambda s: set_item(s.view, slice(s.bad, 4), b"abc")),
    "cast, refused": fails(lambda s: s.view.cast("zz")),
    "cast to a shape, refused": fails(lambda s: s.view.cast("B", [5, 5])),
    "cast to a bad shape, refused": fails(lambda s: s.view.cast("B", [s.bad])),
    "cast to no shape, refused": fails(lambda s: s.view.cast("B", 5)),
    "cast, strided, refused": fails(lambda s: s.strided.cast("B")),
    "cast to an odd size, refused": fails(lambda s: s.view[:5].cast("d")),
    "cast without a format, refused": fails(lambda s: s.view.cast()),
    "hash, refused": fails(lambda s: hash(s.view)),
    "an order, refused": fails(lambda s: s.view.tobytes("K")),
    "a separator, refused": fails(lambda s: s.view.hex("::")),
    "a group, refused": fails(lambda s: s.view.hex(":", s.bad)),
    "all of a released one": fails(lambda s: s.released.tolist()),
    "an attribute of a released one": fails(lambda s: s.released.obj),
    "a slice of a released one": fails(lambda s: s.released[1:]),
}
ATTRIBUTES = (
    "obj nbytes readonly itemsize format ndim shape strides suboffsets c_contiguous f_contiguous contiguous".split()
)


@pytest.mark.parametrize("name", NEUTRAL)
def test_all_counts_stay_as_they_are(kind, name):
    operation, world = NEUTRAL[name], World(kind)
    watched = [world.data, world.view, world.readonly.obj, None if FREE_THREADED else kind]

    def counts():
        gc.collect()
        return [sys.getrefcount(it) for it in watched if it is not None]

    for _ in range(200):
        operation(world)
    total = getattr(sys, "gettotalrefcount", int)
    totals = []
    for repeats in (1, 1001):
        before, total_before = counts(), total()
        for _ in range(repeats):
            operation(world)
        totals.append(total() - total_before)
        assert counts() == before
    # What counting itself takes is the same each time, about; and so is what CPython keeps.
    assert abs(totals[1] - totals[0]) < 500, totals


PRELUDE = """
import gc, sys, weakref
import libpybuf
class Memory(bytearray): pass
class Node: pass
"""

# What lives on when the interpreter ends, or the module goes.
LEFT = {
    "views": "kept = [kind(b'bytes'), kind(bytearray(9)), kind(Memory(9)), kind(libpybuf.ndarray(9))]",
    "views of views": "kept = kind(Memory(9))[1:][1:].toreadonly()",
    "a released one": "kept = kind(Memory(9))[1:]; kept.release()",
    "an iterator": "kept = iter(kind(Memory(9)))",
    "a cycle": "memory = Memory(9); memory.kept = kind(memory)[1:]; memory.again = iter(memory.kept)",
    "a cycle with the module": "libpybuf.kept = kind(Memory(9)); sys.kept = libpybuf.kept[1:]",
    "the class": "kept = kind, kind.tolist, kind(b'1').tolist",
    "a builtin of it": "kept = memoryview(kind(Memory(9)))",
    "a view with a finaliser": (
        "class Late:\n"
        "    def __del__(self): self.view[1:].tolist(); self.view.release(); self.kind(b'late').tolist()\n"
        "kept = Late(); kept.view, kept.kind, kept.itself = kind(Memory(9)), kind, kept"
    ),
    "weak references": "view = kind(Memory(9)); kept = weakref.ref(view, lambda _, kind=kind: kind(b'late')[0])",
    "a view in a builtin module": "import builtins; builtins.kept = kind(Memory(9)); builtins.again = builtins.kept[1:]",
    "a thread": (
        "import threading\n"
        "def wait(view): view.tolist(); ready.set(); threading.Event().wait()\n"
        "ready = threading.Event()\n"
        "threading.Thread(target=wait, args=(kind(Memory(9))[1:],), daemon=True).start(); ready.wait()"
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", LEFT)
def test_python_ends_with(kind, name):
    pybuf.run_python(f"{PRELUDE}kind = libpybuf.{kind}\n{LEFT[name]}")


@pytest.mark.parametrize("kind", KINDS)
def test_the_module_goes_before_its_views(kind):
    pybuf.run_python(
        f"{PRELUDE}kind = libpybuf.{kind}\n"
        "data = Memory(b'12345678')\n"
        "view, dead = kind(data), weakref.ref(libpybuf)\n"
        "part, steps = view[1:], iter(view)\n"
        "del sys.modules['libpybuf'], libpybuf\n"
        "gc.collect()\n"
        "assert dead() is None\n"
        "assert part.tolist() == list(b'2345678') and next(steps) == 49 and view == data\n"
        "assert kind(part)[1:].tobytes() == b'345678' == kind(b'345678')\n"
        "import libpybuf\n"
        f"assert libpybuf.{kind} is kind\n"
        "del view, part, steps\n"
        "data.append(0)\n"
    )
