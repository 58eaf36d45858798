//! The text of a format: a copy of its own, and how it is shown.

use std::ffi::CStr;
use std::fmt;

use crate::alloc::try_extend;
use crate::error::Result;

/// The text with its NUL: short ones (nearly all) inside, longer ones on the heap.
#[derive(Debug)]
pub(super) enum Text {
    Short([u8; 8]),
    Long(Vec<u8>),
}

impl Text {
    pub(super) const BYTES: Self = Self::Short(*b"B\0\0\0\0\0\0\0");

    /// Whatever the last byte has become meanwhile, it is NUL in the copy.
    pub(super) fn new(with_nul: &[u8]) -> Result<Self> {
        let text = &with_nul[..with_nul.len().saturating_sub(1)];
        let mut short = [0; 8];
        if text.len() < short.len() {
            short[..text.len()].copy_from_slice(text);
            return Ok(Self::Short(short));
        }
        let mut long = Vec::new();
        try_extend(&mut long, text)?;
        try_extend(&mut long, &[0])?;
        Ok(Self::Long(long))
    }

    #[cfg(feature = "python")]
    #[inline]
    pub(super) fn of_letter(letter: u8) -> Self {
        Self::Short([letter, 0, 0, 0, 0, 0, 0, 0])
    }

    #[cfg(feature = "python")]
    #[inline]
    pub(super) fn is_same_short(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Short(one), Self::Short(two)) if one == two)
    }

    #[cfg(feature = "python")]
    #[inline]
    pub(super) fn letter(&self) -> Option<u8> {
        match self {
            Self::Short([letter @ 1..128, 0, ..]) => Some(*letter),
            _ => None,
        }
    }

    /// A copy of a short one.
    #[cfg(feature = "python")]
    #[inline]
    pub(super) fn short_clone(&self) -> Self {
        match self {
            Self::Short(bytes) => Self::Short(*bytes),
            Self::Long(_) => Self::BYTES,
        }
    }

    #[cfg(feature = "python")]
    #[inline]
    pub(super) fn is_short(&self) -> bool {
        matches!(self, Self::Short(_))
    }

    pub(super) fn until_nul(&self) -> &CStr {
        CStr::from_bytes_until_nul(self.bytes()).unwrap_or(c"")
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Short(bytes) => bytes,
            Self::Long(bytes) => bytes,
        }
    }
}

/// A format in quotes for a message: what is not ASCII is escaped, and a long text is cut.
pub(crate) struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 60;
        let cut = &self.0[..self.0.len().min(LONGEST)];
        let dots = if cut.len() < self.0.len() { "…" } else { "" };
        write!(f, "'{}{dots}'", cut.escape_ascii())
    }
}
