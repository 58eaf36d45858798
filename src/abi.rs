//! CPython's binary interface for buffers, byte for byte.
//!
//! Everything here is a fact of `Include/pybuffer.h`, frozen by the stable ABI
//! since 3.11 and unchanged since 3.0. Nothing refers to libpython: [`PyObject`]
//! is opaque, and the layout of [`Py_buffer`] is asserted at compile time (and
//! compared with every real `Python.h` of the machine by `tests/abi.rs`).

#![allow(non_camel_case_types)]

use std::ffi::{c_char, c_int, c_void};
use std::mem::{align_of, offset_of, size_of};
use std::ptr;

/// A Python object, never looked into.
#[repr(C)]
#[derive(Debug)]
pub struct PyObject {
    _opaque: [u8; 0],
    _not_send: std::marker::PhantomData<(*mut u8, std::marker::PhantomPinned)>,
}

/// A filled-in request: what an exporter answers and a consumer reads.
///
/// A `Py_buffer` may point into itself (`shape` at `len`, say), so one that has
/// been filled is never moved.
#[repr(C)]
#[derive(Debug)]
pub struct Py_buffer {
    /// Address of the item whose indices are all zero.
    pub buf: *mut c_void,
    /// The exporting object, owned; NULL for an export that no Python object backs.
    pub obj: *mut PyObject,
    /// `product(shape) * itemsize`, in bytes.
    pub len: isize,
    /// Size of one item in bytes.
    pub itemsize: isize,
    /// 1 where the memory must not be written, else 0.
    pub readonly: c_int,
    /// Number of dimensions, at most [`PyBUF_MAX_NDIM`].
    pub ndim: c_int,
    /// PEP 3118 format of one item; NULL stands for unsigned bytes.
    pub format: *mut c_char,
    /// `ndim` lengths in items, or NULL.
    pub shape: *mut isize,
    /// `ndim` distances in bytes, or NULL for C order.
    pub strides: *mut isize,
    /// `ndim` offsets behind pointers (negative: none), or NULL.
    pub suboffsets: *mut isize,
    /// The exporter's own.
    pub internal: *mut c_void,
}

impl Py_buffer {
    /// Whether nothing is in it: never filled, or released.
    pub(crate) fn is_empty(&self) -> bool {
        let pointers = [self.buf, self.obj.cast(), self.internal, self.shape.cast()];
        self.format.is_null() && pointers.iter().all(|pointer| pointer.is_null())
    }

    /// Whether it is as [`Py_buffer::empty`] makes it, as far as a consumer can see.
    pub(crate) fn is_untouched(&self) -> bool {
        self.is_empty() && (self.len, self.itemsize, self.ndim) == (0, 0, 0)
    }

    /// A buffer with every field zero: what a getbuffer function is handed.
    pub const fn empty() -> Self {
        Self {
            buf: ptr::null_mut(),
            obj: ptr::null_mut(),
            len: 0,
            itemsize: 0,
            readonly: 0,
            ndim: 0,
            format: ptr::null_mut(),
            shape: ptr::null_mut(),
            strides: ptr::null_mut(),
            suboffsets: ptr::null_mut(),
            internal: ptr::null_mut(),
        }
    }
}

const _: () = {
    const WORD: usize = size_of::<usize>();
    // Two C ints fill one word on 64 bits and two on 32.
    const INTS: usize = 2 * size_of::<c_int>();
    assert!(align_of::<Py_buffer>() == WORD);
    assert!(size_of::<Py_buffer>() == 9 * WORD + INTS);
    assert!(offset_of!(Py_buffer, buf) == 0);
    assert!(offset_of!(Py_buffer, obj) == WORD);
    assert!(offset_of!(Py_buffer, len) == 2 * WORD);
    assert!(offset_of!(Py_buffer, itemsize) == 3 * WORD);
    assert!(offset_of!(Py_buffer, readonly) == 4 * WORD);
    assert!(offset_of!(Py_buffer, ndim) == 4 * WORD + size_of::<c_int>());
    assert!(offset_of!(Py_buffer, format) == 4 * WORD + INTS);
    assert!(offset_of!(Py_buffer, shape) == 5 * WORD + INTS);
    assert!(offset_of!(Py_buffer, strides) == 6 * WORD + INTS);
    assert!(offset_of!(Py_buffer, suboffsets) == 7 * WORD + INTS);
    assert!(offset_of!(Py_buffer, internal) == 8 * WORD + INTS);
};

/// Declares the request flags once: as constants, and as a table for tests.
macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* #[allow(non_upper_case_globals)] pub const $name: c_int = $value;)*

        /// Every `PyBUF_*` constant with its name.
        pub const PYBUF_FLAGS: &[(&str, c_int)] = &[$((stringify!($name), $name)),*];
    };
}

flags! {
    /// No bit: bytes one after another, in C order; read-only or not.
    PyBUF_SIMPLE = 0;
    /// The memory must be writable.
    PyBUF_WRITABLE = 0x0001;
    /// CPython's older spelling of [`PyBUF_WRITABLE`].
    PyBUF_WRITEABLE = PyBUF_WRITABLE;
    /// The format is wanted.
    PyBUF_FORMAT = 0x0004;
    /// The shape is wanted.
    PyBUF_ND = 0x0008;
    /// Strides are understood.
    PyBUF_STRIDES = 0x0010 | PyBUF_ND;
    /// The memory must be C-contiguous.
    PyBUF_C_CONTIGUOUS = 0x0020 | PyBUF_STRIDES;
    /// The memory must be Fortran-contiguous.
    PyBUF_F_CONTIGUOUS = 0x0040 | PyBUF_STRIDES;
    /// The memory must be contiguous in either order.
    PyBUF_ANY_CONTIGUOUS = 0x0080 | PyBUF_STRIDES;
    /// Suboffsets are understood.
    PyBUF_INDIRECT = 0x0100 | PyBUF_STRIDES;
    /// Writable, N-dimensional, no strides.
    PyBUF_CONTIG = PyBUF_ND | PyBUF_WRITABLE;
    /// N-dimensional, no strides.
    PyBUF_CONTIG_RO = PyBUF_ND;
    /// Writable with strides.
    PyBUF_STRIDED = PyBUF_STRIDES | PyBUF_WRITABLE;
    /// With strides.
    PyBUF_STRIDED_RO = PyBUF_STRIDES;
    /// Writable with strides and format.
    PyBUF_RECORDS = PyBUF_STRIDES | PyBUF_WRITABLE | PyBUF_FORMAT;
    /// With strides and format.
    PyBUF_RECORDS_RO = PyBUF_STRIDES | PyBUF_FORMAT;
    /// Everything, writable.
    PyBUF_FULL = PyBUF_INDIRECT | PyBUF_WRITABLE | PyBUF_FORMAT;
    /// Everything.
    PyBUF_FULL_RO = PyBUF_INDIRECT | PyBUF_FORMAT;
    /// An argument of `PyMemoryView_FromMemory`, not a request.
    PyBUF_READ = 0x100;
    /// An argument of `PyMemoryView_FromMemory`, not a request.
    PyBUF_WRITE = 0x200;
    /// The most dimensions a consumer has to understand.
    PyBUF_MAX_NDIM = 64;
}

/// CPython's `getbufferproc`, with the exporter as an untyped pointer so that it
/// also fits native exporters.
pub type GetBuffer = unsafe extern "C" fn(*mut c_void, *mut Py_buffer, c_int) -> c_int;

/// CPython's `releasebufferproc`, likewise.
pub type ReleaseBuffer = unsafe extern "C" fn(*mut c_void, *mut Py_buffer);
