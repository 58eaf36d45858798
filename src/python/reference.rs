//! A counted reference to a Python object.

use super::attached::Attached;
use crate::abi::PyObject;

/// A reference that is given up when dropped; only held while attached.
pub(super) struct Ref {
    attached: Attached,
    object: *mut PyObject,
}

impl Ref {
    /// Takes over a new reference; `None` for NULL (an exception is set then).
    pub(super) fn owned(attached: Attached, object: *mut PyObject) -> Option<Self> {
        // Not `then_some`: what is made to be dropped would cost a call.
        (!object.is_null()).then(|| Self { attached, object })
    }

    /// Takes over a reference.
    pub(super) fn taken(attached: Attached, object: *mut PyObject) -> Self {
        Self { attached, object }
    }

    /// A new reference to an object.
    pub(super) fn to(attached: Attached, object: *mut PyObject) -> Self {
        // SAFETY: attached; a live object.
        unsafe { (attached.api.Py_IncRef)(object) };
        Self { attached, object }
    }

    pub(super) fn as_ptr(&self) -> *mut PyObject {
        self.object
    }

    /// Hands the reference over.
    pub(super) fn into_ptr(self) -> *mut PyObject {
        let object = self.object;
        std::mem::forget(self);
        object
    }
}

impl Drop for Ref {
    fn drop(&mut self) {
        // SAFETY: attached; the reference was owned.
        unsafe { (self.attached.api.Py_DecRef)(self.object) };
    }
}
