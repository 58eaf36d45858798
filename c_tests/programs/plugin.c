/* A host and its plug-in, each with its own copy of the library: buffers cross in both
 * directions and are released on the other side; a handle that crosses is refused with
 * a clear error.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/plugin.c -lpybuf -ldl; ./plugin ./libgrey.so
 */
// build: plugin plugin/grey.c
// build: libs -ldl
#include "check.h"
#include "plugin/plugin.h"

#include <dlfcn.h>

static const char says[] = "another copy of libpybuf";

static const plugin *open_plugin(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fprintf(stderr, "%s\n", dlerror());
    CHECK(library);
    plugin_open_function *open;
    *(void **)&open = dlsym(library, "plugin_open");
    CHECK(open);
    return open();
}

/* The plug-in's buffer, read and released by the host. */
static void from_the_plugin(const plugin *with)
{
    Py_buffer buffer;
    CHECK_EQUAL(with->getbuffer(NULL, &buffer, PyBUF_FULL_RO), 0);
    CHECK_EQUAL(buffer.ndim, 2);
    CHECK_EQUAL(*(unsigned char *)pybuf_get_pointer(&buffer, (Py_ssize_t[]){2, 3}), 15);
    pybuf_release(&buffer);
    CHECK(buffer.internal == NULL);
    pybuf_release(&buffer);

    pybuf_view *view = pybuf_view_acquire(NULL, with->getbuffer, NULL, PyBUF_FULL_RO);
    pybuf_view *column = pybuf_view_slice(view, 1, 5, 6, 1);
    pybuf_view_unref(view);
    unsigned char last[4];
    CHECK_EQUAL(pybuf_view_copy_out(column, last, 4, 'C'), 0);
    CHECK_EQUAL(last[3], 23);
    pybuf_view_unref(column);
}

/* The host's buffer, read and released by the plug-in. */
static void to_the_plugin(const plugin *with)
{
    char bytes[] = {1, 2, 3, 4};
    atomic_int released = 0;
    pybuf_exporter *lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = bytes, .size = 4, .release = count_release, .context = &released});
    Py_buffer buffer;
    CHECK_EQUAL(pybuf_getbuffer(lent, &buffer, PyBUF_FULL_RO), 0);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(with->consume(&buffer), 10);
    CHECK_EQUAL(released, 1);
}

static void handles_are_refused(const plugin *with)
{
    Py_buffer buffer;
    CHECK_ERROR(pybuf_getbuffer(with->exporter(), &buffer, PyBUF_SIMPLE) < 0, PYBUF_ERR_TYPE, says);
    CHECK(buffer.obj == NULL && buffer.internal == NULL);
    CHECK_ERROR(!pybuf_exporter_view(with->exporter(), NULL), PYBUF_ERR_TYPE, says);
    CHECK_ERROR(!pybuf_exporter_ref(with->exporter()), PYBUF_ERR_TYPE, says);
    CHECK_ERROR(!pybuf_view_slice(with->view(), 0, 0, 1, 1), PYBUF_ERR_TYPE, says);
    CHECK_ERROR(pybuf_view_getbuffer(with->view(), &buffer, PyBUF_SIMPLE) < 0, PYBUF_ERR_TYPE, says);
    pybuf_exporter_unref(with->exporter()); /* drops nothing */
    pybuf_view_unref(with->view());

    pybuf_exporter *lent = pybuf_bytes_new("abc", 3);
    const char *message = "";
    CHECK_EQUAL(with->take(lent, &message), PYBUF_ERR_TYPE);
    CHECK(strstr(message, says));
    pybuf_exporter_unref(lent);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    const plugin *with = open_plugin(argv[1]);
    CHECK(with);
    from_the_plugin(with);
    to_the_plugin(with);
    handles_are_refused(with);
    CHECK_EQUAL(with->close(), 1);
    return checks_done("plugin");
}
