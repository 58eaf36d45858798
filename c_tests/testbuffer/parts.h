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

/* What is to be selected, for pybuf_view_select. */
typedef struct selected {
    Py_ssize_t count;
    pybuf_index indices[MOST_DIMENSIONS];
} selected;

/* A bound as it is given, never mistaken for one that is left out. */
static Py_ssize_t bound(Py_ssize_t given)
{
    return given < -PY_SSIZE_T_MAX ? -PY_SSIZE_T_MAX : given;
}

/* Reads a slice, or a tuple of slices. Converting bounds runs code, so all are converted before
 * anything is selected. */
static int read_slices(PyObject *key, int ndim, selected *selected)
{
    int is_single = PySlice_Check(key);
    selected->count = is_single ? 1 : PyTuple_Size(key);
    if (selected->count > ndim) {
        PyErr_Format(PyExc_TypeError, "%zd slices for %d dimensions", selected->count, ndim);
        return -1;
    }
    for (Py_ssize_t k = 0; k < selected->count; k++) {
        Py_ssize_t start, stop, step;
        if (PySlice_Unpack(is_single ? key : PyTuple_GetItem(key, k), &start, &stop, &step) < 0)
            return -1;
        selected->indices[k] = (pybuf_index){
            .kind = PYBUF_INDEX_SLICE, .start = bound(start), .stop = bound(stop), .step = step};
    }
    return 0;
}

/* Reads an index of the first dimension, or slices. */
static int read_key(PyObject *key, const Py_buffer *from, selected *selected)
{
    if (PyIndex_Check(key)) {
        Py_ssize_t index = index_of(key, first_length(from));
        selected->count = 1;
        selected->indices[0] = (pybuf_index){.kind = PYBUF_INDEX_AT, .start = index};
        return index < 0 ? -1 : 0;
    }
    return PySlice_Check(key) || is_slices(key) ? read_slices(key, from->ndim, selected) : refuse_key(key);
}

/* Takes over what was taken, and shows what is selected of it. */
static int show_selected(base *base, const selected *selected)
{
    pybuf_view *whole = pybuf_view_adopt(&base->taken);
    pybuf_view *part = whole ? pybuf_view_select(whole, selected->indices, selected->count) : NULL;
    base->lent = part ? pybuf_exporter_from_view(part) : NULL;
    pybuf_view_unref(part);
    pybuf_view_unref(whole);
    if (!base->lent || pybuf_getbuffer(base->lent, &base->taken, PyBUF_FULL_RO) < 0)
        return pybuf_python_status(-1);
    int had_suboffsets = base->shown.suboffsets != NULL;
    base->shown = base->taken;
    /* Where no pointer is left the library leaves suboffsets out; _testbuffer keeps them. */
    return had_suboffsets && base->shown.ndim && !base->shown.suboffsets ? add_suboffsets(base, 0) : 0;
}

/* Cuts a dimension of more than the library has. What is moved behind a pointer is added to the
 * suboffset of the nearest one. */
static void cut(Py_buffer *shown, int dim, const pybuf_index *by)
{
    Py_ssize_t start = by->start, stop = by->stop;
    Py_ssize_t length = PySlice_AdjustIndices(shown->shape[dim], &start, &stop, by->step);
    Py_ssize_t moved = length ? start * shown->strides[dim] : 0;
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

/* The same of more dimensions than a view has. */
static int show_selected_wide(base *base, const selected *selected)
{
    Py_buffer *shown = &base->shown;
    if (selected->count && selected->indices[0].kind == PYBUF_INDEX_AT) {
        descend(shown, selected->indices[0].start);
        return lend_shown(base, PyBUF_FULL_RO);
    }
    if (own_numbers(base, shown->shape, shown->strides, shown->suboffsets) < 0)
        return -1;
    shown->len = shown->itemsize;
    for (int dim = 0; dim < shown->ndim; dim++) {
        if (dim < selected->count)
            cut(shown, dim, &selected->indices[dim]);
        shown->len *= shown->shape[dim];
    }
    return 0;
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
    if (read_key(key, &made->shown, &selected) < 0)
        return base_failed(made);
    made->flags = PyIndex_Check(key) ? 0 : ND_SLICED;
    int status = is_wide(&made->shown) ? show_selected_wide(made, &selected) : show_selected(made, &selected);
    return status < 0 || note_flags(made) < 0 ? base_failed(made) : made;
}

#endif
