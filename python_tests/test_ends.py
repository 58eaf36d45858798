"""Daemon threads that are in Python code which this library has called when the interpreter ends:
before 3.14 that unwinds their stacks by force, and nothing of ours may be left so."""

import sys

import pybuf
import pytest

CODE = """
import sys, threading, time, types, libpybuf
inside = threading.Event()
class Slow:
    def sleep(self, *rest, sleep=time.sleep, begun=inside.set):
        begun()
        while True:
            sleep(0.01)
    __index__ = __float__ = __complex__ = __eq__ = __bool__ = __buffer__ = __iter__ = __next__ = __str__ = sleep
    __hash__ = None
class Iterator(Slow):
    def __iter__(self):
        return self
class Lender:
    def __buffer__(self, flags):
        return memoryview(bytearray(64))
    def __release_buffer__(self, view):
        Slow.sleep(self)
slow, iterator = Slow(), Iterator()
view, exact = libpybuf.View(bytearray(64)), libpybuf.memoryview(bytearray(64))
array, floats = libpybuf.array("i", [1, 2, 3]), libpybuf.array("d", [1.0])
def work():
    CALL
class Late:
    # The interpreter ends so late that the thread has wanted to come back.
    def __del__(self, sleep=time.sleep):
        sleep(0.2)
module = sys.modules["slow"] = types.ModuleType("slow")
module.it = Late()
del module
threading.Thread(target=work, daemon=True).start()
assert inside.wait(30)
"""

CALLS = {
    "index": "view[slow]",
    "index of the exact type": "exact[slow]",
    "slice": "view[slow:3]",
    "value": "view[0] = slow",
    "float": "view.cast('d')[0] = slow",
    "comparison": "view.index(slow)",
    "in": "slow in exact",
    "item of an array": "array[slow]",
    "append": "array.append(slow)",
    "float of an array": "floats[0] = slow",
    "extend": "array.extend(slow)",
    "an iterator": "array.extend(iterator)",
    "comparison in an array": "array.count(slow)",
    "argument": "libpybuf.memory(slow, 3)",
    "truth": "view.cast('?')[0] = slow",
    "hex": "exact.hex(':', slow)",
}
BUFFERS = {
    "buffer": "libpybuf.View(slow)",
    "release of a buffer": "libpybuf.View(Lender()).release()",
    "buffer to extend by": "array.extend(slow)",
}


@pytest.mark.parametrize("call", CALLS)
def test_the_interpreter_ends_inside(call):
    pybuf.run_python(CODE.replace("CALL", CALLS[call]))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no __buffer__ before 3.12")
@pytest.mark.parametrize("call", BUFFERS)
def test_the_interpreter_ends_in_a_buffer(call):
    pybuf.run_python(CODE.replace("CALL", BUFFERS[call]))
