//! `v[...] = x`: an item; or as many items as are selected, from another exporter, from lists of
//! lists, or all of them from one value.

use super::super::super::kind::is_made_from;
use super::super::super::reference::Ref;
use super::super::instance::This;
use super::super::long::perhaps_long;
use super::super::make::from_object;
use super::super::subscript::READ_ONLY;
use super::given::objects;
use super::subscript::{path, positions, selection};
use crate::abi::PyObject;
use crate::alloc::Block;
use crate::copy::{Place, copy, copy_with_swap, fill};
use crate::error::{Result, fail};
use crate::exporter::Lent;
use crate::format::{Format, ScalarKind, Swap, staged};
use crate::layout::{Layout, Order, Select};
use crate::request::MAX_NDIM;
use crate::view::field;

/// New items.
enum Items {
    /// The same for all: its bytes.
    One(Block),
    /// In the shape of what is assigned to.
    Own(Block, Layout),
    /// The same, in memory of another exporter, which a view keeps.
    Others {
        base: *mut u8,
        layout: Layout,
        swap: Swap,
        view: Ref,
    },
}

impl Items {
    /// The view that keeps them, where one does.
    fn view(&self) -> Option<This<'_>> {
        match self {
            // SAFETY: an instance, which its reference keeps.
            Self::Others { view, .. } => Some(unsafe { This::of(view.as_ptr()) }),
            _ => None,
        }
    }
}

impl This<'_> {
    /// `v[key] = value`
    pub(in super::super) fn set_selected(
        &self,
        key: *mut PyObject,
        value: *mut PyObject,
    ) -> Result<()> {
        self.check()?;
        if self.fields.lent.is_readonly() {
            return Err(READ_ONLY);
        }
        if value.is_null() {
            return fail!(Type, "cannot delete memory");
        }
        match path(self.attached, key)? {
            Some(path) => self.put_selected(&field(&self.fields.lent, path)?, &[], value),
            None => self.put_selected(&self.fields.lent, &selection(self.attached, key)?, value),
        }
    }

    /// Assigns to what is selected of the view's memory, as `lent` has it.
    fn put_selected(&self, lent: &Lent, wanted: &[Select], value: *mut PyObject) -> Result<()> {
        if let Some(positions) = positions(lent.layout(), wanted)? {
            return self.put_item(lent, &positions[..wanted.len()], value);
        }
        // Its shape: where it is, whoever follows pointers will know.
        let target = lent.layout().select_following(wanted, |_| Ok(true))?;
        let items = self.items(lent.format(), &target, value)?;
        let _pinned = self.pin()?;
        perhaps_long(self, items.view(), target.nbytes(), || {
            // SAFETY: pinned, so the memory is there, and it may be written; the new items are kept.
            unsafe {
                let (base, layout) = lent.place().select(wanted)?;
                let to = Place {
                    base,
                    layout: &layout,
                };
                match &items {
                    Items::One(block) => {
                        let size = layout.itemsize();
                        fill(to, std::slice::from_raw_parts(block.as_ptr(), size))
                    }
                    Items::Own(block, layout) => {
                        let base = block.as_ptr();
                        copy(to, Place { base, layout })
                    }
                    Items::Others {
                        base, layout, swap, ..
                    } => {
                        let base = *base;
                        copy_with_swap(to, Place { base, layout }, swap)
                    }
                }
            }
        })
    }

    fn put_item(&self, lent: &Lent, positions: &[isize], value: *mut PyObject) -> Result<()> {
        staged(lent.layout().itemsize(), |bytes| {
            self.pack(lent.format(), value, bytes)?;
            let _pinned = self.pin()?;
            // SAFETY: pinned; the positions are in range, and an item has so many bytes, which may
            // be written.
            unsafe {
                let item = lent.place().item(positions)?;
                item.copy_from(bytes.as_ptr(), bytes.len());
            }
            Ok(())
        })
    }

    /// The items that a value gives. This may run any code.
    fn items(&self, format: &Format, target: &Layout, value: *mut PyObject) -> Result<Items> {
        let (attached, api) = (self.attached, self.attached.api);
        // SAFETY: attached; an object.
        let has_buffer = unsafe { (api.PyObject_CheckBuffer)(value) } != 0;
        if has_buffer
            && !self.is_value(format, value)
            && let Some(items) = self.items_of_exporter(format, target, value)?
        {
            return Ok(items);
        }
        if is_made_from(attached, value, api.PyList_Type) && target.ndim() > 0 {
            return self.items_of_lists(format, target, value);
        }
        self.one_item(format, value)
    }

    /// Whether bytes are the value of one item, and not items of their own.
    fn is_value(&self, format: &Format, value: *mut PyObject) -> bool {
        let (attached, api) = (self.attached, self.attached.api);
        let kind = format.scalar().map(|scalar| scalar.kind);
        let takes_bytes = matches!(
            kind,
            Some(
                ScalarKind::Char
                    | ScalarKind::Bytes
                    | ScalarKind::Pascal
                    | ScalarKind::Void
                    | ScalarKind::Bits
            )
        );
        takes_bytes
            && [api.PyBytes_Type, api.PyByteArray_Type]
                .iter()
                .any(|&kind| is_made_from(attached, value, kind))
    }

    /// Those of another exporter; `None` where it is a single number of another format, which is
    /// a value.
    fn items_of_exporter(
        &self,
        format: &Format,
        target: &Layout,
        value: *mut PyObject,
    ) -> Result<Option<Items>> {
        let view = from_object(self.attached, self.fields.of, value)?;
        // SAFETY: an instance, which its reference keeps.
        let lent = unsafe { &This::of(view.as_ptr()).fields.lent };
        let Some(swap) = lent.format().swap_to(format)? else {
            return match lent.layout().ndim() {
                0 => Ok(None),
                _ => Err(lent.format().not_those_of(format)),
            };
        };
        // Dimensions of one item that the target has not.
        let more = lent.layout().ndim().saturating_sub(target.ndim());
        let are_single = lent.layout().shape()[..more]
            .iter()
            .all(|&length| length == 1);
        let first = [Select::Index(0); MAX_NDIM];
        let first = if are_single { &first[..more] } else { &[] };
        // SAFETY: the view keeps the memory.
        let (base, layout) = unsafe { lent.place().select(first) }?;
        Ok(Some(Items::Others {
            base,
            layout: layout.broadcast(target.shape())?,
            swap,
            view,
        }))
    }

    /// The same value for all.
    fn one_item(&self, format: &Format, value: *mut PyObject) -> Result<Items> {
        let mut block = Block::zeroed(format.itemsize())?;
        // SAFETY: memory of our own, of that size.
        self.pack(format, value, unsafe {
            bytes_of(&mut block, format.itemsize())
        })?;
        Ok(Items::One(block))
    }

    /// The inverse of `tolist`.
    fn items_of_lists(
        &self,
        format: &Format,
        target: &Layout,
        value: *mut PyObject,
    ) -> Result<Items> {
        let mut block = Block::zeroed(target.nbytes())?;
        // SAFETY: memory of our own, of that size.
        let bytes = unsafe { bytes_of(&mut block, target.nbytes()) };
        self.pack_lists(format, target.shape(), 0, value, bytes)?;
        let layout = Layout::contiguous(target.itemsize(), target.shape(), Order::C)?;
        Ok(Items::Own(block, layout))
    }

    fn pack_lists(
        &self,
        format: &Format,
        shape: &[isize],
        dim: usize,
        value: *mut PyObject,
        bytes: &mut [u8],
    ) -> Result<()> {
        let api = self.attached.api;
        let Some(&length) = shape.get(dim) else {
            return self.pack(format, value, bytes);
        };
        let items = objects(self.attached, value)?;
        // SAFETY: attached; a tuple.
        let count = unsafe { (api.PyTuple_Size)(items.as_ptr()) };
        if count != length {
            return fail!(
                Value,
                "a list of {count} for dimension {dim}, which has {length} items: \
                 lists must have the shape of what they are assigned to"
            );
        }
        let size = bytes.len().checked_div(length.unsigned_abs()).unwrap_or(0);
        for k in 0..length {
            // SAFETY: attached; a tuple, and an index in it.
            let item = unsafe { (api.PyTuple_GetItem)(items.as_ptr(), k) };
            let bytes = &mut bytes[k.unsigned_abs() * size..][..size];
            self.pack_lists(format, shape, dim + 1, item, bytes)?;
        }
        Ok(())
    }
}

/// # Safety
/// The block has so many bytes.
unsafe fn bytes_of(block: &mut Block, size: usize) -> &mut [u8] {
    // SAFETY: as the caller promises.
    unsafe { std::slice::from_raw_parts_mut(block.as_ptr(), size) }
}
