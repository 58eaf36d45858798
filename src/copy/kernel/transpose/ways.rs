//! Which vectors transpose a job on x86-64, and which way it goes.

use std::arch::x86_64::{__m128i, __m256i};

use super::super::Level;
use super::super::means::{Means, note};
use super::job::Job;
use super::plane::{Ahead, Plane};
use super::skewed::{Room, fits as fits_skewed, skewed};
use super::squares::{Bytes, Eights, Fours, Pairs, Sixteens, Tiles, fit, squares};
use super::stage::{Limits, Stage};
use super::staged::{crowds, staged};
use super::stream::Stream;
use super::streamed::{nest_lines, share_lines, streamed, whole_squares};
use super::tile::{Pitch, Table, Vector, columns_of};
use super::{PART, Parts, each_plane, means_of_short, short};
use crate::copy::loops::Loop;
use crate::layout::MAX_DIMS;

/// Bytes of the vectors of squares.
const SQUARE: usize = 64;

/// Calls a function for vectors of a type and items of the job's size.
macro_rules! by_size {
    ($job:ident, $function:ident::<$vector:ty>, $other:expr) => {
        match $job.size {
            1 => $function::<$vector, 1, 16>($job),
            2 => $function::<$vector, 2, 8>($job),
            4 => $function::<$vector, 4, 4>($job),
            8 => $function::<$vector, 8, 2>($job),
            16 => $function::<$vector, 16, 1>($job),
            _ => $other,
        }
    };
}

/// As [`super::transpose_all`] has it.
///
/// # Safety
/// As there.
pub(super) unsafe fn transpose(level: Level, job: &Job<'_>, stage: Option<bool>) {
    let stage = stage.unwrap_or_else(|| stage_of(job).pays());
    // SAFETY: as the caller promises; every processor of the target has the shorter vectors.
    unsafe {
        match level {
            Level::Avx512 => {
                let streams = stage && streamed_in_squares(job);
                if !streams && (!stage || !avx2_staged(job)) && !in_squares(job) {
                    avx2(job);
                }
            }
            Level::Avx2 => {
                if !stage || !avx2_staged(job) {
                    avx2(job);
                }
            }
            Level::Portable | Level::Neon => {
                if !stage || !sse2_staged(job) {
                    by_size!(job, direct::<__m128i>, short(job));
                }
            }
        }
    }
}

/// # Safety
/// As for [`direct`].
#[target_feature(enable = "avx2")]
unsafe fn avx2(job: &Job<'_>) {
    // SAFETY: as the caller promises.
    unsafe { by_size!(job, direct::<__m256i>, short(job)) };
}

/// Calls a function for tiles of the job's size.
macro_rules! by_tiles {
    ($job:ident, $function:ident, $other:expr) => {
        match $job.size {
            1 => $function::<Bytes>($job),
            2 => $function::<Pairs>($job),
            4 => $function::<Fours>($job),
            8 => $function::<Eights>($job),
            16 => $function::<Sixteens>($job),
            _ => $other,
        }
    };
}

/// Does a job of two dimensions around others; false, and nothing is done, for all else.
///
/// # Safety
/// As for [`direct`], and the processor has AVX-512.
unsafe fn in_squares(job: &Job<'_>) -> bool {
    // SAFETY: as the caller promises.
    unsafe { by_tiles!(job, all_in_squares, false) }
}

/// The same past the caches, where whole lines can be stored.
///
/// # Safety
/// As for [`in_squares`].
unsafe fn streamed_in_squares(job: &Job<'_>) -> bool {
    // SAFETY: as the caller promises.
    unsafe { by_tiles!(job, all_streamed, false) }
}

/// # Safety
/// As for [`in_squares`], with items of this size.
unsafe fn all_in_squares<T: Tiles>(job: &Job<'_>) -> bool {
    if plane_of(job, 0).filter(fit::<T>).is_none() {
        return false;
    }
    note(Means::Tiles(SQUARE));
    let ahead = Ahead::of(job.bytes());
    for plane in (0..job.planes()).filter_map(|k| plane_of(job, k)) {
        // SAFETY: as the caller promises.
        unsafe { squares::<T>(plane, ahead) };
    }
    true
}

/// # Safety
/// As for [`streamed_in_squares`], with items of this size.
unsafe fn all_streamed<T: Tiles>(job: &Job<'_>) -> bool {
    let mut outer = [Loop::ONCE; MAX_DIMS];
    let down = &job.down_the_source(&mut outer);
    let planes = (0..down.planes()).filter_map(|k| plane_of(down, k));
    match lines_of::<T>(job) {
        Some(Means::Skewed) => {
            let Ok(room) = Room::new() else {
                return false;
            };
            note(Means::Skewed);
            // SAFETY: as the caller promises.
            planes.for_each(|plane| unsafe { skewed::<T>(plane, &room) });
        }
        Some(means) => {
            note(means);
            match (job.rows, job.columns) {
                // SAFETY: as the caller promises.
                ([_], [_]) => planes.for_each(|plane| unsafe { streamed::<T>(plane) }),
                // SAFETY: as the caller promises.
                _ => each_plane!(down, (1, 1), |plane| unsafe {
                    whole_squares::<T>(plane);
                }),
            }
        }
        None => return false,
    }
    <__m128i as Stream>::end();
    true
}

/// A plane of a job of two dimensions around others.
#[inline]
fn plane_of(job: &Job<'_>, k: usize) -> Option<Plane<Pitch, Pitch>> {
    let ([row], [column]) = (job.rows, job.columns) else {
        return None;
    };
    let (to, from) = job.plane(k);
    Some(Plane {
        to,
        to_rows: Pitch(row.to),
        rows: row.length,
        from,
        from_columns: Pitch(column.from),
        columns: column.length,
    })
}

/// In a function of its own: its tables would cost every small transpose a large frame.
///
/// # Safety
/// As for [`staged`].
#[inline(never)]
#[target_feature(enable = "avx2")]
unsafe fn avx2_staged(job: &Job<'_>) -> bool {
    // SAFETY: as the caller promises.
    unsafe { by_size!(job, staged::<__m256i>, false) }
}

/// # Safety
/// As for [`staged`].
#[inline(never)]
unsafe fn sse2_staged(job: &Job<'_>) -> bool {
    // SAFETY: as the caller promises.
    unsafe { by_size!(job, staged::<__m128i>, false) }
}

/// # Safety
/// All items lie in live memory, those of the destination writable; the two do not overlap. The
/// processor has what the vector is made for, and `M * SIZE` is `V::LANE`.
#[inline(always)]
unsafe fn direct<V: Vector, const SIZE: usize, const M: usize>(job: &Job<'_>) {
    if !job.holds::<V, SIZE>() {
        // SAFETY: as the caller promises.
        return unsafe { short(job) };
    }
    note(Means::Tiles(V::LANES * V::LANE));
    let ahead = Ahead::of(job.bytes());
    let overlap = (M, columns_of::<V, SIZE>());
    // SAFETY: as the caller promises, and parts that hold a tile overlap where they would not.
    each_plane!(job, overlap, |plane| unsafe {
        plane.direct::<V, SIZE, M>(ahead);
    });
}

/// Whether a job goes by way of the stage, where vectors hold its items.
fn stage_of(job: &Job<'_>) -> Stage {
    let (bytes, limits) = (job.bytes(), Limits::THESE);
    if bytes < limits.crowded_from {
        return Stage::Little;
    }
    if job.column_count() * job.size < limits.row {
        return Stage::ShortRows;
    }
    let crowded = || {
        job.rows.iter().any(|one| crowds(one.to)) || job.columns.iter().any(|one| crowds(one.from))
    };
    match bytes >= limits.staged_from {
        true => Stage::Large,
        false if crowded() => Stage::Crowded,
        false => Stage::Uncrowded,
    }
}

/// By what [`transpose`] does a job, whose destination begins between two items of a line, and why it goes by way of
/// the stage, or does not.
pub(super) fn means(level: Level, job: &Job<'_>) -> (Means, Stage) {
    let vector = match level {
        Level::Avx2 | Level::Avx512 => by_size!(job, vector_of::<__m256i>, None),
        Level::Portable | Level::Neon => by_size!(job, vector_of::<__m128i>, None),
    };
    let stage = stage_of(job);
    let in_lines = lines(job).filter(|_| level >= Level::Avx512 && stage.pays());
    if let Some(means) = in_lines {
        return (means, stage);
    }
    match vector {
        Some(bytes) if stage.pays() => (Means::Stage(bytes), stage),
        _ if level >= Level::Avx512 && fits_squares(job) => (Means::Tiles(SQUARE), stage),
        None => (means_of_short(job), Stage::Unfit),
        Some(bytes) => (Means::Tiles(bytes), stage),
    }
}

/// Whether a job is done in squares, where it goes neither by way of the stage nor past the cache.
fn fits_squares(job: &Job<'_>) -> bool {
    fn fits<T: Tiles>(job: &Job<'_>) -> bool {
        plane_of(job, 0).is_some_and(|plane| fit::<T>(&plane))
    }
    by_tiles!(job, fits, false)
}

/// By what a job goes past the cache in whole lines, if it may.
fn lines(job: &Job<'_>) -> Option<Means> {
    by_tiles!(job, lines_of, None)
}

fn lines_of<T: Tiles>(job: &Job<'_>) -> Option<Means> {
    let Some(first) = plane_of(job, 0) else {
        return nest_lines::<T>(job).then_some(Means::Lines);
    };
    // Where the first plane begins between two items all do, if so do the steps to them.
    let steps = |one: &Loop| one.to.unsigned_abs().is_multiple_of(T::SIZE);
    if share_lines::<T>(&first) && job.outer.iter().all(steps) {
        return Some(Means::Lines);
    }
    fits_skewed::<T>(&first).then_some(Means::Skewed)
}

/// The bytes of a vector, where the job's planes hold a tile of them.
fn vector_of<V: Vector, const SIZE: usize, const M: usize>(job: &Job<'_>) -> Option<usize> {
    job.holds::<V, SIZE>().then_some(V::LANES * V::LANE)
}
