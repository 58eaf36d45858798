//! Another shape for the same items in the same order, where strides can say it.
//!
//! Walking both shapes from the front, the dimensions fall into groups of equal length: so many
//! of the old ones are so many of the new ones. A group needs no copy where its old dimensions
//! could be one, each going on where the next ends; that one is then cut up as the new ones say.
//! Only the last old dimension of a group may end in a pointer: it is followed when the group has
//! been walked, and so it is with the new ones.

use super::dims::Dims;
use super::{Layout, MAX_DIMS, Order, check_sizes};
use crate::alloc::try_filled;
use crate::error::{Error, Kind, Result, Tuple, fail};

impl Layout {
    /// The same items, read and laid out in `order`, in another shape; one length may be -1,
    /// which is then what is left. Where that needs a copy it is an error of kind
    /// [`Buffer`](crate::error::Kind::Buffer).
    pub fn reshape(&self, shape: &[isize], order: Order) -> Result<Self> {
        let mut lengths = try_filled(shape.len(), 0)?;
        lengths.copy_from_slice(shape);
        self.fill_in(&mut lengths)?;
        if self.is_empty() {
            let empty = Self::contiguous(self.itemsize(), &lengths, order)?;
            return Ok(Self {
                offset: self.offset,
                ..empty
            });
        }
        let mut dims = Dims::new(lengths.len(), self.is_indirect())?;
        dims.shape_mut().copy_from_slice(&lengths);
        self.regroup(&mut dims, order)?;
        Ok(Self { dims, ..*self })
    }

    /// Finds the length that is -1, and checks that the number of items stays.
    fn fill_in(&self, shape: &mut [isize]) -> Result<()> {
        let open = shape.iter().position(|&length| length == -1);
        if let Some(dim) = open {
            shape[dim] = 1;
            check_sizes(self.itemsize(), shape)?;
            let others = shape.iter().product::<isize>();
            shape[dim] = -1;
            match (self.len() as isize).checked_rem(others) {
                Some(0) => shape[dim] = self.len() as isize / others,
                _ => return self.wrong_count(shape),
            }
        }
        check_sizes(self.itemsize(), shape)?;
        match shape.iter().product::<isize>() == self.len() as isize {
            true => Ok(()),
            false => self.wrong_count(shape),
        }
    }

    fn wrong_count<T>(&self, shape: &[isize]) -> Result<T> {
        fail!(
            Value,
            "{} items of shape {} cannot have shape {}: the number of items must stay the same",
            self.len(),
            Tuple(self.shape()),
            Tuple(shape)
        )
    }

    /// The strides and suboffsets for the shape that is in `dims`, which has as many items.
    fn regroup(&self, dims: &mut Dims, order: Order) -> Result<()> {
        let (kept, count) = self.walked();
        let mut old = &kept[..count];
        let mut start = 0;
        if let Some(suboffsets) = dims.suboffsets_mut() {
            suboffsets.fill(-1);
        }
        while let (Some(&first), true) = (old.first(), start < dims.ndim()) {
            let (mut ours, mut theirs) = (self.shape()[first], dims.shape()[start]);
            let (mut taken, mut end) = (1, start + 1);
            // Products of lengths without a zero: at most the number of items, which is the same.
            while ours != theirs {
                if ours < theirs {
                    ours *= self.shape()[old[taken]];
                    taken += 1;
                } else {
                    theirs *= dims.shape()[end];
                    end += 1;
                }
            }
            let (group, rest) = old.split_at(taken);
            let stride = self.stride_of_one(group, dims.shape(), order)?;
            let (shape, strides) = dims.shape_and_strides_mut();
            super::fill_strides(&shape[start..end], &mut strides[start..end], stride, order);
            let suboffset = self.suboffset_of(group[taken - 1]);
            if let (Some(suboffset), Some(all)) = (suboffset, dims.suboffsets_mut()) {
                all[end - 1] = suboffset;
            }
            (old, start) = (rest, end);
        }
        match old {
            // What is left has one item.
            [] => self.fill_trailing(dims, start, order),
            [dim, ..] => return self.pointer_in_the_way(*dim, dims.shape()),
        }
        Ok(())
    }

    /// The dimensions in which something happens: more than one item, or a pointer.
    fn walked(&self) -> ([usize; MAX_DIMS], usize) {
        let mut walked = [0; MAX_DIMS];
        let mut count = 0;
        for dim in 0..self.ndim() {
            if self.shape()[dim] != 1 || self.suboffset_of(dim).is_some() {
                walked[count] = dim;
                count += 1;
            }
        }
        (walked, count)
    }

    /// The stride of the one dimension that a group of them can be seen as.
    fn stride_of_one(&self, group: &[usize], wanted: &[isize], order: Order) -> Result<isize> {
        let (shape, strides) = (self.shape(), self.strides());
        for pair in group.windows(2) {
            let [outer, inner] = [pair[0], pair[1]];
            if self.suboffset_of(outer).is_some() {
                return self.pointer_in_the_way(outer, wanted);
            }
            let (fast, slow) = match order {
                Order::C => (inner, outer),
                Order::F => (outer, inner),
            };
            // Behind a pointer of one item the distance may be anything.
            if strides[fast].checked_mul(shape[fast]) != Some(strides[slow]) {
                return fail!(
                    Buffer,
                    "shape {} with strides {} cannot have shape {} without a copy: \
                     dimension {slow} does not go on where dimension {fast} ends",
                    Tuple(shape),
                    Tuple(strides),
                    Tuple(wanted)
                );
            }
        }
        Ok(match order {
            Order::C => strides[group[group.len() - 1]],
            Order::F => strides[group[0]],
        })
    }

    /// Dimensions of one item at the end, of any stride: as NumPy has them.
    fn fill_trailing(&self, dims: &mut Dims, start: usize, order: Order) {
        let (shape, strides) = dims.shape_and_strides_mut();
        let stride = match (start.checked_sub(1), order) {
            (None, _) => self.itemsize,
            (Some(last), Order::C) => strides[last],
            (Some(last), Order::F) => strides[last].wrapping_mul(shape[last]),
        };
        strides[start..].fill(stride);
    }

    fn pointer_in_the_way<T>(&self, dim: usize, wanted: &[isize]) -> Result<T> {
        let text = format_args!(
            "shape {} cannot have shape {} without a copy: dimension {dim} ends in a pointer, which comes in between",
            Tuple(self.shape()),
            Tuple(wanted)
        );
        Err(Error::new(Kind::Buffer, text))
    }
}
