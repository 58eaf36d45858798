//! Is this thread attached to an interpreter? Nothing of Python may be touched before that
//! is known: `ctypes.CDLL` lets the GIL go, and a release may come from any thread.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use super::api::{Api, PyInterpreterState, PyThreadState, known_table, table};
use crate::error::{Error, Kind, Result};

/// The proof that this thread is attached: what is done with it is done at once.
#[derive(Clone, Copy)]
pub(super) struct Attached {
    pub(super) api: &'static Api,
    /// Of this thread only.
    not_send: PhantomData<*mut ()>,
}

thread_local! {
    /// The thread state with which this thread was attached when CPython called us last, or
    /// somebody called what only attached threads may call. Before 3.12 alone.
    static LAST: Cell<*mut PyThreadState> = const { Cell::new(ptr::null_mut()) };
}

/// Whether an interpreter other than the main one has ever known us. A thread is attached to the
/// main one by its first state, as everybody can find out.
static OTHERS: AtomicBool = AtomicBool::new(false);

/// The first version in which the current thread state is the thread's own.
const OWN_STATE: u32 = 12;

impl Attached {
    fn with(api: &'static Api) -> Self {
        Self {
            api,
            not_send: PhantomData,
        }
    }

    /// For a call that only attached threads may make: or the error that says what is missing.
    pub(super) fn now() -> Result<Self> {
        let api = table()?;
        if api.may_be_attached() {
            let this = Self::with(api);
            this.note();
            return Ok(this);
        }
        let text = if api.is_running() {
            "this thread is not attached to a Python interpreter: call through ctypes.PyDLL instead of \
             CDLL, or take the GIL first (PyGILState_Ensure)"
        } else {
            "the Python in this process is not running: it has not been initialised, or is finalised"
        };
        Err(Error::fixed(Kind::Runtime, text))
    }

    /// For a call that any thread may make: `None` where there is no Python, or this thread is
    /// not attached to it.
    pub(super) fn if_so() -> Option<Self> {
        let api = table().ok()?;
        api.is_attached().then(|| Self::with(api))
    }

    /// For a function that CPython itself has called.
    ///
    /// # Safety
    /// This thread is attached, and the table has been found before.
    pub(super) unsafe fn certainly() -> Self {
        // SAFETY: as the caller promises.
        unsafe { Self::for_a_moment() }.noted()
    }

    /// The same for a function that neither drops anything nor calls anybody who might.
    ///
    /// # Safety
    /// As for [`Attached::certainly`].
    pub(super) unsafe fn for_a_moment() -> Self {
        // SAFETY: a Python that calls us has made us look up the table first.
        Self::with(unsafe { known_table().unwrap_unchecked() })
    }

    /// The same, noted: whatever is dropped from here on is this thread's to release. Nothing has
    /// to be noted as long as all interpreters that know us have the thread's first state.
    #[inline]
    pub(super) fn noted(self) -> Self {
        if OTHERS.load(Ordering::Relaxed) {
            self.note();
        }
        self
    }

    fn note(self) {
        if self.api.minor < OWN_STATE {
            LAST.set(self.api.thread_state());
        }
    }

    /// There is an interpreter that is not the main one, from now on: that of this thread.
    pub(super) fn is_among_others(self) {
        OTHERS.store(true, Ordering::Relaxed);
        self.note();
    }

    /// The interpreter this thread is attached to.
    pub(super) fn interpreter(self) -> *mut PyInterpreterState {
        // SAFETY: attached.
        unsafe { (self.api.PyInterpreterState_Get)() }
    }
}

impl Api {
    /// Whether there is an interpreter, between Py_Initialize and Py_Finalize.
    pub(super) fn is_running(&self) -> bool {
        // SAFETY: it may be called at any time.
        unsafe { (self.Py_IsInitialized)() != 0 }
    }

    /// Whether this thread is attached, for all that can be told.
    ///
    /// Not asked is whether Python runs: while it finalises it says no, and yet the thread that
    /// does so is attached, and releases what modules and caches have kept until then.
    ///
    /// From 3.12 on the current thread state is the thread's own. Before, it is that of whoever
    /// has the GIL, and is compared with the first that this thread has had. A thread that runs
    /// a sub-interpreter has another one there; `PyGILState_Check`, which then says yes to
    /// everybody, is believed only for such a one. So a thread that has let the GIL go may be
    /// attached or not while another thread runs another interpreter: there is no way to tell.
    fn may_be_attached(&self) -> bool {
        let now = self.thread_state();
        if now.is_null() || self.minor >= OWN_STATE {
            return !now.is_null();
        }
        // SAFETY: all three may be called without being attached.
        unsafe {
            let own = (self.PyGILState_GetThisThreadState)();
            let interpreter = self.PyThreadState_GetInterpreter;
            now == own
                || (!own.is_null()
                    && (self.PyGILState_Check)() != 0
                    && interpreter(now) != interpreter(own))
        }
    }

    /// Whether this thread is attached, for certain: the state that is current is its first one,
    /// or the one that it was attached with when we knew last. What is left to an attached
    /// thread for want of that is late, and no more.
    fn is_attached(&self) -> bool {
        self.may_be_attached() && (self.minor >= OWN_STATE || self.is_known())
    }

    #[cold]
    fn is_known(&self) -> bool {
        let now = self.thread_state();
        // SAFETY: it may be called without being attached.
        now == LAST.get() || now == unsafe { (self.PyGILState_GetThisThreadState)() }
    }
}
