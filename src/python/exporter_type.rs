//! `libpybuf.Exporter`: the Python object that lends fixed memory.
//!
//! It is a type like any of a C extension, described by a spec.
//!
//! Fixed memory cannot change under its consumers, so there is no `bf_releasebuffer`: a
//! `Py_buffer` keeps the object, the object keeps the exporter, and that is all.
//!
//! The collector may follow an object to its owner. There is no `tp_clear`: consumers may
//! still read the owner's memory while a cycle is taken apart, so, as with a tuple, the
//! others in the cycle break it.

use std::ffi::{CStr, c_int, c_uint, c_void};
use std::ptr;

use super::attached::Attached;
use super::attributes;
use super::dispose;
use super::guard::guard;
use super::instance::{Fields, exporter_of, fields, header_size};
use super::objects::*;
use super::raise::exception;
use super::reference::Ref;
use crate::abi::{Py_buffer, PyObject};
use crate::error::{Error, Kind, Result};
use crate::request::Request;

const NAME: &CStr = c"libpybuf.Exporter";

const DOC: &CStr = c"Native memory, lent to Python through the buffer protocol.

memoryview(), numpy.asarray(), socket.send() and whatever else takes a buffer take it,
without a copy. The memory lives as long as this object or anything made from it.
Made by libpybuf.memory(), libpybuf.bytes() and libpybuf.ndarray(), and by native
code through pybuf_python_object().";

/// Makes the type, for one interpreter.
pub(super) fn create(attached: Attached) -> Result<Ref> {
    let api = attached.api;
    let header = header_size(attached)?;
    let size = header + size_of::<Fields>();
    let members = [
        PyMemberDef {
            name: c"__weaklistoffset__".as_ptr(),
            kind: T_PYSSIZET,
            offset: (header + std::mem::offset_of!(Fields, weak_references)) as isize,
            flags: READONLY,
            doc: ptr::null(),
        },
        PyMemberDef {
            name: ptr::null(),
            kind: 0,
            offset: 0,
            flags: 0,
            doc: ptr::null(),
        },
    ];
    let slot = |slot, pfunc: *const c_void| PyType_Slot {
        slot,
        pfunc: pfunc.cast_mut(),
    };
    let mut slots = [
        slot(slot::BF_GETBUFFER, getbuffer as *const c_void),
        slot(slot::TP_DEALLOC, dispose::dealloc as *const c_void),
        slot(slot::TP_TRAVERSE, traverse as *const c_void),
        slot(slot::TP_NEW, refuse_new as *const c_void),
        slot(slot::TP_REPR, attributes::repr as *const c_void),
        slot(slot::TP_DOC, DOC.as_ptr().cast()),
        slot(slot::TP_METHODS, attributes::METHODS.as_ptr().cast()),
        slot(slot::TP_GETSET, attributes::ATTRIBUTES.as_ptr().cast()),
        slot(slot::TP_MEMBERS, members.as_ptr().cast()),
        slot(0, ptr::null()),
    ];
    let mut spec = PyType_Spec {
        name: NAME.as_ptr(),
        basicsize: size as c_int,
        itemsize: 0,
        flags: flags(api.minor),
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: attached; a spec whose tables live as long as it demands: names and methods for
    // ever, the members only during the call (they are copied).
    let made = unsafe { (api.PyType_FromSpec)(&mut spec) };
    Ref::owned(attached, made).ok_or_else(|| exception(attached))
}

/// Not a base type; from 3.10 on nobody changes its attributes.
fn flags(minor: u32) -> c_uint {
    let immutable = if minor >= 10 {
        TPFLAGS_IMMUTABLETYPE
    } else {
        0
    };
    TPFLAGS_DEFAULT | TPFLAGS_HAVE_GC | immutable
}

/// Fills a buffer with the object as its `obj`.
///
/// Nearly every request takes the short way, which cannot fail and needs no guard.
unsafe extern "C" fn getbuffer(object: *mut PyObject, view: *mut Py_buffer, flags: c_int) -> c_int {
    // SAFETY: CPython calls this with an instance, on an attached thread.
    let (exporter, attached) = unsafe { (exporter_of(object), Attached::certainly()) };
    // SAFETY: NULL, or the caller's.
    if let Some(buffer) = unsafe { view.as_mut() } {
        let request = Request::from_flags(flags);
        if exporter.lent().fill_quickly(buffer, request) {
            buffer.obj = object;
            // SAFETY: attached; this is the reference that the buffer has now.
            unsafe { (attached.api.Py_IncRef)(object) };
            return 0;
        }
    }
    // SAFETY: as above.
    unsafe { getbuffer_with_care(object, view, flags) }
}

#[cold]
unsafe fn getbuffer_with_care(object: *mut PyObject, view: *mut Py_buffer, flags: c_int) -> c_int {
    guard(-1, || {
        // SAFETY: NULL, or the caller's.
        let Some(view) = (unsafe { view.as_mut() }) else {
            let text = "a Py_buffer is needed here, not NULL";
            return Err(Error::fixed(Kind::Buffer, text));
        };
        // SAFETY: CPython calls this with an instance, on an attached thread.
        let (exporter, attached) = unsafe { (exporter_of(object), Attached::certainly()) };
        exporter
            .lent()
            .fill_for(view, Request::from_flags(flags), || {
                Ref::to(attached, object).into_ptr()
            })?;
        Ok(0)
    })
}

type Visit = unsafe extern "C" fn(*mut PyObject, *mut c_void) -> c_int;

/// Tells the collector of the owner and of the type.
unsafe extern "C" fn traverse(object: *mut PyObject, visit: Visit, argument: *mut c_void) -> c_int {
    // SAFETY: CPython calls this with an instance.
    unsafe {
        let Fields { owner, kind, .. } = &*fields(object);
        if !owner.is_null() {
            let stop = visit(*owner, argument);
            if stop != 0 {
                return stop;
            }
        }
        visit(*kind, argument)
    }
}

unsafe extern "C" fn refuse_new(
    _: *mut PyObject,
    _: *mut PyObject,
    _: *mut PyObject,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        let text = "cannot create 'libpybuf.Exporter' instances directly: use libpybuf.memory(), \
                    libpybuf.bytes() or libpybuf.ndarray()";
        Err(Error::fixed(Kind::Type, text))
    })
}
