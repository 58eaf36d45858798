//! The same memory in other shapes: a view each, which shares the export and copies nothing.

use super::View;
use crate::error::Result;
use crate::exporter::Lent;
use crate::format::Format;
use crate::layout::{Order, Select};

impl View {
    /// Selected items: indices, slices, an ellipsis and new axes, as in NumPy's
    /// `a[1, ..., ::2, None]`. With an index for each dimension it has none left.
    pub fn select(&self, wanted: &[Select]) -> Result<Self> {
        // SAFETY: the export keeps the memory, and its pointers where there are any.
        let (base, layout) = unsafe { self.place().select(wanted) }?;
        let format = self.format().try_clone()?;
        self.sharing(Lent::new(base, layout, format, self.is_readonly()))
    }

    /// The same bytes, read in `order`, as items of another format: any format and shape of as
    /// many bytes, where the memory is contiguous in that order. Without a shape it becomes one
    /// dimension. In other memory the dimension that varies fastest gets another length, if its
    /// items follow one another.
    pub fn cast(&self, format: Format, shape: Option<&[isize]>, order: Order) -> Result<Self> {
        let layout = self.layout().cast(format.itemsize(), shape, order)?;
        self.showing(layout, format)
    }

    /// The same items, read in `order`, in another shape; one length may be -1, which is then
    /// what is left. Where that needs a copy it is an error of kind
    /// [`Buffer`](crate::error::Kind::Buffer), which says so.
    pub fn reshape(&self, shape: &[isize], order: Order) -> Result<Self> {
        self.with_layout(self.layout().reshape(shape, order)?)
    }

    /// The same items repeated in a larger shape, by NumPy's rules. It is read-only, since what
    /// is written to one place would appear in others.
    pub fn broadcast(&self, shape: &[isize]) -> Result<Self> {
        self.with_layout(self.layout().broadcast(shape)?)?
            .to_readonly()
    }

    /// Items of the same format at any distances, the first of them `offset` bytes from the first
    /// item of this view. All lie between the lowest and the highest byte of this view; else it
    /// is an error.
    pub fn as_strided(&self, shape: &[isize], strides: &[isize], offset: isize) -> Result<Self> {
        let itemsize = self.layout().itemsize();
        self.with_layout(self.layout().as_strided(itemsize, shape, strides, offset)?)
    }

    /// The same items, of which none may be written.
    pub fn to_readonly(&self) -> Result<Self> {
        let (layout, format) = (self.layout().try_clone()?, self.format().try_clone()?);
        self.sharing(Lent::new(self.lent().base(), layout, format, true))
    }
}
