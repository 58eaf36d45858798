//! `pybuf_want`: what a consumer needs, said in one struct.

use std::ffi::{c_char, c_int};

use super::arguments::{check_reserved, read_contiguity, string};
use super::compiled;
use super::handle::{self, pybuf_format, pybuf_view};
use super::room::Room;
use super::run;
use crate::error::{Result, fail};
use crate::request::MAX_NDIM;
use crate::view::Want;

/// What a consumer needs. Set it to zero and fill in what matters: NULL or zero asks for
/// nothing in particular, and the view is to be read.
#[repr(C)]
#[derive(Debug)]
pub struct pybuf_want {
    /// Items of this kind, native in byte order and aligned, however their format is
    /// spelled: "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
    /// "uint64", "float16", "float32", "float64", "complex64", "complex128"; NULL: any.
    pub kind: *const c_char,
    /// Items that mean what this format does, however theirs is spelled, and aligned as it says
    /// (pybuf_format_alignment); NULL: any.
    pub format: *mut pybuf_format,
    /// So many dimensions, at most 64; 0: any number; -1: none, a single item.
    pub ndim: i32,
    /// 'C' or 'F': contiguous in this order; 'A': in either; 0: any strides.
    pub order: i32,
    /// Nonzero: to write. Otherwise the view is read-only, whatever the exporter allows.
    pub writable: i32,
    /// Nonzero: items of the kind or format may lie at any address. Memory with suboffsets counts as
    /// unaligned, unless the kind is a single byte.
    pub unaligned: i32,
    /// Nonzero: PIL-style suboffsets are understood (pybuf_view_pointer and all that copies
    /// follow them; a pointer and strides alone do not).
    pub indirect: i32,
    /// Nonzero: nobody writes as long as the view lives (the STABLE AND EXCLUSIVE chapter).
    pub stable: i32,
    /// Nonzero: nobody else has an export as long as the view lives (likewise).
    pub exclusive: i32,
    /// Zero; a later version may give these a meaning.
    pub reserved: [usize; 8],
}

/// The want that a pointer says; NULL wants anything readable.
///
/// # Safety
/// `want` is NULL or valid, its kind NULL or a string, and its format NULL or a handle that the
/// caller keeps as long as the answer.
pub(super) unsafe fn wanted<'a>(want: *const pybuf_want) -> Result<Want<'a>> {
    // SAFETY: as the caller promises.
    let Some(want) = (unsafe { want.as_ref() }) else {
        return Ok(Want {
            indirect: true,
            ..Want::default()
        });
    };
    check_reserved(&want.reserved)?;
    // SAFETY: as the caller promises.
    let kind = unsafe { string(want.kind) }
        .map(|name| Want::kind_named(name.to_bytes()))
        .transpose()?;
    let format = match want.format.is_null() {
        true => None,
        // SAFETY: as the caller promises.
        false => Some(unsafe { compiled::kept(want.format) }?),
    };
    let ndim = match want.ndim {
        -1 => Some(0),
        0 => None,
        ndim if (0..=MAX_NDIM as i32).contains(&ndim) => Some(ndim.unsigned_abs() as usize),
        ndim => {
            return fail!(
                Value,
                "{ndim} dimensions are wanted: say 1 to {MAX_NDIM}, 0 for any number, -1 for none"
            );
        }
    };
    Ok(Want {
        kind,
        format,
        ndim,
        order: match want.order {
            0 => None,
            letter => Some(read_contiguity(letter)?),
        },
        writable: want.writable != 0,
        unaligned: want.unaligned != 0,
        indirect: want.indirect != 0,
        stable: want.stable != 0,
        exclusive: want.exclusive != 0,
    })
}

/// Whether a view is as wanted (want NULL: anything, to be read): 0, or -1 with
/// PYBUF_ERR_BUFFER and the message that pybuf_exporter_view would give; PYBUF_ERR_VALUE for
/// a want that makes no sense.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_check(view: *mut pybuf_view, want: *const pybuf_want) -> c_int {
    run(-1, || {
        // SAFETY: NULL or valid; NULL or a handle, which the caller keeps meanwhile.
        let (want, view) = unsafe { (wanted(want)?, handle::view(view)?) };
        want.check(&view)?;
        Ok(0)
    })
}

/// Whether a view can be had as wanted without a copy: 1 where nothing has to move, and text is
/// empty. 0 where a copy is needed: text then says in one sentence which, and why: "a C-ordered
/// copy, because dimension 0 has a stride of 4 where C order needs 24". What is asked for by the
/// want is what pybuf_view_check looks at; read-only memory that is to be written, and memory that
/// others may write although it is to be stable, are reasons for a copy, too. want NULL is met by
/// any view.
///
/// As much of the text as has room is written to text, with a NUL, which is size bytes large (0:
/// nothing, and text may be NULL); it is shorter than PYBUF_EXPLAIN_SIZE, save where a format is
/// longer. -1 on failure: PYBUF_ERR_TYPE where view is none; PYBUF_ERR_BUFFER with the message of
/// pybuf_view_check where no copy would do, which is so where another number of dimensions is
/// wanted; PYBUF_ERR_VALUE for a want that makes no sense, and for a size below 0;
/// PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_is_zero_copy(
    view: *mut pybuf_view,
    want: *const pybuf_want,
    text: *mut c_char,
    size: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or valid; NULL or a handle, which the caller keeps meanwhile; room as said.
        let (want, view, mut room) =
            unsafe { (wanted(want)?, handle::view(view)?, Room::of(text, size)?) };
        let reason = view.reason_to_copy(&want)?;
        match &reason {
            Some(reason) => room.tell(reason),
            None => room.tell(&""),
        };
        Ok(reason.is_none().into())
    })
}
