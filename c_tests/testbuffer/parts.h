/* Parts of a structure: what slices and an index select. */
#ifndef TESTBUFFER_PARTS_H
#define TESTBUFFER_PARTS_H

#include "base.h"

static int is_slices(PyObject *key)
{
    if (!PyTuple_Check(key))
        return 0;
    for (Py_ssize_t k = 0; k < PyTuple_Size(key); k++)
        if (!PySlice_Check(PyTuple_GetItem(key, k)))
            return 0;
    return 1;
}

/* The type that an index may not have. */
static int refuse_key(PyObject *key)
{
    for (Py_ssize_t k = 0; PyTuple_Check(key) && k < PyTuple_Size(key); k++)
        if (!PySlice_Check(PyTuple_GetItem(key, k)))
            return refuse_key(PyTuple_GetItem(key, k));
    PyErr_Format(PyExc_TypeError, "cannot index memory using \"%.200s\"", Py_TYPE(key)->tp_name);
    return -1;
}

/* An index of a dimension of `length` items, from its start; -1 with an exception. */
static Py_ssize_t index_of(PyObject *key, Py_ssize_t length)
{
    Py_ssize_t index = PyLong_AsSsize_t(key);
    if (index == -1 && PyErr_Occurred())
        return -1;
    index += index < 0 ? length : 0;
    if (index >= 0 && index < length)
        return index;
    PyErr_SetString(PyExc_IndexError, "index out of bounds");
    return -1;
}

/* The slices of a key, as they are given: how many, or -1 with an exception. Converting them runs
 * code, so all are converted before anything is looked at. */
typedef struct bounds {
    Py_ssize_t start, stop, step;
} bounds;

static int read_slices(PyObject *key, int ndim, bounds *slices)
{
    int is_single = PySlice_Check(key);
    Py_ssize_t count = is_single ? 1 : PyTuple_Size(key);
    if (count > ndim) {
        PyErr_Format(PyExc_TypeError, "%zd slices for %d dimensions", count, ndim);
        return -1;
    }
    for (Py_ssize_t k = 0; k < count; k++) {
        PyObject *slice = is_single ? key : PyTuple_GetItem(key, k);
        if (PySlice_Unpack(slice, &slices[k].start, &slices[k].stop, &slices[k].step) < 0)
            return -1;
    }
    return (int)count;
}

/* What is to be selected: an index of the first dimension, or slices. */
typedef struct selected {
    int slices;         /* how many; -1: an index */
    Py_ssize_t index;
    bounds bounds[MOST_DIMENSIONS];
} selected;

static int read_key(PyObject *key, const Py_buffer *from, selected *selected)
{
    selected->slices = -1;
    if (PyIndex_Check(key)) {
        selected->index = index_of(key, first_length(from));
        return selected->index < 0 ? -1 : 0;
    }
    if (!PySlice_Check(key) && !is_slices(key))
        return refuse_key(key);
    selected->slices = read_slices(key, from->ndim, selected->bounds);
    return selected->slices < 0 ? -1 : 0;
}

/* A bound as it is given, never mistaken for one that is left out. */
static Py_ssize_t bound(Py_ssize_t given)
{
    return given < -PY_SSIZE_T_MAX ? -PY_SSIZE_T_MAX : given;
}

/* Takes over what was taken, and shows the slices of it. */
static int show_slices(base *base, const selected *selected)
{
    pybuf_view *view = pybuf_view_adopt(&base->taken);
    for (int dim = 0; view && dim < selected->slices; dim++) {
        const bounds *by = &selected->bounds[dim];
        pybuf_view *sliced = pybuf_view_slice(view, dim, bound(by->start), bound(by->stop), by->step);
        pybuf_view_unref(view);
        view = sliced;
    }
    base->lent = view ? pybuf_exporter_from_view(view) : NULL;
    pybuf_view_unref(view);
    if (!base->lent || pybuf_getbuffer(base->lent, &base->taken, PyBUF_FULL_RO) < 0)
        return pybuf_python_status(-1);
    base->shown = base->taken;
    return 0;
}

/* Cuts a dimension of more than the library has. What is moved behind a pointer is added to the
 * suboffset of the nearest one. */
static void cut(Py_buffer *shown, int dim, const bounds *by)
{
    Py_ssize_t start = by->start, stop = by->stop;
    Py_ssize_t length = PySlice_AdjustIndices(shown->shape[dim], &start, &stop, by->step);
    Py_ssize_t moved = start * shown->strides[dim];
    int pointer = dim;
    while (pointer > 0 && !(shown->suboffsets && shown->suboffsets[pointer - 1] >= 0))
        pointer--;
    if (pointer)
        shown->suboffsets[pointer - 1] += moved;
    else
        shown->buf = (char *)shown->buf + moved;
    shown->shape[dim] = length;
    shown->strides[dim] *= by->step;
}

static int show_wide_slices(base *base, const selected *selected)
{
    Py_buffer *shown = &base->shown;
    if (own_numbers(base, shown->shape, shown->strides, shown->suboffsets) < 0)
        return -1;
    shown->len = shown->itemsize;
    for (int dim = 0; dim < shown->ndim; dim++) {
        if (dim < selected->slices)
            cut(shown, dim, &selected->bounds[dim]);
        shown->len *= shown->shape[dim];
    }
    return 0;
}

static int show_selected(base *base, const selected *selected)
{
    if (selected->slices >= 0 && !is_wide(&base->shown))
        return show_slices(base, selected);
    if (selected->slices >= 0 && show_wide_slices(base, selected) < 0)
        return -1;
    if (selected->slices < 0)
        descend(&base->shown, selected->index);
    return lend_shown(base, PyBUF_FULL_RO);
}

/* What a key selects of an ndarray. */
static base *base_of_part(PyObject *whole, PyObject *key)
{
    selected selected;
    base *made = base_alloc();
    if (!made || PyObject_GetBuffer(whole, &made->taken, PyBUF_FULL_RO) < 0)
        return base_failed(made);
    made->shown = made->taken;
    made->obj = made->taken.obj;
    Py_INCREF(made->obj);
    if (read_key(key, &made->shown, &selected) < 0 || show_selected(made, &selected) < 0)
        return base_failed(made);
    made->flags = selected.slices < 0 ? 0 : ND_SLICED;
    return note_flags(made) < 0 ? base_failed(made) : made;
}

#endif
