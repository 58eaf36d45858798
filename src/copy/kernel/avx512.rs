//! Rows that are scattered, or gathered from afar, by vectors of AVX-512.
//!
//! What lies between the items of a destination is somebody else's: it may not be written, not
//! even with what it holds. Masked stores leave it alone, and are what no older vectors have for
//! single bytes and pairs; for longer items AVX2 has some, which processors up to Zen 3 take dozens
//! of steps for, where a store takes one. A window of 64 bytes is written at a time, with as many
//! items as fit; or read, where it is the source that has gaps.
//!
//! The instructions are written out, and with them the registers: none is one that older
//! instructions know, so that there is no state to be cleaned up.

use std::arch::asm;

/// Bytes of a window.
const WINDOW: usize = 64;

/// So many items at least are to fit into a window: fewer are as fast one by one.
const LEAST_TOGETHER: usize = 4;

/// Moves a row: to, from, the bytes from one item to the next on the side that has gaps, and how
/// many items there are.
pub(super) type Spread = unsafe fn(*mut u8, *const u8, usize, usize);

/// What puts gaps between items of a size, so that they lie so far apart; if that is close.
pub(super) fn scatter_for(stride: isize, size: usize) -> Option<Spread> {
    match size {
        _ if !is_close(stride, size) => None,
        1 => Some(scatter_bytes),
        2 => Some(scatter_pairs),
        4 => Some(scatter_fours),
        8 => Some(scatter_eights),
        _ => None,
    }
}

/// What leaves the gaps out.
pub(super) fn gather_for(stride: isize, size: usize) -> Option<Spread> {
    match size {
        _ if !is_close(stride, size) => None,
        1 => Some(gather_bytes),
        2 => Some(gather_pairs),
        4 => Some(gather_fours),
        8 => Some(gather_eights),
        _ => None,
    }
}

fn is_close(stride: isize, size: usize) -> bool {
    let close = size + 1..=(WINDOW - 1) / (LEAST_TOGETHER - 1);
    stride > 0
        && close.contains(&stride.unsigned_abs())
        && stride.unsigned_abs().is_multiple_of(size)
}

/// How many items are written before one begins a line of the cache, which a window is: one across
/// two lines is written as two. 0 where no item does.
fn items_before_a_line(to: *mut u8, stride: usize) -> usize {
    let missing = to.addr().wrapping_neg() % WINDOW;
    match WINDOW.is_multiple_of(stride) && missing.is_multiple_of(stride) {
        true => missing / stride,
        false => 0,
    }
}

/// Bits for the first `count` items of a window: where there are gaps ...
fn apart(count: usize, step: usize) -> u64 {
    (0..count).fold(0, |bits, k| bits | 1 << (k * step))
}

/// ... and where there are none.
fn together(count: usize) -> u64 {
    (1 << count) - 1
}

/// Windows, one at least, each of so many items.
#[derive(Clone, Copy)]
struct Windows {
    count: usize,
    /// From one window to the next.
    to: usize,
    from: usize,
    /// Which parts of a window are items.
    written: u64,
    read: u64,
}

macro_rules! spread {
    ($name:ident, $size:literal, $load:literal, $place:literal, $by:literal, $store:literal, $gaps_are_written:literal) => {
        /// # Safety
        /// All items lie in live memory, those of `to` writable; the two do not overlap. The
        /// processor has AVX-512 with VBMI2, and the stride is close.
        unsafe fn $name(to: *mut u8, from: *const u8, stride: usize, count: usize) {
            let step = stride / $size;
            let many = (WINDOW / $size).div_ceil(step);
            let windows = |count, items| {
                let (apart, together) = (apart(items, step), together(items));
                let (far, near) = (items * stride, items * $size);
                match $gaps_are_written {
                    true => Windows { count, to: far, from: near, written: apart, read: together },
                    false => Windows { count, to: near, from: far, written: together, read: apart },
                }
            };
            let head = match $gaps_are_written {
                true => items_before_a_line(to, stride).min(count),
                false => 0,
            };
            let (full, left) = ((count - head) / many, (count - head) % many);
            let (mut to, mut from) = (to, from);
            for (count, items) in [(1, head), (full, many), (1, left)] {
                if count == 0 || items == 0 {
                    continue;
                }
                let windows = windows(count, items);
                // SAFETY: as the caller promises; the windows have only items of it.
                unsafe { some(to, from, windows) };
                to = to.wrapping_add(count * windows.to);
                from = from.wrapping_add(count * windows.from);
            }

            /// # Safety
            /// As for all of them.
            unsafe fn some(to: *mut u8, from: *const u8, windows: Windows) {
                // SAFETY: nothing is read or written but what the masks name, which is items.
                unsafe {
                    asm!(
                        "kmovq k1, {written}",
                        "kmovq k2, {read}",
                        "2:",
                        "prefetchw [rdi + 2048]",
                        concat!($load, " zmm16{{k2}}{{z}}, zmmword ptr [rsi]"),
                        concat!($place, " zmm16{{", $by, "}}{{z}}, zmm16"),
                        concat!($store, " zmmword ptr [rdi]{{k1}}, zmm16"),
                        "add rsi, {from_step}",
                        "add rdi, {to_step}",
                        "sub rcx, 1",
                        "jnz 2b",
                        written = in(reg) windows.written,
                        read = in(reg) windows.read,
                        from_step = in(reg) windows.from,
                        to_step = in(reg) windows.to,
                        inout("rsi") from => _,
                        inout("rdi") to => _,
                        inout("rcx") windows.count => _,
                        clobber_abi("C"),
                        options(nostack),
                    );
                }
            }
        }
    };
}

spread!(
    scatter_bytes,
    1,
    "vmovdqu8",
    "vpexpandb",
    "k1",
    "vmovdqu8",
    true
);
spread!(
    scatter_pairs,
    2,
    "vmovdqu16",
    "vpexpandw",
    "k1",
    "vmovdqu16",
    true
);
spread!(
    scatter_fours,
    4,
    "vmovdqu32",
    "vpexpandd",
    "k1",
    "vmovdqu32",
    true
);
spread!(
    scatter_eights,
    8,
    "vmovdqu64",
    "vpexpandq",
    "k1",
    "vmovdqu64",
    true
);
spread!(
    gather_bytes,
    1,
    "vmovdqu8",
    "vpcompressb",
    "k2",
    "vmovdqu8",
    false
);
spread!(
    gather_pairs,
    2,
    "vmovdqu16",
    "vpcompressw",
    "k2",
    "vmovdqu16",
    false
);
spread!(
    gather_fours,
    4,
    "vmovdqu32",
    "vpcompressd",
    "k2",
    "vmovdqu32",
    false
);
spread!(
    gather_eights,
    8,
    "vmovdqu64",
    "vpcompressq",
    "k2",
    "vmovdqu64",
    false
);
