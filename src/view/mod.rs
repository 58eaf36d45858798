//! The memoryview: an export somebody gave, and a layout and a format to read it by.
//!
//! A [`View`] is a counted handle. Views made from views (slices, transposes) share
//! one export, which is released with the last of them. A view never changes: what
//! selects or reorders gives a new view of the same memory, and copies nothing.
//!
//! What an exporter answers is not trusted but checked (`validate`), once; after that
//! every index is checked against the shape, and all that is trusted is what nobody can
//! check: that the exporter keeps the memory until the release.

mod compare;
mod copies;
pub(crate) mod explain;
mod export;
mod field;
mod items;
mod lend;
mod parts;
#[cfg(all(test, not(loom)))]
mod samples;
mod search;
mod shapes;
mod slices;
mod stack;
mod text;
mod validate;
mod values;
mod want;

#[cfg(feature = "python")]
pub(crate) use compare::equal;
pub(crate) use export::{Export, Giver, adopt, moved};
#[cfg(feature = "python")]
pub(crate) use field::field;
pub use items::Items;
#[cfg(feature = "python")]
pub(crate) use lend::copy_of;
#[cfg(feature = "python")]
pub(crate) use parts::merge;
#[cfg(feature = "python")]
pub(crate) use search::{count, find};
pub(crate) use text::{hex, hex_size, reading_order};
pub(crate) use validate::geometry;
#[cfg(feature = "python")]
pub(crate) use validate::shown;
pub use want::Want;

use std::ffi::c_void;
use std::fmt;
use std::mem::ManuallyDrop;

use crate::abi::{GetBuffer, Py_buffer, ReleaseBuffer};
use crate::alloc::{Counted, Last};
use crate::copy::Place;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::handle::{Header, Sort, lending_exporter};
use crate::exporter::{Exporter, Lent};
use crate::format::Format;
use crate::layout::{Layout, Slice};
use crate::request::{Hold, MAX_NDIM, Request};

/// What a handle points at. Its address is the handle of the C API.
#[repr(C, align(16))]
pub(crate) struct Shared {
    header: Header,
    lent: Lent,
    export: Counted<Export>,
}

impl Last for Shared {}

/// A counted handle on a view; see the module.
#[derive(Clone)]
pub struct View(Counted<Shared>);

impl View {
    /// Asks a getbuffer function for a buffer, and takes it over.
    ///
    /// Without `PyBUF_WRITABLE` among the flags the view tells the truth about what the
    /// exporter allows, as CPython's does.
    ///
    /// # Safety
    /// `exporter`, `getbuffer` and `releasebuffer` belong together, stay usable until the
    /// last view is gone, on any thread, and what they lend is what they say. A Python object
    /// that the answer names is theirs to drop: this function knows no Python.
    pub unsafe fn acquire(
        exporter: *mut c_void,
        getbuffer: GetBuffer,
        releasebuffer: Option<ReleaseBuffer>,
        request: Request,
    ) -> Result<Self> {
        let giver = |_: &Py_buffer| Giver::functions(exporter, releasebuffer);
        // SAFETY: as the caller promises.
        unsafe { Self::acquire_with(exporter, getbuffer, request, giver, |refusal| refusal) }
    }

    /// As [`View::acquire`], for a shell that knows more: who has filled a buffer, and why a
    /// request was refused.
    ///
    /// # Safety
    /// As for [`View::acquire`], and the giver ends what the function fills.
    pub(crate) unsafe fn acquire_with(
        exporter: *mut c_void,
        getbuffer: GetBuffer,
        request: Request,
        giver: impl FnOnce(&Py_buffer) -> Giver,
        refused: impl FnOnce(Error) -> Error,
    ) -> Result<Self> {
        check_foreign(request)?;
        let export = Export::new()?;
        let flags = request.flags();
        // SAFETY: the buffer is nobody else's, and it never moves; as the caller promises.
        if unsafe { getbuffer(exporter, export.buffer_ptr(), flags) } < 0 {
            let text = format_args!(
                "the exporter's getbuffer function refused the request {flags:#x}, and did not say why"
            );
            return Err(refused(Error::new(Kind::Buffer, text)));
        }
        let answer = export.answer();
        if answer.is_untouched() {
            let text =
                "the exporter's getbuffer function reports success, but has not filled the buffer";
            return Err(Error::fixed(Kind::Buffer, text));
        }
        export.filled_by(giver(&answer));
        Self::over(export, Some(request), None)
    }

    /// A view of a filled export, once its answer has been found sound. `readonly`
    /// makes it read-only whatever the exporter allows.
    pub(crate) fn over(
        export: Counted<Export>,
        request: Option<Request>,
        readonly: Option<bool>,
    ) -> Result<Self> {
        let answer = export.answer();
        // SAFETY: filled by its exporter, which keeps what it points at until the release.
        let (base, layout, format) = unsafe { validate::describe(&answer, request) }?;
        let readonly = readonly.unwrap_or(answer.readonly != 0);
        Self::new(Lent::new(base, layout, format, readonly), export)
    }

    fn new(lent: Lent, export: Counted<Export>) -> Result<Self> {
        let shared = Shared {
            header: Header::new(Sort::View, release_reference),
            lent,
            export,
        };
        let shared = Counted::new(shared).map_err(|(error, _)| error)?;
        // SAFETY: nobody has the handle yet, and what is counted does not move.
        unsafe { shared.lent.settle() };
        Ok(Self(shared))
    }

    /// Another layout over the same memory, sharing the export.
    fn with_layout(&self, layout: Layout) -> Result<Self> {
        self.showing(layout, self.format().try_clone()?)
    }

    /// Another layout and format over the same memory, sharing the export.
    fn showing(&self, layout: Layout, format: Format) -> Result<Self> {
        let base = self.lent().base();
        self.sharing(Lent::new(base, layout, format, self.is_readonly()))
    }

    /// Other memory of the same export.
    fn sharing(&self, lent: Lent) -> Result<Self> {
        let ndim = lent.layout().ndim();
        if ndim > MAX_NDIM {
            return fail!(
                Value,
                "the view would have {ndim} dimensions: at most {MAX_NDIM} are possible"
            );
        }
        Self::new(lent, self.0.export.clone())
    }

    pub(crate) fn lent(&self) -> &Lent {
        &self.0.lent
    }

    /// The exporter that the memory was taken from, where that is one of ours, and giving up
    /// its reference is all that ends the export: a function of somebody else's between the
    /// two may do more, and is called when nobody uses the memory any more.
    fn exporter(&self) -> Option<ManuallyDrop<Exporter>> {
        let giver = self.0.export.giver()?;
        if giver.releasebuffer.is_some() {
            return None;
        }
        // SAFETY: filled by its exporter, and not released as long as there is a view; so the
        // exporter has the reference of the export.
        let exporter = unsafe { lending_exporter(&self.0.export.references()) }?;
        // SAFETY: as above, and that reference is not given up.
        Some(ManuallyDrop::new(unsafe { Exporter::from_raw(exporter) }))
    }

    /// Shape, strides and suboffsets.
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

    /// The address of the item whose indices are all zero (with suboffsets: of the first
    /// pointer).
    pub fn data(&self) -> *mut u8 {
        self.lent().first_item()
    }

    pub(crate) fn place(&self) -> Place<'_> {
        self.lent().place()
    }

    /// The address of an item. There is one index for each dimension; negative ones count
    /// from the end.
    pub fn item(&self, indices: &[isize]) -> Result<*mut u8> {
        let ndim = self.layout().ndim();
        if indices.len() != ndim {
            return fail!(
                Type,
                "{} indices for a view of {ndim} dimensions: one for each is needed",
                indices.len()
            );
        }
        let mut positions = [0; crate::layout::MAX_DIMS];
        for (dim, &index) in indices.iter().enumerate() {
            positions[dim] = self.layout().position(dim, index)?;
        }
        // SAFETY: the indices are in range, and the export keeps the memory.
        unsafe { self.place().item(&positions[..ndim]) }
    }

    /// Copies the bytes of one item out; `item` has the size of one.
    pub fn read_item(&self, indices: &[isize], item: &mut [u8]) -> Result<()> {
        self.check_itemsize(item.len())?;
        let address = self.item(indices)?;
        // SAFETY: an item of the view, and of that size.
        unsafe { item.as_mut_ptr().copy_from(address, item.len()) };
        Ok(())
    }

    /// Copies the bytes of one item in.
    ///
    /// # Safety
    /// Nobody else reads or writes this item meanwhile.
    pub unsafe fn write_item(&self, indices: &[isize], item: &[u8]) -> Result<()> {
        self.check_writable()?;
        self.check_itemsize(item.len())?;
        let address = self.item(indices)?;
        // SAFETY: an item of the view, writable, and of that size.
        unsafe { address.copy_from(item.as_ptr(), item.len()) };
        Ok(())
    }

    fn check_itemsize(&self, size: usize) -> Result<()> {
        match self.layout().itemsize() {
            itemsize if itemsize == size => Ok(()),
            itemsize => fail!(
                Value,
                "{size} bytes for an item of {itemsize}: the sizes must be equal"
            ),
        }
    }

    fn check_writable(&self) -> Result<()> {
        if self.is_readonly() {
            let text = "cannot modify read-only memory: ask for a writable view of writable memory";
            return Err(Error::fixed(Kind::Type, text));
        }
        Ok(())
    }

    /// The same memory with one dimension cut down to a slice.
    pub fn slice(&self, dim: usize, slice: Slice) -> Result<Self> {
        self.with_layout(self.layout().slice(dim, slice)?)
    }

    /// The same memory with its dimensions in another order: `axes[k]` names the dimension
    /// that becomes dimension `k`.
    pub fn transpose(&self, axes: impl AsRef<[usize]>) -> Result<Self> {
        self.with_layout(self.layout().transpose(axes.as_ref())?)
    }

    /// Answers a request with this view as the lender: the export holds a reference on it.
    pub(crate) fn fill_native(&self, view: &mut Py_buffer, request: Request) -> Result<()> {
        self.lent().fill(view, request)?;
        view.internal = Header::internal(self.clone().into_raw(), None);
        Ok(())
    }

    /// Whether there is no other view of the same export.
    fn is_alone(&self) -> bool {
        self.0.is_only() && self.0.export.is_only()
    }

    /// What the exporter has promised about others.
    pub(crate) fn hold(&self) -> Hold {
        self.0.export.hold()
    }

    /// The handle for C, with this reference.
    pub(crate) fn into_raw(self) -> *mut c_void {
        self.0.into_ptr().cast()
    }

    /// # Safety
    /// `handle` passed `handle::check` as a view, and a reference on it is given up.
    pub(crate) unsafe fn from_raw(handle: *mut c_void) -> Self {
        // SAFETY: it came from `into_raw`, as the caller promises.
        Self(unsafe { Counted::from_ptr(handle.cast()) })
    }
}

impl Exporter {
    /// A view of all that is lent. Unless writing is asked for, it is read-only.
    pub fn view(&self, request: Request) -> Result<View> {
        let request = match request.hold() {
            Hold::Protocol => request.held(Hold::Shared),
            _ => request,
        };
        let export = Export::new()?;
        // SAFETY: the buffer is nobody else's yet.
        self.fill_native(unsafe { &mut *export.buffer_ptr() }, request)?;
        export.promised_by(Giver::NATIVE, self.promised(request));
        View::over(export, Some(request), None)
    }

    /// A view that meets a want, or the error that explains why there is none.
    pub fn view_as(&self, want: &Want) -> Result<View> {
        // Read-only memory is viewed all the same, so that the refusal can say what is there.
        let possible = Want {
            writable: want.writable && !self.is_readonly(),
            ..*want
        };
        let view = self.view(possible.request())?;
        want.check(&view)?;
        Ok(view)
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("lent", self.lent())
            .finish_non_exhaustive()
    }
}

/// Other exporters promise nothing that their protocol does not say.
pub(crate) fn check_foreign(request: Request) -> Result<()> {
    let asked = match request.hold() {
        Hold::Protocol | Hold::Shared => return Ok(()),
        Hold::Stable => "stable",
        Hold::Exclusive => "exclusive",
    };
    fail!(
        Buffer,
        "{asked} memory was asked for; only an exporter of this library that is guarded can promise \
         that: a copy would do"
    )
}

/// Gives up the reference of an export. Called through the header, also by other copies.
unsafe extern "C" fn release_reference(handle: *mut c_void, _: *mut c_void) {
    // SAFETY: the export held a reference on this handle.
    drop(unsafe { View::from_raw(handle) });
}

#[cfg(test)]
mod tests;
