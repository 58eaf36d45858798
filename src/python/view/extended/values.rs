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
use crate::error::{Error, Kind, Result};
use crate::format::{Field, Format, Unpacked, What};
use crate::layout::Order;

/// The value of an item.
pub(super) fn value_of(attached: Attached, format: &Format, item: &[u8]) -> Result<Ref> {
    if let Some(scalar) = format.scalar() {
        return object(attached, scalar.unpack(item));
    }
    let root = format.known()?;
    let values = format.unpack(item)?;
    nested(attached, &root, root.shape(), values.item(0))
}

/// The value of a field that has these dimensions left.
fn nested(
    attached: Attached,
    field: &Field<'_>,
    shape: &[usize],
    values: Unpacked<'_, '_>,
) -> Result<Ref> {
    if let [_, rest @ ..] = shape {
        return list_of(attached, values.len(), |k| {
            nested(attached, field, rest, values.at(k))
        });
    }
    match (field.what(), values.value()) {
        (What::Scalar(_), Some(value)) => object(attached, value),
        _ => members(attached, field, values),
    }
}

fn members(attached: Attached, field: &Field<'_>, values: Unpacked<'_, '_>) -> Result<Ref> {
    let api = attached.api;
    // SAFETY: attached.
    let tuple = Ref::owned(attached, unsafe {
        (api.PyTuple_New)(values.len() as isize)
    });
    let tuple = tuple.ok_or_else(|| exception(attached))?;
    let mut index = 0;
    for member in field.fields() {
        for _ in 0..member.repeat() {
            let value = nested(attached, &member, member.shape(), values.at(index))?;
            // SAFETY: attached; a fresh tuple, an index in it, and a reference that it takes over.
            unsafe {
                (api.PyTuple_SetItem)(tuple.as_ptr(), index as isize, value.into_ptr());
            }
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
    // SAFETY: attached.
    let list = Ref::owned(attached, unsafe { (api.PyList_New)(count as isize) });
    let list = list.ok_or_else(|| exception(attached))?;
    for k in 0..count {
        let item = item(k)?;
        // SAFETY: attached; a fresh list, an index in it, and a reference that it takes over.
        unsafe { (api.PyList_SetItem)(list.as_ptr(), k as isize, item.into_ptr()) };
    }
    Ok(list)
}

/// `v.tolist()`
pub(super) fn to_list(this: This<'_>) -> Result<Ref> {
    this.check()?;
    if this.native_code().is_some() {
        return list::to_list(this);
    }
    let lent = &this.fields.lent;
    lent.format().known()?;
    let layout = lent.layout();
    let copy = Block::zeroed(layout.nbytes())?;
    {
        let lent = this.pin()?;
        // SAFETY: pinned; there is room for all items.
        unsafe { gather(copy.as_ptr(), place(&lent), Order::C) }?;
    }
    // SAFETY: so many bytes of our own, which nobody writes any more.
    let bytes = unsafe { std::slice::from_raw_parts(copy.as_ptr(), layout.nbytes()) };
    let lists = Lists {
        attached: this.attached,
        format: lent.format(),
    };
    lists.of(layout.shape(), bytes)
}

/// Items one after another, in lists of lists.
struct Lists<'a> {
    attached: Attached,
    format: &'a Format,
}

/// So many items are unpacked at once.
const BLOCK: usize = 256;

impl Lists<'_> {
    fn of(&self, shape: &[isize], bytes: &[u8]) -> Result<Ref> {
        let [length, rest @ ..] = shape else {
            return value_of(self.attached, self.format, bytes);
        };
        let count = length.unsigned_abs();
        let size = bytes.len().checked_div(count).unwrap_or(0);
        if rest.is_empty() && size > 0 && self.format.scalar().is_none() {
            return self.row(count, size, bytes);
        }
        list_of(self.attached, count, |k| {
            self.of(rest, &bytes[k * size..][..size])
        })
    }

    /// One row of items with several values each.
    fn row(&self, count: usize, size: usize, bytes: &[u8]) -> Result<Ref> {
        let root = self.format.known()?;
        let mut block = None;
        list_of(self.attached, count, |k| {
            if k % BLOCK == 0 {
                let end = count.min(k + BLOCK);
                block = Some(self.format.unpack_many(&bytes[k * size..end * size])?);
            }
            let values = block.as_ref().ok_or(NOTHING)?.item(k % BLOCK);
            nested(self.attached, &root, root.shape(), values)
        })
    }
}

const NOTHING: Error = Error::fixed(Kind::Internal, "a block of items was not unpacked");
