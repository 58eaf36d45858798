//! `in`, count and index: by Python's own comparison, since a value may be anything; or, where
//! the value is a number and the format a native one, by the core's, and while other threads run
//! where that takes long.
//!
//! A comparison may run any code, so each item is looked for anew.

use std::ffi::c_int;

use super::super::arguments::{Argument, Call, Parameters};
use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::objects::PY_EQ;
use super::super::raise::{clear, exception};
use super::super::reference::Ref;
use super::super::value::plain;
use super::instance::This;
use super::long::perhaps_long;
use super::theirs;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result, fail};
use crate::format::Value;
use crate::view::{count, find};

impl This<'_> {
    /// How many items there are to look at.
    fn searchable(&self) -> Result<isize> {
        self.check()?;
        let layout = self.fields.lent.layout();
        match layout.shape() {
            [length] => Ok(*length),
            _ if self.is_extended() => Ok(layout.len() as isize),
            [] => fail!(Type, "invalid lookup on 0-dim memory"),
            _ => fail!(
                NotImplemented,
                "multi-dimensional lookup is not implemented"
            ),
        }
    }

    /// The first item from `start` on, and before `stop`, that equals a value.
    fn find(&self, value: *mut PyObject, start: isize, stop: isize) -> Result<Option<isize>> {
        if let Some(known) = self.known(value) {
            if start >= stop {
                return Ok(None);
            }
            let lent = self.pin()?;
            let nbytes = stop.abs_diff(start) * lent.layout().itemsize();
            let found = perhaps_long(self, None, nbytes, || {
                // SAFETY: pinned, and nothing of Python runs.
                unsafe { find(&lent, known, start, stop) }
            })?;
            return Ok(found.map(|index| index as isize));
        }
        for index in start..stop {
            let item = match self.is_extended() {
                true => self.item_numbered(index)?,
                false => self.item_at(index)?,
            };
            if are_equal(self.attached, &item, value)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}

impl This<'_> {
    /// A value that the core compares with these items as Python would.
    fn known(&self, value: *mut PyObject) -> Option<Value<'static>> {
        if !self.fields.code.is_native() {
            let scalar = self.fields.lent.format().scalar();
            scalar.filter(|_| self.is_extended())?;
        }
        plain(self.attached, value)
    }
}

fn are_equal(attached: Attached, item: &Ref, value: *mut PyObject) -> Result<bool> {
    let compare = attached.api.PyObject_RichCompareBool;
    // SAFETY: attached; two objects.
    match unsafe { compare(item.as_ptr(), value, PY_EQ) } {
        -1 => Err(exception(attached)),
        answer => Ok(answer != 0),
    }
}

static COUNT: Parameters<1> = Parameters {
    function: "count",
    names: [c""],
    required: 1,
    positional: 1,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn count_of(this: This<'_>, call: Call) -> Result<Ref> {
    let attached = this.attached;
    // SAFETY: as the caller promises.
    let [value] = match unsafe { COUNT.take(attached, call) } {
        Ok(taken) => taken,
        Err(error) if this.is_extended() => return Err(error),
        Err(_) => {
            clear(attached);
            // SAFETY: as the caller promises.
            return Err(unsafe { theirs::refusal(&this, c"count", call) });
        }
    };
    let length = this.iterable()?;
    if let Some(known) = this.known(value.as_ptr()) {
        let lent = this.pin()?;
        let nbytes = lent.layout().nbytes();
        let count = perhaps_long(&this, None, nbytes, || {
            // SAFETY: pinned, and nothing of Python runs.
            unsafe { count(&lent, known) }
        })?;
        return number(attached, count as isize);
    }
    let (mut count, mut next) = (0, 0);
    while let Some(index) = this.find(value.as_ptr(), next, length)? {
        count += 1;
        next = index + 1;
    }
    number(attached, count)
}

impl This<'_> {
    /// How many items there are to compare, or why there are none: as an iterator of CPython's
    /// memoryview says it.
    pub(super) fn iterable(&self) -> Result<isize> {
        self.check()?;
        let layout = self.fields.lent.layout();
        if self.is_extended() {
            self.check_readable()?;
            return Ok(layout.len() as isize);
        }
        let length = match layout.shape() {
            [] => fail!(Type, "invalid indexing of 0-dim memory"),
            [length] => Ok(*length),
            _ => fail!(
                NotImplemented,
                "multi-dimensional sub-views are not implemented"
            ),
        };
        // Before there were iterators of its own, the format came first.
        if length.is_ok() || self.attached.api.minor < 10 {
            self.native()?;
        }
        length
    }

    /// The same of `in`, to which whatever is a TypeError says that there is no iterator.
    fn containing(&self) -> Result<isize> {
        let length = self.iterable();
        match self.attached.api.minor {
            _ if self.is_extended() => length,
            _ if self.is_released() || self.fields.lent.layout().ndim() > 0 => length,
            ..10 => length,
            10..14 => fail!(Type, "argument of type 'memoryview' is not iterable"),
            _ => fail!(
                Type,
                "argument of type 'memoryview' is not a container or iterable"
            ),
        }
    }
}

static INDEX: Parameters<3> = Parameters {
    function: "index",
    names: [c"", c"", c""],
    required: 1,
    positional: 3,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn index_of(this: This<'_>, call: Call) -> Result<Ref> {
    let attached = this.attached;
    // SAFETY: as the caller promises.
    let taken = unsafe { INDEX.take(attached, call) };
    let bounds = taken.and_then(|[value, start, stop]| {
        Ok((
            value,
            bound(attached, start, 0)?,
            bound(attached, stop, isize::MAX)?,
        ))
    });
    let (value, start, stop) = match bounds {
        Ok(bounds) => bounds,
        Err(error) if this.is_extended() => return Err(error),
        Err(error) if call.names.is_null() && (1..=3).contains(&call.count) => return Err(error),
        Err(_) => {
            clear(attached);
            // SAFETY: as the caller promises.
            return Err(unsafe { theirs::refusal(&this, c"index", call) });
        }
    };
    let length = this.searchable()?;
    let from_start = |bound: isize| match bound < 0 {
        true => bound.saturating_add(length).max(0),
        false => bound.min(length),
    };
    match this.find(value.as_ptr(), from_start(start), from_start(stop))? {
        Some(index) if this.is_extended() => this.place_of(index),
        Some(index) => number(attached, index),
        None => Err(Error::fixed(
            Kind::Value,
            "memoryview.index(x): x not found",
        )),
    }
}

/// A bound of a search: numbers too large are as good as the largest.
fn bound(attached: Attached, bound: Argument, otherwise: isize) -> Result<isize> {
    if bound.as_ptr().is_null() {
        return Ok(otherwise);
    }
    let api = attached.api;
    // SAFETY: attached; an object, and no exception for what does not fit.
    unsafe {
        if (api.PyIndex_Check)(bound.as_ptr()) == 0 {
            return fail!(
                Type,
                "slice indices must be integers or have an __index__ method"
            );
        }
        let number = (api.PyNumber_AsSsize_t)(bound.as_ptr(), std::ptr::null_mut());
        match number == -1 && !(api.PyErr_Occurred)().is_null() {
            true => Err(exception(attached)),
            false => Ok(number),
        }
    }
}

fn number(attached: Attached, number: isize) -> Result<Ref> {
    super::super::attributes::number(attached, number)
}

/// The slot `sq_contains`.
pub(super) unsafe extern "C" fn contains(object: *mut PyObject, value: *mut PyObject) -> c_int {
    guard(-1, || {
        // SAFETY: CPython calls this with an instance.
        let this = unsafe { This::of(object) };
        let length = this.containing()?;
        Ok(this.find(value, 0, length)?.is_some().into())
    })
}
