//! Where items lie in one piece of memory: as many steps up from the lowest byte, whatever the
//! signs of the strides were.

use std::cmp::Reverse;
use std::ops::Range;

use crate::layout::MAX_DIMS;

/// A dimension in which places differ.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub(super) length: usize,
    /// Bytes from one place to the next one up.
    pub(super) step: usize,
    /// What such a step adds to the number of an item.
    weight: isize,
}

const NO_AXIS: Axis = Axis {
    length: 1,
    step: 0,
    weight: 0,
};

/// An item (or a pointer) in memory: its first byte, counted from the lowest of the area, and
/// its number in the order of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) at: usize,
    pub(super) number: isize,
}

/// The places of items of one size, without a pointer between them.
pub(super) struct Area {
    /// By their steps, the largest first.
    axes: [Axis; MAX_DIMS],
    count: usize,
    /// Bytes of an item, at least one.
    pub(super) size: usize,
    /// The lowest byte, from where the offset counts.
    pub(super) low: isize,
    /// The number of the item that lies lowest.
    lowest: isize,
    /// Whether each place is that of several items, by a stride of zero.
    pub(super) repeats: bool,
}

impl Area {
    /// Items from `offset` on, the first of them with a number. There is one, and it has a byte.
    pub(super) fn new(
        shape: &[isize],
        strides: &[isize],
        size: usize,
        offset: isize,
        number: isize,
    ) -> Self {
        let mut area = Self {
            axes: [NO_AXIS; MAX_DIMS],
            count: 0,
            size,
            low: offset,
            lowest: number,
            repeats: false,
        };
        let mut weight = 1;
        for (&length, &stride) in shape.iter().zip(strides).rev() {
            if length > 1 {
                area.add(length, stride, weight);
            }
            // Condition 2 of layouts: no overflow.
            weight *= length;
        }
        area.axes[..area.count].sort_unstable_by_key(|axis| Reverse(axis.step));
        area
    }

    fn add(&mut self, length: isize, stride: isize, mut weight: isize) {
        if stride == 0 {
            self.repeats = true;
            return;
        }
        if stride < 0 {
            // Condition 3 of layouts: no overflow.
            self.low += stride * (length - 1);
            self.lowest += weight * (length - 1);
            weight = -weight;
        }
        self.axes[self.count] = Axis {
            length: length.unsigned_abs(),
            step: stride.unsigned_abs(),
            weight,
        };
        self.count += 1;
    }

    pub(super) fn axes(&self) -> &[Axis] {
        &self.axes[..self.count]
    }

    /// Bytes from the lowest to the highest of all items.
    pub(super) fn span(&self) -> usize {
        self.span_of(0)
    }

    /// The same of those at one place of the first so many axes.
    pub(super) fn span_of(&self, inner: usize) -> usize {
        self.size + reach(&self.axes()[inner..])
    }

    /// The largest number of bytes such that every item begins at a multiple of it, and is as
    /// long as one.
    pub(super) fn unit(&self) -> usize {
        let steps = self.axes().iter().map(|axis| axis.step);
        steps.fold(self.size, greatest_common_divisor)
    }

    /// So many different places there are, if no two are the same.
    fn places(&self) -> usize {
        self.axes().iter().map(|axis| axis.length).product()
    }

    /// Whether two places may have a byte in common.
    pub(super) fn overlaps(&self) -> bool {
        let covered = self.covered();
        covered.is_none_or(|covered| covered / self.size != self.places())
    }

    /// How many bytes belong to an item; `None` where that takes too much work to find out.
    pub(super) fn covered(&self) -> Option<usize> {
        let (mut solid, mut span, mut copies) = (self.size, self.size, 1);
        for axis in self.axes().iter().rev() {
            let reach = axis.step * (axis.length - 1);
            if axis.step <= solid && solid == span {
                solid += reach;
            } else if axis.step >= span {
                copies *= axis.length;
            } else {
                return self.counted();
            }
            span += reach;
        }
        Some(solid * copies)
    }

    /// As [`Area::covered`], by marking every byte.
    fn counted(&self) -> Option<usize> {
        const UNITS: usize = 4096;
        const STEPS: usize = 1024;
        let (unit, span) = (self.unit(), self.span());
        if span / unit > UNITS {
            return None;
        }
        let mut marked = [0u64; UNITS / 64];
        let mut mark = |spot: Spot| {
            for unit in spot.at / unit..(spot.at + self.size) / unit {
                marked[unit / 64] |= 1 << (unit % 64);
            }
        };
        self.spots(0..span, &mut { STEPS }, &mut mark)?;
        let units: u32 = marked.iter().map(|word| word.count_ones()).sum();
        Some(units as usize * unit)
    }

    /// Visits every place that lies in the window, be it in part; of items that share a place
    /// by a stride of zero, the first. `None` where that takes too many steps.
    pub(super) fn spots(
        &self,
        window: Range<usize>,
        steps: &mut usize,
        visit: &mut impl FnMut(Spot),
    ) -> Option<()> {
        if window.is_empty() {
            return Some(());
        }
        let lowest = Spot {
            at: 0,
            number: self.lowest,
        };
        self.spots_from(self.axes(), lowest, &window, steps, visit)
    }

    fn spots_from(
        &self,
        axes: &[Axis],
        from: Spot,
        window: &Range<usize>,
        steps: &mut usize,
        visit: &mut impl FnMut(Spot),
    ) -> Option<()> {
        *steps = steps.checked_sub(1)?;
        let Some((axis, inner)) = axes.split_first() else {
            visit(from);
            return Some(());
        };
        // What lies at one place of this axis ends here, for the lowest of them.
        let end = from.at + reach(inner) + self.size;
        let first = match window.start.checked_sub(end) {
            Some(before) => before / axis.step + 1,
            None => 0,
        };
        let behind = match window.end.checked_sub(from.at) {
            Some(distance) => distance.div_ceil(axis.step).min(axis.length),
            None => 0,
        };
        for place in first..behind {
            let spot = Spot {
                at: from.at + place * axis.step,
                number: from.number + place as isize * axis.weight,
            };
            self.spots_from(inner, spot, window, steps, visit)?;
        }
        Some(())
    }
}

/// Bytes from the lowest place to the highest.
fn reach(axes: &[Axis]) -> usize {
    // Condition 3 of layouts: no overflow.
    axes.iter().map(|axis| axis.step * (axis.length - 1)).sum()
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    match b {
        0 => a,
        _ => greatest_common_divisor(b, a % b),
    }
}
