//! Is an exporter's answer sound?
//!
//! Exporters lie, mostly by mistake: about `len`, about contiguity, by leaving out what was
//! asked for. Whatever can be checked is checked here, once, and what is missing is filled
//! in as the protocol says; a view is made of the outcome and never looks at the
//! `Py_buffer` again. What cannot be checked is whether the memory is there.
//!
//! An exporter may change its answer at any time, from another thread too. So everything
//! is copied before it is looked at: what has been checked is what is used.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::slice;

use crate::abi::*;
use crate::error::{Result, Tuple, fail};
#[cfg(feature = "python")]
use crate::exporter::Lent;
use crate::format::Format;
use crate::layout::{Contiguity, Layout, Order};
use crate::request::{Geometry, MAX_NDIM, Request};

/// Address of the first item, layout and format of what an exporter has answered. `request`
/// is what was asked for, where that is known.
///
/// # Safety
/// As for [`geometry`]; and where `format` is not NULL, a string lies there.
pub(super) unsafe fn describe(
    buffer: &Py_buffer,
    request: Option<Request>,
) -> Result<(*mut u8, Layout, Format)> {
    // SAFETY: as the caller promises.
    let (base, layout) = unsafe { geometry(buffer, request) }?;
    // SAFETY: as the caller promises.
    let text = (!buffer.format.is_null()).then(|| unsafe { CStr::from_ptr(buffer.format) });
    let format = Format::stated(text, layout.itemsize())?;
    Ok((base, layout, format))
}

/// What an exporter has answered, as memory with a meaning.
///
/// # Safety
/// As for [`describe`].
#[cfg(feature = "python")]
pub(crate) unsafe fn shown(buffer: &Py_buffer, request: Request) -> Result<Lent> {
    // SAFETY: as the caller promises.
    let (base, layout, format) = unsafe { describe(buffer, Some(request)) }?;
    Ok(Lent::new(base, layout, format, buffer.readonly != 0))
}

/// As [`describe`], without the format.
///
/// # Safety
/// Where `shape`, `strides` and `suboffsets` are not NULL, `ndim` numbers lie there.
pub(crate) unsafe fn geometry(
    buffer: &Py_buffer,
    request: Option<Request>,
) -> Result<(*mut u8, Layout)> {
    check_fields(buffer, request)?;
    // SAFETY: as the caller promises.
    let layout = unsafe { layout(buffer, request) }?;
    let len = buffer.len.unsigned_abs();
    if layout.nbytes() != len {
        return fail!(
            Buffer,
            "the exporter is wrong about len: it says {len} bytes, but shape {} of {}-byte items \
             has {}",
            Tuple(layout.shape()),
            layout.itemsize(),
            layout.nbytes()
        );
    }
    let base = buffer.buf.cast::<u8>();
    check_addresses(base, &layout)?;
    if let Some(request) = request {
        check_promises(&layout, request)?;
    }
    Ok((base, layout))
}

fn check_fields(buffer: &Py_buffer, request: Option<Request>) -> Result<()> {
    let (len, itemsize, ndim) = (buffer.len, buffer.itemsize, buffer.ndim);
    if ndim > MAX_NDIM as i32 {
        return fail!(
            Value,
            "number of dimensions must not exceed {MAX_NDIM}; the exporter gives {ndim}"
        );
    }
    if len < 0 || itemsize < 0 || ndim < 0 {
        return fail!(
            Buffer,
            "the exporter gives negative sizes: len {len}, itemsize {itemsize}, ndim {ndim}"
        );
    }
    if itemsize == 0 && len > 0 {
        return fail!(
            Buffer,
            "the exporter gives items of 0 bytes in {len} bytes of memory"
        );
    }
    if buffer.readonly != 0 && request.is_some_and(|request| request.asks(PyBUF_WRITABLE)) {
        return fail!(
            Buffer,
            "the exporter answers a request for writable memory with read-only memory"
        );
    }
    Ok(())
}

/// The layout; of bytes where the exporter was not asked for, or did not give, a shape.
///
/// # Safety
/// As for [`geometry`].
unsafe fn layout(buffer: &Py_buffer, request: Option<Request>) -> Result<Layout> {
    let itemsize = buffer.itemsize.unsigned_abs();
    let ndim = buffer.ndim.unsigned_abs() as usize;
    let is_scalar = ndim == 0
        && buffer.len == buffer.itemsize
        && request.is_none_or(|request| request.asks(PyBUF_ND));
    if is_scalar {
        return Layout::contiguous(itemsize, &[], Order::C);
    }
    if buffer.shape.is_null() || ndim == 0 {
        if ndim > 1 {
            return fail!(
                Buffer,
                "the exporter gives {ndim} dimensions without a shape"
            );
        }
        let strided = request.is_none_or(|request| request.asks(PyBUF_STRIDES));
        if ndim == 1 && strided && !(buffer.strides.is_null() && buffer.suboffsets.is_null()) {
            return fail!(
                Buffer,
                "the exporter gives strides or suboffsets without a shape"
            );
        }
        let itemsize = if buffer.format.is_null() { 1 } else { itemsize };
        return one_dimension(buffer.len, itemsize);
    }
    let mut rooms = [const { [const { MaybeUninit::uninit() }; MAX_NDIM] }; 3];
    let [for_shape, for_strides, for_suboffsets] = &mut rooms;
    // SAFETY: as the caller promises.
    let (shape, strides, suboffsets) = unsafe {
        (
            copied(buffer.shape, ndim, for_shape).unwrap_or_default(),
            copied(buffer.strides, ndim, for_strides),
            copied(buffer.suboffsets, ndim, for_suboffsets),
        )
    };
    match (strides, suboffsets) {
        (None, None) => Layout::contiguous(itemsize, shape, Order::C),
        (None, Some(_)) => fail!(Buffer, "the exporter gives suboffsets without strides"),
        (Some(strides), suboffsets) => Layout::indirect(itemsize, shape, strides, suboffsets, 0),
    }
}

/// The first `count` numbers of an array, where there is one. It need not be aligned.
///
/// # Safety
/// `array` is NULL or readable for so many numbers.
unsafe fn copied(
    array: *const isize,
    count: usize,
    room: &mut [MaybeUninit<isize>; MAX_NDIM],
) -> Option<&[isize]> {
    if array.is_null() {
        return None;
    }
    let room = &mut room[..count];
    let copy = room.as_mut_ptr().cast::<u8>();
    // SAFETY: as the caller promises; there is room for all of them, and then they are there.
    unsafe {
        copy.copy_from_nonoverlapping(array.cast(), size_of_val(room));
        Some(slice::from_raw_parts(room.as_ptr().cast(), count))
    }
}

fn one_dimension(len: isize, itemsize: usize) -> Result<Layout> {
    let (len, size) = (len.unsigned_abs(), itemsize.max(1));
    if len % size != 0 {
        return fail!(
            Buffer,
            "the exporter gives {len} bytes without a shape, which is no whole number of items of \
             {itemsize} bytes"
        );
    }
    Layout::contiguous(itemsize, &[(len / size) as isize], Order::C)
}

/// No item may wrap around the end of the address space, or lie at NULL, and no memory is
/// larger than `isize` can say.
fn check_addresses(base: *mut u8, layout: &Layout) -> Result<()> {
    if layout.is_empty() || (layout.nbytes() == 0 && !layout.is_indirect()) {
        return Ok(());
    }
    if base.is_null() {
        return fail!(
            Buffer,
            "the exporter gives {} bytes at NULL",
            layout.nbytes()
        );
    }
    let extent = layout.extent();
    let reached = |offset| base.addr().checked_add_signed(offset).is_some();
    let fits = extent.high.checked_sub(extent.low).is_some();
    if !fits || !reached(extent.low) || !reached(extent.high) {
        return fail!(
            Buffer,
            "the exporter gives items beyond the address space: {}",
            Geometry(layout)
        );
    }
    Ok(())
}

/// What was not understood must not be there, what was demanded must be.
fn check_promises(layout: &Layout, request: Request) -> Result<()> {
    let not = |demand: &str| {
        fail!(
            Buffer,
            "the exporter answers a request for {demand} memory with {}",
            Geometry(layout)
        )
    };
    let contiguous = |wanted| layout.is_contiguous(wanted);
    if layout.suboffsets().is_some() && !request.asks(PyBUF_INDIRECT) {
        return not("direct");
    }
    let c = contiguous(Contiguity::In(Order::C));
    if request.asks(PyBUF_C_CONTIGUOUS) && !c {
        return not("C-contiguous");
    }
    if request.asks(PyBUF_F_CONTIGUOUS) && !contiguous(Contiguity::In(Order::F)) {
        return not("Fortran-contiguous");
    }
    if request.asks(PyBUF_ANY_CONTIGUOUS) && !contiguous(Contiguity::Any) {
        return not("contiguous");
    }
    if !request.asks(PyBUF_STRIDES) && !c {
        return not("C-ordered");
    }
    Ok(())
}
