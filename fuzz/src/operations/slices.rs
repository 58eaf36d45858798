//! Operations that take items as Rust slices, where nobody can write meanwhile.

use std::rc::Rc;
use std::slice;

use pybuf::error::Kind;
use pybuf::exporter::Item;
use pybuf::{Order, View};

use super::super::bytes::Bytes;
use super::super::sharing::Asked;
use super::faces::Reader;
use super::{Viewed, World};

/// Runs a body with the type of the items of a view, or with another one.
macro_rules! with_item {
    ($viewed:expr, $bytes:expr, $T:ident => $body:expr) => {
        match $viewed.shown.format.to_bytes() {
            b"B" if !$bytes.rarely(16) => {
                type $T = u8;
                $body
            }
            b"h" if !$bytes.rarely(16) => {
                type $T = i16;
                $body
            }
            b"d" if !$bytes.rarely(16) => {
                type $T = f64;
                $body
            }
            _ => {
                type $T = u32;
                $body
            }
        }
    };
}

pub fn read(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(viewed) = world.view(bytes) else {
        return;
    };
    if let Reader::Rust(view) = &viewed.reader {
        with_item!(viewed, bytes, T => viewed.assert_slice::<T>(view));
    }
}

pub fn write(world: &mut World, bytes: &mut Bytes<'_>) {
    if world.views.is_empty() {
        return;
    }
    let chosen = bytes.below(world.views.len());
    let viewed = &mut world.views[chosen];
    if matches!(viewed.reader, Reader::Rust(_)) {
        let first = bytes.byte();
        with_item!(viewed, bytes, T => viewed.write_slice::<T>(first));
    }
}

impl Viewed {
    fn assert_slice<T: Item>(&self, view: &View) {
        let promised = matches!(self.export.asked, Asked::Stable | Asked::Exclusive);
        let expected = match promised && self.is_run_of::<T>() {
            true => Ok(self.shown.read(Order::C)),
            false => Err(Kind::Buffer),
        };
        let items = view.as_slice::<T>().map_err(|error| error.kind());
        // SAFETY: items of which every byte has a value.
        let seen = items.map(|items| unsafe {
            slice::from_raw_parts(items.as_ptr().cast::<u8>(), size_of_val(items)).to_vec()
        });
        assert_eq!(seen, expected);
    }

    fn write_slice<T: Item>(&mut self, first: u8) {
        // Whoever was made of the view, or clones it, has its export.
        let alone = Rc::strong_count(&self.export) == 1;
        let exclusive = self.export.asked == Asked::Exclusive && !self.shown.readonly;
        let allowed = alone && exclusive && self.is_run_of::<T>();
        let Reader::Rust(view) = &mut self.reader else {
            return;
        };
        let items = view.as_mut_slice::<T>().map_err(|error| error.kind());
        if !allowed {
            assert_eq!(items.err(), Some(Kind::Buffer));
            return;
        }
        let items = items.expect("a slice to write");
        // SAFETY: as above, and any bytes are an item.
        let raw = unsafe {
            slice::from_raw_parts_mut(items.as_mut_ptr().cast::<u8>(), size_of_val(items))
        };
        for (at, byte) in raw.iter_mut().enumerate() {
            *byte = first.wrapping_add((at as u8).wrapping_mul(3));
        }
        let written = raw.to_vec();
        assert_eq!(written.len(), self.shown.nbytes());
        self.shown.believe_written(&self.shown.items, &written);
    }

    /// Aligned items of this type, one after another.
    fn is_run_of<T: Item>(&self) -> bool {
        let shown = &self.shown;
        let aligned = shown.items.is_empty() || shown.first.addr().is_multiple_of(align_of::<T>());
        shown.format.as_c_str() == T::FORMAT && shown.is_contiguous(Order::C) && aligned
    }
}
