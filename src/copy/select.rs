//! A selection that may have to follow pointers.

use super::{NOWHERE, Place};
use crate::error::Result;
use crate::layout::{Layout, Select};

impl Place<'_> {
    /// As [`Layout::select`], and where no dimension is left to walk before a pointer, it is
    /// followed: the base is then where it leads.
    ///
    /// # Safety
    /// As for [`Place::item`].
    pub(crate) unsafe fn select(&self, wanted: &[Select]) -> Result<(*mut u8, Layout)> {
        let mut base = self.base;
        let layout = self.layout.select_following(wanted, |offset| {
            let address = base.wrapping_offset(offset).cast::<*mut u8>();
            // SAFETY: a pointer on the way to an item; it need not be aligned.
            base = unsafe { address.read_unaligned() };
            match base.is_null() {
                true => Err(NOWHERE),
                false => Ok(true),
            }
        })?;
        Ok((base, layout))
    }
}
