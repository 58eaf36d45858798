//! Which loop compares two kinds of scalars. Complex numbers are compared by the loops of their
//! parts, which is why they are here.

use super::{loops, numbers, singles};
use crate::copy::Row;
use crate::format::{Scalar, ScalarKind};

/// How two scalars are compared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Loop {
    /// Their values are never equal.
    Never,
    /// Values are equal where the bytes are, so many of them.
    Bytes(usize),
    /// As [`Loop::Bytes`], in the other order.
    Swapped(usize),
    /// Native integers of so many bytes, of which one has a sign: equal where the bytes are, and
    /// the sign bit is not set.
    Signs(usize),
    Truths,
    /// Floats of 4 bytes, or of 8.
    Singles,
    Doubles,
    /// Numbers that a common type can hold, of which neither is a complex one.
    Numbers(Scalar, Scalar),
    Complex(Scalar, Scalar),
    /// Numbers of which at least one is a long double, one by one.
    Extended(Scalar, Scalar),
    /// Bytes of which some are a Pascal string.
    Strings(Scalar, Scalar),
    Texts(Scalar, Scalar),
}

/// What values of a scalar can be equal to.
#[derive(PartialEq, Eq)]
enum Sort {
    Integer,
    Truth,
    Float,
    Complex,
    Extended,
    Bytes,
    Text,
    Object,
}

fn sort(scalar: Scalar) -> Sort {
    match (scalar.kind, scalar.size) {
        (ScalarKind::Signed | ScalarKind::Unsigned, _)
        | (ScalarKind::Pointer | ScalarKind::Function, _) => Sort::Integer,
        (ScalarKind::Bool, _) => Sort::Truth,
        (ScalarKind::Float, ..=8) => Sort::Float,
        (ScalarKind::Complex, ..=16) => Sort::Complex,
        (ScalarKind::Float | ScalarKind::Complex, _) => Sort::Extended,
        (ScalarKind::Unicode | ScalarKind::Text, _) => Sort::Text,
        (ScalarKind::Object, _) => Sort::Object,
        (ScalarKind::Char | ScalarKind::Bytes | ScalarKind::Pascal, _)
        | (ScalarKind::Void | ScalarKind::Bits, _) => Sort::Bytes,
    }
}

/// The loop that compares two scalars.
pub(super) fn loop_for(one: Scalar, other: Scalar) -> Loop {
    let is_same_size = one.size == other.size;
    match (sort(one), sort(other)) {
        (Sort::Integer, Sort::Integer) if is_same_size => integers(one, other),
        (Sort::Truth, Sort::Truth) => Loop::Truths,
        (Sort::Float, Sort::Float) if is_same_size => floats(one, other),
        (Sort::Bytes, Sort::Bytes) => bytes(one, other),
        (Sort::Text, Sort::Text) => texts(one, other),
        (Sort::Object, Sort::Object) => Loop::Bytes(one.size),
        (Sort::Bytes | Sort::Text | Sort::Object, _)
        | (_, Sort::Bytes | Sort::Text | Sort::Object) => Loop::Never,
        (Sort::Extended, _) | (_, Sort::Extended) => Loop::Extended(one, other),
        (Sort::Complex, _) | (_, Sort::Complex) => Loop::Complex(one, other),
        _ => Loop::Numbers(one, other),
    }
}

fn integers(one: Scalar, other: Scalar) -> Loop {
    let has_sign = |scalar: Scalar| scalar.kind == ScalarKind::Signed;
    let is_same_order = one.byte_order() == other.byte_order();
    match has_sign(one) == has_sign(other) {
        true if is_same_order => Loop::Bytes(one.size),
        true => Loop::Swapped(one.size),
        false if one.is_native() && is_same_order => Loop::Signs(one.size),
        false => Loop::Numbers(one, other),
    }
}

/// Of one size. Never by their bytes: NaN is not equal to itself, and zero has two signs.
fn floats(one: Scalar, other: Scalar) -> Loop {
    match (one.size, one.is_native() && other.is_native()) {
        (4, true) => Loop::Singles,
        (8, true) => Loop::Doubles,
        _ => Loop::Numbers(one, other),
    }
}

fn bytes(one: Scalar, other: Scalar) -> Loop {
    let is_pascal = |scalar: Scalar| scalar.kind == ScalarKind::Pascal;
    match is_pascal(one) || is_pascal(other) {
        true => Loop::Strings(one, other),
        false if one.size == other.size => Loop::Bytes(one.size),
        false => Loop::Never,
    }
}

fn texts(one: Scalar, other: Scalar) -> Loop {
    let is_same = one.size == other.size && one.byte_order() == other.byte_order();
    match one.kind == other.kind && is_same {
        true => Loop::Bytes(one.size),
        false => Loop::Texts(one, other),
    }
}

impl Loop {
    /// Whether all values of two rows are equal, one by one.
    ///
    /// # Safety
    /// So many of the scalars this is for lie in live memory there.
    pub(super) unsafe fn run(self, one: Row, other: Row, count: usize) -> bool {
        // SAFETY: as the caller promises.
        unsafe {
            match self {
                Self::Never => count == 0,
                Self::Bytes(size) => loops::bytes(size, one, other, count),
                Self::Swapped(size) => loops::swapped(size, one, other, count),
                Self::Signs(size) => loops::signs(size, one, other, count),
                Self::Truths => loops::all(one, other, count, |one: u8, other| {
                    (one != 0) == (other != 0)
                }),
                Self::Singles => loops::floats::<f32>(one, other, count),
                Self::Doubles => loops::floats::<f64>(one, other, count),
                Self::Numbers(left, right) => numbers::equal((left, one), (right, other), count),
                Self::Complex(left, right) => complex_equal((left, one), (right, other), count),
                Self::Extended(left, right) => singles::numbers((left, one), (right, other), count),
                Self::Strings(left, right) => singles::strings((left, one), (right, other), count),
                Self::Texts(left, right) => singles::texts((left, one), (right, other), count),
            }
        }
    }
}

/// Numbers of which at least one is complex: the real parts, and then the imaginary ones, which
/// are zero where a number has none.
///
/// # Safety
/// As for [`Loop::run`].
unsafe fn complex_equal(
    (left, one): (Scalar, Row),
    (right, other): (Scalar, Row),
    count: usize,
) -> bool {
    static ZERO: f64 = 0.0;
    let nothing = Row {
        first: (&raw const ZERO).cast(),
        stride: 0,
    };
    let part = |scalar: Scalar| Scalar {
        kind: ScalarKind::Float,
        size: scalar.size / 2,
        ..scalar
    };
    let parts = |scalar: Scalar, row: Row| match scalar.kind {
        ScalarKind::Complex => {
            let part = part(scalar);
            [(part, row), (part, row.at(part.size))]
        }
        _ => [
            (scalar, row),
            (Scalar::native(ScalarKind::Float, 8), nothing),
        ],
    };
    let is_adjacent = |scalar: Scalar, row: Row| row.stride == scalar.size as isize;
    if left.kind == right.kind && is_adjacent(left, one) && is_adjacent(right, other) {
        // Complex both: twice as many floats.
        let (left, right) = (part(left), part(right));
        let halves = |row: Row, part: Scalar| Row {
            stride: part.size as isize,
            ..row
        };
        let (one, other) = (halves(one, left), halves(other, right));
        // SAFETY: the parts of a complex number lie side by side.
        return unsafe { loop_for(left, right).run(one, other, 2 * count) };
    }
    let pairs = parts(left, one).into_iter().zip(parts(right, other));
    pairs.into_iter().all(|((left, one), (right, other))| {
        // SAFETY: the parts of what lies there; zero is so many times at one place.
        unsafe { loop_for(left, right).run(one, other, count) }
    })
}
