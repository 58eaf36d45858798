//! Models of counted values: whoever drops the last reference sees what all others did, and
//! the value ends once.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize as Plain;

use loom::cell::UnsafeCell;
use loom::thread;

use super::*;
use crate::sync::explore;

/// A value that two threads write, each its own half, and its end reads.
struct Watched {
    halves: [UnsafeCell<u32>; 2],
    ends: Arc<Plain>,
}

// SAFETY: what the models are about; loom looks at every access to the cells.
unsafe impl Sync for Watched {}
// SAFETY: as above.
unsafe impl Send for Watched {}

impl Last for Watched {}

impl Drop for Watched {
    fn drop(&mut self) {
        for half in &self.halves {
            // SAFETY: loom fails where anybody else is there, or was and is not known to be gone.
            half.with_mut(|value| unsafe { *value += 1 });
        }
        self.ends.fetch_add(1, Ordering::Relaxed);
    }
}

fn watched() -> (Counted<Watched>, Arc<Plain>) {
    let ends = Arc::new(Plain::new(0));
    let value = Watched {
        halves: Default::default(),
        ends: ends.clone(),
    };
    let counted = Counted::new(value).map_err(|(error, _)| error);
    (counted.unwrap(), ends)
}

fn write(value: &Watched, half: usize) {
    // SAFETY: each thread has a half of its own.
    value.halves[half].with_mut(|value| unsafe { *value += 1 });
}

#[test]
fn the_last_drop_sees_all_and_comes_once() {
    explore(None, || {
        let (value, ends) = watched();
        let threads = [0, 1].map(|half| {
            let value = value.clone();
            thread::spawn(move || {
                write(&value, half);
                let again = value.clone();
                drop(value);
                drop(again);
            })
        });
        drop(value);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(ends.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn who_has_the_only_reference_sees_what_others_did() {
    explore(None, || {
        let (value, ends) = watched();
        let other = value.clone();
        let thread = thread::spawn(move || write(&other, 0));
        if value.is_only() {
            write(&value, 0);
        }
        thread.join().unwrap();
        assert!(value.is_only());
        drop(value);
        assert_eq!(ends.load(Ordering::Relaxed), 1);
    });
}

/// The end may keep the value, and hand it to another thread.
#[test]
fn what_the_last_drop_keeps_another_thread_may_end() {
    struct Kept(UnsafeCell<u32>, Arc<Mailbox>);
    // SAFETY: as for `Watched`.
    unsafe impl Sync for Kept {}
    // SAFETY: as above.
    unsafe impl Send for Kept {}
    impl Last for Kept {
        fn last(this: Unique<Self>) {
            let mailbox = this.1.clone();
            mailbox.0.store(this.into_ptr(), Ordering::Release);
        }
    }
    struct Mailbox(crate::sync::atomic::AtomicPtr<Kept>);

    explore(None, || {
        let mailbox = Arc::new(Mailbox(Default::default()));
        let value = Kept(UnsafeCell::new(0), mailbox.clone());
        let value = Counted::new(value).map_err(|(error, _)| error).unwrap();
        let other = value.clone();
        let thread = thread::spawn(move || {
            // SAFETY: the other thread does not look.
            other.0.with_mut(|value| unsafe { *value = 7 });
        });
        drop(value);
        let mut kept = mailbox.0.load(Ordering::Acquire);
        if kept.is_null() {
            thread.join().unwrap();
            kept = mailbox.0.load(Ordering::Acquire);
        }
        // SAFETY: the only owner put it there.
        let kept = unsafe { Unique::from_ptr(kept) };
        // SAFETY: nobody else has it.
        assert_eq!(kept.0.with_mut(|value| unsafe { *value }), 7);
    });
}
