"""The type libpybuf.Array: its values, how it shows itself, what it equals, how it is copied.

What it shares with array.array and bytearray is in test_array_oracle.py.
"""

import array
import copy
import gc
import inspect
import math
import pickle
import random
import struct
import sys
import weakref

import pybuf
import pytest

STRUCT_CODES = ["?", "e", "n", "N", *"bBhHiIlLqQfd"]


def refused(call, exception, text):
    with pytest.raises(exception) as refusal:
        call()
    assert text in str(refusal.value)


@pytest.mark.parametrize("code", STRUCT_CODES)
def test_items_are_packed_as_struct_packs_them(libpybuf, code):
    size = 8 * struct.calcsize(code)
    if code in "efd":
        values = [0.0, -0.0, 1.0, -2.5, 65504.0, 2.0**-24, 2.0**-25, 3 * 2.0**-26, math.inf, -math.inf, 1 / 3]
        values += [random.Random(code).uniform(-70, 70) for _ in range(200)]
    elif code == "?":
        values = [True, False]
    else:
        low = -(1 << size - 1) if code.islower() else 0
        values = [low, low + 1, 0, 1, 77, low + (1 << size) - 1]
    ours = libpybuf.array(code, values)
    packed = struct.pack(f"{len(values)}{code}", *values)
    assert ours.tobytes() == packed
    assert ours.tolist() == list(struct.unpack(f"{len(values)}{code}", packed))
    assert [type(item) for item in ours] == [type(ours[0])] * len(values)


def test_float16_rounds_as_struct_does(libpybuf):
    """All numbers in the middle of two float16, and their neighbours."""
    ladder = struct.unpack("31744e", struct.pack("31744H", *range(0x7C00)))
    numbers = []
    for below, above in zip(ladder, ladder[1:]):
        middle = (below + above) / 2
        numbers += [middle, -middle, middle * (1 + 2**-52), middle * (1 - 2**-53)]
    assert libpybuf.array("e", numbers).tobytes() == struct.pack(f"{len(numbers)}e", *numbers)
    for number in (65520.0, -65520.0, 1e300):
        with pytest.raises(OverflowError, match="too large to pack with e format"):
            struct.pack("e", number)
        refused(lambda: libpybuf.array("e", [number]), OverflowError, "too large to pack with e format")


@pytest.mark.parametrize("code, part", [("F", "f"), ("D", "d"), ("Zf", "f"), ("Zd", "d")])
def test_complex_items_are_two_floats(libpybuf, code, part):
    class Complex:
        def __complex__(self):
            return 3 - 4j

    ours = libpybuf.array(code, [1.5 - 2j, 7, -0.5, True, Complex()])
    assert ours.tolist() == [1.5 - 2j, 7, -0.5, 1, 3 - 4j]
    assert ours.tobytes() == struct.pack(f"10{part}", 1.5, -2, 7, 0, -0.5, 0, 1, 0, 3, -4)
    assert (ours.typecode, ours.format, ours.itemsize) == (code, code, 2 * struct.calcsize(part))
    refused(lambda: ours.append("1j"), TypeError, "str")
    ours[0] = -1j
    assert ours[0] == -1j and type(ours[0]) is complex


def test_truth_values_are_taken_of_anything(libpybuf):
    ours = libpybuf.array("?", [[], [1], "", "x", 0.0, 2, None])
    assert ours.tolist() == [False, True, False, True, False, True, False]
    assert ours[1] is True


class Number:
    def __index__(self):
        return 65

    def __float__(self):
        return 0.5


def test_which_objects_are_numbers(libpybuf):
    assert libpybuf.array("i", [Number(), True]).tolist() == [65, 1]
    assert libpybuf.array("d", [Number(), True, 3]).tolist() == [0.5, 1.0, 3.0]
    assert libpybuf.bytearray([Number()]).tobytes() == b"A"
    for code, value in [("i", 1.0), ("i", "1"), ("i", None), ("d", "1"), ("d", 1j), ("f", None), ("Q", 1.0)]:
        refused(lambda: libpybuf.array(code, [value]), TypeError, type(value).__name__)
    refused(lambda: libpybuf.array("d", [10**400]), OverflowError, "too large")
    refused(lambda: libpybuf.array("q", [-(10**400)]), OverflowError, "less than minimum")
    refused(lambda: libpybuf.array("Q", [10**400]), OverflowError, "greater than maximum")
    refused(lambda: libpybuf.array("b", [200]), OverflowError, "200 is not in -128 to 127")


def test_characters(libpybuf):
    text = "aé€\U0001f40d\ud800\0"
    ours = libpybuf.array("w", text)
    assert (ours.tounicode(), ours.tolist(), ours[3]) == (text, list(text), "\U0001f40d")
    assert memoryview(ours).format == "w"
    assert repr(libpybuf.array("w", "it's é")) == "libpybuf.array('w', \"it's é\")"
    for value, what in [(65, "int"), ("", "a string of length 0"), ("ab", "a string of length 2")]:
        refused(lambda: ours.append(value), TypeError, f"array item must be a unicode character, not {what}")
    refused(libpybuf.array("i").tounicode, ValueError, "unicode type arrays")


def test_a_number_that_is_no_character(libpybuf):
    ours = libpybuf.array("w", struct.pack("2I", 65, 0x110000))
    assert ours[0] == "A"
    for call in (lambda: ours[1], ours.tolist, ours.tounicode):
        refused(call, ValueError, "U+110000 is not in range")
    assert repr(ours) == "libpybuf.array('w', [0x41, 0x110000])"


def test_u_is_what_wchar_t_is(libpybuf):
    ours = libpybuf.array("u", "abc")
    assert ours.itemsize == array.array("u" if sys.version_info < (3, 13) else "w").itemsize == 4
    assert ours.typecode == "w" and ours.tounicode() == "abc"


def test_how_it_shows_itself(libpybuf):
    for source in ("array('i')", "array('i', [1, -2, 3])", "array('d', [1.5, nan])", "array('?', [True])"):
        assert repr(eval(f"libpybuf.{source}", {"libpybuf": libpybuf, "nan": math.nan})) == f"libpybuf.{source}"
    assert repr(libpybuf.bytearray(b"a'b\0")) == 'libpybuf.bytearray(b"a\'b\\x00")'
    assert repr(libpybuf.bytearray()) == "libpybuf.bytearray(b'')"
    assert str(libpybuf.array("Zf", [1j])) == "libpybuf.array('Zf', [1j])"


def test_a_long_one_is_shown_by_its_ends(libpybuf):
    full, long = libpybuf.array("i", range(1000)), libpybuf.array("i", range(10**6))
    assert repr(full) == f"libpybuf.array('i', {list(range(1000))})"
    assert repr(long).startswith("libpybuf.array('i', [0, 1, 2,")
    assert ", ..., " in repr(long) and repr(long).endswith(", 999999])")
    assert len(repr(long)) < 400
    assert repr(libpybuf.bytearray(b"ab" * 5000)) == f"libpybuf.bytearray({b'ab' * 5} ... {b'ab' * 5})"


def test_what_it_equals(libpybuf, numpy):
    ours = libpybuf.array("i", [1, 2, 300])
    equal = [
        libpybuf.array("i", [1, 2, 300]),
        libpybuf.array("d", [1, 2, 300]),
        array.array("i", [1, 2, 300]),
        array.array("Q", [1, 2, 300]),
        memoryview(array.array("h", [300, 2, 1]))[::-1],
        numpy.array([1, 2, 300], ">i8").data,
        pybuf.lent_object(struct.pack(">3h", 1, 2, 300), format=b">h"),
    ]
    for other in equal:
        assert ours == other and other == ours and not ours != other, other
    different = [
        libpybuf.array("i", [1, 2]),
        libpybuf.array("i", [1, 2, 301]),
        array.array("d", [1, 2, 300.5]),
        b"",
        memoryview(bytes(12)).cast("B", [3, 4]),
        [1, 2, 300],
        (1, 2, 300),
        None,
        1,
    ]
    for other in different:
        assert ours != other and not ours == other, other
    assert libpybuf.bytearray(b"ab") == b"ab" == libpybuf.array("b", b"ab")


def test_equality_is_exact_and_nan_is_equal_to_nothing(libpybuf):
    assert libpybuf.array("q", [2**53 + 1]) != libpybuf.array("d", [2**53])
    assert libpybuf.array("Q", [2**63]) == libpybuf.array("d", [2**63])
    assert libpybuf.array("q", [-1]) != libpybuf.array("Q", [2**64 - 1])
    nan = libpybuf.array("d", [math.nan])
    assert nan != nan and not nan == nan and math.nan not in nan
    assert libpybuf.array("d", [0.0]) == libpybuf.array("d", [-0.0])
    assert libpybuf.array("w", "A") != libpybuf.array("i", [65])
    assert libpybuf.array("Zd", [2]) == libpybuf.array("i", [2]) != libpybuf.array("Zd", [2 + 1j])


def test_a_released_memoryview_is_equal_to_nothing(libpybuf):
    view = memoryview(b"ab")
    view.release()
    assert libpybuf.bytearray(b"ab") != view


def test_an_order_is_not_defined(libpybuf):
    with pytest.raises(TypeError, match="not supported"):
        libpybuf.array("i") < libpybuf.array("i")


def test_it_cannot_be_hashed(libpybuf):
    refused(lambda: hash(libpybuf.array("i")), TypeError, "unhashable type: 'libpybuf.Array'")


@pytest.mark.parametrize("copying", [copy.copy, copy.deepcopy])
def test_it_is_copied(libpybuf, copying):
    for ours in (libpybuf.array("d", [1, 2]), libpybuf.bytearray(b"ab")):
        copied = copying(ours)
        assert (copied, repr(copied), type(copied)) == (ours, repr(ours), libpybuf.Array)
        copied.append(3)
        assert len(ours) == 2
    refused(lambda: copied.append(256), ValueError, "byte must be in range(0, 256)")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused(libpybuf, protocol):
    refused(lambda: pickle.dumps(libpybuf.array("i"), protocol), TypeError, "cannot pickle 'libpybuf.Array' object")


def test_it_cannot_be_made_by_its_type(libpybuf):
    refused(lambda: libpybuf.Array("i"), TypeError, "use libpybuf.array() or libpybuf.bytearray()")
    with pytest.raises(TypeError):
        object.__new__(libpybuf.Array)
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Derived", (libpybuf.Array,), {})


def test_typecodes_that_there_are_not(libpybuf):
    for code in ("z", "", "ii", "<i", "O", "c", "P", "i "):
        refused(lambda: libpybuf.array(code), ValueError, f"bad typecode '{code}'")
    for code in (5, None, b"i"):
        refused(lambda: libpybuf.array(code), TypeError, "typecode")


def test_its_functions_show_their_arguments(libpybuf):
    assert str(inspect.signature(libpybuf.array)) == "(typecode, items=())"
    assert str(inspect.signature(libpybuf.bytearray)) == "(source=0)"
    assert str(inspect.signature(libpybuf.array("i").append)) == "(item, /)"
    for name in ("append", "extend", "insert", "pop", "resize", "tounicode"):
        assert getattr(libpybuf.Array, name).__doc__, name


def test_resize_adds_zeros_and_takes_the_last_ones(libpybuf):
    ours = libpybuf.array("h", [1, 2, 3])
    ours.resize(5)
    assert ours.tolist() == [1, 2, 3, 0, 0]
    ours.resize(2)
    assert ours.tolist() == [1, 2]
    ours.clear()
    assert ours.tolist() == [] and len(ours) == 0
    refused(lambda: ours.resize(-1), ValueError, "the new size is -1")
    refused(lambda: ours.resize(1 << 80), OverflowError, "")
    refused(lambda: ours.resize(1 << 62), OverflowError, "do not fit the address space")
    refused(lambda: ours.resize("1"), TypeError, "str")
    refused(lambda: libpybuf.bytearray(sys.maxsize // 2), MemoryError, "memory")


def test_items_from_buffers(libpybuf):
    ours = libpybuf.array("i", [1])
    ours.extend(memoryview(array.array("i", range(6)))[::-2])
    assert ours.tolist() == [1, 5, 3, 1]
    ours[1:3] = memoryview(array.array("i", [7, 8, 9]))
    assert ours.tolist() == [1, 7, 8, 9, 1]
    ours.frombytes(struct.pack("2i", 11, 12))
    assert ours[-2:].tolist() == [11, 12]
    refused(lambda: ours.frombytes(b"abc"), ValueError, "bytes length not a multiple of item size")
    refused(lambda: ours.frombytes([1]), TypeError, "a bytes-like object is required, not 'list'")
    ours[:] = b"\1\2"
    assert ours.tolist() == [1, 2]
    plain = libpybuf.bytearray(b"-")
    plain.extend(memoryview(bytes(range(6))).cast("B", [2, 3]))
    plain.extend(array.array("H", [0x4142]))
    assert plain.tobytes() == b"-\0\1\2\3\4\5" + struct.pack("H", 0x4142)


@pytest.mark.parametrize("kind", ["array", "libpybuf"])
def test_an_array_of_another_kind_is_refused_unless_it_is_the_first(libpybuf, kind):
    """Of the same size, too: it would be other numbers."""
    make = array.array if kind == "array" else libpybuf.array
    for code, other in [("q", "d"), ("d", "q"), ("b", "B"), ("i", "b")]:
        ours, theirs = libpybuf.array(code, [1, 2]), make(other, [3, 4])
        changes = [ours.extend, ours.__iadd__, lambda items: ours.__setitem__(slice(0, 1), items)]
        for change in changes:
            refused(lambda: change(theirs), TypeError, "array of same kind")
        assert ours.tolist() == [1, 2]
    assert libpybuf.array("d", make("q", [3, 4])).tolist() == [3.0, 4.0]
    refused(lambda: libpybuf.array("q", make("d", [3, 4])), TypeError, "float")


def test_all_items_are_added_or_none(libpybuf):
    for change in (libpybuf.Array.extend, lambda ours, items: ours.__setitem__(slice(0, 1), items)):
        ours = libpybuf.array("b", [1, 2])
        with pytest.raises(OverflowError):
            change(ours, [3, 4, 500])
        assert ours.tolist() == [1, 2]


def test_an_extended_slice_keeps_its_length(libpybuf):
    ours = libpybuf.array("i", range(6))
    ours[::2] = [10, 20, 30]
    assert ours.tolist() == [10, 1, 20, 3, 30, 5]
    for items in ([1], [1, 2, 3, 4]):
        refused(lambda: ours.__setitem__(slice(None, None, 2), items), ValueError, "to an extended slice of 3")
    assert len(ours) == 6


def test_no_items_in_an_extended_slice_take_it_out(libpybuf):
    """As CPython's do, unlike a list."""
    ours = libpybuf.array("i", range(6))
    ours[::2] = []
    assert ours.tolist() == [1, 3, 5]


def test_weak_references_and_the_collector(libpybuf):
    ours = libpybuf.array("i", [1])
    died = []
    reference = weakref.ref(ours, died.append)
    assert reference() is ours and not gc.is_tracked(ours)
    del ours
    assert reference() is None and died == [reference]


def test_no_reference_is_lost_or_kept(libpybuf):
    """Of values, keys, sources, and of the type, whether it works or not."""
    value, index, source = 12345678, 10**15, [1, 2, 3]
    ours, kind = libpybuf.array("q", [value]), libpybuf.Array
    counted = [value, index, source, kind, None, slice]

    def work():
        ours.append(value)
        ours[0] = value
        ours.extend(source)
        ours[1:] = source
        for call in (lambda: ours[index], lambda: ours.append(source), lambda: ours.extend([value, "x"])):
            try:
                call()
            except (IndexError, TypeError):
                pass
            else:
                raise AssertionError
        del ours[1:]
        list(ours), ours.tolist(), ours.tobytes(), ours[:], ours == source, ours == ours, value in ours, repr(ours)
        ours.index(value), ours.count(source), copy.copy(ours), ours.pop(), ours.append(value)

    def counts():
        gc.collect()
        return [sys.getrefcount(it) for it in counted]

    work()
    before = counts()
    for _ in range(200):
        work()
    after = counts()
    # Others may come and go; one in each round is 200.
    assert all(abs(one - two) < 20 for one, two in zip(before, after)), (before, after)


def test_an_array_of_native_code(libpybuf):
    """What is made natively is the same in Python."""
    ours = libpybuf.array("h", [1, 2, 3])
    assert (ours.shape, ours.strides, ours.nbytes, ours.readonly) == ((3,), (2,), 6, False)
    with pybuf.View.of(ours, pybuf.want(writable=1)) as view:
        view.write((1,), struct.pack("h", -5))
        assert (view.format, view.shape) == ("h", (3,))
    assert ours.tolist() == [1, -5, 3]
