"""The short ways of views, beside the builtin memoryview of the Python that runs.

Most views show a row of letters, are made by a call with one argument, sliced, cast to one letter
and indexed with an int. For each of that the library has a short way, and a way with care for what
looks nearly the same: here is what looks nearly the same.
"""

import contextlib
import ctypes
import gc
import importlib
import itertools
import os
import struct
import sys
import sysconfig

import pybuf
import pytest

KINDS = ["memoryview", "View"]
DEBUG_BUILD = bool(sysconfig.get_config_var("Py_DEBUG"))

Sizes = ctypes.POINTER(ctypes.c_ssize_t)


class Answer(ctypes.Structure):
    """A Py_buffer."""

    _fields_ = [
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", Sizes),
        ("strides", Sizes),
        ("suboffsets", Sizes),
        ("internal", ctypes.c_void_p),
    ]


from_answer = ctypes.pythonapi.PyMemoryView_FromBuffer
from_answer.restype, from_answer.argtypes = ctypes.py_object, [ctypes.POINTER(Answer)]

MEMORY = ctypes.create_string_buffer(64)


def row(form, itemsize, length, readonly):
    """A builtin view of a row of items with any format and any size, which it lends as it is."""
    MEMORY.raw = bytes(range(7, 7 + len(MEMORY)))
    shape, strides = (ctypes.c_ssize_t * 1)(length), (ctypes.c_ssize_t * 1)(itemsize)
    start = ctypes.addressof(MEMORY)
    answer = Answer(start, None, length * itemsize, itemsize, readonly, 1, form, shape, strides, None, None)
    return from_answer(ctypes.byref(answer))


@pytest.fixture(params=KINDS)
def kind(request, libpybuf):
    return getattr(libpybuf, request.param)


@pytest.fixture
def exact(libpybuf):
    return libpybuf.memoryview


@pytest.fixture(autouse=True)
def _some_are_kept(libpybuf):
    """Objects that ended, of every sort, are there to be used again."""
    for name in KINDS:
        kind = getattr(libpybuf, name)
        dead = [kind(b"12345678"), kind(bytearray(8)).cast("d"), kind(b"").cast("c"), kind(b"abc")[::-1]]
        dead += [kind(bytearray(256)).cast("B", [2] * 8), kind(memoryview(b"12345678").cast("h", [2, 2]))]


def told(what):
    """What comes out, to be compared: NaNs are equal here."""
    try:
        return repr(what())
    except Exception as error:
        return type(error).__name__, str(error)


OPERATIONS = {
    "format": lambda v: (v.format, v.itemsize, v.nbytes, v.shape, v.strides, v.readonly, v.contiguous, v.ndim),
    "first": lambda v: v[0],
    "last": lambda v: v[-1],
    "behind": lambda v: v[3],
    "True": lambda v: v[True],
    "list": lambda v: v.tolist(),
    "iterated": lambda v: list(v),
    "bytes": lambda v: (v.tobytes(), v.hex(), len(v)),
    "part": lambda v: (v[1:].tolist(), v[1:].tobytes(), v[1:].shape),
    "steps": lambda v: (v[::2].tobytes(), v[::-1].tobytes(), v[::-2].strides),
    "part of a part": lambda v: (v[1:][1:].format, v[1:][:1].tobytes(), v[1:][::-1][:1].tolist()),
    "nothing": lambda v: (v[1:1].tolist(), v[1:1].shape, v[5:].tobytes()),
    "as bytes": lambda v: v.cast("B").tolist(),
    "as ints": lambda v: v.cast("i").tolist(),
    "part as shorts": lambda v: v[1:].cast("h").tolist(),
    "steps as bytes": lambda v: v[::2].cast("B").tolist(),
    "hash": lambda v: hash(v[:1]),
    "written": lambda v: (v.__setitem__(0, 5), v.tobytes()),
    "written too large": lambda v: v.__setitem__(-1, 1 << 80),
    "part written": lambda v: (v.__setitem__(slice(0, 1), v[1:2]), v.tobytes()),
    "read-only": lambda v: v.toreadonly()[1:].readonly,
}

FORMATS = [b"B", b"b", b"c", b"h", b"i", b"I", b"q", b"N", b"f", b"d", b"e", b"?", b"P", b"@i", b"x", b"g", b"u", b"O"]
FORMATS += [b"<i", b"=B", b"3i", b"ii", b"Zd", b"D", b"", b"i\0i"]


def size_of(form):
    with contextlib.suppress(struct.error):
        return struct.calcsize(form.split(b"\0")[0].decode())
    return 1


@pytest.mark.parametrize("form", FORMATS)
def test_rows_of_any_letter_and_any_size(exact, form):
    # Of smaller items the builtin reads what is behind them.
    for itemsize in (size for size in (1, 2, 3, 4, 8, 16) if size >= size_of(form)):
        for length, readonly, name in itertools.product(range(4), (0, 1), OPERATIONS):
            operation = OPERATIONS[name]
            ours = told(lambda: operation(exact(row(form, itemsize, length, readonly))))
            theirs = told(lambda: operation(memoryview(row(form, itemsize, length, readonly))))
            assert ours == theirs, (itemsize, length, readonly, name)


@pytest.mark.parametrize("form", FORMATS)
def test_what_view_says_of_a_row_it_says_of_all_parts(libpybuf, form):
    for itemsize in (1, 2, 3, 4, 8, 16):
        view = libpybuf.View(row(form, itemsize, 3, 0))
        items = told(lambda: [view[k] for k in range(3)])
        if isinstance(items, str):
            assert items == told(view.tolist) == told(lambda: list(view)) == told(lambda: view[:1].tolist() + view[1:].tolist())
        else:
            for refused in (view.tolist, lambda: list(view), lambda: view[1:].tolist(), lambda: view[::-1][0]):
                assert told(refused)[0] == items[0]
        assert view[1:].tobytes() == view.tobytes()[itemsize:] and view[1:].format == view.format


BOUNDS = [None, 0, 1, -1, 3, 7, 8, 9, 2**31, 2**62, -(2**63), 2**63 - 1, 2**100, -(2**100)]


def test_slices_with_any_bounds(kind):
    for start, stop, step in itertools.product(BOUNDS, repeat=3):
        for letter in "Bh":
            key = slice(start, stop, step)
            ours, theirs = (
                told(lambda: (lambda v: (v.tolist(), v.shape, v.strides, v.contiguous))(view(b"0123456789abcdef").cast(letter)[key]))
                for view in (kind, memoryview)
            )
            assert ours == theirs, key


class Text(str):
    pass


TEXTS = ["B", "b", "c", "I", "@B", "@", "", "BB", "x", "e", "é", "\ud800", "\0", "B\0", "B\0x", "B\0é", "B\0\ud800", "@h\0"]
TEXTS += [Text("h"), Text("é"), b"B", None, 1]


@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_casts_to_any_text(exact, text):
    def cast(view):
        made = view(b"12345678").cast(text)
        return made.format, made.tolist(), made[1:].tobytes()

    assert told(lambda: cast(exact)) == told(lambda: cast(memoryview))


# Of their own: ctypes.pythonapi's, which other tests call too, are told of other structs.
get_buffer = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.POINTER(Answer), ctypes.c_int)(
    ("PyObject_GetBuffer", ctypes.pythonapi)
)
give_back = ctypes.PYFUNCTYPE(None, ctypes.POINTER(Answer))(("PyBuffer_Release", ctypes.pythonapi))

REQUESTS = [0, 1, 4, 8, 0x18, 0x38, 0x58, 0x98, 0x118, 0x11C, 0x11D, 0x1C]


def answered(view, flags):
    """All that a consumer is told."""
    answer = Answer()
    get_buffer(view, answer, flags)
    given = answer.len, answer.itemsize, answer.readonly, answer.ndim, answer.format
    given += tuple(numbers[: answer.ndim] if numbers else None for numbers in (answer.shape, answer.strides, answer.suboffsets))
    give_back(answer)
    return given


LENGTHS = [0, 1, 2, 3, 4, -1, 2**62, 2**63, True, 2.0, "2", None]
SHAPES = [*itertools.product(LENGTHS, repeat=2), *([length] for length in LENGTHS), [], (), None, 8, range(2), "22"]
SHAPES += [[2, 2, 2], (1, 2, 1, 4), [1, 1, 1, 8], [8, 1, 1], [2, 1, 2, 1, 2], [2, 2, 1, 1, 1, 2], [1] * 6 + [8], [1] * 64, [1] * 65]


@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_casts_to_any_shape(exact, shape):
    def cast(kind, source, letter):
        made = kind(source).cast(letter, shape)
        shown = made.format, made.shape, made.strides, made.contiguous, made.f_contiguous, made.tolist(), made.tobytes()
        requests = [told(lambda: answered(made, flags)) for flags in REQUESTS]
        return shown, told(lambda: made[:1].tolist()), requests, made.cast("B").tolist(), made == kind(made)

    for source in (b"12345678", bytearray(range(16)), memoryview(bytearray(64))[::8], memoryview(bytearray(8))[3:4]):
        for letter in "BhqcI@x":
            ours, theirs = (told(lambda: cast(kind, source, letter)) for kind in (exact, memoryview))
            assert ours == theirs, (source, letter)


class Number(int):
    """An index that says something else."""

    def __index__(self):
        return 3


@pytest.mark.parametrize("key", [True, False, Number(1), 2**63, -(2**63), 2**100, -(2**100), 1.0, "1", None, ...], ids=repr)
def test_what_looks_like_an_int(exact, key):
    assert told(lambda: exact(b"1234")[key]) == told(lambda: memoryview(b"1234")[key])
    for value in (True, Number(7), 7.0, 256, -1, 2**100):
        written = []
        for view in (exact, memoryview):
            memory = bytearray(b"1234")
            written.append((told(lambda: view(memory).__setitem__(key, value)), memory))
        assert written[0] == written[1], value


SEPARATORS = [":", b":", "é", "\0", "\x7f", "\x80", "::", "", b"\xff", None, 1, Text("-")]
GROUPS = [0, 1, -1, 2, -2, 5, 6, 2**31 - 1, -(2**31), 2**31, -(2**31) - 1, 2**63, True, Number(2), None, "x"]


@pytest.mark.parametrize("separator", SEPARATORS, ids=repr)
def test_separators_of_hex(exact, separator):
    assert told(lambda: exact(b"abcde").hex(separator)) == told(lambda: memoryview(b"abcde").hex(separator))
    for group in GROUPS:
        assert told(lambda: exact(b"abcde").hex(separator, group)) == told(lambda: memoryview(b"abcde").hex(separator, group)), group


CALLS = [((), {}), ((b"a",), {}), ((b"a", b"b"), {}), ((1,), {}), ((None,), {}), (("é",), {}), ((b"a", 1, 2), {"object": 3})]
CALLS += [((), {"object": b"a"}), ((), {Text("object"): b"a"}), ((b"a",), {"object": b"a"}), ((), {"obj": b"a"}), ((), {"object": 1})]
CALLS += [((), {"object": b"a", "x": 1}), ((b"a",), {"x": 1})]

# An empty dictionary arrives as one where it is not taken apart on the way.
WAYS = {
    "a call": lambda kind, given, named: kind(*given, **named),
    "__new__": lambda kind, given, named: kind.__new__(kind, *given, **named),
    "type": lambda kind, given, named: type.__call__(kind, *given, **named),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("given, named", CALLS, ids=repr)
def test_calls_of_the_type(kind, way, given, named):
    called = WAYS[way]
    assert told(lambda: bytes(called(kind, given, named))) == told(lambda: bytes(called(memoryview, given, named)))


def test_other_types_are_not_made(kind, libpybuf):
    other = {*KINDS} - {kind.__name__}
    others = [getattr(libpybuf, *other), memoryview, bytes, int, object]
    for wrong in (lambda: object.__new__(kind), lambda: type("Made", (kind,), {}), kind.__new__, lambda: kind.__new__(1)):
        with pytest.raises(TypeError):
            wrong()
    for another in others:
        with pytest.raises(TypeError, match="is not a subtype of"):
            kind.__new__(another, b"a")


def test_a_view_is_tracked_where_its_source_can_be_in_a_cycle(kind):
    class Memory(bytearray):
        pass

    sources = [b"12", bytearray(2), Memory(2), memoryview(b"12"), memoryview(b"1234").cast("h"), (ctypes.c_int * 2)()]
    for source in sources:
        can_be = bool(type(source).__flags__ & 1 << 14)
        view = kind(source)
        for made in (view, view[1:], view[:0], view.cast("B") if view.format == "B" else view, kind(view), view.toreadonly()):
            assert gc.is_tracked(made) == can_be, source


# --- exporters that break the rules ---


def hostile(name, of):
    if not os.environ.get("PYBUF_EXTENSIONS"):
        pytest.skip("the extension hostile is not built: PYBUF_EXTENSIONS is not set")
    module = importlib.import_module("hostile")
    habits = {habit.split(":")[0]: habit for habit in module.habits()}
    return getattr(module, of)(habits.get(name, name))


def answers_that(are):
    if not os.environ.get("PYBUF_EXTENSIONS"):
        return []
    rows = getattr(importlib.import_module("hostile"), are)()
    return [row[0] for row in rows if row[1] == pybuf.FULL_RO]


EXPORTERS = ["Hostile", "Immutable"]


@pytest.mark.parametrize("of", EXPORTERS)
@pytest.mark.parametrize("name", answers_that("lies"), ids=lambda name: name.split(":")[0])
def test_lies_are_refused(kind, name, of):
    source = hostile(name, of)
    references = sys.getrefcount(source)
    for _ in range(3):
        with pytest.raises((BufferError, ValueError, OverflowError)):
            kind(source)
    gc.collect()
    assert source.filled == source.released == 3
    assert sys.getrefcount(source) == references


@pytest.mark.parametrize("of", EXPORTERS)
@pytest.mark.parametrize("name", ["raises", "fills_and_raises", "refuses", "answers_and_raises"])
def test_no_view_is_made_where_a_no_is_said(kind, name, of):
    if DEBUG_BUILD and name in ("refuses", "answers_and_raises"):
        pytest.skip("a debug build of CPython aborts on such a slot")
    source = hostile(name, of)
    references = sys.getrefcount(source)
    # Often enough that CPython calls the type by its own short way, and looks at nothing.
    for _ in range(100):
        with pytest.raises(SystemError if name == "refuses" else LookupError):
            kind(source)
    assert source.filled == source.released == (100 if name == "answers_and_raises" else 0)
    assert sys.getrefcount(source) == references


@pytest.mark.parametrize("of", EXPORTERS)
@pytest.mark.parametrize("name", ["good", "answers_forty_two", "views_itself", "fails_inside", "release_views", "release_raises"])
def test_what_is_filled_is_released_once(kind, name, of):
    source = hostile(name, of)
    references = sys.getrefcount(source)
    for _ in range(3):
        view = kind(source)
        parts = [kind(view), view.toreadonly(), memoryview(view)]
        assert all(part.tobytes() == b"abcdef" for part in parts)
        del view, parts
    assert source.filled == source.released >= 3
    assert sys.getrefcount(source) == references
