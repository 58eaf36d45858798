//! Formats of one number that are written over one another, where they lie: views in Python are made
//! and dropped faster than a format is moved.

use super::Format;
use super::reading::{Lazy, Meaning, single_alignment};
use super::scalar::Scalar;
use super::text::Text;

impl Format {
    /// Becomes a format of one letter, in place, if that has such items.
    #[inline(always)]
    pub(crate) fn set_letter(&mut self, letter: u8, itemsize: usize) -> bool {
        let is_same =
            self.itemsize == itemsize && self.text.is_same_short(&Text::of_letter(letter));
        is_same || self.become_letter(letter, itemsize)
    }

    fn become_letter(&mut self, letter: u8, itemsize: usize) -> bool {
        let single = Scalar::parse(&[letter]).filter(|scalar| scalar.size == itemsize);
        let Some(scalar) = single else {
            return false;
        };
        self.itemsize = itemsize;
        self.text = Text::of_letter(letter);
        self.meaning = Lazy::Known(Meaning::Scalar(scalar, single_alignment(scalar, &[letter])));
        true
    }

    /// Becomes the same as another one that is plain, in place.
    #[inline]
    pub(crate) fn set_plain(&mut self, other: &Self) {
        debug_assert!(other.is_plain());
        // Where these two are the same, so is what they mean.
        if self.itemsize == other.itemsize && self.text.is_same_short(&other.text) {
            return;
        }
        self.itemsize = other.itemsize;
        self.text = other.text.short_clone();
        self.meaning = other.meaning.clone();
    }

    /// Whether it owns no memory: the format of a number, say, in a short text.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.text.is_short() && matches!(self.meaning, Lazy::Known(Meaning::Scalar(..)))
    }

    /// The text, where that is one character of ASCII.
    #[inline]
    pub(crate) fn letter(&self) -> Option<u8> {
        self.text.letter()
    }
}
