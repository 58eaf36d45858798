//! What is made from formats: structs of them, their fields, and other texts.
//!
//! ```c
//! struct record { int32_t id; double at[2]; };
//! pybuf_member members[] = {
//!     {.name = "id", .format = "i", .offset = offsetof(struct record, id)},
//!     {.name = "at", .format = "(2)d", .offset = offsetof(struct record, at)},
//! };
//! pybuf_format *record = pybuf_format_from_members(members, 2, sizeof(struct record));
//! if (record && pybuf_format_accepts(record, buffer.format, buffer.itemsize) == 1)
//!     read_records(buffer.buf);
//! ```

use std::ffi::c_char;
use std::ptr;
use std::slice;

use super::arguments::{check_reserved, checked_size, string};
use super::compiled::{self, Compiled, give};
use super::format::dialect_of;
use super::handle::{self, pybuf_format, pybuf_view};
use super::run;
use crate::alloc::{Counted, try_collect};
use crate::error::{Error, Kind, Result, fail};
use crate::format::{Dialect, Format, Member};

/// A member of a struct for pybuf_format_from_members. Set it to zero and fill in what matters.
#[repr(C)]
#[derive(Debug)]
pub struct pybuf_member {
    /// NULL: none.
    pub name: *const c_char,
    /// What it is, by PEP 3118: "d", "(2,3)i", "T{...}"; NULL: type says it.
    pub format: *const c_char,
    /// What it is, as a format that was made before; NULL: format says it.
    pub r#type: *mut pybuf_format,
    /// Where it begins, in bytes: offsetof().
    pub offset: isize,
    /// Zero; a later version may give these a meaning.
    pub reserved: [usize; 8],
}

/// The format of a member: the caller's, or one read from its text.
enum MemberFormat {
    Given(std::mem::ManuallyDrop<Counted<Compiled>>),
    Read(Format),
}

impl MemberFormat {
    /// # Safety
    /// The member's pointers are NULL or valid.
    unsafe fn of(member: &pybuf_member) -> Result<Self> {
        check_reserved(&member.reserved)?;
        // SAFETY: as the caller promises.
        let text = unsafe { string(member.format) };
        match (text, member.r#type.is_null()) {
            // SAFETY: a handle, which the caller keeps meanwhile.
            (None, false) => Ok(Self::Given(unsafe { compiled::borrow(member.r#type) }?)),
            (Some(text), true) => Ok(Self::Read(Format::parse(text, Dialect::Pep3118)?)),
            _ => fail!(Value, "a member has either .format or .type"),
        }
    }

    fn format(&self) -> &Format {
        match self {
            Self::Given(compiled) => &compiled.format,
            Self::Read(format) => format,
        }
    }
}

/// An error that says which member it is about.
#[cold]
fn of_member(error: Error, index: usize) -> Error {
    match error.kind() {
        Kind::Memory => error,
        kind => Error::new(kind, format_args!("member {index}: {}", error.message())),
    }
}

/// The struct of count members, each at its offset, in items of itemsize bytes (0: up to the end
/// of the last member), with exact padding between and behind them. No members (count 0) are
/// bytes without a meaning. The members of the
/// format are in the order of their offsets. Returns a format with one reference. NULL on failure:
/// PYBUF_ERR_VALUE for members that overlap (PEP 3118 has no unions), do not fit the itemsize,
/// share a name, have one with ':' in it, or a format that is none; PYBUF_ERR_OVERFLOW where they
/// reach further than Py_ssize_t can tell; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_from_members(
    members: *const pybuf_member,
    count: i32,
    itemsize: isize,
) -> *mut pybuf_format {
    run(ptr::null_mut(), || {
        let count = checked_size(count as isize, "count")?;
        let itemsize = checked_size(itemsize, "itemsize")?;
        if members.is_null() && count > 0 {
            return fail!(Value, "members is NULL, but there are {count}");
        }
        let given = match count {
            0 => &[],
            // SAFETY: as many members as said.
            _ => unsafe { slice::from_raw_parts(members, count) },
        };
        // SAFETY: their pointers are NULL or valid.
        let format = |k: usize| unsafe { MemberFormat::of(&given[k]) };
        let formats = try_collect(count, |k| format(k).map_err(|error| of_member(error, k)))?;
        let member = |k: usize| {
            Ok::<_, Error>(Member {
                // SAFETY: NULL or a string.
                name: unsafe { string(given[k].name) }.map(|name| name.to_bytes()),
                format: formats[k].format(),
                offset: Some(checked_size(given[k].offset, "offset")?),
            })
        };
        let members = try_collect(count, member)?;
        give(Format::from_members(
            &members,
            (itemsize > 0).then_some(itemsize),
        )?)
    })
}

/// The field that a path leads to: "a.b[1]" is element 1 of the field b of the field a; "[1]" is
/// also the second member of a struct, with a name or without. A sub-array may be given fewer
/// indices than it has dimensions: the field is then an array of the others. Returns the
/// format of that field with one reference, and writes its offset in the item. NULL on failure,
/// with nothing written: PYBUF_ERR_VALUE where there is no such field, with the names that there
/// are; PYBUF_ERR_INDEX for an index outside its dimension; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_field(
    format: *mut pybuf_format,
    path: *const c_char,
    offset: *mut isize,
) -> *mut pybuf_format {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; NULL or a string.
        let (compiled, path) = unsafe { (compiled::borrow(format)?, string(path)) };
        let path = path.ok_or(Error::fixed(
            Kind::Value,
            "path is NULL: give the name of a field, such as \"a.b[1]\"",
        ))?;
        // SAFETY: NULL or writable, and nobody else's meanwhile.
        let out = unsafe { offset.as_mut() }.ok_or(Error::fixed(
            Kind::Value,
            "offset is NULL: the offset of the field is written there",
        ))?;
        let (field, at) = compiled.format.field(path.to_bytes())?;
        let field = give(field)?;
        *out = at as isize;
        Ok(field)
    })
}

/// The format of the items of a view, read by pybuf_format_stated's rules. Returns a format with
/// one reference; NULL on failure: PYBUF_ERR_VALUE where no reading fits the item size,
/// PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_of_view(view: *mut pybuf_view) -> *mut pybuf_format {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        let format = view.format();
        format.read()?;
        match format.root() {
            Some(_) => give(format.try_clone()?),
            None => Err(Format::no_reading(format.text(), format.itemsize())),
        }
    })
}

/// The same format with the text that a dialect has for it: one for all spellings, with every
/// pad byte written out, so that nothing depends on alignment. Returns a format with one
/// reference. NULL on failure: PYBUF_ERR_VALUE where the dialect cannot say it (the struct module
/// has no sub-arrays, NumPy no pointers ...), PYBUF_ERR_OVERFLOW where its text would have more
/// than 2 MiB, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_in_dialect(
    format: *mut pybuf_format,
    dialect: i32,
) -> *mut pybuf_format {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let compiled = unsafe { compiled::borrow(format) }?;
        give(compiled.format.in_dialect(dialect_of(dialect)?)?)
    })
}

/// The same fields where a C compiler of this platform would put them: the right pad bytes for a
/// text written by hand. Returns a format with one reference; NULL on failure: PYBUF_ERR_OVERFLOW
/// where an item would be larger than Py_ssize_t can tell, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_in_c_layout(format: *mut pybuf_format) -> *mut pybuf_format {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        give(unsafe { compiled::borrow(format) }?.format.in_c_layout()?)
    })
}
