//! Memory with a meaning: what an exporter lends and a view shows. Both answer requests
//! by it, so the filling of a `Py_buffer` is here, once.
//!
//! Being asked is what happens most, so the whole answer lies ready: a `Py_buffer` that
//! points at the shape, strides and format beside it. A request that is met in full gets
//! a copy; others get one with fields taken out.

use std::cell::UnsafeCell;
use std::ptr;

use crate::abi::{Py_buffer, PyBUF_FORMAT};
use crate::copy::Place;
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
    /// The answer to a request for everything, once [`Lent::settle`] has made it.
    ready: UnsafeCell<Py_buffer>,
}

// SAFETY: an address and its description, which nobody changes once it is settled. Access to the
// memory behind it is unsafe, or copies items through raw pointers without claiming that nobody
// writes meanwhile.
unsafe impl Send for Lent {}
// SAFETY: as above.
unsafe impl Sync for Lent {}

/// One dimension of items without suboffsets.
#[cfg(feature = "python")]
pub(crate) struct Row {
    /// Where offset 0 lies.
    pub(crate) base: *mut u8,
    /// Of the first item.
    pub(crate) offset: isize,
    pub(crate) length: isize,
    pub(crate) stride: isize,
    /// Whether nothing may be written: 0 or 1, as `Py_buffer` has it. It is a word, because a row is
    /// copied on every short way, and padding would cost more than it.
    pub(crate) readonly: usize,
}

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
            ready: UnsafeCell::new(Py_buffer::empty()),
        }
    }

    /// No memory: bytes, none of them.
    #[cfg(feature = "python")]
    pub(crate) fn nothing() -> Self {
        let layout = Layout::in_a_row(1, 0);
        Self::new(ptr::null_mut(), layout, Format::BYTES, true)
    }

    /// Gets a format of one letter; `false` where that has no such items.
    #[cfg(feature = "python")]
    #[inline(always)]
    pub(crate) fn set_letter(&mut self, letter: u8, itemsize: usize) -> bool {
        self.format.set_letter(letter, itemsize)
    }

    /// Whether it is a row of numbers: it owns no memory then, and most of the answer is the same
    /// for all.
    #[cfg(feature = "python")]
    #[inline]
    pub(crate) fn is_row(&self) -> bool {
        self.layout.is_row() && self.format.is_plain()
    }

    /// What is a row of numbers, and settled, becomes another one, with its answer ready.
    #[cfg(feature = "python")]
    #[inline(always)]
    pub(crate) fn set_row(&mut self, row: Row, format: impl FnOnce(&mut Format)) {
        debug_assert!(self.is_row());
        format(&mut self.format);
        let itemsize = self.format.itemsize() as isize;
        self.base = row.base;
        self.layout
            .set_row(itemsize, row.offset, row.length, row.stride);
        let contiguous = row.length == 1 || row.stride == itemsize;
        self.offer = Offer::in_one_dimension(contiguous, row.readonly != 0);
        let ready = self.ready.get_mut();
        ready.buf = row.base.wrapping_offset(row.offset).cast();
        ready.len = row.length * itemsize;
        ready.itemsize = itemsize;
        ready.readonly = row.readonly as i32;
    }

    /// What is a row of so many contiguous items, and settled, becomes a block of them in C order.
    #[cfg(feature = "python")]
    #[inline(always)]
    pub(crate) fn fold(&mut self, lengths: &[isize]) {
        self.layout.fold(lengths);
        self.offer = Offer::in_c_order(lengths, self.offer.is_readonly());
        self.point();
    }

    /// Becomes a row again, of whatever; `false` where it owns memory, or is of something else than
    /// numbers.
    #[cfg(feature = "python")]
    pub(crate) fn unfold(&mut self) -> bool {
        let is_row = self.format.is_plain() && self.layout.unfold();
        if is_row {
            self.point();
        }
        is_row
    }

    /// Lets the answer lead to shape and strides, where there are no suboffsets.
    #[cfg(feature = "python")]
    #[inline(always)]
    fn point(&mut self) {
        let ready = self.ready.get_mut();
        ready.ndim = self.layout.ndim() as i32;
        ready.shape = self.layout.shape().as_ptr().cast_mut();
        ready.strides = self.layout.strides().as_ptr().cast_mut();
        ready.suboffsets = ptr::null_mut();
    }

    /// Makes the answer ready, now that this has reached its last place.
    ///
    /// # Safety
    /// Nobody else can see this yet, and it is not moved any more.
    pub(crate) unsafe fn settle(&self) {
        let array = |array: &[isize]| match array {
            [] => ptr::null_mut(),
            array => array.as_ptr().cast_mut(),
        };
        let ready = Py_buffer {
            buf: self.first_item().cast(),
            obj: ptr::null_mut(),
            len: self.layout.nbytes() as isize,
            itemsize: self.layout.itemsize() as isize,
            readonly: self.is_readonly().into(),
            ndim: self.layout.ndim() as i32,
            format: self.format.as_ptr().cast_mut(),
            shape: array(self.layout.shape()),
            strides: array(self.layout.strides()),
            suboffsets: array(self.layout.suboffsets().unwrap_or_default()),
            internal: ptr::null_mut(),
        };
        // SAFETY: as the caller promises.
        unsafe { self.ready.get().write(ready) };
    }

    /// Memory that grows has moved, or has another length.
    pub(super) fn moved(&mut self, base: *mut u8, length: isize) {
        self.base = base;
        self.layout.set_length(length);
        let (buf, len) = (self.first_item(), self.layout.nbytes());
        let ready = self.ready.get_mut();
        ready.buf = buf.cast();
        ready.len = len as isize;
    }

    pub(crate) fn base(&self) -> *mut u8 {
        self.base
    }

    /// The address of the first item.
    pub(crate) fn first_item(&self) -> *mut u8 {
        self.base.wrapping_offset(self.layout.offset())
    }

    /// Where its items are.
    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            base: self.base,
            layout: &self.layout,
        }
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn format(&self) -> &Format {
        &self.format
    }

    /// The format, without a look at anything else: it never changes, and the rest may.
    ///
    /// # Safety
    /// `this` is valid for as long as the answer is used.
    pub(super) unsafe fn format_at<'a>(this: *const Self) -> &'a Format {
        // SAFETY: as the caller promises.
        unsafe { &(*this).format }
    }

    pub(crate) fn is_readonly(&self) -> bool {
        self.offer.is_readonly()
    }

    /// Answers what is asked most, everything or plain bytes, and no other request: `false`
    /// then, and nothing is touched. This is the short way; it cannot fail, nor panic.
    #[inline]
    pub(crate) fn fill_quickly(&self, view: &mut Py_buffer, request: Request) -> bool {
        if self.offer.answers_in_full(request) {
            self.copy_ready(view);
            if !request.asks(PyBUF_FORMAT) {
                view.format = ptr::null_mut();
            }
            return true;
        }
        if self.offer.answers_as_bytes(request) {
            self.copy_ready(view);
            view.ndim = 1;
            view.format = ptr::null_mut();
            view.shape = ptr::null_mut();
            view.strides = ptr::null_mut();
            return true;
        }
        false
    }

    #[inline]
    fn copy_ready(&self, view: &mut Py_buffer) {
        // SAFETY: settled, and never written since; the pointers in it lead into `self`.
        unsafe { ptr::copy_nonoverlapping(self.ready.get(), view, 1) };
    }

    /// Answers a request, `obj` and `internal` apart. On failure these are NULL in `view`, and
    /// nothing else is touched.
    ///
    /// The pointers in `view` lead into `self`: it must stay where it is until the release.
    pub(crate) fn fill(&self, view: &mut Py_buffer, request: Request) -> Result<()> {
        match self.fill_quickly(view, request) {
            true => Ok(()),
            false => self.fill_with_care(view, request),
        }
    }

    fn fill_with_care(&self, view: &mut Py_buffer, request: Request) -> Result<()> {
        let answer = match self.offer.answer(request) {
            Ok(answer) => answer,
            Err(refusal) => {
                view.obj = ptr::null_mut();
                view.internal = ptr::null_mut();
                return Err(refusal.of(&self.layout));
            }
        };
        self.copy_ready(view);
        if answer.one_dimension {
            view.ndim = 1;
        }
        if !answer.format {
            view.format = ptr::null_mut();
        }
        if !answer.shape {
            view.shape = ptr::null_mut();
        }
        if !answer.strides {
            view.strides = ptr::null_mut();
        }
        if !answer.suboffsets {
            view.suboffsets = ptr::null_mut();
        }
        Ok(())
    }
}
