//! Two layouts as one, where one goes on where the other ends.

use super::{Layout, check_sizes};
use crate::error::{Result, Tuple, fail};

impl Layout {
    /// This layout and `next` behind it along dimension `dim`, both over the same memory; all
    /// else is the same in both. Where `next` does not begin where this layout would go on it is
    /// an error of kind [`Buffer`](crate::error::Kind::Buffer): to put them together needs a copy
    /// then. One item along `dim` goes on anywhere.
    pub fn merge(&self, next: &Self, dim: usize) -> Result<Self> {
        if dim >= self.ndim() {
            return self.no_dimension(dim);
        }
        self.check_alike(next, dim)?;
        let (own, theirs) = (self.shape()[dim], next.shape()[dim]);
        let Some(length) = own.checked_add(theirs) else {
            return fail!(
                Overflow,
                "{own} and {theirs} items are more than can be counted"
            );
        };
        let mut merged = match own {
            0 => next.try_clone()?,
            _ => self.try_clone()?,
        };
        merged.dims.shape_mut()[dim] = length;
        check_sizes(self.itemsize(), merged.shape())?;
        if own == 0 || theirs == 0 || merged.is_empty() {
            return Ok(merged);
        }
        let Some(stride) = self.stride_to(next, dim) else {
            return fail!(
                Buffer,
                "the next part does not begin where dimension {dim} would go on (shape {}, strides {} from offset {}, \
                 then shape {}, strides {} from offset {}): together they need a copy",
                Tuple(self.shape()),
                Tuple(self.strides()),
                self.offset,
                Tuple(next.shape()),
                Tuple(next.strides()),
                next.offset
            );
        };
        merged.dims.strides_mut()[dim] = stride;
        Ok(merged)
    }

    fn check_alike(&self, next: &Self, dim: usize) -> Result<()> {
        let others = |layout: &Self| (0..layout.ndim()).filter(move |&k| k != dim);
        let same = self.itemsize == next.itemsize
            && self.ndim() == next.ndim()
            && others(self).all(|k| self.shape()[k] == next.shape()[k]);
        if same {
            return Ok(());
        }
        fail!(
            Value,
            "shape {} of {}-byte items and shape {} of {}-byte items differ in more than dimension {dim}",
            Tuple(self.shape()),
            self.itemsize,
            Tuple(next.shape()),
            next.itemsize
        )
    }

    /// The stride along `dim` that leads from here through `next`; both have items. `None` where
    /// there is none, or something else differs.
    fn stride_to(&self, next: &Self, dim: usize) -> Option<isize> {
        // What moves along `dim` is behind the last pointer before it.
        let pointer = (0..dim).rev().find(|&k| self.suboffset_of(k).is_some());
        let others_agree = (0..self.ndim()).all(|k| {
            let walked = k == dim || self.shape()[k] == 1 || self.strides()[k] == next.strides()[k];
            walked && (pointer == Some(k) || self.suboffset_of(k) == next.suboffset_of(k))
        });
        let first = |layout: &Self| match pointer {
            Some(k) => layout.suboffset_of(k),
            None => Some(layout.offset),
        };
        if !others_agree || (pointer.is_some() && self.offset != next.offset) {
            return None;
        }
        let distance = first(next)?.checked_sub(first(self)?)?;
        let own = self.shape()[dim];
        // Condition 2: a length is not zero here.
        let stride = distance
            .checked_div(own)
            .filter(|stride| stride * own == distance)?;
        let fits = |layout: &Self| layout.shape()[dim] == 1 || layout.strides()[dim] == stride;
        (fits(self) && fits(next)).then_some(stride)
    }
}
