//! Values that no vector instruction compares: long doubles, strings that say their own length,
//! texts. One by one, but by address like all others.

use std::ptr;

use super::loops::is_same_bytes;
use crate::copy::Row;
use crate::format::{ByteOrder, Scalar, ScalarKind, are_same_long_doubles};

/// The most bytes that a number has: a complex one of two long doubles.
const MOST: usize = 32;

/// A number, copied out.
///
/// # Safety
/// One lies there.
pub(in crate::view) unsafe fn number(scalar: Scalar, item: *const u8) -> [u8; MOST] {
    let mut bytes = [0; MOST];
    // SAFETY: as the caller promises, and there is room for any.
    unsafe { ptr::copy_nonoverlapping(item, bytes.as_mut_ptr(), scalar.size.min(MOST)) };
    bytes
}

/// # Safety
/// So many of these scalars lie in live memory there.
pub(super) unsafe fn numbers(
    (left, one): (Scalar, Row),
    (right, other): (Scalar, Row),
    count: usize,
) -> bool {
    let is_long_double = |scalar: Scalar| scalar.kind == ScalarKind::Float && scalar.size > 8;
    let are_long_doubles = is_long_double(left) && is_long_double(right);
    (0..count).all(|k| {
        // SAFETY: as the caller promises.
        let (one, other) = unsafe {
            (
                number(left, one.from(k).first),
                number(right, other.from(k).first),
            )
        };
        let (one, other) = (&one[..left.size], &other[..right.size]);
        match are_long_doubles {
            // Without the nearest doubles.
            true => are_same_long_doubles((one, left.order), (other, right.order)),
            false => left.unpack(one).equals(right.unpack(other)),
        }
    })
}

/// Where the bytes are that an item says, and how many.
///
/// # Safety
/// An item of this scalar, which is bytes of a sort, lies there.
pub(in crate::view) unsafe fn string(scalar: Scalar, item: *const u8) -> (*const u8, usize) {
    match scalar.size.checked_sub(1) {
        Some(room) if scalar.kind == ScalarKind::Pascal => {
            // SAFETY: its first byte.
            let length = unsafe { item.read() };
            (item.wrapping_add(1), room.min(length.into()))
        }
        _ => (item, scalar.size),
    }
}

/// # Safety
/// As for [`numbers`].
pub(super) unsafe fn strings(
    (left, one): (Scalar, Row),
    (right, other): (Scalar, Row),
    count: usize,
) -> bool {
    // SAFETY: as the caller promises.
    (0..count).all(|k| unsafe {
        let (one, length) = string(left, one.from(k).first);
        let (other, theirs) = string(right, other.from(k).first);
        length == theirs && is_same_bytes(one, other, length)
    })
}

/// The number of a character of an item, which is one or has several.
///
/// # Safety
/// An item of this scalar lies there, and it has so many characters.
pub(in crate::view) unsafe fn character(scalar: Scalar, item: *const u8, index: usize) -> u32 {
    // SAFETY: as the caller promises.
    unsafe {
        match scalar.size {
            2 => {
                let code = item.cast::<u16>().read_unaligned();
                u32::from(match scalar.order {
                    ByteOrder::NATIVE => code,
                    _ => code.swap_bytes(),
                })
            }
            _ => {
                let code = item.cast::<u32>().wrapping_add(index).read_unaligned();
                match scalar.order {
                    ByteOrder::NATIVE => code,
                    _ => code.swap_bytes(),
                }
            }
        }
    }
}

/// How many characters the text of an item has: NULs at its end are none of them.
///
/// # Safety
/// As for [`character`].
pub(in crate::view) unsafe fn text_length(scalar: Scalar, item: *const u8) -> usize {
    match scalar.kind {
        ScalarKind::Unicode => 1,
        _ => {
            let mut ends = (1..=scalar.size / 4).rev();
            // SAFETY: one of its characters.
            let end = ends.find(|&end| unsafe { character(scalar, item, end - 1) } != 0);
            end.unwrap_or(0)
        }
    }
}

/// # Safety
/// As for [`numbers`].
pub(super) unsafe fn texts(
    (left, one): (Scalar, Row),
    (right, other): (Scalar, Row),
    count: usize,
) -> bool {
    (0..count).all(|k| {
        let (one, other) = (one.from(k).first, other.from(k).first);
        // SAFETY: as the caller promises.
        let length = unsafe { text_length(left, one) };
        // SAFETY: as above.
        let is_same_length = length == unsafe { text_length(right, other) };
        // SAFETY: both have so many characters.
        let is_same =
            |index| unsafe { character(left, one, index) == character(right, other, index) };
        is_same_length && (0..length).all(is_same)
    })
}
