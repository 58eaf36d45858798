//! long double: what C writes down for it, and the nearest double.
//!
//! Rust has no such type, so its bytes are read as what they are: a sign, an exponent and a
//! significand, or a pair of doubles. Each form is read and written on every platform, which
//! costs nothing where it is not used, and is tested everywhere.

use super::platform::LongDouble;
use super::scalar::ByteOrder;

/// The most bytes that one has.
pub(super) const MOST: usize = 16;

/// The nearest double, ties to even.
pub(super) fn nearest(bytes: &[u8], order: ByteOrder) -> f64 {
    LongDouble::NATIVE.nearest(bytes, order)
}

/// Writes a double, exactly. Bytes that the number does not use become zero.
pub(super) fn write(number: f64, order: ByteOrder, bytes: &mut [u8]) {
    LongDouble::NATIVE.write(number, order, bytes);
}

/// Turns its bytes into those of the other order.
pub(super) fn swap(bytes: &mut [u8]) {
    LongDouble::NATIVE.swap(bytes);
}

/// Whether both are the same number. NaN equals nothing.
pub(crate) fn equal(one: (&[u8], ByteOrder), two: (&[u8], ByteOrder)) -> bool {
    let parts = |(bytes, order)| LongDouble::NATIVE.parts(bytes, order);
    parts(one) == parts(two)
}

/// Whether it is the same number as a double.
pub(super) fn is_double((bytes, order): (&[u8], ByteOrder), number: f64) -> bool {
    LongDouble::NATIVE.parts(bytes, order) == [Part::of(number), Part::ZERO]
}

/// The number as an integer, where it is one of less than 100 bits.
pub(super) fn integer(bytes: &[u8], order: ByteOrder) -> Option<i128> {
    let [high, low] = LongDouble::NATIVE.parts(bytes, order);
    Some(high.integer()? + low.integer()?)
}

impl LongDouble {
    fn nearest(self, bytes: &[u8], order: ByteOrder) -> f64 {
        let [high, low] = self.parts(bytes, order).map(Part::nearest);
        match self {
            // What is added to infinity could make it NaN.
            Self::Pair if high.is_finite() => high + low,
            _ => high,
        }
    }

    /// What is added up to the number: one part, or two.
    fn parts(self, bytes: &[u8], order: ByteOrder) -> [Part; 2] {
        let bits = |bytes: &[u8]| {
            if let Ok(all) = <[u8; MOST]>::try_from(bytes) {
                return match order {
                    ByteOrder::Little => u128::from_le_bytes(all),
                    ByteOrder::Big => u128::from_be_bytes(all),
                };
            }
            let mut little = [0; MOST];
            for (to, &from) in little.iter_mut().zip(bytes) {
                *to = from;
            }
            if order == ByteOrder::Big {
                little[..bytes.len()].reverse();
            }
            u128::from_le_bytes(little)
        };
        let double = |bytes| Part::of(f64::from_bits(bits(bytes) as u64));
        match self {
            Self::Double => [double(bytes), Part::ZERO],
            Self::Extended => [Binary::EXTENDED.part(bits(bytes)), Part::ZERO],
            Self::Quadruple => [Binary::QUADRUPLE.part(bits(bytes)), Part::ZERO],
            // The first is the larger one in both orders.
            Self::Pair => {
                let (high, low) = bytes.split_at(bytes.len() / 2);
                [double(high), double(low)]
            }
        }
    }

    fn swap(self, bytes: &mut [u8]) {
        match self {
            Self::Pair => bytes.chunks_mut(bytes.len() / 2).for_each(<[u8]>::reverse),
            _ => bytes.reverse(),
        }
    }

    fn write(self, number: f64, order: ByteOrder, bytes: &mut [u8]) {
        let bits = match self {
            Self::Extended => Binary::EXTENDED.bits(number),
            Self::Quadruple => Binary::QUADRUPLE.bits(number),
            Self::Double => number.to_bits().into(),
            Self::Pair => {
                let (high, low) = bytes.split_at_mut(bytes.len() / 2);
                low.fill(0);
                return Self::Double.write(number, order, high);
            }
        };
        bytes.copy_from_slice(&bits.to_le_bytes()[..bytes.len()]);
        if order == ByteOrder::Big {
            bytes.reverse();
        }
    }
}

/// What a binary floating-point format says beside its sign.
struct Binary {
    /// Bits of the fraction, with the leading one where that is written down.
    fraction: u32,
    is_explicit: bool,
}

impl Binary {
    const EXTENDED: Self = Self {
        fraction: 64,
        is_explicit: true,
    };
    const QUADRUPLE: Self = Self {
        fraction: 112,
        is_explicit: false,
    };
    /// Both have the same bits of exponent.
    const EXPONENT: u32 = 0x7FFF;
    const BIAS: i32 = 16383;

    /// Bits behind the binary point.
    fn places(&self) -> i32 {
        self.fraction as i32 - i32::from(self.is_explicit)
    }

    fn part(&self, bits: u128) -> Part {
        let fraction = bits & ((1 << self.fraction) - 1);
        let stored = (bits >> self.fraction) as u32 & Self::EXPONENT;
        let is_negative = bits >> (self.fraction + 15) & 1 == 1;
        let leading = 1 << self.places();
        // Where it is written down, and missing, x87 knows no such number.
        let is_unknown = self.is_explicit && stored != 0 && fraction & leading == 0;
        let magnitude = match stored {
            _ if is_unknown => Magnitude::Nan(0),
            Self::EXPONENT if fraction & (leading - 1) == 0 => Magnitude::Infinite,
            Self::EXPONENT => Magnitude::Nan((fraction & (leading - 1)) >> (self.places() - 52)),
            _ => {
                let implied = match stored {
                    0 => 0,
                    _ => leading,
                };
                let exponent = stored.max(1) as i32 - Self::BIAS - self.places();
                Magnitude::Finite(fraction | implied, exponent)
            }
        };
        Part {
            is_negative,
            magnitude,
        }
    }

    /// The bits of a double.
    fn bits(&self, number: f64) -> u128 {
        let Part {
            is_negative,
            magnitude,
        } = Part::of(number);
        let leading = 1u128 << self.places();
        let shown = |fraction| match self.is_explicit {
            true => fraction,
            false => fraction & (leading - 1),
        };
        let (stored, fraction) = match magnitude {
            Magnitude::Infinite => (Self::EXPONENT, leading),
            Magnitude::Nan(payload) => {
                let quiet = leading >> 1;
                let payload = payload << (self.places() - 52);
                (Self::EXPONENT, leading | quiet | payload)
            }
            Magnitude::Finite(0, _) => (0, 0),
            Magnitude::Finite(significand, exponent) => {
                // A double is never so small that its leading bit is lost.
                let up = significand.leading_zeros() as i32 - (127 - self.places());
                let exponent = exponent - up + self.places() + Self::BIAS;
                (exponent as u32, significand << up)
            }
        };
        let sign = u128::from(is_negative) << 15;
        (sign | u128::from(stored)) << self.fraction | shown(fraction)
    }
}

/// One binary number, of any size.
#[derive(Debug, Clone, Copy)]
struct Part {
    is_negative: bool,
    magnitude: Magnitude,
}

#[derive(Debug, Clone, Copy)]
enum Magnitude {
    /// A significand, and the exponent of 2 that it is multiplied with.
    Finite(u128, i32),
    Infinite,
    /// With what tells it from others, as a double has it.
    Nan(u128),
}

impl Part {
    const ZERO: Self = Self {
        is_negative: false,
        magnitude: Magnitude::Finite(0, 0),
    };

    fn of(number: f64) -> Self {
        let bits = number.to_bits();
        let stored = (bits >> 52) as i32 & 0x7FF;
        let fraction = u128::from(bits & ((1 << 52) - 1));
        let magnitude = match stored {
            0x7FF if fraction == 0 => Magnitude::Infinite,
            0x7FF => Magnitude::Nan(fraction),
            0 => Magnitude::Finite(fraction, -1074),
            _ => Magnitude::Finite(fraction | 1 << 52, stored - 1075),
        };
        Self {
            is_negative: number.is_sign_negative(),
            magnitude,
        }
    }

    /// The nearest double, ties to even.
    fn nearest(self) -> f64 {
        let magnitude = match self.magnitude {
            Magnitude::Infinite => f64::INFINITY,
            // Quiet, as each operation of the processor makes it.
            Magnitude::Nan(payload) => f64::from_bits(0x7FF8 << 48 | payload as u64),
            Magnitude::Finite(0, _) => 0.0,
            Magnitude::Finite(significand, exponent) => rounded(significand, exponent),
        };
        if self.is_negative {
            -magnitude
        } else {
            magnitude
        }
    }

    /// Its value as an integer, if it is one of less than 100 bits.
    fn integer(self) -> Option<i128> {
        let Magnitude::Finite(significand, exponent) = self.magnitude else {
            return None;
        };
        let zeros = significand.trailing_zeros() as i32;
        let bits = 128 - significand.leading_zeros() as i32;
        let magnitude = match exponent {
            _ if significand == 0 => 0,
            _ if zeros + exponent < 0 || bits + exponent > 100 => return None,
            0.. => significand << exponent,
            _ => significand >> -exponent,
        };
        let magnitude = magnitude as i128;
        Some(if self.is_negative {
            -magnitude
        } else {
            magnitude
        })
    }
}

/// Two are equal as numbers are.
impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        let sign = self.is_negative == other.is_negative;
        match (self.magnitude, other.magnitude) {
            (Magnitude::Finite(0, _), Magnitude::Finite(0, _)) => true,
            (Magnitude::Finite(one, power), Magnitude::Finite(two, other)) => {
                let (up, down) = (one.trailing_zeros(), two.trailing_zeros());
                let powers = power + up as i32 == other + down as i32;
                // Of zero nothing is left: it has as many zeros as there are bits.
                sign && one.checked_shr(up) == two.checked_shr(down) && powers
            }
            (Magnitude::Infinite, Magnitude::Infinite) => sign,
            _ => false,
        }
    }
}

/// A significand that is not zero, times a power of 2, as the nearest double.
fn rounded(significand: u128, exponent: i32) -> f64 {
    let top = 127 - significand.leading_zeros() as i32;
    // Bits of less than the last place: that of a normal number, or of the smallest one.
    let lost = (top - 52).max(-1074 - exponent);
    let kept = match lost {
        ..=0 => significand << -lost,
        // Less than half of the smallest.
        129.. => 0,
        _ => {
            let kept = significand.checked_shr(lost as u32).unwrap_or(0);
            let half = 1 << (lost - 1);
            let rest = significand & (half | (half - 1));
            kept + u128::from(rest > half || rest == half && kept & 1 == 1)
        }
    };
    // What is not normal has nothing in the place of the leading bit, nor an exponent; what
    // rounding carries adds to it.
    let stored = (exponent + lost + 1074) as i64;
    if stored >= 2046 {
        return f64::INFINITY;
    }
    f64::from_bits(((stored as u64) << 52) + kept as u64)
}

#[cfg(all(test, not(loom)))]
mod tests;
