//! The interpreter that has objects of some memory, and its own count of their exports.
//!
//! Whoever is attached to it holds its lock (there is no home on a Python without one), so
//! these counts are read and written by one thread at a time and need no atomic addition.
//! They are atomics only so that others may look.

use std::ffi::c_void;

use crate::stress;
use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Whether this thread is attached to an interpreter: what only the Python shell knows.
pub(crate) type IsAttached = fn(*mut c_void) -> bool;

/// See the module.
pub(crate) struct Home {
    interpreter: AtomicPtr<c_void>,
    /// An [`IsAttached`], or NULL.
    is_attached: AtomicPtr<c_void>,
    objects: AtomicUsize,
    /// Memory that grows is writable, so every one of them may write.
    exports: AtomicUsize,
}

/// Adds under the interpreter's lock: nobody else writes meanwhile.
fn add(count: &AtomicUsize, number: isize) {
    let sum = count.load(Ordering::Relaxed).wrapping_add_signed(number);
    stress::window();
    count.store(sum, Ordering::Relaxed);
}

impl Home {
    pub(super) fn new() -> Self {
        Self {
            interpreter: AtomicPtr::new(std::ptr::null_mut()),
            is_attached: AtomicPtr::new(std::ptr::null_mut()),
            objects: AtomicUsize::new(0),
            exports: AtomicUsize::new(0),
        }
    }

    /// Exports of the interpreter's objects.
    #[inline]
    pub(crate) fn exports(&self) -> usize {
        self.exports.load(Ordering::Relaxed)
    }

    /// Whether this thread holds the interpreter's lock.
    pub(super) fn is_attached(&self) -> bool {
        let function = self.is_attached.load(Ordering::Acquire);
        if function.is_null() {
            return false;
        }
        // SAFETY: nothing else than such a function is ever stored there.
        let is_attached = unsafe { std::mem::transmute::<*mut c_void, IsAttached>(function) };
        is_attached(self.interpreter.load(Ordering::Relaxed))
    }

    /// Whether this thread may change the size, as far as the interpreter's exports go.
    pub(super) fn lets_change(&self) -> bool {
        self.is_attached() && self.exports() == 0
    }

    /// An object's export begins.
    #[inline]
    pub(crate) fn begin(&self) {
        add(&self.exports, 1);
    }

    /// An export that [`Home::begin`] counted ends.
    #[inline]
    pub(crate) fn end(&self) {
        add(&self.exports, -1);
    }

    /// An interpreter, to which this thread is attached, makes an object. Whether it is the
    /// first; `None` where another interpreter counts here.
    pub(super) fn claim(&self, interpreter: *mut c_void, is_attached: IsAttached) -> Option<bool> {
        let none = std::ptr::null_mut();
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        let before = self
            .interpreter
            .compare_exchange(none, interpreter, success, failure);
        if before.is_err_and(|other| other != interpreter) {
            return None;
        }
        self.is_attached
            .store(is_attached as *mut c_void, Ordering::Release);
        Some(self.objects.load(Ordering::Relaxed) == 0)
    }

    /// One more object.
    pub(super) fn add_object(&self) {
        add(&self.objects, 1);
    }

    /// One fewer; whether it was the last.
    pub(super) fn remove_object(&self) -> bool {
        add(&self.objects, -1);
        self.objects.load(Ordering::Relaxed) == 0
    }

    /// No interpreter counts here any more.
    pub(super) fn forget(&self) {
        self.interpreter
            .store(std::ptr::null_mut(), Ordering::Release);
    }
}

#[cfg(all(test, loom))]
mod models;
