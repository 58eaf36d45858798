/* Loops of benches/lend.py, in C so that what is timed is the protocol and not the
 * interpreter. Each function runs its operation n times and returns the seconds. */

#include <pybuf_python.h>

#include "common/timing.h"

/* getbuffer(object, flags, n): PyObject_GetBuffer and PyBuffer_Release. */
static PyObject *getbuffer(PyObject *module, PyObject *args)
{
    PyObject *object;
    int flags;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oin", &object, &flags, &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_buffer view;
        if (PyObject_GetBuffer(object, &view, flags) < 0) return NULL;
        PyBuffer_Release(&view);
    }
    return PyFloat_FromDouble(now() - start);
}

static char memory[1024];
static Py_ssize_t released;

static void count(void *context)
{
    (void)context;
    released++;
}

static pybuf_exporter *lend(void)
{
    static const Py_ssize_t shape[] = {16, 64};
    pybuf_memory lent = {0};
    lent.buf = memory;
    lent.size = sizeof memory;
    lent.ndim = 2;
    lent.shape = shape;
    lent.release = count;
    return pybuf_exporter_new(&lent);
}

/* exporter(n): an exporter of native memory, made and dropped. */
static PyObject *exporter(PyObject *module, PyObject *args)
{
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "n", &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++) pybuf_exporter_unref(lend());
    return PyFloat_FromDouble(now() - start);
}

/* python_object(n): the same as a Python object. */
static PyObject *python_object(PyObject *module, PyObject *args)
{
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "n", &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *object = pybuf_python_object(lend());
        if (!object) return NULL;
        Py_DECREF(object);
    }
    return PyFloat_FromDouble(now() - start);
}

/* from_memory(n): CPython's own way to lend native memory, which has no owner and no
 * shape: PyMemoryView_FromMemory. */
static PyObject *from_memory(PyObject *module, PyObject *args)
{
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "n", &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *object = PyMemoryView_FromMemory(memory, sizeof memory, PyBUF_WRITE);
        if (!object) return NULL;
        Py_DECREF(object);
    }
    return PyFloat_FromDouble(now() - start);
}

/* native(n): pybuf_getbuffer and pybuf_release, no Python involved. */
static PyObject *native(PyObject *module, PyObject *args)
{
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "n", &n)) return NULL;
    pybuf_exporter *lent = lend();
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_buffer view;
        if (pybuf_getbuffer(lent, &view, PyBUF_FULL_RO) < 0) return pybuf_python_raise();
        pybuf_release(&view);
    }
    double seconds = now() - start;
    pybuf_exporter_unref(lent);
    return PyFloat_FromDouble(seconds);
}

static PyObject *lent(PyObject *module, PyObject *ignored)
{
    (void)module;
    (void)ignored;
    return pybuf_python_object(lend());
}

static PyObject *libpybuf(PyObject *module, PyObject *ignored)
{
    (void)module;
    (void)ignored;
    return pybuf_python_module();
}

static PyMethodDef methods[] = {
    {"getbuffer", getbuffer, METH_VARARGS, NULL},
    {"call", timed_calls, METH_VARARGS, NULL},
    {"exporter", exporter, METH_VARARGS, NULL},
    {"python_object", python_object, METH_VARARGS, NULL},
    {"from_memory", from_memory, METH_VARARGS, NULL},
    {"native", native, METH_VARARGS, NULL},
    {"lent", lent, METH_NOARGS, NULL},
    {"libpybuf", libpybuf, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "bench_lend", NULL, 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_bench_lend(void)
{
    return PyModuleDef_Init(&definition);
}
