//! Single runs, and transposes of a few rows and columns: which go without a plan.

use super::guarded::Guarded;
use super::*;

/// Dimensions of which one lies together, with gaps between its rows; the first of them is the
/// outer one, or the inner one where they are turned.
fn plane(itemsize: usize, (first, second): (isize, isize), gap: isize, turned: bool) -> Layout {
    let size = itemsize as isize;
    let strides = match turned {
        false => [size * second + gap, size],
        true => [size, size * first + gap],
    };
    Layout::strided(itemsize, &[first, second], &strides, 0).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(5000)))]

    /// The source begins around where the destination ends, or ends around where that begins.
    #[test]
    fn a_few_are_transposed_as_if_staged(
        itemsize in prop_oneof![1..9usize, 1..66usize],
        shape in (0..19isize, 0..19isize),
        gaps in (-1..5isize, -1..5isize),
        turned in any::<(bool, bool)>(),
        shift in -20..20isize,
        is_below in any::<bool>(),
    ) {
        // Those of the source may reach into each other.
        let to = plane(itemsize, shape, gaps.0.max(0), turned.0);
        let from = plane(itemsize, shape, gaps.1, turned.0 == turned.1);
        let (low, high) = if is_below { (&from, &to) } else { (&to, &from) };
        let span = |layout: &Layout| layout.extent().high.unsigned_abs();
        let second = span(low).saturating_add_signed(shift);
        let (to_at, from_at) = if is_below { (second, 0) } else { (0, second) };
        let size = (second + span(high)).max(span(low));
        let mut memory: Vec<u8> = (0..size).map(|k| (k * 7 + k / 251) as u8).collect();
        let mut expected = memory.clone();
        oracle(&mut expected, (&to, to_at), (&from, from_at));
        let mut place = |layout, at| Place { base: memory.as_mut_ptr().wrapping_add(at), layout };
        let (to, from) = (place(&to, to_at), place(&from, from_at));
        // SAFETY: all items lie in `memory`.
        unsafe { copy(to, from) }.unwrap();
        prop_assert_eq!(memory, expected);
    }

    /// Rows that lie together, or nearly, anywhere in one memory.
    #[test]
    fn a_row_is_moved_as_if_staged(
        itemsize in prop_oneof![1..9usize, 1..40usize],
        length in 0..70isize,
        gaps in (prop_oneof![4 => Just(0isize), 1 => -1..3isize], prop_oneof![4 => Just(0isize), 1 => 0..3isize]),
        places in (0..300usize, 0..300usize),
    ) {
        let row = |gap| Layout::strided(itemsize, &[length], &[itemsize as isize + gap], 0).unwrap();
        // Items of the destination have bytes of their own.
        let (to, from) = (row(gaps.1), row(gaps.0));
        let end = |layout: &Layout, at| at + layout.extent().high.unsigned_abs();
        let size = end(&to, places.0).max(end(&from, places.1));
        let mut memory: Vec<u8> = (0..size).map(|k| (k * 7 + k / 251) as u8).collect();
        let mut expected = memory.clone();
        oracle(&mut expected, (&to, places.0), (&from, places.1));
        let mut place = |layout, at| Place { base: memory.as_mut_ptr().wrapping_add(at), layout };
        let (to, from) = (place(&to, places.0), place(&from, places.1));
        // SAFETY: all items lie in `memory`.
        unsafe { copy(to, from) }.unwrap();
        prop_assert_eq!(memory, expected);
    }

    #[test]
    fn nothing_else_is_touched(
        itemsize in 1..18usize,
        shape in (1..19isize, 1..19isize),
        gaps in (0..5isize, 0..5isize),
        turned in any::<bool>(),
        at_end in any::<(bool, bool)>(),
    ) {
        let to = plane(itemsize, shape, gaps.0, turned);
        let from = plane(itemsize, shape, gaps.1, !turned);
        let guarded = |layout: &Layout, at_end| {
            let size = layout.extent().high.unsigned_abs();
            (Guarded::new(size, at_end), size)
        };
        let ((written, room), (read, size)) = (guarded(&to, at_end.0), guarded(&from, at_end.1));
        for k in 0..size {
            // SAFETY: one of the bytes.
            unsafe { read.as_ptr().add(k).write((k * 7 + k / 251) as u8) };
        }
        let place = |memory: &Guarded, layout| Place { base: memory.as_ptr(), layout };
        // SAFETY: all items lie in the memories.
        unsafe { copy(place(&written, &to), place(&read, &from)) }.unwrap();
        for indices in all_indices(to.shape()) {
            let (to, from) = (offset_of(&to, &indices), offset_of(&from, &indices));
            for k in 0..itemsize {
                // SAFETY: bytes of the items.
                let both = unsafe { (*written.as_ptr().add(to + k), *read.as_ptr().add(from + k)) };
                prop_assert_eq!(both.0, both.1, "{:?} of {}", indices, room);
            }
        }
    }
}
