//! The codes of one letter or two: what each means to whom, written down once more.

use std::ffi::{c_int, c_long, c_longlong, c_short, c_void};

use pybuf::format::{ByteOrder, Dialect, ScalarKind};

/// What the text is at: the order of bytes, and whose sizes the letters have.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    pub order: ByteOrder,
    pub native: bool,
    pub aligned: bool,
}

impl Mark {
    pub const NONE: Self = Self {
        order: ByteOrder::NATIVE,
        native: true,
        aligned: true,
    };

    pub fn of(character: u8) -> Self {
        let order = match character {
            b'<' => ByteOrder::Little,
            b'>' | b'!' => ByteOrder::Big,
            _ => ByteOrder::NATIVE,
        };
        Self {
            order,
            native: matches!(character, b'@' | b'^'),
            aligned: character == b'@',
        }
    }

    /// What is in force behind a text: an order character sticks, wherever it stands.
    pub fn behind(self, text: &str) -> Self {
        let text = text.replace("->", "");
        let last = text.bytes().rfind(|byte| b"<>=@^!".contains(byte));
        last.map_or(self, Self::of)
    }
}

/// A code: its kind, and sizes and alignment where they are C's.
#[derive(Debug)]
pub struct Code {
    pub text: &'static str,
    pub kind: ScalarKind,
    /// In the order of C, and what C aligns it to.
    pub native: (usize, usize),
    /// Behind `=`, `<`, `>`, `!`.
    pub standard: usize,
    /// Who reads it there, and who reads it only in the order of C.
    readers: &'static [Dialect],
    native_readers: &'static [Dialect],
}

use Dialect::{Ctypes, NumPy, Pep3118, Struct};
use ScalarKind::*;

const ALL: &[Dialect] = &[Struct, Pep3118, NumPy, Ctypes];
const NONE: &[Dialect] = &[];
const UNSIZED: &[Dialect] = &[Struct, Pep3118, Ctypes];
const LETTERED: &[Dialect] = &[Struct, Pep3118, Ctypes];

const fn code<T>(text: &'static str, kind: ScalarKind, standard: usize) -> Code {
    Code {
        text,
        kind,
        native: (size_of::<T>(), align_of::<T>()),
        standard,
        readers: ALL,
        native_readers: ALL,
    }
}

impl Code {
    const fn read_by(
        self,
        readers: &'static [Dialect],
        native_readers: &'static [Dialect],
    ) -> Self {
        Self {
            readers,
            native_readers,
            ..self
        }
    }

    pub fn is_read(&self, dialect: Dialect, mark: Mark) -> bool {
        match mark.native {
            true => self.native_readers.contains(&dialect),
            false => self.readers.contains(&dialect),
        }
    }

    pub fn size(&self, mark: Mark) -> usize {
        match mark.native {
            true => self.native.0,
            false => self.standard,
        }
    }
}

pub const CODES: &[Code] = &[
    code::<u8>("B", Unsigned, 1),
    code::<c_int>("i", Signed, 4),
    code::<f64>("d", Float, 8),
    code::<i8>("b", Signed, 1),
    code::<bool>("?", Bool, 1),
    code::<u8>("c", Char, 1),
    code::<c_short>("h", Signed, 2),
    code::<c_short>("H", Unsigned, 2),
    code::<c_int>("I", Unsigned, 4),
    code::<c_long>("l", Signed, 4),
    code::<c_long>("L", Unsigned, 4),
    code::<c_longlong>("q", Signed, 8),
    code::<c_longlong>("Q", Unsigned, 8),
    code::<u16>("e", Float, 2),
    code::<f32>("f", Float, 4),
    code::<[f32; 2]>("Zf", Complex, 8),
    code::<[f64; 2]>("Zd", Complex, 16),
    code::<[f32; 2]>("F", Complex, 8).read_by(LETTERED, LETTERED),
    code::<[f64; 2]>("D", Complex, 16).read_by(LETTERED, LETTERED),
    code::<isize>("n", Signed, 0).read_by(NONE, UNSIZED),
    code::<usize>("N", Unsigned, 0).read_by(NONE, UNSIZED),
    code::<*const c_void>("P", Pointer, size_of::<usize>()).read_by(&[Ctypes], UNSIZED),
    code::<*const c_void>("O", Object, size_of::<usize>())
        .read_by(&[NumPy, Ctypes], &[Pep3118, NumPy, Ctypes]),
    code::<u16>("u", Unicode, 2).read_by(&[Pep3118], &[Pep3118]),
    code::<u32>("w", Unicode, 4).read_by(&[Pep3118, NumPy, Ctypes], &[Pep3118, NumPy, Ctypes]),
    code::<*const c_void>("z", Pointer, size_of::<usize>()).read_by(&[Ctypes], &[Ctypes]),
];
