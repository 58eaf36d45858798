//! Places that follow one another, as one.

use super::Place;
use crate::alloc::try_collect;
use crate::error::{Error, Kind, Result, fail};
use crate::layout::Layout;

impl Place<'_> {
    /// One layout of all items, the places one behind another along `dim`, from the base of the
    /// first on: as [`Layout::merge`] has it. There is one place at least.
    pub(crate) fn merge(places: &[Self], dim: usize) -> Result<Layout> {
        let Some((first, others)) = places.split_first() else {
            let text = "there is nothing to merge: one part at least is needed";
            return Err(Error::fixed(Kind::Value, text));
        };
        let mut merged = first.layout.try_clone()?;
        if dim >= merged.ndim() {
            let ndim = merged.ndim();
            return fail!(Index, "dimension {dim} does not exist: there are {ndim}");
        }
        for other in others {
            let distance = first.distance_to(other);
            let Some(offset) = other.layout.offset().checked_add(distance) else {
                return fail!(
                    Overflow,
                    "the parts lie further apart than an offset can say"
                );
            };
            let other = other.layout.try_clone()?.at(offset)?;
            merged = merged.merge(&other, dim)?;
        }
        Ok(merged)
    }

    /// Between the lowest and the highest byte of them all, every byte is between those of one: so
    /// who keeps the places keeps all that lies there.
    pub(crate) fn check_adjoining(places: &[Self]) -> Result<()> {
        let mut ranges = try_collect(places.len(), |k| {
            let extent = places[k].layout.extent();
            let at = |offset| places[k].base.addr().wrapping_add_signed(offset);
            Ok::<_, Error>((at(extent.low), at(extent.high)))
        })?;
        ranges.sort_unstable();
        let mut items = ranges.iter().filter(|(low, high)| low != high);
        let mut end = items.next().map_or(0, |range| range.1);
        for &(low, high) in items {
            if low > end {
                return fail!(
                    Buffer,
                    "the parts are of several blocks, with {} bytes between them that are of none: \
                     together they need a copy",
                    low - end
                );
            }
            end = end.max(high);
        }
        Ok(())
    }
}
