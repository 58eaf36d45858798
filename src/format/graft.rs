//! Fields of one tree put into another.

use super::tree::{Field, MAX_FIELDS, Node, Range, Tree};
use crate::alloc::try_extend;
use crate::error::{Error, Kind, Result, fail};

/// Copies a field and all below it to the end of a tree; the answer is its index there.
pub(super) fn copy(into: &mut Tree, field: Field<'_>) -> Result<usize> {
    let start = into.nodes.len();
    let shift = |index: u32| index as usize - field.index as usize + start;
    push(into, field, shift(field.node.end))?;
    if let Some(tree) = field.tree {
        for index in field.index + 1..field.node.end {
            let node = tree.nodes[index as usize];
            let below = Field {
                node,
                index,
                ..field
            };
            push(into, below, shift(node.end))?;
        }
    }
    Ok(start)
}

fn push(into: &mut Tree, field: Field<'_>, end: usize) -> Result<()> {
    if into.nodes.len() >= MAX_FIELDS {
        return fail!(Value, "a format of more than {MAX_FIELDS} fields");
    }
    let name = match field.name() {
        Some(name) => Some(add(&mut into.text, name)?),
        None => None,
    };
    let node = Node {
        name,
        shape: add(&mut into.shapes, field.shape())?,
        signature: add(&mut into.text, field.signature().unwrap_or(b""))?,
        end: end as u32,
        ..field.node
    };
    Ok(try_extend(&mut into.nodes, &[node])?)
}

/// Appends to one of the vectors of a tree.
pub(super) fn add<T: Copy>(vec: &mut Vec<T>, items: &[T]) -> Result<Range> {
    let (start, end) = (vec.len(), vec.len().saturating_add(items.len()));
    if u32::try_from(end).is_err() {
        return Err(Error::fixed(
            Kind::Overflow,
            "a format with more than 4 GiB of names",
        ));
    }
    try_extend(vec, items)?;
    Ok(Range::new(start, end))
}
