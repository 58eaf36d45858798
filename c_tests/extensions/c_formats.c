/* Formats of the library, as an extension uses them.
 *
 *     Format(text, dialect=PEP3118)        compiled once; text is bytes or str
 *         .text  .itemsize  .alignment  .kind
 *         .describe()                      (name, kind, order, offset, itemsize, alignment, repeat, shape, fields, signature)
 *         .pack(value) -> bytes            a struct's value is a tuple or list of its members, a sub-array's of its elements
 *         .unpack(bytes) -> value          a tuple for a struct, a list for a sub-array
 *         .pack_many(values, buffer, offset, stride)
 *         .unpack_many(buffer, offset, items, stride) -> list
 *         .pack_untyped(value) -> bytes    objects become values without a look at the field
 *         .field(path) -> (Format, offset)
 *         .in_dialect(dialect)  .in_c_layout() -> Format
 *         .equivalent(other) -> bool       .accepts(text or None, itemsize) -> bool
 *         .difference(other)  .c_difference() -> str, or None where there is none
 *     stated(text or None, itemsize)       of a Py_buffer
 *     from_members([(name or None, text or Format, offset)], itemsize)
 *     size_from_format(text)
 *     PEP3118, STRUCT, NUMPY, CTYPES
 */
#include "format_values.h"

typedef struct Format {
    PyObject_HEAD
    pybuf_format *native;
} Format;

static PyTypeObject *Format_type;
static PyObject *struct_error;

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

/* One item's bytes, made of a value. */
static PyObject *packed(PyObject *self, PyObject *object, int typed)
{
    pybuf_format *format = native_of(self);
    const pybuf_field *root = pybuf_format_root(format);
    arena arena = {NULL, struct_error};
    pybuf_value value;
    if (!root)
        return pybuf_python_raise();
    PyObject *bytes = NULL;
    if (any_value(&arena, typed ? root : NULL, 0, object, &value) == 0)
        bytes = PyBytes_FromStringAndSize(NULL, pybuf_format_itemsize(format));
    if (bytes && pybuf_format_pack(format, &value, PyBytes_AsString(bytes), PyBytes_Size(bytes)) < 0) {
        pybuf_python_raise();
        Py_CLEAR(bytes);
    }
    arena_clear(&arena);
    return bytes;
}

static PyObject *pack(PyObject *self, PyObject *object)
{
    return packed(self, object, 1);
}

static PyObject *pack_untyped(PyObject *self, PyObject *object)
{
    return packed(self, object, 0);
}

/* Room for the values of so many items; on the stack where they are few. */
typedef struct room {
    pybuf_value few[64], *values;
    Py_ssize_t each, count;
} room;

static int room_for(room *room, pybuf_format *format, Py_ssize_t items)
{
    const Py_ssize_t most = PY_SSIZE_T_MAX / (Py_ssize_t)sizeof *room->values;
    room->each = pybuf_format_values(format);
    if (room->each < 0)
        return pybuf_python_status(-1);
    if (items > most / (room->each ? room->each : 1)) {
        PyErr_NoMemory();
        return -1;
    }
    room->count = room->each * items;
    room->values = room->few;
    if (room->count > (Py_ssize_t)(sizeof room->few / sizeof room->few[0]))
        room->values = PyMem_Calloc((size_t)room->count, sizeof *room->values);
    if (!room->values)
        PyErr_NoMemory();
    return room->values ? 0 : -1;
}

static void room_clear(room *room)
{
    if (room->values != room->few)
        PyMem_Free(room->values);
}

static PyObject *unpack(PyObject *self, PyObject *object)
{
    pybuf_format *format = native_of(self);
    const pybuf_field *root = pybuf_format_root(format);
    Py_buffer item;
    room room;
    PyObject *result = NULL;
    if (!root)
        return pybuf_python_raise();
    if (PyObject_GetBuffer(object, &item, PyBUF_SIMPLE) < 0)
        return NULL;
    if (room_for(&room, format, 1) == 0) {
        if (pybuf_format_unpack(format, item.buf, item.len, room.values, room.count) < 0)
            pybuf_python_raise();
        else
            result = any_object(root, 0, room.values);
        room_clear(&room);
    }
    PyBuffer_Release(&item);
    return result;
}

/* Whether so many items lie within a buffer; an exception where they do not. */
static int lies_within(const Py_buffer *buffer, Py_ssize_t offset, Py_ssize_t items, Py_ssize_t stride, Py_ssize_t size)
{
    Py_ssize_t last = items ? offset + (items - 1) * stride : offset;
    if (items >= 0 && offset >= 0 && last >= 0 && offset + size <= buffer->len && last + size <= buffer->len)
        return 1;
    PyErr_SetString(PyExc_ValueError, "the items do not lie within the buffer");
    return 0;
}

/* A list of the objects of all items. */
static PyObject *objects_of(const pybuf_field *root, const room *room, Py_ssize_t items)
{
    PyObject *list = PyList_New(items);
    for (Py_ssize_t i = 0; list && i < items; i++) {
        PyObject *item = any_object(root, 0, &room->values[i * room->each]);
        if (!item || PyList_SetItem(list, i, item) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *unpack_many(PyObject *self, PyObject *args)
{
    pybuf_format *format = native_of(self);
    const pybuf_field *root = pybuf_format_root(format);
    Py_buffer buffer;
    Py_ssize_t offset, items, stride;
    room room;
    PyObject *list = NULL;
    if (!root)
        return pybuf_python_raise();
    if (!PyArg_ParseTuple(args, "y*nnn:unpack_many", &buffer, &offset, &items, &stride))
        return NULL;
    if (lies_within(&buffer, offset, items, stride, pybuf_format_itemsize(format)) &&
        room_for(&room, format, items) == 0) {
        const char *first = (const char *)buffer.buf + offset;
        if (pybuf_format_unpack_many(format, first, items, stride, room.values, room.count) < 0)
            pybuf_python_raise();
        else
            list = objects_of(root, &room, items);
        room_clear(&room);
    }
    PyBuffer_Release(&buffer);
    return list;
}

static PyObject *pack_many(PyObject *self, PyObject *args)
{
    pybuf_format *format = native_of(self);
    const pybuf_field *root = pybuf_format_root(format);
    arena arena = {NULL, struct_error};
    PyObject *list;
    Py_buffer buffer;
    Py_ssize_t offset, stride;
    int status = -1;
    if (!root)
        return pybuf_python_raise();
    if (!PyArg_ParseTuple(args, "O!w*nn:pack_many", &PyList_Type, &list, &buffer, &offset, &stride))
        return NULL;
    Py_ssize_t items = PyList_Size(list);
    pybuf_value *values = arena_take(&arena, (size_t)items * sizeof *values);
    if (values && lies_within(&buffer, offset, items, stride, pybuf_format_itemsize(format))) {
        Py_ssize_t made = 0;
        while (made < items && any_value(&arena, root, 0, PyList_GetItem(list, made), &values[made]) == 0)
            made++;
        if (made == items)
            status = pybuf_python_status(
                pybuf_format_pack_many(format, values, items, 1, (char *)buffer.buf + offset, stride));
    }
    arena_clear(&arena);
    PyBuffer_Release(&buffer);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *field(PyObject *self, PyObject *args)
{
    const char *path;
    Py_ssize_t offset = -1;
    if (!PyArg_ParseTuple(args, "O&:field", text_of, &path))
        return NULL;
    PyObject *found = format_object(pybuf_format_field(native_of(self), path, &offset));
    return found ? Py_BuildValue("(Nn)", found, offset) : NULL;
}

static PyObject *in_dialect(PyObject *self, PyObject *args)
{
    int dialect;
    if (!PyArg_ParseTuple(args, "i:in_dialect", &dialect))
        return NULL;
    return format_object(pybuf_format_in_dialect(native_of(self), dialect));
}

static PyObject *in_c_layout(PyObject *self, PyObject *unused)
{
    (void)unused;
    return format_object(pybuf_format_in_c_layout(native_of(self)));
}

static PyObject *truth_or_raised(int truth)
{
    return truth < 0 ? pybuf_python_raise() : PyBool_FromLong(truth);
}

static PyObject *equivalent(PyObject *self, PyObject *other)
{
    if (!PyObject_TypeCheck(other, Format_type))
        return PyErr_Format(PyExc_TypeError, "a Format is needed");
    return truth_or_raised(pybuf_format_equivalent(native_of(self), native_of(other)));
}

static PyObject *accepts(PyObject *self, PyObject *args)
{
    const char *text;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "O&n:accepts", text_of, &text, &size))
        return NULL;
    return truth_or_raised(pybuf_format_accepts(native_of(self), text, size));
}

/* A sentence, by the function that writes one as snprintf does; NULL for `other`: the C layout's. */
static PyObject *sentence(pybuf_format *self, pybuf_format *other)
{
    char small[4];
    Py_ssize_t length = other ? pybuf_format_difference(self, other, small, sizeof small)
                              : pybuf_format_c_difference(self, small, sizeof small);
    if (length < 0)
        return pybuf_python_raise();
    if (length == 0)
        Py_RETURN_NONE;
    char *all = PyMem_Malloc((size_t)length + 1);
    if (!all)
        return PyErr_NoMemory();
    Py_ssize_t again = other ? pybuf_format_difference(self, other, all, length + 1)
                             : pybuf_format_c_difference(self, all, length + 1);
    PyObject *text = NULL;
    if (again == length && (Py_ssize_t)strlen(all) == length && strncmp(small, all, sizeof small - 1) == 0)
        text = PyUnicode_DecodeUTF8(all, length, "strict");
    else
        PyErr_SetString(PyExc_SystemError, "the length of a sentence is not that of its text");
    PyMem_Free(all);
    return text;
}

static PyObject *difference(PyObject *self, PyObject *other)
{
    if (!PyObject_TypeCheck(other, Format_type))
        return PyErr_Format(PyExc_TypeError, "a Format is needed");
    return sentence(native_of(self), native_of(other));
}

static PyObject *c_difference(PyObject *self, PyObject *unused)
{
    (void)unused;
    return sentence(native_of(self), NULL);
}

static PyMethodDef Format_methods[] = {
    {"describe", describe, METH_NOARGS, NULL},
    {"pack", pack, METH_O, NULL},
    {"pack_untyped", pack_untyped, METH_O, NULL},
    {"unpack", unpack, METH_O, NULL},
    {"pack_many", pack_many, METH_VARARGS, NULL},
    {"unpack_many", unpack_many, METH_VARARGS, NULL},
    {"field", field, METH_VARARGS, NULL},
    {"in_dialect", in_dialect, METH_VARARGS, NULL},
    {"in_c_layout", in_c_layout, METH_NOARGS, NULL},
    {"equivalent", equivalent, METH_O, NULL},
    {"accepts", accepts, METH_VARARGS, NULL},
    {"difference", difference, METH_O, NULL},
    {"c_difference", c_difference, METH_NOARGS, NULL},
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

/* One member of a tuple (name, text or Format, offset). */
static int member_of(PyObject *tuple, pybuf_member *member)
{
    PyObject *type;
    *member = (pybuf_member){0};
    if (!PyArg_ParseTuple(tuple, "O&On:member", text_of, &member->name, &type, &member->offset))
        return -1;
    if (PyObject_TypeCheck(type, Format_type)) {
        member->type = native_of(type);
        return 0;
    }
    return text_of(type, &member->format) ? 0 : -1;
}

static PyObject *from_members(PyObject *module, PyObject *args)
{
    PyObject *list;
    Py_ssize_t size;
    pybuf_member members[64];
    (void)module;
    if (!PyArg_ParseTuple(args, "O!n:from_members", &PyList_Type, &list, &size))
        return NULL;
    Py_ssize_t count = PyList_Size(list);
    if (count > (Py_ssize_t)(sizeof members / sizeof members[0]))
        return PyErr_Format(PyExc_ValueError, "too many members");
    for (Py_ssize_t i = 0; i < count; i++)
        if (member_of(PyList_GetItem(list, i), &members[i]) < 0)
            return NULL;
    return format_object(pybuf_format_from_members(members, (int32_t)count, size));
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
    {"from_members", from_members, METH_VARARGS, NULL},
    {"size_from_format", size_from_format, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static int add(PyObject *module)
{
    PyObject *structs = PyImport_ImportModule("struct");
    struct_error = structs ? PyObject_GetAttrString(structs, "error") : NULL;
    Py_XDECREF(structs);
    PyObject *type = struct_error ? PyType_FromSpec(&Format_spec) : NULL;
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
