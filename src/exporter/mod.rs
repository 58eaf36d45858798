//! What lends memory.
//!
//! An [`Exporter`] is one counted handle over memory, its layout and its format. Whoever
//! holds a reference keeps the memory: handles do, and so does every native export, so that
//! a consumer may outlive everybody else. With the last reference the memory goes back to
//! its owner: freed, dropped, or handed to a release callback, exactly once.
//!
//! | storage | exports | made of |
//! |---|---|---|
//! | fixed | not counted | somebody's memory or our own; anything may write it |
//! | constant | not counted | the same, where its owner promises that nobody writes it |
//! | guarded | counted (`exports`) | the same, where all access goes through exports |
//! | growing | counted | our own, one dimension; its size changes while there is no export |
//!
//! Fixed memory cannot change under its consumers, so exports of it are not counted
//! apart: taking one is one atomic addition, and when a Python object lends it, which
//! keeps the handle, not even that. Nothing is allocated on the way: shape, strides
//! and format live in the handle, and a filled `Py_buffer` points at them.

mod exports;
mod fill;
mod growing;
pub(crate) mod handle;
mod home;
mod indirect;
mod lent;
mod memory;
mod owned;
mod run;
mod storage;
mod typed;
mod word;

pub(crate) use exports::{Exports, Pinned};
pub(crate) use lent::Lent;
#[cfg(feature = "python")]
pub(crate) use lent::Row;
pub(crate) use memory::Description;
pub use owned::{Bytes, BytesMut, Item, Lend, Memory, Region};
pub(crate) use run::Items;
pub(crate) use storage::{Callback, Guard, Owner, Storage};
pub(crate) use word::Touch;

use std::ffi::c_void;
use std::fmt;
use std::ops::Deref;

use crate::alloc::{Counted, Heap, Last};
use crate::error::{Result, fail};
use crate::format::Format;
use crate::layout::Layout;
use crate::request::{Hold, Request};
use crate::sync::Ruled;
use handle::{Header, Sort};

/// What a handle points at. Its address is the handle of the C API.
#[repr(C, align(16))]
pub(crate) struct Shared {
    header: Header,
    /// Changes only where the memory grows, while nobody else is there.
    lent: Ruled<Lent>,
    /// Dropped with the handle: gives the memory back.
    storage: Storage,
    /// Of storages that count them.
    exports: Exports,
}

// SAFETY: all that changes is what is lent, under the rules of `exports`; the rest is of threads that
// share it.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

impl Last for Shared {}

/// A counted handle on memory that can be lent; see the module.
///
/// Cloning counts; memory, shape and format are shared.
#[derive(Clone)]
pub struct Exporter(Counted<Shared>);

impl Exporter {
    /// Lends memory at `base`, all items of which lie in the storage's.
    pub(crate) fn over(
        base: *mut u8,
        layout: Layout,
        format: Format,
        storage: Storage,
    ) -> Result<Self> {
        let shared = Shared {
            header: Header::new(Sort::Exporter, release_reference),
            lent: Ruled::new(Lent::new(base, layout, format, storage.is_readonly())),
            storage,
            exports: Exports::new(),
        };
        let shared = Counted::new(shared).map_err(|(error, _)| error)?;
        // SAFETY: nobody has the handle yet, and what is counted does not move.
        unsafe { shared.lent.alone().settle() };
        Ok(Self(shared))
    }

    /// Lends a part of this exporter's memory under a description of its own: the
    /// offset counts from the start of this exporter's memory. The part keeps this
    /// exporter, and is read-only where this one is.
    pub(crate) fn part(&self, description: &Description<'_>) -> Result<Self> {
        let Some(whole) = self.0.storage.extent() else {
            return fail!(
                NotImplemented,
                "memory that grows has no parts, which would not grow with it: lend a view instead"
            );
        };
        let size = match description.size {
            0 => whole.size,
            size if size <= whole.size => size,
            size => {
                return fail!(
                    Value,
                    "the part's size is {size}, which is where it ends, but the memory has {} bytes: \
                     say at most that, or 0 for its end",
                    whole.size
                );
            }
        };
        if self.layout().is_indirect() {
            return fail!(
                NotImplemented,
                "memory with suboffsets has no parts, only pointers to it: lend a slice of a view instead"
            );
        }
        if description.guard != Guard::None {
            return fail!(
                Value,
                "a part is guarded or constant where its base is: leave that out"
            );
        }
        let storage = Storage::Fixed {
            base: whole.base,
            size,
            readonly: description.readonly || self.is_readonly(),
            guard: Guard::None,
            owner: Owner::Base(self.root().clone()),
        };
        Self::described(
            &Description {
                size,
                ..*description
            },
            storage,
        )
    }

    /// The exporter whose memory this is. A part of a part keeps what the first one keeps:
    /// a long chain is none, and nothing falls apart one from within another.
    pub(crate) fn root(&self) -> &Self {
        self.0.storage.lender().unwrap_or(self)
    }

    /// The exports that count, where some do.
    #[inline]
    pub(crate) fn exports(&self) -> Option<&Exports> {
        let root = self.root();
        root.0.storage.is_counted().then_some(&root.0.exports)
    }

    /// Whether nobody ever writes this memory: its owner says so.
    pub(crate) fn is_constant(&self) -> bool {
        self.root().0.storage.is_constant()
    }

    /// What others may do as long as there is an export by this request: nobody writes constant
    /// memory, whether or not that was asked for.
    pub(crate) fn promised(&self, request: Request) -> Hold {
        match self.is_constant() {
            true => Hold::Stable,
            false => request.hold(),
        }
    }

    fn heap(&self) -> Result<&Ruled<Heap>> {
        match &self.0.storage {
            Storage::Growing(heap) => Ok(heap),
            _ => Err(growing::fixed_size()),
        }
    }

    /// What is lent, where it is at this moment.
    ///
    /// # Safety
    /// The memory does not grow, or nobody changes it as long as the answer is used.
    #[inline]
    pub(crate) unsafe fn lent_held(&self) -> &Lent {
        // SAFETY: as the caller promises.
        unsafe { self.0.lent.shared() }
    }

    /// # Safety
    /// This memory grows, nobody else is there, and there is room for so many items.
    unsafe fn settle_length(&self, count: usize) {
        let base = self.0.storage.base();
        // SAFETY: as the caller promises.
        unsafe { self.0.lent.alone().moved(base, count as isize) };
    }

    /// What is lent, held where it is for as long as the answer lives. Nothing of anybody
    /// else's may run meanwhile.
    pub(crate) fn lent(&self) -> Held<'_> {
        let pinned = match &self.0.storage {
            Storage::Growing(_) => self.0.exports.pin(Touch::Look).ok(),
            _ => None,
        };
        Held {
            // SAFETY: pinned, or never changed.
            lent: unsafe { self.lent_held() },
            _pinned: pinned,
        }
    }

    /// Bytes of memory that belong to this exporter, whether an item covers them or not.
    pub fn size(&self) -> usize {
        match self.0.storage.extent() {
            Some(extent) => extent.size,
            None => self.layout().nbytes(),
        }
    }

    /// Shape and strides of what is lent; of memory that grows, as they are at this moment.
    pub fn layout(&self) -> Described<'_> {
        match &self.0.storage {
            // SAFETY: what does not grow does not change.
            Storage::Fixed { .. } => Described::Here(unsafe { self.lent_held() }.layout()),
            Storage::Growing(_) => Described::Copy(self.lent().layout().in_one_dimension()),
        }
    }

    /// The format of its items.
    pub fn format(&self) -> &Format {
        // SAFETY: a format never changes, and is reached without a look at what may.
        unsafe { Lent::format_at(self.0.lent.address()) }
    }

    /// Whether nothing may be written.
    pub fn is_readonly(&self) -> bool {
        self.0.storage.is_readonly()
    }

    /// The address of the first item. Reading and writing there is as unsynchronised as
    /// any memory. Memory that grows is there only until its size changes.
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

/// What is lent; it does not change meanwhile.
pub(crate) struct Held<'a> {
    lent: &'a Lent,
    _pinned: Option<Pinned<'a>>,
}

impl Deref for Held<'_> {
    type Target = Lent;

    fn deref(&self) -> &Lent {
        self.lent
    }
}

/// The layout of an exporter's memory; of memory that grows, a copy of what it was when it
/// was asked.
#[derive(Debug)]
pub enum Described<'a> {
    /// What does not change.
    Here(&'a Layout),
    /// What may have changed since.
    Copy(Layout),
}

impl Deref for Described<'_> {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        match self {
            Self::Here(layout) => layout,
            Self::Copy(layout) => layout,
        }
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing is held meanwhile: what is formatted may be written to code of anybody's.
        f.debug_struct("Exporter")
            .field("size", &self.size())
            .field("layout", &*self.layout())
            .field("format", self.format())
            .field("readonly", &self.is_readonly())
            .finish_non_exhaustive()
    }
}

/// Ends an export, and gives up its reference. Called through the header, also by other copies.
unsafe extern "C" fn release_reference(handle: *mut c_void, internal: *mut c_void) {
    // SAFETY: the export held a reference on this handle; a panic in an owner's drop is caught there.
    let exporter = unsafe { Exporter::from_raw(handle) };
    fill::end_native(&exporter, internal);
}

// proptest is not built with loom.
#[cfg(all(test, not(loom)))]
mod tests;
