/* Every function of pybuf.h as c_tests/programs/no_memory.c calls it, in a world `w`:
 *
 *     CALL(name, needs, error, succeeds)
 *
 * needs   NONE; SOME: it fails where there is none; PYTHON: it looks for a Python, and what
 *         the loader cannot open for lack of memory is to it as if it were not there;
 *         SPARE: it asks for more than it needs, and may do with less
 * error   how it ends where there is memory enough
 */

/* Making exporters. */
CALL(exporter_new, SOME, PYBUF_OK, lend(w, &w->made, SIZE))
CALL(exporter_new_refused, SOME, PYBUF_ERR_VALUE, lend(w, &w->made, SIZE - 1))
CALL(exporter_part, SOME, PYBUF_OK,
     w->made = pybuf_exporter_part(
         w->lent, &(pybuf_memory){.format = format, .itemsize = ITEM, .ndim = NDIM, .shape = shape}))
CALL(exporter_part_refused, SOME, PYBUF_ERR_VALUE, pybuf_exporter_part(w->lent, &(pybuf_memory){.size = SIZE + 1}))
CALL(exporter_from_view, SOME, PYBUF_OK, w->made = pybuf_exporter_from_view(w->backwards))
CALL(bytes_new, SOME, PYBUF_OK, w->made = pybuf_bytes_new(memory, SIZE))
CALL(bytes_new_of_zeros, SOME, PYBUF_OK, w->made = pybuf_bytes_new(NULL, SIZE))
CALL(bytes_new_refused, SOME, PYBUF_ERR_VALUE, pybuf_bytes_new(memory, -SIZE))
CALL(ndarray_new, SOME, PYBUF_OK, w->made = pybuf_ndarray_new(NDIM, shape, format, ITEM, 'F'))
CALL(ndarray_new_refused, SOME, PYBUF_ERR_VALUE, pybuf_ndarray_new(NDIM, shape, "T{<y:no code:}", 0, 'F'))

CALL(exporter_stack, SOME, PYBUF_OK,
     w->made = pybuf_exporter_stack((pybuf_view *[]){w->view, w->view}, 2))
CALL(exporter_stack_refused, SOME, PYBUF_ERR_VALUE, pybuf_exporter_stack((pybuf_view *[]){w->view, w->row}, 2))

/* Memory that grows. */
CALL(bytearray_new, SOME, PYBUF_OK, w->made = pybuf_bytearray_new(NULL, SIZE))
CALL(bytearray_new_of_bytes, SPARE, PYBUF_OK, w->made = pybuf_bytearray_new(memory, SIZE))
CALL(bytearray_new_refused, SOME, PYBUF_ERR_VALUE, pybuf_bytearray_new(memory, -1))
CALL(array_new, SPARE, PYBUF_OK, w->made = pybuf_array_new("Zd", memory, 3))
CALL(array_new_refused, SOME, PYBUF_ERR_VALUE, pybuf_array_new("T{i}", NULL, 3))
CALL(array_len, NONE, PYBUF_OK, pybuf_array_len(w->array) == ITEMS)
CALL(array_get, NONE, PYBUF_OK, pybuf_array_get(w->array, -1, w->out, sizeof(int)) == 0)
CALL(array_get_refused, SOME, PYBUF_ERR_INDEX, pybuf_array_get(w->array, ITEMS, w->out, sizeof(int)) == 0)
CALL(array_set, NONE, PYBUF_OK, pybuf_array_set(w->array, 0, &(int){7}, sizeof(int)) == 0)
CALL(array_set_refused, SOME, PYBUF_ERR_VALUE, pybuf_array_set(w->array, 0, &(int){7}, 1) == 0)
CALL(array_pop, NONE, PYBUF_OK, pybuf_array_pop(w->array, 0, w->out, sizeof(int)) == 0)
CALL(array_append, SPARE, PYBUF_OK, pybuf_array_append(w->array, (int[3]){1, 2, 3}, 3) == 0)
CALL(array_append_of_its_own, SPARE, PYBUF_OK,
     pybuf_array_append(w->array, pybuf_exporter_data(w->array), ITEMS) == 0)
CALL(array_insert, SPARE, PYBUF_OK, pybuf_array_insert(w->array, 1, (int[3]){1, 2, 3}, 3) == 0)
CALL(array_replace, SPARE, PYBUF_OK, pybuf_array_replace(w->array, 1, 2, 1, (int[3]){1, 2, 3}, 3) == 0)
CALL(array_replace_refused, SOME, PYBUF_ERR_VALUE,
     pybuf_array_replace(w->array, PYBUF_OPEN, PYBUF_OPEN, 2, (int[3]){1, 2, 3}, 3) == 0)
CALL(array_delete, NONE, PYBUF_OK, pybuf_array_delete(w->array, PYBUF_OPEN, PYBUF_OPEN, 2) == 0)
CALL(array_slice, SOME, PYBUF_OK, w->made = pybuf_array_slice(w->array, 1, 9, 2))
CALL(array_resize, SPARE, PYBUF_OK, pybuf_array_resize(w->array, 10 * ITEMS) == 0)
CALL(array_clear, NONE, PYBUF_OK, pybuf_array_clear(w->array) == 0)
CALL(array_reverse, NONE, PYBUF_OK, pybuf_array_reverse(w->array) == 0)
CALL(array_of_fixed_size, NONE, PYBUF_ERR_TYPE, pybuf_array_len(w->lent) >= 0)

/* Making views. */
CALL(exporter_view_stable_refused, SOME, PYBUF_ERR_BUFFER, pybuf_exporter_view(w->lent, &(pybuf_want){.stable = 1}))
CALL(exporter_view, SOME, PYBUF_OK,
     w->viewed = pybuf_exporter_view(w->lent, &(pybuf_want){.writable = 1, .ndim = NDIM}))
CALL(exporter_view_refused, SOME, PYBUF_ERR_BUFFER, pybuf_exporter_view(w->lent, &(pybuf_want){.kind = "float64"}))
CALL(view_acquire, SOME, PYBUF_OK,
     w->viewed = pybuf_view_acquire(&w->exporter, foreign_getbuffer, foreign_releasebuffer, PyBUF_FULL_RO))
CALL(view_acquire_refused, PYTHON, PYBUF_ERR_BUFFER,
     pybuf_view_acquire(&w->exporter, refuse, foreign_releasebuffer, PyBUF_FULL_RO))
CALL(view_adopt, SOME, PYBUF_OK, w->viewed = pybuf_view_adopt(&w->filled))
CALL(view_slice, SOME, PYBUF_OK, w->viewed = pybuf_view_slice(w->view, 0, PYBUF_OPEN, PYBUF_OPEN, -1))
CALL(view_slice_refused, SOME, PYBUF_ERR_INDEX, pybuf_view_slice(w->view, NDIM, 0, 1, 1))
CALL(view_transpose, SOME, PYBUF_OK, w->viewed = pybuf_view_transpose(w->view, NULL, 0))
CALL(view_transpose_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_transpose(w->view, (int32_t[]){0}, 1))
CALL(view_select, SOME, PYBUF_OK,
     w->viewed = pybuf_view_select(
         w->view, (pybuf_index[]){{.kind = PYBUF_INDEX_AT, .start = 1}, {.kind = PYBUF_INDEX_NEW_AXIS}}, 2))
CALL(view_select_refused, SOME, PYBUF_ERR_INDEX,
     pybuf_view_select(w->view, (pybuf_index[]){{.kind = PYBUF_INDEX_AT, .start = 2}}, 1))
CALL(view_cast, SOME, PYBUF_OK, w->viewed = pybuf_view_cast(w->view, format, ITEM, NDIM, shape, 0))
CALL(view_cast_refused, SOME, PYBUF_ERR_TYPE, pybuf_view_cast(w->view, NULL, 7, 0, NULL, 'F'))
CALL(view_reshape, SOME, PYBUF_OK,
     w->viewed = pybuf_view_reshape(w->view, NDIM, (Py_ssize_t[NDIM]){6, 1, 1, 1, 1, 1, 2}, 'C'))
CALL(view_reshape_refused, SOME, PYBUF_ERR_BUFFER, pybuf_view_reshape(w->backwards, 1, (Py_ssize_t[]){-1}, 'C'))
CALL(view_broadcast, SOME, PYBUF_OK,
     w->viewed = pybuf_view_broadcast(w->view, NDIM, (Py_ssize_t[NDIM]){2, 3, 4, 1, 1, 1, 2}))
CALL(view_broadcast_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_broadcast(w->view, 1, shape))
CALL(view_as_strided, SOME, PYBUF_OK,
     w->viewed = pybuf_view_as_strided(w->view, NDIM, shape, pybuf_view_strides(w->row), 0))
CALL(view_as_strided_refused, SOME, PYBUF_ERR_VALUE,
     pybuf_view_as_strided(w->view, 1, (Py_ssize_t[]){2}, (Py_ssize_t[]){SIZE}, 0))
CALL(view_to_readonly, SOME, PYBUF_OK, w->viewed = pybuf_view_to_readonly(w->view))
CALL(view_split, SOME, PYBUF_OK,
     pybuf_view_split(w->view, 0, w->parts, 2) == 0 && (pybuf_view_unref(w->parts[0]), w->viewed = w->parts[1]))
CALL(view_split_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_split(w->view, 0, w->parts, 0) == 0)
CALL(view_merge, SOME, PYBUF_OK, w->viewed = pybuf_view_merge((pybuf_view *[]){w->row, w->second}, 2, 1))
CALL(view_merge_of_two_exports, SOME, PYBUF_OK,
     w->viewed = pybuf_view_merge((pybuf_view *[]){w->row, w->other}, 2, 1))
CALL(view_merge_refused, SOME, PYBUF_ERR_BUFFER, pybuf_view_merge((pybuf_view *[]){w->row, w->row}, 2, 0))
CALL(view_overlap, NONE, PYBUF_OK, pybuf_view_overlap(w->view, w->row) == PYBUF_OVERLAP_YES)

/* Filling a Py_buffer. */
CALL(getbuffer, NONE, PYBUF_OK, pybuf_getbuffer(w->lent, &w->buffer, PyBUF_FULL) == 0)
CALL(getbuffer_refused, SOME, PYBUF_ERR_BUFFER, pybuf_getbuffer(w->lent, &w->buffer, PyBUF_F_CONTIGUOUS) == 0)
CALL(view_getbuffer, NONE, PYBUF_OK, pybuf_view_getbuffer(w->backwards, &w->buffer, PyBUF_STRIDED) == 0)
CALL(view_getbuffer_refused, SOME, PYBUF_ERR_BUFFER, pybuf_view_getbuffer(w->backwards, &w->buffer, PyBUF_SIMPLE) == 0)
CALL(fill_info, NONE, PYBUF_OK, pybuf_fill_info(&w->buffer, NULL, memory, SIZE, 0, PyBUF_FULL) == 0)
CALL(fill_info_refused, SOME, PYBUF_ERR_VALUE, pybuf_fill_info(&w->buffer, NULL, memory, -SIZE, 0, PyBUF_FULL) == 0)

/* Copying out. */
CALL(view_copy_out, SOME, PYBUF_OK, pybuf_view_copy_out(w->backwards, w->out, SIZE, 'F') == 0)
CALL(view_copy_out_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_copy_out(w->view, w->out, SIZE - 1, 'C') == 0)
CALL(view_read_item, NONE, PYBUF_OK, pybuf_view_read_item(w->view, first, NDIM, w->out, ITEM) == 0)
CALL(view_read_item_refused, SOME, PYBUF_ERR_INDEX, pybuf_view_read_item(w->view, outside, NDIM, w->out, ITEM) == 0)
CALL(to_contiguous, SOME, PYBUF_OK, pybuf_to_contiguous(w->out, &w->turned, SIZE, 'F') == 0)
CALL(to_contiguous_refused, SOME, PYBUF_ERR_VALUE, pybuf_to_contiguous(w->out, &w->turned, SIZE, 'K') == 0)
CALL(fill_contiguous_strides, NONE, PYBUF_OK,
     (pybuf_fill_contiguous_strides(NDIM, shape, w->strides, ITEM, 'F'), w->strides[1] == 2 * ITEM))
CALL(fill_contiguous_strides_refused, SOME, PYBUF_ERR_VALUE,
     (pybuf_fill_contiguous_strides(NDIM, shape, w->strides, -ITEM, 'F'), !pybuf_error_code()))

/* Writing to memory. An overlapping copy goes by way of another. */
CALL(view_copy, SOME, PYBUF_OK, pybuf_view_copy(w->view, w->backwards) == 0)
CALL(view_copy_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_copy(w->view, w->row) == 0)
CALL(view_copy_swapped, NONE, PYBUF_OK, pybuf_view_copy_swapped(w->view, w->view, 0) == 0)
CALL(view_copy_swapped_of_its_own, SOME, PYBUF_OK, pybuf_view_copy_swapped(w->view, w->backwards, 4) == 0)
CALL(view_copy_swapped_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_copy_swapped(w->view, w->view, 3) == 0)
CALL(view_copy_values, SOME, PYBUF_OK, pybuf_view_copy_values(w->view, w->view) == 0)
CALL(view_copy_values_of_its_own, SOME, PYBUF_OK, pybuf_view_copy_values(w->view, w->backwards) == 0)
CALL(view_copy_values_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_copy_values(w->view, w->row) == 0)
CALL(view_fill, SOME, PYBUF_OK, pybuf_view_fill(w->view, memory + 1, ITEM) == 0)
CALL(view_fill_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_fill(w->view, memory, ITEM + 1) == 0)
CALL(byteswap, NONE, PYBUF_OK, pybuf_byteswap(memory, memory, 4, SIZE / 4) == 0)
CALL(byteswap_across, NONE, PYBUF_OK, pybuf_byteswap(memory + 1, memory, 4, SIZE / 4 - 1) == 0)
CALL(byteswap_refused, SOME, PYBUF_ERR_VALUE, pybuf_byteswap(memory, memory, -1, 1) == 0)
CALL(shuffle, NONE, PYBUF_OK, pybuf_shuffle(w->out, memory, SIZE, 8) == 0)
CALL(shuffle_across, SOME, PYBUF_OK, pybuf_shuffle(memory, memory, SIZE, 8) == 0)
CALL(shuffle_refused, SOME, PYBUF_ERR_VALUE, pybuf_shuffle(memory, memory, SIZE, 0) == 0)
CALL(unshuffle, NONE, PYBUF_OK, pybuf_unshuffle(w->out, memory, SIZE, 8) == 0)
CALL(unshuffle_across, SOME, PYBUF_OK, pybuf_unshuffle(memory, memory, SIZE, 8) == 0)
CALL(view_write_item, NONE, PYBUF_OK, pybuf_view_write_item(w->view, first, NDIM, memory + ITEM, ITEM) == 0)
CALL(view_write_item_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_write_item(w->view, first, NDIM, memory, ITEM + 1) == 0)
CALL(from_contiguous, SOME, PYBUF_OK, pybuf_from_contiguous(&w->filled, w->out, SIZE, 'F') == 0)
CALL(from_contiguous_refused, SOME, PYBUF_ERR_VALUE, pybuf_from_contiguous(&w->filled, w->out, SIZE, 'K') == 0)
CALL(copy_data, SOME, PYBUF_OK, pybuf_copy_data(&w->filled, &w->turned) == 0)

/* Copies that are planned once. */
CALL(copy_plan_new, SOME, PYBUF_OK, w->planned = pybuf_copy_plan_new(NDIM, shape, ITEM, NULL, pybuf_view_strides(w->view)))
CALL(copy_plan_new_refused, SOME, PYBUF_ERR_VALUE, pybuf_copy_plan_new(-2, shape, ITEM, NULL, NULL))
CALL(copy_plan_of_views, SOME, PYBUF_OK, w->planned = pybuf_copy_plan_of_views(w->view, w->backwards))
CALL(copy_plan_of_views_refused, SOME, PYBUF_ERR_VALUE, pybuf_copy_plan_of_views(w->view, w->row))
CALL(copy_plan_ref, NONE, PYBUF_OK, w->planned = pybuf_copy_plan_ref(w->plan))
CALL(copy_plan_unref, NONE, PYBUF_OK, (pybuf_copy_plan_unref(pybuf_copy_plan_ref(w->plan)), 1))
CALL(copy_plan_execute, NONE, PYBUF_OK,
     pybuf_copy_plan_execute(w->plan, w->out, pybuf_view_data(w->backwards)) == 0)
CALL(copy_plan_execute_overlapping, SOME, PYBUF_OK,
     pybuf_copy_plan_execute(w->plan, memory, pybuf_view_data(w->backwards)) == 0)
CALL(copy_plan_execute_refused, SOME, PYBUF_ERR_VALUE, pybuf_copy_plan_execute(w->plan, NULL, memory) == 0)
CALL(copy_plan_explain, NONE, PYBUF_OK, pybuf_copy_plan_explain(w->plan, (char *)w->out, SIZE) > 0)
CALL(copy_plan_explain_refused, SOME, PYBUF_ERR_VALUE, pybuf_copy_plan_explain(w->plan, NULL, SIZE) > 0)

/* Formats. */
CALL(format_new, SOME, PYBUF_OK, w->formatted = pybuf_format_new(format, PYBUF_CTYPES))
CALL(format_new_of_one_code, NONE, PYBUF_OK, w->formatted = pybuf_format_new("<H", PYBUF_NUMPY))
CALL(format_new_refused, SOME, PYBUF_ERR_VALUE, pybuf_format_new("T{<i:first:", PYBUF_PEP3118))
CALL(format_stated, SOME, PYBUF_OK, w->formatted = pybuf_format_stated(format, ITEM))
CALL(format_stated_refused, SOME, PYBUF_ERR_VALUE, pybuf_format_stated(format, ITEM + 1))
CALL(format_from_members, SOME, PYBUF_OK,
     w->formatted = pybuf_format_from_members(
         (pybuf_member[]){{.name = "a", .format = "(2)T{<i:x:}"}, {.type = w->compiled, .offset = 8}}, 2, ITEM + 8))
CALL(format_from_members_refused, SOME, PYBUF_ERR_VALUE,
     pybuf_format_from_members((pybuf_member[]){{.format = "i"}, {.format = "i", .offset = 2}}, 2, 0))
CALL(format_ref, NONE, PYBUF_OK, w->formatted = pybuf_format_ref(w->compiled))
CALL(format_unref, NONE, PYBUF_OK, (pybuf_format_unref(pybuf_format_ref(w->compiled)), 1))
CALL(format_text, NONE, PYBUF_OK, !strcmp(pybuf_format_text(w->compiled), format))
CALL(format_itemsize, NONE, PYBUF_OK, pybuf_format_itemsize(w->compiled) == ITEM)
CALL(format_alignment, NONE, PYBUF_OK, pybuf_format_alignment(w->compiled) == 1)
CALL(format_root, SOME, PYBUF_OK, pybuf_format_root(w->compiled))
CALL(format_field, SOME, PYBUF_OK, w->formatted = pybuf_format_field(w->compiled, "second", w->strides))
CALL(format_field_refused, SOME, PYBUF_ERR_VALUE, pybuf_format_field(w->compiled, "fourth", w->strides))
CALL(format_of_view, SOME, PYBUF_OK, w->formatted = pybuf_format_of_view(w->view))
CALL(format_in_dialect, SOME, PYBUF_OK, w->formatted = pybuf_format_in_dialect(w->compiled, PYBUF_STRUCT))
CALL(format_equivalent, NONE, PYBUF_OK, pybuf_format_equivalent(w->compiled, w->compiled) == 1)
CALL(format_difference, NONE, PYBUF_OK, pybuf_format_difference(w->compiled, w->compiled, (char *)w->out, SIZE) == 0)
CALL(format_accepts, NONE, PYBUF_OK, pybuf_format_accepts(w->compiled, format, ITEM) == 1)
CALL(format_accepts_another_text, SOME, PYBUF_OK, pybuf_format_accepts(w->compiled, "<iiq16x", ITEM) == 1)
CALL(format_c_difference, NONE, PYBUF_OK, pybuf_format_c_difference(w->compiled, NULL, 0) > 0)
CALL(format_in_c_layout, SOME, PYBUF_OK, w->formatted = pybuf_format_in_c_layout(w->compiled))
CALL(size_from_format, NONE, PYBUF_OK, pybuf_size_from_format("<iiq16x") == ITEM)
CALL(size_from_format_refused, SOME, PYBUF_ERR_STRUCT, pybuf_size_from_format("T{i}") == 0)
CALL(view_field, SOME, PYBUF_OK, w->viewed = pybuf_view_field(w->view, "third"))

/* Values. A few items are packed without memory, many are not. */
CALL(format_values, NONE, PYBUF_OK, pybuf_format_values(w->compiled) == VALUES)
CALL(format_unpack, NONE, PYBUF_OK, pybuf_format_unpack(w->compiled, memory, ITEM, w->unpacked, VALUES) == 0)
CALL(format_unpack_refused, SOME, PYBUF_ERR_VALUE,
     pybuf_format_unpack(w->compiled, memory, ITEM, w->unpacked, VALUES - 1) == 0)
CALL(format_unpack_many, NONE, PYBUF_OK,
     pybuf_format_unpack_many(w->compiled, memory, SIZE / ITEM, ITEM, w->unpacked, ALL_VALUES) == 0)
CALL(format_pack, NONE, PYBUF_OK, pybuf_format_pack(w->compiled, w->values, w->out, ITEM) == 0)
CALL(format_pack_refused, SOME, PYBUF_ERR_STRUCT, pybuf_format_pack(w->compiled, w->values + 1, w->out, ITEM) == 0)
CALL(format_pack_many, SOME, PYBUF_OK,
     pybuf_format_pack_many(w->compiled, w->values, SIZE / ITEM, VALUES, w->out, ITEM) == 0)
CALL(format_pack_many_refused, SOME, PYBUF_ERR_STRUCT,
     pybuf_format_pack_many(w->compiled, w->values, SIZE / ITEM, 1, w->out, ITEM) == 0)
CALL(view_unpack, SOME, PYBUF_OK, pybuf_view_unpack(w->backwards, w->unpacked, ALL_VALUES) == 0)
CALL(view_unpack_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_unpack(w->view, w->unpacked, ALL_VALUES - 1) == 0)
CALL(view_pack, SOME, PYBUF_OK, pybuf_view_pack(w->view, w->values, SIZE / ITEM, VALUES) == 0)
CALL(view_pack_refused, SOME, PYBUF_ERR_STRUCT, pybuf_view_pack(w->view, w->values, SIZE / ITEM, 1) == 0)

/* What views show. */
CALL(view_equal, SOME, PYBUF_OK, pybuf_view_equal(w->view, w->backwards) >= 0)
CALL(view_equal_refused, SOME, PYBUF_ERR_TYPE, pybuf_view_equal(w->view, NULL) >= 0)
CALL(view_find, SOME, PYBUF_OK, pybuf_view_find(w->view, w->values + 1, 0, SIZE, w->strides) == 0)
CALL(view_find_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_find(w->view, w->values, 0, SIZE, w->strides) >= 0)
CALL(view_count, SOME, PYBUF_OK, pybuf_view_count(w->backwards, w->values + 1) == 0)
CALL(view_count_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_count(w->view, w->values) >= 0)
CALL(view_hex, NONE, PYBUF_OK, pybuf_view_hex(w->backwards, ':', SIZE, (char *)w->unpacked, 2 * SIZE) == 2 * SIZE)
CALL(view_hex_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_hex(w->view, 0, 0, (char *)w->unpacked, SIZE) >= 0)

/* Looking, and changing what is counted. */
CALL(view_check, NONE, PYBUF_OK, pybuf_view_check(w->view, &(pybuf_want){.order = 'C'}) == 0)
CALL(view_check_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_check(w->view, &(pybuf_want){.kind = "float63"}) == 0)
CALL(view_is_zero_copy, NONE, PYBUF_OK, pybuf_view_is_zero_copy(w->view, &(pybuf_want){.order = 'C'}, NULL, 0) == 1)
CALL(view_is_zero_copy_where_it_is_not, NONE, PYBUF_OK,
     pybuf_view_is_zero_copy(w->backwards, &(pybuf_want){.order = 'C'}, (char *)w->out, SIZE) == 0)
CALL(view_is_zero_copy_refused, SOME, PYBUF_ERR_BUFFER,
     pybuf_view_is_zero_copy(w->view, &(pybuf_want){.ndim = 2}, NULL, 0) >= 0)
CALL(view_pointer, NONE, PYBUF_OK, pybuf_view_pointer(w->view, first, NDIM))
CALL(view_pointer_refused, SOME, PYBUF_ERR_TYPE, pybuf_view_pointer(w->view, first, NDIM - 1))
CALL(view_is_contiguous, NONE, PYBUF_OK, pybuf_view_is_contiguous(w->view, 'C') == 1)
CALL(view_is_contiguous_refused, SOME, PYBUF_ERR_VALUE, pybuf_view_is_contiguous(w->view, 'K') >= 0)
CALL(view_explain, SOME, PYBUF_OK, pybuf_view_explain(w->backwards, (char *)w->out, SIZE) > SIZE)
CALL(is_contiguous, SOME, PYBUF_OK, pybuf_is_contiguous(&w->filled, 'C'))
CALL(get_pointer, SOME, PYBUF_OK, pybuf_get_pointer(&w->filled, first))
CALL(get_pointer_refused, SOME, PYBUF_ERR_INDEX, pybuf_get_pointer(&w->filled, outside))
CALL(release, NONE, PYBUF_OK, (pybuf_release(&w->filled), !w->filled.internal))
CALL(releasebuffer, NONE, PYBUF_OK, (pybuf_releasebuffer(w->lent, &w->filled), !w->filled.internal))
CALL(releasebuffer_refused, NONE, PYBUF_ERR_BUFFER, (pybuf_releasebuffer(w->lent, &w->turned), !pybuf_error_code()))
CALL(exporter_ref, NONE, PYBUF_OK, w->made = pybuf_exporter_ref(w->lent))
CALL(exporter_unref, NONE, PYBUF_OK, (pybuf_exporter_unref(w->lent), w->lent = NULL, 1))
CALL(view_ref, NONE, PYBUF_OK, w->viewed = pybuf_view_ref(w->view))
CALL(view_unref, NONE, PYBUF_OK, (pybuf_view_unref(w->view), w->view = NULL, 1))
CALL(exporter_data, NONE, PYBUF_OK, pybuf_exporter_data(w->lent) == memory)
CALL(view_data, NONE, PYBUF_OK, pybuf_view_data(w->view) == memory)
CALL(view_nbytes, NONE, PYBUF_OK, pybuf_view_nbytes(w->view) == SIZE)
CALL(view_itemsize, NONE, PYBUF_OK, pybuf_view_itemsize(w->view) == ITEM)
CALL(view_ndim, NONE, PYBUF_OK, pybuf_view_ndim(w->view) == NDIM)
CALL(view_readonly, NONE, PYBUF_OK, pybuf_view_readonly(w->view) == 0)
CALL(view_format, NONE, PYBUF_OK, !strcmp(pybuf_view_format(w->view), format))
CALL(view_shape, NONE, PYBUF_OK, pybuf_view_shape(w->view)[0] == 2)
CALL(view_strides, NONE, PYBUF_OK, pybuf_view_strides(w->view)[NDIM - 1] == ITEM)
CALL(view_suboffsets, NONE, PYBUF_OK, !pybuf_view_suboffsets(w->view))
CALL(version, NONE, PYBUF_OK, pybuf_version())
CALL(abi_check, NONE, PYBUF_OK, pybuf_abi_check(PYBUF_ABI) == 0)
CALL(abi_check_refused, SOME, PYBUF_ERR_RUNTIME, pybuf_abi_check(-1) == 0)
CALL(error_clear, NONE, PYBUF_OK, (pybuf_error_clear(), pybuf_error_code() == 0 && !pybuf_error_message()[0]))

/* Of Python, which is not here. */
CALL(python_object, PYTHON, PYBUF_ERR_RUNTIME, pybuf_python_object(pybuf_exporter_ref(w->lent)))
CALL(python_view, PYTHON, PYBUF_ERR_RUNTIME, pybuf_python_view((PyObject *)(void *)w, NULL))
CALL(python_fill, PYTHON, PYBUF_ERR_RUNTIME,
     pybuf_python_fill((PyObject *)(void *)w, w->lent, &w->buffer, PyBUF_FULL) == 0)
CALL(python_releasebuffer, NONE, PYBUF_OK,
     (pybuf_python_releasebuffer((PyObject *)(void *)w, w->lent, &w->filled), !pybuf_error_code()))
CALL(python_memoryview, PYTHON, PYBUF_ERR_RUNTIME, pybuf_python_memoryview((PyObject *)(void *)w, PYBUF_VIEW))
CALL(python_memoryview_from_view, PYTHON, PYBUF_ERR_RUNTIME,
     pybuf_python_memoryview_from_view(w->view, PYBUF_MEMORYVIEW))
CALL(python_memoryview_from_buffer, PYTHON, PYBUF_ERR_RUNTIME,
     pybuf_python_memoryview_from_buffer(&w->filled, PYBUF_VIEW))
CALL(python_memoryview_from_memory, PYTHON, PYBUF_ERR_RUNTIME,
     pybuf_python_memoryview_from_memory(memory, SIZE, PyBUF_WRITE, PYBUF_VIEW))
CALL(python_memoryview_contiguous, PYTHON, PYBUF_ERR_RUNTIME,
     pybuf_python_memoryview_contiguous((PyObject *)(void *)w, PyBUF_READ, 'F', PYBUF_VIEW))
CALL(python_module, PYTHON, PYBUF_ERR_RUNTIME, pybuf_python_module())
CALL(python_raise, PYTHON, PYBUF_OK, !pybuf_python_raise())
