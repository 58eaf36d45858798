//! `libpybuf.array()` and `libpybuf.bytearray()`.

use std::ffi::CStr;
use std::ptr;

use super::super::arguments::{Argument, Call, Parameters};
use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::instance::fields;
use super::super::making::object_of;
use super::super::reference::Ref;
use super::super::state::State;
use super::super::value::is_a;
use super::access::Array;
use super::gather::{Take, as_array};
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::Exporter;
use crate::format::{ScalarKind, Shown};
use crate::layout::Slice;

pub(in super::super) const ARRAY_DOC: &CStr = c"array(typecode, items=())
--

New native memory that grows: a sequence of numbers of one kind, as array.array has it.

typecode is one of array.array's (b B u w h H i I l L q Q f d, and Zf Zd for complex
numbers), or ? e n N F D. items are a bytes or bytearray object (their bytes, as they are),
a str for u and w, another array, or anything that can be iterated over.";

pub(in super::super) const BYTEARRAY_DOC: &CStr = c"bytearray(source=0)
--

New native memory that grows: a sequence of bytes.

source is a number of zeros, any object with a buffer, or anything that can be iterated
over and gives ints from 0 to 255.";

/// What `array()` takes.
const TYPECODES: &[&CStr] = &[
    c"b", c"B", c"u", c"w", c"h", c"H", c"i", c"I", c"l", c"L", c"q", c"Q", c"n", c"N", c"?", c"e",
    c"f", c"d", c"F", c"D", c"Zf", c"Zd",
];

static ARRAY: Parameters<2> = Parameters {
    function: "array",
    names: [c"typecode", c"items"],
    required: 1,
    positional: 2,
};

static BYTEARRAY: Parameters<1> = Parameters {
    function: "bytearray",
    names: [c"source"],
    required: 0,
    positional: 1,
};

pub(in super::super) unsafe extern "C" fn array(
    _: *mut PyObject,
    arguments: *const *mut PyObject,
    count: isize,
    names: *mut PyObject,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this on an attached thread, with arguments as it says.
        let [typecode, items] = unsafe {
            let call = Call {
                arguments,
                count,
                names,
            };
            ARRAY.take(Attached::certainly(), call)
        }?;
        Ok(new_array(typecode, items)?.into_ptr())
    })
}

pub(in super::super) unsafe extern "C" fn bytearray(
    _: *mut PyObject,
    arguments: *const *mut PyObject,
    count: isize,
    names: *mut PyObject,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this on an attached thread, with arguments as it says.
        let attached = unsafe { Attached::certainly() };
        // SAFETY: as above.
        let [source] = unsafe {
            BYTEARRAY.take(
                attached,
                Call {
                    arguments,
                    count,
                    names,
                },
            )
        }?;
        Ok(new_bytearray(attached, source)?.into_ptr())
    })
}

fn new_array(typecode: Argument, items: Argument) -> Result<Ref> {
    let attached = typecode.attached();
    let Some(code) = typecode.text("typecode")? else {
        return fail!(Type, "typecode must be a str, not None");
    };
    if !TYPECODES.contains(&code) {
        return fail!(
            Value,
            "bad typecode {} (must be b, B, u, w, h, H, i, I, l, L, q, Q, f, d, Zf or Zd, or ?, e, n, N, F or D)",
            Shown(code.to_bytes())
        );
    }
    let object = empty(attached, code, false)?;
    if !items.as_ptr().is_null() {
        // SAFETY: a new instance, kept by `object`.
        unsafe { Array::of(object.as_ptr()) }.begin_with(items.as_ptr())?;
    }
    Ok(object)
}

fn new_bytearray(attached: Attached, source: Argument) -> Result<Ref> {
    let object = empty(attached, c"B", true)?;
    // SAFETY: a new instance, kept by `object`.
    let array = unsafe { Array::of(object.as_ptr()) };
    if source.as_ptr().is_null() {
        return Ok(object);
    }
    if is_a(attached, source.as_ptr(), attached.api.PyUnicode_Type)? {
        let text = "string argument without an encoding: give the bytes of its encode()";
        return Err(Error::fixed(Kind::Type, text));
    }
    // SAFETY: attached; an object.
    if unsafe { (attached.api.PyIndex_Check)(source.as_ptr()) } == 0 {
        let items = array.gather(source.as_ptr(), Take::Any)?;
        array.replace(Slice::ALL, items.items())?;
        return Ok(object);
    }
    match usize::try_from(source.number()?) {
        Ok(count) => array.exporter.resize(count)?,
        Err(_) => return Err(Error::fixed(Kind::Value, "negative count")),
    }
    Ok(object)
}

/// An array without items.
fn empty(attached: Attached, code: &CStr, is_bytes: bool) -> Result<Ref> {
    let exporter = Exporter::growing(code, 0)?;
    let state = State::current(&attached)?;
    let object = object_of(attached, state, exporter, None)?;
    // SAFETY: a new instance.
    unsafe { (*fields(object.as_ptr())).is_bytes = is_bytes };
    Ok(object)
}

impl Array {
    /// Puts the first items in, by the rules of `array.array`: bytes are taken as they are, and
    /// a str is only for characters.
    fn begin_with(&self, items: *mut PyObject) -> Result<()> {
        let (attached, api) = (self.attached, self.attached.api);
        let is_text = is_a(attached, items, api.PyUnicode_Type)?;
        if is_text && self.scalar.kind != ScalarKind::Unicode {
            return fail!(
                Type,
                "cannot use a str to initialize an array with typecode {}",
                Shown(self.exporter.format().text().to_bytes())
            );
        }
        let is_bytes = is_a(attached, items, api.PyBytes_Type)?
            || is_a(attached, items, api.PyByteArray_Type)?
            || as_array(attached, items)?.is_some_and(|other| other.is_bytes);
        if is_bytes {
            return self.append_bytes(items).map(drop);
        }
        let items = self.gather(items, Take::Convertible)?;
        self.replace(Slice::ALL, items.items())
    }
}
