/* Formats in C, with no Python anywhere: texts read, fields told, other texts, answers about two
 * formats, structs made of members; and every argument that is none.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/formats.c -lpybuf
 */
#include "check.h"

typedef struct particle {
    int8_t charge;
    int32_t id;
    double position[3];
    uint16_t tag;
} particle;

static pybuf_format *parsed(const char *text)
{
    pybuf_format *format = pybuf_format_new(text, PYBUF_PEP3118);
    check_case = text;
    CHECK(format);
    return format;
}

/* A format of a single code is the same every time: nothing is allocated. */
static void single_codes(void)
{
    pybuf_format *one = parsed("d"), *two = parsed("d");
    CHECK(one == two && pybuf_format_ref(one) == one);
    CHECK(strcmp(pybuf_format_text(one), "d") == 0);
    CHECK_EQUAL(pybuf_format_itemsize(one), 8);
    const pybuf_field *root = pybuf_format_root(one);
    CHECK(root && root->kind == PYBUF_KIND_FLOAT && root->itemsize == 8 && root->order != 0);
    CHECK(!root->name && !root->shape && !root->fields && !root->signature);
    CHECK(root->ndim == 0 && root->count == 0 && root->repeat == 1 && root->offset == 0);
    for (int i = 0; i < 3; i++)
        pybuf_format_unref(one);
    CHECK(pybuf_format_root(parsed("d")) == root);
}

static void check_field(const pybuf_field *field, const char *name, int kind, Py_ssize_t offset, Py_ssize_t itemsize)
{
    CHECK(field->name && strcmp(field->name, name) == 0);
    CHECK_EQUAL(field->kind, kind);
    CHECK_EQUAL(field->offset, offset);
    CHECK_EQUAL(field->itemsize, itemsize);
}

static void fields(void)
{
    pybuf_format *format = parsed("T{b:charge:i:id:(3)d:position:H:tag:}");
    CHECK_EQUAL(pybuf_format_itemsize(format), sizeof(particle));
    CHECK_EQUAL(pybuf_format_alignment(format), _Alignof(particle));
    const pybuf_field *root = pybuf_format_root(format);
    CHECK(root == pybuf_format_root(format));
    CHECK(root->kind == PYBUF_KIND_STRUCT && root->count == 4 && root->order == 0);
    check_field(&root->fields[0], "charge", PYBUF_KIND_SIGNED, offsetof(particle, charge), 1);
    check_field(&root->fields[1], "id", PYBUF_KIND_SIGNED, offsetof(particle, id), 4);
    check_field(&root->fields[2], "position", PYBUF_KIND_FLOAT, offsetof(particle, position), 8);
    check_field(&root->fields[3], "tag", PYBUF_KIND_UNSIGNED, offsetof(particle, tag), 2);
    CHECK(root->fields[2].ndim == 1 && root->fields[2].shape[0] == 3);

    Py_ssize_t offset = -1;
    pybuf_format *number = pybuf_format_field(format, "position[2]", &offset);
    CHECK(number && offset == (Py_ssize_t)(offsetof(particle, position) + 2 * sizeof(double)));
    CHECK_EQUAL(pybuf_format_root(number)->kind, PYBUF_KIND_FLOAT);
    pybuf_format_unref(format);
    CHECK_EQUAL(pybuf_format_itemsize(number), 8); /* it stays without the struct */
    pybuf_format_unref(number);
}

static void pointers_and_functions(void)
{
    pybuf_format *format = parsed("T{&<i:p:X{id->d}:f:3s:name:}");
    const pybuf_field *fields = pybuf_format_root(format)->fields;
    CHECK(fields[0].kind == PYBUF_KIND_POINTER && fields[0].count == 1);
    CHECK(fields[0].fields[0].kind == PYBUF_KIND_SIGNED && fields[0].fields[0].order == '<');
    CHECK(fields[1].kind == PYBUF_KIND_FUNCTION && strcmp(fields[1].signature, "id->d") == 0);
    CHECK(fields[2].kind == PYBUF_KIND_BYTES && fields[2].itemsize == 3 && fields[2].order == 0);
    pybuf_format_unref(format);
}

/* The same struct by members, offsets and sizes as the compiler has them. */
static void from_members(void)
{
    pybuf_format *numbers = parsed("(3)d");
    pybuf_member members[] = {
        {.name = "tag", .format = "H", .offset = offsetof(particle, tag)},
        {.name = "position", .type = numbers, .offset = offsetof(particle, position)},
        {.name = "charge", .format = "b", .offset = offsetof(particle, charge)},
        {.name = "id", .format = "i", .offset = offsetof(particle, id)},
    };
    pybuf_format *made = pybuf_format_from_members(members, 4, sizeof(particle));
    pybuf_format *said = parsed("T{b:charge:i:id:(3)d:position:H:tag:}");
    CHECK(made);
    CHECK_EQUAL(pybuf_format_equivalent(made, said), 1);
    CHECK_EQUAL(pybuf_format_difference(made, said, NULL, 0), 0);
    CHECK_EQUAL(pybuf_format_c_difference(made, NULL, 0), 0);
    CHECK_EQUAL(pybuf_format_accepts(made, pybuf_format_text(said), sizeof(particle)), 1);
    CHECK_EQUAL(pybuf_format_accepts(made, "T{b:charge:i:id:}", 8), 0);
    pybuf_format_unref(said);
    pybuf_format_unref(made);

    made = pybuf_format_from_members(members + 2, 2, 0); /* up to the end of the last member */
    CHECK(made);
    CHECK_EQUAL(pybuf_format_itemsize(made), 8);
    pybuf_format_unref(made);

    CHECK_ERROR(!pybuf_format_from_members(members, 4, 8), PYBUF_ERR_VALUE, "8");
    members[3].offset = 0;
    CHECK_ERROR(!pybuf_format_from_members(members, 4, sizeof(particle)), PYBUF_ERR_VALUE, "overlap");
    members[3] = (pybuf_member){.name = "tag", .format = "i", .offset = 4};
    CHECK_ERROR(!pybuf_format_from_members(members, 4, sizeof(particle)), PYBUF_ERR_VALUE, "tag");
    members[3] = (pybuf_member){.name = "a:b", .format = "i", .offset = 4};
    CHECK_ERROR(!pybuf_format_from_members(members, 4, sizeof(particle)), PYBUF_ERR_VALUE, "a:b");
    members[3] = (pybuf_member){.name = "id", .format = "y", .offset = 4};
    CHECK_ERROR(!pybuf_format_from_members(members, 4, sizeof(particle)), PYBUF_ERR_VALUE,
                "member 3: format 'y' at offset 0: 'y' is no code");
    members[3] = (pybuf_member){.name = "id", .offset = 4};
    CHECK_ERROR(!pybuf_format_from_members(members, 4, sizeof(particle)), PYBUF_ERR_VALUE, "format");
    members[3] = (pybuf_member){.name = "id", .format = "i", .type = numbers, .offset = 4};
    CHECK_ERROR(!pybuf_format_from_members(members, 4, sizeof(particle)), PYBUF_ERR_VALUE, "type");
    members[3] = (pybuf_member){.name = "id", .format = "i", .offset = 4, .reserved = {1}};
    CHECK_ERROR(!pybuf_format_from_members(members, 4, sizeof(particle)), PYBUF_ERR_VALUE, "reserved");
    members[3] = (pybuf_member){.name = "id", .format = "i", .offset = -4};
    CHECK_ERROR(!pybuf_format_from_members(members, 4, sizeof(particle)), PYBUF_ERR_VALUE, "-4");
    CHECK_ERROR(!pybuf_format_from_members(members, -1, 8), PYBUF_ERR_VALUE, "-1");
    CHECK_ERROR(!pybuf_format_from_members(NULL, 1, 8), PYBUF_ERR_VALUE, "NULL");
    pybuf_format_unref(numbers);
}

/* A sentence is counted whole and cut where there is no room for it, as snprintf does. */
static void differences(void)
{
    pybuf_format *one = parsed("T{i:a:d:b:}"), *other = parsed("T{i:a:f:b:}"), *packed = parsed("T{<b:a:<i:b:}");
    char text[200] = "", small[5] = "????";
    CHECK_EQUAL(pybuf_format_equivalent(one, other), 0);
    Py_ssize_t length = pybuf_format_difference(one, other, text, sizeof text);
    CHECK(length > 0 && (size_t)length == strlen(text) && strstr(text, "b") && strstr(text, "float32"));
    CHECK_EQUAL(pybuf_format_difference(one, other, NULL, 0), length);
    CHECK_EQUAL(pybuf_format_difference(one, other, small, sizeof small), length);
    CHECK(strlen(small) == 4 && strncmp(small, text, 4) == 0);
    CHECK_ERROR(pybuf_format_difference(one, other, NULL, 5) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_format_difference(one, other, text, -1) < 0, PYBUF_ERR_VALUE, "-1");

    CHECK(pybuf_format_c_difference(packed, text, sizeof text) > 0);
    pybuf_format *aligned = pybuf_format_in_c_layout(packed);
    CHECK(aligned);
    CHECK_EQUAL(pybuf_format_itemsize(aligned), 8);
    CHECK_EQUAL(pybuf_format_root(aligned)->fields[1].offset, 4);
    CHECK_EQUAL(pybuf_format_c_difference(aligned, text, sizeof text), 0);
    pybuf_format_unref(aligned);
    pybuf_format_unref(packed);
    pybuf_format_unref(other);
    pybuf_format_unref(one);
}

static void dialects(void)
{
    static const int32_t all[] = {PYBUF_PEP3118, PYBUF_STRUCT, PYBUF_NUMPY, PYBUF_CTYPES};
    pybuf_format *format = parsed("<2hq");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pybuf_format *told = pybuf_format_in_dialect(format, all[i]);
        pybuf_format *again = told ? pybuf_format_new(pybuf_format_text(told), all[i]) : NULL;
        CHECK(told && again);
        CHECK_EQUAL(pybuf_format_equivalent(again, format), 1);
        pybuf_format_unref(again);
        pybuf_format_unref(told);
    }
    CHECK_ERROR(!pybuf_format_in_dialect(format, 4), PYBUF_ERR_VALUE, "4 is no dialect");
    pybuf_format_unref(format);
    format = parsed("(2,3)i");
    CHECK_ERROR(!pybuf_format_in_dialect(format, PYBUF_STRUCT), PYBUF_ERR_VALUE, "sub-array");
    pybuf_format_unref(format);
}

static void stated(void)
{
    pybuf_format *format = pybuf_format_stated(NULL, 1);
    CHECK(format && strcmp(pybuf_format_text(format), "B") == 0);
    pybuf_format_unref(format);
    format = pybuf_format_stated("T{<b:a:<i:b:}", 8); /* ctypes, up to Python 3.11 */
    CHECK(format && pybuf_format_root(format)->fields[1].offset == 4);
    pybuf_format_unref(format);
    CHECK_ERROR(!pybuf_format_stated("i", 8), PYBUF_ERR_VALUE, "itemsize is 8");
    CHECK_ERROR(!pybuf_format_stated("y", 8), PYBUF_ERR_VALUE, "'y' is no code");
    CHECK_ERROR(!pybuf_format_stated("i", -4), PYBUF_ERR_VALUE, "itemsize");
}

static void sizes(void)
{
    CHECK_EQUAL(pybuf_size_from_format("<hbi"), 7);
    CHECK_EQUAL(pybuf_size_from_format("hbi"), 8);
    CHECK_EQUAL(pybuf_size_from_format(""), 0);
    CHECK_ERROR(pybuf_size_from_format("T{i}") < 0, PYBUF_ERR_STRUCT, "bad char in struct format");
    CHECK_ERROR(pybuf_size_from_format("3") < 0, PYBUF_ERR_STRUCT, "repeat count given without format specifier");
    CHECK_ERROR(pybuf_size_from_format("9223372036854775808b") < 0, PYBUF_ERR_STRUCT, "total struct size too long");
    CHECK_ERROR(pybuf_size_from_format(NULL) < 0, PYBUF_ERR_VALUE, "text is NULL");
}

static void wrong_texts(void)
{
    CHECK_ERROR(!pybuf_format_new(NULL, PYBUF_PEP3118), PYBUF_ERR_VALUE, "text is NULL");
    CHECK_ERROR(!pybuf_format_new("i", 4), PYBUF_ERR_VALUE, "4 is no dialect");
    CHECK_ERROR(!pybuf_format_new("i", -1), PYBUF_ERR_VALUE, "-1 is no dialect");
    CHECK_ERROR(!pybuf_format_new("T{i:a:", PYBUF_PEP3118), PYBUF_ERR_VALUE, "at offset 6: the text ends, where '}'");
    CHECK_ERROR(!pybuf_format_new("i<i", PYBUF_STRUCT), PYBUF_ERR_STRUCT, "bad char in struct format");
}

static void paths(void)
{
    pybuf_format *format = parsed("T{i:a:(2,3)h:b:}");
    Py_ssize_t offset = 77;
    CHECK_ERROR(!pybuf_format_field(format, "c", &offset), PYBUF_ERR_VALUE, "c");
    CHECK_ERROR(!pybuf_format_field(format, "b[2]", &offset), PYBUF_ERR_INDEX, "2");
    CHECK_ERROR(!pybuf_format_field(format, "b[", &offset), PYBUF_ERR_VALUE, "b[");
    CHECK_ERROR(!pybuf_format_field(format, NULL, &offset), PYBUF_ERR_VALUE, "NULL");
    CHECK_EQUAL(offset, 77);
    CHECK_ERROR(!pybuf_format_field(format, "a", NULL), PYBUF_ERR_VALUE, "NULL");
    pybuf_format_unref(format);
}

/* NULL, a handle of another sort and what is no handle at all, in every function that takes one. */
static void wrong_handles(void)
{
    static _Alignas(64) char rubbish[256] = "this is not a handle of anything";
    pybuf_exporter *lent = pybuf_bytes_new("abc", 3);
    pybuf_format *good = parsed("i");
    void *handles[] = {NULL, lent, rubbish};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        pybuf_format *bad = handles[i];
        Py_ssize_t offset;
        char text[8];
        CHECK_ERROR(!pybuf_format_ref(bad), PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(!pybuf_format_text(bad), PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(pybuf_format_itemsize(bad) < 0, PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(pybuf_format_alignment(bad) < 0, PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(!pybuf_format_root(bad), PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(!pybuf_format_field(bad, "a", &offset), PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(!pybuf_format_in_dialect(bad, PYBUF_STRUCT), PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(!pybuf_format_in_c_layout(bad), PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(pybuf_format_equivalent(good, bad) < 0, PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(pybuf_format_equivalent(bad, good) < 0, PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(pybuf_format_difference(good, bad, text, 8) < 0, PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(pybuf_format_c_difference(bad, text, 8) < 0, PYBUF_ERR_TYPE, "pybuf_format");
        CHECK_ERROR(pybuf_format_accepts(bad, "i", 4) < 0, PYBUF_ERR_TYPE, "pybuf_format");
        pybuf_format_unref(bad);
    }
    CHECK_ERROR(!pybuf_exporter_view((pybuf_exporter *)(void *)good, NULL), PYBUF_ERR_TYPE, "pybuf_format");
    pybuf_format_unref(good);
    pybuf_exporter_unref(lent);
}

int main(void)
{
    single_codes();
    fields();
    pointers_and_functions();
    from_members();
    differences();
    dialects();
    stated();
    sizes();
    check_case = NULL;
    wrong_texts();
    paths();
    wrong_handles();
    return checks_done("formats");
}
