/* Guarded and constant memory: who may have what while others have it, through views and
 * through flags; parts, and what views lend on; and a guarded exporter between threads.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/guarded.c -lpybuf -pthread
 */
// tsan: yes
#include "check.h"

#include <pthread.h>
#include <sched.h>

#define COUNT(array) ((Py_ssize_t)(sizeof(array) / sizeof((array)[0])))

typedef Py_ssize_t dims[3];

/* The ways to ask, and what each is: the words are those of the STABLE AND EXCLUSIVE chapter. */
enum sort { READ, WRITE, STABLE, EXCLUSIVE };
static const struct way { const char *name; enum sort sort; pybuf_want want; int by_flags, flags; } ways[] = {
    {"a view to read", READ, {.indirect = 1}, 0, 0},
    {"a view to write", WRITE, {.indirect = 1, .writable = 1}, 0, 0},
    {"a stable view", STABLE, {.indirect = 1, .stable = 1}, 0, 0},
    {"an exclusive view to read", EXCLUSIVE, {.indirect = 1, .exclusive = 1}, 0, 0},
    {"an exclusive view to write", EXCLUSIVE, {.indirect = 1, .exclusive = 1, .writable = 1}, 0, 0},
    {"flags to write", WRITE, {0}, 1, PyBUF_FULL},
    {"flags that do not say", WRITE, {0}, 1, PyBUF_FULL_RO}, /* readonly 0: it may write */
};
enum { WAYS = sizeof ways / sizeof ways[0] };

/* allowed[outstanding][asked] */
static const int allowed[4][4] = {
    [READ] = {[READ] = 1, [WRITE] = 1, [STABLE] = 1},
    [WRITE] = {[READ] = 1, [WRITE] = 1},
    [STABLE] = {[READ] = 1, [STABLE] = 1},
    [EXCLUSIVE] = {0},
};

/* An export, had in one of the ways. */
typedef struct held {
    pybuf_view *view;
    Py_buffer buffer;
} held;

static int take(held *held, pybuf_exporter *lent, const struct way *way)
{
    held->view = NULL;
    if (way->by_flags)
        return pybuf_getbuffer(lent, &held->buffer, way->flags);
    held->view = pybuf_exporter_view(lent, &way->want);
    return held->view ? 0 : -1;
}

static void give_back(held *held)
{
    if (held->view)
        pybuf_view_unref(held->view);
    else
        pybuf_release(&held->buffer);
}

static int is_readonly(const held *held)
{
    return held->view ? pybuf_view_readonly(held->view) : held->buffer.readonly;
}

/* Every way while another has it in every way; `ours` and `theirs` may be two exporters of one memory. */
static void pairs(pybuf_exporter *theirs, pybuf_exporter *ours)
{
    for (int there = 0; there < WAYS; there++)
        for (int asked = 0; asked < WAYS; asked++) {
            const enum sort outstanding = ways[there].sort, wanted = ways[asked].sort;
            held first, second;
            CHECK_EQUAL(take(&first, theirs, &ways[there]), 0);
            const int answered = take(&second, ours, &ways[asked]) == 0;
            /* who does not say so need not write */
            const int yields = outstanding == STABLE && ways[asked].by_flags && ways[asked].flags == PyBUF_FULL_RO;
            if (answered != (allowed[outstanding][wanted] || yields))
                printf("%s, and then %s: %s\n", ways[there].name, ways[asked].name, answered ? "had" : "refused");
            CHECK_EQUAL(answered, allowed[outstanding][wanted] || yields);
            if (answered) {
                const int writes = !yields && (wanted == WRITE || ways[asked].want.writable);
                CHECK_EQUAL(is_readonly(&second), !writes);
                give_back(&second);
            } else {
                CHECK_EQUAL(pybuf_error_code(), PYBUF_ERR_BUFFER);
                CHECK(strstr(pybuf_error_message(), "outstanding"));
                if (ways[asked].by_flags)
                    CHECK(second.buffer.obj == NULL && second.buffer.internal == NULL);
            }
            give_back(&first);
            CHECK_EQUAL(take(&second, ours, &ways[4]), 0); /* all is given back */
            give_back(&second);
        }
}

static pybuf_exporter *guarded(void)
{
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .allocate = 1, .guarded = 1, .format = "i", .ndim = 3, .shape = (dims){2, 3, 4}});
    CHECK(lent);
    CHECK((uintptr_t)pybuf_exporter_data(lent) % 64 == 0);
    return lent;
}

static void one_memory(void)
{
    pybuf_exporter *lent = guarded();
    pairs(lent, lent);

    /* a part counts with its base, and what a view lends on too */
    pybuf_exporter *part = pybuf_exporter_part(lent, &(pybuf_memory){.offset = 4, .size = 12});
    pairs(lent, part);
    pairs(part, lent);
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.writable = 1});
    pybuf_exporter *on = pybuf_exporter_from_view(view);
    pybuf_view_unref(view);
    pairs(lent, on);
    pairs(on, part);
    pybuf_exporter_unref(on);
    pybuf_exporter_unref(part);
    pybuf_exporter_unref(lent);
}

/* Memory that grows, PIL-style memory, memory of somebody, strided. */
static void other_memory(void)
{
    pybuf_exporter *grows = pybuf_array_new("h", NULL, 5);
    pairs(grows, grows);
    pybuf_exporter_unref(grows);

    char above[3], below[3], *rows[2] = {above, below};
    atomic_int released = 0;
    pybuf_exporter *indirect = pybuf_exporter_new(&(pybuf_memory){
        .buf = rows, .size = sizeof rows, .ndim = 2, .shape = (dims){2, 3}, .strides = (dims){sizeof(char *), 1},
        .suboffsets = (dims){0, -1}, .guarded = 1, .release = count_release, .context = &released});
    pairs(indirect, indirect);
    pybuf_exporter_unref(indirect);
    CHECK_EQUAL(released, 1);

    char bytes[24];
    pybuf_exporter *strided = pybuf_exporter_new(&(pybuf_memory){
        .buf = bytes, .size = 24, .ndim = 2, .shape = (dims){4, 3}, .strides = (dims){-6, 2}, .offset = 18,
        .guarded = 1, .release = count_release, .context = &released});
    pairs(strided, strided);
    pybuf_view *view = pybuf_exporter_view(strided, &(pybuf_want){.stable = 1});
    pybuf_exporter_unref(strided);
    CHECK_EQUAL(released, 1);
    pybuf_view_unref(view);
    CHECK_EQUAL(released, 2);
}

/* A reader beside a stable one reads on when that is gone, and does not become a writer. */
static void a_reader_stays_one(void)
{
    pybuf_exporter *lent = guarded();
    held stable, reader;
    CHECK_EQUAL(take(&stable, lent, &ways[2]), 0);
    CHECK_EQUAL(take(&reader, lent, &ways[6]), 0);
    CHECK_EQUAL(is_readonly(&reader), 1);
    give_back(&stable);
    CHECK_EQUAL(take(&stable, lent, &ways[2]), 0); /* it does not write */
    give_back(&stable);
    give_back(&reader);
    pybuf_exporter_unref(lent);
}

/* A refusal for another reason counts nothing. */
static void refusals_leave_no_trace(void)
{
    pybuf_exporter *lent = guarded();
    Py_buffer buffer;
    CHECK_ERROR(pybuf_getbuffer(lent, &buffer, PyBUF_F_CONTIGUOUS | PyBUF_WRITABLE) < 0, PYBUF_ERR_BUFFER, "Fortran");
    CHECK_ERROR(!pybuf_exporter_view(lent, &(pybuf_want){.ndim = 2, .stable = 1}), PYBUF_ERR_BUFFER, "2 dimensions");
    CHECK_ERROR(!pybuf_exporter_view(lent, &(pybuf_want){.stable = 1, .writable = 1}), PYBUF_ERR_BUFFER, "exclusive");
    pybuf_exporter *readonly = pybuf_exporter_part(lent, &(pybuf_memory){.readonly = 1});
    CHECK_ERROR(pybuf_getbuffer(readonly, &buffer, PyBUF_WRITABLE) < 0, PYBUF_ERR_BUFFER, "read-only");
    CHECK_ERROR(!pybuf_exporter_view(readonly, &(pybuf_want){.exclusive = 1, .writable = 1}), PYBUF_ERR_BUFFER,
                "read-only");
    pybuf_exporter_unref(readonly);
    pybuf_view *alone = pybuf_exporter_view(lent, &(pybuf_want){.exclusive = 1});
    CHECK(alone);
    pybuf_view_unref(alone);
    pybuf_exporter_unref(lent);
}

/* Read-only exports of guarded memory do not write, however they are asked for. */
static void read_only_parts(void)
{
    pybuf_exporter *lent = guarded();
    pybuf_exporter *readonly = pybuf_exporter_part(lent, &(pybuf_memory){.readonly = 1});
    held reader, stable;
    CHECK_EQUAL(take(&reader, readonly, &ways[6]), 0);
    CHECK_EQUAL(take(&stable, lent, &ways[2]), 0);
    give_back(&stable);
    give_back(&reader);
    pybuf_exporter_unref(readonly);
    pybuf_exporter_unref(lent);
}

static const char text[] = "constant";

static void check_constant(pybuf_exporter *lent)
{
    pybuf_view *first = pybuf_exporter_view(lent, &(pybuf_want){.stable = 1});
    pybuf_view *second = pybuf_exporter_view(lent, &(pybuf_want){.stable = 1});
    CHECK(first && second);
    CHECK_EQUAL(pybuf_view_check(first, &(pybuf_want){.stable = 1}), 0);
    CHECK_ERROR(pybuf_view_check(first, &(pybuf_want){.exclusive = 1}) < 0, PYBUF_ERR_BUFFER, "exclusive");
    CHECK_ERROR(!pybuf_exporter_view(lent, &(pybuf_want){.exclusive = 1}), PYBUF_ERR_BUFFER, "exclusive");
    CHECK_ERROR(!pybuf_exporter_view(lent, &(pybuf_want){.writable = 1}), PYBUF_ERR_BUFFER, "read-only");
    pybuf_view_unref(first);
    pybuf_view_unref(second);
}

static void constant(void)
{
    pybuf_exporter *lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = (void *)(uintptr_t)text, .size = sizeof text, .constant = 1});
    check_constant(lent);
    pybuf_exporter *part = pybuf_exporter_part(lent, &(pybuf_memory){.size = 3});
    check_constant(part);
    pybuf_exporter_unref(part);
    pybuf_exporter_unref(lent);
    lent = pybuf_bytes_new(text, sizeof text);
    check_constant(lent);
    pybuf_exporter_unref(lent);

    /* what is lent on from a stable view keeps it */
    lent = guarded();
    pybuf_view *stable = pybuf_exporter_view(lent, &(pybuf_want){.stable = 1});
    pybuf_exporter *on = pybuf_exporter_from_view(stable);
    pybuf_view *rows[2] = {stable, stable};
    pybuf_exporter *stack = pybuf_exporter_stack(rows, 2);
    pybuf_view_unref(stable);
    check_constant(on);
    pybuf_exporter_unref(on);
    held writer;
    CHECK(take(&writer, lent, &ways[1]) < 0);
    stable = pybuf_exporter_view(stack, &(pybuf_want){.stable = 1, .indirect = 1});
    CHECK(stable);
    pybuf_view_unref(stable);
    CHECK(take(&writer, lent, &ways[1]) < 0);
    pybuf_exporter_unref(stack);
    CHECK_EQUAL(take(&writer, lent, &ways[1]), 0);
    give_back(&writer);
    pybuf_exporter_unref(lent);
}

static int foreign_fill(void *self, Py_buffer *view, int flags)
{
    return pybuf_getbuffer(self, view, flags);
}

/* Nobody else can promise: neither plain memory nor another exporter. */
static void plain(void)
{
    pybuf_exporter *lent = pybuf_ndarray_new(1, (dims){4}, "B", 0, 0);
    CHECK_ERROR(!pybuf_exporter_view(lent, &(pybuf_want){.stable = 1}), PYBUF_ERR_BUFFER, "not guarded");
    CHECK_ERROR(!pybuf_exporter_view(lent, &(pybuf_want){.exclusive = 1}), PYBUF_ERR_BUFFER, "not guarded");
    pybuf_view *view = pybuf_view_acquire(lent, foreign_fill, NULL, PyBUF_FULL_RO);
    CHECK_ERROR(pybuf_view_check(view, &(pybuf_want){.stable = 1}) < 0, PYBUF_ERR_BUFFER, "stable");
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

static void bad_input(void)
{
    char bytes[4];
    atomic_int released = 0;
    const struct { pybuf_memory memory; const char *says; } bad[] = {
        {{.buf = bytes, .size = 4, .guarded = 1, .constant = 1}, "guarded"},
        {{.buf = bytes, .size = 4, .allocate = 1}, "allocated"},
        {{.size = 4, .allocate = 1, .release = count_release}, "allocated"},
        {{.size = 4, .allocate = 1, .ndim = 1, .shape = (dims){5}}, "outside the 4 bytes"},
    };
    for (int i = 0; i < COUNT(bad); i++) {
        pybuf_memory memory = bad[i].memory;
        memory.context = &released;
        CHECK_ERROR(!pybuf_exporter_new(&memory), PYBUF_ERR_VALUE, bad[i].says);
    }
    CHECK_EQUAL(released, 1);
    pybuf_exporter *lent = guarded();
    CHECK_ERROR(!pybuf_exporter_part(lent, &(pybuf_memory){.guarded = 1}), PYBUF_ERR_VALUE, "base");
    CHECK_ERROR(!pybuf_exporter_part(lent, &(pybuf_memory){.constant = 1}), PYBUF_ERR_VALUE, "base");
    CHECK_ERROR(!pybuf_exporter_part(lent, &(pybuf_memory){.allocate = 1}), PYBUF_ERR_VALUE, "allocate");
    pybuf_exporter_unref(lent);
    lent = pybuf_exporter_new(&(pybuf_memory){.allocate = 1, .constant = 1, .size = 3}); /* zeros for ever */
    check_constant(lent);
    pybuf_exporter_unref(lent);
}

enum { ROUNDS = 5000, LENGTH = 24 };

/* A view, asked for until nobody stands in the way: whoever does may have been interrupted. */
static pybuf_view *at_last(pybuf_exporter *lent, pybuf_want want)
{
    pybuf_view *view;
    while (!(view = pybuf_exporter_view(lent, &want)))
        sched_yield();
    return view;
}

/* Writes all items alike, alone. */
static void *write_alike(void *lent)
{
    for (int32_t round = 0; round < ROUNDS; round++) {
        pybuf_view *view = at_last(lent, (pybuf_want){.exclusive = 1, .writable = 1});
        int32_t *items = pybuf_view_data(view);
        for (int k = 0; k < LENGTH; k++)
            items[k] = round;
        pybuf_view_unref(view);
    }
    return NULL;
}

/* Where it is stable, all items are alike, and stay so. */
static void *read_alike(void *lent)
{
    for (int round = 0; round < ROUNDS; round++) {
        pybuf_view *view = at_last(lent, (pybuf_want){.stable = 1});
        const int32_t *items = pybuf_view_data(view);
        for (int k = 1; k < LENGTH; k++)
            if (items[k] != items[0])
                CHECK(0);
        pybuf_view_unref(view);
    }
    return NULL;
}

static void threads(void)
{
    pybuf_exporter *lent = guarded();
    pthread_t writer, reader;
    CHECK_EQUAL(pthread_create(&writer, NULL, write_alike, lent), 0);
    CHECK_EQUAL(pthread_create(&reader, NULL, read_alike, lent), 0);
    CHECK_EQUAL(pthread_join(writer, NULL), 0);
    CHECK_EQUAL(pthread_join(reader, NULL), 0);
    pybuf_exporter_unref(lent);
}

int main(void)
{
    one_memory();
    other_memory();
    a_reader_stays_one();
    refusals_leave_no_trace();
    read_only_parts();
    constant();
    plain();
    bad_input();
    threads();
    return checks_done("guarded");
}
