//! Memory of Python objects, for native readers.

use super::attached::Attached;
use super::late::giver_in;
use super::raise::exception;
use super::state::State;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result};
use crate::view::{Export, View, Want};

/// A view of the memory of any object that has the buffer protocol, as wanted.
///
/// # Safety
/// `object` is NULL or a Python object of the interpreter this thread is attached to.
pub(crate) unsafe fn view(object: *mut PyObject, want: &Want) -> Result<View> {
    let attached = Attached::now()?;
    if object.is_null() {
        let text = "a Python object is needed here, not NULL";
        return Err(Error::fixed(Kind::Type, text));
    }
    let state = State::current(&attached)?;
    let export = Export::new()?;
    let request = want.request();
    // SAFETY: attached; an object, and a buffer that is nobody else's and never moves.
    let filled = unsafe {
        (attached.api.PyObject_GetBuffer)(object, export.buffer_ptr(), request.flags()) == 0
    };
    if !filled {
        return Err(exception(attached));
    }
    export.filled_by(giver_in(state));
    let readonly = (!want.writable).then_some(true);
    let view = View::over(export, Some(request), readonly)?;
    want.check(&view)?;
    Ok(view)
}

/// A new reference to an object; NULL gives NULL.
///
/// # Safety
/// As for [`view`].
pub(crate) unsafe fn new_reference(object: *mut PyObject) -> Result<*mut PyObject> {
    if !object.is_null() {
        let attached = Attached::now()?;
        // SAFETY: attached; an object.
        unsafe { (attached.api.Py_IncRef)(object) };
    }
    Ok(object)
}
