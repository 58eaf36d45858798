/* Exporters whose answer lies, or is so strange that it looks like a lie: what cannot be
 * true, or is not what was asked for, is an error that says so; what is merely strange is a
 * view that is right in everything. Either way the exporter gets its answer back exactly
 * once, as it gave it.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/hostile_answers.c -lpybuf
 */
#include "answers.h"
#include "hostile.h"

/* Every function on filled buffers refuses an answer that contradicts itself. */
static void check_functions_refuse(const hostile *told)
{
    char items[ROOM];
    Py_ssize_t indices[PyBUF_MAX_NDIM] = {0};
    const Py_buffer *buffer = &told->answer;
    CHECK_ERROR(pybuf_is_contiguous(buffer, 'A') == 0, told->code, told->says);
    CHECK_ERROR(!pybuf_get_pointer(buffer, indices), told->code, told->says);
    CHECK_ERROR(pybuf_to_contiguous(items, buffer, 6, 'C') < 0, told->code, told->says);
    CHECK_ERROR(pybuf_from_contiguous(buffer, items, 6, 'C') < 0, told->code, told->says);
    CHECK_ERROR(pybuf_copy_data(buffer, buffer) < 0, told->code, told->says);
}

static void check_lie(const hostile *told)
{
    foreign exporter = {.answer = told->answer};
    exporter.answer.internal = bytes + 8;
    CHECK_ERROR(!pybuf_view_acquire(&exporter, foreign_getbuffer, foreign_releasebuffer, told->request), told->code,
                told->says);
    CHECK_EQUAL(exporter.requests, 1);
    CHECK_EQUAL(exporter.released, 1);
    CHECK(foreign_came_back(&exporter));
    CHECK_ERROR(!pybuf_view_acquire(&exporter, foreign_getbuffer, NULL, told->request), told->code, told->says);
    CHECK_EQUAL(exporter.released, 1);
}

/* Where it does not take the request to see the lie: the caller keeps the buffer, and nothing is released. */
static void check_adopted_lie(const hostile *told)
{
    Py_buffer buffer = told->answer, before = buffer;
    CHECK_ERROR(!pybuf_view_adopt(&buffer), told->code, told->says);
    CHECK(memcmp(&buffer, &before, sizeof buffer) == 0);
    check_functions_refuse(told);
}

static pybuf_view *acquired(foreign *exporter, const strange *told)
{
    *exporter = (foreign){.answer = told->answer};
    pybuf_view *view = pybuf_view_acquire(exporter, foreign_getbuffer, foreign_releasebuffer, told->request);
    CHECK(view);
    return view;
}

static void check_truth(const strange *told)
{
    foreign exporter;
    pybuf_view *view = acquired(&exporter, told);
    CHECK_EQUAL(pybuf_view_nbytes(view), told->answer.len);
    CHECK_EQUAL(strlen(told->items), told->answer.len);
    CHECK(strcmp(pybuf_view_format(view), told->format) == 0);
    use_view(view, told->items);
    CHECK_EQUAL(exporter.released, 0);
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter.released, 1);
    CHECK(foreign_came_back(&exporter));
    for (int k = 0; k < 6; k++)
        give_up_in_order(acquired(&exporter, told), &exporter.released, release_orders[k]);
    if (told->request != PyBUF_FULL_RO)
        return;
    if (told->answer.buf)
        use_buffer(&told->answer, told->items);
    CHECK((view = pybuf_view_acquire(&exporter, foreign_getbuffer, NULL, told->request)));
    use_view(view, told->items);
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter.released, 1);
}

int main(void)
{
    fill_arrays();
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        check_case = lies[i].name;
        check_lie(&lies[i]);
        if (lies[i].request == PyBUF_FULL_RO)
            check_adopted_lie(&lies[i]);
    }
    for (size_t i = 0; i < sizeof truths / sizeof truths[0]; i++) {
        check_case = truths[i].name;
        check_truth(&truths[i]);
    }
    return checks_done("hostile_answers");
}
