//! Items whose bytes are turned round: numbers of the other byte order.
//!
//! An item is read whole before it is written, and of items that lie together the last vector,
//! which overlaps the one before, before any: so they may be swapped where they are.

use super::super::loops::Loop;
use super::Level;
use super::means::{Means, note};
#[cfg(pybuf_neon)]
use super::neon::rows as by_vectors;
#[cfg(pybuf_vectors)]
use super::vectors;
#[cfg(target_arch = "x86_64")]
use avx2 as by_vectors;

/// Bytes of the items that are swapped at once; others are turned round byte by byte.
pub(in crate::copy) const SIZES: [usize; 4] = [2, 4, 8, 16];

/// Whether a loop moves the bytes of such an item: they are read backwards.
pub(in crate::copy) fn is_swap(line: Loop, size: usize) -> bool {
    size == 1 && [line.to, line.from] == [1, -1] && SIZES.contains(&line.length)
}

/// Swaps the items of a row, each of `size` bytes, which is one of [`SIZES`]; past the cache where
/// they `stream` and lie together.
///
/// # Safety
/// All of them lie in live memory, those of `to` writable; the two do not overlap, or every item
/// has the same place in both, and they do not stream. The processor has the level.
pub(in crate::copy) unsafe fn items(
    level: Level,
    to: *mut u8,
    from: *const u8,
    row: Loop,
    size: usize,
    stream: bool,
) {
    let (lies_together, comes_together) = (row.to == size as isize, row.from == size as isize);
    #[cfg(pybuf_vectors)]
    if level.has_vectors() && lies_together {
        // SAFETY: as the caller promises.
        unsafe {
            if means(level, row, size) == Means::Swap {
                note(Means::Swap);
                return by_vectors::swap_run(to, from, row.length, size, stream);
            }
            let last = from.wrapping_add(size - 1);
            if !comes_together && vectors::lines(level, to, last, row, backwards(size), 1, stream) {
                return;
            }
        }
    }
    let _ = (level, stream);
    note(Means::OneByOne);
    macro_rules! swap {
        ($number:ty) => {
            if lies_together && comes_together {
                for k in 0..row.length {
                    let number = from.cast::<$number>().add(k).read_unaligned();
                    to.cast::<$number>()
                        .add(k)
                        .write_unaligned(number.swap_bytes());
                }
            } else {
                for k in 0..row.length as isize {
                    let from = from.wrapping_offset(k * row.from).cast::<$number>();
                    let to = to.wrapping_offset(k * row.to).cast::<$number>();
                    to.write_unaligned(from.read_unaligned().swap_bytes());
                }
            }
        };
    }
    // SAFETY: as the caller promises; nothing says that they are aligned.
    unsafe {
        match size {
            2 => swap!(u16),
            4 => swap!(u32),
            8 => swap!(u64),
            _ => swap!(u128),
        }
    }
}

/// By what.
pub(in crate::copy) fn means(level: Level, row: Loop, size: usize) -> Means {
    let (lies_together, comes_together) = (row.to == size as isize, row.from == size as isize);
    #[cfg(pybuf_vectors)]
    if level.has_vectors() && lies_together {
        if comes_together {
            return match size * row.length >= by_vectors::LEAST {
                true => Means::Swap,
                false => Means::OneByOne,
            };
        }
        let way = vectors::way(level, row, backwards(size), 1);
        return way.map_or(Means::OneByOne, |way| way.means());
    }
    let _ = (level, lies_together, comes_together);
    Means::OneByOne
}

/// The bytes of an item.
#[cfg(pybuf_vectors)]
fn backwards(size: usize) -> Loop {
    Loop {
        length: size,
        to: 1,
        from: -1,
    }
}

/// Turns the bytes of one item round, where it is.
///
/// # Safety
/// It lies in live memory that may be written.
pub(in crate::copy) unsafe fn turn_round(item: *mut u8, size: usize) {
    for k in 0..size / 2 {
        // SAFETY: two bytes of the item.
        unsafe { item.add(k).swap(item.add(size - 1 - k)) };
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::super::avx2::{CACHE_LINE, VECTOR, prefetch, steps_to_aligned, store};
    use super::super::lanes::swap_bytes;

    /// The fewest bytes of items that [`swap_run`] takes.
    pub(super) const LEAST: usize = VECTOR;

    /// # Safety
    /// As for [`super::items`]; they lie together on both sides, and are [`LEAST`] bytes.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn swap_run(
        to: *mut u8,
        from: *const u8,
        count: usize,
        size: usize,
        stream: bool,
    ) {
        // SAFETY: as the caller promises.
        unsafe {
            match size {
                2 => swap_all::<2>(to, from, count, stream),
                4 => swap_all::<4>(to, from, count, stream),
                8 => swap_all::<8>(to, from, count, stream),
                _ => swap_all::<16>(to, from, count, stream),
            }
        }
    }

    /// # Safety
    /// As for [`swap_run`].
    #[target_feature(enable = "avx2")]
    unsafe fn swap_all<const SIZE: usize>(
        to: *mut u8,
        from: *const u8,
        count: usize,
        stream: bool,
    ) {
        let bytes = count * SIZE;
        let end = bytes - VECTOR;
        // SAFETY: as the caller promises.
        unsafe {
            let last = swapped::<SIZE>(from.add(end));
            let mut k = 0;
            let aligned = steps_to_aligned(to, SIZE).filter(|_| stream && bytes >= 2 * CACHE_LINE);
            if let Some(steps) = aligned {
                store::<false>(to, swapped::<SIZE>(from));
                store::<false>(to.add(VECTOR), swapped::<SIZE>(from.add(VECTOR)));
                k = steps * SIZE;
                while k + CACHE_LINE <= bytes {
                    prefetch(from.add(k), CACHE_LINE);
                    let low = swapped::<SIZE>(from.add(k));
                    let high = swapped::<SIZE>(from.add(k + VECTOR));
                    store::<true>(to.add(k), low);
                    store::<true>(to.add(k + VECTOR), high);
                    k += CACHE_LINE;
                }
                _mm_sfence();
            }
            while k + CACHE_LINE <= end {
                let low = swapped::<SIZE>(from.add(k));
                let high = swapped::<SIZE>(from.add(k + VECTOR));
                store::<false>(to.add(k), low);
                store::<false>(to.add(k + VECTOR), high);
                k += CACHE_LINE;
            }
            while k < end {
                store::<false>(to.add(k), swapped::<SIZE>(from.add(k)));
                k += VECTOR;
            }
            store::<false>(to.add(end), last);
        }
    }

    /// # Safety
    /// A vector can be read there.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn swapped<const SIZE: usize>(from: *const u8) -> __m256i {
        // SAFETY: as the caller promises.
        let v = unsafe { _mm256_loadu_si256(from.cast()) };
        swap_bytes::<SIZE>(v)
    }
}
