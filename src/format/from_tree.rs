//! A format from a tree: written as a text, and the text read again, so that both are one.

use std::ffi::CStr;

use super::tree::{Field, Tree};
use super::{Dialect, Format, compare, emit};
use crate::alloc::try_extend;
use crate::error::Result;

impl Format {
    /// The same format with the text that a dialect has for it: one for all spellings. An error
    /// says what the dialect cannot say.
    pub fn in_dialect(&self, dialect: Dialect) -> Result<Self> {
        Self::written(self.meant()?, self.itemsize, dialect)
    }

    /// What a tree says, in the words of PEP 3118.
    pub(super) fn of_tree(tree: &Tree) -> Result<Self> {
        let root = Field::of_tree(tree);
        Self::written(root, root.size(), Dialect::Pep3118)
    }

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
