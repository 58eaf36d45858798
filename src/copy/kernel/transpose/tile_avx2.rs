//! Tiles of two lanes, for AVX2.
//!
//! Its instructions that interleave do so in each lane: so a lane is filled from memory, which
//! costs no more than a load, and nothing has to cross from one to the other.

use std::arch::x86_64::*;

use super::stream::Stream;
use super::tile::{Steps, Vector};

impl Vector for __m256i {
    const LANES: usize = 2;
    const LANE: usize = 16;

    #[inline(always)]
    unsafe fn load<S: Steps>(from: *const u8, steps: S, first: usize, apart: usize) -> Self {
        // SAFETY: as the caller promises.
        unsafe {
            let low = from.wrapping_offset(steps.at(first));
            let high = from.wrapping_offset(steps.at(first + apart));
            let low = _mm256_castsi128_si256(_mm_loadu_si128(low.cast()));
            _mm256_inserti128_si256::<1>(low, _mm_loadu_si128(high.cast()))
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8) {
        // SAFETY: as the caller promises.
        unsafe { _mm256_storeu_si256(to.cast(), self) }
    }

    #[inline(always)]
    unsafe fn regroup(self, next: Self) -> (Self, Self) {
        // SAFETY: as the caller promises.
        unsafe {
            let low = _mm256_permute2x128_si256::<0x20>(self, next);
            (low, _mm256_permute2x128_si256::<0x31>(self, next))
        }
    }

    #[inline(always)]
    unsafe fn interleave<const SIZE: usize>(self, other: Self) -> (Self, Self) {
        // SAFETY: as the caller promises.
        unsafe {
            let (low, high) = match SIZE {
                1 => (
                    _mm256_unpacklo_epi8(self, other),
                    _mm256_unpackhi_epi8(self, other),
                ),
                2 => (
                    _mm256_unpacklo_epi16(self, other),
                    _mm256_unpackhi_epi16(self, other),
                ),
                4 => (
                    _mm256_unpacklo_epi32(self, other),
                    _mm256_unpackhi_epi32(self, other),
                ),
                _ => (
                    _mm256_unpacklo_epi64(self, other),
                    _mm256_unpackhi_epi64(self, other),
                ),
            };
            (low, high)
        }
    }
}

impl Stream for __m256i {
    #[inline(always)]
    unsafe fn line(to: *mut u8, from: *const u8) {
        // SAFETY: as the caller promises.
        unsafe {
            let low = _mm256_loadu_si256(from.cast());
            let high = _mm256_loadu_si256(from.add(32).cast());
            _mm256_stream_si256(to.cast(), low);
            _mm256_stream_si256(to.add(32).cast(), high);
        }
    }
}
