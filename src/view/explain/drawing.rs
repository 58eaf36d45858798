//! Memory drawn in rows: for each byte the item that it belongs to.
//!
//! A row is a step of a dimension, such as a line of a picture: where it is too long its middle
//! is left out. What overlaps is drawn on lines below each other; what lies at the very same
//! place is drawn once.

use std::fmt::{self, Arguments, Formatter};
use std::ops::Range;

use super::area::Area;
use super::many::Many;
use super::picture::{LANES, Picture, Spots, WIDTH};

/// All lines.
const LINES: usize = 20;
/// Steps in search of them.
const STEPS: usize = 4096;

/// What the rows of an area are called, and what lies in it.
pub(super) struct Names {
    /// The pointer that leads to it, by its letter and number.
    pub(super) origin: Option<(char, isize)>,
    /// The letter of the pointers that lie there; `None`: items.
    pub(super) letter: Option<char>,
    /// The highest number of any of them.
    pub(super) highest: isize,
}

/// How many characters stand for how many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) characters: usize,
    pub(super) bytes: usize,
}

impl Scale {
    /// So that the number of each item fits between its brackets; one for each byte, where that
    /// is enough and not too long.
    fn of(area: &Area, label: usize) -> Self {
        const LONGEST: usize = 8;
        let bytes = area.unit();
        let needed = (label + 2).div_ceil(area.size / bytes);
        let characters = match bytes {
            ..=LONGEST => needed.max(bytes),
            _ => needed,
        };
        Self { characters, bytes }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { characters, bytes } = *self;
        match (characters % bytes, bytes) {
            (0, _) => write!(f, "{} for each byte", Many(characters / bytes, "character")),
            _ => write!(
                f,
                "{} for every {bytes} bytes",
                Many(characters, "character")
            ),
        }
    }
}

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
        let star = usize::from(area.repeats || overlaps);
        let label = digits(names.highest) + usize::from(names.letter.is_some()) + star;
        let scale = Scale::of(area, label);
        self.write_heading(scale, names)?;
        let row = Row::of(area, scale, overlaps);
        let rows = Rows {
            area,
            names,
            scale,
            row,
            margin: margin(area, names, row.bytes),
        };
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

/// The bytes of a row.
#[derive(Debug, Clone, Copy)]
struct Row {
    bytes: usize,
    /// The first so many are drawn; the rest is skipped.
    content: usize,
    /// So many are drawn at most.
    most: usize,
    /// Where a row is cut, it is cut at a multiple of this.
    step: usize,
}

impl Row {
    /// A step of the outermost dimension where that fits, else of the innermost one that steps
    /// over all that fits, cut; else as many steps of a smaller one as fit.
    fn of(area: &Area, scale: Scale, overlaps: bool) -> Self {
        let most = (WIDTH / scale.characters)
            .max(1)
            .saturating_mul(scale.bytes);
        let axes = area.axes();
        let fits = axes.partition_point(|axis| axis.step > most);
        let step = axes.get(fits).map_or(scale.bytes, |axis| axis.step);
        let is_line = |k: usize| axes.get(k + 1).is_some() && axes[k].step >= area.span_of(k + 1);
        let (bytes, content) = match fits.checked_sub(1) {
            None if is_line(0) => (step, step),
            Some(k) if !overlaps && is_line(k) => {
                let bytes = axes[k].step;
                // Else items of another line may lie at its end.
                let is_regular = axes[..k].iter().all(|outer| outer.step % bytes == 0);
                (
                    bytes,
                    if is_regular {
                        area.span_of(k + 1)
                    } else {
                        bytes
                    },
                )
            }
            _ => (most / step * step, most),
        };
        let bytes = bytes.min(area.span());
        Self {
            bytes,
            content,
            most,
            step,
        }
    }

    /// What is drawn of a row: its beginning, and its end.
    fn shown(self, row: Range<usize>) -> (Range<usize>, Range<usize>) {
        if row.len() <= self.most {
            return (row.clone(), row.end..row.end);
        }
        let up = |bytes: usize| bytes.div_ceil(self.step).saturating_mul(self.step);
        let head = up(self.most / 2);
        let tail = up(row.len() - self.most / 3).min(row.len());
        (row.start..row.start + head, row.start + tail..row.end)
    }
}

/// What all rows of an area have in common.
pub(super) struct Rows<'a> {
    pub(super) area: &'a Area,
    pub(super) names: &'a Names,
    pub(super) scale: Scale,
    row: Row,
    /// Characters before what is drawn.
    margin: usize,
}

/// Where a row begins: `offset 12: `, `p0 +12: `.
struct Label<'a> {
    rows: &'a Rows<'a>,
    start: usize,
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { rows, start } = *self;
        let before = origin_width(rows.names) + ": ".len();
        let width = rows.margin - before;
        match rows.names.origin {
            None => write!(f, "offset {start:width$}: "),
            Some((letter, number)) => {
                let offset = rows.area.low.wrapping_add_unsigned(start);
                write!(f, "{letter}{number} {offset:+width$}: ")
            }
        }
    }
}

fn origin_width(names: &Names) -> usize {
    match names.origin {
        None => "offset ".len(),
        Some((_, number)) => "p ".len() + digits(number),
    }
}

fn margin(area: &Area, names: &Names, row: usize) -> usize {
    let last = (area.span() - 1) / row * row;
    let width = match names.origin {
        None => digits(last as isize),
        Some(_) => {
            let highest = area.low.wrapping_add_unsigned(last);
            1 + digits(area.low).max(digits(highest))
        }
    };
    origin_width(names) + width + ": ".len()
}

/// Digits of a number, without its sign.
pub(super) fn digits(number: isize) -> usize {
    number.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1
}
