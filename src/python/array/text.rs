//! All items at once: a list, bytes, a str, and what `repr()` shows.

use std::ffi::c_int;
use std::ptr;

use super::super::attributes;
use super::super::guard::guard;
use super::super::raise::exception;
use super::super::reference::Ref;
use super::super::value::{new_bytes, no_character, object};
use super::access::Array;
use super::quick;
use crate::abi::PyObject;
use crate::copy::gather;
use crate::error::{Error, Kind, Result, try_format};
use crate::exporter::Exporter;
use crate::format::{ScalarKind, Value};
use crate::layout::{Order, Slice};

/// So many items are shown in full, and of more these at both ends.
const LONGEST: usize = 1000;
const EDGE: usize = 10;

impl Array {
    /// The format, which is a single code.
    fn typecode(&self) -> &str {
        self.exporter.format().text().to_str().unwrap_or_default()
    }

    /// What a function of CPython made.
    fn made(&self, object: *mut PyObject) -> Result<Ref> {
        Ref::owned(self.attached, object).ok_or_else(|| exception(self.attached))
    }

    pub(super) fn to_list(&self) -> Result<Ref> {
        self.list_of(&self.copy(Slice::ALL)?)
    }

    /// Of a copy, since to make a list may run any code.
    fn list_of(&self, copy: &Exporter) -> Result<Ref> {
        let api = self.attached.api;
        let (base, size) = (copy.data().cast_const(), self.scalar.size);
        let count = copy.count();
        // SAFETY: attached.
        let list = self.made(unsafe { (api.PyList_New)(count as isize) })?;
        for position in 0..count {
            // SAFETY: the copy is nobody else's, and has so many items.
            let item = unsafe { self.object_in(base.add(position * size)) }?;
            // SAFETY: a fresh list, an index in it, and a reference that it takes over.
            unsafe { (api.PyList_SetItem)(list.as_ptr(), position as isize, item.into_ptr()) };
        }
        Ok(list)
    }

    /// # Safety
    /// An item of this kind lies there, and nobody writes it meanwhile.
    unsafe fn object_in(&self, address: *const u8) -> Result<Ref> {
        // SAFETY: as the caller promises.
        unsafe {
            match quick::read(self.attached.api, self.scalar, address) {
                Some(object) => self.made(object),
                None => {
                    let item = std::slice::from_raw_parts(address, self.scalar.size);
                    object(self.attached, self.scalar.unpack(item))
                }
            }
        }
    }

    pub(super) fn to_bytes(&self) -> Result<Ref> {
        let items = self.steady()?;
        // To make a bytes object runs nothing.
        new_bytes(self.attached, items.lent().layout().nbytes(), |to| {
            // SAFETY: the items stay, and so many bytes are there.
            items.scan(self.attached, |lent| unsafe {
                gather(to, lent.place(), Order::C)
            })
        })
    }

    pub(super) fn to_unicode(&self) -> Result<Ref> {
        if self.scalar.kind != ScalarKind::Unicode {
            let text = "tounicode() may only be called on unicode type arrays ('u' or 'w')";
            return Err(Error::fixed(Kind::Value, text));
        }
        let copy = self.copy(Slice::ALL)?;
        match self.no_character_in(&copy) {
            Some((_, code)) => Err(no_character(code)),
            None => self.str_of(&copy),
        }
    }

    /// The first number of a copy that stands for no character, and where it is.
    fn no_character_in(&self, copy: &Exporter) -> Option<(isize, u32)> {
        let mut item = [0; 4];
        let item = &mut item[..self.scalar.size];
        (0..copy.count() as isize).find_map(|index| {
            copy.get(index, item).ok()?;
            match self.scalar.unpack(item) {
                Value::Unicode(code @ 0x11_0000..) => Some((index, code)),
                _ => None,
            }
        })
    }

    /// Of a copy that has only characters.
    fn str_of(&self, copy: &Exporter) -> Result<Ref> {
        let make = self.attached.api.PyUnicode_FromKindAndData;
        let (kind, base) = (self.scalar.size as c_int, copy.data().cast());
        // SAFETY: attached; so many characters of this size are there.
        self.made(unsafe { make(kind, base, copy.count() as isize) })
    }

    /// Some items as a literal of Python's.
    fn literal(&self, slice: Slice) -> Result<String> {
        let copy = self.copy(slice)?;
        let value = match self.scalar.kind {
            _ if self.is_bytes => {
                let (base, size) = (copy.data().cast(), copy.count() as isize);
                // SAFETY: attached; so many bytes are there.
                self.made(unsafe { (self.attached.api.PyBytes_FromStringAndSize)(base, size) })?
            }
            ScalarKind::Unicode if self.no_character_in(&copy).is_none() => self.str_of(&copy)?,
            ScalarKind::Unicode => return self.codes(&copy),
            _ => self.list_of(&copy)?,
        };
        // SAFETY: attached; an object.
        let shown = self.made(unsafe { (self.attached.api.PyObject_Repr)(value.as_ptr()) })?;
        self.rust_string(&shown)
    }

    /// Numbers, where some of them stand for no character.
    fn codes(&self, copy: &Exporter) -> Result<String> {
        let mut text = String::new();
        for index in 0..copy.count() as isize {
            let mut item = [0; 4];
            copy.get(index, &mut item[..self.scalar.size])?;
            if let Value::Unicode(code) = self.scalar.unpack(&item[..self.scalar.size]) {
                let comma = if index == 0 { "" } else { ", " };
                text = formatted(format_args!("{text}{comma}{code:#x}"))?;
            }
        }
        formatted(format_args!("[{text}]"))
    }

    fn rust_string(&self, text: &Ref) -> Result<String> {
        let mut size = 0;
        // SAFETY: attached; a str, in which the text lies.
        let text = unsafe {
            let text = (self.attached.api.PyUnicode_AsUTF8AndSize)(text.as_ptr(), &mut size);
            if text.is_null() {
                return Err(exception(self.attached));
            }
            std::slice::from_raw_parts(text.cast::<u8>(), size.unsigned_abs())
        };
        formatted(format_args!("{}", str::from_utf8(text).unwrap_or_default()))
    }

    /// All items, or those at both ends, as literals of Python's.
    fn shown(&self) -> Result<String> {
        if self.count() <= LONGEST {
            return self.literal(Slice::ALL);
        }
        let (edge, step) = (EDGE as isize, 1);
        let first = self.literal(Slice {
            start: None,
            stop: Some(edge),
            step,
        })?;
        let last = self.literal(Slice {
            start: Some(-edge),
            stop: None,
            step,
        })?;
        match (first.strip_suffix(']'), last.strip_prefix('[')) {
            (Some(first), Some(last)) => formatted(format_args!("{first}, ..., {last}")),
            _ => formatted(format_args!("{first} ... {last}")),
        }
    }
}

fn formatted(text: std::fmt::Arguments<'_>) -> Result<String> {
    try_format(text).ok_or(Error::no_memory())
}

/// `libpybuf.array('i', [1, 2, 3])`, `libpybuf.bytearray(b'abc')`
pub(super) unsafe extern "C" fn repr(object: *mut PyObject) -> *mut PyObject {
    guard(ptr::null_mut(), || {
        // SAFETY: CPython calls this with an instance.
        let array = unsafe { Array::of(object) };
        let format = array.typecode();
        let text = match (array.is_bytes, array.count()) {
            (true, _) => formatted(format_args!("libpybuf.bytearray({})", array.shown()?)),
            (false, 0) => formatted(format_args!("libpybuf.array('{format}')")),
            (false, _) => formatted(format_args!(
                "libpybuf.array('{format}', {})",
                array.shown()?
            )),
        };
        Ok(attributes::text(array.attached, &text?)?.into_ptr())
    })
}
