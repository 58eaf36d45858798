//! Operations that take memory from an exporter of another make: strided, or behind pointers.

use std::ffi::c_int;
use std::ptr;
use std::rc::Rc;

use pybuf::Order;
use pybuf::abi::*;
use pybuf::error::Kind;

use super::super::bytes::Bytes;
use super::super::foreign::{Foreign, getbuffer, releasebuffer};
use super::super::geometry::{Geometry, each_index};
use super::super::requests::some_flags;
use super::describe::Description;
use super::export::Export;
use super::memory::{Given, Memory};
use super::shown::Shown;
use super::viewing::acquire;
use super::{World, keep};

const WORD: i128 = size_of::<*mut u8>() as i128;

/// From an exporter of another make, which gives everything whatever it is asked.
pub fn acquire_foreign(world: &mut World, bytes: &mut Bytes<'_>) {
    let shown = match bytes.flag() {
        true => Some(indirect_memory(world, bytes, Given::ByForeign, false)),
        false => direct_memory(world, bytes),
    };
    let Some(shown) = shown else { return };
    let mut foreign = Foreign::new(shown.first, &shown.geometry, &shown.format, shown.readonly);
    foreign.points_into_itself = bytes.flag();
    let memory = shown.memory.clone();
    let foreign = memory.foreign.get_or_init(|| foreign);
    let flags = match bytes.rarely(4) {
        true => some_flags(bytes),
        false => bytes.pick(&[PyBUF_FULL, PyBUF_FULL_RO]),
    };
    let functions = (
        foreign.as_ptr(),
        getbuffer as GetBuffer,
        Some(releasebuffer as ReleaseBuffer),
    );
    let seen = shown.believed(flags).map(|seen| (seen, Export::foreign()));
    let made = acquire(functions, flags, seen, bytes.flag());
    drop(memory);
    keep(&mut world.views, made);
}

impl Shown {
    /// What is made of an answer with everything in it, though so much was asked for.
    fn believed(self, flags: c_int) -> Result<Self, Kind> {
        let asks = |flag: c_int| flags & flag == flag;
        let (c, f) = (self.is_contiguous(Order::C), self.is_contiguous(Order::F));
        let refused = asks(PyBUF_WRITABLE) && self.readonly
            || !asks(PyBUF_INDIRECT) && self.geometry.suboffsets.is_some()
            || asks(PyBUF_C_CONTIGUOUS) && !c
            || asks(PyBUF_F_CONTIGUOUS) && !f
            || asks(PyBUF_ANY_CONTIGUOUS) && !c && !f
            || !asks(PyBUF_STRIDES) && !c;
        if refused {
            return Err(Kind::Buffer);
        }
        let mut seen = self;
        if seen.geometry.ndim() == 0 && !asks(PyBUF_ND) {
            seen.geometry = Geometry::contiguous(seen.geometry.itemsize, &[1], Order::C);
        }
        Ok(seen)
    }
}

/// Strides and perhaps suboffsets that mean nothing.
fn direct_memory(world: &mut World, bytes: &mut Bytes<'_>) -> Option<Shown> {
    let description = Description::some(bytes).sized(bytes);
    let mut geometry = description.resolve(description.size).ok()?;
    if geometry.ndim() > 0 && bytes.rarely(4) {
        geometry.suboffsets = Some(vec![-1; geometry.ndim()]);
    }
    let memory = Memory::new(description.size, bytes.byte(), Given::ByForeign);
    let memory = Rc::new(memory);
    world.memories.push(memory.clone());
    let format = description.format?;
    Some(Shown::new(&memory, geometry, format, description.readonly))
}

/// Pointers to rows that lie anywhere in the memory, as the Python Imaging Library has them. Where one is
/// `missing` it is the last, NULL.
pub fn indirect_memory(
    world: &mut World,
    bytes: &mut Bytes<'_>,
    given: Given,
    missing: bool,
) -> Shown {
    let (rows, suboffset) = (bytes.below(4), bytes.below(4) as i128);
    let inner = bytes.below(3);
    let lengths = bytes.several(inner, |bytes| bytes.below(4) as i128);
    let steps = bytes.several(inner, |bytes| bytes.within(-8..=8) as i128);
    let memory = Rc::new(Memory::new(96, bytes.byte(), given));
    world.memories.push(memory.clone());
    // Of a row at 32 all items lie inside, and of one 31 bytes further.
    let starts = bytes.several(rows, |bytes| 32 + bytes.below(32) as i128 - suboffset);
    let row = Geometry {
        itemsize: 1,
        offset: suboffset,
        shape: lengths.clone(),
        strides: steps.clone(),
        suboffsets: None,
    };
    let backwards = bytes.flag();
    let mut pointers: Vec<*mut u8> = (starts.iter())
        .map(|&start| memory.data.wrapping_offset(start as isize))
        .collect();
    if let Some(last) = pointers.last_mut().filter(|_| missing) {
        *last = ptr::null_mut();
    }
    let pointers = memory.pointers.get_or_init(|| pointers);
    let mut items = Vec::new();
    for k in 0..rows {
        let start = starts[if backwards { rows - 1 - k } else { k }];
        each_index(&lengths, |index| {
            items.push((start + row.address(index)) as usize)
        });
    }
    let last = if backwards { rows.max(1) - 1 } else { 0 };
    let geometry = Geometry {
        itemsize: 1,
        offset: 0,
        shape: [vec![rows as i128], lengths].concat(),
        strides: [vec![if backwards { -WORD } else { WORD }], steps].concat(),
        suboffsets: Some([vec![suboffset], vec![-1; inner]].concat()),
    };
    Shown {
        items,
        first: pointers.as_ptr().cast_mut().wrapping_add(last).cast(),
        geometry,
        format: c"B".to_owned(),
        readonly: bytes.rarely(4),
        memory: memory.clone(),
    }
}
