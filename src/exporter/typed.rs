//! Memory that grows, as a vector of one type: what a Rust program reaches for.
//!
//! What writes here does so alone: it is refused while any export is outstanding, also where
//! the number of items stays, so that it needs no promise of the caller and is safe. To write
//! items under one export there is [`View::as_mut_slice`](crate::View::as_mut_slice).

use std::mem::MaybeUninit;
use std::slice;

use super::{Exporter, Item, Items};
use crate::error::{Result, fail};
use crate::layout::Slice;

impl Exporter {
    /// Memory that grows, with a copy of these items.
    ///
    /// ```
    /// use pybuf::{Exporter, Request};
    ///
    /// let samples = Exporter::growing_of(&[0.5, 1.5])?;
    /// samples.push(2.5)?;
    /// samples.extend_from_slice(&[3.5, 4.5])?;
    /// assert_eq!(samples.count(), 5);
    /// assert_eq!(samples.item::<f64>(-1)?, 4.5);
    ///
    /// let view = samples.view(Request::read().stable())?;
    /// assert_eq!(view.as_slice::<f64>()?, [0.5, 1.5, 2.5, 3.5, 4.5]);
    /// let refused = samples.push(5.5).unwrap_err();      // the view would lose its memory
    /// assert!(refused.message().contains("1 export is outstanding"));
    /// # Ok::<(), pybuf::Error>(())
    /// ```
    pub fn growing_of<T: Item>(items: &[T]) -> Result<Self> {
        let exporter = Self::growing(T::FORMAT, 0)?;
        exporter.extend_from_slice(items)?;
        Ok(exporter)
    }

    /// Appends an item. As all that changes the size it is refused while an export is
    /// outstanding; and the memory's items are `T`, however the format is spelled.
    pub fn push<T: Item>(&self, item: T) -> Result<()> {
        self.extend_from_slice(&[item])
    }

    /// Appends copies of items; refused as [`push`](Self::push) is, and then none is appended.
    pub fn extend_from_slice<T: Item>(&self, items: &[T]) -> Result<()> {
        self.insert_from_slice(isize::MAX, items)
    }

    /// Puts copies of items in before the one at `index`; negative ones count from the end,
    /// and what is outside is clamped, as for Python's `insert`. Refused as `push` is.
    pub fn insert_from_slice<T: Item>(&self, index: isize, items: &[T]) -> Result<()> {
        let before = Slice {
            start: Some(index),
            stop: Some(index),
            step: 1,
        };
        self.splice(before, items)
    }

    /// Puts copies of items in place of those of a slice; with a step there must be as many,
    /// or none, which takes the slice out. It is refused while an export is outstanding, also
    /// where the number of items stays.
    pub fn splice<T: Item>(&self, slice: Slice, items: &[T]) -> Result<()> {
        self.check_vector::<T>()?;
        let (bytes, count) = (items.as_ptr().cast(), items.len());
        // SAFETY: so many items of this type, which nobody writes; they are in no memory that is
        // changed here: there is no export of that.
        unsafe { self.replace_alone(slice, Items { bytes, count }) }
    }

    /// Writes an item; negative indices count from the end. It is refused while an export is
    /// outstanding.
    pub fn set_item<T: Item>(&self, index: isize, item: T) -> Result<()> {
        self.check_vector::<T>()?;
        let bytes = (&raw const item).cast();
        // SAFETY: the bytes of an item of this type.
        unsafe { self.set_alone(index, bytes) }
    }

    /// A copy of an item; negative indices count from the end. It is refused while an exclusive
    /// export is outstanding.
    pub fn item<T: Item>(&self, index: isize) -> Result<T> {
        self.check_vector::<T>()?;
        filled(|bytes| self.get(index, bytes))
    }

    /// Takes an item out; -1 is the last one. It is refused while an export is outstanding.
    pub fn pop_item<T: Item>(&self, index: isize) -> Result<T> {
        self.check_vector::<T>()?;
        filled(|bytes| self.pop(index, bytes))
    }

    /// Whether this memory grows and has items of this type.
    fn check_vector<T: Item>(&self) -> Result<()> {
        self.check_grows()?;
        if self.format().scalar() == Some(T::SCALAR) {
            return Ok(());
        }
        fail!(
            Type,
            "an item is {}, and this memory's are {}",
            T::SCALAR,
            self.format()
        )
    }
}

/// The item whose bytes `fill` writes.
fn filled<T: Item>(fill: impl FnOnce(&mut [u8]) -> Result<()>) -> Result<T> {
    let mut item = MaybeUninit::<T>::zeroed();
    // SAFETY: so many bytes, all zero, and nobody else's.
    fill(unsafe { slice::from_raw_parts_mut(item.as_mut_ptr().cast(), size_of::<T>()) })?;
    // SAFETY: any bytes are a `T`.
    Ok(unsafe { item.assume_init() })
}
