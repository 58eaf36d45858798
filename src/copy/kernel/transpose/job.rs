//! What a transpose has to do: planes of rows and columns, where each may be several dimensions.
//!
//! Those that lie together in the source, one behind another, are the rows; those that lie
//! together in the destination are the columns. Only where the rows lie in the destination, and
//! the columns in the source, is not even any more.

#[cfg(target_arch = "x86_64")]
use std::cmp::Reverse;

#[cfg(target_arch = "x86_64")]
use super::direct::holds;
use super::plane::Plane;
use super::tile::Pitch;
#[cfg(target_arch = "x86_64")]
use super::tile::Vector;
use crate::copy::loops::Loop;
use crate::layout::MAX_DIMS;

/// Loops are from the outermost on, and have one step at least.
#[derive(Clone, Copy)]
pub(in crate::copy) struct Job<'a> {
    pub(in crate::copy) to: *mut u8,
    pub(in crate::copy) from: *const u8,
    /// Loops around the planes.
    pub(in crate::copy) outer: &'a [Loop],
    /// Together in the source; of each only `to` matters.
    pub(in crate::copy) rows: &'a [Loop],
    /// Together in the destination; of each only `from` matters.
    pub(in crate::copy) columns: &'a [Loop],
    /// Bytes of an item.
    pub(in crate::copy) size: usize,
}

impl Job<'_> {
    pub(super) fn is_empty(&self) -> bool {
        let mut loops = self.outer.iter().chain(self.rows).chain(self.columns);
        loops.any(|one| one.length == 0)
    }

    /// Of all items.
    pub(super) fn bytes(&self) -> usize {
        [self.outer, self.rows, self.columns]
            .iter()
            .fold(self.size, |bytes, loops| bytes.saturating_mul(count(loops)))
    }

    pub(super) fn planes(&self) -> usize {
        count(self.outer)
    }

    pub(super) fn row_count(&self) -> usize {
        count(self.rows)
    }

    pub(super) fn column_count(&self) -> usize {
        count(self.columns)
    }

    /// Whether its planes hold a tile.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn holds<V: Vector, const SIZE: usize>(&self) -> bool {
        holds::<V, SIZE>(self.row_count(), self.column_count())
    }

    /// Where a plane begins.
    #[inline]
    pub(super) fn plane(&self, plane: usize) -> (*mut u8, *const u8) {
        if self.outer.is_empty() {
            return (self.to, self.from);
        }
        let to = offset(self.outer, plane, |one| one.to);
        let from = offset(self.outer, plane, |one| one.from);
        (self.to.wrapping_offset(to), self.from.wrapping_offset(from))
    }

    /// A plane whose rows, and columns, are of one dimension; `None` where they are of more.
    #[inline]
    pub(super) fn even_plane(&self, plane: usize) -> Option<Plane<Pitch, Pitch>> {
        let ([row], [column]) = (self.rows, self.columns) else {
            return None;
        };
        let (to, from) = self.plane(plane);
        Some(Plane {
            to,
            to_rows: Pitch(row.to),
            rows: row.length,
            from,
            from_columns: Pitch(column.from),
            columns: column.length,
        })
    }

    /// All of them.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn even_planes(&self) -> impl Iterator<Item = Plane<Pitch, Pitch>> {
        (0..self.planes()).filter_map(|plane| self.even_plane(plane))
    }

    /// The same with the loops around the planes in the order of the source, which they are put
    /// into.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn down_the_source<'b>(&'b self, outer: &'b mut [Loop; MAX_DIMS]) -> Job<'b> {
        let outer = &mut outer[..self.outer.len()];
        outer.copy_from_slice(self.outer);
        outer.sort_unstable_by_key(|one| Reverse(one.from.unsigned_abs()));
        Job { outer, ..*self }
    }

    /// Writes down where the rows from `first` on lie in the destination.
    pub(super) fn write_rows(&self, table: &mut [isize], first: usize) {
        write(table, self.rows, first, |one| one.to);
    }

    /// Writes down where the columns from `first` on lie in the source.
    pub(super) fn write_columns(&self, table: &mut [isize], first: usize) {
        write(table, self.columns, first, |one| one.from);
    }
}

/// A plane and the loops around it, of which those that go on where rows or columns end become
/// more rows and columns, until there are enough.
pub(super) struct Merged {
    outer: [Loop; MAX_DIMS],
    outer_count: usize,
    rows: Chain,
    columns: Chain,
}

impl Merged {
    pub(super) fn new(outer: &[Loop], row: Loop, column: Loop, size: usize) -> Self {
        let mut this = Self {
            outer: [Loop::ONCE; MAX_DIMS],
            outer_count: outer.len(),
            rows: Chain::new(row, size),
            columns: Chain::new(column, size),
        };
        this.outer[..outer.len()].copy_from_slice(outer);
        while let Some(at) = this.find(&this.rows, |one| one.from) {
            let one = this.remove(at);
            this.rows.add(one);
        }
        while let Some(at) = this.find(&this.columns, |one| one.to) {
            let one = this.remove(at);
            this.columns.add(one);
        }
        this
    }

    pub(super) fn job(&self, to: *mut u8, from: *const u8, size: usize) -> Job<'_> {
        Job {
            to,
            from,
            outer: &self.outer[..self.outer_count],
            rows: self.rows.as_slice(),
            columns: self.columns.as_slice(),
            size,
        }
    }

    /// The loop that goes on where a chain ends, if that is still short.
    fn find(&self, chain: &Chain, stride: impl Fn(&Loop) -> isize) -> Option<usize> {
        let outer = &self.outer[..self.outer_count];
        let goes_on = |one: &Loop| stride(one) == chain.bytes as isize;
        outer.iter().position(goes_on).filter(|_| chain.is_short())
    }

    fn remove(&mut self, at: usize) -> Loop {
        let removed = self.outer[at];
        self.outer.copy_within(at + 1..self.outer_count, at);
        self.outer_count -= 1;
        removed
    }
}

/// Bytes of rows or columns that are enough together: what a stage takes at once.
const ENOUGH: usize = 256;

/// So many loops of two steps each, of items of one byte, are enough.
const CHAIN: usize = 8;

/// Loops that lie together on one side, the innermost at the end.
struct Chain {
    loops: [Loop; CHAIN],
    count: usize,
    bytes: usize,
}

impl Chain {
    fn new(inner: Loop, size: usize) -> Self {
        let mut this = Self {
            loops: [Loop::ONCE; CHAIN],
            count: 0,
            bytes: size,
        };
        this.add(inner);
        this
    }

    fn is_short(&self) -> bool {
        self.bytes < ENOUGH && self.count < CHAIN
    }

    fn add(&mut self, outer: Loop) {
        self.count += 1;
        self.loops[CHAIN - self.count] = outer;
        self.bytes = self.bytes.saturating_mul(outer.length);
    }

    fn as_slice(&self) -> &[Loop] {
        &self.loops[CHAIN - self.count..]
    }
}

/// Quick where there is not more than one: for any number, it is no small function.
#[inline]
fn count(loops: &[Loop]) -> usize {
    #[inline(never)]
    fn of_many(loops: &[Loop]) -> usize {
        loops.iter().map(|one| one.length).product()
    }
    match loops {
        [] => 1,
        [only] => only.length,
        _ => of_many(loops),
    }
}

#[inline(never)]
fn offset(loops: &[Loop], step: usize, stride: impl Fn(&Loop) -> isize) -> isize {
    let mut step = step;
    let mut offset = 0isize;
    for one in loops.iter().rev() {
        let index = (step % one.length) as isize;
        offset = offset.wrapping_add(stride(one).wrapping_mul(index));
        step /= one.length;
    }
    offset
}

fn write(
    table: &mut [isize],
    loops: &[Loop],
    first: usize,
    stride: impl Fn(&Loop) -> isize + Copy,
) {
    let Some((inner, outer)) = loops.split_last() else {
        table.fill(0);
        return;
    };
    let step = stride(inner);
    let (mut run, mut at) = (first / inner.length, first % inner.length);
    let mut table = table;
    while !table.is_empty() {
        let taken = table.len().min(inner.length - at);
        let (now, later) = table.split_at_mut(taken);
        let start = offset(outer, run, stride);
        let start = start.wrapping_add(step.wrapping_mul(at as isize));
        for (k, slot) in now.iter_mut().enumerate() {
            *slot = start.wrapping_add(step.wrapping_mul(k as isize));
        }
        table = later;
        (run, at) = (run + 1, 0);
    }
}
