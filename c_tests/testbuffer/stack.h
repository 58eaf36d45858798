/* An ndarray: a stack of structures, of which the top one is shown.
 *
 * Usually the structure cannot change while there are exports. With ND_VAREXPORT it can: exports
 * keep the structure that they were given, and one that is no longer on top is freed with the last
 * of them. The stack and the counts change in a critical section, for Python without a GIL.
 */
#ifndef TESTBUFFER_STACK_H
#define TESTBUFFER_STACK_H

#include "parts.h"

#ifdef Py_GIL_DISABLED
#define ENTER(self) Py_BEGIN_CRITICAL_SECTION(self)
#define LEAVE() Py_END_CRITICAL_SECTION()
#else
#define ENTER(self) {
#define LEAVE() }
#endif

typedef struct ndarray {
    PyObject_HEAD
    base *top;
    int flags;      /* ND_VAREXPORT or none */
} ndarray;

static PyTypeObject *ndarray_type;

static ndarray *ndarray_of(PyObject *self)
{
    return (ndarray *)self;
}

/* The structure on top, which stays until it is let go. */
static base *hold(PyObject *self)
{
    base *top;
    ENTER(self);
    top = ndarray_of(self)->top;
    top->exports++;
    LEAVE();
    return top;
}

/* Takes a structure out of the stack, if it is there and not on top. */
static void unlink_covered(ndarray *self, base *covered)
{
    base **link = &self->top->below;
    while (*link && *link != covered)
        link = &(*link)->below;
    if (*link)
        *link = covered->below;
}

static void let_go(PyObject *self, base *held)
{
    int is_done;
    ENTER(self);
    is_done = --held->exports == 0 && held != ndarray_of(self)->top;
    if (is_done)
        unlink_covered(ndarray_of(self), held);
    LEAVE();
    if (is_done)
        base_free(held);
}

/* A new object, or NULL; takes over the structure, which may be NULL. Of the flags only
 * ND_VAREXPORT matters, which is the object's and not the structure's. */
static PyObject *ndarray_with(PyTypeObject *type, base *first, int flags)
{
    ndarray *made = first ? (ndarray *)PyType_GenericAlloc(type, 0) : NULL;
    if (!made) {
        base_free(first);
        return NULL;
    }
    made->top = first;
    made->flags = flags & ND_VAREXPORT;
    return (PyObject *)made;
}

static void ndarray_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    while (ndarray_of(self)->top) {
        base *top = ndarray_of(self)->top;
        ndarray_of(self)->top = top->below;
        base_free(top);
    }
    PyObject_Free(self);
    Py_DECREF(type);
}

/* Whether the structure may be covered: 0, or -1 with an exception. */
static int check_push(const ndarray *self)
{
    if (!self->top->owner)
        return refuse_buffer("structure of re-exporting object is immutable");
    if (self->top->exports && !(self->flags & ND_VAREXPORT))
        return refuse_change(self->top->exports);
    return 0;
}

static int check_pop(const ndarray *self)
{
    if (!self->top->owner)
        return refuse_buffer("structure of re-exporting object is immutable");
    if (self->top->exports)
        return refuse_change(self->top->exports);
    return self->top->below ? 0 : refuse_buffer("list only has a single base");
}

/* The same, for those who have yet to make what is pushed. */
static int may_push(PyObject *self)
{
    int status;
    ENTER(self);
    status = check_push(ndarray_of(self));
    LEAVE();
    return status;
}

/* Covers the structure with another, which is taken over. */
static int push_base(PyObject *self, base *next)
{
    int status;
    ENTER(self);
    status = check_push(ndarray_of(self));
    if (status == 0) {
        next->below = ndarray_of(self)->top;
        ndarray_of(self)->top = next;
    }
    LEAVE();
    if (status < 0)
        base_free(next);
    return status;
}

static int pop_base(PyObject *self)
{
    base *gone = NULL;
    ENTER(self);
    if (check_pop(ndarray_of(self)) == 0) {
        gone = ndarray_of(self)->top;
        ndarray_of(self)->top = gone->below;
    }
    LEAVE();
    base_free(gone);
    return gone ? 0 : -1;
}

static int ndarray_getbuffer(PyObject *self, Py_buffer *view, int request)
{
    base *held = hold(self);
    PyObject *target = held->flags & ND_REDIRECT ? held->obj : NULL;
    if (held->flags & ND_GETBUF_FAIL) {
        if (!(held->flags & ND_GETBUF_UNDEFINED))
            view->obj = NULL;
        let_go(self, held);
        return refuse_buffer("ND_GETBUF_FAIL: forced test exception");
    }
    int status = target ? PyObject_GetBuffer(target, view, request) : answer(held, self, view, request);
    if (status < 0 || target)
        let_go(self, held);
    return status;
}

/* The structure that has answered with a buffer. Its memory is no other's. */
static base *lender_of(PyObject *self, const Py_buffer *view)
{
    base *lender;
    ENTER(self);
    lender = ndarray_of(self)->top;
    while (lender->below && lender->shown.buf != view->buf)
        lender = lender->below;
    LEAVE();
    return lender;
}

static void ndarray_releasebuffer(PyObject *self, Py_buffer *view)
{
    base *lender = lender_of(self, view);
    if (lender->lent)
        pybuf_python_releasebuffer(self, lender->lent, view);
    let_go(self, lender);
}

#endif
