/* All that a consumer does with a view or a filled buffer, done to what an exporter that
 * lies or misbehaves has lent: everything agrees with everything else, and with the bytes
 * that the items are known to have.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "foreign.h"

/* Bytes of all items of a view, at most. */
#define ROOM 256

/* Goes on to the next item: in C order the last index runs fastest, in Fortran order the first. */
static inline void next_item(const Py_ssize_t *shape, int ndim, char order, Py_ssize_t *indices)
{
    for (int k = 0; k < ndim; k++) {
        int dim = order == 'C' ? ndim - 1 - k : k;
        if (++indices[dim] < shape[dim])
            return;
        indices[dim] = 0;
    }
}

/* How many items there are. */
static inline Py_ssize_t count_items(pybuf_view *view)
{
    Py_ssize_t count = 1;
    for (int dim = 0; dim < pybuf_view_ndim(view); dim++)
        count *= pybuf_view_shape(view)[dim];
    return count;
}

/* Whether pointers have to be followed: what cannot be said then is PYBUF_ERR_NOT_IMPLEMENTED. */
static inline int is_indirect(pybuf_view *view)
{
    const Py_ssize_t *suboffsets = pybuf_view_suboffsets(view);
    for (int dim = 0; suboffsets && dim < pybuf_view_ndim(view); dim++)
        if (suboffsets[dim] >= 0)
            return 1;
    return 0;
}

static inline void use_attributes(pybuf_view *view)
{
    int ndim = pybuf_view_ndim(view), c = pybuf_view_is_contiguous(view, 'C'), f = pybuf_view_is_contiguous(view, 'F');
    CHECK(ndim >= 0 && ndim <= PyBUF_MAX_NDIM);
    CHECK(pybuf_view_itemsize(view) >= 0);
    CHECK_EQUAL(pybuf_view_nbytes(view), count_items(view) * pybuf_view_itemsize(view));
    CHECK_EQUAL(pybuf_view_is_contiguous(view, 'A'), c || f);
    CHECK(!c || !is_indirect(view));
    CHECK(ndim == 0 || (pybuf_view_shape(view) && pybuf_view_strides(view)));
    CHECK(pybuf_view_format(view) && strlen(pybuf_view_format(view)) < 2000000);
    CHECK(pybuf_view_readonly(view) == 0 || pybuf_view_readonly(view) == 1);
}

/* The bytes of all items, one item read after another. Returns their number. */
static inline Py_ssize_t read_items(pybuf_view *view, char order, char *items)
{
    Py_ssize_t indices[PyBUF_MAX_NDIM] = {0}, size = pybuf_view_itemsize(view), count = count_items(view);
    int ndim = pybuf_view_ndim(view);
    for (Py_ssize_t k = 0; k < count; k++) {
        char *item = items + k * size;
        CHECK(k * size + size <= ROOM);
        CHECK_EQUAL(pybuf_view_read_item(view, indices, ndim, item, size), 0);
        CHECK(size == 0 || memcmp(pybuf_view_pointer(view, indices, ndim), item, (size_t)size) == 0);
        next_item(pybuf_view_shape(view), ndim, order, indices);
    }
    return count * size;
}

static inline void use_items(pybuf_view *view, const char *known)
{
    char one_by_one[ROOM], at_once[ROOM];
    int fortran = pybuf_view_is_contiguous(view, 'F') && !pybuf_view_is_contiguous(view, 'C');
    for (const char *order = "CFA"; *order; order++) {
        Py_ssize_t nbytes = read_items(view, *order == 'A' ? "CF"[fortran] : *order, one_by_one);
        CHECK_EQUAL(pybuf_view_copy_out(view, at_once, nbytes, *order), 0);
        CHECK(memcmp(one_by_one, at_once, (size_t)nbytes) == 0);
        CHECK(!known || *order != 'C' || memcmp(at_once, known, (size_t)nbytes) == 0);
        CHECK_ERROR(pybuf_view_copy_out(view, at_once, nbytes + 1, *order) < 0, PYBUF_ERR_VALUE, "must be equal");
    }
    Py_ssize_t outside[PyBUF_MAX_NDIM + 1] = {0};
    int ndim = pybuf_view_ndim(view);
    CHECK_ERROR(!pybuf_view_pointer(view, outside, ndim + 1), PYBUF_ERR_TYPE, "one for each is needed");
    for (int dim = 0; dim < ndim; dim++) {
        outside[dim] = pybuf_view_shape(view)[dim];
        CHECK_ERROR(!pybuf_view_pointer(view, outside, ndim), PYBUF_ERR_INDEX, "out of bounds");
        outside[dim] = -outside[dim] - 1;
        CHECK_ERROR(!pybuf_view_pointer(view, outside, ndim), PYBUF_ERR_INDEX, "out of bounds");
        outside[dim] = 0;
    }
}

/* Every item of a slice is the item of the view that it should be. */
static inline void check_slice(pybuf_view *view, int dim, Py_ssize_t start, Py_ssize_t step)
{
    pybuf_view *part = pybuf_view_slice(view, dim, start, PYBUF_OPEN, step);
    if (!part) {
        CHECK(is_indirect(view) && pybuf_error_code() == PYBUF_ERR_NOT_IMPLEMENTED);
        return;
    }
    Py_ssize_t indices[PyBUF_MAX_NDIM] = {0}, count = count_items(part);
    Py_ssize_t first = start == PYBUF_OPEN ? pybuf_view_shape(view)[dim] - 1 : start;
    int ndim = pybuf_view_ndim(view);
    use_attributes(part);
    while (count-- > 0) {
        Py_ssize_t theirs[PyBUF_MAX_NDIM];
        memcpy(theirs, indices, sizeof theirs);
        theirs[dim] = first + indices[dim] * step;
        CHECK(pybuf_view_pointer(part, indices, ndim) == pybuf_view_pointer(view, theirs, ndim));
        next_item(pybuf_view_shape(part), ndim, 'C', indices);
    }
    pybuf_view_unref(part);
}

static inline void use_slices(pybuf_view *view)
{
    for (int dim = 0; dim < pybuf_view_ndim(view); dim++) {
        check_slice(view, dim, PYBUF_OPEN, -1);
        check_slice(view, dim, 1, 1);
        check_slice(view, dim, 0, 2);
        check_slice(view, dim, 0, PTRDIFF_MAX);
        pybuf_view *none = pybuf_view_slice(view, dim, 1, 1, 1);
        CHECK(none && pybuf_view_nbytes(none) == 0);
        pybuf_view_unref(none);
    }
}

static inline void use_transpose(pybuf_view *view)
{
    char here[ROOM], there[ROOM];
    pybuf_view *turned = pybuf_view_transpose(view, NULL, 0);
    if (is_indirect(view)) {
        CHECK(!turned && pybuf_error_code() == PYBUF_ERR_NOT_IMPLEMENTED);
        return;
    }
    CHECK(turned);
    use_attributes(turned);
    Py_ssize_t nbytes = read_items(view, 'F', here);
    CHECK_EQUAL(read_items(turned, 'C', there), nbytes);
    CHECK(memcmp(here, there, (size_t)nbytes) == 0);
    pybuf_view_unref(turned);
}

/* Each item is inverted, and then what it was. */
static inline void write_items(pybuf_view *view)
{
    Py_ssize_t indices[PyBUF_MAX_NDIM] = {0}, size = pybuf_view_itemsize(view), count = count_items(view);
    int ndim = pybuf_view_ndim(view), readonly = pybuf_view_readonly(view);
    while (count-- > 0) {
        char before[ROOM], inverted[ROOM], after[ROOM];
        CHECK_EQUAL(pybuf_view_read_item(view, indices, ndim, before, size), 0);
        for (Py_ssize_t k = 0; k < size; k++)
            inverted[k] = (char)~before[k];
        if (readonly) {
            CHECK_ERROR(pybuf_view_write_item(view, indices, ndim, inverted, size) < 0, PYBUF_ERR_TYPE, "read-only");
        } else {
            CHECK_EQUAL(pybuf_view_write_item(view, indices, ndim, inverted, size), 0);
            CHECK_EQUAL(pybuf_view_read_item(view, indices, ndim, after, size), 0);
            CHECK(memcmp(after, inverted, (size_t)size) == 0);
            CHECK_EQUAL(pybuf_view_write_item(view, indices, ndim, before, size), 0);
        }
        next_item(pybuf_view_shape(view), ndim, 'C', indices);
    }
}

/* All items go to other memory, and from there back. */
static inline void use_copies(pybuf_view *view)
{
    char before[ROOM], there[ROOM], after[ROOM];
    Py_ssize_t nbytes = pybuf_view_nbytes(view), size = pybuf_view_itemsize(view);
    if (size == 0)
        return; /* there is no memory of such items to be had */
    pybuf_exporter *other = pybuf_ndarray_new(pybuf_view_ndim(view), pybuf_view_shape(view), NULL, size, 'F');
    pybuf_view *copy = pybuf_exporter_view(other, &(pybuf_want){.writable = 1});
    CHECK(copy);
    CHECK_EQUAL(pybuf_view_copy_out(view, before, nbytes, 'C'), 0);
    CHECK_EQUAL(pybuf_view_copy(copy, view), 0);
    CHECK_EQUAL(pybuf_view_copy_out(copy, there, nbytes, 'C'), 0);
    CHECK(memcmp(before, there, (size_t)nbytes) == 0);
    if (pybuf_view_readonly(view)) {
        CHECK_ERROR(pybuf_view_copy(view, copy) < 0, PYBUF_ERR_TYPE, "read-only");
    } else {
        CHECK_EQUAL(pybuf_view_copy(view, copy), 0);
        CHECK_EQUAL(pybuf_view_copy(view, view), 0);
        CHECK_EQUAL(pybuf_view_copy_out(view, after, nbytes, 'C'), 0);
        CHECK(memcmp(before, after, (size_t)nbytes) == 0);
    }
    pybuf_view_unref(copy);
    pybuf_exporter_unref(other);
}

/* The functions on filled buffers, each item by each of them. */
static inline void use_buffer(const Py_buffer *buffer, const char *known)
{
    pybuf_view *view;
    Py_buffer moved = *buffer;
    moved.obj = NULL, moved.internal = NULL; /* nobody's, so that nothing ends with it */
    CHECK((view = pybuf_view_adopt(&moved)));
    Py_ssize_t indices[PyBUF_MAX_NDIM] = {0}, nbytes = pybuf_view_nbytes(view), count = count_items(view);
    char here[ROOM], there[ROOM];
    CHECK_EQUAL(nbytes, buffer->len);
    for (const char *order = "CFA"; *order; order++) {
        CHECK_EQUAL(pybuf_is_contiguous(buffer, *order), pybuf_view_is_contiguous(view, *order));
        CHECK_EQUAL(pybuf_view_copy_out(view, here, nbytes, *order), 0);
        CHECK_EQUAL(pybuf_to_contiguous(there, buffer, nbytes, *order), 0);
        CHECK(memcmp(here, there, (size_t)nbytes) == 0);
        CHECK(!known || *order != 'C' || memcmp(there, known, (size_t)nbytes) == 0);
        CHECK_EQUAL(pybuf_from_contiguous(buffer, there, nbytes, *order), buffer->readonly ? -1 : 0);
    }
    CHECK_EQUAL(pybuf_copy_data(buffer, buffer), buffer->readonly ? -1 : 0);
    CHECK_EQUAL(pybuf_to_contiguous(there, buffer, nbytes, 'A'), 0);
    CHECK(memcmp(here, there, (size_t)nbytes) == 0);
    while (buffer->ndim && count-- > 0) {
        CHECK(pybuf_get_pointer(buffer, indices) == pybuf_view_pointer(view, indices, pybuf_view_ndim(view)));
        next_item(pybuf_view_shape(view), pybuf_view_ndim(view), 'C', indices);
    }
    pybuf_view_unref(view);
}

/* What the view shows is lent on, by an exporter and by the view itself. */
static inline void use_lending(pybuf_view *view, const char *known)
{
    Py_buffer buffer;
    pybuf_exporter *lent = pybuf_exporter_from_view(view);
    CHECK(lent);
    CHECK_EQUAL(pybuf_getbuffer(lent, &buffer, PyBUF_FULL_RO), 0);
    pybuf_exporter_unref(lent);
    use_buffer(&buffer, known);
    pybuf_release(&buffer);
    CHECK_EQUAL(pybuf_view_getbuffer(view, &buffer, PyBUF_FULL_RO), 0);
    use_buffer(&buffer, known);
    pybuf_release(&buffer);
    for (int flags = 0; flags < 0x200; flags += 4) {
        if (pybuf_view_getbuffer(view, &buffer, flags) < 0)
            CHECK(pybuf_error_code() == PYBUF_ERR_BUFFER || flags == PyBUF_READ);
        pybuf_release(&buffer);
        CHECK(!buffer.internal);
    }
}

/* All of it. `known` is what the bytes of the items are, in C order, where that is known. */
static inline void use_view(pybuf_view *view, const char *known)
{
    use_attributes(view);
    use_items(view, known);
    use_slices(view);
    use_transpose(view);
    write_items(view);
    use_copies(view);
    use_lending(view, known);
    use_items(view, known); /* and all is as it was */
}

/* A view, another made from it, and a buffer lent on from that, given up in every order: `*released` stays 0 until
 * the last of them is gone. The view is consumed. */
static inline void give_up_in_order(pybuf_view *view, const int *released, const int *order)
{
    Py_buffer lent;
    pybuf_view *part = pybuf_view_ndim(view) ? pybuf_view_slice(view, 0, 0, 1, 1) : pybuf_view_ref(view);
    pybuf_exporter *exporter = pybuf_exporter_from_view(part);
    CHECK(part && exporter);
    CHECK_EQUAL(pybuf_getbuffer(exporter, &lent, PyBUF_FULL_RO), 0);
    pybuf_exporter_unref(exporter);
    for (int k = 0; k < 3; k++) {
        CHECK_EQUAL(*released, 0);
        switch (order[k]) {
        case 0: pybuf_view_unref(view); break;
        case 1: pybuf_view_unref(part); break;
        default: pybuf_release(&lent);
        }
    }
    CHECK_EQUAL(*released, 1);
}

static const int release_orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

#endif
