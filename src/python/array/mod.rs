//! `libpybuf.Array`: memory that grows, as a sequence in Python.
//!
//! Its items are converted as `array.array` converts them (as `bytearray` does where
//! `libpybuf.bytearray()` made it), and it refuses what these two refuse, with the same
//! exceptions.
//!
//! Every change has two phases. What comes from Python is converted first, all of it: an
//! `__index__` or an iterator may run any code, which may shorten this very array. Then one
//! operation of the core looks at the length and does the change, and nothing else runs
//! meanwhile.
//!
//! | file | what it is |
//! |---|---|
//! | `access` | the array as a call of CPython sees it; single items |
//! | `convert` | what is taken for an item |
//! | `gather` | items from any source, converted |
//! | `quick` | the short way to a single item |
//! | `subscript` | `a[i]`, `a[i:j]`, and the protocols of sequences |
//! | `methods`, `search` | its methods |
//! | `long` | what takes long, while other threads run |
//! | `compare`, `text` | `==`; lists, bytes and text of all items |
//! | `holders` | who stands in the way of a change of size |
//! | `make` | `libpybuf.array()` and `libpybuf.bytearray()` |

mod access;
mod compare;
mod convert;
mod gather;
mod holders;
mod long;
pub(super) mod make;
mod methods;
mod quick;
mod search;
mod subscript;
mod text;

use std::ffi::c_void;
use std::ptr;

use super::attributes;
use super::guard::guard;
use super::objects::slot;
use super::slots::Slots;
use crate::abi::PyObject;
use crate::error::{Error, Kind};

/// What the type has beside the slots that all exporters have.
pub(super) fn add_slots(slots: &mut Slots) {
    slots.add(slot::TP_NEW, refuse_new as *const c_void);
    slots.add(slot::TP_REPR, text::repr as *const c_void);
    slots.add(slot::TP_METHODS, methods::METHODS.as_ptr().cast());
    slots.add(
        slot::TP_GETSET,
        attributes::ARRAY_ATTRIBUTES.as_ptr().cast(),
    );
    slots.add(slot::SQ_LENGTH, subscript::length as *const c_void);
    slots.add(slot::SQ_ITEM, subscript::item as *const c_void);
    slots.add(slot::SQ_CONTAINS, search::contains as *const c_void);
    slots.add(
        slot::SQ_INPLACE_CONCAT,
        methods::inplace_concat as *const c_void,
    );
    slots.add(slot::MP_LENGTH, subscript::length as *const c_void);
    slots.add(slot::MP_SUBSCRIPT, subscript::subscript as *const c_void);
    slots.add(slot::MP_ASS_SUBSCRIPT, subscript::assign as *const c_void);
    slots.add(slot::TP_ITER, subscript::iterate as *const c_void);
    slots.add(slot::TP_RICHCOMPARE, compare::compare as *const c_void);
}

/// The slot `tp_new`.
unsafe extern "C" fn refuse_new(
    _: *mut PyObject,
    _: *mut PyObject,
    _: *mut PyObject,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        let text = "cannot create 'libpybuf.Array' instances directly: use libpybuf.array() or \
                    libpybuf.bytearray()";
        Err(Error::fixed(Kind::Type, text))
    })
}
