/* Memory with suboffsets, as PIL has it: lent, indexed, sliced, copied out and in, made of
 * views; and what is refused.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/indirect.c -lpybuf
 */
#include "check.h"

#define COUNT(array) ((Py_ssize_t)(sizeof(array) / sizeof((array)[0])))

typedef Py_ssize_t dims[3];

enum { HEIGHT = 3, WIDTH = 4, POINTER = sizeof(void *) };

static int16_t top[WIDTH] = {0, 1, 2, 3}, middle[WIDTH] = {10, 11, 12, 13}, bottom[WIDTH] = {20, 21, 22, 23};

/* An image whose rows lie anywhere. */
static pybuf_exporter *image(int16_t **rows)
{
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = rows, .size = HEIGHT * POINTER, .format = "h", .ndim = 2, .shape = (dims){HEIGHT, WIDTH},
        .strides = (dims){POINTER, sizeof(int16_t)}, .suboffsets = (dims){0, -1},
        .pointed = WIDTH * sizeof(int16_t)});
    CHECK(lent);
    return lent;
}

static void answers(void)
{
    int16_t *rows[HEIGHT] = {top, middle, bottom};
    pybuf_exporter *lent = image(rows);
    Py_buffer buffer;
    CHECK_EQUAL(pybuf_getbuffer(lent, &buffer, PyBUF_FULL), 0);
    CHECK(buffer.buf == rows && buffer.ndim == 2 && buffer.len == 24 && !buffer.readonly);
    CHECK(buffer.suboffsets[0] == 0 && buffer.suboffsets[1] == -1 && buffer.strides[0] == POINTER);
    CHECK_EQUAL(pybuf_is_contiguous(&buffer, 'A'), 0);
    CHECK(pybuf_get_pointer(&buffer, (dims){1, 2}) == &middle[2]);
    int16_t items[12];
    CHECK_EQUAL(pybuf_to_contiguous(items, &buffer, sizeof items, 'F'), 0);
    CHECK(memcmp(items, (int16_t[]){0, 10, 20, 1, 11, 21, 2, 12, 22, 3, 13, 23}, sizeof items) == 0);
    pybuf_release(&buffer);
    static const int blind[] = {PyBUF_SIMPLE, PyBUF_ND, PyBUF_RECORDS, PyBUF_STRIDES};
    for (int i = 0; i < COUNT(blind); i++)
        CHECK_ERROR(pybuf_getbuffer(lent, &buffer, blind[i]) < 0, PYBUF_ERR_BUFFER, "would do");
    CHECK_ERROR(pybuf_getbuffer(lent, &buffer, PyBUF_STRIDES) < 0, PYBUF_ERR_BUFFER, "PyBUF_INDIRECT");
    CHECK_ERROR(pybuf_getbuffer(lent, &buffer, PyBUF_FULL | PyBUF_ANY_CONTIGUOUS) < 0, PYBUF_ERR_BUFFER, "contiguous");
    CHECK_ERROR(!pybuf_exporter_view(lent, &(pybuf_want){.ndim = 2}), PYBUF_ERR_BUFFER, "suboffsets");
    CHECK_ERROR(!pybuf_exporter_part(lent, &(pybuf_memory){.size = 8}), PYBUF_ERR_NOT_IMPLEMENTED, "suboffsets");
    CHECK(pybuf_exporter_data(lent) == rows);
    pybuf_exporter_unref(lent);
}

static void check_items(pybuf_view *view, const int16_t *wanted, Py_ssize_t count)
{
    int16_t items[12];
    CHECK(view);
    CHECK_EQUAL(pybuf_view_nbytes(view), 2 * count);
    CHECK_EQUAL(pybuf_view_copy_out(view, items, 2 * count, 'C'), 0);
    CHECK(memcmp(items, wanted, 2 * (size_t)count) == 0);
}

#define CHECK_ITEMS(view, ...) \
    check_items(view, (const int16_t[]){__VA_ARGS__}, COUNT(((const int16_t[]){__VA_ARGS__})))

static void views(void)
{
    int16_t *rows[HEIGHT] = {top, middle, bottom}, item;
    pybuf_exporter *lent = image(rows);
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.indirect = 1, .writable = 1, .kind = "int16",
                                                               .unaligned = 1});
    CHECK(view && pybuf_view_data(view) == rows);
    CHECK_EQUAL(pybuf_view_suboffsets(view)[0], 0);
    CHECK(pybuf_view_pointer(view, (dims){-1, -2}, 2) == &bottom[2]);
    CHECK_EQUAL(pybuf_view_read_item(view, (dims){1, 3}, 2, &item, 2), 0);
    CHECK_EQUAL(item, 13);
    CHECK_EQUAL(pybuf_view_write_item(view, (dims){1, 3}, 2, &(int16_t){-13}, 2), 0);
    CHECK_EQUAL(middle[3], -13);
    middle[3] = 13;
    CHECK_ERROR(!pybuf_view_pointer(view, (dims){3, 0}, 2), PYBUF_ERR_INDEX, "out of bounds");
    CHECK_ITEMS(view, 0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23);

    /* rows backwards, then columns from the second on */
    pybuf_view *upside = pybuf_view_slice(view, 0, PYBUF_OPEN, PYBUF_OPEN, -1);
    CHECK_ITEMS(upside, 20, 21, 22, 23, 10, 11, 12, 13, 0, 1, 2, 3);
    pybuf_view *right = pybuf_view_slice(upside, 1, 1, PYBUF_OPEN, 2);
    CHECK_ITEMS(right, 21, 23, 11, 13, 1, 3);
    CHECK_EQUAL(pybuf_view_suboffsets(right)[0], 2);
    pybuf_view *mirrored = pybuf_view_slice(right, 1, PYBUF_OPEN, PYBUF_OPEN, -1);
    CHECK_ITEMS(mirrored, 23, 21, 13, 11, 3, 1);
    pybuf_view *every_other = pybuf_view_slice(view, 0, 0, PYBUF_OPEN, 2);
    CHECK_ITEMS(every_other, 0, 1, 2, 3, 20, 21, 22, 23);
    pybuf_view *none = pybuf_view_slice(view, 0, 1, 1, 1);
    CHECK_EQUAL(pybuf_view_nbytes(none), 0);
    CHECK_EQUAL(pybuf_view_is_contiguous(none, 'C'), 0); /* as CPython has it */
    CHECK_ERROR(!pybuf_view_transpose(view, NULL, 0), PYBUF_ERR_NOT_IMPLEMENTED, "suboffsets");

    /* lent on, and copied in: what overlaps is as if it had been copied away */
    pybuf_exporter *on = pybuf_exporter_from_view(mirrored);
    pybuf_view *again = pybuf_exporter_view(on, NULL);
    CHECK_ITEMS(again, 23, 21, 13, 11, 3, 1);
    CHECK_EQUAL(pybuf_view_copy(view, upside), 0);
    CHECK_ITEMS(view, 20, 21, 22, 23, 10, 11, 12, 13, 0, 1, 2, 3);
    CHECK_EQUAL(pybuf_view_copy(view, upside), 0);
    CHECK(memcmp(top, (int16_t[]){0, 1, 2, 3}, sizeof top) == 0);
    pybuf_view *all[] = {view, upside, right, mirrored, every_other, none, again};
    for (int i = 0; i < COUNT(all); i++)
        pybuf_view_unref(all[i]);
    pybuf_exporter_unref(on);
    pybuf_exporter_unref(lent);
}

/* Pointers to pointers: planes of rows. */
static void two_levels(void)
{
    int16_t *front[] = {top, middle}, *back[] = {bottom, top}, **planes[] = {front, back};
    pybuf_memory memory = {
        .buf = planes, .size = sizeof planes, .format = "h", .ndim = 3, .shape = (dims){2, 2, 3},
        .strides = (dims){POINTER, POINTER, 2}, .suboffsets = (dims){0, 2, -1}, .guarded = 1};
    pybuf_exporter *lent = pybuf_exporter_new(&memory);
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.indirect = 1, .stable = 1});
    CHECK_ITEMS(view, 1, 2, 3, 11, 12, 13, 21, 22, 23, 1, 2, 3);
    CHECK(pybuf_view_pointer(view, (dims){1, 0, 2}, 3) == &bottom[3]);
    pybuf_view *swapped = pybuf_view_slice(view, 0, PYBUF_OPEN, PYBUF_OPEN, -1);
    CHECK_ITEMS(swapped, 21, 22, 23, 1, 2, 3, 1, 2, 3, 11, 12, 13);
    pybuf_view *last = pybuf_view_slice(view, 1, 1, 2, 1);
    CHECK_ITEMS(last, 11, 12, 13, 1, 2, 3);
    pybuf_view_unref(last);
    pybuf_view_unref(swapped);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
    back[1] = NULL;
    CHECK_ERROR(!pybuf_exporter_new(&memory), PYBUF_ERR_VALUE, "(1, 1) is NULL");
    planes[0] = NULL;
    CHECK_ERROR(!pybuf_exporter_new(&memory), PYBUF_ERR_VALUE, "(0,) is NULL");
}

static void stacked(void)
{
    int16_t table[2][WIDTH] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
    atomic_int released = 0;
    pybuf_exporter *block = pybuf_exporter_new(&(pybuf_memory){
        .buf = table, .size = sizeof table, .format = "h", .ndim = 2, .shape = (dims){2, WIDTH},
        .release = count_release, .context = &released});
    pybuf_view *whole = pybuf_exporter_view(block, &(pybuf_want){.writable = 1});
    pybuf_view *odd = pybuf_view_slice(whole, 1, 1, PYBUF_OPEN, 2);
    pybuf_view *even = pybuf_view_slice(whole, 1, 0, PYBUF_OPEN, 2);
    pybuf_view *rows[3] = {odd, even, odd};
    pybuf_exporter *stack = pybuf_exporter_stack(rows, 3);
    CHECK(stack);
    pybuf_exporter_unref(block);
    pybuf_view *view = pybuf_exporter_view(stack, &(pybuf_want){.indirect = 1, .writable = 1});
    CHECK_EQUAL(pybuf_view_ndim(view), 3);
    CHECK_ITEMS(view, 2, 4, 6, 8, 1, 3, 5, 7, 2, 4, 6, 8);
    CHECK(pybuf_view_pointer(view, (dims){1, 1, 1}, 3) == &table[1][2]);
    CHECK_ERROR(!pybuf_exporter_stack(&view, 1), PYBUF_ERR_NOT_IMPLEMENTED, "row 0 has suboffsets");

    pybuf_view *unlike = pybuf_view_slice(odd, 0, 0, 1, 1);
    CHECK_ERROR(!pybuf_exporter_stack((pybuf_view *[]){odd, unlike}, 2), PYBUF_ERR_VALUE, "row 1 is");
    pybuf_view_unref(unlike);
    CHECK_ERROR(!pybuf_exporter_stack(rows, 0), PYBUF_ERR_VALUE, "no rows");
    CHECK_ERROR(!pybuf_exporter_stack(NULL, 0), PYBUF_ERR_VALUE, "no rows");
    CHECK_ERROR(!pybuf_exporter_stack(NULL, 2), PYBUF_ERR_VALUE, "rows is NULL");
    CHECK_ERROR(!pybuf_exporter_stack(rows, -1), PYBUF_ERR_VALUE, "count is -1");
    CHECK_ERROR(!pybuf_exporter_stack((pybuf_view *[]){odd, NULL}, 2), PYBUF_ERR_TYPE, "not NULL");
    CHECK_ERROR(!pybuf_exporter_stack((pybuf_view *[]){odd, (void *)stack}, 2), PYBUF_ERR_TYPE, "pybuf_exporter");

    pybuf_view_unref(odd);
    pybuf_view_unref(even);
    pybuf_view_unref(whole);
    pybuf_exporter_unref(stack);
    CHECK_EQUAL(released, 0);
    pybuf_view_unref(view);
    CHECK_EQUAL(released, 1);

    pybuf_exporter *constant = pybuf_bytes_new("abc", 3); /* a read-only row makes the whole so */
    pybuf_exporter *writable = pybuf_bytearray_new("def", 3);
    pybuf_view *mixed[2] = {pybuf_exporter_view(constant, NULL),
                            pybuf_exporter_view(writable, &(pybuf_want){.writable = 1})};
    stack = pybuf_exporter_stack(mixed, 2);
    CHECK_ERROR(!pybuf_exporter_view(stack, &(pybuf_want){.indirect = 1, .writable = 1}), PYBUF_ERR_BUFFER, "read-only");
    pybuf_view_unref(mixed[0]);
    pybuf_view_unref(mixed[1]);
    CHECK_ERROR(pybuf_array_clear(writable) < 0, PYBUF_ERR_BUFFER, "1 export"); /* the row's */
    pybuf_exporter_unref(stack);
    CHECK_EQUAL(pybuf_array_clear(writable), 0);
    pybuf_exporter_unref(writable);
    pybuf_exporter_unref(constant);
}

static void bad_input(void)
{
    int16_t *rows[HEIGHT] = {top, NULL, bottom};
    const Py_ssize_t shape[] = {3, 4}, strides[] = {POINTER, 2}, suboffsets[] = {0, -1}, shifted[] = {1, -1};
    const Py_ssize_t backwards[] = {POINTER, -2}, far[] = {POINTER, 3}, longer[] = {4, 4}, empty[] = {3, 0};
    const Py_ssize_t at_the_end[] = {-1, 0};
    atomic_int released = 0;
    pybuf_memory whole = {.size = sizeof rows, .format = "h", .ndim = 2, .shape = shape, .strides = strides,
                          .suboffsets = suboffsets, .pointed = 8};
    struct { pybuf_memory memory; const char *says; } bad[] = {
        {whole, "(1,) is NULL"}, {whole, "shape and strides"}, {whole, "strides"}, {whole, "outside the 8 bytes"},
        {whole, "outside the 8 bytes"}, {whole, "outside the 8 bytes"}, {whole, "outside the 7 bytes"},
        {whole, "outside"}, {whole, "no suboffsets"}, {whole, "pointed is -1"}, {whole, "suboffsets"},
    };
    bad[1].memory.shape = bad[1].memory.strides = NULL;
    bad[1].memory.ndim = 0;
    bad[2].memory.strides = NULL;
    bad[3].memory.suboffsets = shifted;
    bad[4].memory.strides = backwards;
    bad[5].memory.strides = far;
    bad[6].memory.pointed = 7;
    bad[7].memory.shape = longer;
    bad[8].memory.suboffsets = NULL;
    bad[9].memory.pointed = -1;
    bad[10].memory.allocate = 1;
    for (int i = 0; i < COUNT(bad); i++) {
        pybuf_memory memory = bad[i].memory;
        memory.buf = memory.allocate ? NULL : rows;
        memory.release = memory.allocate ? NULL : count_release;
        memory.context = &released;
        CHECK_ERROR(!pybuf_exporter_new(&memory), PYBUF_ERR_VALUE, bad[i].says);
    }
    CHECK_EQUAL(released, COUNT(bad) - 1);
    pybuf_memory memory = whole; /* where there is no item, no pointer is looked at */
    memory.buf = rows;
    memory.shape = empty;
    pybuf_exporter *nothing = pybuf_exporter_new(&memory);
    CHECK(nothing);
    pybuf_exporter_unref(nothing);
    memory.shape = shape; /* a pointer in the last dimension: items behind pointers of their own */
    memory.suboffsets = at_the_end;
    memory.pointed = 2;
    int16_t *table[3][4];
    for (int i = 0; i < 12; i++)
        table[i / 4][i % 4] = i < 4 ? &top[i] : &bottom[i % 4];
    memory.buf = table;
    memory.size = sizeof table;
    memory.strides = (dims){4 * POINTER, POINTER};
    pybuf_exporter *scattered = pybuf_exporter_new(&memory);
    pybuf_view *view = pybuf_exporter_view(scattered, NULL);
    CHECK_ITEMS(view, 0, 1, 2, 3, 20, 21, 22, 23, 20, 21, 22, 23);
    pybuf_view_unref(view);
    pybuf_exporter_unref(scattered);
}

/* A pointer that becomes NULL while it is lent is an error, not a crash. */
static void a_pointer_that_goes(void)
{
    int16_t *rows[HEIGHT] = {top, middle, bottom}, items[12], item = 0;
    pybuf_exporter *lent = image(rows);
    pybuf_view *view = pybuf_exporter_view(lent, NULL);
    rows[1] = NULL;
    CHECK_ERROR(pybuf_view_read_item(view, (dims){1, 0}, 2, &item, 2) < 0, PYBUF_ERR_BUFFER, "NULL");
    CHECK_ERROR(pybuf_view_copy_out(view, items, sizeof items, 'C') < 0, PYBUF_ERR_BUFFER, "NULL");
    CHECK_EQUAL(pybuf_view_read_item(view, (dims){2, 0}, 2, &item, 2), 0);
    CHECK_EQUAL(item, 20);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

int main(void)
{
    answers();
    views();
    two_levels();
    stacked();
    bad_input();
    a_pointer_that_goes();
    return checks_done("indirect");
}
