"""What lending costs, beside CPython's own exporters, in one run.

Started by `cargo bench --bench lend`, once for each Python. Every operation is timed in
several rounds, all operations in turn in each, so that a drift of the machine's speed
meets them all; the figure is the median over the rounds.
"""

import array
import statistics
import sys

import numpy

import bench_lend

FULL_RO = 0x11C
SIMPLE = 0
ROUNDS = 15
CALLS = 200_000


def seconds_a_call(operations):
    """{name: median nanoseconds} for functions that take a number of calls."""
    rounds = {name: [] for name in operations}
    for _ in range(ROUNDS):
        for name, operation in operations.items():
            rounds[name].append(operation(CALLS) / CALLS * 1e9)
    return {name: statistics.median(times) for name, times in rounds.items()}


def table(title, operations, against):
    """Prints nanoseconds, and the ratio to the operation named `against`."""
    times = seconds_a_call(operations)
    print(f"  {title}")
    for name, time in times.items():
        print(f"    {name:<38} {time:8.1f} ns   {time / times[against]:5.2f} x {against}")


def main():
    ours = bench_lend.lent()
    data = bytes(1024)
    peers = {
        "bytes": data,
        "bytearray": bytearray(1024),
        "array.array": array.array("B", data),
        "numpy.ndarray": numpy.zeros((16, 64), "u1"),
        "ours": ours,
    }

    def getbuffer(exporter, flags):
        return lambda n: bench_lend.getbuffer(exporter, flags, n)

    print(f"CPython {sys.version}".replace("\n", " "))
    for title, flags in [("PyBUF_SIMPLE", SIMPLE), ("PyBUF_FULL_RO", FULL_RO)]:
        operations = {name: getbuffer(peer, flags) for name, peer in peers.items()}
        table(f"PyObject_GetBuffer + PyBuffer_Release, {title}", operations, "bytes")
    growing = {"bytearray": bytearray(1024), "Array": bench_lend.libpybuf().bytearray(1024)}
    for title, flags in [("PyBUF_SIMPLE", SIMPLE), ("PyBUF_FULL_RO", FULL_RO)]:
        operations = {name: getbuffer(peer, flags) for name, peer in growing.items()}
        table(f"the same of memory that grows, {title}", operations, "bytearray")
    table(
        "memoryview(x), and dropped",
        {
            "bytes": lambda n: bench_lend.call(memoryview, data, n),
            "ours": lambda n: bench_lend.call(memoryview, ours, n),
        },
        "bytes",
    )
    table(
        "native memory lent, and dropped",
        {
            "PyMemoryView_FromMemory": bench_lend.from_memory,
            "pybuf_exporter_new": bench_lend.exporter,
            "pybuf_exporter_new, as a Python object": bench_lend.python_object,
            "pybuf_getbuffer + pybuf_release": bench_lend.native,
        },
        "PyMemoryView_FromMemory",
    )


main()
