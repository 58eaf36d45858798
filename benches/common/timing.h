/* What the benchmarks' extensions share: a clock, and the call of anything that Python can call.
 * Included after pybuf_python.h. */

#ifndef BENCHES_TIMING_H
#define BENCHES_TIMING_H

#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* call(function, arguments, n): the seconds that n calls take; the results are dropped. */
static PyObject *timed_calls(PyObject *module, PyObject *args)
{
    PyObject *function, *arguments;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO!n", &function, &PyTuple_Type, &arguments, &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *result = PyObject_Call(function, arguments, NULL);
        if (!result) return NULL;
        Py_DECREF(result);
    }
    return PyFloat_FromDouble(now() - start);
}

#endif
