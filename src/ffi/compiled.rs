//! What a `pybuf_format` is: a format, and its fields as C reads them.
//!
//! The fields are put into structs of C when they are first asked for: who only compares
//! or unpacks has no use for them.

use std::ffi::c_char;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::OnceLock;

use super::field::{kind_number, pybuf_field};
use super::handle::pybuf_format;
use crate::alloc::{Counted, Last, try_collect, try_extend, try_vec};
use crate::error::{Error, Kind, Result};
use crate::exporter::handle::{self, Header, Sort, no_export};
use crate::format::{Field, Format};

#[repr(C)]
pub(super) struct Compiled {
    header: Header,
    pub(super) format: Format,
    shown: OnceLock<Shown>,
}

impl Last for Compiled {}

impl Compiled {
    pub(super) fn new(format: Format) -> Self {
        Self {
            header: Header::new(Sort::Format, no_export),
            format,
            shown: OnceLock::new(),
        }
    }

    /// The item as C reads it; made once.
    pub(super) fn root(&self) -> Result<*const pybuf_field> {
        if self.shown.get().is_none() {
            let root = self.format.root().ok_or(Error::fixed(
                Kind::Value,
                "nothing is known of the fields of this format",
            ))?;
            // Where another thread was quicker, its fields are as good.
            let _ = self.shown.set(Shown::of(root)?);
        }
        let shown = self.shown.get();
        Ok(shown.map_or(ptr::null(), |shown| &raw const shown.root))
    }
}

/// The fields of a format as structs of C, which point at each other, at its names and at its
/// shapes.
struct Shown {
    root: pybuf_field,
    #[allow(dead_code, reason = "the root points into it")]
    below: Vec<pybuf_field>,
    #[allow(dead_code, reason = "fields point into it")]
    texts: Vec<u8>,
}

// SAFETY: the pointers lead into what is kept here, and into the format beside it; nothing of that
// changes.
unsafe impl Send for Shown {}
// SAFETY: as above.
unsafe impl Sync for Shown {}

impl Shown {
    fn of(root: Field<'_>) -> Result<Self> {
        let fields = by_level(root)?;
        let mut texts = try_vec(fields.iter().map(length_of_texts).sum())?;
        for text in fields.iter().flat_map(texts_of).flatten() {
            try_extend(&mut texts, text)?;
            try_extend(&mut texts, &[0])?;
        }
        let mut text = texts.as_ptr().cast::<c_char>();
        let mut below: Vec<pybuf_field> = try_collect(fields.len(), |at| {
            Ok::<_, Error>(shown(&fields[at], &mut text))
        })?;
        // The fields of each follow those of the fields before it.
        let mut next = below.as_ptr().wrapping_add(1);
        for field in &mut below {
            if field.count > 0 {
                field.fields = next;
                next = next.wrapping_add(field.count as usize);
            }
        }
        let root = below[0];
        Ok(Self { root, below, texts })
    }
}

/// The field and all below it, those of each together.
fn by_level(root: Field<'_>) -> Result<Vec<Field<'_>>> {
    let mut fields = try_vec(1)?;
    try_extend(&mut fields, &[root])?;
    let mut at = 0;
    while let Some(&field) = fields.get(at) {
        for below in field.fields() {
            try_extend(&mut fields, &[below])?;
        }
        at += 1;
    }
    Ok(fields)
}

/// What of a field becomes a string of C: its name and its signature.
fn texts_of<'a>(field: &Field<'a>) -> [Option<&'a [u8]>; 2] {
    [field.name(), field.signature()]
}

fn length_of_texts(field: &Field<'_>) -> usize {
    let with_nul = |text: &[u8]| text.len() + 1;
    texts_of(field).into_iter().flatten().map(with_nul).sum()
}

/// A field without those below it. Its texts lie at `text`, which is moved on.
fn shown(field: &Field<'_>, text: &mut *const c_char) -> pybuf_field {
    let [name, signature] = texts_of(field).map(|found| match found {
        Some(found) => {
            let here = *text;
            *text = here.wrapping_add(found.len() + 1);
            here
        }
        None => ptr::null(),
    });
    let shape = field.shape();
    pybuf_field {
        name,
        kind: kind_number(field.what()),
        order: field.order().map_or(0, |order| order.mark().into()),
        // No size of a format is larger than isize::MAX.
        offset: field.offset() as isize,
        itemsize: field.itemsize() as isize,
        alignment: field.alignment() as isize,
        repeat: field.repeat() as isize,
        shape: match shape {
            [] => ptr::null(),
            lengths => lengths.as_ptr().cast(),
        },
        ndim: shape.len() as i32,
        count: field.fields().count() as i32,
        fields: ptr::null(),
        signature,
    }
}

/// The handle that C gets for a format.
pub(super) fn give(format: Format) -> Result<*mut pybuf_format> {
    let compiled = Counted::new(Compiled::new(format)).map_err(|_| Error::no_memory())?;
    Ok(compiled.into_ptr().cast())
}

/// Borrows a format from its handle.
///
/// # Safety
/// As for [`handle::check`], and the caller's reference lasts as long as the borrow.
pub(super) unsafe fn borrow(handle: *mut pybuf_format) -> Result<ManuallyDrop<Counted<Compiled>>> {
    // SAFETY: as the caller promises.
    unsafe { take(handle) }.map(ManuallyDrop::new)
}

/// The format of a handle.
///
/// # Safety
/// As for [`borrow`], for as long as the answer is used.
pub(super) unsafe fn kept<'a>(handle: *mut pybuf_format) -> Result<&'a Format> {
    // SAFETY: as the caller promises; a format stays where it is.
    unsafe {
        handle::check(handle.cast(), Sort::Format)?;
        Ok(&(*handle.cast::<Compiled>()).format)
    }
}

/// Takes over the reference of a format's handle.
///
/// # Safety
/// As for [`handle::check`], and the reference is the caller's to give.
pub(super) unsafe fn take(handle: *mut pybuf_format) -> Result<Counted<Compiled>> {
    // SAFETY: as the caller promises; the reference is taken after the check.
    unsafe {
        handle::check(handle.cast(), Sort::Format)?;
        Ok(Counted::from_ptr(handle.cast()))
    }
}
