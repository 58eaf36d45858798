//! Python objects as the bytes of an item.
//!
//! All of them are converted before the first byte is made: a struct from a tuple (or a list, or
//! whatever else has its members one after another), a sub-array from a list of its elements, and
//! each value as its kind wants it. To convert may run any code.

use super::super::super::attached::Attached;
use super::super::super::kind::is_made_from;
use super::super::super::raise::{class_name, exception};
use super::super::super::reference::Ref;
use super::super::super::value::{is_a, number};
use super::super::instance::This;
use crate::abi::{Py_buffer, PyBUF_SIMPLE, PyObject};
use crate::alloc::try_extend;
use crate::error::{Error, Kind, Result, fail};
use crate::format::{self, ByteOrder, Field, Format, Part, Scalar, ScalarKind, Value, What};

impl This<'_> {
    /// Converts an object to the bytes of an item of this format, which are zero before.
    pub(super) fn pack(
        &self,
        format: &Format,
        object: *mut PyObject,
        item: &mut [u8],
    ) -> Result<()> {
        if let Some(code) = self.native_code()
            && std::ptr::eq(format, self.fields.lent.format())
        {
            let packed = code.pack(self.attached, object)?;
            // SAFETY: the item has the size of the code.
            unsafe { packed.store(item.as_mut_ptr()) };
            return Ok(());
        }
        let root = format.known()?;
        let mut all = All {
            attached: self.attached,
            values: Vec::new(),
            bytes: Vec::new(),
        };
        let first = all.room(1)?;
        all.convert(&root, root.shape(), object, first)?;
        let given = Given {
            all: &all,
            index: first,
        };
        format.pack(given, item).map_err(in_our_words)
    }
}

/// What `struct` has errors of its own for is a `ValueError` here, as memoryview has it.
fn in_our_words(error: Error) -> Error {
    match error.kind() {
        Kind::Struct | Kind::Overflow => {
            Error::new(Kind::Value, format_args!("{}", error.message()))
        }
        _ => error,
    }
}

/// What has been converted.
struct All {
    attached: Attached,
    values: Vec<One>,
    /// Bytes and texts of the values.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy)]
enum One {
    Number(Value<'static>),
    /// From `start` on, so many of the bytes.
    Bytes {
        start: usize,
        len: usize,
    },
    /// The same, characters of 4 bytes.
    Text {
        start: usize,
        len: usize,
    },
    Sequence {
        first: usize,
        len: usize,
    },
}

#[derive(Clone, Copy)]
struct Given<'a> {
    all: &'a All,
    index: usize,
}

impl<'a> format::Given<'a> for Given<'a> {
    fn part(self) -> Result<Part<'a>> {
        let bytes = |start: usize, len: usize| &self.all.bytes[start..start + len];
        Ok(match self.all.values[self.index] {
            One::Number(value) => Part::Value(value),
            One::Bytes { start, len } => Part::Value(Value::Bytes(bytes(start, len))),
            One::Text { start, len } => {
                Part::Value(Value::Text(bytes(start, len), ByteOrder::NATIVE))
            }
            One::Sequence { len, .. } => Part::Sequence(len),
        })
    }

    fn member(self, index: usize) -> Self {
        match self.all.values[self.index] {
            One::Sequence { first, .. } => Self {
                index: first + index,
                ..self
            },
            _ => self,
        }
    }
}

impl All {
    /// Places for so many values; gives the first.
    fn room(&mut self, count: usize) -> Result<usize> {
        let first = self.values.len();
        for _ in 0..count {
            try_extend(&mut self.values, &[One::Number(Value::Bool(false))])?;
        }
        Ok(first)
    }

    /// What is given for a field that has these dimensions left.
    fn convert(
        &mut self,
        field: &Field<'_>,
        shape: &[usize],
        object: *mut PyObject,
        place: usize,
    ) -> Result<()> {
        let (mut shape, mut place, mut element) = (shape, place, None::<Ref>);
        let given = |element: &Option<Ref>| element.as_ref().map_or(object, Ref::as_ptr);
        while let [length, rest @ ..] = shape {
            let object = given(&element);
            let what = format_args!("a sub-array of {length} elements is given as a list of them");
            let (items, first) = self.sequence(object, *length, place, what)?;
            let Some(first) = first else { return Ok(()) };
            if *length != 1 {
                return (0..*length)
                    .try_for_each(|k| self.convert(field, rest, self.item(&items, k), first + k));
            }
            // Of single ones there may be thousands, in structs in structs: the stack is not.
            (shape, place) = (rest, first);
            element = Some(Ref::to(self.attached, self.item(&items, 0)));
        }
        let object = given(&element);
        if let What::Scalar(scalar) = field.what() {
            self.values[place] = self.scalar(scalar, object)?;
            return Ok(());
        }
        let count = field.fields().map(|member| member.repeat()).sum();
        let what = format_args!("a struct of {count} fields is given as a tuple of them");
        let (items, first) = self.sequence(object, count, place, what)?;
        let Some(first) = first else { return Ok(()) };
        let mut index = 0;
        for member in field.fields() {
            for _ in 0..member.repeat() {
                let item = self.item(&items, index);
                self.convert(&member, member.shape(), item, first + index)?;
                index += 1;
            }
        }
        Ok(())
    }

    fn item(&self, items: &Ref, k: usize) -> *mut PyObject {
        // SAFETY: attached; a tuple, and an index in it.
        unsafe { (self.attached.api.PyTuple_GetItem)(items.as_ptr(), k as isize) }
    }

    /// The objects of a sequence, and the place of the first; no place where they are too few or
    /// too many, which whoever packs them will say.
    fn sequence(
        &mut self,
        object: *mut PyObject,
        wanted: usize,
        place: usize,
        what: std::fmt::Arguments<'_>,
    ) -> Result<(Ref, Option<usize>)> {
        let attached = self.attached;
        let items = match is_sequence(attached, object) {
            true => objects(attached, object)?,
            false => return of_class(attached, what, object),
        };
        // SAFETY: attached; a tuple.
        let len = unsafe { (attached.api.PyTuple_Size)(items.as_ptr()) }.unsigned_abs();
        let fits = len == wanted;
        let first = self.room(if fits { len } else { 0 })?;
        self.values[place] = One::Sequence { first, len };
        Ok((items, fits.then_some(first)))
    }

    fn scalar(&mut self, scalar: Scalar, object: *mut PyObject) -> Result<One> {
        match scalar.kind {
            ScalarKind::Char
            | ScalarKind::Bytes
            | ScalarKind::Pascal
            | ScalarKind::Void
            | ScalarKind::Bits => self.bytes(object),
            ScalarKind::Unicode | ScalarKind::Text => self.text(scalar, object),
            _ => number(self.attached, scalar, object)
                .map(One::Number)
                .map_err(in_our_words),
        }
    }

    /// The bytes of anything that has some.
    fn bytes(&mut self, object: *mut PyObject) -> Result<One> {
        let api = self.attached.api;
        let mut buffer = Py_buffer::empty();
        // SAFETY: attached; an object, and a buffer of our own, which is released at once.
        unsafe {
            if (api.PyObject_GetBuffer)(object, &mut buffer, PyBUF_SIMPLE) < 0 {
                return Err(exception(self.attached));
            }
            let (start, len) = (self.bytes.len(), buffer.len.unsigned_abs());
            let copied = match len {
                0 => Ok(()),
                _ => {
                    let bytes = std::slice::from_raw_parts(buffer.buf.cast::<u8>(), len);
                    try_extend(&mut self.bytes, bytes)
                }
            };
            (api.PyBuffer_Release)(&mut buffer);
            copied?;
            Ok(One::Bytes { start, len })
        }
    }

    fn text(&mut self, scalar: Scalar, object: *mut PyObject) -> Result<One> {
        let (attached, api) = (self.attached, self.attached.api);
        if !is_a(attached, object, api.PyUnicode_Type)? {
            return of_class(attached, format_args!("{scalar} is given as a str"), object);
        }
        let start = self.bytes.len();
        // SAFETY: attached; a str, and characters that it has.
        unsafe {
            for k in 0..(api.PyUnicode_GetLength)(object) {
                let code = (api.PyUnicode_ReadChar)(object, k);
                try_extend(&mut self.bytes, &code.to_ne_bytes())?;
            }
        }
        Ok(One::Text {
            start,
            len: self.bytes.len() - start,
        })
    }
}

/// Whether an object is taken for several: a tuple, a list, or what has a buffer (an array, or a
/// struct of NumPy's).
fn is_sequence(attached: Attached, object: *mut PyObject) -> bool {
    let api = attached.api;
    is_made_from(attached, object, api.PyTuple_Type)
        || is_made_from(attached, object, api.PyList_Type)
        // SAFETY: attached; an object.
        || unsafe { (api.PyObject_CheckBuffer)(object) != 0 }
}

/// What is in a sequence, in a tuple that nobody else has.
pub(super) fn objects(attached: Attached, object: *mut PyObject) -> Result<Ref> {
    // SAFETY: attached; an object.
    let items = unsafe { (attached.api.PySequence_Tuple)(object) };
    Ref::owned(attached, items).ok_or_else(|| exception(attached))
}

/// The error of an object of another sort.
#[cold]
pub(super) fn of_class<T>(
    attached: Attached,
    wanted: std::fmt::Arguments<'_>,
    object: *mut PyObject,
) -> Result<T> {
    let class = class_name(attached, object);
    let class = class.as_deref().unwrap_or("another object");
    fail!(Type, "{wanted}, not as {class}")
}
