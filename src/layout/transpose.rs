//! The dimensions in another order.
//!
//! Pointers are followed in the order of the dimensions. Up to a pointer, and from one to the
//! next, the order does not matter: the distances are added up, and then it is followed. So
//! dimensions change places between pointers, the one that comes last ends in the pointer, and
//! none crosses one.

use super::dims::Dims;
use super::{Layout, MAX_DIMS};
use crate::error::{Result, fail};

impl Layout {
    /// With the dimensions in another order: `axes[k]` names the old dimension
    /// that becomes dimension `k`. No memory moves.
    pub fn transpose(&self, axes: &[usize]) -> Result<Self> {
        let ndim = self.ndim();
        let mut seen = [false; MAX_DIMS];
        let fits = axes.len() == ndim
            && axes
                .iter()
                .all(|&axis| axis < ndim && !std::mem::replace(&mut seen[axis], true));
        if !fits {
            return fail!(
                Value,
                "axes {axes:?} do not name each of {ndim} dimensions once"
            );
        }
        self.check_pointers_stay(axes)?;
        let mut dims = Dims::new(ndim, self.suboffsets().is_some())?;
        let (shape, strides) = dims.shape_and_strides_mut();
        for (to, &from) in axes.iter().enumerate() {
            shape[to] = self.shape()[from];
            strides[to] = self.strides()[from];
        }
        if let (Some(to), Some(from)) = (dims.suboffsets_mut(), self.suboffsets()) {
            // Those of pointers stay where they are; the others mean nothing.
            to.copy_from_slice(from);
        }
        Ok(Self { dims, ..*self })
    }

    fn check_pointers_stay(&self, axes: &[usize]) -> Result<()> {
        let (mut before, mut furthest) = (0, 0);
        for (dim, &axis) in axes.iter().enumerate() {
            furthest = furthest.max(axis);
            if axis < before || (self.suboffset_of(dim).is_some() && furthest > dim) {
                return fail!(
                    NotImplemented,
                    "axes {axes:?} move a dimension across a pointer: in memory with suboffsets pointers are \
                     followed in the order of its dimensions"
                );
            }
            if self.suboffset_of(dim).is_some() {
                before = dim + 1;
            }
        }
        Ok(())
    }
}
