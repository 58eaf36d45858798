//! A view whose items are contiguous: of the memory itself, or of a copy.

use super::super::attached::Attached;
use super::super::reference::Ref;
use super::super::types::ViewType;
use super::instance::This;
use super::make::from_object;
use super::text::to_bytes;
use crate::abi::PyObject;
use crate::error::{Result, fail};
use crate::exporter::Lent;
use crate::layout::{Contiguity, Layout};
use crate::view::reading_order;

/// As `PyMemoryView_GetContiguous`.
pub(super) fn contiguous(
    attached: Attached,
    of: ViewType,
    object: *mut PyObject,
    to_write: bool,
    wanted: Contiguity,
) -> Result<Ref> {
    let view = from_object(attached, of, object)?;
    // SAFETY: an instance, which its reference keeps.
    let this = unsafe { This::of(view.as_ptr()) };
    let lent = &this.fields.lent;
    if to_write && lent.is_readonly() {
        return fail!(Buffer, "underlying buffer is not writable");
    }
    if lent.layout().is_contiguous(wanted) {
        return Ok(view);
    }
    if to_write {
        return fail!(
            Buffer,
            "writable contiguous buffer requested for a non-contiguous object."
        );
    }
    let order = reading_order(lent.layout(), wanted);
    let bytes = to_bytes(&this, order)?;
    let copy = from_object(attached, of, bytes.as_ptr())?;
    // SAFETY: as above.
    let copy = unsafe { This::of(copy.as_ptr()) };
    let layout = Layout::contiguous(lent.layout().itemsize(), lent.layout().shape(), order)?;
    let format = lent.format().try_clone()?;
    let base = copy.fields.lent.base();
    copy.with(copy.share()?, Lent::new(base, layout, format, true))
}
