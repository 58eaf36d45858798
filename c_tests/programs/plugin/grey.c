/* A plug-in with its own static copy of libpybuf. --exclude-libs keeps the copy's
 * symbols inside: without it they would be taken from the host's.
 *
 * cc -std=c11 -I include -shared -fPIC c_tests/programs/plugin/grey.c -o libgrey.so \
 *     libpybuf.a <native libraries> -Wl,--exclude-libs,ALL
 */
#include "plugin.h"

static unsigned char grey[24];
static int released;
static pybuf_exporter *output;
static pybuf_view *view_of_output;

static void count(void *context)
{
    ++*(int *)context;
}

static int getbuffer(void *self, Py_buffer *view, int flags)
{
    (void)self;
    return pybuf_getbuffer(output, view, flags);
}

static int consume(Py_buffer *buffer)
{
    pybuf_view *view = pybuf_view_adopt(buffer);
    unsigned char bytes[64];
    Py_ssize_t nbytes = pybuf_view_nbytes(view);
    int sum = 0;
    if (!view || nbytes > (Py_ssize_t)sizeof bytes || pybuf_view_copy_out(view, bytes, nbytes, 'C') < 0)
        sum = -1;
    for (Py_ssize_t i = 0; sum >= 0 && i < nbytes; i++)
        sum += bytes[i];
    pybuf_view_unref(view);
    return sum;
}

static pybuf_exporter *exporter(void)
{
    return output;
}

static pybuf_view *view(void)
{
    return view_of_output;
}

static int take(pybuf_exporter *theirs, const char **message)
{
    Py_buffer buffer;
    if (pybuf_getbuffer(theirs, &buffer, PyBUF_SIMPLE) == 0) {
        pybuf_release(&buffer);
        return PYBUF_OK;
    }
    *message = pybuf_error_message();
    return pybuf_error_code();
}

static int close_plugin(void)
{
    pybuf_view_unref(view_of_output);
    pybuf_exporter_unref(output);
    return released;
}

const plugin *plugin_open(void);

const plugin *plugin_open(void)
{
    static const plugin self = {getbuffer, consume, exporter, view, take, close_plugin};
    for (unsigned char i = 0; i < sizeof grey; i++)
        grey[i] = i;
    output = pybuf_exporter_new(&(pybuf_memory){
        .buf = grey, .size = sizeof grey, .ndim = 2, .shape = (Py_ssize_t[]){4, 6},
        .release = count, .context = &released});
    view_of_output = pybuf_exporter_view(output, NULL);
    return output && view_of_output ? &self : NULL;
}
