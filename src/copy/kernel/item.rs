//! The move of one item of a size.
//!
//! A size that registers have is one load and one store. Any other up to [`LONGEST`] is two: of its
//! first bytes and of its last, which may overlap. Both loads come before the stores, so an item
//! may be moved onto a part of itself.

/// Longer items are moved by a call.
pub(in crate::copy) const LONGEST: usize = 64;

pub(super) trait Move {
    /// # Safety
    /// Both sides are live memory of so many bytes, `to` writable.
    unsafe fn one(to: *mut u8, from: *const u8, size: usize);
}

/// Exactly so many bytes.
pub(super) struct Whole<const SIZE: usize>;

/// So many to twice as many.
pub(super) struct Ends<const SIZE: usize>;

/// Any number.
pub(super) struct Long;

impl<const SIZE: usize> Move for Whole<SIZE> {
    #[inline(always)]
    unsafe fn one(to: *mut u8, from: *const u8, _size: usize) {
        // SAFETY: as the caller promises; nothing says that they are aligned.
        unsafe {
            let all = from.cast::<[u8; SIZE]>().read_unaligned();
            to.cast::<[u8; SIZE]>().write_unaligned(all);
        }
    }
}

impl<const SIZE: usize> Move for Ends<SIZE> {
    #[inline(always)]
    unsafe fn one(to: *mut u8, from: *const u8, size: usize) {
        let behind = size - SIZE;
        // SAFETY: as the caller promises; nothing says that they are aligned.
        unsafe {
            let first = from.cast::<[u8; SIZE]>().read_unaligned();
            let last = from.add(behind).cast::<[u8; SIZE]>().read_unaligned();
            to.cast::<[u8; SIZE]>().write_unaligned(first);
            to.add(behind).cast::<[u8; SIZE]>().write_unaligned(last);
        }
    }
}

impl Move for Long {
    #[inline(always)]
    unsafe fn one(to: *mut u8, from: *const u8, size: usize) {
        // SAFETY: as the caller promises.
        unsafe { to.copy_from(from, size) };
    }
}

/// Calls a function that is generic over a [`Move`] with that for a size.
macro_rules! for_size {
    ($size:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $size {
            1 => $function::<Whole<1>>($($argument),*),
            2 => $function::<Whole<2>>($($argument),*),
            3 => $function::<Ends<2>>($($argument),*),
            4 => $function::<Whole<4>>($($argument),*),
            5..=7 => $function::<Ends<4>>($($argument),*),
            8 => $function::<Whole<8>>($($argument),*),
            9..=15 => $function::<Ends<8>>($($argument),*),
            16 => $function::<Whole<16>>($($argument),*),
            17..=32 => $function::<Ends<16>>($($argument),*),
            33..=LONGEST => $function::<Ends<32>>($($argument),*),
            _ => $function::<Long>($($argument),*),
        }
    };
}
pub(super) use for_size;
