"""The stand-in for `_testbuffer` (c_tests/extensions/testbuffer.c) beside the original.

The same is done with both: generated arguments, and generated sequences of operations on arrays
that are made of each other. Both give the same, or raise the same class. What is left out is what
the original does beyond its memory or by chance:

- a SIMPLE re-export of larger items: it finds as many items as there are bytes;
- formats of pad bytes only, which it does not expect (an assertion in debug builds);
- lengths with a product beyond all memory: it multiplies modulo 2**64;
- more slices than dimensions: it writes them beyond its own;
- flags that only arrays themselves set (ND_SCALAR, contiguity): it believes them;
- `__init__` called again or never;
- an assignment to an item that fails: it clears the item as a rule, and ours leaves it alone;

and what the library answers by another rule (test_requests.py says why):

- one dimension without items, by an odd stride: contiguous to the original, not to memoryview;
- READ and WRITE as requests before CPython 3.13;
- suboffsets that lead nowhere, to a request that does not ask for any: the original gives them;
- the suboffsets of an empty part of PIL-style memory, which mean nothing.
"""

import gc
import random
import re
import struct
import sys
import threading

import layouts
import pytest
import struct_cases

GETTERS = "flags offset nbytes readonly itemsize format ndim shape strides suboffsets c_contiguous f_contiguous contiguous"
SIMPLE, WRITABLE, FORMAT, ND, STRIDES, INDIRECT = 0, 1, 4, 8, 0x18, 0x118
C, F, ANY = 0x38, 0x58, 0x98
MORE = (0, WRITABLE, FORMAT, WRITABLE | FORMAT)
REQUESTS = [base | more for base in (SIMPLE, ND, STRIDES, INDIRECT, C, F, ANY) for more in MORE]
# All of FULL_RO, most of the time: the others lose what later operations need.
LIKELY = [0x11C] * 20 + REQUESTS
ERRORS = (TypeError, ValueError, IndexError, BufferError, OverflowError, NotImplementedError, SystemError, KeyError, struct.error)


def is_odd(array):
    """One dimension without items, by an odd stride."""
    return array.ndim == 1 and not array.nbytes and array.strides not in ((), (array.itemsize,))


def shown(array):
    """Everything that an array says of itself, but its obj."""
    says = {name: getattr(array, name) for name in GETTERS.split()}
    if says["suboffsets"] and not says["nbytes"]:
        del says["suboffsets"]
    says["bytes"] = array.tobytes()
    says["items"] = repr(outcome(array.tolist))
    return says


def outcome(do, *arguments, **keywords):
    """What it gives, or the class of what it raises."""
    try:
        return do(*arguments, **keywords)
    except UnicodeError:
        return ValueError
    except ERRORS as error:
        return type(error)


class Beside:
    """Two modules, and arrays made by the same calls of each."""

    def __init__(self, original, stand_in):
        self.modules = original, stand_in
        self.arrays = []
        self.done = []

    def both(self, what, do):
        """Does it with each module and its arrays: the outcomes, which are equal. A new array joins
        the others."""
        self.done.append(what)
        sides = range(len(self.modules))
        outcomes = [outcome(do, self.modules[side], [pair[side] for pair in self.arrays]) for side in sides]
        are_arrays = [isinstance(found, module.ndarray) for found, module in zip(outcomes, self.modules)]
        if all(are_arrays):
            known = self.place(outcomes)
            if known is None:
                self.arrays.append(tuple(outcomes))
                self.check(outcomes)
        else:
            theirs, ours = outcomes
            assert not any(are_arrays) and type(theirs) is type(ours) and repr(theirs) == repr(ours), self.story(outcomes)
        return outcomes

    def place(self, pair):
        """Which of the arrays they are; the same on both sides."""
        places = [
            next((k for k, known in enumerate(self.arrays) if known[side] is one), None) for side, one in enumerate(pair)
        ]
        assert places[0] == places[1], self.story(pair)
        return places[0]

    def check(self, pair):
        theirs, ours = map(shown, pair)
        assert theirs == ours, self.story((theirs, ours))
        objs = [array.obj for array in pair]
        if self.place(objs) is None:
            assert type(objs[0]).__name__ == type(objs[1]).__name__, self.story(objs)

    def check_all(self):
        for pair in self.arrays:
            self.check(pair)

    def story(self, outcomes):
        return "\n".join([*map(str, self.done), "original: " + repr(outcomes[0]), "stand-in: " + repr(outcomes[1])])


@pytest.fixture
def beside(testbuffer, stand_in):
    return Beside(testbuffer, stand_in)


# ---- Arguments of the constructor ----


class Arguments:
    """Generates what ndarray is made of; most of it fits."""

    def __init__(self, rng):
        self.rng = rng
        self.formats = struct_cases.Formats(rng)
        self.values = struct_cases.Values(rng)

    def format_and_items(self, count):
        """A format and values for so many items. Pointers are left out: struct's own bounds for them
        are not those of any other code."""
        rng = self.rng
        while True:
            text = rng.choice(["B", "B", "B", "h", "<i", "d", "?", "c", "3s"]) if rng.random() < 0.6 else None
            text = text or self.formats.well_formed().decode()
            try:
                # struct packs a Pascal string of no bytes beyond its end.
                if not 0 < struct.calcsize(text) <= 4096 or "P" in text or re.search("(?<!\\d)0+p", text):
                    continue
            except struct.error:
                continue
            codes = list(struct_cases.codes(text.encode()))
            if not codes:
                continue
            pools = [self.plain(code) for code in codes]
            items = [tuple(map(rng.choice, pools)) for _ in range(count)]
            return text, [item[0] if len(item) == 1 else item for item in items]

    def plain(self, code):
        """Values that fit, of types that an item may have by itself."""
        return [value for value in self.values.of(code)[0] if type(value) in (int, float, bytes, bool)]

    def layout(self):
        chance = self.rng
        name = chance.random()
        if name < 0.5:
            return chance.choice(list(KINDS.values()))
        return layouts.regular(chance.randrange(1 << 30), 1)[0]

    def fitting(self):
        """A layout, and other items in its memory."""
        rng, layout = self.rng, self.layout()
        size = layout.itemsize
        count = max(1, layout.size // size)
        format, items = self.format_and_items(count)
        unit = struct.calcsize(format)
        keywords = {"shape": list(layout.shape), "format": format, "flags": rng.choice([0, 2])}
        if not layout.shape:
            items = items[0]
        else:
            keywords["strides"] = [stride // size * unit for stride in layout.strides]
            keywords["offset"] = layout.offset // size * unit
            if rng.random() < 0.3:
                keywords["flags"] |= 0x10
        if rng.random() < 0.2 and layout.shape:
            contiguous = 1
            for length in layout.shape:
                contiguous *= length
            if contiguous <= len(items):
                keywords.update(strides=[], offset=0)
                keywords["flags"] |= rng.choice([0, 4])
        return items, keywords

    def any(self):
        """In half of the cases one thing is wrong, perhaps: of two, who says which is found first?"""
        items, keywords = self.fitting()
        return self.changed(items, keywords) if self.rng.random() < 0.5 else (items, keywords)

    def changed(self, items, keywords):
        rng, changed = self.rng, dict(keywords)
        name = rng.choice(["shape", "strides", "offset", "format", "flags", "items", "getbuf", "missing"])
        if name in ("shape", "strides") and changed.get("shape"):
            numbers = list(changed.get(name, []))
            for _ in range(rng.choice([1, 1, 2])):
                numbers[rng.randrange(len(numbers) + 1) :][:1] = []
                numbers.insert(rng.randrange(len(numbers) + 1), rng.choice(NUMBERS))
            changed[name] = rng.choice([numbers, tuple(numbers), numbers[:1], [1] * 129, None, {3}, 4])
        elif name == "offset":
            changed[name] = rng.choice([-1, 0, 1, 2, 8, 1 << 62, 1 << 64, [], None, 1.5])
        elif name == "format":
            # With what fits any format, nearly.
            items, changed = [1, 2, 3], {"shape": [3], "flags": changed["flags"] & 2}
            changed[name] = rng.choice(["", "B", "h", "L", "0B", "xB", "2B", "@#$", "B\0", "\xe9", b"B", {}, None, 7])
        elif name == "flags":
            changed[name] = rng.choice([0, 1, 2, 4, 0x10, 0x14, 0x20, 0x40, 0xC0, 1 << 40, "x", None])
        elif name == "getbuf":
            changed[name] = rng.choice([0, 0x11C, {}, None])
        elif name == "missing":
            del changed[rng.choice([name for name in changed if name != "format"])]
        elif changed.get("shape"):
            items = rng.choice([[], (), {1}, "x", b"abc", bytearray(b"abc"), 5, None, [None], [1, (2, 3)], [[1], [2]], items])
        return items, changed


NUMBERS = [0, 1, 2, 3, 5, -1, -2, 7, 1 << 20, 1 << 63, 1 << 128, "3", 1.0, None, True]
KINDS = layouts.kinds()


@pytest.mark.parametrize("seed", range(20))
def test_made_of_items(beside, seed):
    arguments = Arguments(random.Random(seed))
    made = 0
    for _ in range(150):
        items, keywords = arguments.any()
        made += len(beside.arrays)
        beside.arrays, beside.done = [], []
        beside.both(f"ndarray({items!r}, **{keywords!r})", lambda module, _: module.ndarray(items, **keywords))
    assert made > 30


@pytest.mark.parametrize("seed", range(10))
def test_one_item_of_any_value(beside, seed):
    """By a constructor, and by an assignment, which leaves the item alone where it fails."""
    rng = random.Random(seed)
    arguments = Arguments(rng)
    for _ in range(200):
        format, (item,) = arguments.format_and_items(1)
        codes = list(struct_cases.codes(format.encode()))
        values = [rng.choice([*sum(map(list, arguments.values.of(code)), []), *struct_cases.WRONG]) for code in codes]
        value = rng.choice([tuple(values), list(values), *values, *struct_cases.WRONG])
        beside.arrays, beside.done = [], []
        beside.both(f"{value!r} as {format}", lambda module, _: module.ndarray([value], shape=[1], format=format))
        beside.both(f"{item!r} as {format}", lambda module, _: module.ndarray([item], [1], format=format, flags=2))
        before = beside.arrays[-1][1].tobytes()
        found = beside.both(f"a[0] = {value!r}", lambda _, arrays: arrays[-1].__setitem__(0, value))
        if found[1] is None:
            beside.check_all()
        else:
            assert beside.arrays[-1][1].tobytes() == before


# ---- Sequences of operations ----


class Operations:
    """Generates what is done next with arrays."""

    def __init__(self, beside, seed):
        self.rng = random.Random(seed)
        self.beside = beside
        self.arguments = Arguments(self.rng)
        self.exports = []

    def step(self):
        getattr(self, self.rng.choice(OPERATIONS if self.beside.arrays else ["make"]))()

    def pick(self):
        return self.rng.randrange(len(self.beside.arrays))

    def theirs(self, at):
        return self.beside.arrays[at][0]

    def make(self):
        items, keywords = self.arguments.fitting()
        if self.rng.random() < 0.3:
            keywords["flags"] |= 1
        self.beside.both(f"ndarray({items!r}, **{keywords!r})", lambda module, _: module.ndarray(items, **keywords))

    def request(self, array):
        """A request that both answer by the same rule."""
        request = self.rng.choice(LIKELY)
        nowhere = array.suboffsets and max(array.suboffsets) < 0
        small = array.itemsize == 1 or array.ndim != 1
        return request if not is_odd(array) and not nowhere and (small or request & ND) else 0x11C

    def re_export(self):
        at = self.pick()
        request, flags = self.request(self.theirs(at)), self.rng.choice([0, 0, 0x20])
        self.beside.both(
            f"ndarray(a{at}, getbuf={request:#x}, flags={flags})",
            lambda module, arrays: module.ndarray(arrays[at], getbuf=request, flags=flags),
        )

    def slice(self, length):
        rng = self.rng
        bounds = [None, 0, 1, 2, length, -1, -2, -length, length + 3, 1 << 70, -(1 << 70), length // 2]
        return slice(rng.choice(bounds), rng.choice(bounds), rng.choice([None, None, 1, 2, -1, -2, 3, 1 << 70, 0]))

    def key(self, array):
        rng, shape = self.rng, array.shape
        length = shape[0] if shape else 3
        if rng.random() < 0.06:
            return rng.choice(["x", 1.5, None, ..., (), (1, 2), (slice(None), 1), 1 << 64, -(1 << 64), {}, struct_cases.Index(0)])
        if rng.random() < 0.3 or not shape:
            return rng.choice([..., ()]) if not shape and array.ndim == 0 else rng.randint(-length, max(length - 1, 0))
        slices = tuple(self.slice(length) for length in shape[: rng.randint(1, array.ndim)])
        return slices[0] if len(slices) == 1 and rng.random() < 0.5 else slices

    def subscript(self):
        at = self.pick()
        key = self.key(self.theirs(at))
        self.beside.both(f"a{at}[{key!r}]", lambda _, arrays: arrays[at][key])

    def assign_item(self):
        at = self.pick()
        array = self.theirs(at)
        key = self.key(array)
        value = self.rng.choice([0, 1, 300, 1.5, b"x", b"abc", (1, 2), None, True, *array.tobytes()[:3]])
        found = self.beside.both(f"a{at}[{key!r}] = {value!r}", lambda _, arrays: arrays[at].__setitem__(key, value))
        if found[0] is None:
            self.beside.check_all()
        else:
            self.forget()

    def assign_part(self):
        """Of the same array as a rule: overlapping, and often of the same shape."""
        at = self.pick()
        other = at if self.rng.random() < 0.7 else self.pick()
        dest, src = self.key(self.theirs(at)), self.key(self.theirs(other))
        if self.rng.random() < 0.5 and self.theirs(at).shape:
            length = self.theirs(at).shape[0]
            count = self.rng.randint(0, length)
            starts = [self.rng.randint(0, length - count) for _ in range(2)]
            dest, src = (slice(start, start + count) for start in starts)
            if self.rng.random() < 0.3:
                src = slice(starts[1] + count - 1, starts[1] - 1 if starts[1] else None, -1)

        def assign(_, arrays):
            arrays[at][dest] = arrays[other][src]

        self.beside.both(f"a{at}[{dest!r}] = a{other}[{src!r}]", assign)
        self.beside.check_all()

    def push(self):
        at = self.pick()
        items, keywords = self.arguments.fitting()
        self.beside.both(f"a{at}.push({items!r}, **{keywords!r})", lambda _, arrays: arrays[at].push(items, **keywords))
        self.beside.check(self.beside.arrays[at])

    def pop(self):
        at = self.pick()
        self.beside.both(f"a{at}.pop()", lambda _, arrays: arrays[at].pop())
        self.beside.check(self.beside.arrays[at])

    def add_suboffsets(self):
        """Where nobody holds a buffer of it, which the original would change as well."""
        at = self.pick()
        if sys.getrefcount(self.theirs(at)) > 2:
            return
        self.beside.both(f"a{at}.add_suboffsets()", lambda _, arrays: arrays[at].add_suboffsets())
        self.beside.check(self.beside.arrays[at])

    def export(self):
        at = self.pick()
        views = []

        def view(_, arrays):
            views.append(memoryview(arrays[at]))
            made = views[-1]
            return made.format, made.itemsize, made.shape, made.strides, made.nbytes, made.readonly, made.tobytes()

        self.beside.both(f"memoryview(a{at})", view)
        self.exports += [tuple(views)] if len(views) == 2 else []

    def look(self):
        """At an export, and lets go of it perhaps."""
        if self.exports:
            at = self.rng.randrange(len(self.exports))
            pair = self.exports[at]
            assert pair[0].tobytes() == pair[1].tobytes(), self.beside.story(pair)
            if self.rng.random() < 0.7:
                del self.exports[at]
                self.beside.done.append("release")
                for view in pair:
                    view.release()

    def hash(self):
        at = self.pick()
        self.beside.both(f"hash(a{at})", lambda _, arrays: hash(arrays[at]))

    def drop(self):
        """The last array, if no other is made of it."""
        self.beside.done.append("drop")
        self.beside.arrays.pop()

    def forget(self):
        self.beside.arrays.clear()
        self.beside.done.append("forget all")

    def functions(self):
        at, other, order = self.pick(), self.pick(), self.rng.choice("CFAZ")
        array = self.theirs(at)
        request = self.request(array)
        indices = [self.rng.randint(-1, length) if self.rng.random() < 0.1 else self.rng.randrange(length or 1) for length in array.shape]
        calls = {
            f"py_buffer_to_contiguous(a{at}, {order!r}, {request:#x})": lambda module, arrays: module.py_buffer_to_contiguous(
                arrays[at], order, request
            ),
            f"is_contiguous(a{at}, {order!r})": lambda module, arrays: module.is_contiguous(arrays[at], order),
            f"cmp_contig(a{at}, a{other})": lambda module, arrays: module.cmp_contig(arrays[at], arrays[other]),
            f"get_pointer(a{at}, {indices})": lambda module, arrays: module.get_pointer(arrays[at], indices),
        }
        for buffertype in (0x100, 0x200):
            calls[f"get_contiguous(a{at}, {buffertype}, {order!r})"] = lambda module, arrays, kind=buffertype: (
                module.get_contiguous(arrays[at], kind, order).tobytes("A")
            )
        for what, call in calls.items():
            self.beside.both(what, call)


OPERATIONS = ["make", "make", "re_export", "re_export"] + ["subscript"] * 4 + ["assign_item"] * 2 + ["assign_part"] * 3
OPERATIONS += ["push", "pop", "add_suboffsets", "export", "look", "hash", "drop", "functions", "functions"]


@pytest.mark.parametrize("seed", range(100))
def test_sequences(beside, seed):
    operations = Operations(beside, seed)
    for _ in range(60):
        operations.step()
        if len(beside.arrays) > 8:
            operations.forget()
    operations.exports.clear()
    beside.check_all()


# ---- What sequences do not come to ----


def test_constants(testbuffer, stand_in):
    def constants(module):
        return {name: getattr(module, name) for name in dir(module) if name.startswith(("ND_", "PyBUF_"))}

    assert constants(stand_in) == constants(testbuffer)


def test_names(testbuffer, stand_in):
    def names(thing):
        return {name for name in dir(thing) if not name.startswith("__")}

    assert names(stand_in) == names(testbuffer)
    assert names(stand_in.ndarray) == names(testbuffer.ndarray)


def test_more_dimensions_than_a_memoryview_has(beside):
    """All but the first have one item, so that there can be so many."""
    for ndim in (64, 65, 100, 128):
        for length in (0, 1, 3):
            beside.arrays, beside.done = [], []
            shape = [length] + [1] * (ndim - 1)
            for flags in (0, 2, 4, 0x10):
                beside.both(f"{shape}, flags {flags}", lambda module, _: module.ndarray([7, 8, 9, 10], shape, flags=flags))
            for at in range(4):
                beside.both(f"a{at}[::-1]", lambda _, arrays: arrays[at][::-1])
                beside.both(f"a{at}[:, ::-1]", lambda _, arrays: arrays[at][:, ::-1])
                beside.both(f"a{at}[-1]", lambda _, arrays: arrays[at][-1])
                beside.both(f"ndarray(a{at})", lambda module, arrays: module.ndarray(arrays[at]))
                beside.both(f"bytes(a{at})", lambda _, arrays: bytes(arrays[at]))
                beside.both(f"memoryview(a{at})", lambda _, arrays: memoryview(arrays[at]).nbytes)
                beside.both(f"hash(a{at})", lambda _, arrays: hash(arrays[at]))
                beside.both("get_pointer", lambda module, arrays: module.get_pointer(arrays[at], [0] * ndim))
                for request in REQUESTS:
                    beside.both(f"{request:#x} of a{at}", lambda module, arrays: module.ndarray(arrays[at], getbuf=request).nbytes)
                for other in range(4):
                    beside.both("cmp_contig", lambda module, arrays: module.cmp_contig(arrays[at], arrays[other]))
            beside.both("a1[:] = a2", lambda _, arrays: arrays[1].__setitem__(slice(None), arrays[2]))
            beside.both("a1[:] = a3[::-1]", lambda _, arrays: arrays[1].__setitem__(slice(None), arrays[3][::-1]))
            beside.check_all()


def test_static_arrays(beside):
    """They answer a request to write as well, read-only: the library does not believe that."""
    requests = [request for request in REQUESTS if not request & WRITABLE]
    for legacy in (False, True):
        keywords = {"legacy_mode": legacy} if legacy else {}
        for flags in (0, 0x20):
            for request in requests:
                beside.both(
                    f"{request:#x} of staticarray({legacy})",
                    lambda module, _: module.ndarray(module.staticarray(**keywords), getbuf=request, flags=flags),
                )
        beside.both("memoryview", lambda module, _: memoryview(module.staticarray(**keywords)).tolist())
        beside.both("obj", lambda module, _: memoryview(module.staticarray(**keywords)).obj is None)


MISUSES = {
    "slice_indices": [(), (slice(1),), (slice(1), "a"), ("a", 1), (slice(None), -1), (slice(0, 1, 0), 4), (slice("a"), 1)],
    "get_pointer": [(), ({}, [1]), (b"123", {}), (b"123", [1, 2]), (b"123", [3]), (b"123", ["a"]), (b"123", [1 << 64])],
    "get_sizeof_void_p": [(), (1,)],
    "get_contiguous": [(b"1", 256, order) for order in ("", "CC", "c", b"C", None, "\u2007", 961)]
    + [(b"1", kind, "C") for kind in (0, 255, 512, True, 1.0, "x", 1 << 64)]
    + [({}, 256, "Z"), ({}, 255, "C"), ({}, 256, "C"), (1, 2, 3, 4)],
    "py_buffer_to_contiguous": [(b"1", order, 0) for order in ("", "CC", "c", b"C", None, "\u2007")]
    + [(b"1", "C", 1), (b"1", "C", "a"), (b"1", "C", 1 << 64), ({}, "C", 0), (b"1", "C"), ()],
    "cmp_contig": [(), (b"",), ({}, b""), (b"", {}), (b"ab", b"ab"), (b"ab", b"abc"), (b"ab", bytearray(b"ab"))],
    "is_contiguous": [(b"1", order) for order in ("", "CC", "c", b"C", None, "\u2007")] + [({}, "A"), ({}, "Z"), (b"", "F"), ()],
    "staticarray": [(1, 2, 3)],
}


@pytest.mark.parametrize("name", MISUSES)
def test_functions_misused(beside, name):
    def call(module, arguments):
        found = getattr(module, name)(*arguments)
        return found.tobytes() if hasattr(found, "tobytes") else found

    for arguments in MISUSES[name]:
        beside.both(f"{name}{arguments}", lambda module, _: call(module, arguments))


@pytest.mark.parametrize("format", ["B", "h", "LQ", "3s", "xB", "n", "l" * 128, "l" * 129])
def test_memoryviews_of_buffers(beside, format):
    codes = list(struct_cases.codes(format.encode()))
    item = tuple(b"abc" if code[-1] == "s" else 7 for code in codes)
    items = [item if len(item) > 1 else item[0]] * 6

    def made(_, arrays):
        view = arrays[-1].memoryview_from_buffer()
        return view.obj, view.format, view.shape, view.strides, view.suboffsets, view.readonly, view.tobytes()

    for keywords in ({"shape": [2, 3]}, {"shape": [3, 2], "flags": 6}, {"shape": [6], "flags": 0x10}, {"shape": [0]}):
        beside.both(f"{keywords}", lambda module, _: module.ndarray(items, format=format, **keywords))
        beside.both("memoryview_from_buffer()", made)
        beside.both("[::-1]", lambda _, arrays: arrays[-1][::-1])
        beside.both("memoryview_from_buffer()", made)
        beside.both("[::-1]", lambda _, arrays: arrays[-1][::-1])
        beside.both("memoryview_from_buffer()", made)


def test_exporters_that_lie(stand_in):
    """None of them ends the process, and what they have filled comes back. What says that it has 65
    dimensions is believed: an ndarray may have so many."""
    hostile = pytest.importorskip("hostile", reason="the extension hostile is not built")
    for name, request, *_ in hostile.lies():
        if name.startswith("ndim_65"):
            continue
        source = hostile.Hostile(name)
        writable = stand_in.ndarray([0] * 6, [2, 3], flags=stand_in.ND_WRITABLE)

        def re_export():
            array = stand_in.ndarray(source, getbuf=request)
            outcome(array.tolist), outcome(array.tobytes), outcome(lambda: array[0]), outcome(lambda: array[:1])
            outcome(memoryview, array), outcome(hash, array), outcome(array.add_suboffsets)

        uses = [re_export]
        if request == 0x11C:
            # Functions of a Py_buffer do not know what was asked for: suboffsets that were not are followed.
            uses += [
                lambda: stand_in.py_buffer_to_contiguous(source, "F", request),
                lambda: stand_in.get_pointer(source, [1, 1]),
                lambda: stand_in.get_pointer(source, [1]),
                lambda: stand_in.cmp_contig(source, source),
                lambda: stand_in.is_contiguous(source, "A"),
                lambda: stand_in.get_contiguous(source, 0x100, "F"),
                lambda: writable.__setitem__(slice(None), source),
            ]
        for use in uses:
            outcome(use)
            gc.collect()
            assert source.filled == source.released, name


class Hostile:
    """Runs something while it is converted."""

    def __init__(self, act):
        self.act = act

    def __index__(self):
        self.act()
        return 1

    def __float__(self):
        return float(self.__index__())

    def __bool__(self):
        return bool(self.__index__())


def test_conversions_that_change_the_array(stand_in):
    """What an operation uses stays until it is done."""
    for flags in (stand_in.ND_WRITABLE, stand_in.ND_WRITABLE | stand_in.ND_VAREXPORT):
        for format in "Bd?":
            array = stand_in.ndarray([1, 2], [2], flags=flags, format=format)
            array.push([3, 4, 5], [3], flags=2, format=format)

            def change():
                for act in (array.pop, lambda: array.push([9], [1], flags=2, format=format)):
                    try:
                        act()
                    except BufferError:
                        pass

            array[0] = (Hostile(change),)
            array[Hostile(change) : 1]
            array[0:1] = array[Hostile(change) : 2] if array.shape == (3,) else array[0:1]
            items = [(Hostile(lambda: items.clear()),), (2,)]
            assert stand_in.ndarray(items, [2], format=format).tolist() == [1, 2 if format != "?" else 1]


def test_threads(stand_in):
    """One array in several threads: it is pushed and popped, exported and read, and no count is lost."""
    array = stand_in.ndarray([1] * 64, [64], flags=stand_in.ND_VAREXPORT | stand_in.ND_WRITABLE)
    failed = []

    def use(seed):
        rng = random.Random(seed)
        for _ in range(300):
            try:
                what = rng.randrange(5)
                if what == 0:
                    array.push([seed] * 64, [64], flags=2)
                elif what == 1:
                    array.pop()
                elif what == 2:
                    with memoryview(array) as view:
                        assert len(view.tobytes()) == 64
                elif what == 3:
                    array[1:9] = array[8:0:-1]
                else:
                    assert len(array[3:5].tolist()) == len(array[3:5].tobytes()) == 2
            except BufferError:
                pass
            except Exception as error:  # Whatever it is, the main thread tells.
                failed.append(error)

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with pytest.raises(BufferError, match="single base"):
        while True:
            array.pop()


def test_what_it_is_made_of_is_given_back(stand_in):
    source, item, format = bytearray(b"abcdef"), (1 << 40, 2.5), "=qd"

    def use():
        array = stand_in.ndarray([item, item], [2], format=format, flags=stand_in.ND_PIL | stand_in.ND_WRITABLE)
        array[0] = array[1]
        array[:] = array[::-1]
        array.push([item], [1], format=format)
        array.pop()
        view = memoryview(array[1:])
        array.memoryview_from_buffer()
        other = stand_in.ndarray(source)
        assert hash(stand_in.ndarray(bytes(source))) == hash(bytes(source))
        for wrong in (lambda: array[5], lambda: array["x"], lambda: other.push([1], [1]), lambda: array.__setitem__(0, 1)):
            with pytest.raises((IndexError, TypeError, BufferError, ValueError)):
                wrong()
        return array.tolist(), view.nbytes, other[::2].tobytes(), list(other)

    def counts():
        return [sys.getrefcount(thing) for thing in (source, item, format, stand_in.ndarray, None, struct.error)]

    use()
    before = counts()
    for _ in range(100):
        use()
    after = counts()
    # That of None drifts a little.
    assert all(abs(now - then) < 20 for now, then in zip(after, before))
    source.append(0)
