/* CPython's functions that make memoryviews and ours, side by side. Every function takes a
 * type last (0: memoryview, 1: View) and returns a pair (theirs, ours): a view of each, or
 * the exception that was raised (as an object).
 *
 *     of_object(obj, type)
 *     of_buffer(obj, flags, type)            of a Py_buffer of obj, which is released at once: obj must stay
 *     of_memory(address, size, flags, type)
 *     contiguous(obj, flags, order, type)
 *     of_view(obj, type)                     theirs: of the object over a native view of obj
 *     of_nothing(type)                       a list of what ours say of NULL
 */
#include "module.h"

static PyObject *pair(PyObject *theirs, PyObject *ours)
{
    return Py_BuildValue("(NN)", theirs, ours);
}

static PyObject *of_object(PyObject *module, PyObject *args)
{
    PyObject *obj;
    int type;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oi:of_object", &obj, &type))
        return NULL;
    PyObject *theirs = or_raised(PyMemoryView_FromObject(obj));
    return pair(theirs, or_raised(pybuf_python_memoryview(obj, type)));
}

static PyObject *of_buffer(PyObject *module, PyObject *args)
{
    PyObject *obj;
    int flags, type;
    Py_buffer buffer;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oii:of_buffer", &obj, &flags, &type) || PyObject_GetBuffer(obj, &buffer, flags) < 0)
        return NULL;
    PyObject *theirs = or_raised(PyMemoryView_FromBuffer(&buffer));
    PyObject *ours = or_raised(pybuf_python_memoryview_from_buffer(&buffer, type));
    PyBuffer_Release(&buffer);
    return pair(theirs, ours);
}

static PyObject *of_memory(PyObject *module, PyObject *args)
{
    PyObject *address;
    Py_ssize_t size;
    int flags, type;
    (void)module;
    if (!PyArg_ParseTuple(args, "Onii:of_memory", &address, &size, &flags, &type))
        return NULL;
    void *memory = PyLong_AsVoidPtr(address);
    PyObject *ours = or_raised(pybuf_python_memoryview_from_memory(memory, size, flags, type));
    /* CPython only asserts what ours checks. */
    int is_sound = memory && size >= 0 && (flags == PyBUF_READ || flags == PyBUF_WRITE);
    PyObject *theirs = is_sound ? or_raised(PyMemoryView_FromMemory(memory, size, flags)) : Py_BuildValue("");
    return pair(theirs, ours);
}

static PyObject *contiguous(PyObject *module, PyObject *args)
{
    PyObject *obj;
    int flags, order, type;
    (void)module;
    if (!PyArg_ParseTuple(args, "OiCi:contiguous", &obj, &flags, &order, &type))
        return NULL;
    PyObject *ours = or_raised(pybuf_python_memoryview_contiguous(obj, flags, (char)order, type));
    int is_sound = (flags == PyBUF_READ || flags == PyBUF_WRITE) && strchr("CFA", order);
    PyObject *theirs = is_sound ? or_raised(PyMemoryView_GetContiguous(obj, flags, (char)order)) : Py_BuildValue("");
    return pair(theirs, ours);
}

static PyObject *of_view(PyObject *module, PyObject *args)
{
    PyObject *obj;
    int type;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oi:of_view", &obj, &type))
        return NULL;
    pybuf_view *view = pybuf_python_view(obj, &(pybuf_want){.indirect = 1});
    if (!view)
        return NULL;
    PyObject *lent = pybuf_python_object(pybuf_exporter_from_view(view));
    PyObject *theirs = or_raised(lent ? PyMemoryView_FromObject(lent) : NULL);
    PyObject *ours = or_raised(pybuf_python_memoryview_from_view(view, type));
    Py_XDECREF(lent);
    pybuf_view_unref(view);
    return pair(theirs, ours);
}

static PyObject *of_nothing(PyObject *module, PyObject *args)
{
    int type;
    (void)module;
    if (!PyArg_ParseTuple(args, "i:of_nothing", &type))
        return NULL;
    Py_buffer empty;
    memset(&empty, 0, sizeof empty);
    empty.itemsize = 1;
    PyObject *object = or_raised(pybuf_python_memoryview(NULL, type));
    PyObject *view = or_raised(pybuf_python_memoryview_from_view(NULL, type));
    PyObject *buffer = or_raised(pybuf_python_memoryview_from_buffer(NULL, type));
    PyObject *nowhere = or_raised(pybuf_python_memoryview_from_buffer(&empty, type));
    PyObject *memory = or_raised(pybuf_python_memoryview_from_memory(NULL, 1, PyBUF_READ, type));
    PyObject *contiguous = or_raised(pybuf_python_memoryview_contiguous(NULL, PyBUF_READ, 'C', type));
    return Py_BuildValue("[NNNNNN]", object, view, buffer, nowhere, memory, contiguous);
}

static PyMethodDef methods[] = {
    {"of_object", of_object, METH_VARARGS, NULL},
    {"of_buffer", of_buffer, METH_VARARGS, NULL},
    {"of_memory", of_memory, METH_VARARGS, NULL},
    {"contiguous", contiguous, METH_VARARGS, NULL},
    {"of_view", of_view, METH_VARARGS, NULL},
    {"of_nothing", of_nothing, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

MODULE(memoryviews, methods, nothing_to_add);
