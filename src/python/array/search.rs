//! Finding items by value: `in`, index, count, remove.
//!
//! Values are compared by Python, since a value may be anything; that may run any code, so
//! each item is looked for anew. Numbers are compared by the core, with all items at once.

use std::ffi::c_int;

use super::super::arguments::{Argument, Call, Parameters};
use super::super::guard::guard;
use super::super::objects::PY_EQ;
use super::super::raise::exception;
use super::super::reference::Ref;
use super::super::value::{plain, unless_raised};
use super::access::Array;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result};
use crate::format::{ScalarKind, Value};
use crate::layout::Slice;
use crate::view::{count, find};

impl Array {
    /// The first item from `start` on, and before `stop`, that equals a value.
    fn find(&self, value: *mut PyObject, start: isize, stop: isize) -> Result<Option<isize>> {
        if let Some(known) = self.known(value) {
            let items = self.steady()?;
            // SAFETY: the items stay.
            let found = items.scan(self.attached, |lent| unsafe {
                find(lent, known, start, stop)
            });
            return Ok(found?.map(|index| index as isize));
        }
        let mut index = start;
        while index < stop {
            let Some(item) = self.object_at(index)? else {
                break;
            };
            if self.are_equal(&item, value)? {
                return Ok(Some(index));
            }
            index += 1;
        }
        Ok(None)
    }

    /// A value that the core compares with these items as Python would; it does not refuse numbers
    /// that stand for no character.
    fn known(&self, value: *mut PyObject) -> Option<Value<'static>> {
        match self.scalar.kind {
            ScalarKind::Unicode => None,
            _ => plain(self.attached, value),
        }
    }

    fn are_equal(&self, item: &Ref, value: *mut PyObject) -> Result<bool> {
        let compare = self.attached.api.PyObject_RichCompareBool;
        // SAFETY: attached; two objects.
        match unsafe { compare(item.as_ptr(), value, PY_EQ) } {
            -1 => Err(exception(self.attached)),
            answer => Ok(answer != 0),
        }
    }

    pub(super) fn count_of(&self, value: *mut PyObject) -> Result<Ref> {
        if let Some(known) = self.known(value) {
            let items = self.steady()?;
            // SAFETY: the items stay.
            let number = items.scan(self.attached, |lent| unsafe { count(lent, known) })?;
            return self.number(number as isize);
        }
        let (mut count, mut next) = (0, 0);
        while let Some(index) = self.find(value, next, isize::MAX)? {
            count += 1;
            next = index + 1;
        }
        self.number(count)
    }

    pub(super) fn remove(&self, value: *mut PyObject) -> Result<Ref> {
        let Some(index) = self.find(value, 0, isize::MAX)? else {
            return Err(self.not_there("array.remove(x): x not in array"));
        };
        // The comparison may have run anything: what is there now is taken out, if anything is.
        let item = Slice {
            start: Some(index),
            stop: Some(index + 1),
            step: 1,
        };
        self.refusable(self.exporter.delete(item))?;
        Ok(self.none())
    }

    fn number(&self, number: isize) -> Result<Ref> {
        // SAFETY: attached.
        let number = unsafe { (self.attached.api.PyLong_FromSsize_t)(number) };
        Ref::owned(self.attached, number).ok_or_else(|| exception(self.attached))
    }

    #[cold]
    fn not_there(&self, array: &'static str) -> Error {
        let text = match self.is_bytes {
            true => "value not found in bytearray",
            false => array,
        };
        Error::fixed(Kind::Value, text)
    }

    /// A bound of a search: numbers too large are as good as the largest.
    fn bound(&self, bound: Argument, otherwise: isize) -> Result<isize> {
        if bound.as_ptr().is_null() {
            return Ok(otherwise);
        }
        let convert = self.attached.api.PyNumber_AsSsize_t;
        // SAFETY: attached; an object, and no exception for what does not fit.
        let number = unsafe { convert(bound.as_ptr(), std::ptr::null_mut()) };
        if number == -1 {
            unless_raised(self.attached)?;
        }
        Ok(number)
    }

    /// A negative bound counts from the end as it is now.
    fn clamped(&self, bound: isize) -> isize {
        match bound < 0 {
            true => bound.saturating_add(self.count() as isize).max(0),
            false => bound,
        }
    }
}

static INDEX: Parameters<3> = Parameters {
    function: "index",
    names: [c"value", c"start", c"stop"],
    required: 1,
    positional: 3,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn index_of(array: &Array, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [value, start, stop] = unsafe { INDEX.take(array.attached, call) }?;
    let (start, stop) = (array.bound(start, 0)?, array.bound(stop, isize::MAX)?);
    let (start, stop) = (array.clamped(start), array.clamped(stop));
    match array.find(value.as_ptr(), start, stop)? {
        Some(index) => array.number(index),
        None => Err(array.not_there("array.index(x): x not in array")),
    }
}

/// `value in a`
pub(super) unsafe extern "C" fn contains(object: *mut PyObject, value: *mut PyObject) -> c_int {
    guard(-1, || {
        // SAFETY: CPython calls this with an instance.
        let array = unsafe { Array::of(object) };
        Ok(array.find(value, 0, isize::MAX)?.is_some().into())
    })
}
