//! Short items that become a row, by a shuffle that is made for their distance.
//!
//! As many of them as fit into 16 bytes are loaded with all that is between them, and the bytes are
//! put in order. What a store writes behind them is written again by the next one; so the last few
//! items, behind which there would be nothing to be read or written, are left to others.

#[cfg(pybuf_neon)]
use std::arch::aarch64::{vld1q_u8 as load, vqtbl1q_u8 as ordered, vst1q_u8 as store};

use super::super::loops::Loop;

/// Bytes that are loaded, and stored.
const WINDOW: usize = 16;

/// Pixels further apart are left to others: a window of one of them may end between the two, and
/// only in less than a page is that memory which somebody has. No page is smaller.
const FURTHEST: usize = 4096;

/// So many items at least are to be moved at once: two are as fast one by one.
const LEAST_TOGETHER: usize = 3;

/// A shuffle for as many pixels as fit. Those are a few items each, of one at least; within a window
/// they may lie in the source as they like.
pub(super) struct Pattern {
    order: [u8; WINDOW],
    /// From where the first item lies to where its window begins.
    before: isize,
    /// Pixels of a window.
    many: usize,
    /// Bytes of one, where it is written ...
    pixel: usize,
    /// ... and from its lowest to behind its highest, where it is read.
    span: usize,
    /// From one pixel to the next, in the source.
    stride: isize,
}

impl Pattern {
    /// For pixels that lie together in the destination, each with the items of a line.
    pub(super) fn new(pixels: Loop, line: Loop, size: usize) -> Option<Self> {
        let pixel = line.length.checked_mul(size)?;
        let lies_together = line.length == 1 || line.to == size as isize;
        if !lies_together || pixel > WINDOW || pixels.to != pixel as isize || pixels.from == 0 {
            return None;
        }
        let distance = pixels.from.unsigned_abs();
        if distance > FURTHEST {
            return None;
        }
        let within = line.from.unsigned_abs().checked_mul(line.length - 1)?;
        let span = within.checked_add(size)?;
        let many = (WINDOW / pixel).min(WINDOW.checked_sub(span)? / distance + 1);
        if many * line.length < LEAST_TOGETHER {
            return None;
        }
        // Where the pixel begins that is the lowest of the window, as seen from the first item.
        let low = line.last_from().min(0);
        let before = match pixels.from < 0 {
            false => -low,
            true => WINDOW as isize - span as isize - low,
        };
        let mut order = [0; WINDOW];
        for (at, byte) in order.iter_mut().enumerate().take(many * pixel) {
            let (k, item) = (at / pixel, at % pixel / size);
            let from = k as isize * pixels.from + item as isize * line.from;
            *byte = (before + from) as u8 + (at % size) as u8;
        }
        Some(Self {
            order,
            before,
            many,
            pixel,
            span,
            stride: pixels.from,
        })
    }

    /// Moves the first pixels, and says how many.
    ///
    /// # Safety
    /// All items lie in live memory, those of `to` writable; the two do not overlap. The
    /// processor has vectors.
    #[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2"))]
    pub(super) unsafe fn apply(&self, to: *mut u8, from: *const u8, count: usize) -> usize {
        let steps =
            |room: usize, step: usize| room.checked_sub(WINDOW).map_or(0, |more| more / step + 1);
        let distance = self.stride.unsigned_abs();
        let windows = steps(count * self.pixel, self.many * self.pixel).min(steps(
            (count - 1) * distance + self.span,
            self.many * distance,
        ));
        let mut to = to;
        let mut from = from.wrapping_offset(-self.before);
        // SAFETY: as the caller promises: the last window ends where the last item does, or before.
        unsafe {
            let order = load(self.order.as_ptr());
            for _ in 0..windows {
                store(to, ordered(load(from), order));
                to = to.wrapping_add(self.many * self.pixel);
                from = from.wrapping_offset(self.many as isize * self.stride);
            }
        }
        windows * self.many
    }
}

#[cfg(target_arch = "x86_64")]
use avx2::{load, ordered, store};

#[cfg(target_arch = "x86_64")]
mod avx2 {
    pub(super) use std::arch::x86_64::_mm_shuffle_epi8 as ordered;
    use std::arch::x86_64::*;

    /// # Safety
    /// 16 bytes can be read there.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn load(from: *const u8) -> __m128i {
        // SAFETY: as the caller promises.
        unsafe { _mm_loadu_si128(from.cast()) }
    }

    /// # Safety
    /// 16 bytes can be written there.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn store(to: *mut u8, v: __m128i) {
        // SAFETY: as the caller promises.
        unsafe { _mm_storeu_si128(to.cast(), v) }
    }
}
