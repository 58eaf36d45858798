//! Geometry: which byte belongs to which item.
//!
//! A [`Layout`] is shape × strides × suboffsets over items of one size, and the
//! offset of the first item. It knows nothing of memory, formats or Python: every
//! operation takes a layout and gives a layout, in safe arithmetic. Item
//! `(i0, i1, …)` lies at `offset + i0*strides[0] + i1*strides[1] + …`; with
//! suboffsets, wherever `suboffsets[k] >= 0`, the address reached after dimension
//! `k` holds a pointer, which is followed and moved on by `suboffsets[k]` (PEP 3118).
//!
//! Every layout that exists meets these conditions; code refers to them by number:
//!
//! 1. There are at most [`MAX_DIMS`] dimensions, each of a length ≥ 0.
//! 2. `itemsize` × the product of all nonzero lengths fits `isize`: so does the
//!    number of bytes, and so does every part of that product.
//! 3. Where no length is zero, the lowest and the highest address of an item fit
//!    `isize`, relative to the start of the memory or, behind a pointer, to where
//!    it leads: so no sum on the way to an item overflows.
//! 4. There are as many strides as lengths, and as many suboffsets or none.

mod broadcast;
mod cast;
mod contiguity;
mod dims;
mod extent;
mod field;
mod merge;
mod overlap;
mod reshape;
mod select;
mod selection;
mod split;
mod stride;
mod transpose;

pub use contiguity::{Contiguity, Order};
pub(crate) use contiguity::{Departure, fill_strides};
pub use extent::Extent;
pub use overlap::Overlap;
pub use select::Slice;
pub use selection::Select;

use crate::error::{Error, Kind, Result, Tuple, fail};
use dims::Dims;
#[cfg(feature = "python")]
pub(crate) use dims::QUICK_DIMS;

/// The most dimensions that can be described. Consumers see at most
/// [`MAX_NDIM`](crate::request::MAX_NDIM).
pub const MAX_DIMS: usize = 128;

/// Shape, strides and suboffsets of items of one size; see the module.
#[derive(Debug)]
pub struct Layout {
    itemsize: isize,
    offset: isize,
    dims: Dims,
}

impl Layout {
    /// Items one after another: the last index varies fastest in C order, the
    /// first in Fortran order.
    pub fn contiguous(itemsize: usize, shape: &[isize], order: Order) -> Result<Self> {
        let itemsize = check_sizes(itemsize, shape)?;
        let mut dims = Dims::new(shape.len(), false)?;
        dims.shape_mut().copy_from_slice(shape);
        let (shape, strides) = dims.shape_and_strides_mut();
        contiguity::fill_strides(shape, strides, itemsize, order);
        Ok(Self {
            itemsize,
            offset: 0,
            dims,
        })
    }

    /// One dimension of `len` bytes.
    pub fn bytes(len: usize) -> Result<Self> {
        let len = isize::try_from(len).map_err(|_| too_large())?;
        Self::contiguous(1, &[len], Order::C)
    }

    /// Items at given distances, the first of them `offset` bytes into the memory.
    pub fn strided(
        itemsize: usize,
        shape: &[isize],
        strides: &[isize],
        offset: isize,
    ) -> Result<Self> {
        Self::indirect(itemsize, shape, strides, None, offset)
    }

    /// As [`Layout::strided`], with the suboffsets of PIL-style memory.
    pub fn indirect(
        itemsize: usize,
        shape: &[isize],
        strides: &[isize],
        suboffsets: Option<&[isize]>,
        offset: isize,
    ) -> Result<Self> {
        let itemsize = check_sizes(itemsize, shape)?;
        // Without dimensions there is nothing to be indirect in.
        let suboffsets = suboffsets.filter(|all| !all.is_empty());
        check_count("strides", strides.len(), shape.len())?;
        check_count(
            "suboffsets",
            suboffsets.map_or(shape.len(), <[isize]>::len),
            shape.len(),
        )?;
        let mut dims = Dims::new(shape.len(), suboffsets.is_some())?;
        dims.shape_mut().copy_from_slice(shape);
        dims.strides_mut().copy_from_slice(strides);
        if let (Some(to), Some(from)) = (dims.suboffsets_mut(), suboffsets) {
            to.copy_from_slice(from);
        }
        let layout = Self {
            itemsize,
            offset,
            dims,
        };
        match layout.try_extent() {
            Some(_) => Ok(layout),
            None => fail!(
                Overflow,
                "shape {} with strides {} from offset {offset} reaches beyond the address space",
                Tuple(shape),
                Tuple(strides)
            ),
        }
    }

    /// One dimension of contiguous items; that their bytes can be counted the caller has checked.
    #[cfg(feature = "python")]
    #[inline]
    pub(crate) fn in_a_row(itemsize: isize, length: isize) -> Self {
        Self {
            itemsize,
            offset: 0,
            dims: Dims::of_one(length, itemsize),
        }
    }

    /// What is a row becomes another one, in place; that it meets the conditions the caller has
    /// checked.
    #[cfg(feature = "python")]
    #[inline(always)]
    pub(crate) fn set_row(&mut self, itemsize: isize, offset: isize, length: isize, stride: isize) {
        self.itemsize = itemsize;
        self.offset = offset;
        self.dims.set_one(length, stride);
    }

    /// What is a row of contiguous items becomes a block of them in C order; that they are as many
    /// the caller has checked.
    #[cfg(feature = "python")]
    #[inline(always)]
    pub(crate) fn fold(&mut self, lengths: &[isize]) {
        self.dims.fold(lengths, self.itemsize);
    }

    /// Becomes a row, of whatever; `false` where it owns memory.
    #[cfg(feature = "python")]
    pub(crate) fn unfold(&mut self) -> bool {
        self.dims.unfold()
    }

    /// Whether it has one dimension, without suboffsets.
    #[cfg(feature = "python")]
    #[inline]
    pub(crate) fn is_row(&self) -> bool {
        self.dims.is_one()
    }

    /// One dimension of contiguous items gets another length; that fits, as the caller says.
    pub(crate) fn set_length(&mut self, length: isize) {
        debug_assert!(self.ndim() == 1 && self.strides()[0] == self.itemsize);
        self.dims.shape_mut()[0] = length;
    }

    /// A copy of one dimension of contiguous items, which allocates nothing.
    pub(crate) fn in_one_dimension(&self) -> Self {
        let dims = Dims::of_one(self.shape()[0], self.itemsize);
        Self { dims, ..*self }
    }

    /// Number of dimensions.
    pub fn ndim(&self) -> usize {
        self.dims.ndim()
    }

    /// Lengths, in items.
    #[inline]
    pub fn shape(&self) -> &[isize] {
        self.dims.shape()
    }

    /// Distances between neighbours, in bytes.
    #[inline]
    pub fn strides(&self) -> &[isize] {
        self.dims.strides()
    }

    /// Offsets behind pointers, where there are any.
    pub fn suboffsets(&self) -> Option<&[isize]> {
        self.dims.suboffsets()
    }

    /// What is added behind the pointer that dimension `dim` ends in; `None` where
    /// it ends in none.
    pub(crate) fn suboffset_of(&self, dim: usize) -> Option<isize> {
        self.suboffsets()
            .map(|all| all[dim])
            .filter(|&suboffset| suboffset >= 0)
    }

    /// Bytes of one item.
    pub fn itemsize(&self) -> usize {
        self.itemsize.unsigned_abs()
    }

    /// Where the first item lies, in bytes from the start of the memory.
    pub fn offset(&self) -> isize {
        self.offset
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        // Condition 2: no overflow.
        self.shape().iter().product::<isize>().unsigned_abs()
    }

    /// Whether there is no item.
    pub fn is_empty(&self) -> bool {
        self.shape().contains(&0)
    }

    /// Bytes of all items together: the `len` of a `Py_buffer`.
    pub fn nbytes(&self) -> usize {
        self.len() * self.itemsize()
    }

    /// Whether a pointer has to be followed to reach an item.
    pub fn is_indirect(&self) -> bool {
        self.suboffsets()
            .is_some_and(|all| all.iter().any(|&suboffset| suboffset >= 0))
    }

    /// A copy; `Clone` could not say that there is no memory.
    pub fn try_clone(&self) -> Result<Self> {
        Ok(Self {
            dims: self.dims.try_clone()?,
            ..*self
        })
    }

    /// The same geometry with the first item at `offset`.
    pub fn at(mut self, offset: isize) -> Result<Self> {
        self.offset = offset;
        self.try_extent().ok_or_else(too_large)?;
        Ok(self)
    }

    /// Whether `other` has the same lengths, so that items can be copied one to one.
    pub fn same_shape(&self, other: &Self) -> bool {
        self.shape() == other.shape()
    }
}

/// Conditions 1 and 2; gives the item size as a signed number.
fn check_sizes(itemsize: usize, shape: &[isize]) -> Result<isize> {
    if shape.len() > MAX_DIMS {
        return fail!(
            Value,
            "{} dimensions: at most {MAX_DIMS} can be described",
            shape.len()
        );
    }
    if let Some(k) = shape.iter().position(|&length| length < 0) {
        return fail!(
            Value,
            "shape {} is negative in dimension {k}: lengths are 0 or more",
            Tuple(shape)
        );
    }
    let itemsize = isize::try_from(itemsize).map_err(|_| too_large())?;
    let product = shape
        .iter()
        .filter(|&&length| length != 0)
        .try_fold(itemsize.max(1), |product, &length| {
            product.checked_mul(length)
        });
    match product {
        Some(_) => Ok(itemsize),
        None => fail!(
            Overflow,
            "shape {} times {itemsize} bytes an item does not fit the address space",
            Tuple(shape)
        ),
    }
}

fn check_count(what: &str, count: usize, ndim: usize) -> Result<()> {
    if count == ndim {
        return Ok(());
    }
    fail!(
        Value,
        "{count} {what} for {ndim} dimensions: there must be one for each"
    )
}

fn too_large() -> Error {
    Error::fixed(Kind::Overflow, "size does not fit the address space")
}

// proptest is not built with loom.
#[cfg(all(test, not(loom)))]
pub(crate) mod tests;
