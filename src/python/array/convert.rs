//! A value as a Python object, and a Python object as a value: what `array.array` takes for
//! each typecode, and what it gives.

use std::ffi::c_int;

use super::super::attached::Attached;
use super::super::kind::is_exactly;
use super::super::raise::{class_name, clear, exception};
use super::super::reference::Ref;
use super::access::{Array, Packed};
use super::quick;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result, fail};
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
            // Not of an array: its format is a single code.
            Value::Text(..) | Value::Object(_) => return Err(no_objects()),
        }
    };
    Ref::owned(attached, object).ok_or_else(|| exception(attached))
}

fn character(attached: Attached, code: u32) -> Result<Ref> {
    if code > 0x10_FFFF {
        return Err(no_character(code));
    }
    // SAFETY: attached; a character of Unicode.
    let object = unsafe { (attached.api.PyUnicode_FromOrdinal)(code as c_int) };
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

impl Array {
    /// The bytes of an item with the value of an object. This may run any code.
    pub(super) fn pack(&self, object: *mut PyObject) -> Result<Packed> {
        let value = match self.is_bytes {
            true => byte(self.attached, object)?,
            false => value(self.attached, self.scalar, object)?,
        };
        let mut item = Packed::new(self.scalar.size);
        self.scalar.pack(value, item.as_mut_slice())?;
        Ok(item)
    }

    /// One item as an object; `None` where there is no such item.
    #[inline]
    pub(super) fn object_at(&self, index: isize) -> Result<Option<Ref>> {
        // SAFETY: an instance, as this is made of one.
        if let Some(object) = unsafe { quick::get(self.attached, self.object, index) } {
            let made = Ref::owned(self.attached, object);
            return made.map(Some).ok_or_else(|| exception(self.attached));
        }
        match self.get(index)? {
            Some(item) => object(self.attached, self.scalar.unpack(item.as_slice())).map(Some),
            None => Ok(None),
        }
    }
}

/// The value of an object, as an item of this kind wants it.
fn value(attached: Attached, scalar: Scalar, object: *mut PyObject) -> Result<Value<'static>> {
    let api = attached.api;
    let raised = || unless_raised(attached);
    // SAFETY: attached; an object.
    unsafe {
        match scalar.kind {
            ScalarKind::Signed | ScalarKind::Unsigned | ScalarKind::Pointer => {
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
            ScalarKind::Unicode => unicode(attached, object),
            ScalarKind::Char => char(attached, object),
            _ => Err(no_objects()),
        }
    }
}

/// An integer that fits 64 bits, or else whether it is negative.
fn integer(attached: Attached, object: *mut PyObject) -> Result<Result<Value<'static>, bool>> {
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

/// As `bytearray` converts its items.
fn byte(attached: Attached, object: *mut PyObject) -> Result<Value<'static>> {
    match integer(attached, object)? {
        Ok(value @ Value::Signed(0..=255)) => Ok(value),
        _ => Err(Error::fixed(Kind::Value, "byte must be in range(0, 256)")),
    }
}

fn unicode(attached: Attached, object: *mut PyObject) -> Result<Value<'static>> {
    let api = attached.api;
    if !is_a(attached, object, api.PyUnicode_Type)? {
        return not_one(attached, "array item must be a unicode character", object);
    }
    // SAFETY: attached; a str, and its first character.
    unsafe {
        match (api.PyUnicode_GetLength)(object) {
            1 => Ok(Value::Unicode((api.PyUnicode_ReadChar)(object, 0))),
            length => fail!(
                Type,
                "array item must be a unicode character, not a string of length {length}"
            ),
        }
    }
}

fn char(attached: Attached, object: *mut PyObject) -> Result<Value<'static>> {
    let api = attached.api;
    if !is_a(attached, object, api.PyBytes_Type)? {
        return not_one(
            attached,
            "array item must be a bytes object of length 1",
            object,
        );
    }
    // SAFETY: attached; a bytes object, and its first byte.
    unsafe {
        match (api.PyBytes_Size)(object) {
            1 => Ok(Value::Char(*(api.PyBytes_AsString)(object).cast::<u8>())),
            length => fail!(
                Type,
                "array item must be a bytes object of length 1, not of length {length}"
            ),
        }
    }
}

#[cold]
fn not_one(attached: Attached, wanted: &str, object: *mut PyObject) -> Result<Value<'static>> {
    let class = class_name(attached, object);
    let class = class.as_deref().unwrap_or("another object");
    fail!(Type, "{wanted}, not {class}")
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
