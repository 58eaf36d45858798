//! Rows of short items, at any distance on either side.

use super::super::loops::Loop;
use super::Level;
use super::item::{Ends, LONGEST, Long, Move, Whole, for_size};
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

/// Moves `rows.length × line.length` items of `size` bytes, past the cache where they `stream`.
///
/// # Safety
/// All of them lie in live memory, those of `to` writable; the two do not overlap. The processor
/// has the level.
pub(in crate::copy) unsafe fn lines(
    level: Level,
    to: *mut u8,
    from: *const u8,
    rows: Loop,
    line: Loop,
    size: usize,
    stream: bool,
) {
    let lies_together = line.to == size as isize;
    if lies_together && line.from == 0 {
        // SAFETY: as the caller promises.
        unsafe { each_row(to, from, rows, |to, from| fill(to, from, line.length, size)) };
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if level >= Level::Avx2
        && lies_together
        && line.length >= avx2::fewest_gathered(size)
        && let Some(gather) = gather_by_vectors(line.from, size)
    {
        // SAFETY: as the caller promises; there are enough of them.
        unsafe {
            each_row(to, from, rows, |to, from| {
                gather(to, from, line.length, stream)
            })
        };
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if level >= Level::Avx512
        && let Some((spread, stride)) = spread_by_vectors(line, size)
    {
        // SAFETY: as the caller promises.
        unsafe {
            each_row(to, from, rows, |to, from| {
                spread(to, from, stride, line.length)
            })
        };
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if level >= Level::Avx512
        && size <= LARGEST_STAGED
        && let Some(gather) = gather_by_vectors(line.from, size)
        && let Some(scatter) = avx512::scatter_for(line.to, size)
    {
        each_row(to, from, rows, |to, from| {
            // SAFETY: as the caller promises.
            unsafe { through_a_stage((to, scatter), (from, gather), line, size) };
        });
        return;
    }
    let _ = (level, stream);
    // SAFETY: as the caller promises.
    unsafe { plain(to, from, rows, line, size) }
}

#[cfg(target_arch = "x86_64")]
type Gather = unsafe fn(*mut u8, *const u8, usize, bool);

/// For items so far apart, if they are close.
#[cfg(target_arch = "x86_64")]
fn gather_by_vectors(stride: isize, size: usize) -> Option<Gather> {
    macro_rules! of_size {
        ($size:literal) => {
            match stride / $size {
                -1 => avx2::gather::<$size, 1, true> as Gather,
                2 => avx2::gather::<$size, 2, false>,
                -2 => avx2::gather::<$size, 2, true>,
                3 => avx2::gather::<$size, 3, false>,
                -3 => avx2::gather::<$size, 3, true>,
                4 => avx2::gather::<$size, 4, false>,
                -4 => avx2::gather::<$size, 4, true>,
                _ => return None,
            }
        };
    }
    let is_multiple = stride.unsigned_abs().is_multiple_of(size);
    match size {
        1 => Some(of_size!(1)),
        2 if is_multiple => Some(of_size!(2)),
        4 if is_multiple => Some(of_size!(4)),
        8 if is_multiple => Some(of_size!(8)),
        _ => None,
    }
}

/// For items that lie together on one side and close on the other, whose stride is given back.
#[cfg(target_arch = "x86_64")]
fn spread_by_vectors(line: Loop, size: usize) -> Option<(avx512::Spread, usize)> {
    let (spread, stride) = match [line.to, line.from].map(|stride| stride == size as isize) {
        [false, true] => (avx512::scatter_for(line.to, size), line.to),
        [true, false] => (avx512::gather_for(line.from, size), line.from),
        _ => return None,
    };
    Some((spread?, stride.unsigned_abs()))
}

/// Items longer than this are moved from gap to gap as fast one by one.
#[cfg(target_arch = "x86_64")]
const LARGEST_STAGED: usize = 2;

/// Moves a row with gaps on both sides: some items are gathered, and then scattered.
///
/// # Safety
/// As for [`lines`].
#[cfg(target_arch = "x86_64")]
unsafe fn through_a_stage(
    (to, scatter): (*mut u8, avx512::Spread),
    (from, gather): (*const u8, Gather),
    line: Loop,
    size: usize,
) {
    const STAGE: usize = 4096;
    let mut stage = std::mem::MaybeUninit::<[u8; STAGE]>::uninit();
    let stage = stage.as_mut_ptr().cast::<u8>();
    for start in (0..line.length).step_by(STAGE / size) {
        let count = (STAGE / size).min(line.length - start);
        let to = to.wrapping_offset(start as isize * line.to);
        let from = from.wrapping_offset(start as isize * line.from);
        // SAFETY: as the caller promises; so many items fit into the stage, which is written
        // before it is read.
        unsafe {
            if count >= avx2::fewest_gathered(size) {
                gather(stage, from, count, false);
            } else {
                let line = Loop {
                    length: count,
                    to: size as isize,
                    from: line.from,
                };
                for_size!(size, some(stage, from, line, size));
            }
            scatter(to, stage, line.to.unsigned_abs(), count);
        }
    }
}

fn each_row(to: *mut u8, from: *const u8, rows: Loop, row: impl Fn(*mut u8, *const u8)) {
    for r in 0..rows.length as isize {
        row(
            to.wrapping_offset(r * rows.to),
            from.wrapping_offset(r * rows.from),
        );
    }
}

/// The same item in all places of a row.
///
/// # Safety
/// As for [`lines`].
unsafe fn fill(to: *mut u8, from: *const u8, count: usize, size: usize) {
    // SAFETY: as the caller promises.
    unsafe {
        match size {
            1 => to.write_bytes(from.read(), count),
            2 => fill_with::<[u8; 2]>(to, from, count),
            4 => fill_with::<[u8; 4]>(to, from, count),
            8 => fill_with::<[u8; 8]>(to, from, count),
            16 => fill_with::<[u8; 16]>(to, from, count),
            _ => {
                let line = Loop {
                    length: count,
                    to: size as isize,
                    from: 0,
                };
                for_size!(size, some(to, from, line, size));
            }
        }
    }
}

/// # Safety
/// As for [`lines`], with items of this type.
unsafe fn fill_with<T: Copy>(to: *mut u8, from: *const u8, count: usize) {
    // SAFETY: as the caller promises; nothing says that they are aligned.
    unsafe {
        let item = from.cast::<T>().read_unaligned();
        for c in 0..count {
            to.cast::<T>().add(c).write_unaligned(item);
        }
    }
}

/// Steps along either side of a tile.
const TILE: usize = 32;

/// As [`lines`], in tiles: of both sides, all that lies in the lines of a cache that a tile
/// touches is moved before they are forgotten.
///
/// # Safety
/// As for [`lines`].
pub(in crate::copy) unsafe fn tiles(
    to: *mut u8,
    from: *const u8,
    rows: Loop,
    line: Loop,
    size: usize,
) {
    for top in (0..rows.length).step_by(TILE) {
        let some_rows = Loop {
            length: TILE.min(rows.length - top),
            ..rows
        };
        for left in (0..line.length).step_by(TILE) {
            let part = Loop {
                length: TILE.min(line.length - left),
                ..line
            };
            let (top, left) = (top as isize, left as isize);
            let to = to.wrapping_offset(top * rows.to + left * line.to);
            let from = from.wrapping_offset(top * rows.from + left * line.from);
            // SAFETY: a part of what the caller promises.
            unsafe { plain(to, from, some_rows, part, size) };
        }
    }
}

/// As [`lines`], by the registers of every processor.
///
/// # Safety
/// As for [`lines`].
unsafe fn plain(to: *mut u8, from: *const u8, rows: Loop, line: Loop, size: usize) {
    // SAFETY: as the caller promises.
    unsafe { for_size!(size, some_rows(to, from, rows, line, size)) }
}

/// # Safety
/// As for [`lines`].
unsafe fn some_rows<M: Move>(to: *mut u8, from: *const u8, rows: Loop, line: Loop, size: usize) {
    // SAFETY: as the caller promises.
    unsafe { each_row(to, from, rows, |to, from| some::<M>(to, from, line, size)) };
}

/// Moves the items of one row, four in a step: half of what a step of one does is counting.
///
/// # Safety
/// As for [`lines`].
#[inline]
unsafe fn some<M: Move>(mut to: *mut u8, mut from: *const u8, line: Loop, size: usize) {
    let mut left = line.length;
    while left >= 4 {
        for k in 0..4 {
            let to = to.wrapping_offset(k * line.to);
            // SAFETY: as the caller promises.
            unsafe { M::one(to, from.wrapping_offset(k * line.from), size) };
        }
        to = to.wrapping_offset(4 * line.to);
        from = from.wrapping_offset(4 * line.from);
        left -= 4;
    }
    let length = left;
    // SAFETY: those that are left.
    unsafe { each::<M>(to, from, Loop { length, ..line }, size) };
}

/// Moves the items of one row, one after another, each read before it is written.
///
/// # Safety
/// As for [`lines`], save that the two may overlap.
pub(in crate::copy) unsafe fn in_order(to: *mut u8, from: *const u8, line: Loop, size: usize) {
    // SAFETY: as the caller promises.
    unsafe { for_size!(size, each(to, from, line, size)) }
}

/// # Safety
/// As for [`in_order`].
#[inline]
unsafe fn each<M: Move>(to: *mut u8, from: *const u8, line: Loop, size: usize) {
    for c in 0..line.length as isize {
        let to = to.wrapping_offset(c * line.to);
        // SAFETY: as the caller promises.
        unsafe { M::one(to, from.wrapping_offset(c * line.from), size) };
    }
}
