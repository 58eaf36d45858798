//! An allocator that counts, and fails when it is told to.
//!
//! All it knows is of the thread that asks: the test harness, and tests that run beside
//! this one, are not in its way. So what a test makes is dropped on its own thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

struct Failing;

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// What is allocated now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    allocations: isize,
    bytes: isize,
}

thread_local! {
    /// So many from now on, and it fails; 0: none does.
    static COUNTDOWN: Cell<usize> = const { Cell::new(0) };
    /// When one has failed, all do.
    static FOR_GOOD: Cell<bool> = const { Cell::new(false) };
    static FAILED: Cell<bool> = const { Cell::new(false) };
    static LIVE: Cell<Live> = const { Cell::new(Live { allocations: 0, bytes: 0 }) };
}

/// Makes the `nth` allocation of this thread fail, counted from 1; and all that follow it,
/// where that is `for_good`.
pub fn arm(nth: usize, for_good: bool) {
    COUNTDOWN.set(nth);
    FOR_GOOD.set(for_good);
    FAILED.set(false);
}

/// Nothing fails any more. Whether something did.
pub fn disarm() -> bool {
    COUNTDOWN.set(0);
    FAILED.get()
}

/// Runs what a test needs for itself: meanwhile nothing fails, and nothing counts down.
pub fn calm<T>(body: impl FnOnce() -> T) -> T {
    let countdown = COUNTDOWN.replace(0);
    let made = body();
    COUNTDOWN.set(countdown);
    made
}

/// What this thread has allocated and not freed.
pub fn live() -> Live {
    LIVE.get()
}

fn fails() -> bool {
    let left = COUNTDOWN.get();
    let fails = left == 1;
    if fails {
        FAILED.set(true);
    }
    if !(fails && FOR_GOOD.get()) {
        COUNTDOWN.set(left.saturating_sub(1));
    }
    fails
}

fn count(allocations: isize, bytes: isize) {
    let live = LIVE.get();
    LIVE.set(Live {
        allocations: live.allocations + allocations,
        bytes: live.bytes + bytes,
    });
}

/// Counts what the system has given, unless it gave nothing.
fn counted(address: *mut u8, size: usize) -> *mut u8 {
    if !address.is_null() {
        count(1, size as isize);
    }
    address
}

// SAFETY: the system's allocator, or NULL.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if fails() {
            return ptr::null_mut();
        }
        // SAFETY: as the caller promises.
        counted(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if fails() {
            return ptr::null_mut();
        }
        // SAFETY: as the caller promises.
        counted(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if fails() {
            return ptr::null_mut();
        }
        // SAFETY: as the caller promises.
        let new = unsafe { System.realloc(old, layout, size) };
        if !new.is_null() {
            count(0, size as isize - layout.size() as isize);
        }
        new
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        count(-1, -(layout.size() as isize));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(address, layout) }
    }
}
