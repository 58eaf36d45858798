/* Memory that grows: every function of the ARRAYS chapter, with Python's lists as the
 * model, the rules under exports, bad input, and threads that all change one array.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/array.c -lpybuf -pthread
 */
// tsan: yes
#include "check.h"

#include <pthread.h>
#include <wchar.h>

#define OPEN PYBUF_OPEN
#define COUNT(array) ((Py_ssize_t)(sizeof(array) / sizeof((array)[0])))

static pybuf_exporter *ints(const int32_t *items, Py_ssize_t count)
{
    pybuf_exporter *array = pybuf_array_new("i", items, count);
    CHECK(array);
    return array;
}

/* The array has exactly these items. */
static void check_ints(pybuf_exporter *array, const int32_t *items, Py_ssize_t count)
{
    CHECK_EQUAL(pybuf_array_len(array), count);
    for (Py_ssize_t k = 0; k < count; k++) {
        int32_t item = -1;
        CHECK_EQUAL(pybuf_array_get(array, k, &item, sizeof item), 0);
        CHECK_EQUAL(item, items[k]);
    }
}

#define CHECK_INTS(array, ...) \
    check_ints(array, (const int32_t[]){__VA_ARGS__}, COUNT(((const int32_t[]){__VA_ARGS__})))

static void made(void)
{
    pybuf_exporter *bytes = pybuf_bytearray_new("bytes", 5);
    CHECK_EQUAL(pybuf_array_len(bytes), 5);
    CHECK(memcmp(pybuf_exporter_data(bytes), "bytes", 5) == 0);
    Py_buffer view;
    CHECK_EQUAL(pybuf_getbuffer(bytes, &view, PyBUF_FULL), 0);
    CHECK(view.len == 5 && view.ndim == 1 && view.itemsize == 1 && !view.readonly && strcmp(view.format, "B") == 0);
    pybuf_release(&view);
    pybuf_exporter_unref(bytes);

    bytes = pybuf_bytearray_new(NULL, 3);
    CHECK(memcmp(pybuf_exporter_data(bytes), "\0\0\0", 3) == 0);
    pybuf_exporter_unref(bytes);
    bytes = pybuf_bytearray_new(NULL, 0);
    CHECK_EQUAL(pybuf_array_len(bytes), 0);
    CHECK_EQUAL(pybuf_getbuffer(bytes, &view, PyBUF_FULL), 0);
    CHECK(view.len == 0 && view.buf != NULL);
    pybuf_release(&view);
    pybuf_exporter_unref(bytes);
}

/* Each typecode, its size, and the format that consumers see. */
static void typecodes(void)
{
    static const struct { const char *code; size_t size; } codes[] = {
        {"b", 1}, {"B", 1}, {"h", sizeof(short)}, {"H", sizeof(short)}, {"i", sizeof(int)}, {"I", sizeof(int)},
        {"l", sizeof(long)}, {"L", sizeof(long)}, {"q", sizeof(long long)}, {"Q", sizeof(long long)},
        {"f", sizeof(float)}, {"d", sizeof(double)}, {"w", 4}, {"?", 1}, {"c", 1}, {"e", 2}, {"n", sizeof(size_t)},
        {"N", sizeof(size_t)}, {"P", sizeof(void *)}, {"Zf", 2 * sizeof(float)}, {"Zd", 2 * sizeof(double)},
        {"@i", sizeof(int)},
    };
    for (int i = 0; i < COUNT(codes); i++) {
        pybuf_exporter *array = pybuf_array_new(codes[i].code, NULL, 3);
        Py_buffer view;
        CHECK_EQUAL(pybuf_getbuffer(array, &view, PyBUF_FULL), 0);
        CHECK_EQUAL(view.itemsize, codes[i].size);
        CHECK_EQUAL(view.len, 3 * codes[i].size);
        CHECK(strcmp(view.format, codes[i].code) == 0);
        CHECK((uintptr_t)view.buf % 16 == 0);
        pybuf_release(&view);
        pybuf_exporter_unref(array);
    }
    pybuf_exporter *text = pybuf_array_new("u", L"wide", 4);
    Py_buffer view;
    CHECK_EQUAL(pybuf_getbuffer(text, &view, PyBUF_FULL_RO), 0);
    CHECK_EQUAL(view.itemsize, sizeof(wchar_t));
    CHECK(strcmp(view.format, sizeof(wchar_t) == 4 ? "w" : "u") == 0);
    CHECK(memcmp(view.buf, L"wide", 4 * sizeof(wchar_t)) == 0);
    pybuf_release(&view);
    pybuf_exporter_unref(text);
    static const char *const bad[] = {"", "ii", "T{i:a:}", "3s", "x", "no such"};
    for (int i = 0; i < COUNT(bad); i++)
        CHECK_ERROR(!pybuf_array_new(bad[i], NULL, 0), PYBUF_ERR_VALUE, "single");
    static const uint16_t one = 1;
    const char *swapped = *(const unsigned char *)&one ? ">i" : "<i";
    CHECK_ERROR(!pybuf_array_new(swapped, NULL, 0), PYBUF_ERR_VALUE, "single native code");
}

static void items(void)
{
    pybuf_exporter *array = ints((int32_t[]){1, 2, 3}, 3);
    int32_t item = 0;
    CHECK_EQUAL(pybuf_array_get(array, -1, &item, sizeof item), 0);
    CHECK_EQUAL(item, 3);
    CHECK_EQUAL(pybuf_array_set(array, -3, &(int32_t){10}, sizeof item), 0);
    CHECK_EQUAL(pybuf_array_set(array, 1, &(int32_t){20}, sizeof item), 0);
    CHECK_INTS(array, 10, 20, 3);
    for (int i = 0; i < 4; i++) {
        const Py_ssize_t outside = (Py_ssize_t[]){3, -4, PTRDIFF_MAX, PTRDIFF_MIN}[i];
        CHECK_ERROR(pybuf_array_get(array, outside, &item, sizeof item) < 0, PYBUF_ERR_INDEX, "3 items");
        CHECK_ERROR(pybuf_array_set(array, outside, &item, sizeof item) < 0, PYBUF_ERR_INDEX, "3 items");
        CHECK_ERROR(pybuf_array_pop(array, outside, &item, sizeof item) < 0, PYBUF_ERR_INDEX, "3 items");
    }
    CHECK_EQUAL(pybuf_array_pop(array, 0, &item, sizeof item), 0);
    CHECK_EQUAL(item, 10);
    CHECK_EQUAL(pybuf_array_pop(array, -1, &item, sizeof item), 0);
    CHECK_EQUAL(item, 3);
    CHECK_INTS(array, 20);
    CHECK_EQUAL(pybuf_array_pop(array, -1, &item, sizeof item), 0);
    CHECK_EQUAL(item, 20);
    CHECK_ERROR(pybuf_array_pop(array, -1, &item, sizeof item) < 0, PYBUF_ERR_INDEX, "empty");
    CHECK_EQUAL(item, 20);
    pybuf_exporter_unref(array);
}

static void grown(void)
{
    pybuf_exporter *array = ints(NULL, 0);
    CHECK_EQUAL(pybuf_array_append(array, (int32_t[]){1, 2}, 2), 0);
    CHECK_EQUAL(pybuf_array_append(array, (int32_t[]){3}, 1), 0);
    CHECK_EQUAL(pybuf_array_append(array, NULL, 0), 0);
    CHECK_INTS(array, 1, 2, 3);
    CHECK_EQUAL(pybuf_array_insert(array, 1, (int32_t[]){7, 8}, 2), 0);
    CHECK_INTS(array, 1, 7, 8, 2, 3);
    CHECK_EQUAL(pybuf_array_insert(array, -1, (int32_t[]){9}, 1), 0);
    CHECK_INTS(array, 1, 7, 8, 2, 9, 3);
    CHECK_EQUAL(pybuf_array_insert(array, PTRDIFF_MIN, (int32_t[]){-1}, 1), 0);
    CHECK_EQUAL(pybuf_array_insert(array, PTRDIFF_MAX, (int32_t[]){-2}, 1), 0);
    CHECK_INTS(array, -1, 1, 7, 8, 2, 9, 3, -2);
    CHECK_EQUAL(pybuf_array_resize(array, 2), 0);
    CHECK_INTS(array, -1, 1);
    CHECK_EQUAL(pybuf_array_resize(array, 4), 0);
    CHECK_INTS(array, -1, 1, 0, 0);
    CHECK_EQUAL(pybuf_array_reverse(array), 0);
    CHECK_INTS(array, 0, 0, 1, -1);
    CHECK_EQUAL(pybuf_array_clear(array), 0);
    CHECK_EQUAL(pybuf_array_len(array), 0);
    CHECK_EQUAL(pybuf_array_reverse(array), 0);
    for (int32_t k = 0; k < 1000; k++)
        CHECK_EQUAL(pybuf_array_append(array, &k, 1), 0);
    for (int32_t k = 0; k < 1000; k++)
        CHECK_EQUAL(((int32_t *)pybuf_exporter_data(array))[k], k);
    pybuf_exporter_unref(array);
}

static void slices(void)
{
    static const int32_t digits[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    pybuf_exporter *array = ints(digits, 10);
    pybuf_exporter *part = pybuf_array_slice(array, 1, -1, 3);
    CHECK_INTS(part, 1, 4, 7);
    CHECK_EQUAL(pybuf_array_append(part, (int32_t[]){99}, 1), 0);
    CHECK_INTS(part, 1, 4, 7, 99);
    pybuf_exporter_unref(part);
    part = pybuf_array_slice(array, OPEN, 5, -2);
    CHECK_INTS(part, 9, 7);
    pybuf_exporter_unref(part);
    part = pybuf_array_slice(array, 7, 3, 1);
    CHECK_EQUAL(pybuf_array_len(part), 0);
    pybuf_exporter_unref(part);

    CHECK_EQUAL(pybuf_array_replace(array, 2, 8, 1, (int32_t[]){-1}, 1), 0); /* shorter */
    CHECK_INTS(array, 0, 1, -1, 8, 9);
    CHECK_EQUAL(pybuf_array_replace(array, -1, OPEN, 1, (int32_t[]){5, 6, 7}, 3), 0); /* longer */
    CHECK_INTS(array, 0, 1, -1, 8, 5, 6, 7);
    CHECK_EQUAL(pybuf_array_replace(array, OPEN, OPEN, -3, (int32_t[]){70, 80, 90}, 3), 0); /* as many */
    CHECK_INTS(array, 90, 1, -1, 80, 5, 6, 70);
    CHECK_ERROR(pybuf_array_replace(array, OPEN, OPEN, 2, (int32_t[]){1, 2, 3}, 3) < 0, PYBUF_ERR_VALUE,
                "attempt to assign 3 items to an extended slice of 4");
    CHECK_EQUAL(pybuf_array_replace(array, 5, 2, 1, (int32_t[]){4}, 1), 0); /* nothing: put in before its start */
    CHECK_INTS(array, 90, 1, -1, 80, 5, 4, 6, 70);
    CHECK_EQUAL(pybuf_array_replace(array, 1, OPEN, 2, NULL, 0), 0); /* none: taken out */
    CHECK_INTS(array, 90, -1, 5, 6);
    CHECK_EQUAL(pybuf_array_replace(array, 1, 3, 1, NULL, 0), 0);
    CHECK_INTS(array, 90, 6);

    CHECK_EQUAL(pybuf_array_clear(array), 0);
    CHECK_EQUAL(pybuf_array_append(array, digits, 10), 0);
    CHECK_EQUAL(pybuf_array_delete(array, 1, 3, 1), 0);
    CHECK_INTS(array, 0, 3, 4, 5, 6, 7, 8, 9);
    CHECK_EQUAL(pybuf_array_delete(array, -1, 2, -3), 0);
    CHECK_INTS(array, 0, 3, 4, 5, 7, 8);
    CHECK_EQUAL(pybuf_array_delete(array, 3, 1, 1), 0); /* nothing */
    CHECK_EQUAL(pybuf_array_delete(array, OPEN, OPEN, PTRDIFF_MIN), 0); /* the last one */
    CHECK_INTS(array, 0, 3, 4, 5, 7);
    CHECK_EQUAL(pybuf_array_delete(array, OPEN, OPEN, 1), 0);
    CHECK_EQUAL(pybuf_array_len(array), 0);
    CHECK_ERROR(!pybuf_array_slice(array, 0, 1, 0), PYBUF_ERR_VALUE, "step cannot be zero");
    CHECK_ERROR(pybuf_array_delete(array, 0, 1, 0) < 0, PYBUF_ERR_VALUE, "step cannot be zero");
    CHECK_ERROR(pybuf_array_replace(array, 0, 1, 0, NULL, 0) < 0, PYBUF_ERR_VALUE, "step cannot be zero");
    pybuf_exporter_unref(array);
}

/* Items of the array itself are as if they had been copied away first. */
static void own_items(void)
{
    pybuf_exporter *array = ints((int32_t[]){1, 2, 3, 4}, 4);
    CHECK_EQUAL(pybuf_array_append(array, pybuf_exporter_data(array), 4), 0);
    CHECK_INTS(array, 1, 2, 3, 4, 1, 2, 3, 4);
    const int32_t *own = pybuf_exporter_data(array);
    CHECK_EQUAL(pybuf_array_insert(array, 1, own + 2, 3), 0);
    CHECK_INTS(array, 1, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4);
    own = pybuf_exporter_data(array);
    CHECK_EQUAL(pybuf_array_replace(array, 0, 4, 1, own + 1, 4), 0);
    CHECK_INTS(array, 3, 4, 1, 2, 2, 3, 4, 1, 2, 3, 4);
    own = pybuf_exporter_data(array);
    CHECK_EQUAL(pybuf_array_replace(array, 3, OPEN, -1, own, 4), 0);
    CHECK_INTS(array, 2, 1, 4, 3, 2, 3, 4, 1, 2, 3, 4);
    own = pybuf_exporter_data(array);
    CHECK_EQUAL(pybuf_array_replace(array, 1, 9, 1, own + 8, 2), 0);
    CHECK_INTS(array, 2, 2, 3, 3, 4);
    own = pybuf_exporter_data(array);
    CHECK_EQUAL(pybuf_array_set(array, 0, own + 4, sizeof *own), 0);
    CHECK_INTS(array, 4, 2, 3, 3, 4);
    pybuf_exporter_unref(array);
}

static void check_fixed_now(pybuf_exporter *array, int code, const char *says)
{
    int32_t item = 5;
    CHECK_ERROR(pybuf_array_append(array, &item, 1) < 0, code, says);
    CHECK_ERROR(pybuf_array_insert(array, 0, &item, 1) < 0, code, says);
    CHECK_ERROR(pybuf_array_pop(array, 0, &item, sizeof item) < 0, code, says);
    CHECK_ERROR(pybuf_array_replace(array, 0, 2, 1, &item, 1) < 0, code, says);
    CHECK_ERROR(pybuf_array_delete(array, 0, 1, 1) < 0, code, says);
    CHECK_ERROR(pybuf_array_resize(array, 7) < 0, code, says);
    CHECK_ERROR(pybuf_array_clear(array) < 0, code, says);
}

/* Exports hold the size; what keeps it goes on. */
static void under_exports(void)
{
    pybuf_exporter *array = ints((int32_t[]){1, 2, 3}, 3);
    Py_buffer one, two;
    CHECK_EQUAL(pybuf_getbuffer(array, &one, PyBUF_FULL_RO), 0);
    CHECK_EQUAL(pybuf_getbuffer(array, &two, PyBUF_FULL), 0);
    check_fixed_now(array, PYBUF_ERR_BUFFER, "Existing exports of data: object cannot be re-sized: 2 exports are");
    CHECK_EQUAL(pybuf_array_set(array, 0, &(int32_t){7}, 4), 0);
    CHECK_EQUAL(pybuf_array_replace(array, 1, 3, 1, (int32_t[]){8, 9}, 2), 0);
    CHECK_EQUAL(pybuf_array_resize(array, 3), 0);
    CHECK_EQUAL(pybuf_array_append(array, NULL, 0), 0);
    CHECK_EQUAL(pybuf_array_reverse(array), 0);
    CHECK(memcmp(one.buf, (int32_t[]){9, 8, 7}, 12) == 0);
    pybuf_release(&two);
    CHECK_ERROR(pybuf_array_clear(array) < 0, PYBUF_ERR_BUFFER, "1 export is outstanding");
    pybuf_release(&one);

    pybuf_view *view = pybuf_exporter_view(array, NULL);
    pybuf_view *slice = pybuf_view_slice(view, 0, 0, 1, 1);
    pybuf_exporter *lent = pybuf_exporter_from_view(slice); /* keeps the export */
    pybuf_view_unref(view);
    pybuf_view_unref(slice);
    CHECK_ERROR(pybuf_array_clear(array) < 0, PYBUF_ERR_BUFFER, "1 export is outstanding");
    CHECK(pybuf_exporter_data(lent) == pybuf_exporter_data(array));
    pybuf_exporter_unref(lent);
    CHECK_ERROR(!pybuf_exporter_part(array, &(pybuf_memory){.size = 4}), PYBUF_ERR_NOT_IMPLEMENTED, "grows");

    CHECK_EQUAL(pybuf_getbuffer(array, &one, PyBUF_FULL_RO), 0);
    pybuf_exporter_unref(array); /* the export keeps the array */
    CHECK(memcmp(one.buf, (int32_t[]){9, 8, 7}, 12) == 0);
    pybuf_release(&one);
}

/* Stable: nothing is written. Exclusive: nothing is read either. */
static void under_stable_and_exclusive(void)
{
    pybuf_exporter *array = ints((int32_t[]){1, 2, 3}, 3);
    int32_t item = 0;
    pybuf_view *stable = pybuf_exporter_view(array, &(pybuf_want){.stable = 1});
    CHECK(stable);
    CHECK_ERROR(pybuf_array_set(array, 0, &item, 4) < 0, PYBUF_ERR_BUFFER, "1 stable export is outstanding");
    CHECK_ERROR(pybuf_array_reverse(array) < 0, PYBUF_ERR_BUFFER, "1 stable export is outstanding");
    check_fixed_now(array, PYBUF_ERR_BUFFER, "is outstanding");
    CHECK_INTS(array, 1, 2, 3);
    pybuf_exporter *copy = pybuf_array_slice(array, 0, 2, 1);
    CHECK_INTS(copy, 1, 2);
    pybuf_exporter_unref(copy);
    pybuf_view_unref(stable);

    pybuf_view *alone = pybuf_exporter_view(array, &(pybuf_want){.exclusive = 1, .writable = 1});
    CHECK(alone);
    CHECK_ERROR(pybuf_array_get(array, 0, &item, 4) < 0, PYBUF_ERR_BUFFER, "1 exclusive export is outstanding");
    CHECK_ERROR(pybuf_array_set(array, 0, &item, 4) < 0, PYBUF_ERR_BUFFER, "1 exclusive export is outstanding");
    CHECK_ERROR(!pybuf_array_slice(array, 0, 1, 1), PYBUF_ERR_BUFFER, "1 exclusive export is outstanding");
    check_fixed_now(array, PYBUF_ERR_BUFFER, "is outstanding");
    CHECK_EQUAL(pybuf_array_len(array), 3);
    pybuf_view_unref(alone);
    CHECK_EQUAL(pybuf_array_clear(array), 0);
    pybuf_exporter_unref(array);
}

static void bad_input(void)
{
    pybuf_exporter *array = ints((int32_t[]){1, 2, 3}, 3);
    int32_t item = 0;
    CHECK_ERROR(!pybuf_bytearray_new("x", -1), PYBUF_ERR_VALUE, "size is -1");
    CHECK_ERROR(!pybuf_array_new(NULL, NULL, 0), PYBUF_ERR_VALUE, "typecode is NULL");
    CHECK_ERROR(!pybuf_array_new("i", NULL, -1), PYBUF_ERR_VALUE, "count is -1");
    CHECK_ERROR(!pybuf_array_new("i", NULL, PTRDIFF_MAX), PYBUF_ERR_OVERFLOW, "fit");
    CHECK_ERROR(!pybuf_array_new("B", NULL, PTRDIFF_MAX), PYBUF_ERR_MEMORY, "memory");
    CHECK_ERROR(pybuf_array_resize(array, -1) < 0, PYBUF_ERR_VALUE, "count is -1");
    CHECK_ERROR(pybuf_array_resize(array, PTRDIFF_MAX) < 0, PYBUF_ERR_OVERFLOW, "address space");
    CHECK_ERROR(pybuf_array_resize(array, PTRDIFF_MAX / 4) < 0, PYBUF_ERR_MEMORY, "memory");
    CHECK_ERROR(pybuf_array_append(array, &item, -1) < 0, PYBUF_ERR_VALUE, "count is -1");
    CHECK_ERROR(pybuf_array_append(array, NULL, 1) < 0, PYBUF_ERR_VALUE, "items is NULL");
    CHECK_ERROR(pybuf_array_append(array, &item, PTRDIFF_MAX) < 0, PYBUF_ERR_OVERFLOW, "address space");
    CHECK_ERROR(pybuf_array_insert(array, 0, NULL, 1) < 0, PYBUF_ERR_VALUE, "items is NULL");
    CHECK_ERROR(pybuf_array_insert(array, 0, &item, -1) < 0, PYBUF_ERR_VALUE, "count is -1");
    CHECK_ERROR(pybuf_array_replace(array, 0, 1, 1, NULL, 1) < 0, PYBUF_ERR_VALUE, "items is NULL");
    CHECK_ERROR(pybuf_array_replace(array, 0, 1, 1, &item, -1) < 0, PYBUF_ERR_VALUE, "count is -1");
    for (int i = 0; i < 3; i++) {
        const Py_ssize_t size = (Py_ssize_t[]){3, 5, 0}[i];
        CHECK_ERROR(pybuf_array_get(array, 0, &item, size) < 0, PYBUF_ERR_VALUE, "for an item of 4");
        CHECK_ERROR(pybuf_array_set(array, 0, &item, size) < 0, PYBUF_ERR_VALUE, "for an item of 4");
        CHECK_ERROR(pybuf_array_pop(array, 0, &item, size) < 0, PYBUF_ERR_VALUE, "for an item of 4");
    }
    CHECK_ERROR(pybuf_array_get(array, 0, &item, -4) < 0, PYBUF_ERR_VALUE, "size is -4");
    CHECK_ERROR(pybuf_array_get(array, 0, NULL, 4) < 0, PYBUF_ERR_VALUE, "item is NULL");
    CHECK_ERROR(pybuf_array_set(array, 0, NULL, 4) < 0, PYBUF_ERR_VALUE, "item is NULL");
    CHECK_ERROR(pybuf_array_pop(array, 0, NULL, 4) < 0, PYBUF_ERR_VALUE, "item is NULL");
    CHECK_INTS(array, 1, 2, 3);
    pybuf_exporter_unref(array);
}

static void check_refused(pybuf_exporter *array, const char *says)
{
    int32_t item = 0;
    CHECK_ERROR(pybuf_array_len(array) < 0, PYBUF_ERR_TYPE, says);
    CHECK_ERROR(pybuf_array_get(array, 0, &item, 4) < 0, PYBUF_ERR_TYPE, says);
    CHECK_ERROR(pybuf_array_set(array, 0, &item, 4) < 0, PYBUF_ERR_TYPE, says);
    CHECK_ERROR(!pybuf_array_slice(array, 0, 1, 1), PYBUF_ERR_TYPE, says);
    CHECK_ERROR(pybuf_array_reverse(array) < 0, PYBUF_ERR_TYPE, says);
    check_fixed_now(array, PYBUF_ERR_TYPE, says);
}

/* Memory of fixed size, guarded or not, and what is no exporter. */
static void not_growing(void)
{
    pybuf_exporter *fixed = pybuf_bytes_new("four", 4);
    check_refused(fixed, "fixed size");
    pybuf_exporter *guarded = pybuf_exporter_new(&(pybuf_memory){.size = 4, .allocate = 1, .guarded = 1});
    check_refused(guarded, "fixed size");
    pybuf_view *view = pybuf_exporter_view(fixed, NULL);
    check_refused((void *)view, "this handle is a pybuf_view");
    check_refused(NULL, "not NULL");
    pybuf_view_unref(view);
    pybuf_exporter_unref(guarded);
    pybuf_exporter_unref(fixed);
}

enum { THREADS = 4, ROUNDS = 2000 };

/* Appends its number three times over, takes some items out, and looks at the array meanwhile: where there are
 * items, they always are in threes. */
static void *change(void *argument)
{
    pybuf_exporter *array = argument;
    for (int32_t round = 0; round < ROUNDS; round++) {
        const int32_t three[] = {round, round, round};
        pybuf_view *view;
        while (pybuf_array_append(array, three, 3) < 0)
            CHECK_EQUAL(pybuf_error_code(), PYBUF_ERR_BUFFER);
        while (pybuf_array_delete(array, 0, round % 2 ? 3 : 0, 1) < 0)
            CHECK_EQUAL(pybuf_error_code(), PYBUF_ERR_BUFFER);
        if (round % 8 == 0 && (view = pybuf_exporter_view(array, &(pybuf_want){.stable = 1}))) {
            const int32_t *items = pybuf_view_data(view);
            const Py_ssize_t count = pybuf_view_shape(view)[0];
            CHECK(count % 3 == 0);
            for (Py_ssize_t k = 0; k < count; k++)
                if (items[k] != items[k - k % 3])
                    CHECK(0);
            pybuf_view_unref(view);
        }
    }
    pybuf_exporter_unref(array);
    return NULL;
}

static void threads(void)
{
    pybuf_exporter *array = ints(NULL, 0);
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&thread[i], NULL, change, pybuf_exporter_ref(array)), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(thread[i], NULL), 0);
    CHECK_EQUAL(pybuf_array_len(array), 3 * THREADS * ROUNDS / 2);
    pybuf_exporter_unref(array);
}

int main(void)
{
    made();
    typecodes();
    items();
    grown();
    slices();
    own_items();
    under_exports();
    under_stable_and_exclusive();
    bad_input();
    not_growing();
    threads();
    return checks_done("array");
}
