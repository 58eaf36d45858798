//! Why a value is no item, apart from the words for it.
//!
//! Programs that pack agree about what fits where, with few exceptions, and about no word of
//! what they say: `array` counts as CPython's `arraymodule.c` does, `struct` as its
//! `_struct.c`. So the rules and the words stand here side by side, one of each for each
//! program, and what packs a value asks for neither.

use std::fmt;

use super::scalar::{Scalar, ScalarKind};
use super::value::Value;
use crate::error::{Error, Kind};

/// Whose rules a value is packed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Python's `array`.
    Array,
    /// Python's `struct`, as of 3.14.
    Struct,
}

impl Rules {
    /// A float32 that is too large for it becomes infinite, and is no error.
    pub(super) fn makes_infinite(self) -> bool {
        self == Self::Array
    }

    /// An address may be written as the negative number with the same bits.
    pub(super) fn takes_negative_addresses(self) -> bool {
        self != Self::Array
    }

    /// The truth of a value, where it may be asked for it.
    pub(super) fn truth(self, value: Value<'_>) -> Option<bool> {
        let is_real = value.as_float().is_some();
        (is_real || self != Self::Array)
            .then(|| value.truth())
            .flatten()
    }
}

/// Why a value is no item of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    /// It is of another sort.
    Sort,
    /// An integer or a character that there is no room for.
    Range,
    /// A float that would become infinite.
    TooLarge,
    /// Nobody can write references to Python objects as bytes.
    Object,
}

impl Misfit {
    /// In the words of `array`.
    #[cold]
    pub(super) fn of_array(self, scalar: Scalar, value: Value<'_>) -> Error {
        match self {
            Self::Sort => {
                let (wanted, sort) = (wanted(scalar.kind), value.sort());
                Error::new(
                    Kind::Type,
                    format_args!("an item of {scalar} is {wanted}, not {sort}"),
                )
            }
            Self::Range => match value.as_integer() {
                Some(number) => {
                    let (which, least, greatest) = scalar.bounds(number < 0);
                    let text = format_args!("{which}: {number} is not in {least} to {greatest}");
                    Error::new(Kind::Overflow, text)
                }
                None => Error::new(Kind::Overflow, format_args!("{}", NoRoom(scalar, value))),
            },
            Self::TooLarge => too_large(scalar, value),
            Self::Object => NO_OBJECTS,
        }
    }

    /// In the words of `struct`, with what there was behind them; `None` is a sequence.
    #[cold]
    pub(super) fn of_struct(
        self,
        scalar: Scalar,
        value: Option<Value<'_>>,
        place: impl fmt::Display,
    ) -> Error {
        let letter = scalar.letter();
        let sort = value.map_or("a sequence", Value::sort);
        // Of a sequence only the sort can be wrong.
        let value = value.unwrap_or(Value::Bool(false));
        let said = |words: fmt::Arguments<'_>| {
            Error::new(
                Kind::Struct,
                format_args!("{words}: {sort} was given for {place}"),
            )
        };
        match (self, scalar.kind) {
            (Self::TooLarge, _) if value.as_integer().is_some() => {
                said(format_args!("int too large to convert"))
            }
            (Self::TooLarge, _) => too_large(scalar, value),
            (Self::Object, _) => NO_OBJECTS,
            (Self::Range, ScalarKind::Signed | ScalarKind::Unsigned) => {
                let (least, greatest) = (scalar.least(), scalar.greatest());
                let number = value.as_integer().unwrap_or_default();
                Error::new(
                    Kind::Struct,
                    format_args!(
                        "'{letter}' format requires {least} <= number <= {greatest}: \
                         {number} was given for {place}"
                    ),
                )
            }
            (Self::Range, ScalarKind::Unicode) => Error::new(
                Kind::Struct,
                format_args!("{}: it was given for {place}", NoRoom(scalar, value)),
            ),
            (Self::Range, _) => said(format_args!("int too large to convert")),
            (Self::Sort, ScalarKind::Float) => {
                said(format_args!("required argument is not a float"))
            }
            (Self::Sort, ScalarKind::Complex) => {
                said(format_args!("required argument is not a complex"))
            }
            (Self::Sort, ScalarKind::Char) => said(format_args!(
                "char format requires a bytes object of length 1"
            )),
            (Self::Sort, ScalarKind::Bool) => {
                said(format_args!("required argument is not a truth value"))
            }
            (Self::Sort, ScalarKind::Unicode | ScalarKind::Text) => {
                let wanted = wanted(scalar.kind);
                said(format_args!("argument for '{letter}' must be {wanted}"))
            }
            (
                Self::Sort,
                ScalarKind::Bytes | ScalarKind::Pascal | ScalarKind::Void | ScalarKind::Bits,
            ) => said(format_args!(
                "argument for '{letter}' must be a bytes object"
            )),
            (Self::Sort, _) => said(format_args!("required argument is not an integer")),
        }
    }
}

const NO_OBJECTS: Error = Error::fixed(
    Kind::NotImplemented,
    "references to Python objects cannot be written as the bytes of an item",
);

fn too_large(scalar: Scalar, value: Value<'_>) -> Error {
    let part = match scalar.kind {
        ScalarKind::Complex => scalar.size / 2,
        _ => scalar.size,
    };
    let letter = if part == 2 { 'e' } else { 'f' };
    let (real, imaginary) = value.as_complex().unwrap_or_default();
    let number = if real.abs() < imaginary.abs() {
        imaginary
    } else {
        real
    };
    Error::new(
        Kind::Overflow,
        format_args!("float too large to pack with {letter} format: {number:e}"),
    )
}

/// What an item of a kind is made of, with its article.
fn wanted(kind: ScalarKind) -> &'static str {
    match kind {
        ScalarKind::Float => "a real number",
        ScalarKind::Complex => "a number",
        ScalarKind::Bool => "a truth value",
        ScalarKind::Char => "a char",
        ScalarKind::Unicode => "a character of Unicode",
        ScalarKind::Text => "a text",
        ScalarKind::Bytes | ScalarKind::Pascal | ScalarKind::Void | ScalarKind::Bits => "bytes",
        _ => "an integer",
    }
}

impl Scalar {
    /// The error of an integer that no value has room for, in the words of `array`.
    pub(crate) fn out_of_range(self, is_negative: bool) -> Error {
        let (which, least, greatest) = self.bounds(is_negative);
        Error::new(
            Kind::Overflow,
            format_args!("{which}: it must be in {least} to {greatest}"),
        )
    }

    fn bounds(self, is_negative: bool) -> (Beyond, i64, u64) {
        let beyond = Beyond {
            scalar: self,
            is_negative,
        };
        (beyond, self.least(), self.greatest())
    }

    /// The code that `struct` names it by; of several of the same size, the one that has this
    /// size on all platforms.
    fn letter(self) -> char {
        match (self.kind, self.size) {
            (ScalarKind::Signed, 1) => 'b',
            (ScalarKind::Signed, 2) => 'h',
            (ScalarKind::Signed, 4) => 'i',
            (ScalarKind::Signed, _) => 'q',
            (ScalarKind::Unsigned, 1) => 'B',
            (ScalarKind::Unsigned, 2) => 'H',
            (ScalarKind::Unsigned, 4) => 'I',
            (ScalarKind::Unsigned, _) => 'Q',
            (ScalarKind::Unicode, 2) => 'u',
            (ScalarKind::Unicode | ScalarKind::Text, _) => 'w',
            (ScalarKind::Pascal, _) => 'p',
            (ScalarKind::Void, _) => 'x',
            (ScalarKind::Bits, _) => 't',
            _ => 's',
        }
    }
}

/// On which side of an integer type a number lies, as `array` says it.
struct Beyond {
    scalar: Scalar,
    is_negative: bool,
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.scalar.kind, self.scalar.size) {
            (ScalarKind::Signed, 1) => "signed char",
            (ScalarKind::Signed, 2) => "signed short integer",
            (ScalarKind::Signed, 4) => "signed integer",
            (ScalarKind::Signed, _) => "signed long integer",
            (ScalarKind::Unsigned, 1) => "unsigned byte integer",
            (ScalarKind::Unsigned, 2) => "unsigned short",
            (ScalarKind::Unsigned, 4) => "unsigned int",
            (ScalarKind::Unsigned, _) => "unsigned long integer",
            _ => "address",
        })?;
        f.write_str(match self.is_negative {
            true => " is less than minimum",
            false => " is greater than maximum",
        })
    }
}

/// A character that is too large.
struct NoRoom<'a>(Scalar, Value<'a>);

impl fmt::Display for NoRoom<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = match self.1 {
            Value::Unicode(code) => code,
            text => text.characters().next().unwrap_or_default(),
        };
        write!(f, "character U+{code:x} does not fit {} bytes", self.0.size)
    }
}
