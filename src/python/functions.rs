//! The functions of the module: memory, bytes, ndarray. Those that make arrays are in
//! `array::make`.
//!
//! Arguments are converted first, all of them, since a conversion may run Python code; what
//! they say is looked at afterwards.

use std::ffi::CStr;
use std::ptr;

use super::arguments::{Argument, Call, Numbers, Parameters};
use super::array::make;
use super::attached::Attached;
use super::guard::guard;
use super::making::object_of;
use super::objects::*;
use super::reference::Ref;
use super::source;
use super::state::State;
use crate::abi::{PyBUF_FULL_RO, PyObject};
use crate::alloc::try_collect;
use crate::error::{Result, fail};
use crate::exporter::{Description, Exporter, Guard, Owner};
use crate::request::Request;
use crate::view::{View, Want};

const MEMORY_DOC: &CStr = c"memory(address, size, *, shape=None, strides=None, format=None, itemsize=0, offset=0, order='C', readonly=False, owner=None, guarded=False, constant=False, suboffsets=None, pointed=0)
--

Lend size bytes of native memory at an address, without a copy.

shape is an int or a sequence of ints; without one, it is one dimension over all of the
memory. strides are in bytes and may be negative or zero; without them items are
contiguous in order 'C' or 'F'. format is a PEP 3118 format, bytes if there is none;
itemsize is needed where it is more than a single code. offset is where the item with all
indices zero lies. owner is any object: it is kept as long as the memory is lent.
That the memory is there is the caller's promise.

guarded says that the memory is used through its exports only: these are counted, and it
can be had stable() and exclusive(). constant says that nobody writes it as long as it is
lent. suboffsets are for memory whose items lie behind pointers (PIL-style): one for each
dimension, negative where there is no pointer; shape and strides are given then, and address
and size are those of the first table of pointers. pointed is how many bytes lie behind
each pointer: with it, that all items lie there is checked.";

const BYTES_DOC: &CStr = c"bytes(source)
--

A read-only copy, in native memory, of the bytes of any object with a buffer (in C order).
Nobody writes it any more: it can always be had stable().";

const NDARRAY_DOC: &CStr = c"ndarray(shape, format='B', *, itemsize=0, order='C', guarded=False)
--

New native memory for items of a format, all zero, writable and contiguous. guarded counts
its exports, so that it can be had stable() and exclusive().";

const STACK_DOC: &CStr = c"stack(rows)
--

Several buffers as one with a dimension more, without a copy: item (k, ...) is item (...) of
the k-th row. The rows have the same shape, strides and format; a table of pointers leads to
them (PIL-style suboffsets), and they are kept, each with a buffer. Read-only where one of
them is; it can be had stable() where nobody writes any of them (bytes, constant memory).";

/// Defines the functions as CPython calls them, and the table of them.
macro_rules! functions {
    ($($name:ident: $text:literal, $doc:ident, $body:ident;)*) => {
        $(unsafe extern "C" fn $name(
            _: *mut PyObject,
            arguments: *const *mut PyObject,
            count: isize,
            names: *mut PyObject,
        ) -> *mut PyObject {
            guard(ptr::null_mut(), || {
                // SAFETY: CPython calls this on an attached thread, with arguments as it says.
                let attached = unsafe { Attached::certainly() };
                let state = State::current(&attached)?;
                // SAFETY: as above.
                let (exporter, owner) = unsafe { $body(attached, Call { arguments, count, names }) }?;
                Ok(object_of(attached, state, exporter, owner)?.into_ptr())
            })
        })*

        pub(super) static METHODS: Table<PyMethodDef, { COUNT + 3 }> = Table([
            $(PyMethodDef::new($text, $name, $doc),)*
            PyMethodDef::new(c"array", make::array, make::ARRAY_DOC),
            PyMethodDef::new(c"bytearray", make::bytearray, make::BYTEARRAY_DOC),
            PyMethodDef::END,
        ]);

        const COUNT: usize = [$(stringify!($name)),*].len();
    };
}

functions! {
    memory: c"memory", MEMORY_DOC, lend_memory;
    bytes: c"bytes", BYTES_DOC, copy_bytes;
    ndarray: c"ndarray", NDARRAY_DOC, make_ndarray;
    stack: c"stack", STACK_DOC, stack_rows;
}

/// What a function makes, and what is kept with it.
type Made = Result<(Exporter, Option<Ref>)>;

static MEMORY: Parameters<14> = Parameters {
    function: "memory",
    names: [
        c"address",
        c"size",
        c"shape",
        c"strides",
        c"format",
        c"itemsize",
        c"offset",
        c"order",
        c"readonly",
        c"owner",
        c"guarded",
        c"constant",
        c"suboffsets",
        c"pointed",
    ],
    required: 2,
    positional: 2,
};

/// # Safety
/// The call is one that CPython makes.
unsafe fn lend_memory(attached: Attached, call: Call) -> Made {
    // SAFETY: as the caller promises.
    let [
        address,
        size,
        shape,
        strides,
        format,
        itemsize,
        offset,
        order,
        readonly,
        owner,
        guarded,
        constant,
        suboffsets,
        pointed,
    ] = unsafe { MEMORY.take(attached, call) }?;
    let address = address.address()?;
    let (shape, strides) = (shape.numbers()?, strides.numbers()?);
    let suboffsets = suboffsets.numbers()?;
    let suboffsets = suboffsets.as_ref().map(Numbers::as_slice);
    // Without a shape there is one dimension.
    let ndim = shape.as_ref().map_or(1, |it| it.as_slice().len());
    if let Some(given) = suboffsets.filter(|given| given.len() != ndim) {
        return fail!(
            Value,
            "{} suboffsets for {ndim} dimensions: there must be one for each",
            given.len()
        );
    }
    let description = Description {
        size: size.size("size")?,
        format: format.text("format")?,
        itemsize: stated(itemsize)?,
        shape: shape.as_ref().map(Numbers::as_slice),
        strides: strides.as_ref().map(Numbers::as_slice),
        order: order.order()?,
        offset: offset.number()?,
        suboffsets,
        pointed: pointed.size("pointed")?,
        readonly: readonly.truth()?,
        guard: Guard::said(guarded.truth()?, constant.truth()?)?,
    };
    // SAFETY: that the memory is there is the promise of the caller, who is told so.
    let exporter = unsafe { Exporter::describe(address, &description, Owner::Nobody) }?;
    Ok((exporter, owner.to_owned()))
}

static BYTES: Parameters<1> = Parameters {
    function: "bytes",
    names: [c"source"],
    required: 1,
    positional: 1,
};

/// # Safety
/// The call is one that CPython makes.
unsafe fn copy_bytes(attached: Attached, call: Call) -> Made {
    // SAFETY: as the caller promises.
    let [source] = unsafe { BYTES.take(attached, call) }?;
    let anything = Want {
        indirect: true,
        ..Want::default()
    };
    // SAFETY: an object of this interpreter.
    let view = unsafe { source::view(source.as_ptr(), &anything) }?;
    Ok((view.to_bytes()?, None))
}

static NDARRAY: Parameters<5> = Parameters {
    function: "ndarray",
    names: [c"shape", c"format", c"itemsize", c"order", c"guarded"],
    required: 1,
    positional: 2,
};

/// # Safety
/// The call is one that CPython makes.
unsafe fn make_ndarray(attached: Attached, call: Call) -> Made {
    // SAFETY: as the caller promises.
    let [shape, format, itemsize, order, guarded] = unsafe { NDARRAY.take(attached, call) }?;
    let Some(shape) = shape.numbers()? else {
        return fail!(Type, "shape must be an int or a sequence of ints, not None");
    };
    let exporter = Exporter::allocated(&Description {
        format: format.text("format")?,
        itemsize: stated(itemsize)?,
        shape: Some(shape.as_slice()),
        order: order.order()?,
        guard: Guard::said(guarded.truth()?, false)?,
        ..Description::default()
    })?;
    Ok((exporter, None))
}

static STACK: Parameters<1> = Parameters {
    function: "stack",
    names: [c"rows"],
    required: 1,
    positional: 1,
};

/// # Safety
/// The call is one that CPython makes.
unsafe fn stack_rows(attached: Attached, call: Call) -> Made {
    // SAFETY: as the caller promises.
    let [rows] = unsafe { STACK.take(attached, call) }?;
    let rows = rows.items()?;
    let request = Request::from_flags(PyBUF_FULL_RO);
    let views = try_collect(rows.len(), |k| {
        // SAFETY: an object, which its tuple keeps.
        unsafe { source::acquire(attached, rows.get(k), request) }
    })?;
    Ok((View::stack(&views)?, None))
}

/// An item size, where one is said.
fn stated(itemsize: Argument) -> Result<Option<usize>> {
    Ok(Some(itemsize.size("itemsize")?).filter(|&size| size != 0))
}
