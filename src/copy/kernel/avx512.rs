//! Rows that are scattered, by vectors of AVX-512.
//!
//! What lies between the items of a destination is somebody else's: it may not be written, not
//! even with what it holds. Masked stores leave it alone, and are what no older vectors have for
//! single bytes and pairs. A window of 64 bytes is written at a time, with as many items as fit.
//!
//! The instructions are written out: the intrinsics came with Rust 1.89. None of the registers
//! is one that older instructions know, so that there is no state to be cleaned up.

use std::arch::asm;

/// Bytes of a window.
const WINDOW: usize = 64;

/// So many items at least are to fit into a window: fewer are as fast one by one.
const LEAST_TOGETHER: usize = 4;

/// A row becomes items that lie so many bytes apart, of which there are so many: to, from, and
/// both.
pub(super) type Scatter = unsafe fn(*mut u8, *const u8, usize, usize);

/// For items of a size that lie so far apart, if they are close.
pub(super) fn scatter_for(stride: isize, size: usize) -> Option<Scatter> {
    let stride = usize::try_from(stride).ok()?;
    let is_close = stride > size && (LEAST_TOGETHER - 1) * stride < WINDOW;
    if !is_close || !stride.is_multiple_of(size) {
        return None;
    }
    match size {
        1 => Some(bytes),
        2 => Some(pairs),
        4 => Some(fours),
        8 => Some(eights),
        _ => None,
    }
}

/// Bits for the first `count` items of a window: where they are written ...
fn places(count: usize, step: usize) -> u64 {
    (0..count).fold(0, |bits, k| bits | 1 << (k * step))
}

/// ... and where they are read.
fn first(count: usize) -> u64 {
    (1 << count) - 1
}

macro_rules! scatter {
    ($name:ident, $size:literal, $load:literal, $expand:literal, $store:literal) => {
        /// # Safety
        /// All items lie in live memory, those of `to` writable; the two do not overlap. The
        /// processor has AVX-512 with VBMI2. The stride is one for [`scatter_for`].
        unsafe fn $name(to: *mut u8, from: *const u8, stride: usize, count: usize) {
            let step = stride / $size;
            let many = (WINDOW / $size).div_ceil(step);
            let (windows, left) = (count / many, count % many);
            let done = windows * many;
            // SAFETY: as the caller promises.
            unsafe {
                if windows > 0 {
                    some(to, from, stride, windows, many);
                }
                if left > 0 {
                    let (to, from) = (to.add(done * stride), from.add(done * $size));
                    some(to, from, stride, 1, left);
                }
            }

            /// As many windows, one at least, each with so many items.
            unsafe fn some(
                to: *mut u8,
                from: *const u8,
                stride: usize,
                windows: usize,
                many: usize,
            ) {
                // SAFETY: nothing is read or written but what the masks name, which is items.
                unsafe {
                    asm!(
                        "kmovq k1, {places}",
                        "kmovq k2, {first}",
                        "2:",
                        concat!($load, " zmm16{{k2}}{{z}}, zmmword ptr [rsi]"),
                        concat!($expand, " zmm16{{k1}}{{z}}, zmm16"),
                        concat!($store, " zmmword ptr [rdi]{{k1}}, zmm16"),
                        "add rsi, {from_step}",
                        "add rdi, {to_step}",
                        "sub rcx, 1",
                        "jnz 2b",
                        places = in(reg) places(many, stride / $size),
                        first = in(reg) first(many),
                        from_step = in(reg) many * $size,
                        to_step = in(reg) many * stride,
                        inout("rsi") from => _,
                        inout("rdi") to => _,
                        inout("rcx") windows => _,
                        clobber_abi("C"),
                        options(nostack),
                    );
                }
            }
        }
    };
}

scatter!(bytes, 1, "vmovdqu8", "vpexpandb", "vmovdqu8");
scatter!(pairs, 2, "vmovdqu16", "vpexpandw", "vmovdqu16");
scatter!(fours, 4, "vmovdqu32", "vpexpandd", "vmovdqu32");
scatter!(eights, 8, "vmovdqu64", "vpexpandq", "vmovdqu64");
