//! One item: its bytes as a value, and a value as its bytes.
//!
//! What does not fit is refused in the words of `array.array`. Two things follow C and
//! Python's `memoryview` rather than `struct`: a float too large for float32 becomes
//! infinite, and a value too large for float16 is an error.

use std::fmt;

use super::half;
use super::scalar::{ByteOrder, Scalar, ScalarKind};
use crate::error::{Error, Kind, Result, fail};

/// What one item says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// A character of C.
    Char(u8),
    /// An integer.
    Signed(i64),
    /// An integer that is not negative.
    Unsigned(u64),
    /// A floating-point number, of whatever size.
    Float(f64),
    /// Real and imaginary part.
    Complex(f64, f64),
    /// A character of Unicode, by its number; any number that there is room for.
    Unicode(u32),
    /// The address of a Python object.
    Object(u64),
}

impl Value {
    /// The number, where it is an integer.
    pub fn as_integer(self) -> Option<i128> {
        match self {
            Self::Bool(truth) => Some(truth.into()),
            Self::Signed(number) => Some(number.into()),
            Self::Unsigned(number) => Some(number.into()),
            _ => None,
        }
    }

    /// The number as the nearest float, where it has no imaginary part.
    pub fn as_float(self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(number),
            _ => self.as_integer().map(|number| number as f64),
        }
    }

    fn as_complex(self) -> Option<(f64, f64)> {
        match self {
            Self::Complex(real, imaginary) => Some((real, imaginary)),
            _ => self.as_float().map(|real| (real, 0.0)),
        }
    }

    /// What kind of value this is, with its article.
    fn sort(self) -> &'static str {
        match self {
            Self::Bool(_) => "a bool",
            Self::Char(_) => "a char",
            Self::Signed(_) | Self::Unsigned(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Complex(..) => "a complex number",
            Self::Unicode(_) => "a character of Unicode",
            Self::Object(_) => "a Python object",
        }
    }

    /// Whether both are the same number, exactly as Python compares numbers; or the same
    /// character. NaN equals nothing.
    pub fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Char(one), Self::Char(two)) => one == two,
            (Self::Unicode(one), Self::Unicode(two)) => one == two,
            (Self::Object(one), Self::Object(two)) => one == two,
            _ => match (self.as_integer(), other.as_integer()) {
                (Some(one), Some(two)) => one == two,
                (Some(integer), None) => other.is_integer(integer),
                (None, Some(integer)) => self.is_integer(integer),
                (None, None) => match (self.as_complex(), other.as_complex()) {
                    (Some(one), Some(two)) => one == two,
                    _ => false,
                },
            },
        }
    }

    /// Whether a number that is no integer has the value of one. Not by making the integer a
    /// float: that would round it.
    fn is_integer(self, integer: i128) -> bool {
        self.as_complex().is_some_and(|(real, imaginary)| {
            // Every integer of ours is smaller than that, so the cast is exact.
            imaginary == 0.0 && real == real.trunc() && real.abs() < 1e30 && real as i128 == integer
        })
    }
}

impl Scalar {
    /// The value of an item. The bytes are one item's, as many as its size says.
    #[inline]
    pub fn unpack(self, item: &[u8]) -> Value {
        match self.kind {
            ScalarKind::Signed => Value::Signed(self.signed(item)),
            ScalarKind::Unsigned | ScalarKind::Pointer => Value::Unsigned(self.bits(item)),
            ScalarKind::Float => Value::Float(self.float(item)),
            ScalarKind::Complex => {
                let (real, imaginary) = item.split_at(item.len() / 2);
                Value::Complex(self.float(real), self.float(imaginary))
            }
            ScalarKind::Bool => Value::Bool(item.iter().any(|&byte| byte != 0)),
            ScalarKind::Char => Value::Char(self.bits(item) as u8),
            ScalarKind::Unicode => Value::Unicode(self.bits(item) as u32),
            ScalarKind::Object => Value::Object(self.bits(item)),
        }
    }

    /// Writes a value as the bytes of an item. An error says what does not fit, and nothing
    /// is written then.
    #[inline]
    pub fn pack(self, value: Value, item: &mut [u8]) -> Result<()> {
        if item.len() != self.size {
            return self.wrong_size(item.len());
        }
        match self.kind {
            ScalarKind::Signed | ScalarKind::Unsigned | ScalarKind::Pointer => {
                let bits = self.fitting(value)?;
                self.put(bits, item);
            }
            ScalarKind::Float => {
                let number = value.as_float().ok_or_else(|| self.mismatch(value))?;
                let bits = self.float_bits(number, item.len())?;
                self.put(bits, item);
            }
            ScalarKind::Complex => {
                let number = value.as_complex().ok_or_else(|| self.mismatch(value))?;
                let half = item.len() / 2;
                let bits = (
                    self.float_bits(number.0, half)?,
                    self.float_bits(number.1, half)?,
                );
                let (real, imaginary) = item.split_at_mut(half);
                self.put(bits.0, real);
                self.put(bits.1, imaginary);
            }
            _ => {
                let bits = self.other_bits(value)?;
                self.put(bits, item);
            }
        }
        Ok(())
    }

    /// What is neither a number nor an address.
    fn other_bits(self, value: Value) -> Result<u64> {
        match (self.kind, value) {
            (ScalarKind::Bool, Value::Float(number)) => Ok((number != 0.0).into()),
            (ScalarKind::Bool, _) => match value.as_integer() {
                Some(number) => Ok((number != 0).into()),
                None => Err(self.mismatch(value)),
            },
            (ScalarKind::Char, Value::Char(byte)) => Ok(byte.into()),
            (ScalarKind::Unicode, Value::Unicode(code)) if u64::from(code) > self.greatest() => {
                fail!(
                    Overflow,
                    "character U+{code:x} does not fit {} bytes",
                    self.size
                )
            }
            (ScalarKind::Unicode, Value::Unicode(code)) => Ok(code.into()),
            (ScalarKind::Object, _) => Err(Error::fixed(
                Kind::NotImplemented,
                "references to Python objects cannot be written as the bytes of an item",
            )),
            _ => Err(self.mismatch(value)),
        }
    }

    /// The bits of an integer in two's complement, if it fits.
    fn fitting(self, value: Value) -> Result<u64> {
        let Some(number) = value.as_integer() else {
            return Err(self.mismatch(value));
        };
        let (least, greatest) = (self.least(), self.greatest());
        if number < i128::from(least) {
            return fail!(
                Overflow,
                "{} is less than minimum: {number} is not in {least} to {greatest}",
                CType(self)
            );
        }
        if number > i128::from(greatest) {
            return fail!(
                Overflow,
                "{} is greater than maximum: {number} is not in {least} to {greatest}",
                CType(self)
            );
        }
        Ok(number as u64)
    }

    /// The error of an integer that no value has room for.
    pub(crate) fn out_of_range(self, is_negative: bool) -> Error {
        let (least, greatest) = (self.least(), self.greatest());
        let which = match is_negative {
            true => "less than minimum",
            false => "greater than maximum",
        };
        Error::new(
            Kind::Overflow,
            format_args!(
                "{} is {which}: it must be in {least} to {greatest}",
                CType(self)
            ),
        )
    }

    fn least(self) -> i64 {
        match self.kind {
            ScalarKind::Signed => i64::MIN >> (64 - 8 * self.size),
            _ => 0,
        }
    }

    fn greatest(self) -> u64 {
        match self.kind {
            ScalarKind::Signed => u64::MAX >> (65 - 8 * self.size),
            _ => u64::MAX >> (64 - 8 * self.size),
        }
    }

    #[inline]
    fn signed(self, item: &[u8]) -> i64 {
        let unused = 64 - 8 * item.len() as u32;
        (self.bits(item) as i64).wrapping_shl(unused) >> unused
    }

    #[inline]
    fn float(self, item: &[u8]) -> f64 {
        let bits = self.bits(item);
        match item.len() {
            2 => half::value_of(bits as u16),
            4 => f32::from_bits(bits as u32).into(),
            _ => f64::from_bits(bits),
        }
    }

    fn float_bits(self, number: f64, size: usize) -> Result<u64> {
        match size {
            2 => match half::bits_of(number) {
                Some(bits) => Ok(bits.into()),
                None => fail!(
                    Overflow,
                    "float too large to pack with e format: {number:e}"
                ),
            },
            4 => Ok((number as f32).to_bits().into()),
            _ => Ok(number.to_bits()),
        }
    }

    /// The bytes as a number, in the order that they have.
    #[inline]
    fn bits(self, item: &[u8]) -> u64 {
        macro_rules! read {
            ($number:ty, $bytes:expr) => {
                match self.order {
                    ByteOrder::Little => <$number>::from_le_bytes($bytes).into(),
                    ByteOrder::Big => <$number>::from_be_bytes($bytes).into(),
                }
            };
        }
        match *item {
            [byte] => byte.into(),
            [a, b] => read!(u16, [a, b]),
            [a, b, c, d] => read!(u32, [a, b, c, d]),
            [a, b, c, d, e, f, g, h] => read!(u64, [a, b, c, d, e, f, g, h]),
            _ => 0,
        }
    }

    #[inline]
    fn put(self, bits: u64, item: &mut [u8]) {
        macro_rules! write {
            ($number:ty) => {{
                let number = bits as $number;
                item.copy_from_slice(&match self.order {
                    ByteOrder::Little => number.to_le_bytes(),
                    ByteOrder::Big => number.to_be_bytes(),
                })
            }};
        }
        match item.len() {
            1 => write!(u8),
            2 => write!(u16),
            4 => write!(u32),
            _ => write!(u64),
        }
    }

    #[cold]
    fn mismatch(self, value: Value) -> Error {
        let wanted = match self.kind {
            ScalarKind::Float => "a real number",
            ScalarKind::Complex => "a number",
            ScalarKind::Bool => "a truth value",
            ScalarKind::Char => "a char",
            ScalarKind::Unicode => "a character of Unicode",
            _ => "an integer",
        };
        let sort = value.sort();
        Error::new(
            Kind::Type,
            format_args!("an item of {self} is {wanted}, not {sort}"),
        )
    }

    #[cold]
    fn wrong_size(self, size: usize) -> Result<()> {
        fail!(
            Value,
            "{size} bytes for an item of {} ({self}): the sizes must be equal",
            self.size
        )
    }
}

/// An integer type as `array.array` names it.
struct CType(Scalar);

impl fmt::Display for CType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.0.kind, self.0.size) {
            (ScalarKind::Signed, 1) => "signed char",
            (ScalarKind::Signed, 2) => "signed short integer",
            (ScalarKind::Signed, 4) => "signed integer",
            (ScalarKind::Signed, _) => "signed long integer",
            (ScalarKind::Unsigned, 1) => "unsigned byte integer",
            (ScalarKind::Unsigned, 2) => "unsigned short",
            (ScalarKind::Unsigned, 4) => "unsigned int",
            (ScalarKind::Unsigned, _) => "unsigned long integer",
            _ => "address",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERS: [ByteOrder; 2] = [ByteOrder::Little, ByteOrder::Big];

    fn scalar(kind: ScalarKind, size: usize, order: ByteOrder) -> Scalar {
        Scalar { kind, size, order }
    }

    fn packed(scalar: Scalar, value: Value) -> Result<Vec<u8>> {
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

    fn integer(number: i128) -> Value {
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
}
