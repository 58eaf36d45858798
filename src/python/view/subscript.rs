//! `m[...]` and `m[...] = x` as CPython's memoryview has them, and `len(m)`.
//!
//! Where an index is an int and the view has one dimension, all is done in the short way, which
//! fails only in CPython's own functions; whatever else there is to do or to say is left to the
//! way with care.

use std::ffi::c_int;
use std::ptr;

use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::kind::{exact_index, is_exactly};
use super::super::raise::exception;
use super::super::reference::Ref;
use super::code::Code;
use super::instance::{Share, This, fields, place, unsupported};
use super::key::{Key, index_of, slice_of};
use super::quick;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::Lent;
use crate::layout::{Select, Slice};

const NO_INDEXING: Error = Error::fixed(Kind::Type, "invalid indexing of 0-dim memory");
pub(super) const READ_ONLY: Error = Error::fixed(Kind::Type, "cannot modify read-only memory");
const NO_KEY: Error = Error::fixed(Kind::Type, "memoryview: invalid slice key");

impl This<'_> {
    /// How items are read, or why not. A single letter is taken here, whatever it is: that there are
    /// no such items is found out when one is needed (`readable`).
    pub(super) fn native(&self) -> Result<Code> {
        let code = self.fields.code;
        if code.is_native() {
            return Ok(code);
        }
        let text = self.fields.lent.format().text().to_bytes();
        match text.strip_prefix(b"@").unwrap_or(text) {
            [_] => Ok(code),
            _ => unsupported(text),
        }
    }

    /// Whether the values of items are known, or why not.
    pub(super) fn check_readable(&self) -> Result<()> {
        match self.is_extended() {
            true => self.fields.lent.format().known().map(drop),
            false => self.native().map(drop),
        }
    }

    /// How an item is read or written.
    pub(super) fn readable(&self, code: Code) -> Result<Code> {
        if code.is_native() {
            return Ok(code);
        }
        let text = self.fields.lent.format().text().to_bytes();
        fail!(
            NotImplemented,
            "memoryview: format {} not supported",
            text.strip_prefix(b"@").unwrap_or(text).escape_ascii()
        )
    }

    fn get(&self, key: *mut PyObject) -> Result<Ref> {
        if self.is_extended() {
            return self.get_selected(key);
        }
        self.check()?;
        let api = self.attached.api;
        if self.fields.lent.layout().ndim() == 0 {
            // SAFETY: attached; an object.
            let is_empty = is_exactly(self.attached, key, api.PyTuple_Type)
                && unsafe { (api.PyTuple_Size)(key) } == 0;
            if is_empty {
                return self.item(self.native()?, &[]);
            }
            return match key == api._Py_EllipsisObject {
                true => Ok(Ref::to(self.attached, self.object)),
                false => Err(NO_INDEXING),
            };
        }
        match Key::of(self.attached, key)? {
            Key::Index => self.item_at(index_of(self.attached, key)?),
            Key::Slice => self.slice(key),
            Key::Indices(count) => self.item_at_all(key, count),
            Key::Slices => fail!(
                NotImplemented,
                "multi-dimensional slicing is not implemented"
            ),
            Key::Other => Err(NO_KEY),
        }
    }

    /// `m[index]`, as iterators ask for it too.
    pub(super) fn item_at(&self, index: isize) -> Result<Ref> {
        if self.is_extended() {
            return self.selected(&[Select::Index(index)]);
        }
        self.check()?;
        let code = self.native()?;
        match self.fields.lent.layout().ndim() {
            0 => Err(NO_INDEXING),
            1 => self.item(code, &[index]),
            _ => fail!(
                NotImplemented,
                "multi-dimensional sub-views are not implemented"
            ),
        }
    }

    fn item_at_all(&self, key: *mut PyObject, count: usize) -> Result<Ref> {
        self.check()?;
        let code = self.native()?;
        let mut indices = [0; crate::request::MAX_NDIM];
        let indices = self.indices(key, count, &mut indices)?;
        self.item(code, indices)
    }

    /// The numbers of a tuple. To convert them may run any code.
    fn indices<'n>(
        &self,
        key: *mut PyObject,
        count: usize,
        to: &'n mut [isize; crate::request::MAX_NDIM],
    ) -> Result<&'n [isize]> {
        let ndim = self.fields.lent.layout().ndim();
        if count < ndim {
            return fail!(NotImplemented, "sub-views are not implemented");
        }
        if count > ndim {
            return fail!(
                Type,
                "cannot index {ndim}-dimension view with {count}-element tuple"
            );
        }
        let shape = self.fields.lent.layout().shape();
        for (dim, place) in to[..ndim].iter_mut().enumerate() {
            // SAFETY: attached; a tuple of so many.
            let item = unsafe { (self.attached.api.PyTuple_GetItem)(key, dim as isize) };
            *place = index_of(self.attached, item)?;
            position(shape[dim], dim, *place)?;
        }
        Ok(&to[..ndim])
    }

    /// The value of an item.
    fn item(&self, code: Code, indices: &[isize]) -> Result<Ref> {
        let lent = self.pin()?;
        let item = address(&lent, indices)?;
        let code = self.readable(code)?;
        // SAFETY: attached; an item of this code.
        let made = unsafe { code.read(self.attached, item) };
        Ref::owned(self.attached, made).ok_or_else(|| exception(self.attached))
    }

    /// `m[start:stop:step]`: the buffer is shared first, so that it stays whatever the bounds do
    /// when they are asked for their numbers.
    pub(super) fn slice(&self, key: *mut PyObject) -> Result<Ref> {
        let share = self.share()?;
        let slice = slice_of(self.attached, key)?;
        self.slice_of(share, slice)
    }

    /// The same with bounds that are known.
    pub(super) fn slice_of(&self, share: Share, slice: Slice) -> Result<Ref> {
        let lent = &self.fields.lent;
        let layout = lent.layout().slice(0, slice)?;
        let format = lent.format().try_clone()?;
        self.with(
            share,
            Lent::new(lent.base(), layout, format, lent.is_readonly()),
        )
    }

    fn set(&self, key: *mut PyObject, value: *mut PyObject) -> Result<()> {
        if self.is_extended() {
            return self.set_selected(key, value);
        }
        self.check()?;
        let (attached, api) = (self.attached, self.attached.api);
        let code = self.native()?;
        if self.fields.lent.is_readonly() {
            return Err(READ_ONLY);
        }
        if value.is_null() {
            return fail!(Type, "cannot delete memory");
        }
        let ndim = self.fields.lent.layout().ndim();
        if ndim == 0 {
            // SAFETY: attached; an object.
            let is_all = key == api._Py_EllipsisObject
                || is_exactly(attached, key, api.PyTuple_Type)
                    && unsafe { (api.PyTuple_Size)(key) } == 0;
            return match is_all {
                true => self.put(code, &[], value),
                false => Err(NO_INDEXING),
            };
        }
        match Key::of(attached, key)? {
            Key::Index if ndim > 1 => fail!(NotImplemented, "sub-views are not implemented"),
            Key::Index => {
                let index = index_of(attached, key)?;
                position(self.fields.lent.layout().shape()[0], 0, index)?;
                self.put(code, &[index], value)
            }
            Key::Slice if ndim == 1 => self.put_slice(key, value),
            Key::Indices(count) => {
                let mut indices = [0; crate::request::MAX_NDIM];
                let indices = self.indices(key, count, &mut indices)?;
                self.put(code, indices, value)
            }
            Key::Slice | Key::Slices => fail!(
                NotImplemented,
                "memoryview slice assignments are currently restricted to ndim = 1"
            ),
            Key::Other => Err(NO_KEY),
        }
    }

    /// Converts a value, which may run any code, and then writes it.
    fn put(&self, code: Code, indices: &[isize], value: *mut PyObject) -> Result<()> {
        let packed = self.readable(code)?.pack(self.attached, value)?;
        let lent = self.pin()?;
        let item = address(&lent, indices)?;
        // SAFETY: an item of this code, which may be written.
        unsafe { packed.store(item) };
        Ok(())
    }
}

/// An index that counts from the start.
fn position(length: isize, dim: usize, index: isize) -> Result<isize> {
    let position = if index < 0 {
        index.wrapping_add(length)
    } else {
        index
    };
    match (0..length).contains(&position) {
        true => Ok(position),
        false => fail!(Index, "index out of bounds on dimension {}", dim + 1),
    }
}

/// The address of an item; there is one index for each dimension.
fn address(lent: &Lent, indices: &[isize]) -> Result<*mut u8> {
    let mut positions = [0; crate::request::MAX_NDIM];
    for (dim, &index) in indices.iter().enumerate() {
        positions[dim] = position(lent.layout().shape()[dim], dim, index)?;
    }
    // SAFETY: the indices are in range, and the buffer keeps the memory.
    unsafe { place(lent).item(&positions[..indices.len()]) }
}

/// The slot `mp_subscript`.
pub(super) unsafe extern "C" fn subscript(
    object: *mut PyObject,
    key: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: CPython calls this with an instance.
    unsafe {
        let this = This::for_a_moment(object);
        // With a lock an item that can be reached is of no view that was released.
        if this.has_lock()
            && let Some(index) = exact_index(this.attached, key)
            && let Some(item) = this.fields.quick.item(index)
        {
            return this.fields.code.read(this.attached, item);
        }
        subscript_otherwise(object, key)
    }
}

/// The short ways that need more room than that one, which is why they are a function of their
/// own.
///
/// # Safety
/// As for [`subscript`].
#[inline(never)]
unsafe extern "C" fn subscript_otherwise(
    object: *mut PyObject,
    key: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: as the caller promises.
    unsafe {
        let this = This::for_a_moment(object);
        if !this.has_lock()
            && let Some(index) = exact_index(this.attached, key)
            && let Some(item) = this.fields.quick.item(index)
            && let Ok(_pinned) = this.pin()
        {
            return this.fields.code.read(this.attached, item);
        }
        if let Some(made) = quick::slice(&this, key) {
            return made;
        }
        subscript_with_care(object, key)
    }
}

/// # Safety
/// As for [`subscript`].
#[inline(never)]
unsafe fn subscript_with_care(object: *mut PyObject, key: *mut PyObject) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        Ok(unsafe { This::of(object) }.get(key)?.into_ptr())
    })
}

/// The slot `mp_ass_subscript`.
pub(super) unsafe extern "C" fn assign(
    object: *mut PyObject,
    key: *mut PyObject,
    value: *mut PyObject,
) -> c_int {
    // SAFETY: CPython calls this with an instance; to delete items there is a NULL.
    unsafe {
        let this = This::for_a_moment(object);
        if this.has_lock()
            && !value.is_null()
            && let Some(item) = writable_item(&this, key)
            && store(&this, value, item).is_some()
        {
            return 0;
        }
        assign_otherwise(object, key, value)
    }
}

/// # Safety
/// As for [`assign`].
#[inline(never)]
unsafe extern "C" fn assign_otherwise(
    object: *mut PyObject,
    key: *mut PyObject,
    value: *mut PyObject,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        let this = This::for_a_moment(object);
        if !this.has_lock()
            && !value.is_null()
            && let Some(item) = writable_item(&this, key)
            && let Ok(_pinned) = this.pin()
            && store(&this, value, item).is_some()
        {
            return 0;
        }
    }
    guard(-1, || {
        // SAFETY: as the caller promises.
        let this = unsafe { This::of(object) };
        this.set(key, value).map(|()| 0)
    })
}

/// The item at an index that is an int, where it can be written in the short way.
#[inline(always)]
fn writable_item(this: &This<'_>, key: *mut PyObject) -> Option<*mut u8> {
    if this.fields.lent.is_readonly() {
        return None;
    }
    this.fields.quick.item(exact_index(this.attached, key)?)
}

/// # Safety
/// CPython has called us; an item of this view, which may be written, and a value.
#[inline(always)]
unsafe fn store(this: &This<'_>, value: *mut PyObject, item: *mut u8) -> Option<()> {
    // SAFETY: as the caller promises.
    unsafe { this.fields.code.store_quickly(this.attached, value, item) }
}

/// The slots `mp_length` and `sq_length`.
pub(super) unsafe extern "C" fn length(object: *mut PyObject) -> isize {
    // SAFETY: CPython calls this with an instance.
    let this = unsafe { This::for_a_moment(object) };
    if this.fields.quick.length() > 0 && !this.is_released() {
        return this.fields.quick.length();
    }
    guard(-1, || {
        this.check()?;
        if let Some(length) = this.fields.lent.layout().shape().first() {
            return Ok(*length);
        }
        match this.attached.api.minor {
            ..12 if !this.is_extended() => Ok(1),
            _ => fail!(Type, "0-dim memory has no length"),
        }
    })
}

/// The item at a position, which iterators have counted: never negative.
///
/// # Safety
/// CPython has called us, with the lock of an interpreter that has one; a view.
#[inline(always)]
pub(super) unsafe fn nth(
    attached: Attached,
    view: *mut PyObject,
    position: isize,
) -> *mut PyObject {
    // SAFETY: as the caller promises; an item of this code, of a view that was not released.
    unsafe {
        let fields = &*fields(view);
        match fields.quick.item_from_start(position) {
            Some(item) => fields.code.read(attached, item),
            None => item_with_care(view, position),
        }
    }
}

/// The same where there is no lock, and others may be at the view meanwhile.
///
/// # Safety
/// CPython has called us; a view.
pub(super) unsafe fn nth_of_many(view: *mut PyObject, position: isize) -> *mut PyObject {
    // SAFETY: as the caller promises; an item of this code.
    unsafe {
        let this = This::for_a_moment(view);
        if let Some(item) = this.fields.quick.item_from_start(position)
            && let Ok(_pinned) = this.pin()
        {
            return this.fields.code.read(this.attached, item);
        }
        item_with_care(view, position)
    }
}

/// The slot `sq_item`: what is negative has been counted from the end already.
#[cold]
pub(super) unsafe extern "C" fn item_with_care(
    object: *mut PyObject,
    index: isize,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance.
        Ok(unsafe { This::of(object) }.item_at(index)?.into_ptr())
    })
}
