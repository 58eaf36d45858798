// build: leaks
/* The last drop comes late: while Python ends, after it has ended, in atexit handlers and
 * destructors, on threads that outlive main, or never. Each case ends in a process of its
 * own, and in its own way.
 *
 * What native code owns is released exactly once, whenever that is. A Python object that is
 * held longer than its interpreter lives is leaked, on purpose, and never touched again. */
#include "embed.h"

static atomic_int released;
static pybuf_exporter *lent;
static pybuf_view *view;

/* Where a failed check cannot call exit: it is under way. */
static void check_at_exit(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "at exit: %s\n", what);
        _exit(1);
    }
}

#define CHECK_AT_EXIT(condition) check_at_exit(!!(condition), #condition)

/* What the process expects of its end; checked by the destructor below, which runs last. */
static int expected_at_the_end;
static void (*last_of_all)(void);

__attribute__((destructor)) static void after_everything(void)
{
    if (last_of_all)
        last_of_all();
    CHECK_AT_EXIT(released == expected_at_the_end);
}

static void drop_both(void)
{
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

/* Native memory with a handle and an object in Python, and a view of a Python object. */
static void start(void)
{
    Py_InitializeEx(0);
    lent = lend(&released);
    keep_in_main("lent", pybuf_python_object(pybuf_exporter_ref(lent)));
    view = view_of(bytearray_of_four());
}

static void python_ends(void)
{
    CHECK_AT_EXIT(Py_FinalizeEx() == 0);
}

static void dropped_at_exit_without_an_end(void)
{
    start();
    /* Python never ends: its object keeps the memory. */
    expected_at_the_end = 0;
    CHECK(atexit(drop_both) == 0);
}

static void dropped_at_exit_before_the_end(void)
{
    start();
    expected_at_the_end = 1;
    CHECK(atexit(python_ends) == 0);
    CHECK(atexit(drop_both) == 0); /* runs first */
}

static void dropped_at_exit_after_the_end(void)
{
    start();
    expected_at_the_end = 1;
    CHECK(atexit(drop_both) == 0);
    CHECK(atexit(python_ends) == 0);
}

static void dropped_by_a_destructor(void)
{
    start();
    expected_at_the_end = 1;
    last_of_all = drop_both;
    CHECK(Py_FinalizeEx() == 0);
    CHECK_EQUAL(released, 0);
}

static void dropped_by_a_destructor_without_an_end(void)
{
    start();
    expected_at_the_end = 0;
    last_of_all = drop_both;
}

static void an_object_held_too_long_is_never_released(void)
{
    Py_InitializeEx(0);
    view = view_of(lend_object(&released));
    pybuf_view *part = pybuf_view_slice(view, 0, 1, 3, 1);
    CHECK(Py_FinalizeEx() == 0);
    CHECK_EQUAL(released, 0);
    /* its memory is native, and still there */
    char two[2];
    CHECK(pybuf_view_copy_out(part, two, sizeof two, 'C') == 0 && memcmp(two, "at", 2) == 0);
    pybuf_view_unref(part);
    on_thread(drop_view, pybuf_view_ref(view));
    pybuf_view_unref(view);
    CHECK_EQUAL(released, 0);
    /* Nor does a later Python meet it. */
    Py_InitializeEx(0);
    Py_DECREF(lend_object(&released));
    CHECK_EQUAL(released, 1);
    CHECK(Py_FinalizeEx() == 0);
    expected_at_the_end = 1;
}

static void held_in_one_python_and_dropped_in_the_next(void)
{
    Py_InitializeEx(0);
    view = view_of(lend_object(&released));
    CHECK(Py_FinalizeEx() == 0);
    Py_InitializeEx(0);
    Py_DECREF(lend_object(&released)); /* the new state is there */
    CHECK_EQUAL(released, 1);
    pybuf_view_unref(view);
    Py_DECREF(lend_object(&released));
    CHECK_EQUAL(released, 2);
    CHECK(Py_FinalizeEx() == 0);
    CHECK_EQUAL(released, 2);
    expected_at_the_end = 2;
}

/* In a Python whose main thread has no room for requests; the next one does not meet it. */
static int do_nothing(void *nothing)
{
    (void)nothing;
    return 0;
}

static void a_buffer_of_one_python_is_not_released_in_the_next(void)
{
    Py_InitializeEx(0);
    PyObject *object = bytearray_of_four(); /* never given up */
    Py_buffer buffer;
    CHECK(PyObject_GetBuffer(object, &buffer, PyBUF_SIMPLE) == 0);
    while (Py_AddPendingCall(do_nothing, NULL) == 0)
        continue;
    on_thread(release_buffer, &buffer);
    CHECK(!buffer.obj);
    CHECK(Py_FinalizeEx() == 0);
    Py_InitializeEx(0);
    Py_DECREF(lend_object(&released));
    CHECK(((PyByteArrayObject *)object)->ob_exports == 1);
    CHECK(Py_FinalizeEx() == 0);
    expected_at_the_end = 1;
}

/* A callback that itself drops what it owns, and asks for Python. */
static pybuf_view *inner;

static void release_and_call_back(void *counter)
{
    count_release(counter);
    pybuf_view_unref(inner);
    PyObject *object = pybuf_python_object(pybuf_bytes_new("more", 4));
    if (Py_IsInitialized())
        Py_XDECREF(object);
    else
        CHECK_AT_EXIT(!object && pybuf_error_code() == PYBUF_ERR_RUNTIME);
}

static void a_callback_calls_back(void)
{
    Py_InitializeEx(0);
    pybuf_memory memory = {
        .buf = some_bytes, .size = SOME_BYTES, .release = release_and_call_back, .context = &released};
    inner = view_of(lend_object(&released));
    Py_DECREF(pybuf_python_object(pybuf_exporter_new(&memory)));
    CHECK_EQUAL(released, 2);
    inner = view_of(lend_object(&released));
    on_thread(drop_exporter, pybuf_exporter_new(&memory));
    CHECK_EQUAL(released, 3);
    Py_DECREF(lend_object(&released)); /* the inner one too was dropped late */
    CHECK_EQUAL(released, 5);

    inner = NULL;
    lent = pybuf_exporter_new(&memory);
    CHECK(Py_FinalizeEx() == 0);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(released, 6);
    expected_at_the_end = 6;
}

/* Threads that take whatever lies in a slot and drop it, until told to stop. */
enum { DROPPERS = 3, DROPS = 4000 };

static _Atomic(pybuf_view *) slot;
static atomic_bool stop;

static void *drop_what_comes(void *nothing)
{
    while (!stop)
        pybuf_view_unref(atomic_exchange(&slot, NULL));
    return nothing;
}

static void threads_drop_before_during_and_after_the_end(void)
{
    pthread_t threads[DROPPERS];
    atomic_int native_released = 0;
    for (int round = 0; round < 3; round++) {
        Py_InitializeEx(0);
        stop = 0;
        for (int i = 0; i < DROPPERS; i++)
            CHECK(pthread_create(&threads[i], NULL, drop_what_comes, NULL) == 0);
        pybuf_view *late[DROPS / 10];
        int kept = 0;
        for (int i = 0; i < DROPS; i++) {
            pybuf_view *one = view_of(i % 2 ? bytearray_of_four() : lend_object(&released));
            if (i % 10 == 0)
                late[kept++] = one;
            else
                pybuf_view_unref(atomic_exchange(&slot, one));
        }
        CHECK_EQUAL(kept, DROPS / 10);
        /* From another thread's side: drops go on while Python ends. */
        pybuf_view *native = pybuf_exporter_view(lend(&native_released), NULL);
        CHECK(native);
        atomic_exchange(&slot, pybuf_view_ref(native));
        CHECK(Py_FinalizeEx() == 0);
        for (int i = 0; i < kept; i++)
            pybuf_view_unref(atomic_exchange(&slot, late[i]));
        stop = 1;
        for (int i = 0; i < DROPPERS; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
        pybuf_view_unref(atomic_exchange(&slot, NULL));
        pybuf_view_unref(native);
    }
    /* Half of the objects lent native memory; those held until the end are leaked with it. */
    CHECK(released <= 3 * DROPS / 2 && released >= 3 * (DROPS / 2 - DROPS / 10 - 1));
    expected_at_the_end = released;
}

/* A thread ends, and its destructors run, when main has long ended Python. */
static pthread_key_t key;
static atomic_bool python_has_ended;

static void drop_of_a_thread(void *of_thread)
{
    pybuf_view_unref(of_thread);
}

static void *outlive_python(void *of_thread)
{
    CHECK(pthread_setspecific(key, of_thread) == 0);
    /* a last error, which the thread keeps in the library */
    CHECK_ERROR(!pybuf_exporter_new(NULL), PYBUF_ERR_VALUE, "NULL");
    while (!python_has_ended)
        usleep(100);
    return NULL;
}

static void a_thread_ends_after_python(void)
{
    CHECK(pthread_key_create(&key, drop_of_a_thread) == 0);
    start();
    pybuf_exporter_unref(lent); /* its object in Python stays */
    pybuf_exporter *of_thread = lend(&released);
    pybuf_view *native = pybuf_exporter_view(of_thread, NULL);
    pybuf_exporter_unref(of_thread);
    pthread_t threads[2];
    CHECK(pthread_create(&threads[0], NULL, outlive_python, native) == 0);
    CHECK(pthread_create(&threads[1], NULL, outlive_python, view) == 0);
    CHECK(Py_FinalizeEx() == 0);
    CHECK_EQUAL(released, 1);
    python_has_ended = 1;
    for (int i = 0; i < 2; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK_EQUAL(released, 2);
    expected_at_the_end = 2;
}

static void *end_the_process(void *first)
{
    pthread_join(*(pthread_t *)first, NULL);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
    exit(0);
}

static void a_thread_outlives_main(void)
{
    static pthread_t first, second;
    start();
    expected_at_the_end = 1;
    CHECK(Py_FinalizeEx() == 0);
    first = pthread_self();
    CHECK(pthread_create(&second, NULL, end_the_process, &first) == 0);
    pthread_exit(NULL);
}

/* Python objects that wait for a thread which may release them, and the process ends. */
static void ends_with_a_queue(void)
{
    start();
    for (int i = 0; i < 100; i++)
        on_thread(drop_view, view_of(lend_object(&released)));
    pybuf_view_unref(view);
    expected_at_the_end = released;
}

/* An object that Python drops after everything of ours is gone from the interpreter. */
static void an_object_outlives_the_state(void)
{
    start();
    pybuf_exporter_unref(lent);
    run("import builtins, sys\n"
        "builtins.lent = memoryview(lent)\n"
        "sys.lent = lent\n"
        "sys.modules.pop('libpybuf', None)\n");
    CHECK(Py_FinalizeEx() == 0);
    CHECK_EQUAL(released, 1);
    pybuf_view_unref(view);
    expected_at_the_end = 1;
}

/* The child of a fork goes on with everything; each process releases what it has. */
static void a_fork_with_everything_outstanding(void)
{
    start();
    on_thread(drop_view, view_of(lend_object(&released)));
    PyOS_BeforeFork();
    pid_t child = fork();
    if (child == 0)
        PyOS_AfterFork_Child();
    else
        PyOS_AfterFork_Parent();
    CHECK(child >= 0);
    run("assert bytes(lent)[:6] == b'native'");
    Py_DECREF(lend_object(&released)); /* and what was queued before the fork */
    CHECK_EQUAL(released, 2);
    drop_both();
    CHECK(Py_FinalizeEx() == 0);
    CHECK_EQUAL(released, 3);
    expected_at_the_end = 3;
    int status = 0;
    CHECK(child == 0 || (waitpid(child, &status, 0) == child && status == 0));
}

int main(void)
{
    CHECK_PROCESS(dropped_at_exit_without_an_end);
    CHECK_PROCESS(dropped_at_exit_before_the_end);
    CHECK_PROCESS(dropped_at_exit_after_the_end);
    CHECK_PROCESS(dropped_by_a_destructor);
    CHECK_PROCESS(dropped_by_a_destructor_without_an_end);
    CHECK_PROCESS(an_object_held_too_long_is_never_released);
    CHECK_PROCESS(held_in_one_python_and_dropped_in_the_next);
    CHECK_PROCESS(a_buffer_of_one_python_is_not_released_in_the_next);
    CHECK_PROCESS(a_callback_calls_back);
    CHECK_PROCESS(threads_drop_before_during_and_after_the_end);
    CHECK_PROCESS(a_thread_ends_after_python);
    CHECK_PROCESS(a_thread_outlives_main);
    CHECK_PROCESS(ends_with_a_queue);
    CHECK_PROCESS(an_object_outlives_the_state);
    CHECK_PROCESS(a_fork_with_everything_outstanding);
    return checks_done("endings");
}
