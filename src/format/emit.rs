//! The text of a tree: one spelling for all formats that mean the same.
//!
//! A scalar or a sub-array of them in this machine's order is what everybody writes: `d`,
//! `(2,3)i`. Everything else says what it means without a look at the machine that reads it: an
//! order before each code that has one, `<` or `>`, where it changes; pad bytes, the last ones
//! too. Only what has no standard size (`P O g & X{}`) stands behind `^`: C's sizes, and still no
//! alignment. ctypes has an order before each code, and for nothing else. The `struct` module has
//! one order for all ([`plain`]).
//!
//! What is written reads as an equivalent tree in that dialect, of the same size. Where no text
//! of it would, that is an error: it says which field the dialect has no words for.

use std::fmt;

use super::compare::Element;
use super::dialect::{Dialect, Sizes};
use super::place::Place;
use super::scalar::{ByteOrder, Scalar, ScalarKind};
use super::tree::{Field, MAX_DEPTH, What};
use crate::alloc::try_extend;
use crate::error::{Error, Kind, Result, fail, try_format};
use code::code;

mod code;
mod plain;
#[cfg(test)]
mod tests;

/// No longer text is written: where a dialect has no counts, a few bytes of another one can
/// ask for more than there is memory.
const LONGEST: usize = 1 << 21;

/// Appends the text of an item of so many bytes.
pub(super) fn write(
    root: Field<'_>,
    itemsize: usize,
    dialect: Dialect,
    text: &mut Vec<u8>,
) -> Result<()> {
    let mut writer = Writer::new(root, dialect, text);
    match (dialect, root.what(), root.shape()) {
        (Dialect::Struct, ..) => plain::write(&mut writer, itemsize),
        (_, What::Struct, []) => writer.structure(root, itemsize, 1),
        _ if root.size() != itemsize => fail!(
            Value,
            "items of {itemsize} bytes have no format here: the meaning has {}",
            root.size()
        ),
        _ => {
            // What is native needs no order.
            let is_native = root.scalar().is_some_and(Scalar::is_native);
            writer.is_lone = is_native && dialect != Dialect::Ctypes;
            writer.one_member(root, 1, 0)
        }
    }
}

struct Writer<'a, 't> {
    root: Field<'a>,
    dialect: Dialect,
    /// The order character in force; 0: it depends on who reads.
    mark: u8,
    /// Whether a native scalar is the whole item.
    is_lone: bool,
    text: &'t mut Vec<u8>,
    /// How long the text may become.
    limit: usize,
}

impl<'a, 't> Writer<'a, 't> {
    fn new(root: Field<'a>, dialect: Dialect, text: &'t mut Vec<u8>) -> Self {
        Self {
            root,
            dialect,
            mark: b'@',
            is_lone: false,
            limit: text.len().saturating_add(LONGEST),
            text,
        }
    }

    /// A struct in braces, and all bytes of it.
    fn structure(&mut self, field: Field<'a>, itemsize: usize, depth: usize) -> Result<()> {
        self.enter(field, depth)?;
        self.put(b"T{")?;
        let mut end = 0;
        for member in runs(field, self.dialect) {
            end = self.pad(member, end)?;
            self.member(member, depth)?;
        }
        self.pad_end(field, end, itemsize)?;
        self.put(b"}")
    }

    /// Pad bytes up to a member; the answer is where it ends.
    fn pad(&mut self, member: Field<'a>, end: usize) -> Result<usize> {
        let Some(gap) = member.offset().checked_sub(end) else {
            return fail!(
                Value,
                "{} begins at offset {} and the one before it ends at {end}: the members of a format \
                 follow each other",
                self.place(member),
                member.offset()
            );
        };
        self.pad_bytes(gap)?;
        let bytes = member.size().checked_mul(member.repeat());
        bytes
            .and_then(|bytes| member.offset().checked_add(bytes))
            .ok_or_else(|| self.too_large(member))
    }

    /// Pad bytes behind the last member.
    fn pad_end(&mut self, field: Field<'a>, end: usize, itemsize: usize) -> Result<()> {
        match itemsize.checked_sub(end) {
            Some(gap) => self.pad_bytes(gap),
            None => fail!(
                Value,
                "the fields of {} end at {end}, and it has {itemsize} bytes",
                self.place(field)
            ),
        }
    }

    fn pad_bytes(&mut self, gap: usize) -> Result<()> {
        match gap {
            0 => Ok(()),
            1 => self.put(b"x"),
            _ => self.print(format_args!("{gap}x")),
        }
    }

    /// A member, as often as it repeats.
    fn member(&mut self, member: Field<'a>, depth: usize) -> Result<()> {
        let count = member.repeat();
        let counts = matches!(self.dialect, Dialect::Pep3118 | Dialect::Struct);
        if counts && member.shape().is_empty() && !has_length(member) {
            return self.one_member(member, count, depth);
        }
        for _ in 0..count {
            self.one_member(member, 1, depth)?;
        }
        Ok(())
    }

    fn one_member(&mut self, member: Field<'a>, count: usize, depth: usize) -> Result<()> {
        self.shape(member)?;
        match member.what() {
            What::Scalar(scalar) if self.dialect == Dialect::NumPy && is_empty_array(member) => {
                fail!(
                    Value,
                    "{} is a sub-array of {scalar}: NumPy has none of elements without a byte",
                    self.place(member)
                )?
            }
            What::Scalar(scalar) if !is_padding(member) => {
                self.scalar(member, scalar, count, depth)?;
            }
            // Without a name bytes without a meaning are no member: a struct of them is one.
            _ => {
                self.count(count)?;
                self.structure(member, member.itemsize(), depth + 1)?;
            }
        }
        match member.name().filter(|_| self.dialect.nests()) {
            Some(name) => {
                self.put(b":")?;
                self.put(name)?;
                self.put(b":")
            }
            None => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        field: Field<'a>,
        scalar: Scalar,
        count: usize,
        depth: usize,
    ) -> Result<()> {
        if let Some(target) = field.target().filter(|_| self.dialect.points()) {
            return self.pointer(field, target, count, depth + 1);
        }
        let Some(code) = code(scalar, self.dialect) else {
            return fail!(
                Value,
                "{} is {}: {} has no code for that",
                self.place(field),
                Element(field),
                self.dialect
            );
        };
        self.order(scalar, code.sizes)?;
        self.count(count)?;
        match code.length {
            Some(length) if length != 1 || scalar.kind == ScalarKind::Text => {
                self.print(format_args!("{length}"))?;
            }
            _ => {}
        }
        self.put(code.letters.as_bytes())?;
        match scalar.kind {
            ScalarKind::Function => self.signature(field, depth + 1),
            _ => Ok(()),
        }
    }

    /// `&` and what it points to, which may say an order of its own.
    fn pointer(
        &mut self,
        field: Field<'a>,
        target: Field<'a>,
        count: usize,
        depth: usize,
    ) -> Result<()> {
        self.enter(field, depth)?;
        if self.dialect != Dialect::Ctypes {
            self.mark(b'^')?;
        }
        self.count(count)?;
        self.put(b"&")?;
        self.is_lone = false;
        self.one_member(target, 1, depth)?;
        self.mark = 0;
        Ok(())
    }

    /// ctypes writes none.
    fn signature(&mut self, field: Field<'a>, depth: usize) -> Result<()> {
        self.put(b"{")?;
        if self.dialect != Dialect::Ctypes {
            self.enter(field, depth.saturating_add(signature_depth(field)))?;
            self.put(field.signature().unwrap_or(b""))?;
        }
        self.mark = 0;
        self.put(b"}")
    }

    /// The order character that a code needs.
    fn order(&mut self, scalar: Scalar, sizes: Sizes) -> Result<()> {
        match (self.dialect, scalar.byte_order()) {
            (Dialect::Ctypes, _) if scalar.kind == ScalarKind::Function => Ok(()),
            (Dialect::Ctypes, _) => self.put(&[scalar.order.mark()]),
            _ if sizes == Sizes::Native => self.mark(b'^'),
            (_, Some(order)) => self.mark(order.mark()),
            // It would be aligned like any other text.
            (_, None) if scalar.kind == ScalarKind::Text => self.mark(ByteOrder::NATIVE.mark()),
            (_, None) => Ok(()),
        }
    }

    fn mark(&mut self, mark: u8) -> Result<()> {
        if self.is_lone || self.mark == mark {
            return Ok(());
        }
        self.mark = mark;
        self.put(&[mark])
    }

    fn shape(&mut self, field: Field<'a>) -> Result<()> {
        let shape = field.shape();
        for (k, length) in shape.iter().enumerate() {
            let before = if k == 0 { '(' } else { ',' };
            self.print(format_args!("{before}{length}"))?;
        }
        self.put(if shape.is_empty() { b"" } else { b")" })
    }

    fn count(&mut self, count: usize) -> Result<()> {
        match count {
            1 => Ok(()),
            _ => self.print(format_args!("{count}")),
        }
    }

    fn enter(&self, field: Field<'a>, depth: usize) -> Result<()> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        fail!(
            Value,
            "{} is nested more than {MAX_DEPTH} deep, with the item around it",
            self.place(field)
        )
    }

    fn place(&self, field: Field<'a>) -> Place<'a> {
        Place::new(self.root, field.index)
    }

    fn too_large(&self, field: Field<'a>) -> Error {
        let place = self.place(field);
        Error::new(
            Kind::Overflow,
            format_args!("{place} reaches further than Py_ssize_t can tell"),
        )
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        if self.limit - self.text.len() < bytes.len() {
            return fail!(
                Overflow,
                "{} would need a text of more than {LONGEST} bytes for this format",
                self.dialect
            );
        }
        Ok(try_extend(self.text, bytes)?)
    }

    fn print(&mut self, number: fmt::Arguments<'_>) -> Result<()> {
        let text = try_format(number).ok_or(Error::no_memory())?;
        self.put(text.as_bytes())
    }
}

/// The members of a struct; those that are read as one that repeats are one.
fn runs<'a>(field: Field<'a>, dialect: Dialect) -> impl Iterator<Item = Field<'a>> {
    let is_plain = move |field: &Field<'_>| match dialect {
        Dialect::Struct => field.scalar().is_some() && field.shape().is_empty(),
        _ => field.is_plain(),
    };
    let mut fields = field.fields().peekable();
    std::iter::from_fn(move || {
        let mut member = fields.next()?;
        while let Some(next) = fields.next_if(|next| {
            let end = member.offset() + member.size() * member.repeat();
            let follows = next.what() == member.what() && next.offset() == end;
            follows && is_plain(&member) && is_plain(next)
        }) {
            member.node.repeat += next.repeat();
        }
        Some(member)
    })
}

/// Whether its count says a length, so that it cannot say how often it repeats. `2w` is one text; `2u` are two characters.
fn has_length(field: Field<'_>) -> bool {
    let is_w = |scalar: Scalar| scalar.kind == ScalarKind::Unicode && scalar.size == 4;
    let counted = field.node.has_length() || field.scalar().is_some_and(is_w);
    counted && !is_padding(field)
}

/// Whether it is a sub-array of texts or bytes of length 0.
fn is_empty_array(field: Field<'_>) -> bool {
    field.itemsize() == 0 && !field.shape().is_empty() && !is_padding(field)
}

/// Whether its code would be read as padding.
fn is_padding(field: Field<'_>) -> bool {
    let is_void = |scalar: Scalar| scalar.kind == ScalarKind::Void;
    field.name().is_none() && field.scalar().is_some_and(is_void)
}

/// A signature is nested at most so deep.
pub(super) fn signature_depth(field: Field<'_>) -> usize {
    let opens = |byte: &&u8| matches!(byte, b'{' | b'&');
    let signature = field.signature().unwrap_or(b"");
    signature.iter().filter(opens).count()
}
