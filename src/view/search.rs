//! The items of one value: where the first is, and how many there are.
//!
//! The value is made bytes as an item has them, and then bytes are looked for, of all items of a
//! chunk without a branch. What bytes do not tell (texts, long doubles) is compared one by one.

#[cfg(all(test, not(loom)))]
mod tests;

use std::ops::{Add, ControlFlow};

use super::View;
use super::compare::{CHUNK, character, each_chunk, is_same_bytes, number, string, text_length};
use crate::copy::{Row, Visit, each_gathered_row};
use crate::error::Result;
use crate::exporter::Lent;
use crate::format::{Format, Scalar, ScalarKind, Value};

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Needle<'a> {
    /// No item has this value.
    Never,
    /// Items of 1, 2, 4 or 8 bytes that are these bits under a mask.
    Bits { size: usize, bits: u64, mask: u64 },
    /// Complex numbers of two doubles.
    Doubles { bits: [u64; 2], mask: [u64; 2] },
    /// Bytes that are not zero.
    Truth,
    /// What is compared one by one.
    Value(Scalar, Value<'a>),
}

impl<'a> Needle<'a> {
    /// The items of a format that are equal to a value, as Python compares them. The error is
    /// that nothing is known of such items.
    pub(crate) fn new(format: &Format, value: Value<'a>) -> Result<Self> {
        let root = format.known()?;
        let scalar = root.scalar().filter(|_| root.shape().is_empty());
        // No struct and no array is equal to a single value.
        Ok(scalar.map_or(Self::Never, |scalar| Self::of(scalar, value)))
    }

    fn of(scalar: Scalar, value: Value<'a>) -> Self {
        let (kind, size) = (scalar.kind, scalar.size);
        let is_complex = kind == ScalarKind::Complex;
        match size {
            _ if kind == ScalarKind::Bool => match value.integral() {
                Some(1) => Self::Truth,
                Some(0) => Self::Bits {
                    size,
                    bits: 0,
                    mask: u64::MAX,
                },
                _ => Self::Never,
            },
            _ if matches!(kind, ScalarKind::Text | ScalarKind::Pascal) => {
                Self::Value(scalar, value)
            }
            1 | 2 | 4 | 8 => Self::of_bytes(scalar, value),
            16 if is_complex => Self::of_bytes(scalar, value),
            _ => Self::Value(scalar, value),
        }
    }

    fn of_bytes(scalar: Scalar, value: Value<'_>) -> Self {
        if let (ScalarKind::Object, Value::Object(address)) = (scalar.kind, value) {
            let mask = u64::MAX >> (64 - 8 * scalar.size);
            return Self::Bits {
                size: scalar.size,
                bits: address & mask,
                mask,
            };
        }
        let Some(sought) = scalar.sought(value) else {
            return Self::Never;
        };
        let read = |bytes: &[u8]| match *bytes {
            [a] => a.into(),
            [a, b] => u16::from_ne_bytes([a, b]).into(),
            [a, b, c, d] => u32::from_ne_bytes([a, b, c, d]).into(),
            [a, b, c, d, e, f, g, h, ..] => u64::from_ne_bytes([a, b, c, d, e, f, g, h]),
            _ => 0,
        };
        let halves = |bytes: &[u8; 16]| [read(&bytes[..8]), read(&bytes[8..])];
        match scalar.size {
            16 => Self::Doubles {
                bits: halves(&sought.bytes),
                mask: halves(&sought.mask),
            },
            size => Self::Bits {
                size,
                bits: read(&sought.bytes[..size]),
                mask: read(&sought.mask[..size]),
            },
        }
    }

    /// The first item of a row.
    ///
    /// # Safety
    /// So many items of the format lie in live memory there.
    unsafe fn find(self, row: Row, count: usize) -> Option<usize> {
        // SAFETY: as the caller promises.
        unsafe {
            match self {
                Self::Never => None,
                Self::Truth => first(row, count, |item: u8| item != 0),
                Self::Doubles { bits, mask } => {
                    first(row, count, |item: [u64; 2]| is_pair(item, bits, mask))
                }
                Self::Bits { size, bits, mask } => match size {
                    1 => first(row, count, |item: u8| item & mask as u8 == bits as u8),
                    2 => first(row, count, |item: u16| item & mask as u16 == bits as u16),
                    4 => first(row, count, |item: u32| item & mask as u32 == bits as u32),
                    _ => first(row, count, |item: u64| item & mask == bits),
                },
                Self::Value(scalar, value) => {
                    (0..count).find(|&k| is_value(scalar, value, row.from(k).first))
                }
            }
        }
    }

    /// How many items of a row there are.
    ///
    /// # Safety
    /// As for [`Needle::find`].
    unsafe fn count(self, row: Row, count: usize) -> usize {
        // SAFETY: as the caller promises.
        unsafe {
            match self {
                Self::Never => 0,
                Self::Truth => number_of::<u8, u8>(row, count, |item| item != 0),
                Self::Doubles { bits, mask } => {
                    number_of::<_, u64>(row, count, |item| is_pair(item, bits, mask))
                }
                Self::Bits { size, bits, mask } => match size {
                    1 => number_of::<u8, u8>(row, count, |it| it & mask as u8 == bits as u8),
                    2 => number_of::<u16, u16>(row, count, |it| it & mask as u16 == bits as u16),
                    4 => number_of::<u32, u32>(row, count, |it| it & mask as u32 == bits as u32),
                    _ => number_of::<u64, u64>(row, count, |it| it & mask == bits),
                },
                Self::Value(scalar, value) => (0..count)
                    .filter(|&k| is_value(scalar, value, row.from(k).first))
                    .count(),
            }
        }
    }
}

fn is_pair(item: [u64; 2], bits: [u64; 2], mask: [u64; 2]) -> bool {
    (item[0] & mask[0] == bits[0]) & (item[1] & mask[1] == bits[1])
}

/// The number, in C order, of the first item from `start` to before `stop` that is equal to a
/// value as Python compares it; NaN is equal to nothing. Negative bounds count from the end.
///
/// # Safety
/// Every item lies in live memory.
pub(crate) unsafe fn find(
    lent: &Lent,
    value: Value<'_>,
    start: isize,
    stop: isize,
) -> Result<Option<usize>> {
    let needle = Needle::new(lent.format(), value)?;
    let items = lent.layout().len();
    let bound = |bound: isize| match bound {
        0.. => items.min(bound.unsigned_abs()),
        _ => items.saturating_sub(bound.unsigned_abs()),
    };
    let (start, stop) = (bound(start), bound(stop));
    let (mut found, mut passed) = (None, 0);
    if start >= stop || matches!(needle, Needle::Never) {
        return Ok(None);
    }
    let are_nothing = lent.layout().itemsize() == 0;
    // SAFETY: as the caller promises.
    let _ = unsafe {
        each_gathered_row([lent.place()], Visit::InOrder, |[row], count| {
            if are_nothing {
                found = needle.find(row, 1).map(|_| start);
                return ControlFlow::Break(());
            }
            let skipped = start.saturating_sub(passed).min(count);
            let end = (stop - passed).min(count);
            if skipped < end {
                let at = needle.find(row.from(skipped), end - skipped);
                found = at.map(|at| passed + skipped + at);
            }
            passed += count;
            match found.is_some() || passed >= stop {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })
    }?;
    Ok(found)
}

/// How many items are equal to a value, as Python compares it.
///
/// # Safety
/// Every item lies in live memory.
pub(crate) unsafe fn count(lent: &Lent, value: Value<'_>) -> Result<usize> {
    let needle = Needle::new(lent.format(), value)?;
    // Items without a byte are all the same, and there may be very many.
    let are_nothing = lent.layout().itemsize() == 0;
    let mut number = 0;
    if matches!(needle, Needle::Never) {
        return Ok(0);
    }
    // SAFETY: as the caller promises.
    let _ = unsafe {
        each_gathered_row([lent.place()], Visit::AnyOrder, |[row], count| {
            if are_nothing {
                number = needle.count(row, 1) * lent.layout().len();
                return ControlFlow::Break(());
            }
            number += needle.count(row, count);
            ControlFlow::Continue(())
        })
    }?;
    Ok(number)
}

impl View {
    /// The number, in C order, of the first item from `start` to before `stop` that is equal to a
    /// value, as Python compares it: numbers of all sorts by value and exactly. Negative bounds
    /// count from the end; bounds beyond it are the end. An error of `Kind::NotImplemented` says
    /// that nobody knows the values of the format.
    ///
    /// ```
    /// # use pybuf::{Exporter, Request};
    /// let view = Exporter::new(vec![1i16, 2, 3, 2]).flat()?.view(Request::read())?;
    /// assert_eq!(view.find(2.0, 0, isize::MAX)?, Some(1));
    /// assert_eq!(view.find(2, -2, isize::MAX)?, Some(3));
    /// assert_eq!((view.count(2)?, view.contains(2.5)?), (2, false));
    /// # Ok::<(), pybuf::Error>(())
    /// ```
    pub fn find<'a>(
        &self,
        value: impl Into<Value<'a>>,
        start: isize,
        stop: isize,
    ) -> Result<Option<usize>> {
        // SAFETY: the export keeps the memory.
        unsafe { find(self.lent(), value.into(), start, stop) }
    }

    /// How many items are equal to a value; all else as for [`View::find`].
    pub fn count<'a>(&self, value: impl Into<Value<'a>>) -> Result<usize> {
        // SAFETY: the export keeps the memory.
        unsafe { count(self.lent(), value.into()) }
    }

    /// Whether there is an item that is equal to a value; all else as for [`View::find`].
    pub fn contains<'a>(&self, value: impl Into<Value<'a>>) -> Result<bool> {
        Ok(self.find(value, 0, isize::MAX)?.is_some())
    }
}

/// # Safety
/// So many `T` lie in live memory; any bytes are one.
#[inline(always)]
unsafe fn item<T: Copy>(row: Row, index: usize, stride: isize) -> T {
    let address = row.first.wrapping_offset(index as isize * stride);
    // SAFETY: as the caller promises.
    unsafe { address.cast::<T>().read_unaligned() }
}

/// # Safety
/// As for [`item`].
#[inline(always)]
unsafe fn first<T: Copy>(row: Row, count: usize, is_match: impl Fn(T) -> bool) -> Option<usize> {
    let size = size_of::<T>() as isize;
    let mut found = None;
    each_chunk(count, |start, length| {
        let chunk = row.from(start);
        // SAFETY: as the caller promises.
        let matches = |k, stride| is_match(unsafe { item(chunk, k, stride) });
        let is_there = match row.stride == size && length == CHUNK {
            true => (0..CHUNK).fold(false, |found, k| found | matches(k, size)),
            false => true,
        };
        if is_there {
            // What others have written meanwhile may be gone.
            let at = (0..length).find(|&k| matches(k, row.stride));
            found = at.map(|at| start + at);
        }
        found.is_none()
    });
    found
}

/// A chunk is counted in numbers as large as an item, and no item is so small that a chunk has
/// more of them.
///
/// # Safety
/// As for [`item`].
#[inline(always)]
unsafe fn number_of<T: Copy, N: From<bool> + Into<u64> + Add<Output = N>>(
    row: Row,
    count: usize,
    is_match: impl Fn(T) -> bool,
) -> usize {
    const { assert!(CHUNK <= u8::MAX as usize) };
    let size = size_of::<T>() as isize;
    let mut number = 0u64;
    each_chunk(count, |start, length| {
        let chunk = row.from(start);
        // SAFETY: as the caller promises.
        let one = |k, stride| N::from(is_match(unsafe { item(chunk, k, stride) }));
        let none = N::from(false);
        let sum = match row.stride == size && length == CHUNK {
            true => (0..CHUNK).fold(none, |sum, k| sum + one(k, size)),
            false => (0..length).fold(none, |sum, k| sum + one(k, row.stride)),
        };
        number += sum.into();
        true
    });
    number as usize
}

/// # Safety
/// An item of this scalar lies in live memory there.
unsafe fn is_value(scalar: Scalar, value: Value<'_>, item: *const u8) -> bool {
    // SAFETY: as the caller promises; so many bytes and characters has the item.
    unsafe {
        match (scalar.kind, value) {
            (ScalarKind::Text, Value::Text(..)) => {
                let length = text_length(scalar, item);
                let characters = (0..length).map(|k| character(scalar, item, k));
                characters.eq(value.characters())
            }
            (ScalarKind::Text, Value::Unicode(code)) => {
                text_length(scalar, item) == 1 && character(scalar, item, 0) == code
            }
            (ScalarKind::Float | ScalarKind::Complex, _) => {
                let bytes = number(scalar, item);
                scalar.unpack(&bytes[..scalar.size]).equals(value)
            }
            (ScalarKind::Pascal | ScalarKind::Bytes, _)
            | (ScalarKind::Void | ScalarKind::Bits, _) => {
                let (bytes, length) = string(scalar, item);
                match value {
                    Value::Bytes(sought) => {
                        sought.len() == length && is_same_bytes(bytes, sought.as_ptr(), length)
                    }
                    Value::Char(byte) => length == 1 && bytes.read() == byte,
                    _ => false,
                }
            }
            _ => false,
        }
    }
}
