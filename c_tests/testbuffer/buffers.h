/* What is done with a filled Py_buffer, of any number of dimensions.
 *
 * ndarray has up to 128 dimensions, and the library's Py_buffer functions, as CPython's, 64. Where
 * there are more, those of a single item are left out (`narrowed`): the items and their order
 * stay, and where there are items at all, less than 64 dimensions have more than one.
 */
#ifndef TESTBUFFER_BUFFERS_H
#define TESTBUFFER_BUFFERS_H

#include "extensions/module.h"

enum { MOST_DIMENSIONS = 128 };

static PyObject *struct_error;

static inline int is_wide(const Py_buffer *buffer)
{
    return buffer->ndim > PyBUF_MAX_NDIM;
}

/* The text of the format, which NULL stands for as well. */
static const char *format_of(const Py_buffer *buffer)
{
    return buffer->format ? buffer->format : "B";
}

/* Bytes from one index to the next of the first dimension. */
static Py_ssize_t first_stride(const Py_buffer *buffer)
{
    if (buffer->strides)
        return buffer->strides[0];
    Py_ssize_t stride = buffer->itemsize;
    for (int dim = 1; buffer->shape && dim < buffer->ndim; dim++)
        stride *= buffer->shape[dim];
    return stride;
}

/* How many items the first dimension has. */
static Py_ssize_t first_length(const Py_buffer *buffer)
{
    if (buffer->shape)
        return buffer->shape[0];
    return buffer->itemsize ? buffer->len / buffer->itemsize : 0;
}

/* Leaves only what lies at one index of the first dimension: one dimension less. */
static void descend(Py_buffer *buffer, Py_ssize_t index)
{
    Py_ssize_t length = first_length(buffer);
    char *at = (char *)buffer->buf + index * first_stride(buffer);
    if (buffer->suboffsets && buffer->suboffsets[0] >= 0)
        at = *(char **)at + buffer->suboffsets[0];
    buffer->buf = at;
    buffer->len = length ? buffer->len / length : 0;
    buffer->ndim--;
    buffer->shape = buffer->ndim ? buffer->shape + 1 : NULL;
    buffer->strides = buffer->ndim && buffer->strides ? buffer->strides + 1 : NULL;
    buffer->suboffsets = buffer->ndim && buffer->suboffsets ? buffer->suboffsets + 1 : NULL;
}

/* A buffer of fewer dimensions, with room for what it says of them. */
typedef struct narrow {
    Py_buffer buffer;
    Py_ssize_t shape[PyBUF_MAX_NDIM], strides[PyBUF_MAX_NDIM], suboffsets[PyBUF_MAX_NDIM];
} narrow;

/* The buffer itself, or the same items in fewer dimensions. NULL with an exception where that
 * cannot be. */
static const Py_buffer *narrowed(const Py_buffer *buffer, narrow *into)
{
    if (!is_wide(buffer))
        return buffer;
    if (!buffer->shape || buffer->ndim > MOST_DIMENSIONS) {
        PyErr_SetString(PyExc_BufferError, "the exporter gives no shape, or more than 128 dimensions");
        return NULL;
    }
    into->buffer = *buffer;
    into->buffer.shape = into->shape;
    into->buffer.strides = buffer->strides ? into->strides : NULL;
    into->buffer.suboffsets = buffer->suboffsets ? into->suboffsets : NULL;
    int kept = 0;
    for (int dim = 0; dim < buffer->ndim && kept <= PyBUF_MAX_NDIM; dim++) {
        int is_pointer = buffer->suboffsets && buffer->suboffsets[dim] >= 0;
        if (buffer->len == 0 ? dim > 0 : buffer->shape[dim] == 1 && !is_pointer)
            continue;
        if (kept < PyBUF_MAX_NDIM) {
            into->shape[kept] = buffer->len ? buffer->shape[dim] : 0;
            into->strides[kept] = buffer->strides ? buffer->strides[dim] : 0;
            into->suboffsets[kept] = is_pointer ? buffer->suboffsets[dim] : -1;
        }
        kept++;
    }
    into->buffer.ndim = kept;
    if (kept <= PyBUF_MAX_NDIM)
        return &into->buffer;
    PyErr_SetString(PyExc_ValueError, "too many dimensions");
    return NULL;
}

/* 1 or 0; -1 with an exception. */
static int is_contiguous_in(const Py_buffer *buffer, char order)
{
    narrow fewer;
    const Py_buffer *items = narrowed(buffer, &fewer);
    if (!items)
        return -1;
    pybuf_error_clear();
    int answer = pybuf_is_contiguous(items, order);
    if (answer == 0 && pybuf_error_code() != PYBUF_OK)
        return pybuf_python_status(-1);
    return answer;
}

/* The bytes of all items, in an order. */
static PyObject *bytes_of(const Py_buffer *buffer, char order)
{
    narrow fewer;
    const Py_buffer *items = narrowed(buffer, &fewer);
    PyObject *bytes = items ? PyBytes_FromStringAndSize(NULL, buffer->len) : NULL;
    if (bytes && pybuf_to_contiguous(PyBytes_AsString(bytes), items, buffer->len, order) < 0) {
        pybuf_python_raise();
        Py_CLEAR(bytes);
    }
    return bytes;
}

/* Whether items can be assigned: format, item size and shape are equal, the shape up to the first
 * zero. */
static int is_like(const Py_buffer *one, const Py_buffer *other)
{
    if (strcmp(format_of(one), format_of(other)) != 0 || one->itemsize != other->itemsize || one->ndim != other->ndim)
        return 0;
    if (one->ndim && !(one->shape && other->shape))
        return 0;
    for (int dim = 0; dim < one->ndim; dim++) {
        if (one->shape[dim] != other->shape[dim])
            return 0;
        if (one->shape[dim] == 0)
            break;
    }
    return 1;
}

/* Copies row by row, in order: where the memory overlaps, later rows see what was written to
 * earlier ones, and within a row it is as if that had been copied away first. Both have the same
 * shape. */
static int copy_rows(const Py_buffer *dest, const Py_buffer *src)
{
    if (dest->ndim <= 1)
        return pybuf_python_status(pybuf_copy_data(dest, src));
    for (Py_ssize_t index = 0; index < dest->shape[0]; index++) {
        Py_buffer to = *dest, from = *src;
        descend(&to, index);
        descend(&from, index);
        if (copy_rows(&to, &from) < 0)
            return -1;
    }
    return 0;
}

/* The items of an assignment. */
static int assign(const Py_buffer *dest, const Py_buffer *src)
{
    if (!is_like(dest, src)) {
        PyErr_SetString(PyExc_ValueError, "ndarray assignment: lvalue and rvalue have different structures");
        return -1;
    }
    return dest->len == 0 ? 0 : copy_rows(dest, src);
}

#endif
