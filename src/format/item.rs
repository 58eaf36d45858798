//! One item: its bytes as a value, and a value as its bytes.
//!
//! What does not fit is refused in the words of `array.array`. Two things follow C and
//! Python's `memoryview` rather than `struct`: a float too large for float32 becomes
//! infinite, and a value too large for float16 is an error.

use std::fmt;

use super::half;
use super::scalar::{ByteOrder, Scalar, ScalarKind};
use crate::error::{Error, Kind, Result, fail};

/// What one item says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// A character of C.
    Char(u8),
    /// An integer.
    Signed(i64),
    /// An integer that is not negative.
    Unsigned(u64),
    /// A floating-point number, of whatever size.
    Float(f64),
    /// Real and imaginary part.
    Complex(f64, f64),
    /// A character of Unicode, by its number; any number that there is room for.
    Unicode(u32),
    /// The address of a Python object.
    Object(u64),
}

impl Value {
    /// The number, where it is an integer.
    pub fn as_integer(self) -> Option<i128> {
        match self {
            Self::Bool(truth) => Some(truth.into()),
            Self::Signed(number) => Some(number.into()),
            Self::Unsigned(number) => Some(number.into()),
            _ => None,
        }
    }

    /// The number as the nearest float, where it has no imaginary part.
    pub fn as_float(self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(number),
            _ => self.as_integer().map(|number| number as f64),
        }
    }

    fn as_complex(self) -> Option<(f64, f64)> {
        match self {
            Self::Complex(real, imaginary) => Some((real, imaginary)),
            _ => self.as_float().map(|real| (real, 0.0)),
        }
    }

    /// What kind of value this is, with its article.
    fn sort(self) -> &'static str {
        match self {
            Self::Bool(_) => "a bool",
            Self::Char(_) => "a char",
            Self::Signed(_) | Self::Unsigned(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Complex(..) => "a complex number",
            Self::Unicode(_) => "a character of Unicode",
            Self::Object(_) => "a Python object",
        }
    }

    /// Whether both are the same number, exactly as Python compares numbers; or the same
    /// character. NaN equals nothing.
    pub fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Char(one), Self::Char(two)) => one == two,
            (Self::Unicode(one), Self::Unicode(two)) => one == two,
            (Self::Object(one), Self::Object(two)) => one == two,
            _ => match (self.as_integer(), other.as_integer()) {
                (Some(one), Some(two)) => one == two,
                (Some(integer), None) => other.is_integer(integer),
                (None, Some(integer)) => self.is_integer(integer),
                (None, None) => match (self.as_complex(), other.as_complex()) {
                    (Some(one), Some(two)) => one == two,
                    _ => false,
                },
            },
        }
    }

    /// Whether a number that is no integer has the value of one. Not by making the integer a
    /// float: that would round it.
    fn is_integer(self, integer: i128) -> bool {
        self.as_complex().is_some_and(|(real, imaginary)| {
            // Every integer of ours is smaller than that, so the cast is exact.
            imaginary == 0.0 && real == real.trunc() && real.abs() < 1e30 && real as i128 == integer
        })
    }
}

impl Scalar {
    /// The value of an item. The bytes are one item's, as many as its size says.
    #[inline]
    pub fn unpack(self, item: &[u8]) -> Value {
        match self.kind {
            ScalarKind::Signed => Value::Signed(self.signed(item)),
            ScalarKind::Unsigned | ScalarKind::Pointer => Value::Unsigned(self.bits(item)),
            ScalarKind::Float => Value::Float(self.float(item)),
            ScalarKind::Complex => {
                let (real, imaginary) = item.split_at(item.len() / 2);
                Value::Complex(self.float(real), self.float(imaginary))
            }
            ScalarKind::Bool => Value::Bool(item.iter().any(|&byte| byte != 0)),
            ScalarKind::Char => Value::Char(self.bits(item) as u8),
            ScalarKind::Unicode => Value::Unicode(self.bits(item) as u32),
            ScalarKind::Object => Value::Object(self.bits(item)),
            _ => Value::Unsigned(self.bits(item)),
        }
    }

    /// Writes a value as the bytes of an item. An error says what does not fit, and nothing
    /// is written then.
    #[inline]
    pub fn pack(self, value: Value, item: &mut [u8]) -> Result<()> {
        if item.len() != self.size {
            return self.wrong_size(item.len());
        }
        match self.kind {
            ScalarKind::Signed | ScalarKind::Unsigned | ScalarKind::Pointer => {
                let bits = self.fitting(value)?;
                self.put(bits, item);
            }
            ScalarKind::Float => {
                let number = value.as_float().ok_or_else(|| self.mismatch(value))?;
                let bits = self.float_bits(number, item.len())?;
                self.put(bits, item);
            }
            ScalarKind::Complex => {
                let number = value.as_complex().ok_or_else(|| self.mismatch(value))?;
                let half = item.len() / 2;
                let bits = (
                    self.float_bits(number.0, half)?,
                    self.float_bits(number.1, half)?,
                );
                let (real, imaginary) = item.split_at_mut(half);
                self.put(bits.0, real);
                self.put(bits.1, imaginary);
            }
            _ => {
                let bits = self.other_bits(value)?;
                self.put(bits, item);
            }
        }
        Ok(())
    }

    /// What is neither a number nor an address.
    fn other_bits(self, value: Value) -> Result<u64> {
        match (self.kind, value) {
            (ScalarKind::Bool, Value::Float(number)) => Ok((number != 0.0).into()),
            (ScalarKind::Bool, _) => match value.as_integer() {
                Some(number) => Ok((number != 0).into()),
                None => Err(self.mismatch(value)),
            },
            (ScalarKind::Char, Value::Char(byte)) => Ok(byte.into()),
            (ScalarKind::Unicode, Value::Unicode(code)) if u64::from(code) > self.greatest() => {
                fail!(
                    Overflow,
                    "character U+{code:x} does not fit {} bytes",
                    self.size
                )
            }
            (ScalarKind::Unicode, Value::Unicode(code)) => Ok(code.into()),
            (ScalarKind::Object, _) => Err(Error::fixed(
                Kind::NotImplemented,
                "references to Python objects cannot be written as the bytes of an item",
            )),
            _ => Err(self.mismatch(value)),
        }
    }

    /// The bits of an integer in two's complement, if it fits.
    fn fitting(self, value: Value) -> Result<u64> {
        let Some(number) = value.as_integer() else {
            return Err(self.mismatch(value));
        };
        let (least, greatest) = (self.least(), self.greatest());
        if number < i128::from(least) {
            return fail!(
                Overflow,
                "{} is less than minimum: {number} is not in {least} to {greatest}",
                CType(self)
            );
        }
        if number > i128::from(greatest) {
            return fail!(
                Overflow,
                "{} is greater than maximum: {number} is not in {least} to {greatest}",
                CType(self)
            );
        }
        Ok(number as u64)
    }

    /// The error of an integer that no value has room for.
    pub(crate) fn out_of_range(self, is_negative: bool) -> Error {
        let (least, greatest) = (self.least(), self.greatest());
        let which = match is_negative {
            true => "less than minimum",
            false => "greater than maximum",
        };
        Error::new(
            Kind::Overflow,
            format_args!(
                "{} is {which}: it must be in {least} to {greatest}",
                CType(self)
            ),
        )
    }

    fn least(self) -> i64 {
        match self.kind {
            ScalarKind::Signed => i64::MIN >> (64 - 8 * self.size),
            _ => 0,
        }
    }

    fn greatest(self) -> u64 {
        match self.kind {
            ScalarKind::Signed => u64::MAX >> (65 - 8 * self.size),
            _ => u64::MAX >> (64 - 8 * self.size),
        }
    }

    #[inline]
    fn signed(self, item: &[u8]) -> i64 {
        let unused = 64 - 8 * item.len() as u32;
        (self.bits(item) as i64).wrapping_shl(unused) >> unused
    }

    #[inline]
    fn float(self, item: &[u8]) -> f64 {
        let bits = self.bits(item);
        match item.len() {
            2 => half::value_of(bits as u16),
            4 => f32::from_bits(bits as u32).into(),
            _ => f64::from_bits(bits),
        }
    }

    fn float_bits(self, number: f64, size: usize) -> Result<u64> {
        match size {
            2 => match half::bits_of(number) {
                Some(bits) => Ok(bits.into()),
                None => fail!(
                    Overflow,
                    "float too large to pack with e format: {number:e}"
                ),
            },
            4 => Ok((number as f32).to_bits().into()),
            _ => Ok(number.to_bits()),
        }
    }

    /// The bytes as a number, in the order that they have.
    #[inline]
    fn bits(self, item: &[u8]) -> u64 {
        macro_rules! read {
            ($number:ty, $bytes:expr) => {
                match self.order {
                    ByteOrder::Little => <$number>::from_le_bytes($bytes).into(),
                    ByteOrder::Big => <$number>::from_be_bytes($bytes).into(),
                }
            };
        }
        match *item {
            [byte] => byte.into(),
            [a, b] => read!(u16, [a, b]),
            [a, b, c, d] => read!(u32, [a, b, c, d]),
            [a, b, c, d, e, f, g, h] => read!(u64, [a, b, c, d, e, f, g, h]),
            _ => 0,
        }
    }

    #[inline]
    fn put(self, bits: u64, item: &mut [u8]) {
        macro_rules! write {
            ($number:ty) => {{
                let number = bits as $number;
                item.copy_from_slice(&match self.order {
                    ByteOrder::Little => number.to_le_bytes(),
                    ByteOrder::Big => number.to_be_bytes(),
                })
            }};
        }
        match item.len() {
            1 => write!(u8),
            2 => write!(u16),
            4 => write!(u32),
            _ => write!(u64),
        }
    }

    #[cold]
    fn mismatch(self, value: Value) -> Error {
        let wanted = match self.kind {
            ScalarKind::Float => "a real number",
            ScalarKind::Complex => "a number",
            ScalarKind::Bool => "a truth value",
            ScalarKind::Char => "a char",
            ScalarKind::Unicode => "a character of Unicode",
            _ => "an integer",
        };
        let sort = value.sort();
        Error::new(
            Kind::Type,
            format_args!("an item of {self} is {wanted}, not {sort}"),
        )
    }

    #[cold]
    fn wrong_size(self, size: usize) -> Result<()> {
        fail!(
            Value,
            "{size} bytes for an item of {} ({self}): the sizes must be equal",
            self.size
        )
    }
}

/// An integer type as `array.array` names it.
struct CType(Scalar);

impl fmt::Display for CType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.0.kind, self.0.size) {
            (ScalarKind::Signed, 1) => "signed char",
            (ScalarKind::Signed, 2) => "signed short integer",
            (ScalarKind::Signed, 4) => "signed integer",
            (ScalarKind::Signed, _) => "signed long integer",
            (ScalarKind::Unsigned, 1) => "unsigned byte integer",
            (ScalarKind::Unsigned, 2) => "unsigned short",
            (ScalarKind::Unsigned, 4) => "unsigned int",
            (ScalarKind::Unsigned, _) => "unsigned long integer",
            _ => "address",
        })
    }
}

#[cfg(test)]
mod tests;
