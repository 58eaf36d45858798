//! A format taken apart: what lies where in an item.
//!
//! The nodes of a [`Tree`] lie one behind the other, a struct before its members, so that a
//! tree is three vectors however deep it is: no recursion frees it, and a copy of a format
//! shares it. [`Field`] is how it is read; a format of a single code is a field with no tree.

use super::scalar::{ByteOrder, Scalar, ScalarKind};
use super::sizes::product;
use crate::alloc::Last;

/// Structs, pointers and signatures may be nested as deep as this.
pub const MAX_DEPTH: usize = 64;

/// So many fields a format may have, the nested ones included.
pub const MAX_FIELDS: usize = 1 << 20;

/// What one element of a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A number, some bytes, a pointer; a pointer to something (`&`) has one field: its target.
    Scalar(Scalar),
    /// A struct, of the fields below it.
    Struct,
}

/// A range in one of the vectors of a tree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Range {
    pub(super) const fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    pub(super) fn of<T>(self, all: &[T]) -> &[T] {
        &all[self.start as usize..self.end as usize]
    }
}

/// One field. `itemsize` is that of one element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) what: What,
    pub(super) offset: usize,
    pub(super) itemsize: usize,
    pub(super) alignment: usize,
    /// So many members like this one follow each other.
    pub(super) repeat: usize,
    /// The dimensions of a sub-array, in `Tree::shapes`.
    pub(super) shape: Range,
    /// In `Tree::text`; `None`: no name.
    pub(super) name: Option<Range>,
    /// The signature of a function, in `Tree::text`.
    pub(super) signature: Range,
    /// The node behind this one and all below it.
    pub(super) end: u32,
}

impl Node {
    pub(super) const fn scalar(scalar: Scalar, alignment: usize) -> Self {
        Self {
            what: What::Scalar(scalar),
            itemsize: scalar.size,
            alignment,
            ..Self::OPEN
        }
    }

    /// A struct of nothing: what a struct is until its members are known.
    pub(super) const OPEN: Self = Self {
        what: What::Struct,
        offset: 0,
        itemsize: 0,
        alignment: 1,
        repeat: 1,
        shape: Range { start: 0, end: 0 },
        name: None,
        signature: Range { start: 0, end: 0 },
        end: 1,
    };

    /// Whether it is only a scalar, without a name, a shape or anything below it.
    pub(super) fn is_plain(&self) -> bool {
        let is_more = self.name.is_some() || self.shape.end > self.shape.start;
        let has_below = matches!(
            self.kind(),
            None | Some(ScalarKind::Function | ScalarKind::Pointer)
        );
        !is_more && !has_below
    }

    /// Whether a part of it is in `Tree::text`.
    pub(super) fn needs_text(&self) -> bool {
        self.name.is_some() || self.kind() == Some(ScalarKind::Function)
    }

    /// Whether it is bytes without a meaning and without a name, which are no member.
    pub(super) fn is_padding(&self) -> bool {
        self.name.is_none() && self.kind() == Some(ScalarKind::Void)
    }

    /// Whether its count is a length.
    pub(super) fn has_length(&self) -> bool {
        use ScalarKind::{Bits, Bytes, Pascal, Text, Void};
        matches!(self.kind(), Some(Bits | Bytes | Pascal | Text | Void))
    }

    fn kind(&self) -> Option<ScalarKind> {
        match self.what {
            What::Scalar(scalar) => Some(scalar.kind),
            What::Struct => None,
        }
    }
}

/// The nodes of a format.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The item itself: the first node, or the second where the first has but this member.
    pub(super) root: u32,
    pub(super) nodes: Vec<Node>,
    pub(super) shapes: Vec<usize>,
    /// Names and signatures.
    pub(super) text: Vec<u8>,
}

impl Last for Tree {}

impl Tree {
    /// The bytes of a member and of its repeats, where they can be counted.
    pub(super) fn bytes(&self, node: &Node) -> Option<usize> {
        product(node.shape.of(&self.shapes), node.itemsize)?.checked_mul(node.repeat)
    }
}

/// One field of a format, or the whole item.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Without one there is nothing below this field.
    pub(super) tree: Option<&'a Tree>,
    pub(super) index: u32,
    pub(super) node: Node,
}

impl<'a> Field<'a> {
    pub(super) const fn of_scalar(scalar: Scalar, alignment: u8) -> Self {
        Self {
            tree: None,
            index: 0,
            node: Node::scalar(scalar, alignment as usize),
        }
    }

    pub(super) fn of_tree(tree: &'a Tree) -> Self {
        Self::at(tree, tree.root)
    }

    pub(super) fn at(tree: &'a Tree, index: u32) -> Self {
        Self {
            tree: Some(tree),
            index,
            node: tree.nodes[index as usize],
        }
    }

    /// Whether it is a scalar and nothing beside it is told.
    pub(super) fn is_plain(&self) -> bool {
        let is_alone = self.node.end == self.index + 1;
        is_alone && self.node.is_plain()
    }

    /// Its name, if it has one: any bytes but NUL and `:`.
    pub fn name(&self) -> Option<&'a [u8]> {
        let Range { start, end } = self.node.name?;
        Some(&self.tree?.text[start as usize..end as usize])
    }

    /// What one element is.
    pub fn what(&self) -> What {
        self.node.what
    }

    /// The scalar, where one element is one.
    pub fn scalar(&self) -> Option<Scalar> {
        match self.node.what {
            What::Scalar(scalar) => Some(scalar),
            What::Struct => None,
        }
    }

    /// Bytes from the start of what it is a field of.
    pub fn offset(&self) -> usize {
        self.node.offset
    }

    /// Bytes of one element.
    pub fn itemsize(&self) -> usize {
        self.node.itemsize
    }

    /// What its format aligns one element to: C's alignment behind `@`, 1 elsewhere.
    pub fn alignment(&self) -> usize {
        self.node.alignment
    }

    /// So many members like this one follow each other, `count` bytes apart: 2 for `2i`,
    /// where that is two values.
    pub fn repeat(&self) -> usize {
        self.node.repeat
    }

    /// The dimensions of a sub-array, in C order; none: a single element.
    pub fn shape(&self) -> &'a [usize] {
        let Range { start, end } = self.node.shape;
        match self.tree {
            Some(tree) => &tree.shapes[start as usize..end as usize],
            None => &[],
        }
    }

    /// Bytes of one member: of all elements of a sub-array.
    pub fn size(&self) -> usize {
        // Of elements without a byte there may be more than can be counted.
        let lengths = self.shape().iter();
        lengths.fold(self.node.itemsize, |size, &length| size * length)
    }

    /// The signature of a function, `X{}`: the text between its braces.
    pub fn signature(&self) -> Option<&'a [u8]> {
        let is_function = self.node.kind() == Some(ScalarKind::Function);
        let tree = self.tree.filter(|_| is_function)?;
        Some(self.node.signature.of(&tree.text))
    }

    /// The members of a struct, in the order of the text; for a pointer its one target.
    pub fn fields(&self) -> Fields<'a> {
        Fields {
            tree: self.tree,
            next: self.index + 1,
            end: self.node.end,
        }
    }

    /// What a pointer points to, where its format says so.
    pub fn target(&self) -> Option<Field<'a>> {
        match self.node.what {
            What::Scalar(Scalar {
                kind: ScalarKind::Pointer,
                ..
            }) => self.fields().next(),
            _ => None,
        }
    }

    /// The order of its bytes, where it has one.
    pub fn order(&self) -> Option<ByteOrder> {
        self.scalar()?.byte_order()
    }
}

/// The fields of a field.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    tree: Option<&'a Tree>,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let tree = self.tree?;
        if self.next >= self.end {
            return None;
        }
        let field = Field::at(tree, self.next);
        self.next = field.node.end;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;

    use crate::format::{Dialect, Format};

    #[test]
    fn elements_without_a_byte_are_as_many_as_you_like() {
        let text = format!("({0},{0})T{{}}:a:", isize::MAX);
        let text = CString::new(text).unwrap();
        let format = Format::parse(&text, Dialect::Pep3118).unwrap();
        let field = format.root().unwrap().fields().next().unwrap();
        assert_eq!((field.size(), field.shape().len()), (0, 2));
    }
}
