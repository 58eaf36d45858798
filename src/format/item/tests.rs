use super::*;
use crate::error::Kind;

const ORDERS: [ByteOrder; 2] = [ByteOrder::Little, ByteOrder::Big];

fn scalar(kind: ScalarKind, size: usize, order: ByteOrder) -> Scalar {
    Scalar { kind, size, order }
}

fn packed(scalar: Scalar, value: Value<'_>) -> Result<Vec<u8>> {
    let mut item = vec![0xA5; scalar.size];
    scalar.pack(value, &mut item).map(|()| item)
}

/// The long way: digit by digit in base 256, the last first where the order is big.
fn digits(mut number: i128, size: usize, order: ByteOrder) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..size {
        bytes.push(number.rem_euclid(256) as u8);
        number = number.div_euclid(256);
    }
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    bytes
}

fn integer(number: i128) -> Value<'static> {
    match i64::try_from(number) {
        Ok(number) => Value::Signed(number),
        Err(_) => Value::Unsigned(number.try_into().unwrap()),
    }
}

#[test]
fn integers_are_digits_in_base_256() {
    for (kind, size) in [1, 2, 4, 8].into_iter().flat_map(|size| {
        [
            ScalarKind::Signed,
            ScalarKind::Unsigned,
            ScalarKind::Pointer,
        ]
        .map(|kind| (kind, size))
    }) {
        let all: i128 = 1 << (8 * size);
        let (least, greatest) = match kind {
            ScalarKind::Signed => (-all / 2, all / 2 - 1),
            _ => (0, all - 1),
        };
        let near = [
            least,
            -1,
            0,
            1,
            0x0102_0304_0506_0708,
            greatest / 3,
            greatest,
        ];
        for (number, order) in near
            .into_iter()
            .flat_map(|it| ORDERS.map(|order| (it, order)))
        {
            let scalar = scalar(kind, size, order);
            let value = integer(number);
            if !(least..=greatest).contains(&number) {
                assert_eq!(packed(scalar, value).unwrap_err().kind(), Kind::Overflow);
                continue;
            }
            let item = packed(scalar, value).unwrap();
            assert_eq!(item, digits(number, size, order), "{scalar} {number}");
            assert_eq!(scalar.unpack(&item).as_integer(), Some(number), "{scalar}");
        }
    }
}

#[test]
fn a_number_outside_says_so_in_the_words_of_array() {
    for (code, number, text) in [
        (
            "b",
            128,
            "signed char is greater than maximum: 128 is not in -128 to 127",
        ),
        (
            "B",
            -1,
            "unsigned byte integer is less than minimum: -1 is not in 0 to 255",
        ),
        ("h", -40000, "signed short integer is less than minimum"),
        ("H", 1 << 16, "unsigned short is greater than maximum"),
        ("i", 1 << 31, "signed integer is greater than maximum"),
        ("I", 1 << 32, "unsigned int is greater than maximum"),
        ("q", 1 << 63, "signed long integer is greater than maximum"),
        ("Q", -1, "unsigned long integer is less than minimum"),
        ("P", -1, "address is less than minimum"),
    ] {
        let scalar = Scalar::parse(code.as_bytes()).unwrap();
        let error = packed(scalar, integer(number)).unwrap_err();
        assert_eq!(error.kind(), Kind::Overflow);
        assert!(error.message().starts_with(text), "{code}: {error}");
    }
}

#[test]
fn floats_in_both_orders() {
    for order in ORDERS {
        for (size, bits) in [(2, 0xB555), (4, 0xBEAA_AAAB), (8, 0xBFD5_5555_5555_5555)] {
            let scalar = scalar(ScalarKind::Float, size, order);
            let third = digits(bits, size, order);
            assert_eq!(packed(scalar, Value::Float(-1.0 / 3.0)).unwrap(), third);
            let Value::Float(number) = scalar.unpack(&third) else {
                panic!("{scalar} is a float");
            };
            assert!((number + 1.0 / 3.0).abs() < 1e-3);
            assert_eq!(packed(scalar, Value::Float(number)).unwrap(), third);
            let nan = packed(scalar, Value::Float(f64::NAN)).unwrap();
            assert!(scalar.unpack(&nan).as_float().unwrap().is_nan());
        }
    }
}

#[test]
fn a_complex_number_is_two_floats() {
    for (order, size) in ORDERS
        .into_iter()
        .flat_map(|order| [(order, 8), (order, 16)])
    {
        let complex = scalar(ScalarKind::Complex, size, order);
        let float = scalar(ScalarKind::Float, size / 2, order);
        let item = packed(complex, Value::Complex(1.5, -2.0)).unwrap();
        let parts = [1.5, -2.0].map(|part| packed(float, Value::Float(part)).unwrap());
        assert_eq!(item, parts.concat());
        assert_eq!(complex.unpack(&item), Value::Complex(1.5, -2.0));
        let real = packed(complex, Value::Signed(3)).unwrap();
        assert_eq!(complex.unpack(&real), Value::Complex(3.0, 0.0));
    }
}

#[test]
fn too_large_for_float32_is_infinite_and_for_float16_an_error() {
    let item = packed(Scalar::native(ScalarKind::Float, 4), Value::Float(1e300)).unwrap();
    assert_eq!(item, f32::INFINITY.to_ne_bytes());
    let error = packed(Scalar::native(ScalarKind::Float, 2), Value::Float(-1e5)).unwrap_err();
    assert_eq!(error.kind(), Kind::Overflow);
    assert!(
        error.message().contains("too large to pack with e"),
        "{error}"
    );
}

#[test]
fn characters_and_truth() {
    for order in ORDERS {
        let wide = scalar(ScalarKind::Unicode, 4, order);
        let item = packed(wide, Value::Unicode(0x1F40D)).unwrap();
        assert_eq!(item, digits(0x1F40D, 4, order));
        assert_eq!(wide.unpack(&item), Value::Unicode(0x1F40D));
        let error = packed(
            scalar(ScalarKind::Unicode, 2, order),
            Value::Unicode(0x1F40D),
        );
        assert!(error.unwrap_err().message().contains("U+1f40d"));
    }
    let truth = Scalar::native(ScalarKind::Bool, 1);
    assert_eq!(packed(truth, Value::Signed(-7)).unwrap(), [1]);
    assert_eq!(packed(truth, Value::Float(0.0)).unwrap(), [0]);
    assert_eq!(truth.unpack(&[2]), Value::Bool(true));
    let char = Scalar::native(ScalarKind::Char, 1);
    assert_eq!(packed(char, Value::Char(b'x')).unwrap(), *b"x");
    assert_eq!(char.unpack(b"x"), Value::Char(b'x'));
}

#[test]
fn a_value_of_another_sort_is_refused() {
    for (code, value, text) in [
        ("i", Value::Float(1.0), "int32 is an integer, not a float"),
        (
            "d",
            Value::Complex(1.0, 0.0),
            "float64 is a real number, not a complex number",
        ),
        (
            "Zd",
            Value::Unicode(65),
            "complex128 is a number, not a character of Unicode",
        ),
        (
            "w",
            Value::Signed(65),
            "UCS4 is a character of Unicode, not an integer",
        ),
        ("c", Value::Bool(true), "char is a char, not a bool"),
        ("?", Value::Char(0), "bool is a truth value, not a char"),
        (
            "P",
            Value::Object(0),
            "pointer is an integer, not a Python object",
        ),
    ] {
        let error = packed(Scalar::parse(code.as_bytes()).unwrap(), value).unwrap_err();
        assert_eq!(error.kind(), Kind::Type);
        assert!(error.message().contains(text), "{code}: {error}");
    }
    let object = Scalar::parse(b"O").unwrap();
    let error = packed(object, Value::Object(1)).unwrap_err();
    assert_eq!(error.kind(), Kind::NotImplemented);
}

#[test]
fn bytes_of_another_size_are_refused() {
    let scalar = Scalar::native(ScalarKind::Signed, 4);
    let error = scalar.pack(Value::Signed(1), &mut [0; 3]).unwrap_err();
    assert_eq!(error.kind(), Kind::Value);
    assert!(
        error.message().starts_with("3 bytes for an item of 4"),
        "{error}"
    );
}

#[test]
fn numbers_are_compared_exactly() {
    let large = (1u64 << 53) + 1;
    let same = [
        (Value::Signed(3), Value::Unsigned(3)),
        (Value::Bool(true), Value::Float(1.0)),
        (Value::Complex(2.0, 0.0), Value::Unsigned(2)),
        (Value::Float(-0.0), Value::Signed(0)),
        (Value::Float(0.5), Value::Complex(0.5, 0.0)),
        (
            Value::Unsigned(1 << 63),
            Value::Float(9_223_372_036_854_775_808.0),
        ),
    ];
    let different = [
        (Value::Signed(-1), Value::Unsigned(u64::MAX)),
        (Value::Unsigned(large), Value::Float(large as f64)),
        (
            Value::Unsigned(u64::MAX),
            Value::Float(18_446_744_073_709_551_616.0),
        ),
        (Value::Float(f64::NAN), Value::Float(f64::NAN)),
        (Value::Float(f64::INFINITY), Value::Signed(i64::MAX)),
        (Value::Complex(2.0, 1.0), Value::Signed(2)),
        (Value::Unicode(65), Value::Signed(65)),
        (Value::Char(65), Value::Unsigned(65)),
    ];
    for (one, two) in same {
        assert!(one.equals(two) && two.equals(one), "{one:?} {two:?}");
    }
    for (one, two) in different {
        assert!(!one.equals(two) && !two.equals(one), "{one:?} {two:?}");
    }
}

/// As in Python, where a character of C is bytes, and one of Unicode a text.
#[test]
fn a_character_is_what_has_length_1() {
    let letter = u32::from(b'a');
    let (little, big) = (letter.to_le_bytes(), letter.to_be_bytes());
    let longer = [little, little].concat();
    let text = |bytes| Value::Text(bytes, ByteOrder::Little);
    let cases = [
        (Value::Char(b'a'), Value::Bytes(b"a"), true),
        (Value::Char(b'a'), Value::Bytes(b"b"), false),
        (Value::Char(b'a'), Value::Bytes(b"aa"), false),
        (Value::Char(b'a'), Value::Bytes(b""), false),
        (Value::Char(b'a'), Value::Unicode(letter), false),
        (Value::Unicode(letter), text(&little), true),
        (
            Value::Unicode(letter),
            Value::Text(&big, ByteOrder::Big),
            true,
        ),
        (Value::Unicode(letter), text(&longer), false),
        (Value::Unicode(letter + 1), text(&little), false),
        (Value::Unicode(0), text(b""), false),
        (text(&little), Value::Bytes(b"a"), false),
    ];
    for (one, two, expected) in cases {
        assert_eq!(
            (one.equals(two), two.equals(one)),
            (expected, expected),
            "{one:?} {two:?}"
        );
    }
}

/// What is there before does not shine through.
#[test]
fn bytes_and_texts_are_cut_or_filled_up() {
    let bytes = Scalar::native(ScalarKind::Bytes, 3);
    assert_eq!(packed(bytes, Value::Bytes(b"a")).unwrap(), *b"a\0\0");
    assert_eq!(packed(bytes, Value::Bytes(b"abcd")).unwrap(), *b"abc");
    assert_eq!(bytes.unpack(b"a\0b"), Value::Bytes(b"a\0b"));
    let pascal = Scalar::native(ScalarKind::Pascal, 4);
    assert_eq!(packed(pascal, Value::Bytes(b"ab")).unwrap(), *b"\x02ab\0");
    assert_eq!(pascal.unpack(b"\x02abc"), Value::Bytes(b"ab"));
    assert_eq!(pascal.unpack(b"\xffabc"), Value::Bytes(b"abc"));
    for order in ORDERS {
        let text = scalar(ScalarKind::Text, 12, order);
        let item = packed(text, Value::Unicode(65)).unwrap();
        assert_eq!(item, [digits(65, 4, order), vec![0; 8]].concat());
        assert_eq!(text.unpack(&item), Value::Text(&item[..4], order));
        assert!(text.unpack(&item).characters().eq([65]));
        assert_eq!(text.unpack(&[0; 12]), Value::Text(&[], order));
    }
    let error = packed(bytes, Value::Signed(1)).unwrap_err();
    assert!(
        error.message().contains("is bytes, not an integer"),
        "{error}"
    );
}
