//! Models of an export that several views share: it ends once, with the last of them, on
//! whatever thread that is, and its memory is seen by nobody afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize as Plain, Ordering};

use loom::cell::UnsafeCell;
use loom::thread;

use super::*;
use crate::abi::PyBUF_FULL_RO;
use crate::exporter::{BytesMut, Exporter};
use crate::layout::Slice;
use crate::request::Request;
use crate::sync::explore;

/// A foreign exporter: its memory is watched, and its releases are counted.
struct Foreign {
    memory: UnsafeCell<[u8; 4]>,
    released: Plain,
}

unsafe extern "C" fn getbuffer(exporter: *mut c_void, view: *mut Py_buffer, _: i32) -> i32 {
    // SAFETY: the model gives a `Foreign`, and the view is valid.
    let (foreign, view) = unsafe { (&*exporter.cast::<Foreign>(), &mut *view) };
    *view = Py_buffer::empty();
    view.buf = foreign.memory.with(|memory| memory.cast_mut().cast());
    (view.len, view.itemsize, view.ndim) = (4, 1, 1);
    0
}

unsafe extern "C" fn releasebuffer(exporter: *mut c_void, _: *mut Py_buffer) {
    // SAFETY: as in `getbuffer`.
    let foreign = unsafe { &*exporter.cast::<Foreign>() };
    // SAFETY: loom fails where a view is still read.
    foreign
        .memory
        .with_mut(|memory| unsafe { *memory = [0; 4] });
    foreign.released.fetch_add(1, Ordering::Relaxed);
}

fn read(foreign: &Foreign) {
    // SAFETY: a view of the memory is there.
    foreign.memory.with(|memory| unsafe { *memory });
}

#[test]
fn an_export_ends_with_the_last_view_on_any_thread() {
    explore(Some(3), || {
        let foreign = Arc::new(Foreign {
            memory: UnsafeCell::new([1; 4]),
            released: Plain::new(0),
        });
        let exporter = Arc::as_ptr(&foreign).cast_mut().cast();
        let request = Request::from_flags(PyBUF_FULL_RO);
        // SAFETY: the functions belong together; `foreign` outlives every view.
        let view = unsafe { View::acquire(exporter, getbuffer, Some(releasebuffer), request) };
        let view = view.unwrap();
        let slice = view.slice(0, Slice::ALL).unwrap();
        let threads = [slice, view.clone()].map(|view| {
            // A pointer would not be of a thread, and the model outlives them.
            let foreign = Shared(foreign.clone());
            thread::spawn(move || {
                let foreign = foreign;
                read(&foreign.0);
                drop(view);
            })
        });
        read(&foreign);
        drop(view);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(foreign.released.load(Ordering::Relaxed), 1);
    });
}

/// For threads: loom looks at the memory.
struct Shared(Arc<Foreign>);
// SAFETY: as above.
unsafe impl Send for Shared {}

/// Memory that says when it was given back.
struct Owner([u8; 3], Arc<Plain>);

impl AsMut<[u8]> for Owner {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

/// The handle and its views end on different threads, and the memory goes back once.
#[test]
fn an_exporter_ends_with_its_last_export() {
    explore(Some(3), || {
        let ended = Arc::new(Plain::new(0));
        let owner = Owner([1, 2, 3], ended.clone());
        let exporter = Exporter::new(BytesMut(owner)).flat().unwrap();
        let view = exporter.view(Request::read().stable()).unwrap();
        let other = view.clone();
        let threads = [
            thread::spawn(move || drop(other)),
            thread::spawn(move || drop(exporter)),
        ];
        let mut item = [0];
        view.read_item(&[2], &mut item).unwrap();
        assert_eq!(item, [3]);
        drop(view);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    });
}
