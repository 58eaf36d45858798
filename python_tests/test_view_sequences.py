"""libpybuf.memoryview beside CPython's memoryview: generated sequences of operations, each of
which has to end in the same value, or in the same exception with the same message, on both.

    PYBUF_SEQUENCES            how many in a run
    PYBUF_FIRST_SEQUENCE       the number of the first; a difference names its sequence
    PYBUF_SEQUENCES_TRACE      set: each operation is printed before it is done
"""

import importlib
import os

import pytest
import sequences
import sources

COUNT = int(os.environ.get("PYBUF_SEQUENCES", 100_000))
FIRST = int(os.environ.get("PYBUF_FIRST_SEQUENCE", 0))
BATCH = 5_000

# What differs, and why it has to: pairs of a reason, and a function of what was done and of both
# outcomes as `World.shown` shows them.
DIFFERENCES = []


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


@pytest.fixture(scope="module")
def world(libpybuf):
    testbuffer, numpy = optional("_testbuffer"), optional("numpy")
    pool = sources.pool(libpybuf, testbuffer, numpy)
    return sequences.World(libpybuf.memoryview, pool, testbuffer, numpy, DIFFERENCES)


@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, BATCH))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_memoryview_does_what_memoryview_does(world, first):
    found = {}
    for number in range(first, min(first + BATCH, FIRST + COUNT)):
        sequence = sequences.Sequence(world, number)
        difference = sequence.run()
        sequence.close()
        if difference:
            what, (ours, theirs) = difference
            # One of each kind is enough to read.
            kind = what[0], ours[0], theirs[0], str(ours[1])[:40], str(theirs[1])[:40]
            found.setdefault(kind, f"sequence {number}, {sequence.source.name}: {what}\n ours   {ours}\n theirs {theirs}")
    assert not found, f"{len(found)} kinds of differences\n" + "\n".join(list(found.values())[:30])
