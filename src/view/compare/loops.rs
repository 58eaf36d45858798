//! Loops over memory as it lies.
//!
//! Each compares a chunk without a branch, which is what the compiler makes vector instructions
//! of, and then looks whether there was a difference.

use std::ffi::{c_int, c_void};
use std::ptr;

use crate::copy::{Row, Same, are_equal};

/// So many items are compared before it is seen whether one differs.
pub(in crate::view) const CHUNK: usize = 128;

unsafe extern "C" {
    /// That of C, which each Rust program has: on addresses, and not on slices.
    fn memcmp(one: *const c_void, other: *const c_void, size: usize) -> c_int;
}

/// Calls with the start and the length of each chunk, until an answer is `false`; whether none
/// was.
#[inline(always)]
pub(in crate::view) fn each_chunk(
    count: usize,
    mut visit: impl FnMut(usize, usize) -> bool,
) -> bool {
    let mut start = 0;
    while start < count {
        let length = CHUNK.min(count - start);
        if !visit(start, length) {
            return false;
        }
        start += length;
    }
    true
}

/// Whether two items lie in each of so many places, all of them the same.
///
/// # Safety
/// So many `T` lie in live memory on both sides; any bytes are one.
#[inline(always)]
pub(super) unsafe fn all<T: Copy>(
    one: Row,
    other: Row,
    count: usize,
    is_same: impl Fn(T, T) -> bool,
) -> bool {
    let size = size_of::<T>() as isize;
    let is_adjacent = one.stride == size && other.stride == size;
    each_chunk(count, |start, length| {
        let (one, other) = (one.from(start), other.from(start));
        // SAFETY: both are in the rows, as the caller promises.
        let differs = |index: usize, one_stride: isize, other_stride: isize| unsafe {
            let at = |row: Row, stride| row.first.wrapping_offset(index as isize * stride);
            let left = at(one, one_stride).cast::<T>().read_unaligned();
            let right = at(other, other_stride).cast::<T>().read_unaligned();
            !is_same(left, right)
        };
        match is_adjacent && length == CHUNK {
            // What is known when this is compiled: both distances, and how many there are.
            true => !(0..CHUNK).fold(false, |found, k| found | differs(k, size, size)),
            false => !(0..length).any(|k| differs(k, one.stride, other.stride)),
        }
    })
}

/// Whether so many bytes are the same at two addresses.
///
/// # Safety
/// They lie in live memory.
pub(in crate::view) unsafe fn is_same_bytes(one: *const u8, other: *const u8, size: usize) -> bool {
    // SAFETY: as the caller promises; where there are none the addresses are not looked at.
    size == 0 || unsafe { memcmp(one.cast(), other.cast(), size) } == 0
}

/// # Safety
/// As for [`all`], with items of `size` bytes.
pub(super) unsafe fn bytes(size: usize, one: Row, other: Row, count: usize) -> bool {
    let is_adjacent = |row: Row| row.stride == size as isize || count == 1;
    if size == 0 || ptr::eq(one.first, other.first) && one.stride == other.stride {
        return true;
    }
    // SAFETY: as the caller promises.
    unsafe {
        if is_adjacent(one) && is_adjacent(other) {
            return is_same_bytes(one.first, other.first, size * count);
        }
        if let Some(are_equal) = are_equal(one, other, count, size, Same::Bytes) {
            return are_equal;
        }
        match size {
            1 => all(one, other, count, |one: u8, other| one == other),
            2 => all(one, other, count, |one: u16, other| one == other),
            4 => all(one, other, count, |one: u32, other| one == other),
            8 => all(one, other, count, |one: u64, other| one == other),
            _ => (0..count).all(|k| is_same_bytes(one.from(k).first, other.from(k).first, size)),
        }
    }
}

/// # Safety
/// As for [`all`], with native floats of that type.
pub(super) unsafe fn floats<T: Copy + PartialEq>(one: Row, other: Row, count: usize) -> bool {
    // SAFETY: as the caller promises.
    let known = unsafe { are_equal(one, other, count, size_of::<T>(), Same::Floats) };
    if let Some(are_equal) = known {
        return are_equal;
    }
    // SAFETY: as the caller promises.
    unsafe { all(one, other, count, |one: T, other| one == other) }
}

/// # Safety
/// As for [`all`], with integers of `size` bytes.
pub(super) unsafe fn swapped(size: usize, one: Row, other: Row, count: usize) -> bool {
    // SAFETY: as the caller promises.
    unsafe {
        match size {
            2 => all(one, other, count, |one: u16, other| {
                one == other.swap_bytes()
            }),
            4 => all(one, other, count, |one: u32, other| {
                one == other.swap_bytes()
            }),
            _ => all(one, other, count, |one: u64, other| {
                one == other.swap_bytes()
            }),
        }
    }
}

/// # Safety
/// As for [`all`], with native integers of `size` bytes.
pub(super) unsafe fn signs(size: usize, one: Row, other: Row, count: usize) -> bool {
    macro_rules! signs {
        ($signed:ty) => {
            all(one, other, count, |one: $signed, other| {
                one == other && one >= 0
            })
        };
    }
    // SAFETY: as the caller promises.
    unsafe {
        match size {
            1 => signs!(i8),
            2 => signs!(i16),
            4 => signs!(i32),
            _ => signs!(i64),
        }
    }
}
