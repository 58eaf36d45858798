//! Past the caches where rows do not share their lines: where some of them begin a line others do
//! not, and no square is whole lines of all its rows. With vectors that are half a line it is the
//! way of those that do, too: there a line is stored at once only from memory.
//!
//! It goes as in [`streamed`](super::streamed), down the source and a few lines wide. But squares go
//! side by side to a stage that is small, and from there lines are stored that begin a little before
//! the squares: with what those to the left have left over. That has waited, a line for each row
//! of a band.

use std::marker::PhantomData;
use std::ops::Range;

use super::plane::{LINE, Plane};
use super::square::{Line as _, Square};
use super::squares::FromColumns;
use super::stream::{Run, Stream as _};
use super::tile::Pitch;
use crate::alloc::{Block, NoMemory};

/// Whether a plane holds a square of whole lines, so that [`skewed`] takes it.
pub(super) fn fits<T: Square>(plane: &Plane<Pitch, Pitch>) -> bool {
    plane.rows >= Band::<T>::SIDE && plane.columns >= Band::<T>::SIDE
}

/// Lines that wait, one for each row of a band, and two stages: while squares go to one of them,
/// lines are stored from the other, and none is loaded that has just been written.
pub(super) struct Room<T> {
    memory: Block,
    tiles: PhantomData<T>,
}

/// So many bytes a copy takes beside its destination, as [`copy`](crate::copy) says.
const MOST_ROOM: usize = 140 << 10;

impl<T: Square> Room<T> {
    const SIZE: usize = Band::<T>::ROWS * LINE + 2 * Band::<T>::SIDE * Band::<T>::PITCH;

    pub(super) fn new() -> Result<Self, NoMemory> {
        const { assert!(Self::SIZE <= MOST_ROOM) };
        let memory = Block::zeroed(Self::SIZE)?;
        Ok(Self {
            memory,
            tiles: PhantomData,
        })
    }

    /// That of a row.
    fn waiting(&self, row: usize) -> *mut u8 {
        self.memory.as_ptr().wrapping_add(row * LINE)
    }

    /// Where the squares of some rows go: each row has a line before them.
    fn stage(&self, square: usize) -> *mut u8 {
        let at = square % 2 * Band::<T>::SIDE * Band::<T>::PITCH;
        self.waiting(Band::<T>::ROWS).wrapping_add(at)
    }
}

/// Transposes a plane that [fits]. Nobody may be told of it before a fence.
///
/// # Safety
/// As for [`Square::transpose`].
pub(super) unsafe fn skewed<T: Square>(plane: Plane<Pitch, Pitch>, room: &Room<T>) {
    for top in (0..plane.rows).step_by(Band::<T>::ROWS) {
        // The last band holds a square, too: of rows that are done.
        let first = top.min(plane.rows - Band::<T>::SIDE);
        let rest = plane.at_row(first, T::SIZE);
        let rows = rest.rows.min(Band::<T>::ROWS);
        let band = Band {
            plane: Plane { rows, ..rest },
            done: top - first,
            room,
        };
        // SAFETY: as the caller promises.
        unsafe { band.transpose() };
    }
}

/// Rows whose squares follow one another along the source.
struct Band<'a, T> {
    plane: Plane<Pitch, Pitch>,
    /// So many rows are done before.
    done: usize,
    room: &'a Room<T>,
}

/// Squares side by side.
#[derive(Clone, Copy)]
struct Strip {
    column: usize,
    squares: usize,
    /// So many columns are done before it, some of which may be its own.
    done: usize,
    /// Whether rows end with it.
    ends: bool,
}

impl<T: Square> Band<'_, T> {
    /// Rows, and columns, of a square.
    const SIDE: usize = LINE / T::SIZE;
    /// Squares of a strip, and rows of a band.
    const WIDE: usize = strip_of(T::SIZE).0;
    const ROWS: usize = strip_of(T::SIZE).1 * Self::SIDE;
    /// From one row of a stage to the next.
    const PITCH: usize = (1 + Self::WIDE) * LINE;

    /// # Safety
    /// As for [`skewed`].
    unsafe fn transpose(&self) {
        // SAFETY: as the caller promises.
        unsafe { self.begin() };
        let mut done = Self::SIDE;
        loop {
            let strip = self.strip_after(done);
            let squares = self.squares();
            for square in 0..=squares {
                // SAFETY: as the caller promises; a stage is filled before it is stored from.
                unsafe {
                    if square < squares {
                        self.fill(square, strip);
                    }
                    if square > 0 {
                        self.store(square - 1, strip);
                    }
                }
            }
            if strip.ends {
                return;
            }
            done += strip.squares * Self::SIDE;
        }
    }

    /// The squares to the right of so many columns; the last one ends with the plane.
    fn strip_after(&self, done: usize) -> Strip {
        let columns = self.plane.columns;
        let squares = (columns - done) / Self::SIDE;
        Strip {
            column: done.min(columns - Self::SIDE),
            squares: squares.clamp(1, Self::WIDE),
            done,
            ends: squares == 0,
        }
    }

    /// Does the first columns: of each row a line waits then, and what is before its first whole
    /// one is stored.
    ///
    /// # Safety
    /// As for [`skewed`].
    unsafe fn begin(&self) {
        for square in 0..self.squares() {
            let (top, _) = self.rows(square);
            let to = (self.room.waiting(top), LINE as isize);
            // SAFETY: there is a line for each row; as the caller promises.
            unsafe { T::transpose(to, self.columns(top, 0)) };
        }
        for row in self.done..self.plane.rows {
            let to = self.row(row);
            let skew = to.addr() % LINE;
            let from = self.room.waiting(row).wrapping_sub(skew);
            // SAFETY: as the caller promises; the bytes before are neither read nor written.
            unsafe {
                match skew {
                    0 => T::Line::line(to, from),
                    _ => T::Line::store(to.wrapping_sub(skew), from, skew, LINE),
                }
            }
        }
    }

    /// Transposes squares to a stage, behind what has waited for them.
    ///
    /// # Safety
    /// As for [`skewed`].
    unsafe fn fill(&self, square: usize, strip: Strip) {
        let (top, rows) = self.rows(square);
        let stage = self.room.stage(square);
        let twice = (strip.done - strip.column) * T::SIZE;
        let first = stage.wrapping_add(LINE - twice);
        // Where rows end with a square that is done, only what waits is left.
        let squares = if twice == LINE { 0 } else { strip.squares };
        for k in 0..squares {
            let to = (first.wrapping_add(k * LINE), Self::PITCH as isize);
            let from = self.columns(top, strip.column + k * Self::SIDE);
            // SAFETY: as the caller promises; a stage has room for them.
            unsafe { T::transpose(to, from) };
        }
        for row in rows {
            let stage = stage.wrapping_add((row - top) * Self::PITCH);
            // SAFETY: all of these are lines of the room.
            unsafe { T::Line::exchange(stage, self.room.waiting(row), strip.squares * LINE) };
        }
    }

    /// Stores all whole lines from a stage; at the end of rows the rest as well.
    ///
    /// # Safety
    /// As for [`skewed`], and the stage has been filled.
    unsafe fn store(&self, square: usize, strip: Strip) {
        let (top, rows) = self.rows(square);
        let stage = self.room.stage(square);
        let columns = strip.column + strip.squares * Self::SIDE - strip.done;
        for row in rows {
            let staged = Run {
                to: self.row(row).wrapping_add(strip.done * T::SIZE),
                from: stage.wrapping_add((row - top) * Self::PITCH + LINE),
                size: columns * T::SIZE,
            };
            // SAFETY: as the caller promises; what has waited lies before it.
            unsafe {
                let rest = staged.with_left_over().stream::<T::Line>();
                if strip.ends && rest.size > 0 {
                    T::Line::store(rest.to, rest.from, 0, rest.size);
                }
            }
        }
    }

    fn squares(&self) -> usize {
        self.plane.rows.div_ceil(Self::SIDE)
    }

    /// The first row of a square, and those of it that are not done before: the last square ends with
    /// the band, wherever it begins.
    fn rows(&self, square: usize) -> (usize, Range<usize>) {
        let first = square * Self::SIDE;
        let top = first.min(self.plane.rows - Self::SIDE);
        (top, first.max(self.done)..top + Self::SIDE)
    }

    fn row(&self, row: usize) -> *mut u8 {
        let Pitch(pitch) = self.plane.to_rows;
        self.plane.to.wrapping_offset(row as isize * pitch)
    }

    /// Columns from the row `top` on.
    fn columns(&self, top: usize, column: usize) -> FromColumns {
        let Pitch(pitch) = self.plane.from_columns;
        let from = self.plane.from.wrapping_offset(column as isize * pitch);
        (from.wrapping_add(top * T::SIZE), pitch)
    }
}

/// So many squares side by side make a strip, and so many follow one another along the source: in
/// wide strips lines have to wait less often, and in low bands all of them stay in the second cache.
const fn strip_of(size: usize) -> (usize, usize) {
    match size {
        1 => (2, 16),
        2 => (2, 64),
        4 => (4, 64),
        _ => (4, 128),
    }
}
