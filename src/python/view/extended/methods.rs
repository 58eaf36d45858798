//! The methods of `View`.

use std::ffi::{CStr, c_void};
use std::ptr;

use super::super::super::arguments::{Call, Parameters};
use super::super::super::attached::Attached;
use super::super::super::attributes::text;
use super::super::super::guard::guard;
use super::super::super::objects::*;
use super::super::super::reference::Ref;
use super::super::super::state::view_type;
use super::super::super::types::Flavor;
use super::super::instance::This;
use super::super::methods::{EXACT, FROM_REQUEST, NAMED, SEARCH, method, methods};
use super::super::text::to_bytes;
use super::contiguous::order_of;
use super::{contiguous, parts, shapes, values};
use crate::abi::PyObject;
use crate::error::Result;
use crate::view::{explain, reading_order};

methods! {
    none {
        tolist: |this| values::to_list(this);
        explain: |this| explained(&this);
    }
    some {
        tobytes: bytes;
        cast: shapes::cast;
        transpose: shapes::transpose;
        reshape: shapes::reshape;
        broadcast_to: shapes::broadcast_to;
        as_strided: shapes::as_strided;
        split: parts::split;
        overlaps: parts::overlaps;
        copy_to: parts::copy_to;
        why_copy: contiguous::why_copy;
        ascontiguous: contiguous::ascontiguous;
    }
}

static TOBYTES: Parameters<1> = Parameters {
    function: "tobytes",
    names: [c"order"],
    required: 0,
    positional: 1,
};

/// # Safety
/// The call is one that CPython makes.
unsafe fn bytes(this: This<'_>, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [order] = unsafe { TOBYTES.take(this.attached, call) }?;
    let wanted = order_of(order)?;
    this.check()?;
    to_bytes(&this, reading_order(this.fields.lent.layout(), wanted))
}

fn explained(this: &This<'_>) -> Result<Ref> {
    let explanation = {
        let lent = this.pin()?;
        // SAFETY: pinned, and nothing of Python runs.
        unsafe { explain::explain(&lent) }?
    };
    text(this.attached, &explanation)
}

/// A method of the class.
unsafe extern "C" fn merge(
    kind: *mut PyObject,
    arguments: *const *mut PyObject,
    count: isize,
    names: *mut PyObject,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        let call = Call {
            arguments,
            count,
            names,
        };
        // SAFETY: CPython calls this on an attached thread, with arguments as it says.
        unsafe {
            let attached = Attached::certainly();
            let of = view_type(attached, kind, Flavor::Extended)?;
            Ok(parts::merge(attached, of, call)?.into_ptr())
        }
    })
}

const MORE: [PyMethodDef; 14] = [
    method(
        c"tobytes",
        tobytes as *const c_void,
        NAMED,
        c"tobytes($self, /, order='C')\n--\n\nThe bytes of all items, in C or Fortran order; with 'A' in Fortran order just where they lie so.",
    ),
    method(
        c"tolist",
        tolist as *const c_void,
        METH_NOARGS,
        c"tolist($self, /)\n--\n\nAll items in a list, of lists where there are several dimensions: a struct is a tuple, a sub-array a list.",
    ),
    method(
        c"cast",
        cast as *const c_void,
        NAMED,
        c"cast($self, /, format, shape=None, order='C')\n--\n\nThe same bytes as items of another format, any one, and another shape of as many bytes; one length may be -1.\nThey are read in that order. Of memory that is not contiguous the items that follow one another are cut up or joined.",
    ),
    method(
        c"transpose",
        transpose as *const c_void,
        NAMED,
        c"transpose($self, /, *axes)\n--\n\nThe same items with the dimensions in this order; in reverse order where none is given.",
    ),
    method(
        c"reshape",
        reshape as *const c_void,
        NAMED,
        c"reshape($self, /, *shape, order='C')\n--\n\nThe same items, read in that order, in another shape; one length may be -1. Where that needs a copy it is a BufferError.",
    ),
    method(
        c"broadcast_to",
        broadcast_to as *const c_void,
        NAMED,
        c"broadcast_to($self, /, shape)\n--\n\nThe same items repeated in a larger shape, by NumPy's rules; read-only.",
    ),
    method(
        c"as_strided",
        as_strided as *const c_void,
        NAMED,
        c"as_strided($self, /, shape, strides, offset=0)\n--\n\nItems at any distances, the first of them offset bytes from the first of this view. All must lie within it.",
    ),
    method(
        c"split",
        split as *const c_void,
        NAMED,
        c"split($self, /, n, axis=0)\n--\n\nA list of n views that follow one another along an axis; their lengths differ by one at most.",
    ),
    method(
        c"merge",
        merge as *const c_void,
        NAMED | METH_CLASS,
        c"merge($type, /, views, axis=0)\n--\n\nOne view of all items of several, without a copy: each begins where the one before would go on along the axis.",
    ),
    method(
        c"overlaps",
        overlaps as *const c_void,
        NAMED,
        c"overlaps($self, /, other)\n--\n\nWhether an item of this view and one of the other object share a byte. True also where that would take too long to find out.",
    ),
    method(
        c"explain",
        explain as *const c_void,
        METH_NOARGS,
        c"explain($self, /)\n--\n\nThe layout in words, and drawn: which byte belongs to which item, in which order items are read, what is shared or skipped.",
    ),
    method(
        c"copy_to",
        copy_to as *const c_void,
        NAMED,
        c"copy_to($self, /, other)\n--\n\nCopies all items to any writable object with a buffer of the same shape, whose format means the same, save that numbers, in structs too, may have the other byte order. The two may overlap.",
    ),
    method(
        c"why_copy",
        why_copy as *const c_void,
        NAMED,
        c"why_copy($self, /, order='C')\n--\n\nNone where the items are contiguous in that order ('C', 'F', or 'A' for either) as they lie; else which copy is needed, and why, in a sentence.",
    ),
    method(
        c"ascontiguous",
        ascontiguous as *const c_void,
        NAMED,
        c"ascontiguous($self, /, order='C')\n--\n\nThe same items, contiguous in that order ('C', 'F', or 'A' for either): a view of the same memory where nothing has to move, else of a copy, which can be written and is nobody else's.",
    ),
];

const COUNT: &CStr =
    c"count($self, value, /)\n--\n\nHow many items, in all dimensions, equal a value.";

const INDEX: &CStr = c"index($self, value, start=0, stop=sys.maxsize, /)\n--\n\nThe place of the first item that equals a value: an int in one dimension, else a tuple of ints. \
A ValueError where there is none.\nstart and stop count items in C order.";

/// What a memoryview has, with some of it replaced; and more.
pub(in super::super) static METHODS: Table<PyMethodDef, 26> = {
    let [
        reduce,
        release,
        _,
        hex,
        _,
        _,
        toreadonly,
        enter,
        exit,
        size_of,
    ] = EXACT;
    let [count, index, alias] = SEARCH;
    let count = PyMethodDef {
        doc: COUNT.as_ptr(),
        ..count
    };
    let index = PyMethodDef {
        doc: INDEX.as_ptr(),
        ..index
    };
    let own = [
        reduce,
        release,
        hex,
        toreadonly,
        enter,
        exit,
        size_of,
        FROM_REQUEST,
        count,
        index,
        alias,
    ];
    Table::joined(&own, &MORE, PyMethodDef::END)
};
