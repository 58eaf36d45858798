//! Models of the word of exports: threads that use the same memory, each in its own way, in
//! every order. What loom watches is the memory itself: a cell for its size and place, and one
//! for the items of each writer.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::exporter::Exporter;
use crate::sync::explore;

/// Counted memory, and what is done with it.
pub(in crate::exporter) struct Memory {
    pub(in crate::exporter) exporter: Exporter,
    /// Size and place: read by all, written by a change.
    place: UnsafeCell<u32>,
    /// Every writer writes its own: what writers do to one another is theirs to know.
    items: [UnsafeCell<u32>; 3],
}

// SAFETY: what the models are about; loom looks at every access to the cells.
unsafe impl Sync for Memory {}
// SAFETY: as above.
unsafe impl Send for Memory {}

/// What a thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::exporter) enum Deed {
    Export(Access),
    Pin(Touch),
    Change,
}

pub(in crate::exporter) const DEEDS: [Deed; 8] = [
    Deed::Export(Access::Read),
    Deed::Export(Access::Write),
    Deed::Export(Access::Stable),
    Deed::Export(Access::Exclusive),
    Deed::Pin(Touch::Look),
    Deed::Pin(Touch::Read),
    Deed::Pin(Touch::Write),
    Deed::Change,
];

impl Deed {
    /// Whether an export of another thread's can refuse it. All else is waited for.
    pub(in crate::exporter) fn is_refused_by(self, other: Self) -> bool {
        use Access::{Exclusive, Read, Stable, Write};
        let Self::Export(other) = other else {
            return false;
        };
        match self {
            Self::Export(Read) => other == Exclusive,
            Self::Export(Write) => matches!(other, Stable | Exclusive),
            Self::Export(Stable) => matches!(other, Write | Exclusive),
            Self::Export(Exclusive) | Self::Change => true,
            Self::Pin(Touch::Look) => false,
            Self::Pin(Touch::Read) => other == Exclusive,
            Self::Pin(Touch::Write) => matches!(other, Stable | Exclusive),
        }
    }
}

impl Memory {
    pub(in crate::exporter) fn new() -> Self {
        Self {
            exporter: Exporter::growing(c"B", 1).unwrap(),
            place: UnsafeCell::new(0),
            items: Default::default(),
        }
    }

    pub(in crate::exporter) fn exports(&self) -> &Exports {
        self.exporter.exports().unwrap()
    }

    /// Does it, or says that it was refused.
    pub(in crate::exporter) fn does(&self, deed: Deed, who: usize) -> Result<()> {
        match deed {
            Deed::Export(access) => {
                self.exports().begin(access)?;
                self.looks();
                match access {
                    // Others may write meanwhile, so what is read is anybody's guess.
                    Access::Read => {}
                    Access::Write => self.writes(who),
                    Access::Stable => self.reads_all(),
                    Access::Exclusive => self.writes_all(),
                }
                self.exports().end(access);
            }
            Deed::Pin(touch) => {
                let _pinned = self.exports().pin(touch)?;
                self.looks();
                if touch == Touch::Write {
                    self.writes(who);
                }
            }
            Deed::Change => {
                let _changing = self.exports().change()?;
                // SAFETY: here as below, loom fails where another thread is there.
                self.place.with_mut(|place| unsafe { *place += 1 });
                self.writes_all();
            }
        }
        Ok(())
    }

    pub(in crate::exporter) fn looks(&self) {
        self.place.with(|place| unsafe { *place });
    }

    pub(in crate::exporter) fn writes(&self, who: usize) {
        self.items[who].with_mut(|item| unsafe { *item += 1 });
    }

    fn reads_all(&self) {
        for item in &self.items {
            item.with(|item| unsafe { *item });
        }
    }

    fn writes_all(&self) {
        for item in &self.items {
            item.with_mut(|item| unsafe { *item += 1 });
        }
    }
}

/// Each thread does its deeds, one after another. Nobody is refused but by an export of
/// another, and at the end nothing is outstanding.
fn together(interruptions: Option<usize>, threads: Vec<Vec<Deed>>) {
    explore(interruptions, move || {
        let memory = Arc::new(Memory::new());
        let run = |memory: &Memory, who: usize, threads: &[Vec<Deed>]| {
            for &deed in &threads[who] {
                let refused = memory.does(deed, who).is_err();
                let mut others = threads
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != who);
                let hindered =
                    others.any(|(_, other)| other.iter().any(|it| deed.is_refused_by(*it)));
                assert!(!refused || hindered, "{deed:?} refused: {threads:?}");
            }
        };
        let spawned: Vec<_> = (1..threads.len())
            .map(|who| {
                let (memory, threads) = (memory.clone(), threads.clone());
                thread::spawn(move || run(&memory, who, &threads))
            })
            .collect();
        run(&memory, 0, &threads);
        for thread in spawned {
            thread.join().unwrap();
        }
        assert_eq!(memory.exports().now(), Word::default());
    });
}

#[test]
fn any_two_deeds_at_once() {
    for (k, &one) in DEEDS.iter().enumerate() {
        for &other in &DEEDS[k..] {
            together(None, vec![vec![one], vec![other]]);
        }
    }
}

#[test]
fn any_two_deeds_one_after_another_beside_any_other() {
    for one in DEEDS {
        for next in DEEDS {
            for other in DEEDS {
                together(Some(2), vec![vec![one, next], vec![other]]);
            }
        }
    }
}

#[test]
fn any_three_deeds_at_once() {
    for (k, &one) in DEEDS.iter().enumerate() {
        for (n, &two) in DEEDS.iter().enumerate().skip(k) {
            for &three in &DEEDS[n..] {
                together(Some(2), vec![vec![one], vec![two], vec![three]]);
            }
        }
    }
}

/// What one thread has written under one sort of export, the next sees under another.
#[test]
fn what_a_writer_left_is_seen_by_whoever_needs_to_be_sure() {
    for writer in [
        Deed::Export(Access::Write),
        Deed::Pin(Touch::Write),
        Deed::Change,
    ] {
        for sure in [
            Deed::Export(Access::Stable),
            Deed::Export(Access::Exclusive),
            Deed::Change,
        ] {
            explore(None, move || {
                let memory = Arc::new(Memory::new());
                let writes = memory.clone();
                let thread = thread::spawn(move || writes.does(writer, 1));
                // A reader comes and goes in between: that hides nothing.
                memory.does(Deed::Export(Access::Read), 0).unwrap();
                let _ = memory.does(sure, 0);
                // Refused only where the other was let in.
                let _ = thread.join().unwrap();
                memory.does(sure, 0).unwrap();
            });
        }
    }
}
