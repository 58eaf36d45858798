//! A view lends on: an exporter of exactly what the view shows.

use super::View;
use crate::error::{Result, fail};
use crate::exporter::{Exporter, Guard, Lent, Owner, Storage};
use crate::layout::{Extent, Order};
use crate::request::Hold;

impl View {
    /// An exporter of the view's memory as the view shows it: sliced, transposed, read-only.
    /// It keeps the export, by way of this view, or the memory, where an exporter lends it.
    pub fn lend(&self) -> Result<Exporter> {
        // As long as the view is kept, nobody writes.
        let guard = match self.hold() {
            Hold::Stable => Guard::Constant,
            _ => Guard::None,
        };
        lend_exactly(self.lent(), guard, || self.owner())
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

/// An exporter of exactly what is shown, which keeps its owner.
pub(super) fn lend_exactly(
    lent: &Lent,
    guard: Guard,
    owner: impl FnOnce() -> Result<Owner>,
) -> Result<Exporter> {
    let Extent { low, high } = lent.layout().extent();
    // An exporter's memory begins at its lowest byte, a view's base is where index 0 is.
    let base = lent.base().wrapping_offset(low);
    let offset = lent.layout().offset().checked_sub(low);
    let (Some(offset), Some(size)) = (offset, high.checked_sub(low)) else {
        return fail!(
            Overflow,
            "the view's items lie further apart than an offset can say"
        );
    };
    let layout = lent.layout().try_clone()?.at(offset)?;
    let storage = Storage::Fixed {
        base,
        size: size.unsigned_abs(),
        readonly: lent.is_readonly(),
        guard,
        owner: owner()?,
    };
    Exporter::over(base, layout, lent.format().try_clone()?, storage)
}
