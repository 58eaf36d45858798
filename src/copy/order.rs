//! In which order items can be moved, where the two sides of a copy may overlap.
//!
//! The outcome is always as if all had been read before the first was written. Walking in the
//! order of memory gives that without a stage where the source is walked in the order of memory
//! too, and no item is written above the place that it is read from: everything that is still to
//! be read then lies above all that has been written. Backwards it is the same with *below*. So
//! a layout is shifted in itself, and every second item is moved together, in place.

use super::Place;
use super::loops::Loops;
use crate::layout::Overlap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// The two do not overlap.
    Any,
    /// In the order of the loops, each item read before it is written.
    Forward,
    /// The last item first.
    Backward,
    /// As the indices have it: the destination has items on top of each other, of which the last
    /// is to stay. The two sides do not overlap.
    OfIndices,
    /// None: all must be read first.
    None,
}

impl Course {
    /// That of a copy, which has these loops.
    pub(super) fn of(loops: &Loops, to: &Place<'_>, from: &Place<'_>) -> Self {
        let Some(span) = loops.nested_span() else {
            return match to.overlap_directly(from) {
                Overlap::No => Self::OfIndices,
                Overlap::Yes | Overlap::Unknown => Self::None,
            };
        };
        let [mut low, mut high] = [0isize; 2];
        for one in loops.as_slice() {
            match one.last_from() {
                last if last < 0 => low = low.wrapping_add(last),
                last => high = high.wrapping_add(last),
            }
        }
        let to_first = to.first().addr().wrapping_add_signed(loops.to);
        let from_first = from.first().addr().wrapping_add_signed(loops.from);
        let from_end = from_first.wrapping_add_signed(high) + loops.size;
        if to_first + span <= from_first.wrapping_add_signed(low) || from_end <= to_first {
            return Self::Any;
        }
        Self::in_memory(loops, to_first, from_first).unwrap_or_else(|| {
            match to.overlap_directly(from) {
                Overlap::No => Self::Any,
                Overlap::Yes | Overlap::Unknown => Self::None,
            }
        })
    }

    /// The order of memory or the opposite, if one will do.
    fn in_memory(loops: &Loops, to: usize, from: usize) -> Option<Self> {
        // How far above its source an item is written at most, and at least.
        let [mut most, mut least] = [to as i128 - from as i128; 2];
        let mut reach = loops.size as i128;
        for one in loops.as_slice().iter().rev() {
            if (one.from as i128) < reach {
                return None;
            }
            let (to_last, from_last) = (one.last_to() as i128, one.last_from() as i128);
            reach += from_last;
            most += (to_last - from_last).max(0);
            least += (to_last - from_last).min(0);
        }
        match (least, most) {
            (_, ..=0) => Some(Self::Forward),
            (0.., _) => Some(Self::Backward),
            _ => None,
        }
    }
}
