/* Exporters whose getbuffer says one thing and does another, or calls back into the library
 * before it answers.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/hostile_requests.c -lpybuf
 */
#include "caller.h"

/* --- a getbuffer that says yes --- */

static int says_yes(void *self, Py_buffer *view, int flags)
{
    (void)self, (void)view, (void)flags;
    return 0;
}

static int fills_and_empties(void *self, Py_buffer *view, int flags)
{
    fill(self, view, flags);
    *view = (Py_buffer){.buf = NULL};
    return 0;
}

static int fills_and_releases(void *self, Py_buffer *view, int flags)
{
    caller *exporter = self;
    CHECK_EQUAL(pybuf_getbuffer(exporter->inner, view, flags), 0);
    pybuf_release(view);
    pybuf_release(view);
    return 0;
}

static int fills_and_adopts(void *self, Py_buffer *view, int flags)
{
    caller *exporter = self;
    CHECK_EQUAL(pybuf_getbuffer(exporter->inner, view, flags), 0);
    CHECK((exporter->own = pybuf_view_adopt(view)));
    return 0;
}

static void check_empty_yes(pybuf_getbufferproc getbuffer)
{
    caller exporter = {.lent = 0};
    CHECK((exporter.inner = inner_of(&exporter)));
    CHECK_ERROR(!pybuf_view_acquire(&exporter, getbuffer, release_aborts, PyBUF_FULL_RO), PYBUF_ERR_BUFFER,
                "reports success, but has not filled the buffer");
    CHECK_ERROR(!pybuf_view_acquire(&exporter, getbuffer, NULL, PyBUF_FULL_RO), PYBUF_ERR_BUFFER, "has not filled");
    if (exporter.own)
        use_view(exporter.own, known);
    pybuf_view_unref(exporter.own);
    pybuf_exporter_unref(exporter.inner);
}

static void yes_and_untouched(void) { check_empty_yes(says_yes); }
static void yes_and_emptied(void) { check_empty_yes(fills_and_empties); }

static void yes_and_released(void)
{
    check_empty_yes(fills_and_releases);
}

/* The buffer is adopted twice, by two calls: the first view is lost, so only one call is made here. */
static void yes_and_adopted(void)
{
    caller exporter = {.lent = 0};
    CHECK((exporter.inner = inner_of(&exporter)));
    CHECK_ERROR(!pybuf_view_acquire(&exporter, fills_and_adopts, release_aborts, PyBUF_FULL_RO), PYBUF_ERR_BUFFER,
                "has not filled");
    pybuf_exporter_unref(exporter.inner);
    use_view(exporter.own, known);
    CHECK_EQUAL(exporter.inner_gone, 0);
    pybuf_view_unref(exporter.own);
    CHECK_EQUAL(exporter.inner_gone, 1);
}

static int says_forty_two(void *self, Py_buffer *view, int flags)
{
    return fill(self, view, flags) + 42;
}

/* As CPython has it, only what is negative is a failure. */
static void yes_in_another_number(void)
{
    caller exporter = {.lent = 0};
    pybuf_view *view = pybuf_view_acquire(&exporter, says_forty_two, release, PyBUF_FULL_RO);
    CHECK(view);
    use_view(view, known);
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter.released, 1);
}

/* --- a getbuffer that says no --- */

static int fills_and_refuses(void *self, Py_buffer *view, int flags)
{
    fill(self, view, flags);
    view->obj = (PyObject *)self;
    return -1;
}

static int refuses_in_another_number(void *self, Py_buffer *view, int flags)
{
    fill(self, view, flags);
    return INT32_MIN;
}

static int fails_and_forgets_why(void *self, Py_buffer *view, int flags)
{
    fill(self, view, flags);
    CHECK_EQUAL(pybuf_getbuffer(NULL, view, flags), -1);
    pybuf_error_clear();
    memset(view, 0xa5, sizeof *view);
    return -1;
}

static void check_no(pybuf_getbufferproc getbuffer, int code, const char *says)
{
    caller exporter = {.lent = 0};
    CHECK((exporter.inner = inner_of(&exporter)));
    CHECK_ERROR(!pybuf_view_acquire(&exporter, getbuffer, release_aborts, PyBUF_FULL_RO), code, says);
    CHECK_ERROR(!pybuf_view_acquire(&exporter, getbuffer, NULL, PyBUF_FULL_RO), code, says);
    CHECK_EQUAL(exporter.inner_gone, 0);
    pybuf_exporter_unref(exporter.inner);
    CHECK_EQUAL(exporter.inner_gone, 1);
}

static void no_and_filled(void) { check_no(fills_and_refuses, PYBUF_ERR_BUFFER, "refused the request 0x11c"); }
static void no_in_another_number(void) { check_no(refuses_in_another_number, PYBUF_ERR_BUFFER, "did not say why"); }
static void no_and_why_forgotten(void) { check_no(fails_and_forgets_why, PYBUF_ERR_BUFFER, "did not say why"); }

/* It refuses, and leaves an `internal` behind that is an export's of ours, without a reference of its own. */
static int refuses_with_anothers_internal(void *self, Py_buffer *view, int flags)
{
    caller *exporter = self;
    Py_buffer inner;
    CHECK_EQUAL(pybuf_getbuffer(exporter->inner, &inner, flags), 0);
    *view = inner;
    pybuf_release(&inner);
    return -1;
}

static void no_with_anothers_internal(void)
{
    check_no(refuses_with_anothers_internal, PYBUF_ERR_BUFFER, "did not say why");
}

static int refuses_by_an_error_of_ours(void *self, Py_buffer *view, int flags)
{
    (void)self;
    pybuf_exporter *frozen = pybuf_bytes_new("frozen", 6);
    CHECK_EQUAL(pybuf_getbuffer(frozen, view, flags | PyBUF_WRITABLE), -1);
    pybuf_exporter_unref(frozen);
    return -1;
}

static void no_and_the_reason_is_ours(void)
{
    check_no(refuses_by_an_error_of_ours, PYBUF_ERR_BUFFER, "read-only");
}

/* --- errors on the way --- */

static int fails_inside(void *self, Py_buffer *view, int flags)
{
    CHECK_EQUAL(pybuf_getbuffer(NULL, view, flags), -1);
    CHECK_EQUAL(pybuf_is_contiguous(NULL, 'C'), 0);
    return fill(self, view, flags);
}

static int fails_inside_and_lies(void *self, Py_buffer *view, int flags)
{
    fails_inside(self, view, flags);
    view->len = 7;
    return 0;
}

static void release_fails_inside(void *self, Py_buffer *view)
{
    CHECK_ERROR(!pybuf_view_adopt(NULL), PYBUF_ERR_BUFFER, "NULL");
    release(self, view);
}

static void errors_inside(void)
{
    caller exporter = {.lent = 0};
    pybuf_view *view = pybuf_view_acquire(&exporter, fails_inside, release_fails_inside, PyBUF_FULL_RO);
    CHECK(view);
    use_view(view, known);
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter.released, 1);
    CHECK_ERROR(!pybuf_view_acquire(&exporter, fails_inside_and_lies, release_fails_inside, PyBUF_FULL_RO),
                PYBUF_ERR_BUFFER, "wrong about len");
    CHECK_EQUAL(exporter.released, 2);
}

/* --- a getbuffer that comes back --- */

static int asks_itself(void *self, Py_buffer *view, int flags)
{
    caller *exporter = self;
    if (exporter->depth < 30) {
        exporter->depth++;
        pybuf_view *within = pybuf_view_acquire(self, asks_itself, release, flags);
        CHECK(within);
        use_attributes(within);
        pybuf_view_unref(within);
        exporter->depth--;
    }
    return fill(self, view, flags);
}

static void request_within_request(void)
{
    caller exporter = {.lent = 0};
    pybuf_view *view = pybuf_view_acquire(&exporter, asks_itself, release, PyBUF_FULL_RO);
    CHECK(view);
    CHECK_EQUAL(exporter.released, 30);
    use_view(view, known);
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter.released, 31);
}

/* --- a getbuffer that hands on what an exporter of ours answers --- */

static int hands_on(void *self, Py_buffer *view, int flags)
{
    return pybuf_getbuffer(((caller *)self)->inner, view, flags);
}

static void handed_on(void)
{
    caller exporter = {.lent = 0};
    CHECK((exporter.inner = inner_of(&exporter)));
    pybuf_view *view = pybuf_view_acquire(&exporter, hands_on, NULL, PyBUF_FULL_RO);
    pybuf_exporter_unref(exporter.inner);
    use_view(view, known);
    pybuf_exporter *lent = pybuf_exporter_from_view(view);
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter.inner_gone, 0);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(exporter.inner_gone, 1);
}

/* It puts memory of its own in the place of the memory that ours lends, and frees it with the release. */
static int swaps_memory(void *self, Py_buffer *view, int flags)
{
    caller *exporter = self;
    if (hands_on(self, view, flags) < 0)
        return -1;
    CHECK((exporter->memory = malloc(6)));
    memcpy(exporter->memory, "ABCDEF", 6);
    view->buf = exporter->memory;
    exporter->lent++;
    exporter->filled = view;
    return 0;
}

static void release_swapped(void *self, Py_buffer *view)
{
    caller *exporter = self;
    release(self, view);
    free(exporter->memory);
    pybuf_release(view);
}

static void handed_on_with_other_memory(void)
{
    for (int k = 0; k < 6; k++) {
        caller exporter = {.lent = 0};
        CHECK((exporter.inner = inner_of(&exporter)));
        pybuf_view *view = pybuf_view_acquire(&exporter, swaps_memory, release_swapped, PyBUF_FULL_RO);
        pybuf_exporter_unref(exporter.inner);
        use_view(view, "ABCDEF");
        give_up_in_order(view, &exporter.released, release_orders[k]);
        CHECK_EQUAL(exporter.inner_gone, 1);
    }
}

int main(void)
{
    static const habit habits[] = {
        HABIT(yes_and_untouched, "success, and nothing was written"),
        HABIT(yes_and_emptied, "success, and what was written is zero again"),
        HABIT(yes_and_released, "success, and what was filled has been released already"),
        HABIT(yes_and_adopted, "success, and what was filled has become a view of its own"),
        HABIT(yes_in_another_number, "success is 42"),
        HABIT(no_and_filled, "failure, and the buffer is full"),
        HABIT(no_in_another_number, "failure is the lowest number there is"),
        HABIT(no_and_why_forgotten, "failure with an error that is cleared, and rubbish"),
        HABIT(no_with_anothers_internal, "failure, and it looks like an export of ours"),
        HABIT(no_and_the_reason_is_ours, "failure of a call of ours, handed on"),
        HABIT(errors_inside, "calls of ours fail within getbuffer and release"),
        HABIT(request_within_request, "getbuffer asks itself, thirty times deep"),
        HABIT(handed_on, "the answer is one of ours, and there is no release"),
        HABIT(handed_on_with_other_memory, "the answer is one of ours, but for the memory"),
    };
    CHECK_HABITS(habits);
    return checks_done("hostile_requests");
}
