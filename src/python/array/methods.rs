//! The methods of an array.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use super::super::arguments::{Call, Parameters};
use super::super::guard::guard;
use super::super::hold;
use super::super::objects::*;
use super::super::reference::Ref;
use super::super::value::object;
use super::access::Array;
use super::gather::Take;
use super::search;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::Items;
use crate::layout::Slice;

/// Behind the last item, wherever that is by then.
const END: Slice = Slice {
    start: Some(isize::MAX),
    stop: Some(isize::MAX),
    step: 1,
};

/// Defines methods as CPython calls them, and the table of them. `one` take one object,
/// `none` take none, `some` take those that are given.
macro_rules! methods {
    (
        one { $($one:ident: $one_doc:literal, |$array:ident, $object:ident| $one_body:expr;)* }
        none { $($none:ident: $none_doc:literal, |$this:ident| $none_body:expr;)* }
        some { $($some:ident: $some_doc:literal, $some_body:path;)* }
    ) => {
        $(unsafe extern "C" fn $one(object: *mut PyObject, $object: *mut PyObject) -> *mut PyObject {
            guard(ptr::null_mut(), || {
                // SAFETY: CPython calls this with an instance.
                let $array = unsafe { Array::of(object) };
                Ok($one_body?.into_ptr())
            })
        })*

        $(unsafe extern "C" fn $none(object: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
            guard(ptr::null_mut(), || {
                // SAFETY: CPython calls this with an instance.
                let $this = unsafe { Array::of(object) };
                Ok($none_body?.into_ptr())
            })
        })*

        $(unsafe extern "C" fn $some(
            object: *mut PyObject,
            arguments: *const *mut PyObject,
            count: isize,
        ) -> *mut PyObject {
            guard(ptr::null_mut(), || {
                // SAFETY: CPython calls this with an instance.
                let array = unsafe { Array::of(object) };
                let names = ptr::null_mut();
                // SAFETY: CPython's call, of a method that takes no names.
                Ok(unsafe { $some_body(&array, Call { arguments, count, names }) }?.into_ptr())
            })
        })*

        pub(super) static METHODS: Table<PyMethodDef, { COUNT + 3 }> = Table([
            hold::METHODS[0],
            hold::METHODS[1],
            $(method(concat!(stringify!($one), "\0"), $one as *const c_void, METH_O, $one_doc),)*
            $(method(concat!(stringify!($none), "\0"), $none as *const c_void, METH_NOARGS, $none_doc),)*
            $(method(concat!(stringify!($some), "\0"), $some as *const c_void, METH_FASTCALL, $some_doc),)*
            PyMethodDef::END,
        ]);

        const COUNT: usize = [
            $(stringify!($one),)* $(stringify!($none),)* $(stringify!($some),)*
        ].len();
    };
}

const fn method(
    name: &'static str,
    meth: *const c_void,
    flags: c_int,
    doc: &'static CStr,
) -> PyMethodDef {
    PyMethodDef {
        name: name.as_ptr().cast(),
        meth,
        flags,
        doc: doc.as_ptr(),
    }
}

methods! {
    one {
        append: c"append($self, item, /)\n--\n\nAdd one item at the end.",
            |array, item| array.append(item);
        extend: c"extend($self, items, /)\n--\n\nAdd items at the end: those of an array or buffer of the same kind, or of anything that can be iterated over. Either all of them are added or none.",
            |array, items| array.extend(items);
        frombytes: c"frombytes($self, buffer, /)\n--\n\nAdd items at the end whose bytes are those of any buffer.",
            |array, buffer| array.append_bytes(buffer);
        remove: c"remove($self, value, /)\n--\n\nTake out the first item that equals a value.",
            |array, value| array.remove(value);
        count: c"count($self, value, /)\n--\n\nHow many items equal a value.",
            |array, value| array.count_of(value);
        resize: c"resize($self, count, /)\n--\n\nMake it so many items long: zeros are added, or the last items taken out.",
            |array, count| array.resize(count);
        __deepcopy__: c"__deepcopy__($self, memo, /)\n--\n\nA copy.",
            |array, _memo| array.copied();
        __reduce_ex__: c"__reduce_ex__($self, protocol, /)\n--\n\nRefuses to be pickled: items are in this machine's byte order and sizes.",
            |array, _protocol| array.refuse_pickling();
    }
    none {
        __copy__: c"__copy__($self, /)\n--\n\nA copy.", |array| array.copied();
        clear: c"clear($self, /)\n--\n\nTake all items out.", |array| array.clear();
        reverse: c"reverse($self, /)\n--\n\nTurn the order of the items round.", |array| array.reverse();
        tolist: c"tolist($self, /)\n--\n\nAll items in a list.", |array| array.to_list();
        tobytes: c"tobytes($self, /)\n--\n\nThe bytes of all items.", |array| array.to_bytes();
        tounicode: c"tounicode($self, /)\n--\n\nThe characters as a str.", |array| array.to_unicode();
    }
    some {
        insert: c"insert($self, index, item, /)\n--\n\nPut an item in before the one at index.", insert_at;
        pop: c"pop($self, index=-1, /)\n--\n\nTake one item out, and return it.", pop_at;
        index: c"index($self, value, start=0, stop=sys.maxsize, /)\n--\n\nThe index of the first item that equals a value.", search::index_of;
    }
}

impl Array {
    fn append(&self, item: *mut PyObject) -> Result<Ref> {
        self.insert(END, item)
    }

    fn insert(&self, place: Slice, item: *mut PyObject) -> Result<Ref> {
        let item = self.pack(item)?;
        let bytes = item.as_slice().as_ptr();
        self.replace(place, Items { bytes, count: 1 })?;
        Ok(self.none())
    }

    fn extend(&self, source: *mut PyObject) -> Result<Ref> {
        let items = self.gather(source, Take::Any)?;
        self.replace(END, items.items())?;
        Ok(self.none())
    }

    pub(super) fn append_bytes(&self, source: *mut PyObject) -> Result<Ref> {
        let items = self.gather_bytes(source)?;
        self.replace(END, items.items())?;
        Ok(self.none())
    }

    fn clear(&self) -> Result<Ref> {
        self.refusable(self.exporter.resize(0))?;
        Ok(self.none())
    }

    fn resize(&self, count: *mut PyObject) -> Result<Ref> {
        let api = self.attached.api;
        let too_large = api.exception(|api| api.PyExc_OverflowError);
        // SAFETY: attached; an object, and an exception class.
        let count = unsafe { (api.PyNumber_AsSsize_t)(count, too_large) };
        if count == -1 {
            super::super::value::unless_raised(self.attached)?;
        }
        let Ok(count) = usize::try_from(count) else {
            return fail!(Value, "the new size is {count}: it must be 0 or more");
        };
        self.refusable(self.exporter.resize(count))?;
        Ok(self.none())
    }

    fn reverse(&self) -> Result<Ref> {
        self.refusable(self.turn_round())?;
        Ok(self.none())
    }

    fn copied(&self) -> Result<Ref> {
        self.another(self.copy(Slice::ALL)?)
    }

    fn refuse_pickling(&self) -> Result<Ref> {
        let text = "cannot pickle 'libpybuf.Array' object: items are in this machine's byte order; \
                    pickle its tolist() or tobytes()";
        Err(Error::fixed(Kind::Type, text))
    }
}

static INSERT: Parameters<2> = Parameters {
    function: "insert",
    names: [c"index", c"item"],
    required: 2,
    positional: 2,
};

/// # Safety
/// The call is one that CPython makes.
unsafe fn insert_at(array: &Array, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [index, item] = unsafe { INSERT.take(array.attached, call) }?;
    let index = Some(index.number()?);
    let place = Slice {
        start: index,
        stop: index,
        step: 1,
    };
    array.insert(place, item.as_ptr())
}

static POP: Parameters<1> = Parameters {
    function: "pop",
    names: [c"index"],
    required: 0,
    positional: 1,
};

/// # Safety
/// The call is one that CPython makes.
unsafe fn pop_at(array: &Array, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    let [index] = unsafe { POP.take(array.attached, call) }?;
    let index = match index.as_ptr().is_null() {
        true => -1,
        false => index.number()?,
    };
    match array.pop(index)? {
        Some(item) => object(array.attached, array.scalar.unpack(item.as_slice())),
        None if array.count() == 0 => {
            Err(array.index_error("pop from empty array", "pop from empty bytearray"))
        }
        None => Err(array.index_error("pop index out of range", "pop index out of range")),
    }
}

/// `a += b`, of arrays and buffers only.
pub(super) unsafe extern "C" fn inplace_concat(
    object: *mut PyObject,
    other: *mut PyObject,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance.
        let array = unsafe { Array::of(object) };
        let items = array.gather(other, Take::Arrays)?;
        array.replace(END, items.items())?;
        Ok(Ref::to(array.attached, object).into_ptr())
    })
}
