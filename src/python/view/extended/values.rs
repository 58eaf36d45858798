//! Items as Python objects: a struct is a tuple, a sub-array a list, all else what its bytes say.
//!
//! Objects are made of a copy of the bytes. To make one may run the collector, and with it any
//! code; and what others write meanwhile does not matter.

use super::super::super::attached::Attached;
use super::super::super::raise::exception;
use super::super::super::reference::Ref;
use super::super::super::value::object;
use super::super::instance::{This, place};
use super::super::list;
use crate::alloc::Block;
use crate::copy::gather;
use crate::error::Result;
use crate::format::{Field, Format, What};
use crate::layout::Order;

/// The value of an item.
pub(super) fn value_of(attached: Attached, format: &Format, item: &[u8]) -> Result<Ref> {
    match format.scalar() {
        Some(scalar) => object(attached, scalar.unpack(item)),
        None => {
            let root = format.known()?;
            nested(attached, &root, root.shape(), item)
        }
    }
}

/// The value of a field that has these dimensions left, of just its bytes.
///
/// A dimension of one takes no frame of the stack: of those there may be thousands, in structs in
/// structs. Of longer ones there are no more than an address has bits.
fn nested(attached: Attached, field: &Field<'_>, shape: &[usize], bytes: &[u8]) -> Result<Ref> {
    let ones = shape.iter().take_while(|&&length| length == 1).count();
    let mut value = several(attached, field, &shape[ones..], bytes)?;
    for _ in 0..ones {
        let list = new_list(attached, 1)?;
        // SAFETY: attached; a fresh list, an index in it, and a reference that it takes over.
        unsafe { (attached.api.PyList_SetItem)(list.as_ptr(), 0, value.into_ptr()) };
        value = list;
    }
    Ok(value)
}

/// The same, where the first dimension is not one.
fn several(attached: Attached, field: &Field<'_>, shape: &[usize], bytes: &[u8]) -> Result<Ref> {
    if let [length, rest @ ..] = shape {
        let size = rest
            .iter()
            .fold(field.itemsize(), |size, &length| size * length);
        return list_of(attached, *length, |k| {
            nested(attached, field, rest, &bytes[k * size..][..size])
        });
    }
    match field.what() {
        What::Scalar(scalar) => object(attached, scalar.unpack(bytes)),
        What::Struct => members(attached, field, bytes),
    }
}

fn members(attached: Attached, field: &Field<'_>, bytes: &[u8]) -> Result<Ref> {
    let api = attached.api;
    let count = field.fields().map(|member| member.repeat()).sum::<usize>();
    // SAFETY: attached.
    let tuple = Ref::owned(attached, unsafe { (api.PyTuple_New)(count as isize) });
    let tuple = tuple.ok_or_else(|| exception(attached))?;
    let mut index = 0;
    for member in field.fields() {
        for repeat in 0..member.repeat() {
            let bytes = &bytes[member.offset() + repeat * member.size()..][..member.size()];
            let value = nested(attached, &member, member.shape(), bytes)?;
            // SAFETY: attached; a fresh tuple, an index in it, and a reference that it takes over.
            unsafe { (api.PyTuple_SetItem)(tuple.as_ptr(), index, value.into_ptr()) };
            index += 1;
        }
    }
    Ok(tuple)
}

/// A list of so many objects.
pub(super) fn list_of(
    attached: Attached,
    count: usize,
    mut item: impl FnMut(usize) -> Result<Ref>,
) -> Result<Ref> {
    let api = attached.api;
    let list = new_list(attached, count)?;
    for k in 0..count {
        let item = item(k)?;
        // SAFETY: attached; a fresh list, an index in it, and a reference that it takes over.
        unsafe { (api.PyList_SetItem)(list.as_ptr(), k as isize, item.into_ptr()) };
    }
    Ok(list)
}

/// A list whose places are all empty.
fn new_list(attached: Attached, count: usize) -> Result<Ref> {
    // SAFETY: attached.
    let list = Ref::owned(attached, unsafe {
        (attached.api.PyList_New)(count as isize)
    });
    list.ok_or_else(|| exception(attached))
}

/// `v.tolist()`
pub(super) fn to_list(this: This<'_>) -> Result<Ref> {
    this.check()?;
    if this.native_code().is_some() {
        return list::to_list(this);
    }
    let lent = &this.fields.lent;
    let root = lent.format().known()?;
    let layout = lent.layout();
    let copy = Block::zeroed(layout.nbytes())?;
    {
        let lent = this.pin()?;
        // SAFETY: pinned; there is room for all items.
        unsafe { gather(copy.as_ptr(), place(&lent), Order::C) }?;
    }
    // SAFETY: so many bytes of our own, which nobody writes any more.
    let bytes = unsafe { std::slice::from_raw_parts(copy.as_ptr(), layout.nbytes()) };
    let (attached, shape) = (this.attached, layout.shape());
    match lent.format().scalar() {
        Some(scalar) => lists(attached, shape, bytes, &|item| {
            object(attached, scalar.unpack(item))
        }),
        None => lists(attached, shape, bytes, &|item| {
            nested(attached, &root, root.shape(), item)
        }),
    }
}

/// Items one after another, in lists of lists.
fn lists(
    attached: Attached,
    shape: &[isize],
    bytes: &[u8],
    value: &impl Fn(&[u8]) -> Result<Ref>,
) -> Result<Ref> {
    let [length, rest @ ..] = shape else {
        return value(bytes);
    };
    let count = length.unsigned_abs();
    let size = bytes.len().checked_div(count).unwrap_or(0);
    list_of(attached, count, |k| {
        lists(attached, rest, &bytes[k * size..][..size], value)
    })
}
