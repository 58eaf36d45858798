//! Dimensions that change places: what lies together in the source does not in the destination.
//!
//! Walked row by row, one side would use a cache line for each item. So items go in tiles, small
//! enough for registers ([`tile`]); where they are of another size than vectors can take,
//! or few, in tiles of the cache ([`items`]). In the caches tiles go straight from the
//! source to the destination ([`direct`], and with the longest vectors [`squares`]), beyond them
//! in whole lines ([`lines`]): straight, where the longest vectors are lines of the destination
//! ([`streamed`]), or by way of a small stage ([`skewed`]); and what is neither, by way of a
//! large one ([`staged`]).
//!
//! Many dimensions are two: those in a row on the source's side are rows, those in a row on the
//! destination's are columns, as many as make a block of the stage ([`job`]).
//!
//! What this does not do: use threads; take items of more than 16 bytes, or of 3, 6 and 12, by
//! vectors, or beyond the caches by way of the stage; use vectors of 64 bytes in the caches for more
//! than two dimensions that change places; on ARM, where its tiles are those of every processor, ask for
//! lines ahead, or pass the caches by.

mod direct;
mod items;
pub(in crate::copy) mod job;
#[cfg(target_arch = "x86_64")]
mod lines;
mod plane;
pub(in crate::copy) mod shuffle;
#[cfg(target_arch = "x86_64")]
mod skewed;
#[cfg(target_arch = "x86_64")]
mod square;
#[cfg(target_arch = "x86_64")]
mod squares;
mod stage;
#[cfg(target_arch = "x86_64")]
mod staged;
#[cfg(target_arch = "x86_64")]
mod stream;
#[cfg(target_arch = "x86_64")]
mod streamed;
mod tile;
#[cfg(target_arch = "x86_64")]
mod tile_avx2;
#[cfg(pybuf_neon)]
mod tile_neon;
#[cfg(target_arch = "x86_64")]
mod tile_sse2;
#[cfg(any(test, not(pybuf_vectors)))]
mod tile_word;
#[cfg(target_arch = "x86_64")]
mod ways;

use self::job::{Job, Merged};
use self::tile::{Pitch, Table};
use super::means::Means;
use super::{Axis, Level};
use crate::copy::loops::Loop;
use plane::{Ahead, Plane};
pub(in crate::copy) use stage::{Limits, Stage};

/// So many items are moved before it is found out how best to move them.
pub(in crate::copy) const FEW: usize = 256;

/// From so many items on it pays to look for more rows and columns in the loops around a plane.
const MANY: usize = 4096;

/// Copies `rows.length × columns.length` items: item (r, c) lies at
/// `to + r * rows.stride + c * itemsize` and at `from + c * columns.stride + r * itemsize`.
///
/// # Safety
/// All these items lie in live memory, those of `to` writable; the two do not overlap. The
/// processor has the level.
pub(in crate::copy) unsafe fn transpose(
    level: Level,
    to: *mut u8,
    from: *const u8,
    rows: Axis,
    columns: Axis,
    itemsize: usize,
) {
    if are_few(rows.length, columns.length) {
        // SAFETY: as the caller promises.
        return unsafe { few(to, from, rows, columns, itemsize) };
    }
    let axis = |axis: Axis| Loop {
        length: axis.length,
        to: axis.stride,
        from: axis.stride,
    };
    let (rows, columns) = ([axis(rows)], [axis(columns)]);
    let job = Job {
        to,
        from,
        outer: &[],
        rows: &rows,
        columns: &columns,
        size: itemsize,
    };
    // SAFETY: as the caller promises.
    unsafe { transpose_all(level, &job, None) };
}

/// The same for so few items that nothing else is asked.
///
/// # Safety
/// As for [`transpose`].
pub(in crate::copy) unsafe fn few(
    to: *mut u8,
    from: *const u8,
    rows: Axis,
    columns: Axis,
    itemsize: usize,
) {
    let (to_rows, from_columns) = (Pitch(rows.stride), Pitch(columns.stride));
    let plane = Plane {
        to,
        to_rows,
        rows: rows.length,
        from,
        from_columns,
        columns: columns.length,
    };
    // SAFETY: as the caller promises.
    unsafe { plane.small(itemsize, Ahead::Nothing) };
}

/// Which way to go, where that is possible; else another one is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "only tests choose")]
pub(in crate::copy) enum Choice {
    /// Straight from one side to the other, by way of the caches.
    Direct,
    /// In whole [`lines`].
    Lines,
    /// By way of the large stage.
    Stage,
}

/// The same for what a job says; with no choice, as is best.
///
/// # Safety
/// As for [`transpose`].
pub(in crate::copy) unsafe fn transpose_all(level: Level, job: &Job<'_>, choice: Option<Choice>) {
    if job.is_empty() {
        return;
    }
    // SAFETY: as the caller promises.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        ways::transpose(level, job, choice);
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = (level, choice);
            short(job);
        }
    }
}

fn are_few(rows: usize, columns: usize) -> bool {
    rows.saturating_mul(columns) <= FEW
}

/// Whether it pays to look for more rows and columns in the loops around a plane.
pub(in crate::copy) fn is_worth_merging(outer: &[Loop], rows: Loop, columns: Loop) -> bool {
    let planes = outer.iter().map(|one| one.length);
    !outer.is_empty() && planes.product::<usize>() * rows.length * columns.length >= MANY
}

/// How a transpose is done.
pub(in crate::copy) struct Way {
    pub(in crate::copy) means: Means,
    /// Whether past the caches, and why; `None` for few items, where that is no question.
    pub(in crate::copy) stage: Option<Stage>,
    /// Those of a plane, with all that have become a part of it.
    pub(in crate::copy) rows: usize,
    pub(in crate::copy) columns: usize,
    /// Of what is done at once: a plane, or all of them.
    pub(in crate::copy) bytes: usize,
}

/// How a plan is executed that ends in a transpose.
pub(in crate::copy) fn way(
    level: Level,
    outer: &[Loop],
    rows: Loop,
    columns: Loop,
    size: usize,
) -> Way {
    let is_merged = is_worth_merging(outer, rows, columns);
    if !is_merged && are_few(rows.length, columns.length) {
        return Way {
            means: direct::means_of_small(rows.length, columns.length, size),
            stage: None,
            rows: rows.length,
            columns: columns.length,
            bytes: rows.length * columns.length * size,
        };
    }
    let outer = if is_merged { outer } else { &[] };
    let merged = Merged::new(outer, rows, columns, size);
    let job = merged.job(std::ptr::null_mut(), std::ptr::null(), size);
    #[cfg(target_arch = "x86_64")]
    let (means, stage) = ways::means(level, &job);
    #[cfg(not(target_arch = "x86_64"))]
    let (means, stage) = (means_of_short(&job), Stage::Unknown);
    let _ = level;
    Way {
        means,
        stage: Some(stage),
        rows: job.row_count(),
        columns: job.column_count(),
        bytes: job.bytes(),
    }
}

/// The same with loops around it, from the outermost on: those that go on where rows or columns
/// end become a part of them.
///
/// # Safety
/// As for [`transpose`].
pub(in crate::copy) unsafe fn transpose_nested(
    level: Level,
    to: *mut u8,
    from: *const u8,
    outer: &[Loop],
    rows: Loop,
    columns: Loop,
    itemsize: usize,
) {
    let merged = Merged::new(outer, rows, columns, itemsize);
    // SAFETY: as the caller promises.
    unsafe { transpose_all(level, &merged.job(to, from, itemsize), None) };
}

/// Does something with all of a job, a [`Plane`] at a time; in a macro, for what a closure does
/// is not compiled with the processor's features.
///
/// Rows and columns of several dimensions are done in parts, for as many as a table holds. What
/// is left of them for the last part is `overlap` at least: some are done twice.
macro_rules! each_plane {
    ($job:ident, $overlap:expr, |$plane:ident| $do:expr) => {
        for k in 0..$job.planes() {
            if let Some($plane) = $job.even_plane(k) {
                $do;
                continue;
            }
            let (to, from) = $job.plane(k);
            let (rows, columns) = ($job.row_count(), $job.column_count());
            let mut parts = Parts {
                rows: [0; PART],
                columns: [0; PART],
            };
            for top in (0..rows).step_by(PART) {
                let top = top.min(rows.saturating_sub($overlap.0));
                let row_part = PART.min(rows - top);
                $job.write_rows(&mut parts.rows[..row_part], top);
                for left in (0..columns).step_by(PART) {
                    let left = left.min(columns.saturating_sub($overlap.1));
                    let column_part = PART.min(columns - left);
                    $job.write_columns(&mut parts.columns[..column_part], left);
                    let $plane = Plane {
                        to: to.wrapping_add(left * $job.size),
                        to_rows: Table(parts.rows.as_ptr()),
                        rows: row_part,
                        from: from.wrapping_add(top * $job.size),
                        from_columns: Table(parts.columns.as_ptr()),
                        columns: column_part,
                    };
                    $do;
                }
            }
        }
    };
}

/// Rows, and columns, of a part.
const PART: usize = 128;

/// Where the rows and columns of a part lie. What a function keeps of vectors on its stack lies in
/// whole lines beside them: elsewhere half of it would be in two, which takes twice as long.
#[repr(align(64))]
struct Parts {
    rows: [isize; PART],
    columns: [isize; PART],
}

#[cfg(target_arch = "x86_64")]
use each_plane;

/// With the vectors of [`Plane::small`], or none.
///
/// # Safety
/// As for [`transpose`].
unsafe fn short(job: &Job<'_>) {
    let ahead = Ahead::of(job.bytes());
    // SAFETY: as the caller promises.
    each_plane!(job, (1, 1), |plane| unsafe { plane.small(job.size, ahead) });
}

/// By what [`short`] begins.
fn means_of_short(job: &Job<'_>) -> Means {
    let most = match (job.rows, job.columns) {
        ([_], [_]) => usize::MAX,
        _ => PART,
    };
    let (rows, columns) = (job.row_count().min(most), job.column_count().min(most));
    direct::means_of_small(rows, columns, job.size)
}
