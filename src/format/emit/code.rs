//! The codes that scalars have in each dialect.

use crate::format::dialect::{Dialect, Sizes};
use crate::format::platform::size;
use crate::format::scalar::{Scalar, ScalarKind};

/// How a dialect writes a scalar.
pub(super) struct Code {
    /// What the count before the letters says; most have none.
    pub(super) length: Option<usize>,
    pub(super) letters: &'static str,
    /// Whether the letters mean that size behind each order, or only in native sizes.
    pub(super) sizes: Sizes,
}

/// The code of a scalar, where a dialect has one. The tables of [`Dialect`] decide, which are
/// what texts are read by.
pub(super) fn code(scalar: Scalar, dialect: Dialect) -> Option<Code> {
    use ScalarKind::*;
    let Scalar { kind, size, .. } = scalar;
    let reads = |letters: &str, sizes| match *letters.as_bytes() {
        [b'Z', part] => dialect.complex(part, sizes) == Some(size),
        [letter] => dialect.code(letter, sizes) == Some((kind, size)),
        _ => false,
    };
    let letters: &[&'static str] = match kind {
        Bool => &["?"],
        Char => &["c"],
        Signed => &["b", "h", "i", "q"],
        Unsigned => &["B", "H", "I", "Q"],
        Float if dialect == Dialect::Ctypes => &["f", "d", "g"],
        Float => &["e", "f", "d", "g"],
        Complex => &["Zf", "Zd", "Zg"],
        // Which of both has 4 bytes is a matter of the platform in ctypes.
        Unicode if dialect == Dialect::Ctypes => &["u"],
        Unicode => &["u", "w"],
        Pointer => &["P"],
        Object => &["O"],
        Function | Bytes | Pascal | Void | Text | Bits => return counted(scalar, dialect),
    };
    let is_address = matches!(kind, Pointer | Object) && dialect != Dialect::Ctypes;
    let standard = letters.iter().find(|it| reads(it, Sizes::Standard));
    if let Some(letters) = standard.filter(|_| !is_address) {
        let (length, sizes) = (None, Sizes::Standard);
        return Some(Code {
            length,
            letters,
            sizes,
        });
    }
    let native = letters.iter().find(|it| reads(it, Sizes::Native));
    let letters = native.filter(|_| scalar.is_native())?;
    let (length, sizes) = (None, Sizes::Native);
    Some(Code {
        length,
        letters,
        sizes,
    })
}

/// The codes that have a length, and functions.
fn counted(scalar: Scalar, dialect: Dialect) -> Option<Code> {
    use Dialect::{Ctypes, NumPy, Pep3118, Struct};
    use ScalarKind::{Bits, Bytes, Function, Pascal, Text, Void};
    let (letters, length) = match (scalar.kind, dialect) {
        (Bytes, Pep3118 | NumPy | Struct) => ("s", scalar.size),
        (Pascal, Pep3118 | Struct) => ("p", scalar.size),
        (Text, Pep3118 | NumPy) if scalar.size.is_multiple_of(4) => ("w", scalar.size / 4),
        (Void, Pep3118 | NumPy) => ("x", scalar.size),
        (Bits, Pep3118) => ("t", scalar.size.checked_mul(8)?),
        (Function, Pep3118 | Ctypes) if scalar.size == size::POINTER && scalar.is_native() => {
            return Some(Code {
                length: None,
                letters: "X",
                sizes: Sizes::Native,
            });
        }
        _ => return None,
    };
    Some(Code {
        length: Some(length),
        letters,
        sizes: Sizes::Standard,
    })
}
