//! A memory that is lent: the real bytes, those that the model believes in, and who has to
//! give it back.

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::c_void;
use std::slice;

use super::super::foreign::Foreign;

/// How a memory ends.
#[derive(Clone, Copy, PartialEq)]
pub enum Given {
    /// It is the library's own.
    Never,
    /// By a release callback, or the drop of a Rust value.
    Back,
    /// By the release of the one export of an exporter of another make.
    ByForeign,
}

pub struct Memory {
    /// Where it begins.
    pub data: *mut u8,
    pub size: usize,
    /// What lies there, says the model.
    pub model: RefCell<Vec<u8>>,
    given: Given,
    released: Cell<usize>,
    /// The harness's own bytes: freed at once when they are given back, so that a sanitizer
    /// sees who still uses them.
    block: RefCell<Option<Vec<u8>>>,
    pub foreign: OnceCell<Foreign>,
    /// What the pointers of indirect memory lie in.
    pub pointers: OnceCell<Vec<*mut u8>>,
}

impl Memory {
    /// Bytes that are all different, or nearly so.
    pub fn new(size: usize, first: u8, given: Given) -> Self {
        let bytes: Vec<u8> = (0..size).map(|at| (at as u8).wrapping_add(first)).collect();
        let mut block = bytes.clone();
        let data = block.as_mut_ptr();
        Self {
            given,
            block: RefCell::new(Some(block)),
            ..Self::of_the_library(data, bytes)
        }
    }

    /// Memory that the library has allocated, with these bytes in it.
    pub fn of_the_library(data: *mut u8, bytes: Vec<u8>) -> Self {
        Self {
            data,
            size: bytes.len(),
            model: RefCell::new(bytes),
            given: Given::Never,
            released: Cell::new(0),
            block: RefCell::default(),
            foreign: OnceCell::new(),
            pointers: OnceCell::new(),
        }
    }

    /// The context of [`release`].
    pub fn context(&self) -> *mut c_void {
        (&raw const *self).cast_mut().cast()
    }

    /// `held`: somebody in the model has a reference.
    pub fn assert_as_modelled(&self, held: bool) {
        let releases = match (self.given, self.foreign.get()) {
            (Given::ByForeign, Some(foreign)) => {
                // What was refused is not released.
                assert_eq!(
                    foreign.released.get(),
                    if held { 0 } else { foreign.filled.get() }
                );
                0
            }
            (Given::Back, _) if !held => 1,
            _ => 0,
        };
        assert_eq!(self.released.get(), releases, "releases of a memory");
        if held {
            assert_eq!(
                self.real(),
                &self.model.borrow()[..],
                "a memory has other bytes"
            );
        } else {
            self.block.take();
        }
    }

    /// The real bytes. Somebody has a reference.
    fn real(&self) -> &[u8] {
        match self.size {
            0 => &[],
            // SAFETY: it is not given back, and nobody writes meanwhile.
            size => unsafe { slice::from_raw_parts(self.data, size) },
        }
    }

    /// Believes what is there.
    pub fn believe(&self) {
        *self.model.borrow_mut() = self.real().to_vec();
    }
}

/// # Safety
/// `context` is a [`Memory`]'s, which outlives its handles.
pub unsafe extern "C" fn release(context: *mut c_void) {
    // SAFETY: as the caller promises.
    let memory = unsafe { &*context.cast::<Memory>() };
    memory.released.set(memory.released.get() + 1);
    memory.block.take();
}

/// A Rust value that owns a memory.
pub struct Owned {
    pub memory: *const Memory,
    pub readonly: bool,
}

// SAFETY: everything happens on one thread.
unsafe impl Send for Owned {}
// SAFETY: as above.
unsafe impl Sync for Owned {}

// SAFETY: the block stays where it is until the value is dropped.
unsafe impl pybuf::exporter::Memory for Owned {
    fn region(&mut self) -> pybuf::exporter::Region {
        // SAFETY: a memory outlives its handles.
        let memory = unsafe { &*self.memory };
        pybuf::exporter::Region {
            address: memory.data,
            size: memory.size,
            readonly: self.readonly,
            format: c"B",
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { release(self.memory.cast_mut().cast()) };
    }
}
