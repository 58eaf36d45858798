/* A C extension that takes any buffer and returns one.
 *
 *     python3 -m pip install .        (pyproject.toml and setup.py say how it is built)
 *     >>> normalise.normalise(numpy.eye(3) * 8)
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pybuf_python.h>

/* y = x, moved and scaled to 0…1. */
static void scale(const double *x, double *y, Py_ssize_t count)
{
    double low = count ? x[0] : 0, high = low;
    for (Py_ssize_t i = 0; i < count; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        y[i] = high > low ? (x[i] - low) / (high - low) : 0;
}

static PyObject *normalise(PyObject *module, PyObject *arg)
{
    (void)module;
    pybuf_view *v = pybuf_python_view(arg, &(pybuf_want){ .kind = "float64", .ndim = 2, .order = 'C' });
    if (!v) return NULL;                    /* the exception is set: what was wanted, what came, what would work */
    const double *x = pybuf_view_data(v);
    pybuf_exporter *result = pybuf_ndarray_new(2, pybuf_view_shape(v), "d", 0, 'C');
    if (result) scale(x, pybuf_exporter_data(result), pybuf_view_nbytes(v) / pybuf_view_itemsize(v));
    pybuf_view_unref(v);
    return pybuf_python_object(result);     /* an exporter; its memory now belongs to Python */
}

static PyMethodDef methods[] = {
    {"normalise", normalise, METH_O, "normalise(matrix): a float64 matrix, scaled to 0…1, in native memory."},
    {NULL, NULL, 0, NULL},
};

static int exec(PyObject *module)
{
    (void)module;
    return pybuf_python_import();           /* is this the library that we were compiled for? */
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, PYBUF_SLOT(exec)},
#ifdef Py_MOD_GIL_NOT_USED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "normalise", .m_methods = methods, .m_slots = slots,
};

PyMODINIT_FUNC PyInit_normalise(void)
{
    return PyModuleDef_Init(&definition);
}
