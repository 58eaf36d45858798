//! What every handle of the C API begins with, and how a filled `Py_buffer` finds
//! back to the copy of the library that filled it.
//!
//! Several copies of this library in one process are normal: a static one in an
//! extension beside the shared one. A [`Header`] tells a handle of this copy from one
//! of another copy, from one of another sort, and from memory that is no handle.
//!
//! An export that no Python object backs has `obj` NULL, and leads back by
//! `internal`. Other exporters put anything there, so ours is told from theirs by its
//! value first: handles are aligned to 16 bytes, and `internal` is the address of one with
//! a [`Tag`] added and, on 64 bits, [`MARK`] in bits that no address of a program has. No
//! pointer, index or small number of anybody looks so. Only then is the magic word read,
//! and decides. (On 32 bits there are no such bits: there a foreign number that is 5 to 13
//! more than a multiple of 16, and odd, has to be an address.)

use std::ffi::c_void;

use super::word::Access;
use crate::abi::Py_buffer;
use crate::alloc::HANDLE_ALIGN;
use crate::error::{Result, fail};

/// Changes when handles or the structs of the C API change incompatibly.
pub const ABI: u32 = 1;

const MAGIC: u64 = u64::from_ne_bytes(*b"pybuf\xF0\x9F\x90");

/// How an export uses memory, as an odd offset into a handle; see the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tag(usize);

const _: () = assert!(Tag::of(Some(Access::Exclusive)).0 < HANDLE_ALIGN);

impl Tag {
    const NOT_COUNTED: usize = 5;

    const fn of(access: Option<Access>) -> Self {
        match access {
            None => Self(Self::NOT_COUNTED),
            Some(access) => Self(Self::NOT_COUNTED + 2 * access as usize),
        }
    }

    /// The tag in an `internal`, if there is one.
    fn within(internal: usize) -> Option<Self> {
        let tag = internal & (HANDLE_ALIGN - 1);
        let access = tag.wrapping_sub(Self::NOT_COUNTED);
        (access % 2 == 0 && access / 2 <= Access::ALL.len()).then_some(Self(tag))
    }

    /// What [`Tag::of`] was given.
    fn access(self) -> Option<Access> {
        let number = (self.0 - Self::NOT_COUNTED) / 2;
        Access::ALL
            .into_iter()
            .find(|access| *access as usize == number)
    }
}

/// Ends an export: gives up the reference that it holds on a handle.
type Release = unsafe extern "C" fn(handle: *mut c_void, internal: *mut c_void);

/// Bits above those of an address, and below those that a machine may use for tags.
#[cfg(target_pointer_width = "64")]
const MARK: usize = 0xB5 << 48;
#[cfg(not(target_pointer_width = "64"))]
const MARK: usize = 0;

/// The bits of an address that are zero in every handle's.
#[cfg(target_pointer_width = "64")]
const ZERO: usize = 0xFF << 48 | (HANDLE_ALIGN - 1);
#[cfg(not(target_pointer_width = "64"))]
const ZERO: usize = HANDLE_ALIGN - 1;

/// For handles that lend no buffer.
pub(crate) unsafe extern "C" fn no_export(_: *mut c_void, _: *mut c_void) {}

/// Nothing is ever mapped below this.
const LOWEST: usize = 0x1_0000;

/// This copy of the library: the address is what counts.
static THIS_COPY: u64 = MAGIC;

/// The sorts of handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Sort {
    Exporter = 1,
    View = 2,
    Format = 3,
    CopyPlan = 4,
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::Exporter => "pybuf_exporter",
            Self::View => "pybuf_view",
            Self::Format => "pybuf_format",
            Self::CopyPlan => "pybuf_copy_plan",
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
    /// It is given the buffer's `internal`, to read there how the export used the memory.
    release: Release,
    copy: *const u64,
}

// SAFETY: the header is never changed while anybody can see it; the pointers are addresses of statics.
unsafe impl Send for Header {}
// SAFETY: as above.
unsafe impl Sync for Header {}

impl Header {
    pub(crate) const fn new(sort: Sort, release: Release) -> Self {
        Self {
            magic: MAGIC,
            abi: ABI,
            sort: sort as u32,
            release,
            copy: &raw const THIS_COPY,
        }
    }

    /// The value for `Py_buffer::internal` of an export that holds a reference on the
    /// handle at `address`, and uses counted memory so.
    pub(crate) fn internal(address: *mut c_void, access: Option<Access>) -> *mut c_void {
        address.map_addr(|address| (address ^ MARK) + Tag::of(access).0)
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
#[inline]
pub(crate) unsafe fn check(address: *const c_void, sort: Sort) -> Result<()> {
    let header = address.cast::<Header>();
    // SAFETY: as the caller promises; nothing behind the magic word is read without it.
    let is_right = unsafe {
        !address.is_null()
            && address.align_offset(HANDLE_ALIGN) == 0
            && (*header).magic == MAGIC
            && (*header).abi == ABI
            && (*header).copy == &raw const THIS_COPY
            && (*header).sort == sort as u32
    };
    if is_right {
        return Ok(());
    }
    // SAFETY: as the caller promises.
    unsafe { explained(address, sort) }
}

/// The same, which says what is wrong. Apart, for nearly every function of the C API checks two
/// handles, and small ones take no longer than a few such calls.
///
/// # Safety
/// As for [`check`].
#[cold]
unsafe fn explained(address: *const c_void, sort: Sort) -> Result<()> {
    let wanted = sort.name();
    if address.is_null() {
        return fail!(Type, "a {wanted} is needed here, not NULL");
    }
    if address.align_offset(HANDLE_ALIGN) != 0 {
        return fail!(Type, "a {wanted} is needed here; this pointer is not one");
    }
    let header = address.cast::<Header>();
    // SAFETY: aligned, and readable as the caller promises. Only with the magic word in its place
    // is there more of it.
    let header = unsafe {
        if (*header).magic != MAGIC {
            return fail!(
                Type,
                "a {wanted} is needed here; this pointer is not one, or no longer"
            );
        }
        &*header
    };
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
            2 => Sort::View.name(),
            3 => Sort::Format.name(),
            _ => Sort::CopyPlan.name(),
        };
        return fail!(Type, "a {wanted} is needed here; this handle is a {is}");
    }
    Ok(())
}

/// The handle that lends a buffer natively, of this or another copy of the library; `None`
/// where it was lent by somebody else.
///
/// # Safety
/// `view` is valid, and what its `internal` says was put there by its exporter.
unsafe fn lender(view: &Py_buffer) -> Option<*mut Header> {
    let Tag(tag) = Tag::within(view.internal.addr())?;
    let address = view
        .internal
        .map_addr(|internal| internal.wrapping_sub(tag) ^ MARK);
    let looks_so = view.obj.is_null() && address.addr() >= LOWEST && address.addr() & ZERO == 0;
    let header = looks_so.then_some(address.cast::<Header>())?;
    // SAFETY: an `internal` that looks so is the address of a handle.
    let magic = unsafe { (*header).magic };
    (magic == MAGIC).then_some(header)
}

/// The exporter of this copy that lends a buffer natively, if one does.
///
/// # Safety
/// As for [`release_export`], and the export has not ended.
pub(crate) unsafe fn lending_exporter(view: &Py_buffer) -> Option<*mut c_void> {
    // SAFETY: as the caller promises; the export keeps its handle.
    let address = unsafe { lender(view) }?.cast::<c_void>();
    // SAFETY: a handle of some copy.
    unsafe { check(address, Sort::Exporter) }.ok()?;
    Some(address)
}

/// How an export that this library lends natively uses counted memory, from its `internal`.
pub(crate) fn access_of(internal: *mut c_void) -> Option<Access> {
    Tag::within(internal.addr())?.access()
}

/// Whether the handle at `address` lends a buffer natively.
///
/// # Safety
/// As for [`release_export`].
pub(crate) unsafe fn is_lent_by(view: &Py_buffer, address: *const c_void) -> bool {
    // SAFETY: as the caller promises.
    unsafe { lender(view) }.is_some_and(|header| header.cast_const().cast() == address)
}

/// Ends a native export of this or another copy of the library: `true` where it
/// was one, and the buffer is then empty. Anything else is left alone.
///
/// # Safety
/// `view` is valid, and what its `internal` says was put there by its exporter.
pub(crate) unsafe fn release_export(view: &mut Py_buffer) -> bool {
    // SAFETY: as the caller promises.
    let Some(header) = (unsafe { lender(view) }) else {
        return false;
    };
    let internal = view.internal;
    *view = Py_buffer::empty();
    // SAFETY: the export held a reference on the handle, and the buffer is empty now: it is given up
    // once.
    unsafe { ((*header).release)(header.cast(), internal) };
    true
}
