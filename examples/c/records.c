/* Reads records by their format: the fields by name, the values, and whether the records are
 * those of a struct of this program. There is no Python in the process.
 *
 *     cc records.c -o records -lpybuf
 *         (installed; from a checkout see README, Build with it)
 *     ./records
 */
#include <pybuf.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* A record of this program. */
typedef struct { int32_t id; double position[2]; char name[4]; } record;

static void die(void)
{
    fprintf(stderr, "records: %s\n", pybuf_error_message());
    exit(1);
}

static pybuf_format *must(pybuf_format *format)
{
    if (!format)
        die();
    return format;
}

/* The struct of this program as a format: nobody has to count its pad bytes. */
static pybuf_format *of_record(void)
{
    const pybuf_member members[] = {
        {.name = "id", .format = "i", .offset = offsetof(record, id)},
        {.name = "position", .format = "(2)d", .offset = offsetof(record, position)},
        {.name = "name", .format = "4s", .offset = offsetof(record, name)},
    };
    return must(pybuf_format_from_members(members, 3, sizeof(record)));
}

static void show_fields(pybuf_format *format)
{
    const pybuf_field *item = pybuf_format_root(format);
    if (!item)
        die();
    printf("%s, items of %td bytes\n", pybuf_format_text(format), item->itemsize);
    for (int32_t i = 0; i < item->count; i++)
        printf("    %-8s at %2td, %td bytes each\n", item->fields[i].name, item->fields[i].offset,
               item->fields[i].itemsize);
}

static void show_difference(pybuf_format *theirs, pybuf_format *ours)
{
    char text[256];
    Py_ssize_t length = pybuf_format_difference(theirs, ours, text, sizeof text);
    if (length < 0)
        die();
    printf("%s\n", length == 0 ? "the records are ours" : text);
}

int main(void)
{
    /* Two records as another machine has sent them: packed, the last byte of a number first. */
    static const unsigned char sent[2][24] = {
        {0, 0, 0, 7, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 'm', 'a', 's', 't'},
        {0, 0, 1, 0, 0xbf, 0xf8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'k', 'e', 'e', 'l'},
    };
    pybuf_format *theirs = must(pybuf_format_new("T{>i:id:(2)d:position:4s:name:}", PYBUF_PEP3118));
    pybuf_format *ours = of_record();
    show_fields(theirs);
    show_fields(ours);
    show_difference(theirs, ours);

    /* All values of both records at once: the items point at their members. */
    Py_ssize_t each = pybuf_format_values(theirs);
    pybuf_value values[2 * 6];
    if (each != 6 || pybuf_format_unpack_many(theirs, sent, 2, sizeof *sent, values, 2 * each) < 0)
        die();
    for (int i = 0; i < 2; i++) {
        const pybuf_value *member = values[i * each].as.items, *position = member[1].as.items;
        printf("%lld at (%g, %g): %.*s\n", (long long)member[0].as.integer, position[0].as.real[0],
               position[1].as.real[0], (int)member[2].size, (const char *)member[2].as.bytes);
    }

    /* The same values as records of this program, in its byte order and with its padding. */
    record own[2];
    if (pybuf_format_pack_many(ours, values, 2, each, own, sizeof *own) < 0)
        die();
    printf("%d at (%g, %g): %.4s\n", (int)own[1].id, own[1].position[0], own[1].position[1], own[1].name);

    /* One field, by its path. */
    Py_ssize_t offset;
    pybuf_format *y = must(pybuf_format_field(theirs, "position[1]", &offset));
    pybuf_value value;
    if (pybuf_format_unpack(y, sent[0] + offset, pybuf_format_itemsize(y), &value, 1) < 0)
        die();
    printf("position[1] at byte %td: %g\n", offset, value.as.real[0]);

    pybuf_format_unref(y);
    pybuf_format_unref(ours);
    pybuf_format_unref(theirs);
    return 0;
}
