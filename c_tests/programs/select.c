/* Choosing items of a view: by index, by slices of one dimension, transposed;
 * reading and writing them as bytes.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/select.c -lpybuf
 */
#include "check.h"

#define MAX PTRDIFF_MAX
#define MIN (PTRDIFF_MIN + 1) /* the least bound that is not PYBUF_OPEN */

typedef Py_ssize_t dims[3];

/* A view of 2 × 3 × 4 bytes that say where they are: "000", "001" … as a number of base 16. */
static pybuf_view *cube(unsigned char bytes[24])
{
    for (int i = 0; i < 24; i++)
        bytes[i] = (unsigned char)i;
    pybuf_exporter *lent =
        pybuf_exporter_new(&(pybuf_memory){.buf = bytes, .size = 24, .ndim = 3, .shape = (dims){2, 3, 4}});
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.writable = 1});
    CHECK(view);
    pybuf_exporter_unref(lent);
    return view;
}

static void by_index(void)
{
    unsigned char bytes[24], item = 0;
    pybuf_view *view = cube(bytes);
    CHECK(pybuf_view_pointer(view, (dims){1, 2, 3}, 3) == bytes + 23);
    CHECK(pybuf_view_pointer(view, (dims){-1, -3, -1}, 3) == bytes + 15);
    CHECK_EQUAL(pybuf_view_read_item(view, (dims){1, 0, 2}, 3, &item, 1), 0);
    CHECK_EQUAL(item, 14);
    item = 99;
    CHECK_EQUAL(pybuf_view_write_item(view, (dims){0, -1, 0}, 3, &item, 1), 0);
    CHECK_EQUAL(bytes[8], 99);

    CHECK_ERROR(!pybuf_view_pointer(view, (dims){0, 3, 0}, 3), PYBUF_ERR_INDEX, "dimension 1");
    CHECK_ERROR(!pybuf_view_pointer(view, (dims){-3, 0, 0}, 3), PYBUF_ERR_INDEX, "-3");
    CHECK_ERROR(!pybuf_view_pointer(view, (dims){0, 0, PTRDIFF_MIN}, 3), PYBUF_ERR_INDEX, "dimension 2");
    CHECK_ERROR(!pybuf_view_pointer(view, (dims){0, 0}, 2), PYBUF_ERR_TYPE, "3");
    CHECK_ERROR(pybuf_view_read_item(view, (dims){0, 0, 4}, 3, &item, 1) < 0, PYBUF_ERR_INDEX, "4");
    CHECK_ERROR(pybuf_view_read_item(view, (dims){0}, 3, &item, 2) < 0, PYBUF_ERR_VALUE, "2");
    CHECK_ERROR(pybuf_view_write_item(view, (dims){0}, 3, &item, 0) < 0, PYBUF_ERR_VALUE, "1");
    CHECK_EQUAL(item, 99); /* what failed has written nothing */
    pybuf_view_unref(view);
}

static void read_only_items(void)
{
    pybuf_exporter *lent = pybuf_bytes_new("abc", 3);
    pybuf_view *view = pybuf_exporter_view(lent, NULL);
    char item = 0;
    CHECK_EQUAL(pybuf_view_read_item(view, (dims){-1}, 1, &item, 1), 0);
    CHECK_EQUAL(item, 'c');
    CHECK_ERROR(pybuf_view_write_item(view, (dims){0}, 1, &item, 1) < 0, PYBUF_ERR_TYPE, "read-only");
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

static void zero_dimensions(void)
{
    double number = 2.5, item = 0;
    pybuf_exporter *lent =
        pybuf_exporter_new(&(pybuf_memory){.buf = &number, .size = sizeof number, .format = "d", .ndim = -1});
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.ndim = -1, .kind = "float64"});
    CHECK(view && pybuf_view_ndim(view) == 0);
    CHECK(pybuf_view_pointer(view, NULL, 0) == &number);
    CHECK_EQUAL(pybuf_view_read_item(view, NULL, 0, &item, sizeof item), 0);
    CHECK(item == 2.5);
    CHECK_ERROR(!pybuf_view_slice(view, 0, 0, 1, 1), PYBUF_ERR_INDEX, "dimension 0");
    pybuf_view *transposed = pybuf_view_transpose(view, NULL, 0);
    CHECK(transposed && pybuf_view_data(transposed) == &number);
    pybuf_view_unref(transposed);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

/* Where Python's slice(start, stop, step) begins in a dimension of `length` and how many items it has:
 * by walking, as slowly as it can be said. */
static Py_ssize_t walk(Py_ssize_t length, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step, Py_ssize_t *first)
{
    Py_ssize_t lowest = step < 0 ? -1 : 0, highest = step < 0 ? length - 1 : length, count = 0;
    Py_ssize_t *bounds[2] = {&start, &stop};
    for (int i = 0; i < 2; i++) {
        if (*bounds[i] == PYBUF_OPEN)
            *bounds[i] = (i == 0) == (step < 0) ? highest : lowest;
        else if (*bounds[i] < 0)
            *bounds[i] += length;
        *bounds[i] = *bounds[i] < lowest ? lowest : *bounds[i] > highest ? highest : *bounds[i];
    }
    *first = start;
    for (Py_ssize_t at = start; step < 0 ? at > stop : at < stop; at += step)
        count++;
    return count;
}

static void check_slice(pybuf_view *view, const char *bytes, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step)
{
    Py_ssize_t first, count = walk(5, start, stop, step, &first);
    pybuf_view *slice = pybuf_view_slice(view, 0, start, stop, step);
    CHECK(slice);
    CHECK_EQUAL(pybuf_view_shape(slice)[0], count);
    CHECK_EQUAL(pybuf_view_nbytes(slice), count);
    for (Py_ssize_t i = 0; i < count; i++)
        CHECK(pybuf_view_pointer(slice, &i, 1) == bytes + first + i * step);
    pybuf_view_unref(slice);
}

/* Every slice of five items with bounds and steps of a usual size, and the extreme ones. */
static void slices(void)
{
    char bytes[5] = "abcd";
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){.buf = bytes, .size = 5});
    pybuf_view *view = pybuf_exporter_view(lent, NULL);
    pybuf_exporter_unref(lent);
    static const Py_ssize_t bounds[] = {PYBUF_OPEN, MIN, -7, -6, -5, -4, -2, -1, 0, 1, 3, 4, 5, 6, 7, MAX};
    static const Py_ssize_t steps[] = {-6, -3, -2, -1, 1, 2, 3, 6};
    enum { BOUNDS = sizeof bounds / sizeof bounds[0], STEPS = sizeof steps / sizeof steps[0] };
    for (int i = 0; i < BOUNDS; i++)
        for (int j = 0; j < BOUNDS; j++)
            for (int k = 0; k < STEPS; k++)
                check_slice(view, bytes, bounds[i], bounds[j], steps[k]);
    pybuf_view *one = pybuf_view_slice(view, 0, 3, PYBUF_OPEN, MAX);
    CHECK(one && pybuf_view_shape(one)[0] == 1 && pybuf_view_data(one) == bytes + 3);
    pybuf_view_unref(one);
    one = pybuf_view_slice(view, 0, 3, PYBUF_OPEN, PTRDIFF_MIN);
    CHECK(one && pybuf_view_shape(one)[0] == 1 && pybuf_view_data(one) == bytes + 3);
    pybuf_view_unref(one);
    CHECK_ERROR(!pybuf_view_slice(view, 0, 0, 5, 0), PYBUF_ERR_VALUE, "step");
    CHECK_ERROR(!pybuf_view_slice(view, 1, 0, 5, 1), PYBUF_ERR_INDEX, "dimension 1");
    CHECK_ERROR(!pybuf_view_slice(view, -1, 0, 5, 1), PYBUF_ERR_INDEX, "-1");
    pybuf_view_unref(view);
}

static void slices_of_slices(void)
{
    unsigned char bytes[24];
    pybuf_view *view = cube(bytes);
    pybuf_view *rows = pybuf_view_slice(view, 1, PYBUF_OPEN, PYBUF_OPEN, -2);    /* [:, ::-2] */
    pybuf_view *columns = pybuf_view_slice(rows, 2, 1, PYBUF_OPEN, 2);    /* [:, ::-2, 1::2] */
    pybuf_view *back = pybuf_view_slice(columns, 2, PYBUF_OPEN, PYBUF_OPEN, -1); /* [:, ::-2, 3::-2] */
    CHECK(rows && columns && back);
    CHECK(memcmp(pybuf_view_shape(back), (dims){2, 2, 2}, sizeof(dims)) == 0);
    CHECK(memcmp(pybuf_view_strides(back), (dims){12, -8, -2}, sizeof(dims)) == 0);
    CHECK(pybuf_view_data(back) == bytes + 11);
    CHECK(pybuf_view_pointer(back, (dims){1, 1, 1}, 3) == bytes + 13);
    CHECK_EQUAL(pybuf_view_nbytes(back), 8);
    pybuf_view_unref(view);
    pybuf_view_unref(rows);
    pybuf_view_unref(columns);
    CHECK(pybuf_view_pointer(back, (dims){0, 0, 0}, 3) == bytes + 11);
    pybuf_view_unref(back);
}

static void transposes(void)
{
    unsigned char bytes[24];
    pybuf_view *view = cube(bytes);
    pybuf_view *reversed = pybuf_view_transpose(view, NULL, 0);
    CHECK(reversed);
    CHECK(memcmp(pybuf_view_shape(reversed), (dims){4, 3, 2}, sizeof(dims)) == 0);
    CHECK(memcmp(pybuf_view_strides(reversed), (dims){1, 4, 12}, sizeof(dims)) == 0);
    CHECK_EQUAL(pybuf_view_is_contiguous(reversed, 'F'), 1);
    pybuf_view *axes = pybuf_view_transpose(view, (const int32_t[]){1, 2, 0}, 3);
    CHECK(axes);
    CHECK(memcmp(pybuf_view_shape(axes), (dims){3, 4, 2}, sizeof(dims)) == 0);
    CHECK(pybuf_view_pointer(axes, (dims){2, 3, 1}, 3) == bytes + 23);
    CHECK_ERROR(!pybuf_view_transpose(view, (const int32_t[]){0, 1}, 2), PYBUF_ERR_VALUE, "axes");
    CHECK_ERROR(!pybuf_view_transpose(view, (const int32_t[]){0, 1, 1}, 3), PYBUF_ERR_VALUE, "axes");
    CHECK_ERROR(!pybuf_view_transpose(view, (const int32_t[]){0, 1, 3}, 3), PYBUF_ERR_VALUE, "3");
    pybuf_view_unref(axes);
    pybuf_view_unref(reversed);
    pybuf_view_unref(view);
}

/* A field of records is a view of the records' own memory. */
static void fields(void)
{
    struct record {
        int32_t number;
        struct { double x, y; } at[2];
        int16_t grid[2][3];
    } records[4];
    memset(records, 0, sizeof records);
    for (int k = 0; k < 4; k++) {
        records[k].at[1].y = k + 0.5;
        records[k].grid[1][2] = (int16_t)(100 + k);
    }
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = records, .size = sizeof records, .format = "T{i:number:(2)T{d:x:d:y:}:at:(2,3)h:grid:}"});
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.writable = 1});
    pybuf_exporter_unref(lent);
    CHECK(view && pybuf_view_itemsize(view) == sizeof *records);

    pybuf_view *y = pybuf_view_field(view, "at[1].y");
    CHECK(y && pybuf_view_check(y, &(pybuf_want){.kind = "float64", .ndim = 1}) == 0);
    for (Py_ssize_t k = 0; k < 4; k++)
        CHECK(pybuf_view_pointer(y, &k, 1) == &records[k].at[1].y);
    double nine = 9;
    CHECK_EQUAL(pybuf_view_write_item(y, (dims){2}, 1, &nine, sizeof nine), 0);
    CHECK(records[2].at[1].y == 9);

    pybuf_view *grid = pybuf_view_field(view, "grid"), *last = pybuf_view_field(view, "grid[1]");
    CHECK(grid && pybuf_view_ndim(grid) == 3 && pybuf_view_shape(grid)[1] == 2 && pybuf_view_strides(grid)[1] == 6);
    CHECK(pybuf_view_pointer(grid, (dims){3, 1, 2}, 3) == &records[3].grid[1][2]);
    CHECK(pybuf_view_pointer(last, (dims){3, 2}, 2) == &records[3].grid[1][2]);
    pybuf_view *at = pybuf_view_field(view, "at"), *x = pybuf_view_field(at, "x");
    CHECK(x && pybuf_view_pointer(x, (dims){1, 1}, 2) == &records[1].at[1].x);

    CHECK_ERROR(!pybuf_view_field(view, "nowhere"), PYBUF_ERR_VALUE, "'number'");
    CHECK_ERROR(!pybuf_view_field(view, "grid[2]"), PYBUF_ERR_INDEX, "2");
    CHECK_ERROR(!pybuf_view_field(view, NULL), PYBUF_ERR_VALUE, "path is NULL");
    CHECK_ERROR(!pybuf_view_field(y, "z"), PYBUF_ERR_VALUE, "z");
    pybuf_view *all[] = {view, y, grid, last, at, x};
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        pybuf_view_unref(all[k]);
}

int main(void)
{
    by_index();
    read_only_items();
    zero_dimensions();
    slices();
    slices_of_slices();
    transposes();
    fields();
    return checks_done("select");
}
