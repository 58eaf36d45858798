use std::ffi::{CStr, CString};

use crate::format::{Dialect, Format};

fn parse(text: &str) -> Format {
    Format::parse(&CString::new(text).unwrap(), Dialect::Pep3118).unwrap()
}

#[test]
fn a_want_accepts_every_spelling() {
    let accepts = |wanted: &str, text: Option<&CStr>, itemsize| {
        parse(wanted).accepts(text, itemsize).unwrap()
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

#[test]
fn what_is_not_known_cannot_be_written() {
    let union = Format::stated(Some(c"B"), 8).unwrap();
    let error = union.in_dialect(Dialect::NumPy).unwrap_err();
    assert!(
        error
            .message()
            .contains("no dialect reads format 'B' as items of 8 bytes"),
        "{error}"
    );
}

#[test]
fn an_address_is_native_whatever_order_is_in_force() {
    for (text, dialect) in [
        (c"T{>i:a:&<i:p:}", Dialect::Ctypes),
        (c"T{<i:a:&<i:p:}", Dialect::Ctypes),
        (c"T{>i:a:X{}:p:}", Dialect::Ctypes),
        (c"T{<i:a:X{}:p:}", Dialect::Ctypes),
        (c"T{>i:a:O:p:}", Dialect::NumPy),
        (c"T{<i:a:O:p:}", Dialect::NumPy),
    ] {
        let format = Format::parse(text, dialect).unwrap();
        let pointer = format.field(b"p").unwrap().0;
        assert!(
            pointer.root().unwrap().scalar().unwrap().is_native(),
            "{text:?}"
        );
    }
}

#[test]
fn ctypes_aligns_nothing() {
    let format = Format::parse(c"T{T{2x}:a:T{&<i:p:}:b:}", Dialect::Ctypes).unwrap();
    assert_eq!(format.field(b"b").unwrap().1, 2);
}

/// Their product does not fit, their bytes do.
#[test]
fn dimensions_of_nothing_may_be_of_any_length() {
    let most = isize::MAX;
    for text in [
        format!("({most},{most})0s"),
        format!("({most},2,{most})T{{}}"),
    ] {
        let format = parse(&format!("i{text}"));
        assert_eq!(format.root().unwrap().fields().last().unwrap().size(), 0);
        assert!(format.is_equivalent(&format.in_dialect(Dialect::Pep3118).unwrap()));
    }
}
