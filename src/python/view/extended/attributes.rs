//! What a view tells about itself beyond a memoryview.

use std::ffi::c_void;
use std::ptr;

use super::super::super::attributes::{attribute, pointer, size as number};
use super::super::super::guard::guard;
use super::super::super::objects::*;
use super::super::attributes::{EXACT, getters};
use super::super::instance::This;
use crate::abi::PyObject;

getters! { MORE:
    T: "The same items with the dimensions in reverse order.\0",
        |this, _layout| this.reversed();
    fields: "What a struct is made of: a dictionary of the names (numbers such as '[1]' where there \
             are none), each with its format, offset and shape. A name is a key of the view, too.\0",
        |this, _layout| super::fields::fields(this.attached, this.fields.lent.format());
    size: "Number of items.\0",
        |this, layout| number(this.attached, layout.len());
    address: "The address of the item with all indices zero.\0",
        |this, _layout| pointer(this.attached, this.fields.lent.first_item());
}

/// Those of a memoryview, and these.
pub(in super::super) static ATTRIBUTES: Table<PyGetSetDef, { EXACT.len() + MORE.len() + 1 }> =
    Table::joined(&EXACT, &MORE, PyGetSetDef::END);
