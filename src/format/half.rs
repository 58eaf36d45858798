//! float16: IEEE 754's binary16, which Rust does not have yet.
//!
//! Straight from float64 and not by way of float32: two roundings can differ from one.

/// Bits of the fraction.
const FRACTION: u32 = 10;
const INFINITY: u16 = 0x7C00;

/// The nearest float16, ties to even; `None` where that would be infinite and `value` is not.
pub(super) fn bits_of(value: f64) -> Option<u16> {
    let bits = value.to_bits();
    let sign = (bits >> 63) as u16;
    let magnitude = match value.is_finite() {
        true => magnitude(bits & !(1 << 63))?,
        // What tells one NaN from another is kept as far as there is room, and it stays quiet.
        false if value.is_nan() => INFINITY | 1 << (FRACTION - 1) | (bits >> 42) as u16 & 0x1FF,
        false => INFINITY,
    };
    Some(sign << 15 | magnitude)
}

fn magnitude(bits: u64) -> Option<u16> {
    let exponent = (bits >> 52) as i32 - 1023;
    if exponent > 15 {
        return None;
    }
    if exponent < -25 {
        return Some(0);
    }
    // What is not normal in float16 loses more of its fraction.
    let lost = 42 + (-14 - exponent).max(0);
    let significand = bits & ((1 << 52) - 1) | 1 << 52;
    let (kept, rest) = (significand >> lost, significand & ((1 << lost) - 1));
    let half = 1 << (lost - 1);
    let up = rest > half || (rest == half && kept & 1 == 1);
    // The leading bit of a normal number is not stored, but added to the exponent; so is what
    // rounding carries.
    let stored = ((exponent + 14).max(0) as u64) << FRACTION;
    let magnitude = (stored + kept + u64::from(up)) as u16;
    (magnitude < INFINITY).then_some(magnitude)
}

/// The value of a float16, exactly. Without a branch, so that many at once are made by vector
/// instructions.
#[inline]
pub(crate) fn value_of(bits: u16) -> f64 {
    const LARGEST: u64 = 31;
    let exponent = u64::from(bits >> FRACTION & 0x1F);
    let fraction = u64::from(bits & 0x3FF);
    let sign = u64::from(bits >> 15) << 63;
    let stored = match exponent {
        LARGEST => 0x7FF,
        _ => exponent + (1023 - 15),
    };
    // As each operation of the processor makes it.
    let is_nan = exponent == LARGEST && fraction != 0;
    let quiet = u64::from(is_nan) << 51;
    let normal = f64::from_bits(sign | stored << 52 | quiet | fraction << 42);
    let subnormal = f64::from(i32::from(bits & 0x3FF)) / f64::from(1 << 24);
    match exponent {
        0 => f64::from_bits(subnormal.to_bits() | sign),
        _ => normal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All finite ones that are not negative, in their order.
    fn ladder() -> impl Iterator<Item = (u16, f64)> {
        (0..INFINITY).map(|bits| (bits, value_of(bits)))
    }

    #[test]
    fn every_float16_comes_back() {
        for bits in 0..=u16::MAX {
            let value = value_of(bits);
            match bits & 0x7FFF {
                magnitude if magnitude > INFINITY => {
                    assert!(value.is_nan());
                    assert_eq!(bits_of(value), Some(bits | 0x200), "{bits:#x}");
                }
                _ => assert_eq!(bits_of(value), Some(bits), "{bits:#x}"),
            }
        }
    }

    /// Between two neighbours: the nearer one, and from the middle the even one.
    #[test]
    fn the_nearest_is_taken_and_ties_go_to_even() {
        for ((low, below), (high, above)) in ladder().zip(ladder().skip(1)) {
            let middle = (below + above) / 2.0;
            let even = if low % 2 == 0 { low } else { high };
            for (value, expected) in [
                (middle, even),
                (middle.next_down(), low),
                (middle.next_up(), high),
            ] {
                assert_eq!(bits_of(value), Some(expected), "{value:e}");
                assert_eq!(bits_of(-value), Some(expected | 1 << 15), "{value:e}");
            }
        }
    }

    #[test]
    fn known_values() {
        let known: [(u16, f64); 7] = [
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x7BFF, 65504.0),
            (0x0400, 6.103515625e-5),
            (0x0001, 5.960464477539063e-8),
            (0x3555, 0.333251953125),
            (0x7C00, f64::INFINITY),
        ];
        for (bits, value) in known {
            assert_eq!((value_of(bits), bits_of(value)), (value, Some(bits)));
        }
        assert_eq!(bits_of(-0.0), Some(0x8000));
        assert_eq!(bits_of(f64::MIN_POSITIVE / 2.0), Some(0));
    }

    #[test]
    fn what_is_too_large_is_refused() {
        assert_eq!(bits_of(65520.0f64.next_down()), Some(0x7BFF));
        for value in [65520.0, 65536.0, 1e300, f64::MAX] {
            assert_eq!((bits_of(value), bits_of(-value)), (None, None), "{value}");
        }
    }
}
