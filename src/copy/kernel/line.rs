//! Rows of short items, at any distance on either side.

use super::super::loops::Loop;
use super::Level;
#[cfg(target_arch = "x86_64")]
use super::fill as streamed_fill;
use super::item::{Ends, LONGEST, Long, Whole, for_size};
use super::means::{Means, note};
use super::plain::{each_row, plain, some};
#[cfg(pybuf_vectors)]
use super::vectors;

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
    if repeats_one_item(line, size) {
        let means = means(level, rows, line, size, stream);
        note(means);
        #[cfg(target_arch = "x86_64")]
        if means == Means::FillLines {
            let row = |to, from| {
                // SAFETY: as the caller promises.
                unsafe { streamed_fill::streamed(to, from, line.length, size) };
            };
            each_row(to, from, rows, row);
            return;
        }
        // SAFETY: as the caller promises.
        unsafe { each_row(to, from, rows, |to, from| fill(to, from, line.length, size)) };
        return;
    }
    #[cfg(pybuf_vectors)]
    // SAFETY: as the caller promises.
    if level.has_vectors() && unsafe { vectors::lines(level, to, from, rows, line, size, stream) } {
        return;
    }
    let _ = (level, stream);
    note(Means::OneByOne);
    // SAFETY: as the caller promises.
    unsafe { plain(to, from, rows, line, size) }
}

/// By what.
pub(in crate::copy) fn means(
    level: Level,
    rows: Loop,
    line: Loop,
    size: usize,
    stream: bool,
) -> Means {
    if repeats_one_item(line, size) {
        #[cfg(target_arch = "x86_64")]
        if stream && level >= Level::Avx2 && streamed_fill::is_worth_it(line.length, size) {
            return Means::FillLines;
        }
        return Means::Fill;
    }
    #[cfg(pybuf_vectors)]
    if level.has_vectors()
        && let Some(way) = vectors::way(level, rows, line, size)
    {
        return way.means();
    }
    let _ = (level, rows, stream);
    Means::OneByOne
}

fn repeats_one_item(line: Loop, size: usize) -> bool {
    line.to == size as isize && line.from == 0
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
            _ => fill_by_copies(to, from, count, size),
        }
    }
}

/// Items of no size that registers have: some are written, and copied to where the next ones go.
///
/// # Safety
/// As for [`lines`].
unsafe fn fill_by_copies(to: *mut u8, from: *const u8, count: usize, size: usize) {
    /// Bytes that are copied at once, about: they stay in the first cache.
    const PART: usize = 2048;
    let part = Loop {
        length: count.min(PART / size),
        to: size as isize,
        from: 0,
    };
    // SAFETY: the first items, and then the others: as the caller promises.
    unsafe {
        for_size!(size, some(to, from, part, size));
        let mut done = part.length;
        while done < count {
            let next = part.length.min(count - done);
            to.add(done * size)
                .copy_from_nonoverlapping(to, next * size);
            done += next;
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
pub(in crate::copy) const TILE: usize = 32;

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
    note(Means::InTiles);
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
