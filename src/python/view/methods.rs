//! The methods of a view.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use super::super::arguments::{Argument, Call, Parameters};
use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::kind::is_exactly;
use super::super::objects::*;
use super::super::raise::{clear, exception};
use super::super::reference::Ref;
use super::super::state::view_type_of;
use super::attributes::sizeof;
use super::cast::cast;
use super::instance::{This, place};
use super::list::to_list;
use super::make::from_flags;
use super::quick;
use super::search::{count_of, index_of};
use super::theirs;
use crate::abi::PyObject;
use crate::copy::gather;
use crate::error::{Error, Kind, Result};
use crate::layout::{Contiguity, Order};
use crate::view::reading_order;

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

/// `m.cast(format)` in one dimension goes the short way.
unsafe extern "C" fn cast_quickly(
    object: *mut PyObject,
    arguments: *const *mut PyObject,
    count: isize,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: CPython calls this with an instance, and with arguments as it says.
    unsafe {
        if count == 1 && names.is_null() {
            let made = quick::cast(&This::for_a_moment(object), *arguments);
            if !made.is_null() {
                return made;
            }
        }
        cast_to(object, arguments, count, names)
    }
}

/// What copying and pickling begin with.
///
/// # Safety
/// The call is one that CPython makes.
unsafe fn no_state(this: This<'_>, call: Call) -> Result<Ref> {
    // SAFETY: as the caller promises.
    Err(unsafe { theirs::refusal(&this, c"__reduce_ex__", call) })
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
    let taken = unsafe { TOBYTES.take(this.attached, call) };
    let wanted = taken.ok().and_then(|[order]| contiguity(order));
    let (Some(wanted), false) = (wanted, this.is_released()) else {
        clear(this.attached);
        // SAFETY: as the caller promises.
        return Err(unsafe { theirs::refusal(&this, c"tobytes", call) });
    };
    let order = reading_order(this.fields.lent.layout(), wanted);
    to_bytes(&this, order)
}

/// 'C', which is what not to say it means as well, 'F' or 'A'; `None` for anything else.
pub(super) fn contiguity(order: Argument) -> Option<Contiguity> {
    match order.text("order").ok()? {
        None => Some(Contiguity::In(Order::C)),
        Some(text) => match text.to_bytes() {
            &[letter] => Contiguity::from_letter(letter),
            _ => None,
        },
    }
}

/// A new bytes object with all items.
pub(super) fn to_bytes(this: &This<'_>, order: Order) -> Result<Ref> {
    let (attached, api) = (this.attached, this.attached.api);
    let size = this.fields.lent.layout().nbytes();
    // SAFETY: attached. So many bytes that nobody has read yet, to be written before anybody does.
    unsafe {
        let bytes = (api.PyBytes_FromStringAndSize)(ptr::null(), size as isize);
        let bytes = Ref::owned(attached, bytes).ok_or_else(|| exception(attached))?;
        let to = (api.PyBytes_AsString)(bytes.as_ptr()).cast::<u8>();
        // To allocate may have run anything.
        let lent = this.pin()?;
        gather(to, place(&lent), order)?;
        Ok(bytes)
    }
}

static HEX: Parameters<2> = Parameters {
    function: "hex",
    names: [c"sep", c"bytes_per_sep"],
    required: 0,
    positional: 2,
};

/// # Safety
/// The call is one that CPython makes.
unsafe fn hex_of(this: This<'_>, call: Call) -> Result<Ref> {
    let attached = this.attached;
    if this.is_released() {
        // SAFETY: as the caller promises.
        return Err(unsafe { theirs::refusal(&this, c"hex", call) });
    }
    if call.count == 0 && call.names.is_null() {
        return hex_text(&this, None, 0);
    }
    // SAFETY: as the caller promises.
    if let Ok([separator, group]) = unsafe { HEX.take(attached, call) }
        && let Some(separator) = one_character(&this, separator)
        && let Some(group) = quick_group(group)
    {
        return hex_text(&this, Some(separator), group);
    }
    clear(attached);
    // SAFETY: as the caller promises.
    unsafe { hex_with_care(this, call) }
}

/// Something is wrong with the arguments, or unusual: bytes know what.
///
/// # Safety
/// The call is one that CPython makes.
unsafe fn hex_with_care(this: This<'_>, call: Call) -> Result<Ref> {
    let attached = this.attached;
    // SAFETY: as the caller promises.
    let Ok([_, group]) = (unsafe { HEX.take(attached, call) }) else {
        clear(attached);
        // SAFETY: as the caller promises.
        return Err(unsafe { theirs::refusal(&this, c"hex", call) });
    };
    let number = converted(group)?;
    let mut given = [ptr::null_mut(); 2];
    for (k, place) in given.iter_mut().enumerate() {
        // SAFETY: as the caller promises; two arguments at most, as the parameters say.
        if let Some(argument) = unsafe { call.argument(attached, k) } {
            *place = match &number {
                Some(number) if argument == group.as_ptr() => number.as_ptr(),
                _ => argument,
            };
        }
    }
    let given = Call {
        arguments: given.as_ptr(),
        ..call
    };
    this.check()?;
    // To look at a separator may run any code: the view stays meanwhile.
    let _held = this.hold()?;
    let bytes = to_bytes(&this, Order::C)?;
    // SAFETY: as the caller promises; these are arguments of the same call.
    unsafe { theirs::called(attached, &bytes, c"hex", given) }
}

/// What has an `__index__` as a number: to ask for it may run any code.
fn converted(argument: Argument) -> Result<Option<Ref>> {
    let (attached, object) = (argument.attached(), argument.as_ptr());
    let api = attached.api;
    // SAFETY: attached; an object, where it is one.
    unsafe {
        if object.is_null()
            || is_exactly(attached, object, api.PyLong_Type)
            || (api.PyIndex_Check)(object) == 0
        {
            return Ok(None);
        }
        let number = Ref::owned(attached, (api.PyNumber_Index)(object));
        number.map(Some).ok_or_else(|| exception(attached))
    }
}

/// A str of one character of ASCII.
fn one_character(this: &This<'_>, separator: Argument) -> Option<u8> {
    let api = this.attached.api;
    if !separator.is_str() {
        return None;
    }
    // SAFETY: attached; a str, and its first character.
    unsafe {
        if (api.PyUnicode_GetLength)(separator.as_ptr()) != 1 {
            return None;
        }
        let character = (api.PyUnicode_ReadChar)(separator.as_ptr(), 0);
        u8::try_from(character).ok().filter(u8::is_ascii)
    }
}

/// How many bytes stand between separators: 1 where that is not said; `None` for what is not an
/// int that C has.
fn quick_group(group: Argument) -> Option<isize> {
    if group.as_ptr().is_null() {
        return Some(1);
    }
    let (attached, object) = (group.attached(), group.as_ptr());
    if !is_exactly(attached, object, attached.api.PyLong_Type) {
        return None;
    }
    let group = group.number().ok()?;
    c_int::try_from(group).is_ok().then_some(group)
}

/// A new str of all bytes in hexadecimal.
fn hex_text(this: &This<'_>, separator: Option<u8>, group: isize) -> Result<Ref> {
    let (attached, api) = (this.attached, this.attached.api);
    let group = if separator.is_none() { 0 } else { group };
    let size = crate::view::hex_size(this.fields.lent.layout().nbytes(), group)?;
    // SAFETY: attached. So many characters of ASCII, to be written before anybody reads them.
    unsafe {
        let text = (api.PyUnicode_New)(size as isize, 127);
        let text = Ref::owned(attached, text).ok_or_else(|| exception(attached))?;
        if size == 0 {
            return Ok(text);
        }
        // Characters of ASCII are their own UTF-8: so this is where they lie.
        let to = (api.PyUnicode_AsUTF8AndSize)(text.as_ptr(), ptr::null_mut());
        if to.is_null() {
            return Err(exception(attached));
        }
        let to = to.cast::<u8>().cast_mut();
        // To allocate may have run anything.
        let lent = this.pin()?;
        crate::view::hex(&lent, separator, group, to)?;
        Ok(text)
    }
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
