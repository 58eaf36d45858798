"""Formats of the struct module and values for them, made up from a seed.

About half of the formats are well formed; the others are such formats with something put
in, taken out or changed. What CPython's struct makes of them is asked, never known here.
"""

import decimal
import fractions
import math
import re
import struct

ORDERS = [b"", b"", b"@", b"=", b"<", b">", b"!"]
CODES = "xcbB?hHiIlLqQnNefdspPFD"
SPACES = [b" ", b"\t", b"\n", b"\r", b"\v", b"\f", b" \n\t "]

# Counts, and how often each of them is taken.
COUNTS = {"": 240, "1": 16, "2": 24, "3": 24, "0": 24, "007": 4, "10": 8, "255": 1, "256": 1, "300": 1}
HUGE = ["65536", "1000000007", "2147483648", "1152921504606846976", "2305843009213693951", "4611686018427387903"]
HUGE += ["4611686018427387904", "9223372036854775800", "9223372036854775807", "9223372036854775808", "9" * 30]

# What is put into formats to break them: what means something somewhere, and what means nothing.
LETTERS = b"@=<>!^0123456789xcbB?hHiIlLqQnNefdspPFDZgtuwOTXz&(){}:,;.+-_ \t\n\v\f\r\0\x1c\x85\xa0\xe9\xff"
ALPHABET = [bytes([letter]) for letter in LETTERS] + [number.encode() for number in HUGE]


class Index:
    """An int by its __index__ only."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number

    def __repr__(self):
        return f"Index({self.number})"


class Float:
    """A float by its __float__ only."""

    def __init__(self, number):
        self.number = number

    def __float__(self):
        return self.number

    def __repr__(self):
        return f"Float({self.number})"


class Complex(Float):
    """A complex number by its __complex__ only."""

    __float__ = None

    def __complex__(self):
        return self.number


class Failing:
    """Raises whatever it is asked."""

    def fail(self, *_):
        raise KeyError("asked")

    __index__ = __float__ = __complex__ = __bool__ = fail

    def __repr__(self):
        return "Failing()"


def _tokens(rng, codes):
    """Single codes with a count before them and white space around, most of them without."""
    tokens = []
    for code in codes:
        for count in rng.choices(list(COUNTS), COUNTS.values(), k=160):
            if rng.random() < 0.02:
                count = rng.choice(HUGE)
            spaces = rng.choice(SPACES) if rng.random() < 0.15 else b""
            token = count.encode() + code.encode()
            tokens.append(rng.choice([spaces + token, token + spaces]))
    return tokens


def _mutated(rng, text):
    """The text after one to three changes."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        at, end = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        change = rng.randrange(5)
        if change == 0:
            text = text[:at] + rng.choice(ALPHABET) + text[at + 1 :]
        elif change == 1:
            text = text[:at] + text[at : at + 3] + text[at:]
        elif change == 2:
            text = text[:at] + text[at + 1 :]
        elif change == 3:
            text = text[:at] + text[at:end][::-1] + text[end:]
        else:
            text = text[:at] + rng.choice(ALPHABET) + text[at:]
    return text


class Formats:
    """Generates formats."""

    def __init__(self, rng):
        self.rng = rng
        self.native = _tokens(rng, [*CODES, "Zf", "Zd"])
        self.standard = [token for token in self.native if not re.search(b"[nNP]", token)]
        # A single code behind an order has readers of its own.
        self.lengths = [0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 8]

    def well_formed(self):
        rng = self.rng
        order = rng.choice(ORDERS)
        tokens = self.native if order in (b"", b"@") else self.standard
        return order + b"".join(rng.choices(tokens, k=rng.choice(self.lengths)))

    def any(self):
        text = self.well_formed()
        return text if self.rng.random() < 0.5 else _mutated(self.rng, text)


def runs(text):
    """The codes that values are taken for, behind the text's order, and how many values each."""
    order = "=" if text[:1] in (b"=", b"<", b">", b"!") else "@"
    for count, code in re.findall(rb"([0-9]*)(Z?[a-zA-Z?])", text):
        if code != b"x":
            yield order + code.decode(), 1 if code in b"sp" or not count else int(count)


def codes(text):
    """The code of each value that a well formed text takes."""
    for code, times in runs(text):
        yield from [code] * times


FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e-3, 65504.0, -65519.0, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 5.96e-8, 6.1e-5]
FLOATS += [5e-324, -2.2e-308, 1.1754942e-38, 1e-45, 7e-46, 16777217.0, math.inf, -math.inf, math.nan, -math.nan, 1 / 3]
FLOATS += [0, 1, -7, True, 1024, 2049, Index(3), Float(0.5), fractions.Fraction(1, 3), decimal.Decimal("0.25")]
# Beyond one kind of float or all of them.
LARGE = [65519.99, 65520.0, -65520.0, 1e5, 3.4028234e38, 3.4028235677973362e38, 3.4028235677973366e38, -1e39, 1e300]
LARGE += [Float(1e300), 65519, 65520, -100000, 2**53 + 1, 2**63, 2**64 - 1, 2**64, 10**40, -(10**40), 10**400, Index(10**400)]
COMPLEX = [1 + 2j, complex(-0.0, -0.0), complex(math.inf, math.nan), 1e-45j, Complex(0.5 - 1j)]
LARGE_COMPLEX = [complex(1e300, 1), complex(0, -1e39)]

INTEGERS = [2**exponent + more for exponent in (7, 8, 15, 16, 31, 32, 63, 64) for more in (-1, 0, 1)]
INTEGERS += [-number for number in INTEGERS] + [10**40, -(10**40)]

BYTES = [b"", b"a", b"abc", b"\0\0", b"\xff" * 9, bytes(range(256)) + b"more", bytearray(b"array"), bytearray()]

# Of a kind that no code takes, or only one or two.
WRONG = [None, "x", "", "\xe9", b"", b"a", b"ab", bytearray(b"a"), 1.5, 2j, 7, 2**70, [], (), (1,), [1, 2], {}, {1: 2}]
WRONG += [Failing(), Index(2**70), Index(-(2**70)), Index(2**64), Complex(1j), Float(1.0), memoryview(b"abc"), object, math.nan]


def _values(code):
    """What an item of this code takes, and what some such items take."""
    letter = code[-1]
    if letter in "sp":
        return BYTES, BYTES
    if letter == "c":
        return [b"a", b"\0", b"\xff"], [b"ab", b"", bytearray(b"a")]
    if letter == "?":
        return [True, False, 0, 2, -1, "", "x", None, 0.0, math.nan, [], [0], Index(0), 10**40], [Failing()]
    if "Z" in code or letter in "FD":
        return FLOATS + COMPLEX, LARGE + LARGE_COMPLEX
    if letter in "efd":
        return [number for number in FLOATS if letter != "e" or number != 16777217.0], LARGE
    bits = 8 * struct.calcsize(code)
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if letter.islower() and letter != "P" else (0, (1 << bits) - 1)
    inside = [number for number in [*INTEGERS, 0, 1, low, high, low + 1, high // 3] if low <= number <= high]
    return [*inside, True, Index(high), Index(1)], [*INTEGERS, Index(high + 1), Index(low - 1)]


class Values:
    """Generates values for well formed formats."""

    def __init__(self, rng):
        self.rng = rng
        self.known = {}

    def of(self, code):
        if code not in self.known:
            self.known[code] = _values(code)
        return self.known[code]

    def fitting(self, text):
        """As many as the format takes, each of them good."""
        # Not rng.choice, which takes longer than all of struct.
        chance = self.rng.random
        pools = (self.of(code)[0] for code in codes(text))
        return [pool[int(chance() * len(pool))] for pool in pools]

    def any(self, text):
        """The same, and in one case of three something is wrong, perhaps, with one of them or their number."""
        values, rng = self.fitting(text), self.rng
        wrong = rng.randrange(12)
        if wrong == 0:
            values = values + [1] if rng.random() < 0.5 else values[1:]
        elif wrong <= 4 and values:
            at = rng.randrange(len(values))
            one = next(code for place, code in enumerate(codes(text)) if place == at)
            values[at] = rng.choice(WRONG if wrong == 1 else self.of(one)[1])
        return values
