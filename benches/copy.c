/* Loops of `cargo bench --bench copy`, in C so that what is timed is the copy and not the call.
 * Each function does its work n times and returns the seconds. Comparisons are in view.c. */

#define PY_SSIZE_T_CLEAN
#include <pybuf_python.h>

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "common/timing.h"
#include "common/views.h"

/* --- this library --- */

/* copy(dest, src, n): pybuf_view_copy, of views that were made before. */
static PyObject *copy(PyObject *module, PyObject *args)
{
    PyObject *dest, *src;
    pybuf_view *to, *from;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOn", &dest, &src, &n) || both_views(dest, src, 1, &to, &from) < 0) return NULL;
    double start = now();
    int code = 0;
    for (Py_ssize_t i = 0; i < n && code == 0; i++)
        code = pybuf_view_copy(to, from);
    double seconds = now() - start;
    pybuf_view_unref(to);
    pybuf_view_unref(from);
    return code < 0 ? pybuf_python_raise() : PyFloat_FromDouble(seconds);
}

/* execute_plan(dest, src, n): pybuf_copy_plan_execute, of a plan that was made before. */
static PyObject *execute_plan(PyObject *module, PyObject *args)
{
    PyObject *dest, *src;
    pybuf_view *to, *from;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOn", &dest, &src, &n) || both_views(dest, src, 1, &to, &from) < 0) return NULL;
    pybuf_copy_plan *plan = pybuf_copy_plan_of_views(to, from);
    void *to_data = pybuf_view_data(to), *from_data = pybuf_view_data(from);
    double start = now();
    int code = plan ? 0 : -1;
    for (Py_ssize_t i = 0; i < n && code == 0; i++)
        code = pybuf_copy_plan_execute(plan, to_data, from_data);
    double seconds = now() - start;
    pybuf_copy_plan_unref(plan);
    pybuf_view_unref(to);
    pybuf_view_unref(from);
    return code < 0 ? pybuf_python_raise() : PyFloat_FromDouble(seconds);
}

/* byteswap(dest, src, itemsize, n): pybuf_byteswap of a whole buffer. */
static PyObject *byteswap(PyObject *module, PyObject *args)
{
    Py_buffer to, from;
    Py_ssize_t itemsize, n;
    (void)module;
    if (!PyArg_ParseTuple(args, "w*y*nn", &to, &from, &itemsize, &n)) return NULL;
    double start = now();
    int code = 0;
    for (Py_ssize_t i = 0; i < n && code == 0; i++)
        code = pybuf_byteswap(to.buf, from.buf, itemsize, from.len / itemsize);
    double seconds = now() - start;
    PyBuffer_Release(&to);
    PyBuffer_Release(&from);
    return code < 0 ? pybuf_python_raise() : PyFloat_FromDouble(seconds);
}

static PyObject *shuffled(PyObject *args, int is_back)
{
    Py_buffer to, from;
    Py_ssize_t itemsize, n;
    if (!PyArg_ParseTuple(args, "w*y*nn", &to, &from, &itemsize, &n)) return NULL;
    double start = now();
    int code = 0;
    for (Py_ssize_t i = 0; i < n && code == 0; i++)
        code = is_back ? pybuf_unshuffle(to.buf, from.buf, from.len, itemsize)
                       : pybuf_shuffle(to.buf, from.buf, from.len, itemsize);
    double seconds = now() - start;
    PyBuffer_Release(&to);
    PyBuffer_Release(&from);
    return code < 0 ? pybuf_python_raise() : PyFloat_FromDouble(seconds);
}

/* shuffle(dest, src, itemsize, n): pybuf_shuffle of a whole buffer. */
static PyObject *shuffle(PyObject *module, PyObject *args)
{
    (void)module;
    return shuffled(args, 0);
}

/* unshuffle(dest, src, itemsize, n): and back. */
static PyObject *unshuffle(PyObject *module, PyObject *args)
{
    (void)module;
    return shuffled(args, 1);
}

/* Two objects' buffers, whatever layout they have; an exception where they give none. */
static int buffers(PyObject *dest, PyObject *src, Py_buffer *to, Py_buffer *from)
{
    if (PyObject_GetBuffer(dest, to, PyBUF_FULL) < 0) return -1;
    if (PyObject_GetBuffer(src, from, PyBUF_FULL_RO) == 0) return 0;
    PyBuffer_Release(to);
    return -1;
}

/* copy_data(dest, src, n): pybuf_copy_data, which reads two Py_buffer in each call. */
static PyObject *copy_data(PyObject *module, PyObject *args)
{
    PyObject *dest, *src;
    Py_buffer to, from;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOn", &dest, &src, &n) || buffers(dest, src, &to, &from) < 0) return NULL;
    double start = now();
    int code = 0;
    for (Py_ssize_t i = 0; i < n && code == 0; i++)
        code = pybuf_copy_data(&to, &from);
    double seconds = now() - start;
    PyBuffer_Release(&to);
    PyBuffer_Release(&from);
    return code < 0 ? pybuf_python_raise() : PyFloat_FromDouble(seconds);
}

/* --- CPython --- */

static PyObject *contiguous(PyObject *args, int is_ours)
{
    PyObject *dest, *src;
    Py_buffer to, from;
    Py_ssize_t n;
    if (!PyArg_ParseTuple(args, "OOn", &dest, &src, &n) || buffers(dest, src, &to, &from) < 0) return NULL;
    double start = now();
    int code = 0;
    for (Py_ssize_t i = 0; i < n && code == 0; i++)
        code = is_ours ? pybuf_to_contiguous(to.buf, &from, from.len, 'C')
                       : PyBuffer_ToContiguous(to.buf, &from, from.len, 'C');
    double seconds = now() - start;
    PyBuffer_Release(&to);
    PyBuffer_Release(&from);
    if (code == 0) return PyFloat_FromDouble(seconds);
    return is_ours ? pybuf_python_raise() : NULL;
}

/* to_contiguous(dest, src, n): pybuf_to_contiguous, into memory that is there. */
static PyObject *to_contiguous(PyObject *module, PyObject *args)
{
    (void)module;
    return contiguous(args, 1);
}

/* cpython_to_contiguous(dest, src, n): the work of memoryview.tobytes. */
static PyObject *cpython_to_contiguous(PyObject *module, PyObject *args)
{
    (void)module;
    return contiguous(args, 0);
}

/* --- what memory can do --- */

typedef void moves(char *to, const char *from, size_t size);

/* Runs one of them on two contiguous buffers of a size. */
static PyObject *moved(PyObject *args, moves *move)
{
    Py_buffer to, from;
    Py_ssize_t n;
    if (!PyArg_ParseTuple(args, "w*y*n", &to, &from, &n)) return NULL;
    size_t size = (size_t)(to.len < from.len ? to.len : from.len);
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++)
        move(to.buf, from.buf, size);
    double seconds = now() - start;
    PyBuffer_Release(&to);
    PyBuffer_Release(&from);
    return PyFloat_FromDouble(seconds);
}

static void by_memcpy(char *to, const char *from, size_t size)
{
    memcpy(to, from, size);
}

/* copy_bytes(dest, src, n): memcpy of the same bytes. */
static PyObject *copy_bytes(PyObject *module, PyObject *args)
{
    (void)module;
    return moved(args, by_memcpy);
}

#ifdef __SSE2__
/* Stores that pass the caches by, whole lines of them, with the source asked for 2 KiB ahead. */
static void by_stream(char *to, const char *from, size_t size)
{
    size_t head = (size_t)(-(uintptr_t)to & 63);
    if (head > size) head = size;
    memcpy(to, from, head);
    size_t at = head;
    for (; at + 64 <= size; at += 64) {
        _mm_prefetch(from + at + 2048, _MM_HINT_T0);
        for (size_t part = 0; part < 64; part += 16)
            _mm_stream_si128((__m128i *)(to + at + part), _mm_loadu_si128((const __m128i *)(from + at + part)));
    }
    _mm_sfence();
    memcpy(to + at, from + at, size - at);
}

/* stream(dest, src, n): the same by streaming stores. */
static PyObject *stream(PyObject *module, PyObject *args)
{
    (void)module;
    return moved(args, by_stream);
}
#endif

typedef uint64_t wide __attribute__((vector_size(64), aligned(1), may_alias));

static volatile uint64_t seen;

/* Two sums at the width of the machine: what can be compared no faster than it is read. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#endif
static void by_reading(char *to, const char *from, size_t size)
{
    wide one = {0}, other = {0};
    for (size_t at = 0; at + 64 <= size; at += 64) {
        one += *(const wide *)(to + at);
        other += *(const wide *)(from + at);
    }
    one ^= other;
    seen = one[0] ^ one[1] ^ one[2] ^ one[3] ^ one[4] ^ one[5] ^ one[6] ^ one[7];
}

/* read_both(one, other, n): every byte of both is loaded. */
static PyObject *read_both(PyObject *module, PyObject *args)
{
    (void)module;
    return moved(args, by_reading);
}

/* --- functions of other libraries, which Python finds and passes as addresses --- */

/* omatcopy(address, dest, src, n): OpenBLAS's transpose of a matrix of floats or doubles. */
static PyObject *omatcopy(PyObject *module, PyObject *args)
{
    typedef void of_floats(int, int, int64_t, int64_t, float, const float *, int64_t, float *, int64_t);
    typedef void of_doubles(int, int, int64_t, int64_t, double, const double *, int64_t, double *, int64_t);
    enum { ROW_MAJOR = 101, TRANSPOSED = 112 };
    Py_ssize_t address, n;
    PyObject *dest, *src;
    Py_buffer to, from;
    (void)module;
    if (!PyArg_ParseTuple(args, "nOOn", &address, &dest, &src, &n) || buffers(dest, src, &to, &from) < 0) return NULL;
    int64_t rows = from.shape[0], columns = from.shape[1];
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++)
        if (from.itemsize == sizeof(float))
            ((of_floats *)address)(ROW_MAJOR, TRANSPOSED, rows, columns, 1, from.buf, columns, to.buf, rows);
        else
            ((of_doubles *)address)(ROW_MAJOR, TRANSPOSED, rows, columns, 1, from.buf, columns, to.buf, rows);
    double seconds = now() - start;
    PyBuffer_Release(&to);
    PyBuffer_Release(&from);
    return PyFloat_FromDouble(seconds);
}

/* strided(address, dest, src, n): a function of benches/copy/crates. */
static PyObject *strided(PyObject *module, PyObject *args)
{
    struct sides {
        void *to;
        const Py_ssize_t *to_strides;
        const void *from;
        const Py_ssize_t *from_strides, *shape;
        Py_ssize_t ndim, itemsize;
    };
    typedef int copies(const struct sides *, Py_ssize_t);
    Py_ssize_t address, n;
    PyObject *dest, *src;
    Py_buffer to, from;
    (void)module;
    if (!PyArg_ParseTuple(args, "nOOn", &address, &dest, &src, &n) || buffers(dest, src, &to, &from) < 0) return NULL;
    struct sides sides = {to.buf, to.strides, from.buf, from.strides, to.shape, to.ndim, to.itemsize};
    double start = now();
    int code = ((copies *)address)(&sides, n);
    double seconds = now() - start;
    PyBuffer_Release(&to);
    PyBuffer_Release(&from);
    if (code == 0) return PyFloat_FromDouble(seconds);
    PyErr_SetString(PyExc_ValueError, "the crate does not copy this");
    return NULL;
}

/* blosc2_shuffle(address, itemsize, dest, src, n): Blosc2's, of a whole buffer. */
static PyObject *blosc2_shuffle(PyObject *module, PyObject *args)
{
    typedef int shuffles(int32_t, int32_t, const void *, void *);
    Py_ssize_t address, itemsize, n;
    Py_buffer to, from;
    (void)module;
    if (!PyArg_ParseTuple(args, "nnw*y*n", &address, &itemsize, &to, &from, &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++)
        ((shuffles *)address)((int32_t)itemsize, (int32_t)from.len, from.buf, to.buf);
    double seconds = now() - start;
    PyBuffer_Release(&to);
    PyBuffer_Release(&from);
    return PyFloat_FromDouble(seconds);
}

static PyMethodDef methods[] = {
    {"call", timed_calls, METH_VARARGS, NULL},
    {"copy", copy, METH_VARARGS, NULL},
    {"execute_plan", execute_plan, METH_VARARGS, NULL},
    {"byteswap", byteswap, METH_VARARGS, NULL},
    {"shuffle", shuffle, METH_VARARGS, NULL},
    {"unshuffle", unshuffle, METH_VARARGS, NULL},
    {"copy_data", copy_data, METH_VARARGS, NULL},
    {"to_contiguous", to_contiguous, METH_VARARGS, NULL},
    {"cpython_to_contiguous", cpython_to_contiguous, METH_VARARGS, NULL},
    {"copy_bytes", copy_bytes, METH_VARARGS, NULL},
#ifdef __SSE2__
    {"stream", stream, METH_VARARGS, NULL},
#endif
    {"read_both", read_both, METH_VARARGS, NULL},
    {"omatcopy", omatcopy, METH_VARARGS, NULL},
    {"strided", strided, METH_VARARGS, NULL},
    {"blosc2_shuffle", blosc2_shuffle, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "bench_copy", NULL, 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_bench_copy(void)
{
    return PyModuleDef_Init(&definition);
}
