use std::ffi::CString;

use crate::error::Kind;
use crate::format::{Dialect, Format};

fn parse(text: &str) -> Format {
    Format::parse(&CString::new(text).unwrap(), Dialect::Pep3118).unwrap()
}

const STRUCT: &str = "T{=b:a:T{=h:x:(2,3)T{=b:p:=i:q:}:y:}:b:3h4s:c.d:=i:c[0]:}";

#[test]
fn a_path_leads_to_a_field_and_its_offset() {
    for (path, text, offset) in [
        ("", STRUCT, 0),
        ("a", "b", 0),
        ("[0]", "b", 0),
        ("b", "T{=h:x:(2,3)T{=b:p:=i:q:}:y:}", 1),
        ("b.x", "=h", 1),
        ("[1].x", "=h", 1),
        ("[1][0]", "=h", 1),
        ("b.y", "(2,3)T{=b:p:=i:q:}", 3),
        ("b.y[1]", "(3)T{=b:p:=i:q:}", 3 + 15),
        ("b.y[1][2]", "T{=b:p:=i:q:}", 3 + 25),
        ("b.y[1][2].q", "=i", 3 + 25 + 1),
        ("b[1][1][2][1]", "=i", 3 + 25 + 1),
        ("[2]", "=h", 33),
        ("[4]", "=h", 37),
        ("[5]", "4s", 39),
        ("c.d", "4s", 39),
        ("c[0]", "=i", 43),
        ("[6]", "=i", 43),
    ] {
        let (field, at) = parse(STRUCT).field(path.as_bytes()).unwrap();
        assert_eq!(at, offset, "{path}");
        let difference = field.difference(&parse(text)).map(|it| it.to_string());
        assert_eq!(difference, None, "{path}: {field}");
    }
}

#[test]
fn other_items_have_paths_too() {
    let field = |text: &str, path: &str| {
        let (field, offset) = parse(text).field(path.as_bytes()).unwrap();
        (field.text().to_str().unwrap().to_owned(), offset)
    };
    assert_eq!(field("(2,3)d", "[1]"), ("(3)d".to_owned(), 24));
    assert_eq!(field("(2,3)d", "[1][2]"), ("d".to_owned(), 40));
    assert_eq!(field("d", ""), ("d".to_owned(), 0));
    assert_eq!(field("T{3x:pad:b:a:}", "pad"), ("T{3x}".to_owned(), 0));
    assert_eq!(field("T{&T{i:x:}:p:}", "p").1, 0);
    // The longest name that fits, and any bytes in it.
    let dotted = "T{T{b:c:}:a:T{h:c:}:a.b:i:a.b.c.d:}";
    assert_eq!(field(dotted, "a.c").1, 0);
    assert_eq!(field(dotted, "a.b.c").1, 2);
    assert_eq!(field(dotted, "a.b.c.d").1, 4);
    assert_eq!(field("T{b: :b:é:}", "é").1, 1);
}

#[test]
fn an_error_tells_which_part_leads_nowhere() {
    for (path, kind, telling) in [
        (
            "z",
            Kind::Value,
            "path 'z': the item has no field 'z'; it has the fields 'a', 'b', [2] to [4], 'c.d', 'c[0]'",
        ),
        (
            "b.z.q",
            Kind::Value,
            "path 'b.z.q': 'b' has no field 'z'; it has the fields 'x', 'y'",
        ),
        (
            "a.x",
            Kind::Value,
            "'a' is int8, and has no fields: '.x' leads nowhere",
        ),
        (
            "a[0]",
            Kind::Value,
            "'a' is int8, and has no fields: '[0]' leads nowhere",
        ),
        (
            "b.y.p",
            Kind::Value,
            "'b.y' is a sub-array of shape (2, 3): an index such as [0] is expected, not '.p'",
        ),
        (
            "b.y[0].p",
            Kind::Value,
            "'b.y[0]' is a sub-array of shape (3,): an index such as [0] is expected, not '.p'",
        ),
        (
            "b.y[2]",
            Kind::Index,
            "'b.y' is a sub-array of shape (2, 3): '[2]' is out of range",
        ),
        (
            "b.y[99999999999999999999999999]",
            Kind::Index,
            "is out of range",
        ),
        (
            "[7]",
            Kind::Index,
            "the item has 7 fields, and none at '[7]': the first is [0]",
        ),
        (
            "b[99999999999999999999999999]",
            Kind::Index,
            "'b' has 2 fields, and none at",
        ),
        (
            "[-1]",
            Kind::Index,
            "an index is counted from the start, so '[-1]' cannot be one",
        ),
        ("b.y[-1]", Kind::Index, "so '[-1]' cannot be one"),
        (
            "b.y[x]",
            Kind::Value,
            "a number in brackets is expected, not '[x]'",
        ),
        (
            "b.y[1",
            Kind::Value,
            "a number in brackets is expected, not '[1'",
        ),
        (
            "b.y[",
            Kind::Value,
            "a number in brackets is expected, not '['",
        ),
        (
            "[]",
            Kind::Value,
            "a number in brackets is expected, not '[]'",
        ),
        (
            "b.y[0][0]p",
            Kind::Value,
            "'.' or '[' is expected behind 'b.y[0][0]', not 'p'",
        ),
        ("b.", Kind::Value, "'b' has no field ''"),
        (".a", Kind::Value, "the item has no field ''"),
        ("a ", Kind::Value, "the item has no field 'a '"),
    ] {
        let error = parse(STRUCT).field(path.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(telling), "{error}");
    }
    for (text, path, telling) in [
        (
            "T{&T{i:x:}:p:}",
            "p.x",
            "'p' is a pointer, and what it points to is not in the item",
        ),
        ("T{}", "a", "the item has no field 'a'; it has none"),
        ("T{d:a:}", "b", "it has the field 'a'"),
        (
            "bhiqbhiqbhiqbhiq",
            "b",
            "it has the fields [0], [1], [2], [3], [4], [5], [6], [7], [8], [9], [10], [11] and 4 more",
        ),
    ] {
        let error = parse(text).field(path.as_bytes()).unwrap_err();
        assert!(error.message().contains(telling), "{error}");
    }
    let error = Format::stated(Some(c"B"), 8)
        .unwrap()
        .field(b"a")
        .unwrap_err();
    assert!(
        error.message().contains("what is in them is not known"),
        "{error}"
    );
}
