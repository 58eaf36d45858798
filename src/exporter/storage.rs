//! Where an exporter's memory comes from, who may write it, and who gets it back.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use super::Exporter;
use crate::alloc::{Block, Heap, try_box};
use crate::error::{Result, fail};
use crate::sync::Ruled;

/// Memory, and what may happen to it.
pub(crate) enum Storage {
    /// Memory that stays where it is, and as large.
    Fixed {
        /// Its first byte.
        base: *mut u8,
        /// So many bytes, whether an item covers them or not.
        size: usize,
        readonly: bool,
        guard: Guard,
        owner: Owner,
    },
    /// Our own, which grows.
    Growing(Ruled<Heap>),
}

/// Who can change memory beside those who have an export of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Guard {
    /// Anybody: its owner goes on using it, and exports are not counted.
    #[default]
    None,
    /// Nobody: it is only used through exports, and these are counted.
    Guarded,
    /// Nobody at all, as long as it is lent: there is nothing to count.
    Constant,
}

impl Guard {
    /// What two statements about memory say together.
    pub(crate) fn said(guarded: bool, constant: bool) -> Result<Self> {
        match (guarded, constant) {
            (false, false) => Ok(Self::None),
            (true, false) => Ok(Self::Guarded),
            (false, true) => Ok(Self::Constant),
            (true, true) => fail!(
                Value,
                "memory is guarded, which is for what changes, or constant: leave one of them out"
            ),
        }
    }
}

/// A range of memory.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub(super) base: *mut u8,
    pub(super) size: usize,
}

impl Storage {
    /// The first byte. Of memory that grows: at this moment.
    pub(super) fn base(&self) -> *mut u8 {
        match self {
            Self::Fixed { base, .. } => *base,
            // SAFETY: the address of the heap is read by who keeps others from changing it.
            Self::Growing(heap) => unsafe { heap.shared() }.as_ptr(),
        }
    }

    /// All of it, where that never changes.
    pub(super) fn extent(&self) -> Option<Range> {
        match *self {
            Self::Fixed { base, size, .. } => Some(Range { base, size }),
            Self::Growing(_) => None,
        }
    }

    #[inline]
    pub(super) fn is_readonly(&self) -> bool {
        matches!(self, Self::Fixed { readonly: true, .. })
    }

    #[inline]
    pub(super) fn is_counted(&self) -> bool {
        matches!(
            self,
            Self::Growing(_)
                | Self::Fixed {
                    guard: Guard::Guarded,
                    ..
                }
        )
    }

    pub(super) fn is_constant(&self) -> bool {
        matches!(
            self,
            Self::Fixed {
                guard: Guard::Constant,
                ..
            }
        )
    }

    /// The exporter whose memory this is a part of.
    #[inline]
    pub(super) fn lender(&self) -> Option<&Exporter> {
        match self {
            Self::Fixed {
                owner: Owner::Base(base),
                ..
            } => Some(base),
            _ => None,
        }
    }
}

/// Who gets the memory back; dropping it is giving it back.
pub(crate) enum Owner {
    /// Memory that outlives everything.
    Nobody,
    /// Our own.
    Block(#[allow(dead_code, reason = "held for its drop")] Block),
    /// A release callback's.
    Callback(#[allow(dead_code, reason = "held for its drop")] Callback),
    /// Another exporter's, of which this is a part.
    Base(Exporter),
    /// A Rust value's.
    Value(#[allow(dead_code, reason = "held for its drop")] Contained),
}

impl Owner {
    /// A Rust value, dropped with the exporter; and its address, where it now stays.
    pub(crate) fn value<T: Any + Send + Sync>(value: T) -> Result<(Self, *mut T)> {
        let address = NonNull::from(Box::leak(try_box(value)?));
        Ok((Self::Value(Contained(address)), address.as_ptr()))
    }
}

/// A function of the owner and its argument; runs when dropped.
pub(crate) struct Callback {
    pub(crate) release: unsafe extern "C" fn(*mut c_void),
    pub(crate) context: *mut c_void,
}

// SAFETY: whoever gives a callback promises that it may run on any thread (the C API's documentation).
unsafe impl Send for Callback {}
// SAFETY: as above; it is only ever used by its one drop.
unsafe impl Sync for Callback {}

impl Drop for Callback {
    fn drop(&mut self) {
        // SAFETY: the one call; whoever gave the callback promises that it may be called so.
        unsafe { (self.release)(self.context) }
    }
}

/// A Rust value whose destructor must not unwind into C. It is held by its address: a box
/// that is moved would claim that nobody else points into it.
pub(crate) struct Contained(NonNull<dyn Any + Send + Sync>);

// SAFETY: the value is, and it is only ever used by its one drop.
unsafe impl Send for Contained {}
// SAFETY: as above.
unsafe impl Sync for Contained {}

impl Drop for Contained {
    fn drop(&mut self) {
        // SAFETY: it came out of a box, and goes back into it once.
        let value = unsafe { Box::from_raw(self.0.as_ptr()) };
        // The panic hook has reported it; nobody is left to be told in another way. What was
        // thrown is forgotten: dropping it might throw again.
        if let Err(thrown) = catch_unwind(AssertUnwindSafe(move || drop(value))) {
            std::mem::forget(thrown);
        }
    }
}
