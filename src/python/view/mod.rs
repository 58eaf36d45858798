//! Views as Python objects: `libpybuf.memoryview`, which does what CPython's does and refuses
//! what that refuses, and `libpybuf.View`, which refuses nothing that has a meaning.
//!
//! An object has what it shows inside it (`Lent`: address, layout, format), and its share of
//! the buffer. Every operation has three steps: what comes from Python is converted, what is
//! needed is allocated, and then the view is looked at and the memory touched, while nothing
//! runs that is not ours; for each of the first two may run code that releases the view.
//!
//! | file | what it is |
//! |---|---|
//! | `word` | released, lent, read: the state of a view |
//! | `source`, `python_buffer` | the buffer that views share; those of classes written in Python |
//! | `instance`, `reach` | what lies in an object, and the short way to an item |
//! | `fresh`, `end` | new objects, and how they end |
//! | `make`, `contiguous` | new views of objects, of memory, of contiguous items |
//! | `quick`, `call` | the short ways to new views; calls of the types |
//! | `lend` | the buffer protocol |
//! | `long` | what is done while other threads run |
//! | `code`, `pack` | single items read and written |
//! | `key`, `subscript`, `assign`, `iterate` | `m[...]`, `iter(m)` |
//! | `attributes`, `methods`, `text`, `cast`, `list`, `search`, `compare` | what its name says |
//! | `extended` | what `View` has beyond `memoryview` |
//! | `theirs` | what CPython says of arguments |

mod assign;
mod attributes;
mod call;
mod cast;
mod code;
mod compare;
mod contiguous;
mod end;
mod extended;
mod fresh;
mod instance;
mod iterate;
mod key;
mod lend;
mod list;
mod long;
mod make;
mod methods;
mod pack;
mod python_buffer;
mod quick;
mod quick_cast;
mod reach;
mod search;
mod source;
mod subscript;
mod text;
mod theirs;
mod word;

pub(super) use iterate::create as create_iterator;

use std::ffi::{CStr, c_void};

use super::attached::Attached;
use super::attributes::made;
use super::objects::*;
use super::reference::Ref;
use super::slots::Slots;
use super::spec::{self, Spec};
use super::types::{Flavor, Type, ViewType};
use super::vectorcall::{self, Vectorcall};
use crate::abi::{Py_buffer, PyObject};
use crate::error::Result;
use crate::layout::Contiguity;
use instance::Fields;

const MEMORYVIEW_DOC: &CStr = c"memoryview(object)
--

A view of the memory of any object that has the buffer protocol, without a copy.

It does what the builtin memoryview of this Python does, and refuses what that refuses.";

const VIEW_DOC: &CStr = c"View(object)
--

A view of the memory of any object that has the buffer protocol, without a copy.

It has what memoryview has, for any number of dimensions, any format and any layout, and more.

v[...] takes any mix of ints, slices, ... and None: an item where there is an int for each
dimension, else a view. v['name'] is a view of one field of all structs; v['a.b[1]'] of what lies
deeper. An item is what its format says: a struct is a tuple, a sub-array in it a list.

v[...] = x takes another object with a buffer whose format means the same, save that numbers, in
structs too, may have the other byte order, and whose shape is the same or can be broadcast, lists as tolist()
gives them, or one value for all items. Nothing is written where anything does not fit.

len() and iteration are those of the first dimension; in, count() and index() look at all items. Views are equal where their shapes and all
items are, by value. Only read-only views of the formats 'B', 'b' and 'c' have a hash, that of
their bytes: others may equal what has another one.

What copies, compares or searches 64 KiB and more lets other threads run meanwhile. A view counts as lent as
long, and is not released; who writes the memory changes what comes of it.";

/// Makes a type, for one interpreter.
pub(super) fn create(attached: Attached, flavor: Flavor) -> Result<Ref> {
    let minor = attached.api.minor;
    let mut slots = Slots::new();
    slots.add(slot::TP_DEALLOC, end::dealloc as *const c_void);
    slots.add(slot::TP_TRAVERSE, end::traverse as *const c_void);
    slots.add(slot::TP_CLEAR, end::clear as *const c_void);
    slots.add(slot::TP_REPR, attributes::repr as *const c_void);
    slots.add(slot::TP_HASH, compare::hash as *const c_void);
    slots.add(slot::TP_RICHCOMPARE, compare::compare as *const c_void);
    slots.add(slot::TP_ITER, iterate::iterate as *const c_void);
    slots.add(slot::SQ_LENGTH, subscript::length as *const c_void);
    slots.add(slot::SQ_ITEM, subscript::item_with_care as *const c_void);
    slots.add(slot::SQ_CONTAINS, search::contains as *const c_void);
    slots.add(slot::MP_LENGTH, subscript::length as *const c_void);
    slots.add(slot::MP_SUBSCRIPT, subscript::subscript as *const c_void);
    slots.add(slot::MP_ASS_SUBSCRIPT, subscript::assign as *const c_void);
    slots.add(slot::BF_GETBUFFER, lend::getbuffer as *const c_void);
    slots.add(slot::BF_RELEASEBUFFER, lend::releasebuffer as *const c_void);
    let (which, doc, new, call): (_, _, _, Vectorcall) = match flavor {
        Flavor::Exact => (
            Type::Memoryview,
            MEMORYVIEW_DOC,
            call::new_memoryview as *const c_void,
            call::call_memoryview,
        ),
        Flavor::Extended => (
            Type::View,
            VIEW_DOC,
            call::new_view as *const c_void,
            call::call_view,
        ),
    };
    let (attributes, methods) = match flavor {
        Flavor::Exact => (attributes::ATTRIBUTES.as_ptr(), methods::exact(minor)),
        Flavor::Extended => (extended::ATTRIBUTES.as_ptr(), extended::METHODS.as_ptr()),
    };
    slots.add(slot::TP_GETSET, attributes.cast());
    slots.add(slot::TP_METHODS, methods.cast());
    slots.add(slot::TP_NEW, new);
    slots.add(slot::TP_DOC, doc.as_ptr().cast());
    let sequence = if minor >= 10 { TPFLAGS_SEQUENCE } else { 0 };
    let spec = Spec {
        name: which.name(),
        size: size_of::<Fields>(),
        flags: TPFLAGS_HAVE_GC | sequence,
        weak_references: Some(std::mem::offset_of!(Fields, weak_references)),
    };
    let made = spec::make(attached, spec, slots)?;
    register(attached, &made)?;
    vectorcall::set(attached, &made, call);
    Ok(made)
}

/// What a new view is made of.
pub(crate) enum Of<'a> {
    /// Whatever an object lends.
    Object(*mut PyObject),
    /// The same, or a copy of it, with contiguous items.
    Contiguous {
        object: *mut PyObject,
        to_write: bool,
        wanted: Contiguity,
    },
    /// Memory that a buffer describes, and does not own.
    Buffer(&'a Py_buffer),
    /// Memory at an address.
    Memory {
        address: *mut u8,
        size: usize,
        readonly: bool,
    },
}

/// A new view of a type.
///
/// # Safety
/// An object is one of this interpreter. Memory that no object owns lives as long as the view, and
/// whatever is made of it.
pub(super) unsafe fn make(attached: Attached, kind: ViewType, of: Of<'_>) -> Result<Ref> {
    match of {
        Of::Object(object) => make::from_object(attached, kind, object),
        Of::Contiguous {
            object,
            to_write,
            wanted,
        } => contiguous::contiguous(attached, kind, object, to_write, wanted),
        // SAFETY: as the caller promises.
        Of::Buffer(buffer) => unsafe { make::from_buffer(attached, kind, buffer) },
        Of::Memory {
            address,
            size,
            readonly,
        } => {
            // SAFETY: as the caller promises.
            unsafe { make::from_memory(attached, kind, address, size, readonly) }
        }
    }
}

/// `collections.abc.Sequence.register(type)`
fn register(attached: Attached, kind: &Ref) -> Result<()> {
    let api = attached.api;
    // SAFETY: attached; C strings, objects, and a tuple that takes over a reference.
    unsafe {
        let module = made(
            attached,
            (api.PyImport_ImportModule)(c"collections.abc".as_ptr()),
        )?;
        let sequence = (api.PyObject_GetAttrString)(module.as_ptr(), c"Sequence".as_ptr());
        let sequence = made(attached, sequence)?;
        let register = (api.PyObject_GetAttrString)(sequence.as_ptr(), c"register".as_ptr());
        let register = made(attached, register)?;
        let arguments = made(attached, (api.PyTuple_New)(1))?;
        let item = Ref::to(attached, kind.as_ptr()).into_ptr();
        (api.PyTuple_SetItem)(arguments.as_ptr(), 0, item);
        let called = (api.PyObject_CallObject)(register.as_ptr(), arguments.as_ptr());
        made(attached, called).map(drop)
    }
}
