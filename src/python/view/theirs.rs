//! What CPython's own memoryview says of arguments that it does not take: it is asked, so that
//! every version has its own words.

use super::super::arguments::Call;
use super::super::attached::Attached;
use super::super::attributes::made;
use super::super::raise::exception;
use super::super::reference::Ref;
use super::instance::This;
use crate::error::{Error, Kind, Result};
use std::ffi::CStr;

/// The error of arguments that a method does not take. Which of two mistakes is told of is for
/// CPython to say: the view that is asked is released where ours is.
///
/// # Safety
/// The call is one that CPython makes.
#[cold]
pub(super) unsafe fn refusal(this: &This<'_>, method: &CStr, call: Call) -> Error {
    let asked = like(this)
        // SAFETY: as the caller promises.
        .and_then(|empty| unsafe { called(this.attached, &empty, method, call) });
    match asked {
        Err(error) => error,
        Ok(_) => NOT_TAKEN,
    }
}

/// The same of `_from_flags`, which is a method of the class.
///
/// # Safety
/// The call is one that CPython makes.
#[cold]
pub(super) unsafe fn refused_flags(attached: Attached, call: Call) -> Error {
    let class = Ref::to(attached, attached.api.PyMemoryView_Type);
    // SAFETY: as the caller promises.
    match unsafe { called(attached, &class, c"_from_flags", call) } {
        Err(error) => error,
        Ok(_) => NOT_TAKEN,
    }
}

const NOT_TAKEN: Error = Error::fixed(Kind::Type, "these arguments cannot be taken");

/// A builtin memoryview without items, released if this one is.
fn like(this: &This<'_>) -> Result<Ref> {
    let (attached, api) = (this.attached, this.attached.api);
    // SAFETY: attached; no bytes, and then an object with a buffer.
    unsafe {
        let bytes = (api.PyBytes_FromStringAndSize)(std::ptr::null(), 0);
        let bytes = Ref::owned(attached, bytes).ok_or_else(|| exception(attached))?;
        let view = (api.PyMemoryView_FromObject)(bytes.as_ptr());
        let view = Ref::owned(attached, view).ok_or_else(|| exception(attached))?;
        if this.is_released() {
            let nothing = Call {
                arguments: std::ptr::null(),
                count: 0,
                names: std::ptr::null_mut(),
            };
            called(attached, &view, c"release", nothing)?;
        }
        Ok(view)
    }
}

/// Calls a method of an object with the arguments of a call.
///
/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn called(
    attached: Attached,
    object: &Ref,
    method: &CStr,
    call: Call,
) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let (arguments, named) = unsafe { packed(attached, call) }?;
    let named = named.as_ref().map_or(std::ptr::null_mut(), Ref::as_ptr);
    // SAFETY: attached; an object, a C string, a tuple, and NULL or a dictionary.
    unsafe {
        let function = (attached.api.PyObject_GetAttrString)(object.as_ptr(), method.as_ptr());
        let function = made(attached, function)?;
        let called = (attached.api.PyObject_Call)(function.as_ptr(), arguments.as_ptr(), named);
        made(attached, called)
    }
}

/// The arguments of a call as a tuple, and those with names in a dictionary, if there are any.
///
/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn packed(attached: Attached, call: Call) -> Result<(Ref, Option<Ref>)> {
    let api = attached.api;
    // SAFETY: attached; a tuple that takes over references to its items, and the arguments that
    // CPython has given.
    unsafe {
        let arguments = made(attached, (api.PyTuple_New)(call.count))?;
        for k in 0..call.count {
            let item = Ref::to(attached, *call.arguments.offset(k)).into_ptr();
            (api.PyTuple_SetItem)(arguments.as_ptr(), k, item);
        }
        let names = match call.names.is_null() {
            true => 0,
            false => (api.PyTuple_Size)(call.names),
        };
        if names == 0 {
            return Ok((arguments, None));
        }
        let named = made(attached, (api.PyDict_New)())?;
        for k in 0..names {
            let name = (api.PyTuple_GetItem)(call.names, k);
            let value = *call.arguments.offset(call.count + k);
            if (api.PyDict_SetItem)(named.as_ptr(), name, value) < 0 {
                return Err(exception(attached));
            }
        }
        Ok((arguments, Some(named)))
    }
}
