//! The types of exporters and views in Python, made together for each interpreter.

use std::ffi::CStr;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::api::PyTypeObject;
use super::attached::Attached;
use super::pool::Pool;
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

/// A type of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Of native memory.
    Exporter(Sort),
    /// `libpybuf.memoryview`: what CPython's does.
    Memoryview,
    /// `libpybuf.View`: all that has a meaning.
    View,
    /// What iterates over one of them.
    Iterator,
}

impl Type {
    const EXPORTERS: [Self; 3] = [
        Self::Exporter(Sort::Fixed),
        Self::Exporter(Sort::Guarded),
        Self::Exporter(Sort::Growing),
    ];
    const VIEWS: [Self; 2] = [Self::Memoryview, Self::View];
    const ALL: [Self; 6] = {
        let [fixed, guarded, growing] = Self::EXPORTERS;
        let [memoryview, view] = Self::VIEWS;
        [fixed, guarded, growing, memoryview, view, Self::Iterator]
    };

    /// Its place in [`Type::ALL`].
    const fn index(self) -> usize {
        match self {
            Self::Exporter(sort) => sort as usize,
            Self::Memoryview => 3,
            Self::View => 4,
            Self::Iterator => 5,
        }
    }

    pub(super) const fn name(self) -> &'static CStr {
        match self {
            Self::Exporter(Sort::Fixed) => c"libpybuf.Exporter",
            Self::Exporter(Sort::Guarded) => c"libpybuf.Guarded",
            Self::Exporter(Sort::Growing) => c"libpybuf.Array",
            Self::Memoryview => c"libpybuf.memoryview",
            Self::View => c"libpybuf.View",
            Self::Iterator => c"libpybuf.memory_iterator",
        }
    }
}

impl Sort {
    /// The sort of an exporter's memory.
    pub(super) fn of(exporter: &Exporter) -> Self {
        match exporter.exports() {
            None => Self::Fixed,
            Some(_) if exporter.grows() => Self::Growing,
            Some(_) => Self::Guarded,
        }
    }
}

/// Which of the two types of views. As large as a word: a `ViewType` is copied for every new view,
/// and that is quicker without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Flavor {
    /// `memoryview`
    Exact,
    /// `View`
    Extended,
}

/// A type of views, in an interpreter.
#[derive(Clone, Copy)]
pub(super) struct ViewType {
    pub(super) object: *mut PyTypeObject,
    pub(super) flavor: Flavor,
    /// NULL where the interpreter has no lock.
    pub(super) pool: *const Pool,
}

/// A reference to each type: NULL before they are made, and once the interpreter has ended.
/// Likewise the pools of the views' types, by flavor.
pub(super) struct Types {
    types: [AtomicPtr<PyTypeObject>; Type::ALL.len()],
    pools: [AtomicPtr<Pool>; 2],
}

impl Types {
    pub(super) const fn new() -> Self {
        Self {
            types: [const { AtomicPtr::new(ptr::null_mut()) }; Type::ALL.len()],
            pools: [const { AtomicPtr::new(ptr::null_mut()) }; 2],
        }
    }

    /// Makes those that are not there yet.
    pub(super) fn complete(
        &self,
        attached: Attached,
        make: impl Fn(Attached, Type) -> Result<Ref>,
    ) -> Result<()> {
        for which in Type::ALL {
            if self.get(which).is_none() {
                self.keep(which, make(attached, which)?);
            }
        }
        Ok(())
    }

    /// Making a type may run code, which may have made the same meanwhile: that one stays.
    fn keep(&self, which: Type, made: Ref) {
        let (none, address) = (ptr::null_mut(), made.as_ptr());
        let first = self.types[which.index()].compare_exchange(
            none,
            address,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if first.is_ok() {
            made.into_ptr();
        }
    }

    pub(super) fn get(&self, which: Type) -> Option<*mut PyTypeObject> {
        let address = self.types[which.index()].load(Ordering::Acquire);
        (!address.is_null()).then_some(address)
    }

    /// Whether a type is one of exporters.
    pub(super) fn is_of_exporters(&self, kind: *mut PyObject) -> bool {
        self.is_among(&Type::EXPORTERS, kind)
    }

    /// Whether a type is one of views.
    pub(super) fn is_of_views(&self, kind: *mut PyObject) -> bool {
        self.is_among(&Type::VIEWS, kind)
    }

    fn is_among(&self, types: &[Type], kind: *mut PyObject) -> bool {
        types.iter().any(|&which| self.get(which) == Some(kind))
    }

    /// A type of views with its pool, which is made with the first that is asked for.
    pub(super) fn view_type(&self, attached: Attached, flavor: Flavor) -> Result<Option<ViewType>> {
        let which = match flavor {
            Flavor::Exact => Type::Memoryview,
            Flavor::Extended => Type::View,
        };
        let Some(object) = self.get(which) else {
            return Ok(None);
        };
        let place = &self.pools[flavor as usize];
        let mut pool = place.load(Ordering::Acquire);
        if pool.is_null() && attached.api.has_lock() {
            pool = Pool::new(attached.api)?;
            place.store(pool, Ordering::Release);
        }
        Ok(Some(ViewType {
            object,
            flavor,
            pool,
        }))
    }

    /// The interpreter ends.
    pub(super) fn give_up(&self, attached: Attached) {
        for (pool, which) in self.pools.iter().zip(Type::VIEWS) {
            let pool: *mut Pool = pool.swap(ptr::null_mut(), Ordering::AcqRel);
            if let Some(object) = self.get(which) {
                // SAFETY: the pool of this type, which nobody finds any more.
                unsafe { Pool::close(attached, pool, object) };
            }
        }
        for kept in &self.types {
            let kept = kept.swap(ptr::null_mut(), Ordering::AcqRel);
            if !kept.is_null() {
                // SAFETY: attached; the reference was ours.
                unsafe { (attached.api.Py_DecRef)(kept) };
            }
        }
    }
}
