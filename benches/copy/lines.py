"""Rows of items with steps between them, and the bytes of items in another order."""

import numpy

from case import Case, copying
from goals import Class, Need
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
    """To this library it is a matrix of bytes, each row backwards."""

    def make(peers):
        to, source = room(size), room(size)
        dest, src = (one.reshape(-1, itemsize) for one in (to, source))
        number = numpy.dtype(ITEMS[itemsize])
        numpys = called(numpy.copyto, to.view(number), source.view(number.newbyteorder()))
        return copying(dest, src[:, ::-1], peers.limits(to, source), [(NUMPY, numpys)])

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


def shuffled(size, itemsize):
    def make(peers):
        to, source = room(size), room(size)
        dest, src = to.reshape(itemsize, -1), source.reshape(-1, itemsize)
        return copying(
            dest, src.T, peers.limits(to, source), peers.copyto(dest, src.T), peers.shuffle(dest, src)
        )

    return Case(f"{itemsize} B, {size_text(size)}", size, make)


def shuffle(quick):
    return Class(
        "shuffle",
        "shuffle, items of 2 to 16 B",
        [shuffled(256 << 10, itemsize) for itemsize in (2, 4, 8, 16)],
        [Need(1.1, BLOSC2)],
        [Need(1.3, BLOSC2)],
    )
