//! What one item is: the PEP 3118 format.
//!
//! A [`Format`] is a text, an item size, and what the text means: which field lies where in an
//! item, of which kind, size and byte order ([`Field`]). The same text means different things
//! to different programs, so it is read in a [`Dialect`].
//!
//! ```
//! use pybuf::format::{Dialect, Format, Value};
//!
//! let format = Format::parse(c"<i:id: 2d:at:", Dialect::Pep3118)?;
//! let places: Vec<_> = format.root().unwrap().fields().map(|field| field.offset()).collect();
//! assert_eq!((format.itemsize(), places), (20, vec![0, 4]));
//!
//! let mut item = [0; 20];
//! item[0] = 7;
//! let values = format.unpack(&item)?;
//! assert_eq!(values.item(0).at(0).value(), Some(Value::Signed(7)));
//! assert_eq!(values.item(0).at(1).len(), 2);
//!
//! let other = Format::parse(c"T{<i:id:(2)<f:at:}", Dialect::NumPy)?;
//! let difference = format.difference(&other).unwrap().to_string();
//! assert_eq!(difference, "field 'at' is float64 at offset 4, against float32 at offset 4");
//! # Ok::<(), pybuf::Error>(())
//! ```
//!
//! The item size always wins over the text. Exporters in the wild disagree with themselves
//! (`calcsize(format) != itemsize` for padded structs, unions, bit fields), so a text that
//! no dialect reads as items of the stated size is *opaque*: it is kept as it is, which is
//! enough to lend it on, to move its items and to hand them out as bytes.
//!
//! `docs/formats.md` says where the dialects part.

// The files, from a text to the bytes of an item:
//
// | file | what is in it |
// |---|---|
// | `dialect` `scalar` `platform` | the letters: which there are, what each means, what C's types are here |
// | `single` | a text that is one code |
// | `text` | the copy of a text, and how it is shown |
// | `parse` `fault` `unknown` | a text taken apart; where it is wrong; what nobody has agreed on |
// | `stated` `reading` | the text of a stranger, by its item size; what came of it |
// | `tree` `sizes` `graft` | the fields of a format, their bytes counted, and put into another tree |
// | `place` `path` | a field told to a reader, and found by a reader's words |
// | `emit` `from_tree` | fields as the text of a dialect, and as a format |
// | `members` `c_layout` | a struct made of its members; where C would have put them |
// | `compare` | whether two formats mean the same, and where they part |
// | `pairs` | the scalars of two formats whose values are compared |
// | `value` `half` `long_double` | what an item says, and floats that Rust does not have |
// | `swap` | what to turn round in an item to have it in the other byte order |
// | `in_place` | formats of one number, written over one another |
// | `known` | code compiled for each scalar that it may meet |
// | `item` `misfit` | one scalar unpacked and packed; why a value does not fit |
// | `sought` | a value that is looked for among items |
// | `unpack` `unpacked` `pack` | whole items, nested ones too |
mod c_layout;
mod compare;
mod dialect;
mod emit;
mod fault;
mod from_tree;
mod graft;
mod half;
#[cfg(test)]
mod hostile;
#[cfg(feature = "python")]
mod in_place;
mod item;
mod known;
mod long_double;
mod members;
mod misfit;
mod pack;
mod pairs;
mod parse;
mod path;
mod place;
mod platform;
mod reading;
mod scalar;
mod single;
mod sizes;
mod sought;
mod stated;
mod swap;
mod text;
mod tree;
pub(crate) mod unknown;
mod unpack;
mod unpacked;
mod value;

pub use c_layout::CDifference;
pub use compare::Difference;
pub use dialect::Dialect;
pub use members::Member;
pub use pack::{Given, Nested, Part};
pub use scalar::{ByteOrder, Scalar, ScalarKind};
pub use tree::{Field, Fields, What};
pub use unpacked::{Unpacked, Values};
pub use value::Value;

pub(crate) use half::value_of as half_value;
pub(crate) use long_double::equal as are_same_long_doubles;
pub(crate) use pack::{pack, staged};
pub(crate) use pairs::{Pair, each_pair};
pub(crate) use path::FieldItems;
pub(crate) use platform::size::LONG_DOUBLE;
pub(crate) use single::size_of_letter;
pub(crate) use swap::{Step, Swap};
pub(crate) use text::Shown;
pub(crate) use unpack::{Bytes, BytesSort, Elements, Sequences, Unpacking, block, unpack};

use std::ffi::{CStr, c_char};
use std::fmt;

use crate::error::{Error, Kind, Result, fail};
use reading::{Lazy, Meaning, Reading, single_alignment};
use text::Text;

/// The format of an item: its text, its size and its fields.
///
/// ```
/// use pybuf::format::{Dialect, Format};
///
/// let bodies = Format::parse(c"T{>i:id:(3)d:position:}", Dialect::Pep3118)?;
/// let root = bodies.root().expect("fields");
/// let fields: Vec<_> = root.fields().map(|field| (field.name(), field.offset(), field.shape())).collect();
/// assert_eq!(fields, [(Some(&b"id"[..]), 0, &[][..]), (Some(&b"position"[..]), 4, &[3][..])]);
///
/// let wrong = Format::parse(c"T{>i:id:(3)d:position:", Dialect::Pep3118).unwrap_err();
/// assert!(wrong.message().contains("at offset 22: the text ends, where '}' is expected"));
/// # Ok::<(), pybuf::Error>(())
/// ```
#[derive(Debug)]
pub struct Format {
    text: Text,
    itemsize: usize,
    meaning: Lazy,
}

static OPAQUE: Meaning = Meaning::Opaque;

impl Format {
    /// Unsigned bytes: what a missing format means.
    pub const BYTES: Self = Self {
        text: Text::BYTES,
        itemsize: 1,
        meaning: Lazy::Known(Meaning::Scalar(Scalar::BYTE, 1)),
    };

    /// Reads a text as a dialect means it. The error says at which offset it is wrong, and what
    /// was expected there: of `Kind::Struct` in the dialect of Python's `struct`, else of
    /// `Kind::Value`.
    pub fn parse(text: &CStr, dialect: Dialect) -> Result<Self> {
        let text = Text::new(text.to_bytes_with_nul())?;
        let bytes = text.until_nul().to_bytes();
        let Reading { meaning, size } =
            Reading::of(bytes, dialect).map_err(|fault| fault.error(bytes, dialect))?;
        Ok(Self {
            text,
            itemsize: size,
            meaning: Lazy::Known(meaning),
        })
    }

    /// A format whose author can be asked to say it right: text and size must agree.
    pub fn new(text: &CStr, itemsize: Option<usize>) -> Result<Self> {
        let format = match itemsize {
            None => Self::parse(text, Dialect::Pep3118)?,
            Some(size) => {
                let stated = Self::stated(Some(text), size)?;
                match stated.try_meaning()? {
                    Meaning::Opaque => return Err(Self::no_reading(text, size)),
                    _ => stated,
                }
            }
        };
        if format.itemsize == 0 {
            return fail!(
                Value,
                "items of format {} have size 0",
                Shown(text.to_bytes())
            );
        }
        Ok(format)
    }

    /// As [`Format::new`]; without a text the items are bytes, as many as said or one.
    pub fn said(text: Option<&CStr>, itemsize: Option<usize>) -> Result<Self> {
        match (text, itemsize) {
            (Some(text), itemsize) => Self::new(text, itemsize),
            (None, itemsize) => Self::stated(None, itemsize.unwrap_or(1)),
        }
    }

    /// The error for an author who states another size than the text does.
    #[cold]
    fn contradiction(&self, itemsize: usize) -> Error {
        let text = format_args!(
            "format {self} has items of {} bytes, but itemsize is {itemsize}: \
             leave it out, or give the format of such items",
            self.itemsize
        );
        Error::new(Kind::Value, text)
    }

    /// A format as somebody else's exporter states it: whatever the text is, the item
    /// size wins. No text means bytes: `B`, or `4s` say for items of 4 bytes. What is more than
    /// a single code is read when it is first asked for.
    pub fn stated(text: Option<&CStr>, itemsize: usize) -> Result<Self> {
        match text {
            Some(text) => Ok(Self::of_size(
                Text::new(text.to_bytes_with_nul())?,
                itemsize,
            )),
            None if itemsize == 1 => Ok(Self::BYTES),
            None => {
                let text = crate::error::try_format(format_args!("{itemsize}s\0"));
                let text = text.ok_or(Error::no_memory())?;
                Ok(Self::of_size(Text::new(text.as_bytes())?, itemsize))
            }
        }
    }

    /// The copy is what is read: whose text it is may change it meanwhile.
    fn of_size(text: Text, itemsize: usize) -> Self {
        let bytes = text.until_nul().to_bytes();
        let single = Scalar::parse(bytes).filter(|scalar| scalar.size == itemsize);
        let meaning = match single {
            Some(scalar) => {
                let alignment = single_alignment(scalar, bytes);
                Lazy::Known(Meaning::Scalar(scalar, alignment))
            }
            None => Lazy::unread(),
        };
        Self {
            text,
            itemsize,
            meaning,
        }
    }

    /// Reads the text, if nobody has yet. An error is lack of memory, which whoever asks in
    /// another way cannot tell from an opaque text.
    pub(crate) fn read(&self) -> Result<()> {
        self.try_meaning().map(|_| ())
    }

    fn try_meaning(&self) -> Result<&Meaning> {
        self.meaning.get(|| {
            let bytes = self.text().to_bytes();
            let reading = Reading::that_fits(bytes, self.itemsize)
                .map_err(|fault| fault.error(bytes, Dialect::Pep3118))?;
            Ok(reading.map_or(Meaning::Opaque, |reading| reading.meaning))
        })
    }

    #[inline]
    fn meaning(&self) -> &Meaning {
        self.try_meaning().unwrap_or(&OPAQUE)
    }

    /// The error for a stated text and size that no reading brings together.
    #[cold]
    pub(crate) fn no_reading(text: &CStr, itemsize: usize) -> Error {
        match Self::parse(text, Dialect::Pep3118) {
            Ok(strict) if strict.itemsize == itemsize => Error::new(
                Kind::Value,
                format_args!(
                    "format {} does not tell where the fields of its {itemsize} bytes lie: NumPy writes such \
                     for arrays of padded structs, and ctypes for unions; make the format from its members",
                    Shown(text.to_bytes())
                ),
            ),
            Ok(strict) => strict.contradiction(itemsize),
            Err(error) => error,
        }
    }

    /// A copy; `Clone` could not say that there is no memory.
    pub fn try_clone(&self) -> Result<Self> {
        Ok(Self {
            text: Text::new(self.text.bytes())?,
            itemsize: self.itemsize,
            meaning: self.meaning.clone(),
        })
    }

    /// Bytes of one item.
    pub fn itemsize(&self) -> usize {
        self.itemsize
    }

    /// What the format aligns its items to: C's alignment where it says `@`, else 1.
    pub fn alignment(&self) -> usize {
        match *self.meaning() {
            Meaning::Scalar(_, alignment) | Meaning::Tree(_, alignment) => alignment.into(),
            Meaning::Opaque => 1,
        }
    }

    /// What an item is, where it is a single number, character or address, or a run of bytes.
    #[inline]
    pub fn scalar(&self) -> Option<Scalar> {
        match *self.meaning() {
            Meaning::Scalar(scalar, _) => Some(scalar),
            _ => None,
        }
    }

    /// The item as a field; `None` where the text is opaque.
    pub fn root(&self) -> Option<Field<'_>> {
        match self.meaning() {
            Meaning::Scalar(scalar, alignment) => Some(Field::of_scalar(*scalar, *alignment)),
            Meaning::Tree(tree, _) => Some(Field::of_tree(tree)),
            Meaning::Opaque => None,
        }
    }

    /// Whether there is a reference to a Python object in an item, as far as is known.
    pub(crate) fn holds_objects(&self) -> bool {
        fn holds(field: &Field<'_>) -> bool {
            match field.what() {
                What::Scalar(scalar) => scalar.kind == ScalarKind::Object,
                What::Struct => field.fields().any(|member| holds(&member)),
            }
        }
        self.root().is_some_and(|root| holds(&root))
    }

    /// The item as a field, for whoever asks what a format means.
    fn meant(&self) -> Result<Field<'_>> {
        self.read()?;
        match self.root() {
            Some(root) => Ok(root),
            None => fail!(
                Value,
                "no dialect reads format {} as items of {} bytes: what is in them is not known",
                Shown(self.text().to_bytes()),
                self.itemsize
            ),
        }
    }

    /// The item as a field, for whoever wants its values: as with Python's memoryview it is no
    /// wrong argument then, but something that nobody has implemented.
    pub(crate) fn known(&self) -> Result<Field<'_>> {
        self.read()?;
        match self.root() {
            Some(root) => Ok(root),
            None => fail!(
                NotImplemented,
                "nothing is known of items of {} bytes with the format {}: \
                 they can be moved as bytes, but have no values",
                self.itemsize(),
                Shown(self.text().to_bytes())
            ),
        }
    }

    /// The text.
    pub fn text(&self) -> &CStr {
        self.text.until_nul()
    }

    /// The text as C sees it: valid as long as this format stays where it is.
    pub fn as_ptr(&self) -> *const c_char {
        self.text.bytes().as_ptr().cast()
    }
}

/// Bytes of an item as Python's `struct.calcsize` tells them.
pub fn size_of_text(text: &CStr) -> Result<usize> {
    let (text, dialect) = (text.to_bytes(), Dialect::Struct);
    parse::size(text, dialect).map_err(|fault| fault.error(text, dialect))
}

/// `'>d' (big-endian float64)`; `'T{i:a:}' (items of 4 bytes)`.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Shown(self.text().to_bytes()))?;
        // By the text alone: to tell of a format is no reason to read it, which may need memory.
        let single = Scalar::parse(self.text().to_bytes());
        match single.filter(|scalar| scalar.size == self.itemsize) {
            Some(scalar) => write!(f, " ({scalar})"),
            None => write!(f, " (items of {} bytes)", self.itemsize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_code_says_its_size() {
        let format = Format::new(c">d", None).unwrap();
        assert_eq!(format.itemsize(), 8);
        let order = if cfg!(target_endian = "little") {
            "big-endian "
        } else {
            ""
        };
        assert_eq!(format.to_string(), format!("'>d' ({order}float64)"));
        assert_eq!(Format::BYTES.to_string(), "'B' (uint8)");
        assert_eq!(Format::BYTES.text(), c"B");
    }

    #[test]
    fn a_struct_says_its_size_and_its_fields() {
        let text = c"T{<i:a:<d:b:}";
        let format = Format::new(text, None).unwrap();
        assert_eq!((format.text(), format.itemsize()), (text, 12));
        assert_eq!(format.scalar(), None);
        let copy = format.try_clone().unwrap();
        let fields: Vec<_> = copy.root().unwrap().fields().collect();
        assert_eq!(fields[1].name(), Some(&b"b"[..]));
        assert_eq!((fields[1].offset(), fields[1].itemsize()), (4, 8));
    }

    #[test]
    fn text_that_is_none_is_refused_and_kept_where_a_stranger_states_it() {
        let text = c"T{<i:a:<y:b:}";
        let error = Format::new(text, Some(12)).unwrap_err();
        assert_eq!(error.kind(), Kind::Value);
        assert!(
            error.message().contains("at offset 8: 'y' is no code"),
            "{error}"
        );
        let format = Format::stated(Some(text), 12).unwrap();
        assert!(format.root().is_none());
        assert_eq!(format.try_clone().unwrap().text(), text);
    }

    /// Whoever only lends a buffer on does not pay for its fields.
    #[test]
    fn what_is_stated_is_read_when_it_is_asked_for() {
        let unread = |format: &Format| match &format.meaning {
            Lazy::Unread(place) => place.get().is_none(),
            Lazy::Known(_) => false,
        };
        let format = Format::stated(Some(c"T{<i:a:<d:b:}"), 12).unwrap();
        let early = format.try_clone().unwrap();
        assert!(unread(&format) && unread(&early));
        assert_eq!(format.root().unwrap().fields().count(), 2);
        assert!(!unread(&format) && !unread(&format.try_clone().unwrap()));
        assert!(early.is_equivalent(&format));
        assert!(!unread(&Format::stated(Some(c">d"), 8).unwrap()));
    }

    #[test]
    fn the_item_size_tells_how_a_text_was_meant() {
        let offset_of_b = |text, itemsize| {
            let format = Format::stated(Some(text), itemsize).unwrap();
            let field = format.root()?.fields().nth(1)?;
            Some(field.offset())
        };
        assert_eq!(offset_of_b(c"T{<b:a:<i:b:}", 5), Some(1));
        assert_eq!(offset_of_b(c"T{<b:a:<i:b:}", 8), Some(4));
        assert_eq!(offset_of_b(c"T{<i:a:<i:b:}", 4), None);
        assert_eq!(offset_of_b(c"ib", 8), Some(4));
    }

    #[test]
    fn an_author_is_told_of_a_contradiction_and_a_stranger_is_believed() {
        let error = Format::new(c"i", Some(8)).unwrap_err();
        assert!(
            error.message().contains("(int32) has items of 4 bytes"),
            "{error}"
        );
        let union = Format::stated(Some(c"B"), 8).unwrap();
        assert_eq!((union.itemsize(), union.scalar()), (8, None));
    }

    #[test]
    fn no_format_is_bytes() {
        assert_eq!(Format::stated(None, 1).unwrap().text(), c"B");
        assert_eq!(Format::stated(None, 4).unwrap().text(), c"4s");
        assert_eq!(
            Format::stated(None, 123_456_789).unwrap().text(),
            c"123456789s"
        );
    }

    #[test]
    fn a_strange_text_is_shown_safely() {
        assert_eq!(Shown(b"a\xff\n").to_string(), "'a\\xff\\n'");
        assert!(Shown(&[b'x'; 500]).to_string().len() < 80);
    }
}
