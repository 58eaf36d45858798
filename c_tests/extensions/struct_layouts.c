/* Where the fields of the header's structs lie, as the C compiler tells it: what programs that
 * spell them out by hand, as ctypes has it, are held to. */
#include "module.h"

#include <stddef.h>

typedef struct place {
    const char *type, *field;
    size_t offset, size;
} place;

#define FIELD(type, field) {#type, #field, offsetof(type, field), sizeof(((type *)NULL)->field)}
#define WHOLE(type) {#type, "", 0, sizeof(type)}

static const place places[] = {
    WHOLE(pybuf_memory), FIELD(pybuf_memory, buf), FIELD(pybuf_memory, size), FIELD(pybuf_memory, format),
    FIELD(pybuf_memory, itemsize), FIELD(pybuf_memory, ndim), FIELD(pybuf_memory, order),
    FIELD(pybuf_memory, shape), FIELD(pybuf_memory, strides), FIELD(pybuf_memory, offset),
    FIELD(pybuf_memory, suboffsets), FIELD(pybuf_memory, pointed), FIELD(pybuf_memory, readonly),
    FIELD(pybuf_memory, guarded), FIELD(pybuf_memory, constant), FIELD(pybuf_memory, allocate),
    FIELD(pybuf_memory, release), FIELD(pybuf_memory, context), FIELD(pybuf_memory, reserved),
    WHOLE(pybuf_want), FIELD(pybuf_want, kind), FIELD(pybuf_want, format), FIELD(pybuf_want, ndim),
    FIELD(pybuf_want, order), FIELD(pybuf_want, writable), FIELD(pybuf_want, unaligned),
    FIELD(pybuf_want, indirect), FIELD(pybuf_want, stable), FIELD(pybuf_want, exclusive),
    FIELD(pybuf_want, reserved),
    WHOLE(pybuf_field), FIELD(pybuf_field, name), FIELD(pybuf_field, kind), FIELD(pybuf_field, order),
    FIELD(pybuf_field, offset), FIELD(pybuf_field, itemsize), FIELD(pybuf_field, alignment),
    FIELD(pybuf_field, repeat), FIELD(pybuf_field, shape), FIELD(pybuf_field, ndim), FIELD(pybuf_field, count),
    FIELD(pybuf_field, fields), FIELD(pybuf_field, signature),
    WHOLE(pybuf_member), FIELD(pybuf_member, name), FIELD(pybuf_member, format), FIELD(pybuf_member, type),
    FIELD(pybuf_member, offset), FIELD(pybuf_member, reserved),
    WHOLE(pybuf_index), FIELD(pybuf_index, kind), FIELD(pybuf_index, start), FIELD(pybuf_index, stop),
    FIELD(pybuf_index, step), FIELD(pybuf_index, reserved),
    WHOLE(pybuf_value), FIELD(pybuf_value, kind), FIELD(pybuf_value, order), FIELD(pybuf_value, size),
    FIELD(pybuf_value, as),
};

/* (type, field, offset, size) of each; of a whole struct the field is "". */
static PyObject *layouts(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < sizeof places / sizeof places[0]; i++) {
        PyObject *row = Py_BuildValue("(ssnn)", places[i].type, places[i].field, (Py_ssize_t)places[i].offset,
                                      (Py_ssize_t)places[i].size);
        if (!row || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
        Py_XDECREF(row);
    }
    return list;
}

static PyMethodDef methods[] = {
    {"layouts", layouts, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

MODULE(struct_layouts, methods, nothing_to_add);
