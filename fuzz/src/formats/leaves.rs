//! The elements of a format, as the library tells its fields.

use pybuf::format::{Field, Format, ScalarKind, What};

use super::model::Leaf;

/// The first leaves of an item, `limit` at most.
pub fn of(format: &Format, limit: usize) -> Vec<Leaf> {
    Walk::over(format, limit, |_| true)
}

/// ... without bytes that mean nothing, which one format may name and another not.
pub fn meant(format: &Format, limit: usize) -> Vec<Leaf> {
    Walk::over(format, limit, |kind| kind != ScalarKind::Void)
}

struct Walk {
    limit: usize,
    counts: fn(ScalarKind) -> bool,
    leaves: Vec<Leaf>,
}

impl Walk {
    fn over(format: &Format, limit: usize, counts: fn(ScalarKind) -> bool) -> Vec<Leaf> {
        let mut walk = Self {
            limit,
            counts,
            leaves: Vec::new(),
        };
        if let Some(root) = format.root() {
            assert_eq!(root.offset(), 0, "{format}: the item lies in itself");
            walk.collect(root, 0);
        }
        walk.leaves
    }

    fn collect(&mut self, field: Field<'_>, base: usize) {
        // There may be any number of elements with nothing in them.
        if self.is_empty(field) {
            return;
        }
        for index in 0..elements(field) {
            if self.leaves.len() >= self.limit {
                return;
            }
            let offset = base + field.offset() + index * field.itemsize();
            match field.what() {
                What::Struct => field.fields().for_each(|below| self.collect(below, offset)),
                What::Scalar(scalar) => self.leaves.push(Leaf {
                    offset,
                    kind: scalar.kind,
                    size: scalar.size,
                    order: scalar.byte_order(),
                }),
            }
        }
    }

    /// Whether there is no leaf in it.
    fn is_empty(&self, field: Field<'_>) -> bool {
        elements(field) == 0
            || match field.what() {
                What::Struct => field.fields().all(|below| self.is_empty(below)),
                What::Scalar(scalar) => !(self.counts)(scalar.kind),
            }
    }
}

/// So many elements follow each other, at the most that can be counted.
pub fn elements(field: Field<'_>) -> usize {
    match field.shape().contains(&0) {
        true => 0,
        false => {
            let lengths = field.shape().iter();
            lengths.fold(field.repeat(), |count, &length| {
                count.saturating_mul(length)
            })
        }
    }
}

/// How many values there are in all members like a field, at the most that can be counted: those
/// of rows, of elements, and of what is below each.
pub fn values(field: Field<'_>) -> usize {
    let (mut all, mut row) = (field.repeat(), field.repeat());
    for &length in field.shape() {
        row = row.saturating_mul(length);
        all = all.saturating_add(row);
    }
    let below = field.fields().map(values).fold(0, usize::saturating_add);
    all.saturating_add(row.saturating_mul(below))
}
