/* Views: acquired from an exporter of ours or from a foreign getbuffer function,
 * adopted from a filled Py_buffer, lent on; and the memory that lives until the
 * last of them.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/view.c -lpybuf
 */
#include "foreign.h"

typedef Py_ssize_t dims[3];

static int16_t numbers[6] = {1, 2, 3, 4, 5, 6};

/* A 2 × 3 array of int16 that counts its release. */
static pybuf_exporter *lend(atomic_int *released)
{
    return pybuf_exporter_new(&(pybuf_memory){
        .buf = numbers, .size = sizeof numbers, .format = "h", .ndim = 2, .shape = (dims){2, 3},
        .release = count_release, .context = released});
}

static int ours_getbuffer(void *self, Py_buffer *view, int flags)
{
    return pybuf_getbuffer(self, view, flags);
}

static void ours_releasebuffer(void *self, Py_buffer *view)
{
    pybuf_releasebuffer(self, view);
}

static void check_numbers(pybuf_view *view)
{
    CHECK(view);
    CHECK(pybuf_view_data(view) == numbers);
    CHECK_EQUAL(pybuf_view_itemsize(view), 2);
    CHECK_EQUAL(pybuf_view_nbytes(view), 12);
    CHECK_EQUAL(pybuf_view_ndim(view), 2);
    CHECK_EQUAL(pybuf_view_readonly(view), 0);
    CHECK(strcmp(pybuf_view_format(view), "h") == 0);
    CHECK(memcmp(pybuf_view_shape(view), (dims){2, 3}, 2 * sizeof(Py_ssize_t)) == 0);
    CHECK(memcmp(pybuf_view_strides(view), (dims){6, 2}, 2 * sizeof(Py_ssize_t)) == 0);
    CHECK(pybuf_view_suboffsets(view) == NULL);
    CHECK_EQUAL(pybuf_view_is_contiguous(view, 'C'), 1);
    CHECK_EQUAL(pybuf_view_is_contiguous(view, 'F'), 0);
    CHECK_EQUAL(pybuf_view_is_contiguous(view, 'A'), 1);
}

static void acquired_from_ours(void)
{
    atomic_int released = 0;
    pybuf_exporter *lent = lend(&released);
    pybuf_view *view = pybuf_view_acquire(lent, ours_getbuffer, ours_releasebuffer, PyBUF_FULL);
    check_numbers(view);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(released, 0);
    check_numbers(view);
    CHECK(pybuf_view_ref(view) == view);
    pybuf_view_unref(view);
    CHECK_EQUAL(released, 0);
    pybuf_view_unref(view);
    CHECK_EQUAL(released, 1);

    released = 0;
    lent = lend(&released);
    view = pybuf_view_acquire(lent, ours_getbuffer, NULL, PyBUF_FULL); /* its release is found by `internal` */
    pybuf_exporter_unref(lent);
    check_numbers(view);
    pybuf_view_unref(view);
    CHECK_EQUAL(released, 1);

    released = 0;
    lent = lend(&released);
    view = pybuf_exporter_view(lent, &(pybuf_want){.writable = 1});
    check_numbers(view);
    pybuf_view_unref(view);
    view = pybuf_exporter_view(lent, NULL);
    CHECK_EQUAL(pybuf_view_readonly(view), 1); /* nobody asked to write */
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(released, 0);
    pybuf_view_unref(view);
    CHECK_EQUAL(released, 1);
    pybuf_view_unref(NULL);
}

static foreign foreign_numbers(Py_ssize_t *shape, Py_ssize_t *strides)
{
    return (foreign){.answer = {.buf = numbers, .len = 12, .itemsize = 2, .ndim = 2, .format = "h",
                                .shape = shape, .strides = strides, .internal = numbers}};
}

static void acquired_from_a_stranger(void)
{
    dims shape = {2, 3}, strides = {6, 2};
    foreign exporter = foreign_numbers(shape, strides);
    pybuf_view *view = pybuf_view_acquire(&exporter, foreign_getbuffer, foreign_releasebuffer, PyBUF_FULL);
    check_numbers(view);
    CHECK_EQUAL(exporter.asked, PyBUF_FULL);
    CHECK_EQUAL(exporter.requests, 1);
    pybuf_view *slice = pybuf_view_slice(view, 1, 0, 2, 1);
    pybuf_view *transposed = pybuf_view_transpose(slice, NULL, 0);
    CHECK(slice && transposed);
    pybuf_view_unref(view);
    pybuf_view_unref(slice);
    CHECK_EQUAL(exporter.released, 0);
    pybuf_view_unref(transposed);
    CHECK_EQUAL(exporter.released, 1);
    CHECK(foreign_came_back(&exporter));

    view = pybuf_view_acquire(&exporter, foreign_getbuffer, NULL, PyBUF_FULL); /* needs no release */
    check_numbers(view);
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter.released, 1);

    CHECK_ERROR(!pybuf_view_acquire(&exporter, foreign_refusal, foreign_releasebuffer, PyBUF_FULL),
                PYBUF_ERR_BUFFER, "");
    CHECK_EQUAL(exporter.released, 1);
}

/* What an answer may leave out is filled in as the protocol says, and its release gets it back as it was. */
static void filled_in(void)
{
    foreign exporter = {.answer = {.buf = numbers, .len = 12, .itemsize = 1, .ndim = 1}};
    pybuf_view *view = pybuf_view_acquire(&exporter, foreign_getbuffer, foreign_releasebuffer, PyBUF_SIMPLE);
    CHECK(view);
    CHECK(strcmp(pybuf_view_format(view), "B") == 0);
    CHECK_EQUAL(pybuf_view_shape(view)[0], 12);
    CHECK_EQUAL(pybuf_view_strides(view)[0], 1);
    pybuf_view_unref(view);
    CHECK(exporter.released == 1 && foreign_came_back(&exporter));

    dims shape = {3, 2};
    exporter = foreign_numbers(shape, NULL);
    view = pybuf_view_acquire(&exporter, foreign_getbuffer, foreign_releasebuffer, PyBUF_ND | PyBUF_FORMAT);
    CHECK(view);
    CHECK(memcmp(pybuf_view_strides(view), (dims){4, 2}, 2 * sizeof(Py_ssize_t)) == 0);
    pybuf_view_unref(view);
    CHECK(exporter.released == 1 && foreign_came_back(&exporter));

    exporter = (foreign){.answer = {.buf = numbers, .len = 2, .itemsize = 2, .format = "h"}};
    view = pybuf_view_acquire(&exporter, foreign_getbuffer, foreign_releasebuffer, PyBUF_FULL);
    CHECK(view);
    CHECK_EQUAL(pybuf_view_ndim(view), 0);
    CHECK_EQUAL(pybuf_view_nbytes(view), 2);
    pybuf_view_unref(view);
    CHECK(exporter.released == 1 && foreign_came_back(&exporter));
}

static void adopted(void)
{
    static const Py_buffer empty;
    atomic_int released = 0;
    pybuf_exporter *lent = lend(&released);
    Py_buffer buffer;
    CHECK_EQUAL(pybuf_getbuffer(lent, &buffer, PyBUF_FULL), 0);
    pybuf_exporter_unref(lent);
    pybuf_view *view = pybuf_view_adopt(&buffer);
    CHECK(memcmp(&buffer, &empty, sizeof buffer) == 0);
    pybuf_release(&buffer); /* nothing is left to release there */
    check_numbers(view);
    CHECK_EQUAL(released, 0);
    pybuf_view_unref(view);
    CHECK_EQUAL(released, 1);
}

/* As PyBuffer_FillInfo leaves it: shape and strides point into the struct itself, which goes away. */
static void adopted_self_pointing(void)
{
    Py_buffer *buffer = malloc(sizeof *buffer);
    CHECK(buffer);
    *buffer = (Py_buffer){.buf = numbers, .len = 12, .itemsize = 1, .ndim = 1, .readonly = 1, .format = "B"};
    buffer->shape = &buffer->len;
    buffer->strides = &buffer->itemsize;
    pybuf_view *view = pybuf_view_adopt(buffer);
    memset(buffer, 0xa5, sizeof *buffer);
    free(buffer);
    CHECK(view);
    CHECK_EQUAL(pybuf_view_shape(view)[0], 12);
    CHECK_EQUAL(pybuf_view_strides(view)[0], 1);
    CHECK_EQUAL(pybuf_view_readonly(view), 1);
    pybuf_view_unref(view);
}

/* What cannot be adopted stays the caller's. */
static void not_adopted(void)
{
    dims shape = {2, 3};
    Py_buffer buffer = {.buf = numbers, .len = 13, .itemsize = 2, .ndim = 2, .shape = shape}, before = buffer;
    CHECK_ERROR(!pybuf_view_adopt(&buffer), PYBUF_ERR_BUFFER, "13");
    CHECK(memcmp(&buffer, &before, sizeof buffer) == 0);
}

/* A view lends on what it shows, to the protocol's table, and each export keeps it. */
static void lent_on(void)
{
    atomic_int released = 0;
    pybuf_exporter *lent = lend(&released);
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.writable = 1});
    pybuf_exporter_unref(lent);
    pybuf_view *columns = pybuf_view_slice(view, 1, 2, PYBUF_OPEN, -1);
    pybuf_view_unref(view);
    Py_buffer buffer;
    CHECK_ERROR(pybuf_view_getbuffer(columns, &buffer, PyBUF_SIMPLE) < 0, PYBUF_ERR_BUFFER, "strides");
    CHECK(buffer.obj == NULL && buffer.internal == NULL);
    CHECK_EQUAL(pybuf_view_getbuffer(columns, &buffer, PyBUF_FULL), 0);
    CHECK(buffer.buf == numbers + 2 && buffer.strides[1] == -2 && buffer.obj == NULL);
    pybuf_view_unref(columns);
    CHECK_EQUAL(released, 0);
    CHECK_EQUAL(*(int16_t *)pybuf_get_pointer(&buffer, (dims){1, 0}), 6);
    pybuf_release(&buffer);
    CHECK_EQUAL(released, 1);
}

/* The same as an exporter: native code passes on a part of what it was given. */
static void exporter_from_view(void)
{
    dims shape = {2, 3}, strides = {6, 2};
    foreign source = foreign_numbers(shape, strides);
    pybuf_view *view = pybuf_view_acquire(&source, foreign_getbuffer, foreign_releasebuffer, PyBUF_FULL);
    pybuf_view *transposed = pybuf_view_transpose(view, NULL, 0);
    pybuf_exporter *lent = pybuf_exporter_from_view(transposed);
    CHECK(lent && pybuf_exporter_data(lent) == numbers);
    pybuf_view_unref(view);
    pybuf_view_unref(transposed);
    Py_buffer buffer;
    CHECK_EQUAL(pybuf_getbuffer(lent, &buffer, PyBUF_F_CONTIGUOUS | PyBUF_WRITABLE), 0);
    CHECK(buffer.shape[0] == 3 && buffer.strides[0] == 2 && buffer.strides[1] == 6);
    CHECK_EQUAL(buffer.readonly, 0);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(source.released, 0);
    pybuf_release(&buffer);
    CHECK_EQUAL(source.released, 1);

    source = foreign_numbers(shape, strides);
    view = pybuf_view_acquire(&source, foreign_getbuffer, foreign_releasebuffer, PyBUF_FULL);
    source.answer.readonly = 1;
    lent = pybuf_exporter_from_view(view);
    pybuf_view_unref(view);
    view = pybuf_exporter_view(lent, NULL);
    CHECK_EQUAL(pybuf_view_readonly(view), 1);
    CHECK_ERROR(pybuf_view_getbuffer(view, &buffer, PyBUF_WRITABLE) < 0, PYBUF_ERR_BUFFER, "writable");
    pybuf_view_unref(view);
    CHECK_EQUAL(source.released, 0);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(source.released, 1);
}

int main(void)
{
    acquired_from_ours();
    acquired_from_a_stranger();
    filled_in();
    adopted();
    adopted_self_pointing();
    not_adopted();
    lent_on();
    exporter_from_view();
    return checks_done("view");
}
