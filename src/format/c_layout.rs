//! Whether a C compiler of this platform could have laid out a struct so.
//!
//! It puts each member at the next multiple of its alignment, and makes a struct as long as a
//! multiple of the strictest alignment in it. A struct that lies otherwise is not wrong: NumPy
//! packs, and files have layouts of their own. But where somebody has counted pad bytes by hand,
//! to match a struct of C, this finds the first one that is missing, and [`Format::in_c_layout`] has
//! them all. What a pointer points to is not looked at.

use std::fmt;

use super::place::{Count, Place};
use super::platform;
use super::sizes::{MAX_SIZE, align_up};
use super::tree::{Field, Tree, What};
use super::{Format, graft};
use crate::error::{Error, Kind, Result};

#[cfg(test)]
mod tests;

/// What C would lay out otherwise, the first such place; shown as one sentence.
#[derive(Debug, Clone, Copy)]
pub struct CDifference<'a> {
    place: Place<'a>,
    wrong: Wrong,
    /// `#pragma pack` of so many bytes gives this layout.
    pack: Option<usize>,
}

/// A place where C would not have put something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wrong {
    index: u32,
    /// The end of a struct is wrong, and not where a field begins.
    is_end: bool,
    /// Where C would put it, in the struct around it.
    expected: usize,
    actual: usize,
    /// Where the member before it ends.
    before: usize,
}

impl Format {
    /// What a C compiler of this platform would lay out otherwise; `None` where it could have
    /// laid out the struct so.
    pub fn c_difference(&self) -> Result<Option<CDifference<'_>>> {
        Ok(difference(self.meant()?))
    }

    /// The same fields where a C compiler of this platform would put them.
    pub fn in_c_layout(&self) -> Result<Self> {
        Self::of_tree(&in_c_layout(self.meant()?)?)
    }
}

/// Where a struct lies otherwise than C would have it; `None`: C could.
fn difference(root: Field<'_>) -> Option<CDifference<'_>> {
    let wrong = check(root, usize::MAX).err()?;
    let fits = |pack: &usize| check(root, *pack).is_ok();
    Some(CDifference {
        place: Place::new(root, wrong.index),
        wrong,
        pack: [1, 2, 4, 8].into_iter().find(fits),
    })
}

/// C's alignment of an element.
pub(super) fn alignment(field: Field<'_>) -> usize {
    match field.what() {
        What::Scalar(scalar) => platform::alignment(scalar),
        What::Struct => field.fields().map(alignment).max().unwrap_or(1),
    }
}

/// The alignment of an element that lies as C has it, where nothing is aligned to more than
/// `pack` bytes.
fn check(field: Field<'_>, pack: usize) -> Result<usize, Wrong> {
    if let What::Scalar(scalar) = field.what() {
        return Ok(platform::alignment(scalar).min(pack));
    }
    let (mut end, mut strictest) = (0, 1);
    for member in field.fields() {
        let alignment = check(member, pack)?;
        let wrong = |expected| Wrong {
            index: member.index,
            is_end: false,
            expected,
            actual: member.offset(),
            before: end,
        };
        expect(member.offset(), end, alignment, wrong)?;
        end = member.offset() + member.size() * member.repeat();
        strictest = strictest.max(alignment);
    }
    let wrong = |expected| Wrong {
        index: field.index,
        is_end: true,
        expected,
        actual: field.itemsize(),
        before: end,
    };
    // Without fields it is bytes without a meaning, as many as there are.
    if field.fields().next().is_some() {
        expect(field.itemsize(), end, strictest, wrong)?;
    }
    Ok(strictest)
}

fn expect(
    actual: usize,
    end: usize,
    alignment: usize,
    wrong: impl Fn(usize) -> Wrong,
) -> Result<(), Wrong> {
    let expected = end.next_multiple_of(alignment);
    match expected == actual {
        true => Ok(()),
        false => Err(wrong(expected)),
    }
}

/// The same fields where C would put them.
fn in_c_layout(root: Field<'_>) -> Result<Tree> {
    let mut tree = Tree::default();
    graft::copy(&mut tree, root)?;
    match lay_out(&mut tree, 0) {
        Some(_) => Ok(tree),
        None => Err(Error::fixed(
            Kind::Overflow,
            "in C's layout an item would be larger than Py_ssize_t can tell",
        )),
    }
}

/// Moves what is below a node, and tells the alignment of an element. `None`: too large.
fn lay_out(tree: &mut Tree, index: usize) -> Option<usize> {
    let node = tree.nodes[index];
    if let What::Scalar(scalar) = node.what {
        return Some(platform::alignment(scalar));
    }
    let (mut end, mut strictest) = (0usize, 1);
    let mut below = index + 1;
    while below < node.end as usize {
        let alignment = lay_out(tree, below)?;
        let offset = align_up(end, alignment)?;
        tree.nodes[below].offset = offset;
        end = offset.checked_add(tree.bytes(&tree.nodes[below])?)?;
        strictest = strictest.max(alignment);
        below = tree.nodes[below].end as usize;
    }
    if index + 1 < node.end as usize {
        tree.nodes[index].itemsize = align_up(end, strictest)?;
    }
    tree.bytes(&tree.nodes[index])
        .filter(|&bytes| bytes <= MAX_SIZE)?;
    Some(strictest)
}

impl fmt::Display for CDifference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, wrong, pack } = *self;
        let pads = Count(wrong.actual.saturating_sub(wrong.before), "pad byte");
        let should = wrong.expected - wrong.before;
        match wrong.is_end {
            true => write!(
                f,
                "C would make {place} {} long, not {}: it has {pads} at its end, and should have {should}",
                Count(wrong.expected, "byte"),
                wrong.actual
            )?,
            false => {
                let offset = place.offset();
                let expected = offset - wrong.actual + wrong.expected;
                write!(
                    f,
                    "C would put {place} at offset {expected}, not {offset}: it has {pads} before it, and should \
                     have {should}"
                )?;
            }
        }
        match pack {
            Some(pack) => write!(f, "; this is what #pragma pack({pack}) gives"),
            None => Ok(()),
        }
    }
}
