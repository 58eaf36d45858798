/* Running out of memory is an error like any other: every allocation of every function
 * fails in turn, until the call needs no more. Each failure is PYBUF_ERR_MEMORY, and nothing
 * else comes of it: what was passed is as it was, what was lent is released once, nothing
 * leaks, and the same call then succeeds.
 *
 * Where malloc cannot be replaced (c_tests/failing_malloc.h) every call is made once.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/no_memory.c -lpybuf -ldl
 */
// build: libs -ldl
#include "check.h"
#include "failing_malloc.h"
#include "foreign.h"

#include <dlfcn.h>

enum { NDIM = 7, ITEMS = 50, ITEM = 32, SIZE = 2 * 3 * 2 * ITEM, UNTOUCHED = 0xa5 };
enum { VALUES = 4, ALL_VALUES = SIZE / ITEM * VALUES };

static unsigned char memory[SIZE];

/* Seven dimensions do not lie inside a handle, nor does this format. */
static Py_ssize_t shape[NDIM] = {2, 3, 1, 1, 1, 1, 2};
static char format[] = "T{<i:first:<i:second:<q:third:16x}";

static const Py_ssize_t first[NDIM] = {0}, outside[NDIM] = {9};

/* What a call starts from. */
typedef struct world {
    pybuf_exporter *lent;               /* all of memory, with a callback */
    pybuf_view *view, *backwards, *row; /* of that */
    pybuf_view *second, *other;         /* the next row, by the same export and by another */
    Py_buffer filled, turned;           /* by lent, and by backwards */
    foreign exporter;                   /* lends all of memory, too */
    pybuf_exporter *array;              /* ITEMS of int, all zero */
    pybuf_format *compiled;             /* format */
    pybuf_copy_plan *plan;              /* of backwards to memory in C order */
    pybuf_value values[ALL_VALUES];     /* of all of memory */
    int lending;                        /* how many callbacks have to run */
    atomic_int released;                /* how many have */
    /* What it makes, and what it fills. */
    pybuf_exporter *made;
    pybuf_view *viewed, *parts[2];
    pybuf_format *formatted;
    pybuf_copy_plan *planned;
    Py_buffer buffer;
    Py_ssize_t strides[NDIM];
    unsigned char out[SIZE];
    pybuf_value unpacked[ALL_VALUES];
} world;

/* Lends the first bytes of memory. */
static int lend(world *w, pybuf_exporter **lent, Py_ssize_t size)
{
    w->lending++;
    *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = memory, .size = size, .format = format, .itemsize = ITEM, .ndim = NDIM, .shape = shape,
        .release = count_release, .context = &w->released});
    return *lent != NULL;
}

static void begin(world *w)
{
    for (int i = 0; i < SIZE; i++)
        memory[i] = (unsigned char)i;
    memset(w, 0, sizeof *w);
    w->exporter.answer = (Py_buffer){.buf = memory, .len = SIZE, .itemsize = ITEM, .ndim = NDIM, .format = format,
                                     .shape = shape};
    CHECK(lend(w, &w->lent, SIZE));
    CHECK((w->array = pybuf_array_new("i", NULL, ITEMS)) != NULL);
    CHECK((w->view = pybuf_exporter_view(w->lent, &(pybuf_want){.writable = 1})) != NULL);
    CHECK((w->backwards = pybuf_view_slice(w->view, 0, PYBUF_OPEN, PYBUF_OPEN, -1)) != NULL);
    CHECK((w->row = pybuf_view_slice(w->view, 1, 0, 1, 1)) != NULL);
    CHECK((w->second = pybuf_view_slice(w->view, 1, 1, 2, 1)) != NULL);
    pybuf_view *all = pybuf_exporter_view(w->lent, &(pybuf_want){.writable = 1});
    CHECK((w->other = pybuf_view_slice(all, 1, 1, 2, 1)) != NULL);
    pybuf_view_unref(all);
    CHECK_EQUAL(pybuf_getbuffer(w->lent, &w->filled, PyBUF_FULL), 0);
    CHECK_EQUAL(pybuf_view_getbuffer(w->backwards, &w->turned, PyBUF_FULL), 0);
    memset(&w->buffer, UNTOUCHED, sizeof w->buffer);
    memset(w->strides, UNTOUCHED, sizeof w->strides);
    memset(w->out, UNTOUCHED, SIZE);
    CHECK((w->compiled = pybuf_format_new(format, PYBUF_PEP3118)) != NULL);
    CHECK((w->plan = pybuf_copy_plan_new(NDIM, shape, ITEM, NULL, pybuf_view_strides(w->backwards))) != NULL);
    CHECK_EQUAL(pybuf_format_unpack_many(w->compiled, memory, SIZE / ITEM, ITEM, w->values, ALL_VALUES), 0);
    memset(w->unpacked, UNTOUCHED, sizeof w->unpacked);
    pybuf_error_clear();
}

/* Everything is given back; whatever was lent has been released, and once. */
static void end(world *w, int filled)
{
    pybuf_view *views[] = {w->view, w->backwards, w->row, w->second, w->other, w->viewed};
    if (filled)
        pybuf_release(&w->buffer);
    pybuf_release(&w->filled);
    pybuf_release(&w->turned);
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        pybuf_view_unref(views[i]);
    pybuf_exporter_unref(w->lent);
    pybuf_exporter_unref(w->made);
    pybuf_exporter_unref(w->array);
    pybuf_format_unref(w->compiled);
    pybuf_format_unref(w->formatted);
    pybuf_copy_plan_unref(w->plan);
    pybuf_copy_plan_unref(w->planned);
    CHECK_EQUAL(w->released, w->lending);
    CHECK_EQUAL(w->exporter.released, w->exporter.requests);
}

static int refuse(void *self, Py_buffer *view, int flags)
{
    (void)self, (void)view, (void)flags;
    return -1;
}

static int is_untouched(const void *from, size_t size)
{
    const unsigned char *bytes = from;
    while (size > 0 && *bytes == UNTOUCHED)
        bytes++, size--;
    return size == 0;
}

/* After a call that failed. */
static void check_nothing_changed(const world *w)
{
    CHECK(!w->made && !w->viewed && !w->planned);
    CHECK(w->filled.internal && w->turned.internal);
    CHECK(is_untouched(w->out, SIZE) && is_untouched(w->strides, sizeof w->strides));
    CHECK(is_untouched(w->unpacked, sizeof w->unpacked));
    /* obj and internal are NULL where getbuffer fails, else as they were. */
    CHECK(is_untouched(&w->buffer.buf, sizeof w->buffer.buf) && is_untouched(&w->buffer.len, sizeof w->buffer.len));
    CHECK(!w->buffer.internal || is_untouched(&w->buffer.internal, sizeof w->buffer.internal));
    for (int i = 0; i < SIZE; i++)
        CHECK(memory[i] == (unsigned char)i);
    int items[ITEMS] = {0};
    CHECK_EQUAL(pybuf_array_len(w->array), ITEMS);
    CHECK(memcmp(pybuf_exporter_data(w->array), items, sizeof items) == 0);
}

enum needs { NONE, SOME, PYTHON, SPARE };

#define CALL(name, needs, error, ...) \
    static int call_##name(world *w) \
    { \
        (void)w; \
        return (__VA_ARGS__) != 0; \
    }
#include "no_memory_calls.h"
#undef CALL

static const struct call {
    const char *name;
    enum needs needs;
    int error;
    int (*call)(world *w);
} calls[] = {
#define CALL(name, needs, error, ...) {#name, needs, error, call_##name},
#include "no_memory_calls.h"
#undef CALL
};

/* The call has ended as it does where there is memory enough. */
static void check_ended(const struct call *c, int succeeded)
{
    CHECK_EQUAL(pybuf_error_code(), c->error);
    CHECK_EQUAL(succeeded, c->error == PYBUF_OK);
}

static int allocations_can_fail;

/* The loader keeps the text of what it did not find: a Python. */
static void forget_what_was_not_found(void)
{
    dlerror();
    dlerror();
}

/* Makes a call with one allocation failing; whether it has not come to that one. */
static int is_enough(const struct call *c, long failing)
{
    world w;
    forget_what_was_not_found();
    long before = live;
    begin(&w);
    until_failure = failing;
    int succeeded = c->call(&w);
    int enough = until_failure > 0 || !allocations_can_fail;
    until_failure = 0;
    int unnoticed = (c->needs == PYTHON || c->needs == SPARE) && pybuf_error_code() == c->error;
    if (!enough && !unnoticed) {
        CHECK(!succeeded && pybuf_error_code() == PYBUF_ERR_MEMORY);
        CHECK(strstr(pybuf_error_message(), "no memory"));
        check_nothing_changed(&w);
        pybuf_error_clear();
        succeeded = c->call(&w);
    }
    check_ended(c, succeeded);
    if (!succeeded)
        check_nothing_changed(&w);
    int filled = w.buffer.internal && !is_untouched(&w.buffer.internal, sizeof w.buffer.internal);
    end(&w, filled);
    forget_what_was_not_found();
    CHECK_EQUAL(live, before);
    return enough;
}

/* How many allocations the call needed. */
static long fail_each(const struct call *c)
{
    long failing = 1;
    while (!is_enough(c, failing)) {
        failing++;
        CHECK(failing < 100);
    }
    return failing - 1;
}

int main(void)
{
    long failed = 0;
    /* What the loader makes once for each object, it keeps. */
    CHECK_ERROR(!pybuf_python_module(), PYBUF_ERR_RUNTIME, "no Python");
    allocations_can_fail = can_fail();
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        long needed = fail_each(&calls[i]);
        if ((needed > 0) != (calls[i].needs != NONE) && allocations_can_fail) {
            fprintf(stderr, "%s needed %ld allocations\n", calls[i].name, needed);
            return 1;
        }
        failed += needed;
    }
    printf("no_memory: %ld allocations failed\n", failed);
    return checks_done("no_memory");
}
