//! The two faces of the library, Rust's and C's, behind one: an exporter and a view that are
//! references of either sort.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::slice;

use pybuf::error::Kind;
use pybuf::{Contiguity, Error, Order, Select, Slice};

use super::super::capi::{self, call, done, handle};
use super::super::geometry::{Geometry, wide};
use super::shown::Stated;

#[derive(Clone)]
pub enum Lender {
    C(capi::Exporter),
    Rust(pybuf::Exporter),
}

#[derive(Clone)]
pub enum Reader {
    C(capi::View),
    Rust(pybuf::View),
}

/// `PYBUF_OPEN`.
const OPEN: isize = isize::MIN;

fn kind(error: Error) -> Kind {
    error.kind()
}

pub fn letter(order: Order) -> c_char {
    match order {
        Order::C => b'C' as c_char,
        Order::F => b'F' as c_char,
    }
}

impl Lender {
    pub fn data(&self) -> *mut u8 {
        match self {
            // SAFETY: a handle.
            Self::C(exporter) => unsafe { capi::pybuf_exporter_data(exporter.as_ptr()) }.cast(),
            Self::Rust(exporter) => exporter.data(),
        }
    }
}

impl Reader {
    pub fn stated(&self) -> Stated {
        match self {
            Self::C(view) => stated_by_c(view.as_ptr()),
            Self::Rust(view) => {
                let layout = view.layout();
                Stated {
                    first: view.data(),
                    geometry: Geometry {
                        offset: 0,
                        ..Geometry::of(layout)
                    },
                    format: view.format().text().to_owned(),
                    readonly: view.is_readonly(),
                }
            }
        }
    }

    pub fn slice(&self, dim: usize, slice: Slice) -> Result<Self, Kind> {
        let Slice { start, stop, step } = slice;
        let (start, stop) = (start.unwrap_or(OPEN), stop.unwrap_or(OPEN));
        match self {
            Self::C(view) => {
                let view = view.as_ptr();
                // SAFETY: a handle.
                handle(|| unsafe { capi::pybuf_view_slice(view, dim as i32, start, stop, step) })
                    .map(Self::C)
            }
            Self::Rust(view) => view.slice(dim, slice).map(Self::Rust).map_err(kind),
        }
    }

    pub fn select(&self, selects: &[Select]) -> Result<Self, Kind> {
        match self {
            Self::C(view) => {
                let indices: Vec<_> = selects.iter().map(index).collect();
                let (view, count) = (view.as_ptr(), indices.len() as isize);
                // SAFETY: a handle, and so many indices.
                handle(|| unsafe { capi::pybuf_view_select(view, indices.as_ptr(), count) })
                    .map(Self::C)
            }
            Self::Rust(view) => view.select(selects).map(Self::Rust).map_err(kind),
        }
    }

    pub fn reshape(&self, shape: &[isize]) -> Result<Self, Kind> {
        match self {
            Self::C(view) => {
                let (view, ndim, shape) = (view.as_ptr(), shape.len() as i32, shape.as_ptr());
                // SAFETY: a handle, and so many numbers.
                handle(|| unsafe { capi::pybuf_view_reshape(view, ndim, shape, 0) }).map(Self::C)
            }
            Self::Rust(view) => view.reshape(shape, Order::C).map(Self::Rust).map_err(kind),
        }
    }

    pub fn broadcast(&self, shape: &[isize]) -> Result<Self, Kind> {
        match self {
            Self::C(view) => {
                let (view, ndim, shape) = (view.as_ptr(), shape.len() as i32, shape.as_ptr());
                // SAFETY: a handle, and so many numbers.
                handle(|| unsafe { capi::pybuf_view_broadcast(view, ndim, shape) }).map(Self::C)
            }
            Self::Rust(view) => view.broadcast(shape).map(Self::Rust).map_err(kind),
        }
    }

    pub fn transpose(&self, axes: &[usize]) -> Result<Self, Kind> {
        match self {
            Self::C(view) => {
                let axes: Vec<i32> = axes.iter().map(|&axis| axis as i32).collect();
                let (view, count) = (view.as_ptr(), axes.len() as i32);
                // SAFETY: a handle, and so many numbers.
                handle(|| unsafe { capi::pybuf_view_transpose(view, axes.as_ptr(), count) })
                    .map(Self::C)
            }
            Self::Rust(view) => view.transpose(axes).map(Self::Rust).map_err(kind),
        }
    }

    pub fn item(&self, index: &[isize]) -> Result<*mut u8, Kind> {
        match self {
            Self::C(view) => {
                let (view, count) = (view.as_ptr(), index.len() as i32);
                // SAFETY: a handle, and so many numbers.
                let item = || unsafe { capi::pybuf_view_pointer(view, index.as_ptr(), count) };
                call(item, |item| item.is_null()).map(|item| item.cast())
            }
            Self::Rust(view) => view.item(index).map_err(kind),
        }
    }

    pub fn read_item(&self, index: &[isize], size: usize) -> Result<Vec<u8>, Kind> {
        let mut item = vec![0; size];
        match self {
            Self::C(view) => {
                let (view, count) = (view.as_ptr(), index.len() as i32);
                let (index, to, size) = (index.as_ptr(), item.as_mut_ptr().cast(), size as isize);
                // SAFETY: a handle, so many numbers and so many bytes.
                done(|| unsafe { capi::pybuf_view_read_item(view, index, count, to, size) })
            }
            Self::Rust(view) => view.read_item(index, &mut item).map_err(kind),
        }
        .map(|()| item)
    }

    pub fn write_item(&self, index: &[isize], item: &[u8]) -> Result<(), Kind> {
        match self {
            Self::C(view) => {
                let (view, count) = (view.as_ptr(), index.len() as i32);
                let (index, from, size) = (index.as_ptr(), item.as_ptr(), item.len() as isize);
                let from = from.cast::<c_void>();
                // SAFETY: a handle, so many numbers and so many bytes.
                done(|| unsafe { capi::pybuf_view_write_item(view, index, count, from, size) })
            }
            // SAFETY: there is one thread.
            Self::Rust(view) => unsafe { view.write_item(index, item) }.map_err(kind),
        }
    }

    /// # Safety
    /// `to` is writable for `size` bytes.
    pub unsafe fn copy_out(&self, to: *mut u8, size: usize, order: Order) -> Result<(), Kind> {
        match self {
            Self::C(view) => {
                let (view, to, size) = (view.as_ptr(), to.cast(), size as isize);
                // SAFETY: a handle, and room for so many bytes, as the caller promises.
                done(|| unsafe { capi::pybuf_view_copy_out(view, to, size, letter(order)) })
            }
            // SAFETY: as the caller promises.
            Self::Rust(view) => unsafe { view.copy_out(to, size, order) }.map_err(kind),
        }
    }

    /// `None` where the two are of different sorts: then they never meet.
    pub fn copy_from(&self, from: &Self) -> Option<Result<(), Kind>> {
        Some(match (self, from) {
            (Self::C(to), Self::C(from)) => {
                // SAFETY: handles; there is one thread.
                done(|| unsafe { capi::pybuf_view_copy(to.as_ptr(), from.as_ptr()) })
            }
            // SAFETY: there is one thread.
            (Self::Rust(to), Self::Rust(from)) => unsafe { to.copy_from(from) }.map_err(kind),
            _ => return None,
        })
    }

    pub fn is_contiguous(&self, order: Order) -> bool {
        match self {
            Self::C(view) => {
                // SAFETY: a handle.
                let says = unsafe { capi::pybuf_view_is_contiguous(view.as_ptr(), letter(order)) };
                says == 1
            }
            Self::Rust(view) => view.layout().is_contiguous(Contiguity::In(order)),
        }
    }

    pub fn lend(&self) -> Result<Lender, Kind> {
        match self {
            Self::C(view) => {
                // SAFETY: a handle.
                handle(|| unsafe { capi::pybuf_exporter_from_view(view.as_ptr()) }).map(Lender::C)
            }
            Self::Rust(view) => view.lend().map(Lender::Rust).map_err(kind),
        }
    }

    /// Answers a request; only C's views can be asked.
    pub fn as_c(&self) -> Option<*mut c_void> {
        match self {
            Self::C(view) => Some(view.as_ptr()),
            Self::Rust(_) => None,
        }
    }
}

fn index(select: &Select) -> capi::Index {
    let of_kind = |kind| capi::Index {
        kind,
        ..capi::Index::default()
    };
    match *select {
        Select::Index(start) => capi::Index {
            start,
            ..of_kind(1)
        },
        Select::Slice(Slice { start, stop, step }) => capi::Index {
            start: start.unwrap_or(OPEN),
            stop: stop.unwrap_or(OPEN),
            step,
            ..of_kind(2)
        },
        Select::Ellipsis => of_kind(3),
        Select::NewAxis => of_kind(4),
    }
}

fn stated_by_c(view: *mut c_void) -> Stated {
    // SAFETY: a handle; the arrays have as many numbers as dimensions and live as long as it.
    unsafe {
        let ndim = capi::pybuf_view_ndim(view) as usize;
        let array = |numbers: *const isize| match numbers.is_null() || ndim == 0 {
            true => Vec::new(),
            false => wide(slice::from_raw_parts(numbers, ndim)),
        };
        let suboffsets = capi::pybuf_view_suboffsets(view);
        let geometry = Geometry {
            itemsize: capi::pybuf_view_itemsize(view) as i128,
            offset: 0,
            shape: array(capi::pybuf_view_shape(view)),
            strides: array(capi::pybuf_view_strides(view)),
            suboffsets: (!suboffsets.is_null()).then(|| array(suboffsets)),
        };
        let nbytes = geometry.len() * geometry.itemsize;
        assert_eq!(capi::pybuf_view_nbytes(view) as i128, nbytes);
        Stated {
            first: capi::pybuf_view_data(view).cast(),
            geometry,
            format: CStr::from_ptr(capi::pybuf_view_format(view)).to_owned(),
            readonly: capi::pybuf_view_readonly(view) != 0 as c_int,
        }
    }
}
