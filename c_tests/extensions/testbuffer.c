/* Stands in for CPython's _testbuffer: its constants, types and functions, made of this library's
 * exporters, views and formats, so that CPython's own test_buffer.py tests those.
 *
 *     ndarray(obj, shape, strides, offset=0, format='B', flags=0, getbuf=PyBUF_FULL_RO)
 *                                  with a shape: an array of items of its own; without: of an exporter's
 *         .push(items, shape, ...)  .pop()     another structure, and the one before
 *         .tolist()  .tobytes()  .add_suboffsets()  .memoryview_from_buffer()
 *         .flags .offset .obj .nbytes .readonly .itemsize .format .ndim .shape .strides .suboffsets
 *         .c_contiguous .f_contiguous .contiguous
 *     staticarray(legacy_mode=False)
 *     slice_indices(slice, length)             get_pointer(obj, indices)     get_sizeof_void_p()
 *     get_contiguous(obj, PyBUF_READ or WRITE, order)   py_buffer_to_contiguous(obj, order, flags)
 *     cmp_contig(obj, obj)                     is_contiguous(obj, order)
 *
 * Where the original reads beyond its memory, this one refuses.
 */
#include "testbuffer/functions.h"
#include "testbuffer/staticarray.h"

static const struct {
    const char *name;
    int value;
} constants[] = {
    {"ND_MAX_NDIM", ND_MAX_NDIM}, {"ND_VAREXPORT", ND_VAREXPORT}, {"ND_WRITABLE", ND_WRITABLE},
    {"ND_FORTRAN", ND_FORTRAN}, {"ND_SCALAR", ND_SCALAR}, {"ND_PIL", ND_PIL}, {"ND_REDIRECT", ND_REDIRECT},
    {"ND_GETBUF_FAIL", ND_GETBUF_FAIL}, {"ND_GETBUF_UNDEFINED", ND_GETBUF_UNDEFINED},
    {"PyBUF_SIMPLE", PyBUF_SIMPLE}, {"PyBUF_WRITABLE", PyBUF_WRITABLE}, {"PyBUF_FORMAT", PyBUF_FORMAT},
    {"PyBUF_ND", PyBUF_ND}, {"PyBUF_STRIDES", PyBUF_STRIDES}, {"PyBUF_INDIRECT", PyBUF_INDIRECT},
    {"PyBUF_C_CONTIGUOUS", PyBUF_C_CONTIGUOUS}, {"PyBUF_F_CONTIGUOUS", PyBUF_F_CONTIGUOUS},
    {"PyBUF_ANY_CONTIGUOUS", PyBUF_ANY_CONTIGUOUS}, {"PyBUF_FULL", PyBUF_FULL}, {"PyBUF_FULL_RO", PyBUF_FULL_RO},
    {"PyBUF_RECORDS", PyBUF_RECORDS}, {"PyBUF_RECORDS_RO", PyBUF_RECORDS_RO}, {"PyBUF_STRIDED", PyBUF_STRIDED},
    {"PyBUF_STRIDED_RO", PyBUF_STRIDED_RO}, {"PyBUF_CONTIG", PyBUF_CONTIG}, {"PyBUF_CONTIG_RO", PyBUF_CONTIG_RO},
    {"PyBUF_READ", PyBUF_READ}, {"PyBUF_WRITE", PyBUF_WRITE},
};

/* A new type, put into the module; NULL with an exception. The reference is the caller's. */
static PyTypeObject *add_type(PyObject *module, const char *name, PyType_Spec *spec)
{
    PyObject *type = PyType_FromSpec(spec);
    Py_XINCREF(type);
    if (type && PyModule_AddObject(module, name, type) < 0) {
        Py_DECREF(type);
        Py_CLEAR(type);
    }
    return (PyTypeObject *)type;
}

static int add(PyObject *module)
{
    if (!static_lent && lend_static_bytes() < 0)
        return -1;
    PyObject *structs = PyImport_ImportModule("struct");
    struct_error = structs ? PyObject_GetAttrString(structs, "error") : NULL;
    Py_XDECREF(structs);
    ndarray_type = struct_error ? add_type(module, "ndarray", &ndarray_spec) : NULL;
    PyTypeObject *static_type = ndarray_type ? add_type(module, "staticarray", &staticarray_spec) : NULL;
    Py_XDECREF(static_type);
    if (!static_type)
        return -1;
    for (size_t k = 0; k < sizeof constants / sizeof *constants; k++)
        if (PyModule_AddIntConstant(module, constants[k].name, constants[k].value) < 0)
            return -1;
    return 0;
}

MODULE(testbuffer, functions, add);
