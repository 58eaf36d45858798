"""What the protocol is used for, on the real things, and without a copy: the addresses on
both sides are the same."""

import ctypes
import hashlib
import mmap
import multiprocessing
import os
import pickle
import socket
import struct
import threading
import zlib
from multiprocessing import shared_memory

import pybuf
import pytest
from pybuf import View

WRITING = pybuf.want(writable=1)


def address(source):
    """Where Python sees the first item of a buffer."""
    with pybuf.buffer_of(source) as buffer:
        return buffer.buf


def native_bytes(at, size):
    return ctypes.string_at(at, size)


def test_a_slice_writes_through_to_native_memory():
    owner = pybuf.Owner(b"Hello, World!")
    view = memoryview(owner.object())
    world = view[7:12]
    assert address(world) == owner.address + 7
    world[0] = ord("E")
    assert native_bytes(owner.address, 13) == b"Hello, Eorld!"


def test_a_native_slice_writes_through_to_python():
    greeting = bytearray(b"Hello, World!")
    with View.of(greeting, WRITING) as view:
        world = view.slice(0, 7, 12)
        assert world.data == view.data + 7
        world.write((0,), b"E")
    assert greeting == b"Hello, Eorld!"


def test_sixteen_bytes_are_four_integers():
    owner = pybuf.Owner(struct.pack("4i", 1, -2, 3, 2**31 - 1))
    exporter = owner.lend()
    integers = memoryview(pybuf.object_of(exporter)).cast("i")
    assert address(integers) == owner.address
    assert integers.tolist() == [1, -2, 3, 2**31 - 1]
    # The same cast natively.
    part = pybuf.lib.exporter_part(exporter, pybuf.memory(None, 0, format=b"i"))
    with View.of(part, pybuf.want(kind="int32", ndim=1)) as view:
        assert (view.shape, view.data) == ((4,), owner.address)
        integers[1] = 7
        assert view.read(1) == struct.pack("i", 7)
    pybuf.lib.exporter_unref(part)
    pybuf.lib.exporter_unref(exporter)


def test_a_native_matrix_and_its_transpose(numpy):
    owner = pybuf.Owner(struct.pack("6i", *range(6)))
    exporter = owner.lend(format=b"i", shape=(2, 3))
    with View.of(exporter, WRITING) as view:
        turned = view.transpose()
        assert (view.strides, turned.strides) == ((12, 4), (4, 12))
        assert view.data == turned.data == owner.address
        for source in (view.object(), memoryview(view.object())):
            rows = numpy.asarray(source)
            assert rows.__array_interface__["data"][0] == owner.address
            assert (rows.strides, rows.tolist()) == ((12, 4), [[0, 1, 2], [3, 4, 5]])
        columns = numpy.asarray(turned.object())
        assert columns.__array_interface__["data"][0] == owner.address
        assert (columns.strides, columns.shape) == ((4, 12), (3, 2))
        assert columns.tolist() == [[0, 3], [1, 4], [2, 5]]
        assert memoryview(turned.object()).tolist() == columns.tolist()
        columns[2, 1] = 50
        assert view.read(1, 2) == struct.pack("i", 50)
    pybuf.lib.exporter_unref(exporter)


def test_numpys_matrix_and_its_transpose(numpy):
    rows = numpy.arange(6, dtype="i4").reshape(2, 3)
    begin = rows.__array_interface__["data"][0]
    with View.of(rows, WRITING) as view, View.of(rows.T) as turned:
        assert (view.strides, turned.strides) == ((12, 4), (4, 12))
        assert view.data == turned.data == begin
        view.write((0, 1), struct.pack("i", 10))
        assert turned.read(1, 0) == struct.pack("i", 10)
        assert rows[0, 1] == 10


def test_a_mebibyte_over_a_socket_by_slices():
    size = 1 << 20
    contents = hashlib.sha256(b"seed").digest() * (size // 32)
    source, target = pybuf.Owner(contents), pybuf.Owner(bytes(size))
    view, room = memoryview(source.object()), memoryview(target.object())
    left, right = socket.socketpair()
    full = threading.Event()
    received = 0

    def receive():
        nonlocal received
        full.wait()
        while received < size:
            received += right.recv_into(room[received:])

    with left, right:
        receiver = threading.Thread(target=receive)
        receiver.start()
        sent = sends = 0
        left.setblocking(False)
        while sent < size:
            part = view[sent:]
            assert address(part) == source.address + sent
            try:
                sent += left.send(part)
            except BlockingIOError:
                full.set()
                continue
            sends += 1
        full.set()
        receiver.join()
    assert (sent, received) == (size, size)
    assert sends > 1, "the socket took all at once: nothing was sent by slices"
    assert native_bytes(target.address, size) == contents


HEIGHT, WIDTH = 480, 640


def test_an_image_to_numpy_and_pillow_and_back(numpy, pillow):
    y, x, channel = numpy.indices((HEIGHT, WIDTH, 3))
    pattern = ((y * 3 + x * 5 + channel * 80) % 256).astype("u1")
    owner = pybuf.Owner(pattern.tobytes())
    pixels = numpy.asarray(owner.object(shape=(HEIGHT, WIDTH, 3)))
    assert pixels.__array_interface__["data"][0] == owner.address
    assert pixels.flags.writeable and (pixels == pattern).all()

    # Into Pillow, which stores RGB in its own way and copies.
    image = pillow.fromarray(pixels)
    assert (image.size, image.mode) == ((WIDTH, HEIGHT), "RGB")
    for at in ((0, 0), (639, 0), (0, 479), (639, 479), (123, 45)):
        assert image.getpixel(at) == tuple(pattern[at[1], at[0]])
    assert image.tobytes() == pattern.tobytes()

    # Changed there, and back into other native memory.
    mirrored = image.transpose(pillow.Transpose.FLIP_LEFT_RIGHT)
    back = pybuf.Owner(bytes(HEIGHT * WIDTH * 3))
    received = numpy.asarray(back.object(shape=(HEIGHT, WIDTH, 3)))
    received[...] = mirrored
    assert native_bytes(back.address, back.size) == pattern[:, ::-1].tobytes()


def test_pillow_draws_on_native_memory(pillow):
    """Where Pillow stores an image as we do (RGBA), it takes the memory itself."""
    owner = pybuf.Owner(bytes(HEIGHT * WIDTH * 4))
    lent = owner.object(shape=(HEIGHT, WIDTH, 4))
    image = pillow.frombuffer("RGBA", (WIDTH, HEIGHT), lent, "raw", "RGBA", 0, 1)
    ctypes.memmove(owner.address + 4 * (WIDTH * 7 + 5), bytes([1, 2, 3, 255]), 4)
    assert image.getpixel((5, 7)) == (1, 2, 3, 255)
    del lent
    assert owner.released == 0
    assert image.getpixel((5, 7)) == (1, 2, 3, 255)


def test_mmap_is_written_natively(tmp_path):
    file = tmp_path / "mapped"
    file.write_bytes(b"in a file on disk")
    with open(file, "r+b") as opened, mmap.mmap(opened.fileno(), 0) as mapped:
        with View.of(mapped, WRITING) as view:
            assert view.data == address(mapped)
            for at, letter in enumerate(b"IN"):
                view.write((at,), bytes([letter]))
            assert mapped[:5] == b"IN a "
            with pytest.raises(BufferError, match="cannot close exported pointers exist"):
                mapped.close()
        mapped.flush()
    assert file.read_bytes() == b"IN a file on disk"


def test_a_read_only_mmap_is_refused_for_writing(tmp_path):
    file = tmp_path / "mapped"
    file.write_bytes(b"read")
    with open(file, "rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        with View.of(mapped) as view:
            assert view.readonly and view.tobytes() == b"read"
        with pytest.raises(BufferError, match="not writable"):
            View.of(mapped, WRITING)


def write_natively(name, size):
    """In a process of its own: writes to shared memory by a native view."""
    memory = shared_memory.SharedMemory(name)
    with View.of(memory.buf, WRITING) as view:
        assert view.nbytes >= size
        for i in range(size):
            view.write((i,), bytes([i * 3 % 256]))
    memory.close()


def test_shared_memory_between_two_processes():
    memory = shared_memory.SharedMemory(create=True, size=4096)
    try:
        with View.of(memory.buf) as view:
            assert view.data == address(memory.buf)
            child = multiprocessing.get_context("spawn").Process(target=write_natively, args=(memory.name, 300))
            child.start()
            child.join()
            assert child.exitcode == 0
            assert view.tobytes()[:301] == bytes(i * 3 % 256 for i in range(300)) + b"\0"
    finally:
        memory.close()
        memory.unlink()


def test_readinto_native_memory(tmp_path):
    file = tmp_path / "data"
    file.write_bytes(bytes(range(200)))
    owner = pybuf.Owner(bytes(256))
    lent = memoryview(owner.object())
    with open(file, "rb", buffering=0) as raw, open(file, "rb") as buffered:
        assert raw.readinto(lent[:100]) == 100
        assert buffered.readinto(lent[100:]) == 156
    assert native_bytes(owner.address, 256) == bytes(range(100)) + bytes(range(156))


def test_writev_and_readv_of_native_parts():
    """Rows of an image, without the padding between them, by one system call."""
    width, pitch = 5, 8
    source = pybuf.Owner(b"".join(bytes([65 + row] * width) + b"..." for row in range(4)))
    image = memoryview(source.object())
    rows = [image[row * pitch : row * pitch + width] for row in range(4)]
    target = pybuf.Owner(bytes(20))
    room = memoryview(target.object())
    reader, writer = os.pipe()
    try:
        assert os.writev(writer, rows) == 20
        assert os.readv(reader, [room[10:], room[:10]]) == 20
    finally:
        os.close(reader)
        os.close(writer)
    assert native_bytes(target.address, 20) == b"CCCCCDDDDDAAAAABBBBB"


def test_anything_that_reads_bytes_reads_native_memory(tmp_path):
    contents = bytes(range(256)) * 4
    owner = pybuf.Owner(contents)
    lent = owner.object()
    assert bytes(lent) == contents
    assert hashlib.sha256(lent).digest() == hashlib.sha256(contents).digest()
    assert zlib.crc32(lent) == zlib.crc32(contents)
    assert struct.unpack_from("<H", lent, 256) == (0x0100,)
    assert b"".join([lent, b"!"]) == contents + b"!"
    file = tmp_path / "written"
    with open(file, "wb") as opened:
        opened.write(lent)
    assert file.read_bytes() == contents


def test_pickle_takes_native_memory_out_of_band():
    owner = pybuf.Owner(b"not in the stream " * 100)
    buffers = []
    stream = pickle.dumps(pickle.PickleBuffer(owner.object()), protocol=5, buffer_callback=buffers.append)
    assert len(stream) < 50 and len(buffers) == 1
    assert address(buffers[0].raw()) == owner.address
    again = pickle.loads(stream, buffers=buffers)
    assert address(again) == owner.address


def test_pickle_puts_an_array_into_native_memory(numpy):
    source = pybuf.Owner(struct.pack("6d", *range(6)))
    array = numpy.asarray(source.object(format=b"d", shape=(2, 3)))
    buffers = []
    stream = pickle.dumps(array, protocol=5, buffer_callback=buffers.append)
    assert [address(buffer.raw()) for buffer in buffers] == [source.address]
    target = pybuf.Owner(bytes(buffers[0].raw()))
    again = pickle.loads(stream, buffers=[target.object()])
    assert again.__array_interface__["data"][0] == target.address
    assert again.tolist() == [[0, 1, 2], [3, 4, 5]]
