/* Exporters that put into `internal` and `obj` what is not theirs to put there.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/hostile_internals.c -lpybuf
 */
#include "caller.h"

/* --- what an internal may look like --- */

/* What is added to a handle's address to make an internal. */
static uintptr_t mark_of_exports(void)
{
    Py_buffer buffer;
    pybuf_exporter *exporter = pybuf_bytes_new("", 0);
    CHECK_EQUAL(pybuf_getbuffer(exporter, &buffer, PyBUF_SIMPLE), 0);
    uintptr_t mark = (uintptr_t)buffer.internal - (uintptr_t)exporter;
    pybuf_release(&buffer);
    pybuf_exporter_unref(exporter);
    return mark;
}

static void check_internal(void *internal)
{
    caller exporter = {.internal = internal};
    for (int with = 0; with < 2; with++) {
        pybuf_view *view = pybuf_view_acquire(&exporter, fill, with ? release : NULL, PyBUF_FULL_RO);
        CHECK(view);
        use_view(view, known);
        pybuf_view_unref(view);
        CHECK_EQUAL(exporter.released, with);
    }
    Py_buffer buffer = TRUTH, before;
    buffer.internal = internal;
    before = buffer;
    pybuf_release(&buffer);
    CHECK(memcmp(&buffer, &before, sizeof buffer) == 0);
    pybuf_view *view = pybuf_view_adopt(&buffer);
    CHECK(view && !buffer.internal);
    use_view(view, known);
    pybuf_view_unref(view);
}

static void internal_of_many_kinds(void)
{
    static _Alignas(16) char no_handle[256];
    const uintptr_t mark = mark_of_exports();
    check_internal(NULL);
    check_internal((void *)1);
    check_internal((void *)UINTPTR_MAX);
    check_internal(no_handle);
    check_internal((void *)mark);                               /* NULL, marked */
    check_internal((void *)(mark + 16));                        /* an address where nothing ever is */
    check_internal((void *)((uintptr_t)no_handle + mark));      /* marked, and no handle */
    check_internal((void *)((uintptr_t)no_handle + mark + 1));  /* nearly so */
    memset(no_handle, 0xff, sizeof no_handle);
    check_internal((void *)((uintptr_t)no_handle + mark));
}

/* It fills in the internal of an export of ours that is not its own, and releases by a function. */
static void internal_of_another(void)
{
    caller exporter = {.lent = 0};
    Py_buffer others;
    CHECK((exporter.inner = inner_of(&exporter)));
    CHECK_EQUAL(pybuf_getbuffer(exporter.inner, &others, PyBUF_SIMPLE), 0);
    exporter.internal = others.internal;
    pybuf_view *view = pybuf_view_acquire(&exporter, fill, release, PyBUF_FULL_RO);
    use_view(view, known);
    give_up_in_order(view, &exporter.released, release_orders[0]);
    CHECK_EQUAL(exporter.inner_gone, 0);
    pybuf_release(&others);
    CHECK_EQUAL(exporter.inner_gone, 0);
    pybuf_exporter_unref(exporter.inner);
    CHECK_EQUAL(exporter.inner_gone, 1);
}

/* It has no release function, and later writes the internal of an export of ours that is not its own. */
static void internal_of_another_later(void)
{
    caller exporter = {.lent = 0};
    Py_buffer others;
    CHECK((exporter.inner = inner_of(&exporter)));
    CHECK_EQUAL(pybuf_getbuffer(exporter.inner, &others, PyBUF_SIMPLE), 0);
    pybuf_view *view = pybuf_view_acquire(&exporter, fill, NULL, PyBUF_FULL_RO);
    exporter.filled->internal = others.internal;
    use_view(view, known);
    pybuf_view_unref(view);
    pybuf_exporter_unref(exporter.inner);
    CHECK_EQUAL(exporter.inner_gone, 0);
    pybuf_release(&others);
    CHECK_EQUAL(exporter.inner_gone, 1);
}

/* It names an object, in a process that has no Python: nobody touches what is named. */
static void object_without_a_python(void)
{
    caller exporter = {.obj = (PyObject *)(uintptr_t)0xdeadbeef};
    for (int k = 0; k < 6; k++) {
        exporter.released = 0;
        pybuf_view *view = pybuf_view_acquire(&exporter, fill, release, PyBUF_FULL_RO);
        CHECK(view);
        use_view(view, known);
        give_up_in_order(view, &exporter.released, release_orders[k]);
    }
    pybuf_view *view = pybuf_view_acquire(&exporter, fill, NULL, PyBUF_FULL_RO);
    use_view(view, known);
    pybuf_view_unref(view);
    Py_buffer buffer = TRUTH, before;
    buffer.obj = exporter.obj;
    before = buffer;
    CHECK_ERROR(!pybuf_view_adopt(&buffer), PYBUF_ERR_RUNTIME, "no Python");
    CHECK(memcmp(&buffer, &before, sizeof buffer) == 0);
    pybuf_release(&buffer);
    CHECK(!buffer.obj && !buffer.buf);
}

/* It names an object that is none, and lies: the lie is an error, and the release is called. */
static int names_an_object_and_lies(void *self, Py_buffer *view, int flags)
{
    fill(self, view, flags);
    view->obj = (PyObject *)bytes;
    view->ndim = 65;
    return 0;
}

static void object_and_a_lie(void)
{
    caller exporter = {.lent = 0};
    CHECK_ERROR(!pybuf_view_acquire(&exporter, names_an_object_and_lies, release, PyBUF_FULL_RO), PYBUF_ERR_VALUE,
                "must not exceed 64");
    CHECK_EQUAL(exporter.released, 1);
}

int main(void)
{
    static const habit habits[] = {
        HABIT(internal_of_many_kinds, "pointers, numbers, and what looks like an export of ours"),
        HABIT(internal_of_another, "that of an export that is not its own"),
        HABIT(internal_of_another_later, "likewise, written when the view is there already"),
        HABIT(object_without_a_python, "obj is set where there is no Python"),
        HABIT(object_and_a_lie, "likewise, in an answer that lies"),
    };
    CHECK_HABITS(habits);
    return checks_done("hostile_internals");
}
