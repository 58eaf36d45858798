//! Items that are long enough to be moved one at a time.

use super::super::loops::Loop;

/// Moves `rows.length × line.length` items of `size` bytes.
///
/// # Safety
/// All of them lie in live memory, those of `to` writable; the two do not overlap.
pub(in crate::copy) unsafe fn runs(
    to: *mut u8,
    from: *const u8,
    rows: Loop,
    line: Loop,
    size: usize,
) {
    for r in 0..rows.length as isize {
        let to = to.wrapping_offset(r * rows.to);
        let from = from.wrapping_offset(r * rows.from);
        for c in 0..line.length as isize {
            let (to, from) = (
                to.wrapping_offset(c * line.to),
                from.wrapping_offset(c * line.from),
            );
            // SAFETY: as the caller promises.
            unsafe { to.copy_from_nonoverlapping(from, size) };
        }
    }
}
