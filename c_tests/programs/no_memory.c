/* Running out of memory is an error like any other: every allocation of a long scenario
 * fails in turn, until a run needs no more. Each failure is PYBUF_ERR_MEMORY, and nothing
 * is lost: all that was lent before is released.
 *
 * malloc and its like are replaced by this program's where that can be done (glibc, no
 * sanitizer). Elsewhere, and under valgrind, which replaces them itself, no allocation
 * fails, and the scenario runs once.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/no_memory.c -lpybuf
 */
#include "check.h"

static long until_failure; /* 0: nothing fails */

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#include <errno.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
int posix_memalign(void **memory, size_t alignment, size_t size);

static int fails(void)
{
    return until_failure > 0 && --until_failure == 0;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *made = fails() ? NULL : __libc_memalign(alignment, size);
    if (!made)
        return ENOMEM;
    *memory = made;
    return 0;
}
#endif

enum { LENT = 3, SIZE = 2 * 3 * 64 };

/* What a run has made so far; NULL is what it has not. */
typedef struct run {
    pybuf_exporter *lent[LENT], *part, *own, *bytes, *from_view;
    pybuf_view *view, *slice, *turned, *adopted;
    atomic_int released;
} run;

static unsigned char memory[SIZE];

/* Seven dimensions do not lie inside a handle, nor does this format. */
static const Py_ssize_t shape[7] = {2, 3, 1, 1, 1, 1, 2};
static const char format[] = "T{<i:first:<i:second:<q:third:16x}";

static int lend(run *r, int which)
{
    r->lent[which] = pybuf_exporter_new(&(pybuf_memory){
        .buf = memory, .size = SIZE, .format = format, .itemsize = 32, .ndim = 7, .shape = shape,
        .release = count_release, .context = &r->released});
    return r->lent[which] != NULL;
}

/* What cannot be adopted is still ours to release. */
static int adopt(run *r)
{
    Py_buffer buffer;
    if (pybuf_getbuffer(r->from_view, &buffer, PyBUF_FULL) < 0)
        return 0;
    r->adopted = pybuf_view_adopt(&buffer);
    pybuf_release(&buffer);
    return r->adopted != NULL;
}

static int consume(run *r)
{
    static unsigned char out[SIZE];
    return (r->view = pybuf_exporter_view(r->lent[0], &(pybuf_want){.writable = 1})) &&
           (r->slice = pybuf_view_slice(r->view, 0, PYBUF_OPEN, PYBUF_OPEN, -1)) &&
           (r->turned = pybuf_view_transpose(r->slice, NULL, 0)) &&
           pybuf_view_copy_out(r->turned, out, SIZE, 'F') == 0 &&
           pybuf_view_copy(r->view, r->slice) == 0 && /* overlapping: by way of a copy */
           (r->from_view = pybuf_exporter_from_view(r->turned)) && adopt(r);
}

/* A refusal is a sentence, and a sentence needs memory: where there is none, that is the error. */
static int refuse(run *r)
{
    return pybuf_view_check(r->view, &(pybuf_want){.kind = "float64"}) < 0 && pybuf_error_code() == PYBUF_ERR_BUFFER;
}

/* One after another until one fails: was there memory enough? */
static int scenario(run *r)
{
    const pybuf_memory all_of_it = {.format = format, .itemsize = 32, .ndim = 7, .shape = shape};
    return lend(r, 0) && lend(r, 1) && lend(r, 2) && (r->part = pybuf_exporter_part(r->lent[1], &all_of_it)) &&
           (r->own = pybuf_ndarray_new(7, shape, format, 32, 'F')) && (r->bytes = pybuf_bytes_new(memory, SIZE)) &&
           consume(r) && refuse(r);
}

/* Gives back what a run has made. */
static void give_back(run *r)
{
    pybuf_view *views[] = {r->view, r->slice, r->turned, r->adopted};
    pybuf_exporter *exporters[] = {r->lent[0], r->lent[1], r->lent[2], r->part, r->own, r->bytes, r->from_view};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        pybuf_view_unref(views[i]);
    for (size_t i = 0; i < sizeof exporters / sizeof exporters[0]; i++)
        pybuf_exporter_unref(exporters[i]);
}

/* What is asked most allocates nothing: shape, strides and format lie with the exporter. */
static void exports_need_none(void)
{
    const int requests[] = {PyBUF_FULL, PyBUF_FULL_RO, PyBUF_RECORDS, PyBUF_ND, PyBUF_SIMPLE, PyBUF_WRITABLE};
    run r = {.released = 0};
    CHECK(lend(&r, 0));
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        Py_buffer buffer;
        until_failure = 1;
        int got = pybuf_getbuffer(r.lent[0], &buffer, requests[i]);
        if (got == 0)
            pybuf_release(&buffer);
        long not_failed = until_failure;
        until_failure = 0;
        CHECK_EQUAL(got, 0);
        CHECK_EQUAL(not_failed, 1);
    }
    give_back(&r);
    CHECK_EQUAL(r.released, 1);
}

int main(void)
{
    exports_need_none();
    long failing = 1;
    for (int enough = 0; !enough; failing++) {
        run r = {.released = 0};
        int begun = 0;
        pybuf_error_clear();
        until_failure = failing;
        enough = scenario(&r);
        until_failure = 0;
        for (int i = 0; i < LENT; i++)
            begun += r.lent[i] != NULL;
        CHECK_EQUAL(pybuf_error_code(), enough ? PYBUF_ERR_BUFFER : PYBUF_ERR_MEMORY);
        CHECK(enough || strstr(pybuf_error_message(), "memory"));
        give_back(&r);
        CHECK(r.released == LENT || (!enough && r.released == begun + 1)); /* the one that failed has released, too */
        CHECK(failing < 1000);
    }
    printf("no_memory: %ld allocations failed\n", failing - 2);
    return checks_done("no_memory");
}
