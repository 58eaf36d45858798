//! What scans are made of: rows that are gathered, and rows that are compared at every level.

use std::ops::ControlFlow;

use super::guarded::Guarded;
use super::*;
use crate::copy::kernel::{Level, equal};

/// A layout of some thousand bytes, its dimensions in any order in memory.
fn large_layouts(
    itemsize: impl Strategy<Value = usize>,
) -> impl Strategy<Value = (Layout, Layout)> {
    let shape = prop_oneof![
        2 => prop::collection::vec(1..300isize, 1..3),
        1 => prop::collection::vec(1..24isize, 1..4),
    ];
    let side = || {
        (
            prop::array::uniform4(prop_oneof![2 => Just(0isize), 1 => 0..9isize]),
            prop::array::uniform4(any::<bool>()),
            any::<bool>(),
        )
    };
    (itemsize, shape, side(), side()).prop_map(|(itemsize, mut shape, one, other)| {
        let mut left = 20_000 / itemsize as isize;
        for length in &mut shape {
            *length = (*length).min(left.max(1));
            left /= *length;
        }
        let dims = [one, other].map(|(gaps, signs, reversed)| {
            let mut lengths = shape.clone();
            if reversed {
                lengths.reverse();
            }
            let gaps = gaps.map(|gap| gap * itemsize as isize);
            let mut dims = spread(itemsize, &lengths, &gaps, &signs);
            if reversed {
                dims.reverse();
            }
            dims
        });
        let axes: Vec<_> = (0..shape.len()).collect();
        let [one, other] = dims.map(|dims| layout_of(itemsize, &dims, &axes));
        (one, other)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(300)))]

    /// Each item once, in C order where that is asked for, and beside that of the other place.
    #[test]
    fn gathered_rows_have_all_items(
        (one, other) in large_layouts(prop_oneof![3 => prop::sample::select(vec![1usize, 2, 4, 8, 16]), 1 => 1..20usize]),
        in_order in any::<bool>(),
    ) {
        let itemsize = one.itemsize();
        let memory = |layout: &Layout, seed: usize| -> Vec<u8> {
            (0..layout.extent().high as usize).map(|k| (k * 7 + k / 251 + seed) as u8).collect()
        };
        let (first, second) = (memory(&one, 0), memory(&other, 9));
        let item = |layout: &Layout, memory: &[u8], indices: &[isize]| {
            memory[offset_of(layout, indices)..][..itemsize].to_vec()
        };
        let mut wanted: Vec<_> = all_indices(one.shape())
            .iter()
            .map(|at| [item(&one, &first, at), item(&other, &second, at)].concat())
            .collect();
        let mut seen = vec![];
        let place = |layout, memory: &[u8]| Place { base: memory.as_ptr().cast_mut(), layout };
        let order = if in_order { Visit::InOrder } else { Visit::AnyOrder };
        // SAFETY: the layouts lie in the memories.
        let flow = unsafe {
            each_gathered_row([place(&one, &first), place(&other, &second)], order, |rows, count| {
                for k in 0..count {
                    let both = rows.map(|row| {
                        // SAFETY: an item of the row.
                        std::slice::from_raw_parts(row.from(k).first, itemsize)
                    });
                    seen.push(both.concat());
                }
                ControlFlow::Continue(())
            })
        };
        prop_assert!(flow.unwrap().is_continue());
        if !in_order {
            seen.sort_unstable();
            wanted.sort_unstable();
        }
        prop_assert_eq!(seen, wanted);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(3000)))]

    #[test]
    fn rows_are_compared_at_every_level(
        size in prop::sample::select(vec![1usize, 2, 4, 8]),
        step in 1..6usize,
        count in 1..150usize,
        at_end in (any::<bool>(), any::<bool>()),
        differs in prop::option::of(any::<prop::sample::Index>()),
        kind in 0..4,
    ) {
        let bytes = ((count - 1) * step + 1) * size;
        let memories = [Guarded::new(bytes, at_end.0), Guarded::new(bytes, at_end.1)];
        // SAFETY: the memories are as large, and nobody else has them.
        let [one, other] = memories.each_ref().map(|memory| unsafe {
            std::slice::from_raw_parts_mut(memory.as_ptr(), bytes)
        });
        // What lies in the gaps is another on either side, and text is no NaN.
        one.iter_mut().zip(&mut *other).enumerate().for_each(|(k, (one, other))| {
            let byte = b'A' + (k % 23) as u8;
            let is_gap = k / size % step != 0;
            (*one, *other) = (byte, if is_gap { !byte } else { byte });
        });
        let same = if kind > 0 && size >= 4 { equal::Same::Floats } else { equal::Same::Bytes };
        let mut wanted = true;
        if let Some(index) = differs {
            let at = index.index(count) * step * size;
            let (one, other) = (&mut one[at..at + size], &mut other[at..at + size]);
            match (same, kind) {
                // Zero is zero of either sign, ...
                (equal::Same::Floats, 1) => {
                    one.fill(0);
                    other.fill(0);
                    other[if cfg!(target_endian = "little") { size - 1 } else { 0 }] = 0x80;
                }
                // ... NaN nothing.
                (equal::Same::Floats, 2) => {
                    one.fill(0xff);
                    other.fill(0xff);
                    wanted = false;
                }
                _ => {
                    other[0] ^= 1;
                    wanted = false;
                }
            }
        }
        let firsts = [one.as_ptr(), other.as_ptr()];
        for level in Level::all() {
            let stride = (step * size) as isize;
            // SAFETY: so many items lie in the memories.
            let answer = unsafe { equal::are_equal(level, firsts, stride, count, size, same) };
            prop_assert!(answer.is_none_or(|answer| answer == wanted), "at level {level:?}");
            let vector = if level == Level::Neon { 16 } else { 32 };
            let is_known = level > Level::Portable && step <= 4 && count > vector / size;
            prop_assert_eq!(answer.is_some(), is_known);
        }
    }
}
