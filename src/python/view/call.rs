//! `memoryview(object)` and `View(object)`: calls of the types.

use std::ptr;

use super::super::api::PyTypeObject;
use super::super::arguments::Call;
use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::raise::exception;
use super::super::reference::Ref;
use super::super::state::view_type;
use super::super::types::Flavor;
use super::super::vectorcall::OFFSET_BIT;
use super::make::from_object;
use super::quick;
use super::theirs::packed;
use crate::abi::PyObject;
use crate::error::{Result, fail};

/// The slot `tp_new` of `memoryview`.
pub(super) unsafe extern "C" fn new_memoryview(
    kind: *mut PyObject,
    arguments: *mut PyObject,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: CPython calls this on an attached thread, with a tuple, and NULL or a dictionary.
    unsafe { new(kind, Flavor::Exact, arguments, names) }
}

/// The slot `tp_new` of `View`.
pub(super) unsafe extern "C" fn new_view(
    kind: *mut PyObject,
    arguments: *mut PyObject,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: as above.
    unsafe { new(kind, Flavor::Extended, arguments, names) }
}

/// The same calls without a tuple.
pub(super) unsafe extern "C" fn call_memoryview(
    kind: *mut PyObject,
    arguments: *const *mut PyObject,
    count: usize,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: CPython calls this on an attached thread, with arguments as it says.
    unsafe { call(kind, Flavor::Exact, arguments, count, names) }
}

pub(super) unsafe extern "C" fn call_view(
    kind: *mut PyObject,
    arguments: *const *mut PyObject,
    count: usize,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: as above.
    unsafe { call(kind, Flavor::Extended, arguments, count, names) }
}

/// # Safety
/// Attached; a type of that flavor, and arguments as CPython gives them.
#[inline(always)]
unsafe fn call(
    kind: *mut PyTypeObject,
    flavor: Flavor,
    arguments: *const *mut PyObject,
    count: usize,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: as the caller promises.
    unsafe {
        if count & !OFFSET_BIT == 1
            && names.is_null()
            && let Some(made) = quick::create(kind, flavor, *arguments)
        {
            return made;
        }
        call_with_care(kind, flavor, arguments, count, names)
    }
}

/// # Safety
/// As for [`call`].
#[inline(never)]
unsafe fn call_with_care(
    kind: *mut PyTypeObject,
    flavor: Flavor,
    arguments: *const *mut PyObject,
    count: usize,
    names: *mut PyObject,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        unsafe {
            let attached = Attached::certainly();
            let count = count & !OFFSET_BIT;
            if count == 1 && names.is_null() {
                let of = view_type(attached, kind, flavor)?;
                return Ok(from_object(attached, of, *arguments)?.into_ptr());
            }
            let call = Call {
                arguments,
                count: count as isize,
                names,
            };
            let (positional, named) = packed(attached, call)?;
            let named = named.as_ref().map_or(ptr::null_mut(), Ref::as_ptr);
            Ok(new(kind, flavor, positional.as_ptr(), named))
        }
    })
}

/// # Safety
/// Attached; a type of that flavor, a tuple, and NULL or a dictionary.
unsafe fn new(
    kind: *mut PyTypeObject,
    flavor: Flavor,
    arguments: *mut PyObject,
    names: *mut PyObject,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        unsafe {
            let attached = Attached::certainly();
            let api = attached.api;
            let of = view_type(attached, kind, flavor)?;
            // `**{}` may have become an empty dictionary.
            let has_names = !names.is_null() && (api.PyDict_Size)(names) != 0;
            let object = match !has_names && (api.PyTuple_Size)(arguments) == 1 {
                true => Ref::to(attached, (api.PyTuple_GetItem)(arguments, 0)),
                false => only_argument(attached, arguments, names)?,
            };
            Ok(from_object(attached, of, object.as_ptr())?.into_ptr())
        }
    })
}

/// The argument, where it may be named. CPython's own type says what is wrong with others.
///
/// # Safety
/// As for [`new`].
unsafe fn only_argument(
    attached: Attached,
    arguments: *mut PyObject,
    names: *mut PyObject,
) -> Result<Ref> {
    let api = attached.api;
    // SAFETY: as the caller promises; what the dictionary lends is kept at once.
    unsafe {
        if !names.is_null() && (api.PyTuple_Size)(arguments) == 0 {
            let name = super::super::attributes::text(attached, "object")?;
            let object = (api.PyDict_GetItemWithError)(names, name.as_ptr());
            if !object.is_null() && (api.PyDict_Size)(names) == 1 {
                return Ok(Ref::to(attached, object));
            }
        }
        let theirs = (api.PyObject_Call)(api.PyMemoryView_Type, arguments, names);
        match Ref::owned(attached, theirs) {
            None => Err(exception(attached)),
            Some(_) => fail!(Type, "memoryview() takes exactly one argument, an object"),
        }
    }
}
