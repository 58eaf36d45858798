//! Of which type an object is, read where CPython keeps it.
//!
//! The documented call makes and drops a reference, which costs as much as reading an item
//! does. Where in an object's header its type stands differs between builds, so it is found
//! out: in two objects of different types, whose types are known. If that fails, the
//! documented call does.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::attached::Attached;
use super::raise::clear;
use super::reference::Ref;
use crate::abi::PyObject;

/// Where the type stands; [`UNKNOWN`] where it has not been found.
static OFFSET: AtomicUsize = AtomicUsize::new(UNKNOWN);
const UNKNOWN: usize = usize::MAX;

/// Looks for the type in headers of `header` bytes.
pub(super) fn find(attached: Attached, header: usize) {
    let api = attached.api;
    // SAFETY: attached; two objects that live as long as Python, and a fresh one.
    let samples = unsafe {
        let fresh = Ref::owned(attached, (api.PyLong_FromLongLong)(i64::MAX));
        [
            (Some(Ref::to(attached, api._Py_NoneStruct)), None),
            (Some(Ref::to(attached, api.PyLong_Type)), None),
            (fresh, Some(api.PyLong_Type)),
        ]
    };
    let step = size_of::<*mut PyObject>();
    let stands_at = |offset: usize| {
        samples.iter().all(|(object, known)| {
            let Some(object) = object else {
                return false;
            };
            // SAFETY: attached; an object.
            let kind = unsafe { (api.PyObject_Type)(object.as_ptr()) };
            let Some(kind) = Ref::owned(attached, kind) else {
                return false;
            };
            // SAFETY: a word of the object's header.
            let word = unsafe { read(object.as_ptr(), offset) };
            word == kind.as_ptr() && known.is_none_or(|known| word == known)
        })
    };
    let found = (0..header / step)
        .map(|k| k * step)
        .find(|&offset| stands_at(offset));
    clear(attached);
    OFFSET.store(found.unwrap_or(UNKNOWN), Ordering::Relaxed);
}

/// # Safety
/// There is a word at this offset of the object's header.
#[inline]
unsafe fn read(object: *mut PyObject, offset: usize) -> *mut PyObject {
    // SAFETY: as the caller promises.
    unsafe {
        object
            .cast::<u8>()
            .add(offset)
            .cast::<*mut PyObject>()
            .read()
    }
}

/// The type of an object, borrowed from it.
#[inline]
pub(super) fn type_of(attached: Attached, object: *mut PyObject) -> *mut PyObject {
    match OFFSET.load(Ordering::Relaxed) {
        UNKNOWN => type_by_call(attached, object),
        // SAFETY: an object, in whose header the type stands there.
        offset => unsafe { read(object, offset) },
    }
}

#[cold]
fn type_by_call(attached: Attached, object: *mut PyObject) -> *mut PyObject {
    // SAFETY: attached; an object, which keeps its type.
    let its = unsafe { (attached.api.PyObject_Type)(object) };
    Ref::owned(attached, its).map_or(std::ptr::null_mut(), |its| its.as_ptr())
}

/// Whether an object is of exactly this type.
#[inline]
pub(super) fn is_exactly(attached: Attached, object: *mut PyObject, kind: *mut PyObject) -> bool {
    type_of(attached, object) == kind
}

/// Whether an object is of this type, or of one made from it.
pub(super) fn is_made_from(attached: Attached, object: *mut PyObject, kind: *mut PyObject) -> bool {
    let its = type_of(attached, object);
    // SAFETY: attached; two types.
    its == kind || unsafe { (attached.api.PyType_IsSubtype)(its, kind) } != 0
}

/// An index that is an int, and no other.
#[inline]
pub(super) fn exact_index(attached: Attached, key: *mut PyObject) -> Option<isize> {
    let api = attached.api;
    if !is_exactly(attached, key, api.PyLong_Type) {
        return None;
    }
    // SAFETY: attached; an int.
    let index = unsafe { (api.PyLong_AsSsize_t)(key) };
    // SAFETY: attached.
    if index == -1 && unsafe { !(api.PyErr_Occurred)().is_null() } {
        clear(attached);
        return None;
    }
    Some(index)
}
