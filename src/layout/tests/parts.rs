//! Parts, their merging and overlaps, against the list of the items' offsets.

use super::*;
use std::collections::BTreeSet;

/// Layouts that lie among each other: strides that are multiples of one number now and then.
fn crowded() -> impl Strategy<Value = Layout> {
    let stride = prop_oneof![
        -12isize..12,
        (-3isize..4).prop_map(|k| 12 * k),
        -200isize..200
    ];
    let dims = prop::collection::vec((1isize..7, stride), 0..4);
    (dims, 1usize..5, -50isize..50).prop_map(|(dims, itemsize, offset)| {
        let (shape, strides): (Vec<_>, Vec<_>) = dims.into_iter().unzip();
        Layout::strided(itemsize, &shape, &strides, offset).unwrap()
    })
}

/// So many times larger a layout may be that 300,000 bytes are still an `isize`.
const LARGE: isize = if isize::BITS == 64 { 1_000_003 } else { 1_003 };

proptest! {
    #[test]
    fn parts_are_balanced_and_are_the_whole(layout in layouts(), dim in 0usize..5, parts in 1usize..8) {
        prop_assume!(dim < layout.ndim());
        let split = layout.split(dim, parts).unwrap();
        prop_assert_eq!(split.len(), parts);
        let lengths: Vec<_> = split.iter().map(|part| part.shape()[dim]).collect();
        prop_assert!(lengths.is_sorted_by(|a, b| a >= b));
        prop_assert!(lengths[0] - lengths[parts - 1] <= 1);
        let mut whole = split[0].try_clone().unwrap();
        for part in &split[1..] {
            whole = whole.merge(part, dim).unwrap();
        }
        prop_assert_eq!(whole.shape(), layout.shape());
        prop_assert_eq!(offsets(&whole), offsets(&layout));
    }

    /// Merged exactly where some stride gives the items of both.
    #[test]
    fn what_goes_on_is_merged(
        layout in layouts(),
        dim in 0usize..5,
        (own, theirs, gap) in (0isize..4, 0isize..4, prop_oneof![3 => Just(0isize), 1 => -2isize..3]),
        stride in prop::option::of(-40isize..40),
    ) {
        prop_assume!(dim < layout.ndim() && layout.shape()[dim] > 0);
        let numbers = |length, from: isize| {
            let (mut shape, strides) = (layout.shape().to_vec(), layout.strides());
            shape[dim] = length;
            (shape, layout.offset() + from * strides[dim])
        };
        let (shape, first) = numbers(own, 0);
        let one = Layout::strided(layout.itemsize(), &shape, layout.strides(), first).unwrap();
        let (shape, first) = numbers(theirs, own + gap);
        let mut strides = layout.strides().to_vec();
        strides[dim] = stride.unwrap_or(strides[dim]);
        let other = Layout::strided(layout.itemsize(), &shape, &strides, first).unwrap();
        // Each index along the dimension, and what is behind it.
        let along = |layout: &Layout| -> Vec<Vec<isize>> {
            (0..layout.shape()[dim])
                .map(|k| offsets(&layout.slice(dim, Slice { start: Some(k), stop: Some(k + 1), step: 1 }).unwrap()))
                .collect()
        };
        let expected: Vec<_> = along(&one).into_iter().chain(along(&other)).collect();
        let distances: BTreeSet<_> = expected
            .windows(2)
            .filter_map(|pair| Some(pair[1].first()? - pair[0].first()?))
            .collect();
        match one.merge(&other, dim) {
            Ok(merged) => {
                prop_assert_eq!(merged.shape()[dim], own + theirs);
                prop_assert_eq!(along(&merged), expected);
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), Kind::Buffer);
                prop_assert!(distances.len() > 1, "{}", error);
            }
        }
    }

    #[test]
    fn overlap_is_a_byte_in_both(one in crowded(), other in crowded()) {
        let own: BTreeSet<_> = bytes(&one).into_iter().collect();
        let shared = bytes(&other).iter().any(|at| own.contains(at));
        let expected = if shared { Overlap::Yes } else { Overlap::No };
        prop_assert_eq!(one.overlap(&other), expected);
        prop_assert_eq!(other.overlap(&one), expected);
    }

    /// One dimension against one dimension is exact, whatever the numbers.
    #[test]
    fn one_dimension_is_found_out(
        (length, stride) in (1isize..300, 1isize..1000),
        (other_length, other_stride) in (1isize..300, 1isize..1000),
        offset in 0isize..20_000,
        (size, other_size) in (1usize..9, 1usize..9),
        scale in prop_oneof![Just(1isize), Just(LARGE), Just(LARGE + 1)],
    ) {
        // Small items far apart: the same equation with large numbers.
        let one = Layout::strided(size, &[length], &[stride * scale], 0).unwrap();
        let other = Layout::strided(other_size, &[other_length], &[-other_stride * scale], offset * scale).unwrap();
        let theirs: BTreeSet<_> = offsets(&other).into_iter().collect();
        let shared = offsets(&one).iter().any(|&at| {
            theirs.range(at - other_size as isize + 1..at + size as isize).next().is_some()
        });
        let expected = if shared { Overlap::Yes } else { Overlap::No };
        prop_assert_eq!(one.overlap(&other), expected);
    }

    #[test]
    fn no_numbers_of_two_layouts_panic(
        dims in prop::collection::vec((any::<isize>(), any::<isize>()), 0..3),
        others in prop::collection::vec((any::<isize>(), any::<isize>()), 0..3),
        (itemsize, parts) in (any::<usize>(), 0usize..5),
        (offset, other_offset) in any::<(isize, isize)>(),
    ) {
        let of = |dims: Vec<(isize, isize)>, offset| {
            let (shape, strides): (Vec<_>, Vec<_>) = dims.into_iter().unzip();
            Layout::strided(itemsize, &shape, &strides, offset)
        };
        if let (Ok(one), Ok(other)) = (of(dims, offset), of(others, other_offset)) {
            for dim in 0..3 {
                let _ = one.split(dim, parts);
                let _ = one.merge(&other, dim);
                let _ = one.merge(&one, dim);
            }
            let _ = one.overlap(&other);
            let _ = one.overlap(&one);
        }
    }
}

#[test]
fn huge_strides_are_found_out() {
    let far = isize::MAX / 4;
    let one = Layout::strided(1, &[3], &[far], 0).unwrap();
    let other = Layout::strided(1, &[3], &[far - 1], 2).unwrap();
    assert_eq!(one.overlap(&other), Overlap::Yes);
    let other = Layout::strided(1, &[3], &[far - 1], 3).unwrap();
    assert_eq!(one.overlap(&other), Overlap::No);
}

/// As many terms as nobody has, with nothing to tell them apart by: the search gives up.
#[test]
fn the_search_is_bounded() {
    let strides: Vec<_> = (0..40).map(|k| 1_000_000 + 2 * k * k * k).collect();
    let even = Layout::strided(1, &[2; 20], &strides[..20], 0).unwrap();
    let odd = Layout::strided(1, &[2; 20], &strides[20..], 1_000_001).unwrap();
    assert_eq!(even.overlap(&odd), Overlap::Unknown);
    let pointers = Layout::indirect(1, &[2], &[8], Some(&[0]), 0).unwrap();
    assert_eq!(pointers.overlap(&pointers), Overlap::Unknown);
}

#[test]
fn what_cannot_be_split_or_merged_is_said() {
    let layout = Layout::contiguous(2, &[2, 3], Order::C).unwrap();
    assert_eq!(layout.split(0, 0).unwrap_err().kind(), Kind::Value);
    assert_eq!(layout.split(2, 1).unwrap_err().kind(), Kind::Index);
    assert_eq!(layout.split(0, usize::MAX).unwrap_err().kind(), Kind::Value);
    assert_eq!(layout.merge(&layout, 2).unwrap_err().kind(), Kind::Index);
    let wider = Layout::contiguous(2, &[2, 4], Order::C).unwrap();
    let error = layout.merge(&wider, 0).unwrap_err();
    assert!(error.message().contains("more than dimension 0"), "{error}");
    let error = layout.merge(&layout, 0).unwrap_err();
    assert!(error.message().contains("need a copy"), "{error}");
}

/// Along a dimension behind a pointer it is the suboffset that goes on.
#[test]
fn parts_behind_pointers_are_merged() {
    let rows = Layout::indirect(1, &[3, 8], &[8, 1], Some(&[5, -1]), 0).unwrap();
    for dim in 0..2 {
        let parts = rows.split(dim, 3).unwrap();
        let whole = parts[0]
            .merge(&parts[1], dim)
            .unwrap()
            .merge(&parts[2], dim)
            .unwrap();
        assert_eq!(whole.shape(), rows.shape());
        assert_eq!(whole.suboffsets(), rows.suboffsets());
        assert_eq!(
            (whole.offset(), whole.strides()),
            (rows.offset(), rows.strides())
        );
        // Single rows may go on backwards.
        assert_eq!(parts[1].merge(&parts[0], dim).is_ok(), dim == 0);
    }
    let (left, below) = (rows.split(1, 2).unwrap(), rows.split(0, 3).unwrap());
    let other = below[1].split(1, 2).unwrap();
    let first = left[0].split(0, 3).unwrap();
    assert!(first[0].merge(&other[1], 1).is_err(), "of another row");
}
