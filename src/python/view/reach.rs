//! The short way to an item.

use std::cell::Cell;

use super::code::Code;
use crate::exporter::{Lent, Row};

/// All that is needed to reach an item of one dimension without suboffsets, whose format is
/// native, and plain: an exporter may state larger items than its letter has.
pub(super) struct Quick {
    first: *mut u8,
    /// -1 where there is another way to go; and, where the interpreter has a lock, once the view was
    /// released.
    pub(super) length: Cell<isize>,
    stride: isize,
}

impl Quick {
    pub(super) fn of(lent: &Lent, code: Code) -> Self {
        let layout = lent.layout();
        let (length, stride) = match (layout.shape(), layout.strides(), layout.suboffsets()) {
            ([length], [stride], None) if code.is_native() && lent.is_row() => (*length, *stride),
            _ => (-1, 0),
        };
        Self {
            first: lent.first_item(),
            length: Cell::new(length),
            stride,
        }
    }

    #[inline(always)]
    pub(super) fn of_row(row: &Row, code: Code) -> Self {
        let length = if code.is_native() { row.length } else { -1 };
        Self {
            first: row.base.wrapping_offset(row.offset),
            length: Cell::new(length),
            stride: row.stride,
        }
    }

    /// How many items can be reached so.
    #[inline]
    pub(super) fn length(&self) -> isize {
        self.length.get()
    }

    /// From one item to the next, where items can be reached so.
    #[inline]
    pub(super) fn stride(&self) -> isize {
        self.stride
    }

    /// The address of an item that was counted from the start.
    #[inline(always)]
    pub(super) fn item_from_start(&self, position: isize) -> Option<*mut u8> {
        let is_there = position < self.length.get();
        is_there.then(|| {
            self.first
                .wrapping_offset(position.wrapping_mul(self.stride))
        })
    }

    /// The address of an item; a negative index counts from the end.
    #[inline]
    pub(super) fn item(&self, index: isize) -> Option<*mut u8> {
        let length = self.length.get();
        let index = if index < 0 {
            index.wrapping_add(length)
        } else {
            index
        };
        // Both ends at once: what is negative is larger than any length as an unsigned number.
        let is_there = (index as usize) < length.max(0) as usize;
        is_there.then(|| self.first.wrapping_offset(index.wrapping_mul(self.stride)))
    }
}
