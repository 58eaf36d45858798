//! The bytes that a layout touches, and whether they lie inside some memory.

use super::Layout;
use crate::error::{Result, Tuple, fail};

/// A range of bytes, relative to the start of the memory: `low..high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The first byte of the lowest item.
    pub low: isize,
    /// One past the last byte of the highest item; `low` where there is no item.
    pub high: isize,
}

impl Layout {
    /// The bytes between the lowest and the highest item (up to the first pointer,
    /// with suboffsets).
    pub fn extent(&self) -> Extent {
        // Condition 3: it was computed when the layout was made.
        self.try_extent().unwrap_or(Extent { low: 0, high: 0 })
    }

    /// `None` where condition 3 does not hold.
    pub(super) fn try_extent(&self) -> Option<Extent> {
        let mut first = None;
        let last = self.extents(|extent| {
            first.get_or_insert(extent);
        })?;
        Some(first.unwrap_or(last))
    }

    /// Calls `reached` with the extent of each table of pointers, and gives that of the items
    /// (where there are pointers: relative to where the last of them lead). `None` where
    /// condition 3 does not hold.
    fn extents(&self, mut reached: impl FnMut(Extent)) -> Option<Extent> {
        let (mut low, mut high) = (self.offset, self.offset);
        if self.is_empty() {
            return Some(Extent { low, high });
        }
        for (k, (&length, &stride)) in self.shape().iter().zip(self.strides()).enumerate() {
            let reach = stride.checked_mul(length - 1)?;
            if reach < 0 {
                low = low.checked_add(reach)?;
            } else {
                high = high.checked_add(reach)?;
            }
            if let Some(suboffset) = self.suboffset_of(k) {
                // What lies here is a pointer, and behind it is other memory.
                let high_pointer = high.checked_add(size_of::<usize>() as isize)?;
                reached(Extent {
                    low,
                    high: high_pointer,
                });
                (low, high) = (suboffset, suboffset);
            }
        }
        let high = high.checked_add(self.itemsize)?;
        Some(Extent { low, high })
    }

    /// Checks that all that lies behind pointers lies in the `size` bytes that each leads to.
    pub(crate) fn check_behind_pointers(&self, size: usize) -> Result<()> {
        let inside = |extent: &Extent| extent.low >= 0 && extent.high.unsigned_abs() <= size;
        let mut first = true;
        let mut outside = None;
        let items = self.extents(|table| {
            if !std::mem::take(&mut first) && !inside(&table) {
                outside.get_or_insert(table);
            }
        });
        let items = items.filter(|_| self.is_indirect() && !self.is_empty());
        match outside.or(items.filter(|items| !inside(items))) {
            None => Ok(()),
            Some(Extent { low, high }) => fail!(
                Value,
                "shape {} with strides {} spans bytes {low} to {high} behind a pointer, \
                 outside the {size} bytes that are there",
                Tuple(self.shape()),
                Tuple(self.strides())
            ),
        }
    }

    /// Checks that every item lies inside `size` bytes of memory.
    pub fn check_within(&self, size: usize) -> Result<()> {
        let Extent { low, high } = self.extent();
        if low >= 0 && high.unsigned_abs() <= size && high >= 0 {
            return Ok(());
        }
        fail!(
            Value,
            "shape {} with strides {} and items of {} bytes from offset {} spans bytes {low} to {high}, \
             outside the {size} bytes of this memory",
            Tuple(self.shape()),
            Tuple(self.strides()),
            self.itemsize,
            self.offset
        )
    }
}
