//! The scalars of two formats, each beside the one that its value is compared with.
//!
//! Values are compared as Python compares what it unpacks: a struct is equal to another one
//! whose members are, whatever names, offsets and padding are, and how repeats are told; a
//! sub-array to another one of the same shape. The formats are walked once for many items, so
//! what is compared in a loop is found here and not by that loop.

use super::compare::Members;
use super::scalar::Scalar;
use super::tree::{Field, What};

/// Scalars of two items: `count` of them side by side, in each of `rows` structs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) scalars: (Scalar, Scalar),
    /// Of the first of them, in each item.
    pub(crate) offsets: (usize, usize),
    pub(crate) count: usize,
    pub(crate) rows: usize,
    /// Bytes from one struct to the next.
    pub(crate) distances: (usize, usize),
}

/// Calls with each pair of scalars, until an answer is `false`. Gives `false` then, and where no
/// values of these formats are equal: a scalar, a struct and a sub-array never are, nor are
/// sequences of different lengths.
pub(crate) fn each_pair(
    one: &Field<'_>,
    other: &Field<'_>,
    visit: &mut impl FnMut(Pair) -> bool,
) -> bool {
    let start = Place {
        offsets: (0, 0),
        rows: 1,
        distances: (0, 0),
    };
    members(one, other, 1, start, visit)
}

/// Where something is, in two items: in each of some structs.
#[derive(Clone, Copy)]
struct Place {
    offsets: (usize, usize),
    rows: usize,
    distances: (usize, usize),
}

impl Place {
    fn on(self, one: usize, other: usize) -> Self {
        let offsets = (self.offsets.0 + one, self.offsets.1 + other);
        Self { offsets, ..self }
    }
}

/// `count` members side by side.
fn members(
    one: &Field<'_>,
    other: &Field<'_>,
    count: usize,
    at: Place,
    visit: &mut impl FnMut(Pair) -> bool,
) -> bool {
    if one.shape().len() != other.shape().len() {
        return false;
    }
    // Elements without a byte are all the same, and there may be more than can be counted.
    let is_nothing = one.itemsize() == 0 && other.itemsize() == 0;
    let mut count = if is_nothing { 1 } else { count };
    for (&length, &theirs) in one.shape().iter().zip(other.shape()) {
        if length != theirs {
            return false;
        }
        if length == 0 {
            return true;
        }
        count *= if is_nothing { 1 } else { length };
    }
    match (one.what(), other.what()) {
        (What::Scalar(scalar), What::Scalar(theirs)) => visit(Pair {
            scalars: (scalar, theirs),
            offsets: at.offsets,
            count,
            rows: at.rows,
            distances: at.distances,
        }),
        (What::Struct, What::Struct) if count == 1 => structs(one, other, at, visit),
        (What::Struct, What::Struct) => (0..at.rows).all(|row| {
            let inner = Place {
                rows: count,
                distances: (one.itemsize(), other.itemsize()),
                ..at.on(row * at.distances.0, row * at.distances.1)
            };
            structs(one, other, inner, visit)
        }),
        _ => false,
    }
}

/// Member by member; so many at once as repeat on both sides.
fn structs(
    one: &Field<'_>,
    other: &Field<'_>,
    at: Place,
    visit: &mut impl FnMut(Pair) -> bool,
) -> bool {
    let mut ones = Members::of(one);
    let mut others = Members::of(other);
    loop {
        let (Some(left), Some(right)) = (&ones.now, &others.now) else {
            return ones.now.is_none() && others.now.is_none();
        };
        let run = ones.left.min(others.left);
        let offsets = ones.offset().zip(others.offset());
        let here = offsets.map_or(at, |(one, other)| at.on(one, other));
        if !members(left, right, run, here, visit) {
            return false;
        }
        ones.pass(run);
        others.pass(run);
    }
}
