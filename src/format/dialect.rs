//! Who wrote a text: the same letters mean different things to different programs.
//!
//! | | struct | NumPy | ctypes | PEP 3118 |
//! |---|---|---|---|---|
//! | order characters | the first character only | anywhere, until the next | before each code | anywhere, until the next |
//! | white space | between items | in shapes | no | between items, in shapes |
//! | `2i` | two values | one sub-array | two values | two values |
//! | `T{}`, `(2,3)`, names | no | yes | yes | yes |
//! | bytes at the end, `@` | none | to the alignment | none | a `T{}` to its alignment |
//! | `P n N` behind an order | no | no | `P`, native | no |
//! | `g` behind an order | no | no | native | no |

use std::fmt;

use super::platform::size;
use super::scalar::{ByteOrder, ScalarKind};

/// Whose formats a text is one of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    /// PEP 3118, strictly: every code of it, nothing beside it.
    #[default]
    Pep3118,
    /// Python's `struct` module, as of 3.15.
    Struct,
    /// `numpy.dtype`, as it reads and writes formats.
    NumPy,
    /// `ctypes`, as it writes them, of all its versions.
    Ctypes,
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pep3118 => "PEP 3118",
            Self::Struct => "the struct module",
            Self::NumPy => "NumPy",
            Self::Ctypes => "ctypes",
        })
    }
}

/// The sizes that an order character stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    /// C's: `@`, `^`, and no character at all.
    Native,
    /// The same everywhere: `=`, `<`, `>`, `!`.
    Standard,
}

/// What an order character says: the order of bytes, and which sizes letters stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OrderMark {
    pub(super) order: ByteOrder,
    pub(super) sizes: Sizes,
    /// Items lie as C lays them out: only behind `@`.
    pub(super) aligned: bool,
}

impl OrderMark {
    /// What no character means: `@`.
    pub(super) const NONE: Self = Self {
        order: ByteOrder::NATIVE,
        sizes: Sizes::Native,
        aligned: true,
    };

    pub(super) const fn of(mark: u8, dialect: Dialect) -> Option<Self> {
        let (order, sizes) = match mark {
            b'^' if matches!(dialect, Dialect::Struct) => return None,
            b'@' => return Some(Self::NONE),
            b'^' => (ByteOrder::NATIVE, Sizes::Native),
            b'=' => (ByteOrder::NATIVE, Sizes::Standard),
            b'<' => (ByteOrder::Little, Sizes::Standard),
            b'>' | b'!' => (ByteOrder::Big, Sizes::Standard),
            _ => return None,
        };
        let aligned = false;
        Some(Self {
            order,
            sizes,
            aligned,
        })
    }
}

impl Dialect {
    /// Whether a count makes a sub-array, and not so many members.
    pub(super) const fn counts_arrays(self) -> bool {
        matches!(self, Self::NumPy)
    }

    /// Whether an order character stands before a count or a code only, not alone and not
    /// before a shape.
    pub(super) const fn orders_codes(self) -> bool {
        matches!(self, Self::NumPy)
    }

    /// Whether there are structs, sub-arrays, names and texts of many characters.
    pub(super) const fn nests(self) -> bool {
        !matches!(self, Self::Struct)
    }

    /// Whether there are pointers, functions and bits.
    pub(super) const fn points(self) -> bool {
        matches!(self, Self::Pep3118 | Self::Ctypes)
    }

    /// Whether white space may stand between items.
    pub(super) const fn has_spaces(self) -> bool {
        matches!(self, Self::Pep3118 | Self::Struct)
    }

    /// Whether white space may stand around the lengths of a shape: pybind11 writes `(4, 2)f`, which
    /// NumPy reads.
    pub(super) const fn has_spaces_in_shapes(self) -> bool {
        matches!(self, Self::Pep3118 | Self::NumPy)
    }

    /// What a code of one letter is, with its size.
    pub(super) const fn code(self, letter: u8, sizes: Sizes) -> Option<(ScalarKind, usize)> {
        use ScalarKind::*;
        let native = matches!(sizes, Sizes::Native);
        let is_struct = matches!(self, Self::Struct);
        let numpy = matches!(self, Self::NumPy);
        let ctypes = matches!(self, Self::Ctypes);
        // Where a size has no standard, a letter is native or nothing; ctypes writes it all the same.
        let unsized_ok = native || ctypes;
        Some(match letter {
            b'?' => (Bool, 1),
            b'c' => (Char, 1),
            b'b' => (Signed, 1),
            b'B' => (Unsigned, 1),
            b'h' => (Signed, if native { size::SHORT } else { 2 }),
            b'H' => (Unsigned, if native { size::SHORT } else { 2 }),
            b'i' => (Signed, if native { size::INT } else { 4 }),
            b'I' => (Unsigned, if native { size::INT } else { 4 }),
            b'l' => (Signed, if native { size::LONG } else { 4 }),
            b'L' => (Unsigned, if native { size::LONG } else { 4 }),
            b'q' => (Signed, if native { size::LONG_LONG } else { 8 }),
            b'Q' => (Unsigned, if native { size::LONG_LONG } else { 8 }),
            b'n' if native && !numpy => (Signed, size::SIZE),
            b'N' if native && !numpy => (Unsigned, size::SIZE),
            b'P' if unsized_ok && !numpy => (Pointer, size::POINTER),
            b'O' if (unsized_ok || numpy) && !is_struct => (Object, size::POINTER),
            b'z' | b'Z' if ctypes => (Pointer, size::POINTER),
            b'e' => (Float, 2),
            b'f' => (Float, 4),
            b'd' => (Float, 8),
            b'g' if unsized_ok && !is_struct => (Float, size::LONG_DOUBLE),
            b'F' if !numpy => (Complex, 8),
            b'D' if !numpy => (Complex, 16),
            b'G' if ctypes => (Complex, 2 * size::LONG_DOUBLE),
            b'u' if ctypes => (Unicode, size::WCHAR),
            b'u' if !is_struct && !numpy => (Unicode, 2),
            b'w' if numpy => (Text, 4),
            b'w' if !is_struct => (Unicode, 4),
            _ => return None,
        })
    }

    /// The size of a complex number whose parts have this letter: `Zf`, `Zd`, `Zg`.
    pub(super) const fn complex(self, part: u8, sizes: Sizes) -> Option<usize> {
        let unsized_ok = matches!(sizes, Sizes::Native) || matches!(self, Self::Ctypes);
        match part {
            b'f' => Some(8),
            b'd' => Some(16),
            b'g' if unsized_ok && !matches!(self, Self::Struct) => Some(2 * size::LONG_DOUBLE),
            _ => None,
        }
    }
}
