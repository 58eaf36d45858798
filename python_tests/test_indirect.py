"""Memory whose items lie behind pointers: PIL-style suboffsets, lent by address or made of
rows."""

import ctypes
import itertools
import random

import pybuf
import pytest

POINTER = ctypes.sizeof(ctypes.c_void_p)


def table_of(rows):
    """Pointers to rows of bytes, and what keeps them."""
    kept = [ctypes.create_string_buffer(row, len(row)) for row in rows]
    table = (ctypes.c_void_p * len(rows))(*map(ctypes.addressof, kept))
    return table, kept


def lend(libpybuf, rows, **fields):
    table, kept = table_of(rows)
    fields.setdefault("shape", (len(rows), len(rows[0])))
    fields.setdefault("strides", (POINTER, 1))
    fields.setdefault("suboffsets", (0, -1))
    fields.setdefault("owner", (table, kept))
    return libpybuf.memory(ctypes.addressof(table), ctypes.sizeof(table), **fields)


ROWS = [b"abcd", b"efgh", b"ijkl"]


def test_memory_behind_pointers_is_lent_by_address(libpybuf):
    lent = lend(libpybuf, ROWS)
    assert (lent.shape, lent.suboffsets) == ((3, 4), (0, -1))
    view = memoryview(lent)
    assert view.suboffsets == (0, -1) and not view.c_contiguous
    assert view.tolist() == [list(row) for row in ROWS]
    assert bytes(view) == bytes(libpybuf.bytes(lent)) == b"".join(ROWS)
    view[1, 2] = ord("G")
    assert bytes(lent) == b"abcdefGhijkl"


def test_a_suboffset_skips_what_lies_before_the_items(libpybuf):
    lent = lend(libpybuf, [b"--" + row for row in ROWS], shape=(3, 4), suboffsets=(2, -1), pointed=6)
    assert bytes(lent) == b"".join(ROWS)


def test_two_levels_of_pointers(libpybuf):
    tables = [table_of(rows) for rows in (ROWS[:2], ROWS[1:])]
    top = (ctypes.c_void_p * 2)(*[ctypes.addressof(table) for table, _ in tables])
    lent = libpybuf.memory(
        ctypes.addressof(top),
        ctypes.sizeof(top),
        shape=(2, 2, 4),
        strides=(POINTER, POINTER, 1),
        suboffsets=(0, 0, -1),
        owner=(top, tables),
    )
    assert memoryview(lent).tolist() == [[list(row) for row in rows] for rows in (ROWS[:2], ROWS[1:])]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"shape": (4, 4)}, "outside the 24 bytes of this memory"),
        ({"pointed": 3}, "spans bytes 0 to 4 behind a pointer, outside the 3 bytes"),
        ({"suboffsets": (1, -1), "pointed": 4}, "spans bytes 1 to 5 behind a pointer"),
        ({"strides": (POINTER, -1), "pointed": 4}, "spans bytes -3 to 1 behind a pointer"),
        ({"suboffsets": (0,)}, "1 suboffsets for 2 dimensions"),
        ({"strides": None}, "suboffsets are given without shape and strides"),
        ({"suboffsets": None, "strides": (8, 1), "pointed": 4}, "no suboffsets: nothing is a pointer"),
        ({"pointed": -1}, "pointed is -1: it must be 0 or more"),
    ],
)
@pytest.mark.skipif(POINTER != 8, reason="the sizes in the messages are those of 64 bits")
def test_what_makes_no_sense_is_refused(libpybuf, fields, says):
    with pytest.raises(ValueError, match=says):
        lend(libpybuf, ROWS, **fields)


def test_a_pointer_that_is_null_is_refused(libpybuf):
    table, kept = table_of(ROWS)
    table[1] = None
    with pytest.raises(ValueError, match=r"the pointer at \(1,\) is NULL"):
        libpybuf.memory(
            ctypes.addressof(table),
            ctypes.sizeof(table),
            shape=(3, 4),
            strides=(POINTER, 1),
            suboffsets=(0, -1),
            owner=kept,
        )


def test_rows_are_stacked_without_a_copy(libpybuf):
    rows = [bytearray(row) for row in ROWS]
    stacked = libpybuf.stack(rows)
    assert (stacked.shape, stacked.strides, stacked.suboffsets) == ((3, 4), (POINTER, 1), (0, -1))
    view = memoryview(stacked)
    view[2, 3] = ord("L")
    assert rows[2] == b"ijkL"
    rows[0][0] = ord("A")
    assert bytes(stacked) == b"AbcdefghijkL"
    with pytest.raises(BufferError):
        rows[0].append(0)
    del view, stacked
    rows[0].append(0)


def test_one_read_only_row_makes_all_so(libpybuf):
    assert libpybuf.stack([bytearray(b"ab"), b"cd"]).readonly
    assert not libpybuf.stack([bytearray(b"ab"), bytearray(b"cd")]).readonly


def test_rows_that_nobody_writes_are_stable(libpybuf):
    constant = [libpybuf.bytes(b"ab"), b"cd"]
    assert libpybuf.stack(constant).stable().tolist() == [[97, 98], [99, 100]]
    with pytest.raises(BufferError, match="not guarded"):
        libpybuf.stack([*constant, bytearray(b"ef")]).stable()


def test_rows_of_any_layout(libpybuf, numpy):
    whole = numpy.arange(4 * 5 * 6, dtype="i4").reshape(4, 5, 6)
    for row in (lambda k: whole[k], lambda k: whole[k].T, lambda k: whole[k, ::-2, 1::2]):
        stacked = libpybuf.stack([row(k) for k in (3, 1, 0)])
        expected = numpy.stack([row(k) for k in (3, 1, 0)])
        assert memoryview(stacked).tolist() == expected.tolist()
        assert bytes(libpybuf.bytes(stacked)) == expected.tobytes()


@pytest.mark.parametrize(
    ("rows", "error", "says"),
    [
        ([], ValueError, "no rows to stack"),
        ([b"ab", b"abc"], ValueError, r"row 1 is 'B' \(uint8\), shape \(3,\)"),
        ([b"ab", "ab"], TypeError, "a bytes-like object is required"),
        (7, TypeError, "not iterable"),
    ],
)
def test_rows_that_do_not_stack(libpybuf, rows, error, says):
    with pytest.raises(error, match=says):
        libpybuf.stack(rows)


def test_stacked_rows_are_no_rows(libpybuf):
    stacked = libpybuf.stack(ROWS)
    with pytest.raises(NotImplementedError, match="row 0 has suboffsets"):
        libpybuf.stack([stacked])


def test_native_views_slice_index_and_gather(libpybuf, testbuffer):
    """Beside CPython's own reference exporter, which copies such memory into a table."""
    rng = random.Random(4)
    rows = [bytes(rng.randrange(256) for _ in range(6)) for _ in range(7)]
    stacked = libpybuf.stack(rows)
    items = list(b"".join(rows))
    reference = testbuffer.ndarray(items, shape=[7, 6], format="B", flags=testbuffer.ND_PIL)
    for source in (stacked, reference):
        with pybuf.View.of(source) as view:
            for i, j in itertools.product(range(-7, 7), range(-6, 6)):
                assert view.read(i, j) == rows[i][j : j + 1 if j != -1 else None]
            for _ in range(60):
                bounds = [rng.choice([None, *range(-9, 10)]) for _ in range(2)]
                cut = slice(*bounds, rng.choice([-3, -2, -1, 1, 2, 3]))
                given = [pybuf.OPEN if bound is None else bound for bound in bounds]
                with view.slice(0, *given, cut.step) as part:
                    assert part.tobytes() == b"".join(rows[cut])
                    columns = zip(*rows[cut])
                    assert part.tobytes("F") == b"".join(map(bytes, columns))
                    assert memoryview(part.object()).tolist() == [list(row) for row in rows[cut]]


def test_slices_in_the_first_dimension_as_memoryview_has_them(libpybuf):
    view = memoryview(libpybuf.stack(ROWS))
    assert view[::-2].tolist() == [list(ROWS[2]), list(ROWS[0])]
    assert bytes(libpybuf.bytes(view[1:])) == b"".join(ROWS[1:])
    assert bytes(libpybuf.bytes(view[3:])) == b""
