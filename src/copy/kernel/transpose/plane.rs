//! Two dimensions that change places, and what is asked of the caches meanwhile.

/// Bytes of a cache line.
pub(super) const LINE: usize = 64;

/// Two dimensions in memory: row `r` of the destination begins `to_rows.at(r)` bytes from `to`,
/// and column `c` of the source `from_columns.at(c)` bytes from `from`.
#[derive(Clone, Copy)]
pub(super) struct Plane<R, C> {
    pub(super) to: *mut u8,
    pub(super) to_rows: R,
    pub(super) rows: usize,
    pub(super) from: *const u8,
    pub(super) from_columns: C,
    pub(super) columns: usize,
}

/// Which lines are asked for before they are needed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ahead {
    Nothing,
    Stores,
    Both,
}

/// From so many bytes on, lines to be stored to are asked for: up to there they are in the first
/// cache, or soon are.
const STORES_FROM: usize = 192 << 10;

/// From so many bytes on, lines of the source are asked for as well.
const BOTH_FROM: usize = 2 << 20;

impl Ahead {
    /// For a job of so many bytes.
    pub(super) fn of(bytes: usize) -> Self {
        match bytes {
            ..STORES_FROM => Self::Nothing,
            STORES_FROM..BOTH_FROM => Self::Stores,
            BOTH_FROM.. => Self::Both,
        }
    }
}
