"""The tables of docs/formats.md: each row is asked of the library, and of whom it speaks."""

import ctypes
import pathlib
import re
import struct
import sys

import pytest

import formats
import pybuf

pytestmark = pytest.mark.skipif(
    ctypes.sizeof(ctypes.c_long) != 8 or sys.byteorder != "little" or ctypes.sizeof(ctypes.c_longdouble) != 16,
    reason="the tables are those of another platform",
)

PAGE = pathlib.Path(__file__).parent.parent / "docs/formats.md"
DIALECTS = {
    "struct": pybuf.DIALECT_STRUCT,
    "NumPy": pybuf.NUMPY,
    "ctypes": pybuf.CTYPES,
    "PEP 3118": pybuf.PEP3118,
}
REFUSED = "–"


def table(*headings):
    """The rows of the table with these columns, as dictionaries."""
    lines = iter(PAGE.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if cells(line)[: len(headings)] == list(headings):
            columns = cells(line)
            next(lines)
            break
    else:
        raise AssertionError(f"no table with the columns {headings}")
    rows = []
    for line in lines:
        if not line.startswith("|"):
            return rows
        rows.append(dict(zip(columns, cells(line))))
    return rows


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def bare(cell):
    """What stands in a cell as code."""
    return cell.strip("`")


def rows(*headings):
    """A test for each row."""
    found = table(*headings)
    assert found, headings
    return pytest.mark.parametrize("row", found, ids=[next(iter(row.values())) for row in found])


def size(text, dialect):
    """Bytes of an item, or None where the text is refused."""
    try:
        return formats.read(text.encode(), dialect)[0]
    except pybuf.Failure:
        return None


def size_or_none(ask, text):
    try:
        return ask(text)
    except Exception:
        return None


@pytest.fixture(scope="module")
def numpy_size():
    internal = pytest.importorskip("numpy._core._internal", reason="no NumPy for this Python")
    return lambda text: size_or_none(lambda text: internal._dtype_from_pep3118(text).itemsize, text)


def struct_size(text):
    return size_or_none(struct.calcsize, text)


C_TYPES = {
    "_Bool": ctypes.c_bool,
    "char": ctypes.c_char,
    "short": ctypes.c_short,
    "int": ctypes.c_int,
    "long": ctypes.c_long,
    "long long": ctypes.c_longlong,
    "ssize_t": ctypes.c_ssize_t,
    "size_t": ctypes.c_size_t,
    "void *": ctypes.c_void_p,
    "_Float16": ctypes.c_uint16,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "long double": ctypes.c_longdouble,
    "Py_UCS2": ctypes.c_uint16,
    "Py_UCS4": ctypes.c_uint32,
}
CODES = rows("code", "kind")


def c_type(row):
    name = bare(row["C type"])
    return C_TYPES[name[:-3]] * 2 if name.endswith("[2]") else C_TYPES[name]


def sizes_of(row, column):
    """The native and the standard size of a code by a cell, None where it is refused."""
    native = ctypes.sizeof(c_type(row))
    if row[column] == REFUSED:
        return None, None
    if row[column] == "native":
        return native, None
    standard = row["standard"]
    return native, native if standard == REFUSED else int(standard)


@CODES
def test_codes_in_the_library(row):
    code = bare(row["code"])
    for column in ["struct", "NumPy", "PEP 3118"]:
        found = tuple(size(order + code, DIALECTS[column]) for order in ["", "<"])
        assert found == sizes_of(row, column), column
    dialect = pybuf.PEP3118 if row["PEP 3118"] != REFUSED else pybuf.CTYPES
    text = (code + ":name:" if code == "x" else code).encode()
    with formats.parsed(text, dialect) as handle:
        field = formats.root(handle)
        alignment = pybuf.lib.format_alignment(handle)
    field = field.fields[0] if code == "x" else field
    assert field.kind == row["kind"]
    assert alignment == ctypes.alignment(c_type(row))


@CODES
def test_codes_in_struct(row):
    code, since = bare(row["code"]), row["struct"]
    wanted = sizes_of(row, "struct")
    if since.startswith("3.") and sys.version_info < tuple(map(int, since.split("."))):
        wanted = None, None
    assert (struct_size(code), struct_size("<" + code)) == wanted


@CODES
def test_codes_in_numpy(row, numpy_size):
    code = bare(row["code"])
    assert (numpy_size(code), numpy_size("<" + code)) == sizes_of(row, "NumPy")


def written_by_ctypes(name):
    type = eval(name, vars(ctypes))
    return memoryview(type()).format


@CODES
def test_codes_of_ctypes(row):
    names = re.findall("`([^`]*)`", row["`ctypes` writes it for"])
    since = re.search(r"(in|from) 3\.(\d+)", row["`ctypes` writes it for"])
    if since and names:
        minor = int(since.group(2))
        if sys.version_info[1] != minor if since.group(1) == "in" else sys.version_info[1] < minor:
            return
    code = bare(row["code"])
    for name in names:
        text = written_by_ctypes(name)
        # Pointers to something and functions have no order of their own.
        assert text.replace("<", "") == code and (text[0] == "<" or code[0] in "&X")
        assert size(text, pybuf.CTYPES) == ctypes.sizeof(eval(name, vars(ctypes)))


def test_the_table_has_every_scalar_of_ctypes():
    cells_of_ctypes = " ".join(row["`ctypes` writes it for"] for row in table("code", "kind"))
    listed = [getattr(ctypes, name, None) for name in re.findall("`(\\w+)`", cells_of_ctypes)]
    scalars = [one for one in vars(ctypes).values() if isinstance(one, type) and issubclass(one, ctypes._SimpleCData)]
    assert [one for one in scalars if hasattr(one, "_type_") and one not in listed] == []


@CODES
def test_items_of_memoryview(row):
    code, since = bare(row["code"]), row["`memoryview` items"]
    has = since == "yes" or since.startswith("3.") and sys.version_info >= tuple(map(int, since.split(".")))
    memory = memoryview(bytes(ctypes.sizeof(c_type(row))))
    for text in (code, "@" + code):
        if has:
            assert len(memory.cast(text).tolist()) == 1
        else:
            with pytest.raises(ValueError, match="destination format must be a native"):
                memory.cast(text)


@rows("text", "struct", "NumPy", "ctypes")
def test_where_the_same_text_is_another_item(row, numpy_size):
    text = bare(row["text"])
    wanted = {column: None if row[column] == REFUSED else int(row[column]) for column in DIALECTS}
    assert {column: size(text, dialect) for column, dialect in DIALECTS.items()} == wanted
    assert struct_size(text) == wanted["struct"]
    assert numpy_size(text) == wanted["NumPy"]


def members(text, dialect):
    try:
        item = formats.member(formats.read(text.encode(), dialect)[1])
    except pybuf.Failure:
        return None
    return len(item.of) if isinstance(item.of, tuple) else 1


@rows("text", "struct", "NumPy", "PEP 3118")
def test_members_of_an_item(row, numpy_size):
    text = bare(row["text"])
    wanted = {column: None if row[column] == REFUSED else int(row[column]) for column in row if column != "text"}
    assert {column: members(text, DIALECTS[column]) for column in wanted} == wanted
    if wanted["struct"] is not None:
        assert len(struct.unpack(text, bytes(struct.calcsize(text)))) == wanted["struct"]
    dtype = sys.modules["numpy._core._internal"]._dtype_from_pep3118(text)
    assert (len(dtype.names) if dtype.names else 1) == wanted["NumPy"]


@rows("text", "bytes to NumPy")
def test_what_only_numpy_reads(row, numpy_size):
    text = bare(row["text"])
    assert numpy_size(text) == int(row["bytes to NumPy"])
    assert size(text, pybuf.NUMPY) is None


def offsets(text, itemsize):
    field = formats.read_stated(text.encode(), itemsize)
    if field is None:
        return REFUSED
    return " ".join(str(one.offset) for one in field.fields)


@rows("text", "item size", "offsets")
def test_who_wrote_it(row):
    assert offsets(bare(row["text"]), int(row["item size"])) == row["offsets"]


def only_bits():
    class Bits(ctypes.Structure):
        _fields_ = [("a", ctypes.c_int, 3)]

    return Bits, sys.version_info < (3, 14)


def two_bits():
    class Bits(ctypes.Structure):
        _fields_ = [("a", ctypes.c_ushort, 3), ("b", ctypes.c_ushort, 5), ("c", ctypes.c_longlong)]

    return Bits, sys.version_info < (3, 12)


def inherits():
    class Base(ctypes.Structure):
        _fields_ = [("a", ctypes.c_byte)]

    class Inherits(Base):
        _fields_ = [("b", ctypes.c_byte), ("c", ctypes.c_short)]

    return Inherits, True


LOST = {"T{<i:a:}": only_bits, "T{<H:a:<H:b:<q:c:}": two_bits, "T{<b:b:<h:c:}": inherits}
TOLD = rows("type", "text", "item size", "offsets by the text")


@TOLD
def test_what_nobody_can_tell(row):
    text, itemsize = bare(row["text"]), int(row["item size"])
    assert offsets(text, itemsize) == row["offsets by the text"]


@pytest.mark.parametrize("text", LOST)
def test_what_nobody_can_tell_of_ctypes(text):
    (row,) = (row for row in table("type", "text", "item size") if bare(row["text"]) == text)
    type, is_now = LOST[text]()
    view = memoryview(type())
    assert ((view.format, view.itemsize) == (text, int(row["item size"]))) == is_now
    true = " ".join(str(getattr(type, name).offset) for name, *_ in type._fields_)
    assert row["true offsets"].startswith(true)


def test_what_nobody_can_tell_of_numpy(numpy):
    row = table("type", "text", "item size")[-1]
    padded = numpy.dtype({"names": ["x", "y"], "formats": ["i4", "i2"], "itemsize": 8})
    view = memoryview(numpy.zeros(3, [("a", padded, (2,)), ("b", "i1")]))
    assert (view.format, view.itemsize) == (bare(row["text"]), int(row["item size"]))
    field = formats.read_stated(view.format.encode(), view.itemsize).fields[0]
    assert row["true offsets"].endswith(f"{padded.itemsize} bytes apart and not {field.itemsize}")


def test_numpy_misreads_what_it_writes(numpy):
    """The page says so of the last text of "Who wrote it"."""
    row = table("text", "item size", "offsets")[-1]
    inner = numpy.dtype([("x", "i4"), ("y", "i1")], align=True)
    dtype = numpy.dtype([("a", inner), ("b", "i1")], align=True)
    view = memoryview(numpy.zeros(2, dtype))
    assert (view.format, str(view.itemsize)) == (bare(row["text"]), row["item size"])
    assert row["offsets"] == "0 %d" % dtype.fields["b"][1]
    assert numpy.asarray(view).dtype.fields["b"][1] == 11


@rows("one", "other", "equivalent")
def test_equivalence(row):
    lib = pybuf.lib
    one, other = bare(row["one"]).encode(), bare(row["other"]).encode()
    equivalent = row["equivalent"] == "yes"
    with formats.parsed(one) as first, formats.parsed(other) as second:
        assert lib.format_equivalent(first, second) == lib.format_equivalent(second, first) == equivalent
        assert (lib.format_difference(first, second, None, 0) == 0) == equivalent
        assert lib.format_accepts(first, other, lib.format_itemsize(second)) == equivalent


@rows("text", "meant is", "instead")
def test_formats_nobody_has_agreed_on(row):
    with pytest.raises(pybuf.Failure) as failure:
        formats.read(bare(row["text"]).encode())
    said = f"nobody has agreed on a format for {row['meant is']}: "
    assert failure.value.code == pybuf.VALUE
    assert said in failure.value.message and f"as '{bare(row['instead'])}'" in failure.value.message


@rows("format", "bytes", "item and `tolist()`")
def test_what_memoryview_makes_of_it(row):
    itemsize = int(row["bytes"])
    text = bare(row["format"])
    memory = bytes(itemsize)
    fields = {"format": text.encode(), "itemsize": itemsize, "shape": [1]}
    one, two = (memoryview(pybuf.lent_object(memory, **fields)) for _ in range(2))
    assert (one.format, one.itemsize) == (text, itemsize)
    for ask in (one.tolist, lambda: one[0]):
        if row["item and `tolist()`"] == "value":
            assert ask() in (0, [0])
        else:
            with pytest.raises(NotImplementedError):
                ask()
    assert (one == two) == (row["`==`"] == "by value")
