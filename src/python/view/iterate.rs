//! Iteration. The number of items is fixed when it begins; each step looks whether the view was
//! released meanwhile.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr;

use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::instance::header;
use super::super::objects::*;
use super::super::raise::exception;
use super::super::reference::Ref;
use super::super::slots::Slots;
use super::super::spec::{self, Spec};
use super::super::state::State;
use super::super::types::Type;
use super::instance::This;
use super::subscript::{nth, nth_of_many};
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result, fail};
use crate::sync::atomic::{AtomicIsize, Ordering};

/// What lies in an iterator.
#[repr(C)]
struct Fields {
    /// A reference on the view; NULL at the end.
    view: Cell<*mut PyObject>,
    kind: *mut PyObject,
    next: AtomicIsize,
    count: isize,
}

fn fields(object: *mut PyObject) -> *mut Fields {
    object.cast::<u8>().wrapping_add(header()).cast()
}

/// Makes the type, for one interpreter.
pub(in super::super) fn create(attached: Attached) -> Result<Ref> {
    let mut slots = Slots::new();
    slots.add(slot::TP_DEALLOC, dealloc as *const c_void);
    slots.add(slot::TP_TRAVERSE, traverse as *const c_void);
    slots.add(slot::TP_ITER, itself as *const c_void);
    slots.add(slot::TP_ITERNEXT, next as *const c_void);
    if attached.api.minor < 10 {
        slots.add(slot::TP_NEW, refuse_new as *const c_void);
    }
    let without_new = match attached.api.minor {
        ..10 => 0,
        _ => TPFLAGS_DISALLOW_INSTANTIATION,
    };
    let spec = Spec {
        name: Type::Iterator.name(),
        size: size_of::<Fields>(),
        flags: TPFLAGS_HAVE_GC | without_new,
        weak_references: None,
    };
    spec::make(attached, spec, slots)
}

/// The slot `tp_iter` of a view.
pub(super) unsafe extern "C" fn iterate(object: *mut PyObject) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance.
        let this = unsafe { This::of(object) };
        let (attached, api) = (this.attached, this.attached.api);
        if api.minor < 10 && !this.is_extended() {
            // SAFETY: attached; a sequence.
            let iterator = unsafe { (api.PySeqIter_New)(object) };
            let iterator = Ref::owned(attached, iterator).ok_or_else(|| exception(attached))?;
            return Ok(iterator.into_ptr());
        }
        let count = match this.is_extended() {
            true => this.rows()?,
            false => this.iterable()?,
        };
        Ok(over(&this, count)?.into_ptr())
    })
}

impl This<'_> {
    /// How many parts the first dimension has.
    fn rows(&self) -> Result<isize> {
        self.check()?;
        match self.fields.lent.layout().shape().first() {
            Some(length) => Ok(*length),
            None => fail!(
                Type,
                "iteration over a 0-d view: it has no dimension to go along"
            ),
        }
    }
}

/// An iterator over the first dimension of a view.
pub(super) fn over(this: &This<'_>, count: isize) -> Result<Ref> {
    let (attached, api) = (this.attached, this.attached.api);
    let kind = State::current(&attached)?.type_for(Type::Iterator)?;
    // SAFETY: attached; the type has the collector's flag. Its fields are written before anybody
    // sees it.
    unsafe {
        let made = (api._PyObject_GC_New)(kind);
        let made = Ref::owned(attached, made).ok_or_else(|| exception(attached))?;
        fields(made.as_ptr()).write(Fields {
            view: Cell::new(Ref::to(attached, this.object).into_ptr()),
            kind,
            next: AtomicIsize::new(0),
            count,
        });
        (api.PyObject_GC_Track)(made.as_ptr().cast());
        Ok(made)
    }
}

/// The slot `tp_iternext`.
unsafe extern "C" fn next(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: CPython calls this with an instance.
    let (this, attached) = unsafe { (&*fields(object), Attached::for_a_moment()) };
    if !attached.api.has_lock() {
        return next_of_many(this);
    }
    let at = this.next.load(Ordering::Relaxed);
    if !this.has(at) {
        return end(this);
    }
    this.next.store(at + 1, Ordering::Relaxed);
    // SAFETY: the iterator keeps the view, as it has not come to its end.
    unsafe { nth(attached, this.view.get(), at) }
}

/// The same without a lock, where others may be at the iterator and the view meanwhile.
#[inline(never)]
fn next_of_many(this: &Fields) -> *mut PyObject {
    let at = this.next.fetch_add(1, Ordering::Relaxed);
    if !this.has(at) {
        return end(this);
    }
    // SAFETY: the iterator keeps the view.
    unsafe { nth_of_many(this.view.get(), at) }
}

impl Fields {
    /// Both ends at once: what is negative is larger than any count as an unsigned number.
    #[inline(always)]
    fn has(&self, at: isize) -> bool {
        (at as usize) < self.count as usize
    }
}

/// The iterator lets go of the view. Without a lock another thread may be at it, so it keeps it.
#[cold]
fn end(this: &Fields) -> *mut PyObject {
    this.next.store(isize::MAX / 2, Ordering::Relaxed);
    // SAFETY: CPython has called us, on an attached thread.
    let attached = unsafe { Attached::certainly() };
    if attached.api.has_lock() {
        drop(Ref::owned(attached, this.view.replace(ptr::null_mut())));
    }
    ptr::null_mut()
}

unsafe extern "C" fn itself(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: CPython calls this with an instance, on an attached thread.
    Ref::to(unsafe { Attached::certainly() }, object).into_ptr()
}

unsafe extern "C" fn refuse_new(
    _: *mut PyObject,
    _: *mut PyObject,
    _: *mut PyObject,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        let text = "cannot create 'memory_iterator' instances";
        Err(Error::fixed(Kind::Type, text))
    })
}

unsafe extern "C" fn traverse(object: *mut PyObject, visit: Visit, argument: *mut c_void) -> c_int {
    // SAFETY: CPython calls this with an instance.
    unsafe {
        let Fields { view, kind, .. } = &*fields(object);
        let view = view.get();
        let stop = if view.is_null() {
            0
        } else {
            visit(view, argument)
        };
        if stop != 0 {
            return stop;
        }
        visit(*kind, argument)
    }
}

unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // SAFETY: CPython calls this once, with an instance that nobody has any more, on an attached
    // thread.
    unsafe {
        let attached = Attached::certainly();
        let api = attached.api;
        (api.PyObject_GC_UnTrack)(object.cast());
        let Fields { view, kind, .. } = fields(object).read();
        (api.PyObject_GC_Del)(object.cast());
        drop(Ref::owned(attached, view.get()));
        (api.Py_DecRef)(kind);
    }
}
