//! Views cut apart, put together, compared by where they are, and copied.

use super::super::super::arguments::{Argument, Call, Items, Parameters};
use super::super::super::attached::Attached;
use super::super::super::attributes::boolean;
use super::super::super::making::object_of;
use super::super::super::reference::Ref;
use super::super::super::source::acquire;
use super::super::super::state::State;
use super::super::super::types::ViewType;
use super::super::instance::{This, place};
use super::super::long::perhaps_long;
use super::super::make::{from_flags, from_object};
use super::shapes::axis;
use super::values::list_of;
use crate::abi::{PyBUF_FULL, PyBUF_FULL_RO};
use crate::alloc::try_collect;
use crate::copy::copy_with_swap;
use crate::error::{Error, Kind, Result, Tuple, fail};
use crate::exporter::Lent;
use crate::layout::Overlap;
use crate::request::Request;
use crate::view::{View, merge as merge_lents};

static SPLIT: Parameters<2> = Parameters {
    function: "split",
    names: [c"n", c"axis"],
    required: 1,
    positional: 2,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn split(this: This<'_>, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [parts, along] = unsafe { SPLIT.take(this.attached, call) }?;
    let (parts, along) = (parts.size("n")?, along.number()?);
    this.check()?;
    let lent = &this.fields.lent;
    let layouts = lent.layout().split(axis(lent.layout(), along)?, parts)?;
    list_of(this.attached, parts, |k| {
        let (layout, format) = (layouts[k].try_clone()?, lent.format().try_clone()?);
        let (base, readonly) = (lent.base(), lent.is_readonly());
        this.with(this.share()?, Lent::new(base, layout, format, readonly))
    })
}

static MERGE: Parameters<2> = Parameters {
    function: "merge",
    names: [c"views", c"axis"],
    required: 1,
    positional: 2,
};

/// A method of the class.
///
/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn merge(attached: Attached, of: ViewType, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [views, along] = unsafe { MERGE.take(attached, call) }?;
    let along = along.number()?;
    let objects = views.items()?;
    let views = try_collect(objects.len(), |k| from_object(attached, of, objects.get(k)))?;
    let Some(first) = views.first() else {
        let text = "there are no views to merge: at least one is needed";
        return Err(Error::fixed(Kind::Value, text));
    };
    // SAFETY: instances, which their references keep.
    let view = |view: &Ref| unsafe { This::of(view.as_ptr()) };
    let first = view(first);
    let along = axis(first.fields.lent.layout(), along)?;
    let is_one_buffer = views
        .iter()
        .all(|other| std::ptr::eq(view(other).root(), first.root()));
    if !is_one_buffer {
        return merge_exports(attached, of, &objects, along);
    }
    let lents = try_collect(views.len(), |k| {
        Ok::<_, Error>(&view(&views[k]).fields.lent)
    })?;
    first.with(first.share()?, merge_lents(&lents, along, true)?)
}

/// Views of several exports become one of a native exporter, which keeps them.
fn merge_exports(attached: Attached, of: ViewType, objects: &Items, along: usize) -> Result<Ref> {
    let request = Request::from_flags(PyBUF_FULL_RO);
    let views = try_collect(objects.len(), |k| {
        // SAFETY: an object, which its tuple keeps.
        unsafe { acquire(attached, objects.get(k), request) }
    })?;
    let lender = View::merge(&views, along)?.lend()?;
    let lender = object_of(attached, State::current(&attached)?, lender, None)?;
    from_object(attached, of, lender.as_ptr())
}

static OVERLAPS: Parameters<1> = Parameters {
    function: "overlaps",
    names: [c"other"],
    required: 1,
    positional: 1,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn overlaps(this: This<'_>, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [other] = unsafe { OVERLAPS.take(this.attached, call) }?;
    let other = from_object(this.attached, this.fields.of, other.as_ptr())?;
    // SAFETY: an instance, which its reference keeps.
    let other = unsafe { &This::of(other.as_ptr()).fields.lent };
    let overlap = {
        let lent = this.pin()?;
        // SAFETY: the one is pinned, the other has a buffer.
        unsafe { place(&lent).overlap(&place(other)) }
    };
    boolean(this.attached, overlap != Overlap::No)
}

static COPY_TO: Parameters<1> = Parameters {
    function: "copy_to",
    names: [c"other"],
    required: 1,
    positional: 1,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn copy_to(this: This<'_>, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [other] = unsafe { COPY_TO.take(this.attached, call) }?;
    this.check()?;
    let view = writable(&this, other)?;
    // SAFETY: an instance, which its reference keeps, and nobody else knows.
    let other = unsafe { This::of(view.as_ptr()) };
    let (to, from) = (&other.fields.lent, this.pin()?);
    if !from.layout().same_shape(to.layout()) {
        return fail!(
            Value,
            "a view of shape {} cannot be copied to shape {}: the shapes must be equal",
            Tuple(from.layout().shape()),
            Tuple(to.layout().shape())
        );
    }
    let Some(swap) = from.format().swap_to(to.format())? else {
        return Err(from.format().not_those_of(to.format()));
    };
    let nbytes = to.layout().nbytes();
    // SAFETY: the one is pinned, the other has a buffer to be written.
    perhaps_long(&this, Some(other), nbytes, || unsafe {
        copy_with_swap(place(to), place(&from), &swap)
    })?;
    Ok(Ref::to(this.attached, this.attached.api._Py_NoneStruct))
}

/// A view of an object, to write.
fn writable(this: &This<'_>, object: Argument) -> Result<Ref> {
    let view = from_flags(this.attached, this.fields.of, object.as_ptr(), PyBUF_FULL)?;
    // SAFETY: an instance, which its reference keeps.
    match unsafe { This::of(view.as_ptr()) }.fields.lent.is_readonly() {
        false => Ok(view),
        true => Err(Error::fixed(
            Kind::Buffer,
            "the memory to copy to is read-only, though writable memory was asked for",
        )),
    }
}
