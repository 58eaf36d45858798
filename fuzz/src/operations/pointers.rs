//! Memory behind pointers, as the Python Imaging Library has it, lent by `pybuf_memory`.

use pybuf::error::Kind;

use super::super::bytes::Bytes;
use super::super::capi::{self, handle};
use super::super::geometry::narrow;
use super::super::sharing::Guard;
use super::export::Source;
use super::faces::Lender;
use super::foreign::indirect_memory;
use super::memory::{Given, release};
use super::shown::Shown;
use super::{Exported, World, keep};

const WORD: usize = size_of::<*mut u8>();

pub fn lend_indirect(world: &mut World, bytes: &mut Bytes<'_>) {
    let missing = bytes.rarely(8);
    let shown = indirect_memory(world, bytes, Given::Back, missing);
    let guard = bytes.pick(&[Guard::Plain, Guard::Counted, Guard::Constant]);
    let shown = match guard {
        Guard::Constant => shown.readonly(true),
        _ => shown,
    };
    let (needed, inside) = shown.behind_pointers();
    // What is said of the bytes behind the pointers: nothing, enough, or too little.
    let pointed = bytes.pick(&[0, needed, needed, needed - 1]).max(0);
    let lent = shown.lend_indirect(pointed as isize, guard);
    let empty = shown.geometry.is_empty();
    let refused = !empty && (missing || (pointed > 0 && (!inside || pointed < needed)));
    assert_eq!(lent.as_ref().err(), refused.then_some(&Kind::Value));
    let Ok(lender) = lent else { return };
    let table = shown.table();
    let made = Exported::new(lender, shown, table, Source::new(guard));
    keep(&mut world.exporters, Some(made));
}

impl Shown {
    /// The table of pointers: where it begins, and its size.
    fn table(&self) -> (*mut u8, usize) {
        let pointers = self.memory.pointers.get().map_or(&[][..], |all| &all[..]);
        let begin = pointers.as_ptr().cast_mut().cast::<u8>();
        (begin, pointers.len() * WORD)
    }

    /// How many bytes there have to be behind each pointer, and whether nothing lies before
    /// where they lead.
    fn behind_pointers(&self) -> (i128, bool) {
        let geometry = &self.geometry;
        let begin = geometry.suboffset(0).expect("pointers come first");
        let reaches =
            (1..geometry.ndim()).map(|dim| (geometry.shape[dim] - 1) * geometry.strides[dim]);
        let (low, high) = reaches.fold((begin, begin), |(low, high), reach| {
            (low + reach.min(0), high + reach.max(0))
        });
        (high + geometry.itemsize, low >= 0)
    }

    fn lend_indirect(&self, pointed: isize, guard: Guard) -> Result<Lender, Kind> {
        let geometry = &self.geometry;
        let (table, size) = self.table();
        let suboffsets = geometry.suboffsets.as_deref().map(narrow);
        let (shape, strides) = (narrow(&geometry.shape), narrow(&geometry.strides));
        let described = capi::Memory {
            buf: table.cast(),
            size: size as isize,
            format: self.format.as_ptr(),
            ndim: shape.len() as i32,
            shape: shape.as_ptr(),
            strides: strides.as_ptr(),
            offset: self.first.addr().wrapping_sub(table.addr()) as isize,
            suboffsets: suboffsets
                .as_ref()
                .map_or(std::ptr::null(), |all| all.as_ptr()),
            pointed,
            readonly: self.readonly.into(),
            guarded: (guard == Guard::Counted).into(),
            constant: (guard == Guard::Constant).into(),
            release: Some(release),
            context: self.memory.context(),
            ..capi::Memory::NOTHING
        };
        // SAFETY: the table and what it leads to stay until the callback.
        handle(|| unsafe { capi::pybuf_exporter_new(&described) }).map(Lender::C)
    }
}
