/* Items as Python objects, by their format in the dialect of struct: a single member is its
 * value, several are a tuple. */
#ifndef TESTBUFFER_ITEMS_H
#define TESTBUFFER_ITEMS_H

#include "buffers.h"
#include "extensions/format_values.h"

/* A format, and room for the values of one item. */
typedef struct codec {
    pybuf_format *format;
    const pybuf_field *root;
    Py_ssize_t itemsize, members, count;
    pybuf_value *values;
} codec;

static void codec_close(codec *codec)
{
    PyMem_Free(codec->values);
    pybuf_format_unref(codec->format);
}

/* How many values the struct module has for an item. */
static Py_ssize_t members_in(const pybuf_field *root)
{
    if (root->kind != PYBUF_KIND_STRUCT)
        return 1;
    Py_ssize_t count = 0;
    for (int32_t k = 0; k < root->count; k++)
        count += root->fields[k].repeat;
    return count;
}

static int codec_open(codec *codec, const char *text)
{
    codec->values = NULL;
    codec->format = pybuf_format_new(text, PYBUF_STRUCT);
    codec->root = codec->format ? pybuf_format_root(codec->format) : NULL;
    codec->count = codec->root ? pybuf_format_values(codec->format) : -1;
    if (codec->count < 0) {
        codec_close(codec);
        return pybuf_python_status(-1);
    }
    codec->itemsize = pybuf_format_itemsize(codec->format);
    codec->members = members_in(codec->root);
    codec->values = PyMem_Calloc((size_t)codec->count, sizeof *codec->values);
    if (!codec->values) {
        codec_close(codec);
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* The object of one item. */
static PyObject *unpacked(const codec *codec, const void *item)
{
    if (pybuf_format_unpack(codec->format, item, codec->itemsize, codec->values, codec->count) < 0)
        return pybuf_python_raise();
    PyObject *object = any_object(codec->root, 0, codec->values);
    if (!object || codec->root->kind != PYBUF_KIND_STRUCT || codec->members != 1)
        return object;
    PyObject *only = PyTuple_GetItem(object, 0);
    Py_XINCREF(only);
    Py_DECREF(object);
    return only;
}

/* A new tuple of what an object has for each member, so that nobody can change it while it is
 * converted. An item of one member need not be a sequence: an int, a float or bytes will do, and
 * from Python 3.15 on a complex number. */
static PyObject *members_given(const codec *codec, PyObject *object)
{
    int is_sequence = PyTuple_Check(object) || PyList_Check(object);
    int is_scalar = PyLong_Check(object) || PyFloat_Check(object) || PyBytes_Check(object) ||
                    (PY_VERSION_HEX >= 0x030f0000 && PyComplex_Check(object));
    PyObject *members = NULL;
    if (is_sequence)
        members = PySequence_Tuple(object);
    else if (is_scalar && codec->members == 1)
        members = PyTuple_Pack(1, object);
    if (!members && PyErr_Occurred())
        return NULL;
    if (!members || PyTuple_Size(members) != codec->members) {
        Py_XDECREF(members);
        PyErr_SetString(PyExc_ValueError, "mismatch between initializer element and format string");
        return NULL;
    }
    return members;
}

/* Writes an object as an item; nothing is written where that fails. */
static int pack(const codec *codec, PyObject *object, void *item)
{
    PyObject *members = members_given(codec, object);
    if (!members)
        return -1;
    arena arena = {NULL, struct_error};
    pybuf_value value;
    PyObject *whole = codec->root->kind == PYBUF_KIND_STRUCT ? members : PyTuple_GetItem(members, 0);
    int status = whole ? any_value(&arena, codec->root, 0, whole, &value) : -1;
    if (status == 0)
        status = pybuf_python_status(pybuf_format_pack(codec->format, &value, item, codec->itemsize));
    arena_clear(&arena);
    Py_DECREF(members);
    return status;
}

/* The codec of a buffer's items. An exporter may give a format of larger items than it has. */
static int codec_of(codec *codec, const Py_buffer *buffer)
{
    if (codec_open(codec, format_of(buffer)) < 0)
        return -1;
    if (codec->itemsize <= buffer->itemsize)
        return 0;
    PyErr_Format(PyExc_ValueError, "items of %zd bytes have a format of %zd", buffer->itemsize, codec->itemsize);
    codec_close(codec);
    return -1;
}

/* One item of a buffer, without the trouble of keeping a codec. */
static PyObject *unpacked_once(const Py_buffer *buffer, const void *item)
{
    codec codec;
    if (codec_of(&codec, buffer) < 0)
        return NULL;
    PyObject *object = unpacked(&codec, item);
    codec_close(&codec);
    return object;
}

static int pack_once(const Py_buffer *buffer, PyObject *object, void *item)
{
    codec codec;
    if (codec_of(&codec, buffer) < 0)
        return -1;
    int status = pack(&codec, object, item);
    codec_close(&codec);
    return status;
}

/* Lists of lists of items, one level for each dimension. */
static PyObject *nested_list(const codec *codec, const Py_buffer *buffer)
{
    if (buffer->ndim == 0)
        return unpacked(codec, buffer->buf);
    Py_ssize_t length = first_length(buffer);
    PyObject *list = PyList_New(length);
    for (Py_ssize_t index = 0; list && index < length; index++) {
        Py_buffer inner = *buffer;
        descend(&inner, index);
        PyObject *item = nested_list(codec, &inner);
        if (!item || PyList_SetItem(list, index, item) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *list_of(const Py_buffer *buffer)
{
    codec codec;
    if (!buffer->format)
        return PyErr_Format(PyExc_ValueError, "ndarray: tolist() does not support format=NULL, use tobytes()");
    if (codec_of(&codec, buffer) < 0)
        return NULL;
    PyObject *list = nested_list(&codec, buffer);
    codec_close(&codec);
    return list;
}

#endif
