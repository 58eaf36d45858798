//! One item in all places of a row, written past the cache.
//!
//! A plain store reads the line that it is going to overwrite: past what a cache keeps that is half
//! of the traffic, and a streaming store spares it. It pays in whole lines only. So the lines are made
//! first, as many as there are until an item begins again where a line does, and stored again and
//! again.

use std::arch::x86_64::*;
use std::mem::MaybeUninit;

use super::avx2::{CACHE_LINE, VECTOR, store};
use super::item::LONGEST;

/// Rows of fewer times the lines that are made are left to others.
const LEAST_TIMES: usize = 16;

/// Lines until an item begins again where a line does.
fn period(size: usize) -> usize {
    size >> size.trailing_zeros().min(CACHE_LINE.trailing_zeros())
}

/// Whether [`streamed`] is worth it.
pub(super) fn is_worth_it(count: usize, size: usize) -> bool {
    size <= LONGEST && count * size >= LEAST_TIMES * period(size) * CACHE_LINE
}

/// # Safety
/// The item lies in live memory, and the row in memory that may be written; the two do not overlap.
/// The processor has AVX2. An item has bytes, and no more than [`LONGEST`].
#[target_feature(enable = "avx2")]
pub(super) unsafe fn streamed(to: *mut u8, from: *const u8, count: usize, size: usize) {
    let bytes = count * size;
    let head = to.align_offset(CACHE_LINE).min(bytes);
    let (body, tail) = ((bytes - head) / CACHE_LINE, (bytes - head) % CACHE_LINE);
    let period = period(size);
    let mut lines = MaybeUninit::<[[u8; CACHE_LINE]; LONGEST]>::uninit();
    let lines = lines.as_mut_ptr().cast::<u8>();
    // SAFETY: as the caller promises: the parts are all of it.
    unsafe {
        let mut at = 0;
        let mut next = || {
            let byte = from.add(at).read();
            at = if at + 1 == size { 0 } else { at + 1 };
            byte
        };
        (0..head).for_each(|k| to.add(k).write(next()));
        (0..period * CACHE_LINE).for_each(|k| lines.add(k).write(next()));
        let (mut to, mut line) = (to.add(head), 0);
        for _ in 0..body {
            let from = lines.add(line * CACHE_LINE);
            for half in [0, VECTOR] {
                let v = _mm256_loadu_si256(from.add(half).cast());
                store::<true>(to.add(half), v);
            }
            to = to.add(CACHE_LINE);
            line = if line + 1 == period { 0 } else { line + 1 };
        }
        to.copy_from_nonoverlapping(lines.add(line * CACHE_LINE), tail);
        _mm_sfence();
    }
}
