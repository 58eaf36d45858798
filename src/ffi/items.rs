//! Items of a `pybuf_view`: one, some, all.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::slice;

use super::arguments::{checked_size, copy_order, dimension, item_size, numbers, string};
use super::handle::{self, give_view, pybuf_view};
use super::run;
use crate::error::{Result, fail};
use crate::layout::{MAX_DIMS, Slice};
use crate::view::View;

/// For pybuf_view_slice, pybuf_index and the slices of arrays: this bound is left out (Python's a[:stop],
/// a[start:]).
pub const PYBUF_OPEN: isize = isize::MIN;

/// A slice, in which [`PYBUF_OPEN`] is a bound left out.
pub(super) fn slice_of(start: isize, stop: isize, step: isize) -> Slice {
    let bound = |bound: isize| (bound != PYBUF_OPEN).then_some(bound);
    Slice {
        start: bound(start),
        stop: bound(stop),
        step,
    }
}

/// The address of the item at count indices, one for each dimension; negative ones count from
/// the end. Suboffsets are followed. The address is valid as long as the view lives. NULL
/// with PYBUF_ERR_INDEX for an index outside its dimension, PYBUF_ERR_TYPE where count is
/// not the number of dimensions, PYBUF_ERR_BUFFER where a pointer on the way is NULL.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_pointer(
    view: *mut pybuf_view,
    indices: *const isize,
    count: i32,
) -> *mut c_void {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        // SAFETY: as many numbers as said.
        let indices = unsafe { one_for_each_dimension(&view, indices, count) }?;
        Ok(view.item(indices)?.cast())
    })
}

/// Copies the bytes of one item to item, which has room for size of them: the item size.
/// Indices and their errors as for pybuf_view_pointer. Returns 0, or -1; PYBUF_ERR_VALUE
/// where size is not the item size.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_read_item(
    view: *mut pybuf_view,
    indices: *const isize,
    count: i32,
    item: *mut c_void,
    size: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        // SAFETY: as many numbers as said.
        let indices = unsafe { one_for_each_dimension(&view, indices, count) }?;
        let size = item_size(item, size)?;
        // SAFETY: writable for so many bytes, and the caller's.
        view.read_item(indices, unsafe {
            slice::from_raw_parts_mut(item.cast(), size)
        })?;
        Ok(0)
    })
}

/// Copies the bytes of one item from item, which has size of them: the item size. Indices
/// and their errors as for pybuf_view_pointer. Returns 0, or -1; PYBUF_ERR_VALUE where size
/// is not the item size, PYBUF_ERR_TYPE where the view is read-only.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_write_item(
    view: *mut pybuf_view,
    indices: *const isize,
    count: i32,
    item: *const c_void,
    size: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        // SAFETY: as many numbers as said.
        let indices = unsafe { one_for_each_dimension(&view, indices, count) }?;
        let size = item_size(item, size)?;
        // SAFETY: readable for so many bytes; the item is the caller's to write.
        unsafe { view.write_item(indices, slice::from_raw_parts(item.cast(), size)) }?;
        Ok(0)
    })
}

/// The indices of an item.
///
/// # Safety
/// NULL or readable for `count` numbers.
unsafe fn one_for_each_dimension<'a>(
    view: &View,
    indices: *const isize,
    count: i32,
) -> Result<&'a [isize]> {
    let ndim = view.layout().ndim();
    if usize::try_from(count) != Ok(ndim) {
        return fail!(
            Type,
            "{count} indices for a view of {ndim} dimensions: one for each is needed"
        );
    }
    // SAFETY: as the caller promises.
    unsafe { numbers(indices, count, "indices") }
}

/// The same memory with dimension dim (from 0) cut down to the items from start to before
/// stop, every step-th, by Python's rules: negative bounds count from the end, bounds outside
/// are clamped, a negative step walks down, PYBUF_OPEN is a bound left out. Returns a new
/// view with one reference; NULL on failure: PYBUF_ERR_VALUE for step 0, PYBUF_ERR_INDEX
/// where there is no such dimension, PYBUF_ERR_NOT_IMPLEMENTED where suboffsets cannot say
/// it, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_slice(
    view: *mut pybuf_view,
    dim: i32,
    start: isize,
    stop: isize,
    step: isize,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        view.slice(dimension(dim)?, slice_of(start, stop, step))
            .map(give_view)
    })
}

/// One field of every item, as a view of the same memory; nothing is copied. path is as for
/// pybuf_format_field: "a.b[1]". The dimensions of a sub-array follow those of the view. Returns a
/// new view with one reference; NULL on failure: PYBUF_ERR_VALUE where there is no such field, or
/// more than 64 dimensions; PYBUF_ERR_INDEX for an index outside a sub-array; PYBUF_ERR_OVERFLOW
/// for more elements of no size than Py_ssize_t can tell; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_field(
    view: *mut pybuf_view,
    path: *const c_char,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; NULL or a string.
        let (view, path) = unsafe { (handle::view(view)?, string(path)) };
        match path {
            Some(path) => view.field(path.to_bytes()).map(give_view),
            None => fail!(
                Value,
                "path is NULL: give the name of a field, such as \"a.b[1]\""
            ),
        }
    })
}

/// The same memory with its dimensions in another order: dimension k of the new view is
/// dimension `axes[k]` of this one, count of them, one for each; axes NULL reverses their
/// order, and count is not looked at. Returns a new view with one reference; NULL on failure:
/// PYBUF_ERR_VALUE where axes do not name each dimension once, PYBUF_ERR_NOT_IMPLEMENTED where a
/// dimension would cross a pointer (of memory with suboffsets), PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_transpose(
    view: *mut pybuf_view,
    axes: *const i32,
    count: i32,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        let mut wanted = [0; MAX_DIMS];
        if axes.is_null() {
            let ndim = view.layout().ndim();
            let reversed = (0..ndim).rev();
            wanted
                .iter_mut()
                .zip(reversed)
                .for_each(|(to, axis)| *to = axis);
            return view.transpose(&wanted[..ndim]).map(give_view);
        }
        // SAFETY: as many numbers as said.
        let axes = unsafe { numbers(axes, count, "axes") }?;
        for (to, &axis) in wanted.iter_mut().zip(axes) {
            let Ok(axis) = usize::try_from(axis) else {
                return fail!(Value, "axis {axis} is negative: axes count from 0");
            };
            *to = axis;
        }
        view.transpose(&wanted[..axes.len()]).map(give_view)
    })
}

/// Copies all items to dest, one after another. order is 'C', 'F' or 'A', nothing else; 'A':
/// as they lie where the view is contiguous, else 'C'. dest has room for size bytes, which
/// must be those of the view; it may overlap the view's memory. Returns 0, or -1;
/// PYBUF_ERR_VALUE for another size or order, PYBUF_ERR_BUFFER where a pointer on the way to
/// an item is NULL, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_copy_out(
    view: *mut pybuf_view,
    dest: *mut c_void,
    size: isize,
    order: c_char,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        let order = copy_order(view.layout(), order)?;
        let size = checked_size(size, "size")?;
        if dest.is_null() && size > 0 {
            return fail!(
                Value,
                "dest is NULL, but {size} bytes are to be copied there"
            );
        }
        // SAFETY: writable for so many bytes, and the caller's.
        unsafe { view.copy_out(dest.cast(), size, order) }?;
        Ok(0)
    })
}

/// Copies all items of src to the same indices of dest. Shapes and item sizes must be equal,
/// formats and strides need not. The two may overlap: the outcome is as if src had been
/// copied away first. Returns 0, or -1 with nothing written; PYBUF_ERR_VALUE where shapes or
/// item sizes differ, PYBUF_ERR_TYPE where dest is read-only, PYBUF_ERR_BUFFER where a pointer
/// on the way to an item is NULL, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_copy(dest: *mut pybuf_view, src: *mut pybuf_view) -> c_int {
    run(-1, || {
        // SAFETY: NULL or handles, which the caller keeps meanwhile; the items of `dest` are the
        // caller's to write.
        unsafe { handle::view(dest)?.copy_from(&*handle::view(src)?) }?;
        Ok(0)
    })
}

/// Copies the bytes of an item, of which there are size, to every item of the view. item may be
/// one of the view's own. Returns 0, or -1 with nothing written; PYBUF_ERR_VALUE where size is not
/// the item size, PYBUF_ERR_TYPE where the view is read-only, PYBUF_ERR_BUFFER where a pointer on
/// the way to an item is NULL, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_fill(
    view: *mut pybuf_view,
    item: *const c_void,
    size: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        let size = item_size(item, size)?;
        // SAFETY: readable for so many bytes; the items are the caller's to write.
        unsafe { view.fill(slice::from_raw_parts(item.cast(), size)) }?;
        Ok(0)
    })
}
