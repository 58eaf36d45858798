"""What lending costs, beside CPython's own exporters, in one run.

Started by `cargo bench --bench lend`, once for each Python.
"""

import array
import sys

import numpy

import bench_lend
from timing import table

FULL_RO = 0x11C
SIMPLE = 0


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
            "bytes": lambda n: bench_lend.call(memoryview, (data,), n),
            "ours": lambda n: bench_lend.call(memoryview, (ours,), n),
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
