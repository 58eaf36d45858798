//! Whether a transpose passes the caches by, which takes a stage mostly, and why.

/// What it is decided by, in bytes.
pub(in crate::copy) struct Limits {
    /// From so many on, the destination is stored past the caches. Up to there it is faster to
    /// store to them, and to ask for the lines before.
    pub(in crate::copy) staged_from: usize,
    /// The same where columns, or rows, crowd in the caches.
    pub(in crate::copy) crowded_from: usize,
    /// In rows of fewer there are too few whole lines to store past the caches.
    pub(in crate::copy) row: usize,
    /// So many of a row are a part of one block.
    pub(in crate::copy) run: usize,
}

impl Limits {
    pub(in crate::copy) const THESE: Self = Self {
        staged_from: 8 << 20,
        crowded_from: 2 << 20,
        row: 256,
        run: 256,
    };
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "no processor gives all of them")]
pub(in crate::copy) enum Stage {
    /// Yes: there is so much that the caches would not keep it.
    Large,
    /// Yes: there is less, but rows or columns crowd in the caches.
    Crowded,
    /// No: there is so little that the caches keep all.
    Little,
    /// No: there is not much, and nothing crowds.
    Uncrowded,
    /// No: rows are too short to be stored past the caches.
    ShortRows,
    /// No: vectors do not hold such items, or planes not a tile of them.
    Unfit,
    /// No: this processor has none that are known to store past the caches.
    Unknown,
}

#[cfg(target_arch = "x86_64")]
impl Stage {
    pub(in crate::copy) fn pays(self) -> bool {
        matches!(self, Self::Large | Self::Crowded)
    }
}
