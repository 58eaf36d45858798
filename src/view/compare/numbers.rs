//! Numbers of two types, compared by way of one that holds both.
//!
//! A chunk of either side is brought side by side in this machine's order, made 64-bit integers
//! or doubles, and compared. That is three loops where there could be one, all in the first
//! level of the cache; but the loops are as many as there are types, and not as many as pairs of
//! them.

use std::mem::MaybeUninit;

use super::loops::{CHUNK, all};
use crate::copy::{Row, swap_row};
use crate::format::{ByteOrder, Scalar, ScalarKind, half_value};

/// Room for a chunk of items, of 8 bytes each at most.
pub(in crate::view) type Stage = MaybeUninit<[u64; CHUNK]>;

/// How much of a number there may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// An integer that is exact as a double.
    Small,
    Signed,
    Unsigned,
    Float,
}

fn class(scalar: Scalar) -> Class {
    match (scalar.kind, scalar.size) {
        (ScalarKind::Float, _) => Class::Float,
        (_, ..=4) => Class::Small,
        (ScalarKind::Signed, _) => Class::Signed,
        _ => Class::Unsigned,
    }
}

/// Whether all numbers are equal. Neither is complex, nor larger than 8 bytes.
///
/// # Safety
/// So many of these scalars lie in live memory there.
pub(super) unsafe fn equal(one: (Scalar, Row), other: (Scalar, Row), count: usize) -> bool {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: as the caller promises.
        return unsafe { equal_avx2(one, other, count) };
    }
    // SAFETY: as the caller promises.
    unsafe { are_equal(one, other, count) }
}

/// The same, compiled for processors that swap and widen integers by the vector.
///
/// # Safety
/// As for [`equal`], with AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn equal_avx2(one: (Scalar, Row), other: (Scalar, Row), count: usize) -> bool {
    // SAFETY: as the caller promises.
    unsafe { are_equal(one, other, count) }
}

/// # Safety
/// As for [`equal`].
#[inline(always)]
unsafe fn are_equal(
    (left, one): (Scalar, Row),
    (right, other): (Scalar, Row),
    count: usize,
) -> bool {
    let classes = (class(left), class(right));
    let are_floats = matches!(
        classes,
        (Class::Float, Class::Float | Class::Small) | (Class::Small, Class::Float)
    );
    let is_float = |class| are_floats || class == Class::Float;
    let (one_is, other_is) = (is_float(classes.0), is_float(classes.1));
    let (mut first, mut second) = (Numbers::new(), Numbers::new());
    // Not by `each_chunk`: its closure would be compiled without the vectors.
    let mut start = 0;
    while start < count {
        let length = CHUNK.min(count - start);
        // SAFETY: as the caller promises; what was made of them are so many numbers of 8 bytes.
        let are_same = unsafe {
            let one = first.of(left, one.from(start), length, one_is);
            let other = second.of(right, other.from(start), length, other_is);
            let float = f64::from_bits;
            match classes {
                _ if are_floats => all(one, other, length, |one, other| float(one) == float(other)),
                (Class::Float, Class::Signed) => all(one, other, length, |one, other| {
                    is_signed(float(one), other as i64)
                }),
                (Class::Signed, Class::Float) => all(one, other, length, |one, other| {
                    is_signed(float(other), one as i64)
                }),
                (Class::Float, _) => all(one, other, length, |one, other| {
                    is_unsigned(float(one), other)
                }),
                (_, Class::Float) => all(one, other, length, |one, other| {
                    is_unsigned(float(other), one)
                }),
                (one_class, other_class)
                    if (one_class == Class::Unsigned) != (other_class == Class::Unsigned) =>
                {
                    let is_natural = |number: u64| number as i64 >= 0;
                    all(one, other, length, |one, other| {
                        one == other && is_natural(one)
                    })
                }
                _ => all(one, other, length, |one: u64, other| one == other),
            }
        };
        if !are_same {
            return false;
        }
        start += length;
    }
    true
}

/// Exactly: an integer that is made a float is rounded.
fn is_signed(float: f64, integer: i64) -> bool {
    const END: f64 = (1u64 << 63) as f64;
    float == integer as f64 && float < END && float as i64 == integer
}

fn is_unsigned(float: f64, integer: u64) -> bool {
    const END: f64 = (1u128 << 64) as f64;
    float == integer as f64 && float < END && float as u64 == integer
}

/// A chunk of numbers on its way.
struct Numbers {
    stage: Stage,
    numbers: Stage,
}

impl Numbers {
    const fn new() -> Self {
        Self {
            stage: MaybeUninit::uninit(),
            numbers: MaybeUninit::uninit(),
        }
    }

    /// So many items as numbers of 8 bytes: doubles, or integers.
    ///
    /// # Safety
    /// As for [`equal`], for as many as a chunk has at most.
    #[inline(always)]
    unsafe fn of(&mut self, scalar: Scalar, row: Row, count: usize, is_float: bool) -> Row {
        // SAFETY: as the caller promises.
        let items = unsafe { native_items(scalar, row, count, &mut self.stage) };
        let numbers = self.numbers.as_mut_ptr().cast();
        // SAFETY: so many items of that size, and room for as many numbers.
        let first = unsafe {
            match is_float {
                true => as_floats(scalar, items, count, numbers),
                false => as_numbers::<i64>(scalar, items, count, numbers.cast()),
            }
        };
        Row { first, stride: 8 }
    }
}

/// The address of so many items side by side, in this machine's order: where they are so already,
/// or in a stage.
///
/// # Safety
/// As for [`equal`], for as many as a chunk has at most.
#[inline(always)]
pub(in crate::view) unsafe fn native_items(
    scalar: Scalar,
    row: Row,
    count: usize,
    stage: &mut Stage,
) -> *const u8 {
    let is_native = scalar.size == 1 || scalar.order == ByteOrder::NATIVE;
    if is_native && row.stride == scalar.size as isize {
        return row.first;
    }
    let to = stage.as_mut_ptr();
    macro_rules! gather {
        ($bits:ty) => {
            convert(row, count, to.cast(), |bits: $bits| bits)
        };
    }
    // SAFETY: as the caller promises, and there is room for a chunk.
    unsafe {
        match scalar.size {
            size if !is_native => swap_row(to.cast(), row, count, size),
            1 => gather!(u8),
            2 => gather!(u16),
            4 => gather!(u32),
            _ => gather!(u64),
        }
    }
    to.cast()
}

/// # Safety
/// So many `A` lie there, of which any bytes are one; there is room for so many `B`.
#[inline(always)]
unsafe fn convert<A, B>(row: Row, count: usize, to: *mut B, make: impl Fn(A) -> B) {
    let size = size_of::<A>() as isize;
    // SAFETY: as the caller promises.
    let one = |index: usize, stride: isize| unsafe {
        let address = row.first.wrapping_offset(index as isize * stride);
        to.add(index)
            .write(make(address.cast::<A>().read_unaligned()));
    };
    match row.stride == size {
        true => (0..count).for_each(|index| one(index, size)),
        false => (0..count).for_each(|index| one(index, row.stride)),
    }
}

/// The same, of items that lie side by side.
///
/// # Safety
/// As for [`convert`].
#[inline(always)]
unsafe fn convert_adjacent<A, B>(
    first: *const u8,
    count: usize,
    to: *mut B,
    make: impl Fn(A) -> B,
) {
    let stride = size_of::<A>() as isize;
    // SAFETY: as the caller promises.
    unsafe { convert(Row { first, stride }, count, to, make) }
}

/// Doubles, made of items that lie side by side.
///
/// # Safety
/// As for [`as_numbers`].
#[inline(always)]
unsafe fn as_floats(scalar: Scalar, items: *const u8, count: usize, to: *mut f64) -> *const u8 {
    // SAFETY: as the caller promises.
    unsafe {
        match (scalar.kind, scalar.size) {
            (ScalarKind::Float, 2) => convert_adjacent(items, count, to, half_value),
            (ScalarKind::Float, 4) => convert_adjacent::<f32, _>(items, count, to, f64::from),
            _ => return as_numbers(scalar, items, count, to),
        }
    }
    to.cast_const().cast()
}

/// Numbers of 8 bytes, made of integers or truths that lie side by side; what has 8 bytes is left
/// where it is.
///
/// # Safety
/// So many of the scalar are there, and room for as many numbers.
#[inline(always)]
unsafe fn as_numbers<N>(scalar: Scalar, items: *const u8, count: usize, to: *mut N) -> *const u8
where
    N: From<i8> + From<i16> + From<i32> + From<u8> + From<u16> + From<u32>,
{
    let truth = |byte: u8| N::from(u8::from(byte != 0));
    // SAFETY: as the caller promises.
    unsafe {
        match (scalar.kind, scalar.size) {
            (ScalarKind::Bool, _) => convert_adjacent(items, count, to, truth),
            (ScalarKind::Signed, 1) => convert_adjacent::<i8, _>(items, count, to, N::from),
            (ScalarKind::Signed, 2) => convert_adjacent::<i16, _>(items, count, to, N::from),
            (ScalarKind::Signed, 4) => convert_adjacent::<i32, _>(items, count, to, N::from),
            (_, 1) => convert_adjacent::<u8, _>(items, count, to, N::from),
            (_, 2) => convert_adjacent::<u16, _>(items, count, to, N::from),
            (_, 4) => convert_adjacent::<u32, _>(items, count, to, N::from),
            _ => return items,
        }
    }
    to.cast_const().cast()
}
