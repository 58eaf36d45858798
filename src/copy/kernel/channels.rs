//! Channels of pixels: taken apart into planes, and put together again.
//!
//! Both are transposes of 2, 3 or 4 by many, where one side lies together altogether: then it is
//! read, or written, in one stream.

use std::ops::RangeInclusive;

use super::super::loops::Loop;
use super::means::Means;
#[cfg(target_arch = "x86_64")]
use super::means::note;
#[cfg(target_arch = "x86_64")]
use super::pixels;
use super::{Axis, Level, line};

/// So many channels ...
pub(in crate::copy) const COUNTS: RangeInclusive<usize> = 2..=4;
/// ... of so many bytes.
pub(in crate::copy) const SIZES: [usize; 4] = [1, 2, 4, 8];

/// The function for so many channels of such a size.
#[cfg(target_arch = "x86_64")]
macro_rules! by_vectors {
    ($($name:ident)::+, $count:expr, $size:expr) => {
        match ($count, $size) {
            (2, 1) => Some($($name)::+::<1, 2> as unsafe fn(_, _, _, _, _)),
            (3, 1) => Some($($name)::+::<1, 3> as _),
            (4, 1) => Some($($name)::+::<1, 4> as _),
            (2, 2) => Some($($name)::+::<2, 2> as _),
            (3, 2) => Some($($name)::+::<2, 3> as _),
            (4, 2) => Some($($name)::+::<2, 4> as _),
            (2, 4) => Some($($name)::+::<4, 2> as _),
            (3, 4) => Some($($name)::+::<4, 3> as _),
            (4, 4) => Some($($name)::+::<4, 4> as _),
            (2, 8) => Some($($name)::+::<8, 2> as _),
            (3, 8) => Some($($name)::+::<8, 3> as _),
            (4, 8) => Some($($name)::+::<8, 4> as _),
            _ => None,
        }
    };
}

/// By what so many pixels are taken apart or put together.
pub(in crate::copy) fn means(level: Level, count: usize, size: usize) -> Means {
    #[cfg(target_arch = "x86_64")]
    if level >= Level::Avx2 && count >= pixels::fewest_pixels(size) {
        return Means::Channels;
    }
    let _ = (level, count, size);
    Means::InTiles
}

/// Takes `count` pixels of so many channels at `from` apart into planes, of which `planes` says how
/// many and how far apart: there may be fewer of them than channels.
///
/// # Safety
/// All items lie in live memory, those of `to` writable; the two do not overlap. The processor
/// has the level.
pub(in crate::copy) unsafe fn split(
    level: Level,
    to: *mut u8,
    from: *const u8,
    planes: Axis,
    (count, channels): (usize, usize),
    size: usize,
    stream: bool,
) {
    #[cfg(target_arch = "x86_64")]
    if means(level, count, size) == Means::Channels
        && let Some(split) = by_vectors!(pixels::split_all, channels, size)
    {
        note(Means::Channels);
        // SAFETY: as the caller promises; there are enough of them.
        unsafe { split(to, planes, from, count, stream) };
        return;
    }
    let _ = (level, stream);
    let pixels = Loop {
        length: count,
        to: size as isize,
        from: (channels * size) as isize,
    };
    let planes = Loop {
        length: planes.length,
        to: planes.stride,
        from: size as isize,
    };
    // SAFETY: as the caller promises.
    unsafe { line::tiles(to, from, planes, pixels, size) };
}

/// Puts `count` pixels together at `to`, out of planes.
///
/// # Safety
/// As for [`split`].
pub(in crate::copy) unsafe fn join(
    level: Level,
    to: *mut u8,
    from: *const u8,
    planes: Axis,
    count: usize,
    size: usize,
    stream: bool,
) {
    #[cfg(target_arch = "x86_64")]
    if means(level, count, size) == Means::Channels
        && let Some(join) = by_vectors!(pixels::join_all, planes.length, size)
    {
        note(Means::Channels);
        // SAFETY: as the caller promises; there are enough of them.
        unsafe { join(to, planes, from, count, stream) };
        return;
    }
    let _ = (level, stream);
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
