//! The short way to a single item: `a[i]` and `a[i] = x`, where the array is at home, the
//! index an int, and the value an int or a float. It takes no more than a look at the
//! array, and it cannot fail but in CPython's own functions: whatever else there is to do or
//! to say is left to the way with care.

use std::ffi::{c_long, c_longlong};

use super::super::api::Api;
use super::super::attached::Attached;
use super::super::instance::{exporter_of, fields};
use super::super::kind::is_exactly;
use super::super::raise::clear;
use crate::abi::PyObject;
use crate::format::{Scalar, ScalarKind};

/// The items of an array at home, where they are. They stay there as long as nothing runs
/// that is not ours.
struct Items {
    base: *mut u8,
    count: usize,
    scalar: Scalar,
}

impl Items {
    /// # Safety
    /// `object` is an instance, and CPython has called us.
    #[inline]
    unsafe fn of(object: *mut PyObject) -> Option<Self> {
        // SAFETY: as the caller promises.
        let (exporter, fields) = unsafe { (exporter_of(object), &*fields(object)) };
        if !fields.at_home || !exporter.exports()?.now().is_shared() {
            return None;
        }
        // SAFETY: at home, and nothing runs meanwhile.
        let lent = unsafe { exporter.lent_held() };
        Some(Self {
            base: lent.base(),
            count: lent.layout().shape()[0] as usize,
            scalar: lent.format().scalar()?,
        })
    }

    #[inline]
    fn address(&self, index: isize) -> Option<*mut u8> {
        let position = if index < 0 {
            index.wrapping_add(self.count as isize)
        } else {
            index
        };
        // What is negative still becomes larger than any count.
        let position = position as usize;
        (position < self.count).then(|| self.base.wrapping_add(position * self.scalar.size))
    }
}

/// How many items there are.
///
/// # Safety
/// `object` is an instance, and CPython has called us.
#[inline]
pub(super) unsafe fn count(object: *mut PyObject) -> Option<usize> {
    // SAFETY: as the caller promises.
    unsafe { Items::of(object) }.map(|items| items.count)
}

/// A new object with the value of an item, or NULL with an exception.
///
/// # Safety
/// `object` is an instance, and CPython has called us.
#[inline]
pub(super) unsafe fn get(
    attached: Attached,
    object: *mut PyObject,
    index: isize,
) -> Option<*mut PyObject> {
    // SAFETY: as the caller promises.
    let items = unsafe { Items::of(object) }?;
    let address = items.address(index)?;
    // SAFETY: attached; one of the items.
    unsafe { read(attached.api, items.scalar, address) }
}

/// A new object with the value of an item, or NULL with an exception; `None` where another
/// way has to be gone.
///
/// # Safety
/// Attached; an item of this kind, in this machine's byte order, lies there.
#[inline]
pub(super) unsafe fn read(api: &Api, scalar: Scalar, address: *const u8) -> Option<*mut PyObject> {
    // SAFETY: as the caller promises.
    unsafe {
        macro_rules! signed {
            ($number:ty) => {
                (api.PyLong_FromLong)(address.cast::<$number>().read_unaligned() as c_long)
            };
        }
        macro_rules! unsigned {
            ($number:ty) => {
                (api.PyLong_FromUnsignedLongLong)(address.cast::<$number>().read_unaligned().into())
            };
        }
        Some(match (scalar.kind, scalar.size) {
            (ScalarKind::Signed, 1) => signed!(i8),
            (ScalarKind::Signed, 2) => signed!(i16),
            (ScalarKind::Signed, 4) => signed!(i32),
            (ScalarKind::Signed, 8) if size_of::<c_long>() == 8 => signed!(i64),
            // Where there is room in a long, it is the quickest to make an int of.
            (ScalarKind::Unsigned, 1) => signed!(u8),
            (ScalarKind::Unsigned, 2) => signed!(u16),
            (ScalarKind::Unsigned, 4) => unsigned!(u32),
            (ScalarKind::Unsigned, 8) => unsigned!(u64),
            (ScalarKind::Float, 4) => {
                (api.PyFloat_FromDouble)(address.cast::<f32>().read_unaligned().into())
            }
            (ScalarKind::Float, 8) => {
                (api.PyFloat_FromDouble)(address.cast::<f64>().read_unaligned())
            }
            _ => return None,
        })
    }
}

/// Writes an item; `None` where that is not to be had here.
///
/// # Safety
/// `object` is an instance, and CPython has called us.
#[inline]
pub(super) unsafe fn set(
    attached: Attached,
    object: *mut PyObject,
    index: isize,
    value: *mut PyObject,
) -> Option<()> {
    // SAFETY: as the caller promises. To convert an int or a float runs nothing.
    let items = unsafe { Items::of(object) }?;
    let address = items.address(index)?;
    let Scalar { kind, size, .. } = items.scalar;
    let api = attached.api;
    match kind {
        ScalarKind::Signed | ScalarKind::Unsigned
            if is_exactly(attached, value, api.PyLong_Type) =>
        {
            let mut overflow = 0;
            // SAFETY: attached; an int.
            let number = unsafe { (api.PyLong_AsLongLongAndOverflow)(value, &mut overflow) };
            let fits = overflow == 0 && fits(number, kind, size);
            // SAFETY: one of the items, of that size.
            fits.then(|| unsafe { write(number, address, size) })
        }
        ScalarKind::Float if size == 8 => {
            let number = float(attached, value)?;
            // SAFETY: an item of this size.
            unsafe { address.cast::<f64>().write_unaligned(number) };
            Some(())
        }
        _ => None,
    }
}

/// The value of a float or an int, and of nothing else.
#[inline]
fn float(attached: Attached, value: *mut PyObject) -> Option<f64> {
    let api = attached.api;
    let is_one = is_exactly(attached, value, api.PyFloat_Type)
        || is_exactly(attached, value, api.PyLong_Type);
    if !is_one {
        return None;
    }
    // SAFETY: attached; a number.
    let number = unsafe { (api.PyFloat_AsDouble)(value) };
    // SAFETY: attached.
    if number == -1.0 && unsafe { !(api.PyErr_Occurred)().is_null() } {
        clear(attached);
        return None;
    }
    Some(number)
}

#[inline]
fn fits(number: c_longlong, kind: ScalarKind, size: usize) -> bool {
    let unused = 64 - 8 * size as u32;
    match kind {
        ScalarKind::Signed => number << unused >> unused == number,
        _ => number >= 0 && (number as u64) << unused >> unused == number as u64,
    }
}

/// # Safety
/// There is room for so many bytes.
#[inline]
unsafe fn write(number: c_longlong, to: *mut u8, size: usize) {
    // SAFETY: as the caller promises.
    unsafe {
        match size {
            1 => to.write(number as u8),
            2 => to.cast::<u16>().write_unaligned(number as u16),
            4 => to.cast::<u32>().write_unaligned(number as u32),
            _ => to.cast::<u64>().write_unaligned(number as u64),
        }
    }
}
