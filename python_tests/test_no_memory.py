"""Every allocation fails in turn: MemoryError each time, and nothing is lost.

There are two ways to fail. CPython's `_testcapi` makes Python's own allocations fail, all of
them from the n-th on. A malloc that is loaded before the C library's makes the n-th alone
fail: of the library, and of whatever in Python does not come from its own arenas. Each
operation runs, with n from 1 up, until it needs no more. Should the interpreter crash, its
report names the operation as if it were a file.
"""

import os
import re
import sys
import sysconfig

import pybuf
import pytest

# What is done. All of it is in C or in the library, so that little else allocates on the way.
# (What needs none itself comes after something that does.)
OPERATIONS = {
    "memory": "libpybuf.memory(base.address, 48, shape=(3, 4), strides=(16, 4), format='i', owner=source)",
    "many dimensions": "libpybuf.memory(base.address, 48, shape=(1,) * 9 + (3,), format=LONG, itemsize=16)",
    "bytes": "libpybuf.bytes(source)",
    "ndarray": "libpybuf.ndarray(range(3, 5), 'd', order='F')",
    "array": "libpybuf.array('d', (1.5, 2.5)), libpybuf.array('w', 'text'), libpybuf.array('h', array)",
    "bytearray": "libpybuf.bytearray(source), libpybuf.bytearray(9), libpybuf.bytearray((1, 2, 3))",
    "stack": "libpybuf.stack((source, source))",
    "stable": "guarded.stable().tobytes(), guarded.exclusive(readonly=True).tobytes()",
    "another size": "array.extend((1, 2, 3)), array.append(4), array.insert(0, 5), array.resize(500), array.pop(), "
    "array.remove(0), array.reverse(), array.clear(), array[:]",
    "an array's items": "array[0], array[:], array[::2], array.__setitem__(slice(0, 1), array), array.count(0)",
    "an array's text": "repr(array), array.tobytes(), array.typecode, array == source",
    "another size, refused": "held.append(1)",
    "an item, refused": "array.append(1 << 40)",
    "stable, refused": "held.stable()",
    "rows, refused": "libpybuf.stack((source, b'other'))",
    "attributes": "base.address, base.nbytes, base.itemsize, base.ndim, base.shape, base.strides, base.suboffsets, "
    "base.readonly, base.c_contiguous, base.f_contiguous, base.contiguous, base.owner, base.format",
    "text": "repr(base), weakref.ref(base), memoryview(base).tobytes(), memoryview(image)",
    "the module": "pybuf.lib.python_module(), repr(base)",
    "an instance, refused": "type(base)()",
    "pickling, refused": "base.__reduce_ex__(2)",
    "memory, refused": "libpybuf.memory(base.address, 48, shape=(5, 4), format='i', owner=source)",
    "bytes, refused": "libpybuf.bytes(base.address)",
    "ndarray, refused": "libpybuf.ndarray(-1)",
    "a keyword, refused": "libpybuf.ndarray(3, colour='red')",
    "a format, refused": "libpybuf.ndarray(3, 5)",
    "an argument, missing": "libpybuf.memory(0)",
    "a request, refused": "consume.adopt(base, 0x58)",
    "a View": "libpybuf.bytes(source), extended[0, 1:], extended['a'], extended['a'][0, 0], extended[..., None, ::2], extended.T, "
    "extended.fields, extended.size, extended.address, extended.tobytes('F'), extended.hex(), extended.obj, extended[0].release(), extended.explain()",
    "a View's shapes": "libpybuf.bytes(source), extended.transpose(1, 0), extended.reshape(-1), extended.broadcast_to((2, 3, 4)), "
    "extended.as_strided(1, 16), extended.cast('B', (3, -1)), libpybuf.View.merge(parts), "
    "extended.overlaps(base), extended.copy_to(other), extended.toreadonly(), "
    "extended.T.why_copy(), extended.T.ascontiguous(), extended.ascontiguous('A')",
    "a View's items": "libpybuf.bytes(source), extended.__setitem__((0, 0), ITEM), extended.__setitem__(..., ITEM), "
    "extended.__setitem__(0, other[0]), extended.__setitem__('a', 3), extended['a'].__setitem__(0, ROW), "
    "extended['a'].index(3), next(iter(extended))",
    "a View, refused": "libpybuf.bytes(source), extended.reshape(5)",
    "an order of a View, refused": "libpybuf.bytes(source), extended.ascontiguous('K')",
    "a field, refused": "libpybuf.bytes(source), extended['z']",
    "an item of a View, refused": "libpybuf.bytes(source), extended.__setitem__((0, 0), 1)",
    "a view": "consume.describe(source)",
    "a view lent on": "consume.lend(source)",
    "a slice": "consume.slice(source, 0, 1, 4, 2)",
    "a transpose": "consume.transpose(base, (1, 0))",
    "an adopted buffer": "consume.adopt(source, 0x11c)",
    "a copy": "consume.copy_to(base, base), consume.tobytes(base, 'F')",
    "a want, refused": "consume.want(source, kind='float64')",
    "a memoryview": "libpybuf.bytes(source), libpybuf.memoryview(source), libpybuf.View(source), libpybuf.memoryview(object=source), ours[1:3], "
    "ours.toreadonly(), libpybuf.View(ours), memoryview(ours), table[1:], weakref.ref(libpybuf.View(source))",
    "more views than are kept to be used again": "libpybuf.bytes(source), "
    # A tuple of many is made by way of a list.
    + 4 * f"({20 * 'libpybuf.View(source), '}), ",
    "a memoryview, refused": "libpybuf.bytes(source), libpybuf.memoryview(5)",
    "two memoryviews, refused": "libpybuf.bytes(source), libpybuf.memoryview(source, source)",
    "a memoryview of a released one": "libpybuf.bytes(source), libpybuf.memoryview(gone)",
    "a memoryview's attributes": "libpybuf.bytes(source), table.obj, table.nbytes, table.readonly, table.itemsize, table.format, table.ndim, table.shape, "
    "table.strides, table.suboffsets, table.c_contiguous, table.f_contiguous, table.contiguous, repr(table), "
    "len(table), table.__sizeof__()",
    "a memoryview's items": "libpybuf.bytes(source), ours[0], ours[-1], table[1, 0], floats[0], ours.__setitem__(0, 7), table.__setitem__((1, 0), 7), "
    "floats.__setitem__(0, 0.5), 500 in ours",
    "a memoryview's slices": "libpybuf.bytes(source), ours.__setitem__(slice(0, 2), b'ab'), ours.__setitem__(slice(0, 2), ours[2:4])",
    "a memoryview's casts": "libpybuf.bytes(source), ours.cast('B', (2, 4)), ours.cast('d'), table.cast('b'), floats.cast('B', shape=(4, 2))",
    "a memoryview's copies": "libpybuf.bytes(source), table.tobytes('F'), ours.hex(), ours.hex(':', 2), ours.hex(bytes_per_sep=2, sep='-')",
    "a memoryview's comparison": "libpybuf.bytes(source), ours == base, ours == table, ours == floats, ours != bytes(8), ours == 5, hash(libpybuf.View(b'12'))",
    "what takes long": "libpybuf.bytes(source), long.tobytes(), long.hex(':', 2), long == longer, longer[::2] == long, "
    "longer.__setitem__(slice(None, None, 2), long), extended_long.copy_to(longer[::2]), extended_long.__setitem__(..., 3), "
    "extended_long.__setitem__(..., long)",
    "a memoryview's end": "libpybuf.bytes(source), libpybuf.View(source).release(), libpybuf.View(source).__enter__().__exit__(None, None, None)",
    "a memoryview's iterator": "libpybuf.bytes(source), next(iter(ours))",
    "an index, refused": "libpybuf.bytes(source), ours[100]",
    "a key, refused": "libpybuf.bytes(source), ours['key']",
    "a value, refused": "libpybuf.bytes(source), ours.__setitem__(0, 300)",
    "a slice, refused": "libpybuf.bytes(source), ours.__setitem__(slice(0, 3), b'ab')",
    "a cast, refused": "libpybuf.bytes(source), ours.cast('zz')",
    "a shape, refused": "libpybuf.bytes(source), ours.cast('B', (3, 3))",
    "an order, refused": "libpybuf.bytes(source), ours.tobytes('K')",
    "a separator, refused": "libpybuf.bytes(source), ours.hex('::')",
    "a hash, refused": "libpybuf.bytes(source), hash(ours)",
    "a released memoryview": "libpybuf.bytes(source), gone.tobytes()",
    "a lent memoryview, refused": "libpybuf.bytes(source), lent.release()",
    "an object, refused": "consume.describe(base.address)",
    "lists": "libpybuf.bytes(source), table.tolist(), ours[:0].tolist(), extended.tolist(), extended.split(2), extended[0, 0], "
    "ITEM in extended, extended.count(ITEM)",
    "search": "libpybuf.bytes(source), ours.count(500), ours.index(50)",
}
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    # Where there is no memory for a list, CPython 3.13t crashes.
    OPERATIONS["lists"] = "libpybuf.bytes(source), ours[:1].cast('B', ()).tolist(), extended.split"
if sys.version_info < (3, 14):
    del OPERATIONS["search"]

# One attempt: what came of it, and whether the n-th allocation was reached.
ATTEMPT = """
import sys, weakref, os
def attempt(n):
    said = "done"
    fail(n)
    try:
        operation()
    except MemoryError:
        said = "no memory"
    except (BufferError, ValueError, TypeError, OverflowError, IndexError):
        pass
    finally:
        reached = stop()
    return said, said == "no memory" or n < 4 if reached is None else reached
"""

SCRIPT = """
import libpybuf, pybuf, consume, slots
LONG = "T{<q:first:<q:second:}"
source, base, image = bytearray(b"a source"), libpybuf.ndarray((3, 4), "i"), slots.Image(2, 3)
guarded, held = libpybuf.ndarray(9, guarded=True), libpybuf.array("i", range(9))
view = memoryview(held)
records, others = libpybuf.ndarray((3, 4), "T{>i:a:3s:b:(2)<d:c:}"), libpybuf.ndarray((3, 4), "T{>i:a:3s:b:(2)<d:c:}")
extended, other = libpybuf.View(records), libpybuf.View(others)
parts, ITEM, ROW = tuple(extended.split(2)), (3, b"abc", (1.5, 2.5)), [1, 2, 3, 4]
ours = libpybuf.memoryview(bytearray(b"12345678"))
table, floats, gone, lent = ours.cast("B", (4, 2)), ours.cast("d"), ours[:], ours[:]
longer = libpybuf.memoryview(bytearray(300_000))
long, extended_long = longer[1::2], libpybuf.View(longer)[1::2]
gone.release()
borrowed = memoryview(lent)
def fail_each(name):
    global array
    array = libpybuf.array("i", range(9))
    attempt(10000)  # what is made once is made
    array = libpybuf.array("i", range(9))
    references = [sys.getrefcount(it) for it in (source, base, image, ours.obj)]
    failures, n, reached = 0, 0, True
    while reached:
        n += 1
        assert n < 3000, name + ": it never has enough"
        said, reached = attempt(n)
        failures += said == "no memory"
    assert said == "done" and failures, (name, said, failures)
    assert [sys.getrefcount(it) for it in (source, base, image, ours.obj)] == references, name
    source.append(0)
for name, text in OPERATIONS.items():
    exec(compile("def operation(): return " + text, name, "exec"))
    fail_each(name)
"""

# The first use makes what the library keeps for an interpreter. A fork is a first use each time.
# (What a thread keeps is not the library's to allocate: it is touched before.) CPython 3.13.0
# crashes where the dictionary of a new type cannot grow: there that is no end of the test.
FIRST_USE = """
import faulthandler, pybuf, consume
CRASHES = sys.version_info[:3] == (3, 13, 0)
if CRASHES:
    faulthandler.disable()
pybuf.lib.error_clear()
source = bytearray(b"a source")
def operation():
    return consume.describe(source)
def child(n):
    said, reached = attempt(n)
    operation()
    source.append(0)
    os._exit(reached)
n, status = 0, 1
while status == 1:
    n += 1
    assert n < 3000, "it never has enough"
    if not (pid := os.fork()):
        try:
            child(n)
        finally:
            os._exit(2)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if CRASHES and status == -11:
        status = 1
assert status == 0 and n > 10, (status, n)
"""

# Whether the n-th was reached cannot be told.
OF_PYTHON = """
import _testcapi
def fail(n):
    _testcapi.set_nomemory(n - 1)
stop = _testcapi.remove_mem_hooks
"""

OF_MALLOC = """
import ctypes
malloc = ctypes.PyDLL("FILE")
fail, disarm = malloc.failing_malloc_arm, malloc.failing_malloc_disarm
fail.argtypes, fail.restype = [ctypes.c_long], None
def stop():
    return disarm() == 0
"""


@pytest.fixture(params=["of Python", "of malloc"])
def run(request, consume):
    """Runs a script in which allocations fail."""
    if request.param == "of Python":
        pytest.importorskip("_testcapi", reason="this Python comes without _testcapi")
        return lambda script: pybuf.run_python(OF_PYTHON + ATTEMPT + script)
    malloc = os.environ["PYBUF_FAILING_MALLOC"]
    way = OF_MALLOC.replace("FILE", malloc)
    return lambda script: pybuf.run_python(way + ATTEMPT + script, LD_PRELOAD=malloc)


def test_no_memory(run):
    run(SCRIPT.replace("OPERATIONS", repr(OPERATIONS)))


def test_no_memory_for_the_first_use(run):
    run(FIRST_USE)


def test_all_that_the_module_has_is_among_the_operations(libpybuf):
    named = {name for operation in OPERATIONS.values() for name in re.findall(r"\w+", operation)}
    functions = [name for name in libpybuf.__all__ if name.islower()]
    types = libpybuf.Exporter, libpybuf.memoryview, libpybuf.View
    attributes = [name for kind in types for name in vars(kind) if not name.startswith("_")]
    assert functions and attributes and named.issuperset(functions + attributes)


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


def test_dropping_late_needs_none(late):
    """Where would the error go?"""
    pytest.importorskip("_testcapi", reason="this Python comes without _testcapi")
    pybuf.run_python(DROPPED_LATE)


RELEASED_LATE = """
import ctypes, pybuf, late
from pybuf import PyObject_GetBuffer, Py_buffer
malloc = ctypes.PyDLL("FILE")
pybuf.lib.error_clear()
release = ctypes.CDLL(pybuf.PATH).pybuf_release
source, buffer = bytearray(b"a source"), Py_buffer()
address = ctypes.byref(buffer)
late.attached_call()  # makes what the library keeps for this interpreter
PyObject_GetBuffer(source, buffer, 0)
malloc.failing_malloc_arm(1)
release(address)
assert malloc.failing_malloc_disarm() == 0
assert buffer.obj
assert pybuf.lib.error_code() == pybuf.MEMORY, pybuf.last_error()
release(address)
assert not buffer.obj
late.attached_call()
source.append(0)
"""


def test_a_buffer_that_cannot_be_queued_stays_as_it_is(late):
    """It is released by a thread that is not attached, and then once more."""
    malloc = os.environ["PYBUF_FAILING_MALLOC"]
    pybuf.run_python(RELEASED_LATE.replace("FILE", malloc), LD_PRELOAD=malloc)
