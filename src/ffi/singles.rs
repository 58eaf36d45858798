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
const ROWS: usize = 7;

static PLACES: [Place; ROWS * COLUMNS] = [const { Place::empty() }; ROWS * COLUMNS];

/// All that a text may be read in.
const DIALECTS: [Dialect; 4] = [
    Dialect::Pep3118,
    Dialect::Struct,
    Dialect::NumPy,
    Dialect::Ctypes,
];

/// The format of a single letter, behind an order character or alone: NUL is second then.
/// `None` where it means something else in this dialect than in PEP 3118.
pub(super) fn find([first, second]: [u8; 2], dialect: Dialect) -> Option<Counted<Compiled>> {
    let (row, letter) = match (first, second) {
        (letter, 0) => (0, letter),
        (b'@', letter) => (1, letter),
        (b'=', letter) => (2, letter),
        (b'<', letter) => (3, letter),
        (b'>', letter) => (4, letter),
        (b'!', letter) => (5, letter),
        (b'^', letter) => (6, letter),
        _ => return None,
    };
    if !LETTERS.contains(&letter) {
        return None;
    }
    let place = &PLACES[row * COLUMNS + usize::from(letter - LETTERS.start())];
    match place.state.load(Ordering::Acquire) {
        Place::FREE => place.fill([first, second, 0], dialect),
        Place::CLAIMED => None,
        meant => place.get(meant, dialect),
    }
}

/// Room for one format.
struct Place {
    /// Whether there is a format, and the dialects in which the text means it, as a set of bits.
    state: AtomicU8,
    format: UnsafeCell<MaybeUninit<Immortal<Compiled>>>,
}

// SAFETY: the format is written by the one who claims the room, before anybody is told of it.
unsafe impl Sync for Place {}

impl Place {
    const FREE: u8 = 0;
    const CLAIMED: u8 = 0x80;

    const fn empty() -> Self {
        Self {
            state: AtomicU8::new(Self::FREE),
            format: UnsafeCell::new(MaybeUninit::zeroed()),
        }
    }

    /// What is there, if a dialect is among those that mean it.
    #[inline]
    fn get(&self, meant: u8, dialect: Dialect) -> Option<Counted<Compiled>> {
        let is_meant = meant >> dialect as u8 & 1 == 1;
        // SAFETY: written before it was said for whom, and never again.
        is_meant.then(|| unsafe { (*self.format.get()).assume_init_ref() }.reference())
    }

    /// `None` where there is no such code, and where another thread is at it.
    #[cold]
    fn fill(&self, text: [u8; 3], dialect: Dialect) -> Option<Counted<Compiled>> {
        let text = CStr::from_bytes_until_nul(&text).ok()?;
        let format = Format::parse(text, Dialect::Pep3118).ok()?;
        let scalar = format.scalar()?;
        let means = |dialect: &Dialect| Scalar::single(text.to_bytes(), *dialect) == Some(scalar);
        let meant = DIALECTS.into_iter().filter(means);
        let meant = meant.fold(0, |bits, dialect| bits | 1 << dialect as u8);
        let (free, claimed) = (Self::FREE, Self::CLAIMED);
        self.state
            .compare_exchange(free, claimed, Ordering::Relaxed, Ordering::Relaxed)
            .ok()?;
        // SAFETY: one thread claims the room, and nobody looks at it yet.
        unsafe { (*self.format.get()).write(Immortal::new(Compiled::new(format))) };
        self.state.store(meant, Ordering::Release);
        self.get(meant, dialect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_code_is_the_same_in_every_dialect() {
        assert!(find(*b"<i", Dialect::Struct).is_some());
        for text in [b"@@", b"=^", b"@<", b"w\0"] {
            assert!(find(*text, Dialect::Struct).is_none());
        }
        assert!(find(*b"@@", Dialect::Pep3118).is_none());
    }

    #[test]
    fn each_dialect_is_given_what_it_means() {
        for first in 1..128 {
            for second in 0..128 {
                let text = [first, second, 0];
                let text = CStr::from_bytes_until_nul(&text).unwrap();
                for dialect in DIALECTS {
                    let Some(found) = find([first, second], dialect) else {
                        continue;
                    };
                    let read = Format::parse(text, dialect).unwrap();
                    assert_eq!(found.format.scalar(), read.scalar(), "{text:?}");
                    assert_eq!(found.format.alignment(), read.alignment(), "{text:?}");
                    assert_eq!(found.format.text(), text);
                }
            }
        }
    }
}
