//! The functions of the module: memory, bytes, ndarray.
//!
//! Arguments are converted first, all of them, since a conversion may run Python code; what
//! they say is looked at afterwards.

use std::ffi::{CStr, c_void};
use std::ptr;

use super::arguments::{Argument, Call, Numbers, Parameters};
use super::attached::Attached;
use super::guard::guard;
use super::instance::wrap;
use super::objects::*;
use super::reference::Ref;
use super::source;
use super::state::State;
use crate::abi::PyObject;
use crate::error::{Result, fail};
use crate::exporter::{Description, Exporter, Owner};
use crate::view::Want;

const MEMORY_DOC: &CStr = c"memory(address, size, *, shape=None, strides=None, format=None, itemsize=0, offset=0, order='C', readonly=False, owner=None)
--

Lend size bytes of native memory at an address, without a copy.

shape is an int or a sequence of ints; without one, it is one dimension over all of the
memory. strides are in bytes and may be negative or zero; without them items are
contiguous in order 'C' or 'F'. format is a PEP 3118 format, bytes if there is none;
itemsize is needed where it is more than a single code. offset is where the item with all
indices zero lies. owner is any object: it is kept as long as the memory is lent.
That the memory is there is the caller's promise.";

const BYTES_DOC: &CStr = c"bytes(source)
--

A read-only copy, in native memory, of the bytes of any object with a buffer (in C order).";

const NDARRAY_DOC: &CStr = c"ndarray(shape, format='B', *, itemsize=0, order='C')
--

New native memory for items of a format, all zero, writable and contiguous.";

type Function = unsafe extern "C" fn(
    *mut PyObject,
    *const *mut PyObject,
    isize,
    *mut PyObject,
) -> *mut PyObject;

/// Defines the functions as CPython calls them, and the table of them.
macro_rules! functions {
    ($($name:ident: $doc:ident, $body:ident;)*) => {
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
                Ok(wrap(attached, state, exporter, owner)?.into_ptr())
            })
        })*

        pub(super) static METHODS: Table<PyMethodDef, { COUNT + 1 }> = Table([
            $(method(concat!(stringify!($name), "\0"), $name, $doc),)*
            PyMethodDef {
                name: ptr::null(),
                meth: ptr::null(),
                flags: 0,
                doc: ptr::null(),
            },
        ]);

        const COUNT: usize = [$(stringify!($name)),*].len();
    };
}

functions! {
    memory: MEMORY_DOC, lend_memory;
    bytes: BYTES_DOC, copy_bytes;
    ndarray: NDARRAY_DOC, make_ndarray;
}

const fn method(name: &'static str, function: Function, doc: &'static CStr) -> PyMethodDef {
    PyMethodDef {
        name: name.as_ptr().cast(),
        meth: function as *const c_void,
        flags: METH_FASTCALL | METH_KEYWORDS,
        doc: doc.as_ptr(),
    }
}

/// What a function makes, and what is kept with it.
type Made = Result<(Exporter, Option<Ref>)>;

static MEMORY: Parameters<10> = Parameters {
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
    ] = unsafe { MEMORY.take(attached, call) }?;
    let address = address.address()?;
    let (shape, strides) = (shape.numbers()?, strides.numbers()?);
    let description = Description {
        size: size.size("size")?,
        format: format.text("format")?,
        itemsize: stated(itemsize)?,
        shape: shape.as_ref().map(Numbers::as_slice),
        strides: strides.as_ref().map(Numbers::as_slice),
        order: order.order()?,
        offset: offset.number()?,
        readonly: readonly.truth()?,
        ..Description::default()
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

static NDARRAY: Parameters<4> = Parameters {
    function: "ndarray",
    names: [c"shape", c"format", c"itemsize", c"order"],
    required: 1,
    positional: 2,
};

/// # Safety
/// The call is one that CPython makes.
unsafe fn make_ndarray(attached: Attached, call: Call) -> Made {
    // SAFETY: as the caller promises.
    let [shape, format, itemsize, order] = unsafe { NDARRAY.take(attached, call) }?;
    let Some(shape) = shape.numbers()? else {
        return fail!(Type, "shape must be an int or a sequence of ints, not None");
    };
    let exporter = Exporter::allocated(&Description {
        format: format.text("format")?,
        itemsize: stated(itemsize)?,
        shape: Some(shape.as_slice()),
        order: order.order()?,
        ..Description::default()
    })?;
    Ok((exporter, None))
}

/// An item size, where one is said.
fn stated(itemsize: Argument) -> Result<Option<usize>> {
    Ok(Some(itemsize.size("itemsize")?).filter(|&size| size != 0))
}
