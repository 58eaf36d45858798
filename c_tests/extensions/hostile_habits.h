/* What an object of hostile.c may do when it is asked for its buffer, when a buffer is released,
 * and while one is there: its habits, by name.
 */
#ifndef HOSTILE_HABITS_H
#define HOSTILE_HABITS_H

#include "module.h"

#include "answers.h"

#include <stdatomic.h>
#include <stdlib.h>

typedef struct Hostile Hostile;

typedef struct habit {
    const char *name;                                  /* and what it does */
    int (*getbuffer)(Hostile *, Py_buffer *, int);     /* NULL: answers as it should */
    void (*releasebuffer)(Hostile *, Py_buffer *);     /* NULL: counts */
    void (*strike)(Hostile *);                         /* NULL: does nothing */
} habit;

struct Hostile {
    PyObject_HEAD
    const Py_buffer *answer;
    const habit *habit;
    int requests, filled, released, depth;
    atomic_int inner_gone;
    Py_buffer *kept;    /* what it filled last */
    Py_ssize_t *arrays; /* shape and strides, on the heap */
};

static const Py_buffer truth = {BYTES(TWO_BY_THREE, C_ORDER), .format = "B"};

/* As it should be. */
static int answers(Hostile *self, Py_buffer *view)
{
    *view = self->answer ? *self->answer : truth;
    view->obj = (PyObject *)self;
    Py_INCREF(self);
    self->kept = view;
    self->filled++;
    return 0;
}

/* --- what a getbuffer may do instead --- */

static int raises(Hostile *self, Py_buffer *view, int flags)
{
    (void)self, (void)view, (void)flags;
    PyErr_SetString(PyExc_LookupError, "nothing here");
    return -1;
}

/* obj is borrowed here: nobody may give it up. */
static int fills_and_raises(Hostile *self, Py_buffer *view, int flags)
{
    *view = truth;
    view->obj = (PyObject *)self;
    view->internal = self;
    return raises(self, view, flags);
}

static int refuses(Hostile *self, Py_buffer *view, int flags)
{
    (void)self, (void)flags;
    memset(view, 0xa5, sizeof *view);
    return -1;
}

static int answers_and_raises(Hostile *self, Py_buffer *view, int flags)
{
    raises(self, view, flags);
    return answers(self, view);
}

static int does_nothing(Hostile *self, Py_buffer *view, int flags)
{
    (void)self, (void)view, (void)flags;
    return 0;
}

static int names_nobody(Hostile *self, Py_buffer *view, int flags)
{
    (void)self, (void)flags;
    *view = truth;
    return 0;
}

static void inner_done(void *counter)
{
    atomic_fetch_add((atomic_int *)counter, 1);
}

/* What pybuf_python_fill is for is done by pybuf_getbuffer. */
static int answers_natively(Hostile *self, Py_buffer *view, int flags)
{
    pybuf_exporter *inner = pybuf_exporter_new(
        &(pybuf_memory){.buf = bytes, .size = 6, .release = inner_done, .context = &self->inner_gone});
    int status = pybuf_getbuffer(inner, view, flags);
    pybuf_exporter_unref(inner);
    return status;
}

static int answers_forty_two(Hostile *self, Py_buffer *view, int flags)
{
    (void)flags;
    return answers(self, view) + 42;
}

/* It is bytes that will be released. */
static int names_another(Hostile *self, Py_buffer *view, int flags)
{
    (void)self;
    PyObject *other = PyBytes_FromStringAndSize("abcdef", 6);
    int status = PyObject_GetBuffer(other, view, flags);
    Py_DECREF(other);
    return status;
}

/* A view of the object, used and dropped from within a call. */
static int is_viewed(Hostile *self)
{
    char items[6];
    pybuf_view *view = pybuf_python_view((PyObject *)self, NULL);
    int status = view ? pybuf_view_copy_out(view, items, 6, 'C') : -1;
    pybuf_view_unref(view);
    return status;
}

static int views_itself(Hostile *self, Py_buffer *view, int flags)
{
    (void)flags;
    if (self->depth < 20) {
        self->depth++;
        int status = is_viewed(self);
        self->depth--;
        if (status < 0)
            return -1;
    }
    return answers(self, view);
}

static int fails_inside(Hostile *self, Py_buffer *view, int flags)
{
    pybuf_getbuffer(NULL, view, flags);
    pybuf_python_view(NULL, NULL);
    PyErr_Clear();
    return answers(self, view);
}

/* Every second answer is a lie. */
static int lies_by_turns(Hostile *self, Py_buffer *view, int flags)
{
    (void)flags;
    answers(self, view);
    if (self->requests % 2 == 0)
        view->len = 7;
    return 0;
}

/* Of three rows behind pointers the second is missing. */
static char *rows_with_a_gap[] = {bytes, NULL, bytes + 4};
static const Py_buffer with_a_gap = {
    .buf = rows_with_a_gap, .len = 6, .itemsize = 1, .ndim = 2, .shape = NUMBERS(3, 2),
    .strides = NUMBERS(sizeof(char *), 1), .suboffsets = NUMBERS(0, -1)};

static int lacks_a_row(Hostile *self, Py_buffer *view, int flags)
{
    (void)flags;
    self->answer = &with_a_gap;
    return answers(self, view);
}

/* --- what a release may do beside --- */

static void release_raises(Hostile *self, Py_buffer *view)
{
    raises(self, view, 0);
}

static void release_views(Hostile *self, Py_buffer *view)
{
    (void)view;
    if (self->depth++ == 0) {
        Py_buffer *kept = self->kept;
        if (is_viewed(self) < 0)
            abort();
        self->kept = kept;
        self->filled--, self->released--;
    }
    self->depth--;
}

static void release_writes_rubbish(Hostile *self, Py_buffer *view)
{
    (void)self;
    PyObject *obj = view->obj;
    memset(view, 0xa5, sizeof *view);
    view->obj = obj;
}

static void release_forgets_itself(Hostile *self, Py_buffer *view)
{
    (void)self;
    view->obj = NULL;
}

/* --- what may happen while a view is there --- */

static int answers_from_the_heap(Hostile *self, Py_buffer *view, int flags)
{
    (void)flags;
    if (!self->arrays && !(self->arrays = malloc(4 * sizeof *self->arrays))) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(self->arrays, NUMBERS(2, 3, 3, 1), 4 * sizeof *self->arrays);
    answers(self, view);
    view->shape = self->arrays;
    view->strides = self->arrays + 2;
    return 0;
}

static void frees_arrays(Hostile *self)
{
    free(self->arrays);
    self->arrays = NULL;
}

static void writes_rubbish(Hostile *self)
{
    memset(self->kept, 0xa5, sizeof *self->kept);
}

static void names_another_late(Hostile *self)
{
    self->kept->obj = Py_None;
}

static void empties(Hostile *self)
{
    memset(self->kept, 0, sizeof *self->kept);
}

static const habit habits_known[] = {
    {"good: none", NULL, NULL, NULL},
    {"raises: an exception of its own", raises, NULL, NULL},
    {"fills_and_raises: likewise, with a full buffer", fills_and_raises, NULL, NULL},
    {"refuses: failure without an exception, and rubbish", refuses, NULL, NULL},
    {"answers_and_raises: success, and an exception is set", answers_and_raises, NULL, NULL},
    {"does_nothing: success, and nothing was written", does_nothing, NULL, NULL},
    {"names_nobody: obj is NULL", names_nobody, NULL, NULL},
    {"answers_natively: obj is NULL, internal ours", answers_natively, NULL, NULL},
    {"answers_forty_two: success is 42", answers_forty_two, NULL, NULL},
    {"names_another: obj is another object, which is right", names_another, NULL, NULL},
    {"views_itself: twenty deep", views_itself, NULL, NULL},
    {"fails_inside: calls of ours fail on the way", fails_inside, NULL, NULL},
    {"lies_by_turns: every second answer", lies_by_turns, NULL, NULL},
    {"lacks_a_row: a pointer is NULL", lacks_a_row, NULL, NULL},
    {"release_raises: an exception is set", NULL, release_raises, NULL},
    {"release_views: the object is viewed", NULL, release_views, NULL},
    {"release_writes_rubbish: into all but obj", NULL, release_writes_rubbish, NULL},
    {"release_forgets_itself: obj becomes NULL", NULL, release_forgets_itself, NULL},
    {"frees_arrays: shape and strides are gone later", answers_from_the_heap, NULL, frees_arrays},
    {"writes_rubbish: the buffer is overwritten later", NULL, NULL, writes_rubbish},
    {"names_another_late: obj is another object later", NULL, NULL, names_another_late},
    {"empties: the buffer is set to zero later", NULL, NULL, empties},
};

#endif
