//! `m.tobytes()` and `m.hex()`.

use std::ffi::c_int;
use std::ptr;

use super::super::arguments::{Argument, Call, Parameters};
use super::super::kind::is_exactly;
use super::super::raise::{clear, exception};
use super::super::reference::Ref;
use super::super::value::new_bytes;
use super::instance::{This, place};
use super::long::perhaps_long;
use super::theirs;
use crate::copy::gather;
use crate::error::Result;
use crate::layout::{Contiguity, Order};
use crate::view::{hex_size, reading_order};

static TOBYTES: Parameters<1> = Parameters {
    function: "tobytes",
    names: [c"order"],
    required: 0,
    positional: 1,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn bytes(this: This<'_>, call: Call) -> Result<Ref> {
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
    let size = this.fields.lent.layout().nbytes();
    new_bytes(this.attached, size, |to| {
        // To allocate may have run anything.
        let lent = this.pin()?;
        // SAFETY: pinned, and so many bytes are there.
        perhaps_long(this, None, size, || unsafe {
            gather(to, place(&lent), order)
        })
    })
}

static HEX: Parameters<2> = Parameters {
    function: "hex",
    names: [c"sep", c"bytes_per_sep"],
    required: 0,
    positional: 2,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn hex_of(this: This<'_>, call: Call) -> Result<Ref> {
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
    let nbytes = this.fields.lent.layout().nbytes();
    let size = hex_size(nbytes, group)?;
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
        perhaps_long(this, None, nbytes, || {
            crate::view::hex(&lent, separator, group, to)
        })?;
        Ok(text)
    }
}
