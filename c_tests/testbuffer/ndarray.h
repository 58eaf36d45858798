/* The type ndarray. */
#ifndef TESTBUFFER_NDARRAY_H
#define TESTBUFFER_NDARRAY_H

#include "memoryviews.h"
#include "stack.h"

/* The structure that arguments with a shape describe. */
static base *base_given(const given *given)
{
    if (given->getbuf != NOT_GIVEN) {
        refuse_type("getbuf argument only valid for construction from exporter object");
        return NULL;
    }
    PyObject *format = format_text(given->format);
    return format ? base_of_items(given, format) : NULL;
}

/* The structure of arguments without a shape: there is an exporter. */
static base *base_re_exported(const given *given)
{
    if (!PyObject_CheckBuffer(given->items)) {
        refuse_type("shape is a required argument when constructing from list, tuple or scalar");
        return NULL;
    }
    if (given->strides || given->offset || given->format || given->flags & ~ND_REDIRECT) {
        refuse_type("construction from exporter object only takes 'obj', 'getbuf' and 'flags' arguments");
        return NULL;
    }
    return base_of_exporter(given->items, given->getbuf == NOT_GIVEN ? PyBUF_FULL_RO : given->getbuf, given->flags);
}

static PyObject *ndarray_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"obj", "shape", "strides", "offset", "format", "flags", "getbuf", NULL};
    given given = {.getbuf = NOT_GIVEN};
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|OOnOii:ndarray", names, &given.items, &given.shape,
                                     &given.strides, &given.offset, &given.format, &given.flags, &given.getbuf))
        return NULL;
    return ndarray_with(type, given.shape ? base_given(&given) : base_re_exported(&given), given.flags);
}

static PyObject *ndarray_push(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"items", "shape", "strides", "offset", "format", "flags", NULL};
    given given = {.getbuf = NOT_GIVEN};
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO|OnOi:push", names, &given.items, &given.shape, &given.strides,
                                     &given.offset, &given.format, &given.flags))
        return NULL;
    if (given.flags & ND_VAREXPORT)
        return PyErr_Format(PyExc_ValueError, "ND_VAREXPORT flag can only be used during object creation");
    if (may_push(self) < 0)
        return NULL;
    base *next = base_given(&given);
    if (!next || push_base(self, next) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *ndarray_pop(PyObject *self, PyObject *none)
{
    (void)none;
    if (pop_base(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *ndarray_tolist(PyObject *self, PyObject *none)
{
    (void)none;
    base *held = hold(self);
    PyObject *list = list_of(&held->shown);
    let_go(self, held);
    return list;
}

static PyObject *ndarray_tobytes(PyObject *self, PyObject *none)
{
    (void)none;
    base *held = hold(self);
    PyObject *bytes = bytes_of(&held->shown, 'C');
    let_go(self, held);
    return bytes;
}

static PyObject *ndarray_add_suboffsets(PyObject *self, PyObject *none)
{
    (void)none;
    base *held = hold(self);
    int status = add_suboffsets(held, held->exports - 1);
    let_go(self, held);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* The structure whose memory a memoryview can be made of: that of an original exporter, or of one
 * that this one re-exports. */
static const base *original(const base *base)
{
    if (base->obj && Py_IS_TYPE(base->obj, ndarray_type))
        base = lender_of(base->obj, &base->taken);
    return base->owner ? base : NULL;
}

/* A memoryview of a copy of the memory. It borrows the copy, which is static: that of the last call,
 * by whatever thread. */
static PyObject *copied_memoryview(const base *shown, const base *memory)
{
    static char *copy;
    Py_buffer buffer = shown->shown;
    free(copy);
    copy = malloc((size_t)memory->size);
    if (!copy)
        return PyErr_NoMemory();
    buffer.obj = NULL;
    buffer.internal = NULL;
    buffer.buf = (char *)memcpy(copy, memory->memory, (size_t)memory->size) + ((char *)buffer.buf - memory->memory);
    return memoryview_from_buffer(&buffer);
}

static PyObject *ndarray_memoryview_from_buffer(PyObject *self, PyObject *none)
{
    (void)none;
    PyObject *view = NULL;
    base *held = hold(self);
    const base *memory = original(held);
    if (!memory)
        PyErr_SetString(PyExc_TypeError, "memoryview_from_buffer(): ndarray must be original exporter or consumer "
                                         "from ndarray/original exporter");
    else if (strlen(format_of(&held->shown)) > ND_MAX_NDIM)
        PyErr_Format(PyExc_TypeError, "memoryview_from_buffer: format is limited to %d characters", ND_MAX_NDIM);
    else
        view = copied_memoryview(held, memory);
    let_go(self, held);
    return view;
}

/* The item at an index, where there is one dimension. */
static int item_at(const Py_buffer *shown, Py_ssize_t index, Py_buffer *item)
{
    *item = *shown;
    if (index < 0 || index >= first_length(shown)) {
        PyErr_SetString(PyExc_IndexError, "index out of bounds");
        return -1;
    }
    descend(item, index);
    return 0;
}

/* Whether a key is what a 0-dimensional array is indexed by. */
static int is_whole(PyObject *key)
{
    return key == Py_Ellipsis || (PyTuple_Check(key) && PyTuple_Size(key) == 0);
}

static PyObject *scalar_subscript(PyObject *self, const base *held, PyObject *key)
{
    if (!is_whole(key))
        return PyErr_Format(PyExc_TypeError, "invalid indexing of scalar");
    if (key != Py_Ellipsis)
        return unpacked_once(&held->shown, held->shown.buf);
    Py_INCREF(self);
    return self;
}

static PyObject *item_subscript(const base *held, PyObject *key)
{
    Py_buffer item;
    Py_ssize_t index = index_of(key, first_length(&held->shown));
    if (index < 0 || item_at(&held->shown, index, &item) < 0)
        return NULL;
    return unpacked_once(&item, item.buf);
}

static PyObject *ndarray_subscript(PyObject *self, PyObject *key)
{
    PyObject *result;
    base *held = hold(self);
    if (held->shown.ndim == 0)
        result = scalar_subscript(self, held, key);
    else if (held->shown.ndim == 1 && PyIndex_Check(key))
        result = item_subscript(held, key);
    else
        result = ndarray_with(ndarray_type, base_of_part(self, key), 0);
    let_go(self, held);
    return result;
}

static PyObject *ndarray_item(PyObject *self, Py_ssize_t index)
{
    PyObject *key = PyLong_FromSsize_t(index);
    PyObject *item = key ? ndarray_subscript(self, key) : NULL;
    Py_XDECREF(key);
    return item;
}

/* Assigns what an exporter lends to what a key selects. */
static int assign_part(PyObject *self, PyObject *key, PyObject *value)
{
    base *src = base_of_exporter(value, PyBUF_FULL_RO, 0);
    base *dest = src ? base_of_part(self, key) : NULL;
    int status = dest ? assign(&dest->shown, &src->shown) : -1;
    base_free(dest);
    base_free(src);
    return status;
}

static int assign_item(const base *held, PyObject *key, PyObject *value)
{
    Py_buffer item;
    Py_ssize_t index = index_of(key, first_length(&held->shown));
    if (index < 0 || item_at(&held->shown, index, &item) < 0)
        return -1;
    return pack_once(&item, value, item.buf);
}

static int ndarray_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    int status;
    base *held = hold(self);
    if (held->shown.readonly)
        status = refuse_type("ndarray is not writable");
    else if (!value)
        status = refuse_type("ndarray data cannot be deleted");
    else if (held->shown.ndim == 0)
        status = is_whole(key) ? pack_once(&held->shown, value, held->shown.buf)
                               : refuse_type("invalid indexing of scalar");
    else if (held->shown.ndim == 1 && PyIndex_Check(key))
        status = assign_item(held, key, value);
    else
        status = assign_part(self, key, value);
    let_go(self, held);
    return status;
}

static Py_hash_t ndarray_hash(PyObject *self)
{
    base *held = hold(self);
    PyObject *bytes = NULL;
    if (held->shown.readonly)
        bytes = bytes_of(&held->shown, 'C');
    else
        refuse_value("cannot hash writable ndarray object");
    let_go(self, held);
    Py_hash_t hash = bytes ? PyObject_Hash(bytes) : -1;
    Py_XDECREF(bytes);
    return hash;
}

/* The getters, by the order of their names below. */
enum getter { FLAGS, OFFSET, OBJ, NBYTES, READONLY, ITEMSIZE, FORMAT, NDIM, SHAPE, STRIDES, SUBOFFSETS, C, F, ANY };

static PyObject *numbers_shown(const Py_buffer *shown, const Py_ssize_t *numbers)
{
    return numbers ? tuple_of(numbers, shown->ndim) : PyTuple_New(0);
}

static PyObject *got(const base *base, enum getter which)
{
    const Py_buffer *shown = &base->shown;
    switch (which) {
    case FLAGS:
        return PyLong_FromLong(base->flags);
    case OFFSET:
        return PyLong_FromSsize_t(base->offset);
    case OBJ:
        return Py_BuildValue("O", base->obj ? base->obj : Py_None);
    case NBYTES:
        return PyLong_FromSsize_t(shown->len);
    case READONLY:
        return PyBool_FromLong(shown->readonly);
    case ITEMSIZE:
        return PyLong_FromSsize_t(shown->itemsize);
    case FORMAT:
        return PyUnicode_FromString(shown->format ? shown->format : "");
    case NDIM:
        return PyLong_FromLong(shown->ndim);
    case SHAPE:
        return numbers_shown(shown, shown->shape);
    case STRIDES:
        return numbers_shown(shown, shown->strides);
    case SUBOFFSETS:
        return numbers_shown(shown, shown->suboffsets);
    case C:
        return PyBool_FromLong(base->flags & ND_C);
    case F:
        return PyBool_FromLong(base->flags & ND_FORTRAN);
    default:
        return PyBool_FromLong(base->flags & (ND_C | ND_FORTRAN));
    }
}

static PyObject *ndarray_get(PyObject *self, void *which)
{
    base *held = hold(self);
    PyObject *value = got(held, (enum getter)(intptr_t)which);
    let_go(self, held);
    return value;
}

#define GETTER(name, which) {name, ndarray_get, NULL, NULL, (void *)(intptr_t)(which)}

static PyGetSetDef ndarray_getset[] = {
    GETTER("flags", FLAGS), GETTER("offset", OFFSET), GETTER("obj", OBJ), GETTER("nbytes", NBYTES),
    GETTER("readonly", READONLY), GETTER("itemsize", ITEMSIZE), GETTER("format", FORMAT), GETTER("ndim", NDIM),
    GETTER("shape", SHAPE), GETTER("strides", STRIDES), GETTER("suboffsets", SUBOFFSETS),
    GETTER("c_contiguous", C), GETTER("f_contiguous", F), GETTER("contiguous", ANY),
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef ndarray_methods[] = {
    {"push", (PyCFunction)(void (*)(void))ndarray_push, METH_VARARGS | METH_KEYWORDS, NULL},
    {"pop", ndarray_pop, METH_NOARGS, NULL},
    {"tolist", ndarray_tolist, METH_NOARGS, NULL},
    {"tobytes", ndarray_tobytes, METH_NOARGS, NULL},
    {"add_suboffsets", ndarray_add_suboffsets, METH_NOARGS, NULL},
    {"memoryview_from_buffer", ndarray_memoryview_from_buffer, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot ndarray_slots[] = {
    {Py_tp_new, PYBUF_SLOT(ndarray_new)},
    {Py_tp_dealloc, PYBUF_SLOT(ndarray_dealloc)},
    {Py_tp_hash, PYBUF_SLOT(ndarray_hash)},
    {Py_tp_methods, ndarray_methods},
    {Py_tp_getset, ndarray_getset},
    {Py_mp_subscript, PYBUF_SLOT(ndarray_subscript)},
    {Py_mp_ass_subscript, PYBUF_SLOT(ndarray_ass_subscript)},
    {Py_sq_item, PYBUF_SLOT(ndarray_item)},
    PYBUF_BUFFER_SLOT_ENTRIES(ndarray),
    {0, NULL},
};

static PyType_Spec ndarray_spec = {
    .name = "testbuffer.ndarray", .basicsize = sizeof(ndarray), .flags = Py_TPFLAGS_DEFAULT, .slots = ndarray_slots};

#endif
