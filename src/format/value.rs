//! What one item says: a number, a character, some bytes.

use super::long_double;
use super::scalar::ByteOrder;

/// What one item says.
///
/// Bytes are borrowed from where they lie: the item, when it is unpacked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A truth value.
    Bool(bool),
    /// A character of C.
    Char(u8),
    /// An integer.
    Signed(i64),
    /// An integer that is not negative; an address.
    Unsigned(u64),
    /// A floating-point number, of whatever size.
    Float(f64),
    /// Real and imaginary part.
    Complex(f64, f64),
    /// A long double that is larger than a double.
    Extended {
        /// The nearest double, ties to even.
        nearest: f64,
        /// The number itself, as this platform writes it down.
        bytes: &'a [u8],
        /// In which order.
        order: ByteOrder,
    },
    /// A character of Unicode, by its number; any number that there is room for.
    Unicode(u32),
    /// Characters of Unicode, of 4 bytes each, in this order.
    Text(&'a [u8], ByteOrder),
    /// Bytes.
    Bytes(&'a [u8]),
    /// The address of a Python object.
    Object(u64),
}

impl Value<'_> {
    /// The number, where it is an integer.
    #[inline]
    pub fn as_integer(self) -> Option<i128> {
        match self {
            Self::Bool(truth) => Some(truth.into()),
            Self::Signed(number) => Some(number.into()),
            Self::Unsigned(number) => Some(number.into()),
            _ => None,
        }
    }

    /// The number as the nearest float, where it has no imaginary part.
    #[inline]
    pub fn as_float(self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(number),
            Self::Extended { nearest, .. } => Some(nearest),
            Self::Bool(truth) => Some(truth.into()),
            Self::Signed(number) => Some(number as f64),
            Self::Unsigned(number) => Some(number as f64),
            _ => None,
        }
    }

    /// Both parts as floats, where it is a number.
    #[inline]
    pub fn as_complex(self) -> Option<(f64, f64)> {
        match self {
            Self::Complex(real, imaginary) => Some((real, imaginary)),
            _ => self.as_float().map(|real| (real, 0.0)),
        }
    }

    /// The bytes, where it is some; one of C's characters is one.
    pub(super) fn with_bytes<T>(self, use_them: impl FnOnce(&[u8]) -> T) -> Option<T> {
        match self {
            Self::Bytes(bytes) => Some(use_them(bytes)),
            Self::Char(byte) => Some(use_them(&[byte])),
            _ => None,
        }
    }

    /// Whether Python takes it for true: neither zero nor empty. Nobody knows of an object.
    pub(super) fn truth(self) -> Option<bool> {
        Some(match self {
            Self::Bytes(bytes) | Self::Text(bytes, _) => !bytes.is_empty(),
            Self::Char(_) | Self::Unicode(_) => true,
            Self::Object(_) => return None,
            number => number.as_complex()? != (0.0, 0.0),
        })
    }

    /// What kind of value this is, with its article.
    pub(super) fn sort(self) -> &'static str {
        match self {
            Self::Bool(_) => "a bool",
            Self::Char(_) => "a char",
            Self::Signed(_) | Self::Unsigned(_) => "an integer",
            Self::Float(_) | Self::Extended { .. } => "a float",
            Self::Complex(..) => "a complex number",
            Self::Unicode(_) => "a character of Unicode",
            Self::Text(..) => "a text",
            Self::Bytes(_) => "bytes",
            Self::Object(_) => "a Python object",
        }
    }

    /// Whether both are the same number, exactly as Python compares numbers; or the same
    /// characters or bytes, of which a single one is a text or bytes of length 1. NaN equals
    /// nothing.
    pub fn equals(self, other: Value<'_>) -> bool {
        match (self, other) {
            (Self::Char(one), Value::Char(two)) => one == two,
            (Self::Unicode(one), Value::Unicode(two)) => one == two,
            (Self::Object(one), Value::Object(two)) => one == two,
            (Self::Bytes(one), Value::Bytes(two)) => one == two,
            (Self::Char(byte), Value::Bytes(bytes)) | (Self::Bytes(bytes), Value::Char(byte)) => {
                bytes == [byte]
            }
            (Self::Text(..), Value::Text(..)) => self.characters().eq(other.characters()),
            (Self::Unicode(code), text @ Value::Text(..))
            | (text @ Self::Text(..), Value::Unicode(code)) => text.characters().eq([code]),
            _ => match (self.as_integer(), other.as_integer()) {
                (Some(one), Some(two)) => one == two,
                (Some(integer), None) => other.is_integer(integer),
                (None, Some(integer)) => self.is_integer(integer),
                (None, None) => match (self.as_complex(), other.as_complex()) {
                    (Some(one), Some(two)) => one == two && self.is_exactly(other),
                    _ => false,
                },
            },
        }
    }

    /// Whether a number that is no integer has the value of one. Not by making the integer a
    /// float: that would round it.
    fn is_integer(self, integer: i128) -> bool {
        self.integral() == Some(integer)
    }

    /// The integer that a number of any sort is equal to, if it is one that an item can say.
    pub(crate) fn integral(self) -> Option<i128> {
        if let Self::Extended { bytes, order, .. } = self {
            return long_double::integer(bytes, order);
        }
        if let Some(integer) = self.as_integer() {
            return Some(integer);
        }
        let (real, imaginary) = self.as_complex()?;
        // Every integer of ours is smaller than that, so the cast is exact.
        let is_integral = imaginary == 0.0 && real == real.trunc() && real.abs() < 1e30;
        is_integral.then_some(real as i128)
    }

    /// Whether two numbers whose nearest doubles are equal are equal themselves.
    fn is_exactly(self, other: Value<'_>) -> bool {
        let number = |value: Value<'_>| value.as_complex().map_or(0.0, |(real, _)| real);
        match (self.extended(), other.extended()) {
            (Some(one), Some(two)) => long_double::equal(one, two),
            (Some(one), None) => long_double::is_double(one, number(other)),
            (None, Some(two)) => long_double::is_double(two, number(self)),
            (None, None) => true,
        }
    }

    /// The bytes of a long double.
    fn extended(&self) -> Option<(&[u8], ByteOrder)> {
        match *self {
            Self::Extended { bytes, order, .. } => Some((bytes, order)),
            _ => None,
        }
    }

    /// The numbers of its characters, where it is a text.
    pub fn characters(&self) -> impl Iterator<Item = u32> {
        let (bytes, order): (&[u8], _) = match *self {
            Self::Text(bytes, order) => (bytes, order),
            _ => (&[], ByteOrder::NATIVE),
        };
        bytes.as_chunks().0.iter().map(move |&bytes| match order {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        })
    }
}

macro_rules! from_numbers {
    ($($sort:ident: $($number:ty)+;)+) => {$($(
        impl From<$number> for Value<'_> {
            fn from(number: $number) -> Self {
                Self::$sort(number.into())
            }
        }
    )+)+};
}

from_numbers! {
    Bool: bool;
    Signed: i8 i16 i32 i64;
    Unsigned: u8 u16 u32 u64;
    Float: f32 f64;
    Unicode: char;
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}
