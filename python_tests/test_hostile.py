"""Objects whose buffer slots lie, stray, change their mind and call back.

The extension `hostile` has them, by name. Each goes through every door that takes an object,
and through all that is done with a view: an error of the documented class that says what is
wrong, or a right result; and the release exactly once where there is something to release
(the objects abort otherwise).
"""

import gc
import importlib
import os
import sys
import sysconfig

import pybuf
import pytest
from pybuf import View, lib

if not os.environ.get("PYBUF_EXTENSIONS"):
    pytest.skip("the extension hostile is not built: PYBUF_EXTENSIONS is not set", allow_module_level=True)
hostile = importlib.import_module("hostile")

WRITING = pybuf.want(writable=1, indirect=1)

# These builds of CPython end the process when a slot says one thing and raises another.
DEBUG_BUILD = bool(sysconfig.get_config_var("Py_DEBUG"))


def named(table):
    """One parameter for each row, called as the row is; without the explanation."""
    return [pytest.param(*row, id=row[0].split(":")[0]) for row in table]


LIES = hostile.lies()
TRUTHS = hostile.truths()


def doors_of(source, libpybuf, consume):
    """Every door that takes an object, to be called."""
    return {
        "python_view": lambda: View.of(source),
        "bytes": lambda: libpybuf.bytes(source),
        "tobytes": lambda: consume.tobytes(source, "A"),
        "describe": lambda: consume.describe(source),
        "lend": lambda: consume.lend(source),
        "want": lambda: consume.want(source, kind="uint8"),
        "copy_to": lambda: consume.copy_to(bytearray(6), source),
        "acquire": lambda: hostile.acquire(source, pybuf.FULL_RO),
    }


def check_refused(source, exception, message, libpybuf, consume, filled, except_by=()):
    """By every door: the class, the message, and each answer has come back."""
    references = sys.getrefcount(source)
    doors = doors_of(source, libpybuf, consume)
    for name in except_by:
        del doors[name]
    for name, door in doors.items():
        with pytest.raises(exception) as refused:
            door()
        assert message in str(refused.value), name
        del refused
    assert source.requests == len(doors)
    assert source.filled == source.released == (len(doors) if filled else 0)
    del doors, door
    assert sys.getrefcount(source) == references


@pytest.mark.parametrize("name, request_, exception, message", named(row for row in LIES if row[1] == pybuf.FULL_RO))
def test_a_lie_is_refused_by_every_door(name, request_, exception, message, libpybuf, consume):
    check_refused(hostile.Hostile(name), exception, message, libpybuf, consume, filled=True)


@pytest.mark.parametrize("name, request_, exception, message", named(LIES))
def test_a_lie_is_refused_as_an_answer_to_its_request(name, request_, exception, message):
    source = hostile.Hostile(name)
    with pytest.raises(exception) as refused:
        hostile.acquire(source, request_)
    assert message in str(refused.value)
    assert (source.filled, source.released) == (1, 1)


@pytest.mark.parametrize("name, request_, exception, message", named(row for row in LIES if row[1] == pybuf.FULL_RO))
def test_a_lie_is_not_adopted(name, request_, exception, message, consume):
    source = hostile.Hostile(name)
    with pytest.raises(exception) as refused:
        consume.adopt(source, request_)
    assert message in str(refused.value)
    assert (source.filled, source.released) == (1, 1), "its owner has released it"


@pytest.mark.parametrize("name, request_, exception, message", named(row for row in LIES if row[1] == pybuf.FULL))
def test_memory_to_be_written_is_writable(name, request_, exception, message, libpybuf, consume):
    source = hostile.Hostile(name)
    for door in (lambda: View.of(source, WRITING), lambda: consume.poke(source, (0, 0), b"x")):
        with pytest.raises(exception) as refused:
            door()
        assert message in str(refused.value)
    assert (source.filled, source.released) == (2, 2)
    assert bytes(memoryview(libpybuf.bytes(source))) == b"abcdef", "and to be read it may be read-only"


def shown(lent):
    """What a reader in Python sees: bytes in C order."""
    with pybuf.buffer_of(lent) as buffer:
        follows_wild_pointers = buffer.suboffsets and not buffer.len
    # CPython's memoryview looks for rows that have no items.
    return View.of(lent).tobytes() if follows_wild_pointers else memoryview(lent).tobytes()


def use(view, items):
    """All that Python does with a view; `items` are the bytes of its items, in C order."""
    assert view.nbytes == len(items)
    assert view.tobytes("C") == items
    assert sorted(view.tobytes("F")) == sorted(view.tobytes("A")) == sorted(items)
    shape = view.shape or ()
    assert len(items) == view.itemsize * product(shape)
    lent = view.object()
    assert shown(lent) == items
    indirect = any(suboffset >= 0 for suboffset in view.suboffsets or ())
    for dim in range(len(shape)):
        with view.slice(dim, 0, 1) as part:
            assert part.shape == shape[:dim] + (min(1, shape[dim]),) + shape[dim + 1 :]
            assert len(shown(part.object())) == part.nbytes
    if not indirect:
        with view.transpose() as turned:
            assert turned.tobytes("F") == items if view.itemsize == 1 else turned.nbytes == len(items)
            del turned
    return lent


def product(numbers):
    result = 1
    for number in numbers:
        result *= number
    return result


@pytest.mark.parametrize("name, request_, items, format_", named(row for row in TRUTHS if row[1] == pybuf.FULL_RO))
def test_what_is_only_strange_is_right(name, request_, items, format_, libpybuf, consume):
    source = hostile.Hostile(name)
    references = sys.getrefcount(source)
    with View.of(source) as view:
        assert lib.view_format(view.handle) and view.readonly
        lent = use(view, items)
    assert source.released == 0
    del lent
    assert source.released == 1
    for order in "CFA":
        assert sorted(consume.tobytes(source, order)) == sorted(items)
    assert bytes(memoryview(libpybuf.bytes(source))) == items
    assert shown(consume.adopt(source, pybuf.FULL_RO)) == items
    assert shown(consume.lend(source)) == items
    gc.collect()
    assert source.filled == source.released
    assert sys.getrefcount(source) == references


@pytest.mark.parametrize("name, request_, items, format_", named(TRUTHS))
def test_what_is_only_strange_answers_its_request(name, request_, items, format_):
    source = hostile.Hostile(name)
    lent = hostile.acquire(source, request_)
    with pybuf.buffer_of(lent) as buffer:
        assert buffer.format == format_
    assert shown(lent) == items
    assert source.released == 0
    del lent
    assert (source.filled, source.released) == (1, 1)


# --- habits ---

HABITS = {name.split(":")[0]: name for name in hostile.habits()}

# Those that are refused: how, and whether they have something to release.
REFUSED = {
    "raises": (LookupError, "nothing here", False),
    "fills_and_raises": (LookupError, "nothing here", False),
    "refuses": (BufferError, "refused the request 0x11c, and did not say why", False),
    "answers_and_raises": (LookupError, "nothing here", True),
}

# Those that name no object to release: by CPython's own way of asking.
NAMELESS = ["does_nothing", "names_nobody", "answers_natively"]

FATAL_IN_DEBUG_BUILDS = ["refuses", "answers_and_raises"]


@pytest.mark.parametrize("name", REFUSED)
def test_a_habit_that_is_refused(name, libpybuf, consume):
    if name in FATAL_IN_DEBUG_BUILDS and DEBUG_BUILD:
        pytest.skip("a debug build of CPython aborts on such a slot")
    exception, message, filled = REFUSED[name]
    # The native door does not look for an exception where nothing has failed: its caller finds it.
    except_by = ["acquire"] if name == "answers_and_raises" else []
    check_refused(hostile.Hostile(HABITS[name]), exception, message, libpybuf, consume, filled, except_by)


@pytest.mark.parametrize("name", NAMELESS)
def test_an_answer_that_names_nobody_is_refused(name, libpybuf, consume):
    source = hostile.Hostile(HABITS[name])
    references = sys.getrefcount(source)
    for door in (lambda: View.of(source), lambda: libpybuf.bytes(source), lambda: consume.lend(source)):
        with pytest.raises(BufferError, match=r"does not name an object that keeps the memory \(obj is NULL\)"):
            door()
    assert source.requests == 3
    assert source.inner_gone == (3 if name == "answers_natively" else 0)
    del door
    assert sys.getrefcount(source) == references


OTHERS = ["lies_by_turns", "lacks_a_row"]
GOOD = [name for name in HABITS if name not in (*REFUSED, *NAMELESS, *OTHERS)]


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("last", ["view", "lent", "part", "source"])
def test_a_habit_that_does_no_harm(name, last, libpybuf):
    source = hostile.Hostile(HABITS[name])
    references = sys.getrefcount(source)
    view = View.of(source)
    assert view.tobytes() == b"abcdef"
    part = view.slice(0, 0, 1)
    lent = view.object()
    source.strike()
    if name != "names_another":
        use(view, b"abcdef")
    held = {"view": view, "lent": lent, "part": part, "source": source}
    kept = held.pop(last)
    view = lent = part = None
    held.clear()
    if last == "source":
        assert source.filled == source.released
        assert bytes(memoryview(libpybuf.bytes(source))) == b"abcdef"
        assert source.filled == source.released
        del kept
        assert sys.getrefcount(source) == references
        return
    assert source.filled == source.released + (name != "names_another")
    before = source.released
    kept = None
    assert source.released == before + (name != "names_another")
    assert source.filled == source.released
    assert sys.getrefcount(source) == references


def test_a_habit_of_lying_by_turns(libpybuf):
    source = hostile.Hostile(HABITS["lies_by_turns"])
    for turn in range(6):
        if turn % 2:
            with pytest.raises(BufferError, match="wrong about len"):
                libpybuf.bytes(source)
        else:
            assert bytes(memoryview(libpybuf.bytes(source))) == b"abcdef"
    assert source.filled == source.released == 6


def test_a_row_that_is_missing(libpybuf, consume):
    source = hostile.Hostile(HABITS["lacks_a_row"])
    there = bytearray(b"......")
    with View.of(source) as view, memoryview(there).cast("B", [3, 2]) as to:
        assert view.read(0, 1) + view.read(2, 0) == b"be"
        for read in (
            lambda: view.read(1, 0),
            lambda: view.pointer(1, 1),
            lambda: view.tobytes("F"),
            lambda: libpybuf.bytes(source),
            lambda: consume.tobytes(source, "A"),
            lambda: consume.copy_to(to, source),
            lambda: consume.copy_to(source, to),
        ):
            with pytest.raises((BufferError, pybuf.Failure), match="suboffsets lead nowhere"):
                read()
        assert view.slice(0, 0, 3, 2).tobytes() == b"abef"
    assert there == b"......"
    assert source.filled == source.released


def test_an_exception_in_a_release_does_not_reach_others(libpybuf):
    source = hostile.Hostile(HABITS["release_raises"])
    for _ in range(3):
        View.of(source).close()
        libpybuf.bytes(source)
    with pytest.raises(ZeroDivisionError):
        [View.of(source), 1 / 0]
    gc.collect()
    assert source.filled == source.released


def test_a_release_alone_makes_no_exporter(libpybuf):
    source = hostile.Releasing()
    for door in (View.of, libpybuf.bytes, memoryview):
        with pytest.raises(TypeError, match="a bytes-like object is required, not '(hostile.)?Releasing'|memoryview: a bytes-like"):
            door(source)


def test_every_habit_is_tried():
    assert {*REFUSED, *NAMELESS, *OTHERS} < set(HABITS)
