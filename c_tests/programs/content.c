/* What views show: compared by value, searched, as hexadecimal text; and what is refused.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/content.c -lpybuf
 */
#include "check.h"

#include <math.h>

static pybuf_view *view_of(void *items, Py_ssize_t size, const char *format, Py_ssize_t length)
{
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = items, .size = size, .format = format, .ndim = 1, .shape = (Py_ssize_t[]){length}});
    pybuf_view *view = pybuf_exporter_view(lent, NULL);
    CHECK(view);
    pybuf_exporter_unref(lent);
    return view;
}

static pybuf_value integer(int64_t number)
{
    return (pybuf_value){.kind = PYBUF_VALUE_SIGNED, .as.integer = number};
}

static pybuf_value real(double number)
{
    return (pybuf_value){.kind = PYBUF_VALUE_FLOAT, .as.real = {number}};
}

typedef struct point {
    int32_t id;
    double at;
} point;

/* Every sort of number by value, and structs by their members. */
static void equality(void)
{
    int32_t integers[] = {1, -2, 3};
    int64_t large[] = {1, -2, 3}, other[] = {1, -2, 4};
    double reals[] = {1, -2, 3}, nans[] = {1, -2, NAN};
    point points[] = {{1, 1}, {-2, -2}, {3, 3}}, same[3];
    /* Padding is no value. */
    memset(same, 0xff, sizeof same);
    for (int i = 0; i < 3; i++) {
        same[i].id = points[i].id;
        same[i].at = points[i].at;
    }
    pybuf_view *views[] = {
        view_of(integers, sizeof integers, "@i", 3),     view_of(large, sizeof large, "@q", 3),
        view_of(reals, sizeof reals, "@d", 3),           view_of(other, sizeof other, "@q", 3),
        view_of(nans, sizeof nans, "@d", 3),             view_of(points, sizeof points, "T{@i:id:d:at:}", 3),
        view_of(same, sizeof same, "T{@i:n:d:x:}", 3),
    };
    static const int expected[7][7] = {
        {1, 1, 1, 0, 0, 0, 0}, {1, 1, 1, 0, 0, 0, 0}, {1, 1, 1, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0},
        {0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 1, 1}, {0, 0, 0, 0, 0, 1, 1},
    };
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < 7; j++)
            CHECK_EQUAL(pybuf_view_equal(views[i], views[j]), expected[i][j]);

    /* Any layout: both upside down, or one. */
    pybuf_view *down = pybuf_view_slice(views[0], 0, PYBUF_OPEN, PYBUF_OPEN, -1);
    pybuf_view *large_down = pybuf_view_slice(views[1], 0, PYBUF_OPEN, PYBUF_OPEN, -1);
    pybuf_view *two = pybuf_view_slice(views[0], 0, 0, 2, 1);
    CHECK_EQUAL(pybuf_view_equal(down, large_down), 1);
    CHECK_EQUAL(pybuf_view_equal(down, views[1]), 0);
    CHECK_EQUAL(pybuf_view_equal(views[0], two), 0);
    CHECK_ERROR(pybuf_view_equal(NULL, two) < 0, PYBUF_ERR_TYPE, "NULL");
    CHECK_ERROR(pybuf_view_equal(two, NULL) < 0, PYBUF_ERR_TYPE, "NULL");

    Py_buffer strange = {.buf = large, .len = sizeof large, .itemsize = 8, .ndim = 1, .format = "T{y:a:}",
                         .shape = (Py_ssize_t[]){3}};
    pybuf_view *opaque = pybuf_view_adopt(&strange);
    CHECK_ERROR(pybuf_view_equal(opaque, views[1]) < 0, PYBUF_ERR_NOT_IMPLEMENTED, "T{y:a:}");
    CHECK_ERROR(pybuf_view_equal(views[1], opaque) < 0, PYBUF_ERR_NOT_IMPLEMENTED, "T{y:a:}");
    CHECK_EQUAL(pybuf_view_equal(two, opaque), 0);

    pybuf_view *more[] = {down, large_down, two, opaque};
    for (int i = 0; i < 4; i++)
        pybuf_view_unref(more[i]);
    for (int i = 0; i < 7; i++)
        pybuf_view_unref(views[i]);
}

static void search(void)
{
    int16_t items[2][3] = {{1, 2, 3}, {2, 2, 300}};
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = items, .size = sizeof items, .format = "@h", .ndim = 2, .shape = (Py_ssize_t[]){2, 3}});
    pybuf_view *view = pybuf_exporter_view(lent, NULL), *turned = pybuf_view_transpose(view, NULL, 0);
    pybuf_value two = integer(2), large = integer(300), never = integer(1 << 20), half = real(2.5);
    pybuf_value as_real = real(2), text = {.kind = PYBUF_VALUE_BYTES, .size = 1, .as.bytes = "\2"};
    const struct {
        pybuf_view *view;
        const pybuf_value *value;
        Py_ssize_t start, stop, expected;
    } rows[] = {
        {view, &two, 0, PTRDIFF_MAX, 1},      {view, &two, 2, PTRDIFF_MAX, 3},   {view, &two, -2, PTRDIFF_MAX, 4},
        {view, &two, 2, 3, -1},               {view, &two, PTRDIFF_MIN, -4, 1},  {view, &as_real, 2, 6, 3},
        {view, &large, 0, PTRDIFF_MAX, 5},    {view, &large, 0, -1, -1},         {view, &never, 0, PTRDIFF_MAX, -1},
        {view, &half, 0, PTRDIFF_MAX, -1},    {view, &text, 0, PTRDIFF_MAX, -1}, {turned, &two, 0, PTRDIFF_MAX, 1},
        {turned, &large, 0, PTRDIFF_MAX, 5},  {turned, &two, 2, PTRDIFF_MAX, 2}, {view, &two, 9, 3, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Py_ssize_t index = -7;
        int found = pybuf_view_find(rows[i].view, rows[i].value, rows[i].start, rows[i].stop, &index);
        CHECK_EQUAL(found, rows[i].expected >= 0);
        CHECK_EQUAL(index, rows[i].expected >= 0 ? rows[i].expected : -7);
    }
    CHECK_EQUAL(pybuf_view_count(view, &two), 3);
    CHECK_EQUAL(pybuf_view_count(turned, &as_real), 3);
    CHECK_EQUAL(pybuf_view_count(view, &never), 0);

    Py_ssize_t index = 0;
    pybuf_value sequence = {.kind = PYBUF_VALUE_SEQUENCE, .size = 1, .as.items = &two}, unknown = {.kind = 99};
    CHECK_ERROR(pybuf_view_find(NULL, &two, 0, 1, &index) < 0, PYBUF_ERR_TYPE, "NULL");
    CHECK_ERROR(pybuf_view_find(view, NULL, 0, 1, &index) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_view_find(view, &two, 0, 1, NULL) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_view_find(view, &sequence, 0, 1, &index) < 0, PYBUF_ERR_VALUE, "a sequence of 1 values");
    CHECK_ERROR(pybuf_view_find(view, &unknown, 0, 1, &index) < 0, PYBUF_ERR_VALUE, "kind 99");
    CHECK_ERROR(pybuf_view_count(NULL, &two) < 0, PYBUF_ERR_TYPE, "NULL");
    CHECK_ERROR(pybuf_view_count(view, NULL) < 0, PYBUF_ERR_VALUE, "NULL");
    pybuf_view_unref(turned);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

static void hex(void)
{
    unsigned char bytes[] = {0xde, 0xad, 0xbe, 0xef, 0x01};
    pybuf_view *view = view_of(bytes, 5, "B", 5), *down = pybuf_view_slice(view, 0, PYBUF_OPEN, PYBUF_OPEN, -2);
    const struct {
        pybuf_view *view;
        char sep;
        Py_ssize_t group;
        const char *expected;
    } rows[] = {
        {view, 0, 0, "deadbeef01"},         {view, 0, 2, "deadbeef01"},      {view, ':', 0, "deadbeef01"},
        {view, ':', 1, "de:ad:be:ef:01"},   {view, ' ', 2, "de adbe ef01"},  {view, ' ', -2, "dead beef 01"},
        {view, '_', 5, "deadbeef01"},       {view, '_', PTRDIFF_MIN, "deadbeef01"},
        {down, '-', 1, "01-be-de"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[20];
        Py_ssize_t size = (Py_ssize_t)strlen(rows[i].expected);
        memset(text, '~', sizeof text);
        CHECK_EQUAL(pybuf_view_hex(rows[i].view, rows[i].sep, rows[i].group, NULL, 0), size);
        CHECK_ERROR(pybuf_view_hex(rows[i].view, rows[i].sep, rows[i].group, text, size - 1) < 0, PYBUF_ERR_VALUE,
                    "there is room for");
        CHECK(text[0] == '~');
        CHECK_EQUAL(pybuf_view_hex(rows[i].view, rows[i].sep, rows[i].group, text, sizeof text), size);
        CHECK(memcmp(text, rows[i].expected, (size_t)size) == 0 && text[size] == '~');
    }
    char text[20];
    CHECK_ERROR(pybuf_view_hex(view, (char)0xe9, 1, text, 20) < 0, PYBUF_ERR_VALUE, "ASCII");
    CHECK_ERROR(pybuf_view_hex(view, 0, 0, text, -1) < 0, PYBUF_ERR_VALUE, "-1");
    CHECK_ERROR(pybuf_view_hex(NULL, 0, 0, text, 20) < 0, PYBUF_ERR_TYPE, "NULL");
    pybuf_view_unref(down);
    pybuf_view_unref(view);
}

/* Through pointers; and where the second of them is NULL, nothing is written. */
static void pointers(void)
{
    unsigned char rows[2][2] = {{1, 2}, {3, 4}}, *table[2] = {rows[1], rows[0]};
    char text[20];
    Py_buffer filled = {.buf = table, .len = 4, .itemsize = 1, .ndim = 2, .format = "B",
                        .shape = (Py_ssize_t[]){2, 2}, .strides = (Py_ssize_t[]){sizeof *table, 1},
                        .suboffsets = (Py_ssize_t[]){0, -1}};
    pybuf_view *indirect = pybuf_view_adopt(&filled);
    CHECK_EQUAL(pybuf_view_hex(indirect, '-', 2, text, 20), 9);
    CHECK(memcmp(text, "0304-0102", 9) == 0);
    pybuf_value four = integer(4);
    Py_ssize_t index = -1;
    CHECK_EQUAL(pybuf_view_find(indirect, &four, 0, 4, &index), 1);
    CHECK_EQUAL(index, 1);
    CHECK_EQUAL(pybuf_view_equal(indirect, indirect), 1);
    table[1] = NULL;
    memset(text, '~', sizeof text);
    CHECK_ERROR(pybuf_view_hex(indirect, '-', 2, text, 20) < 0, PYBUF_ERR_BUFFER, "NULL");
    CHECK(text[0] == '~');
    CHECK_ERROR(pybuf_view_count(indirect, &four) < 0, PYBUF_ERR_BUFFER, "NULL");
    CHECK_ERROR(pybuf_view_equal(indirect, indirect) < 0, PYBUF_ERR_BUFFER, "NULL");
    pybuf_view_unref(indirect);
}

int main(void)
{
    equality();
    search();
    hex();
    pointers();
    return checks_done("content");
}
