//! What one item is: the PEP 3118 format.
//!
//! A [`Format`] is a text and an item size. Where the text is a single code with
//! or without an order character, its meaning is known too: a [`Scalar`]. Any other
//! text is kept as it is and needs the item size said: it is opaque, which is enough
//! to lend it on, to move its items and to hand them out as bytes.
//!
//! The item size always wins over the text. Exporters in the wild disagree with
//! themselves (`calcsize(format) != itemsize` for padded structs, unions, bit
//! fields), so a text that is too short or too long for its items is opaque as well.

mod dialect;
mod half;
mod item;
mod platform;
mod scalar;
mod tree;

pub use dialect::Dialect;
pub use item::Value;
pub use scalar::{ByteOrder, Scalar, ScalarKind};
pub use tree::{Field, Fields, What};

use std::ffi::{CStr, c_char};
use std::fmt;

use crate::alloc::try_extend;
use crate::error::{Result, fail};

/// The format of an item: text, size, and the meaning where it is a single code.
#[derive(Debug)]
pub struct Format {
    text: Text,
    itemsize: usize,
    scalar: Option<Scalar>,
}

impl Format {
    /// Unsigned bytes: what a missing format means.
    pub const BYTES: Self = Self {
        text: Text::Short(*b"B\0\0\0\0\0\0\0"),
        itemsize: 1,
        scalar: Some(Scalar::BYTE),
    };

    /// A format whose author can be asked to say it right: text and size must agree,
    /// and text that is not a single code needs its size.
    pub fn new(text: &CStr, itemsize: Option<usize>) -> Result<Self> {
        let scalar = Scalar::parse(text.to_bytes());
        let shown = Shown(text.to_bytes());
        let itemsize = match (scalar, itemsize) {
            (Some(scalar), None) => scalar.size,
            (Some(scalar), Some(size)) if scalar.size != size => {
                return fail!(
                    Value,
                    "format {shown} ({scalar}) has items of {} bytes, but itemsize is {size}: \
                     leave it out, or give the format of such items",
                    scalar.size
                );
            }
            (_, Some(0)) => return fail!(Value, "items of format {shown} have size 0"),
            (_, Some(size)) => size,
            (None, None) => {
                return fail!(
                    Value,
                    "format {shown} is not a single code of Python's struct module (such as 'd' for float64): \
                     correct it, or give the itemsize of a longer format"
                );
            }
        };
        Self::copied(text, itemsize)
    }

    /// A format as somebody else's exporter states it: whatever the text is, the item
    /// size wins. No text means bytes: `B`, or `4s` say for items of 4 bytes.
    pub fn stated(text: Option<&CStr>, itemsize: usize) -> Result<Self> {
        match text {
            Some(text) => Self::copied(text, itemsize),
            None if itemsize == 1 => Ok(Self::BYTES),
            None => {
                let text = crate::error::try_format(format_args!("{itemsize}s\0"));
                let text = text.ok_or(crate::error::Error::no_memory())?;
                Ok(Self {
                    text: Text::new(text.as_bytes())?,
                    itemsize,
                    scalar: None,
                })
            }
        }
    }

    /// The copy is what is read: whose text it is may change it meanwhile.
    fn copied(text: &CStr, itemsize: usize) -> Result<Self> {
        let text = Text::new(text.to_bytes_with_nul())?;
        let scalar = Scalar::parse(text.until_nul().to_bytes());
        Ok(Self {
            scalar: scalar.filter(|scalar| scalar.size == itemsize),
            text,
            itemsize,
        })
    }

    /// A copy; `Clone` could not say that there is no memory.
    pub fn try_clone(&self) -> Result<Self> {
        Ok(Self {
            text: Text::new(self.text.bytes())?,
            ..*self
        })
    }

    /// Bytes of one item.
    pub fn itemsize(&self) -> usize {
        self.itemsize
    }

    /// What an item is, where the format is a single code that fits the item size.
    pub fn scalar(&self) -> Option<Scalar> {
        self.scalar
    }

    /// The text.
    pub fn text(&self) -> &CStr {
        self.text.until_nul()
    }

    /// The text as C sees it: valid as long as this format stays where it is.
    pub fn as_ptr(&self) -> *const c_char {
        self.text.bytes().as_ptr().cast()
    }
}

/// `'>d' (big-endian float64)`, or only the text where it is opaque.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Shown(self.text().to_bytes()))?;
        match self.scalar {
            Some(scalar) => write!(f, " ({scalar})"),
            None => write!(f, " (items of {} bytes)", self.itemsize),
        }
    }
}

/// The text with its NUL: short ones (nearly all) inside, longer ones on the heap.
#[derive(Debug)]
enum Text {
    Short([u8; 8]),
    Long(Vec<u8>),
}

impl Text {
    /// Whatever the last byte has become meanwhile, it is NUL in the copy.
    fn new(with_nul: &[u8]) -> Result<Self> {
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

    fn until_nul(&self) -> &CStr {
        CStr::from_bytes_until_nul(self.bytes()).unwrap_or(c"")
    }

    fn bytes(&self) -> &[u8] {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn a_single_code_says_its_size() {
        let format = Format::new(c">d", None).unwrap();
        assert_eq!(format.itemsize(), 8);
        let order = if cfg!(target_endian = "little") {
            "big-endian "
        } else {
            ""
        };
        assert_eq!(format.to_string(), format!("'>d' ({order}float64)"));
        assert_eq!(Format::BYTES.to_string(), "'B' (uint8)");
        assert_eq!(Format::BYTES.text(), c"B");
    }

    #[test]
    fn other_text_needs_a_size_and_is_kept() {
        let text = c"T{<i:a:<d:b:}";
        let error = Format::new(text, None).unwrap_err();
        assert_eq!(error.kind(), Kind::Value);
        assert!(error.message().contains("T{<i:a:<d:b:}"), "{error}");
        let format = Format::new(text, Some(12)).unwrap();
        assert_eq!((format.text(), format.scalar()), (text, None));
        assert_eq!(format.try_clone().unwrap().text(), text);
    }

    #[test]
    fn an_author_is_told_of_a_contradiction_and_a_stranger_is_believed() {
        let error = Format::new(c"i", Some(8)).unwrap_err();
        assert!(
            error.message().contains("(int32) has items of 4 bytes"),
            "{error}"
        );
        let union = Format::stated(Some(c"B"), 8).unwrap();
        assert_eq!((union.itemsize(), union.scalar()), (8, None));
    }

    #[test]
    fn no_format_is_bytes() {
        assert_eq!(Format::stated(None, 1).unwrap().text(), c"B");
        assert_eq!(Format::stated(None, 4).unwrap().text(), c"4s");
        assert_eq!(
            Format::stated(None, 123_456_789).unwrap().text(),
            c"123456789s"
        );
    }

    #[test]
    fn a_strange_text_is_shown_safely() {
        assert_eq!(Shown(b"a\xff\n").to_string(), "'a\\xff\\n'");
        assert!(Shown(&[b'x'; 500]).to_string().len() < 80);
    }
}
