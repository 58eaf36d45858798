//! Past the caches where rows do not share their lines: where some of them begin a line others do
//! not, and no square is whole lines of all its rows.
//!
//! It goes as in [`streamed`](super::streamed), down the source and a few lines wide. But squares go side by
//! side to a stage that is small, and from there lines are stored that begin a little before the squares: with
//! what those to the left have left over. That has waited, a line for each row of a band.

use std::arch::asm;
use std::marker::PhantomData;
use std::ops::Range;

use super::plane::{LINE, Plane};
use super::squares::{FromColumns, LANE, Stores, Tiles};
use super::stream::{Run, Stream};
use super::tile::Pitch;
use crate::alloc::{Block, NoMemory};

/// Whether a plane holds a square of whole lines, so that [`skewed`] takes it.
pub(super) fn fits<T: Tiles>(plane: &Plane<Pitch, Pitch>) -> bool {
    plane.rows >= Band::<T>::SIDE && plane.columns >= Band::<T>::SIDE
}

/// Lines that wait, one for each row of a band, and two stages: while the squares of one are
/// transposed, what they need not wait for is stored from the other.
pub(super) struct Room<T> {
    memory: Block,
    tiles: PhantomData<T>,
}

impl<T: Tiles> Room<T> {
    pub(super) fn new() -> Result<Self, NoMemory> {
        let size = Band::<T>::ROWS * LINE + 2 * Band::<T>::SIDE * Band::<T>::PITCH;
        let memory = Block::zeroed(size)?;
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
/// As for [`squares`](super::squares::squares).
pub(super) unsafe fn skewed<T: Tiles>(plane: Plane<Pitch, Pitch>, room: &Room<T>) {
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
}

impl<T: Tiles> Band<'_, T> {
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
        let columns = self.plane.columns;
        let mut done = Self::SIDE;
        // SAFETY: as the caller promises; all columns lie in the plane.
        unsafe {
            self.begin();
            while columns - done >= Self::SIDE {
                let squares = Self::WIDE.min((columns - done) / Self::SIDE);
                let column = done;
                self.strip::<false>(Strip {
                    column,
                    squares,
                    done,
                });
                done += squares * Self::SIDE;
            }
            let column = columns - Self::SIDE;
            self.strip::<true>(Strip {
                column,
                squares: 1,
                done,
            });
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
            unsafe { T::move_all(to, self.columns(top, 0), LINE / LANE, Stores::ToCache) };
        }
        for row in self.done..self.plane.rows {
            let to = self.row(row);
            let skew = to.addr() % LINE;
            let from = self.room.waiting(row).wrapping_sub(skew);
            // SAFETY: the bytes before are neither read nor written.
            unsafe { store_part(to.wrapping_sub(skew), from, skew, LINE) };
        }
    }

    /// Does a strip, and with the last one what is left of all rows.
    ///
    /// # Safety
    /// As for [`skewed`].
    unsafe fn strip<const LAST: bool>(&self, strip: Strip) {
        let squares = self.squares();
        // SAFETY: as the caller promises.
        unsafe {
            self.fill(0, strip);
            for square in 1..squares {
                self.fill(square, strip);
                self.store::<LAST>(square - 1, strip);
            }
            self.store::<LAST>(squares - 1, strip);
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
        for k in 0..strip.squares {
            let to = (first.wrapping_add(k * LINE), Self::PITCH as isize);
            let from = self.columns(top, strip.column + k * Self::SIDE);
            // SAFETY: as the caller promises; a stage has room for them.
            unsafe { T::move_all(to, from, LINE / LANE, Stores::ToCache) };
        }
        for row in rows {
            let stage = stage.wrapping_add((row - top) * Self::PITCH);
            // SAFETY: all of these are lines of the room.
            unsafe { change(stage, self.room.waiting(row), strip.squares * LINE) };
        }
    }

    /// Stores all whole lines from a stage; at the end of rows the rest as well.
    ///
    /// # Safety
    /// As for [`skewed`], and the stage has been filled.
    unsafe fn store<const LAST: bool>(&self, square: usize, strip: Strip) {
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
                let rest = staged.with_left_over().stream::<Whole>();
                if LAST && rest.size > 0 {
                    store_part(rest.to, rest.from, 0, rest.size);
                }
            }
        }
    }

    fn squares(&self) -> usize {
        self.plane.rows.div_ceil(Self::SIDE)
    }

    /// The first row of a square, and those that are not done before: the last one begins where it ends with
    /// the band.
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

/// So many squares side by side make a strip, and so many follow one another along the source. Lines that are not
/// stored at once are fewer in wide strips, and all that wait stay in the second cache.
const fn strip_of(size: usize) -> (usize, usize) {
    match size {
        1 => (2, 16),
        2 => (2, 64),
        4 => (4, 64),
        _ => (4, 128),
    }
}

/// A vector that is a line.
struct Whole;

impl Stream for Whole {
    #[inline(always)]
    unsafe fn line(to: *mut u8, from: *const u8) {
        // SAFETY: as the caller promises.
        unsafe {
            asm!(
                "vmovdqu64 zmm16, zmmword ptr [{from}]",
                "vmovntdq zmmword ptr [{to}], zmm16",
                from = in(reg) from,
                to = in(reg) to,
                out("zmm16") _,
                options(nostack, preserves_flags),
            );
        }
    }

    #[inline(always)]
    fn end() {
        // SAFETY: every processor of the target has it.
        unsafe { std::arch::x86_64::_mm_sfence() };
    }
}

/// Puts before a stage's row what has waited, and lets wait what lies so many bytes behind.
///
/// # Safety
/// All three are lines that can be read and written.
#[inline(always)]
unsafe fn change(stage: *mut u8, waiting: *mut u8, behind: usize) {
    // SAFETY: as the caller promises.
    unsafe {
        asm!(
            "vmovdqa64 zmm16, zmmword ptr [{waiting}]",
            "vmovdqa64 zmm17, zmmword ptr [{stage} + {behind}]",
            "vmovdqa64 zmmword ptr [{stage}], zmm16",
            "vmovdqa64 zmmword ptr [{waiting}], zmm17",
            stage = in(reg) stage,
            waiting = in(reg) waiting,
            behind = in(reg) behind,
            out("zmm16") _,
            out("zmm17") _,
            options(nostack, preserves_flags),
        );
    }
}

/// Copies some bytes of a line.
///
/// # Safety
/// They can be read and written; there is one at least.
#[inline(always)]
unsafe fn store_part(line: *mut u8, from: *const u8, first: usize, end: usize) {
    let which = u64::MAX << first & u64::MAX >> (LINE - end);
    // SAFETY: as the caller promises; no others are touched.
    unsafe {
        asm!(
            "kmovq k1, {which}",
            "vmovdqu8 zmm16 {{k1}} {{z}}, zmmword ptr [{from}]",
            "vmovdqu8 zmmword ptr [{line}] {{k1}}, zmm16",
            which = in(reg) which,
            from = in(reg) from,
            line = in(reg) line,
            out("k1") _,
            out("zmm16") _,
            options(nostack, preserves_flags),
        );
    }
}
