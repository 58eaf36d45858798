//! What a view tells about itself.

use std::ffi::c_void;
use std::ptr;

use super::super::attached::Attached;
use super::super::attributes::{Lossy, attribute, boolean, shown, size, text, tuple};
use super::super::guard::guard;
use super::super::objects::*;
use super::super::reference::Ref;
use super::super::spec::basic_size;
use super::instance::This;
use crate::abi::PyObject;
use crate::error::Result;
use crate::format::Format;
use crate::layout::{Layout, Order};

/// Defines getters: name, documentation, and the Python value made of a view that was not
/// released.
macro_rules! getters {
    ($all:ident: $($name:ident: $doc:literal, |$this:ident, $layout:ident| $value:expr;)*) => {
        $(#[allow(non_snake_case)] unsafe extern "C" fn $name(object: *mut PyObject, _: *mut c_void) -> *mut PyObject {
            guard(ptr::null_mut(), || {
                // SAFETY: CPython calls this with an instance, on an attached thread.
                let $this = unsafe { This::for_a_moment(object) };
                $this.check()?;
                let $layout = $this.fields.lent.layout();
                Ok($value?.into_ptr())
            })
        })*

        pub(super) const $all: [PyGetSetDef; [$(stringify!($name)),*].len()] = [
            $(attribute(concat!(stringify!($name), "\0"), $doc, $name),)*
        ];
    };
}
pub(super) use getters;

/// Those of a memoryview.
pub(super) static ATTRIBUTES: Table<PyGetSetDef, { EXACT.len() + 1 }> =
    Table::joined(&EXACT, &[], PyGetSetDef::END);

getters! { EXACT:
    obj: "The object that lends the memory, or None.\0",
        |this, _layout| exporter(&this);
    nbytes: "Bytes of all items together.\0",
        |this, layout| size(this.attached, layout.nbytes());
    readonly: "Whether nothing may be written.\0",
        |this, _layout| boolean(this.attached, this.fields.lent.is_readonly());
    itemsize: "Bytes of one item.\0",
        |this, layout| size(this.attached, layout.itemsize());
    format: "The PEP 3118 format of an item.\0",
        |this, _layout| format_text(this.attached, this.fields.lent.format());
    ndim: "Number of dimensions.\0",
        |this, layout| size(this.attached, layout.ndim());
    shape: "Lengths of the dimensions, in items.\0",
        |this, layout| tuple(this.attached, layout.shape());
    strides: "Distances between neighbours in each dimension, in bytes.\0",
        |this, layout| tuple(this.attached, layout.strides());
    suboffsets: "Offsets behind pointers (PIL-style memory), else empty.\0",
        |this, layout| tuple(this.attached, layout.suboffsets().unwrap_or_default());
    c_contiguous: "Whether the items are contiguous in C order.\0",
        |this, layout| boolean(this.attached, layout.answers_contiguous(Order::C));
    f_contiguous: "Whether the items are contiguous in Fortran order.\0",
        |this, layout| boolean(this.attached, layout.answers_contiguous(Order::F));
    contiguous: "Whether the items are contiguous in either order.\0",
        |this, layout| boolean(this.attached, is_contiguous(layout));
}

/// As it is, or with what is not UTF-8 replaced.
fn format_text(attached: Attached, format: &Format) -> Result<Ref> {
    if let Some(letter) = format.letter() {
        return text(attached, (letter as char).encode_utf8(&mut [0; 4]));
    }
    let bytes = format.text().to_bytes();
    match std::str::from_utf8(bytes) {
        Ok(valid) => text(attached, valid),
        Err(_) => shown(attached, Lossy(bytes)),
    }
}

fn is_contiguous(layout: &Layout) -> bool {
    layout.answers_contiguous(Order::C) || layout.answers_contiguous(Order::F)
}

/// The object that lends the memory. It may go with the release.
fn exporter(this: &This<'_>) -> Result<Ref> {
    let _pinned = this.pin()?;
    let object = this.root().source.object();
    let none = this.attached.api._Py_NoneStruct;
    let object = if object.is_null() { none } else { object };
    Ok(Ref::to(this.attached, object))
}

/// The slot `tp_repr`: of a released view too.
pub(super) unsafe extern "C" fn repr(object: *mut PyObject) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance, on an attached thread.
        let this = unsafe { This::of(object) };
        let what = match this.is_released() {
            true => "<released memory at ",
            false => "<memory at ",
        };
        let text = format_args!("{what}{object:p}>");
        Ok(shown(this.attached, text)?.into_ptr())
    })
}

/// The answer to `__sizeof__`: CPython's.
pub(super) fn sizeof(this: &This<'_>) -> Result<Ref> {
    let attached = this.attached;
    let ndim = this.fields.lent.layout().ndim();
    let basic = basic_size(attached, attached.api.PyMemoryView_Type)?;
    size(attached, basic + 3 * ndim * size_of::<isize>())
}
