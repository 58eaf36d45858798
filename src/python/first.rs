//! The types of views of one interpreter, the first that has made some: nearly always the only
//! one. They lie in one place of the process, where a call of a type finds its own without a look
//! at what the thread remembers.
//!
//! So is its `array.array`: beside bytes and bytearray the type that views are of most, and one that
//! nobody but its name tells from types whose objects refer to others.
//!
//! Whoever asks is attached to the interpreter of the type that it asks for, and that one has not
//! ended. So what is found for it is not taken out meanwhile, and nobody else's type is the same.

use std::ffi::c_ulong;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use super::api::PyTypeObject;
use super::attached::Attached;
use super::objects::{TPFLAGS_HEAPTYPE, TPFLAGS_IMMUTABLETYPE};
use super::pool::Pool;
use super::raise::full_name;
use super::types::{Flavor, ViewType};

/// By flavor: NULL where there are none.
static TYPES: [AtomicPtr<PyTypeObject>; 2] = [const { AtomicPtr::new(ptr::null_mut()) }; 2];
static POOLS: [AtomicPtr<Pool>; 2] = [const { AtomicPtr::new(ptr::null_mut()) }; 2];
/// A reference on `array.array`, where it has been met; NULL before.
static ARRAY: AtomicPtr<PyTypeObject> = AtomicPtr::new(ptr::null_mut());
/// The type that was looked at last.
static MET: AtomicPtr<PyTypeObject> = AtomicPtr::new(ptr::null_mut());
/// An interpreter's types are there, or are being put there or taken out.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// A type of views, if it is one of those, and the other one: NULL for a moment where no lock is,
/// and no pool either.
#[inline(always)]
pub(super) fn find(
    kind: *mut PyTypeObject,
    flavor: Flavor,
) -> Option<(ViewType, *mut PyTypeObject)> {
    let at = flavor as usize;
    if TYPES[at].load(Ordering::Acquire) != kind {
        return None;
    }
    let found = ViewType {
        object: kind,
        flavor,
        pool: POOLS[at].load(Ordering::Relaxed),
    };
    Some((found, TYPES[1 - at].load(Ordering::Relaxed)))
}

/// An interpreter has made its types, by flavor. They are not kept here where others are.
pub(super) fn keep(types: [ViewType; 2]) {
    if IS_TAKEN.swap(true, Ordering::AcqRel) {
        return;
    }
    for (place, kept) in POOLS.iter().zip(types) {
        place.store(kept.pool.cast_mut(), Ordering::Relaxed);
    }
    for (place, kept) in TYPES.iter().zip(types) {
        place.store(kept.object, Ordering::Release);
    }
}

/// Whether a type is `array.array`, as far as it has been met.
#[inline(always)]
pub(super) fn is_array(kind: *mut PyTypeObject) -> bool {
    ARRAY.load(Ordering::Acquire) == kind
}

/// Whether a type of exporters is found to be `array.array`, now that a view of one is made whose
/// type is here.
#[inline(always)]
pub(super) fn meet(attached: Attached, kind: *mut PyTypeObject, view: ViewType) -> bool {
    if MET.load(Ordering::Relaxed) != kind {
        look_at(attached, kind, view);
    }
    is_array(kind)
}

#[cold]
fn look_at(attached: Attached, kind: *mut PyTypeObject, view: ViewType) {
    MET.store(kind, Ordering::Relaxed);
    let none = ptr::null_mut();
    let is_first = TYPES[view.flavor as usize].load(Ordering::Acquire) == view.object;
    if !is_first || !ARRAY.load(Ordering::Acquire).is_null() || !is_named_array(attached, kind) {
        return;
    }
    // SAFETY: attached; a type.
    unsafe { (attached.api.Py_IncRef)(kind) };
    let (success, failure) = (Ordering::AcqRel, Ordering::Relaxed);
    if ARRAY
        .compare_exchange(none, kind, success, failure)
        .is_err()
    {
        // SAFETY: as above.
        unsafe { (attached.api.Py_DecRef)(kind) };
    }
}

/// Whether a type is what it says: one that nobody can change.
fn is_named_array(attached: Attached, kind: *mut PyTypeObject) -> bool {
    // SAFETY: attached; a type.
    let flags = unsafe { (attached.api.PyType_GetFlags)(kind) };
    let fixed = TPFLAGS_HEAPTYPE | c_ulong::from(TPFLAGS_IMMUTABLETYPE);
    flags & fixed == fixed && full_name(attached, kind).as_deref() == Some("array.array")
}

/// An interpreter ends, whose type this is.
pub(super) fn forget(attached: Attached, exact: *mut PyTypeObject) {
    if TYPES[0].load(Ordering::Acquire) != exact {
        return;
    }
    for place in &TYPES {
        place.store(ptr::null_mut(), Ordering::Release);
    }
    let array = ARRAY.swap(ptr::null_mut(), Ordering::AcqRel);
    MET.store(ptr::null_mut(), Ordering::Relaxed);
    // SAFETY: attached; the reference was ours, or NULL.
    unsafe { (attached.api.Py_DecRef)(array) };
    IS_TAKEN.store(false, Ordering::Release);
}
