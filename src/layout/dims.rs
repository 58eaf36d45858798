//! Where a layout keeps its numbers: shape, strides and suboffsets as three runs
//! of one block, each an array that a `Py_buffer` can point at. Up to six
//! dimensions (four with suboffsets) lie inside the layout, so that slicing a view
//! of usual size allocates nothing here.

use crate::alloc::try_filled;
use crate::error::Result;

const INLINE_WORDS: usize = 12;

/// So many dimensions without suboffsets lie inside.
#[cfg(feature = "python")]
pub(crate) const QUICK_DIMS: usize = INLINE_WORDS / 2;

#[derive(Debug)]
pub(super) struct Dims {
    ndim: u8,
    has_suboffsets: bool,
    words: Words,
}

#[derive(Debug)]
enum Words {
    Inline([isize; INLINE_WORDS]),
    Heap(Vec<isize>),
}

impl Dims {
    /// All zeros. The caller has checked that there are at most `MAX_DIMS`.
    pub(super) fn new(ndim: usize, has_suboffsets: bool) -> Result<Self> {
        let count = ndim * (2 + usize::from(has_suboffsets));
        let words = if count <= INLINE_WORDS {
            Words::Inline([0; INLINE_WORDS])
        } else {
            Words::Heap(try_filled(count, 0)?)
        };
        Ok(Self {
            ndim: ndim as u8,
            has_suboffsets,
            words,
        })
    }

    /// One dimension.
    pub(super) fn of_one(length: isize, stride: isize) -> Self {
        let mut words = [0; INLINE_WORDS];
        words[..2].copy_from_slice(&[length, stride]);
        Self {
            ndim: 1,
            has_suboffsets: false,
            words: Words::Inline(words),
        }
    }

    /// One dimension, as it was before, gets other numbers.
    #[cfg(feature = "python")]
    #[inline(always)]
    pub(super) fn set_one(&mut self, length: isize, stride: isize) {
        debug_assert!(self.is_one());
        if let Words::Inline(words) = &mut self.words {
            (words[0], words[1]) = (length, stride);
        }
    }

    /// What is inside, without suboffsets, becomes so many dimensions in C order.
    #[cfg(feature = "python")]
    #[inline(always)]
    pub(super) fn fold(&mut self, lengths: &[isize], itemsize: isize) {
        let ndim = lengths.len();
        let Words::Inline(words) = &mut self.words else {
            return;
        };
        self.ndim = ndim as u8;
        let mut stride = itemsize;
        for (dim, &length) in lengths.iter().enumerate().rev() {
            (words[dim], words[ndim + dim]) = (length, stride);
            stride *= length;
        }
    }

    /// Becomes one dimension, of whatever; `false` where the words are not inside.
    #[cfg(feature = "python")]
    pub(super) fn unfold(&mut self) -> bool {
        (self.ndim, self.has_suboffsets) = (1, false);
        matches!(self.words, Words::Inline(_))
    }

    /// Whether there is one dimension, without suboffsets.
    #[cfg(feature = "python")]
    #[inline]
    pub(super) fn is_one(&self) -> bool {
        self.ndim == 1 && !self.has_suboffsets && matches!(self.words, Words::Inline(_))
    }

    #[inline]
    pub(super) fn ndim(&self) -> usize {
        usize::from(self.ndim)
    }

    #[inline]
    pub(super) fn shape(&self) -> &[isize] {
        &self.words()[..self.ndim()]
    }

    #[inline]
    pub(super) fn strides(&self) -> &[isize] {
        &self.words()[self.ndim()..2 * self.ndim()]
    }

    pub(super) fn suboffsets(&self) -> Option<&[isize]> {
        self.has_suboffsets
            .then(|| &self.words()[2 * self.ndim()..3 * self.ndim()])
    }

    pub(super) fn shape_mut(&mut self) -> &mut [isize] {
        self.shape_and_strides_mut().0
    }

    pub(super) fn strides_mut(&mut self) -> &mut [isize] {
        self.shape_and_strides_mut().1
    }

    pub(super) fn shape_and_strides_mut(&mut self) -> (&mut [isize], &mut [isize]) {
        let ndim = self.ndim();
        let (shape, rest) = self.words_mut().split_at_mut(ndim);
        (shape, &mut rest[..ndim])
    }

    pub(super) fn suboffsets_mut(&mut self) -> Option<&mut [isize]> {
        let ndim = self.ndim();
        if !self.has_suboffsets {
            return None;
        }
        Some(&mut self.words_mut()[2 * ndim..3 * ndim])
    }

    pub(super) fn try_clone(&self) -> Result<Self> {
        let mut copy = Self::new(self.ndim(), self.has_suboffsets)?;
        let count = self.ndim() * (2 + usize::from(self.has_suboffsets));
        copy.words_mut()[..count].copy_from_slice(&self.words()[..count]);
        Ok(copy)
    }

    /// The same dimensions, none of which ends in a pointer. The words of the suboffsets stay,
    /// unused.
    pub(super) fn without_suboffsets(self) -> Self {
        Self {
            has_suboffsets: false,
            ..self
        }
    }

    #[inline]
    fn words(&self) -> &[isize] {
        match &self.words {
            Words::Inline(words) => words,
            Words::Heap(words) => words,
        }
    }

    fn words_mut(&mut self) -> &mut [isize] {
        match &mut self.words {
            Words::Inline(words) => words,
            Words::Heap(words) => words,
        }
    }
}
