//! The C functions, declared as a C program sees them, and references on their handles that
//! are given up when they go out of scope.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{self, NonNull};

use pybuf::abi::{GetBuffer, Py_buffer, ReleaseBuffer};
use pybuf::error::Kind;

/// `pybuf_index`.
#[repr(C)]
#[derive(Default)]
pub struct Index {
    pub kind: i32,
    pub start: isize,
    pub stop: isize,
    pub step: isize,
    pub reserved: [usize; 8],
}

/// `pybuf_memory`.
#[repr(C)]
pub struct Memory {
    pub buf: *mut c_void,
    pub size: isize,
    pub format: *const c_char,
    pub itemsize: isize,
    pub ndim: i32,
    pub order: i32,
    pub shape: *const isize,
    pub strides: *const isize,
    pub offset: isize,
    pub suboffsets: *const isize,
    pub pointed: isize,
    pub readonly: i32,
    pub guarded: i32,
    pub constant: i32,
    pub allocate: i32,
    pub release: Option<unsafe extern "C" fn(*mut c_void)>,
    pub context: *mut c_void,
    pub reserved: [usize; 8],
}

impl Memory {
    /// All zero.
    pub const NOTHING: Self = Self {
        buf: ptr::null_mut(),
        size: 0,
        format: ptr::null(),
        itemsize: 0,
        ndim: 0,
        order: 0,
        shape: ptr::null(),
        strides: ptr::null(),
        offset: 0,
        suboffsets: ptr::null(),
        pointed: 0,
        readonly: 0,
        guarded: 0,
        constant: 0,
        allocate: 0,
        release: None,
        context: ptr::null_mut(),
        reserved: [0; 8],
    };
}

/// `pybuf_want`.
#[repr(C)]
pub struct Want {
    pub kind: *const c_char,
    pub format: *mut c_void,
    pub ndim: i32,
    pub order: i32,
    pub writable: i32,
    pub unaligned: i32,
    pub indirect: i32,
    pub stable: i32,
    pub exclusive: i32,
    pub reserved: [usize; 8],
}

unsafe extern "C" {
    pub fn pybuf_error_code() -> i32;
    pub fn pybuf_error_clear();

    pub fn pybuf_exporter_new(memory: *const Memory) -> *mut c_void;
    pub fn pybuf_exporter_part(base: *mut c_void, part: *const Memory) -> *mut c_void;
    pub fn pybuf_bytes_new(data: *const c_void, size: isize) -> *mut c_void;
    pub fn pybuf_ndarray_new(
        ndim: i32,
        shape: *const isize,
        format: *const c_char,
        itemsize: isize,
        order: c_char,
    ) -> *mut c_void;
    fn pybuf_exporter_ref(exporter: *mut c_void) -> *mut c_void;
    fn pybuf_exporter_unref(exporter: *mut c_void);
    pub fn pybuf_exporter_data(exporter: *mut c_void) -> *mut c_void;
    pub fn pybuf_exporter_view(exporter: *mut c_void, want: *const Want) -> *mut c_void;
    pub fn pybuf_exporter_stack(rows: *const *mut c_void, count: isize) -> *mut c_void;
    pub fn pybuf_exporter_from_view(view: *mut c_void) -> *mut c_void;
    pub fn pybuf_getbuffer(exporter: *mut c_void, view: *mut Py_buffer, flags: c_int) -> c_int;
    pub fn pybuf_releasebuffer(exporter: *mut c_void, view: *mut Py_buffer);

    pub fn pybuf_bytearray_new(data: *const c_void, size: isize) -> *mut c_void;
    pub fn pybuf_array_new(
        typecode: *const c_char,
        items: *const c_void,
        count: isize,
    ) -> *mut c_void;
    pub fn pybuf_array_len(array: *mut c_void) -> isize;
    pub fn pybuf_array_get(
        array: *mut c_void,
        index: isize,
        item: *mut c_void,
        size: isize,
    ) -> c_int;
    pub fn pybuf_array_set(
        array: *mut c_void,
        index: isize,
        item: *const c_void,
        size: isize,
    ) -> c_int;
    pub fn pybuf_array_pop(
        array: *mut c_void,
        index: isize,
        item: *mut c_void,
        size: isize,
    ) -> c_int;
    pub fn pybuf_array_append(array: *mut c_void, items: *const c_void, count: isize) -> c_int;
    pub fn pybuf_array_insert(
        array: *mut c_void,
        index: isize,
        items: *const c_void,
        count: isize,
    ) -> c_int;
    pub fn pybuf_array_replace(
        array: *mut c_void,
        start: isize,
        stop: isize,
        step: isize,
        items: *const c_void,
        count: isize,
    ) -> c_int;
    pub fn pybuf_array_delete(array: *mut c_void, start: isize, stop: isize, step: isize) -> c_int;
    pub fn pybuf_array_slice(
        array: *mut c_void,
        start: isize,
        stop: isize,
        step: isize,
    ) -> *mut c_void;
    pub fn pybuf_array_resize(array: *mut c_void, count: isize) -> c_int;
    pub fn pybuf_array_clear(array: *mut c_void) -> c_int;
    pub fn pybuf_array_reverse(array: *mut c_void) -> c_int;

    pub fn pybuf_view_check(view: *mut c_void, want: *const Want) -> c_int;
    pub fn pybuf_view_acquire(
        exporter: *mut c_void,
        getbuffer: Option<GetBuffer>,
        releasebuffer: Option<ReleaseBuffer>,
        flags: c_int,
    ) -> *mut c_void;
    pub fn pybuf_view_adopt(buffer: *mut Py_buffer) -> *mut c_void;
    fn pybuf_view_ref(view: *mut c_void) -> *mut c_void;
    fn pybuf_view_unref(view: *mut c_void);
    pub fn pybuf_view_data(view: *mut c_void) -> *mut c_void;
    pub fn pybuf_view_itemsize(view: *mut c_void) -> isize;
    pub fn pybuf_view_nbytes(view: *mut c_void) -> isize;
    pub fn pybuf_view_ndim(view: *mut c_void) -> i32;
    pub fn pybuf_view_readonly(view: *mut c_void) -> i32;
    pub fn pybuf_view_format(view: *mut c_void) -> *const c_char;
    pub fn pybuf_view_shape(view: *mut c_void) -> *const isize;
    pub fn pybuf_view_strides(view: *mut c_void) -> *const isize;
    pub fn pybuf_view_suboffsets(view: *mut c_void) -> *const isize;
    pub fn pybuf_view_is_contiguous(view: *mut c_void, order: c_char) -> c_int;
    pub fn pybuf_view_getbuffer(view: *mut c_void, buffer: *mut Py_buffer, flags: c_int) -> c_int;
    pub fn pybuf_view_slice(
        view: *mut c_void,
        dim: i32,
        start: isize,
        stop: isize,
        step: isize,
    ) -> *mut c_void;
    pub fn pybuf_view_select(view: *mut c_void, indices: *const Index, count: isize)
    -> *mut c_void;
    pub fn pybuf_view_reshape(
        view: *mut c_void,
        ndim: i32,
        shape: *const isize,
        order: c_char,
    ) -> *mut c_void;
    pub fn pybuf_view_broadcast(view: *mut c_void, ndim: i32, shape: *const isize) -> *mut c_void;
    pub fn pybuf_view_transpose(view: *mut c_void, axes: *const i32, count: i32) -> *mut c_void;
    pub fn pybuf_view_pointer(view: *mut c_void, indices: *const isize, count: i32) -> *mut c_void;
    pub fn pybuf_view_read_item(
        view: *mut c_void,
        indices: *const isize,
        count: i32,
        item: *mut c_void,
        size: isize,
    ) -> c_int;
    pub fn pybuf_view_write_item(
        view: *mut c_void,
        indices: *const isize,
        count: i32,
        item: *const c_void,
        size: isize,
    ) -> c_int;
    pub fn pybuf_view_copy_out(
        view: *mut c_void,
        dest: *mut c_void,
        size: isize,
        order: c_char,
    ) -> c_int;
    pub fn pybuf_view_copy(dest: *mut c_void, src: *mut c_void) -> c_int;
    pub fn pybuf_view_copy_swapped(dest: *mut c_void, src: *mut c_void, number: isize) -> c_int;
    pub fn pybuf_view_fill(view: *mut c_void, item: *const c_void, size: isize) -> c_int;
    pub fn pybuf_byteswap(
        dest: *mut c_void,
        src: *const c_void,
        itemsize: isize,
        count: isize,
    ) -> c_int;
    pub fn pybuf_shuffle(
        dest: *mut c_void,
        src: *const c_void,
        size: isize,
        itemsize: isize,
    ) -> c_int;
    pub fn pybuf_unshuffle(
        dest: *mut c_void,
        src: *const c_void,
        size: isize,
        itemsize: isize,
    ) -> c_int;

    pub fn pybuf_format_new(text: *const c_char, dialect: i32) -> *mut c_void;
    fn pybuf_format_ref(format: *mut c_void) -> *mut c_void;
    fn pybuf_format_unref(format: *mut c_void);
    pub fn pybuf_format_values(format: *mut c_void) -> isize;
    pub fn pybuf_format_unpack_many(
        format: *mut c_void,
        first: *const c_void,
        items: isize,
        stride: isize,
        values: *mut c_void,
        count: isize,
    ) -> c_int;
    pub fn pybuf_format_pack_many(
        format: *mut c_void,
        values: *const c_void,
        items: isize,
        step: isize,
        first: *mut c_void,
        stride: isize,
    ) -> c_int;

    pub fn pybuf_release(view: *mut Py_buffer);
    pub fn pybuf_is_contiguous(view: *const Py_buffer, order: c_char) -> c_int;
    pub fn pybuf_get_pointer(view: *const Py_buffer, indices: *const isize) -> *mut c_void;
    pub fn pybuf_to_contiguous(
        buf: *mut c_void,
        src: *const Py_buffer,
        len: isize,
        order: c_char,
    ) -> c_int;
    pub fn pybuf_from_contiguous(
        view: *const Py_buffer,
        buf: *const c_void,
        len: isize,
        order: c_char,
    ) -> c_int;
    pub fn pybuf_copy_data(dest: *const Py_buffer, src: *const Py_buffer) -> c_int;
}

/// The kinds that a call without Python can end in.
const KINDS: &[Kind] = &[
    Kind::Buffer,
    Kind::Value,
    Kind::Type,
    Kind::Index,
    Kind::Overflow,
    Kind::NotImplemented,
    Kind::System,
    Kind::Struct,
];

/// Calls a C function, and gives the kind of its failure where `failed` says that it failed.
pub fn call<T>(function: impl FnOnce() -> T, failed: impl FnOnce(&T) -> bool) -> Result<T, Kind> {
    // SAFETY: any thread may.
    unsafe { pybuf_error_clear() };
    let value = function();
    // SAFETY: as above.
    let code = unsafe { pybuf_error_code() };
    let known = KINDS.iter().find(|&&kind| kind as i32 == code);
    match (failed(&value), known) {
        (false, None) if code == 0 => Ok(value),
        (true, Some(&kind)) => Err(kind),
        (failed, _) => panic!("failed: {failed}, and the error code is {code}"),
    }
}

/// ... one that returns 0 or -1.
pub fn done(function: impl FnOnce() -> c_int) -> Result<(), Kind> {
    call(function, |&code| code < 0).map(|code| assert_eq!(code, 0))
}

/// Takes the reference that a C function returns.
pub fn handle<T: From<NonNull<c_void>>>(function: impl FnOnce() -> *mut c_void) -> Result<T, Kind> {
    let handle = call(function, |handle| handle.is_null())?;
    let handle = NonNull::new(handle).expect("not NULL");
    Ok(T::from(handle))
}

/// A counted handle: one reference.
macro_rules! counted {
    ($name:ident, $reference:ident, $unref:ident) => {
        pub struct $name(NonNull<c_void>);

        impl $name {
            pub fn as_ptr(&self) -> *mut c_void {
                self.0.as_ptr()
            }
        }

        impl From<NonNull<c_void>> for $name {
            fn from(handle: NonNull<c_void>) -> Self {
                Self(handle)
            }
        }

        impl Clone for $name {
            fn clone(&self) -> Self {
                // SAFETY: this reference keeps the handle.
                let again = unsafe { $reference(self.as_ptr()) };
                assert_eq!(again, self.as_ptr());
                Self(self.0)
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: this reference is given up.
                unsafe { $unref(self.as_ptr()) };
            }
        }
    };
}

counted!(Exporter, pybuf_exporter_ref, pybuf_exporter_unref);
counted!(View, pybuf_view_ref, pybuf_view_unref);
counted!(Format, pybuf_format_ref, pybuf_format_unref);
