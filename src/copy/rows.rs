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

/// Some rows, one below the other, of each place.
pub(super) struct Tile<const N: usize> {
    /// The upper one.
    pub(super) first: [Row; N],
    /// Bytes from one row to the next.
    pub(super) steps: [isize; N],
    pub(super) rows: usize,
    /// Items of a row.
    pub(super) count: usize,
}

impl<const N: usize> Tile<N> {
    /// Calls with each row.
    pub(super) fn each_row(
        &self,
        mut visit: impl FnMut([Row; N], usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for row in 0..self.rows as isize {
            let rows = std::array::from_fn(|k| {
                let Row { first, stride } = self.first[k];
                let first = first.wrapping_offset(row * self.steps[k]);
                Row { first, stride }
            });
            visit(rows, self.count)?;
        }
        ControlFlow::Continue(())
    }
}

/// How large tiles are.
pub(super) struct Limits {
    /// The most items of a row where places lie across each other, as a transposed one does: those
    /// of the next row that lie beside them are still in the cache when they are visited ...
    pub(super) across: usize,
    /// ... and elsewhere.
    pub(super) along: usize,
    /// The most items of a tile.
    pub(super) items: usize,
}

/// Of rows that are read as they lie.
const ROWS: Limits = Limits {
    across: 64,
    along: usize::MAX,
    items: usize::MAX,
};

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
    if let Some(([length], true)) = places
        .first()
        .map(|place| (place.layout.shape(), are_direct(&places)))
        && *length > 0
    {
        let row = places.map(|place| Row {
            first: place.first(),
            stride: place.layout.strides()[0],
        });
        return Ok(visit(row, length.unsigned_abs()));
    }
    // SAFETY: as the caller promises.
    unsafe { each_tile(places, order, &ROWS, |tile| tile.each_row(&mut visit)) }
}

fn are_direct(places: &[Place<'_>]) -> bool {
    places
        .iter()
        .all(|place| place.layout.suboffsets().is_none())
}

/// As [`each_row`], with several rows at once.
///
/// # Safety
/// As there.
pub(super) unsafe fn each_tile<const N: usize>(
    places: [Place<'_>; N],
    order: Visit,
    limits: &Limits,
    mut visit: impl FnMut(Tile<N>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let Some(layout) = places.first().map(|place| place.layout) else {
        return Ok(ControlFlow::Continue(()));
    };
    if layout.is_empty() {
        return Ok(ControlFlow::Continue(()));
    }
    let may_turn = order == Visit::AnyOrder && are_direct(&places);
    let mut axes: [u8; MAX_DIMS] = std::array::from_fn(|dim| dim as u8);
    let ndim = layout.ndim();
    if may_turn {
        let distance = |axis: &u8| layout.strides()[usize::from(*axis)].unsigned_abs();
        // Equal distances stay as they are only by chance, which is as good.
        axes[..ndim].sort_unstable_by_key(|axis| std::cmp::Reverse(distance(axis)));
    }
    let mut rows = Rows {
        places,
        axes: &axes[..ndim],
        strides: [0; N],
        count: 1,
        width: 1,
        height: 1,
        visit: &mut visit,
    };
    rows.take_inner_axes();
    let all = rows.count.unsigned_abs();
    rows.width = match may_turn && rows.are_across() {
        true => all.min(limits.across),
        false => all.min(limits.along),
    };
    if are_direct(&rows.places) && (may_turn || rows.width == all) {
        rows.height = (limits.items / rows.width).max(1);
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
    /// Items of a row in a tile ...
    width: usize,
    /// ... and its rows.
    height: usize,
    visit: &'a mut F,
}

impl<F: FnMut(Tile<N>) -> ControlFlow<()>, const N: usize> Rows<'_, F, N> {
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
            return Some(self.tiles(at, [0; N], 1));
        };
        let dim = usize::from(axis);
        if self.height > 1 && level + 1 == self.axes.len() {
            let steps = self.places.map(|place| place.layout.strides()[dim]);
            let length = self.places[0].layout.shape()[dim].unsigned_abs();
            return Some(self.tiles(at, steps, length));
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

    /// So many rows with such steps between them, in tiles.
    fn tiles(&mut self, at: [*mut u8; N], steps: [isize; N], rows: usize) -> ControlFlow<()> {
        let count = self.count.unsigned_abs();
        for left in (0..count).step_by(self.width) {
            for top in (0..rows).step_by(self.height) {
                let first = std::array::from_fn(|k| {
                    let row = Row {
                        first: at[k].wrapping_offset(top as isize * steps[k]),
                        stride: self.strides[k],
                    };
                    row.from(left)
                });
                (self.visit)(Tile {
                    first,
                    steps,
                    rows: self.height.min(rows - top),
                    count: self.width.min(count - left),
                })?;
            }
        }
        ControlFlow::Continue(())
    }
}
