//! Transposes item by item, for sizes that no vector holds a whole number of, and for shapes that
//! are too small for vectors.
//!
//! In tiles that fit into the first cache on both sides, row by row of the destination.

use std::ops::Range;

use super::plane::{Ahead, LINE, Plane};
use super::tile::{Steps, prefetch};
use crate::copy::kernel::item::{Ends, LONGEST, Long, Move, Whole, for_size};

/// Copies all items of a plane.
///
/// # Safety
/// They lie in live memory, those of `to` writable; the two do not overlap.
pub(super) unsafe fn items(plane: Plane<impl Steps, impl Steps>, size: usize, ahead: Ahead) {
    // SAFETY: as the caller promises.
    unsafe { for_size!(size, in_tiles(plane, size, ahead)) };
}

/// # Safety
/// As for [`items`]; the move is one of this size.
unsafe fn in_tiles<M: Move>(plane: Plane<impl Steps, impl Steps>, size: usize, ahead: Ahead) {
    let side = match size {
        ..=4 => 64,
        5..=16 => 32,
        _ => 16,
    };
    // Not by `step_by`: its division takes longer than a small plane does.
    let mut top = 0;
    while top < plane.rows {
        let rows = top..plane.rows.min(top + side);
        let mut left = 0;
        while left < plane.columns {
            let columns = left..plane.columns.min(left + side);
            if ahead != Ahead::Nothing {
                let next = columns.end..plane.columns.min(columns.end + side);
                // SAFETY: the next tile lies in the plane.
                unsafe { ask(plane, rows.clone(), next, size) };
            }
            for row in rows.clone() {
                // SAFETY: the row is one of the plane.
                let distance = unsafe { plane.to_rows.at(row) };
                let to = plane.to.wrapping_offset(distance);
                for column in columns.clone() {
                    // SAFETY: as the caller promises.
                    unsafe {
                        let distance = plane.from_columns.at(column);
                        let from = plane.from.wrapping_offset(distance);
                        let to = to.wrapping_add(column * size);
                        M::one(to, from.wrapping_add(row * size), size);
                    }
                }
            }
            left = columns.end;
        }
        top = rows.end;
    }
}

/// Asks for the lines of a tile.
///
/// # Safety
/// It lies in the plane.
unsafe fn ask(
    plane: Plane<impl Steps, impl Steps>,
    rows: Range<usize>,
    columns: Range<usize>,
    size: usize,
) {
    let (height, width) = (rows.len() * size, columns.len() * size);
    for column in columns.clone() {
        // SAFETY: the column is one of the plane.
        let from = plane
            .from
            .wrapping_offset(unsafe { plane.from_columns.at(column) });
        for at in (0..height).step_by(LINE) {
            prefetch(from.wrapping_add(rows.start * size + at));
        }
    }
    for row in rows {
        // SAFETY: the row is one of the plane.
        let to = plane.to.wrapping_offset(unsafe { plane.to_rows.at(row) });
        for at in (0..width).step_by(LINE) {
            prefetch(to.wrapping_add(columns.start * size + at));
        }
    }
}
