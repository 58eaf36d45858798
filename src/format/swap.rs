//! What has to be turned round in an item to make it one of another format that differs in byte
//! order alone: all of it, or some of the numbers of a struct.

use super::Format;
use super::compare::{Members, is_equivalent};
use super::tree::{Field, What};
use crate::alloc::try_extend;
use crate::error::{Error, Kind, Result};

#[cfg(all(test, not(loom)))]
mod tests;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Swap {
    /// An item is made of numbers of so many bytes, and each is turned round.
    All(usize),
    Some(Vec<Step>),
}

/// Some of the numbers of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// So many side by side, of `size` bytes each.
    Numbers {
        offset: usize,
        size: usize,
        count: usize,
    },
    /// Those that so many steps behind this one say, in each of some structs: their offsets
    /// are from where the struct begins.
    Structs {
        offset: usize,
        distance: usize,
        count: usize,
        steps: usize,
    },
}

impl Format {
    /// What to turn round in an item of this format to have one of the other: nothing of it where both
    /// mean the same, and `None` where more would have to be done.
    pub(crate) fn swap_to(&self, other: &Self) -> Result<Option<Swap>> {
        // Else lack of memory would be taken for texts that nobody understands.
        self.read()?;
        other.read()?;
        if self.is_equivalent(other) {
            return Ok(Some(Swap::All(1)));
        }
        let Some((one, two)) = self.root().zip(other.root()) else {
            return Ok(None);
        };
        let mut walk = Walk::default();
        if !walk.elements(one, two, 1, 0)? {
            return Ok(None);
        }
        Ok(Some(match walk.steps[..] {
            [] => Swap::All(1),
            [
                Step::Numbers {
                    size,
                    count,
                    offset: 0,
                },
            ] if size * count == self.itemsize() => Swap::All(size),
            _ => Swap::Some(walk.steps),
        }))
    }

    /// The error of items that are not those of another format, be it in another byte order.
    #[cold]
    pub(crate) fn not_those_of(&self, other: &Self) -> Error {
        match self.difference(other) {
            Some(difference) => Error::new(
                Kind::Value,
                format_args!(
                    "items {self} cannot be copied to items {other}, formats must mean the same: {difference}"
                ),
            ),
            None => Error::new(
                Kind::Value,
                format_args!("items {self} cannot be copied to items {other}"),
            ),
        }
    }
}

/// The way through both formats, and what was found so far.
#[derive(Default)]
struct Walk {
    steps: Vec<Step>,
    /// Steps before this one are not added to: they belong to structs that are behind us.
    done: usize,
}

impl Walk {
    /// `count` elements side by side; `false` where they differ in more than byte order.
    fn elements(
        &mut self,
        one: Field<'_>,
        other: Field<'_>,
        count: usize,
        offset: usize,
    ) -> Result<bool> {
        if is_equivalent(one, other) {
            return Ok(true);
        }
        if one.shape() != other.shape() || one.itemsize() != other.itemsize() {
            return Ok(false);
        }
        let count = one.shape().iter().fold(count, |count, &length| {
            // Elements without a byte may be more than can be counted; nothing of them is turned.
            count.saturating_mul(length)
        });
        match (one.what(), other.what()) {
            (What::Scalar(one), What::Scalar(other)) => {
                let Some(size) = one.number_to_swap(other) else {
                    return Ok(false);
                };
                self.numbers(offset, size, count * (one.size / size))?;
                Ok(true)
            }
            (What::Struct, What::Struct) if count == 1 => self.structs(one, other, offset),
            (What::Struct, What::Struct) => self.many_structs(one, other, count, offset),
            _ => Ok(false),
        }
    }

    fn numbers(&mut self, offset: usize, size: usize, count: usize) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        if let Some(Step::Numbers {
            offset: start,
            size: before,
            count: number,
        }) = self.steps[self.done..].last_mut()
            && *before == size
            && *start + size * *number == offset
        {
            *number += count;
            return Ok(());
        }
        let step = Step::Numbers {
            offset,
            size,
            count,
        };
        try_extend(&mut self.steps, &[step])?;
        Ok(())
    }

    fn many_structs(
        &mut self,
        one: Field<'_>,
        other: Field<'_>,
        count: usize,
        offset: usize,
    ) -> Result<bool> {
        let distance = one.itemsize();
        let mut structs = Step::Structs {
            offset,
            distance,
            count,
            steps: 0,
        };
        let (at, before) = (self.steps.len(), self.done);
        try_extend(&mut self.steps, &[structs])?;
        self.done = self.steps.len();
        if !self.structs(one, other, 0)? {
            return Ok(false);
        }
        let inner = self.steps.len() - at - 1;
        if let Step::Structs { steps, .. } = &mut structs {
            *steps = inner;
        }
        self.steps[at] = structs;
        let together = match self.steps[at + 1..] {
            _ if count == 0 => None,
            [] => None,
            // Nothing lies between their numbers.
            [
                Step::Numbers {
                    offset: 0,
                    size,
                    count: each,
                },
            ] if size * each == distance => Some((size, each * count)),
            _ => {
                self.done = self.steps.len();
                return Ok(true);
            }
        };
        self.steps.truncate(at);
        self.done = before;
        if let Some((size, count)) = together {
            self.numbers(offset, size, count)?;
        }
        Ok(true)
    }

    /// The members of a struct that begins at `base`.
    fn structs(&mut self, one: Field<'_>, other: Field<'_>, base: usize) -> Result<bool> {
        let mut ones = Members::of(&one);
        let mut others = Members::of(&other);
        loop {
            let (Some(left), Some(right)) = (ones.now, others.now) else {
                return Ok(ones.now.is_none() && others.now.is_none());
            };
            let names = left.name().zip(right.name());
            let (here, there) = (ones.offset(), others.offset());
            if names.is_some_and(|(left, right)| left != right) || here != there {
                return Ok(false);
            }
            let run = ones.left.min(others.left);
            if !self.elements(left, right, run, base + here.unwrap_or(0))? {
                return Ok(false);
            }
            ones.pass(run);
            others.pass(run);
        }
    }
}
