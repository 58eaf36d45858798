//! A view lends on: an exporter of exactly what the view shows.

use super::View;
use crate::error::{Result, fail};
use crate::exporter::{Exporter, Guard, Owner, Storage};
use crate::layout::{Extent, Order};
use crate::request::Hold;

impl View {
    /// An exporter of the view's memory as the view shows it: sliced, transposed, read-only.
    /// It keeps the export, by way of this view, or the memory, where an exporter lends it.
    pub fn lend(&self) -> Result<Exporter> {
        let Extent { low, high } = self.layout().extent();
        // An exporter's memory begins at its lowest byte, a view's base is where index 0 is.
        let base = self.lent().base().wrapping_offset(low);
        let layout = self.layout().try_clone()?;
        let offset = self.layout().offset().checked_sub(low);
        let (Some(offset), Some(size)) = (offset, high.checked_sub(low)) else {
            return fail!(
                Overflow,
                "the view's items lie further apart than an offset can say"
            );
        };
        let layout = layout.at(offset)?;
        let format = self.format().try_clone()?;
        let size = size.unsigned_abs();
        let storage = Storage::Fixed {
            base,
            size,
            readonly: self.is_readonly(),
            // As long as the view is kept, nobody writes.
            guard: match self.hold() {
                Hold::Stable => Guard::Constant,
                _ => Guard::None,
            },
            owner: self.owner()?,
        };
        Exporter::over(base, layout, format, storage)
    }

    /// Who keeps the memory where it is: its exporter, unless that does so for this view only.
    fn owner(&self) -> Result<Owner> {
        let shared = matches!(self.hold(), Hold::Protocol | Hold::Shared);
        let replaceable = |it: &Exporter| it.is_constant() || (shared && !it.grows());
        match self.exporter() {
            Some(exporter) if replaceable(&exporter) => Ok(Owner::Base(exporter.root().clone())),
            _ => Ok(Owner::value(self.clone())?.0),
        }
    }

    /// A read-only copy of all items, as bytes in C order.
    pub fn to_bytes(&self) -> Result<Exporter> {
        let size = self.layout().nbytes();
        Exporter::frozen(size, |bytes| {
            // SAFETY: so many bytes, which are nobody else's yet.
            unsafe { self.copy_out(bytes, size, Order::C) }
        })
    }
}
