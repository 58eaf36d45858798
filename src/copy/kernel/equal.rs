//! Whether the items of two rows are equal: as bytes, or as floats are, of which NaN is equal to
//! nothing, and zero to zero of either sign.
//!
//! Of rows with the same small gaps, both are taken apart in registers: by way of a stage one of
//! them would always wait for the other.

use super::Level;

/// When two items are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Same {
    /// Where their bytes are.
    Bytes,
    /// As floats of 4 or 8 bytes.
    Floats,
}

/// Whether all items of `size` bytes, one at least, are equal to those at another address, which lie as far
/// apart. `None` where there is no kernel for that.
///
/// # Safety
/// They lie in live memory on both sides. The processor has the level.
#[inline]
pub(in crate::copy) unsafe fn are_equal(
    level: Level,
    [one, other]: [*const u8; 2],
    stride: isize,
    count: usize,
    size: usize,
    same: Same,
) -> Option<bool> {
    debug_assert!(size > 0);
    #[cfg(pybuf_vectors)]
    if level.has_vectors() && count >= fewest_gathered(size) {
        let function = function_for(stride, size, same)?;
        // SAFETY: as the caller promises; there are enough of them.
        return Some(unsafe { function(one, other, count) });
    }
    let _ = (level, one, other, stride, count, size, same);
    None
}

#[cfg(pybuf_vectors)]
type Function = unsafe fn(*const u8, *const u8, usize) -> bool;

#[cfg(pybuf_vectors)]
fn function_for(stride: isize, size: usize, same: Same) -> Option<Function> {
    macro_rules! apart {
        ($size:literal, $are_floats:literal) => {
            match stride / $size {
                1 => all_are_equal::<$size, 1, $are_floats> as Function,
                2 => all_are_equal::<$size, 2, $are_floats>,
                3 => all_are_equal::<$size, 3, $are_floats>,
                4 => all_are_equal::<$size, 4, $are_floats>,
                _ => return None,
            }
        };
    }
    if size == 0 || stride % size as isize != 0 {
        return None;
    }
    match (size, same) {
        (1, Same::Bytes) => Some(apart!(1, false)),
        (2, Same::Bytes) => Some(apart!(2, false)),
        (4, Same::Bytes) => Some(apart!(4, false)),
        (8, Same::Bytes) => Some(apart!(8, false)),
        (4, Same::Floats) => Some(apart!(4, true)),
        (8, Same::Floats) => Some(apart!(8, true)),
        _ => None,
    }
}

/// Items that lie `K` items apart on both sides.
///
/// # Safety
/// As for [`are_equal`], with more items than a vector has.
#[cfg(pybuf_vectors)]
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2"))]
unsafe fn all_are_equal<const SIZE: usize, const K: usize, const FLOATS: bool>(
    one: *const u8,
    other: *const u8,
    count: usize,
) -> bool {
    let many = VECTOR / SIZE;
    // SAFETY: as the caller promises; all vectors but the last have an item behind them, and
    // that one has an item before it.
    unsafe {
        let mut k = 0;
        while k + 2 * many < count {
            let first = compared::<SIZE, K, FLOATS, false>(one, other, k);
            let second = compared::<SIZE, K, FLOATS, false>(one, other, k + many);
            if !both_are_ones(first, second) {
                return false;
            }
            k += 2 * many;
        }
        let last = compared::<SIZE, K, FLOATS, true>(one, other, count - many);
        let next = match k + many < count {
            true => compared::<SIZE, K, FLOATS, false>(one, other, k),
            false => last,
        };
        both_are_ones(next, last)
    }
}

/// All ones where items from `k` on are equal.
///
/// # Safety
/// As for [`gathered`], on both sides.
#[cfg(pybuf_vectors)]
#[inline]
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2"))]
unsafe fn compared<const SIZE: usize, const K: usize, const FLOATS: bool, const LAST: bool>(
    one: *const u8,
    other: *const u8,
    k: usize,
) -> Vector {
    // SAFETY: as the caller promises.
    unsafe {
        let one = gathered::<SIZE, K, false, LAST>(one, k);
        let other = gathered::<SIZE, K, false, LAST>(other, k);
        match (FLOATS, SIZE) {
            (true, 4) => same_singles(one, other),
            (true, _) => same_doubles(one, other),
            _ => same_bytes(one, other),
        }
    }
}

#[cfg(target_arch = "x86_64")]
use avx2::*;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;
    pub(super) use std::arch::x86_64::{__m256i as Vector, _mm256_cmpeq_epi8 as same_bytes};

    pub(super) use super::super::avx2::{VECTOR, fewest_gathered, gathered};

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn same_singles(one: Vector, other: Vector) -> Vector {
        let (one, other) = (_mm256_castsi256_ps(one), _mm256_castsi256_ps(other));
        _mm256_castps_si256(_mm256_cmp_ps::<_CMP_EQ_OQ>(one, other))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn same_doubles(one: Vector, other: Vector) -> Vector {
        let (one, other) = (_mm256_castsi256_pd(one), _mm256_castsi256_pd(other));
        _mm256_castpd_si256(_mm256_cmp_pd::<_CMP_EQ_OQ>(one, other))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn both_are_ones(first: Vector, second: Vector) -> bool {
        _mm256_movemask_epi8(_mm256_and_si256(first, second)) == -1
    }
}

#[cfg(pybuf_neon)]
use neon::*;

#[cfg(pybuf_neon)]
mod neon {
    use std::arch::aarch64::*;
    pub(super) use std::arch::aarch64::{uint8x16_t as Vector, vceqq_u8 as same_bytes};

    pub(super) use super::super::neon::rows::{VECTOR, fewest_gathered, gathered};

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn same_singles(one: Vector, other: Vector) -> Vector {
        let (one, other) = (vreinterpretq_f32_u8(one), vreinterpretq_f32_u8(other));
        vreinterpretq_u8_u32(vceqq_f32(one, other))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn same_doubles(one: Vector, other: Vector) -> Vector {
        let (one, other) = (vreinterpretq_f64_u8(one), vreinterpretq_f64_u8(other));
        vreinterpretq_u8_u64(vceqq_f64(one, other))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn both_are_ones(first: Vector, second: Vector) -> bool {
        vminvq_u8(vandq_u8(first, second)) == u8::MAX
    }
}
