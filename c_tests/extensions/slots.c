/* Types of an extension's own, whose buffer slots are made by pybuf_python.h.
 *
 *     Image(height, width, readonly=False)   uint8 in (height, width, 3); rows are padded to 16 bytes
 *         .address  .pitch                   of pixel 0; bytes from row to row
 *         .pixel(y, x) -> (r, g, b)          read natively
 *         .fill(value) -> None               writes every byte natively
 *     Raw(size)                              bytes, by a static type; not under the limited API
 *     live() -> int                          native memories that are lent and not yet released
 *     released() -> int                      release callbacks that have run
 */
// build: limited
#include "module.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int memories_lent, memories_released;

/* The native side: an image that knows nothing of Python. */
typedef struct image {
    Py_ssize_t height, width, pitch;
    unsigned char pixels[];
} image;

static image *image_new(Py_ssize_t height, Py_ssize_t width)
{
    Py_ssize_t pitch = (3 * width + 15) / 16 * 16;
    image *made = calloc(1, sizeof *made + (size_t)(height * pitch));
    if (made) {
        made->height = height;
        made->width = width;
        made->pitch = pitch;
    }
    return made;
}

static void memory_done(void *memory)
{
    atomic_fetch_add(&memories_released, 1);
    free(memory);
}

static pybuf_exporter *image_lend(image *of, int readonly)
{
    atomic_fetch_add(&memories_lent, 1);
    return pybuf_exporter_new(&(pybuf_memory){
        .buf = of->pixels, .size = of->height * of->pitch, .ndim = 3,
        .shape = (Py_ssize_t[]){of->height, of->width, 3}, .strides = (Py_ssize_t[]){of->pitch, 3, 1},
        .readonly = readonly, .release = memory_done, .context = of});
}

/* The Python side. */
typedef struct Image {
    PyObject_HEAD
    image *native;
    pybuf_exporter *lent;
} Image;

PYBUF_BUFFER_SLOTS(Image, lent);

static PyObject *Image_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"height", "width", "readonly", NULL};
    Py_ssize_t height, width;
    int readonly = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "nn|p:Image", names, &height, &width, &readonly))
        return NULL;
    if (height < 0 || width < 0 || height > 100000 || width > 100000) {
        PyErr_SetString(PyExc_ValueError, "height and width are 0 to 100000");
        return NULL;
    }
    Image *self = (Image *)PyType_GenericAlloc(type, 0);
    if (!self)
        return NULL;
    self->native = image_new(height, width);
    if (!self->native) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    self->lent = image_lend(self->native, readonly);
    if (!self->lent) {
        Py_DECREF(self);
        return pybuf_python_raise();
    }
    return (PyObject *)self;
}

static void Image_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    pybuf_exporter_unref(((Image *)self)->lent);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *Image_pixel(PyObject *self, PyObject *args)
{
    const image *native = ((Image *)self)->native;
    Py_ssize_t y, x;
    if (!PyArg_ParseTuple(args, "nn:pixel", &y, &x))
        return NULL;
    if (y < 0 || y >= native->height || x < 0 || x >= native->width) {
        PyErr_SetString(PyExc_IndexError, "no such pixel");
        return NULL;
    }
    const unsigned char *rgb = native->pixels + y * native->pitch + 3 * x;
    return Py_BuildValue("(iii)", rgb[0], rgb[1], rgb[2]);
}

static PyObject *Image_fill(PyObject *self, PyObject *args)
{
    image *native = ((Image *)self)->native;
    unsigned char value;
    if (!PyArg_ParseTuple(args, "b:fill", &value))
        return NULL;
    memset(native->pixels, value, (size_t)(native->height * native->pitch));
    Py_RETURN_NONE;
}

static PyObject *Image_address(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromVoidPtr(((Image *)self)->native->pixels);
}

static PyObject *Image_pitch(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromSsize_t(((Image *)self)->native->pitch);
}

static PyMethodDef Image_methods[] = {
    {"pixel", Image_pixel, METH_VARARGS, NULL},
    {"fill", Image_fill, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef Image_getset[] = {
    {"address", Image_address, NULL, NULL, NULL},
    {"pitch", Image_pitch, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot Image_slots[] = {
    {Py_tp_new, PYBUF_SLOT(Image_new)},
    {Py_tp_dealloc, PYBUF_SLOT(Image_dealloc)},
    {Py_tp_methods, Image_methods},
    {Py_tp_getset, Image_getset},
    PYBUF_BUFFER_SLOT_ENTRIES(Image),
    {0, NULL},
};

static PyType_Spec Image_spec = {
    .name = "slots.Image", .basicsize = sizeof(Image), .flags = Py_TPFLAGS_DEFAULT, .slots = Image_slots};

#ifndef Py_LIMITED_API
typedef struct Raw {
    PyObject_HEAD
    pybuf_exporter *bytes;
} Raw;

PYBUF_BUFFER_SLOTS(Raw, bytes);

static PyBufferProcs Raw_as_buffer = {Raw_getbuffer, Raw_releasebuffer};

static PyObject *Raw_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"size", NULL};
    Py_ssize_t size;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "n:Raw", names, &size))
        return NULL;
    pybuf_exporter *bytes = pybuf_ndarray_new(1, &size, "B", 0, 'C');
    if (!bytes)
        return pybuf_python_raise();
    Raw *self = (Raw *)type->tp_alloc(type, 0);
    if (self)
        self->bytes = bytes;
    else
        pybuf_exporter_unref(bytes);
    return (PyObject *)self;
}

static void Raw_dealloc(PyObject *self)
{
    pybuf_exporter_unref(((Raw *)self)->bytes);
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject Raw_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "slots.Raw",
    .tp_basicsize = sizeof(Raw),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = Raw_new,
    .tp_dealloc = Raw_dealloc,
    .tp_as_buffer = &Raw_as_buffer,
};
#endif

static PyObject *live(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    return PyLong_FromLong(memories_lent - memories_released);
}

static PyObject *released(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    return PyLong_FromLong(memories_released);
}

static PyMethodDef methods[] = {
    {"live", live, METH_NOARGS, NULL},
    {"released", released, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int add_types(PyObject *module)
{
    PyObject *image_type = PyType_FromSpec(&Image_spec);
    if (!image_type || PyModule_AddObject(module, "Image", image_type) < 0) {
        Py_XDECREF(image_type);
        return -1;
    }
#ifndef Py_LIMITED_API
    if (PyModule_AddType(module, &Raw_type) < 0)
        return -1;
#endif
    return 0;
}

MODULE(slots, methods, add_types);
