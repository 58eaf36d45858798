//! `stable()` and `exclusive()`: memory that nobody else may write, or use, for as long as a
//! memoryview lives.
//!
//! The memoryview is of an `Exporter` of its own, which keeps a view, which has the export:
//! so it ends with the last consumer, or with the memoryview's `release()` or `with` block.

use std::ffi::CStr;
use std::ptr;

use super::arguments::{Call, Parameters};
use super::attached::Attached;
use super::guard::guard;
use super::instance::{exporter_of, wrap};
use super::objects::*;
use super::raise::exception;
use super::reference::Ref;
use super::source;
use super::state::State;
use super::types::{Sort, Type};
use crate::abi::PyObject;
use crate::error::{Result, fail};
use crate::exporter::Exporter;
use crate::request::Request;

const STABLE_DOC: &CStr = c"stable($self)
--

A read-only memoryview of the memory, which nobody writes as long as it lives: until its
release(), the end of its with block, or that of the last buffer taken from it. Meanwhile
other buffers are read-only.

Refused with a BufferError where somebody may write: while a writable buffer is outstanding,
such as a memoryview that is only read, but could write; and by memory that is neither guarded
nor constant.";

const EXCLUSIVE_DOC: &CStr = c"exclusive($self, *, readonly=False)
--

A memoryview of the memory, of which nobody else has a buffer as long as it lives: until its
release(), the end of its with block, or that of the last buffer taken from it. It may write,
unless readonly is said, which read-only memory needs.

Refused with a BufferError while any other buffer is outstanding, and by memory that is not
guarded.";

static STABLE: Parameters<0> = Parameters {
    function: "stable",
    names: [],
    required: 0,
    positional: 0,
};

static EXCLUSIVE: Parameters<1> = Parameters {
    function: "exclusive",
    names: [c"readonly"],
    required: 0,
    positional: 0,
};

/// For the tables of our types' methods.
pub(super) const METHODS: [PyMethodDef; 2] = [
    PyMethodDef::new(c"stable", stable, STABLE_DOC),
    PyMethodDef::new(c"exclusive", exclusive, EXCLUSIVE_DOC),
];

/// Defines a method as CPython calls it: `$request` makes the request of its arguments.
macro_rules! method {
    ($name:ident, $request:ident) => {
        unsafe extern "C" fn $name(
            object: *mut PyObject,
            arguments: *const *mut PyObject,
            count: isize,
            names: *mut PyObject,
        ) -> *mut PyObject {
            let call = Call {
                arguments,
                count,
                names,
            };
            guard(ptr::null_mut(), || {
                // SAFETY: CPython calls this with an instance, on an attached thread, with arguments
                // as it says.
                unsafe {
                    let attached = Attached::certainly();
                    held(attached, object, $request(attached, object, call)?)
                }
            })
        }
    };
}

method!(stable, stable_request);
method!(exclusive, exclusive_request);

/// # Safety
/// The call is one that CPython makes.
unsafe fn stable_request(attached: Attached, _: *mut PyObject, call: Call) -> Result<Request> {
    // SAFETY: as the caller promises.
    let [] = unsafe { STABLE.take(attached, call) }?;
    Ok(Request::read().stable())
}

/// # Safety
/// The call is one that CPython makes, with an instance.
unsafe fn exclusive_request(
    attached: Attached,
    object: *mut PyObject,
    call: Call,
) -> Result<Request> {
    // SAFETY: as the caller promises.
    let ([readonly], exporter) = unsafe { (EXCLUSIVE.take(attached, call)?, exporter_of(object)) };
    if readonly.truth()? {
        return Ok(Request::read().exclusive());
    }
    check_writable(&exporter)?;
    Ok(Request::write().exclusive())
}

/// The answer to flags would speak of flags, which nobody has given here. What is not guarded
/// has more against it.
fn check_writable(exporter: &Exporter) -> Result<()> {
    if exporter.is_readonly() && exporter.exports().is_some() {
        return fail!(
            Buffer,
            "exclusive memory was asked for, to write; this memory is read-only: exclusive(readonly=True) would do"
        );
    }
    Ok(())
}

/// A memoryview by such a request.
///
/// # Safety
/// An instance of one of our types.
unsafe fn held(
    attached: Attached,
    object: *mut PyObject,
    request: Request,
) -> Result<*mut PyObject> {
    // SAFETY: as the caller promises.
    let view = unsafe { source::acquire(attached, object, request) }?;
    let state = State::current(&attached)?;
    let kind = state.type_for(Type::Exporter(Sort::Fixed))?;
    let lent = wrap(attached, kind, view.lend()?, None)?;
    // Only the memoryview is to have the export.
    drop(view);
    // SAFETY: attached; an object.
    let made = unsafe { (attached.api.PyMemoryView_FromObject)(lent.as_ptr()) };
    match Ref::owned(attached, made) {
        Some(made) => Ok(made.into_ptr()),
        None => Err(exception(attached)),
    }
}
