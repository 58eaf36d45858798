//! A struct from a list of its members, as `offsetof` and `sizeof` tell them.

use std::fmt;

use super::emit::signature_depth;
use super::scalar::ScalarKind;
use super::sizes::{MAX_SIZE, align_up};
use super::tree::{Field, MAX_DEPTH, Node, Tree, What};
use super::{Format, Shown, c_layout, graft};
use crate::alloc::{try_collect, try_extend, try_vec};
use crate::error::{Error, Result, fail};

#[cfg(test)]
mod tests;

/// A member of a struct that [`Format::from_members`] makes.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Any bytes but NUL and `:`, other than those of the other members.
    pub name: Option<&'a [u8]>,
    /// What it is: a scalar, a sub-array such as `(2,3)d`, a struct.
    pub format: &'a Format,
    /// Where it begins: `offsetof()`. `None`: behind the member before it in the list, where a
    /// C compiler would put it.
    pub offset: Option<usize>,
}

impl Format {
    /// The struct of some members, each at its offset, in items of `itemsize` bytes; `None`: up
    /// to the end of the last member. The members are in the order of their offsets then.
    ///
    /// ```
    /// use pybuf::format::{Dialect, Format, Member};
    /// use std::mem::offset_of;
    ///
    /// #[repr(C)]
    /// struct Body {
    ///     id: i32,
    ///     mass: f64,
    /// }
    ///
    /// let (id, mass) = (Format::new(c"i", None)?, Format::new(c"d", None)?);
    /// let member = |name, format, offset| Member { name: Some(name), format, offset: Some(offset) };
    /// let body = Format::from_members(
    ///     &[
    ///         member(b"id", &id, offset_of!(Body, id)),
    ///         member(b"mass", &mass, offset_of!(Body, mass)),
    ///     ],
    ///     Some(size_of::<Body>()),
    /// )?;
    /// let packed = Format::parse(c"T{<i:id:<d:mass:}", Dialect::Pep3118)?;
    /// # if cfg!(all(target_endian = "little", target_pointer_width = "64")) {
    /// let difference = body.difference(&packed).expect("padding");
    /// assert_eq!(difference.to_string(), "field 'mass' is at offset 8, against offset 4");
    /// # }
    /// # Ok::<(), pybuf::Error>(())
    /// ```
    pub fn from_members(members: &[Member<'_>], itemsize: Option<usize>) -> Result<Self> {
        let part = |k: usize| {
            let Member {
                name,
                format,
                offset,
            } = members[k];
            let field = format.meant()?;
            Ok::<_, Error>(Part {
                name,
                field,
                offset,
            })
        };
        let parts = try_collect(members.len(), part)?;
        Self::of_tree(&tree(&parts, itemsize)?)
    }
}

/// One member, and what its format says that it is.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    name: Option<&'a [u8]>,
    field: Field<'a>,
    offset: Option<usize>,
}

/// The struct of these members, each at its offset. Without an item size it ends where the
/// last member ends.
fn tree(parts: &[Part<'_>], itemsize: Option<usize>) -> Result<Tree> {
    refuse_names(parts)?;
    let mut places = places(parts)?;
    places.sort_unstable_by_key(|place| (place.start, place.end, place.index));
    refuse_overlaps(parts, &places)?;
    let end = places.last().map_or(0, |last| last.end);
    let itemsize = itemsize.unwrap_or(end);
    if let Some(last) = places.last().filter(|_| itemsize < end) {
        return fail!(
            Value,
            "{} ({last}) reaches past the itemsize of {itemsize}",
            Named(parts, last.index)
        );
    }
    if itemsize > MAX_SIZE {
        return fail!(Overflow, "an itemsize of {itemsize} is too large");
    }
    build(parts, &places, itemsize)
}

fn build(parts: &[Part<'_>], places: &[Place], itemsize: usize) -> Result<Tree> {
    let mut tree = Tree::default();
    let root = Node {
        itemsize,
        ..Node::OPEN
    };
    try_extend(&mut tree.nodes, &[root])?;
    for place in places {
        let part = &parts[place.index];
        if depth(part.field) >= MAX_DEPTH {
            return fail!(
                Value,
                "{} is nested {MAX_DEPTH} deep already: no struct can be around it",
                Named(parts, place.index)
            );
        }
        let index = graft::copy(&mut tree, part.field)?;
        let name = match part.name {
            Some(name) => Some(graft::add(&mut tree.text, name)?),
            None => None,
        };
        tree.nodes[index] = Node {
            offset: place.start,
            repeat: 1,
            name,
            ..tree.nodes[index]
        };
    }
    tree.nodes[0].end = tree.nodes.len() as u32;
    Ok(tree)
}

/// How deep structs, pointers and signatures are nested in a field.
fn depth(field: Field<'_>) -> usize {
    let below = field.fields().map(depth).max();
    match field.what() {
        What::Struct => 1 + below.unwrap_or(0),
        What::Scalar(scalar) if scalar.kind == ScalarKind::Function => 1 + signature_depth(field),
        What::Scalar(_) => below.map_or(0, |below| 1 + below),
    }
}

/// The bytes of one member.
#[derive(Debug, Clone, Copy)]
struct Place {
    index: usize,
    start: usize,
    end: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {} to {}", self.start, self.end)
    }
}

fn places(parts: &[Part<'_>]) -> Result<Vec<Place>> {
    let mut places = try_vec(parts.len())?;
    let mut before = Some(0);
    for (index, part) in parts.iter().enumerate() {
        let behind = || align_up(before?, c_layout::alignment(part.field));
        let start = part.offset.map_or_else(behind, Some);
        let end = start.and_then(|start| start.checked_add(part.field.size()));
        let Some((start, end)) = start.zip(end.filter(|&end| end <= MAX_SIZE)) else {
            return fail!(
                Overflow,
                "{} reaches further than Py_ssize_t can tell",
                Named(parts, index)
            );
        };
        try_extend(&mut places, &[Place { index, start, end }])?;
        before = Some(end);
    }
    Ok(places)
}

fn refuse_overlaps(parts: &[Part<'_>], places: &[Place]) -> Result<()> {
    match places.windows(2).find(|pair| pair[1].start < pair[0].end) {
        None => Ok(()),
        Some(pair) => fail!(
            Value,
            "{} ({}) and {} (at {}) overlap: PEP 3118 has no unions",
            Named(parts, pair[0].index),
            pair[0],
            Named(parts, pair[1].index),
            pair[1].start
        ),
    }
}

fn refuse_names(parts: &[Part<'_>]) -> Result<()> {
    let mut names = try_vec(parts.len())?;
    for (index, part) in parts.iter().enumerate() {
        let Some(name) = part.name else { continue };
        if name.is_empty() {
            return fail!(
                Value,
                "member {index} has an empty name: give it one, or none"
            );
        }
        if name.iter().any(|byte| matches!(byte, b':' | 0)) {
            return fail!(
                Value,
                "{} cannot be the name of a member: ':' ends a name, and NUL a format",
                Shown(name)
            );
        }
        try_extend(&mut names, &[name])?;
    }
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => fail!(Value, "two members have the name {}", Shown(pair[0])),
        None => Ok(()),
    }
}

/// A member by its name, or by its number in the list.
struct Named<'a>(&'a [Part<'a>], usize);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0[self.1].name {
            Some(name) => write!(f, "{}", Shown(name)),
            None => write!(f, "member {}", self.1),
        }
    }
}
