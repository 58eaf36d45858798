//! Tiles of one lane, for every x86-64, and of half a lane, for small ones.

pub(super) use std::arch::x86_64::__m128i;
use std::arch::x86_64::*;

use super::stream::Stream;
use super::tile::{Steps, Vector};

impl Vector for __m128i {
    const LANES: usize = 1;
    const LANE: usize = 16;

    #[inline(always)]
    unsafe fn load<S: Steps>(from: *const u8, steps: S, first: usize, _apart: usize) -> Self {
        // SAFETY: as the caller promises.
        unsafe { _mm_loadu_si128(from.wrapping_offset(steps.at(first)).cast()) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8) {
        // SAFETY: as the caller promises.
        unsafe { _mm_storeu_si128(to.cast(), self) }
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
                1 => (
                    _mm_unpacklo_epi8(self, other),
                    _mm_unpackhi_epi8(self, other),
                ),
                2 => (
                    _mm_unpacklo_epi16(self, other),
                    _mm_unpackhi_epi16(self, other),
                ),
                4 => (
                    _mm_unpacklo_epi32(self, other),
                    _mm_unpackhi_epi32(self, other),
                ),
                _ => (
                    _mm_unpacklo_epi64(self, other),
                    _mm_unpackhi_epi64(self, other),
                ),
            }
        }
    }
}

impl Stream for __m128i {
    #[inline(always)]
    unsafe fn line(to: *mut u8, from: *const u8) {
        for k in 0..4 {
            // SAFETY: as the caller promises.
            unsafe {
                let part = _mm_loadu_si128(from.add(16 * k).cast());
                _mm_stream_si128(to.add(16 * k).cast(), part);
            }
        }
    }
}

/// One lane of 8 bytes: the lower half of a register.
#[derive(Clone, Copy)]
pub(super) struct Half(__m128i);

impl Vector for Half {
    const LANES: usize = 1;
    const LANE: usize = 8;

    #[inline(always)]
    unsafe fn load<S: Steps>(from: *const u8, steps: S, first: usize, _apart: usize) -> Self {
        // SAFETY: as the caller promises.
        unsafe {
            Self(_mm_loadl_epi64(
                from.wrapping_offset(steps.at(first)).cast(),
            ))
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8) {
        // SAFETY: as the caller promises.
        unsafe { _mm_storel_epi64(to.cast(), self.0) }
    }

    #[inline(always)]
    unsafe fn regroup(self, next: Self) -> (Self, Self) {
        (self, next)
    }

    #[inline(always)]
    unsafe fn interleave<const SIZE: usize>(self, other: Self) -> (Self, Self) {
        // SAFETY: every processor of the target has these.
        unsafe {
            let (both, _) = self.0.interleave::<SIZE>(other.0);
            (Self(both), Self(_mm_unpackhi_epi64(both, both)))
        }
    }
}
