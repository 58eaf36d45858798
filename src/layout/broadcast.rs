//! Repeating items without copying them: a stride of zero.

use super::dims::Dims;
use super::{Layout, check_sizes};
use crate::error::{Result, Tuple, fail};

impl Layout {
    /// The same items in a larger shape, by NumPy's rules: dimensions of one item are repeated,
    /// and new ones stand before the others.
    pub fn broadcast(&self, shape: &[isize]) -> Result<Self> {
        check_sizes(self.itemsize(), shape)?;
        let fits = |(&from, &to): (&isize, &isize)| from == to || from == 1;
        let mut pairs = self.shape().iter().rev().zip(shape.iter().rev());
        let Some(new) = shape
            .len()
            .checked_sub(self.ndim())
            .filter(|_| pairs.all(fits))
        else {
            return fail!(
                Value,
                "shape {} cannot be broadcast to {}: counted from the last, each length must be the same, or 1 here",
                Tuple(self.shape()),
                Tuple(shape)
            );
        };
        let has_suboffsets = self.suboffsets().is_some();
        let mut dims = Dims::new(shape.len(), has_suboffsets)?;
        dims.shape_mut().copy_from_slice(shape);
        for (dim, stride) in dims.strides_mut()[new..].iter_mut().enumerate() {
            if self.shape()[dim] == shape[new + dim] {
                *stride = self.strides()[dim];
            }
        }
        if let (Some(to), Some(from)) = (dims.suboffsets_mut(), self.suboffsets()) {
            to[..new].fill(-1);
            to[new..].copy_from_slice(from);
        }
        Ok(Self { dims, ..*self })
    }
}
