"""Bad input to the C API: the documented error, nothing lost and nothing leaked."""

import ctypes
import sys

import pybuf
import pytest
from pybuf import lib

LARGEST = sys.maxsize

# (bytes of memory, fields of pybuf_memory, code, a telling part of the message)
DESCRIPTIONS = {
    "a negative length": (24, {"shape": (2, -3)}, pybuf.VALUE, r"shape \(2, -3\) is negative in dimension 1"),
    "a length beyond the memory": (24, {"shape": (25,)}, pybuf.VALUE, "outside the 24 bytes"),
    "lengths whose product overflows": (24, {"shape": (LARGEST, 2)}, pybuf.OVERFLOW, "does not fit"),
    "a length that overflows with its items": (
        24,
        {"shape": (LARGEST,), "format": b"d"},
        pybuf.OVERFLOW,
        "does not fit",
    ),
    "lengths that overflow although one is zero": (
        24,
        {"shape": (LARGEST, 0, LARGEST)},
        pybuf.OVERFLOW,
        "does not fit",
    ),
    "strides beyond the end": (
        24,
        {"shape": (3, 4), "strides": (9, 2)},
        pybuf.VALUE,
        r"strides \(9, 2\).*spans bytes 0 to 25",
    ),
    "strides before the beginning": (
        24,
        {"shape": (3,), "strides": (-1,)},
        pybuf.VALUE,
        "spans bytes -2 to 1",
    ),
    "strides that overflow": (24, {"shape": (3,), "strides": (LARGEST,)}, pybuf.OVERFLOW, "address space"),
    "a negative offset": (24, {"offset": -1}, pybuf.VALUE, "offset -1 lies outside"),
    "an offset beyond the end": (24, {"offset": 25}, pybuf.VALUE, "offset 25 lies outside the 24 bytes"),
    "an offset with no room behind it": (24, {"shape": (24,), "offset": 1}, pybuf.VALUE, "from offset 1"),
    "an offset that overflows": (24, {"shape": (2,), "offset": LARGEST}, pybuf.OVERFLOW, "fit"),
    "strides without a shape": (24, {"strides": (1,), "ndim": 0}, pybuf.VALUE, "strides are given, but no shape"),
    "dimensions without a shape": (24, {"ndim": 2}, pybuf.VALUE, "shape"),
    "129 dimensions": (24, {"shape": (1,) * 129}, pybuf.VALUE, "129"),
    "fewer than no dimensions": (24, {"ndim": -2}, pybuf.VALUE, "-2"),
    "a negative size": (24, {"size": -1}, pybuf.VALUE, "-1"),
    "a format that ends too soon": (24, {"format": b"T{i:x:d:y:"}, pybuf.VALUE, r"at offset 10: .*'}' is expected"),
    "a struct and a size that disagree": (
        24,
        {"format": b"T{<i:x:<i:y:}", "itemsize": 12},
        pybuf.VALUE,
        "has items of 8 bytes, but itemsize is 12",
    ),
    "an unknown format without a size": (24, {"format": b"Y"}, pybuf.VALUE, "'Y'"),
    "an empty format without a size": (24, {"format": b""}, pybuf.VALUE, "''"),
    "a format and a size that disagree": (
        24,
        {"format": b"i", "itemsize": 8},
        pybuf.VALUE,
        r"\(int32\) has items of 4 bytes, but itemsize is 8",
    ),
    "a negative item size": (24, {"itemsize": -4}, pybuf.VALUE, "-4"),
    "bytes that are no whole number of items": (23, {"format": b"d"}, pybuf.VALUE, "23 bytes are not a whole number"),
    "an order that is none": (24, {"order": "A"}, pybuf.VALUE, "A"),
    "Fortran order and strides": (
        24,
        {"order": "F", "shape": (2, 3), "strides": (3, 1)},
        pybuf.VALUE,
        "leave one of them out",
    ),
    "memory at NULL": (24, {"buf": None}, pybuf.VALUE, "NULL"),
}


@pytest.mark.parametrize("case", DESCRIPTIONS)
def test_a_description_that_makes_no_sense(case):
    size, fields, code, text = DESCRIPTIONS[case]
    owner = pybuf.Owner(bytes(size))
    described = owner.memory(**{"ndim": 0, **fields} if "shape" not in fields else fields)
    with pytest.raises(pybuf.Failure, match=text) as refused:
        lib.exporter_new(described)
    assert refused.value.code == code
    assert owner.released == 1


def test_memory_beyond_the_address_space():
    for address, size in ((2**64 - 4, 8), (2**64 - 1, LARGEST)):
        with pytest.raises(pybuf.Failure, match="address space") as refused:
            lib.exporter_new(pybuf.memory(address, size))
        assert refused.value.code == pybuf.VALUE


@pytest.mark.parametrize("field", range(8))
def test_reserved_fields_are_zero(field):
    owner = pybuf.Owner(bytes(8))
    described = owner.memory()
    described.reserved[field] = 1
    with pytest.raises(pybuf.Failure, match="reserved") as refused:
        lib.exporter_new(described)
    assert refused.value.code == pybuf.VALUE
    assert owner.released == 1


@pytest.mark.parametrize(
    "fields, code, text",
    [
        ({"size": 25}, pybuf.VALUE, "the part's size is 25, which is where it ends, but the memory has 24 bytes"),
        ({"shape": (25,)}, pybuf.VALUE, "outside the 24 bytes"),
        ({"offset": 20, "shape": (5,)}, pybuf.VALUE, "outside the 24 bytes"),
        ({"buf": 0x1000}, pybuf.VALUE, "buf"),
        ({"release": pybuf.FREE}, pybuf.VALUE, "release"),
    ],
)
def test_a_part_that_makes_no_sense(fields, code, text):
    owner = pybuf.Owner(bytes(24))
    base = owner.lend()
    with pytest.raises(pybuf.Failure, match=text) as refused:
        lib.exporter_part(base, pybuf.memory(**{"buf": None, "size": 0, **fields}))
    assert refused.value.code == code
    lib.exporter_unref(base)
    assert owner.released == 1


def test_short_ways_refuse_the_same():
    for call, code in [
        (lambda: lib.bytes_new(None, -1), pybuf.VALUE),
        (lambda: lib.ndarray_new(1, pybuf.sizes((-1,)), b"B", 0, b"C"), pybuf.VALUE),
        (lambda: lib.ndarray_new(1, None, b"B", 0, b"C"), pybuf.VALUE),
        (lambda: lib.ndarray_new(-1, None, b"B", 0, b"C"), pybuf.VALUE),
        (lambda: lib.ndarray_new(1, pybuf.sizes((3,)), b"iy", 0, b"C"), pybuf.VALUE),
        (lambda: lib.ndarray_new(1, pybuf.sizes((3,)), b"i", 0, b"X"), pybuf.VALUE),
        (lambda: lib.ndarray_new(2, pybuf.sizes((LARGEST, 2)), b"i", 0, b"C"), pybuf.OVERFLOW),
        (lambda: lib.ndarray_new(1, pybuf.sizes((LARGEST // 2,)), b"B", 0, b"C"), pybuf.MEMORY),
        (lambda: lib.bytes_new(None, LARGEST // 2), pybuf.MEMORY),
    ]:
        with pytest.raises(pybuf.Failure) as refused:
            call()
        assert refused.value.code == code, refused.value


@pytest.fixture
def view():
    with pybuf.exporting(bytes(range(12)), shape=(3, 4)) as exporter, pybuf.View.of(exporter) as view:
        yield view


@pytest.mark.parametrize(
    "indices, code, text",
    [
        ((3, 0), pybuf.INDEX, "index 3 is out of bounds in dimension 0"),
        ((0, 4), pybuf.INDEX, "index 4 is out of bounds in dimension 1"),
        ((-4, 0), pybuf.INDEX, "index -4"),
        ((LARGEST, 0), pybuf.INDEX, "out of bounds"),
        ((-LARGEST - 1, 0), pybuf.INDEX, "out of bounds"),
        ((0,), pybuf.TYPE, "1 indices for a view of 2 dimensions"),
        ((0, 0, 0), pybuf.TYPE, "3 indices for a view of 2 dimensions"),
        ((), pybuf.TYPE, "0 indices"),
    ],
)
def test_indices_outside(view, indices, code, text):
    for call in (lambda: view.pointer(*indices), lambda: view.read(*indices)):
        with pytest.raises(pybuf.Failure, match=text) as refused:
            call()
        assert refused.value.code == code


@pytest.mark.parametrize(
    "arguments, code",
    [
        ((0, 0, 3, 0), pybuf.VALUE),
        ((2, 0, 3, 1), pybuf.INDEX),
        ((-1, 0, 3, 1), pybuf.INDEX),
    ],
)
def test_slices_that_make_no_sense(view, arguments, code):
    with pytest.raises(pybuf.Failure) as refused:
        view.slice(*arguments)
    assert refused.value.code == code


@pytest.mark.parametrize("axes", [(0,), (0, 0), (0, 2), (0, -1), (0, 1, 2)])
def test_axes_that_do_not_name_each_dimension_once(view, axes):
    with pytest.raises(pybuf.Failure) as refused:
        view.transpose(*axes)
    assert refused.value.code == pybuf.VALUE


def test_sizes_must_be_those_of_the_view(view):
    room = ctypes.create_string_buffer(13)
    for size in (11, 13, -1):
        with pytest.raises(pybuf.Failure) as refused:
            lib.view_copy_out(view.handle, room, size, b"C")
        assert refused.value.code == pybuf.VALUE
    assert room.raw == bytes(13)
    with pytest.raises(pybuf.Failure) as refused:
        lib.view_copy_out(view.handle, room, 12, b"X")
    assert refused.value.code == pybuf.VALUE
    for size in (0, 2, -1):
        with pytest.raises(pybuf.Failure) as refused:
            lib.view_read_item(view.handle, pybuf.sizes((0, 0)), 2, room, size)
        assert refused.value.code == pybuf.VALUE


def test_copies_need_equal_shapes_and_item_sizes(view):
    for other in ({"shape": (4, 3)}, {"shape": (12,)}, {"shape": (3, 4), "format": b"h"}):
        with pybuf.exporting(bytes(24), **other) as exporter:
            with pybuf.View.of(exporter, pybuf.want(writable=1)) as dest, pytest.raises(pybuf.Failure) as refused:
                lib.view_copy(dest.handle, view.handle)
            assert refused.value.code == pybuf.VALUE


def test_an_empty_buffer_can_be_released_and_none_at_all_is_an_error():
    lib.release(pybuf.Py_buffer())
    assert lib.error_code() == pybuf.OK
    lib.release(None)
    assert lib.error_code() == pybuf.BUFFER


HANDLE_FUNCTIONS = {
    "exporter": [
        ("exporter_ref", ()),
        ("exporter_unref", ()),
        ("exporter_data", ()),
        ("exporter_view", (None,)),
        ("exporter_part", (pybuf.Memory(),)),
        ("getbuffer", (pybuf.Py_buffer(), pybuf.SIMPLE)),
        ("releasebuffer", (pybuf.Py_buffer(),)),
    ],
    "view": [
        ("view_ref", ()),
        ("view_unref", ()),
        ("view_data", ()),
        ("view_itemsize", ()),
        ("view_nbytes", ()),
        ("view_ndim", ()),
        ("view_readonly", ()),
        ("view_format", ()),
        ("view_shape", ()),
        ("view_strides", ()),
        ("view_suboffsets", ()),
        ("view_is_contiguous", (b"C",)),
        ("view_check", (None,)),
        ("view_pointer", (pybuf.sizes((0,)), 1)),
        ("view_read_item", (pybuf.sizes((0,)), 1, ctypes.create_string_buffer(8), 1)),
        ("view_write_item", (pybuf.sizes((0,)), 1, ctypes.create_string_buffer(8), 1)),
        ("view_slice", (0, 0, 1, 1)),
        ("view_transpose", (None, 0)),
        ("view_copy_out", (ctypes.create_string_buffer(8), 8, b"C")),
        ("view_getbuffer", (pybuf.Py_buffer(), pybuf.SIMPLE)),
        ("exporter_from_view", ()),
    ],
}


@pytest.fixture(params=["a handle of the other sort", "memory of somebody else's", "NULL"])
def wrong(request, view):
    """What is given where another sort of handle is needed, for each sort."""
    if request.param == "NULL":
        return {"exporter": None, "view": None}
    if request.param == "memory of somebody else's":
        # As a handle is, it is aligned; and long enough to be looked at.
        memory = ctypes.create_string_buffer(512)
        address = (ctypes.addressof(memory) + 63) // 64 * 64
        request.node.kept = memory
        return {"exporter": address, "view": address}
    exporter = pybuf.lend(bytes(4))
    request.addfinalizer(lambda: lib.exporter_unref(exporter))
    return {"exporter": view.handle, "view": exporter}


@pytest.mark.parametrize("sort, name", [(sort, name) for sort, all in HANDLE_FUNCTIONS.items() for name, _ in all])
def test_a_handle_of_the_wrong_sort_is_refused(wrong, sort, name):
    handle = wrong[sort]
    arguments = dict(HANDLE_FUNCTIONS[sort])[name]
    if handle is None and name.endswith("unref"):
        getattr(lib, name)(None)
        assert lib.error_code() == pybuf.OK
        return
    try:
        result = getattr(lib, name)(handle, *arguments)
    except pybuf.Failure:
        pass
    else:
        assert not result or result == -1
    code, message = pybuf.last_error()
    assert code == pybuf.TYPE
    assert f"pybuf_{sort}" in message
