/* An exporter that does as it should, for those to be made of it that have one bad habit:
 * it counts, and its release aborts where nothing is to be released.
 */
#ifndef CALLER_H
#define CALLER_H

#include "hostile.h"

static const char known[] = "abcdef";
static char bytes[] = "abcdef";
static Py_ssize_t two_by_three[] = {2, 3}, c_order[] = {3, 1};

#define TRUTH                                                                                                \
    (Py_buffer){.buf = bytes, .len = 6, .itemsize = 1, .ndim = 2, .shape = two_by_three, .strides = c_order, \
                .format = "B"}

typedef struct caller {
    int lent;               /* answers that are out */
    int released;           /* answers that have come back */
    int depth;              /* of calls within calls */
    Py_buffer *filled;      /* what it filled last */
    pybuf_view *own;        /* a view of what it lends */
    pybuf_exporter *inner;  /* an exporter of ours that it uses */
    atomic_int inner_gone;  /* that one's memory has been given back */
    char *memory;           /* memory of its own */
    void *internal;         /* what it puts there */
    PyObject *obj;          /* likewise */
} caller;

static inline int fill(void *self, Py_buffer *view, int flags)
{
    caller *exporter = self;
    (void)flags;
    *view = TRUTH;
    view->internal = exporter->internal;
    view->obj = exporter->obj;
    exporter->filled = view;
    exporter->lent++;
    return 0;
}

/* Aborts when there is nothing to be released, or in another place than that which was filled. */
static inline void release(void *self, Py_buffer *view)
{
    caller *exporter = self;
    if (exporter->lent == 0 || (exporter->lent == 1 && exporter->depth == 0 && view != exporter->filled))
        abort();
    exporter->lent--;
    exporter->released++;
}

/* Never called. */
static inline void release_aborts(void *self, Py_buffer *view)
{
    (void)self, (void)view;
    abort();
}

static inline pybuf_exporter *inner_of(caller *exporter)
{
    return pybuf_exporter_new(&(pybuf_memory){.buf = bytes, .size = 6, .ndim = 2, .shape = two_by_three,
                                              .release = count_release, .context = &exporter->inner_gone});
}

/* An exporter of ours with a view of it works as ever. */
static inline void library_works(void)
{
    pybuf_exporter *other = pybuf_bytes_new("other", 5);
    pybuf_view *view = pybuf_exporter_view(other, NULL);
    char items[5];
    pybuf_exporter_unref(other);
    CHECK_EQUAL(pybuf_view_copy_out(view, items, 5, 'C'), 0);
    CHECK(memcmp(items, "other", 5) == 0);
    pybuf_view_unref(view);
}

/* A habit, and the check of what comes of it. */
typedef struct habit {
    const char *name;
    void (*check)(void);
} habit;

#define HABIT(function, does) {#function ": " does, function}

#define CHECK_HABITS(habits)                                        \
    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++) { \
        check_case = habits[i].name;                                \
        habits[i].check();                                          \
    }

#endif
