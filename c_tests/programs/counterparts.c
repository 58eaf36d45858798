/* The counterparts of CPython's buffer functions, on a Py_buffer from anywhere:
 * here they are filled by hand. (c_tests/extensions/counterparts.c sets them
 * beside CPython's own.)
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/counterparts.c -lpybuf
 */
#include "check.h"

typedef Py_ssize_t dims[3];

/* A writable view by hand; strides NULL is C order. */
static Py_buffer by_hand(void *buf, int ndim, Py_ssize_t itemsize, Py_ssize_t *shape, Py_ssize_t *strides)
{
    Py_buffer view = {.buf = buf, .itemsize = itemsize, .ndim = ndim, .shape = shape, .strides = strides};
    view.len = itemsize;
    for (int i = 0; i < ndim; i++)
        view.len *= shape[i];
    return view;
}

static void check_contiguity(const Py_buffer *view, int c, int f)
{
    CHECK_EQUAL(pybuf_is_contiguous(view, 'C'), c);
    CHECK_EQUAL(pybuf_is_contiguous(view, 'F'), f);
    CHECK_EQUAL(pybuf_is_contiguous(view, 'A'), c || f);
}

static void is_contiguous(void)
{
    char bytes[24];
    Py_buffer view = by_hand(bytes, 2, 4, (dims){2, 3}, (dims){12, 4});
    check_contiguity(&view, 1, 0);
    view.strides = (dims){4, 8};
    check_contiguity(&view, 0, 1);
    view.strides = (dims){8, 4};
    check_contiguity(&view, 0, 0);
    view.strides = NULL;
    check_contiguity(&view, 1, 0);
    view = by_hand(bytes, 2, 4, (dims){1, 6}, (dims){-99, 4});
    check_contiguity(&view, 1, 1);
    view = by_hand(bytes, 1, 1, (dims){0}, (dims){77});
    check_contiguity(&view, 1, 1);
    view = by_hand(bytes, 0, 8, NULL, NULL);
    check_contiguity(&view, 1, 1);
    char *rows[2] = {bytes, bytes + 12};
    view = by_hand(rows, 2, 4, (dims){2, 3}, (dims){sizeof(char *), 4});
    view.suboffsets = (dims){0, -1};
    check_contiguity(&view, 0, 0);
    CHECK_ERROR(pybuf_is_contiguous(&view, 'X') == 0, PYBUF_ERR_VALUE, "order");
}

static void get_pointer(void)
{
    char bytes[24];
    Py_buffer view = by_hand(bytes + 12, 2, 4, (dims){2, 3}, (dims){-12, 4});
    CHECK(pybuf_get_pointer(&view, (dims){0, 0}) == bytes + 12);
    CHECK(pybuf_get_pointer(&view, (dims){1, 2}) == bytes + 8);
    CHECK_ERROR(!pybuf_get_pointer(&view, (dims){2, 0}), PYBUF_ERR_INDEX, "dimension 0");
    CHECK_ERROR(!pybuf_get_pointer(&view, (dims){0, -1}), PYBUF_ERR_INDEX, "dimension 1");
    view.strides = NULL;
    view.buf = bytes;
    CHECK(pybuf_get_pointer(&view, (dims){1, 2}) == bytes + 20);
    view = by_hand(bytes, 0, 8, NULL, NULL);
    CHECK(pybuf_get_pointer(&view, NULL) == bytes);
    char *rows[2] = {bytes + 1, bytes + 12};
    view = by_hand(rows, 2, 1, (dims){2, 3}, (dims){sizeof(char *), 1});
    view.suboffsets = (dims){2, -1};
    CHECK(pybuf_get_pointer(&view, (dims){0, 1}) == bytes + 4);
    CHECK(pybuf_get_pointer(&view, (dims){1, 0}) == bytes + 14);
}

/* A 2 × 3 transposed: its items in C order, and in Fortran order. */
static void contiguous_copies(void)
{
    char bytes[] = "abcdef", to[7] = "------";
    Py_buffer transposed = by_hand(bytes, 2, 1, (dims){3, 2}, (dims){1, 3});
    CHECK_EQUAL(pybuf_to_contiguous(to, &transposed, 6, 'C'), 0);
    CHECK(strcmp(to, "adbecf") == 0);
    CHECK_EQUAL(pybuf_to_contiguous(to, &transposed, 6, 'F'), 0);
    CHECK(strcmp(to, "abcdef") == 0);
    transposed.strides = (dims){1, 3};
    CHECK_EQUAL(pybuf_to_contiguous(to, &transposed, 6, 'A'), 0);
    CHECK(strcmp(to, "abcdef") == 0); /* it is contiguous: as it lies */
    CHECK_ERROR(pybuf_to_contiguous(to, &transposed, 5, 'C') < 0, PYBUF_ERR_VALUE, "6");

    Py_buffer bare = {.buf = bytes, .len = 6, .itemsize = 1, .ndim = 1}; /* as PyBUF_SIMPLE is answered */
    CHECK_EQUAL(pybuf_to_contiguous(to, &bare, 6, 'F'), 0);
    CHECK(strcmp(to, "abcdef") == 0);
    CHECK(bare.shape == NULL && bare.strides == NULL);

    CHECK_EQUAL(pybuf_from_contiguous(&transposed, "ABCDEF", 6, 'C'), 0);
    CHECK(strcmp(bytes, "ACEBDF") == 0);
    CHECK_EQUAL(pybuf_from_contiguous(&transposed, "ABCDEF", 6, 'F'), 0);
    CHECK(strcmp(bytes, "ABCDEF") == 0);
    CHECK_EQUAL(pybuf_from_contiguous(&transposed, "xyz", 3, 'C'), 0);
    CHECK(strcmp(bytes, "xzCyEF") == 0); /* only the first three items */
    CHECK_EQUAL(pybuf_from_contiguous(&transposed, "abcdef??", 8, 'F'), 0);
    CHECK(strcmp(bytes, "abcdef") == 0); /* no more than there are */
    transposed.readonly = 1;
    CHECK_ERROR(pybuf_from_contiguous(&transposed, "------", 6, 'C') < 0, PYBUF_ERR_TYPE, "read-only");
    CHECK(strcmp(bytes, "abcdef") == 0);
}

/* Every pair of slices of one array of nine, in both directions, beside a staged copy. */
static void copy_overlapping(void)
{
    enum { N = 9, LENGTH = 4 };
    static const Py_ssize_t strides[] = {-2, -1, 1, 2};
    for (int d = 0; d < 4; d++)
        for (int s = 0; s < 4; s++)
            for (int to = 0; to < N; to++)
                for (int from = 0; from < N; from++) {
                    Py_ssize_t last_to = to + (LENGTH - 1) * strides[d], last_from = from + (LENGTH - 1) * strides[s];
                    if (last_to < 0 || last_to >= N || last_from < 0 || last_from >= N)
                        continue;
                    char bytes[N + 1] = "012345678", expected[N + 1] = "012345678", staged[LENGTH];
                    for (int i = 0; i < LENGTH; i++)
                        staged[i] = bytes[from + i * strides[s]];
                    for (int i = 0; i < LENGTH; i++)
                        expected[to + i * strides[d]] = staged[i];
                    Py_ssize_t shape[1] = {LENGTH}, to_stride[1] = {strides[d]}, from_stride[1] = {strides[s]};
                    Py_buffer dest = by_hand(bytes + to, 1, 1, shape, to_stride);
                    Py_buffer src = by_hand(bytes + from, 1, 1, shape, from_stride);
                    CHECK_EQUAL(pybuf_copy_data(&dest, &src), 0);
                    CHECK(memcmp(bytes, expected, N) == 0);
                }
}

static void copy_data(void)
{
    int16_t from[6] = {1, 2, 3, 4, 5, 6}, to[6] = {0};
    Py_buffer src = by_hand(from, 2, 2, (dims){2, 3}, NULL);
    Py_buffer dest = by_hand(to, 2, 2, (dims){2, 3}, (dims){2, 4});
    CHECK_EQUAL(pybuf_copy_data(&dest, &src), 0);
    CHECK(memcmp(to, (int16_t[]){1, 4, 2, 5, 3, 6}, sizeof to) == 0);

    /* in place: a square onto its own transpose, as if staged */
    char square[] = "abcdefghi";
    src = by_hand(square, 2, 1, (dims){3, 3}, (dims){3, 1});
    dest = by_hand(square, 2, 1, (dims){3, 3}, (dims){1, 3});
    CHECK_EQUAL(pybuf_copy_data(&dest, &src), 0);
    CHECK(strcmp(square, "adgbehcfi") == 0);

    src = by_hand(from, 1, 2, (dims){6}, NULL);
    dest = by_hand(to, 2, 2, (dims){2, 3}, NULL);
    CHECK_ERROR(pybuf_copy_data(&dest, &src) < 0, PYBUF_ERR_VALUE, "(6,)");
    dest = by_hand(to, 1, 1, (dims){6}, NULL);
    CHECK_ERROR(pybuf_copy_data(&dest, &src) < 0, PYBUF_ERR_VALUE, "item");
    dest = by_hand(to, 1, 2, (dims){6}, NULL);
    dest.readonly = 1;
    CHECK_ERROR(pybuf_copy_data(&dest, &src) < 0, PYBUF_ERR_TYPE, "read-only");
    copy_overlapping();
}

static void fill_contiguous_strides(void)
{
    dims strides;
    pybuf_fill_contiguous_strides(3, (dims){2, 3, 4}, strides, 8, 'C');
    CHECK(memcmp(strides, (dims){96, 32, 8}, sizeof strides) == 0);
    pybuf_fill_contiguous_strides(3, (dims){2, 3, 4}, strides, 8, 'F');
    CHECK(memcmp(strides, (dims){8, 16, 48}, sizeof strides) == 0);
    pybuf_fill_contiguous_strides(2, (dims){0, 3}, strides, 8, 'F');
    CHECK(memcmp(strides, (dims){8, 0, 48}, sizeof strides) == 0); /* the third is left alone */
}

static void fill_info(void)
{
    char bytes[5];
    for (int request = 0; request < 0x200; request++) {
        Py_buffer view;
        memset(&view, 0xa5, sizeof view);
        if (request == PyBUF_READ) {
            CHECK_ERROR(pybuf_fill_info(&view, NULL, bytes, 5, 0, request) < 0, PYBUF_ERR_SYSTEM, "PyBUF_READ");
            continue;
        }
        int strides = (request & PyBUF_STRIDES) == PyBUF_STRIDES;
        CHECK_EQUAL(pybuf_fill_info(&view, NULL, bytes, 5, 0, request), 0);
        CHECK(view.buf == bytes && view.obj == NULL && view.suboffsets == NULL);
        CHECK(view.len == 5 && view.itemsize == 1 && view.ndim == 1 && view.readonly == 0);
        CHECK(request & PyBUF_FORMAT ? strcmp(view.format, "B") == 0 : view.format == NULL);
        CHECK(request & PyBUF_ND ? view.shape[0] == 5 : view.shape == NULL);
        CHECK(strides ? view.strides[0] == 1 : view.strides == NULL);
        pybuf_release(&view);
        pybuf_release(&view);
    }
    Py_buffer view = {.obj = NULL};
    CHECK_EQUAL(pybuf_fill_info(&view, NULL, bytes, 5, 1, PyBUF_FULL_RO), 0);
    CHECK_EQUAL(view.readonly, 1);
    CHECK_ERROR(pybuf_fill_info(&view, NULL, bytes, 5, 1, PyBUF_WRITABLE) < 0, PYBUF_ERR_BUFFER, "writable");
    CHECK(view.obj == NULL);
    CHECK_ERROR(pybuf_fill_info(&view, NULL, bytes, -1, 0, 0) < 0, PYBUF_ERR_VALUE, "-1");
}

/* A native buffer of somebody else, who put this into `internal` and will want it back. */
static void leave_alone(void *internal)
{
    Py_buffer view = {.buf = &view, .len = 4, .itemsize = 1, .ndim = 1, .internal = internal}, before = view;
    pybuf_release(&view);
    CHECK(memcmp(&view, &before, sizeof view) == 0);
}

/* Release is idempotent, and leaves alone what is not ours. */
static void release(void)
{
    Py_buffer view;
    atomic_int released = 0;
    char bytes[4];
    pybuf_exporter *lent = pybuf_exporter_new(
        &(pybuf_memory){.buf = bytes, .size = 4, .release = count_release, .context = &released});
    CHECK_EQUAL(pybuf_getbuffer(lent, &view, PyBUF_SIMPLE), 0);
    pybuf_exporter_unref(lent);
    pybuf_release(&view);
    CHECK_EQUAL(released, 1);
    CHECK(view.obj == NULL && view.internal == NULL);
    pybuf_release(&view);
    CHECK_EQUAL(released, 1);

    memset(&view, 0, sizeof view);
    pybuf_release(&view); /* one that was never filled */

    static _Alignas(64) unsigned char rubbish[128];
    memset(rubbish, 0xa5, sizeof rubbish);
    for (int i = 0; i < 64; i++)
        leave_alone(rubbish + i);
    void *strange[] = {bytes, &view, (void *)1, (void *)64, (void *)UINTPTR_MAX, (void *)(UINTPTR_MAX - 63)};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
        leave_alone(strange[i]);
}

int main(void)
{
    is_contiguous();
    get_pointer();
    contiguous_copies();
    copy_data();
    fill_contiguous_strides();
    fill_info();
    release();
    return checks_done("counterparts");
}
