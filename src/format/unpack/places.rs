//! What values are unpacked into: items of memory on one side, places of values on the other.

use crate::format::scalar::ByteOrder;
use crate::format::value::Value;

/// Bytes of items in, values out. Items count from the start of a block, and so do the places
/// of their values: those of each item follow those of the one before.
///
/// What is done for each of many is done here, and not by the walk: the loops are where memory
/// is known, so that nothing is looked up or checked twice.
pub(crate) trait Unpacking {
    /// Some bytes of an item.
    fn read<const N: usize>(&self, item: usize, offset: usize) -> [u8; N];

    /// Fills the places of some elements of all items with the values of their bytes.
    fn fill<const N: usize>(
        &mut self,
        elements: Elements,
        value: impl Fn(&[u8; N]) -> Option<Value<'static>>,
    );

    /// Fills a place with a value that is bytes of an item.
    fn put_bytes(&mut self, place: usize, bytes: Bytes);

    /// Fills the places of all items' sequences.
    fn put_sequences(&mut self, sequences: Sequences);
}

/// Elements of an item, and the places of their values in those of the item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elements {
    pub(crate) count: usize,
    pub(crate) offset: usize,
    /// Bytes from one to the next.
    pub(crate) distance: usize,
    pub(crate) place: usize,
    /// Places from one to the next.
    pub(crate) step: usize,
}

impl Elements {
    /// Whether all of them, of `size` bytes each, lie in an item and have their places in its
    /// values.
    pub(crate) fn fit(&self, size: usize, itemsize: usize, values: usize) -> bool {
        let Some(last) = self.count.checked_sub(1) else {
            return true;
        };
        let end = |start: usize, step: usize, size: usize| {
            last.checked_mul(step)?
                .checked_add(start)?
                .checked_add(size)
        };
        end(self.offset, self.distance, size).is_some_and(|end| end <= itemsize)
            && end(self.place, self.step, 1).is_some_and(|end| end <= values)
    }
}

/// Sequences of so many values each, which follow each other from the place `first` on. There
/// are `count` of them side by side, for each of several structs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sequences {
    pub(crate) structs: usize,
    pub(crate) count: usize,
    pub(crate) place: usize,
    /// Places from one struct's to the next one's.
    pub(crate) step: usize,
    pub(crate) first: usize,
    pub(crate) len: usize,
}

impl Sequences {
    /// Whether all of them have their places in the values of an item.
    pub(crate) fn fit(&self, values: usize) -> bool {
        let Some(last) = self.structs.checked_sub(1) else {
            return true;
        };
        let start = last.checked_mul(self.step);
        let end = start.and_then(|start| start.checked_add(self.place)?.checked_add(self.count));
        end.is_some_and(|end| end <= values)
    }

    /// Calls with the place of each sequence, and with that of its first value.
    #[inline(always)]
    pub(crate) fn each(self, mut f: impl FnMut(usize, usize)) {
        let mut first = self.first;
        for number in 0..self.structs {
            for index in 0..self.count {
                f(self.place + number * self.step + index, first);
                first += self.len;
            }
        }
    }
}

/// Some bytes of an item, and what they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes {
    pub(crate) item: usize,
    pub(crate) offset: usize,
    pub(crate) size: usize,
    pub(crate) sort: BytesSort,
}

/// What bytes are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BytesSort {
    Bytes,
    Text(ByteOrder),
    /// A long double, with the nearest double.
    Extended(f64, ByteOrder),
}

impl Bytes {
    /// The value, if these are the bytes.
    pub(crate) fn value(self, bytes: &[u8]) -> Value<'_> {
        match self.sort {
            BytesSort::Bytes => Value::Bytes(bytes),
            BytesSort::Text(order) => Value::Text(bytes, order),
            BytesSort::Extended(nearest, order) => Value::Extended {
                nearest,
                bytes,
                order,
            },
        }
    }
}
