//! Bytes in another order: numbers of the other byte order, and shuffles for compression.
//!
//! ```c
//! // A file of big-endian doubles (FITS, netCDF), read into memory and made this machine's.
//! fread(numbers, sizeof *numbers, count, file);
//! pybuf_byteswap(numbers, numbers, sizeof *numbers, count);
//! ```
//!
//! Between views with formats that differ in byte order pybuf_view_copy_values is what
//! pybuf_view_copy is between equal ones.

use std::ffi::{c_int, c_void};

use super::arguments::checked_size;
use super::handle::{self, pybuf_view};
use super::run;
use crate::copy::{Place, Shuffle, copy_swapped, shuffle};
use crate::error::{Result, fail};
use crate::layout::{Layout, Order};

/// Copies count items of itemsize bytes each from src to dest, and turns the bytes of each round:
/// the last one first. dest may be src, which needs no other memory, or overlap it in another way:
/// the outcome is as if src had been copied away first. For items of more than one number, such as
/// complex ones, give the size of the numbers and how many there are. Returns 0, or -1 with
/// nothing written; PYBUF_ERR_VALUE where itemsize or count is negative, or a pointer is NULL where
/// there are bytes; PYBUF_ERR_OVERFLOW for more bytes than Py_ssize_t can tell; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_byteswap(
    dest: *mut c_void,
    src: *const c_void,
    itemsize: isize,
    count: isize,
) -> c_int {
    run(-1, || {
        let itemsize = checked_size(itemsize, "itemsize")?;
        checked_size(count, "count")?;
        let layout = Layout::contiguous(itemsize, &[count], Order::C)?;
        check_pointers(dest, src, layout.nbytes())?;
        if layout.nbytes() == 0 {
            return Ok(0);
        }
        let place = |base| Place {
            base,
            layout: &layout,
        };
        let (to, from) = (place(dest.cast()), place(src.cast_mut().cast()));
        // SAFETY: so many bytes on both sides, those of `dest` the caller's to write.
        unsafe { copy_swapped(to, from, itemsize) }?;
        Ok(0)
    })
}

/// Copies all items of src to the same indices of dest, as pybuf_view_copy does, and turns the
/// bytes of each number round: from '>f' to '<f'. number is the size of a number, of which an item
/// is one or some: 0 is the size of an item, and for complex items and pairs of coordinates it is
/// the size of a part. Formats are not looked at: structs with numbers of several sizes, or with
/// other members between them, are for pybuf_view_copy_values.
/// dest and src may be the same view. Returns 0, or -1 with nothing written; the errors of
/// pybuf_view_copy, and PYBUF_ERR_VALUE where the item size is no multiple of number.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_copy_swapped(
    dest: *mut pybuf_view,
    src: *mut pybuf_view,
    number: isize,
) -> c_int {
    run(-1, || {
        let number = checked_size(number, "number")?;
        // SAFETY: NULL or handles, which the caller keeps meanwhile; the items of `dest` are the
        // caller's to write.
        unsafe { handle::view(dest)?.copy_swapped_from(&*handle::view(src)?, number) }?;
        Ok(0)
    })
}

/// Copies all items of src to the same indices of dest by value: their formats mean the same, but
/// may differ in byte order, as numbers ('>f' and '<f') or as structs of them, with members of
/// several sizes, sub-arrays and padding. Nothing else is converted: not 'i' to 'f', nor 'i' to
/// 'q'. What becomes of padding is not told. The two may overlap: the outcome is as if src had
/// been copied away first. Returns 0, or -1 with nothing written; the errors of pybuf_view_copy,
/// and PYBUF_ERR_VALUE where the formats mean different things, or nobody knows what.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_copy_values(
    dest: *mut pybuf_view,
    src: *mut pybuf_view,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or handles, which the caller keeps meanwhile; the items of `dest` are the
        // caller's to write.
        unsafe { handle::view(dest)?.copy_values_from(&*handle::view(src)?) }?;
        Ok(0)
    })
}

/// Shuffles size bytes from src to dest: of items of itemsize bytes first the first byte of all,
/// then the second byte of all, and so on, which compresses well. Byte b of item i goes to
/// b * (size / itemsize) + i; bytes behind the last whole item stay where they are. The outcome is
/// that of the shuffle filter of HDF5, and of Blosc's for one of its blocks. The two may overlap: it
/// is as if src had been copied away first. Returns 0, or -1 with nothing written;
/// PYBUF_ERR_VALUE where size is negative, itemsize is less than 1, or a pointer is NULL where
/// there are bytes; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_shuffle(
    dest: *mut c_void,
    src: *const c_void,
    size: isize,
    itemsize: isize,
) -> c_int {
    // SAFETY: as the caller promises.
    run(-1, || unsafe {
        shuffled(dest, src, size, itemsize, Shuffle::There)
    })
}

/// The way back from pybuf_shuffle, which has the same arguments and errors.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_unshuffle(
    dest: *mut c_void,
    src: *const c_void,
    size: isize,
    itemsize: isize,
) -> c_int {
    // SAFETY: as the caller promises.
    run(-1, || unsafe {
        shuffled(dest, src, size, itemsize, Shuffle::Back)
    })
}

/// # Safety
/// NULL, or so many bytes, those of `dest` the caller's to write.
unsafe fn shuffled(
    dest: *mut c_void,
    src: *const c_void,
    size: isize,
    itemsize: isize,
    way: Shuffle,
) -> Result<c_int> {
    let size = checked_size(size, "size")?;
    let Some(itemsize) = usize::try_from(itemsize).ok().filter(|&size| size > 0) else {
        return fail!(Value, "itemsize is {itemsize}: it must be 1 or more");
    };
    check_pointers(dest, src, size)?;
    if size > 0 {
        // SAFETY: as the caller promises.
        unsafe { shuffle(dest.cast(), src.cast(), size, itemsize, way) }?;
    }
    Ok(0)
}

fn check_pointers(dest: *mut c_void, src: *const c_void, size: usize) -> Result<()> {
    let what = match (dest.is_null(), src.is_null()) {
        _ if size == 0 => return Ok(()),
        (true, _) => "dest",
        (_, true) => "src",
        _ => return Ok(()),
    };
    fail!(Value, "{what} is NULL, but there are {size} bytes")
}
