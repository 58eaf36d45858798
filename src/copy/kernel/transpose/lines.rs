//! Past the caches in whole lines, without the large stage: which jobs, and how.

use super::super::Level;
use super::super::means::{Means, note};
use super::super::run;
use super::job::Job;
use super::plane::Plane;
use super::skewed::{self, Room, skewed};
use super::square::{Halved, Square};
use super::squares::{Bytes, Eights, Fours, Pairs, Sixteens, Tiles, by_tiles};
use super::streamed::{nest_lines, share_lines, streamed, whole_squares};
use super::tile::Table;
use super::{PART, Parts, each_plane};
use crate::copy::loops::Loop;
use crate::layout::MAX_DIMS;

/// Calls a function for squares of AVX2, of items of the job's size.
macro_rules! by_halves {
    ($job:ident, $function:ident, $other:expr) => {
        match $job.size {
            1 => $function::<Halved<1, 16>>($job),
            2 => $function::<Halved<2, 8>>($job),
            4 => $function::<Halved<4, 4>>($job),
            8 => $function::<Halved<8, 2>>($job),
            16 => $function::<Halved<16, 1>>($job),
            _ => $other,
        }
    };
}

/// By what a job is done in lines, if it may be.
pub(super) fn means_of_lines(level: Level, job: &Job<'_>) -> Option<Means> {
    match level {
        Level::Avx512 => by_tiles!(job, means_in_tiles, None),
        // Their instructions are written out with addresses of 64 bits, which x32 has not.
        Level::Avx2 if cfg!(target_pointer_width = "64") => {
            by_halves!(job, means_in_squares, None)
        }
        Level::Avx2 | Level::Portable | Level::Neon => None,
    }
}

fn means_in_tiles<T: Tiles>(job: &Job<'_>) -> Option<Means> {
    let Some(first) = job.even_plane(0) else {
        return nest_lines::<T>(job).then_some(Means::Lines);
    };
    // Where the first plane begins between two items all do, if so do the steps to them.
    let steps = |one: &Loop| one.to.unsigned_abs().is_multiple_of(<T as Tiles>::SIZE);
    if share_lines::<T>(&first) && job.outer.iter().all(steps) {
        return Some(Means::Lines);
    }
    means_in_squares::<T>(job)
}

fn means_in_squares<T: Square>(job: &Job<'_>) -> Option<Means> {
    let first = job.even_plane(0)?;
    skewed::fits::<T>(&first).then_some(Means::Skewed)
}

/// Does a job in lines; false, and nothing is done, where that cannot be. In a function of its own,
/// as what goes by way of the stage: small transposes have no use for its tables.
///
/// # Safety
/// All items lie in live memory, those of the destination writable; the two do not overlap. The
/// processor has the level.
#[inline(never)]
pub(super) unsafe fn in_lines(level: Level, job: &Job<'_>) -> bool {
    let mut outer = [Loop::ONCE; MAX_DIMS];
    let down = &job.down_the_source(&mut outer);
    // SAFETY: as the caller promises.
    unsafe {
        match means_of_lines(level, job) {
            Some(Means::Skewed) if level == Level::Avx512 => by_tiles!(down, all_skewed, false),
            Some(Means::Skewed) => by_halves!(down, all_skewed, false),
            Some(Means::Lines) => by_tiles!(down, all_streamed, false),
            _ => false,
        }
    }
}

/// # Safety
/// As for [`in_lines`], with items of this size.
unsafe fn all_skewed<T: Square>(job: &Job<'_>) -> bool {
    let Ok(room) = Room::new() else {
        return false;
    };
    note(Means::Skewed);
    for plane in job.even_planes() {
        // SAFETY: as the caller promises.
        unsafe { skewed::<T>(plane, &room) };
    }
    run::end();
    true
}

/// # Safety
/// As for [`in_lines`], with items of this size.
unsafe fn all_streamed<T: Tiles>(job: &Job<'_>) -> bool {
    note(Means::Lines);
    // SAFETY: as the caller promises.
    unsafe {
        match (job.rows, job.columns) {
            ([_], [_]) => job.even_planes().for_each(|plane| streamed::<T>(plane)),
            _ => each_plane!(job, (1, 1), |plane| whole_squares::<T>(plane)),
        }
    }
    run::end();
    true
}
