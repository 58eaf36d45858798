//! Scalars: what the bytes of one number, character or address mean.

use std::fmt;

use crate::error::Many;

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

    /// The character that a text has for it: `<` or `>`.
    pub(crate) const fn mark(self) -> u8 {
        match self {
            Self::Little => b'<',
            Self::Big => b'>',
        }
    }
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
    /// `P`, `&`: an address.
    Pointer,
    /// `O`: a reference to a Python object.
    Object,
    /// `X{}`: the address of a function.
    Function,
    /// `4s`: bytes.
    Bytes,
    /// `4p`: a length in one byte, and room for so many bytes but one.
    Pascal,
    /// `4w`: a text of so many characters, of 4 bytes each; NUL at its end is no part of it.
    Text,
    /// `4x:name:`: bytes without a meaning.
    Void,
    /// `3t`: bits, in as many bytes as they need. PEP 3118 does not say in which order.
    Bits,
}

impl ScalarKind {
    /// Whether the size is any number of bytes, which have no order.
    pub(super) const fn is_bytes(self) -> bool {
        matches!(
            self,
            Self::Bytes | Self::Pascal | Self::Void | Self::Bits | Self::Char | Self::Bool
        )
    }
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

    /// A scalar whose bytes are in this order, where that means anything.
    pub(super) const fn ordered(kind: ScalarKind, size: usize, order: ByteOrder) -> Self {
        // An address is one of this process, whatever order is in force around it: ctypes writes
        // none before '&' and 'X{}'.
        use ScalarKind::{Function, Object, Pointer};
        let is_address = matches!(kind, Pointer | Function | Object);
        let order = match size <= 1 || is_address || kind.is_bytes() {
            true => ByteOrder::NATIVE,
            false => order,
        };
        Self { kind, size, order }
    }

    /// The order of its bytes; `None` where there is none: single bytes, and runs of them.
    pub fn byte_order(self) -> Option<ByteOrder> {
        (self.size > 1 && !self.kind.is_bytes()).then_some(self.order)
    }

    /// Bytes of each number in it, where those turned round make it this other scalar: the two
    /// differ in byte order, and in nothing else.
    pub(super) fn number_to_swap(self, other: Self) -> Option<usize> {
        let turned = Self {
            order: self.order,
            ..other
        };
        (turned == self && self.order != other.order).then(|| self.number())
    }

    /// Bytes of a number or character, of which there may be more in it.
    fn number(self) -> usize {
        match self.kind {
            ScalarKind::Complex => self.size / 2,
            ScalarKind::Text => 4,
            kind if kind.is_bytes() => 1,
            _ => self.size,
        }
    }

    /// What its address must be a multiple of for C and Rust to read it in place.
    pub fn alignment(self) -> usize {
        match self.number() {
            // Not 8 everywhere: 32-bit x86 aligns both to 4 inside a struct, and 8 alone.
            8 => align_of::<u64>().max(align_of::<f64>()),
            number => number,
        }
    }

    /// The name of the kind with its size in bits, without the byte order: `float64`.
    pub(crate) fn fmt_name(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of bytes there may be more than bits can be counted.
        let bits = self.size.saturating_mul(8);
        let bytes = Many(self.size, "byte");
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
            ScalarKind::Function => f.write_str("function"),
            ScalarKind::Bytes => write!(f, "{bytes}"),
            ScalarKind::Pascal => write!(f, "Pascal string in {bytes}"),
            ScalarKind::Text => write!(f, "text of {}", Many(self.size / 4, "character")),
            ScalarKind::Void => write!(f, "{bytes} without a meaning"),
            ScalarKind::Bits => write!(f, "bits in {bytes}"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_bytes_has_a_name() {
        let bytes = Scalar::native(ScalarKind::Bytes, isize::MAX as usize);
        assert_eq!(bytes.to_string(), format!("{} bytes", isize::MAX));
    }
}
