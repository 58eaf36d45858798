//! Drawings read back: each byte must be drawn as what lies there, by the list of the places of
//! all items.

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::prelude::*;

use super::super::LONGEST;
use super::{explained, strided};
use crate::layout::Layout;

/// By the definition: for each place, counted from the lowest, the items that lie there.
fn places(layout: &Layout) -> BTreeMap<usize, Vec<usize>> {
    let mut all = vec![0];
    for (&length, &stride) in layout.shape().iter().zip(layout.strides()) {
        let step = |at: isize| (0..length).map(move |i| at + i * stride);
        all = all.into_iter().flat_map(step).collect();
    }
    let low = all.iter().min().copied().unwrap_or(0);
    let mut places = BTreeMap::<_, Vec<_>>::new();
    for (number, at) in all.into_iter().enumerate() {
        places.entry((at - low) as usize).or_default().push(number);
    }
    places
}

/// A part of an item that lies in one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fragment {
    start: usize,
    end: usize,
    begins: bool,
    ends: bool,
    label: String,
}

/// What a row must show.
fn fragments(layout: &Layout, row: &Range<usize>) -> Vec<Fragment> {
    let size = layout.itemsize();
    let places = places(layout).into_iter();
    let inside = places.filter(|(at, _)| *at < row.end && at + size > row.start);
    inside
        .map(|(at, items)| Fragment {
            start: at.max(row.start),
            end: (at + size).min(row.end),
            begins: at >= row.start,
            ends: at + size <= row.end,
            label: format!("{}{}", items[0], if items.len() > 1 { "*" } else { "" }),
        })
        .collect()
}

/// A drawing taken apart that is not cut.
struct Drawn<'a> {
    characters: usize,
    bytes: usize,
    /// Its rows: the offset of each, and its lines.
    rows: Vec<(usize, Vec<&'a str>)>,
}

impl<'a> Drawn<'a> {
    fn of(text: &'a str) -> Self {
        let (_, drawing) = text.split_once("\nDrawn, ").unwrap();
        let (heading, lines) = drawing.split_once('\n').unwrap();
        let number = |word: &str| word.parse().ok();
        let numbers: Vec<usize> = heading.split(' ').filter_map(number).collect();
        let margin = lines.find(": ").unwrap() + 2;
        let mut rows: Vec<(usize, Vec<&str>)> = Vec::new();
        for line in lines.lines().take_while(|line| line.starts_with("  ")) {
            let (label, row) = line.split_at(margin);
            match label
                .trim()
                .strip_prefix("offset")
                .and_then(|label| label.strip_suffix(':'))
            {
                Some(offset) => rows.push((offset.trim().parse().unwrap(), vec![row])),
                None => rows.last_mut().unwrap().1.push(row),
            }
        }
        Self {
            characters: numbers[0],
            bytes: numbers.get(1).copied().unwrap_or(1),
            rows,
        }
    }

    /// The byte that begins at a character, counted from the row's first.
    fn byte(&self, character: usize) -> usize {
        character * self.bytes / self.characters
    }

    /// The items on a line of a row.
    fn read(&self, row: usize, line: &str) -> Vec<Fragment> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < line.len() {
            let rest = &line[at..];
            // Without a bracket it began in an earlier row, and goes on from the row's start.
            let begins = rest.starts_with('[');
            let inside = &rest[usize::from(begins)..];
            let length = inside.find(['[', ']', '.']).unwrap_or(inside.len());
            let ends = inside[length..].starts_with(']');
            let label = inside[..length].trim();
            if begins || (at == 0 && (ends || !label.is_empty())) {
                let end = at + usize::from(begins) + length + usize::from(ends);
                found.push(Fragment {
                    start: row + self.byte(at),
                    end: row + self.byte(end),
                    begins,
                    ends,
                    label: label.to_owned(),
                });
                at = end;
            } else {
                assert!(line[at..].starts_with([' ', '.']), "{line}");
                at += 1;
            }
        }
        found
    }
}

/// Every item is drawn where it lies, and every byte of no item as a gap.
fn check_drawing(text: &str, layout: &Layout) {
    let places = places(layout);
    let size = layout.itemsize();
    let span = places.keys().last().unwrap() + size;
    let is_covered = |byte: usize| places.keys().any(|at| (*at..at + size).contains(&byte));
    // The largest piece of which all are made.
    let divides = |unit: &usize| {
        size.is_multiple_of(*unit) && places.keys().all(|at| at.is_multiple_of(*unit))
    };
    let unit = (1..=size).rev().find(divides).unwrap();

    let drawn = Drawn::of(text);
    assert_eq!(drawn.rows[0].0, 0, "{text}");
    let mut dots = vec![false; span];
    for (k, (start, lines)) in drawn.rows.iter().enumerate() {
        let end = drawn.rows.get(k + 1).map_or(span, |next| next.0);
        let mut lines = lines.clone();
        if let Some((row, skipped)) = lines[0].split_once(" (") {
            let skipped: usize = skipped.split_once(' ').unwrap().0.parse().unwrap();
            dots[end - skipped..end].fill(true);
            lines[0] = row;
        }
        let mut found: Vec<_> = lines
            .iter()
            .flat_map(|line| drawn.read(*start, line))
            .collect();
        found.sort();
        let mut wanted = fragments(layout, &(*start..end));
        // Where there is no room for the number there is none, and where there is no bracket
        // either there is nothing.
        for fragment in &mut wanted {
            let is_whole = fragment.begins && fragment.ends;
            let same =
                |other: &&Fragment| (other.start, other.end) == (fragment.start, fragment.end);
            match found.iter().find(same) {
                Some(other) if other.label.is_empty() && !is_whole => fragment.label.clear(),
                _ => {}
            }
        }
        wanted.retain(|fragment| fragment.begins || fragment.ends || found.contains(fragment));
        wanted.sort();
        assert_eq!(found, wanted, "row {start}\n{text}");
        for (character, _) in lines.iter().flat_map(|line| line.match_indices('.')) {
            dots[start + drawn.byte(character)] = true;
        }
    }
    for first in (0..span).step_by(unit) {
        let has_dot = dots[first..first + unit].contains(&true);
        assert_eq!(has_dot, !is_covered(first), "byte {first}\n{text}");
    }
}

/// Small layouts: lengths 1 to 4, strides of both signs and zero, some of them regular.
fn layouts() -> impl Strategy<Value = Layout> {
    let stride = prop_oneof![-9isize..10, (-6isize..7).prop_map(|k| 4 * k)];
    let dims = prop::collection::vec((1isize..5, stride), 0..4);
    (dims, 1usize..9, -50isize..50).prop_map(|(dims, itemsize, offset)| {
        let (shape, strides): (Vec<_>, Vec<_>) = dims.into_iter().unzip();
        strided(itemsize, &shape, &strides, offset)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(pybuf_units) { 100 } else { 1000 }))]

    #[test]
    fn drawings_are_true(layout in layouts()) {
        let text = explained(&format!("{}s", layout.itemsize()), layout.try_clone().unwrap());
        let (words, drawing) = text.split_once("\nDrawn, ").unwrap();
        if !drawing.contains("...") && !drawing.contains("Not all items") {
            check_drawing(&text, &layout);
        }
        let places = places(&layout);
        let (size, span) = (layout.itemsize(), places.keys().last().unwrap() + layout.itemsize());
        let is_covered = |byte: &usize| places.keys().any(|at| (*at..at + size).contains(byte));
        let covered = (0..span).filter(is_covered).count();
        // What is skipped is counted to the byte, unless nothing is told of it.
        let is_told = !words.contains("too entangled");
        let skipped = format!("\nSkipped: {} byte", span - covered);
        prop_assert_eq!(words.contains("\nSkipped: "), is_told && covered < span, "{}", text);
        prop_assert!(!words.contains("\nSkipped: ") || words.contains(&skipped), "{}", text);
        let shares = covered < layout.nbytes();
        prop_assert_eq!(words.contains("\nShared: "), is_told && shares, "{}", text);
    }

    /// Of any memory there is something to say, and never too much.
    #[test]
    fn no_numbers_make_it_long(
        itemsize in prop_oneof![0usize..20, any::<usize>()],
        dims in prop::collection::vec(
            (
                prop_oneof![1isize..3, 0isize..1000, any::<isize>()],
                prop_oneof![-100isize..100, any::<isize>()],
            ),
            0..70,
        ),
        offset in prop_oneof![Just(0), any::<isize>()],
    ) {
        let (shape, strides): (Vec<_>, Vec<_>) = dims.into_iter().unzip();
        for count in 0..=shape.len() {
            let (shape, strides) = (&shape[..count], &strides[..count]);
            let Ok(layout) = Layout::strided(itemsize, shape, strides, offset) else { break };
            let text = explained(&format!("{itemsize}s"), layout);
            prop_assert!(text.len() <= LONGEST && text.ends_with('\n'), "{}", text);
            prop_assert!(text.lines().all(|line| line.len() < 200), "{}", text);
        }
    }
}
