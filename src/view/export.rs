//! One outstanding export: the filled `Py_buffer`, and how it is released.
//!
//! A filled `Py_buffer` may point into itself, so it is filled in the place where it
//! stays: inside a counted block. It is released in that same place, with the last view.
//! How, depends on who lent it: a pair of functions, an exporter of ours, a Python
//! object. The release may keep the block for later (a Python object cannot be dropped by
//! a thread that is not attached to its interpreter): so it is handed the whole block.

use std::cell::{Cell, UnsafeCell};
use std::ffi::c_void;
use std::ptr;

use crate::abi::{Py_buffer, PyObject, ReleaseBuffer};
use crate::alloc::{Counted, Last, Unique};
use crate::error::{Result, fail};
use crate::exporter::handle::release_export;
use crate::request::Hold;
use crate::sync::atomic::AtomicPtr;

use super::View;

/// An export and its release; see the module.
#[repr(C)]
pub(crate) struct Export {
    buffer: UnsafeCell<Py_buffer>,
    /// Set when the buffer has been filled, before the export is shared.
    giver: Cell<Option<Giver>>,
    /// What the request wanted to be sure of, and got. Set likewise.
    hold: Cell<Hold>,
    /// What the buffer named then as `obj` and `internal`: the references that it holds are
    /// given up, whatever is named later.
    named: Cell<(*mut PyObject, *mut c_void)>,
    /// For a queue of exports that wait for their release.
    pub(crate) next: AtomicPtr<Export>,
}

/// Who filled a buffer, and how the export is ended.
#[derive(Clone, Copy)]
pub(crate) struct Giver {
    /// What the function below is called with.
    pub(crate) exporter: *mut c_void,
    /// The exporter's own function, where it has one that is to be called.
    pub(crate) releasebuffer: Option<ReleaseBuffer>,
    /// The interpreter of the object that the buffer names: what `release` knows of it.
    pub(crate) interpreter: *mut c_void,
    /// Ends the export. The block is dropped, or kept for later, by this function.
    pub(crate) release: fn(Unique<Export>),
}

impl Giver {
    /// A handle of ours: the buffer itself leads back to it.
    pub(crate) const NATIVE: Self = Self::functions(ptr::null_mut(), None);

    /// A pair of functions.
    pub(crate) const fn functions(
        exporter: *mut c_void,
        releasebuffer: Option<ReleaseBuffer>,
    ) -> Self {
        Self {
            exporter,
            releasebuffer,
            interpreter: ptr::null_mut(),
            release: release_by_function,
        }
    }
}

// SAFETY: the buffer is written before it is shared, and by its release, when nobody shares it
// any more; should its exporter write there meanwhile, then to memory that is only copied from. That the giver's functions may be called on any thread is the promise of `View::acquire`.
unsafe impl Send for Export {}
// SAFETY: as above.
unsafe impl Sync for Export {}

impl Export {
    /// An export that is still to be filled.
    pub(crate) fn new() -> Result<Counted<Self>> {
        let export = Self {
            buffer: UnsafeCell::new(Py_buffer::empty()),
            giver: Cell::new(None),
            hold: Cell::new(Hold::Protocol),
            named: Cell::new((ptr::null_mut(), ptr::null_mut())),
            next: AtomicPtr::new(ptr::null_mut()),
        };
        Ok(Counted::new(export).map_err(|(error, _)| error)?)
    }

    /// The place to be filled, and later released.
    pub(crate) fn buffer_ptr(&self) -> *mut Py_buffer {
        self.buffer.get()
    }

    /// From now on there is something to release. Said before the export is shared.
    pub(crate) fn filled_by(&self, giver: Giver) {
        let answer = self.answer();
        self.named.set((answer.obj, answer.internal));
        self.giver.set(Some(giver));
    }

    /// As [`Export::filled_by`], by an exporter that promises more than the protocol.
    pub(crate) fn promised_by(&self, giver: Giver, hold: Hold) {
        self.hold.set(hold);
        self.filled_by(giver);
    }

    /// What the exporter has promised.
    pub(crate) fn hold(&self) -> Hold {
        self.hold.get()
    }

    /// What the exporter has answered: a copy, since it may write there at any time.
    pub(crate) fn answer(&self) -> Py_buffer {
        // SAFETY: valid, and nothing in it is dropped.
        unsafe { self.buffer_ptr().read() }
    }

    /// A buffer with nothing but the references of the answer.
    pub(crate) fn references(&self) -> Py_buffer {
        let (obj, internal) = self.named.get();
        Py_buffer {
            obj,
            internal,
            ..Py_buffer::empty()
        }
    }

    /// The Python object that the answer named, if any; the buffer names it again.
    ///
    /// # Safety
    /// Called by the last owner.
    pub(crate) unsafe fn restored_object(&self) -> *mut PyObject {
        let (obj, _) = self.named.get();
        // SAFETY: as the caller promises, nobody else has the buffer.
        unsafe { (*self.buffer_ptr()).obj = obj };
        obj
    }

    /// Calls the exporter's own release function, if there is one, on the buffer that its
    /// getbuffer function filled; says whether there is.
    ///
    /// # Safety
    /// Called once, by the last owner.
    pub(crate) unsafe fn call_releasebuffer(&self) -> bool {
        let Some(giver) = self.giver() else {
            return false;
        };
        let Some(releasebuffer) = giver.releasebuffer else {
            return false;
        };
        // SAFETY: the two belong together, as whoever gave them promises.
        unsafe { releasebuffer(giver.exporter, self.buffer_ptr()) };
        true
    }

    /// Who filled the buffer, if anybody did.
    pub(crate) fn giver(&self) -> Option<Giver> {
        self.giver.get()
    }
}

impl Last for Export {
    fn last(this: Unique<Self>) {
        if let Some(giver) = this.giver() {
            (giver.release)(this);
        }
    }
}

/// The release of what a pair of functions lent, or a handle of ours.
fn release_by_function(export: Unique<Export>) {
    // SAFETY: this is the only owner, and the export ends once.
    unsafe {
        if !export.call_releasebuffer() {
            release_export(&mut export.references());
        }
    }
}

/// Takes over a buffer that `giver` filled: on success `*theirs` is zeroed, and the export
/// ends with the last view; on failure it is left alone.
///
/// Pointers into the struct itself are aimed at its new place; all else is kept as it is
/// for the release.
///
/// # Safety
/// `theirs` was filled by an exporter, and what it points at stays until the release.
pub(crate) unsafe fn adopt(
    theirs: &mut Py_buffer,
    giver: impl FnOnce() -> Result<Giver>,
) -> Result<View> {
    if theirs.is_empty() {
        return fail!(
            Buffer,
            "this Py_buffer is empty: it was never filled, or has been released"
        );
    }
    // SAFETY: valid.
    let export = unsafe { moved(theirs) }?;
    let view = View::over(export.clone(), None, None)?;
    export.filled_by(giver()?);
    *theirs = Py_buffer::empty();
    Ok(view)
}

/// An export with the contents of a buffer that somebody has filled; nobody ends it yet.
///
/// # Safety
/// `theirs` is valid.
pub(crate) unsafe fn moved(theirs: &Py_buffer) -> Result<Counted<Export>> {
    let export = Export::new()?;
    // SAFETY: both are valid, and the export's buffer is nobody else's yet.
    unsafe { move_buffer(theirs, export.buffer_ptr()) };
    Ok(export)
}

/// Copies a struct, and aims its pointers into itself at the new place.
///
/// # Safety
/// Both are valid.
unsafe fn move_buffer(from: &Py_buffer, to: *mut Py_buffer) {
    let old = (from as *const Py_buffer).addr();
    let aim = move |pointer: *mut isize| match pointer.addr().wrapping_sub(old) {
        inside if inside < size_of::<Py_buffer>() => to.wrapping_byte_add(inside).cast(),
        _ => pointer,
    };
    // SAFETY: as the caller promises.
    unsafe {
        to.copy_from_nonoverlapping(from, 1);
        (*to).shape = aim(from.shape);
        (*to).strides = aim(from.strides);
        (*to).suboffsets = aim(from.suboffsets);
        (*to).format = aim(from.format.cast()).cast();
    }
}

#[cfg(all(test, loom))]
mod models;
