"""Lends memory that has only an address, without a compiler and without NumPy.

    python3 lend_memory.py
"""

import ctypes
import socket

import libpybuf

# Somebody's native memory: six rows of a table, of which Python is to see four columns.
Row = ctypes.c_int32 * 8
table = (Row * 6)(*(Row(*range(10 * row, 10 * row + 8)) for row in range(6)))

lent = libpybuf.memory(
    ctypes.addressof(table),
    ctypes.sizeof(table),
    shape=(6, 4),
    strides=(ctypes.sizeof(Row), 4),
    format="i",
    owner=table,  # kept as long as anybody reads
)
print(lent)

view = memoryview(lent)
print("row 5:", view.tolist()[5])
view[5, 0] = -1
print("the table has it:", table[5][0])

# Anything that takes a buffer takes it. Rows have gaps between them: what sends bytes
# needs a copy in one piece.
left, right = socket.socketpair()
with left, right:
    left.sendall(libpybuf.bytes(lent))
    received = memoryview(right.recv(1024)).cast("i", (6, 4))
print("received:", received.tolist() == view.tolist())

try:
    libpybuf.memory(lent.address, 100, shape=(6, 4), strides=(32, 4), format="i")
except ValueError as error:
    print("too small:", error)
