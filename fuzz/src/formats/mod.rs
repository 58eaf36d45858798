//! Formats: any text, and texts made by the grammar, read in every dialect.
//!
//! Of any text the errors are looked at, and what holds of any format; of one that was made
//! by the grammar the place, kind, size and order of each element are known before
//! ([`model`]).

mod codes;
mod fields;
mod grammar;
mod leaves;
mod model;
mod spelling;
mod strided;
mod values;

use std::ffi::CString;

use pybuf::error::Kind;
use pybuf::format::{Dialect, Format, size_of_text};

use super::bytes::Bytes;
use codes::Mark;
use grammar::Maker;

const DIALECTS: [Dialect; 4] = [
    Dialect::Pep3118,
    Dialect::Struct,
    Dialect::NumPy,
    Dialect::Ctypes,
];

/// Members of one text.
const MEMBERS: usize = 24;
/// Elements that are compared one by one.
const LEAVES: usize = 512;

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let text = match bytes.below(4) {
        0 => any_text(&mut bytes),
        how => text_of_grammar(&mut bytes, how == 3),
    };
    let read: Vec<(Dialect, Format)> = DIALECTS
        .into_iter()
        .filter_map(|dialect| Some((dialect, read(&text, dialect)?)))
        .collect();
    for (dialect, format) in &read {
        fields::examine(format);
        spelling::examine(format, *dialect, &mut bytes);
        values::examine(format, &mut bytes);
        strided::examine(format, *dialect, &mut bytes);
        read.iter()
            .for_each(|(_, other)| spelling::compare(format, other));
    }
}

/// Whatever there is, up to a NUL.
fn any_text(bytes: &mut Bytes<'_>) -> CString {
    let length = usize::from(bytes.byte());
    let text = bytes.several(length, Bytes::byte);
    let until_nul = text.split(|&byte| byte == 0).next();
    CString::new(until_nul.unwrap_or_default()).expect("no NUL")
}

/// A text of one of the dialects, which reads it as the model does; sometimes it is spoiled
/// afterwards.
fn text_of_grammar(bytes: &mut Bytes<'_>, huge: bool) -> CString {
    let dialect = bytes.pick(&DIALECTS);
    let members = Maker {
        bytes: &mut *bytes,
        dialect,
        mark: Mark::NONE,
        left: MEMBERS,
        huge,
    }
    .members(0);
    let mut text = Vec::new();
    grammar::write(&members, &mut text);
    let whole = CString::new(text.clone()).expect("no NUL");
    let expected = model::whole(&members, dialect);
    let read = read(&whole, dialect);
    match (&read, expected) {
        (None, Err(model::TooLarge)) => {}
        (Some(format), Ok(expected)) => {
            assert_eq!(
                format.itemsize() as u128,
                expected.size,
                "{dialect}: {format}"
            );
            let (found, expected) = (
                leaves::of(format, LEAVES),
                expected.leaves(&members, LEAVES),
            );
            assert_eq!(found, expected, "{dialect}: {format}");
        }
        (read, expected) => panic!("{dialect}, {whole:?}: {read:?}, {expected:?}"),
    }
    if bytes.rarely(4) && !text.is_empty() {
        let at = bytes.below(text.len().min(256));
        text[at] = bytes.byte().max(1);
    }
    CString::new(text).expect("no NUL")
}

/// The format of a text, where it is one.
fn read(text: &CString, dialect: Dialect) -> Option<Format> {
    let format = Format::parse(text, dialect);
    if dialect == Dialect::Struct {
        let size = format.as_ref().map(Format::itemsize);
        assert_eq!(size_of_text(text).as_ref().copied(), size);
    }
    match format {
        Ok(format) => {
            assert_eq!(format.text(), text.as_c_str());
            Some(format)
        }
        Err(error) => {
            let kind = match dialect {
                Dialect::Struct => Kind::Struct,
                _ => Kind::Value,
            };
            assert_eq!(error.kind(), kind, "{text:?}: {error}");
            assert!(
                offset_told(error.message()) <= text.as_bytes().len(),
                "{error}"
            );
            None
        }
    }
}

/// Where an error says that a text is wrong.
fn offset_told(message: &str) -> usize {
    let (_, behind) = message
        .rsplit_once("at offset ")
        .unwrap_or_else(|| panic!("no offset: {message}"));
    let end = behind
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(behind.len());
    behind[..end].parse().expect("a number")
}
