/* The functions of the module. */
#ifndef TESTBUFFER_FUNCTIONS_H
#define TESTBUFFER_FUNCTIONS_H

#include "ndarray.h"

static PyObject *slice_indices(PyObject *module, PyObject *args)
{
    PyObject *slice;
    Py_ssize_t length, start, stop, step;
    (void)module;
    if (!PyArg_ParseTuple(args, "On:slice_indices", &slice, &length))
        return NULL;
    if (!PySlice_Check(slice))
        return PyErr_Format(PyExc_TypeError, "first argument must be a slice object");
    if (PySlice_Unpack(slice, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t count = PySlice_AdjustIndices(length, &start, &stop, step);
    return Py_BuildValue("(nnnn)", start, stop, step, count);
}

/* The ints of a list or tuple, one for each dimension of a buffer, within its shape. */
static int read_indices(PyObject *list, const Py_buffer *buffer, Py_ssize_t *indices)
{
    if (PySequence_Size(list) != buffer->ndim)
        return refuse_value("get_pointer(): len(indices) != ndim");
    for (int dim = 0; dim < buffer->ndim; dim++) {
        PyObject *number = PySequence_GetItem(list, dim);
        indices[dim] = number ? PyLong_AsSsize_t(number) : -1;
        Py_XDECREF(number);
        if (indices[dim] == -1 && PyErr_Occurred())
            return -1;
        if (indices[dim] < 0 || !buffer->shape || indices[dim] >= buffer->shape[dim]) {
            PyErr_Format(PyExc_ValueError, "get_pointer(): invalid index %zd at position %d", indices[dim], dim);
            return -1;
        }
    }
    return 0;
}

/* The address of an item, by the library's counterpart of PyBuffer_GetPointer where there are not
 * too many dimensions for it. */
static const void *pointer_to(const Py_buffer *buffer, const Py_ssize_t *indices)
{
    Py_buffer item = *buffer;
    if (!is_wide(buffer)) {
        const void *pointer = pybuf_get_pointer(buffer, indices);
        return pointer ? pointer : pybuf_python_raise();
    }
    for (int dim = 0; dim < buffer->ndim; dim++)
        descend(&item, indices[dim]);
    return item.buf;
}

static PyObject *get_pointer(PyObject *module, PyObject *args)
{
    PyObject *exporter, *list;
    Py_buffer buffer;
    Py_ssize_t indices[MOST_DIMENSIONS];
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:get_pointer", &exporter, &list) ||
        PyObject_GetBuffer(exporter, &buffer, PyBUF_FULL_RO) < 0)
        return NULL;
    PyObject *item = NULL;
    if (buffer.ndim > MOST_DIMENSIONS)
        refuse_value("get_pointer(): too many dimensions");
    else if (!is_list(list))
        refuse_type("seq must be a list or a tuple");
    else if (read_indices(list, &buffer, indices) == 0) {
        const void *pointer = pointer_to(&buffer, indices);
        item = pointer ? unpacked_once(&buffer, pointer) : NULL;
    }
    PyBuffer_Release(&buffer);
    return item;
}

static PyObject *get_sizeof_void_p(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    return PyLong_FromSize_t(sizeof(void *));
}

/* The first character of a str, which is an order; NUL with an exception. */
static char order_of(PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "order must be a string");
        return '\0';
    }
    PyObject *ascii = PyUnicode_AsASCIIString(text);
    if (!ascii)
        return '\0';
    char order = PyBytes_AsString(ascii)[0];
    Py_DECREF(ascii);
    if (order == 'C' || order == 'F' || order == 'A')
        return order;
    PyErr_SetString(PyExc_ValueError, "invalid order, must be C, F or A");
    return '\0';
}

static PyObject *get_contiguous(PyObject *module, PyObject *args)
{
    PyObject *object, *buffertype, *text;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO:get_contiguous", &object, &buffertype, &text))
        return NULL;
    if (!PyLong_Check(buffertype))
        return PyErr_Format(PyExc_TypeError, "buffertype must be PyBUF_READ or PyBUF_WRITE");
    long type = PyLong_AsLong(buffertype);
    if (type == -1 && PyErr_Occurred())
        return NULL;
    if (type != PyBUF_READ && type != PyBUF_WRITE)
        return PyErr_Format(PyExc_ValueError, "invalid buffer type");
    char order = order_of(text);
    return order ? memoryview_get_contiguous(object, (int)type, order) : NULL;
}

static PyObject *py_buffer_to_contiguous(PyObject *module, PyObject *args)
{
    PyObject *object, *text;
    int request;
    Py_buffer buffer;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOi:py_buffer_to_contiguous", &object, &text, &request))
        return NULL;
    if (PyObject_GetBuffer(object, &buffer, request) < 0)
        return NULL;
    char order = order_of(text);
    PyObject *bytes = order ? bytes_of(&buffer, order) : NULL;
    PyBuffer_Release(&buffer);
    return bytes;
}

/* Whether two runs of numbers are equal, or both are NULL; those of dimensions of at most one item
 * do not matter. */
static int same_distances(const Py_buffer *one, const Py_ssize_t *ours, const Py_ssize_t *theirs)
{
    if (!ours || !theirs || !one->shape)
        return !ours && !theirs;
    for (int dim = 0; dim < one->ndim; dim++)
        if (one->shape[dim] > 1 && ours[dim] != theirs[dim])
            return 0;
    return 1;
}

static int same_shape(const Py_buffer *one, const Py_buffer *other)
{
    if (!one->shape || !other->shape)
        return !one->shape && !other->shape;
    return memcmp(one->shape, other->shape, (size_t)one->ndim * sizeof *one->shape) == 0;
}

/* Whether both are contiguous in the same order: 1 or 0; -1 with an exception. */
static int both_contiguous(const Py_buffer *one, const Py_buffer *other)
{
    const char orders[] = {'C', 'F'};
    for (int k = 0; k < 2; k++) {
        int ours = is_contiguous_in(one, orders[k]), theirs = is_contiguous_in(other, orders[k]);
        if (ours < 0 || theirs < 0)
            return -1;
        if (ours && theirs)
            return 1;
    }
    return 0;
}

/* Whether two buffers say the same of the same bytes, readonly apart: 1 or 0; -1 with an exception. */
static int are_same(const Py_buffer *one, const Py_buffer *other)
{
    if (one->len != other->len || one->itemsize != other->itemsize || one->ndim != other->ndim ||
        strcmp(format_of(one), format_of(other)) != 0)
        return 0;
    /* This looks whether the buffers are sound, so it comes before their arrays are read. */
    int contiguous = both_contiguous(one, other);
    if (contiguous != 1)
        return contiguous;
    return same_shape(one, other) && same_distances(one, one->strides, other->strides) &&
           same_distances(one, one->suboffsets, other->suboffsets) &&
           memcmp(one->buf, other->buf, (size_t)one->len) == 0;
}

static PyObject *cmp_contig(PyObject *module, PyObject *args)
{
    PyObject *first, *second;
    Py_buffer one, other;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:cmp_contig", &first, &second))
        return NULL;
    if (PyObject_GetBuffer(first, &one, PyBUF_FULL_RO) < 0)
        return PyErr_Format(PyExc_TypeError, "cmp_contig: first argument does not implement the buffer protocol");
    if (PyObject_GetBuffer(second, &other, PyBUF_FULL_RO) < 0) {
        PyBuffer_Release(&one);
        return PyErr_Format(PyExc_TypeError, "cmp_contig: second argument does not implement the buffer protocol");
    }
    int same = are_same(&one, &other);
    PyBuffer_Release(&other);
    PyBuffer_Release(&one);
    return same < 0 ? NULL : PyBool_FromLong(same);
}

static PyObject *is_contiguous(PyObject *module, PyObject *args)
{
    PyObject *object, *text;
    Py_buffer buffer;
    int answer;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:is_contiguous", &object, &text))
        return NULL;
    char order = order_of(text);
    if (!order)
        return NULL;
    if (Py_IS_TYPE(object, ndarray_type)) {
        base *held = hold(object);
        answer = is_contiguous_in(&held->shown, order);
        let_go(object, held);
    } else {
        if (PyObject_GetBuffer(object, &buffer, PyBUF_FULL_RO) < 0)
            return PyErr_Format(PyExc_TypeError, "is_contiguous: object does not implement the buffer protocol");
        answer = is_contiguous_in(&buffer, order);
        PyBuffer_Release(&buffer);
    }
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static PyMethodDef functions[] = {
    {"slice_indices", slice_indices, METH_VARARGS, NULL},
    {"get_pointer", get_pointer, METH_VARARGS, NULL},
    {"get_sizeof_void_p", get_sizeof_void_p, METH_NOARGS, NULL},
    {"get_contiguous", get_contiguous, METH_VARARGS, NULL},
    {"py_buffer_to_contiguous", py_buffer_to_contiguous, METH_VARARGS, NULL},
    {"cmp_contig", cmp_contig, METH_VARARGS, NULL},
    {"is_contiguous", is_contiguous, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

#endif
