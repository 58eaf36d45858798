/* Formats of the library, as an extension uses them.
 *
 *     Format(text, dialect=PEP3118)        compiled once; text is bytes or str
 *         .text  .itemsize  .alignment  .kind
 *         .describe()                      (name, kind, order, offset, itemsize, alignment, repeat, shape, fields, signature)
 *     stated(text or None, itemsize)       of a Py_buffer
 *     size_from_format(text)
 *     PEP3118, STRUCT, NUMPY, CTYPES
 */
#include "module.h"

typedef struct Format {
    PyObject_HEAD
    pybuf_format *native;
} Format;

static PyTypeObject *Format_type;

/* Takes over the reference; NULL is the thread's last error. */
static PyObject *format_object(pybuf_format *native)
{
    if (!native)
        return pybuf_python_raise();
    Format *made = PyObject_New(Format, Format_type);
    if (made)
        made->native = native;
    else
        pybuf_format_unref(native);
    return (PyObject *)made;
}

static pybuf_format *native_of(PyObject *self)
{
    return ((Format *)self)->native;
}

/* For PyArg_ParseTuple's O&: a text as C has it, up to its first NUL; None is NULL. */
static int text_of(PyObject *object, void *text)
{
    const char **into = text;
    if (object == Py_None)
        *into = NULL;
    else
        *into = PyUnicode_Check(object) ? PyUnicode_AsUTF8(object) : PyBytes_AsString(object);
    return object == Py_None || *into;
}

static PyObject *Format_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"text", "dialect", NULL};
    const char *text;
    int dialect = PYBUF_PEP3118;
    (void)type;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O&|i:Format", names, text_of, &text, &dialect))
        return NULL;
    return format_object(pybuf_format_new(text, dialect));
}

static void Format_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    pybuf_format_unref(native_of(self));
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *text(PyObject *self, void *closure)
{
    const char *text = pybuf_format_text(native_of(self));
    (void)closure;
    return text ? PyBytes_FromString(text) : pybuf_python_raise();
}

static PyObject *size_or_raised(Py_ssize_t size)
{
    return size < 0 ? pybuf_python_raise() : PyLong_FromSsize_t(size);
}

static PyObject *itemsize(PyObject *self, void *closure)
{
    (void)closure;
    return size_or_raised(pybuf_format_itemsize(native_of(self)));
}

static PyObject *alignment(PyObject *self, void *closure)
{
    (void)closure;
    return size_or_raised(pybuf_format_alignment(native_of(self)));
}

static const char *const kinds[] = {
    "none",  "bool",   "char", "signed", "unsigned", "float",    "complex", "unicode", "text",
    "bytes", "pascal", "void", "bits",   "pointer",  "function", "object",  "struct",
};

static PyObject *kind(PyObject *self, void *closure)
{
    const pybuf_field *root = pybuf_format_root(native_of(self));
    (void)closure;
    return root ? PyUnicode_FromString(kinds[root->kind]) : pybuf_python_raise();
}

static PyObject *described(const pybuf_field *field)
{
    const char order[2] = {(char)field->order, '\0'};
    PyObject *fields = PyTuple_New(field->count);
    for (int i = 0; fields && i < field->count; i++) {
        PyObject *inner = described(&field->fields[i]);
        if (!inner || PyTuple_SetItem(fields, i, inner) < 0)
            Py_CLEAR(fields);
    }
    if (!fields)
        return NULL;
    PyObject *shape = field->ndim ? tuple_of(field->shape, field->ndim) : PyTuple_New(0);
    return Py_BuildValue("(yssnnnnNNy)", field->name, kinds[field->kind], order[0] ? order : NULL, field->offset,
                         field->itemsize, field->alignment, field->repeat, shape, fields, field->signature);
}

static PyObject *describe(PyObject *self, PyObject *unused)
{
    const pybuf_field *root = pybuf_format_root(native_of(self));
    (void)unused;
    return root ? described(root) : pybuf_python_raise();
}

static PyMethodDef Format_methods[] = {
    {"describe", describe, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef Format_getters[] = {
    {"text", text, NULL, NULL, NULL},
    {"itemsize", itemsize, NULL, NULL, NULL},
    {"alignment", alignment, NULL, NULL, NULL},
    {"kind", kind, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot Format_slots[] = {
    {Py_tp_new, PYBUF_SLOT(Format_new)},
    {Py_tp_dealloc, PYBUF_SLOT(Format_dealloc)},
    {Py_tp_methods, Format_methods},
    {Py_tp_getset, Format_getters},
    {0, NULL},
};

static PyType_Spec Format_spec = {"c_formats.Format", sizeof(Format), 0, Py_TPFLAGS_DEFAULT, Format_slots};

static PyObject *stated(PyObject *module, PyObject *args)
{
    const char *text;
    Py_ssize_t size;
    (void)module;
    if (!PyArg_ParseTuple(args, "O&n:stated", text_of, &text, &size))
        return NULL;
    return format_object(pybuf_format_stated(text, size));
}

static PyObject *size_from_format(PyObject *module, PyObject *args)
{
    const char *text;
    (void)module;
    if (!PyArg_ParseTuple(args, "O&:size_from_format", text_of, &text))
        return NULL;
    return size_or_raised(pybuf_size_from_format(text));
}

static PyMethodDef methods[] = {
    {"stated", stated, METH_VARARGS, NULL},
    {"size_from_format", size_from_format, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int add(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&Format_spec);
    Format_type = (PyTypeObject *)type;
    if (!type)
        return -1;
    Py_INCREF(type);
    if (PyModule_AddObject(module, "Format", type) < 0)
        return -1;
    static const char *const dialects[] = {"PEP3118", "STRUCT", "NUMPY", "CTYPES"};
    const int numbers[] = {PYBUF_PEP3118, PYBUF_STRUCT, PYBUF_NUMPY, PYBUF_CTYPES};
    for (int i = 0; i < 4; i++)
        if (PyModule_AddIntConstant(module, dialects[i], numbers[i]) < 0)
            return -1;
    return 0;
}

MODULE(c_formats, methods, add);
