//! The end of an `Exporter`, however many hang on it.
//!
//! An exporter may own another one, and that one a third: giving up the first gives up the
//! second from within, and so on, a few stack frames each. A chain that is long enough would
//! overflow the stack. So from some depth on an object is only noted, in a list through the
//! objects themselves, and the outermost call on the thread gives up what was noted.
//! (CPython does the same for its containers; from 3.14 on for all objects.)

use std::cell::Cell;
use std::ptr;

use super::api::PyInterpreterState;
use super::attached::Attached;
use super::instance::{Fields, fields};
use super::raise::Saved;
use crate::abi::PyObject;
use crate::exporter::Exporter;

/// How many are given up from within one another.
const DEEP: usize = 50;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The first of those that were noted; the next one is where weak references were.
    static NOTED: Cell<*mut PyObject> = const { Cell::new(ptr::null_mut()) };
    /// Whose objects these are: another interpreter may run from within a destructor.
    static WITHIN: Cell<*mut PyInterpreterState> = const { Cell::new(ptr::null_mut()) };
}

/// The slot `tp_dealloc`.
pub(super) unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // SAFETY: CPython calls this once, with an instance that nobody has any more, on an attached
    // thread.
    unsafe {
        let attached = Attached::certainly();
        (attached.api.PyObject_GC_UnTrack)(object.cast());
        if !(*fields(object)).weak_references.is_null() {
            (attached.api.PyObject_ClearWeakRefs)(object);
        }
        let here = attached.interpreter();
        let outer = (WITHIN.get() != here).then(|| {
            let noted = NOTED.replace(ptr::null_mut());
            (DEPTH.replace(0), noted, WITHIN.replace(here))
        });
        let depth = DEPTH.get();
        if depth == DEEP {
            (*fields(object)).weak_references = NOTED.replace(object);
            return;
        }
        DEPTH.set(depth + 1);
        give_up(attached, object);
        while depth == 0 && !NOTED.get().is_null() {
            let object = NOTED.get();
            NOTED.set((*fields(object)).weak_references);
            give_up(attached, object);
        }
        DEPTH.set(depth);
        if let Some((depth, noted, within)) = outer {
            DEPTH.set(depth);
            NOTED.set(noted);
            WITHIN.set(within);
        }
    }
}

/// # Safety
/// An instance that nobody has any more, without weak references, on an attached thread.
unsafe fn give_up(attached: Attached, object: *mut PyObject) {
    let api = attached.api;
    // SAFETY: as the caller promises; the fields are taken out before anything runs.
    unsafe {
        let Fields {
            exporter,
            owner,
            kind,
            at_home,
            ..
        } = fields(object).read();
        (api.PyObject_GC_Del)(object.cast());
        {
            // An object may end while an exception is on its way; a release callback may run Python.
            let _saved = Saved::as_it_is(attached);
            let exporter = Exporter::from_raw(exporter);
            if let Some(exports) = exporter.exports().filter(|_| at_home) {
                exports.depart();
            }
        }
        if !owner.is_null() {
            (api.Py_DecRef)(owner);
        }
        // An instance of a heap type keeps its type.
        (api.Py_DecRef)(kind);
    }
}
