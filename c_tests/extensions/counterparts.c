/* CPython's buffer functions and ours, side by side on the same Py_buffer. Every
 * function returns a pair (theirs, ours): the result of each, or the exception that it
 * raised (as an object).
 *
 *     is_contiguous(obj, flags, order)                    bools
 *     get_pointer(obj, flags, indices)                    addresses
 *     to_contiguous(obj, flags, order, length=-1)         bytes; length -1: that of the buffer
 *     from_contiguous(theirs, ours, flags, order, data)   None; writes to two objects of the same layout
 *     copy_data(their_dest, their_src, our_dest, our_src) None; PyObject_CopyData beside pybuf_copy_data
 *     fill_contiguous_strides(shape, itemsize, order)     tuples
 *     fill_info(size, readonly, flags)                    dicts of all fields, and the owner's references
 *     release(obj, flags)                                 bools: a buffer of obj, released by each, has lost its obj
 */
#include "module.h"

/* What our function has left with the thread, as an exception object. */
static PyObject *our_exception(void)
{
    pybuf_python_raise();
    return raised();
}

/* The outcome of a function of CPython's that gives 0 or -1 with an exception. */
static PyObject *their_none(int result)
{
    return result < 0 ? raised() : Py_BuildValue("");
}

static PyObject *our_none(int result)
{
    return result < 0 ? our_exception() : Py_BuildValue("");
}

static PyObject *is_contiguous(PyObject *module, PyObject *args)
{
    PyObject *obj;
    int flags, order;
    Py_buffer view;
    (void)module;
    if (!PyArg_ParseTuple(args, "OiC:is_contiguous", &obj, &flags, &order) || PyObject_GetBuffer(obj, &view, flags) < 0)
        return NULL;
    int theirs = PyBuffer_IsContiguous(&view, (char)order), ours = pybuf_is_contiguous(&view, (char)order);
    PyBuffer_Release(&view);
    return Py_BuildValue("(NN)", PyBool_FromLong(theirs), ours < 0 ? our_exception() : PyBool_FromLong(ours));
}

static PyObject *get_pointer(PyObject *module, PyObject *args)
{
    PyObject *obj, *tuple;
    int flags;
    Py_buffer view;
    Py_ssize_t indices[PyBUF_MAX_NDIM];
    (void)module;
    if (!PyArg_ParseTuple(args, "OiO:get_pointer", &obj, &flags, &tuple) || numbers_of(tuple, indices) < 0 ||
        PyObject_GetBuffer(obj, &view, flags) < 0)
        return NULL;
    void *theirs = PyBuffer_GetPointer(&view, indices), *ours = pybuf_get_pointer(&view, indices);
    PyBuffer_Release(&view);
    return Py_BuildValue("(NN)", PyLong_FromVoidPtr(theirs), ours ? PyLong_FromVoidPtr(ours) : our_exception());
}

static PyObject *to_contiguous(PyObject *module, PyObject *args)
{
    PyObject *obj;
    int flags, order;
    Py_ssize_t length = -1;
    Py_buffer view;
    (void)module;
    if (!PyArg_ParseTuple(args, "OiC|n:to_contiguous", &obj, &flags, &order, &length) ||
        PyObject_GetBuffer(obj, &view, flags) < 0)
        return NULL;
    length = length < 0 ? view.len : length;
    PyObject *theirs = PyBytes_FromStringAndSize(NULL, length), *ours = PyBytes_FromStringAndSize(NULL, length);
    if (!theirs || !ours) {
        Py_XDECREF(theirs);
        Py_XDECREF(ours);
        PyBuffer_Release(&view);
        return NULL;
    }
    if (PyBuffer_ToContiguous(PyBytes_AsString(theirs), &view, length, (char)order) < 0)
        Py_SETREF(theirs, raised());
    if (pybuf_to_contiguous(PyBytes_AsString(ours), &view, length, (char)order) < 0)
        Py_SETREF(ours, our_exception());
    PyBuffer_Release(&view);
    return Py_BuildValue("(NN)", theirs, ours);
}

static PyObject *from_contiguous(PyObject *module, PyObject *args)
{
    PyObject *their_object, *our_object;
    int flags, order;
    Py_buffer data, their_view, our_view;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOiCy*:from_contiguous", &their_object, &our_object, &flags, &order, &data))
        return NULL;
    if (PyObject_GetBuffer(their_object, &their_view, flags) < 0) {
        PyBuffer_Release(&data);
        return NULL;
    }
    if (PyObject_GetBuffer(our_object, &our_view, flags) < 0) {
        PyBuffer_Release(&their_view);
        PyBuffer_Release(&data);
        return NULL;
    }
    PyObject *theirs = their_none(PyBuffer_FromContiguous(&their_view, data.buf, data.len, (char)order));
    PyObject *ours = our_none(pybuf_from_contiguous(&our_view, data.buf, data.len, (char)order));
    PyBuffer_Release(&our_view);
    PyBuffer_Release(&their_view);
    PyBuffer_Release(&data);
    return Py_BuildValue("(NN)", theirs, ours);
}

/* PyObject_CopyData's way with the objects, and our function between. */
static PyObject *our_copy_data(PyObject *to, PyObject *from)
{
    Py_buffer dest, src;
    if (PyObject_GetBuffer(to, &dest, PyBUF_FULL) < 0)
        return raised();
    if (PyObject_GetBuffer(from, &src, PyBUF_FULL_RO) < 0) {
        PyBuffer_Release(&dest);
        return raised();
    }
    PyObject *ours = our_none(pybuf_copy_data(&dest, &src));
    PyBuffer_Release(&dest);
    PyBuffer_Release(&src);
    return ours;
}

static PyObject *copy_data(PyObject *module, PyObject *args)
{
    PyObject *their_dest, *their_src, *our_dest, *our_src;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOO:copy_data", &their_dest, &their_src, &our_dest, &our_src))
        return NULL;
    PyObject *theirs = their_none(PyObject_CopyData(their_dest, their_src));
    return Py_BuildValue("(NN)", theirs, our_copy_data(our_dest, our_src));
}

static PyObject *fill_contiguous_strides(PyObject *module, PyObject *args)
{
    PyObject *tuple;
    int itemsize, order;
    Py_ssize_t shape[PyBUF_MAX_NDIM], theirs[PyBUF_MAX_NDIM], ours[PyBUF_MAX_NDIM];
    (void)module;
    if (!PyArg_ParseTuple(args, "OiC:fill_contiguous_strides", &tuple, &itemsize, &order))
        return NULL;
    int ndim = numbers_of(tuple, shape);
    if (ndim < 0)
        return NULL;
    PyBuffer_FillContiguousStrides(ndim, shape, theirs, itemsize, (char)order);
    pybuf_fill_contiguous_strides(ndim, shape, ours, itemsize, (char)order);
    return Py_BuildValue("(NN)", or_raised(tuple_of(theirs, ndim)), or_raised(tuple_of(ours, ndim)));
}

/* All fields; `buf` and `obj` as whether they are what was given, `references` those of the owner meanwhile. */
static PyObject *fields(const Py_buffer *view, const char *memory, PyObject *owner, Py_ssize_t references)
{
    return or_raised(Py_BuildValue(
        "{sisisnsnsisiszsNsNsNsisn}", "buf", view->buf == memory, "obj", view->obj == owner, "len", view->len,
        "itemsize", view->itemsize, "readonly", view->readonly, "ndim", view->ndim, "format", view->format, "shape",
        tuple_of(view->shape, 1), "strides", tuple_of(view->strides, 1), "suboffsets", tuple_of(view->suboffsets, 1),
        "internal", view->internal != NULL, "references", references));
}

static PyObject *fill_info(PyObject *module, PyObject *args)
{
    static char memory[16];
    Py_ssize_t size;
    int readonly, flags;
    Py_buffer view;
    PyObject *theirs, *ours;
    (void)module;
    if (!PyArg_ParseTuple(args, "npi:fill_info", &size, &readonly, &flags))
        return NULL;
    PyObject *owner = PyList_New(0);
    if (!owner)
        return NULL;
    if (PyBuffer_FillInfo(&view, owner, memory, size, readonly, flags) < 0) {
        theirs = raised();
    } else {
        theirs = fields(&view, memory, owner, (Py_ssize_t)Py_REFCNT(owner));
        PyBuffer_Release(&view);
    }
    if (pybuf_fill_info(&view, owner, memory, size, readonly, flags) < 0) {
        ours = our_exception();
    } else {
        ours = fields(&view, memory, owner, (Py_ssize_t)Py_REFCNT(owner));
        pybuf_release(&view);
    }
    if (Py_REFCNT(owner) != 1)
        PyErr_SetString(PyExc_AssertionError, "a release has not given back its reference to the owner");
    Py_DECREF(owner);
    if (!PyErr_Occurred())
        return Py_BuildValue("(NN)", theirs, ours);
    Py_DECREF(theirs);
    Py_DECREF(ours);
    return NULL;
}

static PyObject *release(PyObject *module, PyObject *args)
{
    PyObject *obj;
    int flags;
    Py_buffer theirs, ours;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oi:release", &obj, &flags) || PyObject_GetBuffer(obj, &theirs, flags) < 0)
        return NULL;
    PyBuffer_Release(&theirs);
    if (PyObject_GetBuffer(obj, &ours, flags) < 0)
        return NULL;
    pybuf_release(&ours);
    pybuf_release(&ours);
    return Py_BuildValue("(NN)", PyBool_FromLong(!theirs.obj), PyBool_FromLong(!ours.obj));
}

static PyMethodDef methods[] = {
    {"is_contiguous", is_contiguous, METH_VARARGS, NULL},
    {"get_pointer", get_pointer, METH_VARARGS, NULL},
    {"to_contiguous", to_contiguous, METH_VARARGS, NULL},
    {"from_contiguous", from_contiguous, METH_VARARGS, NULL},
    {"copy_data", copy_data, METH_VARARGS, NULL},
    {"fill_contiguous_strides", fill_contiguous_strides, METH_VARARGS, NULL},
    {"fill_info", fill_info, METH_VARARGS, NULL},
    {"release", release, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

MODULE(counterparts, methods, nothing_to_add);
