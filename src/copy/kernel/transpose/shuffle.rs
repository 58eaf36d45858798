//! Bytes of items that lie together: to a plane for each byte of an item, and back.
//!
//! `M` vectors are loaded one behind another, and their bytes are numbered in binary: the upper
//! bits say in which vector a byte is, the lower ones at which place of it. To interleave the
//! vectors `k` and `k + M / 2`, for all `k`, moves the uppermost bit to the lower end. Where items
//! have `M` bytes, the lower bits say which byte of its item it is: after as many rounds as there
//! are bits for a place, these are the upper ones, and each vector has one byte of all items. As
//! many rounds as there are bits for a vector lead back.
//!
//! As with all tiles nothing crosses a lane: the upper lane works on the next block of items. The
//! last block overlaps the one before.

use super::plane::LINE;
use super::tile::{Pitch, Steps, Vector, prefetch, round};
#[cfg(pybuf_neon)]
use super::tile_neon::Lane;
#[cfg(target_arch = "x86_64")]
use super::tile_sse2::__m128i as Lane;
#[cfg(not(pybuf_vectors))]
use super::tile_word::Word as Lane;
use crate::copy::kernel::{Axis, Level};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::__m256i;
use std::mem::MaybeUninit;

/// What is stored is asked for so many bytes before.
const AHEAD: usize = 128;

/// Planes so far apart share a place in the first cache, which has not one for each line ...
const CROWDED: usize = 2048;
/// ... so that many lines of each plane are written at once.
const STAGED: usize = 256;

/// Bytes of an item.
pub(in crate::copy) const SIZES: [usize; 4] = [2, 4, 8, 16];

/// Calls a function for vectors of a type and as many of them as an item has bytes, if there are
/// items for a block.
macro_rules! by_size {
    ($function:ident::<$vector:ty>, $count:ident, $size:expr, $arguments:tt) => {
        if $count >= <$vector>::LANE * <$vector>::LANES {
            match $size {
                2 => $function::<$vector, 2> $arguments,
                4 => $function::<$vector, 4> $arguments,
                8 => $function::<$vector, 8> $arguments,
                16 => $function::<$vector, 16> $arguments,
                _ => return false,
            }
            return true;
        }
    };
}

/// Whether there are kernels for so many items of so many bytes, at every level.
pub(in crate::copy) fn fits(bytes: usize, count: usize) -> bool {
    SIZES.contains(&bytes) && count >= Lane::LANE * Lane::LANES
}

/// Takes `count` items apart: each becomes a byte of each plane, of which there are as many as an
/// item has bytes. False, and nothing is moved, where that is none of [`SIZES`] or there are few.
///
/// # Safety
/// All of them lie in live memory, those of `to` writable; the two do not overlap. The processor
/// has the level.
pub(in crate::copy) unsafe fn split(
    level: Level,
    to: *mut u8,
    planes: Axis,
    from: *const u8,
    count: usize,
) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        if level >= Level::Avx2 && split_avx2(to, planes, from, count) {
            return true;
        }
        by_size!(
            split_all::<Lane>,
            count,
            planes.length,
            (to, planes.stride, from, count)
        );
    }
    let _ = level;
    false
}

/// Puts `count` items together, out of planes.
///
/// # Safety
/// As for [`split`].
pub(in crate::copy) unsafe fn join(
    level: Level,
    to: *mut u8,
    from: *const u8,
    planes: Axis,
    count: usize,
) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        if level >= Level::Avx2 && join_avx2(to, from, planes, count) {
            return true;
        }
        by_size!(
            join_all::<Lane>,
            count,
            planes.length,
            (to, from, planes.stride, count)
        );
    }
    let _ = level;
    false
}

/// # Safety
/// As for [`split`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn split_avx2(to: *mut u8, planes: Axis, from: *const u8, count: usize) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        by_size!(
            split_all::<__m256i>,
            count,
            planes.length,
            (to, planes.stride, from, count)
        );
    }
    false
}

/// # Safety
/// As for [`split`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn join_avx2(to: *mut u8, from: *const u8, planes: Axis, count: usize) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        by_size!(
            join_all::<__m256i>,
            count,
            planes.length,
            (to, from, planes.stride, count)
        );
    }
    false
}

/// # Safety
/// As for [`split`], with items of `M` bytes, for a block at least.
#[inline(always)]
unsafe fn split_all<V: Vector, const M: usize>(
    to: *mut u8,
    pitch: isize,
    from: *const u8,
    count: usize,
) {
    let many = V::LANE * V::LANES;
    let last = count - many;
    let mut k = 0;
    if M > 8 && pitch.unsigned_abs().is_multiple_of(CROWDED) {
        while k + STAGED <= count {
            // SAFETY: the items are a part of what the caller promises.
            unsafe { split_staged::<V, M>(to.wrapping_add(k), pitch, from.wrapping_add(k * M)) };
            k += STAGED;
        }
        if k == count {
            return;
        }
        k = last.min(k);
    }
    loop {
        let block = to.wrapping_add(k);
        for plane in 0..M as isize {
            prefetch(block.wrapping_offset(plane * pitch).wrapping_add(AHEAD));
        }
        // SAFETY: the block is a part of what the caller promises.
        unsafe { split_block::<V, M>(block, pitch, from.wrapping_add(k * M)) };
        if k == last {
            return;
        }
        k = last.min(k + many);
    }
}

/// [`STAGED`] items by way of a stage.
///
/// # Safety
/// As for [`split_all`], and there are so many.
#[inline(always)]
unsafe fn split_staged<V: Vector, const M: usize>(to: *mut u8, pitch: isize, from: *const u8) {
    let mut stage = MaybeUninit::<[[u8; STAGED + LINE]; M]>::uninit();
    let first = stage.as_mut_ptr().cast::<u8>();
    let stage_pitch = STAGED + LINE;
    let many = V::LANE * V::LANES;
    for k in (0..STAGED).step_by(many) {
        // SAFETY: the stage has room for so many of each plane; the rest as the caller promises.
        unsafe {
            let from = from.wrapping_add(k * M);
            split_block::<V, M>(first.add(k), stage_pitch as isize, from);
        }
    }
    for plane in 0..M {
        let to = to.wrapping_offset(plane as isize * pitch);
        // SAFETY: all that has been written; as the caller promises.
        unsafe { to.copy_from_nonoverlapping(first.add(plane * stage_pitch), STAGED) };
    }
}

/// # Safety
/// As for [`split_all`], and there are so many items.
#[inline(always)]
unsafe fn split_block<V: Vector, const M: usize>(to: *mut u8, pitch: isize, from: *const u8) {
    let lanes = Pitch(V::LANE as isize);
    // SAFETY: here and below, as the caller promises.
    let mut rows = [unsafe { V::load(from, lanes, 0, M) }; M];
    for k in 0..M / 2 {
        // SAFETY: as above.
        unsafe {
            let low = V::load(from, lanes, k, M);
            let high = V::load(from, lanes, k + M / 2, M);
            (rows[2 * k], rows[2 * k + 1]) = low.interleave::<1>(high);
        }
    }
    // SAFETY: as above.
    unsafe {
        rows = round::<V, 1, M>(rows);
        rows = round::<V, 1, M>(rows);
        if V::LANE > 8 {
            rows = round::<V, 1, M>(rows);
        }
    }
    for k in 0..M / 2 {
        // SAFETY: as above.
        unsafe {
            rows[2 * k].store(to.wrapping_offset(Pitch(pitch).at(2 * k)));
            rows[2 * k + 1].store(to.wrapping_offset(Pitch(pitch).at(2 * k + 1)));
        }
    }
}

/// # Safety
/// As for [`split_all`].
#[inline(always)]
unsafe fn join_all<V: Vector, const M: usize>(
    to: *mut u8,
    from: *const u8,
    pitch: isize,
    count: usize,
) {
    let many = V::LANE * V::LANES;
    let last = count - many;
    let mut k = 0;
    loop {
        // SAFETY: the block is a part of what the caller promises.
        unsafe { join_block::<V, M>(to.wrapping_add(k * M), from.wrapping_add(k), pitch) };
        if k == last {
            return;
        }
        k = last.min(k + many);
    }
}

/// # Safety
/// As for [`split_block`].
#[inline(always)]
unsafe fn join_block<V: Vector, const M: usize>(to: *mut u8, from: *const u8, pitch: isize) {
    let lanes = Pitch(V::LANE as isize);
    // SAFETY: here and below, as the caller promises.
    let mut rows = [unsafe { V::load(from, lanes, 0, 1) }; M];
    for k in 0..M / 2 {
        // SAFETY: as above.
        unsafe {
            let low = from.wrapping_offset(Pitch(pitch).at(k));
            let high = from.wrapping_offset(Pitch(pitch).at(k + M / 2));
            let (low, high) = (V::load(low, lanes, 0, 1), V::load(high, lanes, 0, 1));
            (rows[2 * k], rows[2 * k + 1]) = low.interleave::<1>(high);
        }
    }
    // SAFETY: as above.
    unsafe {
        if M > 2 {
            rows = round::<V, 1, M>(rows);
        }
        if M > 4 {
            rows = round::<V, 1, M>(rows);
        }
        if M > 8 {
            rows = round::<V, 1, M>(rows);
        }
    }
    for k in 0..M / 2 {
        // SAFETY: as above.
        unsafe { (rows[2 * k], rows[2 * k + 1]) = rows[2 * k].regroup(rows[2 * k + 1]) };
    }
    // All of the lower lanes first: a line that is written at once costs less.
    let second = if V::LANES > 1 { M } else { 1 };
    for (first, at) in [(0, 0), (1, second * V::LANE)] {
        let to = to.wrapping_add(at);
        for k in 0..M / 2 {
            // SAFETY: as above.
            unsafe { rows[2 * k + first].store(to.wrapping_add(2 * k * V::LANE)) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tile_word::Word;
    use super::*;

    fn check<const M: usize>() {
        for count in 8..25 {
            let items: Vec<u8> = (0..count * M).map(|k| k as u8).collect();
            let mut planes = vec![0; count * M];
            let mut back = planes.clone();
            let pitch = count as isize;
            // SAFETY: so many items, and a block at least.
            unsafe {
                split_all::<Word, M>(planes.as_mut_ptr(), pitch, items.as_ptr(), count);
                join_all::<Word, M>(back.as_mut_ptr(), planes.as_ptr(), pitch, count);
            }
            let byte = |k: usize| items[k % count * M + k / count];
            assert_eq!(planes, (0..count * M).map(byte).collect::<Vec<_>>());
            assert_eq!(back, items);
        }
    }

    #[test]
    fn words_are_shuffled_and_put_together_again() {
        check::<2>();
        check::<4>();
        check::<8>();
        check::<16>();
    }
}
