//! All items of one layout, or of several of one shape at once, as rows: items that lie evenly,
//! so that a loop over them steps by one distance and looks nothing up.

use std::ops::ControlFlow;

use super::{NOWHERE, Place};
use crate::error::Result;
use crate::layout::MAX_DIMS;

/// The items of a row; how many they are is said beside it, once for all rows of a visit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) first: *const u8,
    /// Bytes from one item to the next.
    pub(crate) stride: isize,
}

impl Row {
    /// The row of what lies `offset` bytes into each item.
    pub(crate) fn at(self, offset: usize) -> Self {
        let first = self.first.wrapping_add(offset);
        Self { first, ..self }
    }

    /// The same row without its first items.
    pub(crate) fn from(self, index: usize) -> Self {
        let first = self.first.wrapping_offset(index as isize * self.stride);
        Self { first, ..self }
    }
}

/// In which order rows are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visit {
    /// C order.
    InOrder,
    /// As memory has them: the fewest and longest rows.
    AnyOrder,
}

/// Where places lie across each other, as a transposed one does, so many items of a row are
/// visited before those of the next row that lie beside them: they are still in the cache then.
const TILE: usize = 64;

/// Calls with a row of each place, and the number of their items, until all are visited or the
/// answer is to stop; that is given back.
///
/// # Safety
/// As for [`Place::item`], for each place; all have the same shape.
pub(crate) unsafe fn each_row<const N: usize>(
    places: [Place<'_>; N],
    order: Visit,
    mut visit: impl FnMut([Row; N], usize) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let Some(layout) = places.first().map(|place| place.layout) else {
        return Ok(ControlFlow::Continue(()));
    };
    if layout.is_empty() {
        return Ok(ControlFlow::Continue(()));
    }
    let is_direct = places
        .iter()
        .all(|place| place.layout.suboffsets().is_none());
    if let ([length], true) = (layout.shape(), is_direct) {
        let row = places.map(|place| Row {
            first: place.first(),
            stride: place.layout.strides()[0],
        });
        return Ok(visit(row, length.unsigned_abs()));
    }
    let mut axes: [u8; MAX_DIMS] = std::array::from_fn(|dim| dim as u8);
    let ndim = layout.ndim();
    if order == Visit::AnyOrder && is_direct {
        let distance = |axis: &u8| layout.strides()[usize::from(*axis)].unsigned_abs();
        // Equal distances stay as they are only by chance, which is as good.
        axes[..ndim].sort_unstable_by_key(|axis| std::cmp::Reverse(distance(axis)));
    }
    let mut rows = Rows {
        places,
        axes: &axes[..ndim],
        strides: [0; N],
        count: 1,
        tile: usize::MAX,
        visit: &mut visit,
    };
    rows.take_inner_axes();
    if order == Visit::AnyOrder && is_direct && rows.are_across() {
        rows.tile = TILE;
    }
    let firsts = rows.places.map(|place| place.first());
    // SAFETY: as the caller promises.
    unsafe { rows.walk(0, firsts) }.ok_or(NOWHERE)
}

struct Rows<'a, F, const N: usize> {
    places: [Place<'a>; N],
    /// The dimensions around a row, from the outermost on.
    axes: &'a [u8],
    /// Of a row.
    strides: [isize; N],
    count: isize,
    /// The most items of a row that are visited at once.
    tile: usize,
    visit: &'a mut F,
}

impl<F: FnMut([Row; N], usize) -> ControlFlow<()>, const N: usize> Rows<'_, F, N> {
    /// The innermost dimensions become the row, as far as they lie evenly in all places.
    fn take_inner_axes(&mut self) {
        while let [outer @ .., axis] = self.axes {
            let dim = usize::from(*axis);
            let length = self.places[0].layout.shape()[dim];
            let mut places = self.places.iter().zip(self.strides);
            let follows = places.all(|(place, stride)| {
                let is_even = place.layout.strides()[dim] == stride.wrapping_mul(self.count);
                let is_end = place.layout.suboffset_of(dim).is_some();
                !is_end && (length == 1 || self.count == 1 || is_even)
            });
            if !follows {
                return;
            }
            if length != 1 && self.count == 1 {
                self.strides = self.places.map(|place| place.layout.strides()[dim]);
            }
            self.count *= length;
            self.axes = outer;
        }
    }

    /// Whether there is a place whose rows lie closer to each other than the items of a row.
    fn are_across(&self) -> bool {
        let Some(&axis) = self.axes.last() else {
            return false;
        };
        let mut places = self.places.iter().zip(self.strides);
        places.any(|(place, stride)| {
            let distance = place.layout.strides()[usize::from(axis)];
            distance.unsigned_abs() < stride.unsigned_abs()
        })
    }

    /// `None` where a pointer on the way is NULL.
    ///
    /// # Safety
    /// As for [`each_row`]; the addresses are those reached in the axes before this level.
    unsafe fn walk(&mut self, level: usize, at: [*mut u8; N]) -> Option<ControlFlow<()>> {
        let Some(&axis) = self.axes.get(level) else {
            return Some(self.row(at, 0));
        };
        let dim = usize::from(axis);
        let is_last = level + 1 == self.axes.len();
        if is_last && self.tile != usize::MAX {
            return Some(self.tiles(at, dim));
        }
        for index in 0..self.places[0].layout.shape()[dim] {
            let mut next = at;
            for (address, place) in next.iter_mut().zip(&self.places) {
                let distance = index * place.layout.strides()[dim];
                // SAFETY: the index is in range.
                *address = unsafe { place.step(*address, dim, distance) }?;
            }
            // SAFETY: as the caller promises.
            let flow = unsafe { self.walk(level + 1, next) }?;
            if flow.is_break() {
                return Some(flow);
            }
        }
        Some(ControlFlow::Continue(()))
    }

    /// The rows along the last axis, a part of all of them and then the next part. There are no
    /// pointers to be followed.
    fn tiles(&mut self, at: [*mut u8; N], dim: usize) -> ControlFlow<()> {
        for start in (0..self.count.unsigned_abs()).step_by(self.tile) {
            for index in 0..self.places[0].layout.shape()[dim] {
                let mut next = at;
                for (address, place) in next.iter_mut().zip(&self.places) {
                    *address = address.wrapping_offset(index * place.layout.strides()[dim]);
                }
                self.row(next, start)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// A row from one of its items on, or a part of it.
    fn row(&mut self, at: [*mut u8; N], start: usize) -> ControlFlow<()> {
        let rows = std::array::from_fn(|k| {
            let row = Row {
                first: at[k],
                stride: self.strides[k],
            };
            row.from(start)
        });
        let count = self.count.unsigned_abs() - start;
        (self.visit)(rows, count.min(self.tile))
    }
}
