//! How memory is to be lent, drawn from the bytes; what should come of it; and the same for C.

use std::ffi::CStr;
use std::ptr;

use pybuf::Order;
use pybuf::error::Kind;

use super::super::bytes::Bytes;
use super::super::capi;
use super::super::geometry::{Geometry, wide};

/// A format with the size of its items, and whether the size has to be said.
type Format = (Option<&'static CStr>, usize, bool);

const FORMATS: &[Format] = &[
    (None, 1, false),
    (None, 3, true),
    (Some(c"B"), 1, false),
    (Some(c"h"), 2, false),
    (Some(c">i"), 4, true),
    (Some(c"d"), 8, false),
    (Some(c"T{<i:a:b:b:}"), 5, true),
];

pub struct Description {
    pub format: Option<&'static CStr>,
    /// The true one.
    pub itemsize: usize,
    itemsize_said: bool,
    pub shape: Option<Vec<isize>>,
    pub strides: Option<Vec<isize>>,
    pub order: Order,
    pub offset: isize,
    pub readonly: bool,
    /// Of the memory, or the part of it.
    pub size: usize,
}

impl Description {
    pub fn some(bytes: &mut Bytes<'_>) -> Self {
        let (format, itemsize, itemsize_said) = bytes.pick(FORMATS);
        let ndim = bytes.below(4);
        let said = bytes.byte();
        let strides = |bytes: &mut Bytes<'_>| bytes.several(ndim, |b| b.within(-16..=16) as isize);
        let with_strides = said & 6 == 6;
        Self {
            format,
            itemsize,
            itemsize_said,
            shape: (said & 1 == 0 || ndim > 0)
                .then(|| bytes.several(ndim, |bytes| bytes.below(5) as isize)),
            strides: with_strides.then(|| strides(bytes)),
            order: if said & 8 == 0 { Order::C } else { Order::F },
            offset: if said & 48 == 48 {
                bytes.within(-2..=40) as isize
            } else {
                0
            },
            readonly: said & 192 == 192,
            size: 0,
        }
    }

    /// As large as the items need, or so.
    pub fn sized(mut self, bytes: &mut Bytes<'_>) -> Self {
        let Some(shape) = self.shape.as_deref() else {
            self.size = bytes.below(32) * self.itemsize + usize::from(bytes.rarely(8));
            return self;
        };
        let geometry = self.items(&wide(shape));
        if geometry.is_empty() {
            self.size = bytes.below(3);
            return self;
        }
        // Memory that begins with the lowest item, unless an offset is said.
        if self.offset == 0 {
            self.offset = -(geometry.address(&geometry.extreme(false)) as isize);
        }
        let highest = geometry.address(&geometry.extreme(true)) + self.offset as i128;
        let size = highest + geometry.itemsize - i128::from(bytes.rarely(16));
        self.size = size.clamp(0, 1024) as usize;
        self
    }

    fn items(&self, shape: &[i128]) -> Geometry {
        let contiguous = Geometry::contiguous(self.itemsize as i128, shape, self.order);
        match &self.strides {
            Some(strides) => Geometry {
                strides: wide(strides),
                ..contiguous
            },
            None => contiguous,
        }
    }

    /// What should come of it in so many bytes of memory.
    pub fn resolve(&self, size: usize) -> Result<Geometry, Kind> {
        let (size, itemsize) = (size as i128, self.itemsize as i128);
        let offset = self.offset as i128;
        let shape = match &self.shape {
            Some(shape) => wide(shape),
            None if self.strides.is_some() || !(0..=size).contains(&offset) => {
                return Err(Kind::Value);
            }
            None if (size - offset) % itemsize != 0 => return Err(Kind::Value),
            None => vec![(size - offset) / itemsize],
        };
        if self.strides.is_some() && self.order == Order::F {
            return Err(Kind::Value);
        }
        let geometry = Geometry {
            offset,
            ..self.items(&shape)
        };
        let inside = |item: &i128| *item >= 0 && item + itemsize <= size;
        let fits = match geometry.is_empty() {
            true => (0..=size).contains(&offset),
            false => geometry.items().iter().all(inside),
        };
        if fits { Ok(geometry) } else { Err(Kind::Value) }
    }

    /// How much is allocated where so much is said.
    pub fn size_allocated(&self) -> usize {
        match (self.size, &self.shape) {
            (0, Some(shape)) => {
                let items = self.items(&wide(shape));
                self.offset.unsigned_abs() + (items.len() * items.itemsize) as usize
            }
            (said, _) => said,
        }
    }

    /// The struct of C. It points into this.
    pub fn as_c(&self) -> capi::Memory {
        let array = |numbers: &Option<Vec<isize>>| match numbers {
            Some(numbers) => numbers.as_ptr(),
            None => ptr::null(),
        };
        capi::Memory {
            size: self.size as isize,
            format: self.format.map_or(ptr::null(), CStr::as_ptr),
            itemsize: if self.itemsize_said {
                self.itemsize as isize
            } else {
                0
            },
            ndim: match self.shape.as_deref() {
                None => 0,
                Some([]) => -1,
                Some(shape) => shape.len() as i32,
            },
            order: if self.order == Order::F {
                i32::from(b'F')
            } else {
                0
            },
            shape: array(&self.shape),
            strides: array(&self.strides),
            offset: self.offset,
            readonly: self.readonly.into(),
            ..capi::Memory::NOTHING
        }
    }
}
