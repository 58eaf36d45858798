"""Our counterparts of CPython's buffer functions, beside them on the same Py_buffer.

The extension `counterparts` fills one Py_buffer and gives it to both. They agree, in
results and in classes of exceptions; where ours is stricter on purpose, the difference has
a test of its own at the end.
"""

import ctypes
import random

import layouts
import pybuf
import pytest
from pybuf import lib

BATCHES = {"kinds": list(layouts.kinds().values()), **layouts.batches(layouts.regular, range(41, 47), 60)}
FLAGS = [pybuf.FULL_RO, pybuf.STRIDES, pybuf.ND, pybuf.SIMPLE, pybuf.FULL]
ORDERS = "CFA"


@pytest.fixture(params=BATCHES)
def batch(request):
    return BATCHES[request.param]


@pytest.fixture(params=["native", "reference"])
def source_of(request):
    """Makes memory of this library's, or of CPython's own exporter."""
    if request.param == "native":
        return layouts.lent
    testbuffer = request.getfixturevalue("testbuffer")
    return lambda layout: layouts.reference(testbuffer, layout)


def answered(source):
    """The requests that the source answers."""
    for flags in FLAGS:
        try:
            with pybuf.buffer_of(source, flags):
                yield flags
        except BufferError:
            pass


def agree(pair):
    theirs, ours = pair
    if isinstance(theirs, Exception) or isinstance(ours, Exception):
        assert type(theirs) is type(ours), pair
        return None
    assert theirs == ours
    return ours


def test_is_contiguous(counterparts, source_of, batch):
    for layout in batch:
        source = source_of(layout)
        with layouts.named(layout):
            for flags in answered(source):
                for order in ORDERS:
                    agree(counterparts.is_contiguous(source, flags, order))


def test_get_pointer(counterparts, source_of, batch):
    for layout in batch:
        source = source_of(layout)
        with layouts.named(layout):
            for indices in layout.indices():
                assert agree(counterparts.get_pointer(source, pybuf.FULL_RO, indices))


def test_to_contiguous(counterparts, source_of, batch):
    for layout in batch:
        source = source_of(layout)
        with layouts.named(layout):
            for flags in answered(source):
                for order in ORDERS:
                    copied = agree(counterparts.to_contiguous(source, flags, order))
                    if order != "A" and flags != pybuf.SIMPLE:
                        assert copied == layout.items(order)


def test_release(counterparts, source_of, batch):
    for layout in batch:
        source = source_of(layout)
        with layouts.named(layout):
            for flags in answered(source):
                assert counterparts.release(source, flags) == (True, True)


def writable(layout):
    """It, or a contiguous one instead where it cannot be written item by item."""
    if layout.readonly or 0 in layout.strides:
        return layouts.contiguous(layout.format, layout.shape, "F")
    return layout


@pytest.mark.parametrize("order", ORDERS)
def test_from_contiguous(counterparts, testbuffer, batch, order):
    for layout in map(writable, batch):
        theirs, ours = layouts.reference(testbuffer, layout), layouts.lent(layout)
        data = bytes(i % 100 for i in range(layout.nbytes))
        with layouts.named(layout):
            assert counterparts.from_contiguous(theirs, ours, pybuf.FULL, order, data) == (None, None)
            assert memoryview(theirs).tobytes() == memoryview(ours).tobytes()
            if order != "A":
                assert memoryview(ours).tobytes(order) == data


def test_from_contiguous_takes_no_more_than_fits_and_whole_items(counterparts):
    theirs, ours = bytearray(12), bytearray(12)
    for size in (0, 1, 5, 12, 20):
        agree(counterparts.from_contiguous(theirs, ours, pybuf.FULL, "C", bytes(range(1, size + 1))))
        assert theirs == ours
    assert ours == bytes(range(1, 13))


def destination(layout, chance):
    """A layout of the same shape, in which no item lies twice."""
    strides, stride = [0] * layout.ndim, layout.itemsize
    for dim in chance.sample(range(layout.ndim), layout.ndim):
        strides[dim] = stride * chance.choice([1, 1, -1, 2])
        stride = abs(strides[dim]) * max(layout.shape[dim], 1)
    return layouts.strided(layout.format, layout.shape, strides)


def test_copy_data(counterparts, testbuffer, batch):
    chance = random.Random(len(batch))
    for layout in batch:
        to = destination(layout, chance)
        their_dest, our_dest = layouts.reference(testbuffer, to), layouts.lent(to)
        their_source, our_source = layouts.reference(testbuffer, layout), layouts.lent(layout)
        with layouts.named(layout):
            assert counterparts.copy_data(their_dest, their_source, our_dest, our_source) == (None, None)
            assert memoryview(their_dest).tobytes() == memoryview(our_dest).tobytes() == layout.items()


def test_fill_contiguous_strides(counterparts):
    chance = random.Random(47)
    for _ in range(500):
        shape = tuple(chance.choice([0, 1, 1, 2, 3, 5, 700]) for _ in range(chance.randint(1, 8)))
        for order in "CF":
            assert agree(counterparts.fill_contiguous_strides(shape, chance.choice([1, 2, 4, 8, 24]), order))


@pytest.mark.parametrize("readonly", [0, 1])
@pytest.mark.parametrize("size", [0, 1, 16])
def test_fill_info(counterparts, size, readonly):
    answers = 0
    for flags in range(0x400):
        if flags in (pybuf.READ, pybuf.WRITE):
            continue
        answers += agree(counterparts.fill_info(size, readonly, flags)) is not None
    assert answers == (510 if readonly else 1022)


@pytest.mark.parametrize("order", ORDERS)
def test_suboffsets(counterparts, testbuffer, order):
    for shape in ([2, 3], [3, 1, 4], [5]):
        count = shape[0] * (shape[1] if len(shape) > 1 else 1) * (shape[2] if len(shape) > 2 else 1)
        source = testbuffer.ndarray(list(range(count)), shape=shape, format="h", flags=testbuffer.ND_PIL)
        for part in (source, source[1:], source[::-1]):
            indices = (0,) * (len(shape) - 1) + (shape[-1] - 1 if part is source else 0,)
            agree(counterparts.get_pointer(part, pybuf.FULL_RO, indices))
            agree(counterparts.is_contiguous(part, pybuf.FULL_RO, order))
            agree(counterparts.to_contiguous(part, pybuf.FULL_RO, order))


# Where ours is stricter.


@pytest.mark.parametrize("length", [0, 5, 7])
def test_to_contiguous_of_another_length(counterparts, length):
    theirs, ours = counterparts.to_contiguous(b"abcdef", pybuf.FULL_RO, "C", length)
    assert type(theirs) is type(ours) is ValueError
    assert f"len is {length}, but the view has 6 bytes" in str(ours)


@pytest.mark.parametrize("indices", [(2, 0), (0, 3), (-1, 0)])
def test_get_pointer_outside(counterparts, indices):
    theirs, ours = counterparts.get_pointer(layouts.lent(layouts.contiguous("i", (2, 3))), pybuf.FULL_RO, indices)
    assert isinstance(theirs, int)
    assert type(ours) is IndexError


def test_from_contiguous_to_read_only_memory(counterparts):
    theirs, ours = (layouts.lent(layouts.contiguous("B", (4,), readonly=True)) for _ in range(2))
    done, refused = counterparts.from_contiguous(theirs, ours, pybuf.FULL_RO, "C", b"abcd")
    assert done is None and type(refused) is TypeError
    assert bytes(theirs) == b"abcd" and bytes(ours) == layouts.contiguous("B", (4,)).memory()


def test_copy_data_between_shapes(counterparts, testbuffer):
    def pair(shape):
        layout = layouts.contiguous("B", shape)
        return layouts.reference(testbuffer, layout), layouts.lent(layout)

    their_dest, our_dest = pair((2, 6))
    their_source, our_source = pair((3, 4))
    done, refused = counterparts.copy_data(their_dest, their_source, our_dest, our_source)
    assert done is None and type(refused) is ValueError


def test_copy_data_within_one_memory_is_as_if_copied_away_first(counterparts, numpy):
    memory = numpy.arange(10, dtype="B")
    apart = numpy.arange(10, dtype="B")
    counterparts.copy_data(memory[:0], memory[:0], apart[1:], apart[:-1])
    assert apart.tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("flags", [pybuf.READ, pybuf.WRITE])
def test_fill_info_of_what_is_no_request(counterparts, flags):
    ours = counterparts.fill_info(16, 0, flags)[1]
    assert type(ours) is SystemError


def test_orders_that_are_none():
    """Ours alone: a debug build of CPython aborts on them."""
    with pybuf.exporting(b"abc") as exporter, pybuf.buffer_of(exporter, pybuf.FULL) as buffer:
        assert lib.is_contiguous(buffer, b"Z") == 0
        assert lib.error_code() == pybuf.VALUE
        room = ctypes.create_string_buffer(b"xyz", 3)
        for call in (
            lambda: lib.to_contiguous(room, buffer, 3, b"Z"),
            lambda: lib.from_contiguous(buffer, room, 3, b"Z"),
        ):
            with pytest.raises(pybuf.Failure) as refused:
                call()
            assert refused.value.code == pybuf.VALUE
        assert ctypes.string_at(buffer.buf, 3) == b"abc" and room.raw == b"xyz"
