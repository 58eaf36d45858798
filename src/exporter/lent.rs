//! Memory with a meaning: what an exporter lends and a view shows. Both answer
//! requests by it, so the filling of a `Py_buffer` is here, once.

use std::ffi::c_void;
use std::ptr;

use crate::abi::Py_buffer;
use crate::error::Result;
use crate::format::Format;
use crate::layout::Layout;
use crate::request::{Offer, Request};

/// An address, and what lies there.
#[derive(Debug)]
pub(crate) struct Lent {
    /// Where offset 0 of the layout lies. NULL only where there is no item.
    base: *mut u8,
    layout: Layout,
    format: Format,
    offer: Offer,
}

// SAFETY: an address and its description. Access to the memory behind it is unsafe, or copies items
// through raw pointers without claiming that nobody writes meanwhile.
unsafe impl Send for Lent {}
// SAFETY: as above.
unsafe impl Sync for Lent {}

impl Lent {
    /// Memory at `base`. That every item of `layout` lies in memory that lives long
    /// enough is the promise of whoever makes use of the pointers.
    pub(crate) fn new(base: *mut u8, layout: Layout, format: Format, readonly: bool) -> Self {
        let offer = Offer::new(&layout, readonly);
        Self {
            base,
            layout,
            format,
            offer,
        }
    }

    pub(crate) fn base(&self) -> *mut u8 {
        self.base
    }

    /// The address of the first item.
    pub(crate) fn first_item(&self) -> *mut u8 {
        self.base.wrapping_offset(self.layout.offset())
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn format(&self) -> &Format {
        &self.format
    }

    pub(crate) fn is_readonly(&self) -> bool {
        self.offer.is_readonly()
    }

    /// Answers a request; `obj` and `internal` say who it is that lends. On failure both
    /// are NULL in `view`, and nothing else is touched.
    ///
    /// The pointers in `view` lead into `self`: it must stay where it is until the release.
    pub(crate) fn fill(
        &self,
        view: &mut Py_buffer,
        request: Request,
        lender: impl FnOnce() -> Lender,
    ) -> Result<()> {
        let answer = match self.offer.answer(request) {
            Ok(answer) => answer,
            Err(refusal) => {
                view.obj = ptr::null_mut();
                view.internal = ptr::null_mut();
                return Err(refusal.of(&self.layout));
            }
        };
        let given = |asked: bool, array: &[isize]| match asked {
            true => array.as_ptr().cast_mut(),
            false => ptr::null_mut(),
        };
        let Lender { obj, internal } = lender();
        *view = Py_buffer {
            buf: self.first_item().cast(),
            obj,
            len: self.layout.nbytes() as isize,
            itemsize: self.layout.itemsize() as isize,
            readonly: self.is_readonly().into(),
            ndim: match answer.one_dimension {
                true => 1,
                false => self.layout.ndim() as i32,
            },
            format: match answer.format {
                true => self.format.as_ptr().cast_mut(),
                false => ptr::null_mut(),
            },
            shape: given(answer.shape, self.layout.shape()),
            strides: given(answer.strides, self.layout.strides()),
            suboffsets: given(
                answer.suboffsets,
                self.layout.suboffsets().unwrap_or_default(),
            ),
            internal,
        };
        Ok(())
    }
}

/// Who lends: a Python object, or a handle of ours.
pub(crate) struct Lender {
    pub(crate) obj: *mut crate::abi::PyObject,
    pub(crate) internal: *mut c_void,
}
