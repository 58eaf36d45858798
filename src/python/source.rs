//! Memory of Python objects, for native readers.

use super::attached::Attached;
use super::instance::exporter_of;
use super::late::giver_in;
use super::raise::{exception, has_raised};
use super::reference::Ref;
use super::state::State;
use crate::abi::{Py_buffer, PyBUF_WRITABLE, PyObject};
use crate::error::{Error, Kind, Result, fail};
use crate::request::{Hold, Request};
use crate::view::{Export, Giver, View, Want, check_foreign};

/// A view of the memory of any object that has the buffer protocol, as wanted.
///
/// # Safety
/// `object` is NULL or a Python object of the interpreter this thread is attached to.
pub(crate) unsafe fn view(object: *mut PyObject, want: &Want) -> Result<View> {
    let attached = Attached::now()?;
    // SAFETY: as the caller promises.
    let view = unsafe { acquire(attached, object, want.request()) }?;
    want.check(&view)?;
    Ok(view)
}

/// A view of the memory of any object that has the buffer protocol.
///
/// # Safety
/// As for [`view`].
pub(super) unsafe fn acquire(
    attached: Attached,
    object: *mut PyObject,
    request: Request,
) -> Result<View> {
    if object.is_null() {
        let text = "a Python object is needed here, not NULL";
        return Err(Error::fixed(Kind::Type, text));
    }
    let state = State::current(&attached)?;
    let export = Export::new()?;
    // SAFETY: attached; an object.
    let kind = unsafe { (attached.api.PyObject_Type)(object) };
    let kind = Ref::owned(attached, kind).ok_or_else(|| exception(attached))?;
    let is_bytes = kind.as_ptr() == attached.api.PyBytes_Type;
    // SAFETY: as the caller promises; the buffer is nobody else's and never moves.
    let hold = unsafe {
        if state.is_exporter_type(kind.as_ptr()) {
            ask_ours(attached, object, &mut *export.buffer_ptr(), request)?
        } else if is_bytes && request.hold() != Hold::Exclusive {
            // Nobody ever writes a bytes object.
            ask(attached, object, &export, request)?;
            Hold::Stable
        } else {
            check_foreign(request)?;
            ask(attached, object, &export, request)?;
            request.hold()
        }
    };
    export.promised_by(giver_in(state), hold);
    let readonly = request.hold() != Hold::Protocol && !request.asks(PyBUF_WRITABLE);
    View::over(export, Some(request), readonly.then_some(true))
}

/// Asks an object of ours, which understands more than flags. Returns what it promises.
///
/// # Safety
/// An object of one of our types.
unsafe fn ask_ours(
    attached: Attached,
    object: *mut PyObject,
    buffer: &mut Py_buffer,
    request: Request,
) -> Result<Hold> {
    // SAFETY: as the caller promises.
    let exporter = unsafe { exporter_of(object) };
    exporter.fill_for(buffer, request, || Ref::to(attached, object).into_ptr())?;
    Ok(exporter.promised(request))
}

/// Asks any object.
///
/// # Safety
/// As for [`view`]; nobody else has the export yet.
unsafe fn ask(
    attached: Attached,
    object: *mut PyObject,
    export: &Export,
    request: Request,
) -> Result<()> {
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
    if has_raised && !raised_before {
        // It says both yes and no: the no has a reason.
        export.filled_by(giver_in(State::current(&attached)?));
        return Err(exception(attached));
    }
    Ok(())
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
