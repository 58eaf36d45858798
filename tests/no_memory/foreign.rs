//! An exporter of another make: a pair of functions, which allocate nothing.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr;

use pybuf::abi::Py_buffer;
use pybuf::{Request, Result, View};

/// More dimensions than lie inside a layout, and a format that does not lie inside a format.
const SHAPE: [isize; 8] = [2, 1, 3, 1, 1, 1, 1, 2];
const FORMAT: &std::ffi::CStr = c"T{<i:first:<i:second:}";
const ITEMSIZE: isize = 8;

thread_local! {
    static EXPORTS: Cell<isize> = const { Cell::new(0) };
}

static MEMORY: [u8; 12 * ITEMSIZE as usize] = [7; 12 * ITEMSIZE as usize];

/// How many exports are not released.
pub fn exports() -> isize {
    EXPORTS.get()
}

/// A view of what the functions lend.
pub fn view() -> Result<View> {
    // SAFETY: the functions belong together, and lend what they say.
    unsafe { View::acquire(ptr::null_mut(), getbuffer, Some(release), Request::read()) }
}

/// The same exporter, asked to write.
pub fn refused_view() -> Result<View> {
    // SAFETY: as above.
    unsafe { View::acquire(ptr::null_mut(), getbuffer, Some(release), Request::write()) }
}

unsafe extern "C" fn getbuffer(_: *mut c_void, view: *mut Py_buffer, flags: c_int) -> c_int {
    if Request::from_flags(flags).asks(pybuf::abi::PyBUF_WRITABLE) {
        return -1;
    }
    let filled = Py_buffer {
        buf: MEMORY.as_ptr().cast_mut().cast(),
        obj: ptr::null_mut(),
        len: MEMORY.len() as isize,
        itemsize: ITEMSIZE,
        readonly: 1,
        ndim: SHAPE.len() as c_int,
        format: FORMAT.as_ptr().cast_mut(),
        shape: SHAPE.as_ptr().cast_mut(),
        strides: ptr::null_mut(),
        suboffsets: ptr::null_mut(),
        internal: ptr::null_mut(),
    };
    // SAFETY: the caller's place for it.
    unsafe { view.write(filled) };
    EXPORTS.set(EXPORTS.get() + 1);
    0
}

unsafe extern "C" fn release(_: *mut c_void, _: *mut Py_buffer) {
    EXPORTS.set(EXPORTS.get() - 1);
}
