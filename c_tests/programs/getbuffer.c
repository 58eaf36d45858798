/* Every request beside a naive table: all values of the nine low flag bits on a
 * handful of layouts. What an answer must hold is said here by hand for each
 * layout, and a refusal must leave nothing behind.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/getbuffer.c -lpybuf
 */
#include "check.h"

enum { C = 1, F = 2 };

typedef struct layout {
    const char *name;
    int32_t ndim; /* as pybuf_memory has it: -1 is 0-d */
    Py_ssize_t shape[3], strides[3], offset, len;
    int contiguous; /* C, F, or both */
    int readonly;
} layout;

static const layout layouts[] = {
    {"0-d", -1, {0}, {0}, 0, 2, C | F, 0},
    {"1-d", 1, {6}, {2}, 0, 12, C | F, 0},
    {"1-d, read-only", 1, {6}, {2}, 0, 12, C | F, 1},
    {"1-d, every second", 1, {3}, {4}, 0, 6, 0, 0},
    {"1-d, backwards", 1, {6}, {-2}, 10, 12, 0, 0},
    {"1-d, one item over and over", 1, {6}, {0}, 0, 12, 0, 0},
    {"2-d, C order", 2, {2, 3}, {6, 2}, 0, 12, C, 0},
    {"2-d, C order, read-only", 2, {2, 3}, {6, 2}, 0, 12, C, 1},
    {"2-d, Fortran order", 2, {2, 3}, {2, 4}, 0, 12, F, 0},
    {"2-d, neither, read-only", 2, {2, 2}, {6, 2}, 0, 8, 0, 1},
    {"3-d, a zero in the shape", 3, {2, 0, 3}, {50, -9, 1}, 0, 0, C | F, 0},
    {"3-d, one column", 3, {1, 6, 1}, {-30, 2, 40}, 0, 12, C | F, 0},
};

static int asks(int request, int flag)
{
    return (request & flag) == flag;
}

/* Why the request cannot be met, or NULL where it can: the table of the protocol, row by row. */
static const char *refusal(const layout *of, int request)
{
    if (asks(request, PyBUF_WRITABLE) && of->readonly)
        return "a writable buffer";
    if (asks(request, PyBUF_C_CONTIGUOUS) && !(of->contiguous & C))
        return "a C-contiguous buffer";
    if (asks(request, PyBUF_F_CONTIGUOUS) && !(of->contiguous & F))
        return "a Fortran-contiguous buffer";
    if (asks(request, PyBUF_ANY_CONTIGUOUS) && !of->contiguous)
        return "a contiguous buffer";
    if (!asks(request, PyBUF_STRIDES) && !(of->contiguous & C))
        return "without strides";
    if (!asks(request, PyBUF_ND) && asks(request, PyBUF_FORMAT) && of->ndim != 1)
        return "a format without a shape";
    return NULL;
}

static void check_answer(const layout *of, const Py_buffer *view, int request, const char *start)
{
    int ndim = of->ndim < 0 ? 0 : of->ndim;
    CHECK(view->buf == start + of->offset);
    CHECK(view->obj == NULL && view->internal != NULL);
    CHECK_EQUAL(view->len, of->len);
    CHECK_EQUAL(view->itemsize, 2);
    CHECK_EQUAL(view->readonly, of->readonly);
    CHECK_EQUAL(view->ndim, asks(request, PyBUF_ND) ? ndim : 1);
    CHECK(view->suboffsets == NULL);
    CHECK((view->format != NULL) == asks(request, PyBUF_FORMAT));
    CHECK((view->shape != NULL) == (asks(request, PyBUF_ND) && ndim > 0));
    CHECK((view->strides != NULL) == (asks(request, PyBUF_STRIDES) && ndim > 0));
    CHECK(!view->format || strcmp(view->format, "h") == 0);
    for (int i = 0; view->shape && i < ndim; i++)
        CHECK_EQUAL(view->shape[i], of->shape[i]);
    for (int i = 0; view->strides && i < ndim; i++)
        CHECK_EQUAL(view->strides[i], of->strides[i]);
}

static void check_refusal(pybuf_exporter *lent, Py_buffer *view, int request, int code, const char *part)
{
    CHECK_ERROR(pybuf_getbuffer(lent, view, request) < 0, code, part);
    CHECK(view->obj == NULL && view->internal == NULL);
    pybuf_release(view); /* of a request that failed: nothing happens */
}

static void check_request(const layout *of, pybuf_exporter *lent, int request, const char *start)
{
    Py_buffer view;
    memset(&view, 0xa5, sizeof view); /* whatever lay there before is no part of the answer */
    const char *why = refusal(of, request);
    if (request == PyBUF_READ || request == PyBUF_WRITE) {
        check_refusal(lent, &view, request, PYBUF_ERR_SYSTEM, "not requests");
    } else if (why) {
        check_refusal(lent, &view, request, PYBUF_ERR_BUFFER, why);
    } else {
        CHECK_EQUAL(pybuf_getbuffer(lent, &view, request), 0);
        check_answer(of, &view, request, start);
        pybuf_release(&view);
    }
}

/* All 512 values of the bits up to PyBUF_INDIRECT's, the one that has no meaning among them. */
static void check_layout(const layout *of)
{
    int16_t items[6] = {0};
    atomic_int released = 0;
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = items, .size = sizeof items, .format = "h", .ndim = of->ndim, .shape = of->shape,
        .strides = of->strides, .offset = of->offset, .readonly = of->readonly,
        .release = count_release, .context = &released});
    if (!lent)
        fprintf(stderr, "layout %s\n", of->name);
    CHECK(lent);
    for (int request = 0; request < 0x200; request++)
        check_request(of, lent, request, (const char *)items);
    check_request(of, lent, PyBUF_WRITE, (const char *)items);
    CHECK_EQUAL(released, 0);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(released, 1); /* no answer and no refusal has kept a reference */
}

int main(void)
{
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        check_layout(&layouts[i]);
    return checks_done("getbuffer");
}
