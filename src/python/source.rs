//! Memory of Python objects, for native readers.

use super::attached::Attached;
use super::late::giver_in;
use super::raise::exception;
use super::state::State;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result, fail};
use crate::view::{Export, Giver, View, Want};

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
    let flags = request.flags();
    let raised_before = has_raised(attached);
    // SAFETY: attached; an object, and a buffer that is nobody else's and never moves.
    let status = unsafe { (attached.api.PyObject_GetBuffer)(object, export.buffer_ptr(), flags) };
    let has_raised = has_raised(attached);
    if status < 0 {
        return match has_raised {
            true => Err(exception(attached)),
            false => fail!(
                Buffer,
                "the object's getbuffer function refused the request {flags:#x}, and did not say why"
            ),
        };
    }
    if export.answer().obj.is_null() {
        // Nobody is told of the release of such a buffer, unless an exporter of ours filled it.
        export.filled_by(Giver::NATIVE);
        let text =
            "the object's answer does not name an object that keeps the memory (obj is NULL)";
        return Err(Error::fixed(Kind::Buffer, text));
    }
    export.filled_by(giver_in(state));
    if has_raised && !raised_before {
        // It says both yes and no: the no has a reason.
        return Err(exception(attached));
    }
    let readonly = (!want.writable).then_some(true);
    let view = View::over(export, Some(request), readonly)?;
    want.check(&view)?;
    Ok(view)
}

/// Whether an exception is set.
fn has_raised(attached: Attached) -> bool {
    // SAFETY: attached.
    unsafe { !(attached.api.PyErr_Occurred)().is_null() }
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
