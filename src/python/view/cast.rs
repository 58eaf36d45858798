//! `m.cast(format, shape)`, with CPython's restrictions.

use std::ffi::CStr;

use super::super::arguments::{Argument, Call, Parameters};
use super::super::raise::{clear, exception};
use super::super::reference::Ref;
use super::code::Code;
use super::instance::This;
use super::key::is_tuple;
use super::theirs;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::Lent;
use crate::format::Format;
use crate::layout::{Layout, Order};
use crate::request::MAX_NDIM;

pub(super) static CAST: Parameters<2> = Parameters {
    function: "cast",
    names: [c"format", c"shape"],
    required: 1,
    positional: 2,
};

/// # Safety
/// The call is one that CPython makes.
pub(super) unsafe fn cast(this: This<'_>, call: Call) -> Result<Ref> {
    let attached = this.attached;
    // SAFETY: as the caller promises.
    let taken = unsafe { CAST.take(attached, call) };
    let (Ok([format, shape]), true) = (&taken, taken.as_ref().is_ok_and(|it| it[0].is_str()))
    else {
        clear(attached);
        // SAFETY: as the caller promises.
        return Err(unsafe { theirs::refusal(&this, c"cast", call) });
    };
    this.check()?;
    let layout = this.fields.lent.layout();
    if !layout.answers_contiguous(Order::C) {
        return refuse("memoryview: casts are restricted to C-contiguous views");
    }
    let ndim = layout.ndim();
    let is_shaped = !shape.as_ptr().is_null();
    if (is_shaped || ndim != 1) && layout.is_empty() {
        return refuse("memoryview: cannot cast view with zeros in shape or strides");
    }
    let dims = match is_shaped {
        true => Some(dimensions(&this, *shape)?),
        false => None,
    };
    if dims.is_some_and(|dims| ndim != 1 && dims != 1) {
        return refuse("memoryview: cast must be 1D -> ND or ND -> 1D");
    }
    let share = this.share()?;
    let (code, format) = destination(&this, *format)?;
    let source = this.fields.code;
    if !source.is_byte() && !code.is_byte() {
        return refuse("memoryview: cannot cast between two non-byte formats");
    }
    let size = layout.nbytes();
    if !size.is_multiple_of(code.size()) {
        return refuse("memoryview: length is not a multiple of itemsize");
    }
    let lent = &this.fields.lent;
    let mut lengths = [0; MAX_NDIM];
    let lengths = match dims {
        None => {
            lengths[0] = (size / code.size()) as isize;
            &lengths[..1]
        }
        Some(dims) => lengths_of(&this, *shape, dims, code.size(), &mut lengths)?,
    };
    let given = lengths.iter().product::<isize>().unsigned_abs() * code.size();
    if given != size {
        return refuse("memoryview: product(shape) * itemsize != buffer size");
    }
    let cast = Layout::contiguous(code.size(), lengths, Order::C)?.at(layout.offset())?;
    this.with(
        share,
        Lent::new(lent.base(), cast, format, lent.is_readonly()),
    )
}

#[cold]
fn refuse<T>(text: &'static str) -> Result<T> {
    Err(Error::fixed(Kind::Type, text))
}

/// How many dimensions a shape has.
fn dimensions(this: &This<'_>, shape: Argument) -> Result<usize> {
    let (attached, api) = (this.attached, this.attached.api);
    let is_list = shape.is_of(api.PyList_Type);
    if !is_list && !is_tuple(attached, shape.as_ptr()) {
        return refuse("shape must be a list or a tuple");
    }
    // SAFETY: attached; a list or a tuple.
    let count = unsafe {
        match is_list {
            true => (api.PyList_Size)(shape.as_ptr()),
            false => (api.PyTuple_Size)(shape.as_ptr()),
        }
    };
    match count.unsigned_abs() {
        ..=MAX_NDIM => Ok(count.unsigned_abs()),
        _ => too_many_dimensions(),
    }
}

pub(super) fn too_many_dimensions<T>() -> Result<T> {
    fail!(
        Value,
        "memoryview: number of dimensions must not exceed {MAX_NDIM}"
    )
}

/// The format to cast to.
fn destination(this: &This<'_>, format: Argument) -> Result<(Code, Format)> {
    let attached = this.attached;
    let api = attached.api;
    let mut size = 0;
    // SAFETY: attached; a str, which keeps its text.
    let text = unsafe { (api.PyUnicode_AsUTF8AndSize)(format.as_ptr(), &mut size) };
    // SAFETY: a text of so many bytes, and a NUL behind them; perhaps one among them as well, and
    // what follows that one is no part of the format, but of ASCII.
    let text = (!text.is_null()).then(|| unsafe {
        let all = std::slice::from_raw_parts(text.cast::<u8>(), size.unsigned_abs());
        (all, CStr::from_ptr(text))
    });
    let Some((_, text)) = text.filter(|(all, _)| all.is_ascii()) else {
        clear(attached);
        // SAFETY: attached; a str, and it is not of ASCII: an exception says so.
        let bytes = unsafe { (api.PyUnicode_AsASCIIString)(format.as_ptr()) };
        drop(Ref::owned(attached, bytes));
        return Err(exception(attached));
    };
    let code = Code::of_text(text.to_bytes(), attached.api.minor);
    if code.is_native() {
        return Ok((code, Format::stated(Some(text), code.size())?));
    }
    match attached.api.minor {
        ..15 => fail!(
            Value,
            "memoryview: destination format must be a native single character format \
             prefixed with an optional '@'"
        ),
        _ => fail!(
            Value,
            "memoryview: destination format must be a native format prefixed with an optional '@'"
        ),
    }
}

fn lengths_of<'n>(
    this: &This<'_>,
    shape: Argument,
    dims: usize,
    itemsize: usize,
    to: &'n mut [isize; MAX_NDIM],
) -> Result<&'n [isize]> {
    let (attached, api) = (this.attached, this.attached.api);
    let mut size = itemsize as isize;
    for (k, length) in to[..dims].iter_mut().enumerate() {
        // SAFETY: attached; a list or a tuple of so many, unless a list was shortened meanwhile: an
        // exception then.
        let item = unsafe { (api.PySequence_GetItem)(shape.as_ptr(), k as isize) };
        let item = Ref::owned(attached, item).ok_or_else(|| exception(attached))?;
        // SAFETY: attached; an object, and two types.
        let is_int = unsafe {
            let its = super::super::kind::type_of(attached, item.as_ptr());
            (api.PyType_IsSubtype)(its, api.PyLong_Type) != 0
        };
        if !is_int {
            return refuse("memoryview.cast(): elements of shape must be integers");
        }
        // SAFETY: attached; an int.
        *length = unsafe { (api.PyLong_AsSsize_t)(item.as_ptr()) };
        // SAFETY: attached.
        if *length == -1 && unsafe { !(api.PyErr_Occurred)().is_null() } {
            return Err(exception(attached));
        }
        if *length <= 0 {
            return fail!(
                Value,
                "memoryview.cast(): elements of shape must be integers > 0"
            );
        }
        match size.checked_mul(*length) {
            Some(product) => size = product,
            None => return fail!(Value, "memoryview.cast(): product(shape) > SSIZE_MAX"),
        }
    }
    Ok(&to[..dims])
}
