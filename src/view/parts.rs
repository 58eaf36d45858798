//! Views as parts of a larger one: cut apart, put together, and asked whether they meet.

use std::ptr::with_exposed_provenance_mut;

use super::View;
use super::lend::lend_exactly;
use crate::alloc::try_collect;
use crate::copy::Place;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::{Guard, Lent, Owner};
use crate::layout::Overlap;
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
        let lents = try_collect(views.len(), |k| Ok::<_, Error>(views[k].lent()))?;
        let is_one_export = views.iter().all(|view| view.shares_export(first));
        let lent = merge(&lents, dim, is_one_export)?;
        match is_one_export {
            true => first.sharing(lent),
            false => keeping(views, &lent),
        }
    }

    fn shares_export(&self, other: &Self) -> bool {
        self.0.export.as_ptr() == other.0.export.as_ptr()
    }

    /// Whether an item of this view and one of the other share a byte. It is found out in bounded
    /// time; in hard cases the answer is [`Overlap::Unknown`].
    pub fn overlap(&self, other: &Self) -> Overlap {
        // SAFETY: the exports keep both memories, and their pointers where there are any.
        unsafe { self.place().overlap(&other.place()) }
    }
}

/// All items of several parts, one part behind another along `dim`. Where they are not of one
/// export they have to adjoin. There is one at least.
pub(crate) fn merge(parts: &[&Lent], dim: usize, are_of_one_export: bool) -> Result<Lent> {
    let first = parts[0];
    for (k, part) in parts.iter().enumerate().skip(1) {
        check_same_items(k, part, first)?;
    }
    let places = try_collect(parts.len(), |k| Ok::<_, Error>(parts[k].place()))?;
    let layout = Place::merge(&places, dim)?;
    let mut base = first.base();
    // Pointers may have led from one export to several blocks.
    if !are_of_one_export || parts.iter().any(|part| part.base() != base) {
        Place::check_adjoining(&places)?;
        // The address of the first is to lead to the items of all.
        for part in parts {
            part.base().expose_provenance();
        }
        base = with_exposed_provenance_mut(base.addr());
    }
    let format = first.format().try_clone()?;
    let readonly = parts.iter().any(|part| part.is_readonly());
    Ok(Lent::new(base, layout, format, readonly))
}

fn check_same_items(k: usize, part: &Lent, first: &Lent) -> Result<()> {
    // So that lack of memory does not look like a difference.
    first.format().read()?;
    part.format().read()?;
    match first.format().is_equivalent(part.format()) {
        true => Ok(()),
        false => fail!(
            Value,
            "view {k} has items {}, view 0 has items {}: formats must mean the same",
            part.format(),
            first.format()
        ),
    }
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
