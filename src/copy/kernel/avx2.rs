//! Rows and channels by vectors of AVX2.
//!
//! The last vector of a row overlaps the one before, where there is one: so there are no single
//! items left to be moved. Of a source with gaps no byte is read behind the last item, nor before
//! the first: all vectors but the last read the gaps *behind* their items, and that one reads the
//! gaps *before* its own.

use std::arch::x86_64::*;

use super::Axis;
use super::lanes::{Vectors, join, reverse, split};

/// Bytes of a vector.
const VECTOR: usize = 32;

/// Bytes of a lane.
const LANE: usize = 16;

/// Bytes of a line of the cache.
const CACHE_LINE: usize = 64;

/// What is read is asked for so many bytes before.
const AHEAD: usize = 2048;

/// A vector of two lanes from two places.
///
/// # Safety
/// 16 bytes can be read at either.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load_lanes(low: *const u8, high: *const u8) -> __m256i {
    // SAFETY: as the caller promises.
    unsafe { _mm256_loadu2_m128i(high.cast(), low.cast()) }
}

/// # Safety
/// 16 bytes can be written at either.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store_lanes(low: *mut u8, high: *mut u8, v: __m256i) {
    // SAFETY: as the caller promises.
    unsafe { _mm256_storeu2_m128i(high.cast(), low.cast(), v) }
}

/// # Safety
/// A vector can be written there; where it streams, at a multiple of its size.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store<const STREAM: bool>(to: *mut u8, v: __m256i) {
    // SAFETY: as the caller promises.
    unsafe {
        match STREAM {
            true => _mm256_stream_si256(to.cast(), v),
            false => _mm256_storeu_si256(to.cast(), v),
        }
    }
}

/// `2 * K` lanes from a block, as [`split`] wants them, or the two halves exchanged.
///
/// # Safety
/// `32 * K` bytes can be read there.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load_block<const K: usize, const SWAP: bool>(from: *const u8) -> Vectors {
    let mut v = [_mm256_setzero_si256(); 4];
    for (k, v) in v.iter_mut().enumerate().take(K) {
        let low = from.wrapping_add(k * LANE);
        let high = low.wrapping_add(K * LANE);
        let (low, high) = if SWAP { (high, low) } else { (low, high) };
        // SAFETY: both are inside of the block.
        *v = unsafe { load_lanes(low, high) };
    }
    v
}

/// Asks for what is read soon: a block of so many bytes, some way behind.
#[inline]
#[target_feature(enable = "avx2")]
fn prefetch(from: *const u8, size: usize) {
    for k in (0..size).step_by(CACHE_LINE) {
        // SAFETY: any address will do.
        #[allow(unused_unsafe, reason = "newer compilers know that it is safe")]
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(AHEAD + k).cast())
        };
    }
}

/// How many steps of `size` bytes lead to the next line of the cache, if any do.
fn steps_to_aligned(to: *mut u8, size: usize) -> Option<usize> {
    let missing = to.addr().wrapping_neg() % CACHE_LINE;
    missing.is_multiple_of(size).then_some(missing / size)
}

/// The fewest items that [`gather`] takes.
pub(super) const fn fewest_gathered(size: usize) -> usize {
    VECTOR / size + 1
}

/// Items that lie `K` items apart, upwards or (`DOWN`) downwards, become a row.
///
/// # Safety
/// All items lie in live memory, those of `to` writable; the two do not overlap. There are
/// [`fewest_gathered`] at least.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn gather<const SIZE: usize, const K: usize, const DOWN: bool>(
    to: *mut u8,
    from: *const u8,
    count: usize,
    stream: bool,
) {
    let many = VECTOR / SIZE;
    // SAFETY: as the caller promises; all vectors but the last have an item behind them, and
    // that one has an item before it.
    unsafe {
        let mut k = 0;
        let aligned = steps_to_aligned(to, SIZE).filter(|steps| stream && steps + 2 * many < count);
        if let Some(steps) = aligned {
            for k in [0, many] {
                let v = gathered::<SIZE, K, DOWN, false>(from, k);
                store::<false>(to.add(k * SIZE), v);
            }
            k = steps;
            while k + many < count {
                prefetch_gathered::<SIZE, K, DOWN>(from, k);
                let v = gathered::<SIZE, K, DOWN, false>(from, k);
                store::<true>(to.add(k * SIZE), v);
                k += many;
            }
            _mm_sfence();
        }
        while k + many < count {
            let v = gathered::<SIZE, K, DOWN, false>(from, k);
            store::<false>(to.add(k * SIZE), v);
            k += many;
        }
        let last = count - many;
        let v = gathered::<SIZE, K, DOWN, true>(from, last);
        store::<false>(to.add(last * SIZE), v);
    }
}

/// A vector of items from item `k` on; the gaps that are read are those behind, or (`LAST`) before
/// each.
///
/// # Safety
/// As for [`gather`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn gathered<const SIZE: usize, const K: usize, const DOWN: bool, const LAST: bool>(
    from: *const u8,
    k: usize,
) -> __m256i {
    let many = VECTOR / SIZE;
    let lowest = match DOWN {
        false => from.wrapping_add(k * K * SIZE),
        true => from.wrapping_sub((k + many - 1) * K * SIZE),
    };
    let below = DOWN != LAST;
    let start = match below {
        false => lowest,
        true => lowest.wrapping_sub((K - 1) * SIZE),
    };
    // SAFETY: as the caller promises.
    let v = unsafe { load_block::<K, DOWN>(start) };
    let v = match K {
        1 => v[0],
        _ => split::<SIZE, K>(v)[if below { K - 1 } else { 0 }],
    };
    match DOWN {
        false => v,
        true => reverse::<SIZE>(v),
    }
}

/// Asks for what a vector of items further on will read.
#[inline]
#[target_feature(enable = "avx2")]
fn prefetch_gathered<const SIZE: usize, const K: usize, const DOWN: bool>(
    from: *const u8,
    k: usize,
) {
    let at = k * K * SIZE;
    match DOWN {
        false => prefetch(from.wrapping_add(at), K * VECTOR),
        true => prefetch(from.wrapping_sub(at + 2 * AHEAD), K * VECTOR),
    }
}

/// The fewest pixels that [`split_all`] and [`join_all`] take.
pub(super) const fn fewest_pixels(size: usize) -> usize {
    VECTOR / size + 1
}

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
                split_line::<SIZE, K>(to.add(k * SIZE), planes, from.add(k * K * SIZE));
                k += 2 * many;
            }
            _mm_sfence();
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

/// Two vectors of pixels: a line of the cache in each plane, which is written at once.
///
/// # Safety
/// As for [`split_all`]; there are so many, and as many planes as channels or something behind.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn split_line<const SIZE: usize, const K: usize>(
    mut to: *mut u8,
    planes: Axis,
    from: *const u8,
) {
    prefetch(from, 2 * K * VECTOR);
    // SAFETY: as the caller promises.
    unsafe {
        let first = split::<SIZE, K>(load_block::<K, false>(from));
        let second = split::<SIZE, K>(load_block::<K, false>(from.add(K * VECTOR)));
        for k in 0..K {
            if k < planes.length {
                store::<true>(to, first[k]);
                store::<true>(to.add(VECTOR), second[k]);
                to = to.wrapping_offset(planes.stride);
            }
        }
    }
}

/// `K` planes become pixels.
///
/// # Safety
/// As for [`split_all`].
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

/// Moves bytes past the cache.
///
/// # Safety
/// Both sides are live memory, `to` writable; they do not overlap.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn run(to: *mut u8, from: *const u8, size: usize) {
    let head = to.align_offset(CACHE_LINE).min(size);
    let body = (size - head) / CACHE_LINE * CACHE_LINE;
    // SAFETY: the three parts are all of it.
    unsafe {
        to.copy_from_nonoverlapping(from, head);
        let (to, from) = (to.add(head), from.add(head));
        for k in (0..body).step_by(CACHE_LINE) {
            let from = from.add(k);
            prefetch(from, CACHE_LINE);
            let (low, high) = (
                _mm256_loadu_si256(from.cast()),
                _mm256_loadu_si256(from.add(VECTOR).cast()),
            );
            store::<true>(to.add(k), low);
            store::<true>(to.add(k + VECTOR), high);
        }
        to.add(body)
            .copy_from_nonoverlapping(from.add(body), size - head - body);
        _mm_sfence();
    }
}
