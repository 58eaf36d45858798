//! Copies against a naive oracle: a list of items, read and written one at a time.

use super::*;
use crate::error::Kind;
use crate::layout::Overlap;
use proptest::prelude::*;

mod bytes;
mod explain;
mod few;
mod fill;
mod guarded;
mod kept;
mod order;
mod overlap;
mod plans;
#[cfg(all(windows, target_arch = "x86_64"))]
mod registers;
mod scans;
mod select;
mod transpose;

/// What the test that does most does, in `cargo test`.
const MOST_CASES: u64 = 10_000;

/// So many cases; where a machine is emulated, or every access is watched, a tenth of them. In a
/// long run `PYBUF_CASES` says how many are done where [`MOST_CASES`] would be, and of the others
/// in proportion: 250000 are more than a million together, and take some minutes with
/// `cargo test --release --lib copy::`.
fn so_many(all: u32) -> u32 {
    match std::env::var("PYBUF_CASES") {
        Ok(cases) => {
            let cases: u64 = cases.parse().expect("PYBUF_CASES is a number");
            (u64::from(all) * cases).div_ceil(MOST_CASES) as u32
        }
        Err(_) if cfg!(pybuf_units) => all / 10,
        Err(_) => all,
    }
}

/// A layout inside `MEMORY` bytes, from signed strides, with the offset that keeps it there.
const MEMORY: usize = 4096;

fn layout_of(itemsize: usize, dims: &[(isize, isize)], order: &[usize]) -> Layout {
    let (shape, strides): (Vec<_>, Vec<_>) = dims.iter().copied().unzip();
    let layout = Layout::strided(itemsize, &shape, &strides, 0).unwrap();
    let low = layout.extent().low;
    layout.at(-low).unwrap().transpose(order).unwrap()
}

fn all_indices(shape: &[isize]) -> Vec<Vec<isize>> {
    let mut all = vec![vec![]];
    for &length in shape {
        all = all
            .iter()
            .flat_map(|head: &Vec<isize>| {
                (0..length).map(move |i| head.iter().copied().chain([i]).collect())
            })
            .collect();
    }
    all
}

fn offset_of(layout: &Layout, indices: &[isize]) -> usize {
    let along: isize = indices
        .iter()
        .zip(layout.strides())
        .map(|(i, s)| i * s)
        .sum();
    (layout.offset() + along) as usize
}

/// Items of `from` read first, then all written, by the definition.
fn oracle(memory: &mut [u8], to: (&Layout, usize), from: (&Layout, usize)) {
    let size = from.0.itemsize();
    let items: Vec<(Vec<isize>, Vec<u8>)> = all_indices(from.0.shape())
        .into_iter()
        .map(|indices| {
            let at = from.1 + offset_of(from.0, &indices);
            let item = memory[at..at + size].to_vec();
            (indices, item)
        })
        .collect();
    for (indices, item) in items {
        let at = to.1 + offset_of(to.0, &indices);
        memory[at..at + size].copy_from_slice(&item);
    }
}

/// Strides of items that do not share bytes: a contiguous layout with gaps, permuted and
/// with some dimensions reversed.
fn spread(itemsize: usize, shape: &[isize], gaps: &[isize], signs: &[bool]) -> Vec<(isize, isize)> {
    let mut stride = itemsize as isize;
    let mut dims = Vec::new();
    for (k, &length) in shape.iter().enumerate() {
        stride += gaps[k];
        dims.push((length, if signs[k] { -stride } else { stride }));
        stride *= length.max(1);
    }
    dims
}

#[derive(Debug, Clone)]
struct Case {
    to: Layout2,
    from: Layout2,
    to_at: usize,
    from_at: usize,
}

/// Dimensions with strides, and the item size: enough to make a layout again.
type Layout2 = (usize, Vec<(isize, isize)>);

prop_compose! {
    fn cases()(
        itemsize in 1usize..10,
        shape in prop::collection::vec(0isize..4, 0..5),
        gaps in prop::array::uniform8(prop_oneof![3 => Just(0isize), 1 => 0isize..4]),
        signs in prop::array::uniform8(any::<bool>()),
        rotate in 0usize..5,
        to_at in 0usize..64,
        from_at in 0usize..64,
    ) -> Case {
        let to = spread(itemsize, &shape, &gaps[..4], &signs[..4]);
        let mut rotated = shape.clone();
        if !shape.is_empty() {
            rotated.rotate_left(rotate % shape.len());
        }
        let mut from = spread(itemsize, &rotated, &gaps[4..], &signs[4..]);
        if !shape.is_empty() {
            from.rotate_right(rotate % shape.len());
        }
        Case { to: (itemsize, to), from: (itemsize, from), to_at, from_at }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(3000)))]

    /// Source and destination in the same memory: overlap of every kind.
    #[test]
    fn copies_are_as_if_staged(case in cases()) {
        let order: Vec<_> = (0..case.to.1.len()).collect();
        let to = layout_of(case.to.0, &case.to.1, &order);
        let from = layout_of(case.from.0, &case.from.1, &order);
        let mut expected: Vec<u8> = (0..MEMORY).map(|i| (i * 7 + i / 256) as u8).collect();
        let mut memory = expected.clone();
        oracle(&mut expected, (&to, case.to_at), (&from, case.from_at));
        let mut place = |layout, at| Place { base: memory.as_mut_ptr().wrapping_add(at), layout };
        let (to, from) = (place(&to, case.to_at), place(&from, case.from_at));
        // SAFETY: all items lie in `memory`.
        unsafe { copy(to, from) }.unwrap();
        prop_assert_eq!(memory, expected);
    }

    #[test]
    fn gather_and_scatter_are_inverse(case in cases(), fortran in any::<bool>()) {
        let order = if fortran { Order::F } else { Order::C };
        let axes: Vec<_> = (0..case.from.1.len()).collect();
        let layout = layout_of(case.from.0, &case.from.1, &axes);
        let mut memory: Vec<u8> = (0..MEMORY).map(|i| (i * 7) as u8).collect();
        let mut bytes = vec![0; layout.nbytes()];
        let place = Place { base: memory.as_mut_ptr(), layout: &layout };
        // SAFETY: all items lie in `memory`, and `bytes` has room for them.
        unsafe { gather(bytes.as_mut_ptr(), place, order) }.unwrap();
        let before = memory.clone();
        memory.fill(0);
        let place = Place { base: memory.as_mut_ptr(), layout: &layout };
        // SAFETY: as above.
        unsafe { scatter(place, bytes.as_ptr(), layout.len(), order) }.unwrap();
        for indices in all_indices(layout.shape()) {
            let at = offset_of(&layout, &indices);
            let range = at..at + layout.itemsize();
            prop_assert_eq!(&memory[range.clone()], &before[range]);
        }
    }
}

/// The last one in the order that was asked for, whether all are scattered or all but one.
#[test]
fn of_items_on_top_of_each_other_the_last_stays() {
    let layout = Layout::strided(1, &[2, 3], &[1, 1], 0).unwrap();
    for (order, all, but_one) in [(Order::C, b"adef", b"ade\0"), (Order::F, b"acef", b"ace\0")] {
        for (count, wanted) in [(6, all), (5, but_one)] {
            let mut memory = [0; 4];
            let place = Place {
                base: memory.as_mut_ptr(),
                layout: &layout,
            };
            // SAFETY: all items lie in the memory, and so many in the bytes.
            unsafe { scatter(place, b"abcdef".as_ptr(), count, order) }.unwrap();
            assert_eq!(&memory, wanted, "{count} in order {order:?}");
        }
    }
}

#[test]
fn pointers_are_followed_on_both_sides() {
    let mut rows = [*b"abcd", *b"efgh", *b"ijkl"];
    let mut pointers: Vec<*mut u8> = rows.iter_mut().map(|row| row.as_mut_ptr()).collect();
    let word = size_of::<usize>() as isize;
    let layout = Layout::indirect(1, &[3, 2], &[word, 2], Some(&[1, -1]), 0).unwrap();
    let place = Place {
        base: pointers.as_mut_ptr().cast(),
        layout: &layout,
    };
    let mut bytes = [0; 6];
    // SAFETY: the pointers lead to rows of four bytes.
    unsafe { gather(bytes.as_mut_ptr(), place, Order::C) }.unwrap();
    assert_eq!(&bytes, b"bdfhjl");
    // SAFETY: as above.
    unsafe { gather(bytes.as_mut_ptr(), place, Order::F) }.unwrap();
    assert_eq!(&bytes, b"bfjdhl");
    // SAFETY: as above.
    unsafe { scatter(place, b"BDFHJL".as_ptr(), 6, Order::C) }.unwrap();
    assert_eq!(rows, [*b"aBcD", *b"eFgH", *b"iJkL"]);
}

/// Rows at such places of a memory, behind pointers.
fn behind_pointers(table: &[*mut u8], itemsize: usize, count: isize, stride: isize) -> Layout {
    let word = size_of::<*mut u8>() as isize;
    let shape = [table.len() as isize, count];
    Layout::indirect(itemsize, &shape, &[word, stride], Some(&[0, -1]), 0).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(256)))]

    /// Also where rows of the one side are those of the other.
    #[test]
    fn rows_behind_pointers_are_copied_as_if_staged(
        itemsize in 1..9usize,
        rows in 1..6usize,
        (count, gaps) in (1..20isize, (0..3isize, 0..3isize)),
        moved in any::<bool>(),
        at in prop::collection::vec(0..40usize, 12),
    ) {
        let row = 20 * 3 * 9;
        let mut memory: Vec<u8> = (0..12 * row).map(|k| (k * 7 + k / 256) as u8).collect();
        let base = memory.as_mut_ptr();
        let places = |first: usize| -> Vec<usize> { (first..first + rows).map(|k| k * row).collect() };
        let to_places = places(0);
        let from_places: Vec<_> = match moved {
            true => places(6),
            false => to_places.iter().rev().zip(&at).map(|(place, at)| place + at % 9).collect(),
        };
        let pointers = |places: &[usize]| -> Vec<_> {
            places.iter().map(|&place| base.wrapping_add(place)).collect()
        };
        let (to_table, from_table) = (pointers(&to_places), pointers(&from_places));
        let stride = |gap: isize| itemsize as isize * (1 + gap);
        let to_layout = behind_pointers(&to_table, itemsize, count, stride(gaps.0));
        let from_layout = behind_pointers(&from_table, itemsize, count, stride(gaps.1));
        let mut expected = memory.clone();
        for (place, from) in to_places.iter().zip(&from_places) {
            for k in 0..count {
                let (to, from) = ((k * stride(gaps.0)) as usize + place, (k * stride(gaps.1)) as usize + from);
                expected[to..to + itemsize].copy_from_slice(&memory[from..from + itemsize]);
            }
        }
        let place = |table: &[*mut u8], layout| Place { base: table.as_ptr().cast_mut().cast(), layout };
        let (to, from) = (place(&to_table, &to_layout), place(&from_table, &from_layout));
        // SAFETY: the tables lead to rows that are long enough.
        unsafe { copy(to, from) }.unwrap();
        prop_assert_eq!(memory, expected);
    }
}

#[test]
fn pointers_that_are_written_have_been_followed_before() {
    const WORD: usize = size_of::<*mut u8>();
    let mut rows = [[1u8; WORD], [2; WORD]];
    let mut table = rows.each_mut().map(|row| row.as_mut_ptr());
    let from_layout = behind_pointers(&table, 1, WORD as isize, 1);
    let to_layout = Layout::contiguous(1, &[2, WORD as isize], Order::C).unwrap();
    let base = table.as_mut_ptr().cast::<u8>();
    let place = |layout| Place { base, layout };
    // SAFETY: the table leads to the rows, and nobody follows it any more.
    unsafe { copy(place(&to_layout), place(&from_layout)) }.unwrap();
    // SAFETY: so many bytes are there.
    let written = unsafe { std::slice::from_raw_parts(base, 2 * WORD) };
    assert_eq!(written, rows.concat());
}

#[test]
fn different_items_are_refused() {
    let one = Layout::contiguous(1, &[2, 3], Order::C).unwrap();
    let other = Layout::contiguous(1, &[3, 2], Order::C).unwrap();
    let wide = Layout::contiguous(2, &[2, 3], Order::C).unwrap();
    let mut memory = [0; 12];
    let mut place = |layout| Place {
        base: memory.as_mut_ptr(),
        layout,
    };
    // SAFETY: nothing is copied.
    let message = |to, from| unsafe { copy(to, from) }.unwrap_err().to_string();
    assert!(message(place(&one), place(&other)).contains("shape (3, 2) to shape (2, 3)"));
    assert!(message(place(&one), place(&wide)).contains("items of 2 bytes"));
}
