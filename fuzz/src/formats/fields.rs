//! What holds of the fields of any format.

use pybuf::format::{Field, Format, ScalarKind, What};

/// No text nests deeper, nor has a sub-array more dimensions.
const DEEPEST: usize = 64;

pub fn examine(format: &Format) {
    let Some(root) = format.root() else { return };
    assert_eq!(root.repeat(), 1, "{format}");
    assert_eq!(root.name(), None, "{format}");
    assert_eq!(root.size(), format.itemsize(), "{format}");
    assert!(root.alignment() <= format.alignment(), "{format}");
    examine_field(root, format, 0);
}

fn examine_field(field: Field<'_>, format: &Format, depth: usize) {
    assert!(depth <= DEEPEST + 1, "{format}: {depth} deep");
    assert!(field.shape().len() <= DEEPEST + 1, "{format}: {field:?}");
    assert!(field.alignment().is_power_of_two(), "{format}: {field:?}");
    assert_eq!(field.offset() % field.alignment(), 0, "{format}: {field:?}");
    assert!(field.repeat() > 0, "{format}: {field:?}");
    let size = field
        .shape()
        .iter()
        .fold(field.itemsize(), |size, &length| size * length);
    assert_eq!(field.size(), size, "{format}: {field:?}");
    match field.what() {
        What::Struct => {
            assert!(field.scalar().is_none() && field.target().is_none());
            examine_members(field, format);
        }
        What::Scalar(scalar) => {
            assert_eq!(field.itemsize(), scalar.size, "{format}: {field:?}");
            assert_eq!(field.order(), scalar.byte_order(), "{format}: {field:?}");
            let is_function = scalar.kind == ScalarKind::Function;
            assert_eq!(field.signature().is_some(), is_function, "{format}");
            let below = field.fields().count();
            assert_eq!(below, usize::from(field.target().is_some()), "{format}");
        }
    }
    for below in field.fields() {
        examine_field(below, format, depth + 1);
    }
}

/// Members lie in their struct, one behind the other, and each name is that of one.
fn examine_members(whole: Field<'_>, format: &Format) {
    let mut end = 0;
    let mut names = Vec::new();
    for member in whole.fields() {
        assert!(member.offset() >= end, "{format}: {member:?} overlaps");
        end = member.offset() + member.size() * member.repeat();
        assert!(end <= whole.itemsize(), "{format}: {member:?} reaches out");
        names.extend(member.name());
    }
    let named = names.len();
    assert!(
        names
            .iter()
            .all(|name| !name.is_empty() && !name.iter().any(|byte| b"\0:".contains(byte)))
    );
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), named, "{format}: a name twice");
}
