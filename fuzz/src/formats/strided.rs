//! Runs of items with room between them, unpacked and packed by C, as Rust does each of them; and
//! values that are none.

use std::ffi::{CStr, c_void};
use std::ops::Range;
use std::ptr;

use pybuf::error::Kind;
use pybuf::format::{ByteOrder, Dialect, Format, Unpacked, Value};

use super::super::bytes::Bytes;
use super::super::capi::{self, done, handle};
use super::leaves;

/// Larger items have no more in them.
const LARGEST: usize = 256;
const VALUES: usize = 256;
const UNTOUCHED: u8 = 0xa5;

/// `pybuf_value`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CValue {
    kind: i32,
    order: i32,
    size: isize,
    content: Content,
}

#[repr(C)]
#[derive(Clone, Copy)]
union Content {
    integer: i64,
    natural: u64,
    real: [f64; 2],
    bytes: *const u8,
    extended: (f64, *const u8),
    items: *const CValue,
}

const NOTHING: CValue = CValue {
    kind: -1,
    order: 0,
    size: 0,
    content: Content { real: [0.0; 2] },
};

/// Items that lie somewhere in memory of ours, as far apart as anybody likes.
struct Run {
    memory: Vec<u8>,
    items: usize,
    itemsize: usize,
    stride: isize,
}

impl Run {
    fn new(items: usize, itemsize: usize, bytes: &mut Bytes<'_>) -> Self {
        let gap = bytes.below(9);
        let distance = (itemsize + gap) as isize;
        Self {
            memory: vec![UNTOUCHED; items * (itemsize + gap) + itemsize],
            items,
            itemsize,
            stride: if bytes.flag() { distance } else { -distance },
        }
    }

    /// Where an item lies in the memory.
    fn place(&self, index: usize) -> Range<usize> {
        let first = match self.stride < 0 {
            true => self.items as isize * -self.stride,
            false => 0,
        };
        let start = (first + index as isize * self.stride) as usize;
        start..start + self.itemsize
    }

    fn item(&self, index: usize) -> &[u8] {
        &self.memory[self.place(index)]
    }

    fn first(&mut self) -> *mut c_void {
        let start = self.place(0).start;
        self.memory[start..].as_mut_ptr().cast()
    }
}

pub fn examine(format: &Format, dialect: Dialect, bytes: &mut Bytes<'_>) {
    let is_large = |root| leaves::values(root) > VALUES;
    if format.itemsize() > LARGEST || format.root().is_none_or(is_large) {
        return;
    }
    let in_c = in_c(format.text(), dialect);
    // SAFETY: a handle.
    let each = unsafe { capi::pybuf_format_values(in_c.as_ptr()) } as usize;
    assert!((1..=VALUES).contains(&each), "{format}: {each} values");
    let mut run = Run::new(1 + bytes.below(4), format.itemsize(), bytes);
    for index in 0..run.items {
        let place = run.place(index);
        run.memory[place]
            .iter_mut()
            .for_each(|byte| *byte = bytes.byte());
    }
    let mut values = vec![NOTHING; run.items * each];
    // SAFETY: a handle, items in the memory, and room for the values.
    done(|| unsafe {
        let (first, room) = (run.first(), values.as_mut_ptr().cast());
        capi::pybuf_format_unpack_many(
            in_c.as_ptr(),
            first,
            run.items as isize,
            run.stride,
            room,
            values.len() as isize,
        )
    })
    .expect("values");
    for index in 0..run.items {
        let item = format.unpack(run.item(index)).expect("values");
        let all = values.as_ptr_range();
        let of_item = &values[index * each..][..each];
        compare(&of_item[0], item.item(0), &(all.start..all.end));
    }
    pack(format, &in_c, &run, &values, each, bytes);
    spoil(&in_c, &run, &mut values, each, bytes);
}

fn in_c(text: &CStr, dialect: Dialect) -> capi::Format {
    let number = match dialect {
        Dialect::Pep3118 => 0,
        Dialect::Struct => 1,
        Dialect::NumPy => 2,
        Dialect::Ctypes => 3,
    };
    // SAFETY: a string.
    handle(|| unsafe { capi::pybuf_format_new(text.as_ptr(), number) }).expect("what Rust reads")
}

/// One is the other. A sequence is other values of the same array.
fn compare(value: &CValue, expected: Unpacked<'_, '_>, all: &Range<*const CValue>) {
    let order = |order: ByteOrder| match order {
        ByteOrder::Little => i32::from(b'<'),
        ByteOrder::Big => i32::from(b'>'),
    };
    // SAFETY: the library has filled the field that the kind names.
    let said = unsafe {
        let content = &value.content;
        match expected.value() {
            Some(Value::Bool(truth)) => value.kind == 1 && content.natural == u64::from(truth),
            Some(Value::Signed(number)) => value.kind == 2 && content.integer == number,
            Some(Value::Unsigned(number)) => value.kind == 3 && content.natural == number,
            Some(Value::Float(number)) => value.kind == 4 && is_same(content.real[0], number),
            Some(Value::Complex(real, imaginary)) => {
                value.kind == 5
                    && is_same(content.real[0], real)
                    && is_same(content.real[1], imaginary)
            }
            Some(Value::Char(byte)) => value.kind == 6 && content.natural == u64::from(byte),
            Some(Value::Unicode(code)) => value.kind == 7 && content.natural == u64::from(code),
            Some(Value::Bytes(bytes)) => value.kind == 8 && is_at(value, content.bytes, bytes),
            Some(Value::Text(bytes, at)) => {
                value.kind == 9 && value.order == order(at) && is_at(value, content.bytes, bytes)
            }
            Some(Value::Extended {
                nearest,
                bytes,
                order: at,
            }) => {
                let (number, own) = content.extended;
                let is_number = value.order == order(at) && is_same(number, nearest);
                value.kind == 10 && is_number && is_at(value, own, bytes)
            }
            Some(Value::Object(address)) => value.kind == 11 && content.natural == address,
            None => value.kind == 12 && value.size as usize == expected.len(),
        }
    };
    assert!(
        said,
        "kind {} of size {}, not {expected:?}",
        value.kind, value.size
    );
    if expected.value().is_some() || expected.is_empty() {
        return;
    }
    // SAFETY: as above; a sequence with something in it.
    let items = unsafe { value.content.items };
    assert!(all.contains(&items) && items.wrapping_add(expected.len()) <= all.end);
    for index in 0..expected.len() {
        // SAFETY: in the array.
        compare(unsafe { &*items.add(index) }, expected.at(index), all);
    }
}

fn is_same(one: f64, other: f64) -> bool {
    one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
}

/// Bytes are not copied: they are those of the item.
fn is_at(value: &CValue, bytes: *const u8, expected: &[u8]) -> bool {
    value.size as usize == expected.len() && (expected.is_empty() || bytes == expected.as_ptr())
}

/// Packed somewhere else they are what Rust makes of each; around them nothing is written.
fn pack(
    format: &Format,
    in_c: &capi::Format,
    run: &Run,
    values: &[CValue],
    each: usize,
    bytes: &mut Bytes<'_>,
) {
    let mut packed = Run::new(run.items, run.itemsize, bytes);
    let outcome = pack_many(in_c, values, each, &mut packed);
    let mut expected = vec![UNTOUCHED; packed.memory.len()];
    let mut refusal = None;
    for index in 0..run.items {
        let item = format.unpack(run.item(index)).expect("values");
        let place = packed.place(index);
        let said = format.pack(item.item(0), &mut expected[place]);
        refusal = refusal.or(said.err().map(|error| error.kind()));
    }
    match refusal {
        Some(kind) => {
            assert_eq!(outcome, Err(kind), "{format}");
            assert!(
                packed.memory.iter().all(|&byte| byte == UNTOUCHED),
                "{format}: written, and refused"
            );
        }
        None => {
            assert_eq!(outcome, Ok(()), "{format}");
            assert_eq!(packed.memory, expected, "{format}");
        }
    }
}

fn pack_many(
    in_c: &capi::Format,
    values: &[CValue],
    each: usize,
    to: &mut Run,
) -> Result<(), Kind> {
    // SAFETY: a handle, values whose pointers are valid or NULL, and room for the items.
    done(|| unsafe {
        let (first, values) = (to.first(), values.as_ptr().cast());
        capi::pybuf_format_pack_many(
            in_c.as_ptr(),
            values,
            to.items as isize,
            each as isize,
            first,
            to.stride,
        )
    })
}

/// Any value may be anything, as long as its pointer is NULL or valid: it is packed or refused.
fn spoil(
    in_c: &capi::Format,
    run: &Run,
    values: &mut [CValue],
    each: usize,
    bytes: &mut Bytes<'_>,
) {
    let at = bytes.below(values.len().min(256));
    let value = &mut values[at];
    let points = (8..=10).contains(&value.kind) || value.kind == 12;
    match bytes.below(4) {
        0 if points => value.size -= 1 + bytes.below(3) as isize,
        1 if points => value.content = Content { items: ptr::null() },
        _ => {
            value.kind = bytes.pick(&[0, 1, 2, 3, 4, 5, 6, 7, 11, 13, -1, i32::MAX]);
            value.order = bytes.byte().into();
            value.size = bytes.number() as isize;
            let number = bytes.number();
            value.content.integer = number;
        }
    }
    let mut packed = Run::new(run.items, run.itemsize, bytes);
    if pack_many(in_c, values, each, &mut packed).is_err() {
        assert!(
            packed.memory.iter().all(|&byte| byte == UNTOUCHED),
            "written, and refused"
        );
    }
}
