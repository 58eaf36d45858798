"""What a consumer needs, said in one struct, and refusals that explain themselves."""

import ctypes
import itertools
import sys

import layouts
import pybuf
import pytest
from pybuf import View, lib

OTHER = ">" if sys.byteorder == "little" else "<"
OTHER_NAME = "big-endian" if sys.byteorder == "little" else "little-endian"

# Names of kinds, each with a native format.
KINDS = {
    "bool": "?",
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "uint8": "B",
    "uint16": "H",
    "uint32": "I",
    "uint64": "Q",
    "float16": "e",
    "float32": "f",
    "float64": "d",
}


def refusal(layout, **wanted):
    """The message with which a view of such memory is refused, or None."""
    exporter = layouts.exporter(layout)
    try:
        View.of(exporter, pybuf.want(**wanted)).close()
    except pybuf.Failure as failure:
        assert failure.code == pybuf.BUFFER
        # A view that is there already is refused in the same words.
        with View.of(exporter) as view, pytest.raises(pybuf.Failure) as checked:
            lib.view_check(view.handle, pybuf.want(**wanted))
        # That view, which nobody wanted to write, is read-only whatever the memory is.
        if "writable" not in wanted:
            assert (checked.value.code, checked.value.message) == (failure.code, failure.message)
        return failure.message
    finally:
        lib.exporter_unref(exporter)


def test_the_line_of_the_tour():
    fortran = layouts.contiguous(OTHER + "d", (480, 640), "F")
    assert refusal(fortran, kind="float64", ndim=2, order="C") == (
        "float64 in 2 dimensions, C order was asked for; "
        f"this buffer is '{OTHER}d' ({OTHER_NAME} float64), shape (480, 640), strides (8, 3840): "
        "Fortran order. A native C-ordered copy would do."
    )


@pytest.mark.parametrize("wanted, there", list(itertools.product(KINDS, KINDS)))
def test_a_kind_is_met_by_itself_alone(wanted, there):
    message = refusal(layouts.contiguous(KINDS[there], (4,)), kind=wanted)
    if wanted == there:
        assert message is None
    else:
        assert message == (
            f"{wanted} was asked for; this buffer is '{KINDS[there]}' ({there}), shape (4,), "
            f"strides ({layouts.contiguous(KINDS[there], (4,)).itemsize},): contiguous. "
            f"A copy converted to {wanted} would do."
        )


@pytest.mark.parametrize("format", ["q", "=q", "n", "l", "@q"])
def test_any_spelling_of_a_kind_will_do(format):
    assert ctypes.sizeof(ctypes.c_long) == 8, "these spellings are those of LP64"
    with pybuf.exporting(bytes(16), format=format.encode()) as exporter:
        View.of(exporter, pybuf.want(kind="int64")).close()


@pytest.mark.parametrize("kind", ["int16", "int32", "int64", "float32", "float64"])
def test_another_byte_order_is_refused(kind):
    message = refusal(layouts.contiguous(OTHER + KINDS[kind], (3,)), kind=kind)
    assert f"({OTHER_NAME} {kind})" in message
    assert message.endswith("A native copy would do.")


@pytest.mark.parametrize("ndim", [-1, 1, 2, 3])
def test_dimensions_are_counted(ndim):
    shapes = {-1: (), 1: (6,), 2: (2, 3), 3: (1, 2, 3)}
    for have, shape in shapes.items():
        message = refusal(layouts.contiguous("B", shape), ndim=ndim)
        if have == ndim:
            assert message is None
        else:
            count = max(ndim, 0)
            plural = "" if count == 1 else "s"
            assert f"in {count} dimension{plural} was asked for" in message
            assert message.endswith(f"Only memory in {count} dimension{plural} would do.")


@pytest.mark.parametrize("order, would_do", [("C", "C-ordered"), ("F", "Fortran-ordered"), ("A", "contiguous")])
def test_an_order_is_met_or_explained(order, would_do):
    # Read-only or not is no matter: nobody asks to write.
    for name, layout in layouts.kinds().items():
        exporter = layouts.exporter(layout)
        with View.of(exporter) as view:
            met = view.is_contiguous(order)
        lib.exporter_unref(exporter)
        message = refusal(layout, order=order)
        assert (message is None) == met, name
        assert met or message.endswith(f"A {would_do} copy would do.")


def test_writable_memory_is_met_and_read_only_memory_explained():
    assert refusal(layouts.contiguous("B", (4,)), writable=1) is None
    message = refusal(layouts.contiguous("B", (4,), readonly=True), writable=1)
    assert message.startswith("writable memory")
    assert "read-only" in message and message.endswith("Writable memory would do.")


@pytest.mark.parametrize("unaligned", [0, 1])
def test_items_of_a_kind_are_aligned_unless_that_does_not_matter(unaligned):
    inside = layouts.strided("d", (2,), (8,), before=4)
    apart = layouts.strided("d", (2,), (12,))
    for layout in (inside, apart):
        message = refusal(layout, kind="float64", unaligned=unaligned)
        if unaligned:
            assert message is None
        else:
            assert "not aligned" in message and message.endswith("An aligned copy would do.")


def test_suboffsets_are_refused_unless_understood(testbuffer):
    indirect = testbuffer.ndarray(list(range(6)), shape=[2, 3], format="B", flags=testbuffer.ND_PIL)
    with View.of(indirect, pybuf.want(indirect=1)) as view:
        assert view.suboffsets == (0, -1)
        assert view.tobytes() == bytes(range(6))
    with pytest.raises(BufferError, match="suboffsets"):
        View.of(indirect, pybuf.want())


def test_all_gaps_at_once():
    layout = layouts.contiguous(OTHER + "d", (4, 5), "F", readonly=True)
    message = refusal(layout, kind="float64", order="C", writable=1)
    assert message.startswith("writable float64 in C order was asked for;")
    assert "Fortran order, read-only" in message
    assert message.endswith("A writable native C-ordered copy would do.")


@pytest.mark.parametrize(
    "wanted, text",
    [
        ({"kind": "double"}, "'double' is not a kind of item; the kinds are bool, int8,"),
        ({"ndim": 65}, "65"),
        ({"ndim": -2}, "-2"),
        ({"order": "K"}, "K"),
    ],
)
def test_a_want_that_makes_no_sense(wanted, text):
    with pybuf.exporting(bytes(8)) as exporter, pytest.raises(pybuf.Failure, match=text) as refused:
        View.of(exporter, pybuf.want(**wanted))
    assert refused.value.code == pybuf.VALUE


def test_reserved_fields_are_zero():
    wanted = pybuf.want()
    wanted.reserved[7] = 1
    with pybuf.exporting(bytes(8)) as exporter, pytest.raises(pybuf.Failure, match="reserved") as refused:
        View.of(exporter, wanted)
    assert refused.value.code == pybuf.VALUE
