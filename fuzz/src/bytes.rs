//! Numbers off the fuzzer's bytes. Past their end everything is zero, so that there is no
//! input that a target has to refuse.

use std::ops::RangeInclusive;

pub struct Bytes<'a>(&'a [u8]);

/// Where arithmetic goes wrong, if it does.
const EDGES: &[i64] = &[
    i64::MAX,
    i64::MIN,
    i64::MAX / 2 + 1,
    i64::MIN / 2,
    i32::MAX as i64,
    i32::MIN as i64,
    1 << 32,
    1 << 48,
];

impl<'a> Bytes<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&first, rest)) => {
                self.0 = rest;
                first
            }
            None => 0,
        }
    }

    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// One time in `n`.
    pub fn rarely(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// From 0 to below `n`, of which there may be 256; 0 where there is nothing to choose.
    pub fn below(&mut self, n: usize) -> usize {
        if n <= 1 {
            return 0;
        }
        usize::from(self.byte()) % n
    }

    pub fn within(&mut self, range: RangeInclusive<i64>) -> i64 {
        let (low, high) = range.into_inner();
        low + self.below((high - low + 1) as usize) as i64
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Of any size: small, near an edge, or anything.
    pub fn number(&mut self) -> i64 {
        match self.byte() {
            0..128 => i64::from(self.byte() as i8),
            128..192 => self.pick(EDGES).wrapping_add(self.within(-2..=2)),
            shift => {
                let mut word = [0; 8];
                word.iter_mut().for_each(|byte| *byte = self.byte());
                i64::from_le_bytes(word) >> (shift - 192)
            }
        }
    }

    pub fn several<T>(&mut self, count: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..count).map(|_| one(self)).collect()
    }
}
