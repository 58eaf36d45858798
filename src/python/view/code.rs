//! Single items as `memoryview` reads and writes them: of the native formats, by their letter.
//!
//! What it refuses it refuses in CPython's words. A value is converted first, all of it, which
//! may run any code; then it is written, and nothing runs meanwhile.

use std::ffi::{c_int, c_long, c_longlong, c_ulong, c_void};
use std::mem::MaybeUninit;

use super::super::attached::Attached;
use super::super::kind::{is_exactly, type_of};
use super::super::raise::{clear, exception};
use super::super::reference::Ref;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result, fail};
use crate::format::{Format, Scalar, ScalarKind, Value};

/// The letter of a native format, in upper case `F` and `D` for the complex `Zf` and `Zd`; or
/// none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code {
    letter: u8,
    size: u8,
    /// It is an integer that may be negative.
    is_signed: bool,
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
    pub(super) const NONE: Self = Self {
        letter: 0,
        size: 0,
        is_signed: false,
    };

    const fn with(letter: u8) -> Self {
        Self {
            letter,
            size: size_of_letter(letter) as u8,
            is_signed: matches!(letter, b'b' | b'h' | b'i' | b'l' | b'q' | b'n'),
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

    /// A new object with the value of an item, or NULL with an exception.
    ///
    /// # Safety
    /// Attached; an item of this code lies there, and the code is not [`Code::NONE`].
    #[inline]
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

    /// Whether to convert a value runs nobody's code: an int or a float.
    #[inline]
    pub(super) fn is_quick(self, attached: Attached, value: *mut PyObject) -> bool {
        let api = attached.api;
        match self.letter {
            b'd' | b'f' => is_exactly(attached, value, api.PyFloat_Type),
            b'?' | b'c' | b'P' | b'e' | b'F' | b'D' | 0 => false,
            _ => is_exactly(attached, value, api.PyLong_Type),
        }
    }

    /// As [`Code::pack`], of such a value; `None` where there is more to say.
    #[inline]
    pub(super) fn pack_quickly(self, attached: Attached, value: *mut PyObject) -> Option<Packed> {
        let api = attached.api;
        let mut packed = Packed {
            bytes: [0; 16],
            size: self.size(),
        };
        // SAFETY: attached; a float, or an int.
        unsafe {
            match self.letter {
                b'd' => packed.put(&(api.PyFloat_AsDouble)(value).to_ne_bytes()),
                b'f' => packed.put(&((api.PyFloat_AsDouble)(value) as f32).to_ne_bytes()),
                _ => {
                    let mut overflow = 0;
                    let number = (api.PyLong_AsLongLongAndOverflow)(value, &mut overflow);
                    if overflow != 0 || !self.fits(number) {
                        return None;
                    }
                    packed.put_number(number as u64);
                }
            }
        }
        Some(packed)
    }

    #[inline]
    fn fits(self, number: c_longlong) -> bool {
        let bits = 8 * self.size() as u32;
        match self.is_signed {
            true => number << (64 - bits) >> (64 - bits) == number,
            false => number >= 0 && (bits == 64 || number >> bits == 0),
        }
    }

    /// The bytes of an item with the value of an object. This may run any code.
    pub(super) fn pack(self, attached: Attached, value: *mut PyObject) -> Result<Packed> {
        let mut packed = Packed {
            bytes: [0; 16],
            size: self.size(),
        };
        match self.letter {
            b'c' => packed.bytes[0] = self.char(attached, value)?,
            b'?' => packed.bytes[0] = truth(attached, value)?.into(),
            b'f' => packed.put(&(self.float(attached, value)? as f32).to_ne_bytes()),
            b'd' => packed.put(&self.float(attached, value)?.to_ne_bytes()),
            b'e' => packed.put(&self.half(attached, value)?),
            b'F' | b'D' => self.complex(attached, value, &mut packed)?,
            b'P' => {
                let address = self.address(attached, value)?;
                packed.put(&address.to_ne_bytes());
            }
            _ => self.integer(attached, value, &mut packed)?,
        }
        Ok(packed)
    }

    fn integer(self, attached: Attached, value: *mut PyObject, to: &mut Packed) -> Result<()> {
        let api = attached.api;
        let index;
        let number = match is_exactly(attached, value, api.PyLong_Type) {
            true => value,
            false => {
                index = self.index(attached, value)?;
                index.as_ptr()
            }
        };
        let mut overflow = 0;
        let bits = 8 * to.size as u32;
        // SAFETY: attached; an int.
        let signed = unsafe { (api.PyLong_AsLongLongAndOverflow)(number, &mut overflow) };
        let is_signed = self.is_signed;
        if overflow == 0 && self.fits(signed) {
            to.put_number(signed as u64);
            return Ok(());
        }
        if overflow <= 0 || is_signed || bits < 64 {
            return self.bad_value();
        }
        // SAFETY: attached; an int.
        let unsigned = unsafe { (api.PyLong_AsUnsignedLongLong)(number) };
        // SAFETY: attached.
        if unsigned == u64::MAX && unsafe { !(api.PyErr_Occurred)().is_null() } {
            clear(attached);
            return self.bad_value();
        }
        to.put_number(unsigned);
        Ok(())
    }

    /// What `__index__` gives.
    fn index(self, attached: Attached, value: *mut PyObject) -> Result<Ref> {
        // SAFETY: attached; an object.
        let index = unsafe { (attached.api.PyNumber_Index)(value) };
        Ref::owned(attached, index).ok_or_else(|| self.refused(attached))
    }

    /// As `PyLong_AsVoidPtr`: what is negative too.
    fn address(self, attached: Attached, value: *mut PyObject) -> Result<usize> {
        let api = attached.api;
        // SAFETY: attached; two types.
        if unsafe { (api.PyType_IsSubtype)(type_of(attached, value), api.PyLong_Type) } == 0 {
            return self.bad_type();
        }
        let mut overflow = 0;
        // SAFETY: attached; an int.
        unsafe {
            let signed = (api.PyLong_AsLongLongAndOverflow)(value, &mut overflow);
            if overflow == 0 && isize::try_from(signed).is_ok() {
                return Ok(signed as usize);
            }
            let address = (api.PyLong_AsSize_t)(value);
            match address == usize::MAX && !(api.PyErr_Occurred)().is_null() {
                true => Err(self.refused(attached)),
                false => Ok(address),
            }
        }
    }

    fn float(self, attached: Attached, value: *mut PyObject) -> Result<f64> {
        // SAFETY: attached; an object.
        let number = unsafe { (attached.api.PyFloat_AsDouble)(value) };
        // SAFETY: attached.
        match number == -1.0 && unsafe { !(attached.api.PyErr_Occurred)().is_null() } {
            true => Err(self.refused(attached)),
            false => Ok(number),
        }
    }

    fn half(self, attached: Attached, value: *mut PyObject) -> Result<[u8; 2]> {
        let number = self.float(attached, value)?;
        let mut bytes = [0; 2];
        match HALF.pack(Value::Float(number), &mut bytes) {
            Ok(()) => Ok(bytes),
            Err(_) => self.bad_value(),
        }
    }

    fn complex(self, attached: Attached, value: *mut PyObject, to: &mut Packed) -> Result<()> {
        // SAFETY: attached; an object.
        let number = unsafe { (attached.api.PyComplex_AsCComplex)(value) };
        // SAFETY: attached.
        if number.real == -1.0 && unsafe { !(attached.api.PyErr_Occurred)().is_null() } {
            return Err(self.refused(attached));
        }
        let (real, imaginary) = (number.real, number.imag);
        let half = to.size / 2;
        let (first, second) = to.bytes.split_at_mut(half);
        match self.letter {
            b'F' => {
                first.copy_from_slice(&(real as f32).to_ne_bytes());
                second[..half].copy_from_slice(&(imaginary as f32).to_ne_bytes());
            }
            _ => {
                first.copy_from_slice(&real.to_ne_bytes());
                second[..half].copy_from_slice(&imaginary.to_ne_bytes());
            }
        }
        Ok(())
    }

    fn char(self, attached: Attached, value: *mut PyObject) -> Result<u8> {
        let api = attached.api;
        // SAFETY: attached; two types, then a bytes object.
        unsafe {
            match (api.PyType_IsSubtype)(type_of(attached, value), api.PyBytes_Type) {
                0 => self.bad_type(),
                _ if (api.PyBytes_Size)(value) != 1 => self.bad_value(),
                _ => Ok((api.PyBytes_AsString)(value).cast::<u8>().read()),
            }
        }
    }

    /// The exception that a conversion has raised, in memoryview's words.
    #[cold]
    fn refused(self, attached: Attached) -> Error {
        let api = attached.api;
        let is = |class| {
            // SAFETY: attached; a class.
            unsafe { (api.PyErr_ExceptionMatches)(class) != 0 }
        };
        let refusal = if is(api.exception(|api| api.PyExc_TypeError)) {
            self.bad_type::<()>()
        } else if is(api.exception(|api| api.PyExc_OverflowError))
            || is(api.exception(|api| api.PyExc_ValueError))
        {
            self.bad_value()
        } else {
            Err(exception(attached))
        };
        let error = refusal.err().unwrap_or(Error::no_memory());
        if error.kind() != Kind::Python {
            clear(attached);
        }
        error
    }

    #[cold]
    fn bad_type<T>(self) -> Result<T> {
        fail!(
            Type,
            "memoryview: invalid type for format '{}'",
            self.text()
        )
    }

    #[cold]
    fn bad_value<T>(self) -> Result<T> {
        fail!(
            Value,
            "memoryview: invalid value for format '{}'",
            self.text()
        )
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

const HALF: Scalar = Scalar::native(ScalarKind::Float, 2);

fn half(bytes: [u8; 2]) -> f64 {
    HALF.unpack(&bytes).as_float().unwrap_or(f64::NAN)
}

fn truth(attached: Attached, value: *mut PyObject) -> Result<bool> {
    // SAFETY: attached; an object.
    match unsafe { (attached.api.PyObject_IsTrue)(value) } {
        -1 => Err(exception(attached)),
        truth => Ok(truth != 0),
    }
}

/// The bytes of one item.
pub(super) struct Packed {
    bytes: [u8; 16],
    size: usize,
}

impl Packed {
    fn put(&mut self, bytes: &[u8]) {
        self.bytes[..bytes.len()].copy_from_slice(bytes);
    }

    #[inline]
    fn put_number(&mut self, number: u64) {
        match self.size {
            1 => self.bytes[0] = number as u8,
            2 => self.put(&(number as u16).to_ne_bytes()),
            4 => self.put(&(number as u32).to_ne_bytes()),
            _ => self.put(&number.to_ne_bytes()),
        }
    }

    /// # Safety
    /// There is room for the item.
    #[inline]
    pub(super) unsafe fn store(&self, to: *mut u8) {
        let from = self.bytes.as_ptr();
        // SAFETY: as the caller promises. A copy of known size is a move and no call.
        unsafe {
            match self.size {
                1 => to.copy_from_nonoverlapping(from, 1),
                2 => to.copy_from_nonoverlapping(from, 2),
                4 => to.copy_from_nonoverlapping(from, 4),
                8 => to.copy_from_nonoverlapping(from, 8),
                _ => to.copy_from_nonoverlapping(from, 16),
            }
        }
    }
}
