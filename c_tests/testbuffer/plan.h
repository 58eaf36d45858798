/* Memory of an ndarray's own: what its constructor is told, and an exporter made of that.
 *
 * The library checks that all items lie in the memory. Here is only what _testbuffer asks
 * beyond that: offset and strides are whole items, and no item is of 0 bytes.
 */
#ifndef TESTBUFFER_PLAN_H
#define TESTBUFFER_PLAN_H

#include "items.h"

#include <limits.h>
#include <stdlib.h>

#define ND_MAX_NDIM MOST_DIMENSIONS
#define ND_VAREXPORT 0x001       /* the structure may change while there are exports */
#define ND_WRITABLE 0x002        /* the memory may be written */
#define ND_FORTRAN 0x004         /* strides left out are those of Fortran order */
#define ND_SCALAR 0x008          /* there are no dimensions */
#define ND_PIL 0x010             /* the first dimension is a table of pointers */
#define ND_REDIRECT 0x020        /* requests go to the exporter that this one re-exports */
#define ND_GETBUF_FAIL 0x040     /* requests fail... */
#define ND_GETBUF_UNDEFINED 0x080 /* ... and leave a buffer that says nothing of it */
#define ND_C 0x100               /* C-contiguous; ND_FORTRAN is the same for Fortran order */
#define ND_SLICED 0x200          /* made by slices */

/* The arguments of the constructor and of push, as they are given. */
typedef struct given {
    PyObject *items, *shape, *strides, *format;
    Py_ssize_t offset;
    int flags, getbuf;
} given;

/* What getbuf is where it is not given. */
enum { NOT_GIVEN = INT_MIN };

/* What is to be lent: `data` bytes of items behind a table of pointers. */
typedef struct plan {
    char *block;
    Py_ssize_t table, data, itemsize, offset;
    const char *format;
    int ndim, flags;
    Py_ssize_t shape[MOST_DIMENSIONS], strides[MOST_DIMENSIONS], suboffsets[MOST_DIMENSIONS];
} plan;

static int refuse_value(const char *words)
{
    PyErr_SetString(PyExc_ValueError, words);
    return -1;
}

static int refuse_type(const char *words)
{
    PyErr_SetString(PyExc_TypeError, words);
    return -1;
}

static int is_list(PyObject *object)
{
    return PyList_Check(object) || PyTuple_Check(object);
}

/* How many ints a list or tuple has; -1 with an exception where it is neither. */
static int count_of(PyObject *list, const char *name)
{
    if (!is_list(list)) {
        PyErr_Format(PyExc_TypeError, "%s must be a list or a tuple", name);
        return -1;
    }
    Py_ssize_t count = PySequence_Size(list);
    if (count > ND_MAX_NDIM) {
        PyErr_Format(PyExc_ValueError, "ndim must not exceed %d", ND_MAX_NDIM);
        return -1;
    }
    return (int)count;
}

static int read_numbers(PyObject *list, int count, const char *name, Py_ssize_t least, Py_ssize_t *numbers)
{
    for (int k = 0; k < count; k++) {
        PyObject *number = PySequence_GetItem(list, k);
        int is_int = number && PyLong_Check(number);
        numbers[k] = is_int ? PyLong_AsSsize_t(number) : 0;
        Py_XDECREF(number);
        if (!is_int && !PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "elements of %s must be integers", name);
        else if (numbers[k] < least && !PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "elements of %s must be integers >= 0", name);
        if (PyErr_Occurred())
            return -1;
    }
    return 0;
}

/* The text of a format argument, as bytes. */
static PyObject *format_text(PyObject *format)
{
    if (!format)
        return PyBytes_FromString("B");
    if (!PyUnicode_Check(format))
        return PyErr_Format(PyExc_TypeError, "format must be a str");
    PyObject *text = PyUnicode_AsASCIIString(format);
    if (text && (Py_ssize_t)strlen(PyBytes_AsString(text)) != PyBytes_Size(text)) {
        PyErr_SetString(struct_error, "embedded null character");
        Py_CLEAR(text);
    }
    return text;
}

/* Counts dimensions and strides: whether they fit is known before any number is read. Returns how
 * many strides there are. */
static int plan_dimensions(plan *plan, const given *given)
{
    int strides = 0;
    plan->ndim = count_of(given->shape, "shape");
    if (plan->ndim < 0)
        return -1;
    if (plan->ndim == 0 && plan->flags & ND_PIL)
        return refuse_type("ndim = 0 cannot be used in conjunction with ND_PIL");
    if (plan->flags & ND_FORTRAN && given->strides && is_list(given->strides) && PySequence_Size(given->strides))
        return refuse_type("ND_FORTRAN cannot be used together with strides");
    if (given->strides && (strides = count_of(given->strides, "strides")) < 0)
        return -1;
    return strides && strides != plan->ndim ? refuse_value("len(shape) != len(strides)") : strides;
}

static int plan_geometry(plan *plan, const given *given, int strides)
{
    if (read_numbers(given->shape, plan->ndim, "shape", 0, plan->shape) < 0)
        return -1;
    if (strides)
        return read_numbers(given->strides, strides, "strides", PY_SSIZE_T_MIN, plan->strides);
    pybuf_fill_contiguous_strides(plan->ndim, plan->shape, plan->strides, plan->itemsize,
                                  plan->flags & ND_FORTRAN ? 'F' : 'C');
    return 0;
}

/* What the library does not ask of the offset. */
static int check_offset(const plan *plan)
{
    if (plan->offset % plan->itemsize)
        return refuse_value("offset must be a multiple of itemsize");
    if (plan->offset < 0 || plan->offset > plan->data - plan->itemsize)
        return refuse_value("offset out of bounds");
    return 0;
}

static int check_strides(const plan *plan)
{
    for (int dim = 0; dim < plan->ndim; dim++)
        if (plan->strides[dim] % plan->itemsize)
            return refuse_value("strides must be a multiple of itemsize");
    return 0;
}

/* A new block for so many items, with room for a table of pointers before them. */
static int plan_block(plan *plan, Py_ssize_t count)
{
    const Py_ssize_t most = PY_SSIZE_T_MAX / 2, size = sizeof(char *);
    plan->table = plan->flags & ND_PIL ? plan->shape[0] : 0;
    if (count == 0)
        return refuse_value("initializer list or tuple must not be empty");
    if (count > most / plan->itemsize || plan->table > most / size)
        return refuse_value("too many items");
    plan->table *= size;
    plan->data = count * plan->itemsize;
    plan->block = calloc(1, (size_t)(plan->table + plan->data));
    if (plan->block)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* Packs the items of a tuple one after another. */
static int pack_items(const codec *codec, PyObject *items, char *to)
{
    for (Py_ssize_t k = 0; k < PyTuple_Size(items); k++)
        if (pack(codec, PyTuple_GetItem(items, k), to + k * codec->itemsize) < 0)
            return -1;
    return 0;
}

/* An exporter of the memory; NULL with an exception. What the library finds too large is a
 * ValueError here. */
static pybuf_exporter *lend(const pybuf_memory *memory)
{
    pybuf_exporter *lent = pybuf_exporter_new(memory);
    if (!lent && pybuf_error_code() == PYBUF_ERR_OVERFLOW)
        refuse_value(pybuf_error_message());
    else if (!lent)
        pybuf_python_raise();
    return lent;
}

/* The memory as one block of items. */
static pybuf_memory plan_memory(const plan *plan)
{
    return (pybuf_memory){
        .buf = plan->block + plan->table, .size = plan->data,
        .format = plan->format, .itemsize = plan->itemsize,
        .ndim = plan->ndim ? plan->ndim : -1, .shape = plan->shape, .strides = plan->strides,
        .offset = plan->offset, .readonly = !(plan->flags & ND_WRITABLE)};
}

/* Turns the first dimension into a table of pointers, one for each index. A pointer leads to the
 * lowest item of what it leads to, and the suboffset from there to the first. */
static void plan_pointers(plan *plan)
{
    const Py_ssize_t size = sizeof(char *);
    Py_ssize_t length = plan->shape[0], stride = plan->strides[0], behind = 0;
    for (int dim = 1; dim < plan->ndim && plan->shape[dim]; dim++)
        if (plan->strides[dim] <= 0)
            behind -= plan->strides[dim] * (plan->shape[dim] - 1);
    char *first = plan->block + plan->table + plan->offset - behind;
    for (Py_ssize_t index = 0; index < length; index++) {
        Py_ssize_t place = stride < 0 ? length - 1 - index : index;
        ((char **)plan->block)[place] = first + index * stride;
    }
    for (int dim = 0; dim < plan->ndim; dim++)
        plan->suboffsets[dim] = dim ? -1 : behind;
    plan->strides[0] = stride < 0 ? -size : size;
    plan->offset = stride < 0 && length ? (length - 1) * size : 0;
}

/* The exporter of the block, which is freed with it, and in every case. */
static pybuf_exporter *plan_carry_out(plan *plan)
{
    pybuf_memory memory = plan_memory(plan);
    if (plan->flags & ND_PIL) {
        pybuf_exporter *items = lend(&memory);
        if (!items) {
            free(plan->block);
            return NULL;
        }
        pybuf_exporter_unref(items);
        plan_pointers(plan);
        memory.buf = plan->block;
        memory.size = plan->table;
        memory.offset = plan->offset;
        memory.suboffsets = plan->suboffsets;
    }
    memory.release = free;
    memory.context = plan->block;
    return lend(&memory);
}

/* Reads the arguments, and packs the items of a tuple into a new block: it is there where that
 * succeeds. */
static int plan_make(plan *plan, const given *given, const codec *codec, PyObject *items)
{
    int strides = plan_dimensions(plan, given);
    plan->itemsize = codec->itemsize;
    if (strides < 0)
        return -1;
    if (plan->itemsize == 0)
        return refuse_value("itemsize must not be zero");
    if (plan->ndim && !is_list(given->items))
        return refuse_type("items must be a list or a tuple");
    if (plan_geometry(plan, given, strides) < 0 || plan_block(plan, PyTuple_Size(items)) < 0)
        return -1;
    if (check_offset(plan) == 0 && pack_items(codec, items, plan->block + plan->table) == 0 && check_strides(plan) == 0)
        return 0;
    free(plan->block);
    return -1;
}

/* A new tuple of the items, so that nobody can change them while they are converted: without
 * dimensions there is one. */
static PyObject *items_of(const given *given)
{
    int is_single = is_list(given->shape) && PySequence_Size(given->shape) == 0;
    if (!is_single && is_list(given->items))
        return PySequence_Tuple(given->items);
    return PyTuple_Pack(1, given->items);
}

/* An exporter of memory with the items that are given, as it is planned; NULL with an exception. */
static pybuf_exporter *plan_and_pack(plan *plan, const given *given, const char *format)
{
    codec codec;
    PyObject *items = items_of(given);
    if (!items || codec_open(&codec, format) < 0) {
        Py_XDECREF(items);
        return NULL;
    }
    *plan = (struct plan){
        .flags = given->flags & ~(ND_VAREXPORT | ND_C | ND_SLICED), .offset = given->offset, .format = format};
    pybuf_exporter *owner = plan_make(plan, given, &codec, items) == 0 ? plan_carry_out(plan) : NULL;
    codec_close(&codec);
    Py_DECREF(items);
    return owner;
}

#endif
