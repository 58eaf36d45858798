//! `a == b` and `a != b`, by value: with arrays, and with any buffer of one dimension whose
//! items are numbers or characters.

use std::ffi::c_int;
use std::ptr;

use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::objects::{PY_EQ, PY_NE};
use super::super::raise::{clear, exception};
use super::super::reference::Ref;
use super::access::Array;
use super::gather::view_of;
use crate::abi::PyObject;
use crate::error::{Kind, Result};
use crate::exporter::Lent;
use crate::format::ScalarKind;
use crate::view::{View, equal};

/// The slot `tp_richcompare`. An order is not defined.
pub(super) unsafe extern "C" fn compare(
    object: *mut PyObject,
    other: *mut PyObject,
    operation: c_int,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance.
        let array = unsafe { Array::of(object) };
        let api = array.attached.api;
        let equal = match operation {
            PY_EQ | PY_NE => array.equals(other)?,
            _ => None,
        };
        let Some(equal) = equal else {
            return Ok(Ref::to(array.attached, api._Py_NotImplementedStruct).into_ptr());
        };
        // SAFETY: attached.
        let answer = unsafe { (api.PyBool_FromLong)((equal == (operation == PY_EQ)).into()) };
        match answer.is_null() {
            true => Err(exception(array.attached)),
            false => Ok(answer),
        }
    })
}

impl Array {
    /// `None` where the other has no such items.
    fn equals(&self, other: *mut PyObject) -> Result<Option<bool>> {
        let Some(view) = comparable(self.attached, other)? else {
            return Ok(None);
        };
        let Some(scalar) = view.format().scalar() else {
            return Ok(None);
        };
        if view.layout().ndim() != 1 || scalar.kind == ScalarKind::Object {
            return Ok(None);
        }
        // From here on nothing runs that is not ours.
        let items = self.steady()?;
        // SAFETY: both stay.
        let are_equal = |lent: &Lent| unsafe { equal(lent, view.lent()) };
        let answer = match view.layout().is_indirect() {
            // Others might write the pointers meanwhile.
            true => are_equal(items.lent()),
            false => items.scan(self.attached, are_equal),
        };
        Ok(Some(answer?.unwrap_or(false)))
    }
}

/// The other's buffer. As for `memoryview`, one that cannot be had is no error, but makes the
/// two unequal.
fn comparable(attached: Attached, other: *mut PyObject) -> Result<Option<View>> {
    let error = match view_of(attached, other) {
        Ok(view) => return Ok(view),
        Err(error) => error,
    };
    let api = attached.api;
    let no_memory = api.exception(|api| api.PyExc_MemoryError);
    // SAFETY: attached; a class.
    let no_memory = error.kind() == Kind::Memory
        || error.kind() == Kind::Python && unsafe { (api.PyErr_ExceptionMatches)(no_memory) } != 0;
    if no_memory {
        return Err(error);
    }
    clear(attached);
    Ok(None)
}
