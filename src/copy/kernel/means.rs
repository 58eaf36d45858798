//! What moves items in the end, for whoever wants to know it before.
//!
//! Each kernel decides in one function, which it asks when it is to move items, and which is asked
//! when a plan is to explain itself. In tests a kernel also notes what it does, where it does it:
//! so they see that both are the same.

/// By what items are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "other processors have fewer")
)]
pub(in crate::copy) enum Means {
    /// A call of `memcpy` for each.
    Memcpy,
    /// Vectors, past the cache.
    PastTheCache,
    /// One after another, by registers.
    OneByOne,
    /// The same in tiles of the cache.
    InTiles,
    /// One item, stored again and again.
    Fill,
    /// The same in whole lines, past the cache.
    FillLines,
    /// A shuffle that is made for their distance.
    Shuffle,
    /// Vectors that leave out gaps of the source, or turn a row round.
    Gather,
    /// Vectors that leave out gaps, or make some.
    Spread,
    /// Both, one after another.
    GatherAndScatter,
    /// Vectors that take pixels apart, or put them together.
    Channels,
    /// The same of bytes, for 2, 4, 8 or 16 of them.
    Bytes,
    /// Vectors that turn the bytes of numbers round.
    Swap,
    /// Tiles of vectors of so many bytes, straight from one side to the other.
    Tiles(usize),
    /// The same by way of a stage, from where they are stored past the cache.
    Stage(usize),
    /// Tiles of whole lines, past the cache without a stage, where rows of the destination begin
    /// between two items of such a line.
    Lines,
    /// Tiles as wide as a line, by way of a small stage and from there past the cache, where rows
    /// begin anywhere.
    Skewed,
}

#[cfg(test)]
thread_local! {
    static FIRST: std::cell::Cell<Option<Means>> = const { std::cell::Cell::new(None) };
}

/// What is about to be done.
#[inline(always)]
pub(super) fn note(means: Means) {
    #[cfg(test)]
    FIRST.with(|first| first.set(first.get().or(Some(means))));
    let _ = means;
}

/// What was noted first, since this was asked last.
#[cfg(all(test, not(loom)))]
pub(in crate::copy) fn noted() -> Option<Means> {
    FIRST.take()
}
