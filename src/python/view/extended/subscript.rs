//! `v[...]`: any mix of ints, slices, `...` and None, and the name of a field.

use super::super::super::attached::Attached;
use super::super::super::attributes;
use super::super::super::kind::{is_exactly, is_made_from, type_of};
use super::super::super::raise::{class_name, exception};
use super::super::super::reference::Ref;
use super::super::code::Code;
use super::super::instance::{This, place};
use super::super::key::{index_of, is_tuple, slice_of};
use super::values::value_of;
use crate::abi::PyObject;
use crate::alloc::try_extend;
use crate::error::{Result, fail};
use crate::exporter::Lent;
use crate::format::staged;
use crate::layout::{Layout, Select};
use crate::request::MAX_NDIM;
use crate::view::field;

impl<'a> This<'a> {
    /// How items are read, where they are native numbers, of the size that their letter says.
    pub(super) fn native_code(&self) -> Option<Code> {
        let code = self.fields.code;
        let itemsize = self.fields.lent.layout().itemsize();
        (code.is_native() && code.size() == itemsize).then_some(code)
    }

    /// `v[key]`
    pub(in super::super) fn get_selected(&self, key: *mut PyObject) -> Result<Ref> {
        self.check()?;
        let is_slice = is_exactly(self.attached, key, self.attached.api.PySlice_Type);
        if is_slice && self.fields.lent.layout().ndim() == 1 {
            return self.slice(key);
        }
        match path(self.attached, key)? {
            Some(path) => self.with(self.share()?, field(&self.fields.lent, path)?),
            None => self.selected(&selection(self.attached, key)?),
        }
    }

    /// An item where there is an index for each dimension, else a view.
    pub(in super::super) fn selected(&self, wanted: &[Select]) -> Result<Ref> {
        let lent = &self.fields.lent;
        if let Some(positions) = positions(lent.layout(), wanted)? {
            return self.value_at(&positions[..wanted.len()]);
        }
        let share = self.share()?;
        // SAFETY: this is a share of the buffer, which keeps the memory.
        let (base, layout) = unsafe { place(lent).select(wanted) }?;
        let format = lent.format().try_clone()?;
        self.with(share, Lent::new(base, layout, format, lent.is_readonly()))
    }

    /// An item by its number in C order.
    pub(in super::super) fn item_numbered(&self, number: isize) -> Result<Ref> {
        let layout = self.fields.lent.layout();
        self.value_at(&positions_of(layout, number)[..layout.ndim()])
    }

    /// The key of an item, by its number in C order: an int in one dimension, else a tuple.
    pub(in super::super) fn place_of(&self, number: isize) -> Result<Ref> {
        let layout = self.fields.lent.layout();
        match layout.ndim() {
            1 => attributes::number(self.attached, number),
            ndim => attributes::tuple(self.attached, &positions_of(layout, number)[..ndim]),
        }
    }

    fn value_at(&self, positions: &[isize]) -> Result<Ref> {
        if let Some(code) = self.native_code() {
            let lent = self.pin()?;
            // SAFETY: pinned; the positions are in range; an item of this code.
            let made = unsafe { code.read(self.attached, place(&lent).item(positions)?) };
            return Ref::owned(self.attached, made).ok_or_else(|| exception(self.attached));
        }
        let format = self.fields.lent.format();
        staged(self.fields.lent.layout().itemsize(), |copy| {
            {
                let lent = self.pin()?;
                // SAFETY: pinned; the positions are in range, and an item has so many bytes.
                unsafe {
                    let item = place(&lent).item(positions)?;
                    copy.as_mut_ptr().copy_from(item, copy.len());
                }
            }
            value_of(self.attached, format, copy)
        })
    }
}

fn positions_of(layout: &Layout, mut number: isize) -> [isize; MAX_NDIM] {
    let mut positions = [0; MAX_NDIM];
    for (position, &length) in positions.iter_mut().zip(layout.shape()).rev() {
        *position = number % length;
        number /= length;
    }
    positions
}

/// The positions of an item, where there is an index for each dimension and nothing else.
pub(super) fn positions(layout: &Layout, wanted: &[Select]) -> Result<Option<[isize; MAX_NDIM]>> {
    let mut positions = [0; MAX_NDIM];
    let is_index = |select: &Select| matches!(select, Select::Index(_));
    if wanted.len() != layout.ndim() || !wanted.iter().all(is_index) {
        return Ok(None);
    }
    for (dim, select) in wanted.iter().enumerate() {
        if let Select::Index(index) = *select {
            positions[dim] = layout.position(dim, index)?;
        }
    }
    Ok(Some(positions))
}

/// The path of a field, where the key is a str. The key keeps it.
pub(super) fn path<'k>(attached: Attached, key: *mut PyObject) -> Result<Option<&'k [u8]>> {
    let api = attached.api;
    let its = type_of(attached, key);
    let is_no_str = its == api.PyTuple_Type || its == api.PyLong_Type || its == api.PySlice_Type;
    if is_no_str || !is_made_from(attached, key, api.PyUnicode_Type) {
        return Ok(None);
    }
    let mut size = 0;
    // SAFETY: attached; a str, in which the text lies.
    unsafe {
        let text = (api.PyUnicode_AsUTF8AndSize)(key, &mut size);
        match text.is_null() {
            true => Err(exception(attached)),
            false => Ok(Some(std::slice::from_raw_parts(
                text.cast(),
                size.unsigned_abs(),
            ))),
        }
    }
}

/// What is selected by a key. To convert it may run any code.
pub(super) fn selection(attached: Attached, key: *mut PyObject) -> Result<Vec<Select>> {
    let mut all = Vec::new();
    if !is_tuple(attached, key) {
        try_extend(&mut all, &[select(attached, key)?])?;
        return Ok(all);
    }
    // SAFETY: attached; a tuple, and indices in it.
    unsafe {
        for k in 0..(attached.api.PyTuple_Size)(key) {
            let one = (attached.api.PyTuple_GetItem)(key, k);
            try_extend(&mut all, &[select(attached, one)?])?;
        }
    }
    Ok(all)
}

fn select(attached: Attached, key: *mut PyObject) -> Result<Select> {
    let api = attached.api;
    if key == api._Py_EllipsisObject {
        return Ok(Select::Ellipsis);
    }
    if key == api._Py_NoneStruct {
        return Ok(Select::NewAxis);
    }
    if is_exactly(attached, key, api.PySlice_Type) {
        return Ok(Select::Slice(slice_of(attached, key)?));
    }
    // SAFETY: attached; an object.
    if unsafe { (api.PyIndex_Check)(key) } != 0 {
        return Ok(Select::Index(index_of(attached, key)?));
    }
    let class = class_name(attached, key);
    let class = class.as_deref().unwrap_or("another object");
    fail!(
        Type,
        "a view is indexed by ints, slices, ... and None, or by the name of a field; not by {class}"
    )
}
