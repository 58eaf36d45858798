/* A smoke test for other architectures and systems: the main functions once, with
 * nothing but the C library. It says on which check it failed; 0 is success.
 *
 * cc -std=c11 -I include c_tests/cross_smoke.c libpybuf.a <native libraries>
 */
#include <pybuf.h>
#include <stdio.h>
#include <string.h>

static int failures;

static void check(int holds, const char *what, int line)
{
    if (holds)
        return;
    failures++;
    printf("cross_smoke.c:%d: %s (last error: %s)\n", line, what, pybuf_error_message());
}

#define CHECK(condition) check(!!(condition), #condition, __LINE__)

static void count(void *counter)
{
    ++*(int *)counter;
}

/* The struct is CPython's: pointers and sizes of a word, two ints between. */
static void struct_layout(void)
{
    const size_t word = sizeof(void *), ints = 2 * sizeof(int);
    CHECK(sizeof(Py_ssize_t) == word);
    CHECK(sizeof(Py_buffer) == 9 * word + ints);
    CHECK(offsetof(Py_buffer, len) == 2 * word);
    CHECK(offsetof(Py_buffer, format) == 4 * word + ints);
    CHECK(offsetof(Py_buffer, internal) == 8 * word + ints);
    CHECK(pybuf_abi_check(PYBUF_ABI) == 0);
}

static void lend_and_read(void)
{
    int32_t numbers[6] = {1, 2, 3, 4, 5, 6}, columns[6];
    int released = 0;
    Py_ssize_t shape[2] = {2, 3}, index[2] = {-1, 1};
    pybuf_memory memory = {.buf = numbers, .size = sizeof numbers, .format = "i", .ndim = 2, .shape = shape,
                           .release = count, .context = &released};
    pybuf_exporter *lent = pybuf_exporter_new(&memory);
    Py_buffer buffer;
    CHECK(pybuf_getbuffer(lent, &buffer, PyBUF_FULL) == 0);
    CHECK(buffer.buf == numbers && buffer.len == 24 && buffer.strides[0] == 12 && strcmp(buffer.format, "i") == 0);
    CHECK(pybuf_is_contiguous(&buffer, 'C') == 1 && pybuf_is_contiguous(&buffer, 'F') == 0);
    CHECK(pybuf_to_contiguous(columns, &buffer, 24, 'F') == 0);
    CHECK(memcmp(columns, (int32_t[]){1, 4, 2, 5, 3, 6}, sizeof columns) == 0);
    pybuf_release(&buffer);

    pybuf_want want = {.kind = "int32", .ndim = 2, .order = 'C'};
    pybuf_view *view = pybuf_exporter_view(lent, &want);
    pybuf_exporter_unref(lent);
    int32_t item = 0;
    CHECK(pybuf_view_read_item(view, index, 2, &item, sizeof item) == 0 && item == 5);
    pybuf_view *turned = pybuf_view_transpose(view, NULL, 0);
    pybuf_view *back = pybuf_view_slice(turned, 0, PYBUF_OPEN, PYBUF_OPEN, -2);
    CHECK(pybuf_view_copy_out(back, columns, 16, 'C') == 0);
    CHECK(memcmp(columns, (int32_t[]){3, 6, 1, 4}, 16) == 0);
    pybuf_view_unref(view);
    pybuf_view_unref(turned);
    CHECK(released == 0);
    pybuf_view_unref(back);
    CHECK(released == 1);
}

/* A number in the other byte order is told apart, on big-endian machines as on little-endian ones. */
static void byte_order(void)
{
    unsigned char bytes[8] = {0x3f, 0xf0, 0, 0, 0, 0, 0, 0}; /* 1.0, big-endian */
    const int big = *(const unsigned char *)&(uint16_t){0x0100};
    pybuf_memory memory = {.buf = bytes, .size = 8, .format = ">d"};
    pybuf_exporter *lent = pybuf_exporter_new(&memory);
    pybuf_want want = {.kind = "float64"};
    pybuf_view *view = pybuf_exporter_view(lent, &want);
    CHECK((view != NULL) == big);
    if (view)
        CHECK(*(double *)pybuf_view_data(view) == 1.0);
    else
        CHECK(strstr(pybuf_error_message(), "big-endian float64"));
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

static void overlap(void)
{
    char text[] = "abcdefgh";
    Py_ssize_t length[1] = {6}, one[1] = {1}, minus_one[1] = {-1};
    Py_buffer from = {.buf = text, .len = 6, .itemsize = 1, .ndim = 1, .shape = length, .strides = one};
    Py_buffer to = {.buf = text + 7, .len = 6, .itemsize = 1, .ndim = 1, .shape = length, .strides = minus_one};
    CHECK(pybuf_copy_data(&to, &from) == 0);
    CHECK(strcmp(text, "abfedcba") == 0);
}

/* An array of 16-bit numbers: in bytes, what a machine makes of them. */
static void growing(void)
{
    pybuf_exporter *array = pybuf_array_new("h", (int16_t[]){1, 2, 3}, 3);
    CHECK(pybuf_array_append(array, (int16_t[]){0x0405}, 1) == 0);
    CHECK(pybuf_array_delete(array, 0, 3, 2) == 0 && pybuf_array_len(array) == 2);
    int16_t item = 0;
    CHECK(pybuf_array_get(array, -1, &item, sizeof item) == 0 && item == 0x0405);
    Py_buffer buffer;
    CHECK(pybuf_getbuffer(array, &buffer, PyBUF_FULL_RO) == 0);
    CHECK(buffer.len == 4 && buffer.shape[0] == 2 && memcmp(buffer.buf, (int16_t[]){2, 0x0405}, 4) == 0);
    CHECK(pybuf_array_clear(array) < 0 && pybuf_error_code() == PYBUF_ERR_BUFFER);
    pybuf_release(&buffer);
    CHECK(pybuf_array_clear(array) == 0);
    pybuf_exporter_unref(array);
}

static void guarded(void)
{
    pybuf_memory memory = {.allocate = 1, .guarded = 1, .format = "q", .size = 32};
    pybuf_exporter *lent = pybuf_exporter_new(&memory);
    pybuf_want stable = {.stable = 1, .kind = "int64"}, alone = {.exclusive = 1, .writable = 1};
    pybuf_view *view = pybuf_exporter_view(lent, &stable);
    CHECK(view && *(int64_t *)pybuf_view_data(view) == 0);
    CHECK(!pybuf_exporter_view(lent, &alone) && strstr(pybuf_error_message(), "1 export is outstanding"));
    pybuf_view_unref(view);
    view = pybuf_exporter_view(lent, &alone);
    CHECK(view && !pybuf_exporter_view(lent, &stable));
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

static void indirect(void)
{
    char above[] = "above", below[] = "below", *rows[2] = {above, below}, text[11] = "";
    Py_ssize_t shape[2] = {2, 5}, strides[2] = {sizeof(char *), 1}, suboffsets[2] = {0, -1}, at[2] = {1, 2};
    pybuf_memory memory = {.buf = rows, .size = sizeof rows, .ndim = 2, .shape = shape, .strides = strides,
                           .suboffsets = suboffsets, .pointed = 5};
    pybuf_exporter *lent = pybuf_exporter_new(&memory);
    pybuf_view *view = pybuf_exporter_view(lent, NULL);
    CHECK(pybuf_view_pointer(view, at, 2) == below + 2);
    pybuf_view *back = pybuf_view_slice(view, 0, PYBUF_OPEN, PYBUF_OPEN, -1);
    CHECK(pybuf_view_copy_out(back, text, 10, 'C') == 0 && strcmp(text, "belowabove") == 0);
    pybuf_view_unref(back);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

static void errors(void)
{
    char byte;
    int released = 0;
    pybuf_memory memory = {.buf = &byte, .size = 1, .format = "no such", .release = count, .context = &released};
    CHECK(!pybuf_exporter_new(&memory) && released == 1);
    CHECK(pybuf_error_code() == PYBUF_ERR_VALUE && strstr(pybuf_error_message(), "no such"));
    pybuf_exporter *lent = pybuf_bytes_new("abc", 3);
    Py_buffer buffer;
    CHECK(pybuf_getbuffer(lent, &buffer, PyBUF_WRITABLE) < 0 && pybuf_error_code() == PYBUF_ERR_BUFFER);
    CHECK(!pybuf_python_object(lent) && pybuf_error_code() == PYBUF_ERR_RUNTIME);
}

int main(void)
{
    struct_layout();
    lend_and_read();
    byte_order();
    overlap();
    growing();
    guarded();
    indirect();
    errors();
    printf("cross_smoke: %d failures\n", failures);
    return failures != 0;
}
