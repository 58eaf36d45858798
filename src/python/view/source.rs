//! The buffer that views share, in the place where it was filled.

use std::cell::{Cell, UnsafeCell};
use std::ptr;

use super::word::Users;
use crate::abi::{Py_buffer, PyObject};

/// The buffer of a root.
pub(super) struct Source {
    buffer: UnsafeCell<Py_buffer>,
    /// Whose `__release_buffer__` is to be called by us, or NULL.
    pub(super) caller: Cell<*mut PyObject>,
    pub(super) users: Users,
}

impl Source {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self {
            buffer: UnsafeCell::new(Py_buffer::empty()),
            caller: Cell::new(ptr::null_mut()),
            users: Users::one(),
        }
    }

    /// The place to be filled, and later released.
    pub(super) fn buffer_ptr(&self) -> *mut Py_buffer {
        self.buffer.get()
    }

    /// The object that the buffer names: NULL where it names none. It may go with the last user.
    pub(super) fn object(&self) -> *mut PyObject {
        // SAFETY: valid; CPython writes it when it is filled and when it is released, and no user
        // of it is there then.
        unsafe { (*self.buffer.get()).obj }
    }
}
