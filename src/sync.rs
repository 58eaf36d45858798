//! Atomics and waiting, as the standard library has them; under `--cfg loom` those of
//! `loom`, which tries every interleaving (`tests/loom.rs`).

#[cfg(not(loom))]
pub(crate) use std::sync::atomic;

#[cfg(loom)]
pub(crate) use loom::sync::atomic;

/// Waiting for another thread that is between two lines of ours: it will not be long.
#[derive(Default)]
pub(crate) struct Patience(u32);

/// How often to look again at once, before the processor is offered to others.
#[cfg(not(loom))]
const EAGER: u32 = 40;

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

    /// Another thread runs.
    #[cfg(loom)]
    pub(crate) fn wait(&mut self) {
        self.0 = self.0.saturating_add(1);
        loom::thread::yield_now();
    }
}
