//! Operations that make exporters, and let go of them.

use std::ffi::{CStr, CString};
use std::ptr;
use std::rc::Rc;

use pybuf::error::Kind;
use pybuf::{Exporter, Order};

use super::super::bytes::Bytes;
use super::super::capi::{self, handle};
use super::super::geometry::{Geometry, wide};
use super::describe::Description;
use super::faces::{Lender, letter};
use super::memory::{Given, Memory, Owned, release};
use super::shown::{Shown, Stated, format_of_bytes};
use super::{Exported, World, keep, take};

/// Memory of the caller's, with a release callback or owned by a Rust value.
pub fn lend(world: &mut World, bytes: &mut Bytes<'_>) {
    let description = Description::some(bytes).sized(bytes);
    let memory = Rc::new(Memory::new(description.size, bytes.byte(), Given::Back));
    world.memories.push(memory.clone());
    let lent = match bytes.flag() {
        true => lend_in_c(&memory, &description),
        false => lend_in_rust(&memory, &description),
    };
    let expected = description.resolve(memory.size);
    assert_eq!(lent.as_ref().err(), expected.as_ref().err());
    let (Ok(lender), Ok(geometry)) = (lent, expected) else {
        return;
    };
    let format = description.format_text();
    let shown = Shown::new(&memory, geometry, &format, description.readonly);
    keep(
        &mut world.exporters,
        Some(Exported::new(lender, shown, memory.data, memory.size)),
    );
}

fn lend_in_c(memory: &Rc<Memory>, description: &Description) -> Result<Lender, Kind> {
    let described = capi::Memory {
        buf: memory.data.cast(),
        release: Some(release),
        context: memory.context(),
        ..description.as_c()
    };
    // SAFETY: the memory stays until the callback.
    handle(|| unsafe { capi::pybuf_exporter_new(&described) }).map(Lender::C)
}

fn lend_in_rust(memory: &Rc<Memory>, description: &Description) -> Result<Lender, Kind> {
    let owned = Owned {
        memory: Rc::as_ptr(memory),
        readonly: description.readonly,
    };
    let format = description.format_text();
    let itemsize = description.itemsize;
    let mut lend = Exporter::new(owned)
        .offset(description.offset)
        .order(description.order)
        .format(&format, Some(itemsize));
    if let Some(strides) = &description.strides {
        lend = lend.strides(strides);
    }
    let lengths = |shape: &[isize]| {
        shape
            .iter()
            .map(|&length| length as usize)
            .collect::<Vec<_>>()
    };
    match description.shape.as_deref().map(lengths).as_deref() {
        None => lend.flat(),
        Some([]) => lend.shape([]),
        Some(&[a]) => lend.shape([a]),
        Some(&[a, b]) => lend.shape([a, b]),
        Some(&[a, b, c, ..]) => lend.shape([a, b, c]),
    }
    .map(Lender::Rust)
    .map_err(|error| error.kind())
}

/// A read-only copy, or zeros.
pub fn lend_bytes(world: &mut World, bytes: &mut Bytes<'_>) {
    let (size, first) = (bytes.below(24), bytes.byte());
    let pattern: Vec<u8> = (0..size).map(|at| (at as u8).wrapping_mul(first)).collect();
    let zeros = first == 0;
    let lent = match bytes.flag() {
        true => {
            let data = if zeros {
                ptr::null()
            } else {
                pattern.as_ptr().cast()
            };
            // SAFETY: so many bytes.
            handle(|| unsafe { capi::pybuf_bytes_new(data, size as isize) }).map(Lender::C)
        }
        false if zeros => Exporter::zeros(size)
            .map(Lender::Rust)
            .map_err(|e| e.kind()),
        false => Exporter::copy_of(&pattern)
            .map(Lender::Rust)
            .map_err(|e| e.kind()),
    };
    let geometry = Geometry::contiguous(1, &[size as i128], Order::C);
    world.keep_own(lent.expect("bytes"), pattern, geometry, (c"B", true));
}

/// Memory of the library's own, to be written.
pub fn lend_array(world: &mut World, bytes: &mut Bytes<'_>) {
    let description = Description::some(bytes);
    let shape = description.shape.clone().unwrap_or_default();
    let format = description.format_text();
    let (order, lent) = match bytes.flag() {
        true => {
            let (ndim, size) = (shape.len() as i32, description.itemsize as isize);
            let (text, order) = (format.as_ptr(), letter(description.order));
            let shape = shape.as_ptr();
            // SAFETY: so many lengths, and a string.
            let lent =
                handle(|| unsafe { capi::pybuf_ndarray_new(ndim, shape, text, size, order) });
            (description.order, lent.map(Lender::C))
        }
        false => {
            let lent = Exporter::zeroed(&format, Some(description.itemsize), &shape);
            (
                Order::C,
                lent.map(Lender::Rust).map_err(|error| error.kind()),
            )
        }
    };
    let geometry = Geometry::contiguous(description.itemsize as i128, &wide(&shape), order);
    let zeros = vec![0; (geometry.len() * geometry.itemsize) as usize];
    world.keep_own(lent.expect("an array"), zeros, geometry, (&format, false));
}

/// Part of what an exporter has, under a description of its own. Rust has no such door.
pub fn lend_part(world: &mut World, bytes: &mut Bytes<'_>) {
    let mut part = Description::some(bytes).sized(bytes);
    let Some(base) = world.exporter(bytes) else {
        return;
    };
    let Lender::C(exporter) = &base.lender else {
        return;
    };
    if base.shown.geometry.is_indirect() || bytes.rarely(2) {
        part.size = 0;
    }
    let expected = base.part(&part);
    // SAFETY: a handle; the arrays are as long as `ndim` says.
    let lent = handle(|| unsafe { capi::pybuf_exporter_part(exporter.as_ptr(), &part.as_c()) });
    assert_eq!(lent.as_ref().err(), expected.as_ref().err());
    let made = lent
        .ok()
        .zip(expected.ok())
        .map(|(exporter, (shown, size))| {
            Exported::new(Lender::C(exporter), shown, base.start, size)
        });
    keep(&mut world.exporters, made);
}

/// What a view shows, lent on.
pub fn lend_view(world: &mut World, bytes: &mut Bytes<'_>) {
    let Some(viewed) = world.view(bytes) else {
        return;
    };
    let shown = viewed.shown.clone();
    let lender = viewed.reader.lend().expect("an exporter of a view");
    let (low, high) = (shown.items.iter().min(), shown.items.iter().max());
    let (start, size) = match (low, high) {
        (Some(&low), Some(&high)) => (
            shown.memory.data.wrapping_add(low),
            high - low + shown.itemsize(),
        ),
        _ => (shown.first, 0),
    };
    keep(
        &mut world.exporters,
        Some(Exported::new(lender, shown, start, size)),
    );
}

pub fn clone_exporter(world: &mut World, bytes: &mut Bytes<'_>) {
    let clone = world.exporter(bytes).cloned();
    keep(&mut world.exporters, clone);
}

pub fn drop_exporter(world: &mut World, bytes: &mut Bytes<'_>) {
    drop(take(&mut world.exporters, bytes));
}

impl World {
    /// Memory that the library has allocated.
    fn keep_own(
        &mut self,
        lender: Lender,
        bytes: Vec<u8>,
        geometry: Geometry,
        (format, readonly): (&CStr, bool),
    ) {
        let memory = Rc::new(Memory::of_the_library(lender.data(), bytes));
        self.memories.push(memory.clone());
        let shown = Shown::new(&memory, geometry, format, readonly);
        keep(
            &mut self.exporters,
            Some(Exported::new(lender, shown, memory.data, memory.size)),
        );
    }
}

impl Exported {
    fn new(lender: Lender, shown: Shown, start: *mut u8, size: usize) -> Self {
        assert_eq!(lender.data(), shown.first);
        if let Lender::Rust(exporter) = &lender {
            shown.assert_stated(Stated {
                first: exporter.data(),
                geometry: Geometry {
                    offset: 0,
                    ..Geometry::of(&exporter.layout())
                },
                format: exporter.format().text().to_owned(),
                readonly: exporter.is_readonly(),
            });
            assert!(shown.geometry.is_indirect() || exporter.size() == size);
        }
        Self {
            lender,
            shown,
            start,
            size,
        }
    }

    /// What should come of a part, and how large its memory is.
    fn part(&self, part: &Description) -> Result<(Shown, usize), Kind> {
        let size = if part.size == 0 { self.size } else { part.size };
        if self.shown.geometry.is_indirect() {
            return Err(Kind::NotImplemented);
        }
        if size > self.size {
            return Err(Kind::Value);
        }
        let mut geometry = part.resolve(size)?;
        let memory = &self.shown.memory;
        geometry.offset += self.start.addr() as i128 - memory.data.addr() as i128;
        let readonly = part.readonly || self.shown.readonly;
        Ok((
            Shown::new(memory, geometry, &part.format_text(), readonly),
            size,
        ))
    }
}

impl Description {
    fn format_text(&self) -> CString {
        match self.format {
            Some(text) => text.to_owned(),
            None => format_of_bytes(self.itemsize as i128),
        }
    }
}
