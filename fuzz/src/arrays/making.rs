//! Operations that make arrays, and let go of them.

use std::ptr;

use pybuf::Exporter;
use pybuf::error::Kind;

use super::super::bytes::Bytes;
use super::super::capi::{self, handle};
use super::super::layouts::some_slice;
use super::code::{BAD, Code};
use super::items::some_number;
use super::model::{Model, Touch};
use super::typed::{self, with_type};
use super::{Array, Handle, World};

pub fn make(world: &mut World, bytes: &mut Bytes<'_>) {
    let (code, count) = (Code::some(bytes), bytes.below(10));
    let way = bytes.below(6);
    let zeros = vec![vec![0; code.size]; count];
    let items = code.items(bytes.byte(), count);
    let text = code.asked;
    let (made, code, items) = match way {
        0 => (in_c(code, None, count), code, zeros),
        1 => (in_c(code, Some(&items), count), code, items),
        2 => {
            let items = Code::BYTES.items(bytes.byte(), count);
            (bytearray(&items), Code::BYTES, items)
        }
        3 => (in_rust(Exporter::growing(text, count)), code, zeros),
        4 if code.is_typed() => {
            let made = with_type!(code, T => Exporter::growing_of(&typed::items_of::<T>(&items)));
            (in_rust(made), code, items)
        }
        _ => {
            let made = Exporter::growing_from(text, &items.concat());
            (in_rust(made), code, items)
        }
    };
    let handle = made.expect("an array");
    if let Handle::Rust(array) = &handle {
        assert!(array.grows() && !array.is_readonly());
        assert_eq!(array.format().text(), code.format);
    }
    let model = Model::new(code, items);
    world.keep_array(Some(Array { handle, model }));
}

fn in_rust(made: pybuf::error::Result<Exporter>) -> Result<Handle, Kind> {
    made.map(Handle::Rust).map_err(|error| error.kind())
}

fn in_c(code: Code, items: Option<&[Vec<u8>]>, count: usize) -> Result<Handle, Kind> {
    let room = items.map(<[Vec<u8>]>::concat);
    let items = room.as_ref().map_or(ptr::null(), |room| room.as_ptr());
    let (text, items, count) = (code.asked.as_ptr(), items.cast(), count as isize);
    // SAFETY: a string, and so many items or NULL.
    handle(|| unsafe { capi::pybuf_array_new(text, items, count) }).map(Handle::C)
}

fn bytearray(items: &[Vec<u8>]) -> Result<Handle, Kind> {
    let room = items.concat();
    let (data, size) = (room.as_ptr().cast(), room.len() as isize);
    // SAFETY: so many bytes.
    handle(|| unsafe { capi::pybuf_bytearray_new(data, size) }).map(Handle::C)
}

/// Arrays that cannot be.
pub fn refuse(_: &mut World, bytes: &mut Bytes<'_>) {
    let (code, bad) = (Code::some(bytes), bytes.pick(BAD));
    let mut expected = Kind::Value;
    let made = match bytes.below(6) {
        0 => in_rust(Exporter::growing(bad, bytes.below(3))),
        1 => {
            let bad = bad.as_ptr();
            // SAFETY: a string.
            handle(|| unsafe { capi::pybuf_array_new(bad, ptr::null(), 1) }).map(Handle::C)
        }
        2 => in_c(code, None, usize::MAX - bytes.below(9)),
        3 if code.size == 1 => return,
        3 => {
            let part = &code.items(0, 2).concat()[..code.size + 1];
            in_rust(Exporter::growing_from(code.asked, part))
        }
        way => {
            let Some(count) = code.too_many() else { return };
            expected = Kind::Overflow;
            match way {
                4 => in_c(code, None, count),
                _ => in_rust(Exporter::growing(code.asked, count)),
            }
        }
    };
    assert_eq!(made.err(), Some(expected));
}

/// A copy of some of the items.
pub fn slice(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(Array { handle, model }) = world.array(bytes) else {
        return;
    };
    let slice = some_slice(bytes, some_number);
    let expected = model.may(Touch::Read).and_then(|()| model.picked(slice));
    let made = handle.slice(slice);
    assert_eq!(made.as_ref().err(), expected.as_ref().err());
    let made = made.ok().zip(expected.ok()).map(|(handle, items)| Array {
        handle,
        model: Model::new(model.code, items),
    });
    world.keep_array(made);
}

pub fn clone_array(world: &mut World, bytes: &mut Bytes<'_>) {
    let clone = world.array(bytes).cloned();
    world.keep_array(clone);
}

/// Its exports stay.
pub fn drop_array(world: &mut World, bytes: &mut Bytes<'_>) {
    let count = world.arrays.len();
    if count > 0 {
        world.arrays.swap_remove(bytes.below(count));
    }
}
