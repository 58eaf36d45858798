//! What a handle shows of a memory: the list of the places of its items, and the numbers by
//! which it says so.

use std::ffi::{CStr, CString, c_int};
use std::rc::Rc;

use pybuf::error::Kind;
use pybuf::request::Answer;
use pybuf::{Order, Slice};

use super::super::filled::Lent;
use super::super::geometry::{Geometry, each_index, picked};
use super::super::{requests::kind_of, rules};
use super::memory::Memory;

#[derive(Clone)]
pub struct Shown {
    pub memory: Rc<Memory>,
    /// Where each item lies, in bytes from the memory's begin, in C order.
    pub items: Vec<usize>,
    /// The address of the item with all indices zero (of the first pointer).
    pub first: *mut u8,
    /// The numbers, from `first` on.
    pub geometry: Geometry,
    pub format: CString,
    pub readonly: bool,
}

/// What a handle says of itself.
#[derive(Debug, PartialEq)]
pub struct Stated {
    pub first: *mut u8,
    pub geometry: Geometry,
    pub format: CString,
    pub readonly: bool,
}

/// What no format means.
pub fn format_of_bytes(itemsize: i128) -> CString {
    let text = match itemsize {
        1 => "B".to_owned(),
        size => format!("{size}s"),
    };
    CString::new(text).expect("no NUL")
}

impl Shown {
    /// Direct memory.
    pub fn new(memory: &Rc<Memory>, geometry: Geometry, format: &CStr, readonly: bool) -> Self {
        let items = geometry.items().iter().map(|&item| item as usize).collect();
        Self {
            items,
            first: memory.data.wrapping_offset(geometry.offset as isize),
            memory: memory.clone(),
            geometry: Geometry {
                offset: 0,
                ..geometry
            },
            format: format.to_owned(),
            readonly,
        }
    }

    pub fn readonly(self, readonly: bool) -> Self {
        Self { readonly, ..self }
    }

    pub fn itemsize(&self) -> usize {
        self.geometry.itemsize as usize
    }

    pub fn nbytes(&self) -> usize {
        self.items.len() * self.itemsize()
    }

    pub fn is_contiguous(&self, order: Order) -> bool {
        let direct = self.geometry.suboffsets.is_none();
        direct && (self.items.is_empty() || self.geometry.is_run(order))
    }

    /// A handle states what it should, and its numbers lead to the items.
    pub fn assert_stated(&self, stated: Stated) {
        let Self {
            geometry, first, ..
        } = self;
        let expected = Stated {
            first: *first,
            geometry: geometry.clone(),
            format: self.format.clone(),
            readonly: self.readonly,
        };
        assert_eq!(stated, expected);
        let base = self.memory.data.addr() as i128;
        let mut items = self.items.iter();
        let start = Geometry {
            offset: first.addr() as i128,
            ..geometry.clone()
        };
        each_index(&geometry.shape, |index| {
            let expected = items.next().map(|&item| base + item as i128);
            assert_eq!(Some(start.address_by(index, pointer_at)), expected);
        });
        assert_eq!(items.next(), None);
    }

    /// The bytes of all items, says the model.
    pub fn read(&self, order: Order) -> Vec<u8> {
        let model = self.memory.model.borrow();
        let places = self.in_order(order);
        let item = |place: usize| &model[place..place + self.itemsize()];
        places.into_iter().flat_map(item).copied().collect()
    }

    /// The places of the items in either order.
    pub fn in_order(&self, order: Order) -> Vec<usize> {
        if order == Order::C {
            return self.items.clone();
        }
        let mut steps = Geometry::contiguous(1, &self.geometry.shape, Order::C).strides;
        let mut shape = self.geometry.shape.clone();
        steps.reverse();
        shape.reverse();
        let mut places = Vec::new();
        each_index(&shape, |index| {
            let at: i128 = index.iter().zip(&steps).map(|(i, step)| i * step).sum();
            places.push(self.items[at as usize]);
        });
        places
    }

    /// Those of the items whose index in `dim` is picked.
    pub fn slice(&self, dim: usize, slice: Slice) -> Result<Self, Kind> {
        if dim >= self.geometry.ndim() {
            return Err(Kind::Index);
        }
        if slice.step == 0 {
            return Err(Kind::Value);
        }
        let (start, count) = picked(self.geometry.shape[dim], slice);
        let step = slice.step as i128;
        let index = |k: i128| start + k * step;
        let mut sliced = self.clone();
        sliced.geometry.shape[dim] = count;
        let stride = self.geometry.strides[dim];
        sliced.geometry.strides[dim] = (stride as isize).wrapping_mul(slice.step) as i128;
        sliced.items.clear();
        let steps = Geometry::contiguous(1, &self.geometry.shape, Order::C).strides;
        each_index(&sliced.geometry.shape, |at| {
            let place = |k: usize| steps[k] * if k == dim { index(at[k]) } else { at[k] };
            let place: i128 = (0..at.len()).map(place).sum();
            sliced.items.push(self.items[place as usize]);
        });
        if sliced.items.is_empty() {
            return Ok(sliced);
        }
        if self.geometry.slice_fails(dim, start) {
            return Err(Kind::NotImplemented);
        }
        sliced.begin(dim, start * stride);
        Ok(sliced)
    }

    /// Moves the first item: behind the nearest pointer of an outer dimension, if there is one.
    fn begin(&mut self, dim: usize, distance: i128) {
        let pointer = (0..dim)
            .rev()
            .find(|&outer| self.geometry.suboffset(outer).is_some());
        match (&mut self.geometry.suboffsets, pointer) {
            (Some(suboffsets), Some(outer)) => suboffsets[outer] += distance,
            _ => self.first = self.first.wrapping_offset(distance as isize),
        }
    }

    pub fn transpose(&self, axes: &[usize]) -> Result<Self, Kind> {
        let mut sorted = axes.to_vec();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..self.geometry.ndim()) {
            return Err(Kind::Value);
        }
        if self.geometry.crosses_pointer(axes) {
            return Err(Kind::NotImplemented);
        }
        let reorder = |all: &[i128]| axes.iter().map(|&axis| all[axis]).collect::<Vec<_>>();
        let old = &self.geometry;
        let steps = reorder(&Geometry::contiguous(1, &old.shape, Order::C).strides);
        let shape = reorder(&old.shape);
        let mut items = Vec::new();
        each_index(&shape, |index| {
            let at: i128 = index.iter().zip(&steps).map(|(i, step)| i * step).sum();
            items.push(self.items[at as usize]);
        });
        Ok(Self {
            items,
            geometry: Geometry {
                shape,
                strides: reorder(&old.strides),
                suboffsets: old.suboffsets.clone(),
                ..*old
            },
            ..self.clone()
        })
    }

    /// What a consumer sees who asks so.
    pub fn answered(&self, flags: c_int) -> Result<(Self, Answer), Kind> {
        let answer = rules::answer(&self.geometry, self.readonly, flags).map_err(kind_of)?;
        let mut seen = self.clone();
        if answer.one_dimension && !answer.format {
            let bytes = |&item: &usize| item..item + self.itemsize();
            seen.items = self.items.iter().flat_map(bytes).collect();
            seen.geometry = Geometry::contiguous(1, &[self.nbytes() as i128], Order::C);
        } else if !answer.strides {
            seen.geometry =
                Geometry::contiguous(self.geometry.itemsize, &self.geometry.shape, Order::C);
        }
        if !answer.format {
            seen.format = format_of_bytes(seen.geometry.itemsize);
        }
        Ok((seen, answer))
    }

    pub fn lent(&self) -> Lent<'_> {
        Lent {
            base: self.first,
            geometry: &self.geometry,
            format: &self.format,
            readonly: self.readonly,
        }
    }
}

fn pointer_at(address: i128) -> i128 {
    let pointer = std::ptr::with_exposed_provenance::<*const u8>(address as usize);
    // SAFETY: the memory is not given back, and a pointer lies here.
    unsafe { pointer.read_unaligned() }.addr() as i128
}
