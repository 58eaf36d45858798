//! What `array.array` takes for an item of each typecode.

use super::super::attached::Attached;
use super::super::raise::{class_name, exception};
use super::super::reference::Ref;
use super::super::value::{integer, is_a, number, object};
use super::access::{Array, Packed};
use super::quick;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result, fail};
use crate::format::{Scalar, ScalarKind, Value};

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
    match scalar.kind {
        ScalarKind::Unicode => unicode(attached, object),
        ScalarKind::Char => char(attached, object),
        _ => number(attached, scalar, object),
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
