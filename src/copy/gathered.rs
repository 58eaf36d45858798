//! All items of one layout, or of several of one shape at once, as rows of items that lie side by
//! side: where they do not, the kernels that copy bring some at a time together in a stage, which
//! stays in the first cache. What reads them there need not know of strides, and a place that lies
//! across is read as a transpose would read it.

use std::mem::MaybeUninit;
use std::ops::ControlFlow;

use super::kernel::Level;
use super::loops::Loop;
use super::plan::Plan;
use super::rows::{Limits, Tile, each_tile};
use super::{Place, Row, Visit, each_row};
use crate::error::Result;
use crate::layout::{Contiguity, Order};

/// Bytes of a place that are brought together at once.
const STAGE: usize = 16 << 10;

/// So many items of a row where places lie across each other: as many as a loop over items wants
/// side by side, so that there are many rows ...
const ACROSS: usize = 128;

/// ... and of bytes more: each row is a call.
const ACROSS_BYTES: usize = 256;

/// Fewer bytes are read where they lie.
const LEAST: usize = 1024;

/// Items that are longer are as fast one by one.
const LONGEST: usize = 16;

/// As [`each_row`], and items lie side by side in all places where that pays.
///
/// # Safety
/// As there.
pub(crate) unsafe fn each_gathered_row<const N: usize>(
    places: [Place<'_>; N],
    order: Visit,
    visit: impl FnMut([Row; N], usize) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let pays = places.iter().all(|place| {
        let itemsize = place.layout.itemsize();
        (1..=LONGEST).contains(&itemsize) && place.layout.nbytes() >= LEAST
    });
    let in_order = Contiguity::In(Order::C);
    let lie_apart = || {
        places
            .iter()
            .any(|place| !place.layout.is_contiguous(in_order))
    };
    // SAFETY: as the caller promises.
    unsafe {
        match pays && lie_apart() {
            true => gather(places, order, visit),
            false => each_row(places, order, visit),
        }
    }
}

/// In a function of its own: the stages would cost every small scan a large frame.
///
/// # Safety
/// As for [`each_row`].
#[inline(never)]
unsafe fn gather<const N: usize>(
    places: [Place<'_>; N],
    order: Visit,
    mut visit: impl FnMut([Row; N], usize) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let sizes = places.map(|place| place.layout.itemsize());
    let largest = sizes.iter().fold(1, |most, &size| size.max(most));
    let most = STAGE / largest;
    let limits = Limits {
        across: ACROSS.max(ACROSS_BYTES / largest),
        along: most,
        items: most,
    };
    let level = Level::detected();
    let mut stages = [const { MaybeUninit::<[u8; STAGE]>::uninit() }; N];
    // SAFETY: as the caller promises.
    unsafe {
        each_tile(places, order, &limits, |mut tile| {
            if N > 1 && tile.lies_alike(sizes) {
                return tile.each_row(&mut visit);
            }
            for ((k, stage), &size) in stages.iter_mut().enumerate().zip(&sizes) {
                if tile.first[k].stride != size as isize {
                    tile.bring_together(level, k, stage.as_mut_ptr().cast(), size);
                }
            }
            tile.join_rows();
            tile.each_row(&mut visit)
        })
    }
}

impl<const N: usize> Tile<N> {
    /// Whether rows have the same small gaps in all places, which is as good as none.
    fn lies_alike(&self, sizes: [usize; N]) -> bool {
        let [stride, size] = [self.first[0].stride, sizes[0] as isize];
        let mut places = self.first.iter().zip(sizes);
        (size..=4 * size).contains(&stride)
            && places.all(|(row, other)| row.stride == stride && other == sizes[0])
    }

    /// Copies the items of one place to a stage, where they lie together.
    ///
    /// # Safety
    /// They lie in live memory, and the stage has room for them. The processor has the level.
    unsafe fn bring_together(&mut self, level: Level, place: usize, stage: *mut u8, size: usize) {
        let Row { first, stride } = self.first[place];
        let (to, row) = (size as isize, (size * self.count) as isize);
        let mut plan = Plan::blank();
        plan.outer.size = size;
        for (length, to, from) in [
            (self.rows, row, self.steps[place]),
            (self.count, to, stride),
        ] {
            if length > 1 {
                plan.outer.add(Loop { length, to, from });
            }
        }
        plan.outer.join();
        plan.draw();
        // SAFETY: as the caller promises.
        unsafe { plan.execute(level, stage, first) };
        self.first[place] = Row {
            first: stage,
            stride: to,
        };
        self.steps[place] = row;
    }

    /// Makes one row of all, where each goes on where the one before ends.
    fn join_rows(&mut self) {
        let count = self.count as isize;
        let goes_on = |(row, &step): (&Row, &isize)| step == row.stride.wrapping_mul(count);
        if self.first.iter().zip(&self.steps).all(goes_on) {
            (self.rows, self.count) = (1, self.rows * self.count);
        }
    }
}
