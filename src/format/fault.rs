//! Where a text is wrong, and what would be right there.
//!
//! A fault is made without memory: a text is often tried in one dialect and then in another,
//! and only the last of the faults is told to anybody.

use std::fmt;

use super::dialect::Dialect;
use super::tree::{MAX_DEPTH, MAX_FIELDS};
use super::{Shown, unknown};
use crate::error::{Error, Kind};

/// What was expected where something else stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Code,
    CodeAfterCount,
    /// A code that only C's own sizes have stands behind `=`, `<`, `>` or `!`.
    NativeOrder,
    ShapeBeforeCount,
    Dimension,
    CommaOrParenthesis,
    FewerDimensions,
    Name,
    OtherName,
    /// The `:` behind a name that was opened there.
    ColonOf(usize),
    /// The `}` of what was opened there.
    BraceOf(usize),
    NoBrace,
    LessDepth,
    FewerFields,
    FewerMembers,
    SmallerSize,
    ShorterText,
    Memory,
}

/// A place in a text, and what was expected there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) expected: Expected,
}

impl Fault {
    pub(super) const fn at(at: usize, expected: Expected) -> Self {
        Self { at, expected }
    }

    /// As the error of a dialect: that of Python's `struct` has its own class.
    #[cold]
    pub(super) fn error(self, text: &[u8], dialect: Dialect) -> Error {
        let kind = match dialect {
            _ if self.expected == Expected::Memory => return Error::no_memory(),
            Dialect::Struct => Kind::Struct,
            _ => Kind::Value,
        };
        let told = Told {
            fault: self,
            text,
            dialect,
        };
        Error::new(kind, format_args!("{told}"))
    }

    /// The words of the `struct` module, with which its errors begin.
    fn words(self) -> &'static str {
        match self.expected {
            Expected::CodeAfterCount => "repeat count given without format specifier",
            Expected::SmallerSize => "total struct size too long",
            _ => "bad char in struct format",
        }
    }
}

struct Told<'a> {
    fault: Fault,
    text: &'a [u8],
    dialect: Dialect,
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { at, expected } = self.fault;
        if self.dialect == Dialect::Struct {
            write!(f, "{}: ", self.fault.words())?;
        }
        write!(f, "format {} at offset {at}: ", Shown(self.text))?;
        let there = There(self.text.get(at).copied());
        let dialect = self.dialect;
        match expected {
            Expected::Code if at == self.text.len() => {
                write!(f, "{there}, where a code is expected")?
            }
            Expected::Code => write!(f, "{there} is no code of {dialect}")?,
            Expected::CodeAfterCount => {
                write!(f, "{there} after a count, where a code is expected")?
            }
            Expected::NativeOrder => write!(
                f,
                "{there} has no standard size: '@' is expected before it, not '=', '<', '>' or '!'"
            )?,
            Expected::ShapeBeforeCount => {
                write!(
                    f,
                    "{there} after a count: a shape comes first, as in (2,3)i"
                )?;
            }
            Expected::Dimension => write!(
                f,
                "{there}, where a number is expected: the length of a dimension"
            )?,
            Expected::CommaOrParenthesis => write!(f, "{there}, where ',' or ')' is expected")?,
            Expected::FewerDimensions => write!(f, "more than {MAX_DEPTH} dimensions")?,
            Expected::Name => f.write_str("a name is expected between the colons")?,
            Expected::OtherName => {
                f.write_str("another field of the struct has this name already")?
            }
            Expected::ColonOf(opened) => {
                write!(
                    f,
                    "{there}, where ':' is expected: it ends the name that begins at offset {opened}"
                )?;
            }
            Expected::BraceOf(opened) => {
                write!(
                    f,
                    "{there}, where '}}' is expected: it ends what '{{' opens at offset {}",
                    opened + 1
                )?;
            }
            Expected::NoBrace => f.write_str("'}' ends nothing: no 'T{' is open")?,
            Expected::LessDepth => write!(f, "nested more than {MAX_DEPTH} deep")?,
            Expected::FewerFields => write!(f, "more than {MAX_FIELDS} fields")?,
            Expected::FewerMembers => {
                f.write_str("a struct would have more members than Py_ssize_t can tell")?
            }
            Expected::SmallerSize => {
                f.write_str("an item would be larger than Py_ssize_t can tell")?
            }
            Expected::ShorterText => f.write_str("the text has 4 GiB or more")?,
            Expected::Memory => f.write_str("no memory is left")?,
        }
        match unknown::hint(self.text, at) {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// What stands somewhere in a text.
struct There(Option<u8>);

impl fmt::Display for There {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(byte) => write!(f, "'{}'", byte.escape_ascii()),
            None => f.write_str("the text ends"),
        }
    }
}
