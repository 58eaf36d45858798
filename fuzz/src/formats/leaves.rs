//! The elements of a format, as the library tells its fields.

use pybuf::format::{Field, Format, What};

use super::model::Leaf;

/// The first leaves of an item, `limit` at most.
pub fn of(format: &Format, limit: usize) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    if let Some(root) = format.root() {
        assert_eq!(root.offset(), 0, "{format}: the item lies in itself");
        collect(root, 0, limit, &mut leaves);
    }
    leaves
}

fn collect(field: Field<'_>, base: usize, limit: usize, leaves: &mut Vec<Leaf>) {
    // There may be any number of elements with nothing in them.
    if is_empty(field) {
        return;
    }
    for index in 0..elements(field) {
        if leaves.len() >= limit {
            return;
        }
        let offset = base + field.offset() + index * field.itemsize();
        match field.what() {
            What::Struct => field
                .fields()
                .for_each(|below| collect(below, offset, limit, leaves)),
            What::Scalar(scalar) => leaves.push(Leaf {
                offset,
                kind: scalar.kind,
                size: scalar.size,
                order: scalar.byte_order(),
            }),
        }
    }
}

/// Whether there is no leaf in it.
pub fn is_empty(field: Field<'_>) -> bool {
    let is_struct = field.scalar().is_none();
    elements(field) == 0 || is_struct && field.fields().all(is_empty)
}

/// So many elements follow each other, at the most that can be counted.
pub fn elements(field: Field<'_>) -> usize {
    let lengths = field
        .shape()
        .iter()
        .chain([field.repeat()].iter())
        .copied()
        .collect::<Vec<_>>();
    match lengths.contains(&0) {
        true => 0,
        false => lengths.into_iter().fold(1, usize::saturating_mul),
    }
}
