/* Copies: a view's items into memory in C and in Fortran order, and from one view
 * to another of the same shape, overlapping ones too.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/copy.c -lpybuf
 */
#include "check.h"

typedef Py_ssize_t dims[3];

/* A writable view with its own little exporter; strides NULL is C order. */
static pybuf_view *over(void *buf, Py_ssize_t size, const char *format, int32_t ndim, const Py_ssize_t *shape,
                        const Py_ssize_t *strides, Py_ssize_t offset)
{
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = buf, .size = size, .format = format, .ndim = ndim, .shape = shape, .strides = strides,
        .offset = offset});
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.writable = 1});
    CHECK(view);
    pybuf_exporter_unref(lent);
    return view;
}

static void copy_out(void)
{
    char bytes[] = "abcdefgh", out[] = "------";
    pybuf_view *view = over(bytes, 8, NULL, 2, (dims){2, 3}, (dims){4, 1}, 1); /* bcd, fgh */
    CHECK_EQUAL(pybuf_view_copy_out(view, out, 6, 'C'), 0);
    CHECK(strcmp(out, "bcdfgh") == 0);
    CHECK_EQUAL(pybuf_view_copy_out(view, out, 6, 'F'), 0);
    CHECK(strcmp(out, "bfcgdh") == 0);
    pybuf_view *turned = pybuf_view_transpose(view, NULL, 0);
    CHECK_EQUAL(pybuf_view_copy_out(turned, out, 6, 'A'), 0); /* not contiguous: as 'C' */
    CHECK(strcmp(out, "bfcgdh") == 0);
    pybuf_view_unref(turned);
    memset(out, '-', 6);
    CHECK_ERROR(pybuf_view_copy_out(view, out, 5, 'C') < 0, PYBUF_ERR_VALUE, "6");
    CHECK_ERROR(pybuf_view_copy_out(view, out, 7, 'C') < 0, PYBUF_ERR_VALUE, "7");
    CHECK_ERROR(pybuf_view_copy_out(view, out, 6, 'K') < 0, PYBUF_ERR_VALUE, "order");
    CHECK(strcmp(out, "------") == 0);
    pybuf_view_unref(view);
}

/* Item sizes that have a kernel of their own, and those that do not: rows turned to columns and back. */
static void item_sizes(void)
{
    enum { LARGEST = 17, ROWS = 5, COLUMNS = 7 };
    static unsigned char source[LARGEST * ROWS * COLUMNS], turned[sizeof source], back[sizeof source];
    for (Py_ssize_t size = 1; size <= LARGEST; size++) {
        Py_ssize_t nbytes = size * ROWS * COLUMNS;
        char format[8];
        snprintf(format, sizeof format, "%ds", (int)size);
        for (Py_ssize_t i = 0; i < nbytes; i++)
            source[i] = (unsigned char)(i * 7 + size);
        pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
            .buf = source, .size = nbytes, .format = format, .itemsize = size,
            .ndim = 2, .shape = (dims){ROWS, COLUMNS}});
        pybuf_view *view = pybuf_exporter_view(lent, NULL);
        CHECK(view);
        CHECK_EQUAL(pybuf_view_copy_out(view, turned, nbytes, 'F'), 0);
        for (int row = 0; row < ROWS; row++)
            for (int column = 0; column < COLUMNS; column++)
                CHECK(memcmp(turned + (column * ROWS + row) * size, source + (row * COLUMNS + column) * size,
                             (size_t)size) == 0);
        CHECK_EQUAL(pybuf_view_copy_out(view, back, nbytes, 'C'), 0);
        CHECK(memcmp(source, back, (size_t)nbytes) == 0);
        pybuf_view_unref(view);
        pybuf_exporter_unref(lent);
    }
}

static void nothing_and_one(void)
{
    char bytes[4] = "abc", none = 'n';
    pybuf_view *empty = over(bytes, 4, NULL, 3, (dims){2, 0, 3}, NULL, 0);
    CHECK_EQUAL(pybuf_view_copy_out(empty, &none, 0, 'F'), 0);
    CHECK_EQUAL(none, 'n');
    CHECK_EQUAL(pybuf_view_copy(empty, empty), 0);
    pybuf_view_unref(empty);

    int32_t number = 77, out = 0;
    pybuf_view *scalar = over(&number, 4, "i", -1, NULL, NULL, 0);
    CHECK_EQUAL(pybuf_view_copy_out(scalar, &out, 4, 'C'), 0);
    CHECK_EQUAL(out, 77);
    pybuf_view_unref(scalar);
}

static void view_to_view(void)
{
    int32_t from[6] = {1, 2, 3, 4, 5, 6}, to[6] = {0};
    pybuf_view *src = over(from, sizeof from, "i", 2, (dims){2, 3}, NULL, 0);
    pybuf_view *dest = over(to, sizeof to, "i", 2, (dims){2, 3}, (dims){4, 8}, 0);
    CHECK_EQUAL(pybuf_view_copy(dest, src), 0);
    CHECK(memcmp(to, (int32_t[]){1, 4, 2, 5, 3, 6}, sizeof to) == 0);

    pybuf_view *flat = over(from, sizeof from, "i", 1, (dims){6}, NULL, 0);
    CHECK_ERROR(pybuf_view_copy(dest, flat) < 0, PYBUF_ERR_VALUE, "(6,)");
    pybuf_view *shorts = over(from, sizeof from, "h", 2, (dims){2, 3}, NULL, 0);
    CHECK_ERROR(pybuf_view_copy(dest, shorts) < 0, PYBUF_ERR_VALUE, "item");
    pybuf_exporter *constant = pybuf_bytes_new(from, 24);
    pybuf_view *read_only = pybuf_exporter_view(constant, NULL);
    pybuf_view *bytes = over(to, sizeof to, NULL, 1, (dims){24}, NULL, 0);
    CHECK_ERROR(pybuf_view_copy(read_only, bytes) < 0, PYBUF_ERR_TYPE, "read-only");
    CHECK_EQUAL(pybuf_view_copy(bytes, read_only), 0);
    CHECK(memcmp(to, from, sizeof to) == 0);
    pybuf_view *all[] = {src, dest, flat, shorts, read_only, bytes};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        pybuf_view_unref(all[i]);
    pybuf_exporter_unref(constant);
}

/* Two dimensions that overlap: the result is that of a snapshot, whatever the strides. */
static void overlapping(void)
{
    enum { SIZE = 20 };
    static const Py_ssize_t strides[][2] = {{4, 1}, {1, 3}, {-4, 1}, {4, -1}, {-1, -3}, {0, 1}};
    enum { FORMS = sizeof strides / sizeof strides[0] };
    for (int d = 0; d < FORMS - 1; d++) /* the last one writes an item twice: as a source only */
        for (int s = 0; s < FORMS; s++)
            for (int shift = 0; shift < 4; shift++) {
                unsigned char bytes[SIZE], expected[SIZE];
                for (int i = 0; i < SIZE; i++)
                    bytes[i] = expected[i] = (unsigned char)('a' + i);
                Py_ssize_t to = shift, from = 3;
                for (int k = 0; k < 2; k++) {
                    to -= strides[d][k] < 0 ? strides[d][k] * (2 + k - 1) : 0;
                    from -= strides[s][k] < 0 ? strides[s][k] * (2 + k - 1) : 0;
                }
                for (int row = 0; row < 2; row++)
                    for (int column = 0; column < 3; column++)
                        expected[to + row * strides[d][0] + column * strides[d][1]] =
                            bytes[from + row * strides[s][0] + column * strides[s][1]];
                pybuf_view *dest = over(bytes, SIZE, NULL, 2, (dims){2, 3}, strides[d], to);
                pybuf_view *src = over(bytes, SIZE, NULL, 2, (dims){2, 3}, strides[s], from);
                CHECK_EQUAL(pybuf_view_copy(dest, src), 0);
                CHECK(memcmp(bytes, expected, SIZE) == 0);
                pybuf_view_unref(dest);
                pybuf_view_unref(src);
            }
}

int main(void)
{
    copy_out();
    item_sizes();
    nothing_and_one();
    view_to_view();
    overlapping();
    return checks_done("copy");
}
