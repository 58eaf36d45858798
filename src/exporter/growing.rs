//! Memory that grows: one dimension of items of a single code, as `bytearray` and
//! `array.array` have it.
//!
//! A change of size may move the memory, so it happens alone: exports refuse it, and threads
//! that are at the items are waited for. What keeps the size (one item, a slice of as many)
//! may happen under exports, as it does in CPython, unless they are stable or exclusive.
//!
//! Every operation looks at the length when nobody can change it any more, and not before:
//! so indices and slices are resolved here.

use std::ffi::CStr;
use std::ptr;

use super::exports::Exports;
use super::run::{Items, Run, splice, take_out, too_long, unequal};
use super::word::Touch;
use super::{Exporter, Storage};
use crate::alloc::Heap;
use crate::error::{Error, Kind, Result, fail};
use crate::format::{Format, Scalar, ScalarKind, Shown};
use crate::layout::{Layout, Order, Slice};
use crate::stress;
use crate::sync::Ruled;

impl Exporter {
    /// Memory that grows, with `count` items so far, all zero. The format is a single native
    /// code; `u` means `wchar_t`, as it does for `array.array`.
    pub fn growing(format: &CStr, count: usize) -> Result<Self> {
        let is_wide = format == c"u" && !cfg!(windows);
        let text = if is_wide { c"w" } else { format };
        // References to objects are no plain bytes: nobody would count them.
        let grows = |scalar: Scalar| scalar.is_native() && scalar.kind != ScalarKind::Object;
        if !Scalar::parse(text.to_bytes()).is_some_and(grows) {
            return fail!(
                Value,
                "format {} is not a single native code: memory that grows has items of one, such as 'i' or 'd', and not 'O'",
                Shown(text.to_bytes())
            );
        }
        let format = Format::new(text, None)?;
        let (heap, layout) = Self::heap_of_zeros(&format, count)?;
        let storage = Storage::Growing(Ruled::new(heap));
        let base = storage.base();
        Self::over(base, layout, format, storage)
    }

    fn heap_of_zeros(format: &Format, count: usize) -> Result<(Heap, Layout)> {
        let length = isize::try_from(count).map_err(|_| too_long())?;
        let layout = Layout::contiguous(format.itemsize(), &[length], Order::C)?;
        let mut heap = Heap::new();
        heap.make_exact_room(layout.nbytes())?;
        // SAFETY: there is room for so many bytes.
        unsafe { heap.as_ptr().write_bytes(0, layout.nbytes()) };
        Ok((heap, layout))
    }

    /// As [`Exporter::growing`], with a copy of items. The bytes of them are whole items.
    pub fn growing_from(format: &CStr, items: &[u8]) -> Result<Self> {
        let exporter = Self::growing(format, 0)?;
        let itemsize = exporter.format().itemsize();
        if !items.len().is_multiple_of(itemsize) {
            return fail!(
                Value,
                "{} bytes are not a whole number of items of {itemsize} bytes",
                items.len()
            );
        }
        let (bytes, count) = (items.as_ptr(), items.len() / itemsize);
        // SAFETY: a slice is readable, and the exporter is nobody else's.
        unsafe { exporter.replace(Slice::ALL, Items { bytes, count }) }?;
        Ok(exporter)
    }

    /// Whether this memory grows.
    pub fn grows(&self) -> bool {
        self.heap().is_ok()
    }

    /// The error of memory that does not grow.
    pub(crate) fn check_grows(&self) -> Result<()> {
        self.heap().map(drop)
    }

    /// Number of items.
    pub fn count(&self) -> usize {
        self.layout().len()
    }

    /// Copies the bytes of one item out; negative indices count from the end.
    pub fn get(&self, index: isize, item: &mut [u8]) -> Result<()> {
        self.check_itemsize(item.len())?;
        self.touch(Touch::Read, |run| {
            let from = run.item(index)?;
            // SAFETY: an item of the run, and of that size.
            unsafe { item.as_mut_ptr().copy_from_nonoverlapping(from, item.len()) };
            Ok(())
        })
    }

    /// Copies the bytes of one item in.
    ///
    /// # Safety
    /// Nobody reads or writes this item meanwhile. `item` is an item's bytes.
    pub(crate) unsafe fn set(&self, index: isize, item: *const u8) -> Result<()> {
        self.touch(Touch::Write, |run| {
            // SAFETY: an item of the run, as the caller promises.
            unsafe { run.item(index)?.copy_from(item, run.itemsize) };
            Ok(())
        })
    }

    /// Copies the items of a slice out, into new memory that grows.
    pub fn copy_slice(&self, slice: Slice) -> Result<Self> {
        let copy = Self::growing(self.format().text(), 0)?;
        self.touch(Touch::Read, |run| {
            let (start, count) = run.resolve(slice)?;
            let heap = copy.heap()?;
            // SAFETY: the copy is nobody else's yet.
            let heap = unsafe { heap.alone() };
            heap.make_exact_room(count * run.itemsize)?;
            // SAFETY: a resolved slice, and room for it.
            unsafe { run.gather(heap.as_ptr(), start, slice.step, count) };
            // SAFETY: as above; there are so many items.
            unsafe { copy.settle_length(count) };
            Ok(())
        })?;
        Ok(copy)
    }

    /// Puts items in place of a slice; with a step there must be as many, or none. Equal
    /// numbers keep the size, and are allowed under exports.
    ///
    /// # Safety
    /// The items are readable; nobody writes them meanwhile, nor reads or writes the slice.
    pub(crate) unsafe fn replace(&self, slice: Slice, items: Items) -> Result<()> {
        // What is put in between others is in no others' place.
        let is_insertion = slice.is_between() && items.count > 0;
        // SAFETY: as the caller promises.
        if !is_insertion && unsafe { self.overwrite(slice, items) }? {
            return Ok(());
        }
        if items.count == 0 {
            return self.delete(slice);
        }
        self.change(|heap, run| {
            let (start, count) = run.resolve(slice)?;
            let stage = run.staged(items)?;
            let items = Items {
                bytes: stage.as_ref().map_or(items.bytes, |it| it.as_ptr()),
                ..items
            };
            // SAFETY: as the caller promises; what lay in this memory is in the stage.
            unsafe { splice(heap, run, start, count, items) }
        })
    }

    /// As [`Exporter::replace`], and in every case with nobody else there: any export refuses it.
    ///
    /// # Safety
    /// The items are readable, do not lie in this memory, and nobody writes them meanwhile.
    pub(super) unsafe fn replace_alone(&self, slice: Slice, items: Items) -> Result<()> {
        self.change(|heap, run| {
            let (start, count) = run.resolve(slice)?;
            if count == items.count {
                // SAFETY: a resolved slice, and so many items.
                unsafe { run.scatter(items.bytes, start, slice.step, count) }?;
                return Ok(run.length);
            }
            match (slice.step, items.count) {
                // SAFETY: a resolved slice, and the items do not lie in this memory.
                (1, _) => unsafe { splice(heap, run, start, count, items) },
                // SAFETY: a resolved slice, which is not empty.
                (_, 0) => Ok(unsafe { take_out(heap, run, start, slice.step, count) }),
                _ => Err(unequal(items.count, count)),
            }
        })
    }

    /// As [`Exporter::set`], and with nobody else there: any export refuses it.
    ///
    /// # Safety
    /// `item` is an item's bytes.
    pub(super) unsafe fn set_alone(&self, index: isize, item: *const u8) -> Result<()> {
        self.change(|_, run| {
            // SAFETY: an item of the run, as the caller promises.
            unsafe { run.item(index)?.copy_from(item, run.itemsize) };
            Ok(run.length)
        })
    }

    /// Puts items in place of as many others: `false` where the numbers differ.
    ///
    /// # Safety
    /// As for [`Exporter::replace`].
    pub(crate) unsafe fn overwrite(&self, slice: Slice, items: Items) -> Result<bool> {
        self.touch(Touch::Write, |run| {
            let (start, count) = run.resolve(slice)?;
            if count == items.count {
                // SAFETY: a resolved slice, and so many items.
                unsafe { run.scatter(items.bytes, start, slice.step, count) }?;
                return Ok(true);
            }
            match slice.step == 1 || items.count == 0 {
                true => Ok(false),
                false => Err(unequal(items.count, count)),
            }
        })
    }

    /// Takes an item out, and copies its bytes to `item`.
    pub fn pop(&self, index: isize, item: &mut [u8]) -> Result<()> {
        self.check_itemsize(item.len())?;
        self.change(|heap, run| {
            if run.length == 0 {
                return fail!(Index, "pop from an empty array");
            }
            let from = run.item(index)?;
            // SAFETY: an item of the run, and of that size.
            unsafe { item.as_mut_ptr().copy_from_nonoverlapping(from, item.len()) };
            let start = (from.addr() - run.base.addr()) / run.itemsize;
            // SAFETY: the item is in the run.
            unsafe { splice(heap, run, start as isize, 1, Items::NONE) }
        })
    }

    /// Takes the items of a slice out.
    pub fn delete(&self, slice: Slice) -> Result<()> {
        self.change(|heap, run| {
            let (start, count) = run.resolve(slice)?;
            match count {
                0 => Ok(run.length),
                // SAFETY: a resolved slice, which is not empty.
                _ => Ok(unsafe { take_out(heap, run, start, slice.step, count) }),
            }
        })
    }

    /// Makes it `count` items long: zeros are added, or the last ones taken away.
    pub fn resize(&self, count: usize) -> Result<()> {
        let size = self.format().itemsize().checked_mul(count);
        let Some(size) = size.filter(|&size| size <= isize::MAX as usize) else {
            return Err(too_long());
        };
        // What changes nothing is allowed under exports, as it is in CPython.
        if self.touch(Touch::Look, |run| Ok(run.length == count))? {
            return Ok(());
        }
        self.change(|heap, run| {
            let before = run.length * run.itemsize;
            heap.make_room(size)?;
            if size > before {
                // SAFETY: there is room for so many bytes.
                unsafe { heap.as_ptr().add(before).write_bytes(0, size - before) };
            }
            heap.shrink(size);
            Ok(count)
        })
    }

    /// Turns the order of the items round.
    ///
    /// # Safety
    /// Nobody reads or writes items meanwhile.
    pub(crate) unsafe fn reverse(&self) -> Result<()> {
        self.touch(Touch::Write, |run| {
            let last = run.length.saturating_sub(1);
            for k in 0..run.length / 2 {
                // SAFETY: two items of the run, which are not the same.
                unsafe { ptr::swap_nonoverlapping(run.at(k), run.at(last - k), run.itemsize) };
            }
            Ok(())
        })
    }

    pub(crate) fn check_itemsize(&self, size: usize) -> Result<()> {
        match self.format().itemsize() {
            itemsize if itemsize == size => Ok(()),
            itemsize => fail!(
                Value,
                "{size} bytes for an item of {itemsize}: the sizes must be equal"
            ),
        }
    }

    fn counts(&self) -> Result<&Exports> {
        self.heap()?;
        self.exports().ok_or_else(fixed_size)
    }

    /// Runs `body` on the items, which nobody moves meanwhile.
    fn touch<T>(&self, touch: Touch, body: impl FnOnce(&Run) -> Result<T>) -> Result<T> {
        let _pinned = self.counts()?.pin(touch)?;
        // SAFETY: pinned.
        let run = unsafe { self.run() };
        stress::window();
        body(&run)
    }

    /// Runs `body`, which says how many items there are afterwards, while nobody else is there.
    fn change(&self, body: impl FnOnce(&mut Heap, &Run) -> Result<usize>) -> Result<()> {
        let _changing = self.counts()?.change()?;
        // SAFETY: this thread is alone.
        unsafe {
            let heap = self.heap()?.alone();
            let length = body(heap, &self.run())?;
            stress::window();
            self.settle_length(length);
        }
        Ok(())
    }

    /// # Safety
    /// Nobody changes the memory meanwhile.
    unsafe fn run(&self) -> Run {
        // SAFETY: as the caller promises.
        let lent = unsafe { self.lent_held() };
        Run {
            base: lent.base(),
            length: lent.layout().len(),
            itemsize: lent.layout().itemsize(),
        }
    }
}

pub(super) fn fixed_size() -> Error {
    Error::fixed(
        Kind::Type,
        "this exporter's memory has a fixed size: pybuf_array_new and pybuf_bytearray_new make memory that grows",
    )
}

#[cfg(all(test, loom))]
mod models;
