//! What the stress test of races needs (`tests/free_threaded.rs`): windows, where a thread lets
//! others run at the worst moment, and protections that can be taken away to see it fail.
//!
//! There is something here under `--cfg pybuf_yields` alone, where a library is built that
//! nobody but the test uses. In every other build a window is nothing and all protections are on.

/// What keeps threads from harming one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(pybuf_yields),
    allow(dead_code, reason = "named where they are asked for")
)]
pub(crate) enum Protection {
    /// References are counted by atomic additions.
    References,
    /// The word of exports moves on only from where it was seen.
    Exchange,
    /// Who is at the items of memory that grows is counted.
    Pins,
    /// A change of size waits for pins, and is refused under exports.
    Changes,
    /// Who wants to be undisturbed waits for pins.
    Undisturbed,
    /// Plain counts are for interpreters with a lock.
    Home,
    /// The queue of late releases is added to only where it was seen to end.
    Queue,
}

/// A place where a race would be, if a protection were missing.
#[cfg(not(pybuf_yields))]
#[inline(always)]
pub(crate) fn window() {}

/// Whether a protection is on.
#[cfg(not(pybuf_yields))]
#[inline(always)]
pub(crate) const fn has(_: Protection) -> bool {
    true
}

#[cfg(pybuf_yields)]
pub(crate) use yields::{has, window};

#[cfg(pybuf_yields)]
#[allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "the process is the test's"
)]
mod yields {
    use std::cell::Cell;
    use std::sync::OnceLock;
    use std::thread;
    use std::time::Duration;

    use super::Protection;

    /// Lets others run, often; and now and then for longer than it takes them to notice.
    pub(crate) fn window() {
        match random() % 16 {
            0 => thread::sleep(Duration::from_micros(20)),
            1..8 => thread::yield_now(),
            _ => {}
        }
    }

    fn random() -> u64 {
        thread_local! {
            static STATE: Cell<u64> = const { Cell::new(0) };
        }
        STATE.with(|state| {
            let seed = match state.get() {
                0 => std::ptr::from_ref(state).addr() as u64,
                seed => seed,
            };
            state.set(
                seed.wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407),
            );
            state.get() >> 33
        })
    }

    /// All but the one that the environment names.
    pub(crate) fn has(protection: Protection) -> bool {
        static WITHOUT: OnceLock<Option<String>> = OnceLock::new();
        let without = WITHOUT.get_or_init(|| std::env::var("PYBUF_WITHOUT").ok());
        without
            .as_ref()
            .is_none_or(|without| *without != format!("{protection:?}"))
    }
}
