"""Items copied by value between formats that differ in byte order alone, beside NumPy's astype."""

import random

import pytest
from dtypes import Dtypes

CASES = 150


@pytest.fixture
def View(libpybuf):
    return libpybuf.View


class Fields(Dtypes):
    """What NumPy can have in both byte orders, and what has none."""

    SCALARS = "? b B h H i I q Q e f d g F D S1 S3 U1 U4 V5".split()

    def struct(self, depth):
        """Without padding at the end, which is missing in NumPy's texts, and is said there by what
        numbers align to: which those of the other byte order do not."""
        names = self.chance.sample("abcdefgh", self.chance.choice([1, 1, 2, 2, 3, 4, 5]))
        fields, offsets, end = [self.field(depth) for _ in names], [], 0
        for field in fields:
            offsets.append(end + self.chance.choice([0, 0, 0, 1, 3]))
            end = offsets[-1] + field.itemsize
        return self.numpy.dtype({"names": names, "formats": fields, "offsets": offsets, "itemsize": end})


def turned(numpy, dtype, chance):
    """The same, each number in whatever byte order."""
    if dtype.subdtype:
        base, shape = dtype.subdtype
        return numpy.dtype((turned(numpy, base, chance), shape))
    if dtype.names is not None:
        fields = [dtype.fields[name] for name in dtype.names]
        formats = [turned(numpy, of, chance) for of, _ in fields]
        offsets = [offset for _, offset in fields]
        return numpy.dtype(
            {"names": dtype.names, "formats": formats, "offsets": offsets, "itemsize": dtype.itemsize}
        )
    return dtype if dtype.char in "gG" else dtype.newbyteorder(chance.choice("<>"))


def leaves(array):
    """The bytes of all scalars, without padding."""
    if array.dtype.names is None:
        return array.tobytes()
    return b"".join(leaves(array[name]) for name in array.dtype.names)


def random_items(numpy, dtype, chance, shape=None):
    if shape is None:
        shape = [chance.choice([1, 2, 3, 7, 40]) for _ in range(chance.choice([0, 1, 1, 2, 3]))]
    steps = [chance.choice([1, 1, 1, 2, -1]) for _ in shape]
    whole = numpy.zeros([length * abs(step) for length, step in zip(shape, steps)], dtype)
    size = whole.size * dtype.itemsize
    whole = numpy.frombuffer(bytearray(chance.randbytes(size)), dtype).reshape(whole.shape)
    part = whole[(..., *(slice(None, None, step) for step in steps))]
    return part.transpose(chance.sample(range(len(shape)), len(shape)))


def random_dtypes(numpy, View, seed):
    """As many pairs of them as there are cases, of which NumPy tells what they are."""
    dtypes, found = Fields(numpy, seed), 0
    while found < CASES:
        dtype = dtypes.item()
        other = turned(numpy, dtype, dtypes.chance)
        if dtype.itemsize and is_told(View(numpy.zeros(1, dtype))) and is_told(View(numpy.zeros(1, other))):
            found += 1
            yield dtypes.chance, dtype, other


def is_told(view):
    try:
        return view[0] is not None
    except NotImplementedError:
        return False


@pytest.mark.parametrize("seed", range(4))
def test_structs_of_any_byte_order(numpy, View, seed):
    for chance, dtype, other in random_dtypes(numpy, View, seed):
        source = random_items(numpy, dtype, chance)
        wanted = leaves(source.astype(other))
        to = random_items(numpy, other, chance, source.shape)
        if to.shape != source.shape:
            to = numpy.zeros(source.shape, other)
        View(source).copy_to(to)
        assert leaves(to) == wanted, (dtype, other)
        target = numpy.zeros(source.shape, other)
        View(target)[...] = source
        assert leaves(target) == wanted
        if source.ndim:
            View(target)[...] = source[:1]
            assert leaves(target) == leaves(numpy.broadcast_to(source[:1], source.shape).astype(other))


@pytest.mark.parametrize("seed", range(2))
def test_where_they_are_and_across(numpy, View, seed):
    for chance, dtype, other in random_dtypes(numpy, View, seed):
        items = random_items(numpy, dtype, chance, [chance.choice([2, 3, 20, 900])]).copy()
        wanted = leaves(items.astype(other))
        View(items).copy_to(items.view(other))
        assert leaves(items.view(other)) == wanted
        items = random_items(numpy, dtype, chance, [items.size]).copy()
        wanted = leaves(items[:-1].astype(other))
        View(items[:-1]).copy_to(items.view(other)[1:])
        assert leaves(items.view(other)[1:]) == wanted


def test_many_structs_in_an_item(numpy, View):
    """More of them than there are items, and fewer."""
    for inner, count, items in (300, 1, 5), (3, 300, 2), (2, 3, 4000):
        dtype = numpy.dtype([("a", "<u2"), ("b", [("c", "<u4", inner), ("d", "u1")], count)])
        other = numpy.dtype([("a", "<u2"), ("b", [("c", ">u4", inner), ("d", "u1")], count)])
        source = random_items(numpy, dtype, random.Random(inner), [items])
        to = numpy.zeros(items, other)
        View(source).copy_to(to)
        assert leaves(to) == leaves(source.astype(other))


def test_what_differs_in_more_is_refused(numpy, View):
    source = numpy.ones(3, [("a", "<i4"), ("b", [("c", "<u2"), ("d", "<f8")])])
    for fields in (
        [("a", ">i4"), ("b", [("c", ">u2"), ("d", ">i8")])],
        [("a", ">i4"), ("b", [("c", ">u2"), ("e", ">f8")])],
        [("a", ">i4"), ("b", [("c", ">i2"), ("d", ">f8")])],
        [("a", ">i4"), ("b", ">f8")],
        {"names": ["a", "b"], "formats": [">i4", [("c", ">u2"), ("d", ">f8")]], "offsets": [0, 6], "itemsize": 16},
    ):
        to = numpy.zeros(3, fields)
        with pytest.raises(ValueError, match="formats must mean the same"):
            View(source).copy_to(to)
        with pytest.raises(ValueError, match="formats must mean the same"):
            View(to)[...] = source
        assert not any(to.tobytes())
