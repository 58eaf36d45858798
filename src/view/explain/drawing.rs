//! Memory drawn in rows: for each byte the item that it belongs to.
//!
//! What overlaps is drawn on lines below each other; what lies at the very same place is drawn
//! once.

use std::fmt::{self, Arguments, Formatter};
use std::ops::Range;

use super::area::Area;
use super::picture::{LANES, Picture, Spots};
use super::rows::{Label, Names, Rows, Scale};
use crate::error::Many;

/// All lines.
const LINES: usize = 20;
/// Steps in search of them.
const STEPS: usize = 4096;

/// The drawing, as far as it has been written.
pub(super) struct Drawing<'f, 'a> {
    f: &'f mut Formatter<'a>,
    lines: usize,
    /// What the last rows were: by how many characters, pointers or items.
    last: Option<(Scale, bool)>,
    has_gaps: bool,
    has_stars: bool,
    leaves_out: bool,
}

impl<'f, 'a> Drawing<'f, 'a> {
    pub(super) fn new(f: &'f mut Formatter<'a>) -> Self {
        Self {
            f,
            lines: LINES,
            last: None,
            has_gaps: false,
            has_stars: false,
            leaves_out: false,
        }
    }

    /// Whether something can still be added.
    pub(super) fn has_room(&self) -> bool {
        self.lines > 0
    }

    /// A line of its own; the last one that there is room for says that there are more.
    pub(super) fn line(&mut self, line: Arguments<'_>) -> fmt::Result {
        match self.lines {
            0 => return Ok(()),
            1 => writeln!(self.f, "  ...")?,
            _ => writeln!(self.f, "  {line}")?,
        }
        self.lines -= 1;
        Ok(())
    }

    /// What the signs mean that have been used.
    pub(super) fn finish(&mut self) -> fmt::Result {
        if self.has_gaps {
            self.f.write_str("A dot is what is skipped.\n")?;
        }
        if self.has_stars {
            self.f
                .write_str("A star is where items with higher numbers lie too.\n")?;
        }
        if self.leaves_out {
            self.f
                .write_str("Not all items that overlap are drawn.\n")?;
        }
        Ok(())
    }

    /// An area in at most so many lines.
    pub(super) fn area(&mut self, area: &Area, names: &Names, most: usize) -> fmt::Result {
        let overlaps = area.overlaps();
        let rows = Rows::of(area, names, overlaps);
        let row = rows.row;
        self.write_heading(rows.scale, names)?;
        let most = if overlaps { most.div_ceil(LANES) } else { most };
        let count = area.span().div_ceil(row.bytes);
        let left_out = match count <= most {
            true => count..count,
            false => most.div_ceil(3)..count - 1,
        };
        for k in (0..left_out.start).chain(left_out.end..count) {
            if k == left_out.end && !left_out.is_empty() {
                let (rows, bytes) = (Many(left_out.len(), "more row"), Many(row.bytes, "byte"));
                self.line(format_args!("... {rows} of {bytes} ..."))?;
            }
            self.row(&rows, k * row.bytes)?;
        }
        Ok(())
    }

    fn write_heading(&mut self, scale: Scale, names: &Names) -> fmt::Result {
        let is_direct = names.letter.is_none() && names.origin.is_none();
        if self.last.is_none() {
            self.f.write_str("Drawn")?;
            if is_direct {
                write!(self.f, ", {scale}")?;
            }
            self.f
                .write_str("; the numbers are those of the items as they are read:\n")?;
        }
        let this = Some((scale, names.letter.is_some()));
        if this != self.last && !is_direct {
            let what = if names.letter.is_some() {
                "pointers"
            } else {
                "items"
            };
            self.line(format_args!("{what}, {scale}:"))?;
        }
        self.last = this;
        Ok(())
    }

    fn row(&mut self, rows: &Rows<'_>, start: usize) -> fmt::Result {
        let label = Label { rows, start };
        let end = rows.area.span().min(start.saturating_add(rows.row.bytes));
        let row = rows.row;
        let (head, tail) = row.shown(start..end.min(start.saturating_add(row.content)));
        let between = match tail.start - head.end {
            0 => "",
            _ if tail.is_empty() => " ...",
            _ => " ... ",
        };
        let skipped = end - tail.end;
        let (Some(head), Some(tail)) = (self.picture(rows, head), self.picture(rows, tail)) else {
            self.leaves_out = true;
            return self.line(format_args!("{label}too many items overlap here"));
        };
        let (first, last) = (head.line(0), tail.line(0));
        // A gap at the end of what goes on is as wide as any.
        let width = if last.is_empty() { 0 } else { head.width() };
        match skipped {
            0 => self.line(format_args!("{label}{first:width$}{between}{last}"))?,
            _ => {
                let skipped = Many(skipped, "byte");
                self.line(format_args!(
                    "{label}{first:width$}{between}{last} ({skipped} skipped)"
                ))?;
            }
        }
        let margin = rows.margin;
        for lane in 1..head.lanes {
            self.line(format_args!("{:margin$}{}", "", head.line(lane)))?;
        }
        Ok(())
    }

    /// The items of a window; `None` where they are too many.
    fn picture<'r>(&mut self, rows: &'r Rows<'r>, window: Range<usize>) -> Option<Picture<'r>> {
        let mut spots = Spots::NONE;
        let mut add = |spot| spots.add(spot);
        rows.area.spots(window.clone(), &mut { STEPS }, &mut add)?;
        let mut picture = Picture::new(rows, window);
        picture.draw(spots.sorted()?);
        self.has_gaps |= picture.has_gaps;
        self.has_stars |= picture.has_stars;
        self.leaves_out |= picture.leaves_out;
        Some(picture)
    }
}
