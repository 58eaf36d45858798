//! What [skewed rows](super::skewed) are made of: squares of a line by a line, and single lines,
//! by the vectors of each processor.

use std::arch::asm;
use std::arch::x86_64::__m256i;

use super::plane::LINE;
use super::squares::{FromColumns, LANE, Stores, Tiles, ToRows};
use super::stream::Stream;
use super::tile::{Pitch, tile};

/// As many rows, and columns, as a line has items.
pub(super) trait Square {
    /// Bytes of an item.
    const SIZE: usize;
    /// By what lines are moved.
    type Line: Line;

    /// Transposes one, to the cache.
    ///
    /// # Safety
    /// All items lie in live memory, those of `to` writable; the two do not overlap. The
    /// processor has the vectors.
    unsafe fn transpose(to: ToRows, from: FromColumns);
}

/// What is done with lines.
pub(super) trait Line: Stream {
    /// Copies the bytes from `first` to `end`, of which there is one at least.
    ///
    /// # Safety
    /// They can be read and written, and the processor has the vectors.
    unsafe fn store(line: *mut u8, from: *const u8, first: usize, end: usize);

    /// Copies `waiting` to `stage`, and to `waiting` what lies so many bytes behind `stage`.
    ///
    /// # Safety
    /// All three are lines that can be read and written, and the processor has the vectors.
    unsafe fn exchange(stage: *mut u8, waiting: *mut u8, behind: usize);
}

impl<T: Tiles> Square for T {
    const SIZE: usize = T::SIZE;
    type Line = Whole;

    #[inline(always)]
    unsafe fn transpose(to: ToRows, from: FromColumns) {
        // SAFETY: as the caller promises.
        unsafe { T::move_all(to, from, LINE / LANE, Stores::ToCache) };
    }
}

/// Vectors of AVX-512, each a line.
pub(super) struct Whole;

impl Stream for Whole {
    #[inline(always)]
    unsafe fn line(to: *mut u8, from: *const u8) {
        // SAFETY: as the caller promises.
        unsafe {
            asm!(
                "vmovdqu64 zmm16, zmmword ptr [{from}]",
                "vmovntdq zmmword ptr [{to}], zmm16",
                from = in(reg) from,
                to = in(reg) to,
                out("zmm16") _,
                options(nostack, preserves_flags),
            );
        }
    }
}

impl Line for Whole {
    #[inline(always)]
    unsafe fn store(line: *mut u8, from: *const u8, first: usize, end: usize) {
        let which = u64::MAX << first & u64::MAX >> (LINE - end);
        // SAFETY: as the caller promises; no others are touched.
        unsafe {
            asm!(
                "kmovq k1, {which}",
                "vmovdqu8 zmm16 {{k1}} {{z}}, zmmword ptr [{from}]",
                "vmovdqu8 zmmword ptr [{line}] {{k1}}, zmm16",
                which = in(reg) which,
                from = in(reg) from,
                line = in(reg) line,
                out("k1") _,
                out("zmm16") _,
                options(nostack, preserves_flags),
            );
        }
    }

    #[inline(always)]
    unsafe fn exchange(stage: *mut u8, waiting: *mut u8, behind: usize) {
        // SAFETY: as the caller promises.
        unsafe {
            asm!(
                "vmovdqa64 zmm16, zmmword ptr [{waiting}]",
                "vmovdqa64 zmm17, zmmword ptr [{stage} + {behind}]",
                "vmovdqa64 zmmword ptr [{stage}], zmm16",
                "vmovdqa64 zmmword ptr [{waiting}], zmm17",
                stage = in(reg) stage,
                waiting = in(reg) waiting,
                behind = in(reg) behind,
                out("zmm16") _,
                out("zmm17") _,
                options(nostack, preserves_flags),
            );
        }
    }
}

/// Squares by AVX2, of items of so many bytes; `M` of them fill a lane.
pub(super) struct Halved<const SIZE: usize, const M: usize>;

impl<const SIZE: usize, const M: usize> Square for Halved<SIZE, M> {
    const SIZE: usize = SIZE;
    type Line = Halves;

    #[inline(always)]
    unsafe fn transpose(to: ToRows, from: FromColumns) {
        // SAFETY: as the caller promises.
        unsafe { transpose_halves::<SIZE, M>(to, from) };
    }
}

/// # Safety
/// As for [`Square::transpose`].
#[target_feature(enable = "avx2")]
unsafe fn transpose_halves<const SIZE: usize, const M: usize>(to: ToRows, from: FromColumns) {
    let ((to, to_pitch), (from, from_pitch)) = (to, from);
    for top in (0..LINE / SIZE).step_by(M) {
        let to = to.wrapping_offset(top as isize * to_pitch);
        let from = from.wrapping_add(top * SIZE);
        for half in [0, 1] {
            let to = to.wrapping_add(half * (LINE / 2));
            let column = half * (LINE / 2 / SIZE);
            let from = from.wrapping_offset(column as isize * from_pitch);
            // SAFETY: as the caller promises: a tile has half of a line's columns.
            unsafe { tile::<__m256i, SIZE, M>(to, Pitch(to_pitch), from, Pitch(from_pitch)) };
        }
    }
}

/// Vectors of AVX2, two for a line.
pub(super) struct Halves;

/// Some instructions of AVX2, and one that leaves nothing in the upper halves: the older instructions
/// around would wait for them. So all registers are used.
macro_rules! halves {
    ($($instruction:literal,)* $($name:ident = $address:expr),*) => {
        asm!(
            $($instruction,)*
            "vzeroupper",
            $($name = in(reg) $address,)*
            out("ymm0") _, out("ymm1") _, out("ymm2") _, out("ymm3") _,
            out("ymm4") _, out("ymm5") _, out("ymm6") _, out("ymm7") _,
            out("ymm8") _, out("ymm9") _, out("ymm10") _, out("ymm11") _,
            out("ymm12") _, out("ymm13") _, out("ymm14") _, out("ymm15") _,
            options(nostack, preserves_flags),
        )
    };
}

impl Stream for Halves {
    #[inline(always)]
    unsafe fn line(to: *mut u8, from: *const u8) {
        // SAFETY: as the caller promises.
        unsafe {
            halves!(
                "vmovdqu ymm0, ymmword ptr [{from}]",
                "vmovdqu ymm1, ymmword ptr [{from} + 32]",
                "vmovntdq ymmword ptr [{to}], ymm0",
                "vmovntdq ymmword ptr [{to} + 32], ymm1",
                from = from,
                to = to
            );
        }
    }
}

impl Line for Halves {
    #[inline(always)]
    unsafe fn store(line: *mut u8, from: *const u8, first: usize, end: usize) {
        let (line, from) = (line.wrapping_add(first), from.wrapping_add(first));
        // SAFETY: as the caller promises.
        unsafe { line.copy_from_nonoverlapping(from, end - first) };
    }

    #[inline(always)]
    unsafe fn exchange(stage: *mut u8, waiting: *mut u8, behind: usize) {
        // SAFETY: as the caller promises.
        unsafe {
            halves!(
                "vmovdqa ymm0, ymmword ptr [{waiting}]",
                "vmovdqa ymm1, ymmword ptr [{waiting} + 32]",
                "vmovdqa ymm2, ymmword ptr [{stage} + {behind}]",
                "vmovdqa ymm3, ymmword ptr [{stage} + {behind} + 32]",
                "vmovdqa ymmword ptr [{stage}], ymm0",
                "vmovdqa ymmword ptr [{stage} + 32], ymm1",
                "vmovdqa ymmword ptr [{waiting}], ymm2",
                "vmovdqa ymmword ptr [{waiting} + 32], ymm3",
                stage = stage,
                waiting = waiting,
                behind = behind
            );
        }
    }
}
