//! Sequences of operations over memories, exporters, views and buffers, from Rust and from C
//! at once, beside a naive model: each memory a vector of bytes, each handle a list of the
//! places of its items, each reference a counted one.
//!
//! After every operation each memory holds what the model holds, and has been given back
//! exactly once if nobody in the model has it any more, else not at all. (That nothing else
//! leaks is for the fuzzer's sanitizer to say.)

mod describe;
mod export;
mod faces;
mod filling;
mod foreign;
mod items;
mod lending;
mod memory;
mod pointers;
mod shapes;
mod shown;
mod slices;
mod stacking;
mod viewing;
mod wanting;

use std::ffi::c_void;
use std::rc::Rc;

use pybuf::abi::Py_buffer;

use super::bytes::Bytes;
use super::capi::pybuf_release;
use export::{Export, Source};
use faces::{Lender, Reader};
use memory::Memory;
use shown::Shown;

type Operation = fn(&mut World, &mut Bytes<'_>);

/// What a byte of the input stands for: bytes that stand for nothing yet are passed over. So a
/// new operation goes to the end of its line, and the corpus keeps its meaning.
const OPERATIONS: &[&[Operation]] = &[
    &[
        lending::lend,
        lending::lend_bytes,
        lending::lend_array,
        lending::lend_part,
        lending::lend_view,
        lending::clone_exporter,
        lending::drop_exporter,
        lending::lend_guarded,
        lending::lend_allocated,
        stacking::stack,
        pointers::lend_indirect,
    ],
    &[
        viewing::view_exporter,
        viewing::acquire_exporter,
        foreign::acquire_foreign,
        viewing::slice,
        viewing::transpose,
        viewing::clone_view,
        viewing::drop_view,
        wanting::view_promised,
        wanting::check,
        slices::read,
        slices::write,
        shapes::select,
        shapes::reshape,
        shapes::broadcast,
    ],
    &[
        filling::fill_from_exporter,
        filling::fill_from_view,
        filling::release,
        filling::adopt,
    ],
    &[
        items::read_item,
        items::write_item,
        items::point,
        items::copy,
        items::copy_out,
        items::copy_buffer,
        items::to_contiguous,
        items::from_contiguous,
        items::shift,
    ],
];

/// Room in a line of [`OPERATIONS`].
const LINE: usize = 16;

const STEPS: usize = 96;
/// The most handles of each sort at a time.
const MOST: usize = 16;

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut world = World::default();
    for _ in 0..STEPS {
        if bytes.is_empty() {
            break;
        }
        let byte = usize::from(bytes.byte());
        let line = OPERATIONS[byte / LINE % OPERATIONS.len()];
        if let Some(operation) = line.get(byte % LINE) {
            operation(&mut world, &mut bytes);
            world.assert_as_modelled();
        }
    }
    world.end(&mut bytes, data.len());
}

/// All that there is. Handles come before the memories they are on: fields are dropped in
/// this order.
#[derive(Default)]
struct World {
    exporters: Vec<Exported>,
    views: Vec<Viewed>,
    buffers: Vec<Filled>,
    memories: Vec<Rc<Memory>>,
}

/// A reference on an exporter.
#[derive(Clone)]
struct Exported {
    lender: Lender,
    shown: Shown,
    /// The memory that parts are made of.
    start: *mut u8,
    size: usize,
    source: Source,
}

/// A reference on a view.
#[derive(Clone)]
struct Viewed {
    reader: Reader,
    shown: Shown,
    export: Rc<Export>,
}

/// A filled buffer, as its consumer reads it.
struct Filled {
    buffer: Box<Py_buffer>,
    shown: Shown,
    export: Rc<Export>,
    /// The C handle of the exporter that filled it.
    lender: Option<*mut c_void>,
}

impl Drop for Filled {
    fn drop(&mut self) {
        // SAFETY: filled, or released before.
        unsafe { pybuf_release(&mut *self.buffer) };
    }
}

impl World {
    fn assert_as_modelled(&self) {
        for memory in &self.memories {
            memory.assert_as_modelled(Rc::strong_count(memory) > 1);
        }
    }

    /// Looks at everything once more, then lets go of it in any order.
    fn end(mut self, bytes: &mut Bytes<'_>, mut turn: usize) {
        for viewed in &self.views {
            viewed.assert_contents();
        }
        for filled in &self.buffers {
            filled.assert_contents();
        }
        // Where the bytes say nothing, each list in turn, the oldest first.
        while self.exporters.len() + self.views.len() + self.buffers.len() > 0 {
            turn = match bytes.is_empty() {
                true => turn + 1,
                false => usize::from(bytes.byte()),
            };
            match turn % 3 {
                0 => drop(take(&mut self.exporters, bytes)),
                1 => drop(take(&mut self.views, bytes)),
                _ => drop(take(&mut self.buffers, bytes)),
            }
            self.assert_as_modelled();
        }
    }

    fn exporter(&self, bytes: &mut Bytes<'_>) -> Option<&Exported> {
        one_of(&self.exporters, bytes)
    }

    fn view(&self, bytes: &mut Bytes<'_>) -> Option<&Viewed> {
        one_of(&self.views, bytes)
    }

    fn buffer(&self, bytes: &mut Bytes<'_>) -> Option<&Filled> {
        one_of(&self.buffers, bytes)
    }
}

fn one_of<'a, T>(all: &'a [T], bytes: &mut Bytes<'_>) -> Option<&'a T> {
    all.get(bytes.below(all.len()))
}

fn take<T>(all: &mut Vec<T>, bytes: &mut Bytes<'_>) -> Option<T> {
    match all.len() {
        0 => None,
        len => Some(all.swap_remove(bytes.below(len))),
    }
}

/// Keeps what an operation has made, unless there is enough of it.
fn keep<T>(all: &mut Vec<T>, made: Option<T>) {
    if all.len() < MOST {
        all.extend(made);
    }
}
