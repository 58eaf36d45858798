//! Channels of pixels: taken apart into planes, and put together again.
//!
//! Both are transposes of 2, 3 or 4 by many, where one side lies together altogether: then it is
//! read, or written, in one stream.

use std::ops::RangeInclusive;

use super::super::loops::Loop;
use super::{Axis, Level, line};

/// So many channels ...
pub(in crate::copy) const COUNTS: RangeInclusive<usize> = 2..=4;
/// ... of so many bytes.
pub(in crate::copy) const SIZES: [usize; 4] = [1, 2, 4, 8];

/// Takes `count` pixels at `from` apart into planes, of which `planes` says how many and how far
/// apart.
///
/// # Safety
/// All items lie in live memory, those of `to` writable; the two do not overlap. The processor
/// has the level.
pub(in crate::copy) unsafe fn split(
    _level: Level,
    to: *mut u8,
    from: *const u8,
    planes: Axis,
    count: usize,
    size: usize,
) {
    let pixels = Loop {
        length: count,
        to: size as isize,
        from: (planes.length * size) as isize,
    };
    let channels = Loop {
        length: planes.length,
        to: planes.stride,
        from: size as isize,
    };
    // SAFETY: as the caller promises.
    unsafe { line::tiles(to, from, channels, pixels, size) };
}

/// Puts `count` pixels together at `to`, out of planes.
///
/// # Safety
/// As for [`split`].
pub(in crate::copy) unsafe fn join(
    _level: Level,
    to: *mut u8,
    from: *const u8,
    planes: Axis,
    count: usize,
    size: usize,
) {
    let pixels = Loop {
        length: count,
        to: (planes.length * size) as isize,
        from: size as isize,
    };
    let channels = Loop {
        length: planes.length,
        to: size as isize,
        from: planes.stride,
    };
    // SAFETY: as the caller promises.
    unsafe { line::tiles(to, from, channels, pixels, size) };
}
