//! An exporter of another make: a pair of C functions that give all there is, whatever is
//! asked for, as many an exporter in the wild does.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr;

use pybuf::abi::{Py_buffer, PyBUF_WRITABLE};

use super::geometry::{Geometry, narrow};

pub struct Foreign {
    /// Where offset 0 of the geometry lies.
    base: *mut u8,
    offset: isize,
    len: isize,
    itemsize: isize,
    shape: Vec<isize>,
    strides: Vec<isize>,
    suboffsets: Option<Vec<isize>>,
    format: CString,
    readonly: bool,
    /// `shape` points into the `Py_buffer` itself, as it does in CPython's own exporters.
    pub points_into_itself: bool,
    /// Buffers that have been filled, and released.
    pub filled: Cell<usize>,
    pub released: Cell<usize>,
}

impl Foreign {
    pub fn new(base: *mut u8, geometry: &Geometry, format: &CStr, readonly: bool) -> Self {
        Self {
            base,
            offset: geometry.offset as isize,
            len: (geometry.len() * geometry.itemsize) as isize,
            itemsize: geometry.itemsize as isize,
            shape: narrow(&geometry.shape),
            strides: narrow(&geometry.strides),
            suboffsets: geometry.suboffsets.as_deref().map(narrow),
            format: format.to_owned(),
            readonly,
            points_into_itself: false,
            filled: Cell::new(0),
            released: Cell::new(0),
        }
    }

    /// The `self` of the two functions; valid as long as this stays where it is.
    pub fn as_ptr(&self) -> *mut c_void {
        (&raw const *self).cast_mut().cast()
    }
}

fn array(numbers: &[isize]) -> *mut isize {
    match numbers {
        [] => ptr::null_mut(),
        numbers => numbers.as_ptr().cast_mut(),
    }
}

/// # Safety
/// `exporter` is a [`Foreign`]'s, and `view` valid.
pub unsafe extern "C" fn getbuffer(
    exporter: *mut c_void,
    view: *mut Py_buffer,
    flags: c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    let (foreign, view) = unsafe { (&*exporter.cast::<Foreign>(), &mut *view) };
    if flags & PyBUF_WRITABLE != 0 && foreign.readonly {
        return -1;
    }
    *view = Py_buffer {
        buf: foreign.base.wrapping_offset(foreign.offset).cast(),
        obj: ptr::null_mut(),
        len: foreign.len,
        itemsize: foreign.itemsize,
        readonly: foreign.readonly.into(),
        ndim: foreign.shape.len() as c_int,
        format: foreign.format.as_ptr().cast_mut(),
        shape: array(&foreign.shape),
        strides: array(&foreign.strides),
        suboffsets: array(foreign.suboffsets.as_deref().unwrap_or_default()),
        internal: exporter,
    };
    if foreign.points_into_itself && foreign.shape == [foreign.len] {
        view.shape = &raw mut view.len;
    }
    foreign.filled.set(foreign.filled.get() + 1);
    0
}

/// # Safety
/// As for [`getbuffer`], which filled `view`.
pub unsafe extern "C" fn releasebuffer(exporter: *mut c_void, view: *mut Py_buffer) {
    // SAFETY: as the caller promises.
    let (foreign, view) = unsafe { (&*exporter.cast::<Foreign>(), &mut *view) };
    assert_eq!(view.internal, exporter, "not the buffer that was filled");
    if foreign.points_into_itself && foreign.shape == [foreign.len] {
        assert_eq!(view.shape, &raw mut view.len, "the buffer has moved");
    }
    foreign.released.set(foreign.released.get() + 1);
}
