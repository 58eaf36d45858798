/* A layout explained: the text, counted whole and cut where there is no room for it.
 *
 * cc -std=c11 -I include -I c_tests c_tests/programs/explain.c -lpybuf
 */
#include "check.h"

typedef Py_ssize_t dims[2];

/* A view of 2 rows of 3 bytes, 4 bytes apart, with the dimensions swapped. */
static pybuf_view *swapped(unsigned char bytes[7])
{
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = bytes, .size = 7, .ndim = 2, .shape = (dims){2, 3}, .strides = (dims){4, 1}});
    pybuf_view *rows = pybuf_exporter_view(lent, NULL);
    pybuf_view *view = pybuf_view_transpose(rows, NULL, 0);
    CHECK(view);
    pybuf_view_unref(rows);
    pybuf_exporter_unref(lent);
    return view;
}

static void a_text(void)
{
    unsigned char bytes[7] = {0};
    pybuf_view *view = swapped(bytes);
    char text[PYBUF_EXPLAIN_SIZE] = "", small[12];
    Py_ssize_t length = pybuf_view_explain(view, text, sizeof text);
    CHECK(length > 0 && (size_t)length == strlen(text) && text[length - 1] == '\n');
    CHECK(strstr(text, "(3, 2) items 'B' (uint8, 1 byte)"));
    CHECK(strstr(text, "dimension 1: 2 items, 4 bytes apart"));
    CHECK(strstr(text, "\n  offset 0: [0][2][4] .\n  offset 4: [1][3][5]\n"));

    CHECK_EQUAL(pybuf_view_explain(view, NULL, 0), length);
    CHECK_EQUAL(pybuf_view_explain(view, small, sizeof small), length);
    CHECK(strlen(small) == sizeof small - 1 && strncmp(small, text, sizeof small - 1) == 0);
    CHECK_ERROR(pybuf_view_explain(view, NULL, 5) < 0, PYBUF_ERR_VALUE, "NULL");
    CHECK_ERROR(pybuf_view_explain(view, text, -1) < 0, PYBUF_ERR_VALUE, "-1");
    pybuf_view_unref(view);
}

/* Pointers are followed, and one that is NULL is told. */
static void pointers(void)
{
    unsigned char row[3] = {0}, *rows[2] = {row, row};
    pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
        .buf = rows, .size = sizeof rows, .ndim = 2, .shape = (dims){2, 3}, .strides = (dims){sizeof rows[0], 1},
        .suboffsets = (dims){0, -1}, .pointed = 3});
    pybuf_view *view = pybuf_exporter_view(lent, NULL);
    char text[PYBUF_EXPLAIN_SIZE] = "";
    CHECK(pybuf_view_explain(view, text, sizeof text) > 0);
    CHECK(strstr(text, "behind 2 pointers") && strstr(text, "p1 leads where p0 does"));
    rows[0] = NULL;
    CHECK(pybuf_view_explain(view, text, sizeof text) > 0);
    CHECK(strstr(text, "p0 is NULL") && strstr(text, "p1 +0: [3][4][5]\n"));
    pybuf_view_unref(view);
    pybuf_exporter_unref(lent);
}

static void bad_input(void)
{
    char text[8];
    pybuf_exporter *lent = pybuf_bytes_new("abc", 3);
    void *none[] = {NULL, lent};
    for (int i = 0; i < 2; i++)
        CHECK_ERROR(pybuf_view_explain(none[i], text, sizeof text) < 0, PYBUF_ERR_TYPE, "pybuf_view");
    pybuf_exporter_unref(lent);
}

int main(void)
{
    a_text();
    pointers();
    bad_input();
    return checks_done("explain");
}
