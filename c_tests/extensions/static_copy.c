/* An extension with a static copy of the library of its own, beside the shared one:
 * buffers cross between the two, handles never.
 *
 *     lend(size) -> Exporter             of this copy: bytes 0 1 2 …, with a counted release callback
 *     released() -> int                  how many such callbacks have run
 *     sum_bytes(obj) -> int              by a view of this copy, of any object
 *     module() -> module                 this copy's libpybuf
 *     handle(kind) -> int                address of a live handle of this copy; kind: 'exporter' or 'view'
 *     take(kind, address) -> (code, message)    what this copy says to a handle (code 0: it took it)
 *     getbuffer(address) -> None         fills the Py_buffer there natively (obj NULL) from a counted exporter
 *     release(address) -> None           pybuf_release of this copy on the Py_buffer there
 */
// build: static
#include "module.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int memories_released;
static pybuf_exporter *kept_exporter;
static pybuf_view *kept_view;

static void memory_done(void *memory)
{
    atomic_fetch_add(&memories_released, 1);
    free(memory);
}

static pybuf_exporter *new_memory(Py_ssize_t size)
{
    unsigned char *memory = malloc(size > 0 ? (size_t)size : 1);
    for (Py_ssize_t i = 0; memory && i < size; i++)
        memory[i] = (unsigned char)i;
    return pybuf_exporter_new(
        &(pybuf_memory){.buf = memory, .size = size, .release = memory_done, .context = memory});
}

static PyObject *lend(PyObject *module, PyObject *args)
{
    Py_ssize_t size;
    (void)module;
    return PyArg_ParseTuple(args, "n:lend", &size) ? pybuf_python_object(new_memory(size)) : NULL;
}

static PyObject *released(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    return PyLong_FromLong(memories_released);
}

static PyObject *sum_bytes(PyObject *module, PyObject *obj)
{
    (void)module;
    pybuf_view *view = pybuf_python_view(obj, &(pybuf_want){.kind = "uint8", .ndim = 1, .order = 'C'});
    if (!view)
        return NULL;
    const unsigned char *byte = pybuf_view_data(view);
    unsigned long long sum = 0;
    for (Py_ssize_t left = pybuf_view_nbytes(view); left > 0; left--)
        sum += *byte++;
    pybuf_view_unref(view);
    return PyLong_FromUnsignedLongLong(sum);
}

static PyObject *own_module(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    return pybuf_python_module();
}

static PyObject *handle(PyObject *module, PyObject *args)
{
    const char *kind;
    (void)module;
    if (!PyArg_ParseTuple(args, "s:handle", &kind))
        return NULL;
    return PyLong_FromVoidPtr(strcmp(kind, "view") == 0 ? (void *)kept_view : (void *)kept_exporter);
}

static PyObject *take(PyObject *module, PyObject *args)
{
    const char *kind;
    PyObject *address;
    Py_buffer buffer;
    (void)module;
    if (!PyArg_ParseTuple(args, "sO:take", &kind, &address))
        return NULL;
    void *theirs = PyLong_AsVoidPtr(address);
    if (!theirs && PyErr_Occurred())
        return NULL;
    int taken = strcmp(kind, "view") == 0 ? pybuf_view_getbuffer(theirs, &buffer, PyBUF_FULL_RO)
                                          : pybuf_getbuffer(theirs, &buffer, PyBUF_FULL_RO);
    if (taken < 0)
        return Py_BuildValue("(is)", (int)pybuf_error_code(), pybuf_error_message());
    pybuf_release(&buffer);
    return Py_BuildValue("(is)", 0, "");
}

static PyObject *getbuffer(PyObject *module, PyObject *address)
{
    (void)module;
    Py_buffer *buffer = PyLong_AsVoidPtr(address);
    if (!buffer)
        return NULL;
    pybuf_exporter *lent = new_memory(8);
    PyObject *result = pybuf_python_none(pybuf_getbuffer(lent, buffer, PyBUF_FULL_RO));
    pybuf_exporter_unref(lent);
    return result;
}

static PyObject *release(PyObject *module, PyObject *address)
{
    (void)module;
    Py_buffer *buffer = PyLong_AsVoidPtr(address);
    if (!buffer)
        return NULL;
    pybuf_release(buffer);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"lend", lend, METH_VARARGS, NULL},
    {"released", released, METH_NOARGS, NULL},
    {"sum_bytes", sum_bytes, METH_O, NULL},
    {"module", own_module, METH_NOARGS, NULL},
    {"handle", handle, METH_VARARGS, NULL},
    {"take", take, METH_VARARGS, NULL},
    {"getbuffer", getbuffer, METH_O, NULL},
    {"release", release, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

/* The handles that `handle` shows live as long as the process. */
static int keep_handles(PyObject *module)
{
    (void)module;
    if (!kept_exporter)
        kept_exporter = pybuf_bytes_new("kept", 4);
    if (!kept_view)
        kept_view = pybuf_exporter_view(kept_exporter, NULL);
    return kept_view ? 0 : pybuf_python_status(-1);
}

MODULE(static_copy, methods, keep_handles);
