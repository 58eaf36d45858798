//! The boundary towards CPython: errors become exceptions, and a panic, which would be a
//! bug of this library, one too.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::raise::raise_if_attached;
use crate::error::{Error, Kind, Result};

/// Runs the body of a function that CPython calls; on failure the exception is set and
/// `failed` returned.
pub(super) fn guard<T>(failed: T, body: impl FnOnce() -> Result<T>) -> T {
    let error = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => return value,
        Ok(Err(error)) => error,
        Err(thrown) => {
            // Dropping it might throw again.
            std::mem::forget(thrown);
            let text = "libpybuf failed inside; this is a bug of the library";
            Error::fixed(Kind::Internal, text)
        }
    };
    raise_if_attached(&error);
    failed
}
