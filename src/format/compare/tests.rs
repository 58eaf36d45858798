use std::ffi::{CStr, CString};

use crate::format::{ByteOrder, Dialect, Format};

fn format(text: &str) -> Format {
    let (dialect, text) = match text.split_once(' ') {
        Some(("numpy", text)) => (Dialect::NumPy, text),
        Some(("ctypes", text)) => (Dialect::Ctypes, text),
        _ => (Dialect::Pep3118, text),
    };
    Format::parse(&CString::new(text).unwrap(), dialect).unwrap()
}

/// Where two formats part, in a world where machines are little-endian.
fn difference(one: &str, other: &str) -> Option<String> {
    let (one, other) = (format(one), format(other));
    let forth = one.difference(&other).map(|it| it.to_string());
    let back = other.difference(&one).map(|it| it.to_string());
    assert_eq!(forth.is_some(), back.is_some(), "{forth:?} {back:?}");
    assert_eq!(forth.is_none(), one.is_equivalent(&other), "{forth:?}");
    assert_eq!(back.is_none(), other.is_equivalent(&one), "{back:?}");
    forth
}

#[test]
fn spelling_padding_and_alignment_are_no_difference() {
    let native = match ByteOrder::NATIVE {
        ByteOrder::Little => "<",
        ByteOrder::Big => ">",
    };
    for (one, other) in [
        ("i", "=i"),
        ("i", &format!("{native}i")),
        (
            "n",
            if cfg!(target_pointer_width = "64") {
                "q"
            } else {
                "i"
            },
        ),
        ("F", "Zf"),
        (">B", "<B"),
        ("ii", "2i"),
        ("T{iii}", "T{i2i}"),
        ("T{2i}i", "T{ii}=i"),
        ("bi", "b3xi"),
        ("T{b:a:i:b:}", "T{=b:a:3x=i:b:}"),
        ("T{i:a:b:b:}", "numpy T{i:a:b:b:3x}"),
        ("numpy 2i", "(2)i"),
        ("2i:a:", "(2)i:a:"),
        ("3T{b:a:}h", "T{b:a:}2T{b}xh"),
        (&format!("ctypes {native}F"), "=Zf"),
        // What only one of both says.
        ("T{i:a:d:b:}", "id"),
        ("T{i:a:d}", "T{id:b:}"),
        ("P", "&i"),
        ("X{}", "X{i->d}"),
        // Bytes without a meaning.
        ("4x", "T{4x}"),
        ("T{4x:a:i:b:}", "T{T{4x}:a:i:b:}"),
        ("0s", "<0s"),
    ] {
        assert_eq!(difference(one, other), None, "{one} {other}");
    }
}

#[test]
fn a_difference_is_told_in_a_sentence() {
    for (one, other, expected) in [
        ("d", "f", "the item is float64, against float32"),
        ("b", "B", "the item is int8, against uint8"),
        ("3s", "4s", "the item is 3 bytes, against 4 bytes"),
        ("c", "s", "the item is char, against 1 byte"),
        ("w", "1w", "the item is UCS4, against text of 1 character"),
        ("i", "ii", "the item is int32, against a struct of 2 fields"),
        (
            "T{i:a:}",
            "i",
            "the item is a struct of 1 field, against int32",
        ),
        (
            "T{=b:a:T{i:x:d:b:}:s:}",
            "T{=b:a:T{i:x:q:b:}:s:}",
            "field 's.b' is float64 at offset 5, against int64 at offset 5",
        ),
        (
            "(2)i",
            "(3)i",
            "the item is a sub-array of shape (2,), against a sub-array of shape (3,)",
        ),
        (
            "(2)i",
            "(2,1)i",
            "the item is a sub-array of shape (2,), against a sub-array of shape (2, 1)",
        ),
        (
            "2i",
            "(2)i",
            "the item is a struct of 2 fields, against a sub-array of shape (2,) of int32",
        ),
        (
            "T{=b:a:(2,3)i:b:}",
            "T{=b:a:(6)f:b:}",
            "field 'b' is a sub-array of shape (2, 3) of int32 at offset 1, \
             against a sub-array of shape (6,) of float32 at offset 1",
        ),
        (
            "T{=b:a:(6)i:b:}",
            "T{=b:a:(6)f:b:}",
            "field 'b' is int32 at offset 1, against float32 at offset 1",
        ),
        (
            "T{i:a:(2)i:b:}",
            "T{i:a:i:b:}",
            "field 'b' is a sub-array of shape (2,), against a single int32",
        ),
        (
            "T{T{b}:a:}",
            "T{(1)T{b}:a:}",
            "field 'a' is a single struct, against a sub-array of shape (1,)",
        ),
        (
            "T{b:a:xh:b:}",
            "T{b:a:3x=h:b:}",
            "field 'b' is at offset 2, against offset 4",
        ),
        (
            "iiih",
            "ii2xii",
            "field '[2]' is at offset 8, against offset 12",
        ),
        (
            "3ih",
            "3iH",
            "field '[3]' is int16 at offset 12, against uint16 at offset 12",
        ),
        (
            "2T{h}T{b}",
            "3T{h}",
            "field '[2][0]' is int8 at offset 4, against int16 at offset 4",
        ),
        (
            "3T{h}",
            "2T{h}T{b}",
            "field '[2][0]' is int16 at offset 4, against int8 at offset 4",
        ),
        (
            "T{i:a:(2,3)T{b:x:h:y:}:b:}",
            "T{i:a:(2,3)T{b:x:e:y:}:b:}",
            "field 'b[0][0].y' is int16 at offset 6, against float16 at offset 6",
        ),
        (
            "T{=i:a:T{d:b:}:s:}",
            "T{=i:a:T{d:c:}:s:}",
            "the field at offset 4 is named 'b', against 'c'",
        ),
        ("T{i:a:}", "T{i:a:i:b:}", "the item has 1 field, against 2"),
        (
            "T{b:x:T{3h}:a:}",
            "T{b:x:T{2h}:a:}",
            "field 'a' has 3 fields, against 2",
        ),
        ("T{i:a:}", "T{i:a:4x}", "the item has 4 bytes, against 8"),
        (
            "T{T{b:x:}:a:}",
            "T{T{b:x:x}:a:}",
            "field 'a' has 1 byte, against 2",
        ),
        (
            "&d",
            "&q",
            "what the item points to is float64, against int64",
        ),
        (
            "T{&d:p:}",
            "T{&q:p:}",
            "what 'p' points to is float64, against int64",
        ),
        (
            "T{&&d:p:}",
            "T{&&q:p:}",
            "what '*p' points to is float64, against int64",
        ),
        (
            "T{i:a:&T{=b:x:d:y:}:p:}",
            "T{i:a:&T{=b:x:q:y:}:p:}",
            "field 'p->y' is float64 at offset 1, against int64 at offset 1",
        ),
        (
            "X{i->d}",
            "X{d->d}",
            "the item is a function with signature 'i->d', against 'd->d'",
        ),
        ("P", "X{}", "the item is pointer, against function"),
        (
            "T{i:a\n:}",
            "T{d:a\n:}",
            "field 'a\\n' is int32 at offset 0, against float64 at offset 0",
        ),
    ] {
        assert_eq!(
            difference(one, other).as_deref(),
            Some(expected),
            "{one} {other}"
        );
    }
}

#[test]
fn byte_orders_are_told() {
    let sentence = difference("<d", ">d").unwrap();
    let expected = match ByteOrder::NATIVE {
        ByteOrder::Little => "the item is float64, against big-endian float64",
        ByteOrder::Big => "the item is little-endian float64, against float64",
    };
    assert_eq!(sentence, expected);
}

#[test]
fn what_is_not_known_is_only_the_same_as_itself() {
    let stated = |text| Format::stated(Some(text), 8).unwrap();
    let union = stated(c"B");
    assert!(union.root().is_none());
    assert!(union.is_equivalent(&stated(c"B")));
    assert!(union.difference(&stated(c"B")).is_none());
    for other in [
        stated(c"d"),
        stated(c"b"),
        Format::stated(Some(c"B"), 4).unwrap(),
    ] {
        assert!(!union.is_equivalent(&other) && !other.is_equivalent(&union));
        for sentence in [union.difference(&other), other.difference(&union)] {
            let sentence = sentence.unwrap().to_string();
            assert!(sentence.contains("is not known"), "{sentence}");
        }
    }
    assert_eq!(
        stated(c"d").difference(&union).unwrap().to_string(),
        "'d' (float64), against 'B' (items of 8 bytes): what 'B' means is not known"
    );
}

#[test]
fn a_want_accepts_every_spelling() {
    let accepts = |wanted: &str, text: Option<&CStr>, itemsize| {
        format(wanted).accepts(text, itemsize).unwrap()
    };
    let native = if cfg!(target_endian = "little") {
        c"<d"
    } else {
        c">d"
    };
    let foreign = if cfg!(target_endian = "little") {
        c">d"
    } else {
        c"<d"
    };
    for text in [c"d", c"@d", c"=d", native, c"(1)d"] {
        assert_eq!(accepts("d", Some(text), 8), text != c"(1)d", "{text:?}");
    }
    for (text, itemsize) in [
        (foreign, 8),
        (c"q", 8),
        (c"f", 4),
        (c"d", 16),
        (c"", 8),
        (c"?!", 8),
    ] {
        assert!(!accepts("d", Some(text), itemsize), "{text:?}");
    }
    assert!(accepts("B", None, 1) && accepts("4s", None, 4));
    assert!(!accepts("b", None, 1) && !accepts("i", None, 4));
    // As NumPy and ctypes write the same struct, of their versions.
    let wanted = "T{b:a:i:b:}";
    for text in [
        c"T{b:a:i:b:}",
        c"T{b:a:xxx=i:b:}",
        if cfg!(target_endian = "little") {
            c"T{<b:a:3x<i:b:}"
        } else {
            c"T{>b:a:3x>i:b:}"
        },
        if cfg!(target_endian = "little") {
            c"T{<b:a:<i:b:}"
        } else {
            c"T{>b:a:>i:b:}"
        },
    ] {
        assert!(accepts(wanted, Some(text), 8), "{text:?}");
        assert!(!accepts(wanted, Some(text), 12), "{text:?}");
    }
    assert!(!accepts(wanted, Some(c"T{b:a:f:b:}"), 8));
    // What is opaque accepts itself.
    let union = Format::stated(Some(c"B"), 8).unwrap();
    assert!(union.accepts(Some(c"B"), 8).unwrap());
    assert!(!union.accepts(Some(c"b"), 8).unwrap());
    assert!(!union.accepts(Some(c"B"), 1).unwrap());
}

/// Whoever has read a text in a dialect means that one.
#[test]
fn a_format_accepts_its_own_text() {
    for (text, dialect) in [
        (c"w", Dialect::NumPy),
        (c"2i", Dialect::NumPy),
        (c"2i", Dialect::Pep3118),
        (c"T{T{i<h}:a:@3s:b:q:c:}", Dialect::Pep3118),
        (c"Z", Dialect::Ctypes),
        (c"i h", Dialect::Struct),
    ] {
        let format = Format::parse(text, dialect).unwrap();
        let size = format.itemsize();
        assert!(format.accepts(Some(text), size).unwrap(), "{text:?}");
        assert!(!format.accepts(Some(text), size + 1).unwrap(), "{text:?}");
    }
    // Another text is read as one that is stated.
    let format = Format::parse(c"w", Dialect::NumPy).unwrap();
    assert!(!format.accepts(Some(c"@w"), 4).unwrap());
    assert!(format.accepts(Some(c"1w"), 4).unwrap());
}
