"""libpybuf.array() and libpybuf.bytearray() beside CPython's own: generated operations on
both, which have to leave the same items, return the same and refuse the same."""

import array
import math
import random

import pytest

CODES = sorted(set("bBhHiIlLqQfdu") | (set("w") & set(array.typecodes)))
SEQUENCES = 120
STEPS = 30

pytestmark = pytest.mark.filterwarnings("ignore:The 'u' type code:DeprecationWarning")

INTEGERS = [0, 1, -1, 2, 97, 127, 128, 255, 256, -128, -129, 2**15, 2**16]
INTEGERS += [2**31, 2**32, -(2**31), 2**63, 2**64, -(2**63) - 1]
FLOATS = [0.0, -0.0, 1.5, -2.25, 1e10, math.inf, -math.inf, math.nan, 3]
OTHERS = [None, "x", "xy", b"x", 1.5, [], 2j]


class Index:
    """An int by its __index__ only."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


class Pair:
    """Ours and CPython's, to which the same is done."""

    def __init__(self, random, ours, theirs, values):
        self.random, self.ours, self.theirs, self.values = random, ours, theirs, values

    def value(self):
        """Nearly always one that is an item."""
        return self.random.choice(self.values if self.random.random() < 0.9 else INTEGERS + OTHERS)

    def item(self):
        return self.random.choice(self.values)

    def index(self):
        reach = len(self.theirs) + 2
        index = self.random.randint(-reach, reach)
        return self.random.choice([index, Index(index)])

    def slice(self):
        reach = len(self.theirs) + 2

        def bound():
            return self.random.choice([None, self.random.randint(-reach, reach)])

        step = self.random.choice([None, 1, 1, 1, 2, 3, -1, -2])
        return slice(bound(), bound(), step)

    def some(self):
        """As many items as there happen to be: for CPython's, which takes only its own kind."""
        return [self.item() for _ in range(self.random.randint(0, 5))]

    def same(self, work):
        """Does one thing to both; what comes out of it and what is left has to be the same."""
        outcomes = [outcome(work, whose) for whose in (self.ours, self.theirs)]
        assert alike(outcomes[0], outcomes[1]), (outcomes, self.theirs)
        assert self.ours.tobytes() == bytes(memoryview(self.theirs).cast("B")), self.theirs
        assert len(self.ours) == len(self.theirs)


def outcome(work, whose):
    """A result, or the class of an exception; what is an array itself is its items."""
    try:
        result = work(whose)
    except (TypeError, ValueError, IndexError, OverflowError) as failure:
        return type(failure)
    return list(result) if isinstance(result, (array.array, bytearray)) or type(result).__name__ == "Array" else result


def alike(one, two):
    """Equal, of the same type, and NaN like NaN."""
    if isinstance(one, list):
        return isinstance(two, list) and len(one) == len(two) and all(map(alike, one, two))
    nan = isinstance(one, float) and isinstance(two, float) and math.isnan(one) and math.isnan(two)
    return type(one) is type(two) and (nan or one is two or one == two)


def assign(whose, key, value):
    whose[key] = value


def delete(whose, key):
    del whose[key]


def extend_in_place(whose, items):
    whose += items


def steps(pair, make):
    """One step each: a function that does it."""
    value, index, part, some = pair.value(), pair.index(), pair.slice(), pair.some()
    # Which of two mistakes is told of differs between versions of CPython.
    found = -len(pair.theirs) <= index.__index__() < len(pair.theirs)
    put = value if found else pair.item()
    size = len(range(*part.indices(len(pair.theirs))))
    if part.step not in (None, 1) and pair.random.random() < 0.8:
        some = [pair.item() for _ in range(size)]
    return [
        lambda whose: whose[index],
        lambda whose: whose[part],
        lambda whose: whose.append(value),
        lambda whose: whose.insert(index, value),
        lambda whose: whose.extend(some),
        lambda whose: whose.extend(make(whose, some)),
        lambda whose: whose.pop(),
        lambda whose: whose.pop(index),
        lambda whose: whose.reverse(),
        lambda whose: whose.count(pair.values[0]),
        lambda whose: whose.index(pair.values[1]),
        lambda whose: whose.remove(pair.values[2]),
        lambda whose: pair.values[1] in whose,
        lambda whose: assign(whose, index, put),
        lambda whose: assign(whose, part, make(whose, some)),
        lambda whose: assign(whose, slice(1, 3), whose),
        lambda whose: delete(whose, index),
        lambda whose: delete(whose, part),
        lambda whose: extend_in_place(whose, make(whose, some)),
        lambda whose: whose.extend(whose),
        lambda whose: list(whose),
        lambda whose: list(reversed(whose)),
        lambda whose: delete(whose, slice(20, None)),
    ]


def run(pair, make):
    for _ in range(STEPS):
        pair.same(pair.random.choice(steps(pair, make)))


def values_of(code):
    if code in "fd":
        return FLOATS
    if code in "uw":
        return ["a", "é", "\u20ac", "\U0001f40d", "\0", "z"]
    size = 8 * array.array(code).itemsize
    low, high = (-(1 << size - 1), (1 << size - 1) - 1) if code.islower() else (0, (1 << size) - 1)
    return [number for number in {*INTEGERS, low, high, True} if low <= number <= high]


@pytest.mark.parametrize("code", CODES)
def test_an_array_does_what_array_does(libpybuf, code):
    def make(whose, items):
        kind = array.array if isinstance(whose, array.array) else libpybuf.array
        return kind(code, items)

    for seed in range(SEQUENCES):
        generator = random.Random(f"{code} {seed}")
        values = values_of(code)
        items = [generator.choice(values) for _ in range(generator.randint(0, 12))]
        pair = Pair(generator, libpybuf.array(code, items), array.array(code, items), values)
        try:
            run(pair, make)
        except AssertionError as failure:
            raise AssertionError(f"seed {seed}") from failure


def test_a_bytearray_does_what_bytearray_does(libpybuf):
    def make(whose, items):
        return generator.choice([bytes, bytearray, libpybuf.bytearray])(items)

    for seed in range(5 * SEQUENCES):
        generator = random.Random(f"bytes {seed}")
        items = bytes(generator.choices(range(256), k=generator.randint(0, 12)))
        pair = Bytes(generator, libpybuf.bytearray(items), bytearray(items), [1, 0, 2, 97, 255])
        try:
            run(pair, make)
        except AssertionError as failure:
            raise AssertionError(f"seed {seed}") from failure


class Bytes(Pair):
    def same(self, work):
        # The same source for both.
        state = self.random.getstate()

        def again(whose):
            self.random.setstate(state)
            return work(whose)

        super().same(again)


@pytest.mark.parametrize("code", CODES)
def test_what_is_made_of_anything_is_the_same(libpybuf, code):
    values = values_of(code)
    sources = [
        values,
        tuple(values),
        iter([]),
        {},
        bytes(8),
        bytearray(16),
        b"abc",
        "",
        "abc",
        memoryview(b"abc"),
        range(3),
        5,
        None,
        1.5,
        [1.5],
        ["a"],
        [None],
        array.array("b", [1, 2, 3]),
        array.array("d", [1, 2, 3]),
        array.array("u", "ab"),
        [Index(3)],
        *([value] for value in INTEGERS),
    ]
    for source in sources:
        got, expected = (outcome(lambda make: make(code, source), make) for make in (libpybuf.array, array.array))
        assert alike(got, expected), source


def test_bytes_made_of_anything_are_the_same(libpybuf):
    sources = [0, 3, -1, Index(2), b"ab", bytearray(b"ab"), "ab", "", None, 1.5, [1, 255], [256], [-1], ["a"], [1.5]]
    sources += [range(4), iter(b"xyz"), memoryview(b"abcdef")[::2], array.array("i", [1, 2]), {3: 4}, True]
    for source in sources:
        got, expected = (outcome(lambda make: make(source), make) for make in (libpybuf.bytearray, bytearray))
        # An iterator is spent by the first of the two.
        if not hasattr(source, "__next__"):
            assert alike(got, expected), source


MESSAGES = [
    (lambda make: make("i")[0], "array index out of range"),
    (lambda make: assign(make("i"), 0, 1), "array assignment index out of range"),
    (lambda make: delete(make("i"), 0), "array assignment index out of range"),
    (lambda make: make("i").pop(), "pop from empty array"),
    (lambda make: make("i", [1]).pop(1), "pop index out of range"),
    (lambda make: make("i", [1]).remove(2), "array.remove(x): x not in array"),
    (lambda make: make("i", [1]).index(2), "array.index(x): x not in array"),
    (lambda make: make("i", [1])[1 << 80], "cannot fit 'int' into an index-sized integer"),
    (lambda make: make("i", [1])[::0], "slice step cannot be zero"),
    (lambda make: make("i", "a"), "cannot use a str to initialize an array with typecode 'i'"),
    (lambda make: make("b", [128]), "signed char is greater than maximum"),
    (lambda make: make("b", [-129]), "signed char is less than minimum"),
    (lambda make: make("B", [256]), "unsigned byte integer is greater than maximum"),
    (lambda make: make("B", [-1]), "unsigned byte integer is less than minimum"),
    (lambda make: make("h", [1 << 15]), "signed short integer is greater than maximum"),
    (lambda make: make("H", [1 << 16]), "unsigned short is greater than maximum"),
    (lambda make: make("i", [1 << 31]), "signed integer is greater than maximum"),
    (lambda make: make("I", [1 << 32]), "unsigned int is greater than maximum"),
    (lambda make: make("d", ["x"]), "must be real number, not str"),
    (lambda make: make("i", b"abc"), "bytes length not a multiple of item size"),
    (lambda make: make("i").extend(make("d")), "can only extend with array of same kind"),
    (lambda make: extend_in_place(make("i"), make("d")), "can only extend with array of same kind"),
    (lambda make: make("i", 5), "'int' object is not iterable"),
]


@pytest.mark.parametrize("number", range(len(MESSAGES)))
def test_a_refusal_begins_with_cpythons_words(libpybuf, number):
    call, text = MESSAGES[number]
    with pytest.raises(Exception) as theirs:
        call(array.array)
    with pytest.raises(type(theirs.value)) as ours:
        call(libpybuf.array)
    assert str(theirs.value) == text
    assert str(ours.value).startswith(text)


BYTES_MESSAGES = [
    (lambda make: make()[0], "bytearray index out of range"),
    (lambda make: assign(make(), 0, 1), "bytearray index out of range"),
    (lambda make: make().pop(), "pop from empty bytearray"),
    (lambda make: make(b"a").pop(1), "pop index out of range"),
    (lambda make: make(b"a").append(256), "byte must be in range(0, 256)"),
    (lambda make: make([-1]), "byte must be in range(0, 256)"),
    (lambda make: make([1 << 80]), "byte must be in range(0, 256)"),
    (lambda make: make(-1), "negative count"),
    (lambda make: make("a"), "string argument without an encoding"),
    (lambda make: make(b"a").remove(2), "value not found in bytearray"),
    (lambda make: make(b"a")["x"], "bytearray indices must be integers or slices, not str"),
    (lambda make: extend_in_place(make(), [1]), "can't concat list to bytearray"),
]


@pytest.mark.parametrize("number", range(len(BYTES_MESSAGES)))
def test_a_refusal_of_bytes_begins_with_cpythons_words(libpybuf, number):
    call, text = BYTES_MESSAGES[number]
    with pytest.raises(Exception) as theirs:
        call(bytearray)
    with pytest.raises(type(theirs.value)) as ours:
        call(libpybuf.bytearray)
    assert str(theirs.value) == text
    assert str(ours.value).startswith(text)
