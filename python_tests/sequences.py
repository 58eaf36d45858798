"""Generated sequences of operations on two memoryviews side by side: this library's and CPython's.

A `Sequence` begins with two equal exporters and a view of each. An operation draws what it needs
from the sequence's own random numbers and returns a description and a function that does the work
on one side. What comes out on both sides has to look the same: the value, the exception with its
message, the attributes and the bytes of a view. A view that comes out joins the sequence.
"""

import array
import copy
import itertools
import operator
import os
import pickle
import random
import re
import struct
import sys
import weakref

import pybuf

BUILTIN = memoryview
OURS, THEIRS = 0, 1
SIDES = (OURS, THEIRS)

ATTRIBUTES = (
    "shape strides suboffsets format itemsize ndim nbytes readonly c_contiguous f_contiguous contiguous".split()
)
FORMATS = list("?cbBhHiIlLqQnNefdP") + ["@i", "@B", "@d", "<i", "=q", "ii", "", "2B", "x", "Zd", "F", "u"]
FLAGS = [0x0, 0x1, 0x4, 0x8, 0x9, 0xC, 0x18, 0x19, 0x1C, 0x1D, 0x38, 0x58, 0x98, 0x118, 0x11C, 0x11D, 0x3C, 0x5D, 0x9C]
WIDE = 1 << 64


class Index:
    """A number by its __index__ only."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        if self.number is None:
            raise ArithmeticError("no number")
        return self.number

    def __repr__(self):
        return f"Index({self.number})"


class Float:
    """A number by its __float__ only."""

    def __float__(self):
        return 2.5

    def __repr__(self):
        return "Float()"


KEYS = [WIDE, -WIDE, Index(0), Index(None), Index(WIDE), True, None, "a", 1.0, b"a", (), (0, "a"), (0, None), (0.5,)]
KEYS += [(..., 0), (0, ...), (0, slice(1)), (slice(1), 0), (None,), [0], (WIDE,), (Index(0),), (Index(None), 0)]
VALUES = [0, 1, 2, 65, 127, 128, 255, 256, -1, -128, -129, 32767, 32768, 65535, 65536, 1 << 31, (1 << 31) - 1, 1 << 32]
VALUES += [(1 << 63) - 1, 1 << 63, WIDE - 1, WIDE, -(1 << 63), -(1 << 63) - 1, 0.5, -0.0, 1e300, 1e5, float("nan")]
VALUES += [float("inf"), True, None, b"a", b"", b"ab", bytearray(b"a"), "a", 2j, [], (1, 2), (), Index(3), Index(None)]
VALUES += [Index(300), Index(WIDE), Float()]
OPERANDS = [None, 5, "a", b"", bytearray(b"a"), [], object, 1.5, ()]


def number_of(view):
    return next(iter(view), None)


def in_context(view):
    with view as entered:
        return entered is view


def in_context_with(view):
    with view:
        return view.tobytes()


# Whatever needs nothing but the view.
PLAIN = {
    "tolist": lambda view: view.tolist(),
    "list": list,
    "tuple": tuple,
    "len": len,
    "bool": bool,
    "bytes": bytes,
    "bytearray": bytearray,
    "join": lambda view: b"-".join([view, view]),
    "hash": hash,
    "repr": repr,
    "sizeof": lambda view: view.__sizeof__(),
    "reversed": lambda view: list(reversed(view)),
    "first": number_of,
    "zip": lambda view: list(zip(view, iter(view))),
    "max": max,
    "hint": lambda view: operator.length_hint(iter(view)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickle.dumps,
    "weakref": lambda view: weakref.ref(view)() is view,
    "equal to itself": lambda view: (view == view, view != view),
    "call": lambda view: view(),
    "add": lambda view: view + view,
    "int": int,
    "dir": lambda view: sorted(name for name in dir(view) if not name.startswith("__")),
    "exit": lambda view: view.__exit__(None, None, None),
    "with": in_context_with,
    "attribute that is not there": lambda view: view.nothing,
    "new attribute": lambda view: setattr(view, "nothing", 1),
    "read-only attribute": lambda view: setattr(view, "shape", (1,)),
    "unpack": lambda view: struct.unpack_from("2B", view),
    "array": lambda view: array.array("B", view),
    "int.from_bytes": lambda view: int.from_bytes(view, "big"),
    "count and index": lambda view: (view.count, view.index) and None,
}

ARGUMENTS = [(), (5,), (None,), ("a",), (b"a", b"b"), ([1],), (array.array,)]
KEYWORDS = [{}, {"object": b"ab"}, {"object": 5}, {"objekt": b"ab"}, {"object": b"ab", "flags": 3}]


class Sequence:
    """One sequence; `number` says which."""

    def __init__(self, world, number):
        self.world = world
        self.chance = chance = random.Random(number)
        self.source = chance.choice(world.sources)
        self.twins = self.source.twins()
        self.views = []
        # What exports views: these have to stay as long as the sequence.
        self.held = []

    def run(self):
        """The first difference: what was done, and both outcomes. None if there is none."""
        count = 3 + self.below(6)
        difference = self.step("make", lambda side: self.world.types[side](self.twins[side]))
        for name in self.chance.choices(NAMES, cum_weights=WEIGHTS, k=count):
            if difference or not self.views:
                break
            drawn = OPERATIONS[name](self, self.view())
            if drawn:
                described, work = drawn
                difference = self.step((name, described), work)
        for number, view in enumerate(list(self.views)):
            difference = difference or self.step(("at the end", number), lambda side, view=view: view[side])
        return difference

    def step(self, what, work):
        if TRACE:
            print(self.source.name, what, file=sys.stderr, flush=True)
        ours, theirs = [outcome(work, side) for side in SIDES]
        shown = self.world.shown(ours), self.world.shown(theirs)
        if shown[OURS] != shown[THEIRS]:
            return None if self.world.is_known(what, *shown) else (what, shown)
        if type(ours) is self.world.types[OURS] and type(theirs) is BUILTIN:
            self.views.append((ours, theirs))
        return None

    # Drawing.

    def below(self, limit):
        return int(self.chance.random() * limit)

    def odds(self, probability):
        return self.chance.random() < probability

    def pick(self, of):
        return of[int(self.chance.random() * len(of))]

    def view(self):
        """Mostly the latest."""
        return self.views[-1] if self.odds(0.7) else self.pick(self.views)

    def bound(self, length):
        return None if self.odds(0.3) else self.below(2 * length + 5) - length - 2

    def slice(self, length):
        if self.odds(0.03):
            return slice(self.pick(KEYS), self.pick([0, WIDE, "a"]), self.pick([0, 1, "a", WIDE, Index(None)]))
        return slice(self.bound(length), self.bound(length), self.pick([None, None, 1, 1, 2, 3, -1, -1, -2]))

    def index(self, length):
        if self.odds(0.9):
            return self.below(2 * length) - length
        return self.pick([length, -length - 1, Index(self.below(length + 1)), WIDE, -5000])

    def key(self, view):
        """Mostly of an item, else anything."""
        if self.odds(0.15):
            return self.pick(KEYS)
        shape = shape_of(view)
        if len(shape) == 1 and self.odds(0.8):
            return self.index(shape[0])
        indices = tuple(map(self.index, shape))
        if self.odds(0.1):
            return indices[1:] if self.odds(0.5) else indices + (0,)
        return indices

    def values(self, view):
        """Operands that may be items of a view."""
        if self.odds(0.5):
            return self.pick(VALUES)
        items = outcome(lambda side: flat(view[side].tolist()), THEIRS)
        return self.pick(items) if isinstance(items, list) and items else self.pick(VALUES)

    # Operations.

    def plain(self, view):
        name = self.pick(PLAIN_NAMES)
        work = PLAIN[name]
        return name, lambda side: work(view[side])

    def attribute(self, view):
        name = self.pick(ATTRIBUTES)
        return name, lambda side: getattr(view[side], name)

    def object(self, view):
        return "", lambda side: view[side].obj is self.twins[side]

    def item(self, view):
        key = self.key(view)
        return key, lambda side: view[side][key]

    def part(self, view):
        key = self.slice((shape_of(view) or (3,))[0])
        return key, lambda side: view[side][key]

    def parts(self, view):
        shape = shape_of(view)
        key = self.pick([..., (), tuple(self.slice(length) for length in shape), (slice(None),) * (len(shape) + 1)])
        return key, lambda side: view[side][key]

    def put(self, view):
        key, value = self.key(view), self.values(view)
        return (key, value), lambda side: assign(view[side], key, value)

    def put_part(self, view):
        """From a part of equal length of the same view, or from anything."""
        length = (shape_of(view) or (3,))[0]
        key = self.slice(length)
        what, right = self.right_side(view, length)
        return (key, what), lambda side: assign(view[side], key, right(side))

    def right_side(self, view, length):
        if self.odds(0.7):
            # As long as what a slice of the other draw is, in many cases.
            key = self.slice(length)
            other = view if self.odds(0.8) else self.pick(self.views)
            return ("a part", key), lambda side: other[side][key]
        value = self.pick([b"", b"ab", bytearray(3), array.array("i", [1, 2]), 5, "a", None, [1], array.array("d", [1])])
        return value, lambda side: value

    def move(self, view):
        """Within a view: the same number of items, which may overlap."""
        length = (shape_of(view) or (3,))[0]
        count = self.below(length + 1)
        step = self.pick([1, 1, -1])
        to, of = self.below(length - count + 1), self.below(length - count + 1)
        left, right = slice(to, to + count), slice(of, of + count)
        return (left, right, step), lambda side: assign(view[side], left, view[side][right][::step])

    def delete(self, view):
        key = self.key(view)
        return key, lambda side: operator.delitem(view[side], key)

    def cast(self, view):
        format = self.pick(FORMATS) if self.odds(0.97) else self.pick([5, None, b"B", "\u20ac", "B\0"])
        if self.odds(0.5):
            return format, lambda side: view[side].cast(format)
        shape = self.shape(view, format)
        if self.odds(0.1):
            return (format, shape, "named"), lambda side: view[side].cast(format=format, shape=shape)
        return (format, shape), lambda side: view[side].cast(format, shape)

    def shape(self, view, format):
        """Mostly one that there are as many items for."""
        if self.odds(0.1):
            return self.pick([(), [], None, 5, [0], [-1], [1.5], ["a"], [1 << 62, 4], [WIDE], [1] * 65, [1] * 64])
        try:
            left = view[THEIRS].nbytes // max(struct.calcsize(format), 1)
        except (ValueError, TypeError, struct.error):
            left = 4
        shape = []
        while left > 1 and len(shape) < 3 and self.odds(0.7):
            divisor = self.pick([each for each in range(1, left + 1) if left % each == 0])
            shape.append(divisor)
            left //= divisor
        shape.append(left)
        return self.pick([list, tuple])(shape)

    def compare(self, view):
        what, other = self.operand(view)
        compare = self.pick([operator.eq, operator.eq, operator.eq, operator.ne, operator.lt, operator.ge])
        if self.odds(0.1):
            return ("__eq__", what), lambda side: view[side].__eq__(other(side))
        if self.odds(0.3):
            return (what, compare, "view"), lambda side: compare(other(side), view[side])
        return ("view", compare, what), lambda side: compare(view[side], other(side))

    def operand(self, view):
        """What a view is compared with: something equal in many cases."""
        kind = self.below(6)
        if kind == 0:
            other = self.pick(self.views)
            return "another view", lambda side: other[side]
        # CPython's == follows the strides that such an exporter leaves out.
        if kind == 1 and not self.source.careless:
            return "the source", lambda side: self.twins[side]
        if kind == 2:
            same = self.same_values(view)
            return same, lambda side: same
        if kind == 3:
            contents = outcome(lambda side: view[side].tobytes(), THEIRS)
            return contents, lambda side: contents
        if kind == 4:
            other, format = self.pick(self.views), self.pick(FORMATS)
            return ("a cast to", format), lambda side: other[side].cast("B").cast(format)
        value = self.pick(OPERANDS)
        return value, lambda side: value

    def same_values(self, view):
        """The values of a view, or some of them changed, in another format and layout."""
        shape, values = shape_of(view), outcome(lambda side: flat(view[side].tolist()), THEIRS)
        if not isinstance(values, list) or not values or not self.world.testbuffer:
            return values
        if self.odds(0.2):
            values[self.below(len(values))] = self.pick(VALUES)
        format = self.pick(["b", "B", "h", "i", "<i", ">i", "q", "<q", ">Q", "l", "f", "d", ">d", "e", "?", "c", "P"])
        make = self.world.testbuffer.ndarray
        made = outcome(lambda side: make(values, shape=list(shape), format=format), THEIRS)
        return values if isinstance(made, Failure) else made

    def tobytes(self, view):
        order = self.pick(["C", "F", "A", "C", "F", "A", None, "Z", "", "CF", 5, "\u20ac"])
        if self.odds(0.3):
            return ("named", order), lambda side: view[side].tobytes(order=order)
        return order, lambda side: view[side].tobytes(order)

    def hex(self, view):
        arguments = self.pick(
            [(), (), (":",), (b"-", 2), (":", -2), (":", 0), ("::",), ("",), ("\u20ac",), (5,), (":", 3), (":", WIDE), (":", 1000)]
        )
        return arguments, lambda side: view[side].hex(*arguments)

    def contains(self, view):
        value = self.values(view)
        return value, lambda side: value in view[side]

    def count(self, view):
        value = self.values(view)
        return value, lambda side: view[side].count(value)

    def find(self, view):
        value = self.values(view)
        length = (shape_of(view) or (3,))[0]
        bounds = [self.below(2 * length + 5) - length - 2 for _ in range(self.below(3))]
        if self.odds(0.05):
            bounds.append(self.pick(KEYS))
        return (value, bounds), lambda side: view[side].index(value, *bounds)

    def again(self, view):
        how = self.below(3)
        if how == 0:
            return "toreadonly", lambda side: view[side].toreadonly()
        if how == 1:
            return "enter", lambda side: view[side].__enter__()
        return "of a view", lambda side: self.world.types[side](view[side])

    def make(self, view):
        arguments, keywords = self.pick(ARGUMENTS), self.pick(KEYWORDS)
        return (arguments, keywords), lambda side: self.world.types[side](*arguments, **keywords)

    def from_flags(self, view):
        flags = self.pick(FLAGS + [0x100, 0x200, -1, WIDE, "a"])
        return flags, lambda side: self.world.types[side]._from_flags(self.twins[side], flags)

    def release(self, view):
        return "", lambda side: view[side].release()

    def context(self, view):
        return "", lambda side: in_context(view[side])

    def request(self, view):
        """By the C API, with any flags."""
        flags = self.pick(FLAGS)

        def work(side):
            with pybuf.buffer_of(view[side], flags) as buffer:
                return told(buffer)

        return flags, work

    def export(self, view):
        """Somebody takes a buffer, and keeps it."""
        flags = self.pick(FLAGS)
        if sys.version_info < (3, 12) or self.odds(0.3):
            held = [pybuf.Py_buffer(), pybuf.Py_buffer()]

            def work(side):
                pybuf.PyObject_GetBuffer(view[side], held[side], flags)
                self.held.append(held[side])

            return flags, work

        def work(side):
            exported = view[side].__buffer__(flags)
            self.held.append(exported)
            return exported

        return ("__buffer__", flags), work

    def let_go(self, view):
        """All who took buffers give them back."""
        return "", lambda side: self.close()

    def resize(self, view):
        return "", lambda side: self.twins[side].append(1)

    def with_numpy(self, view):
        """NumPy says the same of both, and the same values as the view does."""
        numpy = self.world.numpy
        if not numpy:
            return None

        def work(side):
            seen = numpy.asarray(view[side])
            if seen.dtype.kind == "U":
                # NumPy looks at no character, and a debug build of CPython ends at one that is none.
                return seen.dtype, seen.shape, seen.strides, seen.flags.writeable
            values = seen.tolist()
            listed = outcome(lambda side: view[side].tolist(), side)
            agree = isinstance(listed, Failure) or repr(listed) == repr(values)
            return seen.dtype, seen.shape, seen.strides, seen.flags.writeable, repr(values), agree

        return "", work

    def close(self):
        """Gives up what was taken. The views of the sequence go with it."""
        for held in self.held:
            if isinstance(held, pybuf.Py_buffer):
                pybuf.PyBuffer_Release(held)
        self.held.clear()


class Failure:
    """An exception, as it is compared."""

    def __init__(self, exception):
        self.shown = type(exception).__name__, str(exception)

    def __repr__(self):
        return "{}: {}".format(*self.shown)


def outcome(work, side):
    try:
        return work(side)
    except Exception as exception:
        return Failure(exception)


def assign(view, key, value):
    view[key] = value
    return view.tobytes()


def shape_of(view):
    try:
        return view[THEIRS].shape
    except ValueError:
        return (3,)


def flat(values):
    """The numbers of nested lists."""
    while isinstance(values, list) and values and isinstance(values[0], list):
        values = list(itertools.chain(*values))
    return values if isinstance(values, list) else [values]


def told(buffer):
    """What a Py_buffer says, but for addresses."""
    ndim = buffer.ndim
    arrays = (buffer.shape, buffer.strides, buffer.suboffsets)
    numbers = tuple(tuple(numbers[:ndim]) if numbers else None for numbers in arrays)
    return buffer.len, buffer.itemsize, buffer.readonly, ndim, buffer.format, numbers


class World:
    """What all sequences have in common: both types, the sources, and what is known to differ:
    pairs of a reason and a function of what was done and both outcomes."""

    def __init__(self, ours, sources, testbuffer, numpy, differences):
        self.types = ours, BUILTIN
        self.sources = sources
        self.testbuffer, self.numpy = testbuffer, numpy
        self.differences = differences

    def shown(self, result):
        """An outcome as it is compared."""
        if isinstance(result, Failure):
            return Failure, spelled(repr(result))
        if isinstance(result, self.types):
            facts = [outcome(lambda side, name=name: getattr(result, name), OURS) for name in ATTRIBUTES]
            return "view", repr(facts), repr(outcome(lambda side: result.tobytes(), OURS))
        return type(result), spelled(repr(result))

    def is_known(self, what, ours, theirs):
        return any(applies(what, ours, theirs) for _, applies in self.differences)


def spelled(text):
    """Without addresses, and without the module that our type's name has in front."""
    if " at 0x" in text:
        text = re.sub(" at 0x[0-9a-fA-F]+", "", text)
    return text.replace("libpybuf.memoryview", "memoryview") if "libpybuf" in text else text


TABLE = {
    Sequence.plain: 14,
    Sequence.attribute: 3,
    Sequence.object: 1,
    Sequence.item: 8,
    Sequence.part: 14,
    Sequence.parts: 3,
    Sequence.put: 8,
    Sequence.put_part: 6,
    Sequence.move: 4,
    Sequence.delete: 1,
    Sequence.cast: 12,
    Sequence.compare: 10,
    Sequence.tobytes: 4,
    Sequence.hex: 3,
    Sequence.contains: 3,
    Sequence.count: 2,
    Sequence.find: 3,
    Sequence.again: 5,
    Sequence.make: 1,
    Sequence.from_flags: 1,
    Sequence.release: 2,
    Sequence.context: 1,
    Sequence.request: 4,
    Sequence.export: 2,
    Sequence.let_go: 1,
    Sequence.resize: 1,
    Sequence.with_numpy: 3,
}
OPERATIONS = {method.__name__: method for method in TABLE}
NAMES = list(OPERATIONS)
WEIGHTS = list(itertools.accumulate(TABLE.values()))
PLAIN_NAMES = list(PLAIN)

# Says each operation before it is done: for a sequence that ends the interpreter.
TRACE = bool(os.environ.get("PYBUF_SEQUENCES_TRACE"))
