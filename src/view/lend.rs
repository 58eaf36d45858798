//! A view lends on: an exporter of exactly what the view shows.

use super::View;
use crate::alloc::Block;
use crate::copy::gather;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::{Exporter, Guard, Lent, Owner, Storage};
use crate::layout::{Extent, Layout, Order};
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

    /// A writable copy of all items, with their shape and format, contiguous in an order.
    pub fn to_contiguous(&self, order: Order) -> Result<Exporter> {
        // SAFETY: the export keeps the memory.
        unsafe { copy_of(self.lent(), order) }
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

/// A writable copy of all items of some memory, with its shape and its format, contiguous in an
/// order.
///
/// # Safety
/// Every item lies in live memory, as do the pointers on the way; those may be NULL.
pub(crate) unsafe fn copy_of(lent: &Lent, order: Order) -> Result<Exporter> {
    let (shape, format) = (lent.layout().shape(), lent.format().try_clone()?);
    if format.holds_objects() {
        let text = "a copy of references to Python objects is refused: nobody would count those of the copy";
        return Err(Error::fixed(Kind::NotImplemented, text));
    }
    let layout = Layout::contiguous(lent.layout().itemsize(), shape, order)?;
    let size = layout.nbytes();
    let block = Block::zeroed(size)?;
    let base = block.as_ptr();
    // SAFETY: as the caller promises; the block has as many bytes, and is nobody else's yet.
    unsafe { gather(base, lent.place(), order) }?;
    let storage = Storage::Fixed {
        base,
        size,
        readonly: false,
        guard: Guard::None,
        owner: Owner::Block(block),
    };
    Exporter::over(base, layout, format, storage)
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
