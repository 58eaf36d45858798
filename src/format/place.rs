//! Where in an item a field is, in words: `field 'a.b[0]'`.
//!
//! A tree does not know the way to a node, but it has one: at each level the field whose nodes
//! reach past the one that is looked for. So nothing is kept while a tree is walked through,
//! and no memory is asked for to tell of a place.

use std::fmt;

use super::tree::{Field, Tree};

/// The field at an index of a tree, as the tree has it.
fn at(tree: &Tree, index: u32) -> Field<'_> {
    Field {
        tree: Some(tree),
        index,
        node: tree.nodes[index as usize],
    }
}

/// A field somewhere below a root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    root: Field<'a>,
    index: u32,
    /// The same place in a tree of the same form, whose repeats may be told otherwise:
    /// `3i` and `2i i`. The later of both members is meant.
    beside: Option<(Field<'a>, u32)>,
}

impl<'a> Place<'a> {
    pub(super) fn new(root: Field<'a>, index: u32) -> Self {
        let beside = None;
        Self {
            root,
            index,
            beside,
        }
    }

    pub(super) fn beside(self, root: Field<'a>, index: u32) -> Self {
        let beside = Some((root, index));
        Self { beside, ..self }
    }

    /// The field there.
    pub(super) fn field(self) -> Field<'a> {
        match self.root.tree {
            // The root may be a part of what its tree says.
            Some(tree) if self.index != self.root.index => at(tree, self.index),
            _ => self.root,
        }
    }

    /// Whether it is a member of a struct, and not the item or what a pointer points to.
    pub(super) fn is_member(self) -> bool {
        matches!(self.count_steps(), (0, 1..))
    }

    /// Bytes from the start of the item, or of what the last pointer on the way points to.
    pub(super) fn offset(self) -> usize {
        self.steps().fold(0, |offset, step| match step.is_target {
            true => 0,
            false => offset + step.offset,
        })
    }

    fn steps(self) -> Steps<'a> {
        Steps {
            at: self.root,
            goal: self.index,
            beside: self.beside,
        }
    }

    /// How many of the last steps follow a pointer, and how many steps there are.
    fn count_steps(self) -> (usize, usize) {
        self.steps().fold((0, 0), |(targets, all), step| {
            let targets = if step.is_target { targets + 1 } else { 0 };
            (targets, all + 1)
        })
    }
}

/// One step down.
struct Step<'a> {
    field: Field<'a>,
    /// Among the members, repeats counted.
    position: usize,
    /// Of that member.
    offset: usize,
    is_target: bool,
}

struct Steps<'a> {
    at: Field<'a>,
    goal: u32,
    beside: Option<(Field<'a>, u32)>,
}

/// The field below which the node with this index is, and its position.
fn towards(field: Field<'_>, goal: u32) -> Option<(Field<'_>, usize)> {
    let mut position = 0;
    for below in field.fields() {
        if goal < below.node.end {
            return Some((below, position));
        }
        position += below.repeat();
    }
    None
}

impl<'a> Iterator for Steps<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        if self.at.index == self.goal {
            return None;
        }
        let is_target = self.at.scalar().is_some();
        let (field, first) = towards(self.at, self.goal)?;
        let other = self
            .beside
            .and_then(|(field, goal)| Some((towards(field, goal)?, goal)));
        let position = other.map_or(first, |((_, other), _)| first.max(other));
        self.beside = other.map(|((field, _), goal)| (field, goal));
        self.at = field;
        Some(Step {
            field,
            position,
            offset: field.offset() + (position - first) * field.size(),
            is_target,
        })
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count_steps() {
            (_, 0) => f.write_str("the item"),
            (0, all) => write!(f, "field '{}'", Path(*self, all)),
            (targets, all) if targets == all => f.write_str("what the item points to"),
            (targets, all) => {
                let stars = targets - 1;
                write!(
                    f,
                    "what '{:*<stars$}{}' points to",
                    "",
                    Path(*self, all - targets)
                )
            }
        }
    }
}

/// The first steps of the way to a place, as `path` reads it; behind a pointer comes `->`.
struct Path<'a>(Place<'a>, usize);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        let mut steps = self.0.steps().take(self.1).peekable();
        while let Some(step) = steps.next() {
            if step.is_target {
                between = "->";
                continue;
            }
            match step.field.name() {
                Some(name) => write!(f, "{between}{}", name.escape_ascii())?,
                None => write!(f, "[{}]", step.position)?,
            }
            // On the way through a sub-array its first element is meant.
            if steps.peek().is_some() {
                for _ in step.field.shape() {
                    f.write_str("[0]")?;
                }
            }
            between = ".";
        }
        Ok(())
    }
}

/// A shape as Python shows it: `(2, 3)`.
pub(super) struct Shape<'a>(pub(super) &'a [usize]);

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (k, length) in self.0.iter().enumerate() {
            let before = if k == 0 { "" } else { ", " };
            write!(f, "{before}{length}")?;
        }
        f.write_str(if self.0.len() == 1 { ",)" } else { ")" })
    }
}

/// A number of things: `1 byte`, `2 bytes`.
pub(super) struct Count(pub(super) usize, pub(super) &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.0, self.1)
    }
}
