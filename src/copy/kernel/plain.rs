//! Rows of short items by the registers of every processor: one item after another.

use super::super::loops::Loop;
use super::item::{Ends, LONGEST, Long, Move, Whole, for_size};

/// Calls with the first items of each row.
pub(super) fn each_row(to: *mut u8, from: *const u8, rows: Loop, row: impl Fn(*mut u8, *const u8)) {
    for r in 0..rows.length as isize {
        row(
            to.wrapping_offset(r * rows.to),
            from.wrapping_offset(r * rows.from),
        );
    }
}

/// Moves `rows.length × line.length` items of `size` bytes.
///
/// # Safety
/// All of them lie in live memory, those of `to` writable; the two do not overlap.
pub(super) unsafe fn plain(to: *mut u8, from: *const u8, rows: Loop, line: Loop, size: usize) {
    // SAFETY: as the caller promises.
    unsafe { for_size!(size, some_rows(to, from, rows, line, size)) }
}

/// # Safety
/// As for [`plain`].
unsafe fn some_rows<M: Move>(to: *mut u8, from: *const u8, rows: Loop, line: Loop, size: usize) {
    // SAFETY: as the caller promises.
    unsafe { each_row(to, from, rows, |to, from| some::<M>(to, from, line, size)) };
}

/// Moves the items of one row, four in a step: half of what a step of one does is counting.
///
/// # Safety
/// As for [`plain`].
#[inline]
pub(super) unsafe fn some<M: Move>(mut to: *mut u8, mut from: *const u8, line: Loop, size: usize) {
    let mut left = line.length;
    while left >= 4 {
        for k in 0..4 {
            let to = to.wrapping_offset(k * line.to);
            // SAFETY: as the caller promises.
            unsafe { M::one(to, from.wrapping_offset(k * line.from), size) };
        }
        // Behind the last item: a distance that need not fit.
        to = to.wrapping_offset(line.to.wrapping_mul(4));
        from = from.wrapping_offset(line.from.wrapping_mul(4));
        left -= 4;
    }
    let length = left;
    // SAFETY: those that are left.
    unsafe { each::<M>(to, from, Loop { length, ..line }, size) };
}

/// Moves the items of one row, one after another, each read before it is written.
///
/// # Safety
/// As for [`plain`], save that the two may overlap.
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
