//! Arguments of functions that Python calls: matched with parameters, then converted.
//!
//! CPython's own parser takes a variable argument list whose type differs between versions,
//! and wants a tuple and a dictionary made for each call. This one takes what `METH_FASTCALL`
//! gives.

use std::ffi::CStr;
use std::ptr;

use super::attached::Attached;
use super::kind::is_made_from;
use super::raise::{class_name, clear, exception};
use super::reference::Ref;
use crate::abi::PyObject;
use crate::error::{Result, fail};
use crate::format::Shown;
use crate::layout::{MAX_DIMS, Order};

/// What a function takes.
pub(super) struct Parameters<const N: usize> {
    pub(super) function: &'static str,
    pub(super) names: [&'static CStr; N],
    /// So many must be given.
    pub(super) required: usize,
    /// So many may be given without their name.
    pub(super) positional: usize,
}

/// Arguments as CPython hands them over: `count` by position, then one for each name.
#[derive(Clone, Copy)]
pub(super) struct Call {
    pub(super) arguments: *const *mut PyObject,
    pub(super) count: isize,
    /// A tuple of strings, or NULL.
    pub(super) names: *mut PyObject,
}

impl Call {
    /// The argument at a place, borrowed from the call: `None` behind the last.
    ///
    /// # Safety
    /// The call is one that CPython makes; attached.
    pub(super) unsafe fn argument(self, attached: Attached, place: usize) -> Option<*mut PyObject> {
        // SAFETY: as the caller promises.
        unsafe {
            let named = match self.names.is_null() {
                true => 0,
                false => (attached.api.PyTuple_Size)(self.names),
            };
            (place < (self.count + named).unsigned_abs()).then(|| *self.arguments.add(place))
        }
    }
}

impl<const N: usize> Parameters<N> {
    /// The argument of each parameter, borrowed from the call; NULL where none is given.
    ///
    /// # Safety
    /// The call is one that CPython makes.
    pub(super) unsafe fn take(&self, attached: Attached, call: Call) -> Result<[Argument; N]> {
        let mut taken = [ptr::null_mut(); N];
        let count = call.count.unsigned_abs();
        if count > self.positional {
            return fail!(
                Type,
                "{}() takes at most {} positional arguments ({count} given)",
                self.function,
                self.positional
            );
        }
        for (index, argument) in taken[..count].iter_mut().enumerate() {
            // SAFETY: so many are given by position.
            *argument = unsafe { *call.arguments.add(index) };
        }
        if !call.names.is_null() {
            // SAFETY: as the caller promises.
            unsafe { self.take_named(attached, call, &mut taken) }?;
        }
        match taken[..self.required].iter().position(|it| it.is_null()) {
            None => Ok(taken.map(|object| Argument { attached, object })),
            Some(missing) => fail!(
                Type,
                "{}() missing required argument {} (pos {})",
                self.function,
                Shown(self.names[missing].to_bytes()),
                missing + 1
            ),
        }
    }

    /// # Safety
    /// As for [`Parameters::take`]; names are given.
    unsafe fn take_named(
        &self,
        attached: Attached,
        call: Call,
        taken: &mut [*mut PyObject; N],
    ) -> Result<()> {
        let api = attached.api;
        // SAFETY: attached; a tuple of strings, with an argument for each.
        unsafe {
            for index in 0..(api.PyTuple_Size)(call.names) {
                let name = (api.PyTuple_GetItem)(call.names, index);
                let is_name = |known: &&CStr| {
                    (api.PyUnicode_CompareWithASCIIString)(name, known.as_ptr()) == 0
                };
                let Some(position) = self.names.iter().position(is_name) else {
                    return self.unknown(attached, name);
                };
                if !taken[position].is_null() {
                    return fail!(
                        Type,
                        "argument for {}() given by name ({}) and position ({})",
                        self.function,
                        Shown(self.names[position].to_bytes()),
                        position + 1
                    );
                }
                taken[position] = *call.arguments.offset(call.count + index);
            }
        }
        Ok(())
    }

    #[cold]
    fn unknown(&self, attached: Attached, name: *mut PyObject) -> Result<()> {
        let name = Argument {
            attached,
            object: name,
        };
        let name = name.text("a keyword").unwrap_or_else(|_| {
            // A name that is no text for C is as unknown as any.
            clear(attached);
            None
        });
        fail!(
            Type,
            "{}() got an unexpected keyword argument {}",
            self.function,
            Shown(name.map_or(b"?", CStr::to_bytes))
        )
    }
}

/// An argument, borrowed from its call; NULL where it is not given.
#[derive(Clone, Copy)]
pub(super) struct Argument {
    attached: Attached,
    object: *mut PyObject,
}

impl Argument {
    /// An object that stands for an argument, and lives as long.
    pub(super) fn of(attached: Attached, object: *mut PyObject) -> Self {
        Self { attached, object }
    }

    pub(super) fn attached(self) -> Attached {
        self.attached
    }

    /// The object, NULL where it is not given.
    pub(super) fn as_ptr(self) -> *mut PyObject {
        self.object
    }

    /// Whether it is an object of this type, or of one made from it.
    pub(super) fn is_of(self, kind: *mut PyObject) -> bool {
        !self.object.is_null() && is_made_from(self.attached, self.object, kind)
    }

    /// Whether it is a str.
    pub(super) fn is_str(self) -> bool {
        self.is_of(self.attached.api.PyUnicode_Type)
    }

    /// Whether it is given, and is not None.
    pub(super) fn is_said(self) -> bool {
        !self.object.is_null() && self.object != self.attached.api._Py_NoneStruct
    }

    /// A reference to what is said.
    pub(super) fn to_owned(self) -> Option<Ref> {
        self.is_said().then(|| Ref::to(self.attached, self.object))
    }

    /// An address: an int, not negative.
    pub(super) fn address(self) -> Result<*mut u8> {
        let api = self.attached.api;
        // SAFETY: attached; an object, and then an int.
        unsafe {
            let index = (api.PyNumber_Index)(self.object);
            let index = Ref::owned(self.attached, index).ok_or_else(|| exception(self.attached))?;
            let address = (api.PyLong_AsSize_t)(index.as_ptr());
            self.unless_raised(address == usize::MAX)?;
            Ok(ptr::with_exposed_provenance_mut(address))
        }
    }

    /// An int that may be negative; 0 where it is not given.
    pub(super) fn number(self) -> Result<isize> {
        if self.object.is_null() {
            return Ok(0);
        }
        let api = self.attached.api;
        let overflow = api.exception(|api| api.PyExc_OverflowError);
        // SAFETY: attached; an object, and an exception class.
        let number = unsafe { (api.PyNumber_AsSsize_t)(self.object, overflow) };
        self.unless_raised(number == -1)?;
        Ok(number)
    }

    /// An int that must not be negative; 0 where it is not given.
    pub(super) fn size(self, what: &str) -> Result<usize> {
        let size = self.number()?;
        match usize::try_from(size) {
            Ok(size) => Ok(size),
            Err(_) => fail!(Value, "{what} is {size}: it must be 0 or more"),
        }
    }

    /// A truth value; false where it is not given.
    pub(super) fn truth(self) -> Result<bool> {
        if self.object.is_null() {
            return Ok(false);
        }
        // SAFETY: attached; an object.
        match unsafe { (self.attached.api.PyObject_IsTrue)(self.object) } {
            -1 => Err(exception(self.attached)),
            truth => Ok(truth != 0),
        }
    }

    /// A str, which the call keeps; `None` where it is not given, or None.
    pub(super) fn text<'a>(self, what: &str) -> Result<Option<&'a CStr>> {
        if !self.is_said() {
            return Ok(None);
        }
        let api = self.attached.api;
        // SAFETY: attached; an object, and the type of str.
        let is_str = unsafe { (api.PyObject_IsInstance)(self.object, api.PyUnicode_Type) };
        if is_str < 0 {
            return Err(exception(self.attached));
        }
        if is_str == 0 {
            let kind = class_name(self.attached, self.object);
            let kind = kind.as_deref().unwrap_or("another object");
            return fail!(Type, "{what} must be a str, not {kind}");
        }
        let mut size = 0;
        // SAFETY: attached; an object. The text lies in it, and has a NUL behind its end.
        let text = unsafe {
            let text = (api.PyUnicode_AsUTF8AndSize)(self.object, &mut size);
            if text.is_null() {
                return Err(exception(self.attached));
            }
            CStr::from_ptr(text)
        };
        if text.count_bytes() != size.unsigned_abs() {
            return fail!(Value, "embedded NUL character in {what}");
        }
        Ok(Some(text))
    }

    /// 'C', which is what not to say it means as well, or 'F'.
    pub(super) fn order(self) -> Result<Option<Order>> {
        match self.text("order")?.map_or(&b"C"[..], CStr::to_bytes) {
            b"C" => Ok(None),
            b"F" => Ok(Some(Order::F)),
            other => fail!(Value, "order is {}: it must be 'C' or 'F'", Shown(other)),
        }
    }

    /// An int or a sequence of ints; `None` where it is not given, or None.
    pub(super) fn numbers(self) -> Result<Option<Numbers>> {
        if !self.is_said() {
            return Ok(None);
        }
        let api = self.attached.api;
        let mut numbers = Numbers::new();
        // SAFETY: attached; an object.
        if unsafe { (api.PyIndex_Check)(self.object) } != 0 {
            numbers.push(self.number()?);
            return Ok(Some(numbers));
        }
        // SAFETY: attached; an object, and then a tuple that nobody changes, and its items.
        unsafe {
            let tuple = (api.PySequence_Tuple)(self.object);
            let tuple = Ref::owned(self.attached, tuple).ok_or_else(|| exception(self.attached))?;
            let count = (api.PyTuple_Size)(tuple.as_ptr());
            let items = (0..count).map(|index| (api.PyTuple_GetItem)(tuple.as_ptr(), index));
            Numbers::of(self.attached, items).map(Some)
        }
    }

    /// The items of an iterable.
    pub(super) fn items(self) -> Result<Items> {
        let api = self.attached.api;
        // SAFETY: attached; an object, and then a tuple.
        unsafe {
            let tuple = (api.PySequence_Tuple)(self.object);
            let tuple = Ref::owned(self.attached, tuple).ok_or_else(|| exception(self.attached))?;
            let count = (api.PyTuple_Size)(tuple.as_ptr()).unsigned_abs();
            Ok(Items {
                attached: self.attached,
                tuple,
                count,
            })
        }
    }

    /// A result that may stand for an exception, where it looks so.
    fn unless_raised(self, suspicious: bool) -> Result<()> {
        // SAFETY: attached.
        match suspicious && unsafe { !(self.attached.api.PyErr_Occurred)().is_null() } {
            true => Err(exception(self.attached)),
            false => Ok(()),
        }
    }
}

/// Objects that a tuple of ours keeps.
pub(super) struct Items {
    attached: Attached,
    tuple: Ref,
    count: usize,
}

impl Items {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The k-th, borrowed.
    pub(super) fn get(&self, k: usize) -> *mut PyObject {
        // SAFETY: attached; a tuple, and an index that is checked.
        unsafe { (self.attached.api.PyTuple_GetItem)(self.tuple.as_ptr(), k as isize) }
    }
}

/// One number for each dimension.
pub(super) struct Numbers {
    numbers: [isize; MAX_DIMS],
    count: usize,
}

impl Numbers {
    fn new() -> Self {
        Self {
            numbers: [0; MAX_DIMS],
            count: 0,
        }
    }

    /// Those of some objects.
    pub(super) fn of(
        attached: Attached,
        objects: impl ExactSizeIterator<Item = *mut PyObject>,
    ) -> Result<Self> {
        let count = objects.len();
        if count > MAX_DIMS {
            return fail!(
                Value,
                "{count} dimensions: at most {MAX_DIMS} can be described"
            );
        }
        let mut numbers = Self::new();
        for object in objects {
            numbers.push(Argument { attached, object }.number()?);
        }
        Ok(numbers)
    }

    fn push(&mut self, number: isize) {
        self.numbers[self.count] = number;
        self.count += 1;
    }

    pub(super) fn as_slice(&self) -> &[isize] {
        &self.numbers[..self.count]
    }
}
