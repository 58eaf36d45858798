"""Items as deep as the text of a format can say: sub-arrays of structs, 64 of each in one another."""

import array
import threading

import pytest

STACK = 1 << 20
DIMENSIONS, STRUCTS = 64, 63


def text():
    return ("(" + ",".join("1" * DIMENSIONS) + ")T{") * STRUCTS + "b" + "}" * STRUCTS


def nested(value):
    """As the item is given, and shown."""
    for _ in range(STRUCTS):
        value = (value,)
        for _ in range(DIMENSIONS):
            value = [value]
    return value


def innermost(value):
    """What is in there, and how deep. Not by ==, which has a depth of its own."""
    depth = 0
    while isinstance(value, (list, tuple)):
        (value,) = value
        depth += 1
    return value, depth


def on_a_small_stack(work):
    outcome = []
    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=lambda: outcome.append(work()))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    return outcome[0]


@pytest.fixture
def lent(libpybuf):
    memory = array.array("b", [7])
    lent = libpybuf.memory(memory.buffer_info()[0], 1, format=text(), itemsize=1, readonly=False, owner=memory)
    return libpybuf.View(lent), memory


def test_deep_items_are_read(lent):
    view, _ = lent
    deep = STRUCTS * (DIMENSIONS + 1)
    assert on_a_small_stack(lambda: innermost(view[0])) == (7, deep)
    assert on_a_small_stack(lambda: innermost(view.tolist()[0])) == (7, deep)


def test_deep_items_are_written(lent):
    view, memory = lent
    on_a_small_stack(lambda: view.__setitem__(0, nested(-3)))
    assert memory[0] == -3
    with pytest.raises((ValueError, TypeError)):
        view[0] = nested(300)
    assert memory[0] == -3
