//! Errors of this library as exceptions of Python, and the other way round.

use std::ffi::CStr;
use std::ptr;

use super::attached::Attached;
use super::reference::Ref;
use crate::abi::PyObject;
use crate::error::{Error, Kind, try_format};

/// Sets the exception that an error stands for. One that is set already stays, where the
/// error says so.
pub(crate) fn raise(attached: AttachedProof, error: &Error) {
    let attached = attached.0;
    let api = attached.api;
    // SAFETY: attached.
    if error.kind() == Kind::Python && unsafe { !(api.PyErr_Occurred)().is_null() } {
        return;
    }
    let message = try_format(format_args!("{}\0", error.message()));
    let (kind, message) = match &message {
        Some(message) => (error.kind(), message.as_str()),
        None => (Kind::Memory, "no memory left\0"),
    };
    let class = class_of(attached, kind);
    let message = CStr::from_bytes_until_nul(message.as_bytes()).unwrap_or(c"");
    // SAFETY: attached; a class, and a C string.
    unsafe { (api.PyErr_SetString)(class.as_ptr(), message.as_ptr()) };
}

/// Sets the exception, if this thread is attached.
pub(crate) fn raise_if_attached(error: &Error) {
    if let Some(attached) = Attached::if_so() {
        raise(AttachedProof(attached), error);
    }
}

/// [`Attached`] for those outside this room.
#[derive(Clone, Copy)]
pub(crate) struct AttachedProof(pub(super) Attached);

fn class_of(attached: Attached, kind: Kind) -> Ref {
    let api = attached.api;
    let class = match kind {
        Kind::Buffer => api.exception(|api| api.PyExc_BufferError),
        Kind::Value => api.exception(|api| api.PyExc_ValueError),
        Kind::Type => api.exception(|api| api.PyExc_TypeError),
        Kind::Index => api.exception(|api| api.PyExc_IndexError),
        Kind::Overflow => api.exception(|api| api.PyExc_OverflowError),
        Kind::Memory => api.exception(|api| api.PyExc_MemoryError),
        Kind::NotImplemented => api.exception(|api| api.PyExc_NotImplementedError),
        Kind::Runtime => api.exception(|api| api.PyExc_RuntimeError),
        Kind::Struct => match struct_error(attached) {
            Some(class) => return class,
            None => api.exception(|api| api.PyExc_ValueError),
        },
        Kind::System | Kind::Internal | Kind::Python => api.exception(|api| api.PyExc_SystemError),
    };
    Ref::to(attached, class)
}

fn struct_error(attached: Attached) -> Option<Ref> {
    let api = attached.api;
    // SAFETY: attached; C strings, and a module.
    unsafe {
        let module = Ref::owned(attached, (api.PyImport_ImportModule)(c"struct".as_ptr()))?;
        let name = c"error".as_ptr();
        Ref::owned(
            attached,
            (api.PyObject_GetAttrString)(module.as_ptr(), name),
        )
    }
}

/// The error of a call of CPython that has failed, as it does, with an exception.
pub(super) fn exception(_: Attached) -> Error {
    Error::fixed(Kind::Python, "a Python exception has been raised")
}

/// The same error, and one that stands for an exception says what that one does.
pub(crate) fn explained(error: Error) -> Error {
    match error.kind() {
        Kind::Python => pending_exception().unwrap_or(error),
        _ => error,
    }
}

/// The exception that is set, in words; it stays set.
pub(crate) fn pending_exception() -> Option<Error> {
    let attached = Attached::if_so()?;
    let saved = Saved::exception(attached);
    if saved.class.is_null() {
        return None;
    }
    // What fails here is put away with the exception that is put back.
    let class = name_of(attached, saved.class);
    clear(attached);
    let text = text_of(attached, saved.value);
    let (class, text) = (class.as_deref(), text.as_deref());
    let class = class.unwrap_or("exception");
    Some(match text.unwrap_or_default() {
        "" => Error::new(Kind::Python, format_args!("{class}")),
        text => Error::new(Kind::Python, format_args!("{class}: {text}")),
    })
}

/// Whether an exception is set.
pub(super) fn has_raised(attached: Attached) -> bool {
    // SAFETY: attached.
    unsafe { !(attached.api.PyErr_Occurred)().is_null() }
}

/// Forgets the exception that is set: no code may run on top of one.
pub(super) fn clear(attached: Attached) {
    let none = ptr::null_mut();
    // SAFETY: attached; no references are given.
    unsafe { (attached.api.PyErr_Restore)(none, none, none) };
}

/// The name of a class.
pub(super) fn name_of(attached: Attached, class: *mut PyObject) -> Option<String> {
    attribute_of(attached, class, c"__name__")
}

fn attribute_of(attached: Attached, object: *mut PyObject, name: &CStr) -> Option<String> {
    // SAFETY: attached; an object, and a C string.
    let value = unsafe { (attached.api.PyObject_GetAttrString)(object, name.as_ptr()) };
    let value = Ref::owned(attached, value)?;
    text_of(attached, value.as_ptr())
}

/// The name of a type with its module, as `PyType_GetFullyQualifiedName` has it.
pub(super) fn full_name(attached: Attached, kind: *mut PyObject) -> Option<String> {
    let _saved = Saved::exception(attached);
    let name = attribute_of(attached, kind, c"__qualname__")?;
    let module = attribute_of(attached, kind, c"__module__")?;
    match module.as_str() {
        "builtins" | "__main__" => Some(name),
        module => try_format(format_args!("{module}.{name}")),
    }
}

/// The name of an object's class.
pub(super) fn class_name(attached: Attached, object: *mut PyObject) -> Option<String> {
    let _saved = Saved::exception(attached);
    // SAFETY: attached; an object.
    let class = unsafe { (attached.api.PyObject_GetAttrString)(object, c"__class__".as_ptr()) };
    name_of(attached, Ref::owned(attached, class)?.as_ptr())
}

fn text_of(attached: Attached, object: *mut PyObject) -> Option<String> {
    if object.is_null() {
        return None;
    }
    let api = attached.api;
    let mut size = 0;
    // SAFETY: attached; the text lives as long as the string object.
    unsafe {
        let text = Ref::owned(attached, (api.PyObject_Str)(object))?;
        let bytes = (api.PyUnicode_AsUTF8AndSize)(text.as_ptr(), &mut size);
        if bytes.is_null() {
            return None;
        }
        let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), size.unsigned_abs());
        let text = std::str::from_utf8(bytes).ok()?;
        try_format(format_args!("{text}"))
    }
}

/// The exception that was set, put aside while something else is done, and then put back.
pub(super) struct Saved {
    attached: Attached,
    class: *mut PyObject,
    value: *mut PyObject,
    traceback: *mut PyObject,
}

impl Saved {
    /// Puts aside what is set, if anything is, as an instance of its class.
    pub(super) fn exception(attached: Attached) -> Self {
        let mut saved = Self::as_it_is(attached);
        if !saved.class.is_null() {
            // SAFETY: attached; three places for references.
            unsafe {
                (attached.api.PyErr_NormalizeException)(
                    &mut saved.class,
                    &mut saved.value,
                    &mut saved.traceback,
                );
            }
        }
        saved
    }

    /// Puts aside what is set, if anything is; runs no code.
    pub(super) fn as_it_is(attached: Attached) -> Self {
        let none = ptr::null_mut();
        let mut saved = Self {
            attached,
            class: none,
            value: none,
            traceback: none,
        };
        // SAFETY: attached; three places for references.
        unsafe {
            (attached.api.PyErr_Fetch)(&mut saved.class, &mut saved.value, &mut saved.traceback);
        }
        saved
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        // SAFETY: attached, and the references are given back.
        unsafe { (self.attached.api.PyErr_Restore)(self.class, self.value, self.traceback) };
    }
}
