/* Loops of benches/view.py, in C so that what is timed is the views and not the interpreter.
 * Each function does its work n times and returns the seconds. */

#define PY_SSIZE_T_CLEAN
#include <pybuf_python.h>

#include <stdlib.h>
#include <string.h>

#include "common/timing.h"
#include "common/views.h"

/* equal(one, other, n): pybuf_view_equal, of what is equal. */
static PyObject *equal(PyObject *module, PyObject *args)
{
    PyObject *one, *other;
    pybuf_view *left, *right;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOn", &one, &other, &n) || both_views(one, other, 0, &left, &right) < 0) return NULL;
    double start = now();
    int answer = 1;
    for (Py_ssize_t i = 0; i < n && answer == 1; i++)
        answer = pybuf_view_equal(left, right);
    double seconds = now() - start;
    pybuf_view_unref(left);
    pybuf_view_unref(right);
    if (answer < 0) return pybuf_python_raise();
    if (answer == 0) {
        PyErr_SetString(PyExc_AssertionError, "they are not equal");
        return NULL;
    }
    return PyFloat_FromDouble(seconds);
}

/* equal_bytes(one, other, n): memcmp of the same memory. */
static PyObject *equal_bytes(PyObject *module, PyObject *args)
{
    Py_buffer one, other;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*n", &one, &other, &n)) return NULL;
    double start = now();
    volatile int answer = 0;
    for (Py_ssize_t i = 0; i < n; i++)
        answer = memcmp(one.buf, other.buf, (size_t)one.len);
    (void)answer;
    double seconds = now() - start;
    PyBuffer_Release(&one);
    PyBuffer_Release(&other);
    return PyFloat_FromDouble(seconds);
}

static PyObject *searched(PyObject *args, int is_count)
{
    PyObject *object;
    double number;
    Py_ssize_t n;
    if (!PyArg_ParseTuple(args, "Odn", &object, &number, &n)) return NULL;
    pybuf_view *view = pybuf_python_view(object, NULL);
    if (!view) return pybuf_python_raise();
    pybuf_value value = {.kind = PYBUF_VALUE_FLOAT, .as.real = {number}};
    double start = now();
    Py_ssize_t answer = 0, index;
    for (Py_ssize_t i = 0; i < n && answer >= 0; i++)
        answer = is_count ? pybuf_view_count(view, &value) : pybuf_view_find(view, &value, 0, PTRDIFF_MAX, &index);
    double seconds = now() - start;
    pybuf_view_unref(view);
    return answer < 0 ? pybuf_python_raise() : PyFloat_FromDouble(seconds);
}

/* find(view, number, n): pybuf_view_find. */
static PyObject *find(PyObject *module, PyObject *args)
{
    (void)module;
    return searched(args, 0);
}

/* count(view, number, n): pybuf_view_count. */
static PyObject *count(PyObject *module, PyObject *args)
{
    (void)module;
    return searched(args, 1);
}

/* hex(view, sep, group, is_str, n): pybuf_view_hex, into memory that is there, or into a new str. */
static PyObject *hex(PyObject *module, PyObject *args)
{
    PyObject *object;
    int sep, is_str;
    Py_ssize_t group, n;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oinpn", &object, &sep, &group, &is_str, &n)) return NULL;
    pybuf_view *view = pybuf_python_view(object, NULL);
    if (!view) return pybuf_python_raise();
    Py_ssize_t size = pybuf_view_hex(view, (char)sep, group, NULL, 0);
    PyObject *text = PyUnicode_New(size, 127);
    double start = now();
    for (Py_ssize_t i = 0; i < n && text; i++) {
        if (is_str) Py_SETREF(text, PyUnicode_New(size, 127));
        if (text && pybuf_view_hex(view, (char)sep, group, (char *)PyUnicode_1BYTE_DATA(text), size) != size)
            return pybuf_python_raise();
    }
    double seconds = now() - start;
    pybuf_view_unref(view);
    Py_XDECREF(text);
    return text ? PyFloat_FromDouble(seconds) : NULL;
}

static PyMethodDef methods[] = {
    {"call", timed_calls, METH_VARARGS, NULL},
    {"equal", equal, METH_VARARGS, NULL},
    {"equal_bytes", equal_bytes, METH_VARARGS, NULL},
    {"find", find, METH_VARARGS, NULL},
    {"count", count, METH_VARARGS, NULL},
    {"hex", hex, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "bench_view", NULL, 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_bench_view(void)
{
    return PyModuleDef_Init(&definition);
}
