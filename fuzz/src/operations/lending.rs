//! Operations that make exporters, and let go of them.

use std::ffi::{CStr, CString};
use std::ptr;
use std::rc::Rc;

use pybuf::error::Kind;
use pybuf::{Exporter, Order};

use super::super::bytes::Bytes;
use super::super::capi::{self, handle};
use super::super::geometry::{Geometry, wide};
use super::super::sharing::Guard;
use super::describe::Description;
use super::export::Source;
use super::faces::{Lender, letter};
use super::memory::{Given, Memory, Owned, release};
use super::shown::{Shown, Stated, format_of_bytes};
use super::{Exported, World, keep, take};

/// Memory of the caller's, with a release callback or owned by a Rust value.
pub fn lend(world: &mut World, bytes: &mut Bytes<'_>) {
    let description = Description::some(bytes).sized(bytes);
    let first = bytes.byte();
    let in_c = bytes.flag();
    let guard = if in_c { Guard::Plain } else { Guard::Counted };
    world.lend(&description, guard, first, in_c);
}

/// The same, where it is said who else uses the memory.
pub fn lend_guarded(world: &mut World, bytes: &mut Bytes<'_>) {
    let description = Description::some(bytes).sized(bytes);
    let first = bytes.byte();
    let guard = bytes.pick(&[
        Guard::Counted,
        Guard::Counted,
        Guard::Constant,
        Guard::Plain,
    ]);
    world.lend(&description, guard, first, bytes.flag());
}

impl World {
    fn lend(&mut self, description: &Description, guard: Guard, first: u8, in_c: bool) {
        let memory = Rc::new(Memory::new(description.size, first, Given::Back));
        self.memories.push(memory.clone());
        let lent = match in_c {
            true => lend_in_c(&memory, description, guard),
            false => lend_in_rust(&memory, description, guard),
        };
        let expected = description.resolve(memory.size);
        assert_eq!(lent.as_ref().err(), expected.as_ref().err());
        let (Ok(lender), Ok(geometry)) = (lent, expected) else {
            return;
        };
        let readonly = description.readonly || guard == Guard::Constant;
        // What a Rust value owns and nobody may write is not written by anybody.
        let guard = match guard {
            Guard::Counted if readonly && !in_c => Guard::Constant,
            said => said,
        };
        let shown = Shown::new(&memory, geometry, &description.format_text(), readonly);
        let made = Exported::new(
            lender,
            shown,
            (memory.data, memory.size),
            Source::new(guard),
        );
        keep(&mut self.exporters, Some(made));
    }
}

fn lend_in_c(memory: &Rc<Memory>, description: &Description, guard: Guard) -> Result<Lender, Kind> {
    let described = capi::Memory {
        buf: memory.data.cast(),
        release: Some(release),
        context: memory.context(),
        guarded: (guard == Guard::Counted).into(),
        constant: (guard == Guard::Constant).into(),
        ..description.as_c()
    };
    // SAFETY: the memory stays until the callback.
    handle(|| unsafe { capi::pybuf_exporter_new(&described) }).map(Lender::C)
}

fn lend_in_rust(
    memory: &Rc<Memory>,
    description: &Description,
    guard: Guard,
) -> Result<Lender, Kind> {
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
    lend = match guard {
        Guard::Plain => lend.unguarded(),
        Guard::Constant => lend.readonly(),
        Guard::Counted => lend,
    };
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
    let lender = lent.expect("bytes");
    let memory = Memory::of_the_library(lender.data(), pattern);
    world.keep_own(lender, memory, geometry, (c"B", true), Guard::Constant);
}

/// Memory of the library's own, to be written.
pub fn lend_array(world: &mut World, bytes: &mut Bytes<'_>) {
    let description = Description::some(bytes);
    let shape = description.shape.clone().unwrap_or_default();
    let format = description.format_text();
    let (order, guard, lent) = match bytes.flag() {
        true => {
            let (ndim, size) = (shape.len() as i32, description.itemsize as isize);
            let (text, order) = (format.as_ptr(), letter(description.order));
            let shape = shape.as_ptr();
            // SAFETY: so many lengths, and a string.
            let lent =
                handle(|| unsafe { capi::pybuf_ndarray_new(ndim, shape, text, size, order) });
            (description.order, Guard::Plain, lent.map(Lender::C))
        }
        false => {
            let lent = Exporter::zeroed(&format, Some(description.itemsize), &shape);
            (
                Order::C,
                Guard::Counted,
                lent.map(Lender::Rust).map_err(|error| error.kind()),
            )
        }
    };
    let geometry = Geometry::contiguous(description.itemsize as i128, &wide(&shape), order);
    let zeros = vec![0; (geometry.len() * geometry.itemsize) as usize];
    let lender = lent.expect("an array");
    let memory = Memory::of_the_library(lender.data(), zeros);
    world.keep_own(lender, memory, geometry, (&format, false), guard);
}

/// Memory of the library's own, as described. Rust has no such door.
pub fn lend_allocated(world: &mut World, bytes: &mut Bytes<'_>) {
    let mut description = Description::some(bytes).sized(bytes);
    if bytes.flag() {
        description.size = 0;
    }
    let said = bytes.byte();
    let (guarded, constant) = (said & 1 != 0, said & 6 == 6);
    // Who lends memory of his own wants none.
    let own = said & 56 == 56;
    let mut word = 0u64;
    let described = capi::Memory {
        buf: if own {
            (&raw mut word).cast()
        } else {
            ptr::null_mut()
        },
        allocate: 1,
        guarded: guarded.into(),
        constant: constant.into(),
        ..description.as_c()
    };
    // SAFETY: the arrays are as long as `ndim` says.
    let lent = handle(|| unsafe { capi::pybuf_exporter_new(&described) }).map(Lender::C);
    let size = description.size_allocated();
    let expected = match own || (guarded && constant) {
        true => Err(Kind::Value),
        false => description.resolve(size),
    };
    assert_eq!(lent.as_ref().err(), expected.as_ref().err());
    let (Ok(lender), Ok(geometry)) = (lent, expected) else {
        return;
    };
    let start = lender.data().wrapping_offset(-description.offset);
    let memory = Memory::of_the_library(start, vec![0; size]);
    let guard = match (guarded, constant) {
        (true, _) => Guard::Counted,
        (_, true) => Guard::Constant,
        _ => Guard::Plain,
    };
    let readonly = description.readonly || constant;
    let format = description.format_text();
    world.keep_own(lender, memory, geometry, (&format, readonly), guard);
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
            let source = base.source.clone();
            Exported::new(Lender::C(exporter), shown, (base.start, size), source)
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
    let source = viewed.export.lent_on();
    let made = Exported::new(lender, shown, (start, size), source);
    keep(&mut world.exporters, Some(made));
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
        memory: Memory,
        geometry: Geometry,
        (format, readonly): (&CStr, bool),
        guard: Guard,
    ) {
        let memory = Rc::new(memory);
        self.memories.push(memory.clone());
        let shown = Shown::new(&memory, geometry, format, readonly);
        let all = (memory.data, memory.size);
        let made = Exported::new(lender, shown, all, Source::new(guard));
        keep(&mut self.exporters, Some(made));
    }
}

impl Exported {
    pub fn new(
        lender: Lender,
        shown: Shown,
        (start, size): (*mut u8, usize),
        source: Source,
    ) -> Self {
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
            source,
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
