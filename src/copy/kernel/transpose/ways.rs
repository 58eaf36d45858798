//! Which vectors transpose a job on x86-64, and which way it goes.

use std::arch::x86_64::{__m128i, __m256i};

use super::super::Level;
use super::job::Job;
use super::plane::{Ahead, Plane};
use super::staged::{crowds, staged};
use super::tile::{Pitch, Table, Vector, columns_of};
use super::{PART, Parts, each_plane, short};

/// From so many bytes on, the destination is stored past the caches. Up to there it is faster
/// to store to them, and to ask for the lines before.
const STAGED_FROM: usize = 8 << 20;

/// The same where columns, or rows, crowd in the caches.
const CROWDED_FROM: usize = 2 << 20;

/// In rows of fewer bytes there are too few whole lines to store past the caches.
const STAGED_ROW: usize = 256;

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
    let stage = stage.unwrap_or_else(|| wants_stage(job));
    // SAFETY: as the caller promises; every processor of the target has the shorter vectors.
    unsafe {
        match level {
            Level::Avx2 | Level::Avx512 => {
                if !stage || !avx2_staged(job) {
                    avx2(job);
                }
            }
            Level::Portable => {
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
    let ahead = Ahead::of(job.bytes());
    let overlap = (M, columns_of::<V, SIZE>());
    // SAFETY: as the caller promises, and parts that hold a tile overlap where they would not.
    each_plane!(job, overlap, |plane| unsafe {
        plane.direct::<V, SIZE, M>(ahead);
    });
}

fn wants_stage(job: &Job<'_>) -> bool {
    let bytes = job.bytes();
    if bytes < CROWDED_FROM || job.column_count() * job.size < STAGED_ROW {
        return false;
    }
    let crowded = || {
        job.rows.iter().any(|one| crowds(one.to)) || job.columns.iter().any(|one| crowds(one.from))
    };
    bytes >= STAGED_FROM || crowded()
}
