"""`libpybuf.View` against NumPy, `struct` and CPython's reference exporter.

Cases are random: keys, sources, shapes and dtypes. What NumPy does with the same memory is right,
apart from what a comment names.
"""

import array
import gc
import itertools
import random
import struct
import sys

import pytest

from dtypes import Dtypes, text_of
from test_format_numpy_values import plain, random_item

CASES = 400


@pytest.fixture
def View(libpybuf):
    return libpybuf.View


def random_array(numpy, chance, dtype=None, empty=True):
    """Some array, walked in steps or backwards, with its axes in any order."""
    ndim = chance.choice([0, 1, 1, 2, 2, 3, 4])
    lengths = [0, 1, 2, 3, 4, 5] if empty and chance.random() < 0.2 else [1, 2, 3, 4, 5]
    shape = [chance.choice(lengths) for _ in range(ndim)]
    steps = [chance.choice([1, 1, 1, 2, -1, -2]) for _ in range(ndim)]
    whole = numpy.zeros([length * abs(step) for length, step in zip(shape, steps)], dtype or "i4")
    whole.reshape(-1)[:] = [chance.randrange(100) for _ in range(whole.size)]
    part = whole[(..., *(slice(None, None, step) for step in steps))]
    return part.transpose(chance.sample(range(ndim), ndim))


def random_key(chance, shape, wrong=True):
    """Some mix of indices, slices, an ellipsis and new axes; sometimes it does not fit."""

    def bound(length):
        return chance.choice([None, None, chance.randrange(-length - 2, length + 3)])

    parts = []
    for length in shape:
        if chance.random() < 0.4 and length:
            outside = wrong and chance.random() < 0.03
            parts.append(length if outside else chance.randrange(-length, length))
        else:
            parts.append(slice(bound(length), bound(length), chance.choice([None, 1, 1, 2, 3, -1, -2])))
    start, stop = sorted(chance.randint(0, len(shape)) for _ in range(2))
    how = chance.random()
    if how < 0.3:
        parts[start:stop] = [...]
    elif how < 0.5:
        del parts[start:]
    for _ in range(chance.choice([0, 0, 0, 1, 2])):
        parts.insert(chance.randint(0, len(parts)), None)
    if wrong and chance.random() < 0.03:
        parts += [0] * 5
    return parts[0] if len(parts) == 1 and chance.random() < 0.8 else tuple(parts)


def outcome(function):
    try:
        return None, function()
    except (IndexError, ValueError) as error:
        return type(error), None


def same_memory(view, other):
    assert view.shape == other.shape and view.tolist() == other.tolist()
    assert view.itemsize == other.itemsize and view.nbytes == other.nbytes
    if other.size:
        assert view.address == other.__array_interface__["data"][0]


@pytest.mark.parametrize("seed", range(4))
def test_keys(numpy, View, seed):
    chance, views, items, refused = random.Random(seed), 0, 0, 0
    for _ in range(CASES):
        base = random_array(numpy, chance, chance.choice(["<i4", ">i4", "u1", ">f8", "?", "<f2", ">c8", "q"]))
        key = random_key(chance, base.shape)
        error, wanted = outcome(lambda: base[key])
        ours, got = outcome(lambda: View(base)[key])
        assert ours == error, (base.shape, key)
        if error:
            refused += 1
        elif isinstance(got, View):
            views += 1
            # Of a key with an ellipsis NumPy makes an array, even without a dimension.
            same_memory(got, numpy.asarray(wanted))
            back = numpy.asarray(got)
            assert back.dtype == base.dtype and (back == wanted).all()
        else:
            items += 1
            assert got == wanted and type(got) is type(wanted.item())
    assert views > CASES * 0.5 and items > 20 and refused > 5, (views, items, refused)


@pytest.mark.parametrize("seed", range(4))
def test_assignment(numpy, View, seed):
    chance, done, refused = random.Random(seed), 0, 0
    for _ in range(CASES):
        base = random_array(numpy, chance, chance.choice(["<i4", ">i4", "u1", ">f8", "<f2", ">c8", "q"]))
        # As the root is: one piece of memory, which the views share.
        root = base if base.base is None else base.base
        copy = numpy.empty_like(root)
        copy[...] = root
        start = base.__array_interface__["data"][0] - root.__array_interface__["data"][0]
        other = numpy.ndarray(base.shape, base.dtype, copy, start, base.strides) if base.size else base.copy()
        key = random_key(chance, base.shape)
        error, target = outcome(lambda: base[key])
        if error:
            with pytest.raises(error):
                View(base)[key] = 1
            refused += 1
            continue
        shape = list(numpy.shape(target))
        for dim, length in enumerate(shape):
            if chance.random() < 0.2:
                shape[dim] = 1
        shape = chance.choice([[], [], [], [1], [1, 1]]) + shape[chance.choice([0, 0, 0, 1]) :]
        source = numpy.array([chance.randrange(100) for _ in range(int(numpy.prod(shape)))], base.dtype).reshape(shape)
        value = chance.choice(
            [source, source, View(source), source[..., ::-1] if shape else source, 7, numpy.array(7, base.dtype)]
        )
        if numpy.shape(target) == () and not isinstance(target, numpy.ndarray):
            value = 9
        elif chance.random() < 0.2 and shape == list(numpy.shape(target)) and source.size and shape:
            value = source.tolist()
        View(base)[key] = value
        other[key] = value if not isinstance(value, View) else source
        assert (root == copy).all() if base.size else True, (base.shape, key)
        done += 1
    assert done > CASES * 0.8 and refused > 5


def test_assignment_to_itself(numpy, View):
    chance = random.Random(7)
    for _ in range(CASES):
        base = numpy.arange(60, dtype=">i2").reshape(chance.choice([(60,), (6, 10), (3, 4, 5)]))
        wanted = base.copy()
        dims = [sorted(chance.sample(range(length + 1), 2)) for length in base.shape]
        to, back = [], []
        for (start, stop), length in zip(dims, base.shape):
            move = chance.randint(-start, length - stop)
            to.append(slice(start, stop))
            from_ = slice(start + move, stop + move)
            back.append(from_)
        step = chance.choice([1, -1])
        wanted[tuple(to)] = wanted[tuple(back)][::step].copy()
        view = View(base)
        view[tuple(to)] = view[tuple(back)][::step]
        assert (base == wanted).all()


def test_nothing_is_written_where_something_does_not_fit(numpy, View):
    base = numpy.arange(12, dtype=">i2").reshape(3, 4)
    before = base.copy()
    view = View(base)
    for key, value, error in [
        (slice(None), numpy.zeros((2, 4), ">i2"), ValueError),
        (slice(None), numpy.zeros((3, 4), ">u2"), ValueError),
        (slice(None), [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11]], ValueError),
        (slice(None), [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, "x"]], TypeError),
        (slice(None), [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 1 << 15]], ValueError),
        ((0, 0), 1 << 15, ValueError),
        ((0, 0), -(1 << 70), ValueError),
        ((0, 0), 1.5, TypeError),
        (1, "text", TypeError),
        (1, None, TypeError),
        ("name", 1, ValueError),
        (1.5, 1, TypeError),
        ((0, 0, 0), 1, IndexError),
        ((..., ...), 1, IndexError),
        (slice(None, None, 0), 1, ValueError),
    ]:
        with pytest.raises(error):
            view[key] = value
        assert (base == before).all(), key
    with pytest.raises(TypeError, match="cannot delete memory"):
        del view[0]
    with pytest.raises(TypeError, match="cannot modify read-only memory"):
        view.toreadonly()[0] = 1


SCALARS = "cbB?hHiIlLqQnNfdPspe"


@pytest.mark.parametrize("order", ["@", "=", "<", ">"])
def test_items_are_those_of_struct(View, order):
    chance = random.Random(order)
    for code in SCALARS:
        if code in "nNP" and order != "@":
            continue
        for _ in range(20):
            count = chance.randrange(1, 6) if code in "sp" else ""
            text = f"{order}{count}{code}"
            size = struct.calcsize(text)
            data = bytearray(chance.randrange(256) for _ in range(4 * size))
            if code in "p":
                data[::size] = bytes(4)
            view = View(data).cast(text)
            values = [value for (value,) in struct.iter_unpack(text, data)]
            assert repr(view.tolist()) == repr(values) == repr(list(view)) == repr([view[k] for k in range(4)])
            other = bytearray(4 * size)
            target = View(other).cast(text)
            for k, value in enumerate(values):
                target[k] = value
            assert repr(target.tolist()) == repr(values)
            # Which NaN it is differs between versions.
            if all(value == value for value in values):
                assert other == struct.pack(f"{order}{f'{count}{code}' * 4}", *values)


def test_structs_of_struct(View):
    chance = random.Random(3)
    for _ in range(CASES):
        order = chance.choice("<>=")
        codes = [chance.choice(["h", "B", "q", "d", "3s", "?", "c", "I"]) for _ in range(chance.randrange(2, 6))]
        text = order + "".join(codes)
        values = []
        for _ in range(3):
            one = []
            for code in codes:
                one.append({"d": 1.5, "3s": b"abc", "?": True, "c": b"x"}.get(code, chance.randrange(100)))
            values.append(tuple(one))
        view = View(bytearray(3 * struct.calcsize(text))).cast(text)
        view[:] = values
        assert view.tobytes() == b"".join(struct.pack(text, *value) for value in values)
        assert view.tolist() == values and view[-1] == values[-1]
        view[0] = values[2]
        view[1:] = tuple(values[0])
        assert view.tolist() == [values[2], values[0], values[0]]
        assert [view[f"[{k}]"].tolist() for k in range(len(codes))] == [list(column) for column in zip(*view.tolist())]
        assert list(view.fields) == [f"[{k}]" for k in range(len(codes))]
        assert view.count(values[0]) == view.tolist().count(values[0])
        assert view.index(values[2]) == 0 and values[2] in view and 5 not in view


@pytest.mark.parametrize("seed", range(3))
def test_structs_of_numpy(numpy, libpybuf, View, seed):
    """Items, their fields and what they are made of again, of random dtypes. (NumPy's own text for
    arrays of padded structs does not tell where the fields lie.)"""

    def view_of(base):
        address, text = base.__array_interface__["data"][0], text_of(base.dtype).decode()
        return View(libpybuf.memory(address, base.nbytes, shape=base.shape, format=text, owner=base))

    dtypes, compared = Dtypes(numpy, seed), 0
    dtypes.SCALARS = [code for code in dtypes.SCALARS if code[0] not in "VO"]
    dtypes.EMPTY = []
    for _ in range(CASES):
        dtype = dtypes.item()
        if not dtype.itemsize:
            continue
        data = b"".join(random_item(dtypes.chance, dtype) for _ in range(6))
        base = numpy.frombuffer(bytearray(data), dtype).reshape(2, 3)
        view = view_of(base)
        values = view.tolist()
        assert plain(values) == tuple(tuple(plain(item.item()) for item in row) for row in base), dtype
        again = numpy.zeros((2, 3), dtype)
        view_of(again)[...] = values
        assert plain(again.tolist()) == plain(base.tolist()), dtype
        view_of(again)[1] = values[0]
        view_of(again)[0, 1] = view[1, 2]
        assert plain(again[0, 1].item()) == plain(base[1, 2].item()), dtype
        compared += 1
        for name in dtype.names or ():
            format, offset, shape = view.fields[name]
            field, wanted = view[name], base[name]
            assert (field.format, field.shape[2:]) == (format, shape)
            assert (field.shape, offset) == (wanted.shape, dtype.fields[name][1])
            if wanted.size:
                assert field.address == wanted.__array_interface__["data"][0], (dtype, name)
                assert field.strides == wanted.strides, (dtype, name, field.shape, field.format)
            assert plain(field.tolist()) == plain(wanted.tolist()), (dtype, name)
    assert compared > CASES * 0.8, compared


def test_fields(numpy, View):
    point = numpy.dtype([("x", ">f8"), ("y", ">f8")])
    dtype = numpy.dtype([("id", "<u2"), ("at", point, (2,)), ("name", "U3")])
    base = numpy.zeros((2, 3), dtype)
    base["at"]["y"] = 2.5
    view = View(base)
    assert list(view.fields) == ["id", "at", "name"]
    assert view.fields["at"][1:] == (2, (2,)) and list(view["at"].fields) == ["x", "y"]
    assert view["at[1].y"].tolist() == [[2.5] * 3] * 2 and view["at"]["y"].shape == (2, 3, 2)
    view["name"] = "abc"
    view["id"][0] = [1, 2, 3]
    view["at[0]"] = (3, 4)
    assert view[0, 2] == (3, [(3.0, 4.0), (0.0, 2.5)], "abc")
    assert base["name"].tolist() == [["abc"] * 3] * 2 and base["id"].tolist() == [[1, 2, 3], [0, 0, 0]]
    assert base["at"]["x"].tolist() == [[[3.0, 0.0]] * 3] * 2
    assert View(b"abc").fields == {}
    assert view[numpy.str_("id")] == view["id"]
    with pytest.raises(ValueError, match="the item has no field 'z'; it has the fields 'id', 'at', 'name'"):
        view["z"]
    with pytest.raises(TypeError, match="a struct of 3 fields is given as a tuple of them, not as int"):
        view[0, 0] = 3


def test_fields_of_one_item(numpy, View):
    one = View(numpy.array((1, 2.5), "i4,f8"))
    one["f1"] = 3
    assert one["f1"][()] == 3.0 and one[()] == (1, 3.0) and one[...].tolist() == (1, 3.0)


@pytest.mark.parametrize("seed", range(3))
def test_shapes(numpy, View, seed):
    chance, done = random.Random(seed), 0
    for _ in range(CASES):
        base = random_array(numpy, chance, ">i4")
        view = View(base)
        same_memory(view.T, base.T)
        axes = chance.sample(range(base.ndim), base.ndim)
        axes = [axis - chance.choice([0, base.ndim]) for axis in axes]
        for ours in [view.transpose(*axes), view.transpose(axes)] if axes else [view.transpose()]:
            same_memory(ours, base.transpose(axes))
        shape = tuple(chance.choice([1, 2, 3]) for _ in range(chance.randrange(3))) + base.shape
        same = view.broadcast_to(shape)
        assert same.tolist() == numpy.broadcast_to(base, shape).tolist() and same.readonly
        lengths = list(base.shape)
        chance.shuffle(lengths)
        if lengths and chance.random() < 0.5 and base.size:
            lengths[chance.randrange(len(lengths))] = -1
        order = chance.choice("CF")
        wanted = base.reshape(lengths, order=order)
        copied = base.size and not numpy.shares_memory(wanted, base)
        for reshape in [lambda: view.reshape(*lengths, order=order), lambda: view.reshape(tuple(lengths), order=order)]:
            if not lengths and reshape is not None and base.ndim == 0:
                same_memory(view.reshape(()), base.reshape(()))
            elif copied:
                with pytest.raises(BufferError, match="without a copy"):
                    reshape()
            else:
                same_memory(reshape(), wanted)
                done += 1
        for letter in "CFA":
            assert view.tobytes(letter) == view.tobytes(order=letter) == base.tobytes(letter)
        assert view.size == base.size and (view.c_contiguous, view.f_contiguous) == (
            base.flags.c_contiguous,
            base.flags.f_contiguous,
        )
    assert done > CASES * 0.5


@pytest.mark.parametrize("seed", range(3))
def test_casts(numpy, View, seed):
    chance, done, refused = random.Random(seed), 0, 0
    for _ in range(CASES):
        base = random_array(numpy, chance, chance.choice(["i2", ">i4", "u1"]), empty=False)
        to = chance.choice(["<i2", ">i4", "u1", ">f8", "?"])
        text = {"<i2": "<h", ">i4": ">i", "u1": "B", ">f8": ">d", "?": "?"}[to]
        error, wanted = outcome(lambda: base.view(to))
        try:
            ours = View(base).cast(text)
        except (ValueError, TypeError):
            # NumPy cuts up and joins in the last dimension, and so does a cast, where there is one.
            assert error or base.ndim == 0
            refused += 1
            continue
        assert ours.tobytes() == base.tobytes()
        if base.flags.c_contiguous:
            assert ours.ndim == 1 and ours.address == View(base).address
            assert repr(ours.tolist()) == repr(numpy.frombuffer(base.tobytes(), to).tolist())
        else:
            same_memory(ours, wanted)
        done += 1
    assert done > CASES * 0.4 and refused, (done, refused)
    record = View(bytearray(range(24))).cast("T{<h:a:B:b:x}", (2, -1))
    assert (record.shape, record[1, 0]) == ((2, 3), (0x0D0C, 14))
    assert record.cast("B", order="C").shape == (24,)


def test_as_strided(numpy, View):
    base = numpy.arange(20, dtype="i2")
    windows = View(base).as_strided((5, 4), (4, 2), offset=2)
    wanted = numpy.lib.stride_tricks.as_strided(base[1:], (5, 4), (4, 2))
    same_memory(windows, wanted)
    for shape, strides, offset in [((5, 4), (8, 4), 2), (21, 2, 0), (2, 2, -2), (2, -2, 0)]:
        with pytest.raises(ValueError, match="outside the bytes 0 to 40"):
            View(base).as_strided(shape, strides, offset)


def test_parts(numpy, View):
    chance = random.Random(5)
    for _ in range(CASES):
        base = random_array(numpy, chance, ">i4")
        if not base.ndim:
            with pytest.raises(IndexError, match="axis 0 does not exist"):
                View(base).split(2)
            continue
        axis, parts = chance.randrange(-base.ndim, base.ndim), chance.randrange(1, 5)
        split = View(base).split(parts, axis=axis)
        assert [ours.tolist() for ours in split] == [part.tolist() for part in numpy.array_split(base, parts, axis)]
        merged = View.merge(split, axis)
        assert merged.tolist() == base.tolist() and merged.readonly == View(base).readonly
        if base.size:
            assert merged.address == base.__array_interface__["data"][0]
        others = [random_key(chance, base.shape, wrong=False) for _ in range(2)]
        one, two = (base[key] for key in others)
        if isinstance(one, numpy.ndarray) and isinstance(two, numpy.ndarray):
            assert View(one).overlaps(two) == numpy.shares_memory(one, two)
    memory = bytearray(6)
    merged = View.merge([View(memory)[:3], memoryview(memory)[3:]])
    merged[:] = b"abcdef"
    assert memory == b"abcdef" and merged.shape == (6,)
    assert View.merge(View(memory).split(3)).obj is memory
    with pytest.raises(BufferError, match="together they need a copy"):
        View.merge([View(bytearray(3)), View(bytearray(3))])
    with pytest.raises(ValueError, match="at least one is needed"):
        View.merge([])


@pytest.mark.parametrize("seed", range(3))
def test_copies(numpy, View, seed):
    chance = random.Random(seed)
    for _ in range(CASES):
        base = random_array(numpy, chance, ">i4")
        to = numpy.full(base.shape[::-1], -1, ">i4").T
        assert View(base).copy_to(to) is None
        assert (to == base).all()
        target = View(numpy.zeros(base.shape, ">i4"))
        View(base).copy_to(target)
        assert target == base
    base, view = numpy.arange(6, dtype="i2").reshape(2, 3), View(numpy.ones((2, 3), "i2"))
    with pytest.raises(ValueError, match=r"shape \(2, 3\) cannot be copied to shape \(3, 2\)"):
        view.copy_to(base.T)
    with pytest.raises(ValueError, match="formats must mean the same"):
        view.copy_to(base.astype("u2"))
    with pytest.raises(BufferError):
        view.copy_to(bytes(12))
    assert base.tolist() == [[0, 1, 2], [3, 4, 5]]
    struct_to = numpy.zeros(2, "i4,f8")
    View(numpy.ones(2, "i4,f8")).copy_to(struct_to)
    assert struct_to.tolist() == [(1, 1.0)] * 2


@pytest.mark.parametrize("code", ["i2", "u4", "i8", "f2", "f4", "f8", "c8", "c16", "U3"])
def test_byte_orders(numpy, View, code):
    """Numbers of one byte order are copied and assigned to places of the other by value."""
    chance = random.Random(code)
    for _ in range(CASES):
        base = random_array(numpy, chance, ">i4").astype(">" + code)
        to = numpy.zeros(base.shape[::-1], "<" + code).T
        View(base).copy_to(to)
        assert (to == base).all()
        View(base)[...] = to
        assert (to == base).all()
        target = numpy.zeros(base.shape, "<" + code)
        View(target)[...] = base[:1] if base.ndim else base
        assert (target == (base[:1] if base.ndim else base)).all()
    if code == "f4":
        same = numpy.arange(5, dtype=">f4")
        View(same).cast("B").cast("<f")[...] = same
        assert same.view("<f4").tolist() == [0, 1, 2, 3, 4]
        with pytest.raises(ValueError, match="formats must mean the same"):
            View(same)[...] = numpy.zeros(5, "<i4")


def test_iteration_and_search(numpy, View):
    chance = random.Random(9)
    for _ in range(CASES):
        base = random_array(numpy, chance, chance.choice([">i4", "u1", ">f8"]))
        view, flat = View(base), [item for item in base.flatten().tolist()]
        value = chance.choice([0, 5, 50.0, "text", True, 1 << 70])
        places = [key for key, item in zip(itertools.product(*map(range, base.shape)), flat) if item == value]
        assert (value in view, view.count(value)) == (bool(places), len(places))
        if places:
            assert view.index(value) == (places[0][0] if base.ndim == 1 else places[0])
        else:
            with pytest.raises(ValueError, match="not found"):
                view.index(value)
        if not base.ndim:
            with pytest.raises(TypeError):
                len(view)
            with pytest.raises(TypeError):
                iter(view)
            continue
        assert len(view) == len(base) and [View(one) if base.ndim > 1 else one for one in view] == list(base)
        assert [one.shape if base.ndim > 1 else () for one in view] == [one.shape for one in base]


def test_texts_and_large_numbers(numpy, View):
    for base in [
        numpy.array(["ab", "é", "", "xyz"], "<U3"),
        numpy.array(["ab", "é", "", "xyz"], ">U3"),
        numpy.array([b"ab", b"xyz"], "S3"),
        numpy.array([1.25, -2.5], "g"),
        numpy.array([1 + 2j], ">c16"),
        numpy.array([1 + 2j], "G"),
    ]:
        view = View(base)
        assert plain(view.tolist()) == plain(base.tolist())
        again = numpy.zeros_like(base)
        View(again)[...] = view.tolist()
        assert (again == base).all()
        assert view.index(view[len(view) - 1]) == len(view) - 1 and view.count(view[0]) == 1


def test_what_nobody_can_read(numpy, View):
    for base in [numpy.zeros(3, "O"), numpy.array([1], "i4,O")]:
        view = View(base)
        with pytest.raises(NotImplementedError):
            view[0]
        with pytest.raises(NotImplementedError):
            view.tolist()
        with pytest.raises(NotImplementedError):
            view[0] = 3 if base.dtype.names is None else (3, 3)
        assert view[1:].nbytes == base[1:].nbytes and view.tobytes() == view[...].tobytes()


def rows(libpybuf, numpy, chance):
    """PIL-style memory, and the same items in an array."""
    base = numpy.array([chance.randrange(100) for _ in range(60)], ">i2").reshape(3, 4, 5)
    keep = [base[k].copy() for k in range(3)]
    return libpybuf.stack(keep), base, keep


def test_pointers(libpybuf, numpy, View):
    """Keys and assignment behind suboffsets. What they cannot say is NotImplementedError."""
    chance, done, unsayable = random.Random(11), 0, 0
    for _ in range(CASES):
        stack, base, keep = rows(libpybuf, numpy, chance)
        view = View(stack)
        assert view.suboffsets == (0, -1, -1) and view == base
        key = random_key(chance, base.shape)
        error, wanted = outcome(lambda: base[key])
        try:
            ours, got = outcome(lambda: view[key])
        except NotImplementedError:
            unsayable += 1
            continue
        assert ours == error, key
        if error:
            continue
        if isinstance(got, View):
            assert got.shape == numpy.shape(wanted) and got.tolist() == wanted.tolist()
            new = chance.choice([7, wanted[::-1].copy() if got.ndim else 8, wanted.tolist() if got.ndim and got.size else 9])
            view[key] = base[key] = new
            assert view == base
        else:
            assert got == wanted
        memory = memoryview(view)
        assert memory.shape == view.shape and memory.suboffsets == view.suboffsets and memory.format == ">h"
        assert libpybuf.memoryview(view).tobytes() == view.tobytes()
        done += 1
    assert done > CASES * 0.6, (done, unsayable)


def test_pointers_of_the_reference(testbuffer, View):
    for shape, text in [((3, 4), "h"), ((2, 3, 4), "d"), ((3, 2), ">i")]:
        count = 1
        for length in shape:
            count *= length
        reference = testbuffer.ndarray(
            list(range(count)), shape=list(shape), format=text, flags=testbuffer.ND_PIL | testbuffer.ND_WRITABLE
        )
        view = View(reference)
        assert (view.suboffsets, view.tolist()) == (reference.suboffsets, reference.tolist())
        assert [one.tolist() for one in view] == [one.tolist() for one in reference]
        assert view[0].tolist() == reference[0].tolist() and view[1:, ::-1].tolist() == reference[1:, ::-1].tolist()
        view[1] = view[0]
        assert reference[1].tolist() == reference[0].tolist()
        with pytest.raises(NotImplementedError, match="across a pointer"):
            view.T
        assert view[0].T.tolist() is not None


def test_sources(View, libpybuf):
    for source in [
        bytearray(b"abcd"),
        array.array("d", [1, 2]),
        memoryview(bytearray(12)).cast("h", (2, 3)),
        libpybuf.memoryview(bytearray(4)),
        libpybuf.ndarray((2, 3), ">i"),
    ]:
        view, theirs = View(source), memoryview(source)
        assert (view.format, view.shape, view.strides) == (theirs.format, theirs.shape, theirs.strides)
        assert view == theirs and view[...] == view and view.obj is not None
        with view[...] as part:
            part[...] = part.tolist()
        with pytest.raises(ValueError, match="released"):
            part[...]


class Sneaky:
    """Releases a view when it is asked for a number."""

    def __init__(self, view, number=0):
        self.view, self.number = view, number

    def __index__(self):
        self.view.release()
        return self.number

    def __float__(self):
        self.view.release()
        return float(self.number)

    def __complex__(self):
        self.view.release()
        return complex(self.number)

    def __bool__(self):
        self.view.release()
        return True

    def __eq__(self, other):
        self.view.release()
        return False

    def __buffer__(self, flags):
        self.view.release()
        return memoryview(bytes(8))


RELEASES = {
    "an index": lambda v, s: v[s],
    "indices": lambda v, s: v[0, s],
    "a bound": lambda v, s: v[s:],
    "an assigned index": lambda v, s: v.__setitem__((0, s), 1),
    "an assigned value": lambda v, s: v.__setitem__((0, 0), s),
    "a value for all": lambda v, s: v.__setitem__(..., s),
    "a list": lambda v, s: v.__setitem__(0, [s] * len(v[0])),
    "a field": lambda v, s: v["f1"].__setitem__((0, 0), s) if v.fields else v.__setitem__((0, 0), s),
    "a shape": lambda v, s: v.reshape(s),
    "axes": lambda v, s: v.transpose(s, 1),
    "parts": lambda v, s: v.split(s),
    "an axis": lambda v, s: v.split(1, s),
    "a larger shape": lambda v, s: v.broadcast_to((s, 3)),
    "strides": lambda v, s: v.as_strided((1, 1), (1, s)),
    "an offset": lambda v, s: v.as_strided(1, 1, s),
    "a cast": lambda v, s: v.cast("B", (s,)),
    "a search": lambda v, s: v.count(s),
    "a bound of a search": lambda v, s: v.index(1, s),
}


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.parametrize("dtype", [">i4", ">f8", "?", ">c8", "q", "f8"])
def test_a_view_that_is_released_meanwhile(numpy, View, name, dtype):
    base = numpy.ones((2, 3), dtype)
    view = View(base)
    before = base.copy()
    with pytest.raises((ValueError, IndexError, TypeError)):
        RELEASES[name](view, Sneaky(view, 1))
        view.shape
    assert (base == before).all()


def test_references_are_stable(numpy, libpybuf, View):
    base = numpy.zeros((3, 4), numpy.dtype([("a", ">i4"), ("b", "S3"), ("c", "<f8", (2,))]))
    stack = libpybuf.stack([bytearray(4), bytearray(4)])
    value, text = (1, b"abc", [1.5, 2.5]), "a"

    def everything():
        view = View(base)
        view[0, 0] = value
        view[:] = value
        view[0] = [value] * 4
        view["a"] = 3
        view[1:] = view[:-1]
        view.tolist(), view[text].tolist(), view.fields, view.T, view[..., None, 0], list(view), view.index(view[0, 0])
        view.reshape(-1).split(3), view.broadcast_to((2, 3, 4)), view["a"].as_strided(1, 1), view.overlaps(base)
        View.merge(view.split(2)), view.copy_to(base), View(stack)[0, 1:], view.count(value), view.cast("B").size
        for wrong in [lambda: view["z"], lambda: view[9], lambda: view.reshape(5), lambda: View.merge([base, b"1"])]:
            with pytest.raises((ValueError, IndexError)):
                wrong()
        for wrong in [3, (1, 2), (1, b"", [1]), (1, "x", [1, 2]), [value] * 3, [(1, b"", "ab")] * 4]:
            with pytest.raises((ValueError, TypeError)):
                view[0] = wrong

    kept = [base, stack, value, value[2], text, View]
    everything()
    gc.collect()
    before = [sys.getrefcount(one) for one in kept]
    for _ in range(20):
        everything()
    gc.collect()
    assert [sys.getrefcount(one) for one in kept] == before


def test_too_many_dimensions(View):
    view = View(bytearray(4))
    assert view[(None,) * 63].ndim == 64
    for wrong in [lambda: view[(None,) * 64], lambda: view.reshape((1,) * 64 + (4,)), lambda: view[(None,) * 200]]:
        with pytest.raises(ValueError, match="dimensions: at most"):
            wrong()


def test_it_has_all_of_a_memoryview(View):
    missing = {name for name in dir(memoryview) if not hasattr(View, name)}
    assert not missing
    for name, member in vars(View).items():
        if not name.startswith("_"):
            assert member.__doc__, name
    for name in ["reshape", "transpose", "merge", "cast", "copy_to", "tobytes", "index"]:
        assert getattr(View, name).__text_signature__, name


def test_explained(View):
    assert View(bytes(range(6))).reshape(2, 3).T.explain() == (
        "(3, 2) items 'B' (uint8, 1 byte), read-only; 6 bytes of items in 6 bytes of memory\n"
        "Fortran-contiguous: no gaps; in memory the first index varies fastest, in reading the last one.\n"
        "  dimension 0: 3 items, 1 byte apart\n"
        "  dimension 1: 2 items, 3 bytes apart\n"
        "Drawn, 3 characters for each byte; the numbers are those of the items as they are read:\n"
        "  offset 0: [0][2][4]\n"
        "  offset 3: [1][3][5]\n"
    )
