//! `pybuf_view`: reading and writing what somebody lends.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::slice;

use super::{
    buffer_mut, check_reserved, contiguity, error, exporter, give_view, numbers, order,
    pybuf_exporter, python_or_absent as python, run, size, string, take_view, view,
};
use crate::abi::Py_buffer;
use crate::error::{Result, fail};
use crate::layout::{Order, Slice};
use crate::request::{MAX_NDIM, Request};
use crate::view::{Giver, View, Want, adopt};

/// A handle on a view: a buffer that has been taken, and a layout and a format to read
/// it by. Counted: whoever makes one has a reference and gives it up with
/// pybuf_view_unref. Views made from views share the export, which is released with the
/// last of them. A view never changes, and may be used from any thread; access to the
/// items is as unsynchronised as to any memory.
pub struct pybuf_view {
    _opaque: [u8; 0],
}

/// The getbuffer function of an exporter. CPython's getbufferproc fits by a cast.
pub type pybuf_getbufferproc =
    Option<unsafe extern "C" fn(self_: *mut c_void, view: *mut Py_buffer, flags: c_int) -> c_int>;

/// The releasebuffer function of an exporter. CPython's releasebufferproc fits by a cast.
pub type pybuf_releasebufferproc =
    Option<unsafe extern "C" fn(self_: *mut c_void, view: *mut Py_buffer)>;

/// A bound for pybuf_view_slice that was left out: from the first item, or to beyond the
/// last, in the direction of the step.
pub const PYBUF_OPEN: isize = isize::MIN;

/// What a consumer needs. Set it to zero and fill in what matters; a field left out asks
/// for nothing in particular.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct pybuf_want {
    /// Items of this kind, native in byte order and aligned, however their format is
    /// spelled: "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
    /// "uint64", "float16", "float32", "float64", "complex64", "complex128"; NULL: any.
    pub kind: *const c_char,
    /// So many dimensions, at most 64; 0: any number; -1: none, a single item.
    pub ndim: i32,
    /// 'C' or 'F': contiguous in this order; 'A': in either; 0: any strides.
    pub order: i32,
    /// Nonzero: to write. Otherwise the view is read-only, whatever the exporter allows.
    pub writable: i32,
    /// Nonzero: items of the kind may lie at any address.
    pub unaligned: i32,
    /// Nonzero: PIL-style suboffsets are understood (pybuf_view_pointer and all that copies
    /// follow them; a pointer and strides alone do not).
    pub indirect: i32,
    /// Zero; a later version may give these a meaning.
    pub reserved: [usize; 8],
}

/// The want that a pointer says; NULL wants anything readable.
///
/// # Safety
/// `want` is NULL or valid, and its kind NULL or a string.
pub(super) unsafe fn wanted(want: *const pybuf_want) -> Result<Want> {
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
        .map(|name| Want::kind_named(&String::from_utf8_lossy(name.to_bytes())))
        .transpose()?;
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
        ndim,
        order: match want.order {
            0 => None,
            letter => Some(contiguity(letter)?),
        },
        writable: want.writable != 0,
        unaligned: want.unaligned != 0,
        indirect: want.indirect != 0,
    })
}

/// Asks any getbuffer function for a buffer, and takes it over: a plug-in's, a type's slot,
/// or pybuf_getbuffer itself. Returns a view with one reference; NULL on failure.
///
/// The answer is checked before it is believed (len against shape, overflow, promises of
/// contiguity), and what is missing in it is filled in. When the last view is gone,
/// releasebuffer is called once with the very struct that was filled, on whatever thread
/// that is; it may be NULL where there is nothing to do (an export of this library is
/// ended all the same). self must stay usable until then.
///
/// Errors: those of getbuffer, where it leaves one of this library or a Python exception
/// (PYBUF_ERR_PYTHON), else PYBUF_ERR_BUFFER; PYBUF_ERR_BUFFER where the answer is
/// unsound (it has been released then); PYBUF_ERR_VALUE for more than 64 dimensions;
/// PYBUF_ERR_TYPE where getbuffer is NULL; PYBUF_ERR_MEMORY.
///
/// # Safety
/// The functions belong to `self_`, and what they lend is what they say.
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
            true => Giver::functions(self_, releasebuffer),
            // A slot of a Python type: the object it names is what has to be released.
            false => python::giver().unwrap_or(Giver::functions(self_, releasebuffer)),
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

/// Takes over a buffer that somebody has filled. Returns a view with one reference, and
/// *buffer is then empty: the view releases it, as pybuf_release would. NULL on failure, and
/// *buffer is still the caller's.
///
/// Pointers of *buffer into itself are aimed at its new place; all else is kept as it is for
/// the release.
///
/// Errors: PYBUF_ERR_BUFFER where the buffer is NULL or contradicts itself, PYBUF_ERR_VALUE
/// for more than 64 dimensions, PYBUF_ERR_RUNTIME where it belongs to a Python object and
/// the thread is not attached, PYBUF_ERR_MEMORY.
///
/// # Safety
/// `buffer` is NULL or was filled by an exporter.
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
/// Errors: PYBUF_ERR_BUFFER where the memory is not as wanted: the message says what was
/// asked, what is there and what would do. PYBUF_ERR_TYPE, PYBUF_ERR_VALUE (a want that
/// makes no sense), PYBUF_ERR_MEMORY.
///
/// # Safety
/// `exporter` is NULL or a handle, `want` NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_exporter_view(
    exporter: *mut pybuf_exporter,
    want: *const pybuf_want,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or valid.
        let want = unsafe { wanted(want) }?;
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let exporter = unsafe { self::exporter(exporter) }?;
        exporter.view_as(&want).map(give_view)
    })
}

/// Another reference on the same view, to be given up with pybuf_view_unref. Returns the
/// handle it was given; NULL with PYBUF_ERR_TYPE where that is no view.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_ref(view: *mut pybuf_view) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let borrowed = unsafe { self::view(view) }?;
        Ok(give_view((*borrowed).clone()))
    })
}

/// Gives up a reference. With the last view of an export it is released. NULL is allowed and
/// does nothing; anything that is no view is left alone, with PYBUF_ERR_TYPE.
///
/// # Safety
/// `view` is NULL or a handle, and the reference is the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_unref(view: *mut pybuf_view) {
    if view.is_null() {
        return;
    }
    // SAFETY: a handle, whose reference the caller gives up.
    run((), || unsafe { take_view(view) }.map(drop));
}

/// Whether a view is as wanted: 0, or -1 with PYBUF_ERR_BUFFER and the message that
/// pybuf_exporter_view would give.
///
/// # Safety
/// `view` is NULL or a handle, `want` NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_check(view: *mut pybuf_view, want: *const pybuf_want) -> c_int {
    run(-1, || {
        // SAFETY: NULL or valid; NULL or a handle, which the caller keeps meanwhile.
        let (want, view) = unsafe { (wanted(want)?, self::view(view)?) };
        want.check(&view)?;
        Ok(0)
    })
}

/// What a getter gives of a view, or `failed`.
///
/// # Safety
/// `view` is NULL or a handle.
unsafe fn get<T>(view: *mut pybuf_view, failed: T, value: impl FnOnce(&View) -> T) -> T {
    run(failed, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { self::view(view) }?;
        Ok(value(&view))
    })
}

/// The address of the item with all indices zero (with suboffsets, of the first pointer). NULL
/// with PYBUF_ERR_TYPE where view is none; it may be NULL where there is no item.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_data(view: *mut pybuf_view) -> *mut c_void {
    // SAFETY: as the caller promises.
    unsafe { get(view, ptr::null_mut(), |view| view.data().cast()) }
}

/// Bytes of one item; -1 on failure.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_itemsize(view: *mut pybuf_view) -> isize {
    // SAFETY: as the caller promises.
    unsafe { get(view, -1, |view| view.layout().itemsize() as isize) }
}

/// Bytes of all items together; -1 on failure.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_nbytes(view: *mut pybuf_view) -> isize {
    // SAFETY: as the caller promises.
    unsafe { get(view, -1, |view| view.layout().nbytes() as isize) }
}

/// Number of dimensions; -1 on failure.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_ndim(view: *mut pybuf_view) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { get(view, -1, |view| view.layout().ndim() as i32) }
}

/// 1 where nothing may be written, else 0; -1 on failure.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_readonly(view: *mut pybuf_view) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { get(view, -1, |view| view.is_readonly().into()) }
}

/// The PEP 3118 format of an item, which lives as long as the view; NULL on failure only.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_format(view: *mut pybuf_view) -> *const c_char {
    // SAFETY: as the caller promises.
    unsafe { get(view, ptr::null(), |view| view.format().as_ptr()) }
}

/// The lengths, in items, as many as dimensions; they live as long as the view. NULL on failure.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_shape(view: *mut pybuf_view) -> *const isize {
    // SAFETY: as the caller promises.
    unsafe { get(view, ptr::null(), |view| view.layout().shape().as_ptr()) }
}

/// The distances, in bytes, as many as dimensions; they live as long as the view. NULL on
/// failure.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_strides(view: *mut pybuf_view) -> *const isize {
    // SAFETY: as the caller promises.
    unsafe { get(view, ptr::null(), |view| view.layout().strides().as_ptr()) }
}

/// The suboffsets, as many as dimensions, which live as long as the view; NULL where there are
/// none, or on failure.
///
/// # Safety
/// `view` is NULL or a handle.
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

/// Whether the items are contiguous in order 'C', 'F' or 'A' (either): 1 or 0; -1 on failure.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_is_contiguous(view: *mut pybuf_view, order: c_char) -> c_int {
    run(-1, || {
        let wanted = contiguity(i32::from(order))?;
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { self::view(view) }?;
        Ok(view.layout().is_contiguous(wanted).into())
    })
}

/// The address of the item at count indices, one for each dimension; negative ones count from
/// the end. Suboffsets are followed. NULL with PYBUF_ERR_INDEX for an index outside its
/// dimension, PYBUF_ERR_TYPE where count is not the number of dimensions.
///
/// # Safety
/// `view` is NULL or a handle; `indices` has `count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_pointer(
    view: *mut pybuf_view,
    indices: *const isize,
    count: i32,
) -> *mut c_void {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle; as many numbers as said.
        let (view, indices) = unsafe { (self::view(view)?, numbers(indices, count, "indices")?) };
        Ok(view.item(indices)?.cast())
    })
}

/// Copies the bytes of one item to item, which has room for size of them: the item size.
/// Indices as for pybuf_view_pointer. Returns 0 or -1.
///
/// # Safety
/// As for `pybuf_view_pointer`; `item` is writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_read_item(
    view: *mut pybuf_view,
    indices: *const isize,
    count: i32,
    item: *mut c_void,
    size: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle; as many numbers as said.
        let (view, indices) = unsafe { (self::view(view)?, numbers(indices, count, "indices")?) };
        let size = item_size(item, size)?;
        // SAFETY: writable for so many bytes, and the caller's.
        view.read_item(indices, unsafe {
            slice::from_raw_parts_mut(item.cast(), size)
        })?;
        Ok(0)
    })
}

/// Copies the bytes of one item from item, which has size of them: the item size. Indices as
/// for pybuf_view_pointer. Returns 0, or -1; PYBUF_ERR_TYPE where the view is read-only.
///
/// # Safety
/// As for `pybuf_view_pointer`; `item` is readable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_write_item(
    view: *mut pybuf_view,
    indices: *const isize,
    count: i32,
    item: *const c_void,
    size: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle; as many numbers as said.
        let (view, indices) = unsafe { (self::view(view)?, numbers(indices, count, "indices")?) };
        let size = item_size(item, size)?;
        // SAFETY: readable for so many bytes; the item is the caller's to write.
        unsafe { view.write_item(indices, slice::from_raw_parts(item.cast(), size)) }?;
        Ok(0)
    })
}

fn item_size(item: *const c_void, size: isize) -> Result<usize> {
    if item.is_null() {
        return fail!(Value, "item is NULL");
    }
    self::size(size, "size")
}

/// The same memory with dimension dim (from 0) cut down to the items from start to before
/// stop, every step-th, by Python's rules: negative bounds count from the end, bounds outside
/// are clamped, a negative step walks down, PYBUF_OPEN is a bound left out. Returns a new
/// view with one reference; NULL on failure: PYBUF_ERR_VALUE for step 0, PYBUF_ERR_INDEX
/// where there is no such dimension.
///
/// # Safety
/// `view` is NULL or a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_slice(
    view: *mut pybuf_view,
    dim: i32,
    start: isize,
    stop: isize,
    step: isize,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { self::view(view) }?;
        let Ok(dim) = usize::try_from(dim) else {
            return fail!(Index, "dimension {dim} does not exist: they count from 0");
        };
        let bound = |bound: isize| (bound != PYBUF_OPEN).then_some(bound);
        let slice = Slice {
            start: bound(start),
            stop: bound(stop),
            step,
        };
        view.slice(dim, slice).map(give_view)
    })
}

/// The same memory with its dimensions in another order: dimension k of the new view is
/// dimension axes[k] of this one, count of them, one for each; axes NULL reverses their
/// order, and count is not looked at. Returns a new view with one reference; NULL on failure:
/// PYBUF_ERR_VALUE where axes do not name each dimension once, PYBUF_ERR_NOT_IMPLEMENTED for
/// memory with suboffsets.
///
/// # Safety
/// `view` is NULL or a handle; `axes` NULL or `count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_transpose(
    view: *mut pybuf_view,
    axes: *const i32,
    count: i32,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { self::view(view) }?;
        let mut wanted = [0; crate::layout::MAX_DIMS];
        if axes.is_null() {
            let ndim = view.layout().ndim();
            let reversed = (0..ndim).rev();
            wanted
                .iter_mut()
                .zip(reversed)
                .for_each(|(to, axis)| *to = axis);
            return view.transpose(&wanted[..ndim]).map(give_view);
        }
        // SAFETY: as many numbers as said.
        let axes = unsafe { numbers(axes, count, "axes") }?;
        for (to, &axis) in wanted.iter_mut().zip(axes) {
            // A negative axis becomes one that no view has.
            *to = usize::try_from(axis).unwrap_or(usize::MAX);
        }
        view.transpose(&wanted[..axes.len()]).map(give_view)
    })
}

/// Copies all items to dest, one after another in order ('C' or 'F'). dest has room for size
/// bytes, which must be those of the view. Returns 0 or -1.
///
/// # Safety
/// `view` is NULL or a handle; `dest` is writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_copy_out(
    view: *mut pybuf_view,
    dest: *mut c_void,
    size: isize,
    order: c_char,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { self::view(view) }?;
        let (size, order) = (self::size(size, "size")?, self::order(i32::from(order))?);
        if dest.is_null() && size > 0 {
            return fail!(
                Value,
                "dest is NULL, but {size} bytes are to be copied there"
            );
        }
        // SAFETY: writable for so many bytes, and the caller's.
        unsafe { view.copy_out(dest.cast(), size, order.unwrap_or(Order::C)) }?;
        Ok(0)
    })
}

/// Copies all items of src to the same indices of dest. Shapes and item sizes must be equal,
/// formats and strides need not. The two may overlap: the outcome is as if src had been
/// copied away first. Returns 0, or -1; PYBUF_ERR_TYPE where dest is read-only.
///
/// # Safety
/// Both are NULL or handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_copy(dest: *mut pybuf_view, src: *mut pybuf_view) -> c_int {
    run(-1, || {
        // SAFETY: NULL or handles, which the caller keeps meanwhile; the items of `dest` are the
        // caller's to write.
        unsafe { view(dest)?.copy_from(&*view(src)?) }?;
        Ok(0)
    })
}

/// Lends on what a view shows: fills buffer as flags ask, by the rules of pybuf_getbuffer. The
/// export keeps the view; it is ended with pybuf_release. Returns 0, or -1 with buffer's obj
/// and internal NULL.
///
/// # Safety
/// `view` is NULL or a handle, `buffer` NULL or valid.
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
        let view = unsafe { self::view(view) }?;
        view.fill_native(buffer, Request::from_flags(flags))?;
        Ok(0)
    })
}
