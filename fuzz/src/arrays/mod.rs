//! Sequences of operations on memory that grows, from Rust and from C, beside a vector of
//! items; and on exports of it, which hold its size where it is.
//!
//! After every operation each array has the items that the model has, and everybody who has an
//! export sees them, as many as there were when it began. So whatever is refused leaves all
//! as it was.

mod calls;
mod code;
mod exports;
mod items;
mod making;
mod model;
mod typed;

use std::rc::Rc;

use super::bytes::Bytes;
use super::capi;
use exports::Taken;
use model::Model;

type Operation = fn(&mut World, &mut Bytes<'_>);

/// What a byte of the input stands for, as in [`operations`](super::operations): there is room for
/// new ones at the end of each line.
const OPERATIONS: &[&[Operation]] = &[
    &[
        making::make,
        making::slice,
        making::clone_array,
        making::drop_array,
        making::refuse,
    ],
    &[
        items::get,
        items::set,
        items::pop,
        items::append,
        items::insert,
        items::replace,
        items::delete,
        items::resize,
        items::clear,
        items::reverse,
        items::mistake,
    ],
    &[
        exports::fill,
        exports::view,
        exports::lend_on,
        exports::write,
        exports::write_slice,
        exports::release,
        exports::misuse,
    ],
];

/// Room in a line of [`OPERATIONS`].
const LINE: usize = 16;

const STEPS: usize = 96;
/// The most arrays, and the most exports, at a time.
const MOST: usize = 6;

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
}

#[derive(Default)]
struct World {
    arrays: Vec<Array>,
    taken: Vec<Taken>,
}

/// A reference on an array.
#[derive(Clone)]
struct Array {
    handle: Handle,
    model: Rc<Model>,
}

#[derive(Clone)]
enum Handle {
    C(capi::Exporter),
    Rust(pybuf::Exporter),
}

impl World {
    fn assert_as_modelled(&self) {
        self.arrays.iter().for_each(Array::assert_as_modelled);
        self.taken.iter().for_each(Taken::assert_as_modelled);
    }

    fn array(&self, bytes: &mut Bytes<'_>) -> Option<&Array> {
        self.arrays.get(bytes.below(self.arrays.len()))
    }

    /// Keeps what has been made, unless there is enough of it.
    fn keep_array(&mut self, made: Option<Array>) {
        if self.arrays.len() < MOST {
            self.arrays.extend(made);
        }
    }

    fn keep_taken(&mut self, made: Option<Taken>) {
        if self.taken.len() < MOST {
            self.taken.extend(made);
        }
    }
}

impl Array {
    fn assert_as_modelled(&self) {
        let expected = self.model.bytes();
        assert_eq!(self.handle.len(), self.model.len());
        if expected.is_empty() {
            return;
        }
        let data = self.handle.data();
        // SAFETY: so many items lie there, and there is one thread.
        let real = unsafe { std::slice::from_raw_parts(data, expected.len()) };
        assert_eq!(real, expected, "an array has other items");
    }
}
