"""What formats cost, beside struct and NumPy, in one run.

Started by `cargo bench --bench format`, once for each Python. The peers are called from C, as
this library is. The goals stand in the titles.
"""

import random
import struct
import sys

import numpy

import bench_format as bench
from timing import nanoseconds, table

PEP3118, STRUCT = 0, 1
ITEMS = 1_000_000
BLOCK = 1_000
LOOP = "a loop in C"


def pep3118_reader():
    """NumPy's own reader of formats, which it calls for every buffer."""
    try:
        from numpy._core._internal import _dtype_from_pep3118
    except ImportError:
        from numpy.core._internal import _dtype_from_pep3118
    return _dtype_from_pep3118


def reading(ours, text, numpys):
    """The ways to read a format: of this library (what, text, dialect), and the peers'."""
    read = pep3118_reader()
    operations = {
        f"pybuf_format_new, {kind}": lambda n, of=(text, dialect): bench.parse(*of, n)
        for kind, text, dialect in ours
    }
    operations |= {
        "pybuf_size_from_format": lambda n: bench.size(text, n),
        "struct.calcsize": lambda n: bench.call(struct.calcsize, (text,), n),
        "PyBuffer_SizeFromFormat": lambda n: bench.cpython_size(text, n),
        "numpy.dtype": lambda n: bench.call(numpy.dtype, (numpys,), n),
        "NumPy's _dtype_from_pep3118": lambda n: bench.call(read, (ours[0][1],), n // 10) * 10,
    }
    return operations


SHORT = "<idhbqfiIHB"
LONG = "T{<i:a:<d:b:<h:c:<b:d:<q:e:<f:f:<i:g:<I:h:<H:i:<B:j:}"
FIELDS = [(name, "<" + code) for name, code in zip("abcdefghij", "i4 f8 i2 i1 i8 f4 i4 u4 u2 u1".split())]


def formats():
    one = [("'d'", "d", PEP3118), ("'<i'", "<i", PEP3118), ("'d' of struct", "d", STRUCT)]
    table("a single letter (goal: under 10 ns)", reading(one, "d", "d"), "struct.calcsize")
    ten = [("T{...}", LONG, PEP3118), ("of struct", SHORT, STRUCT)]
    table(
        "a struct of ten fields (goal: under 1000 ns)",
        reading(ten, SHORT, FIELDS),
        "struct.calcsize",
        calls=20_000,
    )
    other = LONG.replace("<", "=")
    equal = "dtype == dtype"
    table(
        "asked at every call",
        {
            "'d' accepts 'd'": lambda n: bench.accepts("d", "d", 8, n),
            "'d' accepts '<d'": lambda n: bench.accepts("d", "<d", 8, n),
            "'d' refuses 'f'": lambda n: bench.accepts("d", "f", 4, n),
            "ten fields, the same text": lambda n: bench.accepts(LONG, LONG, 38, n),
            "ten fields, '=' for '<'": lambda n: bench.accepts(LONG, other, 38, n),
            "'d' and '<d' are equivalent": lambda n: bench.equivalent("d", "<d", n),
            "ten fields are equivalent": lambda n: bench.equivalent(LONG, other, n),
            f"NumPy, 'f8': {equal}": lambda n: bench.equal(numpy.dtype("f8"), numpy.dtype("f8").newbyteorder("="), n),
            f"NumPy, ten fields: {equal}": lambda n: bench.equal(numpy.dtype(FIELDS), numpy.dtype(FIELDS), n),
        },
        f"NumPy, ten fields: {equal}",
        calls=50_000,
    )


def one_item():
    item = struct.pack(SHORT, *range(1, 11))
    array = numpy.frombuffer(item, FIELDS)
    Struct = struct.Struct(SHORT)
    table(
        "one item of ten fields",
        {
            "pybuf_format_unpack": lambda n: bench.unpack_one(LONG, item, n),
            "Struct.unpack": lambda n: bench.call(Struct.unpack, (item,), n),
            "NumPy's item()": lambda n: bench.call(array[0].item, (), n),
        },
        "Struct.unpack",
    )
    table(
        "the same, written",
        {
            "pybuf_format_pack": lambda n: bench.pack_one(LONG, item, n),
            "Struct.pack": lambda n: bench.call(Struct.pack, tuple(range(1, 11)), n),
        },
        "Struct.pack",
    )


def random_items(codes):
    """A million of them, and the tuples that they say."""
    numbers = {
        "i": lambda: random.randint(-(2**31), 2**31 - 1),
        "f": lambda: struct.unpack("f", struct.pack("f", random.random()))[0],
        "d": random.random,
    }
    Struct = struct.Struct(codes)
    columns = [numbers[code] for code in codes.lstrip("<>=")]
    tuples = [tuple(number() for number in columns) for _ in range(ITEMS)]
    return b"".join(Struct.pack(*each) for each in tuples), tuples


def in_turn(operations, text, items):
    """Whole runs of items, and in blocks whose values stay in the processor's cache."""
    times = {}
    for how, block in ("at once", ITEMS), ("in blocks", BLOCK):
        runs = {
            f"{name}, {how}": lambda n, operation=operation, block=block: operation(text, items, block, n)
            for name, operation in operations.items()
        }
        of_block = nanoseconds(runs, rounds=9, calls=1)
        base = of_block[f"{LOOP}, {how}"]
        times |= {name: (time, time / base) for name, time in of_block.items()}
    return times


def items_table(title, text, items, operations, peers):
    """Nanoseconds an item; `peers` make Python objects, or take them."""
    times = in_turn(operations, text, items)
    base = times[f"{LOOP}, at once"][0]
    of_peers = nanoseconds(peers, rounds=3, calls=1)
    times |= {name: (time, time / base) for name, time in of_peers.items()}
    print(f"  a million '{text}' {title}")
    for name, (time, ratio) in times.items():
        print(f"    {name:<38} {time / ITEMS:8.2f} ns   {ratio:5.2f} x {LOOP}")


def both_ways(text, codes, dtype):
    items, tuples = random_items(codes)
    if not bench.agree(text, items, ITEMS, 1):
        sys.exit(f"{text}: the library and the loop in C do not agree")
    Struct = struct.Struct(codes)
    array = numpy.frombuffer(items, dtype)
    numbers = [each[0] if len(each) == 1 else each for each in tuples]
    items_table(
        "read, each (goal: at most 2 x the loop)",
        text,
        items,
        {LOOP: bench.unpack_by_hand, "pybuf_format_unpack_many": bench.unpack},
        {
            "Struct.iter_unpack": lambda n: bench.iterate(Struct.iter_unpack, items, n),
            "NumPy's tolist": lambda n: bench.call(array.tolist, (), n),
        },
    )
    items_table(
        "written, each",
        text,
        items,
        {LOOP: bench.pack_by_hand, "pybuf_format_pack_many": bench.pack},
        {
            "Struct.pack": lambda n: bench.call_each(Struct.pack, tuples, n),
            "numpy.array of a list": lambda n: bench.call(numpy.array, (numbers, dtype), n),
        },
    )


def main():
    random.seed(5)
    print(f"CPython {sys.version}".replace("\n", " "))
    formats()
    one_item()
    both_ways("i", "i", "i4")
    both_ways(">f", ">f", ">f4")
    both_ways("T{<i:a:d:b:}", "<id", [("a", "<i4"), ("b", "<f8")])


main()
