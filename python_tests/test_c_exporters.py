"""Exporters by the C API: what they lend, and for how long."""

import ctypes

import layouts
import pybuf
import pytest
from pybuf import lib

BATCHES = {
    "kinds": list(layouts.kinds().values()),
    **layouts.batches(layouts.regular, [1, 2], 100),
    **layouts.batches(layouts.irregular, [3, 4], 100),
}


@pytest.mark.parametrize("name", BATCHES)
def test_memory_is_lent_as_it_is_described(name):
    for layout in BATCHES[name]:
        with layouts.named(layout):
            check_lent(layout)


def check_lent(layout):
    owner = pybuf.Owner(layout.memory())
    exporter = owner.lend(**layouts.fields(layout))
    first = owner.address + layout.offset
    assert lib.exporter_data(exporter) == first
    with pybuf.buffer_of(exporter) as buffer:
        assert not buffer.obj and buffer.internal
        assert buffer.fields() == {
            "buf": first,
            "len": layout.nbytes,
            "itemsize": layout.itemsize,
            "readonly": layout.readonly,
            "ndim": layout.ndim,
            "format": layout.format.encode(),
            "shape": layout.shape or None,
            "strides": layout.strides or None,
            "suboffsets": None,
        }
    lib.exporter_unref(exporter)
    assert owner.released == 1


def test_what_is_left_out_means_what_a_reader_would_guess():
    with pybuf.exporting(b"0123456789") as exporter, pybuf.buffer_of(exporter, pybuf.FULL) as buffer:
        fields = buffer.fields()
        assert fields.pop("buf") == lib.exporter_data(exporter)
        assert fields == {
            "len": 10,
            "itemsize": 1,
            "readonly": 0,
            "ndim": 1,
            "format": b"B",
            "shape": (10,),
            "strides": (1,),
            "suboffsets": None,
        }


def test_one_dimension_goes_from_the_offset_to_the_end():
    with pybuf.exporting(bytes(40), format=b"d", offset=8) as exporter, pybuf.buffer_of(exporter) as buffer:
        assert (buffer.len, buffer.shape[0], buffer.strides[0]) == (32, 4, 8)


@pytest.mark.parametrize("order, strides", [("C", (24, 8)), ("F", (8, 16))])
def test_strides_left_out_follow_the_order(order, strides):
    fields = {"format": b"q", "shape": (2, 3), "order": order}
    with pybuf.exporting(bytes(48), **fields) as exporter, pybuf.buffer_of(exporter) as buffer:
        assert buffer.fields()["strides"] == strides


def test_any_text_is_a_format_once_its_size_is_said():
    text = b"T{<i:x:<d:y:(2,2)H:z:}"
    fields = {"format": text, "itemsize": 20, "shape": (3,)}
    with pybuf.exporting(bytes(60), **fields) as exporter, pybuf.buffer_of(exporter) as buffer:
        assert (buffer.format, buffer.itemsize, buffer.shape[0]) == (text, 20, 3)


def test_bytes_are_a_copy_that_nobody_writes():
    source = ctypes.create_string_buffer(b"abcdef", 6)
    exporter = lib.bytes_new(source, 6)
    source[0] = b"X"
    with pybuf.buffer_of(exporter) as buffer:
        assert buffer.readonly
        assert ctypes.string_at(buffer.buf, 6) == b"abcdef"
    with pytest.raises(pybuf.Failure, match="read-only") as refused:
        lib.getbuffer(exporter, pybuf.Py_buffer(), pybuf.WRITABLE)
    assert refused.value.code == pybuf.BUFFER
    lib.exporter_unref(exporter)


def test_bytes_of_nothing_are_zeros():
    exporter = lib.bytes_new(None, 1000)
    assert ctypes.string_at(lib.exporter_data(exporter), 1000) == bytes(1000)
    lib.exporter_unref(exporter)


@pytest.mark.parametrize("order, strides", [(b"C", (32, 8)), (b"F", (8, 24)), (b"\0", (32, 8))])
def test_an_ndarray_is_zeroed_writable_and_aligned(order, strides):
    exporter = lib.ndarray_new(2, pybuf.sizes((3, 4)), b"d", 0, order)
    data = lib.exporter_data(exporter)
    assert data % 64 == 0
    assert ctypes.string_at(data, 96) == bytes(96)
    with pybuf.buffer_of(exporter, pybuf.FULL) as buffer:
        assert (buffer.readonly, buffer.format, buffer.fields()["strides"]) == (0, b"d", strides)
    lib.exporter_unref(exporter)


def test_an_ndarray_of_no_dimensions_is_one_item():
    exporter = lib.ndarray_new(0, None, b"d", 0, b"C")
    with pybuf.buffer_of(exporter) as buffer:
        assert (buffer.ndim, buffer.len, bool(buffer.shape)) == (0, 8, False)
    lib.exporter_unref(exporter)


def test_the_last_export_gives_the_memory_back():
    owner = pybuf.Owner(b"kept alive")
    exporter = owner.lend()
    lib.exporter_ref(exporter)
    first, second = pybuf.Py_buffer(), pybuf.Py_buffer()
    lib.getbuffer(exporter, first, pybuf.SIMPLE)
    lib.getbuffer(exporter, second, pybuf.FULL)
    lib.exporter_unref(exporter)
    lib.exporter_unref(exporter)
    lib.release(first)
    assert owner.released == 0
    assert ctypes.string_at(second.buf, 10) == b"kept alive"
    lib.release(second)
    assert owner.released == 1


def test_a_release_is_idempotent():
    owner = pybuf.Owner(b"once")
    exporter = owner.lend()
    buffer = pybuf.Py_buffer()
    lib.getbuffer(exporter, buffer, pybuf.FULL)
    for _ in range(3):
        lib.release(buffer)
        assert not buffer.obj
    lib.release(pybuf.Py_buffer())
    assert lib.error_code() == pybuf.OK
    assert owner.released == 0
    lib.exporter_unref(exporter)
    assert owner.released == 1


def test_releasebuffer_is_for_the_exporters_own_buffers():
    owners = [pybuf.Owner(b"one"), pybuf.Owner(b"two")]
    one, two = [owner.lend() for owner in owners]
    buffer = pybuf.Py_buffer()
    lib.getbuffer(one, buffer, pybuf.FULL)
    lib.releasebuffer(two, buffer)
    assert lib.error_code() == pybuf.BUFFER and buffer.internal
    lib.releasebuffer(one, buffer)
    assert not buffer.internal
    lib.exporter_unref(one)
    lib.exporter_unref(two)
    assert [owner.released for owner in owners] == [1, 1]


def test_a_failed_exporter_has_given_the_memory_back():
    owner = pybuf.Owner(bytes(10))
    with pytest.raises(pybuf.Failure):
        owner.lend(shape=(11,))
    assert owner.released == 1


def test_a_part_lies_in_the_memory_of_its_base():
    owner = pybuf.Owner(bytes(range(24)))
    base = owner.lend(shape=(4, 6))
    # The inner two rows, without their edges, upside down.
    fields = {"shape": (2, 4), "strides": (-6, 1), "offset": 13}
    part = lib.exporter_part(base, pybuf.memory(None, 0, **fields))
    lib.exporter_unref(base)
    assert lib.exporter_data(part) == owner.address + 13
    with pybuf.View.of(part) as view:
        assert view.tobytes() == bytes([13, 14, 15, 16, 7, 8, 9, 10])
    assert owner.released == 0
    lib.exporter_unref(part)
    assert owner.released == 1


def test_a_part_ends_where_it_is_told_to():
    with pybuf.exporting(bytes(range(24))) as base:
        part = lib.exporter_part(base, pybuf.memory(None, 10, offset=4))
        with pybuf.View.of(part) as view:
            assert view.tobytes() == bytes(range(4, 10))
        lib.exporter_unref(part)


def test_a_part_of_a_part_counts_from_the_first_memory():
    with pybuf.exporting(bytes(range(24))) as base:
        part = lib.exporter_part(base, pybuf.memory(None, 0, offset=4, shape=(10,)))
        again = lib.exporter_part(part, pybuf.memory(None, 0, offset=20, shape=(4,)))
        with pybuf.View.of(again) as view:
            assert view.tobytes() == bytes(range(20, 24))
        lib.exporter_unref(again)
        lib.exporter_unref(part)


@pytest.mark.parametrize("asked", [{}, {"readonly": 1}])
def test_a_part_of_read_only_memory_is_read_only(asked):
    with pybuf.exporting(bytes(8), readonly=1) as base:
        part = lib.exporter_part(base, pybuf.memory(None, 0, **asked))
        with pybuf.buffer_of(part) as buffer:
            assert buffer.readonly
        lib.exporter_unref(part)


def test_memory_of_many_dimensions_is_exported_as_bytes_only():
    """100 can be described, and a buffer has at most 64."""
    with pybuf.exporting(b"x", shape=(1,) * 100) as exporter:
        with pybuf.buffer_of(exporter, pybuf.SIMPLE) as buffer:
            assert (buffer.ndim, buffer.len) == (1, 1)
        with pytest.raises(pybuf.Failure, match="100 dimensions") as refused:
            lib.getbuffer(exporter, pybuf.Py_buffer(), pybuf.FULL_RO)
        assert refused.value.code == pybuf.BUFFER
