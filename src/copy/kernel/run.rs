//! Items that are long enough to be moved one at a time.
//!
//! Up to megabytes nothing is faster than the system's `memcpy`. Beyond what a cache keeps, a plain
//! store reads the line that it is going to overwrite; a streaming one does not, which spares a
//! third of the traffic, and leaves to the cache what was there. It pays in whole lines only, and
//! what is read next has to be asked for well ahead.

use super::super::loops::Loop;
use super::Level;
use super::means::{Means, note};

/// Moves `rows.length × line.length` items of `size` bytes, past the cache where they `stream`:
/// then nobody may be told that they are there before [`end`].
///
/// # Safety
/// All of them lie in live memory, those of `to` writable; the two do not overlap. The processor
/// has the level.
pub(in crate::copy) unsafe fn runs(
    level: Level,
    to: *mut u8,
    from: *const u8,
    rows: Loop,
    line: Loop,
    size: usize,
    stream: bool,
) {
    note(means(level, stream));
    #[cfg(target_arch = "x86_64")]
    if stream && level.passes_the_cache() {
        // SAFETY: as the caller promises.
        unsafe { super::avx2::runs(to, from, rows, line, size) };
        return;
    }
    let _ = (level, stream);
    for r in 0..rows.length as isize {
        let to = to.wrapping_offset(r * rows.to);
        let from = from.wrapping_offset(r * rows.from);
        for c in 0..line.length as isize {
            let to = to.wrapping_offset(c * line.to);
            let from = from.wrapping_offset(c * line.from);
            // SAFETY: as the caller promises.
            unsafe { to.copy_from_nonoverlapping(from, size) };
        }
    }
}

/// By what.
pub(in crate::copy) fn means(level: Level, stream: bool) -> Means {
    match stream && level.passes_the_cache() {
        true => Means::PastTheCache,
        false => Means::Memcpy,
    }
}

/// What is stored from now on is seen after what was stored before. This takes as long as a
/// kilobyte does: so it comes at the end of all runs.
pub(in crate::copy) fn end() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of the target has it.
    #[allow(unused_unsafe, reason = "newer compilers know that it is safe")]
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}
