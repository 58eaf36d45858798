"""Formats as tests compare them: the fields that pybuf.h tells, as nested tuples.

A tuple is a field with everything that it says of itself. `members` is what tests of other
programs compare instead: repeats and the spelling are gone from it.
"""

import contextlib
import ctypes
import struct
import typing

import pybuf
from pybuf import KINDS, VALUES, lib


class Field(typing.NamedTuple):
    """pybuf_field; `order` is a letter or an empty string."""

    name: typing.Optional[bytes]
    kind: str
    order: str
    offset: int
    itemsize: int
    alignment: int
    repeat: int
    shape: tuple
    fields: tuple
    signature: typing.Optional[bytes]


@contextlib.contextmanager
def parsed(text, dialect=pybuf.PEP3118):
    """The handle of a text that is read in a dialect."""
    handle = lib.format_new(text, dialect)
    try:
        yield handle
    finally:
        lib.format_unref(handle)


@contextlib.contextmanager
def stated(text, itemsize):
    """The handle of a text with an item size, as an exporter states them."""
    handle = lib.format_stated(text, itemsize)
    try:
        yield handle
    finally:
        lib.format_unref(handle)


@contextlib.contextmanager
def made(members, itemsize):
    """The handle of a struct of (name, text, offset)."""
    filled = (pybuf.Member * len(members))(
        *(pybuf.Member(name=name, format=text, offset=offset) for name, text, offset in members)
    )
    handle = lib.format_from_members(filled, len(members), itemsize)
    try:
        yield handle
    finally:
        lib.format_unref(handle)


@contextlib.contextmanager
def derived(function, *arguments):
    """The handle that a function of the library makes of another one."""
    handle = function(*arguments)
    try:
        yield handle
    finally:
        lib.format_unref(handle)


def told(field):
    """A field as a tuple, with all below it."""
    return Field(
        field.name,
        KINDS[field.kind],
        chr(field.order) if field.order else "",
        field.offset,
        field.itemsize,
        field.alignment,
        field.repeat,
        tuple(field.shape[: field.ndim]) if field.ndim else (),
        tuple(told(field.fields[at]) for at in range(field.count)),
        field.signature,
    )


def root(handle):
    """What an item is."""
    pointer = lib.format_root(handle)
    if not pointer:
        raise pybuf.Failure("format_root", *pybuf.last_error())
    return told(pointer.contents)


def read(text, dialect=pybuf.PEP3118):
    """The size of an item, and what it is."""
    with parsed(text, dialect) as handle:
        return lib.format_itemsize(handle), root(handle)


def read_stated(text, itemsize):
    """What an item is, by an exporter's text and size; None where nothing fits them."""
    try:
        with stated(text, itemsize) as handle:
            assert lib.format_itemsize(handle) == itemsize
            return root(handle)
    except pybuf.Failure as failure:
        assert failure.code == pybuf.VALUE, failure
        return None


class Member(typing.NamedTuple):
    """What two programs have to agree on. `of` is the kind of a scalar, or the members."""

    name: typing.Optional[bytes]
    offset: int
    itemsize: int
    order: str
    shape: tuple
    of: typing.Union[str, tuple]


def members(field):
    """The members of a struct, repeats told one by one."""
    return tuple(
        member(one, one.offset + turn * one.itemsize) for one in field.fields for turn in range(one.repeat)
    )


def member(field, offset=0):
    """One member, with what is below it."""
    of = members(field) if field.kind == "struct" else field.kind
    return Member(field.name, offset, field.itemsize, field.order, field.shape, of)


_VALUE = struct.Struct("iin16s")
_REAL, _NATURAL, _INTEGER = struct.Struct("2d"), struct.Struct("Q8x"), struct.Struct("q8x")


class Unpacked:
    """The values of an item. They point into its memory, which is kept with them."""

    def __init__(self, handle, item):
        self.count = lib.format_values(handle)
        self.values = (pybuf.Value * self.count)()
        self._item = ctypes.create_string_buffer(bytes(item), len(item) or 1)
        lib.format_unpack(handle, self._item, len(item), self.values, self.count)
        self._bytes = memoryview(self.values).cast("B")
        self._start = ctypes.addressof(self.values)

    def packed(self, handle, size):
        """The item that the values make."""
        item = ctypes.create_string_buffer(b"\xff" * size, size or 1)
        lib.format_pack(handle, self.values, item, size)
        return item.raw[:size]

    def value(self, at=0):
        """In Python's terms: sequences are tuples, a long double is the nearest float."""
        # As bytes, since ctypes takes its time for each field.
        kind, order, size, body = _VALUE.unpack_from(self._bytes, at * _VALUE.size)
        kind, natural = VALUES[kind], _NATURAL.unpack(body)[0]
        if kind == "sequence":
            first = (natural - self._start) // _VALUE.size
            return tuple(self.value(first + turn) for turn in range(size))
        if kind in ("bytes", "text"):
            found = ctypes.string_at(natural, size) if size else b""
            return found if kind == "bytes" else found.decode("utf-32-le" if order == ord("<") else "utf-32-be")
        if kind in ("float", "extended"):
            return _REAL.unpack(body)[0]
        if kind == "complex":
            return complex(*_REAL.unpack(body))
        if kind == "signed":
            return _INTEGER.unpack(body)[0]
        return {"bool": bool, "char": lambda byte: bytes([byte]), "unicode": chr}.get(kind, int)(natural)
