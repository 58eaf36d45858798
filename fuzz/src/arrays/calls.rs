//! The two faces of an array, Rust's and C's, behind one.

use std::ffi::c_void;

use pybuf::error::Kind;
use pybuf::{Error, Slice};

use super::super::capi::{self, done, handle};
use super::Handle;
use super::code::Code;
use super::typed::{self, with_type};

/// `PYBUF_OPEN`.
const OPEN: isize = isize::MIN;

/// Items as C passes them. The number need not be true where the call is refused for it.
#[derive(Clone, Copy)]
pub struct Passed {
    pub items: *const u8,
    pub count: isize,
}

fn kind(error: Error) -> Kind {
    error.kind()
}

/// Start, stop and step for C.
fn parts(slice: Slice) -> (isize, isize, isize) {
    // The lowest number is a bound left out; the next one means what it would have meant.
    let bound = |bound: Option<isize>| bound.map_or(OPEN, |bound| bound.max(OPEN + 1));
    (bound(slice.start), bound(slice.stop), slice.step)
}

impl Handle {
    pub fn len(&self) -> usize {
        match self {
            // SAFETY: a handle.
            Self::C(array) => unsafe { capi::pybuf_array_len(array.as_ptr()) as usize },
            Self::Rust(array) => array.count(),
        }
    }

    pub fn data(&self) -> *mut u8 {
        match self {
            // SAFETY: a handle.
            Self::C(array) => unsafe { capi::pybuf_exporter_data(array.as_ptr()) }.cast(),
            Self::Rust(array) => array.data(),
        }
    }

    /// `room` is what is said of the place for the item.
    pub fn get(&self, index: isize, room: usize) -> Result<Vec<u8>, Kind> {
        let mut item = vec![0; room];
        match self {
            Self::C(array) => {
                let (to, size) = (item.as_mut_ptr().cast::<c_void>(), room as isize);
                // SAFETY: a handle, and so many bytes.
                done(|| unsafe { capi::pybuf_array_get(array.as_ptr(), index, to, size) })
            }
            Self::Rust(array) => array.get(index, &mut item).map_err(kind),
        }
        .map(|()| item)
    }

    pub fn pop(&self, index: isize, room: usize) -> Result<Vec<u8>, Kind> {
        let mut item = vec![0; room];
        match self {
            Self::C(array) => {
                let (to, size) = (item.as_mut_ptr().cast::<c_void>(), room as isize);
                // SAFETY: a handle, and so many bytes.
                done(|| unsafe { capi::pybuf_array_pop(array.as_ptr(), index, to, size) })
            }
            Self::Rust(array) => array.pop(index, &mut item).map_err(kind),
        }
        .map(|()| item)
    }

    pub fn delete(&self, slice: Slice) -> Result<(), Kind> {
        match self {
            Self::C(array) => {
                let (start, stop, step) = parts(slice);
                // SAFETY: a handle.
                done(|| unsafe { capi::pybuf_array_delete(array.as_ptr(), start, stop, step) })
            }
            Self::Rust(array) => array.delete(slice).map_err(kind),
        }
    }

    pub fn slice(&self, slice: Slice) -> Result<Self, Kind> {
        match self {
            Self::C(array) => {
                let (start, stop, step) = parts(slice);
                let array = array.as_ptr();
                // SAFETY: a handle.
                handle(|| unsafe { capi::pybuf_array_slice(array, start, stop, step) }).map(Self::C)
            }
            Self::Rust(array) => array.copy_slice(slice).map(Self::Rust).map_err(kind),
        }
    }

    pub fn resize(&self, count: usize) -> Result<(), Kind> {
        match self {
            Self::C(array) => {
                let (array, count) = (array.as_ptr(), count as isize);
                // SAFETY: a handle.
                done(|| unsafe { capi::pybuf_array_resize(array, count) })
            }
            Self::Rust(array) => array.resize(count).map_err(kind),
        }
    }

    pub fn reverse(&self) -> Option<Result<(), Kind>> {
        let Self::C(array) = self else { return None };
        // SAFETY: a handle; there is one thread.
        Some(done(|| unsafe {
            capi::pybuf_array_reverse(array.as_ptr())
        }))
    }

    pub fn clear(&self) -> Result<(), Kind> {
        match self {
            // SAFETY: a handle.
            Self::C(array) => done(|| unsafe { capi::pybuf_array_clear(array.as_ptr()) }),
            Self::Rust(_) => self.resize(0),
        }
    }
}

/// In C, with items wherever they are.
pub struct InC<'a>(pub &'a capi::Exporter);

impl InC<'_> {
    /// # Safety
    /// So many bytes lie there.
    pub unsafe fn set(&self, index: isize, item: *const u8, size: isize) -> Result<(), Kind> {
        let (array, item) = (self.0.as_ptr(), item.cast());
        // SAFETY: as the caller promises.
        done(|| unsafe { capi::pybuf_array_set(array, index, item, size) })
    }

    /// # Safety
    /// The items are there, or the call is refused before anybody looks.
    pub unsafe fn append(&self, Passed { items, count }: Passed) -> Result<(), Kind> {
        let (array, items) = (self.0.as_ptr(), items.cast());
        // SAFETY: as the caller promises.
        done(|| unsafe { capi::pybuf_array_append(array, items, count) })
    }

    /// # Safety
    /// The items are there, or the call is refused before anybody looks.
    pub unsafe fn insert(&self, index: isize, passed: Passed) -> Result<(), Kind> {
        let (array, items) = (self.0.as_ptr(), passed.items.cast());
        // SAFETY: as the caller promises.
        done(|| unsafe { capi::pybuf_array_insert(array, index, items, passed.count) })
    }

    /// # Safety
    /// The items are there, or the call is refused before anybody looks.
    pub unsafe fn replace(&self, slice: Slice, passed: Passed) -> Result<(), Kind> {
        let (start, stop, step) = parts(slice);
        let (array, items, count) = (self.0.as_ptr(), passed.items.cast(), passed.count);
        // SAFETY: as the caller promises.
        done(|| unsafe { capi::pybuf_array_replace(array, start, stop, step, items, count) })
    }
}

/// In Rust, with items of a type.
pub struct InRust<'a>(pub &'a pybuf::Exporter, pub Code);

impl InRust<'_> {
    pub fn append(&self, items: &[Vec<u8>]) -> Result<(), Kind> {
        with_type!(self.1, T => typed::append(self.0, &typed::items_of::<T>(items)))
    }

    pub fn insert(&self, index: isize, items: &[Vec<u8>]) -> Result<(), Kind> {
        with_type!(self.1, T => typed::insert(self.0, index, &typed::items_of::<T>(items)))
    }

    pub fn replace(&self, slice: Slice, items: &[Vec<u8>]) -> Result<(), Kind> {
        with_type!(self.1, T => typed::replace(self.0, slice, &typed::items_of::<T>(items)))
    }

    pub fn set(&self, index: isize, item: &[u8]) -> Result<(), Kind> {
        with_type!(self.1, T => typed::set(self.0, index, typed::item_of::<T>(item)))
    }

    pub fn get(&self, index: isize) -> Result<Vec<u8>, Kind> {
        with_type!(self.1, T => typed::get::<T>(self.0, index))
    }

    pub fn pop(&self, index: isize) -> Result<Vec<u8>, Kind> {
        with_type!(self.1, T => typed::pop::<T>(self.0, index))
    }
}
