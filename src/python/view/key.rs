//! What stands between the brackets.

use super::super::attached::Attached;
use super::super::kind::{is_exactly, is_made_from};
use super::super::raise::exception;
use crate::abi::PyObject;
use crate::error::Result;
use crate::layout::Slice;

/// What CPython's memoryview tells apart.
pub(super) enum Key {
    /// Something with an `__index__`.
    Index,
    Slice,
    /// A tuple of so many indices; it may be empty.
    Indices(usize),
    /// A tuple of slices.
    Slices,
    Other,
}

impl Key {
    pub(super) fn of(attached: Attached, key: *mut PyObject) -> Result<Self> {
        let api = attached.api;
        if is_exactly(attached, key, api.PySlice_Type) {
            return Ok(Self::Slice);
        }
        // SAFETY: attached; an object.
        if unsafe { (api.PyIndex_Check)(key) } != 0 {
            return Ok(Self::Index);
        }
        if !is_tuple(attached, key) {
            return Ok(Self::Other);
        }
        // SAFETY: attached; a tuple.
        let count = unsafe { (api.PyTuple_Size)(key) };
        let all = |test: &dyn Fn(*mut PyObject) -> bool| {
            // SAFETY: attached; a tuple of so many.
            (0..count).all(|k| test(unsafe { (api.PyTuple_GetItem)(key, k) }))
        };
        // SAFETY: attached; an object.
        if all(&|item| unsafe { (api.PyIndex_Check)(item) } != 0) {
            return Ok(Self::Indices(count.unsigned_abs()));
        }
        match all(&|item| is_exactly(attached, item, api.PySlice_Type)) {
            true => Ok(Self::Slices),
            false => Ok(Self::Other),
        }
    }
}

/// A tuple, or an instance of a class made from it.
pub(super) fn is_tuple(attached: Attached, object: *mut PyObject) -> bool {
    is_made_from(attached, object, attached.api.PyTuple_Type)
}

/// The number of something with an `__index__`, which may run any code.
pub(super) fn index_of(attached: Attached, key: *mut PyObject) -> Result<isize> {
    let api = attached.api;
    // SAFETY: attached; an object, and a class.
    unsafe {
        let too_large = api.exception(|api| api.PyExc_IndexError);
        let index = (api.PyNumber_AsSsize_t)(key, too_large);
        match index == -1 && !(api.PyErr_Occurred)().is_null() {
            true => Err(exception(attached)),
            false => Ok(index),
        }
    }
}

/// The bounds of a slice, which may run any code.
pub(super) fn slice_of(attached: Attached, key: *mut PyObject) -> Result<Slice> {
    let (mut start, mut stop, mut step) = (0, 0, 0);
    // SAFETY: attached; a slice, and three places for numbers.
    match unsafe { (attached.api.PySlice_Unpack)(key, &mut start, &mut stop, &mut step) } {
        0 => Ok(Slice {
            start: Some(start),
            stop: Some(stop),
            step,
        }),
        _ => Err(exception(attached)),
    }
}
