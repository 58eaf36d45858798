"""What views cost to be compared, searched and made text of, beside CPython's memoryview and
beside C's own functions on the same bytes.

Started by `cargo bench --bench view`, once for each Python. The goals stand in the titles.
"""

import array
import operator
import random
import sys

import numpy

import bench_view as bench
from timing import table

MIB = 1 << 20
MEMCMP = "memcmp of the same bytes"
MEMORYVIEW = "memoryview"


def numbers(code, size=8 * MIB):
    """So many bytes of numbers that all types have."""
    rng = random.Random(1)
    few = [rng.randrange(2) for _ in range(1000)]
    length = size // numpy.dtype(code).itemsize
    return numpy.resize(few, length).astype(code)


def each(function, *arguments):
    return lambda n: bench.call(function, arguments, n)


def same_formats():
    for code in ["u1", "i4", "f4", "f8", "?", "c16"]:
        one = numbers(code)
        other = one.copy()
        table(
            f"8 MiB of {code} == 8 MiB of it (goal: within 1.5)",
            {
                MEMCMP: lambda n, one=one, other=other: bench.equal_bytes(one, other, n),
                "ours": lambda n, one=one, other=other: bench.equal(one, other, n),
            },
            MEMCMP,
            rounds=15,
            calls=3,
        )
    small = array.array("B", range(64))
    views = memoryview(small), memoryview(small[:])
    table(
        "64 bytes",
        {
            "ours": lambda n: bench.equal(*views, n),
            "memoryview": each(operator.eq, *views),
        },
        "memoryview",
    )


def other_formats():
    pairs = [("i4", "i4"), (">i4", "<i4"), ("i8", "q"), ("<i4", "<i8"), ("i4", "f8"), ("i8", "f8"), ("u8", "i8")]
    pairs += [("u1", "i1"), (">f8", "<f8"), ("f4", "f8"), ("f2", "f4"), (">f2", ">f2"), ("?", "u1")]
    pairs += [("c8", "c16"), ("g", "g"), ("g", "f8"), ("S4", "S4")]
    for one, other in pairs:
        left, right = numbers(one, MIB * numpy.dtype(one).itemsize), numbers(other, MIB * numpy.dtype(other).itemsize)
        operations = {"ours": lambda n: bench.equal(left, right, n)}
        # memoryview does not know long doubles and complex numbers, and says that they differ.
        if not {numpy.dtype(one).char, numpy.dtype(other).char} & set("gFD"):
            part = memoryview(left[: MIB // 16]), memoryview(right[: MIB // 16])
            operations[MEMORYVIEW] = lambda n: bench.call(operator.eq, part, n) * 16
        against = list(operations)[-1]
        table(f"1 Mi of {one} == 1 Mi of {other} (goal: 0.01)", operations, against, rounds=3, calls=1)
    struct = numpy.zeros(MIB, [("id", "i4"), ("at", "f8"), ("more", "i2", 3)])
    copy = struct.copy()
    operations = {"ours": lambda n: bench.equal(struct, copy, n)}
    table("1 Mi of structs of an int, a double and 3 shorts", operations, "ours", rounds=5, calls=2)
    lists = {}
    for name, make in [("turned", lambda a: a.T), ("every second", lambda a: a[:, ::2])]:
        one = numbers("i4", 4 * MIB).reshape(1024, 1024)
        lists[name] = lambda n, one=make(one), other=make(one.copy()): bench.equal(one, other, n)
        lists[name + ", against C order"] = lambda n, one=make(one), other=make(one).copy("C"): bench.equal(one, other, n)
    table("1 Mi of i4, 1024 x 1024", lists, "turned", rounds=5, calls=3)


def search():
    for code in ["u1", "i4", "f8", "c16"]:
        items = numbers(code, MIB * numpy.dtype(code).itemsize)
        part = memoryview(items[: MIB // 16])
        operations = {"find": lambda n: bench.find(items, 255, n), "count": lambda n: bench.count(items, 255, n)}
        if code != "c16":
            operations["memoryview, in"] = lambda n: bench.call(operator.contains, (part, 255), n) * 16
            operations["memoryview, countOf"] = lambda n: bench.call(operator.countOf, (part, 255), n) * 16
        against = list(operations)[-1]
        table(f"1 Mi of {code}, in vain (goal: 0.01)", operations, against, rounds=5, calls=2)
    data = bytes(numbers("u1", MIB))
    table(
        "1 MiB, beside bytes",
        {
            "find": lambda n: bench.find(data, 255, n),
            "count": lambda n: bench.count(data, 255, n),
            "bytes.find": each(data.find, b"\xff"),
            "bytes.count": each(data.count, b"\xff"),
        },
        "bytes.find",
        rounds=9,
        calls=20,
    )


def text():
    for size, name in [(1 << 16, "64 KiB"), (MIB, "1 MiB")]:
        data = memoryview(bytes(numbers("u1", size)))
        turned = numbers("u1", 2 * size)[::2]
        cases = [(data, None, 0), (data, ":", 1), (data, ":", 2), (data, " ", 4), (data, " ", -16), (turned, None, 0)]
        for items, sep, group in cases:
            letter = ord(sep) if sep else 0
            arguments = (sep, group) if sep else ()
            theirs = memoryview(items).hex
            kind = "every second byte" if items is turned else arguments
            table(
                f"hex of {name}, {kind} (goal: 0.25)",
                {
                    "ours": lambda n: bench.hex(items, letter, group, True, n),
                    "ours, into memory that is there": lambda n: bench.hex(items, letter, group, False, n),
                    MEMORYVIEW: each(theirs, *arguments),
                },
                MEMORYVIEW,
                rounds=9,
                calls=20 * MIB // size,
            )


def main():
    print(f"CPython {sys.version}".replace("\n", " "))
    same_formats()
    other_formats()
    search()
    text()


main()
