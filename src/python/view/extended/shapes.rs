//! The same memory in other shapes: a view each, which copies nothing.

use std::ffi::CStr;

use super::super::super::arguments::{Argument, Call, Numbers, Parameters};
use super::super::super::attached::Attached;
use super::super::super::reference::Ref;
use super::super::instance::This;
use crate::error::{Result, fail};
use crate::exporter::Lent;
use crate::format::Format;
use crate::layout::{Layout, Order};

impl This<'_> {
    /// With the dimensions in reverse order.
    pub(super) fn reversed(&self) -> Result<Ref> {
        self.check()?;
        let layout = self.fields.lent.layout();
        let mut axes = [0; crate::layout::MAX_DIMS];
        let axes = &mut axes[..layout.ndim()];
        for (k, axis) in axes.iter_mut().rev().enumerate() {
            *axis = k;
        }
        self.with_layout(layout.transpose(axes)?)
    }
}

/// An axis, counted from the start; what is negative is counted from the end.
pub(super) fn axis(layout: &Layout, axis: isize) -> Result<usize> {
    let ndim = layout.ndim();
    let position = match axis {
        0.. => Some(axis.unsigned_abs()),
        _ => ndim.checked_sub(axis.unsigned_abs()),
    };
    match position.filter(|&position| position < ndim) {
        Some(position) => Ok(position),
        None => fail!(
            Index,
            "axis {axis} does not exist: the view has {ndim} dimensions"
        ),
    }
}

/// The arguments by position as numbers, which may stand in one tuple; `None` where there are
/// none.
///
/// # Safety
/// The call is one that CPython makes.
unsafe fn all_numbers(attached: Attached, call: Call) -> Result<Option<Numbers>> {
    match call.count {
        0 => Ok(None),
        // SAFETY: as the caller promises.
        1 => unsafe { Argument::of(attached, *call.arguments) }.numbers(),
        _ => {
            // SAFETY: as above.
            let all = (0..call.count).map(|k| unsafe { *call.arguments.offset(k) });
            Numbers::of(attached, all).map(Some)
        }
    }
}

/// What is given by name, of a call whose arguments by position are taken already.
fn named(call: Call) -> Call {
    Call {
        arguments: call.arguments.wrapping_offset(call.count),
        count: 0,
        names: call.names,
    }
}

static TRANSPOSE: Parameters<0> = Parameters {
    function: "transpose",
    names: [],
    required: 0,
    positional: 0,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn transpose(this: This<'_>, call: Call) -> Result<Ref> {
    let attached = this.attached;
    // SAFETY: as the caller promises.
    let ([], given) = unsafe {
        (
            TRANSPOSE.take(attached, named(call))?,
            all_numbers(attached, call)?,
        )
    };
    let Some(given) = given else {
        return this.reversed();
    };
    let layout = this.fields.lent.layout();
    let mut axes = [0; crate::layout::MAX_DIMS];
    let axes = &mut axes[..given.as_slice().len()];
    for (to, &given) in axes.iter_mut().zip(given.as_slice()) {
        *to = axis(layout, given)?;
    }
    this.with_layout(layout.transpose(axes)?)
}

static RESHAPE: Parameters<1> = Parameters {
    function: "reshape",
    names: [c"order"],
    required: 0,
    positional: 0,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn reshape(this: This<'_>, call: Call) -> Result<Ref> {
    let attached = this.attached;
    // SAFETY: as the caller promises.
    let ([order], shape) = unsafe {
        (
            RESHAPE.take(attached, named(call))?,
            all_numbers(attached, call)?,
        )
    };
    let order = order.order()?.unwrap_or(Order::C);
    let Some(shape) = shape else {
        return fail!(
            Type,
            "reshape() needs a shape: ints, or a tuple of them; -1 is as many as are left"
        );
    };
    let layout = this.fields.lent.layout();
    this.with_layout(layout.reshape(shape.as_slice(), order)?)
}

static BROADCAST_TO: Parameters<1> = Parameters {
    function: "broadcast_to",
    names: [c"shape"],
    required: 1,
    positional: 1,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn broadcast_to(this: This<'_>, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [shape] = unsafe { BROADCAST_TO.take(this.attached, call) }?;
    let shape = needed(shape, "shape")?;
    let lent = &this.fields.lent;
    let layout = lent.layout().broadcast(shape.as_slice())?;
    let format = lent.format().try_clone()?;
    this.with(this.share()?, Lent::new(lent.base(), layout, format, true))
}

fn needed(argument: Argument, what: &str) -> Result<Numbers> {
    match argument.numbers()? {
        Some(numbers) => Ok(numbers),
        None => fail!(
            Type,
            "{what} must be an int or a sequence of ints, not None"
        ),
    }
}

static AS_STRIDED: Parameters<3> = Parameters {
    function: "as_strided",
    names: [c"shape", c"strides", c"offset"],
    required: 2,
    positional: 3,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn as_strided(this: This<'_>, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [shape, strides, offset] = unsafe { AS_STRIDED.take(this.attached, call) }?;
    let (shape, strides) = (needed(shape, "shape")?, needed(strides, "strides")?);
    let offset = offset.number()?;
    let layout = this.fields.lent.layout();
    let (shape, strides) = (shape.as_slice(), strides.as_slice());
    this.with_layout(layout.as_strided(layout.itemsize(), shape, strides, offset)?)
}

static CAST: Parameters<3> = Parameters {
    function: "cast",
    names: [c"format", c"shape", c"order"],
    required: 1,
    positional: 3,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn cast(this: This<'_>, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [format, shape, order] = unsafe { CAST.take(this.attached, call) }?;
    let Some(text): Option<&CStr> = format.text("format")? else {
        return fail!(Type, "format must be a str, not None");
    };
    let format = Format::new(text, None)?;
    let (shape, order) = (shape.numbers()?, order.order()?);
    let shape = shape.as_ref().map(Numbers::as_slice);
    let lent = &this.fields.lent;
    let order = order.unwrap_or(Order::C);
    let layout = lent.layout().cast(format.itemsize(), shape, order)?;
    let (base, readonly) = (lent.base(), lent.is_readonly());
    this.with(this.share()?, Lent::new(base, layout, format, readonly))
}
