//! Rows of short items, at any distance on either side.

use super::super::loops::Loop;
use super::Level;

/// Moves `rows.length × line.length` items of `size` bytes.
///
/// # Safety
/// All of them lie in live memory, those of `to` writable; the two do not overlap. The processor
/// has the level.
pub(in crate::copy) unsafe fn lines(
    _level: Level,
    to: *mut u8,
    from: *const u8,
    rows: Loop,
    line: Loop,
    size: usize,
) {
    // SAFETY: as the caller promises.
    unsafe { plain(to, from, rows, line, size) }
}

/// Steps along either side of a tile.
const TILE: usize = 32;

/// As [`lines`], in tiles: of both sides, all that lies in the lines of a cache that a tile
/// touches is moved before they are forgotten.
///
/// # Safety
/// As for [`lines`].
pub(in crate::copy) unsafe fn tiles(
    to: *mut u8,
    from: *const u8,
    rows: Loop,
    line: Loop,
    size: usize,
) {
    for top in (0..rows.length).step_by(TILE) {
        let some_rows = Loop {
            length: TILE.min(rows.length - top),
            ..rows
        };
        for left in (0..line.length).step_by(TILE) {
            let part = Loop {
                length: TILE.min(line.length - left),
                ..line
            };
            let (top, left) = (top as isize, left as isize);
            let to = to.wrapping_offset(top * rows.to + left * line.to);
            let from = from.wrapping_offset(top * rows.from + left * line.from);
            // SAFETY: a part of what the caller promises.
            unsafe { plain(to, from, some_rows, part, size) };
        }
    }
}

/// Moves the items of one row, one after another, each read before it is written.
///
/// # Safety
/// As for [`lines`], save that the two may overlap.
pub(in crate::copy) unsafe fn in_order(to: *mut u8, from: *const u8, line: Loop, size: usize) {
    // SAFETY: as the caller promises.
    unsafe {
        match size {
            1 => each::<[u8; 1]>(to, from, line),
            2 => each::<[u8; 2]>(to, from, line),
            4 => each::<[u8; 4]>(to, from, line),
            8 => each::<[u8; 8]>(to, from, line),
            16 => each::<[u8; 16]>(to, from, line),
            _ => {
                for c in 0..line.length as isize {
                    let to = to.wrapping_offset(c * line.to);
                    to.copy_from(from.wrapping_offset(c * line.from), size);
                }
            }
        }
    }
}

/// One loop for each size.
///
/// # Safety
/// As for [`lines`].
unsafe fn plain(to: *mut u8, from: *const u8, rows: Loop, line: Loop, size: usize) {
    for r in 0..rows.length as isize {
        let to = to.wrapping_offset(r * rows.to);
        let from = from.wrapping_offset(r * rows.from);
        // SAFETY: as the caller promises.
        unsafe { in_order(to, from, line, size) };
    }
}

/// # Safety
/// As for [`in_order`], with items of this type.
unsafe fn each<T>(to: *mut u8, from: *const u8, line: Loop) {
    for c in 0..line.length as isize {
        let to = to.wrapping_offset(c * line.to).cast::<T>();
        let from = from.wrapping_offset(c * line.from).cast::<T>();
        // SAFETY: as the caller promises; nothing says that they are aligned.
        unsafe { to.write_unaligned(from.read_unaligned()) };
    }
}
