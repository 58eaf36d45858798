//! Some of the items of a place, one at a time in a given order.

use super::Place;
use crate::error::Result;
use crate::layout::{MAX_DIMS, Order};

/// Visits the first `count` items in `order`, each with its number and its address.
///
/// # Safety
/// As for [`Place::item`], and there are so many.
pub(super) unsafe fn each_item(
    place: Place<'_>,
    count: usize,
    order: Order,
    mut visit: impl FnMut(usize, *mut u8),
) -> Result<()> {
    let mut odometer = Odometer::new(place.layout.shape(), order);
    for k in 0..count {
        // SAFETY: as the caller promises.
        visit(k, unsafe { place.item(odometer.indices()) }?);
        odometer.advance();
    }
    Ok(())
}

/// All indices of a shape, one after another.
pub(super) struct Odometer<'a> {
    shape: &'a [isize],
    indices: [isize; MAX_DIMS],
    order: Order,
}

impl<'a> Odometer<'a> {
    pub(super) fn new(shape: &'a [isize], order: Order) -> Self {
        Self {
            shape,
            indices: [0; MAX_DIMS],
            order,
        }
    }

    pub(super) fn indices(&self) -> &[isize] {
        &self.indices[..self.shape.len()]
    }

    pub(super) fn advance(&mut self) {
        let ndim = self.shape.len();
        for k in 0..ndim {
            let dim = match self.order {
                Order::C => ndim - 1 - k,
                Order::F => k,
            };
            self.indices[dim] += 1;
            if self.indices[dim] < self.shape[dim] {
                return;
            }
            self.indices[dim] = 0;
        }
    }
}
