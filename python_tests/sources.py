"""What the generated sequences of test_view_sequences.py look at: exporters of every sort, in
pairs of equals, so that what is written to one of the two does not show in the other."""

import array
import ctypes
import math
import random
import struct
import typing

import layouts

# Item formats that memoryview reads, as exporters state them, and some that it does not.
NATIVE = list("?cbBhHiIlLqQnNefdP")
OTHERS = ["@i", "@B", "<i", ">i", "=q", "!H", ">d", "<b", "=?", "@l"]
COMPOUND = [("s", b"a"), ("p", b""), ("hi", (1, -2)), ("<hi", (-1, 2)), ("2s", b"ab"), ("4B", (1, 2, 3, 4)), ("?xd", (True, 0.5)), ("3p", b"ab")]

SIZES = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64]
SPECIAL = [math.nan, 0.0, -0.0, math.inf, -math.inf, 1.5]


class Source(typing.NamedTuple):
    """How to make an exporter, and a name for messages."""

    name: str
    make: typing.Callable
    readonly: bool
    # It leaves out what it was asked for.
    careless: bool = False

    def twins(self):
        """Two of them; of what nobody can write to, twice the same."""
        one = self.make()
        return (one, one) if self.readonly else (one, self.make())


def shared(name, exporter):
    """An exporter of memory that nobody can write to."""
    return Source(name, lambda: exporter, True)


def of_bytes(chance):
    for size in SIZES:
        contents = bytes(chance.choices([0, 1, 2, 65, 97, 127, 128, 255], k=size))
        yield shared(f"bytes of {size}", contents)
        yield Source(f"bytearray of {size}", lambda contents=contents: bytearray(contents), False)


def values_of(chance, code, count):
    """Items for a format of one letter."""
    letter = code[-1]
    if letter in "efd":
        return chance.choices(SPECIAL, k=count)
    if letter == "c":
        return [bytes([chance.randrange(256)]) for _ in range(count)]
    if letter == "?":
        return [chance.random() < 0.5 for _ in range(count)]
    bits = 8 * struct.calcsize(code)
    low = -(1 << bits - 1) if letter.islower() else 0
    high = (1 << bits - (1 if low else 0)) - 1
    return chance.choices([0, 1, 2, 97, low, high], k=count)


def of_arrays(chance):
    for code in "bBhHiIlLqQfd":
        for count in (0, 1, 3, 8):
            values = values_of(chance, code, count)
            yield Source(f"array {code} {values}", lambda code=code, values=values: array.array(code, values), False)


def of_ctypes():
    for kind, values in [(ctypes.c_int, (1, -2, 3)), (ctypes.c_ubyte, b"abcd"), (ctypes.c_double, (0.5, 1.5))]:
        row = kind * len(values)
        yield Source(f"ctypes {row.__name__}", lambda row=row, values=values: row(*values), False, True)
        table = row * 2
        rows = (row(*values), row(*values))
        yield Source(f"ctypes {table.__name__}", lambda table=table, rows=rows: table(*rows), False, True)


def all_layouts(chance):
    formats = NATIVE + OTHERS
    yield from layouts.kinds().values()
    yield from layouts.regular(chance.random(), 150, formats)
    # One letter each, a length that is neither none nor one.
    for format in formats:
        yield layouts.contiguous(format, (4,))


def lend(libpybuf, layout):
    """Makes native memory that this library lends, by its address."""
    contents = layout.memory()

    def make():
        memory = ctypes.create_string_buffer(contents, layout.size)
        return libpybuf.memory(
            ctypes.addressof(memory),
            layout.size,
            shape=layout.shape,
            strides=layout.strides,
            format=layout.format,
            offset=layout.offset,
            readonly=layout.readonly,
            owner=memory,
        )

    return make


def of_layouts(chance, libpybuf, testbuffer, numpy):
    for layout in all_layouts(chance):
        makers = {"lent": lend(libpybuf, layout)}
        if testbuffer:
            makers["ndarray"] = lambda layout=layout: layouts.reference(testbuffer, layout)
        if numpy and not set("@!nNP") & set(layout.format):
            makers["numpy"] = lambda layout=layout: layouts.array(numpy, layout)
        who = chance.choice(sorted(makers))
        make = makers[who]
        name = f"{who} {layout}"
        yield shared(name, make()) if layout.readonly else Source(name, make, False)


def of_reference(chance, testbuffer):
    """What only the reference exporter makes: pointers to rows, items of several members, and
    more dimensions than there may be."""
    flags = testbuffer.ND_WRITABLE
    for format, value in COMPOUND:
        for shape in ([3], [2, 2]):
            values = [value] * math.prod(shape)
            yield reference(testbuffer, values, shape, format, flags)
    for format in chance.choices(NATIVE, k=40):
        shape = chance.choice([[3], [1], [2, 3], [3, 4], [2, 2, 2], [0, 2]])
        values = values_of(chance, format, max(1, math.prod(shape)))
        rows = testbuffer.ND_PIL | flags * (chance.random() < 0.8)
        parts = tuple(slice(None, None, chance.choice([1, 1, -1, 2])) for _ in shape)
        yield reference(testbuffer, values, shape, format, rows)
        yield reference(testbuffer, values, shape, format, rows, parts)
    for ndim in (64, 65):
        yield reference(testbuffer, [7], [1] * ndim, "B", flags)


def reference(testbuffer, values, shape, format, flags, parts=None):
    def make():
        made = testbuffer.ndarray(values, shape=shape, format=format, flags=flags)
        return made[parts] if parts else made

    return Source(f"ndarray {values} {shape} {format} {flags} {parts}", make, False)


def of_numpy(chance, numpy):
    for code in ["<f2", ">i4", "?", "S1", "S3", "U1", "V5", "<c16", "<u8", ">f4", "<i2", "g", "<c8"]:
        base = numpy.frombuffer(bytes(chance.choices(range(2), k=240)), code)[:12].reshape(3, 4)
        for what in ("a", "a.T", "a[::2, ::-1]", "a[1]", "a[:, 1]", "a[0, 0:0]"):

            def make(base=base, what=what):
                return eval(what, {"a": base.copy()})

            yield Source(f"numpy {what} of {code}", make, False)
    pairs = numpy.array([(1, 2.5), (3, 4.5)], [("a", "<i2"), ("b", "<f8")])
    yield Source("numpy pairs", pairs.copy, False)


def pool(libpybuf, testbuffer, numpy):
    """All sources, always the same ones; `testbuffer` and `numpy` may be None."""
    chance = random.Random(6)
    sources = [*of_bytes(chance), *of_arrays(chance), *of_ctypes()]
    sources += of_layouts(chance, libpybuf, testbuffer, numpy)
    if testbuffer:
        sources += of_reference(chance, testbuffer)
    if numpy:
        sources += of_numpy(chance, numpy)
    return sources
