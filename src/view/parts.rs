//! Views as parts of a larger one: cut apart, put together, and asked whether they meet.

use std::ptr::with_exposed_provenance_mut;

use super::View;
use super::lend::lend_exactly;
use crate::alloc::try_collect;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::{Guard, Lent, Owner};
use crate::layout::{Layout, Overlap};
use crate::request::{Hold, Request};

impl View {
    /// Cuts dimension `dim` into `parts` that follow one another and share the export: as many
    /// threads may work on them. Their lengths differ by one at most, the longer ones come first;
    /// where there are more parts than items the last ones are empty.
    pub fn split(&self, dim: usize, parts: usize) -> Result<Vec<Self>> {
        let layouts = self.layout().split(dim, parts)?;
        try_collect(parts, |k| self.with_layout(layouts[k].try_clone()?))
    }

    /// One view of all items, the views one behind another along `dim`, without a copy: each
    /// begins where the one before would go on, and their formats mean the same. Else it is an
    /// error. It is read-only where one of them is.
    ///
    /// Views of one export share it. Of several, each is kept, and they have to adjoin: no byte
    /// lies between them that none of them shows.
    pub fn merge(views: &[Self], dim: usize) -> Result<Self> {
        let Some(first) = views.first() else {
            let text = "there are no views to merge: at least one is needed";
            return Err(Error::fixed(Kind::Value, text));
        };
        let mut layout = first.layout().try_clone()?;
        for (k, view) in views.iter().enumerate().skip(1) {
            first.check_same_items(k, view)?;
            layout = layout.merge(&first.seen_from(view)?, dim)?;
        }
        if dim >= layout.ndim() {
            return fail!(
                Index,
                "dimension {dim} does not exist: there are {}",
                layout.ndim()
            );
        }
        let mut base = first.lent().base();
        // Pointers may have led from one export to several blocks.
        if views.iter().any(|view| !view.is_beside(first)) {
            check_adjoining(views)?;
            // The address of the first is to lead to the items of all.
            for view in views {
                view.lent().base().expose_provenance();
            }
            base = with_exposed_provenance_mut(base.addr());
        }
        let format = first.format().try_clone()?;
        let readonly = views.iter().any(Self::is_readonly);
        let lent = Lent::new(base, layout, format, readonly);
        match views.iter().all(|view| view.shares_export(first)) {
            true => first.sharing(lent),
            false => keeping(views, &lent),
        }
    }

    fn shares_export(&self, other: &Self) -> bool {
        self.0.export.as_ptr() == other.0.export.as_ptr()
    }

    /// Whether both show the same block of memory of one export.
    fn is_beside(&self, other: &Self) -> bool {
        self.shares_export(other) && self.lent().base() == other.lent().base()
    }

    /// Whether an item of this view and one of the other share a byte. It is found out in bounded
    /// time; in hard cases the answer is [`Overlap::Unknown`].
    pub fn overlap(&self, other: &Self) -> Overlap {
        // SAFETY: the exports keep both memories, and their pointers where there are any.
        unsafe { self.place().overlap(&other.place()) }
    }

    /// The layout of another view, as if it were one of this view's memory.
    fn seen_from(&self, other: &Self) -> Result<Layout> {
        let layout = other.layout().try_clone()?;
        let distance = self.place().distance_to(&other.place());
        match layout.offset().checked_add(distance) {
            Some(offset) => layout.at(offset),
            None => fail!(
                Overflow,
                "the views lie further apart than an offset can say"
            ),
        }
    }

    fn check_same_items(&self, k: usize, other: &Self) -> Result<()> {
        // So that lack of memory does not look like a difference.
        self.format().read()?;
        other.format().read()?;
        match self.format().is_equivalent(other.format()) {
            true => Ok(()),
            false => fail!(
                Value,
                "view {k} has items {}, view 0 has items {}: formats must mean the same",
                other.format(),
                self.format()
            ),
        }
    }
}

/// Between the lowest and the highest byte of them all, every byte is between those of one: what
/// lies there may be used ([`View::as_strided`]), and is some export's.
fn check_adjoining(views: &[View]) -> Result<()> {
    let mut ranges = try_collect(views.len(), |k| {
        let extent = views[k].layout().extent();
        let base = views[k].lent().base().addr();
        let at = |offset| base.wrapping_add_signed(offset);
        Ok::<_, Error>((at(extent.low), at(extent.high)))
    })?;
    ranges.sort_unstable();
    let mut items = ranges.iter().filter(|(low, high)| low != high);
    let mut end = items.next().map_or(0, |range| range.1);
    for &(low, high) in items {
        if low > end {
            return fail!(
                Buffer,
                "views of several blocks, with {} bytes between them that are of none: together they need a copy",
                low - end
            );
        }
        end = end.max(high);
    }
    Ok(())
}

/// A view that keeps several others, which have exports of their own.
fn keeping(views: &[View], lent: &Lent) -> Result<View> {
    let is_stable = views.iter().all(|view| view.hold() == Hold::Stable);
    let guard = match is_stable {
        true => Guard::Constant,
        false => Guard::None,
    };
    let kept = || {
        let views = try_collect(views.len(), |k| Ok::<_, Error>(views[k].clone()))?;
        Ok(Owner::value(views)?.0)
    };
    let request = match (lent.is_readonly(), is_stable) {
        (_, true) => Request::read().stable(),
        (true, false) => Request::read(),
        (false, false) => Request::write(),
    };
    lend_exactly(lent, guard, kept)?.view(request)
}
