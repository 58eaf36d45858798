//! The slots of a type, put together one by one.

use std::ffi::{c_int, c_void};
use std::ptr;

use super::objects::PyType_Slot;

/// The slots of a type, and the zero that ends them.
pub(super) struct Slots {
    slots: [PyType_Slot; Self::MOST],
    count: usize,
}

impl Slots {
    const MOST: usize = 32;

    pub(super) fn new() -> Self {
        let none = PyType_Slot {
            slot: 0,
            pfunc: ptr::null_mut(),
        };
        Self {
            slots: [none; Self::MOST],
            count: 0,
        }
    }

    pub(super) fn add(&mut self, slot: c_int, function: *const c_void) {
        self.slots[self.count] = PyType_Slot {
            slot,
            pfunc: function.cast_mut(),
        };
        self.count += 1;
        debug_assert!(self.count < Self::MOST, "no room for the zero");
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut PyType_Slot {
        self.slots.as_mut_ptr()
    }
}
