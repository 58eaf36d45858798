//! What objects that lend memory tell about themselves in Python.

use std::ffi::c_void;
use std::fmt;
use std::ptr;

use super::attached::Attached;
use super::guard::guard;
use super::hold;
use super::instance::{exporter_of, owner_of};
use super::objects::*;
use super::raise::exception;
use super::reference::Ref;
use super::types::{Sort, Type};
use crate::abi::PyObject;
use crate::error::{Error, Result, Tuple, fail, try_format};
use crate::exporter::Exporter;
use crate::format::Shown;
use crate::layout::Contiguity;
use crate::layout::Order;

/// Defines getters: name, documentation, and the Python value made of an exporter.
macro_rules! getters {
    ($($name:ident: $doc:literal, |$attached:ident, $exporter:ident| $value:expr;)*) => {
        $(unsafe extern "C" fn $name(object: *mut PyObject, _: *mut c_void) -> *mut PyObject {
            guard(ptr::null_mut(), || {
                // SAFETY: CPython calls this with an instance, on an attached thread.
                let ($attached, $exporter) = unsafe { (Attached::certainly(), exporter_of(object)) };
                Ok($value?.into_ptr())
            })
        })*

        pub(super) static ATTRIBUTES: Table<PyGetSetDef, { COUNT + 2 }> = Table([
            $(attribute(concat!(stringify!($name), "\0"), $doc, $name),)*
            attribute("owner\0", "The object that is kept with the memory, or None.\0", owner),
            PyGetSetDef {
                name: ptr::null(),
                get: None,
                set: ptr::null(),
                doc: ptr::null(),
                closure: ptr::null_mut(),
            },
        ]);

        /// The same, and what an array has beside.
        pub(super) static ARRAY_ATTRIBUTES: Table<PyGetSetDef, { COUNT + 3 }> = Table([
            $(attribute(concat!(stringify!($name), "\0"), $doc, $name),)*
            attribute("owner\0", "The object that is kept with the memory, or None.\0", owner),
            attribute("typecode\0", "The code of an item: its format.\0", format),
            PyGetSetDef {
                name: ptr::null(),
                get: None,
                set: ptr::null(),
                doc: ptr::null(),
                closure: ptr::null_mut(),
            },
        ]);

        const COUNT: usize = [$(stringify!($name)),*].len();
    };
}

getters! {
    address: "The address of the item with all indices zero.\0",
        |attached, exporter| pointer(attached, exporter.data());
    nbytes: "Bytes of all items together.\0",
        |attached, exporter| size(attached, exporter.layout().nbytes());
    itemsize: "Bytes of one item.\0",
        |attached, exporter| size(attached, exporter.layout().itemsize());
    format: "The PEP 3118 format of an item.\0",
        |attached, exporter| shown(attached, Lossy(exporter.format().text().to_bytes()));
    ndim: "Number of dimensions.\0",
        |attached, exporter| size(attached, exporter.layout().ndim());
    shape: "Lengths of the dimensions, in items.\0",
        |attached, exporter| tuple(attached, exporter.layout().shape());
    strides: "Distances between neighbours in each dimension, in bytes.\0",
        |attached, exporter| tuple(attached, exporter.layout().strides());
    suboffsets: "Offsets behind pointers (PIL-style memory), else empty.\0",
        |attached, exporter| tuple(attached, exporter.layout().suboffsets().unwrap_or_default());
    readonly: "Whether nothing may be written.\0",
        |attached, exporter| boolean(attached, exporter.is_readonly());
    c_contiguous: "Whether the items are contiguous in C order.\0",
        |attached, exporter| follows(attached, &exporter, Contiguity::In(Order::C));
    f_contiguous: "Whether the items are contiguous in Fortran order.\0",
        |attached, exporter| follows(attached, &exporter, Contiguity::In(Order::F));
    contiguous: "Whether the items are contiguous in either order.\0",
        |attached, exporter| follows(attached, &exporter, Contiguity::Any);
}

pub(super) const fn attribute(name: &'static str, doc: &'static str, get: Getter) -> PyGetSetDef {
    PyGetSetDef {
        name: name.as_ptr().cast(),
        get: Some(get),
        set: ptr::null(),
        doc: doc.as_ptr().cast(),
        closure: ptr::null_mut(),
    }
}

unsafe extern "C" fn owner(object: *mut PyObject, _: *mut c_void) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance, on an attached thread.
        let (attached, owner) = unsafe { (Attached::certainly(), owner_of(object)) };
        let none = attached.api._Py_NoneStruct;
        let owner = if owner.is_null() { none } else { owner };
        Ok(Ref::to(attached, owner).into_ptr())
    })
}

/// Takes over what a function of CPython made.
pub(super) fn made(attached: Attached, object: *mut PyObject) -> Result<Ref> {
    Ref::owned(attached, object).ok_or_else(|| exception(attached))
}

pub(super) fn pointer(attached: Attached, address: *mut u8) -> Result<Ref> {
    // SAFETY: attached.
    made(attached, unsafe {
        (attached.api.PyLong_FromVoidPtr)(address.cast())
    })
}

pub(super) fn size(attached: Attached, size: usize) -> Result<Ref> {
    number(attached, size as isize)
}

pub(super) fn number(attached: Attached, number: isize) -> Result<Ref> {
    // SAFETY: attached.
    made(attached, unsafe {
        (attached.api.PyLong_FromSsize_t)(number)
    })
}

pub(super) fn boolean(attached: Attached, value: bool) -> Result<Ref> {
    // SAFETY: attached.
    made(attached, unsafe {
        (attached.api.PyBool_FromLong)(value.into())
    })
}

/// As memoryview says it, which differs for memory without items.
fn follows(attached: Attached, exporter: &Exporter, wanted: Contiguity) -> Result<Ref> {
    let layout = exporter.layout();
    boolean(
        attached,
        wanted.holds(|order| layout.answers_contiguous(order)),
    )
}

pub(super) fn text(attached: Attached, text: &str) -> Result<Ref> {
    // SAFETY: attached; so many bytes of UTF-8.
    made(attached, unsafe {
        (attached.api.PyUnicode_FromStringAndSize)(text.as_ptr().cast(), text.len() as isize)
    })
}

pub(super) fn tuple(attached: Attached, numbers: &[isize]) -> Result<Ref> {
    let api = attached.api;
    // SAFETY: attached.
    let tuple = made(attached, unsafe {
        (api.PyTuple_New)(numbers.len() as isize)
    })?;
    for (k, &value) in numbers.iter().enumerate() {
        let item = number(attached, value)?;
        // SAFETY: a fresh tuple, an index in it, and a reference that it takes over.
        unsafe { (api.PyTuple_SetItem)(tuple.as_ptr(), k as isize, item.into_ptr()) };
    }
    Ok(tuple)
}

/// `<libpybuf.Exporter of (480, 640, 3) 'B' at 0x7f0123456780, read-only>`
struct Repr<'a>(&'a Exporter);

impl fmt::Display for Repr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let layout = self.0.layout();
        let shape = Tuple(layout.shape());
        let format = Shown(self.0.format().text().to_bytes());
        let readonly = if self.0.is_readonly() {
            ", read-only"
        } else {
            ""
        };
        let address = self.0.data();
        let name = Type::Exporter(Sort::of(self.0))
            .name()
            .to_str()
            .unwrap_or_default();
        write!(f, "<{name} of {shape} {format} at {address:p}{readonly}>")
    }
}

/// A text that claims to be UTF-8, and what is not as the replacement character.
pub(super) struct Lossy<'a>(pub(super) &'a [u8]);

impl fmt::Display for Lossy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            f.write_str(chunk.valid())?;
            if !chunk.invalid().is_empty() {
                f.write_str("\u{FFFD}")?;
            }
        }
        Ok(())
    }
}

/// A string of what has to be put together.
pub(super) fn shown(attached: Attached, what: impl fmt::Display) -> Result<Ref> {
    let shown = try_format(format_args!("{what}")).ok_or(Error::no_memory())?;
    text(attached, &shown)
}

pub(super) unsafe extern "C" fn repr(object: *mut PyObject) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance, on an attached thread.
        let (attached, exporter) = unsafe { (Attached::certainly(), exporter_of(object)) };
        Ok(shown(attached, Repr(&exporter))?.into_ptr())
    })
}

/// Memory at an address means nothing in another process.
unsafe extern "C" fn refuse_pickling(object: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance.
        let exporter = unsafe { exporter_of(object) };
        let name = Type::Exporter(Sort::of(&exporter)).name();
        fail!(Type, "cannot pickle {} object", Shown(name.to_bytes()))
    })
}

pub(super) const PICKLING: PyMethodDef = PyMethodDef {
    name: c"__reduce_ex__".as_ptr(),
    meth: refuse_pickling as *const c_void,
    flags: METH_O,
    doc: ptr::null(),
};

/// The methods of memory that does not grow.
pub(super) static METHODS: Table<PyMethodDef, 4> = {
    let [stable, exclusive] = hold::METHODS;
    Table([stable, exclusive, PICKLING, PyMethodDef::END])
};
