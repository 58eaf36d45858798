"""Formats against ctypes: what it writes for its types, and what can be known from that.

ctypes has written padding since Python 3.12; before that it is found from the item size.
Some of its texts say less than the type: `KNOWN` lists what is lost with them.
"""

import ctypes
import random
import sys

import pytest

import formats
import pybuf
from formats import Member

NATIVE = "<" if sys.byteorder == "little" else ">"

KINDS = {
    "c_byte": "signed",
    "c_ubyte": "unsigned",
    "c_short": "signed",
    "c_ushort": "unsigned",
    "c_int": "signed",
    "c_uint": "unsigned",
    "c_long": "signed",
    "c_ulong": "unsigned",
    "c_longlong": "signed",
    "c_ulonglong": "unsigned",
    "c_float": "float",
    "c_double": "float",
    "c_longdouble": "float",
    "c_bool": "bool",
    "c_char": "char",
    "c_wchar": "unicode",
    "c_void_p": "pointer",
    "c_char_p": "pointer",
    "c_wchar_p": "pointer",
    "py_object": "object",
    # From 3.14 on.
    "c_float_complex": "complex",
    "c_double_complex": "complex",
    "c_longdouble_complex": "complex",
}
KINDS = {getattr(ctypes, name): kind for name, kind in KINDS.items() if hasattr(ctypes, name)}
SWAPPED = "__ctype_be__" if NATIVE == "<" else "__ctype_le__"
Swapped = ctypes.BigEndianStructure if NATIVE == "<" else ctypes.LittleEndianStructure

# What a type is that its text does not tell: how it is lost, and whether offsets may come
# out wrong without anybody's noticing. `docs/formats.md` says the same.
KNOWN = {
    # `B`, a letter without the order that ctypes writes before each other code.
    "union": False,
    # The same, where the struct is packed, up to Python 3.11.
    "packed": False,
    # Either of the two without a byte: `B` is one too many.
    "empty": True,
    # The storage unit of each bit field, as if it were a member of its own.
    "bits": True,
    # The members of the base are left out.
    "inherits": True,
}
PADDING_WRITTEN = sys.version_info >= (3, 12)

SEEDS = range(4)
BATCH = 2500


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_byte), ("y", ctypes.c_int)]


class Types:
    """Random types; `losses` says of each what its text does not tell."""

    POINTERS = [
        ctypes.POINTER(ctypes.c_int),
        ctypes.POINTER(Point),
        ctypes.POINTER(ctypes.POINTER(ctypes.c_double)),
        ctypes.POINTER(ctypes.c_short * 3),
    ]
    FUNCTIONS = [ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int), ctypes.CFUNCTYPE(None)]
    BOTH_ORDERS = [type for type in KINDS if hasattr(type, SWAPPED)]
    ONE_ORDER = [type for type in KINDS if not hasattr(type, SWAPPED)] + POINTERS + FUNCTIONS
    INTEGERS = [type for type, kind in KINDS.items() if kind in ("signed", "unsigned")]

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def scalar(self, swapped):
        chance = self.chance
        if swapped or chance.random() < 0.6:
            type = chance.choice(self.BOTH_ORDERS)
            return getattr(type, SWAPPED) if chance.random() < 0.1 else type
        return chance.choice(self.ONE_ORDER)

    def member(self, depth, swapped):
        chance = self.chance
        if depth and chance.random() < 0.3:
            type = self.struct(depth - 1)
        elif depth and not swapped and chance.random() < 0.08:
            type = self.union()
        else:
            type = self.scalar(swapped)
        while chance.random() < 0.2:
            type = type * chance.choice([1, 2, 3, 3, 0])
        return type

    def union(self):
        members = [("abc"[at], self.scalar(False)) for at in range(self.chance.choice([1, 2, 3]))]
        return type("AUnion", (ctypes.Union,), {"_fields_": members})

    def struct(self, depth):
        chance = self.chance
        swapped = chance.random() < 0.2
        base = Swapped if swapped else ctypes.Structure
        if depth and chance.random() < 0.05:
            base = self.struct(0)
            swapped = issubclass(base, Swapped)
        names = chance.sample("klmnopq", chance.choice([0, 1, 1, 2, 2, 3, 4, 5]))
        with_bits = chance.random() < 0.08
        members = [self.named(name, depth, swapped, with_bits) for name in names]
        body = {"_fields_": members}
        if chance.random() < 0.15:
            body.update(_pack_=chance.choice([1, 1, 2, 4, 8]), _layout_="ms")
        elif chance.random() < 0.05:
            body.update(_align_=chance.choice([4, 16]))
        return type("AStructure", (base,), body)

    def named(self, name, depth, swapped, with_bits):
        if with_bits and self.chance.random() < 0.5:
            type = self.chance.choice(self.INTEGERS)
            return (name, type, self.chance.randint(1, 8 * ctypes.sizeof(type)))
        return (name, self.member(depth, swapped))


def own_kind(type):
    """The kind of a scalar of either order, and whether it is in the other one."""
    for base in type.__mro__:
        if base in KINDS:
            return KINDS[base], False
    native = next(one for one in KINDS if getattr(one, SWAPPED, None) is type)
    return KINDS[native], True


def structure(type, name=None, offset=0):
    """A type as a member. Of unions no more than the size is told."""
    shape = ()
    while issubclass(type, ctypes.Array):
        shape += (type._length_,)
        type = type._type_
    itemsize = ctypes.sizeof(type)
    order = NATIVE
    if issubclass(type, ctypes.Structure):
        order = ""
        of = tuple(structure(one[1], one[0].encode(), getattr(type, one[0]).offset) for one in own_fields(type))
    elif issubclass(type, ctypes.Union):
        order, of = "", "union"
    elif issubclass(type, ctypes._Pointer):
        of = "pointer"
    elif issubclass(type, ctypes._CFuncPtr):
        of = "function"
    else:
        of, swapped = own_kind(type)
        if itemsize == 1:
            order = ""
        elif swapped:
            order = ">" if NATIVE == "<" else "<"
    return Member(name, offset, itemsize, order, shape, of)


def own_fields(type):
    return type.__dict__.get("_fields_", ())


def losses(type):
    """Which of `KNOWN` a type and its members are."""
    while issubclass(type, ctypes.Array):
        type = type._type_
    found = set()
    if issubclass(type, ctypes.Union):
        found.add("union")
    elif issubclass(type, ctypes.Structure):
        if not any(base in (ctypes.Structure, Swapped) for base in type.__bases__):
            found.add("inherits")
        if hasattr(type, "_pack_") and not PADDING_WRITTEN:
            found.add("packed")
        for one in own_fields(type):
            found |= {"bits"} if len(one) == 3 else losses(one[1])
    if found & {"union", "packed"} and not ctypes.sizeof(type):
        found.add("empty")
    return found


def written(type):
    """Format and item size of an object of the type."""
    view = memoryview(type())
    return view.format.encode(), view.itemsize


def seen(member):
    """A member without what no item of it shows: what is in an array of length 0."""
    if 0 in member.shape:
        return member._replace(itemsize=0, order="", of="")
    if isinstance(member.of, tuple):
        return member._replace(of=tuple(map(seen, member.of)))
    return member


def places(member):
    """Names and offsets only; nothing where a reading knows of no members."""
    if isinstance(member.of, tuple):
        return {one.name: (one.offset, places(one)) for one in member.of}
    return {}


def contradicts(found, wanted):
    """Whether a reading puts a member where it is not."""
    if not isinstance(found.of, tuple) or not isinstance(wanted.of, tuple) or 0 in wanted.shape:
        return False
    there = {one.name: one for one in wanted.of}
    return any(one.offset != there[one.name].offset or contradicts(one, there[one.name]) for one in found.of)


def types(seed, count=BATCH):
    types = Types(seed)
    for _ in range(count):
        yield types.struct(types.chance.choice([0, 1, 1, 2, 2, 3]))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_ctypes_exports_is_read_as_it_lies(seed):
    """By text and item size: all of it where the text tells the type, and where it does not,
    never a wrong offset that `KNOWN` does not list."""
    exact = silent = 0
    for type in types(seed):
        text, itemsize = written(type)
        found, wanted = formats.read_stated(text, itemsize), structure(type)
        found = found and seen(formats.member(found))
        lost = losses(type)
        if not lost:
            assert found == seen(wanted), (text, itemsize)
            exact += 1
        elif found is not None and contradicts(found, wanted):
            silent += 1
            assert any(KNOWN[loss] for loss in lost), (text, itemsize, lost, places(wanted))
    assert exact > BATCH * 0.5, exact
    assert silent < BATCH * 0.03, silent


@pytest.mark.parametrize("seed", SEEDS)
def test_the_dialect_of_ctypes_needs_no_item_size(seed):
    """Where padding is written, or there is none."""
    needed_none = 0
    for type in types(seed, BATCH // 4):
        if not losses(type):
            text, itemsize = written(type)
            size, found = formats.read(text, pybuf.CTYPES)
            if size < itemsize and not PADDING_WRITTEN:
                continue
            needed_none += 1
            assert size == itemsize, text
            assert seen(formats.member(found)) == seen(structure(type)), text
    assert needed_none > BATCH * 0.05, needed_none


def is_of_c(type):
    """Whether a C compiler lays it out so of its own accord."""
    while issubclass(type, ctypes.Array):
        type = type._type_
    if not issubclass(type, ctypes.Structure):
        return True
    asks = hasattr(type, "_pack_") or hasattr(type, "_align_") and sys.version_info >= (3, 13)
    return not asks and all(is_of_c(one) for _, one in own_fields(type))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_ctypes_writes_means_the_same_in_other_words(seed):
    lib = pybuf.lib
    for type in types(seed, BATCH // 4):
        if losses(type) or not ctypes.sizeof(type):
            continue
        with formats.stated(*written(type)) as handle:
            for dialect in (pybuf.CTYPES, pybuf.PEP3118):
                with formats.derived(lib.format_in_dialect, handle, dialect) as normal:
                    text = lib.format_text(normal)
                    assert lib.format_equivalent(handle, normal), text
                    size, found = formats.read(text, dialect)
                assert size == ctypes.sizeof(type), text
                assert seen(formats.member(found)) == seen(structure(type)), text
            if is_of_c(type):
                assert lib.format_c_difference(handle, None, 0) == 0, written(type)


@pytest.mark.parametrize("type", [*KINDS, *Types.POINTERS, *Types.FUNCTIONS], ids=lambda type: type.__name__)
def test_scalars_of_ctypes(type):
    for one in (type, getattr(type, SWAPPED, type)):
        text, itemsize = written(one)
        assert formats.member(formats.read_stated(text, itemsize)) == structure(one), text
        assert formats.read(text, pybuf.CTYPES)[0] == itemsize, text


def test_a_pointer_knows_what_it_points_to():
    text, itemsize = written(ctypes.POINTER(Point))
    (target,) = formats.read_stated(text, itemsize).fields
    assert target.kind == "struct"
    assert [(field.name, field.kind) for field in target.fields] == [(b"x", "signed"), (b"y", "signed")]


class Union(ctypes.Union):
    _fields_ = [("number", ctypes.c_double), ("bytes", ctypes.c_ubyte * 8)]


class OfUnion(ctypes.Structure):
    _fields_ = [("tag", ctypes.c_short), ("union", Union), ("end", ctypes.c_short)]


class Bits(ctypes.Structure):
    _fields_ = [("low", ctypes.c_int, 3), ("high", ctypes.c_int, 5)]


class Base(ctypes.Structure):
    _fields_ = [("first", ctypes.c_int)]


class Derived(Base):
    _fields_ = [("second", ctypes.c_double)]


@pytest.mark.parametrize("type", [Union, OfUnion, Bits, Derived])
def test_what_its_text_does_not_tell_is_refused(type):
    text, itemsize = written(type)
    with pytest.raises(pybuf.Failure, match=f"itemsize is {itemsize}") as failure:
        with formats.stated(text, itemsize):
            pass
    assert failure.value.code == pybuf.VALUE
