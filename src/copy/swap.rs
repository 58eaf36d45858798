//! Copies that turn bytes round: numbers of the other byte order.
//!
//! Where the two sides do not overlap that is a copy of bytes, of which those of each number are
//! read backwards, and planned as one. Where they do, the items are copied as ever, and then
//! swapped where they are; nothing has to be copied where each is its own source. So it is done,
//! too, where only some bytes of an item are turned round, as in structs.

use std::ops::ControlFlow;

use super::kernel::{Level, swap};
use super::loops::{Loop, Loops};
use super::order::Course;
use super::plan::Plan;
use super::{Place, Row, Visit, check_same_items, copy, each_row, gather, has_its_own_bytes};
use crate::alloc::Block;
use crate::error::{Result, fail};
use crate::format::{Step, Swap};
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
        copied_and_then(to, from, |place| swap_in_place(place, number))
    }
}

/// Copies all items of `from` to the same indices of `to`, and turns round what a format says. Where
/// that fails nothing has been written.
///
/// # Safety
/// As for [`copy`]; what is to be swapped lies in the items.
pub(crate) unsafe fn copy_with_swap(to: Place<'_>, from: Place<'_>, swap: &Swap) -> Result<()> {
    let steps = match swap {
        // SAFETY: as the caller promises.
        Swap::All(number) => return unsafe { copy_swapped(to, from, *number) },
        Swap::Some(steps) => steps,
    };
    check_same_items(to.layout, from.layout)?;
    if from.layout.nbytes() == 0 {
        return Ok(());
    }
    // SAFETY: as the caller promises.
    unsafe { copied_and_then(to, from, |place| swap_some_in_place(place, steps)) }
}

/// Copies, and runs `turn` on the copy, where no item lies on another.
///
/// # Safety
/// As for [`copy`].
unsafe fn copied_and_then(
    to: Place<'_>,
    from: Place<'_>,
    turn: impl FnOnce(Place<'_>) -> Result<()>,
) -> Result<()> {
    // SAFETY: as the caller promises.
    unsafe {
        if has_its_own_bytes(to.layout) {
            if !is_same_place(to, from) {
                copy(to, from)?;
            }
            return turn(to);
        }
        let stage = Block::zeroed(from.layout.nbytes())?;
        let (itemsize, shape) = (from.layout.itemsize(), from.layout.shape());
        let layout = Layout::contiguous(itemsize, shape, Order::C)?;
        let stage = Place {
            base: stage.as_ptr(),
            layout: &layout,
        };
        gather(stage.base, from, Order::C)?;
        turn(stage)?;
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

/// So many bytes of items are turned round before the next ones are: every step comes by them.
const BLOCK: usize = 1 << 14;

/// # Safety
/// As for [`swap_in_place`]; the numbers lie in the items.
unsafe fn swap_some_in_place(place: Place<'_>, steps: &[Step]) -> Result<()> {
    let level = Level::detected();
    let most = (BLOCK / place.layout.itemsize()).max(1);
    // SAFETY: as the caller promises.
    let _ = unsafe {
        each_row([place], Visit::AnyOrder, |[row], count| {
            for start in (0..count).step_by(most) {
                let items = Items {
                    first: row.from(start).first.cast_mut(),
                    count: most.min(count - start),
                    stride: row.stride,
                };
                swap_some(level, items, steps);
            }
            ControlFlow::Continue(())
        })
    }?;
    Ok(())
}

/// Items that lie evenly.
#[derive(Clone, Copy)]
struct Items {
    first: *mut u8,
    count: usize,
    stride: isize,
}

impl Items {
    /// What lies so many bytes behind the beginning of each.
    fn behind(self, offset: usize) -> Self {
        let first = self.first.wrapping_add(offset);
        Self { first, ..self }
    }

    /// `count` parts of each, `distance` bytes apart: as few rows of them as there are.
    fn each_row_of_parts(self, count: usize, distance: usize, mut visit: impl FnMut(Self)) {
        if count < self.count {
            (0..count).for_each(|k| visit(self.behind(k * distance)));
            return;
        }
        for k in 0..self.count as isize {
            visit(Self {
                first: self.first.wrapping_offset(k * self.stride),
                count,
                stride: distance as isize,
            });
        }
    }
}

/// # Safety
/// As for [`swap_some_in_place`].
unsafe fn swap_some(level: Level, items: Items, mut steps: &[Step]) {
    while let Some((step, rest)) = steps.split_first() {
        steps = rest;
        match *step {
            Step::Numbers {
                offset,
                size,
                count,
            } => items.behind(offset).each_row_of_parts(count, size, |row| {
                // SAFETY: as the caller promises.
                unsafe { swap_in_row(level, row.first, row.count, size, row.stride) };
            }),
            Step::Structs {
                offset,
                distance,
                count,
                steps: many,
            } => {
                let (inner, after) = rest.split_at(many);
                steps = after;
                items
                    .behind(offset)
                    .each_row_of_parts(count, distance, |row| {
                        // SAFETY: as the caller promises.
                        unsafe { swap_some(level, row, inner) };
                    });
            }
        }
    }
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
