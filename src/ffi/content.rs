//! What a `pybuf_view` shows: compared, searched, as text.
//!
//! ```c
//! pybuf_value seven = {.kind = PYBUF_VALUE_SIGNED, .as = {.integer = 7}};
//! Py_ssize_t index;
//! if (pybuf_view_find(view, &seven, 0, PTRDIFF_MAX, &index) == 1)
//!     printf("item %td is 7\n", index);
//! ```
//!
//! Values are compared as Python compares what it unpacks: numbers of all sorts by value and
//! exactly, characters with bytes and texts of length 1, structs member by member whatever their
//! names and places are. NaN is equal to nothing.

use std::ffi::{c_char, c_int};

use super::arguments::checked_size;
use super::handle::{self, pybuf_view};
use super::run;
use super::value::{pybuf_value, single_value};
use crate::error::fail;
use crate::view::{hex, hex_size};

/// Whether both views show the same: the same shape (what follows a length of 0 is not looked
/// at, as in memoryview), and equal values. Formats and layouts may differ. Returns 1 or 0; -1 on
/// failure: PYBUF_ERR_NOT_IMPLEMENTED where nobody understands a format (a memoryview is then
/// equal to none), PYBUF_ERR_BUFFER where a pointer on the way to an item is NULL,
/// PYBUF_ERR_TYPE, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_equal(view: *mut pybuf_view, other: *mut pybuf_view) -> c_int {
    run(-1, || {
        // SAFETY: NULL or handles, which the caller keeps meanwhile.
        let (view, other) = unsafe { (handle::view(view)?, handle::view(other)?) };
        Ok(view.equals(&other)?.into())
    })
}

/// Looks for the first item that is equal to a value, from start to before stop; negative bounds
/// count from the end, and there is no error in a bound outside. Items are numbered in C order.
/// Returns 1, with its number in *index, or 0 where there is none; -1 on failure:
/// PYBUF_ERR_NOT_IMPLEMENTED where nobody understands the format, PYBUF_ERR_VALUE for what is no
/// single value (a PYBUF_VALUE_SEQUENCE, an unknown kind), PYBUF_ERR_BUFFER where a pointer on the
/// way to an item is NULL, PYBUF_ERR_TYPE, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_find(
    view: *mut pybuf_view,
    value: *const pybuf_value,
    start: isize,
    stop: isize,
    index: *mut isize,
) -> c_int {
    run(-1, || {
        if index.is_null() {
            return fail!(Value, "index is NULL: give room for the number of the item");
        }
        // SAFETY: NULL or a handle, which the caller keeps meanwhile, as what the value points at.
        let (view, value) = unsafe { (handle::view(view)?, single_value(value)?) };
        let Some(found) = view.find(value, start, stop)? else {
            return Ok(0);
        };
        // SAFETY: the caller's.
        unsafe { index.write(found as isize) };
        Ok(1)
    })
}

/// How many items are equal to a value. -1 on failure: the errors of pybuf_view_find.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_count(
    view: *mut pybuf_view,
    value: *const pybuf_value,
) -> isize {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile, as what the value points at.
        let (view, value) = unsafe { (handle::view(view)?, single_value(value)?) };
        Ok(view.count(value)? as isize)
    })
}

/// Writes all bytes in C order as two hexadecimal digits each, as the method hex of bytes does.
/// sep, a character of ASCII, parts each group of bytes from the next one; groups count from the
/// right, and from the left where group is negative. With a sep or a group of 0 there are none.
/// Returns how many characters that are; there is room for size of them at text, and no NUL is
/// written behind. Where text is NULL none is written, and size is not looked at. -1 on failure:
/// PYBUF_ERR_VALUE where there is no room or sep is not ASCII, PYBUF_ERR_BUFFER where a pointer on
/// the way to an item is NULL, PYBUF_ERR_TYPE, PYBUF_ERR_MEMORY (more text than there is memory).
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_hex(
    view: *mut pybuf_view,
    sep: c_char,
    group: isize,
    text: *mut c_char,
    size: isize,
) -> isize {
    run(-1, || {
        let sep = match sep as u8 {
            0 => None,
            sep if sep.is_ascii() => Some(sep),
            sep => return fail!(Value, "sep is {sep}: it must be a character of ASCII"),
        };
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        let needed = hex_size(view.layout().nbytes(), sep.map_or(0, |_| group))?;
        if text.is_null() {
            return Ok(needed as isize);
        }
        let room = checked_size(size, "size")?;
        if needed > room {
            return fail!(Value, "there is room for {room} of {needed} characters");
        }
        // SAFETY: writable for so many characters, and the caller's; the export keeps the items.
        unsafe { hex(view.lent(), sep, group, text.cast()) }?;
        Ok(needed as isize)
    })
}
