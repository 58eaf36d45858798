"""A case: some work that the library and its peers do in the same memory, checked before it is
timed."""

from dataclasses import dataclass, field
from typing import Callable

import numpy

import bench_copy as bench
from measure import OURS, measure
from peers import called


@dataclass
class Case:
    name: str
    size: int  # bytes of items, counted once
    make: Callable  # of Peers: the Work. The memory is there only as long as it is.
    tags: tuple = ()


@dataclass
class Work:
    """Nothing in it may lead back to it: the memory goes with the last reference."""

    operations: dict
    checks: dict = field(default_factory=dict)  # of an operation: whether it did what it should

    def measure(self, effort):
        for name, check in self.checks.items():
            if not check(self.operations[name]):
                raise AssertionError(f"{name} does not do what NumPy does")
        return measure(self.operations, effort)


def copying(dest, src, limits, *others):
    """A copy of `src` to `dest`. `others`: pairs of name and operation, which does the same, or
    triples with what returns the copy where it is elsewhere."""
    work = Work({OURS: lambda n: bench.copy(dest, src, n), **dict(limits)})
    expected = numpy.ascontiguousarray(src)

    def writes(operation):
        dest[...] = 0
        operation(1)
        return numpy.array_equal(dest, expected)

    work.checks[OURS] = writes
    for name, operation, *result in (one for some in others for one in some):
        work.operations[name] = operation
        if result:
            work.checks[name] = lambda _, result=result: numpy.array_equal(result[0](), expected)
        else:
            work.checks[name] = writes
    return work


def answering(operations):
    """Calls that return the same. `operations`: {name: (function, arguments)}."""
    work = Work({name: called(function, *arguments) for name, (function, arguments) in operations.items()})

    def answer(name):
        function, arguments = operations[name]
        return function(*arguments)

    for name in operations:
        if name != OURS:
            work.checks[name] = lambda _, name=name: answer(name) == answer(OURS)
    return work
