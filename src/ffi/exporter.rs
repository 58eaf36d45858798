//! `pybuf_exporter`: lending memory.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::slice;

use super::arguments::{buffer_mut, check_reserved, checked_size, numbers, read_order, string};
use super::handle::{self, give_exporter, pybuf_exporter, pybuf_view, take_exporter};
use super::run;
use crate::abi::Py_buffer;
use crate::error::{Result, fail};
use crate::exporter::handle::{is_lent_by, release_export};
use crate::exporter::{Callback, Description, Exporter, Guard, Owner};
use crate::layout::MAX_DIMS;
use crate::request::Request;
use crate::view::View;

/// Memory, and how to lend it. Set it to zero and fill in what is to be said: NULL or zero
/// is the default that the field's comment gives.
///
/// ```c
/// pybuf_exporter *e = pybuf_exporter_new(&(pybuf_memory){
///     .buf = pixels, .size = pitch * height,
///     .format = "B", .ndim = 3,
///     .shape = (Py_ssize_t[]){height, width, 3},
///     .strides = (Py_ssize_t[]){pitch, 3, 1},
///     .release = image_done, .context = image,
/// });
/// ```
#[repr(C)]
#[derive(Debug)]
pub struct pybuf_memory {
    /// The start of the memory. It may be NULL only where there is no item. For constant
    /// memory cast const away and set readonly.
    pub buf: *mut c_void,
    /// Its extent in bytes: every item must lie inside.
    pub size: isize,
    /// The PEP 3118 format of an item; NULL: unsigned bytes, "B"; where itemsize is more
    /// than 1, items of that many bytes ("3s"). Copied.
    pub format: *const c_char,
    /// Bytes of an item; 0: those of the format. Needed where the format is more than a
    /// single code with or without an order character.
    pub itemsize: isize,
    /// Number of dimensions, at most 128 (consumers see at most 64). 0: not said, one
    /// dimension from the offset to the end; -1: none, a single item.
    pub ndim: i32,
    /// Where strides are left out: 'F' for Fortran order; 0 or 'C' for C order.
    pub order: i32,
    /// ndim lengths, in items. Copied.
    pub shape: *const isize,
    /// ndim distances, in bytes, negative and zero ones too; NULL: contiguous items in
    /// the order above. Copied.
    pub strides: *const isize,
    /// Where the item with all indices zero lies, in bytes from buf: not 0 where strides
    /// are negative.
    pub offset: isize,
    /// ndim offsets behind pointers, for PIL-style memory: where one is 0 or more, what is
    /// reached in that dimension is a pointer, which is followed, and the offset added.
    /// Negative: no pointer. NULL: there are none. buf and size are then those of the first
    /// table of pointers, none of which may be NULL. Copied; strides must be given.
    pub suboffsets: *const isize,
    /// Bytes behind each pointer, in which all must lie that is reached through it; 0: not
    /// said, and not checked.
    pub pointed: isize,
    /// Nonzero: nobody may write.
    pub readonly: i32,
    /// Nonzero: the memory is used through exports only, which are counted: so it can be had
    /// stable and exclusive (the STABLE AND EXCLUSIVE chapter).
    pub guarded: i32,
    /// Nonzero: nobody writes the memory as long as it is lent, its owner neither. It is
    /// read-only, and always stable.
    pub constant: i32,
    /// Nonzero: buf and release are NULL, and the library allocates size bytes (size 0: as
    /// many as the items take), all zero and aligned to 64.
    pub allocate: i32,
    /// Called once with context, when the last handle and the last export are gone; NULL:
    /// the memory outlives everything. It may run on any thread, with or without the
    /// GIL, also after Py_Finalize. It must not wait for a thread that may want the
    /// GIL, must not throw, and must not call Python after finalisation.
    pub release: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// The argument of release.
    pub context: *mut c_void,
    /// Zero; a later version may give these a meaning.
    pub reserved: [usize; 8],
}

/// The most dimensions.
const MOST: i32 = MAX_DIMS as i32;

impl pybuf_memory {
    /// # Safety
    /// Strings and arrays are as the fields' documentation says.
    unsafe fn description(&self) -> Result<Description<'_>> {
        check_reserved(&self.reserved)?;
        let shape = match self.ndim {
            -1 => Some(&[][..]),
            0 if self.shape.is_null() => None,
            0 => {
                return fail!(
                    Value,
                    "a shape is given, but ndim is 0: say ndim (-1 for none)"
                );
            }
            // SAFETY: as the caller promises.
            ndim @ 1..=MOST => Some(unsafe { numbers(self.shape, ndim, "shape") }?),
            ndim => {
                return fail!(
                    Value,
                    "ndim is {ndim}: say 1 to {MOST}, -1 for none, 0 where it is not said"
                );
            }
        };
        let strides = (!self.strides.is_null()).then(|| {
            let ndim = shape.map_or(0, <[isize]>::len);
            // SAFETY: as the caller promises, as many as lengths.
            unsafe { slice::from_raw_parts(self.strides, ndim) }
        });
        let itemsize = checked_size(self.itemsize, "itemsize")?;
        Ok(Description {
            size: checked_size(self.size, "size")?,
            // SAFETY: as the caller promises.
            format: unsafe { string(self.format) },
            itemsize: (itemsize != 0).then_some(itemsize),
            shape,
            strides,
            order: read_order(self.order)?,
            suboffsets: (!self.suboffsets.is_null()).then(|| {
                let ndim = shape.map_or(0, <[isize]>::len);
                // SAFETY: as the caller promises, as many as lengths.
                unsafe { slice::from_raw_parts(self.suboffsets, ndim) }
            }),
            pointed: checked_size(self.pointed, "pointed")?,
            offset: self.offset,
            readonly: self.readonly != 0,
            guard: Guard::said(self.guarded != 0, self.constant != 0)?,
        })
    }
}

/// Lends memory. Returns an exporter with one reference; NULL on failure.
///
/// The memory must stay valid, and where it is, until release is called. That happens once
/// in every case: on failure it has happened when this function returns. Shape, strides and
/// format are copied.
///
/// Errors: PYBUF_ERR_VALUE for shapes, strides, offsets or formats that make no sense or
/// leave the memory, PYBUF_ERR_OVERFLOW for sizes that do not fit, PYBUF_ERR_MEMORY.
/// With memory NULL: PYBUF_ERR_VALUE.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_exporter_new(memory: *const pybuf_memory) -> *mut pybuf_exporter {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or valid.
        let Some(memory) = (unsafe { memory.as_ref() }) else {
            return fail!(Value, "a pybuf_memory is needed here, not NULL");
        };
        // Made first: whatever fails below, dropping it calls the function.
        let owner = match memory.release {
            Some(release) => Owner::Callback(Callback {
                release,
                context: memory.context,
            }),
            None => Owner::Nobody,
        };
        // SAFETY: as this function's documentation demands.
        let description = unsafe { memory.description() }?;
        let exporter = match memory.allocate {
            // SAFETY: as above.
            0 => unsafe { Exporter::describe(memory.buf.cast(), &description, owner) },
            _ if memory.buf.is_null() && memory.release.is_none() => {
                Exporter::allocated(&description)
            }
            _ => fail!(
                Value,
                "memory is to be allocated, but buf or release is given: leave them NULL"
            ),
        };
        exporter.map(give_exporter)
    })
}

/// Lends a part of what an exporter has, or all of it in another way. Returns a new exporter
/// with one reference, which keeps base; NULL on failure.
///
/// In part, buf, release and context are NULL, and guarded, constant and allocate are 0: a
/// part is guarded or constant where base is, and counts its exports with it. It says all
/// anew: shape, strides and format left out mean what they mean in pybuf_exporter_new, not
/// those of base. offset and size count from the first byte of base's memory (of an exporter
/// made from a view: its lowest item's); size is where the part's memory ends, 0: where base's
/// does. A hundred bytes from byte 20 on are .offset = 20, .size = 120. The part is
/// read-only where base is.
///
/// Errors: as for pybuf_exporter_new; PYBUF_ERR_TYPE where base is no exporter;
/// PYBUF_ERR_NOT_IMPLEMENTED where base's memory has suboffsets, or grows (there lend a view:
/// pybuf_exporter_from_view).
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_exporter_part(
    base: *mut pybuf_exporter,
    part: *const pybuf_memory,
) -> *mut pybuf_exporter {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let base = unsafe { handle::exporter(base) }?;
        // SAFETY: NULL or valid.
        let Some(part) = (unsafe { part.as_ref() }) else {
            return fail!(Value, "a pybuf_memory is needed here, not NULL");
        };
        if !part.buf.is_null() || part.release.is_some() || !part.context.is_null() {
            return fail!(
                Value,
                "a part has no buf, release or context of its own: leave them NULL, and say where it begins \
                 by offset"
            );
        }
        if part.allocate != 0 {
            return fail!(
                Value,
                "a part is of memory that is there: nothing is allocated for it, leave allocate out"
            );
        }
        // SAFETY: as this function's documentation demands.
        let description = unsafe { part.description() }?;
        base.part(&description).map(give_exporter)
    })
}

/// Lends count views as one, PIL-style: one dimension more, along which they follow one
/// another, with a table of pointers to where they lie. Nothing is copied, and nothing moves.
/// Item (k, ...) is item (...) of rows[k]. Returns an exporter with one reference; NULL on
/// failure.
///
/// The rows are alike in shape, strides, item size and format, and have no suboffsets. They are
/// borrowed, and kept by the exporter all the same, each with its export. The memory is
/// read-only where a row is, and constant where all rows are stable.
///
/// ```c
/// pybuf_view *rows[2] = {above, below};
/// pybuf_exporter *image = pybuf_exporter_stack(rows, 2);
/// ```
///
/// Errors: PYBUF_ERR_VALUE where count is less than 1, rows is NULL, or a row is not like the
/// first; PYBUF_ERR_TYPE where a row is no view; PYBUF_ERR_NOT_IMPLEMENTED where one has
/// suboffsets; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_exporter_stack(
    rows: *const *mut pybuf_view,
    count: isize,
) -> *mut pybuf_exporter {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or so many handles, which the caller keeps meanwhile.
        let views = unsafe { handle::views(rows, count, "rows") }?;
        View::stack(&views).map(give_exporter)
    })
}

/// Lends a read-only copy of size bytes, which nobody changes any more: it is constant (the
/// STABLE AND EXCLUSIVE chapter). data NULL: so many zeros. Returns an exporter with one
/// reference; NULL on failure.
///
/// Errors: PYBUF_ERR_VALUE where size is negative; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_bytes_new(data: *const c_void, size: isize) -> *mut pybuf_exporter {
    run(ptr::null_mut(), || {
        let size = checked_size(size, "size")?;
        let exporter = match data.is_null() {
            true => Exporter::zeros(size),
            // SAFETY: readable for so many bytes.
            false => Exporter::copy_of(unsafe { slice::from_raw_parts(data.cast(), size) }),
        };
        exporter.map(give_exporter)
    })
}

/// Lends memory of its own: zeroed, writable, contiguous in order ('F'; 0 or 'C' for C).
/// Returns an exporter with one reference; NULL on failure. pybuf_exporter_data gives
/// the memory, aligned to 64 bytes, to be filled. It is not guarded: for that there are allocate
/// and guarded in pybuf_memory.
///
/// ndim is 0 for a single item. format and itemsize, and what NULL and 0 mean for them, are
/// as in pybuf_memory.
///
/// Errors: PYBUF_ERR_VALUE, PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_ndarray_new(
    ndim: i32,
    shape: *const isize,
    format: *const c_char,
    itemsize: isize,
    order: c_char,
) -> *mut pybuf_exporter {
    run(ptr::null_mut(), || {
        let itemsize = checked_size(itemsize, "itemsize")?;
        let description = Description {
            // SAFETY: NULL or a string.
            format: unsafe { string(format) },
            itemsize: (itemsize != 0).then_some(itemsize),
            // SAFETY: as many numbers as dimensions.
            shape: Some(unsafe { numbers(shape, ndim, "shape") }?),
            order: read_order(i32::from(order))?,
            ..Description::default()
        };
        Exporter::allocated(&description).map(give_exporter)
    })
}

/// Another reference on the same exporter, to be given up with pybuf_exporter_unref. Returns
/// the handle it was given; NULL with PYBUF_ERR_TYPE where that is no exporter.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_exporter_ref(exporter: *mut pybuf_exporter) -> *mut pybuf_exporter {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let borrowed = unsafe { handle::exporter(exporter) }?;
        Ok(give_exporter((*borrowed).clone()))
    })
}

/// Gives up a reference. With the last reference and the last export the memory is given
/// back: its release callback runs. NULL is allowed and does nothing; anything that is no
/// exporter is left alone, with PYBUF_ERR_TYPE.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// The reference must be yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_exporter_unref(exporter: *mut pybuf_exporter) {
    if exporter.is_null() {
        return;
    }
    // SAFETY: a handle, whose reference the caller gives up.
    run((), || unsafe { take_exporter(exporter) }.map(drop));
}

/// The address of the item with all indices zero (with suboffsets: of the first pointer). It is
/// valid as long as somebody has a reference or an export; of memory that grows only until
/// its size changes, so for as long as an export of yours is outstanding. NULL with
/// PYBUF_ERR_TYPE where exporter is none; NULL without an error where the memory is empty
/// and was lent at NULL.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_exporter_data(exporter: *mut pybuf_exporter) -> *mut c_void {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let exporter = unsafe { handle::exporter(exporter) }?;
        Ok(exporter.data().cast())
    })
}

/// The protocol's request: fills view as flags (PyBUF_…) ask. Returns 0, or -1 with view's
/// obj and internal NULL.
///
/// The export holds a reference on the exporter, so that its memory lives until the
/// release by pybuf_release or pybuf_releasebuffer, whoever lets go of the handle
/// meanwhile. obj is NULL: no Python object is behind it. Do not move or copy a filled
/// Py_buffer; shape, strides and format belong to the exporter.
///
/// What is answered, after the checks in this order; each refusal is PYBUF_ERR_BUFFER:
///
/// ```text
/// PyBUF_WRITABLE                   memory must not be read-only
/// PyBUF_C_CONTIGUOUS, F_, ANY_     memory must be laid out so
/// no PyBUF_INDIRECT                memory must have no suboffsets
/// no PyBUF_STRIDES                 memory must be in C order; strides are NULL
/// no PyBUF_ND                      ndim is 1, shape NULL: len bytes; with
///                                  PyBUF_FORMAT only for one dimension
/// no PyBUF_FORMAT                  format is NULL; itemsize stays the true one
/// ```
///
/// Memory that counts its exports (guarded, or growing) also refuses a buffer while another
/// export is exclusive, and one that is to be written while another is stable.
///
/// Without PyBUF_WRITABLE, readonly tells the truth; it is 1 too while an export is stable.
/// With no dimensions, shape and strides are NULL. Exactly PyBUF_READ or PyBUF_WRITE as flags
/// is PYBUF_ERR_SYSTEM. Other bits are not looked at. Memory of more than 64 dimensions is
/// exported as bytes only.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_getbuffer(
    self_: *mut pybuf_exporter,
    view: *mut Py_buffer,
    flags: c_int,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or valid.
        let view = unsafe { buffer_mut(view) }?;
        view.obj = ptr::null_mut();
        view.internal = ptr::null_mut();
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let exporter = unsafe { handle::exporter(self_) }?;
        exporter.fill_native(view, Request::from_flags(flags))?;
        Ok(0)
    })
}

/// Ends an export that pybuf_getbuffer gave: its reference on the exporter is given up. A
/// buffer that self did not fill, or that is released already, is left alone, with
/// PYBUF_ERR_BUFFER. pybuf_release does the same and needs no exporter.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_releasebuffer(self_: *mut pybuf_exporter, view: *mut Py_buffer) {
    run((), || {
        // SAFETY: NULL or valid.
        let view = unsafe { buffer_mut(view) }?;
        // SAFETY: NULL or a handle: the export itself keeps it, if nobody else does.
        unsafe { handle::exporter(self_) }?;
        // SAFETY: as this function's documentation demands.
        let ours = unsafe { is_lent_by(view, self_.cast()) };
        if !ours {
            return fail!(
                Buffer,
                "this buffer was not filled by this exporter, or has been released already"
            );
        }
        // SAFETY: filled by this exporter.
        unsafe { release_export(view) };
        Ok(())
    });
}
