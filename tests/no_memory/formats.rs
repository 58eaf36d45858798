//! Formats: read, asked, and made of one another.

use std::ffi::CStr;

use pybuf::error::Kind;
use pybuf::format::{Dialect, Format, Member, Nested};

use crate::allocator::calm;
use crate::scenario::{State, each_fails, needs_none, refused};

struct Read(Format);

impl State for Read {
    fn seen(&self) -> String {
        format!("{:?} {:?}", self.0.text(), self.0.root())
    }
}

fn read(text: &CStr) -> impl Fn() -> Read {
    move || Read(Format::parse(text, Dialect::Pep3118).expect("a format"))
}

const POINTS: &CStr = c"T{=b:kind:(2,3)T{=h:x:=d:y:}:points:&i:next:X{i->d}:call:}";

#[test]
fn reading() {
    each_fails(
        "a struct",
        || (),
        |()| Format::parse(POINTS, Dialect::Pep3118),
    );
    each_fails(
        "as somebody states it",
        || (),
        |()| Format::stated(Some(POINTS), 77),
    );
    each_fails("a copy", read(POINTS), |format| format.0.try_clone());
    each_fails(
        "a text that is none",
        || (),
        |()| {
            let parsed = Format::parse(c"T{i:a:y", Dialect::Pep3118);
            refused(parsed, Kind::Value, "'y' is no code")
        },
    );
}

#[test]
fn asking() {
    needs_none("whether a single code is accepted", read(c"d"), |format| {
        assert!(format.0.accepts(Some(c"@d"), 8)?);
        format.0.accepts(Some(c"T{q:a:}"), 16)
    });
    needs_none(
        "whether the same text is accepted",
        read(POINTS),
        |format| format.0.accepts(Some(POINTS), format.0.itemsize()),
    );
    each_fails(
        "whether another text is accepted",
        read(c"T{b:a:i:b:}"),
        |format| format.0.accepts(Some(c"T{b:a:xxx=i:b:}"), 8),
    );
    needs_none(
        "where two differ",
        || (read(POINTS)(), read(c"T{=b:kind:}")()),
        |(one, other)| Ok(one.0.difference(&other.0).is_some()),
    );
    needs_none("where C differs", read(POINTS), |format| {
        Ok(format.0.c_difference()?.is_some())
    });
}

#[test]
fn making() {
    for dialect in [Dialect::Pep3118, Dialect::Ctypes] {
        each_fails("the text of a dialect", read(POINTS), move |format| {
            format.0.in_dialect(dialect)
        });
    }
    each_fails("what a dialect cannot say", read(POINTS), |format| {
        let refusal = "field 'points' is a sub-array of shape (2, 3)";
        refused(format.0.in_dialect(Dialect::Struct), Kind::Value, refusal)
    });
    each_fails("the layout of C", read(POINTS), |format| {
        format.0.in_c_layout()
    });
    each_fails("a field", read(POINTS), |format| {
        format.0.field(b"points[1]")
    });
    each_fails("a field that is not there", read(POINTS), |format| {
        refused(format.0.field(b"points[1][2].z"), Kind::Value, "it has")
    });
    each_fails("a struct of members", read(POINTS), |format| {
        let member = |name, offset| Member {
            name: Some(name),
            format: &format.0,
            offset,
        };
        Format::from_members(
            &[member(b"second", Some(100)), member(b"first", Some(0))],
            Some(200),
        )
    });
}

/// A long item is put together in memory of its own; a short one is not.
#[test]
fn values() {
    const UNTOUCHED: u8 = 0xa5;
    let given = [Nested::from(7i16), Nested::from(b"seven")];
    let pack_into = |format: &Read, item: &mut [u8], given: &[Nested<'_>]| {
        let packed = format.0.pack(Nested::Sequence(given), item);
        let written = item.iter().any(|&byte| byte != UNTOUCHED);
        // A panic needs memory itself.
        calm(|| assert_eq!(written, packed.is_ok()));
        packed
    };
    each_fails("an item unpacked", read(c"<h300s"), |format| {
        let item = [0; 302];
        format.0.unpack(&item).map(drop)
    });
    each_fails("items unpacked", read(c"<h"), |format| {
        format.0.unpack_many(&[0; 20]).map(drop)
    });
    each_fails("a long item packed", read(c"<h300s"), |format| {
        pack_into(format, &mut [UNTOUCHED; 302], &given)
    });
    needs_none("a short item packed", read(c"<h30s"), |format| {
        pack_into(format, &mut [UNTOUCHED; 32], &given)
    });
    each_fails("a member too few", read(c"<h30s"), |format| {
        let outcome = pack_into(format, &mut [UNTOUCHED; 32], &given[1..]);
        refused(outcome, Kind::Struct, "pack expected 2 items")
    });
}
