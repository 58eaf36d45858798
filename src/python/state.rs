//! What this library keeps for each interpreter: its types, and the exports that wait for a
//! thread that may release them.
//!
//! An interpreter's state lies in its own dictionary, in a capsule, so that it ends with
//! the interpreter; exports keep its memory longer where needed. The key names this copy of
//! the library. Nothing is remembered across `Py_Finalize`: a new interpreter has a new
//! dictionary.
//!
//! A thread remembers what it has found last, which saves the look-up: that holds for the
//! same interpreter, as long as no state has ended anywhere.
//!
//! Whoever looks for the state, attached as it must be for that, releases on the way what
//! other threads have left in the queues.

use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::api::{PyInterpreterState, PyTypeObject};
use super::attached::Attached;
use super::first;
use super::queue::{Asked, Queue};
use super::raise::{Saved, exception};
use super::reference::Ref;
use super::types::{Flavor, Type, Types, ViewType};
use crate::abi::PyObject;
use crate::alloc::{Counted, Last, Unique};
use crate::error::{Error, Kind, Result, try_format};
use crate::sync::only;
use crate::view::Export;

/// The state of one interpreter.
pub(super) struct State {
    interpreter: *mut PyInterpreterState,
    is_main: bool,
    has_ended: AtomicBool,
    types: Types,
    pub(super) queue: Queue,
    /// It is the main interpreter's, and has opened [`STRAY`].
    takes_strays: AtomicBool,
}

// SAFETY: the interpreter is only compared, the type used by threads that are attached to it.
unsafe impl Send for State {}
// SAFETY: as above.
unsafe impl Sync for State {}

impl Last for State {}

const ENDING: Error = Error::fixed(
    Kind::Runtime,
    "the Python in this process is ending: nothing can be lent to it any more",
);

/// The name of the capsule.
const CAPSULE: &CStr = c"libpybuf.state";

/// How many states have ended. Its address tells this copy of the library from others.
static ENDED: AtomicUsize = AtomicUsize::new(0);

/// What a thread has found.
#[derive(Clone, Copy)]
struct Found {
    interpreter: *mut PyInterpreterState,
    state: *const State,
    /// How many states had ended then.
    ended: usize,
}

thread_local! {
    static FOUND: Cell<Found> = const {
        Cell::new(Found { interpreter: ptr::null_mut(), state: ptr::null(), ended: 0 })
    };
}

/// A type of views that a thread has found; as [`Found`].
#[derive(Clone, Copy)]
struct FoundType {
    found: ViewType,
    /// The other type of views.
    other: *mut PyTypeObject,
    ended: usize,
}

thread_local! {
    static FOUND_TYPE: Cell<FoundType> = const {
        Cell::new(FoundType {
            found: ViewType { object: ptr::null_mut(), flavor: Flavor::Exact, pool: ptr::null() },
            other: ptr::null_mut(),
            ended: 0,
        })
    };
}

/// What there is to know of a type of views, which is one of this interpreter.
#[inline]
pub(super) fn view_type(
    attached: Attached,
    kind: *mut PyTypeObject,
    flavor: Flavor,
) -> Result<ViewType> {
    let FoundType { found, ended, .. } = FOUND_TYPE.get();
    match found.object == kind && ended == ENDED.load(Ordering::Acquire) {
        true => Ok(found),
        false => find_view_type(attached, flavor),
    }
}

/// The same, and the other type of views, where they are known without asking the interpreter.
#[inline(always)]
pub(super) fn known_view_types(
    kind: *mut PyTypeObject,
    flavor: Flavor,
) -> Option<(ViewType, *mut PyTypeObject)> {
    first::find(kind, flavor).or_else(|| remembered_view_types(kind))
}

/// The same, where this thread has found them last.
fn remembered_view_types(kind: *mut PyTypeObject) -> Option<(ViewType, *mut PyTypeObject)> {
    let FoundType {
        found,
        other,
        ended,
    } = FOUND_TYPE.get();
    (found.object == kind && ended == ENDED.load(Ordering::Acquire)).then_some((found, other))
}

/// The same of a type that may be either.
pub(super) fn view_type_of(attached: Attached, kind: *mut PyTypeObject) -> Result<ViewType> {
    let exact = State::current(&attached)?.type_for(Type::Memoryview)?;
    let flavor = match kind == exact {
        true => Flavor::Exact,
        false => Flavor::Extended,
    };
    view_type(attached, kind, flavor)
}

#[cold]
fn find_view_type(attached: Attached, flavor: Flavor) -> Result<ViewType> {
    let state = State::current(&attached)?;
    let exact = state.view_type(attached, Flavor::Exact)?;
    let extended = state.view_type(attached, Flavor::Extended)?;
    first::keep([exact, extended]);
    let (found, other) = match flavor {
        Flavor::Exact => (exact, extended),
        Flavor::Extended => (extended, exact),
    };
    FOUND_TYPE.set(FoundType {
        found,
        other: other.object,
        ended: ENDED.load(Ordering::Acquire),
    });
    Ok(found)
}

impl State {
    /// The state of the interpreter that this thread is attached to; made where there is none.
    /// What waits for such a thread is released on the way.
    pub(super) fn current(attached: &Attached) -> Result<&Self> {
        let state = match Self::remembered(attached) {
            Some(state) => state,
            None => match Self::find(attached)? {
                Some(state) => state,
                None => Self::create(attached)?,
            },
        };
        drain(*attached, state);
        Ok(state)
    }

    fn remembered(attached: &Attached) -> Option<&Self> {
        let found = FOUND.get();
        let holds = found.interpreter == attached.interpreter()
            && found.ended == ENDED.load(Ordering::Acquire);
        // SAFETY: a state ends in its own interpreter, to which this thread is attached; so it has
        // not ended, or would have been counted.
        holds.then(|| unsafe { &*found.state })
    }

    fn find(attached: &Attached) -> Result<Option<&Self>> {
        let (dict, key) = place(*attached, "state")?;
        let api = attached.api;
        // SAFETY: attached; a dictionary, and what it lends.
        unsafe {
            let capsule = (api.PyDict_GetItemWithError)(dict, key.as_ptr());
            if !capsule.is_null() {
                return Self::in_capsule(attached, capsule).map(Some);
            }
            match (api.PyErr_Occurred)().is_null() {
                true => Ok(None),
                false => Err(exception(*attached)),
            }
        }
    }

    /// # Safety
    /// An object that the interpreter's dictionary keeps under our key.
    unsafe fn in_capsule(attached: &Attached, capsule: *mut PyObject) -> Result<&Self> {
        // SAFETY: attached; an object, and a C string.
        let state = unsafe { (attached.api.PyCapsule_GetPointer)(capsule, CAPSULE.as_ptr()) };
        if state.is_null() {
            return Err(exception(*attached));
        }
        let state = state.cast::<Self>();
        FOUND.set(Found {
            interpreter: attached.interpreter(),
            state,
            ended: ENDED.load(Ordering::Acquire),
        });
        // SAFETY: the capsule keeps its reference as long as the interpreter runs.
        Ok(unsafe { &*state })
    }

    #[cold]
    fn create(attached: &Attached) -> Result<&Self> {
        let api = attached.api;
        let interpreter = attached.interpreter();
        // SAFETY: it may be called at any time.
        let is_main = interpreter == unsafe { (api.PyInterpreterState_Main)() };
        if !is_main {
            attached.is_among_others();
        }
        if !lasts(*attached, is_main) {
            // Its dictionary is gone, or will be: a state in a new one would never end.
            return Err(ENDING);
        }
        let state = Self {
            interpreter,
            is_main,
            has_ended: AtomicBool::new(false),
            types: Types::new(),
            queue: Queue::new(),
            takes_strays: AtomicBool::new(false),
        };
        let state = Counted::new(state).map_err(|(error, _)| error)?;
        let address = state.as_ptr().cast::<c_void>();
        // SAFETY: attached; the destructor fits, and the name lives for ever.
        let capsule = unsafe { (api.PyCapsule_New)(address, CAPSULE.as_ptr(), Some(end)) };
        let capsule = Ref::owned(*attached, capsule).ok_or_else(|| exception(*attached))?;
        // It is the capsule's now: its destructor gives it up.
        state.into_ptr();
        let (dict, key) = place(*attached, "state")?;
        // Making an object may run code, which may have been here before us: what it made stays.
        // SAFETY: attached; a dictionary and two objects. What it returns is the dictionary's.
        unsafe {
            let first = (api.PyDict_SetDefault)(dict, key.as_ptr(), capsule.as_ptr());
            if first.is_null() {
                return Err(exception(*attached));
            }
            let state = Self::in_capsule(attached, first)?;
            state.take_strays();
            Ok(state)
        }
    }

    /// The main interpreter has a state now.
    fn take_strays(&self) {
        if self.is_main && !self.takes_strays.swap(true, Ordering::AcqRel) {
            ASKED.answer();
            STRAY.open();
        }
    }

    /// Whether this is the main interpreter's.
    pub(super) fn is_main(&self) -> bool {
        self.is_main
    }

    /// Whether a thread is attached to this interpreter, which has not ended.
    pub(super) fn is_of(&self, attached: Attached) -> bool {
        !self.has_ended.load(Ordering::Acquire) && self.interpreter == attached.interpreter()
    }

    /// A type in this interpreter, once there is an instance of any.
    pub(super) fn type_for(&self, which: Type) -> Result<*mut PyTypeObject> {
        self.types.get(which).ok_or(ENDING)
    }

    /// A type of views in this interpreter, once there is an instance of any type.
    fn view_type(&self, attached: Attached, flavor: Flavor) -> Result<ViewType> {
        self.types.view_type(attached, flavor)?.ok_or(ENDING)
    }

    /// Makes the types, where that has not been done.
    pub(super) fn complete_types(
        &self,
        attached: Attached,
        make: impl Fn(Attached, Type) -> Result<Ref>,
    ) -> Result<()> {
        match self.has_ended.load(Ordering::Acquire) {
            true => Err(ENDING),
            false => self.types.complete(attached, make),
        }
    }

    /// Whether a type is one of exporters.
    pub(super) fn is_exporter_type(&self, kind: *mut PyObject) -> bool {
        self.types.is_of_exporters(kind)
    }

    /// Whether a type is one of views.
    pub(super) fn is_view_type(&self, kind: *mut PyObject) -> bool {
        self.types.is_of_views(kind)
    }

    /// Another reference.
    pub(super) fn another(&self) -> Counted<Self> {
        let address = ptr::from_ref(self).cast_mut();
        // SAFETY: every state is a counted value, alive as long as `self`, and the reference that is
        // made up here is not given up.
        let this = std::mem::ManuallyDrop::new(unsafe { Counted::from_ptr(address) });
        Counted::clone(&this)
    }

    /// The address under which an export keeps a reference to the state.
    pub(super) fn keep(&self) -> *mut c_void {
        self.another().into_ptr().cast()
    }

    /// Takes back the reference that [`State::keep`] left.
    ///
    /// # Safety
    /// `address` comes from `keep`, and is taken back once.
    pub(super) unsafe fn taken_back(address: *mut c_void) -> Counted<Self> {
        // SAFETY: as the caller promises.
        unsafe { Counted::from_ptr(address.cast()) }
    }

    /// Looks at a state that somebody keeps.
    ///
    /// # Safety
    /// `address` comes from `keep`, and has not been taken back.
    pub(super) unsafe fn kept<'a>(address: *mut c_void) -> &'a Self {
        // SAFETY: as the caller promises.
        unsafe { &*address.cast::<Self>() }
    }
}

/// Whether an interpreter that has no state lives long enough to end one. The main one says so
/// itself; others lose `sys.modules` before their dictionary.
fn lasts(attached: Attached, is_main: bool) -> bool {
    let api = attached.api;
    if is_main {
        return api.is_running();
    }
    // SAFETY: attached; a C string. What it lends is only compared.
    let modules = unsafe { (api.PySys_GetObject)(c"modules".as_ptr()) };
    !modules.is_null() && modules != api._Py_NoneStruct
}

/// Where this copy of the library keeps something for an interpreter: the interpreter's
/// dictionary, borrowed, and the key.
pub(super) fn place(attached: Attached, what: &str) -> Result<(*mut PyObject, Ref)> {
    let text = try_format(format_args!("libpybuf.{what} {:p}", &raw const ENDED));
    let text = text.ok_or(Error::no_memory())?;
    // SAFETY: attached; the interpreter, and so many bytes of ASCII.
    let (dict, key) = unsafe {
        let dict = (attached.api.PyInterpreterState_GetDict)(attached.interpreter());
        let (start, size) = (text.as_ptr().cast(), text.len() as isize);
        (
            dict,
            (attached.api.PyUnicode_FromStringAndSize)(start, size),
        )
    };
    match Ref::owned(attached, key) {
        Some(key) if !dict.is_null() => Ok((dict, key)),
        Some(_) => Err(Error::no_memory()),
        None => Err(exception(attached)),
    }
}

/// The capsule's destructor: the interpreter ends.
unsafe extern "C" fn end(capsule: *mut PyObject) {
    // SAFETY: CPython calls this on an attached thread; the capsule had a reference to the state,
    // and the state one to the type.
    unsafe {
        let attached = Attached::certainly();
        let _saved = Saved::exception(attached);
        let state = (attached.api.PyCapsule_GetPointer)(capsule, CAPSULE.as_ptr());
        let state = State::taken_back(state);
        state.queue.close();
        if state.takes_strays.load(Ordering::Acquire) {
            STRAY.close();
        }
        drain(attached, &state);
        state.has_ended.store(true, Ordering::Release);
        ENDED.fetch_add(1, Ordering::AcqRel);
        if let Ok(exact) = state.type_for(Type::Memoryview) {
            first::forget(attached, exact);
        }
        state.types.give_up(attached);
    }
}

only! {
    /// Buffers that were released on a thread that is not attached, and of which nobody knows
    /// the interpreter: the main one, it is assumed. Open as long as that one has a state: what
    /// was left for it must not meet the next one.
    pub(super) static STRAY: Queue = Queue::closed();
}

only! {
    /// The main interpreter has been asked to release what waits for it, and has not yet.
    pub(super) static ASKED: Asked = Asked::new();
}

/// Releases what waits for a thread that is attached to this interpreter.
fn drain(attached: Attached, state: &State) {
    release_all(attached, &state.queue);
    if state.is_main() {
        release_all(attached, &STRAY);
    }
}

fn release_all(attached: Attached, queue: &Queue) {
    if !queue.is_empty() {
        ASKED.answer();
        queue
            .take()
            .for_each(|export| release_now(attached, export));
    }
}

/// Ends an export, on a thread that may touch what lent it.
pub(super) fn release_now(attached: Attached, export: Unique<Export>) {
    let state = export.giver().map(|giver| giver.interpreter);
    let saved = Saved::exception(attached);
    // SAFETY: attached to the object's interpreter; filled, and released once: as
    // PyBuffer_Release does it, with the function that belongs to this buffer where one was given.
    unsafe {
        let object = export.restored_object();
        if export.call_releasebuffer() {
            (attached.api.Py_DecRef)(object);
        } else {
            (attached.api.PyBuffer_Release)(export.buffer_ptr());
        }
    }
    drop((export, saved));
    if let Some(state) = state.filter(|state| !state.is_null()) {
        // SAFETY: the export is gone, and its reference on the state was never given up.
        drop(unsafe { State::taken_back(state) });
    }
}
