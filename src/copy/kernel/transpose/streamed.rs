//! Squares of cache lines, past the caches without a stage: a line that is stored whole, and begins
//! one, needs no other beside it.
//!
//! What decides the speed is in which order that goes: down the source for a page or two, a few
//! lines wide. So the processor sees where the loads are going, and asks for lines itself.
//! Instructions that ask for them, or copy lines together first, only take room from those that are
//! on their way.

use super::job::Job;
use super::plane::{Ahead, LINE, Plane};
use super::squares::{LANE, Stores, Tiles, squares};
use super::tile::{Pitch, Steps};
use crate::copy::loops::Loop;

/// Whether all rows of a plane begin at the same place of a line, between two items, and each
/// holds a square of whole lines, so that [`streamed`] takes it.
pub(super) fn share_lines<T: Tiles>(plane: &Plane<Pitch, Pitch>) -> bool {
    let Pitch(pitch) = plane.to_rows;
    let side = LINE / T::SIZE;
    plane.to.addr().is_multiple_of(T::SIZE)
        && pitch.unsigned_abs().is_multiple_of(LINE)
        && plane.rows >= side
        && plane.columns >= 2 * side
}

/// The same for rows and columns of several dimensions, of which the innermost ones are whole
/// squares: then so are all parts, and [`whole_squares`] takes them.
pub(super) fn nest_lines<T: Tiles>(job: &Job<'_>) -> bool {
    let side = LINE / T::SIZE;
    let is_whole = |loops: &[Loop]| {
        let inner = loops.last();
        inner.is_some_and(|inner| inner.length.is_multiple_of(side))
    };
    let mut around = job.outer.iter().chain(job.rows);
    is_whole(job.rows)
        && is_whole(job.columns)
        && job.to.addr().is_multiple_of(LINE)
        && around.all(|one| one.to.unsigned_abs().is_multiple_of(LINE))
}

/// As [`squares`], past the caches. Nobody may be told of it before a fence.
///
/// # Safety
/// As for [`squares`], and rows [share their lines](share_lines).
pub(super) unsafe fn streamed<T: Tiles>(plane: Plane<Pitch, Pitch>) {
    let side = LINE / T::SIZE;
    let head = plane.to.addr().wrapping_neg() % LINE / T::SIZE;
    let columns = (plane.columns - head) / side * side;
    let rows = plane.rows / side * side;
    let last_row = plane.rows - LANE / T::SIZE;
    let last_column = plane.columns - side;
    // SAFETY: as the caller promises; what is left over at the edges is done by squares that
    // overlap the whole ones, which comes to the same.
    unsafe {
        if head > 0 {
            let edge = Plane {
                columns: side,
                ..plane
            };
            squares::<T>(edge, Ahead::Nothing);
        }
        whole_squares::<T>(Plane {
            rows,
            columns,
            ..plane.at_column(head, T::SIZE)
        });
        if head + columns < plane.columns {
            let edge = Plane {
                columns: side,
                ..plane.at_column(last_column, T::SIZE)
            };
            squares::<T>(edge, Ahead::Nothing);
        }
        if rows < plane.rows {
            squares::<T>(plane.at_row(rows.min(last_row), T::SIZE), Ahead::Nothing);
        }
    }
}

/// Squares whose lines are lines of the destination.
///
/// # Safety
/// As for [`streamed`]; a plane of nothing but such squares, in each of which rows and columns lie
/// evenly.
pub(super) unsafe fn whole_squares<T: Tiles>(plane: Plane<impl Steps, impl Steps>) {
    let side = LINE / T::SIZE;
    let (width, height) = const {
        let (wide, high) = strip_of(T::SIZE);
        (wide * LINE / T::SIZE, high * LINE / T::SIZE)
    };
    let (rows, columns) = (plane.rows, plane.columns);
    for strip in (0..rows).step_by(height) {
        let end = rows.min(strip + height);
        for left in (0..columns).step_by(width) {
            let right = columns.min(left + width);
            for row in (strip..end).step_by(side) {
                for column in (left..right).step_by(side) {
                    // SAFETY: the square lies in the plane.
                    unsafe {
                        let (to_row, to_pitch) = even(plane.to_rows, row);
                        let (from_column, from_pitch) = even(plane.from_columns, column);
                        let to = plane.to.wrapping_offset(to_row);
                        let to = to.wrapping_add(column * T::SIZE);
                        let from = plane.from.wrapping_offset(from_column);
                        let from = from.wrapping_add(row * T::SIZE);
                        let (to, from) = ((to, to_pitch), (from, from_pitch));
                        T::move_all(to, from, LINE / LANE, Stores::PastCache);
                    }
                }
            }
        }
    }
}

/// Where steps begin that lie evenly for a while, and how far apart they are.
///
/// # Safety
/// There are two of them.
#[inline(always)]
unsafe fn even(steps: impl Steps, first: usize) -> (isize, isize) {
    // SAFETY: as the caller promises.
    let (one, next) = unsafe { (steps.at(first), steps.at(first + 1)) };
    (one, next.wrapping_sub(one))
}

/// So many squares side by side in the destination are done before those below them, and so many of
/// those, which follow one another along the source, before the next ones beside. One line of a
/// row is too little for memory; and a processor sees where loads are going that go on for long in
/// no more than some thirty places: each line of a square is one.
const fn strip_of(size: usize) -> (usize, usize) {
    match size {
        1 => (1, 64),
        2 | 4 => (2, 64),
        _ => (2, 128),
    }
}
