//! The short ways to a new view: of a bytes object or another one whose buffer is a row of
//! letters, or a slice in one dimension. That of casts is in `quick_cast`.
//!
//! They are the ways that are gone most. Each looks first whether it can be gone to its end, or
//! fails only in a call of CPython's; whatever else there is to do or to say is left to the way
//! with care (`make`, `subscript`), which would come to the same result.

use std::ptr;

use super::super::api::PyTypeObject;
use super::super::attached::Attached;
use super::super::first;
use super::super::guard::guard;
use super::super::kind::{is_exactly, type_of};
use super::super::raise::{exception, has_raised};
use super::super::state::known_view_types;
use super::super::types::Flavor;
use super::fresh::New;
use super::instance::{Share, This};
use super::make::{self, row_of, row_of_bytes};
use super::python_buffer;
use crate::abi::{PyBUF_FULL_RO, PyObject};
use crate::exporter::Row;
use crate::layout::Slice;

/// A view of whatever an object lends; `None` where another way has to be gone.
///
/// # Safety
/// CPython has called us; a type of views, and an object.
#[inline(always)]
pub(super) unsafe fn create(
    kind: *mut PyTypeObject,
    flavor: Flavor,
    object: *mut PyObject,
) -> Option<*mut PyObject> {
    // SAFETY: as the caller promises.
    let attached = unsafe { Attached::for_a_moment() };
    let api = attached.api;
    let its = type_of(attached, object);
    let (of, other) = known_view_types(kind, flavor)?;
    let is_bytes = python_buffer::is_of_bytes(attached, its);
    let is_simple = is_bytes || first::is_array(its);
    if !is_simple {
        if its == kind || its == other || python_buffer::may_have_methods(attached, its) {
            return None;
        }
        // SAFETY: as the caller promises; from here on anything may be called.
        unsafe { Attached::certainly() };
    }
    let mut new = New::kept(attached, of)?;
    let buffer = new.source().buffer_ptr();
    // SAFETY: attached; an object, and a buffer that is nobody else's and stays where it is. Filled by
    // its exporter.
    unsafe {
        if (api.PyObject_GetBuffer)(object, buffer, PyBUF_FULL_RO) < 0 {
            return Some(refused(attached, object));
        }
        if !is_simple && has_raised(attached) {
            python_buffer::taken_back(attached, new.filled());
            return Some(ptr::null_mut());
        }
        let answer = match is_bytes {
            true => row_of_bytes(&*buffer),
            false => row_of(&*buffer).filter(|_| (*buffer).obj == object),
        };
        if let Some((row, letter)) = answer
            && new.show_letters(row, letter)
        {
            let is_tracked =
                !is_simple && make::has_cycles(attached, its) && !first::meet(attached, its, of);
            return Some(new.into_letters(is_tracked).into_ptr());
        }
    }
    Some(described(attached, new))
}

/// The exception of an object that lends nothing, in our words.
#[cold]
fn refused(attached: Attached, object: *mut PyObject) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        Err(python_buffer::refused(
            attached,
            object,
            exception(attached),
        ))
    })
}

/// A view of what was answered, where that is no row of letters.
#[cold]
fn described(attached: Attached, new: New) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        Ok(make::described(attached, new, PyBUF_FULL_RO)?.into_ptr())
    })
}

/// A slice in one dimension; `None` where another way has to be gone, and NULL with an exception.
///
/// # Safety
/// CPython has called us.
#[inline(always)]
pub(super) unsafe fn slice(this: &This<'_>, key: *mut PyObject) -> Option<*mut PyObject> {
    let attached = this.attached;
    let lent = &this.fields.lent;
    let length = this.fields.quick.length();
    // What is native in one dimension is plain; no length is left of what was released.
    if length < 0 || !is_exactly(attached, key, attached.api.PySlice_Type) {
        return None;
    }
    // The buffer is shared first: to ask for the bounds may run anything.
    let share = this.quick_share()?;
    let (mut start, mut stop, mut step) = (0, 0, 0);
    // SAFETY: attached; a slice, and three places for numbers.
    if unsafe { (attached.api.PySlice_Unpack)(key, &mut start, &mut stop, &mut step) } < 0 {
        return Some(ptr::null_mut());
    }
    let slice = Slice {
        start: Some(start),
        stop: Some(stop),
        step,
    };
    let (start, count) = slice.resolve(length);
    let stride = this.fields.quick.stride();
    let moved = if count == 0 { 0 } else { start * stride };
    let row = Row {
        base: lent.base(),
        offset: lent.layout().offset() + moved,
        length: count,
        // One item or none: no step is ever taken, and its size might not fit.
        stride: stride.wrapping_mul(step),
        readonly: lent.is_readonly().into(),
    };
    Some(match New::kept(attached, this.fields.of) {
        Some(new) => new
            .into_row(row, share, this.fields.code, lent.format())
            .into_ptr(),
        None => sliced(this, share, slice),
    })
}

/// The slice where no object was kept.
#[cold]
fn sliced(this: &This<'_>, share: Share, slice: Slice) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        Ok(this.slice_of(share, slice)?.into_ptr())
    })
}
