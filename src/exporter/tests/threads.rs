//! Several threads at one memory. The module's name is how `.ci` finds what
//! ThreadSanitizer is to run.

use std::sync::atomic::AtomicUsize;
use std::thread;

use super::*;
use crate::exporter::exports::Exports;
use crate::exporter::word::Word;
use crate::layout::Slice;
use crate::request::Request;

const THREADS: usize = 4;
const ROUNDS: usize = if cfg!(miri) { 50 } else { 20_000 };

/// A sequence that looks random, and is the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides
    }
}

/// How many threads are between the beginning and the end of each thing: raised after it has
/// begun and lowered before it ends, so never more than there are.
#[derive(Default)]
struct Shadow {
    exports: [AtomicUsize; 4],
    reading: AtomicUsize,
    writing: AtomicUsize,
    looking: AtomicUsize,
    changing: AtomicUsize,
}

impl Shadow {
    fn of(&self, access: Access) -> usize {
        self.exports[access as usize - 1].load(Ordering::SeqCst)
    }

    fn all_exports(&self) -> usize {
        Access::ALL.iter().map(|&access| self.of(access)).sum()
    }

    fn pins(&self) -> [usize; 3] {
        [&self.looking, &self.reading, &self.writing].map(|pins| pins.load(Ordering::SeqCst))
    }

    /// What must hold while the thing that `mine` counts goes on, others being let run.
    fn during(&self, mine: &AtomicUsize, check: impl Fn(&Self)) {
        mine.fetch_add(1, Ordering::SeqCst);
        check(self);
        thread::yield_now();
        check(self);
        mine.fetch_sub(1, Ordering::SeqCst);
    }

    fn check_export(&self, access: Access) {
        let [_, reading, writing] = self.pins();
        assert_eq!(self.changing.load(Ordering::SeqCst), 0);
        match access {
            Access::Read => {}
            Access::Write => assert_eq!(self.of(Access::Stable), 0),
            Access::Stable => assert_eq!((self.of(Access::Write), writing), (0, 0)),
            Access::Exclusive => {
                assert_eq!((self.all_exports(), reading, writing), (1, 0, 0));
            }
        }
        if access != Access::Exclusive {
            assert_eq!(self.of(Access::Exclusive), 0);
        }
    }

    fn check_touch(&self, touch: Touch) {
        assert_eq!(self.changing.load(Ordering::SeqCst), 0);
        if touch != Touch::Look {
            assert_eq!(self.of(Access::Exclusive), 0);
        }
        if touch == Touch::Write {
            assert_eq!(self.of(Access::Stable), 0);
        }
    }

    fn check_change(&self) {
        assert_eq!((self.all_exports(), self.pins()), (0, [0; 3]));
        assert_eq!(self.changing.load(Ordering::SeqCst), 1);
    }
}

fn one_round(exports: &Exports, shadow: &Shadow, dice: &mut Dice) -> bool {
    match dice.roll(9) {
        k @ 0..4 => {
            let access = Access::ALL[k];
            let begun = exports.begin(access).is_ok();
            if begun {
                let mine = &shadow.exports[k];
                shadow.during(mine, |shadow| shadow.check_export(access));
                exports.end(access);
            }
            begun
        }
        k @ 4..7 => {
            let (touch, mine) = [
                (Touch::Look, &shadow.looking),
                (Touch::Read, &shadow.reading),
                (Touch::Write, &shadow.writing),
            ][k - 4];
            let pinned = exports.pin(touch);
            if pinned.is_ok() {
                shadow.during(mine, |shadow| shadow.check_touch(touch));
            }
            pinned.is_ok()
        }
        _ => {
            let changing = exports.change();
            if changing.is_ok() {
                shadow.during(&shadow.changing, Shadow::check_change);
            }
            changing.is_ok()
        }
    }
}

#[test]
fn what_excludes_each_other_never_meets() {
    let (exports, shadow) = (Exports::new(), Shadow::default());
    let granted = AtomicUsize::new(0);
    thread::scope(|scope| {
        for seed in 1..=THREADS as u64 {
            let (exports, shadow, granted) = (&exports, &shadow, &granted);
            scope.spawn(move || {
                let mut dice = Dice(seed * 0x9E37_79B9);
                for _ in 0..ROUNDS {
                    let done = one_round(exports, shadow, &mut dice);
                    granted.fetch_add(done.into(), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(exports.now(), Word::default(), "all is given back");
    assert!(granted.into_inner() > ROUNDS);
}

/// One thread writes where it is alone, one makes the memory longer and shorter, others read
/// where it is stable: there all items are alike, save those that were just put in.
#[test]
fn what_is_stable_is_never_torn() {
    let memory = Exporter::growing_of(&[0u64; 32]).unwrap();
    let read = AtomicUsize::new(0);
    let patiently = |step: &dyn Fn() -> Result<()>| {
        while step().is_err() {
            thread::yield_now();
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..ROUNDS as u64 / 10 {
                patiently(&|| {
                    let mut view = memory.view(Request::write().exclusive())?;
                    view.as_mut_slice::<u64>()?.fill(round);
                    Ok(())
                });
            }
        });
        scope.spawn(|| {
            let three = Slice {
                stop: Some(3),
                ..Slice::ALL
            };
            for _ in 0..ROUNDS / 10 {
                patiently(&|| memory.insert_from_slice(0, &[u64::MAX; 3]));
                patiently(&|| memory.delete(three));
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let Ok(view) = memory.view(Request::read().stable()) else {
                        thread::yield_now();
                        continue;
                    };
                    let items = view.as_slice::<u64>().unwrap();
                    let mut written = items.iter().filter(|item| **item != u64::MAX);
                    let first = written.next().unwrap();
                    assert!(written.all(|item| item == first), "{items:?}");
                    read.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(memory.count(), 32);
    assert_eq!(memory.item::<u64>(0).unwrap(), ROUNDS as u64 / 10 - 1);
    assert!(read.into_inner() > 0);
}

/// Many threads append, each its own number, and copy slices meanwhile: nothing is lost, and
/// no copy has an item that nobody wrote.
#[test]
fn nothing_that_is_appended_is_lost() {
    let memory = Exporter::growing(c"N", 0).unwrap();
    let rounds = ROUNDS / 20;
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let memory = &memory;
            scope.spawn(move || {
                for _ in 0..rounds {
                    memory.push(thread).unwrap();
                    let tail = memory.copy_slice(Slice {
                        start: Some(-3),
                        ..Slice::ALL
                    });
                    let tail = tail.unwrap();
                    for k in 0..tail.count() {
                        assert!(tail.item::<usize>(k as isize).unwrap() < THREADS);
                    }
                }
            });
        }
    });
    let mut counts = [0; THREADS];
    for k in 0..memory.count() {
        counts[memory.item::<usize>(k as isize).unwrap()] += 1;
    }
    assert_eq!(counts, [rounds; THREADS]);
}
