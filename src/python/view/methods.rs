//! The methods of a view.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use super::super::arguments::{Call, Parameters};
use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::objects::*;
use super::super::raise::{clear, exception};
use super::super::reference::Ref;
use super::super::state::view_type_of;
use super::attributes::sizeof;
use super::cast::cast;
use super::instance::This;
use super::list::to_list;
use super::make::from_flags;
use super::quick_cast;
use super::search::{count_of, index_of};
use super::text::{bytes, hex_of};
use super::theirs;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result};

/// Defines methods as CPython calls them: `none` take nothing, `some` take what is given.
macro_rules! methods {
    (
        none { $($none:ident: |$this:ident| $none_body:expr;)* }
        some { $($some:ident: $some_body:path;)* }
    ) => {
        $(unsafe extern "C" fn $none(object: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
            guard(ptr::null_mut(), || {
                // SAFETY: CPython calls this with an instance.
                let $this = unsafe { This::of(object) };
                Ok($none_body?.into_ptr())
            })
        })*

        $(unsafe extern "C" fn $some(
            object: *mut PyObject,
            arguments: *const *mut PyObject,
            count: isize,
            names: *mut PyObject,
        ) -> *mut PyObject {
            guard(ptr::null_mut(), || {
                let call = Call { arguments, count, names };
                // SAFETY: CPython calls this with an instance, and with arguments as it says.
                Ok(unsafe { $some_body(This::of(object), call) }?.into_ptr())
            })
        })*
    };
}
pub(super) use methods;

methods! {
    none {
        tolist: |this| to_list(this);
        toreadonly: |this| this.readonly();
        release: |this| this.release().map(|()| none(&this));
        enter: |this| this.check().map(|()| Ref::to(this.attached, this.object));
        size_of: |this| sizeof(&this);
    }
    some {
        cast_to: cast;
        tobytes: bytes;
        hex: hex_of;
        exit: end;
        reduce: no_state;
        count: count_of;
        index: index_of;
    }
}

fn none(this: &This<'_>) -> Ref {
    Ref::to(this.attached, this.attached.api._Py_NoneStruct)
}

/// What `with` does at its end, whatever it is told of exceptions.
///
/// # Safety
/// Nothing is asked.
unsafe fn end(this: This<'_>, _: Call) -> Result<Ref> {
    this.release().map(|()| none(&this))
}

/// `m.cast(format)` and `m.cast(format, shape)` go the short way.
unsafe extern "C" fn cast_quickly(
    object: *mut PyObject,
    arguments: *const *mut PyObject,
    count: isize,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: CPython calls this with an instance, and with arguments as it says.
    unsafe {
        if matches!(count, 1 | 2) && names.is_null() {
            let shape = if count == 2 {
                *arguments.add(1)
            } else {
                ptr::null_mut()
            };
            let made = quick_cast::cast(&This::for_a_moment(object), *arguments, shape);
            if !made.is_null() {
                return made;
            }
        }
        cast_with_care(object, arguments, count, names)
    }
}

/// # Safety
/// As for [`cast_quickly`].
#[inline(never)]
unsafe extern "C" fn cast_with_care(
    object: *mut PyObject,
    arguments: *const *mut PyObject,
    count: isize,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: as the caller promises.
    unsafe { cast_to(object, arguments, count, names) }
}

/// What copying and pickling begin with.
///
/// # Safety
/// The call is one that CPython makes.
unsafe fn no_state(this: This<'_>, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    Err(unsafe { theirs::refusal(&this, c"__reduce_ex__", call) })
}

static FROM_FLAGS: Parameters<2> = Parameters {
    function: "_from_flags",
    names: [c"object", c"flags"],
    required: 2,
    positional: 2,
};

/// A method of the class.
unsafe extern "C" fn from_request(
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
        let attached = unsafe { Attached::certainly() };
        // SAFETY: as above.
        let [object, flags] = unsafe { FROM_FLAGS.take(attached, call) }?;
        let number = flags.number().ok().map(c_int::try_from);
        let Some(Ok(flags)) = number else {
            clear(attached);
            // SAFETY: as above.
            return Err(unsafe { theirs::refused_flags(attached, call) });
        };
        let of = view_type_of(attached, kind)?;
        Ok(from_flags(attached, of, object.as_ptr(), flags)?.into_ptr())
    })
}

/// A method of the class.
unsafe extern "C" fn class_getitem(kind: *mut PyObject, item: *mut PyObject) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this on an attached thread.
        let attached = unsafe { Attached::certainly() };
        let Some(alias) = attached.api.Py_GenericAlias else {
            return Err(Error::fixed(
                Kind::NotImplemented,
                "no generic aliases here",
            ));
        };
        // SAFETY: attached; two objects.
        let alias = Ref::owned(attached, unsafe { alias(kind, item) });
        Ok(alias.ok_or_else(|| exception(attached))?.into_ptr())
    })
}

pub(super) const fn method(
    name: &'static CStr,
    meth: *const c_void,
    flags: c_int,
    doc: &'static CStr,
) -> PyMethodDef {
    PyMethodDef {
        name: name.as_ptr(),
        meth,
        flags,
        doc: doc.as_ptr(),
    }
}

pub(super) const NAMED: c_int = METH_FASTCALL | METH_KEYWORDS;

pub(super) const EXACT: [PyMethodDef; 10] = [
    method(
        c"__reduce_ex__",
        reduce as *const c_void,
        NAMED,
        c"__reduce_ex__($self, protocol, /)\n--\n\nRefused: a view is neither copied nor pickled.",
    ),
    method(
        c"release",
        release as *const c_void,
        METH_NOARGS,
        c"release($self, /)\n--\n\nGive the buffer back. Nothing can be done with the view then; views made from it live on.",
    ),
    method(
        c"tobytes",
        tobytes as *const c_void,
        NAMED,
        c"tobytes($self, /, order='C')\n--\n\nThe bytes of all items, in C or Fortran order; with 'A' in Fortran order just where they lie so.",
    ),
    method(
        c"hex",
        hex as *const c_void,
        NAMED,
        c"hex($self, /, sep=<unrepresentable>, bytes_per_sep=1)\n--\n\nThe bytes of all items in hexadecimal; as bytes.hex.",
    ),
    method(
        c"tolist",
        tolist as *const c_void,
        METH_NOARGS,
        c"tolist($self, /)\n--\n\nAll items in a list, of lists where there are several dimensions.",
    ),
    method(
        c"cast",
        cast_quickly as *const c_void,
        NAMED,
        c"cast($self, /, format, shape=<unrepresentable>)\n--\n\nA view of the same memory with another format, or another shape.",
    ),
    method(
        c"toreadonly",
        toreadonly as *const c_void,
        METH_NOARGS,
        c"toreadonly($self, /)\n--\n\nA view of the same memory that cannot write.",
    ),
    method(
        c"__enter__",
        enter as *const c_void,
        METH_NOARGS,
        c"The view itself; it is released when the with block ends.",
    ),
    method(
        c"__exit__",
        exit as *const c_void,
        NAMED,
        c"Releases the view.",
    ),
    method(
        c"__sizeof__",
        size_of as *const c_void,
        METH_NOARGS,
        c"The size of the view in memory, without what it shows.",
    ),
];

pub(super) const FROM_REQUEST: PyMethodDef = method(
    c"_from_flags",
    from_request as *const c_void,
    NAMED | METH_CLASS,
    c"_from_flags($type, /, object, flags)\n--\n\nA view of what an object answers to these flags.",
);

pub(super) const SEARCH: [PyMethodDef; 3] = [
    method(
        c"count",
        count as *const c_void,
        NAMED,
        c"count($self, value, /)\n--\n\nHow many items equal a value.",
    ),
    method(
        c"index",
        index as *const c_void,
        NAMED,
        c"index($self, value, start=0, stop=sys.maxsize, /)\n--\n\nThe first position of an item that equals a value; a ValueError where there is none.",
    ),
    method(
        c"__class_getitem__",
        class_getitem as *const c_void,
        METH_O | METH_CLASS,
        c"A generic alias: memoryview[int].",
    ),
];

/// What CPython's memoryview has in each version.
static UNTIL_3_11: Table<PyMethodDef, 11> = {
    let [a, b, c, d, e, f, g, h, i, j] = EXACT;
    Table([a, b, c, d, e, f, g, h, i, j, PyMethodDef::END])
};
static SINCE_3_12: Table<PyMethodDef, 12> = {
    let [a, b, c, d, e, f, g, h, i, j] = EXACT;
    Table([a, b, c, d, e, f, g, h, i, j, FROM_REQUEST, PyMethodDef::END])
};
static SINCE_3_14: Table<PyMethodDef, 15> = {
    let [a, b, c, d, e, f, g, h, i, j] = EXACT;
    let [count, index, alias] = SEARCH;
    let end = PyMethodDef::END;
    Table([
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        FROM_REQUEST,
        count,
        index,
        alias,
        end,
    ])
};

/// The methods of a memoryview of this version.
pub(super) fn exact(minor: u32) -> *const PyMethodDef {
    match minor {
        ..12 => UNTIL_3_11.as_ptr(),
        12..14 => SINCE_3_12.as_ptr(),
        _ => SINCE_3_14.as_ptr(),
    }
}
