//! Single items as `memoryview` reads them: of the native formats, by their letter.

use std::ffi::{c_int, c_long, c_longlong, c_ulong, c_void};
use std::mem::MaybeUninit;

use super::super::attached::Attached;
use crate::abi::PyObject;
use crate::format::{Format, Scalar, ScalarKind};

/// The letter of a native format, in upper case `F` and `D` for the complex `Zf` and `Zd`; or
/// none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) letter: u8,
    size: u8,
}

/// The letters that every version reads.
const LETTERS: &[u8] = b"cbBhHiIlLqQnNfd?P";

/// The code of each letter.
const TABLE: [Code; 128] = {
    let mut table = [Code::NONE; 128];
    let mut k = 0;
    while k < LETTERS.len() {
        table[LETTERS[k] as usize] = Code::with(LETTERS[k]);
        k += 1;
    }
    table
};

impl Code {
    /// Something else.
    pub(super) const NONE: Self = Self { letter: 0, size: 0 };

    const fn with(letter: u8) -> Self {
        Self {
            letter,
            size: size_of_letter(letter) as u8,
        }
    }

    /// Of a format that is one letter.
    #[inline(always)]
    pub(super) fn of_letter(letter: u8, minor: u32) -> Self {
        match letter {
            b'e' if minor >= 12 => const { Self::with(b'e') },
            128.. => Self::NONE,
            _ => TABLE[usize::from(letter)],
        }
    }

    /// What this version of CPython's memoryview takes for a native format.
    pub(super) fn of(format: &Format, minor: u32) -> Self {
        let code = Self::of_text(format.text().to_bytes(), minor);
        // An exporter may state smaller items than its format has: those cannot be read.
        match code.size() <= format.itemsize() {
            true => code,
            false => Self::NONE,
        }
    }

    #[inline]
    pub(super) fn of_text(text: &[u8], minor: u32) -> Self {
        match text.strip_prefix(b"@").unwrap_or(text) {
            &[letter] => Self::of_letter(letter, minor),
            b"Zf" if minor >= 15 => Self::with(b'F'),
            b"Zd" if minor >= 15 => Self::with(b'D'),
            _ => Self::NONE,
        }
    }

    pub(super) fn is_native(self) -> bool {
        self != Self::NONE
    }

    /// Whether items are single bytes.
    pub(super) fn is_byte(self) -> bool {
        matches!(self.letter, b'b' | b'B' | b'c')
    }

    pub(super) fn is_unsigned_byte(self) -> bool {
        self.letter == b'B'
    }

    /// The format's text, as it is in messages.
    pub(super) fn text(self) -> &'static str {
        match self.letter {
            b'F' => "Zf",
            b'D' => "Zd",
            letter => {
                let at = LETTERS.iter().position(|&it| it == letter);
                at.map_or("e", |at| &"cbBhHiIlLqQnNfd?P"[at..=at])
            }
        }
    }

    #[inline]
    pub(super) fn size(self) -> usize {
        self.size.into()
    }

    /// How many items so many bytes are; `None` where that is no whole number. Every size is a power
    /// of two, and a division would take as long as a third of a cast.
    #[inline(always)]
    pub(super) fn items_in(self, nbytes: usize) -> Option<usize> {
        debug_assert!(self.size.is_power_of_two());
        let is_whole = nbytes & (self.size() - 1) == 0;
        is_whole.then(|| nbytes >> self.size.trailing_zeros())
    }

    /// A new object with the value of an item, or NULL with an exception.
    ///
    /// # Safety
    /// Attached; an item of this code lies there, and the code is not [`Code::NONE`].
    #[inline(always)]
    pub(super) unsafe fn read(self, attached: Attached, item: *const u8) -> *mut PyObject {
        let api = attached.api;
        macro_rules! at {
            ($number:ty) => {
                item.cast::<$number>().read_unaligned()
            };
        }
        // SAFETY: as the caller promises.
        unsafe {
            match self.letter {
                // Where there is room in a long, it is the quickest to make an int of.
                b'B' => (api.PyLong_FromLong)(at!(u8).into()),
                b'b' => (api.PyLong_FromLong)(at!(i8).into()),
                b'h' => (api.PyLong_FromLong)(at!(i16).into()),
                b'H' => (api.PyLong_FromLong)(at!(u16).into()),
                b'i' => (api.PyLong_FromLong)(at!(c_int).into()),
                b'l' => (api.PyLong_FromLong)(at!(c_long)),
                b'q' => (api.PyLong_FromLongLong)(at!(c_longlong)),
                b'n' => (api.PyLong_FromSsize_t)(at!(isize)),
                b'I' => (api.PyLong_FromUnsignedLongLong)(at!(u32).into()),
                b'L' => (api.PyLong_FromUnsignedLongLong)(wide(at!(c_ulong))),
                b'Q' => (api.PyLong_FromUnsignedLongLong)(at!(u64)),
                b'N' => (api.PyLong_FromUnsignedLongLong)(at!(usize) as u64),
                b'd' => (api.PyFloat_FromDouble)(at!(f64)),
                b'f' => (api.PyFloat_FromDouble)(at!(f32).into()),
                b'?' => (api.PyBool_FromLong)((at!(u8) != 0).into()),
                b'c' => (api.PyBytes_FromStringAndSize)(item.cast(), 1),
                b'P' => (api.PyLong_FromVoidPtr)(at!(*mut c_void)),
                b'F' => {
                    (api.PyComplex_FromDoubles)(at!([f32; 2])[0].into(), at!([f32; 2])[1].into())
                }
                b'D' => (api.PyComplex_FromDoubles)(at!([f64; 2])[0], at!([f64; 2])[1]),
                _ => (api.PyFloat_FromDouble)(half(at!([u8; 2]))),
            }
        }
    }

    /// Fills places with new objects of as many items, which lie `stride` bytes apart; `false` where
    /// one could not be made.
    ///
    /// # Safety
    /// As for [`Code::read`], of each of them; the places are empty.
    pub(super) unsafe fn read_all(
        self,
        attached: Attached,
        items: *const u8,
        stride: isize,
        places: &mut [MaybeUninit<*mut PyObject>],
    ) -> bool {
        let api = attached.api;
        let mut item = items;
        // What makes an object of each is chosen once.
        macro_rules! each {
            ($number:ty, $make:expr, $wide:ty) => {{
                let make = $make;
                for place in places {
                    // SAFETY: as the caller promises.
                    let object = unsafe { make(item.cast::<$number>().read_unaligned() as $wide) };
                    if object.is_null() {
                        return false;
                    }
                    place.write(object);
                    item = item.wrapping_offset(stride);
                }
                true
            }};
        }
        match self.letter {
            b'B' => each!(u8, api.PyLong_FromLong, c_long),
            b'b' => each!(i8, api.PyLong_FromLong, c_long),
            b'h' => each!(i16, api.PyLong_FromLong, c_long),
            b'H' => each!(u16, api.PyLong_FromLong, c_long),
            b'i' => each!(c_int, api.PyLong_FromLong, c_long),
            b'l' => each!(c_long, api.PyLong_FromLong, c_long),
            b'q' => each!(c_longlong, api.PyLong_FromLongLong, c_longlong),
            b'n' => each!(isize, api.PyLong_FromSsize_t, isize),
            b'I' => each!(u32, api.PyLong_FromUnsignedLongLong, u64),
            b'L' => each!(c_ulong, api.PyLong_FromUnsignedLongLong, u64),
            b'Q' => each!(u64, api.PyLong_FromUnsignedLongLong, u64),
            b'N' => each!(usize, api.PyLong_FromUnsignedLongLong, u64),
            b'd' => each!(f64, api.PyFloat_FromDouble, f64),
            b'f' => each!(f32, api.PyFloat_FromDouble, f64),
            _ => {
                for place in places {
                    // SAFETY: as the caller promises.
                    let object = unsafe { self.read(attached, item) };
                    if object.is_null() {
                        return false;
                    }
                    place.write(object);
                    item = item.wrapping_offset(stride);
                }
                true
            }
        }
    }
}

/// A `long` is a number of this size on some machines.
fn wide(number: c_ulong) -> u64 {
    #[allow(clippy::useless_conversion, reason = "not everywhere")]
    number.into()
}

const fn size_of_letter(letter: u8) -> usize {
    match letter {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' => size_of::<c_long>(),
        b'n' | b'N' | b'P' => size_of::<usize>(),
        b'q' | b'Q' | b'd' | b'F' => 8,
        _ => 16,
    }
}

pub(super) const HALF: Scalar = Scalar::native(ScalarKind::Float, 2);

fn half(bytes: [u8; 2]) -> f64 {
    HALF.unpack(&bytes).as_float().unwrap_or(f64::NAN)
}
