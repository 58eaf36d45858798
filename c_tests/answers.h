/* Answers that lie, or are so strange that they look like lies: for the C programs and for
 * the Python extension alike.
 *
 * What no consumer can find out is not here: memory that is not there (buf, an array or a
 * format that leads nowhere, fewer numbers in an array than ndim), a format without an end,
 * memory that is called writable and is not, an obj that names no object in a process with
 * Python, and an internal that is forged to look like an export of this library.
 */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <pybuf.h>
#include <stdint.h>
#include <string.h>

static char bytes[] = "abcdefghijklmnopqrstuvw", long_format[1000001], odd_arrays[64];
static char *rows[] = {bytes, bytes + 10};

#define HUGE_LENGTH (PTRDIFF_MAX / 2 + 1)
#define GARBAGE ((void *)(uintptr_t)0xdeadbeef)
#define IS_64_BITS (sizeof(void *) == 8)

#define NUMBERS(...) ((Py_ssize_t[]){__VA_ARGS__})
#define TWO_BY_THREE NUMBERS(2, 3)
#define C_ORDER NUMBERS(3, 1)
#define F_ORDER NUMBERS(1, 2)
#define WIDE NUMBERS(6, 2)

static Py_ssize_t ones[65], both[] = {2, 2};

#define ANSWER(LEN, ITEMSIZE, NDIM, SHAPE, STRIDES) \
    .buf = bytes, .len = LEN, .itemsize = ITEMSIZE, .ndim = NDIM, .shape = SHAPE, .strides = STRIDES
#define BYTES(SHAPE, STRIDES) ANSWER(6, 1, 2, SHAPE, STRIDES)

typedef struct hostile {
    const char *name; /* and what it does */
    int request;
    Py_buffer answer;
    int code;         /* of the refusal */
    const char *says; /* a part of it */
} hostile;

/* Each of them is refused. */
static const hostile lies[] = {
    {"len_one_more: says one byte more than its shape has",
     PyBUF_FULL_RO, {ANSWER(7, 1, 2, TWO_BY_THREE, C_ORDER)}, PYBUF_ERR_BUFFER, "wrong about len: it says 7"},
    {"len_in_items: forgets the item size in len",
     PyBUF_FULL_RO, {ANSWER(6, 2, 2, TWO_BY_THREE, C_ORDER)}, PYBUF_ERR_BUFFER, "wrong about len"},
    {"len_negative: the right number, with the wrong sign",
     PyBUF_FULL_RO, {ANSWER(-6, 1, 2, TWO_BY_THREE, C_ORDER)}, PYBUF_ERR_BUFFER, "len -6"},
    {"len_as_low_as_can_be: the lowest number there is",
     PyBUF_SIMPLE, {ANSWER(PTRDIFF_MIN, 1, 1, NULL, NULL)}, PYBUF_ERR_BUFFER, "negative sizes"},
    {"len_as_high_as_can_be: reaches around the end of the address space",
     PyBUF_SIMPLE, {.buf = (void *)(UINTPTR_MAX - 9), .len = PTRDIFF_MAX, .itemsize = 1, .ndim = 1},
     PYBUF_ERR_BUFFER, "beyond the address space"},
    {"len_of_broken_items: items of 2 bytes in 7 bytes, without a shape",
     PyBUF_FULL_RO, {ANSWER(7, 2, 1, NULL, NULL), .format = "h"}, PYBUF_ERR_BUFFER, "no whole number of items"},
    {"len_of_a_broken_scalar: an item of 2 bytes in 3 bytes, without a dimension",
     PyBUF_FULL_RO, {ANSWER(3, 2, 0, NULL, NULL), .format = "h"}, PYBUF_ERR_BUFFER, "no whole number of items"},
    {"len_of_an_empty_shape: has bytes where its shape has none",
     PyBUF_FULL_RO, {ANSWER(6, 1, 2, NUMBERS(0, 3), C_ORDER)},
     PYBUF_ERR_BUFFER, "shape (0, 3) of 1-byte items has 0"},

    {"shape_negative_twice: both lengths negative, and their product is right",
     PyBUF_FULL_RO, {BYTES(NUMBERS(-2, -3), C_ORDER)}, PYBUF_ERR_VALUE, "(-2, -3) is negative"},
    {"shape_negative_once: a length below zero",
     PyBUF_FULL_RO, {BYTES(NUMBERS(6, -1), C_ORDER)}, PYBUF_ERR_VALUE, "negative in dimension 1"},
    {"shape_missing: two dimensions, and no shape",
     PyBUF_FULL_RO, {BYTES(NULL, C_ORDER)}, PYBUF_ERR_BUFFER, "without a shape"},
    {"shape_too_large: more items than there can be bytes",
     PyBUF_FULL_RO, {BYTES(NUMBERS(HUGE_LENGTH, 4), C_ORDER)}, PYBUF_ERR_OVERFLOW, "does not fit"},
    {"shape_wraps_to_len: the product of the lengths wraps around, and is len",
     PyBUF_FULL_RO, {ANSWER(8, 2, 2, NUMBERS(4, HUGE_LENGTH + 1), WIDE)}, PYBUF_ERR_OVERFLOW, "does not fit"},
    {"shape_wraps_on_32_bits: on 32 bits the product wraps around, and is len; on 64 it is not len",
     PyBUF_FULL_RO, {ANSWER(0, 1, 2, NUMBERS(65536, 65536), C_ORDER)},
     IS_64_BITS ? PYBUF_ERR_BUFFER : PYBUF_ERR_OVERFLOW, IS_64_BITS ? "wrong about len" : "does not fit"},
    {"shape_times_itemsize_too_large: few items, larger than fit",
     PyBUF_FULL_RO, {ANSWER(0, PTRDIFF_MAX, 1, NUMBERS(2), NULL)}, PYBUF_ERR_OVERFLOW, "does not fit"},
    {"shape_empty_and_too_large: there is no item, but more than can be of the rest",
     PyBUF_FULL_RO, {ANSWER(0, 1, 3, NUMBERS(HUGE_LENGTH, 0, 4), NUMBERS(1, 1, 1))},
     PYBUF_ERR_OVERFLOW, "does not fit"},

    {"itemsize_zero: items of no size in 6 bytes",
     PyBUF_FULL_RO, {ANSWER(6, 0, 2, TWO_BY_THREE, C_ORDER)}, PYBUF_ERR_BUFFER, "items of 0 bytes"},
    {"itemsize_negative: items of a negative size",
     PyBUF_FULL_RO, {ANSWER(6, -1, 2, TWO_BY_THREE, C_ORDER)}, PYBUF_ERR_BUFFER, "itemsize -1"},
    {"itemsize_as_low_as_can_be: the lowest size there is, and no item",
     PyBUF_FULL_RO, {ANSWER(0, PTRDIFF_MIN, 1, NUMBERS(0), NULL)}, PYBUF_ERR_BUFFER, "itemsize -"},

    {"ndim_negative: fewer dimensions than none",
     PyBUF_FULL_RO, {ANSWER(6, 1, -1, TWO_BY_THREE, C_ORDER)}, PYBUF_ERR_BUFFER, "ndim -1"},
    {"ndim_as_low_as_can_be: the lowest number there is",
     PyBUF_FULL_RO, {ANSWER(6, 1, INT32_MIN, TWO_BY_THREE, C_ORDER)}, PYBUF_ERR_BUFFER, "ndim -2147483648"},
    {"ndim_65: one dimension more than a consumer has to understand",
     PyBUF_FULL_RO, {ANSWER(1, 1, 65, ones, ones)},
     PYBUF_ERR_VALUE, "must not exceed 64; the exporter gives 65"},
    {"ndim_as_high_as_can_be: the highest number there is",
     PyBUF_FULL_RO, {ANSWER(1, 1, INT32_MAX, ones, ones)}, PYBUF_ERR_VALUE, "must not exceed 64"},

    {"strides_without_a_shape: it is not said how often to step",
     PyBUF_FULL_RO, {ANSWER(6, 1, 1, NULL, NUMBERS(-1))},
     PYBUF_ERR_BUFFER, "strides or suboffsets without a shape"},
    {"strides_too_far: the second row does not fit the address space",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, NUMBERS(PTRDIFF_MAX, 1))},
     PYBUF_ERR_OVERFLOW, "beyond the address space"},
    {"strides_as_low_as_can_be: the third row lies further down than can be said",
     PyBUF_FULL_RO, {BYTES(NUMBERS(3, 2), NUMBERS(PTRDIFF_MIN, 1))},
     PYBUF_ERR_OVERFLOW, "beyond the address space"},
    {"strides_below_the_first_address: before address 0",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, NUMBERS(-PTRDIFF_MAX, 1))},
     PYBUF_ERR_BUFFER, "beyond the address space"},
    {"strides_above_the_last_address: the second item lies beyond the end",
     PyBUF_FULL_RO, {.buf = (void *)(UINTPTR_MAX - 9), .len = 2, .itemsize = 1, .ndim = 1,
      .shape = NUMBERS(2), .strides = NUMBERS(20)},
     PYBUF_ERR_BUFFER, "beyond the address space"},
    {"strides_apart: one up and one down: no memory is so large",
     PyBUF_FULL_RO, {.buf = (void *)HUGE_LENGTH, .len = 4, .itemsize = 1, .ndim = 2, .shape = NUMBERS(2, 2),
      .strides = NUMBERS(HUGE_LENGTH, -HUGE_LENGTH)},
     PYBUF_ERR_BUFFER, "beyond the address space"},

    {"suboffsets_without_strides: pointers at distances that are not said",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, NULL), .suboffsets = NUMBERS(0, -1)},
     PYBUF_ERR_BUFFER, "without strides"},
    {"suboffsets_without_a_shape: one dimension of pointers, how many is not said",
     PyBUF_FULL_RO, {ANSWER(6, 1, 1, NULL, NULL), .suboffsets = NUMBERS(0)},
     PYBUF_ERR_BUFFER, "strides or suboffsets without a shape"},
    {"suboffsets_not_asked_for: to a consumer that does not understand them",
     PyBUF_RECORDS_RO, {BYTES(TWO_BY_THREE, C_ORDER), .suboffsets = NUMBERS(0, -1)},
     PYBUF_ERR_BUFFER, "suboffsets"},
    {"suboffsets_too_far: behind each pointer the items lie further away than fits",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, C_ORDER), .suboffsets = NUMBERS(PTRDIFF_MAX, -1)},
     PYBUF_ERR_OVERFLOW, "beyond the address space"},
    {"suboffsets_at_null: the table of pointers is nowhere",
     PyBUF_FULL_RO, {.len = 6, .itemsize = 1, .ndim = 2, .shape = TWO_BY_THREE, .strides = NUMBERS(8, 1),
      .suboffsets = NUMBERS(0, -1)},
     PYBUF_ERR_BUFFER, "6 bytes at NULL"},

    {"buf_null: items at NULL",
     PyBUF_FULL_RO, {.len = 6, .itemsize = 1, .ndim = 2, .shape = TWO_BY_THREE},
     PYBUF_ERR_BUFFER, "6 bytes at NULL"},
    {"buf_null_of_bytes: one byte at NULL",
     PyBUF_SIMPLE, {.len = 1, .itemsize = 1, .ndim = 1}, PYBUF_ERR_BUFFER, "1 bytes at NULL"},

    {"readonly_though_to_be_written: a request to write is met with read-only memory",
     PyBUF_FULL, {BYTES(TWO_BY_THREE, C_ORDER), .readonly = 1}, PYBUF_ERR_BUFFER, "read-only"},
    {"readonly_is_no_truth_value: negative: true all the same",
     PyBUF_FULL, {BYTES(TWO_BY_THREE, C_ORDER), .readonly = -7}, PYBUF_ERR_BUFFER, "read-only"},
    {"readonly_bytes: plain bytes to be written are read-only",
     PyBUF_WRITABLE, {ANSWER(6, 1, 1, NULL, NULL), .readonly = 1}, PYBUF_ERR_BUFFER, "read-only"},

    {"c_contiguous_it_is_not: Fortran order where C order was demanded",
     PyBUF_C_CONTIGUOUS, {BYTES(TWO_BY_THREE, F_ORDER)}, PYBUF_ERR_BUFFER, "C-contiguous"},
    {"f_contiguous_it_is_not: C order where Fortran order was demanded",
     PyBUF_F_CONTIGUOUS, {BYTES(TWO_BY_THREE, C_ORDER)}, PYBUF_ERR_BUFFER, "Fortran-contiguous"},
    {"f_contiguous_without_strides: without strides it is C order that is said",
     PyBUF_F_CONTIGUOUS, {BYTES(TWO_BY_THREE, NULL)}, PYBUF_ERR_BUFFER, "Fortran-contiguous"},
    {"contiguous_it_is_not: every other byte where contiguous memory was demanded",
     PyBUF_ANY_CONTIGUOUS, {BYTES(TWO_BY_THREE, WIDE)}, PYBUF_ERR_BUFFER, "request for contiguous"},
    {"c_order_it_is_not: gaps between items, to a consumer that understands no strides",
     PyBUF_ND, {BYTES(TWO_BY_THREE, WIDE)}, PYBUF_ERR_BUFFER, "C-ordered"},
    {"bytes_in_fortran_order: Fortran order, to a consumer that understands no strides",
     PyBUF_SIMPLE, {BYTES(TWO_BY_THREE, F_ORDER)}, PYBUF_ERR_BUFFER, "C-ordered"},
};

typedef struct strange {
    const char *name; /* and what it does */
    int request;
    Py_buffer answer;
    const char *items;  /* the bytes of its items, in C order */
    const char *format; /* what its format is found to be */
} strange;

/* Each of them is right. */
static const strange truths[] = {
    {"no_memory_and_no_item: neither a buf nor a shape nor a byte",
     PyBUF_FULL_RO, {.itemsize = 1, .ndim = 1}, "", "B"},
    {"items_of_no_size: items there are, of 0 bytes",
     PyBUF_FULL_RO, {ANSWER(0, 0, 2, TWO_BY_THREE, C_ORDER), .format = "0s"}, "", "0s"},
    {"items_of_no_size_far_apart: never looked at, and never moved on by",
     PyBUF_FULL_RO, {.buf = GARBAGE, .ndim = 2, .shape = TWO_BY_THREE,
      .strides = NUMBERS(HUGE_LENGTH / 2, -7), .format = "0s"},
     "", "0s"},
    {"empty_with_wild_strides: no item, at a wild address and wild distances",
     PyBUF_FULL_RO, {.buf = GARBAGE, .itemsize = 1, .ndim = 3, .shape = NUMBERS(3, 0, 2),
      .strides = NUMBERS(PTRDIFF_MAX, PTRDIFF_MIN, -1)},
     "", "B"},
    {"empty_with_wild_suboffsets: no item behind any pointer",
     PyBUF_FULL_RO, {.buf = GARBAGE, .itemsize = 1, .ndim = 2, .shape = NUMBERS(3, 0),
      .strides = NUMBERS(PTRDIFF_MAX, 1), .suboffsets = NUMBERS(PTRDIFF_MAX, PTRDIFF_MAX)},
     "", "B"},
    {"one_item_with_wild_strides: nobody ever takes a step",
     PyBUF_FULL_RO, {ANSWER(1, 1, 2, ones, NUMBERS(PTRDIFF_MIN, PTRDIFF_MAX))}, "a", "B"},
    {"one_item_with_wild_strides_called_contiguous: and so it is",
     PyBUF_C_CONTIGUOUS, {ANSWER(1, 1, 2, ones, NUMBERS(PTRDIFF_MIN, PTRDIFF_MAX))}, "a", "B"},
    {"strides_of_zero: one row, shown twice",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, NUMBERS(0, 1))}, "abcabc", "B"},
    {"strides_that_overlap: each item shares a byte with the next",
     PyBUF_FULL_RO, {ANSWER(12, 2, 2, TWO_BY_THREE, NUMBERS(1, 1)), .readonly = 1}, "abbccdbccdde", "2s"},
    {"strides_are_the_shape: one array is both",
     PyBUF_FULL_RO, {ANSWER(4, 1, 2, both, both)}, "acce", "B"},
    {"strides_backwards: from the last byte to the first",
     PyBUF_FULL_RO, {.buf = bytes + 5, .len = 6, .itemsize = 1, .ndim = 2, .shape = TWO_BY_THREE,
      .strides = NUMBERS(-3, -1)},
     "fedcba", "B"},
    {"arrays_unaligned: arrays at odd addresses",
     PyBUF_FULL_RO, {BYTES((void *)(odd_arrays + 1), (void *)(odd_arrays + 33))}, "abcdef", "B"},
    {"items_unaligned: float64 at an odd address",
     PyBUF_FULL_RO, {.buf = bytes + 1, .len = 16, .itemsize = 8, .ndim = 1, .format = "d"},
     "bcdefghijklmnopq", "d"},
    {"strides_left_out: C order, then",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, NULL), .format = "B"}, "abcdef", "B"},
    {"shape_left_out: as many items as there are, then",
     PyBUF_FULL_RO, {ANSWER(6, 2, 1, NULL, NULL), .format = "h"}, "abcdef", "h"},
    {"strides_not_asked_for_and_no_shape: strides that nobody asked for do not count",
     PyBUF_SIMPLE, {ANSWER(6, 1, 1, NULL, NUMBERS(-1))}, "abcdef", "B"},
    {"ndim_0_for_bytes: as NumPy does it",
     PyBUF_SIMPLE, {ANSWER(6, 2, 0, NULL, NULL)}, "abcdef", "B"},
    {"ndim_0_with_a_shape: a shape, and no dimension that it is of",
     PyBUF_FULL_RO, {ANSWER(6, 1, 0, TWO_BY_THREE, C_ORDER)}, "abcdef", "B"},
    {"ndim_0_with_wild_arrays: a single item: no array is looked at",
     PyBUF_FULL_RO, {ANSWER(2, 2, 0, GARBAGE, GARBAGE), .suboffsets = GARBAGE, .format = "h"}, "ab", "h"},
    {"ndim_64: as many dimensions as there may be",
     PyBUF_FULL_RO, {ANSWER(1, 1, 64, ones, ones)}, "a", "B"},
    {"suboffsets_all_negative: there are suboffsets, and no pointer is followed",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, C_ORDER), .suboffsets = NUMBERS(-1, PTRDIFF_MIN)}, "abcdef", "B"},
    {"suboffsets_of_rows: rows behind pointers",
     PyBUF_FULL_RO, {.buf = rows, .len = 6, .itemsize = 1, .ndim = 2, .shape = TWO_BY_THREE,
      .strides = NUMBERS(sizeof *rows, 1), .suboffsets = NUMBERS(2, -1)},
     "cdemno", "B"},
    {"more_than_asked_for: a format that was not asked for",
     PyBUF_C_CONTIGUOUS, {BYTES(TWO_BY_THREE, C_ORDER), .format = "B"}, "abcdef", "B"},
    {"readonly_is_no_truth_value: the lowest number: true all the same",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, C_ORDER), .readonly = INT32_MIN}, "abcdef", "B"},

    {"format_of_other_items: float64 with items of a byte: the item size wins",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, C_ORDER), .format = "d"}, "abcdef", "d"},
    {"format_not_utf8: no text, no format either",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, C_ORDER), .format = "\xff ?!"}, "abcdef", "\xff ?!"},
    {"format_empty: there is one, and it says nothing",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, C_ORDER), .format = ""}, "abcdef", ""},
    {"format_left_out: bytes, then, as many as an item has",
     PyBUF_FULL_RO, {ANSWER(6, 3, 1, NUMBERS(2), NULL)}, "abcdef", "3s"},
    {"format_of_a_million_letters: half of them are codes",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, C_ORDER), .format = long_format}, "abcdef", long_format},
    {"format_deeper_than_any_stack: structs in structs in structs",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, C_ORDER), .format = long_format + 500000},
     "abcdef", long_format + 500000},
    {"format_lies_in_its_items: it changes when items are written",
     PyBUF_FULL_RO, {BYTES(TWO_BY_THREE, C_ORDER), .format = bytes}, "abcdef", "abcdefghijklmnopqrstuvw"},
};

/* What the tables point at is complete after this. */
static inline void fill_arrays(void)
{
    for (int i = 0; i < 65; i++)
        ones[i] = 1;
    memset(long_format, 'b', 500000);
    for (int i = 500000; i < 1000000; i += 2)
        memcpy(long_format + i, "T{", 2);
    memcpy(odd_arrays + 1, TWO_BY_THREE, 2 * sizeof(Py_ssize_t));
    memcpy(odd_arrays + 33, C_ORDER, 2 * sizeof(Py_ssize_t));
}

#endif
