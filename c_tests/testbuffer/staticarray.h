/* The type staticarray: twelve bytes that nobody can write, and that are always there. */
#ifndef TESTBUFFER_STATICARRAY_H
#define TESTBUFFER_STATICARRAY_H

#include "extensions/module.h"

static unsigned char static_bytes[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

/* Made with the module and never given up: buffers that do not say whose they are keep nothing. */
static pybuf_exporter *static_lent;

typedef struct staticarray {
    PyObject_HEAD
    int legacy;     /* its buffers do not say whose they are */
} staticarray;

/* Lends the bytes; to be called once. */
static int lend_static_bytes(void)
{
    static_lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = static_bytes, .size = sizeof static_bytes, .readonly = 1});
    return pybuf_python_status(static_lent ? 0 : -1);
}

static PyObject *staticarray_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"legacy_mode", NULL};
    int legacy = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|p:staticarray", names, &legacy))
        return NULL;
    staticarray *made = (staticarray *)PyType_GenericAlloc(type, 0);
    if (made)
        made->legacy = legacy;
    return (PyObject *)made;
}

static void staticarray_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* All is told, whatever is asked for. */
static int staticarray_getbuffer(PyObject *self, Py_buffer *view, int request)
{
    (void)request;
    if (pybuf_python_fill(self, static_lent, view, PyBUF_FULL_RO) < 0)
        return -1;
    if (((staticarray *)self)->legacy)
        Py_CLEAR(view->obj);
    return 0;
}

/* Fixed memory counts no exports, so buffers need no release: in legacy mode there is none. */
static PyType_Slot staticarray_slots[] = {
    {Py_tp_new, PYBUF_SLOT(staticarray_new)},
    {Py_tp_dealloc, PYBUF_SLOT(staticarray_dealloc)},
    {Py_bf_getbuffer, PYBUF_SLOT(staticarray_getbuffer)},
    {0, NULL},
};

static PyType_Spec staticarray_spec = {
    .name = "testbuffer.staticarray", .basicsize = sizeof(staticarray), .flags = Py_TPFLAGS_DEFAULT,
    .slots = staticarray_slots};

#endif
