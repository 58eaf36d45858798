//! A layout somewhere in memory.

use crate::error::{Error, Kind, Result};
use crate::layout::{Layout, MAX_DIMS};

/// Where a layout's offset 0 lies in memory.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) base: *mut u8,
    pub(crate) layout: &'a Layout,
}

impl Place<'_> {
    /// The address of the item at `indices` (one for each dimension, each in its range).
    ///
    /// # Safety
    /// Every item of the layout lies in live memory, as do the pointers on the way; those may
    /// be NULL.
    pub(crate) unsafe fn item(&self, indices: &[isize]) -> Result<*mut u8> {
        let mut address = self.first();
        for (dim, (&index, &stride)) in indices.iter().zip(self.layout.strides()).enumerate() {
            // SAFETY: the index is in range, so this is on the way to an item.
            let next = unsafe { self.step(address, dim, index * stride) };
            address = next.ok_or(NOWHERE)?;
        }
        Ok(address)
    }

    /// The first pointer on the way to an item that is NULL: the indices that lead to it, and
    /// how many they are.
    ///
    /// # Safety
    /// As for [`Place::item`], save that pointers may be NULL.
    pub(crate) unsafe fn null_pointer(&self) -> Option<([isize; MAX_DIMS], usize)> {
        let mut indices = [0; MAX_DIMS];
        let ends_in_pointer = |dim: &usize| self.layout.suboffset_of(*dim).is_some();
        let pointers = (0..self.layout.ndim()).rev().find(ends_in_pointer)? + 1;
        // SAFETY: as the caller promises.
        let dim = unsafe { self.null_from(self.first(), 0, pointers, &mut indices) }?;
        Some((indices, dim + 1))
    }

    /// The dimension in which a NULL is, looking from an address on that was reached in the
    /// dimensions before `dim`.
    ///
    /// # Safety
    /// As for [`Place::null_pointer`].
    unsafe fn null_from(
        &self,
        address: *mut u8,
        dim: usize,
        pointers: usize,
        indices: &mut [isize; MAX_DIMS],
    ) -> Option<usize> {
        if dim == pointers {
            return None;
        }
        for index in 0..self.layout.shape()[dim] {
            indices[dim] = index;
            let distance = index * self.layout.strides()[dim];
            // SAFETY: the index is in range, so a pointer lies there where there is a suboffset.
            let Some(next) = (unsafe { self.step(address, dim, distance) }) else {
                return Some(dim);
            };
            // SAFETY: as the caller promises.
            let found = unsafe { self.null_from(next, dim + 1, pointers, indices) };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Where the first item lies, or the first pointer on the way to it.
    pub(super) fn first(&self) -> *mut u8 {
        self.base.wrapping_offset(self.layout.offset())
    }

    /// Moves on by a distance in dimension `dim`, through the pointer that it may end in;
    /// `None` where that is NULL.
    ///
    /// # Safety
    /// As for [`Place::item`].
    pub(crate) unsafe fn step(
        &self,
        address: *mut u8,
        dim: usize,
        distance: isize,
    ) -> Option<*mut u8> {
        let address = address.wrapping_offset(distance);
        let Some(suboffset) = self.layout.suboffset_of(dim) else {
            return Some(address);
        };
        // SAFETY: the exporter says that a pointer lies here; it need not be aligned.
        let pointer = unsafe { address.cast::<*mut u8>().read_unaligned() };
        (!pointer.is_null()).then(|| pointer.wrapping_offset(suboffset))
    }
}

/// A pointer that suboffsets follow, and there is nothing behind it.
pub(super) const NOWHERE: Error = Error::fixed(
    Kind::Buffer,
    "a pointer on the way to an item is NULL: the exporter's suboffsets lead nowhere",
);
