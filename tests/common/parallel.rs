//! Work on all Pythons, two at a time: enough for a small machine, and no crowd
//! of NumPys on a large one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

/// Calls `work` for every item, on two threads, and panics at the end with the names
/// of all that failed.
pub fn two_at_a_time<T: Sync>(
    items: &[T],
    name: impl Fn(&T) -> String + Sync,
    work: impl Fn(&T) + Sync,
) {
    let queue = Mutex::new(items.iter());
    let failed = Mutex::new(Vec::new());
    let worker = || {
        loop {
            let Some(item) = queue.lock().expect("a queue").next() else {
                return;
            };
            // A panic prints its own text.
            if catch_unwind(AssertUnwindSafe(|| work(item))).is_err() {
                eprintln!("the above is what failed for {}\n", name(item));
                failed.lock().expect("a list").push(name(item));
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(worker);
        scope.spawn(worker);
    });
    let failed = failed.into_inner().expect("a list");
    assert!(failed.is_empty(), "failed for:\n{}", failed.join("\n"));
}
