//! `pybuf_view`: taking what somebody lends.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;

use super::arguments::{buffer_mut, read_contiguity};
use super::handle::{self, give_exporter, give_view, pybuf_exporter, pybuf_view, take_view};
use super::want::{pybuf_want, wanted};
use super::{error, python_or_absent as python, run};
use crate::abi::{Py_buffer, ReleaseBuffer};
use crate::error::fail;
use crate::request::Request;
use crate::view::{Giver, View, adopt};

/// The getbuffer function of an exporter. CPython's getbufferproc fits by a cast.
pub type pybuf_getbufferproc =
    Option<unsafe extern "C" fn(self_: *mut c_void, view: *mut Py_buffer, flags: c_int) -> c_int>;

/// The releasebuffer function of an exporter. CPython's releasebufferproc fits by a cast.
pub type pybuf_releasebufferproc =
    Option<unsafe extern "C" fn(self_: *mut c_void, view: *mut Py_buffer)>;

/// Asks any getbuffer function for a buffer, and takes it over: a plug-in's, a type's slot,
/// or (pybuf_getbufferproc)pybuf_getbuffer; for an exporter of your own pybuf_exporter_view
/// is shorter. Returns a view with one reference; NULL on failure.
///
/// The answer is checked before it is believed (len against shape, overflow, promises of
/// contiguity), and what is missing in it is filled in: without a shape it is len unsigned
/// bytes in one dimension (with a format, as many items of that); without a format each item
/// is itemsize bytes ("4s"; "B" for 1); without strides it is in C order. Ask for
/// PyBUF_FULL_RO to get all.
///
/// When the last view is gone, releasebuffer is called once with the very struct that was
/// filled, on whatever thread that is; it may be NULL where there is nothing to do (an export
/// of this library is ended all the same). self must stay usable until then. Where the answer
/// names a Python object (obj is not NULL), releasebuffer is called if it is given, and the
/// object is then dropped, else PyBuffer_Release is called; both on an attached thread, as
/// pybuf_python_view says. Where there is no Python in the process obj is not looked at.
///
/// Errors: those of getbuffer, where it leaves one of this library or a Python exception
/// (PYBUF_ERR_PYTHON), else PYBUF_ERR_BUFFER; PYBUF_ERR_BUFFER where the answer is
/// unsound (it has been released then), or where getbuffer succeeds and has filled in
/// nothing (nothing is released then); PYBUF_ERR_VALUE for more than 64 dimensions;
/// PYBUF_ERR_TYPE where getbuffer is NULL; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// `getbuffer` and `releasebuffer` must belong to `self`, and what they lend must be what they say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_acquire(
    self_: *mut c_void,
    getbuffer: pybuf_getbufferproc,
    releasebuffer: pybuf_releasebufferproc,
    flags: c_int,
) -> *mut pybuf_view {
    let before = error::error_count();
    run(ptr::null_mut(), || {
        let Some(getbuffer) = getbuffer else {
            return fail!(Type, "a getbuffer function is needed here, not NULL");
        };
        let request = Request::from_flags(flags);
        let giver = |filled: &Py_buffer| match filled.obj.is_null() {
            true => Giver::functions(self_, releasebuffer.filter(is_foreign)),
            false => python::giver_with(self_, releasebuffer),
        };
        // An exporter that says why it refuses is heard.
        let refused = |refusal| {
            let theirs = error::last_error().filter(|_| error::error_count() != before);
            theirs.or_else(python::pending_exception).unwrap_or(refusal)
        };
        // SAFETY: as this function's documentation demands.
        let view = unsafe { View::acquire_with(self_, getbuffer, request, giver, refused) };
        view.map(give_view)
    })
}

/// Whether a release function does what only its author knows. Ours does what is done with
/// an export of ours anyway; left to that, what is lent on through many hands is kept by its
/// first owner alone.
fn is_foreign(releasebuffer: &ReleaseBuffer) -> bool {
    let ours = super::exporter::pybuf_releasebuffer as *const c_void;
    !std::ptr::eq(*releasebuffer as *const c_void, ours)
}

/// Takes over a buffer that somebody has filled. Returns a view with one reference, and
/// *buffer is then empty: the view releases it, as pybuf_release would. A buffer that a native
/// exporter of another make filled is not released by that: take such ones with
/// pybuf_view_acquire. NULL on failure, and *buffer is still the caller's.
///
/// Pointers of *buffer into itself are aimed at its new place; all else is kept as it is for
/// the release.
///
/// Errors: PYBUF_ERR_BUFFER where the buffer is NULL, empty or contradicts itself,
/// PYBUF_ERR_VALUE for more than 64 dimensions, PYBUF_ERR_RUNTIME where it belongs to a
/// Python object and the thread is not attached, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// `buffer` must be NULL, or filled by an exporter and not yet released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_adopt(buffer: *mut Py_buffer) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or valid.
        let buffer = unsafe { buffer_mut(buffer) }?;
        let is_native = buffer.obj.is_null();
        let giver = || match is_native {
            true => Ok(Giver::NATIVE),
            false => python::giver(),
        };
        // SAFETY: filled by an exporter, of the sort that the giver ends.
        unsafe { adopt(buffer, giver) }.map(give_view)
    })
}

/// A view of all that an exporter lends, as wanted; want NULL: anything, to be read. Returns
/// a view with one reference; NULL on failure.
///
/// Errors: PYBUF_ERR_BUFFER where the memory is not as wanted, or others have it so that it
/// cannot be: the message says what was asked, what is there and what would do.
/// PYBUF_ERR_TYPE, PYBUF_ERR_VALUE (a want that makes no sense), PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_exporter_view(
    exporter: *mut pybuf_exporter,
    want: *const pybuf_want,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or valid.
        let want = unsafe { wanted(want) }?;
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let exporter = unsafe { handle::exporter(exporter) }?;
        exporter.view_as(&want).map(give_view)
    })
}

/// Another reference on the same view, to be given up with pybuf_view_unref. Returns the
/// handle it was given; NULL with PYBUF_ERR_TYPE where that is no view.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_ref(view: *mut pybuf_view) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let borrowed = unsafe { handle::view(view) }?;
        Ok(give_view((*borrowed).clone()))
    })
}

/// Gives up a reference. With the last view of an export it is released. NULL is allowed and
/// does nothing; anything that is no view is left alone, with PYBUF_ERR_TYPE.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// The reference must be yours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_unref(view: *mut pybuf_view) {
    if view.is_null() {
        return;
    }
    // SAFETY: a handle, whose reference the caller gives up.
    run((), || unsafe { take_view(view) }.map(drop));
}

/// What a getter gives of a view, or `failed`.
///
/// # Safety
/// `view` is NULL or a handle.
unsafe fn get<T>(view: *mut pybuf_view, failed: T, value: impl FnOnce(&View) -> T) -> T {
    run(failed, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        Ok(value(&view))
    })
}

/// The address of the item with all indices zero (with suboffsets, of the first pointer),
/// valid as long as the view lives. NULL with PYBUF_ERR_TYPE where view is none; it may be
/// NULL where there is no item.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_data(view: *mut pybuf_view) -> *mut c_void {
    // SAFETY: as the caller promises.
    unsafe { get(view, ptr::null_mut(), |view| view.data().cast()) }
}

/// Bytes of one item; -1 on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_itemsize(view: *mut pybuf_view) -> isize {
    // SAFETY: as the caller promises.
    unsafe { get(view, -1, |view| view.layout().itemsize() as isize) }
}

/// Bytes of all items together; -1 on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_nbytes(view: *mut pybuf_view) -> isize {
    // SAFETY: as the caller promises.
    unsafe { get(view, -1, |view| view.layout().nbytes() as isize) }
}

/// Number of dimensions; -1 on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_ndim(view: *mut pybuf_view) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { get(view, -1, |view| view.layout().ndim() as i32) }
}

/// 1 where nothing may be written, else 0; -1 on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_readonly(view: *mut pybuf_view) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { get(view, -1, |view| view.is_readonly().into()) }
}

/// The PEP 3118 format of an item, which lives as long as the view; NULL on failure only.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_format(view: *mut pybuf_view) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { get(view, ptr::null(), |view| view.format().as_ptr()) }
}

/// The lengths, in items, as many as dimensions; they live as long as the view. NULL on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_shape(view: *mut pybuf_view) -> *const isize {
    // SAFETY: as the caller promises.
    unsafe { get(view, ptr::null(), |view| view.layout().shape().as_ptr()) }
}

/// The distances, in bytes, as many as dimensions; they live as long as the view. NULL on
/// failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_strides(view: *mut pybuf_view) -> *const isize {
    // SAFETY: as the caller promises.
    unsafe { get(view, ptr::null(), |view| view.layout().strides().as_ptr()) }
}

/// The suboffsets, as many as dimensions, which live as long as the view; NULL where there are
/// none, or on failure.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_suboffsets(view: *mut pybuf_view) -> *const isize {
    // SAFETY: as the caller promises.
    unsafe {
        get(view, ptr::null(), |view| {
            let suboffsets = view.layout().suboffsets();
            suboffsets.map_or(ptr::null(), <[isize]>::as_ptr)
        })
    }
}

/// Whether the items are contiguous in order: 'C', 'F' or 'A' (either), nothing else. 1 or 0;
/// -1 on failure: PYBUF_ERR_VALUE for another order, PYBUF_ERR_TYPE where view is none.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_is_contiguous(view: *mut pybuf_view, order: c_char) -> c_int {
    run(-1, || {
        let wanted = read_contiguity(i32::from(order))?;
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        Ok(view.layout().is_contiguous(wanted).into())
    })
}

/// Lends on what a view shows: fills buffer as flags ask, by the rules of pybuf_getbuffer. The
/// export keeps the view; it is ended with pybuf_release. Returns 0, or -1 with buffer's obj
/// and internal NULL; the errors are those of pybuf_getbuffer.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_getbuffer(
    view: *mut pybuf_view,
    buffer: *mut Py_buffer,
    flags: c_int,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or valid.
        let buffer = unsafe { buffer_mut(buffer) }?;
        buffer.obj = ptr::null_mut();
        buffer.internal = ptr::null_mut();
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        view.fill_native(buffer, Request::from_flags(flags))?;
        Ok(0)
    })
}

/// Lends what a view shows: sliced, transposed, read-only as it is. Returns an exporter
/// with one reference, which keeps the view; NULL on failure.
///
/// Errors: PYBUF_ERR_TYPE where view is no view; PYBUF_ERR_OVERFLOW where the items lie
/// further apart than Py_ssize_t can say; PYBUF_ERR_VALUE, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_exporter_from_view(view: *mut pybuf_view) -> *mut pybuf_exporter {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        view.lend().map(give_exporter)
    })
}
