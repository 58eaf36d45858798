//! How a type of ours is described to CPython, and made.

use std::ffi::{CStr, c_int, c_uint};
use std::ptr;

use super::api::PyTypeObject;
use super::attached::Attached;
use super::instance::header_size;
use super::objects::*;
use super::raise::exception;
use super::reference::Ref;
use super::slots::Slots;
use crate::error::{Error, Result};

/// What is said of a type beside its slots.
pub(super) struct Spec {
    pub(super) name: &'static CStr,
    /// Of our fields, which follow the object's header.
    pub(super) size: usize,
    /// Beside those of all our types.
    pub(super) flags: c_uint,
    /// Where among our fields weak references are, if there may be any.
    pub(super) weak_references: Option<usize>,
}

/// Makes a type, for one interpreter.
pub(super) fn make(attached: Attached, spec: Spec, mut slots: Slots) -> Result<Ref> {
    let api = attached.api;
    let header = header_size(attached)?;
    let mut members = [MEMBERS_END; 2];
    if let Some(offset) = spec.weak_references {
        members[0] = PyMemberDef {
            name: c"__weaklistoffset__".as_ptr(),
            kind: T_PYSSIZET,
            offset: (header + offset) as isize,
            flags: READONLY,
            doc: ptr::null(),
        };
        slots.add(slot::TP_MEMBERS, members.as_ptr().cast());
    }
    let mut spec = PyType_Spec {
        name: spec.name.as_ptr(),
        basicsize: (header + spec.size) as c_int,
        itemsize: 0,
        flags: flags(api.minor) | spec.flags,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: attached; a spec whose tables live as long as it demands: names and methods for
    // ever, the members only during the call (they are copied).
    let made = unsafe { (api.PyType_FromSpec)(&mut spec) };
    Ref::owned(attached, made).ok_or_else(|| {
        // SAFETY: attached.
        match unsafe { (api.PyErr_Occurred)().is_null() } {
            // So CPython 3.11 fails where there is no memory for the name.
            true => Error::no_memory(),
            false => exception(attached),
        }
    })
}

/// `type.__basicsize__`
pub(super) fn basic_size(attached: Attached, kind: *mut PyTypeObject) -> Result<usize> {
    let api = attached.api;
    // SAFETY: attached; a type, and its attribute, which is an int.
    unsafe {
        let size = (api.PyObject_GetAttrString)(kind, c"__basicsize__".as_ptr());
        let size = Ref::owned(attached, size).ok_or_else(|| exception(attached))?;
        Ok((api.PyLong_AsSsize_t)(size.as_ptr()).unsigned_abs())
    }
}

const MEMBERS_END: PyMemberDef = PyMemberDef {
    name: ptr::null(),
    kind: 0,
    offset: 0,
    flags: 0,
    doc: ptr::null(),
};

/// Not a base type; from 3.10 on nobody changes its attributes.
fn flags(minor: u32) -> c_uint {
    let immutable = if minor >= 10 {
        TPFLAGS_IMMUTABLETYPE
    } else {
        0
    };
    TPFLAGS_DEFAULT | immutable
}
