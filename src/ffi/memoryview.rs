//! Views in Python, made from C: the counterparts of `PyMemoryView_From…`.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;

use super::arguments::read_contiguity;
use super::handle::{self, pybuf_view};
use super::python::run_and_raise;
use crate::abi::{Py_buffer, PyBUF_READ, PyBUF_WRITE, PyObject};
use crate::error::{Result, fail};
use crate::python::{self, Of};

/// Of which type a view in Python is: a memoryview, which does what the builtin of this Python
/// does, and refuses what that refuses.
pub const PYBUF_MEMORYVIEW: i32 = 0;
/// A View, which refuses nothing that has a meaning.
pub const PYBUF_VIEW: i32 = 1;

/// A libpybuf.memoryview or libpybuf.View (type: PYBUF_MEMORYVIEW, PYBUF_VIEW) of whatever an
/// object lends: the counterpart of PyMemoryView_FromObject. Of a view of this library it is
/// another one that shares its buffer. Returns a new reference; NULL with the exception set.
///
/// Errors: PYBUF_ERR_PYTHON where the object raised an exception; PYBUF_ERR_TYPE for object NULL or
/// one without the buffer protocol; PYBUF_ERR_BUFFER where it answers unsoundly;
/// PYBUF_ERR_VALUE where it is a released view, or for another type; PYBUF_ERR_RUNTIME as for
/// pybuf_python_object; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_python_memoryview(
    object: *mut PyObject,
    type_: i32,
) -> *mut PyObject {
    run_and_raise(ptr::null_mut(), || {
        // SAFETY: NULL, or an object of this interpreter.
        unsafe { python::view_of(Of::Object(given(object)?), is_extended(type_)?) }
    })
}

/// The same of what a native view shows: it keeps the view. The reference on it stays the
/// caller's. Its obj is a libpybuf.Exporter.
///
/// Errors: those of pybuf_exporter_from_view and pybuf_python_memoryview.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_python_memoryview_from_view(
    view: *mut pybuf_view,
    type_: i32,
) -> *mut PyObject {
    run_and_raise(ptr::null_mut(), || {
        let extended = is_extended(type_)?;
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        python::view_of_exporter(view.lend()?, extended)
    })
}

/// The same of memory that a filled Py_buffer describes: the counterpart of
/// PyMemoryView_FromBuffer. The struct is copied, and so are shape, strides, suboffsets and format;
/// its obj is not looked at, and nothing is released: the memory must live as long as the view and
/// whatever is made of it. (pybuf_view_adopt and pybuf_python_memoryview_from_view make one that
/// owns the export.)
///
/// Errors: those of pybuf_python_memoryview; PYBUF_ERR_VALUE where buf is NULL.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_python_memoryview_from_buffer(
    buffer: *const Py_buffer,
    type_: i32,
) -> *mut PyObject {
    run_and_raise(ptr::null_mut(), || {
        let extended = is_extended(type_)?;
        // SAFETY: NULL or valid.
        let Some(buffer) = (unsafe { buffer.as_ref() }) else {
            return fail!(Type, "a Py_buffer is needed here, not NULL");
        };
        if buffer.buf.is_null() {
            return fail!(
                Value,
                "the buffer's buf is NULL: a view needs memory, even where it has no items"
            );
        }
        // SAFETY: filled, and its memory lives as long as the view: so the caller promises.
        unsafe { python::view_of(Of::Buffer(buffer), extended) }
    })
}

/// The same of size unsigned bytes of memory: the counterpart of PyMemoryView_FromMemory. It can be
/// written where flags are PyBUF_WRITE; PyBUF_READ otherwise. Nothing is released: the memory must
/// live as long as the view and whatever is made of it.
///
/// Errors: those of pybuf_python_memoryview; PYBUF_ERR_VALUE for a negative size or other flags;
/// PYBUF_ERR_TYPE for memory NULL where size is not 0.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_python_memoryview_from_memory(
    memory: *mut c_void,
    size: isize,
    flags: c_int,
    type_: i32,
) -> *mut PyObject {
    run_and_raise(ptr::null_mut(), || {
        let (extended, to_write) = (is_extended(type_)?, is_to_write(flags)?);
        let Ok(size) = usize::try_from(size) else {
            return fail!(Value, "size is {size}: it must be 0 or more");
        };
        if memory.is_null() && size != 0 {
            return fail!(Type, "{size} bytes of memory are needed here, not NULL");
        }
        let of = Of::Memory {
            address: memory.cast(),
            size,
            readonly: !to_write,
        };
        // SAFETY: the memory lives as long as the view: so the caller promises.
        unsafe { python::view_of(of, extended) }
    })
}

/// The same of what an object lends, with contiguous items in order 'C', 'F' or 'A' (either): the
/// counterpart of PyMemoryView_GetContiguous. Where they do not lie so, and flags are PyBUF_READ, it
/// is of a copy ('A': in C order); with PyBUF_WRITE that is an error.
///
/// Errors: those of pybuf_python_memoryview; PYBUF_ERR_BUFFER where it cannot be written, or only a
/// copy would do; PYBUF_ERR_VALUE for another order or other flags.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_python_memoryview_contiguous(
    object: *mut PyObject,
    flags: c_int,
    order: c_char,
    type_: i32,
) -> *mut PyObject {
    run_and_raise(ptr::null_mut(), || {
        let of = Of::Contiguous {
            object: given(object)?,
            to_write: is_to_write(flags)?,
            wanted: read_contiguity(i32::from(order))?,
        };
        // SAFETY: an object of this interpreter.
        unsafe { python::view_of(of, is_extended(type_)?) }
    })
}

fn given(object: *mut PyObject) -> Result<*mut PyObject> {
    match object.is_null() {
        true => fail!(Type, "a Python object is needed here, not NULL"),
        false => Ok(object),
    }
}

fn is_extended(type_: i32) -> Result<bool> {
    match type_ {
        PYBUF_MEMORYVIEW => Ok(false),
        PYBUF_VIEW => Ok(true),
        _ => fail!(
            Value,
            "type is {type_}: it must be PYBUF_MEMORYVIEW or PYBUF_VIEW"
        ),
    }
}

fn is_to_write(flags: c_int) -> Result<bool> {
    if flags == PyBUF_READ || flags == PyBUF_WRITE {
        return Ok(flags == PyBUF_WRITE);
    }
    fail!(
        Value,
        "flags are {flags:#x}: they must be PyBUF_READ or PyBUF_WRITE"
    )
}
