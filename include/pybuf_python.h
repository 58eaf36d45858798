/* pybuf_python.h: libpybuf for C and C++ extensions of Python.
 *
 * This is the only header of the library that includes Python.h. A program that
 * has no Python, or that only passes PyObject pointers on, wants pybuf.h alone:
 * the functions pybuf_python_object, _view, _fill, _releasebuffer, _raise and
 * _module are declared there, since the library finds Python when it runs and
 * not when it is built. What this file adds:
 *
 *   pybuf_python_import         the check to make when the module is imported
 *   pybuf_python_status         a failed call becomes an exception; int in, int out
 *   pybuf_python_none           the same, as the value of a method that returns None
 *   PYBUF_BUFFER_SLOTS          the buffer functions of a type that has an exporter
 *   PYBUF_BUFFER_SLOTS_OF       the same, where the exporter is no field of the type
 *   PYBUF_BUFFER_SLOT_ENTRIES   these functions in an array of PyType_Slot
 *   PYBUF_SLOT                  any function as the value of such a slot
 *
 * INCLUDE IT FIRST, as Python.h demands of itself, and define before it what you
 * would define before Python.h (PY_SSIZE_T_CLEAN, Py_LIMITED_API):
 *
 *     #define PY_SSIZE_T_CLEAN
 *     #include <pybuf_python.h>
 *
 * LIMITED API. Everything here works with Py_LIMITED_API from 0x030b0000 on: one
 * extension for CPython 3.11 and later. Below 3.11 the limited API has neither
 * Py_buffer nor the buffer slots. pybuf.h then declares Py_buffer, so that an
 * extension for 3.9 can read any object through pybuf_python_view and return
 * memory through pybuf_python_object; but it cannot give a type of its own a
 * buffer slot, and PYBUF_BUFFER_SLOT_ENTRIES is not defined.
 *
 * ERRORS. A pybuf_python_* function that fails has set the exception: return
 * NULL or -1 and nothing else. All other functions of the library know nothing
 * of Python and leave code and message with the thread; turn those into the
 * exception with pybuf_python_raise or one of the helpers below:
 *
 *     pybuf_exporter *lent = pybuf_exporter_new(&memory);
 *     if (!lent) return pybuf_python_raise();
 *
 * (pybuf_python_object does it by itself where it is given NULL, so that
 * `return pybuf_python_object(pybuf_exporter_new(&memory));` is complete.)
 *
 * THREADS. Call what is declared here from a thread that is attached to its
 * interpreter (that holds the GIL, where there is one), as you would call Python.
 * The library is ready for free-threaded builds; your module still has to say
 * Py_MOD_GIL_NOT_USED.
 */
#ifndef PYBUF_PYTHON_H
#define PYBUF_PYTHON_H

#include <Python.h>

#include <pybuf.h>

#if PY_VERSION_HEX < 0x03090000
#error "libpybuf works with CPython 3.9 and later"
#endif
#ifdef PYPY_VERSION
#error "libpybuf works with CPython: the Py_buffer of PyPy has further fields"
#endif

/* Checks that the library found at run time is one that this extension, as it
 * was compiled, can use. Call it once, in the module's Py_mod_exec function or
 * its PyInit function, before any other function of the library.
 *
 * Returns 0, or -1 with ImportError set. */
static inline int pybuf_python_import(void)
{
    if (pybuf_abi_check(PYBUF_ABI) == 0)
        return 0;
    PyErr_SetString(PyExc_ImportError, pybuf_error_message());
    return -1;
}

/* For the result of a pybuf function that returns an int: gives it back, and
 * where it is negative sets the exception first.
 *
 *     static int matrix_assign(matrix *self, pybuf_view *source)
 *     {
 *         return pybuf_python_status(pybuf_view_copy(self->view, source));
 *     }
 *
 * Not for pybuf_python_* functions: those have set it already. */
static inline int pybuf_python_status(int result)
{
    if (result < 0)
        pybuf_python_raise();
    return result;
}

/* The same for a method without a result: a new reference to None, or NULL with
 * the exception set. */
static inline PyObject *pybuf_python_none(int result)
{
    if (pybuf_python_status(result) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* PYBUF_BUFFER_SLOTS(Type, member);
 *
 * Defines the two functions that make a type of yours an exporter of buffers:
 *
 *     static int  Type_getbuffer(PyObject *self, Py_buffer *view, int flags);
 *     static void Type_releasebuffer(PyObject *self, Py_buffer *view);
 *
 * `Type` is the struct of the type's instances, by a name that is one word, and
 * `member` the field of it that holds the pybuf_exporter. They give every request
 * its right answer or refusal; a NULL member is an error for the consumer, not a
 * crash.
 *
 * A buffer that is out keeps the Python object, and the object keeps the exporter:
 * set the member before the object can be seen by anybody else, and give up that
 * reference in tp_dealloc and nowhere earlier.
 *
 * The semicolon after it is yours. A whole type:
 *
 *     typedef struct {
 *         PyObject_HEAD
 *         pybuf_exporter *lent;
 *     } Image;
 *
 *     PYBUF_BUFFER_SLOTS(Image, lent);
 *
 *     static void Image_dealloc(PyObject *self)
 *     {
 *         PyTypeObject *type = Py_TYPE(self);
 *         pybuf_exporter_unref(((Image *)self)->lent);
 *         PyObject_Free(self);
 *         Py_DECREF(type);
 *     }
 *
 *     static PyType_Slot Image_slots[] = {
 *         {Py_tp_dealloc, PYBUF_SLOT(Image_dealloc)},
 *         PYBUF_BUFFER_SLOT_ENTRIES(Image),
 *         {0, NULL},
 *     };
 *
 * A static type takes them in a PyBufferProcs:
 *
 *     static PyBufferProcs Image_as_buffer = {Image_getbuffer, Image_releasebuffer};
 *
 * List both functions always: memory that counts its exports needs the second. */
#define PYBUF_BUFFER_SLOTS(Type, member)                                            \
    static pybuf_exporter *Type##_exporter(PyObject *self)                          \
    {                                                                               \
        return ((Type *)self)->member;                                              \
    }                                                                               \
    PYBUF_BUFFER_SLOTS_OF(Type, Type##_exporter)

/* PYBUF_BUFFER_SLOTS_OF(prefix, exporter_of);
 *
 * The same for a type that has its exporter elsewhere: behind PyObject_GetTypeData,
 * in a C++ class, or made at the first request. `exporter_of` is a function or a
 * macro that takes the PyObject * and gives a borrowed pybuf_exporter *, the same
 * one every time; the functions are called prefix_getbuffer and
 * prefix_releasebuffer. */
#define PYBUF_BUFFER_SLOTS_OF(prefix, exporter_of)                                  \
    static int prefix##_getbuffer(PyObject *self, Py_buffer *view, int flags)       \
    {                                                                               \
        return pybuf_python_fill(self, exporter_of(self), view, flags);             \
    }                                                                               \
    static void prefix##_releasebuffer(PyObject *self, Py_buffer *view)             \
    {                                                                               \
        pybuf_python_releasebuffer(self, exporter_of(self), view);                  \
    }                                                                               \
    struct pybuf_exporter /* declared already: gives the semicolon a place */

/* A function as the `pfunc` of a PyType_Slot. ISO C has no conversion from a
 * function pointer to void *; by way of an integer it is no error with -pedantic. */
#define PYBUF_SLOT(function) ((void *)(uintptr_t)(function))

/* The entries of a PyType_Slot array for what PYBUF_BUFFER_SLOTS(Type, …) has
 * defined (or PYBUF_BUFFER_SLOTS_OF, with its prefix). The limited API has these
 * slots from 3.11 on. */
#if !defined(Py_LIMITED_API) || (Py_LIMITED_API + 0 >= 0x030b0000 && defined(Py_bf_getbuffer))
#define PYBUF_BUFFER_SLOT_ENTRIES(Type)                                             \
    {Py_bf_getbuffer, PYBUF_SLOT(Type##_getbuffer)},                                \
    {Py_bf_releasebuffer, PYBUF_SLOT(Type##_releasebuffer)}
#endif

#endif /* PYBUF_PYTHON_H */
