//! A window of memory as characters: items in brackets, dots for what lies between them.

use std::ops::Range;

use super::area::Spot;
use super::rows::{Rows, Scale, WIDTH, digits};

/// Lines of a window, for items that overlap.
pub(super) const LANES: usize = 3;
/// Items that begin or end in a window, or go through it.
const SPOTS: usize = 256;

/// The items of a row.
pub(super) struct Spots {
    all: [Spot; SPOTS],
    /// How many there are; perhaps more than have room.
    count: usize,
}

impl Spots {
    pub(super) const NONE: Self = Self {
        all: [Spot { at: 0, number: 0 }; SPOTS],
        count: 0,
    };

    pub(super) fn add(&mut self, spot: Spot) {
        if let Some(place) = self.all.get_mut(self.count) {
            *place = spot;
        }
        self.count += 1;
    }

    /// From the lowest up; of those at one place, the first that is read comes first. `None`
    /// where they are too many.
    pub(super) fn sorted(&mut self) -> Option<&[Spot]> {
        let all = self.all.get_mut(..self.count)?;
        all.sort_unstable();
        Some(all)
    }
}

/// The characters of a row.
pub(super) struct Picture<'a> {
    rows: &'a Rows<'a>,
    window: Range<usize>,
    text: [[u8; WIDTH]; LANES],
    /// Characters of each line that are in use.
    ends: [usize; LANES],
    /// Lines in use.
    pub(super) lanes: usize,
    pub(super) has_gaps: bool,
    pub(super) has_stars: bool,
    pub(super) leaves_out: bool,
}

impl<'a> Picture<'a> {
    pub(super) fn new(rows: &'a Rows<'a>, window: Range<usize>) -> Self {
        Self {
            rows,
            window,
            text: [[b' '; WIDTH]; LANES],
            ends: [0; LANES],
            lanes: 1,
            has_gaps: false,
            has_stars: false,
            leaves_out: false,
        }
    }

    pub(super) fn line(&self, lane: usize) -> &str {
        str::from_utf8(&self.text[lane][..self.ends[lane]]).unwrap_or("")
    }

    /// Characters of the whole window.
    pub(super) fn width(&self) -> usize {
        self.column(self.window.end)
    }

    /// The character at which a byte begins that lies in the row.
    fn column(&self, at: usize) -> usize {
        let Scale { characters, bytes } = self.rows.scale;
        (at - self.window.start) / bytes * characters
    }

    pub(super) fn draw(&mut self, spots: &[Spot]) {
        // Up to here every byte has been looked at.
        let mut seen = self.window.start;
        let mut k = 0;
        while let Some(&spot) = spots.get(k) {
            let same = spots[k..]
                .iter()
                .take_while(|other| other.at == spot.at)
                .count();
            self.draw_gap(seen, spot.at);
            self.draw_item(spot, same > 1 || self.rows.area.repeats);
            seen = seen.max(spot.at + self.rows.area.size);
            k += same;
        }
        self.draw_gap(seen, self.window.end);
    }

    fn draw_gap(&mut self, from: usize, to: usize) {
        let Scale { characters, bytes } = self.rows.scale;
        for at in (from..to).step_by(bytes) {
            let column = self.column(at);
            let cell = &mut self.text[0][column..column + characters];
            self.ends[0] = column + characters;
            if characters <= bytes {
                cell.fill(b'.');
            } else {
                let middle = (characters - 1) / 2;
                cell[middle] = b'.';
                self.ends[0] = column + middle + 1;
            }
            self.has_gaps = true;
        }
    }

    fn draw_item(&mut self, spot: Spot, has_star: bool) {
        let end = spot.at + self.rows.area.size;
        let (begins, ends) = (spot.at >= self.window.start, end <= self.window.end);
        let from = self.column(spot.at.max(self.window.start));
        let to = self.column(end.min(self.window.end));
        let Some(lane) = (0..LANES).find(|&lane| self.ends[lane] <= from) else {
            self.leaves_out = true;
            return;
        };
        self.lanes = self.lanes.max(lane + 1);
        self.ends[lane] = to;
        self.has_stars |= has_star;
        let cell = &mut self.text[lane][from..to];
        if begins {
            cell[0] = b'[';
        }
        if ends {
            cell[to - from - 1] = b']';
        }
        let inside = usize::from(begins)..to - from - usize::from(ends);
        write_label(
            &mut cell[inside],
            self.rows.names.letter,
            spot.number,
            has_star,
        );
    }
}

/// Writes `p12*`, where there is room for it.
fn write_label(room: &mut [u8], letter: Option<char>, number: isize, has_star: bool) {
    let letter = letter.map(|letter| letter as u8);
    let before = usize::from(letter.is_some());
    let length = before + digits(number) + usize::from(has_star);
    let Some(label) = room.get_mut(..length) else {
        return;
    };
    if let Some(letter) = letter {
        label[0] = letter;
    }
    let mut rest = number;
    for digit in label[before..before + digits(number)].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    if has_star {
        label[length - 1] = b'*';
    }
}
