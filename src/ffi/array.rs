//! Arrays: memory that grows. One dimension of items of a single format, as Python's
//! bytearray and array.array have it. A pybuf_exporter like any other, so that all that
//! takes one takes it: pybuf_getbuffer, pybuf_exporter_view, pybuf_python_object.
//!
//! Sizes and indices count items, not bytes, apart from the size that is said with a single
//! item, which is checked: it must be the item size.
//!
//! These functions may be called from any thread at any time. Each of them happens as a
//! whole: none sees an array of which another thread has changed half. Writing items is as
//! unsynchronised as to any memory: who writes items while another thread reads them sees to
//! it that they do not meet.
//!
//! What changes the number of items may move them, so it is refused with PYBUF_ERR_BUFFER
//! while there is any export, with the number of exports in the message. What keeps the number
//! is allowed, unless an export is stable (then nothing is written) or exclusive (then
//! nothing is read either). Where Python has objects of this memory, a change of size is for
//! threads that are attached to that Python, and refused with PYBUF_ERR_BUFFER elsewhere.
//!
//! An exporter of fixed size is refused with PYBUF_ERR_TYPE by all of these functions,
//! memory that is at its end with PYBUF_ERR_MEMORY, and a number of items beyond the address
//! space with PYBUF_ERR_OVERFLOW. On failure the array is as it was.

use std::ffi::{c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr;
use std::slice;

use super::arguments::{checked_size, item_size, string};
use super::handle::{self, give_exporter, pybuf_exporter};
use super::items::slice_of;
use super::run;
use crate::error::{Result, fail};
use crate::exporter::{Exporter, Items};
use crate::layout::Slice;

/// An array of bytes (format "B") with a copy of the size bytes at data; data NULL: so many
/// zeros. Returns an exporter with one reference; NULL on failure.
///
/// Errors: PYBUF_ERR_VALUE where size is negative; PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_bytearray_new(
    data: *const c_void,
    size: isize,
) -> *mut pybuf_exporter {
    run(ptr::null_mut(), || {
        // SAFETY: as this function's documentation demands.
        unsafe { filled(c"B", data, checked_size(size, "size")?) }
    })
}

/// An array with a copy of the count items at items; items NULL: so many zeros. Returns an
/// exporter with one reference; NULL on failure.
///
/// typecode is the format of an item: a single code in native order, those of array.array
/// ("b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "f", "d", "u", "w") and all others
/// ("?", "c", "e", "n", "N", "P", "F", "D", "Zf", "Zd"), but "O". "u" is wchar_t, as for
/// array.array: where that has 4 bytes, the format is "w".
///
/// ```c
/// pybuf_exporter *samples = pybuf_array_new("d", NULL, 0);
/// pybuf_array_append(samples, block, 512);
/// ```
///
/// Errors: PYBUF_ERR_VALUE for typecode NULL or another format, and where count is negative;
/// PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_new(
    typecode: *const c_char,
    items: *const c_void,
    count: isize,
) -> *mut pybuf_exporter {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a string.
        let Some(typecode) = (unsafe { string(typecode) }) else {
            return fail!(
                Value,
                "typecode is NULL: say the format of an item, such as \"d\""
            );
        };
        // SAFETY: as this function's documentation demands.
        unsafe { filled(typecode, items, checked_size(count, "count")?) }
    })
}

/// # Safety
/// `items` is NULL or has `count` items of the format.
unsafe fn filled(
    typecode: &std::ffi::CStr,
    items: *const c_void,
    count: usize,
) -> Result<*mut pybuf_exporter> {
    let zeros = if items.is_null() { count } else { 0 };
    let array = Exporter::growing(typecode, zeros)?;
    if !items.is_null() {
        let bytes = items.cast();
        // SAFETY: as the caller promises; nobody else has this array.
        unsafe { array.replace(Slice::ALL, Items { bytes, count }) }?;
    }
    Ok(give_exporter(array))
}

/// The number of items at this moment; -1 on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_len(array: *mut pybuf_exporter) -> isize {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        Ok(unsafe { growing(array) }?.count() as isize)
    })
}

/// Copies one item to item, which has room for size bytes; a negative index counts from the
/// end. Returns 0, or -1: PYBUF_ERR_INDEX where there is no such item, PYBUF_ERR_VALUE where
/// size is not the item size, PYBUF_ERR_BUFFER while an exclusive export is outstanding.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// `item` must not lie in the array itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_get(
    array: *mut pybuf_exporter,
    index: isize,
    item: *mut c_void,
    size: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let array = unsafe { growing(array) }?;
        // SAFETY: writable for so many bytes.
        array.get(index, unsafe { room(item, size) }?)?;
        Ok(0)
    })
}

/// Copies one item from item, which has size bytes, to its place; a negative index counts
/// from the end. Returns 0, or -1: PYBUF_ERR_INDEX where there is no such item,
/// PYBUF_ERR_VALUE where size is not the item size, PYBUF_ERR_BUFFER while a stable or an
/// exclusive export is outstanding.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_set(
    array: *mut pybuf_exporter,
    index: isize,
    item: *const c_void,
    size: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let array = unsafe { growing(array) }?;
        array.check_itemsize(item_size(item, size)?)?;
        // SAFETY: readable for an item's bytes; the item is the caller's to write.
        unsafe { array.set(index, item.cast()) }?;
        Ok(0)
    })
}

/// Copies one item to item, as pybuf_array_get does, and takes it out of the array; -1 is the
/// last one. Returns 0, or -1: PYBUF_ERR_INDEX where there is no such item, PYBUF_ERR_VALUE
/// where size is not the item size, PYBUF_ERR_BUFFER while an export is outstanding.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// `item` must not lie in the array itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_pop(
    array: *mut pybuf_exporter,
    index: isize,
    item: *mut c_void,
    size: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let array = unsafe { growing(array) }?;
        // SAFETY: writable for so many bytes.
        array.pop(index, unsafe { room(item, size) }?)?;
        Ok(0)
    })
}

/// Copies count items to the end. They may lie in the array itself; items may be NULL where
/// count is 0. Returns 0, or -1: PYBUF_ERR_BUFFER while an export is outstanding,
/// PYBUF_ERR_VALUE where count is negative.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_append(
    array: *mut pybuf_exporter,
    items: *const c_void,
    count: isize,
) -> c_int {
    // SAFETY: as this function's documentation demands.
    run(-1, || unsafe { put(array, at(isize::MAX), items, count) })
}

/// Copies count items in before the one at index, which is as for Python's insert: negative
/// ones count from the end, and what is outside is clamped. The items may lie in the array
/// itself; they may be NULL where count is 0. Returns 0, or -1: PYBUF_ERR_BUFFER while an
/// export is outstanding, PYBUF_ERR_VALUE where count is negative.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_insert(
    array: *mut pybuf_exporter,
    index: isize,
    items: *const c_void,
    count: isize,
) -> c_int {
    // SAFETY: as this function's documentation demands.
    run(-1, || unsafe { put(array, at(index), items, count) })
}

/// Copies count items in place of those from start to before stop, every step-th: Python's
/// `a[start:stop:step] = items`, with PYBUF_OPEN for a bound left out. With a step other than 1
/// there must be as many items as the slice has, or none, which takes the slice out. The items
/// may lie in the array itself; they may be NULL where count is 0.
///
/// Returns 0, or -1: PYBUF_ERR_VALUE for step 0, a negative count or another number of items
/// with a step; PYBUF_ERR_BUFFER while an export is outstanding, where the number of items
/// changes, and while a stable or exclusive one is in every case.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_replace(
    array: *mut pybuf_exporter,
    start: isize,
    stop: isize,
    step: isize,
    items: *const c_void,
    count: isize,
) -> c_int {
    // SAFETY: as this function's documentation demands.
    run(-1, || unsafe {
        put(array, slice_of(start, stop, step), items, count)
    })
}

/// Takes out the items from start to before stop, every step-th: Python's
/// `del a[start:stop:step]`, with PYBUF_OPEN for a bound left out. Returns 0, or -1:
/// PYBUF_ERR_VALUE for step 0, PYBUF_ERR_BUFFER while an export is outstanding.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_delete(
    array: *mut pybuf_exporter,
    start: isize,
    stop: isize,
    step: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        unsafe { growing(array) }?.delete(slice_of(start, stop, step))?;
        Ok(0)
    })
}

/// A new array with copies of the items from start to before stop, every step-th: Python's
/// `a[start:stop:step]`, with PYBUF_OPEN for a bound left out. Returns an exporter with one
/// reference; NULL on failure: PYBUF_ERR_VALUE for step 0, PYBUF_ERR_BUFFER while an exclusive
/// export is outstanding.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_slice(
    array: *mut pybuf_exporter,
    start: isize,
    stop: isize,
    step: isize,
) -> *mut pybuf_exporter {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let array = unsafe { growing(array) }?;
        array
            .copy_slice(slice_of(start, stop, step))
            .map(give_exporter)
    })
}

/// Makes the array count items long: zeros are added at the end, or the last items taken
/// away. Returns 0, or -1: PYBUF_ERR_VALUE where count is negative, PYBUF_ERR_BUFFER while an
/// export is outstanding, unless the array is so long already.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_resize(array: *mut pybuf_exporter, count: isize) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        unsafe { growing(array) }?.resize(checked_size(count, "count")?)?;
        Ok(0)
    })
}

/// Takes all items out: pybuf_array_resize to 0. Returns 0, or -1: PYBUF_ERR_BUFFER while an
/// export is outstanding, unless the array is empty already.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_clear(array: *mut pybuf_exporter) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        unsafe { growing(array) }?.resize(0)?;
        Ok(0)
    })
}

/// Turns the order of the items round, in place. Returns 0, or -1: PYBUF_ERR_BUFFER while a
/// stable or an exclusive export is outstanding.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_array_reverse(array: *mut pybuf_exporter) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; the items are the caller's to
        // write.
        unsafe { growing(array)?.reverse() }?;
        Ok(0)
    })
}

/// Borrows an exporter whose memory grows.
///
/// # Safety
/// As for [`handle::exporter`].
unsafe fn growing(array: *mut pybuf_exporter) -> Result<ManuallyDrop<Exporter>> {
    // SAFETY: as the caller promises.
    let array = unsafe { handle::exporter(array) }?;
    array.check_grows()?;
    Ok(array)
}

/// The place of an item that is asked for.
///
/// # Safety
/// `item` is NULL or writable for `size` bytes, if that is not negative, and the caller's.
unsafe fn room<'a>(item: *mut c_void, size: isize) -> Result<&'a mut [u8]> {
    let size = item_size(item, size)?;
    // SAFETY: as the caller promises, and not NULL.
    Ok(unsafe { slice::from_raw_parts_mut(item.cast(), size) })
}

/// No item, before the one at `index`; what is outside is clamped.
fn at(index: isize) -> Slice {
    Slice {
        start: Some(index),
        stop: Some(index),
        step: 1,
    }
}

/// Puts items in place of a slice.
///
/// # Safety
/// The handle as for [`handle::exporter`]; `items` is NULL or has `count` of them, which nobody
/// writes meanwhile; the slice is the caller's to write.
unsafe fn put(
    array: *mut pybuf_exporter,
    slice: Slice,
    items: *const c_void,
    count: isize,
) -> Result<c_int> {
    // SAFETY: as the caller promises.
    let array = unsafe { growing(array) }?;
    let count = checked_size(count, "count")?;
    if items.is_null() && count > 0 {
        return fail!(Value, "items is NULL, but {count} are to be copied");
    }
    let bytes = items.cast();
    // SAFETY: as the caller promises.
    unsafe { array.replace(slice, Items { bytes, count }) }?;
    Ok(0)
}
