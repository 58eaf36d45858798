/* What happens on a thread that has no thread state: objects dropped late, and calls
 * that are refused.
 *
 *     hold(obj) -> None                keeps a view of obj (the one kept before is dropped)
 *     drop() -> bool                   drops it on this thread; was there one?
 *     drop_late() -> bool              drops it on a thread without thread state, while this one keeps the GIL
 *     late_drop(obj) -> None           hold and drop_late in one
 *     attached_call() -> None          a call on this thread: releases what was dropped late, at the latest
 *     unattached_calls(obj) -> dict    name of function -> (code, message) when called on such a thread
 *     lend_counted(size) -> Exporter   native memory with a counted release callback
 *     released() -> int                how many such callbacks have run
 *     lend_and_drop_late(size) -> None made here and dropped on such a thread: needs no Python
 *     share(size) -> None              the counted memory that `shared` lends (what was shared before is dropped)
 *     shared() -> Exporter             an object over it, of the interpreter that calls
 *     share_no_more() -> None                drops the handle on it
 *
 * What is held and shared is so for the whole process, whichever interpreter asks.
 */
#define MODULE_HAS_NO_STATE
#include "module.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(pybuf_view *) held;
static atomic_int memories_released;

/* Runs `work` on a thread that Python knows nothing of, to its end. This thread stays attached and
 * keeps the GIL: whoever waited for it there would wait for ever. */
static int run_unattached(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, argument) != 0 || pthread_join(thread, NULL) != 0) {
        PyErr_SetString(PyExc_RuntimeError, "no thread");
        return -1;
    }
    return 0;
}

static void *drop_view(void *view)
{
    pybuf_view_unref(view);
    return NULL;
}

static void *drop_exporter(void *exporter)
{
    pybuf_exporter_unref(exporter);
    return NULL;
}

static int keep(PyObject *obj)
{
    pybuf_view *view = pybuf_python_view(obj, &(pybuf_want){.indirect = 1});
    if (!view)
        return -1;
    pybuf_view_unref(atomic_exchange(&held, view));
    return 0;
}

static PyObject *hold(PyObject *module, PyObject *obj)
{
    (void)module;
    if (keep(obj) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *drop(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    pybuf_view *view = atomic_exchange(&held, NULL);
    pybuf_view_unref(view);
    return PyBool_FromLong(view != NULL);
}

static PyObject *drop_late(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    pybuf_view *view = atomic_exchange(&held, NULL);
    return run_unattached(drop_view, view) < 0 ? NULL : PyBool_FromLong(view != NULL);
}

static PyObject *late_drop(PyObject *module, PyObject *obj)
{
    (void)module;
    if (keep(obj) < 0 || run_unattached(drop_view, atomic_exchange(&held, NULL)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *attached_call(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    PyObject *empty = PyBytes_FromStringAndSize("", 0);
    pybuf_view *view = empty ? pybuf_python_view(empty, NULL) : NULL;
    Py_XDECREF(empty);
    if (!view)
        return NULL;
    pybuf_view_unref(view);
    Py_RETURN_NONE;
}

/* The functions that need Python, and what each said. */
typedef struct refusal {
    const char *function;
    int failed, code;
    char message[300];
} refusal;

enum { VIEW, OBJECT, FILL, RAISE, MODULE, FUNCTIONS };

typedef struct unattached {
    PyObject *obj;
    pybuf_exporter *exporter;
    refusal refusals[FUNCTIONS];
} unattached;

static void note(refusal *of, const char *function, int failed)
{
    of->function = function;
    of->failed = failed;
    of->code = pybuf_error_code();
    strncpy(of->message, pybuf_error_message(), sizeof of->message - 1);
}

static void *call_all(void *argument)
{
    unattached *calls = argument;
    Py_buffer buffer;
    note(&calls->refusals[VIEW], "pybuf_python_view", !pybuf_python_view(calls->obj, NULL));
    note(&calls->refusals[OBJECT], "pybuf_python_object", !pybuf_python_object(pybuf_exporter_ref(calls->exporter)));
    note(&calls->refusals[FILL], "pybuf_python_fill",
         pybuf_python_fill(calls->obj, calls->exporter, &buffer, PyBUF_SIMPLE) < 0 && !buffer.obj);
    note(&calls->refusals[RAISE], "pybuf_python_raise", !pybuf_python_raise()); /* leaves the error as it is */
    note(&calls->refusals[MODULE], "pybuf_python_module", !pybuf_python_module());
    return NULL;
}

static PyObject *unattached_calls(PyObject *module, PyObject *obj)
{
    (void)module;
    unattached calls = {.obj = obj, .exporter = pybuf_bytes_new("abc", 3)};
    if (!calls.exporter)
        return pybuf_python_raise();
    PyObject *refused = run_unattached(call_all, &calls) < 0 ? NULL : PyDict_New();
    pybuf_exporter_unref(calls.exporter);
    for (int i = 0; refused && i < FUNCTIONS; i++) {
        const refusal *said = &calls.refusals[i];
        PyObject *pair = said->failed ? Py_BuildValue("(is)", said->code, said->message) : Py_BuildValue("(is)", 0, "");
        if (!pair || PyDict_SetItemString(refused, said->function, pair) < 0)
            Py_CLEAR(refused);
        Py_XDECREF(pair);
    }
    return refused;
}

static void memory_done(void *memory)
{
    atomic_fetch_add(&memories_released, 1);
    free(memory);
}

/* New native memory, or NULL with an exception. */
static pybuf_exporter *new_memory(PyObject *size)
{
    Py_ssize_t bytes = PyNumber_AsSsize_t(size, PyExc_OverflowError);
    if (bytes == -1 && PyErr_Occurred())
        return NULL;
    void *memory = calloc(1, bytes > 0 ? (size_t)bytes : 1);
    if (!memory) {
        PyErr_NoMemory();
        return NULL;
    }
    pybuf_exporter *lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = memory, .size = bytes, .release = memory_done, .context = memory});
    if (!lent)
        pybuf_python_raise();
    return lent;
}

static PyObject *lend_counted(PyObject *module, PyObject *size)
{
    (void)module;
    pybuf_exporter *lent = new_memory(size);
    return lent ? pybuf_python_object(lent) : NULL;
}

static PyObject *lend_and_drop_late(PyObject *module, PyObject *size)
{
    (void)module;
    pybuf_exporter *lent = new_memory(size);
    if (!lent || run_unattached(drop_exporter, lent) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static _Atomic(pybuf_exporter *) in_common;

static PyObject *share(PyObject *module, PyObject *size)
{
    (void)module;
    pybuf_exporter *lent = new_memory(size);
    if (!lent)
        return NULL;
    pybuf_exporter_unref(atomic_exchange(&in_common, lent));
    Py_RETURN_NONE;
}

static PyObject *shared(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    return pybuf_python_object(pybuf_exporter_ref(in_common));
}

static PyObject *share_no_more(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    pybuf_exporter_unref(atomic_exchange(&in_common, NULL));
    Py_RETURN_NONE;
}

static PyObject *released(PyObject *module, PyObject *none)
{
    (void)module, (void)none;
    return PyLong_FromLong(memories_released);
}

static PyMethodDef methods[] = {
    {"hold", hold, METH_O, NULL},
    {"drop", drop, METH_NOARGS, NULL},
    {"drop_late", drop_late, METH_NOARGS, NULL},
    {"late_drop", late_drop, METH_O, NULL},
    {"attached_call", attached_call, METH_NOARGS, NULL},
    {"unattached_calls", unattached_calls, METH_O, NULL},
    {"lend_counted", lend_counted, METH_O, NULL},
    {"lend_and_drop_late", lend_and_drop_late, METH_O, NULL},
    {"share", share, METH_O, NULL},
    {"shared", shared, METH_NOARGS, NULL},
    {"share_no_more", share_no_more, METH_NOARGS, NULL},
    {"released", released, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

MODULE(late, methods, nothing_to_add);
