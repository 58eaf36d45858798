/* Interpreters beside the main one, with a GIL of their own where CPython has that (3.12). */
#ifndef INTERPRETERS_H
#define INTERPRETERS_H

#include "embed.h"

#if PY_VERSION_HEX >= 0x030c0000
enum { KINDS = 2 };
#else
enum { KINDS = 1 };
#endif

enum { SHARED_GIL, OWN_GIL };

/* A new interpreter, to which this thread is attached from now on. */
static inline PyThreadState *new_interpreter(int kind)
{
    PyThreadState *state = NULL;
#if PY_VERSION_HEX >= 0x030c0000
    const PyInterpreterConfig own_gil = {
        .allow_threads = 1, .check_multi_interp_extensions = 1, .gil = PyInterpreterConfig_OWN_GIL};
    if (kind == OWN_GIL)
        CHECK(!PyStatus_Exception(Py_NewInterpreterFromConfig(&state, &own_gil)));
    else
        state = Py_NewInterpreter();
#else
    CHECK_EQUAL(kind, SHARED_GIL);
    state = Py_NewInterpreter();
#endif
    CHECK(state);
    return state;
}

/* Ends it, and goes on in another one. */
static inline void end_interpreter(PyThreadState *state, PyThreadState *then)
{
    PyThreadState_Swap(state);
    Py_EndInterpreter(state);
    PyThreadState_Swap(then);
}

/* Any call of an attached thread: what was left for it is released. */
static inline void attached_call(void)
{
    static atomic_int released;
    int before = released;
    Py_DECREF(lend_object(&released));
    CHECK(released > before);
}

#endif
