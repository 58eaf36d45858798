//! Memory to memory, for any two layouts of the same shape and item size.
//!
//! A copy is planned, then executed. [`loops`] take away from two layouts what does not matter,
//! so that the same copy looks the same; a [`plan`] finds the kernel for the innermost loops;
//! [`execute`] walks those around it; and a [`kernel`] moves items. Nothing of that allocates, save
//! 140 KiB at most for a large transpose, which does without where there is no memory; and a plan is
//! drawn in the time of a few calls: small copies are planned as well, all but single runs
//! and the smallest transposes ([`few`]). A plan can be [`kept`] for other memory of the same layouts, and
//! [`explain`]s itself: it says what its kernels would do, by the functions in which they decide that.
//!
//! Overlap is always right: the outcome is as if the source had been copied away first. Where
//! [`order`] finds a direction in which that need not be done, it is not.
//!
//! Pointers (suboffsets) are followed one after another by [`walk`], and what lies behind the
//! last of them is a copy of its own with a plan made once. That is done where no pointer of the
//! source is written on the way, and all are known to lead somewhere; else through a stage.
//!
//! What is only read goes the same way: [`rows`] are runs of items, and where those do not lie side
//! by side, [`gathered`] has the kernels bring them together, some at a time.
//!
//! What it does not do: transpose in place, or otherwise spare the stage where the two sides
//! overlap and their orders differ; plan for a destination that has items on top of each other,
//! whose items are moved one by one; use threads.

mod addresses;
mod execute;
mod explain;
mod few;
mod gathered;
mod items;
mod kept;
mod kernel;
mod loops;
mod merge;
mod order;
mod overlap;
mod place;
mod plan;
mod rows;
mod select;
#[cfg(feature = "capi")]
mod shuffle;
mod swap;
mod walk;

pub(crate) use addresses::each_block;
pub(crate) use gathered::each_gathered_row;
use items::{Odometer, each_item};
pub use kept::CopyPlan;
use place::NOWHERE;
pub(crate) use place::Place;
pub(crate) use rows::{Row, Visit, each_row};
#[cfg(feature = "capi")]
pub(crate) use shuffle::{Shuffle, shuffle};
pub(crate) use swap::{copy_swapped, copy_with_swap, swap_row};

use crate::alloc::Block;
use crate::error::{Result, Tuple, fail};
use crate::layout::{Layout, Order};
pub(crate) use kernel::equal::Same;
use kernel::{Level, equal};
use loops::Loops;
use order::Course;
use plan::Plan;
use walk::walk;

/// Copies all items of `from` to the same indices of `to`. Where that fails nothing has been
/// written.
///
/// # Safety
/// Every item of both layouts lies in live memory, that of `to` writable; nobody else
/// writes there meanwhile. No item of `to` lies on a pointer on the way to another of them.
pub(crate) unsafe fn copy(to: Place<'_>, from: Place<'_>) -> Result<()> {
    // SAFETY: as the caller promises.
    unsafe {
        let is_done = match to.layout.ndim() {
            1 => few::move_row(&to, &from),
            2 => few::transpose_few(&to, &from),
            _ => false,
        };
        match is_done {
            true => Ok(()),
            false => copy_by_plan(to, from),
        }
    }
}

/// The same, whatever it is. In a function of its own, for a plan takes room on the stack.
///
/// # Safety
/// As for [`copy`].
#[inline(never)]
unsafe fn copy_by_plan(to: Place<'_>, from: Place<'_>) -> Result<()> {
    check_same_items(to.layout, from.layout)?;
    if from.layout.nbytes() == 0 {
        return Ok(());
    }
    if to.layout.is_indirect() || from.layout.is_indirect() {
        // SAFETY: as the caller promises.
        return unsafe {
            match to.leaves_alone(&from)? {
                true => walk(to, from),
                false => copy_through_a_stage(to, from),
            }
        };
    }
    let mut plan = Plan::blank();
    let loops = &mut plan.outer;
    loops.read(to.layout, from.layout, 0);
    let course = Course::of(loops, &to, &from);
    let (to_first, from_first) = (to.first(), from.first());
    // SAFETY: as the caller promises, and these loops allow the course.
    unsafe {
        match course {
            Course::Any => {
                plan.draw();
                plan.execute(Level::detected(), to_first, from_first);
            }
            Course::Forward => loops.execute_in_order(to_first, from_first),
            Course::Backward => {
                loops.turn();
                loops.execute_in_order(to_first, from_first);
            }
            Course::OfIndices => walk(to, from)?,
            Course::None => copy_through_a_stage(to, from)?,
        }
    }
    Ok(())
}

/// Whether the items of two rows are equal, where both lie alike, and there is a kernel for that.
///
/// # Safety
/// So many of them, of `size` bytes, lie in live memory on both sides.
#[inline]
pub(crate) unsafe fn are_equal(
    one: Row,
    other: Row,
    count: usize,
    size: usize,
    same: Same,
) -> Option<bool> {
    if one.stride != other.stride {
        return None;
    }
    let firsts = [one.first, other.first];
    // SAFETY: as the caller promises; the processor has the level.
    unsafe { equal::are_equal(Level::detected(), firsts, one.stride, count, size, same) }
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

/// Writes the bytes of an item to all places. Where that fails nothing has been written.
///
/// # Safety
/// As for [`copy`]; `item` has the size of one, and overlaps none of them.
pub(crate) unsafe fn fill(to: Place<'_>, item: &[u8]) -> Result<()> {
    let layout = Layout::contiguous(item.len(), &[], Order::C)?.broadcast(to.layout.shape())?;
    let from = Place {
        base: item.as_ptr().cast_mut(),
        layout: &layout,
    };
    // SAFETY: as the caller promises; the item is only read.
    unsafe { copy(to, from) }
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
    // Of items on top of each other the last one in the order is to stay: `copy` knows that of C.
    if count == to.layout.len() && (order == Order::C || has_its_own_bytes(to.layout)) {
        let layout = Layout::contiguous(itemsize, to.layout.shape(), order)?;
        let from = Place {
            base: bytes.cast_mut(),
            layout: &layout,
        };
        // SAFETY: all items lie in `bytes`, which are only read.
        return unsafe { copy(to, from) };
    }
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

/// Whether it is easy to see that no item lies on top of another.
fn has_its_own_bytes(layout: &Layout) -> bool {
    if layout.is_empty() || layout.is_indirect() {
        return layout.is_empty();
    }
    let mut loops = Loops::none();
    loops.read(layout, layout, 0);
    loops.nested_span().is_some()
}

// proptest is not built with loom.
#[cfg(all(test, not(loom)))]
mod tests;
