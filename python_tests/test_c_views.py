"""Views by the C API, with NumPy as the oracle: items, slices, transposes, copies."""

import ctypes
import random
import struct

import layouts
import pybuf
import pytest
from beside_numpy import beginnings, pair, random_slice, same
from pybuf import View, lib

BATCHES = {
    **layouts.batches(layouts.regular, range(11, 14), 60),
    **layouts.batches(layouts.irregular, range(14, 17), 60),
}


@pytest.fixture(params=BATCHES)
def batch(request):
    return BATCHES[request.param]


def test_a_view_shows_its_memory(numpy, batch):
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            same(view, array, *beginnings(view, array))
            assert struct.calcsize(view.format) == view.itemsize == array.itemsize


def test_every_item_is_where_it_belongs(numpy, batch):
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            for index in numpy.ndindex(array.shape):
                assert view.read(*index) == array[index].tobytes()
                from_end = tuple(i - length for i, length in zip(index, array.shape))
                assert view.pointer(*from_end) == view.pointer(*index)
                assert view.pointer(*index) - view.data == layout.at(index) - layout.offset


def sliced(view, dim, chosen):
    start, stop = (pybuf.OPEN if bound is None else bound for bound in (chosen.start, chosen.stop))
    return view.slice(dim, start, stop, chosen.step or 1)


def test_slices_of_slices(numpy, batch):
    chance = random.Random(len(batch))
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            beginning = beginnings(view, array)
            for _ in range(4 if array.ndim else 0):
                dim = chance.randrange(array.ndim)
                chosen = random_slice(chance, array.shape[dim])
                array = array[(slice(None),) * dim + (chosen,)]
                view = sliced(view, dim, chosen)
                same(view, array, *beginning)


def test_transposes(numpy, batch):
    chance = random.Random(len(batch))
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            beginning = beginnings(view, array)
            same(view.transpose(), array.T, *beginning)
            axes = chance.sample(range(array.ndim), array.ndim)
            if axes:
                same(view.transpose(*axes), array.transpose(axes), *beginning)


def test_a_slice_and_a_transpose_share_the_export():
    owner = pybuf.Owner(bytes(range(24)))
    exporter = owner.lend(shape=(4, 6))
    view = View.of(exporter)
    lib.exporter_unref(exporter)
    part = view.slice(0, 1, 3)
    turned = part.transpose()
    view.close()
    part.close()
    assert owner.released == 0
    assert turned.shape == (6, 2) and turned.read(5, 0) == bytes([11])
    turned.close()
    assert owner.released == 1


def writable(exporter):
    return View.of(exporter, pybuf.want(writable=1, indirect=1))


def test_written_items_are_in_the_memory(batch):
    # Where no two indices name the same byte, what is written stays.
    layouts_to_write = [layout for layout in batch if layout.writable and 0 not in layout.strides]
    assert len(layouts_to_write) > 10
    for layout in layouts_to_write:
        owner = pybuf.Owner(layout.memory())
        exporter = owner.lend(**layouts.fields(layout))
        expected = bytearray(layout.memory())
        with layouts.named(layout), writable(exporter) as view:
            for number, index in enumerate(layout.indices()):
                item = bytes((number + k) % 256 for k in range(layout.itemsize))
                view.write(index, item)
                expected[layout.at(index) : layout.at(index) + layout.itemsize] = item
            assert ctypes.string_at(owner.address, owner.size) == expected
        lib.exporter_unref(exporter)


def destination(source, chance):
    """A layout of the same shape, in which no item lies twice."""
    strides, stride = [0] * source.ndim, source.itemsize
    for dim in chance.sample(range(source.ndim), source.ndim):
        strides[dim] = stride * chance.choice([1, 1, -1, 2])
        stride = abs(strides[dim]) * max(source.shape[dim], 1) + chance.choice([0, 0, 3])
    return layouts.strided(source.format, source.shape, strides, after=5)


def test_copies_between_layouts(batch):
    chance = random.Random(21)
    for source in batch:
        dest = destination(source, chance)
        to = pybuf.Owner(b"\xaa" * dest.size)
        to_exporter, from_exporter = to.lend(**layouts.fields(dest)), layouts.exporter(source)
        contents, expected = source.memory(), bytearray(b"\xaa" * dest.size)
        for index in source.indices():
            at, put = source.at(index), dest.at(index)
            expected[put : put + dest.itemsize] = contents[at : at + source.itemsize]
        with layouts.named(source), writable(to_exporter) as to_view, View.of(from_exporter) as from_view:
            lib.view_copy(to_view.handle, from_view.handle)
            assert ctypes.string_at(to.address, to.size) == expected
        lib.exporter_unref(to_exporter)
        lib.exporter_unref(from_exporter)


@pytest.mark.parametrize("seed", range(60))
def test_copies_within_one_memory_are_as_if_copied_away_first(numpy, seed):
    chance = random.Random(seed)
    rows, columns = chance.randint(3, 9), chance.randint(3, 9)
    contents = bytes(chance.randrange(256) for _ in range(rows * columns))
    height, width = chance.randint(1, rows), chance.randint(1, columns)

    def window(length, size):
        """`size` neighbours, or in steps where they fit, up or down."""
        step = chance.choice([s for s in (1, 2) if (size - 1) * s < length])
        first = chance.randint(0, length - (size - 1) * step - 1)
        last = first + (size - 1) * step
        if chance.random() < 0.5:
            return slice(first, last + 1, step)
        return slice(last, first - 1 if first else None, -step)

    windows = [(window(rows, height), window(columns, width)) for _ in range(2)]
    array = numpy.frombuffer(bytearray(contents), "u1").reshape(rows, columns)
    array[windows[0]] = array[windows[1]].copy()
    with pybuf.exporting(contents, shape=(rows, columns)) as exporter, writable(exporter) as view:
        dest, src = (sliced(sliced(view, 0, down), 1, across) for down, across in windows)
        lib.view_copy(dest.handle, src.handle)
        assert view.tobytes() == array.tobytes()


def test_a_view_is_read_only_unless_writing_is_wanted():
    with pybuf.exporting(bytes(4)) as exporter:
        with View.of(exporter) as view:
            assert view.readonly
            with pytest.raises(pybuf.Failure, match="read-only") as refused:
                view.write((0,), b"x")
            assert refused.value.code == pybuf.TYPE
        with writable(exporter) as view:
            assert not view.readonly
            view.write((0,), b"x")
            assert view.tobytes() == b"x\0\0\0"


def test_a_view_can_be_lent_on():
    owner = pybuf.Owner(bytes(range(24)))
    exporter = owner.lend(shape=(4, 6))
    with View.of(exporter) as view:
        lib.exporter_unref(exporter)
        part = view.slice(1, 5, 1, -2)
        again = lib.exporter_from_view(part.handle)
        part.close()
    with pybuf.buffer_of(again) as buffer:
        fields = buffer.fields()
        assert fields["buf"] == owner.address + 5
        assert (fields["shape"], fields["strides"], fields["readonly"]) == ((4, 2), (6, -2), 1)
    lib.exporter_unref(again)
    assert owner.released == 1


def test_a_view_answers_requests():
    with pybuf.exporting(bytes(range(24)), shape=(4, 6)) as exporter, View.of(exporter) as view:
        turned = view.transpose()
        buffer = pybuf.Py_buffer()
        lib.view_getbuffer(turned.handle, buffer, pybuf.F_CONTIGUOUS | pybuf.FORMAT)
        turned.close()
        assert buffer.fields()["shape"] == (6, 4)
        assert not buffer.obj
        lib.release(buffer)
        assert not buffer.internal
        with pytest.raises(pybuf.Failure, match="read-only"):
            lib.view_getbuffer(view.handle, buffer, pybuf.WRITABLE)


def test_a_view_takes_over_a_filled_buffer():
    owner = pybuf.Owner(bytes(range(6)))
    exporter = owner.lend(shape=(2, 3))
    buffer = pybuf.Py_buffer()
    lib.getbuffer(exporter, buffer, pybuf.FULL)
    lib.exporter_unref(exporter)
    view = View(lib.view_adopt(buffer))
    assert not buffer.buf and not buffer.internal
    assert view.shape == (2, 3) and not view.readonly
    lib.release(buffer)
    assert owner.released == 0
    view.close()
    assert owner.released == 1


def test_a_view_takes_over_a_buffer_that_points_into_itself():
    """bytes fills shape and strides with addresses of the struct's own fields."""
    data = b"a buffer of Python's"
    buffer = pybuf.Py_buffer()
    pybuf.PyObject_GetBuffer(data, buffer, pybuf.FULL_RO)
    assert ctypes.addressof(buffer.shape.contents) == ctypes.addressof(buffer) + pybuf.Py_buffer.len.offset
    with View(lib.view_adopt(buffer)) as view:
        ctypes.memset(ctypes.addressof(buffer), 0xFF, ctypes.sizeof(buffer))
        assert view.shape == (len(data),) and view.tobytes() == data
