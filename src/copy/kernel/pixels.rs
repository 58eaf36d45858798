//! Channels of pixels by vectors of AVX2: what [`super::channels`] would do one by one.
//!
//! The last vector overlaps the one before, as that of a row does (see [`super::avx2`]). Where the
//! destination streams, each plane gets a whole line of the cache at once, or they would be
//! written in pieces. Where it does not, and is more than the first cache keeps, its lines are
//! asked for before they are written: in the second one that makes up to half as fast again.

use std::arch::x86_64::*;

use super::Axis;
use super::avx2::{CACHE_LINE, LANE, VECTOR, load_block, prefetch, steps_to_aligned, store};
use super::lanes::{join, split};

/// The fewest pixels that [`split_all`] and [`join_all`] take.
pub(super) const fn fewest_pixels(size: usize) -> usize {
    VECTOR / size + 1
}

/// From so many bytes on, lines of the destination are asked for.
const AHEAD_FROM: usize = 32 << 10;

/// Pixels of `K` channels become planes: the first channel becomes the first plane, and so on, for
/// as many as there are planes.
///
/// # Safety
/// All items lie in live memory, those of `to` writable; the two do not overlap. There are
/// [`fewest_pixels`] at least, and `K` planes at most.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn split_all<const SIZE: usize, const K: usize>(
    to: *mut u8,
    planes: Axis,
    from: *const u8,
    count: usize,
    stream: bool,
) {
    let many = VECTOR / SIZE;
    // Behind the last pixel there may be nothing where the other channels would be.
    let spare = K - planes.length;
    let safe = count - usize::from(spare > 0);
    let can_stream = stream && planes.stride.unsigned_abs().is_multiple_of(CACHE_LINE);
    // SAFETY: as the caller promises; the last vector reads other channels before its pixels.
    unsafe {
        let mut k = 0;
        let aligned =
            steps_to_aligned(to, SIZE).filter(|steps| can_stream && steps + 2 * many < count);
        if let Some(steps) = aligned {
            split_some::<SIZE, K>(to, planes, from, 0);
            split_some::<SIZE, K>(to.add(many * SIZE), planes, from.add(many * K * SIZE), 0);
            k = steps;
            while k + 2 * many <= safe {
                split_line::<SIZE, K, true>(to.add(k * SIZE), planes, from.add(k * K * SIZE));
                k += 2 * many;
            }
            _mm_sfence();
        } else if count * K * SIZE >= AHEAD_FROM {
            while k + 2 * many <= safe {
                split_line::<SIZE, K, false>(to.add(k * SIZE), planes, from.add(k * K * SIZE));
                k += 2 * many;
            }
        }
        while k + many <= safe {
            split_some::<SIZE, K>(to.add(k * SIZE), planes, from.add(k * K * SIZE), 0);
            k += many;
        }
        if k < count {
            let last = count - many;
            let from = from.add((last * K - spare) * SIZE);
            split_some::<SIZE, K>(to.add(last * SIZE), planes, from, spare);
        }
    }
}

/// A vector of pixels, behind some items that are not asked for.
///
/// # Safety
/// As for [`split_all`], and there are so many.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn split_some<const SIZE: usize, const K: usize>(
    mut to: *mut u8,
    planes: Axis,
    from: *const u8,
    before: usize,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let channels = split::<SIZE, K>(load_block::<K, false>(from));
        for (k, &channel) in channels.iter().enumerate().take(K) {
            if (before..before + planes.length).contains(&k) {
                store::<false>(to, channel);
                to = to.wrapping_offset(planes.stride);
            }
        }
    }
}

/// Two vectors of pixels: in each plane as much as a line of the cache, which is written at once if
/// it streams.
///
/// # Safety
/// As for [`split_all`]; there are so many, and as many planes as channels or something behind.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn split_line<const SIZE: usize, const K: usize, const STREAM: bool>(
    mut to: *mut u8,
    planes: Axis,
    from: *const u8,
) {
    if STREAM {
        prefetch(from, 2 * K * VECTOR);
    }
    // SAFETY: as the caller promises.
    unsafe {
        let first = split::<SIZE, K>(load_block::<K, false>(from));
        let second = split::<SIZE, K>(load_block::<K, false>(from.add(K * VECTOR)));
        for k in 0..K {
            if k < planes.length {
                if !STREAM {
                    prefetch(to, CACHE_LINE);
                }
                store::<STREAM>(to, first[k]);
                store::<STREAM>(to.add(VECTOR), second[k]);
                to = to.wrapping_offset(planes.stride);
            }
        }
    }
}

/// `K` planes become pixels.
///
/// # Safety
/// As for [`split_all`], and there are `K` planes.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn join_all<const SIZE: usize, const K: usize>(
    to: *mut u8,
    planes: Axis,
    from: *const u8,
    count: usize,
    stream: bool,
) {
    let many = VECTOR / SIZE;
    // SAFETY: as the caller promises.
    unsafe {
        let mut k = 0;
        // Lanes stream as well as vectors do: the lines that they make up are whole.
        let is_aligned = to.addr().is_multiple_of(LANE);
        if stream && is_aligned {
            while k + many <= count {
                join_some::<SIZE, K, true>(to, from, planes.stride, k);
                k += many;
            }
            _mm_sfence();
        } else if K > 2 && count * K * SIZE >= AHEAD_FROM {
            while k + many <= count {
                prefetch(to.add(k * K * SIZE), K * VECTOR);
                join_some::<SIZE, K, false>(to, from, planes.stride, k);
                k += many;
            }
        }
        while k + many <= count {
            join_some::<SIZE, K, false>(to, from, planes.stride, k);
            k += many;
        }
        if k < count {
            join_some::<SIZE, K, false>(to, from, planes.stride, count - many);
        }
    }
}

/// A vector of each plane.
///
/// # Safety
/// As for [`join_all`], and there are so many pixels from `k` on.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn join_some<const SIZE: usize, const K: usize, const STREAM: bool>(
    to: *mut u8,
    from: *const u8,
    pitch: isize,
    k: usize,
) {
    let mut v = [_mm256_setzero_si256(); 4];
    let mut from = from.wrapping_add(k * SIZE);
    for v in v.iter_mut().take(K) {
        if STREAM {
            prefetch(from, VECTOR);
        }
        // SAFETY: as the caller promises.
        *v = unsafe { _mm256_loadu_si256(from.cast()) };
        from = from.wrapping_offset(pitch);
    }
    let to = to.wrapping_add(k * K * SIZE);
    for (part, &v) in join::<SIZE, K>(v).iter().enumerate().take(K) {
        let low = to.wrapping_add(part * LANE);
        let high = low.wrapping_add(K * LANE);
        // SAFETY: as the caller promises; a multiple of a lane after what is one.
        unsafe {
            match STREAM {
                true => {
                    _mm_stream_si128(low.cast(), _mm256_castsi256_si128(v));
                    _mm_stream_si128(high.cast(), _mm256_extracti128_si256::<1>(v));
                }
                false => store_lanes(low, high, v),
            }
        }
    }
}

/// # Safety
/// 16 bytes can be written at either.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store_lanes(low: *mut u8, high: *mut u8, v: __m256i) {
    // SAFETY: as the caller promises.
    unsafe { _mm256_storeu2_m128i(high.cast(), low.cast(), v) }
}
