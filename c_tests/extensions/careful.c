/* An exporter whose buffers point into themselves, and who looks at what comes back.
 * Its slot is filled by pybuf_fill_info.
 *
 *     Careful(size)       bytes, writable
 *         .released       buffers that have come back
 *         .moved          those that came back in another place than that where they were filled
 *         .broken         those whose shape or strides no longer point into themselves, or with another obj
 */
// build: limited
#include "module.h"

#include <stdatomic.h>
#include <stdlib.h>

typedef struct Careful {
    PyObject_HEAD
    char *bytes;
    Py_ssize_t size;
    atomic_int released, moved, broken;
} Careful;

static int Careful_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    Careful *careful = (Careful *)self;
    if (pybuf_fill_info(view, self, careful->bytes, careful->size, 0, flags) < 0)
        return pybuf_python_status(-1);
    view->internal = view;
    return 0;
}

static void Careful_releasebuffer(PyObject *self, Py_buffer *view)
{
    Careful *careful = (Careful *)self;
    int shape_is_own = !view->shape || view->shape == &view->len;
    int strides_are_own = !view->strides || view->strides == &view->itemsize;
    atomic_fetch_add(&careful->released, 1);
    atomic_fetch_add(&careful->moved, view->internal != view);
    atomic_fetch_add(&careful->broken, !shape_is_own || !strides_are_own || view->obj != self);
}

static PyObject *Careful_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"size", NULL};
    Py_ssize_t size;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "n:Careful", names, &size))
        return NULL;
    Careful *self = (Careful *)PyType_GenericAlloc(type, 0);
    if (!self)
        return NULL;
    self->size = size;
    self->bytes = calloc(1, size > 0 ? (size_t)size : 1);
    if (!self->bytes) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return (PyObject *)self;
}

static void Careful_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    free(((Careful *)self)->bytes);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* `closure` is the offset of the counter. */
static PyObject *Careful_count(PyObject *self, void *closure)
{
    return PyLong_FromLong(atomic_load((atomic_int *)((char *)self + (uintptr_t)closure)));
}

#define COUNTER(name) {#name, Careful_count, NULL, NULL, (void *)offsetof(Careful, name)}

static PyGetSetDef Careful_getset[] = {
    COUNTER(released),
    COUNTER(moved),
    COUNTER(broken),
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot Careful_slots[] = {
    {Py_tp_new, PYBUF_SLOT(Careful_new)},
    {Py_tp_dealloc, PYBUF_SLOT(Careful_dealloc)},
    {Py_tp_getset, Careful_getset},
    PYBUF_BUFFER_SLOT_ENTRIES(Careful),
    {0, NULL},
};

static PyType_Spec Careful_spec = {
    .name = "careful.Careful", .basicsize = sizeof(Careful), .flags = Py_TPFLAGS_DEFAULT, .slots = Careful_slots};

static PyMethodDef methods[] = {{NULL, NULL, 0, NULL}};

static int add_type(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&Careful_spec);
    if (type && PyModule_AddObject(module, "Careful", type) == 0)
        return 0;
    Py_XDECREF(type);
    return -1;
}

MODULE(careful, methods, add_type);
