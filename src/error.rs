//! What can go wrong, in words.
//!
//! An [`Error`] has a [`Kind`], which stands for one exception of CPython and one
//! code of the C API, and a message: one sentence that says what was wrong and,
//! where there is one, what would be right. Making an error never aborts: where
//! no memory is left for the message, the error becomes [`Kind::Memory`] itself.

use std::borrow::Cow;
use std::fmt;

use crate::alloc::{NoMemory, try_extend};

/// The kind of an error; its number is the C API's `PYBUF_ERR_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum Kind {
    /// `BufferError`: a request that this memory cannot meet.
    Buffer = 1,
    /// `ValueError`: an argument of the right type with an impossible value.
    Value = 2,
    /// `TypeError`: the wrong kind of thing, a handle of another sort say.
    Type = 3,
    /// `IndexError`: an index outside its dimension.
    Index = 4,
    /// `OverflowError`: a size or product that does not fit.
    Overflow = 5,
    /// `MemoryError`: no memory left.
    Memory = 6,
    /// `NotImplementedError`: has a meaning, but is not supported here.
    NotImplemented = 7,
    /// `SystemError`: a call that no correct program makes.
    System = 8,
    /// `struct.error`: what the `struct` module refuses.
    Struct = 9,
    /// `RuntimeError`: no Python in this process, or none attached to this thread.
    Runtime = 10,
    /// `SystemError`: a bug of this library, caught at its boundary.
    Internal = 11,
    /// The exception that a foreign exporter raised; it is set in Python.
    Python = 12,
}

/// An error: its kind, and one sentence about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    message: Cow<'static, str>,
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with a fixed message; allocates nothing.
    pub const fn fixed(kind: Kind, message: &'static str) -> Self {
        Self {
            kind,
            message: Cow::Borrowed(message),
        }
    }

    /// An error with a formatted message, or [`Error::no_memory`] where there is
    /// no memory for it.
    pub fn new(kind: Kind, message: fmt::Arguments<'_>) -> Self {
        if let Some(fixed) = message.as_str() {
            return Self::fixed(kind, fixed);
        }
        match try_format(message) {
            Some(text) => Self {
                kind,
                message: Cow::Owned(text),
            },
            None => Self::no_memory(),
        }
    }

    /// No memory left.
    pub const fn no_memory() -> Self {
        Self::fixed(Kind::Memory, "no memory left")
    }

    /// What kind of error this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The sentence about it.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// A copy, or [`Error::no_memory`] where there is no memory for its message.
impl Clone for Error {
    fn clone(&self) -> Self {
        match &self.message {
            Cow::Borrowed(message) => Self::fixed(self.kind, message),
            Cow::Owned(message) => Self::new(self.kind, format_args!("{message}")),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<NoMemory> for Error {
    fn from(_: NoMemory) -> Self {
        Self::no_memory()
    }
}

/// `Err(Error)` of a kind, with a message as `format!` takes it.
macro_rules! fail {
    ($kind:ident, $($message:tt)+) => {
        Err($crate::error::Error::new(
            $crate::error::Kind::$kind,
            format_args!($($message)+),
        ))
    };
}
pub(crate) use fail;

/// Formats into memory that is asked for, never demanded: `None` where there is none.
pub(crate) fn try_format(message: fmt::Arguments<'_>) -> Option<String> {
    struct Text(Vec<u8>);
    impl fmt::Write for Text {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            try_extend(&mut self.0, part.as_bytes()).map_err(|_| fmt::Error)
        }
    }
    let mut text = Text(Vec::new());
    fmt::write(&mut text, message).ok()?;
    String::from_utf8(text.0).ok()
}

/// Shows a list of numbers as Python shows a tuple: `()`, `(3,)`, `(2, 3)`.
pub(crate) struct Tuple<'a>(pub &'a [isize]);

impl fmt::Display for Tuple<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (i, value) in self.0.iter().enumerate() {
            let before = if i == 0 { "" } else { ", " };
            write!(f, "{before}{value}")?;
        }
        f.write_str(if self.0.len() == 1 { ",)" } else { ")" })
    }
}

/// So many of something: `1 byte`, `2 bytes`.
pub(crate) struct Many(pub usize, pub &'static str);

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, noun) = self;
        write!(f, "{count} {noun}{}", if *count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_without_arguments_is_not_copied() {
        let error = Error::new(Kind::Value, format_args!("plain"));
        assert!(matches!(error.message, Cow::Borrowed("plain")));
    }

    #[test]
    fn fail_formats_kind_and_message() {
        let result: Result<()> = fail!(Index, "index {} of {}", 3, 2);
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (Kind::Index, "index 3 of 2")
        );
    }

    #[test]
    fn tuples_look_like_pythons() {
        assert_eq!(Tuple(&[]).to_string(), "()");
        assert_eq!(Tuple(&[-3]).to_string(), "(-3,)");
        assert_eq!(Tuple(&[2, 3]).to_string(), "(2, 3)");
    }

    #[test]
    fn only_one_is_one() {
        let all = [0, 1, 2].map(|count| Many(count, "byte").to_string());
        assert_eq!(all, ["0 bytes", "1 byte", "2 bytes"]);
    }
}
