"""Arrays whose size cannot change, because somebody has a buffer; and code that changes an
array while a call of it is under way."""

import array
import gc
import pickle
import random
import sys
import threading

import pybuf
import pytest
from test_subinterpreters import OWN_GIL, interpreters_with
from test_threads import at_once

RESIZED = "Existing exports of data: object cannot be re-sized"


def other_sizes(ours):
    """Every way to another size."""
    return [
        lambda: ours.append(1),
        lambda: ours.extend([1, 2]),
        lambda: ours.insert(0, 1),
        lambda: ours.pop(),
        lambda: ours.remove(ours[0]),
        lambda: ours.resize(100),
        lambda: ours.clear(),
        lambda: ours.frombytes(bytes(8)),
        lambda: ours.__iadd__(ours),
        lambda: ours.__delitem__(0),
        lambda: ours.__delitem__(slice(0, 1)),
        lambda: ours.__delitem__(slice(None, None, 2)),
        lambda: ours.__setitem__(slice(0, 1), [1, 2]),
        lambda: ours.__setitem__(slice(0, 2), []),
    ]


def refusal(call):
    with pytest.raises(BufferError) as refused:
        call()
    text = str(refused.value)
    assert text.startswith(RESIZED), text
    return text


def test_another_size_is_refused_under_exports(libpybuf):
    ours = libpybuf.array("i", [1, 2, 3, 4])
    view = memoryview(ours)
    for call in other_sizes(ours):
        assert "1 export is outstanding" in refusal(call)
    assert ours.tolist() == view.tolist() == [1, 2, 3, 4]
    view.release()
    for call in other_sizes(ours):
        call()
        ours.extend([7, 8, 9])


def test_as_many_items_may_be_written_under_exports(libpybuf):
    ours = libpybuf.array("i", [1, 2, 3, 4])
    with memoryview(ours) as view:
        ours[0] = 10
        ours[1:3] = [20, 30]
        ours[::-3] = [40, 11]
        ours.reverse()
        assert view.tolist() == ours.tolist() == [40, 30, 20, 11]
        ours[1:3] = ours[:2]
        assert view.tolist() == [40, 40, 30, 11]


def test_the_holders_are_named(libpybuf):
    ours = libpybuf.bytearray(b"held")
    first = memoryview(ours)
    assert refusal(ours.clear) == f"{RESIZED}: 1 export is outstanding: held by memoryview {first!r}"
    slices = [first[k:] for k in range(4)]
    text = refusal(ours.clear)
    assert "1 export is outstanding: held by " in text and text.endswith(" and 1 more")
    assert text.count("memoryview <memory at ") == 4
    del slices
    kept = pickle.PickleBuffer(ours)
    text = refusal(ours.clear)
    assert "2 exports are outstanding" in text
    assert f"memoryview {first!r}" in text and f"PickleBuffer {kept!r}" in text
    kept.release()
    first.release()
    ours.clear()


def test_a_class_whose_name_ends_the_object_that_is_looked_at(libpybuf):
    class Named(type):
        @property
        def __name__(cls):
            for found in gc.get_objects():
                if type(found) is list and any(type(item) is cls for item in found):
                    found.clear()
            return "PickleBuffer"

    class Holder(metaclass=Named):
        __slots__ = ("array",)

        def __init__(self):
            self.array = ours

        def __repr__(self):
            seen.append("shown")
            return "holder"

        def __del__(self):
            seen.append("gone")

    seen = []
    ours = libpybuf.array("i", [1, 2, 3])
    holders = [Holder()]
    with memoryview(ours):
        assert refusal(ours.clear).startswith(f"{RESIZED}: 1 export is outstanding")
    assert holders == [] and seen == ["shown", "gone"]


def test_holders_that_cannot_be_seen_are_counted(libpybuf):
    ours = libpybuf.bytearray(b"held")
    with pybuf.View.of(ours):
        assert refusal(ours.clear).endswith("1 export is outstanding: their holders cannot be seen from Python")
        with memoryview(ours):
            text = refusal(ours.clear)
            assert "2 exports are outstanding: held by memoryview <memory" in text
            assert text.endswith("; 1 by holders that cannot be seen from Python")
    ours.clear()


def test_numpy_holds_by_a_memoryview(libpybuf, numpy):
    ours = libpybuf.array("d", [1, 2, 3])
    theirs = numpy.asarray(ours)
    assert "held by memoryview" in refusal(ours.pop)
    theirs += 1
    assert ours.tolist() == [2, 3, 4]
    del theirs
    assert ours.pop() == 4


def test_the_error_is_told_where_the_holders_cannot_be_found(libpybuf, monkeypatch):
    ours = libpybuf.bytearray(b"held")
    held = memoryview(ours)

    def fail(*_):
        raise ZeroDivisionError("from get_referrers")

    for broken in (fail, lambda *_: 5, lambda *_: [5, None], lambda: [], None):
        with monkeypatch.context() as patched:
            patched.setattr(gc, "get_referrers", broken)
            assert "1 export is outstanding" in refusal(ours.clear)
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "gc", None)
        assert refusal(ours.clear) == f"{RESIZED}: 1 export is outstanding"
    held.release()


def test_nobody_is_kept_by_the_search_for_holders(libpybuf):
    ours = libpybuf.bytearray(b"held")
    held = memoryview(ours)
    gc.collect()
    before = [sys.getrefcount(it) for it in (ours, held)]
    for _ in range(50):
        refusal(ours.clear)
    gc.collect()
    assert [sys.getrefcount(it) for it in (ours, held)] == before
    held.release()


def test_items_of_exclusive_memory_are_refused(libpybuf):
    ours = libpybuf.array("i", [1, 2, 3])
    with ours.exclusive():
        calls = [
            lambda: ours[0],
            lambda: ours.__setitem__(0, 1),
            lambda: ours[:],
            lambda: ours.tolist(),
            lambda: ours.tobytes(),
            lambda: ours.reverse(),
            lambda: 1 in ours,
            lambda: list(ours),
            lambda: repr(ours),
        ]
        for call in calls:
            with pytest.raises(BufferError, match="1 exclusive export"):
                call()
        assert len(ours) == 3
        refusal(ours.clear)
    assert ours.tolist() == [1, 2, 3]


def test_items_of_stable_memory_are_read(libpybuf):
    ours = libpybuf.array("d", [1, 2, 3])
    with ours.stable() as view:
        assert ours[0] == 1 and ours.tolist() == view.tolist() == list(ours)
        for call in (lambda: ours.__setitem__(0, 5), lambda: ours.__setitem__(slice(1), [5]), ours.reverse):
            with pytest.raises(BufferError, match="stable"):
                call()
    ours[0] = 5


class Acts:
    """An item, an index, a bound or a source that does something first."""

    def __init__(self, act, number=1):
        self.act, self.number = act, number

    def __index__(self):
        self.act()
        return self.number

    def __float__(self):
        self.act()
        return float(self.number)

    def __eq__(self, other):
        self.act()
        return False

    def __iter__(self):
        for number in range(3):
            self.act()
            yield number


ACTIONS = {
    "clear": lambda ours: ours.clear(),
    "append": lambda ours: ours.append(99),
    "shrink": lambda ours: ours.__delitem__(slice(2, None)),
    "grow": lambda ours: ours.resize(5000),
    "nothing": lambda ours: None,
}


def calls_with(ours, acts):
    return [
        lambda: ours[acts],
        lambda: ours[acts:acts],
        lambda: ours.__setitem__(acts, 5),
        lambda: ours.__setitem__(3, acts),
        lambda: ours.__setitem__(-1, acts),
        lambda: ours.__setitem__(slice(acts, None), [1, 2]),
        lambda: ours.__setitem__(slice(0, 4, 2), acts),
        lambda: ours.__setitem__(slice(0, 4), acts),
        lambda: ours.__delitem__(acts),
        lambda: ours.__delitem__(slice(acts, 4)),
        lambda: ours.append(acts),
        lambda: ours.insert(acts, acts),
        lambda: ours.extend(acts),
        lambda: ours.extend([acts, acts]),
        lambda: ours.pop(acts),
        lambda: ours.resize(acts),
        lambda: ours.index(acts),
        lambda: ours.index(3, acts),
        lambda: ours.count(acts),
        lambda: ours.remove(acts),
        lambda: acts in ours,
        lambda: [ours[0], *(acts.act() for _ in ours)],
    ]


@pytest.mark.parametrize("code", ["b", "d", "q"])
@pytest.mark.parametrize("action", ACTIONS)
def test_code_that_runs_meanwhile_may_change_the_array(libpybuf, code, action):
    """Either it works, or it is an error of those that a shorter array has: and the memory is
    sound."""
    for number in range(22):
        ours = libpybuf.array(code, range(6))
        left = [3]

        def act():
            left[0] -= 1
            if left[0] >= 0:
                ACTIONS[action](ours)

        try:
            calls_with(ours, Acts(act))[number]()
        except (IndexError, ValueError, TypeError):
            pass
        ours.append(7)
        assert ours[-1] == 7 and len(ours.tolist()) == len(ours)


def test_an_index_that_empties_the_array_finds_nothing(libpybuf):
    ours = libpybuf.array("i", [1, 2, 3])
    with pytest.raises(IndexError, match="array index out of range"):
        ours[Acts(ours.clear)]
    ours.extend([1, 2, 3])
    with pytest.raises(IndexError, match="array assignment index out of range"):
        ours[0] = Acts(ours.clear)


def test_an_item_that_takes_a_buffer_meanwhile(libpybuf):
    ours, views = libpybuf.array("i", [1, 2, 3]), []
    refusal(lambda: ours.append(Acts(lambda: views.append(memoryview(ours)))))
    ours[0] = Acts(lambda: None, 7)
    assert ours.tolist() == views[0].tolist() == [7, 2, 3]


def test_the_collector_may_run_anything_meanwhile(libpybuf):
    """Where a list or an object is made, finalisers run, which may empty the array."""
    ours = libpybuf.array("d", range(2000))

    class Empties:
        def __del__(self):
            ours.clear()

    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for call in (ours.tolist, lambda: ours[:], ours.tobytes, lambda: list(ours), lambda: repr(ours)):
            ours.extend(range(2000))
            cycle = Empties()
            cycle.itself = cycle
            del cycle
            call()
    finally:
        gc.set_threshold(*threshold)
    gc.collect()


def test_an_iterator_goes_on_while_the_array_changes(libpybuf):
    ours = libpybuf.array("i", [1, 2, 3])
    seen = []
    for item in ours:
        seen.append(item)
        if len(ours) < 6:
            ours.append(item * 10)
    assert seen == [1, 2, 3, 10, 20, 30]
    iterator = iter(ours)
    next(iterator)
    ours.clear()
    assert list(iterator) == []
    ours.extend([1, 2, 3])
    assert list(iterator) == []


def test_threads_change_and_read_one_array(libpybuf):
    ours = libpybuf.array("q", [7] * 50)

    def work(number):
        own = random.Random(number)
        for _ in range(1500):
            step = own.randrange(9)
            try:
                if step < 3:
                    ours.append(7)
                elif step == 3:
                    ours.extend([7] * own.randrange(40))
                elif step == 4 and len(ours) > 200:
                    del ours[own.randrange(50) :]
                elif step == 5:
                    ours.pop(own.randrange(30))
                elif step == 6:
                    ours[own.randrange(30)] = 7
                elif step == 7:
                    with memoryview(ours) as view:
                        assert set(view.tolist()) <= {7}
                else:
                    assert set(ours.tolist()) | set(ours[::3]) | set(ours) <= {7}
                    assert ours.tobytes().strip(b"\7\0") == b""
            except (BufferError, IndexError):
                # Another thread has a buffer, or has taken the item.
                pass

    at_once(work)
    assert set(ours) <= {7}
    ours.clear()


def test_threads_search_compare_and_show(libpybuf):
    ours, same = libpybuf.array("d", [1.5] * 300), array.array("d", [1.5] * 300)

    def work(number):
        for _ in range(100):
            ours[number] = 1.5
            assert ours == same and 1.5 in ours and ours.count(2) == 0
            assert repr(ours).startswith("libpybuf.array('d', [1.5, ")

    at_once(work)


def test_a_thread_that_has_no_interpreter_lock_reads_meanwhile(libpybuf):
    """Natively, through a view, while Python writes items."""
    ours = libpybuf.array("i", range(100))
    with pybuf.View.of(ours) as view:
        reader = threading.Thread(target=lambda: [view.read(k) for k in range(100)])
        reader.start()
        for k in range(100):
            ours[k] = k
        reader.join()
    ours.clear()


SCRIPT = """
ours = libpybuf.array('i', [1, 2, 3])
ours.append(4)
view = memoryview(ours)
try: ours.append(5)
except BufferError as error: assert 'held by memoryview' in str(error), error
else: raise AssertionError
view.release()
assert repr(ours[1:]) == "libpybuf.array('i', [2, 3, 4])" and ours == ours[:]
assert repr(libpybuf.bytearray(b'ab')) == "libpybuf.bytearray(b'ab')"
"""


@pytest.mark.parametrize("own_gil", [False, *map(bool, OWN_GIL)])
def test_in_another_interpreter(own_gil):
    interpreters = interpreters_with(own_gil)
    interpreter = interpreters.create()
    try:
        interpreters.run(interpreter, SCRIPT)
    finally:
        interpreters.destroy(interpreter)
