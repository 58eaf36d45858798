//! The values of items, as Rust has them.

use std::fmt;
use std::ops::Range;

use super::Format;
use super::pack::{Given, Part};
use super::tree::Field;
use super::unpack::{self, Bytes, Elements, Sequences, Unpacking};
use super::value::Value;
use crate::alloc::try_filled;
use crate::error::{Result, fail};

impl Format {
    /// The values of an item. `item` has the size of one.
    pub fn unpack<'a>(&self, item: &'a [u8]) -> Result<Values<'a>> {
        let root = self.known()?;
        self.check_bytes(item.len(), 1)?;
        Values::of(root, item, self.itemsize(), 1)
    }

    /// The values of items that lie side by side: all that there are in `items`.
    pub fn unpack_many<'a>(&self, items: &'a [u8]) -> Result<Values<'a>> {
        let root = self.known()?;
        let count = items.len().checked_div(self.itemsize()).unwrap_or(0);
        self.check_bytes(items.len(), count)?;
        Values::of(root, items, self.itemsize(), count)
    }

    /// So many bytes are so many items.
    pub(crate) fn check_bytes(&self, bytes: usize, items: usize) -> Result<()> {
        let itemsize = self.itemsize();
        if itemsize.checked_mul(items) == Some(bytes) {
            return Ok(());
        }
        match items {
            1 => fail!(
                Value,
                "{bytes} bytes for an item of {itemsize}: the sizes must be equal"
            ),
            _ => fail!(
                Value,
                "{bytes} bytes for items of {itemsize}: not a whole number of them"
            ),
        }
    }
}

/// The values of some items, with all that is nested in them.
///
/// They borrow the items: bytes and texts are not copied.
///
/// ```
/// # use pybuf::format::{Format, Value};
/// let format = Format::new(c"<h3s", None)?;
/// let values = format.unpack(b"\x01\x02abc")?;
/// let item = values.item(0);
/// assert_eq!(item.at(0).value(), Some(Value::Signed(0x201)));
/// assert_eq!(item.at(1).value(), Some(Value::Bytes(b"abc")));
/// # Ok::<(), pybuf::Error>(())
/// ```
pub struct Values<'a> {
    nodes: Vec<Node<'a>>,
    items: usize,
    /// Of each item.
    values: usize,
}

#[derive(Clone, Copy)]
enum Node<'a> {
    Value(Value<'a>),
    Sequence { first: usize, len: usize },
}

impl<'a> Values<'a> {
    /// Those of items that lie side by side.
    pub(super) fn of(
        root: Field<'_>,
        bytes: &'a [u8],
        itemsize: usize,
        items: usize,
    ) -> Result<Self> {
        let values = root.values()?;
        let Some(all) = values.checked_mul(items) else {
            return fail!(Overflow, "{items} items of {values} values each: too many");
        };
        let mut nodes = try_filled(all, Node::Value(Value::Bool(false)))?;
        let block = unpack::block(values);
        for start in (0..items).step_by(block) {
            let end = start + block.min(items - start);
            let mut block = Block {
                bytes: &bytes[start * itemsize..end * itemsize],
                itemsize,
                nodes: &mut nodes[start * values..end * values],
                values,
                first: start * values,
            };
            unpack::unpack(root, end - start, values, &mut block);
        }
        Ok(Self {
            nodes,
            items,
            values,
        })
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// The value of an item.
    ///
    /// # Panics
    /// Where there is no such item, as a slice does.
    pub fn item(&self, index: usize) -> Unpacked<'_, 'a> {
        assert!(index < self.items, "item {index} of {}", self.items);
        Unpacked {
            nodes: &self.nodes,
            index: index * self.values,
        }
    }

    /// The values of all items.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Unpacked<'_, 'a>> {
        (0..self.items).map(|index| self.item(index))
    }
}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A value, or a sequence of them: the members of a struct, the elements of a sub-array.
#[derive(Clone, Copy)]
pub struct Unpacked<'v, 'a> {
    nodes: &'v [Node<'a>],
    index: usize,
}

impl<'v, 'a> Unpacked<'v, 'a> {
    /// The value, where it is a single one.
    pub fn value(self) -> Option<Value<'a>> {
        match self.nodes[self.index] {
            Node::Value(value) => Some(value),
            Node::Sequence { .. } => None,
        }
    }

    fn places(self) -> Range<usize> {
        match self.nodes[self.index] {
            Node::Value(_) => 0..0,
            Node::Sequence { first, len } => first..first + len,
        }
    }

    /// How many values a sequence has; a single value has none.
    pub fn len(self) -> usize {
        self.places().len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// A member or an element.
    ///
    /// # Panics
    /// Where there is no such one, as a slice does.
    pub fn at(self, index: usize) -> Self {
        let len = self.len();
        assert!(index < len, "value {index} of {len}");
        Self {
            index: self.places().start + index,
            ..self
        }
    }

    /// All members or elements.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Unpacked<'v, 'a>> {
        self.places().map(move |index| Self { index, ..self })
    }
}

/// As nested lists.
impl fmt::Debug for Unpacked<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            Some(value) => value.fmt(f),
            None => f.debug_list().entries(self.iter()).finish(),
        }
    }
}

impl<'a> Given<'a> for Unpacked<'_, 'a> {
    fn part(self) -> Result<Part<'a>> {
        Ok(match self.nodes[self.index] {
            Node::Value(value) => Part::Value(value),
            Node::Sequence { len, .. } => Part::Sequence(len),
        })
    }

    fn member(self, index: usize) -> Self {
        self.at(index)
    }
}

/// A block of items that is unpacked.
struct Block<'n, 'a> {
    bytes: &'a [u8],
    itemsize: usize,
    nodes: &'n mut [Node<'a>],
    /// Of each item.
    values: usize,
    /// The place of its first value among all.
    first: usize,
}

impl Unpacking for Block<'_, '_> {
    #[inline(always)]
    fn read<const N: usize>(&self, item: usize, offset: usize) -> [u8; N] {
        let start = item * self.itemsize + offset;
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.bytes[start..start + N]);
        bytes
    }

    #[inline(always)]
    fn fill<const N: usize>(
        &mut self,
        elements: Elements,
        value: impl Fn(&[u8; N]) -> Option<Value<'static>>,
    ) {
        for (item, nodes) in self.nodes.chunks_mut(self.values).enumerate() {
            let start = item * self.itemsize + elements.offset;
            for index in 0..elements.count {
                let start = start + index * elements.distance;
                let mut bytes = [0; N];
                bytes.copy_from_slice(&self.bytes[start..start + N]);
                if let Some(value) = value(&bytes) {
                    nodes[elements.place + index * elements.step] = Node::Value(value);
                }
            }
        }
    }

    fn put_bytes(&mut self, place: usize, bytes: Bytes) {
        let start = bytes.item * self.itemsize + bytes.offset;
        let value = bytes.value(&self.bytes[start..start + bytes.size]);
        self.nodes[place] = Node::Value(value);
    }

    fn put_sequences(&mut self, sequences: Sequences) {
        let (values, len) = (self.values, sequences.len);
        for (item, nodes) in self.nodes.chunks_mut(values).enumerate() {
            let start = self.first + item * values;
            sequences.each(|place, first| {
                let first = start + first;
                nodes[place] = Node::Sequence { first, len };
            });
        }
    }
}
