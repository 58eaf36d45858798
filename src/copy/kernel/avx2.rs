//! Rows by vectors of AVX2.
//!
//! The last vector of a row overlaps the one before, where there is one: so there are no single
//! items left to be moved. Of a source with gaps no byte is read behind the last item, nor before
//! the first: all vectors but the last read the gaps *behind* their items, and that one reads the
//! gaps *before* its own. What is read of gaps is thrown away: so it does not matter who writes
//! there meanwhile.

use std::arch::x86_64::*;

use super::super::loops::Loop;
use super::lanes::{Vectors, reverse, split};

/// Bytes of a vector.
pub(super) const VECTOR: usize = 32;

/// Bytes of a lane.
pub(super) const LANE: usize = 16;

/// Bytes of a line of the cache.
pub(super) const CACHE_LINE: usize = 64;

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
/// A vector can be written there; where it streams, at a multiple of its size.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn store<const STREAM: bool>(to: *mut u8, v: __m256i) {
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
pub(super) unsafe fn load_block<const K: usize, const SWAP: bool>(from: *const u8) -> Vectors {
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
pub(super) fn prefetch(from: *const u8, size: usize) {
    for k in (0..size).step_by(CACHE_LINE) {
        ask(from.wrapping_add(AHEAD + k));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn ask(line: *const u8) {
    // SAFETY: any address will do.
    #[allow(unused_unsafe, reason = "newer compilers know that it is safe")]
    unsafe {
        _mm_prefetch::<_MM_HINT_T0>(line.cast())
    };
}

/// How many steps of `size` bytes lead to the next line of the cache, if any do.
pub(super) fn steps_to_aligned(to: *mut u8, size: usize) -> Option<usize> {
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
pub(super) unsafe fn gathered<
    const SIZE: usize,
    const K: usize,
    const DOWN: bool,
    const LAST: bool,
>(
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

/// Moves `rows.length × line.length` items of `size` bytes past the cache, without a fence, and asks
/// for each as far ahead as for what lies together: the next ones may lie anywhere.
///
/// # Safety
/// All of them lie in live memory, those of `to` writable; the two do not overlap.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn runs(to: *mut u8, from: *const u8, rows: Loop, line: Loop, size: usize) {
    let further = AHEAD.div_ceil(size);
    // There may be none so far on: a distance that need not fit.
    let at = |r: usize, c: usize| {
        let (r, c) = ((r as isize).wrapping_mul(rows.from), c as isize);
        from.wrapping_offset(r.wrapping_add(c.wrapping_mul(line.from)))
    };
    for r in 0..rows.length {
        let to = to.wrapping_offset(r as isize * rows.to);
        for c in 0..line.length {
            let to = to.wrapping_offset(c as isize * line.to);
            let next = match (c + further).checked_sub(line.length) {
                None => at(r, c + further),
                Some(beyond) => at(r + 1, beyond.min(line.length - 1)),
            };
            // SAFETY: as the caller promises.
            unsafe { run(to, at(r, c), size, next) };
        }
    }
}

/// Moves one item, and asks for what is moved so many bytes later: the end of it, and then what is
/// `next`.
///
/// # Safety
/// As for [`runs`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn run(to: *mut u8, from: *const u8, size: usize, next: *const u8) {
    let head = to.align_offset(CACHE_LINE).min(size);
    let body = (size - head) / CACHE_LINE * CACHE_LINE;
    let of_it = size.saturating_sub(AHEAD).min(body) / CACHE_LINE * CACHE_LINE;
    // SAFETY: the parts are all of it.
    unsafe {
        some(to, from, head);
        let (to, from) = (to.add(head), from.add(head));
        lines(to, from, of_it, from.wrapping_add(AHEAD));
        lines(to.add(of_it), from.add(of_it), body - of_it, next);
        some(to.add(body), from.add(body), size - head - body);
    }
}

/// Less than a line.
///
/// # Safety
/// As for [`runs`].
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn some(to: *mut u8, from: *const u8, size: usize) {
    if size > 0 {
        // SAFETY: as the caller promises.
        unsafe { to.copy_from_nonoverlapping(from, size) };
    }
}

/// Moves whole lines, and asks for those that lie `ahead`.
///
/// # Safety
/// As for [`runs`], and `to` begins a line.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn lines(to: *mut u8, from: *const u8, size: usize, ahead: *const u8) {
    for k in (0..size).step_by(CACHE_LINE) {
        // SAFETY: as the caller promises; any address may be asked for.
        unsafe {
            let from = from.add(k);
            ask(ahead.wrapping_add(k));
            let (low, high) = (
                _mm256_loadu_si256(from.cast()),
                _mm256_loadu_si256(from.add(VECTOR).cast()),
            );
            store::<true>(to.add(k), low);
            store::<true>(to.add(k + VECTOR), high);
        }
    }
}
