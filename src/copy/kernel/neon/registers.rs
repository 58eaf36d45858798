//! Items that change places within registers, and on the way to and from memory.
//!
//! The instructions that take channels apart, and put them together, are written out: the intrinsics
//! want items that are aligned, which the instructions do not.

use std::arch::aarch64::*;
use std::arch::asm;

/// Bytes of a vector.
pub(in super::super) const VECTOR: usize = 16;

/// A vector for each channel; the rest are not looked at.
pub(super) type Vectors = [uint8x16_t; 4];

/// # Safety
/// A vector can be read there.
#[inline]
#[target_feature(enable = "neon")]
pub(super) unsafe fn load(from: *const u8) -> uint8x16_t {
    // SAFETY: as the caller promises.
    unsafe { vld1q_u8(from) }
}

/// # Safety
/// A vector can be written there.
#[inline]
#[target_feature(enable = "neon")]
pub(super) unsafe fn store(to: *mut u8, v: uint8x16_t) {
    // SAFETY: as the caller promises.
    unsafe { vst1q_u8(to, v) }
}

/// The instruction for so many channels, of items that a letter stands for.
macro_rules! for_items {
    ($one:ident, $size:expr, $channels:expr) => {
        match ($channels, $size) {
            (2, 1) => $one!("2 {{v0.16b, v1.16b}}"),
            (3, 1) => $one!("3 {{v0.16b, v1.16b, v2.16b}}"),
            (_, 1) => $one!("4 {{v0.16b, v1.16b, v2.16b, v3.16b}}"),
            (2, 2) => $one!("2 {{v0.8h, v1.8h}}"),
            (3, 2) => $one!("3 {{v0.8h, v1.8h, v2.8h}}"),
            (_, 2) => $one!("4 {{v0.8h, v1.8h, v2.8h, v3.8h}}"),
            (2, 4) => $one!("2 {{v0.4s, v1.4s}}"),
            (3, 4) => $one!("3 {{v0.4s, v1.4s, v2.4s}}"),
            (_, 4) => $one!("4 {{v0.4s, v1.4s, v2.4s, v3.4s}}"),
            (2, _) => $one!("2 {{v0.2d, v1.2d}}"),
            (3, _) => $one!("3 {{v0.2d, v1.2d, v2.2d}}"),
            (_, _) => $one!("4 {{v0.2d, v1.2d, v2.2d, v3.2d}}"),
        }
    };
}

/// Takes `K` channels of a block apart.
///
/// # Safety
/// `K` vectors can be read there.
#[inline]
#[target_feature(enable = "neon")]
pub(super) unsafe fn load_split<const SIZE: usize, const K: usize>(from: *const u8) -> Vectors {
    let mut v = [vdupq_n_u8(0); 4];
    macro_rules! load {
        ($registers:literal) => {
            asm!(
                concat!("ld", $registers, ", [{from}]"),
                from = in(reg) from,
                out("v0") v[0],
                out("v1") v[1],
                out("v2") v[2],
                out("v3") v[3],
                options(pure, readonly, nostack, preserves_flags),
            )
        };
    }
    // SAFETY: as the caller promises; what is not loaded is not looked at.
    unsafe { for_items!(load, SIZE, K) };
    v
}

/// Puts `K` channels together, the opposite of [`load_split`].
///
/// # Safety
/// `K` vectors can be written there.
#[inline]
#[target_feature(enable = "neon")]
pub(super) unsafe fn join_store<const SIZE: usize, const K: usize>(to: *mut u8, v: Vectors) {
    macro_rules! store {
        ($registers:literal) => {
            asm!(
                concat!("st", $registers, ", [{to}]"),
                to = in(reg) to,
                in("v0") v[0],
                in("v1") v[1],
                in("v2") v[2],
                in("v3") v[3],
                options(nostack, preserves_flags),
            )
        };
    }
    // SAFETY: as the caller promises.
    unsafe { for_items!(store, SIZE, K) };
}

/// The last byte of each item first.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn swap_bytes<const SIZE: usize>(v: uint8x16_t) -> uint8x16_t {
    match SIZE {
        2 => vrev16q_u8(v),
        4 => vrev32q_u8(v),
        8 => vrev64q_u8(v),
        _ => reverse::<1>(v),
    }
}

/// The last item first.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn reverse<const SIZE: usize>(v: uint8x16_t) -> uint8x16_t {
    let halves = match SIZE {
        1 => vrev64q_u8(v),
        2 => vreinterpretq_u8_u16(vrev64q_u16(vreinterpretq_u16_u8(v))),
        4 => vreinterpretq_u8_u32(vrev64q_u32(vreinterpretq_u32_u8(v))),
        _ => v,
    };
    vextq_u8::<8>(halves, halves)
}
