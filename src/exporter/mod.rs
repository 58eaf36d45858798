//! What lends memory.
//!
//! An [`Exporter`] is one counted handle over memory, its layout and its format, all
//! fixed once it is made. Whoever holds a reference keeps the memory: handles do, and
//! so does every native export, so that a consumer may outlive everybody else. With
//! the last reference the memory goes back to its owner: freed, dropped, or
//! handed to a release callback, exactly once.
//!
//! Fixed memory cannot change under its consumers, so exports of it are not counted
//! apart: taking one is one atomic addition, and when a Python object lends it, which
//! keeps the handle, not even that. Nothing is allocated on the way: shape, strides
//! and format live in the handle, and a filled `Py_buffer` points at them.

pub(crate) mod handle;
mod lent;
mod memory;
mod owned;

pub(crate) use lent::Lent;
pub(crate) use memory::{Callback, Description, Owner};
pub use owned::{Bytes, BytesMut, Item, Lend, Memory, Region};

use std::ffi::c_void;
use std::fmt;

use crate::abi::Py_buffer;
use crate::alloc::{Counted, Last};
use crate::error::{Result, fail};
use crate::format::Format;
use crate::layout::Layout;
use crate::request::Request;
use handle::{Header, Sort};

/// What a handle points at. Its address is the handle of the C API.
#[repr(C, align(16))]
pub(crate) struct Shared {
    header: Header,
    lent: Lent,
    /// Bytes of memory from `lent.base()` on.
    size: usize,
    /// Dropped with the handle: gives the memory back.
    owner: Owner,
}

impl Last for Shared {}

/// A counted handle on memory that can be lent; see the module.
///
/// Cloning counts; memory, shape and format are shared and never change.
#[derive(Clone)]
pub struct Exporter(Counted<Shared>);

impl Exporter {
    /// Lends `size` bytes at `base`. The owner is dropped on failure as well.
    pub(crate) fn over(
        base: *mut u8,
        size: usize,
        layout: Layout,
        format: Format,
        readonly: bool,
        owner: Owner,
    ) -> Result<Self> {
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
        let shared = Shared {
            header: Header::new(Sort::Exporter, release_reference),
            lent: Lent::new(base, layout, format, readonly),
            size,
            owner,
        };
        let shared = Counted::new(shared).map_err(|(error, _)| error)?;
        // SAFETY: nobody has the handle yet, and what is counted does not move.
        unsafe { shared.lent.settle() };
        Ok(Self(shared))
    }

    /// Lends a part of this exporter's memory under a description of its own: the
    /// offset counts from the start of this exporter's memory. The part keeps this
    /// exporter, and is read-only where this one is.
    pub(crate) fn part(&self, description: &Description<'_>) -> Result<Self> {
        let size = match description.size {
            0 => self.size(),
            size if size <= self.size() => size,
            size => {
                return fail!(
                    Value,
                    "a part of {size} bytes of memory that has {}",
                    self.size()
                );
            }
        };
        if self.layout().is_indirect() {
            return fail!(
                NotImplemented,
                "memory with suboffsets has no parts, only pointers to it: lend a slice of a view instead"
            );
        }
        let readonly = description.readonly || self.is_readonly();
        let (layout, format) = description.resolve(size)?;
        let owner = Owner::Base(self.root().clone());
        Self::over(self.lent().base(), size, layout, format, readonly, owner)
    }

    /// The exporter whose memory this is. A part of a part keeps what the first one keeps:
    /// a long chain is none, and nothing falls apart one from within another.
    pub(crate) fn root(&self) -> &Self {
        match &self.0.owner {
            Owner::Base(base) => base,
            _ => self,
        }
    }

    /// Answers a request with this handle as the lender: the export holds a reference on it.
    pub(crate) fn fill_native(&self, view: &mut Py_buffer, request: Request) -> Result<()> {
        let reference = || self.clone().into_raw();
        self.lent().fill_native(view, request, reference)
    }

    pub(crate) fn lent(&self) -> &Lent {
        &self.0.lent
    }

    /// Bytes of memory that belong to this exporter, whether an item covers them or not.
    pub fn size(&self) -> usize {
        self.0.size
    }

    /// Shape and strides of what is lent.
    pub fn layout(&self) -> &Layout {
        self.lent().layout()
    }

    /// The format of its items.
    pub fn format(&self) -> &Format {
        self.lent().format()
    }

    /// Whether nothing may be written.
    pub fn is_readonly(&self) -> bool {
        self.lent().is_readonly()
    }

    /// The address of the first item. Reading and writing there is as unsynchronised as
    /// any memory.
    pub fn data(&self) -> *mut u8 {
        self.lent().first_item()
    }

    /// The handle for C, with this reference.
    pub(crate) fn into_raw(self) -> *mut c_void {
        self.0.into_ptr().cast()
    }

    /// # Safety
    /// `handle` passed [`handle::check`] as an exporter, and a reference on it is given up.
    pub(crate) unsafe fn from_raw(handle: *mut c_void) -> Self {
        // SAFETY: it came from `into_raw`, as the caller promises.
        Self(unsafe { Counted::from_ptr(handle.cast()) })
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter")
            .field("size", &self.size())
            .field("lent", self.lent())
            .finish_non_exhaustive()
    }
}

/// Gives up the reference of an export. Called through the header, also by other copies.
unsafe extern "C" fn release_reference(handle: *mut c_void) {
    // SAFETY: the export held a reference on this handle; a panic in an owner's drop is caught there.
    drop(unsafe { Exporter::from_raw(handle) });
}

#[cfg(test)]
mod tests;
