"""Layouts to test with, and the same memory behind each sort of exporter.

A `Layout` says where items lie in some memory. From one and the same layout come a native
exporter of this library, CPython's reference exporter (`_testbuffer.ndarray`) and a NumPy
array, all with equal contents.
"""

import contextlib
import dataclasses
import itertools
import random
import struct

import pybuf


@dataclasses.dataclass(frozen=True)
class Layout:
    """Items of `format` in memory of `size` bytes; the first of them at `offset`."""

    format: str
    shape: tuple
    strides: tuple
    offset: int
    size: int
    readonly: bool = False

    @property
    def itemsize(self):
        return struct.calcsize(self.format)

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def nbytes(self):
        product = self.itemsize
        for length in self.shape:
            product *= length
        return product

    @property
    def writable(self):
        return not self.readonly

    def indices(self):
        """All indices, the last one fastest."""
        return itertools.product(*map(range, self.shape))

    def at(self, indices):
        """Where an item lies, in bytes from the start of the memory."""
        return self.offset + sum(i * stride for i, stride in zip(indices, self.strides))

    def items(self, order="C"):
        """The bytes of all items as they lie in `memory()`, one after another."""
        contents = self.memory()
        indices = self.indices()
        if order == "F":
            reversed_indices = itertools.product(*map(range, reversed(self.shape)))
            indices = (found[::-1] for found in reversed_indices)
        return b"".join(contents[at : at + self.itemsize] for at in map(self.at, indices))

    def values(self):
        """A number for each whole item that fits the memory: of a repeating pattern."""
        code = self.format[-1]
        numbers = (7 * i % 101 + 1 for i in range(self.size // self.itemsize))
        if code == "?":
            return [number % 2 == 0 for number in numbers]
        if code == "c":
            return [bytes([number]) for number in numbers]
        return list(numbers)

    def memory(self):
        """Contents for the memory: its values, and a tail where they do not fill it."""
        values = self.values()
        order = self.format[0] if self.format[0] in "@=<>!" else "@"
        packed = struct.pack(f"{order}{len(values)}{self.format[-1]}", *values)
        return packed + b"\xee" * (self.size - len(packed))

    def __str__(self):
        readonly = " read-only" if self.readonly else ""
        return f"{self.format} {self.shape} by {self.strides} at {self.offset} of {self.size}{readonly}"


@contextlib.contextmanager
def named(layout):
    """A failure inside says which layout it was: many are tested in one test."""
    try:
        yield layout
    except Exception as failure:
        raise AssertionError(f"for the layout {layout}: {failure}") from failure


def fields(layout):
    """What a pybuf_memory says of it."""
    return {
        "format": layout.format.encode(),
        "shape": layout.shape,
        "strides": layout.strides,
        "offset": layout.offset,
        "readonly": layout.readonly,
    }


def exporter(layout):
    """A handle on native memory."""
    return pybuf.lend(layout.memory(), **fields(layout))


def lent(layout):
    """A Python object over native memory."""
    return pybuf.lent_object(layout.memory(), **fields(layout))


def reference(testbuffer, layout):
    """CPython's reference exporter; the layout is one of `regular`."""
    values, at = layout.values(), layout.offset
    if not layout.shape:
        # It takes the one item, and no memory around it.
        values, at = values[at // layout.itemsize], 0
    return testbuffer.ndarray(
        values,
        shape=list(layout.shape),
        strides=list(layout.strides),
        offset=at,
        format=layout.format,
        flags=testbuffer.ND_WRITABLE if layout.writable else 0,
    )


def array(numpy, layout):
    """A NumPy array over memory of Python's."""
    contents = layout.memory()
    return numpy.ndarray(
        layout.shape,
        numpy.dtype(layout.format),
        buffer=contents if layout.readonly else bytearray(contents),
        offset=layout.offset,
        strides=layout.strides,
    )


def contiguous(format, shape, order="C", readonly=False):
    """Items one after another."""
    itemsize = struct.calcsize(format)
    strides, stride = [], itemsize
    for length in shape if order == "F" else reversed(shape):
        strides.append(stride)
        stride *= length
    if order == "C":
        strides.reverse()
    # CPython's reference exporter wants memory for an item even where there is none.
    return Layout(format, tuple(shape), tuple(strides), 0, max(stride, itemsize), readonly)


def strided(format, shape, strides, readonly=False, before=0, after=0):
    """Items at any strides, with the memory that they need, and more around it."""
    itemsize = struct.calcsize(format)
    low = high = 0
    if 0 not in shape:
        for length, stride in zip(shape, strides):
            low += min(0, (length - 1) * stride)
            high += max(0, (length - 1) * stride)
    size = before - low + high + itemsize + after
    return Layout(format, tuple(shape), tuple(strides), before - low, size, readonly)


def kinds():
    """One or more of each kind that the protocol tells apart."""
    plain = {
        "0-d": contiguous("i", ()),
        "0-d behind something": strided("d", (), (), before=16),
        "1-d bytes": contiguous("B", (12,)),
        "1-d of 8 bytes": contiguous("d", (5,)),
        "1-d of one": contiguous("h", (1,)),
        "1-d of one, odd stride": strided("h", (1,), (6,)),
        "1-d of none": contiguous("B", (0,)),
        "1-d of none, odd stride": strided("h", (0,), (6,)),
        "1-d every other": strided("i", (6,), (8,)),
        "1-d backwards": strided("i", (6,), (-4,)),
        "1-d stride 0": strided("B", (7,), (0,)),
        "2-d in C order": contiguous("i", (2, 3)),
        "2-d in Fortran order": contiguous("i", (2, 3), "F"),
        "2-d in both orders": contiguous("q", (1, 4)),
        "2-d of one": contiguous("B", (1, 1)),
        "2-d with padded rows": strided("B", (3, 5), (8, 1)),
        "2-d upside down": strided("H", (3, 4), (-8, 2)),
        "2-d stride 0": strided("f", (3, 4), (0, 4)),
        "2-d of none": contiguous("i", (3, 0)),
        "2-d of none, first": contiguous("i", (0, 3)),
        "2-d of none, odd strides": strided("i", (0, 3), (4, 64)),
        "3-d in C order": contiguous("h", (2, 3, 4)),
        "3-d in Fortran order": contiguous("h", (2, 3, 4), "F"),
        "3-d neither": strided("h", (2, 3, 4), (8, 16, 2)),
        "3-d with ones": strided("q", (1, 3, 1), (96, 8, 800)),
        "3-d with a length of none": contiguous("d", (2, 0, 3)),
        "big-endian": contiguous(">i", (2, 3)),
        "7-d": contiguous("B", (2, 1, 3, 1, 2, 1, 2)),
    }
    both = dict(plain)
    for name, layout in plain.items():
        both[name + ", read-only"] = dataclasses.replace(layout, readonly=True)
    return both


def regular(seed, count, formats="bBhHiIqQfd", empty=True):
    """Random layouts with strides and offsets in whole items, as the reference wants them."""
    chance = random.Random(seed)
    return [_random(chance, chance.choice(formats), 1, empty) for _ in range(count)]


def irregular(seed, count, formats="bBhHiIqQfd", empty=True):
    """Random layouts with any strides: items may lie at odd addresses."""
    chance = random.Random(seed)
    return [_random(chance, chance.choice(formats), None, empty) for _ in range(count)]


def batches(make, seeds, count):
    """Random layouts in lists, by name: a test for each would cost more than the tests do."""
    return {f"{make.__name__} {seed}": make(seed, count) for seed in seeds}


def _random(chance, format, unit, empty):
    """A view of a contiguous array: some axes in another order, walked in steps or
    backwards, or not at all, with gaps between rows."""
    itemsize = struct.calcsize(format)
    ndim = chance.choice([0, 1, 1, 2, 2, 2, 3, 3, 4])
    shape = [chance.choice([1, 2, 2, 3, 4, 5]) for _ in range(ndim)]
    if empty and ndim and chance.random() < 0.08:
        shape[chance.randrange(ndim)] = 0
    strides = [0] * ndim
    stride = itemsize
    for dim in chance.sample(range(ndim), ndim):
        step = chance.choice([1, 1, 1, 1, -1, -1, 2, -3, 0])
        strides[dim] = stride * step
        gap = chance.choice([0, 0, 0, 0, 1, 2]) * (itemsize * unit if unit else 1)
        stride = stride * max(shape[dim], 1) * max(abs(step), 1) + gap
    before = chance.choice([0, 0, 1, 3]) * (itemsize if unit else 1)
    return strided(format, shape, strides, chance.random() < 0.3, before=before)
