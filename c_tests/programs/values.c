/* Values of items: unpacked and packed, one and many, nested, in both byte orders; and what
 * does not fit, in the words of Python's struct module.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/values.c -lpybuf
 */
#include "check.h"

#include <float.h>
#include <math.h>

#define COUNT(array) ((Py_ssize_t)(sizeof(array) / sizeof((array)[0])))

static const int32_t native = 1;
static int native_order(void) { return *(const char *)&native ? '<' : '>'; }

static pybuf_format *format_of(const char *text)
{
    pybuf_format *format = pybuf_format_new(text, PYBUF_PEP3118);
    check_case = text;
    CHECK(format);
    return format;
}

static pybuf_value integer(int64_t number)
{
    return (pybuf_value){.kind = PYBUF_VALUE_SIGNED, .as.integer = number};
}

static pybuf_value real(double number)
{
    return (pybuf_value){.kind = PYBUF_VALUE_FLOAT, .as.real = {number}};
}

static pybuf_value string(const char *bytes, Py_ssize_t size)
{
    return (pybuf_value){.kind = PYBUF_VALUE_BYTES, .size = size, .as.bytes = bytes};
}

static pybuf_value sequence(const pybuf_value *items, Py_ssize_t size)
{
    return (pybuf_value){.kind = PYBUF_VALUE_SEQUENCE, .size = size, .as.items = items};
}

/* Unpacks one item of a single value; packs it again, into the same bytes. */
static pybuf_value there_and_back(const char *text, const void *item, Py_ssize_t size)
{
    pybuf_format *format = format_of(text);
    pybuf_value value;
    unsigned char again[64];
    CHECK_EQUAL(pybuf_format_values(format), 1);
    CHECK_EQUAL(pybuf_format_itemsize(format), size);
    CHECK_EQUAL(pybuf_format_unpack(format, item, size, &value, 1), 0);
    CHECK_EQUAL(pybuf_format_pack(format, &value, again, size), 0);
    CHECK(memcmp(item, again, (size_t)size) == 0);
    pybuf_format_unref(format);
    return value;
}

static void integers(void)
{
    static const struct {
        const char *text;
        unsigned char bytes[8];
        int size;
        int64_t number;
        int kind;
    } rows[] = {
        {"b", {0xff}, 1, -1, PYBUF_VALUE_SIGNED},
        {"B", {0xff}, 1, 255, PYBUF_VALUE_UNSIGNED},
        {"<h", {0xfe, 0xff}, 2, -2, PYBUF_VALUE_SIGNED},
        {">h", {0x12, 0x34}, 2, 0x1234, PYBUF_VALUE_SIGNED},
        {"<H", {0xfe, 0xff}, 2, 0xfffe, PYBUF_VALUE_UNSIGNED},
        {">i", {0xff, 0xff, 0xff, 0xfd}, 4, -3, PYBUF_VALUE_SIGNED},
        {"<i", {1, 2, 3, 4}, 4, 0x04030201, PYBUF_VALUE_SIGNED},
        {">I", {0xff, 0, 0, 1}, 4, 0xff000001, PYBUF_VALUE_UNSIGNED},
        {"<q", {0, 0, 0, 0, 0, 0, 0, 0x80}, 8, INT64_MIN, PYBUF_VALUE_SIGNED},
        {">Q", {0, 1, 2, 3, 4, 5, 6, 7}, 8, 0x01020304050607, PYBUF_VALUE_UNSIGNED},
        {"?", {1}, 1, 1, PYBUF_VALUE_BOOL},
        {"c", {'x'}, 1, 'x', PYBUF_VALUE_CHAR},
        {">u", {0x26, 0x3a}, 2, 0x263a, PYBUF_VALUE_UNICODE},
        {"<w", {0x0d, 0xf4, 1, 0}, 4, 0x1f40d, PYBUF_VALUE_UNICODE},
    };
    for (Py_ssize_t i = 0; i < COUNT(rows); i++) {
        pybuf_value value = there_and_back(rows[i].text, rows[i].bytes, rows[i].size);
        CHECK_EQUAL(value.kind, rows[i].kind);
        CHECK_EQUAL(value.as.integer, rows[i].number);
        CHECK(value.size == 0 && value.order == 0);
    }
}

static void floats(void)
{
    const unsigned char half[] = {0x3e, 0x00}, single[] = {0, 0, 0xc0, 0xbf}, both[] = {0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0};
    double number = -0.1;
    CHECK(there_and_back(">e", half, 2).as.real[0] == 1.5);
    CHECK(there_and_back("<f", single, 4).as.real[0] == -1.5);
    CHECK(there_and_back("d", &number, sizeof number).as.real[0] == -0.1);
    pybuf_value value = there_and_back(">Zf", both, 8);
    CHECK(value.kind == PYBUF_VALUE_COMPLEX && value.as.real[0] == 1 && value.as.real[1] == -2);
}

static void pointers(void)
{
    int target;
    void *address = &target;
    pybuf_value value = there_and_back("&i", &address, sizeof address);
    CHECK(value.kind == PYBUF_VALUE_UNSIGNED && (void *)(uintptr_t)value.as.natural == address);
    there_and_back("X{}", &address, sizeof address);

    pybuf_format *object = format_of("O");
    CHECK_EQUAL(pybuf_format_unpack(object, &address, sizeof address, &value, 1), 0);
    CHECK(value.kind == PYBUF_VALUE_OBJECT && (void *)(uintptr_t)value.as.natural == address);
    CHECK_ERROR(pybuf_format_pack(object, &value, &address, sizeof address) < 0, PYBUF_ERR_NOT_IMPLEMENTED, "objects");
    pybuf_format_unref(object);
}

static void bytes(void)
{
    const char item[] = "\3abcde";
    pybuf_value value = there_and_back("6s", item, 6);
    CHECK(value.kind == PYBUF_VALUE_BYTES && value.as.bytes == item && value.size == 6);
    const char short_one[] = "\3abc\0";
    value = there_and_back("5p", short_one, 5);
    CHECK(value.kind == PYBUF_VALUE_BYTES && value.as.bytes == short_one + 1 && value.size == 3);
    const unsigned char text[12] = {0, 0, 0, 'h', 0, 0, 0, 'i'};
    value = there_and_back(">3w", text, 12);
    CHECK(value.kind == PYBUF_VALUE_TEXT && value.as.bytes == text && value.size == 8 && value.order == '>');
}

/* What the compiler makes of a long double is what the library reads and writes. */
static void check_long_double(long double number)
{
    pybuf_format *format = format_of("g");
    pybuf_value value;
    long double back;
    CHECK_EQUAL(pybuf_format_itemsize(format), sizeof number);
    CHECK_EQUAL(pybuf_format_unpack(format, &number, sizeof number, &value, 1), 0);
    double nearest = sizeof number == sizeof(double) ? value.as.real[0] : value.as.extended.nearest;
    CHECK(nearest == (double)number && !signbit(nearest) == !signbit(number));
    if (sizeof number > sizeof(double)) {
        CHECK(value.kind == PYBUF_VALUE_EXTENDED && value.order == native_order());
        CHECK(value.as.extended.bytes == &number && value.size == (Py_ssize_t)sizeof number);
    }
    CHECK_EQUAL(pybuf_format_pack(format, &value, &back, sizeof back), 0);
    CHECK(back == number);
    value = real(nearest);
    CHECK_EQUAL(pybuf_format_pack(format, &value, &back, sizeof back), 0);
    CHECK(back == (long double)nearest);
    pybuf_format_unref(format);
}

static void long_doubles(void)
{
    const long double numbers[] = {
        0, -0.0L, 1, -1, 0.1L, 1.0L / 3, LDBL_MAX, -LDBL_MIN, LDBL_EPSILON, 1 + LDBL_EPSILON, DBL_MAX, DBL_MIN,
        (long double)DBL_MAX + (long double)DBL_MAX / 4, (long double)DBL_MIN / 3, 4.9406564584124654e-324L,
        2.4703282292062328e-324L, 7.4e-324L, 18446744073709551615.0L, HUGE_VALL, -HUGE_VALL,
    };
    for (Py_ssize_t i = 0; i < COUNT(numbers); i++)
        check_long_double(numbers[i]);
    /* Halfway between doubles, and a little to each side, at every exponent. */
    for (int power = -1080; power < 1030; power++)
        for (int tail = -1; tail <= 1; tail++)
            for (int odd = 0; odd < 2; odd++)
                check_long_double(ldexpl(1 + (odd + 0.5L) * DBL_EPSILON + tail * LDBL_EPSILON, power));
    pybuf_format *format = format_of("g");
    pybuf_value wrong = {.kind = PYBUF_VALUE_EXTENDED, .size = 3, .as.extended = {.bytes = "abc"}};
    unsigned char item[sizeof(long double)];
    CHECK_ERROR(pybuf_format_pack(format, &wrong, item, sizeof item) < 0, PYBUF_ERR_VALUE, "3 bytes");
    pybuf_format_unref(format);

    format = format_of("Zg");
    const long double parts[] = {0.1L, -2};
    long double back[2];
    pybuf_value value;
    CHECK_EQUAL(pybuf_format_unpack(format, parts, sizeof parts, &value, 1), 0);
    CHECK(value.kind == PYBUF_VALUE_COMPLEX && value.as.real[0] == (double)parts[0] && value.as.real[1] == -2);
    CHECK_EQUAL(pybuf_format_pack(format, &value, back, sizeof back), 0);
    CHECK(back[0] == (long double)(double)parts[0] && back[1] == -2);
    pybuf_format_unref(format);
}

/* A body as C lays it out. */
typedef struct body {
    char name[3];
    int32_t charge;
    double at[2][3];
    struct {
        int8_t x;
        int16_t y;
    } marks[2];
} body;

static const char body_text[] = "T{3s:name:i:charge:(2,3)d:at:(2)T{b:x:h:y:}:marks:}";

static body a_body(int number)
{
    body made;
    memset(&made, 0, sizeof made);
    memcpy(made.name, "sun", 3);
    made.charge = -number;
    made.at[1][2] = number + 0.5;
    made.marks[1].y = (int16_t)(number + 1);
    return made;
}

static void check_body(const pybuf_value *value, const body *from)
{
    CHECK(value->kind == PYBUF_VALUE_SEQUENCE && value->size == 4);
    const pybuf_value *members = value->as.items;
    CHECK(members[0].kind == PYBUF_VALUE_BYTES && members[0].as.bytes == from->name && members[0].size == 3);
    CHECK_EQUAL(members[1].as.integer, from->charge);
    CHECK(members[2].kind == PYBUF_VALUE_SEQUENCE && members[2].size == 2);
    for (int i = 0; i < 2; i++) {
        const pybuf_value *row = &members[2].as.items[i];
        CHECK(row->kind == PYBUF_VALUE_SEQUENCE && row->size == 3);
        for (int k = 0; k < 3; k++)
            CHECK(row->as.items[k].kind == PYBUF_VALUE_FLOAT && row->as.items[k].as.real[0] == from->at[i][k]);
        const pybuf_value *mark = &members[3].as.items[i];
        CHECK(mark->kind == PYBUF_VALUE_SEQUENCE && mark->size == 2);
        CHECK_EQUAL(mark->as.items[0].as.integer, from->marks[i].x);
        CHECK_EQUAL(mark->as.items[1].as.integer, from->marks[i].y);
    }
}

enum { BODY_VALUES = 1 + 4 + 2 + 6 + 2 + 4 };

static void nested(void)
{
    pybuf_format *format = format_of(body_text);
    body one = a_body(7), again;
    pybuf_value values[BODY_VALUES];
    CHECK_EQUAL(pybuf_format_itemsize(format), sizeof one);
    CHECK_EQUAL(pybuf_format_values(format), BODY_VALUES);
    CHECK_EQUAL(pybuf_format_unpack(format, &one, sizeof one, values, BODY_VALUES), 0);
    check_body(values, &one);
    memset(&again, 0xa5, sizeof again);
    CHECK_EQUAL(pybuf_format_pack(format, values, &again, sizeof again), 0);
    CHECK(memcmp(&one, &again, sizeof one) == 0); /* the bytes between are zero */

    /* Values that point into the item that they are packed as. */
    pybuf_format *pair = format_of("2s2s");
    char item[] = "abcd";
    pybuf_value swapped[] = {string(item + 2, 2), string(item, 2)}, both = sequence(swapped, 2);
    CHECK_EQUAL(pybuf_format_pack(pair, &both, item, 4), 0);
    CHECK(strcmp(item, "cdab") == 0);
    pybuf_format_unref(pair);
    pybuf_format_unref(format);
}

/* More than a block of items, with something between them, from either end. */
static void many(void)
{
    enum { ITEMS = 1000 };
    static struct {
        body item;
        char between[sizeof(double)];
    } bodies[ITEMS], again[ITEMS];
    static pybuf_value values[ITEMS * BODY_VALUES];
    pybuf_format *format = format_of(body_text);
    for (int i = 0; i < ITEMS; i++)
        bodies[i].item = a_body(i);
    Py_ssize_t stride = sizeof bodies[0];
    CHECK_EQUAL(pybuf_format_unpack_many(format, bodies, ITEMS, stride, values, COUNT(values)), 0);
    for (int i = 0; i < ITEMS; i++)
        check_body(&values[i * BODY_VALUES], &bodies[i].item);
    memset(again, 0xa5, sizeof again);
    CHECK_EQUAL(pybuf_format_pack_many(format, values, ITEMS, BODY_VALUES, again, stride), 0);
    for (int i = 0; i < ITEMS; i++) {
        CHECK(memcmp(&again[i].item, &bodies[i].item, sizeof(body)) == 0);
        CHECK_EQUAL((unsigned char)again[i].between[0], 0xa5);
    }
    CHECK_EQUAL(pybuf_format_unpack_many(format, &bodies[ITEMS - 1], ITEMS, -stride, values, COUNT(values)), 0);
    check_body(&values[0], &bodies[ITEMS - 1].item);
    check_body(&values[(ITEMS - 1) * BODY_VALUES], &bodies[0].item);

    /* One that does not fit: none is written. */
    memset(again, 0xa5, sizeof again);
    values[(ITEMS - 1) * BODY_VALUES + 2] = integer(1LL << 31);
    CHECK_ERROR(pybuf_format_pack_many(format, values, ITEMS, BODY_VALUES, again, stride) < 0, PYBUF_ERR_STRUCT,
                "'i' format requires -2147483648 <= number <= 2147483647: 2147483648 was given for 'charge', in item 999");
    for (size_t i = 0; i < sizeof again; i++)
        CHECK_EQUAL(((unsigned char *)again)[i], 0xa5);

    CHECK_ERROR(pybuf_format_unpack_many(format, bodies, ITEMS, stride, values, COUNT(values) - 1) < 0, PYBUF_ERR_VALUE,
                "room for");
    CHECK_ERROR(pybuf_format_unpack_many(format, bodies, -1, stride, values, COUNT(values)) < 0, PYBUF_ERR_VALUE, "-1");
    CHECK_ERROR(pybuf_format_unpack_many(format, bodies, PTRDIFF_MAX, stride, values, COUNT(values)) < 0,
                PYBUF_ERR_VALUE, "room for");
    CHECK_EQUAL(pybuf_format_unpack_many(format, NULL, 0, stride, NULL, 0), 0);
    CHECK_EQUAL(pybuf_format_pack_many(format, NULL, 0, 1, NULL, stride), 0);
    pybuf_format_unref(format);

    /* A value each, from both ends. */
    pybuf_format *big = format_of(">h");
    pybuf_value numbers[] = {integer(1), integer(-2), real(0), integer(3)};
    unsigned char packed[6];
    numbers[2].kind = PYBUF_VALUE_BOOL;
    CHECK_EQUAL(pybuf_format_pack_many(big, numbers + 3, 3, -1, packed + 4, -2), 0);
    CHECK(memcmp(packed, "\xff\xfe\0\0\0\3", 6) == 0);
    pybuf_format_unref(big);
}

/* What does not fit, in the words of struct; nothing is written then. */
static void misfits(void)
{
    const pybuf_value members[] = {integer(1), integer(2)}, bad[] = {integer(1), string("x", 1)};
    const struct {
        const char *text;
        pybuf_value value;
        int error;
        const char *words;
    } rows[] = {
        {"<h", integer(32768), PYBUF_ERR_STRUCT, "'h' format requires -32768 <= number <= 32767"},
        {">B", integer(-1), PYBUF_ERR_STRUCT, "'B' format requires 0 <= number <= 255"},
        {"<i", real(1), PYBUF_ERR_STRUCT, "required argument is not an integer"},
        {"<d", string("1", 1), PYBUF_ERR_STRUCT, "required argument is not a float"},
        {"<f", real(1e300), PYBUF_ERR_OVERFLOW, "float too large to pack with f format"},
        {"e", real(65520), PYBUF_ERR_OVERFLOW, "float too large to pack with e format"},
        {"c", string("ab", 2), PYBUF_ERR_STRUCT, "char format requires a bytes object of length 1"},
        {"3s", integer(1), PYBUF_ERR_STRUCT, "argument for 's' must be a bytes object"},
        {"3p", integer(1), PYBUF_ERR_STRUCT, "argument for 'p' must be a bytes object"},
        {"3i", sequence(members, 2), PYBUF_ERR_STRUCT, "pack expected 3 items for packing (got 2)"},
        {"ii", integer(1), PYBUF_ERR_STRUCT, "required argument is not a sequence"},
        {"T{i:a:i:b:}", sequence(bad, 2), PYBUF_ERR_STRUCT, "bytes was given for 'b'"},
        /* What is no value. */
        {"i", {.kind = 0}, PYBUF_ERR_VALUE, "kind 0"},
        {"i", {.kind = 13}, PYBUF_ERR_VALUE, "kind 13"},
        {"ii", sequence(NULL, 2), PYBUF_ERR_VALUE, "points at NULL"},
        {"ii", sequence(members, -2), PYBUF_ERR_VALUE, "size -2"},
        {"3s", string(NULL, 2), PYBUF_ERR_VALUE, "points at NULL"},
        {"3s", string("a", PTRDIFF_MIN), PYBUF_ERR_VALUE, "must be 0 or more"},
        {"3w", {.kind = PYBUF_VALUE_TEXT, .size = 3, .as.bytes = "abc"}, PYBUF_ERR_VALUE, "3 bytes"},
        {"3w", {.kind = PYBUF_VALUE_TEXT, .size = 4, .order = '=', .as.bytes = "abcd"}, PYBUF_ERR_VALUE, "order 61"},
        {"c", {.kind = PYBUF_VALUE_CHAR, .as.natural = 256}, PYBUF_ERR_VALUE, "256"},
        {"w", {.kind = PYBUF_VALUE_UNICODE, .as.natural = 1ULL << 32}, PYBUF_ERR_VALUE, "4294967296"},
        {"<u", {.kind = PYBUF_VALUE_UNICODE, .as.natural = 0x1f40d}, PYBUF_ERR_STRUCT, "U+1f40d does not fit 2 bytes"},
    };
    for (Py_ssize_t i = 0; i < COUNT(rows); i++) {
        unsigned char item[64];
        pybuf_format *format = format_of(rows[i].text);
        memset(item, 0xa5, sizeof item);
        CHECK_ERROR(pybuf_format_pack(format, &rows[i].value, item, pybuf_format_itemsize(format)) < 0, rows[i].error,
                    rows[i].words);
        for (size_t k = 0; k < sizeof item; k++)
            CHECK_EQUAL(item[k], 0xa5);
        pybuf_format_unref(format);
    }
}

/* Any layout: transposed, upside down, through pointers. */
static void views(void)
{
    int16_t rows[2][3] = {{1, 2, 3}, {4, 5, 6}}, expected[] = {6, 3, 5, 2, 4, 1};
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = rows, .size = sizeof rows, .format = "h", .ndim = 2, .shape = (Py_ssize_t[]){2, 3}});
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.writable = 1}), *turned = pybuf_view_transpose(view, NULL, 0);
    pybuf_view *slice = pybuf_view_slice(turned, 0, PYBUF_OPEN, PYBUF_OPEN, -1);
    pybuf_view *last = pybuf_view_slice(slice, 1, PYBUF_OPEN, PYBUF_OPEN, -1);
    pybuf_value values[6];
    CHECK_EQUAL(pybuf_view_unpack(last, values, 6), 0);
    for (int i = 0; i < 6; i++) {
        CHECK_EQUAL(values[i].as.integer, expected[i]);
        values[i].as.integer *= 10;
    }
    CHECK_EQUAL(pybuf_view_pack(last, values, 6, 1), 0);
    CHECK(rows[0][0] == 10 && rows[1][0] == 40 && rows[1][2] == 60);
    values[5].as.integer = 1 << 15;
    CHECK_ERROR(pybuf_view_pack(last, values, 6, 1) < 0, PYBUF_ERR_STRUCT, "in item 5");
    CHECK_ERROR(pybuf_view_pack(last, values, 5, 1) < 0, PYBUF_ERR_VALUE, "5 items for a view of 6");
    CHECK_ERROR(pybuf_view_unpack(last, values, 5) < 0, PYBUF_ERR_VALUE, "room for 5");

    pybuf_exporter *stack = pybuf_exporter_stack((pybuf_view *[]){view, view}, 2);
    pybuf_view *indirect = pybuf_exporter_view(stack, &(pybuf_want){.indirect = 1});
    pybuf_value all[12];
    CHECK_EQUAL(pybuf_view_unpack(indirect, all, 12), 0);
    for (int i = 0; i < 12; i++)
        CHECK_EQUAL(all[i].as.integer, 10 * (i % 6 + 1));
    CHECK_ERROR(pybuf_view_pack(indirect, all, 12, 1) < 0, PYBUF_ERR_TYPE, "read-only");

    /* Bytes point into the memory, and items without a meaning have no values. */
    pybuf_exporter *texts = pybuf_exporter_new(
        &(pybuf_memory){.buf = rows, .size = sizeof rows, .format = "6s", .ndim = 1, .shape = (Py_ssize_t[]){2}});
    pybuf_view *two = pybuf_exporter_view(texts, NULL);
    CHECK_EQUAL(pybuf_view_unpack(two, values, 2), 0);
    CHECK(values[0].as.bytes == rows[0] && values[1].as.bytes == rows[1]);
    Py_buffer strange = {.buf = rows, .len = sizeof rows, .itemsize = 6, .ndim = 1, .format = "T{y:a:}",
                         .shape = (Py_ssize_t[]){2}};
    pybuf_view *opaque = pybuf_view_adopt(&strange);
    CHECK_ERROR(pybuf_view_unpack(opaque, values, 2) < 0, PYBUF_ERR_NOT_IMPLEMENTED, "T{y:a:}");

    pybuf_view *views[] = {view, turned, slice, last, indirect, two, opaque};
    for (Py_ssize_t i = 0; i < COUNT(views); i++)
        pybuf_view_unref(views[i]);
    pybuf_exporter_unref(texts);
    pybuf_exporter_unref(stack);
    pybuf_exporter_unref(lent);
}

/* NULL is an error wherever it is not said to be none. */
static void nulls(void)
{
    pybuf_format *format = format_of("<i");
    pybuf_value value = integer(1);
    unsigned char item[4] = {0};
    CHECK_ERROR(pybuf_format_values(NULL) < 0, PYBUF_ERR_TYPE, "NULL");
    CHECK_ERROR(pybuf_format_unpack(NULL, item, 4, &value, 1) < 0, PYBUF_ERR_TYPE, "NULL");
    CHECK_ERROR(pybuf_format_unpack(format, NULL, 4, &value, 1) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_format_unpack(format, item, 4, NULL, 1) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_format_unpack(format, item, 3, &value, 1) < 0, PYBUF_ERR_VALUE, "3 bytes for an item of 4");
    CHECK_ERROR(pybuf_format_unpack(format, item, 4, &value, 0) < 0, PYBUF_ERR_VALUE, "room for 0");
    CHECK_ERROR(pybuf_format_unpack_many(NULL, item, 1, 4, &value, 1) < 0, PYBUF_ERR_TYPE, "NULL");
    CHECK_ERROR(pybuf_format_unpack_many(format, NULL, 1, 4, &value, 1) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_format_unpack_many(format, item, 1, 4, NULL, 1) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_format_pack(NULL, &value, item, 4) < 0, PYBUF_ERR_TYPE, "NULL");
    CHECK_ERROR(pybuf_format_pack(format, NULL, item, 4) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_format_pack(format, &value, NULL, 4) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_format_pack(format, &value, item, 5) < 0, PYBUF_ERR_VALUE, "5 bytes for an item of 4");
    CHECK_ERROR(pybuf_format_pack_many(NULL, &value, 1, 1, item, 4) < 0, PYBUF_ERR_TYPE, "NULL");
    CHECK_ERROR(pybuf_format_pack_many(format, NULL, 1, 1, item, 4) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_format_pack_many(format, &value, 1, 1, NULL, 4) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_format_pack_many(format, &value, PTRDIFF_MAX, 1, item, 4) < 0, PYBUF_ERR_OVERFLOW, "too many");
    CHECK_ERROR(pybuf_view_unpack(NULL, &value, 1) < 0, PYBUF_ERR_TYPE, "NULL");
    CHECK_ERROR(pybuf_view_pack(NULL, &value, 1, 1) < 0, PYBUF_ERR_TYPE, "NULL");
    pybuf_exporter *bytes = pybuf_bytes_new("a", 1);
    pybuf_view *view = pybuf_exporter_view(bytes, NULL);
    CHECK_ERROR(pybuf_view_unpack(view, NULL, 1) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_view_pack(view, NULL, 1, 1) < 0, PYBUF_ERR_VALUE, "NULL");
    pybuf_view_unref(view);
    pybuf_exporter_unref(bytes);
    pybuf_format_unref(format);
}

int main(void)
{
    integers();
    floats();
    pointers();
    bytes();
    long_doubles();
    nested();
    many();
    misfits();
    views();
    nulls();
    return checks_done("values");
}
