//! The Python objects that lend memory: `libpybuf.Exporter`, `libpybuf.Guarded` and
//! `libpybuf.Array`.
//!
//! They are types like any of a C extension, described by a spec.
//!
//! Fixed memory cannot change under its consumers, so its type has no `bf_releasebuffer`: a
//! `Py_buffer` keeps the object, the object keeps the exporter, and that is all. The other
//! two count their exports. What each of them did is noted in the buffer's `internal`.
//!
//! The collector may follow an object to its owner. There is no `tp_clear`: consumers may
//! still read the owner's memory while a cycle is taken apart, so, as with a tuple, the
//! others in the cycle break it.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use super::array;
use super::attached::Attached;
use super::attributes;
use super::dispose;
use super::guard::guard;
use super::instance::{Fields, exporter_of, fields};
use super::objects::*;
use super::raise::{clear, name_of};
use super::reference::Ref;
use super::slots::Slots;
use super::spec::{self, Spec};
use super::types::{Sort, Type};
use crate::abi::{Py_buffer, PyObject};
use crate::error::{Error, Kind, Result, fail};
use crate::request::Request;

const EXPORTER_DOC: &CStr = c"Native memory, lent to Python through the buffer protocol.

memoryview(), numpy.asarray(), socket.send() and whatever else takes a buffer take it,
without a copy. The memory lives as long as this object or anything made from it.
Made by libpybuf.memory(), libpybuf.bytes(), libpybuf.ndarray() and libpybuf.stack(), and by
native code through pybuf_python_object().";

const GUARDED_DOC: &CStr =
    c"Native memory, lent to Python through the buffer protocol, that counts its exports.

As an Exporter; and who needs to be sure that nobody writes meanwhile, or that nobody else
is there, can have it so: see stable() and exclusive(). Made by libpybuf.memory() and
libpybuf.ndarray() with guarded=True, and by native code.";

const ARRAY_DOC: &CStr =
    c"Native memory that grows: a sequence of numbers of one kind, as array.array has it.

Its size cannot change while somebody has a buffer of it: that is a BufferError. So it
is while 64 KiB and more of it are copied, compared or searched, for other threads run
meanwhile. Made by libpybuf.array() and libpybuf.bytearray(), and by native code.";

impl Sort {
    const fn doc(self) -> &'static CStr {
        match self {
            Self::Fixed => EXPORTER_DOC,
            Self::Guarded => GUARDED_DOC,
            Self::Growing => ARRAY_DOC,
        }
    }
}

/// Makes a type, for one interpreter.
pub(super) fn create(attached: Attached, sort: Sort) -> Result<Ref> {
    let mut slots = Slots::new();
    slots.add(slot::TP_DEALLOC, dispose::dealloc as *const c_void);
    slots.add(slot::TP_TRAVERSE, traverse as *const c_void);
    slots.add(slot::TP_DOC, sort.doc().as_ptr().cast());
    match sort {
        Sort::Fixed | Sort::Guarded => add_slots(&mut slots),
        Sort::Growing => array::add_slots(&mut slots),
    }
    let getbuffer = match sort {
        Sort::Fixed => getbuffer_of_fixed as *const c_void,
        Sort::Guarded => getbuffer_with_care as *const c_void,
        Sort::Growing => getbuffer_at_home as *const c_void,
    };
    slots.add(slot::BF_GETBUFFER, getbuffer);
    if sort != Sort::Fixed {
        slots.add(slot::BF_RELEASEBUFFER, releasebuffer as *const c_void);
    }
    spec::make(
        attached,
        Spec {
            name: Type::Exporter(sort).name(),
            size: size_of::<Fields>(),
            flags: TPFLAGS_HAVE_GC,
            weak_references: Some(std::mem::offset_of!(Fields, weak_references)),
        },
        slots,
    )
}

/// What an exporter is in Python, where it is no more than that.
fn add_slots(slots: &mut Slots) {
    slots.add(slot::TP_NEW, refuse_new as *const c_void);
    slots.add(slot::TP_REPR, attributes::repr as *const c_void);
    slots.add(slot::TP_METHODS, attributes::METHODS.as_ptr().cast());
    slots.add(slot::TP_GETSET, attributes::ATTRIBUTES.as_ptr().cast());
}

/// Fills a buffer with the object as its `obj`.
///
/// Nearly every request takes the short way, which cannot fail and needs no guard.
unsafe extern "C" fn getbuffer_of_fixed(
    object: *mut PyObject,
    view: *mut Py_buffer,
    flags: c_int,
) -> c_int {
    // SAFETY: CPython calls this with an instance, on an attached thread.
    let (exporter, attached) = unsafe { (exporter_of(object), Attached::for_a_moment()) };
    // SAFETY: NULL, or the caller's.
    if let Some(buffer) = unsafe { view.as_mut() } {
        let request = Request::from_flags(flags);
        // SAFETY: the memory of an instance of this type does not grow.
        if unsafe { exporter.lent_held() }.fill_quickly(buffer, request) {
            buffer.obj = object;
            // SAFETY: attached; this is the reference that the buffer has now.
            unsafe { (attached.api.Py_IncRef)(object) };
            return 0;
        }
    }
    // SAFETY: as above.
    unsafe { getbuffer_with_care(object, view, flags) }
}

/// As [`getbuffer_of_fixed`], of memory that grows and has its home here: the export is
/// counted without an atomic operation.
unsafe extern "C" fn getbuffer_at_home(
    object: *mut PyObject,
    view: *mut Py_buffer,
    flags: c_int,
) -> c_int {
    // SAFETY: CPython calls this with an instance, on an attached thread.
    let (fields, attached) = unsafe { (&*fields(object), Attached::for_a_moment()) };
    // SAFETY: NULL, or the caller's.
    let buffer = unsafe { view.as_mut() };
    if let (true, Some(buffer)) = (fields.at_home, buffer) {
        let request = Request::from_flags(flags);
        // SAFETY: the memory of an instance of this type grows, and its home is here.
        if unsafe { fields.exporter().fill_at_home(buffer, request) } {
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
unsafe extern "C" fn getbuffer_with_care(
    object: *mut PyObject,
    view: *mut Py_buffer,
    flags: c_int,
) -> c_int {
    guard(-1, || {
        // SAFETY: NULL, or the caller's.
        let Some(view) = (unsafe { view.as_mut() }) else {
            let text = "a Py_buffer is needed here, not NULL";
            return Err(Error::fixed(Kind::Buffer, text));
        };
        // SAFETY: CPython calls this with an instance, on an attached thread.
        let (exporter, attached) = unsafe { (exporter_of(object), Attached::certainly()) };
        exporter.fill_for(view, Request::from_flags(flags), || {
            Ref::to(attached, object).into_ptr()
        })?;
        Ok(0)
    })
}

/// Ends the count of an export. `obj` is CPython's to drop.
unsafe extern "C" fn releasebuffer(object: *mut PyObject, view: *mut Py_buffer) {
    // SAFETY: CPython calls this with an instance and a buffer that it filled.
    unsafe {
        if let Some(view) = view.as_ref() {
            let fields = &*fields(object);
            // At home only memory that grows is counted.
            if !fields.at_home || !fields.exporter().release_at_home(view) {
                fields.exporter().release_for(view);
            }
        }
    }
}

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
    kind: *mut PyObject,
    _: *mut PyObject,
    _: *mut PyObject,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this on an attached thread.
        let attached = unsafe { Attached::certainly() };
        // A class has a name: where it cannot be had there is no memory for it.
        let Some(name) = name_of(attached, kind) else {
            clear(attached);
            return Err(Error::no_memory());
        };
        fail!(
            Type,
            "cannot create 'libpybuf.{name}' instances directly: the functions of libpybuf make them, \
             memory() and ndarray() for instance"
        )
    })
}
