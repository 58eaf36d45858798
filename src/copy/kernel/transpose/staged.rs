//! Transposes beyond the caches, of what cannot go in whole lines otherwise.
//!
//! Memory is read and written in lines, and what it gives is limited by how many of them are on
//! their way at once. So:
//!
//! - A block is transposed into a *stage* that stays in the cache. From there its rows are stored
//!   *past* the caches in whole lines: a line that is stored to through them is first read.
//! - Rows begin anywhere in a line. What is left of a row behind its last whole line waits in
//!   front of that row's place in the next stage, and becomes a whole line there.
//! - Three blocks are at work, so that neither reading nor storing nor computing waits for the
//!   others: while one is transposed, that before it is stored from the other stage, and the
//!   lines of the next one are asked for.
//! - Where the columns lie about a multiple of 2 KiB apart in the source, their lines push one
//!   another out of the cache. There whole lines are copied first to where they do not.
//!
//! Blocks follow one another along the rows of the destination.

use std::mem::MaybeUninit;

use super::super::means::{Means, note};
use super::super::run;
use super::job::Job;
use super::plane::LINE;
use super::stage::Limits;
use super::stream::{Run, Stream, ask_for_line};
use super::tile::{Pitch, Steps, Table, Vector, columns_of, tile};
use crate::alloc;

/// Bytes that a block has of a row of the destination: fewer are no stream, and with more the
/// columns of the block lie in more pages than the processor knows at once.
const RUN: usize = Limits::THESE.run;

const MAX_ROWS: usize = 128;
const MAX_COLUMNS: usize = 256;

/// From one row of a stage to the next: with room for what is left of the row before it.
const PITCH: usize = LINE + RUN;

/// Rows of a block, and columns.
const fn block_of<const SIZE: usize>() -> (usize, usize) {
    let rows = match SIZE {
        1 | 2 => MAX_ROWS,
        4 | 16 => 64,
        _ => 32,
    };
    (rows, RUN / SIZE)
}

/// What is transposed at once.
struct Block {
    to: *mut u8,
    from: *const u8,
    plane: usize,
    row: usize,
    /// 0 where there are no more blocks.
    rows: usize,
    column: usize,
    columns: usize,
    /// Where tiles begin: before the block's first row and column where it is less than a tile.
    first_row: usize,
    first_column: usize,
    to_rows: [isize; MAX_ROWS],
    from_columns: [isize; MAX_COLUMNS],
}

impl Block {
    const NONE: Self = Self {
        to: std::ptr::null_mut(),
        from: std::ptr::null(),
        plane: 0,
        row: 0,
        rows: 0,
        column: 0,
        columns: 0,
        first_row: 0,
        first_column: 0,
        to_rows: [0; MAX_ROWS],
        from_columns: [0; MAX_COLUMNS],
    };
}

/// A job, and what is known of it.
struct Staged<'a, V, const SIZE: usize> {
    job: &'a Job<'a>,
    planes: usize,
    rows: usize,
    columns: usize,
    /// Whether lines of columns push one another out of the cache.
    crowded: bool,
    vector: std::marker::PhantomData<V>,
}

/// Does a job; or does nothing and says so, where its planes do not hold a tile, or there is no
/// memory for the stages.
///
/// # Safety
/// All items lie in live memory, those of the destination writable; the two do not overlap.
/// `M * SIZE` is `V::LANE`, and the processor has what the vector is made for.
#[inline(always)]
pub(super) unsafe fn staged<V: Vector + Stream, const SIZE: usize, const M: usize>(
    job: &Job<'_>,
) -> bool {
    if !job.holds::<V, SIZE>() {
        return false;
    }
    let (block_rows, _) = block_of::<SIZE>();
    let Ok(stages) = alloc::Block::zeroed(2 * block_rows * PITCH) else {
        return false;
    };
    note(Means::Stage(V::LANES * V::LANE));
    let this = Staged::<V, SIZE> {
        job,
        planes: job.planes(),
        rows: job.row_count(),
        columns: job.column_count(),
        crowded: job.columns.iter().any(|one| crowds(one.from)),
        vector: std::marker::PhantomData,
    };
    let mut stage = stages.as_ptr().wrapping_add(LINE);
    let mut other = stage.wrapping_add(block_rows * PITCH);
    let mut blocks = [Block::NONE; 3];
    let [mut before, mut block, mut next] = blocks.each_mut();
    this.place(block, 0, 0, 0);
    while block.rows > 0 {
        this.place_next(next, block);
        // SAFETY: as the caller promises; the stages hold a block each.
        unsafe { this.block::<M>(before, block, next, stage, other) };
        (stage, other) = (other, stage);
        (before, block, next) = (block, next, before);
    }
    // SAFETY: as above.
    unsafe { this.flush(before, 0, before.rows, other, stage) };
    run::end();
    true
}

impl<V: Vector + Stream, const SIZE: usize> Staged<'_, V, SIZE> {
    fn place_next(&self, next: &mut Block, block: &Block) {
        let (row, column) = (block.row + block.rows, block.column + block.columns);
        if column < self.columns {
            self.place(next, block.plane, block.row, column);
        } else if row < self.rows {
            self.place(next, block.plane, row, 0);
        } else if block.plane + 1 < self.planes {
            self.place(next, block.plane + 1, 0, 0);
        } else {
            next.rows = 0;
        }
    }

    fn place(&self, block: &mut Block, plane: usize, row: usize, column: usize) {
        let (rows, columns) = block_of::<SIZE>();
        (block.plane, block.row, block.column) = (plane, row, column);
        (block.to, block.from) = self.job.plane(plane);
        block.rows = rows.min(self.rows - row);
        block.columns = columns.min(self.columns - column);
        block.first_row = row.min(self.rows - V::LANE / SIZE);
        block.first_column = column.min(self.columns - columns_of::<V, SIZE>());
        self.job.write_rows(&mut block.to_rows[..block.rows], row);
        let columns = column + block.columns - block.first_column;
        let table = &mut block.from_columns[..columns];
        self.job.write_columns(table, block.first_column);
    }

    /// Transposes a block to `stage`, meanwhile stores that before it from the other stage, and
    /// asks for the next one.
    ///
    /// # Safety
    /// As for [`staged`].
    #[inline(always)]
    unsafe fn block<const M: usize>(
        &self,
        before: &Block,
        block: &Block,
        next: &Block,
        stage: *mut u8,
        other: *mut u8,
    ) {
        let width = columns_of::<V, SIZE>();
        let into = stage.wrapping_sub((block.column - block.first_column) * SIZE);
        let columns = block.column + block.columns - block.first_column;
        let (mut flushed, mut asked) = (0, 0);
        let mut column = 0;
        loop {
            let to = into.wrapping_add(column * SIZE);
            let table = Table(block.from_columns[column..].as_ptr());
            // SAFETY: the strip lies in the block.
            unsafe {
                if self.crowded {
                    self.uncrowded_strip::<M>(to, block, table);
                } else {
                    let rows = block.row + block.rows - block.first_row;
                    let from = block.from.wrapping_add(block.first_row * SIZE);
                    strip::<V, SIZE, M, _>(to, from, table, rows);
                }
            }
            let done = column + width;
            let upto = before.rows * done / columns;
            // SAFETY: as the caller promises.
            unsafe { self.flush(before, flushed, upto, other, stage) };
            flushed = upto;
            let upto = next.columns * done / columns;
            if next.rows > 0 {
                ask::<SIZE>(next, asked, upto);
            }
            asked = upto;
            if done == columns {
                break;
            }
            column = done.min(columns - width);
        }
    }

    /// As [`strip`], of lines that are copied to where they do not crowd.
    ///
    /// # Safety
    /// As for [`strip`].
    #[inline(always)]
    unsafe fn uncrowded_strip<const M: usize>(&self, to: *mut u8, block: &Block, columns: Table) {
        let mut lines = MaybeUninit::<[Line; 64]>::uninit();
        let lines: *mut Line = lines.as_mut_ptr().cast();
        let place = |row| to.wrapping_add((row - block.first_row) * PITCH);
        let end = block.row + block.rows;
        let mut row = block.first_row;
        while row < end {
            if row + LINE / SIZE > end {
                let row = row.min(end - M);
                let from = block.from.wrapping_add(row * SIZE);
                // SAFETY: as the caller promises.
                unsafe { strip::<V, SIZE, M, _>(place(row), from, columns, end - row) };
                return;
            }
            let from = block.from.wrapping_add(row * SIZE);
            for k in 0..columns_of::<V, SIZE>() {
                // SAFETY: so many items lie there, and there is a line for each column.
                unsafe {
                    let from = from.wrapping_offset(columns.at(k)).cast::<Line>();
                    lines.add(k).write(from.read_unaligned());
                }
            }
            let pitch = Pitch(LINE as isize);
            // SAFETY: all that is read has just been written.
            unsafe { strip::<V, SIZE, M, _>(place(row), lines.cast(), pitch, LINE / SIZE) };
            row += LINE / SIZE;
        }
    }

    /// Stores some rows of a block from its stage, and keeps in front of the other one what is
    /// left of them.
    ///
    /// # Safety
    /// As for [`staged`].
    #[inline(always)]
    unsafe fn flush(
        &self,
        block: &Block,
        first: usize,
        end: usize,
        stage: *mut u8,
        other: *mut u8,
    ) {
        let begins = block.column == 0;
        let ends = block.column + block.columns == self.columns;
        for row in first..end {
            let to = block.to.wrapping_offset(block.to_rows[row]);
            let at = (block.row - block.first_row + row) * PITCH;
            let staged = Run {
                to: to.wrapping_add(block.column * SIZE),
                from: stage.wrapping_add(at),
                size: block.columns * SIZE,
            };
            let staged = match begins {
                // SAFETY: as the caller promises.
                true => unsafe { staged.begin() },
                false => staged.with_left_over(),
            };
            // SAFETY: as the caller promises.
            let left = unsafe { staged.stream::<V>() };
            // SAFETY: as the caller promises; in front of a row there is room for a line.
            unsafe {
                if ends {
                    left.store();
                } else {
                    left.keep(other.wrapping_add(at));
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

/// Transposes as many columns as a tile has.
///
/// # Safety
/// As for [`staged`], and there are as many rows as a tile has, or more.
#[inline(always)]
unsafe fn strip<V: Vector, const SIZE: usize, const M: usize, S: Steps>(
    to: *mut u8,
    from: *const u8,
    columns: S,
    rows: usize,
) {
    let mut row = 0;
    loop {
        let to = to.wrapping_add(row * PITCH);
        let from = from.wrapping_add(row * SIZE);
        // SAFETY: as the caller promises.
        unsafe { tile::<V, SIZE, M>(to, Pitch(PITCH as isize), from, columns) };
        if row + M == rows {
            return;
        }
        row = (row + M).min(rows - M);
    }
}

/// Asks for the lines of some columns of a block.
#[inline(always)]
fn ask<const SIZE: usize>(block: &Block, first: usize, end: usize) {
    let skip = block.column - block.first_column;
    let from = block.from.wrapping_add(block.row * SIZE);
    for &distance in &block.from_columns[skip + first..skip + end] {
        let from = from.wrapping_offset(distance);
        let skew = from.addr() % LINE;
        let from = from.wrapping_sub(skew);
        for line in (0..skew + block.rows * SIZE).step_by(LINE) {
            ask_for_line(from.wrapping_add(line));
        }
    }
}

/// Whether lines so far apart have few places in a cache.
pub(super) fn crowds(stride: isize) -> bool {
    let beside = stride.unsigned_abs() % SPAN;
    !(LINE..=SPAN - LINE).contains(&beside)
}

/// Half of what the places of a first cache repeat after.
const SPAN: usize = 2048;
