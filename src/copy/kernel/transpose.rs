//! Two dimensions that change places: the source is contiguous along the one, the destination
//! along the other.
//!
//! Walked row by row, one side would use a cache line for each item. A tile of both is small
//! enough to stay in the cache until all of each line has been used.

use super::{Axis, Level};

/// Items along either side of a tile.
const TILE: usize = 32;

/// Copies `rows.length × columns.length` items: item (r, c) lies at
/// `to + r * rows.stride + c * itemsize` and at `from + c * columns.stride + r * itemsize`.
///
/// # Safety
/// All these items lie in live memory, those of `to` writable; the two do not overlap. The
/// processor has the level.
pub(in crate::copy) unsafe fn transpose(
    _level: Level,
    to: *mut u8,
    from: *const u8,
    rows: Axis,
    columns: Axis,
    itemsize: usize,
) {
    // SAFETY: as the caller promises.
    unsafe {
        match itemsize {
            1 => tiles::<1>(to, from, rows, columns, itemsize),
            2 => tiles::<2>(to, from, rows, columns, itemsize),
            4 => tiles::<4>(to, from, rows, columns, itemsize),
            8 => tiles::<8>(to, from, rows, columns, itemsize),
            16 => tiles::<16>(to, from, rows, columns, itemsize),
            _ => tiles::<0>(to, from, rows, columns, itemsize),
        }
    }
}

/// `SIZE` is that of an item, or 0 where only the argument says it.
///
/// # Safety
/// As for [`transpose`].
unsafe fn tiles<const SIZE: usize>(
    to: *mut u8,
    from: *const u8,
    rows: Axis,
    columns: Axis,
    itemsize: usize,
) {
    let size = if SIZE == 0 { itemsize } else { SIZE };
    for top in (0..rows.length).step_by(TILE) {
        for left in (0..columns.length).step_by(TILE) {
            for r in top..rows.length.min(top + TILE) {
                let to = to.wrapping_offset(r as isize * rows.stride);
                let from = from.wrapping_add(r * size);
                for c in left..columns.length.min(left + TILE) {
                    let from = from.wrapping_offset(c as isize * columns.stride);
                    // SAFETY: r and c are below the lengths.
                    unsafe {
                        to.wrapping_add(c * size)
                            .copy_from_nonoverlapping(from, size)
                    };
                }
            }
        }
    }
}
