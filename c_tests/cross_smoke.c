/* A smoke test for other architectures and systems: the main functions once, with
 * nothing but the C library. It says on which check it failed; 0 is success.
 *
 * cc -std=c11 -I include c_tests/cross_smoke.c libpybuf.a <native libraries>
 */
#include <pybuf.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

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

/* A letter of a native format is this type of the C compiler's, in size and in a struct. */
static void letter_is(const char *letter, size_t size, size_t alignment, int line)
{
    char behind_a_byte[8] = "b";
    pybuf_format *format = pybuf_format_new(letter, PYBUF_PEP3118);
    pybuf_format *placed = pybuf_format_new(strcat(behind_a_byte, letter), PYBUF_PEP3118);
    check(pybuf_format_itemsize(format) == (Py_ssize_t)size, letter, line);
    check(pybuf_format_alignment(format) == (Py_ssize_t)alignment, letter, line);
    check(pybuf_format_itemsize(placed) == (Py_ssize_t)(alignment + size), letter, line);
    pybuf_format_unref(placed);
    pybuf_format_unref(format);
}

#define LETTER_IS(letter, type)                                                       \
    do {                                                                              \
        struct placed {                                                               \
            char before;                                                              \
            type it;                                                                  \
        };                                                                            \
        letter_is(letter, sizeof(type), offsetof(struct placed, it), __LINE__);       \
    } while (0)

static void letters(void)
{
    LETTER_IS("?", _Bool);
    LETTER_IS("b", signed char);
    LETTER_IS("h", short);
    LETTER_IS("i", int);
    LETTER_IS("l", long);
    LETTER_IS("L", unsigned long);
    LETTER_IS("q", long long);
    LETTER_IS("Q", unsigned long long);
    LETTER_IS("n", Py_ssize_t);
    LETTER_IS("N", size_t);
    LETTER_IS("P", void *);
    LETTER_IS("e", uint16_t);
    LETTER_IS("f", float);
    LETTER_IS("d", double);
    LETTER_IS("g", long double);
    LETTER_IS("Zf", float _Complex);
    LETTER_IS("Zd", double _Complex);
    LETTER_IS("Zg", long double _Complex);
    LETTER_IS("w", uint32_t);
    LETTER_IS("&i", int *);
    pybuf_format *character = pybuf_format_new("<u", PYBUF_CTYPES);
    CHECK(pybuf_format_itemsize(character) == sizeof(wchar_t));
    pybuf_format_unref(character);
}

/* A struct in native order lies as the compiler lays it out. */
static void struct_of_c(void)
{
    struct mixed {
        char a;
        long long b;
        short c;
        long double d;
        char e[3];
        void *f;
        double g;
        char h;
    };
    static const Py_ssize_t offsets[] = {
        offsetof(struct mixed, a), offsetof(struct mixed, b), offsetof(struct mixed, c), offsetof(struct mixed, d),
        offsetof(struct mixed, e), offsetof(struct mixed, f), offsetof(struct mixed, g), offsetof(struct mixed, h),
    };
    pybuf_format *format = pybuf_format_new("T{b:a:q:b:h:c:g:d:3s:e:P:f:d:g:b:h:}", PYBUF_PEP3118);
    const pybuf_field *root = pybuf_format_root(format);
    CHECK(root && root->count == 8);
    for (int i = 0; root && i < root->count; i++)
        CHECK(root->fields[i].offset == offsets[i]);
    CHECK(pybuf_format_itemsize(format) == sizeof(struct mixed));
    CHECK(pybuf_format_alignment(format) == _Alignof(struct mixed));
    CHECK(pybuf_format_c_difference(format, NULL, 0) == 0);
    pybuf_format_unref(format);
}

/* The bytes of one number, by a format. */
static void packs_as(const char *text, pybuf_value value, const void *bytes, Py_ssize_t size, int line)
{
    unsigned char item[16] = {0};
    pybuf_format *format = pybuf_format_new(text, PYBUF_PEP3118);
    check(pybuf_format_pack(format, &value, item, size) == 0 && memcmp(item, bytes, (size_t)size) == 0, text, line);
    pybuf_format_unref(format);
}

static void byte_orders(void)
{
    const pybuf_value number = {.kind = PYBUF_VALUE_SIGNED, .as.integer = 0x01020304};
    const pybuf_value one = {.kind = PYBUF_VALUE_FLOAT, .as.real = {1.0}};
    const int32_t native = 0x01020304;
    const double native_one = 1.0;
    packs_as(">i", number, "\1\2\3\4", 4, __LINE__);
    packs_as("<i", number, "\4\3\2\1", 4, __LINE__);
    packs_as("i", number, &native, 4, __LINE__);
    packs_as("=i", number, &native, 4, __LINE__);
    packs_as(">d", one, "\x3f\xf0\0\0\0\0\0\0", 8, __LINE__);
    packs_as("<d", one, "\0\0\0\0\0\0\xf0\x3f", 8, __LINE__);
    packs_as("d", one, &native_one, 8, __LINE__);
    packs_as(">e", one, "\x3c\0", 2, __LINE__);
}

/* A long double is the compiler's: to the nearest double, back exactly, and made of a double. */
static void long_doubles(void)
{
    const volatile long double one = 1, three = 3;
    const long double numbers[] = {one / three, -one / three * 1e-300L, 0x1p1000L, 0x1p-1074L, 0, -2.5L};
    pybuf_format *format = pybuf_format_new("g", PYBUF_PEP3118);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const long double nearest = (double)numbers[i];
        long double back = 99;
        pybuf_value value;
        CHECK(pybuf_format_unpack(format, &numbers[i], sizeof numbers[i], &value, 1) == 0);
        const int is_extended = value.kind == PYBUF_VALUE_EXTENDED;
        CHECK(is_extended == (sizeof(long double) > 8));
        CHECK((is_extended ? value.as.extended.nearest : value.as.real[0]) == (double)nearest);
        CHECK(pybuf_format_pack(format, &value, &back, sizeof back) == 0 && back == numbers[i]);
        value = (pybuf_value){.kind = PYBUF_VALUE_FLOAT, .as.real = {(double)nearest}};
        CHECK(pybuf_format_pack(format, &value, &back, sizeof back) == 0 && back == nearest);
    }
    pybuf_format_unref(format);
}

int main(void)
{
    struct_layout();
    letters();
    struct_of_c();
    byte_orders();
    long_doubles();
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
