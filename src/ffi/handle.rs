//! The handles that C holds, and how they become references of the core.

use std::ffi::c_void;
use std::mem::ManuallyDrop;

use super::arguments::array;
use crate::alloc::try_collect;
use crate::error::Result;
use crate::exporter::Exporter;
use crate::exporter::handle::{self, Sort};
use crate::view::View;

/// A handle on memory that can be lent. Counted: whoever makes one has a reference
/// and gives it up with pybuf_exporter_unref. All functions on it may be called from
/// any thread at any time.
pub struct pybuf_exporter {
    _opaque: [u8; 0],
}

/// A handle on a view: a buffer that has been taken, and a layout and a format to read
/// it by. Counted: whoever makes one has a reference and gives it up with
/// pybuf_view_unref. Views made from views share the export, which is released with the
/// last of them. A view never changes, and may be used from any thread; access to the
/// items is as unsynchronised as to any memory.
pub struct pybuf_view {
    _opaque: [u8; 0],
}

/// A handle on a format that has been read: what lies where in an item. Counted: whoever makes
/// one has a reference and gives it up with pybuf_format_unref. A format never changes, and may
/// be used from any thread. Those of a single code ("d", "<i") are static: to make one costs
/// next to nothing.
pub struct pybuf_format {
    _opaque: [u8; 0],
}

/// A handle on a copy that has been planned. Counted: whoever makes one has a reference and gives
/// it up with pybuf_copy_plan_unref. A plan never changes, and may be executed by any number of
/// threads at once.
pub struct pybuf_copy_plan {
    _opaque: [u8; 0],
}

/// Borrows an exporter from its handle.
///
/// # Safety
/// As for [`handle::check`], and the caller's reference lasts as long as the borrow.
pub(crate) unsafe fn exporter(handle: *mut pybuf_exporter) -> Result<ManuallyDrop<Exporter>> {
    // SAFETY: as the caller promises.
    unsafe { take_exporter(handle) }.map(ManuallyDrop::new)
}

/// Takes over the reference of an exporter's handle.
///
/// # Safety
/// As for [`handle::check`], and the reference is the caller's to give.
pub(crate) unsafe fn take_exporter(handle: *mut pybuf_exporter) -> Result<Exporter> {
    let handle = handle.cast::<c_void>();
    // SAFETY: as the caller promises; `from_raw` comes after the check.
    unsafe {
        handle::check(handle, Sort::Exporter)?;
        Ok(Exporter::from_raw(handle))
    }
}

/// Borrows a view from its handle.
///
/// # Safety
/// As for [`exporter`].
pub(crate) unsafe fn view(handle: *mut pybuf_view) -> Result<ManuallyDrop<View>> {
    // SAFETY: as the caller promises.
    unsafe { take_view(handle) }.map(ManuallyDrop::new)
}

/// Takes over the reference of a view's handle.
///
/// # Safety
/// As for [`take_exporter`].
pub(crate) unsafe fn take_view(handle: *mut pybuf_view) -> Result<View> {
    let handle = handle.cast::<c_void>();
    // SAFETY: as the caller promises; `from_raw` comes after the check.
    unsafe {
        handle::check(handle, Sort::View)?;
        Ok(View::from_raw(handle))
    }
}

/// References of their own on several views; `what` names the array in the error.
///
/// # Safety
/// NULL or `count` handles, for each of which holds what [`view`] demands.
pub(super) unsafe fn views(
    handles: *const *mut pybuf_view,
    count: isize,
    what: &str,
) -> Result<Vec<View>> {
    // SAFETY: so many handles.
    let handles = unsafe { array(handles, count, what) }?;
    try_collect(handles.len(), |k| {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let borrowed = unsafe { view(handles[k]) }?;
        Ok(View::clone(&borrowed))
    })
}

/// The handle that C gets for a new reference.
pub(crate) fn give_exporter(exporter: Exporter) -> *mut pybuf_exporter {
    exporter.into_raw().cast()
}

/// The handle that C gets for a new reference.
pub(crate) fn give_view(view: View) -> *mut pybuf_view {
    view.into_raw().cast()
}
