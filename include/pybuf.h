/* pybuf.h: libpybuf 0.1.0, the Python buffer protocol for everything that can
 * call C. Generated from the documentation of the library; do not edit.
 *
 * The library lends memory to Python and to other native code, and reads what they
 * lend, through CPython's own struct, Py_buffer. It is not linked with Python: one
 * binary serves every CPython from 3.9 on, and programs that have no Python.
 *
 *     static void image_done(void *im) { image_unref(im); }
 *
 *     pybuf_exporter *lent = pybuf_exporter_new(&(pybuf_memory){
 *         .buf = im->pixels, .size = im->pitch * im->height,
 *         .format = "B", .ndim = 3,
 *         .shape = (Py_ssize_t[]){im->height, im->width, 3},
 *         .strides = (Py_ssize_t[]){im->pitch, 3, 1},
 *         .release = image_done, .context = image_ref(im),
 *     });
 *
 * WORDS. They are those of the Python documentation. An exporter lends memory, a
 * consumer reads or writes it. The consumer's flags are a request, the filled
 * Py_buffer is the answer, and an answer is an export until it is released. A view
 * is what Python calls a memoryview. Release ends an export (and is the name of the
 * callback of an owner, as in CPython); handles are counted with ref and unref.
 *
 * INCLUDING IT. Where Python.h is used at all it comes first, as CPython demands.
 * This header then defines only what Python.h lacks: nothing, or Py_buffer and the
 * PyBUF_* constants under a limited API older than that of 3.11. Extensions include
 * pybuf_python.h, which includes both. C11 and C++17; no other header is needed.
 *
 * FAILURE. A function that returns a pointer returns NULL on failure, one that
 * returns a number returns -1. The thread's last error then has a code and one
 * sentence: pybuf_error_code() and pybuf_error_message(). Success leaves the last
 * error alone. What is written through a pointer is written on success only; a
 * failed getbuffer leaves obj and internal of the Py_buffer NULL. Codes correspond to
 * the exceptions that CPython raises for the same failure. Any failure may be
 * PYBUF_ERR_MEMORY instead, where there is no memory for its sentence.
 *
 * NULL. Where it is not said that a pointer may be NULL, NULL is an error and never a
 * crash: PYBUF_ERR_TYPE for a handle or a function, PYBUF_ERR_BUFFER for a Py_buffer,
 * PYBUF_ERR_VALUE for anything else. A handle of the wrong type, and one that another
 * copy of the library made, is PYBUF_ERR_TYPE.
 *
 * POINTERS. A handle you pass is NULL or one you still hold a reference on; one that
 * has been given up must not be used (that is often noticed, not always). A Py_buffer
 * you pass is valid memory, and filled where the function reads it. An array has as
 * many numbers as its count, ndim or view says; a buffer as many bytes as its size or
 * len says; a pybuf_value that is packed points at as much as it says; strings end in
 * NUL. The library cannot check these.
 *
 * OWNERSHIP. A function whose name ends in _new, or that returns a pybuf_exporter, a
 * pybuf_view, a pybuf_format or a pybuf_copy_plan, returns a reference that the caller owns and
 * gives back with pybuf_exporter_unref, pybuf_view_unref, pybuf_format_unref or
 * pybuf_copy_plan_unref. Arguments are borrowed, with two exceptions, and these consume their
 * argument even when they fail:
 * pybuf_exporter_new (its context: on failure the release callback has run) and
 * pybuf_python_object (its exporter). Shape, strides and format are copied.
 * Memory stays alive until the last handle and the last export are gone.
 *
 * STRUCTS TO FILL. In pybuf_memory, pybuf_want, pybuf_member and pybuf_index a field may be
 * left out of a designated initialiser: NULL or zero is the default that the field's comment gives.
 * The reserved fields must be zero: they become fields of later versions.
 *
 * CALLBACKS. A release callback runs exactly once, with no lock of the library held;
 * on any thread, with or without the GIL, and possibly after Py_Finalize. It must
 * not wait for a thread that may want the GIL, must not call Python after its
 * finalisation, and must not leave by an exception or longjmp.
 *
 * THREADS. Handles may be used from several threads at once, and passed between
 * them. Access to the memory itself is not synchronised, as memory is not. An export
 * that excludes others (the next chapter) does synchronise: whoever gets one sees what
 * was written under the exports that had to end before it.
 *
 * STABLE AND EXCLUSIVE. Lent memory may change under its readers: the protocol does not
 * say who writes. What more can be promised depends on the memory:
 *
 *     plain      nothing. This is what pybuf_memory says where it says nothing.
 *     constant   nobody writes as long as it is lent: .constant, and pybuf_bytes_new.
 *     guarded    it is used through exports only, and these are counted: .guarded. Its
 *                owner too takes an export before it reads or writes.
 *     growing    guarded, and its size changes: pybuf_array_new (see ARRAYS below).
 *
 * A consumer asks by pybuf_want: with .stable nobody writes as long as the view lives;
 * with .exclusive nobody else has an export as long (and .writable says whether the
 * view itself may write). Who comes too late is refused, with PYBUF_ERR_BUFFER; nobody
 * waits. Of guarded and growing memory these can be had at the same time:
 *
 *     asked for      while others   read    write   are stable   one is exclusive
 *     to read                       yes     yes     yes          no
 *     to write                      yes     yes     no           no
 *     .stable                       yes     no      yes          no
 *     .exclusive                    no      no      no           no
 *
 * Constant memory is always stable, asked for or not, and never exclusive, and counts
 * nothing; so is a bytes object of Python. pybuf_python_view asks objects that lend this library's memory
 * as their exporters are asked. Plain memory is neither, nor is what another exporter
 * lends: there a copy would do. An export that is to be .writable cannot be .stable: the
 * exclusive one is that.
 *
 * Who writes? readonly tells the truth. A request by flags without PyBUF_WRITABLE is
 * answered readonly 0 where the memory can be written, as every consumer of the protocol
 * expects: memoryview and NumPy then write. So it counts as writing. What is asked by
 * pybuf_want without .writable is answered readonly 1 and counts as reading. While an
 * export is stable, a request by flags without PyBUF_WRITABLE is answered readonly 1 and
 * counts as reading.
 *
 * A part counts its exports with its base, and so does what a view lends on. What is
 * lent on from a stable view is constant, as it keeps the view. What is lent on from an
 * exclusive view is plain: it keeps the view, and so all others out, but those who take it
 * share it. Shape, strides and suboffsets make no difference: any memory can be guarded.
 *
 * SUBOFFSETS. PIL-style memory is no single block: where a dimension has a suboffset of
 * 0 or more, its stride leads to a pointer, which is followed, and the suboffset added
 * to it. An image whose rows lie anywhere, each of width bytes:
 *
 *     pybuf_exporter_new(&(pybuf_memory){
 *         .buf = rows, .size = height * sizeof(void *), .format = "B", .ndim = 2,
 *         .shape = (Py_ssize_t[]){height, width},
 *         .strides = (Py_ssize_t[]){sizeof(void *), 1},
 *         .suboffsets = (Py_ssize_t[]){0, -1}, .pointed = width,
 *     });
 *
 * buf and size are those of the first table of pointers. No pointer may be NULL, and as
 * long as the memory is lent none may change. pybuf_exporter_stack makes such memory of
 * views. Consumers say that they follow pointers by PyBUF_INDIRECT, which PyBUF_FULL has,
 * or by .indirect in pybuf_want; others are refused. pybuf_view_pointer,
 * pybuf_get_pointer and all that copies follow them. Such memory is never contiguous. A
 * view of it can be sliced and indexed in every dimension (where the suboffsets cannot say the
 * slice: PYBUF_ERR_NOT_IMPLEMENTED), and a row of it is plain memory again. No transpose moves
 * a dimension across a pointer, and an exporter of it has no parts.
 *
 * PYTHON. Functions named pybuf_python_* need a Python in the process and a thread
 * attached to it (one that holds the GIL, where there is a GIL); otherwise they fail
 * with PYBUF_ERR_RUNTIME. On failure they have set the Python exception. From ctypes
 * load the library with PyDLL. CDLL lets the GIL go, so these functions fail; and
 * where restype is py_object, ctypes itself crashes on the NULL (before CPython 3.14).
 *
 * LATE RELEASE. What a Python object lends may be let go on any thread. Where that one
 * is not attached to the object's interpreter, it is released at the next
 * pybuf_python_* call on an attached thread of that interpreter, for the main
 * interpreter also soon by its main thread; after Py_Finalize never.
 *
 * Py_buffer. The obj of a buffer that this library fills is NULL, unless a Python
 * object owns it; release each with pybuf_release, which knows both. A filled
 * Py_buffer may point into itself: never copy or move one. An empty Py_buffer is all
 * zero; release leaves one so.
 *
 * SEVERAL COPIES of the library in one process, a static one in an extension beside
 * the shared one, get on with each other: Py_buffer structs pass between them,
 * handles do not. A library that may be linked with another copy lends through a
 * function of its own, int fill(void *self, Py_buffer *view, int flags), that calls
 * pybuf_getbuffer; the other side takes it with pybuf_view_acquire. */

#ifndef PYBUF_H
#define PYBUF_H

#include <stddef.h>
#include <stdint.h>

/* CPython's own names, where Python.h has not defined them: without Python.h, and in
 * part under a limited API older than that of 3.11. */
#if !defined(Py_PYTHON_H)
typedef intptr_t Py_ssize_t;
typedef struct _object PyObject;
#endif

#if !defined(Py_PYTHON_H) || (defined(Py_LIMITED_API) && \
    (PY_VERSION_HEX < 0x030b0000 || Py_LIMITED_API + 0 < 0x030b0000))
/* A filled-in request: what an exporter answers and a consumer reads.
 *
 * A Py_buffer may point into itself (shape at len, say), so one that has
 * been filled is never moved. */
typedef struct Py_buffer {
    /* Address of the item whose indices are all zero. */
    void *buf;
    /* The exporting object, owned; NULL for an export that no Python object backs. */
    PyObject *obj;
    /* product(shape) * itemsize, in bytes. */
    Py_ssize_t len;
    /* Size of one item in bytes. */
    Py_ssize_t itemsize;
    /* 1 where the memory must not be written, else 0. */
    int readonly;
    /* Number of dimensions, at most PyBUF_MAX_NDIM. */
    int ndim;
    /* PEP 3118 format of one item; NULL stands for unsigned bytes. */
    char *format;
    /* ndim lengths in items, or NULL. */
    Py_ssize_t *shape;
    /* ndim distances in bytes, or NULL for C order. */
    Py_ssize_t *strides;
    /* ndim offsets behind pointers (negative: none), or NULL. */
    Py_ssize_t *suboffsets;
    /* The exporter's own. */
    void *internal;
} Py_buffer;
#endif

/* No bit: bytes one after another, in C order; read-only or not. */
#ifndef PyBUF_SIMPLE
#define PyBUF_SIMPLE 0
#endif

/* The memory must be writable. */
#ifndef PyBUF_WRITABLE
#define PyBUF_WRITABLE 0x0001
#endif

/* CPython's older spelling of PyBUF_WRITABLE. */
#ifndef PyBUF_WRITEABLE
#define PyBUF_WRITEABLE PyBUF_WRITABLE
#endif

/* The format is wanted. */
#ifndef PyBUF_FORMAT
#define PyBUF_FORMAT 0x0004
#endif

/* The shape is wanted. */
#ifndef PyBUF_ND
#define PyBUF_ND 0x0008
#endif

/* Strides are understood. */
#ifndef PyBUF_STRIDES
#define PyBUF_STRIDES (0x0010 | PyBUF_ND)
#endif

/* The memory must be C-contiguous. */
#ifndef PyBUF_C_CONTIGUOUS
#define PyBUF_C_CONTIGUOUS (0x0020 | PyBUF_STRIDES)
#endif

/* The memory must be Fortran-contiguous. */
#ifndef PyBUF_F_CONTIGUOUS
#define PyBUF_F_CONTIGUOUS (0x0040 | PyBUF_STRIDES)
#endif

/* The memory must be contiguous in either order. */
#ifndef PyBUF_ANY_CONTIGUOUS
#define PyBUF_ANY_CONTIGUOUS (0x0080 | PyBUF_STRIDES)
#endif

/* Suboffsets are understood. */
#ifndef PyBUF_INDIRECT
#define PyBUF_INDIRECT (0x0100 | PyBUF_STRIDES)
#endif

/* Writable, N-dimensional, no strides. */
#ifndef PyBUF_CONTIG
#define PyBUF_CONTIG (PyBUF_ND | PyBUF_WRITABLE)
#endif

/* N-dimensional, no strides. */
#ifndef PyBUF_CONTIG_RO
#define PyBUF_CONTIG_RO PyBUF_ND
#endif

/* Writable with strides. */
#ifndef PyBUF_STRIDED
#define PyBUF_STRIDED (PyBUF_STRIDES | PyBUF_WRITABLE)
#endif

/* With strides. */
#ifndef PyBUF_STRIDED_RO
#define PyBUF_STRIDED_RO PyBUF_STRIDES
#endif

/* Writable with strides and format. */
#ifndef PyBUF_RECORDS
#define PyBUF_RECORDS (PyBUF_STRIDES | PyBUF_WRITABLE | PyBUF_FORMAT)
#endif

/* With strides and format. */
#ifndef PyBUF_RECORDS_RO
#define PyBUF_RECORDS_RO (PyBUF_STRIDES | PyBUF_FORMAT)
#endif

/* Everything, writable. */
#ifndef PyBUF_FULL
#define PyBUF_FULL (PyBUF_INDIRECT | PyBUF_WRITABLE | PyBUF_FORMAT)
#endif

/* Everything. */
#ifndef PyBUF_FULL_RO
#define PyBUF_FULL_RO (PyBUF_INDIRECT | PyBUF_FORMAT)
#endif

/* An argument of PyMemoryView_FromMemory, not a request. */
#ifndef PyBUF_READ
#define PyBUF_READ 0x100
#endif

/* An argument of PyMemoryView_FromMemory, not a request. */
#ifndef PyBUF_WRITE
#define PyBUF_WRITE 0x200
#endif

/* The most dimensions a consumer has to understand. */
#ifndef PyBUF_MAX_NDIM
#define PyBUF_MAX_NDIM 64
#endif

/* For pybuf_view_slice, pybuf_index and the slices of arrays: this bound is left out (Python's a[:stop],
 * a[start:]). */
#define PYBUF_OPEN PTRDIFF_MIN

/* Version of this header, first number. */
#define PYBUF_VERSION_MAJOR 0

/* Version of this header, second number. */
#define PYBUF_VERSION_MINOR 1

/* Version of this header, third number. */
#define PYBUF_VERSION_PATCH 0

/* Changes when structs or handles change so that programs must be compiled anew. */
#define PYBUF_ABI 1

/* No error. */
#define PYBUF_OK 0

/* BufferError: a request that this memory cannot meet, or an answer that is not sound. */
#define PYBUF_ERR_BUFFER 1

/* ValueError: an argument of the right type with an impossible value. */
#define PYBUF_ERR_VALUE 2

/* TypeError: a handle of the wrong type, NULL for a handle, read-only memory to be
 * written. */
#define PYBUF_ERR_TYPE 3

/* IndexError: an index outside its dimension. */
#define PYBUF_ERR_INDEX 4

/* OverflowError: a size or a product that does not fit Py_ssize_t. */
#define PYBUF_ERR_OVERFLOW 5

/* MemoryError: no memory left. */
#define PYBUF_ERR_MEMORY 6

/* NotImplementedError: it has a meaning, but is not supported. */
#define PYBUF_ERR_NOT_IMPLEMENTED 7

/* SystemError: a call that no correct program makes. */
#define PYBUF_ERR_SYSTEM 8

/* struct.error: what Python's struct module refuses. */
#define PYBUF_ERR_STRUCT 9

/* RuntimeError: there is no Python in this process, or the thread is not attached to it. */
#define PYBUF_ERR_RUNTIME 10

/* SystemError: a bug of this library, caught before it could do harm. */
#define PYBUF_ERR_INTERNAL 11

/* A Python exception that somebody else raised. It is still set in Python; the message
 * says which. */
#define PYBUF_ERR_PYTHON 12

/* Kind of field: truth value, '?'. */
#define PYBUF_KIND_BOOL 1

/* Kind of field: one byte as a character, 'c'. */
#define PYBUF_KIND_CHAR 2

/* Kind of field: signed integer. */
#define PYBUF_KIND_SIGNED 3

/* Kind of field: unsigned integer. */
#define PYBUF_KIND_UNSIGNED 4

/* Kind of field: floating-point number. */
#define PYBUF_KIND_FLOAT 5

/* Kind of field: complex number, two floats. */
#define PYBUF_KIND_COMPLEX 6

/* Kind of field: one character of Unicode, 'u' or 'w'. */
#define PYBUF_KIND_UNICODE 7

/* Kind of field: text of UCS-4 characters, '3w'. */
#define PYBUF_KIND_TEXT 8

/* Kind of field: bytes, '3s'. */
#define PYBUF_KIND_BYTES 9

/* Kind of field: bytes behind their length, '3p'. */
#define PYBUF_KIND_PASCAL 10

/* Kind of field: bytes without a meaning, '3x:name:'. */
#define PYBUF_KIND_VOID 11

/* Kind of field: bits, '3t'. */
#define PYBUF_KIND_BITS 12

/* Kind of field: address, 'P' or '&'. */
#define PYBUF_KIND_POINTER 13

/* Kind of field: address of a function, 'X{}'. */
#define PYBUF_KIND_FUNCTION 14

/* Kind of field: reference to a Python object, 'O'. */
#define PYBUF_KIND_OBJECT 15

/* Kind of field: struct, 'T{}', or several members without braces. */
#define PYBUF_KIND_STRUCT 16

/* Dialect: PEP 3118, strictly. */
#define PYBUF_PEP3118 0

/* Dialect: Python's struct module. */
#define PYBUF_STRUCT 1

/* Dialect: numpy.dtype. */
#define PYBUF_NUMPY 2

/* Dialect: ctypes, as it writes formats. */
#define PYBUF_CTYPES 3

/* Sort of value: truth, as.natural is 0 or 1. */
#define PYBUF_VALUE_BOOL 1

/* Sort of value: an integer, as.integer. */
#define PYBUF_VALUE_SIGNED 2

/* Sort of value: an integer that is not negative, or an address, as.natural. */
#define PYBUF_VALUE_UNSIGNED 3

/* Sort of value: a floating-point number, as.real[0]. */
#define PYBUF_VALUE_FLOAT 4

/* Sort of value: a complex number, as.real[0] and as.real[1]; the nearest doubles. */
#define PYBUF_VALUE_COMPLEX 5

/* Sort of value: one byte as a character, as.natural. */
#define PYBUF_VALUE_CHAR 6

/* Sort of value: the number of a character of Unicode, as.natural. */
#define PYBUF_VALUE_UNICODE 7

/* Sort of value: size bytes at as.bytes; what is unpacked points into the item. */
#define PYBUF_VALUE_BYTES 8

/* Sort of value: characters of Unicode of 4 bytes each, size bytes at as.bytes, in order; NULs
 * at the end are no part of it. What is unpacked points into the item. */
#define PYBUF_VALUE_TEXT 9

/* Sort of value: a long double that is larger than a double. as.extended.nearest is the nearest
 * double; the number itself is size bytes at as.extended.bytes, in order; what is unpacked points
 * into the item. It is packed exactly, or as the nearest double where bytes is NULL. */
#define PYBUF_VALUE_EXTENDED 10

/* Sort of value: the address of a Python object, as.natural. */
#define PYBUF_VALUE_OBJECT 11

/* Sort of value: size values at as.items, the members of a struct or the elements of a
 * sub-array; in several dimensions each element is a sequence again. */
#define PYBUF_VALUE_SEQUENCE 12

/* Room for any text of pybuf_view_explain or pybuf_copy_plan_explain, with its NUL. */
#define PYBUF_EXPLAIN_SIZE 4096

/* Kind of index: the whole dimension. */
#define PYBUF_INDEX_WHOLE 0

/* Kind of index: the item at start; negative: from the end. The dimension goes. */
#define PYBUF_INDEX_AT 1

/* Kind of index: a slice from start to before stop, every step-th item. */
#define PYBUF_INDEX_SLICE 2

/* Kind of index: as many whole dimensions as nothing else stands for. There may be one. */
#define PYBUF_INDEX_ELLIPSIS 3

/* Kind of index: a new dimension of one item. It stands for none of the view's. */
#define PYBUF_INDEX_NEW_AXIS 4

/* Answer of pybuf_view_overlap: no byte is in both. */
#define PYBUF_OVERLAP_NO 0

/* Answer of pybuf_view_overlap: a byte is in both. */
#define PYBUF_OVERLAP_YES 1

/* Answer of pybuf_view_overlap: it would take too long to find out. */
#define PYBUF_OVERLAP_UNKNOWN 2

/* Of which type a view in Python is: a memoryview, which does what the builtin of this Python
 * does, and refuses what that refuses. */
#define PYBUF_MEMORYVIEW 0

/* A View, which refuses nothing that has a meaning. */
#define PYBUF_VIEW 1

/* A handle on a copy that has been planned. Counted: whoever makes one has a reference and gives
 * it up with pybuf_copy_plan_unref. A plan never changes, and may be executed by any number of
 * threads at once. */
typedef struct pybuf_copy_plan pybuf_copy_plan;

/* A handle on memory that can be lent. Counted: whoever makes one has a reference
 * and gives it up with pybuf_exporter_unref. All functions on it may be called from
 * any thread at any time. */
typedef struct pybuf_exporter pybuf_exporter;

/* A handle on a format that has been read: what lies where in an item. Counted: whoever makes
 * one has a reference and gives it up with pybuf_format_unref. A format never changes, and may
 * be used from any thread. Those of a single code ("d", "<i") are static: to make one costs
 * next to nothing. */
typedef struct pybuf_format pybuf_format;

/* A handle on a view: a buffer that has been taken, and a layout and a format to read
 * it by. Counted: whoever makes one has a reference and gives it up with
 * pybuf_view_unref. Views made from views share the export, which is released with the
 * last of them. A view never changes, and may be used from any thread; access to the
 * items is as unsynchronised as to any memory. */
typedef struct pybuf_view pybuf_view;

/* A field of a format, or the whole item. The library fills it; it lives as long as its
 * format. */
typedef struct pybuf_field {
    /* NULL: none. Any bytes but NUL and ':'. */
    const char *name;
    /* PYBUF_KIND_*. */
    int32_t kind;
    /* '<' or '>'; 0 where there is none: single bytes, and runs of them, and structs. */
    int32_t order;
    /* Bytes from the start of what it is a field of. */
    Py_ssize_t offset;
    /* Bytes of one element. */
    Py_ssize_t itemsize;
    /* What the format aligns it to: C's alignment behind '@', else 1. */
    Py_ssize_t alignment;
    /* So many members like this one follow each other, itemsize apart: 2 for "2i" where that
     * is two values. Nearly always 1. */
    Py_ssize_t repeat;
    /* Lengths of the dimensions of a sub-array, in C order; NULL where ndim is 0. */
    const Py_ssize_t *shape;
    /* How many dimensions; 0: a single element. */
    int32_t ndim;
    /* How many fields are below it: the members of a struct, or the target of a pointer. */
    int32_t count;
    /* These; NULL where there is none. */
    const struct pybuf_field *fields;
    /* The text between the braces of a function; NULL elsewhere. */
    const char *signature;
} pybuf_field;

/* A member of a struct for pybuf_format_from_members. Set it to zero and fill in what matters. */
typedef struct pybuf_member {
    /* NULL: none. */
    const char *name;
    /* What it is, by PEP 3118: "d", "(2,3)i", "T{...}"; NULL: type says it. */
    const char *format;
    /* What it is, as a format that was made before; NULL: format says it. */
    pybuf_format *type;
    /* Where it begins, in bytes: offsetof(). */
    Py_ssize_t offset;
    /* Zero; a later version may give these a meaning. */
    uintptr_t reserved[8];
} pybuf_member;

/* A long double: the nearest double, and the number itself. */
typedef struct pybuf_extended {
    /* The nearest double, ties to even. */
    double nearest;
    /* As the compiler of this platform writes it down. */
    const void *bytes;
} pybuf_extended;

/* What a value is; the kind of the value says which of these. */
typedef union {
    /* PYBUF_VALUE_SIGNED. */
    int64_t integer;
    /* Truth, characters, integers that are not negative, addresses. */
    uint64_t natural;
    /* PYBUF_VALUE_FLOAT, PYBUF_VALUE_COMPLEX. */
    double real[2];
    /* PYBUF_VALUE_BYTES, PYBUF_VALUE_TEXT. */
    const void *bytes;
    /* PYBUF_VALUE_EXTENDED. */
    pybuf_extended extended;
    /* PYBUF_VALUE_SEQUENCE. */
    const struct pybuf_value *items;
} pybuf_content;

/* What an item says, or a part of it. */
typedef struct pybuf_value {
    /* PYBUF_VALUE_*. */
    int32_t kind;
    /* Of a text and a long double: '<' or '>'; packing takes 0 for this machine's order.
     * Else 0. */
    int32_t order;
    /* Bytes, or values of a sequence; else 0. */
    Py_ssize_t size;
    /* What it is. */
    pybuf_content as;
} pybuf_value;

/* Memory, and how to lend it. Set it to zero and fill in what is to be said: NULL or zero
 * is the default that the field's comment gives.
 *
 *     pybuf_exporter *e = pybuf_exporter_new(&(pybuf_memory){
 *         .buf = pixels, .size = pitch * height,
 *         .format = "B", .ndim = 3,
 *         .shape = (Py_ssize_t[]){height, width, 3},
 *         .strides = (Py_ssize_t[]){pitch, 3, 1},
 *         .release = image_done, .context = image,
 *     }); */
typedef struct pybuf_memory {
    /* The start of the memory. It may be NULL only where there is no item. For constant
     * memory cast const away and set readonly. */
    void *buf;
    /* Its extent in bytes: every item must lie inside. */
    Py_ssize_t size;
    /* The PEP 3118 format of an item; NULL: unsigned bytes, "B"; where itemsize is more
     * than 1, items of that many bytes ("3s"). Copied. */
    const char *format;
    /* Bytes of an item; 0: those of the format. Needed where the format is more than a
     * single code with or without an order character. */
    Py_ssize_t itemsize;
    /* Number of dimensions, at most 128 (consumers see at most 64). 0: not said, one
     * dimension from the offset to the end; -1: none, a single item. */
    int32_t ndim;
    /* Where strides are left out: 'F' for Fortran order; 0 or 'C' for C order. */
    int32_t order;
    /* ndim lengths, in items. Copied. */
    const Py_ssize_t *shape;
    /* ndim distances, in bytes, negative and zero ones too; NULL: contiguous items in
     * the order above. Copied. */
    const Py_ssize_t *strides;
    /* Where the item with all indices zero lies, in bytes from buf: not 0 where strides
     * are negative. */
    Py_ssize_t offset;
    /* ndim offsets behind pointers, for PIL-style memory: where one is 0 or more, what is
     * reached in that dimension is a pointer, which is followed, and the offset added.
     * Negative: no pointer. NULL: there are none. buf and size are then those of the first
     * table of pointers, none of which may be NULL. Copied; strides must be given. */
    const Py_ssize_t *suboffsets;
    /* Bytes behind each pointer, in which all must lie that is reached through it; 0: not
     * said, and not checked. */
    Py_ssize_t pointed;
    /* Nonzero: nobody may write. */
    int32_t readonly;
    /* Nonzero: the memory is used through exports only, which are counted: so it can be had
     * stable and exclusive (the STABLE AND EXCLUSIVE chapter). */
    int32_t guarded;
    /* Nonzero: nobody writes the memory as long as it is lent, its owner neither. It is
     * read-only, and always stable. */
    int32_t constant;
    /* Nonzero: buf and release are NULL, and the library allocates size bytes (size 0: as
     * many as the items take), all zero and aligned to 64. */
    int32_t allocate;
    /* Called once with context, when the last handle and the last export are gone; NULL:
     * the memory outlives everything. It may run on any thread, with or without the
     * GIL, also after Py_Finalize. It must not wait for a thread that may want the
     * GIL, must not throw, and must not call Python after finalisation. */
    void (*release)(void *context);
    /* The argument of release. */
    void *context;
    /* Zero; a later version may give these a meaning. */
    uintptr_t reserved[8];
} pybuf_memory;

/* What a consumer needs. Set it to zero and fill in what matters: NULL or zero asks for
 * nothing in particular, and the view is to be read. */
typedef struct pybuf_want {
    /* Items of this kind, native in byte order and aligned, however their format is
     * spelled: "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
     * "uint64", "float16", "float32", "float64", "complex64", "complex128"; NULL: any. */
    const char *kind;
    /* Items that mean what this format does, however theirs is spelled, and aligned as it says
     * (pybuf_format_alignment); NULL: any. */
    pybuf_format *format;
    /* So many dimensions, at most 64; 0: any number; -1: none, a single item. */
    int32_t ndim;
    /* 'C' or 'F': contiguous in this order; 'A': in either; 0: any strides. */
    int32_t order;
    /* Nonzero: to write. Otherwise the view is read-only, whatever the exporter allows. */
    int32_t writable;
    /* Nonzero: items of the kind or format may lie at any address. Memory with suboffsets counts as
     * unaligned, unless the kind is a single byte. */
    int32_t unaligned;
    /* Nonzero: PIL-style suboffsets are understood (pybuf_view_pointer and all that copies
     * follow them; a pointer and strides alone do not). */
    int32_t indirect;
    /* Nonzero: nobody writes as long as the view lives (the STABLE AND EXCLUSIVE chapter). */
    int32_t stable;
    /* Nonzero: nobody else has an export as long as the view lives (likewise). */
    int32_t exclusive;
    /* Zero; a later version may give these a meaning. */
    uintptr_t reserved[8];
} pybuf_want;

/* The getbuffer function of an exporter. CPython's getbufferproc fits by a cast. */
typedef int (*pybuf_getbufferproc)(void *self, Py_buffer *view, int flags);

/* The releasebuffer function of an exporter. CPython's releasebufferproc fits by a cast. */
typedef void (*pybuf_releasebufferproc)(void *self, Py_buffer *view);

/* What is selected in one dimension. Set it to zero and fill in what matters. */
typedef struct pybuf_index {
    /* PYBUF_INDEX_*; 0 is the whole dimension. */
    int32_t kind;
    /* Where a slice begins (PYBUF_OPEN: left out), or the index of an item. */
    Py_ssize_t start;
    /* Where a slice ends; PYBUF_OPEN: left out. */
    Py_ssize_t stop;
    /* From one item of a slice to the next, up or down; 0: 1. */
    Py_ssize_t step;
    /* Zero; a later version may give these a meaning. */
    uintptr_t reserved[8];
} pybuf_index;

#ifdef __cplusplus
extern "C" {
#endif

/* ----------------------------------------------------------------------------
 * Which library this is, and whether it fits the header. */

/* The version of the library: "0.1.0". The string is static. */
const char *pybuf_version(void);

/* Checks that header and library fit: call pybuf_abi_check(PYBUF_ABI) once, where a
 * program that was compiled long ago may meet another library. Returns 0, or -1 with
 * PYBUF_ERR_RUNTIME. */
int pybuf_abi_check(int32_t abi);

/* ----------------------------------------------------------------------------
 * The thread's last error. It lives in fixed storage, so that setting it needs no memory.
 *
 * No memory of ours, that is. Where the library is opened by dlopen, as Python opens a
 * module, the system allocates the thread-locals of a thread when that one first touches
 * them, and glibc ends the process where it cannot. In a program that is linked with the
 * library each thread has them from its start. */

/* The code of this thread's last error (PYBUF_ERR_…), or PYBUF_OK where no call has
 * failed yet. A call that succeeds leaves it as it is. */
int32_t pybuf_error_code(void);

/* The message of this thread's last error: one sentence in UTF-8, never NULL, empty where
 * no call has failed yet. It is valid until the next call that fails on this thread, or
 * pybuf_error_clear. */
const char *pybuf_error_message(void);

/* Forgets this thread's last error. */
void pybuf_error_clear(void);

/* ----------------------------------------------------------------------------
 * Formats: what lies where in an item.
 *
 * A format is read once, in the dialect of whoever wrote it, and then asked: for its
 * fields, whether it means the same as another, and for values of items.
 *
 *     pybuf_format *format = pybuf_format_new("T{<i:id:d:mass:}", PYBUF_PEP3118);
 *     if (!format)
 *         return puts(pybuf_error_message());
 *     const pybuf_field *item = pybuf_format_root(format);
 *     for (int32_t k = 0; item && k < item->count; k++)
 *         printf("%s at %td\n", item->fields[k].name, item->fields[k].offset);
 *     pybuf_format_unref(format); */

/* Reads a text as a dialect means it. Returns a format with one reference. NULL on failure:
 * PYBUF_ERR_VALUE (in the dialect of struct PYBUF_ERR_STRUCT) with a message that says at
 * which offset the text is wrong and what was expected there; PYBUF_ERR_MEMORY. */
pybuf_format *pybuf_format_new(const char *text, int32_t dialect);

/* Reads the format of a filled Py_buffer, whose dialect nobody states. What only ctypes or only
 * NumPy writes is read as they mean it; all else strictly by PEP 3118, else as NumPy reads it:
 * whichever gives items of itemsize bytes. (Up to Python 3.11 ctypes does not write the padding
 * of structs; it is found, where the itemsize tells it.) text NULL means bytes. Returns a format
 * with one reference. NULL on failure: PYBUF_ERR_VALUE where no reading fits, PYBUF_ERR_MEMORY. */
pybuf_format *pybuf_format_stated(const char *text, Py_ssize_t itemsize);

/* Takes one more reference. Returns format; NULL where it is no pybuf_format. */
pybuf_format *pybuf_format_ref(pybuf_format *format);

/* Gives up a reference; with the last one the format, its text and its fields are freed. NULL
 * does nothing. */
void pybuf_format_unref(pybuf_format *format);

/* The text, valid as long as the format lives; NULL on failure. */
const char *pybuf_format_text(pybuf_format *format);

/* Bytes of one item; -1 on failure. */
Py_ssize_t pybuf_format_itemsize(pybuf_format *format);

/* What the format aligns its items to: C's alignment of the strictest field behind '@', 1 where
 * all is packed; -1 on failure. */
Py_ssize_t pybuf_format_alignment(pybuf_format *format);

/* The item as a field, with all fields below it; nothing has to be parsed to know what lies
 * where. A text of a single member without a name is that member: "i" a scalar, "(2,3)i" a
 * sub-array, "T{...}" a struct; all else is a struct of its members. Valid as long as the
 * format lives. NULL on failure, PYBUF_ERR_MEMORY. */
const pybuf_field *pybuf_format_root(pybuf_format *format);

/* Bytes of an item as struct.calcsize tells them: the counterpart of
 * PyBuffer_SizeFromFormat. -1 with PYBUF_ERR_STRUCT for a text that the struct module
 * refuses. Nothing is allocated. */
Py_ssize_t pybuf_size_from_format(const char *text);

/* ----------------------------------------------------------------------------
 * What is made from formats: structs of them, their fields, and other texts.
 *
 *     struct record { int32_t id; double at[2]; };
 *     pybuf_member members[] = {
 *         {.name = "id", .format = "i", .offset = offsetof(struct record, id)},
 *         {.name = "at", .format = "(2)d", .offset = offsetof(struct record, at)},
 *     };
 *     pybuf_format *record = pybuf_format_from_members(members, 2, sizeof(struct record));
 *     if (record && pybuf_format_accepts(record, buffer.format, buffer.itemsize) == 1)
 *         read_records(buffer.buf); */

/* The struct of count members, each at its offset, in items of itemsize bytes (0: up to the end
 * of the last member), with exact padding between and behind them. No members (count 0) are
 * bytes without a meaning. The members of the
 * format are in the order of their offsets. Returns a format with one reference. NULL on failure:
 * PYBUF_ERR_VALUE for members that overlap (PEP 3118 has no unions), do not fit the itemsize,
 * share a name, have one with ':' in it, or a format that is none; PYBUF_ERR_OVERFLOW where they
 * reach further than Py_ssize_t can tell; PYBUF_ERR_MEMORY. */
pybuf_format *pybuf_format_from_members(const pybuf_member *members, int32_t count,
        Py_ssize_t itemsize);

/* The field that a path leads to: "a.b[1]" is element 1 of the field b of the field a; "[1]" is
 * also the second member of a struct, with a name or without. A sub-array may be given fewer
 * indices than it has dimensions: the field is then an array of the others. Returns the
 * format of that field with one reference, and writes its offset in the item. NULL on failure,
 * with nothing written: PYBUF_ERR_VALUE where there is no such field, with the names that there
 * are; PYBUF_ERR_INDEX for an index outside its dimension; PYBUF_ERR_MEMORY. */
pybuf_format *pybuf_format_field(pybuf_format *format, const char *path, Py_ssize_t *offset);

/* The format of the items of a view, read by pybuf_format_stated's rules. Returns a format with
 * one reference; NULL on failure: PYBUF_ERR_VALUE where no reading fits the item size,
 * PYBUF_ERR_MEMORY. */
pybuf_format *pybuf_format_of_view(pybuf_view *view);

/* The same format with the text that a dialect has for it: one for all spellings, with every
 * pad byte written out, so that nothing depends on alignment. Returns a format with one
 * reference. NULL on failure: PYBUF_ERR_VALUE where the dialect cannot say it (the struct module
 * has no sub-arrays, NumPy no pointers ...), PYBUF_ERR_OVERFLOW where its text would have more
 * than 2 MiB, PYBUF_ERR_MEMORY. */
pybuf_format *pybuf_format_in_dialect(pybuf_format *format, int32_t dialect);

/* The same fields where a C compiler of this platform would put them: the right pad bytes for a
 * text written by hand. Returns a format with one reference; NULL on failure: PYBUF_ERR_OVERFLOW
 * where an item would be larger than Py_ssize_t can tell, PYBUF_ERR_MEMORY. */
pybuf_format *pybuf_format_in_c_layout(pybuf_format *format);

/* ----------------------------------------------------------------------------
 * What two formats have in common, and what a format and a C compiler have.
 *
 * Two formats are equivalent where kind, size, byte order and place of every field are the
 * same. How they are spelled does not matter ("l" is "q" where long has 64 bits, "i" is "<i"
 * on a little-endian machine), nor how padding is said, nor a name that only one of them has.
 * Two large ones that group their repeated fields crosswise, so that there would be no end of
 * pairs to look at, are said to differ; whatever two texts say, the answer comes soon. */

/* Whether two formats are equivalent: 1 or 0; -1 on failure. */
int pybuf_format_equivalent(pybuf_format *one, pybuf_format *other);

/* The first difference between two formats in one sentence: which field, what it is in one and
 * what in the other. Returns 0 where they are equivalent, else the length of the sentence
 * without its NUL; as with snprintf as much of it as has room is written to text, which is
 * size bytes large (0: nothing, and text may be NULL). -1 on failure. */
Py_ssize_t pybuf_format_difference(pybuf_format *one, pybuf_format *other, char *text,
        Py_ssize_t size);

/* Whether a buffer of this format text (NULL: bytes) and itemsize has items that mean what
 * format does: 1 or 0; -1 on failure. The text is read by pybuf_format_stated's rules; only one
 * that is the format's own means what it means to the format. Made to be asked at every call: a
 * single code and the format's own text allocate nothing. */
int pybuf_format_accepts(pybuf_format *format, const char *text, Py_ssize_t itemsize);

/* Whether a C compiler of this platform could have laid out the struct so: 0 where it could;
 * else why not in one sentence (which field lies elsewhere, with how many pad bytes before it,
 * or that the struct is packed), written and counted as by pybuf_format_difference. This is no
 * error: packed structs and files have other layouts. -1 on failure. */
Py_ssize_t pybuf_format_c_difference(pybuf_format *format, char *text, Py_ssize_t size);

/* ----------------------------------------------------------------------------
 * Values: what items say, without a format to be parsed.
 *
 *     pybuf_format *format = pybuf_format_new("T{<i:id:d:mass:}", PYBUF_PEP3118);
 *     pybuf_value values[3];
 *     if (pybuf_format_unpack(format, item, 12, values, 3) == 0)
 *         printf("%lld %g\n", (long long)values[1].as.integer, values[2].as.real[0]);
 *
 * An item has a value of its own and one for all that is nested in it: pybuf_format_values
 * says how many. values[0] is the item. Where that is a struct or a sub-array it is a
 * PYBUF_VALUE_SEQUENCE, which points at its members or elements; those are further values of
 * the same array, side by side. So values of a struct of scalars are the struct itself and
 * then its members.
 *
 * Packing follows the rules of Python's struct module, and says what does not fit in its
 * words, with PYBUF_ERR_STRUCT; a float that is too large is PYBUF_ERR_OVERFLOW. Integers of
 * all sorts are taken as floats and complex numbers, floats not as integers. Bytes and texts
 * are cut or filled up with zeros. References to Python objects are read as addresses and not
 * written: PYBUF_ERR_NOT_IMPLEMENTED, which is also what a format says that nobody understands. */

/* How many values one item has, itself and all that is nested in it included: 1 for a scalar,
 * 1 + n for a struct of n scalars. -1 on failure: PYBUF_ERR_OVERFLOW. */
Py_ssize_t pybuf_format_values(pybuf_format *format);

/* Unpacks an item of size bytes, the item size, into values; there is room for count of them,
 * pybuf_format_values or more. values[0] is the item. The values point into the item and at
 * each other, so they last as long as both stay where they are; nothing has to be freed, and
 * nothing is allocated. Returns 0, or -1; PYBUF_ERR_VALUE where a size does not fit. */
int pybuf_format_unpack(pybuf_format *format, const void *item, Py_ssize_t size,
        pybuf_value *values, Py_ssize_t count);

/* Unpacks as many items as items says, which lie stride bytes apart from first on (a negative
 * stride leads down), into values; there is room for count of them. Those of item k start at
 * values[k * pybuf_format_values(format)]; all else as for pybuf_format_unpack. The format
 * is not walked for each item, so this is much faster than a call for each. Returns 0, or -1. */
int pybuf_format_unpack_many(pybuf_format *format, const void *first, Py_ssize_t items,
        Py_ssize_t stride, pybuf_value *values, Py_ssize_t count);

/* Packs a value, and what it points at, as an item of size bytes, the item size. What lies
 * between members becomes zero. The value may point into the item itself. Returns 0, or -1 with
 * nothing written: PYBUF_ERR_STRUCT for a value that does not fit, of another sort, or with
 * another number of members; PYBUF_ERR_OVERFLOW for a float that is too large;
 * PYBUF_ERR_VALUE for what is no value (an unknown kind, NULL, a negative size);
 * PYBUF_ERR_NOT_IMPLEMENTED for a Python object; PYBUF_ERR_MEMORY. */
int pybuf_format_pack(pybuf_format *format, const pybuf_value *value, void *item, Py_ssize_t size);

/* Packs as many items as items says, which lie stride bytes apart from first on. The value of
 * item k is values[k * step]: step 1 for a value each, pybuf_format_values for what
 * pybuf_format_unpack_many has filled. All else as for pybuf_format_pack: where one item does
 * not fit, none is written. Returns 0, or -1. */
int pybuf_format_pack_many(pybuf_format *format, const pybuf_value *values, Py_ssize_t items,
        Py_ssize_t step, void *first, Py_ssize_t stride);

/* Unpacks all items of a view in C order, suboffsets followed, into values; there is room for
 * count of them. Those of item k start at values[k * n], where n is what pybuf_format_values
 * says of the view's format. They point into the view's memory, and last as long as it stays as
 * it is. Returns 0, or -1; PYBUF_ERR_VALUE where there is no room, PYBUF_ERR_NOT_IMPLEMENTED
 * where nobody understands the format, PYBUF_ERR_BUFFER where a pointer on the way to an item is
 * NULL, PYBUF_ERR_MEMORY (a view's format is read when it is first asked for). */
int pybuf_view_unpack(pybuf_view *view, pybuf_value *values, Py_ssize_t count);

/* Packs all items of a view in C order, suboffsets followed. items is their number; the value of
 * item k is values[k * step], as for pybuf_format_pack_many. Returns 0, or -1 with nothing
 * written: the errors of pybuf_format_pack; PYBUF_ERR_TYPE where the view is read-only,
 * PYBUF_ERR_BUFFER where a pointer on the way to an item is NULL. */
int pybuf_view_pack(pybuf_view *view, const pybuf_value *values, Py_ssize_t items, Py_ssize_t step);

/* ----------------------------------------------------------------------------
 * pybuf_exporter: lending memory. */

/* Lends memory. Returns an exporter with one reference; NULL on failure.
 *
 * The memory must stay valid, and where it is, until release is called. That happens once
 * in every case: on failure it has happened when this function returns. Shape, strides and
 * format are copied.
 *
 * Errors: PYBUF_ERR_VALUE for shapes, strides, offsets or formats that make no sense or
 * leave the memory, PYBUF_ERR_OVERFLOW for sizes that do not fit, PYBUF_ERR_MEMORY.
 * With memory NULL: PYBUF_ERR_VALUE. */
pybuf_exporter *pybuf_exporter_new(const pybuf_memory *memory);

/* Lends a part of what an exporter has, or all of it in another way. Returns a new exporter
 * with one reference, which keeps base; NULL on failure.
 *
 * In part, buf, release and context are NULL, and guarded, constant and allocate are 0: a
 * part is guarded or constant where base is, and counts its exports with it. It says all
 * anew: shape, strides and format left out mean what they mean in pybuf_exporter_new, not
 * those of base. offset and size count from the first byte of base's memory (of an exporter
 * made from a view: its lowest item's); size is where the part's memory ends, 0: where base's
 * does. A hundred bytes from byte 20 on are .offset = 20, .size = 120. The part is
 * read-only where base is.
 *
 * Errors: as for pybuf_exporter_new; PYBUF_ERR_TYPE where base is no exporter;
 * PYBUF_ERR_NOT_IMPLEMENTED where base's memory has suboffsets, or grows (there lend a view:
 * pybuf_exporter_from_view). */
pybuf_exporter *pybuf_exporter_part(pybuf_exporter *base, const pybuf_memory *part);

/* Lends count views as one, PIL-style: one dimension more, along which they follow one
 * another, with a table of pointers to where they lie. Nothing is copied, and nothing moves.
 * Item (k, ...) is item (...) of rows[k]. Returns an exporter with one reference; NULL on
 * failure.
 *
 * The rows are alike in shape, strides, item size and format, and have no suboffsets. They are
 * borrowed, and kept by the exporter all the same, each with its export. The memory is
 * read-only where a row is, and constant where all rows are stable.
 *
 *     pybuf_view *rows[2] = {above, below};
 *     pybuf_exporter *image = pybuf_exporter_stack(rows, 2);
 *
 * Errors: PYBUF_ERR_VALUE where count is less than 1, rows is NULL, or a row is not like the
 * first; PYBUF_ERR_TYPE where a row is no view; PYBUF_ERR_NOT_IMPLEMENTED where one has
 * suboffsets; PYBUF_ERR_MEMORY. */
pybuf_exporter *pybuf_exporter_stack(pybuf_view *const *rows, Py_ssize_t count);

/* Lends a read-only copy of size bytes, which nobody changes any more: it is constant (the
 * STABLE AND EXCLUSIVE chapter). data NULL: so many zeros. Returns an exporter with one
 * reference; NULL on failure.
 *
 * Errors: PYBUF_ERR_VALUE where size is negative; PYBUF_ERR_MEMORY. */
pybuf_exporter *pybuf_bytes_new(const void *data, Py_ssize_t size);

/* Lends memory of its own: zeroed, writable, contiguous in order ('F'; 0 or 'C' for C).
 * Returns an exporter with one reference; NULL on failure. pybuf_exporter_data gives
 * the memory, aligned to 64 bytes, to be filled. It is not guarded: for that there are allocate
 * and guarded in pybuf_memory.
 *
 * ndim is 0 for a single item. format and itemsize, and what NULL and 0 mean for them, are
 * as in pybuf_memory.
 *
 * Errors: PYBUF_ERR_VALUE, PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY. */
pybuf_exporter *pybuf_ndarray_new(int32_t ndim, const Py_ssize_t *shape, const char *format,
        Py_ssize_t itemsize, char order);

/* Another reference on the same exporter, to be given up with pybuf_exporter_unref. Returns
 * the handle it was given; NULL with PYBUF_ERR_TYPE where that is no exporter. */
pybuf_exporter *pybuf_exporter_ref(pybuf_exporter *exporter);

/* Gives up a reference. With the last reference and the last export the memory is given
 * back: its release callback runs. NULL is allowed and does nothing; anything that is no
 * exporter is left alone, with PYBUF_ERR_TYPE.
 *
 * The reference must be yours. */
void pybuf_exporter_unref(pybuf_exporter *exporter);

/* The address of the item with all indices zero (with suboffsets: of the first pointer). It is
 * valid as long as somebody has a reference or an export; of memory that grows only until
 * its size changes, so for as long as an export of yours is outstanding. NULL with
 * PYBUF_ERR_TYPE where exporter is none; NULL without an error where the memory is empty
 * and was lent at NULL. */
void *pybuf_exporter_data(pybuf_exporter *exporter);

/* The protocol's request: fills view as flags (PyBUF_…) ask. Returns 0, or -1 with view's
 * obj and internal NULL.
 *
 * The export holds a reference on the exporter, so that its memory lives until the
 * release by pybuf_release or pybuf_releasebuffer, whoever lets go of the handle
 * meanwhile. obj is NULL: no Python object is behind it. Do not move or copy a filled
 * Py_buffer; shape, strides and format belong to the exporter.
 *
 * What is answered, after the checks in this order; each refusal is PYBUF_ERR_BUFFER:
 *
 *     PyBUF_WRITABLE                   memory must not be read-only
 *     PyBUF_C_CONTIGUOUS, F_, ANY_     memory must be laid out so
 *     no PyBUF_INDIRECT                memory must have no suboffsets
 *     no PyBUF_STRIDES                 memory must be in C order; strides are NULL
 *     no PyBUF_ND                      ndim is 1, shape NULL: len bytes; with
 *                                      PyBUF_FORMAT only for one dimension
 *     no PyBUF_FORMAT                  format is NULL; itemsize stays the true one
 *
 * Memory that counts its exports (guarded, or growing) also refuses a buffer while another
 * export is exclusive, and one that is to be written while another is stable.
 *
 * Without PyBUF_WRITABLE, readonly tells the truth; it is 1 too while an export is stable.
 * With no dimensions, shape and strides are NULL. Exactly PyBUF_READ or PyBUF_WRITE as flags
 * is PYBUF_ERR_SYSTEM. Other bits are not looked at. Memory of more than 64 dimensions is
 * exported as bytes only. */
int pybuf_getbuffer(pybuf_exporter *self, Py_buffer *view, int flags);

/* Ends an export that pybuf_getbuffer gave: its reference on the exporter is given up. A
 * buffer that self did not fill, or that is released already, is left alone, with
 * PYBUF_ERR_BUFFER. pybuf_release does the same and needs no exporter. */
void pybuf_releasebuffer(pybuf_exporter *self, Py_buffer *view);

/* ----------------------------------------------------------------------------
 * Arrays: memory that grows. One dimension of items of a single format, as Python's
 * bytearray and array.array have it. A pybuf_exporter like any other, so that all that
 * takes one takes it: pybuf_getbuffer, pybuf_exporter_view, pybuf_python_object.
 *
 * Sizes and indices count items, not bytes, apart from the size that is said with a single
 * item, which is checked: it must be the item size.
 *
 * These functions may be called from any thread at any time. Each of them happens as a
 * whole: none sees an array of which another thread has changed half. Writing items is as
 * unsynchronised as to any memory: who writes items while another thread reads them sees to
 * it that they do not meet.
 *
 * What changes the number of items may move them, so it is refused with PYBUF_ERR_BUFFER
 * while there is any export, with the number of exports in the message. What keeps the number
 * is allowed, unless an export is stable (then nothing is written) or exclusive (then
 * nothing is read either). Where Python has objects of this memory, a change of size is for
 * threads that are attached to that Python, and refused with PYBUF_ERR_BUFFER elsewhere.
 *
 * An exporter of fixed size is refused with PYBUF_ERR_TYPE by all of these functions,
 * memory that is at its end with PYBUF_ERR_MEMORY, and a number of items beyond the address
 * space with PYBUF_ERR_OVERFLOW. On failure the array is as it was. */

/* An array of bytes (format "B") with a copy of the size bytes at data; data NULL: so many
 * zeros. Returns an exporter with one reference; NULL on failure.
 *
 * Errors: PYBUF_ERR_VALUE where size is negative; PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY. */
pybuf_exporter *pybuf_bytearray_new(const void *data, Py_ssize_t size);

/* An array with a copy of the count items at items; items NULL: so many zeros. Returns an
 * exporter with one reference; NULL on failure.
 *
 * typecode is the format of an item: a single code in native order, those of array.array
 * ("b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "f", "d", "u", "w") and all others
 * ("?", "c", "e", "n", "N", "P", "F", "D", "Zf", "Zd"), but "O". "u" is wchar_t, as for
 * array.array: where that has 4 bytes, the format is "w".
 *
 *     pybuf_exporter *samples = pybuf_array_new("d", NULL, 0);
 *     pybuf_array_append(samples, block, 512);
 *
 * Errors: PYBUF_ERR_VALUE for typecode NULL or another format, and where count is negative;
 * PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY. */
pybuf_exporter *pybuf_array_new(const char *typecode, const void *items, Py_ssize_t count);

/* The number of items at this moment; -1 on failure. */
Py_ssize_t pybuf_array_len(pybuf_exporter *array);

/* Copies one item to item, which has room for size bytes; a negative index counts from the
 * end. Returns 0, or -1: PYBUF_ERR_INDEX where there is no such item, PYBUF_ERR_VALUE where
 * size is not the item size, PYBUF_ERR_BUFFER while an exclusive export is outstanding.
 *
 * item must not lie in the array itself. */
int pybuf_array_get(pybuf_exporter *array, Py_ssize_t index, void *item, Py_ssize_t size);

/* Copies one item from item, which has size bytes, to its place; a negative index counts
 * from the end. Returns 0, or -1: PYBUF_ERR_INDEX where there is no such item,
 * PYBUF_ERR_VALUE where size is not the item size, PYBUF_ERR_BUFFER while a stable or an
 * exclusive export is outstanding. */
int pybuf_array_set(pybuf_exporter *array, Py_ssize_t index, const void *item, Py_ssize_t size);

/* Copies one item to item, as pybuf_array_get does, and takes it out of the array; -1 is the
 * last one. Returns 0, or -1: PYBUF_ERR_INDEX where there is no such item, PYBUF_ERR_VALUE
 * where size is not the item size, PYBUF_ERR_BUFFER while an export is outstanding.
 *
 * item must not lie in the array itself. */
int pybuf_array_pop(pybuf_exporter *array, Py_ssize_t index, void *item, Py_ssize_t size);

/* Copies count items to the end. They may lie in the array itself; items may be NULL where
 * count is 0. Returns 0, or -1: PYBUF_ERR_BUFFER while an export is outstanding,
 * PYBUF_ERR_VALUE where count is negative. */
int pybuf_array_append(pybuf_exporter *array, const void *items, Py_ssize_t count);

/* Copies count items in before the one at index, which is as for Python's insert: negative
 * ones count from the end, and what is outside is clamped. The items may lie in the array
 * itself; they may be NULL where count is 0. Returns 0, or -1: PYBUF_ERR_BUFFER while an
 * export is outstanding, PYBUF_ERR_VALUE where count is negative. */
int pybuf_array_insert(pybuf_exporter *array, Py_ssize_t index, const void *items,
        Py_ssize_t count);

/* Copies count items in place of those from start to before stop, every step-th: Python's
 * a[start:stop:step] = items, with PYBUF_OPEN for a bound left out. With a step other than 1
 * there must be as many items as the slice has, or none, which takes the slice out. The items
 * may lie in the array itself; they may be NULL where count is 0.
 *
 * Returns 0, or -1: PYBUF_ERR_VALUE for step 0, a negative count or another number of items
 * with a step; PYBUF_ERR_BUFFER while an export is outstanding, where the number of items
 * changes, and while a stable or exclusive one is in every case. */
int pybuf_array_replace(pybuf_exporter *array, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step,
        const void *items, Py_ssize_t count);

/* Takes out the items from start to before stop, every step-th: Python's
 * del a[start:stop:step], with PYBUF_OPEN for a bound left out. Returns 0, or -1:
 * PYBUF_ERR_VALUE for step 0, PYBUF_ERR_BUFFER while an export is outstanding. */
int pybuf_array_delete(pybuf_exporter *array, Py_ssize_t start, Py_ssize_t stop, Py_ssize_t step);

/* A new array with copies of the items from start to before stop, every step-th: Python's
 * a[start:stop:step], with PYBUF_OPEN for a bound left out. Returns an exporter with one
 * reference; NULL on failure: PYBUF_ERR_VALUE for step 0, PYBUF_ERR_BUFFER while an exclusive
 * export is outstanding. */
pybuf_exporter *pybuf_array_slice(pybuf_exporter *array, Py_ssize_t start, Py_ssize_t stop,
        Py_ssize_t step);

/* Makes the array count items long: zeros are added at the end, or the last items taken
 * away. Returns 0, or -1: PYBUF_ERR_VALUE where count is negative, PYBUF_ERR_BUFFER while an
 * export is outstanding, unless the array is so long already. */
int pybuf_array_resize(pybuf_exporter *array, Py_ssize_t count);

/* Takes all items out: pybuf_array_resize to 0. Returns 0, or -1: PYBUF_ERR_BUFFER while an
 * export is outstanding, unless the array is empty already. */
int pybuf_array_clear(pybuf_exporter *array);

/* Turns the order of the items round, in place. Returns 0, or -1: PYBUF_ERR_BUFFER while a
 * stable or an exclusive export is outstanding. */
int pybuf_array_reverse(pybuf_exporter *array);

/* ----------------------------------------------------------------------------
 * pybuf_want: what a consumer needs, said in one struct. */

/* Whether a view is as wanted (want NULL: anything, to be read): 0, or -1 with
 * PYBUF_ERR_BUFFER and the message that pybuf_exporter_view would give; PYBUF_ERR_VALUE for
 * a want that makes no sense. */
int pybuf_view_check(pybuf_view *view, const pybuf_want *want);

/* Whether a view can be had as wanted without a copy: 1 where nothing has to move, and text is
 * empty. 0 where a copy is needed: text then says in one sentence which, and why: "a C-ordered
 * copy, because dimension 0 has a stride of 4 where C order needs 24". What is asked for by the
 * want is what pybuf_view_check looks at; read-only memory that is to be written, and memory that
 * others may write although it is to be stable, are reasons for a copy, too. want NULL is met by
 * any view.
 *
 * As much of the text as has room is written to text, with a NUL, which is size bytes large (0:
 * nothing, and text may be NULL); it is shorter than PYBUF_EXPLAIN_SIZE, save where a format is
 * longer. -1 on failure: PYBUF_ERR_TYPE where view is none; PYBUF_ERR_BUFFER with the message of
 * pybuf_view_check where no copy would do, which is so where another number of dimensions is
 * wanted; PYBUF_ERR_VALUE for a want that makes no sense, and for a size below 0;
 * PYBUF_ERR_MEMORY. */
int pybuf_view_is_zero_copy(pybuf_view *view, const pybuf_want *want, char *text, Py_ssize_t size);

/* ----------------------------------------------------------------------------
 * pybuf_view: taking what somebody lends. */

/* Asks any getbuffer function for a buffer, and takes it over: a plug-in's, a type's slot,
 * or (pybuf_getbufferproc)pybuf_getbuffer; for an exporter of your own pybuf_exporter_view
 * is shorter. Returns a view with one reference; NULL on failure.
 *
 * The answer is checked before it is believed (len against shape, overflow, promises of
 * contiguity), and what is missing in it is filled in: without a shape it is len unsigned
 * bytes in one dimension (with a format, as many items of that); without a format each item
 * is itemsize bytes ("4s"; "B" for 1); without strides it is in C order. Ask for
 * PyBUF_FULL_RO to get all.
 *
 * When the last view is gone, releasebuffer is called once with the very struct that was
 * filled, on whatever thread that is; it may be NULL where there is nothing to do (an export
 * of this library is ended all the same). self must stay usable until then. Where the answer
 * names a Python object (obj is not NULL), releasebuffer is called if it is given, and the
 * object is then dropped, else PyBuffer_Release is called; both on an attached thread, as
 * pybuf_python_view says. Where there is no Python in the process obj is not looked at.
 *
 * Errors: those of getbuffer, where it leaves one of this library or a Python exception
 * (PYBUF_ERR_PYTHON), else PYBUF_ERR_BUFFER; PYBUF_ERR_BUFFER where the answer is
 * unsound (it has been released then), or where getbuffer succeeds and has filled in
 * nothing (nothing is released then); PYBUF_ERR_VALUE for more than 64 dimensions;
 * PYBUF_ERR_TYPE where getbuffer is NULL; PYBUF_ERR_MEMORY.
 *
 * getbuffer and releasebuffer must belong to self, and what they lend must be what they say. */
pybuf_view *pybuf_view_acquire(void *self, pybuf_getbufferproc getbuffer,
        pybuf_releasebufferproc releasebuffer, int flags);

/* Takes over a buffer that somebody has filled. Returns a view with one reference, and
 * *buffer is then empty: the view releases it, as pybuf_release would. A buffer that a native
 * exporter of another make filled is not released by that: take such ones with
 * pybuf_view_acquire. NULL on failure, and *buffer is still the caller's.
 *
 * Pointers of *buffer into itself are aimed at its new place; all else is kept as it is for
 * the release.
 *
 * Errors: PYBUF_ERR_BUFFER where the buffer is NULL, empty or contradicts itself,
 * PYBUF_ERR_VALUE for more than 64 dimensions, PYBUF_ERR_RUNTIME where it belongs to a
 * Python object and the thread is not attached, PYBUF_ERR_MEMORY.
 *
 * buffer must be NULL, or filled by an exporter and not yet released. */
pybuf_view *pybuf_view_adopt(Py_buffer *buffer);

/* A view of all that an exporter lends, as wanted; want NULL: anything, to be read. Returns
 * a view with one reference; NULL on failure.
 *
 * Errors: PYBUF_ERR_BUFFER where the memory is not as wanted, or others have it so that it
 * cannot be: the message says what was asked, what is there and what would do.
 * PYBUF_ERR_TYPE, PYBUF_ERR_VALUE (a want that makes no sense), PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_exporter_view(pybuf_exporter *exporter, const pybuf_want *want);

/* Another reference on the same view, to be given up with pybuf_view_unref. Returns the
 * handle it was given; NULL with PYBUF_ERR_TYPE where that is no view. */
pybuf_view *pybuf_view_ref(pybuf_view *view);

/* Gives up a reference. With the last view of an export it is released. NULL is allowed and
 * does nothing; anything that is no view is left alone, with PYBUF_ERR_TYPE.
 *
 * The reference must be yours. */
void pybuf_view_unref(pybuf_view *view);

/* The address of the item with all indices zero (with suboffsets, of the first pointer),
 * valid as long as the view lives. NULL with PYBUF_ERR_TYPE where view is none; it may be
 * NULL where there is no item. */
void *pybuf_view_data(pybuf_view *view);

/* Bytes of one item; -1 on failure. */
Py_ssize_t pybuf_view_itemsize(pybuf_view *view);

/* Bytes of all items together; -1 on failure. */
Py_ssize_t pybuf_view_nbytes(pybuf_view *view);

/* Number of dimensions; -1 on failure. */
int32_t pybuf_view_ndim(pybuf_view *view);

/* 1 where nothing may be written, else 0; -1 on failure. */
int32_t pybuf_view_readonly(pybuf_view *view);

/* The PEP 3118 format of an item, which lives as long as the view; NULL on failure only. */
const char *pybuf_view_format(pybuf_view *view);

/* The lengths, in items, as many as dimensions; they live as long as the view. NULL on failure. */
const Py_ssize_t *pybuf_view_shape(pybuf_view *view);

/* The distances, in bytes, as many as dimensions; they live as long as the view. NULL on
 * failure. */
const Py_ssize_t *pybuf_view_strides(pybuf_view *view);

/* The suboffsets, as many as dimensions, which live as long as the view; NULL where there are
 * none, or on failure. */
const Py_ssize_t *pybuf_view_suboffsets(pybuf_view *view);

/* Whether the items are contiguous in order: 'C', 'F' or 'A' (either), nothing else. 1 or 0;
 * -1 on failure: PYBUF_ERR_VALUE for another order, PYBUF_ERR_TYPE where view is none. */
int pybuf_view_is_contiguous(pybuf_view *view, char order);

/* Lends on what a view shows: fills buffer as flags ask, by the rules of pybuf_getbuffer. The
 * export keeps the view; it is ended with pybuf_release. Returns 0, or -1 with buffer's obj
 * and internal NULL; the errors are those of pybuf_getbuffer. */
int pybuf_view_getbuffer(pybuf_view *view, Py_buffer *buffer, int flags);

/* Lends what a view shows: sliced, transposed, read-only as it is. Returns an exporter
 * with one reference, which keeps the view; NULL on failure.
 *
 * Errors: PYBUF_ERR_TYPE where view is no view; PYBUF_ERR_OVERFLOW where the items lie
 * further apart than Py_ssize_t can say; PYBUF_ERR_VALUE, PYBUF_ERR_MEMORY. */
pybuf_exporter *pybuf_exporter_from_view(pybuf_view *view);

/* ----------------------------------------------------------------------------
 * Layouts explained to people: what belongs where, in words and drawn as text.
 *
 *     char text[PYBUF_EXPLAIN_SIZE];
 *     if (pybuf_view_explain(view, text, sizeof text) > 0)
 *         fputs(text, stderr); */

/* Says the layout of a view in words, and draws it: which byte belongs to which item, in which
 * order items are read, what is shared, what is skipped; lines of UTF-8 text, each with its
 * newline. Of large memory the beginning and the end are drawn. The wording may change with
 * versions: it is for people, not for programs.
 *
 * Returns the length of the text without its NUL; as with snprintf as much of it as has room is
 * written to text, which is size bytes large (0: nothing, and text may be NULL). No item is
 * looked at, only pointers on the way to items (suboffsets). -1 on failure: PYBUF_ERR_TYPE where
 * view is none, PYBUF_ERR_VALUE for a size below 0, PYBUF_ERR_MEMORY. */
Py_ssize_t pybuf_view_explain(pybuf_view *view, char *text, Py_ssize_t size);

/* ----------------------------------------------------------------------------
 * Items of a pybuf_view: one, some, all. */

/* The address of the item at count indices, one for each dimension; negative ones count from
 * the end. Suboffsets are followed. The address is valid as long as the view lives. NULL
 * with PYBUF_ERR_INDEX for an index outside its dimension, PYBUF_ERR_TYPE where count is
 * not the number of dimensions, PYBUF_ERR_BUFFER where a pointer on the way is NULL. */
void *pybuf_view_pointer(pybuf_view *view, const Py_ssize_t *indices, int32_t count);

/* Copies the bytes of one item to item, which has room for size of them: the item size.
 * Indices and their errors as for pybuf_view_pointer. Returns 0, or -1; PYBUF_ERR_VALUE
 * where size is not the item size. */
int pybuf_view_read_item(pybuf_view *view, const Py_ssize_t *indices, int32_t count, void *item,
        Py_ssize_t size);

/* Copies the bytes of one item from item, which has size of them: the item size. Indices
 * and their errors as for pybuf_view_pointer. Returns 0, or -1; PYBUF_ERR_VALUE where size
 * is not the item size, PYBUF_ERR_TYPE where the view is read-only. */
int pybuf_view_write_item(pybuf_view *view, const Py_ssize_t *indices, int32_t count,
        const void *item, Py_ssize_t size);

/* The same memory with dimension dim (from 0) cut down to the items from start to before
 * stop, every step-th, by Python's rules: negative bounds count from the end, bounds outside
 * are clamped, a negative step walks down, PYBUF_OPEN is a bound left out. Returns a new
 * view with one reference; NULL on failure: PYBUF_ERR_VALUE for step 0, PYBUF_ERR_INDEX
 * where there is no such dimension, PYBUF_ERR_NOT_IMPLEMENTED where suboffsets cannot say
 * it, PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_view_slice(pybuf_view *view, int32_t dim, Py_ssize_t start, Py_ssize_t stop,
        Py_ssize_t step);

/* One field of every item, as a view of the same memory; nothing is copied. path is as for
 * pybuf_format_field: "a.b[1]". The dimensions of a sub-array follow those of the view. Returns a
 * new view with one reference; NULL on failure: PYBUF_ERR_VALUE where there is no such field, or
 * more than 64 dimensions; PYBUF_ERR_INDEX for an index outside a sub-array; PYBUF_ERR_OVERFLOW
 * for more elements of no size than Py_ssize_t can tell; PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_view_field(pybuf_view *view, const char *path);

/* The same memory with its dimensions in another order: dimension k of the new view is
 * dimension axes[k] of this one, count of them, one for each; axes NULL reverses their
 * order, and count is not looked at. Returns a new view with one reference; NULL on failure:
 * PYBUF_ERR_VALUE where axes do not name each dimension once, PYBUF_ERR_NOT_IMPLEMENTED where a
 * dimension would cross a pointer (of memory with suboffsets), PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_view_transpose(pybuf_view *view, const int32_t *axes, int32_t count);

/* Copies all items to dest, one after another. order is 'C', 'F' or 'A', nothing else; 'A':
 * as they lie where the view is contiguous, else 'C'. dest has room for size bytes, which
 * must be those of the view; it may overlap the view's memory. Returns 0, or -1;
 * PYBUF_ERR_VALUE for another size or order, PYBUF_ERR_BUFFER where a pointer on the way to
 * an item is NULL, PYBUF_ERR_MEMORY. */
int pybuf_view_copy_out(pybuf_view *view, void *dest, Py_ssize_t size, char order);

/* Copies all items of src to the same indices of dest. Shapes and item sizes must be equal,
 * formats and strides need not. The two may overlap: the outcome is as if src had been
 * copied away first. Returns 0, or -1 with nothing written; PYBUF_ERR_VALUE where shapes or
 * item sizes differ, PYBUF_ERR_TYPE where dest is read-only, PYBUF_ERR_BUFFER where a pointer
 * on the way to an item is NULL, PYBUF_ERR_MEMORY. */
int pybuf_view_copy(pybuf_view *dest, pybuf_view *src);

/* Copies the bytes of an item, of which there are size, to every item of the view. item may be
 * one of the view's own. Returns 0, or -1 with nothing written; PYBUF_ERR_VALUE where size is not
 * the item size, PYBUF_ERR_TYPE where the view is read-only, PYBUF_ERR_BUFFER where a pointer on
 * the way to an item is NULL, PYBUF_ERR_MEMORY. */
int pybuf_view_fill(pybuf_view *view, const void *item, Py_ssize_t size);

/* ----------------------------------------------------------------------------
 * Bytes in another order: numbers of the other byte order, and shuffles for compression.
 *
 *     // A file of big-endian doubles (FITS, netCDF), read into memory and made this machine's.
 *     fread(numbers, sizeof *numbers, count, file);
 *     pybuf_byteswap(numbers, numbers, sizeof *numbers, count);
 *
 * Between views with formats that differ in byte order pybuf_view_copy_values is what
 * pybuf_view_copy is between equal ones. */

/* Copies count items of itemsize bytes each from src to dest, and turns the bytes of each round:
 * the last one first. dest may be src, which needs no other memory, or overlap it in another way:
 * the outcome is as if src had been copied away first. For items of more than one number, such as
 * complex ones, give the size of the numbers and how many there are. Returns 0, or -1 with
 * nothing written; PYBUF_ERR_VALUE where itemsize or count is negative, or a pointer is NULL where
 * there are bytes; PYBUF_ERR_OVERFLOW for more bytes than Py_ssize_t can tell; PYBUF_ERR_MEMORY. */
int pybuf_byteswap(void *dest, const void *src, Py_ssize_t itemsize, Py_ssize_t count);

/* Copies all items of src to the same indices of dest, as pybuf_view_copy does, and turns the
 * bytes of each number round: from '>f' to '<f'. number is the size of a number, of which an item
 * is one or some: 0 is the size of an item, and for complex items and pairs of coordinates it is
 * the size of a part. Formats are not looked at: structs with numbers of several sizes, or with
 * other members between them, are for pybuf_view_copy_values.
 * dest and src may be the same view. Returns 0, or -1 with nothing written; the errors of
 * pybuf_view_copy, and PYBUF_ERR_VALUE where the item size is no multiple of number. */
int pybuf_view_copy_swapped(pybuf_view *dest, pybuf_view *src, Py_ssize_t number);

/* Copies all items of src to the same indices of dest by value: their formats mean the same, but
 * may differ in byte order, as numbers ('>f' and '<f') or as structs of them, with members of
 * several sizes, sub-arrays and padding. Nothing else is converted: not 'i' to 'f', nor 'i' to
 * 'q'. What becomes of padding is not told. The two may overlap: the outcome is as if src had
 * been copied away first. Returns 0, or -1 with nothing written; the errors of pybuf_view_copy,
 * and PYBUF_ERR_VALUE where the formats mean different things, or nobody knows what. */
int pybuf_view_copy_values(pybuf_view *dest, pybuf_view *src);

/* Shuffles size bytes from src to dest: of items of itemsize bytes first the first byte of all,
 * then the second byte of all, and so on, which compresses well. Byte b of item i goes to
 * b * (size / itemsize) + i; bytes behind the last whole item stay where they are. The outcome is
 * that of the shuffle filter of HDF5, and of Blosc's for one of its blocks. The two may overlap: it
 * is as if src had been copied away first. Returns 0, or -1 with nothing written;
 * PYBUF_ERR_VALUE where size is negative, itemsize is less than 1, or a pointer is NULL where
 * there are bytes; PYBUF_ERR_MEMORY. */
int pybuf_shuffle(void *dest, const void *src, Py_ssize_t size, Py_ssize_t itemsize);

/* The way back from pybuf_shuffle, which has the same arguments and errors. */
int pybuf_unshuffle(void *dest, const void *src, Py_ssize_t size, Py_ssize_t itemsize);

/* ----------------------------------------------------------------------------
 * What a pybuf_view shows: compared, searched, as text.
 *
 *     pybuf_value seven = {.kind = PYBUF_VALUE_SIGNED, .as = {.integer = 7}};
 *     Py_ssize_t index;
 *     if (pybuf_view_find(view, &seven, 0, PTRDIFF_MAX, &index) == 1)
 *         printf("item %td is 7\n", index);
 *
 * Values are compared as Python compares what it unpacks: numbers of all sorts by value and
 * exactly, characters with bytes and texts of length 1, structs member by member whatever their
 * names and places are. NaN is equal to nothing. */

/* Whether both views show the same: the same shape (what follows a length of 0 is not looked
 * at, as in memoryview), and equal values. Formats and layouts may differ. Returns 1 or 0; -1 on
 * failure: PYBUF_ERR_NOT_IMPLEMENTED where nobody understands a format (a memoryview is then
 * equal to none), PYBUF_ERR_BUFFER where a pointer on the way to an item is NULL,
 * PYBUF_ERR_TYPE, PYBUF_ERR_MEMORY. */
int pybuf_view_equal(pybuf_view *view, pybuf_view *other);

/* Looks for the first item that is equal to a value, from start to before stop; negative bounds
 * count from the end, and there is no error in a bound outside. Items are numbered in C order.
 * Returns 1, with its number in *index, or 0 where there is none; -1 on failure:
 * PYBUF_ERR_NOT_IMPLEMENTED where nobody understands the format, PYBUF_ERR_VALUE for what is no
 * single value (a PYBUF_VALUE_SEQUENCE, an unknown kind), PYBUF_ERR_BUFFER where a pointer on the
 * way to an item is NULL, PYBUF_ERR_TYPE, PYBUF_ERR_MEMORY. */
int pybuf_view_find(pybuf_view *view, const pybuf_value *value, Py_ssize_t start, Py_ssize_t stop,
        Py_ssize_t *index);

/* How many items are equal to a value. -1 on failure: the errors of pybuf_view_find. */
Py_ssize_t pybuf_view_count(pybuf_view *view, const pybuf_value *value);

/* Writes all bytes in C order as two hexadecimal digits each, as the method hex of bytes does.
 * sep, a character of ASCII, parts each group of bytes from the next one; groups count from the
 * right, and from the left where group is negative. With a sep or a group of 0 there are none.
 * Returns how many characters that are; there is room for size of them at text, and no NUL is
 * written behind. Where text is NULL none is written, and size is not looked at. -1 on failure:
 * PYBUF_ERR_VALUE where there is no room or sep is not ASCII, PYBUF_ERR_BUFFER where a pointer on
 * the way to an item is NULL, PYBUF_ERR_TYPE, PYBUF_ERR_MEMORY (more text than there is memory). */
Py_ssize_t pybuf_view_hex(pybuf_view *view, char sep, Py_ssize_t group, char *text,
        Py_ssize_t size);

/* ----------------------------------------------------------------------------
 * Items of a pybuf_view selected in several dimensions at once, as NumPy's basic indexing
 * has it.
 *
 *     // a[1, ..., 2:]
 *     pybuf_index indices[] = {
 *         {.kind = PYBUF_INDEX_AT, .start = 1},
 *         {.kind = PYBUF_INDEX_ELLIPSIS},
 *         {.kind = PYBUF_INDEX_SLICE, .start = 2, .stop = PYBUF_OPEN},
 *     };
 *     pybuf_view *selected = pybuf_view_select(view, indices, 3); */

/* The same memory, with the items that count indices select, one for each dimension from the
 * first on; what is left out at the end is whole. With PYBUF_INDEX_AT for each dimension the new
 * view has none: it is one item. Returns a new view with one reference.
 *
 * Suboffsets are obeyed: slices behind pointers begin where they say. An index in a dimension that
 * ends in a pointer follows it (the view of one row of an image is plain memory); behind a slice
 * it becomes the pointer of that dimension.
 *
 * NULL on failure: PYBUF_ERR_INDEX for an index outside its dimension, for more indices than
 * dimensions, for two ellipses; PYBUF_ERR_VALUE for another kind and for more than 64 dimensions;
 * PYBUF_ERR_NOT_IMPLEMENTED where suboffsets cannot say it; PYBUF_ERR_BUFFER where a pointer that
 * is followed is NULL; PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_view_select(pybuf_view *view, const pybuf_index *indices, Py_ssize_t count);

/* ----------------------------------------------------------------------------
 * The memory of a pybuf_view in other shapes, and as items of another format. Nothing is
 * copied: each is a view of the same memory, which shares the export. */

/* The same bytes as items of another format. format and itemsize, and what NULL and 0 mean for
 * them, are as in pybuf_memory. order ('C', 'F'; 0 for 'C') is the order in which the bytes are
 * read and the items are laid out.
 *
 * Memory that is contiguous in this order can have any format and any shape of as many bytes;
 * without a shape (ndim 0) it becomes one dimension. In other memory the items are cut up or put
 * together along the dimension that varies fastest (the last one in C order), where they have to
 * follow one another; the others stay, unless a shape says otherwise. ndim is -1 for a single
 * item; one length may be -1, as in pybuf_view_reshape. Returns a new view with one reference.
 *
 * NULL on failure: PYBUF_ERR_TYPE where the bytes do not come out even, or do not follow one
 * another; PYBUF_ERR_VALUE for a format that is none and for a shape of another number of items;
 * PYBUF_ERR_BUFFER where the shape would need a copy; PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_view_cast(pybuf_view *view, const char *format, Py_ssize_t itemsize, int32_t ndim,
        const Py_ssize_t *shape, char order);

/* The same items in another shape. order ('C', 'F'; 0 for 'C') is the order in which they are
 * read and laid out, whatever that of the memory is. One length may be -1: it is what is left.
 * ndim is 0 for a single item. Returns a new view with one reference.
 *
 * NULL on failure: PYBUF_ERR_BUFFER where strides cannot say it, so that it needs a copy
 * (pybuf_view_copy_out makes one); PYBUF_ERR_VALUE for another number of items;
 * PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_view_reshape(pybuf_view *view, int32_t ndim, const Py_ssize_t *shape, char order);

/* The same items repeated in a larger shape: counted from the last, each length is the view's, or
 * the view's is 1. The new view is read-only, since what is written to one place would appear in
 * others. Returns it with one reference; NULL on failure: PYBUF_ERR_VALUE for a shape that does
 * not fit, PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_view_broadcast(pybuf_view *view, int32_t ndim, const Py_ssize_t *shape);

/* Items of the same format at any distances, the first of them offset bytes from the view's first
 * item; they may overlap each other. All must lie between the lowest and the highest byte of the
 * view: what it does not show is never reached. Returns a new view with one reference; NULL on
 * failure: PYBUF_ERR_VALUE for items outside, PYBUF_ERR_NOT_IMPLEMENTED for memory with
 * suboffsets, PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_view_as_strided(pybuf_view *view, int32_t ndim, const Py_ssize_t *shape,
        const Py_ssize_t *strides, Py_ssize_t offset);

/* The same items, of which none may be written. Returns a new view with one reference; NULL on
 * failure: PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_view_to_readonly(pybuf_view *view);

/* ----------------------------------------------------------------------------
 * Views as parts of a larger one: cut apart for as many threads, put together again, and asked
 * whether they share memory. */

/* Cuts dimension dim (from 0) into count parts that follow one another: their lengths differ by
 * one at most, the longer ones come first; where there are more parts than items the last ones
 * are empty. They share the export. Writes count new views to parts, each with one reference.
 * Returns 0, or -1 with nothing written: PYBUF_ERR_VALUE where count is less than 1,
 * PYBUF_ERR_INDEX where there is no such dimension, PYBUF_ERR_NOT_IMPLEMENTED where suboffsets
 * cannot say it, PYBUF_ERR_MEMORY. */
int pybuf_view_split(pybuf_view *view, int32_t dim, pybuf_view **parts, Py_ssize_t count);

/* One view of all items of count views, one behind another along dimension dim (from 0); nothing
 * is copied. Each has to begin where the one before would go on (single items along dim, at equal
 * distances, do), and all else is the same in all, the meaning of the format too. It is read-only
 * where one of them is. The views may be of several exports, if no memory of somebody else lies
 * between them; the new one keeps them all. Returns it with one reference.
 *
 * NULL on failure: PYBUF_ERR_BUFFER where they do not follow one another, so that it needs a copy;
 * PYBUF_ERR_VALUE where there are none, or shapes or formats differ; PYBUF_ERR_INDEX where there is
 * no such dimension; PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_view_merge(pybuf_view *const *views, Py_ssize_t count, int32_t dim);

/* Whether an item of one view and one of the other have a byte in common: PYBUF_OVERLAP_NO,
 * PYBUF_OVERLAP_YES, PYBUF_OVERLAP_UNKNOWN; -1 on failure. The columns of a table lie within each
 * other and share nothing. Pointers are followed. It is found out in bounded time; for one
 * dimension against one, and for what is contiguous, always. */
int pybuf_view_overlap(pybuf_view *one, pybuf_view *other);

/* ----------------------------------------------------------------------------
 * Copies that are planned once, and executed again and again on other memory of the same layout.
 *
 *     // Tiles of 64 x 64 floats of an image, each to be transposed into memory of its own.
 *     pybuf_copy_plan *turn = pybuf_copy_plan_new(2, (Py_ssize_t[]){64, 64}, sizeof(float),
 *         NULL, (Py_ssize_t[]){sizeof(float), pitch});
 *     for (int k = 0; k < count; k++)
 *         pybuf_copy_plan_execute(turn, tiles[k], image + corners[k]);
 *     pybuf_copy_plan_unref(turn); */

/* Plans the copy of all items of one layout to the same indices of another. Both have ndim
 * dimensions of the lengths in shape, and items of itemsize bytes; of either side strides are the
 * bytes from one item to the next in each dimension, of any sign and size. NULL strides of a side
 * mean that its items lie one after another in C order, from the address that is given to execute
 * on; both may be NULL: the plan copies one block then. With ndim 0 there is a single item, and
 * neither shape nor strides are looked at; with more, shape must not be NULL. Shape and strides are
 * copied.
 *
 * Returns a plan with one reference. NULL on failure: PYBUF_ERR_VALUE for a negative number
 * where there can be none, more than 128 dimensions, or a NULL shape of some, PYBUF_ERR_OVERFLOW
 * where the items would lie beyond the address space, PYBUF_ERR_MEMORY. */
pybuf_copy_plan *pybuf_copy_plan_new(int32_t ndim, const Py_ssize_t *shape, Py_ssize_t itemsize,
        const Py_ssize_t *dest_strides, const Py_ssize_t *src_strides);

/* The same for the layouts of two views, which have the same shape and item size; formats and
 * strides need not be equal. Of the views only shape and strides are looked at: neither is kept,
 * and whether dest may be written matters to who executes the plan.
 *
 * Returns a plan with one reference. NULL on failure: PYBUF_ERR_TYPE where one is no view,
 * PYBUF_ERR_VALUE where shapes or item sizes differ, PYBUF_ERR_BUFFER for a view with suboffsets
 * (a plan is for memory without pointers; pybuf_view_copy follows them), PYBUF_ERR_MEMORY. */
pybuf_copy_plan *pybuf_copy_plan_of_views(pybuf_view *dest, pybuf_view *src);

/* Takes one more reference. Returns plan; NULL where it is no pybuf_copy_plan. */
pybuf_copy_plan *pybuf_copy_plan_ref(pybuf_copy_plan *plan);

/* Gives up a reference; with the last one the plan is freed. NULL does nothing. */
void pybuf_copy_plan_unref(pybuf_copy_plan *plan);

/* Copies: dest and src are the addresses of the items whose indices are all zero, as
 * pybuf_view_data gives them; with negative strides others lie before them. Nothing needs to be
 * aligned. From several threads at once, too: only the memory is shared, if it is.
 *
 * The two sides may overlap: the outcome is as if src had been copied away first. To see that
 * the one ends before the other begins costs next to nothing; where it does not, the copy is
 * planned anew, as by pybuf_view_copy, and may need as much memory as the items take. The same
 * holds where strides put items of dest on top of each other: the last one in C order stays.
 *
 * Returns 0, or -1 with dest untouched: PYBUF_ERR_TYPE where plan is none, PYBUF_ERR_VALUE where
 * dest or src is NULL and there are bytes to copy, PYBUF_ERR_MEMORY.
 *
 * All items must lie in live memory, those of dest writable, and nobody else's meanwhile. */
int pybuf_copy_plan_execute(pybuf_copy_plan *plan, void *dest, const void *src);

/* Says in words what the plan does: in how many loops over how many bytes, which kernel moves
 * them and by what, whether they are stored past the cache, and why; lines of UTF-8 text, each
 * with its newline. The wording may change with versions: it is for people, not for programs.
 *
 * Returns the length of the text without its NUL, which is less than PYBUF_EXPLAIN_SIZE; as with
 * snprintf as much of it as has room is written to text, which is size bytes large (0: nothing,
 * and text may be NULL). -1 on failure: PYBUF_ERR_TYPE where plan is none, PYBUF_ERR_VALUE for a
 * size below 0. */
Py_ssize_t pybuf_copy_plan_explain(pybuf_copy_plan *plan, char *text, Py_ssize_t size);

/* ----------------------------------------------------------------------------
 * Py_buffer: the counterparts of CPython's functions on it. */

/* Ends an export, whoever gave it; the counterpart of PyBuffer_Release. Idempotent: a
 * buffer that is empty, refused or released already is left as it is. NULL sets
 * PYBUF_ERR_BUFFER.
 *
 * Where obj is NULL the export is ended, and *view is all zero, if it is one of this library
 * (of any copy of it in the process); a buffer of a foreign native exporter is left alone.
 * Where obj is not NULL a Python object lent the memory, and this calls PyBuffer_Release. On
 * a thread that is not attached to Python, *view is all zero afterwards, and the object,
 * taken for one of the main interpreter, is released late: at the next pybuf_python_* call
 * on an attached thread of that interpreter, also soon by its main thread; after Py_Finalize
 * never. That needs memory: where there is none, the buffer stays as it is, to be released
 * again, with PYBUF_ERR_MEMORY.
 *
 * view must be empty, filled by an exporter, or released. */
void pybuf_release(Py_buffer *view);

/* Whether the memory is contiguous in order: 'C', 'F' or 'A' (either), nothing else. 1 or 0;
 * the counterpart of PyBuffer_IsContiguous. With suboffsets it never is, without items always,
 * and the stride of a dimension of length 1 does not matter. Strides NULL mean C order.
 * 0 with an error: PYBUF_ERR_VALUE for another order, PYBUF_ERR_BUFFER for a view that is
 * NULL or contradicts itself, PYBUF_ERR_MEMORY. */
int pybuf_is_contiguous(const Py_buffer *view, char order);

/* The address of the item at view->ndim indices, each from 0 to below its length; the
 * counterpart of PyBuffer_GetPointer. Suboffsets are followed. With ndim 0 no index is
 * read; without shape and format, items are bytes. NULL with PYBUF_ERR_INDEX for an index
 * outside (CPython does not look), PYBUF_ERR_VALUE, PYBUF_ERR_BUFFER where view
 * contradicts itself or a pointer on the way is NULL (as for all that copies), or
 * PYBUF_ERR_MEMORY. */
void *pybuf_get_pointer(const Py_buffer *view, const Py_ssize_t *indices);

/* Copies all items of src to buf, one after another; the counterpart of
 * PyBuffer_ToContiguous. len must be src->len. order is 'C', 'F' or 'A', nothing else; 'A':
 * as they lie where src is contiguous, else 'C'. Returns 0, or -1 with PYBUF_ERR_VALUE,
 * PYBUF_ERR_BUFFER (src contradicts itself) or PYBUF_ERR_MEMORY. */
int pybuf_to_contiguous(void *buf, const Py_buffer *src, Py_ssize_t len, char order);

/* Copies items that lie one after another in buf to view; the counterpart of
 * PyBuffer_FromContiguous. Of len bytes at most view->len are used, and only whole items.
 * Order as for pybuf_to_contiguous. Returns 0, or -1 with PYBUF_ERR_VALUE,
 * PYBUF_ERR_BUFFER, PYBUF_ERR_MEMORY, or PYBUF_ERR_TYPE where view is read-only (CPython
 * does not look).
 *
 * buf must not overlap the memory of view. */
int pybuf_from_contiguous(const Py_buffer *view, const void *buf, Py_ssize_t len, char order);

/* Copies all items of src to the same indices of dest; the counterpart of
 * PyObject_CopyData, for views. Shapes and item sizes must be equal, formats and strides
 * need not. The two may overlap: the outcome is as if src had been copied away first.
 * Returns 0, or -1 with PYBUF_ERR_VALUE, PYBUF_ERR_BUFFER, PYBUF_ERR_MEMORY, or
 * PYBUF_ERR_TYPE where dest is read-only. */
int pybuf_copy_data(const Py_buffer *dest, const Py_buffer *src);

/* Fills in the strides of contiguous memory: order 'F' for Fortran, any other for C, as
 * CPython's; the counterpart of PyBuffer_FillContiguousStrides. With ndim 0 nothing is
 * written. A negative length or itemsize, NULL, or an ndim that no layout has: nothing is
 * written, and the last error is set (PYBUF_ERR_VALUE). */
void pybuf_fill_contiguous_strides(int ndim, const Py_ssize_t *shape, Py_ssize_t *strides,
        Py_ssize_t itemsize, char order);

/* Fills view as an exporter of len plain bytes at buf does; the counterpart of
 * PyBuffer_FillInfo, for getbuffer functions of your own. obj is the exporting Python
 * object, of which view gets a new reference, or NULL where there is none. Returns 0, or
 * -1 with view's obj NULL: PYBUF_ERR_BUFFER where writing is asked for and readonly is
 * not 0, PYBUF_ERR_SYSTEM for exactly PyBUF_READ or PyBUF_WRITE as flags, PYBUF_ERR_RUNTIME
 * where obj is given and there is no Python or the thread is not attached, PYBUF_ERR_VALUE.
 *
 * shape and strides point into view itself, so it must not be moved.
 *
 * obj must be NULL or a Python object, and then the thread must be attached to its interpreter. */
int pybuf_fill_info(Py_buffer *view, PyObject *obj, void *buf, Py_ssize_t len, int readonly,
        int flags);

/* ----------------------------------------------------------------------------
 * Python: native memory as Python objects, Python objects as native memory. Python is
 * found when it is needed, in the process, and never linked. */

/* The Python object that lends an exporter's memory to whatever takes a buffer:
 * memoryview(), numpy.asarray(), socket.send(). Returns a new reference; NULL with the
 * exception set.
 *
 * The reference on the exporter is consumed in every case: it belongs to the object, and
 * is given up on failure. exporter NULL raises the thread's last error, so that calls
 * nest: pybuf_python_object(pybuf_exporter_new(&memory)); where there is none, TypeError.
 *
 * Errors: PYBUF_ERR_RUNTIME where there is no Python in the process, or the thread is not
 * attached to it (no exception is set then); PYBUF_ERR_TYPE, PYBUF_ERR_MEMORY. */
PyObject *pybuf_python_object(pybuf_exporter *exporter);

/* A view of the memory of any Python object with the buffer protocol, as wanted; want NULL:
 * anything, to be read. Returns a view with one reference; NULL with the exception set.
 *
 * The view keeps the object, and may be used and dropped on any thread: where that one is
 * not attached to the object's interpreter, it is released at the next pybuf_python_* call
 * on an attached thread of that interpreter, for the main interpreter also soon by its main
 * thread; after Py_Finalize never.
 *
 * Errors: PYBUF_ERR_PYTHON where the object raised an exception, a TypeError for one
 * without the protocol; PYBUF_ERR_BUFFER where it has other memory than is wanted (the
 * message says what was asked, what is there, what would do) or answers unsoundly;
 * PYBUF_ERR_VALUE for a want that makes no sense; PYBUF_ERR_RUNTIME as for
 * pybuf_python_object; PYBUF_ERR_TYPE for object NULL; PYBUF_ERR_MEMORY. */
pybuf_view *pybuf_python_view(PyObject *object, const pybuf_want *want);

/* For the bf_getbuffer slot of a type of your own: fills view as flags ask, by the rules of
 * pybuf_getbuffer, with a new reference to owner as its obj. The exporter is kept by owner:
 * the export has no reference of its own on it. Returns 0, or -1 with the
 * exception set and view's obj NULL.
 *
 * Errors: those of pybuf_getbuffer; PYBUF_ERR_TYPE for owner NULL; PYBUF_ERR_RUNTIME as for
 * pybuf_python_object.
 *
 * owner must be a Python object that keeps exporter alive. */
int pybuf_python_fill(PyObject *owner, pybuf_exporter *exporter, Py_buffer *view, int flags);

/* For the bf_releasebuffer slot of a type of your own. It leaves obj alone: PyBuffer_Release
 * drops it afterwards. It ends the export where the memory counts them (guarded, or
 * growing), and does nothing elsewhere; call it in every case, so that your type is right for
 * any memory.
 *
 * view must have been filled by pybuf_python_fill with this owner and this exporter. */
void pybuf_python_releasebuffer(PyObject *owner, pybuf_exporter *exporter, Py_buffer *view);

/* Sets the thread's last error as the Python exception: BufferError for PYBUF_ERR_BUFFER, and
 * so on. With PYBUF_ERR_PYTHON the exception that is set stays. Returns NULL always, so
 * that an extension's function can return it. On a thread that is not attached it does
 * nothing; where no call has failed it raises SystemError. */
PyObject *pybuf_python_raise(void);

/* The module libpybuf, for those who have the library loaded but cannot import it by a path:
 * the one in sys.modules, which is put there if it is not. Returns a new reference; NULL
 * with the exception set.
 *
 * Errors: PYBUF_ERR_RUNTIME as for pybuf_python_object; PYBUF_ERR_PYTHON, PYBUF_ERR_MEMORY. */
PyObject *pybuf_python_module(void);

/* ----------------------------------------------------------------------------
 * Views in Python, made from C: the counterparts of PyMemoryView_From…. */

/* A libpybuf.memoryview or libpybuf.View (type: PYBUF_MEMORYVIEW, PYBUF_VIEW) of whatever an
 * object lends: the counterpart of PyMemoryView_FromObject. Of a view of this library it is
 * another one that shares its buffer. Returns a new reference; NULL with the exception set.
 *
 * Errors: PYBUF_ERR_PYTHON where the object raised an exception; PYBUF_ERR_TYPE for object NULL or
 * one without the buffer protocol; PYBUF_ERR_BUFFER where it answers unsoundly;
 * PYBUF_ERR_VALUE where it is a released view, or for another type; PYBUF_ERR_RUNTIME as for
 * pybuf_python_object; PYBUF_ERR_MEMORY. */
PyObject *pybuf_python_memoryview(PyObject *object, int32_t type_);

/* The same of what a native view shows: it keeps the view. The reference on it stays the
 * caller's. Its obj is a libpybuf.Exporter.
 *
 * Errors: those of pybuf_exporter_from_view and pybuf_python_memoryview. */
PyObject *pybuf_python_memoryview_from_view(pybuf_view *view, int32_t type_);

/* The same of memory that a filled Py_buffer describes: the counterpart of
 * PyMemoryView_FromBuffer. The struct is copied, and so are shape, strides, suboffsets and format;
 * its obj is not looked at, and nothing is released: the memory must live as long as the view and
 * whatever is made of it. (pybuf_view_adopt and pybuf_python_memoryview_from_view make one that
 * owns the export.)
 *
 * Errors: those of pybuf_python_memoryview; PYBUF_ERR_VALUE where buf is NULL. */
PyObject *pybuf_python_memoryview_from_buffer(const Py_buffer *buffer, int32_t type_);

/* The same of size unsigned bytes of memory: the counterpart of PyMemoryView_FromMemory. It can be
 * written where flags are PyBUF_WRITE; PyBUF_READ otherwise. Nothing is released: the memory must
 * live as long as the view and whatever is made of it.
 *
 * Errors: those of pybuf_python_memoryview; PYBUF_ERR_VALUE for a negative size or other flags;
 * PYBUF_ERR_TYPE for memory NULL where size is not 0. */
PyObject *pybuf_python_memoryview_from_memory(void *memory, Py_ssize_t size, int flags,
        int32_t type_);

/* The same of what an object lends, with contiguous items in order 'C', 'F' or 'A' (either): the
 * counterpart of PyMemoryView_GetContiguous. Where they do not lie so, and flags are PyBUF_READ, it
 * is of a copy ('A': in C order); with PyBUF_WRITE that is an error.
 *
 * Errors: those of pybuf_python_memoryview; PYBUF_ERR_BUFFER where it cannot be written, or only a
 * copy would do; PYBUF_ERR_VALUE for another order or other flags. */
PyObject *pybuf_python_memoryview_contiguous(PyObject *object, int flags, char order,
        int32_t type_);

#ifdef __cplusplus
}
#endif

#endif /* PYBUF_H */
