/* An exporter that changes its answer while that is read: another thread of its own goes on
 * overwriting the arrays, the format and the buffer. Nobody can say which answer comes out,
 * but it is an error, or one that holds together; and the exporter gets it back.
 *
 * (For ThreadSanitizer this is a data race, and rightly so: it is the exporter's.)
 *
 * cc -std=c11 -pthread -I include -I c_tests c_tests/programs/hostile_race.c -lpybuf
 */
#include "hostile.h"

#include <pthread.h>
#include <sched.h>

enum { REQUESTS = 3000 };

static char bytes[24] = "abcdefghijklmnopqrstuvw";
static volatile Py_ssize_t shape[2] = {2, 3}, strides[2] = {3, 1};
/* As long as a block of memory: where its end is lost, there is no other soon. */
static volatile char format[40] = "T{b:one:b:two:b:three:}";
static atomic_int stop, lent, only_format;

static int getbuffer(void *self, Py_buffer *view, int flags)
{
    (void)self, (void)flags;
    *view = (Py_buffer){.buf = bytes, .len = 6, .itemsize = 1, .ndim = 2, .shape = (Py_ssize_t *)shape,
                        .strides = (Py_ssize_t *)strides, .format = (char *)format};
    atomic_fetch_add(&lent, 1);
    return 0;
}

static void releasebuffer(void *self, Py_buffer *view)
{
    (void)self, (void)view;
    atomic_fetch_sub(&lent, 1);
}

/* Where the numbers are right, wrong, and too large by turns. */
static void *change(void *nothing)
{
    static const Py_ssize_t lengths[] = {2, -2, PTRDIFF_MAX, 2, 0, PTRDIFF_MIN};
    static const Py_ssize_t distances[] = {3, 3, PTRDIFF_MAX, PTRDIFF_MIN, 6, 3};
    for (unsigned turn = 0; !atomic_load(&stop); turn++) {
        int numbers_too = !atomic_load(&only_format);
        shape[0] = numbers_too ? lengths[turn % 6] : 2;
        strides[0] = numbers_too ? distances[turn % 5] : 3;
        format[23] = turn & 1 ? 'x' : '\0';
        format[0] = turn & 2 ? 'T' : '\0';
        if (turn % 64 == 0 && numbers_too)
            sched_yield();
    }
    return nothing;
}

/* The items, should they be behind the memory, are not looked at: that is not what is checked. */
static void check_holds_together(pybuf_view *view)
{
    const Py_ssize_t *lengths = pybuf_view_shape(view);
    CHECK(lengths[0] == 2 && lengths[1] == 3);
    CHECK(pybuf_view_strides(view)[1] == 1);
    CHECK_EQUAL(pybuf_view_nbytes(view), 6);
    size_t letters = strlen(pybuf_view_format(view));
    CHECK(letters == 0 || letters == 23 || letters == 24);
}

/* Until there have been views and, if there can be any, errors. */
static void ask(int can_fail)
{
    int views = 0, errors = 0;
    for (int k = 0; k < REQUESTS || (!(views && (errors || !can_fail)) && k < 100 * REQUESTS); k++) {
        pybuf_view *view = pybuf_view_acquire(NULL, getbuffer, releasebuffer, PyBUF_FULL_RO);
        if (view) {
            views++;
            check_holds_together(view);
        } else {
            errors++;
            int code = pybuf_error_code();
            CHECK(code == PYBUF_ERR_BUFFER || code == PYBUF_ERR_VALUE || code == PYBUF_ERR_OVERFLOW);
        }
        pybuf_view_unref(view);
        CHECK_EQUAL(atomic_load(&lent), 0);
    }
    CHECK(views > 0 && (errors > 0 || !can_fail));
}

int main(void)
{
    pthread_t changing;
    CHECK_EQUAL(pthread_create(&changing, NULL, change, NULL), 0);
    ask(1);
    atomic_store(&only_format, 1);
    ask(0);
    atomic_store(&stop, 1);
    CHECK_EQUAL(pthread_join(changing, NULL), 0);
    return checks_done("hostile_race");
}
