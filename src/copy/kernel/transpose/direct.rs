//! Transposes in the caches: tile by tile from the source to the destination.
//!
//! The tiles of a strip go along the destination's rows: so many rows as one line of the source
//! has items, that all of it is used at once. At the far edges the last tile overlaps the one
//! before, which stores the same once more, and costs far less than items one by one.
//!
//! A processor sees where loads are going when they go on in lines, and here neither loads nor
//! stores do. What it cannot do well is to wait for the lines that are stored to: they are asked
//! for before (with sides of 1 MB the copy becomes half as fast again, with smaller ones that are
//! not in the first cache too), and beyond the second cache so are those of the source.

use super::super::means::{Means, note};
use super::items::items;
use super::plane::{Ahead, LINE, Plane};
use super::tile::{Steps, Vector, columns_of, prefetch, tile};
#[cfg(pybuf_neon)]
use super::tile_neon::{Half, Lane};
#[cfg(target_arch = "x86_64")]
use super::tile_sse2::{__m128i as Lane, Half};
#[cfg(not(pybuf_vectors))]
use super::tile_word::Word;

/// Calls a macro with the vectors that every processor has for items of a size, and with how many
/// items fill a lane of each.
#[cfg(pybuf_vectors)]
macro_rules! by_short_vectors {
    ($size:expr, $with:ident) => {
        match $size {
            1 => $with!(1, Lane, 16; Half, 8),
            2 => $with!(2, Lane, 8; Half, 4),
            4 => $with!(4, Lane, 4; Half, 2),
            8 => $with!(8, Lane, 2),
            _ => {}
        }
    };
}
#[cfg(not(pybuf_vectors))]
macro_rules! by_short_vectors {
    ($size:expr, $with:ident) => {
        match $size {
            1 => $with!(1, Word, 8),
            2 => $with!(2, Word, 4),
            4 => $with!(4, Word, 2),
            _ => {}
        }
    };
}

/// By what [`Plane::small`] transposes so many rows and columns.
pub(super) fn means_of_small(rows: usize, columns: usize, size: usize) -> Means {
    macro_rules! of {
        ($size:literal, $($vector:ty, $items:literal);*) => {{
            $(if holds::<$vector, $size>(rows, columns) {
                return Means::Tiles(<$vector>::LANE);
            })*
        }};
    }
    by_short_vectors!(size, of);
    Means::InTiles
}

/// Whether so many rows and columns are a tile of vectors, or more.
pub(super) fn holds<V: Vector, const SIZE: usize>(rows: usize, columns: usize) -> bool {
    rows >= V::LANE / SIZE && columns >= columns_of::<V, SIZE>()
}

impl<R: Steps, C: Steps> Plane<R, C> {
    /// Transposes a plane that [holds] one tile at least.
    ///
    /// # Safety
    /// All items lie in live memory, those of `to` writable; the two do not overlap. `M * SIZE`
    /// is `V::LANE`, and the processor has what the vector is made for.
    #[inline(always)]
    pub(super) unsafe fn direct<V: Vector, const SIZE: usize, const M: usize>(self, ahead: Ahead) {
        let width = const { columns_of::<V, SIZE>() };
        let last_column = self.columns - width;
        let mut strip = 0;
        while strip < self.rows {
            let end = self.rows.min(strip + LINE / SIZE);
            let last_row = end - M;
            let mut column = 0;
            loop {
                if ahead >= Ahead::Stores {
                    // SAFETY: the strip lies in the plane.
                    unsafe { self.ask::<V, SIZE>(strip, end, column, ahead) };
                }
                // SAFETY: the column is one of the plane.
                let (distance, from_columns) = unsafe { self.from_columns.from(column) };
                let from = self.from.wrapping_offset(distance);
                let mut row = strip.min(last_row);
                loop {
                    // SAFETY: the tile lies in the plane.
                    unsafe {
                        let (distance, to_rows) = self.to_rows.from(row);
                        let to = self.to.wrapping_offset(distance);
                        let to = to.wrapping_add(column * SIZE);
                        let from = from.wrapping_add(row * SIZE);
                        tile::<V, SIZE, M>(to, to_rows, from, from_columns);
                    }
                    if row == last_row {
                        break;
                    }
                    row = last_row.min(row + M);
                }
                if column == last_column {
                    break;
                }
                // A single tile, the smallest copy of all, does not ask for it.
                let step = match column {
                    // SAFETY: a plane that holds a tile has a row.
                    0 => unsafe { self.first_step(width, SIZE) },
                    _ => width,
                };
                column = last_column.min(column + step);
            }
            strip = end;
        }
    }

    /// How far the second tile is from the first one, which it may overlap: so far that what is
    /// stored from there on lies in one line each, where rows allow it.
    ///
    /// # Safety
    /// There is a row.
    #[inline(always)]
    pub(super) unsafe fn first_step(&self, width: usize, size: usize) -> usize {
        // SAFETY: as the caller promises.
        let distance = unsafe { self.to_rows.at(self.rows.min(2) - 1) };
        let stored = width * size;
        let into = self.to.addr() % stored;
        let evenly = distance.unsigned_abs().is_multiple_of(stored);
        if evenly && into.is_multiple_of(size) {
            (stored - into) / size
        } else {
            width
        }
    }

    /// Asks for the lines that a strip needs two tiles further on.
    ///
    /// # Safety
    /// `strip..end` are rows of the plane.
    #[inline(always)]
    unsafe fn ask<V: Vector, const SIZE: usize>(
        &self,
        strip: usize,
        end: usize,
        column: usize,
        ahead: Ahead,
    ) {
        let width = columns_of::<V, SIZE>();
        let next = column + 2 * width;
        if ahead == Ahead::Both {
            for column in next..self.columns.min(next + width) {
                // SAFETY: the column is one of the plane.
                let distance = unsafe { self.from_columns.at(column) };
                prefetch(
                    self.from
                        .wrapping_offset(distance)
                        .wrapping_add(strip * SIZE),
                );
            }
        }
        // Once for each line.
        if next * SIZE % LINE < width * SIZE {
            for row in strip..end {
                // SAFETY: as the caller promises.
                let distance = unsafe { self.to_rows.at(row) };
                prefetch(self.to.wrapping_offset(distance).wrapping_add(next * SIZE));
            }
        }
    }

    /// Transposes a plane with the shorter vectors that every processor has, or item by item
    /// where it holds no tile of theirs.
    ///
    /// # Safety
    /// All items lie in live memory, those of `to` writable; the two do not overlap.
    #[inline]
    pub(super) unsafe fn small(self, size: usize, ahead: Ahead) {
        macro_rules! with {
            ($size:literal, $($vector:ty, $items:literal);*) => {{
                $(if holds::<$vector, $size>(self.rows, self.columns) {
                    note(Means::Tiles(<$vector>::LANE));
                    // SAFETY: as the caller promises; every processor has these vectors.
                    return unsafe { self.direct::<$vector, $size, $items>(ahead) };
                })*
            }};
        }
        by_short_vectors!(size, with);
        note(Means::InTiles);
        // SAFETY: as the caller promises.
        unsafe { items(self, size, ahead) };
    }
}
