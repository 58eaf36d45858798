//! Objects that ended, kept to be used again: to allocate one, and to give it back, takes longer
//! than all else that happens to a view of bytes.
//!
//! Each interpreter has a pool for each type of views. Only the thread that holds the
//! interpreter's lock is at it, so it is plain memory; without a lock there is none. It outlives
//! the interpreter's state as long as there are objects that would come back to it.

use std::cell::{Cell, UnsafeCell};

use super::api::Api;
use super::attached::Attached;
use crate::abi::PyObject;
use crate::alloc::try_box;
use crate::error::Result;

const MOST: usize = 64;

pub(super) struct Pool {
    /// Objects whose fields own nothing; each has its reference on the type still.
    kept: UnsafeCell<[*mut PyObject; MOST]>,
    count: Cell<usize>,
    /// Objects that are alive or kept, and one for the state of the interpreter.
    users: Cell<usize>,
    is_closed: Cell<bool>,
}

impl Pool {
    /// A pool, where the interpreter has a lock; it is given up by [`Pool::close`].
    pub(super) fn new(api: &Api) -> Result<*mut Self> {
        if !api.has_lock() {
            return Ok(std::ptr::null_mut());
        }
        let pool = Self {
            kept: UnsafeCell::new([std::ptr::null_mut(); MOST]),
            count: Cell::new(0),
            users: Cell::new(1),
            is_closed: Cell::new(false),
        };
        let pool = try_box(pool)?;
        Ok(Box::into_raw(pool))
    }

    /// An object that was kept, dead: it will come back. `None` where there is none.
    #[inline(always)]
    pub(super) fn take_kept(&self) -> Option<*mut PyObject> {
        let count = self.count.get().checked_sub(1)?;
        self.count.set(count);
        // SAFETY: whoever has the lock is alone here, and so many are kept.
        Some(unsafe { (*self.kept.get())[count] })
    }

    /// One object more, which will come back.
    pub(super) fn one_more(&self) {
        self.users.set(self.users.get() + 1);
    }

    /// An object that ended is kept, if there is room.
    ///
    /// # Safety
    /// `this` is a pool, which the object was taken from; it is not used by the caller any more where
    /// the answer is `false`, unless by [`Pool::one_less`].
    #[inline]
    pub(super) unsafe fn keep(this: *const Self, object: *mut PyObject) -> bool {
        // SAFETY: alive, as the object is one of its users; whoever has the lock is alone here.
        unsafe {
            let (pool, count) = (&*this, (*this).count.get());
            if pool.is_closed.get() || count == MOST {
                return false;
            }
            (*pool.kept.get())[count] = object;
            pool.count.set(count + 1);
            true
        }
    }

    /// One user less; with the last the pool ends.
    ///
    /// # Safety
    /// `this` is a pool, and the caller was a user.
    pub(super) unsafe fn one_less(this: *const Self) {
        // SAFETY: as the caller promises.
        unsafe {
            let users = (*this).users.get() - 1;
            (*this).users.set(users);
            if users == 0 {
                drop(Box::from_raw(this.cast_mut()));
            }
        }
    }

    /// The interpreter ends: nothing is kept any more.
    ///
    /// # Safety
    /// `this` comes from [`Pool::new`], and is closed once; NULL is no pool.
    pub(super) unsafe fn close(attached: Attached, this: *mut Self, kind: *mut PyObject) {
        if this.is_null() {
            return;
        }
        // SAFETY: as the caller promises; attached, and dead objects, each with its reference on the
        // type.
        unsafe {
            (*this).is_closed.set(true);
            for k in 0..(*this).count.replace(0) {
                (attached.api.PyObject_GC_Del)((*(*this).kept.get())[k].cast());
                (attached.api.Py_DecRef)(kind);
                Self::one_less(this);
            }
            Self::one_less(this);
        }
    }
}
