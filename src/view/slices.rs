//! Rust slices of lent memory: only where nobody can write meanwhile.
//!
//! `&[T]` says that the items do not change, `&mut [T]` that nobody else sees them. A stable
//! export is a promise of the first, an exclusive one of the second; no other memory is
//! ever a slice here.

use std::slice;

use super::View;
use crate::error::{Result, fail};
use crate::exporter::Item;
use crate::layout::{Contiguity, Order};
use crate::request::{Geometry, Hold};

impl View {
    /// All items as a slice, in C order. The view's request was [stable] or [exclusive], or
    /// its memory is constant (an `Arc<[T]>`, say). The items are `T`, aligned and contiguous;
    /// else it is an error.
    ///
    /// [stable]: crate::Request::stable
    /// [exclusive]: crate::Request::exclusive
    pub fn as_slice<T: Item>(&self) -> Result<&[T]> {
        if !matches!(self.hold(), Hold::Stable | Hold::Exclusive) {
            return fail!(
                Buffer,
                "a slice was asked for; others may write this memory meanwhile: \
                 a view by a stable or exclusive request would do, or a copy of the items"
            );
        }
        let items = self.check_sliceable::<T>()?;
        // SAFETY: aligned items of this type, one after another, which nobody writes as long as
        // there is this view: the export is stable, or it is exclusive and writing through a view
        // is unsafe while somebody reads.
        Ok(unsafe { slice::from_raw_parts(items, self.layout().len()) })
    }

    /// All items as a slice that can be written, in C order. The view's request was
    /// [exclusive] and to write, and there is no other view of the same export. The items are
    /// `T`, aligned and contiguous; else it is an error.
    ///
    /// [exclusive]: crate::Request::exclusive
    pub fn as_mut_slice<T: Item>(&mut self) -> Result<&mut [T]> {
        if self.hold() != Hold::Exclusive || self.is_readonly() {
            return fail!(
                Buffer,
                "a slice to write was asked for; others may use this memory meanwhile, or it is read-only: \
                 a view by an exclusive request to write would do"
            );
        }
        if !self.is_alone() {
            return fail!(
                Buffer,
                "a slice to write was asked for; there are other views of the same export: drop them first"
            );
        }
        let items = self.check_sliceable::<T>()?;
        // SAFETY: as above, and neither another export nor another view of this one is there, nor
        // can one be made as long as this view is borrowed.
        Ok(unsafe { slice::from_raw_parts_mut(items, self.layout().len()) })
    }

    /// Where a slice of all items would begin.
    fn check_sliceable<T: Item>(&self) -> Result<*mut T> {
        self.check_items::<T>()?;
        let layout = self.layout();
        if !layout.is_contiguous(Contiguity::In(Order::C)) {
            return fail!(
                Buffer,
                "a slice was asked for; this buffer is not in C order: {}",
                Geometry(layout)
            );
        }
        let items = self.data().cast::<T>();
        if layout.is_empty() {
            return Ok(std::ptr::NonNull::dangling().as_ptr());
        }
        if !items.is_aligned() {
            return fail!(
                Buffer,
                "a slice was asked for; this buffer is not aligned (it begins at {items:p}): \
                 a copy of the items would do"
            );
        }
        Ok(items)
    }
}
