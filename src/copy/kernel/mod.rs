//! The loops that move items, each for one shape of the innermost dimensions.
//!
//! A kernel is told the [`Level`] that it may use. Which that is is found out once a copy, and
//! passed on: so a test can run every kernel that the processor has, not only the best one.
//!
//! Vectors are known of x86-64 and of 64-bit ARM (little-endian). Every processor of the one has
//! SSE2, and of the other NEON: tiles of transposes, and bytes that are shuffled, are moved by
//! those at every level. All else goes one by one at the lowest level, which is the only one
//! of other processors.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub(super) mod channels;
pub(super) mod equal;
#[cfg(target_arch = "x86_64")]
mod fill;
pub(super) mod item;
#[cfg(target_arch = "x86_64")]
mod lanes;
pub(super) mod line;
mod means;
#[cfg(pybuf_neon)]
mod neon;
#[cfg(pybuf_vectors)]
mod pattern;
#[cfg(target_arch = "x86_64")]
mod pixels;
pub(super) mod plain;
pub(super) mod run;
pub(super) mod swap;
pub(super) mod transpose;
#[cfg(pybuf_vectors)]
mod vectors;

pub(super) use means::Means;
#[cfg(all(test, not(loom)))]
pub(super) use means::noted;

/// What the processor can do; each level of a processor can do what those before it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(dead_code, reason = "no processor has all of them")]
pub(in crate::copy) enum Level {
    /// What Rust compiles for every processor of the target.
    Portable,
    /// 64-bit ARM with vectors of 16 bytes: all of them.
    Neon,
    /// x86-64 with vectors of 32 bytes.
    Avx2,
    /// x86-64 with vectors of 64 bytes, and all that moves single bytes in them (VBMI, VBMI2): from
    /// Ice Lake and Zen 4 on.
    Avx512,
}

impl Level {
    /// The highest of this processor. The standard library remembers what it has found out.
    #[inline]
    pub(in crate::copy) fn detected() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            // The instructions that are written out take addresses of 64 bits, which x32 has not.
            let has_all = cfg!(target_pointer_width = "64")
                && has!("avx512f")
                && has!("avx512bw")
                && has!("avx512vl")
                && has!("avx512vbmi")
                && has!("avx512vbmi2");
            match (has!("avx2"), has_all) {
                (true, true) => return Self::Avx512,
                (true, false) => return Self::Avx2,
                (false, _) => {}
            }
        }
        match cfg!(pybuf_neon) {
            true => Self::Neon,
            false => Self::Portable,
        }
    }

    /// Whether short items are moved by vectors.
    #[cfg(pybuf_vectors)]
    #[inline]
    pub(super) fn has_vectors(self) -> bool {
        self > Self::Portable
    }

    /// Whether there are vectors that store past the cache.
    #[inline]
    pub(in crate::copy) fn passes_the_cache(self) -> bool {
        self >= Self::Avx2
    }

    /// All levels of this processor, the lowest first.
    #[cfg(all(test, not(loom)))]
    pub(in crate::copy) fn all() -> impl Iterator<Item = Self> {
        let with_vectors: &[Self] = match cfg!(pybuf_neon) {
            true => &[Self::Neon],
            false => &[Self::Avx2, Self::Avx512],
        };
        [Self::Portable]
            .iter()
            .chain(with_vectors)
            .copied()
            .filter(|&level| level <= Self::detected())
    }
}

/// One dimension of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::copy) struct Axis {
    pub(in crate::copy) length: usize,
    /// Bytes from one to the next, on the side where they do not follow one another.
    pub(in crate::copy) stride: isize,
}
