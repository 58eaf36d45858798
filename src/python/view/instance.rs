//! One view in Python: what lies in an object, and what is asked of it before it is read.
//!
//! The first view of a buffer is its *root*: the `Py_buffer` lies in it, where it was filled,
//! and stays there until it is released. Views made of it have a reference on the root until
//! they are released, and the root counts its *users*: with the last of them the buffer is
//! released, in whatever order they go. So the collector sees who holds what, each reference
//! once.
//!
//! A view of an object that cannot be part of a cycle is not tracked by the collector.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr;

use super::super::attached::Attached;
use super::super::instance::header;
use super::super::raise::{Saved, clear, has_raised};
use super::super::reference::Ref;
use super::super::types::{Flavor, ViewType};
use super::code::Code;
use super::python_buffer;
use super::reach::Quick;
use super::source::Source;
use super::word::{No, Word};
use crate::abi::PyObject;
use crate::copy::Place;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::Lent;
use crate::stress;
use crate::sync::atomic::AtomicIsize;

/// Our fields in an instance.
#[repr(C)]
pub(super) struct Fields {
    pub(super) quick: Quick,
    pub(super) lent: Lent,
    pub(super) word: Word,
    /// How single items are read: what the format is, where that is native.
    pub(super) code: Code,
    /// A reference on the view that has the buffer; NULL where this is the one, and after the
    /// release.
    pub(super) root: Cell<*mut PyObject>,
    pub(super) source: Source,
    /// The type, as the header says too, where it is not read.
    pub(super) of: ViewType,
    pub(super) weak_references: *mut PyObject,
    /// The hash, once somebody has asked; -1 before.
    pub(super) hash: AtomicIsize,
    pub(super) is_tracked: bool,
    /// Whether `lent` is a row of numbers, which owns nothing.
    pub(super) is_row: bool,
}

/// Our fields in an instance.
#[inline]
pub(super) fn fields(object: *mut PyObject) -> *mut Fields {
    object.cast::<u8>().wrapping_add(header()).cast()
}

/// A view, and the thread that is at it.
#[derive(Clone, Copy)]
pub(super) struct This<'a> {
    pub(super) attached: Attached,
    pub(super) object: *mut PyObject,
    pub(super) fields: &'a Fields,
}

/// A view that is read: as long as this lives it is not released.
pub(super) struct Pinned<'a> {
    fields: &'a Fields,
    has_lock: bool,
}

impl std::ops::Deref for Pinned<'_> {
    type Target = Lent;

    fn deref(&self) -> &Lent {
        &self.fields.lent
    }
}

impl Drop for Pinned<'_> {
    fn drop(&mut self) {
        self.fields.word.unpin(self.has_lock);
    }
}

/// A view that counts one buffer more: its release is refused as long as this lives, whatever
/// runs meanwhile.
pub(super) struct Held<'a> {
    fields: &'a Fields,
    has_lock: bool,
}

impl std::ops::Deref for Held<'_> {
    type Target = Lent;

    fn deref(&self) -> &Lent {
        &self.fields.lent
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.fields.word.take_back(self.has_lock);
    }
}

impl<'a> This<'a> {
    /// # Safety
    /// `object` is an instance that lives as long as this is used, and CPython has called us.
    #[inline]
    pub(super) unsafe fn of(object: *mut PyObject) -> Self {
        // SAFETY: as the caller promises.
        unsafe {
            Self {
                attached: Attached::certainly(),
                object,
                fields: &*fields(object),
            }
        }
    }

    /// The same for what neither drops anything nor calls anybody who might.
    ///
    /// # Safety
    /// As for [`This::of`].
    #[inline]
    pub(super) unsafe fn for_a_moment(object: *mut PyObject) -> Self {
        // SAFETY: as the caller promises.
        unsafe {
            Self {
                attached: Attached::for_a_moment(),
                object,
                fields: &*fields(object),
            }
        }
    }

    #[inline]
    pub(super) fn has_lock(&self) -> bool {
        self.attached.api.has_lock()
    }

    /// Whether it is a `View`, which refuses nothing that has a meaning.
    pub(super) fn is_extended(&self) -> bool {
        self.fields.of.flavor == Flavor::Extended
    }

    pub(super) fn is_released(&self) -> bool {
        self.fields.word.is_released()
    }

    /// What the view shows, for as long as nothing runs that is not ours.
    #[inline(always)]
    pub(super) fn pin(&self) -> Result<Pinned<'a>> {
        let has_lock = self.has_lock();
        match self.fields.word.pin(has_lock) {
            Ok(()) => {
                if !has_lock {
                    stress::window();
                }
                Ok(Pinned {
                    fields: self.fields,
                    has_lock,
                })
            }
            Err(_) => Err(RELEASED),
        }
    }

    /// What the view shows, whatever runs meanwhile.
    pub(super) fn hold(&self) -> Result<Held<'a>> {
        let has_lock = self.has_lock();
        self.fields.word.lend(has_lock).map_err(Error::from)?;
        Ok(Held {
            fields: self.fields,
            has_lock,
        })
    }

    pub(super) fn check(&self) -> Result<()> {
        match self.is_released() {
            true => Err(RELEASED),
            false => Ok(()),
        }
    }

    /// The view that has the buffer, as long as this one is not released.
    pub(super) fn root(&self) -> &'a Fields {
        // SAFETY: an instance, on which this view has a reference; or this one.
        unsafe { &*fields(self.root_object()) }
    }

    fn root_object(&self) -> *mut PyObject {
        let root = self.fields.root.get();
        if root.is_null() { self.object } else { root }
    }

    /// A share of the buffer, for another view of it. Refused where this one was released.
    pub(super) fn share(&self) -> Result<Share> {
        self.quick_share().ok_or(RELEASED)
    }

    /// The same without a reason.
    #[inline(always)]
    pub(super) fn quick_share(&self) -> Option<Share> {
        let has_lock = self.has_lock();
        let _pinned = self.pin().ok()?;
        self.root().source.users.another(has_lock);
        let root = self.root_object();
        // SAFETY: attached; an object, as this view has a reference on it or is it.
        unsafe { (self.attached.api.Py_IncRef)(root) };
        Some(Share {
            attached: self.attached,
            root,
        })
    }

    /// Releases the view; nothing where that has been done.
    pub(super) fn release(&self) -> Result<()> {
        let wait = || self.attached.let_others_run();
        match self.fields.word.release(wait) {
            Ok(true) => {
                if self.has_lock() {
                    self.fields.quick.length.set(-1);
                }
                let root = self.fields.root.replace(ptr::null_mut());
                // Where nobody else has the root, it is a user that nobody can release: it goes.
                let root = Ref::owned(self.attached, root);
                let object = root.as_ref().map_or(self.object, Ref::as_ptr);
                // SAFETY: it was a user until now. Nobody reads the view any more.
                unsafe { leave(self.attached, &*fields(object)) };
                Ok(())
            }
            Ok(false) => Ok(()),
            Err(no) => Err(no.into()),
        }
    }
}

/// One user of a buffer less.
///
/// # Safety
/// There was one, which does not use it any more; the root lives until the end of the call.
#[inline(always)]
pub(super) unsafe fn leave(attached: Attached, root: &Fields) {
    if root.source.users.one_less(attached.api.has_lock()) {
        give_back(attached, root);
    }
}

/// The last user has gone. It may go while an exception is on its way, and no code may run on top
/// of one; nor does a release leave one.
#[inline(always)]
fn give_back(attached: Attached, root: &Fields) {
    if python_buffer::is_inert(attached, &root.source) {
        return python_buffer::release(attached.noted(), &root.source);
    }
    if has_raised(attached.noted()) {
        return give_back_meanwhile(attached, root);
    }
    python_buffer::release(attached, &root.source);
    if has_raised(attached) {
        clear(attached);
    }
}

#[cold]
fn give_back_meanwhile(attached: Attached, root: &Fields) {
    let _saved = Saved::as_it_is(attached);
    python_buffer::release(attached, &root.source);
}

/// A share of a root's buffer: a user that is no view yet, and a reference on the root.
pub(super) struct Share {
    attached: Attached,
    root: *mut PyObject,
}

impl Share {
    #[inline(always)]
    pub(super) fn into_root(self) -> *mut PyObject {
        ManuallyDrop::new(self).root
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // SAFETY: the root has a reference, which is given up last.
        unsafe {
            leave(self.attached, &*fields(self.root));
            (self.attached.api.Py_DecRef)(self.root);
        }
    }
}

pub(super) const RELEASED: Error = Error::fixed(
    Kind::Value,
    "operation forbidden on released memoryview object",
);

impl From<No> for Error {
    fn from(no: No) -> Self {
        match no {
            No::Released => RELEASED,
            No::Lent(exports) => {
                let s = if exports == 1 { "" } else { "s" };
                let text = format_args!("memoryview has {exports} exported buffer{s}");
                Self::new(Kind::Buffer, text)
            }
            No::Full => Self::fixed(Kind::Buffer, "memoryview has lent too many buffers"),
        }
    }
}

/// Where all items are, of what a view shows.
pub(super) fn place(lent: &Lent) -> Place<'_> {
    Place {
        base: lent.base(),
        layout: lent.layout(),
    }
}

/// A `fail!` with the text for a view's format.
pub(super) fn unsupported<T>(text: &[u8]) -> Result<T> {
    fail!(
        NotImplemented,
        "memoryview: unsupported format {}",
        text.escape_ascii()
    )
}
