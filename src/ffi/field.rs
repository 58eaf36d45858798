//! Fields of formats, as C reads them.

use std::ffi::c_char;

use crate::format::{ScalarKind, What};

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
