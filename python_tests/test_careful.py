"""Buffers that point into themselves go back to their exporter as they were.

The extension's type `Careful` fills its buffers by pybuf_fill_info and looks at what comes
back: in its own place, with pointers into itself.
"""

import gc

import pybuf
from pybuf import View, lib


def test_memoryview_is_given_a_sound_buffer(careful):
    source = careful.Careful(10)
    view = memoryview(source)
    assert (view.format, view.shape, view.readonly, view.obj) == ("B", (10,), False, source)
    view[3] = 7
    assert bytes(source) == b"\0\0\0\x07" + bytes(6)


def test_a_view_releases_in_the_place_where_it_asked(careful):
    source = careful.Careful(10)
    with View.of(source) as view:
        turned = view.slice(0, 9, 2, -3).transpose()
        lent = turned.object()
    turned.close()
    assert source.released == 0
    del lent
    gc.collect()
    assert (source.released, source.moved, source.broken) == (1, 0, 0)


def test_our_release_is_as_good_as_pythons(careful):
    source = careful.Careful(10)
    for _ in range(2):
        buffer = pybuf.Py_buffer()
        pybuf.PyObject_GetBuffer(source, buffer, pybuf.FULL)
        lib.release(buffer)
        assert not buffer.obj
        lib.release(buffer)
    assert (source.released, source.moved, source.broken) == (2, 0, 0)


def test_an_adopted_buffer_is_re_aimed(careful, consume):
    source = careful.Careful(10)
    lent = consume.adopt(source, pybuf.FULL)
    assert memoryview(lent).shape == (10,)
    del lent
    gc.collect()
    assert (source.released, source.moved, source.broken) == (1, 1, 0)


def test_dropped_late_it_is_still_what_it_was(careful, late):
    source = careful.Careful(10)
    late.late_drop(source)
    late.attached_call()
    assert (source.released, source.moved, source.broken) == (1, 0, 0)


def test_every_request(careful):
    source = careful.Careful(4)
    answered = 0
    for flags in range(0x400):
        try:
            with pybuf.buffer_of(source, flags) as buffer:
                assert (buffer.len, buffer.ndim) == (4, 1)
                answered += 1
        except SystemError:
            assert flags in (pybuf.READ, pybuf.WRITE)
    assert answered == 0x400 - 2
    assert (source.released, source.moved, source.broken) == (answered, 0, 0)
