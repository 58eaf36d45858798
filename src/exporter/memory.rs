//! Whose memory it is, and the description from which an exporter is made: one
//! struct in which everything left out has the meaning a reader would guess.

use std::any::Any;
use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use super::Exporter;
use crate::alloc::{Block, try_box};
use crate::error::{Result, Tuple, fail};
use crate::format::Format;
use crate::layout::{Layout, Order};

/// Who gets the memory back; dropping it is giving it back.
pub(crate) enum Owner {
    /// Memory that outlives everything.
    Nobody,
    /// Our own.
    Block(#[allow(dead_code, reason = "held for its drop")] Block),
    /// A release callback's.
    Callback(#[allow(dead_code, reason = "held for its drop")] Callback),
    /// Another exporter's, of which this is a part.
    Base(Exporter),
    /// A Rust value's.
    Value(#[allow(dead_code, reason = "held for its drop")] Contained),
}

impl Owner {
    /// A Rust value, dropped with the exporter; and its address, where it now stays.
    pub(crate) fn value<T: Any + Send + Sync>(value: T) -> Result<(Self, *mut T)> {
        let address = NonNull::from(Box::leak(try_box(value)?));
        Ok((Self::Value(Contained(address)), address.as_ptr()))
    }
}

/// A function of the owner and its argument; runs when dropped.
pub(crate) struct Callback {
    pub(crate) release: unsafe extern "C" fn(*mut c_void),
    pub(crate) context: *mut c_void,
}

// SAFETY: whoever gives a callback promises that it may run on any thread (the C API's documentation).
unsafe impl Send for Callback {}
// SAFETY: as above; it is only ever used by its one drop.
unsafe impl Sync for Callback {}

impl Drop for Callback {
    fn drop(&mut self) {
        // SAFETY: the one call; whoever gave the callback promises that it may be called so.
        unsafe { (self.release)(self.context) }
    }
}

/// A Rust value whose destructor must not unwind into C. It is held by its address: a box
/// that is moved would claim that nobody else points into it.
pub(crate) struct Contained(NonNull<dyn Any + Send + Sync>);

// SAFETY: the value is, and it is only ever used by its one drop.
unsafe impl Send for Contained {}
// SAFETY: as above.
unsafe impl Sync for Contained {}

impl Drop for Contained {
    fn drop(&mut self) {
        // SAFETY: it came out of a box, and goes back into it once.
        let value = unsafe { Box::from_raw(self.0.as_ptr()) };
        // The panic hook has reported it; nobody is left to be told in another way. What was
        // thrown is forgotten: dropping it might throw again.
        if let Err(thrown) = catch_unwind(AssertUnwindSafe(move || drop(value))) {
            std::mem::forget(thrown);
        }
    }
}

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
    pub(crate) offset: isize,
    pub(crate) readonly: bool,
}

impl Description<'_> {
    /// Layout and format of `size` bytes of memory under this description.
    pub(crate) fn resolve(&self, size: usize) -> Result<(Layout, Format)> {
        let format = match (self.format, self.itemsize) {
            (None, None | Some(1)) => Format::BYTES,
            (None, Some(itemsize)) => Format::stated(None, itemsize)?,
            (Some(text), itemsize) => Format::new(text, itemsize)?,
        };
        let itemsize = format.itemsize();
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
    /// Lends memory as described.
    ///
    /// # Safety
    /// `base` is readable (and writable, unless the description says read-only) for
    /// `description.size` bytes until the owner is dropped.
    pub(crate) unsafe fn describe(
        base: *mut u8,
        description: &Description<'_>,
        owner: Owner,
    ) -> Result<Self> {
        let (layout, format) = description.resolve(description.size)?;
        let readonly = description.readonly;
        Self::over(base, description.size, layout, format, readonly, owner)
    }

    /// Memory of our own for such items, all zero and writable.
    pub fn zeroed(format: &CStr, itemsize: Option<usize>, shape: &[isize]) -> Result<Self> {
        Self::ndarray(&Description {
            format: Some(format),
            itemsize,
            shape: Some(shape),
            ..Description::default()
        })
    }

    /// As [`Exporter::zeroed`], in either order.
    pub(crate) fn ndarray(description: &Description<'_>) -> Result<Self> {
        let (layout, format) = description.resolve(0)?;
        let size = layout.nbytes();
        let Ok(block) = Block::zeroed(size) else {
            return fail!(
                Memory,
                "no memory for shape {} of {}-byte items ({size} bytes)",
                Tuple(layout.shape()),
                layout.itemsize()
            );
        };
        let base = block.as_ptr();
        Self::over(base, size, layout, format, false, Owner::Block(block))
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

    /// Read-only bytes of our own, written once.
    pub(crate) fn frozen(size: usize, write: impl FnOnce(*mut u8) -> Result<()>) -> Result<Self> {
        let block = Block::zeroed(size)?;
        let base = block.as_ptr();
        write(base)?;
        let (layout, owner) = (Layout::bytes(size)?, Owner::Block(block));
        Self::over(base, size, layout, Format::BYTES, true, owner)
    }
}
