//! One object of our types in Python: what lies in an object, and how one is made.
//!
//! The header of an object is opaque: our fields begin where `object.__basicsize__` says it
//! ends (16 bytes, 32 without the GIL).
//!
//! An object with an owner is tracked by the collector, which may follow it to the owner;
//! others cannot be part of a cycle, and are not.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::api::PyTypeObject;
use super::attached::Attached;
use super::kind;
use super::raise::{Saved, exception};
use super::reference::Ref;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result};
use crate::exporter::Exporter;
use crate::stress::{self, Protection};

/// Our fields in an instance.
#[repr(C)]
pub(super) struct Fields {
    /// A reference on the exporter, as its handle.
    pub(super) exporter: *mut c_void,
    /// Kept alive with the memory, or NULL.
    pub(super) owner: *mut PyObject,
    /// The type, as the header says too, where it is not read.
    pub(super) kind: *mut PyTypeObject,
    pub(super) weak_references: *mut PyObject,
    /// The interpreter counts this object's exports itself: see `Exports::come_home`.
    pub(super) at_home: bool,
    /// Of an array: its items are those of a `bytearray`.
    pub(super) is_bytes: bool,
}

impl Fields {
    /// The exporter; the reference on it stays here.
    #[inline]
    pub(super) fn exporter(&self) -> ManuallyDrop<Exporter> {
        // SAFETY: an instance has a reference on its exporter.
        ManuallyDrop::new(unsafe { Exporter::from_raw(self.exporter) })
    }
}

/// Where the header of an object ends: the same for all interpreters of a process.
static HEADER: AtomicUsize = AtomicUsize::new(0);

/// A new object that lends `exporter`, of the type for such memory, and keeps `owner` as long.
pub(super) fn wrap(
    attached: Attached,
    kind: *mut PyTypeObject,
    exporter: Exporter,
    owner: Option<Ref>,
) -> Result<Ref> {
    let api = attached.api;
    // SAFETY: attached; the type has the collector's flag.
    let object = unsafe { (api._PyObject_GC_New)(kind) };
    let Some(object) = Ref::owned(attached, object) else {
        let error = exception(attached);
        // A release callback may run Python, and no code may run on top of an exception.
        let _saved = Saved::as_it_is(attached);
        drop((exporter, owner));
        return Err(error);
    };
    let owner = owner.map_or(ptr::null_mut(), Ref::into_ptr);
    let at_home = exporter.grows() && comes_home(attached, &exporter);
    // SAFETY: the object is ours, and our fields are not yet set.
    unsafe {
        fields(object.as_ptr()).write(Fields {
            exporter: exporter.into_raw(),
            owner,
            kind,
            weak_references: ptr::null_mut(),
            at_home,
            is_bytes: false,
        });
        if !owner.is_null() {
            (api.PyObject_GC_Track)(object.as_ptr().cast());
        }
    }
    Ok(object)
}

/// Whether this interpreter counts the exports of its objects of this memory itself: one
/// thread at a time runs here, which is what that takes.
fn comes_home(attached: Attached, exporter: &Exporter) -> bool {
    let is_attached = |interpreter: *mut c_void| {
        Attached::if_so().is_some_and(|it| it.interpreter().cast() == interpreter)
    };
    match exporter.exports() {
        Some(exports) if attached.api.has_lock() || !stress::has(Protection::Home) => {
            exports.come_home(attached.interpreter().cast(), is_attached)
        }
        _ => false,
    }
}

/// Where fields begin in an object of ours.
#[inline]
pub(super) fn header() -> usize {
    HEADER.load(Ordering::Relaxed)
}

/// Our fields in an instance.
pub(super) fn fields(object: *mut PyObject) -> *mut Fields {
    object.cast::<u8>().wrapping_add(header()).cast()
}

/// The exporter that an object lends.
///
/// # Safety
/// `object` is an instance, and lives as long as what is made of this.
pub(super) unsafe fn exporter_of(object: *mut PyObject) -> ManuallyDrop<Exporter> {
    // SAFETY: as the caller promises.
    unsafe { &*fields(object) }.exporter()
}

/// The owner that an object keeps, or NULL.
///
/// # Safety
/// `object` is an instance.
pub(super) unsafe fn owner_of(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: as the caller promises.
    unsafe { (*fields(object)).owner }
}

/// Where the header of an object ends: `object.__basicsize__`. From then on fields are found.
pub(super) fn header_size(attached: Attached) -> Result<usize> {
    let api = attached.api;
    // SAFETY: attached; a type, and its attribute, which is an int.
    let size = unsafe {
        let name = c"__basicsize__".as_ptr();
        let size = (api.PyObject_GetAttrString)(api.PyBaseObject_Type, name);
        let size = Ref::owned(attached, size).ok_or_else(|| exception(attached))?;
        (api.PyNumber_AsSsize_t)(size.as_ptr(), ptr::null_mut())
    };
    match usize::try_from(size) {
        Ok(size) if size % align_of::<Fields>() == 0 => {
            HEADER.store(size, Ordering::Relaxed);
            kind::find(attached, size);
            Ok(size)
        }
        _ => Err(Error::fixed(
            Kind::System,
            "object.__basicsize__ is nothing this library knows how to build on",
        )),
    }
}
