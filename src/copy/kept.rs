//! A plan that is kept, for memory of the same two layouts anywhere.
//!
//! To plan costs more than a small copy does, and whoever moves one tile after another has the
//! same plan each time. It is of a fixed size, and changes no more once it is drawn; so it is
//! executed by any number of threads.
//!
//! Where the two sides lie is known only then. Where the one ends before the other begins, which
//! is two comparisons, the plan holds. Else it may not: then the layouts, which are kept too, are
//! copied as any others, and the outcome is as if the source had been copied away first.

use std::fmt;

use super::kernel::Level;
use super::plan::Plan;
use super::{Place, check_same_items, copy};
use crate::error::{Result, Tuple, fail};
use crate::layout::{Extent, Layout};

/// A copy of all items of one layout to the same indices of another, planned once, to be executed
/// on other memory again and again.
///
/// ```
/// use pybuf::{CopyPlan, Layout, Order};
///
/// let rows = Layout::contiguous(4, &[2, 3], Order::C)?;
/// let columns = Layout::contiguous(4, &[2, 3], Order::F)?;
/// let plan = CopyPlan::new(&columns, &rows)?;
/// let (mut to, from) = ([0u32; 6], [1u32, 2, 3, 4, 5, 6]);
/// // SAFETY: both have six items.
/// unsafe { plan.execute(to.as_mut_ptr().cast(), from.as_ptr().cast()) }?;
/// assert_eq!(to, [1, 4, 2, 5, 3, 6]);
/// # Ok::<(), pybuf::Error>(())
/// ```
pub struct CopyPlan {
    pub(super) to: Layout,
    pub(super) from: Layout,
    pub(super) plan: Plan,
    pub(super) level: Level,
    /// Whether the plan is drawn: there is something to copy, and no item of the destination may
    /// lie on top of another.
    pub(super) is_drawn: bool,
    /// The bytes of all items, from the first one on.
    to_extent: Extent,
    from_extent: Extent,
}

impl CopyPlan {
    /// For two layouts of the same shape and item size, without suboffsets. Their offsets do not
    /// matter.
    pub fn new(to: &Layout, from: &Layout) -> Result<Self> {
        let (to, from) = (
            of_first_item("destination", to)?,
            of_first_item("source", from)?,
        );
        check_same_items(&to, &from)?;
        let mut this = Self {
            plan: Plan::blank(),
            level: Level::detected(),
            is_drawn: false,
            to_extent: to.extent(),
            from_extent: from.extent(),
            to,
            from,
        };
        if this.to.nbytes() > 0 {
            this.plan.outer.read(&this.to, &this.from, 0);
            this.is_drawn = this.plan.outer.nested_span().is_some();
        }
        if this.is_drawn {
            this.plan.draw();
        }
        Ok(this)
    }

    /// Copies: the items with all indices zero lie at these addresses. The two sides may overlap.
    ///
    /// # Safety
    /// Every item of both layouts lies in live memory, those of `to` writable; nobody else
    /// writes there meanwhile, or reads what is written.
    pub unsafe fn execute(&self, to: *mut u8, from: *const u8) -> Result<()> {
        if self.is_drawn && self.are_apart(to, from) {
            // SAFETY: as the caller promises, and the two do not overlap. The level was detected.
            unsafe { self.plan.execute(self.level, to, from) };
            return Ok(());
        }
        let (base, layout) = (to, &self.to);
        let to = Place { base, layout };
        let (base, layout) = (from.cast_mut(), &self.from);
        // SAFETY: as the caller promises; of the source is only read.
        unsafe { copy(to, Place { base, layout }) }
    }

    /// Whether the bytes of the one side end before those of the other begin.
    fn are_apart(&self, to: *mut u8, from: *const u8) -> bool {
        let at = |offset| to.addr().wrapping_add_signed(offset);
        let from_at = |offset| from.addr().wrapping_add_signed(offset);
        at(self.to_extent.high) <= from_at(self.from_extent.low)
            || from_at(self.from_extent.high) <= at(self.to_extent.low)
    }

    /// Bytes of all items together.
    pub fn nbytes(&self) -> usize {
        self.to.nbytes()
    }
}

/// A layout whose first item lies where the memory begins.
fn of_first_item(side: &str, layout: &Layout) -> Result<Layout> {
    match layout.suboffsets().filter(|_| layout.is_indirect()) {
        None => Layout::strided(layout.itemsize(), layout.shape(), layout.strides(), 0),
        Some(suboffsets) => fail!(
            Buffer,
            "the {side} has suboffsets {}: a plan is for memory without pointers, \
             and an ordinary copy follows them",
            Tuple(suboffsets)
        ),
    }
}

impl fmt::Debug for CopyPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyPlan")
            .field("to", &self.to)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}
