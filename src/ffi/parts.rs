//! Views as parts of a larger one: cut apart for as many threads, put together again, and asked
//! whether they share memory.

use std::ffi::c_int;
use std::ptr;

use super::arguments::{checked_size, dimension};
use super::handle::{self, give_view, pybuf_view};
use super::run;
use crate::error::fail;
use crate::layout::Overlap;
use crate::view::View;

/// Answer of pybuf_view_overlap: no byte is in both.
pub const PYBUF_OVERLAP_NO: i32 = 0;
/// Answer of pybuf_view_overlap: a byte is in both.
pub const PYBUF_OVERLAP_YES: i32 = 1;
/// Answer of pybuf_view_overlap: it would take too long to find out.
pub const PYBUF_OVERLAP_UNKNOWN: i32 = 2;

/// Cuts dimension dim (from 0) into count parts that follow one another: their lengths differ by
/// one at most, the longer ones come first; where there are more parts than items the last ones
/// are empty. They share the export. Writes count new views to parts, each with one reference.
/// Returns 0, or -1 with nothing written: PYBUF_ERR_VALUE where count is less than 1,
/// PYBUF_ERR_INDEX where there is no such dimension, PYBUF_ERR_NOT_IMPLEMENTED where suboffsets
/// cannot say it, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_split(
    view: *mut pybuf_view,
    dim: i32,
    parts: *mut *mut pybuf_view,
    count: isize,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let view = unsafe { handle::view(view) }?;
        let count = checked_size(count, "count")?;
        if parts.is_null() {
            return fail!(Value, "parts is NULL: {count} views are written there");
        }
        for (k, part) in view.split(dimension(dim)?, count)?.into_iter().enumerate() {
            // SAFETY: there is room for so many.
            unsafe { parts.add(k).write(give_view(part)) };
        }
        Ok(0)
    })
}

/// One view of all items of count views, one behind another along dimension dim (from 0); nothing
/// is copied. Each has to begin where the one before would go on (single items along dim, at equal
/// distances, do), and all else is the same in all, the meaning of the format too. It is read-only
/// where one of them is. The views may be of several exports, if no memory of somebody else lies
/// between them; the new one keeps them all. Returns it with one reference.
///
/// NULL on failure: PYBUF_ERR_BUFFER where they do not follow one another, so that it needs a copy;
/// PYBUF_ERR_VALUE where there are none, or shapes or formats differ; PYBUF_ERR_INDEX where there is
/// no such dimension; PYBUF_ERR_OVERFLOW, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_merge(
    views: *const *mut pybuf_view,
    count: isize,
    dim: i32,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or so many handles, which the caller keeps meanwhile.
        let views = unsafe { handle::views(views, count, "views") }?;
        View::merge(&views, dimension(dim)?).map(give_view)
    })
}

/// Whether an item of one view and one of the other have a byte in common: PYBUF_OVERLAP_NO,
/// PYBUF_OVERLAP_YES, PYBUF_OVERLAP_UNKNOWN; -1 on failure. The columns of a table lie within each
/// other and share nothing. Pointers are followed. It is found out in bounded time; for one
/// dimension against one, and for what is contiguous, always.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_overlap(one: *mut pybuf_view, other: *mut pybuf_view) -> c_int {
    run(-1, || {
        // SAFETY: NULL or handles, which the caller keeps meanwhile.
        let (one, other) = unsafe { (handle::view(one)?, handle::view(other)?) };
        Ok(match one.overlap(&other) {
            Overlap::No => PYBUF_OVERLAP_NO,
            Overlap::Yes => PYBUF_OVERLAP_YES,
            Overlap::Unknown => PYBUF_OVERLAP_UNKNOWN,
        })
    })
}
