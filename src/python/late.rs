//! The release of what Python lent, from whatever thread the last view is dropped on.
//!
//! A thread that is attached to the object's interpreter releases at once. Any other one
//! must not touch the object, and must not wait for the GIL either: whoever drops a view
//! may hold a lock that the GIL's owner wants. So it leaves the export in a queue of the
//! interpreter, and the next call of ours from an attached thread releases it. The main
//! interpreter is asked by `Py_AddPendingCall` too, so that no such call need ever come.
//! The interpreter's end is the last chance; what is dropped later is leaked, since what
//! the object lived in is gone.

use std::ffi::{c_int, c_void};
use std::ptr;

use super::api::{is_absent, known_table};
use super::attached::Attached;
use super::queue::Queue;
use super::raise::{Saved, clear};
use super::state::{ASKED, STRAY, State, release_now};
use crate::abi::{Py_buffer, ReleaseBuffer};
use crate::alloc::Unique;
use crate::error::Result;
use crate::view::{Export, Giver, moved};

/// Who lends a buffer that an object of this interpreter filled.
pub(super) fn giver_in(state: &State) -> Giver {
    Giver {
        interpreter: State::keep(state),
        ..STRAY_GIVER
    }
}

/// Who lends a buffer that an object of an unknown interpreter filled.
const STRAY_GIVER: Giver = Giver {
    exporter: ptr::null_mut(),
    releasebuffer: None,
    interpreter: ptr::null_mut(),
    release: release_export,
};

/// Who lends a buffer that a pair of functions filled, and in which an object is named: the
/// functions end it, and the object is dropped where that is allowed. Where there is no
/// Python, what is named is no object, and nobody else's affair.
pub(crate) fn giver_with(exporter: *mut c_void, releasebuffer: Option<ReleaseBuffer>) -> Giver {
    if is_absent() {
        return Giver::functions(exporter, releasebuffer);
    }
    // Where the state cannot be had, the main interpreter is assumed, and that is no exception.
    let _saved = Attached::if_so().map(Saved::as_it_is);
    Giver {
        exporter,
        releasebuffer,
        ..giver().unwrap_or(STRAY_GIVER)
    }
}

/// As [`giver_in`], for the interpreter this thread is attached to.
pub(crate) fn giver() -> Result<Giver> {
    let attached = Attached::now()?;
    State::current(&attached).map(giver_in)
}

fn release_export(export: Unique<Export>) {
    let Some(giver) = export.giver() else {
        return;
    };
    // SAFETY: where there is a state, the export keeps it.
    let state = (!giver.interpreter.is_null()).then(|| unsafe { State::kept(giver.interpreter) });
    match (Attached::if_so(), state) {
        (Some(attached), None) => release_now(attached, export),
        (Some(attached), Some(state)) if state.is_of(attached) => release_now(attached, export),
        (_, state) => release_later(state, export),
    }
}

/// Leaves an export to an attached thread. Where there will be none, its block is leaked on
/// purpose.
fn release_later(state: Option<&State>, export: Unique<Export>) {
    // A reference of its own: once the export is in the queue, another thread may release it.
    let state = state.map(State::another);
    let (queue, is_main): (&Queue, bool) = match &state {
        Some(state) => (&state.queue, state.is_main()),
        None => (&STRAY, true),
    };
    let mut export = Some(export);
    queue.while_open(|queue| {
        if let Some(export) = export.take() {
            queue.push(export);
        }
        // A full list of pending calls is no loss: the next call of ours will do it, and the next
        // one that drops something asks again.
        if is_main {
            ASKED.once(|| ask(ptr::null_mut()));
        }
    });
    let Some(export) = export else { return };
    let export = export.into_ptr();
    // No call of ours has been made yet in the Python that runs: so its end would leave behind what
    // is in a queue.
    if state.is_none() && known_table().is_some_and(|api| api.is_running()) {
        ask(export.cast());
    }
}

/// Asks the main interpreter's main thread to release this export, and what is in the queues.
/// Says whether the request was heard.
fn ask(export: *mut c_void) -> bool {
    // SAFETY: it may be called from any thread, as long as the interpreter is there.
    known_table().is_some_and(|api| unsafe { (api.Py_AddPendingCall)(Some(asked), export) } == 0)
}

/// CPython calls this in its main thread.
unsafe extern "C" fn asked(export: *mut c_void) -> c_int {
    // SAFETY: CPython calls us, on an attached thread; the export is this request's own.
    unsafe {
        let attached = Attached::certainly();
        let saved = Saved::exception(attached);
        in_main(attached, |attached| {
            if !export.is_null() {
                release_now(attached, Unique::from_ptr(export.cast()));
            }
            ASKED.answer();
            // Looking for the state does it; what fails there will do so again where it matters.
            if State::current(&attached).is_err() {
                clear(attached);
            }
        });
        drop(saved);
    }
    0
}

/// Before 3.12 a request goes to whichever interpreter runs just then, and is heard when the
/// main thread runs that one: it has a thread state in the main interpreter as well. (Should
/// it never run it again, the next call of ours in the main interpreter is left to do it.)
///
/// # Safety
/// On the main thread.
unsafe fn in_main(attached: Attached, body: impl FnOnce(Attached)) {
    let api = attached.api;
    // SAFETY: attached; the thread's own state, with which it goes on holding the GIL.
    unsafe {
        let own = (api.PyGILState_GetThisThreadState)();
        if attached.interpreter() == (api.PyInterpreterState_Main)() || own.is_null() {
            return body(attached);
        }
        let other = (api.PyThreadState_Swap)(own);
        body(attached);
        (api.PyThreadState_Swap)(other);
    }
}

/// Releases a buffer that a Python object filled, now or later; it is empty afterwards.
///
/// # Safety
/// `view` was filled by the object that it names.
pub(crate) unsafe fn release_buffer(view: &mut Py_buffer) -> Result<()> {
    if let Some(attached) = Attached::if_so() {
        let _saved = Saved::exception(attached);
        // SAFETY: attached; as the caller promises.
        unsafe { (attached.api.PyBuffer_Release)(view) };
        return Ok(());
    }
    if is_absent() {
        *view = Py_buffer::empty();
        return Ok(());
    }
    // Where there is no memory for that, the buffer stays as it is, and can be released again.
    // SAFETY: as the caller promises.
    let export = unsafe { moved(view) }?;
    export.filled_by(STRAY_GIVER);
    *view = Py_buffer::empty();
    Ok(())
}
