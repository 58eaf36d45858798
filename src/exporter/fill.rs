//! Answering requests: the geometry from what is lent, and the count where memory is counted.
//!
//! How an export uses the memory is noted in the `internal` of its buffer, which consumers
//! leave alone, and read there again when it ends: natively beside the address of the
//! handle, for Python as a [`Receipt`].

use std::ffi::c_void;
use std::ptr;

use super::Exporter;
use super::exports::Exports;
use super::handle::{Header, access_of};
use super::word::Access;
use crate::abi::{Py_buffer, PyBUF_WRITABLE, PyObject};
use crate::error::{Error, Kind, Result};
use crate::request::{Hold, Request};
use crate::stress;

impl Exporter {
    /// Answers a request with this handle as the lender: the export holds a reference on it,
    /// and [`release_export`](super::handle::release_export) gives it up. On failure `obj` and
    /// `internal` are NULL in `view`, and nothing else is touched.
    pub(crate) fn fill_native(&self, view: &mut Py_buffer, request: Request) -> Result<()> {
        let access = self.fill(view, request)?;
        view.internal = Header::internal(self.clone().into_raw(), access);
        Ok(())
    }

    /// Answers a request for Python: `obj` gives a new reference to an object that keeps this
    /// exporter. Else as [`Exporter::fill_native`]; [`Exporter::release_for`] ends it.
    pub(crate) fn fill_for(
        &self,
        view: &mut Py_buffer,
        request: Request,
        obj: impl FnOnce() -> *mut PyObject,
    ) -> Result<()> {
        let access = self.fill(view, request)?;
        view.internal = Receipt::new(access, false).to_internal();
        view.obj = obj();
        Ok(())
    }

    /// Answers a request for Python as [`Exporter::fill_for`] does, `obj` apart, and counts the
    /// export at home. Only what is asked most: `false` for all else, and nothing is touched.
    ///
    /// # Safety
    /// This memory grows, and this thread is attached to its home.
    #[inline]
    pub(crate) unsafe fn fill_at_home(&self, view: &mut Py_buffer, request: Request) -> bool {
        let exports = &self.0.exports;
        // SAFETY: only threads that are attached there change what is lent.
        let lent = unsafe { self.lent_held() };
        if !exports.now().is_shared() || !lent.fill_quickly(view, request) {
            return false;
        }
        exports.home.begin();
        view.internal = Receipt::AT_HOME.to_internal();
        true
    }

    /// Ends what [`Exporter::fill_at_home`] began; `false` where something else did.
    ///
    /// # Safety
    /// The buffer was filled for an object of this memory, and this thread is attached there.
    #[inline]
    pub(crate) unsafe fn release_at_home(&self, view: &Py_buffer) -> bool {
        let is_at_home = view.internal == Receipt::AT_HOME.to_internal();
        if is_at_home {
            self.0.exports.home.end();
        }
        is_at_home
    }

    /// Ends what [`Exporter::fill_for`] began. A buffer that says nothing of it is left alone.
    pub(crate) fn release_for(&self, view: &Py_buffer) {
        let receipt = Receipt::from_internal(view.internal);
        let (Some(access), Some(exports)) = (receipt.access(), self.exports()) else {
            return;
        };
        match receipt.is_home() {
            true => exports.home.end(),
            false => exports.end(access),
        }
    }

    fn fill(&self, view: &mut Py_buffer, request: Request) -> Result<Option<Access>> {
        let filled = match self.exports() {
            None => self.fill_uncounted(view, request),
            Some(exports) => self.fill_counted(exports, view, request).map(Some),
        };
        if filled.is_err() {
            view.obj = ptr::null_mut();
            view.internal = ptr::null_mut();
        }
        filled
    }

    fn fill_uncounted(&self, view: &mut Py_buffer, request: Request) -> Result<Option<Access>> {
        let access = self.promise(request)?;
        // SAFETY: what is not counted does not change.
        unsafe { self.lent_held() }.fill(view, request)?;
        if request.hold() != Hold::Protocol && !request.asks(PyBUF_WRITABLE) {
            view.readonly = 1;
        }
        Ok(access)
    }

    /// Whether memory that nobody counts can promise what a request wants to be sure of.
    fn promise(&self, request: Request) -> Result<Option<Access>> {
        match request.hold() {
            Hold::Protocol | Hold::Shared => Ok(None),
            Hold::Stable if self.is_constant() => Ok(Some(Access::Stable)),
            Hold::Stable => Err(Error::fixed(
                Kind::Buffer,
                "stable memory was asked for; this memory is not guarded, so others may write it unseen: \
                 guarded or constant memory, or a copy, would do",
            )),
            Hold::Exclusive => Err(Error::fixed(
                Kind::Buffer,
                "exclusive memory was asked for; this memory is not guarded, so others may use it unseen: \
                 guarded memory, or a copy, would do",
            )),
        }
    }

    fn fill_counted(
        &self,
        exports: &Exports,
        view: &mut Py_buffer,
        request: Request,
    ) -> Result<Access> {
        let access = self.begin(exports, request)?;
        stress::window();
        // SAFETY: an export is counted, so the memory does not change before its end.
        if let Err(error) = unsafe { self.lent_held() }.fill(view, request) {
            exports.end(access);
            return Err(error);
        }
        if access != Access::Write && !request.asks(PyBUF_WRITABLE) {
            view.readonly = 1;
        }
        Ok(access)
    }

    /// Counts an export that uses the memory as the request says.
    fn begin(&self, exports: &Exports, request: Request) -> Result<Access> {
        let writes = request.asks(PyBUF_WRITABLE);
        let access = match request.hold() {
            Hold::Exclusive => Access::Exclusive,
            Hold::Stable if writes => {
                let text = "stable memory was asked for to write: ask for it exclusive";
                return Err(Error::fixed(Kind::Buffer, text));
            }
            Hold::Stable => Access::Stable,
            // Refused below, by its geometry: it must not count as written.
            _ if self.is_readonly() => Access::Read,
            Hold::Shared if !writes => Access::Read,
            // The truth is that nobody may write now.
            Hold::Protocol if !writes && exports.now().is_stable() => Access::Read,
            _ => Access::Write,
        };
        match exports.begin(access) {
            // Another thread was faster, or nobody may even read: the error is to say that.
            Err(_) if access == Access::Write && !writes => {
                exports.begin(Access::Read).map(|()| Access::Read)
            }
            begun => begun.map(|()| access),
        }
    }
}

/// The reference of a native export ends, and its count: what `internal` says.
pub(super) fn end_native(exporter: &Exporter, internal: *mut c_void) {
    if let (Some(access), Some(exports)) = (access_of(internal), exporter.exports()) {
        exports.end(access);
    }
}

/// What a buffer that was filled for Python keeps in `internal`: how it uses counted memory,
/// and whether the interpreter counted it itself. Zero says nothing.
#[derive(Clone, Copy)]
pub(crate) struct Receipt(usize);

impl Receipt {
    const HOME: usize = 8;

    /// An export of memory that grows, counted at home.
    const AT_HOME: Self = Self(Access::Write as usize | Self::HOME);

    pub(crate) fn new(access: Option<Access>, is_home: bool) -> Self {
        let home = if is_home { Self::HOME } else { 0 };
        Self(access.map_or(0, |access| access as usize | home))
    }

    pub(crate) fn to_internal(self) -> *mut c_void {
        ptr::without_provenance_mut(self.0)
    }

    fn from_internal(internal: *mut c_void) -> Self {
        Self(internal.addr())
    }

    fn access(self) -> Option<Access> {
        let number = self.0 & !Self::HOME;
        Access::ALL
            .into_iter()
            .find(|access| *access as usize == number)
    }

    fn is_home(self) -> bool {
        self.0 & Self::HOME != 0
    }
}
