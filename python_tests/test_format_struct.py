"""The struct dialect beside CPython's own struct module: generated formats and values, of
which both say the same, or which both refuse with the same exception.

Every Python has cases of its own, the same ones every time; a failure shows the seed and
the case. Versions of CPython differ. The library is as the newest of them; what an older
one does otherwise is listed in DIFFERENCES, and nothing else is let pass.
"""

import cmath
import ctypes
import math
import random
import re
import struct
import sys

import pytest
from struct_cases import WRONG, Failing, Formats, Index, Values, runs

BLOCKS, CASES = 20, 10000
VERSION = sys.version_info[:2]

# Items larger than this are measured, but not made.
LARGEST = 4096

ZERO_PASCAL = re.compile(rb"(?<![0-9])0+p")

calcsize_in_c = ctypes.pythonapi["PyBuffer_SizeFromFormat"]
calcsize_in_c.argtypes, calcsize_in_c.restype = [ctypes.c_char_p], ctypes.c_ssize_t


def outcome(function, *arguments):
    """A result, or the class of an exception."""
    try:
        return function(*arguments)
    except (struct.error, ValueError, OverflowError, TypeError, KeyError, SystemError, MemoryError) as failure:
        return type(failure)


def failed(result):
    return isinstance(result, type)


# What an older CPython does otherwise, or what no C caller can do. Each is asked about a
# text, the values where some were packed (None elsewhere), and both outcomes.


def later_codes(text, values, theirs, ours):
    """F and D are codes from 3.14 on, Zf and Zd from 3.15 on."""
    later = rb"Z" if VERSION == (3, 14) else rb"[ZFD]"
    return VERSION < (3, 15) and theirs is struct.error and re.search(later, text)


def not_ascii(text, values, theirs, ours):
    """What is not ASCII is a bad char, or cannot be encoded (late 3.13, 3.14), or is a ValueError (3.15)."""
    return not text.isascii() and failed(theirs) and issubclass(theirs, ValueError) and ours is struct.error


def infinite(text, values, theirs, ours):
    """A float that is too large becomes infinite without a word: before 3.14, and before late
    releases of 3.13, for f behind @; in a complex number in this machine's order always."""
    if values is None or ours is not OverflowError or failed(theirs):
        return False
    numbers = list(struct.unpack(text, theirs))
    if VERSION < (3, 14) and text[:1] not in (b"=", b"<", b">", b"!") and b"f" in text:
        return any(isinstance(number, float) and math.isinf(number) for number in numbers)
    is_native = text[:1] not in (b"!", b">" if sys.byteorder == "little" else b"<")
    return is_native and any(isinstance(number, complex) and cmath.isinf(number) for number in numbers)


def not_a_number(text, values, theirs, ours):
    """Before 3.14 a NaN loses what tells it from others when it becomes a float16 or float32."""
    if VERSION >= (3, 14) or values is None or failed(theirs) or failed(ours):
        return False
    theirs, ours = repr(struct.unpack(text, theirs)), repr(struct.unpack(text, ours))
    return "nan" in theirs and theirs == ours


def empty_pascal(text, values, theirs, ours):
    """Before 3.13 items of 0p cannot be read."""
    return VERSION < (3, 13) and values is None and theirs is SystemError and ZERO_PASCAL.search(text)


def large_int(text, values, theirs, ours):
    """An int beyond 64 bits is a float to a C caller: where that is too large, an OverflowError."""
    large = [value for value in values or () if type(value) is int and not -(2**63) <= value < 2**64]
    return large and theirs is struct.error and ours is OverflowError


def large_index(text, values, theirs, ours):
    """Before 3.12 what has __index__ and does not fit q or Q behind an order is an OverflowError; an int is none."""
    if VERSION >= (3, 12) or theirs is not OverflowError or ours is not struct.error or not re.search(b"[qQ]", text):
        return False
    ints = [value.number if isinstance(value, Index) else value for value in values]
    return outcome(struct.pack, text, *ints) is struct.error


def too_many(text, values, theirs, ours):
    """From 3.14 on there may be no more values than Py_ssize_t counts, even of 0s, which take no byte."""
    many = sum(times for _, times in runs(text)) > sys.maxsize
    return VERSION >= (3, 14) and many and theirs is struct.error and not failed(ours)


DIFFERENCES = [later_codes, not_ascii, infinite, not_a_number, empty_pascal, large_int, large_index, too_many]


def same(text, values, theirs, ours):
    """The same type and value, NaN like NaN and -0.0 unlike 0.0, or the same exception."""
    alike = theirs is ours if failed(theirs) or failed(ours) else repr(theirs) == repr(ours)
    return alike or any(listed(text, values, theirs, ours) for listed in DIFFERENCES)


class Case:
    """One format, by struct and by the library."""

    def __init__(self, formats, text):
        self.formats, self.text = formats, text
        self.theirs = outcome(struct.Struct, text)
        self.ours = outcome(formats.Format, text, formats.STRUCT)

    def check(self, values, theirs, ours):
        assert same(self.text, values, theirs, ours), (self.text, values, "struct:", theirs, "the library:", ours)

    def check_sizes(self):
        theirs = self.theirs if failed(self.theirs) else self.theirs.size
        self.check(None, theirs, outcome(self.formats.size_from_format, self.text))
        self.check(None, theirs, self.ours if failed(self.ours) else self.ours.itemsize)

    def check_other_doors(self):
        """calcsize of bytes and str, and CPython's C function."""
        theirs = self.theirs if failed(self.theirs) else self.theirs.size
        if self.text.isascii():
            assert outcome(struct.calcsize, self.text) == theirs, self.text
            assert outcome(struct.calcsize, self.text.decode()) == theirs, self.text
            assert outcome(calcsize_in_c, self.text) == theirs, self.text

    def is_small(self):
        """Both took it, and items are small enough to be made."""
        return not failed(self.theirs) and not failed(self.ours) and self.theirs.size <= LARGEST

    def check_unpack(self, item):
        ours = outcome(self.ours.unpack, item)
        # An item of one member and nothing else is that member.
        ours = ours if isinstance(ours, tuple) or failed(ours) else (ours,)
        self.check(None, outcome(self.theirs.unpack, item), ours)

    def check_pack(self, values):
        # Before 3.13 CPython writes a byte behind items of 0p.
        if VERSION < (3, 13) and ZERO_PASCAL.search(self.text):
            return
        value = tuple(values)
        if self.ours.kind != "struct":
            # There is no way to give a scalar no value or two.
            if len(values) != 1:
                return
            value = values[0]
        self.check(values, outcome(self.theirs.pack, *values), outcome(self.ours.pack, value))


def generator(what):
    """A source of chance, of which each Python has its own."""
    return random.Random(f"{what} {VERSION}")


def check_block(formats, rng, generate, values):
    small = 0
    for number in range(CASES):
        text = generate.any()
        # C sees no more of it than this.
        if b"\0" in text:
            assert failed(outcome(struct.calcsize, text)), text
            text = text.split(b"\0")[0]
        case = Case(formats, text)
        case.check_sizes()
        if number % 8 == 0:
            case.check_other_doors()
        if case.is_small():
            small += 1
            case.check_unpack(rng.randbytes(case.theirs.size))
            case.check_pack(values.any(text))
    return small


@pytest.mark.parametrize("block", range(BLOCKS))
def test_as_struct(formats, block):
    rng = generator(f"block {block}")
    small = check_block(formats, rng, Formats(rng), Values(rng))
    assert small > CASES / 4, "too few of the formats were used"


def test_items_of_another_size_are_refused(formats):
    """In C a wrong size is a wrong argument, not a wrong value."""
    rng = generator("sizes")
    generate = Formats(rng)
    for _ in range(2000):
        case = Case(formats, generate.any().replace(b"\0", b""))
        if case.is_small():
            for size in {0, case.theirs.size - 1, case.theirs.size + 1} - {-1, case.theirs.size}:
                assert outcome(case.theirs.unpack, bytes(size)) is struct.error
                assert outcome(case.ours.unpack, bytes(size)) is ValueError


def test_every_value_of_every_code(formats):
    """All that the generators know, for each code by itself."""
    values = Values(generator("values"))
    for code in [order + code for order in "@=<>!" for code in [*"cbB?hHiIlLqQnNPefdspFD", "4s", "4p", "Zf", "Zd"]]:
        case = Case(formats, code.encode())
        if case.is_small():
            good, others = values.of(code if "Z" in code else code[0] + code[-1])
            for value in [*good, *others, *WRONG]:
                case.check_pack([value])
        else:
            case.check_sizes()


def test_one_wrong_value_among_good_ones(formats):
    """Which of several values is wrong makes no difference, and nothing of it is swallowed."""
    case = Case(formats, b"<h2i?3sf")
    good = [1, 2, 3, True, b"abc", 1.5]
    for place in range(len(good)):
        for wrong in [*WRONG, 2**15, 2**31, 1e300]:
            case.check_pack([*good[:place], wrong, *good[place + 1 :]])


def test_str_and_bytes_are_the_same_text(formats):
    for text in ["<2h", " i", "2 i", "i\u20ac", ""]:
        ours = [outcome(formats.size_from_format, each) for each in (text, text.encode())]
        assert ours[0] == ours[1]
        assert same(text.encode(), None, outcome(struct.calcsize, text), ours[0])


NANS = {
    "e": [0x7C01, 0x7E00, 0xFE01, 0x7D55, 0xFFFF, 0xFC01],
    "f": [0x7F800001, 0x7FC00001, 0xFFC12345, 0x7FA00000, 0xFF800001, 0xFFFFFFFF],
    "d": [0x7FF0000000000001, 0x7FF8000000000001, 0xFFF8123456789ABC, 0x7FF4000000000000, 0xFFFFFFFFFFFFFFFF],
}
# A NaN that becomes one of another size is a quiet one, as every processor makes it.
QUIET = {"e": 0x0200, "f": 0x00400000, "d": 0}


def bits_of(item):
    return int.from_bytes(item, "big")


@pytest.mark.parametrize("code", "efd")
@pytest.mark.parametrize("order", "<>")
def test_what_tells_a_nan_from_others_is_kept(formats, code, order):
    format, big = (formats.Format(each + code, formats.STRUCT) for each in (order, ">"))
    for bits in NANS[code]:
        item = bits.to_bytes(format.itemsize, "big" if order == ">" else "little")
        ours = format.unpack(item)
        assert bits_of(big.pack(ours)) == bits | QUIET[code], hex(bits)
        # Older ones do not keep it.
        if VERSION >= (3, 14):
            theirs = bits_of(struct.pack(">d", struct.unpack(order + code, item)[0]))
            assert bits_of(struct.pack(">d", ours)) == theirs | (0 if code == "d" else 1 << 51), hex(bits)


def smaller(code, bits):
    """A NaN of float64 as one of another size: its sign, and as much of the rest as there is room for."""
    if code == "d":
        return bits
    if code == "f":
        return bits >> 32 & 0x80000000 | 0x7FC00000 | bits >> 29 & 0x3FFFFF
    return bits >> 48 & 0x8000 | 0x7E00 | bits >> 42 & 0x1FF


@pytest.mark.parametrize("code", "efd")
def test_a_nan_becomes_smaller(formats, code):
    for bits in NANS["d"] + [0x7FF0000020000000, 0x7FF0000010000000]:
        number = struct.unpack(">d", bits.to_bytes(8, "big"))[0]
        assert bits_of(formats.Format(">" + code, formats.STRUCT).pack(number)) == smaller(code, bits), hex(bits)
        if VERSION >= (3, 14):
            assert bits_of(struct.pack(">" + code, number)) | QUIET[code] == smaller(code, bits), hex(bits)


def strided(rng, size, items):
    """Where items lie in a buffer: its length, the first item's offset, the stride."""
    stride = rng.choice([size, size, size + rng.randrange(9), -size, -size - rng.randrange(9)])
    reach = abs(stride) * (items - 1)
    before, after = rng.randrange(4), rng.randrange(4)
    return before + reach + size + after, before + (reach if stride < 0 else 0), stride


def many(formats, what):
    """Formats of items that are small and not empty, each with its own source of chance."""
    rng = generator(what)
    generate = Formats(rng)
    for _ in range(4000):
        case = Case(formats, generate.any().replace(b"\0", b""))
        if case.is_small() and 0 < case.theirs.size <= 256 and not ZERO_PASCAL.search(case.text):
            yield rng, case


def test_unpack_many_is_iter_unpack_and_more(formats):
    checked = 0
    for rng, case in many(formats, "unpack"):
        checked += 1
        theirs, ours, items = case.theirs, case.ours, rng.randrange(1, 6)
        data = rng.randbytes(theirs.size * items)
        assert_items(case, list(theirs.iter_unpack(data)), ours.unpack_many(data, 0, items, theirs.size))
        length, offset, stride = strided(rng, theirs.size, items)
        data = rng.randbytes(length)
        expected = [theirs.unpack_from(data, offset + number * stride) for number in range(items)]
        assert_items(case, expected, ours.unpack_many(data, offset, items, stride))
        assert_items(case, [expected[0]] * 3, ours.unpack_many(data, offset, 3, 0))
        assert ours.unpack_many(data, offset, 0, stride) == []
    assert checked > 500


def assert_items(case, theirs, ours):
    ours = [item if isinstance(item, tuple) else (item,) for item in ours]
    assert repr(theirs) == repr(ours), (case.text, theirs, ours)


def test_pack_many_is_pack_again_and_again(formats):
    values, checked = Values(generator("values of many")), 0
    for rng, case in many(formats, "pack"):
        items = rng.randrange(1, 6)
        rows = [values.fitting(case.text) for _ in range(items)]
        length, offset, stride = strided(rng, case.theirs.size, items)
        theirs = bytearray(rng.randbytes(length))
        ours = bytearray(theirs)
        for number, row in enumerate(rows):
            case.theirs.pack_into(theirs, offset + number * stride, *row)
        single = case.ours.kind != "struct"
        case.ours.pack_many([row[0] if single else tuple(row) for row in rows], ours, offset, stride)
        # Before 3.14 a NaN may differ; it is one in both.
        if theirs != ours:
            assert VERSION < (3, 14), (case.text, rows, theirs, ours)
            assert repr(unpacked(case, theirs, offset, items, stride)) == repr(unpacked(case, ours, offset, items, stride))
        checked += 1
    assert checked > 500


def unpacked(case, data, offset, items, stride):
    return [case.theirs.unpack_from(data, offset + number * stride) for number in range(items)]


def test_one_wrong_row_of_many(formats):
    format = formats.Format("<hB", formats.STRUCT)
    for wrong in [(2**15, 1), (1, 256), (1, "x"), (1,), (1, 2, 3), (Failing(), 1), (1, Index(-1))]:
        theirs = outcome(struct.pack, "<hB", *wrong)
        memory = bytearray(12)
        assert failed(theirs) and outcome(format.pack_many, [(1, 2), wrong, (3, 4)], memory, 0, 4) is theirs
