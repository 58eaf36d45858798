"""Rows of items with steps between them, and the bytes of items in another order."""

import numpy

import bench_copy as bench
from case import Case, copying
from goals import Class, Need
from measure import OURS
from memory import ITEMS, array, room, size_text
from moves import MIB, in_dram
from peers import BLOSC2, MEMCPY, NUMPY, called

TURNED = "reversal and swap in DRAM"


def every(step, size, itemsize, name, scatters=False):
    """One item of each `step`, to or from memory without gaps."""
    count = size // itemsize

    def make(peers):
        rooms = room(size), room(size * abs(step))
        dense, spread = (array(one, itemsize, -1) for one in rooms)
        spread = spread[::step][:count]
        dest, src = (spread, dense) if scatters else (dense, spread)
        flat = rooms[0], rooms[1][:size]
        return copying(dest, src, peers.limits(*(flat[::-1] if scatters else flat)), peers.copyto(dest, src))

    # Backwards there are no gaps.
    tags = in_dram(size) + ((TURNED,) if step == -1 and in_dram(size) else ())
    return Case(f"{name}, {itemsize} B, {size_text(size)}", size, make, tags)


def swapped(size, itemsize):
    """pybuf_byteswap: a matrix of bytes, each row backwards."""

    def make(peers):
        to, source = room(size), room(size)
        dest, src = (one.reshape(-1, itemsize) for one in (to, source))
        number = numpy.dtype(ITEMS[itemsize])
        numpys = called(numpy.copyto, to.view(number), source.view(number.newbyteorder()))
        work = copying(dest, src[:, ::-1], peers.limits(to, source), [(NUMPY, numpys)])
        work.operations[OURS] = lambda n: bench.byteswap(to, source, itemsize, n)
        return work

    tags = in_dram(size) + ((TURNED,) if in_dram(size) else ())
    return Case(f"byte swap, {itemsize} B, {size_text(size)}", size, make, tags)


def lines(quick):
    cases = []
    for size in (256 << 10, (32 if quick else 256) * MIB):
        for itemsize in (1, 2, 4, 8):
            cases += [
                every(2, size, itemsize, "s[::2]"),
                every(3, size, itemsize, "s[::3]"),
                every(-1, size, itemsize, "s[::-1]"),
                every(2, size, itemsize, "d[::2] = s", scatters=True),
                every(3, size, itemsize, "d[::3] = s", scatters=True),
            ]
            if itemsize > 1:
                cases.append(swapped(size, itemsize))
    return Class(
        "lines",
        "[::k], [::-1], d[::k] = s, byte swap",
        cases,
        [Need(1.0, NUMPY)],
        [Need(2, NUMPY), Need(1.4, MEMCPY, TURNED)],
    )


def shuffled(size, itemsize, back=False):
    """pybuf_shuffle: a matrix of bytes, transposed."""

    def make(peers):
        to, source = room(size), room(size)
        planes, items = ((source, to) if back else (to, source))
        planes, items = planes.reshape(itemsize, -1), items.reshape(-1, itemsize)
        dest, src = (items, planes.T) if back else (planes, items.T)
        limits, others = peers.limits(to, source), peers.shuffle(to, source, itemsize, back)
        work = copying(dest, src, limits, peers.copyto(dest, src), others)
        function = bench.unshuffle if back else bench.shuffle
        work.operations[OURS] = lambda n: function(to, source, itemsize, n)
        return work

    return Case(f"{itemsize} B, {size_text(size)}{', back' * back}", size, make)


def shuffle(quick):
    cases = [shuffled(256 << 10, itemsize, back) for back in (False, True) for itemsize in (2, 4, 8, 16)]
    return Class(
        "shuffle",
        "shuffle, items of 2 to 16 B",
        cases,
        [Need(1.1, BLOSC2)],
        [Need(1.3, BLOSC2)],
    )
