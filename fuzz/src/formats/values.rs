//! Items as values, and values as items: byte for byte as the leaves of the format say.

use pybuf::format::{ByteOrder, Format, ScalarKind, Unpacked, Value};

use super::super::bytes::Bytes;
use super::LEAVES;
use super::leaves;
use super::model::Leaf;

/// Larger items have no more in them.
const LARGEST: usize = 1024;
const UNTOUCHED: u8 = 0xa5;

pub fn examine(format: &Format, bytes: &mut Bytes<'_>) {
    let is_large = |root| leaves::values(root) > LEAVES;
    if format.itemsize() > LARGEST || format.root().is_none_or(is_large) {
        return;
    }
    let all = leaves::of(format, LEAVES);
    let item = bytes.several(format.itemsize(), Bytes::byte);
    let values = format.unpack(&item).expect("values");
    let mut flat = Vec::new();
    flatten(values.item(0), &mut flat);
    assert_eq!(flat.len(), all.len(), "{format}: {values:?}");
    for (leaf, value) in all.iter().zip(&flat) {
        assert!(
            is_value_of(leaf, &item, *value),
            "{format}, {item:x?}: {leaf:?} is {value:?}"
        );
    }
    pack(format, &all, values.item(0), &item);
}

fn pack(format: &Format, leaves: &[Leaf], value: Unpacked<'_, '_>, item: &[u8]) {
    let mut packed = vec![UNTOUCHED; item.len()];
    match format.pack(value, &mut packed) {
        Ok(()) => assert_packed(format, leaves, item, packed),
        Err(error) => {
            assert!(
                leaves.iter().any(|leaf| cannot_be_packed(leaf, item)),
                "{format}, {item:x?}: {error}"
            );
            assert!(
                packed.iter().all(|&byte| byte == UNTOUCHED),
                "{format}: written, and refused"
            );
        }
    }
}

/// References to Python objects are nobody's to write, and not every number is a character.
fn cannot_be_packed(leaf: &Leaf, item: &[u8]) -> bool {
    match leaf.kind {
        ScalarKind::Object => true,
        ScalarKind::Unicode => bits(leaf, item) > 0x10_ffff,
        _ => false,
    }
}

/// Every byte that means something is what it was, and all others are zero.
fn assert_packed(format: &Format, leaves: &[Leaf], item: &[u8], mut packed: Vec<u8>) {
    for leaf in leaves {
        let place = leaf.offset..leaf.offset + leaf.size;
        let (was, is) = (&item[place.clone()], &mut packed[place]);
        assert!(
            is_packed(leaf, was, is),
            "{format}: {leaf:?} was {was:x?}, is {is:x?}"
        );
        is.fill(0);
    }
    assert!(
        packed.iter().all(|&byte| byte == 0),
        "{format}: bytes between the members"
    );
}

fn is_packed(leaf: &Leaf, was: &[u8], is: &[u8]) -> bool {
    let nan = |bytes| matches!(float(&lone(leaf), bytes), Some(number) if number.is_nan());
    match leaf.kind {
        ScalarKind::Bool => is == [u8::from(was[0] != 0)],
        // The bits of what is no number are anybody's.
        ScalarKind::Float if nan(was) => nan(is),
        ScalarKind::Complex => {
            let (one, two) = was.split_at(was.len() / 2);
            let (real, imaginary) = is.split_at(is.len() / 2);
            let part = Leaf {
                kind: ScalarKind::Float,
                size: leaf.size / 2,
                ..leaf.clone()
            };
            leaf.size > 16 || is_packed(&part, one, real) && is_packed(&part, two, imaginary)
        }
        // The last bytes of a long double are padding.
        ScalarKind::Float if leaf.size > 8 && cfg!(target_arch = "x86_64") => match leaf.order {
            Some(ByteOrder::Big) => is[6..] == was[6..],
            _ => is[..10] == was[..10],
        },
        ScalarKind::Pascal => match was.split_first() {
            Some((&length, rest)) => {
                let length = usize::from(length).min(rest.len());
                let (text, unused) = is[1..].split_at(length);
                usize::from(is[0]) == length
                    && text == &rest[..length]
                    && unused.iter().all(|&byte| byte == 0)
            }
            None => is.is_empty(),
        },
        _ => is == was,
    }
}

fn flatten<'a>(value: Unpacked<'_, 'a>, flat: &mut Vec<Value<'a>>) {
    match value.value() {
        Some(value) => flat.push(value),
        None => value.iter().for_each(|below| flatten(below, flat)),
    }
}

/// The leaf, alone.
fn lone(leaf: &Leaf) -> Leaf {
    Leaf {
        offset: 0,
        ..leaf.clone()
    }
}

/// The bytes as a number.
fn bits(leaf: &Leaf, item: &[u8]) -> u64 {
    let bytes = &item[leaf.offset..leaf.offset + leaf.size];
    let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    match leaf.order.unwrap_or(ByteOrder::NATIVE) {
        ByteOrder::Big => bytes.iter().fold(0, add),
        ByteOrder::Little => bytes.iter().rev().fold(0, add),
    }
}

/// The number, where it is no larger than a double.
fn float(leaf: &Leaf, item: &[u8]) -> Option<f64> {
    let bits = bits(leaf, item);
    Some(match leaf.size {
        2 => half(bits as u16),
        4 => f64::from(f32::from_bits(bits as u32)),
        8 => f64::from_bits(bits),
        _ => return None,
    })
}

/// By the definition of binary16.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction / 1024.0 * 2f64.powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

fn is_number(number: f64, expected: Option<f64>) -> bool {
    expected.is_none_or(|expected| {
        number.to_bits() == expected.to_bits() || number.is_nan() && expected.is_nan()
    })
}

/// Whether the value is what the bytes of the leaf say.
fn is_value_of(leaf: &Leaf, item: &[u8], value: Value<'_>) -> bool {
    let bytes = &item[leaf.offset..leaf.offset + leaf.size];
    let number = bits(leaf, item);
    match (leaf.kind, value) {
        (ScalarKind::Bool, Value::Bool(truth)) => truth == (number != 0),
        (ScalarKind::Char, Value::Char(byte)) => [byte] == *bytes,
        (ScalarKind::Signed, Value::Signed(signed)) => {
            let unused = 64 - 8 * leaf.size;
            signed == (number << unused) as i64 >> unused
        }
        (
            ScalarKind::Unsigned | ScalarKind::Pointer | ScalarKind::Function,
            Value::Unsigned(natural),
        ) => natural == number,
        (ScalarKind::Object, Value::Object(address)) => address == number,
        (ScalarKind::Unicode, Value::Unicode(code)) => u64::from(code) == number,
        (ScalarKind::Float, Value::Float(real)) => is_number(real, float(leaf, item)),
        (
            ScalarKind::Float,
            Value::Extended {
                bytes: own, order, ..
            },
        ) => leaf.size > 8 && own == bytes && Some(order) == leaf.order,
        (ScalarKind::Complex, Value::Complex(real, imaginary)) => {
            let size = leaf.size / 2;
            let part = |offset| {
                let part = Leaf {
                    offset,
                    size,
                    ..leaf.clone()
                };
                float(&part, item)
            };
            is_number(real, part(leaf.offset)) && is_number(imaginary, part(leaf.offset + size))
        }
        (ScalarKind::Bytes | ScalarKind::Void | ScalarKind::Bits, Value::Bytes(own)) => {
            own == bytes
        }
        (ScalarKind::Pascal, Value::Bytes(own)) => match bytes.split_first() {
            Some((&length, rest)) => own == &rest[..usize::from(length).min(rest.len())],
            None => own.is_empty(),
        },
        (ScalarKind::Text, Value::Text(own, order)) => {
            let is_nul = |byte: &u8| *byte == 0;
            let rest = bytes.strip_prefix(own);
            leaf.order.is_none_or(|said| said == order)
                && own.len() % 4 == 0
                && rest.is_some_and(|rest| rest.iter().all(is_nul))
        }
        _ => false,
    }
}
