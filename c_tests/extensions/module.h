/* What the extensions for the tests have in common: how a module is made, and how
 * numbers come out of a tuple. */
#ifndef MODULE_H
#define MODULE_H

#define PY_SSIZE_T_CLEAN
#include <pybuf_python.h>

/* Each of them checks the library's ABI when it is imported, and needs no GIL. */
#ifdef Py_MOD_GIL_NOT_USED
#define MODULE_GIL {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#else
#define MODULE_GIL
#endif

/* Where MODULE_HAS_NO_STATE is defined before this file is included, every interpreter may import
 * the module, those with a GIL of their own too. */
#if defined(MODULE_HAS_NO_STATE) && defined(Py_MOD_PER_INTERPRETER_GIL_SUPPORTED)
#define MODULE_INTERPRETERS {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#else
#define MODULE_INTERPRETERS
#endif

/* MODULE(name, methods, add) defines PyInit_name; `add` puts what is not a method into
 * the new module (int add(PyObject *module)). */
#define MODULE(name, methods, add)                                                          \
    static int name##_exec(PyObject *module)                                                \
    {                                                                                       \
        return pybuf_python_import() < 0 ? -1 : add(module);                                \
    }                                                                                       \
    static PyModuleDef_Slot name##_slots[] = {                                              \
        {Py_mod_exec, PYBUF_SLOT(name##_exec)}, MODULE_GIL MODULE_INTERPRETERS{0, NULL}};                       \
    static PyModuleDef name##_module = {                                                    \
        PyModuleDef_HEAD_INIT, .m_name = #name, .m_methods = methods, .m_slots = name##_slots}; \
    PyMODINIT_FUNC PyInit_##name(void)                                                      \
    {                                                                                       \
        return PyModuleDef_Init(&name##_module);                                            \
    }                                                                                       \
    struct pybuf_exporter

static inline int nothing_to_add(PyObject *module)
{
    (void)module;
    return 0;
}

/* The numbers of a sequence, at most PyBUF_MAX_NDIM of them: how many, or -1 with an exception. */
static inline int numbers_of(PyObject *sequence, Py_ssize_t *numbers)
{
    Py_ssize_t count = PySequence_Size(sequence);
    if (count > PyBUF_MAX_NDIM) {
        PyErr_SetString(PyExc_ValueError, "too many numbers");
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_GetItem(sequence, i);
        if (!item)
            return -1;
        numbers[i] = PyNumber_AsSsize_t(item, PyExc_OverflowError);
        Py_DECREF(item);
        if (numbers[i] == -1 && PyErr_Occurred())
            return -1;
    }
    return (int)count;
}

/* A new tuple of numbers; None for NULL. */
static inline PyObject *tuple_of(const Py_ssize_t *numbers, int count)
{
    if (!numbers)
        Py_RETURN_NONE;
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; tuple && i < count; i++) {
        PyObject *number = PyLong_FromSsize_t(numbers[i]);
        if (!number || PyTuple_SetItem(tuple, i, number) < 0) {
            Py_DECREF(tuple);
            return NULL;
        }
    }
    return tuple;
}

/* The exception that is set, as an object; no longer set. */
static inline PyObject *raised(void)
{
#if PY_VERSION_HEX >= 0x030c0000
    return PyErr_GetRaisedException();
#else
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

static inline PyObject *or_raised(PyObject *result)
{
    return result ? result : raised();
}

#endif
