"""Every allocation fails in turn while an array is used: MemoryError, or the error that was to
be told, and nothing is lost. See test_no_memory.py.
"""

import pybuf
import pytest
from conftest import FREE_THREADED
from test_no_memory import SCRIPT, run  # noqa: F401

# No lists: where there is no memory for one, CPython 3.13t crashes.
OPERATIONS = {
    "array": "libpybuf.array('q', (1 << 40, 2, 3))",
    "array of bytes": "libpybuf.array('i', bytes(8))",
    "bytearray": "libpybuf.bytearray(source)",
    "append": "libpybuf.array('d', (1.5,)).append(2.5)",
    "extend": "libpybuf.array('w', 'ab').extend('cd')",
    "an item": "libpybuf.array('Zd', (1j,))[0]",
    "a slice": "libpybuf.array('h', (1, 2, 3))[1:]",
    "assigned slices": "libpybuf.bytearray(source).__setitem__(slice(1, 3), source)",
    "pop": "libpybuf.array('Q', (1 << 63,)).pop()",
    "tolist": "libpybuf.array('q', (1 << 40,) * 5).tolist()",
    "tobytes": "libpybuf.array('q', (1, 2)).tobytes()",
    "tounicode": "libpybuf.array('w', 'abc').tounicode()",
    "iteration": "list(iter(libpybuf.array('d', (1, 2))))",
    "a text": "repr(libpybuf.array('d', (1.5,))), repr(libpybuf.bytearray(source))",
    "equality": "libpybuf.array('d', (1.5,)) == memoryview(source)",
    "a search": "libpybuf.array('d', (1.5, 2.5)).index(2.5)",
    "a refused key": "libpybuf.array('d', (1.5,))['x']",
    "a refused item": "libpybuf.bytearray().append(1000)",
}

HELD = """
import gc, _testcapi, libpybuf, sys
ours = libpybuf.array('i', [1, 2, 3])
view = memoryview(ours)
def outcome(n):
    # One allocation fails: else there would be none for the exception either.
    _testcapi.set_nomemory(n, n + 1)
    try:
        ours.append(4)
    except (MemoryError, BufferError) as error:
        told = error
    finally:
        _testcapi.remove_mem_hooks()
    return str(told) if isinstance(told, BufferError) else None
references = sys.getrefcount(ours)
seen = [outcome(n) for n in range(300)]
gc.collect()
assert sys.getrefcount(ours) == references
# Up to 3.11 CPython raises it without a text where there is no memory for that.
texts = [text for text in seen if text]
assert all(text.startswith('Existing exports of data') for text in texts), texts[:20]
# Where only the search for holders found no memory, the error is told without them.
assert any('held by' not in text for text in texts) and 'held by memoryview' in texts[-1], texts[:20]
view.release()
ours.append(4)
"""


# A list for which there is no memory crashes this CPython, array.array's as well.
CRASHES = {"tolist", "a text", "iteration"} if FREE_THREADED else set()


def test_no_memory(run):
    operations = {name: text for name, text in OPERATIONS.items() if name not in CRASHES}
    run(SCRIPT.replace("OPERATIONS", repr(operations)))


def test_no_memory_to_look_for_holders():
    pytest.importorskip("_testcapi", reason="this Python comes without _testcapi")
    pybuf.run_python(HELD)
