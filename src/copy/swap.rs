//! Copies that turn bytes round: numbers of the other byte order.
//!
//! Where the two sides do not overlap that is a copy of bytes, of which those of each number are
//! read backwards, and planned as one. Where they do, the items are copied as ever, and then
//! swapped where they are; nothing has to be copied where each is its own source.

use std::ops::ControlFlow;

use super::kernel::{Level, swap};
use super::loops::{Loop, Loops};
use super::order::Course;
use super::plan::Plan;
use super::{Place, Row, Visit, check_same_items, copy, each_row, gather, has_its_own_bytes};
use crate::alloc::Block;
use crate::error::{Result, fail};
use crate::layout::{Layout, Order};

/// Copies all items of `from` to the same indices of `to`, and turns the bytes of each `number` of
/// so many bytes round: an item is one or some of them. Where that fails nothing has been written.
///
/// # Safety
/// As for [`copy`].
pub(crate) unsafe fn copy_swapped(to: Place<'_>, from: Place<'_>, number: usize) -> Result<()> {
    check_same_items(to.layout, from.layout)?;
    let itemsize = to.layout.itemsize();
    if number == 0 || !itemsize.is_multiple_of(number) {
        return fail!(
            Value,
            "items of {itemsize} bytes are not made of numbers of {number} bytes"
        );
    }
    if from.layout.nbytes() == 0 {
        return Ok(());
    }
    // SAFETY: as the caller promises.
    unsafe {
        if number == 1 {
            return copy(to, from);
        }
        if !to.layout.is_indirect() && !from.layout.is_indirect() {
            let mut plan = Plan::blank();
            plan.outer.read(to.layout, from.layout, 0);
            if Course::of(&plan.outer, &to, &from) == Course::Any {
                plan.outer.turn_round(number);
                plan.draw();
                plan.execute(Level::detected(), to.first(), from.first());
                return Ok(());
            }
        }
        if has_its_own_bytes(to.layout) {
            if !is_same_place(to, from) {
                copy(to, from)?;
            }
            return swap_in_place(to, number);
        }
        let stage = Block::zeroed(from.layout.nbytes())?;
        let layout = Layout::contiguous(itemsize, from.layout.shape(), Order::C)?;
        let stage = Place {
            base: stage.as_ptr(),
            layout: &layout,
        };
        gather(stage.base, from, Order::C)?;
        swap_in_place(stage, number)?;
        copy(to, stage)
    }
}

/// Whether each item is seen to have the same place in both.
fn is_same_place(one: Place<'_>, other: Place<'_>) -> bool {
    let are_direct = !one.layout.is_indirect() && !other.layout.is_indirect();
    are_direct && one.first() == other.first() && one.layout.strides() == other.layout.strides()
}

/// # Safety
/// As for [`copy`], and no item lies on another.
unsafe fn swap_in_place(place: Place<'_>, number: usize) -> Result<()> {
    let (level, itemsize) = (Level::detected(), place.layout.itemsize());
    // SAFETY: as the caller promises.
    let _ = unsafe {
        each_row([place], Visit::AnyOrder, |[row], count| {
            let first = row.first.cast_mut();
            match row.stride == itemsize as isize {
                true => swap_in_row(
                    level,
                    first,
                    count * (itemsize / number),
                    number,
                    number as isize,
                ),
                false if itemsize == number => swap_in_row(level, first, count, number, row.stride),
                false => (0..count).for_each(|k| {
                    let item = row.from(k).first.cast_mut();
                    swap_in_row(level, item, itemsize / number, number, number as isize);
                }),
            }
            ControlFlow::Continue(())
        })
    }?;
    Ok(())
}

/// Swaps numbers of 2, 4, 8 or 16 bytes, and puts them side by side.
///
/// # Safety
/// So many lie in live memory there, `to` is writable for them, and the two do not overlap.
pub(crate) unsafe fn swap_row(to: *mut u8, row: Row, count: usize, size: usize) {
    let numbers = Loop {
        length: count,
        to: size as isize,
        from: row.stride,
    };
    // SAFETY: as the caller promises; the processor has the level.
    unsafe { swap::items(Level::detected(), to, row.first, numbers, size, false) };
}

/// Numbers that lie evenly, where they are.
///
/// # Safety
/// They lie in live memory that may be written, none on another.
unsafe fn swap_in_row(level: Level, first: *mut u8, count: usize, size: usize, stride: isize) {
    let row = Loop {
        length: count,
        to: stride,
        from: stride,
    };
    // SAFETY: as the caller promises.
    unsafe {
        match swap::SIZES.contains(&size) {
            true => swap::items(level, first, first, row, size, false),
            false => (0..count as isize).for_each(|k| {
                swap::turn_round(first.wrapping_offset(k * stride), size);
            }),
        }
    }
}

impl Loops {
    /// Takes items apart into bytes, those of each number of so many bytes backwards.
    fn turn_round(&mut self, number: usize) {
        let size = number as isize;
        let numbers = Loop {
            length: self.size / number,
            to: size,
            from: size,
        };
        let bytes = Loop {
            length: number,
            to: 1,
            from: -1,
        };
        self.size = 1;
        self.from = self.from.wrapping_add(size - 1);
        if numbers.length > 1 {
            self.add(numbers);
        }
        self.add(bytes);
        self.join();
    }
}
