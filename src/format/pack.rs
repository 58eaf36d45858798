//! Values put together: the bytes of an item, of all its members and elements.
//!
//! An item is packed into memory of our own and goes where it belongs when all of it has been
//! found to fit. So there is never half an item, nor half a run of them, and values may be
//! bytes of the very items that are written.

use std::fmt;

use super::Format;
use super::known::known_scalar;
use super::misfit::{Misfit, Rules};
use super::scalar::{ByteOrder, Scalar, ScalarKind};
use super::tree::{Field, What};
use super::unpack::{block, members};
use super::value::Value;
use crate::alloc::try_filled;
use crate::error::{Error, Kind, Result};
pub use given::{Given, Nested, Part};

mod given;
#[cfg(test)]
mod tests;

impl Format {
    /// Writes what is given as an item. `item` has the size of one. The rules are those of
    /// Python's `struct`: which sort of value a kind takes, and from where to where an integer
    /// may be; bytes and texts are cut or filled up with zeros; what lies between members
    /// becomes zero. The error says what does not fit, and nothing is written then.
    pub fn pack<'a>(&self, given: impl Given<'a>, item: &mut [u8]) -> Result<()> {
        self.pack_many(&[given], item)
    }

    /// Writes items side by side, one for each that is given; `items` has room for just them.
    /// Where one does not fit, none is written.
    pub fn pack_many<'a, G: Given<'a>>(&self, given: &[G], items: &mut [u8]) -> Result<()> {
        let root = self.known()?;
        self.check_bytes(items.len(), given.len())?;
        staged(items.len(), |stage| {
            pack(&root, given.len(), |index| given[index], stage)?;
            items.copy_from_slice(stage);
            Ok(())
        })
    }
}

/// Memory of zeros, for as long as it is used.
pub(crate) fn staged<T>(size: usize, use_it: impl FnOnce(&mut [u8]) -> Result<T>) -> Result<T> {
    let mut small = [0; 256];
    match small.get_mut(..size) {
        Some(stage) => use_it(stage),
        None => use_it(&mut try_filled(size, 0)?),
    }
}

/// Packs items, each from what is given for its number. `bytes` has room for just them, and
/// is zero: what lies between members stays so.
pub(crate) fn pack<'a, G: Given<'a>>(
    root: &Field<'_>,
    items: usize,
    given: impl Fn(usize) -> G,
    bytes: &mut [u8],
) -> Result<()> {
    if let Some(scalar) = root.scalar().filter(|_| is_single(root)) {
        let numbered = if items > 1 { Items::All } else { Items::One };
        let mut all = Packing { bytes, numbered };
        return all.scalars(root, scalar, given, items, 0);
    }
    let Some(itemsize) = bytes.len().checked_div(items) else {
        return Ok(());
    };
    let is_struct = root.what() == What::Struct && is_single(root);
    if items > 1 && is_struct && columns(root, items, &given, bytes) {
        return Ok(());
    }
    // Or one does not fit: which one, and why, is found item by item.
    for item in 0..items {
        let mut one = Packing {
            bytes: &mut bytes[item * itemsize..][..itemsize],
            numbered: if items > 1 {
                Items::This(item)
            } else {
                Items::One
            },
        };
        one.member(root, given(item), 0)?;
    }
    Ok(())
}

/// Packs items that are structs, some at once: a member in each of them, and then the next one.
/// `false`: something does not fit, and nobody has been told what.
fn columns<'a, G: Given<'a>>(
    root: &Field<'_>,
    items: usize,
    given: &impl Fn(usize) -> G,
    bytes: &mut [u8],
) -> bool {
    let (len, itemsize) = (members(root), bytes.len() / items);
    if itemsize == 0 {
        return false;
    }
    let block = block(len.saturating_add(1));
    let mut blocks = bytes.chunks_mut(block.saturating_mul(itemsize)).enumerate();
    blocks.all(|(number, bytes)| {
        let given = |item: usize| given(number * block + item);
        let mut position = 0;
        (0..bytes.len() / itemsize).all(|item| given(item).is_sequence(len))
            && root.fields().all(|member| {
                let first = position;
                position += member.repeat();
                column(&member, itemsize, |item| (given(item), first), bytes)
            })
    })
}

/// A field of all items of a block, from what is given for each of them, and from which on.
fn column<'a, G: Given<'a>>(
    field: &Field<'_>,
    itemsize: usize,
    given: impl Fn(usize) -> (G, usize),
    bytes: &mut [u8],
) -> bool {
    let Some(scalar) = field.scalar().filter(|_| is_single(field)) else {
        return bytes
            .chunks_exact_mut(itemsize)
            .enumerate()
            .all(|(item, bytes)| {
                let ((given, first), numbered) = (given(item), Items::One);
                let mut one = Packing { bytes, numbered };
                one.members(field, given, first, field.offset()).is_ok()
            });
    };
    let offset = field.offset();
    known_scalar! {
        scalar,
        |known, SIZE| scalar_column(known, itemsize, offset, given, bytes),
        else scalar_column(scalar, itemsize, offset, given, bytes),
        Signed: 1 2 4 8;
        Unsigned: 1 2 4 8;
        Float: 4 8;
        Complex: 8 16;
    }
}

#[inline(always)]
fn scalar_column<'a, G: Given<'a>>(
    scalar: Scalar,
    itemsize: usize,
    offset: usize,
    given: impl Fn(usize) -> (G, usize),
    bytes: &mut [u8],
) -> bool {
    // No closure here: it would be compiled by itself, for any scalar.
    for (item, bytes) in bytes.chunks_exact_mut(itemsize).enumerate() {
        let (given, index) = given(item);
        let item = &mut bytes[offset..offset + scalar.size];
        if put(scalar, given.member(index), item).is_err() {
            return false;
        }
    }
    true
}

/// Neither a sub-array nor several members.
fn is_single(field: &Field<'_>) -> bool {
    field.shape().is_empty() && field.repeat() == 1
}

/// One item that is being packed, or a run of items that are scalars.
struct Packing<'b> {
    bytes: &'b mut [u8],
    numbered: Items,
}

/// Which items there are, for an error to say.
#[derive(Clone, Copy)]
enum Items {
    One,
    /// One of several.
    This(usize),
    /// All of them are one run.
    All,
}

impl Packing<'_> {
    /// One member of a struct, or the item itself.
    fn member<'a, G: Given<'a>>(
        &mut self,
        field: &Field<'_>,
        given: G,
        offset: usize,
    ) -> Result<()> {
        self.array(field, field.shape(), given, offset)
    }

    /// A sub-array of the dimensions that are left.
    fn array<'a, G: Given<'a>>(
        &mut self,
        field: &Field<'_>,
        shape: &[usize],
        given: G,
        offset: usize,
    ) -> Result<()> {
        let (mut shape, mut given) = (shape, given);
        loop {
            let [length, rest @ ..] = shape else {
                return self.element(field, given, offset);
            };
            self.check_sequence(field, given, *length, "elements")?;
            match (field.scalar(), *length) {
                (Some(scalar), _) if rest.is_empty() => {
                    return self.elements(field, scalar, (given, 0), *length, offset);
                }
                // Of single ones there may be thousands, in structs in structs: the stack is not.
                (_, 1) => (shape, given) = (rest, given.member(0)),
                _ => {
                    // From the size of an element on: where that is 0 the rest may be of any length.
                    let size = field.itemsize();
                    let distance = rest.iter().fold(size, |bytes, &length| bytes * length);
                    return (0..*length).try_for_each(|index| {
                        self.array(field, rest, given.member(index), offset + index * distance)
                    });
                }
            }
        }
    }

    fn element<'a, G: Given<'a>>(
        &mut self,
        field: &Field<'_>,
        given: G,
        offset: usize,
    ) -> Result<()> {
        match field.what() {
            What::Scalar(scalar) => {
                let item = &mut self.bytes[offset..offset + scalar.size];
                let put = put(scalar, given, item);
                put.map_err(|misfit| self.misfit(misfit, field, scalar, given, 0))
            }
            What::Struct => {
                self.check_sequence(field, given, members(field), "members")?;
                let mut index = 0;
                for member in field.fields() {
                    self.members(&member, given, index, offset + member.offset())?;
                    index += member.repeat();
                }
                Ok(())
            }
        }
    }

    /// The members that a field stands for, in what is given for their struct from `first` on.
    fn members<'a, G: Given<'a>>(
        &mut self,
        field: &Field<'_>,
        given: G,
        first: usize,
        offset: usize,
    ) -> Result<()> {
        match field.scalar() {
            Some(scalar) if field.shape().is_empty() && field.repeat() > 1 => {
                self.elements(field, scalar, (given, first), field.repeat(), offset)
            }
            _ => (0..field.repeat()).try_for_each(|index| {
                let offset = offset + index * field.size();
                self.member(field, given.member(first + index), offset)
            }),
        }
    }

    fn check_sequence<'a, G: Given<'a>>(
        &self,
        field: &Field<'_>,
        given: G,
        wanted: usize,
        what: &str,
    ) -> Result<()> {
        match given.part()? {
            Part::Sequence(len) if len == wanted => Ok(()),
            part => Err(self.no_such_sequence(field, part, wanted, what)),
        }
    }

    #[cold]
    fn no_such_sequence(
        &self,
        field: &Field<'_>,
        part: Part<'_>,
        wanted: usize,
        what: &str,
    ) -> Error {
        let place = self.place(field, 0);
        match part {
            Part::Sequence(len) => Error::new(
                Kind::Struct,
                format_args!(
                    "pack expected {wanted} items for packing (got {len}): the {what} of {place}"
                ),
            ),
            Part::Value(value) => Error::new(
                Kind::Struct,
                format_args!(
                    "required argument is not a sequence: {} was given for the {wanted} {what} of {place}",
                    value.sort()
                ),
            ),
        }
    }

    /// A run of scalars side by side, in what is given for them from `first` on. A function of
    /// its own, so that those loops are compiled once for members and for elements.
    fn elements<'a, G: Given<'a>>(
        &mut self,
        field: &Field<'_>,
        scalar: Scalar,
        (given, first): (G, usize),
        count: usize,
        offset: usize,
    ) -> Result<()> {
        let given = |index| given.member(first + index);
        self.scalars(field, scalar, given, count, offset)
    }

    /// A run of scalars side by side. There is one loop for each kind, size and order.
    fn scalars<'a, G: Given<'a>>(
        &mut self,
        field: &Field<'_>,
        scalar: Scalar,
        given: impl Fn(usize) -> G,
        count: usize,
        offset: usize,
    ) -> Result<()> {
        known_scalar! {
            scalar,
            |known, SIZE| self.each(field, known, given, count, offset),
            else self.each(field, scalar, given, count, offset),
            Signed: 1 2 4 8;
            Unsigned: 1 2 4 8;
            Float: 4 8;
            Complex: 8 16;
        }
    }

    #[inline(always)]
    fn each<'a, G: Given<'a>>(
        &mut self,
        field: &Field<'_>,
        scalar: Scalar,
        given: impl Fn(usize) -> G,
        count: usize,
        offset: usize,
    ) -> Result<()> {
        let bytes = &mut self.bytes[offset..offset + count * scalar.size];
        for index in 0..count {
            let given = given(index);
            let item = &mut bytes[index * scalar.size..][..scalar.size];
            if let Err(misfit) = put(scalar, given, item) {
                return Err(self.misfit(misfit, field, scalar, given, index));
            }
        }
        Ok(())
    }

    #[cold]
    fn misfit<'a, G: Given<'a>>(
        &self,
        misfit: Misfit,
        field: &Field<'_>,
        scalar: Scalar,
        given: G,
        index: usize,
    ) -> Error {
        let value = match given.part() {
            Ok(Part::Value(value)) => Some(value),
            Ok(Part::Sequence(_)) => None,
            Err(error) => return error,
        };
        misfit.of_struct(scalar, value, self.place(field, index))
    }

    fn place<'f>(&self, field: &Field<'f>, index: usize) -> Place<'f> {
        let (item, index) = match self.numbered {
            Items::One => (None, index),
            Items::This(item) => (Some(item), index),
            Items::All => (Some(index), 0),
        };
        Place {
            field: *field,
            index,
            item,
        }
    }
}

/// Puts what is given as an item of a scalar.
#[inline(always)]
fn put<'a, G: Given<'a>>(scalar: Scalar, given: G, item: &mut [u8]) -> Result<(), Misfit> {
    match given.usual(scalar.kind) {
        Some(value) => scalar.put(value, item, Rules::Struct),
        None => put_part(scalar, given, item),
    }
}

/// A function of its own: not one for each scalar that is known.
#[inline(never)]
fn put_part<'a, G: Given<'a>>(scalar: Scalar, given: G, item: &mut [u8]) -> Result<(), Misfit> {
    match given.part() {
        Ok(Part::Value(value)) => scalar.put(value, item, Rules::Struct),
        // A sequence is true where it is not empty.
        Ok(Part::Sequence(len)) if scalar.kind == ScalarKind::Bool => {
            scalar.put(Value::Bool(len > 0), item, Rules::Struct)
        }
        // Whoever tells of a misfit asks again, and finds the error.
        Ok(Part::Sequence(_)) | Err(_) => Err(Misfit::Sort),
    }
}

/// Where a value was to go: the name of the field, if it has one, or what it is.
struct Place<'a> {
    field: Field<'a>,
    /// Of several scalars, this one.
    index: usize,
    item: Option<usize>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.field.name(), self.field.scalar()) {
            (Some(name), _) => write!(f, "'{}'", name.escape_ascii())?,
            (None, Some(scalar)) => write!(f, "{scalar}")?,
            (None, None) => f.write_str("a struct")?,
        }
        if self.index > 0 {
            write!(f, ", number {}", self.index)?;
        }
        match self.item {
            Some(item) => write!(f, ", in item {item}"),
            None => Ok(()),
        }
    }
}
