"""Memory that is read: comparisons; and what CPython's memoryview does with it, in comparison,
search, text and copies."""

import operator

import numpy

import bench_copy as bench
import bench_view
import libpybuf
from case import Case, Work, answering, copying
from goals import Class, Need
from measure import OURS
from memory import array, room, size_text
from moves import MIB
from peers import MEMCMP, MEMORYVIEW, NUMPY, READING, called

TYPES = {OURS: libpybuf.memoryview, MEMORYVIEW: memoryview}

WHOLE, EVERY_SECOND, TURNED = "contiguous", "strided", "C against F order"


def compared(name, size, sides, tag):
    """`sides`: two rooms to two arrays that show the same."""

    def make(peers):
        rooms = room(2 * size), room(2 * size)
        one, other = sides(*rooms)
        numpys = called(numpy.array_equal, one, other)
        work = Work({OURS: lambda n: bench_view.equal(one, other, n)})
        work.operations |= dict(peers.reading(*(each[:size] for each in rooms)))
        work.operations[NUMPY] = numpys
        work.checks[NUMPY] = lambda _: numpy.array_equal(one, other)
        return work

    return Case(f"{tag}, {name}, {size_text(size)}", size, make, (tag,))


def whole(code, size):
    return compared(code, size, lambda *rooms: [one[:size].view(code) for one in rooms], WHOLE)


def strided(code, size):
    return compared(code, size, lambda *rooms: [one.view(code)[::2] for one in rooms], EVERY_SECOND)


def turned(code, side):
    size = numpy.dtype(code).itemsize * side * side

    def sides(*rooms):
        one, other = (each[:size].view(code).reshape(side, side) for each in rooms)
        other.T[...] = one
        return one, other.T

    return compared(f"{code} {side}²", size, sides, TURNED)


def equality(quick):
    cases = [whole(code, 8 * MIB) for code in ("u1", "i4", "f4", "f8")]
    cases += [whole("f4", size) for size in (256 << 10, 64 * MIB)]
    cases += [strided(code, 8 * MIB) for code in ("u1", "i4", "f4", "f8")]
    cases += [turned(code, side) for code in ("u1", "f4", "f8") for side in (1000, 1024)]
    return Class(
        "equality",
        "equality",
        cases,
        [Need(0.9, MEMCMP, WHOLE), Need(0.6, MEMCMP, EVERY_SECOND)],
        [Need(0.7, READING, WHOLE), Need(5, NUMPY, TURNED)],
    )


def both(function, *sources):
    """The same call on views of both types."""
    return {name: (function, [kind(source) for source in sources]) for name, kind in TYPES.items()}


def comparison(quick):
    """CPython's compares the items of two formats as Python objects."""
    mixed_count = 1 << 16

    def same(code, size):
        def make(peers):
            return answering(both(operator.eq, *(room(size).view(code) for _ in "ab")))

        return Case(f"'{code}', {size_text(size)}", size, make, (f"'{code}'",))

    def mixed(one, other):
        def make(peers):
            numbers = numpy.arange(mixed_count) % 30000
            return answering(both(operator.eq, numbers.astype(one), numbers.astype(other)))

        size = mixed_count * numpy.dtype(one).itemsize
        return Case(f"'{one}' and '{other}', {size_text(size)}", size, make, ("mixed",))

    return Class(
        "memoryview-equal",
        "== of memoryviews",
        [same(code, 8 * MIB) for code in "Bid"] + [mixed("i", ">i"), mixed("l", "q"), mixed("<i", ">q"), mixed("i", "d")],
        [Need(number, MEMORYVIEW, tag) for number, tag in [(40, "'B'"), (12, "'i'"), (5, "'d'"), (300, "mixed")]],
        [Need(number, MEMORYVIEW, tag) for number, tag in [(60, "'B'"), (18, "'i'"), (8, "'d'"), (500, "mixed")]],
    )


def search(quick):
    """Before CPython 3.14 its memoryview has no count and index: the module operator has."""

    def case(name, code, work, tag):
        size = MIB

        def make(peers):
            # 0 is nowhere but at the end.
            items = room(size).view(code)
            items[-1] = 0
            return answering(work(items))

        return Case(f"{name}, '{code}', {size_text(size)}", size, make, (tag,))

    def hex_of(items):
        return {name: (kind(items).hex, ()) for name, kind in TYPES.items()}

    def method(name, stands_in):
        def work(items):
            theirs = memoryview(items)
            builtin = (getattr(theirs, name), (0,)) if hasattr(theirs, name) else (stands_in, (theirs, 0))
            return {OURS: (getattr(libpybuf.View(items), name), (0,)), MEMORYVIEW: builtin}

        return work

    def contains(items):
        return {name: (operator.contains, (kind(items), 0)) for name, kind in TYPES.items()}

    cases = [case("hex", "B", hex_of, "hex")]
    for code in "Bid":
        cases += [
            case("in", code, contains, "search"),
            case("count", code, method("count", operator.countOf), "search"),
            case("index", code, method("index", operator.indexOf), "search"),
        ]
    return Class(
        "memoryview-search",
        "hex; in, count, index of memoryviews",
        cases,
        [Need(6, MEMORYVIEW, "hex"), Need(100, MEMORYVIEW, "search")],
        [Need(9, MEMORYVIEW, "hex"), Need(300, MEMORYVIEW, "search")],
    )


LAYOUTS = {
    "[:, ::2]": lambda items: items.reshape(1024, -1)[:, ::2],
    ".T": lambda items: items[: items.size // 2].reshape(1024, -1).T,
    "[::-1]": lambda items: items[: items.size // 2][::-1],
}


def copies(quick):
    size = 8 * MIB

    def to_contiguous(layout, itemsize):
        def make(peers):
            src, dest = LAYOUTS[layout](array(room(2 * size), itemsize, -1)), room(size)
            shown = array(dest, itemsize, *src.shape)
            work = copying(shown, src, [], [(MEMORYVIEW, lambda n: bench.cpython_to_contiguous(dest, src, n))])
            work.operations[OURS] = lambda n: bench.to_contiguous(dest, src, n)
            return work

        return Case(f"ToContiguous of {layout}, {itemsize} B", size, make, (f"{itemsize} B",))

    def tobytes(layout, itemsize):
        def make(peers):
            src = LAYOUTS[layout](array(room(2 * size), itemsize, -1))
            return answering({name: (kind(src).tobytes, ()) for name, kind in TYPES.items()})

        return Case(f"tobytes() of {layout}, {itemsize} B", size, make, (f"{itemsize} B",))

    def assigned(itemsize):
        def make(peers):
            spread, src = array(room(2 * size), itemsize, -1), array(room(size), itemsize, -1)
            key = slice(None, None, 2)
            ours, theirs = (called(operator.setitem, kind(spread), key, kind(src)) for kind in TYPES.values())
            work = copying(spread[::2], src, [], [(MEMORYVIEW, theirs)])
            work.operations[OURS] = ours
            return work

        return Case(f"m[::2] = n, {itemsize} B", size, make, (f"{itemsize} B",))

    cases = []
    for itemsize in (1, 2, 4, 8):
        cases += [to_contiguous(layout, itemsize) for layout in LAYOUTS]
        cases += [tobytes(".T", itemsize), assigned(itemsize)]
    tags = [f"{itemsize} B" for itemsize in (1, 2, 4, 8)]
    return Class(
        "memoryview-copy",
        "CPython's strided copies, 8 MiB",
        cases,
        [Need(number, MEMORYVIEW, tag) for number, tag in zip((60, 30, 15, 8), tags)],
        [Need(number, MEMORYVIEW, tag) for number, tag in zip((80, 40, 20, 10), tags)],
    )
