//! The C shell: checked pointers in, one call into the core, a code out.
//!
//! One file a noun. The documentation of its functions becomes the comments of
//! `include/pybuf.h`, so it is written for C readers, who may have nothing else.
//!
//! Every function goes through `run`: an error becomes the thread's last error, and a
//! panic, which would be a bug of this library, becomes one too instead of unwinding
//! into C. (A panic needs memory for itself, and ends the process where there is none: so
//! lack of memory must never lead to one.)

#![allow(non_camel_case_types)]
#![allow(
    improper_ctypes_definitions,
    reason = "handles are opaque to C on purpose"
)]

mod arguments;
mod array;
mod buffer;
mod bytes;
mod compared;
mod compiled;
mod content;
mod copy_plan;
mod derived;
mod error;
mod explain;
mod exporter;
mod field;
mod format;
mod handle;
mod items;
#[cfg(feature = "python")]
mod memoryview;
mod parts;
#[cfg(feature = "python")]
mod python;
mod room;
mod select;
mod shapes;
mod singles;
mod value;
mod version;
mod view;
mod want;

/// What only a Python can do, where the library is built with it.
#[cfg(feature = "python")]
use crate::python as python_or_absent;

/// ... and a clear error where it is not.
#[cfg(not(feature = "python"))]
mod python_or_absent {
    use std::ffi::c_void;

    use crate::abi::{Py_buffer, PyObject, ReleaseBuffer};
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

    pub(super) fn giver_with(exporter: *mut c_void, function: Option<ReleaseBuffer>) -> Giver {
        Giver::functions(exporter, function)
    }

    pub(super) fn pending_exception() -> Option<Error> {
        None
    }
}

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, Kind, Result};
use error::set_error;

/// Runs the body of a C function; on failure the thread's last error is set and `failed`
/// returned.
pub(crate) fn run<T>(failed: T, body: impl FnOnce() -> Result<T>) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => {
            set_error(&error);
            failed
        }
        Err(thrown) => {
            // Dropping it might throw again.
            std::mem::forget(thrown);
            let text = "libpybuf failed inside; this is a bug of the library";
            set_error(&Error::fixed(Kind::Internal, text));
            failed
        }
    }
}
