//! New objects: where one comes from, and how what it shows is written in its place.
//!
//! Most views show one dimension of numbers, and so did the object that is used again. Such a one
//! is written field by field, where it stays: to make it elsewhere and move it takes longer than all
//! the rest.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr;

use super::super::attached::Attached;
use super::super::pool::Pool;
use super::super::reference::Ref;
use super::super::types::ViewType;
use super::code::Code;
use super::instance::{Fields, Share, fields};
use super::reach::Quick;
use super::source::Source;
use super::word::Word;
use crate::abi::PyObject;
use crate::exporter::{Lent, Row};
use crate::format::Format;
use crate::sync::atomic::AtomicIsize;

/// An object whose fields are being filled; nobody else has it. What it shows is plain already,
/// perhaps what it has shown in an earlier life.
pub(super) struct New {
    attached: Attached,
    object: *mut PyObject,
    /// Its fields: where they are is asked once.
    to: *mut Fields,
}

impl New {
    /// An object that was kept; `None` where there is none.
    #[inline(always)]
    pub(super) fn kept(attached: Attached, of: ViewType) -> Option<Self> {
        // SAFETY: the pool lives as long as the type, which the caller has.
        let object = unsafe { of.pool.as_ref() }?.take_kept()?;
        // SAFETY: attached; a dead object of this type, which has its reference on it still.
        unsafe { (attached.api._Py_NewReference)(object) };
        Some(Self {
            attached,
            object,
            to: fields(object),
        })
    }

    /// `None` with an exception set.
    #[inline(always)]
    pub(super) fn of(attached: Attached, of: ViewType) -> Option<Self> {
        match Self::kept(attached, of) {
            Some(kept) => Some(kept),
            None => allocated(attached, of),
        }
    }

    /// The buffer of the object, which is to be a root.
    #[inline(always)]
    pub(super) fn source(&mut self) -> &Source {
        // SAFETY: our fields, of which this one is written here; only by this.
        unsafe {
            let source = &raw mut (*self.to).source;
            source.write(Source::new());
            &*source
        }
    }

    /// The same buffer, now that it has been filled.
    pub(super) fn filled(&self) -> &Source {
        // SAFETY: our fields, of which this one has been written.
        unsafe { &(*self.to).source }
    }

    /// What the object will show.
    #[inline(always)]
    fn lent(&mut self) -> &mut Lent {
        // SAFETY: our fields, of which this one is always written; nobody else has it.
        unsafe { &mut (*self.to).lent }
    }

    /// A root, whose buffer has been filled.
    pub(super) fn into_root(mut self, lent: Lent, is_tracked: bool) -> Ref {
        self.show(lent);
        self.finish(ptr::null_mut(), is_tracked)
    }

    /// A view of what somebody else has.
    pub(super) fn into_shared(mut self, lent: Lent, share: Share) -> Ref {
        self.show(lent);
        self.finish_shared(share)
    }

    fn show(&mut self, lent: Lent) {
        let code = Code::of(lent.format(), self.attached.api.minor);
        let place = self.lent();
        *place = lent;
        // SAFETY: the object does not move, and nobody has it yet.
        unsafe { place.settle() };
        let (quick, is_row) = (Quick::of(place, code), place.is_row());
        self.read_by(code, quick, is_row);
    }

    #[inline(always)]
    fn read_by(&mut self, code: Code, quick: Quick, is_row: bool) {
        // SAFETY: our fields; nobody else has them.
        unsafe {
            let to = self.to;
            (&raw mut (*to).quick).write(quick);
            (&raw mut (*to).code).write(code);
            (&raw mut (*to).is_row).write(is_row);
        }
    }

    /// Will show one dimension of contiguous items, with a format of one letter; `false` where such
    /// a letter means something else.
    #[inline(always)]
    pub(super) fn show_letters(&mut self, row: Row, letter: u8) -> bool {
        let code = Code::of_letter(letter, self.attached.api.minor);
        self.show_items(row, letter, code)
    }

    /// The same where the letter's code is known.
    #[inline(always)]
    pub(super) fn show_items(&mut self, row: Row, letter: u8, code: Code) -> bool {
        let itemsize = row.stride.unsigned_abs();
        if !self.lent().set_letter(letter, itemsize) {
            return false;
        }
        let quick = Quick::of_row(&row, code);
        self.lent().set_row(row, |_| ());
        self.read_by(code, quick, true);
        true
    }

    /// What shows a row of so many contiguous items shows them as a block in C order.
    #[inline(always)]
    pub(super) fn fold(&mut self, lengths: &[isize]) {
        self.lent().fold(lengths);
        // SAFETY: our fields; nobody else has them.
        unsafe {
            (*self.to).quick.length.set(-1);
            (&raw mut (*self.to).is_row).write(false);
        }
    }

    #[inline(always)]
    pub(super) fn into_letters(self, is_tracked: bool) -> Ref {
        self.finish(ptr::null_mut(), is_tracked)
    }

    /// The same of what somebody else has.
    #[inline(always)]
    pub(super) fn into_letters_of(self, share: Share) -> Ref {
        self.finish_shared(share)
    }

    /// One dimension of what somebody else has, with a format that is plain, and its code.
    #[inline(always)]
    pub(super) fn into_row(mut self, row: Row, share: Share, code: Code, format: &Format) -> Ref {
        let quick = Quick::of_row(&row, code);
        self.lent().set_row(row, |place| place.set_plain(format));
        self.read_by(code, quick, true);
        self.finish_shared(share)
    }

    /// Whoever has the buffer says whether the collector has to know.
    #[inline(always)]
    fn finish_shared(self, share: Share) -> Ref {
        let root = share.into_root();
        // SAFETY: an instance, on which this view has a reference now.
        let is_tracked = unsafe { (*fields(root)).is_tracked };
        self.finish(root, is_tracked)
    }

    #[inline(always)]
    fn finish(self, root: *mut PyObject, is_tracked: bool) -> Ref {
        let this = ManuallyDrop::new(self);
        // SAFETY: our fields; `source`, `lent`, `quick`, `code` and `is_row` are written already, and all others
        // are here. The object does not move, and nobody has it yet.
        unsafe {
            let to = this.to;
            (&raw mut (*to).word).write(Word::new());
            (&raw mut (*to).root).write(Cell::new(root));
            (&raw mut (*to).weak_references).write(ptr::null_mut());
            (&raw mut (*to).hash).write(AtomicIsize::new(-1));
            (&raw mut (*to).is_tracked).write(is_tracked);
            if is_tracked {
                (this.attached.api.PyObject_GC_Track)(this.object.cast());
            }
        }
        Ref::taken(this.attached, this.object)
    }
}

impl Drop for New {
    /// The object ends as others do, which is how CPython counts it: as a released view of
    /// nothing.
    fn drop(&mut self) {
        let mut unused = Self {
            attached: self.attached,
            object: self.object,
            to: self.to,
        };
        unused.source();
        unused.show(Lent::nothing());
        let ended = unused.finish(ptr::null_mut(), false);
        // SAFETY: an instance, complete now, and nobody else has it.
        let _ = unsafe { (*fields(ended.as_ptr())).word.release(|| ()) };
    }
}

/// An object from CPython, that shows nothing; `None` with an exception set.
#[cold]
fn allocated(attached: Attached, of: ViewType) -> Option<New> {
    // SAFETY: attached; the type has the collector's flag.
    let object = unsafe { (attached.api._PyObject_GC_New)(of.object) };
    if object.is_null() {
        return None;
    }
    // SAFETY: NULL, or the pool of the type, which the caller has.
    if let Some(pool) = unsafe { of.pool.as_ref() } {
        pool.one_more();
    }
    let to = fields(object);
    // SAFETY: our fields, where nothing is yet. These two are written once in an object's lives.
    unsafe {
        (&raw mut (*to).of).write(of);
        (&raw mut (*to).lent).write(Lent::nothing());
        (*to).lent.settle();
        (&raw mut (*to).source).write(Source::new());
    }
    Some(New {
        attached,
        object,
        to,
    })
}

/// Gives an object's memory back.
///
/// # Safety
/// Attached; an object of this type, whose fields own nothing, and which the collector does not know.
#[inline]
pub(super) unsafe fn free(attached: Attached, object: *mut PyObject, of: ViewType) {
    // SAFETY: as the caller promises. An instance of a heap type keeps its type.
    unsafe {
        if !of.pool.is_null() {
            if Pool::keep(of.pool, object) {
                return;
            }
            Pool::one_less(of.pool);
        }
        (attached.api.PyObject_GC_Del)(object.cast());
        (attached.api.Py_DecRef)(of.object);
    }
}
