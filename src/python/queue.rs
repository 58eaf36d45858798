//! The exports that wait for a thread that may release them.
//!
//! A list through the exports themselves: adding to it allocates nothing and takes no lock.
//! When its interpreter ends it is closed. Closing waits for those who are adding, so that
//! nothing is added after the last look, and nobody asks an interpreter for a call that is
//! no longer there.

use std::ptr;

use crate::alloc::Unique;
use crate::stress::{self, Protection};
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use crate::sync::{Patience, const_fn};
use crate::view::Export;

/// See the module.
pub(super) struct Queue {
    /// The latest first.
    head: AtomicPtr<Export>,
    /// [`CLOSED`], and [`INSIDE`] for each thread in [`Queue::while_open`].
    gate: AtomicUsize,
}

const CLOSED: usize = 1;
const INSIDE: usize = 2;

/// How often closing looks again. What is waited for takes a microsecond, except from a
/// thread that stayed behind when the process forked: that one never comes out.
const LOOKS: usize = 1000;

impl Queue {
    const_fn! {
        pub(super) fn new() -> Self {
            Self::with_gate(0)
        }
    }

    const_fn! {
        /// One that lets nobody in before it is opened.
        pub(super) fn closed() -> Self {
            Self::with_gate(CLOSED)
        }
    }

    const_fn! {
        fn with_gate(gate: usize) -> Self {
            Self {
                head: AtomicPtr::new(ptr::null_mut()),
                gate: AtomicUsize::new(gate),
            }
        }
    }

    /// Lets everybody in.
    pub(super) fn open(&self) {
        self.gate.fetch_and(!CLOSED, Ordering::AcqRel);
    }

    /// Runs `body`, unless the queue is closed; it is not closed meanwhile.
    pub(super) fn while_open(&self, body: impl FnOnce(&Self)) {
        if self.gate.fetch_add(INSIDE, Ordering::Acquire) & CLOSED == 0 {
            body(self);
        }
        self.gate.fetch_sub(INSIDE, Ordering::Release);
    }

    /// Lets nobody in any more, and waits for those who are.
    pub(super) fn close(&self) {
        self.gate.fetch_or(CLOSED, Ordering::AcqRel);
        let mut patience = Patience::default();
        for _ in 0..LOOKS {
            if self.gate.load(Ordering::Acquire) == CLOSED {
                return;
            }
            patience.wait();
        }
    }

    /// Adds an export.
    pub(super) fn push(&self, export: Unique<Export>) {
        let export = export.into_ptr();
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // SAFETY: this thread owns the export until it is in the list.
            unsafe { (*export).next.store(head, Ordering::Relaxed) };
            stress::window();
            if !stress::has(Protection::Queue) {
                return self.head.store(export, Ordering::Release);
            }
            let swapped =
                self.head
                    .compare_exchange_weak(head, export, Ordering::Release, Ordering::Relaxed);
            match swapped {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// One load: every call looks.
    pub(super) fn is_empty(&self) -> bool {
        self.head.load(Ordering::Relaxed).is_null()
    }

    /// Takes all of them, one after another.
    pub(super) fn take(&self) -> impl Iterator<Item = Unique<Export>> + use<> {
        let mut next = self.head.swap(ptr::null_mut(), Ordering::Acquire);
        std::iter::from_fn(move || {
            if next.is_null() {
                return None;
            }
            // SAFETY: pushed by its only owner, and taken out of the list by this thread alone.
            let export = unsafe { Unique::from_ptr(next) };
            next = export.next.load(Ordering::Relaxed);
            Some(export)
        })
    }
}

/// Whether somebody has been asked to look into queues, and has not yet.
///
/// Whoever adds does so before it asks, and whoever looks says so before it looks: each by an
/// exchange, which reads the other's. A plain store could be seen after the look that follows
/// it, and then an export would wait with nobody asked.
pub(super) struct Asked(AtomicBool);

impl Asked {
    const_fn! {
        pub(super) fn new() -> Self {
            Self(AtomicBool::new(false))
        }
    }

    /// Asks, unless that has been done. `ask` says whether it was heard; if not, the next one
    /// asks again.
    pub(super) fn once(&self, ask: impl FnOnce() -> bool) {
        if !self.0.swap(true, Ordering::AcqRel) && !ask() {
            self.answer();
        }
    }

    /// Somebody looks now: what is added from here on may be missed.
    pub(super) fn answer(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }
}

#[cfg(all(test, loom))]
mod models;
