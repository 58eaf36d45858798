//! What C passes, checked before it is used.

use std::ffi::{CStr, c_char, c_void};
use std::slice;

use crate::abi::Py_buffer;
use crate::error::{Error, Kind, Result, fail};
use crate::layout::{Contiguity, Layout, MAX_DIMS, Order};
use crate::view::reading_order;

/// A `Py_buffer` to be read.
///
/// # Safety
/// NULL or valid.
pub(super) unsafe fn buffer<'a>(view: *const Py_buffer) -> Result<&'a Py_buffer> {
    // SAFETY: as the caller promises.
    unsafe { view.as_ref() }.ok_or(Error::fixed(
        Kind::Buffer,
        "a Py_buffer is needed here, not NULL",
    ))
}

/// A `Py_buffer` to be filled or released.
///
/// # Safety
/// NULL or valid, and nobody else's meanwhile.
pub(super) unsafe fn buffer_mut<'a>(view: *mut Py_buffer) -> Result<&'a mut Py_buffer> {
    // SAFETY: as the caller promises.
    unsafe { view.as_mut() }.ok_or(Error::fixed(
        Kind::Buffer,
        "a Py_buffer is needed here, not NULL",
    ))
}

/// A string, where there is one.
///
/// # Safety
/// NULL or a C string.
pub(super) unsafe fn string<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: as the caller promises.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

/// The bytes of a string that has one or two; of one the second is NUL. What is longer is not
/// looked at to its end.
///
/// # Safety
/// NULL or a C string.
#[inline]
pub(super) unsafe fn short_string(text: *const c_char) -> Option<[u8; 2]> {
    if text.is_null() {
        return None;
    }
    // SAFETY: up to its NUL a string can be read, and nothing behind it is.
    let byte = |k: usize| unsafe { *text.cast::<u8>().add(k) };
    match byte(0) {
        0 => None,
        first => match byte(1) {
            0 => Some([first, 0]),
            second => (byte(2) == 0).then_some([first, second]),
        },
    }
}

/// `count` numbers, one for each dimension. `what` names them in the error.
///
/// # Safety
/// NULL or readable for `count` numbers, if that is from 0 to [`MAX_DIMS`].
pub(super) unsafe fn numbers<'a, T>(numbers: *const T, count: i32, what: &str) -> Result<&'a [T]> {
    let count = match usize::try_from(count) {
        Ok(count) if count <= MAX_DIMS => count,
        _ => {
            return fail!(Value, "{count} dimensions: there may be 0 to {MAX_DIMS}");
        }
    };
    if count == 0 {
        return Ok(&[]);
    }
    if numbers.is_null() {
        return fail!(
            Value,
            "{what} is NULL, but there are {count} dimensions: give a number for each"
        );
    }
    // SAFETY: as the caller promises.
    Ok(unsafe { slice::from_raw_parts(numbers, count) })
}

/// A dimension by its number.
pub(super) fn dimension(dim: i32) -> Result<usize> {
    match usize::try_from(dim) {
        Ok(dim) => Ok(dim),
        Err(_) => fail!(Index, "dimension {dim} does not exist: they count from 0"),
    }
}

/// An array of `count` things; `what` names it in the error.
///
/// # Safety
/// NULL or readable for so many, if that is 0 or more.
pub(super) unsafe fn array<'a, T>(array: *const T, count: isize, what: &str) -> Result<&'a [T]> {
    let count = checked_size(count, "count")?;
    match (array.is_null(), count) {
        (_, 0) => Ok(&[]),
        (true, _) => fail!(Value, "{what} is NULL, but there are {count}"),
        // SAFETY: as the caller promises.
        (false, _) => Ok(unsafe { slice::from_raw_parts(array, count) }),
    }
}

/// A size that must not be negative.
pub(super) fn checked_size(size: isize, what: &str) -> Result<usize> {
    match usize::try_from(size) {
        Ok(size) => Ok(size),
        Err(_) => fail!(Value, "{what} is {size}: it must be 0 or more"),
    }
}

/// The size that is said with a single item.
pub(super) fn item_size(item: *const c_void, size: isize) -> Result<usize> {
    if item.is_null() {
        return fail!(Value, "item is NULL");
    }
    checked_size(size, "size")
}

/// `'C'` or `'F'`; 0 is not said.
pub(super) fn read_order(letter: i32) -> Result<Option<Order>> {
    match u8::try_from(letter) {
        Ok(0) => Ok(None),
        Ok(b'C') => Ok(Some(Order::C)),
        Ok(b'F') => Ok(Some(Order::F)),
        _ => fail!(Value, "order is {}: it must be 'C' or 'F'", Letter(letter)),
    }
}

/// `'C'`, `'F'` or `'A'`.
pub(super) fn read_contiguity(letter: i32) -> Result<Contiguity> {
    match u8::try_from(letter).ok().and_then(Contiguity::from_letter) {
        Some(contiguity) => Ok(contiguity),
        None => fail!(
            Value,
            "order is {}: it must be 'C', 'F' or 'A'",
            Letter(letter)
        ),
    }
}

/// The order to copy in: `'A'` keeps Fortran order where that is how the items lie.
pub(super) fn copy_order(layout: &Layout, letter: c_char) -> Result<Order> {
    Ok(reading_order(layout, read_contiguity(i32::from(letter))?))
}

/// A letter in quotes, or the number where it is none.
struct Letter(i32);

impl std::fmt::Display for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match u8::try_from(self.0) {
            Ok(letter) if letter.is_ascii_graphic() => write!(f, "'{}'", letter as char),
            _ => write!(f, "{}", self.0),
        }
    }
}

/// Structs that callers fill end in words that a later version may give a meaning.
pub(super) fn check_reserved(reserved: &[usize]) -> Result<()> {
    if reserved.iter().any(|&word| word != 0) {
        return fail!(
            Value,
            "a reserved field is not zero: set the struct to zero before filling it, \
             or use a newer library with this header"
        );
    }
    Ok(())
}
