//! A filled `Py_buffer` against what was promised: field by field, and as a consumer reads
//! it who knows nothing but the answer.

use std::ffi::{CStr, c_char, c_int};
use std::slice;

use pybuf::Order;
use pybuf::abi::*;
use pybuf::request::Answer;

use super::capi::pybuf_is_contiguous;
use super::geometry::{Geometry, narrow, wide};

/// What is lent.
pub struct Lent<'a> {
    /// Where offset 0 of the geometry lies.
    pub base: *mut u8,
    pub geometry: &'a Geometry,
    pub format: &'a CStr,
    pub readonly: bool,
}

impl Lent<'_> {
    /// `buffer` is the answer to `flags`, and still exported.
    pub fn assert_answered(&self, buffer: &Py_buffer, flags: c_int, answer: Answer) {
        self.assert_fields(buffer, answer);
        self.assert_arrays(buffer, answer);
        if self.geometry.is_few() && !self.geometry.is_indirect() {
            self.assert_read_as_lent(buffer, flags);
        }
        assert_contiguity(buffer, flags);
    }

    fn assert_fields(&self, buffer: &Py_buffer, answer: Answer) {
        let geometry = self.geometry;
        let first = self.base.wrapping_offset(geometry.offset as isize);
        assert_eq!(buffer.buf.cast(), first);
        assert!(buffer.obj.is_null() && !buffer.internal.is_null());
        assert_eq!(buffer.len as i128, geometry.len() * geometry.itemsize);
        assert_eq!(buffer.itemsize as i128, geometry.itemsize);
        assert_eq!(buffer.readonly, c_int::from(self.readonly));
        let ndim = if answer.one_dimension {
            1
        } else {
            geometry.ndim()
        };
        assert_eq!(buffer.ndim, ndim as c_int);
        assert_eq!(!buffer.format.is_null(), answer.format);
        if answer.format {
            // SAFETY: the exporter's format, which lives as long as the export.
            assert_eq!(unsafe { CStr::from_ptr(buffer.format) }, self.format);
        }
    }

    fn assert_arrays(&self, buffer: &Py_buffer, answer: Answer) {
        let geometry = self.geometry;
        let array = |pointer: *mut isize| {
            // SAFETY: as many numbers as dimensions, while the export lasts.
            (!pointer.is_null()).then(|| unsafe { slice::from_raw_parts(pointer, geometry.ndim()) })
        };
        let expected = |given: bool, numbers: &[i128]| given.then(|| narrow(numbers));
        let suboffsets = geometry.suboffsets.as_deref().unwrap_or_default();
        let same = |pointer, expected: Option<Vec<isize>>| {
            assert_eq!(array(pointer), expected.as_deref());
        };
        same(buffer.shape, expected(answer.shape, &geometry.shape));
        same(buffer.strides, expected(answer.strides, &geometry.strides));
        same(buffer.suboffsets, expected(answer.suboffsets, suboffsets));
    }

    /// The consumer reaches the same bytes in the same order.
    fn assert_read_as_lent(&self, buffer: &Py_buffer, flags: c_int) {
        let bytes_of = |address: i128, itemsize: i128| address..address + itemsize;
        let address = |base: i128, item: &i128| base + item;
        let lent: Vec<i128> = (self.geometry.items().iter())
            .map(|item| address(self.base.addr() as i128, item))
            .flat_map(|item| bytes_of(item, self.geometry.itemsize))
            .collect();
        let seen = as_read(buffer, flags);
        let read: Vec<i128> = (seen.items().iter())
            .map(|item| address(buffer.buf.addr() as i128, item))
            .flat_map(|item| bytes_of(item, seen.itemsize))
            .collect();
        assert_eq!(lent, read, "{:?} read through {buffer:?}", self.geometry);
    }
}

/// The geometry that a consumer of the protocol takes a direct answer for.
fn as_read(buffer: &Py_buffer, flags: c_int) -> Geometry {
    if flags & PyBUF_ND != PyBUF_ND {
        return Geometry::contiguous(1, &[buffer.len as i128], Order::C);
    }
    let array = |pointer: *mut isize| match buffer.ndim {
        0 => Vec::new(),
        // SAFETY: as many numbers as dimensions, while the export lasts.
        ndim => wide(unsafe { slice::from_raw_parts(pointer, ndim as usize) }),
    };
    let shape = array(buffer.shape);
    let contiguous = Geometry::contiguous(buffer.itemsize as i128, &shape, Order::C);
    match buffer.strides.is_null() {
        true => contiguous,
        false => Geometry {
            strides: array(buffer.strides),
            ..contiguous
        },
    }
}

/// What was demanded is what CPython's function would say of the answer.
fn assert_contiguity(buffer: &Py_buffer, flags: c_int) {
    let demands = [
        (PyBUF_C_CONTIGUOUS, b'C'),
        (PyBUF_F_CONTIGUOUS, b'F'),
        (PyBUF_ANY_CONTIGUOUS, b'A'),
    ];
    for (demand, letter) in demands {
        // SAFETY: a filled buffer.
        let holds = unsafe { pybuf_is_contiguous(buffer, letter as c_char) };
        assert!(flags & demand != demand || holds == 1, "{buffer:?}");
    }
}
