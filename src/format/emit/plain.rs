//! The text of a tree for the `struct` module: values one behind the other, in one byte order.
//!
//! Names are dropped, and so is what a pointer points to: the module does not read them, and
//! without them an item means the same.

use super::{Sizes, Writer, code, is_padding, runs};
use crate::error::{Result, fail};
use crate::format::place::Shape;
use crate::format::platform;
use crate::format::scalar::{ByteOrder, Scalar};
use crate::format::tree::{Field, What};

pub(super) fn write(writer: &mut Writer<'_, '_>, itemsize: usize) -> Result<()> {
    let root = writer.root;
    match root.what() {
        What::Scalar(_) if is_padding(root) && root.shape().is_empty() => {
            writer.pad_bytes(itemsize)
        }
        What::Scalar(_) => {
            let scalar = value(writer, root)?;
            writer.is_lone = scalar.is_native();
            writer.scalar(root, scalar, 1, 0)
        }
        What::Struct if root.shape().is_empty() => members(writer, root, itemsize),
        What::Struct => value(writer, root).map(|_| ()),
    }
}

fn members<'a>(writer: &mut Writer<'a, '_>, root: Field<'a>, itemsize: usize) -> Result<()> {
    let mut fields = root.fields();
    if let (Some(only), None) = (fields.next(), fields.next())
        && only.repeat() == 1
        && only.size() == itemsize
    {
        return fail!(
            Value,
            "{} is a struct of one field: the struct module would read the text of it as that field alone",
            writer.place(root)
        );
    }
    let aligned = begin(writer, root)?;
    let mut end = 0;
    for member in runs(root, writer.dialect) {
        end = writer.pad(member, end)?;
        if aligned {
            refuse_unaligned(writer, member)?;
        }
        writer.member(member, 0)?;
    }
    writer.pad_end(root, end, itemsize)
}

/// Writes the order that all members have; the answer is whether it aligns them: only in native
/// sizes are there pointers, and those the module always aligns.
fn begin<'a>(writer: &mut Writer<'a, '_>, root: Field<'a>) -> Result<bool> {
    let mut order: Option<ByteOrder> = None;
    let mut aligned = false;
    for member in root.fields() {
        let scalar = value(writer, member)?;
        aligned |= code(scalar, writer.dialect).is_some_and(|code| code.sizes == Sizes::Native);
        let Some(own) = scalar.byte_order() else {
            continue;
        };
        if order.is_some_and(|order| order != own) {
            return fail!(
                Value,
                "{} is {scalar}, and one before it is not: the struct module has one byte order for a whole \
                 format",
                writer.place(member)
            );
        }
        order = Some(own);
    }
    // All that follows is in this order.
    writer.is_lone = true;
    if let Some(order) = order.filter(|_| !aligned) {
        writer.put(&[order.mark()])?;
    }
    Ok(aligned)
}

/// The scalar that a field is, where it is a single value.
fn value<'a>(writer: &Writer<'a, '_>, field: Field<'a>) -> Result<Scalar> {
    match (field.what(), field.shape()) {
        (What::Scalar(scalar), []) => Ok(scalar),
        (What::Struct, []) => fail!(
            Value,
            "{} is a struct: the struct module has none inside another",
            writer.place(field)
        ),
        (_, shape) => fail!(
            Value,
            "{} is a sub-array of shape {}: the struct module has none",
            writer.place(field),
            Shape(shape)
        ),
    }
}

fn refuse_unaligned<'a>(writer: &Writer<'a, '_>, member: Field<'a>) -> Result<()> {
    let alignment = member.scalar().map_or(1, platform::alignment);
    if member.offset().is_multiple_of(alignment) {
        return Ok(());
    }
    fail!(
        Value,
        "{} is at offset {}: beside a pointer the struct module aligns it to {alignment} bytes",
        writer.place(member),
        member.offset()
    )
}
