//! Whether two views show the same: the same shape, and values that are equal as Python's are.
//!
//! Two formats are walked side by side once for many items, and at each pair of scalars the
//! values of all of them are compared in one loop: `scalars` chooses it (those of the parts, for
//! complex numbers), `loops` has those over memory as it lies, `numbers` those by way of a common
//! type, `singles` what is left. Nothing goes through Python, and nothing here is a slice of
//! memory that others may write meanwhile.

mod loops;
mod numbers;
mod scalars;
mod singles;
#[cfg(all(test, not(loom)))]
mod tests;

use std::ops::ControlFlow;

use super::View;
use crate::copy::{Row, Visit, each_gathered_row};
use crate::error::Result;
use crate::exporter::Lent;
use crate::format::{Field, Pair, each_pair};
use crate::layout::Layout;
pub(super) use loops::{CHUNK, each_chunk, is_same_bytes};
pub(super) use numbers::{Stage, native_items};
pub(super) use singles::{character, number, string, text_length};

/// So many bytes of items of either side are compared field by field before the next ones are.
const BLOCK: usize = 1 << 13;

/// Whether both have the same shape and equal values; `None` where there is a format whose
/// values nobody knows.
///
/// # Safety
/// Every item of both lies in live memory.
pub(crate) unsafe fn equal(one: &Lent, other: &Lent) -> Result<Option<bool>> {
    if !is_same_shape(one.layout(), other.layout()) {
        return Ok(Some(false));
    }
    one.format().read()?;
    other.format().read()?;
    let scalars = one.format().scalar().zip(other.format().scalar());
    // SAFETY: as the caller promises; each row is of items of these formats.
    let is_same = unsafe {
        if let Some((left, right)) = scalars {
            let compare = scalars::loop_for(left, right);
            are_all(one, other, |one, other, count| {
                compare.run(one, other, count)
            })
        } else if let Some((left, right)) = one.format().root().zip(other.format().root()) {
            are_all(one, other, |one, other, count| {
                structs((&left, &right), one, other, count)
            })
        } else {
            return Ok(None);
        }
    };
    is_same.map(Some)
}

/// Whether all rows are the same.
///
/// # Safety
/// As for [`equal`]; the shapes are equal up to the first zero.
unsafe fn are_all(
    one: &Lent,
    other: &Lent,
    mut are_same: impl FnMut(Row, Row, usize) -> bool,
) -> Result<bool> {
    // Items without a byte are all the same, and there may be very many.
    let are_nothing = one.layout().itemsize().max(other.layout().itemsize()) == 0;
    let mut is_same = true;
    // SAFETY: as the caller promises; of no items there is no row.
    let _ = unsafe {
        each_gathered_row(
            [one.place(), other.place()],
            Visit::AnyOrder,
            |[one, other], count| {
                is_same = are_same(one, other, if are_nothing { 1 } else { count });
                match is_same && !are_nothing {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            },
        )
    }?;
    Ok(is_same)
}

impl View {
    /// Whether both views have the same shape and equal values, as Python compares what it
    /// unpacks: numbers of all sorts by value and exactly, NaN equal to nothing, structs member by
    /// member whatever their names and places are. The formats may differ, and the layouts. An
    /// error of `Kind::NotImplemented` says that nobody knows the values of a format.
    ///
    /// ```
    /// # use pybuf::{Exporter, Request, Slice};
    /// let integers = Exporter::new(vec![1i32, 2, 3]).flat()?.view(Request::read())?;
    /// let floats = Exporter::new(vec![3f64, 2.0, 1.0]).flat()?.view(Request::read())?;
    /// assert!(!integers.equals(&floats)?);
    /// assert!(integers.equals(&floats.slice(0, Slice { step: -1, ..Slice::ALL })?)?);
    /// # Ok::<(), pybuf::Error>(())
    /// ```
    pub fn equals(&self, other: &Self) -> Result<bool> {
        // SAFETY: the exports keep both memories.
        if let Some(is_same) = unsafe { equal(self.lent(), other.lent()) }? {
            return Ok(is_same);
        }
        self.format().known()?;
        other.format().known()?;
        Ok(false)
    }
}

/// As memoryview compares shapes: up to the first length that is zero.
fn is_same_shape(one: &Layout, other: &Layout) -> bool {
    let mut lengths = one.shape().iter().zip(other.shape());
    let differs = lengths.find(|(one, other)| one != other || **one == 0);
    one.ndim() == other.ndim() && differs.is_none_or(|(one, other)| one == other)
}

/// Items that are more than a scalar, a block at a time.
///
/// # Safety
/// As for [`equal`]; the rows are of items of these formats.
unsafe fn structs(
    (left, right): (&Field<'_>, &Field<'_>),
    one: Row,
    other: Row,
    count: usize,
) -> bool {
    let itemsize = left.size().max(right.size());
    let block = BLOCK.checked_div(itemsize).unwrap_or(1).max(1);
    (0..count).step_by(block).all(|start| {
        let items = block.min(count - start);
        let (one, other) = (one.from(start), other.from(start));
        each_pair(left, right, &mut |pair| {
            // SAFETY: the pair lies in the items.
            unsafe { fields(pair, one, other, items) }
        })
    })
}

/// The scalars of a pair, in all items of a block. The longest of the three loops over them is
/// the one that is compiled.
///
/// # Safety
/// As for [`structs`].
unsafe fn fields(pair: Pair, one: Row, other: Row, items: usize) -> bool {
    let compare = scalars::loop_for(pair.scalars.0, pair.scalars.1);
    let (one, other) = (one.at(pair.offsets.0), other.at(pair.offsets.1));
    let sizes = (pair.scalars.0.size as isize, pair.scalars.1.size as isize);
    let rows = (pair.distances.0 as isize, pair.distances.1 as isize);
    let mut levels = [
        Level(items, one.stride, other.stride),
        Level(pair.rows, rows.0, rows.1),
        Level(pair.count, sizes.0, sizes.1),
    ];
    if let Some(whole) = levels[2].within(levels[0]).filter(|_| pair.rows == 1) {
        levels = [whole, Level::SINGLE, Level::SINGLE];
    }
    levels.sort_unstable_by_key(|level| level.0);
    let [outer, middle, inner] = levels;
    (0..outer.0).all(|i| {
        (0..middle.0).all(|j| {
            let row = |row: Row, by: isize, and: isize, stride: isize| Row {
                first: row
                    .first
                    .wrapping_offset(i as isize * by)
                    .wrapping_offset(j as isize * and),
                stride,
            };
            let one = row(one, outer.1, middle.1, inner.1);
            let other = row(other, outer.2, middle.2, inner.2);
            // SAFETY: as the caller promises.
            unsafe { compare.run(one, other, inner.0) }
        })
    })
}

/// So many, and the distances on both sides.
#[derive(Clone, Copy)]
struct Level(usize, isize, isize);

impl Level {
    const SINGLE: Self = Self(1, 0, 0);

    /// Both as one level, where this one fills what is outside without a gap.
    fn within(self, outside: Self) -> Option<Self> {
        let count = self.0 as isize;
        let is_even = outside.1 == count * self.1 && outside.2 == count * self.2;
        is_even.then_some(Self(self.0 * outside.0, self.1, self.2))
    }
}
