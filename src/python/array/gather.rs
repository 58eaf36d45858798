//! Items from any source, converted: out of reach of whatever a conversion runs.
//!
//! Other arrays and buffers of the same kind of item are taken as they are; whatever else can
//! be iterated over, item by item. Where items are bytes, every buffer is.

use super::super::attached::Attached;
use super::super::kind::is_exactly;
use super::super::raise::{class_name, exception};
use super::super::reference::Ref;
use super::super::source;
use super::super::state::State;
use super::super::types::{Sort, Type};
use super::super::value::{is_a, unless_raised};
use super::access::Array;
use crate::abi::PyObject;
use crate::alloc::try_extend;
use crate::error::{Error, Kind, Result, fail};
use crate::exporter::{Exporter, Items};
use crate::layout::{Contiguity, Order, Slice};
use crate::view::{View, Want};

/// What is taken for a source of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// Whatever can be iterated over, but no array of another kind.
    Any,
    /// Arrays and buffers of the same kind, and nothing else.
    Arrays,
    /// Whatever can be iterated over.
    Convertible,
}

/// Items that nobody changes any more, or that are lent.
pub(super) enum Gathered {
    Converted { bytes: Vec<u8>, count: usize },
    Copied { copy: Exporter, count: usize },
    Lent { view: View, count: usize },
}

impl Gathered {
    /// They are there as long as `self` is.
    pub(super) fn items(&self) -> Items {
        let (bytes, count) = match self {
            Self::Converted { bytes, count } => (bytes.as_ptr(), *count),
            Self::Copied { copy, count } => (copy.data().cast_const(), *count),
            Self::Lent { view, count } => (view.data().cast_const(), *count),
        };
        Items { bytes, count }
    }
}

impl Array {
    /// All items of a source. This may run any code.
    pub(super) fn gather(&self, source: *mut PyObject, take: Take) -> Result<Gathered> {
        let found = match as_array(self.attached, source)? {
            Some(other) => self.of_array(&other, take)?,
            None => self.of_buffer(source, take)?,
        };
        match found {
            Some(items) => Ok(items),
            None if take == Take::Arrays => Err(self.no_array(source)),
            None => self.of_iterable(source),
        }
    }

    /// A copy: who has a buffer of an array may not change its size, and this may be the very
    /// array that is about to.
    fn of_array(&self, other: &Self, take: Take) -> Result<Option<Gathered>> {
        if self.is_bytes || self.scalar == other.scalar {
            let copy = other.copy(Slice::ALL)?;
            let count = copy.layout().nbytes() / self.scalar.size;
            return Ok(Some(Gathered::Copied { copy, count }));
        }
        match take {
            Take::Convertible => Ok(None),
            Take::Any | Take::Arrays => Err(other_kind()),
        }
    }

    fn of_buffer(&self, source: *mut PyObject, take: Take) -> Result<Option<Gathered>> {
        let Some(view) = view_of(self.attached, source)? else {
            return Ok(None);
        };
        let is_same = view.layout().ndim() == 1 && view.format().scalar() == Some(self.scalar);
        if self.is_bytes || is_same {
            return self.bytes_of(view).map(Some);
        }
        drop(view);
        match take != Take::Convertible && is_pythons_array(self.attached, source)? {
            true => Err(other_kind()),
            false => Ok(None),
        }
    }

    /// All bytes of a view, as items; they are whole ones.
    pub(super) fn bytes_of(&self, view: View) -> Result<Gathered> {
        let count = view.layout().nbytes() / self.scalar.size;
        match view.layout().is_contiguous(Contiguity::In(Order::C)) {
            true => Ok(Gathered::Lent { view, count }),
            false => Ok(Gathered::Copied {
                copy: self.copy_of(&view)?,
                count,
            }),
        }
    }

    fn of_iterable(&self, source: *mut PyObject) -> Result<Gathered> {
        let (attached, api) = (self.attached, self.attached.api);
        // SAFETY: attached; an object.
        let iterator = unsafe { (api.PyObject_GetIter)(source) };
        let iterator = Ref::owned(attached, iterator).ok_or_else(|| exception(attached))?;
        let (mut bytes, mut count) = (Vec::new(), 0);
        loop {
            // SAFETY: attached; an iterator.
            let item = unsafe { (api.PyIter_Next)(iterator.as_ptr()) };
            let Some(item) = Ref::owned(attached, item) else {
                unless_raised(attached)?;
                return Ok(Gathered::Converted { bytes, count });
            };
            try_extend(&mut bytes, self.pack(item.as_ptr())?.as_slice())?;
            count += 1;
        }
    }

    #[cold]
    fn no_array(&self, source: *mut PyObject) -> Error {
        let class = class_name(self.attached, source);
        let class = class.as_deref().unwrap_or("another object");
        let text = match self.is_bytes {
            true => format_args!("can't concat {class} to bytearray"),
            false => format_args!(
                "can only extend array with an array or buffer of the same kind (not \"{class}\")"
            ),
        };
        Error::new(Kind::Type, text)
    }
}

/// The object as an array of this library, if it is one of this interpreter's.
pub(super) fn as_array(attached: Attached, object: *mut PyObject) -> Result<Option<Array>> {
    let ours = State::current(&attached)?.type_for(Type::Exporter(Sort::Growing))?;
    let is_ours = is_exactly(attached, object, ours);
    // SAFETY: an instance, which the caller keeps.
    Ok(is_ours.then(|| unsafe { Array::of(object) }))
}

/// A view of an object's buffer; `None` where it has none.
pub(super) fn view_of(attached: Attached, object: *mut PyObject) -> Result<Option<View>> {
    // SAFETY: attached; an object.
    if unsafe { (attached.api.PyObject_CheckBuffer)(object) } == 0 {
        return Ok(None);
    }
    let anything = Want {
        indirect: true,
        unaligned: true,
        ..Want::default()
    };
    // SAFETY: an object of this interpreter.
    unsafe { source::view(object, &anything) }.map(Some)
}

/// Whether it is an `array.array`, which refuses arrays of other kinds.
fn is_pythons_array(attached: Attached, object: *mut PyObject) -> Result<bool> {
    let api = attached.api;
    let made = |object| Ref::owned(attached, object).ok_or_else(|| exception(attached));
    // SAFETY: attached; C strings, and a module.
    let class = unsafe {
        let module = made((api.PyImport_ImportModule)(c"array".as_ptr()))?;
        made((api.PyObject_GetAttrString)(
            module.as_ptr(),
            c"array".as_ptr(),
        ))?
    };
    is_a(attached, object, class.as_ptr())
}

fn other_kind() -> Error {
    Error::fixed(Kind::Type, "can only extend with array of same kind")
}

impl Array {
    /// Bytes of any buffer as items, as `frombytes()` takes them.
    pub(super) fn gather_bytes(&self, source: *mut PyObject) -> Result<Gathered> {
        if let Some(other) = as_array(self.attached, source)? {
            let copy = other.copy(Slice::ALL)?;
            let count = self.whole(copy.layout().nbytes())?;
            return Ok(Gathered::Copied { copy, count });
        }
        let Some(view) = view_of(self.attached, source)? else {
            let class = class_name(self.attached, source);
            let class = class.as_deref().unwrap_or("another object");
            return fail!(Type, "a bytes-like object is required, not '{class}'");
        };
        self.whole(view.layout().nbytes())?;
        self.bytes_of(view)
    }

    /// How many items so many bytes are.
    fn whole(&self, size: usize) -> Result<usize> {
        match size % self.scalar.size {
            0 => Ok(size / self.scalar.size),
            _ => fail!(
                Value,
                "bytes length not a multiple of item size: {size} bytes, items of {}",
                self.scalar.size
            ),
        }
    }
}
