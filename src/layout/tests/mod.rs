//! Layouts against a naive oracle: the list of the byte offsets of all items.

use super::*;
use proptest::prelude::*;

mod parts;
mod recast;
pub(crate) mod select;

/// Offsets of all items in index order, by the definition.
pub(crate) fn offsets(layout: &Layout) -> Vec<isize> {
    let mut all = vec![layout.offset()];
    for (&length, &stride) in layout.shape().iter().zip(layout.strides()) {
        all = all
            .iter()
            .flat_map(|&at| (0..length).map(move |i| at + i * stride))
            .collect();
    }
    all
}

/// All bytes of all items, item by item, the last index varying fastest.
fn bytes(layout: &Layout) -> Vec<isize> {
    let size = layout.itemsize() as isize;
    offsets(layout)
        .iter()
        .flat_map(|&at| at..at + size)
        .collect()
}

/// Any small layout: lengths 0 to 4, strides of both signs and zero.
pub(crate) fn layouts() -> impl Strategy<Value = Layout> {
    let dims = prop::collection::vec((0isize..5, -40isize..40), 0..5);
    (dims, 0usize..9, -50isize..50).prop_map(|(dims, itemsize, offset)| {
        let (shape, strides): (Vec<_>, Vec<_>) = dims.into_iter().unzip();
        Layout::strided(itemsize, &shape, &strides, offset).unwrap()
    })
}

pub(crate) fn python_slice(length: isize, slice: Slice) -> Vec<isize> {
    // The definition in Python's language reference, by walking.
    let (i, j, k) = (slice.start, slice.stop, slice.step);
    let from_end = |bound: isize| if bound < 0 { bound + length } else { bound };
    let mut at = match i.map(from_end) {
        Some(at) if k > 0 => at.max(0),
        Some(at) => at.min(length - 1),
        None if k > 0 => 0,
        None => length - 1,
    };
    let stop = match j.map(from_end) {
        Some(stop) => stop,
        None if k > 0 => length,
        None => -1,
    };
    let mut picked = Vec::new();
    while (k > 0 && at < stop.min(length)) || (k < 0 && at > stop.max(-1)) {
        picked.push(at);
        at += k;
    }
    picked
}

proptest! {
    #[test]
    fn extent_is_where_items_lie(layout in layouts()) {
        let all = offsets(&layout);
        let Extent { low, high } = layout.extent();
        match (all.iter().min(), all.iter().max()) {
            (Some(&min), Some(&max)) => {
                prop_assert_eq!((low, high), (min, max + layout.itemsize() as isize));
            }
            _ => prop_assert_eq!(low, high),
        }
        prop_assert_eq!(layout.len(), all.len());
    }

    #[test]
    fn contiguous_is_items_one_after_another(layout in layouts()) {
        let size = layout.itemsize() as isize;
        let expected: Vec<_> = (0..layout.len() as isize)
            .map(|i| layout.offset() + i * size)
            .collect();
        let axes: Vec<_> = (0..layout.ndim()).rev().collect();
        let transposed = layout.transpose(&axes).unwrap();
        let c = offsets(&layout) == expected;
        let f = offsets(&transposed) == expected;
        let holds = |wanted| layout.nbytes() == 0 || layout.is_contiguous(wanted);
        prop_assert_eq!(holds(Contiguity::In(Order::C)), c || layout.nbytes() == 0);
        prop_assert_eq!(holds(Contiguity::In(Order::F)), f || layout.nbytes() == 0);
        prop_assert_eq!(holds(Contiguity::Any), c || f || layout.nbytes() == 0);
    }

    #[test]
    fn slices_pick_what_python_picks(
        layout in layouts(),
        dim in 0usize..5,
        start in prop::option::of(-7isize..8),
        stop in prop::option::of(-7isize..8),
        step in prop_oneof![-3isize..0, 1isize..4],
    ) {
        prop_assume!(dim < layout.ndim());
        let slice = Slice { start, stop, step };
        let picked = python_slice(layout.shape()[dim], slice);
        let sliced = layout.slice(dim, slice).unwrap();
        prop_assert_eq!(sliced.shape()[dim], picked.len() as isize);
        if let (Some(&first), false) = (picked.first(), sliced.is_empty()) {
            prop_assert_eq!(sliced.offset(), layout.offset() + first * layout.strides()[dim]);
        }
        // The picked items, taken one by one from the original.
        let mut expected = Vec::new();
        let inner: usize = layout.shape()[dim + 1..].iter().product::<isize>() as usize;
        let length = layout.shape()[dim] as usize;
        let all = offsets(&layout);
        let outer: usize = layout.shape()[..dim].iter().product::<isize>() as usize;
        for block in 0..outer {
            for &i in &picked {
                let at = (block * length + i as usize) * inner;
                expected.extend_from_slice(&all[at..at + inner]);
            }
        }
        prop_assert_eq!(offsets(&sliced), expected);
    }

    #[test]
    fn transposing_back_gives_the_same(layout in layouts()) {
        let axes: Vec<_> = (0..layout.ndim()).map(|k| (k + 1) % layout.ndim()).collect();
        let mut back = vec![0; axes.len()];
        for (to, &from) in axes.iter().enumerate() {
            back[from] = to;
        }
        let again = layout.transpose(&axes).unwrap().transpose(&back).unwrap();
        prop_assert_eq!(again.shape(), layout.shape());
        prop_assert_eq!(again.strides(), layout.strides());
    }

    #[test]
    fn no_numbers_panic(
        itemsize in any::<usize>(),
        shape in prop::collection::vec(any::<isize>(), 0..4),
        strides in prop::collection::vec(any::<isize>(), 0..4),
        offset in any::<isize>(),
        size in any::<usize>(),
        slice in (any::<isize>(), any::<isize>(), any::<isize>()),
    ) {
        let _ = Layout::contiguous(itemsize, &shape, Order::F);
        if let Ok(layout) = Layout::strided(itemsize, &shape, &strides, offset) {
            let _ = layout.check_within(size);
            let (start, stop, step) = slice;
            let slice = Slice { start: Some(start), stop: Some(stop), step };
            for dim in 0..layout.ndim() {
                let _ = layout.slice(dim, slice);
                let _ = layout.position(dim, start);
            }
        }
    }
}

#[test]
fn impossible_shapes_are_refused() {
    let kind = |result: Result<Layout>| result.unwrap_err().kind();
    assert_eq!(kind(Layout::contiguous(1, &[2, -1], Order::C)), Kind::Value);
    assert_eq!(
        kind(Layout::contiguous(1, &[1; 129], Order::C)),
        Kind::Value
    );
    assert_eq!(
        kind(Layout::contiguous(8, &[isize::MAX / 4, 0], Order::C)),
        Kind::Overflow
    );
    assert_eq!(
        kind(Layout::strided(1, &[3], &[isize::MAX / 2 + 1], 0)),
        Kind::Overflow
    );
    assert_eq!(kind(Layout::strided(1, &[3], &[1, 1], 0)), Kind::Value);
}

#[test]
fn items_outside_the_memory_are_refused() {
    let within = |shape: &[isize], strides: &[isize], offset, size| {
        Layout::strided(2, shape, strides, offset)
            .unwrap()
            .check_within(size)
    };
    assert!(within(&[3, 4], &[8, 2], 0, 24).is_ok());
    assert!(within(&[3, 4], &[8, 2], 0, 23).is_err());
    assert!(within(&[3], &[-2], 4, 6).is_ok());
    assert!(within(&[3], &[-2], 3, 6).is_err());
    assert!(within(&[0, 9], &[99, 99], 0, 0).is_ok());
    assert!(within(&[], &[], 4, 6).is_ok());
    assert!(within(&[], &[], 5, 6).is_err());
    assert!(within(&[], &[], -1, 6).is_err());
}

#[test]
fn slicing_behind_a_pointer_moves_the_suboffset() {
    let slice = |start| Slice {
        start: Some(start),
        stop: None,
        step: 1,
    };
    let layout = Layout::indirect(1, &[3, 4], &[8, 1], Some(&[0, -1]), 0).unwrap();
    let inner = layout.slice(1, slice(2)).unwrap();
    assert_eq!(inner.suboffsets(), Some(&[2, -1][..]));
    assert_eq!(inner.offset(), 0);
    let outer = layout.slice(0, slice(1)).unwrap();
    assert_eq!((outer.offset(), outer.shape()), (8, &[2, 4][..]));

    let backwards = Layout::indirect(1, &[3, 4], &[8, -1], Some(&[0, -1]), 0).unwrap();
    assert_eq!(
        backwards.slice(1, slice(2)).unwrap_err().kind(),
        Kind::NotImplemented
    );
}

#[test]
fn empty_strided_memory_is_contiguous_in_one_reading_only() {
    let layout = Layout::strided(2, &[0], &[6], 0).unwrap();
    assert!(layout.is_contiguous(Contiguity::In(Order::C)));
    assert!(!layout.answers_contiguous(Order::C));
    let suboffsets = Layout::indirect(1, &[2], &[1], Some(&[-1]), 0).unwrap();
    assert!(!suboffsets.is_contiguous(Contiguity::Any));
}
