/* Py_Initialize and Py_Finalize, several times in one process: every round has a state of
 * its own, what native code owns lives through all of them, and whatever a round leaves
 * behind is released once. */
#include "embed.h"

enum { ROUNDS = 4 };

static atomic_int across_released, round_released;
static pybuf_exporter *across; /* lives from before the first round until after the last */

static void the_module_is_made_anew(void)
{
    PyObject *module = pybuf_python_module();
    CHECK(module);
    CHECK(!PyObject_HasAttrString(module, "seen"));
    CHECK(PyObject_SetAttrString(module, "seen", Py_True) == 0);
    Py_DECREF(module);
    run("import libpybuf; assert libpybuf.seen");
    run("assert bytes(libpybuf.bytes(bytearray(b'copied'))) == b'copied'");
}

static void memory_lives_across(int round)
{
    keep_in_main("across", pybuf_python_object(pybuf_exporter_ref(across)));
    PyObject *main_module = PyImport_AddModule("__main__");
    PyObject *number = PyLong_FromLong('0' + round);
    CHECK(PyObject_SetAttrString(main_module, "number", number) == 0);
    Py_DECREF(number);
    run("view = memoryview(across); assert view[0] == (number - 1 if number > ord('0') else ord('n'))");
    run("view[0] = number");
    CHECK_EQUAL(some_bytes[0], '0' + round);
}

static void an_object_is_dropped_late(void)
{
    PyObject *object = bytearray_of_four();
    pybuf_view *view = pybuf_python_view(object, NULL);
    CHECK(view && !is_resizable(object));
    on_thread(drop_view, view);
    CHECK(!is_resizable(object));
    Py_DECREF(lend_object(&round_released)); /* the next attached call */
    CHECK(is_resizable(object));

    Py_buffer buffer;
    CHECK(PyObject_GetBuffer(object, &buffer, PyBUF_SIMPLE) == 0);
    on_thread(release_buffer, &buffer);
    CHECK(!buffer.obj && !is_resizable(object));
    Py_DECREF(lend_object(&round_released));
    CHECK(is_resizable(object));
    Py_DECREF(object);
}

/* What still holds native memory when Python ends; returns how many. */
static int leave_behind(void)
{
    keep_in_main("left_object", lend_object(&round_released));
    PyObject *object = lend_object(&round_released);
    keep_in_main("left_view", PyMemoryView_FromObject(object));
    Py_DECREF(object);
    keep_in_main("in_cycle", lend_object(&round_released));
    keep_in_main("in_thread", lend_object(&round_released));
    keep_in_main("in_module", lend_object(&round_released));
    keep_in_main("in_finaliser", lend_object(&round_released));
    run("import sys, threading, json\n"
        "cycle = [in_cycle]; cycle.append(cycle); del cycle, in_cycle\n"
        "local = threading.local(); local.lent = in_thread; del in_thread\n"
        "json.lent = memoryview(in_module); del in_module\n"
        "class Late:\n"
        "    def __del__(self): bytes(self.lent)\n"
        "late = Late(); late.lent = in_finaliser; late.itself = late; del late, in_finaliser\n");
    /* a native view that lends on */
    pybuf_view *view = view_of(lend_object(&round_released));
    keep_in_main("lent_on", pybuf_python_object(pybuf_exporter_from_view(view)));
    pybuf_view_unref(view);
    on_thread(drop_view, view_of(lend_object(&round_released))); /* still queued */
    return 8;
}

static void one_round(int round)
{
    Py_InitializeEx(0);
    the_module_is_made_anew();
    memory_lives_across(round);
    an_object_is_dropped_late();
    int before = round_released;
    int left = leave_behind();
    CHECK_EQUAL(round_released, before);
    CHECK(Py_FinalizeEx() == 0);
    CHECK_EQUAL(round_released, before + left);
    CHECK_EQUAL(across_released, 0);
    check_not_running();
}

/* A round in which only a buffer of another's making is released, and nothing else of the
 * library is called: Python's main thread does it. */
static void only_a_buffer(void)
{
    Py_InitializeEx(0);
    PyObject *object = bytearray_of_four();
    Py_buffer buffer;
    CHECK(PyObject_GetBuffer(object, &buffer, PyBUF_SIMPLE) == 0);
    on_thread(release_buffer, &buffer);
    CHECK(!buffer.obj && !is_resizable(object));
    /* before 3.12 a request from another thread is seen when the GIL is taken again */
    run("import time; time.sleep(0.001)\nfor i in range(1000): pass");
    CHECK(is_resizable(object));
    Py_DECREF(object);
    CHECK(Py_FinalizeEx() == 0);
}

int main(void)
{
    across = lend(&across_released);
    check_not_running();
    for (int round = 0; round < ROUNDS; round++) {
        one_round(round);
        only_a_buffer();
    }
    pybuf_exporter_unref(across);
    CHECK_EQUAL(across_released, 1);
    return checks_done("rounds");
}
