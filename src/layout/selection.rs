//! Several dimensions at once: integers, slices, an ellipsis and new axes in any mix, by
//! NumPy's rules of basic indexing.
//!
//! Behind pointers the rules bend. What an index or a slice moves is added where the way to the
//! items then is: to the offset, or behind the last pointer that is left, to its suboffset. An
//! index in a dimension that ends in a pointer takes the dimension away, but not its pointer:
//! where nothing is left to walk before it, it is followed at once (which takes memory, so the
//! caller does it); else the dimension before it ends in it from now on, if it ends in none yet.

use super::select::before_pointer;
use super::{Layout, MAX_DIMS, Slice, dims::Dims};
use crate::error::{Error, Result, fail};

/// What is selected in one dimension, or between dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// One index; the dimension goes. A negative one counts from the end.
    Index(isize),
    /// A slice; the dimension stays.
    Slice(Slice),
    /// As many whole dimensions as are not selected from otherwise.
    Ellipsis,
    /// A new dimension of one item.
    NewAxis,
}

impl Layout {
    /// The same memory, with selected items: NumPy's `a[1, ..., ::2, None]`. What is not said
    /// at the end is an ellipsis.
    ///
    /// An index in a dimension that ends in a pointer is an error of [`NotImplemented`] where
    /// that would have to be followed now.
    ///
    /// [`NotImplemented`]: crate::error::Kind::NotImplemented
    pub fn select(&self, wanted: &[Select]) -> Result<Self> {
        self.select_following(wanted, |_| Ok(false))
    }

    /// As [`Layout::select`]. `follow` is called with the offset of each pointer that no
    /// dimension is left for: it follows it, so that offsets count from where it leads, or says
    /// that it cannot.
    pub(crate) fn select_following(
        &self,
        wanted: &[Select],
        mut follow: impl FnMut(isize) -> Result<bool>,
    ) -> Result<Self> {
        let counts = self.count(wanted)?;
        let mut selection = Selection::new(self, counts.ndim)?;
        for &select in wanted {
            match select {
                Select::Index(index) => selection.index(index, &mut follow)?,
                Select::Slice(slice) => selection.slice(slice)?,
                Select::Ellipsis => selection.keep(counts.rest),
                Select::NewAxis => selection.add(1, 0, -1),
            }
        }
        selection.keep(self.ndim() - selection.next);
        selection.finish()
    }

    fn count(&self, wanted: &[Select]) -> Result<Counts> {
        let count = |like: fn(&Select) -> bool| wanted.iter().filter(|select| like(select)).count();
        let indices = count(|select| matches!(select, Select::Index(_)));
        let used = indices + count(|select| matches!(select, Select::Slice(_)));
        let ellipses = count(|select| matches!(select, Select::Ellipsis));
        let own = self.ndim();
        if ellipses > 1 {
            return fail!(
                Index,
                "{ellipses} ellipses: only one can stand for the dimensions that are not selected from"
            );
        }
        let Some(rest) = own.checked_sub(used) else {
            return fail!(
                Index,
                "{used} indices and slices for {own} dimensions: there may be one for each"
            );
        };
        let ndim = own - indices + count(|select| matches!(select, Select::NewAxis));
        if ndim > MAX_DIMS {
            return fail!(
                Value,
                "the selection would have {ndim} dimensions: at most {MAX_DIMS} can be described"
            );
        }
        Ok(Counts { ndim, rest })
    }
}

struct Counts {
    /// Dimensions of the selection.
    ndim: usize,
    /// Dimensions that the ellipsis stands for.
    rest: usize,
}

/// A selection in the making.
struct Selection<'a> {
    source: &'a Layout,
    result: Layout,
    /// The dimension of the source whose turn it is.
    next: usize,
    /// Dimensions of the result so far.
    made: usize,
    /// The last of these that ends in a pointer.
    pointer: Option<usize>,
    /// Why suboffsets cannot say it: it matters where there are items, and nothing else is wrong.
    unsayable: Option<Error>,
}

impl<'a> Selection<'a> {
    fn new(source: &'a Layout, ndim: usize) -> Result<Self> {
        let dims = Dims::new(ndim, ndim > 0 && source.suboffsets().is_some())?;
        Ok(Self {
            source,
            result: Layout { dims, ..*source },
            next: 0,
            made: 0,
            pointer: None,
            unsayable: None,
        })
    }

    fn index(
        &mut self,
        index: isize,
        follow: &mut impl FnMut(isize) -> Result<bool>,
    ) -> Result<()> {
        let dim = self.next;
        self.next += 1;
        let position = self.source.position(dim, index)?;
        if self.source.is_empty() {
            return Ok(());
        }
        self.move_on(position * self.source.strides()[dim]);
        let Some(suboffset) = self.source.suboffset_of(dim) else {
            return Ok(());
        };
        let walked = self.result.shape()[..self.made]
            .iter()
            .any(|&length| length != 1);
        if !walked && self.pointer.is_none() && follow(self.result.offset)? {
            self.result.offset = suboffset;
            return Ok(());
        }
        if let Err(error) = self.hand_down(dim, suboffset) {
            self.unsayable = Some(error);
        }
        Ok(())
    }

    /// The last dimension so far ends in the pointer of one that goes.
    fn hand_down(&mut self, dim: usize, suboffset: isize) -> Result<()> {
        let Some(last) = self.made.checked_sub(1) else {
            return fail!(
                NotImplemented,
                "an index in dimension {dim} has to follow a pointer, which takes the memory: \
                 a slice of one item would do"
            );
        };
        if self.pointer == Some(last) {
            return fail!(
                NotImplemented,
                "an index in dimension {dim}, which ends in a pointer, right behind a dimension that ends in one: \
                 suboffsets cannot say that; a slice of one item would do"
            );
        }
        self.point(last, suboffset);
        Ok(())
    }

    fn slice(&mut self, slice: Slice) -> Result<()> {
        let dim = self.next;
        slice.check()?;
        let (start, count) = slice.resolve(self.source.shape()[dim]);
        let stride = self.source.strides()[dim];
        if count > 0 && !self.source.is_empty() {
            self.move_on(start * stride);
        }
        // As in `Layout::slice`.
        self.take(count, stride.wrapping_mul(slice.step));
        Ok(())
    }

    fn keep(&mut self, count: usize) {
        for _ in 0..count {
            let dim = self.next;
            self.take(self.source.shape()[dim], self.source.strides()[dim]);
        }
    }

    /// The next dimension of the source, with another length and stride.
    fn take(&mut self, length: isize, stride: isize) {
        let suboffset = self.source.suboffsets().map_or(-1, |all| all[self.next]);
        self.add(length, stride, suboffset);
        self.next += 1;
    }

    fn add(&mut self, length: isize, stride: isize, suboffset: isize) {
        let dim = self.made;
        self.made += 1;
        self.result.dims.shape_mut()[dim] = length;
        self.result.dims.strides_mut()[dim] = stride;
        match suboffset {
            0.. => self.point(dim, suboffset),
            _ => self.set_suboffset(dim, suboffset),
        }
    }

    /// A dimension of the result ends in a pointer; nothing is moved before it any more.
    fn point(&mut self, dim: usize, suboffset: isize) {
        self.check_pointer();
        self.set_suboffset(dim, suboffset);
        self.pointer = Some(dim);
    }

    fn set_suboffset(&mut self, dim: usize, suboffset: isize) {
        if let Some(suboffsets) = self.result.dims.suboffsets_mut() {
            suboffsets[dim] = suboffset;
        }
    }

    /// Moves the first item. Condition 3: this is on the way to an item of the source (unless it
    /// has strayed from there, and the selection is an error).
    fn move_on(&mut self, distance: isize) {
        match (self.pointer, self.result.dims.suboffsets_mut()) {
            (Some(dim), Some(suboffsets)) => {
                suboffsets[dim] = suboffsets[dim].wrapping_add(distance)
            }
            _ => self.result.offset = self.result.offset.wrapping_add(distance),
        }
    }

    fn check_pointer(&mut self) {
        let is_before = |dim: &usize| self.result.suboffset_of(*dim).is_none();
        if let Some(dim) = self.pointer.filter(is_before) {
            self.unsayable = Some(before_pointer(dim));
        }
    }

    fn finish(mut self) -> Result<Layout> {
        self.check_pointer();
        let all_followed = self.pointer.is_none() && self.source.is_indirect();
        match self.unsayable {
            Some(error) if !self.result.is_empty() => Err(error),
            _ if all_followed => Ok(Layout {
                dims: self.result.dims.without_suboffsets(),
                ..self.result
            }),
            _ => Ok(self.result),
        }
    }
}
