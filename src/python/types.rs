//! The types of exporters in Python, made together for each interpreter.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::api::PyTypeObject;
use super::attached::Attached;
use super::exporter_type;
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

/// A reference to each type; NULL once the interpreter has ended.
pub(super) struct Types([AtomicPtr<PyTypeObject>; Sort::ALL.len()]);

impl Types {
    pub(super) fn create(attached: Attached) -> Result<Self> {
        let types = Self([const { AtomicPtr::new(ptr::null_mut()) }; Sort::ALL.len()]);
        for sort in Sort::ALL {
            match exporter_type::create(attached, sort) {
                Ok(made) => types.0[sort as usize].store(made.into_ptr(), Ordering::Relaxed),
                Err(error) => {
                    types.give_up(attached);
                    return Err(error);
                }
            }
        }
        Ok(types)
    }

    pub(super) fn get(&self, sort: Sort) -> Option<*mut PyTypeObject> {
        let address = self.0[sort as usize].load(Ordering::Relaxed);
        (!address.is_null()).then_some(address)
    }

    pub(super) fn are_there(&self) -> bool {
        self.get(Sort::Fixed).is_some()
    }

    pub(super) fn contain(&self, kind: *mut PyObject) -> bool {
        Sort::ALL
            .into_iter()
            .any(|sort| self.get(sort) == Some(kind))
    }

    /// The interpreter ends, or never had them.
    pub(super) fn give_up(&self, attached: Attached) {
        for kept in &self.0 {
            let kept = kept.swap(ptr::null_mut(), Ordering::Relaxed);
            if !kept.is_null() {
                // SAFETY: attached; the reference was ours.
                unsafe { (attached.api.Py_DecRef)(kept) };
            }
        }
    }
}
