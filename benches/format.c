/* Loops of benches/format.py, in C so that what is timed is the formats and not the
 * interpreter. Each function that ends in a number of runs, n, does its work n times and
 * returns the seconds. */

#define PY_SSIZE_T_CLEAN
#include <pybuf_python.h>

#include <stdlib.h>
#include <string.h>

#include "common/timing.h"

/* --- formats --- */

/* parse(text, dialect, n): a format made, and dropped. */
static PyObject *parse(PyObject *module, PyObject *args)
{
    const char *text;
    int dialect;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "sin", &text, &dialect, &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++) {
        pybuf_format *format = pybuf_format_new(text, dialect);
        if (!format) return pybuf_python_raise();
        pybuf_format_unref(format);
    }
    return PyFloat_FromDouble(now() - start);
}

static PyObject *sizes(PyObject *args, Py_ssize_t (*size_of)(const char *))
{
    const char *text;
    Py_ssize_t n;
    if (!PyArg_ParseTuple(args, "sn", &text, &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++)
        if (size_of(text) < 0) return PyErr_Occurred() ? NULL : pybuf_python_raise();
    return PyFloat_FromDouble(now() - start);
}

/* size(text, n): pybuf_size_from_format. */
static PyObject *size(PyObject *module, PyObject *args)
{
    (void)module;
    return sizes(args, pybuf_size_from_format);
}

/* cpython_size(text, n): CPython's own, PyBuffer_SizeFromFormat. */
static PyObject *cpython_size(PyObject *module, PyObject *args)
{
    (void)module;
    return sizes(args, PyBuffer_SizeFromFormat);
}

/* accepts(wanted, text, itemsize, n): as a consumer asks at every call. */
static PyObject *accepts(PyObject *module, PyObject *args)
{
    const char *wanted, *text;
    Py_ssize_t itemsize, n;
    (void)module;
    if (!PyArg_ParseTuple(args, "ssnn", &wanted, &text, &itemsize, &n)) return NULL;
    pybuf_format *format = pybuf_format_new(wanted, PYBUF_PEP3118);
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++)
        if (pybuf_format_accepts(format, text, itemsize) < 0) return pybuf_python_raise();
    double seconds = now() - start;
    pybuf_format_unref(format);
    return PyFloat_FromDouble(seconds);
}

/* equivalent(one, other, n): two formats, made before. */
static PyObject *equivalent(PyObject *module, PyObject *args)
{
    const char *one, *other;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "ssn", &one, &other, &n)) return NULL;
    pybuf_format *formats[] = {pybuf_format_new(one, PYBUF_PEP3118), pybuf_format_new(other, PYBUF_PEP3118)};
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++)
        if (pybuf_format_equivalent(formats[0], formats[1]) != 1) return pybuf_python_raise();
    double seconds = now() - start;
    pybuf_format_unref(formats[0]);
    pybuf_format_unref(formats[1]);
    return PyFloat_FromDouble(seconds);
}

/* --- what the peers do --- */

/* equal(one, other, n): one == other. */
static PyObject *equal(PyObject *module, PyObject *args)
{
    PyObject *one, *other;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOn", &one, &other, &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++)
        if (PyObject_RichCompareBool(one, other, Py_EQ) < 0) return NULL;
    return PyFloat_FromDouble(now() - start);
}

/* iterate(function, data, n): function(data), to its end. */
static PyObject *iterate(PyObject *module, PyObject *args)
{
    PyObject *function, *data;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOn", &function, &data, &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *all = PyObject_CallFunctionObjArgs(function, data, NULL), *one;
        if (!all) return NULL;
        while ((one = PyIter_Next(all))) Py_DECREF(one);
        Py_DECREF(all);
        if (PyErr_Occurred()) return NULL;
    }
    return PyFloat_FromDouble(now() - start);
}

/* call_each(function, tuples, n): function(*tuple) for each of a list. */
static PyObject *call_each(PyObject *module, PyObject *args)
{
    PyObject *function, *tuples;
    Py_ssize_t n;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO!n", &function, &PyList_Type, &tuples, &n)) return NULL;
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++)
        for (Py_ssize_t k = 0; k < PyList_GET_SIZE(tuples); k++) {
            PyObject *result = PyObject_Call(function, PyList_GET_ITEM(tuples, k), NULL);
            if (!result) return NULL;
            Py_DECREF(result);
        }
    return PyFloat_FromDouble(now() - start);
}

/* --- items and values, by hand --- */

/* What somebody writes who knows the format: each item's values, one behind the other. */
typedef void unpacker(const unsigned char *items, Py_ssize_t count, pybuf_value *values);

/* The same backwards, and nonzero where a number does not fit. */
typedef int packer(const pybuf_value *values, Py_ssize_t count, unsigned char *items);

static uint32_t swapped(uint32_t bits)
{
    return bits >> 24 | (bits >> 8 & 0xff00) | (bits & 0xff00) << 8 | bits << 24;
}

static void unpack_int(const unsigned char *items, Py_ssize_t count, pybuf_value *values)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        int32_t number;
        memcpy(&number, items + 4 * i, 4);
        values[i].kind = PYBUF_VALUE_SIGNED;
        values[i].order = 0;
        values[i].size = 0;
        values[i].as.integer = number;
    }
}

static int pack_int(const pybuf_value *values, Py_ssize_t count, unsigned char *items)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        if (values[i].kind != PYBUF_VALUE_SIGNED) return -1;
        int32_t number = (int32_t)values[i].as.integer;
        if (number != values[i].as.integer) return -1;
        memcpy(items + 4 * i, &number, 4);
    }
    return 0;
}

static void unpack_float(const unsigned char *items, Py_ssize_t count, pybuf_value *values)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        uint32_t bits;
        float number;
        memcpy(&bits, items + 4 * i, 4);
        bits = swapped(bits);
        memcpy(&number, &bits, 4);
        values[i].kind = PYBUF_VALUE_FLOAT;
        values[i].order = 0;
        values[i].size = 0;
        values[i].as.real[0] = number;
    }
}

static int pack_float(const pybuf_value *values, Py_ssize_t count, unsigned char *items)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        if (values[i].kind != PYBUF_VALUE_FLOAT) return -1;
        double wide = values[i].as.real[0];
        float number = (float)wide;
        /* An infinity that was none: too large. */
        if (number - number != 0 && wide - wide == 0) return -1;
        uint32_t bits;
        memcpy(&bits, &number, 4);
        bits = swapped(bits);
        memcpy(items + 4 * i, &bits, 4);
    }
    return 0;
}

static void unpack_pair(const unsigned char *items, Py_ssize_t count, pybuf_value *values)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        int32_t number;
        double real;
        memcpy(&number, items + 12 * i, 4);
        memcpy(&real, items + 12 * i + 4, 8);
        pybuf_value *value = values + 3 * i;
        value[0].kind = PYBUF_VALUE_SEQUENCE;
        value[0].order = 0;
        value[0].size = 2;
        value[0].as.items = value + 1;
        value[1].kind = PYBUF_VALUE_SIGNED;
        value[1].order = 0;
        value[1].size = 0;
        value[1].as.integer = number;
        value[2].kind = PYBUF_VALUE_FLOAT;
        value[2].order = 0;
        value[2].size = 0;
        value[2].as.real[0] = real;
    }
}

static int pack_pair(const pybuf_value *values, Py_ssize_t count, unsigned char *items)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        const pybuf_value *value = values + 3 * i;
        if (value->kind != PYBUF_VALUE_SEQUENCE || value->size != 2) return -1;
        const pybuf_value *member = value->as.items;
        if (member[0].kind != PYBUF_VALUE_SIGNED || member[1].kind != PYBUF_VALUE_FLOAT) return -1;
        int32_t number = (int32_t)member[0].as.integer;
        if (number != member[0].as.integer) return -1;
        memcpy(items + 12 * i, &number, 4);
        memcpy(items + 12 * i + 4, &member[1].as.real[0], 8);
    }
    return 0;
}

static const struct {
    const char *text;
    unpacker *unpack;
    packer *pack;
} plain_loops[] = {
    {"i", unpack_int, pack_int},
    {">f", unpack_float, pack_float},
    {"T{<i:a:d:b:}", unpack_pair, pack_pair},
};

enum { FORMATS = sizeof plain_loops / sizeof *plain_loops };

/* --- runs of items --- */

/* Items of a format, and room for the values of a block of them, which is used again for
 * the next block. The memory is touched before anything is timed. */
typedef struct {
    pybuf_format *format;
    Py_buffer items;
    unsigned char *packed;
    pybuf_value *values;
    Py_ssize_t itemsize, each, block, n;
    int which;
} run;

static void end(run *r)
{
    pybuf_format_unref(r->format);
    PyBuffer_Release(&r->items);
    free(r->packed);
    free(r->values);
}

static int begin(PyObject *args, run *r)
{
    const char *text;
    memset(r, 0, sizeof *r);
    if (!PyArg_ParseTuple(args, "sy*nn", &text, &r->items, &r->block, &r->n)) return -1;
    r->format = pybuf_format_new(text, PYBUF_PEP3118);
    while (r->which < FORMATS && strcmp(plain_loops[r->which].text, text) != 0) r->which++;
    if (!r->format || r->which == FORMATS) {
        end(r);
        PyErr_Format(PyExc_ValueError, "no loop is written for %s", text);
        return -1;
    }
    r->itemsize = pybuf_format_itemsize(r->format);
    r->each = pybuf_format_values(r->format);
    size_t room = (size_t)(r->block * r->each) * sizeof *r->values;
    r->packed = malloc((size_t)r->items.len);
    r->values = malloc(room);
    if (!r->packed || !r->values) {
        end(r);
        PyErr_NoMemory();
        return -1;
    }
    memset(r->packed, 0xff, (size_t)r->items.len);
    memset(r->values, 0xff, room);
    return 0;
}

static int library_unpacks(run *r, const unsigned char *items)
{
    return pybuf_format_unpack_many(r->format, items, r->block, r->itemsize, r->values, r->block * r->each);
}

static int library_packs(run *r, unsigned char *items)
{
    return pybuf_format_pack_many(r->format, r->values, r->block, r->each, items, r->itemsize);
}

static int hand_unpacks(run *r, const unsigned char *items)
{
    plain_loops[r->which].unpack(items, r->block, r->values);
    return 0;
}

static int hand_packs(run *r, unsigned char *items)
{
    return plain_loops[r->which].pack(r->values, r->block, items);
}

/* Unpacks block by block, n times over. */
static PyObject *timed_unpack(PyObject *args, int (*unpacks)(run *, const unsigned char *))
{
    run r;
    if (begin(args, &r) < 0) return NULL;
    const unsigned char *items = r.items.buf;
    int failed = 0;
    double start = now();
    for (Py_ssize_t i = 0; i < r.n; i++)
        for (Py_ssize_t at = 0; at < r.items.len; at += r.block * r.itemsize)
            failed |= unpacks(&r, items + at);
    double seconds = now() - start;
    end(&r);
    return failed ? pybuf_python_raise() : PyFloat_FromDouble(seconds);
}

/* Packs the values of the first block again and again. */
static PyObject *timed_pack(PyObject *args, int (*packs)(run *, unsigned char *))
{
    run r;
    if (begin(args, &r) < 0) return NULL;
    int failed = library_unpacks(&r, r.items.buf);
    double start = now();
    for (Py_ssize_t i = 0; i < r.n; i++)
        for (Py_ssize_t at = 0; at < r.items.len; at += r.block * r.itemsize)
            failed |= packs(&r, r.packed + at);
    double seconds = now() - start;
    end(&r);
    return failed ? pybuf_python_raise() : PyFloat_FromDouble(seconds);
}

/* unpack(text, items, block, n): pybuf_format_unpack_many. */
static PyObject *unpack(PyObject *module, PyObject *args)
{
    (void)module;
    return timed_unpack(args, library_unpacks);
}

/* unpack_by_hand(text, items, block, n) */
static PyObject *unpack_by_hand(PyObject *module, PyObject *args)
{
    (void)module;
    return timed_unpack(args, hand_unpacks);
}

/* pack(text, items, block, n): pybuf_format_pack_many. */
static PyObject *pack(PyObject *module, PyObject *args)
{
    (void)module;
    return timed_pack(args, library_packs);
}

/* pack_by_hand(text, items, block, n) */
static PyObject *pack_by_hand(PyObject *module, PyObject *args)
{
    (void)module;
    return timed_pack(args, hand_packs);
}

/* agree(text, items, items' count, 1): what one unpacks the other packs, both ways. */
static PyObject *agree(PyObject *module, PyObject *args)
{
    run r;
    (void)module;
    if (begin(args, &r) < 0) return NULL;
    int failed = library_unpacks(&r, r.items.buf) || hand_packs(&r, r.packed);
    int same = !failed && memcmp(r.packed, r.items.buf, (size_t)r.items.len) == 0;
    memset(r.packed, 0xff, (size_t)r.items.len);
    failed = failed || hand_unpacks(&r, r.items.buf) || library_packs(&r, r.packed);
    same = same && !failed && memcmp(r.packed, r.items.buf, (size_t)r.items.len) == 0;
    end(&r);
    return PyBool_FromLong(same);
}

/* --- one item --- */

enum { MOST = 16 };

/* unpack_one(text, item, n): pybuf_format_unpack. */
static PyObject *unpack_one(PyObject *module, PyObject *args)
{
    const char *text, *item;
    Py_ssize_t size, n;
    pybuf_value values[MOST];
    (void)module;
    if (!PyArg_ParseTuple(args, "sy#n", &text, &item, &size, &n)) return NULL;
    pybuf_format *format = pybuf_format_new(text, PYBUF_PEP3118);
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++)
        if (pybuf_format_unpack(format, item, size, values, MOST) < 0) return pybuf_python_raise();
    double seconds = now() - start;
    pybuf_format_unref(format);
    return PyFloat_FromDouble(seconds);
}

/* pack_one(text, item, n): pybuf_format_pack of what the item says. */
static PyObject *pack_one(PyObject *module, PyObject *args)
{
    const char *text, *item;
    char packed[256];
    Py_ssize_t size, n;
    pybuf_value values[MOST];
    (void)module;
    if (!PyArg_ParseTuple(args, "sy#n", &text, &item, &size, &n)) return NULL;
    pybuf_format *format = pybuf_format_new(text, PYBUF_PEP3118);
    if (pybuf_format_unpack(format, item, size, values, MOST) < 0) return pybuf_python_raise();
    double start = now();
    for (Py_ssize_t i = 0; i < n; i++)
        if (pybuf_format_pack(format, values, packed, size) < 0) return pybuf_python_raise();
    double seconds = now() - start;
    pybuf_format_unref(format);
    return PyFloat_FromDouble(seconds);
}

static PyMethodDef methods[] = {
    {"parse", parse, METH_VARARGS, NULL},
    {"size", size, METH_VARARGS, NULL},
    {"cpython_size", cpython_size, METH_VARARGS, NULL},
    {"accepts", accepts, METH_VARARGS, NULL},
    {"equivalent", equivalent, METH_VARARGS, NULL},
    {"call", timed_calls, METH_VARARGS, NULL},
    {"equal", equal, METH_VARARGS, NULL},
    {"iterate", iterate, METH_VARARGS, NULL},
    {"call_each", call_each, METH_VARARGS, NULL},
    {"unpack", unpack, METH_VARARGS, NULL},
    {"unpack_by_hand", unpack_by_hand, METH_VARARGS, NULL},
    {"pack", pack, METH_VARARGS, NULL},
    {"pack_by_hand", pack_by_hand, METH_VARARGS, NULL},
    {"agree", agree, METH_VARARGS, NULL},
    {"unpack_one", unpack_one, METH_VARARGS, NULL},
    {"pack_one", pack_one, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "bench_format", NULL, 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_bench_format(void)
{
    return PyModuleDef_Init(&definition);
}
