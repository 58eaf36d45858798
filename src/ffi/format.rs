//! Formats: what lies where in an item.
//!
//! A format is read once, in the dialect of whoever wrote it, and then asked: for its
//! fields, whether it means the same as another, and for values of items.
//!
//! ```c
//! pybuf_format *format = pybuf_format_new("T{<i:id:d:mass:}", PYBUF_PEP3118);
//! if (!format)
//!     return puts(pybuf_error_message());
//! const pybuf_field *item = pybuf_format_root(format);
//! for (int32_t k = 0; item && k < item->count; k++)
//!     printf("%s at %td\n", item->fields[k].name, item->fields[k].offset);
//! pybuf_format_unref(format);
//! ```

use std::ffi::c_char;
use std::ptr;

use super::arguments::{checked_size, string};
use super::compiled::{self, give};
use super::handle::pybuf_format;
use super::run;
use crate::error::{Error, Kind, Result, fail};
use crate::format::{Dialect, Format, ScalarKind, What, size_of_text};

/// Dialect: PEP 3118, strictly.
pub const PYBUF_PEP3118: i32 = 0;
/// Dialect: Python's struct module.
pub const PYBUF_STRUCT: i32 = 1;
/// Dialect: numpy.dtype.
pub const PYBUF_NUMPY: i32 = 2;
/// Dialect: ctypes, as it writes formats.
pub const PYBUF_CTYPES: i32 = 3;

/// Kind of field: truth value, '?'.
pub const PYBUF_KIND_BOOL: i32 = 1;
/// Kind of field: one byte as a character, 'c'.
pub const PYBUF_KIND_CHAR: i32 = 2;
/// Kind of field: signed integer.
pub const PYBUF_KIND_SIGNED: i32 = 3;
/// Kind of field: unsigned integer.
pub const PYBUF_KIND_UNSIGNED: i32 = 4;
/// Kind of field: floating-point number.
pub const PYBUF_KIND_FLOAT: i32 = 5;
/// Kind of field: complex number, two floats.
pub const PYBUF_KIND_COMPLEX: i32 = 6;
/// Kind of field: one character of Unicode, 'u' or 'w'.
pub const PYBUF_KIND_UNICODE: i32 = 7;
/// Kind of field: text of UCS-4 characters, '3w'.
pub const PYBUF_KIND_TEXT: i32 = 8;
/// Kind of field: bytes, '3s'.
pub const PYBUF_KIND_BYTES: i32 = 9;
/// Kind of field: bytes behind their length, '3p'.
pub const PYBUF_KIND_PASCAL: i32 = 10;
/// Kind of field: bytes without a meaning, '3x:name:'.
pub const PYBUF_KIND_VOID: i32 = 11;
/// Kind of field: bits, '3t'.
pub const PYBUF_KIND_BITS: i32 = 12;
/// Kind of field: address, 'P' or '&'.
pub const PYBUF_KIND_POINTER: i32 = 13;
/// Kind of field: address of a function, 'X{}'.
pub const PYBUF_KIND_FUNCTION: i32 = 14;
/// Kind of field: reference to a Python object, 'O'.
pub const PYBUF_KIND_OBJECT: i32 = 15;
/// Kind of field: struct, 'T{}', or several members without braces.
pub const PYBUF_KIND_STRUCT: i32 = 16;

/// A field of a format, or the whole item. The library fills it; it lives as long as its
/// format.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct pybuf_field {
    /// NULL: none. Any bytes but NUL and ':'.
    pub name: *const c_char,
    /// `PYBUF_KIND_*`.
    pub kind: i32,
    /// '<' or '>'; 0 where there is none: single bytes, and runs of them, and structs.
    pub order: i32,
    /// Bytes from the start of what it is a field of.
    pub offset: isize,
    /// Bytes of one element.
    pub itemsize: isize,
    /// What the format aligns it to: C's alignment behind '@', else 1.
    pub alignment: isize,
    /// So many members like this one follow each other, itemsize apart: 2 for "2i" where that
    /// is two values. Nearly always 1.
    pub repeat: isize,
    /// Lengths of the dimensions of a sub-array, in C order; NULL where ndim is 0.
    pub shape: *const isize,
    /// How many dimensions; 0: a single element.
    pub ndim: i32,
    /// How many fields are below it: the members of a struct, or the target of a pointer.
    pub count: i32,
    /// These; NULL where there is none.
    pub fields: *const pybuf_field,
    /// The text between the braces of a function; NULL elsewhere.
    pub signature: *const c_char,
}

pub(super) fn kind_number(what: What) -> i32 {
    let What::Scalar(scalar) = what else {
        return PYBUF_KIND_STRUCT;
    };
    match scalar.kind {
        ScalarKind::Bool => PYBUF_KIND_BOOL,
        ScalarKind::Char => PYBUF_KIND_CHAR,
        ScalarKind::Signed => PYBUF_KIND_SIGNED,
        ScalarKind::Unsigned => PYBUF_KIND_UNSIGNED,
        ScalarKind::Float => PYBUF_KIND_FLOAT,
        ScalarKind::Complex => PYBUF_KIND_COMPLEX,
        ScalarKind::Unicode => PYBUF_KIND_UNICODE,
        ScalarKind::Text => PYBUF_KIND_TEXT,
        ScalarKind::Bytes => PYBUF_KIND_BYTES,
        ScalarKind::Pascal => PYBUF_KIND_PASCAL,
        ScalarKind::Void => PYBUF_KIND_VOID,
        ScalarKind::Bits => PYBUF_KIND_BITS,
        ScalarKind::Pointer => PYBUF_KIND_POINTER,
        ScalarKind::Function => PYBUF_KIND_FUNCTION,
        ScalarKind::Object => PYBUF_KIND_OBJECT,
    }
}

pub(super) fn dialect_of(number: i32) -> Result<Dialect> {
    Ok(match number {
        PYBUF_PEP3118 => Dialect::Pep3118,
        PYBUF_STRUCT => Dialect::Struct,
        PYBUF_NUMPY => Dialect::NumPy,
        PYBUF_CTYPES => Dialect::Ctypes,
        _ => {
            return fail!(
                Value,
                "{number} is no dialect: PYBUF_PEP3118, PYBUF_STRUCT, PYBUF_NUMPY and PYBUF_CTYPES are"
            );
        }
    })
}

/// Reads a text as a dialect means it. Returns a format with one reference. NULL on failure:
/// PYBUF_ERR_VALUE (in the dialect of struct PYBUF_ERR_STRUCT) with a message that says at
/// which offset the text is wrong and what was expected there; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_new(text: *const c_char, dialect: i32) -> *mut pybuf_format {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a string.
        let text = unsafe { string(text) }.ok_or(Error::fixed(
            Kind::Value,
            "text is NULL: give a format, such as \"d\"",
        ))?;
        compiled::parse(text, dialect_of(dialect)?)
    })
}

/// Reads the format of a filled `Py_buffer`, whose dialect nobody states. What only ctypes or only
/// NumPy writes is read as they mean it; all else strictly by PEP 3118, else as NumPy reads it:
/// whichever gives items of itemsize bytes. (Up to Python 3.11 ctypes does not write the padding
/// of structs; it is found, where the itemsize tells it.) text NULL means bytes. Returns a format
/// with one reference. NULL on failure: PYBUF_ERR_VALUE where no reading fits, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_stated(
    text: *const c_char,
    itemsize: isize,
) -> *mut pybuf_format {
    run(ptr::null_mut(), || {
        let itemsize = checked_size(itemsize, "itemsize")?;
        // SAFETY: NULL or a string.
        let text = unsafe { string(text) };
        let format = Format::stated(text, itemsize)?;
        match (text, format.root()) {
            (Some(text), None) => Err(Format::no_reading(text, itemsize)),
            _ => give(format),
        }
    })
}

/// Takes one more reference. Returns format; NULL where it is no pybuf_format.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_ref(format: *mut pybuf_format) -> *mut pybuf_format {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let compiled = unsafe { compiled::borrow(format) }?;
        Ok((*compiled).clone().into_ptr().cast())
    })
}

/// Gives up a reference; with the last one the format, its text and its fields are freed. NULL
/// does nothing.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_unref(format: *mut pybuf_format) {
    if format.is_null() {
        return;
    }
    run((), || {
        // SAFETY: a handle, whose reference the caller gives up.
        drop(unsafe { compiled::take(format) }?);
        Ok(())
    });
}

/// The text, valid as long as the format lives; NULL on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_text(format: *mut pybuf_format) -> *const c_char {
    run(ptr::null(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        Ok(unsafe { compiled::borrow(format) }?.format.as_ptr())
    })
}

/// Bytes of one item; -1 on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_itemsize(format: *mut pybuf_format) -> isize {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        Ok(unsafe { compiled::borrow(format) }?.format.itemsize() as isize)
    })
}

/// What the format aligns its items to: C's alignment of the strictest field behind '@', 1 where
/// all is packed; -1 on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_alignment(format: *mut pybuf_format) -> isize {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        Ok(unsafe { compiled::borrow(format) }?.format.alignment() as isize)
    })
}

/// The item as a field, with all fields below it; nothing has to be parsed to know what lies
/// where. A text of a single member without a name is that member: "i" a scalar, "(2,3)i" a
/// sub-array, "T{...}" a struct; all else is a struct of its members. Valid as long as the
/// format lives. NULL on failure, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_root(format: *mut pybuf_format) -> *const pybuf_field {
    run(ptr::null(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        unsafe { compiled::borrow(format) }?.root()
    })
}

/// Bytes of an item as struct.calcsize tells them: the counterpart of
/// PyBuffer_SizeFromFormat. -1 with PYBUF_ERR_STRUCT for a text that the struct module
/// refuses. Nothing is allocated.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_size_from_format(text: *const c_char) -> isize {
    run(-1, || {
        // SAFETY: NULL or a string.
        match unsafe { string(text) } {
            Some(text) => Ok(size_of_text(text)? as isize),
            None => fail!(Value, "text is NULL: give a format, such as \"d\""),
        }
    })
}
