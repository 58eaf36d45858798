"""Native memory lives as long as anybody reads it, and is given back exactly once."""

import gc
import sys
import types

import layouts
import pybuf
import pytest
from pybuf import View, lib, resident

# Ways to hold on to the memory, each with a way to read its first byte; `need` gives a
# module, or skips.
CONSUMERS = {
    "the object": (lambda need, lent: lent, lambda held: bytes(held)[0]),
    "a memoryview": (lambda need, lent: memoryview(lent), lambda held: held[0]),
    "a slice": (lambda need, lent: memoryview(lent)[:2], lambda held: held[0]),
    "a cast": (lambda need, lent: memoryview(lent).cast("H"), lambda held: held.tobytes()[0]),
    "an array": (lambda need, lent: need("numpy").asarray(lent), lambda held: held[0]),
    "a part of an array": (lambda need, lent: need("numpy").asarray(lent)[::2][:1], lambda held: held[0]),
    "an array of a view": (lambda need, lent: need("numpy").frombuffer(memoryview(lent), "B"), lambda held: held[0]),
    "a native view": (lambda need, lent: View.of(lent), lambda held: held.read(0)[0]),
    "a native slice": (lambda need, lent: View.of(lent).slice(0, 0, 1), lambda held: held.read(0)[0]),
    "a view lent on": (lambda need, lent: View.of(lent).object(), lambda held: bytes(held)[0]),
    "a view of a view": (lambda need, lent: View.of(memoryview(View.of(lent).object())), lambda held: held.read(0)[0]),
}


@pytest.mark.parametrize("name", CONSUMERS)
def test_memory_outlives_all_but_its_last_consumer(request, collected, name):
    hold, read = CONSUMERS[name]
    owner = pybuf.Owner(b"memory")
    held = hold(request.getfixturevalue, owner.object())
    gc.collect()
    assert owner.released == 0
    assert read(held) == ord("m")
    del held
    gc.collect()
    assert owner.released == 1


def test_all_consumers_at_once(request, numpy, collected):
    owner = pybuf.Owner(b"memory")
    lent = owner.object()
    held = [(hold(request.getfixturevalue, lent), read) for hold, read in CONSUMERS.values()]
    del lent
    while held:
        assert owner.released == 0
        thing, read = held.pop()
        assert read(thing) == ord("m")
        del thing
    gc.collect()
    assert owner.released == 1


def test_a_handle_outlives_the_object():
    owner = pybuf.Owner(b"memory")
    exporter = owner.lend()
    lent = pybuf.object_of(exporter)
    del lent
    assert owner.released == 0
    with View.of(exporter) as view:
        assert view.tobytes() == b"memory"
    lib.exporter_unref(exporter)
    assert owner.released == 1


def test_a_refused_request_holds_nothing():
    owner = pybuf.Owner(b"memory")
    lent = owner.object(readonly=1)
    references = sys.getrefcount(lent)
    for _ in range(50):
        with pytest.raises(BufferError):
            pybuf.PyObject_GetBuffer(lent, pybuf.Py_buffer(), pybuf.WRITABLE)
    assert sys.getrefcount(lent) == references
    del lent
    assert owner.released == 1


def test_a_refused_want_holds_nothing():
    data = bytearray(b"memory")
    for wanted in ({"kind": "float64"}, {"ndim": 3}):
        with pytest.raises(BufferError):
            View.of(data, pybuf.want(**wanted))
    data.append(0)


def refusals(t):
    with pytest.raises(ValueError):
        t.libpybuf.ndarray(-1)
    with pytest.raises(TypeError):
        lib.python_view("text", None)
    with pytest.raises(BufferError):
        lib.python_view(t.source, pybuf.want(kind="float64"))


# Things done over and over; after each nothing is left.
ROUNDS = {
    "a memoryview of ours": lambda t: memoryview(t.base).release(),
    "an array of ours": lambda t: t.need("numpy").asarray(t.base).sum(),
    "a native view of Python's": lambda t: View.of(t.source).close(),
    "a native view of ours": lambda t: View.of(t.base).slice(0, 1, 3).transpose(1, 0).close(),
    "an object": lambda t: repr(layouts.lent(t.layout)),
    "attributes": lambda t: [getattr(t.base, name) for name in t.attributes],
    "copies": lambda t: (t.libpybuf.bytes(t.source), t.libpybuf.ndarray([3, 4], "d", order="F")),
    "memory with an owner": lambda t: t.libpybuf.memory(t.base.address, 256, shape=(32,), format="d", owner=t.source),
    "refusals": refusals,
    "a view lent on": lambda t: View.of(t.source).object(),
    "the extension": lambda t: (t.need("consume").describe(t.source), t.need("consume").slice(t.base, 0, 1, 5, 2)),
    "the module": lambda t: lib.python_module(),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_nothing_is_left_behind(request, libpybuf, collected, name):
    things = types.SimpleNamespace(
        libpybuf=libpybuf,
        need=request.getfixturevalue,
        source=bytearray(b"a buffer of Python's"),
        base=libpybuf.ndarray((8, 8), "i"),
        layout=layouts.contiguous("h", (3, 4)),
        attributes=[name for name in vars(libpybuf.Exporter) if not name.startswith("_")],
    )
    watched = [libpybuf, libpybuf.Exporter, things.source, things.base]

    def counts():
        gc.collect()
        # What NumPy counts is not in a debug build's total: its wheels are none.
        total = 0 if "array" in name else getattr(sys, "gettotalrefcount", lambda: 0)()
        return [sys.getrefcount(thing) for thing in watched], sys.getallocatedblocks(), total

    def work(times):
        for _ in range(times):
            ROUNDS[name](things)

    work(300)
    references, blocks, total = counts()
    work(3000)
    references_after, blocks_after, total_after = counts()
    assert references_after == references
    # Python itself makes and drops a few; a leak would be one for each round.
    assert blocks_after - blocks < 1000
    assert total_after - total < 1000


def test_native_memory_is_given_back(libpybuf):
    mebibyte = bytes(range(256)) * 4096
    before = resident()
    for _ in range(500):
        libpybuf.bytes(mebibyte)
        memoryview(libpybuf.ndarray(1 << 20))[::4096] = bytes(256)
    assert resident() - before < 100 << 20


# Each lent by the one before: a ring, or frames that hand each other on. The last one
# gone, all are.
CHAINS = {
    "owners": (
        "lent = owner.object()\n"
        "for _ in range(100_000): lent = libpybuf.memory(lent.address, 8, owner=lent)\n"
        "assert bytes(lent) == b'8 bytes.' and owner.released == 0\n"
        "del lent\n"
    ),
    "parts": (
        "exporter = owner.lend()\n"
        "for _ in range(100_000):\n"
        "    part = lib.exporter_part(exporter, pybuf.memory(None, 0))\n"
        "    lib.exporter_unref(exporter)\n"
        "    exporter = part\n"
        "assert owner.released == 0\n"
        "lib.exporter_unref(exporter)\n"
    ),
    "views lent on": (
        "exporter = owner.lend()\n"
        "for _ in range(100_000):\n"
        "    with pybuf.View.of(exporter) as view:\n"
        "        lib.exporter_unref(exporter)\n"
        "        exporter = lib.exporter_from_view(view.handle)\n"
        "assert owner.released == 0\n"
        "lib.exporter_unref(exporter)\n"
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_long_chain_is_dropped(name):
    prelude = "import libpybuf, pybuf\nfrom pybuf import lib\nowner = pybuf.Owner(b'8 bytes.')\n"
    pybuf.run_python(prelude + CHAINS[name] + "assert owner.released == 1\n")


AT_EXIT = {
    "an object of a module that outlives it": "import builtins; builtins.kept = lent",
    "a memoryview": "view = memoryview(lent)",
    "a cycle": "cycle = [lent]; cycle.append(cycle)",
    "a cycle through the owner": "owner.append(libpybuf.memory(lent.address, 4, owner=owner))",
    "a native view": "view = pybuf.View.of(bytearray(4))",
    "a view for ever": "import pybuf; handle = pybuf.lib.python_view(bytearray(4), None)",
    "a view of ours for ever": "import pybuf; handle = pybuf.lib.python_view(lent, None)",
    "an object that dies in a finaliser": (
        "class Late:\n def __del__(self): bytes(self.lent)\nlate = Late(); late.lent = lent"
    ),
    "no module": "sys.modules.pop('libpybuf'); del libpybuf; view = memoryview(lent)",
    "an exit": "sys.exit(0)",
}


@pytest.mark.parametrize("name", AT_EXIT)
def test_python_ends_in_peace(name):
    """With memory lent at the end, whoever holds it."""
    pybuf.run_python(f"import sys, libpybuf, pybuf\nlent, owner = libpybuf.ndarray(16), []\n{AT_EXIT[name]}\n")


def test_a_fork_goes_on():
    pybuf.run_python(
        "import os, sys, libpybuf\n"
        "lent = libpybuf.bytes(b'before')\n"
        "view = memoryview(lent)\n"
        "child = os.fork()\n"
        "assert bytes(view) == b'before'\n"
        "assert bytes(libpybuf.bytes(view)) == b'before'\n"
        "del view, lent\n"
        "if child == 0: sys.exit(7)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7\n"
    )
