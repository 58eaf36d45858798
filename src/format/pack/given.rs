//! What values are packed from: single ones, and sequences of them.

use crate::error::Result;
use crate::format::scalar::ScalarKind;
use crate::format::value::Value;

/// What somebody gives to be packed: a value, or a sequence of what is given.
pub trait Given<'a>: Copy {
    /// What it is; an error where it is nothing.
    fn part(self) -> Result<Part<'a>>;

    /// One of a sequence; the index is less than its length.
    fn member(self, index: usize) -> Self;

    /// Its value, where that is of the sort that items of such a kind are unpacked as. `None` says
    /// nothing: [`Given::part`] is asked then. Whoever can tell this sooner than that says so here.
    #[inline]
    fn usual(self, kind: ScalarKind) -> Option<Value<'a>> {
        let _ = kind;
        None
    }

    /// Whether it is a sequence of this length.
    #[inline]
    fn is_sequence(self, len: usize) -> bool {
        matches!(self.part(), Ok(Part::Sequence(there)) if there == len)
    }
}

/// What is given, without the sequence itself.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// A single value.
    Value(Value<'a>),
    /// So many of them.
    Sequence(usize),
}

/// A value for each item, member and element: what is packed.
///
/// ```
/// # use pybuf::format::{Format, Nested};
/// let format = Format::new(c"<h3s", None)?;
/// let mut item = [0; 5];
/// format.pack(Nested::Sequence(&[0x201.into(), b"abc".into()]), &mut item)?;
/// assert_eq!(&item, b"\x01\x02abc");
/// # Ok::<(), pybuf::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Nested<'a> {
    /// The value of a scalar.
    Value(Value<'a>),
    /// Those of the members of a struct, or of the elements of a sub-array.
    Sequence(&'a [Nested<'a>]),
}

impl<'a, T: Into<Value<'a>>> From<T> for Nested<'a> {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

impl<'a> From<&'a [Nested<'a>]> for Nested<'a> {
    fn from(values: &'a [Nested<'a>]) -> Self {
        Self::Sequence(values)
    }
}

impl<'a> Given<'a> for Nested<'a> {
    fn part(self) -> Result<Part<'a>> {
        Ok(match self {
            Self::Value(value) => Part::Value(value),
            Self::Sequence(values) => Part::Sequence(values.len()),
        })
    }

    fn member(self, index: usize) -> Self {
        match self {
            Self::Value(_) => self,
            Self::Sequence(values) => values[index],
        }
    }
}
