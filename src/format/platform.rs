//! What C's types are on this platform: sizes, alignments, and the form of long double.
//!
//! The one table of such facts. Rust knows most of them as its C types; what it does not
//! know is long double, which no two families of platforms share. `c_tests/cross_smoke.c`
//! holds all of it against the C compiler of each platform that is tested.

use std::ffi::{c_int, c_long, c_longlong, c_short, c_void};

use super::scalar::{Scalar, ScalarKind};

/// How long double is written down, least significant byte first or last as all numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "each platform has one of them")]
pub(super) enum LongDouble {
    /// It is double: Windows, and ARM outside Linux.
    Double,
    /// x87's 80 bits, and unused bytes behind them.
    Extended,
    /// IEEE 754's binary128.
    Quadruple,
    /// Two doubles, of which the first is the nearest one: POWER.
    Pair,
}

impl LongDouble {
    /// That of this platform: what its CPython and its NumPy are compiled with.
    pub(super) const NATIVE: Self = if cfg!(windows)
        || cfg!(all(target_vendor = "apple", target_arch = "aarch64"))
        || cfg!(target_arch = "arm")
    {
        Self::Double
    } else if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
        Self::Extended
    } else if cfg!(any(target_arch = "powerpc", target_arch = "powerpc64")) {
        Self::Pair
    } else {
        Self::Quadruple
    };
}

/// Bytes of C's types, as the letters of native formats say them.
pub(super) mod size {
    use super::*;

    pub(in crate::format) const SHORT: usize = size_of::<c_short>();
    pub(in crate::format) const INT: usize = size_of::<c_int>();
    pub(in crate::format) const LONG: usize = size_of::<c_long>();
    pub(in crate::format) const LONG_LONG: usize = size_of::<c_longlong>();
    pub(in crate::format) const SIZE: usize = size_of::<usize>();
    pub(in crate::format) const POINTER: usize = size_of::<*const c_void>();
    pub(in crate::format) const WCHAR: usize = if cfg!(windows) { 2 } else { 4 };
    pub(crate) const LONG_DOUBLE: usize = match LongDouble::NATIVE {
        LongDouble::Double => 8,
        // i386 pads the 80 bits to a multiple of 4 bytes, except at Apple's.
        LongDouble::Extended if cfg!(all(target_arch = "x86", not(target_vendor = "apple"))) => 12,
        _ => 16,
    };
}

const LONG_DOUBLE_ALIGNMENT: usize = match LongDouble::NATIVE {
    LongDouble::Double => align_of::<f64>(),
    LongDouble::Extended if size::LONG_DOUBLE == 12 => 4,
    _ if cfg!(target_arch = "s390x") => 8,
    _ => 16,
};

/// What a C compiler of this platform aligns such a member of a struct to.
pub(super) fn alignment(scalar: Scalar) -> usize {
    let float = |size| match size {
        2 => align_of::<u16>(),
        4 => align_of::<f32>(),
        8 => align_of::<f64>(),
        _ => LONG_DOUBLE_ALIGNMENT,
    };
    match scalar.kind {
        ScalarKind::Signed | ScalarKind::Unsigned | ScalarKind::Unicode => match scalar.size {
            1 => 1,
            2 => align_of::<u16>(),
            4 => align_of::<u32>(),
            _ => align_of::<u64>(),
        },
        ScalarKind::Float => float(scalar.size),
        ScalarKind::Complex => float(scalar.size / 2),
        ScalarKind::Pointer | ScalarKind::Object | ScalarKind::Function => {
            align_of::<*const c_void>()
        }
        ScalarKind::Text => align_of::<u32>(),
        ScalarKind::Bool
        | ScalarKind::Char
        | ScalarKind::Bytes
        | ScalarKind::Pascal
        | ScalarKind::Void
        | ScalarKind::Bits => 1,
    }
}
