/* An exporter over a part of another: a layout of its own, inside the memory of its
 * base, which it keeps alive.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/part.c -lpybuf
 */
#include "check.h"

typedef Py_ssize_t dims[3];

static char bytes[24];

static pybuf_exporter *lend(atomic_int *released, int readonly)
{
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = bytes, .size = sizeof bytes, .readonly = readonly, .release = count_release, .context = released});
    CHECK(lent);
    return lent;
}

static void a_part(void)
{
    atomic_int released = 0;
    pybuf_exporter *base = lend(&released, 0);
    pybuf_exporter *part = pybuf_exporter_part(
        base, &(pybuf_memory){.format = "h", .ndim = 2, .shape = (dims){2, 3}, .strides = (dims){-8, 2}, .offset = 16});
    CHECK(part && pybuf_exporter_data(part) == bytes + 16);
    pybuf_exporter_unref(base);
    CHECK_EQUAL(released, 0);
    Py_buffer view;
    CHECK_EQUAL(pybuf_getbuffer(part, &view, PyBUF_FULL), 0);
    CHECK(view.buf == bytes + 16 && view.len == 12 && view.strides[0] == -8 && strcmp(view.format, "h") == 0);
    pybuf_exporter_unref(part);
    CHECK_EQUAL(released, 0);
    pybuf_release(&view);
    CHECK_EQUAL(released, 1);
}

/* All that is left out: bytes, over all of the base or over the size that is said. */
static void left_out(void)
{
    atomic_int released = 0;
    pybuf_exporter *base = lend(&released, 0);
    static const struct { pybuf_memory part; Py_ssize_t start, len; } cases[] = {
        {{.size = 0}, 0, 24}, {{.size = 10}, 0, 10}, {{.offset = 20}, 20, 4}, {{.size = 10, .offset = 4}, 4, 6},
        {{.offset = 24}, 24, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pybuf_exporter *part = pybuf_exporter_part(base, &cases[i].part);
        Py_buffer view;
        CHECK(part);
        CHECK_EQUAL(pybuf_getbuffer(part, &view, PyBUF_SIMPLE), 0);
        CHECK(view.buf == bytes + cases[i].start);
        CHECK_EQUAL(view.len, cases[i].len);
        pybuf_release(&view);
        pybuf_exporter_unref(part);
    }
    pybuf_exporter_unref(base);
    CHECK_EQUAL(released, 1);
}

/* A part of a part counts from the start of its base's memory, which is that of the first. */
static void a_part_of_a_part(void)
{
    atomic_int released = 0;
    pybuf_exporter *base = lend(&released, 0);
    pybuf_exporter *middle = pybuf_exporter_part(base, &(pybuf_memory){.size = 16, .offset = 8});
    pybuf_exporter *inner = pybuf_exporter_part(middle, &(pybuf_memory){.offset = 10});
    CHECK(inner && pybuf_exporter_data(inner) == bytes + 10);
    CHECK_ERROR(!pybuf_exporter_part(middle, &(pybuf_memory){.size = 17}), PYBUF_ERR_VALUE, "16");
    pybuf_exporter_unref(base);
    pybuf_exporter_unref(middle);
    CHECK_EQUAL(released, 0);
    pybuf_exporter_unref(inner);
    CHECK_EQUAL(released, 1);
}

static void read_only(void)
{
    atomic_int released = 0;
    pybuf_exporter *bases[2] = {lend(&released, 1), lend(&released, 0)};
    Py_buffer view;
    for (int i = 0; i < 2; i++) {
        pybuf_exporter *part = pybuf_exporter_part(bases[i], &(pybuf_memory){.readonly = i == 1});
        CHECK_ERROR(pybuf_getbuffer(part, &view, PyBUF_WRITABLE) < 0, PYBUF_ERR_BUFFER, "writable");
        pybuf_exporter_unref(part);
        pybuf_exporter_unref(bases[i]);
    }
    CHECK_EQUAL(released, 2);
}

static void refused(void)
{
    atomic_int released = 0, part_released = 0;
    pybuf_exporter *base = lend(&released, 0);
    static const struct { pybuf_memory part; const char *says; } cases[] = {
        {{.size = 25}, "25"}, {{.size = -1}, "size"}, {{.offset = 25}, "25"}, {{.offset = -1}, "-1"},
        {{.buf = bytes}, "buf"}, {{.release = count_release}, "release"}, {{.reserved = {[7] = 1}}, "reserved"},
        {{.format = "d", .size = 20}, "8 bytes"}, {{.order = 'K'}, "order"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pybuf_memory part = cases[i].part;
        part.context = part.release ? &part_released : NULL;
        CHECK_ERROR(!pybuf_exporter_part(base, &part), PYBUF_ERR_VALUE, cases[i].says);
    }
    const pybuf_memory too_large = {.ndim = 2, .shape = (dims){5, 5}};
    CHECK_ERROR(!pybuf_exporter_part(base, &too_large), PYBUF_ERR_VALUE, "24 bytes");
    pybuf_exporter_unref(base);
    CHECK_EQUAL(released, 1); /* no failed part has kept it */
}

int main(void)
{
    a_part();
    left_out();
    a_part_of_a_part();
    read_only();
    refused();
    return checks_done("part");
}
