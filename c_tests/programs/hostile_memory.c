/* Exporters whose answer does not stay what it was: arrays, formats and the buffer itself are
 * overwritten or freed as soon as they have been read, or later. A view has copied what it
 * needs. And memory behind pointers that are strange, or NULL.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/hostile_memory.c -lpybuf
 */
#include "hostile.h"

static const char known[] = "abcdef";
static char bytes[] = "abcdef";

/* An exporter that keeps what it has handed out. Its release aborts where there is nothing to release. */
typedef struct shifty {
    Py_ssize_t *shape, *strides; /* on the heap */
    char *format;                /* likewise */
    Py_buffer *kept;             /* what it filled last */
    int requests, lent, released;
} shifty;

static int shifty_getbuffer(void *self, Py_buffer *view, int flags)
{
    shifty *exporter = self;
    (void)flags;
    exporter->requests++;
    exporter->lent++;
    exporter->kept = view;
    if (!exporter->shape) {
        exporter->shape = malloc(2 * sizeof(Py_ssize_t));
        exporter->strides = malloc(2 * sizeof(Py_ssize_t));
        exporter->format = malloc(40);
    }
    memcpy(exporter->shape, (Py_ssize_t[]){2, 3}, 2 * sizeof(Py_ssize_t));
    memcpy(exporter->strides, (Py_ssize_t[]){3, 1}, 2 * sizeof(Py_ssize_t));
    strcpy(exporter->format, "T{a format that is longer than others}");
    *view = (Py_buffer){.buf = bytes, .len = 6, .itemsize = 1, .ndim = 2, .shape = exporter->shape,
                        .strides = exporter->strides, .format = exporter->format, .internal = exporter};
    return 0;
}

static void shifty_releasebuffer(void *self, Py_buffer *view)
{
    shifty *exporter = self;
    if (exporter->lent == 0 || view != exporter->kept)
        abort();
    exporter->lent--;
    exporter->released++;
}

static void free_arrays(shifty *exporter)
{
    free(exporter->shape);
    free(exporter->strides);
    free(exporter->format);
    exporter->shape = exporter->strides = NULL;
    exporter->format = NULL;
}

static void overwrite_arrays(shifty *exporter)
{
    memset(exporter->shape, 0xa5, 2 * sizeof(Py_ssize_t));
    memset(exporter->strides, 0xa5, 2 * sizeof(Py_ssize_t));
    memset(exporter->format, 0xa5, 40);
}

static void shrink_arrays(shifty *exporter)
{
    exporter->shape[0] = 0;
    exporter->format[0] = '\0';
}

static void overwrite_buffer(shifty *exporter)
{
    memset(exporter->kept, 0xa5, sizeof(Py_buffer));
}

static void empty_buffer(shifty *exporter)
{
    memset(exporter->kept, 0, sizeof(Py_buffer));
}

static void turn_writable_and_move(shifty *exporter)
{
    exporter->kept->readonly = 1;
    exporter->kept->buf = NULL;
    exporter->kept->len = PTRDIFF_MAX;
    exporter->kept->ndim = 65;
}

/* What the exporter does when its answer has just been taken. */
static const struct { const char *name; void (*does)(shifty *); } changes[] = {
    {"nothing: as it should be", NULL},
    {"arrays_freed: shape, strides and format are given back to malloc", free_arrays},
    {"arrays_overwritten: shape, strides and format become rubbish", overwrite_arrays},
    {"arrays_shrunk: the shape loses its items, the format its letters", shrink_arrays},
    {"buffer_overwritten: it keeps the Py_buffer's address, and fills it with rubbish", overwrite_buffer},
    {"buffer_emptied: it keeps the Py_buffer's address, and sets it to zero", empty_buffer},
    {"buffer_changed: it keeps the Py_buffer's address, and writes another answer there", turn_writable_and_move},
};

static pybuf_view *taken(shifty *exporter, void (*change)(shifty *))
{
    pybuf_view *view = pybuf_view_acquire(exporter, shifty_getbuffer, shifty_releasebuffer, PyBUF_FULL_RO);
    CHECK(view);
    if (change)
        change(exporter);
    return view;
}

static void check_changes(void)
{
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        check_case = changes[i].name;
        for (int k = 0; k < 6; k++) {
            shifty exporter = {.lent = 0};
            pybuf_view *view = taken(&exporter, changes[i].does);
            CHECK(strcmp(pybuf_view_format(view), "T{a format that is longer than others}") == 0);
            CHECK_EQUAL(pybuf_view_readonly(view), 0);
            use_view(view, known);
            give_up_in_order(view, &exporter.released, release_orders[k]);
            CHECK_EQUAL(exporter.lent, 0);
            free_arrays(&exporter);
        }
    }
}

/* frame_ended: the arrays are in the frame of the function that asks, and that one has returned. */
static pybuf_view *taken_in_a_frame(foreign *exporter)
{
    Py_ssize_t shape[] = {2, 3}, strides[] = {3, 1};
    char format[] = "a format of some length";
    exporter->answer = (Py_buffer){.buf = bytes, .len = 6, .itemsize = 1, .ndim = 2, .shape = shape,
                                   .strides = strides, .format = format};
    return pybuf_view_acquire(exporter, foreign_getbuffer, foreign_releasebuffer, PyBUF_FULL_RO);
}

static void check_frame(void)
{
    foreign exporter = {.released = 0};
    pybuf_view *view = taken_in_a_frame(&exporter);
    char rubbish[1000];
    memset(rubbish, 0xa5, sizeof rubbish);
    use_view(view, known);
    CHECK(strcmp(pybuf_view_format(view), "a format of some length") == 0);
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter.released, 1);
    CHECK_EQUAL((unsigned char)rubbish[500], 0xa5);
}

/* another_each_time: no two answers are of the same memory, shape, format or mood; all arrays are the same ones. */
static int moody_getbuffer(void *self, Py_buffer *view, int flags)
{
    static Py_ssize_t shape[2], strides[2];
    static char format[3];
    foreign *exporter = self;
    int turn = exporter->requests++ % 4, wide = turn & 1;
    (void)flags;
    shape[0] = wide ? 2 : 3, shape[1] = wide ? 3 : 2;
    strides[0] = wide ? 3 : 2, strides[1] = 1;
    strcpy(format, wide ? "b" : "B");
    if (turn == 3)
        return -1;
    *view = (Py_buffer){.buf = malloc(6), .len = 6, .itemsize = 1, .ndim = 2, .shape = shape, .strides = strides,
                        .format = format, .readonly = wide};
    memset(view->buf, '0' + turn, 6);
    view->internal = view->buf;
    return 0;
}

static void moody_releasebuffer(void *self, Py_buffer *view)
{
    ((foreign *)self)->released++;
    memset(view->internal, 0, 6);
    free(view->internal);
}

static void check_moods(void)
{
    foreign exporter = {.released = 0};
    pybuf_view *views[4];
    for (int turn = 0; turn < 3; turn++)
        CHECK((views[turn] = pybuf_view_acquire(&exporter, moody_getbuffer, moody_releasebuffer, PyBUF_FULL_RO)));
    CHECK_ERROR(!pybuf_view_acquire(&exporter, moody_getbuffer, moody_releasebuffer, PyBUF_FULL_RO), PYBUF_ERR_BUFFER,
                "did not say why");
    for (int turn = 0; turn < 3; turn++) {
        char items[] = {(char)('0' + turn), (char)('0' + turn), (char)('0' + turn),
                        (char)('0' + turn), (char)('0' + turn), (char)('0' + turn)};
        use_view(views[turn], items);
        CHECK_EQUAL(pybuf_view_shape(views[turn])[0], turn == 1 ? 2 : 3);
        CHECK_EQUAL(pybuf_view_readonly(views[turn]), turn == 1);
        CHECK(strcmp(pybuf_view_format(views[turn]), turn == 1 ? "b" : "B") == 0);
    }
    for (int turn = 0; turn < 3; turn++) {
        CHECK_EQUAL(exporter.released, turn);
        pybuf_view_unref(views[turn]);
    }
    CHECK_EQUAL(exporter.released, 3);
}

/* itself: shape and strides lie in the Py_buffer. Wherever that goes they go with it. */
static int inward_getbuffer(void *self, Py_buffer *view, int flags)
{
    foreign *exporter = self;
    (void)flags;
    exporter->requests++;
    *view = (Py_buffer){.buf = bytes, .len = 6, .itemsize = 1, .ndim = 1, .shape = &view->len,
                        .strides = &view->itemsize, .format = (char *)&view->internal};
    memcpy(&view->internal, "b", 2);
    return 0;
}

static void check_inward(void)
{
    foreign exporter = {.released = 0};
    Py_buffer buffer;
    pybuf_view *view = pybuf_view_acquire(&exporter, inward_getbuffer, foreign_releasebuffer, PyBUF_FULL_RO);
    use_view(view, known);
    CHECK(strcmp(pybuf_view_format(view), "b") == 0);
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter.released, 1);
    inward_getbuffer(&exporter, &buffer, PyBUF_FULL_RO);
    CHECK((view = pybuf_view_adopt(&buffer)));
    memset(&buffer, 0xa5, sizeof buffer);
    use_view(view, known);
    pybuf_view_unref(view);
}

/* --- pointers --- */

/* A table that is part of its own items had better be read-only. */
static pybuf_view *indirect(foreign *exporter, void *table, int readonly, Py_ssize_t len, int ndim, Py_ssize_t *shape,
                            Py_ssize_t *strides, Py_ssize_t *suboffsets)
{
    *exporter = (foreign){.answer = {.buf = table, .len = len, .itemsize = 1, .readonly = readonly, .ndim = ndim,
                                     .shape = shape, .strides = strides, .suboffsets = suboffsets}};
    pybuf_view *view = pybuf_view_acquire(exporter, foreign_getbuffer, foreign_releasebuffer, PyBUF_FULL_RO);
    CHECK(view);
    return view;
}

static void given_up(pybuf_view *view, const foreign *exporter)
{
    pybuf_view_unref(view);
    CHECK_EQUAL(exporter->released, 1);
}

#define NOWHERE "lead nowhere"

/* pointer_null: one row of three is NULL. The others can be used; what needs all of them fails, and writes nothing. */
static void check_pointer_null(void)
{
    char row[] = "abcdefgh", item = '?', items[9] = "--------", there[9];
    char *table[] = {row, NULL, row + 4};
    foreign exporter;
    Py_ssize_t shape[] = {3, 2}, strides[] = {sizeof *table, 1}, suboffsets[] = {1, -1};
    pybuf_view *view = indirect(&exporter, table, 0, 6, 2, shape, strides, suboffsets);
    use_attributes(view);
    CHECK_EQUAL(pybuf_view_read_item(view, (Py_ssize_t[]){2, 1}, 2, &item, 1), 0);
    CHECK_EQUAL(item, 'g');
    CHECK_ERROR(!pybuf_view_pointer(view, (Py_ssize_t[]){1, 0}, 2), PYBUF_ERR_BUFFER, NOWHERE);
    CHECK_ERROR(pybuf_view_read_item(view, (Py_ssize_t[]){1, 0}, 2, &item, 1) < 0, PYBUF_ERR_BUFFER, NOWHERE);
    CHECK_ERROR(pybuf_view_write_item(view, (Py_ssize_t[]){1, 0}, 2, &item, 1) < 0, PYBUF_ERR_BUFFER, NOWHERE);
    for (const char *order = "CFA"; *order; order++) {
        CHECK_ERROR(pybuf_view_copy_out(view, items, 6, *order) < 0, PYBUF_ERR_BUFFER, NOWHERE);
        CHECK_ERROR(pybuf_to_contiguous(items, &exporter.answer, 6, *order) < 0, PYBUF_ERR_BUFFER, NOWHERE);
        CHECK_ERROR(pybuf_from_contiguous(&exporter.answer, items, 6, *order) < 0, PYBUF_ERR_BUFFER, NOWHERE);
    }
    CHECK(memcmp(items, "--------", 8) == 0);
    CHECK_ERROR(!pybuf_get_pointer(&exporter.answer, (Py_ssize_t[]){1, 1}), PYBUF_ERR_BUFFER, NOWHERE);
    CHECK_ERROR(pybuf_copy_data(&exporter.answer, &exporter.answer) < 0, PYBUF_ERR_BUFFER, NOWHERE);
    pybuf_exporter *other = pybuf_ndarray_new(2, shape, NULL, 1, 'C');
    pybuf_view *plain = pybuf_exporter_view(other, &(pybuf_want){.writable = 1});
    CHECK_ERROR(pybuf_view_copy(view, plain) < 0, PYBUF_ERR_BUFFER, NOWHERE);
    CHECK_ERROR(pybuf_view_copy(plain, view) < 0, PYBUF_ERR_BUFFER, NOWHERE);
    CHECK(strcmp(row, "abcdefgh") == 0);
    /* as soon as it is there it is found, and a slice without it is whole */
    pybuf_view *part = pybuf_view_slice(view, 0, 0, 3, 2);
    use_view(part, "bcfg");
    pybuf_view_unref(part);
    table[1] = row + 2;
    use_view(view, "bcdefg");
    CHECK_EQUAL(pybuf_view_copy_out(view, there, 6, 'C'), 0);
    pybuf_view_unref(plain);
    pybuf_exporter_unref(other);
    given_up(view, &exporter);
}

/* pointer_null_for_nothing: rows of no items are never looked for. */
static void check_pointer_null_for_nothing(void)
{
    char *table[] = {NULL, NULL};
    foreign exporter;
    pybuf_view *view = indirect(&exporter, table, 0, 0, 2, (Py_ssize_t[]){2, 0}, (Py_ssize_t[]){sizeof *table, 1},
                                (Py_ssize_t[]){0, -1});
    use_view(view, "");
    given_up(view, &exporter);
}

/* pointer_to_itself: the table's pointers lead to the table; its items are the bytes of the pointers. */
static void check_pointer_to_itself(void)
{
    void *table[2], *expected[4];
    foreign exporter;
    table[0] = table[1] = table;
    expected[0] = expected[1] = expected[2] = expected[3] = table;
    Py_ssize_t size = sizeof table, shape[] = {2, size}, strides[] = {sizeof *table, 1}, suboffsets[] = {0, -1};
    pybuf_view *view = indirect(&exporter, table, 1, 2 * size, 2, shape, strides, suboffsets);
    use_view(view, (const char *)expected);
    given_up(view, &exporter);
}

/* pointers_in_a_circle: each of many dimensions leads to where it began. */
static void check_pointers_in_a_circle(void)
{
    void *circle = &circle;
    foreign exporter;
    Py_ssize_t ones[PyBUF_MAX_NDIM], zeros[PyBUF_MAX_NDIM];
    for (int dim = 0; dim < PyBUF_MAX_NDIM; dim++)
        ones[dim] = 1, zeros[dim] = 0;
    pybuf_view *view = indirect(&exporter, &circle, 1, 1, PyBUF_MAX_NDIM, ones, ones, zeros);
    use_view(view, (const char *)&circle);
    given_up(view, &exporter);
}

/* pointer_far_away: it leads far before the row, and the suboffset back to it. */
static void check_pointer_far_away(void)
{
    const Py_ssize_t far = 0x40000000;
    char row[] = "abcdef";
    uintptr_t table[] = {(uintptr_t)row - far, (uintptr_t)row + 3 - far};
    foreign exporter;
    pybuf_view *view = indirect(&exporter, table, 0, 6, 2, (Py_ssize_t[]){2, 3}, (Py_ssize_t[]){sizeof *table, 1},
                                (Py_ssize_t[]){far, -1});
    use_view(view, known);
    given_up(view, &exporter);
}

/* pointers_unaligned: the table begins at an odd address. */
static void check_pointers_unaligned(void)
{
    char row[] = "abcdef", *pointers[] = {row, row + 3}, table[1 + sizeof pointers];
    foreign exporter;
    memcpy(table + 1, pointers, sizeof pointers);
    pybuf_view *view = indirect(&exporter, table + 1, 0, 6, 2, (Py_ssize_t[]){2, 3},
                                (Py_ssize_t[]){sizeof *pointers, 1}, (Py_ssize_t[]){0, -1});
    use_view(view, known);
    given_up(view, &exporter);
}

int main(void)
{
    static const struct { const char *name; void (*check)(void); } others[] = {
        {"frame_ended: the arrays were in a frame that has ended", check_frame},
        {"another_each_time: every answer is another", check_moods},
        {"itself: arrays and format lie in the Py_buffer", check_inward},
        {"pointer_null: a row is missing", check_pointer_null},
        {"pointer_null_for_nothing: rows without items are missing", check_pointer_null_for_nothing},
        {"pointer_to_itself: the table leads to the table", check_pointer_to_itself},
        {"pointers_in_a_circle: 64 times", check_pointers_in_a_circle},
        {"pointer_far_away: and a suboffset that leads back", check_pointer_far_away},
        {"pointers_unaligned: the table begins at an odd address", check_pointers_unaligned},
    };
    check_changes();
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        check_case = others[i].name;
        others[i].check();
    }
    return checks_done("hostile_memory");
}
