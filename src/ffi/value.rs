//! Values: what items say, without a format to be parsed.
//!
//! ```c
//! pybuf_format *format = pybuf_format_new("T{<i:id:d:mass:}", PYBUF_PEP3118);
//! pybuf_value values[3];
//! if (pybuf_format_unpack(format, item, 12, values, 3) == 0)
//!     printf("%lld %g\n", (long long)values[1].as.integer, values[2].as.real[0]);
//! ```
//!
//! An item has a value of its own and one for all that is nested in it: pybuf_format_values
//! says how many. `values[0]` is the item. Where that is a struct or a sub-array it is a
//! PYBUF_VALUE_SEQUENCE, which points at its members or elements; those are further values of
//! the same array, side by side. So values of a struct of scalars are the struct itself and
//! then its members.
//!
//! Packing follows the rules of Python's struct module, and says what does not fit in its
//! words, with PYBUF_ERR_STRUCT; a float that is too large is PYBUF_ERR_OVERFLOW. Integers of
//! all sorts are taken as floats and complex numbers, floats not as integers. Bytes and texts
//! are cut or filled up with zeros. References to Python objects are read as addresses and not
//! written: PYBUF_ERR_NOT_IMPLEMENTED, which is also what a format says that nobody understands.

use std::ffi::{c_int, c_void};

use super::arguments::{checked_size, item_size};
use super::compiled;
use super::handle::{self, pybuf_format, pybuf_view};
use super::run;
use crate::error::{Result, fail};
use crate::format::{Format, Given, Part, Value, pack, staged};
use convert::{Memory, Output, Source, unpack_items};

mod convert;

/// Sort of value: truth, as.natural is 0 or 1.
pub const PYBUF_VALUE_BOOL: i32 = 1;
/// Sort of value: an integer, as.integer.
pub const PYBUF_VALUE_SIGNED: i32 = 2;
/// Sort of value: an integer that is not negative, or an address, as.natural.
pub const PYBUF_VALUE_UNSIGNED: i32 = 3;
/// Sort of value: a floating-point number, `as.real[0]`.
pub const PYBUF_VALUE_FLOAT: i32 = 4;
/// Sort of value: a complex number, `as.real[0]` and `as.real[1]`; the nearest doubles.
pub const PYBUF_VALUE_COMPLEX: i32 = 5;
/// Sort of value: one byte as a character, as.natural.
pub const PYBUF_VALUE_CHAR: i32 = 6;
/// Sort of value: the number of a character of Unicode, as.natural.
pub const PYBUF_VALUE_UNICODE: i32 = 7;
/// Sort of value: size bytes at as.bytes; what is unpacked points into the item.
pub const PYBUF_VALUE_BYTES: i32 = 8;
/// Sort of value: characters of Unicode of 4 bytes each, size bytes at as.bytes, in order; NULs
/// at the end are no part of it. What is unpacked points into the item.
pub const PYBUF_VALUE_TEXT: i32 = 9;
/// Sort of value: a long double that is larger than a double. as.extended.nearest is the nearest
/// double; the number itself is size bytes at as.extended.bytes, in order; what is unpacked points
/// into the item. It is packed exactly, or as the nearest double where bytes is NULL.
pub const PYBUF_VALUE_EXTENDED: i32 = 10;
/// Sort of value: the address of a Python object, as.natural.
pub const PYBUF_VALUE_OBJECT: i32 = 11;
/// Sort of value: size values at as.items, the members of a struct or the elements of a
/// sub-array; in several dimensions each element is a sequence again.
pub const PYBUF_VALUE_SEQUENCE: i32 = 12;

/// A long double: the nearest double, and the number itself.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pybuf_extended {
    /// The nearest double, ties to even.
    pub nearest: f64,
    /// As the compiler of this platform writes it down.
    pub bytes: *const c_void,
}

/// What a value is; the kind of the value says which of these.
#[repr(C)]
#[derive(Clone, Copy)]
pub union pybuf_content {
    /// PYBUF_VALUE_SIGNED.
    pub integer: i64,
    /// Truth, characters, integers that are not negative, addresses.
    pub natural: u64,
    /// PYBUF_VALUE_FLOAT, PYBUF_VALUE_COMPLEX.
    pub real: [f64; 2],
    /// PYBUF_VALUE_BYTES, PYBUF_VALUE_TEXT.
    pub bytes: *const c_void,
    /// PYBUF_VALUE_EXTENDED.
    pub extended: pybuf_extended,
    /// PYBUF_VALUE_SEQUENCE.
    pub items: *const pybuf_value,
}

/// What an item says, or a part of it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pybuf_value {
    /// `PYBUF_VALUE_*`.
    pub kind: i32,
    /// Of a text and a long double: '<' or '>'; packing takes 0 for this machine's order.
    /// Else 0.
    pub order: i32,
    /// Bytes, or values of a sequence; else 0.
    pub size: isize,
    /// What it is.
    pub r#as: pybuf_content,
}

/// How many values one item has, itself and all that is nested in it included: 1 for a scalar,
/// 1 + n for a struct of n scalars. -1 on failure: PYBUF_ERR_OVERFLOW.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_values(format: *mut pybuf_format) -> isize {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let compiled = unsafe { compiled::borrow(format) }?;
        Ok(compiled.format.known()?.values()? as isize)
    })
}

/// Unpacks an item of size bytes, the item size, into values; there is room for count of them,
/// pybuf_format_values or more. `values[0]` is the item. The values point into the item and at
/// each other, so they last as long as both stay where they are; nothing has to be freed, and
/// nothing is allocated. Returns 0, or -1; PYBUF_ERR_VALUE where a size does not fit.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_unpack(
    format: *mut pybuf_format,
    item: *const c_void,
    size: isize,
    values: *mut pybuf_value,
    count: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let compiled = unsafe { compiled::borrow(format) }?;
        compiled.format.check_bytes(item_size(item, size)?, 1)?;
        // SAFETY: the caller's, with room for so many.
        let output = unsafe { Output::new(&compiled.format, 1, values, count) }?;
        let memory = Memory {
            first: item.cast_mut().cast(),
            stride: size,
        };
        // SAFETY: an item of this size, checked above.
        unsafe { unpack_items(&output, 0, memory, 1) };
        Ok(0)
    })
}

/// Unpacks as many items as items says, which lie stride bytes apart from first on (a negative
/// stride leads down), into values; there is room for count of them. Those of item k start at
/// `values[k * pybuf_format_values(format)]`; all else as for pybuf_format_unpack. The format
/// is not walked for each item, so this is much faster than a call for each. Returns 0, or -1.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_unpack_many(
    format: *mut pybuf_format,
    first: *const c_void,
    items: isize,
    stride: isize,
    values: *mut pybuf_value,
    count: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let compiled = unsafe { compiled::borrow(format) }?;
        let items = item_count(first, items)?;
        // SAFETY: the caller's, with room for so many.
        let output = unsafe { Output::new(&compiled.format, items, values, count) }?;
        let memory = Memory {
            first: first.cast_mut().cast(),
            stride,
        };
        // SAFETY: items of the format, as the caller promises.
        unsafe { unpack_items(&output, 0, memory, items) };
        Ok(0)
    })
}

/// Packs a value, and what it points at, as an item of size bytes, the item size. What lies
/// between members becomes zero. The value may point into the item itself. Returns 0, or -1 with
/// nothing written: PYBUF_ERR_STRUCT for a value that does not fit, of another sort, or with
/// another number of members; PYBUF_ERR_OVERFLOW for a float that is too large;
/// PYBUF_ERR_VALUE for what is no value (an unknown kind, NULL, a negative size);
/// PYBUF_ERR_NOT_IMPLEMENTED for a Python object; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_pack(
    format: *mut pybuf_format,
    value: *const pybuf_value,
    item: *mut c_void,
    size: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let compiled = unsafe { compiled::borrow(format) }?;
        compiled.format.check_bytes(item_size(item, size)?, 1)?;
        // SAFETY: the caller's, and it points at others of the caller's.
        let source = unsafe { Source::new(value, 1, 0) }?;
        let memory = Memory {
            first: item.cast(),
            stride: size,
        };
        // SAFETY: an item of this size, checked above, which is the caller's to write.
        unsafe { pack_items(&compiled.format, source, 1, memory) }
    })
}

/// Packs as many items as items says, which lie stride bytes apart from first on. The value of
/// item k is `values[k * step]`: step 1 for a value each, pybuf_format_values for what
/// pybuf_format_unpack_many has filled. All else as for pybuf_format_pack: where one item does
/// not fit, none is written. Returns 0, or -1.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_format_pack_many(
    format: *mut pybuf_format,
    values: *const pybuf_value,
    items: isize,
    step: isize,
    first: *mut c_void,
    stride: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let compiled = unsafe { compiled::borrow(format) }?;
        let items = item_count(first, items)?;
        // SAFETY: the caller's, and they point at others of the caller's.
        let source = unsafe { Source::new(values, items, step) }?;
        let memory = Memory {
            first: first.cast(),
            stride,
        };
        // SAFETY: items of the format, as the caller promises.
        unsafe { pack_items(&compiled.format, source, items, memory) }
    })
}

/// Unpacks all items of a view in C order, suboffsets followed, into values; there is room for
/// count of them. Those of item k start at `values[k * n]`, where n is what pybuf_format_values
/// says of the view's format. They point into the view's memory, and last as long as it stays as
/// it is. Returns 0, or -1; PYBUF_ERR_VALUE where there is no room, PYBUF_ERR_NOT_IMPLEMENTED
/// where nobody understands the format, PYBUF_ERR_BUFFER where a pointer on the way to an item is
/// NULL, PYBUF_ERR_MEMORY (a view's format is read when it is first asked for).
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_unpack(
    view: *mut pybuf_view,
    values: *mut pybuf_value,
    count: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        let items = view.layout().len();
        // SAFETY: the caller's, with room for so many.
        let output = unsafe { Output::new(view.format(), items, values, count) }?;
        view.each_block(|mut start, mut items| {
            while !items.is_empty() {
                let (memory, count) = Memory::run(items);
                // SAFETY: items of the view, which keeps their memory.
                unsafe { unpack_items(&output, start, memory, count) };
                start += count;
                items = &items[count..];
            }
        })?;
        Ok(0)
    })
}

/// Packs all items of a view in C order, suboffsets followed. items is their number; the value of
/// item k is `values[k * step]`, as for pybuf_format_pack_many. Returns 0, or -1 with nothing
/// written: the errors of pybuf_format_pack; PYBUF_ERR_TYPE where the view is read-only,
/// PYBUF_ERR_BUFFER where a pointer on the way to an item is NULL.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_pack(
    view: *mut pybuf_view,
    values: *const pybuf_value,
    items: isize,
    step: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        let items = checked_size(items, "items")?;
        // SAFETY: the caller's, and they point at others of the caller's.
        let source = unsafe { Source::new(values, items, step) }?;
        // SAFETY: the items are the caller's to write.
        unsafe { view.pack(items, |index| source.value(index)) }?;
        Ok(0)
    })
}

/// A value that is no sequence.
///
/// # Safety
/// NULL or valid, and what it points at is readable, as long as the answer is used.
pub(super) unsafe fn single_value<'a>(value: *const pybuf_value) -> Result<Value<'a>> {
    // SAFETY: as the caller promises.
    match unsafe { Source::new(value, 1, 0) }?.value(0).part()? {
        Part::Value(value) => Ok(value),
        Part::Sequence(len) => fail!(
            Value,
            "a sequence of {len} values was given, where a single value is needed"
        ),
    }
}

/// How many items there are from an address on.
fn item_count(first: *const c_void, items: isize) -> Result<usize> {
    let items = checked_size(items, "items")?;
    if first.is_null() && items > 0 {
        return fail!(Value, "first is NULL, but there are {items} items");
    }
    Ok(items)
}

/// Packs items and puts them where they belong, all or none.
///
/// # Safety
/// The items are writable, and nobody else uses them meanwhile; the values may point into them.
unsafe fn pack_items(
    format: &Format,
    source: Source,
    items: usize,
    memory: Memory,
) -> Result<c_int> {
    let (root, itemsize) = (format.known()?, format.itemsize());
    let Some(size) = itemsize.checked_mul(items) else {
        return fail!(Overflow, "{items} items of {itemsize} bytes: too many");
    };
    staged(size, |stage| {
        pack(&root, items, |index| source.value(index), stage)?;
        if memory.stride == itemsize as isize {
            // SAFETY: items side by side, as the caller promises; the stage is ours.
            unsafe { memory.first.copy_from_nonoverlapping(stage.as_ptr(), size) };
            return Ok(0);
        }
        for (index, from) in stage.chunks_exact(itemsize.max(1)).enumerate() {
            // SAFETY: an item, as the caller promises; the stage is ours.
            unsafe {
                memory
                    .item(index)
                    .copy_from_nonoverlapping(from.as_ptr(), itemsize)
            };
        }
        Ok(0)
    })
}
