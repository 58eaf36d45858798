//! The micro-kernel: a small tile, transposed in registers.
//!
//! A [`Vector`] is some lanes of 16 bytes, or one of 8. Of each source row a tile takes what
//! fills a lane, `M` items; and it takes `M` such rows for each lane: row `k` of lane `l` is row
//! `l * M + k` of the source. Each lane is then transposed on its own, in `log2 M` rounds which
//! interleave the items of vector `k` with those of vector `k + M / 2`. What comes out is a
//! vector for each of `M` rows of the destination. No step crosses a lane, and every load and
//! store is a whole one.
//!
//! All of this is compiled into the functions of [`super::ways`] that may use the
//! processor's features, and must be: hence `inline(always)`, and no closure, which would be a
//! function of its own without those features.

/// Lanes that are stored together.
pub(super) trait Vector: Copy {
    /// How many there are ...
    const LANES: usize;
    /// ... of so many bytes.
    const LANE: usize;

    /// Lane `l` comes from step `first + l * apart`.
    ///
    /// # Safety
    /// A lane of bytes can be read at each; the processor has what the vector is made for.
    unsafe fn load<S: Steps>(from: *const u8, steps: S, first: usize, apart: usize) -> Self;

    /// # Safety
    /// All lanes can be written there; the processor has what the vector is made for.
    unsafe fn store(self, to: *mut u8);

    /// The lower lanes of two vectors, and the upper ones; of one lane each they stay as they are.
    ///
    /// # Safety
    /// The processor has what the vector is made for.
    unsafe fn regroup(self, next: Self) -> (Self, Self);

    /// Items of `SIZE` bytes, one from each of two vectors in turn, lane by lane: first those of
    /// the lower halves, then those of the upper ones.
    ///
    /// # Safety
    /// The processor has what the vector is made for.
    unsafe fn interleave<const SIZE: usize>(self, other: Self) -> (Self, Self);
}

/// Asks for a cache line, which need not exist.
#[inline(always)]
pub(super) fn prefetch(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every processor of the target has it, and it does not fail.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Where rows or columns lie: the distance of each from the first.
pub(super) trait Steps: Copy {
    /// # Safety
    /// There are more than `k`.
    unsafe fn at(self, k: usize) -> isize;

    /// Those from `k` on, and where to count their distances from.
    ///
    /// # Safety
    /// There are so many.
    unsafe fn from(self, k: usize) -> (isize, Self);
}

/// Evenly.
#[derive(Clone, Copy)]
pub(super) struct Pitch(pub(super) isize);

impl Steps for Pitch {
    #[inline(always)]
    unsafe fn at(self, k: usize) -> isize {
        (k as isize).wrapping_mul(self.0)
    }

    #[inline(always)]
    unsafe fn from(self, k: usize) -> (isize, Self) {
        ((k as isize).wrapping_mul(self.0), self)
    }
}

/// Anywhere.
#[derive(Clone, Copy)]
pub(super) struct Table(pub(super) *const isize);

impl Steps for Table {
    #[inline(always)]
    unsafe fn at(self, k: usize) -> isize {
        // SAFETY: as the caller promises.
        unsafe { *self.0.add(k) }
    }

    #[inline(always)]
    unsafe fn from(self, k: usize) -> (isize, Self) {
        (0, Self(self.0.wrapping_add(k)))
    }
}

/// Rows of the source in a tile, which are columns of the destination.
pub(super) const fn columns_of<V: Vector, const SIZE: usize>() -> usize {
    V::LANE / SIZE * V::LANES
}

/// Transposes one tile of items of `SIZE` bytes: `M` rows of the destination, each of
/// [`columns_of`] items.
///
/// # Safety
/// All of it can be read and written, and `M * SIZE` is `V::LANE`. The processor has what the
/// vector is made for.
#[inline(always)]
pub(super) unsafe fn tile<V: Vector, const SIZE: usize, const M: usize>(
    to: *mut u8,
    to_rows: impl Steps,
    from: *const u8,
    from_columns: impl Steps,
) {
    // SAFETY: here and below, as the caller promises.
    let first = unsafe { V::load(from, from_columns, 0, M) };
    if M == 1 {
        // SAFETY: as above.
        unsafe { first.store(to.wrapping_offset(to_rows.at(0))) };
        return;
    }
    // A loop of more than eight steps is not unrolled, and then its vectors live in memory. So
    // loads are part of the first round, stores go by two, and the rounds are no loop.
    let mut rows = [first; M];
    for k in 0..M / 2 {
        // SAFETY: as above.
        unsafe {
            let low = V::load(from, from_columns, k, M);
            let high = V::load(from, from_columns, k + M / 2, M);
            (rows[2 * k], rows[2 * k + 1]) = low.interleave::<SIZE>(high);
        }
    }
    if M > 2 {
        // SAFETY: as above.
        rows = unsafe { round::<V, SIZE, M>(rows) };
    }
    if M > 4 {
        // SAFETY: as above.
        rows = unsafe { round::<V, SIZE, M>(rows) };
    }
    if M > 8 {
        // SAFETY: as above.
        rows = unsafe { round::<V, SIZE, M>(rows) };
    }
    for k in 0..M / 2 {
        // SAFETY: as above.
        unsafe {
            rows[2 * k].store(to.wrapping_offset(to_rows.at(2 * k)));
            rows[2 * k + 1].store(to.wrapping_offset(to_rows.at(2 * k + 1)));
        }
    }
}

/// # Safety
/// The processor has what the vector is made for.
#[inline(always)]
pub(super) unsafe fn round<V: Vector, const SIZE: usize, const M: usize>(rows: [V; M]) -> [V; M] {
    let mut mixed = rows;
    for k in 0..M / 2 {
        // SAFETY: as the caller promises.
        let pair = unsafe { rows[k].interleave::<SIZE>(rows[k + M / 2]) };
        (mixed[2 * k], mixed[2 * k + 1]) = pair;
    }
    mixed
}
