//! The description from which an exporter is made: one struct in which everything left
//! out has the meaning a reader would guess.

use std::ffi::CStr;

use super::{Exporter, Guard, Owner, Storage};
use crate::alloc::Block;
use crate::error::{Result, Tuple, fail};
use crate::format::Format;
use crate::layout::{Layout, Order};

/// How memory is to be lent. All zero means: one dimension of bytes over all of it.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Description<'a> {
    pub(crate) size: usize,
    pub(crate) format: Option<&'a CStr>,
    pub(crate) itemsize: Option<usize>,
    /// `None`: one dimension over all of the memory.
    pub(crate) shape: Option<&'a [isize]>,
    /// `None`: contiguous in `order`.
    pub(crate) strides: Option<&'a [isize]>,
    pub(crate) order: Option<Order>,
    /// One for each dimension, where the memory holds pointers.
    pub(crate) suboffsets: Option<&'a [isize]>,
    /// Bytes behind each of these pointers; 0: nobody says.
    pub(crate) pointed: usize,
    pub(crate) offset: isize,
    pub(crate) readonly: bool,
    pub(crate) guard: Guard,
}

impl Description<'_> {
    /// Layout and format of `size` bytes of memory under this description.
    pub(crate) fn resolve(&self, size: usize) -> Result<(Layout, Format)> {
        let format = Format::said(self.format, self.itemsize)?;
        let itemsize = format.itemsize();
        if self.suboffsets.is_some() {
            return Ok((self.indirect(itemsize)?, format));
        }
        if self.pointed != 0 {
            return fail!(
                Value,
                "{} bytes behind pointers are said, but no suboffsets: nothing is a pointer",
                self.pointed
            );
        }
        let layout = match (self.shape, self.strides) {
            (None, Some(_)) => return fail!(Value, "strides are given, but no shape"),
            (None, None) => self.one_dimension(size, itemsize)?,
            (Some(shape), None) => {
                Layout::contiguous(itemsize, shape, self.order.unwrap_or(Order::C))?
                    .at(self.offset)?
            }
            (Some(_), Some(_)) if self.order == Some(Order::F) => {
                return fail!(
                    Value,
                    "order 'F' and strides are given: leave one of them out"
                );
            }
            (Some(shape), Some(strides)) => Layout::strided(itemsize, shape, strides, self.offset)?,
        };
        Ok((layout, format))
    }

    /// All items from the offset to the end of the memory.
    fn one_dimension(&self, size: usize, itemsize: usize) -> Result<Layout> {
        let rest = usize::try_from(self.offset)
            .ok()
            .and_then(|offset| size.checked_sub(offset));
        let Some(rest) = rest else {
            return fail!(
                Value,
                "offset {} lies outside the {size} bytes of this memory",
                self.offset
            );
        };
        if rest % itemsize != 0 {
            return fail!(
                Value,
                "{rest} bytes are not a whole number of items of {itemsize} bytes: give a shape"
            );
        }
        Layout::contiguous(itemsize, &[(rest / itemsize) as isize], Order::C)?.at(self.offset)
    }
}

impl Exporter {
    /// Lends memory as described. The owner is dropped on failure as well.
    ///
    /// # Safety
    /// `base` is readable (and writable, unless the description says read-only) for
    /// `description.size` bytes until the owner is dropped; and what a guard says is true.
    pub(crate) unsafe fn describe(
        base: *mut u8,
        description: &Description<'_>,
        owner: Owner,
    ) -> Result<Self> {
        let constant = description.guard == Guard::Constant;
        let storage = Storage::Fixed {
            base,
            size: description.size,
            readonly: description.readonly || constant,
            guard: description.guard,
            owner,
        };
        Self::described(description, storage)
    }

    /// Lends a storage as described.
    pub(super) fn described(description: &Description<'_>, storage: Storage) -> Result<Self> {
        let (layout, format) = description.resolve(description.size)?;
        let (base, size) = (storage.base(), description.size);
        layout.check_within(size)?;
        if base.is_null() && layout.nbytes() != 0 {
            return fail!(
                Value,
                "the address is NULL, but {} bytes are to lie there",
                layout.nbytes()
            );
        }
        if base.addr().checked_add(size).is_none() {
            return fail!(
                Value,
                "memory of {size} bytes at {base:p} reaches beyond the address space"
            );
        }
        // SAFETY: all of the layout lies in the storage, as far as the first pointers.
        unsafe { super::indirect::check_pointers(base, &layout) }?;
        Self::over(base, layout, format, storage)
    }

    /// Memory of our own for such items, all zero and writable.
    pub fn zeroed(format: &CStr, itemsize: Option<usize>, shape: &[isize]) -> Result<Self> {
        Self::allocated(&Description {
            format: Some(format),
            itemsize,
            shape: Some(shape),
            guard: Guard::Guarded,
            ..Description::default()
        })
    }

    /// Memory of our own as described, all zero: of the size that is said, or as much as the
    /// items take.
    pub(crate) fn allocated(description: &Description<'_>) -> Result<Self> {
        let (layout, format) = description.resolve(description.size)?;
        let size = match description.size {
            0 => layout.offset().unsigned_abs() + layout.nbytes(),
            size => size,
        };
        if layout.is_indirect() {
            return fail!(
                Value,
                "memory that is to be allocated has no pointers yet: leave the suboffsets out"
            );
        }
        layout.check_within(size)?;
        let Ok(block) = Block::zeroed(size) else {
            return fail!(
                Memory,
                "no memory for shape {} of {}-byte items ({size} bytes)",
                Tuple(layout.shape()),
                layout.itemsize()
            );
        };
        let base = block.as_ptr();
        let storage = Storage::Fixed {
            base,
            size,
            readonly: description.readonly || description.guard == Guard::Constant,
            guard: description.guard,
            owner: Owner::Block(block),
        };
        Self::over(base, layout, format, storage)
    }

    /// A read-only copy of bytes.
    pub fn copy_of(bytes: &[u8]) -> Result<Self> {
        Self::frozen(bytes.len(), |block| {
            // SAFETY: the block has that many bytes, and is nobody else's yet.
            unsafe { block.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
            Ok(())
        })
    }

    /// Read-only zero bytes.
    pub fn zeros(size: usize) -> Result<Self> {
        Self::frozen(size, |_| Ok(()))
    }

    /// Read-only bytes of our own, written once and constant from then on.
    pub(crate) fn frozen(size: usize, write: impl FnOnce(*mut u8) -> Result<()>) -> Result<Self> {
        let block = Block::zeroed(size)?;
        let base = block.as_ptr();
        write(base)?;
        let storage = Storage::Fixed {
            base,
            size,
            readonly: true,
            guard: Guard::Constant,
            owner: Owner::Block(block),
        };
        Self::over(base, Layout::bytes(size)?, Format::BYTES, storage)
    }
}
