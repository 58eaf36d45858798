//! What an item is: its kind, and the fields of a struct with the padding between them.

use std::fmt::{self, Display, Formatter};

use crate::error::Many;
use crate::format::{Field, Format, ScalarKind, Shown, What};

/// `int32`, `array of 2 x 3 float64`, `struct of 2 fields`.
pub(super) struct Kind<'a>(pub(super) &'a Field<'a>);

impl Display for Kind<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const MOST: usize = 4;
        let shape = self.0.shape();
        if !shape.is_empty() {
            f.write_str("array of ")?;
            for (dim, length) in shape.iter().take(MOST).enumerate() {
                write!(f, "{}{length}", if dim > 0 { " x " } else { "" })?;
            }
            f.write_str(if shape.len() > MOST { " x ... " } else { " " })?;
        }
        match self.0.what() {
            // Their number is told beside.
            What::Scalar(scalar) if scalar.kind == ScalarKind::Bytes => f.write_str("bytes"),
            What::Scalar(scalar) => write!(f, "{scalar}"),
            What::Struct => write!(f, "struct of {}", Many(self.0.fields().count(), "field")),
        }
    }
}

/// The fields, where the item is a struct or an array of such.
pub(super) fn write(f: &mut Formatter<'_>, format: &Format) -> fmt::Result {
    const MOST: usize = 8;
    let Some(root) = format.root().filter(|root| root.what() == What::Struct) else {
        return Ok(());
    };
    let count = root.fields().count();
    if count == 0 {
        return Ok(());
    }
    let whose = if root.shape().is_empty() {
        "an item"
    } else {
        "each struct of an item"
    };
    writeln!(f, "Inside {whose}:")?;
    let left_out = if count > MOST {
        6..count - 1
    } else {
        count..count
    };
    let mut end = 0;
    for (k, field) in root.fields().enumerate() {
        if k == left_out.start {
            writeln!(f, "  ... {} more fields ...", left_out.len())?;
        }
        if !left_out.contains(&k) {
            write_padding(f, end, field.offset())?;
            write_field(f, &field)?;
        }
        end = end.max(field.offset() + field.size() * field.repeat());
    }
    write_padding(f, end, root.itemsize())
}

fn write_padding(f: &mut Formatter<'_>, from: usize, to: usize) -> fmt::Result {
    match to.checked_sub(from) {
        None | Some(0) => Ok(()),
        Some(bytes) => writeln!(f, "  +{from}: {} of padding", Many(bytes, "byte")),
    }
}

fn write_field(f: &mut Formatter<'_>, field: &Field<'_>) -> fmt::Result {
    write!(f, "  +{}: ", field.offset())?;
    if let Some(name) = field.name() {
        write!(f, "{}, ", Shown(name))?;
    }
    if field.repeat() > 1 {
        write!(f, "{} times ", field.repeat())?;
    }
    writeln!(f, "{} ({})", Kind(field), Many(field.size(), "byte"))
}
