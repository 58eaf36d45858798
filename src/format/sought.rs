//! A value that is looked for among items: the bytes that an item of this value has.
//!
//! The value is made bytes once, so that items are compared as bytes and none is unpacked.

use super::misfit::Rules;
use super::scalar::{ByteOrder, Scalar, ScalarKind};
use super::value::Value;

/// The most bytes of an item that is looked for so.
const MOST: usize = 16;

/// What the bytes of an item are, under a mask, where it has the value that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sought {
    pub(crate) bytes: [u8; MOST],
    /// What of the bytes tells one value from another: zero has two signs.
    pub(crate) mask: [u8; MOST],
}

impl Scalar {
    /// What to look for; `None` where no item has this value. For items of up to 16 bytes whose
    /// bytes tell the value: neither bools (any but zero is true), long doubles nor texts.
    pub(crate) fn sought(self, value: Value<'_>) -> Option<Sought> {
        let mut bytes = [0; MOST];
        let item = bytes.get_mut(..self.size)?;
        self.put(self.same_sort(value)?, item, Rules::Struct).ok()?;
        // What was cut or rounded is another value.
        if !self.unpack(item).equals(value) {
            return None;
        }
        let mut mask = [0xFF; MOST];
        let parts = match self.kind {
            ScalarKind::Float => 1,
            ScalarKind::Complex => 2,
            _ => 0,
        };
        for part in 0..parts {
            let size = self.size / parts;
            let start = part * size;
            let sign = match self.order {
                ByteOrder::Little => start + size - 1,
                ByteOrder::Big => start,
            };
            let magnitude = |byte: usize| match byte == sign {
                true => bytes[byte] & 0x7F,
                false => bytes[byte],
            };
            if (start..start + size).all(|byte| magnitude(byte) == 0) {
                mask[sign] = 0x7F;
                bytes[sign] = 0;
            }
        }
        Some(Sought { bytes, mask })
    }

    /// The value as one that is packed as this scalar, where numbers of another sort are not.
    fn same_sort(self, value: Value<'_>) -> Option<Value<'_>> {
        let is_integer = matches!(
            self.kind,
            ScalarKind::Signed | ScalarKind::Unsigned | ScalarKind::Pointer | ScalarKind::Function
        );
        match value {
            _ if is_integer => {
                let integer = value.integral()?;
                let natural = || u64::try_from(integer).map(Value::Unsigned).ok();
                let signed = i64::try_from(integer).map(Value::Signed).ok();
                signed.or_else(natural)
            }
            Value::Complex(real, 0.0) if self.kind == ScalarKind::Float => Some(Value::Float(real)),
            _ => Some(value),
        }
    }
}
