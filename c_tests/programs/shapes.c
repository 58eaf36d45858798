/* Other views of the same memory: selected in several dimensions, cast, reshaped, broadcast, with
 * strides of their own, split and merged; and what they share.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/shapes.c -lpybuf
 */
#include "check.h"

typedef Py_ssize_t dims[3];

/* A view of 2 × 3 × 4 numbers of 16 bits, which say where they are. */
static pybuf_view *cube(uint16_t numbers[24])
{
    for (int i = 0; i < 24; i++)
        numbers[i] = (uint16_t)i;
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = numbers, .size = 24 * sizeof *numbers, .format = "H", .ndim = 3, .shape = (dims){2, 3, 4}});
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.writable = 1});
    CHECK(view);
    pybuf_exporter_unref(lent);
    return view;
}

/* The view has these numbers, in this shape; it is given up. */
static void check_numbers(pybuf_view *view, int ndim, const Py_ssize_t *shape, const uint16_t *numbers)
{
    uint16_t items[64];
    CHECK(view);
    CHECK_EQUAL(pybuf_view_ndim(view), ndim);
    for (int k = 0; k < ndim; k++)
        CHECK_EQUAL(pybuf_view_shape(view)[k], shape[k]);
    Py_ssize_t size = pybuf_view_nbytes(view);
    CHECK(size <= (Py_ssize_t)sizeof items);
    CHECK_EQUAL(pybuf_view_copy_out(view, items, size, 'C'), 0);
    CHECK(memcmp(items, numbers, (size_t)size) == 0);
    pybuf_view_unref(view);
}

#define NUMBERS(...) (const uint16_t[]){__VA_ARGS__}

static void selections(void)
{
    uint16_t numbers[24];
    pybuf_view *view = cube(numbers);
    pybuf_index column[] = {
        {.kind = PYBUF_INDEX_AT, .start = 1},
        {.kind = PYBUF_INDEX_ELLIPSIS},
        {.kind = PYBUF_INDEX_SLICE, .start = PYBUF_OPEN, .stop = PYBUF_OPEN, .step = -2},
        {.kind = PYBUF_INDEX_NEW_AXIS},
    };
    check_numbers(pybuf_view_select(view, column, 4), 3, (dims){3, 2, 1}, NUMBERS(15, 13, 19, 17, 23, 21));
    pybuf_index row[] = {{.kind = PYBUF_INDEX_WHOLE}, {.kind = PYBUF_INDEX_AT, .start = -1}};
    check_numbers(pybuf_view_select(view, row, 2), 2, (dims){2, 4}, NUMBERS(8, 9, 10, 11, 20, 21, 22, 23));
    pybuf_index step[] = {{.kind = PYBUF_INDEX_SLICE, .stop = 1}};
    check_numbers(pybuf_view_select(view, step, 1), 3, (dims){1, 3, 4}, numbers);
    pybuf_index one[] = {{.kind = PYBUF_INDEX_AT}, {.kind = PYBUF_INDEX_AT}, {.kind = PYBUF_INDEX_AT, .start = 3}};
    check_numbers(pybuf_view_select(view, one, 3), 0, NULL, NUMBERS(3));
    check_numbers(pybuf_view_select(view, NULL, 0), 3, (dims){2, 3, 4}, numbers);

    one[2].start = 4;
    CHECK_ERROR(!pybuf_view_select(view, one, 3), PYBUF_ERR_INDEX, "dimension 2");
    pybuf_index many[70] = {{.kind = PYBUF_INDEX_WHOLE}};
    CHECK_ERROR(!pybuf_view_select(view, many, 4), PYBUF_ERR_INDEX, "4 indices");
    for (int i = 0; i < 70; i++)
        many[i].kind = PYBUF_INDEX_NEW_AXIS;
    CHECK_ERROR(!pybuf_view_select(view, many, 62), PYBUF_ERR_VALUE, "65 dimensions");
    many[0].kind = many[1].kind = PYBUF_INDEX_ELLIPSIS;
    CHECK_ERROR(!pybuf_view_select(view, many, 2), PYBUF_ERR_INDEX, "ellipses");
    many[0].kind = 5;
    CHECK_ERROR(!pybuf_view_select(view, many, 1), PYBUF_ERR_VALUE, "kind 5");
    many[0] = (pybuf_index){.reserved = {1}};
    CHECK_ERROR(!pybuf_view_select(view, many, 1), PYBUF_ERR_VALUE, "reserved");
    CHECK_ERROR(!pybuf_view_select(view, NULL, 1), PYBUF_ERR_VALUE, "indices is NULL");
    CHECK_ERROR(!pybuf_view_select(view, one, -1), PYBUF_ERR_VALUE, "count is -1");
    CHECK_ERROR(!pybuf_view_select(NULL, one, 1), PYBUF_ERR_TYPE, "");
    pybuf_view_unref(view);
}

/* The rows of an image lie anywhere; one of them is plain memory. */
static void behind_pointers(void)
{
    uint16_t numbers[24];
    pybuf_view *view = cube(numbers), *rows[2];
    CHECK_EQUAL(pybuf_view_split(view, 0, rows, 2), 0);
    pybuf_exporter *lent = pybuf_exporter_stack(rows, 2);
    pybuf_view *stack = pybuf_exporter_view(lent, &(pybuf_want){.indirect = 1});
    CHECK(stack && pybuf_view_suboffsets(stack));
    pybuf_index index[] = {
        {.kind = PYBUF_INDEX_AT, .start = 1},
        {.kind = PYBUF_INDEX_AT},
        {.kind = PYBUF_INDEX_AT, .start = 2},
    };
    pybuf_view *row = pybuf_view_select(stack, index, 3);
    CHECK(row && !pybuf_view_suboffsets(row));
    CHECK(pybuf_view_data(row) == numbers + 20);
    check_numbers(row, 1, (dims){4}, numbers + 20);
    index[0].kind = PYBUF_INDEX_WHOLE;
    check_numbers(pybuf_view_select(stack, index, 3), 2, (dims){2, 4}, NUMBERS(8, 9, 10, 11, 20, 21, 22, 23));
    CHECK_EQUAL(pybuf_view_overlap(stack, view), PYBUF_OVERLAP_YES);
    index[1].start = 1; /* of what is stacked there is one item */
    CHECK_ERROR(!pybuf_view_select(stack, index, 3), PYBUF_ERR_INDEX, "dimension 1");
    pybuf_view_unref(rows[0]);
    pybuf_view_unref(rows[1]);
    pybuf_view_unref(stack);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

static void casts(void)
{
    uint16_t numbers[24];
    pybuf_view *view = cube(numbers);
    pybuf_view *bytes = pybuf_view_cast(view, NULL, 0, 0, NULL, 0);
    CHECK(bytes && pybuf_view_ndim(bytes) == 1 && pybuf_view_shape(bytes)[0] == 48);
    CHECK(strcmp(pybuf_view_format(bytes), "B") == 0 && pybuf_view_data(bytes) == numbers);
    check_numbers(pybuf_view_cast(bytes, "H", 0, 2, (dims){-1, 6}, 'C'), 2, (dims){4, 6}, numbers);
    check_numbers(pybuf_view_cast(bytes, "H", 0, 2, (dims){2, 12}, 'F'), 2, (dims){2, 12},
                  NUMBERS(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23));
    pybuf_view *whole = pybuf_view_cast(bytes, NULL, 48, -1, NULL, 'C');
    CHECK(whole && pybuf_view_ndim(whole) == 0 && pybuf_view_itemsize(whole) == 48);
    pybuf_view_unref(whole);
    pybuf_view *rows = pybuf_view_slice(view, 1, 0, 3, 2);
    pybuf_view *pairs = pybuf_view_cast(rows, "HH", 0, 0, NULL, 'C');
    CHECK(pairs && pybuf_view_ndim(pairs) == 3 && pybuf_view_shape(pairs)[2] == 2);
    check_numbers(pairs, 3, (dims){2, 2, 2}, NUMBERS(0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23));

    CHECK_ERROR(!pybuf_view_cast(bytes, NULL, 7, 0, NULL, 'C'), PYBUF_ERR_TYPE, "48 bytes");
    CHECK_ERROR(!pybuf_view_cast(bytes, "H", 0, 1, (dims){25}, 'C'), PYBUF_ERR_VALUE, "24 items");
    CHECK_ERROR(!pybuf_view_cast(rows, "3H", 0, 0, NULL, 'C'), PYBUF_ERR_TYPE, "dimension 2");
    CHECK_ERROR(!pybuf_view_cast(bytes, "H", 4, 0, NULL, 'C'), PYBUF_ERR_VALUE, "itemsize");
    CHECK_ERROR(!pybuf_view_cast(bytes, "T{", 0, 0, NULL, 'C'), PYBUF_ERR_VALUE, "");
    CHECK_ERROR(!pybuf_view_cast(bytes, "H", 0, 0, NULL, 'A'), PYBUF_ERR_VALUE, "'A'");
    CHECK_ERROR(!pybuf_view_cast(bytes, "H", 0, 1, NULL, 'C'), PYBUF_ERR_VALUE, "shape is NULL");
    pybuf_view_unref(view);
    pybuf_view_unref(bytes);
    pybuf_view_unref(rows);
}

static void shapes(void)
{
    uint16_t numbers[24];
    pybuf_view *view = cube(numbers);
    check_numbers(pybuf_view_reshape(view, 2, (dims){4, -1}, 0), 2, (dims){4, 6}, numbers);
    pybuf_view *turned = pybuf_view_transpose(view, NULL, 0);
    CHECK_ERROR(!pybuf_view_reshape(turned, 1, (dims){24}, 'C'), PYBUF_ERR_BUFFER, "without a copy");
    check_numbers(pybuf_view_reshape(turned, 1, (dims){24}, 'F'), 1, (dims){24}, numbers);
    CHECK_ERROR(!pybuf_view_reshape(view, 0, NULL, 'C'), PYBUF_ERR_VALUE, "24 items");
    CHECK_ERROR(!pybuf_view_reshape(view, 2, (dims){-1, -1}, 'C'), PYBUF_ERR_VALUE, "");
    CHECK_ERROR(!pybuf_view_reshape(view, 129, numbers[0] ? NULL : (dims){1}, 'C'), PYBUF_ERR_VALUE, "129");

    pybuf_view *row = pybuf_view_as_strided(view, 1, (dims){3}, (dims){2}, 8);
    pybuf_view *wide = pybuf_view_broadcast(row, 2, (dims){2, 3});
    CHECK(wide && pybuf_view_readonly(wide) == 1 && pybuf_view_readonly(row) == 0);
    check_numbers(wide, 2, (dims){2, 3}, NUMBERS(4, 5, 6, 4, 5, 6));
    CHECK_ERROR(!pybuf_view_broadcast(row, 1, (dims){6}), PYBUF_ERR_VALUE, "(3,) cannot be broadcast to (6,)");
    check_numbers(pybuf_view_as_strided(row, 2, (dims){2, 2}, (dims){2, 2}, 0), 2, (dims){2, 2}, NUMBERS(4, 5, 5, 6));
    CHECK_ERROR(!pybuf_view_as_strided(row, 1, (dims){4}, (dims){2}, 0), PYBUF_ERR_VALUE, "outside");
    CHECK_ERROR(!pybuf_view_as_strided(row, 1, (dims){1}, (dims){2}, -2), PYBUF_ERR_VALUE, "outside");
    pybuf_view *readonly = pybuf_view_to_readonly(row);
    CHECK_EQUAL(pybuf_view_readonly(readonly), 1);
    check_numbers(readonly, 1, (dims){3}, numbers + 4);
    pybuf_view_unref(view);
    pybuf_view_unref(turned);
    pybuf_view_unref(row);
}

static void parts(void)
{
    uint16_t numbers[24];
    pybuf_view *view = cube(numbers), *split[5];
    CHECK_EQUAL(pybuf_view_split(view, 2, split, 3), 0);
    CHECK_EQUAL(pybuf_view_shape(split[0])[2], 2);
    CHECK_EQUAL(pybuf_view_shape(split[2])[2], 1);
    CHECK_EQUAL(pybuf_view_overlap(split[0], split[1]), PYBUF_OVERLAP_NO);
    CHECK_EQUAL(pybuf_view_overlap(split[0], view), PYBUF_OVERLAP_YES);
    CHECK_ERROR(!pybuf_view_merge(split, 3, 0), PYBUF_ERR_VALUE, "dimension 0");
    CHECK_ERROR(!pybuf_view_merge((pybuf_view *[]){split[1], split[0]}, 2, 2), PYBUF_ERR_BUFFER, "a copy");
    pybuf_view *merged = pybuf_view_merge(split, 3, 2);
    for (int i = 0; i < 3; i++)
        pybuf_view_unref(split[i]);
    CHECK(merged && pybuf_view_is_contiguous(merged, 'C') == 1);
    check_numbers(merged, 3, (dims){2, 3, 4}, numbers);
    CHECK_EQUAL(pybuf_view_split(view, 0, split, 5), 0);
    for (int i = 0; i < 5; i++) {
        CHECK_EQUAL(pybuf_view_shape(split[i])[0], i < 2);
        pybuf_view_unref(split[i]);
    }
    split[0] = NULL;
    CHECK_ERROR(pybuf_view_split(view, 0, split, 0) < 0, PYBUF_ERR_VALUE, "0 parts");
    CHECK_ERROR(pybuf_view_split(view, 3, split, 1) < 0, PYBUF_ERR_INDEX, "dimension 3");
    CHECK_ERROR(pybuf_view_split(view, -1, split, 1) < 0, PYBUF_ERR_INDEX, "-1");
    CHECK_ERROR(pybuf_view_split(view, 0, NULL, 1) < 0, PYBUF_ERR_VALUE, "parts is NULL");
    CHECK(!split[0]);
    CHECK_ERROR(!pybuf_view_merge(split, 1, 0), PYBUF_ERR_TYPE, "");
    CHECK_ERROR(!pybuf_view_merge(NULL, 1, 0), PYBUF_ERR_VALUE, "views is NULL");
    CHECK_ERROR(!pybuf_view_merge(NULL, 0, 0), PYBUF_ERR_VALUE, "no views");
    CHECK_ERROR(pybuf_view_overlap(view, NULL) < 0, PYBUF_ERR_TYPE, "");
    pybuf_view_unref(view);
}

/* Memory of two exports that lie side by side: both are kept as long as the merged view is. */
static void two_exports(void)
{
    static char bytes[] = "left and right";
    atomic_int released = 0;
    pybuf_view *views[2];
    for (int i = 0; i < 2; i++) {
        pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
            .buf = bytes + 7 * i, .size = 7, .release = count_release, .context = &released});
        views[i] = pybuf_exporter_view(lent, &(pybuf_want){.writable = !i});
        pybuf_exporter_unref(lent);
    }
    pybuf_view *merged = pybuf_view_merge(views, 2, 0);
    pybuf_view_unref(views[0]);
    pybuf_view_unref(views[1]);
    CHECK(merged && pybuf_view_nbytes(merged) == 14 && pybuf_view_data(merged) == bytes);
    CHECK_EQUAL(pybuf_view_readonly(merged), 1);
    CHECK_EQUAL(released, 0);
    pybuf_view_unref(merged);
    CHECK_EQUAL(released, 2);
}

int main(void)
{
    selections();
    behind_pointers();
    casts();
    shapes();
    parts();
    two_exports();
    return checks_done("shapes");
}
