// build: no-python
// build: libs -ldl
/* A program that is linked with no Python, and loads one when it runs, hidden from everybody
 * else (RTLD_LOCAL): the library finds it all the same. Given no path, there is none. */
#include "check.h"

#include <dlfcn.h>
#include <pthread.h>

static void *drop_view(void *view)
{
    pybuf_view_unref(view);
    return NULL;
}

/* A function of the Python that was loaded: ISO C has no conversion to it. */
static void find(void *python, const char *name, void *function)
{
    void *address = dlsym(python, name);
    CHECK(address);
    memcpy(function, &address, sizeof address);
}

static void check_refused(const char *because)
{
    atomic_int released = 0;
    CHECK_ERROR(!pybuf_python_module(), PYBUF_ERR_RUNTIME, because);
    CHECK_ERROR(!pybuf_python_object(pybuf_exporter_new(&(pybuf_memory){
                    .buf = &released, .size = 1, .release = count_release, .context = &released})),
                PYBUF_ERR_RUNTIME, because);
    CHECK_EQUAL(released, 1);
}

static void one_round(void *python)
{
    void (*initialise)(int);
    int (*finalise)(void), (*run)(const char *);
    PyObject *(*bytearray)(const char *, Py_ssize_t);
    void (*give_up)(PyObject *);
    find(python, "Py_InitializeEx", &initialise);
    find(python, "Py_FinalizeEx", &finalise);
    find(python, "PyRun_SimpleString", &run);
    find(python, "PyByteArray_FromStringAndSize", &bytearray);
    find(python, "Py_DecRef", &give_up);

    initialise(0);
    CHECK(run("import libpybuf; assert bytes(libpybuf.bytes(b'hidden')) == b'hidden'") == 0);
    PyObject *module = pybuf_python_module();
    CHECK(module);
    give_up(module);
    PyObject *object = bytearray("hidden", 6);
    pybuf_view *view = pybuf_python_view(object, &(pybuf_want){.writable = 1});
    CHECK(view && pybuf_view_nbytes(view) == 6);
    give_up(object);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, drop_view, view) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(finalise() == 0);
    check_refused("is not running");
}

int main(int argc, char **argv)
{
    check_refused("no Python in this process");
    void *python = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    CHECK(argc == 1 || python);
    if (python) {
        check_refused("is not running");
        for (int round = 0; round < 3; round++)
            one_round(python);
    }
    return checks_done("loaded");
}
