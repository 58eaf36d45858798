//! `m.tolist()`: every item as a Python object, in lists of lists.
//!
//! A list is made empty and its places are filled. Where those are in memory is found out once,
//! in a list whose items are known; if that fails, the documented call puts each item in.

use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::attached::Attached;
use super::super::raise::exception;
use super::super::reference::Ref;
use super::code::Code;
use super::instance::{This, place};
use super::text::to_bytes;
use crate::abi::PyObject;
use crate::copy::Place;
use crate::error::Result;
use crate::layout::{MAX_DIMS, Order};

/// Where in a list the address of its items stands; [`UNKNOWN`] where it has not been found, and
/// 0 before it is looked for.
static ITEMS: AtomicUsize = AtomicUsize::new(0);
const UNKNOWN: usize = usize::MAX;

/// The places of a fresh list of `length` items, all NULL; `None` where they cannot be told.
fn places(attached: Attached, list: &Ref, length: isize) -> Option<*mut *mut PyObject> {
    let offset = match ITEMS.load(Ordering::Relaxed) {
        0 => find_items(attached),
        offset => offset,
    };
    if offset == UNKNOWN || length == 0 {
        return None;
    }
    // SAFETY: a list, in which the address of its items stands there.
    Some(unsafe {
        list.as_ptr()
            .byte_add(offset)
            .cast::<*mut *mut PyObject>()
            .read()
    })
}

/// Looks for the word of a list that leads to its items.
#[cold]
fn find_items(attached: Attached) -> usize {
    let found = find(attached).unwrap_or(UNKNOWN);
    super::super::raise::clear(attached);
    ITEMS.store(found, Ordering::Relaxed);
    found
}

/// In a list of two known objects the word that follows the header and the size points at them.
fn find(attached: Attached) -> Option<usize> {
    let api = attached.api;
    let known = [api._Py_NoneStruct, api._Py_EllipsisObject];
    // SAFETY: attached; a fresh list, whose references it takes over.
    let list = unsafe {
        let list = Ref::owned(attached, (api.PyList_New)(2))?;
        for (k, object) in (0..).zip(known) {
            (api.PyList_SetItem)(list.as_ptr(), k, Ref::to(attached, object).into_ptr());
        }
        list
    };
    let header = super::super::instance::header();
    let word = size_of::<usize>();
    // Behind the header stand the size and the address, as in every version so far.
    // SAFETY: a list is larger than its header and two words; its size is 2.
    unsafe {
        let size = list.as_ptr().byte_add(header).cast::<usize>().read();
        let items = list
            .as_ptr()
            .byte_add(header + word)
            .cast::<*mut *mut PyObject>()
            .read();
        let is_right = size == 2
            && !items.is_null()
            && items.is_aligned()
            && (0..2).all(|k| items.add(k).read() == known[k]);
        is_right.then_some(header + word)
    }
}

/// The lists of a view.
struct Lists<'a> {
    attached: Attached,
    place: Place<'a>,
    code: Code,
    indices: [isize; MAX_DIMS],
}

/// From so many bytes on CPython's own loop over bytes is quicker: it takes the numbers up to 255 from
/// where it keeps them, without a call for each.
const MANY: isize = 32;

pub(super) fn to_list(this: This<'_>) -> Result<Ref> {
    this.check()?;
    let mut code = this.native()?;
    if code.is_unsigned_byte() && this.fields.quick.length() >= MANY {
        return list_of_bytes(&this);
    }
    if !this.fields.lent.layout().is_empty() {
        code = this.readable(code)?;
    }
    // To make a list may run the collector, and with it any code: the view stays meanwhile.
    let held = this.hold()?;
    let mut lists = Lists {
        attached: this.attached,
        place: place(&held),
        code,
        indices: [0; MAX_DIMS],
    };
    lists.lists_from(0)
}

/// The list of a copy of the bytes, which CPython makes.
fn list_of_bytes(this: &This<'_>) -> Result<Ref> {
    let attached = this.attached;
    let bytes = to_bytes(this, Order::C)?;
    // SAFETY: attached; an object to be iterated over.
    let list = unsafe { (attached.api.PySequence_List)(bytes.as_ptr()) };
    Ref::owned(attached, list).ok_or_else(|| exception(attached))
}

impl Lists<'_> {
    fn lists_from(&mut self, dim: usize) -> Result<Ref> {
        let layout = self.place.layout;
        let Some(&length) = layout.shape().get(dim) else {
            let item = self.address(dim)?;
            return self.object(item);
        };
        // SAFETY: attached.
        let list = unsafe { (self.attached.api.PyList_New)(length) };
        let list = Ref::owned(self.attached, list).ok_or_else(|| exception(self.attached))?;
        let is_last = dim + 1 == layout.ndim() && layout.suboffsets().is_none();
        match places(self.attached, &list, length) {
            Some(places) if is_last => {
                let first = self.address(dim)?;
                // SAFETY: so many items from there on, and as many empty places.
                unsafe { self.fill(places, first, length, layout.strides()[dim]) }?;
            }
            _ => {
                for k in 0..length {
                    self.indices[dim] = k;
                    let item = self.lists_from(dim + 1)?;
                    // SAFETY: attached; a fresh list, an index in it, and a reference that it takes over.
                    unsafe {
                        (self.attached.api.PyList_SetItem)(list.as_ptr(), k, item.into_ptr());
                    }
                }
                self.indices[dim] = 0;
            }
        }
        Ok(list)
    }

    /// # Safety
    /// As many items lie there as there are places, which are empty.
    unsafe fn fill(
        &self,
        places: *mut *mut PyObject,
        first: *const u8,
        length: isize,
        stride: isize,
    ) -> Result<()> {
        // SAFETY: as the caller promises; a place is one of the list's, which nobody else uses yet.
        let all = unsafe {
            let places = slice::from_raw_parts_mut(places.cast(), length.unsigned_abs());
            self.code.read_all(self.attached, first, stride, places)
        };
        match all {
            true => Ok(()),
            false => Err(exception(self.attached)),
        }
    }

    /// Where the item lies whose indices in the first dimensions are these, and else zero.
    fn address(&self, dims: usize) -> Result<*mut u8> {
        let mut indices = self.indices;
        indices[dims..].fill(0);
        // SAFETY: the indices are in range, and the view is held.
        unsafe { self.place.item(&indices[..self.place.layout.ndim()]) }
    }

    fn object(&self, item: *const u8) -> Result<Ref> {
        // SAFETY: attached; an item of this code.
        let made = unsafe { self.code.read(self.attached, item) };
        Ref::owned(self.attached, made).ok_or_else(|| exception(self.attached))
    }
}
