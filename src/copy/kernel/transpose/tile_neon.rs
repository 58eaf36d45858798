//! Tiles of one lane, for every 64-bit ARM, and of half a lane, for small ones.
//!
//! Not measured (see [`neon`](super::super::neon)), but counted: compiled, a tile of 16 by 16 bytes is some
//! 130 instructions, half of one an item. For items of 2, 4 and 8 bytes that is about one, two and
//! four, and five where they go one by one. All its vectors stay in the registers, of which there
//! are 32.

use std::arch::aarch64::*;
pub(super) use std::arch::aarch64::{uint8x8_t as Half, uint8x16_t as Lane};
use std::convert::identity;

use super::tile::{Steps, Vector};

/// For each size of items: the vector of such items, what interleaves two of those, and back.
macro_rules! vector {
    ($vector:ident, $bytes:literal, $load:ident, $store:ident; $($size:pat => $items:ident, $low:ident, $high:ident, $back:ident;)*) => {
        impl Vector for $vector {
            const LANES: usize = 1;
            const LANE: usize = $bytes;

            #[inline(always)]
            unsafe fn load<S: Steps>(from: *const u8, steps: S, first: usize, _apart: usize) -> Self {
                // SAFETY: as the caller promises.
                unsafe { $load(from.wrapping_offset(steps.at(first))) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut u8) {
                // SAFETY: as the caller promises.
                unsafe { $store(to, self) }
            }

            #[inline(always)]
            unsafe fn regroup(self, next: Self) -> (Self, Self) {
                (self, next)
            }

            #[inline(always)]
            unsafe fn interleave<const SIZE: usize>(self, other: Self) -> (Self, Self) {
                // SAFETY: every processor of the target has these.
                unsafe {
                    match SIZE {
                        $($size => {
                            let (one, other) = ($items(self), $items(other));
                            ($back($low(one, other)), $back($high(one, other)))
                        })*
                    }
                }
            }
        }
    };
}

vector! {
    Lane, 16, vld1q_u8, vst1q_u8;
    1 => identity, vzip1q_u8, vzip2q_u8, identity;
    2 => vreinterpretq_u16_u8, vzip1q_u16, vzip2q_u16, vreinterpretq_u8_u16;
    4 => vreinterpretq_u32_u8, vzip1q_u32, vzip2q_u32, vreinterpretq_u8_u32;
    _ => vreinterpretq_u64_u8, vzip1q_u64, vzip2q_u64, vreinterpretq_u8_u64;
}

vector! {
    Half, 8, vld1_u8, vst1_u8;
    1 => identity, vzip1_u8, vzip2_u8, identity;
    2 => vreinterpret_u16_u8, vzip1_u16, vzip2_u16, vreinterpret_u8_u16;
    _ => vreinterpret_u32_u8, vzip1_u32, vzip2_u32, vreinterpret_u8_u32;
}
