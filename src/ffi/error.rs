//! The thread's last error. It lives in fixed storage, so that setting it needs no memory.
//!
//! No memory of ours, that is. Where the library is opened by `dlopen`, as Python opens a
//! module, the system allocates the thread-locals of a thread when that one first touches
//! them, and glibc ends the process where it cannot. In a program that is linked with the
//! library each thread has them from its start.

use std::cell::Cell;
use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char};

use crate::error::{Error, Kind};

/// No error.
pub const PYBUF_OK: i32 = 0;
/// BufferError: a request that this memory cannot meet, or an answer that is not sound.
pub const PYBUF_ERR_BUFFER: i32 = 1;
/// ValueError: an argument of the right type with an impossible value.
pub const PYBUF_ERR_VALUE: i32 = 2;
/// TypeError: a handle of the wrong type, NULL for a handle, read-only memory to be
/// written.
pub const PYBUF_ERR_TYPE: i32 = 3;
/// IndexError: an index outside its dimension.
pub const PYBUF_ERR_INDEX: i32 = 4;
/// OverflowError: a size or a product that does not fit Py_ssize_t.
pub const PYBUF_ERR_OVERFLOW: i32 = 5;
/// MemoryError: no memory left.
pub const PYBUF_ERR_MEMORY: i32 = 6;
/// NotImplementedError: it has a meaning, but is not supported.
pub const PYBUF_ERR_NOT_IMPLEMENTED: i32 = 7;
/// SystemError: a call that no correct program makes.
pub const PYBUF_ERR_SYSTEM: i32 = 8;
/// struct.error: what Python's struct module refuses.
pub const PYBUF_ERR_STRUCT: i32 = 9;
/// RuntimeError: there is no Python in this process, or the thread is not attached to it.
pub const PYBUF_ERR_RUNTIME: i32 = 10;
/// SystemError: a bug of this library, caught before it could do harm.
pub const PYBUF_ERR_INTERNAL: i32 = 11;
/// A Python exception that somebody else raised. It is still set in Python; the message
/// says which.
pub const PYBUF_ERR_PYTHON: i32 = 12;

const _: () = {
    assert!(PYBUF_ERR_BUFFER == Kind::Buffer as i32);
    assert!(PYBUF_ERR_VALUE == Kind::Value as i32);
    assert!(PYBUF_ERR_TYPE == Kind::Type as i32);
    assert!(PYBUF_ERR_INDEX == Kind::Index as i32);
    assert!(PYBUF_ERR_OVERFLOW == Kind::Overflow as i32);
    assert!(PYBUF_ERR_MEMORY == Kind::Memory as i32);
    assert!(PYBUF_ERR_NOT_IMPLEMENTED == Kind::NotImplemented as i32);
    assert!(PYBUF_ERR_SYSTEM == Kind::System as i32);
    assert!(PYBUF_ERR_STRUCT == Kind::Struct as i32);
    assert!(PYBUF_ERR_RUNTIME == Kind::Runtime as i32);
    assert!(PYBUF_ERR_INTERNAL == Kind::Internal as i32);
    assert!(PYBUF_ERR_PYTHON == Kind::Python as i32);
};

/// Bytes of the longest message, its NUL included; a longer one is cut.
const MESSAGE: usize = 1024;

struct Last {
    kind: Cell<Option<Kind>>,
    /// Counts the errors of this thread, to tell whether a call made one.
    count: Cell<usize>,
    message: UnsafeCell<[u8; MESSAGE]>,
}

thread_local! {
    static LAST: Last = const {
        Last {
            kind: Cell::new(None),
            count: Cell::new(0),
            message: UnsafeCell::new([0; MESSAGE]),
        }
    };
}

/// Makes this the thread's last error.
pub(crate) fn set_error(error: &Error) {
    let text = error.message();
    let mut end = text.len().min(MESSAGE - 1);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    LAST.with(|last| {
        last.kind.set(Some(error.kind()));
        last.count.set(last.count.get().wrapping_add(1));
        // SAFETY: only this thread has it, and no reference to it is kept.
        let message = unsafe { &mut *last.message.get() };
        message[..end].copy_from_slice(&text.as_bytes()[..end]);
        message[end] = 0;
    });
}

/// The thread's last error, or `None` where there was none.
pub(crate) fn last_error() -> Option<Error> {
    let kind = LAST.with(|last| last.kind.get())?;
    // SAFETY: the message is a C string, and this thread does not change it meanwhile.
    let text = unsafe { CStr::from_ptr(message()) };
    Some(Error::new(
        kind,
        format_args!("{}", text.to_str().unwrap_or_default()),
    ))
}

/// How many errors this thread has had.
pub(super) fn error_count() -> usize {
    LAST.with(|last| last.count.get())
}

/// The code of this thread's last error (PYBUF_ERR_…), or PYBUF_OK where no call has
/// failed yet. A call that succeeds leaves it as it is.
#[unsafe(no_mangle)]
pub extern "C" fn pybuf_error_code() -> i32 {
    LAST.with(|last| last.kind.get().map_or(PYBUF_OK, |kind| kind as i32))
}

/// The message of this thread's last error: one sentence in UTF-8, never NULL, empty where
/// no call has failed yet. It is valid until the next call that fails on this thread, or
/// pybuf_error_clear.
#[unsafe(no_mangle)]
pub extern "C" fn pybuf_error_message() -> *const c_char {
    message()
}

/// Our own functions never call exported ones: those may be another copy's.
fn message() -> *const c_char {
    LAST.with(|last| last.message.get().cast_const().cast())
}

/// Forgets this thread's last error.
#[unsafe(no_mangle)]
pub extern "C" fn pybuf_error_clear() {
    LAST.with(|last| {
        last.kind.set(None);
        // SAFETY: only this thread has it, and no reference to it is kept.
        unsafe { (*last.message.get())[0] = 0 };
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let long = "é".repeat(MESSAGE);
        set_error(&Error::new(Kind::Value, format_args!("{long}")));
        let error = last_error().unwrap();
        assert_eq!(error.kind(), Kind::Value);
        assert!(error.message().len() >= MESSAGE - 2 && long.starts_with(error.message()));
        pybuf_error_clear();
        assert_eq!(pybuf_error_code(), PYBUF_OK);
        assert!(last_error().is_none());
    }

    #[test]
    fn a_panic_becomes_an_error() {
        let failed = super::super::run(-1, || panic!("a bug"));
        assert_eq!((failed, pybuf_error_code()), (-1, PYBUF_ERR_INTERNAL));
    }
}
