//! Channels of pixels: taken apart into planes, and put together again.
//!
//! Both are transposes of 2, 3 or 4 by many, where one side lies together altogether: then it is
//! read, or written, in one stream. Bytes may be 8 or 16 by many, too: those of numbers, which are
//! shuffled to be compressed.

use std::ops::RangeInclusive;

use super::super::loops::Loop;
use super::means::{Means, note};
#[cfg(pybuf_neon)]
use super::neon::pixels;
#[cfg(target_arch = "x86_64")]
use super::pixels;
use super::transpose::shuffle;
use super::{Axis, Level, line};

/// So many channels ...
const COUNTS: RangeInclusive<usize> = 2..=4;
/// ... of so many bytes.
const SIZES: [usize; 4] = [1, 2, 4, 8];

/// Whether pixels of so many channels, of which some are moved, are for the kernels here.
pub(in crate::copy) fn are_channels(channels: usize, moved: usize, size: usize) -> bool {
    let are_few = COUNTS.contains(&channels) && (2..=channels).contains(&moved);
    let are_bytes = size == 1 && shuffle::SIZES.contains(&channels) && moved == channels;
    are_few && SIZES.contains(&size) || are_bytes
}

/// The function for so many channels of such a size.
#[cfg(pybuf_vectors)]
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

/// By what pixels of so many channels, of which some are moved, are taken apart or put together.
pub(in crate::copy) fn means(
    level: Level,
    (channels, moved): (usize, usize),
    count: usize,
    size: usize,
    stream: bool,
) -> Means {
    if is_shuffle(level, channels, size, stream)
        && moved == channels
        && shuffle::fits(channels, count)
    {
        return Means::Bytes;
    }
    #[cfg(pybuf_vectors)]
    if level.has_vectors() && COUNTS.contains(&channels) && count >= pixels::fewest_pixels(size) {
        return Means::Channels;
    }
    let _ = level;
    Means::InTiles
}

/// Whether channels are bytes for the kernels that shuffle; those do not stream, and NEON has
/// shorter ones for a few channels.
fn is_shuffle(level: Level, channels: usize, size: usize, stream: bool) -> bool {
    size == 1 && !((stream || level == Level::Neon) && COUNTS.contains(&channels))
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
    let means = means(level, (channels, planes.length), count, size, stream);
    if means == Means::Bytes {
        note(means);
        // SAFETY: as the caller promises; there are enough of them.
        unsafe { shuffle::split(level, to, planes, from, count) };
        return;
    }
    #[cfg(pybuf_vectors)]
    if means == Means::Channels
        && let Some(split) = by_vectors!(pixels::split_all, channels, size)
    {
        note(means);
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
    let channels = planes.length;
    let means = means(level, (channels, channels), count, size, stream);
    if means == Means::Bytes {
        note(means);
        // SAFETY: as the caller promises; there are enough of them.
        unsafe { shuffle::join(level, to, from, planes, count) };
        return;
    }
    #[cfg(pybuf_vectors)]
    if means == Means::Channels
        && let Some(join) = by_vectors!(pixels::join_all, planes.length, size)
    {
        note(means);
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
