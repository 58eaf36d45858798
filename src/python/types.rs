//! The types of exporters in Python, made together for each interpreter.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::api::PyTypeObject;
use super::attached::Attached;
use super::reference::Ref;
use crate::abi::PyObject;
use crate::error::Result;
use crate::exporter::Exporter;

/// What sort of memory a type is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// `libpybuf.Exporter`: nobody counts its exports.
    Fixed,
    /// `libpybuf.Guarded`: its exports are counted.
    Guarded,
    /// `libpybuf.Array`: likewise, and its size changes.
    Growing,
}

impl Sort {
    pub(super) const ALL: [Self; 3] = [Self::Fixed, Self::Guarded, Self::Growing];

    /// The sort of an exporter's memory.
    pub(super) fn of(exporter: &Exporter) -> Self {
        match exporter.exports() {
            None => Self::Fixed,
            Some(_) if exporter.grows() => Self::Growing,
            Some(_) => Self::Guarded,
        }
    }
}

/// A reference to each type: NULL before they are made, and once the interpreter has ended.
pub(super) struct Types([AtomicPtr<PyTypeObject>; Sort::ALL.len()]);

impl Types {
    pub(super) const fn new() -> Self {
        Self([const { AtomicPtr::new(ptr::null_mut()) }; Sort::ALL.len()])
    }

    /// Makes those that are not there yet.
    pub(super) fn complete(
        &self,
        attached: Attached,
        make: impl Fn(Attached, Sort) -> Result<Ref>,
    ) -> Result<()> {
        for sort in Sort::ALL {
            if self.get(sort).is_none() {
                self.keep(sort, make(attached, sort)?);
            }
        }
        Ok(())
    }

    /// Making a type may run code, which may have made the same meanwhile: that one stays.
    fn keep(&self, sort: Sort, made: Ref) {
        let (none, address) = (ptr::null_mut(), made.as_ptr());
        let first = self.0[sort as usize].compare_exchange(
            none,
            address,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if first.is_ok() {
            made.into_ptr();
        }
    }

    pub(super) fn get(&self, sort: Sort) -> Option<*mut PyTypeObject> {
        let address = self.0[sort as usize].load(Ordering::Acquire);
        (!address.is_null()).then_some(address)
    }

    pub(super) fn contain(&self, kind: *mut PyObject) -> bool {
        Sort::ALL
            .into_iter()
            .any(|sort| self.get(sort) == Some(kind))
    }

    /// The interpreter ends.
    pub(super) fn give_up(&self, attached: Attached) {
        for kept in &self.0 {
            let kept = kept.swap(ptr::null_mut(), Ordering::AcqRel);
            if !kept.is_null() {
                // SAFETY: attached; the reference was ours.
                unsafe { (attached.api.Py_DecRef)(kept) };
            }
        }
    }
}
