//! Copies that are planned once, and executed again and again on other memory of the same layout.
//!
//! ```c
//! // Tiles of 64 x 64 floats of an image, each to be transposed into memory of its own.
//! pybuf_copy_plan *turn = pybuf_copy_plan_new(2, (Py_ssize_t[]){64, 64}, sizeof(float),
//!     NULL, (Py_ssize_t[]){sizeof(float), pitch});
//! for (int k = 0; k < count; k++)
//!     pybuf_copy_plan_execute(turn, tiles[k], image + corners[k]);
//! pybuf_copy_plan_unref(turn);
//! ```

use std::ffi::{c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr;

use super::arguments::{checked_size, numbers};
use super::handle::{self, pybuf_copy_plan, pybuf_view};
use super::room::Room;
use super::run;
use crate::alloc::{Counted, Last};
use crate::copy::CopyPlan;
use crate::error::{Error, Result, fail};
use crate::exporter::handle::{Header, Sort, check, no_export};
use crate::layout::{Layout, Order};

/// What a `pybuf_copy_plan` is.
#[repr(C)]
struct Kept {
    header: Header,
    plan: CopyPlan,
}

impl Last for Kept {}

/// The handle that C gets for a plan.
fn give(plan: CopyPlan) -> Result<*mut pybuf_copy_plan> {
    let header = Header::new(Sort::CopyPlan, no_export);
    let kept = Counted::new(Kept { header, plan }).map_err(|_| Error::no_memory())?;
    Ok(kept.into_ptr().cast())
}

/// Borrows a plan from its handle.
///
/// # Safety
/// As for [`check`], and the caller's reference lasts as long as the borrow.
unsafe fn borrow(handle: *mut pybuf_copy_plan) -> Result<ManuallyDrop<Counted<Kept>>> {
    // SAFETY: as the caller promises.
    unsafe { take(handle) }.map(ManuallyDrop::new)
}

/// Takes over the reference of a plan's handle.
///
/// # Safety
/// As for [`check`], and the reference is the caller's to give.
unsafe fn take(handle: *mut pybuf_copy_plan) -> Result<Counted<Kept>> {
    // SAFETY: as the caller promises; the reference is taken after the check.
    unsafe {
        check(handle.cast(), Sort::CopyPlan)?;
        Ok(Counted::from_ptr(handle.cast()))
    }
}

/// Plans the copy of all items of one layout to the same indices of another. Both have ndim
/// dimensions of the lengths in shape, and items of itemsize bytes; of either side strides are the
/// bytes from one item to the next in each dimension, of any sign and size. NULL strides of a side
/// mean that its items lie one after another in C order, from the address that is given to execute
/// on; both may be NULL: the plan copies one block then. With ndim 0 there is a single item, and
/// neither shape nor strides are looked at; with more, shape must not be NULL. Shape and strides are
/// copied.
///
/// Returns a plan with one reference. NULL on failure: PYBUF_ERR_VALUE for a negative number
/// where there can be none, more than 128 dimensions, or a NULL shape of some, PYBUF_ERR_OVERFLOW
/// where the items would lie beyond the address space, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_copy_plan_new(
    ndim: i32,
    shape: *const isize,
    itemsize: isize,
    dest_strides: *const isize,
    src_strides: *const isize,
) -> *mut pybuf_copy_plan {
    run(ptr::null_mut(), || {
        let itemsize = checked_size(itemsize, "itemsize")?;
        // SAFETY: one number for each dimension.
        let shape = unsafe { numbers(shape, ndim, "shape") }?;
        let layout = |strides: *const isize| match strides.is_null() {
            true => Layout::contiguous(itemsize, shape, Order::C),
            false => {
                // SAFETY: as above.
                let strides = unsafe { numbers(strides, ndim, "strides") }?;
                Layout::strided(itemsize, shape, strides, 0)
            }
        };
        give(CopyPlan::new(
            &layout(dest_strides)?,
            &layout(src_strides)?,
        )?)
    })
}

/// The same for the layouts of two views, which have the same shape and item size; formats and
/// strides need not be equal. Of the views only shape and strides are looked at: neither is kept,
/// and whether dest may be written matters to who executes the plan.
///
/// Returns a plan with one reference. NULL on failure: PYBUF_ERR_TYPE where one is no view,
/// PYBUF_ERR_VALUE where shapes or item sizes differ, PYBUF_ERR_BUFFER for a view with suboffsets
/// (a plan is for memory without pointers; pybuf_view_copy follows them), PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_copy_plan_of_views(
    dest: *mut pybuf_view,
    src: *mut pybuf_view,
) -> *mut pybuf_copy_plan {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or handles, which the caller keeps meanwhile.
        let (dest, src) = unsafe { (handle::view(dest)?, handle::view(src)?) };
        give(CopyPlan::new(dest.layout(), src.layout())?)
    })
}

/// Takes one more reference. Returns plan; NULL where it is no pybuf_copy_plan.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_copy_plan_ref(plan: *mut pybuf_copy_plan) -> *mut pybuf_copy_plan {
    run(ptr::null_mut(), || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let kept = unsafe { borrow(plan) }?;
        Ok((*kept).clone().into_ptr().cast())
    })
}

/// Gives up a reference; with the last one the plan is freed. NULL does nothing.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_copy_plan_unref(plan: *mut pybuf_copy_plan) {
    if plan.is_null() {
        return;
    }
    run((), || {
        // SAFETY: a handle, whose reference the caller gives up.
        drop(unsafe { take(plan) }?);
        Ok(())
    });
}

/// Copies: dest and src are the addresses of the items whose indices are all zero, as
/// pybuf_view_data gives them; with negative strides others lie before them. Nothing needs to be
/// aligned. From several threads at once, too: only the memory is shared, if it is.
///
/// The two sides may overlap: the outcome is as if src had been copied away first. To see that
/// the one ends before the other begins costs next to nothing; where it does not, the copy is
/// planned anew, as by pybuf_view_copy, and may need as much memory as the items take. The same
/// holds where strides put items of dest on top of each other: the last one in C order stays.
///
/// Returns 0, or -1 with dest untouched: PYBUF_ERR_TYPE where plan is none, PYBUF_ERR_VALUE where
/// dest or src is NULL and there are bytes to copy, PYBUF_ERR_MEMORY.
///
/// # Safety
/// As the POINTERS chapter of the header says.
/// All items must lie in live memory, those of `dest` writable, and nobody else's meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_copy_plan_execute(
    plan: *mut pybuf_copy_plan,
    dest: *mut c_void,
    src: *const c_void,
) -> c_int {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile.
        let kept = unsafe { borrow(plan) }?;
        if dest.is_null() || src.is_null() {
            check_nothing(&kept.plan, dest.is_null())?;
        }
        // SAFETY: as the caller promises.
        unsafe { kept.plan.execute(dest.cast(), src.cast()) }?;
        Ok(0)
    })
}

/// Of nothing the address does not matter.
fn check_nothing(plan: &CopyPlan, is_dest: bool) -> Result<()> {
    match plan.nbytes() {
        0 => Ok(()),
        nbytes => {
            let side = if is_dest { "dest" } else { "src" };
            fail!(
                Value,
                "{side} is NULL, but {nbytes} bytes are to be copied: give the address of the first item"
            )
        }
    }
}

/// Says in words what the plan does: in how many loops over how many bytes, which kernel moves
/// them and by what, whether they are stored past the cache, and why; lines of UTF-8 text, each
/// with its newline. The wording may change with versions: it is for people, not for programs.
///
/// Returns the length of the text without its NUL, which is less than PYBUF_EXPLAIN_SIZE; as with
/// snprintf as much of it as has room is written to text, which is size bytes large (0: nothing,
/// and text may be NULL). -1 on failure: PYBUF_ERR_TYPE where plan is none, PYBUF_ERR_VALUE for a
/// size below 0.
///
/// # Safety
/// As the POINTERS chapter of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pybuf_copy_plan_explain(
    plan: *mut pybuf_copy_plan,
    text: *mut c_char,
    size: isize,
) -> isize {
    run(-1, || {
        // SAFETY: NULL or a handle, which the caller keeps meanwhile; room as said.
        let (kept, mut room) = unsafe { (borrow(plan)?, Room::of(text, size)?) };
        Ok(room.tell(&kept.plan.explanation()))
    })
}
