"""Views and NumPy arrays of the same memory, side by side."""

import contextlib

import layouts
from pybuf import View, lib


@contextlib.contextmanager
def pair(numpy, layout):
    """A view of native memory, and a NumPy array of the same layout and contents."""
    exporter = layouts.exporter(layout)
    with View.of(exporter) as view, layouts.named(layout):
        lib.exporter_unref(exporter)
        yield view, layouts.array(numpy, layout)


def steps(shown):
    """Strides, where a step is ever taken: for the rest NumPy has its own taste."""
    return [stride for stride, length in zip(shown.strides, shown.shape) if length > 1]


def same(view, array, memory, array_memory):
    """The view shows what the array shows, at the same place of its memory."""
    assert view.shape == array.shape
    assert steps(view) == steps(array)
    assert view.nbytes == array.nbytes
    assert view.tobytes("C") == array.tobytes("C")
    assert view.tobytes("F") == array.tobytes("F")
    if array.size:
        assert view.data - memory == array.__array_interface__["data"][0] - array_memory
        assert view.is_contiguous("C") == array.flags.c_contiguous
        assert view.is_contiguous("F") == array.flags.f_contiguous
        assert view.is_contiguous("A") == (array.flags.c_contiguous or array.flags.f_contiguous)


def beginnings(view, array):
    return view.data, array.__array_interface__["data"][0]


def random_slice(chance, length):
    start, stop = (chance.choice([None, chance.randint(-length - 2, length + 2)]) for _ in range(2))
    return slice(start, stop, chance.choice([None, 1, 1, 2, 3, -1, -2, 7]))
