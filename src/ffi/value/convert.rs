//! Values of C: how they are filled, and how they are read.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::slice;

use super::*;
use crate::error::{Error, Kind, Result, fail};
use crate::format::{
    self, ByteOrder, Bytes, BytesSort, Elements, Field, Format, Given, LONG_DOUBLE, Part,
    ScalarKind, Sequences, Unpacking, Value,
};

/// Items that lie a distance from each other.
#[derive(Clone, Copy)]
pub(super) struct Memory {
    pub(super) first: *mut u8,
    pub(super) stride: isize,
}

impl Memory {
    pub(super) fn item(self, index: usize) -> *mut u8 {
        let distance = (index as isize).wrapping_mul(self.stride);
        self.first.wrapping_offset(distance)
    }

    /// The longest run of evenly spaced items that some start with, and its length.
    pub(super) fn run(items: &[*mut u8]) -> (Self, usize) {
        let (first, stride) = match *items {
            [first, second, ..] => (first, second.addr().wrapping_sub(first.addr()) as isize),
            [first] => (first, 0),
            [] => (std::ptr::null_mut(), 0),
        };
        let run = Self { first, stride };
        let is_next = |&(index, &item): &(usize, &*mut u8)| item == run.item(index);
        (run, items.iter().enumerate().take_while(is_next).count())
    }
}

/// Room for the values of items.
pub(super) struct Output<'a> {
    root: Field<'a>,
    itemsize: usize,
    /// Of each item.
    values: usize,
    first: *mut pybuf_value,
}

impl<'a> Output<'a> {
    /// # Safety
    /// NULL, or writable for `count` values, which nobody else uses as long as this is there.
    pub(super) unsafe fn new(
        format: &'a Format,
        items: usize,
        first: *mut pybuf_value,
        count: isize,
    ) -> Result<Self> {
        let root = format.known()?;
        let values = root.values()?;
        let room = checked_size(count, "count")?;
        match values.checked_mul(items) {
            Some(0) => {}
            Some(_) if first.is_null() => {
                return fail!(Value, "values is NULL: give room for {values} of each item");
            }
            Some(needed) if needed <= room => {}
            _ => {
                return fail!(
                    Value,
                    "there is room for {room} values, but {items} items have {values} each"
                );
            }
        }
        Ok(Self {
            root,
            itemsize: format.itemsize(),
            values,
            first,
        })
    }
}

/// Unpacks some items, of which the first has the number `start`.
///
/// # Safety
/// There is room for the values of these items; each is readable for an item's size.
pub(super) unsafe fn unpack_items(output: &Output<'_>, start: usize, memory: Memory, count: usize) {
    let block = format::block(output.values);
    for index in (0..count).step_by(block) {
        let items = block.min(count - index);
        let mut block = Block {
            memory: Memory {
                first: memory.item(index),
                ..memory
            },
            items,
            itemsize: output.itemsize,
            first: output.first.wrapping_add((start + index) * output.values),
            values: output.values,
        };
        format::unpack(output.root, items, output.values, &mut block);
    }
}

/// Some items and their values. Made by [`unpack_items`] only, whose caller has promised that
/// the items can be read and the values written.
struct Block {
    memory: Memory,
    items: usize,
    itemsize: usize,
    first: *mut pybuf_value,
    /// Of each item.
    values: usize,
}

impl Block {
    /// The address of some bytes of an item.
    fn bytes(&self, item: usize, offset: usize, size: usize) -> *const u8 {
        assert!(item < self.items && size <= self.itemsize && offset <= self.itemsize - size);
        self.memory.item(item).wrapping_add(offset)
    }
}

impl Unpacking for Block {
    #[inline]
    fn read<const N: usize>(&self, item: usize, offset: usize) -> [u8; N] {
        let bytes = self.bytes(item, offset, N);
        // SAFETY: inside an item, which can be read.
        unsafe { bytes.cast::<[u8; N]>().read() }
    }

    #[inline(always)]
    fn fill<const N: usize>(
        &mut self,
        elements: Elements,
        value: impl Fn(&[u8; N]) -> Option<Value<'static>>,
    ) {
        assert!(elements.fit(N, self.itemsize, self.values));
        let mut outer = (self.items, self.memory.stride, self.values);
        let mut inner = (elements.count, elements.distance as isize, elements.step);
        // The longer loop is the inner one.
        if inner.0 == 1 {
            (outer, inner) = (inner, outer);
        }
        let mut from = self.memory.first.wrapping_add(elements.offset);
        let mut to = self.first.wrapping_add(elements.place);
        for _ in 0..outer.0 {
            let (mut element, mut place) = (from, to);
            for _ in 0..inner.0 {
                // SAFETY: inside an item, as all elements are.
                let bytes = unsafe { element.cast::<[u8; N]>().read() };
                if let Some(value) = value(&bytes) {
                    // SAFETY: among the values of this item, as all these places are.
                    unsafe { place.write(c_value(value)) };
                }
                element = element.wrapping_offset(inner.1);
                place = place.wrapping_add(inner.2);
            }
            from = from.wrapping_offset(outer.1);
            to = to.wrapping_add(outer.2);
        }
    }

    fn put_bytes(&mut self, place: usize, bytes: Bytes) {
        assert!(place < self.items * self.values);
        let address = self.bytes(bytes.item, bytes.offset, bytes.size);
        let value = c_bytes(bytes.sort, bytes.size, address);
        // SAFETY: among the values of these items.
        unsafe { self.first.add(place).write(value) };
    }

    fn put_sequences(&mut self, sequences: Sequences) {
        assert!(sequences.fit(self.values));
        let len = sequences.len;
        sequences.each(|place, first| {
            let mut of_item = self.first;
            for _ in 0..self.items {
                let items = of_item.wrapping_add(first).cast_const();
                let value = sized(PYBUF_VALUE_SEQUENCE, len, pybuf_content { items });
                // SAFETY: among the values of this item, as all these places are.
                unsafe { of_item.add(place).write(value) };
                of_item = of_item.wrapping_add(self.values);
            }
        });
    }
}

fn sized(kind: i32, size: usize, content: pybuf_content) -> pybuf_value {
    pybuf_value {
        kind,
        order: 0,
        // No format is larger than isize::MAX, and no value has more members than that.
        size: size as isize,
        r#as: content,
    }
}

/// A value as C has it; what it borrows stays where it is.
#[inline(always)]
fn c_value(value: Value<'_>) -> pybuf_value {
    let natural = |natural: u64| pybuf_content { natural };
    let real = |real, imaginary| pybuf_content {
        real: [real, imaginary],
    };
    let (kind, content) = match value {
        Value::Bool(truth) => (PYBUF_VALUE_BOOL, natural(truth.into())),
        Value::Char(byte) => (PYBUF_VALUE_CHAR, natural(byte.into())),
        Value::Signed(integer) => (PYBUF_VALUE_SIGNED, pybuf_content { integer }),
        Value::Unsigned(number) => (PYBUF_VALUE_UNSIGNED, natural(number)),
        // The first of both parts: what lies where the other one would be says nothing.
        Value::Float(number) => (PYBUF_VALUE_FLOAT, natural(number.to_bits())),
        Value::Complex(one, other) => (PYBUF_VALUE_COMPLEX, real(one, other)),
        Value::Unicode(code) => (PYBUF_VALUE_UNICODE, natural(code.into())),
        Value::Object(address) => (PYBUF_VALUE_OBJECT, natural(address)),
        Value::Bytes(bytes) => return c_bytes(BytesSort::Bytes, bytes.len(), bytes.as_ptr()),
        Value::Text(bytes, order) => {
            return c_bytes(BytesSort::Text(order), bytes.len(), bytes.as_ptr());
        }
        Value::Extended {
            nearest,
            bytes,
            order,
        } => {
            let sort = BytesSort::Extended(nearest, order);
            return c_bytes(sort, bytes.len(), bytes.as_ptr());
        }
    };
    sized(kind, 0, content)
}

/// Bytes that lie in an item.
fn c_bytes(sort: BytesSort, size: usize, address: *const u8) -> pybuf_value {
    let bytes = address.cast();
    let content = pybuf_content { bytes };
    match sort {
        BytesSort::Bytes => sized(PYBUF_VALUE_BYTES, size, content),
        BytesSort::Text(order) => pybuf_value {
            order: order.mark().into(),
            ..sized(PYBUF_VALUE_TEXT, size, content)
        },
        BytesSort::Extended(nearest, order) => {
            let extended = pybuf_extended { nearest, bytes };
            pybuf_value {
                order: order.mark().into(),
                ..sized(PYBUF_VALUE_EXTENDED, size, pybuf_content { extended })
            }
        }
    }
}

/// The values that items are to be packed from.
#[derive(Clone, Copy)]
pub(super) struct Source {
    first: *const pybuf_value,
    step: isize,
}

impl Source {
    /// # Safety
    /// NULL, or values for so many items, `step` apart. All that they point at is readable for
    /// what they say, and nobody writes any of it as long as this is there.
    pub(super) unsafe fn new(first: *const pybuf_value, items: usize, step: isize) -> Result<Self> {
        if first.is_null() && items > 0 {
            return fail!(Value, "there is no value, but NULL");
        }
        Ok(Self { first, step })
    }

    /// The value of an item that there is.
    #[inline(always)]
    pub(super) fn value<'a>(self, item: usize) -> Packed<'a> {
        let distance = (item as isize).wrapping_mul(self.step);
        Packed {
            value: self.first.wrapping_offset(distance),
            source: PhantomData,
        }
    }
}

/// One of the values of a [`Source`], whose maker has promised that they can be read.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    value: *const pybuf_value,
    source: PhantomData<&'a pybuf_value>,
}

impl<'a> Given<'a> for Packed<'a> {
    #[inline(always)]
    fn part(self) -> Result<Part<'a>> {
        // SAFETY: a value that can be read.
        let value = unsafe { &*self.value };
        // SAFETY: any bytes are each of these.
        let (integer, natural, real) =
            unsafe { (value.r#as.integer, value.r#as.natural, value.r#as.real) };
        Ok(Part::Value(match value.kind {
            PYBUF_VALUE_BOOL => Value::Bool(natural != 0),
            PYBUF_VALUE_SIGNED => Value::Signed(integer),
            PYBUF_VALUE_UNSIGNED => Value::Unsigned(natural),
            PYBUF_VALUE_FLOAT => Value::Float(real[0]),
            PYBUF_VALUE_COMPLEX => Value::Complex(real[0], real[1]),
            PYBUF_VALUE_CHAR => Value::Char(in_range(natural, "a char")?),
            PYBUF_VALUE_UNICODE => Value::Unicode(in_range(natural, "a character")?),
            PYBUF_VALUE_OBJECT => Value::Object(natural),
            PYBUF_VALUE_SEQUENCE => {
                // SAFETY: any bytes are an address.
                let items = unsafe { value.r#as.items };
                return Ok(Part::Sequence(length(items.is_null(), value.size)?));
            }
            // SAFETY: a value that can be read.
            _ => unsafe { bytes_of(value) }?,
        }))
    }

    #[inline(always)]
    fn member(self, index: usize) -> Self {
        // SAFETY: a sequence has values of its own, and more than this index.
        let value = unsafe { (*self.value).r#as.items.add(index) };
        Self { value, ..self }
    }

    #[inline(always)]
    fn usual(self, kind: ScalarKind) -> Option<Value<'a>> {
        // SAFETY: a value that can be read.
        let value = unsafe { &*self.value };
        // SAFETY: any bytes are numbers.
        let (integer, natural, real) =
            unsafe { (value.r#as.integer, value.r#as.natural, value.r#as.real) };
        match (kind, value.kind) {
            (ScalarKind::Signed, PYBUF_VALUE_SIGNED) => Some(Value::Signed(integer)),
            (ScalarKind::Unsigned, PYBUF_VALUE_UNSIGNED) => Some(Value::Unsigned(natural)),
            (ScalarKind::Float, PYBUF_VALUE_FLOAT) => Some(Value::Float(real[0])),
            (ScalarKind::Complex, PYBUF_VALUE_COMPLEX) => Some(Value::Complex(real[0], real[1])),
            _ => None,
        }
    }

    #[inline(always)]
    fn is_sequence(self, len: usize) -> bool {
        // SAFETY: a value that can be read, and any bytes are an address.
        let (value, items) = unsafe { (&*self.value, (*self.value).r#as.items) };
        let has_items = len == 0 || !items.is_null();
        value.kind == PYBUF_VALUE_SEQUENCE && value.size == len as isize && has_items
    }
}

/// # Safety
/// What it points at is readable for its size, and nobody writes it meanwhile.
unsafe fn bytes_of(value: &pybuf_value) -> Result<Value<'_>> {
    // SAFETY: any bytes are an address and a number.
    let (bytes, extended) = unsafe { (value.r#as.bytes, value.r#as.extended) };
    // SAFETY: as the caller promises.
    let slice = |bytes: *const c_void| unsafe { slice_of(bytes, value.size) };
    Ok(match value.kind {
        PYBUF_VALUE_BYTES => Value::Bytes(slice(bytes)?),
        PYBUF_VALUE_TEXT if value.size % 4 != 0 => {
            return fail!(
                Value,
                "a text of {} bytes: characters have 4 bytes",
                value.size
            );
        }
        PYBUF_VALUE_TEXT => Value::Text(slice(bytes)?, order_of(value.order)?),
        PYBUF_VALUE_EXTENDED if extended.bytes.is_null() => Value::Float(extended.nearest),
        PYBUF_VALUE_EXTENDED if value.size != LONG_DOUBLE as isize => {
            return fail!(
                Value,
                "a long double of {} bytes: here it has {LONG_DOUBLE}",
                value.size
            );
        }
        PYBUF_VALUE_EXTENDED => Value::Extended {
            nearest: extended.nearest,
            bytes: slice(extended.bytes)?,
            order: order_of(value.order)?,
        },
        kind => return fail!(Value, "a value of kind {kind}: it is none of PYBUF_VALUE_*"),
    })
}

/// # Safety
/// NULL, or readable for `size` bytes.
unsafe fn slice_of<'a>(bytes: *const c_void, size: isize) -> Result<&'a [u8]> {
    match length(bytes.is_null(), size)? {
        0 => Ok(&[]),
        // SAFETY: as the caller promises.
        size => Ok(unsafe { slice::from_raw_parts(bytes.cast(), size) }),
    }
}

/// The size of a value that points at something.
#[inline(always)]
fn length(is_null: bool, size: isize) -> Result<usize> {
    match usize::try_from(size) {
        Ok(0) => Ok(0),
        Ok(size) if !is_null => Ok(size),
        Ok(_) => fail!(Value, "a value of size {size} points at NULL"),
        Err(_) => fail!(Value, "a value of size {size}: it must be 0 or more"),
    }
}

fn order_of(order: i32) -> Result<ByteOrder> {
    const LITTLE: i32 = b'<' as i32;
    const BIG: i32 = b'>' as i32;
    match order {
        0 => Ok(ByteOrder::NATIVE),
        LITTLE => Ok(ByteOrder::Little),
        BIG => Ok(ByteOrder::Big),
        _ => fail!(Value, "a value of order {order}: it must be '<', '>' or 0"),
    }
}

fn in_range<T: TryFrom<u64>>(number: u64, what: &str) -> Result<T> {
    T::try_from(number).map_err(|_| {
        let text = format_args!("{number} is not the number of {what}");
        Error::new(Kind::Value, text)
    })
}
