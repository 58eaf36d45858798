//! `a == b` and `a != b`, by value: with arrays, and with any buffer of one dimension whose
//! items are numbers or characters.

use std::ffi::c_int;
use std::ptr;

use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::objects::{PY_EQ, PY_NE};
use super::super::raise::{clear, exception};
use super::super::reference::Ref;
use super::access::{Array, Packed, Steady};
use super::gather::view_of;
use crate::abi::PyObject;
use crate::error::{Kind, Result};
use crate::format::{Scalar, ScalarKind};
use crate::layout::{Contiguity, Order};
use crate::view::View;

/// The slot `tp_richcompare`. An order is not defined.
pub(super) unsafe extern "C" fn compare(
    object: *mut PyObject,
    other: *mut PyObject,
    operation: c_int,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance.
        let array = unsafe { Array::of(object) };
        let api = array.attached.api;
        let equal = match operation {
            PY_EQ | PY_NE => array.equals(other)?,
            _ => None,
        };
        let Some(equal) = equal else {
            return Ok(Ref::to(array.attached, api._Py_NotImplementedStruct).into_ptr());
        };
        // SAFETY: attached.
        let answer = unsafe { (api.PyBool_FromLong)((equal == (operation == PY_EQ)).into()) };
        match answer.is_null() {
            true => Err(exception(array.attached)),
            false => Ok(answer),
        }
    })
}

impl Array {
    /// `None` where the other has no such items.
    fn equals(&self, other: *mut PyObject) -> Result<Option<bool>> {
        let Some(view) = comparable(self.attached, other)? else {
            return Ok(None);
        };
        let Some(scalar) = view.format().scalar() else {
            return Ok(None);
        };
        if view.layout().ndim() != 1 || scalar.kind == ScalarKind::Object {
            return Ok(None);
        }
        // From here on nothing runs that is not ours.
        let items = self.steady()?;
        if items.count != view.layout().len() {
            return Ok(Some(false));
        }
        if let Some(answer) = self.same_bytes(&items, &view, scalar) {
            return Ok(Some(answer));
        }
        for position in 0..items.count {
            let ours = items.item(position, self.scalar.size);
            let ours = self.scalar.unpack(ours.as_slice());
            let mut theirs = Packed::new(scalar.size);
            view.read_item(&[position as isize], theirs.as_mut_slice())?;
            if !ours.equals(scalar.unpack(theirs.as_slice())) {
                return Ok(Some(false));
            }
        }
        Ok(Some(true))
    }

    /// Items that are equal just where their bytes are, and lie close together.
    fn same_bytes(&self, items: &Steady, view: &View, scalar: Scalar) -> Option<bool> {
        let exact = matches!(
            scalar.kind,
            ScalarKind::Signed | ScalarKind::Unsigned | ScalarKind::Unicode
        );
        let close = view.layout().is_contiguous(Contiguity::In(Order::C));
        if scalar != self.scalar || !exact || !close {
            return None;
        }
        let size = items.count * scalar.size;
        // SAFETY: both have so many bytes.
        Some(unsafe { are_same(items.base, view.data(), size) })
    }
}

/// The other's buffer. As for `memoryview`, one that cannot be had is no error, but makes the
/// two unequal.
fn comparable(attached: Attached, other: *mut PyObject) -> Result<Option<View>> {
    let error = match view_of(attached, other) {
        Ok(view) => return Ok(view),
        Err(error) => error,
    };
    let api = attached.api;
    let no_memory = api.exception(|api| api.PyExc_MemoryError);
    // SAFETY: attached; a class.
    let no_memory = error.kind() == Kind::Memory
        || error.kind() == Kind::Python && unsafe { (api.PyErr_ExceptionMatches)(no_memory) } != 0;
    if no_memory {
        return Err(error);
    }
    clear(attached);
    Ok(None)
}

/// Whether two runs of bytes are the same; others may write them meanwhile, so they are no
/// slices.
///
/// # Safety
/// Both are readable.
unsafe fn are_same(one: *const u8, two: *const u8, size: usize) -> bool {
    const STEP: usize = size_of::<u64>();
    // SAFETY: within the bytes.
    unsafe {
        let words = (0..size / STEP).all(|k| {
            let at = k * STEP;
            let (one, two) = (one.add(at).cast::<u64>(), two.add(at).cast::<u64>());
            one.read_unaligned() == two.read_unaligned()
        });
        words && (size / STEP * STEP..size).all(|at| one.add(at).read() == two.add(at).read())
    }
}
