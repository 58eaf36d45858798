//! `m[start:stop:step] = source`, in one dimension.

use super::super::raise::exception;
use super::instance::{This, place};
use super::key::slice_of;
use super::long::perhaps_long;
use super::make::{from_object, is_view};
use crate::abi::{Py_buffer, PyBUF_FULL_RO, PyObject};
use crate::copy::{Place, copy};
use crate::error::{Result, fail};
use crate::exporter::Lent;
use crate::layout::Layout;

impl This<'_> {
    pub(super) fn put_slice(&self, key: *mut PyObject, source: *mut PyObject) -> Result<()> {
        let (attached, api) = (self.attached, self.attached.api);
        // SAFETY: attached; an object.
        if unsafe { (api.PyObject_CheckBuffer)(source) } == 0 {
            let mut nowhere = Py_buffer::empty();
            // SAFETY: attached; an object. It says what is wrong.
            unsafe { (api.PyObject_GetBuffer)(source, &mut nowhere, PyBUF_FULL_RO) };
            return Err(exception(attached));
        }
        let (lends, made, from);
        let source: &Lent = if is_view(attached, self.fields.of, source)? {
            // SAFETY: an instance, which the caller keeps. It has lent a buffer meanwhile.
            from = unsafe { This::of(source) };
            lends = from.hold()?;
            &lends
        } else {
            made = from_object(attached, self.fields.of, source)?;
            // SAFETY: an instance, which this reference keeps, and nobody else knows.
            from = unsafe { This::of(made.as_ptr()) };
            &from.fields.lent
        };
        let slice = slice_of(attached, key)?;
        let to = self.fields.lent.layout().slice(0, slice)?;
        let lent = self.pin()?;
        check_structure(&lent, &to, source)?;
        let to = Place {
            base: lent.base(),
            layout: &to,
        };
        let nbytes = to.layout.nbytes();
        // SAFETY: the one is pinned, and may be written; the other has a buffer.
        perhaps_long(self, Some(from), nbytes, || unsafe {
            copy(to, place(source))
        })
    }
}

/// Both must have the same format, character by character, and as many items.
fn check_structure(lent: &Lent, to: &Layout, from: &Lent) -> Result<()> {
    let same = native_text(lent) == native_text(from)
        && to.itemsize() == from.layout().itemsize()
        && to.same_shape(from.layout());
    match same {
        true => Ok(()),
        false => fail!(
            Value,
            "memoryview assignment: lvalue and rvalue have different structures"
        ),
    }
}

/// A format's text without the `@` that changes nothing.
fn native_text(lent: &Lent) -> &[u8] {
    let text = lent.format().text().to_bytes();
    text.strip_prefix(b"@").unwrap_or(text)
}
