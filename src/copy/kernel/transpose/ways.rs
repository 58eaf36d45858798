//! Which vectors transpose a job on x86-64, and which way it goes.

use std::arch::x86_64::{__m128i, __m256i};

use super::super::Level;
use super::super::means::{Means, note};
use super::job::Job;
use super::lines::{in_lines, means_of_lines};
use super::plane::{Ahead, Plane};
use super::squares::{Bytes, Eights, Fours, Pairs, Sixteens, Tiles, by_tiles, fit, squares};
use super::stage::{Limits, Stage};
use super::staged::{crowds, staged};
use super::tile::{Table, Vector, columns_of};
use super::{Choice, PART, Parts, each_plane, means_of_short, short};

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
pub(super) unsafe fn transpose(level: Level, job: &Job<'_>, choice: Option<Choice>) {
    let past = choice.map_or_else(|| stage_of(job).pays(), |choice| choice != Choice::Direct);
    let lines = choice != Some(Choice::Stage);
    // SAFETY: as the caller promises; every processor of the target has the shorter vectors.
    unsafe {
        if past && (lines && in_lines(level, job) || by_way_of_the_stage(level, job)) {
            return;
        }
        match level {
            Level::Avx512 if in_squares(job) => (),
            Level::Avx512 | Level::Avx2 => avx2(job),
            Level::Portable | Level::Neon => by_size!(job, direct::<__m128i>, short(job)),
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

/// Does a job of two dimensions around others; false, and nothing is done, for all else.
///
/// # Safety
/// As for [`direct`], and the processor has AVX-512.
unsafe fn in_squares(job: &Job<'_>) -> bool {
    // SAFETY: as the caller promises.
    unsafe { by_tiles!(job, all_in_squares, false) }
}

/// # Safety
/// As for [`in_squares`], with items of this size.
unsafe fn all_in_squares<T: Tiles>(job: &Job<'_>) -> bool {
    if job.even_plane(0).filter(fit::<T>).is_none() {
        return false;
    }
    note(Means::Tiles(SQUARE));
    let ahead = Ahead::of(job.bytes());
    for plane in job.even_planes() {
        // SAFETY: as the caller promises.
        unsafe { squares::<T>(plane, ahead) };
    }
    true
}

/// Does a job by way of the stage; false, and nothing is done, where that cannot be.
///
/// # Safety
/// As for [`staged`], and the processor has the level.
unsafe fn by_way_of_the_stage(level: Level, job: &Job<'_>) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        match level {
            Level::Avx512 | Level::Avx2 => avx2_staged(job),
            Level::Portable | Level::Neon => sse2_staged(job),
        }
    }
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

/// Whether a job passes the caches by, where vectors hold its items.
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

/// By what [`transpose`] does a job, and why it passes the caches by, or does not. Its destination is
/// taken to begin with a line, or where there are two dimensions, between two items.
pub(super) fn means(level: Level, job: &Job<'_>) -> (Means, Stage) {
    let vector = match level {
        Level::Avx2 | Level::Avx512 => by_size!(job, vector_of::<__m256i>, None),
        Level::Portable | Level::Neon => by_size!(job, vector_of::<__m128i>, None),
    };
    let stage = stage_of(job);
    if let Some(means) = means_of_lines(level, job).filter(|_| stage.pays()) {
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
        job.even_plane(0).is_some_and(|plane| fit::<T>(&plane))
    }
    by_tiles!(job, fits, false)
}

/// The bytes of a vector, where the job's planes hold a tile of them.
fn vector_of<V: Vector, const SIZE: usize, const M: usize>(job: &Job<'_>) -> Option<usize> {
    job.holds::<V, SIZE>().then_some(V::LANES * V::LANE)
}
