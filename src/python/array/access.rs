//! An array as a call of CPython sees it, and its single items.
//!
//! At home (`exporter::home`) the thread that runs holds the lock without which nobody
//! changes the size: the items are read and written where they are. Elsewhere the core's
//! operations pin them.

use std::mem::ManuallyDrop;

use super::super::attached::Attached;
use super::super::instance::{exporter_of, fields, wrap};
use super::super::reference::Ref;
use super::holders::named;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result};
use crate::exporter::{Exporter, Exports, Items, Lent, Touch};
use crate::format::Scalar;
use crate::layout::Slice;

/// An instance of the type, and the thread that is at it.
pub(super) struct Array {
    pub(super) attached: Attached,
    pub(super) object: *mut PyObject,
    pub(super) exporter: ManuallyDrop<Exporter>,
    /// What an item is.
    pub(super) scalar: Scalar,
    /// Items are bytes, as those of a `bytearray`.
    pub(super) is_bytes: bool,
    pub(super) at_home: bool,
}

impl Array {
    /// # Safety
    /// `object` is an instance that lives as long as this is used, and CPython has called us.
    #[inline]
    pub(super) unsafe fn of(object: *mut PyObject) -> Self {
        // SAFETY: as the caller promises.
        let (attached, exporter, fields) =
            unsafe { (Attached::certainly(), exporter_of(object), &*fields(object)) };
        Self {
            attached,
            object,
            // Memory that grows has items of a single code, always.
            scalar: exporter.format().scalar().unwrap_or(Scalar::BYTE),
            exporter,
            is_bytes: fields.is_bytes,
            at_home: fields.at_home,
        }
    }

    /// How many items there are, at this moment.
    #[inline]
    pub(super) fn count(&self) -> usize {
        match self.at_home {
            // SAFETY: at home, and nothing runs meanwhile.
            true => unsafe { self.exporter.lent_held() }.layout().shape()[0] as usize,
            false => self.exporter.count(),
        }
    }

    /// The items where they are. They stay there as long as nothing runs that is not ours.
    #[inline]
    pub(super) fn lent_here(&self, touch: Touch) -> Result<&Lent> {
        debug_assert!(self.at_home);
        if let Some(exports) = self.exporter.exports() {
            exports.allows(touch)?;
        }
        // SAFETY: at home, and nothing runs meanwhile.
        Ok(unsafe { self.exporter.lent_held() })
    }

    #[inline]
    fn here(&self, touch: Touch) -> Result<Here> {
        let lent = self.lent_here(touch)?;
        Ok(Here {
            base: lent.base(),
            count: lent.layout().shape()[0] as usize,
        })
    }

    /// The bytes of one item; `None` where there is no such item.
    #[inline]
    pub(super) fn get(&self, index: isize) -> Result<Option<Packed>> {
        if self.at_home {
            let here = self.here(Touch::Read)?;
            return Ok(here.position(index).map(|position| {
                let size = self.scalar.size;
                // SAFETY: one of the items, of that size.
                unsafe { Packed::load(here.base.wrapping_add(position * size), size) }
            }));
        }
        let mut item = Packed::new(self.scalar.size);
        found(self.exporter.get(index, item.as_mut_slice()).map(|()| item))
    }

    /// Writes one item; `None` where there is no such item.
    pub(super) fn set(&self, index: isize, item: &Packed) -> Result<Option<()>> {
        if self.at_home {
            let here = self.here(Touch::Write)?;
            return Ok(here.position(index).map(|position| {
                // SAFETY: one of the items, of that size.
                unsafe { item.store(here.base.wrapping_add(position * self.scalar.size)) };
            }));
        }
        // SAFETY: an item's bytes. As with all memory of Python's, who reads it at the same time
        // sees the one or the other.
        found(unsafe { self.exporter.set(index, item.as_slice().as_ptr()) })
    }

    /// Whether there is such an item, at this moment.
    pub(super) fn has(&self, index: isize) -> bool {
        let count = self.count();
        Here::position_in(count, index).is_some()
    }

    /// Puts items in place of a slice.
    pub(super) fn replace(&self, slice: Slice, items: Items) -> Result<()> {
        if self.refusable(self.overwrite_many(slice, items))? {
            return Ok(());
        }
        // SAFETY: whoever made the items keeps them. Who reads or writes the same memory meanwhile
        // does so unsynchronised, as always with memory of Python's.
        self.refusable(unsafe { self.exporter.replace(slice, items) })
    }

    /// The outcome of a change; one that exports stand in the way of names their holders.
    pub(super) fn refusable<T>(&self, outcome: Result<T>) -> Result<T> {
        outcome.map_err(|error| match error.kind() {
            Kind::Buffer => {
                let exports = self.exporter.exports().map_or(0, Exports::outstanding);
                named(self.attached, self.object, exports, error)
            }
            _ => error,
        })
    }

    /// A new array of the same kind, over memory that grows.
    pub(super) fn another(&self, exporter: Exporter) -> Result<Ref> {
        // SAFETY: an instance, whose type is the one of all memory that grows.
        let kind = unsafe { (*fields(self.object)).kind };
        let object = wrap(self.attached, kind, exporter, None)?;
        // SAFETY: a new instance.
        unsafe { (*fields(object.as_ptr())).is_bytes = self.is_bytes };
        Ok(object)
    }

    pub(super) fn none(&self) -> Ref {
        Ref::to(self.attached, self.attached.api._Py_NoneStruct)
    }

    /// An IndexError with CPython's words for one of the two kinds.
    #[cold]
    pub(super) fn index_error(&self, array: &'static str, bytes: &'static str) -> Error {
        Error::fixed(Kind::Index, if self.is_bytes { bytes } else { array })
    }
}

/// An index that is out of range is no error yet.
fn found<T>(outcome: Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == Kind::Index => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where the items are, and how many.
struct Here {
    base: *mut u8,
    count: usize,
}

impl Here {
    #[inline]
    fn position(&self, index: isize) -> Option<usize> {
        Self::position_in(self.count, index)
    }

    #[inline]
    fn position_in(count: usize, index: isize) -> Option<usize> {
        let position = if index < 0 {
            index.wrapping_add(count as isize)
        } else {
            index
        };
        // What is negative still becomes larger than any count.
        let position = position as usize;
        (position < count).then_some(position)
    }
}

/// The bytes of one item.
#[derive(Clone, Copy)]
pub(super) struct Packed {
    bytes: [u8; Self::MOST],
    size: usize,
}

impl Packed {
    /// The size of the largest scalar: a complex number of two long doubles.
    const MOST: usize = 32;

    pub(super) fn new(size: usize) -> Self {
        debug_assert!(size <= Self::MOST);
        Self {
            bytes: [0; Self::MOST],
            size,
        }
    }

    /// # Safety
    /// So many bytes are readable.
    #[inline]
    unsafe fn load(from: *const u8, size: usize) -> Self {
        let mut item = Self::new(size);
        // SAFETY: as the caller promises.
        unsafe { copy_item(from, item.bytes.as_mut_ptr(), size) };
        item
    }

    /// # Safety
    /// There is room for the item.
    #[inline]
    unsafe fn store(&self, to: *mut u8) {
        // SAFETY: as the caller promises.
        unsafe { copy_item(self.bytes.as_ptr(), to, self.size) };
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.size]
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.size]
    }
}

/// Copies one item; a copy of known size is a move and no call.
///
/// # Safety
/// Both are valid for so many bytes, and do not overlap.
#[inline]
unsafe fn copy_item(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: as the caller promises.
    unsafe {
        match size {
            1 => to.copy_from_nonoverlapping(from, 1),
            2 => to.copy_from_nonoverlapping(from, 2),
            4 => to.copy_from_nonoverlapping(from, 4),
            8 => to.copy_from_nonoverlapping(from, 8),
            size => to.copy_from_nonoverlapping(from, size),
        }
    }
}
