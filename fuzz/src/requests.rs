//! The negotiation, asked of the pure function, of an exporter, and of views, natively lent
//! and taken from an exporter of another make. All of them answer by one table.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use pybuf::abi::Py_buffer;
use pybuf::error::Kind;
use pybuf::request::{Offer, Refusal};
use pybuf::{Layout, Request};

use super::bytes::Bytes;
use super::capi::{self, done, handle};
use super::filled::Lent;
use super::foreign::{self, Foreign};
use super::geometry::{Geometry, narrow};
use super::rules;

const REQUESTS: usize = 16;

/// The size of an item and its format: a single code, and one that is opaque.
const FORMATS: &[(&CStr, usize)] = &[(c"B", 1), (c">h", 2), (c"T{<i:a:b:b:}", 5), (c"d", 8)];

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let (format, itemsize) = bytes.pick(FORMATS);
    let geometry = some_geometry(&mut bytes, itemsize as i128);
    // Nobody reads it: an address and a size are enough.
    let mut memory = vec![0u8; size_of_memory(&geometry)];
    let lent = Lent {
        base: memory.as_mut_ptr(),
        geometry: &geometry,
        format,
        readonly: bytes.flag(),
    };
    let lenders = Lenders::of(&lent, memory.len());
    let layout = layout_of(&geometry);
    let offer = Offer::new(&layout, lent.readonly);
    for _ in 0..REQUESTS {
        let flags = some_flags(&mut bytes);
        let expected = rules::answer(&geometry, lent.readonly, flags);
        let said = offer.answer(Request::from_flags(flags));
        assert_eq!(said, expected, "{geometry:?} asked {flags:#x}");
        lenders.ask(&lent, flags);
        if bytes.is_empty() {
            return;
        }
    }
}

/// Any bits; mostly those that have a meaning.
pub fn some_flags(bytes: &mut Bytes<'_>) -> c_int {
    let low = c_int::from(bytes.byte());
    let high = c_int::from(bytes.byte());
    match high {
        ..0x80 => low | (high & 3) << 8,
        _ => low | high << 8 | c_int::from(bytes.byte()) << 24,
    }
}

/// Contiguous, or nearly so, or not at all.
fn some_geometry(bytes: &mut Bytes<'_>, itemsize: i128) -> Geometry {
    let ndim = match bytes.byte() {
        many @ 250.. => 62 + usize::from(many - 250),
        few => usize::from(few % 5),
    };
    // Lengths of many dimensions are 1, else there would be no end of items.
    let shape = match ndim {
        ..5 => bytes.several(ndim, |bytes| bytes.within(0..=3) as i128),
        _ => vec![1; ndim],
    };
    let order = bytes.pick(&[pybuf::Order::C, pybuf::Order::F]);
    let mut geometry = Geometry::contiguous(itemsize, &shape, order);
    for _ in 0..bytes.below(3) {
        if ndim > 0 {
            let dim = bytes.below(ndim);
            geometry.strides[dim] = bytes.within(-32..=32) as i128;
        }
    }
    if ndim > 0 && bytes.rarely(4) {
        let suboffset = |bytes: &mut Bytes<'_>| bytes.within(-2..=4) as i128;
        geometry.suboffsets = Some(bytes.several(ndim, suboffset));
    }
    // The memory begins with its lowest item.
    let outer = geometry.outermost();
    if !geometry.is_empty() {
        geometry.offset = -outer.address(&outer.extreme(false));
    }
    geometry
}

fn size_of_memory(geometry: &Geometry) -> usize {
    let outer = geometry.outermost();
    match geometry.is_empty() {
        true => 0,
        false => (outer.address(&outer.extreme(true)) + outer.itemsize) as usize,
    }
}

fn layout_of(geometry: &Geometry) -> Layout {
    let numbers = |all: &Vec<i128>| narrow(all);
    Layout::indirect(
        geometry.itemsize as usize,
        &numbers(&geometry.shape),
        &numbers(&geometry.strides),
        geometry.suboffsets.as_ref().map(numbers).as_deref(),
        geometry.offset as isize,
    )
    .expect("a small layout")
}

/// Whoever can be asked for the memory.
struct Lenders {
    exporter: Option<capi::Exporter>,
    views: Vec<capi::View>,
    /// Lends to a view, which goes first.
    _foreign: Box<Foreign>,
}

impl Lenders {
    fn of(lent: &Lent<'_>, size: usize) -> Self {
        let direct = lent.geometry.suboffsets.is_none();
        let exporter = direct.then(|| exporter(lent, size));
        let foreign = Foreign::new(lent.base, lent.geometry, lent.format, lent.readonly);
        let foreign = Box::new(foreign);
        let mut views = Vec::new();
        // A view has no more than 64 dimensions.
        if lent.geometry.ndim() <= 64 {
            views.push(view_of(&foreign));
            views.extend(exporter.as_ref().filter(|_| lent.readonly).map(view));
        }
        Self {
            exporter,
            views,
            _foreign: foreign,
        }
    }

    fn ask(&self, lent: &Lent<'_>, flags: c_int) {
        if let Some(exporter) = &self.exporter {
            ask(lent, flags, |buffer| {
                // SAFETY: a handle, and a valid buffer.
                unsafe { capi::pybuf_getbuffer(exporter.as_ptr(), buffer, flags) }
            });
        }
        for view in &self.views {
            ask(lent, flags, |buffer| {
                // SAFETY: as above.
                unsafe { capi::pybuf_view_getbuffer(view.as_ptr(), buffer, flags) }
            });
        }
    }
}

fn exporter(lent: &Lent<'_>, size: usize) -> capi::Exporter {
    let geometry = lent.geometry;
    let (shape, strides) = (narrow(&geometry.shape), narrow(&geometry.strides));
    let memory = capi::Memory {
        buf: lent.base.cast(),
        size: size as isize,
        format: lent.format.as_ptr(),
        itemsize: geometry.itemsize as isize,
        ndim: if shape.is_empty() {
            -1
        } else {
            shape.len() as i32
        },
        shape: shape.as_ptr(),
        strides: strides.as_ptr(),
        offset: geometry.offset as isize,
        readonly: lent.readonly.into(),
        ..capi::Memory::NOTHING
    };
    // SAFETY: memory that outlives the exporter, and arrays as long as `ndim` says.
    handle(|| unsafe { capi::pybuf_exporter_new(&memory) }).expect("items inside the memory")
}

/// To be read: what it lends is read-only.
fn view(exporter: &capi::Exporter) -> capi::View {
    // SAFETY: a handle.
    handle(|| unsafe { capi::pybuf_exporter_view(exporter.as_ptr(), ptr::null()) })
        .expect("anything was asked for")
}

fn view_of(foreign: &Foreign) -> capi::View {
    let (fill, release) = (
        Some(foreign::getbuffer as _),
        Some(foreign::releasebuffer as _),
    );
    let exporter: *mut c_void = foreign.as_ptr();
    let flags = Request::read().flags();
    // SAFETY: the functions belong to the exporter, which outlives the view.
    handle(|| unsafe { capi::pybuf_view_acquire(exporter, fill, release, flags) })
        .expect("an honest exporter")
}

/// Asks one lender, and compares what it says.
fn ask(lent: &Lent<'_>, flags: c_int, fill: impl FnOnce(*mut Py_buffer) -> c_int) {
    let mut buffer = Py_buffer::empty();
    buffer.obj = ptr::dangling_mut();
    let filled = done(|| fill(&mut buffer));
    match rules::answer(lent.geometry, lent.readonly, flags) {
        Ok(answer) => {
            assert_eq!(filled, Ok(()), "{:?} asked {flags:#x}", lent.geometry);
            lent.assert_answered(&buffer, flags, answer);
            // SAFETY: filled, and not yet released.
            unsafe { capi::pybuf_release(&mut buffer) };
        }
        Err(refusal) => assert_eq!(filled, Err(kind_of(refusal))),
    }
    assert!(buffer.obj.is_null() && buffer.internal.is_null());
}

/// The exception that a refusal is.
pub fn kind_of(refusal: Refusal) -> Kind {
    match refusal {
        Refusal::NotARequest => Kind::System,
        _ => Kind::Buffer,
    }
}
