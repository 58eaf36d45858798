use std::ffi::CString;

use crate::format::platform;
use crate::format::{Dialect, Format, Scalar, ScalarKind};

fn parse(text: &str) -> Format {
    Format::parse(&CString::new(text).unwrap(), Dialect::Pep3118).unwrap()
}

fn difference(text: &str) -> Option<String> {
    let format = parse(text);
    let difference = format.c_difference().unwrap();
    difference.map(|difference| difference.to_string())
}

/// Not everywhere is a double aligned to 8 bytes inside a struct.
fn aligns_double_to_8() -> bool {
    platform::alignment(Scalar::native(ScalarKind::Float, 8)) == 8
}

#[test]
fn what_c_lays_out_has_no_difference() {
    for text in [
        "",
        "d",
        "(2,3)i",
        ">i",
        "4x",
        "T{b:a:i:b:}",
        "T{=b:a:3x=i:b:}",
        ">b3xi",
        "T{i:a:b:b:}",
        "=ib3x",
        "3s3s3s",
        "T{b:a:T{b:x:h:y:}:b:(3)T{b}:c:b:d:}",
        "T{b:a:3x:pad:=i:b:}",
        "T{c:a:g:b:Zg:c:}",
        "T{b:a:P:b:&T{=b:x:i:y:}:c:X{}:d:}",
        "T{3w:a:}",
        "=3bxh",
        "T{(0)i:a:h:b:2x}",
    ] {
        assert_eq!(difference(text), None, "{text}");
    }
}

#[test]
fn wrong_pad_bytes_are_counted() {
    for (text, expected) in [
        (
            "T{=b:a:x=i:b:}",
            "C would put field 'b' at offset 4, not 2: it has 1 pad byte before it, and should have 3; this is \
             what #pragma pack(2) gives",
        ),
        (
            "=b7xi",
            "C would put field '[1]' at offset 4, not 8: it has 7 pad bytes before it, and should have 3",
        ),
        (
            "=ibx",
            "C would make the item 8 bytes long, not 6: it has 1 pad byte at its end, and should have 3; this is what \
             #pragma pack(2) gives",
        ),
        (
            "=ib",
            "C would make the item 8 bytes long, not 5: it has 0 pad bytes at its end, and should have 3; this is what \
             #pragma pack(1) gives",
        ),
        (
            "=ii4x",
            "C would make the item 8 bytes long, not 12: it has 4 pad bytes at its end, and should have 0",
        ),
        (
            "T{=h:a:T{=b:x:=h:y:}:b:}",
            "C would put field 'b.y' at offset 4, not 3: it has 0 pad bytes before it, and should have 1; \
             this is what #pragma pack(1) gives",
        ),
        (
            "T{=h:a:(2,2)T{=h:x:=b:y:}:b:}",
            "C would make field 'b' 4 bytes long, not 3: it has 0 pad bytes at its end, and should have 1; this is what \
             #pragma pack(1) gives",
        ),
        (
            "T{=b:a:3i:b:}",
            "C would put field 'b' at offset 4, not 1: it has 0 pad bytes before it, and should have 3; \
             this is what #pragma pack(1) gives",
        ),
    ] {
        assert_eq!(difference(text).as_deref(), Some(expected), "{text}");
    }
    if aligns_double_to_8() {
        let packed = difference("T{<i:a:<d:b:}").unwrap();
        assert!(
            packed.ends_with("; this is what #pragma pack(1) gives"),
            "{packed}"
        );
        let halfway = difference("T{<h:a:2x<d:b:}").unwrap();
        assert!(
            halfway.ends_with("; this is what #pragma pack(4) gives"),
            "{halfway}"
        );
    }
}

#[test]
fn the_layout_of_c_is_proposed() {
    for (text, proposed) in [
        ("T{=b:a:i:b:}", "T{b:a:3x=i:b:}"),
        ("=ib", "=ib3x"),
        ("=ii4x", "=ii"),
        ("=h4b5xi", "=h4b2xi"),
        ("=bi2T{hb}b", "=b3xi2T{hbx}b3x"),
        (
            "T{=h:a:(2,2)T{=h:x:=b:y:}:b:}",
            "T{=h:a:(2,2)T{=h:x:=b:y:x}:b:}",
        ),
        ("i", "i"),
        ("(2)T{=bi}", "(2)T{=b3xi}"),
        ("6x", "6x"),
    ] {
        let moved = parse(text).in_c_layout().unwrap();
        let proposed = parse(proposed);
        let difference = moved.difference(&proposed).map(|it| it.to_string());
        assert_eq!(difference, None, "{text}: {moved}");
        assert_eq!(moved.itemsize(), proposed.itemsize());
        assert!(moved.c_difference().unwrap().is_none(), "{moved}");
    }
}

#[test]
fn what_is_not_known_has_no_layout() {
    let opaque = Format::stated(Some(c"B"), 8).unwrap();
    let error = opaque.c_difference().unwrap_err();
    assert!(error.message().contains("is not known"), "{error}");
    assert!(opaque.in_c_layout().is_err());
}

#[test]
fn a_layout_may_be_too_large() {
    let most = isize::MAX as usize;
    let text = format!("={}sq", most - 8);
    let error = parse(&text).in_c_layout().unwrap_err();
    assert_eq!(error.kind(), crate::error::Kind::Overflow);
    assert!(
        error.message().contains("larger than Py_ssize_t"),
        "{error}"
    );
}
