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
#include "hostile_habits.h"

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
