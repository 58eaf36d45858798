/* Views of what a benchmark is given. Included after pybuf_python.h. */

#ifndef BENCHES_VIEWS_H
#define BENCHES_VIEWS_H

/* Takes views of two objects, the first writable where asked; an exception where it cannot. */
static int both_views(PyObject *one, PyObject *other, int writable, pybuf_view **left, pybuf_view **right)
{
    const pybuf_want want = {.writable = 1, .unaligned = 1, .indirect = 1};
    *left = pybuf_python_view(one, writable ? &want : NULL);
    *right = *left ? pybuf_python_view(other, NULL) : NULL;
    if (*right) return 0;
    pybuf_view_unref(*left);
    pybuf_python_raise();
    return -1;
}

#endif
