//! An area cut into rows: how many bytes a row has, how many characters stand for them, and what
//! is written where it begins. All of it is known before the first row is drawn.
//!
//! A row is a step of a dimension, such as a line of a picture: where it is too long its middle
//! is left out.

use std::fmt::{self, Formatter};
use std::ops::Range;

use super::area::Area;
use crate::error::Many;

/// Characters of a window.
pub(super) const WIDTH: usize = 72;

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

/// The bytes of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) bytes: usize,
    /// The first so many are drawn; the rest is skipped.
    pub(super) content: usize,
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
    pub(super) fn shown(self, row: Range<usize>) -> (Range<usize>, Range<usize>) {
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
    pub(super) row: Row,
    /// Characters before what is drawn.
    pub(super) margin: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn of(area: &'a Area, names: &'a Names, overlaps: bool) -> Self {
        let star = usize::from(area.repeats || overlaps);
        let label = digits(names.highest) + usize::from(names.letter.is_some()) + star;
        let scale = Scale::of(area, label);
        let row = Row::of(area, scale, overlaps);
        Self {
            area,
            names,
            scale,
            row,
            margin: margin(area, names, row.bytes),
        }
    }
}

/// Where a row begins: `offset 12: `, `p0 +12: `.
pub(super) struct Label<'a> {
    pub(super) rows: &'a Rows<'a>,
    pub(super) start: usize,
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
