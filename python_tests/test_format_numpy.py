"""Formats against NumPy: what it writes for its dtypes, and what it reads.

NumPy's reader is `_dtype_from_pep3118`, which its arrays are made by from any buffer; it is
the same in all versions from 2.0 on. Where the two part, `LAXER` and `STRICTER` say why.
"""

import random

import pytest

import formats
import pybuf
from dtypes import Dtypes, ours, ours_of, structure, text_of, written

# NumPy reads, the library refuses: words of the refusal, and what NumPy makes of it.
LAXER = {
    "'}' is expected: it ends what": "the end of the text closes every T{",
    "'}' ends nothing": "the text ends at a stray }, whatever follows",
    "a name is expected between the colons": "a name may be empty",
    "the length of a dimension": "Python's int() reads dimensions: signs, spaces, underscores",
    "where ',' or ')' is expected": "the same",
}

# The library reads, NumPy refuses: words of NumPy's error, and what it does not like.
STRICTER = {
    "invalid itemsize in generic type tuple": "sub-arrays of elements without bytes",
    "does not fit into a C int": "a dimension of 2**31, even where another one is 0",
    "must fit into a C int": "dimensions of 2 GiB, even where another one is 0",
    "not understood": "the same, of bytes and of text",
}
# Sizes are C's int in NumPy: from here on it refuses them, or counts wrong (before 2.1).
LARGE = 1 << 31

SEEDS = range(4)
BATCH = 5000


@pytest.fixture(scope="module")
def numpy_reads():
    """The dtype of a text, as NumPy's own consumer reads it."""
    return pytest.importorskip("numpy._core._internal", reason="no NumPy for this Python")._dtype_from_pep3118


@pytest.mark.parametrize("seed", SEEDS)
def test_what_numpy_writes_is_read_as_numpy_reads_it(numpy, numpy_reads, seed):
    dtypes, right = Dtypes(numpy, seed), 0
    for _ in range(BATCH):
        dtype = dtypes.item()
        text, itemsize = written(numpy, dtype)
        found, wanted = ours_of(text), structure(numpy_reads(text))
        assert found == wanted, (text, dtype)
        right += found == structure(dtype)
    # NumPy itself does not get the rest back: padding at the end of a struct is in no text.
    assert right > BATCH * 0.5, right


def positions(member, start=0, path=()):
    """Where the scalars of an item lie, of arrays the first and the last one: padding that is
    part of a struct or lies behind it is the same to them."""
    count = 1
    for length in member.shape:
        count *= length
    for turn in sorted({0, count - 1}) if count else ():
        at = start + turn * member.itemsize
        if isinstance(member.of, tuple):
            for one in member.of:
                yield from positions(one, at + one.offset, (*path, turn, one.name))
        else:
            yield (*path, turn), at, member.itemsize, member.order, member.of


def element(dtype):
    """The dtype of one element, and how many there are."""
    count = 1
    while dtype.subdtype:
        dtype, shape = dtype.subdtype
        for length in shape:
            count *= length
    return dtype, count


def fields(dtype):
    return [element(dtype.fields[name][0]) for name in dtype.names or ()]


def is_told(dtype):
    """Whether a text of NumPy's, with the item size, tells where everything lies. It does not
    tell where elements of an array end that are structs, that `O` is not aligned, and the
    padding of structs within structs that lie as no C compiler would put them."""
    scalars = all(one.names is None and one.kind != "O" for one, _ in fields(dtype))
    return scalars or lies_as_in_c(dtype)


def lies_as_in_c(dtype):
    if dtype.names is None:
        return True
    return dtype.isalignedstruct and all(
        lies_as_in_c(one) and (one.names is None or count <= 1) for one, count in fields(dtype)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_what_numpy_exports_is_read_as_it_lies(numpy, seed):
    """By text and item size: what is read is right wherever a text tells it."""
    dtypes = Dtypes(numpy, seed)
    read = told = 0
    for _ in range(BATCH):
        dtype = dtypes.item()
        text, itemsize = written(numpy, dtype)
        if dtype.names is None or not is_told(dtype):
            continue
        told += 1
        found = formats.read_stated(text.encode(), itemsize)
        if found is None:
            # Padding at the end that no C compiler would leave, or what ctypes could mean.
            continue
        read += 1
        assert list(positions(ours(found))) == list(positions(structure(dtype))), (text, itemsize, dtype)
    assert told > BATCH * 0.5, told
    assert read > told * 0.8, (read, told)


def laid_out_by_c(numpy, dtype):
    """The same fields where C puts them."""
    if dtype.subdtype:
        base, shape = dtype.subdtype
        return numpy.dtype((laid_out_by_c(numpy, base), shape))
    if not dtype.names:
        return dtype
    fields = [(name, laid_out_by_c(numpy, dtype.fields[name][0])) for name in dtype.names]
    return numpy.dtype(fields, align=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_library_makes_of_fields_is_what_numpy_reads(numpy, numpy_reads, seed):
    """Members become a format, its text in NumPy's dialect the same dtype; and C's layout is
    that of an aligned dtype."""
    lib, dtypes, of_c = pybuf.lib, Dtypes(numpy, seed), 0
    # A text of nothing but padding is a struct without fields, not NumPy's `V`.
    dtypes.SCALARS = [code for code in dtypes.SCALARS if code[0] != "V"]
    dtypes.EMPTY = ["S0", "U0"]
    for _ in range(BATCH // 4):
        dtype = dtypes.struct(2)
        if not dtype.itemsize:
            continue
        wanted = structure(dtype)
        with formats.parsed(text_of(dtype)) as handle:
            assert ours(formats.root(handle)) == wanted, dtype
            with formats.derived(lib.format_in_dialect, handle, pybuf.NUMPY) as normal:
                text = lib.format_text(normal)
                assert structure(numpy_reads(text.decode())) == wanted, (text, dtype)
                assert lib.format_equivalent(handle, normal)
            in_c = structure(laid_out_by_c(numpy, dtype))
            with formats.derived(lib.format_in_c_layout, handle) as laid_out:
                assert ours(formats.root(laid_out)) == in_c, dtype
            is_of_c = lib.format_c_difference(handle, None, 0) == 0
            assert is_of_c == (in_c == wanted), dtype
            of_c += is_of_c
    assert BATCH * 0.03 < of_c < BATCH * 0.22, of_c


class Texts:
    """Random texts: of NumPy's grammar, and with something wrong in them."""

    CODES = "? c b B h H i I l L q Q e f d g Zf Zd Zg s w O x".split()
    OTHERS = "n N P p u t & F D G z Z X{} S U y".split()
    ALPHABET = "@=<>^!()0123,:T{}xsicZdwab &"

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def text(self):
        text = self.members(self.chance.choice([0, 1, 1, 2]))
        if self.chance.random() < 0.4:
            for _ in range(self.chance.choice([1, 1, 2, 3])):
                text = self.changed(text)
        return text

    def members(self, depth):
        return "".join(self.member(depth) for _ in range(self.chance.choice([0, 1, 1, 2, 2, 3, 4])))

    def member(self, depth):
        chance, text = self.chance, ""
        if chance.random() < 0.2:
            comma = chance.choice([",", ",", ", ", "\t,\n"])
            text += "(%s)" % comma.join(str(chance.randint(0, 3)) for _ in range(chance.choice([1, 1, 2])))
        if chance.random() < 0.3:
            text += chance.choice("@=<>^!")
        if chance.random() < 0.2:
            text += str(chance.choice([0, 1, 2, 3, 12, 99999999999]))
        if depth and chance.random() < 0.3:
            text += "T{" + self.members(depth - 1) + "}"
        else:
            text += chance.choice(self.CODES if chance.random() < 0.97 else self.OTHERS)
        if chance.random() < 0.4:
            text += ":%s:" % chance.choice(["a", "b", "c", "d", "e", "f0", "f1", "a b", "é", "}", "<i"])
        return text

    def changed(self, text):
        chance = self.chance
        at = chance.randint(0, len(text))
        how = chance.random()
        if how < 0.4:
            return text[:at] + text[at + 1 :]
        if how < 0.8:
            return text[:at] + chance.choice(self.ALPHABET) + text[at:]
        return text[:at] if how < 0.9 else text[:at] + text[at:][::-1]


@pytest.mark.parametrize("seed", SEEDS)
def test_texts_mean_what_numpy_reads(numpy_reads, seed):
    """The same structure, or an error in both; else one of `LAXER` and `STRICTER`."""
    texts, read, refused, forgiven = Texts(seed), 0, 0, 0
    for _ in range(BATCH):
        text = texts.text()
        try:
            wanted, error = structure(numpy_reads(text)), None
        except Exception as raised:
            wanted, error = None, str(raised)
        try:
            size, found = formats.read(text.encode(), pybuf.NUMPY)
            found, refusal = ours(found), None
        except pybuf.Failure as failure:
            assert failure.code == pybuf.VALUE, text
            size, found, refusal = 0, None, failure.message
        if size >= LARGE:
            forgiven += 1
        elif wanted is not None and found is not None:
            assert found == wanted, text
            read += 1
        elif wanted is None and found is None:
            refused += 1
        elif found is None:
            assert any(words in refusal for words in LAXER), (text, refusal, wanted)
            forgiven += 1
        else:
            assert any(words in error for words in STRICTER), (text, error, found)
            forgiven += 1
    assert min(read, refused) > BATCH * 0.1, (read, refused)
    assert forgiven < BATCH * 0.1, forgiven
