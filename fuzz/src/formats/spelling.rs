//! Formats made from formats: other spellings, parts, members put together, C's layout.

use std::ffi::CStr;

use pybuf::error::Kind;
use pybuf::format::{ByteOrder, Dialect, Field, Format, Member, ScalarKind};

use super::super::bytes::Bytes;
use super::fields;
use super::leaves;
use super::{DIALECTS, LEAVES};

/// The values in an item of which other dialects write a text.
const LONGEST: usize = 4096;
/// Members of a struct that are put together again.
const MEMBERS: usize = 64;

pub fn examine(format: &Format, dialect: Dialect, bytes: &mut Bytes<'_>) {
    assert_same(format, format);
    // A dialect without a word for many members has one for each.
    let is_long = format
        .root()
        .is_none_or(|root| leaves::values(root) > LONGEST);
    for other in DIALECTS {
        if !is_long || other == Dialect::Pep3118 {
            respell(format, other);
        }
    }
    accept(format, dialect);
    // Parts of it are written for PEP 3118.
    if format.in_dialect(Dialect::Pep3118).is_ok() {
        put_together(format);
        lay_out(format);
    }
    state(format.text(), format.itemsize(), bytes);
}

/// What any two formats say of each other.
pub fn compare(one: &Format, other: &Format) {
    let same = one.is_equivalent(other);
    assert_eq!(other.is_equivalent(one), same, "{one}, {other}");
    for (one, other) in [(one, other), (other, one)] {
        let difference = one
            .difference(other)
            .map(|difference| difference.to_string());
        assert_eq!(difference.is_none(), same, "{one}, {other}");
        assert_ne!(difference.as_deref(), Some(""), "{one}, {other}");
    }
    if same {
        assert_eq!(one.itemsize(), other.itemsize(), "{one}, {other}");
        assert_eq!(
            leaves::meant(one, LEAVES),
            leaves::meant(other, LEAVES),
            "{one}, {other}"
        );
    }
}

fn assert_same(one: &Format, other: &Format) {
    compare(one, other);
    assert!(
        one.is_equivalent(other),
        "{one}, {other}: {:?}",
        one.difference(other)
    );
}

/// Written for another reader it is the same, and so is that written again.
fn respell(format: &Format, other: Dialect) {
    match format.in_dialect(other) {
        Ok(written) => {
            fields::examine(&written);
            assert_same(format, &written);
            let read = Format::parse(written.text(), other).expect("a text of ours");
            assert_same(format, &read);
            let again = read.in_dialect(other).expect("what was read");
            assert_eq!(again.text(), written.text(), "{format} for {other}");
        }
        Err(error) => {
            let is_long =
                error.kind() == Kind::Overflow && error.message().contains("text of more");
            assert!(
                is_long || error.kind() == Kind::Value,
                "{format} for {other}: {error}"
            );
            let may_fail = format.root().is_none_or(is_unspeakable);
            assert!(other != Dialect::Pep3118 || may_fail, "{format}: {error}");
        }
    }
}

/// Whether PEP 3118 may have no word for something in it: it has no long double in the other
/// order, and a signature may be anything.
fn is_unspeakable(field: Field<'_>) -> bool {
    let is_foreign = field
        .order()
        .is_some_and(|order| order != ByteOrder::NATIVE);
    let is_long = match field.scalar().map(|scalar| (scalar.kind, scalar.size)) {
        Some((ScalarKind::Float, size)) => size > 8,
        Some((ScalarKind::Complex, size)) => size > 16,
        _ => false,
    };
    is_foreign && is_long || field.signature().is_some() || field.fields().any(is_unspeakable)
}

/// A format accepts what is stated and means the same.
fn accept(format: &Format, dialect: Dialect) {
    let (text, size) = (format.text(), format.itemsize());
    let others = [Some(c"T{<i:a:=d:b:}"), Some(c"<d"), None];
    for (text, size) in others
        .into_iter()
        .flat_map(|text| [(text, size), (text, 12)])
    {
        let stated = Format::stated(text, size).expect("memory");
        let accepts = format.accepts(text, size).expect("memory");
        assert_eq!(accepts, format.is_equivalent(&stated), "{format}: {stated}");
    }
    assert_eq!(format.accepts(Some(text), size + 1), Ok(false), "{format}");
    if dialect == Dialect::Pep3118 {
        assert_eq!(format.accepts(Some(text), size), Ok(true), "{format}");
    }
}

/// Each member by its path, and the struct of all members.
fn put_together(format: &Format) {
    let Some(root) = format
        .root()
        .filter(|root| root.scalar().is_none() && root.shape().is_empty())
    else {
        return;
    };
    let mut parts = Vec::new();
    for member in root.fields() {
        for index in 0..member.repeat() {
            if parts.len() == MEMBERS {
                return;
            }
            let path = format!("[{}]", parts.len());
            let (part, offset) = format.field(path.as_bytes()).expect("a member");
            assert_eq!(part.itemsize(), member.size(), "{format}: {path}");
            assert_eq!(
                offset,
                member.offset() + index * member.size(),
                "{format}: {path}"
            );
            parts.push((member.name(), part, offset));
        }
    }
    let missing = format!("[{}]", parts.len());
    assert!(
        format.field(missing.as_bytes()).is_err(),
        "{format}: {missing}"
    );
    find_by_name(format, root);
    let mut members: Vec<Member<'_>> = parts
        .iter()
        .map(|(name, part, offset)| Member {
            name: *name,
            format: part,
            offset: Some(*offset),
        })
        .collect();
    let made = Format::from_members(&members, Some(format.itemsize()));
    let made = made.unwrap_or_else(|error| panic!("{format}: {error}"));
    assert_same(format, &made);
    move_one(format, &members);
    // Offsets tell where members lie, and not their order in the list; without a size nothing
    // may have room, so that is told.
    if members.iter().all(|member| member.format.itemsize() > 0) {
        members.reverse();
        let made =
            Format::from_members(&members, Some(format.itemsize())).expect("the same members");
        assert_same(format, &made);
    }
}

fn find_by_name(format: &Format, root: Field<'_>) {
    // A name that looks like a path may be found before what it leads to.
    let is_plain = |name: &[u8]| !name.iter().any(|byte| b".[".contains(byte));
    if !root
        .fields()
        .filter_map(|member| member.name())
        .all(is_plain)
    {
        return;
    }
    for member in root.fields() {
        let Some(name) = member.name() else { continue };
        let (part, offset) = format.field(name).expect("a name");
        assert_eq!(
            (part.itemsize(), offset),
            (member.size(), member.offset()),
            "{format}"
        );
        let Some(root) = part.root() else {
            panic!("{format}: nothing is known of {part}");
        };
        assert_eq!(
            leaves::elements(root) == 0,
            leaves::elements(member) == 0,
            "{format}: {part}"
        );
    }
}

/// A member that has room behind it is elsewhere when it is moved there.
fn move_one(format: &Format, members: &[Member<'_>]) {
    let offset = |member: &Member<'_>| member.offset.expect("one was given");
    let has_room = |&at: &usize| {
        let end = offset(&members[at]) + members[at].format.itemsize();
        let next = members.get(at + 1).map_or(format.itemsize(), offset);
        members[at].format.itemsize() > 0 && end < next
    };
    let Some(at) = (0..members.len()).find(has_room) else {
        return;
    };
    let mut moved = members.to_vec();
    moved[at].offset = Some(offset(&members[at]) + 1);
    let moved = Format::from_members(&moved, Some(format.itemsize())).expect("room for a member");
    assert!(!format.is_equivalent(&moved), "{format}, {moved}");
    compare(format, &moved);
}

/// C's layout has the same fields, and is its own.
fn lay_out(format: &Format) {
    let proposed = match format.in_c_layout() {
        Ok(proposed) => proposed,
        Err(error) => {
            let kinds = [Kind::Value, Kind::Overflow];
            assert!(kinds.contains(&error.kind()), "{format}: {error}");
            return;
        }
    };
    let difference = |format: &Format| {
        let difference = format.c_difference().expect("known fields");
        difference.map(|difference| difference.to_string())
    };
    assert_eq!(difference(&proposed), None, "{format}: {proposed}");
    match difference(format) {
        None => assert_same(format, &proposed),
        Some(text) => assert!(!text.is_empty()),
    }
    let kinds = |format: &Format| -> Vec<_> {
        let leaves = leaves::meant(format, LEAVES).into_iter();
        leaves
            .map(|leaf| (leaf.kind, leaf.size, leaf.order))
            .collect()
    };
    assert_eq!(kinds(format), kinds(&proposed), "{format}: {proposed}");
}

/// Somebody states a text and any size.
fn state(text: &CStr, size: usize, bytes: &mut Bytes<'_>) {
    let other = bytes.number() as usize & (usize::MAX >> 1);
    for size in [
        size,
        0,
        1,
        size.saturating_sub(1),
        size.saturating_add(3),
        other,
    ] {
        let stated = Format::stated(Some(text), size).expect("memory");
        assert_eq!((stated.text(), stated.itemsize()), (text, size));
        fields::examine(&stated);
        compare(&stated, &stated);
        let authored = Format::new(text, Some(size));
        let is_known = stated.root().is_some() && size > 0;
        assert_eq!(authored.is_ok(), is_known, "{text:?}, {size}: {authored:?}");
    }
}
