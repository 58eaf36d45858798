//! Models of the queue: what is left in it is taken once, by whoever takes it, until it is
//! closed; what comes later is told so.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize as Plain;

use loom::thread;

use super::*;
use crate::alloc::Counted;
use crate::sync::explore;
use crate::view::Giver;

/// A queue, and what happens around it.
struct Place {
    queue: Queue,
    asked: Asked,
    /// Somebody has been asked to take, and will.
    pending: AtomicBool,
    /// Exports that were released, and those that came too late and are leaked.
    released: Plain,
    leaked: Plain,
}

impl Place {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            queue: Queue::new(),
            asked: Asked::new(),
            pending: AtomicBool::new(false),
            released: Plain::new(0),
            leaked: Plain::new(0),
        })
    }

    /// An export whose last reference leaves it here, as `late` does it.
    fn export(&self) -> Counted<Export> {
        let export = Export::new().unwrap();
        export.filled_by(Giver {
            exporter: (&raw const *self).cast_mut().cast(),
            releasebuffer: None,
            interpreter: ptr::null_mut(),
            release,
        });
        export
    }

    fn take(&self) {
        if !self.queue.is_empty() {
            self.asked.answer();
            for export in self.queue.take() {
                drop(export);
                self.released.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// What the main thread does when it has been asked.
    fn serve(&self) {
        if self.pending.swap(false, Ordering::AcqRel) {
            self.asked.answer();
            self.take();
        }
    }

    fn counts(&self) -> (usize, usize) {
        let count = |counter: &Plain| counter.load(Ordering::Relaxed);
        (count(&self.released), count(&self.leaked))
    }
}

fn release(export: Unique<Export>) {
    let place = export.giver().unwrap().exporter.cast::<Place>();
    // SAFETY: the model keeps the place.
    let place = unsafe { &*place };
    let mut export = Some(export);
    place.queue.while_open(|queue| {
        queue.push(export.take().unwrap());
        place.asked.once(|| {
            place.pending.swap(true, Ordering::AcqRel);
            true
        });
    });
    if let Some(export) = export {
        place.leaked.fetch_add(1, Ordering::Relaxed);
        // Leaked there; here its memory is given back.
        drop(export);
    }
}

/// Drops so many exports, on a thread of its own.
fn dropper(place: &Arc<Place>, count: usize) -> thread::JoinHandle<()> {
    let place = place.clone();
    thread::spawn(move || (0..count).for_each(|_| drop(place.export())))
}

#[test]
fn each_is_taken_once_by_one_of_two() {
    explore(Some(3), || {
        let place = Place::new();
        let threads = [dropper(&place, 2), dropper(&place, 1)];
        let takes = place.clone();
        let taker = thread::spawn(move || takes.take());
        place.take();
        for thread in threads {
            thread.join().unwrap();
        }
        taker.join().unwrap();
        place.take();
        assert_eq!(place.counts(), (3, 0));
        assert!(place.queue.is_empty());
    });
}

/// Nothing is left lying with nobody asked to take it.
#[test]
fn somebody_is_asked_for_whatever_is_left() {
    explore(Some(3), || {
        let place = Place::new();
        let threads = [dropper(&place, 1), dropper(&place, 1)];
        place.serve();
        // Somebody comes along who has not been asked.
        place.take();
        for thread in threads {
            thread.join().unwrap();
        }
        place.serve();
        assert_eq!(place.counts(), (2, 0));
    });
}

/// As above, where somebody else has taken what the request was for: whoever adds before the
/// answer need not ask, and is found.
#[test]
fn an_answer_finds_what_came_before_it() {
    explore(None, || {
        let place = Place::new();
        place.asked.once(|| true);
        place.pending.store(true, Ordering::Relaxed);
        let thread = dropper(&place, 1);
        place.serve();
        thread.join().unwrap();
        place.serve();
        assert_eq!(place.counts(), (1, 0));
    });
}

/// A request that nobody heard is made again.
#[test]
fn who_was_not_heard_asks_again() {
    explore(None, || {
        let request = Asked::new();
        request.once(|| false);
        let mut asked = 0;
        for _ in 0..2 {
            request.once(|| {
                asked += 1;
                true
            });
        }
        assert_eq!(asked, 1);
    });
}

/// Whoever closes it takes all that came before; what comes later stays out.
#[test]
fn nothing_comes_after_the_last_look() {
    explore(Some(3), || {
        let place = Place::new();
        let threads = [dropper(&place, 1), dropper(&place, 1)];
        place.queue.close();
        place.take();
        let (released, _) = place.counts();
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(place.queue.is_empty());
        assert_eq!(place.counts(), (released, 2 - released));
    });
}
