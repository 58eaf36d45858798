//! A field of every item, as a view.

use super::View;
use crate::error::Result;
use crate::format::FieldItems;

impl View {
    /// A view of one field of every item: of the same memory, without a copy. The path is that of
    /// [`crate::format::Format::field`]; the dimensions of a sub-array follow those of the view.
    pub fn field(&self, path: &[u8]) -> Result<Self> {
        let FieldItems {
            format,
            offset,
            shape,
        } = self.format().field_items(path)?;
        let layout = self.layout().field(offset, format.itemsize(), &shape)?;
        self.showing(layout, format)
    }
}
