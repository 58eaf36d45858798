"""The type libpybuf.Exporter: a Python object over native memory."""

import array
import copy
import gc
import pickle
import sys
import weakref

import layouts
import pybuf
import pytest


def test_attributes_are_those_of_a_memoryview():
    for layout in [*layouts.kinds().values(), *layouts.irregular(61, 100)]:
        with layouts.named(layout):
            check_attributes(layout)


def check_attributes(layout):
    lent = layouts.lent(layout)
    view = memoryview(lent)
    for name in (
        "nbytes",
        "itemsize",
        "format",
        "ndim",
        "shape",
        "strides",
        "readonly",
        "c_contiguous",
        "f_contiguous",
        "contiguous",
    ):
        assert getattr(lent, name) == getattr(view, name), name
    with pybuf.buffer_of(lent) as buffer:
        assert lent.address == buffer.buf
    assert view.obj is lent


def test_attributes_cannot_be_set():
    lent = pybuf.lent_object(b"fixed")
    for name in ("address", "shape", "readonly", "anything"):
        with pytest.raises(AttributeError):
            setattr(lent, name, 1)
    with pytest.raises(AttributeError):
        del lent.address


def test_its_text_says_what_it_is():
    lent = pybuf.lent_object(bytes(60), shape=(4, 5, 3))
    assert repr(lent) == str(lent) == f"<libpybuf.Exporter of (4, 5, 3) 'B' at {lent.address:#x}>"
    assert repr(pybuf.lent_object(bytes(8), format=b">d", shape=())).startswith("<libpybuf.Exporter of () '>d' at 0x")


def test_its_text_with_a_strange_format():
    lent = pybuf.lent_object(bytes(8), format=b"q:\xff{':")
    assert repr(lent).startswith("<libpybuf.Exporter of (1,) ")
    assert isinstance(lent.format, str)


def test_each_is_itself_only():
    one, two = pybuf.lent_object(b"same"), pybuf.lent_object(b"same")
    assert one == one and one != two
    assert len({one, two, one}) == 2


def test_weak_references():
    lent = pybuf.lent_object(b"weak")
    died = []
    reference = weakref.ref(lent, died.append)
    view = memoryview(lent)
    del lent
    assert reference() is view.obj
    view.release()
    del view
    gc.collect()
    assert reference() is None and died == [reference]


def test_it_cannot_be_made_by_its_type(libpybuf):
    with pytest.raises(TypeError, match="libpybuf.Exporter"):
        libpybuf.Exporter()
    with pytest.raises(TypeError):
        libpybuf.Exporter(b"abc")
    with pytest.raises(TypeError):
        object.__new__(libpybuf.Exporter)


def test_it_cannot_be_a_base_class(libpybuf):
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Derived", (libpybuf.Exporter,), {})


def test_its_type_cannot_be_changed(libpybuf):
    # Types of CPython 3.9 cannot be made immutable.
    if sys.version_info >= (3, 10):
        with pytest.raises(TypeError, match="immutable type"):
            libpybuf.Exporter.shape = None
    with pytest.raises(TypeError, match="__class__ assignment"):
        libpybuf.bytes(b"x").__class__ = object


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused_as_memoryview_refuses_it(protocol):
    lent = pybuf.lent_object(b"native")
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(memoryview(b"python"), protocol)
    with pytest.raises(TypeError, match="cannot pickle 'libpybuf.Exporter' object"):
        pickle.dumps(lent, protocol)


@pytest.mark.parametrize("copying", [copy.copy, copy.deepcopy])
def test_copying_is_refused(copying):
    with pytest.raises(TypeError, match="cannot pickle 'libpybuf.Exporter' object"):
        copying(pybuf.lent_object(b"native"))


def test_its_name(libpybuf):
    assert libpybuf.Exporter.__module__ == "libpybuf"
    assert libpybuf.Exporter.__qualname__ == "Exporter"


class Owner:
    """Something that can be in a cycle, and seen dying."""


def lent_by(libpybuf, owner):
    owner.memory = array.array("B", b"owned")
    return libpybuf.memory(owner.memory.buffer_info()[0], 5, owner=owner)


def test_a_cycle_through_the_owner_is_collected(libpybuf, collected):
    owner = Owner()
    owner.lent = lent_by(libpybuf, owner)
    dead = weakref.ref(owner)
    del owner
    gc.collect()
    assert dead() is None


def test_a_cycle_through_a_view_is_collected(libpybuf, collected):
    owner = Owner()
    owner.view = memoryview(lent_by(libpybuf, owner))
    dead = weakref.ref(owner)
    del owner
    gc.collect()
    assert dead() is None


def test_the_collector_sees_the_owner(libpybuf, collected):
    owner = Owner()
    lent = lent_by(libpybuf, owner)
    assert gc.is_tracked(lent)
    assert owner in gc.get_referents(lent)
    gc.collect()
    assert bytes(lent) == b"owned"


def test_without_an_owner_there_is_nothing_to_collect(libpybuf):
    assert not gc.is_tracked(libpybuf.bytes(b"plain"))


def test_memory_is_there_while_its_cycle_is_torn_down(libpybuf, collected):
    """A finaliser in the cycle may still read: the owner is not let go before its reader."""
    seen = []

    class Reader:
        def __del__(self):
            seen.append(bytes(self.view))

    owner = Owner()
    owner.reader = Reader()
    owner.reader.view = memoryview(lent_by(libpybuf, owner))
    del owner
    gc.collect()
    assert seen == [b"owned"]
