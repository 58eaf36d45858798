//! Copies, swaps and fills from any layout to any other: over one buffer or two, where the sides overlap in every
//! way, with items on top of each other, behind pointers; against a list of all items, which is read
//! before the first is written.

use std::ffi::{CString, c_void};
use std::ptr;

use pybuf::abi::Py_buffer;

use super::bytes::Bytes;
use super::capi::{self, Exporter, Memory, View, Want, done, handle};
use super::geometry::{each_index, wide};

/// No case has more bytes of items: more than two of the largest tiles.
const MOST: usize = 5000;

/// Lengths around which kernels change.
const EDGES: &[i64] = &[
    7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 257,
];

/// Bytes around all items that nobody may change.
const BESIDE: usize = 64;

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let itemsize = match bytes.flag() {
        true => bytes.pick(&[1, 2, 4, 8, 16]),
        false => bytes.within(1..=40) as usize,
    };
    let shape = some_shape(&mut bytes, itemsize);
    let mut sides = [0, 1].map(|_| Side::new(&mut bytes, itemsize, &shape));
    let is_one_buffer = bytes.flag();
    let sizes = sides.each_mut().map(|side| side.settle(&mut bytes));
    let mut blocks = match is_one_buffer {
        true => vec![pattern(sizes[0].max(sizes[1]))],
        false => sizes.map(pattern).to_vec(),
    };
    let mut expected = blocks.clone();
    let last = blocks.len() - 1;
    let deed = Deed::some(&mut bytes, itemsize);
    copy_naively(&mut expected, &sides, &deed);
    let [to, from] = [(&sides[0], 0), (&sides[1], last)].map(|(side, block)| {
        let (base, size) = (blocks[block].as_mut_ptr(), blocks[block].len());
        Lent::new(side, base, size)
    });
    deed.do_it(&to, &from);
    assert!(blocks == expected, "{deed:?} {sides:?}");
    super::turned::check(&mut bytes);
}

/// What is done.
#[derive(Debug)]
enum Deed {
    CopyData,
    CopyViews,
    /// The bytes of each number of so many are turned round.
    Swap(usize),
    /// This item is written to all.
    Fill(Vec<u8>),
}

impl Deed {
    fn some(bytes: &mut Bytes<'_>, itemsize: usize) -> Self {
        // What came first is chosen by the first byte alone: old inputs end there.
        match (bytes.flag(), bytes.below(4)) {
            (true, 0 | 1) => Self::CopyData,
            (false, 0 | 1) => Self::CopyViews,
            (_, 2) => {
                let parts = (1..=itemsize).filter(|&it| itemsize.is_multiple_of(it));
                Self::Swap(bytes.pick(&parts.collect::<Vec<_>>()))
            }
            (is_varied, _) => Self::Fill(match is_varied {
                true => bytes.several(itemsize, Bytes::byte),
                false => vec![bytes.byte(); itemsize],
            }),
        }
    }

    /// What an item of the source is at the destination.
    fn item(&self, item: &[u8]) -> Vec<u8> {
        let mut item = item.to_vec();
        match self {
            Self::CopyData | Self::CopyViews => {}
            Self::Swap(number) => item.chunks_mut(*number).for_each(|number| number.reverse()),
            Self::Fill(new) => item.clone_from(new),
        }
        item
    }

    fn do_it(&self, to: &Lent<'_>, from: &Lent<'_>) {
        let views = || (to.view(), from.view());
        let answer = match self {
            Self::CopyData => {
                let (dest, src) = (to.buffer(), from.buffer());
                // SAFETY: both describe memory that is there.
                done(|| unsafe { capi::pybuf_copy_data(&dest, &src) })
            }
            Self::CopyViews => {
                let (dest, src) = views();
                // SAFETY: two views.
                done(|| unsafe { capi::pybuf_view_copy(dest.as_ptr(), src.as_ptr()) })
            }
            Self::Swap(number) => {
                let ((dest, src), number) = (views(), *number as isize);
                // SAFETY: two views.
                done(|| unsafe {
                    capi::pybuf_view_copy_swapped(dest.as_ptr(), src.as_ptr(), number)
                })
            }
            Self::Fill(item) => {
                let (dest, size) = (to.view(), item.len() as isize);
                // SAFETY: a view, and an item.
                done(|| unsafe { capi::pybuf_view_fill(dest.as_ptr(), item.as_ptr().cast(), size) })
            }
        };
        assert_eq!(answer, Ok(()), "{self:?} {:?} {:?}", to.side, from.side);
    }
}

fn some_shape(bytes: &mut Bytes<'_>, itemsize: usize) -> Vec<isize> {
    let ndim = bytes.below(6);
    let mut left = MOST / itemsize;
    bytes.several(ndim, |bytes| {
        let length = match bytes.below(8) {
            0 => i64::from(bytes.byte()),
            1 | 2 => bytes.pick(EDGES),
            _ => bytes.within(1..=6),
        };
        let length = (length as usize).min(left);
        left /= length.max(1);
        length as isize
    })
}

/// What a byte is tells where it was.
fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|k| (k * 7 + k / 251) as u8).collect()
}

/// One side of a copy.
#[derive(Debug)]
struct Side {
    itemsize: usize,
    shape: Vec<isize>,
    strides: Vec<isize>,
    /// Where the first item lies; of each row, where the first dimension leads to pointers.
    firsts: Vec<usize>,
    has_pointers: bool,
}

impl Side {
    fn new(bytes: &mut Bytes<'_>, itemsize: usize, shape: &[isize]) -> Self {
        let has_pointers = !shape.is_empty() && bytes.rarely(6);
        let strides = match bytes.below(4) {
            0 => bytes.several(shape.len(), |bytes| anywhere(bytes, itemsize)),
            _ => nested(bytes, itemsize, shape),
        };
        Self {
            itemsize,
            shape: shape.to_vec(),
            strides,
            firsts: Vec::new(),
            has_pointers,
        }
    }

    /// The dimensions that are no pointers.
    fn inner(&self) -> std::ops::Range<usize> {
        usize::from(self.has_pointers)..self.shape.len()
    }

    /// Finds a place for all; how many bytes that takes.
    fn settle(&mut self, bytes: &mut Bytes<'_>) -> usize {
        let reach = |dim: usize| (self.shape[dim] - 1).max(0) * self.strides[dim];
        let below: isize = self.inner().map(|dim| reach(dim).min(0)).sum();
        let above: isize = self.inner().map(|dim| reach(dim).max(0)).sum();
        let span = above - below;
        let rows = if self.has_pointers { self.shape[0] } else { 1 };
        self.firsts = bytes.several(rows as usize, |bytes| {
            // By a few bytes, or about as far as it reaches.
            let shift = match bytes.flag() {
                true => bytes.below(100) as isize,
                false => span * bytes.below(256) as isize / 200,
            };
            BESIDE + (shift - below) as usize
        });
        let last = self.firsts.iter().max().copied().unwrap_or(0);
        last + above as usize + self.itemsize + BESIDE
    }

    fn at(&self, index: &[i128]) -> usize {
        let row = if self.has_pointers { index[0] } else { 0 };
        let along = self
            .inner()
            .map(|dim| index[dim] as isize * self.strides[dim]);
        self.firsts[row as usize].wrapping_add_signed(along.sum())
    }
}

/// Any distance: items may lie on top of each other, or in each other.
fn anywhere(bytes: &mut Bytes<'_>, itemsize: usize) -> isize {
    let number = isize::from(bytes.byte() as i8);
    match bytes.flag() {
        true => number,
        false => number / 8 * itemsize as isize,
    }
}

/// Distances in some order of the dimensions, each over all that is inside; with gaps, walked down,
/// or all of a dimension one item.
fn nested(bytes: &mut Bytes<'_>, itemsize: usize, shape: &[isize]) -> Vec<isize> {
    let mut order: Vec<usize> = (0..shape.len()).collect();
    let order = bytes.several(shape.len(), |bytes| order.remove(bytes.below(order.len())));
    let mut strides = vec![0; shape.len()];
    let mut stride = itemsize as isize;
    for dim in order {
        let kind = bytes.byte();
        stride += match kind & 3 {
            0 => bytes.below(80) as isize,
            1 => bytes.below(4) as isize * itemsize as isize,
            _ => 0,
        };
        strides[dim] = match kind >> 2 {
            0..6 => -stride,
            6..8 => 0,
            _ => stride,
        };
        stride *= shape[dim].max(1);
    }
    strides
}

/// All items of the second side first, and then written to the first in the order of indices.
fn copy_naively(blocks: &mut [Vec<u8>], [to, from]: &[Side; 2], deed: &Deed) {
    let mut items = Vec::new();
    let source = &blocks[blocks.len() - 1];
    each_index(&wide(&to.shape), |index| {
        let at = from.at(index);
        items.push((to.at(index), deed.item(&source[at..at + from.itemsize])));
    });
    for (at, item) in items {
        blocks[0][at..at + item.len()].copy_from_slice(&item);
    }
}

/// A side in memory, as C describes it.
struct Lent<'a> {
    side: &'a Side,
    format: CString,
    base: *mut u8,
    size: usize,
    table: Vec<*mut u8>,
    strides: Vec<isize>,
    suboffsets: Vec<isize>,
}

impl<'a> Lent<'a> {
    fn new(side: &'a Side, base: *mut u8, size: usize) -> Self {
        let format = format!("{}s", side.itemsize);
        let mut strides = side.strides.clone();
        let mut suboffsets = vec![-1; strides.len()];
        let mut table = Vec::new();
        if side.has_pointers {
            strides[0] = size_of::<*mut u8>() as isize;
            // A part of the way to a row is behind its pointer.
            suboffsets[0] = side.firsts.len() as isize % 5;
            let part = suboffsets[0] as usize;
            table = (side
                .firsts
                .iter()
                .map(|first| base.wrapping_add(first - part)))
            .collect();
        }
        Self {
            side,
            format: CString::new(format).expect("no zero"),
            base,
            size,
            table,
            strides,
            suboffsets,
        }
    }

    fn suboffsets(&self) -> *const isize {
        match self.side.has_pointers {
            true => self.suboffsets.as_ptr(),
            false => ptr::null(),
        }
    }

    /// Where the whole begins, its size, and where in it the first item lies.
    fn memory(&self) -> (*mut c_void, usize, usize) {
        match self.side.has_pointers {
            true => {
                let table = self.table.as_ptr().cast_mut().cast();
                (table, size_of_val(&self.table[..]), 0)
            }
            false => (self.base.cast(), self.size, self.side.firsts[0]),
        }
    }

    fn buffer(&self) -> Py_buffer {
        let (base, _, first) = self.memory();
        let items: isize = self.side.shape.iter().product();
        let itemsize = self.side.itemsize as isize;
        Py_buffer {
            buf: base.wrapping_byte_add(first),
            len: items * itemsize,
            itemsize,
            ndim: self.side.shape.len() as i32,
            format: self.format.as_ptr().cast_mut(),
            shape: self.side.shape.as_ptr().cast_mut(),
            strides: self.strides.as_ptr().cast_mut(),
            suboffsets: self.suboffsets().cast_mut(),
            ..Py_buffer::empty()
        }
    }

    /// A view of an exporter that has no other user.
    fn view(&self) -> View {
        let (base, size, first) = self.memory();
        let ndim = self.side.shape.len() as i32;
        let memory = Memory {
            buf: base,
            size: size as isize,
            format: self.format.as_ptr(),
            itemsize: self.side.itemsize as isize,
            ndim: if ndim == 0 { -1 } else { ndim },
            shape: self.side.shape.as_ptr(),
            strides: self.strides.as_ptr(),
            offset: first as isize,
            suboffsets: self.suboffsets(),
            ..Memory::NOTHING
        };
        let want = Want {
            kind: ptr::null(),
            format: ptr::null_mut(),
            ndim: 0,
            order: 0,
            writable: 1,
            unaligned: 1,
            indirect: 1,
            stable: 0,
            exclusive: 0,
            reserved: [0; 8],
        };
        // SAFETY: the memory is as it says, and outlives the view, which keeps the exporter.
        let made: Result<View, _> = unsafe {
            handle::<Exporter>(|| capi::pybuf_exporter_new(&memory))
                .and_then(|lender| handle(|| capi::pybuf_exporter_view(lender.as_ptr(), &want)))
        };
        made.unwrap_or_else(|kind| panic!("{kind:?}: {:?}", self.side))
    }
}
