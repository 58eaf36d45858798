/* Lending memory: every form of pybuf_memory, the two short ways to an exporter,
 * and a release callback that runs exactly once, whatever is dropped last.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/lend.c -lpybuf
 */
#include "check.h"

#define LENGTH(array) ((Py_ssize_t)(sizeof(array) / sizeof((array)[0])))

typedef Py_ssize_t dims[3];

/* What a full request is answered by `lent`. */
static Py_buffer full(pybuf_exporter *lent)
{
    Py_buffer view;
    CHECK(lent);
    CHECK_EQUAL(pybuf_getbuffer(lent, &view, PyBUF_FULL_RO), 0);
    CHECK(view.obj == NULL && view.internal != NULL && view.suboffsets == NULL);
    return view;
}

static void check_dims(const Py_buffer *view, int ndim, const Py_ssize_t *shape, const Py_ssize_t *strides)
{
    CHECK_EQUAL(view->ndim, ndim);
    for (int i = 0; i < ndim; i++) {
        CHECK_EQUAL(view->shape[i], shape[i]);
        CHECK_EQUAL(view->strides[i], strides[i]);
    }
}

/* Fields left out mean what a reader would guess. */
static void left_out(void)
{
    char bytes[10] = "nine bytes";
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){.buf = bytes, .size = 10});
    Py_buffer view = full(lent);
    CHECK(view.buf == bytes && pybuf_exporter_data(lent) == bytes);
    CHECK_EQUAL(view.len, 10);
    CHECK_EQUAL(view.itemsize, 1);
    CHECK_EQUAL(view.readonly, 0);
    CHECK(strcmp(view.format, "B") == 0);
    check_dims(&view, 1, (dims){10}, (dims){1});
    pybuf_release(&view);
    pybuf_exporter_unref(lent);
}

/* One dimension over all of the memory, in items of the format. */
static void typed(void)
{
    int16_t numbers[6] = {1, 2, 3, 4, 5, 6};
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){.buf = numbers, .size = sizeof numbers, .format = "h"});
    Py_buffer view = full(lent);
    CHECK_EQUAL(view.itemsize, 2);
    CHECK_EQUAL(view.len, 12);
    check_dims(&view, 1, (dims){6}, (dims){2});
    pybuf_release(&view);
    pybuf_exporter_unref(lent);
}

/* A format that is not a single code is kept as it is; the itemsize says how far items are apart. */
static void opaque_format(void)
{
    struct { int32_t a; double b; } rows[3] = {{1, 2}, {3, 4}, {5, 6}};
    char format[] = "T{i:a:4xd:b:}";
    pybuf_exporter *lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = rows, .size = sizeof rows, .format = format, .itemsize = sizeof rows[0]});
    format[0] = '?';
    Py_buffer view = full(lent);
    CHECK(strcmp(view.format, "T{i:a:4xd:b:}") == 0);
    CHECK_EQUAL(view.itemsize, sizeof rows[0]);
    CHECK_EQUAL(view.shape[0], 3);
    pybuf_release(&view);
    pybuf_exporter_unref(lent);
}

static void orders(void)
{
    int32_t numbers[6] = {0};
    pybuf_memory memory = {.buf = numbers, .size = sizeof numbers, .format = "i", .ndim = 2, .shape = (dims){2, 3}};
    static const struct { int32_t order; dims strides; } cases[] = {{0, {12, 4}}, {'C', {12, 4}}, {'F', {4, 8}}};
    for (int i = 0; i < LENGTH(cases); i++) {
        memory.order = cases[i].order;
        pybuf_exporter *lent = pybuf_exporter_new(&memory);
        Py_buffer view = full(lent);
        check_dims(&view, 2, (dims){2, 3}, cases[i].strides);
        CHECK_EQUAL(view.len, 24);
        pybuf_release(&view);
        pybuf_exporter_unref(lent);
    }
}

/* Layouts of 24 bytes that lie inside their memory, each with the offset of its item 0. */
static void layouts(void)
{
    static const struct { int ndim; dims shape, strides; Py_ssize_t offset, len; } cases[] = {
        {1, {12}, {2}, 0, 12},                  /* every second byte */
        {1, {24}, {-1}, 23, 24},                /* backwards */
        {2, {4, 5}, {6, 1}, 1, 20},             /* rows with a margin */
        {2, {4, 6}, {-6, 1}, 18, 24},           /* bottom up */
        {2, {4, 6}, {-6, -1}, 23, 24},          /* backwards in both */
        {2, {1000, 24}, {0, 1}, 0, 24000},      /* one row over and over */
        {3, {2, 3, 4}, {1, 2, 6}, 0, 24},       /* Fortran order */
        {3, {2, 3, 4}, {4, 8, 1}, 0, 24},       /* neither order */
        {3, {3, 0, 2}, {99, 99, 99}, 0, 0},     /* no item: strides lead nowhere */
        {3, {1, 24, 1}, {-77, 1, 1000}, 0, 24}, /* one item: its stride is never taken */
        {1, {0}, {1}, 24, 0},                   /* nothing, at the very end */
    };
    char bytes[24];
    for (int i = 0; i < LENGTH(cases); i++) {
        pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
            .buf = bytes, .size = sizeof bytes, .ndim = cases[i].ndim, .shape = cases[i].shape,
            .strides = cases[i].strides, .offset = cases[i].offset});
        Py_buffer view = full(lent);
        CHECK(view.buf == bytes + cases[i].offset && pybuf_exporter_data(lent) == view.buf);
        CHECK_EQUAL(view.len, cases[i].len);
        check_dims(&view, cases[i].ndim, cases[i].shape, cases[i].strides);
        pybuf_release(&view);
        pybuf_exporter_unref(lent);
    }
}

static void zero_dimensions(void)
{
    double number = 2.5;
    pybuf_exporter *lent =
        pybuf_exporter_new(&(pybuf_memory){.buf = &number, .size = sizeof number, .format = "d", .ndim = -1});
    Py_buffer view = full(lent);
    CHECK_EQUAL(view.ndim, 0);
    CHECK(view.shape == NULL && view.strides == NULL);
    CHECK_EQUAL(view.len, 8);
    CHECK(view.buf == &number);
    pybuf_release(&view);
    pybuf_exporter_unref(lent);
}

static void read_only(void)
{
    static const char text[] = "constant";
    pybuf_exporter *lent =
        pybuf_exporter_new(&(pybuf_memory){.buf = (void *)(uintptr_t)text, .size = 8, .readonly = 1});
    Py_buffer view = full(lent);
    CHECK_EQUAL(view.readonly, 1);
    pybuf_release(&view);
    CHECK_ERROR(pybuf_getbuffer(lent, &view, PyBUF_WRITABLE) < 0, PYBUF_ERR_BUFFER, "writable");
    pybuf_exporter_unref(lent);
}

/* Shape, strides and format belong to the exporter once it is made. */
static void copied(void)
{
    char bytes[24] = {0};
    char format[] = "B";
    dims shape = {4, 6}, strides = {6, 1};
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = bytes, .size = 24, .format = format, .ndim = 2, .shape = shape, .strides = strides});
    shape[0] = strides[0] = -1;
    format[0] = 'd';
    Py_buffer view = full(lent);
    check_dims(&view, 2, (dims){4, 6}, (dims){6, 1});
    CHECK(strcmp(view.format, "B") == 0);
    pybuf_release(&view);
    pybuf_exporter_unref(lent);
}

/* Drops the handle (0) and two exports (1, 2) in the order that `order` says. */
static void drop_in_order(const int order[3], int through_release)
{
    char bytes[4] = "abc";
    atomic_int released = 0;
    Py_buffer views[2];
    pybuf_exporter *lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = bytes, .size = 4, .release = count_release, .context = &released});
    CHECK(lent);
    CHECK_EQUAL(pybuf_getbuffer(lent, &views[0], PyBUF_SIMPLE), 0);
    CHECK_EQUAL(pybuf_getbuffer(lent, &views[1], PyBUF_FULL), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(released, 0);
        if (order[i] == 0)
            pybuf_exporter_unref(lent);
        else if (through_release)
            pybuf_release(&views[order[i] - 1]);
        else
            pybuf_releasebuffer(lent, &views[order[i] - 1]);
    }
    CHECK_EQUAL(released, 1);
    pybuf_release(&views[0]);
    pybuf_release(&views[1]);
    CHECK_EQUAL(released, 1);
}

static void released_once(void)
{
    static const int orders_of_three[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int i = 0; i < LENGTH(orders_of_three); i++)
        drop_in_order(orders_of_three[i], 1);
    /* pybuf_releasebuffer needs the handle: last of all */
    drop_in_order((const int[3]){1, 2, 0}, 0);
    drop_in_order((const int[3]){2, 1, 0}, 0);
}

static void references(void)
{
    char bytes[4];
    atomic_int released = 0;
    pybuf_exporter *lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = bytes, .size = 4, .release = count_release, .context = &released});
    CHECK(pybuf_exporter_ref(lent) == lent);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(released, 0);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(released, 1);
    pybuf_exporter_unref(NULL);
    pybuf_release(NULL);
}

/* An exporter that cannot be made has consumed its context all the same. */
static void failure_releases(void)
{
    char bytes[4];
    const pybuf_memory bad[] = {
        {.size = -1}, {.size = 4, .ndim = 1, .shape = (Py_ssize_t[]){-1}}, {.size = 4, .format = "no such format"},
        {.size = 4, .ndim = 1, .shape = (Py_ssize_t[]){5}}, {.size = 4, .reserved = {0, 1}}, {.size = 4, .order = 'X'},
    };
    for (int i = 0; i < LENGTH(bad); i++) {
        atomic_int released = 0;
        pybuf_memory memory = bad[i];
        memory.buf = bytes;
        memory.release = count_release;
        memory.context = &released;
        CHECK(!pybuf_exporter_new(&memory));
        CHECK_EQUAL(released, 1);
    }
}

/* No lock is held while a callback runs: it may use the library, and drop what drops the next. */
static void drop_next(void *next)
{
    pybuf_exporter *own = pybuf_bytes_new("own", 3);
    Py_buffer view;
    CHECK_EQUAL(pybuf_getbuffer(own, &view, PyBUF_SIMPLE), 0);
    CHECK_ERROR(pybuf_getbuffer(own, &(Py_buffer){.len = 0}, PyBUF_WRITABLE) < 0, PYBUF_ERR_BUFFER, "writable");
    pybuf_exporter_unref(own);
    pybuf_release(&view);
    pybuf_exporter_unref(next);
}

static void callbacks_may_call(void)
{
    char bytes[4];
    atomic_int released = 0;
    pybuf_exporter *lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = bytes, .size = 4, .release = count_release, .context = &released});
    for (int i = 0; i < 100; i++)
        lent = pybuf_exporter_new(&(pybuf_memory){.buf = bytes, .size = 4, .release = drop_next, .context = lent});
    CHECK(lent);
    CHECK_EQUAL(released, 0);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(released, 1);
}

static void bytes_copied(void)
{
    char source[5] = "abcd";
    pybuf_exporter *lent = pybuf_bytes_new(source, 4);
    source[0] = 'x';
    Py_buffer view = full(lent);
    CHECK(view.buf != source && memcmp(view.buf, "abcd", 4) == 0);
    CHECK_EQUAL(view.readonly, 1);
    CHECK(strcmp(view.format, "B") == 0);
    check_dims(&view, 1, (dims){4}, (dims){1});
    pybuf_exporter_unref(lent);
    CHECK(memcmp(view.buf, "abcd", 4) == 0); /* the export keeps it */
    pybuf_release(&view);

    lent = pybuf_bytes_new(NULL, 3);
    view = full(lent);
    CHECK(memcmp(view.buf, "\0\0\0", 3) == 0);
    pybuf_release(&view);
    pybuf_exporter_unref(lent);

    lent = pybuf_bytes_new(NULL, 0);
    view = full(lent);
    CHECK_EQUAL(view.len, 0);
    CHECK(view.buf != NULL);
    pybuf_release(&view);
    pybuf_exporter_unref(lent);
}

static void ndarrays(void)
{
    static const struct { char order; dims strides; } cases[] = {{0, {32, 8}}, {'C', {32, 8}}, {'F', {8, 24}}};
    for (int i = 0; i < LENGTH(cases); i++) {
        pybuf_exporter *lent = pybuf_ndarray_new(2, (dims){3, 4}, "d", 0, cases[i].order);
        Py_buffer view = full(lent);
        check_dims(&view, 2, (dims){3, 4}, cases[i].strides);
        CHECK_EQUAL(view.readonly, 0);
        CHECK_EQUAL(view.len, 96);
        CHECK(strcmp(view.format, "d") == 0);
        CHECK((uintptr_t)view.buf % sizeof(double) == 0);
        for (int item = 0; item < 12; item++)
            CHECK(((double *)view.buf)[item] == 0.0);
        pybuf_release(&view);
        pybuf_exporter_unref(lent);
    }
    pybuf_exporter *pairs = pybuf_ndarray_new(1, (dims){5}, "T{b:a:h:b:}", 4, 0);
    Py_buffer view = full(pairs);
    CHECK_EQUAL(view.itemsize, 4);
    CHECK_EQUAL(view.len, 20);
    pybuf_release(&view);
    pybuf_exporter_unref(pairs);
}

int main(void)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", PYBUF_VERSION_MAJOR, PYBUF_VERSION_MINOR, PYBUF_VERSION_PATCH);
    CHECK(strcmp(pybuf_version(), version) == 0);
    CHECK_EQUAL(pybuf_abi_check(PYBUF_ABI), 0);
    left_out();
    typed();
    opaque_format();
    orders();
    layouts();
    zero_dimensions();
    read_only();
    copied();
    released_once();
    references();
    failure_releases();
    callbacks_may_call();
    bytes_copied();
    ndarrays();
    return checks_done("lend");
}
