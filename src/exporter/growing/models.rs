//! Models of memory that grows, with all that is between the word of exports and its users.
//! loom watches where the memory is and how large (`sync::Ruled`).

use loom::thread;

use super::*;
use crate::abi::{Py_buffer, PyBUF_FULL_RO};
use crate::exporter::handle::release_export;
use crate::request::Request;
use crate::sync::explore;

const OPERATIONS: [fn(&Exporter) -> Result<()>; 8] =
    [get, set, grow, pop, delete, borrow, copy, describe];

fn get(memory: &Exporter) -> Result<()> {
    memory.get(0, &mut [0])
}

fn set(memory: &Exporter) -> Result<()> {
    // SAFETY: the threads of a model take turns, and bytes are whole.
    unsafe { memory.set(0, &7) }
}

fn grow(memory: &Exporter) -> Result<()> {
    memory.resize(40)
}

fn pop(memory: &Exporter) -> Result<()> {
    memory.pop(-1, &mut [0])
}

fn delete(memory: &Exporter) -> Result<()> {
    memory.delete(Slice::ALL)
}

/// What a consumer has does not move until it is given back.
fn borrow(memory: &Exporter) -> Result<()> {
    let view = memory.view(Request::read())?;
    let (data, length) = (memory.data(), memory.count());
    assert_eq!((view.data(), view.layout().len()), (data, length));
    thread::yield_now();
    assert_eq!((memory.data(), memory.count()), (data, length));
    Ok(())
}

fn copy(memory: &Exporter) -> Result<()> {
    let copy = memory.copy_slice(Slice::ALL)?;
    assert!(copy.count() <= 40);
    Ok(())
}

fn describe(memory: &Exporter) -> Result<()> {
    let layout = memory.layout();
    assert_eq!(layout.nbytes(), layout.len());
    Ok(())
}

/// Nothing is refused but what a borrower stands in the way of, or what is not there any more.
fn runs(operation: fn(&Exporter) -> Result<()>, memory: &Exporter) {
    if let Err(error) = operation(memory) {
        assert!(
            matches!(error.kind(), Kind::Buffer | Kind::Index),
            "{error}"
        );
    }
}

fn together(interruptions: Option<usize>, one: usize, two: usize, three: Option<usize>) {
    explore(interruptions, move || {
        let memory = Exporter::growing(c"B", 4).unwrap();
        let others = [Some(two), three].into_iter().flatten();
        let threads: Vec<_> = others
            .map(|other| {
                let memory = memory.clone();
                thread::spawn(move || runs(OPERATIONS[other], &memory))
            })
            .collect();
        runs(OPERATIONS[one], &memory);
        for thread in threads {
            thread.join().unwrap();
        }
        // Nobody is left, and what is there is whole.
        memory.resize(5).unwrap();
        assert_eq!(memory.count(), 5);
    });
}

/// Whoever only reads has no quarrel with whoever wants to be undisturbed.
#[test]
fn a_reader_is_not_refused_for_who_comes_and_goes() {
    explore(None, || {
        let memory = Exporter::growing(c"B", 4).unwrap();
        let other = memory.clone();
        let thread = thread::spawn(move || {
            let _ = other.view(Request::read().stable());
        });
        let mut buffer = Py_buffer::empty();
        let request = Request::from_flags(PyBUF_FULL_RO);
        memory.fill_native(&mut buffer, request).unwrap();
        // SAFETY: filled above.
        assert!(unsafe { release_export(&mut buffer) });
        thread.join().unwrap();
    });
}

#[test]
fn any_two_operations_at_once() {
    for one in 0..OPERATIONS.len() {
        for two in one..OPERATIONS.len() {
            together(Some(2), one, two, None);
        }
    }
}

#[test]
fn three_operations_at_once() {
    // One of each sort: what writes an item, what changes the size, what has an export.
    let [set, grow, borrow] = [1, 2, 5];
    for one in [set, grow, borrow] {
        for two in [grow, borrow] {
            together(Some(1), one, grow, Some(two));
        }
    }
}
