/* Python's objects as values of the library, and back, as an extension would do it: a C
 * caller has a field in front of it and makes of the object what such a field takes. What
 * no value has room for is refused here, with the exception that struct raises; all else
 * is left to the library to refuse. */
#ifndef FORMAT_VALUES_H
#define FORMAT_VALUES_H

#include "module.h"

#include <string.h>

/* Memory that is given back all at once. */
typedef struct arena {
    struct arena_block {
        struct arena_block *next;
        pybuf_value aligned[];
    } *blocks;
    PyObject *struct_error;
} arena;

static inline void *arena_take(arena *arena, size_t size)
{
    struct arena_block *block = PyMem_Malloc(sizeof *block + size);
    if (!block)
        return PyErr_NoMemory();
    block->next = arena->blocks;
    arena->blocks = block;
    return block->aligned;
}

static inline void arena_clear(arena *arena)
{
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;
        PyMem_Free(arena->blocks);
        arena->blocks = next;
    }
}

static inline int refuse(arena *arena, const char *words)
{
    PyErr_SetString(arena->struct_error, words);
    return -1;
}

/* An int, exactly, where 64 bits have room for it: 1; 0 where they have not. */
static inline int integer_value(PyObject *number, pybuf_value *value)
{
    int overflow;
    long long integer = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow < 0)
        return 0;
    if (!overflow) {
        *value = (pybuf_value){.kind = PYBUF_VALUE_SIGNED, .as.integer = integer};
        return 1;
    }
    unsigned long long natural = PyLong_AsUnsignedLongLong(number);
    if (natural == (unsigned long long)-1 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    *value = (pybuf_value){.kind = PYBUF_VALUE_UNSIGNED, .as.natural = natural};
    return 1;
}

/* What has __index__, for an integer or an address. An address that is too large is, for
 * what is no int itself, an OverflowError in CPython. */
static inline int index_value(arena *arena, int kind, PyObject *object, pybuf_value *value)
{
    PyObject *number = PyNumber_Index(object);
    if (!number)
        return -1;
    int found = integer_value(number, value);
    Py_DECREF(number);
    if (found)
        return 0;
    if (kind == PYBUF_KIND_POINTER && !PyLong_Check(object)) {
        PyErr_SetString(PyExc_OverflowError, "int too large for an address");
        return -1;
    }
    return refuse(arena, "argument out of range");
}

static inline int real_value(arena *arena, PyObject *object, pybuf_value *value)
{
    double real = PyFloat_AsDouble(object);
    if (real == -1.0 && PyErr_Occurred())
        return refuse(arena, "required argument is not a float");
    *value = (pybuf_value){.kind = PYBUF_VALUE_FLOAT, .as.real = {real, 0.0}};
    return 0;
}

static inline int complex_value(arena *arena, PyObject *object, pybuf_value *value)
{
    Py_complex number = PyComplex_AsCComplex(object);
    if (number.real == -1.0 && PyErr_Occurred())
        return refuse(arena, "required argument is not a complex");
    *value = (pybuf_value){.kind = PYBUF_VALUE_COMPLEX, .as.real = {number.real, number.imag}};
    return 0;
}

/* bytes lie still as long as they live; what can be changed is copied. */
static inline int bytes_value(arena *arena, PyObject *object, pybuf_value *value)
{
    const char *bytes = NULL;
    Py_ssize_t size;
    if (PyBytes_Check(object)) {
        bytes = PyBytes_AsString(object);
        size = PyBytes_Size(object);
    } else {
        size = PyByteArray_Size(object);
        char *copy = arena_take(arena, (size_t)size);
        if (copy)
            bytes = memcpy(copy, PyByteArray_AsString(object), (size_t)size);
    }
    *value = (pybuf_value){.kind = PYBUF_VALUE_BYTES, .size = size, .as.bytes = bytes};
    return bytes ? 0 : -1;
}

static inline int text_value(arena *arena, PyObject *object, pybuf_value *value)
{
    Py_ssize_t length = PyUnicode_GetLength(object);
    Py_UCS4 *copy = arena_take(arena, (size_t)(length + 1) * sizeof *copy);
    if (!copy || !PyUnicode_AsUCS4(object, copy, length + 1, 1))
        return -1;
    const int order = *(const char *)&(int){1} ? '<' : '>';
    *value = (pybuf_value){
        .kind = PYBUF_VALUE_TEXT, .order = order, .size = length * (Py_ssize_t)sizeof *copy, .as.bytes = copy};
    return 0;
}

/* What an object is by itself, where the field says nothing of it. */
static inline int natural_value(arena *arena, PyObject *object, pybuf_value *value)
{
    if (PyBool_Check(object)) {
        *value = (pybuf_value){.kind = PYBUF_VALUE_BOOL, .as.natural = object == Py_True};
        return 0;
    }
    if (PyLong_Check(object))
        return integer_value(object, value) ? 0 : refuse(arena, "argument out of range");
    if (PyFloat_Check(object))
        return real_value(arena, object, value);
    if (PyComplex_Check(object))
        return complex_value(arena, object, value);
    if (PyBytes_Check(object) || PyByteArray_Check(object))
        return bytes_value(arena, object, value);
    if (PyUnicode_Check(object))
        return text_value(arena, object, value);
    return refuse(arena, "required argument is of no kind that C has");
}

static inline int is_number(PyObject *object)
{
    return !PyBytes_Check(object) && !PyByteArray_Check(object) && !PyUnicode_Check(object);
}

/* The value of one scalar; `field` NULL: of a field that is not there. */
static inline int scalar_value(arena *arena, const pybuf_field *field, PyObject *object, pybuf_value *value)
{
    int kind = field ? field->kind : 0;
    if (kind == PYBUF_KIND_BOOL) {
        int truth = PyObject_IsTrue(object);
        *value = (pybuf_value){.kind = PYBUF_VALUE_BOOL, .as.natural = truth > 0};
        return truth < 0 ? -1 : 0;
    }
    if (kind == PYBUF_KIND_OBJECT && !PyLong_Check(object)) {
        *value = (pybuf_value){.kind = PYBUF_VALUE_OBJECT, .as.natural = (uintptr_t)object};
        return 0;
    }
    if (PyBool_Check(object))
        return natural_value(arena, object, value);
    switch (kind) {
    case PYBUF_KIND_SIGNED:
    case PYBUF_KIND_UNSIGNED:
    case PYBUF_KIND_POINTER:
    case PYBUF_KIND_FUNCTION:
    case PYBUF_KIND_OBJECT:
        return PyIndex_Check(object) ? index_value(arena, kind, object, value) : natural_value(arena, object, value);
    case PYBUF_KIND_FLOAT:
        if (PyBytes_Check(object) && field->itemsize > (Py_ssize_t)sizeof(double)) {
            *value = (pybuf_value){.kind = PYBUF_VALUE_EXTENDED, .order = field->order, .size = PyBytes_Size(object),
                                   .as.extended.bytes = PyBytes_AsString(object)};
            return 0;
        }
        if (PyComplex_Check(object) || (PyLong_Check(object) && integer_value(object, value)))
            return PyComplex_Check(object) ? complex_value(arena, object, value) : 0;
        return is_number(object) ? real_value(arena, object, value) : natural_value(arena, object, value);
    case PYBUF_KIND_COMPLEX:
        if (PyLong_Check(object) && integer_value(object, value))
            return 0;
        if (PyFloat_Check(object))
            return real_value(arena, object, value);
        return is_number(object) ? complex_value(arena, object, value) : natural_value(arena, object, value);
    case PYBUF_KIND_CHAR:
        if (PyBytes_Check(object) && PyBytes_Size(object) == 1) {
            unsigned char byte = (unsigned char)*PyBytes_AsString(object);
            *value = (pybuf_value){.kind = PYBUF_VALUE_CHAR, .as.natural = byte};
            return 0;
        }
        if (PyByteArray_Check(object))
            return refuse(arena, "char format requires a bytes object of length 1");
        return natural_value(arena, object, value);
    case PYBUF_KIND_UNICODE:
        if (PyUnicode_Check(object) && PyUnicode_GetLength(object) == 1) {
            *value = (pybuf_value){.kind = PYBUF_VALUE_UNICODE, .as.natural = PyUnicode_ReadChar(object, 0)};
            return 0;
        }
        return natural_value(arena, object, value);
    default:
        return natural_value(arena, object, value);
    }
}

/* The field of each member in turn: a field with a repeat is as many. */
typedef struct members {
    const pybuf_field *fields;
    int32_t count, at;
    Py_ssize_t repeated;
} members;

static inline members members_of(const pybuf_field *field)
{
    int is_struct = field && field->kind == PYBUF_KIND_STRUCT;
    return (members){is_struct ? field->fields : NULL, is_struct ? field->count : 0, 0, 0};
}

static inline const pybuf_field *next_member(members *of)
{
    while (of->at < of->count) {
        const pybuf_field *field = &of->fields[of->at];
        if (of->repeated++ < field->repeat)
            return field;
        of->at++;
        of->repeated = 0;
    }
    return NULL;
}

static inline int any_value(arena *arena, const pybuf_field *field, int dim, PyObject *object, pybuf_value *value);

/* A tuple or a list: the members of a struct, the elements of a sub-array, or neither. */
static inline int sequence_value(arena *arena, const pybuf_field *field, int dim, PyObject *object, pybuf_value *value)
{
    int is_list = PyList_Check(object), of_array = field && dim < field->ndim;
    Py_ssize_t size = is_list ? PyList_Size(object) : PyTuple_Size(object);
    pybuf_value *items = arena_take(arena, (size_t)size * sizeof *items);
    members inside = members_of(field);
    if (!items)
        return -1;
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *item = is_list ? PyList_GetItem(object, i) : PyTuple_GetItem(object, i);
        const pybuf_field *of = of_array ? field : next_member(&inside);
        if (!item || any_value(arena, of, of_array ? dim + 1 : 0, item, &items[i]) < 0)
            return -1;
    }
    *value = (pybuf_value){.kind = PYBUF_VALUE_SEQUENCE, .size = size, .as.items = items};
    return 0;
}

/* The value of an element of a field, in dimension `dim` of a sub-array. */
static inline int any_value(arena *arena, const pybuf_field *field, int dim, PyObject *object, pybuf_value *value)
{
    int is_sequence = PyTuple_Check(object) || PyList_Check(object);
    int has_parts = field && (dim < field->ndim || field->kind == PYBUF_KIND_STRUCT);
    if (is_sequence && (has_parts || !field || field->kind != PYBUF_KIND_BOOL))
        return sequence_value(arena, field, dim, object, value);
    return has_parts ? natural_value(arena, object, value) : scalar_value(arena, field, object, value);
}

static inline PyObject *any_object(const pybuf_field *field, int dim, const pybuf_value *value);

/* A tuple of a struct, a list of a sub-array. */
static inline PyObject *sequence_object(const pybuf_field *field, int dim, const pybuf_value *value)
{
    if (!field)
        return PyErr_Format(PyExc_SystemError, "more values than members");
    int of_array = dim < field->ndim;
    PyObject *sequence = of_array ? PyList_New(value->size) : PyTuple_New(value->size);
    members inside = members_of(field);
    for (Py_ssize_t i = 0; sequence && i < value->size; i++) {
        const pybuf_field *of = of_array ? field : next_member(&inside);
        PyObject *item = any_object(of, of_array ? dim + 1 : 0, &value->as.items[i]);
        if (!item || (of_array ? PyList_SetItem(sequence, i, item) : PyTuple_SetItem(sequence, i, item)) < 0)
            Py_CLEAR(sequence);
    }
    return sequence;
}

static inline PyObject *any_object(const pybuf_field *field, int dim, const pybuf_value *value)
{
    int order = value->order == '>' ? 1 : -1;
    switch (value->kind) {
    case PYBUF_VALUE_BOOL:
        return PyBool_FromLong((long)value->as.natural);
    case PYBUF_VALUE_SIGNED:
        return PyLong_FromLongLong(value->as.integer);
    case PYBUF_VALUE_UNSIGNED:
    case PYBUF_VALUE_OBJECT:
        return PyLong_FromUnsignedLongLong(value->as.natural);
    case PYBUF_VALUE_FLOAT:
        return PyFloat_FromDouble(value->as.real[0]);
    case PYBUF_VALUE_EXTENDED:
        return PyFloat_FromDouble(value->as.extended.nearest);
    case PYBUF_VALUE_COMPLEX:
        return PyComplex_FromDoubles(value->as.real[0], value->as.real[1]);
    case PYBUF_VALUE_CHAR:
        return PyBytes_FromStringAndSize(&(char){(char)value->as.natural}, 1);
    case PYBUF_VALUE_UNICODE:
        return PyUnicode_FromOrdinal((int)value->as.natural);
    case PYBUF_VALUE_BYTES:
        return PyBytes_FromStringAndSize(value->as.bytes, value->size);
    case PYBUF_VALUE_TEXT:
        return PyUnicode_DecodeUTF32(value->as.bytes, value->size, "surrogatepass", &order);
    case PYBUF_VALUE_SEQUENCE:
        return sequence_object(field, dim, value);
    default:
        return PyErr_Format(PyExc_SystemError, "a value of the unknown kind %d", (int)value->kind);
    }
}

#endif
