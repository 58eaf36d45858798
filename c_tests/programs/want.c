/* pybuf_want: what a consumer needs, said in one struct; and the refusal, one
 * sentence that says what was asked for, what is there and what would do.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/want.c -lpybuf
 */
#include "check.h"

typedef Py_ssize_t dims[3];

static _Alignas(16) unsigned char bytes[64];

static pybuf_view *over(pybuf_memory memory)
{
    memory.buf = bytes;
    memory.size = sizeof bytes;
    pybuf_exporter *lent = pybuf_exporter_new(&memory);
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.writable = !memory.readonly});
    CHECK(view);
    pybuf_exporter_unref(lent);
    return view;
}

/* Each kind fits exactly the formats that mean it, in any spelling. */
static void kinds(void)
{
    static const char *const formats[][4] = {
        {"bool", "?", "@?", "<?"}, {"int8", "b", "=b", ">b"}, {"uint8", "B", "<B", ">B"}, {"int16", "h", "@h", "=h"},
        {"uint16", "H", "=H", "@H"}, {"int32", "i", "=i", "=l"}, {"uint32", "I", "=I", "=L"},
        {"int64", "q", "=q", "@q"}, {"uint64", "Q", "=Q", "@Q"}, {"float16", "e", "=e", "@e"},
        {"float32", "f", "=f", "@f"}, {"float64", "d", "=d", "@d"}, {"complex64", "Zf", "F", "=Zf"},
        {"complex128", "Zd", "D", "@Zd"},
    };
    enum { KINDS = sizeof formats / sizeof formats[0] };
    for (int is = 0; is < KINDS; is++)
        for (int spelling = 1; spelling < 4; spelling++) {
            pybuf_view *view = over((pybuf_memory){.format = formats[is][spelling]});
            for (int asked = 0; asked < KINDS; asked++) {
                pybuf_want want = {.kind = formats[asked][0]};
                if (asked == is)
                    CHECK_EQUAL(pybuf_view_check(view, &want), 0);
                else
                    CHECK_ERROR(pybuf_view_check(view, &want) < 0, PYBUF_ERR_BUFFER, formats[asked][0]);
            }
            pybuf_view_unref(view);
        }
    static const uint16_t one = 1;
    pybuf_view *foreign = over((pybuf_memory){.format = *(const unsigned char *)&one ? ">d" : "<d"});
    CHECK_ERROR(pybuf_view_check(foreign, &(pybuf_want){.kind = "float64"}) < 0, PYBUF_ERR_BUFFER, "-endian float64");
    pybuf_view_unref(foreign);
    pybuf_view *opaque = over((pybuf_memory){.format = "T{i:a:i:b:}", .itemsize = 8});
    CHECK_ERROR(pybuf_view_check(opaque, &(pybuf_want){.kind = "int64"}) < 0, PYBUF_ERR_BUFFER, "T{i:a:i:b:}");
    CHECK_EQUAL(pybuf_view_check(opaque, &(pybuf_want){.ndim = 1}), 0);
    CHECK_ERROR(pybuf_view_check(opaque, &(pybuf_want){.kind = "double"}) < 0, PYBUF_ERR_VALUE, "float64");
    pybuf_view_unref(opaque);
}

/* A format that was read once fits every spelling of it, and tells the first field that differs. */
static void formats(void)
{
    pybuf_format *wanted = pybuf_format_new("T{i:id:d:x:}", PYBUF_PEP3118);
    const pybuf_want want = {.format = wanted}, anywhere = {.format = wanted, .unaligned = 1};
    pybuf_view *spelled = over((pybuf_memory){.format = "T{=i:id:4xd}"});
    CHECK_EQUAL(pybuf_view_check(spelled, &want), 0);
    pybuf_view *other = over((pybuf_memory){.format = "T{i:id:q:x:}"});
    CHECK_ERROR(pybuf_view_check(other, &want) < 0, PYBUF_ERR_BUFFER,
                "field 'x' is int64 at offset 8, against float64 at offset 8. A copy converted to 'T{i:id:d:x:}'");
    pybuf_view *oblique = over((pybuf_memory){.format = "T{=i:id:4xd:x:}", .ndim = 1, .shape = (dims){3}, .offset = 2});
    CHECK_ERROR(pybuf_view_check(oblique, &want) < 0, PYBUF_ERR_BUFFER, "An aligned copy would do");
    CHECK_EQUAL(pybuf_view_check(oblique, &anywhere), 0);
    CHECK_ERROR(pybuf_view_check(oblique, &(pybuf_want){.format = (pybuf_format *)oblique}) < 0, PYBUF_ERR_TYPE,
                "a pybuf_format is needed here; this handle is a pybuf_view");
    pybuf_view_unref(spelled);
    pybuf_view_unref(other);
    pybuf_view_unref(oblique);
    pybuf_format_unref(wanted);
}

static void dimensions(void)
{
    pybuf_view *matrix = over((pybuf_memory){.ndim = 2, .shape = (dims){4, 16}});
    pybuf_view *scalar = over((pybuf_memory){.ndim = -1});
    CHECK_EQUAL(pybuf_view_check(matrix, &(pybuf_want){.ndim = 2}), 0);
    CHECK_EQUAL(pybuf_view_check(scalar, &(pybuf_want){.ndim = -1}), 0);
    CHECK_EQUAL(pybuf_view_check(scalar, &(pybuf_want){.ndim = 0}), 0);
    CHECK_ERROR(pybuf_view_check(matrix, &(pybuf_want){.ndim = 1}) < 0, PYBUF_ERR_BUFFER, "1 dimension");
    CHECK_ERROR(pybuf_view_check(matrix, &(pybuf_want){.ndim = 3}) < 0, PYBUF_ERR_BUFFER, "(4, 16)");
    CHECK_ERROR(pybuf_view_check(scalar, &(pybuf_want){.ndim = 1}) < 0, PYBUF_ERR_BUFFER, "()");
    CHECK_ERROR(pybuf_view_check(matrix, &(pybuf_want){.ndim = -1}) < 0, PYBUF_ERR_BUFFER, "0 dimensions");
    CHECK_ERROR(pybuf_view_check(matrix, &(pybuf_want){.ndim = -2}) < 0, PYBUF_ERR_VALUE, "-2");
    CHECK_ERROR(pybuf_view_check(matrix, &(pybuf_want){.ndim = 65}) < 0, PYBUF_ERR_VALUE, "64");
    pybuf_view_unref(matrix);
    pybuf_view_unref(scalar);
}

static void orders(void)
{
    pybuf_view *c = over((pybuf_memory){.ndim = 2, .shape = (dims){4, 16}});
    pybuf_view *f = over((pybuf_memory){.ndim = 2, .shape = (dims){4, 16}, .order = 'F'});
    pybuf_view *neither = over((pybuf_memory){.ndim = 2, .shape = (dims){4, 8}, .strides = (dims){16, 2}});
    static const char letters[] = "CFA";
    const int fits[3][3] = {{1, 0, 1}, {0, 1, 1}, {0, 0, 0}};
    pybuf_view *views[3] = {c, f, neither};
    for (int is = 0; is < 3; is++)
        for (int asked = 0; asked < 3; asked++) {
            pybuf_want want = {.order = letters[asked]};
            if (fits[is][asked])
                CHECK_EQUAL(pybuf_view_check(views[is], &want), 0);
            else
                CHECK_ERROR(pybuf_view_check(views[is], &want) < 0, PYBUF_ERR_BUFFER,
                            "was asked for; this buffer is 'B'");
        }
    CHECK_ERROR(pybuf_view_check(f, &(pybuf_want){.order = 'C'}) < 0, PYBUF_ERR_BUFFER, "Fortran order");
    CHECK_ERROR(pybuf_view_check(c, &(pybuf_want){.order = 'c'}) < 0, PYBUF_ERR_VALUE, "order");
    for (int i = 0; i < 3; i++)
        pybuf_view_unref(views[i]);
}

static void writable(void)
{
    pybuf_view *view = over((pybuf_memory){.readonly = 1});
    CHECK_EQUAL(pybuf_view_check(view, NULL), 0);
    CHECK_ERROR(pybuf_view_check(view, &(pybuf_want){.writable = 1}) < 0, PYBUF_ERR_BUFFER, "read-only");
    pybuf_view_unref(view);
    view = over((pybuf_memory){.readonly = 0});
    CHECK_EQUAL(pybuf_view_check(view, &(pybuf_want){.writable = 1}), 0);
    CHECK_EQUAL(pybuf_view_check(view, &(pybuf_want){.writable = 0}), 0);
    pybuf_view_unref(view);
}

/* A kind is promised to be aligned, unless the consumer says that it does not matter. */
static void aligned(void)
{
    pybuf_memory memory = {.format = "i", .ndim = 1, .shape = (dims){4}, .strides = (dims){4}, .offset = 1};
    pybuf_view *odd = over(memory);
    memory.strides = (dims){5};
    memory.offset = 0;
    pybuf_view *packed = over(memory);
    pybuf_view *views[2] = {odd, packed};
    for (int i = 0; i < 2; i++) {
        CHECK_ERROR(pybuf_view_check(views[i], &(pybuf_want){.kind = "int32"}) < 0, PYBUF_ERR_BUFFER, "aligned");
        CHECK_EQUAL(pybuf_view_check(views[i], &(pybuf_want){.kind = "int32", .unaligned = 1}), 0);
        CHECK_EQUAL(pybuf_view_check(views[i], NULL), 0);
        pybuf_view_unref(views[i]);
    }
}

/* Suboffsets come only to whoever says that they are understood. */
static int pil_getbuffer(void *self, Py_buffer *view, int flags)
{
    static Py_ssize_t shape[] = {2, 3}, strides[] = {sizeof(char *), 1}, suboffsets[] = {0, -1};
    (void)flags;
    *view = (Py_buffer){.buf = self, .len = 6, .itemsize = 1, .ndim = 2, .format = "B",
                        .shape = shape, .strides = strides, .suboffsets = suboffsets};
    return 0;
}

static void indirect(void)
{
    unsigned char *rows[2] = {bytes, bytes + 16};
    pybuf_view *view = pybuf_view_acquire(rows, pil_getbuffer, NULL, PyBUF_FULL_RO);
    CHECK(view);
    CHECK(pybuf_view_suboffsets(view)[0] == 0 && pybuf_view_suboffsets(view)[1] == -1);
    CHECK(pybuf_view_pointer(view, (dims){1, 2}, 2) == bytes + 18);
    CHECK_EQUAL(pybuf_view_check(view, &(pybuf_want){.indirect = 1}), 0);
    CHECK_ERROR(pybuf_view_check(view, &(pybuf_want){.ndim = 2}) < 0, PYBUF_ERR_BUFFER, "suboffsets");
    pybuf_view_unref(view);
}

/* The sentence of the README, whole. */
static void in_one_sentence(void)
{
    static const uint16_t one = 1;
    const char *format = *(const unsigned char *)&one ? ">d" : "<d";
    pybuf_view *view = over((pybuf_memory){.format = format, .ndim = 2, .shape = (dims){2, 4}, .order = 'F'});
    CHECK_ERROR(pybuf_view_check(view, &(pybuf_want){.kind = "float64", .ndim = 2, .order = 'C'}) < 0, PYBUF_ERR_BUFFER,
                "float64 in 2 dimensions, C order was asked for; this buffer is '");
    CHECK(strstr(pybuf_error_message(), "shape (2, 4), strides (8, 16): Fortran order."));
    CHECK(strstr(pybuf_error_message(), "A native C-ordered copy would do."));
    pybuf_view_unref(view);
}

/* The same wants, for who would make a copy: whether one is needed, which, and why. */
static void zero_copy(void)
{
    static const struct row {
        pybuf_want want;
        int answer; /* of a view of 4 rows of 6 ints in Fortran order, read-only */
        const char *says;
    } rows[] = {
        {{.order = 'F'}, 1, ""},
        {{.order = 'A', .kind = "int32"}, 1, ""},
        {{.order = 'C'}, 0, "a C-ordered copy, because dimension 1 has a stride of 16 where C order needs 4"},
        {{.writable = 1}, 0, "a writable copy, because it is read-only"},
        {{.writable = 1, .order = 'C'}, 0,
         "a writable C-ordered copy, because dimension 1 has a stride of 16 where C order needs 4, and it is read-only"},
        {{.kind = "float32"}, 0, "a copy converted to float32, because items are 'i' (int32) and not float32"},
        {{.stable = 1}, 0, "a copy, because others may write it meanwhile"},
        {{.exclusive = 1}, 0, "a copy, because others may use it meanwhile"},
    };
    static int32_t items[24];
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = items, .size = sizeof items, .format = "i", .ndim = 2, .shape = (dims){4, 6}, .order = 'F', .readonly = 1});
    pybuf_view *view = pybuf_exporter_view(lent, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[PYBUF_EXPLAIN_SIZE] = "untouched", small[10];
        check_case = rows[i].says;
        CHECK_EQUAL(pybuf_view_is_zero_copy(view, &rows[i].want, text, sizeof text), rows[i].answer);
        CHECK(strcmp(text, rows[i].says) == 0);
        CHECK_EQUAL(pybuf_view_check(view, &rows[i].want) == 0, rows[i].answer);
        CHECK_EQUAL(pybuf_view_is_zero_copy(view, &rows[i].want, small, sizeof small), rows[i].answer);
        CHECK(strlen(small) < sizeof small && strncmp(small, text, sizeof small - 1) == 0);
        CHECK_EQUAL(pybuf_view_is_zero_copy(view, &rows[i].want, NULL, 0), rows[i].answer);
    }
    check_case = NULL;
    CHECK_EQUAL(pybuf_view_is_zero_copy(view, NULL, NULL, 0), 1);
    char text[80] = "untouched";
    CHECK_ERROR(pybuf_view_is_zero_copy(view, &(pybuf_want){.ndim = 1}, text, sizeof text) < 0, PYBUF_ERR_BUFFER,
                "Only memory in 1 dimension would do");
    CHECK_ERROR(pybuf_view_is_zero_copy(view, &(pybuf_want){.order = 'K'}, text, sizeof text) < 0, PYBUF_ERR_VALUE,
                "order");
    CHECK_ERROR(pybuf_view_is_zero_copy(view, NULL, text, -1) < 0, PYBUF_ERR_VALUE, "-1");
    CHECK(strcmp(text, "untouched") == 0);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);

    unsigned char *pointers[2] = {bytes, bytes + 16};
    view = pybuf_view_acquire(pointers, pil_getbuffer, NULL, PyBUF_FULL_RO);
    CHECK_EQUAL(pybuf_view_is_zero_copy(view, &(pybuf_want){.order = 'C'}, text, sizeof text), 0);
    CHECK(strcmp(text, "a C-ordered copy, because dimension 0 ends in pointers (suboffsets)") == 0);
    CHECK_EQUAL(pybuf_view_is_zero_copy(view, &(pybuf_want){.indirect = 1}, text, sizeof text), 1);
    pybuf_view_unref(view);
}

/* The same want at the door: what does not fit is never acquired, and the exporter keeps nothing. */
static void at_the_door(void)
{
    atomic_int released = 0;
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = bytes, .size = 64, .format = "f", .readonly = 1, .release = count_release, .context = &released});
    CHECK_ERROR(!pybuf_exporter_view(lent, &(pybuf_want){.kind = "float64"}), PYBUF_ERR_BUFFER, "float32");
    CHECK_ERROR(!pybuf_exporter_view(lent, &(pybuf_want){.writable = 1}), PYBUF_ERR_BUFFER, "read-only");
    CHECK_ERROR(!pybuf_exporter_view(lent, &(pybuf_want){.reserved = {1}}), PYBUF_ERR_VALUE, "reserved");
    pybuf_view *view = pybuf_exporter_view(lent, &(pybuf_want){.kind = "float32", .ndim = 1, .order = 'A'});
    CHECK(view);
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
    CHECK_EQUAL(released, 1);
}

int main(void)
{
    kinds();
    formats();
    dimensions();
    orders();
    writable();
    aligned();
    indirect();
    in_one_sentence();
    zero_copy();
    at_the_door();
    return checks_done("want");
}
