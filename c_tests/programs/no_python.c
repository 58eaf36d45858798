/* In a process without Python every pybuf_python_* function fails with a clear
 * error, and what it would have consumed is consumed.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/no_python.c -lpybuf
 */
#include "check.h"

static const char says[] = "no Python";

/* Stands for a Python object: nobody may look into it. */
static PyObject *object(void)
{
    return (PyObject *)64;
}

static void memoryviews(void)
{
    char bytes[4] = "abc";
    Py_buffer buffer = {.buf = bytes, .len = 4, .itemsize = 1, .ndim = 1};
    pybuf_exporter *lent = pybuf_bytes_new("abc", 3);
    pybuf_view *view = pybuf_exporter_view(lent, NULL);
    for (int32_t type = PYBUF_MEMORYVIEW; type <= PYBUF_VIEW; type++) {
        CHECK_ERROR(!pybuf_python_memoryview(object(), type), PYBUF_ERR_RUNTIME, says);
        CHECK_ERROR(!pybuf_python_memoryview_from_view(view, type), PYBUF_ERR_RUNTIME, says);
        CHECK_ERROR(!pybuf_python_memoryview_from_buffer(&buffer, type), PYBUF_ERR_RUNTIME, says);
        CHECK_ERROR(!pybuf_python_memoryview_from_memory(bytes, 4, PyBUF_READ, type), PYBUF_ERR_RUNTIME, says);
        CHECK_ERROR(!pybuf_python_memoryview_contiguous(object(), PyBUF_READ, 'C', type), PYBUF_ERR_RUNTIME, says);
    }
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

static void refused(void)
{
    Py_buffer view;
    pybuf_exporter *lent = pybuf_bytes_new("abc", 3);
    CHECK_ERROR(!pybuf_python_view(object(), NULL), PYBUF_ERR_RUNTIME, says);
    CHECK_ERROR(pybuf_python_fill(object(), lent, &view, PyBUF_SIMPLE) < 0, PYBUF_ERR_RUNTIME, says);
    CHECK(view.obj == NULL && view.internal == NULL);
    CHECK_ERROR(!pybuf_python_module(), PYBUF_ERR_RUNTIME, says);
    memoryviews();
    CHECK(!pybuf_python_raise() && pybuf_error_code() == PYBUF_ERR_RUNTIME); /* the error stays what it was */
    pybuf_python_releasebuffer(object(), lent, &view);
    pybuf_exporter_unref(lent);
}

/* pybuf_python_object consumes its reference, also on failure. */
static void consumed(void)
{
    char bytes[4];
    atomic_int released = 0;
    pybuf_exporter *lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = bytes, .size = 4, .release = count_release, .context = &released});
    CHECK_ERROR(!pybuf_python_object(pybuf_exporter_ref(lent)), PYBUF_ERR_RUNTIME, says);
    CHECK_EQUAL(released, 0);
    CHECK_ERROR(!pybuf_python_object(lent), PYBUF_ERR_RUNTIME, says);
    CHECK_EQUAL(released, 1);
    /* calls nest: what made the exporter impossible stays the error */
    const pybuf_memory bad = {.buf = bytes, .size = -4};
    CHECK_ERROR(!pybuf_python_object(pybuf_exporter_new(&bad)), PYBUF_ERR_VALUE, "-4");
    CHECK_ERROR(!pybuf_python_object(NULL), PYBUF_ERR_TYPE, "NULL");
}

/* Buffers that a Python object backs cannot be here: whoever says so is refused. */
static void of_an_object(void)
{
    char bytes[4];
    Py_buffer view = {.buf = bytes, .obj = object(), .len = 4, .itemsize = 1, .ndim = 1}, before = view;
    CHECK_ERROR(!pybuf_view_adopt(&view), PYBUF_ERR_RUNTIME, says);
    CHECK(memcmp(&view, &before, sizeof view) == 0);
    CHECK_ERROR(pybuf_fill_info(&view, object(), bytes, 4, 0, PyBUF_SIMPLE) < 0, PYBUF_ERR_RUNTIME, says);
    CHECK(view.obj == NULL);
}

int main(void)
{
    refused();
    consumed();
    of_an_object();
    return checks_done("no_python");
}
