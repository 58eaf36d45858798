//! Texts that are right, as the trees they mean; and texts that are not, as where and why.

use std::ffi::CString;

use super::super::{Dialect, Field, Format, What};
use super::{Padding, size};
use crate::error::{Error, Kind};

use Dialect::{Ctypes, NumPy, Pep3118, Struct};

fn parse(text: &str, dialect: Dialect) -> Result<Format, Error> {
    Format::parse(&CString::new(text).unwrap(), dialect)
}

/// `offset:kind` for each field, with what it has beside that.
fn told(field: &Field<'_>) -> String {
    let name = field.name().map_or(String::new(), |name| {
        format!("{} ", String::from_utf8_lossy(name))
    });
    let what = match field.what() {
        What::Scalar(scalar) => scalar.to_string(),
        What::Struct => format!("struct of {}", field.itemsize()),
    };
    let shape: String = field
        .shape()
        .iter()
        .map(|length| format!("[{length}]"))
        .collect();
    let repeat = match field.repeat() {
        1 => String::new(),
        repeat => format!(" x{repeat}"),
    };
    let below: Vec<String> = field.fields().map(|field| told(&field)).collect();
    let below = match below.is_empty() {
        true => String::new(),
        false => format!(" {{{}}}", below.join(", ")),
    };
    format!("{name}{}:{what}{shape}{repeat}{below}", field.offset())
}

fn tree(text: &str, dialect: Dialect) -> String {
    match parse(text, dialect) {
        Ok(format) => told(&format.root().unwrap()),
        Err(error) => panic!("{text}: {error}"),
    }
}

/// A native order, and a foreign one as a message says it.
const NATIVE: char = if cfg!(target_endian = "little") {
    '<'
} else {
    '>'
};
const FOREIGN: char = if cfg!(target_endian = "little") {
    '>'
} else {
    '<'
};
const FOREIGN_ENDIAN: &str = if cfg!(target_endian = "little") {
    "big-endian"
} else {
    "little-endian"
};

#[test]
fn a_single_member_is_the_item() {
    for (text, expected) in [
        ("=i", "0:int32"),
        ("=1i", "0:int32"),
        ("(2,3)=i", "0:int32[2][3]"),
        ("=(3)2i", "0:int32[3][2]"),
        ("4s", "0:4 bytes"),
        ("3w", "0:text of 3 characters"),
        ("9t", "0:bits in 2 bytes"),
        ("T{=i}", "0:struct of 4 {0:int32}"),
        ("=Zf", "0:complex64"),
        ("D", "0:complex128"),
        (" \t=i\n", "0:int32"),
    ] {
        assert_eq!(tree(text, Pep3118), expected, "{text}");
    }
}

#[test]
fn several_members_are_a_struct() {
    for (text, expected) in [
        ("", "0:struct of 0"),
        ("4x", "0:struct of 4"),
        ("=i:a:", "0:struct of 4 {a 0:int32}"),
        ("=2i", "0:struct of 8 {0:int32 x2}"),
        ("=iii", "0:struct of 12 {0:int32 x3}"),
        ("=ix", "0:struct of 5 {0:int32}"),
        ("=bi", "0:struct of 5 {0:int8, 1:int32}"),
        ("=bxxi", "0:struct of 7 {0:int8, 3:int32}"),
        ("=3i:a:h", "0:struct of 14 {a 0:int32[3], 12:int16}"),
        (
            "=2T{bh}",
            "0:struct of 6 {0:struct of 3 x2 {0:int8, 1:int16}}",
        ),
        (
            "4x:raw:b",
            "0:struct of 5 {raw 0:4 bytes without a meaning, 4:int8}",
        ),
        ("=i0hb", "0:struct of 5 {0:int32, 4:int8}"),
    ] {
        assert_eq!(tree(text, Pep3118), expected, "{text}");
    }
}

#[test]
fn an_order_holds_until_the_next() {
    let text = format!("T{{{FOREIGN}h:a:T{{i:b:}}:s:}}:t:h:c:{NATIVE}h:d:");
    let expected = format!(
        "0:struct of 10 {{t 0:struct of 6 {{a 0:{FOREIGN_ENDIAN} int16, \
         s 2:struct of 4 {{b 0:{FOREIGN_ENDIAN} int32}}}}, c 6:{FOREIGN_ENDIAN} int16, d 8:int16}}"
    );
    for dialect in [Pep3118, NumPy] {
        assert_eq!(tree(&text, dialect), expected, "{dialect}");
    }
}

/// What C's compiler does with the same members.
#[test]
fn native_members_lie_as_those_of_c() {
    #[repr(C)]
    struct Inner {
        a: f64,
        b: u8,
    }
    #[repr(C)]
    struct Outer {
        a: u8,
        b: Inner,
        c: u16,
    }
    let format = parse("T{B:a:T{d:a:B:b:}:b:H:c:}", Pep3118).unwrap();
    assert_eq!(format.itemsize(), size_of::<Outer>());
    assert_eq!(format.alignment(), align_of::<Outer>());
    let fields: Vec<_> = format.root().unwrap().fields().collect();
    assert_eq!(fields[1].offset(), std::mem::offset_of!(Outer, b));
    assert_eq!(fields[1].itemsize(), size_of::<Inner>());
    assert_eq!(fields[2].offset(), std::mem::offset_of!(Outer, c));
}

/// The same text, four times.
#[test]
fn where_dialects_part() {
    let size = |text, dialect| parse(text, dialect).map(|format| format.itemsize()).ok();
    let sizes = |text| [Pep3118, Struct, NumPy, Ctypes].map(|dialect| size(text, dialect));
    assert_eq!(sizes("ib"), [Some(5), Some(5), Some(8), Some(5)]);
    assert_eq!(sizes("T{ib}"), [Some(8), None, Some(8), Some(5)]);
    assert_eq!(sizes("bi"), [Some(8), Some(8), Some(8), Some(5)]);
    assert_eq!(sizes("=b <h"), [Some(3), None, None, None]);
    assert_eq!(sizes("h <i"), [Some(6), None, None, None]);
    assert_eq!(sizes("5p"), [Some(5), Some(5), None, Some(5)]);
    let pointer = Some(size_of::<usize>());
    assert_eq!(sizes("<P"), [None, None, None, pointer]);
    assert_eq!(sizes("P"), [pointer, pointer, None, pointer]);
    assert_eq!(tree("=2i", NumPy), "0:int32[2]");
    assert_eq!(tree("=2i", Struct), "0:struct of 8 {0:int32 x2}");
}

#[test]
fn what_points_somewhere() {
    let size = size_of::<usize>();
    for (text, expected) in [
        ("&=i", "0:pointer {0:int32}".to_owned()),
        ("&&(3)=i", "0:pointer {0:pointer {0:int32[3]}}".to_owned()),
        (
            "&T{=i:a:}:p:",
            format!("0:struct of {size} {{p 0:pointer {{0:struct of 4 {{a 0:int32}}}}}}"),
        ),
        ("X{}", "0:function".to_owned()),
        ("X{=ii:x:->d}", "0:function".to_owned()),
    ] {
        assert_eq!(tree(text, Pep3118), expected, "{text}");
    }
    let function = parse("X{ii->d}:f:", Pep3118).unwrap();
    let field = function.root().unwrap().fields().next().unwrap();
    assert_eq!(field.signature(), Some(&b"ii->d"[..]));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, dialect, at, expected) in [
        ("iy", Pep3118, 1, "'y' is no code of PEP 3118"),
        ("<n", Pep3118, 1, "'n' has no standard size"),
        ("<Zg", Pep3118, 1, "'Z' has no standard size"),
        ("3", Pep3118, 1, "the text ends after a count"),
        ("(2,3", Pep3118, 4, "where ',' or ')' is expected"),
        ("(2,)i", Pep3118, 3, "where a number is expected"),
        ("2(3)i", Pep3118, 1, "a shape comes first"),
        (
            "T{i:a:",
            Pep3118,
            6,
            "'}' is expected: it ends what '{' opens at offset 1",
        ),
        ("i}", Pep3118, 1, "no 'T{' is open"),
        ("i:a", Pep3118, 3, "where ':' is expected"),
        ("i::", Pep3118, 2, "a name is expected"),
        (
            "T{i:a:T{h:a:}:b:b:a:}",
            Pep3118,
            18,
            "has this name already",
        ),
        ("X{i->}", Pep3118, 5, "'}' is no code"),
        ("&", Pep3118, 1, "where a code is expected"),
        ("3 i", Struct, 1, "' ' is no code"),
        (" <i", Struct, 1, "'<' is no code"),
        ("^i", Struct, 0, "'^' is no code"),
        ("T{i}", Struct, 0, "'T' is no code"),
        ("i i", NumPy, 1, "' ' is no code"),
    ] {
        let error = parse(text, dialect).unwrap_err();
        let kind = if dialect == Struct {
            Kind::Struct
        } else {
            Kind::Value
        };
        assert_eq!(error.kind(), kind, "{text}");
        let place = format!("at offset {at}: ");
        assert!(error.message().contains(&place), "{text}: {error}");
        assert!(error.message().contains(expected), "{text}: {error}");
    }
}

#[test]
fn the_errors_of_struct_begin_with_its_words() {
    for (text, words) in [
        ("iy", "bad char in struct format: "),
        ("i3", "repeat count given without format specifier: "),
        ("99999999999999999999999i", "total struct size too long: "),
        ("9223372036854775807i", "total struct size too long: "),
    ] {
        let error = parse(text, Struct).unwrap_err();
        assert!(error.message().starts_with(words), "{error}");
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let largest = isize::MAX;
    for text in [
        format!("{largest}xb"),
        format!("{largest}w"),
        format!("({largest},2)b"),
        format!("T{{({largest})b({largest})b}}"),
        format!("({largest},0,2)b"),
        format!("&({largest},2)i"),
        "9".repeat(1_000_000) + "i",
    ] {
        let error = parse(&text, Pep3118).unwrap_err();
        assert!(
            error.message().contains("larger than Py_ssize_t"),
            "{error}"
        );
    }
    assert_eq!(
        parse(&format!("{largest}x"), Pep3118).unwrap().itemsize(),
        largest as usize
    );
}

/// What has no bytes has no size that ends it, and whoever packs a struct counts its members.
#[test]
fn members_without_a_byte_can_be_counted() {
    let largest = isize::MAX;
    assert!(parse(&format!("{largest}T{{}}"), Pep3118).is_ok());
    for dialect in [Pep3118, Ctypes] {
        // Padding is none.
        assert!(parse(&format!("{largest}T{{}}0x(2)xx"), dialect).is_ok());
        let text = format!("T{{{largest}T{{}}{largest}T{{}}2T{{}}}}");
        let error = parse(&text, dialect).unwrap_err();
        assert_eq!(error.kind(), Kind::Value);
        let telling = "a struct would have more members than Py_ssize_t can tell";
        assert!(error.message().contains(telling), "{error}");
    }
}

/// Neither the stack nor the time ends where a text is deep or long.
#[test]
fn deep_and_long_texts_are_bounded() {
    for deep in ["T{", "&", "X{", "(", "T{&(2)"] {
        assert!(parse(&deep.repeat(10_000), Pep3118).is_err(), "{deep}");
    }
    let nested = |depth: usize| "T{".repeat(depth) + "i" + &"}".repeat(depth);
    assert!(parse(&nested(64), Pep3118).is_ok());
    let error = parse(&nested(65), Pep3118).unwrap_err();
    assert!(
        error.message().contains("nested more than 64 deep"),
        "{error}"
    );
    let dimensions = |count: usize| format!("({})b", vec!["1"; count].join(","));
    assert!(parse(&dimensions(64), Pep3118).is_ok());
    assert!(parse(&dimensions(65), Pep3118).is_err());
    // A count is one more.
    assert!(parse(&dimensions(63).replace('b', "2b"), Pep3118).is_ok());
    let error = parse(&dimensions(64).replace('b', "2b"), Pep3118).unwrap_err();
    assert!(
        error.message().contains("more than 64 dimensions"),
        "{error}"
    );
    let many = if cfg!(pybuf_units) { 50_000 } else { 500_000 };
    let long = "=bB".to_owned() + &"bB".repeat(many);
    assert_eq!(size(long.as_bytes(), Struct).unwrap(), 2 * many + 2);
    assert_eq!(
        parse(&("b".repeat(1_000_000)), Pep3118).unwrap().itemsize(),
        1_000_000
    );
    let name = "n".repeat(1_000_000);
    let format = parse(&format!("i:{name}:"), Pep3118).unwrap();
    let field = format.root().unwrap().fields().next().unwrap();
    assert_eq!(field.name().map(<[u8]>::len), Some(1_000_000));
    let many: String = (0..many / 5).map(|k| format!("b:{k}:")).collect();
    assert!(parse(&(many.clone() + "b:0:"), Pep3118).is_err());
    assert!(parse(&many, Pep3118).is_ok());
}

#[test]
fn any_bytes_but_colon_and_nul_are_a_name() {
    let format = Format::parse(c"i:\xff\n {}:", Pep3118).unwrap();
    let field = format.root().unwrap().fields().next().unwrap();
    assert_eq!(field.name(), Some(&b"\xff\n {}"[..]));
}

/// The size alone is the size of the tree, whatever the text.
#[test]
fn the_size_is_that_of_the_tree() {
    const PIECES: [&str; 14] = [
        "b", "i", "2h", "T{", "}", "(2)", "3x", "d:n:", "<", "@", " ", "0q", "&", "Zd",
    ];
    let mut state = 1u32;
    let mut agreed = 0;
    // Emulated machines take twenty times as long.
    let rounds = if cfg!(pybuf_units) { 2_000 } else { 20_000 };
    for _ in 0..rounds {
        let mut text = String::new();
        for _ in 0..6 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text += PIECES[(state >> 16) as usize % PIECES.len()];
        }
        for dialect in [Pep3118, Struct, NumPy, Ctypes] {
            let whole = super::tree(text.as_bytes(), dialect, Padding::Said);
            // Names are looked at only where they are kept.
            match (whole, size(text.as_bytes(), dialect)) {
                (Ok(parsed), alone) => {
                    assert_eq!(Ok(parsed.size), alone, "{text}");
                    agreed += 1;
                }
                (Err(_), Ok(_)) => assert!(text.matches(":n:").count() > 1, "{text}"),
                (Err(one), Err(two)) if text.matches(":n:").count() < 2 => {
                    assert_eq!(one, two, "{text}")
                }
                _ => {}
            }
        }
    }
    assert!(agreed > rounds / 4, "{agreed}");
}

#[test]
fn an_address_is_native_whatever_order_is_in_force() {
    for (text, dialect) in [
        (c"T{>i:a:&<i:p:}", Ctypes),
        (c"T{<i:a:&<i:p:}", Ctypes),
        (c"T{>i:a:X{}:p:}", Ctypes),
        (c"T{<i:a:X{}:p:}", Ctypes),
        (c"T{>i:a:O:p:}", NumPy),
        (c"T{<i:a:O:p:}", NumPy),
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
    let format = Format::parse(c"T{T{2x}:a:T{&<i:p:}:b:}", Ctypes).unwrap();
    assert_eq!(format.field(b"b").unwrap().1, 2);
}
