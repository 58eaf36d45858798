//! A field by its path: `a.b[1][2].c`.
//!
//! Behind a struct a name follows a dot, and `[1]` is its second member, with a name or without.
//! Behind a sub-array `[1]` is its second row. A name may have dots and brackets in it: the
//! longest name that fits is taken, so a name that is all of the rest comes first.

use std::fmt;

use super::place::{Count, Shape};
use super::tree::{Field, Range, Tree, What};
use super::{Format, Shown, graft};
use crate::alloc::try_extend;
use crate::error::{Error, Kind, Result};

#[cfg(test)]
mod tests;

/// What a field is made of.
#[derive(Debug)]
pub(crate) struct FieldItems {
    /// The format of one element.
    pub(crate) format: Format,
    /// Where the field begins in an item.
    pub(crate) offset: usize,
    /// The dimensions of a sub-array.
    pub(crate) shape: Vec<usize>,
}

impl Format {
    /// The field that a path such as `a.b[1]` leads to, and its offset in the item. `[1]` is an
    /// index of a sub-array, or the second member of a struct, counted from 0.
    pub fn field(&self, path: &[u8]) -> Result<(Self, usize)> {
        let found = find(self.meant()?, path)?;
        let mut tree = Tree::default();
        graft::copy(&mut tree, found.field)?;
        let root = &mut tree.nodes[0];
        (root.offset, root.name) = (0, None);
        Ok((Self::of_tree(&tree)?, found.offset))
    }

    /// The elements of the field that a path leads to.
    pub(crate) fn field_items(&self, path: &[u8]) -> Result<FieldItems> {
        let found = find(self.meant()?, path)?;
        let mut tree = Tree::default();
        graft::copy(&mut tree, found.field)?;
        let root = &mut tree.nodes[0];
        (root.offset, root.name, root.shape) = (0, None, Range::default());
        let mut shape = Vec::new();
        try_extend(&mut shape, found.field.shape())?;
        Ok(FieldItems {
            format: Self::of_tree(&tree)?,
            offset: found.offset,
            shape,
        })
    }
}

/// What a path leads to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// One member, with the dimensions that the path has not said an index of.
    pub(super) field: Field<'a>,
    /// Its bytes begin there in the item.
    pub(super) offset: usize,
}

/// Follows a path from the item. The empty path is the item itself.
pub(super) fn find<'a>(root: Field<'a>, path: &[u8]) -> Result<Found<'a>> {
    let mut found = Found {
        field: root,
        offset: 0,
    };
    let mut walk = Walk { path, at: 0 };
    while walk.at < path.len() {
        found = walk.step(found)?;
    }
    Ok(found)
}

struct Walk<'p> {
    path: &'p [u8],
    /// What is before that has been followed.
    at: usize,
}

impl Walk<'_> {
    fn step<'a>(&mut self, found: Found<'a>) -> Result<Found<'a>> {
        match (&self.path[self.at..], found.field.shape()) {
            ([b'[', ..], []) => self.position(found),
            ([b'[', ..], _) => self.index(found),
            (_, []) => self.name(found),
            _ => self.fail(found, Wrong::NeedsIndex),
        }
    }

    /// `.name`, or `name` at the beginning.
    fn name<'a>(&mut self, found: Found<'a>) -> Result<Found<'a>> {
        if found.field.what() != What::Struct {
            return self.fail(found, Wrong::NoStruct);
        }
        let start = match (self.at, self.path[self.at]) {
            (0, _) => 0,
            (at, b'.') => at + 1,
            _ => return self.fail(found, Wrong::NoDot),
        };
        let rest = &self.path[start..];
        let fits = |field: &Field<'_>| {
            let name = field.name().filter(|name| rest.starts_with(name));
            name.is_some_and(|name| matches!(rest.get(name.len()), None | Some(b'.' | b'[')))
        };
        let length = |field: &Field<'_>| field.name().map_or(0, <[u8]>::len);
        let Some(field) = found.field.fields().filter(fits).max_by_key(length) else {
            return self.fail(found, Wrong::NoName(start));
        };
        self.at = start + length(&field);
        Ok(member(found, field, 0))
    }

    /// `[1]` behind a struct.
    fn position<'a>(&mut self, found: Found<'a>) -> Result<Found<'a>> {
        if found.field.what() != What::Struct {
            return self.fail(found, Wrong::NoStruct);
        }
        let (position, end) = self.number(found)?;
        let mut before = 0;
        for field in found.field.fields() {
            if position - before < field.repeat() {
                self.at = end;
                return Ok(member(found, field, position - before));
            }
            before += field.repeat();
        }
        self.fail(found, Wrong::NoPosition(before))
    }

    /// `[1]` behind a sub-array.
    fn index<'a>(&mut self, found: Found<'a>) -> Result<Found<'a>> {
        let (index, end) = self.number(found)?;
        let Found { mut field, offset } = found;
        if index >= field.shape()[0] {
            return self.fail(found, Wrong::OutOfShape);
        }
        let Range { start, end: last } = field.node.shape;
        field.node.shape = Range {
            start: start + 1,
            end: last,
        };
        self.at = end;
        let offset = offset + index * field.size();
        Ok(Found { field, offset })
    }

    /// The number in brackets, and what is behind them.
    fn number(&self, found: Found<'_>) -> Result<(usize, usize)> {
        let rest = &self.path[self.at + 1..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
        let length = digits.clone().count();
        let number = digits.fold(0usize, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(usize::from(digit - b'0'))
        });
        match (length, rest.get(length)) {
            (1.., Some(b']')) => Ok((number, self.at + length + 2)),
            (0, Some(b'-')) => self.fail(found, Wrong::Negative),
            _ => self.fail(found, Wrong::NoNumber),
        }
    }

    #[cold]
    fn fail<T>(&self, found: Found<'_>, wrong: Wrong) -> Result<T> {
        let kind = match wrong {
            Wrong::NoPosition(_) | Wrong::OutOfShape | Wrong::Negative => Kind::Index,
            _ => Kind::Value,
        };
        let told = Told {
            walk: self,
            field: found.field,
            wrong,
        };
        Err(Error::new(kind, format_args!("{told}")))
    }
}

/// One of the members that a field stands for.
fn member<'a>(found: Found<'_>, mut field: Field<'a>, repeat: usize) -> Found<'a> {
    let offset = found.offset + field.offset() + repeat * field.size();
    field.node.repeat = 1;
    Found { field, offset }
}

#[derive(Debug, Clone, Copy)]
enum Wrong {
    NeedsIndex,
    NoStruct,
    NoDot,
    /// The name would begin there.
    NoName(usize),
    /// There are so many members.
    NoPosition(usize),
    OutOfShape,
    Negative,
    NoNumber,
}

struct Told<'a, 'p> {
    walk: &'a Walk<'p>,
    field: Field<'a>,
    wrong: Wrong,
}

impl fmt::Display for Told<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Walk { path, at } = *self.walk;
        let (there, rest) = path.split_at(at);
        let there = Reached(there);
        let (field, rest) = (self.field, Shown(rest));
        write!(f, "path {}: ", Shown(path))?;
        match self.wrong {
            Wrong::NeedsIndex => write!(
                f,
                "{there} is a sub-array of shape {}: an index such as [0] is expected, not {rest}",
                Shape(field.shape())
            ),
            Wrong::NoStruct if field.fields().next().is_some() => {
                write!(
                    f,
                    "{there} is a pointer, and what it points to is not in the item: {rest} leads nowhere"
                )
            }
            Wrong::NoStruct => {
                let scalar = super::compare::Element(field);
                write!(
                    f,
                    "{there} is {scalar}, and has no fields: {rest} leads nowhere"
                )
            }
            Wrong::NoDot => write!(f, "'.' or '[' is expected behind {there}, not {rest}"),
            Wrong::NoName(start) => write!(
                f,
                "{there} has no field {}; it has {}",
                Shown(name_of(&path[start..])),
                Names(field)
            ),
            Wrong::NoPosition(count) => write!(
                f,
                "{there} has {}, and none at {rest}: the first is [0]",
                Count(count, "field")
            ),
            Wrong::OutOfShape => write!(
                f,
                "{there} is a sub-array of shape {}: {rest} is out of range",
                Shape(field.shape())
            ),
            Wrong::Negative => write!(
                f,
                "an index is counted from the start, so {rest} cannot be one"
            ),
            Wrong::NoNumber => write!(f, "a number in brackets is expected, not {rest}"),
        }
    }
}

/// What a path has led to so far.
struct Reached<'p>(&'p [u8]);

impl fmt::Display for Reached<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("the item"),
            path => write!(f, "{}", Shown(path)),
        }
    }
}

/// The part of a path up to what may follow a name.
fn name_of(rest: &[u8]) -> &[u8] {
    let ends = |byte: &u8| matches!(byte, b'.' | b'[');
    &rest[..rest.iter().position(ends).unwrap_or(rest.len())]
}

/// The first names of a struct: `the fields 'a', 'b', [2]`.
struct Names<'a>(Field<'a>);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 12;
        let all: usize = self.0.fields().map(|field| field.repeat()).sum();
        let mut position = 0;
        f.write_str(match all {
            0 => "none",
            1 => "the field ",
            _ => "the fields ",
        })?;
        for (k, field) in self.0.fields().take(MOST).enumerate() {
            f.write_str(if k == 0 { "" } else { ", " })?;
            match (field.name(), field.repeat()) {
                (Some(name), _) => write!(f, "{}", Shown(name))?,
                (None, 1) => write!(f, "[{position}]")?,
                (None, repeat) => write!(f, "[{position}] to [{}]", position + repeat - 1)?,
            }
            position += field.repeat();
        }
        match all - position {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
