/* Several interpreters in one process: one native memory is lent in all of them at once,
 * each has objects of its own, and they end in every order. What belongs to one is released
 * by it, whoever drops it, and by its end at the latest. */
#include "interpreters.h"

enum { THREE = 3, THREADS = 3, ROUNDS = 2 };

static PyThreadState *first;
static pybuf_exporter *shared; /* lent in all interpreters */
static atomic_int shared_released;

/* In the interpreter this thread is attached to: its own module, its own object over the shared
 * memory, and views of that one which stay until the end. */
static void lend_there(int number)
{
    PyObject *module = pybuf_python_module();
    CHECK(module);
    Py_DECREF(module);
    keep_in_main("lent", pybuf_python_object(pybuf_exporter_ref(shared)));
    keep_in_main("number", PyLong_FromLong(number));
    run("import gc, sys, libpybuf\n"
        "assert type(lent) is libpybuf.Exporter\n"
        "view = memoryview(lent)\n"
        "view[number] = ord('a') + number\n"
        "cycle = [libpybuf.memory(lent.address, 4, owner=view)]; cycle.append(cycle)\n"
        "array = memoryview(libpybuf.ndarray((4, 4), 'i')); array[2, number] = number\n"
        "assert array.tolist()[2][number] == number\n"
        "del sys.modules['libpybuf'], libpybuf; gc.collect()\n"
        "import libpybuf\n"
        "assert bytes(libpybuf.bytes(view))[number] == ord('a') + number\n");
}

/* One of several interpreters of a thread. */
typedef struct interpreter {
    PyThreadState *state;
    PyObject *data;
    pybuf_view *view;
    atomic_int released, queued_released;
} interpreter;

static void start(interpreter *one, int kind, int number)
{
    one->released = one->queued_released = 0;
    one->state = new_interpreter(kind);
    lend_there(number);
    one->data = bytearray_of_four();
    one->view = pybuf_python_view(one->data, NULL);
    CHECK(one->view);
    keep_in_main("own", lend_object(&one->released));
}

/* From another interpreter a view is only left for its own one. */
static void drop_from(PyThreadState *other, interpreter *one)
{
    PyThreadState_Swap(one->state);
    pybuf_view *queued = view_of(lend_object(&one->queued_released));
    PyThreadState_Swap(other);
    pybuf_view_unref(one->view);
    attached_call();
    PyThreadState_Swap(one->state);
    CHECK(!is_resizable(one->data));
    attached_call();
    CHECK(is_resizable(one->data));
    Py_DECREF(one->data);
    PyThreadState_Swap(other);
    pybuf_view_unref(queued);
    CHECK_EQUAL(one->queued_released, 0);
}

static void ended_in_order(int kind, const int order[THREE])
{
    interpreter all[THREE];
    for (int i = 0; i < THREE; i++)
        start(&all[i], kind, i);
    for (int i = 0; i < THREE; i++)
        drop_from(i == 0 ? first : all[i - 1].state, &all[i]);
    for (int i = 0; i < THREE; i++) {
        interpreter *one = &all[order[i]];
        CHECK_EQUAL(one->released, 0);
        end_interpreter(one->state, first);
        CHECK_EQUAL(one->released, 1);
        CHECK_EQUAL(one->queued_released, 1);
        attached_call();
    }
    CHECK(memcmp(some_bytes, "abcive", 6) == 0);
    CHECK_EQUAL(shared_released, 0);
}

static void ended_in_every_order(int kind)
{
    static const int orders[][THREE] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        memcpy(some_bytes, "native", 6);
        ended_in_order(kind, orders[i]);
    }
}

/* A view that one interpreter holds on the object of another, all native in between. */
static void lent_from_one_to_the_other(int kind)
{
    atomic_int released = 0;
    PyThreadState *giver = new_interpreter(kind);
    PyObject *data = bytearray_of_four();
    pybuf_view *view = pybuf_python_view(data, NULL);
    PyThreadState *taker = new_interpreter(kind);
    keep_in_main("theirs", pybuf_python_object(pybuf_exporter_from_view(view)));
    keep_in_main("ours", lend_object(&released));
    pybuf_view_unref(view);
    run("assert bytes(memoryview(theirs)) == b'four'");
    end_interpreter(taker, giver);
    CHECK_EQUAL(released, 1);
    CHECK(!is_resizable(data));
    attached_call();
    CHECK(is_resizable(data));
    Py_DECREF(data);
    end_interpreter(giver, first);
}

/* A thread of the main interpreter that has let the GIL go drops a view of an object of the
 * interpreter that runs. It must not touch it. */
static _Atomic(pybuf_view *) for_the_other;
static atomic_bool has_let_go, dropped;

static void *drop_without_the_gil(void *nothing)
{
    PyGILState_STATE held = PyGILState_Ensure();
    attached_call();
    Py_BEGIN_ALLOW_THREADS
    has_let_go = 1;
    pybuf_view *view;
    while (!(view = atomic_exchange(&for_the_other, NULL)))
        usleep(100);
    pybuf_view_unref(view);
    dropped = 1;
    Py_END_ALLOW_THREADS
    PyGILState_Release(held);
    return nothing;
}

static void dropped_by_a_thread_that_let_go(int kind)
{
    pthread_t thread;
    dropped = 0;
    has_let_go = 0;
    CHECK(pthread_create(&thread, NULL, drop_without_the_gil, NULL) == 0);
    Py_BEGIN_ALLOW_THREADS
    while (!has_let_go)
        usleep(100);
    Py_END_ALLOW_THREADS
    PyThreadState *other = new_interpreter(kind);
    PyObject *data = bytearray_of_four();
    for_the_other = pybuf_python_view(data, NULL);
    while (!dropped) /* with the GIL */
        usleep(100);
    CHECK(!is_resizable(data));
    attached_call();
    CHECK(is_resizable(data));
    Py_DECREF(data);
    end_interpreter(other, first);
    Py_BEGIN_ALLOW_THREADS
    CHECK(pthread_join(thread, NULL) == 0);
    Py_END_ALLOW_THREADS
}

/* A call that comes when the interpreter's dictionary is gone: nothing is made for it that
 * nobody would end. */
static void called_after_the_end_of_the_state(int kind)
{
    static char outcome;
    PyThreadState *state = new_interpreter(kind);
    keep_in_main("outcome", PyMemoryView_FromMemory(&outcome, 1, PyBUF_WRITE));
    outcome = 0;
    run("import os\n"
        "class Late:\n"
        "    def __init__(self, outcome):\n"
        "        import libpybuf\n"
        "        self.outcome, self.make = outcome, libpybuf.ndarray\n"
        "    def __call__(self): pass\n"
        "    def __del__(self, refused=RuntimeError): # the builtins are gone\n"
        "        try: self.make(4)\n"
        "        except refused: self.outcome[0] = 2\n"
        "        else: self.outcome[0] = 1\n"
        "os.register_at_fork(before=Late(outcome))\n");
    end_interpreter(state, first);
    CHECK_EQUAL(outcome, 2); /* refused, not made */
}

/* A thread with an interpreter of its own, several times. */
typedef struct worker {
    pthread_t thread;
    int kind, number;
    atomic_int released;
} worker;

static void *work(void *argument)
{
    worker *self = argument;
    for (int round = 0; round < ROUNDS; round++) {
        PyGILState_STATE held = PyGILState_Ensure();
        PyThreadState *outer = PyThreadState_Get();
        PyThreadState *state = new_interpreter(self->kind);
        lend_there(self->number);
        keep_in_main("own", lend_object(&self->released));
        on_thread(drop_view, view_of(lend_object(&self->released)));
        Py_BEGIN_ALLOW_THREADS
        on_thread(drop_view, pybuf_exporter_view(shared, NULL));
        Py_END_ALLOW_THREADS
        end_interpreter(state, outer);
        CHECK_EQUAL(self->released, 2 * round + 2);
        PyGILState_Release(held);
    }
    return NULL;
}

static void several_at_once(int kind)
{
    worker workers[THREADS];
    Py_BEGIN_ALLOW_THREADS
    for (int i = 0; i < THREADS; i++) {
        workers[i].kind = kind;
        workers[i].number = i;
        workers[i].released = 0;
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(workers[i].thread, NULL) == 0);
    Py_END_ALLOW_THREADS
    CHECK(memcmp(some_bytes, "abc", 3) == 0);
}

int main(void)
{
    shared = lend(&shared_released);
    for (int round = 0; round < 2; round++) {
        Py_InitializeEx(0);
        first = PyThreadState_Get();
        for (int kind = 0; kind < KINDS; kind++) {
            lent_from_one_to_the_other(kind);
            several_at_once(kind);
            dropped_by_a_thread_that_let_go(kind);
            called_after_the_end_of_the_state(kind);
            if (round == 0)
                ended_in_every_order(kind);
        }
        lend_there(0);
        CHECK(Py_FinalizeEx() == 0);
    }
    CHECK_EQUAL(shared_released, 0);
    pybuf_exporter_unref(shared);
    CHECK_EQUAL(shared_released, 1);
    return checks_done("interpreters");
}
