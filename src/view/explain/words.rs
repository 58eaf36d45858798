//! A layout in sentences: what the items are, how they lie, what is skipped and shared.

use std::fmt::{self, Display, Formatter};

use super::area::Area;
use super::fields::Kind;
use crate::error::{Many, Tuple};
use crate::exporter::Lent;
use crate::format::{ByteOrder, Shown};
use crate::layout::{Extent, Layout, Order};

/// Everything but the fields and the drawing.
pub(super) fn write(f: &mut Formatter<'_>, lent: &Lent) -> fmt::Result {
    let layout = lent.layout();
    write_items(f, lent)?;
    if let Some(dim) = layout.shape().iter().position(|&length| length == 0) {
        return writeln!(
            f,
            "There are no items, because dimension {dim} has length 0."
        );
    }
    if layout.itemsize() == 0 {
        return writeln!(f, "Nothing lies in memory, because items have no bytes.");
    }
    write_order(f, layout)?;
    write_dimensions(f, layout)?;
    if !layout.is_indirect() {
        write_use(f, layout)?;
        write_alignment(f, lent)?;
    }
    write_byte_order(f, lent)
}

/// `(3, 2) items 'i' (int32, 4 bytes), read-only; 24 bytes of items in 24 bytes of memory`.
fn write_items(f: &mut Formatter<'_>, lent: &Lent) -> fmt::Result {
    let (layout, format) = (lent.layout(), lent.format());
    match layout.shape() {
        [] => f.write_str("1 item")?,
        [length] => write!(f, "{}", Many(length.unsigned_abs(), "item"))?,
        shape if shape.len() <= 8 => write!(f, "{} items", Tuple(shape))?,
        [a, b, c, .., z] => {
            let others = layout.ndim() - 4;
            write!(f, "({a}, {b}, {c}, ... {others} more ..., {z}) items")?;
        }
        // All others have been met.
        _ => {}
    }
    let text = Shown(format.text().to_bytes());
    let bytes = Many(format.itemsize(), "byte");
    match format.root() {
        Some(root) => write!(f, " {text} ({}, {bytes})", Kind(&root))?,
        None => write!(f, " {text} (of an unknown meaning, {bytes})")?,
    }
    f.write_str(match lent.is_readonly() {
        true => ", read-only",
        false => ", writable",
    })?;
    match layout.nbytes() {
        0 => writeln!(f, "; no bytes of items"),
        nbytes => writeln!(f, "; {} of items {}", Many(nbytes, "byte"), Where(layout)),
    }
}

/// `in 24 bytes of memory`, `behind 3 pointers`.
struct Where<'a>(&'a Layout);

impl Display for Where<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shape = self.0.shape();
        let is_pointer = |dim: &usize| self.0.suboffset_of(*dim).is_some();
        if let Some(dim) = (0..shape.len()).rev().find(is_pointer) {
            let pointers = shape[..=dim].iter().product::<isize>();
            return write!(f, "behind {}", Many(pointers.unsigned_abs(), "pointer"));
        }
        let Extent { low, high } = self.0.extent();
        // It may be more than a signed number can say.
        let span = high.wrapping_sub(low) as usize;
        write!(f, "in {} of memory", Many(span, "byte"))
    }
}

fn write_order(f: &mut Formatter<'_>, layout: &Layout) -> fmt::Result {
    let follows = |order| layout.strides_follow(order);
    f.write_str(match (follows(Order::C), follows(Order::F)) {
        _ if layout.is_indirect() => "Indirect: pointers are followed on the way to an item.",
        (true, true) if layout.ndim() == 0 => "A single item, without dimensions.",
        (true, true) => "Contiguous: items lie one after another, as they are read.",
        (true, false) => {
            "C-contiguous: items lie one after another as they are read, the last index varying fastest."
        }
        (false, true) => {
            "Fortran-contiguous: no gaps; in memory the first index varies fastest, in reading the last one."
        }
        (false, false) => {
            "Strided: items do not lie one after another; in reading the last index varies fastest."
        }
    })?;
    f.write_str("\n")
}

fn write_dimensions(f: &mut Formatter<'_>, layout: &Layout) -> fmt::Result {
    const MOST: usize = 8;
    let ndim = layout.ndim();
    let left_out = if ndim > MOST { 5..ndim - 2 } else { ndim..ndim };
    for dim in (0..ndim).filter(|dim| !left_out.contains(dim) || *dim == left_out.start) {
        if left_out.contains(&dim) {
            writeln!(f, "  ... {} more dimensions ...", left_out.len())?;
        } else {
            write_dimension(f, layout, dim)?;
        }
    }
    Ok(())
}

fn write_dimension(f: &mut Formatter<'_>, layout: &Layout, dim: usize) -> fmt::Result {
    let (length, stride) = (layout.shape()[dim].unsigned_abs(), layout.strides()[dim]);
    let suboffset = layout.suboffset_of(dim);
    let noun = if suboffset.is_some() {
        "pointer"
    } else {
        "item"
    };
    write!(f, "  dimension {dim}: ")?;
    match (length, stride) {
        (1, _) => write!(f, "1 {noun}")?,
        (_, 0) => write!(f, "the same {noun} again {length} times (a stride of 0)")?,
        _ => {
            let apart = Many(stride.unsigned_abs(), "byte");
            let backwards = if stride < 0 { ", read backwards" } else { "" };
            write!(f, "{}, {apart} apart{backwards}", Many(length, noun))?;
        }
    }
    match suboffset {
        None => {}
        Some(0) => f.write_str("; followed")?,
        Some(suboffset) => {
            let further = Many(suboffset.unsigned_abs(), "byte");
            write!(f, "; followed, and then {further} further on")?;
        }
    }
    f.write_str("\n")
}

/// Which bytes are skipped, which are shared, and where reading begins.
fn write_use(f: &mut Formatter<'_>, layout: &Layout) -> fmt::Result {
    let (shape, strides) = (layout.shape(), layout.strides());
    let area = Area::new(shape, strides, layout.itemsize(), layout.offset(), 0);
    let above = layout.offset().wrapping_sub(area.low) as usize;
    if above > 0 {
        writeln!(
            f,
            "Reading begins {} above the lowest item.",
            Many(above, "byte")
        )?;
    }
    let Some(covered) = area.covered() else {
        return f.write_str(
            "What is skipped and shared is not told: these strides are too entangled.\n",
        );
    };
    let skipped = area.span() - covered;
    if skipped > 0 {
        let verb = if skipped == 1 { "belongs" } else { "belong" };
        writeln!(
            f,
            "Skipped: {} between items {verb} to none.",
            Many(skipped, "byte")
        )?;
    }
    if covered < layout.nbytes() {
        writeln!(
            f,
            "Shared: some bytes belong to several items, so that {} of items need only {}.",
            Many(layout.nbytes(), "byte"),
            covered
        )?;
    }
    Ok(())
}

/// Whether C and Rust could read the items in place.
fn write_alignment(f: &mut Formatter<'_>, lent: &Lent) -> fmt::Result {
    let (layout, format) = (lent.layout(), lent.format());
    let wanted = match format.scalar() {
        Some(scalar) => scalar.alignment(),
        None => format.alignment(),
    };
    if wanted <= 1 {
        return Ok(());
    }
    let lengths = layout.shape().iter();
    let stepped = lengths
        .zip(layout.strides())
        .filter(|(length, _)| **length > 1);
    let is_aligned = lent.first_item().addr().is_multiple_of(wanted)
        && stepped
            .into_iter()
            .all(|(_, stride)| stride.unsigned_abs().is_multiple_of(wanted));
    match is_aligned {
        true => writeln!(
            f,
            "Aligned: all items are at multiples of {wanted}, as this machine wants them."
        ),
        false => writeln!(
            f,
            "Not aligned: this machine wants items at multiples of {wanted}."
        ),
    }
}

fn write_byte_order(f: &mut Formatter<'_>, lent: &Lent) -> fmt::Result {
    let root = lent.format().root();
    let name = |order| match order {
        ByteOrder::Little => "little-endian",
        ByteOrder::Big => "big-endian",
    };
    match root.and_then(|root| root.order()) {
        Some(order) if order != ByteOrder::NATIVE => writeln!(
            f,
            "Byte order: {}; this machine is {}, so bytes are swapped when values are read.",
            name(order),
            name(ByteOrder::NATIVE)
        ),
        Some(order) => writeln!(f, "Byte order: {}, as this machine's.", name(order)),
        None => Ok(()),
    }
}
