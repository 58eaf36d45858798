"""Every combination of flags, against CPython's own exporters of the same memory.

Over every sort of layout our exporter succeeds and fails where the reference exporter of
CPython's test suite does, and fills in the same. Where ours is meant to differ, it follows
another exporter of CPython's, and that is compared as well:

- FORMAT without ND of one dimension in C order: the reference refuses, `array.array` and
  `bytes` answer, and so do we.
- One dimension without items, by an odd stride: the reference calls it contiguous, and
  memoryview does not, nor do we.
- Exactly READ or WRITE: SystemError from CPython 3.13 on, and from us always.
"""

import array
import dataclasses
import sys

import layouts
import pybuf
import pytest

FLAGS = range(0x400)
NOT_A_REQUEST = (pybuf.READ, pybuf.WRITE)
SINCE_313 = sys.version_info >= (3, 13)


def outcome(source, flags):
    """The filled fields, or the class of the exception. `buf` is None: whose memory it is
    the exporters do not agree on."""
    try:
        with pybuf.buffer_of(source, flags) as buffer:
            fields = buffer.fields()
            assert fields.pop("buf")
            assert buffer.obj
            return fields
    except (BufferError, SystemError) as error:
        return type(error)


def asks_for_format_only(flags):
    return flags & pybuf.FORMAT and not flags & pybuf.ND


def differ(ours, theirs, flags_to_compare):
    """Flags, with both outcomes, where the two are not the same."""
    pairs = {flags: (outcome(ours, flags), outcome(theirs, flags)) for flags in flags_to_compare}
    succeeded = [flags for flags, (mine, _) in pairs.items() if isinstance(mine, dict)]
    assert succeeded, "nothing was answered at all"
    return {hex(flags): pair for flags, pair in pairs.items() if pair[0] != pair[1]}


def in_c_order(layout):
    return layout.ndim == 1 and (layout.shape[0] == 1 or layout.strides[0] == layout.itemsize)


def is_empty_by_an_odd_stride(layout):
    return layout.shape == (0,) and layout.strides != (layout.itemsize,)


def comparable_flags(layout):
    """All but those that are meant to differ from the reference."""
    for flags in FLAGS:
        if flags in NOT_A_REQUEST:
            continue
        if asks_for_format_only(flags) and in_c_order(layout):
            continue
        yield flags


KINDS = layouts.kinds()
AS_REFERENCE = [name for name, layout in KINDS.items() if not is_empty_by_an_odd_stride(layout)]
RANDOM = [layout for layout in layouts.regular(31, 100) if not is_empty_by_an_odd_stride(layout)]


@pytest.mark.parametrize("name", AS_REFERENCE)
def test_as_the_reference_exporter(testbuffer, name):
    layout = KINDS[name]
    theirs = layouts.reference(testbuffer, layout)
    assert differ(layouts.lent(layout), theirs, comparable_flags(layout)) == {}


@pytest.mark.parametrize("name", KINDS)
def test_as_a_memoryview_of_the_reference(testbuffer, name):
    layout = KINDS[name]
    theirs = memoryview(layouts.reference(testbuffer, layout))
    assert differ(layouts.lent(layout), theirs, comparable_flags(layout)) == {}


@pytest.mark.parametrize("layout", RANDOM, ids=str)
def test_random_layouts_as_the_reference(testbuffer, layout):
    theirs = layouts.reference(testbuffer, layout)
    assert differ(layouts.lent(layout), theirs, comparable_flags(layout)) == {}


@pytest.mark.parametrize("layout", layouts.regular(32, 100), ids=str)
def test_random_layouts_as_a_memoryview(testbuffer, layout):
    theirs = memoryview(layouts.reference(testbuffer, layout))
    assert differ(layouts.lent(layout), theirs, comparable_flags(layout)) == {}


@pytest.mark.parametrize("code", "bBhHiIlLqQfd")
@pytest.mark.parametrize("length", [0, 1, 7])
def test_one_dimension_as_array(code, length):
    theirs = array.array(code, [0] * length)
    layout = layouts.contiguous(code, (length,))
    flags = [flags for flags in FLAGS if flags not in NOT_A_REQUEST]
    assert differ(layouts.lent(layout), theirs, flags) == {}


@pytest.mark.parametrize("contents", [b"", b"x", b"bytes of Python's"])
def test_bytes_as_bytes(libpybuf, contents):
    flags = FLAGS if SINCE_313 else [flags for flags in FLAGS if flags not in NOT_A_REQUEST]
    assert differ(libpybuf.bytes(contents), contents, flags) == {}


@pytest.mark.parametrize("flags", NOT_A_REQUEST)
@pytest.mark.parametrize("name", KINDS)
def test_what_is_no_request(testbuffer, name, flags):
    assert outcome(layouts.lent(KINDS[name]), flags) is SystemError
    if SINCE_313:
        assert outcome(layouts.reference(testbuffer, KINDS[name]), flags) is SystemError


@pytest.mark.parametrize("name", KINDS)
def test_natively_as_through_python(name):
    """The same handle, asked by pybuf_getbuffer."""
    layout = KINDS[name]
    exporter = layouts.exporter(layout)
    lent = pybuf.object_of(exporter)
    for flags in FLAGS:
        try:
            with pybuf.buffer_of(exporter, flags) as buffer:
                assert not buffer.obj
                native = buffer.fields()
        except pybuf.Failure as failure:
            native = {pybuf.BUFFER: BufferError, pybuf.SYSTEM: SystemError}[failure.code]
        else:
            with pybuf.buffer_of(lent, flags) as buffer:
                assert native == buffer.fields(), hex(flags)
            continue
        assert native is outcome(lent, flags), hex(flags)
    pybuf.lib.exporter_unref(exporter)


def indirect(testbuffer, readonly):
    flags = testbuffer.ND_PIL | (0 if readonly else testbuffer.ND_WRITABLE)
    return testbuffer.ndarray(list(range(24)), shape=[2, 3, 4], format="B", flags=flags)


@pytest.mark.parametrize("readonly", [False, True])
def test_suboffsets_lent_on_as_by_a_memoryview(testbuffer, readonly):
    source = indirect(testbuffer, readonly)
    wanted = pybuf.want(indirect=1, writable=not readonly)
    with pybuf.View.of(source, wanted) as view:
        assert view.suboffsets == (0, -1, -1)
        ours = view.object()
    flags = [flags for flags in FLAGS if flags not in NOT_A_REQUEST]
    assert differ(ours, memoryview(source), flags) == {}
    assert bytes(ours) == bytes(range(24))


@pytest.mark.parametrize("name", KINDS)
def test_views_lent_on_as_by_a_memoryview(testbuffer, name):
    """A view of CPython's exporter, lent on by an exporter of ours."""
    layout = KINDS[name]
    source = layouts.reference(testbuffer, layout)
    with pybuf.View.of(source, pybuf.want(indirect=1, writable=layout.writable)) as view:
        ours = view.object()
    assert differ(ours, memoryview(source), comparable_flags(layout)) == {}


def test_a_view_to_read_is_lent_on_read_only(testbuffer):
    source = layouts.reference(testbuffer, KINDS["2-d in C order"])
    with pybuf.View.of(source) as view:
        ours = view.object()
    frozen = dataclasses.replace(KINDS["2-d in C order"], readonly=True)
    theirs = layouts.reference(testbuffer, frozen)
    assert differ(ours, theirs, comparable_flags(frozen)) == {}


REFUSALS = [
    (layouts.contiguous("B", (4,), readonly=True), pybuf.WRITABLE, "read-only"),
    (layouts.contiguous("i", (2, 3), "F"), pybuf.C_CONTIGUOUS, r"C-contiguous.*shape \(2, 3\), strides \(4, 8\)"),
    (layouts.contiguous("i", (2, 3)), pybuf.F_CONTIGUOUS, "Fortran-contiguous"),
    (layouts.strided("i", (6,), (8,)), pybuf.ANY_CONTIGUOUS, "contiguous buffer"),
    (layouts.strided("i", (6,), (8,)), pybuf.ND, "C order without strides.*PyBUF_STRIDES"),
    (layouts.contiguous("i", (2, 3)), pybuf.FORMAT, "format without a shape.*PyBUF_ND"),
]


@pytest.mark.parametrize("layout, flags, text", REFUSALS)
def test_a_refusal_says_what_was_asked_what_is_there_and_what_would_do(layout, flags, text):
    with pytest.raises(BufferError, match=text) as refused:
        pybuf.PyObject_GetBuffer(layouts.lent(layout), pybuf.Py_buffer(), flags)
    assert "would do" in str(refused.value)


def test_a_refusal_leaves_the_buffer_without_an_owner():
    buffer = pybuf.Py_buffer(obj=1, internal=1)
    with pytest.raises(BufferError):
        pybuf.PyObject_GetBuffer(layouts.lent(KINDS["1-d every other"]), buffer, pybuf.SIMPLE)
    assert not buffer.obj and not buffer.internal
