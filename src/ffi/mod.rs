//! The C shell: checked pointers in, one call into the core, a code out.
//!
//! One file a noun. The documentation of its functions becomes the comments of
//! `include/pybuf.h`, so it is written for C readers, who may have nothing else.
//!
//! Every function goes through [`run`]: an error becomes the thread's last error, and a
//! panic, which would be a bug of this library, becomes one too instead of unwinding
//! into C.

#![allow(non_camel_case_types)]
#![allow(
    improper_ctypes_definitions,
    reason = "handles are opaque to C on purpose"
)]

mod buffer;
mod error;
mod exporter;
#[cfg(feature = "python")]
mod python;
mod version;
mod view;

/// What only a Python can do, where the library is built with it.
#[cfg(feature = "python")]
use crate::python as python_or_absent;

/// ... and a clear error where it is not.
#[cfg(not(feature = "python"))]
mod python_or_absent {
    use crate::abi::{Py_buffer, PyObject};
    use crate::error::{Error, Kind, Result};
    use crate::view::Giver;

    fn absent<T>() -> Result<T> {
        let text = "a Python object is involved, but this libpybuf is built without Python";
        Err(Error::fixed(Kind::Runtime, text))
    }

    pub(super) unsafe fn release_buffer(_: &mut Py_buffer) -> Result<()> {
        absent()
    }

    pub(super) unsafe fn new_reference(obj: *mut PyObject) -> Result<*mut PyObject> {
        if obj.is_null() { Ok(obj) } else { absent() }
    }

    pub(super) fn giver() -> Result<Giver> {
        absent()
    }

    pub(super) fn pending_exception() -> Option<Error> {
        None
    }
}

use std::ffi::{CStr, c_char, c_void};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

use crate::abi::Py_buffer;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::Exporter;
use crate::exporter::handle::{self, Sort};
use crate::layout::{Contiguity, MAX_DIMS, Order};
use crate::view::View;

pub(crate) use error::{last_error, set_error};
pub use exporter::{pybuf_exporter, pybuf_memory};
pub use view::{pybuf_view, pybuf_want};

/// Runs the body of a C function; on failure the thread's last error is set and `failed`
/// returned.
pub(crate) fn run<T>(failed: T, body: impl FnOnce() -> Result<T>) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => {
            set_error(&error);
            failed
        }
        Err(_) => {
            let text = "libpybuf failed inside; this is a bug of the library";
            set_error(&Error::fixed(Kind::Internal, text));
            failed
        }
    }
}

/// Borrows an exporter from its handle.
///
/// # Safety
/// As for [`handle::check`], and the caller's reference lasts as long as the borrow.
pub(crate) unsafe fn exporter(handle: *mut pybuf_exporter) -> Result<ManuallyDrop<Exporter>> {
    // SAFETY: as the caller promises.
    unsafe { take_exporter(handle) }.map(ManuallyDrop::new)
}

/// Takes over the reference of an exporter's handle.
///
/// # Safety
/// As for [`handle::check`], and the reference is the caller's to give.
pub(crate) unsafe fn take_exporter(handle: *mut pybuf_exporter) -> Result<Exporter> {
    let handle = handle.cast::<c_void>();
    // SAFETY: as the caller promises; `from_raw` comes after the check.
    unsafe {
        handle::check(handle, Sort::Exporter)?;
        Ok(Exporter::from_raw(handle))
    }
}

/// Borrows a view from its handle.
///
/// # Safety
/// As for [`exporter`].
pub(crate) unsafe fn view(handle: *mut pybuf_view) -> Result<ManuallyDrop<View>> {
    // SAFETY: as the caller promises.
    unsafe { take_view(handle) }.map(ManuallyDrop::new)
}

/// Takes over the reference of a view's handle.
///
/// # Safety
/// As for [`take_exporter`].
pub(crate) unsafe fn take_view(handle: *mut pybuf_view) -> Result<View> {
    let handle = handle.cast::<c_void>();
    // SAFETY: as the caller promises; `from_raw` comes after the check.
    unsafe {
        handle::check(handle, Sort::View)?;
        Ok(View::from_raw(handle))
    }
}

/// The handle that C gets for a new reference.
pub(crate) fn give_exporter(exporter: Exporter) -> *mut pybuf_exporter {
    exporter.into_raw().cast()
}

/// The handle that C gets for a new reference.
pub(crate) fn give_view(view: View) -> *mut pybuf_view {
    view.into_raw().cast()
}

/// A `Py_buffer` to be read.
///
/// # Safety
/// NULL or valid.
unsafe fn buffer<'a>(view: *const Py_buffer) -> Result<&'a Py_buffer> {
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
unsafe fn buffer_mut<'a>(view: *mut Py_buffer) -> Result<&'a mut Py_buffer> {
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
unsafe fn string<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: as the caller promises.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

/// `count` numbers, one for each dimension. `what` names them in the error.
///
/// # Safety
/// NULL or readable for `count` numbers, if that is from 0 to [`MAX_DIMS`].
unsafe fn numbers<'a, T>(numbers: *const T, count: i32, what: &str) -> Result<&'a [T]> {
    let count = match usize::try_from(count) {
        Ok(count) if count <= MAX_DIMS => count,
        _ => {
            return fail!(
                Value,
                "{count} dimensions: 0 to {MAX_DIMS} can be described"
            );
        }
    };
    if count == 0 {
        return Ok(&[]);
    }
    if numbers.is_null() {
        return fail!(
            Value,
            "{count} dimensions need as many {what}, but {what} is NULL"
        );
    }
    // SAFETY: as the caller promises.
    Ok(unsafe { slice::from_raw_parts(numbers, count) })
}

/// A size that must not be negative.
fn size(size: isize, what: &str) -> Result<usize> {
    match usize::try_from(size) {
        Ok(size) => Ok(size),
        Err(_) => fail!(Value, "{what} is {size}: it must be 0 or more"),
    }
}

/// `'C'` or `'F'`; 0 is not said.
fn order(letter: i32) -> Result<Option<Order>> {
    match u8::try_from(letter) {
        Ok(0) => Ok(None),
        Ok(b'C') => Ok(Some(Order::C)),
        Ok(b'F') => Ok(Some(Order::F)),
        _ => fail!(Value, "order is {}: it must be 'C' or 'F'", Letter(letter)),
    }
}

/// `'C'`, `'F'` or `'A'`.
fn contiguity(letter: i32) -> Result<Contiguity> {
    match u8::try_from(letter).ok().and_then(Contiguity::from_letter) {
        Some(contiguity) => Ok(contiguity),
        None => fail!(
            Value,
            "order is {}: it must be 'C', 'F' or 'A'",
            Letter(letter)
        ),
    }
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
fn check_reserved(reserved: &[usize]) -> Result<()> {
    if reserved.iter().any(|&word| word != 0) {
        return fail!(
            Value,
            "a reserved field is not zero: set the struct to zero before filling it, \
             or use a newer library with this header"
        );
    }
    Ok(())
}
