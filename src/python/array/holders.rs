//! Who stands in the way of a change of size, as far as Python can see.
//!
//! The collector knows who refers to an array. Of these a managed buffer, which is what
//! memoryviews share, has one export of it, and so has a `PickleBuffer`. Native consumers
//! are not the collector's, nor are NumPy's arrays (which keep a memoryview that is). This is
//! only looked for when the error is on its way; where that fails, the error is told without.

use super::super::attached::Attached;
use super::super::raise::{Saved, exception};
use super::super::reference::Ref;
use crate::abi::PyObject;
use crate::error::{Error, Result, try_format};

/// So many are named.
const NAMED: usize = 4;
/// So much of each is shown.
const LONGEST: usize = 60;

/// The error, and who has the exports of an array, so many of which are outstanding.
#[cold]
pub(super) fn named(
    attached: Attached,
    object: *mut PyObject,
    outstanding: usize,
    error: Error,
) -> Error {
    let mut holders = Holders::default();
    {
        // What goes wrong meanwhile is put away with the exception that is not there.
        let _saved = Saved::as_it_is(attached);
        if outstanding == 0 || holders.find(attached, object).is_err() {
            return error;
        }
    }
    let text = holders.told(outstanding);
    match text.and_then(|text| try_format(format_args!("{}: {text}", error.message()))) {
        Some(text) => Error::new(error.kind(), format_args!("{text}")),
        None => error,
    }
}

#[derive(Default)]
struct Holders {
    /// So many exports are theirs.
    exports: usize,
    /// So many objects there are.
    objects: usize,
    /// The first of them.
    names: String,
}

impl Holders {
    fn find(&mut self, attached: Attached, object: *mut PyObject) -> Result<()> {
        let referrers = Referrers::of(attached, object)?;
        for index in 0..referrers.count() {
            let holder = referrers.get(index)?;
            let holder = holder.as_ptr();
            match &*class_of(attached, holder)? {
                "managedbuffer" | "_PyManagedBuffer" => {
                    self.exports += 1;
                    self.add_views(attached, holder)?;
                }
                "PickleBuffer" => {
                    self.exports += 1;
                    self.add(attached, holder)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The memoryviews of a managed buffer.
    fn add_views(&mut self, attached: Attached, shared: *mut PyObject) -> Result<()> {
        let referrers = Referrers::of(attached, shared)?;
        for index in 0..referrers.count() {
            let view = referrers.get(index)?;
            if &*class_of(attached, view.as_ptr())? == "memoryview" {
                self.add(attached, view.as_ptr())?;
            }
        }
        Ok(())
    }

    fn add(&mut self, attached: Attached, holder: *mut PyObject) -> Result<()> {
        self.objects += 1;
        if self.objects > NAMED {
            return Ok(());
        }
        let class = class_of(attached, holder)?;
        // SAFETY: attached; an object.
        let shown = unsafe { (attached.api.PyObject_Repr)(holder) };
        let shown = Ref::owned(attached, shown).ok_or_else(|| exception(attached))?;
        let shown = string(attached, &shown)?;
        let end = shown
            .char_indices()
            .nth(LONGEST)
            .map_or(shown.len(), |(end, _)| end);
        let dots = if end < shown.len() { "…" } else { "" };
        let comma = if self.names.is_empty() { "" } else { ", " };
        let names = format_args!("{}{comma}{class} {}{dots}", self.names, &shown[..end]);
        self.names = try_format(names).ok_or(Error::no_memory())?;
        Ok(())
    }

    /// In words; `None` where there is no memory for them.
    fn told(&self, outstanding: usize) -> Option<String> {
        let unseen = outstanding.saturating_sub(self.exports);
        let more = match self.objects.saturating_sub(NAMED) {
            0 => String::new(),
            more => try_format(format_args!(" and {more} more"))?,
        };
        match (self.names.is_empty(), unseen) {
            (true, _) => try_format(format_args!("their holders cannot be seen from Python")),
            (false, 0) => try_format(format_args!("held by {}{more}", self.names)),
            (false, _) => try_format(format_args!(
                "held by {}{more}; {unseen} by holders that cannot be seen from Python",
                self.names
            )),
        }
    }
}

/// What refers to an object, in a list of our own.
struct Referrers {
    attached: Attached,
    list: Ref,
}

impl Referrers {
    /// `gc.get_referrers(object)`
    fn of(attached: Attached, object: *mut PyObject) -> Result<Self> {
        let api = attached.api;
        let made = |object| Ref::owned(attached, object).ok_or_else(|| exception(attached));
        // SAFETY: attached; C strings, objects, and a tuple that takes over a reference to its item.
        let list = unsafe {
            let module = made((api.PyImport_ImportModule)(c"gc".as_ptr()))?;
            let name = c"get_referrers".as_ptr();
            let function = made((api.PyObject_GetAttrString)(module.as_ptr(), name))?;
            let arguments = made((api.PyTuple_New)(1))?;
            let object = Ref::to(attached, object).into_ptr();
            (api.PyTuple_SetItem)(arguments.as_ptr(), 0, object);
            made((api.PyObject_CallObject)(
                function.as_ptr(),
                arguments.as_ptr(),
            ))?
        };
        Ok(Self { attached, list })
    }

    fn count(&self) -> isize {
        // SAFETY: attached; a list.
        unsafe { (self.attached.api.PyList_Size)(self.list.as_ptr()) }
    }

    /// A reference of its own: to ask an object's class for its name may run code, which finds
    /// this list by way of the collector, and may empty it.
    fn get(&self, index: isize) -> Result<Ref> {
        // SAFETY: attached; a sequence.
        let object = unsafe { (self.attached.api.PySequence_GetItem)(self.list.as_ptr(), index) };
        Ref::owned(self.attached, object).ok_or_else(|| exception(self.attached))
    }
}

/// The name of an object's class, asked of the class: an object may say anything.
fn class_of(attached: Attached, object: *mut PyObject) -> Result<String> {
    let api = attached.api;
    let made = |object| Ref::owned(attached, object).ok_or_else(|| exception(attached));
    // SAFETY: attached; an object, its type, and a C string.
    let name = unsafe {
        let class = made((api.PyObject_Type)(object))?;
        made((api.PyObject_GetAttrString)(
            class.as_ptr(),
            c"__name__".as_ptr(),
        ))?
    };
    string(attached, &name)
}

fn string(attached: Attached, text: &Ref) -> Result<String> {
    let mut size = 0;
    // SAFETY: attached; an object, in which the text lies if it is a str.
    let text = unsafe {
        let text = (attached.api.PyUnicode_AsUTF8AndSize)(text.as_ptr(), &mut size);
        if text.is_null() {
            return Err(exception(attached));
        }
        std::slice::from_raw_parts(text.cast::<u8>(), size.unsigned_abs())
    };
    let text = str::from_utf8(text).unwrap_or_default();
    try_format(format_args!("{text}")).ok_or(Error::no_memory())
}
