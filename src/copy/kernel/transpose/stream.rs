//! From a stage to the destination, past the caches, in whole lines.

use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};

use super::plane::LINE;

/// What stores whole lines.
pub(super) trait Stream {
    /// Copies a cache line past the caches.
    ///
    /// # Safety
    /// It can be read and written, and `to` is the beginning of one. Nobody else may be told
    /// that it is there before [`end`](super::super::run::end).
    unsafe fn line(to: *mut u8, from: *const u8);
}

/// Asks for a cache line, which need not exist. It comes to the second cache: a block and its
/// stage fill the first one.
#[inline(always)]
pub(super) fn ask_for_line(address: *const u8) {
    // SAFETY: every processor of the target has it, and it does not fail.
    unsafe { _mm_prefetch::<_MM_HINT_T1>(address.cast()) };
}

/// Bytes of one row, on their way from a stage.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) to: *mut u8,
    pub(super) from: *const u8,
    pub(super) size: usize,
}

impl Run {
    /// Stores what lies before the first whole line.
    ///
    /// # Safety
    /// It can be read and written.
    #[inline(always)]
    pub(super) unsafe fn begin(self) -> Self {
        let head = self.size.min(self.to.addr().wrapping_neg() % LINE);
        // SAFETY: as the caller promises.
        unsafe { self.to.copy_from_nonoverlapping(self.from, head) };
        self.after(head)
    }

    /// From where the line began that it goes on with.
    #[inline(always)]
    pub(super) fn with_left_over(self) -> Self {
        let left = self.to.addr() % LINE;
        Self {
            to: self.to.wrapping_sub(left),
            from: self.from.wrapping_sub(left),
            size: self.size + left,
        }
    }

    /// Stores all whole lines.
    ///
    /// # Safety
    /// As for [`Run::begin`], and where it holds a line it begins with one.
    #[inline(always)]
    pub(super) unsafe fn stream<V: Stream>(self) -> Self {
        let mut run = self;
        while run.size >= LINE {
            // SAFETY: as the caller promises.
            unsafe { V::line(run.to, run.from) };
            run = run.after(LINE);
        }
        run
    }

    /// Stores all of it.
    ///
    /// # Safety
    /// As for [`Run::begin`].
    #[inline(always)]
    pub(super) unsafe fn store(self) {
        // SAFETY: as the caller promises.
        unsafe { self.to.copy_from_nonoverlapping(self.from, self.size) };
    }

    /// Copies it, with what is before it in its line, to where it ends at `end`.
    ///
    /// # Safety
    /// A line's bytes lie before its end, and there is room for as many before `end`.
    #[inline(always)]
    pub(super) unsafe fn keep(self, end: *mut u8) {
        let line = self.from.wrapping_add(self.size).wrapping_sub(LINE);
        // SAFETY: as the caller promises.
        unsafe { end.wrapping_sub(LINE).copy_from_nonoverlapping(line, LINE) };
    }

    #[inline(always)]
    fn after(self, bytes: usize) -> Self {
        Self {
            to: self.to.wrapping_add(bytes),
            from: self.from.wrapping_add(bytes),
            size: self.size - bytes,
        }
    }
}
