/* Python types whose buffer slots lie, stray and call back.
 *
 *     lies() -> [(name, request, exception, message)]      answers that are refused, and how
 *     truths() -> [(name, request, items, format)]         answers that are right, and what they show
 *     habits() -> [name]                                   what else an object can do
 *     Hostile(name)                   an object that gives this answer, or has this habit; its release
 *                                     aborts where nothing is to be released
 *         .requests  .filled  .released      how often it was asked, has answered, got its answer back
 *         .inner_gone                        how often the memory of an exporter of ours that it uses was given back
 *         .strike()                          does late what its habit is to do late
 *     Immutable(name)                 the same, whose methods nobody can replace (from 3.10 on)
 *     Releasing()                     a release and no getbuffer
 *     acquire(obj, request) -> Exporter      over a view of obj, by pybuf_view_acquire with its slots
 */
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

#define COUNT(array) (sizeof array / sizeof array[0])

/* --- the types --- */

static int Hostile_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    Hostile *self = (Hostile *)object;
    self->requests++;
    return self->habit && self->habit->getbuffer ? self->habit->getbuffer(self, view, flags) : answers(self, view);
}

static void Hostile_releasebuffer(PyObject *object, Py_buffer *view)
{
    Hostile *self = (Hostile *)object;
    if (self->released == self->filled || view->obj != object)
        abort();
    if (self->habit && self->habit->releasebuffer)
        self->habit->releasebuffer(self, view);
    self->released++;
}

static int find(Hostile *self, const char *name)
{
    for (size_t i = 0; i < COUNT(lies); i++)
        if (strcmp(lies[i].name, name) == 0)
            self->answer = &lies[i].answer;
    for (size_t i = 0; i < COUNT(truths); i++)
        if (strcmp(truths[i].name, name) == 0)
            self->answer = &truths[i].answer;
    for (size_t i = 0; i < COUNT(habits_known); i++)
        if (strcmp(habits_known[i].name, name) == 0)
            self->habit = &habits_known[i];
    if (self->answer || self->habit)
        return 0;
    PyErr_Format(PyExc_ValueError, "nobody is called %s", name);
    return -1;
}

static PyObject *Hostile_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    const char *name;
    (void)keywords;
    if (!PyArg_ParseTuple(args, "s:Hostile", &name))
        return NULL;
    PyObject *self = PyType_GenericAlloc(type, 0);
    if (self && find((Hostile *)self, name) < 0)
        Py_CLEAR(self);
    return self;
}

static void Hostile_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    free(((Hostile *)self)->arrays);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* `closure` is the offset of the counter. */
static PyObject *Hostile_count(PyObject *self, void *closure)
{
    return PyLong_FromLong(*(int *)((char *)self + (uintptr_t)closure));
}

static PyObject *Hostile_inner_gone(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLong(atomic_load(&((Hostile *)self)->inner_gone));
}

static PyObject *Hostile_strike(PyObject *object, PyObject *none)
{
    Hostile *self = (Hostile *)object;
    (void)none;
    if (self->habit && self->habit->strike)
        self->habit->strike(self);
    Py_RETURN_NONE;
}

#define COUNTER(name) {#name, Hostile_count, NULL, NULL, (void *)offsetof(Hostile, name)}

static PyGetSetDef Hostile_getset[] = {
    COUNTER(requests),
    COUNTER(filled),
    COUNTER(released),
    {"inner_gone", Hostile_inner_gone, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef Hostile_methods[] = {
    {"strike", Hostile_strike, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot Hostile_slots[] = {
    {Py_tp_new, PYBUF_SLOT(Hostile_new)},
    {Py_tp_dealloc, PYBUF_SLOT(Hostile_dealloc)},
    {Py_tp_getset, Hostile_getset},
    {Py_tp_methods, Hostile_methods},
    PYBUF_BUFFER_SLOT_ENTRIES(Hostile),
    {0, NULL},
};

static PyType_Spec Hostile_spec = {
    .name = "hostile.Hostile", .basicsize = sizeof(Hostile), .flags = Py_TPFLAGS_DEFAULT, .slots = Hostile_slots};

#ifndef Py_TPFLAGS_IMMUTABLETYPE
#define Py_TPFLAGS_IMMUTABLETYPE 0
#endif

static PyType_Spec Immutable_spec = {
    .name = "hostile.Immutable", .basicsize = sizeof(Hostile),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, .slots = Hostile_slots};

static void Releasing_releasebuffer(PyObject *self, Py_buffer *view)
{
    (void)self, (void)view;
    abort();
}

static PyType_Slot Releasing_slots[] = {
    {Py_bf_releasebuffer, PYBUF_SLOT(Releasing_releasebuffer)},
    {0, NULL},
};

static PyType_Spec Releasing_spec = {
    .name = "hostile.Releasing", .basicsize = sizeof(PyObject), .flags = Py_TPFLAGS_DEFAULT, .slots = Releasing_slots};

/* --- the module's functions --- */

static PyObject *class_of(int code)
{
    switch (code) {
    case PYBUF_ERR_BUFFER: return PyExc_BufferError;
    case PYBUF_ERR_VALUE: return PyExc_ValueError;
    case PYBUF_ERR_OVERFLOW: return PyExc_OverflowError;
    default: return PyExc_AssertionError;
    }
}

/* A list takes over a new reference; 0 where both are there. */
static int append(PyObject *list, PyObject *item)
{
    int status = list && item ? PyList_Append(list, item) : -1;
    Py_XDECREF(item);
    return status;
}

static PyObject *lies_of(PyObject *module, PyObject *none)
{
    PyObject *list = PyList_New(0);
    (void)module, (void)none;
    for (size_t i = 0; i < COUNT(lies); i++)
        if (append(list, Py_BuildValue("(siOs)", lies[i].name, lies[i].request, class_of(lies[i].code), lies[i].says)) < 0)
            Py_CLEAR(list);
    return list;
}

static PyObject *truths_of(PyObject *module, PyObject *none)
{
    PyObject *list = PyList_New(0);
    (void)module, (void)none;
    for (size_t i = 0; i < COUNT(truths); i++)
        if (append(list, Py_BuildValue("(siyy)", truths[i].name, truths[i].request, truths[i].items, truths[i].format)) < 0)
            Py_CLEAR(list);
    return list;
}

static PyObject *habits_of(PyObject *module, PyObject *none)
{
    PyObject *list = PyList_New(0);
    (void)module, (void)none;
    for (size_t i = 0; i < COUNT(habits_known); i++)
        if (append(list, PyUnicode_FromString(habits_known[i].name)) < 0)
            Py_CLEAR(list);
    return list;
}

static int acquire_getbuffer(void *self, Py_buffer *view, int flags)
{
    return Hostile_getbuffer(self, view, flags);
}

static void acquire_releasebuffer(void *self, Py_buffer *view)
{
    Hostile_releasebuffer(self, view);
}

static PyObject *acquire(PyObject *module, PyObject *args)
{
    PyObject *self;
    int flags;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oi:acquire", &self, &flags))
        return NULL;
    pybuf_view *view = pybuf_view_acquire(self, acquire_getbuffer, acquire_releasebuffer, flags);
    if (!view)
        return pybuf_python_raise();
    pybuf_exporter *exporter = pybuf_exporter_from_view(view);
    pybuf_view_unref(view);
    return pybuf_python_object(exporter);
}

static PyMethodDef methods[] = {
    {"lies", lies_of, METH_NOARGS, NULL},
    {"truths", truths_of, METH_NOARGS, NULL},
    {"habits", habits_of, METH_NOARGS, NULL},
    {"acquire", acquire, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int add_type(PyObject *module, const char *name, PyType_Spec *spec)
{
    PyObject *type = PyType_FromSpec(spec);
    if (type && PyModule_AddObject(module, name, type) == 0)
        return 0;
    Py_XDECREF(type);
    return -1;
}

static int add_types(PyObject *module)
{
    fill_arrays();
    if (add_type(module, "Hostile", &Hostile_spec) < 0 || add_type(module, "Immutable", &Immutable_spec) < 0)
        return -1;
    return add_type(module, "Releasing", &Releasing_spec);
}

MODULE(hostile, methods, add_types);
