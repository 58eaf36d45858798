//! Items of a `pybuf_view` selected in several dimensions at once, as NumPy's basic indexing
//! has it.
//!
//! ```c
//! // a[1, ..., 2:]
//! pybuf_index indices[] = {
//!     {.kind = PYBUF_INDEX_AT, .start = 1},
//!     {.kind = PYBUF_INDEX_ELLIPSIS},
//!     {.kind = PYBUF_INDEX_SLICE, .start = 2, .stop = PYBUF_OPEN},
//! };
//! pybuf_view *selected = pybuf_view_select(view, indices, 3);
//! ```

use std::ptr;

use super::arguments::{array, check_reserved};
use super::handle::{self, give_view, pybuf_view};
use super::items::slice_of;
use super::run;
use crate::alloc::try_collect;
use crate::error::{Result, fail};
use crate::layout::{Select, Slice};

/// Kind of index: the whole dimension.
pub const PYBUF_INDEX_WHOLE: i32 = 0;
/// Kind of index: the item at start; negative: from the end. The dimension goes.
pub const PYBUF_INDEX_AT: i32 = 1;
/// Kind of index: a slice from start to before stop, every step-th item.
pub const PYBUF_INDEX_SLICE: i32 = 2;
/// Kind of index: as many whole dimensions as nothing else stands for. There may be one.
pub const PYBUF_INDEX_ELLIPSIS: i32 = 3;
/// Kind of index: a new dimension of one item. It stands for none of the view's.
pub const PYBUF_INDEX_NEW_AXIS: i32 = 4;

/// What is selected in one dimension. Set it to zero and fill in what matters.
#[repr(C)]
#[derive(Debug)]
pub struct pybuf_index {
    /// `PYBUF_INDEX_*`; 0 is the whole dimension.
    pub kind: i32,
    /// Where a slice begins (PYBUF_OPEN: left out), or the index of an item.
    pub start: isize,
    /// Where a slice ends; PYBUF_OPEN: left out.
    pub stop: isize,
    /// From one item of a slice to the next, up or down; 0: 1.
    pub step: isize,
    /// Zero; a later version may give these a meaning.
    pub reserved: [usize; 8],
}

impl pybuf_index {
    fn read(&self) -> Result<Select> {
        check_reserved(&self.reserved)?;
        Ok(match self.kind {
            PYBUF_INDEX_WHOLE => Select::Slice(Slice::ALL),
            PYBUF_INDEX_AT => Select::Index(self.start),
            PYBUF_INDEX_SLICE => {
                let step = if self.step == 0 { 1 } else { self.step };
                Select::Slice(slice_of(self.start, self.stop, step))
            }
            PYBUF_INDEX_ELLIPSIS => Select::Ellipsis,
            PYBUF_INDEX_NEW_AXIS => Select::NewAxis,
            kind => {
                return fail!(
                    Value,
                    "kind {kind} of index is unknown: it is one of PYBUF_INDEX_*"
                );
            }
        })
    }
}

/// The same memory, with the items that count indices select, one for each dimension from the
/// first on; what is left out at the end is whole. With PYBUF_INDEX_AT for each dimension the new
/// view has none: it is one item. Returns a new view with one reference.
///
/// Suboffsets are obeyed: slices behind pointers begin where they say. An index in a dimension that
/// ends in a pointer follows it (the view of one row of an image is plain memory); behind a slice
/// it becomes the pointer of that dimension.
///
/// NULL on failure: PYBUF_ERR_INDEX for an index outside its dimension, for more indices than
/// dimensions, for two ellipses; PYBUF_ERR_VALUE for another kind and for more than 64 dimensions;
/// PYBUF_ERR_NOT_IMPLEMENTED where suboffsets cannot say it; PYBUF_ERR_BUFFER where a pointer that
/// is followed is NULL; PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_view_select(
    view: *mut pybuf_view,
    indices: *const pybuf_index,
    count: isize,
) -> *mut pybuf_view {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; as many as said.
        let (view, indices) = unsafe { (handle::view(view)?, array(indices, count, "indices")?) };
        let wanted = try_collect(indices.len(), |k| indices[k].read())?;
        view.select(&wanted).map(give_view)
    })
}
