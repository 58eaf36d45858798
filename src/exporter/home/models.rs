//! Models of memory of which an interpreter has objects: threads that hold its lock, and threads
//! that know nothing of it.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use loom::sync::{Arc, Mutex};
use loom::thread;

use crate::abi::{Py_buffer, PyBUF_FULL};
use crate::exporter::Touch;
use crate::exporter::exports::models::{DEEDS, Deed, Memory};
use crate::exporter::word::Access;
use crate::request::Request;
use crate::sync::explore;

loom::thread_local! {
    static ATTACHED: Cell<usize> = Cell::new(0);
}

fn is_attached(interpreter: *mut c_void) -> bool {
    ATTACHED.with(|attached| attached.get() == interpreter.addr())
}

/// What matters of an interpreter: its lock.
struct Interpreter {
    number: usize,
    lock: Mutex<()>,
}

impl Interpreter {
    fn new(number: usize) -> Arc<Self> {
        let lock = Mutex::new(());
        Arc::new(Self { number, lock })
    }

    fn address(&self) -> *mut c_void {
        ptr::without_provenance_mut(self.number)
    }

    fn attached<T>(&self, body: impl FnOnce() -> T) -> T {
        let _lock = self.lock.lock().unwrap();
        ATTACHED.with(|attached| attached.set(self.number));
        let result = body();
        ATTACHED.with(|attached| attached.set(0));
        result
    }
}

/// The life of one object: it is made, a consumer takes a buffer of it, writes without the
/// interpreter's lock and gives it back, and the object ends. Says whether the interpreter counted.
fn an_object_lives(interpreter: &Interpreter, memory: &Memory, who: usize) -> bool {
    let exports = memory.exports();
    let at_home = interpreter.attached(|| exports.come_home(interpreter.address(), is_attached));
    if at_home {
        // As `len()` does, which asks nobody.
        interpreter.attached(|| memory.looks());
    }
    let (mut view, request) = (Py_buffer::empty(), Request::from_flags(PyBUF_FULL));
    let filled = interpreter.attached(|| {
        // SAFETY: attached, and at home.
        let quickly = at_home && unsafe { memory.exporter.fill_at_home(&mut view, request) };
        quickly
            || memory
                .exporter
                .fill_for(&mut view, request, ptr::null_mut)
                .is_ok()
    });
    if filled {
        memory.looks();
        memory.writes(who);
        interpreter.attached(|| {
            // SAFETY: filled for an object of this memory, and attached.
            if !unsafe { memory.exporter.release_at_home(&view) } {
                memory.exporter.release_for(&view);
            }
        });
    }
    if at_home {
        interpreter.attached(|| exports.depart());
    }
    at_home
}

/// Afterwards the memory belongs to nobody again.
fn is_free(memory: &Memory) {
    assert_eq!(memory.exports().outstanding(), 0);
    assert!(!memory.exports().now().has_home());
    memory.does(Deed::Export(Access::Exclusive), 0).unwrap();
    memory.does(Deed::Change, 0).unwrap();
}

/// An object lives while another thread does something; attached, or not.
fn beside_an_object(deed: Deed, attached: bool) {
    explore(Some(3), move || {
        let interpreter = Interpreter::new(1);
        let memory = Arc::new(Memory::new());
        let thread = {
            let (interpreter, memory) = (interpreter.clone(), memory.clone());
            thread::spawn(move || an_object_lives(&interpreter, &memory, 1))
        };
        let done = match attached {
            true => interpreter.attached(|| memory.does(deed, 0)),
            false => memory.does(deed, 0),
        };
        let may_be_refused = deed.is_refused_by(Deed::Export(Access::Write))
            || matches!(
                deed,
                Deed::Export(Access::Stable | Access::Exclusive) | Deed::Change
            );
        assert!(done.is_ok() || may_be_refused, "{deed:?}");
        assert!(thread.join().unwrap(), "nobody else's home");
        is_free(&memory);
    });
}

#[test]
fn threads_that_are_not_attached_beside_an_object() {
    for deed in DEEDS {
        beside_an_object(deed, false);
    }
}

#[test]
fn threads_that_are_attached_beside_an_object() {
    for deed in DEEDS {
        beside_an_object(deed, true);
    }
}

#[test]
fn objects_of_two_interpreters() {
    explore(Some(2), || {
        let memory = Arc::new(Memory::new());
        let thread = {
            let memory = memory.clone();
            thread::spawn(move || an_object_lives(&Interpreter::new(1), &memory, 1))
        };
        an_object_lives(&Interpreter::new(2), &memory, 2);
        thread.join().unwrap();
        is_free(&memory);
    });
}

/// A thread that is attached may have the memory alone while there is an object without
/// exports, and a native thread that only touches items is waited for.
#[test]
fn a_change_at_home_waits_for_native_threads_alone() {
    explore(Some(3), || {
        let interpreter = Interpreter::new(1);
        let memory = Arc::new(Memory::new());
        interpreter.attached(|| {
            memory
                .exports()
                .come_home(interpreter.address(), is_attached)
        });
        let thread = {
            let memory = memory.clone();
            thread::spawn(move || {
                memory.does(Deed::Pin(Touch::Write), 1).unwrap();
                assert!(memory.does(Deed::Change, 1).is_err(), "not attached");
            })
        };
        let changed = interpreter.attached(|| memory.does(Deed::Change, 0));
        assert!(changed.is_ok());
        thread.join().unwrap();
        interpreter.attached(|| memory.exports().depart());
        is_free(&memory);
    });
}
