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

#[cfg(target_arch = "x86_64")]
impl Plane<super::tile::Pitch, super::tile::Pitch> {
    /// The rest of it, from a row on.
    pub(super) fn at_row(self, row: usize, size: usize) -> Self {
        Self {
            to: self.to.wrapping_offset(row as isize * self.to_rows.0),
            from: self.from.wrapping_add(row * size),
            rows: self.rows - row,
            ..self
        }
    }

    /// The same from a column on.
    pub(super) fn at_column(self, column: usize, size: usize) -> Self {
        Self {
            to: self.to.wrapping_add(column * size),
            from: self
                .from
                .wrapping_offset(column as isize * self.from_columns.0),
            columns: self.columns - column,
            ..self
        }
    }
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
