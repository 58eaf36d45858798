//! What is made from formats: other texts, answers about two of them, and other formats.

use std::ffi::CStr;

use super::c_layout::{self, CDifference};
use super::compare::{self, Difference};
use super::members::{self, Part};
use super::scalar::Scalar;
use super::tree::{Field, Range, Tree};
use super::{Dialect, Format, Shown, emit, graft, path};
use crate::alloc::{try_collect, try_extend};
use crate::error::{Error, Result, fail};

#[cfg(test)]
mod tests;

/// A member of a struct that [`Format::from_members`] makes.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Any bytes but NUL and `:`, other than those of the other members.
    pub name: Option<&'a [u8]>,
    /// What it is: a scalar, a sub-array such as `(2,3)d`, a struct.
    pub format: &'a Format,
    /// Where it begins: `offsetof()`. `None`: behind the member before it in the list, where a
    /// C compiler would put it.
    pub offset: Option<usize>,
}

/// What a field is made of.
#[derive(Debug)]
pub(crate) struct FieldItems {
    /// The format of one element.
    pub(crate) format: Format,
    /// Where the field begins in an item.
    pub(crate) offset: usize,
    /// The dimensions of a sub-array.
    pub(crate) shape: Vec<usize>,
}

impl Format {
    /// The same format with the text that a dialect has for it: one for all spellings. An error
    /// says what the dialect cannot say.
    pub fn in_dialect(&self, dialect: Dialect) -> Result<Self> {
        Self::written(self.meant()?, self.itemsize, dialect)
    }

    /// The struct of some members, each at its offset, in items of `itemsize` bytes; `None`: up
    /// to the end of the last member. The members are in the order of their offsets then.
    pub fn from_members(members: &[Member<'_>], itemsize: Option<usize>) -> Result<Self> {
        let part = |k: usize| {
            let Member {
                name,
                format,
                offset,
            } = members[k];
            let field = format.meant()?;
            Ok::<_, Error>(Part {
                name,
                field,
                offset,
            })
        };
        let parts = try_collect(members.len(), part)?;
        Self::of_tree(&members::tree(&parts, itemsize)?)
    }

    /// Whether both mean the same: in kind, size, byte order and place of every field. Spelling
    /// does not matter, nor how padding is said, nor a name that only one of both has.
    #[inline]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        match (self.root(), other.root()) {
            (Some(one), Some(two)) => compare::is_equivalent(one, two),
            (None, None) => self.itemsize == other.itemsize && self.text() == other.text(),
            _ => false,
        }
    }

    /// The first difference in meaning; `None` where both mean the same.
    pub fn difference<'a>(&'a self, other: &'a Self) -> Option<Difference<'a>> {
        match (self.root(), other.root()) {
            (Some(one), Some(two)) => compare::difference(one, two),
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
            return Ok(self.is_equivalent(&Self::stated(None, itemsize)?));
        };
        if itemsize != self.itemsize {
            return Ok(false);
        }
        let single = Scalar::parse(text.to_bytes()).filter(|scalar| scalar.size == itemsize);
        match (single, self.scalar()) {
            (Some(scalar), Some(own)) if compare::is_same_scalar(scalar, own) => Ok(true),
            // Read in its own dialect: 'w' is a text to NumPy, and a character to others.
            _ if text == self.text() => Ok(true),
            (Some(_), Some(_)) => Ok(false),
            _ => Ok(self.is_equivalent(&Self::stated(Some(text), itemsize)?)),
        }
    }

    /// The field that a path such as `a.b[1]` leads to, and its offset in the item. `[1]` is an
    /// index of a sub-array, or the second member of a struct, counted from 0.
    pub fn field(&self, path: &[u8]) -> Result<(Self, usize)> {
        let found = path::find(self.meant()?, path)?;
        let mut tree = Tree::default();
        graft::copy(&mut tree, found.field)?;
        let root = &mut tree.nodes[0];
        (root.offset, root.name) = (0, None);
        Ok((Self::of_tree(&tree)?, found.offset))
    }

    /// The elements of the field that a path leads to.
    pub(crate) fn field_items(&self, path: &[u8]) -> Result<FieldItems> {
        let found = path::find(self.meant()?, path)?;
        let mut tree = Tree::default();
        graft::copy(&mut tree, found.field)?;
        let root = &mut tree.nodes[0];
        (root.offset, root.name, root.shape) = (0, None, Range::default());
        let mut shape = Vec::new();
        try_extend(&mut shape, found.field.shape())?;
        Ok(FieldItems {
            format: Self::of_tree(&tree)?,
            offset: found.offset,
            shape,
        })
    }

    /// What a C compiler of this platform would lay out otherwise; `None` where it could have
    /// laid out the struct so.
    pub fn c_difference(&self) -> Result<Option<CDifference<'_>>> {
        Ok(c_layout::difference(self.meant()?))
    }

    /// The same fields where a C compiler of this platform would put them.
    pub fn in_c_layout(&self) -> Result<Self> {
        Self::of_tree(&c_layout::in_c_layout(self.meant()?)?)
    }

    /// The item as a field, where it is known what it is.
    fn meant(&self) -> Result<Field<'_>> {
        match self.root() {
            Some(root) => Ok(root),
            None => fail!(
                Value,
                "no dialect reads format {} as items of {} bytes: what is in them is not known",
                Shown(self.text().to_bytes()),
                self.itemsize
            ),
        }
    }

    fn of_tree(tree: &Tree) -> Result<Self> {
        let root = Field::of_tree(tree);
        Self::written(root, root.size(), Dialect::Pep3118)
    }

    /// Written and read again, so that text and meaning are one.
    fn written(root: Field<'_>, itemsize: usize, dialect: Dialect) -> Result<Self> {
        let mut text = Vec::new();
        emit::write(root, itemsize, dialect, &mut text)?;
        try_extend(&mut text, &[0])?;
        let text = CStr::from_bytes_until_nul(&text).unwrap_or(c"");
        let written = Self::parse(text, dialect)?;
        debug_assert_eq!(written.itemsize, itemsize, "{written}");
        debug_assert!(compare::is_equivalent(root, written.meant()?), "{written}");
        Ok(written)
    }
}
