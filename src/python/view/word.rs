//! The state of one view in Python, in one word: how many buffers it has lent, how many calls
//! read it just now, and whether it was released.
//!
//! Release wins only where nothing is lent and nobody reads, and once it has won nothing more
//! begins; so all of that is decided in one place. Where the interpreter has a lock, one thread
//! at a time is here: then the word is read and written without atomic operations, and nobody
//! can be found reading.

use crate::stress::{self, Protection};
use crate::sync::atomic::{AtomicUsize, Ordering};

pub(super) struct Word(AtomicUsize);

const RELEASED: usize = 1;
/// One call that reads.
const PIN: usize = 2;
/// One lent buffer.
const EXPORT: usize = 1 << (usize::BITS / 2 - 2);
const PINS: usize = EXPORT - PIN;
/// Far enough from what fits: threads that are refused have counted for a moment.
const MOST_EXPORTS: usize = usize::MAX / EXPORT / 2;

/// Why something cannot be done with a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum No {
    /// It was released.
    Released,
    /// So many buffers are lent.
    Lent(usize),
    /// No more buffers can be counted.
    Full,
}

impl Word {
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    #[inline]
    fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn is_released(&self) -> bool {
        self.now() & RELEASED != 0
    }

    /// A buffer is lent.
    #[inline]
    pub(super) fn lend(&self, has_lock: bool) -> Result<(), No> {
        let before = self.now();
        if before / EXPORT >= MOST_EXPORTS {
            return Err(No::Full);
        }
        self.begin(has_lock, before, EXPORT)
    }

    /// A lent buffer is back.
    #[inline]
    pub(super) fn take_back(&self, has_lock: bool) {
        self.end(has_lock, EXPORT);
    }

    /// A call begins to read. Where there is a lock nobody can come between, as long as the call
    /// runs nobody else's code.
    #[inline]
    pub(super) fn pin(&self, has_lock: bool) -> Result<(), No> {
        if has_lock || !stress::has(Protection::Pins) {
            return match self.is_released() {
                true => Err(No::Released),
                false => Ok(()),
            };
        }
        self.begin(has_lock, self.now(), PIN)
    }

    #[inline]
    pub(super) fn unpin(&self, has_lock: bool) {
        if !has_lock && stress::has(Protection::Pins) {
            self.end(has_lock, PIN);
        }
    }

    #[inline]
    fn begin(&self, has_lock: bool, before: usize, step: usize) -> Result<(), No> {
        if before & RELEASED != 0 {
            return Err(No::Released);
        }
        if has_lock {
            self.0.store(before + step, Ordering::Relaxed);
            return Ok(());
        }
        match self.0.fetch_add(step, Ordering::Acquire) & RELEASED {
            0 => Ok(()),
            _ => {
                self.end(has_lock, step);
                Err(No::Released)
            }
        }
    }

    #[inline]
    fn end(&self, has_lock: bool, step: usize) {
        match has_lock {
            true => self.0.store(self.now() - step, Ordering::Relaxed),
            false => {
                self.0.fetch_sub(step, Ordering::Release);
            }
        }
    }

    /// Releases; `false` where that had been done before. While somebody reads, `wait` is called
    /// again and again.
    pub(super) fn release(&self, wait: impl Fn()) -> Result<bool, No> {
        let mut before = self.now();
        loop {
            if before & RELEASED != 0 {
                return Ok(false);
            }
            if before / EXPORT != 0 {
                return Err(No::Lent(before / EXPORT));
            }
            if before & PINS != 0 {
                wait();
                before = self.now();
                continue;
            }
            stress::window();
            match self.move_on(before, before | RELEASED) {
                Ok(_) => return Ok(true),
                Err(now) => before = now,
            }
        }
    }

    /// From one word to the next; or the word that is there instead.
    fn move_on(&self, before: usize, after: usize) -> Result<usize, usize> {
        if !stress::has(Protection::Exchange) {
            self.0.store(after, Ordering::Release);
            return Ok(before);
        }
        let (success, failure) = (Ordering::AcqRel, Ordering::Relaxed);
        self.0.compare_exchange(before, after, success, failure)
    }
}

/// How many views use a buffer: the last of them releases it.
pub(super) struct Users(AtomicUsize);

impl Users {
    pub(super) fn one() -> Self {
        Self(AtomicUsize::new(1))
    }

    /// One more. There is one already, which stays meanwhile.
    #[inline]
    pub(super) fn another(&self, has_lock: bool) {
        match has_lock || !stress::has(Protection::References) {
            true => {
                let before = self.0.load(Ordering::Relaxed);
                if !has_lock {
                    stress::window();
                }
                self.0.store(before + 1, Ordering::Relaxed);
            }
            false => {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// One less; whether that was the last.
    #[inline]
    pub(super) fn one_less(&self, has_lock: bool) -> bool {
        match has_lock {
            true => {
                let now = self.0.load(Ordering::Relaxed) - 1;
                self.0.store(now, Ordering::Relaxed);
                now == 0
            }
            false => self.0.fetch_sub(1, Ordering::AcqRel) == 1,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod models;
