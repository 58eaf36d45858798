//! What a copy has to do, with all that does not matter taken away.
//!
//! Two layouts of one shape are loops: a length, and a distance on either side. Dimensions of
//! length 1 are none. The order of the loops is free, and so is the direction of each, as long as
//! no byte is written twice. So those of a destination that is walked down are turned round, and
//! all are sorted to write in the order of memory; then loops that go on where the one inside
//! ends become one with it, and what lies together on both sides becomes one larger item. The
//! same copy looks the same now, whatever the layouts called it: a reshaped one, one of pixels
//! of four bytes, one of the transposed to the transposed.

use std::mem::MaybeUninit;

use crate::layout::{Layout, MAX_DIMS};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loop {
    pub(super) length: usize,
    /// Bytes from one step to the next, in the destination ...
    pub(super) to: isize,
    /// ... and in the source.
    pub(super) from: isize,
}

impl Loop {
    /// One step.
    pub(super) const ONCE: Self = Self {
        length: 1,
        to: 0,
        from: 0,
    };

    /// From the first step to the last one.
    pub(super) fn last_to(self) -> isize {
        self.to.wrapping_mul(self.length as isize - 1)
    }

    pub(super) fn last_from(self) -> isize {
        self.from.wrapping_mul(self.length as isize - 1)
    }

    /// The last step first.
    pub(super) fn turned(self) -> Self {
        Self {
            to: self.to.wrapping_neg(),
            from: self.from.wrapping_neg(),
            ..self
        }
    }
}

/// Loops around the move of one item, from the outermost on.
pub(super) struct Loops {
    /// Bytes of an item.
    pub(super) size: usize,
    /// Where the first item to be moved lies, from the first one of the destination ...
    pub(super) to: isize,
    /// ... and of the source.
    pub(super) from: isize,
    count: usize,
    /// So many are set: to set the rest would take as long as a small copy.
    list: [MaybeUninit<Loop>; MAX_DIMS],
}

impl Loops {
    /// None around one item. Small enough a function that the loops are made where they stay: to
    /// move them would take longer than a small copy does.
    #[inline(always)]
    pub(super) fn none() -> Self {
        Self {
            size: 0,
            to: 0,
            from: 0,
            count: 0,
            list: [const { MaybeUninit::uninit() }; MAX_DIMS],
        }
    }

    /// Becomes those of two layouts of the same shape and item size that have items, in the
    /// dimensions from `first` on, which end in no pointers.
    pub(super) fn read(&mut self, to: &Layout, from: &Layout, first: usize) {
        self.size = to.itemsize();
        [self.to, self.from] = [0; 2];
        self.count = 0;
        let (to_strides, from_strides) = (&to.strides()[first..], &from.strides()[first..]);
        self.add_all(&to.shape()[first..], to_strides, from_strides);
    }

    fn add_all(&mut self, shape: &[isize], to: &[isize], from: &[isize]) {
        for ((&length, &to), &from) in shape.iter().zip(to).zip(from) {
            if length != 1 {
                let length = length.unsigned_abs();
                self.add(Loop { length, to, from });
            }
        }
        self.join();
    }

    pub(super) fn as_slice(&self) -> &[Loop] {
        // SAFETY: so many are set.
        unsafe { std::slice::from_raw_parts(self.list.as_ptr().cast(), self.count) }
    }

    fn as_mut_slice(&mut self) -> &mut [Loop] {
        // SAFETY: so many are set.
        unsafe { std::slice::from_raw_parts_mut(self.list.as_mut_ptr().cast(), self.count) }
    }

    /// Adds a loop where it belongs: that with the largest steps in the destination is the
    /// outermost.
    pub(super) fn add(&mut self, mut new: Loop) {
        if new.to < 0 {
            self.to = self.to.wrapping_add(new.last_to());
            self.from = self.from.wrapping_add(new.last_from());
            new = new.turned();
        }
        let key = |of: &Loop| (of.to, of.from.unsigned_abs());
        self.list[self.count].write(new);
        self.count += 1;
        let mut at = self.count - 1;
        let list = self.as_mut_slice();
        while at > 0 && key(&list[at - 1]) < key(&new) {
            list.swap(at - 1, at);
            at -= 1;
        }
    }

    /// Makes one of what goes on evenly, and larger items of those that lie together.
    pub(super) fn join(&mut self) {
        while let [.., last] = *self.as_slice()
            && [last.to, last.from] == [self.size as isize; 2]
        {
            self.size *= last.length;
            self.count -= 1;
        }
        let list = self.as_mut_slice();
        let mut kept = 0;
        for k in 1..list.len() {
            let (outer, inner) = (list[kept], list[k]);
            let goes_on = |outer, inner: isize, length| outer == inner.wrapping_mul(length);
            let length = inner.length as isize;
            if goes_on(outer.to, inner.to, length) && goes_on(outer.from, inner.from, length) {
                let length = outer.length * inner.length;
                list[kept] = Loop { length, ..inner };
            } else {
                kept += 1;
                list[kept] = inner;
            }
        }
        self.count = self.count.min(kept + 1);
    }

    /// Takes out the innermost loop.
    pub(super) fn pop(&mut self) -> Option<Loop> {
        let last = *self.as_slice().last()?;
        self.count -= 1;
        Some(last)
    }

    /// Takes out a loop.
    pub(super) fn remove(&mut self, at: usize) -> Loop {
        let list = self.as_mut_slice();
        let removed = list[at];
        list.copy_within(at + 1.., at);
        self.count -= 1;
        removed
    }

    /// Turns all loops round: the last item first.
    pub(super) fn turn(&mut self) {
        let [mut to, mut from] = [self.to, self.from];
        for one in self.as_mut_slice() {
            to = to.wrapping_add(one.last_to());
            from = from.wrapping_add(one.last_from());
            *one = one.turned();
        }
        [self.to, self.from] = [to, from];
    }

    /// Bytes from the first of the destination to behind the last, where the loops are nested:
    /// each steps over all that those inside it write. Then no byte is written twice.
    pub(super) fn nested_span(&self) -> Option<usize> {
        let mut span = self.size;
        for one in self.as_slice().iter().rev() {
            if one.to < span as isize {
                return None;
            }
            span += one.last_to() as usize;
        }
        Some(span)
    }
}
