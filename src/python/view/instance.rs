//! One view in Python: what lies in an object, and how one is made.
//!
//! The first view of a buffer is its *root*: the `Py_buffer` lies in it, where it was filled,
//! and stays there until it is released. Views made of it have a reference on the root until
//! they are released, and the root counts its *users*: with the last of them the buffer is
//! released, in whatever order they go. So the collector sees who holds what, each reference
//! once.
//!
//! A view of an object that cannot be part of a cycle is not tracked by the collector.

use std::cell::{Cell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ptr;

use super::super::attached::Attached;
use super::super::instance::header;
use super::super::pool::Pool;
use super::super::raise::Saved;
use super::super::reference::Ref;
use super::super::types::{Flavor, ViewType};
use super::code::Code;
use super::word::{No, Users, Word};
use crate::abi::{Py_buffer, PyObject};
use crate::copy::Place;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::{Lent, Row};
use crate::format::Format;
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
    root: Cell<*mut PyObject>,
    pub(super) source: Source,
    /// The type, as the header says too, where it is not read.
    pub(super) of: ViewType,
    pub(super) weak_references: *mut PyObject,
    /// The hash, once somebody has asked; -1 before.
    pub(super) hash: AtomicIsize,
    is_tracked: bool,
}

/// All that is needed to reach an item of one dimension without suboffsets, whose format is
/// native.
pub(super) struct Quick {
    first: *mut u8,
    /// -1 where there is another way to go; and, where the interpreter has a lock, once the view was
    /// released.
    length: Cell<isize>,
    stride: isize,
}

impl Quick {
    fn of(lent: &Lent, code: Code) -> Self {
        let layout = lent.layout();
        let (length, stride) = match (layout.shape(), layout.strides(), layout.suboffsets()) {
            ([length], [stride], None) if code.is_native() => (*length, *stride),
            _ => (-1, 0),
        };
        Self {
            first: lent.first_item(),
            length: Cell::new(length),
            stride,
        }
    }

    #[inline(always)]
    fn of_row(row: &Row, code: Code) -> Self {
        let length = if code.is_native() { row.length } else { -1 };
        Self {
            first: row.base.wrapping_offset(row.offset),
            length: Cell::new(length),
            stride: row.stride,
        }
    }

    /// How many items can be reached so.
    #[inline]
    pub(super) fn length(&self) -> isize {
        self.length.get()
    }

    /// The address of an item; a negative index counts from the end.
    #[inline]
    pub(super) fn item(&self, index: isize) -> Option<*mut u8> {
        let length = self.length.get();
        let index = if index < 0 {
            index.wrapping_add(length)
        } else {
            index
        };
        // Both ends at once: what is negative is larger than any length as an unsigned number.
        let is_there = (index as usize) < length.max(0) as usize;
        is_there.then(|| self.first.wrapping_offset(index.wrapping_mul(self.stride)))
    }
}

/// The buffer of a root.
pub(super) struct Source {
    buffer: UnsafeCell<Py_buffer>,
    /// Whose `__release_buffer__` is to be called by us, or NULL.
    pub(super) caller: Cell<*mut PyObject>,
    users: Users,
}

impl Source {
    /// The place to be filled, and later released.
    pub(super) fn buffer_ptr(&self) -> *mut Py_buffer {
        self.buffer.get()
    }

    /// The object that the buffer names: NULL where it names none. It may go with the last user.
    pub(super) fn object(&self) -> *mut PyObject {
        // SAFETY: valid; CPython writes it when it is filled and when it is released, and no user
        // of it is there then.
        unsafe { (*self.buffer.get()).obj }
    }
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

    pub(super) fn check_unrestricted(&self) -> Result<()> {
        match self.fields.word.is_restricted() {
            true => Err(RESTRICTED),
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

    /// A share of the buffer, for another view of it. Refused where this one was released, or is
    /// restricted.
    pub(super) fn share(&self) -> Result<Share> {
        match self.quick_share() {
            Some(share) => Ok(share),
            None => {
                self.check()?;
                Err(RESTRICTED)
            }
        }
    }

    /// The same without the reason.
    #[inline(always)]
    pub(super) fn quick_share(&self) -> Option<Share> {
        let has_lock = self.has_lock();
        let _pinned = self.pin().ok()?;
        if self.fields.word.is_restricted() {
            return None;
        }
        self.root().source.users.another(has_lock);
        let root = match self.fields.root.get() {
            root if root.is_null() => self.object,
            root => root,
        };
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
unsafe fn leave(attached: Attached, root: &Fields) {
    if root.source.users.one_less(attached.api.has_lock()) {
        // A user may leave while an exception is on its way, and no code may run on top of one.
        let _saved = Saved::as_it_is(attached);
        super::python_buffer::release(attached, &root.source);
    }
}

/// A share of a root's buffer: a user that is no view yet, and a reference on the root.
pub(super) struct Share {
    attached: Attached,
    root: *mut PyObject,
}

impl Share {
    #[inline(always)]
    fn into_root(self) -> *mut PyObject {
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

/// An object whose fields are being filled; nobody else has it. What it shows is plain already,
/// perhaps what it has shown in an earlier life.
pub(super) struct New {
    attached: Attached,
    object: *mut PyObject,
}

impl New {
    /// An object that was kept; `None` where there is none.
    #[inline(always)]
    pub(super) fn kept(attached: Attached, of: ViewType) -> Option<Self> {
        // SAFETY: the pool lives as long as the type, which the caller has.
        let object = unsafe { of.pool.as_ref() }?.take_kept()?;
        // SAFETY: attached; a dead object of this type, which has its reference on it still. Our
        // fields, of which this one is written here.
        unsafe {
            (attached.api._Py_NewReference)(object);
            (&raw mut (*fields(object)).of).write(of);
        }
        Some(Self { attached, object })
    }

    /// `None` with an exception set.
    #[inline(always)]
    pub(super) fn of(attached: Attached, of: ViewType) -> Option<Self> {
        // SAFETY: the pool lives as long as the type, which the caller has.
        let kept = unsafe { of.pool.as_ref() }.and_then(Pool::take);
        let object = match kept {
            Some(object) => {
                // SAFETY: attached; a dead object of this type, which has its reference on it still.
                unsafe { (attached.api._Py_NewReference)(object) };
                object
            }
            None => allocated(attached, of)?,
        };
        // SAFETY: our fields, of which this one is written here.
        unsafe { (&raw mut (*fields(object)).of).write(of) };
        Some(Self { attached, object })
    }

    /// The buffer of the object, which is to be a root.
    #[inline(always)]
    pub(super) fn source(&mut self) -> &Source {
        // SAFETY: our fields, of which this one is written here; only by this.
        unsafe {
            let source = &raw mut (*fields(self.object)).source;
            (&raw mut (*source).buffer).write(UnsafeCell::new(Py_buffer::empty()));
            (&raw mut (*source).caller).write(Cell::new(ptr::null_mut()));
            (&raw mut (*source).users).write(Users::one());
            &*source
        }
    }

    /// The same buffer, now that it has been filled.
    pub(super) fn filled(&self) -> &Source {
        // SAFETY: our fields, of which this one has been written.
        unsafe { &(*fields(self.object)).source }
    }

    /// What the object will show.
    #[inline(always)]
    fn lent(&mut self) -> &mut Lent {
        // SAFETY: our fields, of which this one is always written; nobody else has it.
        unsafe { &mut (*fields(self.object)).lent }
    }

    /// A root, whose buffer has been filled.
    pub(super) fn into_root(mut self, lent: Lent, restricted: bool, is_tracked: bool) -> Ref {
        self.show(lent);
        self.finish(ptr::null_mut(), restricted, is_tracked)
    }

    /// A view of what somebody else has.
    pub(super) fn into_shared(mut self, lent: Lent, share: Share) -> Ref {
        self.source();
        self.show(lent);
        self.finish_shared(share)
    }

    fn show(&mut self, lent: Lent) {
        let code = Code::of(lent.format(), self.attached.api.minor);
        let place = self.lent();
        *place = lent;
        // SAFETY: the object does not move, and nobody has it yet.
        unsafe { place.settle() };
        let quick = Quick::of(place, code);
        self.read_by(code, quick);
    }

    #[inline(always)]
    fn read_by(&mut self, code: Code, quick: Quick) {
        // SAFETY: our fields; nobody else has them.
        unsafe {
            let to = fields(self.object);
            (&raw mut (*to).quick).write(quick);
            (&raw mut (*to).code).write(code);
        }
    }

    /// Will show one dimension of contiguous items, with a format of one letter; `false` where such
    /// a letter means something else.
    #[inline(always)]
    pub(super) fn show_letters(&mut self, row: Row, letter: u8) -> bool {
        let code = Code::of_letter(letter, self.attached.api.minor);
        let itemsize = row.stride.unsigned_abs();
        if !self.lent().set_letter(letter, itemsize) {
            return false;
        }
        let quick = Quick::of_row(&row, code);
        self.lent().set_row(row, |_| ());
        self.read_by(code, quick);
        true
    }

    #[inline(always)]
    pub(super) fn into_letters(self, is_tracked: bool) -> Ref {
        self.finish(ptr::null_mut(), false, is_tracked)
    }

    /// The same of what somebody else has.
    #[inline(always)]
    pub(super) fn into_letters_of(self, share: Share) -> Ref {
        self.finish_shared(share)
    }

    /// One dimension of what somebody else has, with a format that is plain, and its code.
    #[inline(always)]
    pub(super) fn into_row(mut self, row: Row, share: Share, code: Code, format: &Format) -> Ref {
        self.source();
        let quick = Quick::of_row(&row, code);
        self.lent().set_row(row, |place| place.set_plain(format));
        self.read_by(code, quick);
        self.finish_shared(share)
    }

    /// Whoever has the buffer says whether the collector has to know.
    #[inline(always)]
    fn finish_shared(self, share: Share) -> Ref {
        let root = share.into_root();
        // SAFETY: an instance, on which this view has a reference now.
        let is_tracked = unsafe { (*fields(root)).is_tracked };
        self.finish(root, false, is_tracked)
    }

    #[inline(always)]
    fn finish(self, root: *mut PyObject, restricted: bool, is_tracked: bool) -> Ref {
        let this = ManuallyDrop::new(self);
        // SAFETY: our fields; `source`, `lent`, `quick` and `code` are written already, and all others
        // are here. The object does not move, and nobody has it yet.
        unsafe {
            let to = fields(this.object);
            (&raw mut (*to).word).write(Word::new(restricted));
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
        };
        unused.source();
        unused.show(Lent::nothing());
        let ended = unused.finish(ptr::null_mut(), false, false);
        // SAFETY: an instance, complete now, and nobody else has it.
        let _ = unsafe { (*fields(ended.as_ptr())).word.release(|| ()) };
    }
}

/// An object from CPython, that shows nothing; `None` with an exception set.
#[cold]
fn allocated(attached: Attached, of: ViewType) -> Option<*mut PyObject> {
    // SAFETY: attached; the type has the collector's flag.
    let object = unsafe { (attached.api._PyObject_GC_New)(of.object) };
    if object.is_null() {
        if !of.pool.is_null() {
            // SAFETY: it has counted this object already.
            unsafe { Pool::one_less(of.pool) };
        }
        return None;
    }
    // SAFETY: our fields, where nothing is yet.
    unsafe { (&raw mut (*fields(object)).lent).write(Lent::nothing()) };
    Some(object)
}

/// Gives an object's memory back.
///
/// # Safety
/// Attached; an object of this type, whose fields own nothing, and which the collector does not know.
#[inline]
unsafe fn free(attached: Attached, object: *mut PyObject, of: ViewType) {
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

/// The slot `tp_dealloc`.
pub(super) unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // SAFETY: CPython calls this once, with an instance that nobody has any more, on an attached
    // thread.
    unsafe {
        let attached = Attached::certainly();
        let this = fields(object);
        if (*this).is_tracked {
            (attached.api.PyObject_GC_UnTrack)(object.cast());
        }
        if !(*this).weak_references.is_null() {
            (attached.api.PyObject_ClearWeakRefs)(object);
        }
        give_up(attached, object);
        free(attached, object, (*this).of);
    }
}

/// Releases what an object has, all but its memory.
///
/// # Safety
/// An instance that nobody has any more; attached.
#[inline]
unsafe fn give_up(attached: Attached, object: *mut PyObject) {
    // SAFETY: as the caller promises.
    unsafe {
        let this = fields(object);
        let root = (*this).root.get();
        if !(*this).word.is_released() {
            let root = if root.is_null() { this } else { fields(root) };
            leave(attached, &*root);
        }
        if !(*this).lent.is_plain() {
            (*this).lent = Lent::nothing();
        }
        if !root.is_null() {
            (attached.api.Py_DecRef)(root);
        }
    }
}

pub(super) const RELEASED: Error = Error::fixed(
    Kind::Value,
    "operation forbidden on released memoryview object",
);

const RESTRICTED: Error = Error::fixed(
    Kind::Value,
    "cannot create new view on restricted memoryview",
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

/// The slot `tp_traverse`.
pub(super) unsafe extern "C" fn traverse(
    object: *mut PyObject,
    visit: super::super::objects::Visit,
    argument: *mut std::ffi::c_void,
) -> std::ffi::c_int {
    // SAFETY: CPython calls this with an instance.
    unsafe {
        let this = &*fields(object);
        let root = this.root.get();
        let held = match root.is_null() {
            true => [
                this.source.object(),
                this.source.caller.get(),
                this.of.object,
            ],
            false => [root, ptr::null_mut(), this.of.object],
        };
        for object in held.into_iter().filter(|it| !it.is_null()) {
            let stop = visit(object, argument);
            if stop != 0 {
                return stop;
            }
        }
        0
    }
}

/// The slot `tp_clear`: the collector takes a cycle apart. What consumers may still read stays.
pub(super) unsafe extern "C" fn clear(object: *mut PyObject) -> std::ffi::c_int {
    // SAFETY: CPython calls this with an instance, on an attached thread.
    let this = unsafe { This::of(object) };
    // Where a buffer is lent, whoever has it keeps it.
    let _ = this.release();
    0
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
