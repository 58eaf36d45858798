//! One scalar: its bytes as a value, and a value as its bytes.

use super::half;
use super::long_double;
use super::misfit::{Misfit, Rules};
use super::scalar::{ByteOrder, Scalar, ScalarKind};
use super::value::Value;
use crate::error::{Result, fail};

/// The largest double that is not infinite as a float32: what is nearer to 2^128 than to the
/// largest float32 is, and halfway between them is nearer to the even one.
const INFINITE: f64 = f32::MAX as f64 + (1u128 << 103) as f64;

impl Scalar {
    /// The value of an item. The bytes are one item's, as many as its size says.
    #[inline]
    pub fn unpack(self, item: &[u8]) -> Value<'_> {
        self.plain(item).unwrap_or_else(|| self.borrowed(item))
    }

    /// The value of an item, where it borrows nothing: a number, a character.
    #[inline(always)]
    pub(super) fn plain(self, item: &[u8]) -> Option<Value<'static>> {
        Some(match self.kind {
            ScalarKind::Signed => Value::Signed(self.signed(item)),
            ScalarKind::Unsigned | ScalarKind::Pointer | ScalarKind::Function => {
                Value::Unsigned(self.bits(item))
            }
            ScalarKind::Float if item.len() <= 8 => Value::Float(self.float(item)),
            ScalarKind::Complex => {
                let (real, imaginary) = item.split_at(item.len() / 2);
                Value::Complex(self.float(real), self.float(imaginary))
            }
            ScalarKind::Bool => Value::Bool(item.iter().any(|&byte| byte != 0)),
            ScalarKind::Char => Value::Char(self.bits(item) as u8),
            ScalarKind::Unicode => Value::Unicode(self.bits(item) as u32),
            ScalarKind::Object => Value::Object(self.bits(item)),
            _ => return None,
        })
    }

    fn borrowed(self, item: &[u8]) -> Value<'_> {
        match (self.kind, item) {
            (ScalarKind::Float, _) => Value::Extended {
                nearest: self.float(item),
                bytes: item,
                order: self.order,
            },
            (ScalarKind::Text, _) => {
                let (characters, _) = item.as_chunks::<4>();
                let nuls = characters.iter().rev().take_while(|it| **it == [0; 4]);
                let len = characters.len() - nuls.count();
                Value::Text(&item[..4 * len], self.order)
            }
            (ScalarKind::Pascal, [length, bytes @ ..]) => {
                Value::Bytes(&bytes[..bytes.len().min((*length).into())])
            }
            _ => Value::Bytes(item),
        }
    }

    /// Writes a value as the bytes of an item. An error says what does not fit, in the words
    /// of Python's `array` module, and nothing is written then.
    ///
    /// As there, a float too large for float32 becomes infinite, and one too large for
    /// float16 is an error. Bytes and texts are cut or filled up with zeros.
    pub fn pack(self, value: Value<'_>, item: &mut [u8]) -> Result<()> {
        if item.len() != self.size {
            return fail!(
                Value,
                "{} bytes for an item of {} ({self}): the sizes must be equal",
                item.len(),
                self.size
            );
        }
        self.put(value, item, Rules::Array)
            .map_err(|misfit| misfit.of_array(self, value))
    }

    /// Writes a value as the bytes of an item, as many as its size says. Where it does not
    /// fit nothing is written.
    #[inline(always)]
    pub(super) fn put(self, value: Value<'_>, item: &mut [u8], rules: Rules) -> Result<(), Misfit> {
        match self.kind {
            ScalarKind::Signed
            | ScalarKind::Unsigned
            | ScalarKind::Pointer
            | ScalarKind::Function => {
                let bits = self.fitting(value, rules)?;
                self.store(bits, item);
            }
            ScalarKind::Float if item.len() > 8 => match value {
                Value::Extended { bytes, order, .. } if bytes.len() == item.len() => {
                    item.copy_from_slice(bytes);
                    if order != self.order {
                        long_double::swap(item);
                    }
                }
                _ => {
                    let number = value.as_float().ok_or(Misfit::Sort)?;
                    long_double::write(number, self.order, item);
                }
            },
            ScalarKind::Float => {
                let number = value.as_float().ok_or(Misfit::Sort)?;
                let bits = float_bits(number, item.len(), rules)?;
                self.store(bits, item);
            }
            ScalarKind::Complex => self.put_complex(value, item, rules)?,
            ScalarKind::Bool => {
                let truth = rules.truth(value).ok_or(Misfit::Sort)?;
                item.fill(truth.into());
            }
            ScalarKind::Char => match value {
                Value::Char(byte) | Value::Bytes(&[byte]) => item.fill(byte),
                _ => return Err(Misfit::Sort),
            },
            ScalarKind::Unicode => {
                let code = character(value)?;
                if u64::from(code) > self.greatest() {
                    return Err(Misfit::Range);
                }
                self.store(code.into(), item);
            }
            ScalarKind::Object => return Err(Misfit::Object),
            ScalarKind::Text => self.put_text(value, item)?,
            ScalarKind::Pascal => {
                let put = |bytes: &[u8]| {
                    if let [length, rest @ ..] = item {
                        *length = bytes.len().min(rest.len()).min(255) as u8;
                        cut_or_filled(bytes, rest);
                    }
                };
                value.with_bytes(put).ok_or(Misfit::Sort)?;
            }
            ScalarKind::Bytes | ScalarKind::Void | ScalarKind::Bits => {
                let put = |bytes: &[u8]| cut_or_filled(bytes, item);
                value.with_bytes(put).ok_or(Misfit::Sort)?;
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn put_complex(self, value: Value<'_>, item: &mut [u8], rules: Rules) -> Result<(), Misfit> {
        let number = value.as_complex().ok_or(Misfit::Sort)?;
        let size = item.len() / 2;
        let (real, imaginary) = item.split_at_mut(size);
        if size > 8 {
            long_double::write(number.0, self.order, real);
            long_double::write(number.1, self.order, imaginary);
            return Ok(());
        }
        let bits = (
            float_bits(number.0, size, rules)?,
            float_bits(number.1, size, rules)?,
        );
        self.store(bits.0, real);
        self.store(bits.1, imaginary);
        Ok(())
    }

    fn put_text(self, value: Value<'_>, item: &mut [u8]) -> Result<(), Misfit> {
        let single = match value {
            Value::Unicode(code) => Some(code),
            Value::Text(..) => None,
            _ => return Err(Misfit::Sort),
        };
        let mut characters = single.into_iter().chain(value.characters());
        for to in item.as_chunks_mut::<4>().0 {
            let code = characters.next().unwrap_or(0);
            self.store(code.into(), to);
        }
        Ok(())
    }

    /// The bits of an integer in two's complement, if it fits.
    #[inline(always)]
    fn fitting(self, value: Value<'_>, rules: Rules) -> Result<u64, Misfit> {
        let (bits, is_negative) = match value {
            Value::Signed(number) => (number as u64, number < 0),
            Value::Unsigned(number) => (number, false),
            Value::Bool(truth) => (truth.into(), false),
            _ => return Err(Misfit::Sort),
        };
        let is_address = matches!(self.kind, ScalarKind::Pointer | ScalarKind::Function);
        let least = match is_address && rules.takes_negative_addresses() {
            true => i64::MIN >> (64 - 8 * self.size),
            false => self.least(),
        };
        let fits = match is_negative {
            true => bits as i64 >= least,
            false => bits <= self.greatest(),
        };
        fits.then_some(bits).ok_or(Misfit::Range)
    }

    pub(super) fn least(self) -> i64 {
        match self.kind {
            ScalarKind::Signed => i64::MIN >> (64 - 8 * self.size),
            _ => 0,
        }
    }

    pub(super) fn greatest(self) -> u64 {
        match self.kind {
            ScalarKind::Signed => u64::MAX >> (65 - 8 * self.size),
            _ => u64::MAX >> (64 - 8 * self.size),
        }
    }

    #[inline(always)]
    fn signed(self, item: &[u8]) -> i64 {
        let unused = 64 - 8 * item.len() as u32;
        (self.bits(item) as i64).wrapping_shl(unused) >> unused
    }

    #[inline(always)]
    pub(super) fn float(self, item: &[u8]) -> f64 {
        match item.len() {
            2 => half::value_of(self.bits(item) as u16),
            4 => f32::from_bits(self.bits(item) as u32).into(),
            8 => f64::from_bits(self.bits(item)),
            _ => long_double::nearest(item, self.order),
        }
    }

    /// The bytes as a number, in the order that they have.
    #[inline(always)]
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

    #[inline(always)]
    fn store(self, bits: u64, item: &mut [u8]) {
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
}

#[inline(always)]
fn float_bits(number: f64, size: usize, rules: Rules) -> Result<u64, Misfit> {
    match size {
        2 => half::bits_of(number).map(u64::from).ok_or(Misfit::TooLarge),
        4 => {
            let is_infinite = number.is_finite() && number.abs() >= INFINITE;
            if is_infinite && !rules.makes_infinite() {
                return Err(Misfit::TooLarge);
            }
            Ok((number as f32).to_bits().into())
        }
        _ => Ok(number.to_bits()),
    }
}

/// The number of a single character.
fn character(value: Value<'_>) -> Result<u32, Misfit> {
    match value {
        Value::Unicode(code) => Ok(code),
        Value::Text(bytes, _) if bytes.len() == 4 => value.characters().next().ok_or(Misfit::Sort),
        _ => Err(Misfit::Sort),
    }
}

/// As many bytes as there is room for, and zeros where there are fewer.
fn cut_or_filled(bytes: &[u8], item: &mut [u8]) {
    let size = bytes.len().min(item.len());
    let (there, rest) = item.split_at_mut(size);
    there.copy_from_slice(&bytes[..size]);
    rest.fill(0);
}

#[cfg(test)]
mod tests;
