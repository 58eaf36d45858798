//! Contiguous items: of the memory itself where nothing has to move, else of a copy; and why.

use super::super::super::arguments::{Argument, Call, Parameters};
use super::super::super::attributes::shown;
use super::super::super::making::object_of;
use super::super::super::reference::Ref;
use super::super::super::state::State;
use super::super::instance::This;
use super::super::long::perhaps_long;
use super::super::make::from_object;
use super::super::text::contiguity;
use crate::error::{Error, Kind, Result};
use crate::layout::{Contiguity, Layout};
use crate::request::Hold;
use crate::view::{Want, copy_of, reading_order};

const fn with_an_order(function: &'static str) -> Parameters<1> {
    Parameters {
        function,
        names: [c"order"],
        required: 0,
        positional: 1,
    }
}

/// 'C', 'F' or 'A'; C order where it is not said.
pub(super) fn order_of(argument: Argument) -> Result<Contiguity> {
    argument.text("order")?;
    contiguity(argument).ok_or(Error::fixed(Kind::Value, "order must be 'C', 'F' or 'A'"))
}

static WHY_COPY: Parameters<1> = with_an_order("why_copy");

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn why_copy(this: This<'_>, call: Call) -> Result<Ref> {
    let attached = this.attached;
    // SAFETY: as the caller promises.
    let [order] = unsafe { WHY_COPY.take(attached, call) }?;
    let want = Want {
        order: Some(order_of(order)?),
        ..Want::default()
    };
    this.check()?;
    match want.copy_of(&this.fields.lent, Hold::Protocol)? {
        Some(reason) => shown(attached, reason),
        None => Ok(Ref::to(attached, attached.api._Py_NoneStruct)),
    }
}

static ASCONTIGUOUS: Parameters<1> = with_an_order("ascontiguous");

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn ascontiguous(this: This<'_>, call: Call) -> Result<Ref> {
    let attached = this.attached;
    // SAFETY: as the caller promises.
    let [order] = unsafe { ASCONTIGUOUS.take(attached, call) }?;
    let wanted = order_of(order)?;
    this.check()?;
    let layout = this.fields.lent.layout();
    let order = reading_order(layout, wanted);
    if layout.is_contiguous(wanted) {
        // Strides that are never taken become those that others expect.
        let strides = Layout::contiguous(layout.itemsize(), layout.shape(), order)?;
        return this.with_layout(strides.at(layout.offset())?);
    }
    let copy = {
        let lent = this.pin()?;
        let nbytes = lent.layout().nbytes();
        // SAFETY: pinned, and nothing of Python runs.
        perhaps_long(&this, None, nbytes, || unsafe { copy_of(&lent, order) })?
    };
    let copy = object_of(attached, State::current(&attached)?, copy, None)?;
    from_object(attached, this.fields.of, copy.as_ptr())
}
