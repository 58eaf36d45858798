//! `len(a)`, `a[i]`, `a[i:j]`, `iter(a)`, and what is assigned or deleted there.

use std::ffi::c_int;
use std::ptr;

use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::kind::{exact_index, is_exactly};
use super::super::raise::{class_name, exception};
use super::super::value::unless_raised;
use super::access::{Array, Packed};
use super::gather::Take;
use super::quick;
use crate::abi::PyObject;
use crate::error::{Result, fail};
use crate::layout::Slice;

/// What stands between the brackets.
enum Key {
    Index(isize),
    Slice(Slice),
}

impl Array {
    fn key(&self, key: *mut PyObject) -> Result<Key> {
        let api = self.attached.api;
        if is_exactly(self.attached, key, api.PySlice_Type) {
            return self.slice(key);
        }
        // SAFETY: attached; an object.
        unsafe {
            if (api.PyIndex_Check)(key) == 0 {
                return self.no_key(key);
            }
            let too_large = api.exception(|api| api.PyExc_IndexError);
            let index = (api.PyNumber_AsSsize_t)(key, too_large);
            if index == -1 {
                unless_raised(self.attached)?;
            }
            Ok(Key::Index(index))
        }
    }

    fn slice(&self, key: *mut PyObject) -> Result<Key> {
        let api = self.attached.api;
        let (mut start, mut stop, mut step) = (0, 0, 0);
        // SAFETY: attached; a slice, and three places for numbers.
        match unsafe { (api.PySlice_Unpack)(key, &mut start, &mut stop, &mut step) } {
            0 => Ok(Key::Slice(Slice {
                start: Some(start),
                stop: Some(stop),
                step,
            })),
            _ => Err(exception(self.attached)),
        }
    }

    #[cold]
    fn no_key(&self, key: *mut PyObject) -> Result<Key> {
        let kind = if self.is_bytes { "bytearray" } else { "array" };
        let class = class_name(self.attached, key);
        let class = class.as_deref().unwrap_or("another object");
        fail!(
            Type,
            "{kind} indices must be integers or slices, not {class}"
        )
    }

    fn no_item(&self) -> crate::error::Error {
        self.index_error("array index out of range", "bytearray index out of range")
    }

    fn no_item_to_assign(&self) -> crate::error::Error {
        self.index_error(
            "array assignment index out of range",
            "bytearray index out of range",
        )
    }

    fn assign_item(&self, index: isize, value: *mut PyObject) -> Result<()> {
        if !self.has(index) {
            return Err(self.no_item_to_assign());
        }
        let item = self.pack(value)?;
        // To convert it may have run anything.
        self.refusable(self.set(index, &item))?
            .ok_or_else(|| self.no_item_to_assign())
    }

    fn delete_item(&self, index: isize) -> Result<()> {
        self.pop(index)?
            .map(drop)
            .ok_or_else(|| self.no_item_to_assign())
    }

    /// Takes one item out; `None` where there is no such item.
    pub(super) fn pop(&self, index: isize) -> Result<Option<Packed>> {
        if !self.has(index) {
            return Ok(None);
        }
        let mut item = Packed::new(self.scalar.size);
        self.refusable(self.exporter.pop(index, item.as_mut_slice()))?;
        Ok(Some(item))
    }

    fn assign_slice(&self, slice: Slice, source: *mut PyObject) -> Result<()> {
        let items = self.gather(source, Take::Any)?;
        self.replace(slice, items.items())
    }
}

pub(super) unsafe extern "C" fn length(object: *mut PyObject) -> isize {
    // SAFETY: CPython calls this with an instance.
    match unsafe { quick::count(object) } {
        Some(count) => count as isize,
        // SAFETY: as above.
        None => guard(-1, || Ok(unsafe { Array::of(object) }.count() as isize)),
    }
}

/// As iterators and `PySequence_GetItem` ask for an item: what is negative has been counted
/// from the end already.
pub(super) unsafe extern "C" fn item(object: *mut PyObject, index: isize) -> *mut PyObject {
    let quick = match index {
        // SAFETY: CPython calls this with an instance.
        0.. => unsafe { quick::get(Attached::certainly(), object, index) },
        _ => None,
    };
    quick.unwrap_or_else(|| {
        guard(ptr::null_mut(), || {
            // SAFETY: as above.
            let array = unsafe { Array::of(object) };
            let item = match index {
                0.. => array.object_at(index)?,
                _ => None,
            };
            Ok(item.ok_or_else(|| array.no_item())?.into_ptr())
        })
    })
}

pub(super) unsafe extern "C" fn subscript(
    object: *mut PyObject,
    key: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: CPython calls this with an instance.
    let quick = unsafe {
        let attached = Attached::certainly();
        exact_index(attached, key).and_then(|index| quick::get(attached, object, index))
    };
    // SAFETY: as above.
    quick.unwrap_or_else(|| unsafe { subscript_with_care(object, key) })
}

/// # Safety
/// As for [`subscript`].
unsafe fn subscript_with_care(object: *mut PyObject, key: *mut PyObject) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let array = unsafe { Array::of(object) };
        let found = match array.key(key)? {
            Key::Index(index) => array.object_at(index)?.ok_or_else(|| array.no_item())?,
            Key::Slice(slice) => array.another(array.copy(slice)?)?,
        };
        Ok(found.into_ptr())
    })
}

/// Assigns `value`, or deletes where that is NULL.
pub(super) unsafe extern "C" fn assign(
    object: *mut PyObject,
    key: *mut PyObject,
    value: *mut PyObject,
) -> c_int {
    if !value.is_null() {
        // SAFETY: CPython calls this with an instance.
        let quick = unsafe {
            let attached = Attached::certainly();
            exact_index(attached, key).and_then(|index| quick::set(attached, object, index, value))
        };
        if quick.is_some() {
            return 0;
        }
    }
    // SAFETY: as above.
    unsafe { assign_with_care(object, key, value) }
}

/// # Safety
/// As for [`assign`].
unsafe fn assign_with_care(
    object: *mut PyObject,
    key: *mut PyObject,
    value: *mut PyObject,
) -> c_int {
    guard(-1, || {
        // SAFETY: as the caller promises.
        let array = unsafe { Array::of(object) };
        match (array.key(key)?, value.is_null()) {
            (Key::Index(index), false) => array.assign_item(index, value)?,
            (Key::Index(index), true) => array.delete_item(index)?,
            (Key::Slice(slice), false) => array.assign_slice(slice, value)?,
            (Key::Slice(slice), true) => array.refusable(array.exporter.delete(slice))?,
        }
        Ok(0)
    })
}

/// The iterator of any sequence: it asks for one item after another until there is none, so
/// the array may change meanwhile.
pub(super) unsafe extern "C" fn iterate(object: *mut PyObject) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance.
        let attached = unsafe { Array::of(object) }.attached;
        // SAFETY: attached; a sequence.
        let iterator = unsafe { (attached.api.PySeqIter_New)(object) };
        match iterator.is_null() {
            true => Err(exception(attached)),
            false => Ok(iterator),
        }
    })
}
