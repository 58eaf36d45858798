//! A field of every item, as items of their own.

use super::{Layout, MAX_DIMS, too_large};
use crate::alloc::{try_extend, try_vec};
use crate::error::{Result, fail};

impl Layout {
    /// What lies `offset` bytes into each item: `itemsize` bytes, or a sub-array of such
    /// elements in C order, whose dimensions follow those that are there. The field lies
    /// inside its item.
    pub fn field(&self, offset: usize, itemsize: usize, shape: &[usize]) -> Result<Self> {
        let ndim = self.ndim() + shape.len();
        if ndim > MAX_DIMS {
            return fail!(
                Value,
                "a view of {} dimensions and a field of {} have {ndim} together: there may be {MAX_DIMS}",
                self.ndim(),
                shape.len()
            );
        }
        let (mut lengths, mut strides) = (
            extended(self.shape(), ndim)?,
            extended(self.strides(), ndim)?,
        );
        let mut stride = itemsize as isize;
        for (dim, &length) in shape.iter().enumerate().rev() {
            let dim = self.ndim() + dim;
            (lengths[dim], strides[dim]) = (length as isize, stride);
            stride *= length.max(1) as isize;
        }
        let offset = offset as isize;
        let Some(suboffsets) = self.suboffsets() else {
            let first = self.offset().checked_add(offset).ok_or_else(too_large)?;
            return Self::strided(itemsize, &lengths, &strides, first);
        };
        let mut suboffsets = extended(suboffsets, ndim)?;
        suboffsets[self.ndim()..].fill(-1);
        // Behind the last pointer on the way to an item.
        let pointer = (0..self.ndim())
            .rev()
            .find(|&dim| self.suboffset_of(dim).is_some());
        let mut first = self.offset();
        let moved = match pointer {
            Some(dim) => &mut suboffsets[dim],
            None => &mut first,
        };
        *moved = moved.checked_add(offset).ok_or_else(too_large)?;
        Self::indirect(itemsize, &lengths, &strides, Some(&suboffsets), first)
    }
}

/// The numbers, and room for those of further dimensions.
fn extended(numbers: &[isize], ndim: usize) -> Result<Vec<isize>> {
    let mut all = try_vec(ndim)?;
    try_extend(&mut all, numbers)?;
    for _ in numbers.len()..ndim {
        try_extend(&mut all, &[0])?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Slice;

    #[test]
    fn a_field_lies_inside_each_item() {
        let records = Layout::strided(12, &[3, 2], &[40, -12], 12).unwrap();
        let field = records.field(4, 8, &[]).unwrap();
        assert_eq!(
            (field.shape(), field.strides(), field.offset()),
            (&[3, 2][..], &[40, -12][..], 16)
        );
        assert_eq!(field.itemsize(), 8);
    }

    #[test]
    fn the_dimensions_of_a_sub_array_come_last() {
        let records = Layout::strided(24, &[5], &[24], 0).unwrap();
        let field = records.field(0, 4, &[2, 3]).unwrap();
        assert_eq!(field.shape(), [5, 2, 3]);
        assert_eq!(field.strides(), [24, 12, 4]);
        let nothing = records.field(24, 4, &[0, 3]).unwrap();
        assert!(nothing.is_empty());
        let flat = vec![1; 127];
        assert!(records.field(0, 1, &flat).is_ok());
        assert!(records.field(0, 1, &vec![1; 128]).is_err());
    }

    #[test]
    fn behind_pointers_it_is_the_last_suboffset_that_moves() {
        let rows = Layout::indirect(16, &[3, 4], &[8, 16], Some(&[0, -1]), 0).unwrap();
        let field = rows.field(8, 2, &[4]).unwrap();
        assert_eq!(field.suboffsets(), Some(&[8, -1, -1][..]));
        assert_eq!((field.offset(), field.strides()), (0, &[8, 16, 2][..]));
        let later = field
            .slice(
                1,
                Slice {
                    start: Some(1),
                    stop: None,
                    step: 1,
                },
            )
            .unwrap();
        assert_eq!(later.suboffsets(), Some(&[24, -1, -1][..]));
    }
}
