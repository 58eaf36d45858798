//! Rows that are brought together, turned round, or swapped.

use std::arch::aarch64::uint8x16_t;

pub(in super::super) use super::registers::VECTOR;
use super::registers::{load, load_split, reverse, store, swap_bytes};

/// The fewest items that [`gather`] takes.
pub(in super::super) const fn fewest_gathered(size: usize) -> usize {
    VECTOR / size + 1
}

/// Items that lie `K` items apart, upwards or (`DOWN`) downwards, become a row.
///
/// # Safety
/// All items lie in live memory, those of `to` writable; the two do not overlap. There are
/// [`fewest_gathered`] at least.
#[target_feature(enable = "neon")]
pub(in super::super) unsafe fn gather<const SIZE: usize, const K: usize, const DOWN: bool>(
    to: *mut u8,
    from: *const u8,
    count: usize,
    _stream: bool,
) {
    let many = VECTOR / SIZE;
    let last = count - many;
    // SAFETY: as the caller promises; all vectors but the last have an item behind them, and
    // that one has an item before it.
    unsafe {
        for k in (0..last).step_by(many) {
            store(to.add(k * SIZE), gathered::<SIZE, K, DOWN, false>(from, k));
        }
        store(
            to.add(last * SIZE),
            gathered::<SIZE, K, DOWN, true>(from, last),
        );
    }
}

/// A vector of items from item `k` on; the gaps that are read are those behind, or (`LAST`) before
/// each.
///
/// # Safety
/// As for [`gather`].
#[inline]
#[target_feature(enable = "neon")]
pub(in super::super) unsafe fn gathered<
    const SIZE: usize,
    const K: usize,
    const DOWN: bool,
    const LAST: bool,
>(
    from: *const u8,
    k: usize,
) -> uint8x16_t {
    let lowest = match DOWN {
        false => from.wrapping_add(k * K * SIZE),
        true => from.wrapping_sub((k + VECTOR / SIZE - 1) * K * SIZE),
    };
    // Which of `K` items is one of the row.
    let wanted = if DOWN != LAST { K - 1 } else { 0 };
    let start = lowest.wrapping_sub(wanted * SIZE);
    // SAFETY: as the caller promises.
    let v = unsafe {
        match K {
            1 => load(start),
            _ => load_split::<SIZE, K>(start)[wanted],
        }
    };
    match DOWN {
        false => v,
        true => reverse::<SIZE>(v),
    }
}

/// The fewest bytes of items that [`swap_run`] takes.
pub(in super::super) const LEAST: usize = VECTOR;

/// Swaps the bytes of each item.
///
/// # Safety
/// As for [`items`](super::super::swap::items); they lie together on both sides, and are [`LEAST`] bytes.
#[target_feature(enable = "neon")]
pub(in super::super) unsafe fn swap_run(
    to: *mut u8,
    from: *const u8,
    count: usize,
    size: usize,
    _stream: bool,
) {
    // SAFETY: as the caller promises.
    unsafe {
        match size {
            2 => swap_all::<2>(to, from, count),
            4 => swap_all::<4>(to, from, count),
            8 => swap_all::<8>(to, from, count),
            _ => swap_all::<16>(to, from, count),
        }
    }
}

/// # Safety
/// As for [`swap_run`].
#[target_feature(enable = "neon")]
unsafe fn swap_all<const SIZE: usize>(to: *mut u8, from: *const u8, count: usize) {
    let end = count * SIZE - VECTOR;
    // SAFETY: as the caller promises.
    unsafe {
        let last = load(from.add(end));
        let mut k = 0;
        while k + 2 * VECTOR <= end {
            let (low, high) = (load(from.add(k)), load(from.add(k + VECTOR)));
            store(to.add(k), swap_bytes::<SIZE>(low));
            store(to.add(k + VECTOR), swap_bytes::<SIZE>(high));
            k += 2 * VECTOR;
        }
        while k < end {
            store(to.add(k), swap_bytes::<SIZE>(load(from.add(k))));
            k += VECTOR;
        }
        store(to.add(end), swap_bytes::<SIZE>(last));
    }
}
