//! Atomics and waiting, as the standard library has them; under `--cfg loom` those of
//! `loom`, which tries every interleaving (`tests/loom.rs`).

use std::cell::UnsafeCell;

#[cfg(not(loom))]
pub(crate) use std::sync::atomic;

#[cfg(loom)]
pub(crate) use loom::sync::atomic;

/// A function that makes what a static holds: `const`, where its atomics can be made so.
macro_rules! const_fn {
    ($(#[$note:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty)?) -> $made:ty $body:block) => {
        #[cfg(not(loom))]
        $(#[$note])*
        $visibility const fn $name($($argument: $type)?) -> $made $body

        #[cfg(loom)]
        $(#[$note])*
        $visibility fn $name($($argument: $type)?) -> $made $body
    };
}
#[cfg(feature = "python")]
pub(crate) use const_fn;

/// What is there once for the whole process; under loom once for each run of a model.
#[cfg(not(loom))]
macro_rules! only {
    ($(#[$note:meta])* pub($($room:tt)+) static $name:ident: $type:ty = $value:expr;) => {
        $(#[$note])*
        pub($($room)+) static $name: $type = $value;
    };
}
#[cfg(loom)]
macro_rules! only {
    ($(#[$note:meta])* pub($($room:tt)+) static $name:ident: $type:ty = $value:expr;) => {
        loom::lazy_static! {
            $(#[$note])*
            pub($($room)+) static ref $name: $type = $value;
        }
    };
}
#[cfg(feature = "python")]
pub(crate) use only;

/// Memory that is only used under rules: whoever takes a reference says how. That costs
/// nothing; `loom` sees it, and fails a model in which one who is alone is not.
pub(crate) struct Ruled<T> {
    value: UnsafeCell<T>,
    #[cfg(loom)]
    watched: loom::cell::UnsafeCell<()>,
}

impl<T> Ruled<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: UnsafeCell::new(value),
            #[cfg(loom)]
            watched: loom::cell::UnsafeCell::new(()),
        }
    }

    /// Where it is: nobody looks at it.
    #[inline]
    pub(crate) fn address(&self) -> *mut T {
        self.value.get()
    }

    /// # Safety
    /// Nobody is alone with it as long as the answer is used.
    #[inline]
    pub(crate) unsafe fn shared(&self) -> &T {
        #[cfg(loom)]
        self.watched.with(|_| ());
        // SAFETY: as the caller promises.
        unsafe { &*self.value.get() }
    }

    /// # Safety
    /// Nobody else uses it as long as the answer is used.
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the caller is alone")]
    pub(crate) unsafe fn alone(&self) -> &mut T {
        #[cfg(loom)]
        self.watched.with_mut(|_| ());
        // SAFETY: as the caller promises.
        unsafe { &mut *self.value.get() }
    }
}

/// Waiting for another thread that is between two lines of ours: it will not be long.
#[derive(Default)]
pub(crate) struct Patience(u32);

/// How often to look again at once, before the processor is offered to others.
#[cfg(not(loom))]
const EAGER: u32 = 40;

/// How often a model tries what else could happen meanwhile.
#[cfg(loom)]
const TURNS: u32 = 3;

impl Patience {
    /// A little while.
    #[cfg(not(loom))]
    pub(crate) fn wait(&mut self) {
        self.0 = self.0.saturating_add(1);
        if self.0 < EAGER {
            std::hint::spin_loop();
        } else {
            std::thread::yield_now();
        }
    }

    /// Another thread runs. Two that wait for a third could take turns for ever: after a few of
    /// them this run goes on fairly, to an end, and what branches off here is left alone.
    #[cfg(loom)]
    pub(crate) fn wait(&mut self) {
        self.0 = self.0.saturating_add(1);
        if self.0 > TURNS {
            loom::skip_branch();
        }
        loom::thread::yield_now();
    }
}

/// Runs a model in every interleaving of its threads, or, where these are too many, in those
/// where a thread is interrupted at most so often when it could go on.
#[cfg(all(test, loom))]
pub(crate) fn explore(interruptions: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = interruptions.or(builder.preemption_bound);
    builder.check(model);
}
