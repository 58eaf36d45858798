//! `v.fields`: what a struct is made of.

use super::super::super::attached::Attached;
use super::super::super::attributes::{Lossy, made, shown, size, tuple};
use super::super::super::raise::exception;
use super::super::super::reference::Ref;
use crate::error::{Error, Result, try_format};
use crate::format::{Field, FieldItems, Format, What};

/// A dictionary: the name of each field, or its number in brackets where it has none, and its
/// format, offset and shape. It is empty where items are no structs.
pub(super) fn fields(attached: Attached, format: &Format) -> Result<Ref> {
    let root = format.known()?;
    // SAFETY: attached.
    let all = made(attached, unsafe { (attached.api.PyDict_New)() })?;
    if root.what() != What::Struct || !root.shape().is_empty() {
        return Ok(all);
    }
    let mut position = 0;
    for field in root.fields() {
        for repeat in 0..field.repeat() {
            let path = formatted(position)?;
            let name = name(attached, &field, repeat, &path)?;
            let told = told(attached, &format.field_items(path.as_bytes())?)?;
            // SAFETY: attached; a dictionary, a str and a tuple.
            let set = unsafe {
                (attached.api.PyDict_SetItem)(all.as_ptr(), name.as_ptr(), told.as_ptr())
            };
            if set < 0 {
                return Err(exception(attached));
            }
            position += 1;
        }
    }
    Ok(all)
}

/// The path of a field by its number.
fn formatted(position: usize) -> Result<String> {
    try_format(format_args!("[{position}]")).ok_or(Error::no_memory())
}

/// Of members that are repeated the first has the name.
fn name(attached: Attached, field: &Field<'_>, repeat: usize, path: &str) -> Result<Ref> {
    match field.name().filter(|_| repeat == 0) {
        Some(name) => shown(attached, Lossy(name)),
        None => shown(attached, path),
    }
}

fn told(attached: Attached, items: &FieldItems) -> Result<Ref> {
    let api = attached.api;
    let mut shape = [0; crate::layout::MAX_DIMS];
    let ndim = items.shape.len().min(shape.len());
    for (to, &length) in shape.iter_mut().zip(&items.shape) {
        *to = length as isize;
    }
    let parts = [
        shown(attached, Lossy(items.format.text().to_bytes()))?,
        size(attached, items.offset)?,
        tuple(attached, &shape[..ndim])?,
    ];
    // SAFETY: attached; a tuple that takes over references.
    unsafe {
        let told = made(attached, (api.PyTuple_New)(parts.len() as isize))?;
        for (k, part) in parts.into_iter().enumerate() {
            (api.PyTuple_SetItem)(told.as_ptr(), k as isize, part.into_ptr());
        }
        Ok(told)
    }
}
