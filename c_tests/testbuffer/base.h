/* A structure that an ndarray has or has had: memory of its own, what another exporter lends, or
 * a part of that. Of all three it keeps a filled Py_buffer, whose fields the getters show, and an
 * exporter of the library's, which answers requests.
 */
#ifndef TESTBUFFER_BASE_H
#define TESTBUFFER_BASE_H

#include "plan.h"

typedef struct base {
    struct base *below;     /* the one that push has covered */
    Py_ssize_t exports;     /* Python's, and operations that are going on */
    int flags;
    Py_ssize_t offset;      /* of the first item in memory of its own, else -1 */
    PyObject *obj;          /* the exporter that lends the memory, if it is a Python object */
    PyObject *format;       /* the text, as bytes, of memory of its own */
    Py_buffer taken;        /* what has been filled, and is to be released */
    Py_buffer shown;        /* what it says, and what has been changed of that */
    pybuf_exporter *lent;   /* answers requests; NULL for more dimensions than the library has */
    pybuf_exporter *owner;  /* of memory of its own */
    char *memory;           /* ... where it begins, and how large it is */
    Py_ssize_t size;
    Py_ssize_t *numbers;    /* shape, strides and suboffsets that `taken` does not have */
} base;

static base *base_alloc(void)
{
    base *made = PyMem_Calloc(1, sizeof *made);
    if (!made)
        PyErr_NoMemory();
    else
        made->offset = -1;
    return made;
}

static void base_free(base *base)
{
    if (!base)
        return;
    pybuf_exporter_unref(base->lent);
    pybuf_release(&base->taken);
    pybuf_exporter_unref(base->owner);
    Py_XDECREF(base->obj);
    Py_XDECREF(base->format);
    PyMem_Free(base->numbers);
    PyMem_Free(base);
}

/* The exception is set: nothing has become of it. */
static base *base_failed(base *base)
{
    base_free(base);
    return NULL;
}

/* Puts numbers of its own in place of those that are shown. */
static int own_numbers(base *base, const Py_ssize_t *shape, const Py_ssize_t *strides, const Py_ssize_t *suboffsets)
{
    Py_buffer *shown = &base->shown;
    size_t count = (size_t)shown->ndim, size = count * sizeof *shape;
    Py_ssize_t *numbers = PyMem_Malloc(3 * size + 1);
    if (!numbers) {
        PyErr_NoMemory();
        return -1;
    }
    shown->shape = memcpy(numbers, shape, size);
    shown->strides = memcpy(numbers + count, strides, size);
    shown->suboffsets = suboffsets ? memcpy(numbers + 2 * count, suboffsets, size) : NULL;
    PyMem_Free(base->numbers);
    base->numbers = numbers;
    return 0;
}

/* Notes in the flags what is shown. */
static int note_flags(base *base)
{
    const Py_buffer *shown = &base->shown;
    base->flags &= ~(ND_FORTRAN | ND_C);
    base->flags |= shown->readonly ? 0 : ND_WRITABLE;
    base->flags |= shown->ndim ? 0 : ND_SCALAR;
    if (shown->suboffsets) {
        base->flags |= ND_PIL;
        return 0;
    }
    int c_order = is_contiguous_in(shown, 'C'), f_order = is_contiguous_in(shown, 'F');
    if (c_order < 0 || f_order < 0)
        return -1;
    base->flags |= (c_order ? ND_C : 0) | (f_order ? ND_FORTRAN : 0);
    return 0;
}

/* The getbuffer of a base, for the library: what it shows, with nothing to be released. */
static int give_shown(void *self, Py_buffer *view, int flags)
{
    (void)flags;
    *view = ((base *)self)->shown;
    view->obj = NULL;
    view->internal = NULL;
    return 0;
}

/* Makes the exporter that answers requests of what is shown, which was asked for with these flags. */
static int lend_shown(base *base, int flags)
{
    pybuf_view *view = is_wide(&base->shown) ? NULL : pybuf_view_acquire(base, give_shown, NULL, flags);
    pybuf_exporter *lent = view ? pybuf_exporter_from_view(view) : NULL;
    pybuf_view_unref(view);
    if (!lent && !is_wide(&base->shown))
        return pybuf_python_status(-1);
    pybuf_exporter_unref(base->lent);
    base->lent = lent;
    return 0;
}

/* Shows memory of its own that has more dimensions than the library fills in. */
static int show_wide(base *base, const plan *plan)
{
    Py_ssize_t len = plan->itemsize;
    for (int dim = 0; dim < plan->ndim; dim++)
        len *= plan->shape[dim];
    base->shown = (Py_buffer){
        .buf = pybuf_exporter_data(base->owner), .len = len, .itemsize = plan->itemsize,
        .readonly = !(plan->flags & ND_WRITABLE), .ndim = plan->ndim, .format = PyBytes_AsString(base->format)};
    return own_numbers(base, plan->shape, plan->strides, plan->flags & ND_PIL ? plan->suboffsets : NULL);
}

/* Shows memory of its own. */
static int show_items(base *base, const plan *plan)
{
    base->flags = plan->flags;
    base->offset = plan->flags & ND_PIL ? 0 : plan->offset;
    base->memory = plan->block;
    base->size = plan->table + plan->data;
    if (plan->ndim > PyBUF_MAX_NDIM)
        return show_wide(base, plan) < 0 ? -1 : note_flags(base);
    if (pybuf_getbuffer(base->owner, &base->taken, PyBUF_FULL_RO) < 0)
        return pybuf_python_status(-1);
    base->shown = base->taken;
    base->lent = pybuf_exporter_ref(base->owner);
    return note_flags(base);
}

/* A base with memory of its own; takes over the format. */
static base *base_of_items(const given *given, PyObject *format)
{
    plan plan;
    pybuf_exporter *owner = plan_and_pack(&plan, given, PyBytes_AsString(format));
    base *made = owner ? base_alloc() : NULL;
    if (!made) {
        pybuf_exporter_unref(owner);
        Py_DECREF(format);
        return NULL;
    }
    made->owner = owner;
    made->format = format;
    return show_items(made, &plan) < 0 ? base_failed(made) : made;
}

/* What an exporter lends, asked for with the flags of a request. */
static base *base_of_exporter(PyObject *exporter, int request, int flags)
{
    base *made = base_alloc();
    if (!made || PyObject_GetBuffer(exporter, &made->taken, request) < 0)
        return base_failed(made);
    made->flags = flags;
    made->shown = made->taken;
    made->obj = made->taken.obj;
    Py_XINCREF(made->obj);
    if (made->taken.ndim > MOST_DIMENSIONS || (is_wide(&made->taken) && !made->taken.shape)) {
        refuse_value("an exporter of too many dimensions");
        return base_failed(made);
    }
    return lend_shown(made, request) < 0 || note_flags(made) < 0 ? base_failed(made) : made;
}

static int refuse_buffer(const char *words)
{
    PyErr_SetString(PyExc_BufferError, words);
    return -1;
}

static int asks(int request, int flag)
{
    return (request & flag) == flag;
}

/* What keeps a base of more dimensions than the library has from answering; NULL: nothing. */
static const char *wide_refusal(const base *base, int request)
{
    int c_order = base->flags & ND_C, f_order = base->flags & ND_FORTRAN;
    if (asks(request, PyBUF_WRITABLE) && base->shown.readonly)
        return "ndarray is not writable";
    if (asks(request, PyBUF_C_CONTIGUOUS) && !c_order)
        return "ndarray is not C-contiguous";
    if (asks(request, PyBUF_F_CONTIGUOUS) && !f_order)
        return "ndarray is not Fortran contiguous";
    if (asks(request, PyBUF_ANY_CONTIGUOUS) && !c_order && !f_order)
        return "ndarray is not contiguous";
    if (!asks(request, PyBUF_INDIRECT) && base->shown.suboffsets)
        return "ndarray cannot be represented without suboffsets";
    if (!asks(request, PyBUF_STRIDES) && !c_order)
        return "ndarray is not C-contiguous";
    return NULL;
}

static int answer_wide(base *base, PyObject *owner, Py_buffer *view, int request)
{
    const char *refusal = wide_refusal(base, request);
    if (refusal)
        return refuse_buffer(refusal);
    *view = base->shown;
    view->internal = NULL;
    view->format = asks(request, PyBUF_FORMAT) ? view->format : NULL;
    view->strides = asks(request, PyBUF_STRIDES) ? view->strides : NULL;
    view->ndim = asks(request, PyBUF_ND) ? view->ndim : 1;
    view->shape = asks(request, PyBUF_ND) ? view->shape : NULL;
    view->obj = owner;
    Py_INCREF(owner);
    return 0;
}

/* What the library cannot know of a buffer that was asked for without a format: the size of the
 * items, and that they are shown as bytes all the same. */
static void amend(const base *base, Py_buffer *view, int request)
{
    view->itemsize = base->shown.itemsize;
    if (!base->shown.format && asks(request, PyBUF_FORMAT))
        view->format = (char *)format_of(&base->shown);
}

/* Answers a request; view's obj is NULL where that fails. */
static int answer(base *base, PyObject *owner, Py_buffer *view, int request)
{
    const Py_buffer *shown = &base->shown;
    view->obj = NULL;
    int no_shape = asks(request, PyBUF_ND) && !shown->shape;
    int no_strides = asks(request, PyBUF_STRIDES) && !shown->strides;
    if (shown->ndim && (no_shape || no_strides))
        return refuse_buffer("re-exporter does not provide format, shape or strides");
    if (asks(request, PyBUF_FORMAT) && !asks(request, PyBUF_ND))
        return refuse_buffer("ndarray: cannot cast to unsigned bytes if the format flag is present");
    if (is_wide(shown))
        return answer_wide(base, owner, view, request);
    if (pybuf_python_fill(owner, base->lent, view, request) < 0)
        return -1;
    amend(base, view, request);
    return 0;
}

static int refuse_change(Py_ssize_t exports)
{
    PyErr_Format(PyExc_BufferError, "cannot change structure: %zd exported buffer%s", exports, exports == 1 ? "" : "s");
    return -1;
}

/* All suboffsets are there from now on, and none leads to a pointer. Exports point at what is
 * changed, so there must be none. */
static int add_suboffsets(base *base, Py_ssize_t exports)
{
    Py_ssize_t none[MOST_DIMENSIONS];
    if (base->shown.suboffsets)
        return refuse_type("cannot add suboffsets to PIL-style array");
    if (!base->shown.shape || !base->shown.strides)
        return refuse_type("cannot add suboffsets to array without strides");
    if (exports)
        return refuse_change(exports);
    for (int dim = 0; dim < base->shown.ndim; dim++)
        none[dim] = -1;
    if (own_numbers(base, base->shown.shape, base->shown.strides, none) < 0)
        return -1;
    base->flags &= ~(ND_FORTRAN | ND_C);
    return lend_shown(base, PyBUF_FULL_RO);
}

#endif
