//! Overlaps behind pointers, against the set of all bytes of all items.

use super::*;
use std::collections::BTreeSet;

/// Rows at these places of one memory, each of a few items; without a table where there is one.
#[derive(Debug)]
struct Rows {
    places: Vec<usize>,
    length: isize,
    stride: isize,
    itemsize: usize,
    skipped: isize,
}

const ROOM: usize = 1000;

fn rows() -> impl Strategy<Value = Rows> {
    let places = prop::collection::vec(100usize..ROOM - 100, 0..6);
    (places, 0isize..5, -20isize..20, 1usize..4, 0isize..3).prop_map(
        |(places, length, stride, itemsize, skipped)| Rows {
            places,
            length,
            stride,
            itemsize,
            skipped,
        },
    )
}

impl Rows {
    fn bytes(&self) -> BTreeSet<isize> {
        let items = self.places.iter().flat_map(|&at| {
            (0..self.length).map(move |k| at as isize + self.skipped + k * self.stride)
        });
        items
            .flat_map(|at| at..at + self.itemsize as isize)
            .collect()
    }

    fn layout(&self) -> Layout {
        match self.places[..] {
            [at] => {
                let first = at as isize + self.skipped;
                Layout::strided(self.itemsize, &[1, self.length], &[0, self.stride], first)
            }
            _ => Layout::indirect(
                self.itemsize,
                &[self.places.len() as isize, self.length],
                &[size_of::<*mut u8>() as isize, self.stride],
                Some(&[self.skipped, -1]),
                0,
            ),
        }
        .unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(so_many(256)))]

    #[test]
    fn rows_share_the_bytes_that_they_share(one in rows(), other in rows()) {
        let mut memory = vec![0u8; ROOM];
        let base = memory.as_mut_ptr();
        let table = |rows: &Rows| -> Vec<*mut u8> {
            rows.places.iter().map(|&at| base.wrapping_add(at)).collect()
        };
        let (one_table, other_table) = (table(&one), table(&other));
        let (one_layout, other_layout) = (one.layout(), other.layout());
        let place = |rows: &Rows, table: &[*mut u8], layout| Place {
            base: if rows.places.len() == 1 { base } else { table.as_ptr().cast_mut().cast() },
            layout,
        };
        let one_place = place(&one, &one_table, &one_layout);
        let other_place = place(&other, &other_table, &other_layout);
        let shared = one.bytes().intersection(&other.bytes()).next().is_some();
        let expected = if shared { Overlap::Yes } else { Overlap::No };
        // SAFETY: the tables are those of the layouts.
        unsafe {
            prop_assert_eq!(one_place.overlap(&other_place), expected);
            prop_assert_eq!(other_place.overlap(&one_place), expected);
        }
    }
}
