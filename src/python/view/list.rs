//! `m.tolist()`: every item as a Python object, in lists of lists.

use super::super::raise::exception;
use super::super::reference::Ref;
use super::code::Code;
use super::instance::{This, place};
use crate::error::Result;
use crate::layout::MAX_DIMS;

/// The lists of a view.
struct Lists<'a> {
    this: This<'a>,
    code: Code,
    indices: [isize; MAX_DIMS],
}

pub(super) fn to_list(this: This<'_>) -> Result<Ref> {
    this.check()?;
    let code = this.native()?;
    // To make a list may run the collector, and with it any code: the view stays meanwhile.
    let _held = this.hold()?;
    let mut lists = Lists {
        this,
        code,
        indices: [0; MAX_DIMS],
    };
    lists.from_dimension(0)
}

impl Lists<'_> {
    fn from_dimension(&mut self, dim: usize) -> Result<Ref> {
        let attached = self.this.attached;
        let api = attached.api;
        let layout = self.this.fields.lent.layout();
        let Some(&length) = layout.shape().get(dim) else {
            return self.item();
        };
        // SAFETY: attached.
        let list = Ref::owned(attached, unsafe { (api.PyList_New)(length) });
        let list = list.ok_or_else(|| exception(attached))?;
        for k in 0..length {
            self.indices[dim] = k;
            let item = self.from_dimension(dim + 1)?;
            // SAFETY: attached; a fresh list, an index in it, and a reference that it takes over.
            unsafe { (api.PyList_SetItem)(list.as_ptr(), k, item.into_ptr()) };
        }
        Ok(list)
    }

    fn item(&self) -> Result<Ref> {
        let lent = &self.this.fields.lent;
        let ndim = lent.layout().ndim();
        // SAFETY: the indices are in range, and the view is held.
        let item = unsafe { place(lent).item(&self.indices[..ndim]) }?;
        // SAFETY: attached; an item of this code.
        let made = unsafe { self.code.read(self.this.attached, item) };
        Ref::owned(self.this.attached, made).ok_or_else(|| exception(self.this.attached))
    }
}
