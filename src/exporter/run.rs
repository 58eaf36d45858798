//! The items of memory that grows, while nobody moves it: what slices of them are, and how
//! items are taken out and put in.

use std::ptr;

use crate::alloc::{Block, Heap};
use crate::error::{Error, Kind, Result, fail};
use crate::layout::Slice;

/// Items that are to be put in: their bytes, and how many items that is. They may lie in the
/// very memory that is changed.
#[derive(Clone, Copy)]
pub(crate) struct Items {
    pub(crate) bytes: *const u8,
    pub(crate) count: usize,
}

/// A run of items in memory that nobody moves meanwhile.
pub(super) struct Run {
    pub(super) base: *mut u8,
    pub(super) length: usize,
    pub(super) itemsize: usize,
}

impl Items {
    pub(super) const NONE: Self = Self {
        bytes: ptr::null(),
        count: 0,
    };
}

impl Run {
    pub(super) fn at(&self, position: usize) -> *mut u8 {
        self.base.wrapping_add(position * self.itemsize)
    }

    pub(super) fn item(&self, index: isize) -> Result<*mut u8> {
        let length = self.length as isize;
        let position = if index < 0 { index + length } else { index };
        match (0..length).contains(&position) {
            true => Ok(self.at(position as usize)),
            false => fail!(
                Index,
                "index {index} is out of range: there are {length} items"
            ),
        }
    }

    /// The first position and the number of items of a slice.
    pub(super) fn resolve(&self, slice: Slice) -> Result<(isize, usize)> {
        if slice.step == 0 {
            return fail!(Value, "slice step cannot be zero");
        }
        let (start, count) = slice.resolve(self.length as isize);
        Ok((start, count as usize))
    }

    /// # Safety
    /// The slice is resolved, and `to` has room for its items.
    pub(super) unsafe fn gather(&self, to: *mut u8, start: isize, step: isize, count: usize) {
        let size = self.itemsize;
        let first = self.base.wrapping_offset(start * size as isize);
        // SAFETY: as the caller promises.
        unsafe {
            if step == 1 {
                return to.copy_from_nonoverlapping(first, count * size);
            }
            for k in 0..count {
                let from = first.wrapping_offset(k as isize * step * size as isize);
                to.add(k * size).copy_from_nonoverlapping(from, size);
            }
        }
    }

    /// A copy of items that lie in this memory, which is about to move.
    pub(super) fn staged(&self, items: Items) -> Result<Option<Block>> {
        let inside = items.bytes.addr().wrapping_sub(self.base.addr());
        if items.count == 0 || inside >= self.length * self.itemsize {
            return Ok(None);
        }
        let Some(size) = self.itemsize.checked_mul(items.count) else {
            return Err(too_long());
        };
        let stage = Block::zeroed(size)?;
        // SAFETY: the block has room, and the items are readable as whoever gave them promises.
        unsafe { stage.as_ptr().copy_from_nonoverlapping(items.bytes, size) };
        Ok(Some(stage))
    }

    /// As if the items had been copied away first.
    ///
    /// # Safety
    /// The slice is resolved, and `from` has as many items.
    pub(super) unsafe fn scatter(
        &self,
        from: *const u8,
        start: isize,
        step: isize,
        count: usize,
    ) -> Result<()> {
        let size = self.itemsize;
        let first = self.base.wrapping_offset(start * size as isize);
        let within = from.addr().wrapping_sub(self.base.addr()) < self.length * size;
        // SAFETY: as the caller promises; the block has room.
        unsafe {
            if step == 1 {
                first.copy_from(from, count * size);
                return Ok(());
            }
            let stage = match within {
                true => Some(Block::zeroed(count * size)?),
                false => None,
            };
            let from = match &stage {
                Some(stage) => {
                    stage.as_ptr().copy_from_nonoverlapping(from, count * size);
                    stage.as_ptr().cast_const()
                }
                None => from,
            };
            for k in 0..count {
                let to = first.wrapping_offset(k as isize * step * size as isize);
                to.copy_from_nonoverlapping(from.add(k * size), size);
            }
        }
        Ok(())
    }

    /// Moves together what a slice with a step leaves, and says how much that is.
    ///
    /// # Safety
    /// The slice is resolved and not empty.
    pub(super) unsafe fn thin_out(&self, start: isize, step: isize, count: usize) -> usize {
        let gap = step.unsigned_abs();
        let lowest = match step < 0 {
            true => start as usize - (count - 1) * gap,
            false => start as usize,
        };
        // Neighbours go together.
        let (pieces, width) = match gap {
            1 => (1, count),
            _ => (count, 1),
        };
        let mut to = lowest;
        for k in 0..pieces {
            let from = lowest + k * gap + width;
            let until = if k + 1 < pieces {
                lowest + (k + 1) * gap
            } else {
                self.length
            };
            // SAFETY: both lie in the run, and the target never after the source.
            unsafe {
                self.at(to)
                    .copy_from(self.at(from), (until - from) * self.itemsize)
            };
            to += until - from;
        }
        to
    }
}

/// Takes the items of a slice out; says how many are left.
///
/// # Safety
/// The run is the heap's; the slice is resolved and not empty.
pub(super) unsafe fn take_out(
    heap: &mut Heap,
    run: &Run,
    start: isize,
    step: isize,
    count: usize,
) -> usize {
    // SAFETY: as the caller promises.
    let left = unsafe { run.thin_out(start, step, count) };
    heap.shrink(left * run.itemsize);
    left
}

/// Puts items in place of `removed` others from `start` on; says how many there are then.
///
/// # Safety
/// The run is the heap's, the range lies in it; the items do not.
pub(super) unsafe fn splice(
    heap: &mut Heap,
    run: &Run,
    start: isize,
    removed: usize,
    items: Items,
) -> Result<usize> {
    let size = run.itemsize;
    let (start, kept) = (start as usize, run.length - removed);
    let length = kept.checked_add(items.count).filter(|length| {
        length
            .checked_mul(size)
            .is_some_and(|all| all <= isize::MAX as usize)
    });
    let Some(length) = length else {
        return Err(too_long());
    };
    heap.make_room(length * size)?;
    let tail = (start + removed) * size..run.length * size;
    // SAFETY: there is room for all of it, and the ranges are as the caller promises.
    unsafe {
        let base = heap.as_ptr();
        let gap = base.add(start * size);
        gap.add(items.count * size)
            .copy_from(base.add(tail.start), tail.len());
        if items.count > 0 {
            gap.copy_from_nonoverlapping(items.bytes, items.count * size);
        }
    }
    heap.shrink(length * size);
    Ok(length)
}

pub(super) fn unequal(items: usize, slice: usize) -> Error {
    Error::new(
        Kind::Value,
        format_args!(
            "attempt to assign {items} items to an extended slice of {slice}: with a step the numbers must be equal"
        ),
    )
}

pub(super) fn too_long() -> Error {
    Error::fixed(Kind::Overflow, "so many items do not fit the address space")
}
