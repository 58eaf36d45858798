//! What every handle of the C API begins with, and how a filled `Py_buffer` finds
//! back to the copy of the library that filled it.
//!
//! Several copies of this library in one process are normal: a static one in an
//! extension beside the shared one. A [`Header`] tells a handle of this copy from one
//! of another copy, from one of another sort, and from memory that is no handle.
//!
//! An export that no Python object backs has `obj` NULL, and leads back by
//! `internal`. Other exporters put anything there, so ours is told from theirs by its
//! value first: handles are aligned to 64 bytes, and `internal` points [`TAG`] bytes
//! into one. No aligned pointer of anybody looks so. Only then is the header read
//! (it lies in the same 64 bytes, so on the same page), and its magic word decides.

use std::ffi::c_void;

use crate::abi::Py_buffer;
use crate::alloc::HANDLE_ALIGN;
use crate::error::{Result, fail};

/// Changes when handles or the structs of the C API change incompatibly.
pub const ABI: u32 = 1;

const MAGIC: u64 = u64::from_ne_bytes(*b"pybuf\xF0\x9F\x90");

/// An odd offset into a handle; see the module.
const TAG: usize = 45;
const _: () = assert!(TAG < HANDLE_ALIGN && TAG % 2 == 1);

/// This copy of the library: the address is what counts.
static THIS_COPY: u64 = MAGIC;

/// The sorts of handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Sort {
    Exporter = 1,
    View = 2,
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::Exporter => "pybuf_exporter",
            Self::View => "pybuf_view",
        }
    }
}

/// The first bytes of every handle. `magic`, `abi` and `release` keep their places
/// in every version: another copy reads them.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Header {
    magic: u64,
    abi: u32,
    sort: u32,
    /// Ends an export: gives up the reference that it holds on this handle.
    release: unsafe extern "C" fn(*mut c_void),
    copy: *const u64,
}

// SAFETY: the header is never changed while anybody can see it; the pointers are addresses of statics.
unsafe impl Send for Header {}
// SAFETY: as above.
unsafe impl Sync for Header {}

impl Header {
    pub(crate) const fn new(sort: Sort, release: unsafe extern "C" fn(*mut c_void)) -> Self {
        Self {
            magic: MAGIC,
            abi: ABI,
            sort: sort as u32,
            release,
            copy: &raw const THIS_COPY,
        }
    }

    /// The value for `Py_buffer::internal` of an export that holds a reference on the
    /// handle at `address`.
    pub(crate) fn internal(address: *mut c_void) -> *mut c_void {
        address.wrapping_byte_add(TAG)
    }
}

impl Drop for Header {
    fn drop(&mut self) {
        // A handle that is used after its end is then told, as long as its memory is not used anew.
        // SAFETY: `self` is valid; volatile, or the store would be optimised away.
        unsafe { (&raw mut self.magic).write_volatile(0) };
    }
}

/// Checks that a pointer from outside is a handle of this sort and this copy.
///
/// # Safety
/// `address` is NULL or readable for the size of a header: any handle of any copy is.
pub(crate) unsafe fn check(address: *const c_void, sort: Sort) -> Result<()> {
    let wanted = sort.name();
    if address.is_null() {
        return fail!(Type, "a {wanted} is needed here, not NULL");
    }
    if address.align_offset(HANDLE_ALIGN) != 0 {
        return fail!(Type, "a {wanted} is needed here; this pointer is not one");
    }
    // SAFETY: aligned, and readable as the caller promises.
    let header = unsafe { &*address.cast::<Header>() };
    if header.magic != MAGIC {
        return fail!(
            Type,
            "a {wanted} is needed here; this pointer is not one, or no longer"
        );
    }
    if header.abi != ABI || header.copy != &raw const THIS_COPY {
        return fail!(
            Type,
            "this handle belongs to another copy of libpybuf in this process: \
             only buffers cross between copies, handles never"
        );
    }
    if header.sort != sort as u32 {
        let is = match header.sort {
            1 => Sort::Exporter.name(),
            _ => Sort::View.name(),
        };
        return fail!(Type, "a {wanted} is needed here; this handle is a {is}");
    }
    Ok(())
}

/// Ends a native export of this or another copy of the library: `true` where it
/// was one, and the buffer's `internal` is then NULL. Anything else is left alone.
///
/// # Safety
/// `view` is valid, and what its `internal` says was put there by its exporter.
pub(crate) unsafe fn release_export(view: &mut Py_buffer) -> bool {
    if !view.obj.is_null() {
        return false;
    }
    let address = view.internal.wrapping_byte_sub(TAG);
    if (address.addr()) < 0x1000 || address.align_offset(HANDLE_ALIGN) != 0 {
        return false;
    }
    // SAFETY: an `internal` with this tag points into a handle; were it a foreign pointer to an odd
    // byte, the aligned 64 bytes around it would still lie on a mapped page.
    let header = unsafe { &*address.cast::<Header>() };
    if header.magic != MAGIC {
        return false;
    }
    let release = header.release;
    view.internal = std::ptr::null_mut();
    // SAFETY: the export held this reference, and `internal` is gone now: it is given up once.
    unsafe { release(address) };
    true
}
