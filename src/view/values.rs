//! The items of a view as values: what the C API does with all of them at once.

use super::View;
use crate::copy::{each_block, scatter};
use crate::error::{Result, fail};
use crate::format::{Given, pack, staged};
use crate::layout::Order;

/// So many addresses are looked up at once.
const BLOCK: usize = 256;

impl View {
    /// Calls with the addresses of all items in C order, a block at a time, each with its first
    /// item's number. Where an item cannot be reached, it is not called at all.
    pub(crate) fn each_block(&self, mut visit: impl FnMut(usize, &[*mut u8])) -> Result<()> {
        let mut first = 0;
        // SAFETY: the export keeps the memory.
        unsafe {
            each_block::<BLOCK>(self.place(), |items| {
                visit(first, items);
                first += items.len();
                Ok(())
            })
        }
    }

    /// Writes all items, in C order, each from what is given for its number. Where one does
    /// not fit or cannot be reached, none is written.
    ///
    /// # Safety
    /// Nobody else reads or writes the view's items meanwhile.
    pub(crate) unsafe fn pack<'a, G: Given<'a>>(
        &self,
        items: usize,
        given: impl Fn(usize) -> G,
    ) -> Result<()> {
        self.check_writable()?;
        let root = self.format().known()?;
        let count = self.layout().len();
        if items != count {
            return fail!(
                Value,
                "{items} items for a view of {count}: the numbers must be equal"
            );
        }
        staged(self.layout().nbytes(), |stage| {
            pack(&root, items, given, stage)?;
            // SAFETY: as the caller promises; the export keeps the memory, and the stage is ours.
            unsafe { scatter(self.place(), stage.as_ptr(), items, Order::C) }
        })
    }
}
