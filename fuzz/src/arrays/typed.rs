//! The calls of Rust that know the type of an item, which here is told by bytes.

use std::slice;

use pybuf::error::Kind;
use pybuf::exporter::Item;
use pybuf::{Exporter, Slice};

/// Runs a body with the type of the items, which is one of those with a [`Code`](super::code)
/// that `is_typed`.
macro_rules! with_type {
    ($code:expr, $T:ident => $body:expr) => {
        match $code.format.to_bytes() {
            b"B" => {
                type $T = u8;
                $body
            }
            b"h" => {
                type $T = i16;
                $body
            }
            b"I" => {
                type $T = u32;
                $body
            }
            b"q" => {
                type $T = i64;
                $body
            }
            _ => {
                type $T = f64;
                $body
            }
        }
    };
}
pub(super) use with_type;

pub fn items_of<T: Item>(items: &[Vec<u8>]) -> Vec<T> {
    items.iter().map(|item| item_of(item)).collect()
}

pub fn item_of<T: Item>(item: &[u8]) -> T {
    assert_eq!(item.len(), size_of::<T>());
    // SAFETY: so many bytes, of which any are an item.
    unsafe { item.as_ptr().cast::<T>().read_unaligned() }
}

pub fn bytes_of<T: Item>(items: &[T]) -> &[u8] {
    // SAFETY: items of which every byte has a value.
    unsafe { slice::from_raw_parts(items.as_ptr().cast(), size_of_val(items)) }
}

/// Appended by either function.
pub fn append<T: Item>(array: &Exporter, items: &[T]) -> Result<(), Kind> {
    match items {
        [item] => array.push(*item),
        items => array.extend_from_slice(items),
    }
    .map_err(|error| error.kind())
}

pub fn insert<T: Item>(array: &Exporter, index: isize, items: &[T]) -> Result<(), Kind> {
    let inserted = array.insert_from_slice(index, items);
    inserted.map_err(|error| error.kind())
}

pub fn replace<T: Item>(array: &Exporter, slice: Slice, items: &[T]) -> Result<(), Kind> {
    let replaced = array.splice(slice, items);
    replaced.map_err(|error| error.kind())
}

pub fn set<T: Item>(array: &Exporter, index: isize, item: T) -> Result<(), Kind> {
    array.set_item(index, item).map_err(|error| error.kind())
}

pub fn get<T: Item>(array: &Exporter, index: isize) -> Result<Vec<u8>, Kind> {
    let item = array.item::<T>(index).map_err(|error| error.kind())?;
    Ok(bytes_of(&[item]).to_vec())
}

pub fn pop<T: Item>(array: &Exporter, index: isize) -> Result<Vec<u8>, Kind> {
    let item = array.pop_item::<T>(index).map_err(|error| error.kind())?;
    Ok(bytes_of(&[item]).to_vec())
}
