//! Short items that become a row, by a shuffle that is made for their distance.
//!
//! As many of them as fit into 16 bytes are loaded with all that is between them, and the bytes are
//! put in order. What a store writes behind them is written again by the next one; so the last few
//! items, behind which there would be nothing to be read or written, are left to others.

use std::arch::x86_64::*;

use super::super::loops::Loop;

/// Bytes that are loaded, and stored.
const WINDOW: usize = 16;

/// So many items at least are to be moved at once: two are as fast one by one.
const LEAST_TOGETHER: usize = 3;

/// A shuffle for as many items as fit.
pub(super) struct Pattern {
    order: [u8; WINDOW],
    /// From where the first item lies to where its window begins.
    before: usize,
    /// Items of a window.
    many: usize,
    /// Bytes of an item.
    size: usize,
    /// From one item to the next, in the source.
    stride: isize,
}

impl Pattern {
    /// For items that lie so far apart.
    pub(super) fn of_items(stride: isize, size: usize) -> Option<Self> {
        let distance = stride.unsigned_abs();
        if distance == 0 || size > WINDOW {
            return None;
        }
        let many = (WINDOW / size).min((WINDOW - size) / distance + 1);
        if many < LEAST_TOGETHER {
            return None;
        }
        let before = if stride < 0 { WINDOW - size } else { 0 };
        let mut order = [0; WINDOW];
        for (at, byte) in order.iter_mut().enumerate().take(many * size) {
            let item = (at / size) as isize * stride;
            *byte = (before as isize + item) as u8 + (at % size) as u8;
        }
        Some(Self {
            order,
            before,
            many,
            size,
            stride,
        })
    }

    /// For items that are turned round within pixels, which lie as before: `pixels` steps from one
    /// to the next on either side, and `line` within.
    pub(super) fn of_turned(pixels: Loop, line: Loop, size: usize) -> Option<Self> {
        let pixel = line.length * size;
        let lies_together = line.to == size as isize && line.from == -line.to;
        if !lies_together || [pixels.to, pixels.from] != [pixel as isize; 2] || pixel * 2 > WINDOW {
            return None;
        }
        let many = WINDOW / pixel;
        let mut order = [0; WINDOW];
        for (at, byte) in order.iter_mut().enumerate().take(many * pixel) {
            let (within, item) = (at % size, at % pixel / size);
            *byte = (at - at % pixel + pixel - size - item * size + within) as u8;
        }
        Some(Self {
            order,
            before: pixel - size,
            many,
            size: pixel,
            stride: pixel as isize,
        })
    }

    /// Moves the first items of a row, and says how many.
    ///
    /// # Safety
    /// All items lie in live memory, those of `to` writable; the two do not overlap. The
    /// processor has AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn apply(&self, to: *mut u8, from: *const u8, count: usize) -> usize {
        let steps =
            |room: usize, step: usize| room.checked_sub(WINDOW).map_or(0, |more| more / step + 1);
        let distance = self.stride.unsigned_abs();
        let windows = steps(count * self.size, self.many * self.size).min(steps(
            (count - 1) * distance + self.size,
            self.many * distance,
        ));
        let mut to = to;
        let mut from = from.wrapping_sub(self.before);
        // SAFETY: as the caller promises: the last window ends where the last item does, or before.
        unsafe {
            let order = _mm_loadu_si128(self.order.as_ptr().cast());
            for _ in 0..windows {
                let v = _mm_shuffle_epi8(_mm_loadu_si128(from.cast()), order);
                _mm_storeu_si128(to.cast(), v);
                to = to.wrapping_add(self.many * self.size);
                from = from.wrapping_offset(self.many as isize * self.stride);
            }
        }
        windows * self.many
    }
}
