//! Copies that are over before a plan is drawn, known by their strides.
//!
//! A row whose items lie together on both sides is one move of bytes, and a few rows and columns
//! that change places (matrices of 4×4 numbers, blocks of 8×8 pixels) are moved in a handful of
//! instructions: it would take some times as long to find that out in general.

use super::Place;
use super::kernel::{Axis, item, transpose};
use super::plan::STREAM_FROM;

/// Of so many rows and columns the plan may know something better.
const MANY: usize = 16;

/// Copies one dimension that lies together on both sides, wherever they lie, if it is not so long
/// that it would pass the cache by; `false` where that is not so, and nothing has been done.
///
/// # Safety
/// As for [`copy`](super::copy).
#[inline]
pub(super) unsafe fn move_row(to: &Place<'_>, from: &Place<'_>) -> bool {
    let (&[length], &[to_stride], &[from_stride]) = (
        to.layout.shape(),
        to.layout.strides(),
        from.layout.strides(),
    ) else {
        return false;
    };
    let itemsize = to.layout.itemsize();
    let nbytes = length.unsigned_abs() * itemsize;
    let is_simple = [to_stride, from_stride] == [itemsize as isize; 2]
        && from.layout.shape() == [length]
        && from.layout.itemsize() == itemsize
        && (1..STREAM_FROM).contains(&nbytes)
        && to.layout.suboffsets().is_none()
        && from.layout.suboffsets().is_none();
    if is_simple {
        // SAFETY: as the caller promises; all these bytes are items.
        unsafe { to.first().copy_from(from.first(), nbytes) };
    }
    is_simple
}

/// Copies two dimensions of which one lies together in the destination and the other in the
/// source, where they are few and the two sides lie apart; `false` where that is not so, and
/// nothing has been done.
///
/// # Safety
/// As for [`copy`](super::copy).
#[inline]
pub(super) unsafe fn transpose_few(to: &Place<'_>, from: &Place<'_>) -> bool {
    let (&[first, second], &[to_first, to_second], &[from_first, from_second]) = (
        to.layout.shape(),
        to.layout.strides(),
        from.layout.strides(),
    ) else {
        return false;
    };
    let itemsize = to.layout.itemsize();
    let size = itemsize as isize;
    let axis = |length: isize, stride| Axis {
        length: length.unsigned_abs(),
        stride,
    };
    let (rows, columns) = if [to_second, from_first] == [size; 2] {
        (axis(first, to_first), axis(second, from_second))
    } else if [to_first, from_second] == [size; 2] {
        (axis(second, to_second), axis(first, from_first))
    } else {
        return false;
    };
    let (row, column) = (columns.length * itemsize, rows.length * itemsize);
    let are_few = |axis: Axis| (2..MANY).contains(&axis.length);
    let is_simple = are_few(rows)
        && are_few(columns)
        && itemsize <= item::LONGEST
        && rows.stride >= row as isize
        && columns.stride >= column as isize
        && from.layout.shape() == [first, second]
        && from.layout.itemsize() == itemsize
        && to.layout.suboffsets().is_none()
        && from.layout.suboffsets().is_none();
    if !is_simple {
        return false;
    }
    let (to, from) = (to.first(), from.first().cast_const());
    let end = |axis: Axis, last| (axis.length - 1) * axis.stride.unsigned_abs() + last;
    let to_end = to.addr() + end(rows, row);
    let from_end = from.addr() + end(columns, column);
    if from_end > to.addr() && to_end > from.addr() {
        return false;
    }
    // SAFETY: as the caller promises; these are the rows and columns of the two layouts, which were
    // just seen to lie apart.
    unsafe { transpose::few(to, from, rows, columns, itemsize) };
    true
}
