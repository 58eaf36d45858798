"""libpybuf.memoryview beside CPython's memoryview: generated sequences of operations, each of
which has to end in the same value, or in the same exception with the same message, on both.

    PYBUF_SEQUENCES            how many: else 100,000, and 20,000 in a debug build
    PYBUF_FIRST_SEQUENCE       the number of the first; a difference names its sequence
    PYBUF_SEQUENCES_TRACE      set: each operation is printed before it is done
"""

import collections
import importlib
import os
import re
import sys

import pytest
import sequences
import sources

# A debug build takes several times as long for each.
DEBUG = hasattr(sys, "gettotalrefcount")
COUNT = int(os.environ.get("PYBUF_SEQUENCES", 20_000 if DEBUG else 100_000))
FIRST = int(os.environ.get("PYBUF_FIRST_SEQUENCE", 0))
BATCH = 5_000



def is_broken(what, ours, theirs):
    return theirs[1].startswith("SystemError: ") and "exception set" in theirs[1]


def is_without_a_format(what, ours, theirs):
    return what[0] == "from_flags" and ours[0] == theirs[0] == "view" and ours[2] == theirs[2]


def is_refused(what, ours, theirs):
    return what[0] == "from_flags" and ours[1].startswith("BufferError: the exporter answers a request for")


def is_iterated(what, ours, theirs):
    # A later 3.13 and everything since look.
    operations = ("contains", "count", "index", "plain")
    return (
        sys.version_info < (3, 14)
        and what[0] in operations
        and ours[1] == "ValueError: operation forbidden on released memoryview object"
    )


# What differs, and why it has to: pairs of a reason, and a function of what was done and of both
# outcomes as `World.shown` shows them.
DIFFERENCES = [
    ("CPython goes on after an error of its own, and is caught at it", is_broken),
    ("no format was asked for: CPython says 'B' of items of any size, and we say of how many bytes", is_without_a_format),
    ("CPython made iterators over released views, which failed at their first item", is_iterated),
    ("the exporter gives memory in another order than was asked for, which we notice", is_refused),
]


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
    found = collections.defaultdict(list)
    for number in range(first, min(first + BATCH, FIRST + COUNT)):
        sequence = sequences.Sequence(world, number)
        difference = sequence.run()
        sequence.close()
        if difference:
            what, (ours, theirs) = difference
            text = f"sequence {number}, {sequence.source.name}: {what}\n  ours   {ours}\n  theirs {theirs}"
            found[kind(what, ours, theirs)].append(text)
    # One of each kind is enough to read.
    told = [f"{len(alike)} such as {alike[0]}" for alike in found.values()]
    assert not found, "{} kinds of differences:\n{}".format(len(found), "\n".join(told))


def kind(what, ours, theirs):
    """Differences that are likely to have one cause: the same operation, and outcomes that are the
    same but for numbers."""
    operation = what if isinstance(what, str) else what[0]
    return operation, *(re.sub("[0-9]+", "0", str(shown))[:60] for shown in (ours, theirs))
