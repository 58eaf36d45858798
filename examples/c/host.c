/* A native host reads what its plug-in lends. There is no Python in the process.
 *
 *     cc host.c -o host -lpybuf -ldl
 *         (installed; from a checkout see README, Build with it)
 *     ./host ./plugin.so
 */
#include "plugin.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static void die(const char *why)
{
    fprintf(stderr, "host: %s\n", why);
    exit(1);
}

static const plugin *load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW);
    if (!library)
        die(dlerror());
    plugin_open_function *open;
    *(void **)&open = dlsym(library, "plugin_open");
    if (!open)
        die("this is no plug-in");
    return open();
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("usage: host PLUGIN.so");
    const plugin *plugin = load(argv[1]);
    pybuf_exporter *output = plugin->output();
    Py_buffer b;
    if (pybuf_getbuffer(output, &b, PyBUF_FULL_RO) < 0) die(pybuf_error_message());
    pybuf_exporter_unref(output);           /* the buffer keeps the memory */
    if (b.ndim != 2 || b.format[0] != 'd') die("a matrix of doubles was expected");

    printf("%s: %s, %td x %td\n", plugin->name, b.format, b.shape[0], b.shape[1]);
    for (Py_ssize_t i = 0; i < b.shape[0]; i++) {
        for (Py_ssize_t j = 0; j < b.shape[1]; j++)
            printf(" %.1f", *(double *)((char *)b.buf + i * b.strides[0] + j * b.strides[1]));
        putchar('\n');
    }
    pybuf_release(&b);
    return 0;
}
