//! Values of items as Python objects, and Python's numbers as values.

use std::ffi::c_int;
use std::ptr;

use super::attached::Attached;
use super::kind::is_exactly;
use super::raise::{clear, exception};
use super::reference::Ref;
use crate::abi::PyObject;
use crate::alloc::{prefer_huge_pages, try_extend};
use crate::error::{Error, Kind, Result};
use crate::format::{Scalar, ScalarKind, Value};

/// A new object with this value.
#[inline]
pub(super) fn object(attached: Attached, value: Value<'_>) -> Result<Ref> {
    let api = attached.api;
    // SAFETY: attached.
    let object = unsafe {
        match value {
            Value::Signed(number) => (api.PyLong_FromLongLong)(number),
            Value::Unsigned(number) => (api.PyLong_FromUnsignedLongLong)(number),
            Value::Float(number) => (api.PyFloat_FromDouble)(number),
            Value::Extended { nearest, .. } => (api.PyFloat_FromDouble)(nearest),
            Value::Complex(real, imaginary) => (api.PyComplex_FromDoubles)(real, imaginary),
            Value::Bool(truth) => (api.PyBool_FromLong)(truth.into()),
            Value::Char(byte) => (api.PyBytes_FromStringAndSize)((&raw const byte).cast(), 1),
            Value::Unicode(code) => return character(attached, code),
            Value::Bytes(bytes) => {
                (api.PyBytes_FromStringAndSize)(bytes.as_ptr().cast(), bytes.len() as isize)
            }
            Value::Text(..) => return text(attached, value),
            Value::Object(_) => return Err(no_objects()),
        }
    };
    Ref::owned(attached, object).ok_or_else(|| exception(attached))
}

/// A new bytes object of so many bytes, all of which `write` writes.
pub(super) fn new_bytes(
    attached: Attached,
    size: usize,
    write: impl FnOnce(*mut u8) -> Result<()>,
) -> Result<Ref> {
    let api = attached.api;
    // SAFETY: attached. So many bytes that nobody has read yet.
    unsafe {
        let bytes = (api.PyBytes_FromStringAndSize)(ptr::null(), size as isize);
        let bytes = Ref::owned(attached, bytes).ok_or_else(|| exception(attached))?;
        let start = (api.PyBytes_AsString)(bytes.as_ptr()).cast::<u8>();
        prefer_huge_pages(start, size);
        write(start)?;
        Ok(bytes)
    }
}

/// A value that the core compares with items as Python would: an int, a float, or one byte.
pub(super) fn plain(attached: Attached, value: *mut PyObject) -> Option<Value<'static>> {
    let api = attached.api;
    // SAFETY: attached; an object of the type that is asked for first.
    unsafe {
        if is_exactly(attached, value, api.PyLong_Type) {
            let mut overflow = 0;
            let number = (api.PyLong_AsLongLongAndOverflow)(value, &mut overflow);
            return (overflow == 0).then_some(Value::Signed(number));
        }
        if is_exactly(attached, value, api.PyFloat_Type) {
            return Some(Value::Float((api.PyFloat_AsDouble)(value)));
        }
        let is_byte =
            is_exactly(attached, value, api.PyBytes_Type) && (api.PyBytes_Size)(value) == 1;
        is_byte.then(|| Value::Char((api.PyBytes_AsString)(value).cast::<u8>().read()))
    }
}

const LAST_CHARACTER: u32 = 0x10_FFFF;

fn character(attached: Attached, code: u32) -> Result<Ref> {
    if code > LAST_CHARACTER {
        return Err(no_character(code));
    }
    // SAFETY: attached; a character of Unicode.
    let object = unsafe { (attached.api.PyUnicode_FromOrdinal)(code as c_int) };
    Ref::owned(attached, object).ok_or_else(|| exception(attached))
}

fn text(attached: Attached, value: Value<'_>) -> Result<Ref> {
    // Of 4 bytes each, in this machine's order.
    let mut characters = Vec::new();
    for code in value.characters() {
        if code > LAST_CHARACTER {
            return Err(no_character(code));
        }
        try_extend(&mut characters, &[code])?;
    }
    let (first, count) = (characters.as_ptr().cast(), characters.len() as isize);
    // SAFETY: attached; so many characters of Unicode.
    let object = unsafe { (attached.api.PyUnicode_FromKindAndData)(4, first, count) };
    Ref::owned(attached, object).ok_or_else(|| exception(attached))
}

/// The error of a number that stands for no character.
pub(super) fn no_character(code: u32) -> Error {
    let text = format_args!("character U+{code:x} is not in range [U+0000; U+10ffff]");
    Error::new(Kind::Value, text)
}

fn no_objects() -> Error {
    let text = "references to Python objects are lent, but neither read nor written as items";
    Error::fixed(Kind::NotImplemented, text)
}

/// The number that an object is, as an item of this kind wants it: an integer, a float, a complex
/// number, a truth value. This may run any code.
pub(super) fn number(
    attached: Attached,
    scalar: Scalar,
    object: *mut PyObject,
) -> Result<Value<'static>> {
    let api = attached.api;
    let raised = || unless_raised(attached);
    // SAFETY: attached; an object.
    unsafe {
        match scalar.kind {
            ScalarKind::Signed
            | ScalarKind::Unsigned
            | ScalarKind::Pointer
            | ScalarKind::Function => {
                integer(attached, object)?.map_err(|is_negative| scalar.out_of_range(is_negative))
            }
            ScalarKind::Float => {
                let number = (api.PyFloat_AsDouble)(object);
                if number == -1.0 {
                    raised()?;
                }
                Ok(Value::Float(number))
            }
            ScalarKind::Complex => {
                let number = (api.PyComplex_AsCComplex)(object);
                if number.real == -1.0 {
                    raised()?;
                }
                Ok(Value::Complex(number.real, number.imag))
            }
            ScalarKind::Bool => match (api.PyObject_IsTrue)(object) {
                -1 => Err(exception(attached)),
                truth => Ok(Value::Bool(truth != 0)),
            },
            _ => Err(no_objects()),
        }
    }
}

/// An integer that fits 64 bits, or else whether it is negative.
pub(super) fn integer(
    attached: Attached,
    object: *mut PyObject,
) -> Result<Result<Value<'static>, bool>> {
    let api = attached.api;
    let mut overflow = 0;
    // SAFETY: attached; an object, and then an int.
    unsafe {
        if is_exactly(attached, object, api.PyLong_Type) {
            let number = (api.PyLong_AsLongLongAndOverflow)(object, &mut overflow);
            if overflow == 0 {
                return Ok(Ok(Value::Signed(number)));
            }
        }
        let index = (api.PyNumber_Index)(object);
        let index = Ref::owned(attached, index).ok_or_else(|| exception(attached))?;
        let number = (api.PyLong_AsLongLongAndOverflow)(index.as_ptr(), &mut overflow);
        if overflow == 0 {
            return Ok(Ok(Value::Signed(number)));
        }
        if overflow < 0 {
            return Ok(Err(true));
        }
        let number = (api.PyLong_AsUnsignedLongLong)(index.as_ptr());
        if number == u64::MAX && !(api.PyErr_Occurred)().is_null() {
            // OverflowError: an int can fail in no other way.
            clear(attached);
            return Ok(Err(false));
        }
        Ok(Ok(Value::Unsigned(number)))
    }
}

/// `isinstance(object, kind)`
pub(super) fn is_a(attached: Attached, object: *mut PyObject, kind: *mut PyObject) -> Result<bool> {
    // SAFETY: attached; an object, and a type.
    match unsafe { (attached.api.PyObject_IsInstance)(object, kind) } {
        -1 => Err(exception(attached)),
        answer => Ok(answer != 0),
    }
}

/// An error, if an exception is set.
pub(super) fn unless_raised(attached: Attached) -> Result<()> {
    // SAFETY: attached.
    match unsafe { (attached.api.PyErr_Occurred)().is_null() } {
        true => Ok(()),
        false => Err(exception(attached)),
    }
}
