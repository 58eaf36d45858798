//! Operations that read and write items, one or all.

use std::collections::HashMap;
use std::ffi::c_char;

use pybuf::error::Kind;
use pybuf::{Order, Slice};

use super::super::bytes::Bytes;
use super::super::capi::{self, call, done};
use super::faces::letter;
use super::shown::Shown;
use super::{Filled, Viewed, World};

/// Mostly an index of an item; and where that lies.
fn some_index(shown: &Shown, bytes: &mut Bytes<'_>) -> (Vec<isize>, Result<usize, Kind>) {
    let shape = &shown.geometry.shape;
    let count = match bytes.rarely(16) {
        true => bytes.below(5),
        false => shape.len(),
    };
    let length = |dim: usize| shape.get(dim).map_or(1, |&length| length as i64);
    let index: Vec<isize> = (0..count)
        .map(|dim| match bytes.rarely(16) {
            true => bytes.within(-6..=6) as isize,
            false => bytes.within(-length(dim)..=(length(dim) - 1)) as isize,
        })
        .collect();
    let place = place_of(shown, &index);
    (index, place)
}

fn place_of(shown: &Shown, index: &[isize]) -> Result<usize, Kind> {
    let shape = &shown.geometry.shape;
    if index.len() != shape.len() {
        return Err(Kind::Type);
    }
    let mut at = 0;
    for (&index, &length) in index.iter().zip(shape) {
        let index = index as i128;
        let position = if index < 0 { index + length } else { index };
        if !(0..length).contains(&position) {
            return Err(Kind::Index);
        }
        at = at * length + position;
    }
    Ok(shown.items[at as usize])
}

pub fn read_item(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(Viewed { reader, shown, .. }) = world.view(bytes) else {
        return;
    };
    let (index, place) = some_index(shown, bytes);
    // One mistake at a time: which of two is named is nobody's promise.
    let wrong = usize::from(place.is_ok() && bytes.rarely(16));
    let size = shown.itemsize() + wrong;
    let expected = match wrong {
        0 => place.map(|place| shown.memory.model.borrow()[place..place + size].to_vec()),
        _ => Err(Kind::Value),
    };
    assert_eq!(reader.read_item(&index, size), expected, "{index:?}");
}

pub fn write_item(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(Viewed { reader, shown, .. }) = world.view(bytes) else {
        return;
    };
    let (index, place) = some_index(shown, bytes);
    let wrong = usize::from(place.is_ok() && !shown.readonly && bytes.rarely(16));
    let item = bytes.several(shown.itemsize() + wrong, Bytes::byte);
    let expected = match place {
        _ if shown.readonly => Err(Kind::Type),
        _ if wrong != 0 => Err(Kind::Value),
        place => place,
    };
    let written = reader.write_item(&index, &item);
    assert_eq!(written.err(), expected.err(), "{index:?}");
    if let Ok(place) = expected {
        shown.believe_written(&[place], &item);
    }
}

/// The address of an item.
pub fn point(world: &mut World, bytes: &mut Bytes<'_>) {
    if let Some(Viewed { reader, shown, .. }) = world.view(bytes) {
        let (index, place) = some_index(shown, bytes);
        let address = place.map(|place| shown.memory.data.wrapping_add(place));
        assert_eq!(reader.item(&index), address, "{index:?}");
    }
    if let Some(filled) = world.buffer(bytes) {
        let (mut index, _) = some_index(&filled.shown, bytes);
        index.resize(filled.shown.geometry.ndim(), 0);
        // CPython's function counts nothing from the end.
        let negative = index.iter().any(|&index| index < 0);
        let expected = match place_of(&filled.shown, &index) {
            Ok(_) if negative => Err(Kind::Index),
            place => place.map(|place| filled.shown.memory.data.wrapping_add(place)),
        };
        // SAFETY: a filled buffer, and an index for each dimension.
        let pointer = || unsafe { capi::pybuf_get_pointer(&*filled.buffer, index.as_ptr()) };
        let pointer = call(pointer, |pointer| pointer.is_null());
        assert_eq!(pointer.map(|pointer| pointer.cast()), expected, "{index:?}");
    }
}

pub fn copy(world: &mut World, bytes: &mut Bytes<'_>) {
    if let (Some(to), Some(from)) = (world.view(bytes), world.view(bytes)) {
        to.copy_from(from);
    }
}

/// A view's items move on by one or two places in one dimension: the two sides overlap.
pub fn shift(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(viewed) = world.view(bytes) else {
        return;
    };
    let dim = bytes.below(viewed.shown.geometry.ndim());
    let by = bytes.within(1..=2) as isize;
    let part = |start, stop| {
        let step = 1;
        viewed.slice(dim, Slice { start, stop, step })
    };
    let (Some(late), Some(early)) = (part(Some(by), None), part(None, Some(-by))) else {
        return;
    };
    match bytes.flag() {
        true => late.copy_from(&early),
        false => early.copy_from(&late),
    }
}

pub fn copy_buffer(world: &mut World, bytes: &mut Bytes<'_>) {
    let (Some(to), Some(from)) = (world.buffer(bytes), world.buffer(bytes)) else {
        return;
    };
    let data = from.shown.read(Order::C);
    // SAFETY: filled buffers; there is one thread.
    let copied = done(|| unsafe { capi::pybuf_copy_data(&*to.buffer, &*from.buffer) });
    assert_eq!(copied, to.shown.may_take(&from.shown));
    if copied.is_ok() {
        to.shown.believe_written(&to.shown.items, &data);
    }
}

/// To other memory, or to that of a view, which may overlap.
pub fn copy_out(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(from) = world.view(bytes) else {
        return;
    };
    let order = bytes.pick(&[Order::C, Order::F]);
    let data = from.shown.read(order);
    let size = data.len() + usize::from(bytes.rarely(16));
    let expected = if size == data.len() {
        Ok(())
    } else {
        Err(Kind::Value)
    };
    let to = world
        .view(bytes)
        .filter(|to| !to.shown.readonly && to.shown.memory.size >= size);
    let Some(to) = to.filter(|_| bytes.flag()) else {
        let mut room = vec![0; size];
        // SAFETY: there is room.
        let copied = unsafe { from.reader.copy_out(room.as_mut_ptr(), size, order) };
        assert_eq!(copied, expected);
        assert!(copied.is_err() || room == data);
        return;
    };
    let memory = &to.shown.memory;
    let at = bytes.below(memory.size - size + 1);
    // SAFETY: so many bytes of a writable memory.
    let copied = unsafe {
        from.reader
            .copy_out(memory.data.wrapping_add(at), size, order)
    };
    assert_eq!(copied, expected);
    if copied.is_ok() {
        memory.model.borrow_mut()[at..at + size].copy_from_slice(&data);
    }
}

/// One of CPython's letters, and the order that it means here.
fn some_order(shown: &Shown, bytes: &mut Bytes<'_>) -> (c_char, Order) {
    let (c, f) = (shown.is_contiguous(Order::C), shown.is_contiguous(Order::F));
    match bytes.below(3) {
        0 => (letter(Order::C), Order::C),
        1 => (letter(Order::F), Order::F),
        _ if f && !c => (b'A' as c_char, Order::F),
        _ => (b'A' as c_char, Order::C),
    }
}

pub fn to_contiguous(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(Filled { buffer, shown, .. }) = world.buffer(bytes) else {
        return;
    };
    let (letter, order) = some_order(shown, bytes);
    let mut room = vec![0; shown.nbytes()];
    let (to, len) = (room.as_mut_ptr().cast(), room.len() as isize);
    // SAFETY: a filled buffer, and room for its bytes.
    let copied = done(|| unsafe { capi::pybuf_to_contiguous(to, &**buffer, len, letter) });
    assert_eq!(copied, Ok(()));
    assert_eq!(room, shown.read(order));
}

pub fn from_contiguous(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(Filled { buffer, shown, .. }) = world.buffer(bytes) else {
        return;
    };
    let (letter, order) = some_order(shown, bytes);
    let first = bytes.byte();
    let len = bytes.below(shown.nbytes() + 2);
    let data: Vec<u8> = (0..len).map(|at| first.wrapping_sub(at as u8)).collect();
    let from = data.as_ptr().cast();
    // SAFETY: a filled buffer, and so many bytes.
    let written =
        done(|| unsafe { capi::pybuf_from_contiguous(&**buffer, from, len as isize, letter) });
    let expected = if shown.readonly {
        Err(Kind::Type)
    } else {
        Ok(())
    };
    assert_eq!(written, expected);
    if written.is_ok() {
        let count = data.len().min(shown.nbytes()) / shown.itemsize();
        let places = &shown.in_order(order)[..count];
        shown.believe_written(places, &data[..count * shown.itemsize()]);
    }
}

impl Viewed {
    fn copy_from(&self, from: &Self) {
        let data = from.shown.read(Order::C);
        let Some(copied) = self.reader.copy_from(&from.reader) else {
            return;
        };
        assert_eq!(copied, self.shown.may_take(&from.shown));
        if copied.is_ok() {
            self.shown.believe_written(&self.shown.items, &data);
        }
    }

    /// Looked at as a whole.
    pub fn assert_contents(&self) {
        for order in [Order::C, Order::F] {
            let expected = self.shown.read(order);
            let mut room = vec![0; expected.len()];
            // SAFETY: there is room.
            let copied = unsafe { self.reader.copy_out(room.as_mut_ptr(), room.len(), order) };
            assert_eq!(copied, Ok(()));
            assert_eq!(room, expected);
            let contiguous = self.shown.is_contiguous(order);
            assert_eq!(self.reader.is_contiguous(order), contiguous);
        }
    }
}

impl Filled {
    /// Looked at as a whole.
    pub fn assert_contents(&self) {
        for order in [Order::C, Order::F] {
            // SAFETY: a filled buffer.
            let says = unsafe { capi::pybuf_is_contiguous(&*self.buffer, letter(order)) };
            assert_eq!(says == 1, self.shown.is_contiguous(order));
        }
    }
}

impl Shown {
    fn may_take(&self, from: &Self) -> Result<(), Kind> {
        let same = self.geometry.shape == from.geometry.shape && self.itemsize() == from.itemsize();
        match same {
            _ if self.readonly => Err(Kind::Type),
            true => Ok(()),
            false => Err(Kind::Value),
        }
    }

    /// Items have been written to these places. Which of them comes last where they overlap is
    /// nobody's promise; but nothing else may lie there.
    pub fn believe_written(&self, places: &[usize], items: &[u8]) {
        let mut written: HashMap<usize, Vec<u8>> = HashMap::new();
        let size = self.itemsize();
        for (&place, item) in places.iter().zip(items.chunks(size)) {
            for (at, &byte) in (place..).zip(item) {
                written.entry(at).or_default().push(byte);
            }
        }
        let before = self.memory.model.borrow().clone();
        self.memory.believe();
        for (at, &byte) in self.memory.model.borrow().iter().enumerate() {
            match written.get(&at) {
                Some(candidates) => assert!(candidates.contains(&byte), "byte {at} of a memory"),
                None => assert_eq!(byte, before[at], "byte {at} of a memory"),
            }
        }
    }
}
