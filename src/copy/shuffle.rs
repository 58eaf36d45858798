//! Bytes in the order in which they compress best: the first byte of all items, then the second
//! byte of all, and so on. It is a transpose of bytes.

use super::{Place, copy};
use crate::alloc::Block;
use crate::error::Result;
use crate::layout::{Layout, Order};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shuffle {
    /// Items become planes of bytes.
    There,
    /// Planes of bytes become items.
    Back,
}

/// Shuffles `size` bytes at `from`, of items of `itemsize`, or back. What is left of them behind
/// the last whole item keeps its place. The two may overlap.
///
/// # Safety
/// So many bytes are live memory on both sides, `to` writable and nobody else's meanwhile.
pub(crate) unsafe fn shuffle(
    to: *mut u8,
    from: *const u8,
    size: usize,
    itemsize: usize,
    way: Shuffle,
) -> Result<()> {
    if to.addr().abs_diff(from.addr()) < size {
        let stage = Block::zeroed(size)?;
        // SAFETY: the stage is fresh memory, and has as many bytes.
        unsafe {
            from.copy_to_nonoverlapping(stage.as_ptr(), size);
            return shuffle_apart(to, stage.as_ptr(), size, itemsize, way);
        }
    }
    // SAFETY: as the caller promises.
    unsafe { shuffle_apart(to, from, size, itemsize, way) }
}

/// # Safety
/// As for [`shuffle`], and the two do not overlap.
unsafe fn shuffle_apart(
    to: *mut u8,
    from: *const u8,
    size: usize,
    itemsize: usize,
    way: Shuffle,
) -> Result<()> {
    let rest = size.checked_rem(itemsize).unwrap_or(size);
    let whole = size - rest;
    if whole > 0 {
        let shape = [whole / itemsize, itemsize].map(|length| length as isize);
        let items = Layout::contiguous(1, &shape, Order::C)?;
        let planes = Layout::contiguous(1, &shape, Order::F)?;
        let (to_layout, from_layout) = match way {
            Shuffle::There => (&planes, &items),
            Shuffle::Back => (&items, &planes),
        };
        let to = Place {
            base: to,
            layout: to_layout,
        };
        let from = Place {
            base: from.cast_mut(),
            layout: from_layout,
        };
        // SAFETY: as many bytes on both sides as the caller promises.
        unsafe { copy(to, from) }?;
    }
    // SAFETY: as the caller promises.
    unsafe {
        to.add(whole)
            .copy_from_nonoverlapping(from.add(whole), rest)
    };
    Ok(())
}
