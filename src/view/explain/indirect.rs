//! The drawing, through pointers where there are any: each table of them, and what lies behind
//! the first and the last.

use std::fmt::{self, Formatter};
use std::ptr;

use super::area::Area;
use super::drawing::Drawing;
use super::rows::Names;
use crate::copy::Place;
use crate::error::Many;
use crate::exporter::Lent;
use crate::layout::Layout;

/// Draws all items, of which there is one, with a byte at least.
///
/// # Safety
/// As for [`Explanation::of`](super::Explanation::of).
pub(super) unsafe fn draw(f: &mut Formatter<'_>, lent: &Lent) -> fmt::Result {
    let layout = lent.layout();
    let place = Place {
        base: lent.base(),
        layout,
    };
    let mut drawing = Drawing::new(f);
    let part = Part {
        dim: 0,
        offset: layout.offset(),
        address: lent.first_item(),
        number: 0,
        level: 0,
        behind: None,
    };
    // SAFETY: as the caller promises.
    unsafe { draw_part(&mut drawing, &place, part) }?;
    drawing.finish()
}

/// What is reached without a further pointer.
struct Part {
    /// Its first dimension.
    dim: usize,
    /// Where its first item or pointer lies, from where the offsets count.
    offset: isize,
    address: *mut u8,
    /// The number of what lies there, among all of its sort.
    number: isize,
    /// How many pointers were followed.
    level: u8,
    /// The number of the last of them.
    behind: Option<isize>,
}

/// # Safety
/// As for [`draw`]; the part has been reached in `place`.
unsafe fn draw_part(drawing: &mut Drawing<'_, '_>, place: &Place<'_>, part: Part) -> fmt::Result {
    let layout = place.layout;
    let pointer = (part.dim..layout.ndim()).find(|&dim| layout.suboffset_of(dim).is_some());
    let dims = part.dim..pointer.map_or(layout.ndim(), |dim| dim + 1);
    let highest = layout.shape()[..dims.end].iter().product::<isize>() - 1;
    let (shape, strides) = (&layout.shape()[dims.clone()], &layout.strides()[dims]);
    let size = pointer.map_or(layout.itemsize(), |_| size_of::<*mut u8>());
    let area = Area::new(shape, strides, size, part.offset, part.number);
    let names = Names {
        origin: part.behind.map(|number| (letter(part.level - 1), number)),
        letter: pointer.map(|_| letter(part.level)),
        highest,
    };
    // With pointers there is more to come.
    let most = if layout.is_indirect() { 4 } else { 12 };
    drawing.area(&area, &names, most)?;
    match pointer {
        None => Ok(()),
        // SAFETY: as the caller promises.
        Some(dim) => unsafe { draw_behind(drawing, place, &part, dim) },
    }
}

/// What the pointers in dimension `dim` lead to.
///
/// # Safety
/// As for [`draw_part`].
unsafe fn draw_behind(
    drawing: &mut Drawing<'_, '_>,
    place: &Place<'_>,
    part: &Part,
    dim: usize,
) -> fmt::Result {
    const MOST: usize = 5;
    let layout = place.layout;
    let letter = letter(part.level);
    let count = layout.shape()[part.dim..=dim].iter().product::<isize>();
    let left_out = if count > MOST as isize {
        3..count - 1
    } else {
        count..count
    };
    let mut met = [(ptr::null_mut(), 0); MOST];
    for (turn, k) in (0..left_out.start).chain(left_out.end..count).enumerate() {
        if !drawing.has_room() {
            return Ok(());
        }
        if k == left_out.end && !left_out.is_empty() {
            let pointers = Many((left_out.end - left_out.start) as usize, "more pointer");
            drawing.line(format_args!("... {pointers} ..."))?;
        }
        let number = part.number + k;
        // SAFETY: `k` is less than the number of pointers.
        let Some(address) = (unsafe { follow(place, part, dim, k) }) else {
            drawing.line(format_args!(
                "{letter}{number} is NULL: its items cannot be reached"
            ))?;
            continue;
        };
        if let Some((_, same)) = met[..turn].iter().find(|(other, _)| *other == address) {
            drawing.line(format_args!(
                "{letter}{number} leads where {letter}{same} does"
            ))?;
            continue;
        }
        met[turn] = (address, number);
        let behind = Part {
            dim: dim + 1,
            offset: layout.suboffset_of(dim).unwrap_or(0),
            address,
            // Condition 2 of layouts: no overflow.
            number: number * count_behind(layout, dim),
            level: part.level + 1,
            behind: Some(number),
        };
        // SAFETY: as the caller promises.
        unsafe { draw_part(drawing, place, behind) }?;
    }
    Ok(())
}

/// How many items, or pointers that are next on the way, lie behind each pointer in a dimension.
fn count_behind(layout: &Layout, dim: usize) -> isize {
    let inner = dim + 1..layout.ndim();
    let next = inner
        .clone()
        .find(|&dim| layout.suboffset_of(dim).is_some());
    let end = next.map_or(inner.end, |next| next + 1);
    layout.shape()[inner.start..end].iter().product()
}

/// Where the pointer with the number `k` in the part leads; `None`: it is NULL.
///
/// # Safety
/// As for [`draw_part`], and there is such a pointer, in dimension `dim`.
unsafe fn follow(place: &Place<'_>, part: &Part, dim: usize, mut k: isize) -> Option<*mut u8> {
    let (shape, strides) = (place.layout.shape(), place.layout.strides());
    let mut distance = 0;
    for dim in (part.dim..=dim).rev() {
        distance += k % shape[dim] * strides[dim];
        k /= shape[dim];
    }
    // SAFETY: as the caller promises; no other dimension of the part ends in a pointer.
    unsafe { place.step(part.address, dim, distance) }
}

/// What pointers are called: p, behind these q, …
fn letter(level: u8) -> char {
    char::from(b'p' + level.min(10))
}
