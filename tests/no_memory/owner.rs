//! Memory whose owners are counted: each must be dropped, and once.

use std::cell::Cell;

use pybuf::exporter::{Memory, Region};

/// The most owners of one run.
const MOST: usize = 8;

thread_local! {
    static MADE: Cell<usize> = const { Cell::new(0) };
    static DROPS: [Cell<usize>; MOST] = const { [const { Cell::new(0) }; MOST] };
}

/// Four items of eight bytes, and a number to know it by. Making one allocates nothing.
pub struct Owner {
    number: usize,
    items: [u64; 4],
}

impl Owner {
    pub fn new() -> Self {
        let number = MADE.replace(MADE.get() + 1);
        Self {
            number,
            items: [1, 2, 3, 4],
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        DROPS.with(|drops| drops[self.number].set(drops[self.number].get() + 1));
    }
}

// SAFETY: the items lie in the value, which stays where it is.
unsafe impl Memory for Owner {
    fn region(&mut self) -> Region {
        Region {
            address: self.items.as_mut_ptr().cast(),
            size: size_of_val(&self.items),
            readonly: false,
            format: c"Q",
        }
    }
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        b"bytes"
    }
}

/// Every owner that was made has been dropped once; the next run counts anew.
pub fn all_dropped_once() -> bool {
    let made = MADE.take();
    DROPS.with(|drops| {
        let counts = drops.each_ref().map(Cell::take);
        let expected: [usize; MOST] = std::array::from_fn(|number| usize::from(number < made));
        counts == expected
    })
}
