//! Formats of a single letter, which lie in a static: to make one costs next to nothing.
//!
//! Each is made when it is first asked for. All of the static is zero before, so that it takes no
//! room in the library's file. Whoever comes while another thread makes a format does not
//! wait: the caller makes one of its own.

use std::cell::UnsafeCell;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU8, Ordering};

use super::compiled::Compiled;
use crate::alloc::{Counted, Immortal};
use crate::format::{Dialect, Format, Scalar};

/// The letters of codes lie between these.
const LETTERS: std::ops::RangeInclusive<u8> = b'?'..=b'z';
const COLUMNS: usize = (b'z' - b'?') as usize + 1;
/// Before a code: nothing, or one of these.
const ORDERS: &[u8; 6] = b"@=<>!^";

static PLACES: [Place; (ORDERS.len() + 1) * COLUMNS] =
    [const { Place::empty() }; (ORDERS.len() + 1) * COLUMNS];

/// The format of a single letter, which is the same in every dialect that has it so.
pub(super) fn find(text: &CStr, dialect: Dialect) -> Option<Counted<Compiled>> {
    let (row, letter) = match *text.to_bytes() {
        [letter] => (0, letter),
        [order, letter] => (1 + ORDERS.iter().position(|&known| known == order)?, letter),
        _ => return None,
    };
    if !LETTERS.contains(&letter) {
        return None;
    }
    let place = &PLACES[row * COLUMNS + usize::from(letter - LETTERS.start())];
    let is_meant = |scalar| {
        let strict = dialect == Dialect::Pep3118;
        strict || Scalar::single(text.to_bytes(), dialect) == scalar
    };
    if let Some(format) = place.get() {
        return is_meant(format.value().format.scalar()).then(|| format.reference());
    }
    let format = Format::parse(text, Dialect::Pep3118).ok()?;
    let is_single = format.scalar().is_some() && is_meant(format.scalar());
    let made = is_single.then(|| place.fill(Compiled::new(format)))?;
    Some(made?.reference())
}

/// Room for one format.
struct Place {
    state: AtomicU8,
    format: UnsafeCell<MaybeUninit<Immortal<Compiled>>>,
}

// SAFETY: the format is written by the one who claims the room, before anybody is told of it.
unsafe impl Sync for Place {}

impl Place {
    const FREE: u8 = 0;
    const CLAIMED: u8 = 1;
    const FILLED: u8 = 2;

    const fn empty() -> Self {
        Self {
            state: AtomicU8::new(Self::FREE),
            format: UnsafeCell::new(MaybeUninit::zeroed()),
        }
    }

    #[inline]
    fn get(&self) -> Option<&Immortal<Compiled>> {
        let is_filled = self.state.load(Ordering::Acquire) == Self::FILLED;
        // SAFETY: written before it was said to be, and never again.
        is_filled.then(|| unsafe { (*self.format.get()).assume_init_ref() })
    }

    /// `None` where another thread is at it.
    fn fill(&self, format: Compiled) -> Option<&Immortal<Compiled>> {
        let (free, claimed) = (Self::FREE, Self::CLAIMED);
        self.state
            .compare_exchange(free, claimed, Ordering::Relaxed, Ordering::Relaxed)
            .ok()?;
        // SAFETY: one thread claims the room, and nobody looks at it yet.
        unsafe { (*self.format.get()).write(Immortal::new(format)) };
        self.state.store(Self::FILLED, Ordering::Release);
        self.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_code_is_the_same_in_every_dialect() {
        assert!(find(c"<i", Dialect::Struct).is_some());
        for text in [c"@@", c"=^", c"@<"] {
            assert!(find(text, Dialect::Pep3118).is_none());
            assert!(find(text, Dialect::Struct).is_none());
        }
    }
}
