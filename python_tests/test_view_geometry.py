"""Views of the same memory in other shapes, by the C API: selections, casts, shapes, broadcasts,
strides, parts and overlaps, with NumPy as the oracle; behind pointers, CPython's own
`_testbuffer.ndarray`."""

import itertools
import random
import struct

import layouts
import pybuf
import pytest
from beside_numpy import beginnings, pair, random_slice, same
from pybuf import View

BATCHES = {
    **layouts.batches(layouts.regular, range(31, 34), 60),
    **layouts.batches(layouts.irregular, range(34, 37), 60),
}


@pytest.fixture(params=BATCHES)
def batch(request):
    return BATCHES[request.param]


def random_indices(chance, shape):
    """Any mix; now and then an index is outside, or there is one too many."""
    indices = []
    for length in shape[: chance.randint(0, len(shape))]:
        one = chance.randint(-length, length - 1) if length and chance.random() < 0.95 else length
        indices.append(chance.choice([one, random_slice(chance, length), random_slice(chance, length)]))
    for extra, often in ((None, 0.3), (..., 0.5), (0, 0.03), (..., 0.03)):
        if chance.random() < often:
            indices.insert(chance.randint(0, len(indices)), extra)
    return tuple(indices)


def refused(code, function, *arguments):
    with pytest.raises(pybuf.Failure) as failure:
        function(*arguments)
    assert failure.value.code == code, failure.value
    return failure.value.message


def test_selections(numpy, batch):
    chance = random.Random(len(batch))
    errors = 0
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            beginning = beginnings(view, array)
            for _ in range(6):
                indices = random_indices(chance, array.shape)
                try:
                    # An ellipsis keeps single items from becoming numbers.
                    expected = array[indices if ... in indices else (*indices, ...)]
                except IndexError:
                    errors += 1
                    refused(pybuf.INDEX, view.select, *indices)
                    continue
                selected = view.select(*indices)
                same(selected, expected, *beginning)
                if chance.random() < 0.5:
                    view, array = selected, expected
    assert errors > 3


def random_shape(chance, count):
    shape = []
    while count > 1:
        length = chance.choice([n for n in range(2, count + 1) if count % n == 0])
        shape.append(length)
        count //= length
    for _ in range(chance.choice([0, 0, 1, 2])):
        shape.insert(chance.randint(0, len(shape)), 1)
    return shape


def test_shapes(numpy, batch):
    chance = random.Random(len(batch))
    copies = 0
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            if not array.size:
                shape = [0, *random_shape(chance, 6)]
                assert view.reshape(shape).shape == tuple(shape)
                refused(pybuf.VALUE, view.reshape, [3])
                continue
            for order in "CF" * 3:
                shape = random_shape(chance, array.size)
                expected = array.reshape(shape, order=order)
                if shape and chance.random() < 0.5:
                    shape[chance.randrange(len(shape))] = -1
                if numpy.may_share_memory(array, expected):
                    same(view.reshape(shape, order), expected, *beginnings(view, array))
                else:
                    copies += 1
                    assert "without a copy" in refused(pybuf.BUFFER, view.reshape, shape, order)
            refused(pybuf.VALUE, view.reshape, [array.size + 1])
    assert copies > 20


def test_casts_of_contiguous_memory(numpy, batch):
    chance = random.Random(len(batch))
    cast = 0
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            order = chance.choice("CF")
            if not array.flags[f"{order}_CONTIGUOUS"]:
                continue
            flat = array.reshape(-1, order=order)
            for code in "BhiQd":
                count, rest = divmod(array.nbytes, struct.calcsize(code))
                if rest:
                    refused(pybuf.TYPE, view.cast, code, None, order)
                    continue
                if not count:
                    assert view.cast(code, [0, 3], order).shape == (0, 3)
                    continue
                expected = flat.view(code)
                same(view.cast(code, None, order), expected, *beginnings(view, array))
                shape = random_shape(chance, count)
                same(view.cast(code, shape, order), expected.reshape(shape, order=order), *beginnings(view, array))
                cast += 1
    assert cast > 20


def test_casts_along_the_last_dimension(numpy, batch):
    cast = 0
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            if array.flags.c_contiguous or not array.size:
                continue
            for code in "BhiQd":
                try:
                    expected = array.view(code)
                except ValueError:
                    refused(pybuf.TYPE, view.cast, code)
                    continue
                same(view.cast(code), expected, *beginnings(view, array))
                cast += array.itemsize != expected.itemsize
    assert cast > 5


def test_broadcasts(numpy, batch):
    chance = random.Random(len(batch))
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            for _ in range(4):
                shape = [chance.choice([n, n, n, 2]) if n != 1 else chance.randint(0, 3) for n in array.shape]
                shape[:0] = [chance.randint(0, 2) for _ in range(chance.randint(0, 2))]
                try:
                    expected = numpy.broadcast_to(array, shape)
                except ValueError:
                    refused(pybuf.VALUE, view.broadcast, shape)
                    continue
                wide = view.broadcast(shape)
                assert wide.readonly
                same(wide, expected, *beginnings(view, array))
            if array.ndim:
                refused(pybuf.VALUE, view.broadcast, array.shape[1:])


def offsets(array, beginning):
    """Where the items of an array lie."""
    at = array.__array_interface__["data"][0] - beginning
    for indices in numpy_indices(array.shape):
        yield at + sum(i * stride for i, stride in zip(indices, array.strides))


def numpy_indices(shape):
    return itertools.product(*map(range, shape))


def test_strides_reach_what_is_shown_and_nothing_else(numpy, batch):
    chance = random.Random(len(batch))
    given = outside = 0
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            if not array.size:
                continue
            first = array.__array_interface__["data"][0]
            shown = list(offsets(array, first))
            for _ in range(8):
                ndim, span = chance.randint(0, 3), max(shown) - min(shown) + 1
                shape = [chance.randint(1, 3) for _ in range(ndim)]
                strides = [chance.randint(-span // 4, span // 4) for _ in range(ndim)]
                offset = chance.choice([0, chance.randint(min(shown), max(shown))])
                places = [
                    offset + sum(i * stride for i, stride in zip(indices, strides)) for indices in numpy_indices(shape)
                ]
                if min(places) < min(shown) or max(places) > max(shown):
                    outside += 1
                    assert "outside" in refused(pybuf.VALUE, view.as_strided, shape, strides, offset)
                    continue
                given += 1
                base = numpy.ndarray((1,), array.dtype, array.base, layout.offset + offset)
                expected = numpy.lib.stride_tricks.as_strided(base, shape, strides)
                same(view.as_strided(shape, strides, offset), expected, *beginnings(view, array))
    assert given > 50 and outside > 50


def test_parts_are_numpys_and_merge_again(numpy, batch):
    chance = random.Random(len(batch))
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            if not array.ndim:
                refused(pybuf.INDEX, view.split, 0, 2)
                continue
            dim, count = chance.randrange(array.ndim), chance.randint(1, 7)
            parts, expected = view.split(dim, count), numpy.array_split(array, count, dim)
            for part, array_part in zip(parts, expected):
                same(part, array_part, *beginnings(view, array))
            same(View.merge(parts, dim), array, *beginnings(view, array))
            if count > 2 and array.shape[dim] > count and array.size and layout.strides[dim]:
                refused(pybuf.BUFFER, View.merge, [parts[0], *parts[2:], parts[1]], dim)


def test_overlaps_are_those_of_numpy(numpy, batch):
    chance = random.Random(len(batch))
    answers = []
    for layout in batch:
        with pair(numpy, layout) as (view, array):
            for _ in range(10):
                chosen = [tuple(random_slice(chance, length) for length in array.shape) for _ in range(2)]
                one, other = (view.select(*indices) for indices in chosen)
                expected = numpy.shares_memory(*(array[(*indices, ...)] for indices in chosen))
                answers.append(one.overlap(other))
                assert answers[-1] == other.overlap(one) == expected, chosen
    assert 0.2 < sum(answers) / len(answers) < 0.9


def test_memory_of_no_relation_does_not_overlap():
    with pybuf.exporting(bytes(8)) as one, pybuf.exporting(bytes(8)) as other:
        assert View.of(one).overlap(View.of(other)) == pybuf.OVERLAP_NO


def test_slices_of_one_bytearray_taken_apart_are_merged():
    """As they come from a network: views of the same memory, each with an export of its own."""
    memory = bytearray(range(60))
    parts = [View.of(memoryview(memory)[at : at + 20], writable=1) for at in range(0, 60, 20)]
    whole = View.merge(parts, 0)
    parts.clear()
    assert whole.tobytes() == memory and not whole.readonly
    whole.write((41,), b"\xff")
    assert memory[41] == 255
    with pytest.raises(BufferError):
        memory.append(0)
    whole.close()
    memory.append(0)


def pointed(testbuffer, chance):
    """CPython's array whose first dimension is pointers, sliced or not; and its shape."""
    shape = [chance.randint(1, 4) for _ in range(chance.randint(1, 4))]
    count = 1
    for length in shape:
        count *= length
    code = chance.choice("Bhiqd")
    items = [7 * k % 101 for k in range(count)]
    return testbuffer.ndarray(items, shape=shape, format=code, flags=testbuffer.ND_PIL)


@pytest.mark.parametrize("seed", range(40))
def test_slices_behind_pointers_are_cpythons(testbuffer, seed):
    """Of several dimensions, both ways, and of slices again."""
    chance = random.Random(seed)
    for _ in range(20):
        reference = pointed(testbuffer, chance)
        view = View.of(reference)
        assert view.suboffsets is not None
        for _ in range(3):
            chosen = tuple(random_slice(chance, length) for length in view.shape)
            reference, view = reference[chosen], view.select(*chosen)
            assert view.shape == reference.shape
            assert view.tobytes() == reference.tobytes()
            if view.nbytes:
                assert view.suboffsets == reference.suboffsets
                assert View.of(reference).tobytes() == view.tobytes()


@pytest.mark.parametrize("seed", range(40))
def test_selections_behind_pointers(numpy, testbuffer, seed):
    """The whole of NumPy's indexing on CPython's pointers, which NumPy itself does not follow."""
    chance = random.Random(seed)
    for _ in range(20):
        reference = pointed(testbuffer, chance)
        array = numpy.array(reference.tolist(), reference.format).reshape(reference.shape)
        view = View.of(reference)
        for _ in range(3):
            indices = random_indices(chance, array.shape)
            try:
                array = array[indices if ... in indices else (*indices, ...)]
            except IndexError:
                refused(pybuf.INDEX, view.select, *indices)
                continue
            view = view.select(*indices)
            assert (view.shape, view.tobytes()) == (array.shape, array.tobytes())
            assert view.tobytes("F") == array.tobytes("F")
