//! Whether items of two places share a byte, wherever pointers lead.
//!
//! Behind its last pointers memory is blocks, which have no pointers and are all of one layout.
//! Blocks whose ranges of bytes do not meet are told apart by their addresses, in order; those
//! that meet are asked exactly.

use super::{Odometer, Place};
use crate::alloc::try_collect;
use crate::error::Result;
use crate::layout::{Layout, MAX_DIMS, Order, Overlap};

/// So many blocks are looked at on either side, ...
const MOST_BLOCKS: usize = 1 << 16;
/// ... and so many pairs that meet: a few milliseconds at most, for layouts that somebody uses.
const MOST_PAIRS: usize = 10_000;

impl Place<'_> {
    /// Whether an item here and one of the other place share a byte.
    ///
    /// # Safety
    /// As for [`Place::item`], here and there; nothing else is read than pointers.
    pub(crate) unsafe fn overlap(&self, other: &Self) -> Overlap {
        if self.layout.nbytes() == 0 || other.layout.nbytes() == 0 {
            return Overlap::No;
        }
        if !self.layout.is_indirect() && !other.layout.is_indirect() {
            return self.overlap_directly(other);
        }
        // SAFETY: as the caller promises.
        match unsafe { (Blocks::of(self), Blocks::of(other)) } {
            (Ok(Some(ours)), Ok(Some(theirs))) => ours.overlap(&theirs),
            // Too many, or behind a NULL, or no memory to look at them.
            _ => Overlap::Unknown,
        }
    }

    /// Whether nothing that is written here changes an item of the other place, or a pointer on
    /// the way to one; and all pointers lead somewhere, here and there.
    ///
    /// # Safety
    /// As for [`Place::overlap`].
    pub(super) unsafe fn leaves_alone(&self, other: &Self) -> Result<bool> {
        let spares = |layout: &Layout| {
            let base = other.base;
            // SAFETY: as the caller promises; the way to a pointer is a part of that to an item.
            unsafe { self.overlap(&Place { base, layout }) == Overlap::No }
        };
        if !spares(other.layout) {
            return Ok(false);
        }
        let layout = other.layout;
        for dim in (0..layout.ndim()).filter(|&dim| layout.suboffset_of(dim).is_some()) {
            if !spares(&layout.pointers(dim)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// As [`Place::overlap`], where pointers are not followed.
    pub(super) fn overlap_directly(&self, other: &Self) -> Overlap {
        self.layout
            .overlap_from(other.layout, self.distance_to(other))
    }

    /// From where this place begins to where the other does.
    pub(crate) fn distance_to(&self, other: &Self) -> isize {
        other.base.addr().wrapping_sub(self.base.addr()) as isize
    }
}

impl Layout {
    /// The pointers that a dimension ends in, as items.
    fn pointers(&self, dim: usize) -> Result<Self> {
        let (shape, strides) = (&self.shape()[..=dim], &self.strides()[..=dim]);
        let mut suboffsets = [-1; MAX_DIMS];
        for (at, suboffset) in suboffsets.iter_mut().enumerate().take(dim) {
            *suboffset = self.suboffset_of(at).unwrap_or(-1);
        }
        let size = size_of::<*mut u8>();
        Self::indirect(
            size,
            shape,
            strides,
            Some(&suboffsets[..=dim]),
            self.offset(),
        )
    }
}

/// What lies behind the last pointers.
struct Blocks {
    /// Of each, its first item at its address.
    layout: Layout,
    /// Of the first items, in order.
    addresses: Vec<usize>,
}

impl Blocks {
    /// `None` where there are too many.
    ///
    /// # Safety
    /// As for [`Place::item`], and there are items.
    unsafe fn of(place: &Place<'_>) -> Result<Option<Self>> {
        let layout = place.layout;
        let ends_in_pointer = |dim: &usize| layout.suboffset_of(*dim).is_some();
        let walked = (0..layout.ndim()).rev().find(ends_in_pointer);
        let (outer, inner) = layout.shape().split_at(walked.map_or(0, |dim| dim + 1));
        let count = outer.iter().product::<isize>().unsigned_abs();
        if count > MOST_BLOCKS {
            return Ok(None);
        }
        let strides = &layout.strides()[outer.len()..];
        let layout = Layout::strided(layout.itemsize(), inner, strides, 0)?;
        let mut odometer = Odometer::new(outer, Order::C);
        let mut addresses = try_collect(count, |_| {
            // SAFETY: as the caller promises; this is on the way to an item.
            let address = unsafe { place.item(odometer.indices()) }?;
            odometer.advance();
            Ok::<_, crate::error::Error>(address.addr())
        })?;
        addresses.sort_unstable();
        addresses.dedup();
        Ok(Some(Self { layout, addresses }))
    }

    fn overlap(&self, other: &Self) -> Overlap {
        let mut pairs = 0;
        let mut first = 0;
        for &own in &self.addresses {
            let (low, high) = self.range(own);
            // All are of one size, so those that end before this one do so for the next, too.
            while first < other.addresses.len() && other.range(other.addresses[first]).1 <= low {
                first += 1;
            }
            for &theirs in &other.addresses[first..] {
                if other.range(theirs).0 >= high {
                    break;
                }
                pairs += 1;
                if pairs > MOST_PAIRS {
                    return Overlap::Unknown;
                }
                let distance = theirs.wrapping_sub(own) as isize;
                match self.layout.overlap_from(&other.layout, distance) {
                    Overlap::No => {}
                    found => return found,
                }
            }
        }
        Overlap::No
    }

    fn range(&self, address: usize) -> (usize, usize) {
        let extent = self.layout.extent();
        let at = |offset| address.wrapping_add_signed(offset);
        (at(extent.low), at(extent.high))
    }
}
