"""What CPython's own tests of memoryview do not look at: how the types of views look from
outside, and how they meet the builtin and one another."""

import array
import collections.abc
import copy
import pickle
import re
import sys
import typing

import pybuf
import pytest

KINDS = ["memoryview", "View"]
since = lambda minor, what: pytest.mark.skipif(  # noqa: E731
    sys.version_info < (3, minor), reason=f"{what} came with Python 3.{minor}"
)
RELEASED = "operation forbidden on released memoryview object"


@pytest.fixture(params=KINDS)
def kind(request, libpybuf):
    return getattr(libpybuf, request.param)


def test_the_types_are_the_modules(libpybuf):
    for name in KINDS:
        kind = getattr(libpybuf, name)
        assert name in libpybuf.__all__
        assert (kind.__name__, kind.__qualname__, kind.__module__) == (name, name, "libpybuf")
        assert type(kind) is type and kind.__bases__ == (object,)
        assert repr(kind) == f"<class 'libpybuf.{name}'>"
    assert libpybuf.memoryview is not libpybuf.View is not memoryview


def test_all_has_every_name_that_is_public(libpybuf):
    assert sorted(libpybuf.__all__) == sorted(name for name in vars(libpybuf) if not name.startswith("_"))


def test_memoryview_has_what_the_builtin_has(libpybuf):
    """Of each version."""
    ours, theirs = vars(libpybuf.memoryview), vars(memoryview)
    # What CPython says of its own types, and of those that a module has made.
    assert set(theirs) - set(ours) <= {"__getattribute__"}
    # And what memoryview inherits, or has by way of being indexed.
    more = {"__module__", "__weakref__", "__weaklistoffset__", "__contains__", "__sizeof__", "__iter__", "__reduce_ex__"}
    assert set(ours) - set(theirs) <= more


def test_everything_has_a_docstring(kind):
    assert len(kind.__doc__) > 50
    for name, member in vars(kind).items():
        if not name.startswith("_"):
            assert member.__doc__, name


@since(10, "tobytes(order='C')")
def test_memoryview_has_the_builtins_signatures(libpybuf):
    for name in ("tobytes", "hex", "cast", "tolist", "release", "toreadonly"):
        signature = getattr(libpybuf.memoryview, name).__text_signature__
        assert signature == getattr(memoryview, name).__text_signature__, name


def test_attributes_cannot_be_set(kind):
    view = kind(b"1234")
    for name in "obj nbytes readonly itemsize format ndim shape strides suboffsets contiguous other".split():
        with pytest.raises(AttributeError):
            setattr(view, name, 1)
        with pytest.raises(AttributeError):
            delattr(view, name)
    with pytest.raises(AttributeError):
        view.__dict__  # noqa: B018


@since(10, "an immutable type")
def test_the_type_cannot_be_changed(kind):
    with pytest.raises(TypeError, match="immutable"):
        kind.tolist = None
    with pytest.raises(TypeError):
        del kind.tolist


def test_it_is_final(kind):
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Other", (kind,), {})
    with pytest.raises(TypeError):
        kind.__new__(memoryview, b"some")
    with pytest.raises(TypeError):
        kind.__new__(object)
    with pytest.raises(TypeError):
        object.__new__(kind)


def outcome(call):
    try:
        return "a value", call()
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize(
    "arguments, names",
    [((), {}), ((5,), {}), ((b"1", b"2"), {}), ((), {"other": b"1"}), ((b"1",), {"object": b"1"}), ((None,), {}), (("s",), {})],
)
def test_what_cannot_be_shown_is_refused_as_the_builtin_does(libpybuf, arguments, names):
    theirs = outcome(lambda: memoryview(*arguments, **names))
    assert theirs[0] is TypeError
    for kind in (libpybuf.memoryview, libpybuf.View):
        assert outcome(lambda kind=kind: kind(*arguments, **names)) == theirs


def test_its_argument_may_be_named(kind):
    assert kind(object=b"some").tobytes() == b"some"


def test_it_is_a_sequence(kind):
    view = kind(b"1234")
    assert isinstance(view, collections.abc.Sequence) and issubclass(kind, collections.abc.Sequence)
    assert not isinstance(view, collections.abc.MutableSequence)
    assert isinstance(view, collections.abc.Hashable) and isinstance(view, collections.abc.Sized)
    assert list(reversed(view)) == list(b"4321") and max(view) == ord("4") and sum(view) == sum(b"1234")
    one, *others, last = view
    assert (one, others, last) == (ord("1"), list(b"23"), ord("4"))


@since(12, "collections.abc.Buffer")
def test_it_is_a_buffer(kind):
    assert isinstance(kind(b"1234"), collections.abc.Buffer)


@since(10, "match")
def test_it_is_matched_as_a_sequence(kind):
    found = {}
    exec(
        "match view:\n"
        "    case [first, *rest]: found = first, rest\n"
        "match [view]:\n"
        "    case [bytes() | str()]: found = None\n",
        given := {"view": kind(b"123"), "found": found},
    )
    assert given["found"] == (ord("1"), list(b"23"))


@since(14, "a generic memoryview")
def test_a_generic_alias(libpybuf):
    alias = libpybuf.memoryview[int]
    assert typing.get_origin(alias) is libpybuf.memoryview and typing.get_args(alias) == (int,)


def test_it_is_neither_pickled_nor_copied(kind):
    view = kind(b"1234")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="cannot pickle"):
            pickle.dumps(view, protocol)
    for way in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot pickle"):
            way(view)


EXPORTERS = {
    "bytes": b"some contents of bytes",
    "bytearray": bytearray(b"some contents"),
    "array": array.array("d", [0.5, 1.5, -1.0]),
    "rows": memoryview(bytearray(range(24))).cast("B", (2, 3, 4)),
    "strided": memoryview(bytearray(range(24)))[::-2],
    "scalar": memoryview(b"12345678").cast("d", ()),
    "empty": b"",
}
SHOWN = "nbytes readonly itemsize format ndim shape strides suboffsets c_contiguous f_contiguous contiguous".split()


def seen(view):
    return [getattr(view, name) for name in SHOWN] + [view.tolist(), view.tobytes(), view.tobytes("F")]


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_builtin_and_ours_show_one_another(libpybuf, name):
    exporter = EXPORTERS[name]
    expected = seen(memoryview(exporter))
    for first in (libpybuf.memoryview, libpybuf.View, memoryview):
        for second in (libpybuf.memoryview, libpybuf.View, memoryview):
            one = first(exporter)
            other = second(one)
            assert type(other) is second
            assert seen(other) == seen(one) == expected
            assert one == other and other == one and not one != other  # noqa: SIM202
            assert other == exporter and exporter == other
            if (first is memoryview) != (second is memoryview):
                # A lender of the other library's is an object like any other.
                assert other.obj is one
                with pytest.raises(BufferError, match="1 exported buffer"):
                    one.release()
            else:
                assert other.obj is one.obj
                one.release()
                assert other.tobytes() == memoryview(exporter).tobytes()
            other.release()
            one.release()


def test_equality_with_the_builtin_goes_both_ways(kind):
    ours, theirs = kind(b"\1\0\0\0"), memoryview(array.array("i", [1]))
    assert ours != theirs and theirs != ours
    assert ours.cast("i") != b"\1\0\0\0" or sys.byteorder != "little"
    assert kind(theirs) == theirs == kind(array.array("i", [1]))
    assert ours.__eq__(5) is NotImplemented and ours.__lt__(theirs) is NotImplemented
    with pytest.raises(TypeError, match="not supported between"):
        ours < theirs  # noqa: B015
    assert {ours: 1}[kind(b"\1\0\0\0")] == 1 and hash(ours) == hash(b"\1\0\0\0")


def test_a_released_view(kind):
    """What still works, and that nothing else does."""
    view, other = kind(b"1234"), kind(b"1234")
    known = hash(view)
    view.release()
    view.release()
    assert re.fullmatch(r"<released memory at 0x[0-9a-f]+>", repr(view))
    assert re.fullmatch(r"<memory at 0x[0-9a-f]+>", repr(other))
    assert view == view and view != other and other != view and view != b"1234"
    assert hash(view) == known
    view.__exit__(None, None, None)
    refused = [lambda name=name: getattr(view, name) for name in [*SHOWN, "obj"]]
    refused += [view.tolist, view.tobytes, view.hex, view.toreadonly, view.__enter__, lambda: view.cast("B")]
    refused += [lambda: view[0], lambda: view[:], lambda: view[()], lambda: 1 in view, lambda: iter(view), lambda: len(view)]
    refused += [lambda: kind(view), lambda: memoryview(view), lambda: bytes(view), lambda: view.__setitem__(0, 1)]
    for call in refused:
        if sys.version_info < (3, 10) and outcome(call)[0] == "a value":
            # An old iterator asks for its first item only when that is wanted.
            call = lambda call=call: list(call())  # noqa: E731
        assert outcome(call) == (ValueError, RELEASED)


def test_with(kind):
    data = bytearray(b"1234")
    with kind(data) as view, view[1:] as part:
        assert part.tolist() == list(b"234")
        with pytest.raises(BufferError):
            data.append(0)
    data.append(0)
    with pytest.raises(ValueError, match=RELEASED), view:
        pass
    with pytest.raises(ZeroDivisionError), kind(data) as view:
        1 / 0  # noqa: B018
    data.append(0)
    with pytest.raises(BufferError, match="memoryview has 2 exported buffers"), kind(data) as view:
        kept = memoryview(view), memoryview(view)
    for it in kept:
        it.release()
    view.release()


@since(12, "__buffer__")
def test_the_protocol_in_python(kind):
    view = kind(bytearray(b"1234"))
    buffer = view.__buffer__(0x11C)
    assert type(buffer) is memoryview and buffer.obj is view and buffer == view
    with pytest.raises(BufferError):
        view.release()
    view.__release_buffer__(buffer)
    assert "released" in repr(buffer)
    with pytest.raises(ValueError, match="has already been released"):
        view.__release_buffer__(buffer)
    with pytest.raises(TypeError, match="expected a memoryview object"):
        view.__release_buffer__(b"other")
    with pytest.raises(ValueError, match="memoryview's buffer is not this object"):
        view.__release_buffer__(memoryview(b"other"))
    with pytest.raises(OverflowError):
        view.__buffer__(1 << 40)
    with pytest.raises(BufferError, match="not writable"):
        kind(b"1234").__buffer__(1)
    view.release()


@since(12, "__buffer__")
@pytest.mark.parametrize("returned", [memoryview, *KINDS])
def test_a_class_whose_buffer_is_a_view(kind, libpybuf, returned):
    returned = getattr(libpybuf, returned) if isinstance(returned, str) else returned
    asked, released = [], []

    class Exporter:
        def __buffer__(self, flags):
            asked.append(flags)
            return returned(bytearray(b"1234"))

        def __release_buffer__(self, view):
            released.append(type(view))
            view.release()

    view = kind(exporter := Exporter())
    assert view.tobytes() == b"1234" and asked == [0x11C]
    part = view[1:]
    view.release()
    assert released == []
    part.release()
    assert released == [returned]
    assert kind(exporter) == b"1234" and b"1234" == kind(exporter)


@since(12, "__buffer__")
def test_a_buffer_method_that_returns_something_else(kind):
    class Exporter:
        def __buffer__(self, flags):
            return b"1234"

    assert outcome(lambda: kind(Exporter())) == outcome(lambda: memoryview(Exporter()))


@since(12, "_from_flags")
def test_from_flags(kind):
    data = bytearray(b"12345678")
    for flags in (pybuf.SIMPLE, pybuf.WRITABLE, pybuf.FULL, pybuf.FULL_RO, pybuf.ND | pybuf.FORMAT):
        ours, theirs = kind._from_flags(data, flags), memoryview._from_flags(data, flags)
        assert type(ours) is kind and seen(ours) == seen(theirs) and ours.obj is theirs.obj is data
    for arguments in ((data,), (), (data, "1"), (data, 1 << 40), (b"1", pybuf.WRITABLE), (5, 0), (data, 0, 0)):
        ours, theirs = outcome(lambda: kind._from_flags(*arguments)), outcome(lambda: memoryview._from_flags(*arguments))
        assert ours[0] is theirs[0]
    assert kind._from_flags(object=data, flags=0) == data
    del ours, theirs


def test_other_libraries_take_it(kind, libpybuf, numpy):
    view = kind(bytearray(range(24))).cast("h", (3, 4))
    read = numpy.asarray(view)
    assert read.shape == (3, 4) and read.dtype == "h" and read.tolist() == view.tolist()
    read[1, 2] = 77
    assert view[1, 2] == 77
    with pytest.raises(BufferError):
        view.release()
    del read
    view.release()
    assert bytes(kind(b"1234")) == bytearray(kind(b"1234")) == b"".join([kind(b"12"), kind(b"34")])
    assert int.from_bytes(kind(b"\1\2"), "big") == 258 and re.match(b"1", kind(b"1234"))[0] == b"1"
    assert bytes(libpybuf.bytes(kind(b"1234"))) == b"1234"
