//! Texts of a single code, which nearly all formats are: read without a parser.

use super::dialect::{Dialect, OrderMark, Sizes};
use super::scalar::{Scalar, ScalarKind};

impl Scalar {
    /// Reads a single code of PEP 3118, behind at most one order character; `None` for any
    /// other text.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        Self::single(text, Dialect::Pep3118)
    }

    /// Reads a single code of a dialect, behind at most one order character.
    #[inline]
    pub(crate) fn single(text: &[u8], dialect: Dialect) -> Option<Self> {
        let (order, code) = match text {
            [first, code @ ..] => match OrderMark::of(*first, dialect) {
                Some(order) => (order, code),
                None => (OrderMark::NONE, text),
            },
            [] => return None,
        };
        let (kind, size) = match *code {
            [letter] => dialect.code(letter, order.sizes)?,
            [b'Z', part] => (ScalarKind::Complex, dialect.complex(part, order.sizes)?),
            _ => return None,
        };
        Some(Self::ordered(kind, size, order.order))
    }
}

/// Bytes of a single code of Python's `struct` by its letter, in native and in standard sizes; 0:
/// it is none.
const SIZES: [[u8; 128]; 2] = [sizes(Sizes::Native), sizes(Sizes::Standard)];

const fn sizes(sizes: Sizes) -> [u8; 128] {
    let mut table = [0; 128];
    let mut letter = 0;
    while letter < table.len() {
        if let Some((_, size)) = Dialect::Struct.code(letter as u8, sizes) {
            table[letter] = size as u8;
        }
        letter += 1;
    }
    table
}

/// As [`size_of_text`](super::size_of_text), where a text is one letter, behind an order character
/// or alone: NUL is second then. `None` for all that is not so plain.
#[inline]
pub(crate) fn size_of_letter([first, second]: [u8; 2]) -> Option<usize> {
    let (sizes, letter) = match second {
        0 => (Sizes::Native, first),
        _ => (OrderMark::of(first, Dialect::Struct)?.sizes, second),
    };
    let size = *SIZES[sizes as usize].get(usize::from(letter))?;
    (size > 0).then_some(size.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::size_of_text;
    use std::ffi::{CStr, c_long};

    fn parse(text: &str) -> Option<Scalar> {
        Scalar::parse(text.as_bytes())
    }

    #[test]
    fn spellings_of_the_same_are_equal() {
        assert_eq!(parse("q"), parse("=q"));
        assert_eq!(parse("!h"), parse(">h"));
        assert_eq!(parse("<B"), parse(">B"));
        assert_eq!(parse("Zd"), parse("D"));
        assert_ne!(parse("<h"), parse(">h"));
        assert_ne!(parse("b"), parse("B"));
        assert_ne!(parse("c"), parse("B"));
        assert_eq!(parse("l").unwrap().size, size_of::<c_long>());
        assert_eq!(parse("=l").unwrap().size, 4);
    }

    #[test]
    fn the_size_of_a_letter_is_that_of_the_text() {
        for first in 1..=u8::MAX {
            for second in 0..=u8::MAX {
                let text = [first, second, 0];
                let text = CStr::from_bytes_until_nul(&text).unwrap();
                if let Some(size) = size_of_letter([first, second]) {
                    assert_eq!(size_of_text(text).ok(), Some(size), "{text:?}");
                } else if first != b'Z'
                    && let Some(scalar) = Scalar::single(text.to_bytes(), Dialect::Struct)
                {
                    panic!("{text:?} has the size {}", scalar.size);
                }
            }
        }
    }

    #[test]
    fn what_has_no_standard_size_is_no_single_code_there() {
        for code in ["n", "N", "P", "O"] {
            assert!(parse(code).is_some(), "{code}");
            assert_eq!(parse(&format!("<{code}")), None, "{code}");
        }
    }

    #[test]
    fn other_text_is_not_a_single_code() {
        for text in [
            "", "<", "<<i", "2i", "ii", "T{i}", "Z", "Zi", "s", "x", "i ", "<g", "U",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
