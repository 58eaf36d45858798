//! What two formats have in common, and what a format and a C compiler have.
//!
//! Two formats are equivalent where kind, size, byte order and place of every field are the
//! same. How they are spelled does not matter ("l" is "q" where long has 64 bits, "i" is "<i"
//! on a little-endian machine), nor how padding is said, nor a name that only one of them has.
//! Two large ones that group their repeated fields crosswise, so that there would be no end of
//! pairs to look at, are said to differ; whatever two texts say, the answer comes soon.

use std::ffi::{c_char, c_int};

use super::arguments::{checked_size, string};
use super::compiled;
use super::handle::pybuf_format;
use super::room::Room;
use super::run;

/// Whether two formats are equivalent: 1 or 0; -1 on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_equivalent(
    one: *mut pybuf_format,
    other: *mut pybuf_format,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or handles, which the caller keeps meanwhile.
        let (one, other) = unsafe { (compiled::borrow(one)?, compiled::borrow(other)?) };
        Ok(one.format.is_equivalent(&other.format).into())
    })
}

/// The first difference between two formats in one sentence: which field, what it is in one and
/// what in the other. Returns 0 where they are equivalent, else the length of the sentence
/// without its NUL; as with snprintf as much of it as has room is written to text, which is
/// size bytes large (0: nothing, and text may be NULL). -1 on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_difference(
    one: *mut pybuf_format,
    other: *mut pybuf_format,
    text: *mut c_char,
    size: isize,
) -> isize {
    run(-1, || {
        // SAFETY: NULL or handles, which the caller keeps meanwhile; room as said.
        let (one, other, mut room) = unsafe {
            let room = Room::of(text, size)?;
            (compiled::borrow(one)?, compiled::borrow(other)?, room)
        };
        match one.format.difference(&other.format) {
            Some(difference) => Ok(room.tell(&difference)),
            None => Ok(room.tell(&"")),
        }
    })
}

/// Whether a buffer of this format text (NULL: bytes) and itemsize has items that mean what
/// format does: 1 or 0; -1 on failure. The text is read by pybuf_format_stated's rules; only one
/// that is the format's own means what it means to the format. Made to be asked at every call: a
/// single code and the format's own text allocate nothing.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_accepts(
    format: *mut pybuf_format,
    text: *const c_char,
    itemsize: isize,
) -> c_int {
    run(-1, || {
        let itemsize = checked_size(itemsize, "itemsize")?;
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; NULL or a string.
        let (compiled, text) = unsafe { (compiled::borrow(format)?, string(text)) };
        Ok(compiled.format.accepts(text, itemsize)?.into())
    })
}

/// Whether a C compiler of this platform could have laid out the struct so: 0 where it could;
/// else why not in one sentence (which field lies elsewhere, with how many pad bytes before it,
/// or that the struct is packed), written and counted as by pybuf_format_difference. This is no
/// error: packed structs and files have other layouts. -1 on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_c_difference(
    format: *mut pybuf_format,
    text: *mut c_char,
    size: isize,
) -> isize {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; room as said.
        let (compiled, mut room) = unsafe { (compiled::borrow(format)?, Room::of(text, size)?) };
        match compiled.format.c_difference()? {
            Some(difference) => Ok(room.tell(&difference)),
            None => Ok(room.tell(&"")),
        }
    })
}
