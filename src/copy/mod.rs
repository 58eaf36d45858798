//! Memory to memory, for any two layouts of the same shape and item size.
//!
//! This is the plain version: the dimensions are walked from the outermost in, and
//! where the innermost ones lie contiguous on both sides they are moved as one run.
//! Overlap is always right: the outcome is as if the source had been copied away
//! first. Unless both sides are one run, it is.
//!
//! What it does not do yet: reorder or tile the loops for the cache, stream past it,
//! or choose kernels by item size.

mod addresses;
#[cfg(feature = "python")]
mod fill;
#[allow(dead_code)]
mod kernel;
mod merge;
mod overlap;
mod rows;
mod select;

pub(crate) use addresses::each_block;
#[cfg(feature = "python")]
pub(crate) use fill::fill;
pub(crate) use rows::{Row, Visit, each_row};

use crate::alloc::Block;
use crate::error::{Error, Kind, Result, Tuple, fail};
use crate::layout::{Contiguity, Layout, MAX_DIMS, Order, Overlap};

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

    fn first(&self) -> *mut u8 {
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
const NOWHERE: Error = Error::fixed(
    Kind::Buffer,
    "a pointer on the way to an item is NULL: the exporter's suboffsets lead nowhere",
);

/// Copies all items of `from` to the same indices of `to`. Where that fails nothing has been
/// written.
///
/// # Safety
/// Every item of both layouts lies in live memory, that of `to` writable; nobody else
/// writes there meanwhile.
pub(crate) unsafe fn copy(to: Place<'_>, from: Place<'_>) -> Result<()> {
    check_same_items(to.layout, from.layout)?;
    if from.layout.nbytes() == 0 {
        return Ok(());
    }
    let both = |order| {
        let wanted = Contiguity::In(order);
        to.layout.is_contiguous(wanted) && from.layout.is_contiguous(wanted)
    };
    if both(Order::C) || both(Order::F) {
        // SAFETY: both are one run of so many bytes; `ptr::copy` allows overlap.
        unsafe { to.first().copy_from(from.first(), from.layout.nbytes()) };
        return Ok(());
    }
    let indirect = to.layout.is_indirect() || from.layout.is_indirect();
    if !indirect && to.overlap_directly(&from) == Overlap::No {
        // SAFETY: as the caller promises, and the two do not overlap.
        return unsafe { walk(to, from) };
    }
    // SAFETY: as the caller promises.
    unsafe { copy_through_a_stage(to, from) }
}

fn check_same_items(to: &Layout, from: &Layout) -> Result<()> {
    if !to.same_shape(from) {
        return fail!(
            Value,
            "cannot copy shape {} to shape {}: the shapes must be equal",
            Tuple(from.shape()),
            Tuple(to.shape())
        );
    }
    if to.itemsize() != from.itemsize() {
        return fail!(
            Value,
            "cannot copy items of {} bytes to items of {} bytes: the item sizes must be equal",
            from.itemsize(),
            to.itemsize()
        );
    }
    Ok(())
}

/// # Safety
/// As for [`copy`].
unsafe fn copy_through_a_stage(to: Place<'_>, from: Place<'_>) -> Result<()> {
    let stage = Block::zeroed(from.layout.nbytes())?;
    let layout = Layout::contiguous(from.layout.itemsize(), from.layout.shape(), Order::C)?;
    let stage = Place {
        base: stage.as_ptr(),
        layout: &layout,
    };
    // SAFETY: the stage is fresh memory, large enough, and overlaps neither.
    unsafe {
        if to.layout.is_indirect() {
            // What can be read can be reached: nothing is written before that is known.
            walk(stage, to)?;
        }
        walk(stage, from)?;
        walk(to, stage)
    }
}

/// Copies all items into `bytes`, one after another in `order`.
///
/// # Safety
/// As for [`copy`]; `bytes` is writable for `from.layout.nbytes()`.
pub(crate) unsafe fn gather(bytes: *mut u8, from: Place<'_>, order: Order) -> Result<()> {
    let layout = Layout::contiguous(from.layout.itemsize(), from.layout.shape(), order)?;
    let to = Place {
        base: bytes,
        layout: &layout,
    };
    // SAFETY: as the caller promises.
    unsafe { copy(to, from) }
}

/// Copies as many items as `count` from `bytes`, where they lie one after another in
/// `order`, to the first so many places of `to` in that order.
///
/// # Safety
/// As for [`copy`]; `bytes` is readable for so many items, and does not overlap `to`.
pub(crate) unsafe fn scatter(
    to: Place<'_>,
    bytes: *const u8,
    count: usize,
    order: Order,
) -> Result<()> {
    let itemsize = to.layout.itemsize();
    // SAFETY: `count` is at most the number of items, and so many lie in `bytes`.
    unsafe {
        if to.layout.is_indirect() {
            // Nothing is written before it is known that every item can be reached.
            each_item(to, count, order, |_, _| {})?;
        }
        each_item(to, count, order, |k, item| {
            item.copy_from_nonoverlapping(bytes.add(k * itemsize), itemsize);
        })
    }
}

/// Visits the first `count` items in `order`, each with its number and its address.
///
/// # Safety
/// As for [`Place::item`], and there are so many.
unsafe fn each_item(
    place: Place<'_>,
    count: usize,
    order: Order,
    mut visit: impl FnMut(usize, *mut u8),
) -> Result<()> {
    let mut odometer = Odometer::new(place.layout.shape(), order);
    for k in 0..count {
        // SAFETY: as the caller promises.
        visit(k, unsafe { place.item(odometer.indices()) }?);
        odometer.advance();
    }
    Ok(())
}

/// All indices of a shape, one after another.
struct Odometer<'a> {
    shape: &'a [isize],
    indices: [isize; MAX_DIMS],
    order: Order,
}

impl<'a> Odometer<'a> {
    fn new(shape: &'a [isize], order: Order) -> Self {
        Self {
            shape,
            indices: [0; MAX_DIMS],
            order,
        }
    }

    fn indices(&self) -> &[isize] {
        &self.indices[..self.shape.len()]
    }

    fn advance(&mut self) {
        let ndim = self.shape.len();
        for k in 0..ndim {
            let dim = match self.order {
                Order::C => ndim - 1 - k,
                Order::F => k,
            };
            self.indices[dim] += 1;
            if self.indices[dim] < self.shape[dim] {
                return;
            }
            self.indices[dim] = 0;
        }
    }
}

/// Copies item by item, or run by run, from the outermost dimension in.
///
/// # Safety
/// As for [`copy`], and the two do not overlap.
unsafe fn walk(to: Place<'_>, from: Place<'_>) -> Result<()> {
    let (outer, run) = split_off_run(to.layout, from.layout);
    // SAFETY: as the caller promises.
    let walked = unsafe { walk_from(0, outer, run, (to, to.first()), (from, from.first())) };
    walked.ok_or(NOWHERE)
}

/// How many outer dimensions are left when the innermost ones that are contiguous on
/// both sides are taken together as one run, and the bytes of that run.
fn split_off_run(to: &Layout, from: &Layout) -> (usize, usize) {
    let mut outer = to.ndim();
    let mut run = to.itemsize() as isize;
    while outer > 0 {
        let dim = outer - 1;
        let length = to.shape()[dim];
        let ends_in_a_pointer = |layout: &Layout| layout.suboffset_of(dim).is_some();
        let follows = |layout: &Layout| length == 1 || layout.strides()[dim] == run;
        if ends_in_a_pointer(to) || ends_in_a_pointer(from) || !follows(to) || !follows(from) {
            break;
        }
        run *= length;
        outer = dim;
    }
    (outer, run.unsigned_abs())
}

/// `None` where a pointer on the way is NULL.
///
/// # Safety
/// As for [`walk`]; the addresses are those reached in the dimensions before `dim`.
unsafe fn walk_from(
    dim: usize,
    outer: usize,
    run: usize,
    (to, to_address): (Place<'_>, *mut u8),
    (from, from_address): (Place<'_>, *mut u8),
) -> Option<()> {
    if dim == outer {
        // SAFETY: a run of items on both sides.
        unsafe { to_address.copy_from_nonoverlapping(from_address, run) };
        return Some(());
    }
    let (to_stride, from_stride) = (to.layout.strides()[dim], from.layout.strides()[dim]);
    for index in 0..to.layout.shape()[dim] {
        // SAFETY: the index is in range.
        unsafe {
            let to_next = to.step(to_address, dim, index * to_stride)?;
            let from_next = from.step(from_address, dim, index * from_stride)?;
            walk_from(dim + 1, outer, run, (to, to_next), (from, from_next))?;
        }
    }
    Some(())
}

// proptest is not built with loom.
#[cfg(all(test, not(loom)))]
mod tests;
