//! Whether items of two layouts share a byte.
//!
//! That two ranges of bytes meet says little: the columns of a table lie in each other and share
//! nothing. A byte is shared where two sums are equal: an offset, so many times each stride, and a
//! place in the item, on both sides. Turned to one side, with every stride positive, that is one
//! equation `c0*z0 + c1*z1 + … = target` with bounds for each `z`: hard in general, and easy for
//! the numbers that arrays have. Dimensions that follow one another without a gap are one term;
//! two terms (all of one dimension against one dimension) are solved outright, by Euclid's
//! algorithm; for each further one, its values are tried, those that cannot be left out, within a
//! budget.

use super::{Layout, MAX_DIMS};

/// What is known of the bytes that two layouts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// They share none.
    No,
    /// They share one.
    Yes,
    /// It would take too long to find out; or there are pointers, which a layout alone cannot follow.
    Unknown,
}

/// So many values are tried: a fraction of a millisecond.
const BUDGET: usize = 10_000;

impl Layout {
    /// Whether an item of this layout and one of `other`, both over the same memory, share a
    /// byte. It is found out in bounded time.
    pub fn overlap(&self, other: &Self) -> Overlap {
        self.overlap_from(other, 0)
    }

    /// As [`Layout::overlap`], where the memory of `other` begins `distance` bytes behind that of
    /// this layout.
    pub(crate) fn overlap_from(&self, other: &Self, distance: isize) -> Overlap {
        if self.nbytes() == 0 || other.nbytes() == 0 {
            return Overlap::No;
        }
        if self.is_indirect() || other.is_indirect() {
            return Overlap::Unknown;
        }
        let span = |layout: &Self, distance: isize| {
            let extent = layout.extent();
            [extent.low, extent.high].map(|at| at as i128 + distance as i128)
        };
        let ([low, high], [lowest, highest]) = (span(self, 0), span(other, distance));
        if high <= lowest || highest <= low {
            return Overlap::No;
        }
        let mut equation = Equation::new();
        equation.add_items(self);
        equation.add_items(other);
        equation.solve(highest - 1 - low)
    }
}

/// `coefficient * z`, where `z` is from 0 to `most`.
#[derive(Clone, Copy)]
struct Term {
    coefficient: i128,
    most: i128,
}

/// Terms, the largest coefficient first; what is left over is from 0 to `slack`.
struct Equation {
    terms: [Term; 2 * MAX_DIMS],
    count: usize,
    slack: i128,
    budget: usize,
}

impl Equation {
    fn new() -> Self {
        let nothing = Term {
            coefficient: 0,
            most: 0,
        };
        Self {
            terms: [nothing; 2 * MAX_DIMS],
            count: 0,
            slack: 0,
            budget: BUDGET,
        }
    }

    fn add_items(&mut self, layout: &Layout) {
        self.slack += layout.itemsize as i128 - 1;
        for (&length, &stride) in layout.shape().iter().zip(layout.strides()) {
            if length > 1 && stride != 0 {
                self.terms[self.count] = Term {
                    coefficient: (stride as i128).abs(),
                    most: length as i128 - 1,
                };
                self.count += 1;
            }
        }
    }

    fn solve(mut self, target: i128) -> Overlap {
        self.terms[..self.count].sort_unstable_by_key(|term| std::cmp::Reverse(term.coefficient));
        self.join_equal();
        // Steps no larger than what they are to step over leave no gap.
        while let Some(last) = self.count.checked_sub(1)
            && self.terms[last].coefficient <= self.slack + 1
        {
            self.slack += self.terms[last].coefficient * self.terms[last].most;
            self.count = last;
        }
        self.search(0, target)
    }

    /// Terms of the same coefficient are one.
    fn join_equal(&mut self) {
        let mut joined = 0;
        for k in 0..self.count {
            let term = self.terms[k];
            if joined > 0 && self.terms[joined - 1].coefficient == term.coefficient {
                self.terms[joined - 1].most += term.most;
            } else {
                self.terms[joined] = term;
                joined += 1;
            }
        }
        self.count = joined;
    }

    /// Whether the terms from `first` on can make `target`.
    fn search(&mut self, first: usize, target: i128) -> Overlap {
        let is_possible = match self.terms[first..self.count] {
            [] => (0..=self.slack).contains(&target),
            [only] => self.one_makes(only, target),
            [one, other] => self.two_make(one, other, target),
            [term, ..] => return self.try_all(first, term, target),
        };
        match is_possible {
            true => Overlap::Yes,
            false => Overlap::No,
        }
    }

    fn one_makes(&self, term: Term, target: i128) -> bool {
        let z = (target / term.coefficient).min(term.most);
        (0..=self.slack).contains(&(target - z * term.coefficient))
    }

    /// The slack is smaller than both coefficients, so what `one` leaves for `other` must be at
    /// most the slack above a multiple of that one's coefficient.
    fn two_make(&self, one: Term, other: Term, target: i128) -> bool {
        let others = other.coefficient * other.most + self.slack;
        let Some((least, most)) = range_of(one, others, target) else {
            return false;
        };
        let modulus = other.coefficient;
        let left = (target - one.coefficient * least).rem_euclid(modulus);
        if left <= self.slack {
            return true;
        }
        // left - z*step is at most the slack, modulo the modulus.
        let down = (-one.coefficient).rem_euclid(modulus);
        let (low, high) = (modulus - left, modulus - left + self.slack);
        first_multiple_within(down, modulus, low, high).is_some_and(|z| z <= most - least)
    }

    fn try_all(&mut self, first: usize, term: Term, target: i128) -> Overlap {
        let others: i128 = self.terms[first + 1..self.count]
            .iter()
            .map(|other| other.coefficient * other.most)
            .sum();
        let Some((least, most)) = range_of(term, others + self.slack, target) else {
            return Overlap::No;
        };
        for z in least..=most {
            let Some(budget) = self.budget.checked_sub(1) else {
                return Overlap::Unknown;
            };
            self.budget = budget;
            match self.search(first + 1, target - z * term.coefficient) {
                Overlap::No => {}
                found => return found,
            }
        }
        Overlap::No
    }
}

/// The least and the largest `z` of a term that leave from 0 to `others` of `target`.
fn range_of(term: Term, others: i128, target: i128) -> Option<(i128, i128)> {
    if target < 0 {
        return None;
    }
    let most = term.most.min(target / term.coefficient);
    let above = (target - others).max(0);
    let least = (above + term.coefficient - 1) / term.coefficient;
    (least <= most).then_some((least, most))
}

/// The least `x` from 0 on for which `step * x` modulo `modulus` is from `low` to `high`, which
/// are from 0 to below the modulus. By Euclid's algorithm, in as many steps as that takes.
fn first_multiple_within(step: i128, modulus: i128, low: i128, high: i128) -> Option<i128> {
    if low == 0 {
        return Some(0);
    }
    if step == 0 {
        return None;
    }
    if 2 * step > modulus {
        // The same, looked at from the other end.
        return first_multiple_within(modulus - step, modulus, modulus - high, modulus - low);
    }
    let x = (low + step - 1) / step;
    if x * step <= high {
        return Some(x);
    }
    // No multiple of the step lies between. After `rounds` times around one does: then what the
    // rounds leave, modulo the step, is what is missing.
    let (missing_high, missing_low) = ((-high).rem_euclid(step), (-low).rem_euclid(step));
    let rounds = first_multiple_within(modulus % step, step, missing_high, missing_low)?;
    Some((low + modulus * rounds + step - 1) / step)
}
