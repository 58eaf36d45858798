"""NumPy's dtypes as tests of formats need them: random ones, and any as a member."""

import random
import sys

import formats
import pybuf
from formats import Member

NATIVE = "<" if sys.byteorder == "little" else ">"
KINDS = {
    "b": "bool",
    "i": "signed",
    "u": "unsigned",
    "f": "float",
    "c": "complex",
    "S": "bytes",
    "U": "text",
    "V": "void",
    "O": "object",
}


def structure(dtype, name=None, offset=0):
    """A dtype as a member."""
    shape = ()
    while dtype.subdtype:
        dtype, more = dtype.subdtype
        shape += more
    if dtype.names is not None:
        of = tuple(structure(dtype.fields[name][0], name.encode(), dtype.fields[name][1]) for name in dtype.names)
        return Member(name, offset, dtype.itemsize, "", shape, of)
    order = ""
    if dtype.kind in "iufcU" and dtype.itemsize > 1:
        order = NATIVE if dtype.byteorder == "=" else dtype.byteorder
    return Member(name, offset, dtype.itemsize, order, shape, KINDS[dtype.kind])


def in_numpys_words(member):
    """A member with what NumPy's dtypes say in another way: they have no fields without a
    name, no order of objects, and bytes for characters."""
    of = member.of
    if isinstance(of, tuple):
        named = [one.name for one in of]
        for at, name in enumerate(named):
            if name is None:
                named[at] = next(b"f%d" % n for n in range(len(of) + 1) if b"f%d" % n not in named)
        of = tuple(in_numpys_words(one)._replace(name=name) for one, name in zip(of, named))
    elif of == "char":
        of = "bytes"
    return member._replace(of=of, order="" if of == "object" else member.order)


def ours(field):
    return in_numpys_words(formats.member(field))


def ours_of(text):
    return ours(formats.read(text.encode(), pybuf.NUMPY)[1])


class Dtypes:
    """Random dtypes of every kind that a buffer can have."""

    SCALARS = "? b B h H i I l L q Q e f d g F D G S1 S3 S7 U1 U4 V1 V5 O".split()
    # Only in structs: as an item it gets a byte.
    EMPTY = "S0 U0 V0".split()

    def __init__(self, numpy, seed):
        self.numpy, self.chance = numpy, random.Random(seed)

    def item(self):
        if self.chance.random() < 0.1:
            return self.scalar(self.SCALARS)
        return self.struct(self.chance.choice([0, 1, 1, 2, 2, 3]))

    def scalar(self, codes):
        code = self.chance.choice(codes)
        order = self.chance.choice("====<>") if code[0] not in "gGO" else "="
        return self.numpy.dtype(code).newbyteorder(order)

    def field(self, depth):
        chance = self.chance
        if depth and chance.random() < 0.35:
            dtype = self.struct(depth - 1)
        else:
            dtype = self.scalar(self.SCALARS + self.EMPTY)
        if chance.random() < 0.25 and dtype.itemsize:
            lengths = [1, 2, 3, 3, 0] if chance.random() < 0.2 else [1, 2, 3]
            shape = tuple(chance.choice(lengths) for _ in range(chance.choice([1, 1, 2, 3])))
            dtype = self.numpy.dtype((dtype, shape))
        return dtype

    def struct(self, depth):
        chance = self.chance
        names = chance.sample("abcdefgh", chance.choice([0, 1, 1, 2, 2, 3, 4, 5]))
        if chance.random() < 0.1:
            names = [name + chance.choice([" ", "é", "}", "(", "T{"]) for name in names]
        fields = [self.field(depth) for _ in names]
        how = chance.random()
        if how < 0.7:
            return self.numpy.dtype(list(zip(names, fields)), align=how < 0.4)
        offsets, end = [], 0
        for field in fields:
            offsets.append(end + chance.choice([0, 0, 1, 2, 4]))
            end = offsets[-1] + field.itemsize
        itemsize = end + chance.choice([0, 0, 0, 1, 3, 8])
        return self.numpy.dtype({"names": names, "formats": fields, "offsets": offsets, "itemsize": itemsize})


def written(numpy, dtype):
    """The format and item size of an array."""
    view = memoryview(numpy.zeros(2, dtype))
    return view.format, view.itemsize


def text_of(dtype):
    """What the library writes for a dtype, made of its fields and their offsets."""
    if dtype.subdtype:
        base, shape = dtype.subdtype
        return b"(%s)" % ",".join(map(str, shape)).encode() + text_of(base)
    if dtype.names is None:
        count = {"S": dtype.itemsize, "V": dtype.itemsize, "U": dtype.itemsize // 4}.get(dtype.kind, "")
        code = {"S": "s", "V": "x", "U": "w", "F": "Zf", "D": "Zd", "G": "Zg"}
        order = "" if dtype.kind in "SVOb?" or dtype.char in "gG" else structure(dtype).order
        # NumPy's letters are C's types, those behind an order have a size of their own.
        letter = f"{dtype.kind}{dtype.itemsize}"
        sized = {"i8": "q", "u8": "Q"}.get(letter, dtype.char)
        return f"{order}{count}{code.get(dtype.char, sized)}".encode()
    members = [(name.encode(), text_of(dtype.fields[name][0]), dtype.fields[name][1]) for name in dtype.names]
    with formats.made(members, dtype.itemsize) as handle:
        return pybuf.lib.format_text(handle)
