"""Values of items against NumPy's, for random dtypes and bytes."""

import pytest

import formats
from dtypes import Dtypes, structure, text_of

ITEMS = 1250


def leaves(member, start=0):
    """Where each scalar lies."""
    count = 1
    for length in member.shape:
        count *= length
    for at in range(start, start + count * member.itemsize, member.itemsize or 1):
        if isinstance(member.of, tuple):
            for one in member.of:
                yield from leaves(one, at + one.offset)
        else:
            yield at, member


LONG_DOUBLES = {("float", 16), ("complex", 32)}


def random_item(chance, dtype):
    """Random bytes for an item, in which texts are texts and long doubles are numbers."""
    item = bytearray(chance.getrandbits(8) for _ in range(dtype.itemsize))
    for at, leaf in leaves(structure(dtype)):
        if leaf.of == "text":
            text = "".join(chr(chance.randrange(1, 0xD800)) for _ in range(leaf.itemsize // 4))
            item[at : at + leaf.itemsize] = text.encode("utf-32-le" if leaf.order == "<" else "utf-32-be")
        elif (leaf.of, leaf.itemsize) in LONG_DOUBLES:
            # x87 has numbers that are none, where this bit is not set.
            for part in range(at, at + leaf.itemsize, 16):
                item[part + 7] |= 0x80
    return bytes(item)


def plain(value):
    """A value of NumPy's or of the library's, with what both leave out left out."""
    if hasattr(value, "dtype"):
        number = {"f": float, "c": complex}.get(value.dtype.kind)
        value = number(value) if number and not value.shape else value.tolist()
    if isinstance(value, (tuple, list)):
        return tuple(map(plain, value))
    if isinstance(value, (bytes, str)):
        return value.rstrip("\0" if isinstance(value, str) else b"\0")
    if isinstance(value, complex):
        return plain(value.real), plain(value.imag)
    return "nan" if value != value else value


@pytest.mark.parametrize("seed", range(4))
def test_items_are_the_values_of_numpy(numpy, seed):
    """Unpacked they are what `item()` says, and packed again NumPy says the same."""
    dtypes, compared = Dtypes(numpy, seed), 0
    dtypes.SCALARS = [code for code in dtypes.SCALARS if code[0] not in "VO"]
    dtypes.EMPTY = ["S0", "U0"]
    for _ in range(ITEMS):
        dtype = dtypes.item()
        item = random_item(dtypes.chance, dtype)
        wanted = plain(numpy.frombuffer(item, dtype)[0].item()) if item else ()
        with formats.parsed(text_of(dtype)) as handle:
            values = formats.Unpacked(handle, item)
            packed = values.packed(handle, len(item))
        if item:
            assert plain(values.value()) == wanted, (dtype, item)
            assert plain(numpy.frombuffer(packed, dtype)[0].item()) == wanted, (dtype, item)
            compared += 1
    assert compared > ITEMS * 0.8
