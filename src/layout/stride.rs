//! Any strides over memory that is there.

use super::{Extent, Layout, too_large};
use crate::error::{Error, Kind, Result, Tuple, fail};

impl Layout {
    /// Items at given distances, `offset` bytes from the first item, of a size of their own. All
    /// of them lie between the lowest and the highest byte that this layout shows; else it is an
    /// error. They may overlap each other.
    pub fn as_strided(
        &self,
        itemsize: usize,
        shape: &[isize],
        strides: &[isize],
        offset: isize,
    ) -> Result<Self> {
        if self.is_indirect() {
            let text = "strides over memory with suboffsets: it lies in many places; select one of them first";
            return Err(Error::fixed(Kind::NotImplemented, text));
        }
        let first = self.offset.checked_add(offset).ok_or_else(too_large)?;
        let layout = Self::strided(itemsize, shape, strides, first)?;
        let (inner, outer) = (layout.extent(), self.extent());
        if outer.low <= inner.low && inner.high <= outer.high {
            return Ok(layout);
        }
        // From the first item on, as the caller counts.
        let from_first =
            |Extent { low, high }| [low, high].map(|at| at.saturating_sub(self.offset));
        let ([low, high], [lowest, highest]) = (from_first(inner), from_first(outer));
        fail!(
            Value,
            "shape {} with strides {} and items of {itemsize} bytes from offset {offset} spans bytes {low} to {high}, \
             outside the bytes {lowest} to {highest} that are shown here",
            Tuple(shape),
            Tuple(strides)
        )
    }
}
