"""libpybuf.memoryview beside CPython's memoryview, in one run: the same statement on both, in
turn. A ratio is ours/CPython's: the least of several runs each, and the median over rounds.

Started by `cargo bench --bench memoryview`, once for each Python. The goals stand beside.
"""

import array
import ctypes
import statistics
import sys
import time

import libpybuf

ROUNDS = 9
RUNS = 5
SECONDS = 0.004  # that a run takes, or one call if that takes longer
UNROLLED = 10

MIB = 1 << 20


def loop(statement, names):
    """A function that runs the statement ten times a turn: what the loop costs is hardly seen."""
    body = "\n".join(f"        {statement}" for _ in range(UNROLLED))
    scope = dict(names)
    exec(f"def run(turns, {', '.join(names)}):\n    for _ in turns:\n{body}", scope)
    return scope["run"]


def once(statement, names):
    """The same for what takes long."""
    scope = {}
    exec(f"def run(turns, {', '.join(names)}):\n    for _ in turns:\n        {statement}", scope)
    return scope["run"]


class Timed:
    """A statement with the objects that its names are."""

    def __init__(self, statement, names):
        self.values = tuple(names.values())
        self.run, self.at_once = once(statement, names), 1
        if self.seconds(1) < SECONDS / 100:
            self.run, self.at_once = loop(statement, names), UNROLLED
        self.turns = 1
        while self.turns < 1 << 20 and self.seconds(self.turns) < SECONDS:
            self.turns *= 2

    def seconds(self, turns):
        start = time.perf_counter()
        self.run(range(turns), *self.values)
        return time.perf_counter() - start

    def nanoseconds(self):
        return self.seconds(self.turns) / self.turns / self.at_once * 1e9


def compare(ours, theirs):
    """Nanoseconds of both, and the ratio."""
    rounds = []
    for _ in range(ROUNDS):
        runs = [(ours.nanoseconds(), theirs.nanoseconds()) for _ in range(RUNS)]
        rounds.append([min(times) for times in zip(*runs)])
    ratio = statistics.median(one / other for one, other in rounds)
    return *(statistics.median(times) for times in zip(*rounds)), ratio


def line(what, ours, theirs, goal):
    """`goal` is what the ratio may be at most."""
    our_time, their_time, ratio = compare(ours, theirs)
    met = "met" if ratio <= goal else "MISSED"
    print(f"    {what:<42} {our_time:14,.1f} ns {their_time:16,.1f} ns {ratio:8.4f} {goal:8.4f}  {met}", flush=True)


def heading(title, theirs="CPython"):
    print(f"  {title}\n    {'':<42} {'ours':>17} {theirs:>19} {'ratio':>8} {'goal':>8}")


def both(what, statement, goal, make, **names):
    """`make` says what the name m is, given a type of memoryview."""
    sides = [Timed(statement, {"m": make(kind), "view": kind, **names}) for kind in (libpybuf.memoryview, memoryview)]
    line(what, *sides, goal)


DATA = bytes(range(256)) * 4


def numbers(code):
    return array.array(code, [number % 100 for number in range(1024)])


def of(source, *cast):
    return lambda kind: kind(source).cast(*cast) if cast else kind(source)


def small():
    heading("one call")
    both("memoryview(bytes), and dropped", "view(source)", 0.5, of(DATA), source=DATA)
    both("memoryview(array), and dropped", "view(source)", 0.6, of(DATA), source=numbers("i"))
    both("m[8:40] of bytes", "m[8:40]", 0.85, of(DATA))
    both("m[8:40] of an array", "m[8:40]", 1.0, of(numbers("i")))
    for code in "Bid":
        both(f"m[i] of '{code}'", "m[i]", 0.9, of(numbers(code)), i=77)
    for code in "Bid":
        value = 77.0 if code == "d" else 77
        both(f"m[i] = x of '{code}'", "m[i] = x", 0.9, of(numbers(code)), i=77, x=value)
    both("m.cast('i')", "m.cast('i')", 0.8, of(DATA))
    both("m.cast('B') of 'i'", "m.cast('B')", 0.8, of(numbers("i")))
    both("m.cast('i', [16, 16])", "m.cast('i', shape)", 0.8, of(DATA), shape=[16, 16])
    both("len(m)", "len(m)", 1.25, of(DATA))
    for name in ("shape", "nbytes", "itemsize", "format", "readonly"):
        both(f"m.{name}", f"m.{name}", 1.25, of(DATA))


def many():
    heading("1024 items")
    for code in "Bid":
        both(f"m.tolist() of '{code}'", "m.tolist()", 1.1, of(numbers(code)))
    for code in "Bid":
        both(f"for x in m of '{code}'", "for x in m: pass", 1.1, of(numbers(code)))


def equal_to_bytes():
    """Against what comparing two bytes of that size costs: there is nothing to do but to read."""
    heading("== of equal 8 MiB", "bytes' own ==")
    one = bytes(bytearray(range(256)) * (8 * MIB // 256))
    other = bytes(bytearray(one))
    floats = array.array("d", [number / 3 for number in range(MIB)])
    for code in "Bid":
        pair = [libpybuf.memoryview(data).cast(code) for data in (one, other)]
        if code == "d":
            # Bytes that count up make no numbers that are equal: some are NaN.
            pair = [libpybuf.memoryview(array.array("d", floats)) for _ in range(2)]
        assert pair[0] == pair[1]
        ours = Timed("m == n", dict(zip("mn", pair)))
        line(f"of '{code}'", ours, Timed("m == n", {"m": one, "n": other}), 1.5)


def across_formats():
    heading("== of equal 64 Ki items in two formats")
    count = 1 << 16
    values = [number % 30000 for number in range(count)]
    little = (ctypes.c_int32.__ctype_le__ * count)(*values)
    big = (ctypes.c_int32.__ctype_be__ * count)(*values)
    native, longs = array.array("i", values), array.array("l", values)
    longlongs = array.array("q", values)
    for what, one, other in [
        ("'i' == '<i'", native, little),
        ("'l' == 'q'", longs, longlongs),
        ("'>i' == '<i'", big, little),
    ]:
        pairs = [{"m": kind(one), "n": kind(other)} for kind in (libpybuf.memoryview, memoryview)]
        assert all(pair["m"] == pair["n"] for pair in pairs)
        line(what, *(Timed("m == n", pair) for pair in pairs), 0.01)


def searched():
    """CPython has the method count since 3.14; before, operator.countOf does it."""
    heading("1 Mi bytes")
    data = bytes(range(255)) * (MIB // 255)
    views = libpybuf.memoryview(data), memoryview(data)
    line("255 in m", *(Timed("x in m", {"x": 255, "m": view}) for view in views), 0.01)
    if hasattr(memoryview, "count"):
        line("m.count(7)", *(Timed("m.count(x)", {"x": 7, "m": view}) for view in views), 0.01)
    else:
        theirs = Timed("count(m, x)", {"count": __import__("operator").countOf, "x": 7, "m": views[1]})
        line("View.count(7)", Timed("m.count(x)", {"x": 7, "m": libpybuf.View(data)}), theirs, 0.01)
    line("m.hex()", *(Timed("m.hex()", {"m": view}) for view in views), 0.25)


def main():
    print(f"CPython {sys.version}".replace("\n", " "))
    small()
    many()
    equal_to_bytes()
    across_formats()
    searched()


main()
