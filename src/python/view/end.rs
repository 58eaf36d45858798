//! The end of a view, and what the collector is told of it.

use std::ffi::{c_int, c_void};
use std::ptr;

use super::super::attached::Attached;
use super::super::objects::Visit;
use super::fresh::free;
use super::instance::{This, fields, leave};
use crate::abi::PyObject;
use crate::exporter::Lent;

/// The slot `tp_dealloc`.
pub(super) unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // SAFETY: CPython calls this once, with an instance that nobody has any more, on an attached
    // thread.
    unsafe {
        // Whatever may run code, or drop something of ours, notes the thread itself.
        let attached = Attached::for_a_moment();
        let this = fields(object);
        if (*this).is_tracked {
            (attached.api.PyObject_GC_UnTrack)(object.cast());
        }
        if !(*this).weak_references.is_null() {
            (attached.noted().api.PyObject_ClearWeakRefs)(object);
        }
        give_up(attached, object);
        free(attached, object, (*this).of);
    }
}

/// Releases what an object has, all but its memory.
///
/// # Safety
/// An instance that nobody has any more; attached.
#[inline]
unsafe fn give_up(attached: Attached, object: *mut PyObject) {
    // SAFETY: as the caller promises.
    unsafe {
        let this = fields(object);
        let root = (*this).root.get();
        if !(*this).word.is_released() {
            let root = if root.is_null() { this } else { fields(root) };
            leave(attached, &*root);
        }
        if !(*this).is_row {
            forget(&mut (*this).lent);
        }
        if !root.is_null() {
            (attached.api.Py_DecRef)(root);
        }
    }
}

/// Leaves a row of numbers, whatever there was.
#[inline(never)]
fn forget(lent: &mut Lent) {
    if !lent.is_row() && !lent.unfold() {
        *lent = Lent::nothing();
        // SAFETY: nobody sees it, and it is not moved.
        unsafe { lent.settle() };
    }
}

/// The slot `tp_traverse`.
pub(super) unsafe extern "C" fn traverse(
    object: *mut PyObject,
    visit: Visit,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: CPython calls this with an instance.
    unsafe {
        let this = &*fields(object);
        let root = this.root.get();
        let held = match root.is_null() {
            true => [
                this.source.object(),
                this.source.caller.get(),
                this.of.object,
            ],
            false => [root, ptr::null_mut(), this.of.object],
        };
        for object in held.into_iter().filter(|it| !it.is_null()) {
            let stop = visit(object, argument);
            if stop != 0 {
                return stop;
            }
        }
        0
    }
}

/// The slot `tp_clear`: the collector takes a cycle apart. What consumers may still read stays.
pub(super) unsafe extern "C" fn clear(object: *mut PyObject) -> c_int {
    // SAFETY: CPython calls this with an instance, on an attached thread.
    let this = unsafe { This::of(object) };
    // Where a buffer is lent, whoever has it keeps it.
    let _ = this.release();
    0
}
