//! A field of every item, as a view.

use super::View;
use crate::error::Result;
use crate::exporter::Lent;
use crate::format::FieldItems;

/// One field of every item that is shown: the same memory, without a copy. The path is that of
/// [`crate::format::Format::field`]; the dimensions of a sub-array follow those that are there.
pub(crate) fn field(lent: &Lent, path: &[u8]) -> Result<Lent> {
    let FieldItems {
        format,
        offset,
        shape,
    } = lent.format().field_items(path)?;
    let layout = lent.layout().field(offset, format.itemsize(), &shape)?;
    Ok(Lent::new(lent.base(), layout, format, lent.is_readonly()))
}

impl View {
    /// A view of one field of every item: of the same memory, without a copy. The path is that of
    /// [`crate::format::Format::field`]; the dimensions of a sub-array follow those of the view.
    pub fn field(&self, path: &[u8]) -> Result<Self> {
        self.sharing(field(self.lent(), path)?)
    }
}
