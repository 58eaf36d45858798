//! The Python shell: what makes native memory a Python object and Python objects native
//! memory, bound late to the Python in the same process.
//!
//! No libpython is linked. The functions of CPython are looked up by name when they are
//! first needed (`api`, `lookup`), so one binary serves every CPython from 3.9 on, debug
//! and free-threaded builds included, and a process that has none gets an error. The
//! header of an object is opaque: its size is asked for, its reference count is changed by
//! calls, and nothing in it is read.
//!
//! | file | what it is |
//! |---|---|
//! | `lookup`, `api`, `objects` | names, signatures and structs of CPython |
//! | `attached`, `detached`, `reference`, `raise`, `guard` | threads, references, exceptions, the boundary |
//! | `state`, `queue`, `late` | what is kept for each interpreter; releases from foreign threads |
//! | `source` | views of Python objects |
//! | `kind`, `value` | the type of an object; values of items as objects |
//! | `types`, `pool`, `spec`, `vectorcall`, `exporter_type`, `slots`, `instance`, `making`, `attributes`, `dispose` | the types of native memory in Python |
//! | `hold` | `stable()` and `exclusive()` |
//! | `view` | `memoryview` and `View`: views as Python objects |
//! | `array` | what arrays, whose memory grows, are beside that: sequences |
//! | `arguments`, `functions`, `module` | the module `libpybuf` |

mod api;
mod arguments;
mod array;
mod attached;
mod attributes;
mod careful;
mod detached;
mod dispose;
mod exporter_type;
mod first;
mod functions;
mod guard;
mod hold;
mod instance;
mod kind;
mod late;
mod lookup;
mod making;
mod module;
mod objects;
mod pool;
mod queue;
mod raise;
mod reference;
mod slots;
mod source;
mod spec;
mod state;
mod types;
mod value;
mod vectorcall;
mod view;

pub use api::FUNCTIONS;
pub use objects::PySlot;

pub(crate) use late::{giver, giver_with, release_buffer};
pub(crate) use module::{export, init, module};
pub(crate) use raise::{explained, pending_exception, raise_if_attached};
pub(crate) use source::{new_reference, view as acquired};
pub(crate) use view::Of;

use attached::Attached;
use state::State;
use types::{Flavor, Type, ViewType};

use crate::abi::{Py_buffer, PyObject};
use crate::error::Result;
use crate::exporter::Exporter;
use crate::request::Request;

/// The Python object that lends an exporter's memory: a new reference.
pub(crate) fn object(exporter: Exporter) -> Result<*mut PyObject> {
    let attached = Attached::now()?;
    let state = State::current(&attached)?;
    Ok(making::object_of(attached, state, exporter, None)?.into_ptr())
}

/// A new view in Python: a `View`, or a `memoryview`. A new reference.
///
/// # Safety
/// An object is NULL or one of this interpreter. Memory that no object owns lives as long as the
/// view, and whatever is made of it.
pub(crate) unsafe fn view_of(of: Of<'_>, extended: bool) -> Result<*mut PyObject> {
    let (attached, kind) = view_type(extended)?;
    // SAFETY: as the caller promises.
    Ok(unsafe { view::make(attached, kind, of) }?.into_ptr())
}

/// The same of what an exporter lends.
pub(crate) fn view_of_exporter(exporter: Exporter, extended: bool) -> Result<*mut PyObject> {
    let (attached, kind) = view_type(extended)?;
    let state = State::current(&attached)?;
    let lender = making::object_of(attached, state, exporter, None)?;
    // SAFETY: an object of this interpreter.
    Ok(unsafe { view::make(attached, kind, Of::Object(lender.as_ptr())) }?.into_ptr())
}

fn view_type(extended: bool) -> Result<(Attached, ViewType)> {
    let attached = Attached::now()?;
    let state = State::current(&attached)?;
    let (which, flavor) = match extended {
        true => (Type::View, Flavor::Extended),
        false => (Type::Memoryview, Flavor::Exact),
    };
    let object = making::type_for(attached, state, which)?;
    Ok((attached, state::view_type(attached, object, flavor)?))
}

/// Answers a request for a Python object that keeps an exporter.
///
/// # Safety
/// `owner` is a Python object of this interpreter, and keeps the exporter.
pub(crate) unsafe fn fill(
    owner: *mut PyObject,
    exporter: &Exporter,
    view: &mut Py_buffer,
    request: Request,
) -> Result<()> {
    let attached = Attached::now()?;
    // What waits for an attached thread is released here too.
    State::current(&attached)?;
    exporter.fill_for(view, request, || {
        reference::Ref::to(attached, owner).into_ptr()
    })
}
