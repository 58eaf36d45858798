//! Copies by other crates, as C functions, for items of 4 and 8 bytes. They return -1 for what the
//! crate cannot do.

use std::slice;

use ndarray::{ArrayView, ArrayViewMut, Dimension, Ix2, Ix3, IxDyn, ShapeBuilder};
use strided_perm::copy_into;
use strided_view::{StridedView, StridedViewMut};
use threadteam::Exec;

/// Two sides of one shape, each of them one block of memory in some order; strides are in bytes.
#[repr(C)]
pub struct Sides {
    to: *mut u8,
    to_strides: *const isize,
    from: *const u8,
    from_strides: *const isize,
    shape: *const isize,
    ndim: isize,
    itemsize: isize,
}

/// The same with items of a type; strides are in items.
struct Typed<T> {
    to: *mut T,
    to_strides: Vec<isize>,
    from: *const T,
    from_strides: Vec<isize>,
    shape: Vec<usize>,
}

trait Copies {
    fn copy<T: Copy + Send + Sync + 'static>(sides: &Typed<T>, times: isize) -> Option<()>;
}

/// # Safety
/// `sides` is valid: its memory is live, `to` is nobody else's, its lists have `ndim` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn copy_by_strided_perm(sides: &Sides, times: isize) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { run::<StridedPerm>(sides, times) }
}

/// # Safety
/// As for `copy_by_strided_perm`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn copy_by_ndarray(sides: &Sides, times: isize) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { run::<Ndarray>(sides, times) }
}

/// # Safety
/// As for `copy_by_strided_perm`.
unsafe fn run<By: Copies>(sides: &Sides, times: isize) -> i32 {
    // SAFETY: as the caller promises.
    let done = unsafe {
        match sides.itemsize {
            4 => By::copy::<f32>(&sides.typed(), times),
            8 => By::copy::<f64>(&sides.typed(), times),
            _ => None,
        }
    };
    if done.is_some() { 0 } else { -1 }
}

impl Sides {
    /// # Safety
    /// As for `copy_by_strided_perm`.
    unsafe fn typed<T>(&self) -> Typed<T> {
        // SAFETY: as the caller promises.
        let list = |numbers| unsafe { slice::from_raw_parts(numbers, self.ndim as usize) };
        let items = |strides| list(strides).iter().map(|stride| stride / self.itemsize);
        Typed {
            to: self.to.cast(),
            to_strides: items(self.to_strides).collect(),
            from: self.from.cast(),
            from_strides: items(self.from_strides).collect(),
            shape: list(self.shape)
                .iter()
                .map(|&length| length as usize)
                .collect(),
        }
    }
}

struct StridedPerm;

impl Copies for StridedPerm {
    fn copy<T: Copy + Send + Sync + 'static>(sides: &Typed<T>, times: isize) -> Option<()> {
        let items = sides.shape.iter().product();
        // SAFETY: each side is one block of so many items, and nobody else looks at `to`.
        let (to, from) = unsafe {
            (
                slice::from_raw_parts_mut(sides.to, items),
                slice::from_raw_parts(sides.from, items),
            )
        };
        for _ in 0..times {
            let src = StridedView::<T>::new(from, &sides.shape, &sides.from_strides, 0).ok()?;
            let mut dest = StridedViewMut::new(to, &sides.shape, &sides.to_strides, 0).ok()?;
            copy_into(&mut dest, &src, Exec::serial()).ok()?;
        }
        Some(())
    }
}

struct Ndarray;

impl Copies for Ndarray {
    /// ndarray is quicker where it knows the number of dimensions when it is compiled.
    fn copy<T: Copy + Send + Sync + 'static>(sides: &Typed<T>, times: isize) -> Option<()> {
        match sides.shape.len() {
            2 => assign::<T, Ix2>(sides, times),
            3 => assign::<T, Ix3>(sides, times),
            _ => assign::<T, IxDyn>(sides, times),
        }
    }
}

fn assign<T: Copy, D: Dimension>(sides: &Typed<T>, times: isize) -> Option<()> {
    let layout = |strides: &[isize]| {
        let strides: Vec<usize> = strides.iter().map(|&stride| stride as usize).collect();
        IxDyn(&sides.shape).strides(IxDyn(&strides))
    };
    // SAFETY: each side is one block, its strides lead nowhere else, and nobody else looks at `to`.
    let (dest, src) = unsafe {
        (
            ArrayViewMut::from_shape_ptr(layout(&sides.to_strides), sides.to),
            ArrayView::from_shape_ptr(layout(&sides.from_strides), sides.from),
        )
    };
    let mut dest = dest.into_dimensionality::<D>().ok()?;
    let src = src.into_dimensionality::<D>().ok()?;
    for _ in 0..times {
        dest.assign(&src);
    }
    Some(())
}
