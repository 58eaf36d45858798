//! Work that needs nothing of Python, while other threads of Python run.
//!
//! Whoever copies much memory lets go of the interpreter meanwhile: of the GIL, or, where there is
//! none, of what makes everybody wait for this thread before all are stopped. Until the thread
//! is back nothing of Python is touched: no reference counted, no exception set, no buffer given
//! back, and nobody asked whether the thread is attached. What other threads leave to an attached
//! one in the queues waits for the next call of ours that looks there: to come back releases
//! nothing, for that may run any code, and the caller is in the midst of something.
//!
//! A thread may never come back (`careful`).

use std::thread;

use super::api::{Api, PyThreadState};
use super::attached::Attached;

/// What moves or compares so many bytes is done so; to leave the interpreter and come back costs some
/// percent of that.
pub(super) const LONG: usize = 64 << 10;

impl Attached {
    /// Runs `body`, which touches nothing of Python, while others run.
    pub(super) fn detached<T>(self, body: impl FnOnce() -> T) -> T {
        let _return = Return {
            api: self.api,
            // SAFETY: attached, and attached again before anything else is done.
            state: unsafe { (self.api.PyEval_SaveThread)() },
        };
        body()
    }

    /// Lets other threads run for a moment.
    pub(super) fn let_others_run(self) {
        self.detached(thread::yield_now);
    }
}

/// Attaches the thread again, however the work ends.
struct Return {
    api: &'static Api,
    state: *mut PyThreadState,
}

impl Drop for Return {
    fn drop(&mut self) {
        // SAFETY: this thread's state, detached until now.
        unsafe { (self.api.PyEval_RestoreThread)(self.state) };
    }
}
