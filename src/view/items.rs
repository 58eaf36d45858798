//! Typed items of a view, checked once and then copied out one at a time.

use std::marker::PhantomData;

use super::View;
use crate::copy::gather;
use crate::error::{Result, fail};
use crate::exporter::Item;
use crate::layout::Order;

/// The items of a view as numbers of one type in `N` dimensions.
///
/// There is no slice of them: as long as anybody may write, items are copied out through
/// raw pointers. What a concurrent writer leaves half-written is read half-written, as
/// from any memory.
#[derive(Debug)]
pub struct Items<'a, T, const N: usize> {
    view: &'a View,
    item: PhantomData<T>,
}

impl View {
    /// The items as `T` in `N` dimensions; any spelling of the format that means `T` will
    /// do.
    pub fn items<T: Item, const N: usize>(&self) -> Result<Items<'_, T, N>> {
        self.check_items::<T>()?;
        let ndim = self.layout().ndim();
        if ndim != N {
            return fail!(
                Buffer,
                "{N} dimensions were asked for; this buffer has {ndim}"
            );
        }
        Ok(Items {
            view: self,
            item: PhantomData,
        })
    }

    /// Copies all items out in C order; `items` has room for exactly them.
    pub fn copy_to<T: Item>(&self, items: &mut [T]) -> Result<()> {
        self.check_items::<T>()?;
        let count = self.layout().len();
        if items.len() != count {
            return fail!(
                Value,
                "{} items for a view of {count}: the numbers must be equal",
                items.len()
            );
        }
        // SAFETY: the slice is exclusive, has room, and any bytes are a `T`; the export keeps the
        // view's memory.
        unsafe { gather(items.as_mut_ptr().cast(), self.place(), Order::C) }
    }

    pub(super) fn check_items<T: Item>(&self) -> Result<()> {
        self.format().read()?;
        if self.format().scalar() == Some(T::SCALAR) {
            return Ok(());
        }
        fail!(
            Buffer,
            "{} was asked for; this buffer is {}",
            T::SCALAR,
            self.format()
        )
    }
}

impl<T: Item, const N: usize> Items<'_, T, N> {
    /// The item at `indices`, or `None` where there is none: outside, or behind a NULL pointer.
    pub fn get(&self, indices: [usize; N]) -> Option<T> {
        let layout = self.view.layout();
        let mut signed = [0isize; N];
        for (dim, &index) in indices.iter().enumerate() {
            let length = layout.shape()[dim].unsigned_abs();
            signed[dim] = (index < length).then_some(index as isize)?;
        }
        // SAFETY: the indices are in range, and the export keeps the memory.
        let item = unsafe { self.view.place().item(&signed) }.ok()?;
        // SAFETY: as above, and any bytes are a `T`.
        Some(unsafe { item.cast::<T>().read_unaligned() })
    }
}
