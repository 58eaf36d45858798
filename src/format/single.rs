//! Texts of a single code, which nearly all formats are: read without a parser.

use super::dialect::{Dialect, OrderMark};
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::c_long;

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
