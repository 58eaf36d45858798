use super::super::{Dialect, Nested};
use super::*;
use crate::error::Kind;

use std::ffi::CString;

fn parsed(text: &str, dialect: Dialect) -> Format {
    Format::parse(&CString::new(text).unwrap(), dialect).unwrap()
}

/// What becomes of an item in the dialect of `struct`.
fn packed(text: &str, given: Nested<'_>) -> Result<Vec<u8>> {
    let format = parsed(text, Dialect::Struct);
    let mut item = vec![0xA5; format.itemsize()];
    let result = format.pack(given, &mut item);
    if result.is_err() {
        assert!(item.iter().all(|&byte| byte == 0xA5), "{text}: {item:?}");
    }
    result.map(|()| item)
}

fn refused(text: &str, given: Nested<'_>) -> Error {
    match packed(text, given) {
        Ok(item) => panic!("{text} took {given:?}: {item:?}"),
        Err(error) => error,
    }
}

/// As CPython 3.13 says it.
#[test]
fn a_number_outside_says_so_in_the_words_of_struct() {
    let (least, greatest) = (i64::MIN, u64::MAX);
    for (text, number, words) in [
        (
            "<b",
            Value::Signed(128),
            "'b' format requires -128 <= number <= 127",
        ),
        (
            "@b",
            Value::Signed(-129),
            "'b' format requires -128 <= number <= 127",
        ),
        (
            "<B",
            Value::Signed(-1),
            "'B' format requires 0 <= number <= 255",
        ),
        (
            "<h",
            Value::Signed(32768),
            "'h' format requires -32768 <= number <= 32767",
        ),
        (
            "<H",
            Value::Signed(65536),
            "'H' format requires 0 <= number <= 65535",
        ),
        (
            "<i",
            Value::Signed(1 << 31),
            "'i' format requires -2147483648 <= number <= 2147483647",
        ),
        (
            ">I",
            Value::Signed(1 << 32),
            "'I' format requires 0 <= number <= 4294967295",
        ),
        (
            "<q",
            Value::Unsigned(1 << 63),
            "'q' format requires -9223372036854775808 <= number <= 9223372036854775807",
        ),
        (
            "<Q",
            Value::Signed(-1),
            "'Q' format requires 0 <= number <= 18446744073709551615",
        ),
    ] {
        let error = refused(text, number.into());
        assert_eq!(error.kind(), Kind::Struct, "{text}");
        assert!(error.message().starts_with(words), "{text}: {error}");
    }
    for (text, number, bytes) in [
        ("<q", Value::Signed(least), least.to_le_bytes()),
        (">Q", Value::Unsigned(greatest), greatest.to_be_bytes()),
    ] {
        assert_eq!(packed(text, number.into()).unwrap(), bytes);
    }
    // An address may be negative, and is what has these bits.
    assert_eq!(
        packed("P", (-1i64).into()).unwrap(),
        usize::MAX.to_ne_bytes()
    );
}

#[test]
fn a_value_of_another_sort_is_refused_in_the_words_of_struct() {
    let text = Value::Text(b"", ByteOrder::NATIVE);
    for (format, value, words) in [
        (
            "<i",
            Value::Float(1.5),
            "required argument is not an integer: a float was given for",
        ),
        (
            "P",
            Value::Bytes(b"ab"),
            "required argument is not an integer",
        ),
        (
            "<d",
            Value::Complex(0.0, 1.0),
            "required argument is not a float",
        ),
        ("<e", text, "required argument is not a float"),
        (
            "<F",
            Value::Bytes(b"a"),
            "required argument is not a complex",
        ),
        (
            "c",
            Value::Bytes(b"ab"),
            "char format requires a bytes object of length 1",
        ),
        (
            "c",
            Value::Signed(65),
            "char format requires a bytes object of length 1",
        ),
        (
            "3s",
            Value::Signed(65),
            "argument for 's' must be a bytes object",
        ),
        ("3p", text, "argument for 'p' must be a bytes object"),
        // Larger than any integer.
        ("9s", text, "argument for 's' must be a bytes object"),
        ("D", text, "required argument is not a complex"),
        (
            "?",
            Value::Object(7),
            "required argument is not a truth value",
        ),
    ] {
        let error = refused(format, value.into());
        assert_eq!(error.kind(), Kind::Struct, "{format}");
        assert!(error.message().starts_with(words), "{format}: {error}");
        if format != "?" {
            let error = refused(format, Nested::Sequence(&[]));
            assert!(error.message().contains("a sequence was given"), "{error}");
        }
    }
}

#[test]
fn floats_that_are_too_large() {
    let huge = || Value::Float(1e300).into();
    for (text, letter) in [
        ("<f", 'f'),
        (">f", 'f'),
        ("<e", 'e'),
        ("e", 'e'),
        ("f", 'f'),
        ("F", 'f'),
        (">F", 'f'),
    ] {
        let error = refused(text, huge());
        assert_eq!(error.kind(), Kind::Overflow, "{text}");
        let words = format!("float too large to pack with {letter} format");
        assert!(error.message().starts_with(&words), "{text}: {error}");
    }
    let error = refused("e", Value::Signed(65520).into());
    assert_eq!(error.kind(), Kind::Struct);
    assert!(error.message().starts_with("int too large to convert"));
    // Halfway to what would be the next float32 is too far, and what is nearer is not.
    let limit = f64::from(f32::MAX) + 2f64.powi(103);
    assert_eq!(
        refused("<f", Value::Float(-limit).into()).kind(),
        Kind::Overflow
    );
    assert_eq!(
        packed("<f", limit.next_down().into()).unwrap(),
        f32::MAX.to_le_bytes()
    );
    assert_eq!(
        packed(">f", f64::INFINITY.into()).unwrap(),
        f32::INFINITY.to_be_bytes()
    );
}

/// The limits of what becomes infinite are those of the processor.
#[test]
fn a_float_is_too_large_where_it_would_become_infinite() {
    let limit = f64::from(f32::MAX) + 2f64.powi(103);
    assert!((limit as f32).is_infinite());
    assert!((limit.next_down() as f32).is_finite());
}

#[test]
fn bytes_are_cut_or_filled_up() {
    for (text, bytes, item) in [
        ("3s", &b"ab"[..], &b"ab\0"[..]),
        ("3s", b"abcd", b"abc"),
        ("0s", b"abcd", b""),
        ("3p", b"abc", b"\x02ab"),
        ("3p", b"", b"\0\0\0"),
        ("0p", b"abc", b""),
    ] {
        assert_eq!(packed(text, bytes.into()).unwrap(), item, "{text}");
    }
    // More than its length can say.
    let item = packed("300p", (&[b'a'; 280][..]).into()).unwrap();
    assert_eq!((item[0], item[280], item[281]), (255, b'a', 0));
    let text = parsed("=3w", Dialect::Pep3118);
    let mut item = [0xA5; 12];
    let characters = [0, 0, 0, 65, 0, 1, 0xF4, 0x0D];
    text.pack(
        Nested::from(Value::Text(&characters, ByteOrder::Big)),
        &mut item,
    )
    .unwrap();
    let expected = [0x41u32, 0x1F40D, 0].map(u32::to_ne_bytes).concat();
    assert_eq!(item[..], expected);
    text.pack(Nested::from('x'), &mut item).unwrap();
    assert_eq!(
        item[..],
        [b'x'.into(), 0u32, 0].map(u32::to_ne_bytes).concat()
    );
}

/// Everything but zero and what is empty is true.
#[test]
fn truth() {
    for (value, truth) in [
        (Nested::from(Value::Complex(0.0, 1.0)), 1),
        (Value::Complex(0.0, 0.0).into(), 0),
        (Value::Float(f64::NAN).into(), 1),
        (Value::Bytes(b"").into(), 0),
        (Value::Bytes(b"\0").into(), 1),
        (Value::Char(0).into(), 1),
        (Nested::Sequence(&[]), 0),
        (Nested::Sequence(&[Nested::Value(Value::Bool(false))]), 1),
    ] {
        assert_eq!(packed("?", value).unwrap(), [truth], "{value:?}");
    }
}

#[test]
fn members_are_counted() {
    let one = Nested::from(1i64);
    let error = refused("hhh", Nested::Sequence(&[one, one]));
    assert_eq!(error.kind(), Kind::Struct);
    let words = "pack expected 3 items for packing (got 2)";
    assert!(error.message().starts_with(words), "{error}");
    let error = refused("hh", one);
    assert!(
        error
            .message()
            .starts_with("required argument is not a sequence"),
        "{error}"
    );

    let format = parsed("T{<h:a:(2)h:b:T{h:x:}:s:}", Dialect::Pep3118);
    let mut item = [0xA5; 8];
    let pair = [one, one];
    for (given, words) in [
        (
            [one, Nested::Sequence(&pair[..1]), Nested::Sequence(&[one])],
            "(got 1): the elements of 'b'",
        ),
        (
            [one, Nested::Sequence(&pair), Nested::Sequence(&pair)],
            "(got 2): the members of 's'",
        ),
        (
            [one, Nested::Sequence(&pair), one],
            "an integer was given for the 1 members of 's'",
        ),
        (
            [
                0.5.into(),
                Nested::Sequence(&pair),
                Nested::Sequence(&[one]),
            ],
            "a float was given for 'a'",
        ),
    ] {
        let error = format
            .pack(Nested::Sequence(&given), &mut item)
            .unwrap_err();
        assert_eq!(error.kind(), Kind::Struct);
        assert!(error.message().contains(words), "{error}");
    }
    assert_eq!(item, [0xA5; 8]);
}

#[test]
fn no_rows_of_empty_structs_are_of_any_length() {
    let text = format!("(0,{0},{0})T{{}}", isize::MAX);
    let format = parsed(&text, Dialect::Pep3118);
    assert_eq!(format.pack(Nested::Sequence(&[]), &mut []), Ok(()));
}

#[test]
fn padding_becomes_zero() {
    let one = Nested::from(-1i64);
    assert_eq!(
        packed("<b2xbx", Nested::Sequence(&[one, one])).unwrap(),
        [255, 0, 0, 255, 0]
    );
    assert_eq!(
        packed("bi", Nested::Sequence(&[one, one])).unwrap()[1..4],
        [0; 3]
    );
}

#[test]
fn no_item_of_a_run_is_written_where_one_does_not_fit() {
    for (text, good) in [
        ("<b", Nested::from(1i64)),
        (
            "<bb",
            Nested::Sequence(&[Nested::Value(Value::Bool(true)); 2]),
        ),
    ] {
        let format = parsed(text, Dialect::Pep3118);
        // In the stage, and in one that is allocated.
        for count in [3, 1000] {
            let mut given = vec![good; count];
            let mut items = vec![0xA5; count * format.itemsize()];
            given[count - 1] = 0.5.into();
            let error = format.pack_many(&given, &mut items).unwrap_err();
            assert_eq!(error.kind(), Kind::Struct);
            let number = format!("{}", count - 1);
            assert!(error.message().ends_with(&number), "{error}");
            assert!(items.iter().all(|&byte| byte == 0xA5));
            given[count - 1] = good;
            format.pack_many(&given, &mut items).unwrap();
            assert!(items.iter().all(|&byte| byte == 1));
        }
    }
}

#[test]
fn a_long_double_is_kept_exactly() {
    let format = parsed("g", Dialect::Pep3118);
    let bytes: Vec<u8> = (1..=format.itemsize() as u8).collect();
    let values = format.unpack(&bytes).unwrap();
    let mut item = vec![0; bytes.len()];
    format.pack(values.item(0), &mut item).unwrap();
    assert_eq!(item, bytes);
    // An integer, and what unpacks as one.
    format.pack(Nested::from(3i64), &mut item).unwrap();
    let values = format.unpack(&item).unwrap();
    let value = values.item(0).value().unwrap();
    assert!(value.equals(Value::Float(3.0)) && value.equals(Value::Signed(3)));
}

#[test]
fn objects_are_not_packed() {
    let format = parsed("O", Dialect::Pep3118);
    let mut item = vec![0; format.itemsize()];
    let error = format
        .pack(Nested::from(Value::Object(1)), &mut item)
        .unwrap_err();
    assert_eq!(error.kind(), Kind::NotImplemented);
}

/// Of elements without a byte there may be more than can be counted.
#[test]
fn many_elements_without_a_byte_are_refused_like_others() {
    let largest = isize::MAX;
    let format = parsed(
        &format!("(1,{largest},{largest},{largest})T{{}}"),
        Dialect::Pep3118,
    );
    let nothing = [Nested::Sequence(&[])];
    let error = format
        .pack(Nested::from(&nothing[..]), &mut [])
        .unwrap_err();
    let telling = format!("pack expected {largest} items for packing (got 0)");
    assert!(error.message().starts_with(&telling), "{error}");
}
