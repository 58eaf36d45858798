/* Foreign exporters that lie or stray: each answer that cannot be true, or that is
 * not what was asked for, is an error and no crash; the exporter gets its answer
 * back exactly once, as it gave it.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/liars.c -lpybuf
 */
#include "foreign.h"

static char bytes[24];
static Py_ssize_t two_by_three[] = {2, 3}, c_order[] = {3, 1}, f_order[] = {1, 2}, wide[] = {6, 2}, forward[] = {0, -1};
static Py_ssize_t negative[] = {-2, -3}, huge[] = {PTRDIFF_MAX / 2 + 1, 4}, far[] = {PTRDIFF_MAX, 1}, ones[65];

#define ANSWER(LEN, ITEMSIZE, NDIM, SHAPE, STRIDES) \
    .buf = bytes, .len = LEN, .itemsize = ITEMSIZE, .ndim = NDIM, .shape = SHAPE, .strides = STRIDES

typedef struct lie {
    int request;
    Py_buffer answer;
    int code;         /* of the refusal */
    const char *says; /* a part of it */
} lie;

static const lie lies[] = {
    /* len, shape and itemsize contradict each other */
    {PyBUF_FULL_RO, {ANSWER(7, 1, 2, two_by_three, c_order)}, PYBUF_ERR_BUFFER, "wrong about len"},
    {PyBUF_FULL_RO, {ANSWER(6, 2, 2, two_by_three, c_order)}, PYBUF_ERR_BUFFER, "wrong about len"},
    {PyBUF_FULL_RO, {ANSWER(-6, 1, 2, two_by_three, c_order)}, PYBUF_ERR_BUFFER, "len -6"},
    {PyBUF_FULL_RO, {ANSWER(6, 1, 2, negative, c_order)}, PYBUF_ERR_VALUE, "(-2, -3) is negative"},
    {PyBUF_FULL_RO, {ANSWER(7, 2, 1, NULL, NULL), .format = "h"}, PYBUF_ERR_BUFFER, "no whole number of items"},
    {PyBUF_FULL_RO, {ANSWER(3, 2, 0, NULL, NULL), .format = "h"}, PYBUF_ERR_BUFFER, "no whole number of items"},
    /* items of no size */
    {PyBUF_FULL_RO, {ANSWER(6, 0, 2, two_by_three, c_order)}, PYBUF_ERR_BUFFER, "items of 0 bytes"},
    {PyBUF_FULL_RO, {ANSWER(6, -1, 2, two_by_three, c_order)}, PYBUF_ERR_BUFFER, "itemsize -1"},
    /* dimensions */
    {PyBUF_FULL_RO, {ANSWER(6, 1, -1, two_by_three, c_order)}, PYBUF_ERR_BUFFER, "ndim -1"},
    {PyBUF_FULL_RO, {ANSWER(1, 1, 65, ones, ones)}, PYBUF_ERR_VALUE, "must not exceed 64"},
    {PyBUF_FULL_RO, {ANSWER(1, 1, 2147483647, ones, ones)}, PYBUF_ERR_VALUE, "must not exceed 64"},
    {PyBUF_FULL_RO, {ANSWER(6, 1, 2, NULL, c_order)}, PYBUF_ERR_BUFFER, "without a shape"},
    {PyBUF_FULL_RO, {ANSWER(6, 1, 2, two_by_three, NULL), .suboffsets = forward}, PYBUF_ERR_BUFFER, "without strides"},
    /* more than there can be */
    {PyBUF_FULL_RO, {ANSWER(6, 1, 2, huge, c_order)}, PYBUF_ERR_OVERFLOW, "does not fit"},
    {PyBUF_FULL_RO, {ANSWER(6, 1, 2, two_by_three, far)}, PYBUF_ERR_OVERFLOW, "beyond the address space"},
    /* nothing there */
    {PyBUF_FULL_RO, {.len = 6, .itemsize = 1, .ndim = 2, .shape = two_by_three}, PYBUF_ERR_BUFFER, "6 bytes at NULL"},
    {PyBUF_SIMPLE, {.len = 1, .itemsize = 1, .ndim = 1}, PYBUF_ERR_BUFFER, "1 bytes at NULL"},
    /* not what was asked for */
    {PyBUF_FULL, {ANSWER(6, 1, 2, two_by_three, c_order), .readonly = 1}, PYBUF_ERR_BUFFER, "read-only"},
    {PyBUF_FULL, {ANSWER(6, 1, 2, two_by_three, c_order), .readonly = -7}, PYBUF_ERR_BUFFER, "read-only"},
    {PyBUF_WRITABLE, {ANSWER(6, 1, 1, NULL, NULL), .readonly = 1}, PYBUF_ERR_BUFFER, "read-only"},
    {PyBUF_RECORDS_RO, {ANSWER(6, 1, 2, two_by_three, c_order), .suboffsets = forward}, PYBUF_ERR_BUFFER, "suboffsets"},
    {PyBUF_C_CONTIGUOUS, {ANSWER(6, 1, 2, two_by_three, f_order)}, PYBUF_ERR_BUFFER, "C-contiguous"},
    {PyBUF_F_CONTIGUOUS, {ANSWER(6, 1, 2, two_by_three, c_order)}, PYBUF_ERR_BUFFER, "Fortran-contiguous"},
    {PyBUF_F_CONTIGUOUS, {ANSWER(6, 1, 2, two_by_three, NULL)}, PYBUF_ERR_BUFFER, "Fortran-contiguous"},
    {PyBUF_ANY_CONTIGUOUS, {ANSWER(6, 1, 2, two_by_three, wide)}, PYBUF_ERR_BUFFER, "request for contiguous"},
    {PyBUF_ND, {ANSWER(6, 1, 2, two_by_three, wide)}, PYBUF_ERR_BUFFER, "C-ordered"},
    {PyBUF_SIMPLE, {ANSWER(6, 1, 2, two_by_three, f_order)}, PYBUF_ERR_BUFFER, "C-ordered"},
};

static void check_lie(const lie *told)
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

/* An adopted lie: the caller keeps the buffer, and nothing is released. */
static void check_adopted(const lie *told)
{
    Py_buffer buffer = told->answer, before = buffer;
    CHECK_ERROR(!pybuf_view_adopt(&buffer), told->code, told->says);
    CHECK(memcmp(&buffer, &before, sizeof buffer) == 0);
}

/* Strange, but true: these are views. */
static const struct { int request; Py_buffer answer; } truths[] = {
    {PyBUF_FULL_RO, {.itemsize = 1, .ndim = 1}},                                        /* no memory, no item */
    {PyBUF_FULL_RO, {ANSWER(0, 0, 2, two_by_three, c_order), .format = "0s"}},          /* items of no size */
    {PyBUF_FULL_RO, {ANSWER(6, 1, 2, two_by_three, c_order), .format = "d"}},           /* itemsize wins */
    {PyBUF_FULL_RO, {ANSWER(6, 1, 2, two_by_three, c_order), .format = "\xff ?!"}},     /* no format at all */
    {PyBUF_FULL_RO, {ANSWER(6, 1, 2, two_by_three, c_order), .format = ""}},            /* likewise */
    {PyBUF_FULL_RO, {ANSWER(6, 1, 2, two_by_three, NULL), .format = "B"}},              /* as ctypes */
    {PyBUF_SIMPLE, {ANSWER(6, 2, 0, NULL, NULL)}},                                      /* as NumPy */
    {PyBUF_C_CONTIGUOUS, {ANSWER(6, 1, 2, two_by_three, c_order), .format = "B"}},      /* more than asked for */
};

static void check_truths(void)
{
    for (size_t i = 0; i < sizeof truths / sizeof truths[0]; i++) {
        foreign exporter = {.answer = truths[i].answer};
        pybuf_view *view =
            pybuf_view_acquire(&exporter, foreign_getbuffer, foreign_releasebuffer, truths[i].request);
        CHECK(view);
        CHECK_EQUAL(pybuf_view_nbytes(view), exporter.answer.len);
        CHECK(pybuf_view_format(view) != NULL);
        pybuf_view_unref(view);
        CHECK_EQUAL(exporter.released, 1);
    }
}

/* One that meets an error of ours, recovers, and then lies: the lie is what is reported. */
static int recovered_getbuffer(void *self, Py_buffer *view, int flags)
{
    pybuf_exporter *none = NULL;
    return pybuf_getbuffer(none, view, flags) < 0 ? foreign_getbuffer(self, view, flags) : 0;
}

static void check_recovered(void)
{
    foreign exporter = {.answer = lies[0].answer};
    CHECK_ERROR(!pybuf_view_acquire(&exporter, recovered_getbuffer, foreign_releasebuffer, PyBUF_FULL_RO),
                PYBUF_ERR_BUFFER, "wrong about len");
    CHECK_EQUAL(exporter.released, 1);
}

int main(void)
{
    for (int i = 0; i < 65; i++)
        ones[i] = 1;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        check_lie(&lies[i]);
        if (lies[i].request == PyBUF_FULL_RO)
            check_adopted(&lies[i]);
    }
    check_truths();
    check_recovered();
    return checks_done("liars");
}
