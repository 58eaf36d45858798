//! Filling a buffer, and releasing it: by CPython's own call, or where a class has a
//! `__buffer__` written in Python (PEP 688), by calling that.
//!
//! CPython's call takes from `__buffer__` no other view than a builtin `memoryview`; here one of
//! ours is as good. All else is as CPython does it: `__release_buffer__` is called when the
//! buffer is released, with the very view that `__buffer__` returned.

use std::ffi::{CStr, c_int, c_long, c_ulong};

use super::super::api::PyTypeObject;
use super::super::attached::Attached;
use super::super::first;
use super::super::kind::{is_exactly, type_of};
use super::super::objects::{TPFLAGS_HEAPTYPE, TPFLAGS_IMMUTABLETYPE};
use super::super::raise::{Saved, class_name, clear, exception, full_name, has_raised};
use super::super::reference::Ref;
use super::super::state::State;
use super::source::Source;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result};

/// The first version with `__buffer__`.
const PEP_688: u32 = 12;

/// Asks an object for a buffer, in the place where it stays.
#[inline(always)]
pub(super) fn fill(
    attached: Attached,
    source: &Source,
    object: *mut PyObject,
    flags: c_int,
) -> Result<()> {
    if let Some(method) = method_in_python(attached, object, c"__buffer__")? {
        return call_buffer(attached, source, object, &method, flags);
    }
    get(attached, source, object, flags).map_err(|error| refused(attached, object, error))
}

/// The refusal of an object, which may have no buffer at all.
#[cold]
pub(super) fn refused(attached: Attached, object: *mut PyObject, error: Error) -> Error {
    // SAFETY: attached; an object.
    if unsafe { (attached.api.PyObject_CheckBuffer)(object) } != 0 {
        return error;
    }
    clear(attached);
    let class = class_name(attached, object);
    let class = class.as_deref().unwrap_or("object");
    Error::new(
        Kind::Type,
        format_args!("memoryview: a bytes-like object is required, not '{class:.200}'"),
    )
}

#[inline]
fn get(attached: Attached, source: &Source, object: *mut PyObject, flags: c_int) -> Result<()> {
    let raised_before = has_raised(attached);
    // SAFETY: attached; an object, and a buffer that is nobody else's and stays where it is.
    match unsafe { (attached.api.PyObject_GetBuffer)(object, source.buffer_ptr(), flags) } {
        0.. if has_raised(attached) && !raised_before => Err(taken_back(attached, source)),
        0.. => Ok(()),
        _ => Err(exception(attached)),
    }
}

/// An exporter says both yes and no: the no has a reason, and the answer goes back.
#[cold]
pub(super) fn taken_back(attached: Attached, source: &Source) -> Error {
    let _saved = Saved::as_it_is(attached);
    release(attached, source);
    exception(attached)
}

/// A method of an object's class, where that is not one of C: `None` otherwise.
#[inline(always)]
fn method_in_python(attached: Attached, object: *mut PyObject, name: &CStr) -> Result<Option<Ref>> {
    let api = attached.api;
    if api.minor < PEP_688 {
        return Ok(None);
    }
    let kind = type_of(attached, object);
    match !is_of_memory(attached, kind) && may_have_methods(attached, kind) {
        true => look_up(attached, kind, name),
        false => Ok(None),
    }
}

/// Whether a class may have a `__buffer__` written in Python. Nobody can give a type of C one,
/// unless it says so.
#[inline(always)]
pub(super) fn may_have_methods(attached: Attached, kind: *mut PyTypeObject) -> bool {
    let api = attached.api;
    if api.minor < PEP_688 {
        return false;
    }
    // SAFETY: attached; a type.
    let flags = unsafe { (api.PyType_GetFlags)(kind) };
    flags & (TPFLAGS_HEAPTYPE | c_ulong::from(TPFLAGS_IMMUTABLETYPE)) == TPFLAGS_HEAPTYPE
}

fn look_up(attached: Attached, kind: *mut PyTypeObject, name: &CStr) -> Result<Option<Ref>> {
    let api = attached.api;
    // SAFETY: attached; a type, and a C string.
    let found = unsafe { (api.PyObject_GetAttrString)(kind, name.as_ptr()) };
    let Some(found) = Ref::owned(attached, found) else {
        let none_such = api.exception(|api| api.PyExc_AttributeError);
        // SAFETY: attached; a class.
        if unsafe { (api.PyErr_ExceptionMatches)(none_such) } == 0 {
            return Err(exception(attached));
        }
        clear(attached);
        return Ok(None);
    };
    let is_of_c = is_exactly(attached, found.as_ptr(), api.PyWrapperDescr_Type)
        || is_exactly(attached, found.as_ptr(), api.PyMethodDescr_Type);
    Ok((!is_of_c).then_some(found))
}

fn call_buffer(
    attached: Attached,
    source: &Source,
    object: *mut PyObject,
    method: &Ref,
    flags: c_int,
) -> Result<()> {
    let api = attached.api;
    // SAFETY: attached.
    let flags_object = Ref::owned(attached, unsafe {
        (api.PyLong_FromLong)(c_long::from(flags))
    });
    let flags_object = flags_object.ok_or_else(|| exception(attached))?;
    let returned = call(attached, method, [object, flags_object.as_ptr()])?;
    let is_view = is_exactly(attached, returned.as_ptr(), api.PyMemoryView_Type)
        || State::current(&attached)?.is_view_type(type_of(attached, returned.as_ptr()));
    if !is_view {
        return Err(not_a_view(attached, object, returned.as_ptr()));
    }
    get(attached, source, returned.as_ptr(), flags)?;
    source.caller.set(Ref::to(attached, object).into_ptr());
    Ok(())
}

#[cold]
fn not_a_view(attached: Attached, object: *mut PyObject, returned: *mut PyObject) -> Error {
    let names = [object, returned].map(|it| full_name(attached, type_of(attached, it)));
    match (attached.api.minor, names) {
        (15.., [Some(class), Some(other)]) => Error::new(
            Kind::Type,
            format_args!("{class}.__buffer__() must return a memoryview, not {other}"),
        ),
        _ => Error::fixed(Kind::Type, "__buffer__ returned non-memoryview object"),
    }
}

fn call(attached: Attached, method: &Ref, given: [*mut PyObject; 2]) -> Result<Ref> {
    let api = attached.api;
    // SAFETY: attached; a tuple that takes over references to its items, and a callable.
    unsafe {
        let arguments = Ref::owned(attached, (api.PyTuple_New)(2));
        let arguments = arguments.ok_or_else(|| exception(attached))?;
        for (k, object) in (0..).zip(given) {
            let item = Ref::to(attached, object).into_ptr();
            (api.PyTuple_SetItem)(arguments.as_ptr(), k, item);
        }
        let returned = (api.PyObject_CallObject)(method.as_ptr(), arguments.as_ptr());
        Ref::owned(attached, returned).ok_or_else(|| exception(attached))
    }
}

/// Whether the objects of a type hold memory and nothing else: none of them is in a cycle, and
/// neither to fill a buffer nor to release it runs anybody's code, save that of weak references to
/// an array that goes with its buffer.
#[inline(always)]
pub(super) fn is_of_memory(attached: Attached, kind: *mut PyTypeObject) -> bool {
    is_of_bytes(attached, kind) || first::is_array(kind)
}

/// Whether a type is `bytes` or `bytearray`.
#[inline(always)]
pub(super) fn is_of_bytes(attached: Attached, kind: *mut PyTypeObject) -> bool {
    kind == attached.api.PyBytes_Type || kind == attached.api.PyByteArray_Type
}

/// Whether the release of a buffer runs nobody's code, unless the object goes with it: then weak
/// references are told, for which CPython puts aside an exception that is set.
#[inline(always)]
pub(super) fn is_inert(attached: Attached, source: &Source) -> bool {
    let object = source.object();
    !object.is_null() && is_of_memory(attached, type_of(attached, object))
}

/// Releases a buffer, if it was filled.
#[inline]
pub(super) fn release(attached: Attached, source: &Source) {
    let caller = source.caller.replace(std::ptr::null_mut());
    match Ref::owned(attached, caller) {
        // SAFETY: attached; filled, or empty.
        None => unsafe { (attached.api.PyBuffer_Release)(source.buffer_ptr()) },
        Some(caller) => release_to(attached, source, caller),
    }
}

/// The same where a method in Python has filled it.
#[cold]
fn release_to(attached: Attached, source: &Source, caller: Ref) {
    let returned = Ref::to(attached, source.object());
    // SAFETY: attached; filled, and released once.
    unsafe { (attached.api.PyBuffer_Release)(source.buffer_ptr()) };
    let _saved = Saved::as_it_is(attached);
    if call_release(attached, &caller, &returned).is_err() {
        // SAFETY: attached; an exception is set, or is from now on.
        unsafe { (attached.api.PyErr_WriteUnraisable)(caller.as_ptr()) };
    }
}

fn call_release(attached: Attached, caller: &Ref, returned: &Ref) -> Result<()> {
    let Some(method) = method_in_python(attached, caller.as_ptr(), c"__release_buffer__")? else {
        return Ok(());
    };
    let given = seen_by(attached, caller, returned)?;
    // Where the view is of the object itself, its own release calls the method.
    if is_of(attached, &given, caller)? {
        return Ok(());
    }
    call(attached, &method, [caller.as_ptr(), given.as_ptr()]).map(drop)
}

/// The view that `__release_buffer__` is given: what `__buffer__` has returned. A class that
/// has the method of a type of C too may hand the view on to that one, which takes no other
/// than a builtin.
fn seen_by(attached: Attached, caller: &Ref, returned: &Ref) -> Result<Ref> {
    let api = attached.api;
    let is_builtin = is_exactly(attached, returned.as_ptr(), api.PyMemoryView_Type);
    if is_builtin || !inherits_from_c(attached, type_of(attached, caller.as_ptr()))? {
        return Ok(Ref::to(attached, returned.as_ptr()));
    }
    // SAFETY: attached; an object with a buffer.
    let builtin = unsafe { (api.PyMemoryView_FromObject)(returned.as_ptr()) };
    Ref::owned(attached, builtin).ok_or_else(|| exception(attached))
}

/// Whether one of a type's bases is an exporter of C.
fn inherits_from_c(attached: Attached, kind: *mut PyTypeObject) -> Result<bool> {
    let api = attached.api;
    // SAFETY: attached; a type, the tuple of its bases, and its items, which it keeps.
    unsafe {
        let bases = (api.PyObject_GetAttrString)(kind, c"__mro__".as_ptr());
        let bases = Ref::owned(attached, bases).ok_or_else(|| exception(attached))?;
        for k in 0..(api.PyTuple_Size)(bases.as_ptr()) {
            let base = (api.PyTuple_GetItem)(bases.as_ptr(), k);
            let found = (api.PyObject_GetAttrString)(base, c"__buffer__".as_ptr());
            match Ref::owned(attached, found) {
                Some(found) if is_exactly(attached, found.as_ptr(), api.PyWrapperDescr_Type) => {
                    return Ok(true);
                }
                Some(_) => {}
                None => clear(attached),
            }
        }
    }
    Ok(false)
}

/// Whether a view is one of this object.
fn is_of(attached: Attached, view: &Ref, object: &Ref) -> Result<bool> {
    // SAFETY: attached; an object, and a C string.
    let its = unsafe { (attached.api.PyObject_GetAttrString)(view.as_ptr(), c"obj".as_ptr()) };
    match Ref::owned(attached, its) {
        Some(its) => Ok(its.as_ptr() == object.as_ptr()),
        None => {
            // It was released meanwhile.
            clear(attached);
            Ok(false)
        }
    }
}
