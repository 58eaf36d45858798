//! The same item in every place.

use std::ops::ControlFlow;

use super::{Place, Row, Visit, each_row};
use crate::error::Result;

/// Writes the bytes of an item to all places. Where that fails nothing has been written.
///
/// # Safety
/// As for [`super::copy`]; `item` has the size of one, and is none of them.
pub(crate) unsafe fn fill(to: Place<'_>, item: &[u8]) -> Result<()> {
    debug_assert!(item.len() == to.layout.itemsize());
    if to.layout.nbytes() == 0 {
        return Ok(());
    }
    // SAFETY: as the caller promises.
    unsafe {
        if to.layout.is_indirect() {
            // Nothing is written before it is known that every item can be reached.
            let _ = each_row([to], Visit::InOrder, |_, _| ControlFlow::Continue(()))?;
        }
        let _ = each_row([to], Visit::AnyOrder, |[row], count| {
            fill_row(row, count, item);
            ControlFlow::Continue(())
        })?;
    }
    Ok(())
}

/// # Safety
/// As for [`fill`].
unsafe fn fill_row(row: Row, count: usize, item: &[u8]) {
    // SAFETY: as the caller promises.
    unsafe {
        match *item {
            [a] => write_each(row, count, [a]),
            [a, b] => write_each(row, count, [a, b]),
            [a, b, c, d] => write_each(row, count, [a, b, c, d]),
            [a, b, c, d, e, f, g, h] => write_each(row, count, [a, b, c, d, e, f, g, h]),
            _ => {
                for k in 0..count {
                    let to = row.from(k).first.cast_mut();
                    to.copy_from_nonoverlapping(item.as_ptr(), item.len());
                }
            }
        }
    }
}

/// One loop for each size, and one where items follow one another.
///
/// # Safety
/// As for [`fill`].
#[inline(always)]
unsafe fn write_each<const N: usize>(row: Row, count: usize, item: [u8; N]) {
    let first = row.first.cast_mut().cast::<[u8; N]>();
    // SAFETY: as the caller promises.
    unsafe {
        match row.stride == N as isize {
            true => (0..count).for_each(|k| first.add(k).write(item)),
            false => {
                for k in 0..count {
                    let distance = k as isize * row.stride;
                    first.wrapping_byte_offset(distance).write(item);
                }
            }
        }
    }
}
