//! New views: of any object with a buffer, of another view, of memory.

use std::ffi::{c_int, c_ulong};

use super::super::api::PyTypeObject;
use super::super::attached::Attached;
use super::super::first;
use super::super::kind::type_of;
use super::super::objects::TPFLAGS_HAVE_GC;
use super::super::raise::exception;
use super::super::reference::Ref;
use super::super::state::State;
use super::super::types::ViewType;
use super::cast::too_many_dimensions;
use super::fresh::New;
use super::instance::This;
use super::python_buffer;
use crate::abi::{Py_buffer, PyBUF_FULL_RO, PyObject};
use crate::error::{Result, fail};
use crate::exporter::{Lent, Row};
use crate::format::Format;
use crate::layout::Layout;
use crate::request::{MAX_NDIM, Request};
use crate::view::shown;

impl This<'_> {
    /// Another view of the same buffer, of the same type, in another layout.
    pub(super) fn with_layout(&self, layout: Layout) -> Result<Ref> {
        let share = self.share()?;
        let lent = &self.fields.lent;
        let format = lent.format().try_clone()?;
        self.with(
            share,
            Lent::new(lent.base(), layout, format, lent.is_readonly()),
        )
    }

    /// Another view of the same buffer, of the same type.
    pub(super) fn with(&self, share: super::instance::Share, lent: Lent) -> Result<Ref> {
        let ndim = lent.layout().ndim();
        if ndim > MAX_NDIM {
            return fail!(
                Value,
                "the view would have {ndim} dimensions: at most {MAX_NDIM} are possible"
            );
        }
        let new = New::of(self.attached, self.fields.of).ok_or_else(|| exception(self.attached))?;
        Ok(new.into_shared(lent, share))
    }

    /// A view of the same memory, as it is, of a type.
    fn again(&self, of: ViewType) -> Result<Ref> {
        let share = self.share()?;
        let new = New::of(self.attached, of).ok_or_else(|| exception(self.attached))?;
        Ok(new.into_shared(copied(&self.fields.lent, None)?, share))
    }

    /// The same view, of which nothing can be written.
    pub(super) fn readonly(&self) -> Result<Ref> {
        let share = self.share()?;
        self.with(share, copied(&self.fields.lent, Some(true))?)
    }
}

/// The same memory.
fn copied(lent: &Lent, readonly: Option<bool>) -> Result<Lent> {
    Ok(Lent::new(
        lent.base(),
        lent.layout().try_clone()?,
        lent.format().try_clone()?,
        readonly.unwrap_or(lent.is_readonly()),
    ))
}

/// A view of whatever an object lends.
pub(super) fn from_object(attached: Attached, of: ViewType, object: *mut PyObject) -> Result<Ref> {
    if is_view(attached, of, object)? {
        // SAFETY: an instance, which the caller keeps.
        return unsafe { This::of(object) }.again(of);
    }
    from_flags(attached, of, object, PyBUF_FULL_RO)
}

/// A view of what an object answers to a request.
pub(super) fn from_flags(
    attached: Attached,
    of: ViewType,
    object: *mut PyObject,
    flags: c_int,
) -> Result<Ref> {
    // To allocate may run code: it comes first.
    let mut new = New::of(attached, of).ok_or_else(|| exception(attached))?;
    let source = new.source();
    python_buffer::fill(attached, source, object, flags)?;
    let (answer, object) = (source.buffer_ptr(), source.object());
    // SAFETY: filled by its exporter.
    if let Some((row, letter)) = unsafe { row_of(&*answer) }
        && new.show_letters(row, letter)
    {
        let is_tracked = may_be_in_a_cycle(attached, object)
            && !first::meet(attached, type_of(attached, object), of);
        return Ok(new.into_letters(is_tracked));
    }
    described(attached, new, flags)
}

/// A view of what an object has answered to a request, whatever that is.
pub(super) fn described(attached: Attached, new: New, flags: c_int) -> Result<Ref> {
    let source = new.filled();
    let (answer, object) = (source.buffer_ptr(), source.object());
    // SAFETY: filled by its exporter, which keeps what it points at until the release.
    let lent = unsafe { shown(&answer.read(), Request::from_flags(flags)) };
    match lent {
        Ok(lent) => {
            let is_tracked = may_be_in_a_cycle(attached, object);
            Ok(new.into_root(lent, is_tracked))
        }
        Err(error) => {
            // SAFETY: as above.
            let ndim = unsafe { (*answer).ndim };
            python_buffer::release(attached, new.filled());
            match ndim > MAX_NDIM as c_int {
                true => too_many_dimensions(),
                false => Err(error),
            }
        }
    }
}

/// What most exporters answer: one dimension of contiguous items, with a format of one letter.
/// `None` where there is more to look at.
///
/// # Safety
/// Filled by its exporter.
#[inline(always)]
pub(super) unsafe fn row_of(answer: &Py_buffer) -> Option<(Row, u8)> {
    let Py_buffer {
        buf, len, itemsize, ..
    } = *answer;
    if answer.ndim != 1 || answer.shape.is_null() || !answer.suboffsets.is_null() || len <= 0 {
        return None;
    }
    // SAFETY: one dimension, and a text that ends with a NUL.
    unsafe {
        let length = answer.shape.read_unaligned();
        let contiguous = answer.strides.is_null() || answer.strides.read_unaligned() == itemsize;
        let letter = match answer.format.is_null() {
            true => b'B',
            false if answer.format.read() != 0 && answer.format.add(1).read() == 0 => {
                answer.format.read() as u8
            }
            false => return None,
        };
        let is_sound = contiguous
            && itemsize > 0
            && length > 0
            && length.checked_mul(itemsize) == Some(len)
            && !buf.is_null()
            && buf.addr().checked_add_signed(len).is_some();
        if !is_sound {
            return None;
        }
        let row = Row {
            base: buf.cast(),
            offset: 0,
            length,
            stride: itemsize,
            readonly: (answer.readonly != 0).into(),
        };
        Some((row, letter))
    }
}

/// The same of a bytes or bytearray object, of which it is known.
///
/// # Safety
/// Filled by such an object.
#[inline(always)]
pub(super) unsafe fn row_of_bytes(answer: &Py_buffer) -> Option<(Row, u8)> {
    let row = Row {
        base: answer.buf.cast(),
        offset: 0,
        length: answer.len,
        stride: 1,
        readonly: (answer.readonly != 0).into(),
    };
    (answer.len > 0).then_some((row, b'B'))
}

/// A view of memory that somebody else keeps, for as long as it is used.
///
/// # Safety
/// `buffer` describes live memory; its `obj` is NULL.
pub(super) unsafe fn from_buffer(
    attached: Attached,
    of: ViewType,
    buffer: &Py_buffer,
) -> Result<Ref> {
    let mut new = New::of(attached, of).ok_or_else(|| exception(attached))?;
    new.source();
    // SAFETY: as the caller promises.
    let lent = unsafe { shown(buffer, Request::from_flags(PyBUF_FULL_RO)) }?;
    Ok(new.into_root(lent, false))
}

/// A view of memory.
///
/// # Safety
/// The memory lives as long as the view.
pub(super) unsafe fn from_memory(
    attached: Attached,
    of: ViewType,
    memory: *mut u8,
    size: usize,
    readonly: bool,
) -> Result<Ref> {
    let lent = Lent::new(memory, Layout::bytes(size)?, Format::BYTES, readonly);
    let mut new = New::of(attached, of).ok_or_else(|| exception(attached))?;
    new.source();
    Ok(new.into_root(lent, false))
}

/// Whether an object is a view of ours, most likely of this type.
pub(super) fn is_view(attached: Attached, of: ViewType, object: *mut PyObject) -> Result<bool> {
    let its = type_of(attached, object);
    let api = attached.api;
    if its == of.object {
        return Ok(true);
    }
    if its == api.PyBytes_Type || its == api.PyByteArray_Type {
        return Ok(false);
    }
    Ok(State::current(&attached)?.is_view_type(its))
}

/// Whether the collector has to know of a view of this object.
fn may_be_in_a_cycle(attached: Attached, object: *mut PyObject) -> bool {
    if object.is_null() {
        return false;
    }
    let its = type_of(attached, object);
    !python_buffer::is_of_memory(attached, its) && has_cycles(attached, its)
}

/// Whether instances of a type may be in a cycle.
#[inline]
pub(super) fn has_cycles(attached: Attached, kind: *mut PyTypeObject) -> bool {
    // SAFETY: attached; a type.
    let flags = unsafe { (attached.api.PyType_GetFlags)(kind) };
    flags & c_ulong::from(TPFLAGS_HAVE_GC) != 0
}
