"""What views show, beside CPython: equality beside memoryview's where it knows the formats, and
beside the comparison of what struct and NumPy unpack; search beside that of a list; hexadecimal
text beside memoryview's.

Every test has cases of its own, the same ones every time; a failure shows the case.
"""

import array
import ctypes
import random
import struct

import pytest
from capi import Value
from pybuf import View, lend, lib

SEEDS = range(8)
CASES = 150
NATIVE = "cbB?hHiIlLqQnNfdP"
ORDERED = "cbB?hHiIlLqQefds"

# What is hard to compare: the ends of all types, and what lies just beside.
NUMBERS = [0, 1, -1, 0.0, -0.0, 1.0, 0.5, 2.5, float("nan"), float("inf"), -float("inf"), 1e300, 65504.0, 2**-24]
for power in (7, 8, 15, 16, 24, 31, 32, 53, 63, 64):
    NUMBERS += [2**power - 1, 2**power, 2**power + 1, -(2**power), -(2**power) - 1, float(2**power)]


def packed(order, code, number):
    """An item that says a number, or bytes that come near."""
    near = number if number == number and abs(number) < 2**70 else 1
    for value in (number, bytes([int(near) & 0xFF]), 1):
        try:
            return struct.pack(order + code, value)
        except (struct.error, OverflowError):
            pass
    raise AssertionError(code)


def contents(order, codes, numbers):
    return b"".join(packed(order, code, number) for number in numbers for code in codes)


def some_numbers(rng, length):
    """Most are small, so that long ones are equal now and then."""
    hard = rng.random() < 0.5
    return [rng.choice(NUMBERS) if hard and rng.random() < 0.5 else rng.randrange(2) for _ in range(length)]


def changed(rng, numbers):
    """The same numbers, or with one that is another."""
    numbers = list(numbers)
    if numbers and rng.random() < 0.5:
        numbers[rng.randrange(len(numbers))] = rng.choice(NUMBERS)
    return numbers


def equal(one, other):
    """What the library says, asked both ways."""
    with View.of(one) as left, View.of(other) as right:
        answers = {lib.view_equal(left.handle, right.handle), lib.view_equal(right.handle, left.handle)}
    assert len(answers) == 1
    return bool(answers.pop())


def some_view(rng, memory):
    """Whole, or sliced, or in two dimensions."""
    length = len(memory)
    if rng.random() < 0.3 and memory.contiguous:
        for columns in rng.sample([2, 3, 5], 3):
            if length and length % columns == 0:
                return memory.cast("B").cast(memory.format, [length // columns, columns])
    step = rng.choice([1, 1, 2, 3, -1, -2])
    return memory[::step]


@pytest.mark.parametrize("seed", SEEDS)
def test_native_formats_are_equal_as_memoryviews_are(libpybuf, seed):
    rng = random.Random(f"native {seed}")
    outcomes = []
    for _ in range(CASES):
        one, other = rng.choice(NATIVE), rng.choice(NATIVE)
        if rng.random() < 0.4:
            other = one
        numbers = some_numbers(rng, rng.choice([0, 1, 2, 6, 30, 300]))
        left = memoryview(contents("@", one, numbers)).cast(one)
        right = memoryview(contents("@", other, changed(rng, numbers))).cast(other)
        state = rng.getstate()
        left = some_view(rng, left)
        if rng.random() < 0.9:
            rng.setstate(state)
        right = some_view(rng, right)
        expected = left == right
        outcomes.append(expected)
        assert equal(left, right) == expected, (one, other, left.tolist(), right.tolist())
    assert CASES // 8 < sum(outcomes) < CASES * 7 // 8


@pytest.mark.parametrize("seed", SEEDS)
def test_all_formats_are_equal_as_what_struct_unpacks(libpybuf, seed):
    rng = random.Random(f"ordered {seed}")
    outcomes = []
    for _ in range(CASES):
        length = rng.choice([1, 1, 1, 2, 4])
        ones = "".join(rng.choice(ORDERED) for _ in range(length))
        others = ones if rng.random() < 0.5 else "".join(rng.choice(ORDERED) for _ in range(length))
        orders = rng.choice("@<>="), rng.choice("@<>=")
        numbers = some_numbers(rng, rng.choice([1, 2, 6, 30, 200]))
        pairs = []
        for order, codes, shown in zip(orders, (ones, others), (numbers, changed(rng, numbers))):
            text = order + codes
            size = struct.calcsize(text)
            items = []
            for number in shown:
                values = struct.unpack("=" + codes, contents("=", codes, [number]))
                items.append(struct.pack(text, *values))
            items = b"".join(items)
            step = rng.choice([1, -1])
            shown = [*struct.iter_unpack(text, items)][::step]
            view = View.of(lend(items, format=text.encode(), itemsize=size, ndim=1, shape=(len(numbers),)))
            pairs.append((view.slice(0, step=step), shown))
        (left, unpacked), (right, others_unpacked) = pairs
        expected = unpacked == others_unpacked
        outcomes.append(expected)
        answer = lib.view_equal(left.handle, right.handle)
        assert bool(answer) == expected, (orders, ones, others, unpacked, others_unpacked)
    assert CASES // 8 < sum(outcomes) < CASES * 7 // 8


@pytest.mark.parametrize("seed", SEEDS)
def test_arrays_are_equal_as_their_lists(numpy, seed):
    rng = random.Random(f"numpy {seed}")
    outcomes = []
    codes = ["?", "i1", "u1", "<i2", ">i2", "<u4", ">i4", "<i8", ">u8", "<f2", ">f4", "<f8", ">f8", "<c8", ">c16", "S2"]
    for _ in range(CASES):
        dtypes = []
        names = rng.sample("abcdef", rng.choice([0, 0, 1, 3]))
        for _ in range(2):
            if names:
                members = [(name, rng.choice(codes), rng.choice([(), (2,), (2, 2)])) for name in names]
                dtypes.append(numpy.dtype(members, align=rng.random() < 0.5))
            else:
                dtypes.append(numpy.dtype(rng.choice(codes)))
        if rng.random() < 0.4:
            dtypes[1] = dtypes[0]
        shape = rng.choice([(3,), (2, 3), (2, 0, 3), (40, 7), ()])
        arrays = []
        for dtype in dtypes:
            made = numpy.zeros(shape, dtype, order=rng.choice("CF"))
            if made.size and rng.random() < 0.5:
                flat = made.reshape(-1) if made.flags.c_contiguous else made.T.reshape(-1)
                where = flat[rng.randrange(flat.size) : flat.size]
                for field in dtype.names or [...]:
                    where[field] = rng.choice([1, 1, 0, 2.5])
            turned = made.T if rng.random() < 0.2 and made.ndim != 3 else made
            arrays.append(turned)
        one, other = arrays
        expected = one.shape == other.shape and plain(numpy, one) == plain(numpy, other)
        outcomes.append(expected)
        assert equal(one, other) == expected, (dtypes, one, other)
    assert CASES // 8 < sum(outcomes) < CASES * 7 // 8


def plain(numpy, value):
    """Tuples and lists, without an array in them."""
    if isinstance(value, numpy.ndarray):
        return plain(numpy, value.tolist())
    if isinstance(value, (tuple, list)):
        return type(value)(plain(numpy, part) for part in value)
    return value


def value_of(value):
    """A pybuf_value; what it points at lies in itself."""
    made = Value()
    if isinstance(value, bool):
        made.kind, made.as_.natural = 1, value
    elif isinstance(value, int) and value < 2**63:
        made.kind, made.as_.integer = 2, value
    elif isinstance(value, int):
        made.kind, made.as_.natural = 3, value
    elif isinstance(value, float):
        made.kind, made.as_.real[0] = 4, value
    elif isinstance(value, complex):
        made.kind, made.as_.real[0], made.as_.real[1] = 5, value.real, value.imag
    elif isinstance(value, bytes):
        made.room = ctypes.create_string_buffer(value, len(value))
        made.kind, made.size, made.as_.bytes = 8, len(value), ctypes.addressof(made.room)
    else:
        raise TypeError(value)
    return made


def found(view, value, start, stop):
    index = ctypes.c_ssize_t(-1)
    lib.view_find(view.handle, ctypes.byref(value_of(value)), start, stop, ctypes.byref(index))
    return index.value


@pytest.mark.parametrize("seed", SEEDS)
def test_values_are_found_as_in_a_list(libpybuf, seed):
    rng = random.Random(f"search {seed}")
    there = 0
    for _ in range(CASES):
        code = rng.choice(ORDERED)
        order = rng.choice("@<>")
        items = contents(order, code, some_numbers(rng, rng.choice([0, 1, 5, 127, 128, 129, 400])))
        unpacked = [value for value, in struct.iter_unpack(order + code, items)]
        step = rng.choice([1, 1, -1, 2])
        view = View.of(lend(items, format=(order + code).encode(), ndim=1, shape=(len(unpacked),))).slice(0, step=step)
        unpacked = unpacked[::step]
        needles = [*rng.sample(NUMBERS, 6), b"\0", b"\1", b"ab", True, 1 + 0j, 1 + 1j, *unpacked[-2:]]
        for needle in needles:
            if isinstance(needle, int) and not -(2**63) <= needle < 2**64:
                continue
            start, stop = rng.choice([(0, 2**62), (rng.randrange(-9, 200), rng.randrange(-9, 200))])
            places = [place for place, item in enumerate(unpacked) if item == needle]
            inside = range(*slice(start, stop).indices(len(unpacked)))
            expected = next((place for place in places if place in inside), -1)
            there += expected >= 0
            assert found(view, needle, start, stop) == expected, (order, code, needle, start, stop, unpacked)
            assert lib.view_count(view.handle, ctypes.byref(value_of(needle))) == len(places), (code, needle, unpacked)
    assert there > CASES


@pytest.mark.parametrize("seed", SEEDS)
def test_text_is_that_of_memoryview(libpybuf, seed):
    rng = random.Random(f"hex {seed}")
    for _ in range(CASES):
        code = rng.choice("BHIQ")
        numbers = [rng.getrandbits(8 * struct.calcsize(code)) for _ in range(rng.choice([0, 1, 3, 16, 100, 1000]))]
        shown = some_view(rng, memoryview(array.array(code, numbers)))
        sep = rng.choice([None, ":", " "])
        group = rng.choice([1, 2, 3, 4, 8, 16, 17, 1000, 2**30]) * rng.choice([1, -1]) if sep else 0
        expected = shown.hex(sep, group) if sep else shown.hex()
        with View.of(shown) as view:
            letter = sep.encode() if sep else b"\0"
            size = lib.view_hex(view.handle, letter, group, None, 0)
            room = ctypes.create_string_buffer(size + 1)
            assert lib.view_hex(view.handle, letter, group, room, size) == size
            assert room.value.decode() == expected, (code, numbers, sep, group)
