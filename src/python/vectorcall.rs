//! Calls of a type without a tuple of arguments.
//!
//! CPython calls a type through the word `tp_vectorcall` of the type, if there is a function: half
//! of what it takes to make a view of bytes is spared so. No spec sets it before 3.14, so the
//! word is written. Where it stands is found out in a type made for that: it follows
//! `tp_finalize`, whose value is known; and only when a call of that type has then arrived is it
//! believed. Else types are called as ever.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::sync::OnceLock;

use super::attached::Attached;
use super::objects::*;
use super::raise::clear;
use super::reference::Ref;
use super::slots::Slots;
use super::spec::{self, Spec};
use crate::abi::PyObject;

/// `vectorcallfunc`: the callable, the arguments, how many are given by position and a bit that
/// means nothing here, and the names of the others.
pub(super) type Vectorcall = unsafe extern "C" fn(
    *mut PyObject,
    *const *mut PyObject,
    usize,
    *mut PyObject,
) -> *mut PyObject;

/// The bit of the number of arguments that is no part of it.
pub(super) const OFFSET_BIT: usize = 1 << (usize::BITS - 1);

/// Where in a type the word stands, once that has been looked for.
static PLACE: OnceLock<Option<usize>> = OnceLock::new();

thread_local! {
    static ARRIVED: Cell<bool> = const { Cell::new(false) };
}

/// Makes a type call this function, if that is possible; `tp_new` does the same.
pub(super) fn set(attached: Attached, kind: &Ref, function: Vectorcall) {
    let place = match PLACE.get() {
        Some(place) => *place,
        None => {
            let found = find(attached);
            clear(attached);
            *PLACE.get_or_init(|| found)
        }
    };
    if let Some(offset) = place {
        // SAFETY: a type of ours that nobody else has yet, in which the word stands there.
        unsafe { write(kind.as_ptr(), offset, function) };
    }
}

/// # Safety
/// At this offset of the type the word stands.
unsafe fn write(kind: *mut PyObject, offset: usize, function: Vectorcall) {
    // SAFETY: as the caller promises.
    unsafe { kind.byte_add(offset).cast::<Vectorcall>().write(function) };
}

#[cold]
fn find(attached: Attached) -> Option<usize> {
    let api = attached.api;
    let mut slots = Slots::new();
    slots.add(slot::TP_FINALIZE, finalize as *const c_void);
    let spec = Spec {
        name: c"libpybuf.probe",
        size: 0,
        flags: 0,
        weak_references: None,
    };
    let probe = spec::make(attached, spec, slots).ok()?;
    let size = spec::basic_size(attached, api.PyType_Type).ok()?;
    let word = size_of::<usize>();
    // SAFETY: a type is so large, and a word of it is read at a time.
    let at = |offset: usize| unsafe {
        probe
            .as_ptr()
            .byte_add(offset)
            .cast::<*const c_void>()
            .read()
    };
    let mut found = (0..size / word - 1)
        .map(|k| k * word)
        .filter(|&offset| at(offset) == finalize as *const c_void);
    let (offset, none) = (found.next()? + word, found.next());
    if none.is_some() || !at(offset).is_null() {
        return None;
    }
    ARRIVED.set(false);
    // SAFETY: attached; a type that nobody else has. It is called without arguments.
    unsafe {
        write(probe.as_ptr(), offset, arrive);
        let made = (api.PyObject_CallObject)(probe.as_ptr(), ptr::null_mut());
        drop(Ref::owned(attached, made));
    }
    ARRIVED.get().then_some(offset)
}

unsafe extern "C" fn finalize(_: *mut PyObject) {}

unsafe extern "C" fn arrive(
    _: *mut PyObject,
    _: *const *mut PyObject,
    _: usize,
    _: *mut PyObject,
) -> *mut PyObject {
    ARRIVED.set(true);
    // SAFETY: CPython calls this on an attached thread.
    let attached = unsafe { Attached::for_a_moment() };
    Ref::to(attached, attached.api._Py_NoneStruct).into_ptr()
}
