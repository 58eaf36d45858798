//! The short way of casts: of a row of numbers to another one, or to a block in C order.
//!
//! Like the other short ways (`quick`) it is gone to its end, or given up with nothing done: what
//! is wrong with a cast `cast` says.

use std::ptr;

use super::super::api::Api;
use super::super::attached::Attached;
use super::super::kind::{exact_index, is_exactly};
use super::super::raise::clear;
use super::code::Code;
use super::fresh::New;
use super::instance::This;
use crate::abi::PyObject;
use crate::exporter::Row;
use crate::layout::QUICK_DIMS;

/// A cast to a format, and to a shape or, where that is NULL, one dimension; NULL where another way
/// has to be gone.
///
/// # Safety
/// CPython has called us.
#[inline(always)]
pub(super) unsafe fn cast(
    this: &This<'_>,
    format: *mut PyObject,
    shape: *mut PyObject,
) -> *mut PyObject {
    let attached = this.attached;
    let (quick, lent) = (&this.fields.quick, &this.fields.lent);
    let (length, layout) = (quick.length(), lent.layout());
    let is_row = quick.stride() == layout.itemsize() as isize || length == 1;
    if length < 0 || !is_row {
        return ptr::null_mut();
    }
    // SAFETY: as the caller promises.
    let Some(letter) = (unsafe { letter_of(attached, format) }) else {
        return ptr::null_mut();
    };
    let code = Code::of_letter(letter, attached.api.minor);
    if !code.is_native() || !(code.is_byte() || this.fields.code.is_byte()) {
        return ptr::null_mut();
    }
    let Some(count) = code.items_in(length.unsigned_abs() * layout.itemsize()) else {
        return ptr::null_mut();
    };
    let mut lengths = [0; QUICK_DIMS];
    let lengths = match shape.is_null() {
        true => &lengths[..0],
        // SAFETY: as the caller promises.
        false => match unsafe { lengths_of(attached, shape, count, &mut lengths) } {
            Some(dims) => &lengths[..dims],
            None => return ptr::null_mut(),
        },
    };
    let Some(share) = this.quick_share() else {
        return ptr::null_mut();
    };
    let Some(mut new) = New::kept(attached, this.fields.of) else {
        return ptr::null_mut();
    };
    let row = Row {
        base: lent.base(),
        offset: layout.offset(),
        length: count as isize,
        stride: code.size() as isize,
        readonly: lent.is_readonly().into(),
    };
    if !new.show_items(row, letter, code) {
        return ptr::null_mut();
    }
    if lengths.len() > 1 {
        new.fold(lengths);
    }
    new.into_letters_of(share).into_ptr()
}

/// The letter of a format that is no more than that.
///
/// # Safety
/// CPython has called us.
#[inline(always)]
unsafe fn letter_of(attached: Attached, format: *mut PyObject) -> Option<u8> {
    let api = attached.api;
    if !is_exactly(attached, format, api.PyUnicode_Type) {
        return None;
    }
    let mut size = 0;
    // SAFETY: attached; a str, which keeps its text, of so many bytes.
    unsafe {
        let text = (api.PyUnicode_AsUTF8AndSize)(format, &mut size);
        if text.is_null() {
            clear(attached);
            return None;
        }
        (size == 1).then(|| text.read() as u8)
    }
}

/// The lengths of a shape of so many items, and how many they are. With a lock nobody can change
/// the list meanwhile, since ints of the very type run nobody's code.
///
/// # Safety
/// CPython has called us.
#[inline(always)]
unsafe fn lengths_of(
    attached: Attached,
    shape: *mut PyObject,
    count: usize,
    to: &mut [isize; QUICK_DIMS],
) -> Option<usize> {
    let api: &Api = attached.api;
    let is_list = is_exactly(attached, shape, api.PyList_Type);
    if !api.has_lock() || !(is_list || is_exactly(attached, shape, api.PyTuple_Type)) {
        return None;
    }
    let (size, item) = match is_list {
        true => (api.PyList_Size, api.PyList_GetItem),
        false => (api.PyTuple_Size, api.PyTuple_GetItem),
    };
    // SAFETY: attached; a list or a tuple.
    let dims = unsafe { size(shape) }.unsigned_abs();
    if dims == 0 || dims > QUICK_DIMS {
        return None;
    }
    let mut product = 1_usize;
    for (k, length) in to[..dims].iter_mut().enumerate() {
        // SAFETY: attached; a list or a tuple of so many, which keeps the item.
        *length = exact_index(attached, unsafe { item(shape, k as isize) })?;
        let positive = usize::try_from(*length).ok().filter(|&it| it != 0)?;
        product = product.checked_mul(positive)?;
    }
    (product == count).then_some(dims)
}
