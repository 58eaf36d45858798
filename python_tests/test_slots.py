"""Types of an extension's own, whose buffer slots pybuf_python.h has made."""

import gc

import layouts
import pybuf
import pytest
from test_requests import NOT_A_REQUEST, outcome


def test_an_image_is_a_buffer(slots, numpy):
    image = slots.Image(4, 5)
    pixels = numpy.asarray(image)
    assert pixels.__array_interface__["data"][0] == image.address
    assert (pixels.shape, pixels.strides, image.pitch) == ((4, 5, 3), (16, 3, 1), 16)
    pixels[2, 3] = (1, 2, 3)
    assert image.pixel(2, 3) == (1, 2, 3)
    image.fill(9)
    assert (pixels == 9).all()


def test_the_owner_of_a_buffer_is_the_object(slots):
    image = slots.Image(4, 5)
    view = memoryview(image)
    assert view.obj is image
    with pybuf.View.of(image) as native:
        assert native.data == image.address


@pytest.mark.parametrize("readonly", [False, True])
def test_every_request_is_answered_as_by_the_reference(slots, testbuffer, readonly):
    layout = layouts.strided("B", (4, 5, 3), (16, 3, 1), readonly=readonly)
    theirs = layouts.reference(testbuffer, layout)
    image = slots.Image(4, 5, readonly)
    for flags in range(0x400):
        if flags not in NOT_A_REQUEST:
            assert outcome(image, flags) == outcome(theirs, flags), hex(flags)


def test_a_refusal_is_an_exception(slots):
    with pytest.raises(BufferError, match="read-only"):
        pybuf.PyObject_GetBuffer(slots.Image(2, 2, True), pybuf.Py_buffer(), pybuf.WRITABLE)


def test_buffers_keep_the_object_and_the_object_its_memory(slots):
    live, released = slots.live(), slots.released()
    image = slots.Image(3, 3)
    view = memoryview(image)
    assert slots.live() == live + 1
    del image
    gc.collect()
    assert slots.live() == live + 1
    assert view[0, 0, 0] == 0
    view.release()
    del view
    gc.collect()
    assert (slots.live(), slots.released()) == (live, released + 1)


def test_many_of_them(slots):
    live = slots.live()
    for _ in range(1000):
        image = slots.Image(2, 3)
        with memoryview(image) as view, pybuf.View.of(view) as native:
            assert native.nbytes == 18
    del image, view, native
    assert slots.live() == live


def test_a_static_type(static_type):
    raw = static_type(8)
    view = memoryview(raw)
    view[:] = b"abcdefgh"
    assert bytes(raw) == b"abcdefgh"
    with pybuf.View.of(raw, pybuf.want(writable=1)) as native:
        native.write((0,), b"A")
    assert view.tobytes() == b"Abcdefgh"
