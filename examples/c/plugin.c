/* A plug-in for host.c: it makes a matrix, and lends it in the layout everyone knows.
 *
 *     cc -shared -fPIC plugin.c -o plugin.so -lpybuf
 *         (installed; from a checkout see README, Build with it)
 */
#include "plugin.h"

static pybuf_exporter *output(void)
{
    const Py_ssize_t shape[] = {3, 4};
    pybuf_exporter *matrix = pybuf_ndarray_new(2, shape, "d", 0, 'F');
    double *column = matrix ? pybuf_exporter_data(matrix) : NULL;
    for (int i = 0; column && i < 12; i++)
        column[i] = i % 3 + (double)(i / 3) / 10; /* row.column */
    return matrix;
}

const plugin *plugin_open(void);

const plugin *plugin_open(void)
{
    static const plugin self = {"matrix", output};
    return &self;
}
