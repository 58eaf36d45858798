//! Models of views without a lock: what two or three threads do to the same view, and to views
//! that share a buffer, in every order. What loom watches is the memory of the buffer: whoever
//! has pinned a view or has a buffer of it reads, and the last user's release takes it away.

use std::sync::atomic::{AtomicUsize as Plain, Ordering as Order};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::sync::{Patience, explore};

/// Two views of one buffer.
struct Views {
    words: [Word; 2],
    users: Users,
    memory: UnsafeCell<u32>,
    /// How often the buffer was released.
    released: Plain,
}

// SAFETY: what the models are about; loom looks at every access to the cell.
unsafe impl Sync for Views {}
// SAFETY: as above.
unsafe impl Send for Views {}

const NO_LOCK: bool = false;

/// What a thread does with one of the views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// An operation that reads.
    Pin(usize),
    /// A consumer that comes, reads, and goes.
    Lend(usize),
    /// Another view is made of it, which reads and goes.
    Share(usize),
    Release(usize),
}

impl Deed {
    fn view(self) -> usize {
        let (Self::Pin(view) | Self::Lend(view) | Self::Share(view) | Self::Release(view)) = self;
        view
    }
}

const OF_ONE: [Deed; 4] = [
    Deed::Pin(0),
    Deed::Lend(0),
    Deed::Share(0),
    Deed::Release(0),
];
const OF_BOTH: [Deed; 8] = [
    Deed::Pin(0),
    Deed::Lend(0),
    Deed::Share(0),
    Deed::Release(0),
    Deed::Pin(1),
    Deed::Lend(1),
    Deed::Share(1),
    Deed::Release(1),
];

impl Views {
    fn new() -> Self {
        let views = Self {
            words: [Word::new(), Word::new()],
            users: Users::one(),
            memory: UnsafeCell::new(7),
            released: Plain::new(0),
        };
        views.users.another(NO_LOCK);
        views
    }

    fn reads(&self) {
        // SAFETY: here as below, loom fails where another thread takes it away.
        self.memory.with(|memory| assert_eq!(unsafe { *memory }, 7));
    }

    fn leaves(&self) {
        if self.users.one_less(NO_LOCK) {
            self.memory.with_mut(|memory| unsafe { *memory = 0 });
            self.released.fetch_add(1, Order::Relaxed);
        }
    }

    /// Does it, or says why it was refused.
    fn does(&self, deed: Deed) -> Result<(), No> {
        let word = &self.words[deed.view()];
        match deed {
            Deed::Pin(_) => {
                word.pin(NO_LOCK)?;
                self.reads();
                word.unpin(NO_LOCK);
            }
            Deed::Lend(_) => {
                word.lend(NO_LOCK)?;
                self.reads();
                word.take_back(NO_LOCK);
            }
            Deed::Share(_) => {
                word.pin(NO_LOCK)?;
                self.users.another(NO_LOCK);
                word.unpin(NO_LOCK);
                self.reads();
                self.leaves();
            }
            Deed::Release(_) => {
                let patience = std::cell::RefCell::new(Patience::default());
                if word.release(|| patience.borrow_mut().wait())? {
                    self.leaves();
                }
            }
        }
        Ok(())
    }

    /// At the end every view is released, and the buffer was, once.
    fn end(&self) {
        for view in [0, 1] {
            self.does(Deed::Release(view)).unwrap();
            assert_eq!(self.words[view].pin(NO_LOCK), Err(No::Released));
        }
        assert_eq!(self.released.load(Order::Relaxed), 1);
    }
}

/// Each thread does its deeds. Nobody is refused but by a release, and a release but by a
/// buffer that another has.
fn together(interruptions: Option<usize>, threads: Vec<Vec<Deed>>) {
    explore(interruptions, move || {
        let views = Arc::new(Views::new());
        let run = |views: &Views, deeds: &[Deed], others: &[&Vec<Deed>]| {
            for &deed in deeds {
                let may_be = |refusal: fn(usize) -> Deed| {
                    let refusal = refusal(deed.view());
                    deeds.contains(&refusal) || others.iter().any(|it| it.contains(&refusal))
                };
                match views.does(deed) {
                    Ok(()) => {}
                    Err(No::Released) => assert!(may_be(Deed::Release), "{deed:?}"),
                    Err(No::Lent(_)) => assert!(may_be(Deed::Lend), "{deed:?}"),
                    Err(No::Full) => panic!("{deed:?}"),
                }
            }
        };
        let others_of = |who: usize| {
            let others = threads.iter().enumerate();
            others
                .filter(move |(it, _)| *it != who)
                .map(|(_, deeds)| deeds.clone())
                .collect::<Vec<_>>()
        };
        let spawned: Vec<_> = (1..threads.len())
            .map(|who| {
                let (views, deeds) = (views.clone(), threads[who].clone());
                let others = others_of(who);
                thread::spawn(move || run(&views, &deeds, &others.iter().collect::<Vec<_>>()))
            })
            .collect();
        let others = others_of(0);
        run(&views, &threads[0], &others.iter().collect::<Vec<_>>());
        for thread in spawned {
            thread.join().unwrap();
        }
        views.end();
    });
}

#[test]
fn any_two_deeds_at_once() {
    for one in OF_ONE {
        for other in OF_BOTH {
            together(None, vec![vec![one], vec![other]]);
        }
    }
}

#[test]
fn any_two_deeds_one_after_another_beside_any_other() {
    for one in OF_ONE {
        for next in OF_ONE {
            for other in OF_BOTH {
                together(Some(2), vec![vec![one, next], vec![other]]);
            }
        }
    }
}

#[test]
fn any_three_deeds_at_once() {
    for (k, &one) in OF_BOTH.iter().enumerate() {
        for (n, &two) in OF_BOTH.iter().enumerate().skip(k) {
            for &three in &OF_BOTH[n..] {
                together(Some(2), vec![vec![one], vec![two], vec![three]]);
            }
        }
    }
}
