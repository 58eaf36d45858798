//! Items of another size over the same bytes.
//!
//! Memory that is contiguous is bytes one after another, and anything can be made of them. In
//! other memory only the items along one dimension, the one that varies fastest, may follow one
//! another: they are cut up or put together there, as by NumPy's `view(dtype)`.

use super::{Layout, Order};
use crate::error::{Result, Tuple, fail};

impl Layout {
    /// The same bytes, read in `order`, as items of `itemsize` bytes. Without a shape, contiguous
    /// memory becomes one dimension (as memoryview has it); in other memory the dimension that
    /// varies fastest gets another length (as NumPy has it). With a shape, both are reshaped.
    pub fn cast(&self, itemsize: usize, shape: Option<&[isize]>, order: Order) -> Result<Self> {
        let signed = match isize::try_from(itemsize) {
            Ok(signed @ 1..) => signed,
            _ => {
                return fail!(
                    Value,
                    "items of {itemsize} bytes: they must have one at least"
                );
            }
        };
        if !self.is_run(order) {
            let cast = self.cast_fastest(signed, order)?;
            return match shape {
                Some(shape) => cast.reshape(shape, order),
                None => Ok(cast),
            };
        }
        let nbytes = self.nbytes();
        if !nbytes.is_multiple_of(itemsize) {
            return fail!(
                Type,
                "{nbytes} bytes cannot be items of {itemsize} bytes: they must be a multiple of that"
            );
        }
        let one = Self::contiguous(itemsize, &[(nbytes / itemsize) as isize], order)?;
        let one = Self {
            offset: self.offset,
            ..one
        };
        match shape {
            Some(shape) => one.reshape(shape, order),
            None => Ok(one),
        }
    }

    /// Whether the items are bytes one after another. Suboffsets that are all negative do not
    /// matter here.
    fn is_run(&self, order: Order) -> bool {
        !self.is_indirect() && (self.nbytes() == 0 || self.strides_follow(order))
    }

    fn cast_fastest(&self, itemsize: isize, order: Order) -> Result<Self> {
        if itemsize == self.itemsize {
            return self.try_clone();
        }
        // Not contiguous: so there is a dimension, and there are items.
        let dim = match order {
            Order::C => self.ndim() - 1,
            Order::F => 0,
        };
        let (length, stride) = (self.shape()[dim], self.strides()[dim]);
        let pointed = match order {
            Order::C => self.suboffset_of(dim).is_some(),
            Order::F => self.is_indirect(),
        };
        if pointed || length != 1 && stride != self.itemsize {
            return fail!(
                Type,
                "shape {} with strides {} has items of {} bytes that do not follow one another in dimension {dim}: \
                 they cannot become items of {itemsize} bytes without a copy",
                Tuple(self.shape()),
                Tuple(self.strides()),
                self.itemsize
            );
        }
        // Condition 2.
        let bytes = length * self.itemsize;
        if bytes % itemsize != 0 {
            return fail!(
                Type,
                "{bytes} bytes in dimension {dim} cannot be items of {itemsize} bytes: they must be a multiple of that"
            );
        }
        let mut cast = self.try_clone()?;
        cast.dims.shape_mut()[dim] = bytes / itemsize;
        cast.dims.strides_mut()[dim] = itemsize;
        cast.itemsize = itemsize;
        Ok(cast)
    }
}
