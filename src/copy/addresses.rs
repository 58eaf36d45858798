//! Where all items of a layout are, in C order.

use super::{NOWHERE, Place};
use crate::error::Result;

/// Calls with the addresses of all items in C order, `N` at a time and the rest at the end.
/// Where an item cannot be reached, it is not called at all.
///
/// # Safety
/// As for [`Place::item`].
pub(crate) unsafe fn each_block<const N: usize>(
    place: Place<'_>,
    mut visit: impl FnMut(&[*mut u8]) -> Result<()>,
) -> Result<()> {
    if place.layout.is_empty() {
        return Ok(());
    }
    if place.layout.is_indirect() {
        // SAFETY: as the caller promises.
        unsafe { each(place, place.first(), 0, &mut |_| Ok(())) }?;
    }
    let mut addresses = [place.base; N];
    let mut count = 0;
    let mut add = |address| {
        addresses[count] = address;
        count += 1;
        if count < N {
            return Ok(());
        }
        count = 0;
        visit(&addresses)
    };
    // SAFETY: as the caller promises.
    unsafe { each(place, place.first(), 0, &mut add) }?;
    match count {
        0 => Ok(()),
        _ => visit(&addresses[..count]),
    }
}

/// Visits the items behind an address that was reached in the dimensions before `dim`.
///
/// # Safety
/// As for [`Place::item`].
unsafe fn each(
    place: Place<'_>,
    address: *mut u8,
    dim: usize,
    visit: &mut impl FnMut(*mut u8) -> Result<()>,
) -> Result<()> {
    let Some(&length) = place.layout.shape().get(dim) else {
        return visit(address);
    };
    let stride = place.layout.strides()[dim];
    let is_last = dim + 1 == place.layout.ndim();
    for index in 0..length {
        // SAFETY: the index is in range.
        let next = unsafe { place.step(address, dim, index * stride) }.ok_or(NOWHERE)?;
        match is_last {
            true => visit(next)?,
            // SAFETY: as the caller promises.
            false => unsafe { each(place, next, dim + 1, visit) }?,
        }
    }
    Ok(())
}
