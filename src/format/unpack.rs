//! Items taken apart: all values of an item, nested ones included.
//!
//! The values of an item lie side by side, its own first; then, level by level as the format
//! is walked, the members of each struct and the elements of each sub-array, so that a
//! sequence is a place and a length. How many there are follows from the format alone.
//!
//! The format is walked once for a block of items, not once for each. At each scalar the
//! walk knows where all values of it are, in all items of the block and all elements of
//! the arrays around it, and moves them in one loop that is compiled for their kind, size
//! and order. What the values become, and where the bytes come from, is the business of an
//! [`Unpacking`]; so there is no pointer here.

use super::known::known_scalar;
use super::scalar::{ByteOrder, Scalar, ScalarKind};
use super::tree::{Field, What};
use crate::error::{Error, Kind, Result};
pub(crate) use places::{Bytes, BytesSort, Elements, Sequences, Unpacking};

mod places;
#[cfg(all(test, not(loom)))]
mod tests;

/// So many values have room in half of the first level of the cache, beside the items that they
/// are of: each pass but the first one finds them there.
const BLOCK: usize = 512;

/// How many items of so many values are unpacked in one walk: as many as have their values in
/// the first level of the cache.
pub(crate) fn block(values: usize) -> usize {
    match values {
        // One pass over all of them is all that there is.
        1 => usize::MAX,
        _ => (BLOCK / values.max(1)).max(1),
    }
}

impl Field<'_> {
    /// How many values an item of this field has, its own included.
    pub(crate) fn values(&self) -> Result<usize> {
        let count = self.repeat().checked_add(values_below(self)?);
        count
            .filter(|&count| isize::try_from(count).is_ok())
            .ok_or(TOO_MANY)
    }
}

const TOO_MANY: Error = Error::fixed(
    Kind::Overflow,
    "an item of this format has more values than can be counted",
);

/// The values of all that is below the members that a field stands for.
fn values_below(field: &Field<'_>) -> Result<usize> {
    let mut count = field.repeat();
    let mut sum = 0usize;
    let mut add = |more: Option<usize>| -> Result<()> {
        sum = more
            .and_then(|more| sum.checked_add(more))
            .ok_or(TOO_MANY)?;
        Ok(())
    };
    for &length in field.shape() {
        count = count.checked_mul(length).ok_or(TOO_MANY)?;
        add(Some(count))?;
    }
    // Of no elements not one is looked at: what is in them may be too large to be counted.
    if field.what() == What::Struct && count > 0 {
        for member in field.fields() {
            add(member.repeat().checked_mul(count))?;
            add(values_below(&member)?.checked_mul(count))?;
        }
    }
    Ok(sum)
}

/// The members of a struct, each as often as it is repeated.
pub(super) fn members(field: &Field<'_>) -> usize {
    field.fields().map(|member| member.repeat()).sum()
}

/// Unpacks a block of items. Each has so many values as [`Field::values`] says, item after
/// item.
pub(crate) fn unpack(root: Field<'_>, items: usize, values: usize, to: &mut impl Unpacking) {
    let mut walk = Walk {
        to,
        items,
        values,
        next: root.repeat(),
    };
    let own = Places { first: 0, step: 0 };
    walk.field(&root, None, own, 0);
}

/// Where the members of each of some structs have their places.
#[derive(Clone, Copy)]
struct Places {
    first: usize,
    /// From one struct's to the next one's.
    step: usize,
}

/// Elements that lie a distance from each other, within each of those around them.
struct Around<'a> {
    around: Option<&'a Around<'a>>,
    count: usize,
    distance: usize,
    /// All elements: this count times those around.
    all: usize,
}

impl Around<'_> {
    /// How many elements there are.
    fn all(around: Option<&Self>) -> usize {
        around.map_or(1, |around| around.all)
    }

    /// The offset of one of all elements, by its number.
    fn offset(around: Option<&Self>, mut number: usize) -> usize {
        let (mut around, mut offset) = (around, 0);
        while let Some(this) = around {
            // The last one, which is most often the only one, needs no division.
            if number < this.count {
                return offset + number * this.distance;
            }
            offset += number % this.count * this.distance;
            number /= this.count;
            around = this.around;
        }
        offset
    }
}

struct Walk<'a, T> {
    to: &'a mut T,
    items: usize,
    /// Of each item.
    values: usize,
    /// The next place that is not taken, in the first item.
    next: usize,
}

impl<T: Unpacking> Walk<'_, T> {
    /// Unpacks a field of each struct around it.
    fn field(&mut self, field: &Field<'_>, around: Option<&Around<'_>>, at: Places, offset: usize) {
        let structs = around.map_or(1, |around| around.all);
        let mut at = at;
        let mut count = field.repeat();
        for &length in field.shape() {
            let first = self.take(structs * count * length);
            self.sequences(structs, count, at, (first, length));
            count *= length;
            at = Places { first, step: count };
        }
        if structs * count == 0 {
            return;
        }
        match field.what() {
            What::Scalar(scalar) => {
                let run = Run {
                    around,
                    at,
                    count,
                    offset,
                };
                self.scalars(scalar, &run);
            }
            What::Struct => {
                let len = members(field);
                let first = self.take(structs * count * len);
                self.sequences(structs, count, at, (first, len));
                let elements = Around {
                    around,
                    count,
                    distance: field.itemsize(),
                    all: structs * count,
                };
                // What is there once is nothing to be counted.
                let around = if count == 1 { around } else { Some(&elements) };
                let mut at = Places { first, step: len };
                for member in field.fields() {
                    self.field(&member, around, at, offset + member.offset());
                    at.first += member.repeat();
                }
            }
        }
    }

    /// `count` members of each struct are sequences, of so many values from `first` on.
    fn sequences(
        &mut self,
        structs: usize,
        count: usize,
        at: Places,
        (first, len): (usize, usize),
    ) {
        self.to.put_sequences(Sequences {
            structs,
            count,
            place: at.first,
            step: at.step,
            first,
            len,
        });
    }

    /// So many places of their own, in each item.
    fn take(&mut self, count: usize) -> usize {
        let first = self.next;
        self.next += count;
        first
    }

    /// One loop for each kind, size and order of scalars.
    fn scalars(&mut self, scalar: Scalar, run: &Run<'_>) {
        known_scalar! {
            scalar, |known, SIZE| self.plain::<SIZE>(run, known), else self.bytes(run, scalar),
            Bool: 1;
            Char: 1;
            Signed: 1 2 4 8;
            Unsigned: 1 2 4 8;
            Float: 2 4 8;
            Complex: 8 16 24 32;
            Unicode: 2 4;
            Pointer: 4 8;
            Function: 4 8;
            Object: 4 8;
        }
    }

    /// Numbers and characters. It is inlined with a scalar that is known, and so is all that it
    /// calls, so that the loop has no branch.
    #[inline(always)]
    fn plain<const N: usize>(&mut self, run: &Run<'_>, scalar: Scalar) {
        for elements in run.each(N) {
            self.to.fill::<N>(elements, |bytes| scalar.plain(bytes));
        }
    }

    /// What is given as bytes of the item.
    fn bytes(&mut self, run: &Run<'_>, scalar: Scalar) {
        let (items, values, to) = (self.items, self.values, &mut *self.to);
        for elements in run.each(scalar.size) {
            for item in 0..items {
                for index in 0..elements.count {
                    let offset = elements.offset + index * elements.distance;
                    let place = item * values + elements.place + index * elements.step;
                    let bytes = bytes_of(scalar, to, item, offset);
                    to.put_bytes(place, bytes);
                }
            }
        }
    }
}

/// A scalar in each of the structs around it.
struct Run<'a> {
    around: Option<&'a Around<'a>>,
    at: Places,
    count: usize,
    offset: usize,
}

impl Run<'_> {
    /// All its elements, as many at once as lie evenly: those of one sub-array, or of the structs
    /// that have one each.
    #[inline(always)]
    fn each(&self, size: usize) -> impl Iterator<Item = Elements> {
        let (around, count, distance, step) = match self.around {
            Some(structs) if self.count == 1 => (
                structs.around,
                structs.count,
                structs.distance,
                self.at.step,
            ),
            around => (around, self.count, size, 1),
        };
        let structs = count / self.count;
        (0..Around::all(around)).map(move |number| Elements {
            count,
            offset: self.offset + Around::offset(around, number),
            distance,
            place: self.at.first + number * structs * self.at.step,
            step,
        })
    }
}

/// Which bytes of an item a scalar is.
fn bytes_of(scalar: Scalar, from: &impl Unpacking, item: usize, offset: usize) -> Bytes {
    let (skipped, size, sort) = match (scalar.kind, scalar.size) {
        (ScalarKind::Float, 12) => (0, 12, extended(scalar, &from.read::<12>(item, offset))),
        (ScalarKind::Float, 16) => (0, 16, extended(scalar, &from.read::<16>(item, offset))),
        (ScalarKind::Pascal, 1..) => {
            let [length] = from.read(item, offset);
            (
                1,
                usize::from(length).min(scalar.size - 1),
                BytesSort::Bytes,
            )
        }
        (ScalarKind::Text, size) => {
            let is_some = |&end: &usize| from.read(item, offset + end - 4) != [0; 4];
            let mut ends = (1..=size / 4).rev().map(|end| 4 * end);
            let end = ends.find(is_some).unwrap_or(0);
            (0, end, BytesSort::Text(scalar.order))
        }
        (_, size) => (0, size, BytesSort::Bytes),
    };
    Bytes {
        item,
        offset: offset + skipped,
        size,
        sort,
    }
}

fn extended(scalar: Scalar, bytes: &[u8]) -> BytesSort {
    BytesSort::Extended(scalar.float(bytes), scalar.order)
}
