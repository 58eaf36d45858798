//! Items of a view written, and copied out, all at once.

use super::View;
use crate::copy;
use crate::error::{Result, fail};
use crate::format::staged;
use crate::layout::Order;

impl View {
    /// Copies all items out as bytes, one after another in `order`; `bytes` has room for
    /// exactly them.
    pub fn copy_bytes_to(&self, bytes: &mut [u8], order: Order) -> Result<()> {
        // SAFETY: the slice is exclusive, and its length is checked.
        unsafe { self.copy_out(bytes.as_mut_ptr(), bytes.len(), order) }
    }

    /// As [`View::copy_bytes_to`], to memory that is not a slice.
    ///
    /// # Safety
    /// `bytes` is writable for `size` bytes, which nobody else uses meanwhile. They may
    /// overlap the view's memory.
    pub unsafe fn copy_out(&self, bytes: *mut u8, size: usize, order: Order) -> Result<()> {
        let nbytes = self.layout().nbytes();
        if size != nbytes {
            return fail!(
                Value,
                "{size} bytes for a view of {nbytes}: the sizes must be equal"
            );
        }
        // SAFETY: the export keeps the memory, and `bytes` has room.
        unsafe { copy::gather(bytes, self.place(), order) }
    }

    /// Copies all items of `from`, which has the same shape and item size, into this view.
    /// The two may overlap.
    ///
    /// # Safety
    /// Nobody else reads or writes this view's items meanwhile.
    pub unsafe fn copy_from(&self, from: &Self) -> Result<()> {
        self.check_writable()?;
        // SAFETY: the exports keep both memories; this one is writable.
        unsafe { copy::copy(self.place(), from.place()) }
    }

    /// Copies all items of `from`, which has the same shape and item size, into this view, and
    /// turns the bytes of each `number` of so many bytes round: from `>f` to `<f`. An item is one
    /// or some of them, and with a `number` of 0 it is one. The two may overlap, or be the same.
    ///
    /// ```
    /// # use pybuf::{Exporter, Request};
    /// let big = Exporter::new(vec![0x0100u16, 0x0200]).flat()?.view(Request::read())?;
    /// let native = Exporter::new(vec![0u16; 2]).flat()?;
    /// let view = native.view(Request::write())?;
    /// // SAFETY: nobody else has the items.
    /// unsafe { view.copy_swapped_from(&big, 2) }?;
    /// assert_eq!(view.count(1)? + view.count(2)?, 2);
    /// # Ok::<(), pybuf::Error>(())
    /// ```
    ///
    /// # Safety
    /// Nobody else reads or writes this view's items meanwhile.
    pub unsafe fn copy_swapped_from(&self, from: &Self, number: usize) -> Result<()> {
        self.check_writable()?;
        let number = match number {
            // Where there is no byte, numbers of one have none as well.
            0 => self.layout().itemsize().max(1),
            _ => number,
        };
        // SAFETY: the exports keep both memories; this one is writable.
        unsafe { copy::copy_swapped(self.place(), from.place(), number) }
    }

    /// Copies all items of `from`, which has the same shape, into this view by value: the formats
    /// mean the same, but may differ in byte order, as numbers or as structs of them. The two may
    /// overlap, or be the same.
    ///
    /// ```
    /// # use pybuf::{Exporter, Order, Request};
    /// # use pybuf::format::{Dialect, Format};
    /// let point = |order: &str| {
    ///     let text = std::ffi::CString::new(format!("T{{{order}H:x:B:colour:}}")).unwrap();
    ///     Format::parse(&text, Dialect::Pep3118)
    /// };
    /// let view = |bytes: Vec<u8>, order| {
    ///     let bytes = Exporter::new(bytes).flat()?.view(Request::write())?;
    ///     bytes.cast(point(order)?, Some(&[2]), Order::C)
    /// };
    /// let (big, little) = (view(vec![0, 1, 7, 0, 2, 8], ">")?, view(vec![0; 6], "<")?);
    /// // SAFETY: nobody else has the items.
    /// unsafe { little.copy_values_from(&big) }?;
    /// # let mut bytes = [0; 6];
    /// # little.copy_bytes_to(&mut bytes, Order::C)?;
    /// assert_eq!(bytes, [1, 0, 7, 2, 0, 8]);
    /// # Ok::<(), pybuf::Error>(())
    /// ```
    ///
    /// # Safety
    /// Nobody else reads or writes this view's items meanwhile.
    pub unsafe fn copy_values_from(&self, from: &Self) -> Result<()> {
        self.check_writable()?;
        let Some(swap) = from.format().swap_to(self.format())? else {
            return Err(from.format().not_those_of(self.format()));
        };
        // SAFETY: the exports keep both memories; this one is writable.
        unsafe { copy::copy_with_swap(self.place(), from.place(), &swap) }
    }

    /// Copies the bytes of one item to all.
    ///
    /// # Safety
    /// Nobody else reads or writes this view's items meanwhile.
    pub unsafe fn fill(&self, item: &[u8]) -> Result<()> {
        self.check_writable()?;
        self.check_itemsize(item.len())?;
        // It may be one of the view's own.
        staged(item.len(), |own| {
            own.copy_from_slice(item);
            // SAFETY: the export keeps the memory, which is writable.
            unsafe { copy::fill(self.place(), own) }
        })
    }
}
