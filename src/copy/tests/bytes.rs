//! Bytes turned round and shuffled, against their definitions.

use super::guarded::Guarded;
use super::*;
use crate::copy::kernel::{Level, swap};
use crate::copy::loops::Loop;
use crate::format::{Step, Swap};

#[derive(Debug, Clone)]
struct Swapped {
    number: usize,
    of_item: usize,
    to: Vec<(isize, isize)>,
    from: Vec<(isize, isize)>,
    to_at: usize,
    from_at: usize,
}

prop_compose! {
    fn swaps()(
        number in prop_oneof![2 => prop::sample::select(vec![2usize, 4, 8, 16]), 1 => 1..20usize],
        of_item in 1..4usize,
        shape in prop::collection::vec(0isize..4, 0..4),
        gaps in prop::array::uniform8(prop_oneof![3 => Just(0isize), 1 => 0isize..4]),
        signs in prop::array::uniform8(any::<bool>()),
        is_same in any::<bool>(),
        to_at in 0usize..64,
        from_at in 0usize..64,
    ) -> Swapped {
        let itemsize = number * of_item;
        let to = spread(itemsize, &shape, &gaps[..4], &signs[..4]);
        let from = spread(itemsize, &shape, &gaps[4..], &signs[4..]);
        match is_same {
            true => Swapped { number, of_item, from: to.clone(), to, to_at, from_at: to_at },
            false => Swapped { number, of_item, to, from, to_at, from_at },
        }
    }
}

fn turn_numbers(memory: &mut [u8], (layout, at): (&Layout, usize), number: usize) {
    for indices in all_indices(layout.shape()) {
        let item = at + offset_of(layout, &indices);
        for part in memory[item..item + layout.itemsize()].chunks_mut(number) {
            part.reverse();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(3000)))]

    /// Source and destination in the same memory: overlap of every kind, and in place.
    #[test]
    fn swapped_copies_are_as_if_staged(case in swaps()) {
        let itemsize = case.number * case.of_item;
        let order: Vec<_> = (0..case.to.len()).collect();
        let to = layout_of(itemsize, &case.to, &order);
        let from = layout_of(itemsize, &case.from, &order);
        let mut expected: Vec<u8> = (0..2 * MEMORY).map(|i| (i * 7 + i / 256) as u8).collect();
        let mut memory = expected.clone();
        oracle(&mut expected, (&to, case.to_at), (&from, case.from_at));
        turn_numbers(&mut expected, (&to, case.to_at), case.number);
        let mut place = |layout, at| Place { base: memory.as_mut_ptr().wrapping_add(at), layout };
        let (to, from) = (place(&to, case.to_at), place(&from, case.from_at));
        // SAFETY: all items lie in `memory`.
        unsafe { copy_swapped(to, from, case.number) }.unwrap();
        prop_assert_eq!(memory, expected);
    }

    #[test]
    fn numbers_are_swapped_where_they_are(
        size in prop::sample::select(swap::SIZES.to_vec()),
        count in 0..150usize,
        gap in 0..20usize,
        at_end in any::<bool>(),
    ) {
        let stride = size + gap;
        let bytes = if count == 0 { 0 } else { (count - 1) * stride + size };
        let memory = Guarded::new(bytes, at_end);
        let before: Vec<_> = (0..bytes).map(|k| (k * 7 + k / 251) as u8).collect();
        let mut wanted = before.clone();
        (0..count).for_each(|k| wanted[k * stride..][..size].reverse());
        let row = Loop { length: count, to: stride as isize, from: stride as isize };
        for level in Level::all() {
            // SAFETY: the memory is as large, and nobody else has it.
            let items = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr(), bytes) };
            items.copy_from_slice(&before);
            // SAFETY: the items lie in the memory.
            unsafe { swap::items(level, memory.as_ptr(), memory.as_ptr(), row, size, false) };
            prop_assert_eq!(&*items, &*wanted, "at level {:?}", level);
        }
    }
}

/// Numbers of an item, some in structs, and its size.
fn some_numbers() -> impl Strategy<Value = (Vec<Step>, usize)> {
    let number = prop_oneof![3 => prop::sample::select(vec![2usize, 4, 8]), 1 => 1..12usize];
    let structs = prop::option::of((1..4usize, 0..3usize));
    let field = (0..3usize, number, 1..5usize, structs);
    prop::collection::vec(field, 1..4).prop_map(|fields| {
        let (mut steps, mut end) = (Vec::new(), 0);
        for (gap, size, count, structs) in fields {
            let numbers = |offset| Step::Numbers {
                offset,
                size,
                count,
            };
            let offset = end + gap;
            end = offset + size * count;
            match structs {
                None => steps.push(numbers(offset)),
                Some((count, gap)) => {
                    let distance = end - offset + gap;
                    steps.push(Step::Structs {
                        offset,
                        distance,
                        count,
                        steps: 1,
                    });
                    steps.push(numbers(0));
                    end = offset + count * distance;
                }
            }
        }
        (steps, end)
    })
}

fn turn_some(item: &mut [u8], steps: &[Step]) {
    let mut inside = None;
    for step in steps {
        match *step {
            Step::Structs {
                offset,
                distance,
                count,
                ..
            } => {
                inside = Some((offset, distance, count));
            }
            Step::Numbers {
                offset,
                size,
                count,
            } => {
                let (base, distance, structs) = inside.take().unwrap_or((0, 0, 1));
                for start in (0..structs).map(|k| base + k * distance + offset) {
                    item[start..start + size * count]
                        .chunks_mut(size)
                        .for_each(|number| number.reverse());
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(2000)))]

    /// As above, with some numbers of each item.
    #[test]
    fn some_numbers_are_swapped_as_if_staged(
        (steps, itemsize) in some_numbers(),
        shape in prop_oneof![
            3 => prop::collection::vec(1isize..4, 0..3),
            1 => prop::collection::vec(1isize..40, 1),
        ],
        gaps in prop::array::uniform8(prop_oneof![3 => Just(0isize), 1 => 0isize..4]),
        signs in prop::array::uniform8(any::<bool>()),
        is_same in any::<bool>(),
        starts in prop::array::uniform2(0usize..64),
    ) {
        let order: Vec<_> = (0..shape.len()).collect();
        let to = layout_of(itemsize, &spread(itemsize, &shape, &gaps[..4], &signs[..4]), &order);
        let from = layout_of(itemsize, &spread(itemsize, &shape, &gaps[4..], &signs[4..]), &order);
        let (from, from_at) = if is_same { (to.try_clone().unwrap(), starts[0]) } else { (from, starts[1]) };
        let room = 4 * MEMORY;
        if to.nbytes() * 8 + 64 >= room {
            return Ok(());
        }
        let mut expected: Vec<u8> = (0..room).map(|i| (i * 7 + i / 256) as u8).collect();
        let mut memory = expected.clone();
        oracle(&mut expected, (&to, starts[0]), (&from, from_at));
        for indices in all_indices(to.shape()) {
            let at = starts[0] + offset_of(&to, &indices);
            turn_some(&mut expected[at..at + itemsize], &steps);
        }
        let mut place = |layout, at| Place { base: memory.as_mut_ptr().wrapping_add(at), layout };
        let (to, from) = (place(&to, starts[0]), place(&from, from_at));
        // SAFETY: all items lie in `memory`.
        unsafe { copy_with_swap(to, from, &Swap::Some(steps)) }.unwrap();
        prop_assert_eq!(memory, expected);
    }
}

#[test]
fn rows_behind_pointers_are_swapped_once() {
    let mut rows = [*b"abcd", *b"efgh"];
    let [first, second] = rows.each_mut().map(|row| row.as_mut_ptr());
    let word = size_of::<usize>() as isize;
    let layout = Layout::indirect(2, &[3, 2], &[word, 2], Some(&[0, -1]), 0).unwrap();
    let mut table = [first, second, first];
    let place = Place {
        base: table.as_mut_ptr().cast(),
        layout: &layout,
    };
    // SAFETY: the pointers lead to rows of two items.
    unsafe { copy_swapped(place, place, 2) }.unwrap();
    assert_eq!(rows, [*b"badc", *b"fehg"]);
    table[1] = std::ptr::null_mut();
    let place = Place {
        base: table.as_mut_ptr().cast(),
        layout: &layout,
    };
    // SAFETY: as above, but for the one that is NULL.
    let error = unsafe { copy_swapped(place, place, 2) }.unwrap_err();
    assert_eq!(error.kind(), Kind::Buffer);
    assert_eq!(rows, [*b"badc", *b"fehg"]);
}

#[cfg(feature = "capi")]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(2000)))]

    #[test]
    fn shuffles_are_as_defined_and_lead_back(
        itemsize in prop_oneof![2 => prop::sample::select(vec![2usize, 4, 8, 16]), 1 => 1..40usize],
        count in 0..150usize,
        rest in 0..40usize,
        apart in prop_oneof![2 => Just(isize::MAX), 1 => -70..70isize],
    ) {
        use crate::copy::{Shuffle, shuffle};

        let size = itemsize * count + rest % itemsize;
        let (to_at, from_at) = match apart {
            0.. => ((apart as usize).min(size), 0),
            _ => (0, apart.unsigned_abs()),
        };
        let mut memory: Vec<u8> = (0..2 * size + 70).map(|k| (k * 7 + k / 251) as u8).collect();
        let source = memory[from_at..][..size].to_vec();
        let mut expected = memory.clone();
        for (k, &byte) in source.iter().enumerate() {
            let to = match k < itemsize * count {
                true => k % itemsize * count + k / itemsize,
                false => k,
            };
            expected[to_at + to] = byte;
        }
        let base = memory.as_mut_ptr();
        let (to, from) = (base.wrapping_add(to_at), base.wrapping_add(from_at));
        // SAFETY: so many bytes of the memory.
        unsafe { shuffle(to, from, size, itemsize, Shuffle::There) }.unwrap();
        prop_assert_eq!(&memory, &expected);
        let mut back = vec![0; size];
        // SAFETY: so many bytes of both.
        unsafe { shuffle(back.as_mut_ptr(), to, size, itemsize, Shuffle::Back) }.unwrap();
        prop_assert_eq!(back, source);
    }
}
