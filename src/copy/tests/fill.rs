//! The same item everywhere, and nowhere else.

use super::*;

/// Dimensions that items of this size lie apart in, or on top of each other: by length, steps and
/// a gap of bytes.
fn apart(itemsize: usize, dims: &[(isize, isize, isize)]) -> Layout {
    let mut unit = itemsize as isize;
    let dims: Vec<_> = dims
        .iter()
        .map(|&(length, step, gap)| {
            let stride = unit * step;
            unit = unit * length.max(1) * step.abs().max(1) + gap;
            (length, stride)
        })
        .collect();
    let order: Vec<_> = (0..dims.len()).collect();
    layout_of(itemsize, &dims, &order)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(256)))]

    #[test]
    fn all_items_become_the_same_and_nothing_else_changes(
        itemsize in prop_oneof![1..=9usize, Just(16), Just(300)],
        dims in prop::collection::vec((0..5isize, -2..3isize, 0..3isize), 0..4),
        byte in any::<u8>(),
    ) {
        let layout = apart(itemsize, &dims);
        let item: Vec<_> = (0..itemsize).map(|k| byte.wrapping_add(k as u8)).collect();
        let mut memory: Vec<_> = (0..layout.extent().high + 8).map(|k| k as u8).collect();
        let mut wanted = memory.clone();
        for indices in all_indices(layout.shape()) {
            wanted[offset_of(&layout, &indices)..][..itemsize].copy_from_slice(&item);
        }
        let to = Place { base: memory.as_mut_ptr(), layout: &layout };
        // SAFETY: the layout lies in the memory.
        unsafe { fill(to, &item) }.unwrap();
        prop_assert_eq!(memory, wanted);
    }
}
