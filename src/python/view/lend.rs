//! The buffer protocol of a view: it lends on what it shows.

use std::ffi::c_int;

use super::super::guard::guard;
use super::instance::{RELEASED, This};
use crate::abi::*;
use crate::error::{Error, Kind};
use crate::exporter::Lent;
use crate::layout::Contiguity;
use crate::layout::Order;
use crate::request::{Refusal, Request};

/// The slot `bf_getbuffer`.
///
/// Nearly every request takes the short way, which cannot fail and needs no guard.
pub(super) unsafe extern "C" fn getbuffer(
    object: *mut PyObject,
    view: *mut Py_buffer,
    flags: c_int,
) -> c_int {
    // SAFETY: CPython calls this with an instance, on an attached thread.
    let this = unsafe { This::of(object) };
    // SAFETY: NULL, or the caller's.
    if let Some(view) = unsafe { view.as_mut() } {
        let word = &this.fields.word;
        let has_lock = this.has_lock();
        if word.lend(has_lock).is_ok() {
            if this
                .fields
                .lent
                .fill_quickly(view, Request::from_flags(flags))
            {
                view.obj = object;
                // SAFETY: attached; this is the reference that the buffer has now.
                unsafe { (this.attached.api.Py_IncRef)(object) };
                return 0;
            }
            word.take_back(has_lock);
        }
    }
    // SAFETY: as above.
    unsafe { getbuffer_with_care(this, view, flags) }
}

/// # Safety
/// As for [`getbuffer`].
#[cold]
unsafe fn getbuffer_with_care(this: This<'_>, view: *mut Py_buffer, flags: c_int) -> c_int {
    guard(-1, || {
        // SAFETY: NULL, or the caller's.
        let Some(view) = (unsafe { view.as_mut() }) else {
            let text = "memoryview: a Py_buffer is needed here, not NULL";
            return Err(Error::fixed(Kind::Buffer, text));
        };
        view.obj = std::ptr::null_mut();
        view.internal = std::ptr::null_mut();
        if this.is_released() {
            return Err(RELEASED);
        }
        let held = this.hold()?;
        let request = Request::from_flags(flags);
        held.fill(view, request)
            .map_err(|error| in_their_words(&held, request).unwrap_or(error))?;
        if request.asks(PyBUF_FORMAT) && !request.asks(PyBUF_ND) {
            return Err(FORMAT_WITHOUT_SHAPE);
        }
        view.obj = this.object;
        // SAFETY: attached; this is the reference that the buffer has now, beside its count.
        unsafe { (this.attached.api.Py_IncRef)(this.object) };
        std::mem::forget(held);
        Ok(0)
    })
}

const FORMAT_WITHOUT_SHAPE: Error = Error::fixed(
    Kind::Buffer,
    "memoryview: cannot cast to unsigned bytes if the format flag is present",
);

/// The refusal with CPython's text.
fn in_their_words(lent: &Lent, request: Request) -> Option<Error> {
    let refusal = crate::request::Offer::new(lent.layout(), lent.is_readonly())
        .answer(request)
        .err()?;
    Some(Error::fixed(
        Kind::Buffer,
        match refusal {
            Refusal::ReadOnly => "memoryview: underlying buffer is not writable",
            Refusal::NotContiguous(Contiguity::In(Order::F)) => {
                "memoryview: underlying buffer is not Fortran contiguous"
            }
            Refusal::NotContiguous(Contiguity::Any) => {
                "memoryview: underlying buffer is not contiguous"
            }
            Refusal::NotContiguous(Contiguity::In(Order::C)) | Refusal::Strides => {
                "memoryview: underlying buffer is not C-contiguous"
            }
            Refusal::Suboffsets => "memoryview: underlying buffer requires suboffsets",
            Refusal::FormatWithoutShape => return Some(FORMAT_WITHOUT_SHAPE),
            Refusal::NotARequest | Refusal::Dimensions => return None,
        },
    ))
}

/// The slot `bf_releasebuffer`: the count ends; `obj` is CPython's to drop.
pub(super) unsafe extern "C" fn releasebuffer(object: *mut PyObject, _: *mut Py_buffer) {
    // SAFETY: CPython calls this with an instance whose buffer was lent.
    let this = unsafe { This::of(object) };
    this.fields.word.take_back(this.has_lock());
}
