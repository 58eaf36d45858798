//! The memory of a `pybuf_view` in other shapes, and as items of another format. Nothing is
//! copied: each is a view of the same memory, which shares the export.

use std::ffi::c_char;
use std::ptr;

use super::arguments::{checked_size, numbers, read_order, string};
use super::handle::{self, give_view, pybuf_view};
use super::run;
use crate::error::Result;
use crate::format::Format;
use crate::layout::Order;

/// The same bytes as items of another format. format and itemsize, and what NULL and 0 mean for
/// them, are as in pybuf_memory. order ('C', 'F'; 0 for 'C') is the order in which the bytes are
/// read and the items are laid out.
///
/// Memory that is contiguous in this order can have any format and any shape of as many bytes;
/// without a shape (ndim 0) it becomes one dimension. In other memory the items are cut up or put
/// together along the dimension that varies fastest (the last one in C order), where they have to
/// follow one another; the others stay, unless a shape says otherwise. ndim is -1 for a single
/// item; one length may be -1, as in pybuf_view_reshape. Returns a new view with one reference.
///
/// NULL on failure: PYBUF_ERR_TYPE where the bytes do not come out even, or do not follow one
/// another; PYBUF_ERR_VALUE for a format that is none and for a shape of another number of items;
/// PYBUF_ERR_BUFFER where the shape would need a copy; PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_cast(
    view: *mut pybuf_view,
    format: *const c_char,
    itemsize: isize,
    ndim: i32,
    shape: *const isize,
    order: c_char,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; NULL or a string.
        let (view, text) = unsafe { (handle::view(view)?, string(format)) };
        let itemsize = checked_size(itemsize, "itemsize")?;
        let format = Format::said(text, (itemsize != 0).then_some(itemsize))?;
        let shape = match ndim {
            0 => None,
            -1 => Some(&[][..]),
            // SAFETY: as many numbers as said.
            ndim => Some(unsafe { numbers(shape, ndim, "shape") }?),
        };
        view.cast(format, shape, layout_order(order)?)
            .map(give_view)
    })
}

/// The same items in another shape. order ('C', 'F'; 0 for 'C') is the order in which they are
/// read and laid out, whatever that of the memory is. One length may be -1: it is what is left.
/// ndim is 0 for a single item. Returns a new view with one reference.
///
/// NULL on failure: PYBUF_ERR_BUFFER where strides cannot say it, so that it needs a copy
/// (pybuf_view_copy_out makes one); PYBUF_ERR_VALUE for another number of items;
/// PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_reshape(
    view: *mut pybuf_view,
    ndim: i32,
    shape: *const isize,
    order: c_char,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; as many numbers as said.
        let (view, shape) = unsafe { (handle::view(view)?, numbers(shape, ndim, "shape")?) };
        view.reshape(shape, layout_order(order)?).map(give_view)
    })
}

/// The same items repeated in a larger shape: counted from the last, each length is the view's, or
/// the view's is 1. The new view is read-only, since what is written to one place would appear in
/// others. Returns it with one reference; NULL on failure: PYBUF_ERR_VALUE for a shape that does
/// not fit, PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_broadcast(
    view: *mut pybuf_view,
    ndim: i32,
    shape: *const isize,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; as many numbers as said.
        let (view, shape) = unsafe { (handle::view(view)?, numbers(shape, ndim, "shape")?) };
        view.broadcast(shape).map(give_view)
    })
}

/// Items of the same format at any distances, the first of them offset bytes from the view's first
/// item; they may overlap each other. All must lie between the lowest and the highest byte of the
/// view: what it does not show is never reached. Returns a new view with one reference; NULL on
/// failure: PYBUF_ERR_VALUE for items outside, PYBUF_ERR_NOT_IMPLEMENTED for memory with
/// suboffsets, PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_as_strided(
    view: *mut pybuf_view,
    ndim: i32,
    shape: *const isize,
    strides: *const isize,
    offset: isize,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; as many numbers as said.
        let (view, shape, strides) = unsafe {
            let shape = numbers(shape, ndim, "shape")?;
            (
                handle::view(view)?,
                shape,
                numbers(strides, ndim, "strides")?,
            )
        };
        view.as_strided(shape, strides, offset).map(give_view)
    })
}

/// The same items, of which none may be written. Returns a new view with one reference; NULL on
/// failure: PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_to_readonly(view: *mut pybuf_view) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        unsafe { handle::view(view) }?.to_readonly().map(give_view)
    })
}

fn layout_order(letter: c_char) -> Result<Order> {
    Ok(read_order(i32::from(letter))?.unwrap_or(Order::C))
}
