"""Python code that runs from within an operation on a view: it releases the view, and takes
the memory away. The outcome is the one of CPython's memoryview, where that has survived it
since 3.13; nothing is read that was freed, and nothing is kept."""

import contextlib
import ctypes
import gc
import struct
import sys

import pybuf
import pytest

KINDS = ["memoryview", "View"]
FORMATS = [code for code in "bBhHiIlLqQnNfd?P" + ("e" if sys.version_info >= (3, 12) else "")]
PEP_688 = pytest.mark.skipif(sys.version_info < (3, 12), reason="__buffer__ came with Python 3.12")


@pytest.fixture(params=KINDS)
def kind(request, libpybuf):
    return getattr(libpybuf, request.param)


class Scene:
    """A view of memory that goes as soon as nobody has a buffer of it, and what takes it away."""

    def __init__(self, kind, code="B", exporter=bytearray):
        self.data = exporter(bytes(range(1, 97)))
        self.view = kind(self.data) if code == "B" else kind(self.data).cast(code)
        self.attacks = 0

    def attack(self):
        self.attacks += 1
        self.view.release()
        # With another view it stays.
        with contextlib.suppress(BufferError):
            self.data.clear()
            # Whatever was there is overwritten.
            self.others = [bytearray(b"\xee" * 96) for _ in range(20)]

    def evil(self, value):
        return Evil(self, value)

    def end(self):
        """Nobody has the memory any more."""
        self.view.release()
        self.data += b"more"


class Evil:
    """A value that attacks whenever somebody asks for it."""

    def __init__(self, scene, value):
        self.scene, self.value = scene, value

    def answer(self):
        self.scene.attack()
        return self.value

    def __index__(self):
        return int(self.answer())

    def __float__(self):
        return float(self.answer())

    def __bool__(self):
        return bool(self.answer())

    def __complex__(self):
        return complex(self.answer())

    def __hash__(self):
        return hash(self.answer())

    def __eq__(self, other):
        return self.answer() == other

    def __len__(self):
        return int(self.answer())


def outcome(operation, scene):
    """What comes of it, in a form that can be compared."""
    try:
        value = operation(scene)
    except (ValueError, TypeError, BufferError, IndexError, NotImplementedError, OverflowError) as error:
        # It holds frames, and with them the view.
        return type(error), str(error)
    if type(value).__name__ in ("memoryview", "View"):
        with value:
            return "a view", value.tolist()
    return "a value", value


def set_item(view, key, value):
    view[key] = value


def delete(view, key):
    del view[key]


SEARCHES = {
    "count": lambda s: s.view.count(s.evil(9)),
    "index": lambda s: s.view.index(s.evil(9)),
    "the start of index": lambda s: s.view.index(2, s.evil(0)),
    "the stop of index": lambda s: s.view.index(2, 0, s.evil(9)),
}

OPERATIONS = {
    "m[i]": lambda s: s.view[s.evil(1)],
    "m[i], out of bounds": lambda s: s.view[s.evil(1000)],
    "m[i], too large": lambda s: s.view[s.evil(1 << 80)],
    "m[i,]": lambda s: s.view[s.evil(1),],
    "m[i, j], too many": lambda s: s.view[s.evil(1), s.evil(1)],
    "m[start:]": lambda s: s.view[s.evil(1) :],
    "m[:stop]": lambda s: s.view[: s.evil(3)],
    "m[::step]": lambda s: s.view[:: s.evil(2)],
    "m[::0]": lambda s: s.view[:: s.evil(0)],
    "m[start:stop:step]": lambda s: s.view[s.evil(3) : s.evil(0) : s.evil(-1)],
    "m[i:j, k:l]": lambda s: s.view[s.evil(3) :, s.evil(1) :],
    "m[i] = x": lambda s: set_item(s.view, s.evil(1), 1),
    "m[i,] = x": lambda s: set_item(s.view, (s.evil(1),), 1),
    "m[i] = x, out of bounds": lambda s: set_item(s.view, s.evil(1000), 1),
    "m[0] = value": lambda s: set_item(s.view, 0, s.evil(1)),
    "m[0,] = value": lambda s: set_item(s.view, (0,), s.evil(1)),
    "m[i] = value": lambda s: set_item(s.view, s.evil(1), s.evil(1)),
    "del m[i]": lambda s: delete(s.view, s.evil(1)),
    "m[start:] = bytes": lambda s: set_item(s.view, slice(s.evil(94), None), b"ab"),
    "m[::step] = bytes": lambda s: set_item(s.view, slice(None, None, s.evil(48)), b"ab"),
    "m[start:] = itself": lambda s: set_item(s.view, slice(s.evil(0), None), s.view),
    "value in m": lambda s: s.evil(9) in s.view,
    "value in m, found": lambda s: s.evil(1) in s.view,
    "a loop": lambda s: [s.attack() for _ in s.view],
    "cast, a list": lambda s: s.view.cast("B", [s.evil(1)]),
    "m == value": lambda s: s.view == s.evil(1),
    **(SEARCHES if sys.version_info >= (3, 14) else {}),
}


# What a memoryview refuses; each as a function of a table of 8 rows over the same memory.
SELECTIONS = {
    "v[i]": lambda s, v: v[s.evil(1)],
    "v[i, j]": lambda s, v: v[s.evil(1), s.evil(2)],
    "v[i:, j]": lambda s, v: v[s.evil(1) :, s.evil(2)],
    "v[..., ::k]": lambda s, v: v[..., :: s.evil(2)],
    "v[None, i]": lambda s, v: v[None, s.evil(1)],
    "v[i] = row": lambda s, v: set_item(v, s.evil(1), b"abcdefghijkl"),
    "v[i:, j] = values": lambda s, v: set_item(v, (slice(s.evil(0), None), s.evil(2)), list(range(8))),
    "v[i] = values": lambda s, v: set_item(v, 1, [s.evil(k) for k in range(12)]),
    "v[...] = value": lambda s, v: set_item(v, ..., s.evil(5)),
    "v[...] = lists": lambda s, v: set_item(v, ..., [[s.evil(1)] * 12] * 8),
    "v[...] = itself": lambda s, v: set_item(v, (..., slice(None, None, s.evil(-1))), v),
    "value in v": lambda s, v: s.evil(300) in v,
    "v.count": lambda s, v: v.count(s.evil(1)),
    "v.index": lambda s, v: v.index(s.evil(1)),
    "v.index from": lambda s, v: v.index(1, s.evil(0)),
    "v.cast": lambda s, v: v.cast("B", (s.evil(4), 24)),
    "a loop": lambda s, v: [s.attack() or row.tolist() for row in v],
}


@pytest.mark.parametrize("name", SELECTIONS)
def test_what_only_a_view_does(libpybuf, name):
    """It is done, or the view was released; and then nobody has the memory."""
    scene = Scene(libpybuf.View)
    table = scene.view = scene.view.cast("B", (8, 12))
    result = outcome(lambda s: SELECTIONS[name](s, table), scene)
    assert scene.attacks
    assert result[0] in ("a view", "a value") or result == (ValueError, "operation forbidden on released memoryview object"), result
    scene.end()


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_outcome_is_that_of_the_builtin(kind, name):
    """A View says other things of what it is given; it lets go of the memory as well."""
    ours = Scene(kind)
    result = outcome(OPERATIONS[name], ours)
    ours.end()
    if kind.__name__ == "View":
        assert result[0] in ("a view", "a value", ValueError, IndexError, TypeError)
    elif sys.version_info >= (3, 13):
        theirs = Scene(memoryview)
        assert result == outcome(OPERATIONS[name], theirs)
        assert ours.attacks == theirs.attacks
        theirs.end()


@pytest.mark.parametrize("code", FORMATS)
@pytest.mark.parametrize("key", [0, (0,), -1], ids=str)
def test_a_value_of_any_format_that_releases(kind, code, key):
    scene = Scene(kind, code)
    operation = lambda s: set_item(s.view, key, s.evil(1))  # noqa: E731
    result = outcome(operation, scene)
    if code == "P":
        # A pointer is an int, and nothing that has to be asked.
        assert scene.attacks == 0 and result[0] is TypeError
        return scene.end()
    assert scene.attacks == 1
    assert result == (ValueError, "operation forbidden on released memoryview object")
    scene.end()


@pytest.mark.parametrize("code", FORMATS)
def test_an_index_of_any_format_that_releases(kind, code):
    for operation in (OPERATIONS["m[i]"], OPERATIONS["m[i,]"], OPERATIONS["m[i] = x"]):
        scene = Scene(kind, code)
        assert outcome(operation, scene) == (ValueError, "operation forbidden on released memoryview object")
        scene.end()


def test_a_slice_of_a_view_that_its_bounds_release_has_the_buffer(kind):
    scene = Scene(kind)
    part = scene.view[scene.evil(1) : scene.evil(4)]
    assert part.tolist() == [2, 3, 4] and part.obj is scene.data
    with pytest.raises(ValueError, match="released"):
        scene.view[0]
    with pytest.raises(BufferError):
        scene.data.append(0)
    part.release()
    scene.end()


class Raising:
    """An index that attacks and then raises."""

    def __init__(self, scene):
        self.scene = scene

    def __index__(self):
        self.scene.attack()
        raise KeyError("from within")

    __float__ = __bool__ = __len__ = __hash__ = __index__

    def __eq__(self, other):
        return self.__index__()


@pytest.mark.parametrize(
    "operation",
    [
        lambda s, it: s.view[it],
        lambda s, it: s.view[it,],
        lambda s, it: s.view[it:],
        lambda s, it: s.view[:it],
        lambda s, it: s.view[::it],
        lambda s, it: set_item(s.view, it, 1),
        lambda s, it: set_item(s.view, 0, it),
        lambda s, it: set_item(s.view, slice(it, 3), b"abc"),
        lambda s, it: it in s.view,
        lambda s, it: s.view.hex(":", it),
    ],
)
def test_what_it_raises_arrives(kind, operation):
    scene = Scene(kind)
    with pytest.raises(KeyError, match="from within") as raised:
        operation(scene, Raising(scene))
    raised.value.__traceback__ = raised.value.__context__ = None
    scene.end()


def test_the_last_share_ends_while_an_exception_is_on_its_way(kind, libpybuf):
    """Its release runs Python's code, which no exception may disturb."""
    released = []
    owner = pybuf.Owner(b"12345678")
    view = kind(owner.object())

    class Index:
        def __index__(self):
            view.release()
            released.append(owner.released)
            raise KeyError("from within")

    with pytest.raises(KeyError, match="from within"):
        view[Index() :]
    assert (released, owner.released) == ([0], 1)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_hex_whose_numbers_release(kind, number):
    """They are asked for before the view is looked at."""
    scene = Scene(kind)
    released = (ValueError, "operation forbidden on released memoryview object")
    assert outcome(lambda s: s.view.hex(":", s.evil(number)), scene) == released
    scene.end()
    scene = Scene(kind)
    assert outcome(lambda s: s.view.hex(":", bytes_per_sep=s.evil(number)), scene) == released
    scene.end()
    scene = Scene(kind)
    assert outcome(lambda s: s.view.hex(bytes_per_sep=s.evil(number)), scene) == released
    scene.end()


def test_hex_whose_separator_releases(kind):
    """By then it is read, and stays: as CPython has it since 3.14."""
    scene = Scene(kind)

    class Separator(bytes):
        def __len__(self):
            scene.attack()
            return 1

    result = outcome(lambda s: s.view.hex(Separator(b":")), scene)
    assert scene.attacks == 0 or result == (BufferError, "memoryview has 1 exported buffer")
    scene.end()


def test_hash_whose_exporter_releases(kind):
    """As CPython has it since 3.14: the view stays meanwhile."""
    view = None

    class Exporter(bytes):
        def __hash__(self):
            view.release()
            return 1

    view = kind(Exporter(b"some bytes"))
    with pytest.raises(BufferError, match="1 exported buffer"):
        hash(view)
    assert view.tobytes() == b"some bytes"


def test_hash_whose_exporter_refuses(kind):
    class Exporter(bytes):
        def __hash__(self):
            raise KeyError("no hash")

    view = kind(Exporter(b"some bytes"))
    with pytest.raises(KeyError, match="no hash"):
        hash(view)
    view.release()


class Lending:
    """A class with `__buffer__` whose call attacks."""

    def __init__(self, scene, contents):
        self.scene, self.contents, self.released = scene, contents, 0

    def __buffer__(self, flags):
        self.scene.attack()
        return memoryview(self.contents)

    def __release_buffer__(self, view):
        self.released += 1
        view.release()


LENDING = {
    "m == exporter": lambda s, it: s.view == it,
    "m != exporter": lambda s, it: s.view != it,
    "exporter == m": lambda s, it: it == s.view,
    "m[:] = exporter": lambda s, it: set_item(s.view, slice(None), it),
    "m[:1] = exporter": lambda s, it: set_item(s.view, slice(0, 1), it),
    "exporter in m": lambda s, it: it in s.view,
}


@PEP_688
@pytest.mark.parametrize("name", LENDING)
@pytest.mark.parametrize("contents", [bytes(range(1, 97)), b"x"], ids=len)
def test_a_buffer_that_is_asked_for_and_releases(kind, name, contents):
    scene = Scene(kind)
    lending = Lending(scene, contents)
    result = outcome(lambda s: LENDING[name](s, lending), scene)
    expected = {(ValueError, "operation forbidden on released memoryview object")}
    if scene.attacks == 0:
        expected = {("a value", False)}
    # A View may find out first that the shapes differ.
    assert result in expected or kind.__name__ == "View" and "broadcast" in result[1]
    assert lending.released == scene.attacks
    scene.end()


@PEP_688
def test_a_release_that_looks_at_its_view(kind):
    """It finds the view released, and may make another."""
    said = []

    class Exporter:
        def __buffer__(self, flags):
            return memoryview(b"contents")

        def __release_buffer__(self, given):
            said.append(given.tobytes())
            for look in (len, bytes, lambda it: it.obj, lambda it: it[0], lambda it: it.tolist(), kind):
                with pytest.raises(ValueError, match="released"):
                    look(view)
            view.release()
            assert "released" in repr(view) and view == view

    view = kind(Exporter())
    view.release()
    assert said == [b"contents"]


@PEP_688
def test_a_release_that_raises_is_reported_and_no_more(kind):
    class Exporter:
        def __buffer__(self, flags):
            return memoryview(b"contents")

        def __release_buffer__(self, given):
            raise KeyError("from the release")

    reported = []
    hook, sys.unraisablehook = sys.unraisablehook, lambda it: reported.append(repr(it.exc_value))
    try:
        kind(Exporter()).release()
        with kind(Exporter()):
            pass
        part = kind(Exporter())[1:]
        del part
        with pytest.raises(IndexError):
            kind(Exporter())[100]
        gc.collect()
    finally:
        sys.unraisablehook = hook
    assert reported == ["KeyError('from the release')"] * 4


ALLOCATING = {
    "tolist": lambda m: m.tolist(),
    "list": list,
    "tobytes": lambda m: m.tobytes(),
    "hex": lambda m: m.hex(),
    "a slice": lambda m: m[1:5].tolist(),
    "a view": lambda m: type(m)(m).tobytes(),
    "a builtin": lambda m: memoryview(m).tobytes(),
    "cast": lambda m: m.cast("b")[0],
    "read-only": lambda m: m.toreadonly()[0],
    "items": lambda m: [m[k] for k in range(9)],
    "assignments": lambda m: [set_item(m, k, 1) for k in range(9)],
    "slices assigned": lambda m: set_item(m, slice(0, 2), bytearray(2)),
    "comparison": lambda m: m == bytearray(100),
    "iterators": lambda m: [next(iter(m)) for _ in range(9)],
    "search": lambda m: 200 in m,
    "attributes": lambda m: (m.obj, m.shape, m.strides, m.format, m.nbytes),
    "an exception": lambda m: m[1000],
    "repr": repr,
}


@pytest.mark.parametrize("name", ALLOCATING)
def test_a_finaliser_that_the_collector_runs_in_between(kind, name):
    """Before 3.12 an allocation runs it, in the middle of whatever is done."""

    class Bomb:
        def __init__(self, scene):
            self.scene, self.itself = scene, self

        def __del__(self):
            with contextlib.suppress(BufferError):
                self.scene.attack()

    threshold = gc.get_threshold()
    went = {True: 0, False: 0}
    try:
        for size in range(1, 40):
            scene = Scene(kind)
            Bomb(scene)
            gc.set_threshold(size)
            with contextlib.suppress(ValueError, BufferError, IndexError):
                ALLOCATING[name](scene.view)
            gc.set_threshold(0)
            went[scene.attacks > 0] += 1
            gc.collect()
            assert scene.attacks == 1
            scene.end()
    finally:
        gc.set_threshold(*threshold)
    assert sum(went.values()) == 39


def test_a_class_that_says_it_is_another(kind):
    """`__class__` convinces isinstance, and changes nothing about what lies in an object."""

    class Claims:
        def __init__(self, what):
            self.what = what

        @property
        def __class__(self):
            return self.what

    view = kind(bytearray(b"12345678"))
    for key in (Claims(int), Claims(slice), Claims(tuple)):
        with pytest.raises(TypeError):
            view[key]
    with pytest.raises(TypeError, match="invalid type for format 'c'"):
        view.cast("c")[0] = Claims(bytes)
    for shape in (Claims(list), Claims(tuple)):
        with pytest.raises(TypeError):
            view.cast("B", shape)
    with pytest.raises(TypeError):
        view.cast(Claims(str))
    with pytest.raises(TypeError):
        view[:] = Claims(bytes)
    assert view != Claims(type(view))


@pytest.mark.parametrize("lengths", [[2, 4], [1, 8], [8]], ids=str)
def test_a_shape_that_shrinks_while_it_is_read(kind, lengths):
    class Shape(list):
        def __getitem__(self, index):
            item = super().__getitem__(index)
            self.clear()
            return item

        def __len__(self):
            return 8

    view = kind(bytearray(b"12345678"))
    with contextlib.suppress(IndexError, TypeError):
        assert view.cast("B", Shape(lengths)).shape == tuple(lengths)
    view.release()
