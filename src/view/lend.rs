//! A view lends on: an exporter of exactly what the view shows.

use super::View;
use crate::alloc::try_box;
use crate::error::Result;
use crate::exporter::{Exporter, Owner};
use crate::layout::Extent;

impl View {
    /// An exporter of the view's memory as the view shows it: sliced, transposed, read-only.
    /// It keeps the view, and with it the export.
    pub fn lend(&self) -> Result<Exporter> {
        let Extent { low, high } = self.layout().extent();
        // An exporter's memory begins at its lowest byte, a view's base is where index 0 is.
        let base = self.lent().base().wrapping_offset(low);
        let layout = self.layout().try_clone()?;
        let layout = layout.at(self.layout().offset() - low)?;
        let format = self.format().try_clone()?;
        let size = (high - low).unsigned_abs();
        let owner = Owner::value(try_box(self.clone())?);
        Exporter::over(base, size, layout, format, self.is_readonly(), owner)
    }
}
