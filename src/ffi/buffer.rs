//! `Py_buffer`: the counterparts of CPython's functions on it.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;

use super::arguments::{buffer, buffer_mut, checked_size, copy_order, numbers, read_contiguity};
use super::{python_or_absent as python, run};
use crate::abi::*;
use crate::copy::{self, Place};
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::handle::release_export;
use crate::layout::{Layout, MAX_DIMS, Order, fill_strides};
use crate::view;

static BYTES_FORMAT: [c_char; 2] = [b'B' as c_char, 0];

/// Ends an export, whoever gave it; the counterpart of PyBuffer_Release. Idempotent: a
/// buffer that is empty, refused or released already is left as it is. NULL sets
/// PYBUF_ERR_BUFFER.
///
/// Where obj is NULL the export is ended, and *view is all zero, if it is one of this library
/// (of any copy of it in the process); a buffer of a foreign native exporter is left alone.
/// Where obj is not NULL a Python object lent the memory, and this calls PyBuffer_Release. On
/// a thread that is not attached to Python, *view is all zero afterwards, and the object,
/// taken for one of the main interpreter, is released late: at the next pybuf_python_* call
/// on an attached thread of that interpreter, also soon by its main thread; after Py_Finalize
/// never. That needs memory: where there is none, the buffer stays as it is, to be released
/// again, with PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// `view` must be empty, filled by an exporter, or released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_release(view: *mut Py_buffer) {
    run((), || {
        // SAFETY: NULL or valid.
        let view = unsafe { buffer_mut(view) }?;
        if view.obj.is_null() {
            // SAFETY: as its exporter left it.
            unsafe { release_export(view) };
            return Ok(());
        }
        // SAFETY: a buffer that a Python object filled.
        unsafe { python::release_buffer(view) }
    });
}

/// Whether the memory is contiguous in order: 'C', 'F' or 'A' (either), nothing else. 1 or 0;
/// the counterpart of PyBuffer_IsContiguous. With suboffsets it never is, without items always,
/// and the stride of a dimension of length 1 does not matter. Strides NULL mean C order.
/// 0 with an error: PYBUF_ERR_VALUE for another order, PYBUF_ERR_BUFFER for a view that is
/// NULL or contradicts itself, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_is_contiguous(view: *const Py_buffer, order: c_char) -> c_int {
    run(0, || {
        let wanted = read_contiguity(i32::from(order))?;
        // SAFETY: NULL or filled.
        let (_, layout) = unsafe { geometry(view) }?;
        Ok(layout.is_contiguous(wanted).into())
    })
}

/// The address of the item at view->ndim indices, each from 0 to below its length; the
/// counterpart of PyBuffer_GetPointer. Suboffsets are followed. With ndim 0 no index is
/// read; without shape and format, items are bytes. NULL with PYBUF_ERR_INDEX for an index
/// outside (CPython does not look), PYBUF_ERR_VALUE, PYBUF_ERR_BUFFER where view
/// contradicts itself or a pointer on the way is NULL (as for all that copies), or
/// PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_get_pointer(
    view: *const Py_buffer,
    indices: *const isize,
) -> *mut c_void {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or filled.
        let (base, layout) = unsafe { geometry(view) }?;
        // Without dimensions there are no indices, whatever is made of the memory.
        // SAFETY: not NULL, or `geometry` would have failed.
        if unsafe { buffer(view) }?.ndim == 0 {
            return Ok(base.cast());
        }
        // SAFETY: one number for each dimension.
        let indices = unsafe { numbers(indices, layout.ndim() as i32, "indices") }?;
        for (dim, &index) in indices.iter().enumerate() {
            if index < 0 {
                return fail!(Index, "index {index} in dimension {dim} is negative");
            }
            layout.position(dim, index)?;
        }
        // SAFETY: the indices are in range, and the export keeps the memory.
        Ok(unsafe { place(base, &layout).item(indices) }?.cast())
    })
}

/// Copies all items of src to buf, one after another; the counterpart of
/// PyBuffer_ToContiguous. len must be src->len. order is 'C', 'F' or 'A', nothing else; 'A':
/// as they lie where src is contiguous, else 'C'. Returns 0, or -1 with PYBUF_ERR_VALUE,
/// PYBUF_ERR_BUFFER (src contradicts itself) or PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_to_contiguous(
    buf: *mut c_void,
    src: *const Py_buffer,
    len: isize,
    order: c_char,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or filled.
        let (base, layout) = unsafe { geometry(src) }?;
        let order = copy_order(&layout, order)?;
        let (len, nbytes) = (checked_size(len, "len")?, layout.nbytes());
        if len != nbytes {
            return fail!(
                Value,
                "len is {len}, but the view has {nbytes} bytes: they must be equal"
            );
        }
        check_memory(buf, len)?;
        // SAFETY: the export keeps the memory, and `buf` has room.
        unsafe { copy::gather(buf.cast(), place(base, &layout), order) }?;
        Ok(0)
    })
}

/// Copies items that lie one after another in buf to view; the counterpart of
/// PyBuffer_FromContiguous. Of len bytes at most view->len are used, and only whole items.
/// Order as for pybuf_to_contiguous. Returns 0, or -1 with PYBUF_ERR_VALUE,
/// PYBUF_ERR_BUFFER, PYBUF_ERR_MEMORY, or PYBUF_ERR_TYPE where view is read-only (CPython
/// does not look).
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// `buf` must not overlap the memory of `view`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_from_contiguous(
    view: *const Py_buffer,
    buf: *const c_void,
    len: isize,
    order: c_char,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or filled.
        let (base, layout) = unsafe { geometry(view) }?;
        // SAFETY: not NULL, or `geometry` would have failed.
        check_writable(unsafe { buffer(view) }?)?;
        let order = copy_order(&layout, order)?;
        let len = checked_size(len, "len")?.min(layout.nbytes());
        check_memory(buf.cast_mut(), len)?;
        if len > 0 {
            let count = len / layout.itemsize();
            // SAFETY: the export keeps the memory; so many items lie in `buf`.
            unsafe { copy::scatter(place(base, &layout), buf.cast(), count, order) }?;
        }
        Ok(0)
    })
}

/// Copies all items of src to the same indices of dest; the counterpart of
/// PyObject_CopyData, for views. Shapes and item sizes must be equal, formats and strides
/// need not. The two may overlap: the outcome is as if src had been copied away first.
/// Returns 0, or -1 with PYBUF_ERR_VALUE, PYBUF_ERR_BUFFER, PYBUF_ERR_MEMORY, or
/// PYBUF_ERR_TYPE where dest is read-only.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_copy_data(dest: *const Py_buffer, src: *const Py_buffer) -> c_int {
    run(-1, || {
        // SAFETY: NULL or filled.
        let ((to, to_layout), (from, from_layout)) = unsafe { (geometry(dest)?, geometry(src)?) };
        // SAFETY: not NULL, or `geometry` would have failed.
        check_writable(unsafe { buffer(dest) }?)?;
        // SAFETY: the exports keep both memories.
        unsafe { copy::copy(place(to, &to_layout), place(from, &from_layout)) }?;
        Ok(0)
    })
}

/// Fills in the strides of contiguous memory: order 'F' for Fortran, any other for C, as
/// CPython's; the counterpart of PyBuffer_FillContiguousStrides. With ndim 0 nothing is
/// written. A negative length or itemsize, NULL, or an ndim that no layout has: nothing is
/// written, and the last error is set (PYBUF_ERR_VALUE).
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_fill_contiguous_strides(
    ndim: c_int,
    shape: *const isize,
    strides: *mut isize,
    itemsize: isize,
    order: c_char,
) {
    run((), || {
        // SAFETY: as many numbers as dimensions.
        let shape = unsafe { numbers(shape, ndim, "shape") }?;
        checked_size(itemsize, "itemsize")?;
        if let Some(&length) = shape.iter().find(|&&length| length < 0) {
            return fail!(Value, "a length is {length}: lengths are 0 or more");
        }
        if strides.is_null() && !shape.is_empty() {
            return fail!(Value, "strides is NULL, but is to be filled in");
        }
        let order = match order as u8 {
            b'F' => Order::F,
            _ => Order::C,
        };
        let mut filled = [0; MAX_DIMS];
        let filled = &mut filled[..shape.len()];
        fill_strides(shape, filled, itemsize, order);
        if !filled.is_empty() {
            // SAFETY: there is room for so many.
            unsafe { strides.copy_from(filled.as_ptr(), filled.len()) };
        }
        Ok(())
    });
}

/// Fills view as an exporter of len plain bytes at buf does; the counterpart of
/// PyBuffer_FillInfo, for getbuffer functions of your own. obj is the exporting Python
/// object, of which view gets a new reference, or NULL where there is none. Returns 0, or
/// -1 with view's obj NULL: PYBUF_ERR_BUFFER where writing is asked for and readonly is
/// not 0, PYBUF_ERR_SYSTEM for exactly PyBUF_READ or PyBUF_WRITE as flags, PYBUF_ERR_RUNTIME
/// where obj is given and there is no Python or the thread is not attached, PYBUF_ERR_VALUE.
///
/// shape and strides point into view itself, so it must not be moved.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// `obj` must be NULL or a Python object, and then the thread must be attached to its interpreter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_fill_info(
    view: *mut Py_buffer,
    obj: *mut PyObject,
    buf: *mut c_void,
    len: isize,
    readonly: c_int,
    flags: c_int,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or valid.
        let view = unsafe { buffer_mut(view) }?;
        view.obj = ptr::null_mut();
        view.internal = ptr::null_mut();
        let len = checked_size(len, "len")?;
        check_memory(buf, len)?;
        let layout = Layout::bytes(len)?;
        let request = crate::request::Request::from_flags(flags);
        let offer = crate::request::Offer::new(&layout, readonly != 0);
        let answer = offer
            .answer(request)
            .map_err(|refusal| refusal.of(&layout))?;
        // SAFETY: NULL or a Python object.
        let obj = unsafe { python::new_reference(obj) }?;
        *view = Py_buffer {
            buf,
            obj,
            len: len as isize,
            itemsize: 1,
            readonly: (readonly != 0).into(),
            ndim: 1,
            ..Py_buffer::empty()
        };
        if answer.format {
            view.format = BYTES_FORMAT.as_ptr().cast_mut();
        }
        if answer.shape {
            view.shape = &raw mut view.len;
        }
        if answer.strides {
            view.strides = &raw mut view.itemsize;
        }
        Ok(0)
    })
}

/// Address and layout of a filled buffer, checked.
///
/// # Safety
/// `view` is NULL or filled by an exporter.
unsafe fn geometry(view: *const Py_buffer) -> Result<(*mut u8, Layout)> {
    // SAFETY: as the caller promises. The copy is what is checked, whatever its exporter does.
    unsafe { view::geometry(&ptr::from_ref(buffer(view)?).read(), None) }
}

fn place(base: *mut u8, layout: &Layout) -> Place<'_> {
    Place { base, layout }
}

fn check_memory(buf: *mut c_void, len: usize) -> Result<()> {
    if buf.is_null() && len > 0 {
        return fail!(Value, "buf is NULL, but {len} bytes are to lie there");
    }
    Ok(())
}

fn check_writable(view: &Py_buffer) -> Result<()> {
    if view.readonly != 0 {
        let text = "cannot modify read-only memory: ask the exporter for PyBUF_WRITABLE";
        return Err(Error::fixed(Kind::Type, text));
    }
    Ok(())
}
