"""Python code that runs from within a call: it may raise, release, and take things away."""

import sys

import pybuf
import pytest

# (an expression that fails while it holds an object, the exception it fails with)
FAILING = {
    "a list is dropped": (lambda lent: [lent][5], IndexError),
    "bytes are joined": (lambda lent: b"x".join([lent, 1]), TypeError),
    "objects are sorted": (lambda lent: sorted([lent, 1]), TypeError),
    "an attribute is missing": (lambda lent: lent.nothing, AttributeError),
    "a key is computed": (lambda lent: max([lent], key=lambda it: 1 / 0), ZeroDivisionError),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_release_callback_in_python_while_an_exception_is_on_its_way(name):
    expression, exception = FAILING[name]
    owner = pybuf.Owner(b"8 bytes.")
    try:
        expression(owner.object())
    except exception as raised:
        raised.__traceback__ = None
    assert owner.released == 1, "the callback has run to its end"


def test_a_module_that_leaves_while_it_is_looked_at(libpybuf, monkeypatch):
    class Leaving:
        @property
        def Exporter(self):
            sys.modules.pop("libpybuf", None)
            return libpybuf.Exporter

    monkeypatch.setitem(sys.modules, "libpybuf", Leaving())
    assert isinstance(pybuf.lib.python_module(), Leaving)
    assert "libpybuf" not in sys.modules


class Interrupting:
    @property
    def __class__(self):
        raise KeyboardInterrupt("user")


def test_an_exception_of_a_conversion_arrives(libpybuf):
    with pytest.raises(KeyboardInterrupt, match="user"):
        libpybuf.ndarray(3, Interrupting())


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "", "shape "])
def test_a_strange_name_is_an_unknown_one(libpybuf, name):
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        libpybuf.ndarray(3, **{name: 1})
