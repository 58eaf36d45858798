"""Every allocation of Python's fails in turn: MemoryError each time, and nothing is lost.

CPython's `_testcapi` makes the n-th allocation from now on fail. Each operation runs, with
n from 0 up, until it needs no more; in an interpreter of its own, where a crash is one
failure.
"""

import pybuf
import pytest

# What is done. All of it is in C or in the library, so that nothing else allocates on the way.
OPERATIONS = {
    "memory": "libpybuf.memory(base.address, 48, shape=(3, 4), format='i', owner=source)",
    "bytes": "libpybuf.bytes(source)",
    "ndarray": "libpybuf.ndarray([3, 4], 'd')",
    "attributes": "base.shape, base.strides, base.format, base.address, repr(base)",
    "a memoryview": "memoryview(base).tolist()",
    "a view": "consume.describe(source)",
    "a view lent on": "consume.lend(source)",
    "a slice": "consume.slice(source, 0, 1, 4, 2)",
    "an adopted buffer": "consume.adopt(source, 0x11c)",
    "a refused want": "consume.want(source, kind='float64')",
    "a refused argument": "libpybuf.ndarray(-1)",
    "a refused object": "consume.describe(base.address)",
}

SCRIPT = """
import sys, _testcapi, libpybuf, pybuf, consume
source, base = bytearray(b"a source"), libpybuf.ndarray((3, 4), "i")
def operation():
    return OPERATION
def outcome(n):
    _testcapi.set_nomemory(n)
    try:
        operation()
    except MemoryError:
        return "no memory"
    except (BufferError, ValueError, TypeError):
        pass
    finally:
        _testcapi.remove_mem_hooks()
    return "done"
references = sys.getrefcount(source), sys.getrefcount(base)
failures = n = 0
while (last := outcome(n)) == "no memory" or n < 3:
    failures += last == "no memory"
    n += 1
    assert n < 1000, "it never has enough"
assert failures, "nothing was allocated at all"
assert (sys.getrefcount(source), sys.getrefcount(base)) == references
source.append(0)
"""


DROPPED_LATE = """
import _testcapi, pybuf, late
source = bytearray(b"a source")
late.late_drop(source)  # makes what the library keeps for this interpreter
late.attached_call()
def without_memory():
    _testcapi.set_nomemory(0)
    try:
        late.late_drop(source)
    finally:
        _testcapi.remove_mem_hooks()
without_memory()
late.attached_call()
source.append(0)
"""


@pytest.fixture(autouse=True)
def testcapi():
    return pytest.importorskip("_testcapi", reason="this Python comes without _testcapi")


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_memory(consume, name):
    pybuf.run_python(SCRIPT.replace("OPERATION", OPERATIONS[name]))


def test_dropping_late_needs_none(late):
    """Where would the error go?"""
    pybuf.run_python(DROPPED_LATE)
