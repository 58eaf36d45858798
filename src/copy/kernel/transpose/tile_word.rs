//! Tiles of one lane of 8 bytes in plain arithmetic, for processors without vectors known here.

use super::tile::{Steps, Vector};

/// Bytes in the order of memory, the first one in the lowest bits.
#[derive(Clone, Copy)]
pub(super) struct Word(u64);

impl Vector for Word {
    const LANES: usize = 1;
    const LANE: usize = 8;

    #[inline(always)]
    unsafe fn load<S: Steps>(from: *const u8, steps: S, first: usize, _apart: usize) -> Self {
        // SAFETY: as the caller promises.
        let bytes = unsafe {
            let from = from.wrapping_offset(steps.at(first));
            from.cast::<[u8; 8]>().read_unaligned()
        };
        Self(u64::from_le_bytes(bytes))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u8) {
        // SAFETY: as the caller promises.
        unsafe { to.cast::<[u8; 8]>().write_unaligned(self.0.to_le_bytes()) }
    }

    #[inline(always)]
    unsafe fn regroup(self, next: Self) -> (Self, Self) {
        (self, next)
    }

    #[inline(always)]
    unsafe fn interleave<const SIZE: usize>(self, other: Self) -> (Self, Self) {
        let half = |shift: u32| {
            let [one, two] = [self.0, other.0].map(|word| spread::<SIZE>(word >> shift));
            Self(one | two << (8 * SIZE))
        };
        (half(0), half(32))
    }
}

/// The items of the lower half, with a gap of one item behind each.
#[inline(always)]
fn spread<const SIZE: usize>(word: u64) -> u64 {
    let mut word = word & 0xffff_ffff;
    if SIZE <= 2 {
        word = (word | word << 16) & 0x0000_ffff_0000_ffff;
    }
    if SIZE == 1 {
        word = (word | word << 8) & 0x00ff_00ff_00ff_00ff;
    }
    word
}

#[cfg(test)]
mod tests {
    use super::super::tile::{Pitch, tile};
    use super::*;

    fn check<const SIZE: usize, const M: usize>() {
        let from: [u8; 64] = std::array::from_fn(|k| k as u8 * 3);
        let mut to = [0u8; 64];
        let pitch = Pitch(8);
        // SAFETY: a tile is eight bytes of eight rows at most.
        unsafe { tile::<Word, SIZE, M>(to.as_mut_ptr(), pitch, from.as_ptr(), pitch) };
        for (row, column) in (0..M).flat_map(|row| (0..M).map(move |column| (row, column))) {
            let (to_at, from_at) = (row * 8 + column * SIZE, column * 8 + row * SIZE);
            assert_eq!(to[to_at..to_at + SIZE], from[from_at..from_at + SIZE]);
        }
    }

    #[test]
    fn words_are_transposed() {
        check::<1, 8>();
        check::<2, 4>();
        check::<4, 2>();
    }
}
