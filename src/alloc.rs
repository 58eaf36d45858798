//! Allocation that can fail, and memory that is counted.
//!
//! A library inside somebody's process does not abort it because memory ran out:
//! everything here returns [`NoMemory`] instead. What would abort is named in
//! `clippy.toml`, and refused in this crate's own code; `tests/no_memory` looks for what
//! gets past names.
//!
//! [`Counted`] is the one kind of shared ownership in this crate: the handles of the C
//! API are made of it, so its address is stable and its first bytes are the value's own.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::cell::UnsafeCell;
use std::fmt;
use std::ops::Deref;
use std::ptr::NonNull;

mod pages;

pub(crate) use pages::prefer_huge_pages;

use crate::stress::{self, Protection};
use crate::sync::atomic::{AtomicUsize, Ordering};

/// There is none left; as an error of this crate, `Kind::Memory`.
#[derive(Debug)]
pub(crate) struct NoMemory;

type Result<T, E = NoMemory> = std::result::Result<T, E>;

/// Handles are aligned to this, so that the low bits of their addresses are free: what
/// an allocator gives without being asked, since asking for more costs it.
pub(crate) const HANDLE_ALIGN: usize = 16;

/// Memory for items is aligned to this: a cache line, and the widest vector register.
const BLOCK_ALIGN: usize = 64;

/// A vector with room for `capacity` items.
pub(crate) fn try_vec<T>(capacity: usize) -> Result<Vec<T>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(capacity).map_err(|_| NoMemory)?;
    Ok(vec)
}

/// A vector of `count` times the same value.
pub(crate) fn try_filled<T: Copy>(count: usize, value: T) -> Result<Vec<T>> {
    let mut vec = try_vec(count)?;
    for slot in &mut vec.spare_capacity_mut()[..count] {
        slot.write(value);
    }
    // SAFETY: so many have just been written.
    unsafe { vec.set_len(count) };
    Ok(vec)
}

/// A vector of `count` values, each made by `make`; where one fails, there is none.
pub(crate) fn try_collect<T, E: From<NoMemory>>(
    count: usize,
    mut make: impl FnMut(usize) -> Result<T, E>,
) -> Result<Vec<T>, E> {
    let mut vec = try_vec(count)?;
    for k in 0..count {
        vec.spare_capacity_mut()[0].write(make(k)?);
        // SAFETY: there was room, and it has just been written.
        unsafe { vec.set_len(k + 1) };
    }
    Ok(vec)
}

/// Appends copies of `items`; nothing is appended where there is no memory.
///
/// Not by the vector's own function: that one would look for room again, and a test looks
/// for whatever could end the process where it finds none.
pub(crate) fn try_extend<T: Copy>(vec: &mut Vec<T>, items: &[T]) -> Result<()> {
    vec.try_reserve(items.len()).map_err(|_| NoMemory)?;
    let length = vec.len();
    // SAFETY: there is room for so many behind the last one, and they are written before they
    // are counted.
    unsafe {
        let end = vec.as_mut_ptr().add(length);
        end.copy_from_nonoverlapping(items.as_ptr(), items.len());
        vec.set_len(length + items.len());
    }
    Ok(())
}

/// A block of zero bytes, aligned for every scalar and every vector register.
///
/// An allocator asked for such an alignment zeroes by hand; asked for its own, it takes
/// fresh pages as they come, which costs nothing until they are used. So the block is a
/// little larger, and begins where the alignment wants it.
pub(crate) struct Block {
    allocated: NonNull<u8>,
    layout: Layout,
}

// SAFETY: a block is memory and nothing else; whoever shares it synchronises access to it.
unsafe impl Send for Block {}
// SAFETY: as above.
unsafe impl Sync for Block {}

impl Block {
    /// `size` zero bytes (of size 0 too: the address is then valid and not shared).
    pub(crate) fn zeroed(size: usize) -> Result<Self> {
        let layout = size
            .checked_add(BLOCK_ALIGN)
            .and_then(|size| Layout::from_size_align(size, HANDLE_ALIGN).ok())
            .ok_or(NoMemory)?;
        // SAFETY: the size is not zero.
        let allocated = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(NoMemory)?;
        prefer_huge_pages(allocated.as_ptr(), layout.size());
        Ok(Self { allocated, layout })
    }

    /// Its first byte.
    pub(crate) fn as_ptr(&self) -> *mut u8 {
        let start = self.allocated.as_ptr();
        start.wrapping_add(start.align_offset(BLOCK_ALIGN))
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated by `zeroed` with this layout, and freed once.
        unsafe { dealloc(self.allocated.as_ptr(), self.layout) }
    }
}

/// Memory that grows and shrinks at its end, and may move when it does. It is aligned for
/// every scalar.
pub(crate) struct Heap {
    start: NonNull<u8>,
    capacity: usize,
}

// SAFETY: memory and nothing else, as a block is.
unsafe impl Send for Heap {}
// SAFETY: as above.
unsafe impl Sync for Heap {}

/// Where memory of no size is. It can be written: to store nothing where nothing can be
/// stored takes a processor a hundred times as long (masked stores of AVX-512).
#[repr(align(16))]
struct Nowhere(
    #[allow(dead_code, reason = "only its address is used")] UnsafeCell<[u8; HANDLE_ALIGN]>,
);
static NOWHERE: Nowhere = Nowhere(UnsafeCell::new([0; HANDLE_ALIGN]));

// SAFETY: only its address is used.
unsafe impl Sync for Nowhere {}

impl Heap {
    pub(crate) const fn new() -> Self {
        // SAFETY: the address of a static is not NULL.
        let start = unsafe { NonNull::new_unchecked((&raw const NOWHERE).cast_mut()) };
        Self {
            start: start.cast(),
            capacity: 0,
        }
    }

    /// Its first byte; valid and not NULL for no size too.
    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// Makes room for `size` bytes, and for some more where it grows: a thousand additions
    /// are to move the memory a few times. On failure nothing has changed.
    pub(crate) fn make_room(&mut self, size: usize) -> Result<()> {
        if size <= self.capacity {
            return Ok(());
        }
        let ahead = size.checked_add(size / 8 + HANDLE_ALIGN);
        match ahead.map(|ahead| self.reallocate(ahead)) {
            Some(Ok(())) => Ok(()),
            // Where there is no memory to spare, there may be enough.
            _ => self.reallocate(size),
        }
    }

    /// Makes room for exactly `size` bytes.
    pub(crate) fn make_exact_room(&mut self, size: usize) -> Result<()> {
        match size <= self.capacity {
            true => Ok(()),
            false => self.reallocate(size),
        }
    }

    /// Gives back what `size` bytes do not need, where that is more than half, and worth it.
    pub(crate) fn shrink(&mut self, size: usize) {
        const LITTLE: usize = 128;
        if self.capacity <= LITTLE || size >= self.capacity / 2 {
            return;
        }
        if size == 0 {
            *self = Self::new();
        } else {
            // Where that fails, the memory is larger than it has to be.
            let _ = self.reallocate(size);
        }
    }

    fn layout(size: usize) -> Result<Layout> {
        Layout::from_size_align(size, HANDLE_ALIGN).map_err(|_| NoMemory)
    }

    /// `size` is not zero.
    fn reallocate(&mut self, size: usize) -> Result<()> {
        let wanted = Self::layout(size)?;
        let address = match self.capacity {
            // SAFETY: the size is not zero.
            0 => unsafe { alloc(wanted) },
            // SAFETY: allocated with this size and alignment; the new size is not zero and fits.
            capacity => unsafe { realloc(self.as_ptr(), Self::layout(capacity)?, size) },
        };
        self.start = NonNull::new(address).ok_or(NoMemory)?;
        self.capacity = size;
        Ok(())
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        if let (1.., Ok(layout)) = (self.capacity, Self::layout(self.capacity)) {
            // SAFETY: allocated with this size and alignment, and freed once.
            unsafe { dealloc(self.as_ptr(), layout) }
        }
    }
}

#[repr(C, align(16))]
struct Slot<T> {
    value: T,
    refs: AtomicUsize,
}

/// A shared value: dropped with the last reference to it.
pub(crate) struct Counted<T: Last> {
    slot: NonNull<Slot<T>>,
}

// SAFETY: like `Arc`: a reference on another thread can read the value and drop it.
unsafe impl<T: Last + Send + Sync> Send for Counted<T> {}
// SAFETY: as above.
unsafe impl<T: Last + Send + Sync> Sync for Counted<T> {}

/// More references than this are a leak in a loop. Counting on would overflow and
/// free memory in use, so such a value is never freed: its count becomes [`SATURATED`], and
/// stays there.
const MAX_REFS: usize = isize::MAX as usize;
const SATURATED: usize = MAX_REFS + MAX_REFS / 2;

impl<T: Last> Counted<T> {
    /// A value with one reference; gives it back where there is no memory.
    pub(crate) fn new(value: T) -> Result<Self, (NoMemory, T)> {
        // SAFETY: a slot is never of size zero.
        let address = unsafe { alloc(Layout::new::<Slot<T>>()) }.cast::<Slot<T>>();
        let Some(slot) = NonNull::new(address) else {
            return Err((NoMemory, value));
        };
        let refs = AtomicUsize::new(1);
        // SAFETY: freshly allocated with the layout of a slot.
        unsafe { slot.write(Slot { value, refs }) };
        Ok(Self { slot })
    }

    /// The address of the value: the handle that C sees. It stays valid as long
    /// as there is a reference.
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.slot.as_ptr().cast()
    }

    /// Hands the reference over to whoever keeps the address.
    pub(crate) fn into_ptr(self) -> *mut T {
        let address = self.as_ptr();
        std::mem::forget(self);
        address
    }

    /// Takes back a reference that [`Counted::into_ptr`] handed over.
    ///
    /// # Safety
    /// `address` comes from `into_ptr`, and each such reference is taken back once.
    pub(crate) unsafe fn from_ptr(address: *mut T) -> Self {
        // SAFETY: `into_ptr` gave the address of a live slot, whose first field is the value.
        let slot = unsafe { NonNull::new_unchecked(address.cast()) };
        Self { slot }
    }

    fn refs(&self) -> &AtomicUsize {
        // SAFETY: this reference keeps the slot alive.
        unsafe { &(*self.slot.as_ptr()).refs }
    }

    /// Counts one more or one less; the answer is the count before.
    #[inline]
    fn count(&self, step: isize, ordering: Ordering) -> usize {
        let refs = self.refs();
        let before = refs.load(Ordering::Relaxed);
        if before > MAX_REFS {
            // Threads would take the count from each other for nothing.
            return before;
        }
        if stress::has(Protection::References) {
            return refs.fetch_add(step as usize, ordering);
        }
        stress::window();
        refs.store(before.wrapping_add_signed(step), ordering);
        before
    }

    /// Whether this is the only reference. Nobody else can make another one then.
    pub(crate) fn is_only(&self) -> bool {
        self.refs().load(Ordering::Acquire) == 1
    }
}

/// A value that is never freed: it lies in a static, and its count of references stays where
/// it is.
pub(crate) struct Immortal<T: Last>(Slot<T>);

impl<T: Last> Immortal<T> {
    pub(crate) fn new(value: T) -> Self {
        let refs = AtomicUsize::new(SATURATED);
        Self(Slot { value, refs })
    }

    /// A reference. The value stays for ever where it is.
    pub(crate) fn reference(&'static self) -> Counted<T> {
        let slot = NonNull::from(&self.0);
        Counted { slot }
    }
}

impl<T: Last> Clone for Counted<T> {
    fn clone(&self) -> Self {
        if self.count(1, Ordering::Relaxed) == MAX_REFS {
            self.refs().store(SATURATED, Ordering::Relaxed);
        }
        Self { slot: self.slot }
    }
}

impl<T: Last> Deref for Counted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this reference keeps the slot alive; nobody has the value mutably.
        unsafe { &(*self.slot.as_ptr()).value }
    }
}

impl<T: Last> Drop for Counted<T> {
    fn drop(&mut self) {
        if self.count(-1, Ordering::Release) != 1 {
            return;
        }
        stress::window();
        // What other threads did with the value happened before its end. A load says so and not
        // a fence, of which ThreadSanitizer knows nothing.
        self.refs().load(Ordering::Acquire);
        T::last(Unique { slot: self.slot });
    }
}

/// What happens to a counted value with its last reference.
pub(crate) trait Last: Sized {
    /// Drops it, unless a type has reason to keep it a little longer.
    fn last(this: Unique<Self>) {
        drop(this);
    }
}

/// The only owner of a value that was counted. The value has not moved.
pub(crate) struct Unique<T> {
    slot: NonNull<Slot<T>>,
}

impl<T> Unique<T> {
    /// Hands the value over to whoever keeps the address.
    pub(crate) fn into_ptr(self) -> *mut T {
        let address = self.slot.as_ptr().cast();
        std::mem::forget(self);
        address
    }

    /// Takes back what [`Unique::into_ptr`] handed over.
    ///
    /// # Safety
    /// `address` comes from `into_ptr`, and is taken back once.
    pub(crate) unsafe fn from_ptr(address: *mut T) -> Self {
        // SAFETY: `into_ptr` gave the address of a live slot, whose first field is the value.
        let slot = unsafe { NonNull::new_unchecked(address.cast()) };
        Self { slot }
    }
}

impl<T> Deref for Unique<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this owner keeps the slot alive.
        unsafe { &(*self.slot.as_ptr()).value }
    }
}

impl<T> Drop for Unique<T> {
    fn drop(&mut self) {
        // SAFETY: there is no other owner; the slot came from `Counted::new`.
        unsafe {
            self.slot.drop_in_place();
            dealloc(self.slot.as_ptr().cast(), Layout::new::<Slot<T>>());
        }
    }
}

impl<T: Last + fmt::Debug> fmt::Debug for Counted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A value on the heap; it is dropped where there is no memory.
pub(crate) fn try_box<T>(value: T) -> Result<Box<T>> {
    let layout = Layout::new::<T>();
    let address = match layout.size() {
        0 => NonNull::dangling(),
        // SAFETY: the size is not zero.
        _ => NonNull::new(unsafe { alloc(layout) }.cast()).ok_or(NoMemory)?,
    };
    // SAFETY: allocated by the global allocator with the layout of `T`, or nothing to allocate: as
    // `Box` wants it.
    unsafe {
        address.write(value);
        Ok(Box::from_raw(address.as_ptr()))
    }
}

#[cfg(all(test, loom))]
mod models;
