//! The same item everywhere, and nowhere else.

use super::guarded::Guarded;
use super::*;
use crate::copy::kernel::{Level, line};
use crate::copy::loops::Loop;

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(600)))]

    /// Rows of them, past the cache or not, against the ends of memory.
    #[test]
    fn rows_are_filled_to_their_ends(
        size in prop_oneof![2 => prop::sample::select(vec![1usize, 2, 4, 8, 16, 32, 64]), 1 => 1..=64usize],
        bytes in prop_oneof![2 => 0..9000usize, 1 => 60_000..70_000usize],
        rows in 1..4usize,
        gap in 0..70usize,
        at_end in any::<bool>(),
        stream in any::<bool>(),
    ) {
        let count = (bytes / rows / size).max(1);
        let distance = count * size + gap;
        let all = (rows - 1) * distance + count * size;
        let memory = Guarded::new(all, at_end);
        let item: Vec<_> = (0..size).map(|k| (k * 37 + 11) as u8).collect();
        let line = Loop { length: count, to: size as isize, from: 0 };
        let rows_of_them = Loop { length: rows, to: distance as isize, from: 0 };
        let mut wanted = vec![1; all];
        for row in 0..rows {
            wanted[row * distance..][..count * size]
                .chunks_mut(size)
                .for_each(|place| place.copy_from_slice(&item));
        }
        for level in Level::all() {
            // SAFETY: the memory is as large, and nobody else has it.
            let written = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr(), all) };
            written.fill(1);
            // SAFETY: all places lie in the memory.
            unsafe {
                line::lines(level, memory.as_ptr(), item.as_ptr(), rows_of_them, line, size, stream);
            }
            prop_assert!(*written == *wanted, "at level {:?}", level);
        }
    }
}

#[test]
fn what_no_cache_keeps_is_filled() {
    for size in [3, 16, 24] {
        let (count, beside) = ((33 << 20) / size, 64);
        let mut memory = vec![0u8; count * size + beside];
        let layout = Layout::contiguous(size, &[count as isize], Order::C).unwrap();
        let item: Vec<_> = (1..=size as u8).collect();
        // As far from the beginning of a line as it happens to be.
        let to = Place {
            base: memory.as_mut_ptr(),
            layout: &layout,
        };
        // SAFETY: the layout lies in the memory.
        unsafe { fill(to, &item) }.unwrap();
        let (items, rest) = memory.split_at(count * size);
        assert!(items.chunks_exact(size).all(|it| it == item));
        assert_eq!(rest, vec![0; beside]);
    }
}
