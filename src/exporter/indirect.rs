//! Memory with suboffsets, as PIL has it: a table of pointers, and the items behind them.

use super::Description;
use crate::copy::Place;
use crate::error::{Result, Tuple, fail};
use crate::layout::Layout;

impl Description<'_> {
    /// The layout of memory whose suboffsets are given.
    pub(super) fn indirect(&self, itemsize: usize) -> Result<Layout> {
        let (Some(shape), Some(strides)) = (self.shape, self.strides) else {
            return fail!(
                Value,
                "suboffsets are given without shape and strides: say all three"
            );
        };
        let layout = Layout::indirect(itemsize, shape, strides, self.suboffsets, self.offset)?;
        if self.pointed != 0 {
            layout.check_behind_pointers(self.pointed)?;
        }
        Ok(layout)
    }
}

/// Checks that no pointer on the way to an item is NULL.
///
/// # Safety
/// The first table of pointers lies in live memory at `base`, and behind each pointer that is
/// not NULL what the layout says.
pub(super) unsafe fn check_pointers(base: *mut u8, layout: &Layout) -> Result<()> {
    if !layout.is_indirect() || layout.is_empty() {
        return Ok(());
    }
    let place = Place { base, layout };
    // SAFETY: as the caller promises.
    match unsafe { place.null_pointer() } {
        None => Ok(()),
        Some((indices, count)) => fail!(
            Value,
            "the pointer at {} is NULL, but items are to lie behind it",
            Tuple(&indices[..count])
        ),
    }
}
