//! Single codes: one letter (or a complex `Z` pair) behind at most one order
//! character, by the tables of the `struct` module and PEP 3118.

use std::ffi::{c_char, c_int, c_long, c_longlong, c_short, c_void};
use std::fmt;

/// Order of the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl ByteOrder {
    /// That of this machine.
    pub const NATIVE: Self = if cfg!(target_endian = "little") {
        Self::Little
    } else {
        Self::Big
    };
}

/// What the bytes of an item mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarKind {
    /// `?`: zero is false, all else true.
    Bool,
    /// `c`: a bytes object of length 1.
    Char,
    /// Two's complement.
    Signed,
    /// Unsigned integer.
    Unsigned,
    /// IEEE 754.
    Float,
    /// Two floats: real, imaginary.
    Complex,
    /// `u`, `w`: a character of Unicode, in 2 or 4 bytes.
    Unicode,
    /// `P`: an address.
    Pointer,
    /// `O`: a reference to a Python object.
    Object,
}

/// A scalar: meaning, size and byte order.
///
/// Two scalars are equal when they mean the same, however they were spelled: `l` and
/// `q` where `long` has 64 bits, `i` and `<i` on a little-endian machine. The order of
/// single bytes is native.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scalar {
    /// What the bytes mean.
    pub kind: ScalarKind,
    /// How many there are.
    pub size: usize,
    /// In which order.
    pub order: ByteOrder,
}

impl Scalar {
    /// An unsigned byte.
    pub const BYTE: Self = Self::native(ScalarKind::Unsigned, 1);

    /// A scalar in this machine's byte order.
    pub const fn native(kind: ScalarKind, size: usize) -> Self {
        Self {
            kind,
            size,
            order: ByteOrder::NATIVE,
        }
    }

    /// Whether it is in this machine's byte order.
    pub fn is_native(self) -> bool {
        self.order == ByteOrder::NATIVE
    }

    /// Reads a single code; `None` for any other text.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (native_sizes, order, code) = match text {
            [b'@' | b'^', code @ ..] => (true, ByteOrder::NATIVE, code),
            [b'=', code @ ..] => (false, ByteOrder::NATIVE, code),
            [b'<', code @ ..] => (false, ByteOrder::Little, code),
            [b'>' | b'!', code @ ..] => (false, ByteOrder::Big, code),
            code => (true, ByteOrder::NATIVE, code),
        };
        let (kind, size) = if native_sizes {
            native_code(code)
        } else {
            standard_code(code)
        }?;
        let order = if size == 1 { ByteOrder::NATIVE } else { order };
        Some(Self { kind, size, order })
    }

    /// What its address must be a multiple of for C and Rust to read it in place.
    pub fn alignment(self) -> usize {
        let part = match self.kind {
            ScalarKind::Complex => self.size / 2,
            _ => self.size,
        };
        match part {
            // Not 8 everywhere: 32-bit x86 aligns both to 4 inside a struct, and 8 alone.
            8 => align_of::<u64>().max(align_of::<f64>()),
            _ => part,
        }
    }

    /// The name of the kind with its size in bits, without the byte order: `float64`.
    pub(crate) fn fmt_name(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = 8 * self.size;
        match self.kind {
            ScalarKind::Bool => f.write_str("bool"),
            ScalarKind::Char => f.write_str("char"),
            ScalarKind::Signed => write!(f, "int{bits}"),
            ScalarKind::Unsigned => write!(f, "uint{bits}"),
            ScalarKind::Float => write!(f, "float{bits}"),
            ScalarKind::Complex => write!(f, "complex{bits}"),
            ScalarKind::Unicode => write!(f, "UCS{}", self.size),
            ScalarKind::Pointer => f.write_str("pointer"),
            ScalarKind::Object => f.write_str("Python object"),
        }
    }
}

/// `float64`, or `big-endian float64` where that is not this machine's order.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_native(), self.order) {
            (true, _) => {}
            (false, ByteOrder::Little) => f.write_str("little-endian ")?,
            (false, ByteOrder::Big) => f.write_str("big-endian ")?,
        }
        self.fmt_name(f)
    }
}

/// C's own types: no order character, `@` or `^`.
fn native_code(code: &[u8]) -> Option<(ScalarKind, usize)> {
    use ScalarKind::*;
    Some(match code {
        b"h" => (Signed, size_of::<c_short>()),
        b"H" => (Unsigned, size_of::<c_short>()),
        b"i" => (Signed, size_of::<c_int>()),
        b"I" => (Unsigned, size_of::<c_int>()),
        b"l" => (Signed, size_of::<c_long>()),
        b"L" => (Unsigned, size_of::<c_long>()),
        b"q" => (Signed, size_of::<c_longlong>()),
        b"Q" => (Unsigned, size_of::<c_longlong>()),
        b"n" => (Signed, size_of::<isize>()),
        b"N" => (Unsigned, size_of::<usize>()),
        b"P" => (Pointer, size_of::<*const c_void>()),
        b"O" => (Object, size_of::<*const c_void>()),
        _ => return common_code(code),
    })
}

/// Sizes that are the same everywhere: behind `=`, `<`, `>` or `!`.
fn standard_code(code: &[u8]) -> Option<(ScalarKind, usize)> {
    use ScalarKind::*;
    Some(match code {
        b"h" => (Signed, 2),
        b"H" => (Unsigned, 2),
        b"i" | b"l" => (Signed, 4),
        b"I" | b"L" => (Unsigned, 4),
        b"q" => (Signed, 8),
        b"Q" => (Unsigned, 8),
        _ => return common_code(code),
    })
}

/// Codes whose size no order character changes.
fn common_code(code: &[u8]) -> Option<(ScalarKind, usize)> {
    use ScalarKind::*;
    Some(match code {
        b"?" => (Bool, 1),
        b"c" => (Char, size_of::<c_char>()),
        b"b" => (Signed, 1),
        b"B" => (Unsigned, 1),
        b"u" => (Unicode, 2),
        b"w" => (Unicode, 4),
        b"e" => (Float, 2),
        b"f" => (Float, 4),
        b"d" => (Float, 8),
        b"F" | b"Zf" => (Complex, 8),
        b"D" | b"Zd" => (Complex, 16),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "", "<", "<<i", "2i", "ii", "T{i}", "Z", "Zi", "s", "x", "i ", "g", "U",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
