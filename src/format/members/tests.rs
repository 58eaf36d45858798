use std::ffi::CString;

use crate::error::Kind;
use crate::format::{ByteOrder, Dialect, Format, Member};

fn parse(text: &str) -> Format {
    Format::parse(&CString::new(text).unwrap(), Dialect::Pep3118).unwrap()
}

fn made(members: &[(&str, &str, Option<usize>)], itemsize: Option<usize>) -> crate::Result<Format> {
    let formats: Vec<_> = members.iter().map(|(_, text, _)| parse(text)).collect();
    let members: Vec<_> = members
        .iter()
        .zip(&formats)
        .map(|(&(name, _, offset), format)| Member {
            name: Some(name.as_bytes()).filter(|name| *name != b"-"),
            format,
            offset,
        })
        .collect();
    Format::from_members(&members, itemsize)
}

#[test]
fn members_lie_where_they_are_said_to() {
    for (members, itemsize, expected) in [
        (
            &[("a", "b", Some(0)), ("b", "i", Some(4))][..],
            Some(8),
            "T{b:a:3x=i:b:}",
        ),
        // In the order of their offsets, and with all bytes.
        (
            &[("b", "i", Some(5)), ("a", "b", Some(2))],
            Some(16),
            "T{2xb:a:2x=i:b:7x}",
        ),
        // Behind each other, where C would put them; without bytes at the end.
        (
            &[
                ("a", "h", None),
                ("b", "3s", None),
                ("c", "i", None),
                ("d", "b", None),
            ],
            None,
            "T{=h:a:3s:b:3x=i:c:b:d:}",
        ),
        (
            &[("a", "i", Some(6)), ("b", "h", None), ("c", "T{bi}", None)],
            None,
            "T{6x=i:a:h:b:T{b3xi}:c:}",
        ),
        (
            &[("-", "b", None), ("-", "(2,3)h", None), ("x", "3w", None)],
            None,
            "T{bx(2,3)=h2x3w:x:}",
        ),
        // Nothing at all, and nothing in between.
        (&[], Some(4), "4x"),
        (&[], None, ""),
        (
            &[
                ("a", "i", Some(0)),
                ("b", "(0)i", Some(4)),
                ("c", "T{}", Some(4)),
                ("d", "i", Some(4)),
            ],
            None,
            "T{=i:a:(0)i:b:T{}:c:i:d:}",
        ),
        (
            &[("a", "i", Some(4)), ("b", "0s", Some(4))],
            None,
            "T{4x0s:b:=i:a:}",
        ),
        (&[("a", "3x", Some(1))], Some(4), "T{xT{3x}:a:}"),
    ] {
        let format = made(members, itemsize).unwrap();
        let difference = format.difference(&parse(expected)).map(|it| it.to_string());
        assert_eq!(difference, None, "{format} {expected}");
        assert_eq!(format.alignment(), 1);
    }
}

#[test]
fn what_is_nested_keeps_its_names_targets_and_signatures() {
    let members = [
        ("a", "T{b:x:T{>h:y:}:z:}", Some(1)),
        ("b", "&T{>i:x:}", Some(8)),
        ("c", "X{i->d}", Some(16)),
    ];
    let format = made(&members, Some(24)).unwrap();
    let gap = 8 - size_of::<usize>();
    let gap = if gap == 0 {
        String::new()
    } else {
        format!("{gap}x")
    };
    let expected =
        format!("T{{xT{{b:x:T{{>h:y:}}:z:}}:a:4x^&T{{>i:x:}}:b:{gap}^X{{i->d}}:c:{gap}}}");
    assert_eq!(format.text().to_str().unwrap(), expected);
}

#[test]
fn byte_orders_are_kept() {
    let format = made(
        &[("a", "<h", None), ("b", ">h", None), ("c", "=h", None)],
        None,
    )
    .unwrap();
    let native = match ByteOrder::NATIVE {
        ByteOrder::Little => c"T{<h:a:>h:b:<h:c:}",
        ByteOrder::Big => c"T{<h:a:>h:b:h:c:}",
    };
    assert_eq!(format.text(), native);
}

#[test]
fn what_cannot_be_a_struct_is_told_by_its_members() {
    let most = isize::MAX as usize;
    for (members, itemsize, kind, telling) in [
        (
            &[("a", "q", Some(0)), ("b", "i", Some(4))][..],
            None,
            Kind::Value,
            "'a' (bytes 0 to 8) and 'b' (at 4) overlap: PEP 3118 has no unions",
        ),
        (
            &[("b", "i", Some(4)), ("-", "q", Some(0))],
            None,
            Kind::Value,
            "member 1 (bytes 0 to 8) and 'b' (at 4) overlap",
        ),
        (
            &[("a", "q", Some(0)), ("b", "0s", Some(4))],
            None,
            Kind::Value,
            "overlap",
        ),
        (
            &[("a", "B", Some(0)), ("b", "B", Some(0))],
            None,
            Kind::Value,
            "overlap",
        ),
        (
            &[("a", "i", None), ("b", "d", Some(8))],
            Some(12),
            Kind::Value,
            "'b' (bytes 8 to 16) reaches past the itemsize of 12",
        ),
        (
            &[("a", "i", None), ("a", "i", None)],
            None,
            Kind::Value,
            "two members have the name 'a'",
        ),
        (
            &[("", "i", None)],
            None,
            Kind::Value,
            "member 0 has an empty name",
        ),
        (
            &[("a:b", "i", None)],
            None,
            Kind::Value,
            "'a:b' cannot be the name of a member",
        ),
        (
            &[("a\0b", "i", None)],
            None,
            Kind::Value,
            "'a\\x00b' cannot be the name of a member",
        ),
        (
            &[("a", "i", Some(most - 2))],
            None,
            Kind::Overflow,
            "'a' reaches further than Py_ssize_t can tell",
        ),
        (
            &[("a", "i", Some(usize::MAX))],
            None,
            Kind::Overflow,
            "'a' reaches further",
        ),
        (
            &[("a", "b", Some(most - 1)), ("b", "q", None)],
            None,
            Kind::Overflow,
            "'b' reaches further",
        ),
        (
            &[("a", "i", None)],
            Some(most + 1),
            Kind::Overflow,
            "is too large",
        ),
    ] {
        let error = made(members, itemsize).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(telling), "{error}");
    }
}

#[test]
fn nesting_has_an_end() {
    let mut format = parse("i");
    for _ in 0..64 {
        let inner = Member {
            name: None,
            format: &format,
            offset: None,
        };
        format = Format::from_members(&[inner], None).unwrap();
    }
    let inner = Member {
        name: Some(b"a"),
        format: &format,
        offset: None,
    };
    let error = Format::from_members(&[inner], None).unwrap_err();
    assert_eq!(error.kind(), Kind::Value);
    assert!(
        error.message().contains("'a' is nested 64 deep already"),
        "{error}"
    );
    let pointers = parse(&format!("{}X{{&i}}", "&".repeat(62)));
    let inner = Member {
        format: &pointers,
        ..inner
    };
    assert!(Format::from_members(&[inner], None).is_err());
}

#[test]
fn an_opaque_member_is_refused() {
    let union = Format::stated(Some(c"B"), 8).unwrap();
    let member = Member {
        name: None,
        format: &union,
        offset: None,
    };
    let error = Format::from_members(&[member], None).unwrap_err();
    assert!(
        error
            .message()
            .contains("no dialect reads format 'B' as items of 8 bytes"),
        "{error}"
    );
}
