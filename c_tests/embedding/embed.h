/* What the programs that embed a Python have in common: native memory that counts its
 * releases, threads that Python knows nothing of, and cases in processes of their own. */
#ifndef EMBED_H
#define EMBED_H

#define PY_SSIZE_T_CLEAN
#include <pybuf_python.h>

#include "check.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

/* Python code that has to succeed. */
static inline void run(const char *code)
{
    CHECK(PyRun_SimpleString(code) == 0);
}

/* Runs `work` on a thread that Python knows nothing of, to its end. */
static inline void on_thread(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, work, argument) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static inline void *drop_view(void *view)
{
    pybuf_view_unref(view);
    return NULL;
}

static inline void *drop_exporter(void *exporter)
{
    pybuf_exporter_unref(exporter);
    return NULL;
}

static inline void *release_buffer(void *buffer)
{
    pybuf_release(buffer);
    return NULL;
}

static char some_bytes[] = "native memory";
enum { SOME_BYTES = sizeof some_bytes - 1 };

/* Native memory; its release adds one to `*releases`. */
static inline pybuf_exporter *lend(atomic_int *releases)
{
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = some_bytes, .size = SOME_BYTES, .release = count_release, .context = releases});
    CHECK(lent);
    return lent;
}

static inline PyObject *lend_object(atomic_int *releases)
{
    PyObject *object = pybuf_python_object(lend(releases));
    CHECK(object);
    return object;
}

/* A view of an object of which nobody else has a reference; it is consumed. */
static inline pybuf_view *view_of(PyObject *object)
{
    CHECK(object);
    pybuf_view *view = pybuf_python_view(object, NULL);
    Py_DECREF(object);
    CHECK(view);
    return view;
}

static inline PyObject *bytearray_of_four(void)
{
    PyObject *object = PyByteArray_FromStringAndSize("four", 4);
    CHECK(object);
    return object;
}

/* Whether nobody holds a buffer of this bytearray. */
static inline int is_resizable(PyObject *object)
{
    int resized = PyByteArray_Resize(object, PyByteArray_Size(object) == 4 ? 5 : 4) == 0;
    PyErr_Clear();
    return resized;
}

/* Gives a reference away, as `__main__.name`. */
static inline void keep_in_main(const char *name, PyObject *object)
{
    PyObject *module = PyImport_AddModule("__main__");
    CHECK(module && PyObject_SetAttrString(module, name, object) == 0);
    Py_DECREF(object);
}

/* Every function that needs a Python says that none runs. */
static inline void check_not_running(void)
{
    atomic_int releases = 0;
    pybuf_exporter *lent = lend(&releases);
    Py_buffer buffer;
    CHECK_ERROR(!pybuf_python_module(), PYBUF_ERR_RUNTIME, "is not running");
    CHECK_ERROR(!pybuf_python_object(pybuf_exporter_ref(lent)), PYBUF_ERR_RUNTIME, "is not running");
    CHECK_ERROR(!pybuf_python_view((PyObject *)some_bytes, NULL), PYBUF_ERR_RUNTIME, "is not running");
    CHECK_ERROR(pybuf_python_fill((PyObject *)some_bytes, lent, &buffer, PyBUF_SIMPLE) < 0, PYBUF_ERR_RUNTIME,
                "is not running");
    CHECK(!buffer.obj && !pybuf_python_raise());
    CHECK_EQUAL(releases, 0);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(releases, 1);
}

/* Runs a case in a process of its own, which has to end with status 0; what it checks there is
 * not counted here. */
static inline void check_process(void (*run_case)(void), const char *file, int line, const char *name)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        run_case();
        exit(0);
    }
    int status = -1;
    check_that(child > 0 && waitpid(child, &status, 0) == child, file, line, name);
    if (status != 0)
        fprintf(stderr, "    %s: status %d, signal %d\n", name, WEXITSTATUS(status), WTERMSIG(status));
    check_that(status == 0, file, line, name);
}

#define CHECK_PROCESS(function) check_process((function), __FILE__, __LINE__, #function)

#endif
