/* Bad input: memory that cannot be as described, handles of the wrong kind, NULL for
 * every pointer that must not be NULL. Each is the documented error; nothing crashes,
 * is lost or leaks.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/bad_input.c -lpybuf
 */
#include "check.h"

#define MAX PTRDIFF_MAX
#define MIN PTRDIFF_MIN

static char bytes[24];
static const Py_ssize_t negative[] = {4, -1}, too_many[] = {MAX / 2, 3}, more_than_max[] = {0, MAX, MAX};
static const Py_ssize_t six[] = {6}, pairs[] = {2, 3}, wide[] = {13, 1}, backwards[] = {-1}, farthest[] = {MIN};
static const Py_ssize_t to_the_end[] = {MAX};
static Py_ssize_t ones[200];

/* Descriptions that no memory can meet; each with the kind of the error and what it must name. */
static const struct { pybuf_memory memory; int code; const char *says; } bad[] = {
    {{.size = -1}, PYBUF_ERR_VALUE, "-1"},
    {{.size = MIN}, PYBUF_ERR_VALUE, "size"},
    /* shapes */
    {{.size = 24, .ndim = 2, .shape = negative}, PYBUF_ERR_VALUE, "(4, -1)"},
    {{.size = 24, .ndim = 2, .shape = too_many}, PYBUF_ERR_OVERFLOW, "does not fit"},
    {{.size = 24, .ndim = 3, .shape = more_than_max}, PYBUF_ERR_OVERFLOW, "does not fit"},
    {{.size = 24, .ndim = 1, .shape = to_the_end, .format = "h"}, PYBUF_ERR_OVERFLOW, "does not fit"},
    {{.size = 24, .ndim = 2}, PYBUF_ERR_VALUE, "shape"},
    {{.size = 24, .ndim = -2, .shape = six}, PYBUF_ERR_VALUE, "-2"},
    {{.size = 24, .ndim = 129, .shape = ones}, PYBUF_ERR_VALUE, "128"},
    {{.size = 24, .ndim = INT32_MAX, .shape = ones}, PYBUF_ERR_VALUE, "128"},
    {{.size = 24, .ndim = INT32_MIN}, PYBUF_ERR_VALUE, "ndim is -2147483648"},
    {{.size = 24, .ndim = 0, .shape = six}, PYBUF_ERR_VALUE, "ndim"},
    /* items outside of the memory */
    {{.size = 23, .ndim = 1, .shape = six, .format = "i"}, PYBUF_ERR_VALUE, "outside the 23 bytes"},
    {{.size = 24, .ndim = 1, .shape = six, .format = "i", .offset = 1}, PYBUF_ERR_VALUE, "outside the 24 bytes"},
    {{.size = 24, .ndim = 2, .shape = pairs, .strides = wide, .offset = 9}, PYBUF_ERR_VALUE, "outside the 24 bytes"},
    {{.size = 24, .ndim = 1, .shape = six, .strides = backwards, .offset = 4}, PYBUF_ERR_VALUE, "outside the 24 bytes"},
    {{.size = 24, .ndim = 1, .shape = six, .strides = to_the_end}, PYBUF_ERR_OVERFLOW, "beyond the address space"},
    {{.size = 24, .ndim = 1, .shape = six, .strides = farthest}, PYBUF_ERR_OVERFLOW, "beyond the address space"},
    {{.size = 24, .ndim = 1, .shape = six, .offset = MAX}, PYBUF_ERR_OVERFLOW, "address space"},
    {{.size = 24, .ndim = 1, .shape = six, .offset = MIN}, PYBUF_ERR_VALUE, "outside the 24 bytes"},
    {{.size = 24, .offset = 25}, PYBUF_ERR_VALUE, "25"},
    {{.size = 24, .offset = -1}, PYBUF_ERR_VALUE, "-1"},
    {{.size = 24, .ndim = -1, .format = "d", .offset = 17}, PYBUF_ERR_VALUE, "outside the 24 bytes"},
    {{.size = 24, .strides = six}, PYBUF_ERR_VALUE, "strides"},
    {{.size = 24, .ndim = 2, .shape = pairs, .strides = wide, .order = 'F'}, PYBUF_ERR_VALUE, "order"},
    /* formats */
    {{.size = 24, .format = "no such"}, PYBUF_ERR_VALUE, "no such"},
    {{.size = 24, .format = ""}, PYBUF_ERR_VALUE, "''"},
    {{.size = 24, .format = "T{i:a:i:b:"}, PYBUF_ERR_VALUE, "'}' is expected"},
    {{.size = 24, .format = "i", .itemsize = 8}, PYBUF_ERR_VALUE, "4"},
    {{.size = 24, .format = "xx", .itemsize = -1}, PYBUF_ERR_VALUE, "-1"},
    {{.size = 23, .format = "d"}, PYBUF_ERR_VALUE, "8 bytes"},
    /* the rest of the struct */
    {{.size = 24, .order = 'A'}, PYBUF_ERR_VALUE, "order"},
    {{.size = 24, .order = 'c'}, PYBUF_ERR_VALUE, "order"},
    {{.size = 24, .order = 67 + 256}, PYBUF_ERR_VALUE, "order"},
    {{.size = 24, .reserved = {1}}, PYBUF_ERR_VALUE, "reserved"},
    {{.size = 24, .reserved = {[7] = 1}}, PYBUF_ERR_VALUE, "reserved"},
};

static void memory(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        atomic_int released = 0;
        pybuf_memory memory = bad[i].memory;
        memory.buf = bytes;
        memory.release = count_release;
        memory.context = &released;
        CHECK_ERROR(!pybuf_exporter_new(&memory), bad[i].code, bad[i].says);
        CHECK_EQUAL(released, 1);
        memory.release = NULL; /* nobody to tell */
        CHECK_ERROR(!pybuf_exporter_new(&memory), bad[i].code, bad[i].says);
    }
    CHECK_ERROR(!pybuf_exporter_new(&(pybuf_memory){.size = 24}), PYBUF_ERR_VALUE, "NULL");
    pybuf_exporter *nothing = pybuf_exporter_new(&(pybuf_memory){.size = 0}); /* no memory, for no item */
    CHECK(nothing);
    pybuf_exporter_unref(nothing);
}

static void own_memory(void)
{
    CHECK_ERROR(!pybuf_bytes_new("abc", -1), PYBUF_ERR_VALUE, "-1");
    CHECK_ERROR(!pybuf_bytes_new(NULL, MAX), PYBUF_ERR_MEMORY, "memory");
    CHECK_ERROR(!pybuf_ndarray_new(2, negative, "B", 0, 0), PYBUF_ERR_VALUE, "(4, -1)");
    CHECK_ERROR(!pybuf_ndarray_new(2, too_many, "B", 0, 0), PYBUF_ERR_OVERFLOW, "does not fit");
    CHECK_ERROR(!pybuf_ndarray_new(1, to_the_end, "B", 0, 0), PYBUF_ERR_MEMORY, "memory");
    CHECK_ERROR(!pybuf_ndarray_new(2, pairs, "no such", 0, 0), PYBUF_ERR_VALUE, "no such");
    CHECK_ERROR(!pybuf_ndarray_new(2, pairs, "i", 3, 0), PYBUF_ERR_VALUE, "3");
    CHECK_ERROR(!pybuf_ndarray_new(2, pairs, "i", 0, 'K'), PYBUF_ERR_VALUE, "order");
    CHECK_ERROR(!pybuf_ndarray_new(2, NULL, "i", 0, 0), PYBUF_ERR_VALUE, "shape");
    CHECK_ERROR(!pybuf_ndarray_new(129, ones, "B", 0, 0), PYBUF_ERR_VALUE, "128");
}

/* Up to 128 dimensions can be described; a consumer has to understand 64. */
static void many_dimensions(void)
{
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){.buf = bytes, .size = 24, .ndim = 128, .shape = ones});
    Py_buffer view;
    CHECK(lent);
    CHECK_ERROR(pybuf_getbuffer(lent, &view, PyBUF_FULL_RO) < 0, PYBUF_ERR_BUFFER, "128");
    CHECK(view.obj == NULL && view.internal == NULL);
    CHECK_ERROR(!pybuf_exporter_view(lent, NULL), PYBUF_ERR_BUFFER, "64");
    CHECK_EQUAL(pybuf_getbuffer(lent, &view, PyBUF_SIMPLE), 0); /* as bytes it is fine */
    CHECK_EQUAL(view.len, 1);
    pybuf_release(&view);
    pybuf_exporter_unref(lent);
}

/* A view where an exporter is needed, the other way round, and what is no handle at all. */
static void wrong_handles(void)
{
    pybuf_exporter *lent = pybuf_bytes_new("abc", 3);
    pybuf_view *view = pybuf_exporter_view(lent, NULL);
    void *as_view = lent;
    static _Alignas(64) char rubbish[256] = "this is not a handle of anything, only text that lies where one could be";
    void *strangers[] = {view, rubbish, rubbish + 8};
    static const char says[] = "pybuf_exporter is needed";
    Py_buffer buffer;
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        CHECK_ERROR(pybuf_getbuffer(strangers[i], &buffer, PyBUF_SIMPLE) < 0, PYBUF_ERR_TYPE, says);
        CHECK(buffer.obj == NULL && buffer.internal == NULL);
        CHECK_ERROR(!pybuf_exporter_view(strangers[i], NULL), PYBUF_ERR_TYPE, says);
        CHECK_ERROR(!pybuf_exporter_part(strangers[i], &(pybuf_memory){.size = 1}), PYBUF_ERR_TYPE, says);
        CHECK_ERROR(!pybuf_exporter_data(strangers[i]), PYBUF_ERR_TYPE, says);
        CHECK_ERROR(!pybuf_exporter_ref(strangers[i]), PYBUF_ERR_TYPE, says);
        pybuf_exporter_unref(strangers[i]); /* drops nothing */
    }
    CHECK_ERROR(pybuf_view_getbuffer(as_view, &buffer, PyBUF_SIMPLE) < 0, PYBUF_ERR_TYPE, "pybuf_view is needed");
    CHECK(buffer.obj == NULL && buffer.internal == NULL);
    CHECK_ERROR(!pybuf_view_slice(as_view, 0, 0, 1, 1), PYBUF_ERR_TYPE, "handle is a pybuf_exporter");
    CHECK_ERROR(!pybuf_view_ref(as_view), PYBUF_ERR_TYPE, "handle is a pybuf_exporter");
    CHECK_ERROR(pybuf_view_nbytes(as_view) < 0, PYBUF_ERR_TYPE, "handle is a pybuf_exporter");
    CHECK_ERROR(pybuf_view_copy(as_view, view) < 0, PYBUF_ERR_TYPE, "handle is a pybuf_exporter");
    CHECK_ERROR(pybuf_view_copy(view, as_view) < 0, PYBUF_ERR_TYPE, "handle is a pybuf_exporter");
    CHECK_ERROR(!pybuf_exporter_from_view(as_view), PYBUF_ERR_TYPE, "handle is a pybuf_exporter");
    pybuf_view_unref(as_view);

    CHECK_EQUAL(pybuf_getbuffer(lent, &buffer, PyBUF_SIMPLE), 0);
    pybuf_exporter *other = pybuf_bytes_new("def", 3);
    pybuf_releasebuffer(other, &buffer); /* of another exporter: stays out */
    CHECK(buffer.internal != NULL);
    pybuf_exporter_unref(other);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
    CHECK(memcmp(buffer.buf, "abc", 3) == 0);
    pybuf_release(&buffer);
}

int main(void)
{
    for (size_t i = 0; i < sizeof ones / sizeof ones[0]; i++)
        ones[i] = 1;
    memory();
    own_memory();
    many_dimensions();
    wrong_handles();
    return checks_done("bad_input");
}
