//! Transposes, at every level and each way that the processor has, between pages that nobody may
//! touch.

use super::guarded::Guarded;
use super::*;
use crate::copy::kernel::transpose::job::Job;
use crate::copy::kernel::transpose::{Choice, transpose, transpose_all, transpose_nested};
use crate::copy::kernel::{Axis, Level};
use crate::copy::loops::Loop;

/// Lengths, each from the outermost on, and where the dimensions lie on the side where they do
/// not lie together.
#[derive(Debug, Clone)]
struct Case {
    size: usize,
    outer: Vec<usize>,
    rows: Vec<usize>,
    columns: Vec<usize>,
    to: Side,
    from: Side,
}

#[derive(Debug, Clone)]
struct Side {
    /// The dimension that is the next inner one, for each that does not lie together.
    order: Vec<usize>,
    /// Bytes behind each.
    gaps: Vec<usize>,
    /// Whether it is walked down.
    down: Vec<bool>,
    /// Bytes between the items and a guard: behind them if `at_end`, else before.
    beside: usize,
    at_end: bool,
}

const MOST_DIMS: usize = 6;

/// Of the items of a plane.
const MOST_BYTES: usize = 40_000;

fn sides() -> impl Strategy<Value = Side> {
    (
        Just((0..MOST_DIMS).collect::<Vec<_>>()).prop_shuffle(),
        prop::collection::vec(prop_oneof![3 => Just(0usize), 1 => 1..70usize], MOST_DIMS),
        prop::collection::vec(prop::bool::weighted(0.3), MOST_DIMS),
        prop_oneof![2 => Just(0usize), 3 => 0..64usize],
        any::<bool>(),
    )
        .prop_map(|(order, gaps, down, beside, at_end)| Side {
            order,
            gaps,
            down,
            beside,
            at_end,
        })
}

impl Side {
    /// Strides of dimensions of these lengths around items of some bytes, the bytes from the
    /// first item to the lowest, and all that they span.
    fn strides(&self, inner: usize, lengths: &[usize]) -> (Vec<isize>, usize, usize) {
        let mut span = inner;
        let mut below = 0;
        let mut strides = vec![0; lengths.len()];
        for &dim in self.order.iter().filter(|&&dim| dim < lengths.len()) {
            let stride = span + self.gaps[dim];
            let steps = lengths[dim].saturating_sub(1);
            strides[dim] = stride as isize;
            if self.down[dim] {
                strides[dim] = -strides[dim];
                below += steps * stride;
            }
            span += steps * stride;
        }
        (strides, below, span)
    }
}

/// Around the edges of tiles, strips and blocks.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        4 => 0..20usize,
        3 => (0..3usize, 0..3usize).prop_map(|(k, by)| (32 << k) + by - 1),
        1 => 20..300usize,
    ]
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![3 => prop::sample::select(vec![1usize, 2, 4, 8, 16]), 1 => 1..34usize]
}

prop_compose! {
    fn planes()(
        size in size(),
        rows in length(),
        columns in length(),
        to in sides(),
        from in sides(),
    ) -> Case {
        let columns = columns.min(MOST_BYTES / size / rows.max(1));
        Case { size, outer: vec![], rows: vec![rows], columns: vec![columns], to, from }
    }
}

prop_compose! {
    fn many_dims()(
        size in size(),
        outer in prop::collection::vec(1..3usize, 0..3),
        rows in prop::collection::vec(1..7usize, 0..4),
        columns in prop::collection::vec(1..7usize, 0..4),
        to in sides(),
        from in sides(),
    ) -> Case {
        Case { size, outer, rows, columns, to, from }
    }
}

/// All indices of some lengths.
fn indices(lengths: &[usize]) -> Vec<Vec<isize>> {
    let shape: Vec<_> = lengths.iter().map(|&length| length as isize).collect();
    all_indices(&shape)
}

fn along(strides: &[isize], indices: &[isize]) -> isize {
    strides.iter().zip(indices).map(|(s, i)| s * i).sum()
}

impl Case {
    fn check(&self) {
        let rows: usize = self.rows.iter().product();
        let columns: usize = self.columns.iter().product();
        let to_lengths = [&self.outer[..], &self.rows].concat();
        let from_lengths = [&self.outer[..], &self.columns].concat();
        let (to_strides, to_below, to_span) = self.to.strides(columns * self.size, &to_lengths);
        let (from_strides, from_below, from_span) =
            self.from.strides(rows * self.size, &from_lengths);

        let source: Vec<u8> = (0..from_span).map(|k| (k * 7 + k / 251) as u8).collect();
        let mut expected = vec![0xa5; to_span];
        for around in indices(&self.outer) {
            for (r, row) in indices(&self.rows).iter().enumerate() {
                for (c, column) in indices(&self.columns).iter().enumerate() {
                    let to = along(&to_strides, &[&around[..], row].concat());
                    let from = along(&from_strides, &[&around[..], column].concat());
                    let to = (to_below + c * self.size).wrapping_add_signed(to);
                    let from = (from_below + r * self.size).wrapping_add_signed(from);
                    let item = &source[from..from + self.size];
                    expected[to..to + self.size].copy_from_slice(item);
                }
            }
        }

        let from = Placed::new(&self.from, &source);
        let loops = |lengths: &[usize], first: usize| {
            let loops = lengths.iter().enumerate().map(|(k, &length)| Loop {
                length,
                to: to_strides.get(first + k).copied().unwrap_or(0),
                from: from_strides.get(first + k).copied().unwrap_or(0),
            });
            loops.collect::<Vec<_>>()
        };
        let outer = loops(&self.outer, 0);
        let strides_within = |lengths: &[usize]| {
            let mut stride = self.size;
            let mut strides = vec![0; lengths.len()];
            for (slot, length) in strides.iter_mut().zip(lengths).rev() {
                *slot = stride as isize;
                stride *= length;
            }
            strides
        };
        let mut rows = loops(&self.rows, self.outer.len());
        for (one, from) in rows.iter_mut().zip(strides_within(&self.rows)) {
            one.from = from;
        }
        let mut columns = loops(&self.columns, self.outer.len());
        for (one, to) in columns.iter_mut().zip(strides_within(&self.columns)) {
            one.to = to;
        }
        for level in Level::all() {
            for choice in [
                None,
                Some(Choice::Direct),
                Some(Choice::Lines),
                Some(Choice::Stage),
            ] {
                let to = Placed::new(&self.to, &vec![0xa5; to_span]);
                let job = Job {
                    to: to.first.wrapping_add(to_below),
                    from: from.first.wrapping_add(from_below),
                    outer: &outer,
                    rows: &rows,
                    columns: &columns,
                    size: self.size,
                };
                // SAFETY: as far as the strides reach lie the bytes of the two.
                unsafe { transpose_all(level, &job, choice) };
                assert!(to.bytes() == expected, "{level:?}, {choice:?}");
            }
            let (Some((row, more_rows)), Some((column, more_columns))) =
                (rows.split_last(), columns.split_last())
            else {
                continue;
            };
            if expected.is_empty() || source.is_empty() {
                continue;
            }
            let around = [&outer[..], more_columns, more_rows].concat();
            let to = Placed::new(&self.to, &vec![0xa5; to_span]);
            let first = to.first.wrapping_add(to_below);
            let source = from.first.wrapping_add(from_below);
            // SAFETY: as far as the strides reach lie the bytes of the two.
            unsafe { transpose_nested(level, first, source, &around, *row, *column, self.size) };
            assert!(to.bytes() == expected, "{level:?}, nested");
        }
    }
}

/// Bytes beside a guard.
struct Placed {
    first: *mut u8,
    length: usize,
    _memory: Guarded,
}

impl Placed {
    fn new(side: &Side, bytes: &[u8]) -> Self {
        let memory = Guarded::new(bytes.len() + side.beside, side.at_end);
        let before = if side.at_end { 0 } else { side.beside };
        let first = memory.as_ptr().wrapping_add(before);
        // SAFETY: there is room for the bytes, and what is beside them.
        unsafe { first.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Self {
            first,
            length: bytes.len(),
            _memory: memory,
        }
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: so many lie there, and nobody writes meanwhile.
        unsafe { std::slice::from_raw_parts(self.first, self.length) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(250)))]

    #[test]
    fn two_dimensions_change_places(case in planes()) {
        case.check();
    }

    #[test]
    fn many_dimensions_change_places(case in many_dims()) {
        case.check();
    }
}

/// A plane without gaps, at the beginning of memory.
fn plane(size: usize, rows: usize, columns: usize) -> Case {
    let side = Side {
        order: (0..MOST_DIMS).collect(),
        gaps: vec![0; MOST_DIMS],
        down: vec![false; MOST_DIMS],
        beside: 0,
        at_end: true,
    };
    let (outer, rows, columns) = (vec![], vec![rows], vec![columns]);
    let (to, from) = (side.clone(), side);
    Case {
        size,
        outer,
        rows,
        columns,
        to,
        from,
    }
}

#[test]
fn items_of_every_size_change_places() {
    for size in 1..34 {
        for (rows, columns) in [(1, 1), (2, 67), (67, 2), (35, 33)] {
            plane(size, rows, columns).check();
        }
    }
}

#[test]
fn both_sides_may_begin_anywhere() {
    for size in [1, 2, 4, 8, 16] {
        for beside in (0..64).step_by(if cfg!(pybuf_units) { 9 } else { 1 }) {
            let mut case = plane(size, 35, 260 / size + 37);
            case.to.beside = beside;
            case.to.gaps[0] = beside % 7;
            case.from.beside = beside * 5 % 64;
            case.check();
        }
    }
}

#[test]
fn columns_may_crowd_in_the_cache() {
    let gaps: &[usize] = match cfg!(pybuf_units) {
        true => &[1],
        false => &[0, 1, 60],
    };
    for size in [1, 2, 4, 8, 16] {
        for &by in gaps {
            let mut case = plane(size, 4096 / size, 67);
            case.from.gaps[0] = by;
            case.check();
            let mut case = plane(size, 67, 70);
            case.from.gaps[0] = 4096 - 67 * size - by;
            case.check();
        }
    }
}

/// Where rows share their lines, and what is left over at their edges is no square.
#[test]
fn edges_of_whole_lines_change_places() {
    for size in [1, 2, 4, 8, 16] {
        let side = 64 / size;
        let edges = [
            (0, 1, 0),
            (1, 0, side - 1),
            (side - 1, side - 1, 1),
            (0, 0, 1),
        ];
        for (rows, columns, head) in edges {
            let mut case = plane(size, 2 * side + rows, 3 * side + columns);
            case.to.beside = head * size;
            case.to.gaps[0] = (columns * size).wrapping_neg() % 64;
            case.from.gaps[0] = 5;
            case.check();
        }
    }
}

/// In rows and columns of several dimensions, and around a part's edges.
#[test]
fn nested_whole_lines_change_places() {
    for size in [1, 2, 4, 8, 16] {
        let side = 64 / size;
        let planes = [
            (vec![3, side], vec![2, side], false),
            (vec![2, 2, side], vec![5, side], true),
            (vec![side], vec![2, 3, side], false),
            (vec![192 / side, side], vec![96 / side, 2 * side], true),
        ];
        // Emulated, the last one takes half a minute, where there is nothing for it.
        let number = if cfg!(pybuf_units) { 3 } else { planes.len() };
        for (rows, columns, turned) in planes.into_iter().take(number) {
            let mut case = plane(size, 1, 1);
            (case.outer, case.rows, case.columns) = (vec![2], rows, columns);
            case.check();
            if turned {
                case.to.order.reverse();
                case.from.order.reverse();
                case.to.down[2] = true;
                case.check();
            }
            case.to.beside = size;
            case.check();
        }
    }
}

/// Where rows begin with lines, and are whole ones.
#[test]
fn whole_lines_change_places() {
    for size in [1, 2, 4, 8, 16] {
        let side = 64 / size;
        for (rows, columns, down) in [(1, 3, false), (4, 1, true), (5, 3, false), (9, 2, true)] {
            let mut case = plane(size, rows * side, columns * side);
            case.outer = vec![2];
            case.to.down[1] = down;
            case.from.down[1] = down;
            case.from.gaps[1] = 13 * rows;
            case.check();
            case.to.gaps[1] = 64;
            case.check();
        }
    }
}

/// Around a strip's edges, in planes that are large enough for it.
#[test]
#[cfg_attr(pybuf_units, ignore = "it takes minutes there")]
fn lines_are_asked_for_before_they_are_stored_to() {
    for (size, rows, columns) in [(1, 449, 463), (2, 321, 335), (4, 225, 237), (8, 161, 158)] {
        for beside in [0, 3 * size] {
            let mut case = plane(size, rows, columns);
            case.to.beside = beside;
            case.to.gaps[0] = beside;
            case.check();
        }
    }
}

/// Large enough that none of it is what only a test asks for. Emulated, that takes minutes.
#[test]
#[cfg_attr(pybuf_units, ignore = "it takes minutes there")]
fn large_planes_change_places() {
    let planes = [
        (1, 4099, 4097),
        (2, 2051, 2101),
        (4, 1027, 2051),
        (8, 1027, 1030),
        (16, 1025, 1040),
    ];
    for (size, rows, columns) in planes {
        let source: Vec<u8> = (0..rows * columns * size).map(|k| (k / 3) as u8).collect();
        let expected: Vec<u8> = (0..rows * columns)
            .flat_map(|k| {
                let at = (k % columns * rows + k / columns) * size;
                &source[at..at + size]
            })
            .copied()
            .collect();
        for level in Level::all() {
            let mut to = vec![0u8; source.len()];
            let axis = |length, stride: usize| Axis {
                length,
                stride: stride as isize,
            };
            let (r, c) = (axis(rows, columns * size), axis(columns, rows * size));
            // SAFETY: so many items are in both.
            unsafe { transpose(level, to.as_mut_ptr(), source.as_ptr(), r, c, size) };
            assert!(to == expected, "{level:?}, {size}");
        }
    }
}
