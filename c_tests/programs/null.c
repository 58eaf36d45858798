/* NULL for every pointer that must not be NULL: TypeError for a handle or a function,
 * BufferError for a Py_buffer, ValueError for anything else; from a function that returns
 * nothing, nothing happens. Never a crash, never a leak.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/null.c -lpybuf
 */
#include "check.h"

#define NULL_HANDLE(failed) CHECK_ERROR(failed, PYBUF_ERR_TYPE, "NULL")
#define NULL_BUFFER(failed) CHECK_ERROR(failed, PYBUF_ERR_BUFFER, "NULL")
#define NULL_ARGUMENT(failed) CHECK_ERROR(failed, PYBUF_ERR_VALUE, "NULL")

static pybuf_exporter *lent;
static pybuf_view *view;

static int getbuffer(void *self, Py_buffer *buffer, int flags)
{
    return pybuf_getbuffer(self, buffer, flags);
}

static void exporters(void)
{
    Py_buffer buffer;
    const Py_ssize_t shape[] = {3};
    NULL_ARGUMENT(!pybuf_exporter_new(NULL));
    NULL_HANDLE(!pybuf_exporter_part(NULL, &(pybuf_memory){.size = 1}));
    NULL_ARGUMENT(!pybuf_exporter_part(lent, NULL));
    NULL_HANDLE(!pybuf_exporter_from_view(NULL));
    NULL_HANDLE(!pybuf_exporter_ref(NULL));
    NULL_HANDLE(!pybuf_exporter_data(NULL));
    NULL_HANDLE(!pybuf_exporter_view(NULL, NULL));
    NULL_HANDLE(pybuf_getbuffer(NULL, &buffer, PyBUF_SIMPLE) < 0);
    CHECK(buffer.obj == NULL && buffer.internal == NULL);
    NULL_BUFFER(pybuf_getbuffer(lent, NULL, PyBUF_SIMPLE) < 0);
    pybuf_exporter_unref(NULL);
    pybuf_releasebuffer(NULL, NULL);
    pybuf_releasebuffer(lent, NULL);
    pybuf_release(NULL);
    pybuf_exporter *bytes = pybuf_ndarray_new(1, shape, NULL, 0, 0); /* no format: bytes */
    CHECK(bytes);
    pybuf_exporter_unref(bytes);
}

static void counterparts(void)
{
    char bytes[3];
    Py_ssize_t one = 1, index = 0;
    Py_buffer buffer = {.buf = bytes, .len = 3, .itemsize = 1, .ndim = 1};
    NULL_BUFFER(pybuf_is_contiguous(NULL, 'C') == 0);
    NULL_BUFFER(!pybuf_get_pointer(NULL, &index));
    NULL_ARGUMENT(!pybuf_get_pointer(&buffer, NULL));
    NULL_ARGUMENT(pybuf_to_contiguous(NULL, &buffer, 3, 'C') < 0);
    NULL_BUFFER(pybuf_to_contiguous(bytes, NULL, 3, 'C') < 0);
    NULL_BUFFER(pybuf_from_contiguous(NULL, bytes, 3, 'C') < 0);
    NULL_ARGUMENT(pybuf_from_contiguous(&buffer, NULL, 3, 'C') < 0);
    NULL_BUFFER(pybuf_copy_data(NULL, &buffer) < 0);
    NULL_BUFFER(pybuf_copy_data(&buffer, NULL) < 0);
    NULL_BUFFER(pybuf_fill_info(NULL, NULL, bytes, 3, 0, PyBUF_SIMPLE) < 0);
    NULL_ARGUMENT(pybuf_fill_info(&buffer, NULL, NULL, 3, 0, PyBUF_SIMPLE) < 0);
    pybuf_fill_contiguous_strides(1, NULL, &one, 1, 'C');
    pybuf_fill_contiguous_strides(1, &one, NULL, 1, 'C');
    pybuf_fill_contiguous_strides(-1, &one, &one, 1, 'C');
    CHECK_EQUAL(one, 1);
}

static void views(void)
{
    Py_buffer buffer;
    NULL_HANDLE(!pybuf_view_acquire(lent, NULL, NULL, PyBUF_SIMPLE));
    NULL_HANDLE(!pybuf_view_acquire(NULL, getbuffer, NULL, PyBUF_SIMPLE)); /* getbuffer's own error */
    NULL_BUFFER(!pybuf_view_adopt(NULL));
    NULL_HANDLE(!pybuf_view_ref(NULL));
    NULL_HANDLE(pybuf_view_check(NULL, &(pybuf_want){.ndim = 1}) < 0);
    NULL_HANDLE(pybuf_view_is_zero_copy(NULL, &(pybuf_want){.ndim = 1}, NULL, 0) < 0);
    NULL_ARGUMENT(pybuf_view_is_zero_copy(view, NULL, NULL, 1) < 0);
    NULL_HANDLE(!pybuf_view_data(NULL));
    NULL_HANDLE(pybuf_view_itemsize(NULL) < 0);
    NULL_HANDLE(pybuf_view_nbytes(NULL) < 0);
    NULL_HANDLE(pybuf_view_ndim(NULL) < 0);
    NULL_HANDLE(pybuf_view_readonly(NULL) < 0);
    NULL_HANDLE(!pybuf_view_format(NULL));
    NULL_HANDLE(!pybuf_view_shape(NULL));
    NULL_HANDLE(!pybuf_view_strides(NULL));
    NULL_HANDLE(!pybuf_view_suboffsets(NULL));
    NULL_HANDLE(pybuf_view_is_contiguous(NULL, 'C') < 0);
    NULL_HANDLE(pybuf_view_getbuffer(NULL, &buffer, PyBUF_SIMPLE) < 0);
    CHECK(buffer.obj == NULL && buffer.internal == NULL);
    NULL_BUFFER(pybuf_view_getbuffer(view, NULL, PyBUF_SIMPLE) < 0);
    pybuf_view_unref(NULL);
}

static void items(void)
{
    char item;
    Py_ssize_t index = 0;
    int32_t axis = 0;
    NULL_HANDLE(!pybuf_view_pointer(NULL, &index, 1));
    NULL_ARGUMENT(!pybuf_view_pointer(view, NULL, 1));
    NULL_HANDLE(pybuf_view_read_item(NULL, &index, 1, &item, 1) < 0);
    NULL_ARGUMENT(pybuf_view_read_item(view, NULL, 1, &item, 1) < 0);
    NULL_ARGUMENT(pybuf_view_read_item(view, &index, 1, NULL, 1) < 0);
    NULL_HANDLE(pybuf_view_write_item(NULL, &index, 1, &item, 1) < 0);
    NULL_ARGUMENT(pybuf_view_write_item(view, NULL, 1, &item, 1) < 0);
    NULL_ARGUMENT(pybuf_view_write_item(view, &index, 1, NULL, 1) < 0);
    NULL_HANDLE(!pybuf_view_slice(NULL, 0, 0, 1, 1));
    NULL_HANDLE(!pybuf_view_transpose(NULL, &axis, 1));
    NULL_HANDLE(pybuf_view_copy_out(NULL, &item, 1, 'C') < 0);
    NULL_ARGUMENT(pybuf_view_copy_out(view, NULL, 3, 'C') < 0);
    NULL_HANDLE(pybuf_view_copy(NULL, view) < 0);
    NULL_HANDLE(pybuf_view_copy(view, NULL) < 0);
    NULL_HANDLE(pybuf_view_copy_swapped(NULL, view, 0) < 0);
    NULL_HANDLE(pybuf_view_copy_swapped(view, NULL, 0) < 0);
    NULL_HANDLE(pybuf_view_copy_values(NULL, view) < 0);
    NULL_HANDLE(pybuf_view_copy_values(view, NULL) < 0);
    NULL_HANDLE(pybuf_view_fill(NULL, &item, 1) < 0);
    NULL_ARGUMENT(pybuf_view_fill(view, NULL, 1) < 0);
    NULL_ARGUMENT(pybuf_byteswap(NULL, &item, 1, 1) < 0);
    NULL_ARGUMENT(pybuf_byteswap(&item, NULL, 1, 1) < 0);
    NULL_ARGUMENT(pybuf_shuffle(NULL, &item, 1, 1) < 0);
    NULL_ARGUMENT(pybuf_shuffle(&item, NULL, 1, 1) < 0);
    NULL_ARGUMENT(pybuf_unshuffle(NULL, &item, 1, 1) < 0);
    NULL_ARGUMENT(pybuf_unshuffle(&item, NULL, 1, 1) < 0);
    CHECK_ERROR(!pybuf_view_pointer(view, &index, -1), PYBUF_ERR_TYPE, "-1");
    CHECK_ERROR(!pybuf_view_transpose(view, &axis, -1), PYBUF_ERR_VALUE, "-1");
    CHECK_ERROR(pybuf_view_copy_out(view, &item, -1, 'C') < 0, PYBUF_ERR_VALUE, "-1");
}

static void copy_plans(void)
{
    char bytes[3];
    const Py_ssize_t three = 3;
    pybuf_copy_plan *plan = pybuf_copy_plan_new(1, &three, 1, NULL, NULL);
    NULL_ARGUMENT(!pybuf_copy_plan_new(1, NULL, 1, &three, NULL));
    NULL_HANDLE(!pybuf_copy_plan_of_views(NULL, view));
    NULL_HANDLE(!pybuf_copy_plan_of_views(view, NULL));
    NULL_HANDLE(!pybuf_copy_plan_ref(NULL));
    NULL_HANDLE(pybuf_copy_plan_execute(NULL, bytes, bytes) < 0);
    NULL_ARGUMENT(pybuf_copy_plan_execute(plan, NULL, bytes) < 0);
    NULL_ARGUMENT(pybuf_copy_plan_execute(plan, bytes, NULL) < 0);
    NULL_HANDLE(pybuf_copy_plan_explain(NULL, bytes, 3) < 0);
    NULL_ARGUMENT(pybuf_copy_plan_explain(plan, NULL, 3) < 0);
    pybuf_copy_plan_unref(plan);
    pybuf_copy_plan_unref(NULL);
}

/* An error stays until the next one or until it is cleared; success leaves it. */
static void last_error(void)
{
    NULL_HANDLE(!pybuf_view_data(NULL));
    CHECK(pybuf_view_data(view) != NULL);
    CHECK_EQUAL(pybuf_error_code(), PYBUF_ERR_TYPE);
    pybuf_error_clear();
    CHECK_EQUAL(pybuf_error_code(), PYBUF_OK);
    CHECK(pybuf_error_message() != NULL);
    CHECK_ERROR(pybuf_abi_check(PYBUF_ABI + 1) < 0, PYBUF_ERR_RUNTIME, "ABI");
    CHECK_ERROR(pybuf_abi_check(-1) < 0, PYBUF_ERR_RUNTIME, "ABI");
}

int main(void)
{
    atomic_int released = 0;
    char bytes[3] = "ab";
    lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = bytes, .size = 3, .release = count_release, .context = &released});
    view = pybuf_exporter_view(lent, &(pybuf_want){.writable = 1});
    exporters();
    counterparts();
    views();
    items();
    copy_plans();
    last_error();
    CHECK_EQUAL(released, 0);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(released, 1);
    return checks_done("null");
}
