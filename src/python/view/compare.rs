//! `==` and the hash.

use std::ffi::c_int;
use std::ptr;

use super::super::attached::Attached;
use super::super::guard::guard;
use super::super::kind::type_of;
use super::super::objects::{PY_EQ, PY_NE};
use super::super::raise::{clear, exception};
use super::super::reference::Ref;
use super::super::state::State;
use super::code::Code;
use super::instance::This;
use super::long::perhaps_long;
use super::make::from_object;
use super::text::to_bytes;
use crate::abi::PyObject;
use crate::error::{Error, Kind, Result};
use crate::exporter::Lent;
use crate::format::{Dialect, Format};
use crate::layout::Order;
use crate::sync::atomic::Ordering;
use crate::view::equal;

/// The slot `tp_richcompare`. An order is not defined.
pub(super) unsafe extern "C" fn compare(
    object: *mut PyObject,
    other: *mut PyObject,
    operation: c_int,
) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance.
        let this = unsafe { This::of(object) };
        let api = this.attached.api;
        let equal = match operation {
            PY_EQ | PY_NE => this.equals(other)?,
            _ => None,
        };
        let Some(equal) = equal else {
            return Ok(Ref::to(this.attached, api._Py_NotImplementedStruct).into_ptr());
        };
        // SAFETY: attached.
        let answer = unsafe { (api.PyBool_FromLong)((equal == (operation == PY_EQ)).into()) };
        match answer.is_null() {
            true => Err(exception(this.attached)),
            false => Ok(answer),
        }
    })
}

impl This<'_> {
    /// `None` where the other has no buffer to compare with.
    fn equals(&self, other: *mut PyObject) -> Result<Option<bool>> {
        let attached = self.attached;
        let is_same = self.object == other;
        if self.is_released() {
            return Ok(Some(is_same));
        }
        let its = type_of(attached, other);
        let is_view = its == self.fields.of.object || State::current(&attached)?.is_view_type(its);
        if is_view {
            // SAFETY: an instance, which the caller keeps.
            let other = unsafe { This::of(other) };
            let (Ok(_shown), Ok(_other)) = (self.pin(), other.pin()) else {
                return Ok(Some(is_same));
            };
            return self.equals_shown(other).map(Some);
        }
        // The other's buffer as a view; one that cannot be had makes the two incomparable.
        let Ok(other) = from_object(attached, self.fields.of, other) else {
            return match is_memory_error(attached) {
                true => Err(exception(attached)),
                false => {
                    clear(attached);
                    Ok(None)
                }
            };
        };
        // SAFETY: an instance, which `other` keeps.
        let other = unsafe { This::of(other.as_ptr()) };
        // Its buffer was asked for, which may have run anything.
        let _shown = self.pin()?;
        self.equals_shown(other).map(Some)
    }

    /// Both are pinned, or nobody else's.
    fn equals_shown(&self, view: This<'_>) -> Result<bool> {
        let (shown, other) = (&self.fields.lent, &view.fields.lent);
        let minor = self.attached.api.minor;
        let is_native = |lent: &Lent| Code::of(lent.format(), minor).is_native();
        let are_equal = |one: &Lent, two: &Lent| {
            let nbytes = one.layout().nbytes();
            // SAFETY: both stay.
            perhaps_long(self, Some(view), nbytes, || unsafe { equal(one, two) })
        };
        if self.is_extended() || is_native(shown) && is_native(other) {
            return Ok(are_equal(shown, other)?.unwrap_or(false));
        }
        match (as_struct(self, shown)?, as_struct(self, other)?) {
            (Some(one), Some(two)) => Ok(are_equal(&one, &two)?.unwrap_or(false)),
            _ => Ok(false),
        }
    }
}

fn is_memory_error(attached: Attached) -> bool {
    let api = attached.api;
    let no_memory = api.exception(|api| api.PyExc_MemoryError);
    // SAFETY: attached; a class.
    unsafe { (api.PyErr_ExceptionMatches)(no_memory) != 0 }
}

/// The slot `tp_hash`: that of the bytes, of memory that is read-only.
pub(super) unsafe extern "C" fn hash(object: *mut PyObject) -> isize {
    // SAFETY: CPython calls this with an instance.
    let this = unsafe { This::of(object) };
    let known = this.fields.hash.load(Ordering::Relaxed);
    if known != -1 {
        return known;
    }
    guard(-1, || {
        let hash = hash_of(&this)?;
        this.fields.hash.store(hash, Ordering::Relaxed);
        Ok(hash)
    })
}

fn hash_of(this: &This<'_>) -> Result<isize> {
    let attached = this.attached;
    let api = attached.api;
    this.check()?;
    if !this.fields.lent.is_readonly() {
        let text = "cannot hash writable memoryview object";
        return Err(Error::fixed(Kind::Value, text));
    }
    if !this.fields.code.is_byte() {
        let text = "memoryview: hashing is restricted to formats 'B', 'b' or 'c'";
        return Err(Error::fixed(Kind::Value, text));
    }
    // The exporter's hash may run any code: the view stays meanwhile.
    let _held = this.hold()?;
    let exporter = this.root().source.object();
    // SAFETY: attached; an object, which the buffer keeps.
    if !exporter.is_null() && unsafe { (api.PyObject_Hash)(exporter) } == -1 {
        return Err(exception(attached));
    }
    let bytes = to_bytes(this, Order::C)?;
    // SAFETY: attached; an object.
    match unsafe { (api.PyObject_Hash)(bytes.as_ptr()) } {
        -1 => Err(exception(attached)),
        hash => Ok(hash),
    }
}

/// What a memoryview shows, as `struct` reads it: by that CPython compares items of formats that are
/// not native. `None` where `struct` knows no such format, which makes them unequal.
fn as_struct(this: &This<'_>, lent: &Lent) -> Result<Option<Lent>> {
    let minor = this.attached.api.minor;
    let text = lent.format().text();
    let has = |letters: &[u8]| {
        text.to_bytes()
            .iter()
            .any(|letter| letters.contains(letter))
    };
    if minor < 14 && has(b"FD") || minor < 15 && has(b"Z") {
        return Ok(None);
    }
    let size = lent.layout().itemsize();
    let format = match Format::parse(text, Dialect::Struct) {
        Ok(format) if format.itemsize() == size => format,
        Ok(format) if format.itemsize() < size => lent.format().try_clone()?,
        Err(error) if error.kind() == Kind::Memory => return Err(error),
        _ => return Ok(None),
    };
    let layout = lent.layout().try_clone()?;
    Ok(Some(Lent::new(lent.base(), layout, format, true)))
}
