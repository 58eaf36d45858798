use super::*;

use proptest::prelude::*;

const ORDERS: [ByteOrder; 2] = [ByteOrder::Little, ByteOrder::Big];

/// Each form with the sizes that it has somewhere.
const FORMS: [(LongDouble, usize); 5] = [
    (LongDouble::Double, 8),
    (LongDouble::Extended, 12),
    (LongDouble::Extended, 16),
    (LongDouble::Quadruple, 16),
    (LongDouble::Pair, 16),
];

fn written(form: LongDouble, size: usize, number: f64, order: ByteOrder) -> Vec<u8> {
    let mut bytes = vec![0xA5; size];
    form.write(number, order, &mut bytes);
    bytes
}

/// The bytes of a number, least significant first, as both orders have them.
fn both_orders(bits: u128, size: usize) -> [(ByteOrder, Vec<u8>); 2] {
    let little = bits.to_le_bytes()[..size].to_vec();
    let big = little.iter().rev().copied().collect();
    [(ByteOrder::Little, little), (ByteOrder::Big, big)]
}

/// From C compilers: gcc for x86-64, aarch64 (and s390x, whose form is the same), powerpc64le.
#[test]
fn known_numbers() {
    let known: [(f64, u128, u128); 8] = [
        (1.0, 0x3FFF_8000000000000000, 0x3FFF << 112),
        (-2.5, 0xC000_A000000000000000, 0xC0004 << 108),
        (0.1, 0x3FFB_CCCCCCCCCCCCD000, 0x3FFB_999999999999A << 60),
        (0.0, 0, 0),
        (-0.0, 0x8000 << 64, 0x8000 << 112),
        (f64::INFINITY, 0x7FFF_8000000000000000, 0x7FFF << 112),
        // The largest double, and the smallest one, which is normal in a long double.
        (
            f64::MAX,
            0x43FE_FFFFFFFFFFFFF800,
            0x43FE_FFFFFFFFFFFFF << 60,
        ),
        (f64::from_bits(1), 0x3BCD_8000000000000000, 0x3BCD << 112),
    ];
    for (number, extended, quadruple) in known {
        for (form, size, bits) in [
            (LongDouble::Extended, 12, extended),
            (LongDouble::Extended, 16, extended),
            (LongDouble::Quadruple, 16, quadruple),
        ] {
            for (order, bytes) in both_orders(bits, size) {
                assert_eq!(
                    written(form, size, number, order),
                    bytes,
                    "{number} {form:?}"
                );
                let read = form.nearest(&bytes, order);
                assert_eq!(read.to_bits(), number.to_bits(), "{number} {form:?}");
            }
        }
    }
}

#[test]
fn a_pair_is_the_nearest_double_and_the_rest() {
    for order in ORDERS {
        let double = |number| written(LongDouble::Double, 8, number, order);
        let tenth = [double(0.1), double(-5.55e-18)].concat();
        assert_eq!(LongDouble::Pair.nearest(&tenth, order), 0.1);
        // Whoever made it did not round: the sum counts.
        let sum = [double(1.0), double(0.5)].concat();
        assert_eq!(LongDouble::Pair.nearest(&sum, order), 1.5);
        let infinite = [double(f64::INFINITY), double(f64::NEG_INFINITY)].concat();
        assert_eq!(LongDouble::Pair.nearest(&infinite, order), f64::INFINITY);
        let packed = written(LongDouble::Pair, 16, 0.1, order);
        assert_eq!(packed, [double(0.1), double(0.0)].concat());
    }
}

/// Half of the last place of a double above 1, in each form's own digits.
#[test]
fn ties_go_to_even() {
    let last = f64::EPSILON;
    // (what is behind the double's fraction, and what 1 with an even, an odd fraction becomes)
    let half = 1 << 63;
    for (rest, even, odd) in [
        (0u64, 1.0, 1.0 + last),
        (half - (1 << 53), 1.0, 1.0 + last),
        (half, 1.0, 1.0 + 2.0 * last),
        (half + (1 << 53), 1.0 + last, 1.0 + 2.0 * last),
    ] {
        for (fraction, expected) in [(0u128, even), (1, odd)] {
            let extended = 0x3FFF << 64 | 1 << 63 | fraction << 11 | u128::from(rest >> 53);
            let quadruple = 0x3FFF << 112 | fraction << 60 | u128::from(rest >> 4);
            for (form, bits) in [
                (LongDouble::Extended, extended),
                (LongDouble::Quadruple, quadruple),
            ] {
                let read = form.nearest(&bits.to_le_bytes(), ByteOrder::Little);
                assert_eq!(read, expected, "{form:?} {rest:#x} {fraction}");
            }
        }
    }
}

#[test]
fn what_a_double_has_no_room_for() {
    let little =
        |form: LongDouble, bits: u128| form.nearest(&bits.to_le_bytes(), ByteOrder::Little);
    let extended = |bits| little(LongDouble::Extended, bits);
    let quadruple = |bits| little(LongDouble::Quadruple, bits);
    // 2^1024, and what is nearer to it than to the largest double.
    assert_eq!(extended(0x43FF_8000000000000000), f64::INFINITY);
    assert_eq!(extended(0x43FE_FFFFFFFFFFFFFC00), f64::INFINITY);
    assert_eq!(extended(0x43FE_FFFFFFFFFFFFFBFF), f64::MAX);
    assert_eq!(quadruple(0xC3FF << 112), f64::NEG_INFINITY);
    // Half of the smallest double goes to even: to zero; what is more does not.
    assert_eq!(extended(0x3BCC_8000000000000000), 0.0);
    assert_eq!(extended(0x3BCC_8000000000000001), f64::from_bits(1));
    assert!(extended(0xBBCC_8000000000000000).is_sign_negative());
    assert_eq!(quadruple(0x3BCC << 112 | 1), f64::from_bits(1));
    // The smallest numbers of all.
    assert_eq!((extended(1), quadruple(1)), (0.0, 0.0));
    // Three halves of the smallest double go to even: to two of them.
    assert_eq!(extended(0x3BCD_C000000000000000), f64::from_bits(2));
}

#[test]
fn what_x87_does_not_know_is_not_a_number() {
    // The leading bit is missing.
    for bits in [
        0x3FFF_0000000000000001u128,
        0x7FFF_0000000000000000,
        0x7FFF_4000000000000000,
    ] {
        let read = LongDouble::Extended.nearest(&bits.to_le_bytes(), ByteOrder::Little);
        assert!(read.is_nan(), "{bits:#x}");
    }
    // There though the exponent says that it is not: the smallest normal number.
    let read = LongDouble::Extended.parts(&0x8000000000000000u128.to_le_bytes(), ByteOrder::Little);
    let normal =
        LongDouble::Extended.parts(&0x1_8000000000000000u128.to_le_bytes(), ByteOrder::Little);
    assert!(read == normal);
}

#[test]
fn numbers_are_compared_exactly() {
    let bits = |text: u128| text.to_le_bytes();
    let form = LongDouble::Extended;
    let parts = |number: u128| form.parts(&bits(number), ByteOrder::Little);
    let (tenth, above) = (0x3FFB_CCCCCCCCCCCCD000, 0x3FFB_CCCCCCCCCCCCD001);
    assert!(parts(tenth) == [Part::of(0.1), Part::ZERO]);
    assert!(parts(above) != [Part::of(0.1), Part::ZERO]);
    assert!(parts(0x8000 << 64) == [Part::ZERO; 2]);
    let nan = 0x7FFF_C000000000000000;
    assert!(parts(nan) != parts(nan));
    let integer = |number| parts(number)[0].integer();
    assert_eq!(integer(0x403E_FFFFFFFFFFFFFFFF), Some(u64::MAX.into()));
    assert_eq!(integer(0xC03E_8000000000000000), Some(i64::MIN.into()));
    assert_eq!(integer(0x403D_FFFFFFFFFFFFFFFF), None);
    assert_eq!(integer(0x7FFF_8000000000000000), None);
    assert_eq!(integer(0), Some(0));
    assert_eq!(integer(0x7FFE_8000000000000000), None);
}

/// In the slow way: the exact sum of the bits, by way of two doubles that are exact.
fn naive(significand: u64, exponent: i32) -> f64 {
    let (high, low) = (significand >> 32 << 32, significand & 0xFFFF_FFFF);
    // Both products are exact while the exponent is far from the ends.
    let power = 2f64.powi(exponent);
    high as f64 * power + low as f64 * power
}

/// The smallest of each form is no double, and the nearest one is zero.
#[test]
fn zero_is_not_the_smallest_number() {
    let parts = |form: LongDouble, bits: u128| form.parts(&bits.to_le_bytes(), ByteOrder::Little);
    for form in [
        LongDouble::Extended,
        LongDouble::Quadruple,
        LongDouble::Pair,
        LongDouble::Double,
    ] {
        let (zero, least) = (parts(form, 0), parts(form, 1));
        assert_ne!(zero, least, "{form:?}");
        assert_ne!(least, zero, "{form:?}");
        assert!(zero == zero && least == least, "{form:?}");
    }
}

proptest! {
    /// Where nothing is lost at the ends, one addition of the processor rounds the same.
    #[test]
    fn rounds_as_the_processor_does(significand in 1u64.., exponent in -900i32..900) {
        prop_assert_eq!(rounded(significand.into(), exponent), naive(significand, exponent));
    }

    /// Each double comes back from each form, and only NaN may become another one: quiet.
    #[test]
    fn doubles_come_back(bits: u64) {
        let number = f64::from_bits(bits);
        for (form, size) in FORMS {
            for order in ORDERS {
                let bytes = written(form, size, number, order);
                let read = form.nearest(&bytes, order).to_bits();
                let quiet = if number.is_nan() { 1 << 51 } else { 0 };
                prop_assert!(read == bits || read == bits | quiet, "{:?} {:#x} {:#x}", form, bits, read);
            }
        }
    }
}
