//! The exports of memory that is counted: guarded memory, and memory that grows.
//!
//! What may follow what is said by [`Word`]; here is the atomic that holds one. Exports that
//! conflict are refused with an error that says what stands in the way; threads that are at
//! the items at this moment are waited for.
//!
//! Python's own exports of memory that grows are counted apart, in [`Home`]: an atomic
//! addition costs as much as the whole rest of a request. While memory has a home, what
//! needs to know all exports (a change of size, stable, exclusive) is for threads that are
//! attached to that interpreter: they have its lock, so they see both counts. All others
//! may still take exports and read and write items.

use std::ffi::c_void;

use super::home::{Home, IsAttached};
use super::word::{Access, Step, Touch, Word};
use crate::error::{Error, Kind, Result};
use crate::stress::{self, Protection};
use crate::sync::Patience;
use crate::sync::atomic::{AtomicU64, Ordering};

/// See the module.
pub(crate) struct Exports {
    word: AtomicU64,
    pub(crate) home: Home,
}

impl Exports {
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU64::new(Word::default().0),
            home: Home::new(),
        }
    }

    /// What is going on; it may be over already. What was done under exports that are seen
    /// to have ended is seen too.
    #[inline]
    pub(crate) fn now(&self) -> Word {
        Word(self.word.load(Ordering::Acquire))
    }

    /// How many exports are outstanding, all in all.
    pub(crate) fn outstanding(&self) -> usize {
        self.now().exports() + self.home.exports()
    }

    /// Moves on by `step`, which is asked anew each time another thread was faster. `refused`
    /// makes the error of the word that stands in the way.
    fn advance(
        &self,
        step: impl Fn(Word) -> Step,
        refused: impl Fn(&Self, Word) -> Error,
    ) -> Result<()> {
        let mut patience = Patience::default();
        let mut word = self.now();
        loop {
            match step(word) {
                Step::To(next) => {
                    stress::window();
                    match self.exchange(word, next, Ordering::Acquire) {
                        Ok(()) => return Ok(()),
                        Err(now) => word = now,
                    }
                }
                Step::Wait => {
                    patience.wait();
                    word = self.now();
                }
                Step::Refuse => return Err(refused(self, word)),
            }
        }
    }

    /// Moves on by a step that nobody can refuse, and that ends something: what this thread
    /// did before is seen by whoever finds it ended.
    fn retire(&self, step: impl Fn(Word) -> Word) {
        let mut word = self.now();
        while let Err(now) = self.exchange(word, step(word), Ordering::Release) {
            word = now;
        }
    }

    /// From one word to the next; or the word that is there instead.
    #[inline]
    fn exchange(&self, from: Word, to: Word, ordering: Ordering) -> Result<(), Word> {
        if !stress::has(Protection::Exchange) {
            self.word.store(to.0, Ordering::Release);
            return Ok(());
        }
        self.word
            .compare_exchange_weak(from.0, to.0, ordering, Ordering::Relaxed)
            .map(drop)
            .map_err(Word)
    }

    /// An export begins, or is refused.
    pub(crate) fn begin(&self, access: Access) -> Result<()> {
        let step = |word: Word| match self.at_home(word, access) {
            true => Step::Refuse,
            false => word.begin(access),
        };
        self.advance(step, |this, word| this.refusal(word, access))
    }

    /// Whether what Python counts stands in the way.
    fn at_home(&self, word: Word, access: Access) -> bool {
        let hinders = match access {
            Access::Read | Access::Write => return false,
            Access::Stable | Access::Exclusive => self.home.exports() > 0,
        };
        word.has_home() && (hinders || !self.home.is_attached())
    }

    /// An export that [`Exports::begin`] allowed ends.
    pub(crate) fn end(&self, access: Access) {
        self.retire(|word| word.end(access));
    }

    /// Holds size and place of the memory for as long as the answer lives. Nothing of anybody
    /// else's may run meanwhile. To look is never refused.
    pub(crate) fn pin(&self, touch: Touch) -> Result<Pinned<'_>> {
        if stress::has(Protection::Pins) {
            self.advance(|word| word.pin(touch), Self::item_refusal)?;
        }
        Ok(Pinned(self))
    }

    /// As [`Exports::pin`], for a thread that holds the lock of the memory's home: nobody
    /// else changes anything meanwhile.
    pub(crate) fn allows(&self, touch: Touch) -> Result<()> {
        let word = self.now();
        match word.pin(touch) {
            Step::Refuse => Err(self.item_refusal(word)),
            _ => Ok(()),
        }
    }

    /// Has the memory alone, to change its size and place, as long as the answer lives.
    /// Nothing of anybody else's may run meanwhile.
    pub(crate) fn change(&self) -> Result<Changing<'_>> {
        let step = |word: Word| match word.has_home() && !self.home.lets_change() {
            true => Step::Refuse,
            false => word.change(),
        };
        if stress::has(Protection::Changes) {
            self.advance(step, Self::change_refusal)?;
        }
        Ok(Changing(self))
    }

    /// An interpreter, to which this thread is attached, makes an object of this memory. The
    /// answer is whether it counts the object's exports itself: not where another
    /// interpreter does.
    pub(crate) fn come_home(&self, interpreter: *mut c_void, is_attached: IsAttached) -> bool {
        let Some(is_first) = self.home.claim(interpreter, is_attached) else {
            return false;
        };
        if is_first {
            let never = |_: &Self, _| Error::no_memory();
            // Nobody refuses that.
            let _ = self.advance(Word::at_home, never);
        }
        self.home.add_object();
        true
    }

    /// Such an object is gone, and its exports were before it.
    pub(crate) fn depart(&self) {
        if self.home.remove_object() {
            self.retire(Word::away);
            self.home.forget();
        }
    }

    #[cold]
    fn refusal(&self, word: Word, access: Access) -> Error {
        if word.is_full() {
            return too_many(word);
        }
        let (asked, hindrance) = match access {
            Access::Read => ("a buffer", Hindrance::Exclusive),
            Access::Write if word.is_exclusive() => ("a writable buffer", Hindrance::Exclusive),
            Access::Write => ("a writable buffer", Hindrance::Stable),
            Access::Stable if word.is_exclusive() => ("stable memory", Hindrance::Exclusive),
            Access::Stable => ("stable memory", Hindrance::Writers),
            Access::Exclusive => ("exclusive memory", Hindrance::Exports),
        };
        if matches!(access, Access::Stable | Access::Exclusive) && self.is_foreign(word) {
            return elsewhere(asked);
        }
        let outstanding = match hindrance {
            Hindrance::Exclusive => Outstanding(1, "exclusive export"),
            Hindrance::Stable => Outstanding(word.stable(), "stable export"),
            Hindrance::Writers => {
                Outstanding(word.writers() + self.home.exports(), "writable export")
            }
            Hindrance::Exports => Outstanding(word.exports() + self.home.exports(), "export"),
        };
        Error::new(
            Kind::Buffer,
            format_args!(
                "{asked} was asked for; {outstanding}: it can be had when {} released",
                if outstanding.0 == 1 {
                    "that is"
                } else {
                    "they are"
                }
            ),
        )
    }

    #[cold]
    fn item_refusal(&self, word: Word) -> Error {
        let (done, outstanding) = match word.is_exclusive() {
            true => ("read or written", Outstanding(1, "exclusive export")),
            false => ("written", Outstanding(word.stable(), "stable export")),
        };
        Error::new(
            Kind::Buffer,
            format_args!("items cannot be {done}: {outstanding}"),
        )
    }

    #[cold]
    fn change_refusal(&self, word: Word) -> Error {
        if self.is_foreign(word) {
            return elsewhere("another size");
        }
        // The first words are CPython's own.
        Error::new(
            Kind::Buffer,
            format_args!(
                "Existing exports of data: object cannot be re-sized: {}",
                Outstanding(word.exports() + self.home.exports(), "export")
            ),
        )
    }

    /// Whether Python has objects of this memory, and this thread may not look at them.
    fn is_foreign(&self, word: Word) -> bool {
        word.has_home() && !self.home.is_attached()
    }
}

enum Hindrance {
    Exclusive,
    Stable,
    Writers,
    Exports,
}

/// `1 export is outstanding`, `2 exports are outstanding`
struct Outstanding(usize, &'static str);

impl std::fmt::Display for Outstanding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(count, what) = *self;
        let (plural, are) = if count == 1 { ("", "is") } else { ("s", "are") };
        write!(f, "{count} {what}{plural} {are} outstanding")
    }
}

fn elsewhere(asked: &str) -> Error {
    Error::new(
        Kind::Buffer,
        format_args!(
            "{asked} was asked for; Python has objects of this memory: only a thread that is attached \
             to that Python may have it so"
        ),
    )
}

fn too_many(word: Word) -> Error {
    Error::new(
        Kind::Buffer,
        format_args!(
            "{} exports are outstanding: there cannot be more",
            word.exports()
        ),
    )
}

/// Size and place stay as they are; see [`Exports::pin`].
pub(crate) struct Pinned<'a>(&'a Exports);

impl Drop for Pinned<'_> {
    fn drop(&mut self) {
        if stress::has(Protection::Pins) {
            self.0.retire(Word::unpin);
        }
    }
}

/// Nobody else is there; see [`Exports::change`].
pub(crate) struct Changing<'a>(&'a Exports);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        if stress::has(Protection::Changes) {
            self.0.retire(Word::changed);
        }
    }
}

#[cfg(all(test, loom))]
pub(super) mod models;
