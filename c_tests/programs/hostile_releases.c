/* Exporters whose release does more than it should, or calls back into the library.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/hostile_releases.c -lpybuf
 */
#include "caller.h"

/* --- a release that does more than it should --- */

static void check_release(pybuf_releasebufferproc releasebuffer)
{
    for (int k = 0; k < 6; k++) {
        caller exporter = {.lent = 0};
        pybuf_view *view = pybuf_view_acquire(&exporter, fill, releasebuffer, PyBUF_FULL_RO);
        CHECK(view);
        exporter.own = view;
        use_view(view, known);
        give_up_in_order(view, &exporter.released, release_orders[k]);
        CHECK_EQUAL(exporter.lent, 0);
    }
    library_works();
}

static void release_writes_rubbish(void *self, Py_buffer *view)
{
    release(self, view);
    memset(view, 0xa5, sizeof *view);
}

static void release_names_an_object(void *self, Py_buffer *view)
{
    release(self, view);
    view->obj = (PyObject *)bytes;
    view->internal = bytes + 1;
}

static void release_releases_again(void *self, Py_buffer *view)
{
    pybuf_release(view);
    release(self, view);
    pybuf_release(view);
    CHECK_ERROR((pybuf_releasebuffer(NULL, view), 1), PYBUF_ERR_TYPE, "NULL");
}

static void release_uses_the_library(void *self, Py_buffer *view)
{
    library_works();
    release(self, view);
    library_works();
}

static void release_asks_again(void *self, Py_buffer *view)
{
    caller *exporter = self;
    if (exporter->depth++ == 0) {
        Py_buffer *filled = exporter->filled;
        pybuf_view *again = pybuf_view_acquire(self, fill, release, PyBUF_FULL_RO);
        CHECK(again);
        use_view(again, known);
        pybuf_view_unref(again);
        exporter->released--;
        exporter->filled = filled;
    }
    exporter->depth--;
    release(self, view);
}

/* Its view is ending: neither a reference nor an item is to be had of it any more. */
static void release_uses_its_view(void *self, Py_buffer *view)
{
    caller *exporter = self;
    if (exporter->own) {
        CHECK_ERROR((pybuf_view_unref(exporter->own), 1), PYBUF_ERR_TYPE, "or no longer");
        CHECK_ERROR(!pybuf_view_ref(exporter->own), PYBUF_ERR_TYPE, "or no longer");
        CHECK_ERROR(!pybuf_view_data(exporter->own), PYBUF_ERR_TYPE, "or no longer");
    }
    release(self, view);
}

static void rubbish_in_release(void) { check_release(release_writes_rubbish); }
static void object_in_release(void) { check_release(release_names_an_object); }
static void release_within_release(void) { check_release(release_releases_again); }
static void library_within_release(void) { check_release(release_uses_the_library); }
static void request_within_release(void) { check_release(release_asks_again); }

static void own_view_within_release(void)
{
    caller exporter = {.lent = 0};
    CHECK((exporter.own = pybuf_view_acquire(&exporter, fill, release_uses_its_view, PyBUF_FULL_RO)));
    pybuf_view_unref(exporter.own);
    CHECK_EQUAL(exporter.released, 1);
}

static void release_gives_up_another(void *self, Py_buffer *view)
{
    caller *exporter = self;
    pybuf_view *other = exporter->own;
    exporter->own = NULL;
    pybuf_view_unref(other);
    release(self, view);
}

/* A chain of views, each of them given up from within the release of the one before. */
static void others_within_release(void)
{
    enum { MANY = 1000 };
    static caller exporters[MANY];
    pybuf_view *before = NULL;
    for (int k = 0; k < MANY; k++) {
        exporters[k].own = before;
        CHECK((before = pybuf_view_acquire(&exporters[k], fill, release_gives_up_another, PyBUF_FULL_RO)));
    }
    pybuf_view_unref(before);
    for (int k = 0; k < MANY; k++)
        CHECK_EQUAL(exporters[k].released, 1);
}

/* --- a callback that comes back to its exporter --- */

static void memory_done(void *context)
{
    caller *exporter = context;
    Py_buffer buffer;
    CHECK_ERROR((pybuf_exporter_unref(exporter->inner), 1), PYBUF_ERR_TYPE, "or no longer");
    CHECK_ERROR(!pybuf_exporter_ref(exporter->inner), PYBUF_ERR_TYPE, "or no longer");
    CHECK_ERROR(pybuf_getbuffer(exporter->inner, &buffer, PyBUF_SIMPLE) < 0, PYBUF_ERR_TYPE, "or no longer");
    CHECK_ERROR(!pybuf_exporter_view(exporter->inner, NULL), PYBUF_ERR_TYPE, "or no longer");
    library_works();
    exporter->released++;
}

static void exporter_within_its_callback(void)
{
    caller exporter = {.lent = 0};
    pybuf_memory memory = {.buf = bytes, .size = 6, .release = memory_done, .context = &exporter};
    CHECK((exporter.inner = pybuf_exporter_new(&memory)));
    pybuf_view *view = pybuf_exporter_view(exporter.inner, NULL);
    pybuf_exporter_unref(exporter.inner);
    use_view(view, known);
    CHECK_EQUAL(exporter.released, 0);
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter.released, 1);
}

int main(void)
{
    static const habit habits[] = {
        HABIT(rubbish_in_release, "the buffer is overwritten"),
        HABIT(object_in_release, "the buffer names an object, and an internal"),
        HABIT(release_within_release, "the buffer that is being released is released"),
        HABIT(library_within_release, "exporters and views are made and dropped"),
        HABIT(request_within_release, "the exporter asks itself"),
        HABIT(own_view_within_release, "the view that ends is used and dropped"),
        HABIT(others_within_release, "another view is dropped, and from within that another, a thousand deep"),
        HABIT(exporter_within_its_callback, "a callback of ours uses the exporter that ends"),
    };
    CHECK_HABITS(habits);
    return checks_done("hostile_releases");
}
