//! The way through pointers, on both sides at once.
//!
//! The dimensions up to the last one that ends in a pointer, on either side, are walked from the
//! outermost in; what is left inside them is direct, the same each time, and planned once.

use super::kernel::Level;
use super::plan::Plan;
use super::{NOWHERE, Place};
use crate::error::Result;

/// Copies in the order of the indices what lies behind pointers; and all items, where the
/// destination has some on top of each other, of which the last is to stay.
///
/// # Safety
/// As for [`super::copy`], and the two do not overlap.
pub(super) unsafe fn walk(to: Place<'_>, from: Place<'_>) -> Result<()> {
    let ndim = to.layout.ndim();
    let ends_in_a_pointer = |dim: &usize| {
        let mut both = [to, from].into_iter();
        both.any(|place| place.layout.suboffset_of(*dim).is_some())
    };
    let last_pointer = (0..ndim).rev().find(ends_in_a_pointer);
    let outer = last_pointer.map_or(0, |dim| dim + 1);
    let mut way = Way {
        to,
        from,
        outer,
        plan: Plan::blank(),
        level: Level::detected(),
    };
    way.plan.outer.read(to.layout, from.layout, outer);
    if way.plan.outer.nested_span().is_none() {
        way.outer = ndim;
        way.plan.outer.read(to.layout, from.layout, ndim);
    }
    way.plan.draw();
    // SAFETY: as the caller promises.
    unsafe { way.walk(0, to.first(), from.first()) }.ok_or(NOWHERE)
}

struct Way<'a> {
    to: Place<'a>,
    from: Place<'a>,
    /// So many dimensions are walked.
    outer: usize,
    /// Of the others.
    plan: Plan,
    level: Level,
}

impl Way<'_> {
    /// `None` where a pointer on the way is NULL.
    ///
    /// # Safety
    /// As for [`walk`]; the addresses are those reached in the dimensions before `dim`.
    unsafe fn walk(&self, dim: usize, to: *mut u8, from: *mut u8) -> Option<()> {
        if dim == self.outer {
            // SAFETY: as the caller promises; the processor has the level.
            unsafe { self.plan.execute(self.level, to, from) };
            return Some(());
        }
        let stride_of = |place: Place<'_>| place.layout.strides()[dim];
        let (to_stride, from_stride) = (stride_of(self.to), stride_of(self.from));
        for index in 0..self.to.layout.shape()[dim] {
            // SAFETY: the index is in range.
            unsafe {
                let to_next = self.to.step(to, dim, index * to_stride)?;
                let from_next = self.from.step(from, dim, index * from_stride)?;
                self.walk(dim + 1, to_next, from_next)?;
            }
        }
        Some(())
    }
}
