//! Single items as `memoryview` writes them.
//!
//! What it refuses it refuses in CPython's words. A value is converted first, all of it, which
//! may run any code; then it is written, and nothing runs meanwhile.

use std::ffi::{c_int, c_long, c_longlong, c_uint, c_ulong};

use super::super::attached::Attached;
use super::super::kind::{is_exactly, type_of};
use super::super::raise::{clear, exception};
use super::super::reference::Ref;
use super::code::{Code, HALF};
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result, fail};
use crate::format::Value;

impl Code {
    /// Converts a value and writes it, where to convert it runs nobody's code: an int or a float;
    /// `None`, and nothing written, where it is another one or there is more to say.
    ///
    /// # Safety
    /// Attached; there is room for an item of this code.
    #[inline(always)]
    pub(super) unsafe fn store_quickly(
        self,
        attached: Attached,
        value: *mut PyObject,
        to: *mut u8,
    ) -> Option<()> {
        macro_rules! put {
            ($number:ty, $value:expr) => {
                // SAFETY: there is room for such a number.
                unsafe { to.cast::<$number>().write_unaligned($value) }
            };
        }
        macro_rules! put_int {
            ($number:ty) => {
                put!(
                    $number,
                    <$number>::try_from(exact_int(attached, value)?).ok()?
                )
            };
        }
        match self.letter {
            b'd' => put!(f64, exact_float(attached, value)?),
            b'f' => put!(f32, exact_float(attached, value)? as f32),
            b'B' => put_int!(u8),
            b'b' => put_int!(i8),
            b'h' => put_int!(i16),
            b'H' => put_int!(u16),
            b'i' => put_int!(c_int),
            b'I' => put_int!(c_uint),
            b'l' => put_int!(c_long),
            b'L' => put_int!(c_ulong),
            b'q' => put_int!(i64),
            b'Q' => put_int!(u64),
            b'n' => put_int!(isize),
            b'N' => put_int!(usize),
            _ => return None,
        }
        Some(())
    }

    fn is_signed(self) -> bool {
        matches!(self.letter, b'b' | b'h' | b'i' | b'l' | b'q' | b'n')
    }

    fn fits(self, number: c_longlong) -> bool {
        let bits = 8 * self.size() as u32;
        match self.is_signed() {
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
        let is_signed = self.is_signed();
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

/// The number of an int of the very type, where it is no larger than that.
#[inline(always)]
fn exact_int(attached: Attached, value: *mut PyObject) -> Option<c_longlong> {
    let api = attached.api;
    if !is_exactly(attached, value, api.PyLong_Type) {
        return None;
    }
    let mut overflow = 0;
    // SAFETY: attached; an int, and a place for a number.
    let number = unsafe { (api.PyLong_AsLongLongAndOverflow)(value, &mut overflow) };
    (overflow == 0).then_some(number)
}

/// The number of a float of the very type.
#[inline(always)]
fn exact_float(attached: Attached, value: *mut PyObject) -> Option<f64> {
    let api = attached.api;
    let is_float = is_exactly(attached, value, api.PyFloat_Type);
    // SAFETY: attached; a float.
    is_float.then(|| unsafe { (api.PyFloat_AsDouble)(value) })
}
