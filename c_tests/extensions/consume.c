/* An extension that takes any buffer, through pybuf_python_view.
 *
 *     describe(obj, writable=False) -> dict   address, nbytes, itemsize, format, ndim, shape, strides,
 *                                             suboffsets, readonly
 *     want(obj, *, kind=None, ndim=0, order='', writable=False, unaligned=False, indirect=False) -> None or an exception
 *     is_contiguous(obj, order) -> bool
 *     pointer(obj, indices) -> int            address of an item
 *     peek(obj, indices) -> bytes             one item
 *     poke(obj, indices, item) -> None        writes one item
 *     tobytes(obj, order) -> bytes
 *     sum_bytes(obj) -> int                   of all items
 *     copy_to(dest, src) -> None
 *     slice(obj, dim, start, stop, step) -> Exporter      None as start or stop: left out
 *     transpose(obj, axes) -> Exporter        axes: a tuple, or None
 *     lend(obj) -> Exporter                   over a view of obj
 *     adopt(obj, flags) -> Exporter           over a Py_buffer of obj, filled by PyObject_GetBuffer and adopted
 */
#include "module.h"

/* Anything at all, suboffsets too; writable where that is wanted. */
static pybuf_view *any_view(PyObject *obj, int writable)
{
    return pybuf_python_view(obj, &(pybuf_want){.writable = writable, .indirect = 1});
}

/* A new reference to an exporter of what the view shows. */
static PyObject *lent(pybuf_view *view)
{
    pybuf_exporter *exporter = pybuf_exporter_from_view(view);
    pybuf_view_unref(view);
    return pybuf_python_object(exporter);
}

static PyObject *describe(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"obj", "writable", NULL};
    PyObject *obj;
    int writable = 0;
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|p:describe", names, &obj, &writable))
        return NULL;
    pybuf_view *view = any_view(obj, writable);
    if (!view)
        return NULL;
    int ndim = pybuf_view_ndim(view);
    PyObject *description = Py_BuildValue(
        "{sNsnsnsssisNsNsNsN}", "address", PyLong_FromVoidPtr(pybuf_view_data(view)), "nbytes", pybuf_view_nbytes(view),
        "itemsize", pybuf_view_itemsize(view), "format", pybuf_view_format(view), "ndim", ndim, "shape",
        tuple_of(pybuf_view_shape(view), ndim), "strides", tuple_of(pybuf_view_strides(view), ndim), "suboffsets",
        tuple_of(pybuf_view_suboffsets(view), ndim), "readonly", PyBool_FromLong(pybuf_view_readonly(view)));
    pybuf_view_unref(view);
    return description;
}

static PyObject *want(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"obj", "kind", "ndim", "order", "writable", "unaligned", "indirect", NULL};
    PyObject *obj;
    const char *order = "";
    pybuf_want wanted = {.kind = NULL};
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|$zisppp:want", names, &obj, &wanted.kind, &wanted.ndim, &order,
                                     &wanted.writable, &wanted.unaligned, &wanted.indirect))
        return NULL;
    wanted.order = order[0];
    pybuf_view *view = pybuf_python_view(obj, &wanted);
    if (!view)
        return NULL;
    pybuf_view_unref(view);
    Py_RETURN_NONE;
}

static PyObject *is_contiguous(PyObject *module, PyObject *args)
{
    PyObject *obj;
    int order;
    (void)module;
    if (!PyArg_ParseTuple(args, "OC:is_contiguous", &obj, &order))
        return NULL;
    pybuf_view *view = any_view(obj, 0);
    if (!view)
        return NULL;
    int contiguous = pybuf_view_is_contiguous(view, (char)order);
    pybuf_view_unref(view);
    return contiguous < 0 ? pybuf_python_raise() : PyBool_FromLong(contiguous);
}

static PyObject *pointer(PyObject *module, PyObject *args)
{
    PyObject *obj, *tuple;
    Py_ssize_t indices[PyBUF_MAX_NDIM];
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:pointer", &obj, &tuple))
        return NULL;
    int count = numbers_of(tuple, indices);
    pybuf_view *view = count < 0 ? NULL : any_view(obj, 0);
    if (!view)
        return NULL;
    void *item = pybuf_view_pointer(view, indices, count);
    pybuf_view_unref(view);
    return item ? PyLong_FromVoidPtr(item) : pybuf_python_raise();
}

static PyObject *peek(PyObject *module, PyObject *args)
{
    PyObject *obj, *tuple;
    Py_ssize_t indices[PyBUF_MAX_NDIM];
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:peek", &obj, &tuple))
        return NULL;
    int count = numbers_of(tuple, indices);
    pybuf_view *view = count < 0 ? NULL : any_view(obj, 0);
    if (!view)
        return NULL;
    Py_ssize_t itemsize = pybuf_view_itemsize(view);
    PyObject *item = PyBytes_FromStringAndSize(NULL, itemsize);
    if (item && pybuf_view_read_item(view, indices, count, PyBytes_AsString(item), itemsize) < 0) {
        Py_DECREF(item);
        item = pybuf_python_raise();
    }
    pybuf_view_unref(view);
    return item;
}

static PyObject *poke(PyObject *module, PyObject *args)
{
    PyObject *obj, *tuple;
    Py_ssize_t indices[PyBUF_MAX_NDIM], size;
    const char *item;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOy#:poke", &obj, &tuple, &item, &size))
        return NULL;
    int count = numbers_of(tuple, indices);
    pybuf_view *view = count < 0 ? NULL : any_view(obj, 1);
    if (!view)
        return NULL;
    PyObject *result = pybuf_python_none(pybuf_view_write_item(view, indices, count, item, size));
    pybuf_view_unref(view);
    return result;
}

static PyObject *bytes_of(pybuf_view *view, char order)
{
    Py_ssize_t nbytes = pybuf_view_nbytes(view);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, nbytes);
    if (bytes && pybuf_view_copy_out(view, PyBytes_AsString(bytes), nbytes, order) < 0) {
        Py_DECREF(bytes);
        return pybuf_python_raise();
    }
    return bytes;
}

static PyObject *tobytes(PyObject *module, PyObject *args)
{
    PyObject *obj;
    int order;
    (void)module;
    if (!PyArg_ParseTuple(args, "OC:tobytes", &obj, &order))
        return NULL;
    pybuf_view *view = any_view(obj, 0);
    if (!view)
        return NULL;
    PyObject *bytes = bytes_of(view, (char)order);
    pybuf_view_unref(view);
    return bytes;
}

static PyObject *sum_bytes(PyObject *module, PyObject *obj)
{
    (void)module;
    pybuf_view *view = any_view(obj, 0);
    if (!view)
        return NULL;
    PyObject *bytes = bytes_of(view, 'C');
    pybuf_view_unref(view);
    if (!bytes)
        return NULL;
    unsigned long long sum = 0;
    const unsigned char *byte = (const unsigned char *)PyBytes_AsString(bytes);
    for (Py_ssize_t left = PyBytes_Size(bytes); left > 0; left--)
        sum += *byte++;
    Py_DECREF(bytes);
    return PyLong_FromUnsignedLongLong(sum);
}

static PyObject *copy_to(PyObject *module, PyObject *args)
{
    PyObject *to, *from;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:copy_to", &to, &from))
        return NULL;
    pybuf_view *dest = any_view(to, 1);
    if (!dest)
        return NULL;
    pybuf_view *src = any_view(from, 0);
    PyObject *result = src ? pybuf_python_none(pybuf_view_copy(dest, src)) : NULL;
    pybuf_view_unref(src);
    pybuf_view_unref(dest);
    return result;
}

/* A bound of a slice; None is one that is left out. */
static Py_ssize_t bound(PyObject *given)
{
    Py_ssize_t number = given == Py_None ? PYBUF_OPEN : PyNumber_AsSsize_t(given, NULL);
    return number == PYBUF_OPEN && given != Py_None ? number + 1 : number;
}

static PyObject *slice(PyObject *module, PyObject *args)
{
    PyObject *obj, *first, *last;
    int dim;
    Py_ssize_t step;
    (void)module;
    if (!PyArg_ParseTuple(args, "OiOOn:slice", &obj, &dim, &first, &last, &step))
        return NULL;
    Py_ssize_t start = bound(first), stop = bound(last);
    pybuf_view *view = PyErr_Occurred() ? NULL : any_view(obj, 0);
    if (!view)
        return NULL;
    pybuf_view *part = pybuf_view_slice(view, dim, start, stop, step);
    pybuf_view_unref(view);
    return part ? lent(part) : pybuf_python_raise();
}

static PyObject *transpose(PyObject *module, PyObject *args)
{
    PyObject *obj, *tuple;
    Py_ssize_t numbers[PyBUF_MAX_NDIM];
    int32_t axes[PyBUF_MAX_NDIM];
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:transpose", &obj, &tuple))
        return NULL;
    int count = tuple == Py_None ? 0 : numbers_of(tuple, numbers);
    for (int i = 0; i < count; i++)
        axes[i] = (int32_t)numbers[i];
    pybuf_view *view = count < 0 ? NULL : any_view(obj, 0);
    if (!view)
        return NULL;
    pybuf_view *turned = pybuf_view_transpose(view, tuple == Py_None ? NULL : axes, count);
    pybuf_view_unref(view);
    return turned ? lent(turned) : pybuf_python_raise();
}

static PyObject *lend(PyObject *module, PyObject *obj)
{
    (void)module;
    pybuf_view *view = any_view(obj, 0);
    return view ? lent(view) : NULL;
}

static PyObject *adopt(PyObject *module, PyObject *args)
{
    PyObject *obj;
    int flags;
    Py_buffer buffer;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oi:adopt", &obj, &flags) || PyObject_GetBuffer(obj, &buffer, flags) < 0)
        return NULL;
    pybuf_view *view = pybuf_view_adopt(&buffer);
    if (view)
        return lent(view);
    PyBuffer_Release(&buffer);
    return pybuf_python_raise();
}

#define WITH_KEYWORDS(function) ((PyCFunction)(void (*)(void))(function)), METH_VARARGS | METH_KEYWORDS

static PyMethodDef methods[] = {
    {"describe", WITH_KEYWORDS(describe), NULL},
    {"want", WITH_KEYWORDS(want), NULL},
    {"is_contiguous", is_contiguous, METH_VARARGS, NULL},
    {"pointer", pointer, METH_VARARGS, NULL},
    {"peek", peek, METH_VARARGS, NULL},
    {"poke", poke, METH_VARARGS, NULL},
    {"tobytes", tobytes, METH_VARARGS, NULL},
    {"sum_bytes", sum_bytes, METH_O, NULL},
    {"copy_to", copy_to, METH_VARARGS, NULL},
    {"slice", slice, METH_VARARGS, NULL},
    {"transpose", transpose, METH_VARARGS, NULL},
    {"lend", lend, METH_O, NULL},
    {"adopt", adopt, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

MODULE(consume, methods, nothing_to_add);
