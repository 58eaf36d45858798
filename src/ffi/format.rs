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

use super::arguments::{checked_size, short_string, string};
use super::compiled::{self, give};
use super::field::pybuf_field;
use super::handle::pybuf_format;
use super::run;
use super::singles;
use crate::error::{Error, Kind, Result, fail};
use crate::format::{Dialect, Format, size_of_letter, size_of_text};

/// Dialect: PEP 3118, strictly.
pub const PYBUF_PEP3118: i32 = 0;
/// Dialect: Python's struct module.
pub const PYBUF_STRUCT: i32 = 1;
/// Dialect: numpy.dtype.
pub const PYBUF_NUMPY: i32 = 2;
/// Dialect: ctypes, as it writes formats.
pub const PYBUF_CTYPES: i32 = 3;

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
        let dialect = dialect_of(dialect)?;
        // SAFETY: NULL or a string.
        let single = unsafe { short_string(text) };
        if let Some(compiled) = single.and_then(|text| singles::find(text, dialect)) {
            return Ok(compiled.into_ptr().cast());
        }
        // SAFETY: NULL or a string.
        let text = unsafe { string(text) }.ok_or(Error::fixed(
            Kind::Value,
            "text is NULL: give a format, such as \"d\"",
        ))?;
        give(Format::parse(text, dialect)?)
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
        format.read()?;
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
        let letter = unsafe { short_string(text) };
        if let Some(size) = letter.and_then(size_of_letter) {
            return Ok(size as isize);
        }
        // SAFETY: NULL or a string.
        match unsafe { string(text) } {
            Some(text) => Ok(size_of_text(text)? as isize),
            None => fail!(Value, "text is NULL: give a format, such as \"d\""),
        }
    })
}
