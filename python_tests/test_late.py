"""Threads that Python knows nothing of: what they drop is released later, what they call
is refused.

The extension `late` drops on such a thread while this one keeps the GIL, and waits for it
to end: a library that waited for the GIL there would never return.
"""

import sys
import time
import weakref

import pybuf
import pytest

NEED_PYTHON = {f"pybuf_python_{name}" for name in ("view", "object", "fill", "raise", "module")}


def is_exported(data):
    """Whether somebody holds a buffer of this bytearray."""
    try:
        data.append(0)
    except BufferError:
        return True
    data.pop()
    return False


def test_dropped_on_an_attached_thread_it_is_released_at_once(late):
    data = bytearray(b"held")
    late.hold(data)
    assert is_exported(data)
    assert late.drop() is True
    assert not is_exported(data)
    assert late.drop() is False


def test_the_next_attached_call_releases_what_was_dropped_late(late):
    data = bytearray(b"held")
    references = sys.getrefcount(data)
    late.late_drop(data)
    late.attached_call()
    assert not is_exported(data)
    assert sys.getrefcount(data) == references


def test_python_itself_releases_it_before_long(late):
    data = bytearray(b"held")
    late.late_drop(data)
    deadline = time.monotonic() + 10
    while is_exported(data):
        assert time.monotonic() < deadline, "nothing has released it"
        time.sleep(0.001)


def test_many_are_queued(late):
    sources = [bytearray([n % 256]) for n in range(500)]
    for source in sources:
        late.late_drop(source)
    late.attached_call()
    assert not any(map(is_exported, sources))


def test_the_object_goes_with_its_last_buffer(late):
    class Data(bytearray):
        pass

    data = Data(b"held")
    dead = weakref.ref(data)
    late.hold(data)
    del data
    assert dead() is not None
    assert late.drop_late() is True
    late.attached_call()
    assert dead() is None


def test_a_release_may_run_any_code(late):
    """The owner's finaliser views and drops, while the queue is being emptied."""
    seen = []

    class Data(bytearray):
        def __del__(self):
            inner = bytearray(b"inner")
            late.late_drop(inner)
            late.attached_call()
            seen.append(not is_exported(inner))
            try:
                raise ValueError("in a finaliser")
            except ValueError:
                pass

    for _ in range(20):
        late.late_drop(Data(b"outer"))
        late.attached_call()
    assert seen == [True] * 20


def test_an_exception_on_its_way_is_not_disturbed(late):
    data = bytearray(b"held")
    late.late_drop(data)
    with pytest.raises(TypeError, match="not 'str'"):
        pybuf.lib.python_view("text", None)
    late.attached_call()
    assert not is_exported(data)


def test_a_view_of_a_view_is_dropped_late(late):
    owner = pybuf.Owner(b"native")
    with pybuf.View.of(owner.object()) as view:
        lent = view.object()
    late.late_drop(memoryview(lent))
    del lent
    late.attached_call()
    assert owner.released == 1


def test_native_memory_needs_no_python_to_be_given_back(late):
    released = late.released()
    late.lend_and_drop_late(64)
    assert late.released() == released + 1


def test_an_object_over_native_memory(late):
    released = late.released()
    lent = late.lend_counted(64)
    late.late_drop(lent)
    view = memoryview(lent)
    del lent
    late.attached_call()
    assert late.released() == released
    del view
    assert late.released() == released + 1


def test_what_needs_python_is_refused(late):
    refused = late.unattached_calls(bytearray(b"data"))
    assert set(refused) == NEED_PYTHON
    for name, (code, message) in refused.items():
        assert code == pybuf.RUNTIME, name
        assert "not attached to a Python interpreter" in message, name


def test_a_refusal_there_leaves_no_exception_here(late):
    late.unattached_calls(b"data")
    assert bytes(bytearray(b"ok")) == b"ok"
    late.attached_call()


@pytest.mark.parametrize(
    "last",
    ["late.hold(bytearray(4))", "late.late_drop(bytearray(4))", "late.hold(libpybuf.ndarray(4)); late.late_drop(b'')"],
)
def test_python_ends_with_something_held_or_queued(late, last):
    pybuf.run_python(f"import libpybuf, pybuf, late\n{last}\n")
