"""View.ascontiguous beside NumPy, and View.why_copy beside what strides say."""

import gc
import re
import sys

import layouts
import pytest
import sources

FORMATS = ["b", "B", "h", "H", "i", "I", "q", "Q", "f", "d", ">h", "<i", ">d", "?"]
COUNT = 1_500


@pytest.fixture(scope="module")
def View(libpybuf):
    return libpybuf.View


def generated():
    """Any strides; and items without gaps, of which half the copies are none."""
    yield from layouts.irregular(801, COUNT, FORMATS)
    for layout in layouts.irregular(802, COUNT // 3, FORMATS):
        yield layouts.contiguous(layout.format, layout.shape, "CF"[layout.offset % 2], layout.readonly)


def is_contiguous(array, order):
    c, fortran = array.flags.c_contiguous, array.flags.f_contiguous
    return {"C": c, "F": fortran, "A": c or fortran}[order]


def strides_of(shape, itemsize, order):
    strides, stride = [], itemsize
    for length in shape if order == "F" else shape[::-1]:
        strides.append(stride)
        stride *= length
    return tuple(strides if order == "F" else strides[::-1])


@pytest.mark.parametrize("order", "CFA")
def test_the_items_are_those_of_numpy(libpybuf, View, numpy, order):
    kept = copied = 0
    for layout in generated():
        with layouts.named(layout):
            theirs = layouts.array(numpy, layout)
            view = View(sources.lend(libpybuf, layout)())
            made = view.ascontiguous(order)
            wanted = "F" if order == "A" and theirs.flags.f_contiguous and not theirs.flags.c_contiguous else order
            function = numpy.asfortranarray if wanted == "F" else numpy.ascontiguousarray
            # It makes a dimension where there is none.
            expected = function(theirs).reshape(theirs.shape, order="F" if wanted == "F" else "C")
            assert type(made) is View and made.tobytes("C") == expected.tobytes("C")
            assert (made.format, made.shape) == (view.format, view.shape)
            assert made.f_contiguous if wanted == "F" else made.c_contiguous
            assert made.strides == strides_of(made.shape, made.itemsize, wanted)
            if is_contiguous(theirs, order):
                kept += 1
                assert made.address == view.address and made.obj is view.obj
                assert made.readonly == view.readonly
            else:
                copied += 1
                assert not made.readonly and not made.overlaps(view)
                assert type(made.obj) is libpybuf.Exporter and numpy.asarray(made.obj).shape == theirs.shape
    assert kept > 300 and copied > 300


NEEDED = re.compile(r"dimension (\d+) has a stride of (-?\d+) where (C|Fortran) order needs (\d+)")


@pytest.mark.parametrize("order", "CFA")
def test_it_is_said_why(libpybuf, View, numpy, order):
    copies = 0
    for layout in generated():
        with layouts.named(layout):
            theirs = layouts.array(numpy, layout)
            view = View(sources.lend(libpybuf, layout)())
            why = view.why_copy(order)
            assert (why is None) == is_contiguous(theirs, order)
            if why is None:
                continue
            copies += 1
            kind = {"C": "a C-ordered", "F": "a Fortran-ordered", "A": "a contiguous"}[order]
            assert why.startswith(f"{kind} copy, because dimension ")
            reasons = NEEDED.findall(why)
            assert [name[0] for _, _, name, _ in reasons] == (["C", "F"] if order == "A" else [order])
            for dim, stride, name, needed in reasons:
                dim, stride, needed = int(dim), int(stride), int(needed)
                assert view.strides[dim] == stride != needed and view.shape[dim] > 1
                assert strides_of(view.shape, view.itemsize, name[0])[dim] == needed
    assert copies > 300


def test_in_c_order_unless_something_else_is_said(libpybuf, View):
    table = View(bytearray(range(6))).reshape(2, 3)
    assert table.why_copy() is None and table.ascontiguous().obj is table.obj
    assert table.T.why_copy() == "a C-ordered copy, because dimension 1 has a stride of 3 where C order needs 1"
    assert table.T.why_copy(order="F") is None and table.T.why_copy("A") is None
    assert table.T.ascontiguous().tolist() == [[0, 3], [1, 4], [2, 5]]
    for wrong in ("K", "", "CF", "c"):
        for method in (table.why_copy, table.ascontiguous):
            with pytest.raises(ValueError, match="'C', 'F' or 'A'"):
                method(wrong)
    for method in (table.why_copy, table.ascontiguous):
        with pytest.raises(TypeError):
            method(5)
        with pytest.raises(TypeError):
            method("C", "F")


def test_the_copy_lives_alone(View):
    memory = bytearray(range(12))
    rows = View(memory).reshape(3, 4)
    columns = rows.T
    copy = columns.ascontiguous()
    columns.release()
    rows.release()
    gc.collect()
    memory.append(12)  # nobody has a buffer of it
    copy[0, 1] = 99
    assert copy[0].tolist() == [0, 99, 8] and memory[4] == 4
    lent = copy.obj
    copy.release()
    assert memoryview(lent)[0, 1] == 99


def test_a_view_of_the_same_memory_shares_its_buffer(View):
    memory = bytearray(8)
    view = View(memory)
    same = view.ascontiguous()
    view.release()
    same[3] = 7
    with pytest.raises(BufferError):
        memory.append(1)
    same.release()
    memory.append(1)
    assert memory[3] == 7


def use(view):
    for order in "CFA":
        view.ascontiguous(order)
        view.why_copy(order)
        with pytest.raises(ValueError):
            view.ascontiguous("no")


def test_nothing_is_counted_twice(View):
    memory = bytearray(24)
    rows = View(memory).reshape(4, 6)
    turned = rows.T
    held = [memory, rows, turned, rows.obj]
    before = [sys.getrefcount(one) for one in held]
    for _ in range(200):
        use(rows)
        use(turned)
    assert [sys.getrefcount(one) for one in held] == before


def test_released_views(View):
    view = View(b"abc")
    view.release()
    for method in (view.ascontiguous, view.why_copy):
        with pytest.raises(ValueError, match="released"):
            method()


def test_what_lies_behind_pointers(libpybuf, View):
    stacked = View(libpybuf.stack((b"abc", b"def")))
    why = "copy, because dimension 0 ends in pointers (suboffsets)"
    for order, kind in (("C", "a C-ordered"), ("F", "a Fortran-ordered"), ("A", "a contiguous")):
        assert stacked.why_copy(order) == f"{kind} {why}"
        copy = stacked.ascontiguous(order)
        assert copy.tolist() == stacked.tolist() and not copy.suboffsets


def test_structs_and_what_nobody_can_read(View, libpybuf):
    bodies = libpybuf.ndarray((2, 3), "T{>i:id:(2)<d:at:}")
    view = View(bodies).T
    view[2, 1] = (5, [0.5, 1.5])
    copy = view.ascontiguous()
    assert copy[2, 1] == (5, [0.5, 1.5]) and copy.format == view.format
    assert copy["id"].shape == (3, 2) and copy["id"].tolist() == view["id"].tolist()


def test_references_to_objects_are_not_copied(View, numpy):
    things = numpy.array([[object(), object()], [object(), object()]], dtype=object)
    view = View(things)
    assert view.ascontiguous().obj is things and view.why_copy() is None
    before = [sys.getrefcount(one) for one in things.ravel()]
    assert "dimension 1 has a stride" in view.T.why_copy()
    with pytest.raises(NotImplementedError, match="references to Python objects"):
        view.T.ascontiguous()
    assert [sys.getrefcount(one) for one in things.ravel()] == before
