//! Kept plans, executed on several memories: beside the oracle, overlap of every kind included.

use super::*;
use crate::layout::Extent;

/// The layout of a side, and where its first item lies in a memory where the lowest byte of all
/// lies at `at`.
fn of_side(side: &Layout2, at: usize) -> (Layout, usize) {
    let order: Vec<_> = (0..side.1.len()).collect();
    let layout = layout_of(side.0, &side.1, &order);
    let first = at + layout.offset().unsigned_abs();
    (layout, first)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(3000)))]

    /// Source and destination in the same memory, at several distances from each other.
    #[test]
    fn a_plan_is_executed_anywhere(case in cases(), places in prop::array::uniform3((0usize..200, 0usize..200))) {
        let (to, _) = of_side(&case.to, 0);
        let (from, _) = of_side(&case.from, 0);
        let plan = CopyPlan::new(&to, &from).unwrap();
        for (to_at, from_at) in places {
            let mut expected: Vec<u8> = (0..MEMORY).map(|i| (i * 7 + i / 256) as u8).collect();
            let mut memory = expected.clone();
            oracle(&mut expected, (&to, to_at), (&from, from_at));
            let start = memory.as_mut_ptr();
            let place = |at, layout: &Layout| start.wrapping_add(at).wrapping_offset(layout.offset());
            let (to, from) = (place(to_at, &to), place(from_at, &from));
            // SAFETY: all items lie in `memory`.
            unsafe { plan.execute(to, from) }.unwrap();
            prop_assert_eq!(memory, expected);
        }
    }

    /// Items of the destination on top of each other: the last one stays, as in any copy.
    #[test]
    fn the_last_of_items_on_top_of_each_other_stays(
        itemsize in 1usize..6,
        dims in prop::collection::vec((1isize..4, -6isize..7, -6isize..7), 1..4),
        from_at in 0usize..120,
    ) {
        let side = |stride: fn(&(isize, isize, isize)) -> isize| {
            (itemsize, dims.iter().map(|dim| (dim.0, stride(dim))).collect::<Vec<_>>())
        };
        let (to, first) = of_side(&side(|dim| dim.1), 60);
        let (from, from_first) = of_side(&side(|dim| dim.2), from_at);
        let mut expected: Vec<u8> = (0..256).map(|i| i as u8).collect();
        let mut memory = expected.clone();
        oracle(&mut expected, (&to, 60), (&from, from_at));
        let plan = CopyPlan::new(&to, &from).unwrap();
        let memory_at = memory.as_mut_ptr();
        // SAFETY: all items lie in `memory`.
        unsafe { plan.execute(memory_at.wrapping_add(first), memory_at.wrapping_add(from_first)) }.unwrap();
        prop_assert_eq!(memory, expected);
    }
}

#[test]
fn of_nothing_any_address_will_do() {
    for shape in [&[0isize, 3][..], &[2, 0]] {
        let layout = Layout::strided(4, shape, &[isize::MAX, -1], 0).unwrap();
        let plan = CopyPlan::new(&layout, &layout).unwrap();
        assert_eq!(plan.nbytes(), 0);
        // SAFETY: there are no items.
        unsafe { plan.execute(std::ptr::null_mut(), std::ptr::null()) }.unwrap();
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let layout = |itemsize, shape: &[isize]| Layout::contiguous(itemsize, shape, Order::C).unwrap();
    let refused = |to: &Layout, from: &Layout, kind: Kind, words: &str| {
        let error = CopyPlan::new(to, from).unwrap_err();
        assert!(
            error.kind() == kind && error.message().contains(words),
            "{error:?}"
        );
    };
    refused(
        &layout(4, &[2, 3]),
        &layout(4, &[6]),
        Kind::Value,
        "shape (6,) to shape (2, 3)",
    );
    refused(
        &layout(4, &[6]),
        &layout(2, &[6]),
        Kind::Value,
        "items of 2 bytes to items of 4",
    );
    let pointers = Layout::indirect(1, &[2, 3], &[8, 1], Some(&[0, -1]), 0).unwrap();
    refused(
        &pointers,
        &layout(1, &[2, 3]),
        Kind::Buffer,
        "the destination has suboffsets (0, -1)",
    );
    refused(
        &layout(1, &[2, 3]),
        &pointers,
        Kind::Buffer,
        "the source has suboffsets",
    );
}

#[test]
fn suboffsets_that_lead_nowhere_are_none() {
    let direct = Layout::indirect(1, &[3], &[2], Some(&[-1]), 0).unwrap();
    let plan = CopyPlan::new(&Layout::bytes(3).unwrap(), &direct).unwrap();
    assert_eq!(plan.from.extent(), Extent { low: 0, high: 5 });
}
