/* Bytes in another order, and the same bytes everywhere: numbers swapped, from one memory to
 * another, in place and between views, as numbers or in structs; shuffles and their way back;
 * views filled with an item.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/bytes.c -lpybuf
 */
#include "check.h"

enum { COUNT = 100, LARGEST = 17, SIZE = COUNT * LARGEST };

typedef Py_ssize_t dims[3];

static unsigned char source[SIZE + 16], out[SIZE + 16], expected[SIZE + 16];

static void begin(void)
{
    for (size_t i = 0; i < sizeof source; i++)
        source[i] = (unsigned char)(i * 7 + i / 256);
    memset(out, '~', sizeof out);
    memset(expected, '~', sizeof expected);
}

static void swapped(Py_ssize_t itemsize, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++)
        for (Py_ssize_t b = 0; b < itemsize; b++)
            expected[i * itemsize + b] = source[i * itemsize + itemsize - 1 - b];
}

static void swaps(void)
{
    for (Py_ssize_t itemsize = 1; itemsize <= LARGEST; itemsize++)
        for (Py_ssize_t count = 0; count <= COUNT; count += 1 + count / 8) {
            begin();
            swapped(itemsize, count);
            CHECK_EQUAL(pybuf_byteswap(out, source, itemsize, count), 0);
            CHECK(memcmp(out, expected, sizeof out) == 0);
            CHECK_EQUAL(pybuf_byteswap(source, source, itemsize, count), 0);
            CHECK(memcmp(source, expected, (size_t)(itemsize * count)) == 0);
            begin();
            swapped(itemsize, count);
            CHECK_EQUAL(pybuf_byteswap(source + 3, source, itemsize, count), 0);
            CHECK(memcmp(source + 3, expected, (size_t)(itemsize * count)) == 0);
        }
    begin();
    CHECK_EQUAL(pybuf_byteswap(NULL, NULL, 4, 0), 0);
    CHECK_EQUAL(pybuf_byteswap(NULL, NULL, 0, 4), 0);
    CHECK_ERROR(pybuf_byteswap(NULL, source, 4, 1) < 0, PYBUF_ERR_VALUE, "dest is NULL");
    CHECK_ERROR(pybuf_byteswap(out, NULL, 4, 1) < 0, PYBUF_ERR_VALUE, "src is NULL");
    CHECK_ERROR(pybuf_byteswap(out, source, -4, 1) < 0, PYBUF_ERR_VALUE, "itemsize is -4");
    CHECK_ERROR(pybuf_byteswap(out, source, 4, -1) < 0, PYBUF_ERR_VALUE, "count is -1");
    CHECK_ERROR(pybuf_byteswap(out, source, 4, PTRDIFF_MAX) < 0, PYBUF_ERR_OVERFLOW, "");
    CHECK_EQUAL(out[0], '~');
}

static void shuffles(void)
{
    for (Py_ssize_t itemsize = 1; itemsize <= LARGEST; itemsize++)
        for (Py_ssize_t size = 0; size <= SIZE; size += 1 + size / 8) {
            Py_ssize_t count = size / itemsize;
            begin();
            for (Py_ssize_t i = 0; i < size; i++)
                expected[i < count * itemsize ? i % itemsize * count + i / itemsize : i] = source[i];
            CHECK_EQUAL(pybuf_shuffle(out, source, size, itemsize), 0);
            CHECK(memcmp(out, expected, sizeof out) == 0);
            CHECK_EQUAL(pybuf_unshuffle(out, out, size, itemsize), 0);
            CHECK(memcmp(out, source, (size_t)size) == 0);
        }
    begin();
    CHECK_EQUAL(pybuf_shuffle(NULL, NULL, 0, 4), 0);
    CHECK_EQUAL(pybuf_shuffle(out, source, 3, PTRDIFF_MAX), 0);
    CHECK(memcmp(out, source, 3) == 0 && out[3] == '~');
    CHECK_ERROR(pybuf_shuffle(NULL, source, 4, 2) < 0, PYBUF_ERR_VALUE, "dest is NULL");
    CHECK_ERROR(pybuf_unshuffle(out, NULL, 4, 2) < 0, PYBUF_ERR_VALUE, "src is NULL");
    CHECK_ERROR(pybuf_shuffle(out, source, -1, 2) < 0, PYBUF_ERR_VALUE, "size is -1");
    CHECK_ERROR(pybuf_unshuffle(out, source, 4, 0) < 0, PYBUF_ERR_VALUE, "itemsize is 0");
}

static pybuf_view *over(void *buf, Py_ssize_t size, const char *format, int32_t ndim, const Py_ssize_t *shape,
                        const Py_ssize_t *strides)
{
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = buf, .size = size, .format = format, .ndim = ndim, .shape = shape, .strides = strides});
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.writable = 1});
    CHECK(view);
    pybuf_exporter_unref(lent);
    return view;
}

/* A column of a table of big-endian numbers becomes a row of this machine's. */
static void views(void)
{
    unsigned char table[] = "\0\0\0\1--\0\0\0\2--\0\0\1\0--";
    uint32_t native[3] = {0};
    pybuf_view *column = over(table, 18, ">I", 1, (dims){3}, (dims){6});
    pybuf_view *row = over(native, sizeof native, "I", 1, (dims){3}, NULL);
    const int is_little = *(const unsigned char *)&(uint16_t){1};
    CHECK_EQUAL((is_little ? pybuf_view_copy_swapped(row, column, 0) : pybuf_view_copy(row, column)), 0);
    CHECK(native[0] == 1 && native[1] == 2 && native[2] == 256);
    CHECK_EQUAL(pybuf_view_equal(row, column), 1);

    CHECK_EQUAL(pybuf_view_copy_swapped(column, column, 0), 0);
    CHECK(memcmp(table, "\1\0\0\0--\2\0\0\0--\0\1\0\0--", 18) == 0);
    CHECK_EQUAL(pybuf_view_copy_swapped(column, column, 2), 0);
    CHECK(memcmp(table, "\0\1\0\0--\0\2\0\0--\1\0\0\0--", 18) == 0);
    CHECK_EQUAL(pybuf_view_copy_swapped(column, column, 1), 0);
    CHECK(memcmp(table, "\0\1\0\0--\0\2\0\0--\1\0\0\0--", 18) == 0);

    pybuf_exporter *constant = pybuf_bytes_new("abcd", 4);
    pybuf_view *readonly = pybuf_exporter_view(constant, NULL);
    pybuf_view *pair = over(native, sizeof native, "I", 1, (dims){2}, NULL);
    CHECK_ERROR(pybuf_view_copy_swapped(row, column, 3) < 0, PYBUF_ERR_VALUE, "numbers of 3 bytes");
    CHECK_ERROR(pybuf_view_copy_swapped(row, column, -1) < 0, PYBUF_ERR_VALUE, "number is -1");
    CHECK_ERROR(pybuf_view_copy_swapped(row, pair, 4) < 0, PYBUF_ERR_VALUE, "(2,)");
    CHECK_ERROR(pybuf_view_copy_swapped(readonly, readonly, 1) < 0, PYBUF_ERR_TYPE, "read-only");
    CHECK_ERROR(pybuf_view_copy_swapped(NULL, row, 4) < 0, PYBUF_ERR_TYPE, "NULL");
    CHECK_ERROR(pybuf_view_copy_swapped(row, NULL, 4) < 0, PYBUF_ERR_TYPE, "NULL");
    pybuf_view *all[] = {column, row, readonly, pair};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        pybuf_view_unref(all[i]);
    pybuf_exporter_unref(constant);
}

/* Structs of the other byte order, with members of several sizes. */
static void values(void)
{
    unsigned char points[] = "\0\1-\0\0\0\2-\0\3-\0\0\0\4-";
    unsigned char little[17] = "................", big[17] = "................";
    pybuf_view *from = over(points, 16, "T{>H:x:x>I:y:x}", 1, (dims){2}, NULL);
    pybuf_view *turned = over(little, 16, "T{<H:x:x<I:y:x}", 1, (dims){2}, NULL);
    pybuf_view *same = over(big, 16, "T{>H:x:x>I:y:x}", 1, (dims){2}, NULL);
    CHECK_EQUAL(pybuf_view_copy_values(turned, from), 0);
    CHECK(memcmp(little, "\1\0", 2) == 0 && memcmp(little + 3, "\2\0\0\0", 4) == 0);
    CHECK(memcmp(little + 8, "\3\0", 2) == 0 && memcmp(little + 11, "\4\0\0\0", 4) == 0);
    CHECK_EQUAL(pybuf_view_equal(turned, from), 1);
    CHECK_EQUAL(pybuf_view_copy_values(same, turned), 0);
    CHECK_EQUAL(pybuf_view_equal(same, from), 1);

    /* In place: the two views have the same memory. */
    pybuf_view *away = over(points, 16, "T{<H:x:x<I:y:x}", 1, (dims){2}, NULL);
    CHECK_EQUAL(pybuf_view_copy_values(away, from), 0);
    CHECK_EQUAL(pybuf_view_equal(away, turned), 1);

    uint32_t numbers[4] = {7, 7, 7, 7};
    pybuf_view *pair = over(numbers, 16, "Q", 1, (dims){2}, NULL);
    pybuf_view *four = over(numbers, 16, "I", 1, (dims){4}, NULL);
    pybuf_view *floats = over(points, 16, "f", 1, (dims){4}, NULL);
    CHECK_ERROR(pybuf_view_copy_values(pair, from) < 0, PYBUF_ERR_VALUE, "formats must mean the same");
    CHECK_ERROR(pybuf_view_copy_values(four, floats) < 0, PYBUF_ERR_VALUE, "formats must mean the same");
    pybuf_view *half = over(numbers, 8, "I", 1, (dims){2}, NULL);
    CHECK_ERROR(pybuf_view_copy_values(half, four) < 0, PYBUF_ERR_VALUE, "(2,)");
    CHECK(numbers[0] == 7 && numbers[3] == 7);
    pybuf_view *readonly = pybuf_view_to_readonly(four);
    CHECK_ERROR(pybuf_view_copy_values(readonly, four) < 0, PYBUF_ERR_TYPE, "read-only");
    pybuf_view *all[] = {from, turned, same, away, pair, four, floats, half, readonly};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        pybuf_view_unref(all[i]);
}

static void fills(void)
{
    char bytes[] = "abcdefghijkl";
    pybuf_view *view = over(bytes, 12, "3s", 2, (dims){2, 1}, (dims){6, 3});
    CHECK_EQUAL(pybuf_view_fill(view, "xyz", 3), 0);
    CHECK(strcmp(bytes, "xyzdefxyzjkl") == 0);
    CHECK_EQUAL(pybuf_view_fill(view, bytes + 1, 3), 0); /* across items of its own */
    CHECK(strcmp(bytes, "yzddefyzdjkl") == 0);
    CHECK_ERROR(pybuf_view_fill(view, "xyz", 2) < 0, PYBUF_ERR_VALUE, "3");
    CHECK_ERROR(pybuf_view_fill(view, NULL, 3) < 0, PYBUF_ERR_VALUE, "item is NULL");
    CHECK_ERROR(pybuf_view_fill(NULL, "xyz", 3) < 0, PYBUF_ERR_TYPE, "NULL");
    pybuf_view_unref(view);

    pybuf_exporter *constant = pybuf_bytes_new("abcd", 4);
    view = pybuf_exporter_view(constant, NULL);
    CHECK_ERROR(pybuf_view_fill(view, "x", 1) < 0, PYBUF_ERR_TYPE, "read-only");
    pybuf_view_unref(view);
    pybuf_exporter_unref(constant);

    char one[2][2] = {"ab", "cd"}, *rows[2] = {one[0], one[1]};
    Py_buffer filled = {.buf = rows, .len = 4, .itemsize = 1, .ndim = 2, .format = "B",
                        .shape = (Py_ssize_t[]){2, 2}, .strides = (Py_ssize_t[]){sizeof *rows, 1},
                        .suboffsets = (Py_ssize_t[]){0, -1}};
    view = pybuf_view_adopt(&filled);
    CHECK_EQUAL(pybuf_view_fill(view, "x", 1), 0);
    CHECK(memcmp(one, "xxxx", 4) == 0);
    rows[1] = NULL;
    CHECK_ERROR(pybuf_view_fill(view, "y", 1) < 0, PYBUF_ERR_BUFFER, "NULL");
    CHECK(memcmp(one, "xxxx", 4) == 0);
    pybuf_view_unref(view);
}

int main(void)
{
    swaps();
    shuffles();
    views();
    values();
    fills();
    return checks_done("bytes");
}
