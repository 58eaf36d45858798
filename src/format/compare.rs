//! Whether two formats mean the same, and where they part.
//!
//! The same are kind, size, byte order and place of all that has a meaning. How a text spells
//! it, how it says where padding is, and what it aligns to are no difference. What only one of
//! both says is none either: a name, what a pointer points to, a signature. A struct without
//! fields is bytes without a meaning.
//!
//! The members of both are met in turn, so many at once as repeat on both sides: one step for each
//! field, where both group their members alike or one of them says them one by one. Two strangers'
//! texts that group them crosswise, level by level, would take as many steps as one has fields
//! times the other. So the steps are counted ([`Steps`]), and formats that need more than there
//! are for their size are said to differ.

use std::ffi::CStr;
use std::fmt;

use super::place::{Count, Place, Shape};
use super::scalar::{Scalar, ScalarKind};
use super::tree::{Field, Fields, What};
use super::{ByteOrder, Format, Shown};
use crate::error::Result;

#[cfg(all(test, not(loom)))]
mod steps;
#[cfg(test)]
mod tests;

/// What the first difference between two formats is; shown as one sentence.
#[derive(Debug, Clone, Copy)]
pub struct Difference<'a>(Kind<'a>);

#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::large_enum_variant,
    reason = "no memory is asked for to tell a difference"
)]
enum Kind<'a> {
    /// What the fields at two places are.
    Found {
        one: Place<'a>,
        other: Place<'a>,
        case: Case,
    },
    /// One of both is opaque.
    Opaque(&'a Format, &'a Format),
}

impl<'a> Difference<'a> {
    /// That of two formats of which at least one is opaque.
    pub(super) fn of_opaque(one: &'a Format, other: &'a Format) -> Self {
        Self(Kind::Opaque(one, other))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Name,
    Element,
    Shape,
    Signature,
    Offset,
    /// The number of fields of a struct.
    Fields,
    /// The size of a struct.
    Size,
    /// Nobody knows: there are no more steps.
    Entangled,
}

/// A difference, and the indices of the nodes where it is.
type Found = (u32, u32, Case);

impl Format {
    /// Whether both mean the same: in kind, size, byte order and place of every field. Spelling
    /// does not matter, nor how padding is said, nor a name that only one of both has. The time is
    /// bounded by the number of fields: where two hostile texts would need more, they differ.
    #[inline]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        match (self.root(), other.root()) {
            (Some(one), Some(two)) => is_equivalent(one, two),
            (None, None) => self.itemsize == other.itemsize && self.text() == other.text(),
            _ => false,
        }
    }

    /// The first difference in meaning; `None` where both mean the same.
    pub fn difference<'a>(&'a self, other: &'a Self) -> Option<Difference<'a>> {
        match (self.root(), other.root()) {
            (Some(one), Some(two)) => difference(one, two),
            _ if self.is_equivalent(other) => None,
            _ => Some(Difference::of_opaque(self, other)),
        }
    }

    /// Whether a buffer of this text and item size has items that mean what this format does:
    /// what [`Format::stated`] makes of it is equivalent, or the text is this format's own, which
    /// means what it means here. This is cheap enough to be asked at every call: a single code
    /// and an identical text need no memory.
    pub fn accepts(&self, text: Option<&CStr>, itemsize: usize) -> Result<bool> {
        let Some(text) = text else {
            return self.is_as_stated(None, itemsize);
        };
        if itemsize != self.itemsize {
            return Ok(false);
        }
        let single = Scalar::parse(text.to_bytes()).filter(|scalar| scalar.size == itemsize);
        match (single, self.scalar()) {
            (Some(scalar), Some(own)) if is_same_scalar(scalar, own) => Ok(true),
            // Read in its own dialect: 'w' is a text to NumPy, and a character to others.
            _ if text == self.text() => Ok(true),
            (Some(_), Some(_)) => Ok(false),
            _ => self.is_as_stated(Some(text), itemsize),
        }
    }

    fn is_as_stated(&self, text: Option<&CStr>, itemsize: usize) -> Result<bool> {
        let stated = Self::stated(text, itemsize)?;
        stated.read()?;
        Ok(self.is_equivalent(&stated))
    }
}

/// Whether both formats mean the same.
#[inline]
pub(super) fn is_equivalent(one: Field<'_>, other: Field<'_>) -> bool {
    match (one.tree, other.tree, one.scalar(), other.scalar()) {
        (None, None, Some(one), Some(other)) => is_same_scalar(one, other),
        _ => find(&one, &other).is_none(),
    }
}

/// Where they part.
pub(super) fn difference<'a>(one: Field<'a>, other: Field<'a>) -> Option<Difference<'a>> {
    let (at, beside, case) = find(&one, &other)?;
    Some(Difference(Kind::Found {
        one: Place::new(one, at).beside(other, beside),
        other: Place::new(other, beside).beside(one, at),
        case,
    }))
}

/// What an element is, one word for each thing.
fn essence(field: &Field<'_>) -> What {
    match field.what() {
        What::Struct if field.fields().next().is_none() => What::Scalar(Scalar::ordered(
            ScalarKind::Void,
            field.itemsize(),
            ByteOrder::NATIVE,
        )),
        what => what,
    }
}

#[inline]
pub(super) fn is_same_scalar(one: Scalar, other: Scalar) -> bool {
    one.kind == other.kind && one.size == other.size && one.byte_order() == other.byte_order()
}

/// Most have no dimensions, and no address: to compare memory of no size where there is none
/// takes some processors a hundred times as long as this.
fn is_same_shape(one: &[usize], other: &[usize]) -> bool {
    one.len() == other.len() && (one.is_empty() || one == other)
}

/// All of two fields but what is below them, and their places.
fn elements(one: &Field<'_>, other: &Field<'_>) -> Option<Case> {
    let same = match (essence(one), essence(other)) {
        (What::Scalar(one), What::Scalar(other)) => is_same_scalar(one, other),
        (What::Struct, What::Struct) => true,
        _ => false,
    };
    let said = |field: &Field<'_>| signature(field).is_some();
    match () {
        () if !same => Some(Case::Element),
        () if !is_same_shape(one.shape(), other.shape()) => Some(Case::Shape),
        () if said(one) && said(other) && signature(one) != signature(other) => {
            Some(Case::Signature)
        }
        () => None,
    }
}

/// `X{}` says nothing of its arguments.
fn signature<'a>(field: &Field<'a>) -> Option<&'a [u8]> {
    field.signature().filter(|text| !text.is_empty())
}

fn find(one: &Field<'_>, other: &Field<'_>) -> Option<Found> {
    Steps::of(one, other).find(one, other)
}

/// How many pairs of fields may still be looked at.
#[derive(Debug)]
struct Steps {
    left: usize,
}

impl Steps {
    /// So many there are for all: two formats of 256 fields each never need more.
    const AT_LEAST: usize = 1 << 16;

    /// And so many for each field.
    const EACH: usize = 16;

    fn of(one: &Field<'_>, other: &Field<'_>) -> Self {
        let fields = |field: &Field<'_>| field.node.end.saturating_sub(field.index) as usize;
        // There are never more fields than MAX_FIELDS.
        let left = Self::AT_LEAST + Self::EACH * (fields(one) + fields(other));
        Self { left }
    }

    fn find(&mut self, one: &Field<'_>, other: &Field<'_>) -> Option<Found> {
        let case = match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                elements(one, other)
            }
            None => Some(Case::Entangled),
        };
        if let Some(case) = case {
            return Some((one.index, other.index, case));
        }
        if essence(one) == What::Struct {
            return self.structs(one, other);
        }
        let (one, other) = one.target().zip(other.target())?;
        self.find(&one, &other)
    }

    /// The members of a struct one by one; so many at once as repeat on both sides.
    fn structs(&mut self, one: &Field<'_>, other: &Field<'_>) -> Option<Found> {
        let mut ones = Members::of(one);
        let mut others = Members::of(other);
        loop {
            let (Some(left), Some(right)) = (&ones.now, &others.now) else {
                let case = match (&ones.now, &others.now) {
                    (None, None) if one.itemsize() == other.itemsize() => return None,
                    (None, None) => Case::Size,
                    _ => Case::Fields,
                };
                return Some((one.index, other.index, case));
            };
            let names = left.name().zip(right.name());
            if names.is_some_and(|(left, right)| left != right) {
                return Some((left.index, right.index, Case::Name));
            }
            if let Some(found) = self.find(left, right) {
                return Some(found);
            }
            if ones.offset() != others.offset() {
                return Some((left.index, right.index, Case::Offset));
            }
            let run = ones.left.min(others.left);
            ones.pass(run);
            others.pass(run);
        }
    }
}

/// The members of a struct, some of which repeat.
pub(super) struct Members<'a> {
    fields: Fields<'a>,
    pub(super) now: Option<Field<'a>>,
    /// How many of its repeats are still to come.
    pub(super) left: usize,
}

impl<'a> Members<'a> {
    pub(super) fn of(field: &Field<'a>) -> Self {
        let mut members = Self {
            fields: field.fields(),
            now: None,
            left: 0,
        };
        members.pass(0);
        members
    }

    pub(super) fn offset(&self) -> Option<usize> {
        let field = self.now.as_ref()?;
        Some(field.offset() + (field.repeat() - self.left) * field.size())
    }

    pub(super) fn pass(&mut self, run: usize) {
        self.left -= run;
        if self.left == 0 {
            self.now = self.fields.next();
            self.left = self.now.as_ref().map_or(0, Field::repeat);
        }
    }
}

impl<'a> fmt::Display for Difference<'a> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, other, case) = match self.0 {
            Kind::Found { one, other, case } => (one, other, case),
            Kind::Opaque(one, other) => {
                let opaque = if one.root().is_none() { one } else { other };
                let text = Shown(opaque.text().to_bytes());
                return write!(f, "{one}, against {other}: what {text} means is not known");
            }
        };
        let (left, right) = (one.field(), other.field());
        let names = (left.name().unwrap_or(b""), right.name().unwrap_or(b""));
        match case {
            Case::Name => write!(
                f,
                "the field at offset {} is named {}, against {}",
                one.offset(),
                Shown(names.0),
                Shown(names.1)
            ),
            Case::Element => {
                // Elements of sub-arrays of the same shape are told as if they were single ones.
                let differ = left.shape() != right.shape();
                let of = |field: Field<'a>| Of(if differ { field.shape() } else { &[] });
                let (of_left, of_right) = (of(left), of(right));
                write!(
                    f,
                    "{one} is {of_left}{}, against {of_right}{}",
                    Told(one),
                    Told(other)
                )
            }
            Case::Shape => write!(f, "{one} is {}, against {}", Form(left), Form(right)),
            Case::Signature => write!(
                f,
                "{one} is a function with signature {}, against {}",
                Shown(signature(&left).unwrap_or(b"")),
                Shown(signature(&right).unwrap_or(b""))
            ),
            Case::Offset => write!(
                f,
                "{one} is at offset {}, against offset {}",
                one.offset(),
                other.offset()
            ),
            Case::Fields => write!(f, "{one} has {}, against {}", fields(left), fields(right).0),
            Case::Size => write!(
                f,
                "{one} has {}, against {}",
                Count(left.itemsize(), "byte"),
                right.itemsize()
            ),
            Case::Entangled => write!(
                f,
                "{one} is not compared any further: too many fields repeat here in other groups than there"
            ),
        }
    }
}

fn fields(field: Field<'_>) -> Count {
    Count(field.fields().map(|field| field.repeat()).sum(), "field")
}

/// What is told before the element of a sub-array.
struct Of<'a>(&'a [usize]);

impl fmt::Display for Of<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            shape => write!(f, "a sub-array of shape {} of ", Shape(shape)),
        }
    }
}

/// An element with its offset, where it has one: `float64 at offset 8`.
struct Told<'a>(Place<'a>);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Element(self.0.field()))?;
        match self.0.is_member() {
            true => write!(f, " at offset {}", self.0.offset()),
            false => Ok(()),
        }
    }
}

/// One element in words: `float64`, `a struct of 2 fields`.
pub(super) struct Element<'a>(pub(super) Field<'a>);

impl fmt::Display for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match essence(&self.0) {
            What::Scalar(scalar) => write!(f, "{scalar}"),
            What::Struct => write!(f, "a struct of {}", fields(self.0)),
        }
    }
}

/// Whether it is a sub-array: `a single float64`, `a sub-array of shape (2, 3)`.
struct Form<'a>(Field<'a>);

impl fmt::Display for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.shape(), self.0.what()) {
            ([], What::Scalar(scalar)) => write!(f, "a single {scalar}"),
            ([], What::Struct) => f.write_str("a single struct"),
            (shape, _) => write!(f, "a sub-array of shape {}", Shape(shape)),
        }
    }
}
