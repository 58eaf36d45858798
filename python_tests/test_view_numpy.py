"""libpybuf.View beside NumPy, in generated sequences: keys of many dimensions, transposes, shapes,
assignments. And, where there are pointers to rows, beside CPython's reference exporter.

    PYBUF_VIEW_SEQUENCES    how many in a run, of each
"""

import array
import ctypes
import math
import os

import geometry
import layouts
import pytest
import sources
from geometry import Sequence, outcome

COUNT = int(os.environ.get("PYBUF_VIEW_SEQUENCES", 10_000))
BATCH = 2_000
STEPS = 6
FORMATS = ["b", "B", "h", "H", "i", "I", "q", "Q", "f", "d", ">h", "<i", ">d", "?"]


@pytest.fixture(scope="module")
def View(libpybuf):
    return libpybuf.View


def compared(shape):
    """What of a shape matters, as memoryview has it: nothing behind a length of none but how many."""
    return len(shape), (shape[: shape.index(0)] if 0 in shape else shape)


class Beside(Sequence):
    """A View, and a NumPy array."""

    def __init__(self, number, name, ours, theirs, numpy):
        super().__init__(number, name, ours, theirs)
        self.numpy = numpy

    def is_view(self, made):
        return type(made).__name__ == "View"

    def scalar(self, item):
        return item.item() if hasattr(item, "item") else item

    def facts(self, side):
        return tuple(side.shape), side.itemsize, side.nbytes, side.tolist()

    def key(self, ours, theirs):
        key = self.chance.key(theirs.shape)
        return self.derive(("key", key), lambda: ours[key], lambda: theirs[key])

    def transpose(self, ours, theirs):
        axes = self.chance.axes(theirs.ndim) if self.chance.odds(0.8) else []
        return self.derive(("transpose", axes), lambda: ours.transpose(*axes), lambda: theirs.transpose(*axes or ()))

    def reshape(self, ours, theirs):
        shape = self.chance.divided(theirs.size)

        def without_a_copy():
            made = theirs.reshape(shape)
            if made.size and not self.numpy.shares_memory(made, theirs):
                raise ValueError("only as a copy")
            return made

        return self.derive(("reshape", theirs.strides, shape), lambda: ours.reshape(shape), without_a_copy)

    def broadcast(self, ours, theirs):
        shape = self.chance.broader(theirs.shape)
        if math.prod(shape) > 2000:
            return None
        return self.derive(
            ("broadcast", shape), lambda: ours.broadcast_to(shape), lambda: self.numpy.broadcast_to(theirs, shape)
        )

    def assign(self, ours, theirs):
        """From other items of the same view, which may be the ones that are written."""
        if not theirs.flags.writeable or not theirs.ndim:
            return None
        key = self.chance.slices(theirs.shape)
        target = theirs[key]
        axes = tuple(self.chance.pick([slice(None), slice(None, None, -1)]) for _ in target.shape)

        def write(side):
            side[key] = side[key][axes]

        return self.both(("assign", key, axes), write, ours, theirs)

    def assign_item(self, ours, theirs):
        if not theirs.flags.writeable or 0 in theirs.shape:
            return None
        key = tuple(self.chance.below(length) for length in theirs.shape)
        value = self.chance.pick([0, 1, 5, 100])

        def write(side):
            side[key] = bool(value) if theirs.dtype.kind == "b" else value

        return self.both(("item", key, value), write, ours, theirs)

    def assign_bytes(self, ours, theirs):
        """From an exporter of its own: an array of the same shape and format in C order."""
        if not theirs.flags.writeable or not theirs.ndim:
            return None
        key = self.chance.slices(theirs.shape)
        items = self.numpy.ascontiguousarray(theirs[key])[..., ::-1].copy()

        def write(side):
            side[key] = items

        return self.both(("assign", key, "an array"), write, ours, theirs)

    def both(self, what, write, ours, theirs):
        failures = [outcome(lambda side=side: write(side)) for side in (ours, theirs)]
        if failures != [None, None]:
            return f"{what}: {failures!r}"
        return self.differs(what, ours, theirs)

    def tobytes(self, ours, theirs):
        order = self.chance.pick("CF")
        return self.differ_in(("tobytes", order), ours.tobytes(order), theirs.tobytes(order))

    def iterate(self, ours, theirs):
        if not theirs.ndim:
            return None
        found = [one if theirs.ndim == 1 else one.tolist() for one in ours]
        return self.differ_in("iter", found, theirs.tolist())

    def equals(self, ours, theirs):
        other = self.chance.pick(self.pairs)
        expected = compared(theirs.shape) == compared(other[1].shape)
        expected = expected and (0 in theirs.shape or theirs.tolist() == other[1].tolist())
        return self.differ_in("==", ours == other[0], expected)

    def equals_array(self, ours, theirs):
        copied = theirs.astype(self.chance.pick("hifdqb"))
        # By Python's numbers: NumPy rounds what it compares.
        expected = theirs.tolist() == copied.tolist()
        return self.differ_in(("== of another format", copied.dtype), ours == memoryview(copied), expected)

    def contains(self, ours, theirs):
        if theirs.ndim != 1:
            return None
        value = self.chance.pick([0, 1, 8, 15, 22.0, 0.5, True])
        there = [one for one in theirs.tolist() if one == value]
        return self.differ_in(("in", value), (value in ours, ours.count(value)), (bool(there), len(there)))

    OPERATIONS = {
        key: 8,
        transpose: 3,
        reshape: 4,
        broadcast: 2,
        assign: 3,
        assign_item: 3,
        assign_bytes: 2,
        tobytes: 2,
        iterate: 1,
        equals: 1,
        equals_array: 1,
        contains: 1,
    }


def check(differences):
    assert not differences, f"{len(differences)} differences\n" + "\n".join(differences[:12])


@pytest.mark.parametrize("first", range(0, COUNT, BATCH))
@pytest.mark.filterwarnings("ignore:.* encountered in cast:RuntimeWarning")
def test_a_view_does_what_an_array_does(libpybuf, View, numpy, first):
    differences = []
    found = layouts.irregular(first, BATCH, FORMATS)
    for number, layout in enumerate(found, first):
        theirs = layouts.array(numpy, layout)
        sequence = Beside(number, str(layout), View(sources.lend(libpybuf, layout)()), theirs, numpy)
        difference = outcome(lambda sequence=sequence: sequence.run(STEPS))
        if difference:
            differences.append(f"sequence {number}, {layout}: {difference!r}")
    check(differences)


def pointers(suboffsets):
    return tuple(suboffsets) if any(offset >= 0 for offset in suboffsets) else ()


class WithPointers(Sequence):
    """A View, and the reference exporter, which slices what lies behind pointers."""

    def is_view(self, made):
        return type(made).__name__ in ("View", "ndarray")

    def scalar(self, item):
        return item

    def facts(self, side):
        return tuple(side.shape), side.itemsize, side.tolist(), side.tobytes()

    def slices(self, ours, theirs):
        if not theirs.ndim:
            return None
        key = self.chance.slices(theirs.shape)
        key = key[0] if len(key) == 1 else key
        return self.derive(("slices", key), lambda: ours[key], lambda: theirs[key])

    def part(self, ours, theirs):
        if not theirs.ndim:
            return None
        key = self.chance.index(theirs.shape[0])
        return self.derive(("part", key), lambda: ours[key], lambda: theirs[key])

    def strides(self, ours, theirs):
        """As the reference has them, but where no item is, and where no pointer is left."""
        if 0 in theirs.shape:
            return None
        found = [(tuple(side.strides), pointers(side.suboffsets)) for side in (ours, theirs)]
        return self.differ_in("strides and suboffsets", *found)

    def assign(self, ours, theirs):
        if not theirs.ndim or theirs.readonly:
            return None
        key = self.chance.slices(theirs.shape)
        key = key[0] if len(key) == 1 else key
        source = theirs[key].tobytes()
        items = self.same(theirs[key], source[::-1] if theirs.itemsize == 1 else source)

        def write(side):
            side[key] = items

        failures = [outcome(lambda side=side: write(side)) for side in (ours, theirs)]
        if failures != [None, None]:
            return f"assign {key}: {failures!r}"
        return self.differs(("assign", key), ours, theirs)

    def same(self, part, contents):
        """An exporter with these bytes, of the same shape."""
        shape = list(part.shape)
        values = array.array(part.format, contents).tolist()
        return self.ndarray(values or [0], shape=shape, format=part.format)

    OPERATIONS = {slices: 8, part: 3, strides: 2, assign: 3}


@pytest.mark.parametrize("first", range(0, COUNT, BATCH))
def test_a_view_through_pointers_does_what_the_reference_does(View, testbuffer, first):
    differences = []
    WithPointers.ndarray = testbuffer.ndarray
    for number in range(first, first + BATCH):
        chance = geometry.Chance(number)
        shape = [chance.pick([1, 2, 3, 4]) for _ in range(chance.pick([1, 2, 2, 3, 3, 4]))]
        format = chance.pick("bBhHiIqQfd")
        flags = testbuffer.ND_PIL | testbuffer.ND_WRITABLE if chance.odds(0.8) else testbuffer.ND_WRITABLE
        values = [7 * each % 101 for each in range(math.prod(shape))]
        twins = [testbuffer.ndarray(values, shape=shape, format=format, flags=flags) for _ in range(2)]
        sequence = WithPointers(number, f"{format} {shape} {flags}", View(twins[0]), twins[1])
        difference = outcome(lambda sequence=sequence: sequence.run(STEPS))
        if difference:
            differences.append(f"sequence {number}, {sequence.name}: {difference!r}")
    check(differences)
