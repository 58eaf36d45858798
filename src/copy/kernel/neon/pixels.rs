//! Channels of pixels, taken apart and put together.

use std::arch::aarch64::vdupq_n_u8;

use super::super::Axis;
use super::registers::{VECTOR, join_store, load, load_split, store};

/// The fewest pixels that [`split_all`] and [`join_all`] take.
pub(in super::super) const fn fewest_pixels(size: usize) -> usize {
    VECTOR / size + 1
}

/// Pixels of `K` channels become planes: the first channel becomes the first plane, and so on, for
/// as many as there are planes.
///
/// # Safety
/// All items lie in live memory, those of `to` writable; the two do not overlap. There are
/// [`fewest_pixels`] at least, and `K` planes at most.
#[target_feature(enable = "neon")]
pub(in super::super) unsafe fn split_all<const SIZE: usize, const K: usize>(
    to: *mut u8,
    planes: Axis,
    from: *const u8,
    count: usize,
    _stream: bool,
) {
    let many = VECTOR / SIZE;
    let last = count - many;
    // Behind the last pixel there may be nothing where the other channels would be.
    let spare = K - planes.length;
    // SAFETY: as the caller promises; the last vector reads other channels before its pixels.
    unsafe {
        for k in (0..last).step_by(many) {
            let (to, from) = (to.add(k * SIZE), from.add(k * K * SIZE));
            split_some::<SIZE, K>(to, planes, from, 0);
        }
        let from = from.add((last * K - spare) * SIZE);
        split_some::<SIZE, K>(to.add(last * SIZE), planes, from, spare);
    }
}

/// A vector of pixels, behind some items that are not asked for.
///
/// # Safety
/// As for [`split_all`], and there are so many.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn split_some<const SIZE: usize, const K: usize>(
    mut to: *mut u8,
    planes: Axis,
    from: *const u8,
    before: usize,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let channels = load_split::<SIZE, K>(from);
        for (k, &channel) in channels.iter().enumerate().take(K) {
            if (before..before + planes.length).contains(&k) {
                store(to, channel);
                to = to.wrapping_offset(planes.stride);
            }
        }
    }
}

/// `K` planes become pixels.
///
/// # Safety
/// As for [`split_all`], and there are `K` planes.
#[target_feature(enable = "neon")]
pub(in super::super) unsafe fn join_all<const SIZE: usize, const K: usize>(
    to: *mut u8,
    planes: Axis,
    from: *const u8,
    count: usize,
    _stream: bool,
) {
    let many = VECTOR / SIZE;
    let last = count - many;
    // SAFETY: as the caller promises.
    unsafe {
        for k in (0..last).step_by(many) {
            join_some::<SIZE, K>(to, from, planes.stride, k);
        }
        join_some::<SIZE, K>(to, from, planes.stride, last);
    }
}

/// A vector of each plane.
///
/// # Safety
/// As for [`join_all`], and there are so many pixels from `k` on.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn join_some<const SIZE: usize, const K: usize>(
    to: *mut u8,
    from: *const u8,
    pitch: isize,
    k: usize,
) {
    let mut v = [vdupq_n_u8(0); 4];
    let mut from = from.wrapping_add(k * SIZE);
    // SAFETY: as the caller promises.
    unsafe {
        for v in v.iter_mut().take(K) {
            *v = load(from);
            from = from.wrapping_offset(pitch);
        }
        join_store::<SIZE, K>(to.wrapping_add(k * K * SIZE), v);
    }
}
