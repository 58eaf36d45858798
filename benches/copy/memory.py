"""Memory to copy between: at a chosen place in a page, in large pages or small ones.

Large ones are what NumPy asks for, for arrays of 4 MiB and more, and so what most arrays have.
"""

import mmap

import numpy

HUGE_PAGE = 1 << 21
PAGE = 4096

# Bytes that are text: as floats they are neither NaN nor denormal, and equal to themselves. A
# prime number of them, so that no two rows of a matrix are alike.
_PATTERN = numpy.random.default_rng(1).integers(33, 126, 1_000_003, "u1")


def room(size, offset=0, small_pages=False):
    """So many filled bytes that begin `offset` bytes into a page."""
    mapped = mmap.mmap(-1, size + offset + HUGE_PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    advice = "MADV_NOHUGEPAGE" if small_pages else "MADV_HUGEPAGE"
    if hasattr(mmap, advice):
        mapped.madvise(getattr(mmap, advice))
    whole = numpy.frombuffer(mapped, "u1")
    start = -whole.ctypes.data % HUGE_PAGE + offset
    bytes_ = whole[start : start + size]
    for at in range(0, size, _PATTERN.size):
        part = bytes_[at : at + _PATTERN.size]
        part[:] = _PATTERN[: part.size]
    return bytes_


# An item of so many bytes that all the peers know.
ITEMS = {1: "u1", 2: "u2", 4: "f4", 8: "f8", 16: "c16"}


def array(bytes_, itemsize, *shape):
    """The bytes as items, in C order."""
    return bytes_.view(ITEMS[itemsize]).reshape(shape)


def size_text(size):
    for unit, name in (1 << 20, "MiB"), (1 << 10, "KiB"):
        if size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size} B"
