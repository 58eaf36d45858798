"""Python's own exporters, read and written natively where they are.

Each source has a second opinion on where its memory is; what we give is that address.
"""

import array
import ctypes
import struct
import sys

import pybuf
import pytest
from pybuf import View

WRITING = pybuf.want(writable=1, indirect=1)


def address_of_bytes(data):
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value


def address_of_bytearray(data):
    return ctypes.addressof(ctypes.c_char.from_buffer(data))


def test_bytes():
    data = b"immutable"
    with View.of(data) as view:
        assert view.data == address_of_bytes(data)
        assert (view.format, view.itemsize, view.shape, view.strides) == ("B", 1, (9,), (1,))
        assert view.readonly
        assert b"".join(view.read(i) for i in range(9)) == data
    with pytest.raises(BufferError, match="Object is not writable"):
        View.of(data, WRITING)


def test_bytearray():
    data = bytearray(b"mutable")
    with View.of(data, WRITING) as view:
        assert view.data == address_of_bytearray(data)
        assert not view.readonly
        view.write((0,), b"M")
        view.write((-1,), b"E")
        data[1] = ord("U")
        assert view.tobytes() == data == b"MUtablE"


def test_a_bytearray_cannot_grow_while_it_is_viewed():
    data = bytearray(b"fixed")
    with View.of(data):
        with pytest.raises(BufferError, match="Existing exports of data: object cannot be re-sized"):
            data.append(0)
    data.append(0)
    assert len(data) == 6


@pytest.mark.parametrize("code", "bBhHiIlLqQfd")
def test_array(code):
    data = array.array(code, range(1, 21))
    with View.of(data, WRITING) as view:
        assert view.data == data.buffer_info()[0]
        assert (view.format, view.itemsize, view.shape) == (code, data.itemsize, (20,))
        assert struct.unpack(code, view.read(7)) == (8,)
        view.write((7,), struct.pack(code, 77))
        assert data[7] == 77
        with pytest.raises(BufferError, match="cannot resize an array that is exporting buffers"):
            data.append(1)
    data.append(1)


def test_numpy(numpy):
    data = numpy.arange(24, dtype="i4").reshape(2, 3, 4)
    for shown in (data, data.T, data[:, ::-1, ::2], data.transpose(1, 0, 2), data[1, 1:, 1]):
        with View.of(shown, WRITING) as view:
            assert view.data == shown.__array_interface__["data"][0]
            assert (view.shape, view.strides, view.format) == (shown.shape, shown.strides, "i")
            for index in numpy.ndindex(shown.shape):
                assert view.read(*index) == shown[index].tobytes()
            last = tuple(length - 1 for length in shown.shape)
            view.write(last, struct.pack("i", -1))
            assert shown[last] == -1
            shown[last] = 0


def test_numpy_of_no_dimensions_and_of_no_items(numpy):
    with View.of(numpy.array(2.5)) as view:
        assert (view.shape, view.format, view.read()) == ((), "d", struct.pack("d", 2.5))
    with View.of(numpy.zeros((3, 0, 2), "f4")) as view:
        assert (view.shape, view.nbytes, view.tobytes()) == ((3, 0, 2), 0, b"")


def test_read_only_numpy(numpy):
    data = numpy.arange(6)
    data.flags.writeable = False
    with View.of(data) as view:
        assert view.readonly
    # NumPy's own words and class: not a BufferError, as the protocol has it.
    with pytest.raises(ValueError, match="buffer source array is read-only"):
        View.of(data, WRITING)


def test_numpy_structs_are_seen_whole(numpy):
    points = numpy.array([(1, 2.5), (3, 4.5)], dtype=[("x", "i4"), ("y", "f8")])
    with View.of(points) as view:
        assert view.itemsize == points.itemsize == 12
        assert view.format.startswith("T{")
        assert view.read(1) == struct.pack("=id", 3, 4.5)


def test_memoryview():
    data = bytearray(range(12))
    shown = memoryview(data)[2:].cast("B", [2, 5])[::-1]
    with View.of(shown, WRITING) as view:
        assert view.data == address_of_bytearray(data) + 7
        assert (view.shape, view.strides) == ((2, 5), (-5, 1))
        view.write((0, 0), b"\xff")
        assert data[7] == 255


def test_read_only_memoryview():
    data = bytearray(b"frozen")
    shown = memoryview(data).toreadonly()
    with View.of(shown) as view:
        assert view.readonly and view.tobytes() == data
    with pytest.raises(BufferError, match="memoryview: underlying buffer is not writable"):
        View.of(shown, WRITING)


def test_a_memoryview_is_kept_as_long_as_it_is_viewed():
    shown = memoryview(b"kept")
    with View.of(shown):
        with pytest.raises(BufferError, match="memoryview has 1 exported buffer"):
            shown.release()
    shown.release()
    with pytest.raises(ValueError, match="operation forbidden on released memoryview object"):
        View.of(shown)


def test_ctypes_gives_no_strides_and_is_understood_all_the_same():
    data = ((ctypes.c_int32 * 3) * 2)((1, 2, 3), (4, 5, 6))
    with View.of(data, WRITING) as view:
        assert view.data == ctypes.addressof(data)
        assert (view.shape, view.strides) == ((2, 3), (12, 4))
        view.write((1, 2), struct.pack("i", 60))
    assert data[1][2] == 60


if sys.version_info >= (3, 12):  # PEP 688

    def test_a_class_that_is_an_exporter():
        class Exporter:
            data = bytearray(b"by a class")
            released = 0

            def __buffer__(self, flags):
                self.asked = flags
                return memoryview(self.data)

            def __release_buffer__(self, view):
                self.released += 1

        source = Exporter()
        with View.of(source, WRITING) as view:
            assert source.asked == pybuf.FULL
            view.slice(0, 3).write((0,), b"A")
            assert view.data == address_of_bytearray(source.data)
            assert source.released == 0
        assert (source.data, source.released) == (b"by A class", 1)


@pytest.mark.parametrize("source", ["text", ["a", "list"], 3.5, None, object()])
def test_what_is_no_buffer_is_refused_in_pythons_words(source):
    with pytest.raises(TypeError) as refused:
        View.of(source)
    assert str(refused.value) == f"a bytes-like object is required, not '{type(source).__name__}'"
    with pytest.raises(TypeError) as theirs:
        pybuf.PyObject_GetBuffer(source, pybuf.Py_buffer(), pybuf.FULL_RO)
    assert str(refused.value) == str(theirs.value)


def test_to_read_is_to_read_only(numpy):
    """Writable or not, a view that nobody wants to write does not write."""
    for source in (bytearray(4), array.array("B", [0] * 4), numpy.zeros(4, "B"), memoryview(bytearray(4))):
        with View.of(source) as view:
            assert view.readonly
            with pytest.raises(pybuf.Failure, match="read-only"):
                view.write((0,), b"x")


def test_the_extension_sees_the_same(consume):
    data = bytearray(range(24))
    shown = memoryview(data).cast("B", [4, 6])
    address = address_of_bytearray(data)
    assert consume.describe(shown, writable=True) == {
        "address": address,
        "nbytes": 24,
        "itemsize": 1,
        "format": "B",
        "ndim": 2,
        "shape": (4, 6),
        "strides": (6, 1),
        "suboffsets": None,
        "readonly": False,
    }
    assert consume.describe(shown)["readonly"] is True
    assert consume.pointer(shown, (2, 3)) == address + 15
    assert consume.peek(shown, (-1, -1)) == b"\x17"
    consume.poke(shown, (3, 5), b"\xff")
    assert data[23] == 255
    assert consume.sum_bytes(shown) == sum(data)
    assert consume.tobytes(shown, "F") == shown.tobytes("F")
    part = consume.slice(shown, 1, None, None, -2)
    assert consume.describe(part)["address"] == address + 5
    assert memoryview(part).tolist() == [row[::-2] for row in shown.tolist()]
    turned = consume.transpose(shown, (1, 0))
    assert memoryview(turned).tolist() == [list(column) for column in zip(*shown.tolist())]
    consume.copy_to(shown, memoryview(bytes(24)).cast("B", [4, 6]))
    assert data == bytes(24)
